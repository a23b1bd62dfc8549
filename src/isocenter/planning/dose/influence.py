"""The influence matrix: dose of each bixel's fluence at chosen voxels, by the pencil beam of the same beam data."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft2, next_fast_len, rfft2
from scipy.ndimage import binary_closing, binary_dilation, gaussian_filter

from isocenter.errors import UnreadableInput
from isocenter.planning.beam.beam_data import BeamData
from isocenter.planning.dose.beam_view import BeamView, Fan
from isocenter.planning.dose.dose import FluenceMap
from isocenter.planning.kernels import influence as kernels
from isocenter.planning.patient.patient import PlanningPatient
from isocenter.planning.threads import cuts_of, each_part
from isocenter.terms.imaging import FloatArray

IntArray = NDArray[np.int64]
Float32Array = NDArray[np.float32]

BIXEL_MM = 5.0
REACH_MM = 30.0  # scatter from farther off is left to the correction by the collapsed cone
PHASES = 20  # places within a bixel that the kernel is tabulated for, along u and v
MOST_BIXELS = 65_535
BYTES_AN_ENTRY, MOST_GIGABYTES = 6, 6.0  # column and value
FLUENCE_PITCH_MM = 1.0
# The ratio of the two dose engines is followed where the dose is not negligible, and within bounds.
TRUSTED_SHARE, LEAST_RATIO, GREATEST_RATIO = 0.05, 0.5, 2.0
_RASTER_MM = BIXEL_MM / PHASES


@dataclass(frozen=True, eq=False)
class BixelMap:
    """The bixels of one beam: their column, or -1, at u0 + i * BIXEL_MM, v0 + j * BIXEL_MM (middles)."""

    view: BeamView
    cells: NDArray[np.int32]
    u0_mm: float
    v0_mm: float

    @property
    def is_bixel(self) -> NDArray[np.bool_]:
        """Where there is one."""
        return self.cells >= 0

    def spread(self, weights: FloatArray) -> FloatArray:
        """The weights of this beam's bixels as a map, 0 where there is none."""
        return np.asarray(np.where(self.is_bixel, weights[np.maximum(self.cells, 0)], 0.0), np.float64)

    def as_fluence(self, by_bixel: FloatArray) -> FluenceMap:
        """A map over the bixels (as spread gives it) on a fine raster, with a rim of nothing for the source's blur."""
        rim, fine = 8, round(BIXEL_MM / FLUENCE_PITCH_MM)
        values = np.pad(by_bixel, rim).repeat(fine, 0).repeat(fine, 1)
        first = -rim * BIXEL_MM - BIXEL_MM / 2 + FLUENCE_PITCH_MM / 2
        return FluenceMap(values, self.u0_mm + first, self.v0_mm + first, FLUENCE_PITCH_MM)


@dataclass(eq=False)
class InfluenceMatrix:
    """Compressed rows: rows are voxels (their flat numbers), columns are bixels of all beams.

    factors (rows,): what the values of each row are multiplied by, to follow a better dose engine.
    """

    rows: IntArray
    beams: tuple[BixelMap, ...]
    fans: tuple[Fan, ...]
    pointers: IntArray
    columns: NDArray[np.uint16]
    values: Float32Array
    factors: Float32Array

    @cached_property
    def bixels(self) -> int:
        """Number of columns."""
        return sum(int(beam.is_bixel.sum()) for beam in self.beams)

    def at(self, rows: IntArray) -> "InfluenceMatrix":
        """The matrix of some of its rows, of their own memory."""
        is_kept = np.isin(self.rows, rows, assume_unique=True)
        lengths = np.diff(self.pointers)
        of_kept = np.repeat(is_kept, lengths)
        pointers = np.concatenate([[0], np.cumsum(lengths[is_kept])])
        return replace(
            self,
            rows=self.rows[is_kept],
            pointers=pointers,
            columns=self.columns[of_kept],
            values=self.values[of_kept],
            factors=self.factors[is_kept],
        )

    def bounds(self) -> tuple[FloatArray, FloatArray]:
        """Fluence is never negative."""
        return np.zeros(self.bixels), np.full(self.bixels, np.inf)

    def dose(self, weights: FloatArray) -> Float32Array:
        """Dose at each row for the weights of the bixels."""
        return self.factors * self._pencil(weights)

    def _pencil(self, weights: FloatArray) -> Float32Array:
        out = np.empty(len(self.rows), np.float32)
        w = np.ascontiguousarray(weights, np.float32)
        each_part(len(self.rows), lambda a, b: kernels.times(a, b, self.pointers, self.columns, self.values, w, out))
        return out

    def transposed(self, by_row: Float32Array, weights: FloatArray) -> FloatArray:  # noqa: ARG002 - it is linear
        """The sum over rows of value times by_row, for each bixel: the gradient of a function of the dose."""
        slots = {first: k for k, first in enumerate(cuts_of(len(self.rows)))}
        sums = np.zeros((len(slots), self.bixels), np.float32)
        scaled = by_row * self.factors

        def part(first: int, last: int) -> None:
            kernels.transposed_times(first, last, self.pointers, self.columns, self.values, scaled, sums[slots[first]])

        each_part(len(self.rows), part)
        return np.asarray(sums.sum(0), np.float64)

    def as_bixels(self, weights: FloatArray) -> FloatArray:
        """The weights of the bixels: of a matrix its own."""
        return weights

    def follow(self, dose: Float32Array, weights: FloatArray) -> None:
        """Scale the rows so that the matrix gives this dose, computed by a better engine, at these weights."""
        pencil = self._pencil(weights)
        is_trusted = pencil > TRUSTED_SHARE * pencil.max()
        ratio = dose[is_trusted] / pencil[is_trusted]
        self.factors[:] = 1
        self.factors[is_trusted] = np.clip(ratio, LEAST_RATIO, GREATEST_RATIO)


