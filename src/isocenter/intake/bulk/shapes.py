"""What a file of claims holds before its columns are understood: its kind, columns, first rows and values."""

import codecs
import glob
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import count, islice
from pathlib import Path

from isocenter.engines.database import connect, identity, literal
from isocenter.errors import UnreadableInput
from isocenter.files.folders import expect_a_name_in_utf8
from isocenter.files.kinds import what_it_is
from isocenter.files.texts import shown
from isocenter.intake.bulk.amounts import LOOKS_LIKE_AMOUNT
from isocenter.intake.bulk.column_names import are_of_claim_lines, columns_by_meaning, with_repeats_numbered
from isocenter.intake.bulk.diagnosis_tables import as_our_diagnoses, how_taken
from isocenter.intake.bulk.name_words import words_of
from isocenter.intake.bulk.value_forms import EXCEL_DAYS, NUMBERED_DAYS
from isocenter.intake.csv_lines import (
    Record,
    decode,
    delimiter_of,
    header_cells,
    is_open,
    lines_of,
    looks_binary,
    records,
)
from isocenter.intake.fhir.resources import looks_like_fhir
from isocenter.intake.parquet_errors import cannot_be_read_as_parquet
from isocenter.intake.x12_837 import looks_like_837
from isocenter.terms.limits import COLUMNS, ROW_GROUPS, ROWS_IN_A_BYTE
from isocenter.terms.problems import named_twice

HEAD_BYTES = 262_144
_TEXT_JUDGED = 4_096  # characters, by which a file is taken for text or not
_SAMPLE_ROWS = 3_000  # by which the values of a table are judged
_SAMPLE_CELLS = 1_500_000  # most of them in all, of a table with many columns
_LEAST_SAMPLE_ROWS = 100
_COLUMNS_AT_ONCE = 500  # of which the database holds room for 2,048 rows each, however few there are
SAMPLE_BYTES = 500_000_000  # of memory, to understand a table by
_WORDS_OF_A_NAME = 6  # most that the name of a column has
NAME_SHOWN = 40
_WORDS_OF_A_VALUE = 12  # most that a field of a claim has, as an address
_LABELLED = (
    "it is a claim written as text, a label before each value; export the claim as X12 837, or as a table with the"
    " names of its fields side by side in the first line and each service on a row of its own"
)
_FIXED_WIDTH = (
    "its rows have columns of fixed width and no line names them; put one list of the columns (name, start, length)"
    " into the same folder, or write them with commas or tabs between them, below a line of their names"
)
_BETWEEN_FIELDS = re.compile(r"[\t|;]|\s{2,}|, (?=[A-Z][^:,]{0,40}:)")  # of a line that has several
_NEARLY_ALL = 0.9
_LEAST_WIDTH = 40  # characters of a row of claims without separators
_TITLES_AT_MOST = 12  # lines above the header of a table
_LINES_OF_A_HEADER = 80  # with names that are written over several
_FIELDS_LOOKED_AT = 100  # lines from the first, by which a table is known for one that lists fields downward
_LISTED_DOWNWARD = (
    "its fields are listed one below the other; write their names side by side in the first line, and below it each"
    " service on a row of its own"
)
_RECORDS = ("STRUCT(", "MAP(", "UNION(")
_LIST = re.compile(r"\[[0-9]*\]$")
_NAMES_OF_A_LINE = 4  # least, by which a line without separators is known for a header
_CELLS_OF_A_LINE = 5  # least: claim, member, day, code, units
_A_CODE = re.compile(r"[0-9A-Z][0-9]{3}[0-9A-Z](\.0|[-: ][0-9A-Z]{2})*", re.IGNORECASE)  # of a procedure
_A_DAY = re.compile(
    r"([0-9]{4}([-/.])[0-9]{1,2}\2[0-9]{1,2}|[0-9]{1,2}([-/.])[0-9]{1,2}\3[0-9]{2,4}"
    r"|[0-9]{1,2}[- ]?[A-Z]{3}[- ]?[0-9]{2,4}|[A-Z]{3,9} [0-9]{1,2},? [0-9]{4})([ T:].*)?"
    r"|(19|20)[0-9]{6}|[01][0-9][0-3][0-9](19|20)[0-9]{2}",
    re.IGNORECASE,
)
_A_NUMBER_OF_FIVE_DIGITS = re.compile(r"[0-9]{5}(\.0)?")
_A_DAY_AND_A_TREATMENT = re.compile(
    r"(?=.*((19|20)[0-9]{2}([-/]?)[01][0-9]\3[0-3][0-9]|[01][0-9]([-/]?)[0-3][0-9]\4(19|20)[0-9]{2}))"
    r"(?=.*(77[2-6][0-9]{2}|G60[0-9]{2}))"
)
_NUMBER_IN_A_CELL = re.compile(r"[-$(]*[0-9][0-9.,/:-]*[)]?")


