"""Claims in columns of fixed width, cut as a list of these columns beside them says: a table, or an INPUT statement."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice, pairwise
from pathlib import Path
from typing import NamedTuple

from isocenter.files.texts import shown as shown_name
from isocenter.intake.bulk.column_names import are_of_claim_lines, columns_by_meaning
from isocenter.intake.bulk.shapes import HEAD_BYTES, is_of_fixed_width, names_a_code_and_a_day
from isocenter.intake.csv_lines import decode, delimiter_of, encoding_of, header_cells
from isocenter.intake.packed import Unpacked
from isocenter.terms.problems import Problem, worded

_LIST_BYTES = 1_000_000  # most of a list of columns
_TITLES_AT_MOST = 12  # lines above the names of a list
_FEWEST_COLUMNS = 5  # of claim lines: claim, member, day, code, units
_ROWS_LOOKED_AT = 100
_NEARLY_ALL = 0.9
_NAMES_SHOWN = 40

_START = {"start", "starts", "begin", "begins", "beginning", "from", "position", "pos", "column", "col", "offset"}
_END = {"end", "ends", "ending", "stop", "to", "thru", "through", "last"}
_LENGTH = {"length", "len", "width", "size", "bytes", "characters"}
_NAME, _OR_NAME = {"name"}, {"field", "variable", "column", "element"}
_DECIMALS = {"decimals", "decimal", "scale"}
_WORDS = re.compile("[a-z]+")
_A_RANGE = re.compile(r"([0-9]+)\s*(?:-|\u2013|to|:)\s*([0-9]+)")
_A_NAME = re.compile(r"[A-Za-z][^\n]*")
_IMPLIED_POINT = re.compile(r"V(?:9\(([0-9]+)\)|(9+))", re.IGNORECASE)  # 9(7)V99
_OF_RADIATION = re.compile("77[0-9]{3}|G60[0-9]{2}", re.IGNORECASE)
_SHIFTS = 4  # characters before and behind a place
_DIGITS = re.compile(r"[-+]?[0-9]+")

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_INPUT = re.compile(r"\binput\b(.*?);", re.IGNORECASE | re.DOTALL)
_POINTED = re.compile(r"@\s*([0-9]+)\s+([A-Za-z_]\w*)\s*:?\s*\$?[A-Za-z_]*([0-9]+)\.([0-9]*)")  # @11 DOS yymmdd10.
_RANGED = re.compile(r"([A-Za-z_]\w*)\s+(?:\$\s*)?([0-9]+)(?:\s*-\s*([0-9]+))?(?:\s+\.([0-9]+))?")  # DOS $ 11-20


class Column(NamedTuple):
    """A column of fixed width: its name, its place in each line from 0, and the decimals that bare digits imply."""

    name: str
    start: int
    end: int
    decimals: int = 0

    def cell(self, line: str) -> str:
        """What a line holds in the column."""
        value = line[self.start : self.end].strip()
        if self.decimals and _DIGITS.fullmatch(value):
            sign, digits = ("-", value[1:]) if value.startswith("-") else ("", value.lstrip("+"))
            digits = digits.zfill(self.decimals + 1)
            return f"{sign}{digits[: -self.decimals]}.{digits[-self.decimals :]}"
        return value


def with_tables_cut(
    files: Iterable[Path], folder: Path, problems: list[Problem], shown: Callable[[Path], str]
) -> Iterator[Unpacked]:
    """The files; claims of fixed width with one list of their columns beside them as CSV in `folder`, without the list.

    `shown` is how a file is called in `problems`, where each of these tables is named with how it was cut.
    """
    given = list(files)
    cut: dict[Path, Unpacked] = {}
    used: set[Path] = set()
    lists: dict[Path, dict[Path, tuple[Column, ...]]] = {}
    for file in filter(_may_be_of_fixed_width, given):
        beside = lists.setdefault(
            file.parent, {one: columns for one in given if one.parent == file.parent and (columns := _listed_in(one))}
        )
        fitting = {one: columns for one, columns in beside.items() if one != file and _fit(columns, file)}
        if len(set(fitting.values())) != 1:
            continue
        used |= fitting.keys()
        by, columns = next(iter(fitting.items()))
        target = folder / f"cut-{len(cut)}" / f"{file.stem}.csv"
        target.parent.mkdir(parents=True)
        _write(file, columns, target)
        cut[file] = Unpacked(target, file)
        names = ", ".join(f"{one.name} {one.start + 1}-{one.end}" for one in columns[:_NAMES_SHOWN])
        sentence = worded(
            "its columns were cut as {list} lists them: {names}; where a line is named, its first row is line 2",
            list=shown_name(by.name),
            names=names,
        )
        problems.append(Problem(shown(file), "", sentence))
    yield from (cut.get(file) or Unpacked(file, file) for file in given if file not in used)


def columns_listed(text: str) -> tuple[Column, ...]:
    """The columns that a text lists by their names and places, in the order of these; () where it lists none."""
    found = sorted(_in_input_statement(text) or _in_table(text), key=lambda one: one.start)
    are_apart = all(one.end <= other.start for one, other in pairwise(found))
    are_named_once = len({one.name.casefold() for one in found}) == len(found)
    return tuple(found) if are_apart and are_named_once and len(found) >= _FEWEST_COLUMNS else ()


def _in_input_statement(text: str) -> list[Column]:
    statement = _INPUT.search(_COMMENT.sub(" ", text))
    if statement is None:
        return []
    said = statement[1]
    if "@" in said:
        found = [(name, int(start), int(width), decimals) for start, name, width, decimals in _POINTED.findall(said)]
        if len(found) != said.count("@"):
            return []
        return [Column(name, start - 1, start - 1 + width, int(d or 0)) for name, start, width, d in found]
    ranged = _RANGED.findall(said)
    return [Column(name, int(start) - 1, int(end or start), int(d or 0)) for name, start, end, d in ranged]


def _in_table(text: str) -> list[Column]:
    lines = [line for line in text.splitlines() if line.strip("-=+ \t,|")]
    for place, line in enumerate(lines[:_TITLES_AT_MOST]):
        for split in _splits(line):
            if found := _below(split(line), [split(row) for row in lines[place + 1 :]]):
                return found
    return []


def _splits(header: str) -> list[Callable[[str], list[str]]]:
    delimiter = delimiter_of(header)
    if delimiter in header:
        return [lambda line: header_cells(line, delimiter)]
    return [lambda line: re.split(r"\s{2,}", line.strip()), str.split]


def _below(names: Sequence[str], rows: Sequence[Sequence[str]]) -> list[Column]:
    """The columns that the rows below these names list; [] where one of them says no place, or another one."""
    said = [set(_WORDS.findall(name.lower())) for name in names]
    listed = [row for row in rows if len(row) == len(names)]
    if len(listed) < _FEWEST_COLUMNS or len(listed) < len([row for row in rows if len(row) > 1]):
        return []
    values = list(zip(*listed, strict=True))
    numbers = [all(cell.strip().isdecimal() for cell in column) for column in values]
    ranges = [all(_A_RANGE.fullmatch(cell.strip()) for cell in column) for column in values]
    may_name = [_names_columns(column) for column in values]
    named = _where(may_name, said, _NAME)
    named = named if named >= 0 else _where(may_name, said, _OR_NAME)
    if named < 0:
        return []
    ends = _where(numbers, said, _END)
    lengths = _where([is_one and at != ends for at, is_one in enumerate(numbers)], said, _LENGTH)
    starts = _where([is_one and at not in (ends, lengths) for at, is_one in enumerate(numbers)], said, _START)
    decimals = [_decimals_of(said, names, row) for row in listed]
    if any(ranges):
        of_range = [_A_RANGE.fullmatch(cell.strip()) for cell in values[ranges.index(True)]]
        places = [(int(one[1]), int(one[2])) for one in of_range if one]
    elif starts >= 0 and lengths >= 0:
        begun = zip(values[starts], values[lengths], strict=True)
        places = [(int(start), int(start) + int(length) - 1) for start, length in begun]
        if ends >= 0 and [end for _, end in places] != [int(cell) for cell in values[ends]]:
            return []
    elif starts >= 0 and ends >= 0:
        places = [(int(start), int(end)) for start, end in zip(values[starts], values[ends], strict=True)]
    else:
        return []
    first = min(start for start, _ in places)
    if first not in (0, 1) or any(end < start for start, end in places):
        return []
    return [
        Column(row[named].strip(), start - first, end - first + 1, point)
        for row, (start, end), point in zip(listed, places, decimals, strict=True)
    ]


def _where(fits: Sequence[bool], said: Sequence[set[str]], words: set[str]) -> int:
    """The place of the first column that fits and whose name has one of the words; -1 where none does."""
    return next((at for at, is_one in enumerate(fits) if is_one and said[at] & words), -1)


def _names_columns(cells: Sequence[str]) -> bool:
    """Whether the cells of a list may name columns: each begins with a letter, and most are codes, not labels."""
    bare = [cell.strip() for cell in cells]
    return all(map(_A_NAME.fullmatch, bare)) and are_of_claim_lines(columns_by_meaning(list(dict.fromkeys(bare))))


def _decimals_of(said: Sequence[set[str]], names: Sequence[str], row: Sequence[str]) -> int:
    for at in range(len(names)):
        if said[at] & _DECIMALS and row[at].strip().isdecimal():
            return int(row[at])
        if point := _IMPLIED_POINT.search(row[at].strip()):
            return int(point[1]) if point[1] else len(point[2])
    return 0


def _listed_in(file: Path) -> tuple[Column, ...]:
    if file.stat().st_size > _LIST_BYTES:
        return ()
    return columns_listed(decode(file.read_bytes())[0])


def _may_be_of_fixed_width(file: Path) -> bool:
    try:
        with file.open("rb") as data:
            head = data.read(HEAD_BYTES)
    except OSError:
        return False
    return not head.startswith((b"ISA", b"PAR1", b"PK", b"%PDF", b"{", b"[", b"<")) and is_of_fixed_width(
        decode(head)[0]
    )


def _fit(columns: Sequence[Column], file: Path) -> bool:
    """Whether nearly all lines of a file have a day, and a procedure code where the columns say, not beside it."""
    codes = columns_by_meaning([one.name for one in columns]).get("procedure_code", [])
    with file.open("rb") as data:
        text = decode(data.read(HEAD_BYTES))[0]
    lines = list(islice(filter(str.strip, text.splitlines()), _ROWS_LOOKED_AT))
    places = [one for one in columns if one.name in codes]
    found = [line for line in lines if names_a_code_and_a_day([one.cell(line) for one in columns])]
    return len(found) >= _NEARLY_ALL * len(lines) and any(_is_the_place_of_codes(one, lines) for one in places)


def _is_the_place_of_codes(column: Column, lines: Sequence[str]) -> bool:
    """Whether codes of radiation oncology begin where the column does in more lines than some characters beside it.

    77301 and the first digit of the units behind it, 73010, look like a code too.
    """
    begun = {
        shift: sum(_OF_RADIATION.match(line, max(0, column.start + shift)) is not None for line in lines)
        for shift in range(-_SHIFTS, _SHIFTS + 1)
    }
    return begun[0] > 0 and begun[0] == max(begun.values())


def _write(file: Path, columns: Sequence[Column], target: Path) -> None:
    with file.open("rb") as data:
        encoding = encoding_of(data.read(HEAD_BYTES))
    with file.open(encoding=encoding, errors="replace") as lines, target.open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out, lineterminator="\n")
        table.writerow([one.name for one in columns])
        for line in lines:
            table.writerow([one.cell(line) for one in columns] if line.strip() else [])
