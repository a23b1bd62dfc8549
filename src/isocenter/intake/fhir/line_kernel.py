"""The kernel that goes once through a line of NDJSON that may be a bill; loading it loads numba.

It checks that the line is JSON in which no object names a member twice, and says where in the line the values are that
the services of a bill are read from. What is not needed is not decoded at all.
"""

import numpy as np
from numpy.typing import NDArray

from isocenter.engines.compiling import njit
from isocenter.intake.fhir.wide_loads import (
    BLOCK_BYTES,
    bits_of,
    borrowed,
    byte_at,
    bytes_at,
    lowest_bit,
    marks_at,
    put_bytes_at,
)

Bytes = NDArray[np.uint8]
Numbers = NDArray[np.int64]
Rows = NDArray[np.int64]  # one for each service, and one before them

ODD = -1  # each member is there once; the services, if it has any, have to be decoded
UNKNOWN = -2  # it may name a member twice, or is no JSON
MOST_MEMBERS = 4096  # of the objects around one place
MOST_LEVELS = 512
MOST_SERVICES = 1000  # of one bill

# What a service's row holds: its number, the end of its written parts among those of all services of the bill, and the
# first and the last place of values, 0 where they are absent.
SEQUENCE, PARTS_END, DAY, LAST_DAY, CHARGE, ALLOWED, COLUMNS = 0, 1, 2, 4, 6, 8, 10
# The parts of a service, each followed by a byte 0: what is the same again in many bills.
PARTS = ("productOrService", "quantity", "locationCodeableConcept", "modifier", "revenue", "careTeamSequence",
         "diagnosisSequence", "extension")  # fmt: skip

_QUOTE, _COLON, _COMMA, _MINUS, _PLUS, _POINT, _ZERO, _NINE, _EXPONENT = (np.uint64(ord(one)) for one in '":,-+.09e')
_OPEN_OBJECT, _CLOSE_OBJECT, _OPEN_LIST, _CLOSE_LIST = (np.uint64(ord(one)) for one in "{}[]")
_SPACE, _TAB, _NEW_LINE, _RETURN, _BACKSLASH = (np.uint64(ord(one)) for one in " \t\n\r\\")
_NAME, _NAME_OR_END, _VALUE, _VALUE_OR_END, _NEXT = range(5)  # what is expected
_ONE, _TWO, _WORD, _TWO_WORDS, _THREE_WORDS, _BLOCK = (np.uint64(n) for n in (1, 2, 8, 16, 24, BLOCK_BYTES))
_AT_ONCE = 8
_TOP, _SHIFT, _ALL = np.int64(63), np.uint64(31), np.uint64(2**64 - 1)
_MIX_1, _MIX_2, _MIX_3 = (np.uint64(n) for n in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9))

# Objects and lists of a bill whose members are told apart.
_OTHER, _BILL, _ITEMS, _ITEM, _RESULTS, _RESULT, _CATEGORY, _CODINGS, _CODING, _MONEY, _PERIOD = range(11)
_ELEMENTS = np.zeros(11, np.int64)  # of a list of one kind, the kind of its elements
_ELEMENTS[[_ITEMS, _RESULTS, _CODINGS]] = _ITEM, _RESULT, _CODING
_ANY, _TEXT, _NUMBER, _OBJECT, _LIST, _NOTHING = range(6)  # what a member may hold
_UNKEPT = -1
_MEMBERS: tuple[tuple[int, str, int, int, int], ...] = (  # of an object, its name, what it holds, of which kind, column
    (_BILL, "item", _LIST, _ITEMS, _UNKEPT),
    *((_ITEM, name, _ANY, _OTHER, part) for part, name in enumerate(PARTS)),
    (_ITEM, "sequence", _NUMBER, _OTHER, SEQUENCE),
    (_ITEM, "servicedDate", _TEXT, _OTHER, DAY),
    (_ITEM, "net", _OBJECT, _MONEY, _UNKEPT),
    (_ITEM, "adjudication", _LIST, _RESULTS, _UNKEPT),
    (_ITEM, "servicedPeriod", _OBJECT, _PERIOD, _UNKEPT),
    (_ITEM, "modifierExtension", _NOTHING, _OTHER, _UNKEPT),
    (_ITEM, "detail", _NOTHING, _OTHER, _UNKEPT),
    (_RESULT, "category", _OBJECT, _CATEGORY, _UNKEPT),
    (_RESULT, "amount", _OBJECT, _MONEY, _UNKEPT),
    (_CATEGORY, "coding", _LIST, _CODINGS, _UNKEPT),
    (_CATEGORY, "text", _TEXT, _OTHER, _UNKEPT),
    (_CODING, "system", _TEXT, _OTHER, _UNKEPT),
    (_CODING, "code", _TEXT, _OTHER, _UNKEPT),
    (_MONEY, "value", _NUMBER, _OTHER, _UNKEPT),
    (_MONEY, "currency", _TEXT, _OTHER, _UNKEPT),
    (_PERIOD, "start", _TEXT, _OTHER, DAY),
    (_PERIOD, "end", _TEXT, _OTHER, LAST_DAY),
)


