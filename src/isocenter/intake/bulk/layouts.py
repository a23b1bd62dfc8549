"""Layouts of claims in tables: our own, the Tuva project's medical_claim, and others by a mapping file."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeGuard

from isocenter.errors import UnreadableInput
from isocenter.files.structured import parse_toml, read_toml, why_not_opened
from isocenter.intake.bulk.claim_versions import BY_ALL_ROWS, SUFFIXES
from isocenter.intake.bulk.value_forms import COVERAGES, NUMBERED_DAYS, SETTINGS
from isocenter.terms.claims import ClaimLine

_COLUMNS = ClaimLine._fields
REQUIRED = ("claim_id", "member_id", "service_date", "procedure_code", "units")
NEEDED_COLUMNS = (*REQUIRED, "setting")
LINE_NAMES = ("claim_line_id", "line_number")  # either distinguishes the lines of a claim
PARTS = {  # what one column of others may hold of several of ours
    "modifiers": tuple(f"modifier_{place}" for place in (1, 2, 3, 4)),
    "diagnosis_pointers": tuple(f"diagnosis_pointer_{place}" for place in (1, 2, 3, 4)),
}
_MAPPED = (
    *("claim_lines", "diagnoses", "date_format", "decimal_mark", "latest_version", "version_suffix", "leave_out"),
    "take_back",
)
WORDS = {  # columns that hold one of a few words of ours
    "setting": tuple(dict.fromkeys(SETTINGS.values())),
    "line_of_business": tuple(dict.fromkeys(COVERAGES.values())),
    "claim_frequency": tuple("123456789"),
}
_SAFE_FORMAT = re.compile(r"(?:%-?[aAbBdfHIjmMpSyYzZ]|[\w /.:,-]){1,60}")
_LARGEST = 1e12  # no amount or number of units comes near
_WAYS = (
    {"column"},
    {"column", "values"},
    {"column", "date_format"},
    {"columns"},
    {"columns", "separator"},
    {"columns", "separator", "date_format"},
    {"filled", "then", "otherwise"},
    {"filled", "unlike", "then", "otherwise"},
)


class MappingDoesNotFit(UnreadableInput):
    """A mapping names a column that the claims lack."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Where a column comes from: one or several source columns, or one value for all lines."""

    column: str = ""
    constant: str = ""
    values: Mapping[str, str] = field(default_factory=dict)  # what a value of the source says in our words
    columns: tuple[str, ...] = ()  # several, joined in this order
    separator: str = ""
    filled: str = ""  # a source column; `then` where it says something, else `otherwise`
    unlike: str = ""  # another, of which `filled` has to say something else
    then: str = ""
    otherwise: str = ""
    date_format: str = ""  # strptime format or the name of a day number; ISO when empty
    other_date_format: str = ""  # that some of its days fit alone: a day counts where both say the same, or one fits
    part: int = 0  # of a column that holds several modifiers or pointers: which, from 1
    is_filled_text: bool = False  # `column` is text and never null: as it is, DuckDB works out each text of it once
    is_never_empty: bool = False  # no text of it is ''
    is_known: bool = False  # each text of it that is not empty is one of the few that are understood

    @property
    def is_given(self) -> bool:
        """Whether a column of the source says it, and not one value for all lines."""
        return bool(self.column or self.columns or self.filled)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Rows that are no claim lines to judge: their column holds one of the values, is below a number, or is filled."""

    column: str
    values: tuple[str, ...] = ()
    below: float | None = None
    filled: bool = False

    @property
    def reason(self) -> str:
        """What is said of the rows that are left out."""
        if self.filled:
            return f"{self.column} is filled"
        what = f"below {self.below:g}" if self.below is not None else " or ".join(self.values)
        return f"{self.column} is {what}"


@dataclass(frozen=True, slots=True)
class TakesBack:
    """Rows that cancel others though their units are positive: their column holds one of the values."""

    column: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """How one kind of table holds claim lines."""

    name: str
    columns: Mapping[str, Taken]  # column of claim lines: where it comes from
    diagnoses: tuple[str, ...] = ()  # source columns of the claim's diagnoses, the principal one first
    date_format: str = ""  # of dates whose own column says none
    names_come_again: bool = False  # what should name a line names one on each of several claims: see repeated_names
    is_clean: bool = False  # our own layout: codes are trimmed and in upper case already
    decimal_mark: str = "."
    latest_version: str = ""  # source column: of a claim's rows those of its highest value count
    version_suffix: str = ""  # the same where a claim's number ends with its version, by its form in SUFFIXES
    without_versions: tuple[str, ...] = ()  # billing providers the ends of whose numbers are none
    asks_for_versions: bool = False  # whether all rows are to be asked if claims' numbers end with versions
    leave_out: tuple[LeftOut, ...] = ()
    take_back: tuple[TakesBack, ...] = ()
    with_unseen: tuple[str, ...] = ()  # columns of claim lines of which some text has in it what nobody sees

    @property
    def has_versions(self) -> bool:
        """Whether of a claim's rows those of its highest version count alone."""
        return bool(self.latest_version or self.version_suffix)

    @property
    def read_columns(self) -> frozenset[str]:
        """The columns of the source that are read at all."""
        read = {*self.diagnoses, self.latest_version}
        read |= {entry.column for entry in self.leave_out} | {entry.column for entry in self.take_back}
        for source in self.columns.values():
            read |= {source.column, source.filled, source.unlike, *source.columns}
        return frozenset(read - {""})


