"""The objects of a bill whose members compiled code tells apart, and which column of a service each member fills."""

import numpy as np

from isocenter.intake.fhir.json_bytes import THREE_WORDS, TWO_WORDS, WORD, inlined, word_at, words_of

# What a service's row holds: its number, the end of its written parts among those of all services of the bill, and the
# first and the last place of values, 0 where they are absent.
SEQUENCE, PARTS_END, DAY, LAST_DAY, CHARGE, ALLOWED, COLUMNS = 0, 1, 2, 4, 6, 8, 10
# The parts of a service, each followed by a byte 0: what is the same again in many bills.
PARTS = ("productOrService", "quantity", "locationCodeableConcept", "modifier", "revenue", "careTeamSequence",
         "diagnosisSequence", "extension")  # fmt: skip

# Objects and lists of a bill whose members are told apart.
OTHER, BILL, ITEMS, ITEM, RESULTS, RESULT, CATEGORY, CODINGS, CODING, MONEY, PERIOD = range(11)
ELEMENTS = np.zeros(11, np.int64)  # of a list of one kind, the kind of its elements
ELEMENTS[[ITEMS, RESULTS, CODINGS]] = ITEM, RESULT, CODING
ANY, TEXT, NUMBER, OBJECT, LIST, _NOTHING = range(6)  # what a member may hold
UNKEPT = -1
_MEMBERS: tuple[tuple[int, str, int, int, int], ...] = (  # of an object, its name, what it holds, of which kind, column
    (BILL, "item", LIST, ITEMS, UNKEPT),
    *((ITEM, name, ANY, OTHER, part) for part, name in enumerate(PARTS)),
    (ITEM, "sequence", NUMBER, OTHER, SEQUENCE),
    (ITEM, "servicedDate", TEXT, OTHER, DAY),
    (ITEM, "net", OBJECT, MONEY, UNKEPT),
    (ITEM, "adjudication", LIST, RESULTS, UNKEPT),
    (ITEM, "servicedPeriod", OBJECT, PERIOD, UNKEPT),
    (ITEM, "modifierExtension", _NOTHING, OTHER, UNKEPT),
    (ITEM, "detail", _NOTHING, OTHER, UNKEPT),
    (RESULT, "category", OBJECT, CATEGORY, UNKEPT),
    (RESULT, "amount", OBJECT, MONEY, UNKEPT),
    (CATEGORY, "coding", LIST, CODINGS, UNKEPT),
    (CATEGORY, "text", TEXT, OTHER, UNKEPT),
    (CODING, "system", TEXT, OTHER, UNKEPT),
    (CODING, "code", TEXT, OTHER, UNKEPT),
    (MONEY, "value", NUMBER, OTHER, UNKEPT),
    (MONEY, "currency", TEXT, OTHER, UNKEPT),
    (PERIOD, "start", TEXT, OTHER, DAY),
    (PERIOD, "end", TEXT, OTHER, LAST_DAY),
)


def _member(kind: int, name: str) -> int:
    return next(place for place, one in enumerate(_MEMBERS) if one[:2] == (kind, name))


MEMBER_NET, MEMBER_CODE = _member(ITEM, "net"), _member(CODING, "code")
MEMBER_AMOUNT, MEMBER_CURRENCY = _member(MONEY, "value"), _member(MONEY, "currency")
_NAMES = np.array([words_of(one[1]) for one in _MEMBERS], np.uint64)
HOLDS, HELD_KIND, COLUMN_OF = (np.array([one[part] for one in _MEMBERS], np.int64) for part in (2, 3, 4))
_KINDS_OF_MEMBERS = [one[0] for one in _MEMBERS]
_FROM = np.array([_KINDS_OF_MEMBERS.index(kind) if kind in _KINDS_OF_MEMBERS else 0 for kind in range(11)], np.int64)
_TO = _FROM + np.array([_KINDS_OF_MEMBERS.count(kind) for kind in range(11)], np.int64)
_SHIFT = np.uint64(31)
_MIX_1, _MIX_2, _MIX_3 = (np.uint64(n) for n in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9))


@inlined
def digest_and_member(
    base: np.uint64, size: np.uint64, i: np.uint64, end: np.uint64, kind: np.int64
) -> tuple[np.uint64, np.int64]:
    """The digest of a name, and which member of an object of this kind it names, -1 where none that is told apart."""
    first = word_at(base, size, i, end)
    second = word_at(base, size, i + WORD, end)
    third = word_at(base, size, i + TWO_WORDS, end)
    digest = (first * _MIX_1) ^ (second * _MIX_2) ^ (third * _MIX_3)
    digest ^= digest >> _SHIFT
    k = i + THREE_WORDS
    if k < end:
        while k < end:
            digest = (digest * _MIX_1) ^ word_at(base, size, k, end)
            digest ^= digest >> _SHIFT
            k += WORD
        return digest, np.int64(-1)
    for place in range(_FROM[kind], _TO[kind]):
        if _NAMES[place, 0] == first and _NAMES[place, 1] == second and _NAMES[place, 2] == third:
            return digest, np.int64(place)
    return digest, np.int64(-1)
