"""The DVHs that a planning system stored beside its dose: the truth of what it showed.

The standard gives each volume of a cumulative curve a bin of dose, and leaves open where in the bin it holds.
Some systems mean the lower edge, some the middle. The means stated beside the curves decide: only in the right
place do the curves have them.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from isocenter.errors import UnreadableInput
from isocenter.intake.dicom_rt.data_sets import Dataset
from isocenter.intake.dicom_rt.elements import items, number, numbers, text, whole
from isocenter.terms.imaging import StoredDvh
from isocenter.terms.problems import Problem, listed

FloatArray = NDArray[np.float64]

_TOLERATED_SHARE = 0.02  # how far a stated maximum may lie from the end of its own curve
_PLACES = {0.0: "lower edge", 0.5: "middle", 1.0: "upper edge"}  # where in its bin a volume may hold
_LEAST_CURVES = 3  # fewer could fit any place, for their unit may be unknown too
_FITS_BINS = 0.2  # a place fits where half of the curves miss their stated mean by less
_CLEARLY = 3.0  # times nearer than the lower edge comes to the stated means


def stored_dvhs_of(dataset: Dataset, path: str) -> tuple[tuple[StoredDvh, ...], list[Problem]]:
    """The curves of an open RTDOSE; a curve without volumes in cc or doses in Gy becomes a problem."""
    dvhs: list[StoredDvh] = []
    problems: list[Problem] = []
    for position, item in enumerate(items(dataset, "DVHSequence"), start=1):
        place = f"stored DVH {position}"
        try:
            dvh = _stored_dvh(item, number(dataset, "DVHNormalizationDoseValue"))
        except UnreadableInput as error:
            problems.append(Problem(path, place, f"{error} The curve is left out."))
            continue
        dvhs.append(dvh)
    if odd := _numbers_off_their_curve(dvhs):
        of_rois = listed([str(one) for one in odd])
        sentence = (
            f"The stated maxima of the DVHs of ROI {of_rois} do not lie at the end of their curves "
            "(often they are per cent in a file that says GY); only the curves are used."
        )
        problems.append(Problem(path, "stored DVHs", sentence))
    is_cumulative = {text(item, "DVHType") for item in items(dataset, "DVHSequence")} == {"CUMULATIVE"}
    share = _share_of_bins(dvhs) if is_cumulative else 0.0
    if share:
        sentence = (
            f"The volumes of the stored DVHs are taken to hold at the {_PLACES[share]} of their dose bins, "
            "because only then do the curves have the mean doses stated with them."
        )
        problems.append(Problem(path, "stored DVHs", sentence))
        dvhs = [_moved(dvh, share) for dvh in dvhs]
    return tuple(dvhs), problems


def _share_of_bins(dvhs: Sequence[StoredDvh]) -> float:
    """The share of a bin by which curves read at lower edges lie too low; 0 where the stated means do not decide."""
    stated = [dvh for dvh in dvhs if dvh.stated_mean and dvh.mean_gy > 0 and dvh.dose_gy[1] > 0]
    if len(stated) < _LEAST_CURVES:
        return 0.0
    misses = {share: _miss_of_means(stated, share) for share in _PLACES}
    best = min(misses, key=lambda share: misses[share])
    return best if misses[best] < min(_FITS_BINS, misses[0.0] / _CLEARLY) else 0.0


def _miss_of_means(dvhs: Sequence[StoredDvh], share: float) -> float:
    """Median distance, in bins, of the curves' means from the stated ones, whatever unit these are in."""
    stated = np.array([dvh.stated_mean for dvh in dvhs])
    widths_gy = np.array([dvh.dose_gy[1] - dvh.dose_gy[0] for dvh in dvhs])
    means_gy = np.array([dvh.mean_gy for dvh in dvhs]) + share * widths_gy
    unit = float(np.median(stated / means_gy))
    return float(np.median(np.abs(stated / unit - means_gy) / widths_gy))


def _moved(dvh: StoredDvh, share: float) -> StoredDvh:
    widths_gy = np.diff(dvh.dose_gy)
    return replace(dvh, dose_gy=dvh.dose_gy + share * np.append(widths_gy, widths_gy[-1]))


def _stored_dvh(item: Dataset, normalization_gy: float | None) -> StoredDvh:
    pairs = numbers(item, "DVHData")
    if len(pairs) < 2 or len(pairs) % 2:
        raise UnreadableInput("The DVH has no pairs of dose and volume.")
    if (volume_units := text(item, "DVHVolumeUnits")) != "CM3":
        raise UnreadableInput(f"The DVH gives its volume as {volume_units or 'nothing'}, not in cc.")
    widths_gy = pairs[0::2] * (number(item, "DVHDoseScaling") or 1.0) * _gy_each(item, normalization_gy)
    if (widths_gy < 0).any():
        raise UnreadableInput("The DVH has bins of negative width.")
    dose_gy = np.concatenate([[0.0], np.cumsum(widths_gy)])
    return StoredDvh(
        structure_number=_structure_number(item),
        dose_gy=dose_gy,
        volume_cc=np.append(_receiving_at_least(text(item, "DVHType"), pairs[1::2]), 0.0),
        stated_minimum=number(item, "DVHMinimumDose"),
        stated_mean=number(item, "DVHMeanDose"),
        stated_maximum=number(item, "DVHMaximumDose"),
    )


def _gy_each(item: Dataset, normalization_gy: float | None) -> float:
    units = text(item, "DoseUnits")
    if units == "GY":
        return 1.0
    if units == "RELATIVE" and normalization_gy:
        return normalization_gy
    raise UnreadableInput(f"The DVH gives its dose as {units or 'nothing'} without what that is in Gy.")


def _receiving_at_least(kind: str, volumes_cc: FloatArray) -> FloatArray:
    """Volume receiving at least the lower edge of each bin."""
    if kind == "CUMULATIVE":
        return volumes_cc
    if kind == "DIFFERENTIAL":
        return np.cumsum(volumes_cc[::-1])[::-1]
    raise UnreadableInput(f"A DVH of type {kind or 'unknown'} is not read, only cumulative and differential ones.")


def _structure_number(item: Dataset) -> int:
    included = [
        whole(roi, "ReferencedROINumber")
        for roi in items(item, "DVHReferencedROISequence")
        if text(roi, "DVHROIContributionType") != "EXCLUDED"
    ]
    if len(included) != 1 or included[0] is None:
        raise UnreadableInput(f"The DVH is of {len(included)} structures, not of one.")
    return included[0]


def _numbers_off_their_curve(dvhs: list[StoredDvh]) -> list[int]:
    return [
        dvh.structure_number
        for dvh in dvhs
        if dvh.stated_maximum is not None
        and abs(dvh.stated_maximum - dvh.dose_gy[-1])
        > max(_TOLERATED_SHARE * dvh.dose_gy[-1], 2 * float(np.diff(dvh.dose_gy).max()))
    ]
