"""Plans that treat one place give its dose together; plans of several places, as of two breasts, each give their own.

Where the doses of two plans share next to nothing of what they treat, no point receives both prescriptions.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from isocenter.terms.imaging import DoseGrid, FloatArray, PlanFolder, TreatmentPlan

_TREATED = 0.8  # of its prescription, which a plan gives to what it treats
_LEAST_SHARED = 0.1  # of the smaller of two treated volumes; junctions of matched fields share less


def treated_places(parts: Sequence[PlanFolder]) -> list[list[TreatmentPlan]]:
    """The plans, grouped by the place that they treat, in order; what no dose shows apart is one place."""
    places: list[list[PlanFolder]] = []
    for part in parts:
        if part.plan is None:
            continue
        joined = [place for place in places if any(_is_same_place(part, other) for other in place)]
        places = [place for place in places if place not in joined]
        places.append([*(other for place in joined for other in place), part])
    return [[part.plan for part in place if part.plan is not None] for place in places]


def ordered_together(places: Sequence[Sequence[TreatmentPlan]]) -> tuple[float | None, int | None]:
    """Dose in Gy and fractions of plans grouped by place: the highest dose that any place receives.

    None where a plan does not state it; fractions of several places may be given at once or in turn: None.
    """
    plans = [plan for place in places for plan in place]
    doses_gy = [sum((plan.prescribed_dose_gy or 0.0) * plan.given_share for plan in place) for place in places]
    fractions = [plan.given_fractions or plan.fractions for plan in plans]
    dose_gy = max(doses_gy) if plans and all(plan.prescribed_dose_gy for plan in plans) else None
    is_counted = len(places) == 1 and all(fractions)
    return dose_gy, sum(count or 0 for count in fractions) if is_counted else None


def _is_same_place(one: PlanFolder, other: PlanFolder) -> bool:
    treated, others = _treated(one), _treated(other)
    if treated is None or others is None or one.dose is None or other.dose is None:
        return True
    if one.dose.frame_of_reference_uid != other.dose.frame_of_reference_uid:
        return True
    of_one = _share_within(treated, one.dose, others, other.dose)
    of_other = _share_within(others, other.dose, treated, one.dose)
    return max(of_one, of_other) >= _LEAST_SHARED


def _treated(part: PlanFolder) -> NDArray[np.bool_] | None:
    """Where the plan gives its dose; None where that is not known."""
    if part.plan is None or part.dose is None or not part.plan.prescribed_dose_gy:
        return None
    treated: NDArray[np.bool_] = part.dose.dose_gy >= _TREATED * part.plan.prescribed_dose_gy
    return treated if treated.any() else None


def _share_within(treated: NDArray[np.bool_], dose: DoseGrid, others: NDArray[np.bool_], other_dose: DoseGrid) -> float:
    """The share of one treated volume that lies in another, by the nearest points of the other's grid."""
    axes = ((dose.z_mm, other_dose.z_mm), (dose.y_mm, other_dose.y_mm), (dose.x_mm, other_dose.x_mm))
    nearest = [_nearest(axis, other) for axis, other in axes]
    along_z, along_y, along_x = (inside for _, inside in nearest)
    is_there = along_z[:, None, None] & along_y[:, None] & along_x
    there = others[np.ix_(*(places for places, _ in nearest))] & is_there
    return float((there & treated).sum()) / float(treated.sum())


def _nearest(axis_mm: FloatArray, other_mm: FloatArray) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """For each point of an axis the nearest of another, and whether it lies on it (half a step beyond at most)."""
    if len(other_mm) < 2:
        return np.zeros(len(axis_mm), dtype=np.intp), np.ones(len(axis_mm), dtype=bool)
    between = (other_mm[1:] + other_mm[:-1]) / 2
    steps = np.diff(other_mm)
    inside = (axis_mm >= other_mm[0] - steps[0] / 2) & (axis_mm <= other_mm[-1] + steps[-1] / 2)
    return np.searchsorted(between, axis_mm), inside
