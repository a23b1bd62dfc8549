"""Which plans of a folder are reviewed: those of the course, without copies, trials, rejected and phantom plans."""

from collections.abc import Callable, Collection, Mapping, Sequence, Set
from datetime import date, timedelta
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from isocenter.errors import UnreadableInput
from isocenter.intake.dicom_rt.ct import Slice
from isocenter.intake.dicom_rt.objects import ReadObject
from isocenter.terms.imaging import Beam, TreatmentPlan
from isocenter.terms.plan_purpose import is_for_a_phantom, is_for_machine, is_for_verification
from isocenter.terms.problems import Problem
from isocenter.terms.record_numbers import same_number, share_number

FoundPlan = tuple[str, TreatmentPlan]

# Longer before another plan, in a frame of reference of its own or in the same, a plan is of an earlier course.
_ANOTHER_COURSE, _ANOTHER_COURSE_IN_ONE_FRAME = timedelta(days=90), timedelta(days=180)
_SAME_POINT_MM, _SAME_DOSE_GY = 1.0, 0.01


def without_copies(objects: Sequence[ReadObject]) -> tuple[list[ReadObject], list[Problem]]:
    """The objects, of those that have the same SOP instance UID the first alone.

    CT slices of one UID that hold different images are all kept: which one counts is not known.
    """
    first_of: dict[str, ReadObject] = {}
    kept, copies, other = [], [], []
    for found in objects:
        before = first_of.setdefault(found.sop_instance_uid, found) if found.sop_instance_uid else found
        if before is found or _are_two_images(found, before):
            kept.append(found)
        elif found.input.sha256 == before.input.sha256 or found.input.kind == "CT image":
            copies.append((found, before))
        else:
            other.append((found, before))
    problems = []
    if copies:
        found, before = copies[0]
        sentence = f"The object appears twice (also {before.path}) and counts once."
        if len(copies) > 1:
            sentence = f"{len(copies)} files are copies of others (first: of {before.path}) and count once."
        problems.append(Problem(found.path, "SOPInstanceUID", sentence))
    problems += [
        Problem(
            found.path,
            "SOPInstanceUID",
            f"The file has the identifier of {before.path} and different content; it is left out. "
            "Keep the one that counts.",
        )
        for found, before in other
    ]
    return kept, problems


def _are_two_images(found: ReadObject, before: ReadObject) -> bool:
    """Whether two files of one UID are CT slices whose values or places differ."""
    if found.input.sha256 == before.input.sha256:
        return False
    return isinstance(found.term, Slice) and isinstance(before.term, Slice) and not found.term.is_image_of(before.term)


def is_named(entry: FoundPlan, names: Collection[str]) -> bool:
    """Whether the plan's label, UID or file is among the names; case and blanks around a name do not count."""
    path, plan = entry
    own = {_plain(name) for name in (plan.label, plan.sop_instance_uid, path)}
    return not own.isdisjoint(map(_plain, names))


def _plain(name: str) -> str:
    return name.strip().casefold()


class Uses(NamedTuple):
    """The UIDs of the plans that the doses of a folder refer to, and those of its treatment records with their days."""

    by_doses: Collection[str] = ()
    by_records: Mapping[str, Set[date]] = MappingProxyType({})


NO_USES = Uses()


def chosen_plans(
    found: Sequence[FoundPlan], names: Collection[str], uses: Uses = NO_USES
) -> tuple[list[FoundPlan], list[Problem]]:
    """The plans to review: those named, else those of the course; each plan that is left out, with the reason.

    A plan is weighed against others of its own patient alone: whose plan counts is for the case to say. Of two
    versions the one that treated counts, whichever is newer or approved; of one day, else, the one with a dose.
    """
    if names:
        return _named(found, names)
    numbers: list[str] = []
    for _, plan in found:
        if not any(_is_number_of(plan, number) for number in numbers):
            numbers.append(plan.patient.number)
    if sum(bool(number) for number in numbers) < 2:
        return _of_the_course(found, uses)
    chosen: list[FoundPlan] = []
    problems: list[Problem] = []
    treating = [entry for entry in found if not is_for_a_phantom(entry[1])]
    for number in numbers:
        of_number = [entry for entry in found if _is_number_of(entry[1], number)]
        if treating and all(is_for_a_phantom(plan) for _, plan in of_number):
            reason = "is made to verify another or to check a machine, for a phantom as its patient"
            problems += [_left_out(entry, reason) for entry in of_number]
            continue
        of_patient, more = _of_the_course(of_number, uses)
        chosen += of_patient
        problems += more
    return [entry for entry in found if entry in chosen], problems


