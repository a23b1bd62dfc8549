"""Scan lines through contours and shapes, with the trilinear dose deposited exactly along each line.

A line runs in x at fixed (y, z). Between two voxel columns the trilinear dose is linear in x, so the piece of
a line within one cell is spread evenly between two doses: a box in the histogram, kept as its two broken bins
and two steps of a difference array. What is left to sampling is y and z alone. Lines move by the golden ratio
in y from sub-slice to sub-slice, and in z from line to line, so that neither axis sees stair steps.
"""

import math

import numpy as np
from numpy.typing import NDArray

from isocenter.engines.compiling import njit
from isocenter.evidence.kernels.edges import reach_along
from isocenter.terms.imaging import FloatArray

GOLDEN_STEP = 0.6180339887498949
SECOND_STEP = 0.7548776662466927  # the golden ratio's counterpart for a second, independent sequence

# What a scan sums up beside the histogram; volumes in mm3.
MINIMUM_GY, MAXIMUM_GY, DOSE_VOLUME, INSIDE_MM3, OUTSIDE_MM3 = range(5)

# Where a body runs out towards its pole, its last outline is too wide to take extremes from.
LEAST_SHARE_OF_EXTREMES = 0.5

# A sphere's shape function bends by 2 per mm2 of height; flatter bodies bend more, noise more still.
GREATEST_BEND = 4.0


@njit(nogil=True, cache=True, fastmath=True, forceinline=True)
def _cell_of(axis_mm: FloatArray, position_mm: float) -> int:
    """Index of the cell that holds a position within an ascending axis, by bisection."""
    low, high = 0, axis_mm.shape[0] - 1
    while high - low > 1:
        middle = (low + high) >> 1
        if axis_mm[middle] <= position_mm:
            low = middle
        else:
            high = middle
    return low


@njit(nogil=True, cache=True, fastmath=True, forceinline=True)
def _deposit(
    y: float, z: float, start: float, end: float, mm2: float,
    dose: NDArray[np.float32], x_mm: FloatArray, y_mm: FloatArray, z_mm: FloatArray,
    bins_per_gy: float, broken: FloatArray, steps: FloatArray, sums: FloatArray,
) -> None:  # fmt: skip
    """Add the line start..end (mm) at (y, z), standing for mm2 of cross-section, to histogram and sums."""
    inside_start = max(start, x_mm[0])
    inside_end = min(end, x_mm[-1])
    if inside_end <= inside_start or y < y_mm[0] or y > y_mm[-1] or z < z_mm[0] or z > z_mm[-1]:
        sums[OUTSIDE_MM3] += (end - start) * mm2
        return
    sums[OUTSIDE_MM3] += (end - start - (inside_end - inside_start)) * mm2
    sums[INSIDE_MM3] += (inside_end - inside_start) * mm2
    k = _cell_of(z_mm, z)
    j = _cell_of(y_mm, y)
    i = _cell_of(x_mm, inside_start)
    fz = (z - z_mm[k]) / (z_mm[k + 1] - z_mm[k])
    fy = (y - y_mm[j]) / (y_mm[j + 1] - y_mm[j])
    w00, w01, w10, w11 = (1 - fz) * (1 - fy), (1 - fz) * fy, fz * (1 - fy), fz * fy
    row00, row01, row10, row11 = dose[k, j], dose[k, j + 1], dose[k + 1, j], dose[k + 1, j + 1]

    left = w00 * row00[i] + w01 * row01[i] + w10 * row10[i] + w11 * row11[i]
    right = w00 * row00[i + 1] + w01 * row01[i + 1] + w10 * row10[i + 1] + w11 * row11[i + 1]
    x = inside_start
    here = left + (right - left) * (x - x_mm[i]) / (x_mm[i + 1] - x_mm[i])
    minimum, maximum, dose_volume = sums[MINIMUM_GY], sums[MAXIMUM_GY], 0.0
    while True:
        border = x_mm[i + 1]
        if border <= inside_end:
            there, next_x = right, border
        else:
            there, next_x = left + (right - left) * (inside_end - x_mm[i]) / (border - x_mm[i]), inside_end
        mm3 = mm2 * (next_x - x)
        low, high = min(here, there), max(here, there)
        minimum = min(minimum, low)
        maximum = max(maximum, high)
        dose_volume += mm3 * (low + high) * 0.5
        low *= bins_per_gy
        high *= bins_per_gy
        first, last = int(low), int(high)
        if first == last:
            broken[first] += mm3
        else:
            density = mm3 / (high - low)
            broken[first] += density * (first + 1 - low)
            broken[last] += density * (high - last)
            steps[first + 1] += density
            steps[last] -= density
        if border >= inside_end:
            break
        x, here, left = next_x, there, right
        i += 1
        right = w00 * row00[i + 1] + w01 * row01[i + 1] + w10 * row10[i + 1] + w11 * row11[i + 1]
    sums[MINIMUM_GY] = minimum
    sums[MAXIMUM_GY] = maximum
    sums[DOSE_VOLUME] += dose_volume