def _member(kind: int, name: str) -> int:
    return next(place for place, one in enumerate(_MEMBERS) if one[:2] == (kind, name))


_MEMBER_NET, _MEMBER_CODE = _member(_ITEM, "net"), _member(_CODING, "code")
_MEMBER_AMOUNT, _MEMBER_CURRENCY = _member(_MONEY, "value"), _member(_MONEY, "currency")
_WORDS_OF_A_NAME = 3  # at most, of those that are told apart


def _words(written: str) -> list[int]:
    """A text as numbers of eight bytes each."""
    held = written.encode().ljust(8 * _WORDS_OF_A_NAME, b"\0")
    return [int.from_bytes(held[8 * place :][:8], "little") for place in range(_WORDS_OF_A_NAME)]


_NAMES = np.array([_words(one[1]) for one in _MEMBERS], np.uint64)
_HOLDS, _HELD_KIND, _COLUMN_OF = (np.array([one[part] for one in _MEMBERS], np.int64) for part in (2, 3, 4))
_KINDS_OF_MEMBERS = [one[0] for one in _MEMBERS]
_FROM = np.array([_KINDS_OF_MEMBERS.index(kind) if kind in _KINDS_OF_MEMBERS else 0 for kind in range(11)], np.int64)
_TO = _FROM + np.array([_KINDS_OF_MEMBERS.count(kind) for kind in range(11)], np.int64)

# The categories of a payer's results that count, each with its bit.
_IS_SUBMITTED, _IS_ELIGIBLE, _IS_DENIAL = 1, 2, 4
_CATEGORIES = np.array([_words(one) for one in ("submitted", "eligible", "denialreason")], np.uint64)
_DOLLARS, _TRUE, _FALSE, _NULL = (np.uint64(_words(one)[0]) for one in ("USD", "true", "false", "null"))
_LONGEST_NUMBER, _LONGEST_COUNT = np.uint64(18), np.uint64(6)

_inlined = njit(cache=True, forceinline=True)

# What is known of an open object or list: where the names of an object begin (-1 of a list), kind, member, its place.
_NAMES_FROM, _KIND, _MEMBER, _BEGINS = range(4)
# What is known of the result, the amount and the service in hand; then the first and last place of each of its parts.
_SAYS, _AMOUNT, _AMOUNT_TO, _VALUE, _VALUE_TO, _NET, _NET_TO, _SERVICES, _PARTS_END, _IS_ODD, _PARTS = range(11)
NOTES = _PARTS + 2 * len(PARTS)
_FEWEST_MARKS = 2


def _without_escaped(quotes: np.uint64, backslashes: np.uint64, is_escaped: bool) -> tuple[np.uint64, bool]:
    """The quotes of a block that no backslash precedes, and whether the block's last byte escapes the next one."""
    for place in range(BLOCK_BYTES):
        bit = _ONE << np.uint64(place)
        if is_escaped:
            quotes &= ~bit
            is_escaped = False
        else:
            is_escaped = bool(backslashes & bit)
    return quotes, is_escaped


_compiled_without_escaped = _inlined(_without_escaped)


