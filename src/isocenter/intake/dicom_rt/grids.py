"""Axial grids: pixels of any patient position turned to axes that ascend to left, back and head."""

from functools import lru_cache
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from isocenter.errors import UnreadableInput
from isocenter.intake.dicom_rt.data_sets import Dataset
from isocenter.intake.dicom_rt.elements import numbers, numbers_in, raw_text, short

FloatArray = NDArray[np.float64]
Pixel = TypeVar("Pixel", bound=np.generic)

OBLIQUE_COSINE = 1e-3  # direction cosines of scanners carry noise near 1e-5; 1e-3 is 0.5 mm over 500 mm


class AxialPlane(NamedTuple):
    """How the rows and columns of an axial image lie in the patient.

    Columns of pixels run along the patient axis `column_axis` (0 = x, 1 = y), rows along the other.
    """

    origin_mm: FloatArray
    rows: int
    columns: int
    row_step_mm: float  # signed step from one row to the next
    column_step_mm: float  # signed step from one column to the next
    column_axis: int
    normal_z: float  # +1 where planes stack towards the head

    @property
    def x_mm(self) -> FloatArray:
        """Ascending x of the pixel centers."""
        return self._along(0)

    @property
    def y_mm(self) -> FloatArray:
        """Ascending y of the pixel centers."""
        return self._along(1)

    def _along(self, axis: int) -> FloatArray:
        is_across = axis == self.column_axis
        step_mm, count = (self.column_step_mm, self.columns) if is_across else (self.row_step_mm, self.rows)
        centers_mm: FloatArray = self.origin_mm[axis] + step_mm * np.arange(count)
        return centers_mm if step_mm > 0 else centers_mm[::-1]

    def to_patient_axes(self, planes: NDArray[Pixel]) -> NDArray[Pixel]:
        """Planes of shape (n, rows, columns) as a view indexed [n, y, x] whose x and y ascend."""
        if self.row_step_mm < 0:
            planes = planes[:, ::-1, :]
        if self.column_step_mm < 0:
            planes = planes[:, :, ::-1]
        return planes if self.column_axis == 0 else planes.swapaxes(1, 2)


def axial_plane(image: Dataset) -> AxialPlane:
    """The plane of an axial image; an oblique, sagittal or coronal one is refused."""
    row_sign, column_sign, column_axis, normal_z = _orientation(raw_text(image, "ImageOrientationPatient"))
    row_spacing_mm, column_spacing_mm = numbers(image, "PixelSpacing", 2).tolist()
    if min(row_spacing_mm, column_spacing_mm) <= 0:
        raise UnreadableInput(f"PixelSpacing is {row_spacing_mm:g} x {column_spacing_mm:g} mm.")
    rows, columns = short(image, "Rows"), short(image, "Columns")
    if rows < 1 or columns < 1:
        raise UnreadableInput(f"the grid has {rows} rows and {columns} columns; there is nothing in it.")
    return AxialPlane(
        origin_mm=numbers(image, "ImagePositionPatient", 3),
        rows=rows,
        columns=columns,
        row_step_mm=row_spacing_mm * row_sign,
        column_step_mm=column_spacing_mm * column_sign,
        column_axis=column_axis,
        normal_z=normal_z,
    )


@lru_cache(maxsize=64)  # the slices of a series state the same
def _orientation(raw: bytes) -> tuple[float, float, int, float]:
    """Signs of the steps from row to row and column to column, the axis of columns, and the normal along z."""
    orientation = numbers_in(raw, "ImageOrientationPatient", 6)
    along_row, along_column = orientation[:3], orientation[3:]
    snapped = np.round(orientation)
    column_axis = int(np.argmax(np.abs(along_row)))
    row_axis = int(np.argmax(np.abs(along_column)))
    if np.abs(orientation - snapped).max() > OBLIQUE_COSINE or {column_axis, row_axis} != {0, 1}:
        shown = ", ".join(f"{cosine:g}" for cosine in orientation)
        raise UnreadableInput(
            f"the grid is not axial (orientation {shown}); export it along the patient axes, "
            "without gantry tilt or oblique planes."
        )
    normal_z = float(np.cross(snapped[:3], snapped[3:])[2])
    return float(snapped[3 + row_axis]), float(snapped[column_axis]), column_axis, normal_z
