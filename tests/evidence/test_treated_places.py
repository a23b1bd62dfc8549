"""Prescriptions add up where plans treat one place, and nowhere else."""

import numpy as np

from isocenter.terms.imaging import DoseGrid, PlanFolder, TreatmentPlan
from isocenter.terms.treated_places import ordered_together, treated_places


def part(x_mm: float, dose_gy: float, fractions: int, radius_mm: float = 20, step_mm: float = 5) -> PlanFolder:
    """A plan that gives its dose to a ball on the x axis."""
    axis = np.arange(-100, 100.1, step_mm)
    z, y, x = np.meshgrid(axis, axis, axis, indexing="ij")
    inside = (x - x_mm) ** 2 + y**2 + z**2 < radius_mm**2
    dose = DoseGrid((dose_gy * inside).astype(np.float32), axis, axis, axis)
    return PlanFolder(TreatmentPlan(f"{x_mm}.{dose_gy}", ordered_dose_gy=dose_gy, fractions=fractions), dose=dose)


def ordered(*parts: PlanFolder) -> tuple[float | None, int | None]:
    return ordered_together(treated_places(parts))


def test_a_boost_within_the_primary_adds_up() -> None:
    assert ordered(part(0, 50, 25, radius_mm=40), part(10, 16, 8)) == (66, 33)
    assert ordered(part(0, 50, 25, radius_mm=40), part(10, 16, 8, step_mm=4)) == (66, 33)


def test_two_places_each_receive_their_own() -> None:
    assert ordered(part(-50, 50, 25), part(50, 48, 24)) == (50, None)


def test_a_plan_that_reaches_two_places_joins_them() -> None:
    both = part(0, 45, 25, radius_mm=90)
    assert [len(place) for place in treated_places([part(-50, 9, 5), part(50, 9, 5), both])] == [3]


def test_plans_without_a_dose_or_a_prescription_are_taken_for_one_place() -> None:
    bare = PlanFolder(TreatmentPlan("1", ordered_dose_gy=10, fractions=5))
    assert ordered(part(-50, 50, 25), bare) == (60, 30)
    silent = PlanFolder(TreatmentPlan("2", fractions=5), dose=part(50, 9, 5).dose)
    assert ordered(part(-50, 50, 25), silent) == (None, 30)
