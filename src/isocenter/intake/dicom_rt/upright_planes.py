"""A dose in one coronal or sagittal plane, as films, detector arrays and exports of dose planes have it."""

import numpy as np
from numpy.typing import NDArray

from isocenter.errors import UnreadableInput
from isocenter.intake.dicom_rt.data_sets import Dataset
from isocenter.intake.dicom_rt.dose import described, dose_part_of, dose_scaling
from isocenter.intake.dicom_rt.dose_sums import DosePart
from isocenter.intake.dicom_rt.elements import numbers, short, whole
from isocenter.intake.dicom_rt.pixels import stored_values
from isocenter.terms.imaging import DoseGrid, FloatArray
from isocenter.terms.problems import Problem

_OBLIQUE_COSINE = 1e-3


def any_dose_part_of(dataset: Dataset, path: str) -> tuple[DosePart, list[Problem]]:
    """The dose of an open RTDOSE: a grid of axial planes, or one plane along any two patient axes."""
    orientation = numbers(dataset, "ImageOrientationPatient", 6)
    is_upright = abs(orientation[2]) > _OBLIQUE_COSINE or abs(orientation[5]) > _OBLIQUE_COSINE
    if not is_upright or (whole(dataset, "NumberOfFrames") or 1) > 1:
        return dose_part_of(dataset, path)
    return described(dataset, path, _plane_of(dataset, orientation)), []


def _plane_of(dataset: Dataset, orientation: FloatArray) -> DoseGrid:
    """The plane as a grid [z, y, x] of one position along the axis that it is perpendicular to."""
    column_axis, row_axis = int(np.abs(orientation[:3]).argmax()), int(np.abs(orientation[3:]).argmax())
    if column_axis == row_axis or np.abs(orientation - np.round(orientation)).max() > _OBLIQUE_COSINE:
        shown = ", ".join(f"{cosine:g}" for cosine in orientation)
        raise UnreadableInput(f"its plane is oblique (orientation {shown}); export it along two patient axes.")
    origin_mm = numbers(dataset, "ImagePositionPatient", 3)
    row_spacing_mm, column_spacing_mm = numbers(dataset, "PixelSpacing", 2)
    if min(row_spacing_mm, column_spacing_mm) <= 0:
        raise UnreadableInput(f"PixelSpacing is {row_spacing_mm:g} x {column_spacing_mm:g} mm.")
    rows, columns = short(dataset, "Rows"), short(dataset, "Columns")
    if rows < 1 or columns < 1:
        raise UnreadableInput(f"the plane has {rows} rows and {columns} columns; there is nothing in it.")
    dose_gy: NDArray[np.float32] = (stored_values(dataset, 1, rows, columns)[0] * dose_scaling(dataset)).astype(
        np.float32
    )
    axes_mm = [origin_mm[axis : axis + 1] for axis in range(3)]
    along_column = np.sign(orientation[3 + row_axis]) * row_spacing_mm
    along_row = np.sign(orientation[column_axis]) * column_spacing_mm
    axes_mm[row_axis] = origin_mm[row_axis] + along_column * np.arange(rows)
    axes_mm[column_axis] = origin_mm[column_axis] + along_row * np.arange(columns)
    if along_column < 0:
        dose_gy, axes_mm[row_axis] = dose_gy[::-1], axes_mm[row_axis][::-1]
    if along_row < 0:
        dose_gy, axes_mm[column_axis] = dose_gy[:, ::-1], axes_mm[column_axis][::-1]
    # Rows and columns in the order z, y, x, then the axis of one position between them.
    in_order = dose_gy if row_axis > column_axis else dose_gy.T
    stands_on = 3 - row_axis - column_axis
    x_mm, y_mm, z_mm = axes_mm
    return DoseGrid(np.ascontiguousarray(np.expand_dims(in_order, 2 - stands_on)), x_mm, y_mm, z_mm)
