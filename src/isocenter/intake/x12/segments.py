"""Cuts an X12 file into segments, block by block, whatever delimiters each interchange declares."""

import codecs
import re
from collections.abc import Callable, Iterator
from itertools import islice
from operator import length_hint
from pathlib import Path
from typing import BinaryIO, NamedTuple

from isocenter.errors import UnreadableInput
from isocenter.intake.csv_lines import encoding_of
from isocenter.terms.problems import LostLine, Problem, worded

# Small blocks stay in the processor's cache; four times as long ones were read a sixth more slowly.
BLOCK = 16 * 1024
# A block is shorter than this, so only the first segment of a batch can exceed it.
LONGEST_SEGMENT = 64 * 1024
LONGEST_HEADER = 256
ISA_ELEMENTS = 16
BYTE_ORDER_MARK = "\xef\xbb\xbf\ufeff"
FILLING = " \t\r\n\x00\x1a"

_TIME_OF_ISA = 10  # the element, behind the one of the day
# The header of an interchange, or a group or transaction of claims whose interchange header is missing.
_ISA = rb"ISA[^A-Za-z0-9\s]"
_CLAIMS_WITHOUT_HEADER = rb"(?:GS([^\w\s])HC\1|ST([^\w\s])837\2|BHT([^\w\s])0019\3)"
_STARTS_LIKE_X12 = re.compile(rb"(?:\xef\xbb\xbf)?[\s\x00]*(?:" + _ISA + rb"|" + _CLAIMS_WITHOUT_HEADER + rb")")


class Delimiters(NamedTuple):
    """The four characters that an interchange header declares."""

    element: str
    repetition: str
    component: str
    segment: str


class Batch(NamedTuple):
    """Whole segments in file order; the first one has this number, counted from 1 over the file."""

    delimiters: Delimiters
    first_number: int
    segments: list[str]


class Cursor:
    """Knows the number of the segment in hand without counting each one."""

    def __init__(self) -> None:
        self._first_number = 1
        self._batch: list[str] = []
        self._segments: Iterator[str] = iter(self._batch)

    def through(self, batch: Batch) -> Iterator[str]:
        """The segments of a batch; `number` follows along."""
        self._first_number, self._batch = batch.first_number, batch.segments
        self._segments = iter(batch.segments)
        return self._segments

    def ahead(self) -> tuple[list[str], int]:
        """All segments of the batch and the index of the one in hand."""
        return self._batch, len(self._batch) - length_hint(self._segments) - 1

    def skip(self, count: int) -> None:
        """Go on past the next segments, which were read ahead."""
        next(islice(self._segments, count, count), None)

    @property
    def number(self) -> int:
        """Number in the file of the segment that was taken last."""
        return self._first_number + self.ahead()[1]

    @property
    def place(self) -> str:
        """Where the reader is, as a problem names it."""
        return f"segment {self.number}"


