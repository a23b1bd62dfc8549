"""Analytic doses: a linear gradient, and a plateau on the targets that falls off and spares chosen organs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isocenter.phantoms.shapes import Shape, Target

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class LinearDose:
    """Dose that rises by gradient_gy_per_mm along one axis ("y" or "z") from center_gy at the origin."""

    center_gy: float
    gradient_gy_per_mm: float
    axis: str

    def __call__(self, x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
        along = y if self.axis == "y" else z
        return np.maximum(self.center_gy + self.gradient_gy_per_mm * along + 0 * (x + y + z), 0)


@dataclass(frozen=True)
class Level:
    """A target, the dose that its surface gets, and where it is prescribed."""

    structure: str
    shape: Target
    dose_gy: float


@dataclass(frozen=True)
class ConformalDose:
    """The prescribed dose on each target's surface, a little more inside, an exponential fall-off outside.

    Inside: prescribed x (1 + hot_share x depth), so a target receives from 100 % to 100 % + hot_share, and
    its DVH is its nested copies. The plateau reaches shoulder_mm beyond the surface, so that a coarse grid
    does not blur it. Outside, organs in `spared` get down to their share of what they would have received.
    """

    levels: tuple[Level, ...]
    body: Shape
    spared: tuple[tuple[Shape, float], ...] = ()
    hot_share: float = 0.05
    shoulder_mm: float = 3.0
    fall_mm: float = 14.0
    bath_share: float = 0.08

    def __call__(self, x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
        x, y, z = np.broadcast_arrays(x, y, z)
        dose, outside_mm = np.zeros(x.shape), np.full(x.shape, np.inf)
        for level in self.levels:
            distance_mm = level.shape.signed_distance(x, y, z)
            dose = np.maximum(dose, level.dose_gy * self._share(level.shape.depth(x, y, z), distance_mm))
            outside_mm = np.minimum(outside_mm, distance_mm)
        return self._sparing(outside_mm, x, y, z) * np.where(self.body.signed_distance(x, y, z) <= 0, dose, 0)

    def _share(self, depth: FloatArray, distance_mm: FloatArray) -> FloatArray:
        fall = np.exp(-np.maximum(distance_mm - self.shoulder_mm, 0) / self.fall_mm)
        outside = self.bath_share + (1 - self.bath_share) * fall
        return np.where(distance_mm <= 0, 1 + self.hot_share * depth, outside)

    def _sparing(self, outside_mm: FloatArray, x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
        """Factor that sinks from 1 at the shoulder of the targets to the share left in each spared organ."""
        factor = np.ones(outside_mm.shape)
        beyond = np.clip((outside_mm - self.shoulder_mm) / 4.0, 0, 1)
        for organ, share_left in self.spared:
            near = np.clip(1 - organ.signed_distance(x, y, z) / 6.0, 0, 1)
            factor = factor * (1 - (1 - share_left) * near * beyond)
        return factor

    def closed_form(self, structure: str, dose_gy: FloatArray) -> FloatArray:
        """Volume of a target in cc that receives at least the dose, unless a hotter target overlaps it."""
        level = next(level for level in self.levels if level.structure == structure)
        depth = (dose_gy / level.dose_gy - 1) / self.hot_share
        return level.shape.volume_cc * level.shape.share_deeper(depth)


Dose = LinearDose | ConformalDose
