"""Whether two names can be one person's: spellings, short forms, scripts, prefixes."""

import csv
import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from isocenter.terms.courses import Member
from isocenter.terms.generations import generation_of
from isocenter.terms.imaging import Patient
from isocenter.terms.spelling import differ_by

_PARTICLES = frozenset(
    (
        *("de", "da", "do", "dos", "del", "della", "der", "den", "di", "du", "la", "las", "le", "los", "van", "von"),
        *("zu", "el", "al", "bin", "ben", "ibn", "mc", "mac", "st", "san", "y", "e", "jr", "sr", "ii", "iii", "iv"),
        *("dr", "mr", "mrs", "ms"),
    )
)
# Letters of a word that may be cut short: of a given name, as Alex; of a family name, where its field is narrow.
_SHORTEST, _SHORTEST_CUT = 3, 8
# Letters that Unicode does not take apart, and those that some languages write with two instead.
_BARE_LETTERS = str.maketrans("\u00f8\u0142\u0111\u0131\u00f0", "oldid")
_SPELLED_OUT = str.maketrans(
    {"\u00e4": "ae", "\u00f6": "oe", "\u00fc": "ue", "\u00f8": "oe", "\u00e5": "aa", "\u0142": "l", "\u0131": "i"}
)


def same_name(patient: Patient, other: Patient | Member, *, same_birth: bool = False) -> bool | None:
    """Whether the names can be of one person; None where nothing can be compared, as names in two scripts.

    After a marriage the birth date and the given name speak for one person, as does a name at birth that the file
    states; twins share all but the given name.
    """
    answers = [
        _same_name(Patient("", *name), Patient("", *another), same_birth=same_birth)
        for name in _names_of(patient)
        for another in _names_of(other)
    ]
    return True if True in answers else False if False in answers else None


def _names_of(who: Patient | Member) -> Sequence[tuple[str, str]]:
    """Family and given name, and of a patient those in other scripts, at birth and formerly."""
    return ((who.family_name, who.given_name), *(who.other_names if isinstance(who, Patient) else ()))


def _same_name(patient: Patient, other: Patient, *, same_birth: bool) -> bool | None:
    family, given = _words(patient.family_name), _words(patient.given_name)
    their_family, their_given = _words(other.family_name), _words(other.given_name)
    if not family or not their_family or _script(family) != _script(their_family):
        return None
    if not same_birth and _are_of_two_generations(patient, other):
        return False
    if not given or not their_given:
        return _is_within_one(patient, other)
    same_family, same_given = _share(family, their_family, _SHORTEST_CUT), _is_called(given, their_given)
    if same_given and (same_family or same_birth):
        return True
    # The parts may be the other way around, or a word of one lie in the other.
    is_swapped = _share(family, their_given) and _share(given, their_family)
    return is_swapped or _all_in([*family, *given], [*their_family, *their_given])


def _are_of_two_generations(patient: Patient, other: Patient) -> bool:
    """Whether both names say of which generation they are, as Jr. and Sr., and differ in it."""
    one, another = (generation_of(who.family_name) or generation_of(who.given_name) for who in (patient, other))
    return one is not None and another is not None and one != another


def _is_within_one(patient: Patient, other: Patient) -> bool:
    """Whether a name of one part, which may hold family and given name in any order, can be the other's."""
    ours, theirs = (
        (_words(who.family_name), _words(who.given_name), _count(who.family_name)) for who in (patient, other)
    )
    (whole, _, words), (family, given, _) = (ours, theirs) if not ours[1] else (theirs, ours)
    if not given or words < 2:
        return _share(whole, [*family, *given])
    return _share(family, whole) and _is_called(given, whole)


def _count(name: str) -> int:
    """How many words a name has, a generation behind it left aside."""
    return len(name.split()) - (generation_of(name) is not None)


def _is_called(given: Sequence[str], others: Sequence[str]) -> bool:
    """Whether two given names can be of one person: a word in common, a short form, or the initial in its place."""
    initials = min(len(given[0]), len(others[0])) == 1 and given[0][0] == others[0][0]
    return initials or _share(given, others) or _are_short_forms(given, others) or _are_initials(given, others)


def _are_initials(given: Sequence[str], others: Sequence[str]) -> bool:
    """Whether one is the initials of the two given names of the other, as JP of Jean Pierre."""
    short, long = sorted((given, others), key=lambda words: len(words[0]))
    return len(short[0]) == 2 and len(long) > 1 and short[0] == long[0][0] + long[1][0]


def _all_in(some: Sequence[str], others: Sequence[str]) -> bool:
    """Whether every word of the shorter of two names is one of the longer, the joined spellings left aside."""
    fewer, more = sorted((some, others), key=len)
    return all(_share([word], more, _SHORTEST_CUT) for word in fewer)


def _script(words: Sequence[str]) -> str:
    """The script of a name by its first letter: LATIN, CYRILLIC, CJK, HIRAGANA."""
    return unicodedata.name(words[0][0], "LATIN").split()[0]


def _words(name: str) -> list[str]:
    """The words of a name without accents and particles, and all of it as one word (De La Cruz is Delacruz)."""
    plain_name = re.sub("['\u2019]", "", unicodedata.normalize("NFC", name.casefold())).replace("\ufffd", "?")
    found: list[str] = []
    for spelled in (plain_name.translate(_BARE_LETTERS), plain_name.translate(_SPELLED_OUT)):
        letters = (letter for letter in unicodedata.normalize("NFKD", spelled) if not unicodedata.combining(letter))
        words = [word for word in re.split(r"(?:[^\w?]|[\d_])+", "".join(letters)) if word.strip("?")]
        stated = [word for word in words if word not in _PARTICLES] or words
        found += [word for word in (*stated, "".join(words)) if word and word not in found]
    return found


@cache
def _full_names() -> dict[str, str]:
    text = files("isocenter.terms").joinpath("short_names.csv").read_text(encoding="utf-8")
    return {short: row["name"] for row in csv.DictReader(text.splitlines()) for short in row["short_forms"].split()}


def _are_short_forms(given: Sequence[str], others: Sequence[str]) -> bool:
    """Whether one given name is a usual short form of the other, as Bill of William."""
    full = _full_names()
    return any(full.get(one, one) == full.get(other, other) for one in given for other in others)


def _share(some: Sequence[str], others: Sequence[str], shortest: int = _SHORTEST) -> bool:
    """Whether a word of one name is, begins with no fewer than `shortest` letters, or nearly is one of the other."""
    return any(
        _is_spelled(one, other)
        or (min(len(one), len(other)) >= shortest and (one.startswith(other) or other.startswith(one)))
        or (min(len(one), len(other)) >= 5 and differ_by(one, other, 1) <= 1)
        for one in some
        for other in others
    )


def _is_spelled(one: str, other: str) -> bool:
    """Whether two words are one, a question mark being a letter or two that were lost with their accents."""
    if one == other or "?" not in one + other:
        return one == other
    lost, kept = (one, other) if "?" in one else (other, one)
    pattern = "".join(r"\w{0,2}" if part.startswith("?") else part for part in re.findall(r"\?+|[^?]+", lost))
    return re.fullmatch(pattern, kept) is not None
