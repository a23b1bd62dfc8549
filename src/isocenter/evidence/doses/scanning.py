"""The work of a DVH: the dose as the kernels take it, and each structure's scan cut into tasks for threads.

Tasks are cut by work alone and added up in their order, so that the sums are the same bytes with any number
of threads.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from isocenter.errors import UnreadableInput
from isocenter.evidence.bodies.ends import closing_ends, thinned
from isocenter.evidence.bodies.shapes import end_caps, interpolate_shape
from isocenter.evidence.bodies.solids import make_solid_of, split_parts
from isocenter.evidence.bodies.stacking import EndCap, Stack, is_simple
from isocenter.evidence.kernels import scanline
from isocenter.terms.imaging import DoseGrid, FloatArray

Mode = Literal["auto", "slab", "shape"]

LINES_ACROSS = 60
FINEST_PITCH_MM, COARSEST_PITCH_MM = 0.25, 1.0
LARGEST_SHAPE_CC = 500.0  # of the box around it; above, slabs are as good and much faster
CELLS_A_TASK = 300_000
NO_DOSE_GY = 1e30
MOST_BINS = 200_000  # at the usual 0.01 Gy, 2,000 Gy; beside the sources of brachytherapy the bins are wider


@dataclass(frozen=True, eq=False)
class DoseField:
    """The dose as the kernels take it; bins are enough for its greatest dose."""

    dose_gy: NDArray[np.float32]
    x_mm: FloatArray
    y_mm: FloatArray
    z_mm: FloatArray
    bins_per_gy: float
    bins: int

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Usual distance of voxel centers in x, y and z."""
        x, y, z = (float(np.median(np.diff(axis))) for axis in (self.x_mm, self.y_mm, self.z_mm))
        return x, y, z


def field_of(dose: DoseGrid, bin_gy: float) -> DoseField:
    """Check a dose grid and lay it out for the kernels; UnreadableInput where it is no finite grid."""
    z_mm, y_mm, x_mm = (np.ascontiguousarray(a, dtype=np.float64) for a in (dose.z_mm, dose.y_mm, dose.x_mm))
    shape = dose.dose_gy.shape
    if shape != (len(z_mm), len(y_mm), len(x_mm)) or min(shape) < 2:
        raise UnreadableInput(
            f"the dose has shape {shape} for {len(z_mm)}, {len(y_mm)} and {len(x_mm)} positions in z, y, x; "
            "a DVH needs one value for each and at least two positions along each axis"
        )
    if not all(np.all(np.diff(axis) > 0) for axis in (z_mm, y_mm, x_mm)):
        raise UnreadableInput("the dose grid's positions do not ascend; export the dose again")
    dose_gy = np.ascontiguousarray(dose.dose_gy, dtype=np.float32)
    lowest_gy, highest_gy = float(dose_gy.min()), float(dose_gy.max())
    if not (np.isfinite(lowest_gy) and np.isfinite(highest_gy)):
        raise UnreadableInput("the dose grid holds values that are not numbers; export the dose again")
    if lowest_gy < 0:
        raise UnreadableInput(f"the dose grid holds a negative dose, {lowest_gy:g} Gy; export the dose again")
    bin_gy = max(bin_gy, highest_gy / MOST_BINS)
    return DoseField(dose_gy, x_mm, y_mm, z_mm, 1.0 / bin_gy, int(highest_gy / bin_gy) + 3)


def blank_field() -> DoseField:
    """No dose, everywhere: scanning it measures volume alone."""
    everywhere = np.array([-1e6, 1e6])
    return DoseField(np.zeros((2, 2, 2), np.float32), everywhere, everywhere, everywhere, 1.0, 3)


@dataclass(frozen=True, eq=False)
class Tally:
    """What was counted: volume in mm3 a bin = broken + cumulated steps, and the sums of the kernels."""

    broken: FloatArray
    steps: FloatArray
    sums: FloatArray

    @property
    def volume_mm3(self) -> FloatArray:
        """Volume of each dose bin; rounding below zero is cut off."""
        return np.maximum(self.broken + np.cumsum(self.steps), 0.0)


def blank_tally(bins: int) -> Tally:
    """Nothing counted yet."""
    return Tally(np.zeros(bins), np.zeros(bins), np.array([NO_DOSE_GY, -NO_DOSE_GY, 0.0, 0.0, 0.0]))


def add_up(tallies: Sequence[Tally], bins: int) -> Tally:
    """The sum of tallies, in their order."""
    total = blank_tally(bins)
    for tally in tallies:
        np.add(total.broken, tally.broken, out=total.broken)
        np.add(total.steps, tally.steps, out=total.steps)
        total.sums[scanline.MINIMUM_GY] = min(total.sums[scanline.MINIMUM_GY], tally.sums[scanline.MINIMUM_GY])
        total.sums[scanline.MAXIMUM_GY] = max(total.sums[scanline.MAXIMUM_GY], tally.sums[scanline.MAXIMUM_GY])
        total.sums[scanline.DOSE_VOLUME :] += tally.sums[scanline.DOSE_VOLUME :]
    return total


Task = Callable[[DoseField], Tally]


@dataclass(frozen=True, eq=False)
class Scan:
    """How one structure is scanned."""

    mode: str
    pitch_mm: float
    slices: int
    tasks: tuple[Task, ...] = ()


