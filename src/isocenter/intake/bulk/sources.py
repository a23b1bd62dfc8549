"""Finds the tables of claims among files, folders and globs, and the layout of each."""

import codecs
import glob
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import islice
from pathlib import Path

from isocenter.engines.database import connect, identity, literal
from isocenter.errors import UnreadableInput
from isocenter.files import (
    expect_a_name_in_utf8,
    expect_file_or_folder,
    files_below,
    shown,
    shown_below,
    what_it_is,
    without_copies,
)
from isocenter.intake.bulk.claim_versions import counting, version_suffix
from isocenter.intake.bulk.layouts import OWN, Layout, MappingDoesNotFit, layout_of, read_mapping
from isocenter.intake.bulk.proposing import (
    Proposal,
    deciding_columns,
    fitted,
    propose,
    unread_columns,
)
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
from isocenter.intake.packed import Unpacked, is_packed, unpack
from isocenter.intake.parquet_errors import cannot_be_read_as_parquet
from isocenter.intake.workbooks import WORKBOOK_BYTES
from isocenter.intake.x12_837 import in_order_written, looks_like_837
from isocenter.terms.limits import COLUMNS, ROW_GROUPS, ROWS_IN_A_BYTE
from isocenter.terms.problems import Problem, clause, worded

_HEAD_BYTES = 262_144
_TEXT_JUDGED = 4_096  # characters, by which a file is taken for text or not
_SAMPLE_ROWS = 3_000  # by which the values of a table are judged
_FILES_COMPARED = 50  # of one shape, to find out whether they hold versions of the same claims
_SAMPLE_BYTES = 500_000_000  # of memory, to understand a table by
_FURTHER_VALUES = 20_000  # that are different, in columns of dates and words
_WORDS_OF_A_NAME = 6  # most that the name of a column has
_NAME_SHOWN = 40
_TITLES_AT_MOST = 12  # lines above the header of a table
_NOTES = {".md", ".html", ".json", ".toml", ".png", ".pdf", ".yaml", ".yml"}
_COPY = "it is byte for byte the same as"
_IN_BOTH = (
    "claims are given as X12 837 and as tables; a line that is in both is judged twice; screen them apart where they "
    "hold the same claims"
)
_NO_CLAIMS = "it does not hold claims; it was left out"
_DIAGNOSIS_COLUMNS = {"claim_id", "icd10", "position"}


class Kind(StrEnum):
    """How the rows of a source are stored."""

    PARQUET = "Parquet"
    CSV = "CSV"
    X12 = "X12 837"
    FHIR = "FHIR R4"


class Content(StrEnum):
    """What the rows of a source are."""

    LINES = "claim lines"
    DIAGNOSES = "diagnoses of claims"


class UnknownLayout(UnreadableInput):
    """Claims in a layout that is not known, with the mapping that is proposed for it."""

    def __init__(self, path: str, columns: Sequence[str], proposal: Proposal) -> None:
        names = ", ".join(shown(name[:_NAME_SHOWN]) for name in columns[:8]) + (" and more" if len(columns) > 8 else "")
        asked = f"; to decide: {'; '.join(proposal.doubts)}" if proposal.doubts else ""
        super().__init__(
            f"{path}: the columns {names} fit no known layout of claims; map them by --mapping FILE{asked}"
        )
        self.proposal = proposal


@dataclass(frozen=True, slots=True)
class Source:
    """Files of one shape, read together."""

    files: tuple[Path, ...]
    kind: Kind
    content: Content
    layout: Layout | None  # of claim lines in a table
    columns: tuple[str, ...]
    delimiter: str = ","
    path_column: str = "filename"  # of the file that a line came from
    lines: int = -1  # below the headers, as they were counted apart from the parser; -1 where they were not
    header_line: int = 1
    origins: tuple[Unpacked, ...] = ()  # of files that were unpacked: what is shown for them
    remark: str = ""  # how its columns were taken, where no known layout says it
    written_from: Path | None = None  # the file as it was given, where it was written anew to be read

    @property
    def given(self) -> list[Path]:
        """The files as they were given, each once: what was unpacked by what it came in."""
        origins = {origin.file: origin.given for origin in self.origins}
        return list(dict.fromkeys(origins.get(file, file) for file in self.files))

    @property
    def relation(self) -> str:
        """The source in SQL, with the columns filename and, of Parquet, file_row_number."""
        names = f"[{', '.join(literal(glob.escape(str(file))) for file in self.files)}]"
        if self.kind is Kind.PARQUET:
            return f"read_parquet({names}, filename = true, file_row_number = true)"
        columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in self.columns)
        # What is no text in a column that a query does not read would pass: every query is to set aside the same lines.
        is_read = f"hash({', '.join(identity(name) for name in self.columns)}) is not null"
        return (
            f"(select * from read_csv({names}, header = true, auto_detect = false, delim = {literal(self.delimiter)},"
            f" quote = '\"', escape = '\"', columns = {{{columns}}}, filename = true, store_rejects = true,"
            f" rejects_limit = 0, rejects_table = 'unread_lines', rejects_scan = 'unread_files') where {is_read})"
        )