@njit(nogil=True, cache=True)
def _sort(values: FloatArray, low: int, high: int) -> None:
    """Sort values[low:high] in place by insertion: a line crosses few edges."""
    for a in range(low + 1, high):
        value = values[a]
        b = a - 1
        while b >= low and values[b] > value:
            values[b + 1] = values[b]
            b -= 1
        values[b + 1] = value


@njit(nogil=True, cache=True)  # strict: both passes, and both edges of a vertex, must round alike
def _crossings(
    edges: FloatArray, first_edge: int, last_edge: int, first_y: float, step: float, lines: int
) -> tuple[NDArray[np.int64], FloatArray]:
    """Where each line crosses the edges: (offsets of shape (lines + 1,), ascending x positions)."""
    offsets = np.zeros(lines + 1, np.int64)
    for e in range(first_edge, last_edge):
        low, high = min(edges[e, 1], edges[e, 3]), max(edges[e, 1], edges[e, 3])
        start = max(math.ceil((low - first_y) / step), 0)
        stop = min(math.ceil((high - first_y) / step), lines)
        for line in range(start, stop):
            offsets[line + 1] += 1
    for line in range(lines):
        offsets[line + 1] += offsets[line]
    filled = offsets[:-1].copy()
    positions = np.empty(offsets[lines])
    for e in range(first_edge, last_edge):
        x0, y0, x1, y1 = edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3]
        start = max(math.ceil((min(y0, y1) - first_y) / step), 0)
        stop = min(math.ceil((max(y0, y1) - first_y) / step), lines)
        for line in range(start, stop):
            positions[filled[line]] = x0 + (x1 - x0) * (first_y + line * step - y0) / (y1 - y0)
            filled[line] += 1
    for line in range(lines):
        _sort(positions, offsets[line], offsets[line + 1])
    return offsets, positions


