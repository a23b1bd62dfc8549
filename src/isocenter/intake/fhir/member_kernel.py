"""The kernel that finds objects of JSON that may name one member twice; loading it loads numba."""

import numpy as np
from numpy.typing import NDArray

from isocenter.engines.compiling import njit

Bytes = NDArray[np.uint8]
Words = NDArray[np.uint64]

_QUOTE, _BACKSLASH, _COMMA = 34, 92, 44
_OPEN_OBJECT, _CLOSE_OBJECT, _OPEN_LIST, _CLOSE_LIST = 123, 125, 91, 93
_OF_LIST = -1
_ONE, _WORD = np.uintp(1), np.uintp(8)
_EACH, _TOP = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)
_QUOTES, _BACKSLASHES = np.uint64(0x2222222222222222), np.uint64(0x5C5C5C5C5C5C5C5C)
# By the place of a byte in a name, the weight of the byte in its digest.
_PLACES = np.uintp(63)
_WEIGHTS = np.random.default_rng(1).integers(1, 2**63, 64, np.uint64) * np.uint64(2) + np.uint64(1)


def _end_of_text(text: Bytes, words: Words, i: np.uintp) -> np.uintp:
    """Where the closing quote of a text that begins at a place is."""
    size, whole = np.uintp(len(text)), np.uintp(len(words))
    while i < size and text[i] != _QUOTE:
        if i % _WORD == 0 and i // _WORD < whole:
            # A zero byte of either is a quote or a backslash (Mycroft's test).
            quotes, backslashes = words[i // _WORD] ^ _QUOTES, words[i // _WORD] ^ _BACKSLASHES
            if not (((quotes - _EACH) & ~quotes) | ((backslashes - _EACH) & ~backslashes)) & _TOP:
                i += _WORD
                continue
        if text[i] == _BACKSLASH:
            i += _ONE
        i += _ONE
    return i


def _digest_of_name(text: Bytes, i: np.uintp) -> tuple[np.uint64, np.uintp]:
    """The digest of a name that begins at a place, and where its closing quote, or an escape, is."""
    digest, first, size = np.uint64(0), i, np.uintp(len(text))
    while i < size and text[i] != _QUOTE and text[i] != _BACKSLASH:
        digest += np.uint64(text[i]) * _WEIGHTS[(i - first) & _PLACES]
        i += _ONE
    return digest, i


def _is_held(digest: np.uint64, digests: Words, first: int, held: int) -> bool:
    """Whether the names of an object, those from `first` on, hold a digest."""
    for k in range(first, held):  # noqa: SIM110  # numba compiles no generator
        if digests[k] == digest:
            return True
    return False


_compiled_end_of_text = njit(cache=True)(_end_of_text)
_compiled_digest_of_name = njit(cache=True)(_digest_of_name)
_compiled_is_held = njit(cache=True)(_is_held)


def _may_repeat(text: Bytes, words: Words, digests: Words, starts: NDArray[np.int64]) -> bool:
    """Whether some object of a valid JSON text may name one member twice.

    `words` are the same bytes, eight at a time, as far as they go. `digests` holds the names met in the objects around
    a place, `starts` where those of each begin; a text that fills either, or whose names hold escapes, may repeat one.
    """
    held, level = 0, 0
    starts[0] = _OF_LIST
    expects_name = False
    i, size = np.uintp(0), np.uintp(len(text))  # an unsigned place is not tried as one counted from the end
    while i < size:
        byte = text[i]
        if byte == _QUOTE and expects_name:
            expects_name = False
            digest, i = _compiled_digest_of_name(text, i + _ONE)
            is_escaped = i < size and text[i] == _BACKSLASH
            if is_escaped or held == len(digests) or _compiled_is_held(digest, digests, starts[level], held):
                return True
            digests[held] = digest
            held += 1
        elif byte == _QUOTE:
            i = _compiled_end_of_text(text, words, i + _ONE)
        elif byte == _COMMA:
            expects_name = starts[level] != _OF_LIST
        elif byte in (_OPEN_OBJECT, _OPEN_LIST):
            level += 1
            if level == len(starts):
                return True
            expects_name = byte == _OPEN_OBJECT
            starts[level] = held if expects_name else _OF_LIST
        elif byte in (_CLOSE_OBJECT, _CLOSE_LIST):
            held = starts[level] if starts[level] != _OF_LIST else held
            expects_name = False
            level -= 1
        i += _ONE
    return False


may_repeat = njit(cache=True)(_may_repeat)
