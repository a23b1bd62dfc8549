"""One DICOM object: opened from its bytes, its elements read as plain numbers, words and days."""

import re
import struct
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from isocenter.errors import UnreadableInput
from isocenter.intake.dicom_rt.data_sets import Dataset
from isocenter.intake.dicom_rt.decimals import parse_decimals
from isocenter.intake.dicom_rt.plain_sets import Unusual, read_plain
from isocenter.intake.dicom_rt.tags import TAGS
from isocenter.terms.limits import DICOM_ITEMS

FloatArray = NDArray[np.float64]

_ITEM, _ITEM_BIG_ENDIAN = b"\xfe\xff\x00\xe0", b"\xff\xfe\xe0\x00"
_LARGEST = 1e15  # no dose, place or meterset comes near; what is greater is damage
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_VALUE_REPRESENTATIONS = frozenset(b"AE AS CS DA DS DT IS LO LT PN SH ST TM UI UL US OB UN".split())


def sniff(head: bytes) -> bool:
    """Whether a file that begins so is DICOM: a Part 10 file, or a bare data set without the preamble."""
    if head[128:132] == b"DICM":
        return True
    if len(head) < 8:
        return False
    group, element, length = struct.unpack("<HHI", head[:8])
    if group not in (0x0002, 0x0008) or element > 0x0100:
        return False
    return head[4:6] in _VALUE_REPRESENTATIONS or length <= 1024


@contextmanager
def reading(path: str) -> Iterator[None]:
    """Turns whatever fails inside into one sentence that names the file; keeps warnings off the terminal."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except UnreadableInput as error:
            raise UnreadableInput(f"{path}: {error}") from error
        # A damaged object can fail in any way inside pydicom; the user needs the file and what to do.
        except Exception as error:
            raise UnreadableInput(
                f"{path}: the DICOM object is damaged: it is cut off, or an element of it is not what its kind asks"
                " for; export it again from where it came from."
            ) from error


def open_object(data: bytes) -> Dataset:
    """The data set in these bytes; its elements stay raw until they are asked for."""
    if not sniff(data[:132]):
        raise UnreadableInput("this is not DICOM; expected a Part 10 file or a bare DICOM data set.")
    if len(data) > len(_ITEM) * DICOM_ITEMS.most:
        DICOM_ITEMS.refuse_beyond(max(data.count(_ITEM), data.count(_ITEM_BIG_ENDIAN)))
    try:
        dataset = read_plain(data)
    except Unusual:
        from isocenter.intake.dicom_rt.pydicom_sets import read_unusual  # noqa: PLC0415 - slow to load, seldom needed

        return read_unusual(data)
    if not dataset.tags():
        raise UnreadableInput("the DICOM object is empty; export it again from where it came from.")
    return dataset


def open_file(path: Path) -> Dataset:
    """The data set in this file."""
    try:
        return open_object(path.read_bytes())
    except OSError as error:
        raise UnreadableInput(f"the file cannot be opened ({error.strerror}).") from error


def raw_text(item: Dataset, keyword: str) -> bytes:
    """The bytes of an element of text, unpadded; empty where it is absent."""
    return item.raw(TAGS[keyword]).strip(b" \0\r\n")


def text(item: Dataset, keyword: str) -> str:
    """The words of an element on one line, in its character set; empty where it is absent."""
    raw = raw_text(item, keyword)
    if raw.isascii() and b"\x1b" not in raw:
        words = raw.decode("ascii")
    else:
        try:
            words = item.decoded(TAGS[keyword])
        except (LookupError, UnicodeError, ValueError):
            words = raw.decode("latin-1")
    return _UNPRINTABLE.sub(" ", words).strip()


def numbers(item: Dataset, keyword: str, expected: int | None = None) -> FloatArray:
    """The numbers of an element, shape (n,); empty where it is absent, refused where one is not a number."""
    return numbers_in(raw_text(item, keyword), keyword, expected)


def numbers_in(raw: bytes, keyword: str, expected: int | None = None) -> FloatArray:
    """The numbers of the bytes of an element, as `numbers`."""
    values = parse_decimals(raw) if raw else np.empty(0)
    if not (np.abs(values) <= _LARGEST).all():  # NaN is not either
        shown = _UNPRINTABLE.sub(" ", raw[:40].decode("ascii", "replace"))
        raise UnreadableInput(f"{keyword} holds {shown!r}, where plain numbers are expected.")
    if expected is not None and len(values) != expected:
        raise UnreadableInput(f"{keyword} holds {len(values)} numbers, where {expected} are expected.")
    return values


def number(item: Dataset, keyword: str) -> float | None:
    """The one number of an element; None where it is absent or empty."""
    raw = raw_text(item, keyword)
    if not raw:
        return None
    try:
        value = float(raw)
    except ValueError:  # several numbers, or none
        return float(numbers_in(raw, keyword)[0])
    return value if abs(value) <= _LARGEST else float(numbers_in(raw, keyword)[0])


def whole(item: Dataset, keyword: str) -> int | None:
    """The one whole number of an element; None where it is absent or empty."""
    value = number(item, keyword)
    if value is None:
        return None
    if value != round(value) or abs(value) > 2**31:
        raise UnreadableInput(f"{keyword} holds {value}, where a whole number is expected.")
    return round(value)


def short(item: Dataset, keyword: str) -> int:
    """A binary whole number (Rows, BitsAllocated), which must be there."""
    value = item.short(TAGS[keyword])
    if value is None:
        raise UnreadableInput(f"{keyword} is missing or is not a single whole number.")
    return value


def day(item: Dataset, keyword: str) -> date | None:
    """The day of a date element; None where it is absent; refused where it is no date."""
    raw = text(item, keyword)
    if not raw:
        return None
    try:
        return datetime.strptime(raw.replace(".", "")[:8], "%Y%m%d").date()
    except ValueError:
        raise UnreadableInput(f"{keyword} holds {raw!r}, which is not a date (YYYYMMDD).") from None


def items(item: Dataset, keyword: str) -> Sequence[Dataset]:
    """The items of a sequence; empty where it is absent."""
    found = item.items(TAGS[keyword])
    if found is None:
        raise UnreadableInput(f"{keyword} is not a sequence; the object is damaged, export it again.")
    return found


def raw_items(item: Dataset, sequence: str, keywords: tuple[str, ...]) -> list[tuple[bytes, ...]]:
    """The named elements of text of each item of a sequence, as bytes.

    A sequence of stated length is walked as it lies in the file, which spares the objects of its items.
    """
    return item.raw_items(TAGS[sequence], tuple(TAGS[keyword] for keyword in keywords))


def first_uid(item: Dataset, sequence: str, keyword: str = "ReferencedSOPInstanceUID") -> str:
    """The UID in the first item of a sequence of references; empty where there is none."""
    return next((text(reference, keyword) for reference in items(item, sequence)), "")
