"""Folders of several cases: which of its folders are cases, each with claims and a record of its own."""

from pathlib import Path

from isocenter.errors import UnreadableInput
from isocenter.files.folders import files_below, is_left_behind
from isocenter.files.texts import shown
from isocenter.intake.formats import Format, format_where_readable

_CLAIMS = {Format.X12, Format.FHIR, Format.CLAIMS_TABLE, Format.CSV_TABLE, Format.PARQUET_TABLE, Format.PACKED}
_OF_ONE_COURSE = {Format.CHART_PDF, Format.CHART_PICTURE, Format.DICOM}
_ONE_CASE = "where the folders are of one case, put a case.yaml beside them, which may be empty"


def cases_in(path: Path) -> list[Path]:
    """The cases in a folder, in the order of their names; none where the path is one case, or claims of many courses.

    A case has a case file, or claims beside a chart or a plan. UnreadableInput where files lie beside the cases: of
    which case they are is not known.
    """
    if not path.is_dir():
        return []
    entries = sorted(one for one in path.iterdir() if not is_left_behind(one.name))
    folders = [one for one in entries if one.is_dir() and not one.is_symlink()]
    if len(folders) < 2 or any(_is_a_case_file(one) for one in entries if one.is_file()):
        return []
    if sum(map(_is_a_case, folders)) < 2:
        return []
    beside = next((one for one in entries if one.is_file() and one.suffix.lower() not in (".md", ".html")), None)
    if beside is not None:
        raise UnreadableInput(
            f"{shown(path)}: {shown(beside.name)} lies beside the cases {shown(folders[0].name)} to"
            f" {shown(folders[-1].name)}; put it into the case that it belongs to;"
            f" {_ONE_CASE}"
        )
    return folders


def expect_one_case(path: Path) -> None:
    """UnreadableInput where a folder holds several cases."""
    if cases := cases_in(path):
        raise UnreadableInput(
            f"{shown(path)}: it holds {len(cases)} cases, {shown(cases[0].name)} to {shown(cases[-1].name)}; review one"
            f" of these folders, or each with --each FOLDER; {_ONE_CASE}"
        )


def _is_a_case_file(file: Path) -> bool:
    """Whether a file is a case file, also one in which nothing is filled in."""
    return file.name == "case.yaml" or format_where_readable(file) is Format.CASE_FILE


def _is_a_case(folder: Path) -> bool:
    kinds = {format_where_readable(file) for file in files_below(folder)[0]}
    return Format.CASE_FILE in kinds or bool(kinds & _CLAIMS and kinds & _OF_ONE_COURSE)