def starts_like_x12(head: bytes) -> bool:
    """Whether the first bytes open an interchange, or claims of one, after a byte order mark or blank lines at most."""
    text = _decoder(head)(head[: len(head) // 2 * 2])
    return _is_of_x12(text.removeprefix("\ufeff"))


def _is_of_x12(text: str) -> bool:
    return _STARTS_LIKE_X12.match(text.encode("latin-1", "replace")) is not None


def written_at(head: bytes) -> str:
    """Day and time at which the first interchange says that it was written, YYMMDDHHMM; '' where it does not say it."""
    text = _decoder(head)(head[: len(head) // 2 * 2])
    text = text[text.find("ISA") :]
    elements = text.split(text[3:4] or "*", _TIME_OF_ISA + 1)
    moment = "".join(element.strip() for element in elements[_TIME_OF_ISA - 1 : _TIME_OF_ISA + 1])
    return moment if len(moment) == len("YYMMDDHHMM") and moment.isdecimal() else ""


def _decoder(head: bytes) -> Callable[[bytes], str]:
    """How the bytes of a file become text: those of UTF-16 by its mark or its zeros, all others one by one."""
    encoding = encoding_of(head[:LONGEST_HEADER])
    if encoding.startswith("utf-16"):
        if encoding == "utf-16":  # with a mark, which says the order
            encoding = "utf-16-le" if head.startswith(codecs.BOM_UTF16_LE) else "utf-16-be"
        return codecs.getincrementaldecoder(encoding)(errors="replace").decode
    # Latin-1 maps each byte to one character: no byte fails, no character straddles two blocks.
    return lambda block: block.decode("latin-1")


def batches(path: Path) -> Iterator[Batch | Problem]:
    """All segments of a file in batches of about one block; raises UnreadableInput when it has no ISA."""
    try:
        with path.open("rb") as file:
            yield from _Cutter(path).cut(file)
    except OSError as error:
        raise UnreadableInput(f"{path}: {error.strerror}; a readable X12 837 file is expected") from error


class _Cutter:
    """The state of cutting: text not yet given out, delimiters in force, number of the next segment."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)
        self.text = ""
        self.number = 1
        self.delimiters: Delimiters | None = None
        self.interchanges = 0
        self.foreign = 0
        self.foreign_start = ""
        self.overlong = 0  # characters already let go of a segment that is too long

    def cut(self, file: BinaryIO) -> Iterator[Batch | Problem]:
        is_empty = True
        decode = None
        while block := file.read(BLOCK):
            is_empty = False
            decode = decode or _decoder(block)
            self.text += decode(block)
            yield from self._whole_segments(at_end=False)
        yield from self._whole_segments(at_end=True)
        if not self.interchanges:
            self._pass_over(len(self.text))
            begins = f"; it begins {self.foreign_start!r}" if _is_of_x12(self.foreign_start) else ""
            found = "the file is empty" if is_empty else f"no interchange header (ISA with 16 elements) found{begins}"
            raise UnreadableInput(f"{self.path}: {found}; a whole X12 837 file, from ISA to IEA, is expected")
        yield from self._remainder()

    def _whole_segments(self, at_end: bool) -> Iterator[Batch | Problem]:
        """Give out all that is whole in the text read so far; keep the rest."""
        while True:
            if self.delimiters is None:
                yield from self._find_header(at_end)
                if self.delimiters is None:
                    return
            yield from self._give_out(self.delimiters)
            if self.delimiters is not None:
                return

    def _find_header(self, at_end: bool) -> Iterator[Problem]:
        """Go to the next ISA and read its delimiters."""
        start = 0
        while (start := self.text.find("ISA", start)) >= 0:
            header = self.text[start : start + LONGEST_HEADER]
            delimiters = _read_header(header)
            if delimiters is not None:
                self._pass_over(start)
                yield from self._foreign_text()
                self.delimiters = delimiters
                self.interchanges += 1
                return
            if len(header) < LONGEST_HEADER and not at_end:
                break
            start += 1
        keep = start if start >= 0 else max(len(self.text) - len("ISA") + 1, 0)
        if not at_end:
            self._pass_over(keep)

    def _pass_over(self, length: int) -> None:
        """Let go of text that belongs to no interchange, remembering how much and how it began."""
        passed, self.text = self.text[:length].strip(FILLING + BYTE_ORDER_MARK), self.text[length:]
        self.foreign_start = self.foreign_start or passed[:20]
        self.foreign += len(passed)

    def _foreign_text(self) -> Iterator[Problem]:
        if self.foreign:
            kind = LostLine if _is_of_x12(self.foreign_start) else Problem  # an interchange without its whole header
            yield self._problem(
                worded(
                    "{foreign} characters lie outside any interchange (they begin {foreign_start!r}); an ISA "
                    "segment is expected; they are not read",
                    foreign=self.foreign,
                    foreign_start=self.foreign_start,
                ),
                kind,
            )
        self.foreign, self.foreign_start = 0, ""

    def _give_out(self, delimiters: Delimiters) -> Iterator[Batch | Problem]:
        """Cut up to the end of the interchange, or to the last segment that is whole."""
        end = self._end_of_interchange(delimiters)
        whole = end if end >= 0 else self.text.rfind(delimiters.segment) + 1
        if whole:
            yield from self._cut_up(self.text[:whole], delimiters)
            self.text = self.text[whole:]
        if end >= 0:
            self.delimiters = None
        elif len(self.text) > LONGEST_SEGMENT:
            self.overlong += len(self.text.strip("\r\n"))
            self.text = ""

    def _cut_up(self, text: str, delimiters: Delimiters) -> Iterator[Batch | Problem]:
        if delimiters.segment != "\r":
            text = text.replace("\r", "")
        if delimiters.segment != "\n":
            text = text.replace("\n", "")
        segments = text.split(delimiters.segment)
        if not segments[-1].strip(FILLING):
            segments.pop()
        if segments and self.overlong + len(segments[0]) > LONGEST_SEGMENT:
            yield self._overlong(self.overlong + len(segments.pop(0)))
            self.number += 1
            self.overlong = 0
        if segments:
            yield Batch(delimiters, self.number, segments)
            self.number += len(segments)

    def _end_of_interchange(self, delimiters: Delimiters) -> int:
        """Where the text after the IEA segment, or a new ISA segment, begins; -1 when neither is near."""
        ends = []
        iea = self._find_segment("IEA" + delimiters.element, 0, delimiters)
        if iea >= 0 and (terminator := self.text.find(delimiters.segment, iea)) >= 0:
            ends.append(terminator + 1)
        isa = self._find_segment("ISA", 1, delimiters)
        if isa >= 0 and len(self.text) > isa + 3 and not self.text[isa + 3].isalnum():
            ends.append(isa)
        return min(ends, default=-1)

    def _find_segment(self, opening: str, start: int, delimiters: Delimiters) -> int:
        """Where a segment with this opening begins; the same letters within an element do not count."""
        while (start := self.text.find(opening, start)) >= 0:
            before = self.text[max(start - 8, 0) : start].rstrip(FILLING.replace(delimiters.segment, ""))
            if not before or before[-1] == delimiters.segment:
                return start
            start += 1
        return -1

    def _remainder(self) -> Iterator[Batch | Problem]:
        """What is left at the end of the file without a terminator."""
        rest = self.text.strip(FILLING)
        if self.delimiters is None:
            self._pass_over(len(self.text))
            yield from self._foreign_text()
        elif self.overlong:
            yield self._overlong(self.overlong + len(self.text))
        elif rest.startswith("IEA" + self.delimiters.element):
            # The last terminator of a file is often missing; nothing is lost by it.
            yield Batch(self.delimiters, self.number, [rest])
        elif rest:
            yield self._problem(
                worded(
                    "the file ends inside this segment ({value!r}); a terminator {segment!r} is expected; the "
                    "segment is not read",
                    value=rest[:20],
                    segment=self.delimiters.segment,
                )
            )

    def _overlong(self, length: int) -> Problem:
        return self._problem(
            worded(
                "the segment is {length} characters long; at most {longest_segment} are expected; it is not read",
                length=length,
                longest_segment=LONGEST_SEGMENT,
            )
        )

    def _problem(self, sentence: str, kind: type[Problem] = Problem) -> Problem:
        return kind(self.path, f"segment {self.number}", sentence)


def _read_header(text: str) -> Delimiters | None:
    """The delimiters of the ISA segment that the text begins with; None when it is no such header."""
    if len(text) < 4 or text[3].isalnum():
        return None
    elements = text.split(text[3], ISA_ELEMENTS)
    if len(elements) <= ISA_ELEMENTS or len(elements[ISA_ELEMENTS]) < 2:
        return None
    component, terminator = elements[ISA_ELEMENTS][0], elements[ISA_ELEMENTS][1]
    if terminator == "\r" and elements[ISA_ELEMENTS][2:3] == "\n":
        terminator = "\n"
    # Before 5010 the repetition separator's place held a letter; then there is none.
    repetition = elements[11] if len(elements[11]) == 1 and not elements[11].isalnum() else ""
    delimiters = Delimiters(text[3], repetition, component, terminator)
    clash = any(mark.isalnum() or mark == " " for mark in delimiters) or len(set(delimiters)) < 4
    return None if clash else delimiters
