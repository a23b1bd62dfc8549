"""The fields that a 3D conformal plan is tried on: those of practice at a site, and those of IMRT.

Neither the number of fields nor their direction may set the techniques apart: what they are worth would be taken for
what modulation is worth.
"""

from collections.abc import Sequence
from dataclasses import replace

from isocenter.planning.conformal.angles import searched
from isocenter.planning.conformal.conformal import make_conformal
from isocenter.planning.optimizing.steering import ALIKE, LITTLE_WORSE, Progress
from isocenter.planning.plans.plan import ComputedPlan
from isocenter.planning.task.task import Task
from isocenter.planning.task.templates import Arrangement, arrangement


def conformal_fields(task: Task, site: str) -> list[Arrangement]:
    """The arrangement of practice, and that of IMRT with wedges; one where both have the same fields."""
    usual, of_imrt = (searched(arrangement(technique, site), task) for technique in ("conformal", "imrt"))
    if set(usual.gantry_deg) == set(of_imrt.gantry_deg):
        return [usual]
    source = f"the gantry angles of IMRT, so that their number and direction make no difference: {of_imrt.source}"
    like_imrt = replace(
        of_imrt,
        name=f"{of_imrt.name}_as_for_IMRT",
        source=source,
        has_wedges=True,
        block_margin_mm=usual.block_margin_mm,
    )
    return [usual, like_imrt]


def make_best_conformal(
    task: Task, tried: Sequence[Arrangement], shields: Sequence[str], progress: Progress = lambda _: None
) -> ComputedPlan:
    """A 3D conformal plan on each arrangement, and the one that misses least of limits, coverage, even dose and goals.

    One that keeps every hard limit goes before one that does not and is little better otherwise. Where they miss alike,
    such as nothing, the objective decides.
    """
    plans = []
    for one in tried:
        progress(f"fields: {one.name}")
        plans.append(make_conformal(task, one, shields, progress))
    least = min(plan.judged for plan in plans)
    keeping = [plan for plan in plans if not plan.broken and plan.judged <= least + LITTLE_WORSE] or plans
    least = min(plan.judged for plan in keeping)
    alike = [plan for plan in keeping if plan.judged <= least + ALIKE]
    best = alike[0] if len(alike) == 1 else min(alike, key=lambda plan: _objective(task, plan))
    return replace(best, tried_too=tuple(plan.arrangement for plan in plans if plan is not best))


def _objective(task: Task, plan: ComputedPlan) -> float:
    """What both techniques lower, of the dose as delivered and with no limit pressed on."""
    objective, _ = task.objectives
    value, _ = objective.value(plan.dose_gy.ravel()[objective.rows])
    return value
