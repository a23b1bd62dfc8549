"""Collapsed-cone superposition of released energy along many directions, over threads, in the medium as it lies."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from isocenter.planning.kernels.collapsed_cone import sweep
from isocenter.planning.threads import in_threads
from isocenter.terms.imaging import FloatArray

Float32Array = NDArray[np.float32]

LEAST_DENSITY = 0.001
LANES = 8  # rows hold a multiple of so many voxels: what is left over would be swept one by one, as slowly as 20 more
SUMS = 4  # partial sums of the directions of an axis: fixed, so that the order of adding is too
AT_ONCE = 4  # directions that cross a plane together: what they carry fits in the nearest memory
# For the steepest axis x, y or z: how the grid is laid with it first, and which axes its planes hold (x 0, y 1, z 2).
_ORDERS = ((2, 0, 1), (1, 0, 2), (0, 1, 2))
_PLANE_AXES = ((2, 1), (2, 0), (1, 0))


@dataclass(frozen=True, eq=False)
class Medium:
    """What energy crosses: density relative to water [z, y, x], and with x, y or z first in memory, rows padded by air.

    ranges of each: the first column of each row that energy passes and the one behind the last (planes, rows, 2).
    """

    density: Float32Array
    laid: tuple[Float32Array, ...]
    ranges: tuple[NDArray[np.int32], ...]


def lay_out_medium(density: NDArray[np.floating], passed: NDArray[np.bool_] | None = None) -> Medium:
    """The medium of a density [z, y, x].

    passed [z, y, x]: what energy passes, convex so that none that leaves it would return; all of it where not given.
    """
    relative = np.maximum(density, LEAST_DENSITY).astype(np.float32)
    crossed = np.ones(relative.shape, bool) if passed is None else passed
    return Medium(
        relative,
        tuple(_laid(relative, order, LEAST_DENSITY) for order in _ORDERS),
        tuple(_ranges(crossed.transpose(order)) for order in _ORDERS),
    )


def superpose(
    kerma: NDArray[np.floating],
    terma: NDArray[np.floating],
    medium: Medium,
    spacing_mm: FloatArray,
    directions: FloatArray,
    primary: FloatArray,
    scatter: FloatArray,
    spread: Float32Array | None = None,
) -> Float32Array:
    """Dose on [z, y, x] in the unit of kerma and terma, which are energy per mass released to primary and scatter.

    spacing_mm along x, y, z; directions (m, 3) as x, y, z; primary and scatter (m, 2): share and slope per mm.
    spread [z, y, x]: the axes are parallel where the rays of a beam diverge. Dose of primary is multiplied by its
    square where it is deposited, instead of where it was released, and that of scatter by itself: the root of the
    inverse square makes parallel axes as good as ones that are tilted with the rays, within 1 % inside a field
    (Papanikolaou et al., Med Phys 20:1327, 1993, for the inverse square at the place of deposition).
    """
    energy = [np.asarray(released * medium.density, np.float32) for released in (kerma, terma)]
    thinned = np.ones(medium.density.shape, np.float32) if spread is None else spread
    steepest = np.argmax(np.abs(directions) / spacing_mm, axis=1)
    chosen = [np.flatnonzero(steepest == axis) for axis in range(3)]
    along = [
        _Along(energy, thinned, medium, axis, spacing_mm, directions[own], primary[own], scatter[own])
        for axis, own in enumerate(chosen)
        if len(own)
    ]

    parts = [partial(one.sweep_part, number) for one in along for number in range(SUMS)]
    alone = 0 if getattr(sweep, "signatures", ()) else 1  # a kernel is compiled by one thread
    for part in parts[:alone]:
        part()
    in_threads(parts[alone:])
    deposited = np.zeros(medium.density.shape, np.float32)
    for one in along:
        deposited += one.total()
    deposited /= medium.density
    return deposited


class _Along:
    """The directions whose steepest axis is the same: planes are crossed along it."""

    def __init__(
        self,
        energy: Sequence[Float32Array],
        spread: Float32Array,
        medium: Medium,
        axis: int,
        spacing_mm: FloatArray,
        directions: FloatArray,
        primary: FloatArray,
        scatter: FloatArray,
    ) -> None:
        self._order = _ORDERS[axis]
        self._columns = spread.shape[self._order[2]]
        self._laid = [*(_laid(one, self._order) for one in energy), medium.laid[axis], _laid(spread, self._order)]
        self._ranges = medium.ranges[axis]
        self._forward = directions[:, axis] > 0
        step_mm = spacing_mm[axis] / np.abs(directions[:, axis])
        foot = np.stack([-directions[:, a] * step_mm / spacing_mm[a] for a in _PLANE_AXES[axis]], axis=1)
        self._whole = np.minimum(np.floor(foot), 0).astype(np.int64)
        self._shift = (foot - self._whole).astype(np.float32)
        self._slopes = np.column_stack([primary[:, 1] * step_mm, scatter[:, 1] * step_mm]).astype(np.float32)
        self._shares = np.column_stack([primary[:, 0], scatter[:, 0]]).astype(np.float32)
        self._sums = [np.zeros(medium.laid[axis].shape, np.float32) for _ in range(SUMS)]

    def sweep_part(self, number: int) -> None:
        """Add what a part of the directions deposit to one of the sums: half of those up or of those down the axis."""
        is_forward = number % 2 == 0
        own = np.flatnonzero(self._forward == is_forward)[number // 2 :: SUMS // 2]
        for some in np.array_split(own, -(-len(own) // AT_ONCE)) if len(own) else ():
            sweep(
                *self._laid,
                self._ranges,
                is_forward,
                self._whole[some],
                self._shift[some],
                self._slopes[some],
                self._shares[some],
                self._sums[number],
            )

    def total(self) -> Float32Array:
        """What all directions deposit, on [z, y, x]."""
        for more in self._sums[1:]:
            self._sums[0] += more
        return self._sums[0][:, :, : self._columns].transpose(np.argsort(self._order))


def _laid(values: Float32Array, order: tuple[int, int, int], outside: float = 0.0) -> Float32Array:
    laid = values.transpose(order)
    padded = np.empty((*laid.shape[:2], -(-laid.shape[2] // LANES) * LANES), np.float32)
    padded[:, :, : laid.shape[2]] = laid
    padded[:, :, laid.shape[2] :] = outside
    return padded


def _ranges(crossed: NDArray[np.bool_]) -> NDArray[np.int32]:
    """The columns that are crossed, and as many more as make them a multiple of LANES."""
    columns = -(-crossed.shape[2] // LANES) * LANES
    first = np.argmax(crossed, axis=2)
    count = np.where(crossed.any(2), crossed.shape[2] - np.argmax(crossed[:, :, ::-1], axis=2) - first, 0)
    count = -(-count // LANES) * LANES
    first = np.minimum(first, columns - count)
    return np.ascontiguousarray(np.stack([first, first + count], axis=2), np.int32)
