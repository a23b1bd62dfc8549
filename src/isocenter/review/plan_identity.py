"""Whether a plan belongs to the case: what differs is recorded, and only what belongs becomes evidence."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from isocenter.facts.stores import Store
from isocenter.review.delivery_days import delivered_on
from isocenter.review.diagnosed import diagnosed_tumors
from isocenter.rulebook.rulebook import Rulebook
from isocenter.terms.courses import Course, Fraction, ImageGuidance, Member
from isocenter.terms.plans import DIFFERING_ITEMS, AcceptedDifference, Plan, PlanDifference
from isocenter.terms.problems import Problem
from isocenter.terms.tables import FactRow, LostValue

if TYPE_CHECKING:
    from isocenter.terms.imaging import Patient, PlanFolder


def compare_with_case(
    folder: "PlanFolder",
    store: Store,
    course: Course,
    accepted: Sequence[AcceptedDifference],
    rulebooks: Sequence[Rulebook],
    values_lost: Sequence[LostValue] = (),
    given: Iterable[FactRow] = (),
) -> tuple[list[PlanDifference], list[Problem]]:
    """Every difference between the folder's plans and the case, and a sentence where nothing says whose they are.

    values_lost and given: what the files of the case state and could not be read, and the rows as they give them.
    """
    from isocenter.evidence.identity import OfCase, Tumor, is_stated, plan_differences  # noqa: PLC0415 - with the kernels

    if folder.plan is None:
        return [], []
    member = member_of(store, course.member_id)
    days = delivered_on(store, course, rulebooks)
    codes = [row.icd10 for row in store.rows("diagnoses") if row.course_id == course.course_id]
    tumors = [Tumor(*row) for row in diagnosed_tumors(codes, rulebooks)]
    is_whole = len(days) >= (course.planned_fractions or 0)  # interim claims end before the course does
    case = OfCase(course, member, days, tumors, unreadable(course, member, values_lost, given), is_whole)
    problems = [
        Problem("", f"accepted_differences {entry.item}".strip(), "It states no reason, so nothing is accepted.")
        for entry in accepted
        if not entry.reason
    ]
    problems += _accepting_nothing(folder, accepted)
    problems += _not_approved(folder)
    problems += _dated_after(folder, course.first_delivery or min(days, default=None))
    if not is_stated(folder.plan.patient, member, course.member_id):
        kinds = [kind for kind, whose in folder.part_patients if is_stated(whose, member, course.member_id)]
        problems.append(Problem("", "patient", _unstated(folder, kinds)))
    return plan_differences(folder, case, accepted), problems


def unreadable(
    course: Course, member: Member | None, values_lost: Iterable[LostValue], given: Iterable[FactRow]
) -> set[str]:
    """Columns of the course and its member that the case fills in, and that are empty in what was kept of it."""
    lost = {
        one.column
        for one in values_lost
        if one.table in ("courses", "members") and one.column and one.row in ("", course.course_id, course.member_id)
    }
    rows = [
        row
        for row in given
        if (isinstance(row, Course) and row.course_id == course.course_id)
        or (isinstance(row, Member) and row.member_id in ("", course.member_id))
    ]
    lost |= {name for row in rows for name, value in row._asdict().items() if value not in (None, "")}
    kept = {**(member._asdict() if member else {}), **course._asdict()}
    return {name for name in lost if kept.get(name) in (None, "")}


def _accepting_nothing(folder: "PlanFolder", accepted: Sequence[AcceptedDifference]) -> list[Problem]:
    """A sentence for each entry that accepts a difference of no known kind, or of a plan that is not there."""
    plans = [part.plan for part in (folder, *folder.further) if part.plan is not None]
    names = {name for plan in plans for name in (plan.label, plan.sop_instance_uid)}
    found = []
    for entry in accepted:
        if entry.item and entry.item not in DIFFERING_ITEMS:
            sentence = (
                f"No difference has this name, so nothing is accepted; the names are {', '.join(DIFFERING_ITEMS)}."
            )
            found.append(Problem("", f"accepted_differences {entry.item}", sentence))
        if entry.plan and entry.plan not in names:
            sentence = "No plan in the folder has this label or UID, so nothing is accepted."
            found.append(Problem("", f"accepted_differences of plan {entry.plan}", sentence))
    return found


def _not_approved(folder: "PlanFolder") -> list[Problem]:
    """A sentence for the plans that say that nobody has approved them."""
    plans = [part.plan for part in (folder, *folder.further) if part.plan is not None]
    labels = ", ".join(repr(plan.label) for plan in plans if plan.approval == "UNAPPROVED")
    sentence = f"Marked as not approved: {labels}; ask for the plan as it was approved for treatment."
    return [Problem("", "plan", sentence)] if labels else []


def _dated_after(folder: "PlanFolder", first: date | None) -> list[Problem]:
    """A sentence where no plan was made and approved by the first fraction; a boost may well follow later."""
    plans = [part.plan for part in (folder, *folder.further) if part.plan is not None]
    dated = [(max(days), plan) for plan in plans if (days := [d for d in (plan.plan_date, plan.approved_on) if d])]
    if first is None or not dated or min(day for day, _ in dated) <= first:
        return []
    day, plan = min(dated, key=lambda entry: entry[0])
    what = "approved" if plan.approved_on == day else "made"
    sentence = (
        f"The plan {plan.label!r} was {what} on {day}, after the first fraction of {first}; ask for the plan that was "
        "approved before treatment, or why it was changed."
    )
    return [Problem("", "plan", sentence)]


def member_of(store: Store, member_id: str) -> Member | None:
    """The member of the course, what one record leaves open filled in from the next."""
    named: list[Member] = [row for row in store.rows("members") if row.member_id in ("", member_id)]
    if not named:
        return None
    return Member._make(next((value for value in values if value), values[0]) for values in zip(*named, strict=True))


def patient_of_course(store: Store, member_id: str) -> "Patient":
    """The member of the course as a file of theirs would state the patient."""
    from isocenter.terms.imaging import Patient  # noqa: PLC0415 - with the plan

    member = member_of(store, member_id)
    if member is None:
        return Patient(member_id)
    record = member.medical_record_number or member_id
    return Patient(record, member.family_name, member.given_name, member.birth_date, other_ids=(member_id,))


def _unstated(folder: "PlanFolder", kinds: Sequence[str]) -> str:
    """Why the plan's patient is not compared; kinds are the parts of the plan that were compared in its stead."""
    assert folder.plan is not None
    if kinds:
        listed = ", ".join(dict.fromkeys(kinds))
        return (
            "The plan states nothing of its patient that the case states too; its other parts were compared with the "
            f"member in its stead ({listed}). Make sure that the plan is the member's."
        )
    if folder.plan.patient.is_deidentified or not folder.plan.patient.is_stated:
        why = (
            "they are de-identified"
            if folder.plan.patient.is_deidentified
            else "name, number and birth date are empty or placeholders"
        )
        return (
            f"The files of the plan do not state whose it is ({why}), so it was not compared with the member; make "
            "sure that the plan is the member's."
        )
    return (
        "The case and the plan have no name, birth date or record number in common, so the plan's patient was not "
        "compared with the member; state the member in `members` of case.yaml."
    )


