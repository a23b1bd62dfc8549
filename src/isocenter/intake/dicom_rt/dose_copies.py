"""Whether two doses are one: exported twice, on another grid, or by another rounding."""

import numpy as np
from numpy.typing import NDArray

from isocenter.terms.imaging import DoseGrid

_SAME_DOSE = 1e-4  # of the highest dose, by which one dose that was exported twice may differ by rounding
_EDGE_MM = 0.05  # by which positions of two grids may differ and be one
# Two calculations of one plan: shares of the highest dose by which they may differ and lead to the same limits.
_ALIKE_ON_ONE_GRID, _ALIKE_BETWEEN_GRIDS = 0.01, 0.03
_MOST_POINTS_PERCENT = 95.0  # of points; between two grids, the rest lies where the dose falls steeply
_LOW_DOSE = 0.1  # of the highest dose: below, points say little of a plan


def is_same_dose(one: DoseGrid, other: DoseGrid) -> bool:
    """Whether both are the same numbers at the same places, but for rounding."""
    apart_gy = greatest_difference_gy(one, other)
    return apart_gy is not None and apart_gy <= _SAME_DOSE * float(other.dose_gy.max())


def are_alike(one: DoseGrid, other: DoseGrid) -> bool:
    """Whether it makes no difference which of the two is measured."""
    highest_gy = float(other.dose_gy.max())
    apart_gy = greatest_difference_gy(one, other)
    if apart_gy is not None:
        return apart_gy <= _ALIKE_ON_ONE_GRID * highest_gy
    if one.frame_of_reference_uid != other.frame_of_reference_uid:
        return False
    at_gy, is_inside = dose_at_points(one, other.x_mm, other.y_mm, other.z_mm)
    is_high = other.dose_gy >= _LOW_DOSE * highest_gy
    if not (is_high & is_inside).any():
        return False
    apart = np.abs(at_gy - other.dose_gy)[is_high & is_inside]
    return float(np.percentile(apart, _MOST_POINTS_PERCENT)) <= _ALIKE_BETWEEN_GRIDS * highest_gy


def greatest_difference_gy(one: DoseGrid, other: DoseGrid) -> float | None:
    """The greatest difference of two doses on one grid, in Gy; None where they lie on different grids."""
    return float(np.abs(one.dose_gy - other.dose_gy).max()) if on_one_grid(one, other) else None


def on_one_grid(a: DoseGrid, b: DoseGrid) -> bool:
    """Whether both doses hold the same points."""
    pairs = ((a.x_mm, b.x_mm), (a.y_mm, b.y_mm), (a.z_mm, b.z_mm))
    return all(p.shape == q.shape and np.allclose(p, q, rtol=0, atol=0.01) for p, q in pairs)


def dose_at_points(
    grid: DoseGrid, x_mm: NDArray[np.float64], y_mm: NDArray[np.float64], z_mm: NDArray[np.float64]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """The trilinear dose at the points of other axes, 0 where it does not reach, and where it reaches."""
    from scipy.ndimage import map_coordinates  # noqa: PLC0415 - slow to import, and seldom needed

    axes = ((z_mm, grid.z_mm), (y_mm, grid.y_mm), (x_mm, grid.x_mm))
    places = [np.interp(points, known, np.arange(len(known))) for points, known in axes]
    inside = [(points >= known[0] - _EDGE_MM) & (points <= known[-1] + _EDGE_MM) for points, known in axes]
    is_inside = inside[0][:, None, None] & inside[1][:, None] & inside[2]
    at: NDArray[np.float32] = map_coordinates(grid.dose_gy, np.meshgrid(*places, indexing="ij"), np.float32, order=1)
    if grid.is_reached is not None:
        near = [np.rint(place).astype(np.intp) for place in places]
        is_inside &= grid.is_reached[np.ix_(*near)]
    return np.where(is_inside, at, np.float32(0)), is_inside
