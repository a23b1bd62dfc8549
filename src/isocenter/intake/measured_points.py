"""Points at which a dose was measured, put on the raster that they lie on."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from isocenter.errors import UnreadableInput
from isocenter.terms.imaging import DoseGrid, FloatArray

PointMm = tuple[float, float, float]

_SAME_PLACE_MM = 0.001
_EMPTIEST_RASTER = 64  # raster places a point: points that share no rows and columns make a far emptier one
_SMALLEST_LIMIT = 10_000


@dataclass(frozen=True, eq=False)
class MeasuredPoints:
    """Doses (n,) at places (n,) in mm; None for a coordinate that the file does not hold.

    Places are those of the patient (DICOM), or counted from the isocenter. A relative dose is in per cent.
    """

    x_mm: FloatArray | None
    y_mm: FloatArray | None
    z_mm: FloatArray | None
    dose: FloatArray
    is_relative: bool = False
    is_from_isocenter: bool = False
    measured_on: date | None = None


def to_grid(points: MeasuredPoints, isocenter_mm: PointMm | None, normalization_gy: float | None) -> DoseGrid:
    """The points as a grid in Gy, NaN between them; a coordinate that is not there is that of the isocenter.

    normalization_gy is the dose that 100 % of a relative dose means. Raises UnreadableInput where it, or the
    isocenter, is needed and not known, or where the points lie on no raster.
    """
    axes: list[FloatArray] = []
    indices = []
    for axis, places_mm in enumerate((points.x_mm, points.y_mm, points.z_mm)):
        placed_mm = _placed(points, places_mm, axis, isocenter_mm)
        positions_mm, index = np.unique(np.round(placed_mm / _SAME_PLACE_MM), return_inverse=True)
        axes.append(positions_mm * _SAME_PLACE_MM)
        indices.append(np.broadcast_to(index, points.dose.shape))
    shape = (len(axes[2]), len(axes[1]), len(axes[0]))
    if np.prod(shape) > max(_SMALLEST_LIMIT, _EMPTIEST_RASTER * len(points.dose)):
        raise UnreadableInput(
            f"its {len(points.dose)} points lie on no common rows and columns; export the measurement as a raster"
        )
    place = np.ravel_multi_index((indices[2], indices[1], indices[0]), shape)
    if len(np.unique(place)) < len(place):
        raise UnreadableInput("two of its points lie at one place; export one measurement a file")
    dose_gy = np.full(shape, np.nan, dtype=np.float32)
    dose_gy.ravel()[place] = _in_gy(points, normalization_gy)
    x_mm, y_mm, z_mm = axes
    return DoseGrid(dose_gy, x_mm, y_mm, z_mm)


def _placed(
    points: MeasuredPoints, places_mm: FloatArray | None, axis: int, isocenter_mm: PointMm | None
) -> FloatArray:
    if places_mm is not None and not points.is_from_isocenter:
        return places_mm
    if isocenter_mm is None:
        raise UnreadableInput(
            "it is placed by the isocenter, and no plan with one isocenter was supplied; add the RTPLAN, or give all"
            " of "
            "x_mm, y_mm and z_mm"
        )
    from_isocenter_mm = np.zeros(1) if places_mm is None else places_mm
    return from_isocenter_mm + isocenter_mm[axis]


def _in_gy(points: MeasuredPoints, normalization_gy: float | None) -> FloatArray:
    if not points.is_relative:
        return points.dose
    if normalization_gy is None:
        raise UnreadableInput(
            "its dose is in percent, which gives no dose in Gy; state `normalization_gy`, the dose that 100 % means, "
            "or export absolute dose"
        )
    return points.dose * normalization_gy / 100
