"""Who the patient of a chart is, and which pages are of another one."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date

from isocenter.chart.pages.pages import Page, ReadBy
from isocenter.chart.patient.identity_marks import Identity, patients_within


def patient_of(identities: Sequence[Identity]) -> Identity:
    """The patient of most pages."""
    numbers = Counter(_plain(i.record_number) for i in identities if i.record_number)
    number = numbers.most_common(1)[0][0] if numbers else ""
    own = [i for i in identities if not number or _plain(i.record_number) == number]
    names = Counter(i.name for i in own if i.name) or Counter(i.name for i in identities if i.name)
    births = [i.born for i in own if i.born] or [i.born for i in identities if i.born]
    often = Counter(in_its_century(born) for born in births).most_common(1)
    born = min((born for born in births if often and in_its_century(born) == often[0][0]), default=None)
    shown = next((i.record_number for i in own if i.record_number), "")
    return Identity(names.most_common(1)[0][0] if names else "", shown, born)


def in_its_century(born: date) -> tuple[int, int, int]:
    """The year in its century, the month and the day of a birth: a year of two digits leaves the century open."""
    return born.year % 100, born.month, born.day


def is_of_another(identity: Identity, patient: Identity, *, recognized: bool) -> bool:
    """Whether a page is of another patient than the chart: two marks that differ, or one where no mark agrees."""
    if identity.is_empty:
        return False
    slack = 2 if recognized else 0
    agree, differ = 0, 0
    if identity.record_number and patient.record_number and not _is_cut_short(identity, patient):
        same = _distance(_plain(identity.record_number), _plain(patient.record_number)) <= slack
        agree, differ = agree + same, differ + (not same)
    if identity.born and patient.born:
        same = in_its_century(identity.born) == in_its_century(patient.born)
        agree, differ = agree + same, differ + (not same)
        if not same and not recognized:
            differ += 1
    if identity.name and patient.name:
        same = _same_name(identity.name, patient.name, 2 if recognized else 1)
        agree, differ = agree + same, differ + (not same)
    return differ > 0 and differ >= agree


def another_within(page: Page, patient: Identity) -> Identity | None:
    """The other patient, by name and day of birth, to whom a page under the head of the chart belongs; None where none."""
    others = (
        one
        for one in patients_within(page)
        if one.born is not None
        and patient.born is not None
        and patient.name
        and in_its_century(one.born) != in_its_century(patient.born)
        and not _same_name(one.name, patient.name, 2 if was_recognized(page) else 1)
    )
    return next(others, None)


def _is_cut_short(identity: Identity, patient: Identity) -> bool:
    """Whether a record number beside a name is the beginning of the patient's: a narrow cell of a form breaks it."""
    number, whole = _plain(identity.record_number), _plain(patient.record_number)
    return bool(identity.name) and _FEWEST_BEFORE_A_BREAK <= len(number) < len(whole) and whole.startswith(number)


_FEWEST_BEFORE_A_BREAK = 4


def _same_name(one: str, other: str, slack: int) -> bool:
    """Whether two names may be one person's: every part of the shorter one meets a part of the other."""
    first, second = (re.findall(r"[a-z]+", name.lower()) for name in (one, other))
    if len(first) > len(second):
        first, second = second, first
    return bool(first) and all(any(_part_meets(a, b, slack) for b in second) for a in first)


def _part_meets(one: str, other: str, slack: int) -> bool:
    if min(len(one), len(other)) == 1:
        return one[0] == other[0]
    shorter, longer = sorted((one, other), key=len)
    if slack > 1 and len(shorter) > _SHORTEST_BEFORE_A_LABEL and longer.removeprefix(shorter) in _GLUED_LABELS:
        return True
    return _distance(one, other) <= (slack if min(len(one), len(other)) > 4 else 0)


_SHORTEST_BEFORE_A_LABEL = 2
_GLUED_LABELS = frozenset({"mrn", "mr", "dob", "id", "born", "acct", "chart"})  # recognition may lose the space before


def _plain(number: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", number.upper())


def _distance(one: str, other: str) -> int:
    """Letters to change, add or take away to turn one word into the other."""
    if abs(len(one) - len(other)) > 3:
        return 4
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        before, row[0] = row[0], i
        for j, b in enumerate(other, start=1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1]


def was_recognized(page: Page) -> bool:
    """Whether a page was read from a picture."""
    return page.read_by is ReadBy.RECOGNITION