def rows_of_evidence(
    rows: Sequence[FactRow],
    differences: Sequence[PlanDifference],
    delivered: Mapping[str, Sequence[FactRow]],
) -> tuple[list[FactRow], list[Plan]]:
    """The rows that rules may read, and the plans that were set aside.

    Set aside is a plan that differs from the case, where nobody accepted it, and one computed for a comparison.
    With a plan goes what its treatment records say of fractions and set-ups (delivered, by plan_id); where no plan
    remains, what any record says.
    """
    plans = [row for row in rows if isinstance(row, Plan)]
    refused = {row.plan_id for row in differences if row.is_comparable and not row.is_accepted}
    refused |= {row.plan_id for row in plans if row.origin == "computed"}
    set_aside = [row for row in plans if row.plan_id in refused or (row.summed_plans and refused)]
    names = {row.plan_id for row in set_aside}
    kept: list[Any] = [row for row in rows if getattr(row, "plan_id", "") not in names]
    if set_aside:
        of_others = [row for plan_id, of_plan in delivered.items() if plan_id not in names for row in of_plan]
        kept = [*(row for row in kept if not isinstance(row, Fraction | ImageGuidance)), *of_others]
    kept = [row._replace(is_evidence=True) if isinstance(row, Plan) else row for row in kept]
    return kept, [row._replace(is_evidence=False) for row in set_aside]