@dataclass(slots=True)
class Found:
    """The tables of claims among what was given, and each file that is none or cannot be read."""

    sources: list[Source] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Shape:
    """What files that are read together share."""

    kind: Kind
    columns: tuple[str, ...] = ()
    delimiter: str = ""
    header_line: int = 1


_About = tuple[_Shape, Content, Layout | None, str]  # what the files of one source share
_Together = tuple[_About, list[Unpacked]]


def _with_versions_of_several_files(found: Sequence[_Together]) -> list[_Together]:
    """The same, where claim numbers end with a version that only the rows of several files of one shape show."""
    together: list[_Together] = []
    for (shape, content, layout, remark), files in found:
        beside = [file for (other, *_), some in found if other == shape for file in some][:_FILES_COMPARED]
        if layout is not None and not layout.has_versions and len(beside) > 1:
            rows = [row for file in beside for row in _sample(file.file, shape)[0]]
            sources = {name: source.column for name, source in layout.columns.items()}
            if suffix := version_suffix(sources, shape.columns, rows):
                layout = replace(layout, version_suffix=suffix)  # noqa: PLW2901
                remark = "; ".join(filter(None, (remark, counting("version_suffix", suffix))))  # noqa: PLW2901
        _add_to(together, (shape, content, layout, remark), files)
    return together


def _add_to(together: list[_Together], about: _About, files: Sequence[Unpacked]) -> None:
    """Add files to those that are of one source with them."""
    same = next((some for one, some in together if one == about), None)
    if same is None:
        together.append((about, same := []))
    same += files


def shown_names(sources: Iterable[Source], problems: Iterable[Problem] = ()) -> dict[str, str]:
    """What is shown for each file: no answer says where on the machine it lay, or that it was unpacked."""
    sources = list(sources)
    origins = {str(origin.file): origin for source in sources for origin in source.origins}
    files = [file for source in sources for file in source.files if str(file) not in origins]
    files += [origin.given for origin in origins.values()]
    names = shown_below([*files, *(Path(problem.path) for problem in problems if problem.path)])
    for file, origin in origins.items():
        given = names.get(str(origin.given), shown(origin.given))
        names[file] = f"{given}: {origin.member}" if origin.member else given
    return names


def find_sources(paths: Iterable[str], mapping: Path | None = None, unpacked: Path | None = None) -> list[Source]:
    """Every table of claims among the paths; UnreadableInput names what is none, UnknownLayout proposes a mapping."""
    return look_for_sources(paths, mapping, unpacked).sources