OWN = Layout("claim_lines", {name: Taken(name) for name in _COLUMNS}, is_clean=True)
_TUVA = Layout(
    "Tuva medical_claim",
    {
        "claim_id": Taken("claim_id"),
        "line_number": Taken("claim_line_number"),
        "member_id": Taken("person_id"),
        "service_date": Taken("claim_line_start_date"),
        "last_service_date": Taken("claim_line_end_date"),
        "procedure_code": Taken("hcpcs_code"),
        "units": Taken("service_unit_quantity"),
        **{f"modifier_{n}": Taken(f"hcpcs_modifier_{n}") for n in (1, 2, 3, 4)},
        "place_of_service": Taken("place_of_service_code"),
        "setting": Taken("claim_type", values={"professional": "professional", "institutional": "institutional"}),
        "rendering_npi": Taken("rendering_npi"),
        "billing_npi": Taken("billing_npi"),
        "bill_type": Taken("bill_type_code"),
        "revenue_code": Taken("revenue_center_code"),
        "charge_amount": Taken("charge_amount"),
        "allowed_amount": Taken("allowed_amount"),
    },
    tuple(f"diagnosis_code_{n}" for n in range(1, 26)),
)
_TUVA_SIGNS = {"claim_id", "claim_line_number", "hcpcs_code", "service_unit_quantity"}


def layout_of(columns: Sequence[str]) -> Layout | None:
    """The known layout whose columns these are; None when there is none."""
    names = {name.lower() for name in columns}
    if names >= _TUVA_SIGNS:
        person = "person_id" if "person_id" in names else "member_id"
        return _present(Layout(_TUVA.name, {**_TUVA.columns, "member_id": Taken(person)}, _TUVA.diagnoses), columns)
    if set(REQUIRED) <= names and "setting" in names and names & set(LINE_NAMES):
        return _present(OWN, columns)
    return None


def read_mapping(path: Path, columns: Sequence[str]) -> Layout:
    """The layout that a mapping file describes; UnreadableInput says what in it is wrong."""
    try:
        about = read_toml(path)
    except (OSError, ValueError) as wrong:
        raise UnreadableInput(f"{path}: cannot be read as TOML: {why_not_opened(wrong)}") from None
    return _mapping(about, str(path), columns)


def mapping_of(text: str, path: str, columns: Sequence[str]) -> Layout:
    """The layout that the text of a mapping file describes; UnreadableInput says what in it is wrong."""
    try:
        about = parse_toml(text)
    except ValueError as wrong:
        raise UnreadableInput(f"{path}: cannot be read as TOML: {wrong}") from None
    return _mapping(about, path, columns)


