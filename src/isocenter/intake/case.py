"""A case: a folder, or a single file, of everything that is supplied about a course."""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from isocenter.engines.private_folders import working_folder
from isocenter.errors import UnreadableInput, at
from isocenter.files.folders import expect_file_or_folder, files_below, inside
from isocenter.files.kinds import is_page_of_ours, what_it_is
from isocenter.files.texts import shown
from isocenter.files.unchanged import States
from isocenter.files.writing import is_of_a_full_disk
from isocenter.intake import comparison_record, csv_tables, ncci_tables, x12_837
from isocenter.intake.case_contents import CaseContents, lose_claims, name_refused, shown_in
from isocenter.intake.claims_left_out import (
    leave_out_earlier_versions,
    leave_out_transactions,
    lose_corrections_without_codes,
    without_copies_of_claims,
)
from isocenter.intake.corrections_without_codes import OfCorrection
from isocenter.intake.fhir.resources import read_resources
from isocenter.intake.formats import READABLE, Format, format_of, format_where_readable, may_hold_rows
from isocenter.intake.measured_formats import is_set_aside
from isocenter.intake.packed import Unpacked, unpack
from isocenter.intake.x12.members import members_of
from isocenter.terms.claims import ClaimLine
from isocenter.terms.courses import GuidanceProtocol
from isocenter.terms.findings import InputFile
from isocenter.terms.limits import PROBLEMS_OF_A_FILE
from isocenter.terms.plans import AcceptedDifference, ReviewedPlan, StatedVerification, StructureRole
from isocenter.terms.problems import LostLine, Problem, Unread, UnreadPaper, clause, worded
from isocenter.terms.tables import FACT_TABLES, LostValue, Supplied

_BLOCK = 1 << 20


def _read_case_file(file: Path, _: frozenset[str]) -> Iterator[Any]:
    from isocenter.intake import case_file  # noqa: PLC0415 - claims alone need no YAML

    return case_file.read(file)


def _read_claims_table(file: Path, days_beside: frozenset[str]) -> Iterator[Any]:
    from isocenter.intake import claims_table  # noqa: PLC0415 - most cases hold no such table

    return claims_table.read(file, days_beside)


_READERS: dict[Format, Any] = {
    Format.CASE_FILE: _read_case_file,
    Format.CSV_TABLE: csv_tables.read,
    Format.PARQUET_TABLE: csv_tables.read_parquet,
    Format.CLAIMS_TABLE: _read_claims_table,
}
_PAGES = {".html", ".htm"}
_CLAIM_TABLES = {"claim_lines", "claim_diagnoses"}


def read_case(path: Path) -> CaseContents:
    """Read every file of a case.

    UnreadableInput when the case, or a file that it needs, cannot be read, and when a file is changed meanwhile.
    """
    expect_file_or_folder(path)
    files, problems = files_below(path) if path.is_dir() else ([path], [])
    if not files and not problems:
        raise UnreadableInput(f"{path}: the folder is empty; expected {READABLE}")
    contents = CaseContents(path, problems=problems, states=States.of(files, path))
    with working_folder() as folder:
        within = _unpacked(contents, without_copies_of_claims(contents, files), folder)
        contents.days_beside = _days_of_tables(within)
        for file in x12_837.in_order_written(list(within)):
            if part := within[file]:
                _read_part(contents, part, within)
            else:
                _read_file(contents, file, alone=len(files) == 1)
    lose_corrections_without_codes(contents)
    leave_out_transactions(contents)
    leave_out_earlier_versions(contents)
    _read_fhir(contents)
    _read_edits(contents)
    _take_stated_verifications(contents)
    pages = [*contents.chart_files, *contents.attached]
    if not contents.rows and not contents.dicom_files and not contents.supplied and not pages:
        of_lines = [one for one in contents.problems if isinstance(one, LostLine)]
        said = [f"{one.path}: {one.sentence}" for one in (*of_lines, *contents.problems)]
        first = said[0] if said else f"no file in it holds facts; expected {READABLE}"
        raise UnreadableInput(f"{path}: nothing to review: {first}")
    contents.expect_unchanged()
    return contents


