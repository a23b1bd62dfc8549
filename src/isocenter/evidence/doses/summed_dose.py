"""Doses at points, and the dose of two courses added up voxel by voxel in fractions of 2 Gy.

Both doses become EQD2 first, each with its own fractions (see eqd2), then they add; healing in the time between is
left out, so the sum is the cautious one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from isocenter.evidence.doses.dvh import compute_dvhs
from isocenter.evidence.doses.eqd2 import eqd2_gy
from isocenter.evidence.doses.reach import measure_reach
from isocenter.evidence.frames.frames import carry_points, reverse
from isocenter.terms.imaging import ContouredStructure, DoseGrid, FloatArray

HOT_SPOT_CC = 0.03


def dose_at_gy(dose: DoseGrid, points_mm: FloatArray) -> FloatArray:
    """The trilinear dose at points (n, 3); NaN outside the grid."""
    from scipy.ndimage import map_coordinates  # noqa: PLC0415 - slow to import, and not every review has a dose

    axes = (dose.z_mm, dose.y_mm, dose.x_mm)
    places = [
        np.interp(points_mm[:, 2 - n], axis, np.arange(len(axis)), left=np.nan, right=np.nan)
        for n, axis in enumerate(axes)
    ]
    inside = np.isfinite(places).all(axis=0)
    found: FloatArray = np.full(len(points_mm), np.nan)
    found[inside] = map_coordinates(dose.dose_gy, [place[inside] for place in places], np.float64, order=1)
    return found


def sum_doses(
    present: DoseGrid,
    present_fractions: int,
    earlier: DoseGrid,
    earlier_fractions: int,
    earlier_to_present: FloatArray,
    alpha_beta_gy: float,
) -> DoseGrid:
    """Add the earlier dose, carried over by a rigid matrix, to the present one as EQD2 in Gy, on the present grid.

    Where the earlier dose does not reach, the present dose counts alone, and the grid says that it does not reach.
    """
    z, y, x = np.meshgrid(present.z_mm, present.y_mm, present.x_mm, indexing="ij")
    voxels = np.column_stack([x.ravel(), y.ravel(), z.ravel()])
    before_gy = dose_at_gy(earlier, carry_points(reverse(earlier_to_present), voxels))
    uncovered = np.isnan(before_gy)
    total = eqd2_gy(present.dose_gy.astype(np.float64), present_fractions, alpha_beta_gy)
    total += eqd2_gy(np.where(uncovered, 0.0, before_gy), earlier_fractions, alpha_beta_gy).reshape(total.shape)
    return DoseGrid(
        total.astype(np.float32),
        present.x_mm,
        present.y_mm,
        present.z_mm,
        summation="EQD2",
        frame_of_reference_uid=present.frame_of_reference_uid,
        is_reached=~uncovered.reshape(total.shape) if uncovered.any() else None,
    )


@dataclass(frozen=True, slots=True)
class HotSpot:
    """The highest dose in a structure and the least dose of its hottest 0.03 cc; None where no dose covers it.

    is_known: whether both doses reach the whole structure; elsewhere what is stated is the least that it may be.
    """

    structure: str
    maximum_gy: float | None
    d003cc_gy: float | None
    is_known: bool = True


def find_hot_spots(dose: DoseGrid, structures: Sequence[ContouredStructure]) -> list[HotSpot]:
    """The hottest of each structure, by its DVH; of a structure below 0.03 cc the least dose at all."""
    numbered = {number: replace(structure, number=number) for number, structure in enumerate(structures)}
    dvhs = {dvh.structure_number: dvh for dvh in compute_dvhs(list(numbered.values()), dose)}
    reach = measure_reach(dose, numbered, dvhs)
    spots = []
    for number, dvh in dvhs.items():
        if dvh.curve_volume_cc > 0:
            hottest_gy = dvh.dose_at_volume_gy(min(HOT_SPOT_CC, dvh.curve_volume_cc))
            spots.append(HotSpot(dvh.structure_name, dvh.maximum_gy, hottest_gy, number not in reach.shares))
        else:
            spots.append(HotSpot(dvh.structure_name, None, None))
    return spots