class Kind(StrEnum):
    """How the rows of a source are stored."""

    PARQUET = "Parquet"
    CSV = "CSV"
    X12 = "X12 837"
    FHIR = "FHIR R4"


@dataclass(frozen=True, slots=True)
class Shape:
    """What files that are read together share."""

    kind: Kind
    columns: tuple[str, ...] = ()
    delimiter: str = ""
    header_line: int = 1
    types: tuple[str, ...] = ()  # of the columns of Parquet, as DuckDB names them
    taken: str = ""  # how its columns were taken for ours

    @property
    def lists(self) -> tuple[str, ...]:
        """The columns that hold several values a row."""
        pairs = zip(self.columns, self.types, strict=False)
        return tuple(name for name, kind in pairs if kind.endswith("]") and not _is_nested(kind))

    @property
    def nested(self) -> tuple[str, ...]:
        """The columns that hold records of several fields, or lists of lists."""
        return tuple(name for name, kind in zip(self.columns, self.types, strict=False) if _is_nested(kind))


class NoHeader(UnreadableInput):
    """A table that is not read for the names of its columns, and whether its first line is nevertheless of claims."""

    def __init__(self, sentence: str, columns: Sequence[str], *, is_of_claims: bool = False) -> None:
        super().__init__(sentence)
        names = filter(None, dict.fromkeys(_separated_by_spaces(columns) or columns))
        is_named = are_of_claim_lines(columns_by_meaning(list(names)))
        self.is_of_claims = is_of_claims or is_named or _is_a_row_of_claims(columns)


def _is_nested(kind: str) -> bool:
    return kind.startswith(_RECORDS) or _LIST.sub("", kind, count=1).endswith("]")


def shape_of(file: Path, name: str) -> Shape:
    """The kind and the columns of a file, which a refusal calls by `name`; UnreadableInput where it holds no claims."""
    try:
        with file.open("rb") as data:
            head = data.read(HEAD_BYTES)
    except OSError as wrong:
        raise UnreadableInput(f"{name}: cannot be read ({wrong.strerror})") from None
    if head.startswith(b"PAR1"):
        expect_a_name_in_utf8(file)
        columns, types = _parquet_columns(file)
        return Shape(Kind.PARQUET, columns, types=types)
    if looks_like_837(head):
        return Shape(Kind.X12)
    if looks_like_fhir(head):
        return Shape(Kind.FHIR)
    expect_a_name_in_utf8(file)
    if not head.removeprefix(codecs.BOM_UTF8).strip():
        raise UnreadableInput(f"{name}: the file is empty")
    if what := what_it_is(file):
        raise UnreadableInput(
            f"{name}: this is {what}; claims are expected as Parquet, CSV, X12 837 or FHIR R4 in JSON"
        )
    text = _text_of(head)
    if looks_binary(text[:_TEXT_JUDGED].encode("utf-8", "replace")):
        raise UnreadableInput(f"{name}: not a known format; claims are expected as Parquet, CSV, X12 837 or FHIR R4")
    if labels := _labels_of_a_claim(text):
        raise NoHeader(f"{name}: {_LABELLED}", labels)
    if is_of_fixed_width(text):
        raise NoHeader(f"{name}: {_FIXED_WIDTH}", (), is_of_claims=True)
    number, line = _header_line(text)
    delimiter = delimiter_of(line)
    given = header_cells(line, delimiter)
    columns = tuple(as_our_diagnoses(given))
    taken = how_taken(given, columns)
    COLUMNS.refuse_beyond(len(columns), name)
    columns = with_repeats_numbered(_with_blanks_named(columns))
    if why := _why_no_header(number, line, columns):
        raise NoHeader(f"{name}: {why}", columns)
    if fields := _fields_below_each_other(text, delimiter, columns):
        raise NoHeader(f"{name}: {_LISTED_DOWNWARD}", fields)
    _refuse_columns_twice(name, columns)
    return Shape(Kind.CSV, columns, delimiter, number, taken=taken)


