"""How far computed DVHs lie from those that the planning system stored with the dose.

A planning system may end a structure at its last contour or half a slice beyond. Which of the two the stored
curves follow is recognized by their volumes, and the comparison is made under that rule.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from isocenter.errors import UnreadableInput
from isocenter.evidence.bodies.stacking import EndCap
from isocenter.evidence.doses.dvh import Dvh
from isocenter.terms.imaging import StoredDvh

CAP_SLICES: dict[EndCap, float] = {"half": 0.5, "none": 0.0}


@dataclass(frozen=True)
class StoredDifference:
    """Computed minus stored, in per cent of the stored volume, and in Gy.

    curve_percent is the largest difference of the two cumulative curves at any dose; shape_percent the same
    with each curve in per cent of its own volume. All are of what receives the first dose of the stored curve
    at least, for of less it says nothing.
    """

    structure_number: int
    structure_name: str
    volume_percent: float
    curve_percent: float
    shape_percent: float
    mean_gy: float
    maximum_gy: float


@dataclass(frozen=True)
class StoredAgreement:
    """All comparisons of a plan, under the end cap that the stored volumes agree with best."""

    end_cap: EndCap
    differences: tuple[StoredDifference, ...]


def agree_with_stored(
    dvhs_by_cap: Mapping[EndCap, Sequence[Dvh]], stored: Sequence[StoredDvh]
) -> StoredAgreement | None:
    """Compare each stored curve with ours of the same structure; None where no structure has both."""
    by_number = {curve.structure_number: curve for curve in stored if len(curve.dose_gy) > 1 and curve.volume_cc[0] > 0}
    found = [
        StoredAgreement(
            end_cap,
            tuple(
                compare_with_stored(dvh, by_number[dvh.structure_number])
                for dvh in dvhs
                if dvh.structure_number in by_number and dvh.curve_volume_cc > 0
            ),
        )
        for end_cap, dvhs in dvhs_by_cap.items()
    ]
    compared = [agreement for agreement in found if agreement.differences]
    return min(compared, key=_usual_volume_miss, default=None)


def _usual_volume_miss(agreement: StoredAgreement) -> float:
    return float(np.median([abs(difference.volume_percent) for difference in agreement.differences]))


def compare_with_stored(dvh: Dvh, stored: StoredDvh) -> StoredDifference:
    """Compare a DVH with the stored one; statistics of the stored one are taken from its curve."""
    dose_gy, volume_cc = stored.dose_gy, stored.volume_cc
    if len(dose_gy) < 2 or volume_cc[0] <= 0 or dvh.curve_volume_cc <= 0:
        raise UnreadableInput(
            f"structure {dvh.structure_name!r}: one of its two DVHs holds no volume; nothing to compare"
        )
    doses_gy = np.union1d(dose_gy, dvh.dose_edges_gy[dvh.dose_edges_gy > dose_gy[0]])
    computed = np.interp(doses_gy, dvh.dose_edges_gy, dvh.cumulative_cc, right=0.0)
    kept = np.interp(doses_gy, dose_gy, volume_cc, right=0.0)
    shares = computed / max(float(computed[0]), 1e-9) - kept / kept[0]
    return StoredDifference(
        structure_number=dvh.structure_number,
        structure_name=dvh.structure_name,
        volume_percent=100.0 * float(computed[0] / kept[0] - 1.0),
        curve_percent=100.0 * float(np.abs(computed - kept).max() / kept[0]),
        shape_percent=100.0 * float(np.abs(shares).max()),
        mean_gy=_mean_above_gy(dvh, float(dose_gy[0])) - stored.mean_gy,
        maximum_gy=dvh.maximum_gy - float(dose_gy[np.flatnonzero(volume_cc > 0)[-1]]),
    )


def _mean_above_gy(dvh: Dvh, dose_gy: float) -> float:
    """Mean dose of what receives at least a low dose; what receives less is taken to receive half of it."""
    above_cc = dvh.volume_at_dose_cc(dose_gy)
    below_cc = dvh.curve_volume_cc - above_cc
    return (dvh.mean_gy * dvh.curve_volume_cc - below_cc * dose_gy / 2) / above_cc if above_cc > 0 else 0.0