def _days_of_tables(within: dict[Path, Unpacked | None]) -> dict[Path, frozenset[str]]:
    tables = [file for file in within if may_hold_rows(file)]
    if len(tables) < 2:
        return {}
    from isocenter.intake.bulk.rows_below import days_beside  # noqa: PLC0415 - most cases hold one table or none

    return days_beside(tables)


def _take_stated_verifications(contents: CaseContents) -> None:
    """Files that the case names as verifying doses; a name that leads out of the case is not followed."""
    for entry in list(contents.stated_verifications):
        file = inside(contents.path, entry.file)
        if file is None:
            contents.stated_verifications.remove(entry)
            sentence = "it leads out of the case; put the file into the case folder; it was left out"
            contents.problems.append(Unread(shown(entry.file), "verifying_doses", sentence))
        elif file.is_file() and file not in contents.verifying_files:
            contents.verifying_files.append(file)


def _read_file(contents: CaseContents, file: Path, *, alone: bool) -> None:
    name = shown_in(contents, file)
    try:
        kind = format_of(file)
    except OSError as wrong:
        name_refused(contents, file, name, worded("cannot be read ({strerror})", strerror=wrong.strerror))
        return
    if _is_refused_for_its_folder(contents, Unpacked(file, file), kind, name, alone=alone):
        return
    if kind is Format.MEASURED_DOSE or is_set_aside(Path(name).parts[:-1]):
        contents.verifying_files.append(file)
    elif kind is Format.TEXT and (unnamed := _why_claims_have_no_header(file)):
        if alone:
            raise UnreadableInput(unnamed)
        lose_claims(contents, name, unnamed.removeprefix(f"{shown(file.name)}: "))
    elif kind is Format.DICOM:
        contents.dicom_files.append(file)
    elif kind is Format.FHIR:
        _take_resources(contents, file, name)
    elif kind is Format.COMPARISON:
        _take_comparison(contents, file, name)
    elif kind is Format.EDITS:
        contents.edit_files.append(file)
    elif kind in (Format.CHART_PDF, Format.CHART_PICTURE) or (kind is Format.TEXT and file.suffix.lower() == ".txt"):
        contents.chart_files.append(file)
    elif kind in _READERS or kind is Format.X12:
        _read_rows(contents, file, kind, name, alone=alone)
    else:
        _leave_out(contents, file, kind, name, alone=alone)


def _leave_out(contents: CaseContents, file: Path, kind: Format, name: str, *, alone: bool) -> None:
    """Name what is not read; UnreadableInput where it is all there is."""
    listed = _what_is_listed(file) if kind is Format.TEXT else ""
    if alone:
        raise UnreadableInput(f"{file.name}: {what_it_is(file) or listed or kind}; expected {READABLE}")
    if listed:
        contents.problems.append(_listing(name, listed))
    elif not _is_note(file):
        contents.problems.append(Unread(name, "", _why_left_out(file, kind)))


def _why_claims_have_no_header(file: Path) -> str:
    from isocenter.intake.bulk.shapes import why_claims_have_no_header  # noqa: PLC0415 - most cases hold no such text

    return why_claims_have_no_header(file, shown(file.name))


def _what_is_listed(file: Path) -> str:
    """The sentence that a table lists no services; '' where a person has to look at it."""
    from isocenter.intake.bulk.other_lists import what_is_listed  # noqa: PLC0415 - most cases hold no such table
    from isocenter.intake.bulk.shapes import shape_of  # noqa: PLC0415

    if listed := what_is_listed(csv_tables.header_of(file)):
        return listed
    try:
        return what_is_listed(shape_of(file, file.name).columns)  # below titles
    except UnreadableInput:
        return ""


def _listing(name: str, listed: str) -> Problem:
    return Problem(name, "", worded("{listed}; it was left out", listed=clause(listed)))


def _is_note(file: Path) -> bool:
    """Whether a file states no facts: notes to the reader of a case, and reports written into it.

    Pages of other programs may be what an EHR printed of the chart.
    """
    suffix = file.suffix.lower()
    is_readme = file.name.casefold() == "readme" and format_of(file) is Format.TEXT
    return suffix == ".md" or is_readme or (suffix in _PAGES and is_page_of_ours(file))