def _why_no_header(number: int, line: str, columns: tuple[str, ...]) -> str:
    if is_open(line):
        return f"line {number}: a quotation mark is opened and not closed; correct the header"
    if _is_a_row_of_claims(columns):
        return f"line {number} reads as a row of claims, and no line above it names the columns; add their names"
    if _separated_by_spaces(columns):
        return "its columns are separated by spaces alone; write them with commas or tabs between them"
    if len(columns) < 2 or "" in columns:
        return "its first line is not the header of a table of claims: a column has no name"
    if sum(len(column.split()) > _WORDS_OF_A_NAME for column in columns) > len(columns) // 2:
        return (
            "its first line reads as prose, not as the names of columns; claims are expected as Parquet, CSV,"
            " X12 837 or FHIR R4"
        )
    return ""


def _fields_below_each_other(text: str, delimiter: str, columns: Sequence[str]) -> list[str]:
    """The names of the fields of claims where a table lists these downward, each with its value beside it; else []."""
    if are_of_claim_lines(columns_by_meaning(columns)):
        return []
    rows = [header_cells(line, delimiter) for line in islice(filter(str.strip, text.splitlines()), _FIELDS_LOOKED_AT)]
    fields = list(dict.fromkeys(re.sub(r"^line\b|\d+\b", "", row[0], flags=re.IGNORECASE).strip() for row in rows))
    fields = [field for field in fields if 0 < len(field.split()) <= _WORDS_OF_A_NAME]
    values = [cell.strip() for row in rows for cell in row[1:]]
    return fields if names_a_code_and_a_day(values) and are_of_claim_lines(columns_by_meaning(fields)) else []


def _labels_of_a_claim(text: str) -> list[str]:
    """The labels of a text whose lines are for the most part labels with their values, which make a claim; else [].

    A page of a chart may name the code and the day of a service too, but neither the number of its claim nor an amount
    that is charged; and it tells in sentences what was done, as a request for authorization tells why.
    """
    lines = [line.strip() for line in islice(filter(str.strip, text.splitlines()), _FIELDS_LOOKED_AT)]
    fields: list[tuple[str, str]] = []
    labelled = 0
    for line in lines:
        parts = [re.split(r"[:=]", part, maxsplit=1) for part in _BETWEEN_FIELDS.split(line)]
        found = [(part[0].strip(), part[1].strip()) for part in parts if len(part) == 2 and _names_a_field(part[0])]
        labelled += bool(found) and line.startswith(found[0][0])
        fields += found
    values = [value for _, value in fields]
    is_narrated = any(len(value.split()) > _WORDS_OF_A_VALUE for value in values)
    if 2 * labelled < len(lines) or is_narrated or not names_a_code_and_a_day(values):
        return []
    labels = list(dict.fromkeys(label for label, _ in fields))
    meanings = columns_by_meaning(labels)
    charges = set(meanings.get("charge_amount", ()))
    claims = {label for label in meanings.get("claim_id", ()) if "claim" in words_of(label)}
    is_billed = any(
        (label in charges and LOOKS_LIKE_AMOUNT.fullmatch(value))
        or (label in claims and any(letter.isdigit() for letter in value))
        for label, value in fields
    )
    return labels if is_billed and "units" in meanings and are_of_claim_lines(meanings) else []


def _names_a_field(label: str) -> bool:
    return 0 < len(label.split()) <= _WORDS_OF_A_NAME and not names_a_code_and_a_day([label])


def _separated_by_spaces(columns: Sequence[str]) -> list[str]:
    """The names of a header in columns of fixed width; none where the line is prose, or has separators."""
    names = columns[0].split() if len(columns) == 1 else []
    meant = len(columns_by_meaning(names))
    return names if meant >= _NAMES_OF_A_LINE and 2 * meant > len(names) else []


def is_of_fixed_width(text: str) -> bool:
    """Whether nearly all lines are rows of claims without separators: of cells apart, or of one length and a day."""
    lines = list(islice(filter(str.strip, text.splitlines()), _FIELDS_LOOKED_AT))
    bare = [line for line in lines if len(header_cells(line, delimiter_of(line))) == 1]
    usual, alike = Counter(map(len, bare)).most_common(1)[0] if bare else (0, 0)
    are_of_one_length = usual >= _LEAST_WIDTH and alike >= _NEARLY_ALL * len(lines)
    found = [
        line
        for line in bare
        if _is_a_row_of_claims(line.split())
        or (are_of_one_length and _A_DAY_AND_A_TREATMENT.search(line) and line.upper() == line)
    ]
    return bool(found) and len(found) >= _NEARLY_ALL * len(lines)


