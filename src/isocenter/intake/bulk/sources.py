"""Finds the tables of claims among files, folders and globs, and the layout of each."""

import glob
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from isocenter.engines.database import identity, literal
from isocenter.errors import UnreadableInput
from isocenter.files.texts import shown, shown_below
from isocenter.files.unchanged import States
from isocenter.intake.bulk.column_names import are_of_claim_lines, columns_by_meaning
from isocenter.intake.bulk.diagnosis_tables import as_our_diagnoses, how_taken, wide_diagnoses
from isocenter.intake.bulk.fitting import fitted
from isocenter.intake.bulk.given_files import files_given, head_of, plain_files
from isocenter.intake.bulk.layouts import OWN, REQUIRED, Layout, MappingDoesNotFit, layout_of, read_mapping
from isocenter.intake.bulk.other_lists import ListsNoServices, what_is_listed
from isocenter.intake.bulk.proposing import Proposal, propose, unread_columns
from isocenter.intake.bulk.rows_below import days_beside, further_rows, further_values, rows_of_whole_claims
from isocenter.intake.bulk.second_headers import refuse_a_second_header
from isocenter.intake.bulk.shapes import (
    NAME_SHOWN,
    Kind,
    NoHeader,
    Shape,
    of_parquet,
    sample,
    shape_of,
)
from isocenter.intake.bulk.stated_by_folders import refuse_columns_of_folders, refuse_states_of_folders
from isocenter.intake.bulk.value_forms import reads_the_day_first
from isocenter.intake.packed import Unpacked
from isocenter.intake.parquet_errors import records_in_columns
from isocenter.intake.workbooks import WORKBOOK_BYTES
from isocenter.intake.x12_837 import in_order_written
from isocenter.terms.problems import Problem, Unread, clause, worded

_BUFFER_BYTES = 8_000_000  # of CSV, of which two or three are held: DuckDB's own, of 32 MB, gain nothing
_TABLES = {
    ".csv", ".tsv", ".xls", ".xlsx", ".xlsb", ".837", ".x12", ".edi", ".parquet", ".orc", ".avro", ".feather",
    ".sas7bdat", ".xpt", ".sav", ".dta", ".dbf", ".mdb", ".accdb",
}  # fmt: skip
_PARQUET = b"PAR1"
_IN_BOTH = (
    "claims are given as X12 837 and as tables; a line that is in both, under one number of its claim, is judged once;"
    " screen them apart where they hold the same claims under other numbers"
)
_NOTHING_KNOWN = "none of its columns is known to be one of claims; if it holds claims, map them with --mapping FILE"
_OF_A_SERVICE = {"claim_id", "member_id", "units", "charge_amount"}
_DIAGNOSIS_COLUMNS = {"claim_id", "icd10", "position"}


class Content(StrEnum):
    """What the rows of a source are."""

    LINES = "claim lines"
    DIAGNOSES = "diagnoses of claims"


