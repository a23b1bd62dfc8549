"""Whether two names can be one person's: spellings, short forms, scripts, prefixes."""

import csv
import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from isocenter.evidence.spelling import differ_by
from isocenter.terms.courses import Member
from isocenter.terms.imaging import Patient

_PARTICLES = frozenset(
    (
        *("de", "da", "do", "dos", "del", "della", "der", "den", "di", "du", "la", "las", "le", "los", "van", "von"),
        *("zu", "el", "al", "bin", "ben", "ibn", "mc", "mac", "st", "san", "y", "e", "jr", "sr", "ii", "iii", "iv"),
        *("dr", "mr", "mrs", "ms"),
    )
)


def same_name(patient: Patient, member: Member, *, same_birth: bool = False) -> bool | None:
    """Whether the names can be of one person; None where nothing can be compared, as names in two scripts.

    After a marriage the birth date and the given name speak for one person; twins share all but the given name.
    """
    family, given = _words(patient.family_name), _words(patient.given_name)
    their_family, their_given = _words(member.family_name), _words(member.given_name)
    if not family or not their_family or _script(family) != _script(their_family):
        return None
    ours, theirs = [*family, *given], [*their_family, *their_given]
    same_family = _share(family, theirs) or _share(their_family, ours)
    if not given or not their_given:
        return same_family
    same_given = _share(given, theirs) or _share(their_given, ours) or _are_short_forms(given, their_given)
    return same_given and (same_family or same_birth)


def _script(words: Sequence[str]) -> str:
    """The script of a name by its first letter: LATIN, CYRILLIC, CJK, HIRAGANA."""
    return unicodedata.name(words[0][0], "LATIN").split()[0]


def _words(name: str) -> list[str]:
    """The words of a name without accents and particles, and all of it as one word (De La Cruz is Delacruz)."""
    plain_name = re.sub("['\u2019]", "", unicodedata.normalize("NFC", name.casefold()))
    found: list[str] = []
    for spelled in (plain_name, plain_name.replace("\u00e4", "ae").replace("\u00f6", "oe").replace("\u00fc", "ue")):
        letters = (letter for letter in unicodedata.normalize("NFKD", spelled) if not unicodedata.combining(letter))
        words = [word for word in re.split(r"[\W\d_]+", "".join(letters)) if word]
        stated = [word for word in words if word not in _PARTICLES] or words
        found += [word for word in (*stated, "".join(words)) if word and word not in found]
    return found


@cache
def _full_names() -> dict[str, str]:
    text = files("isocenter.evidence").joinpath("short_names.csv").read_text(encoding="utf-8")
    return {short: row["name"] for row in csv.DictReader(text.splitlines()) for short in row["short_forms"].split()}


def _are_short_forms(given: Sequence[str], others: Sequence[str]) -> bool:
    """Whether one given name is a usual short form of the other, as Bill of William."""
    full = _full_names()
    return any(full.get(one, one) == full.get(other, other) for one in given for other in others)


def _share(some: Sequence[str], others: Sequence[str]) -> bool:
    """Whether a word of one name is, begins, or nearly is a word of the other; a letter is an initial."""
    return any(
        one == other
        or (min(len(one), len(other)) == 1 and one[0] == other[0])
        or (len(one) >= 3 and len(other) >= 3 and (one.startswith(other) or other.startswith(one)))
        or (min(len(one), len(other)) >= 5 and differ_by(one, other, 1) <= 1)
        for one in some
        for other in others
    )
