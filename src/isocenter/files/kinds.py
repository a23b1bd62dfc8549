"""What a file is, by its beginning and not by its name."""

import re
import stat
from pathlib import Path

_KINDS = (
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def kind_of(path: Path) -> str:
    """What lies at a path, in words: a folder, a pipe, a socket, a device; OSError where nothing does."""
    mode = path.stat().st_mode
    return "a folder" if path.is_dir() else next((name for is_kind, name in _KINDS if is_kind(mode)), "no file")


_PICTURE = "a picture; put scanned pages of a chart into a case folder beside the claims"
_JSON = (
    "a JSON file; of JSON only FHIR R4 is read, resources with a resourceType, by `isocenter review`,"
    " `isocenter screen` and `isocenter validate`"
)
_BEGINS_JSON = rb"\{\s*[\"}]|\[\s*[\[{\"\]]"
_PAGE = "a page for a browser; save it as PDF, or its table as CSV"
# Patterns of the first bytes; a note may begin with "Isaac" or "[Progress note]", not only X12 and JSON do.
_KNOWN_BEGINNINGS = (
    (rb"%PDF-", "a PDF file; `isocenter abstract` reads a chart, and `isocenter review` reads it in a case folder"),
    (rb"\x89PNG|\xff\xd8\xff|II\*\x00|MM\x00\*", _PICTURE),
    (rb"PK\x03\x04", "a zip file, Word document or Excel workbook; unpack it, or save what it holds as PDF or CSV"),
    (rb"\xd0\xcf\x11\xe0", "a file of Word or Excel before 2007; save it as PDF or CSV"),
    (rb"PAR1", "a Parquet file; `isocenter screen` and `isocenter review` read tables of claims"),
    (rb"SQLite format 3", "a database; export its table of claims as CSV or Parquet"),
    (rb"ISA[^\w\s]", "an X12 file; `isocenter screen` and `isocenter review` read claims (837)"),
    (rb"(?i:<!doctype html|<html)", _PAGE),
    (rb"<\?xml", "an XML file, which is not read; export claims as X12 837, CSV or FHIR R4 in JSON"),
    (rb"\{\\rtf", "a text in RTF; save it as PDF"),
    (_BEGINS_JSON, _JSON),
)
_ARCHIVES = (b"PK\x03\x04", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ")
_MADE_HERE = b'<meta name="generator" content="Isocenter">'
_HEAD_BYTES = 4096


def is_an_archive(path: Path) -> bool:
    """Whether a file begins as a zip, gzip, 7z, RAR, bzip2 or xz file does, or is a tar file; OSError."""
    with path.open("rb") as file:
        head = file.read(512)
    return head.startswith(_ARCHIVES) or head[257:262] == b"ustar"


def is_page_of_ours(path: Path) -> bool:
    """Whether a file is a page that this program wrote: its head names the program as what made it."""
    try:
        with path.open("rb") as file:
            return _MADE_HERE in file.read(_HEAD_BYTES)
    except OSError:
        return False


def what_it_is(path: Path) -> str:
    """What a file is that was given by mistake, and what to do with it; '' where its beginning does not show it."""
    if path.exists() and not path.is_file():
        return kind_of(path)
    try:
        with path.open("rb") as file:
            head = file.read(1024)
    except OSError:
        return ""
    if head[128:132] == b"DICM":
        return "a DICOM file; `isocenter measure` reads the folder of a plan"
    begins = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if begins.startswith(b"PAR1") and not head.startswith(b"PAR1"):
        return "a damaged Parquet file, with bytes before its beginning; export it again"
    found = next((what for known, what in _KNOWN_BEGINNINGS if re.match(known, begins)), "")
    is_wide = head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in head[:4]
    if not found and is_wide and re.match(_BEGINS_JSON, head.lstrip(b"\xff\xfe\x00").replace(b"\x00", b"")):
        return "a JSON file in UTF-16 or UTF-32; save it as UTF-8"
    return found
