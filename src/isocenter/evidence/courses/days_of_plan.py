"""Whether a plan can be the one that was delivered, by its days and those of the course."""

from collections.abc import Collection
from datetime import date, timedelta

from isocenter.terms.courses import Course
from isocenter.terms.imaging import PlanFolder, TreatmentPlan

_OLDEST_SCAN = timedelta(days=365)  # before the plan was made
_LONG_BEFORE, _LONGEST_PAUSE = timedelta(days=180), timedelta(days=60)
_ITEM = "dates"


def differences_of_days(
    plan: TreatmentPlan, course: Course, delivered_on: Collection[date], *, is_whole: bool, is_only: bool
) -> list[tuple[str, str, str]]:
    """In what the days of a plan do not fit the course: item, what it states, what the course states.

    A plan made after the last fraction, or half a year before the first, is of another course; so is one approved only
    after the last fraction, which is not shown to be the one that was approved for treatment. Where the days that are
    known may not reach to the last fraction (not is_whole), one made two months after them.
    The only plan of the course (is_only) cannot have given more fractions than there were days left when it was made.
    """
    first = course.first_delivery or min(delivered_on, default=None)
    last = course.last_delivery or max(delivered_on, default=None)
    if first is None or last is None:
        return []
    is_end = is_whole or course.last_delivery is not None
    latest = last if is_end else last + _LONGEST_PAUSE
    made, approved = plan.plan_date, plan.approved_on
    course_days = f"delivered from {first} to {last}"
    if made is not None and (made > latest or made < first - _LONG_BEFORE):
        return [(_ITEM, f"made on {made}", course_days)]
    if approved is not None and approved > latest:
        return [(_ITEM, f"approved on {approved}", course_days)]
    if made is None or not plan.fractions or not (is_whole and is_only):
        return []
    left = sum(day >= made for day in set(delivered_on))
    if left < plan.fractions <= len(set(delivered_on)):
        return [(_ITEM, f"made on {made} for {plan.fractions} fractions", f"{left} days of delivery from then on")]
    return []


def differences_of_scan(part: PlanFolder) -> list[tuple[str, str, str]]:
    """That the CT on which the structures lie cannot be the one that the plan was made on, by its day.

    It was scanned after the plan was made and approved, or more than a year before. A CT of another frame of reference
    may be of any day, and the days of files without their patient's data may be made up.
    """
    plan, drawn, scan = part.plan, part.structure_set, part.ct
    if plan is None or drawn is None or scan is None or scan.acquired_on is None:
        return []
    is_deidentified = plan.patient.is_deidentified or scan.patient.is_deidentified
    if is_deidentified or not drawn.frame_of_reference_uid == scan.frame_of_reference_uid != "":
        return []
    days = [day for day in (plan.plan_date, plan.approved_on) if day is not None]
    if not days or min(days) - _OLDEST_SCAN <= scan.acquired_on <= max(days):
        return []
    what = "made" if plan.plan_date is not None else "approved"
    return [(_ITEM, f"{what} on {plan.plan_date or plan.approved_on}", f"its CT scanned on {scan.acquired_on}")]
