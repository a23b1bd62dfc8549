"""Leaf positions that follow the targets as seen from the gantry: open, sweeping, stepped or turning."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isocenter.phantoms.shapes import FloatArray

SOURCE_AXIS_MM = 1000.0
LEAF_MM = 5.0
LEAF_BOUNDARIES_MM: FloatArray = np.arange(-150, 151, LEAF_MM, dtype=np.float64)
LEAVES = len(LEAF_BOUNDARIES_MM) - 1
FIELD_MARGIN_MM = 5.0
BIXEL_MM = 5.0


@dataclass(frozen=True, eq=False)
class View:
    """What each leaf pair sees from one gantry angle, at the isocenter plane in mm; NaN for nothing."""

    target: FloatArray  # shape (2, LEAVES): from, to
    shadow: FloatArray  # of the organs to spare, likewise

    @property
    def open_rows(self) -> NDArray[np.bool_]:
        rows: NDArray[np.bool_] = np.isfinite(self.target[0])
        return rows

    @property
    def parked_mm(self) -> float:
        """Where closed pairs meet: at the edge of the field."""
        return float(np.nanmin(self.target))


def view(
    gantry_deg: float, isocenter_mm: FloatArray, target: FloatArray, organs: FloatArray, thickness_mm: float
) -> View:
    """Project points (n, 3) of targets and organs onto the leaves; contours are thickness_mm apart."""
    seen = _rows_seen(gantry_deg, target - isocenter_mm, thickness_mm)
    shadow = _rows_seen(gantry_deg, organs - isocenter_mm, thickness_mm)
    return View(seen + np.array([[-FIELD_MARGIN_MM], [FIELD_MARGIN_MM]]), shadow)


def _rows_seen(gantry_deg: float, points_mm: FloatArray, thickness_mm: float) -> FloatArray:
    """Lowest and highest projection on each leaf pair; gantry 0 looks from in front, 90 from the left."""
    sin, cos = np.sin(np.radians(gantry_deg)), np.cos(np.radians(gantry_deg))
    x, y, z = points_mm.T
    enlarged = SOURCE_AXIS_MM / (SOURCE_AXIS_MM - (x * sin - y * cos))
    across = (x * cos + y * sin) * enlarged
    low, high = np.full(LEAVES, np.inf), np.full(LEAVES, -np.inf)
    for shift_mm in (-thickness_mm / 2, 0.0, thickness_mm / 2):
        row = np.floor(((z + shift_mm) * enlarged - LEAF_BOUNDARIES_MM[0]) / LEAF_MM).astype(int)
        hit = (row >= 0) & (row < LEAVES)
        np.minimum.at(low, row[hit], across[hit])
        np.maximum.at(high, row[hit], across[hit])
    return np.where(low <= high, np.array([low, high]), np.nan)


def open_leaves(seen: View, shrink: float = 0.0) -> FloatArray:
    """Leaves around the target, shape (2, LEAVES); shrink closes the left ones by that share."""
    leaves = np.where(seen.open_rows, seen.target, seen.parked_mm)
    leaves[0] += shrink * (leaves[1] - leaves[0])
    return leaves


def sweep(seen: View, shares: FloatArray) -> FloatArray:
    """Leaves of a sliding window at each share of the meterset, shape (len(shares), 2, LEAVES).

    Both leaves of a pair move to +x. Where the wished fluence rises by d the trailing leaf waits d longer,
    where it falls the leading one does, so a place is open for as long as its fluence says.
    """
    leaves = np.full((len(shares), 2, LEAVES), seen.parked_mm)
    timed = {int(row): _timed_row(seen, int(row)) for row in np.flatnonzero(seen.open_rows)}
    last = max(trailing[-1] for _, trailing, _ in timed.values())
    for row, (places_mm, trailing, leading) in timed.items():
        leaves[:, 0, row] = np.interp(shares * last, trailing, places_mm)
        leaves[:, 1, row] = np.interp(shares * last, leading, places_mm)
    return leaves


def _timed_row(seen: View, row: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Places across one row in mm, and when the trailing and the leading leaf pass them."""
    start, stop = seen.target[:, row]
    places_mm = np.linspace(start, stop, max(int((stop - start) / BIXEL_MM), 2) + 1)
    fluence = 0.85 + 0.15 * np.cos(places_mm / 12 + row)
    shaded = (places_mm >= seen.shadow[0, row]) & (places_mm <= seen.shadow[1, row])
    fluence = np.where(shaded, 0.45 * fluence, fluence)
    step = np.diff(fluence, prepend=0.0)
    travel = 0.05 * np.arange(len(places_mm))
    trailing = np.cumsum(np.maximum(step, 0)) + travel
    leading = np.cumsum(np.maximum(-step, 0)) + travel
    return places_mm, trailing, leading


def turning_leaves(seen: View, phase: float) -> FloatArray:
    """Leaves of one control point of an arc: the target without the half that lies behind a spared organ."""
    leaves = open_leaves(seen)
    width = leaves[1] - leaves[0]
    middle = (leaves[0] + leaves[1]) / 2
    shaded = (
        ~np.isnan(seen.shadow[0])
        & (np.nan_to_num(seen.shadow[0]) < leaves[1])
        & (np.nan_to_num(seen.shadow[1]) > leaves[0])
    )
    behind_left = shaded & (np.nan_to_num(seen.shadow.mean(axis=0)) < middle)
    wave = 0.1 * (1 + np.sin(phase + np.arange(LEAVES)))
    leaves[0] += width * np.where(behind_left, 0.5, wave)
    leaves[1] -= width * np.where(shaded & ~behind_left, 0.5, wave * 0.5)
    return leaves
