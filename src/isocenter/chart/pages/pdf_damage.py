"""Parts of a PDF that were damaged: a reader of PDF shows what is left of a page and says nothing."""

import base64
import binascii
import mmap
import re
import zlib
from pathlib import Path
from typing import NamedTuple

_STREAM = re.compile(rb">>\s{0,4}stream(?:\r\n|\n|\r)")
_FILTERS = re.compile(rb"/Filter\s*(?:\[\s*)?((?:/\w+\s*)+)")
_END = b"endstream"
_EMPTIED = bytes(16)
_LONGEST_DICTIONARY = 4_096
_CHUNK_BYTES = 1 << 16
_MOST_BYTES = 1 << 30  # of all parts, decompressed; what lies beyond is not checked
_HEADER_BYTES, _CHECKSUM_BYTES = 2, 4


class DamagedParts(NamedTuple):
    """How many compressed parts of a PDF are damaged, of how many that were checked."""

    damaged: int
    checked: int


def damaged_parts(path: Path) -> DamagedParts:
    """The parts compressed by zlib (ISO 32000-1, 7.4.4) that do not decompress, or not to what their checksum states.

    A part without its checksum or its last block is no damage, as some programs write none. Of an encrypted PDF, and
    of parts beyond 1 GB together, nothing is known: none is checked.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if data.rfind(b"/Encrypt") >= 0:
            return DamagedParts(0, 0)
        damaged = checked = 0
        left_bytes, place = _MOST_BYTES, 0
        while left_bytes > 0 and (found := _STREAM.search(data, place)) is not None:
            start = found.end()
            end = data.find(_END, start)
            place = len(data) if end < 0 else end + len(_END)
            filters = _filters(data[max(0, found.start() - _LONGEST_DICTIONARY) : found.start()])
            if filters[:1] == [b"/FlateDecode"]:
                outcome = _inflate(data, start, place if end < 0 else end, left_bytes)
            elif filters[:2] == [b"/ASCII85Decode", b"/FlateDecode"]:
                outcome = _inflate_letters(data[start : place if end < 0 else end], left_bytes)
            else:
                continue
            checked += 1
            damaged += outcome.is_damaged or end < 0
            left_bytes -= outcome.size_bytes
        return DamagedParts(damaged, checked)


def has_emptied_stretch(path: Path) -> bool:
    """Whether there are zeros between the objects of a PDF, where only text is: a disk or a transfer emptied them.

    Zeros before the first object and after the last mean nothing, nor do those within streams, which are looked at
    apart.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        place, last = max(data.find(b" obj"), 0), data.rfind(b"endobj")
        while place < last:
            found = _STREAM.search(data, place)
            start = found.end() if found else last
            if data.find(_EMPTIED, place, min(start, last)) >= 0:
                return True
            place = data.find(_END, start)
            if found is None or place < 0:
                return False
    return False


class _Inflated(NamedTuple):
    is_damaged: bool
    size_bytes: int


def _filters(before: bytes) -> list[bytes]:
    """The filters of a part, by the dictionary that ends the bytes before it."""
    dictionary = before[before.rfind(b" obj") + 1 :]
    found = _FILTERS.search(dictionary)
    return found[1].split() if found else []


def _inflate_letters(letters: bytes, most_bytes: int) -> _Inflated:
    try:
        data = base64.a85decode(letters.strip().removesuffix(b"~>"), ignorechars=b" \t\n\r\x0b\x0c\0")
    except (ValueError, binascii.Error):
        return _Inflated(is_damaged=True, size_bytes=0)
    return _inflate(data, 0, len(data), most_bytes)


def _inflate(data: bytes | mmap.mmap, start: int, end: int, most_bytes: int) -> _Inflated:
    """Decompresses without the checksum, which is compared afterwards where the part has one."""
    inflating, checksum, size_bytes = zlib.decompressobj(-zlib.MAX_WBITS), 1, 0
    place = start + _HEADER_BYTES
    try:
        while not inflating.eof and place < end and size_bytes < most_bytes:
            some = data[place : min(place + _CHUNK_BYTES, end)]
            place += len(some)
            while some and not inflating.eof and size_bytes < most_bytes:
                text = inflating.decompress(some, _CHUNK_BYTES)
                some = inflating.unconsumed_tail
                checksum = zlib.adler32(text, checksum)
                size_bytes += len(text)
    except zlib.error:
        return _Inflated(is_damaged=True, size_bytes=size_bytes)
    if not inflating.eof:
        return _Inflated(is_damaged=False, size_bytes=size_bytes)
    at = place - len(inflating.unused_data)
    stated = data[at : min(at + _CHECKSUM_BYTES, end)]
    return _Inflated(len(stated) == _CHECKSUM_BYTES and int.from_bytes(stated, "big") != checksum, size_bytes)
