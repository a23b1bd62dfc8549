"""A DICOM data set as it lies in the file: its elements are found by tag and read when they are asked for.

Reads Part 10 files in the little-endian transfer syntaxes, which is what planning systems export. What is written in
another way, or does not fit its stated lengths, is `Unusual` here and left to pydicom, which takes a third of a second
to load.
"""

import struct
from collections.abc import Iterable, Sequence
from typing import Any

from isocenter.intake.dicom_rt.data_sets import Dataset
from isocenter.intake.dicom_rt.item_walk import walk_items

IMPLICIT_LITTLE, EXPLICIT_BIG, DEFLATED = "1.2.840.10008.1.2", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"

_HEAD = 132  # the preamble, and the letters DICM
_ITEM, _END_OF_ITEM, _END_OF_SEQUENCE = 0xFFFE_E000, 0xFFFE_E00D, 0xFFFE_E0DD
_CHARACTER_SET, _TRANSFER_SYNTAX, _PIXEL_DATA = 0x0008_0005, 0x0002_0010, 0x7FE0_0010
_UNDEFINED = 0xFFFF_FFFF
_LONG_FORMS = frozenset(b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split())
_SHORT_FORMS = frozenset(b"AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US".split())

_TAG_AND_LENGTH = struct.Struct("<HHI")
_EXPLICIT = struct.Struct("<HH2sH")
_LENGTH = struct.Struct("<I")


class Unusual(Exception):
    """The data set is written in a way that is left to pydicom, or is damaged."""


Element = tuple[bytes, int, int]  # representation (empty where it is implicit), begin and end of the value


class PlainDataset(Dataset):
    """The elements as they lie in the bytes of a file."""

    __slots__ = ("_file", "_found", "_implicit", "_misplaced", "_opened", "_parent", "transfer_syntax")

    def __init__(
        self,
        file: bytes,
        found: dict[int, Element],
        opened: "dict[int, list[PlainDataset]]",
        parent: "PlainDataset | None" = None,
        *,
        implicit: bool,
        transfer_syntax: str = "",
    ) -> None:
        self._file, self._found, self._opened, self._parent = file, found, opened, parent
        self._implicit, self.transfer_syntax = implicit, transfer_syntax
        self._misplaced: list[int] = [] if parent is None else parent._misplaced

    def tags(self) -> Iterable[int]:
        """The tags of the elements."""
        return (*self._found, *self._opened)

    def raw(self, tag: int) -> bytes:
        """The bytes of an element of text, as they are padded; empty where it is absent."""
        if tag not in self._found:
            return b""
        _, begin, end = self._found[tag]
        return self._file[begin:end]

    def decoded(self, tag: int) -> str:
        """An element of text in its character set; LookupError, UnicodeError or ValueError where that fails."""
        return str(self._converted(tag).value)

    def short(self, tag: int) -> int | None:
        """A binary whole number; None where it is absent or no single one."""
        if tag not in self._found:
            return None
        representation, begin, end = self._found[tag]
        if representation in (b"", b"US") and end - begin == 2:
            return int.from_bytes(self._file[begin:end], "little")
        value = self._converted(tag).value
        return value if isinstance(value, int) else None

    def items(self, tag: int) -> Sequence[Dataset] | None:
        """The items of a sequence, empty where it is absent; None where the element is not a sequence."""
        if tag in self._opened:
            return self._opened[tag]
        if tag not in self._found:
            return ()
        representation, begin, end = self._found[tag]
        if begin == end:
            return ()
        if representation not in (b"", b"SQ", b"UN"):
            return None
        try:
            self._opened[tag], _ = _read_items(self, begin, end, implicit=self._implicit or representation == b"UN")
        except Unusual:
            from isocenter.intake.dicom_rt.pydicom_sets import items_of  # noqa: PLC0415 - slow to load, seldom needed

            return items_of(self._converted(tag).value)
        return self._opened[tag]

    def raw_items(self, tag: int, wanted: tuple[int, ...]) -> list[tuple[bytes, ...]]:
        """The bytes of the wanted elements of text of each item of a sequence, unpadded."""
        if tag not in self._opened and tag in self._found:
            found = walk_items(self.raw(tag), self._implicit, wanted)
            if found is not None:
                return found
        return [tuple(part.raw(want).strip(b" \0\r\n") for want in wanted) for part in self.items(tag) or ()]

    def pixels(self) -> bytes | memoryview:
        """The pixels as they are stored, native or encapsulated; empty where there are none."""
        if _PIXEL_DATA not in self._found:
            return b""
        _, begin, end = self._found[_PIXEL_DATA]
        return memoryview(self._file)[begin:end]

    def misplaced(self) -> Sequence[int]:
        """The tags of elements, as far as they were read, that stand twice in a data set or out of their order."""
        return self._misplaced

    def as_pydicom(self) -> Any:
        """The whole object as pydicom reads it."""
        from isocenter.intake.dicom_rt.pydicom_sets import read_dataset  # noqa: PLC0415 - slow to load, seldom needed

        return read_dataset(self._file)

    def _converted(self, tag: int) -> Any:
        from isocenter.intake.dicom_rt.pydicom_sets import converted  # noqa: PLC0415 - slow to load, seldom needed

        representation = self._found[tag][0]
        return converted(tag, representation.decode(), self.raw(tag), self._character_set())

    def _character_set(self) -> bytes:
        if _CHARACTER_SET in self._found or self._parent is None:
            return self.raw(_CHARACTER_SET)
        return self._parent._character_set()


