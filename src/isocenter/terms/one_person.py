"""What two files, or a file and a case, state of a patient that cannot both be true of one person."""

import re
from datetime import date
from typing import NamedTuple

from isocenter.terms.courses import Member
from isocenter.terms.imaging import Patient
from isocenter.terms.person_names import same_name
from isocenter.terms.record_numbers import share_number

_SEXES = ("M", "F")


class Contradiction(NamedTuple):
    """One thing that is stated in two ways; item is patient_name, birth_date or sex."""

    item: str
    of_one: str
    of_other: str


def contradictions(one: Patient, other: Patient | Member) -> list[Contradiction]:
    """Name, birth date and sex, where both state them and they cannot be one person's; numbers are not compared."""
    if one == other or one.is_deidentified or (isinstance(other, Patient) and other.is_deidentified):
        return []
    born, their_birth = one.birth_date, other.birth_date
    if _is_a_year_alone(born, their_birth):
        born = None
    elif isinstance(other, Patient) and _is_a_year_alone(their_birth, born):
        their_birth = None
    same_birth = born is not None and born == their_birth
    found = []
    if same_name(one, other, same_birth=same_birth) is False:
        found.append(Contradiction("patient_name", _full_name(one), _full_name(other)))
    if born and their_birth:
        if not same_birth:
            found.append(Contradiction("birth_date", str(born), str(their_birth)))
    elif _year(one) and _year(other) and _year(one) != _year(other):
        found.append(Contradiction("birth_date", _birth(one), _birth(other)))
    if one.sex != other.sex and one.sex in _SEXES and other.sex in _SEXES:
        found.append(Contradiction("sex", one.sex, other.sex))
    return found


def are_two_persons(one: Patient, other: Patient) -> bool:
    """Whether record numbers differ, or both the family name and the birth date under one number.

    Where one of them has no number, names without a word in common are of two. A pseudonym and a person's own number
    cannot be compared.
    """
    if (one.patient_id and other.patient_id) or (one.pseudonym and other.pseudonym):
        if not share_number(one, other):
            return True
    elif _have_no_word_in_common(one, other):
        return True
    return {"patient_name", "birth_date"} <= {found.item for found in contradictions(one, other)}


def may_be_two_persons(one: Patient, other: Patient) -> bool:
    """Whether anything that both state contradicts that they are one person."""
    return are_two_persons(one, other) or bool(contradictions(one, other))


def _is_a_year_alone(one: date | None, other: date | None) -> bool:
    """Whether a date is the first of January of the other's year, as files are written without the day."""
    if one is None or other is None or one == other:
        return False
    return one.year == other.year and (one.month, one.day) == (1, 1)


def _year(who: Patient | Member) -> int | None:
    stated = who.birth_year if isinstance(who, Patient) else None
    return who.birth_date.year if who.birth_date else stated


def _birth(who: Patient | Member) -> str:
    return str(who.birth_date or _year(who))


def _full_name(who: Patient | Member) -> str:
    return " ".join(filter(None, (who.given_name, who.family_name)))


def _have_no_word_in_common(one: Patient, other: Patient) -> bool:
    """Whether both are named in full, in plain Latin letters, and share not even a beginning."""
    if not all(who.family_name.isascii() and who.given_name and who.given_name.isascii() for who in (one, other)):
        return False
    words, others = (re.findall(r"[a-z]+", f"{who.family_name} {who.given_name}".casefold()) for who in (one, other))
    same = any(word.startswith(another) or another.startswith(word) for word in words for another in others)
    return bool(words and others) and not same