def look_for_sources(
    paths: Iterable[str],
    mapping: Path | None = None,
    unpacked: Path | None = None,
    workbook_bytes: int = WORKBOOK_BYTES,
) -> Found:
    """Every table of claims among the paths, and a problem for each file that is left out.

    Compressed files and workbooks are unpacked into the folder `unpacked`, the latter within
    `workbook_bytes` of memory. UnreadableInput, or UnknownLayout with a
    proposed mapping, where no file holds claim lines.
    """
    found = Found()
    refused: list[UnreadableInput] = []
    shapes: list[_Together] = []
    for file in _plain_files(paths, unpacked, found.problems, workbook_bytes):
        try:
            shape = _shape(file.file, file.name)
            content, layout, remark = _meaning(file, shape, mapping)
        except UnreadableInput as wrong:
            refused.append(wrong)
            sentence = str(wrong).removeprefix(f"{file.name}: ").removeprefix(f"{file.file}: ")
            sentence = sentence.replace(str(file.file), file.file.name)  # no answer says where on the machine it lay
            found.problems.append(
                Problem(str(file.given), file.member, worded("{sentence}; it was left out", sentence=clause(sentence)))
            )
            continue
        _add_to(shapes, (shape, content, layout, remark), [file])
    if mapping is None:
        shapes = _with_versions_of_several_files(shapes)
    for (shape, content, layout, remark), files in shapes:
        origins = tuple(file for file in files if file.file != file.given)
        names = tuple(file.file for file in files)
        names = tuple(in_order_written(names)) if shape.kind is Kind.X12 else names
        found.sources.append(
            Source(names, shape.kind, content, layout, shape.columns, shape.delimiter,
                   header_line=shape.header_line, origins=origins, remark=remark)
        )  # fmt: skip
    kinds = {source.kind for source in found.sources if source.content is Content.LINES}
    if Kind.X12 in kinds and kinds & {Kind.CSV, Kind.PARQUET}:
        found.problems.append(Problem("", "claims", _IN_BOTH))
    if not any(source.content is Content.LINES for source in found.sources):
        unknown = [wrong for wrong in refused if isinstance(wrong, UnknownLayout)]
        if unknown or refused:
            raise (unknown or refused)[0]
        first = "".join(f"; {problem.path}: {problem.sentence}" for problem in found.problems[:1])
        raise UnreadableInput(
            f"no claim lines among the files; expected Parquet, CSV, X12 837 or FHIR of claims{first}"
        )
    return found


def _plain_files(
    paths: Iterable[str], unpacked: Path | None, problems: list[Problem], workbook_bytes: int
) -> Iterable[Unpacked]:
    for file in _files(paths, problems):
        with file.open("rb") as data:
            packed = is_packed(data.read(512))
        if not packed:
            yield Unpacked(file, file)
        elif unpacked is None:
            raise UnreadableInput(f"{file}: is compressed; unpack it")
        else:
            for part in unpack(file, unpacked, workbook_bytes):
                if isinstance(part, Problem):
                    problems.append(part)
                elif part.file.suffix.lower() in _NOTES and not _is_fhir(part.file):
                    problems.append(Problem(str(part.given), part.member, _NO_CLAIMS))
                else:
                    yield part


def _files(paths: Iterable[str], problems: list[Problem]) -> list[Path]:
    found: list[Path] = []
    for given in paths:
        path = Path(given)
        if path.is_dir():
            inside, wrong = files_below(path)
            problems += [problem._replace(path=f"{given}/{problem.path}") for problem in wrong]
            inside = [file for file in inside if file.name[0] not in "._"]
            files = [file for file in inside if file.suffix.lower() not in _NOTES or _is_fhir(file)]
            notes = [file for file in inside if file not in files]
            problems += [Problem(str(file), "", _NO_CLAIMS) for file in notes]
        elif path.is_file():
            files = [path]
        else:
            if path.exists():
                expect_file_or_folder(path)
            named = glob.glob(given, recursive=True)  # noqa: PTH207  # a pattern from the root is none of Path's
            files = sorted(file for name in named if (file := Path(name)).is_file())
        if not files:
            raise UnreadableInput(f"{given}: there is no such file, folder of files, or pattern that fits one")
        found += files
    kept, copies = without_copies(dict.fromkeys(found))
    problems += [
        Problem(str(copy), "", worded("{copy} {value}; it was left out", copy=clause(_COPY), value=shown(file.name)))
        for copy, file in copies.items()
    ]
    return kept


def _is_fhir(file: Path) -> bool:
    if file.suffix.lower() != ".json":
        return False
    with file.open("rb") as data:
        return looks_like_fhir(data.read(_HEAD_BYTES))