def _why_left_out(file: Path, kind: Format) -> str:
    what = what_it_is(file)
    if what:
        return worded("it is {what}; the file was left out", what=clause(what))
    return worded("{kind}; the file was left out; expected {readable}", kind=clause(kind), readable=clause(READABLE))


def _take_comparison(contents: CaseContents, file: Path, name: str) -> None:
    """The pictures of a computed comparison; its numbers are a fact table beside it."""
    try:
        pictures = comparison_record.read(file)
    except UnreadableInput as wrong:
        contents.problems.append(Problem(name, "", str(wrong)))
        return
    contents.compared_pictures += pictures
    contents.inputs.append(InputFile(name, str(Format.COMPARISON), sha256_of(file), len(pictures)))


def _read_rows(contents: CaseContents, file: Path, kind: Format, name: str, *, alone: bool) -> None:
    """The rows of a file; claims beside other files are left out where they cannot be read, and named.

    Without another table, or the case file, the course would seem to have less against it than it has: refused.
    """
    before = len(contents.rows)
    contents.names_of_x12 |= {str(file): name} if kind is Format.X12 else {}
    try:
        for item in _items(contents, file, kind, name):
            _take(contents, item, name, kind)
    except UnreadableInput as wrong:
        is_of_the_chart = kind is Format.CASE_FILE or file.stem in FACT_TABLES.keys() - _CLAIM_TABLES
        if alone or is_of_the_chart:
            raise
        read = sum(isinstance(row, ClaimLine) for row in contents.rows[before:])
        del contents.rows[before:]
        sentence = str(wrong).removeprefix(f"{file}: ").removeprefix(f"{shown(file.name)}: ")
        lose_claims(contents, name, sentence, read)
        return
    contents.inputs.append(InputFile(name, str(kind), sha256_of(file), len(contents.rows) - before))
    if kind is Format.X12:
        contents.places_of_x12.update(range(before, len(contents.rows)))
        contents.rows += members_of(file)
    is_ours = kind in (Format.CSV_TABLE, Format.PARQUET_TABLE)
    is_ours = is_ours and any(isinstance(row, ClaimLine) for row in contents.rows[before:])
    if is_ours or kind is Format.CLAIMS_TABLE:
        contents.tables_of_claims.append(set(range(before, len(contents.rows))))
        contents.versions_are_open |= is_ours


def _is_refused_for_its_folder(contents: CaseContents, part: Unpacked, kind: Format, name: str, *, alone: bool) -> bool:
    """Whether claims are left out, and named, since a folder such as status=denied says that they may bill nothing."""
    if kind not in (Format.X12, Format.FHIR) or "=" not in f"{part.given.parent}{part.member}":
        return False
    from isocenter.intake.bulk.stated_by_folders import refuse_states_of_folders  # noqa: PLC0415 - few cases need it

    try:
        refuse_states_of_folders(part)
    except UnreadableInput as wrong:
        if alone:
            raise
        lose_claims(contents, name, str(wrong).removeprefix(f"{part.name}: "))
        return True
    return False


def _unpacked(contents: CaseContents, files: list[Path], folder: Path) -> dict[Path, Unpacked | None]:
    """Every plain file, those in compressed files and workbooks in their places; None for one that was not packed.

    All are unpacked before any is read: a claim in one of them may correct a claim in another.
    """
    within: dict[Path, Unpacked | None] = {}
    for plain in _with_tables_cut(contents, files, folder):
        file = plain.given
        if plain.file != file:
            within[plain.file] = plain
            continue
        if format_where_readable(file) is not Format.PACKED or is_set_aside(Path(shown_in(contents, file)).parts[:-1]):
            within[file] = None
            continue
        for part in unpack(file, folder):
            if isinstance(part, Problem):
                contents.problems.append(part._replace(path=shown_in(contents, file)))
                if isinstance(part, Unread) and not isinstance(part, UnreadPaper):
                    contents.claim_files_unread.append(shown_in(contents, file))
            else:
                within[part.file] = part
    return within


