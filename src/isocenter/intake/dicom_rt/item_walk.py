"""Walks the items of a little-endian sequence as they lie in the file, keeping a few elements as bytes."""

import struct

_ITEM = 0xFFFEE000
_UNDEFINED = 0xFFFFFFFF
_LONG_FORMS = frozenset((b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"))

_IMPLICIT = struct.Struct("<HHI")
_EXPLICIT = struct.Struct("<HH2sH")
_LENGTH = struct.Struct("<I")


def walk_items(value: bytes, is_implicit: bool, tags: tuple[int, ...]) -> list[tuple[bytes, ...]] | None:
    """The values of these tags in each item; None where a length is undefined or does not fit."""
    found = []
    at, end = 0, len(value)
    while at + 8 <= end:
        group, element, length = _IMPLICIT.unpack_from(value, at)
        at += 8
        if group << 16 | element != _ITEM or length == _UNDEFINED or at + length > end:
            return None
        values = _elements(value, at, at + length, is_implicit, tags)
        if values is None:
            return None
        found.append(tuple(values.get(tag, b"") for tag in tags))
        at += length
    return found if at == end else None


def _elements(value: bytes, at: int, end: int, is_implicit: bool, tags: tuple[int, ...]) -> dict[int, bytes] | None:
    values = {}
    while at + 8 <= end:
        if is_implicit:
            group, element, length = _IMPLICIT.unpack_from(value, at)
        else:
            group, element, representation, length = _EXPLICIT.unpack_from(value, at)
            if representation in _LONG_FORMS:
                if at + 12 > end:
                    return None
                (length,) = _LENGTH.unpack_from(value, at + 8)
                at += 4
        at += 8
        if at + length > end:
            return None
        tag = group << 16 | element
        if tag in tags:
            values[tag] = value[at : at + length].strip(b" \0\r\n")
        at += length
    return values if at == end else None
