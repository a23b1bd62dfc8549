"""Whether a chart is the member's: the patient that its pages name, beside the member that the case names.

The first check of whoever opens a chart. A file whose pages name somebody else is no evidence until a person accepts
the difference; pages of it that name the member are used.
"""

from collections.abc import Sequence
from typing import NamedTuple

from isocenter.chart.abstraction import Abstraction
from isocenter.chart.pages.pages import Page
from isocenter.chart.patient.identity import patient_of, was_recognized
from isocenter.chart.patient.identity_marks import Identity
from isocenter.terms.courses import Member
from isocenter.terms.imaging import Patient
from isocenter.terms.person_names import same_name
from isocenter.terms.plans import AcceptedDifference
from isocenter.terms.problems import Problem
from isocenter.terms.record_numbers import same_number

_NOT_COMPARED = (
    "its pages state no name and no birth date to compare with the member's; make sure that it is the member's chart"
)


class Difference(NamedTuple):
    """What chart and case state differently of the patient; items as a plan's differences name them."""

    item: str
    of_chart: str
    of_case: str

    def __str__(self) -> str:
        return f"{self.item.replace('_', ' ')} {self.of_chart} on its pages, {self.of_case} in the case"


class _Compared(NamedTuple):
    agrees: bool  # at least one of name, birth date and record number is the same
    differences: tuple[Difference, ...]
    is_other: bool  # what differs outweighs what agrees


def pages_of_member(
    pages: Sequence[Page],
    identities: Sequence[Identity],
    member: Member | None,
    accepted: Sequence[AcceptedDifference],
    found: Abstraction,
) -> tuple[list[Page], list[Identity]]:
    """Pages of files that are the member's, or that name nobody, with what they say of their patient.

    `accepted` are differences that a person accepts by item, with a reason. What was left out, and what could not
    be compared, is added to `found`.
    """
    if member is None or not (member.family_name or member.birth_date):
        return list(pages), list(identities)
    kept: list[tuple[Page, Identity]] = []
    for file in dict.fromkeys(page.file for page in pages):
        of_file = [(page, whose) for page, whose in zip(pages, identities, strict=True) if page.file == file]
        kept += _of_one_file(file, of_file, member, accepted, found)
    return [page for page, _ in kept], [whose for _, whose in kept]


def _of_one_file(
    file: str,
    pages: Sequence[tuple[Page, Identity]],
    member: Member,
    accepted: Sequence[AcceptedDifference],
    found: Abstraction,
) -> list[tuple[Page, Identity]]:
    compared = _compare(patient_of([whose for _, whose in pages]), member)
    stated = "; ".join(map(str, compared.differences))
    is_scan = all(was_recognized(page) for page, whose in pages if not whose.is_empty)
    if not compared.is_other or (is_scan and compared.agrees):  # letters of a scan are misread
        if compared.differences:
            found.problems.insert(0, Problem(file, "", f"{stated}; its other marks agree, so it was used"))
        elif not compared.agrees:
            found.problems.append(Problem(file, "", _NOT_COMPARED))
        return list(pages)
    reasons = [_reason(difference, accepted) for difference in compared.differences]
    if all(reasons):
        words = "; ".join(dict.fromkeys(reasons))
        found.problems.insert(
            0, Problem(file, "", f"it differs from the member ({stated}); a person accepts it: {words}")
        )
        return list(pages)
    own = [(page, whose) for page, whose in pages if _is_sure(_compare(whose, member))]
    used = {page.number for page, _ in own}
    left_out = [page.number for page, _ in pages if page.number not in used]
    found.foreign += [(file, number) for number in left_out]
    found.problems.insert(
        0,
        Problem(
            file,
            "",
            f"the chart is of another patient ({stated}); {len(left_out)} of {len(pages)} pages were not used; send the"
            " member's chart, or state in `accepted_differences` of the case, by item, why the difference is right",
        ),
    )
    return own


def _is_sure(compared: _Compared) -> bool:
    return compared.agrees and not compared.differences


def _reason(difference: Difference, accepted: Sequence[AcceptedDifference]) -> str:
    """Why a person accepts the difference; '' where nobody does. What is accepted of every item is about plans."""
    return next((one.reason for one in accepted if one.reason and one.item == difference.item and not one.plan), "")


def _compare(whose: Identity, member: Member) -> _Compared:
    """Name, birth date and record number beside the member's.

    Another record number says nothing, for chart and payer number apart; the same one outweighs what is misread. The
    birth date outweighs a name, which marriage changes.
    """
    same_birth = whose.born == member.birth_date if whose.born and member.birth_date else None
    named = _same_name(whose.name, member, same_birth=bool(same_birth))
    numbers = [number for number in (member.medical_record_number, member.member_id) if number and whose.record_number]
    same_record = any(same_number(whose.record_number, number) for number in numbers)
    differences = []
    if named is False:
        differences.append(Difference("patient_name", whose.name, f"{member.given_name} {member.family_name}".strip()))
    if same_birth is False:
        differences.append(Difference("birth_date", str(whose.born), str(member.birth_date)))
    is_other = not same_record and (same_birth is False or (named is False and not same_birth))
    return _Compared(bool(named or same_birth or same_record), tuple(differences), is_other)


def _same_name(name: str, member: Member, *, same_birth: bool) -> bool | None:
    """Whether a name as a page writes it, family name first or last, can be the member's; None where neither is known."""
    answers = [same_name(patient, member, same_birth=same_birth) for patient in _readings(name)]
    return True if True in answers else False if False in answers else None


def _readings(name: str) -> list[Patient]:
    """The family and given names that a page may mean."""
    family, comma, given = name.partition(",")
    if comma:
        return [Patient(family_name=family.strip(), given_name=given.strip())]
    words = name.split()
    if not words:
        return []
    orders = {(words[-1], " ".join(words[:-1])), (words[0], " ".join(words[1:]))}
    return [Patient(family_name=family, given_name=given) for family, given in sorted(orders)]


def member_named(whose: Identity, member_id: str) -> Member | None:
    """The member as the pages name the patient, where the case names none; None where they give no name and birth date.

    The chart's record number is the clinic's and need not be that of other files.
    """
    patients = _readings(whose.name)
    if not patients or whose.born is None or "," not in whose.name:
        return None
    return Member(member_id, patients[0].family_name, patients[0].given_name, whose.born)