class UnknownLayout(UnreadableInput):
    """Claims in a layout that is not known, with the mapping that is proposed for it."""

    def __init__(self, path: str, columns: Sequence[str], proposal: Proposal, advice: str = "") -> None:
        names = ", ".join(shown(name[:NAME_SHOWN]) for name in columns[:8]) + (" and more" if len(columns) > 8 else "")
        asked = f"; to decide: {'; '.join(proposal.doubts)}" if proposal.doubts else ""
        super().__init__(
            f"{path}: the columns {names} fit no known layout of claims; map them with --mapping FILE{asked}{advice}"
        )
        self.path, self.columns, self.proposal = path, columns, proposal

    @property
    def beside_claims(self) -> str:
        """What is said of the file where others hold claims: of a letter or a list no column is known."""
        return str(self) if self.proposal.found else _NOTHING_KNOWN


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
    is_sound: bool = False  # CSV: as was seen apart from the parser, each line has all cells and none is damaged
    header_line: int = 1
    origins: tuple[Unpacked, ...] = ()  # of files that were unpacked: what is shown for them
    remark: str = ""  # how its columns were taken, where no known layout says it
    instead: tuple[tuple[str, str], ...] = ()  # columns of Parquet and the expression by which each is read
    is_looked_through: bool = False  # Parquet: its layout says already what the columns hold
    has_no_ends: bool = False  # Parquet: no number of a claim ends as a version may
    lists: tuple[str, ...] = ()  # columns of Parquet that hold several values a row
    written_from: Path | None = None  # the file as it was given, where it was rewritten to be read
    rows: tuple[int, int] | None = None  # of the one file of Parquet: the first that is read, and the first after these

    @property
    def given(self) -> list[Path]:
        """The files as they were given, each once: what was unpacked by what it came in."""
        origins = {origin.file: origin.given for origin in self.origins}
        return list(dict.fromkeys(origins.get(file, file) for file in self.files))

    @property
    def diagnosed(self) -> str:
        """A source of diagnoses in SQL: claim_id, icd10, position, and member_id, '' where no column has it."""
        if wide := wide_diagnoses(self.columns):
            codes = ", ".join(f"cast({identity(name)} as varchar)" for name in wide.codes)
            taken = {"claim_id": identity(wide.claim), "member_id": identity(wide.member) if wide.member else "''"}
            taken |= {"icd10": f"unnest([{codes}])", "position": f"unnest(range(1, {len(wide.codes) + 1}))"}
        else:
            ours = zip(self.columns, as_our_diagnoses(self.columns), strict=True)
            taken = {name: identity(given) for given, name in ours if name in (*_DIAGNOSIS_COLUMNS, "member_id")}
            taken.setdefault("member_id", "''")
        return f"(select {', '.join(f'{value} as {name}' for name, value in taken.items())} from {self.relation})"

    @property
    def relation(self) -> str:
        """The source in SQL, with the columns filename and, of Parquet, file_row_number."""
        names = f"[{', '.join(literal(glob.escape(str(file))) for file in self.files)}]"
        if self.kind is Kind.PARQUET:
            read = of_parquet(names, self.lists, ", filename = true, file_row_number = true")
            if self.rows:
                first, after = self.rows
                read = f"(select * from {read} where file_row_number >= {first} and file_row_number < {after})"
            replaced = ", ".join(f"{expression} as {identity(name)}" for name, expression in self.instead)
            return f"(select * replace ({replaced}) from {read})" if replaced else read
        columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in self.columns)
        # A column that a query does not read would hide bytes that are not text; every query sets aside the same lines.
        # To read all of thousands of columns takes hundreds of megabytes.
        is_read = "true" if self.is_sound else f"hash({', '.join(map(identity, self.columns))}) is not null"
        return (
            f"(select * from read_csv({names}, header = true, auto_detect = false, delim = {literal(self.delimiter)},"
            f" quote = '\"', escape = '\"', columns = {{{columns}}}, filename = true, store_rejects = true,"
            f" rejects_limit = 0, rejects_table = 'unread_lines', rejects_scan = 'unread_files',"
            f" buffer_size = {_BUFFER_BYTES}) where {is_read})"
        )


@dataclass(slots=True)
class Found:
    """The tables of claims among what was given, and each file that is none or, as Unread, cannot be read."""

    sources: list[Source] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    states: States | None = None  # of the files, before anything in them was looked at

    def expect_unchanged(self) -> None:
        """UnreadableInput where a file was changed since it was looked at: it may have other columns now."""
        if self.states is not None:
            self.states.expect_the_same()


_About = tuple[Shape, Content, Layout | None, str]  # what the files of one source share
_Together = tuple[_About, list[Unpacked]]


def _with_days_of_several_files(
    found: Sequence[_Together],
    not_understood: Mapping[Path, Shape],
    problems: list[Problem],
    refused: list[UnreadableInput],
) -> list[_Together]:
    """The same, where days that may be of either order of month and day have that which files beside them show.

    Files `not_understood` count too: one that shows both orders by itself is refused, and its siblings are of both.
    """
    orders = {shape.columns for (shape, _, layout, _), _ in found if layout is not None and _has_day_first(layout)}
    orders |= {shape.columns for shape in not_understood.values()}
    orders &= {shape.columns for (shape, *_), _ in found}
    if not orders:
        return list(found)
    shown = days_beside(
        [
            *(file.file for (shape, *_), files in found if shape.columns in orders for file in files),
            *(file for file, shape in not_understood.items() if shape.columns in orders),
        ]
    )
    together: list[_Together] = []
    for about, files in found:
        for file in files:
            if file.file in shown and about[1] is Content.LINES:
                try:
                    again = _meaning(file, about[0], None, shown[file.file])
                except UnreadableInput as wrong:
                    _leave_out(file, wrong, problems, refused, holds_claims=True)
                    continue
                _add_to(together, (about[0], *again), [file])
            else:
                _add_to(together, about, [file])
    return together


