"""The gate for values: what no column of a fact table can hold, whichever format it came from."""

import math
import re

from isocenter.terms.limits import TEXT_CHARACTERS

# What a person does not see in a cell: control characters, and marks of no width such as those around a pasted name.
_CONTROLS = r"\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"
_NO_WIDTH = r"\xad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
_UNSEEN_AT_THE_ENDS = re.compile(rf"^[\s{_NO_WIDTH}]+|[\s{_NO_WIDTH}]+$")
_CONTROL, _UNSEEN = re.compile(f"[{_CONTROLS}]"), re.compile(f"[{_CONTROLS}{_NO_WIDTH}]")
# CPT and HCPCS Level II; no code has a letter that is taken for a 0 or a 1.
FORM_OF_A_PROCEDURE = "[0-9]{5}|[0-9]{4}[A-HJ-NP-Z]|[A-HJ-NP-Z][0-9]{4}"
FORM_OF_A_MODIFIER = "[0-9A-Za-z]{2}"
WITHOUT_CONTROLS = "text without control characters"
WITHOUT_UNSEEN = "text without control characters and marks of no width"

# The same for DuckDB, whose \s is ASCII alone.
_SPACES = r"\x09-\x0d\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_OF_DUCKDB = re.compile(r"\\[xu]([0-9a-f]+)")
UNSEEN_IN_DUCKDB = _OF_DUCKDB.sub(r"\\x{\1}", f"[{_CONTROLS}{_NO_WIDTH}]")
UNSEEN_AT_THE_ENDS_IN_DUCKDB = _OF_DUCKDB.sub(r"\\x{\1}", rf"^[{_SPACES}{_NO_WIDTH}]+|[{_SPACES}{_NO_WIDTH}]+$")

ERROR_OF_A_SHEET = "error of a sheet: "  # begins a cell of a workbook in the place of whose value an error is

LEAST_WHOLE, MOST_WHOLE = -(2**31), 2**31 - 1


def why_not_kept(value: object) -> str:
    """What would have to be in the place of a value that cannot be kept; '' where it can."""
    match value:
        case bool():
            return ""
        case int() if not LEAST_WHOLE <= value <= MOST_WHOLE:
            return f"a whole number between {LEAST_WHOLE} and {MOST_WHOLE}"
        case float() if not math.isfinite(value):
            return "a number"
        case str() if len(value) > TEXT_CHARACTERS.most:
            return f"a text of at most {TEXT_CHARACTERS.most:,} characters"
        case str() if not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
            return "text that can be written as UTF-8"
    return ""


def bare(cell: str) -> str:
    """A cell without the spaces of any kind and the marks of no width around it."""
    return cell.strip() if cell.isascii() else _UNSEEN_AT_THE_ENDS.sub("", cell)


def why_not_a_text(text: str) -> str:
    """What would have to be in the place of a text with control characters; '' where it has none."""
    return "" if text.isprintable() or not _CONTROL.search(text) else WITHOUT_CONTROLS


def why_not_a_name(text: str) -> str:
    """What would have to be in the place of a number or code with something in it that nobody sees; else ''."""
    return "" if text.isprintable() or not _UNSEEN.search(text) else WITHOUT_UNSEEN


def why_not_said(cell: str) -> str:
    """What would have to be in the place of an error of a workbook; '' where the cell holds none."""
    return "a value in the place of the error of the workbook" if cell.startswith(ERROR_OF_A_SHEET) else ""


def without_unseen(text: str) -> str:
    """A text without control characters and marks of no width."""
    return _UNSEEN.sub("", text)
