"""What the clinic's plans of one course say together: the doses of targets, the number of fractions, and the dose."""

from collections.abc import Mapping

from isocenter.terms.imaging import ContouredStructure, DoseGrid, PlanFolder, TreatmentPlan
from isocenter.terms.problems import Problem


def plans_of(folder: PlanFolder) -> list[TreatmentPlan]:
    """The plans of the course: one, or several such as a first course and its boost."""
    return [part.plan for part in (folder, *folder.further) if part.plan is not None]


def labels_of(folder: PlanFolder) -> str:
    """The names of these plans, in words."""
    return ", ".join(plan.label or plan.sop_instance_uid or "one without a name" for plan in plans_of(folder))


def prescribed_by_the_plans(folder: PlanFolder, contoured: Mapping[str, ContouredStructure]) -> dict[str, float]:
    """The dose in Gy of each contoured target over the course; of several plans the sum, as far as they are given.

    Empty where several plans prescribe to different targets: what one plan gives the targets of another is not stated.
    """
    by_plan = [_prescribed_by(part, contoured) for part in (folder, *folder.further) if part.plan is not None]
    if not by_plan or any(one.keys() != by_plan[0].keys() for one in by_plan):
        return {}
    return {name: sum(one[name] for one in by_plan) for name in by_plan[0]}


def fractions_of(folder: PlanFolder, prescribed_gy: Mapping[str, float]) -> int | None:
    """The number of fractions of the course; None where it is not known, 0 where the only plan states none.

    prescribed_gy: by the plans. Those of several plans add up where all of them treat the same targets; of other plans
    it is not known whether one follows the other.
    """
    plans = plans_of(folder)
    if len(plans) < 2:
        return plans[0].fractions if plans else None
    counts = [plan.given_fractions or plan.fractions for plan in plans]
    return sum(count or 0 for count in counts) if prescribed_gy and all(counts) else None


def dose_of_the_course(folder: PlanFolder) -> tuple[DoseGrid | None, list[Problem]]:
    """The clinic's dose over the course; None where none is stored, or where that of several plans is not known."""
    plans = plans_of(folder)
    if len(plans) < 2:
        return folder.dose, []
    taken = (
        "the clinic's column is their doses together"
        if folder.summed_dose is not None
        else "their doses together are not known, so there is no column of the clinic's dose"
    )
    sentence = f"the course has {len(plans)} plans ({labels_of(folder)}); {taken}, and they are not computed again"
    return folder.summed_dose, [Problem("", "the clinic's plans", sentence)]


def _prescribed_by(part: PlanFolder, contoured: Mapping[str, ContouredStructure]) -> dict[str, float]:
    """The dose of each contoured target that one plan prescribes, as far as the plan is given.

    Of several groups of fractions, each with doses of its own, it is what they make together where all treat one
    target; else none is known.
    """
    assert part.plan is not None
    drawn = part.structure_set.structures if part.structure_set else contoured.values()
    names = {one.number: one.name for one in drawn if one.name in contoured}
    stated = [
        (names[p.structure_number], p.target_dose_gy)
        for p in part.plan.prescriptions
        if p.kind == "TARGET" and p.target_dose_gy and p.structure_number in names
    ]
    targets = tuple(dict.fromkeys(name for name, _ in stated))
    if len(part.plan.fraction_groups) > 1:
        ordered_gy = part.plan.prescribed_dose_gy if len(targets) == 1 else None
        return {name: ordered_gy * part.plan.given_share for name in targets if ordered_gy}
    return {name: max(gy for own, gy in stated if own == name) * part.plan.given_share for name in targets}
