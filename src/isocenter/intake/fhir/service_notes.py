"""What compiled code notes of the services of a bill while it goes through a line: amounts, days, and written parts."""

import numpy as np
from numpy.typing import NDArray

from isocenter.intake.fhir.bill_members import (
    ALLOWED,
    ANY,
    CHARGE,
    COLUMN_OF,
    DAY,
    ELEMENTS,
    HELD_KIND,
    HOLDS,
    ITEM,
    ITEMS,
    LIST,
    MEMBER_AMOUNT,
    MEMBER_CODE,
    MEMBER_CURRENCY,
    MEMBER_NET,
    MONEY,
    NUMBER,
    OBJECT,
    OTHER,
    PARTS,
    PARTS_END,
    PERIOD,
    RESULT,
    TEXT,
    UNKEPT,
)
from isocenter.intake.fhir.json_bytes import (
    ONE,
    TWO_WORDS,
    WORD,
    ZERO,
    Bytes,
    after_digits,
    inlined,
    is_plain_number,
    word_at,
    words_of,
)
from isocenter.intake.fhir.wide_loads import byte_at, bytes_at, put_bytes_at

Numbers = NDArray[np.int64]
Rows = NDArray[np.int64]  # one for each service, and one before them

# The categories of a payer's results that count, each with its bit.
_IS_SUBMITTED, _IS_ELIGIBLE, _IS_DENIAL = 1, 2, 4
_CATEGORIES = np.array([words_of(one) for one in ("submitted", "eligible", "denialreason")], np.uint64)
_DOLLARS = np.uint64(words_of("USD")[0])
_LONGEST_COUNT = np.uint64(6)

# What is known of the result, the amount and the service in hand; then the first and last place of each of its parts.
_SAYS, _AMOUNT, _AMOUNT_TO, _VALUE, _VALUE_TO, NET, _NET_TO, SERVICES, _PARTS_END, IS_ODD, _PARTS = range(11)
NOTES = _PARTS + 2 * len(PARTS)


@inlined
def put_part(now: Numbers, member: np.int64, first: np.uint64, end: np.uint64) -> None:
    """Keep the first and the last place of a part of the service in hand."""
    now[_PARTS + 2 * COLUMN_OF[member]] = first
    now[_PARTS + 2 * COLUMN_OF[member] + 1] = end


@inlined
def note_text(
    base: np.uint64, size: np.uint64, i: np.uint64, end: np.uint64, member: np.int64, rows: Rows, now: Numbers
) -> None:
    """Take the text of a member into account, between its quotes."""
    first, second = word_at(base, size, i, end), word_at(base, size, i + WORD, end)
    if HOLDS[member] == ANY:
        put_part(now, member, i - ONE, end + ONE)
    elif HOLDS[member] != TEXT:
        now[IS_ODD] = 1
    elif member == MEMBER_CODE:
        for place in range(len(_CATEGORIES)):
            if _CATEGORIES[place, 0] == first and _CATEGORIES[place, 1] == second and end - i < TWO_WORDS:
                now[_SAYS] |= 1 << place
    elif member == MEMBER_CURRENCY:
        if first != _DOLLARS:
            now[IS_ODD] = 1
    elif COLUMN_OF[member] != UNKEPT:
        if i == end or rows[now[SERVICES], COLUMN_OF[member]]:  # no day, or a day and a period
            now[IS_ODD] = 1
        rows[now[SERVICES], COLUMN_OF[member]] = i - ONE
        rows[now[SERVICES], COLUMN_OF[member] + 1] = end + ONE


@inlined
def note_scalar(base: np.uint64, i: np.uint64, end: np.uint64, member: np.int64, rows: Rows, now: Numbers) -> None:
    """Take the number, or true, false or null, of a member into account."""
    if HOLDS[member] == ANY:
        put_part(now, member, i, end)
    elif HOLDS[member] != NUMBER or not is_plain_number(base, i, end):
        now[IS_ODD] = 1
    elif member == MEMBER_AMOUNT:
        now[_VALUE], now[_VALUE_TO] = i, end
    elif end - i > _LONGEST_COUNT or after_digits(base, i, end) != end:
        now[IS_ODD] = 1
    else:
        number = np.int64(0)
        while i < end:
            number = number * 10 + np.int64(byte_at(base + i) - ZERO)
            i += ONE
        rows[now[SERVICES], COLUMN_OF[member]] = number