def _shape(file: Path, name: str) -> _Shape:
    try:
        with file.open("rb") as data:
            head = data.read(_HEAD_BYTES)
    except OSError as wrong:
        raise UnreadableInput(f"{name}: cannot be read ({wrong.strerror})") from None
    if head.startswith(b"PAR1"):
        expect_a_name_in_utf8(file)
        return _Shape(Kind.PARQUET, _parquet_columns(file))
    if looks_like_837(head):
        return _Shape(Kind.X12)
    if looks_like_fhir(head):
        return _Shape(Kind.FHIR)
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
    number, line = _header_line(text)
    delimiter = delimiter_of(line)
    columns = tuple(header_cells(line, delimiter))
    COLUMNS.refuse_beyond(len(columns), name)
    if is_open(line):
        raise UnreadableInput(f"{name}: line {number}: a quotation mark is opened and not closed; correct the header")
    named = len([name for name in columns if name]) if columns else 0
    if named > 2 and not any(columns[named:]):  # a header that ends in separators
        columns = (*columns[:named], *(f"blank {place}" for place in range(1, len(columns) - named + 1)))
    if len(columns) < 2 or "" in columns:
        raise UnreadableInput(f"{name}: its first line is not the header of a table of claims: a column has no name")
    if sum(len(column.split()) > _WORDS_OF_A_NAME for column in columns) > len(columns) // 2:
        raise UnreadableInput(
            f"{name}: its first line reads as prose, not as the names of columns; claims are expected as Parquet, CSV,"
            " X12 837 or FHIR R4"
        )
    _refuse_columns_twice(name, columns)
    return _Shape(Kind.CSV, columns, delimiter, number)


