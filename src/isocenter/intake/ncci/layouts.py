"""The three layouts of the national correct coding edits: procedure pairs, unit limits, add-on codes."""

import re
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import chain, islice, zip_longest
from pathlib import Path

from isocenter.intake.ncci.editions import Edition, edition_of, setting_of
from isocenter.intake.ncci.grids import BrokenOff, Grid, Rows
from isocenter.terms.problems import Problem
from isocenter.terms.reference import AddOnCode, ProcedurePair, UnitLimit

EditRow = ProcedurePair | UnitLimit | AddOnCode

_CODE = re.compile("[0-9]{5}|[0-9]{4}[A-Z]|[A-Z][0-9]{4}")
_LONGEST_TITLE = 100  # rows above the header
_LONGEST_HEADER = 8  # rows of a header that is broken into several
_SHOWN_LENGTH = 40
_LONGEST_NUMBER = 7
# In the place of a primary code: the contractor decides.
_CONTRACTOR_DECIDES = {"CCCCC", ""}
# An open end is left blank, starred, or filled with noughts or nines.
_OPEN_END = re.compile(r"\*?|0+|9+")


class EditKind(StrEnum):
    """Which of the published tables; the value is the fact table that its rows belong to."""

    PAIRS = "procedure_pairs"
    LIMITS = "unit_limits"
    ADD_ONS = "add_on_codes"


@dataclass(frozen=True, slots=True)
class EditTable:
    """One table, or one part of a table, as read."""

    path: Path
    kind: EditKind
    setting: str
    edition: Edition
    rows: tuple[EditRow, ...]
    problems: tuple[Problem, ...]

    @property
    def title(self) -> str:
        """What it is, for people: table, setting and edition."""
        return _title(self.kind, self.setting, self.edition)


class _WrongCell(Exception):
    """A cell that does not fit; the message says what was found and what was expected."""


# How each column's name begins, letters and digits alone.
_COLUMNS: dict[EditKind, dict[str, re.Pattern[str]]] = {
    EditKind.PAIRS: {
        "column_one": re.compile("column1$"),
        "column_two": re.compile("column2$"),
        "first": re.compile("effective"),
        "last": re.compile("deletion"),
        "indicator": re.compile("modifier"),
    },
    EditKind.LIMITS: {
        "code": re.compile("(hcpcs|cpt)"),
        "units": re.compile(".*muevalue"),
        "adjudication": re.compile("mueadjudication"),
    },
    EditKind.ADD_ONS: {
        "add_on_code": re.compile("addoncode$"),
        "primary_code": re.compile("primarycode$"),
        "type": re.compile("aocedittype"),
        "first": re.compile("aoceditef"),
        "last": re.compile("aoceditdel"),
        "add_on_last": re.compile("aocdel"),
        "primary_last": re.compile("primarycodedel"),
    },
}
_NAMES = {
    EditKind.PAIRS: "procedure-to-procedure edits",
    EditKind.LIMITS: "medically unlikely edits",
    EditKind.ADD_ONS: "add-on code edits",
}


def read_table(grid: Grid, path: Path, only_codes: Set[str] | None = None) -> EditTable | Problem:
    """Read one table; a row with a mistake becomes a problem and the others are kept.

    With `only_codes`, rows that no line with these codes can meet are passed over. The answer is a Problem
    where the table is none of the three, or does not say for whose claims it is.
    """
    rows = grid.rows()
    try:
        header = _find_header(rows)
    except BrokenOff as wrong:
        return Problem(str(path), grid.member, f"cannot be read ({wrong}); download it again; it was left out")
    if header is None:
        return Problem(str(path), grid.member, "is not one of the published tables of edits; it was left out")
    setting = setting_of(header.names, grid.names, header.title)
    edition = edition_of(grid.names, header.title)
    if header.kind is EditKind.ADD_ONS:
        setting = ""
    elif setting == "dme":
        why = "limits the suppliers of medical equipment, who bill none of the claims here; it was left out"
        return Problem(str(path), grid.member, why)
    elif not setting:
        why = "does not say whether it is for practitioners or hospitals; give it the name it was published under"
        return Problem(str(path), grid.member, f"{why}; it was left out")
    reader = _Reader(header, setting, edition, only_codes, drops_zeros=grid.is_sheet)
    kept, problems = _read_rows(rows, reader, path, grid.member)
    if header.kind is EditKind.LIMITS and edition.first_day is None:
        why = "does not say its quarter; its limits were taken for limits of every day"
        problems.append(Problem(str(path), grid.member, why))
    return EditTable(path, header.kind, setting, edition, tuple(kept), tuple(problems))


