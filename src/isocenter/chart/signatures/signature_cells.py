"""Signatures that one cell of a table shows by itself, below the heading of a role or of signing."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from isocenter.chart.grammar.signing import Signing
from isocenter.chart.pages.layout import Cell
from isocenter.chart.pages.placed import Placed
from isocenter.chart.signatures.signature_of_text import SignatureFound, role_in, without_people
from isocenter.chart.words.dates import FoundDate, dates_in
from isocenter.chart.words.people import Person, people_in, role_of, surname_of

SURENESS = 0.92
_ROLE = re.compile(
    r"\W*(?:medical |attending |treating |radiation |rad |planning |chief |primary |first |second |1st |2nd |covering |reviewing |approving )*"
    r"(?:physicist|physics|physician|oncologist|onc|dosimetrist|dosimetry|therapist|md|planner|rtt)"
    r"(?:\s*\(?(?:[1-3]|1st|2nd|first|second|primary|secondary|covering)\)?)?\W*",
    re.IGNORECASE,
)


def names_a_role(text: str) -> bool:
    """Whether a text names no more than the role in which somebody signs, such as: Second physicist."""
    return _ROLE.fullmatch(text) is not None


def known_in(cell: Cell, staff: Mapping[str, str]) -> list[Person]:
    """The people of a cell whom the chart knows elsewhere; also of a bare name alone, such as: Winter, A."""
    text = cell.text.strip()
    people = [one for one in people_in(text) if one.surname in staff]
    is_known = _BARE_NAME.fullmatch(text) is not None and surname_of(text) in staff
    return people or ([Person(text, (), is_doctor=False, start=0, stop=len(text))] if is_known else [])


_BARE_NAME = re.compile(r"[A-Z][\w'’-]+(?:, ?[A-Z][\w'’.-]*(?: [A-Z]\.?)?)?")
_LEFT_OPEN = re.compile(r"__|[?(]")


class SignatureCell(NamedTuple):
    """A cell in which somebody may sign, with the cell of its day."""

    placed: Placed
    staff: Mapping[str, str]
    signing: Signing
    day_first: bool

    @property
    def is_left_open(self) -> bool:
        """Whether the cell holds a blank, or a name that is printed below it or doubted."""
        return _LEFT_OPEN.search(self.placed.text) is not None

    def of_known_staff(self, head: str) -> SignatureFound | None:
        """The signature below the heading of a role: a name that the chart knows in this role, its day and no more."""
        person, day = self._person_and_day()
        if person is None or day is None or day.start < person.stop or not names_a_role(head):
            return None
        role = role_of(Person("", (), is_doctor=False, start=0, stop=0), head, {})
        if not role or self.staff.get(person.surname) != role or self._says_more(person, day, titles=False):
            return None
        return self._found(role, person, day)

    def of_a_name(self) -> SignatureFound | None:
        """The signature below a heading of signing: a name with credentials, perhaps its day, and no more."""
        person, day = self._person_and_day()
        if person is None or not person.credentials or self.signing.is_no_signature(self.placed.text):
            return None
        role = role_in(self.placed.text, person, [person], self.staff)
        if not role or self._says_more(person, day, titles=True) or self.is_left_open:
            return None
        return self._found(role, person, day)

    def _person_and_day(self) -> tuple[Person | None, FoundDate | None]:
        people = people_in(self.placed.text)
        day = next(dates_in(self.placed.text, day_first=self.day_first), None)
        return (people[0] if len(people) == 1 else None), day

    def _says_more(self, person: Person, day: FoundDate | None, *, titles: bool) -> bool:
        """Whether the cell holds other words than the name, the day and the time; `titles` of the person may stand there."""
        beside = without_people(self.placed.text, [person], day)
        return bool(self.signing.other_words(beside)) if titles else re.search(r"[^\W\d_]", beside) is not None

    def _found(self, role: str, person: Person, day: FoundDate | None) -> SignatureFound:
        signed_on, sureness = (day.day if day is not None else None), SURENESS * self.placed.sureness
        return SignatureFound(role, person.name, person.credentials_as_written, signed_on, self.placed, sureness)
