"""Which of the persons who share a subscriber's number an 837 is about: its dependents have no number of their own."""

from datetime import datetime
from typing import NamedTuple

_SPOUSES = ("01", "53")  # a spouse, a life partner: there is one, so that a birth date alone says who it is


class Dependent(NamedTuple):
    """A patient who is insured through the subscriber, as PAT, NM1*QC and DMG state it."""

    relationship: str = ""
    given_name: str = ""
    birth: str = ""

    @property
    def name(self) -> str:
        """What distinguishes the patient from the subscriber and from other dependents.

        The day of birth; of children born on one day the first letter of the name too, for names are spelled in
        several ways; the name where no day is stated.
        """
        born = day_in_words(self.birth)
        if not born:
            return self.given_name.upper() or "dependent"
        initial = "" if self.relationship in _SPOUSES else self.given_name[:1].upper()
        return f"{born}, {initial}." if initial else born


def day_in_words(birth: str) -> str:
    """The day of birth as it distinguishes persons; '' where it is no day."""
    try:
        return f"born {datetime.strptime(birth[:8], '%Y%m%d').date()}"
    except ValueError:
        return ""