def _mapping(about: Mapping[str, Any], path: str, columns: Sequence[str]) -> Layout:
    for name in about:
        if name not in _MAPPED:
            raise UnreadableInput(f"{path}: a mapping has no entry {name!r:.120}; known are {', '.join(_MAPPED)}")
    lines = about.get("claim_lines", {})
    if not isinstance(lines, dict):
        raise UnreadableInput(f"{path}: claim_lines is {lines!r:.120}; expected a table [claim_lines]")
    known = {name.lower(): name for name in columns}
    found: dict[str, Taken] = {}
    for name, given in lines.items():
        if name not in _COLUMNS and name not in PARTS:
            known_names = ", ".join((*_COLUMNS, *PARTS))
            raise UnreadableInput(f"{path}: claim lines have no column {name!r:.120}; known are {known_names}")
        taken = _taken(path, name, given, known)
        _refuse_other_words(path, name, taken)
        if name in PARTS:
            found |= {column: replace(taken, part=place) for place, column in enumerate(PARTS[name], start=1)}
        else:
            found[name] = taken
    missing = [name for name in NEEDED_COLUMNS if name not in found]
    if missing:
        one = len(missing) == 1
        named = f"{', '.join(missing)} {'is' if one else 'are'} not mapped"
        raise UnreadableInput(f"{path}: {named}; name the column that holds {'it' if one else 'each'}")
    if not found.keys() & set(LINE_NAMES):
        raise UnreadableInput(f"{path}: neither {' nor '.join(LINE_NAMES)} is mapped; name the column that holds one")
    decimal_mark = about.get("decimal_mark", ".")
    if decimal_mark not in (".", ","):
        raise UnreadableInput(f"{path}: decimal_mark is {decimal_mark!r:.120}; expected '.' or ','")
    latest = about.get("latest_version", "")
    if not isinstance(latest, str):
        raise UnreadableInput(f"{path}: latest_version is {latest!r:.120}; expected the name of a column")
    suffix = about.get("version_suffix", "")
    if suffix not in ("", BY_ALL_ROWS, *SUFFIXES):
        expected = ", ".join((*SUFFIXES, BY_ALL_ROWS))
        raise UnreadableInput(f"{path}: version_suffix is {suffix!r:.120}; expected one of {expected}")
    return Layout(
        Path(path).name,
        found,
        _diagnoses(path, about.get("diagnoses", {}), known),
        _date_format(path, about.get("date_format", "")),
        decimal_mark=decimal_mark,
        latest_version=_known_column(path, "latest_version", latest, known) if latest else "",
        version_suffix="" if suffix == BY_ALL_ROWS else suffix,
        asks_for_versions=suffix == BY_ALL_ROWS and not latest,
        leave_out=_left_out(path, about.get("leave_out", []), known),
        take_back=_taken_back(path, about.get("take_back", []), known),
    )


def _taken(path: str, name: str, given: Any, known: Mapping[str, str]) -> Taken:
    if isinstance(given, str):
        given = {"column": given}
    if isinstance(given, dict):
        _refuse_nested(path, name, given)
    if isinstance(given, dict) and given.keys() == {"constant"}:
        return Taken(constant=str(given["constant"]))
    values = given.get("values", {}) if isinstance(given, dict) else None
    named = given.get("columns", ["one"]) if isinstance(given, dict) else None
    if not isinstance(values, dict) or set(given) not in _WAYS or not isinstance(named, list) or not named:
        raise UnreadableInput(
            f"{path}: {name} is {given!r:.120}; expected a column, {{column = ..., values = {{...}}}},"
            " {columns = [...]}, {filled = ..., then = ..., otherwise = ...} or {constant = ...}"
        )
    date_format = _date_format(path, given.get("date_format", ""))
    if "columns" in given:
        columns = tuple(_known_column(path, name, column, known) for column in given["columns"])
        return Taken(columns=columns, separator=str(given.get("separator", "")), date_format=date_format)
    if "filled" in given:
        column = _known_column(path, name, given["filled"], known)
        unlike = _known_column(path, name, given["unlike"], known) if "unlike" in given else ""
        return Taken(filled=column, unlike=unlike, then=str(given["then"]), otherwise=str(given["otherwise"]))
    column = _known_column(path, name, given["column"], known)
    meanings = {str(key): str(value) for key, value in values.items()}
    return Taken(column, values=meanings, date_format=date_format)


def _refuse_other_words(path: str, name: str, taken: Taken) -> None:
    """A column of a few words can be given no other: every line with it would be rejected."""
    said = [*taken.values.values(), taken.then, taken.otherwise, *([] if taken.is_given else [taken.constant])]
    for word in said:
        if name in WORDS and word and word not in WORDS[name]:
            raise UnreadableInput(f"{path}: {name} is given {word!r:.120}; expected one of {', '.join(WORDS[name])}")


