"""The structure, numbers, words and blanks of a JSON text, found by compiled code; loading it loads numba."""

from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from isocenter.engines.compiling import njit
from isocenter.intake.fhir.wide_loads import BLOCK_BYTES, bits_of, byte_at, bytes_at, lowest_bit, marks_at

Bytes = NDArray[np.uint8]

QUOTE, COLON, COMMA, MINUS, PLUS, POINT, ZERO, NINE, EXPONENT = (np.uint64(ord(one)) for one in '":,-+.09e')
OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST = (np.uint64(ord(one)) for one in "{}[]")
SPACE, TAB, NEW_LINE, RETURN, BACKSLASH = (np.uint64(ord(one)) for one in " \t\n\r\\")
ONE, TWO, WORD, TWO_WORDS, THREE_WORDS, BLOCK = (np.uint64(n) for n in (1, 2, 8, 16, 24, BLOCK_BYTES))
_AT_ONCE = 8
_TOP, _ALL = np.int64(63), np.uint64(2**64 - 1)
_WORDS_OF_A_NAME = 3  # at most, of those that are told apart

_Function = TypeVar("_Function", bound=Callable[..., object])


def inlined(function: _Function) -> _Function:
    """The function, compiled into each that calls it."""
    compiled: _Function = njit(cache=True, forceinline=True)(function)
    return compiled


def words_of(written: str) -> list[int]:
    """A text as numbers of eight bytes each."""
    held = written.encode().ljust(8 * _WORDS_OF_A_NAME, b"\0")
    return [int.from_bytes(held[8 * place :][:8], "little") for place in range(_WORDS_OF_A_NAME)]


_TRUE, _FALSE, _NULL = (np.uint64(words_of(one)[0]) for one in ("true", "false", "null"))


@inlined
def without_escaped(quotes: np.uint64, backslashes: np.uint64, is_escaped: bool) -> tuple[np.uint64, bool]:
    """The quotes of a block that no backslash precedes, and whether the block's last byte escapes the next one."""
    for place in range(BLOCK_BYTES):
        bit = ONE << np.uint64(place)
        if is_escaped:
            quotes &= ~bit
            is_escaped = False
        else:
            is_escaped = bool(backslashes & bit)
    return quotes, is_escaped


@inlined
def find_structure(
    base: np.uint64, size: np.uint64, tail: Bytes, positions: NDArray[np.int32]
) -> tuple[np.int64, bool]:
    """Find the places of quotes, and of what divides values; how many there are, and whether texts hold escapes.

    -1 where a text holds a control character, or does not end. After G. Langdale and D. Lemire, Parsing gigabytes of
    JSON per second (2019).
    """
    found, i = np.uint64(0), np.uint64(0)
    inside = np.uint64(0)  # every bit set within a text
    has_escapes, is_escaped = False, False
    while i < size:
        if size - i >= BLOCK:
            quotes, backslashes, controls, structure = marks_at(base + i)
        else:
            tail[:] = SPACE
            for of_tail in range(np.int64(size - i)):
                tail[of_tail] = byte_at(base + i + np.uint64(of_tail))
            quotes, backslashes, controls, structure = marks_at(np.uint64(tail.ctypes.data))
        if backslashes or is_escaped:
            has_escapes = True
            quotes, is_escaped = without_escaped(quotes, backslashes, is_escaped)
        texts = quotes
        texts ^= texts << np.uint64(1)
        texts ^= texts << TWO
        texts ^= texts << np.uint64(4)
        texts ^= texts << np.uint64(8)
        texts ^= texts << np.uint64(16)
        texts ^= texts << np.uint64(32)
        texts ^= inside
        inside = np.uint64(np.int64(texts) >> _TOP)
        if controls & texts:
            return np.int64(-1), has_escapes
        marks = (structure & ~texts) | quotes
        many, k = bits_of(marks), np.uint64(0)
        while k < many:  # some too many at a time, which is quicker than to ask after each
            for _ in range(_AT_ONCE):
                positions[found + k] = np.int32(i + lowest_bit(marks))
                marks &= marks - ONE
                k += ONE
        found += many
        i += BLOCK
    return np.int64(-1) if inside else np.int64(found), has_escapes


@inlined
def word_at(base: np.uint64, size: np.uint64, i: np.uint64, end: np.uint64) -> np.uint64:
    """Up to eight bytes from a place on as one number; 0 at the end."""
    if i >= end:
        return np.uint64(0)
    if i + WORD <= size:
        word: np.uint64 = bytes_at(base + i)
        return word if i + WORD <= end else word & (_ALL >> ((i + WORD - end) * WORD))
    word = shift = np.uint64(0)
    while i < end and shift < BLOCK:
        word |= byte_at(base + i) << shift
        shift += WORD
        i += ONE
    return word


@inlined
def is_blank_byte(byte: np.uint64) -> bool:
    return bool(byte in (SPACE, TAB, NEW_LINE, RETURN))


@inlined
def is_blank(base: np.uint64, i: np.uint64, end: np.uint64) -> bool:
    """Whether nothing but blanks is between two places."""
    while i < end:
        if not is_blank_byte(byte_at(base + i)):
            return False
        i += ONE
    return True


@inlined
def holds_backslash(base: np.uint64, i: np.uint64, end: np.uint64) -> bool:
    while i < end:
        if byte_at(base + i) == BACKSLASH:
            return True
        i += ONE
    return False


@inlined
def after_digits(base: np.uint64, i: np.uint64, end: np.uint64) -> np.uint64:
    while i < end and ZERO <= byte_at(base + i) <= NINE:
        i += ONE
    return i


@inlined
def is_plain_number(base: np.uint64, i: np.uint64, end: np.uint64) -> bool:
    """Whether a number of JSON without an exponent fills the places between two."""
    if i < end and byte_at(base + i) == MINUS:
        i += ONE
    k = after_digits(base, i, end)
    if k == i or (byte_at(base + i) == ZERO and k - i > ONE):
        return False
    if k < end and byte_at(base + k) == POINT:
        i = k + ONE
        k = after_digits(base, i, end)
        if k == i:
            return False
    return bool(k == end)


@inlined
def is_number(base: np.uint64, i: np.uint64, end: np.uint64) -> bool:
    """Whether a number of JSON fills the places between two."""
    k = i
    while k < end and byte_at(base + k) | SPACE != EXPONENT:
        k += ONE
    if not is_plain_number(base, i, k):
        return False
    if k == end:
        return True
    k += ONE
    if k < end and byte_at(base + k) in (MINUS, PLUS):
        k += ONE
    return bool(k < end and after_digits(base, k, end) == end)


@inlined
def is_word(base: np.uint64, size: np.uint64, i: np.uint64, end: np.uint64) -> bool:
    """Whether true, false or null fills the places between two."""
    word = word_at(base, size, i, end)
    return bool(end - i <= WORD and word in (_TRUE, _FALSE, _NULL))