def build_influence(
    patient: PlanningPatient,
    fans: Sequence[Fan],
    rows: IntArray,
    targets: IntArray,
    beam: BeamData,
    rings: int = 1,
) -> InfluenceMatrix:
    """The matrix of beams whose bixels cover the target voxels and some rings around them, at the voxels of rows.

    Raises UnreadableInput where there are more bixels than 16 bits can number.
    """
    reach = int(np.ceil(REACH_MM / BIXEL_MM))
    patches = _patches(beam, reach)
    points, target_points = patient.points_mm(rows), patient.points_mm(targets).astype(np.float64)
    maps: list[BixelMap] = []
    seen, places, entries = [], [], np.zeros(len(rows), np.int64)
    for fan in fans:
        bixels = _cover(fan.view, target_points, sum(int(m.is_bixel.sum()) for m in maps), rings)
        seen.append(fan.places(points))
        places.append(kernels.locate(seen[-1], bixels.u0_mm, bixels.v0_mm, BIXEL_MM, PHASES))
        entries += kernels.count_entries(places[-1], bixels.cells, reach)
        maps.append(bixels)
    pointers = np.concatenate([[0], np.cumsum(entries)]).astype(np.int64)
    _expect_room(int(pointers[-1]))
    columns, values = np.empty(pointers[-1], np.uint16), np.empty(pointers[-1], np.float32)
    start = pointers[:-1].copy()
    for bixels, of_beam, where in zip(maps, seen, places, strict=True):
        factors = _depth_factors(of_beam, beam)

        def part(
            first: int,
            last: int,
            cells: NDArray[np.int32] = bixels.cells,
            where: NDArray[np.int32] = where,
            factors: Float32Array = factors,
        ) -> None:
            kernels.fill_entries(
                where[first:last], factors[first:last], cells, reach, patches, start[first:last], columns, values
            )

        each_part(len(rows), part)
    if not np.array_equal(start, pointers[1:]):
        raise AssertionError("entries were counted and filled differently")
    return InfluenceMatrix(rows, tuple(maps), tuple(fans), pointers, columns, values, np.ones(len(rows), np.float32))


def _expect_room(entries: int) -> None:
    """Raise UnreadableInput where a matrix of so many entries would take more than the memory that is allowed."""
    gigabytes = entries * BYTES_AN_ENTRY / 1e9
    if gigabytes > MOST_GIGABYTES:
        raise UnreadableInput(
            f"the influence matrix would take {gigabytes:.1f} GB, more than {MOST_GIGABYTES:g} GB; "
            "plan on a wider grid (--spacing) or a smaller target"
        )


