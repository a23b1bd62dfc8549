"""Builds the row of a fact table from what a text format gives: names checked, values converted."""

import difflib
import math
import re
import types
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any, NamedTuple, Union, get_args, get_origin, get_type_hints

from isocenter.intake.bulk.value_forms import NPIS, ROUNDED
from isocenter.intake.claim_values import as_meant
from isocenter.intake.verification_criteria import with_result
from isocenter.terms.claims import ClaimLine
from isocenter.terms.courses import GuidanceProtocol
from isocenter.terms.plans import AcceptedDifference, ReviewedPlan, StatedVerification, Verification
from isocenter.terms.problems import clause, joined, worded
from isocenter.terms.tables import FACT_TABLES, LostValue
from isocenter.terms.values import bare, why_not_a_name, why_not_a_text, why_not_kept, why_not_said

_MISSING = object()
_NONE = (None, "")
_SHOWN_LENGTH = 60
# Python also reads 1_000, digits of other alphabets, and weeks of a year.
_PLAIN_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")
_PLAIN_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{8}")
_BARE_DIAGNOSIS = re.compile("[A-Z][0-9][0-9A-Z][0-9A-Z]{1,4}")

# What a case file may list: the fact tables, and what it says of files beside it.
LISTS: dict[str, type[NamedTuple]] = {
    **FACT_TABLES,
    "verifying_doses": StatedVerification,
    "guidance_protocol": GuidanceProtocol,
    "accepted_differences": AcceptedDifference,
    "reviewed_plans": ReviewedPlan,
}
# A case with one course and one member need not repeat their names in every row; most measures are of one structure.
IMPLIED: dict[str, object] = {
    "course_id": "",
    "member_id": "",
    "claim_id": "",
    "claim_line_id": "",
    "line_number": 1,
    "beside": "",
    "part": "",
}


_COMPARED_WITH_PLANS = ("courses", "members")
_OWNERS = ("course_id", "member_id")
_UNKNOWN_NAMED = 5  # names of one row that are no columns; the others are counted
_ROUNDED = re.compile(ROUNDED, re.IGNORECASE)
_NUMBERS_OF_CLAIMS = ("claim_id", "member_id")  # in every table that names one, as a spreadsheet may have written it
_POINT_ZERO = re.compile(r"^([0-9]+)\.0+$")
_JUDGED_WITHOUT = {
    *("line_number", "charge_amount", "allowed_amount", *NPIS),
    *(f"diagnosis_pointer_{n}" for n in range(1, 5)),
}


