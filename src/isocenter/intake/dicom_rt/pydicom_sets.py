"""Data sets and elements that pydicom reads: other byte orders, deflated, without preamble, other character sets."""

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

import pydicom
from pydicom.charset import convert_encodings
from pydicom.dataelem import RawDataElement, convert_raw_data_element
from pydicom.multival import MultiValue
from pydicom.tag import BaseTag

from isocenter.errors import UnreadableInput
from isocenter.intake.dicom_rt.data_sets import Dataset
from isocenter.intake.dicom_rt.item_walk import walk_items


class PydicomDataset(Dataset):
    """A data set of pydicom's, whose elements stay raw until they are asked for."""

    def __init__(self, dataset: pydicom.Dataset) -> None:
        self._dataset = dataset
        meta = getattr(dataset, "file_meta", {})
        self.transfer_syntax = str(meta.get("TransferSyntaxUID") or "")

    def tags(self) -> Iterable[int]:
        """The tags of the elements."""
        return list(self._dataset.keys())

    def raw(self, tag: int) -> bytes:
        """The bytes of an element of text, as they are padded; empty where it is absent."""
        if tag not in self._dataset:
            return b""
        value = self._dataset.get_item(tag).value
        if value is None:
            return b""
        if isinstance(value, list | tuple | MultiValue):
            value = "\\".join(str(part) for part in value)
        return bytes(value) if isinstance(value, bytes) else str(value).encode("utf-8", "replace")

    def decoded(self, tag: int) -> str:
        """An element of text in its character set; LookupError, UnicodeError or ValueError where that fails."""
        return str(self._dataset[tag].value)

    def short(self, tag: int) -> int | None:
        """A binary whole number; None where it is absent or no single one."""
        value = self._dataset[tag].value if tag in self._dataset else None
        return value if isinstance(value, int) else None

    def items(self, tag: int) -> Sequence[Dataset] | None:
        """The items of a sequence, empty where it is absent; None where the element is not a sequence."""
        return items_of(self._dataset[tag].value) if tag in self._dataset else ()

    def raw_items(self, tag: int, wanted: tuple[int, ...]) -> list[tuple[bytes, ...]]:
        """The bytes of the wanted elements of text of each item of a sequence, unpadded."""
        element = self._dataset.get_item(tag) if tag in self._dataset else None
        if isinstance(element, RawDataElement) and element.is_little_endian and element.value:
            found = walk_items(element.value, element.is_implicit_VR, wanted)
            if found is not None:
                return found
        return [tuple(part.raw(want).strip(b" \0\r\n") for want in wanted) for part in self.items(tag) or ()]

    def pixels(self) -> bytes | memoryview:
        """The pixels as they are stored, native or encapsulated; empty where there are none."""
        data = self._dataset.get("PixelData")
        return data if isinstance(data, bytes) else b""

    def as_pydicom(self) -> pydicom.Dataset:
        """The whole object as pydicom reads it."""
        return self._dataset


def read_unusual(file: bytes) -> PydicomDataset:
    """The data set of any file that pydicom reads; UnreadableInput where it is empty or cut short."""
    dataset = read_dataset(file)
    if not len(dataset):
        raise UnreadableInput("the DICOM object is empty; export it again from where it came from.")
    _refuse_if_cut_short(dataset)
    return PydicomDataset(dataset)


def read_dataset(file: bytes) -> pydicom.Dataset:
    """The data set as pydicom's own."""
    return pydicom.dcmread(BytesIO(file), force=True)


def items_of(value: Any) -> Sequence[Dataset] | None:
    """The items of the value of a sequence; None where it is none."""
    if value in (None, b"", ""):
        return ()
    return [PydicomDataset(part) for part in value] if isinstance(value, pydicom.Sequence) else None


def converted(tag: int, representation: str, value: bytes, character_set: bytes) -> Any:
    """A little-endian element whose value is read; LookupError or ValueError where that fails."""
    sets = character_set.decode("ascii", "replace").strip(" \0").split("\\")
    raw = RawDataElement(BaseTag(tag), representation or None, len(value), value, 0, not representation, True)
    return convert_raw_data_element(raw, encoding=convert_encodings(sets))


def _refuse_if_cut_short(dataset: pydicom.Dataset) -> None:
    last = dataset.get_item(max(dataset.keys()))
    if not isinstance(last, RawDataElement) or last.length in (0, 0xFFFFFFFF):
        return
    present = len(last.value or b"")
    if present < last.length:
        raise UnreadableInput(
            f"the file is cut short: element {last.tag} should hold {last.length} bytes and holds {present}; "
            "copy or export it again."
        )