@inlined
def begin_value(is_object: bool, kind_around: np.int64, member: np.int64, rows: Rows, now: Numbers) -> np.int64:
    """The kind of an object or list that begins, in what is of another kind, perhaps as one of its members."""
    if member >= 0:
        holds = HOLDS[member]
        if holds not in (ANY, OBJECT if is_object else LIST):
            now[IS_ODD] = 1
            return np.int64(OTHER)
        kind = HELD_KIND[member]
    else:
        kind = ELEMENTS[kind_around]
        if kind != OTHER and not is_object:
            now[IS_ODD] = 1
            return np.int64(OTHER)
    if kind == ITEM:
        now[SERVICES] += 1
        if now[SERVICES] == len(rows):
            now[IS_ODD] = 1
            now[SERVICES] = 1
        rows[now[SERVICES]] = 0
        now[_PARTS:] = 0
        now[NET] = 0
    elif kind == RESULT:
        now[_SAYS] = now[_AMOUNT] = 0
    elif kind == MONEY:
        now[_VALUE] = 0
    return np.int64(kind)


@inlined
def close_service(base: np.uint64, rows: Rows, now: Numbers, parts: Bytes) -> None:
    """Copy the parts of a service that ends."""
    service, k, to = now[SERVICES], now[_PARTS_END], np.uint64(parts.ctypes.data)
    if not rows[service, DAY] or now[IS_ODD]:
        now[IS_ODD] = 1  # its days are those of the bill, or it is decoded anyway
        return
    for part in range(len(PARTS)):
        i, end = np.uint64(now[_PARTS + 2 * part]), np.uint64(now[_PARTS + 2 * part + 1])
        while i + WORD <= end:
            put_bytes_at(to + np.uint64(k), bytes_at(base + i))
            i += WORD
            k += 8
        while i < end:
            parts[k] = byte_at(base + i)
            i += ONE
            k += 1
        parts[k] = 0
        k += 1
    rows[service, PARTS_END] = now[_PARTS_END] = k
    if not rows[service, CHARGE]:
        rows[service, CHARGE], rows[service, CHARGE + 1] = now[NET], now[_NET_TO]


@inlined
def end_value(
    base: np.uint64, kind: np.int64, member: np.int64, begins: np.int64, end: np.uint64, rows: Rows, now: Numbers,
    parts: Bytes,
) -> None:  # fmt: skip
    """Take an object or list that ends into account."""
    service = now[SERVICES]
    if member >= 0 and HOLDS[member] == ANY:
        put_part(now, member, np.uint64(begins), end)
    elif kind == MONEY and now[_VALUE] == 0:
        now[IS_ODD] = 1
    elif kind == MONEY and member == MEMBER_NET:
        now[NET], now[_NET_TO] = now[_VALUE], now[_VALUE_TO]
    elif kind == MONEY:
        now[_AMOUNT], now[_AMOUNT_TO] = now[_VALUE], now[_VALUE_TO]
    elif kind == RESULT:
        if now[_SAYS] & _IS_DENIAL:
            now[IS_ODD] = 1
        if now[_SAYS] & _IS_SUBMITTED and now[_AMOUNT]:
            rows[service, CHARGE], rows[service, CHARGE + 1] = now[_AMOUNT], now[_AMOUNT_TO]
        if now[_SAYS] & _IS_ELIGIBLE and now[_AMOUNT]:
            rows[service, ALLOWED], rows[service, ALLOWED + 1] = now[_AMOUNT], now[_AMOUNT_TO]
    elif kind == PERIOD and rows[service, DAY] == 0:
        now[IS_ODD] = 1
    elif kind == ITEM:
        close_service(base, rows, now, parts)
    elif kind == ITEMS:
        rows[0, 0], rows[0, 1] = begins, end
