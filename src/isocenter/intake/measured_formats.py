"""How a file with a measured dose is recognized: by its first line, or by the folder that it lies in."""

from collections.abc import Iterable, Sequence

FOLDERS = ("verification", "verifications")
COORDINATES = ("x_mm", "y_mm", "z_mm")
DOSES = ("dose_gy", "dose_percent")
_MCC_BEGINS_WITH = b"BEGIN_SCAN_DATA"


def is_set_aside(folders: Iterable[str]) -> bool:
    """Whether a file in these folders verifies a plan."""
    return any(folder.lower() in FOLDERS for folder in folders)


def looks_like_mcc(head: bytes) -> bool:
    """Whether a file begins like PTW's text export of a measurement."""
    return head.lstrip().startswith(_MCC_BEGINS_WITH)


def looks_like_dose_table(header: Sequence[str]) -> bool:
    """Whether the first line of a CSV file names the columns of a measured dose."""
    names = [name.strip().lower() for name in header]
    return sum(name in names for name in COORDINATES) >= 2 and sum(name in names for name in DOSES) == 1
