"""The DVHs that a planning system stored beside its dose: the truth of what it showed."""

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from isocenter.errors import UnreadableInput
from isocenter.intake.dicom_rt.elements import items, number, numbers, text, whole
from isocenter.terms.imaging import StoredDvh
from isocenter.terms.problems import Problem

FloatArray = NDArray[np.float64]

_TOLERATED_SHARE = 0.02  # how far a stated maximum may lie from the end of its own curve


def stored_dvhs_of(dataset: Dataset, path: str) -> tuple[tuple[StoredDvh, ...], list[Problem]]:
    """The curves of an open RTDOSE; a curve without volumes in cc or doses in Gy becomes a problem."""
    dvhs, problems = [], []
    for position, item in enumerate(items(dataset, "DVHSequence"), start=1):
        place = f"stored DVH {position}"
        try:
            dvh = _stored_dvh(item, number(dataset, "DVHNormalizationDoseValue"))
        except UnreadableInput as error:
            problems.append(Problem(path, place, f"{error} The curve is left out."))
            continue
        dvhs.append(dvh)
    if odd := _numbers_off_their_curve(dvhs):
        listed = ", ".join(map(str, odd))
        sentence = (
            f"The stated maxima of the DVHs of ROI {listed} do not lie at the end of their curves "
            "(often they are per cent in a file that says GY); only the curves are used."
        )
        problems.append(Problem(path, "stored DVHs", sentence))
    return tuple(dvhs), problems


def _stored_dvh(item: Dataset, normalisation_gy: float | None) -> StoredDvh:
    pairs = numbers(item, "DVHData")
    if len(pairs) < 2 or len(pairs) % 2:
        raise UnreadableInput("The DVH has no pairs of dose and volume.")
    if (volume_units := text(item, "DVHVolumeUnits")) != "CM3":
        raise UnreadableInput(f"The DVH gives its volume as {volume_units or 'nothing'}, not in cc.")
    widths_gy = pairs[0::2] * (number(item, "DVHDoseScaling") or 1.0) * _gy_each(item, normalisation_gy)
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


def _gy_each(item: Dataset, normalisation_gy: float | None) -> float:
    units = text(item, "DoseUnits")
    if units == "GY":
        return 1.0
    if units == "RELATIVE" and normalisation_gy:
        return normalisation_gy
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
