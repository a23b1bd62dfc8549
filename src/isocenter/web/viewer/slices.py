"""One slice of a plan as compact binary: image, dose and outlines in one of three planes.

A slice is a little-endian count of header bytes (uint32), a JSON header, then the image (int16, HU), the doses of
the plans (uint16, in steps that the plan's page states) and the points of the outlines (float32 pairs in mm). Header
and parts are padded to 4 bytes. Rows run downward on the screen, columns to the right.
"""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isocenter.web.viewer.volumes import PlanShown

PLANES = ("axial", "coronal", "sagittal")
_FIXED = {"axial": 0, "coronal": 1, "sagittal": 2}  # the axis of [z, y, x] at right angles to a plane
_LIMIT = 4096


@dataclass(frozen=True, eq=False)
class Frame:
    """The rows and columns of a plane: evenly spaced positions in mm, first one, spacing and count of each."""

    column_first_mm: float
    column_spacing_mm: float
    columns: int
    row_first_mm: float
    row_spacing_mm: float  # negative where rows run against the axis
    rows: int


def planes_of(plan: PlanShown) -> dict[str, dict[str, Any]]:
    """Positions and frames of the three planes, for the page to lay out its views."""
    found = {}
    for plane in PLANES:
        fixed = plan.image_axes_mm[_FIXED[plane]]
        frame = _frame(plan.image_axes_mm, plane)
        found[plane] = {"positions_mm": [round(float(value), 3) for value in fixed], **frame.__dict__}
    return found


def slice_of(plan: PlanShown, plane: str, index: int) -> bytes:
    """The slice of this index; IndexError where the plane has none."""
    axes = plan.image_axes_mm
    fixed = axes[_FIXED[plane]]
    if not 0 <= index < len(fixed):
        raise IndexError(index)
    position = float(fixed[index])
    frame = _frame(axes, plane)
    image = _cut(plan.image, axes, plane, position, frame)
    header: dict[str, Any] = {"position_mm": position, "rows": frame.rows, "columns": frame.columns}
    parts: list[NDArray[Any]] = [image]
    header["doses"] = []
    for dose in plan.doses:
        dose_frame = _frame(dose.axes_mm, plane)
        parts.append(_cut_between(dose.steps, dose.axes_mm, plane, position, dose_frame))
        header["doses"].append(dose_frame.__dict__)
    outlines = _outlines(plan, plane, position)
    header["outlines"] = [[number, len(points), closed] for number, points, closed in outlines]
    parts.append(np.concatenate([points for _, points, _ in outlines]) if outlines else np.zeros((0, 2), np.float32))
    return _packed(header, parts)


def _packed(header: dict[str, Any], parts: list[NDArray[Any]]) -> bytes:
    text = json.dumps(header, allow_nan=False).encode()
    text += b" " * (-len(text) % 4)
    blocks = [len(text).to_bytes(4, "little"), text]
    for part in parts:
        data = np.ascontiguousarray(part).astype(part.dtype.newbyteorder("<"), copy=False).tobytes()
        blocks += [data, b"\0" * (-len(data) % 4)]
    return b"".join(blocks)


def _frame(axes: Any, plane: str) -> Frame:
    z_mm, y_mm, x_mm = axes
    across = y_mm if plane == "sagittal" else x_mm
    down = y_mm if plane == "axial" else z_mm
    column_spacing = _spacing(across)
    row_spacing = _spacing(down)
    columns = min(round((across[-1] - across[0]) / column_spacing) + 1, _LIMIT)
    rows = min(round((down[-1] - down[0]) / row_spacing) + 1, _LIMIT)
    upright = plane != "axial"  # z runs upward on the screen
    return Frame(
        float(across[0]),
        float(column_spacing),
        int(columns),
        float(down[-1] if upright else down[0]),
        float(-row_spacing if upright else row_spacing),
        int(rows),
    )


def _spacing(axis: NDArray[np.float64]) -> float:
    return float(np.diff(axis).min()) if len(axis) > 1 else 1.0