def _is_number_of(plan: TreatmentPlan, number: str) -> bool:
    """Whether a plan states this number, as other systems may write it, or none where it is empty."""
    stated = plan.patient.numbers
    return any(same_number(one, number) for one in stated) if stated and number else not stated and not number


def _of_the_course(found: Sequence[FoundPlan], uses: Uses) -> tuple[list[FoundPlan], list[Problem]]:
    rest, problems = list(found), []
    for fault in _FAULTS:
        kept = [entry for entry in rest if not fault.is_of(entry[1])]
        if kept and fault.is_of_approval and _treated(rest, uses) and not _treated(kept, uses):
            continue
        if kept:
            problems += [_left_out(entry, fault.words) for entry in rest if entry not in kept]
            rest = kept
        elif rest and fault.is_said_of_the_only_one:
            sentence = f"The plan {rest[0][1].label!r} {fault.words}; it is measured, because there is no other."
            problems.append(Problem(rest[0][0], "", sentence))
    newest = [entry for entry in rest if not any(_replaces(other, entry, uses) for other in rest)]
    reason = "is another version of a plan that is reviewed, of the same target and dose"
    problems += [_left_out(entry, reason, newest) for entry in rest if entry not in newest]
    return newest, problems


def _treated(found: Sequence[FoundPlan], uses: Uses) -> bool:
    return any(plan.sop_instance_uid in uses.by_records for _, plan in found)


def _named(found: Sequence[FoundPlan], names: Collection[str]) -> tuple[list[FoundPlan], list[Problem]]:
    chosen = [entry for entry in found if is_named(entry, names)]
    missing = [name for name in names if not any(is_named(entry, (name,)) for entry in found)]
    if missing:
        listed = "; ".join(described(*entry) for entry in found) or "none"
        raise UnreadableInput(f"there is no plan {missing[0]!r} in the folder; its plans: {listed}.")
    return chosen, [_left_out(entry, "is not the one to review") for entry in found if entry not in chosen]


def _left_out(entry: FoundPlan, reason: str, kept: Sequence[FoundPlan] = ()) -> Problem:
    """Why a plan is left out; its day and file too, where one that is kept has the same label."""
    path, plan = entry
    is_alone = all(plan.label != other.label for _, other in kept)
    return Problem(
        path, "", f"The plan {repr(plan.label) if is_alone else described(path, plan)} {reason}; it is left out."
    )


class _Fault(NamedTuple):
    """Why a plan gives way to others.

    is_said_of_the_only_one: whether it is said of the only plan too, which the report names otherwise.
    is_of_approval: whether treatment records matter more, since a plan may well treat that nobody approved.
    """

    words: str
    is_of: Callable[[TreatmentPlan], bool]
    is_said_of_the_only_one: bool = True
    is_of_approval: bool = False


# The first fault weighs most.
_FAULTS = (
    _Fault("was computed for a comparison and is not the clinic's", lambda plan: plan.is_computed, False),
    _Fault("is made to check or service a machine", is_for_machine),
    _Fault("is made to verify another on a phantom", is_for_verification),
    _Fault("was rejected", lambda plan: plan.approval == "REJECTED", is_of_approval=True),
    _Fault("is not approved, and another plan is", lambda plan: plan.approval == "UNAPPROVED", False, True),
)


def _replaces(newer: FoundPlan, older: FoundPlan, uses: Uses) -> bool:
    """Whether a plan counts in place of another version of it."""
    a, b = newer[1], older[1]
    if not is_version(a, b) or treated_in_turn((a, b), uses.by_records):
        return False
    has_treated, other_has_treated = (plan.sop_instance_uid in uses.by_records for plan in (a, b))
    if has_treated != other_has_treated:
        return has_treated
    if b.sop_instance_uid in a.made_from or a.sop_instance_uid in b.made_from:
        return b.sop_instance_uid in a.made_from
    if "APPROVED" in (a.approval, b.approval) and a.approval != b.approval:
        return a.approval == "APPROVED"  # before one that does not say whether it is
    made_a, made_b = a.plan_date or a.approved_on, b.plan_date or b.approved_on
    if made_a == made_b:
        has_dose, other_has_dose = (plan.sop_instance_uid in uses.by_doses for plan in (a, b))
        return has_dose if has_dose != other_has_dose else newer[0] > older[0]
    return made_b is None or (made_a is not None and made_a > made_b)