def _find_structure(
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
        if size - i >= _BLOCK:
            quotes, backslashes, controls, structure = marks_at(base + i)
        else:
            tail[:] = _SPACE
            for of_tail in range(np.int64(size - i)):
                tail[of_tail] = byte_at(base + i + np.uint64(of_tail))
            quotes, backslashes, controls, structure = marks_at(np.uint64(tail.ctypes.data))
        if backslashes or is_escaped:
            has_escapes = True
            quotes, is_escaped = _compiled_without_escaped(quotes, backslashes, is_escaped)
        texts = quotes
        texts ^= texts << np.uint64(1)
        texts ^= texts << _TWO
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
                marks &= marks - _ONE
                k += _ONE
        found += many
        i += _BLOCK
    return np.int64(-1) if inside else np.int64(found), has_escapes


_compiled_find_structure = _inlined(_find_structure)


def _word_at(base: np.uint64, size: np.uint64, i: np.uint64, end: np.uint64) -> np.uint64:
    """Up to eight bytes from a place on as one number; 0 at the end."""
    if i >= end:
        return np.uint64(0)
    if i + _WORD <= size:
        word: np.uint64 = bytes_at(base + i)
        return word if i + _WORD <= end else word & (_ALL >> ((i + _WORD - end) * _WORD))
    word = shift = np.uint64(0)
    while i < end and shift < _BLOCK:
        word |= byte_at(base + i) << shift
        shift += _WORD
        i += _ONE
    return word


_compiled_word_at = _inlined(_word_at)


def _digest_and_member(
    base: np.uint64, size: np.uint64, i: np.uint64, end: np.uint64, kind: np.int64
) -> tuple[np.uint64, np.int64]:
    """The digest of a name, and which member of an object of this kind it names, -1 where none that is told apart."""
    first = _compiled_word_at(base, size, i, end)
    second = _compiled_word_at(base, size, i + _WORD, end)
    third = _compiled_word_at(base, size, i + _TWO_WORDS, end)
    digest = (first * _MIX_1) ^ (second * _MIX_2) ^ (third * _MIX_3)
    digest ^= digest >> _SHIFT
    k = i + _THREE_WORDS
    if k < end:
        while k < end:
            digest = (digest * _MIX_1) ^ _compiled_word_at(base, size, k, end)
            digest ^= digest >> _SHIFT
            k += _WORD
        return digest, np.int64(-1)
    for place in range(_FROM[kind], _TO[kind]):
        if _NAMES[place, 0] == first and _NAMES[place, 1] == second and _NAMES[place, 2] == third:
            return digest, np.int64(place)
    return digest, np.int64(-1)


_compiled_digest_and_member = _inlined(_digest_and_member)


def _is_blank_byte(byte: np.uint64) -> bool:
    return bool(byte in (_SPACE, _TAB, _NEW_LINE, _RETURN))


_compiled_is_blank_byte = _inlined(_is_blank_byte)


def _is_blank(base: np.uint64, i: np.uint64, end: np.uint64) -> bool:
    """Whether nothing but blanks is between two places."""
    while i < end:
        if not _compiled_is_blank_byte(byte_at(base + i)):
            return False
        i += _ONE
    return True


_compiled_is_blank = _inlined(_is_blank)


def _holds_backslash(base: np.uint64, i: np.uint64, end: np.uint64) -> bool:
    while i < end:
        if byte_at(base + i) == _BACKSLASH:
            return True
        i += _ONE
    return False


_compiled_holds_backslash = _inlined(_holds_backslash)


def _after_digits(base: np.uint64, i: np.uint64, end: np.uint64) -> np.uint64:
    while i < end and _ZERO <= byte_at(base + i) <= _NINE:
        i += _ONE
    return i


_compiled_after_digits = _inlined(_after_digits)


def _is_plain_number(base: np.uint64, i: np.uint64, end: np.uint64) -> bool:
    """Whether a number of JSON without an exponent fills the places between two."""
    if i < end and byte_at(base + i) == _MINUS:
        i += _ONE
    k = _compiled_after_digits(base, i, end)
    if k == i or (byte_at(base + i) == _ZERO and k - i > _ONE):
        return False
    if k < end and byte_at(base + k) == _POINT:
        i = k + _ONE
        k = _compiled_after_digits(base, i, end)
        if k == i:
            return False
    return bool(k == end)


_compiled_is_plain_number = _inlined(_is_plain_number)


def _is_number(base: np.uint64, i: np.uint64, end: np.uint64) -> bool:
    """Whether a number of JSON fills the places between two."""
    k = i
    while k < end and byte_at(base + k) | _SPACE != _EXPONENT:
        k += _ONE
    if not _compiled_is_plain_number(base, i, k):
        return False
    if k == end:
        return True
    k += _ONE
    if k < end and byte_at(base + k) in (_MINUS, _PLUS):
        k += _ONE
    return bool(k < end and _compiled_after_digits(base, k, end) == end)


_compiled_is_number = _inlined(_is_number)


def _is_word(base: np.uint64, size: np.uint64, i: np.uint64, end: np.uint64) -> bool:
    """Whether true, false or null fills the places between two."""
    word = _compiled_word_at(base, size, i, end)
    return bool(end - i <= _WORD and word in (_TRUE, _FALSE, _NULL))


_compiled_is_word = _inlined(_is_word)


def _put_part(now: Numbers, member: np.int64, first: np.uint64, end: np.uint64) -> None:
    """Keep the first and the last place of a part of the service in hand."""
    now[_PARTS + 2 * _COLUMN_OF[member]] = first
    now[_PARTS + 2 * _COLUMN_OF[member] + 1] = end


_compiled_put_part = _inlined(_put_part)


def _note_text(
    base: np.uint64, size: np.uint64, i: np.uint64, end: np.uint64, member: np.int64, rows: Rows, now: Numbers
) -> None:
    """Take the text of a member into account, between its quotes."""
    first, second = _compiled_word_at(base, size, i, end), _compiled_word_at(base, size, i + _WORD, end)
    if _HOLDS[member] == _ANY:
        _compiled_put_part(now, member, i - _ONE, end + _ONE)
    elif _HOLDS[member] != _TEXT:
        now[_IS_ODD] = 1
    elif member == _MEMBER_CODE:
        for place in range(len(_CATEGORIES)):
            if _CATEGORIES[place, 0] == first and _CATEGORIES[place, 1] == second and end - i < _TWO_WORDS:
                now[_SAYS] |= 1 << place
    elif member == _MEMBER_CURRENCY:
        if first != _DOLLARS:
            now[_IS_ODD] = 1
    elif _COLUMN_OF[member] != _UNKEPT:
        if i == end or rows[now[_SERVICES], _COLUMN_OF[member]]:  # no day, or a day and a period
            now[_IS_ODD] = 1
        rows[now[_SERVICES], _COLUMN_OF[member]] = i - _ONE
        rows[now[_SERVICES], _COLUMN_OF[member] + 1] = end + _ONE


_compiled_note_text = _inlined(_note_text)


def _note_scalar(base: np.uint64, i: np.uint64, end: np.uint64, member: np.int64, rows: Rows, now: Numbers) -> None:
    """Take the number, or true, false or null, of a member into account."""
    if _HOLDS[member] == _ANY:
        _compiled_put_part(now, member, i, end)
    elif _HOLDS[member] != _NUMBER or not _compiled_is_plain_number(base, i, end):
        now[_IS_ODD] = 1
    elif member == _MEMBER_AMOUNT:
        now[_VALUE], now[_VALUE_TO] = i, end
    elif end - i > _LONGEST_COUNT or _compiled_after_digits(base, i, end) != end:
        now[_IS_ODD] = 1
    else:
        number = np.int64(0)
        while i < end:
            number = number * 10 + np.int64(byte_at(base + i) - _ZERO)
            i += _ONE
        rows[now[_SERVICES], _COLUMN_OF[member]] = number


_compiled_note_scalar = _inlined(_note_scalar)


def _open(is_object: bool, kind_around: np.int64, member: np.int64, rows: Rows, now: Numbers) -> np.int64:
    """The kind of an object or list that begins, in what is of another kind, perhaps as one of its members."""
    if member >= 0:
        holds = _HOLDS[member]
        if holds not in (_ANY, _OBJECT if is_object else _LIST):
            now[_IS_ODD] = 1
            return np.int64(_OTHER)
        kind = _HELD_KIND[member]
    else:
        kind = _ELEMENTS[kind_around]
        if kind != _OTHER and not is_object:
            now[_IS_ODD] = 1
            return np.int64(_OTHER)
    if kind == _ITEM:
        now[_SERVICES] += 1
        if now[_SERVICES] == len(rows):
            now[_IS_ODD] = 1
            now[_SERVICES] = 1
        rows[now[_SERVICES]] = 0
        now[_PARTS:] = 0
        now[_NET] = 0
    elif kind == _RESULT:
        now[_SAYS] = now[_AMOUNT] = 0
    elif kind == _MONEY:
        now[_VALUE] = 0
    return np.int64(kind)


_compiled_open = _inlined(_open)


def _close_service(base: np.uint64, rows: Rows, now: Numbers, parts: Bytes) -> None:
    """Copy the parts of a service that ends."""
    service, k, to = now[_SERVICES], now[_PARTS_END], np.uint64(parts.ctypes.data)
    if not rows[service, DAY] or now[_IS_ODD]:
        now[_IS_ODD] = 1  # its days are those of the bill, or it is decoded anyway
        return
    for part in range(len(PARTS)):
        i, end = np.uint64(now[_PARTS + 2 * part]), np.uint64(now[_PARTS + 2 * part + 1])
        while i + _WORD <= end:
            put_bytes_at(to + np.uint64(k), bytes_at(base + i))
            i += _WORD
            k += 8
        while i < end:
            parts[k] = byte_at(base + i)
            i += _ONE
            k += 1
        parts[k] = 0
        k += 1
    rows[service, PARTS_END] = now[_PARTS_END] = k
    if not rows[service, CHARGE]:
        rows[service, CHARGE], rows[service, CHARGE + 1] = now[_NET], now[_NET_TO]


_compiled_close_service = _inlined(_close_service)


def _close(
    base: np.uint64, kind: np.int64, member: np.int64, begins: np.int64, end: np.uint64, rows: Rows, now: Numbers,
    parts: Bytes,
) -> None:  # fmt: skip
    """Take an object or list that ends into account."""
    service = now[_SERVICES]
    if member >= 0 and _HOLDS[member] == _ANY:
        _compiled_put_part(now, member, np.uint64(begins), end)
    elif kind == _MONEY and now[_VALUE] == 0:
        now[_IS_ODD] = 1
    elif kind == _MONEY and member == _MEMBER_NET:
        now[_NET], now[_NET_TO] = now[_VALUE], now[_VALUE_TO]
    elif kind == _MONEY:
        now[_AMOUNT], now[_AMOUNT_TO] = now[_VALUE], now[_VALUE_TO]
    elif kind == _RESULT:
        if now[_SAYS] & _IS_DENIAL:
            now[_IS_ODD] = 1
        if now[_SAYS] & _IS_SUBMITTED and now[_AMOUNT]:
            rows[service, CHARGE], rows[service, CHARGE + 1] = now[_AMOUNT], now[_AMOUNT_TO]
        if now[_SAYS] & _IS_ELIGIBLE and now[_AMOUNT]:
            rows[service, ALLOWED], rows[service, ALLOWED + 1] = now[_AMOUNT], now[_AMOUNT_TO]
    elif kind == _PERIOD and rows[service, DAY] == 0:
        now[_IS_ODD] = 1
    elif kind == _ITEM:
        _compiled_close_service(base, rows, now, parts)
    elif kind == _ITEMS:
        rows[0, 0], rows[0, 1] = begins, end


_compiled_close = _inlined(_close)


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
    while size and _compiled_is_blank_byte(byte_at(base + size - _ONE)):
        size -= _ONE
    many, has_escapes = _compiled_find_structure(base, size, tail, positions)
    if many < _FEWEST_MARKS or positions[0] != 0 or byte_at(base) != _OPEN_OBJECT:
        return np.int64(UNKNOWN)
    now[:] = 0
    now[_IS_ODD] = has_escapes
    rows[0] = 0
    count, k, before = np.uint64(many), _ONE, np.uint64(0)  # `before` is the last place that was understood
    level, held, expected = 0, 0, _NAME_OR_END
    levels[0, _NAMES_FROM], levels[0, _KIND], levels[0, _MEMBER], levels[0, _BEGINS] = 0, _BILL, -1, 0
    is_object, kind, member = True, np.int64(_BILL), np.int64(-1)
    while k < count:
        place = np.uint64(positions[k])
        byte = byte_at(base + place)
        is_near = place - before == _ONE or _compiled_is_blank(base, before + _ONE, place)
        if expected >= _VALUE and expected != _NEXT:
            if not is_near:  # a number, true, false or null
                first, last = before + _ONE, place
                while _compiled_is_blank_byte(byte_at(base + first)):
                    first += _ONE
                while _compiled_is_blank_byte(byte_at(base + last - _ONE)):
                    last -= _ONE
                is_usual = _compiled_is_plain_number(base, first, last) and last - first <= _LONGEST_NUMBER
                is_usual = is_usual or _compiled_is_word(base, size, first, last)
                if not is_usual and not _compiled_is_number(base, first, last):
                    return np.int64(UNKNOWN)
                now[_IS_ODD] |= not is_usual
                if member >= 0:
                    _compiled_note_scalar(base, first, last, member, rows, now)
                elif not is_object and _ELEMENTS[kind] != _OTHER:
                    now[_IS_ODD] = 1
                expected, before = _NEXT, place - _ONE
            elif byte == _QUOTE:
                before = np.uint64(positions[k + _ONE])
                if member >= 0:
                    _compiled_note_text(base, size, place + _ONE, before, member, rows, now)
                elif not is_object and _ELEMENTS[kind] != _OTHER:
                    now[_IS_ODD] = 1
                k += _TWO
                expected = _NEXT
            elif byte in (_OPEN_OBJECT, _OPEN_LIST):
                level += 1
                if level == len(levels):
                    return np.int64(UNKNOWN)
                is_object = byte == _OPEN_OBJECT
                kind = _compiled_open(is_object, kind, member, rows, now)
                levels[level, _NAMES_FROM], levels[level, _KIND] = held if is_object else -1, kind
                levels[level, _MEMBER], levels[level, _BEGINS] = member, place
                member = np.int64(-1)
                expected, before = _NAME_OR_END if is_object else _VALUE_OR_END, place
                k += _ONE
            elif byte == _CLOSE_LIST and expected == _VALUE_OR_END:
                expected = _NEXT
            else:
                return np.int64(UNKNOWN)
        elif not is_near:
            return np.int64(UNKNOWN)
        elif expected == _NEXT and byte == _COMMA:
            expected, before, member = _NAME if is_object else _VALUE, place, np.int64(-1)
            k += _ONE
        elif byte == _QUOTE and expected != _NEXT:
            end = np.uint64(positions[k + _ONE])
            if has_escapes and _compiled_holds_backslash(base, place + _ONE, end):
                return np.int64(UNKNOWN)
            digest, member = _compiled_digest_and_member(base, size, place + _ONE, end, kind)
            for one in range(levels[level, _NAMES_FROM], held):
                if digests[one] == digest:
                    return np.int64(UNKNOWN)
            digests[held] = digest
            held += 1
            k += _TWO
            if held == len(digests) or k >= count:
                return np.int64(UNKNOWN)
            before = np.uint64(positions[k])
            if byte_at(base + before) != _COLON or not _compiled_is_blank(base, end + _ONE, before):
                return np.int64(UNKNOWN)
            k += _ONE
            expected = _VALUE
        elif expected != _NAME and byte == (_CLOSE_OBJECT if is_object else _CLOSE_LIST):
            if is_object:
                held = levels[level, _NAMES_FROM]
            if kind != _OTHER or levels[level, _MEMBER] >= 0:
                _compiled_close(
                    base, kind, levels[level, _MEMBER], levels[level, _BEGINS], place + _ONE, rows, now, parts
                )
            level -= 1
            k += _ONE
            before = place
            if level < 0:
                is_whole = k == count and place == size - _ONE
                return np.int64(UNKNOWN if not is_whole else ODD if now[_IS_ODD] else now[_SERVICES])
            is_object, kind, member = levels[level, _NAMES_FROM] >= 0, levels[level, _KIND], np.int64(-1)
            expected = _NEXT
        else:
            return np.int64(UNKNOWN)
    return np.int64(UNKNOWN)


scan = njit(cache=True)(_scan)