@njit(nogil=True, cache=True, fastmath=True)
def scan_slabs(
    edges: FloatArray, plane_edges: NDArray[np.int64], layer_plane: NDArray[np.int64],
    layer_bottom: FloatArray, layer_mm: FloatArray, share: FloatArray, first: int, last: int, pitch_mm: float,
    dose: NDArray[np.float32], x_mm: FloatArray, y_mm: FloatArray, z_mm: FloatArray,
    bins_per_gy: float, broken: FloatArray, steps: FloatArray, sums: FloatArray,
) -> None:  # fmt: skip
    """Scan the layers first..last of a stack of slabs.

    edges (n, 4): x0, y0, x1, y1 in mm, grouped by plane; plane_edges (planes + 1,): where each plane's begin.
    Each layer is layer_mm thick above layer_bottom, has the outline of layer_plane and counts share of its volume.
    Inside is where a line has crossed an odd number of edges, so holes, keyholes and nested contours are no special
    case.
    Adds to broken and steps (bins,) and to sums (5,); histogram in mm3 = broken + cumulated steps.
    """
    for layer in range(first, last):
        first_edge, last_edge = plane_edges[layer_plane[layer]], plane_edges[layer_plane[layer] + 1]
        bottom, top = reach_along(edges, first_edge, last_edge, 1)
        height = top - bottom
        lines = max(math.ceil(height / pitch_mm), 1)
        step = height / lines
        if step == 0.0:
            continue
        first_y = bottom + (layer * GOLDEN_STEP % 1.0) * step
        lowest, highest = sums[MINIMUM_GY], sums[MAXIMUM_GY]
        offsets, positions = _crossings(edges, first_edge, last_edge, first_y, step, lines)
        for line in range(lines):
            y = first_y + line * step
            z = layer_bottom[layer] + (line * GOLDEN_STEP + layer * SECOND_STEP) % 1.0 * layer_mm[layer]
            for c in range(offsets[line], offsets[line + 1] - 1, 2):
                if positions[c + 1] > positions[c]:
                    _deposit(
                        y, z, positions[c], positions[c + 1], step * layer_mm[layer] * share[layer],
                        dose, x_mm, y_mm, z_mm, bins_per_gy, broken, steps, sums,
                    )  # fmt: skip
        if share[layer] < LEAST_SHARE_OF_EXTREMES:
            sums[MINIMUM_GY], sums[MAXIMUM_GY] = lowest, highest


@njit(nogil=True, cache=True, fastmath=True, forceinline=True)
def _row_between(
    shape: FloatArray, slope: FloatArray, plane: int, row: int, shift: float, t: float, gap_mm: float,
    out: FloatArray,
) -> None:  # fmt: skip
    """Fill out with the cubic between two planes (t = 0..1), within GREATEST_BEND of the straight line."""
    limit = GREATEST_BEND * t * (1 - t) * gap_mm * gap_mm
    for column in range(out.shape[0]):
        low = (1 - shift) * shape[plane, row, column] + shift * shape[plane, row + 1, column]
        high = (1 - shift) * shape[plane + 1, row, column] + shift * shape[plane + 1, row + 1, column]
        low_slope = (1 - shift) * slope[plane, row, column] + shift * slope[plane, row + 1, column]
        high_slope = (1 - shift) * slope[plane + 1, row, column] + shift * slope[plane + 1, row + 1, column]
        rise = high - low
        bend = t * (1 - t) * ((1 - t) * (low_slope * gap_mm - rise) - t * (high_slope * gap_mm - rise))
        out[column] = low + t * rise + min(max(bend, -limit), limit)


@njit(nogil=True, cache=True, fastmath=True, forceinline=True)
def _row_beyond(
    radius: FloatArray, slope: FloatArray, curvature: FloatArray, row: int, shift: float, distance_mm: float,
    rim2: float, end_rim2: float, out: FloatArray,
) -> None:  # fmt: skip
    """Fill out with radius^2 - rim2, the radius a parabola beyond the end plane; never below the end's
    own."""
    for column in range(out.shape[0]):
        end = (1 - shift) * radius[row, column] + shift * radius[row + 1, column]
        rise = (1 - shift) * slope[row, column] + shift * slope[row + 1, column]
        bend = (1 - shift) * curvature[row, column] + shift * curvature[row + 1, column]
        beyond = end + (rise + 0.5 * bend * distance_mm) * distance_mm
        out[column] = max(beyond * beyond - rim2, end * end - end_rim2)


@njit(nogil=True, cache=True, fastmath=True, forceinline=True)
def _trace_row(
    values: FloatArray, x0: float, pitch_mm: float, y: float, z: float, mm2: float,
    dose: NDArray[np.float32], x_mm: FloatArray, y_mm: FloatArray, z_mm: FloatArray,
    bins_per_gy: float, broken: FloatArray, steps: FloatArray, sums: FloatArray,
) -> None:  # fmt: skip
    """Deposit the stretches of a line on which the values, linear between raster points, are negative."""
    entered = 0.0
    for column in range(1, values.shape[0]):
        before, value = values[column - 1], values[column]
        if (value < 0.0) == (before < 0.0):
            continue
        x = x0 + (column - 1 + before / (before - value)) * pitch_mm
        if value < 0.0:
            entered = x
        elif x > entered:
            _deposit(y, z, entered, x, mm2, dose, x_mm, y_mm, z_mm, bins_per_gy, broken, steps, sums)


