"""Points of a dose grid that differ from all beside them by more than a dose can between two points."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from isocenter.terms.imaging import DoseGrid

_LEAST_SHARE = 0.2  # of the highest dose of the grid: by so much it lies above or below all beside it
_LEAST_RATIO = 1.5  # of it to these, or of these to it, too
_HIGHEST_OF_BEAMS_GY = 300.0  # beside the sources of brachytherapy a dose rises without end
_MOST_NAMED = 3


class _Lone(NamedTuple):
    plane: int
    row: int
    column: int
    beside_gy: float


class _Lones:
    """How many there are, and the first few of them."""

    def __init__(self) -> None:
        self.count = 0
        self.first: list[_Lone] = []

    def add(self, plane: int, where: NDArray[np.bool_], beside_gy: NDArray[np.float32]) -> None:
        """Take the points of the inside of a plane that are so."""
        self.count += int(where.sum())
        if len(self.first) < _MOST_NAMED and where.any():
            places = np.argwhere(where)[: _MOST_NAMED - len(self.first)]
            self.first += [_Lone(plane, row + 1, column + 1, float(beside_gy[row, column])) for row, column in places]


def lone_points(grid: DoseGrid) -> list[str]:
    """A sentence on the points that lie far above all six beside them, and one on those far below.

    A damaged byte makes such a point, and it changes the highest or the least dose of a structure. The points on the
    sides of the grid are not judged, nor those above what beams give, as beside sources.
    """
    dose_gy = grid.dose_gy
    if min(dose_gy.shape) < 3:
        return []
    step_gy = _LEAST_SHARE * float(dose_gy.max())
    above, below = _Lones(), _Lones()
    for plane in range(1, len(dose_gy) - 1):
        middle = dose_gy[plane, 1:-1, 1:-1]
        highest, lowest = _beside(dose_gy[plane - 1 : plane + 2])
        is_above = (middle > _LEAST_RATIO * highest) & (middle - highest > step_gy) & (middle <= _HIGHEST_OF_BEAMS_GY)
        is_below = (middle * _LEAST_RATIO < lowest) & (lowest - middle > step_gy)
        above.add(plane, is_above, highest)
        below.add(plane, is_below, lowest)
    return [
        f"{_listed(grid, points, reach)}: the grid is damaged there, or its points lie too far apart for so small a"
        " field; export it again."
        for points, reach in ((above, "at most"), (below, "at least"))
        if points.count
    ]


def _beside(three: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The highest and the lowest of the six doses beside each inner point of the middle one of three planes."""
    before, plane, behind = three
    beside = (
        before[1:-1, 1:-1], behind[1:-1, 1:-1],
        plane[:-2, 1:-1], plane[2:, 1:-1], plane[1:-1, :-2], plane[1:-1, 2:],
    )  # fmt: skip
    return np.maximum.reduce(beside), np.minimum.reduce(beside)


def _listed(grid: DoseGrid, points: _Lones, reach: str) -> str:
    named = [
        f"{grid.dose_gy[plane, row, column]:.2f} Gy at x = {grid.x_mm[column]:.1f}, y = {grid.y_mm[row]:.1f},"
        f" z = {grid.z_mm[plane]:.1f} mm, where the points next to it hold {reach} {beside_gy:.2f} Gy"
        for plane, row, column, beside_gy in points.first
    ]
    more = f"; so too {points.count - len(named)} more" if points.count > len(named) else ""
    return f"The dose is {'; '.join(named)}{more}"
