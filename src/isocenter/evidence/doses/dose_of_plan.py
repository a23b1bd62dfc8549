"""Whether a dose is that of the plan it lies with: the plan that it names, how high it is, and what the targets get."""

import math
from collections.abc import Iterator

from isocenter.evidence.doses.dvh import compute_dvhs
from isocenter.evidence.roles.roles import role_of
from isocenter.terms.dose_height import is_far_from_order
from isocenter.terms.imaging import DoseGrid, PlanFolder, TreatmentPlan
from isocenter.terms.treated_places import ordered_together, treated_places

_ITEM = "dose"
_LEAST_MEDIAN, _MOST_MEDIAN = 0.9, 1.25  # what half of a target gets at least, of the prescribed dose
_STEREOTACTIC_FRACTIONS = 8  # up to so many, doses are prescribed to low isodoses


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
        found += _of_height(dose, [plan], plan.prescribed_dose_gy, "this plan") or _of_targets(part, dose, plan)
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


def _of_targets(part: PlanFolder, dose: DoseGrid, plan: TreatmentPlan) -> list[tuple[str, str, str]]:
    """That no target gets the prescribed dose, or each one far more: a dose of another plan, or of other anatomy.

    Nothing of ions and sources, nor where a target lies partly beyond the dose.
    """
    ordered_gy = plan.prescribed_dose_gy
    if not ordered_gy or plan.modality != "external":
        return []
    low_gy, high_gy = _LEAST_MEDIAN * ordered_gy, _MOST_MEDIAN * ordered_gy
    if (plan.fractions or 0) <= _STEREOTACTIC_FRACTIONS:
        high_gy = math.inf
    medians: list[tuple[float, str]] = []
    for name, median_gy in _medians_gy(part, dose):
        if median_gy is None:
            return []
        medians.append((median_gy, name))
        if max(medians)[0] >= low_gy and min(medians)[0] <= high_gy:
            return []
    if not medians:
        return []
    median_gy, name = max(medians) if max(medians)[0] < low_gy else min(medians)
    of_plan = f"{median_gy:.2f} Gy to half of {name} where {ordered_gy:g} Gy are prescribed"
    return [(_ITEM, of_plan, "the prescribed dose in a target")]


def _medians_gy(part: PlanFolder, dose: DoseGrid) -> Iterator[tuple[str, float | None]]:
    """Each target and the dose that half of it gets; None where a part of it lies beyond the dose."""
    drawn = part.structure_set
    if drawn is None or drawn.frame_of_reference_uid != dose.frame_of_reference_uid:
        return
    for structure in drawn.structures:
        if not structure.contours or role_of(structure.name, structure.interpreted_type).role != "target":
            continue
        (dvh,) = compute_dvhs([structure], dose)
        is_beyond = dvh.volume_outside_cc > 0.0 or not dvh.curve_volume_cc
        yield structure.name, None if is_beyond else dvh.dose_at_fraction_gy(0.5)
