"""Gamma: how well a measured or recalculated dose agrees with the planned one, in dose and distance together.

Low et al. 1998 (10.1118/1.598248): for each measured point the planned dose around it is searched for the least of
sqrt((distance / distance criterion)^2 + (dose difference / dose criterion)^2); up to 1 the point passes.
TG-218 (Miften et al. 2018, 10.1002/mp.12810) says how to use it. A pass rate means nothing without its criteria, its
threshold and its number of points, so the result carries them all.
"""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from isocenter.errors import UnreadableInput
from isocenter.evidence.kernels.gamma import gamma_at_points
from isocenter.terms.imaging import DoseGrid, FloatArray

Normalisation = Literal["global", "local"]
IntArray = NDArray[np.int64]

THREADS = 2
CHUNKS = 16
ON_GRID_MM = 1e-6
_CRITERIA = re.compile(r"(\d+(?:\.\d+)?)/(\d+(?:\.\d+)?)(?:/(global|local)(?:/(\d{1,2}(?:\.\d+)?))?)?")


@dataclass(frozen=True, slots=True)
class GammaCriteria:
    """What is compared: dose per cent of the normalisation dose (global) or of the point's own dose (local).

    Points below threshold_percent of the normalisation dose are left out. step_mm: the raster that is searched,
    a tenth of the distance criterion unless given. Gamma is not followed beyond the maximum.
    """

    dose_percent: float = 3.0
    distance_mm: float = 2.0
    normalisation: Normalisation = "global"
    threshold_percent: float = 10.0
    step_mm: float | None = None
    maximum: float = 2.0

    @property
    def raster_mm(self) -> float:
        """The step of the searched raster."""
        return self.distance_mm / 10 if self.step_mm is None else self.step_mm


@dataclass(frozen=True, eq=False)
class GammaResult:
    """The share of points that pass, with all that it depends on; None where no point could be compared.

    points were compared; points_outside lie above the threshold but beyond the planned grid, and do not count.
    gamma: one value a measured point, in the shape of the measured dose, NaN where not compared.
    """

    criteria: GammaCriteria
    normalisation_dose_gy: float
    points: int
    points_outside: int
    pass_rate_percent: float | None
    mean_gamma: float | None
    median_gamma: float | None
    largest_gamma: float | None
    gamma: FloatArray

    @property
    def stated_criteria(self) -> str:
        """The criteria in one line, as reports and the verifications table print them."""
        c = self.criteria
        return (
            f"{c.dose_percent:g} %/{c.distance_mm:g} mm {c.normalisation}, threshold {c.threshold_percent:g} % of "
            f"{self.normalisation_dose_gy:.3f} Gy, linear interpolation, step {c.raster_mm:g} mm, "
            f"gamma up to {c.maximum:g}, {self.points} points"
        )


def parse_criteria(text: str) -> GammaCriteria:
    """Criteria as '3/2', '2/2/local' or '3/2/global/10': dose in %, distance in mm, normalisation, threshold in %.

    Raises UnreadableInput for anything else.
    """
    found = _CRITERIA.fullmatch(text.strip().lower())
    if found is None or not (0 < float(found[1]) <= 100 and 0 < float(found[2]) <= 50):
        raise UnreadableInput(
            f"{text!r} are not gamma criteria; expected dose %/distance mm, such as 3/2, 2/2/local or 3/2/global/10"
        )
    normalisation: Normalisation = "local" if found[3] == "local" else "global"
    return GammaCriteria(float(found[1]), float(found[2]), normalisation, float(found[4] or 10))


def compare_volumes(
    measured: DoseGrid,
    planned: DoseGrid,
    criteria: GammaCriteria,
    normalisation_dose_gy: float | None = None,
) -> GammaResult:
    """Gamma in three dimensions, on grids of their own; the normalisation dose is the measured maximum if not given.

    Raises UnreadableInput where the two grids lie in different frames of reference.
    """
    frames = {measured.frame_of_reference_uid, planned.frame_of_reference_uid} - {""}
    if len(frames) > 1:
        raise UnreadableInput(
            "the measured and the planned dose lie in different frames of reference, so no point of one is a point "
            "of the other; export both in the frame of reference of the planning CT"
        )
    return _compare(
        measured.dose_gy,
        (measured.z_mm, measured.y_mm, measured.x_mm),
        planned.dose_gy,
        (planned.z_mm, planned.y_mm, planned.x_mm),
        criteria,
        normalisation_dose_gy,
    )


def compare_planes(
    measured_gy: NDArray[np.floating],
    measured_axes_mm: tuple[FloatArray, FloatArray],
    planned_gy: NDArray[np.floating],
    planned_axes_mm: tuple[FloatArray, FloatArray],
    criteria: GammaCriteria,
    normalisation_dose_gy: float | None = None,
) -> GammaResult:
    """Gamma in a plane: doses of shape (rows, columns), axes as (rows in mm, columns in mm).

    NaN in the measured plane says that nothing was measured there.
    """
    here = np.zeros(1)
    found = _compare(
        measured_gy[np.newaxis],
        (here, *measured_axes_mm),
        planned_gy[np.newaxis],
        (here, *planned_axes_mm),
        criteria,
        normalisation_dose_gy,
    )
    return replace(found, gamma=found.gamma[0])