def plan_scan(stack: Stack | None, end_cap: EndCap, mode: Mode, line_spacing_mm: float | None = None) -> Scan:
    """Choose model and pitch, and cut the work into tasks.

    Where the choice is free, a structure of several separate bodies is scanned body by body, each by the model that
    fits it.
    """
    if stack is None:
        return Scan("slab" if mode == "auto" else mode, 0.0, 0)
    bodies = [stack]
    if mode == "auto" and not _may_be_interpolated(stack) and (stack.plane_contours.max() > 1 or len(stack.runs) > 1):
        solid = make_solid_of(stack)
        bodies = [part.stack for part in split_parts(solid, with_slivers=True)]
    scans = [_plan_body(body, end_cap, mode, line_spacing_mm) for body in bodies]
    modes = sorted({scan.mode for scan in scans})
    tasks = tuple(task for scan in scans for task in scan.tasks)
    return Scan(" and ".join(modes), max(scan.pitch_mm for scan in scans), len(stack.z_mm), tasks)


def _plan_body(stack: Stack, end_cap: EndCap, mode: Mode, line_spacing_mm: float | None) -> Scan:
    pitch_mm = float(line_spacing_mm or min(max(stack.span_mm / LINES_ACROSS, FINEST_PITCH_MM), COARSEST_PITCH_MM))
    slices = len(stack.z_mm)
    if mode == "shape" or (mode == "auto" and _may_be_interpolated(stack)):
        # A long, narrow body is drawn finely enough for its narrow side.
        pitch_mm = float(line_spacing_mm or max(min(pitch_mm, stack.narrow_mm / LINES_ACROSS), FINEST_PITCH_MM))
        return Scan("shape", pitch_mm, slices, (lambda field: _scan_shape(stack, end_cap, pitch_mm, field),))
    return Scan("slab", pitch_mm, slices, _slab_tasks(stack, end_cap, pitch_mm))


def _may_be_interpolated(stack: Stack) -> bool:
    return _box_cc(stack) < LARGEST_SHAPE_CC and is_simple(stack)


def run_all(tasks: Sequence[Task], field: DoseField, threads: int) -> list[Tally]:
    """Run tasks in threads (the kernels let others run); tallies come back in the order of the tasks."""
    if threads == 1 or len(tasks) < 2:
        return [task(field) for task in tasks]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda task: task(field), tasks))


def _box_cc(stack: Stack) -> float:
    left, top, right, bottom = stack.extent_mm
    return (right - left) * (bottom - top) * float(np.ptp(stack.z_mm)) / 1000.0


def _slab_tasks(stack: Stack, end_cap: EndCap, pitch_mm: float) -> tuple[Task, ...]:
    """Cut each slab into layers of at most a pitch, and the layers into tasks of about equal work."""
    below, above = stack.reach_mm(end_cap)
    ends = closing_ends(stack) if end_cap == "half" else []
    for end in ends:
        (above if end.outward > 0 else below)[end.planes[0]] = end.pole_mm
    counts = np.maximum(np.ceil((below + above) / pitch_mm - 1e-9), 1).astype(np.int64)
    plane = np.repeat(np.arange(len(stack.z_mm)), counts)
    number = np.arange(len(plane)) - np.repeat(np.cumsum(counts) - counts, counts)
    layer_mm = (below + above)[plane] / counts[plane]
    layer_z = (stack.z_mm - below)[plane] + number * layer_mm
    share = np.ones(len(plane))
    for end in ends:
        share *= thinned(end, stack, plane, layer_z, layer_mm)
    left, top, right, bottom = stack.extent_mm
    cells_a_layer = (bottom - top) / pitch_mm * (4.0 + (right - left) / 2.5)
    layers_a_task = max(int(CELLS_A_TASK / max(cells_a_layer, 1.0)), 1)

    def task(first: int) -> Task:
        last = min(first + layers_a_task, len(plane))

        def scan(field: DoseField) -> Tally:
            tally = blank_tally(field.bins)
            scanline.scan_slabs(
                stack.edges, stack.plane_edges, plane, layer_z, layer_mm, share, first, last, pitch_mm,
                *_target(field, tally),
            )  # fmt: skip
            return tally

        return scan

    return tuple(task(first) for first in range(0, len(plane), layers_a_task))


def _scan_shape(stack: Stack, end_cap: EndCap, pitch_mm: float, field: DoseField) -> Tally:
    tally = blank_tally(field.bins)
    target = _target(field, tally)
    for first, last in stack.runs:
        shape = interpolate_shape(stack, first, last, pitch_mm)
        raster = (shape.x0_mm, shape.y0_mm, shape.pitch_mm)
        scanline.scan_shape(shape.value, shape.slope, shape.z_mm, *raster, *target)
        if end_cap == "half":
            for cap in end_caps(shape, stack.spacing_mm):
                scanline.scan_cap(*cap.middle, cap.rim, cap.rim_power, cap.z_mm, cap.reach_mm, *raster, *target)
    return tally


def _target(field: DoseField, tally: Tally) -> tuple[object, ...]:
    """The kernels' last arguments: where the dose is, and where to count."""
    axes = (field.x_mm, field.y_mm, field.z_mm)
    return field.dose_gy, *axes, field.bins_per_gy, tally.broken, tally.steps, tally.sums