def _cover(view: BeamView, points_mm: FloatArray, first_column: int, rings: int) -> BixelMap:
    """Bixels over the points as the beam sees them, holes closed, with rings of bixels around."""
    cells = np.unique(np.round(view.onto_plane(points_mm) / BIXEL_MM).astype(np.int64), axis=0)
    low = cells.min(0) - 1 - rings
    covered = np.zeros(cells.max(0) - low + 2 + rings, bool)
    covered[tuple((cells - low).T)] = True
    square = np.ones((3, 3), bool)
    covered = binary_closing(covered, square)
    if rings:
        covered = binary_dilation(covered, square, iterations=rings)
    if first_column + int(covered.sum()) > MOST_BIXELS:
        raise UnreadableInput(f"the beams need more than {MOST_BIXELS:,} bixels; use fewer beams or a smaller target")
    numbers = np.full(covered.shape, -1, np.int32)
    numbers[covered] = first_column + np.arange(int(covered.sum()))
    return BixelMap(view, numbers, float(low[0] * BIXEL_MM), float(low[1] * BIXEL_MM))


def _depth_factors(seen: Float32Array, beam: BeamData) -> Float32Array:
    """The factor of each radial kernel at each row, with its inverse square, shape (rows, 3)."""
    factors = [
        np.interp(seen[:, 2], beam.pencil_depth_mm, of_depth) * seen[:, 3] for of_depth in beam.pencil_depth_factors
    ]
    return np.ascontiguousarray(np.stack(factors, axis=1), np.float32)


def _patches(beam: BeamData, reach: int) -> Float32Array:
    """The bixel's dose around a point by phase: (PHASES, PHASES, 3, 2 reach + 1, 2 reach + 1)."""
    blurred = [_bixel_through(kernel, beam, reach) for kernel in beam.pencil_kernels]
    middle = (len(blurred[0]) - 1) // 2
    steps = np.arange(-reach, reach + 1)
    # A point at phase p lies (p + 1/2) / PHASES - 1/2 of a bixel from the middle of its own.
    offsets = np.round((np.arange(PHASES) + 0.5 - PHASES / 2)[:, None] - PHASES * steps[None, :]).astype(np.int64)
    at = offsets + middle
    patches = np.stack([table[at[:, None, :, None], at[None, :, None, :]] for table in blurred], axis=2)
    return np.ascontiguousarray(patches, np.float32)


def _bixel_through(kernel: FloatArray, beam: BeamData, reach: int) -> FloatArray:
    """One bixel of unit fluence, blurred by the source and folded with a radial kernel, on the raster of the phases."""
    half_bixel, blur = round(BIXEL_MM / 2 / _RASTER_MM), round(6 * beam.source_sigma_mm / _RASTER_MM)
    small = half_bixel + blur
    r_mm = _RASTER_MM * np.arange(-small, small + 1)
    line = np.clip((BIXEL_MM / 2 - np.abs(r_mm)) / _RASTER_MM + 0.5, 0, 1)
    opening = gaussian_filter(np.outer(line, line), beam.source_sigma_mm / _RASTER_MM, mode="constant")
    wide = small + round((reach + 1) * PHASES)
    radial = _disc_averaged(kernel, beam.pencil_radius_mm, wide)
    return folded_within(radial, opening) * (_RASTER_MM / 10) ** 2


def folded_within(wide: FloatArray, small: FloatArray) -> FloatArray:
    """The convolution of two images where the smaller lies within the wider as a whole.

    scipy.signal has it too, and takes more than a second to import.
    """
    shape = [next_fast_len(count, real=True) for count in wide.shape]
    product = rfft2(wide, shape) * rfft2(small, shape)
    whole: FloatArray = irfft2(product, shape)
    return whole[small.shape[0] - 1 : wide.shape[0], small.shape[1] - 1 : wide.shape[1]]


def _disc_averaged(kernel: FloatArray, radius_mm: FloatArray, wide: int) -> FloatArray:
    """The radial kernel on a raster; its steep middle as the mean over the disc of one raster cell."""
    r_mm = _RASTER_MM * np.hypot(*np.mgrid[-wide : wide + 1, -wide : wide + 1])
    values = np.interp(r_mm, radius_mm, kernel)
    cell_mm = _RASTER_MM / np.sqrt(np.pi)
    fine_mm = (np.arange(200) + 0.5) / 200 * cell_mm
    values[wide, wide] = 2 / cell_mm**2 * np.sum(np.interp(fine_mm, radius_mm, kernel) * fine_mm) * cell_mm / 200
    return np.asarray(values, np.float64)