def until_the_next_edition(tables: Sequence[EditTable]) -> list[EditTable]:
    """The tables of unit limits, each ended where the next edition for the same setting begins."""
    ended = []
    for table in tables:
        later = [
            other.edition.first_day
            for other in tables
            if other.setting == table.setting
            and other.edition.first_day
            and table.edition.is_older_than(other.edition)
            and other.edition.first_day != table.edition.first_day
        ]
        last_day = min(later) - timedelta(days=1) if later else None
        ended.append(replace(table, rows=tuple(row._replace(valid_to=last_day) for row in table.rows)))
    return ended


@dataclass(frozen=True, slots=True)
class _Header:
    kind: EditKind
    columns: Mapping[str, int]
    names: str
    title: str
    read_ahead: tuple[tuple[int, list[str]], ...]  # the row that showed where the header ends


def _find_header(rows: Rows) -> _Header | None:
    title: list[str] = []
    for _, cells in islice(rows, _LONGEST_TITLE):
        kind = _kind_of(cells)
        if kind is not None:
            return _whole_header(kind, cells, rows, " ".join(title))
        title += cells
    return None


def _kind_of(cells: Sequence[str]) -> EditKind | None:
    names = [_plain(cell) for cell in cells]
    for kind, columns in _COLUMNS.items():
        # What identifies a table: its first two columns, and for limits the third as well.
        needed = list(columns.values())[: 3 if kind is EditKind.LIMITS else 2]
        if all(any(pattern.match(name) for name in names) for pattern in needed):
            return kind
    return None


def _whole_header(kind: EditKind, cells: list[str], rows: Rows, title: str) -> _Header | None:
    """The header with the rows below it that go on with it: those without a code in either first column."""
    names = list(cells)
    read_ahead: tuple[tuple[int, list[str]], ...] = ()
    for number, further in islice(rows, _LONGEST_HEADER):
        if any(cell.strip() for cell in further[:2]) or not any(further[2:]):
            read_ahead = ((number, further),)
            break
        names = [f"{name} {cell}" for name, cell in zip_longest(names, further[: len(names)], fillvalue="")]
    columns = _columns_of(kind, [_plain(name) for name in names])
    if _COLUMNS[kind].keys() - columns.keys() - {"add_on_last", "primary_last"}:
        return None
    return _Header(kind, columns, " ".join(names), title, read_ahead)


