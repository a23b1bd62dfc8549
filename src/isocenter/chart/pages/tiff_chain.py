"""Finds pages of a TIFF to which its chain of pages does not lead: it ends early, or leads back to an earlier page.

A reader of pictures shows what the chain leads to and says nothing of the rest. Source: TIFF 6.0 (Adobe, 1992),
section 2; BigTIFF has 64 bits where TIFF has 32.
"""

import mmap
import re
import struct
from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

_SUB_DIRECTORIES = (330, 34665)  # of reduced pictures, and of what a camera notes
_STRIPS, _STRIP_BYTES = (273, 324), (279, 325)  # or tiles
_MOST_DIRECTORIES = 100_000
_LETTER_OF_TYPE = {3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}  # of whole numbers, for struct


class _Form(NamedTuple):
    """How numbers are written: their order of bytes, the letters of struct for a count and an offset, and sizes."""

    order: str
    count_letter: str
    offset_letter: str
    count_bytes: int
    entry_bytes: int
    offset_bytes: int


def leaves_a_page_out(path: Path) -> bool:
    """Whether a TIFF holds a table of a page that its chain does not lead to, or its chain leads back; OSError."""
    with path.open("rb") as file:
        try:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError:  # it is empty
            return False
        with data:
            form = _form_of(data[:16])
            if form is None:
                return False
            chain = _Chain(data, form)
            first = 4 if form.offset_bytes == 4 else 8
            chain.follow(struct.unpack_from(form.order + form.offset_letter, data, first)[0])
            if chain.leads_back:
                return True
            begins, ends = chain.known()
            return any(place >= ends[bisect(begins, place) - 1] for place in _tables_of_pages(data, form))


def _form_of(head: bytes) -> _Form | None:
    order = {b"II": "<", b"MM": ">"}.get(head[:2], "")
    if not order or len(head) < 16:
        return None
    version = struct.unpack_from(order + "H", head, 2)[0]
    if version == 42:
        return _Form(order, "H", "I", 2, 12, 4)
    return _Form(order, "Q", "Q", 8, 20, 8) if version == 43 else None


@dataclass
class _Chain:
    """The tables of pages to which the first one leads, and the stretches of the file that are known by them."""

    data: mmap.mmap
    form: _Form
    leads_back: bool = False
    tables: set[int] = field(default_factory=set)
    stretches: list[tuple[int, int]] = field(default_factory=list)

    def follow(self, start: int) -> None:
        """Follow the chain from a table of a page to its end."""
        while start and len(self.tables) < _MOST_DIRECTORIES:
            if start in self.tables:
                self.leads_back = True
                return
            start = self._read(start)

    def known(self) -> tuple[list[int], list[int]]:
        """Where each stretch begins, in order from 0, and up to where all of the file is known that begins before."""
        stretches = sorted([(0, 0), *self.stretches])
        return [begin for begin, _ in stretches], list(accumulate((end for _, end in stretches), max))

    def _read(self, start: int) -> int:
        """Take in one table; where the next one is, 0 for none."""
        form = self.form
        try:
            count = struct.unpack_from(form.order + form.count_letter, self.data, start)[0]
            entries = start + form.count_bytes
            end = entries + count * form.entry_bytes
            following = struct.unpack_from(form.order + form.offset_letter, self.data, end)[0]
        except struct.error:
            return 0
        self.tables.add(start)
        self.stretches.append((start, end))
        numbers = {}
        for entry in range(entries, end, form.entry_bytes):
            tag, kind = struct.unpack_from(form.order + "HH", self.data, entry)
            if tag in (*_SUB_DIRECTORIES, *_STRIPS, *_STRIP_BYTES):
                numbers[tag] = self._numbers(entry, kind)
        for strips, sizes in zip(_STRIPS, _STRIP_BYTES, strict=True):
            self.stretches += [
                (at, at + size) for at, size in zip(numbers.get(strips, ()), numbers.get(sizes, ()), strict=False)
            ]
        for tag in _SUB_DIRECTORIES:
            for below in numbers.get(tag, ()):
                if below and below not in self.tables:
                    self._read(below)
        return int(following)

    def _numbers(self, entry: int, kind: int) -> tuple[int, ...]:
        form = self.form
        letter = _LETTER_OF_TYPE.get(kind)
        if letter is None:
            return ()
        try:
            count = struct.unpack_from(form.order + form.offset_letter, self.data, entry + 4)[0]
            at = entry + 4 + form.offset_bytes
            size = count * struct.calcsize(letter)
            if size > len(self.data):
                return ()
            if size > form.offset_bytes:
                at = struct.unpack_from(form.order + form.offset_letter, self.data, at)[0]
            return struct.unpack_from(f"{form.order}{count}{letter}", self.data, at)
        except struct.error:
            return ()


def _tables_of_pages(data: mmap.mmap, form: _Form) -> Iterator[int]:
    """Each place at which a table states the width and then the height of a page."""
    order, value = form.order, b"." * form.offset_bytes
    width, height = (
        b"(?:"
        + b"|".join(re.escape(struct.pack(f"{order}HH{form.offset_letter}", tag, kind, 1)) for kind in (3, 4))
        + b")"
        for tag in (256, 257)
    )
    for found in re.finditer(width + value + height, data, re.DOTALL):
        yield found.start()