def is_version(plan: TreatmentPlan, other: TreatmentPlan) -> bool:
    """Whether a plan is another version of the other, or made from it: the same order for the same place."""
    if plan is other or not plan.prescribed_dose_gy or not other.prescribed_dose_gy:
        return False
    if not _same_place(plan, other) and other.sop_instance_uid not in plan.made_from:
        return False
    is_same_dose = abs(plan.prescribed_dose_gy - other.prescribed_dose_gy) <= _SAME_DOSE_GY
    return is_same_dose and plan.fractions == other.fractions


def treated_in_turn(versions: Sequence[TreatmentPlan], days: Mapping[str, Set[date]]) -> bool:
    """Whether each of several versions gave fractions of one order, none on another's days, as on two machines.

    Versions of other fields, or of which one alone moves its leaves, are of another technique: of those one counts.
    """
    if any(_fields(plan) != _fields(versions[0]) for plan in versions):
        return False
    of_each = [days.get(plan.sop_instance_uid, set()) for plan in versions]
    together = sum(map(len, of_each))
    is_in_turn = all(of_each) and together == len(set().union(*of_each))
    return is_in_turn and together <= (versions[0].fractions or 0)


def _fields(plan: TreatmentPlan) -> list[tuple[float, list[int], bool]]:
    """The fields without their order: energy, where the gantry begins and ends in whole degrees, moving leaves."""
    return sorted(
        (beam.energy_mv or 0.0, sorted(round(end.gantry_deg) for end in ends), _moves_leaves(beam))
        for beam in plan.treatment_beams
        if (ends := (*beam.control_points[:1], *beam.control_points[-1:]))
    )


def _moves_leaves(beam: Beam) -> bool:
    leaves = [point.leaves_mm for point in beam.control_points if point.leaves_mm is not None]
    return any(not np.array_equal(one, leaves[0]) for one in leaves[1:])


def _same_place(a: TreatmentPlan, b: TreatmentPlan) -> bool:
    """Whether the plans have their first isocenters at one point of one frame of reference."""
    place_a, place_b = (
        next((beam.isocenter_mm for beam in plan.treatment_beams if beam.isocenter_mm), None) for plan in (a, b)
    )
    if place_a is None or place_b is None or a.frame_of_reference_uid != b.frame_of_reference_uid:
        return False
    return max(abs(p - q) for p, q in zip(place_a, place_b, strict=True)) < _SAME_POINT_MM


def is_of_earlier_course(plan: TreatmentPlan, found: Sequence[FoundPlan]) -> bool:
    """Whether another plan of the same patient is much newer; less so where it lies in another frame of reference."""
    return any(
        plan.plan_date is not None
        and other.plan_date is not None
        and other.plan_date - plan.plan_date > _longest_between(plan, other)
        and not are_different(plan, other)
        for _, other in found
    )


def _longest_between(plan: TreatmentPlan, other: TreatmentPlan) -> timedelta:
    """How far apart two plans of one course may be made."""
    frames = (plan.frame_of_reference_uid, other.frame_of_reference_uid)
    are_apart = "" not in frames and frames[0] != frames[1]
    return _ANOTHER_COURSE if are_apart else _ANOTHER_COURSE_IN_ONE_FRAME


def are_different(plan: TreatmentPlan, other: TreatmentPlan) -> bool:
    """Whether the plans state the IDs of two patients."""
    return bool(plan.patient.number and other.patient.number) and not share_number(plan.patient, other.patient)


def described(path: str, plan: TreatmentPlan) -> str:
    """The plan as it is listed: label, day and file."""
    day = f" of {plan.plan_date:%Y-%m-%d}" if plan.plan_date else ""
    return f"{plan.label or 'unnamed'}{day} in {path}"
