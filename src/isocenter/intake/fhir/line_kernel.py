"""The kernel that goes once through a line of NDJSON that may be a bill; loading it loads numba.

It checks that the line is JSON in which no object names a member twice, and says where in the line the values are that
the services of a bill are read from. What is not needed is not decoded at all.
"""

import numpy as np
from numpy.typing import NDArray

from isocenter.engines.compiling import njit
from isocenter.intake.fhir.bill_members import BILL, ELEMENTS, OTHER, digest_and_member
from isocenter.intake.fhir.json_bytes import (
    CLOSE_LIST,
    CLOSE_OBJECT,
    COLON,
    COMMA,
    ONE,
    OPEN_LIST,
    OPEN_OBJECT,
    QUOTE,
    TWO,
    Bytes,
    find_structure,
    holds_backslash,
    is_blank,
    is_blank_byte,
    is_number,
    is_plain_number,
    is_word,
)
from isocenter.intake.fhir.service_notes import (
    IS_ODD,
    SERVICES,
    Numbers,
    Rows,
    begin_value,
    end_value,
    note_scalar,
    note_text,
)
from isocenter.intake.fhir.wide_loads import borrowed, byte_at

ODD = -1  # each member is there once; the services, if it has any, have to be decoded
UNKNOWN = -2  # it may name a member twice, or is no JSON
MOST_MEMBERS = 4096  # of the objects around one place
MOST_LEVELS = 512
MOST_SERVICES = 1000  # of one bill
_NAME, _NAME_OR_END, _VALUE, _VALUE_OR_END, _NEXT = range(5)  # what is expected
_FEWEST_MARKS = 2
_LONGEST_NUMBER = np.uint64(18)

# What is known of an open object or list: where the names of an object begin (-1 of a list), kind, member, its place.
_NAMES_FROM, _KIND, _MEMBER, _BEGINS = range(4)


def _scan(  # noqa: PLR0912, PLR0915  # one automaton
    text: Bytes,
    positions: NDArray[np.int32],
    parts: Bytes,
    tail: Bytes,
    digests: NDArray[np.uint64],
    levels: NDArray[np.int64],
    rows: Rows,
    now: Numbers,
) -> np.int64:
    """How many services the bill on a line has, 0 as well where it is no bill; ODD, or UNKNOWN.

    `rows` gets in row 0 the first and the last place of the list of services, 0 where there is none, then one row for
    each service; `parts` what is written of their parts. `positions` and `parts` have room for as many as the line has
    bytes, `parts` for those that follow each part too; `tail` is a block of bytes to work with.
    """
    positions, digests, levels = borrowed(positions), borrowed(digests), borrowed(levels)
    rows, now, parts = borrowed(rows), borrowed(now), borrowed(parts)
    size, base = np.uint64(len(text)), np.uint64(text.ctypes.data)
    while size and is_blank_byte(byte_at(base + size - ONE)):
        size -= ONE
    many, has_escapes = find_structure(base, size, tail, positions)
    if many < _FEWEST_MARKS or positions[0] != 0 or byte_at(base) != OPEN_OBJECT:
        return np.int64(UNKNOWN)
    now[:] = 0
    now[IS_ODD] = has_escapes
    rows[0] = 0
    count, k, before = np.uint64(many), ONE, np.uint64(0)  # `before` is the last place that was understood
    level, held, expected = 0, 0, _NAME_OR_END
    levels[0, _NAMES_FROM], levels[0, _KIND], levels[0, _MEMBER], levels[0, _BEGINS] = 0, BILL, -1, 0
    is_object, kind, member = True, np.int64(BILL), np.int64(-1)
    while k < count:
        place = np.uint64(positions[k])
        byte = byte_at(base + place)
        is_near = place - before == ONE or is_blank(base, before + ONE, place)
        if expected >= _VALUE and expected != _NEXT:
            if not is_near:  # a number, true, false or null
                first, last = before + ONE, place
                while is_blank_byte(byte_at(base + first)):
                    first += ONE
                while is_blank_byte(byte_at(base + last - ONE)):
                    last -= ONE
                is_usual = bool(is_plain_number(base, first, last) and last - first <= _LONGEST_NUMBER)
                is_usual = is_usual or is_word(base, size, first, last)
                if not is_usual and not is_number(base, first, last):
                    return np.int64(UNKNOWN)
                now[IS_ODD] |= not is_usual
                if member >= 0:
                    note_scalar(base, first, last, member, rows, now)
                elif not is_object and ELEMENTS[kind] != OTHER:
                    now[IS_ODD] = 1
                expected, before = _NEXT, place - ONE
            elif byte == QUOTE:
                before = np.uint64(positions[k + ONE])
                if member >= 0:
                    note_text(base, size, place + ONE, before, member, rows, now)
                elif not is_object and ELEMENTS[kind] != OTHER:
                    now[IS_ODD] = 1
                k += TWO
                expected = _NEXT
            elif byte in (OPEN_OBJECT, OPEN_LIST):
                level += 1
                if level == len(levels):
                    return np.int64(UNKNOWN)
                is_object = byte == OPEN_OBJECT
                kind = begin_value(is_object, kind, member, rows, now)
                levels[level, _NAMES_FROM], levels[level, _KIND] = held if is_object else -1, kind
                levels[level, _MEMBER], levels[level, _BEGINS] = member, place
                member = np.int64(-1)
                expected, before = _NAME_OR_END if is_object else _VALUE_OR_END, place
                k += ONE
            elif byte == CLOSE_LIST and expected == _VALUE_OR_END:
                expected = _NEXT
            else:
                return np.int64(UNKNOWN)
        elif not is_near:
            return np.int64(UNKNOWN)
        elif expected == _NEXT and byte == COMMA:
            expected, before, member = _NAME if is_object else _VALUE, place, np.int64(-1)
            k += ONE
        elif byte == QUOTE and expected != _NEXT:
            end = np.uint64(positions[k + ONE])
            if has_escapes and holds_backslash(base, place + ONE, end):
                return np.int64(UNKNOWN)
            digest, member = digest_and_member(base, size, place + ONE, end, kind)
            for one in range(levels[level, _NAMES_FROM], held):
                if digests[one] == digest:
                    return np.int64(UNKNOWN)
            digests[held] = digest
            held += 1
            k += TWO
            if held == len(digests) or k >= count:
                return np.int64(UNKNOWN)
            before = np.uint64(positions[k])
            if byte_at(base + before) != COLON or not is_blank(base, end + ONE, before):
                return np.int64(UNKNOWN)
            k += ONE
            expected = _VALUE
        elif expected != _NAME and byte == (CLOSE_OBJECT if is_object else CLOSE_LIST):
            if is_object:
                held = levels[level, _NAMES_FROM]
            if kind != OTHER or levels[level, _MEMBER] >= 0:
                end_value(base, kind, levels[level, _MEMBER], levels[level, _BEGINS], place + ONE, rows, now, parts)
            level -= 1
            k += ONE
            before = place
            if level < 0:
                is_whole = k == count and place == size - ONE
                return np.int64(UNKNOWN if not is_whole else ODD if now[IS_ODD] else now[SERVICES])
            is_object, kind, member = levels[level, _NAMES_FROM] >= 0, levels[level, _KIND], np.int64(-1)
            expected = _NEXT
        else:
            return np.int64(UNKNOWN)
    return np.int64(UNKNOWN)


scan = njit(cache=True)(_scan)
