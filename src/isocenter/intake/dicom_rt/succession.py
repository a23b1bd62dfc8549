"""Plans that replace the rest of another within a course: how many fractions of the replaced one count.

A plan adapted to the patient's change takes over from the fraction on which it begins. Two plans of one dose a fraction
may be a first and a boost just as well, so that a sign is needed: the later plan says from which it was made, is named
as an adapted one, or treatment records show that it went on where the earlier one stopped. Versions of one plan, as
copied for a second machine, share its fractions where records show each of them on days of its own.
"""

import re
from collections.abc import Sequence
from datetime import date

from isocenter.intake.dicom_rt.choosing import is_version, treated_in_turn
from isocenter.terms.imaging import TreatmentPlan
from isocenter.terms.problems import Problem
from isocenter.terms.treatment_records import TreatmentRecord

_ADAPTED = re.compile(r"(?<![a-z])(o?art|adapt\w*|adp|re-?plan\w*|re-?sim\w*|re-?opt\w*)(?![a-z])", re.IGNORECASE)
_SAME_FRACTION = 0.02  # share by which the doses of one fraction may differ


def with_given_fractions(
    plans: Sequence[TreatmentPlan], records: Sequence[TreatmentRecord]
) -> tuple[dict[str, int | None], list[Problem]]:
    """Of each plan that another replaces (by UID): how many fractions were given by it, None where nothing says.

    Treatment records say it; without any of the plan, the fractions that the later plan leaves it. So of versions that
    treated in turn, of which the last gives what the others leave.
    """
    given: dict[str, int | None] = {}
    problems = []
    for versions in _in_turn(plans, records):
        *others, last = [(plan, len(_days(plan, records))) for plan in versions]
        left = (last[0].fractions or 0) - sum(count for _, count in others)
        given |= {plan.sop_instance_uid: count for plan, count in (*others, (last[0], left))}
        labels = " and ".join(repr(plan.label) for plan in versions)
        counts = " and ".join(str(given[plan.sop_instance_uid]) for plan in versions)
        sentence = f"The plans {labels} treated in turn; {counts} of the {last[0].fractions} fractions count."
        problems.append(Problem("", "fraction groups", sentence))
    for plan in plans:
        if plan.sop_instance_uid in given:
            continue
        later = [other for other in plans if other is not plan and _replaces_the_rest(other, plan, records)]
        if not later or plan.fractions is None:
            continue
        successor = max(later, key=lambda other: other.fractions or 0)
        recorded = len(_days(plan, records))
        left = plan.fractions - (successor.fractions or 0)
        count = recorded or (left if 0 < left < plan.fractions else None)
        given[plan.sop_instance_uid] = count
        replaces = f"The plan {successor.label!r} replaces the rest of {plan.label!r}"
        if count is None:
            sentence = (
                f"{replaces}, and nothing says how many of its {plan.fractions} fractions were given before; add the "
                "treatment records, or name the plan to review."
            )
        else:
            by = "by the treatment records" if recorded else "as the numbers of fractions leave it"
            sentence = f"{replaces}; {count} of its {plan.fractions} fractions count, {by}."
        problems.append(Problem("", "fraction groups", sentence))
    return given, problems


def _in_turn(plans: Sequence[TreatmentPlan], records: Sequence[TreatmentRecord]) -> list[list[TreatmentPlan]]:
    """Versions of one plan that treated in turn, by the day on which each did last."""
    days = {plan.sop_instance_uid: _days(plan, records) for plan in plans}
    found: list[list[TreatmentPlan]] = []
    for plan in plans:
        versions = [other for other in plans if other is plan or is_version(plan, other) or is_version(other, plan)]
        is_new = not any(plan in group for group in found)
        if is_new and len(versions) > 1 and treated_in_turn(versions, days):
            found.append(sorted(versions, key=lambda one: max(days[one.sop_instance_uid])))
    return found


def _replaces_the_rest(later: TreatmentPlan, plan: TreatmentPlan, records: Sequence[TreatmentRecord]) -> bool:
    if not _gives_the_same_a_fraction(later, plan) or (later.fractions or 0) > (plan.fractions or 0):
        return False
    if plan.sop_instance_uid in later.made_from:
        return True
    made, made_before = _made_on(later), _made_on(plan)
    if made is None or made_before is None or made <= made_before:
        return False
    return _is_named_adapted(later.label) or _goes_on_where_it_stopped(later, plan, records)


def _gives_the_same_a_fraction(a: TreatmentPlan, b: TreatmentPlan) -> bool:
    each = [(plan.prescribed_dose_gy or 0.0) / plan.fractions if plan.fractions else 0.0 for plan in (a, b)]
    return all(each) and abs(each[0] - each[1]) <= _SAME_FRACTION * each[1]


def _is_named_adapted(label: str) -> bool:
    return _ADAPTED.search(label.replace("_", " ")) is not None


def _made_on(plan: TreatmentPlan) -> date | None:
    return plan.plan_date or plan.approved_on


def _goes_on_where_it_stopped(later: TreatmentPlan, plan: TreatmentPlan, records: Sequence[TreatmentRecord]) -> bool:
    """Whether records show the plan unfinished, all of them before the later plan's, which has the fractions left."""
    days, days_after = _days(plan, records), _days(later, records)
    if not days or not days_after or max(days) > min(days_after):
        return False
    return len(days) + (later.fractions or 0) == plan.fractions


def _days(plan: TreatmentPlan, records: Sequence[TreatmentRecord]) -> set[date]:
    return {
        record.treated_on
        for record in records
        if record.plan_uid == plan.sop_instance_uid and record.treated_on is not None
    }