def _is_a_row_of_claims(cells: Sequence[str]) -> bool:
    return len(cells) >= _CELLS_OF_A_LINE and names_a_code_and_a_day(cells)


def names_a_code_and_a_day(cells: Sequence[str]) -> bool:
    """Whether a cell of a row reads as a procedure code, and another as a day."""
    numbered = {cell for cell in cells if _may_number_a_day(cell)}
    has_a_code = any(_A_CODE.fullmatch(cell) for cell in cells if cell not in numbered)
    return has_a_code and bool(numbered or any(map(_A_DAY.fullmatch, cells)))


def _may_number_a_day(cell: str) -> bool:
    """Whether a cell may be a day as a spreadsheet counts them; the codes of radiation oncology are other numbers."""
    return bool(_A_NUMBER_OF_FIVE_DIGITS.fullmatch(cell)) and NUMBERED_DAYS[EXCEL_DAYS].fits(float(cell))


def why_claims_have_no_header(file: Path, name: str) -> str:
    """Why a text that begins as claim lines do is read as no table of them; '' where it is another text."""
    try:
        shape_of(file, name)
    except NoHeader as wrong:
        return str(wrong) if wrong.is_of_claims else ""
    except UnreadableInput:
        pass
    return ""


def _with_blanks_named(columns: tuple[str, ...]) -> tuple[str, ...]:
    """The names, and others for columns without one where a header ends in separators, or rows are numbered before."""
    first = 1 if columns and not columns[0] else 0
    behind = first + sum(map(bool, columns))
    if behind - first <= 2 or any(columns[behind:]):
        return columns
    blanks = (f"blank {place}" for place in count(1))
    return tuple(name or next(blanks) for name in columns)