class WrongValue(ValueError):
    """A value or a name that does not fit: `sentence` is for the user, `column` names the field."""

    def __init__(self, sentence: str, column: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.column = column


@cache
def _fields(table: str) -> tuple[tuple[str, type, bool, Any], ...]:
    """Name, type, whether it may be null, and default of each column."""
    kind = LISTS[table]
    hints = get_type_hints(kind)
    defaults = kind._field_defaults
    return tuple((name, *_bare(hints[name]), defaults.get(name, _MISSING)) for name in kind._fields)


def _bare(hint: Any) -> tuple[type, bool]:
    if get_origin(hint) in (Union, types.UnionType):
        (inner,) = (part for part in get_args(hint) if part is not type(None))
        return inner, True
    return hint, False


def check_names(table: str, names: list[str]) -> None:
    """WrongValue when a name is no column of the table."""
    known = LISTS[table]._fields
    for name in names:
        if name not in known:
            raise WrongValue(_no_column(table, name), name)


def _no_column(table: str, name: str) -> str:
    hint = _hint(table, name[:_SHOWN_LENGTH])
    return worded("{table} has no column {name!r}; {hint}", table=clause(table), name=_shown(name), hint=hint)


@lru_cache(maxsize=1024)
def _hint(table: str, name: str) -> str:
    known = LISTS[table]._fields
    near = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {near[0]!r}" if near else f"known are {', '.join(known)}"


def row_without_wrong_fields(table: str, values: Mapping[str, object]) -> tuple[NamedTuple, list[WrongValue]]:
    """The row that these values describe without those that are wrong, and each of those.

    WrongValue where the row would say too much, or nothing, without the field.
    """
    left: dict[str, object] = dict(values)
    wrongs: list[WrongValue] = []
    unknown = [name for name in values if name not in LISTS[table]._fields]
    if unknown and _may_be_left_out(table, unknown[0]):
        for name in unknown:
            del left[name]
        wrongs = [WrongValue(_no_column(table, name), name) for name in unknown[:_UNKNOWN_NAMED]]
        if len(unknown) > _UNKNOWN_NAMED:
            more = len(unknown) - _UNKNOWN_NAMED
            sentence = worded("{table} has none of {more} more columns", table=clause(table), more=more)
            wrongs.append(WrongValue(sentence))
    while True:
        try:
            return row_of(table, left), wrongs
        except WrongValue as wrong:
            if wrong.column not in left or not _may_be_left_out(table, wrong.column):
                sentences = [*(one.sentence for one in wrongs), wrong.sentence]
                raise WrongValue(joined(sentences), wrong.column) from None
            del left[wrong.column]
            wrongs.append(wrong)


def values_lost(table: str, names: Iterable[str], row: object, place: str) -> Iterator[LostValue]:
    """What a row that was kept states in columns of these names, or nearly these, and nothing could be read of."""
    of = next((value for name in _OWNERS if (value := getattr(row, name, ""))), "")
    return _columns_lost(table, names, of, place)


def row_lost(table: str, values: Mapping[str, object], place: str) -> Iterator[LostValue]:
    """A whole row of which nothing was kept; of a course or a member also what it stated in each column.

    Without the name of a table, or of one, it may be of any.
    """
    of = next((str(value) for name in _OWNERS if isinstance(value := values.get(name, ""), str) and value), "")
    yield LostValue(table, "", of, place=place)
    if table in _COMPARED_WITH_PLANS:
        yield from _columns_lost(table, values, "", place)


def _columns_lost(table: str, names: Iterable[str], of: str, place: str) -> Iterator[LostValue]:
    for name in names:
        known = difflib.get_close_matches(str(name)[:_SHOWN_LENGTH].strip(), LISTS[table]._fields, n=1)
        for column in known:
            yield LostValue(table, column, of, place=place)


def nearest_table(name: str) -> str:
    """The table that a name which is none was meant for, as far as its letters say so; '' where they do not."""
    return next(iter(difflib.get_close_matches(name[:_SHOWN_LENGTH], LISTS, n=1, cutoff=0.8)), "")


def _may_be_left_out(table: str, name: str) -> bool:
    """Whether a row without this field says less, and nothing else.

    A line of a claim without its modifier or its last day is another service, an attestation without its end never
    ends, and what a person accepts or chooses is not widened by a slip of the pen.
    """
    if table == "claim_lines":
        return name in _JUDGED_WITHOUT
    if table == "attestations":
        return name == "physicist"
    if table not in FACT_TABLES and table != "guidance_protocol":
        return False
    kind = LISTS[table]
    return name not in kind._fields or name in kind._field_defaults


def row_of(table: str, values: Mapping[str, object]) -> NamedTuple:
    """The row that these values describe; WrongValue names the column, what was found and what fits."""
    check_names(table, list(values))
    values = as_meant(values) if table in ("claim_lines", "claim_diagnoses") else values
    cells = []
    for name, kind, nullable, usual in _fields(table):
        default, value = usual, values.get(name)
        if value is None or (value == "" and kind is not str):
            if default is _MISSING and name in IMPLIED and table != "courses":
                default = IMPLIED[name]
            if default is _MISSING and not nullable:
                raise WrongValue(f"{name} is missing; expected {_expected(kind)}")
            cells.append(default if default is not _MISSING else None)
        else:
            cells.append(_convert(name, kind, value, is_of_claim=table == "claim_lines"))
    row = LISTS[table]._make(cells)
    if isinstance(row, ClaimLine) and row.claim_id and not row.claim_line_id and values.get("line_number") not in _NONE:
        return row._replace(claim_line_id=f"{row.claim_id}-{row.line_number}")
    return with_result(row) if isinstance(row, Verification) else row


def _convert(name: str, kind: type, value: object, *, is_of_claim: bool) -> object:
    converted = _CONVERTERS[kind](value)
    if name in _NUMBERS_OF_CLAIMS and isinstance(converted, str):
        converted = _POINT_ZERO.sub(r"\1", converted)
    expected = _expected(kind) if converted is None else why_not_kept(converted)
    if not expected and isinstance(converted, str):
        expected = why_not_a_name(converted) if is_of_claim else why_not_a_text(converted)
        expected = expected or why_not_said(converted)
        if name in (*NPIS, *_NUMBERS_OF_CLAIMS) and _ROUNDED.fullmatch(converted):
            expected = "all of its digits, which a spreadsheet has rounded off"
    if expected:
        why = worded(
            "{name} is {value!r}; expected {expected}",
            name=clause(name), value=_shown(value), expected=clause(expected),
        )  # fmt: skip
        raise WrongValue(why, name)
    return _dotted(converted) if name == "icd10" else converted


def _dotted(code: Any) -> str:
    """An ICD-10-CM code in capitals and with its dot, as claims write it without; anything else as it is."""
    written = code.upper().removesuffix(".")
    return f"{written[:3]}.{written[3:]}" if _BARE_DIAGNOSIS.fullmatch(written) else written


def _shown(value: object) -> str:
    """The beginning of a value; of a number of thousands of digits how many there are."""
    try:
        return str(value)[:_SHOWN_LENGTH]
    except ValueError:
        return "a number of thousands of digits"


def _expected(kind: type) -> str:
    return {
        str: "text",
        int: "a whole number",
        float: "a number",
        date: "a date as YYYY-MM-DD",
        bool: "true or false",
    }[kind]


def _text(value: object) -> str | None:
    if isinstance(value, str):
        return bare(value)
    # YAML reads an unquoted code as a number and an unquoted day as a date.
    if isinstance(value, int | float | date) and not isinstance(value, bool):
        return str(value)
    return None


def _whole(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    text = bare(str(value))
    if not _PLAIN_NUMBER.fullmatch(text):
        return None
    try:
        return int(text) if text.isdigit() else _whole_of(float(text))
    except ValueError:
        return None


def _whole_of(number: float) -> int | None:
    return int(number) if number.is_integer() else None


def _number(value: object) -> float | None:
    if isinstance(value, bool):
        return None
    text = bare(str(value))
    try:
        number = float(text) if _PLAIN_NUMBER.fullmatch(text) else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _day(value: object) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = bare(str(value))
    try:
        return date.fromisoformat(text) if _PLAIN_DAY.fullmatch(text) else None
    except ValueError:
        return None


def _truth(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}.get(bare(str(value)).lower())


_CONVERTERS: dict[type, Any] = {str: _text, int: _whole, float: _number, date: _day, bool: _truth}
