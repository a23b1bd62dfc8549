"""Whether two record numbers, or two patients as their files state them, can be one person's."""

import re

from isocenter.terms.imaging import Patient

# What some systems add behind a number: a check digit, an episode, letters of a site, an issuer.
_ADDED = re.compile(r"(?<=\d{5})([-_/.^ ][0-9]{1,2}|[-_/.^ ]?[a-z]{1,4}|[@^][a-z][\w .-]*)$")


def same_number(one: str, other: str) -> bool:
    """Whether two record numbers can be one.

    Leading zeros and a site's letters do not count, nor what one of them bears behind the number: a check digit, an
    episode, an issuer.
    """
    bare = [number.strip().casefold() for number in (one, other)]
    if _same_digits(*bare):
        return True
    without = [_ADDED.sub("", number) for number in bare]
    return _same_digits(without[0], bare[1]) or _same_digits(bare[0], without[1])


def _same_digits(one: str, other: str) -> bool:
    squeezed = [re.sub(r"[^a-z0-9]", "", number).lstrip("0") for number in (one, other)]
    if squeezed[0] == squeezed[1]:
        return True
    digits = [re.sub(r"^[a-z]+0*", "", number) for number in squeezed]
    has_site = [number[:1].isalpha() for number in squeezed]
    return digits[0] == digits[1] and digits[0].isdigit() and has_site[0] != has_site[1]


def are_two_persons(one: Patient, other: Patient) -> bool:
    """Whether record numbers differ, or both the family name and the birth date under one number."""
    if one.number and other.number and not same_number(one.number, other.number):
        return True
    names = {one.family_name.casefold(), other.family_name.casefold()}
    births = {one.birth_date, other.birth_date}
    return "" not in names and None not in births and len(names) == len(births) == 2
