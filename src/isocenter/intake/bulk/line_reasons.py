"""Why a row of a table cannot be a claim line: tests and sentences, as SQL over what its columns say."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from isocenter.engines.database import literal
from isocenter.intake.bulk.layouts import Layout, Taken
from isocenter.intake.bulk.value_forms import OF_MINUTES, ROUNDED
from isocenter.terms.revenue import INPATIENT_BILL, RADIATION_REVENUE, UNNAMED_RADIATION
from isocenter.terms.values import FORM_OF_A_PROCEDURE, UNSEEN_IN_DUCKDB, WITHOUT_UNSEEN

NOTHING = ("nan", "null", "none", "n/a", "#n/a", "<na>")  # how programs write that a cell is empty
EARLIEST, LATEST = "1990-01-01", "2099-12-31"
NO_MODIFIER = ("0", ".", "-")  # as tables fill the column of a line that has none
NO_DAY = ("0", "00000000", "0000-00-00")  # how programs write that there is no day
_NEEDED = ("claim_line_id", "claim_id", "member_id")


class Column(Protocol):
    """A column of the fact table of claim lines."""

    @property
    def name(self) -> str: ...
    @property
    def type(self) -> str: ...


class Reason(NamedTuple):
    """Why a row cannot be a line, each as SQL: its test, its sentence, and the sentence without the value it names."""

    test: str
    sentence: str
    of_kind: str


def first_that_holds(cases: Sequence[tuple[str, str]], otherwise: str) -> str:
    """The value of the first of the cases (test, value) whose test holds."""
    if not cases:
        return otherwise
    return f"case {' '.join(f'when {test} then {value}' for test, value in cases)} else {otherwise} end"


def reasons_of(
    layout: Layout, columns: Sequence[Column], values: Mapping[str, str], written: Mapping[str, str]
) -> list[Reason]:
    """The reasons of a layout in the order in which they are asked: the first that holds is that of a row.

    For each column `values` names what is read there, and `written` is what the source says.
    """
    amounts = [f"coalesce({values[column.name]}, 0) < 0" for column in columns if column.type == "double"]
    reasons = []
    for column in columns:
        said = _Said(column, layout.columns[column.name], values[column.name], written[column.name], layout.is_clean)
        if column.name in layout.with_unseen:
            reasons.append(_of_unseen(said))
        match column.name:
            case name if name in _NEEDED:
                reasons += _of_a_name(said)
            case "procedure_code":
                test = f"not regexp_full_match({said.value}, {literal(FORM_OF_A_PROCEDURE)})"
                if "revenue_code" in values:
                    reasons.append(_of_unnamed_radiation(said, values))
                reasons.append(said.is_missing(f"{said.value} = ''"))
                reasons.append(said.is_wrong(test, "expected a code such as 77301 or G6015"))
            case name if name.startswith("modifier_"):
                reasons += [] if layout.is_clean else [_of_a_modifier(said)]
            case "service_date":
                reasons += _of_a_day(said)
            case "last_service_date":
                reasons.append(_of_a_last_day(said))
            case "units":
                reasons += _of_units(said, amounts)
    return reasons


class _Said(NamedTuple):
    """What a row says in a column."""

    column: Column
    source: Taken
    value: str
    raw: str
    is_clean: bool

    @property
    def written(self) -> str:
        return f"left({self.raw}, 60)"

    def is_missing(self, test: str) -> Reason:
        sentence = literal(f"{self.column.name} is missing")
        return Reason(test, sentence, sentence)

    def is_wrong(self, test: str, expected: str, *, is_quoted: bool = True) -> Reason:
        before, after = f"{self.column.name} is ", f"; {expected}"
        shown = f"chr(39), {self.written}, chr(39)" if is_quoted else self.written
        sentence = f"concat({literal(before)}, {shown}, {literal(after)})"
        return Reason(test, sentence, literal(f"{before}…{after}"))


def _of_unseen(said: _Said) -> Reason:
    sentence = literal(f"{said.column.name} cannot be kept; expected {WITHOUT_UNSEEN}")
    return Reason(f"regexp_matches({said.raw}, {literal(UNSEEN_IN_DUCKDB)})", sentence, sentence)


def _of_a_name(said: _Said) -> list[Reason]:
    missing = said.is_missing(f"{said.value} = ''")
    if said.is_clean:
        return [missing]
    is_rounded = f"contains({said.value}, 'E+') and regexp_full_match({said.value}, {literal(ROUNDED)})"
    return [missing, said.is_wrong(is_rounded, "expected all of its digits, which a spreadsheet has rounded off")]


def says_something_sql(raw: str, nothing: Sequence[str] = NOTHING) -> str:
    """Whether what a source says is more than that there is nothing, of an expression of what it says."""
    return f"lower(trim({raw})) not in ({', '.join(map(literal, ('', *nothing)))})"


def may_be_radiation_sql(revenue_code: str, bill_type: str) -> str:
    """Whether a line without a procedure code may be a radiation treatment, of the expressions of its values."""
    is_radiation = f"regexp_full_match({revenue_code}, {literal(RADIATION_REVENUE)})"
    return f"({is_radiation} and not regexp_full_match({bill_type}, {literal(INPATIENT_BILL)}))"


def _of_unnamed_radiation(said: _Said, values: Mapping[str, str]) -> Reason:
    revenue_code = values["revenue_code"]
    before, _, after = UNNAMED_RADIATION.partition("{revenue_code}")
    return Reason(
        f"{said.value} = '' and {may_be_radiation_sql(revenue_code, values.get('bill_type', literal('')))}",
        f"concat({literal(before)}, {revenue_code}, {literal(after)})",
        literal(f"{before}…{after}"),
    )


def _of_a_modifier(said: _Said) -> Reason:
    is_none = f"(length({said.value}) <> 2 or not regexp_full_match({said.value}, '[0-9A-Z]+'))"
    return said.is_wrong(f"{said.value} <> '' and {is_none}", "expected two letters or digits")


def _is_beyond(day: str) -> str:
    return f"{day} < date '{EARLIEST}' or {day} > date '{LATEST}'"


def _of_a_day(said: _Said) -> list[Reason]:
    form, other = said.source.date_format, said.source.other_date_format
    either = f", and {form} and {other} are both in its column" if other else ""
    within = f"expected a day from {EARLIEST} to {LATEST}"
    return [
        said.is_missing(f"{said.value} is null and {said.written} = ''"),
        said.is_wrong(f"{said.value} is null", f"expected a date{either}"),
        said.is_wrong(_is_beyond(said.value), within, is_quoted=False),
    ]


def _of_a_last_day(said: _Said) -> Reason:
    is_unread = f"{said.value} is null and {says_something_sql(said.raw, (*NOTHING, *NO_DAY))}"
    return said.is_wrong(f"({is_unread}) or {_is_beyond(said.value)}", "expected a date")


def _of_units(said: _Said, amounts: Sequence[str]) -> list[Reason]:
    takes_back = " or ".join([f"{said.value} < 0", *amounts])  # another line, and is settled with it
    is_none = f"{said.value} is null or ({said.value} < 1 and not ({takes_back}))"
    minutes = f"regexp_full_match(trim({said.raw}), {literal(OF_MINUTES)}, 'i')"
    return [
        said.is_missing(f"{said.value} is null and {said.written} = ''"),
        said.is_wrong(f"{said.value} is null and {minutes}", "expected units, not minutes"),
        said.is_wrong(is_none, "expected a whole number from 1", is_quoted=False),
    ]
