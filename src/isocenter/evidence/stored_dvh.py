"""How far a computed DVH lies from the one that the planning system stored with the dose."""

from dataclasses import dataclass

import numpy as np

from isocenter.errors import UnreadableInput
from isocenter.evidence.dvh import Dvh
from isocenter.terms.imaging import FloatArray, StoredDvh

FAR_OFF = 0.05  # share by which a stated dose may miss its own curve before it is called into question


@dataclass(frozen=True)
class StoredDifference:
    """Computed minus stored, in per cent of the stored volume, and in Gy.

    curve_percent is the largest difference of the two cumulative curves at any dose; shape_percent the same
    with each curve in per cent of its own volume. stated_in_another_unit: the stated mean and maximum both
    miss the stored curve by one factor, as when a system declares Gy and writes per cent of a dose.
    """

    structure_number: int
    volume_percent: float
    curve_percent: float
    shape_percent: float
    mean_gy: float
    maximum_gy: float
    stated_in_another_unit: bool


def compare_with_stored(dvh: Dvh, stored: StoredDvh) -> StoredDifference:
    """Compare a DVH with the stored one; statistics of the stored one are taken from its curve."""
    dose_gy, volume_cc = stored.dose_gy, stored.volume_cc
    if len(dose_gy) < 2 or volume_cc[0] <= 0 or dvh.curve_volume_cc <= 0:
        raise UnreadableInput(
            f"structure {dvh.structure_name!r}: one of its two DVHs holds no volume; nothing to compare"
        )
    doses = np.union1d(dose_gy, dvh.dose_edges_gy)
    computed = np.interp(doses, dvh.dose_edges_gy, dvh.cumulative_cc, right=0.0)
    kept = np.interp(doses, dose_gy, volume_cc, right=0.0)
    shares = computed / computed[0] - kept / kept[0]
    return StoredDifference(
        structure_number=dvh.structure_number,
        volume_percent=100.0 * (dvh.curve_volume_cc / float(volume_cc[0]) - 1.0),
        curve_percent=100.0 * float(np.abs(computed - kept).max()) / float(volume_cc[0]),
        shape_percent=100.0 * float(np.abs(shares).max()),
        mean_gy=dvh.mean_gy - _mean_gy(dose_gy, volume_cc),
        maximum_gy=dvh.maximum_gy - _maximum_gy(dose_gy, volume_cc),
        stated_in_another_unit=_stated_in_another_unit(stored),
    )


def _mean_gy(dose_gy: FloatArray, volume_cc: FloatArray) -> float:
    """Mean dose of a cumulative curve: the area under it, with each bin at its middle."""
    inside = -np.diff(volume_cc)
    middles = (dose_gy[1:] + dose_gy[:-1]) / 2
    rest = float(volume_cc[-1])
    return float((inside @ middles + rest * dose_gy[-1]) / volume_cc[0])


def _maximum_gy(dose_gy: FloatArray, volume_cc: FloatArray) -> float:
    return float(dose_gy[np.flatnonzero(volume_cc > 0)[-1]])


def _stated_in_another_unit(stored: StoredDvh) -> bool:
    """Whether mean and maximum both miss the curve by the same factor."""
    if not stored.stated_mean or not stored.stated_maximum:
        return False
    mean_gy = _mean_gy(stored.dose_gy, stored.volume_cc)
    maximum_gy = _maximum_gy(stored.dose_gy, stored.volume_cc)
    if mean_gy <= 0 or maximum_gy <= 0:
        return False
    by_mean, by_maximum = stored.stated_mean / mean_gy, stored.stated_maximum / maximum_gy
    return abs(by_maximum - 1) > FAR_OFF and abs(by_mean / by_maximum - 1) < FAR_OFF