@njit(nogil=True, cache=True, fastmath=True)
def scan_shape(
    shape: FloatArray, slope: FloatArray, plane_z: FloatArray, x0: float, y0: float, pitch_mm: float,
    dose: NDArray[np.float32], x_mm: FloatArray, y_mm: FloatArray, z_mm: FloatArray,
    bins_per_gy: float, broken: FloatArray, steps: FloatArray, sums: FloatArray,
) -> None:  # fmt: skip
    """Scan a body between the planes on which its shape function (negative inside) is given.

    shape (mm2), slope (mm), both (planes, rows, columns): the function and its derivative in z; raster point
    (row, column) lies at x0 + column pitch_mm, y0 + row pitch_mm. Cut into layers of at most a pitch. Adds to
    broken, steps and sums as scan_slabs does.
    """
    rows, columns = shape.shape[1:]
    values = np.empty(columns)
    layer = 0
    for plane in range(shape.shape[0] - 1):
        gap_mm = plane_z[plane + 1] - plane_z[plane]
        layers = max(math.ceil(gap_mm / pitch_mm - 1e-9), 1)
        for part in range(layers):
            layer += 1
            shift = layer * GOLDEN_STEP % 1.0
            for row in range(rows - 1):
                t = (part + (row * GOLDEN_STEP + layer * SECOND_STEP) % 1.0) / layers
                _row_between(shape, slope, plane, row, shift, t, gap_mm, values)
                _trace_row(
                    values, x0, pitch_mm, y0 + (row + shift) * pitch_mm, plane_z[plane] + t * gap_mm,
                    pitch_mm * gap_mm / layers, dose, x_mm, y_mm, z_mm, bins_per_gy, broken, steps, sums,
                )  # fmt: skip


@njit(nogil=True, cache=True, fastmath=True)
def scan_cap(
    radius: FloatArray, slope: FloatArray, curvature: FloatArray, rim: FloatArray, power: int, end_z: float,
    reach_mm: float, x0: float, y0: float, pitch_mm: float,
    dose: NDArray[np.float32], x_mm: FloatArray, y_mm: FloatArray, z_mm: FloatArray,
    bins_per_gy: float, broken: FloatArray, steps: FloatArray, sums: FloatArray,
) -> None:  # fmt: skip
    """Scan the cap of a body beyond its last plane at end_z, upward if reach_mm > 0, else downward.

    radius, slope, curvature (rows, columns): distance in mm from the body's middle line, measured by depth,
    and its derivatives away from the body; rim (3,): the body's own radius to the power 1 or 2, and its
    derivatives. The body is where radius(t) is less than the rim's; it rounds off, it never widens.
    """
    rows, columns = radius.shape
    values = np.empty(columns)
    layers = max(math.ceil(abs(reach_mm) / pitch_mm - 1e-9), 1)
    for layer in range(layers):
        shift = layer * GOLDEN_STEP % 1.0
        for row in range(rows - 1):
            t = (layer + (row * GOLDEN_STEP + layer * SECOND_STEP) % 1.0) / layers
            distance_mm = t * abs(reach_mm)
            rim_here = max(rim[0] + (rim[1] + 0.5 * rim[2] * distance_mm) * distance_mm, 0.0)
            _row_beyond(
                radius, slope, curvature, row, shift, distance_mm,
                rim_here ** (2 // power), rim[0] ** (2 // power), values,
            )  # fmt: skip
            _trace_row(
                values, x0, pitch_mm, y0 + (row + shift) * pitch_mm, end_z + t * reach_mm,
                pitch_mm * abs(reach_mm) / layers, dose, x_mm, y_mm, z_mm, bins_per_gy, broken, steps, sums,
            )  # fmt: skip