def _cut(volume: NDArray[Any], axes: Any, plane: str, position: float, frame: Frame) -> NDArray[Any]:
    """The plane's voxels nearest to each row and column: an axis that is unevenly spaced repeats some."""
    fixed = int(np.argmin(np.abs(axes[_FIXED[plane]] - position)))
    flat = np.take(volume, fixed, axis=_FIXED[plane])
    down, across = (axis for place, axis in enumerate(axes) if place != _FIXED[plane])
    rows = _nearest(down, frame.row_first_mm + frame.row_spacing_mm * np.arange(frame.rows))
    columns = _nearest(across, frame.column_first_mm + frame.column_spacing_mm * np.arange(frame.columns))
    return flat[np.ix_(rows, columns)]


def _cut_between(volume: NDArray[Any], axes: Any, plane: str, position: float, frame: Frame) -> NDArray[np.uint16]:
    """The plane's dose, interpolated between the two grid planes that it lies between; none outside the grid."""
    axis = axes[_FIXED[plane]]
    if len(axis) == 1 or not axis[0] <= position <= axis[-1]:
        inside = len(axis) == 1 and abs(axis[0] - position) < 0.5
        if not inside:
            return np.zeros((frame.rows, frame.columns), dtype=np.uint16)
        return _cut(volume, axes, plane, position, frame)
    upper = int(np.clip(np.searchsorted(axis, position), 1, len(axis) - 1))
    share = (position - axis[upper - 1]) / (axis[upper] - axis[upper - 1])
    below = _cut(volume, axes, plane, float(axis[upper - 1]), frame).astype(np.float32)
    above = _cut(volume, axes, plane, float(axis[upper]), frame).astype(np.float32)
    return np.round(below * (1 - share) + above * share).astype(np.uint16)


def _nearest(axis: NDArray[np.float64], wanted: NDArray[Any]) -> NDArray[np.int64]:
    if len(axis) == 1:
        return np.zeros(len(wanted), dtype=np.int64)
    return np.searchsorted((axis[1:] + axis[:-1]) / 2, wanted).astype(np.int64)


def _outlines(plan: PlanShown, plane: str, position: float) -> list[tuple[int, NDArray[np.float32], bool]]:
    if plane == "axial":
        return _loops(plan, position)
    return _chords(plan, plane, position)


def _loops(plan: PlanShown, z_mm: float) -> list[tuple[int, NDArray[np.float32], bool]]:
    """Contours drawn on the slice, or on one closer to it than half a slice."""
    reach = _spacing(plan.image_axes_mm[0]) / 2 + 1e-3
    return [
        (number, points, True)
        for number, found in plan.contours.items()
        for z, points in found
        if abs(z - z_mm) <= reach and len(points) > 1
    ]


def _chords(plan: PlanShown, plane: str, position: float) -> list[tuple[int, NDArray[np.float32], bool]]:
    """Where an upright plane crosses the contours: a box a chord, by the even-odd rule; not closed loops."""
    along, across = (1, 0) if plane == "coronal" else (0, 1)
    half = _spacing(plan.image_axes_mm[0]) / 2
    edges = plan.edges
    start, end = edges.start[:, along], edges.end[:, along]
    crossed = np.flatnonzero((start <= position) != (end <= position))
    share = (position - start[crossed]) / (end[crossed] - start[crossed])
    ends = edges.start[crossed, across] + share * (edges.end[crossed, across] - edges.start[crossed, across])
    number, z_mm = edges.structure[crossed], edges.z_mm[crossed]
    order = np.lexsort((ends, z_mm, number))
    # Each slice of a structure is crossed an even number of times: two by two they are its chords.
    pairs = order[: len(order) // 2 * 2].reshape(-1, 2)
    found: list[tuple[int, NDArray[np.float32], bool]] = []
    for first, second in pairs:
        low, high = z_mm[first] - half, z_mm[first] + half
        box = [(ends[first], low), (ends[second], low), (ends[second], high), (ends[first], high)]
        found.append((int(number[first]), np.array(box, dtype=np.float32), False))
    return found
