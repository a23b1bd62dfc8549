"""Whether two record numbers can be one person's."""

import re

from isocenter.terms.imaging import Patient

# What some systems add behind a number: a check digit, an episode, letters of a site, an issuer.
_ADDED = re.compile(r"(?<=\d{5})([-_/.^ ][0-9]{1,2}|[-_/.^ ]?[a-z]{1,4}|[@^][a-z][\w .-]*)$")
# The parts that HL7 puts behind a number: check digit, authority, type.
_HL7_PARTS = re.compile(r"\^\^.*$|\^(?=[^^]*\^).*$")
_AUTHORITY = re.compile(r"^[a-z][a-z0-9]{0,15}[:|/\\_](?=\D*\d)")


def same_number(one: str, other: str) -> bool:
    """Whether two record numbers can be one.

    Leading zeros and a site's letters do not count, nor what one of them has behind the number: a check digit, an
    episode, an issuer; nor the issuer that one of them has before it.
    """
    bare = [without_issuer(number).casefold() for number in (one, other)]
    if _same_digits(*bare):
        return True
    return any(
        _same_digits(added.sub("", bare[0]), bare[1]) or _same_digits(bare[0], added.sub("", bare[1]))
        for added in (_ADDED, _AUTHORITY)
    )


def without_issuer(number: str) -> str:
    """A record number without what HL7 puts behind it: check digit, issuer, type."""
    return _HL7_PARTS.sub("", number.strip())


def share_number(one: Patient, other: Patient) -> bool:
    """Whether any number of one patient can be any of the other's."""
    return any(same_number(number, another) for number in one.numbers for another in other.numbers)


def _same_digits(one: str, other: str) -> bool:
    squeezed = [re.sub(r"[^a-z0-9]", "", number).lstrip("0") for number in (one, other)]
    if squeezed[0] == squeezed[1]:
        return True
    digits = [re.sub(r"^[a-z]+0*", "", number) for number in squeezed]
    letters = [re.sub(r"[^a-z].*", "", number) for number in squeezed]
    is_of_one_site = letters[0] == letters[1] or "" in letters
    return digits[0] == digits[1] and digits[0].isdigit() and is_of_one_site
