"""Whether a dose is that of the plan it lies with: the plan that it names, and how high it is."""

from isocenter.terms.dose_height import is_far_from_order
from isocenter.terms.imaging import DoseGrid, PlanFolder, TreatmentPlan
from isocenter.terms.treated_places import ordered_together, treated_places

_ITEM = "dose"


def dose_differences(part: PlanFolder) -> list[tuple[str, str, str]]:
    """In what the dose of a plan, or of the course that it leads, does not fit: item, what it is, what it should be."""
    plan, dose, summed = part.plan, part.dose, part.summed_dose
    if plan is None:
        return []
    found = []
    if dose is not None and summed is None and plan.sop_instance_uid:
        named = {dose.plan_uid, *dose.plan_uids} - {""}
        if named and plan.sop_instance_uid not in named:
            found.append((_ITEM, f"a dose that refers to the plan {min(named)}", "to this one"))
    if could_be := dict(part.undecided).get("doses", ()):
        found.append((_ITEM, f"one of {len(could_be)} doses that differ", "the dose that was approved"))
    if not found and dose is not None:
        found += _of_height(dose, [plan], plan.prescribed_dose_gy, "this plan")
    parts = [part, *part.further]
    plans = [one.plan for one in parts if one.plan is not None]
    is_of_these = summed is not None and {*summed.plan_uids} <= {one.sop_instance_uid for one in plans}
    if summed is not None and is_of_these and not any(one.given_fractions or one.made_from for one in plans):
        found += _of_height(summed, plans, ordered_together(treated_places(parts))[0], "these plans")
    return found


def _of_height(
    dose: DoseGrid, plans: list[TreatmentPlan], ordered_gy: float | None, whose: str
) -> list[tuple[str, str, str]]:
    """That the highest dose is not all of what is ordered; nothing where a part of the dose is not known."""
    highest_gy = float(dose.dose_gy.max(initial=0.0))
    is_whole = dose.is_reached is None or bool(dose.is_reached.all())
    is_unbounded = any(plan.modality == "brachytherapy" for plan in plans)
    counts = [plan.fractions for plan in plans if plan.fractions]
    fractions = sum(counts) if len(counts) == len(plans) else None
    if not ordered_gy or not is_whole:
        return []
    if not is_far_from_order(highest_gy, ordered_gy, is_unbounded=is_unbounded, fractions=fractions):
        return []
    of_plan = f"a highest dose of {highest_gy:.2f} Gy where {ordered_gy:g} Gy are prescribed"
    return [(_ITEM, of_plan, f"the dose of {whose} over all fractions")]