def _with_tables_cut(contents: CaseContents, files: list[Path], folder: Path) -> Iterable[Unpacked]:
    """The files, with claims in columns of fixed width as CSV where a list of the columns lies beside them."""
    if sum(format_where_readable(file) is Format.TEXT for file in files) < 2:
        return (Unpacked(file, file) for file in files)
    from isocenter.intake.bulk.fixed_width import with_tables_cut  # noqa: PLC0415 - most cases hold no such tables

    return with_tables_cut(files, folder, contents.problems, partial(shown_in, contents))


def _read_part(contents: CaseContents, part: Unpacked, within: dict[Path, Unpacked | None]) -> None:
    """Read claims or a table from a compressed file or workbook; what else is in it is named.

    `within` are all files, unpacked: a sheet of totals beside one of claims is no fact of the course.
    """
    name = shown_in(contents, part.given)
    name = f"{name}: {part.member}" if part.member else name
    kind = format_of(part.file)
    if _is_refused_for_its_folder(contents, part, kind, name, alone=False):
        return
    claims = _sheets_of_claims(part, within) if _is_sheet(part) else []
    if claims and _names_no_service(part.file, claims):
        contents.problems.append(Problem(name, "", "no row of the sheet is a service; it was left out"))
    elif kind in _READERS or kind is Format.X12:
        _read_rows(contents, part.file, kind, name, alone=False)
    elif kind is Format.FHIR:
        _take_resources(contents, part.file, name)
    elif kind is Format.TEXT and (unnamed := _why_claims_have_no_header(part.file)):
        lose_claims(contents, name, unnamed.removeprefix(f"{shown(part.file.name)}: "))
    elif kind is Format.TEXT and (listed := _what_is_listed(part.file)):
        contents.problems.append(_listing(name, listed))
    elif not _is_note(part.file):
        remedy = (
            "save the sheet as CSV under the name of its table" if _is_sheet(part) else "unpack it into the case folder"
        )
        contents.problems.append(
            Unread(name, "", worded("{kind}; it was left out; {remedy}", kind=clause(kind), remedy=clause(remedy)))
        )


def _is_sheet(part: Unpacked) -> bool:
    return part.given.suffix.lower() in (".xlsx", ".xlsm", ".xls")


def _sheets_of_claims(part: Unpacked, within: dict[Path, Unpacked | None]) -> list[Path]:
    """The other sheets of the same workbook that hold claim lines."""
    sheets = [one.file for one in within.values() if one and one.given == part.given and one.file != part.file]
    return [sheet for sheet in sheets if _holds_claim_lines(sheet)]


def _holds_claim_lines(file: Path) -> bool:
    kind = format_of(file)
    is_ours = kind is Format.CSV_TABLE and csv_tables.fits(csv_tables.header_of(file), "claim_lines")
    return is_ours or kind is Format.CLAIMS_TABLE


def _names_no_service(sheet: Path, claims: list[Path]) -> bool:
    from isocenter.intake.bulk.other_lists import names_no_service  # noqa: PLC0415 - most cases hold no such table
    from isocenter.intake.bulk.shapes import shape_of  # noqa: PLC0415

    return names_no_service(sheet, [name for one in claims for name in shape_of(one, one.name).columns])


def _take_resources(contents: CaseContents, file: Path, name: str) -> None:
    is_cut_short = False  # where the last resource is none, it, and what would follow, may be claims
    for one in read_resources(file, name):
        is_cut_short = isinstance(one, Problem)
        if isinstance(one, Problem):
            contents.problems.append(one)
        else:
            contents.fhir_resources.append(one)
    contents.claim_files_unread += [name] if is_cut_short else []
    contents.inputs.append(InputFile(name, str(Format.FHIR), sha256_of(file), 0))


