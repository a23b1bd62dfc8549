"""What each file is, by its content, and what of it cannot be read, at once."""

import zipfile
from pathlib import Path

from isocenter.chart.pages.pages import page_count
from isocenter.chart.pages.picture_files import pages_of_picture
from isocenter.errors import IsocenterError, UnreadableInput
from isocenter.files.kinds import is_page_of_ours, what_it_is
from isocenter.files.texts import shown
from isocenter.intake.case import read_case
from isocenter.intake.formats import READABLE, Format, format_of
from isocenter.report.words import sentence

_READ_AT_ONCE_BYTES = 2_000_000  # a larger table is read by the review, in the background
_READ_AT_ONCE = (Format.X12, Format.CASE_FILE, Format.CSV_TABLE, Format.FHIR, Format.PACKED)
_PROBLEMS_SHOWN = 3
_LOOKED_AT_PIXELS = 64  # of the longer side of a picture: whether it can be decoded
_TEXTS = {".txt": "chart as text", ".md": "note in the case, not read"}


def look_at(path: Path) -> tuple[str, str]:
    """What a file is, and in a sentence what of it cannot be read; '' where nothing is wrong with it."""
    try:
        kind = format_of(path)
    except OSError:
        return "unreadable", "The file cannot be read; send it again."
    if kind is Format.EMPTY:
        return str(kind), "The file is empty; send it again."
    if kind is Format.TEXT and path.suffix.lower() in _TEXTS:
        return _TEXTS[path.suffix.lower()], ""
    if is_page_of_ours(path):
        return "report in the case, not read", ""
    if kind in (Format.UNKNOWN, Format.TEXT):
        said = what_it_is(path)
        return str(kind), f"It is {said}; it is left out." if said else f"It is left out; expected {READABLE}."
    if kind is Format.CHART_PDF:
        return str(kind), _why_no_pages(path)
    if kind is Format.CHART_PICTURE:
        return str(kind), _why_no_picture(path)
    if kind is Format.PACKED and _is_word_document(path):
        return "document of a word processor", "It is left out; save it as PDF."
    if kind in _READ_AT_ONCE and path.stat().st_size <= _READ_AT_ONCE_BYTES:
        return str(kind), _what_reading_says(path)
    return str(kind), ""


def _what_reading_says(path: Path) -> str:
    try:
        problems = read_case(path).problems
    except IsocenterError as wrong:
        because = str(wrong).replace(f"{path}: ", "").removeprefix(f"{path.name}: ").removeprefix("nothing to review: ")
        return sentence(because.replace(str(path.parent), ""))
    said = [f"{problem.place}: {problem.sentence}" if problem.place else problem.sentence for problem in problems]
    more = f" and {len(said) - _PROBLEMS_SHOWN} more" if len(said) > _PROBLEMS_SHOWN else ""
    return shown("; ".join(said[:_PROBLEMS_SHOWN])) + more


def _is_word_document(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.startswith("word/") or name == "content.xml" for name in archive.namelist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        return False


def _why_no_picture(path: Path) -> str:
    try:
        next(pages_of_picture(path, "the file", 1, _LOOKED_AT_PIXELS))
    except (OSError, UnreadableInput):
        return "It is not a readable picture; scan or export it again."
    return ""


def _why_no_pages(path: Path) -> str:
    try:
        page_count(path, "the file")
    except UnreadableInput as wrong:
        sentence = str(wrong).removeprefix("the file: ")
        return f"{sentence[0].upper()}{sentence[1:]}."
    return ""