def _columns_of(kind: EditKind, names: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for column, pattern in _COLUMNS[kind].items():
        for place, name in enumerate(names):
            if pattern.match(name):
                found.setdefault(column, place)
    return found


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


class _Reader:
    """Makes rows of one table; remembers the codes that it met, and which of them are wanted."""

    def __init__(
        self, header: _Header, setting: str, edition: Edition, only_codes: Set[str] | None, *, drops_zeros: bool
    ) -> None:
        """`drops_zeros`: a spreadsheet may have taken a code for a number."""
        self.header = header
        self._setting = setting
        self._edition = edition
        self._only_codes = only_codes
        self._drops_zeros = drops_zeros
        self._wanted: dict[str, str] = {}
        self._source = _title(header.kind, setting, edition)
        self.row: Callable[[Sequence[str]], EditRow | None] = {
            EditKind.PAIRS: self._pair,
            EditKind.LIMITS: self._limit,
            EditKind.ADD_ONS: self._add_on,
        }[header.kind]
        self._places = [header.columns.get(column, -1) for column in _COLUMNS[header.kind]]

    def _pair(self, cells: Sequence[str]) -> ProcedurePair | None:
        one, two, first, last, indicator = self._places
        try:
            # Two million rows pass here: a cell that was met before costs one look-up.
            codes = self._wanted[cells[one]], self._wanted[cells[two]]
        except KeyError:
            codes = self._code(cells[one], "column 1"), self._code(cells[two], "column 2")
        if not all(codes):
            return None
        digit = _digit(cells[indicator], "019", "modifier indicator")
        return ProcedurePair(*codes, self._setting, digit, *_span(cells[first], cells[last]), self._source)

    def _limit(self, cells: Sequence[str]) -> UnitLimit | None:
        place, units, adjudication = self._places
        code = self._code(cells[place], "the code")
        if not code:
            return None
        most = cells[units].strip()
        if not most.isdecimal() or len(most) > _LONGEST_NUMBER:
            raise _WrongCell(f"the units are {_shown(most)}; expected a whole number")
        kind = _digit(cells[adjudication].strip()[:1], "123", "adjudication indicator")
        return UnitLimit(code, self._setting, int(most), kind, self._edition.first_day, None, self._source)

    def _add_on(self, cells: Sequence[str]) -> AddOnCode | None:
        add_on, primary, add_on_type, first, last, add_on_last, primary_last = self._places
        code = self._code(cells[add_on], "the add-on code")
        if not code:
            return None
        beside = cells[primary].strip().upper()
        beside = "" if beside in _CONTRACTOR_DECIDES else self._spelled(beside, "the primary code")
        # The row ends with the first of its edit, its add-on code and its primary code to end.
        ends = [cells[place] for place in (last, add_on_last, primary_last) if place >= 0]
        earliest = min((end for end in ends if _day(end)), key=_day_number, default="")
        kind = _digit(cells[add_on_type], "123", "type")
        return AddOnCode(code, beside, kind, *_span(cells[first], earliest), self._source)

    def _code(self, cell: str, column: str) -> str:
        """The code in a cell, '' where it is not wanted."""
        found = self._wanted.get(cell)
        if found is None:
            code = self._spelled(cell, column)
            found = self._wanted[cell] = code if self._only_codes is None or code in self._only_codes else ""
        return found

    def _spelled(self, cell: str, column: str) -> str:
        code = cell.strip().upper()
        if self._drops_zeros and code.isdecimal():
            code = code.zfill(5)
        if not _CODE.fullmatch(code):
            raise _WrongCell(f"{column} is {_shown(cell)}; expected a procedure code")
        return code


def _read_rows(rows: Rows, reader: _Reader, path: Path, member: str) -> tuple[list[EditRow], list[Problem]]:
    kept: list[EditRow] = []
    problems: list[Problem] = []
    try:
        for number, cells in chain(reader.header.read_ahead, rows):
            try:
                row = reader.row(cells)
                if row is not None:
                    kept.append(row)
            except (_WrongCell, IndexError) as wrong:
                if any(cell.strip() for cell in cells):
                    why = str(wrong) if isinstance(wrong, _WrongCell) else f"{len(cells)} cells are too few"
                    place = f"{member}, line {number}" if member else f"line {number}"
                    problems.append(Problem(str(path), place, f"{why}; the line was left out"))
    except BrokenOff as wrong:
        problems.append(Problem(str(path), member, f"broke off ({wrong}); what follows was left out"))
    return kept, problems


def _digit(cell: str, allowed: str, what: str) -> int:
    digit = cell.strip()
    if len(digit) != 1 or digit not in allowed:
        raise _WrongCell(f"the {what} is {_shown(cell)}; expected one of {', '.join(allowed)}")
    return int(digit)


@lru_cache(maxsize=4096)
def _span(first: str, last: str) -> tuple[date | None, date | None]:
    """First and last day; the published day of deletion is the last on which the edit counts."""
    valid_from, valid_to = _day(first), _day(last)
    if valid_from and valid_to and valid_to < valid_from:
        raise _WrongCell(f"the edit ends on {valid_to}, before it begins on {valid_from}")
    return valid_from, valid_to


@lru_cache(maxsize=4096)
def _day(cell: str) -> date | None:
    """A day as YYYYMMDD, or as YYYYDDD with the number of the day in the year; None where the end is open."""
    text = cell.strip()
    if _OPEN_END.fullmatch(text):
        return None
    try:
        if text.isdecimal() and len(text) == 8:
            return date(int(text[:4]), int(text[4:6]), int(text[6:]))
        if text.isdecimal() and len(text) == 7 and 1 <= int(text[4:]) <= 366:
            day = date(int(text[:4]), 1, 1) + timedelta(days=int(text[4:]) - 1)
            if day.year == int(text[:4]):
                return day
    except (ValueError, OverflowError):
        pass
    raise _WrongCell(f"{_shown(cell)} is not a date; expected YYYYMMDD or YYYYDDD")


def _day_number(cell: str) -> int:
    day = _day(cell)
    return day.toordinal() if day else 0


def _shown(cell: str) -> str:
    return repr(cell.strip()[:_SHOWN_LENGTH])


def _title(kind: EditKind, setting: str, edition: Edition) -> str:
    return ", ".join(part for part in (_NAMES[kind], setting, str(edition)) if part)
