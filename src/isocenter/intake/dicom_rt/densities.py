"""Densities that a structure set states for the calculation of dose, in place of those of the CT."""

import math

from isocenter.intake.dicom_rt.data_sets import Dataset
from isocenter.intake.dicom_rt.elements import items, text, whole
from isocenter.terms.problems import Problem

_KINDS = ("REL_ELEC_DENSITY", "REL_MASS_DENSITY")  # the first of them that is stated is taken
_MOST = 25.0  # times as dense as water; no element has more


def stated_densities(dataset: Dataset, names: dict[int, str], path: str) -> tuple[dict[int, float], list[Problem]]:
    """The density of each ROI by its number, relative to water, and a problem for each that is none.

    The relative electron density is taken before the relative mass density.
    """
    densities: dict[int, float] = {}
    problems = []
    for observation in items(dataset, "RTROIObservationsSequence"):
        number = whole(observation, "ReferencedROINumber")
        stated = {
            text(one, "ROIPhysicalProperty").upper(): text(one, "ROIPhysicalPropertyValue")
            for one in items(observation, "ROIPhysicalPropertiesSequence")
        }
        kind = next((kind for kind in _KINDS if kind in stated), "")
        if number not in names or not kind:
            continue
        density = _number(stated[kind])
        if 0 <= density <= _MOST:
            densities[number] = density
        else:
            sentence = f"Its {kind} is {stated[kind]!r:.30}; expected 0 to {_MOST:g}. The density of the CT is taken."
            problems.append(Problem(path, f"ROI {number} {names[number]!r}", sentence))
    return densities, problems


def _number(written: str) -> float:
    try:
        return float(written)
    except ValueError:
        return math.nan