def read_plain(file: bytes) -> PlainDataset:
    """The data set of a Part 10 file; Unusual where it is left to pydicom."""
    syntax, begin = _transfer_syntax(file)
    if not syntax or syntax in (EXPLICIT_BIG, DEFLATED):
        raise Unusual(syntax or "no transfer syntax")
    implicit = syntax == IMPLICIT_LITTLE
    if implicit and file[begin + 4 : begin + 6] in _LONG_FORMS | _SHORT_FORMS:
        raise Unusual("representations in an implicit data set")
    dataset, end = _read_elements(file, begin, len(file), None, implicit=implicit)
    if end != len(file):
        raise Unusual("an end of an item is outside of any item")
    dataset.transfer_syntax = syntax
    return dataset


def _transfer_syntax(file: bytes) -> tuple[str, int]:
    """How the data set is written, and where it begins, after the elements that describe the file."""
    if file[128:_HEAD] != b"DICM":
        raise Unusual("no Part 10 file")
    syntax, at = "", _HEAD
    while file[at : at + 2] == b"\x02\x00" and at + 12 <= len(file):
        tag, _, begin, length = _element_at(file, at, implicit=False)
        if length > len(file) - begin:
            raise Unusual("the description of the file is cut short")
        if tag == _TRANSFER_SYNTAX:
            syntax = file[begin : begin + length].strip(b" \0").decode("ascii", "replace")
        at = begin + length
    return syntax, at


def _element_at(file: bytes, at: int, *, implicit: bool) -> tuple[int, bytes, int, int]:
    """Tag, representation, begin and length of the element that begins here."""
    if implicit:
        group, element, length = _TAG_AND_LENGTH.unpack_from(file, at)
        return group << 16 | element, b"", at + 8, length
    group, element, representation, length = _EXPLICIT.unpack_from(file, at)
    if representation in _SHORT_FORMS:
        return group << 16 | element, representation, at + 8, length
    if representation not in _LONG_FORMS or at + 12 > len(file):
        raise Unusual("an element without a representation")
    (length,) = _LENGTH.unpack_from(file, at + 8)
    return group << 16 | element, representation, at + 12, length


def _read_elements(
    file: bytes, at: int, end: int, parent: PlainDataset | None, *, implicit: bool
) -> tuple[PlainDataset, int]:
    """The elements up to the end, or to what ends an item; and where the next begins."""
    found: dict[int, Element] = {}
    opened: dict[int, list[PlainDataset]] = {}
    dataset = PlainDataset(file, found, opened, parent, implicit=implicit)
    last = -1
    while at < end:
        if at + 8 > end:
            raise Unusual("half an element")
        if file[at : at + 2] == b"\xfe\xff":
            group, element, _ = _TAG_AND_LENGTH.unpack_from(file, at)
            if group << 16 | element != _END_OF_ITEM:
                raise Unusual("an item is outside of any sequence")
            return dataset, at + 8
        tag, representation, begin, length = _element_at(file, at, implicit=implicit)
        if tag <= last:
            dataset._misplaced.append(tag)
        last = tag
        if length == _UNDEFINED:
            if tag == _PIXEL_DATA:
                stop, at = _end_of_fragments(file, begin, end)
                found[tag] = representation, begin, stop
            else:
                is_unknown = representation == b"UN"
                opened[tag], at = _read_items(dataset, begin, end, implicit=implicit or is_unknown, is_open=True)
            continue
        at = begin + length
        if at > end:
            raise Unusual("an element ends behind its data set")
        found[tag] = representation, begin, at
    return dataset, at


def _read_items(
    parent: PlainDataset, at: int, end: int, *, implicit: bool, is_open: bool = False
) -> tuple[list[PlainDataset], int]:
    """The items of a sequence up to its end, which a mark states where it is open; and where the next begins."""
    file = parent._file
    items: list[PlainDataset] = []
    while at + 8 <= end:
        group, element, length = _TAG_AND_LENGTH.unpack_from(file, at)
        tag = group << 16 | element
        if tag == _END_OF_SEQUENCE and is_open:
            return items, at + 8
        stop = end if length == _UNDEFINED else at + 8 + length
        if tag != _ITEM or stop > end:
            raise Unusual("a sequence holds what is no item")
        dataset, at = _read_elements(file, at + 8, stop, parent, implicit=implicit)
        if length != _UNDEFINED and at != stop:
            raise Unusual("an item ends before its length")
        items.append(dataset)
    if is_open or at != end:
        raise Unusual("a sequence without its end")
    return items, at


def _end_of_fragments(file: bytes, at: int, end: int) -> tuple[int, int]:
    """Where compressed pixels end, and where the next element begins."""
    while at + 8 <= end:
        group, element, length = _TAG_AND_LENGTH.unpack_from(file, at)
        if group << 16 | element == _END_OF_SEQUENCE:
            return at, at + 8
        if group << 16 | element != _ITEM or length == _UNDEFINED:
            break
        at += 8 + length
    raise Unusual("compressed pixels without their end")