def _compare(
    measured_gy: NDArray[np.floating],
    measured_axes: tuple[FloatArray, ...],
    planned_gy: NDArray[np.floating],
    planned_axes: tuple[FloatArray, ...],
    criteria: GammaCriteria,
    normalisation_dose_gy: float | None,
) -> GammaResult:
    _check_axes("measured", measured_gy, measured_axes)
    _check_axes("planned", planned_gy, planned_axes)
    if not np.isfinite(planned_gy).all():
        raise UnreadableInput("the planned dose holds values that are not numbers; export the dose again")
    highest_gy = float(np.nanmax(measured_gy, initial=0.0))
    normal_gy = highest_gy if normalisation_dose_gy is None else normalisation_dose_gy
    if normal_gy <= 0:
        raise UnreadableInput(
            f"the normalisation dose is {normal_gy:g} Gy; gamma needs a dose above 0, so check the measured plane"
        )
    is_point = np.nan_to_num(measured_gy, nan=-1.0) >= criteria.threshold_percent / 100 * normal_gy
    points = np.argwhere(is_point)
    dose_gy = measured_gy[is_point].astype(np.float64)
    share = criteria.dose_percent / 100
    criterion_gy = (
        np.full(len(points), share * normal_gy)
        if criteria.normalisation == "global"
        # A point without dose has no dose of its own to take a share of.
        else np.maximum(share * dose_gy, 1e-9 * normal_gy)
    )
    values = _search(points, dose_gy, criterion_gy, measured_axes, planned_gy, planned_axes, criteria)
    return _summarize(values, is_point, criteria, normal_gy)


def _check_axes(which: str, dose: NDArray[np.floating], axes: tuple[FloatArray, ...]) -> None:
    if dose.shape != tuple(len(axis) for axis in axes):
        raise UnreadableInput(
            f"the {which} dose has shape {dose.shape} but axes of {tuple(len(axis) for axis in axes)} positions; "
            "give one position in mm for each row and column"
        )
    if not all(np.isfinite(axis).all() and np.all(np.diff(axis) > 0) for axis in axes):
        raise UnreadableInput(f"an axis of the {which} dose does not ascend; sort it together with its dose")


def _search(
    points: IntArray,
    dose_gy: FloatArray,
    criterion_gy: FloatArray,
    measured_axes: tuple[FloatArray, ...],
    planned_gy: NDArray[np.floating],
    planned_axes: tuple[FloatArray, ...],
    criteria: GammaCriteria,
) -> FloatArray:
    """Gamma of each point, in the order given, on two threads."""
    is_flat = [len(axis) == 1 for axis in planned_axes]
    offsets, apart2, reach = _sort_offsets(criteria, is_flat)
    steps_mm = np.arange(-reach, reach + 1).astype(np.float64) * criteria.raster_mm
    tables: list[NDArray[np.generic]] = []
    for axis, planned_axis in zip(measured_axes, planned_axes, strict=True):
        tables += _locate(axis, planned_axis, steps_mm)
    dose = np.ascontiguousarray(planned_gy, dtype=np.float32)

    def run(chunk: IntArray) -> FloatArray:
        found: FloatArray = gamma_at_points(
            points[chunk], dose_gy[chunk], criterion_gy[chunk], dose, *tables, offsets, apart2, criteria.maximum
        )
        return found

    chunks = np.array_split(np.arange(len(points)), CHUNKS)
    with ThreadPoolExecutor(THREADS) as pool:
        return np.concatenate(list(pool.map(run, chunks)))


def _sort_offsets(criteria: GammaCriteria, is_flat: list[bool]) -> tuple[IntArray, FloatArray, int]:
    """Offsets (n, 3) of the raster within the maximum, nearest first, as positions in -reach..reach; apart2 (n,)."""
    reach = int(np.ceil(criteria.maximum * criteria.distance_mm / criteria.raster_mm - 1e-9))
    steps = np.arange(-reach, reach + 1)
    grids = np.meshgrid(*(np.zeros(1, dtype=np.int64) if flat else steps for flat in is_flat), indexing="ij")
    offsets = np.stack([grid.ravel() for grid in grids], axis=1)
    apart2 = np.sum((offsets * criteria.raster_mm / criteria.distance_mm) ** 2, axis=1)
    within = np.flatnonzero(apart2 <= criteria.maximum**2 + 1e-9)
    order = within[np.argsort(apart2[within], kind="stable")]
    return np.ascontiguousarray(offsets[order] + reach), apart2[order], reach


def _locate(axis: FloatArray, planned_axis: FloatArray, steps_mm: FloatArray) -> tuple[IntArray, FloatArray]:
    """Cell of the planned axis at each position plus each step (-1 outside), and how far into it."""
    if len(planned_axis) == 1:
        on_it = np.abs(axis - planned_axis[0]) < ON_GRID_MM
        cells = np.where(on_it, 0, -1)[:, np.newaxis].repeat(len(steps_mm), axis=1)
        return cells.astype(np.int64), np.zeros(cells.shape)
    positions = axis[:, np.newaxis] + steps_mm
    cells = np.clip(np.searchsorted(planned_axis, positions, side="right") - 1, 0, len(planned_axis) - 2)
    shares = (positions - planned_axis[cells]) / np.diff(planned_axis)[cells]
    outside = (positions < planned_axis[0] - ON_GRID_MM) | (positions > planned_axis[-1] + ON_GRID_MM)
    return np.where(outside, -1, cells).astype(np.int64), np.clip(shares, 0.0, 1.0)


def _summarize(
    values: FloatArray, is_point: NDArray[np.bool_], criteria: GammaCriteria, normal_gy: float
) -> GammaResult:
    gamma = np.full(is_point.shape, np.nan)
    gamma[is_point] = values
    compared = values[~np.isnan(values)]
    some = compared.size > 0
    return GammaResult(
        criteria=criteria,
        normalisation_dose_gy=normal_gy,
        points=int(compared.size),
        points_outside=int(values.size - compared.size),
        pass_rate_percent=100 * float(np.mean(compared <= 1.0)) if some else None,
        mean_gamma=float(compared.mean()) if some else None,
        median_gamma=float(np.median(compared)) if some else None,
        largest_gamma=float(compared.max()) if some else None,
        gamma=gamma,
    )