def _text_of(head: bytes) -> str:
    return decode(head[: len(head) // 2 * 2])[0]  # of UTF-16 no half letter at the end


def _header_line(text: str) -> tuple[int, str]:
    """The first line that separates cells, with its number; titles may stand above it."""
    lines = list(islice(lines_of(text), _TITLES_AT_MOST + 1))
    cells = [header_cells(line, delimiter_of(line)) for line in lines]
    widest = max(map(len, cells), default=0)
    for number, (line, found) in enumerate(zip(lines, cells, strict=True), start=1):
        is_title = sum(map(bool, found)) < 2 or (len(found) == 2 and widest > 4)
        if is_open(line) or not is_title:
            return number, line
    return next(((number, line) for number, line in enumerate(lines, start=1) if line.strip()), (1, ""))


def _sample(file: Path, shape: _Shape) -> tuple[list[list[str]], bool]:
    """The first rows of a table, as texts, and whether they are all of it."""
    if shape.kind is Kind.PARQUET:
        rows = _sample_of_parquet(file, shape.columns)
        return rows, len(rows) < _SAMPLE_ROWS
    with file.open("rb") as data:
        head = data.read(_HEAD_BYTES * 4)
        is_cut = bool(data.read(1))
    lines = islice(lines_of(_text_of(head)), shape.header_line, None)
    given = list(islice(records(lines, shape.delimiter, len(shape.columns)), _SAMPLE_ROWS))
    said = [row.cells for row in given if isinstance(row, Record) and _says_something(row.cells, shape.columns)]
    return said, not is_cut and len(given) < _SAMPLE_ROWS


def _says_something(cells: Sequence[str], columns: Sequence[str]) -> bool:
    """Whether a row is one of the table, and neither empty nor its header again, as at the top of a printed page."""
    bare = [cell.strip() for cell in cells]
    return len(cells) == len(columns) and any(bare) and bare != list(columns)


def _sample_of_parquet(file: Path, columns: Sequence[str]) -> list[list[str]]:
    import duckdb  # noqa: PLC0415 - loaded only where a table of claims is read
    import pyarrow as pa  # noqa: PLC0415

    from isocenter.intake.parquet_rows import first_rows  # noqa: PLC0415

    texts = ", ".join(f"coalesce(cast({identity(name)} as varchar), '')" for name in columns)
    try:
        first = first_rows(file, _SAMPLE_ROWS)
        with connect(threads=1) as connection:
            found = connection.from_arrow(first).project(texts).limit(_SAMPLE_ROWS).fetchall()
    except (duckdb.Error, pa.ArrowException, OSError) as wrong:
        raise cannot_be_read_as_parquet(str(file), wrong) from None
    return [list(row) for row in found]


def _further_values(file: Path, shape: _Shape) -> dict[str, list[str]]:
    """Every value, to a limit, of the columns by which a table is understood: the first rows may not show them all."""
    import duckdb  # noqa: PLC0415 - loaded only where a table of claims is read

    names = deciding_columns(shape.columns)
    if not names:
        return {}
    if shape.kind is Kind.PARQUET:
        relation = f"read_parquet({literal(glob.escape(str(file)))})"
    else:
        columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in shape.columns)
        relation = (
            f"read_csv({literal(glob.escape(str(file)))}, header = true, auto_detect = false, ignore_errors = true,"
            f" delim = {literal(shape.delimiter)}, quote = '\"', escape = '\"', skip = {shape.header_line - 1},"
            f" columns = {{{columns}}})"
        )
    pairs = ", ".join(
        f"{{place: {place}, said: cast({identity(name)} as varchar)}}" for place, name in enumerate(names)
    )
    found: dict[str, list[str]] = {name: [] for name in names}
    with connect(memory_bytes=_SAMPLE_BYTES) as connection:
        try:
            rows = connection.execute(
                f"select distinct one.place, one.said from (select unnest([{pairs}]) as one from {relation})"
                f" where one.said <> '' order by all limit {_FURTHER_VALUES}"
            ).fetchall()
        except duckdb.Error:  # the lines that are none are named where the table is read
            return found
    for place, said in sorted(rows):
        found[names[place]].append(said)
    return found


def _refuse_columns_twice(file: Path | str, columns: Sequence[str]) -> None:
    names = Counter(name.casefold() for name in columns)
    twice = [name for name, count in names.items() if count > 1]
    if twice:
        names_twice = ", ".join(shown(name[:_NAME_SHOWN]) for name in twice[:8])
        raise UnreadableInput(f"{file}: the column {names_twice} is there twice; keep the one that counts")


def _parquet_columns(file: Path) -> tuple[str, ...]:
    import duckdb  # noqa: PLC0415 - loaded only where a table of claims is read

    with connect(memory_bytes=_SAMPLE_BYTES) as connection:
        try:
            stated = connection.execute(
                "select sum(num_rows), sum(num_row_groups) from parquet_file_metadata(?)", [glob.escape(str(file))]
            ).fetchone()
            rows, groups = stated or (0, 0)
            ROWS_IN_A_BYTE.refuse_beyond(rows // file.stat().st_size, str(file))
            ROW_GROUPS.refuse_beyond(groups, str(file))
            named = connection.execute(
                "select name from parquet_schema(?) where num_children is null", [glob.escape(str(file))]
            ).fetchall()
            _refuse_columns_twice(file, [str(name) for (name,) in named])
            described = connection.execute(
                f"describe select * from read_parquet({literal(glob.escape(str(file)))})"
            ).fetchall()
        except duckdb.Error as wrong:
            raise cannot_be_read_as_parquet(str(file), wrong) from None
    return tuple(row[0] for row in described)


def _meaning(file: Unpacked, shape: _Shape, mapping: Path | None) -> tuple[Content, Layout | None, str]:
    """What the rows of a file are, how its columns are taken, and what is to be said of it."""
    columns = shape.columns
    if shape.kind in (Kind.X12, Kind.FHIR):
        return Content.LINES, None, ""
    if set(columns) >= _DIAGNOSIS_COLUMNS:
        return Content.DIAGNOSES, None, ""
    layout = layout_of(columns)
    is_own = layout is not None and layout.name == OWN.name and not set(columns) - layout.read_columns
    passed_over = ""
    if mapping:
        try:
            given = replace(read_mapping(mapping, columns), is_clean=False)
            return Content.LINES, given, "; ".join(unread_columns(given, columns))
        except MappingDoesNotFit as wrong:
            if not is_own:
                raise
            sentence = str(wrong).removeprefix(f"{mapping}: ")
            passed_over = f"its columns are those of claim_lines, so the mapping was not applied to it ({sentence})"
    rows, are_all = _sample(file.file, shape)
    is_plain = is_own and shape.kind is Kind.PARQUET
    further = {} if is_plain or are_all else _further_values(file.file, shape)
    if layout is not None:
        # Text that passed through other hands is trimmed whatever its layout.
        layout = replace(layout, is_clean=layout.is_clean and shape.kind is Kind.PARQUET)
    if layout is not None and (is_own or not rows):
        return Content.LINES, fitted(layout, columns, rows, further), passed_over
    proposal = propose(columns, rows, further, layout)
    if proposal.layout is None:
        raise UnknownLayout(file.name, columns, proposal)
    if layout is not None and proposal.layout.read_columns == layout.read_columns:
        return Content.LINES, fitted(layout, columns, rows, further), proposal.sentence
    return Content.LINES, proposal.layout, proposal.sentence
