"""A dose whose planes are not axial, as on tilted, sagittal or coronal images: interpolated to the patient axes."""

import math

import numpy as np
from numpy.typing import NDArray

from isocenter.errors import UnreadableInput
from isocenter.intake.dicom_rt.data_sets import Dataset
from isocenter.intake.dicom_rt.elements import numbers, short, whole
from isocenter.intake.dicom_rt.grids import OBLIQUE_COSINE
from isocenter.intake.dicom_rt.pixels import stored_values
from isocenter.terms.imaging import DoseGrid, FloatArray
from isocenter.terms.limits import DOSE_POINTS

_RIGHT_ANGLE = 1e-3
_EDGE = 1e-3  # of a voxel, by which a point at the edge may miss the grid


def is_oblique(dataset: Dataset) -> bool:
    """Whether a dose of several planes has planes that are not axial."""
    orientation = numbers(dataset, "ImageOrientationPatient")
    if len(orientation) != 6 or (whole(dataset, "NumberOfFrames") or 1) < 2:
        return False
    is_tilted = np.abs(orientation - np.round(orientation)).max() > OBLIQUE_COSINE
    return bool(is_tilted or np.abs(orientation[[2, 5]]).max() > OBLIQUE_COSINE)


def upright(dataset: Dataset, scaling: float) -> DoseGrid:
    """The dose on a grid along the patient axes, as fine as its own, and where its own reaches.

    Raises UnreadableInput where its axes are not at right angles, or its planes cannot be placed.
    """
    row, column = np.split(numbers(dataset, "ImageOrientationPatient", 6), 2)
    if abs(row @ column) > _RIGHT_ANGLE or abs(row @ row - 1) > _RIGHT_ANGLE or abs(column @ column - 1) > _RIGHT_ANGLE:
        raise UnreadableInput("the axes of its grid are not at right angles; export it again.")
    origin_mm = numbers(dataset, "ImagePositionPatient", 3)
    down_mm, across_mm = numbers(dataset, "PixelSpacing", 2)
    frames, rows, columns = whole(dataset, "NumberOfFrames") or 1, short(dataset, "Rows"), short(dataset, "Columns")
    offsets_mm = numbers(dataset, "GridFrameOffsetVector", frames)
    steps_mm = np.diff(offsets_mm)
    if offsets_mm[0] != 0 or not ((steps_mm > 0).all() or (steps_mm < 0).all()) or min(down_mm, across_mm) <= 0:
        raise UnreadableInput("the planes of its oblique grid cannot be placed; export it along the patient axes.")
    axes = np.array([row, column, np.cross(row, column)])
    reach_mm = [(columns - 1) * across_mm, (rows - 1) * down_mm, float(offsets_mm[-1])]
    corners_mm = origin_mm + np.array([[a, b, c] for a in (0, 1) for b in (0, 1) for c in (0, 1)]) * reach_mm @ axes
    step_mm = min(down_mm, across_mm, float(np.abs(steps_mm).min()))
    low_mm, high_mm = corners_mm.min(axis=0), corners_mm.max(axis=0)
    counts = [int((high - low) / step_mm + _EDGE) + 1 for low, high in zip(low_mm, high_mm, strict=True)]
    DOSE_POINTS.refuse_beyond(math.prod(counts), "its grid along the patient axes")
    x_mm, y_mm, z_mm = (low + step_mm * np.arange(count) for low, count in zip(low_mm, counts, strict=True))
    stored = stored_values(dataset, frames, rows, columns)
    planes = [
        _plane(
            stored,
            z - origin_mm[2],
            y_mm - origin_mm[1],
            x_mm - origin_mm[0],
            axes,
            (across_mm, down_mm),
            offsets_mm,
        )
        for z in z_mm
    ]
    values, is_reached = (np.stack(part) for part in zip(*planes, strict=True))
    return DoseGrid((values * scaling).astype(np.float32), x_mm, y_mm, z_mm, is_reached=is_reached)


def _plane(
    stored: NDArray[np.integer], z_mm: float, y_mm: FloatArray, x_mm: FloatArray, axes: FloatArray,
    pixel_mm: tuple[float, float], offsets_mm: FloatArray,
) -> tuple[FloatArray, NDArray[np.bool_]]:  # fmt: skip
    """Stored values, trilinear, on one upright plane, and where the grid reaches; coordinates count from its origin."""
    from scipy.ndimage import map_coordinates  # noqa: PLC0415 - slow to import, and seldom needed

    y, x = np.meshgrid(y_mm, x_mm, indexing="ij")
    across, down, along = (axis[0] * x + axis[1] * y + axis[2] * z_mm for axis in axes)
    order = slice(None) if offsets_mm[-1] > 0 else slice(None, None, -1)
    # Turned back and forth, a point of the outermost planes misses them by rounding.
    edge_mm = _EDGE * float(np.abs(np.diff(offsets_mm)).min())
    low, high = offsets_mm[order][[0, -1]]
    along = np.where((along < low) & (along > low - edge_mm), low, along)
    along = np.where((along > high) & (along < high + edge_mm), high, along)
    frame = np.interp(along, offsets_mm[order], np.arange(len(offsets_mm))[order], left=-10, right=-10)
    places = [frame, down / pixel_mm[1], across / pixel_mm[0]]
    found: FloatArray = map_coordinates(stored, places, np.float64, order=1, cval=0.0)
    is_inside = np.ones(found.shape, dtype=bool)
    for place, count in zip(places, stored.shape, strict=True):
        is_inside &= (place >= -_EDGE) & (place <= count - 1 + _EDGE)
    return found, is_inside