def _read_fhir(contents: CaseContents) -> None:
    """Read all FHIR resources together: what one refers to may be in another file."""
    if not contents.fhir_resources:
        return
    from isocenter.intake.fhir_r4 import read_found  # noqa: PLC0415 - most cases hold no resources

    found = read_found(contents.fhir_resources, contents.claim_keys)
    contents.rows += found.rows
    contents.supplied |= found.supplied
    contents.problems += found.problems
    contents.values_lost += found.values_lost
    contents.lines_lost += sum(isinstance(problem, LostLine) for problem in found.problems)
    contents.attached += found.attached
    contents.file_signatures += found.file_signatures
    contents.inputs = [
        replace(one, rows=found.rows_of.get(one.path, 0)) if one.kind == Format.FHIR else one for one in contents.inputs
    ]


def _read_edits(contents: CaseContents) -> None:
    """Read the correct coding edits, of millions those alone that the case's procedure codes can meet."""
    if not contents.edit_files:
        return
    codes = {row.procedure_code for row in contents.rows if isinstance(row, ClaimLine)}
    edits = ncci_tables.read(contents.edit_files, codes)
    contents.rows += edits.rows
    contents.supplied |= edits.supplied
    contents.problems += [problem._replace(path=shown_in(contents, Path(problem.path))) for problem in edits.problems]
    for file, rows in edits.rows_of.items():
        contents.inputs.append(InputFile(shown_in(contents, file), str(Format.EDITS), sha256_of(file), rows))


def _items(contents: CaseContents, file: Path, kind: Format, name: str) -> Iterator[Any]:
    mistakes = 0
    try:
        with at(shown(file.name)):
            claims = x12_837.ClaimFile(file, contents.claim_keys) if kind is Format.X12 else None
            kept = 0
            for item in claims or _READERS[kind](file, contents.days_beside.get(file, frozenset())):
                mistakes += isinstance(item, Problem)
                kept += isinstance(item, ClaimLine)
                PROBLEMS_OF_A_FILE.refuse_beyond(mistakes, shown(file.name))
                yield item
            if claims:  # one problem may take all lines of a claim
                contents.lines_lost += claims.service_lines - claims.revenue_lines - kept
                contents.claim_files_unread += [name] if claims.is_cut_short else []
    except OSError as wrong:
        if is_of_a_full_disk(wrong):  # of a temporary file, not of this one
            raise
        raise UnreadableInput(f"{shown(file.name)}: cannot be read ({wrong.strerror})") from None


def _take(contents: CaseContents, item: Any, name: str, kind: Format) -> None:
    match item:
        case Problem():
            contents.problems.append(item._replace(path=name))
            contents.lines_lost += isinstance(item, LostLine) and kind is not Format.X12
        case Supplied():
            contents.supplied.add(item.table)
        case LostValue():
            contents.values_lost.append(item._replace(path=name))
        case OfCorrection():
            contents.of_corrections.append((name, item))
        case StructureRole():
            contents.structure_roles[item.name] = item.role
        case StatedVerification():
            contents.stated_verifications.append(item)
        case AcceptedDifference():
            contents.accepted_differences.append(item)
        case ReviewedPlan():
            contents.reviewed_plans.append(item.plan)
        case GuidanceProtocol() if contents.guidance_protocol is None:
            contents.guidance_protocol = item
        case GuidanceProtocol():
            sentence = "guidance_protocol holds more than one row; the first one is used for the course"
            contents.problems.append(Problem(name, "", sentence))
        case _:
            contents.rows.append(item)


@contextmanager
def attached_as_files(contents: CaseContents) -> Iterator[None]:
    """Let the documents that came within resources lie in files as long as they are read."""
    if not contents.attached:
        yield
        return
    with working_folder() as folder:
        before = list(contents.chart_files)
        for number, one in enumerate(contents.attached):
            file = folder / f"{number}-{one.name}"
            file.write_bytes(one.content)
            contents.chart_files.append(file)
            contents.attached_names[file] = one.shown
        try:
            yield
        finally:
            contents.chart_files = before
            contents.attached_names.clear()


def sha256_of(file: Path) -> str:
    """The SHA-256 of a file, read in blocks."""
    digest = hashlib.sha256()
    with file.open("rb") as data:
        while block := data.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