def _has_day_first(layout: Layout) -> bool:
    return any(
        reads_the_day_first(form)
        for source in layout.columns.values()
        for form in (source.date_format, source.other_date_format)
    )


def _leave_out(
    file: Unpacked,
    wrong: UnreadableInput,
    problems: list[Problem],
    refused: list[UnreadableInput],
    *,
    holds_claims: bool,
) -> None:
    refused.append(wrong)
    kind = Unread if holds_claims else Problem
    given = wrong.beside_claims if isinstance(wrong, UnknownLayout) else str(wrong)
    sentence = given.removeprefix(f"{file.name}: ").removeprefix(f"{file.file}: ")
    sentence = sentence.replace(str(file.file), file.file.name)  # no answer says where on the machine it lay
    problems.append(
        kind(str(file.given), file.member, worded("{sentence}; it was left out", sentence=clause(sentence)))
    )


def _holds_claims(wrong: UnreadableInput) -> bool:
    """Whether a table that was not understood may be one of claim lines: it holds a code on a day, and of what.

    Its columns may be known by their values alone: rows under names that say nothing may have been billed too.
    """
    if isinstance(wrong, ListsNoServices):
        return False
    if not isinstance(wrong, UnknownLayout):
        return True
    found = wrong.proposal.found
    is_on_a_day = {"procedure_code", "service_date"} <= found and not found.isdisjoint(_OF_A_SERVICE)
    return is_on_a_day or are_of_claim_lines(found)


def _that_of_lines(unknown: Sequence[UnknownLayout]) -> UnknownLayout:
    """Of tables in unknown layouts the one of claim lines; what they lack may be in another, by the claim's number."""
    lines = next(filter(_holds_claims, unknown), unknown[0])
    lacking = set(REQUIRED) - {"claim_id"} - lines.proposal.found if _holds_claims(lines) else set()
    for other in unknown:
        held = lacking & other.proposal.found
        if held and "claim_id" in other.proposal.found:
            advice = (
                f"; {Path(other.path).name} states {' and '.join(sorted(held))} by claim: join the two into one table"
            )
            return UnknownLayout(lines.path, lines.columns, lines.proposal, advice)
    return lines


def _may_hold_claims(file: Path, wrong: UnreadableInput) -> bool:
    """Whether what is read as no table may be claims: by the names of columns, its beginning or the end of its name."""
    if isinstance(wrong, NoHeader):
        return wrong.is_of_claims
    head = head_of(file)
    return head.startswith(_PARQUET) or bool(head.strip() and file.suffix.lower() in _TABLES)


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
    shown_beside: frozenset[str] = frozenset(),
) -> Found:
    """Every table of claims among the paths, and a problem for each file that is left out.

    Compressed files and workbooks are unpacked into the folder `unpacked`, the latter within
    `workbook_bytes` of memory. `shown_beside` are the forms of days that files
    with the same columns show which are read apart. UnreadableInput, or UnknownLayout with a
    proposed mapping, where no file holds claim lines.
    """
    found = Found()
    refused: list[UnreadableInput] = []
    shapes: list[_Together] = []
    not_understood: dict[Path, Shape] = {}
    given = files_given(paths, found.problems)
    found.states = States.of(given, Path())
    for file in plain_files(given, unpacked, found.problems, workbook_bytes):
        try:
            shape = shape_of(file.file, file.name)
        except UnreadableInput as wrong:
            _leave_out(file, wrong, found.problems, refused, holds_claims=_may_hold_claims(file.file, wrong))
            continue
        try:
            content, layout, remark = _meaning(file, shape, mapping, shown_beside)
        except UnreadableInput as wrong:
            not_understood[file.file] = shape
            _leave_out(file, wrong, found.problems, refused, holds_claims=_holds_claims(wrong))
            continue
        _add_to(shapes, (shape, content, layout, remark), [file])
    if mapping is None:
        shapes = _with_days_of_several_files(shapes, not_understood, found.problems, refused)
    for (shape, content, layout, remark), files in shapes:
        origins = tuple(file for file in files if file.file != file.given)
        names = tuple(file.file for file in files)
        names = tuple(in_order_written(names)) if shape.kind is Kind.X12 else names
        found.sources.append(
            Source(names, shape.kind, content, layout, shape.columns, shape.delimiter,
                   header_line=shape.header_line, origins=origins, remark=remark, lists=shape.lists)
        )  # fmt: skip
    kinds = {source.kind for source in found.sources if source.content is Content.LINES}
    if Kind.X12 in kinds and kinds & {Kind.CSV, Kind.PARQUET}:
        found.problems.append(Problem("", "claims", _IN_BOTH))
    if not any(source.content is Content.LINES for source in found.sources):
        unknown = [wrong for wrong in refused if isinstance(wrong, UnknownLayout)]
        if refused:
            of_claims = [wrong for wrong in refused if isinstance(wrong, NoHeader) and wrong.is_of_claims]
            named = bool(unknown) and (not of_claims or any(map(_holds_claims, unknown)))
            raise _that_of_lines(unknown) if named else (of_claims or refused)[0]
        first = "".join(f"; {problem.path}: {problem.sentence}" for problem in found.problems[:1])
        raise UnreadableInput(
            f"no claim lines among the files; expected Parquet, CSV, X12 837 or FHIR of claims{first}"
        )
    return found