def _refuse_nested(path: str, name: str, given: Mapping[str, Any]) -> None:
    """A word of ours, a name or a separator is a text or a number: of a table or a list none can be made."""
    said = given.get("values")
    entries = {**given, **{f"values.{key}": value for key, value in (said if isinstance(said, dict) else {}).items()}}
    for key, value in entries.items():
        if isinstance(value, dict | list) and key not in ("values", "columns"):
            raise UnreadableInput(f"{path}: {name}: {key} is {value!r:.120}; expected a text or a number")
    for column in given["columns"] if isinstance(given.get("columns"), list) else ():
        if not isinstance(column, str):
            raise UnreadableInput(f"{path}: {name}: columns holds {column!r:.120}; expected names of columns")


def _known_column(path: str, name: str, given: Any, known: Mapping[str, str]) -> str:
    column = known.get(str(given).lower())
    if column is None:
        raise MappingDoesNotFit(f"{path}: {name} is taken from {given!r:.120}, which the claims lack")
    return column


def _date_format(path: str, given: Any) -> str:
    is_known = isinstance(given, str) and (given in NUMBERED_DAYS or _SAFE_FORMAT.fullmatch(given))
    if given != "" and not is_known:
        numbered = " or ".join(f"'{name}'" for name in NUMBERED_DAYS)
        raise UnreadableInput(
            f"{path}: date_format is {given!r:.120}; expected one such as '%m/%d/%Y', or one of {numbered}"
        )
    return str(given)


def _left_out(path: str, given: Any, known: Mapping[str, str]) -> tuple[LeftOut, ...]:
    found = []
    for entry in given if isinstance(given, list) else [given]:
        ways = ({"column", "values"}, {"column", "below"}, {"column", "filled"})
        has_no_values = isinstance(entry, dict) and ("below" in entry or entry.get("filled") is True)
        values = entry.get("values") or ([] if has_no_values else None) if isinstance(entry, dict) else None
        if isinstance(values, list) and any(isinstance(value, dict | list) for value in values):
            values = None
        below = entry.get("below", 0) if isinstance(entry, dict) else None
        if not isinstance(values, list) or not _is_number(below) or set(entry) not in ways:
            raise UnreadableInput(
                f"{path}: leave_out is {entry!r:.120}; expected a table of column and values = [...],"
                " column and below, or column and filled = true"
            )
        column = _known_column(path, "leave_out", entry["column"], known)
        found.append(
            LeftOut(column, tuple(map(str, values)), float(below) if "below" in entry else None, "filled" in entry)
        )
    return tuple(found)


def _taken_back(path: str, given: Any, known: Mapping[str, str]) -> tuple[TakesBack, ...]:
    found = []
    for entry in given if isinstance(given, list) else [given]:
        values = entry.get("values") if isinstance(entry, dict) and set(entry) == {"column", "values"} else None
        if not isinstance(values, list) or not values or any(isinstance(value, dict | list) for value in values):
            raise UnreadableInput(
                f"{path}: take_back is {entry!r:.120}; expected a table of column and values = [...]: the rows whose"
                " units cancel those of others"
            )
        found.append(TakesBack(_known_column(path, "take_back", entry["column"], known), tuple(map(str, values))))
    return tuple(found)


def _is_number(value: object) -> TypeGuard[float]:
    return (isinstance(value, float) and math.isfinite(value)) or (isinstance(value, int) and abs(value) < _LARGEST)


def _diagnoses(path: str, given: Any, known: Mapping[str, str]) -> tuple[str, ...]:
    columns = given.get("columns", []) if isinstance(given, dict) and given.keys() <= {"columns"} else None
    if not isinstance(columns, list):
        raise UnreadableInput(f"{path}: diagnoses is {given!r:.120}; expected a table of columns = [...]")
    for name in columns:
        if str(name).lower() not in known:
            raise MappingDoesNotFit(f"{path}: the claims have no column {name!r:.120} of diagnoses")
    return tuple(known[str(name).lower()] for name in columns)


def _present(layout: Layout, columns: Iterable[str]) -> Layout:
    """The layout with those of its columns that a table has, as the table spells them."""
    spelled = {name.lower(): name for name in columns}
    taken = {
        name: Taken(spelled[source.column], values=source.values)
        for name, source in layout.columns.items()
        if source.column in spelled
    }
    diagnoses = tuple(spelled[name] for name in layout.diagnoses if name in spelled)
    return replace(layout, columns=taken, diagnoses=diagnoses)