def _text_of(head: bytes) -> str:
    return decode(head[: len(head) // 2 * 2])[0]  # of UTF-16 no half letter at the end


def _header_line(text: str) -> tuple[int, str]:
    """The line of the names of columns, with its number, the last of several; titles and heads may stand above it."""
    lines = _logical_lines(islice(lines_of(text), _LINES_OF_A_HEADER))[: _TITLES_AT_MOST + 1]
    cells = [header_cells(line, delimiter_of(line)) for _, line in lines]
    widest = max(map(len, cells), default=0)
    for place, ((number, line), found) in enumerate(zip(lines, cells, strict=True)):
        is_title = sum(map(bool, found)) < 2 or (len(found) == 2 and widest > 4)
        is_head = place + 1 < len(cells) and _heads(found, cells[place + 1])
        if is_open(line) or not (is_title or is_head):
            return number, line
    return next(((number, line) for number, line in lines if line.strip()), (1, ""))


def _logical_lines(lines: Iterable[str]) -> list[tuple[int, str]]:
    """Lines with the numbers on which they end; names that are quoted over several lines make one."""
    joined: list[tuple[int, str]] = []
    begun: list[tuple[int, str]] = []
    for number, line in enumerate(lines, start=1):
        begun.append((number, line))
        whole = "".join(text for _, text in begun)
        if not is_open(whole):
            joined.append((number, " ".join(whole.rstrip("\r\n").splitlines())))
            begun = []
    return joined + begun


def _heads(above: Sequence[str], below: Sequence[str]) -> bool:
    """Whether a line stands above groups of columns whose names are in the line below, as merged cells are exported."""
    is_of_names = len(below) == len(above) and all(below) and not any(map(_NUMBER_IN_A_CELL.fullmatch, below))
    return not all(above) and is_of_names


def sample(file: Path, shape: Shape) -> tuple[list[list[str]], bool]:
    """The first rows of a table, as texts, and whether they are all of it."""
    if shape.kind is Kind.PARQUET:
        most = max(_LEAST_SAMPLE_ROWS, min(_SAMPLE_ROWS, _SAMPLE_CELLS // max(1, len(shape.columns))))
        rows = _sample_of_parquet(file, shape, most)
        return rows, len(rows) < most
    with file.open("rb") as data:
        head = data.read(HEAD_BYTES * 4)
        is_cut = bool(data.read(1))
    lines = islice(lines_of(_text_of(head)), shape.header_line, None)
    given = list(islice(records(lines, shape.delimiter, len(shape.columns)), _SAMPLE_ROWS))
    said = [row.cells for row in given if isinstance(row, Record) and _says_something(row.cells, shape.columns)]
    return said, not is_cut and len(given) < _SAMPLE_ROWS


def _says_something(cells: Sequence[str], columns: Sequence[str]) -> bool:
    """Whether a row is one of the table, and neither empty, nor a rule, nor its header again, as on printed pages."""
    bare = [cell.strip() for cell in cells]
    is_row = len(cells) == len(columns) and any(cell.strip("-=") for cell in bare)
    is_header = is_row and bare[0] == columns[0] and with_repeats_numbered(bare) == tuple(columns)
    return is_row and not is_header


def of_parquet(files: str, lists: Iterable[str], also: str = "") -> str:
    """Files of Parquet, named as SQL wants them, as a relation: bytes are texts, and a list its values with spaces."""
    read = f"read_parquet({files}, binary_as_string = true, hive_partitioning = false{also})"
    joined = ", ".join(f"array_to_string({identity(name)}, ' ') as {identity(name)}" for name in lists)
    return f"(select * replace ({joined}) from {read})" if joined else read


def _sample_of_parquet(file: Path, shape: Shape, rows: int) -> list[list[str]]:
    import duckdb  # noqa: PLC0415 - loaded only where a table of claims is read
    import pyarrow as pa  # noqa: PLC0415

    from isocenter.intake.parquet_rows import first_rows  # noqa: PLC0415

    lists = frozenset(shape.lists)
    texts = [f"coalesce({as_text(name, is_list=name in lists)}, '')" for name in shape.columns]
    known: dict[str, str] = {}  # each text once: most recur in millions of cells
    try:
        first = first_rows(file, rows).slice(0, rows)
        found: list[list[str]] = [[] for _ in range(first.num_rows)]
        with connect(threads=1) as connection:
            for place in range(0, len(texts), _COLUMNS_AT_ONCE):
                some = slice(place, place + _COLUMNS_AT_ONCE)
                part = connection.from_arrow(first.select(shape.columns[some])).project(", ".join(texts[some]))
                for row, more in zip(found, part.fetchall(), strict=True):
                    row += [known.setdefault(text, text) for text in more]
    except (duckdb.Error, pa.ArrowException, KeyError, OSError) as wrong:
        raise cannot_be_read_as_parquet(str(file), wrong) from None
    return found


def as_text(name: str, *, is_list: bool) -> str:
    return f"array_to_string({identity(name)}, ' ')" if is_list else f"cast({identity(name)} as varchar)"


def _refuse_columns_twice(file: Path | str, columns: Sequence[str]) -> None:
    names = Counter(name.casefold() for name in columns)
    twice = [name for name, count in names.items() if count > 1]
    if twice:
        raise NoHeader(f"{file}: {named_twice([shown(name[:NAME_SHOWN]) for name in twice])}", columns)


def _names_of_columns(parts: Iterable[tuple[str, int]]) -> list[str]:
    """The names of the columns among the parts of a Parquet schema, each before its children, the whole before all."""
    names: list[str] = []
    ending: list[int] = []  # children that are still to come, of the parts that hold the next one
    for name, children in parts:
        if len(ending) == 1:
            names.append(str(name))
        if ending:
            ending[-1] -= 1
        if children:
            ending.append(children)
        while ending and not ending[-1]:
            ending.pop()
    return names


def _parquet_columns(file: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of the columns of a Parquet file, and their types."""
    import duckdb  # noqa: PLC0415 - loaded only where a table of claims is read

    with connect(threads=1, memory_bytes=SAMPLE_BYTES) as connection:  # several threads mix thousands of columns
        try:
            stated = connection.execute(
                "select sum(num_rows), sum(num_row_groups) from parquet_file_metadata(?)", [glob.escape(str(file))]
            ).fetchone()
            rows, groups = stated or (0, 0)
            ROWS_IN_A_BYTE.refuse_beyond(rows // file.stat().st_size, str(file))
            ROW_GROUPS.refuse_beyond(groups, str(file))
            parts = connection.execute(
                "select name, coalesce(num_children, 0) from parquet_schema(?)", [glob.escape(str(file))]
            ).fetchall()
            _refuse_columns_twice(file, _names_of_columns(parts))
            described = connection.execute(
                f"describe select * from {of_parquet(literal(glob.escape(str(file))), ())}"
            ).fetchall()
        except duckdb.Error as wrong:
            raise cannot_be_read_as_parquet(str(file), wrong) from None
    return tuple(row[0] for row in described), tuple(row[1] for row in described)