def _meaning(
    file: Unpacked, shape: Shape, mapping: Path | None, beside: frozenset[str]
) -> tuple[Content, Layout | None, str]:
    """What the rows of a file are, how its columns are taken, and what is to be said of it."""
    columns = shape.columns
    if shape.kind in (Kind.X12, Kind.FHIR):
        refuse_states_of_folders(file)
        return Content.LINES, None, ""
    if set(columns) >= _DIAGNOSIS_COLUMNS:
        return Content.DIAGNOSES, None, shape.taken
    if wide := wide_diagnoses(columns):
        return Content.DIAGNOSES, None, wide.sentence
    if set(ours := as_our_diagnoses(columns)) >= _DIAGNOSIS_COLUMNS:
        return Content.DIAGNOSES, None, how_taken(columns, ours)
    layout = layout_of(columns)
    refuse_columns_of_folders(file, columns, is_of_claims=layout is not None)
    is_own = layout is not None and layout.name == OWN.name and not set(columns) - layout.read_columns
    passed_over = ""
    if mapping:
        try:
            given = _mapped(file, shape, mapping)
            return Content.LINES, given, "; ".join(unread_columns(given, columns))
        except MappingDoesNotFit as wrong:
            if not is_own:
                raise
            sentence = str(wrong).removeprefix(f"{mapping}: ")
            passed_over = f"its columns are those of claim_lines, so the mapping was not applied to it ({sentence})"
    rows, further = _values_of(file, shape, are_clean=is_own and shape.kind is Kind.PARQUET)
    if layout is not None:
        # Text that passed through other hands is trimmed whatever its layout.
        layout = replace(layout, is_clean=layout.is_clean and shape.kind is Kind.PARQUET)
    if layout is not None:
        _refuse_records(file, shape, layout)
    if layout is not None and (is_own or not rows):
        return Content.LINES, fitted(layout, columns, rows, further, beside), passed_over
    proposal = propose(columns, rows, further, layout, beside)
    if proposal.layout is None:
        listed = what_is_listed(columns)
        raise ListsNoServices(f"{file.name}: {listed}") if listed else UnknownLayout(file.name, columns, proposal)
    _refuse_records(file, shape, proposal.layout)
    if layout is not None and proposal.layout.read_columns == layout.read_columns:
        return Content.LINES, fitted(layout, columns, rows, further, beside), proposal.sentence
    return Content.LINES, proposal.layout, proposal.sentence


def _mapped(file: Unpacked, shape: Shape, mapping: Path) -> Layout:
    given = replace(read_mapping(mapping, shape.columns), is_clean=False)
    _refuse_records(file, shape, given)
    refuse_a_second_header(file.file, file.name, shape)
    return given


def _values_of(file: Unpacked, shape: Shape, *, are_clean: bool) -> tuple[list[list[str]], dict[str, list[str]]]:
    """Rows of a table, and what its columns hold below them that counts for how it is read."""
    rows, are_all = sample(file.file, shape)
    if are_of_claim_lines(columns_by_meaning(shape.columns)):
        refuse_a_second_header(file.file, file.name, shape, rows)
    if are_clean or are_all:
        return rows, {}
    further = further_values(file.file, shape)
    below = [*further_rows(file.file, shape, rows, further), *rows_of_whole_claims(file.file, shape)]
    return [*rows, *below], further


def _refuse_records(file: Unpacked, shape: Shape, layout: Layout) -> None:
    records = [name for name in shape.nested if name in layout.read_columns]
    if records:
        raise records_in_columns(str(file.name), records)
