"""Structures that were drawn in centimeters where DICOM states millimeters: found, and left out."""

import statistics
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from isocenter.evidence.roles.roles import role_of
from isocenter.terms.imaging import ContouredStructure, FloatArray, StructureSet
from isocenter.terms.problems import Problem

_MM_A_CM = 10.0
_NARROWEST_BODY_MM, _CLOSEST_SLICES_MM = 60.0, 1.0  # of a patient as a whole, and of the slices on which it is drawn
_SAME_STEP = 0.05  # share by which ten times the step of slices may miss the usual step
_FEWEST_SLICES = 3


def without_centimeters(structures: StructureSet) -> tuple[StructureSet, list[Problem]]:
    """The set without contours that are ten times too small, each with a sentence.

    All are, where the outline of the patient is narrower than anybody and drawn on slices too close for one. One alone
    is, where its slices lie a tenth of the usual step apart, and ten times its size it lies among the others.
    """
    drawn = [one for one in structures.structures if len(one.z_mm) >= _FEWEST_SLICES]
    for outline in (one for one in drawn if role_of(one.name, one.interpreted_type).role == "external"):
        low, high = _box(outline)
        width_mm = float((high - low)[:2].max())
        if width_mm < _NARROWEST_BODY_MM and _step_mm(outline) <= _CLOSEST_SLICES_MM:
            sentence = (
                f"The outline of the patient is {width_mm:.0f} mm wide, as if its contours were in cm; the structures "
                "are left out, export them in mm."
            )
            return _without(structures, structures.structures), [Problem("", _place(outline), sentence)]
    steps_mm = [_step_mm(one) for one in drawn]
    small = [
        one
        for n, one in enumerate(drawn)
        if _steps_are_tenfold_too_small(steps_mm[n], steps_mm[:n] + steps_mm[n + 1 :])
        and _lies_among_tenfold(one, [other for other in drawn if other is not one])
    ]
    problems = [
        Problem(
            "",
            _place(one),
            f"Its slices lie {_step_mm(one):g} mm apart, a tenth of the usual step, as if its contours were in cm; "
            "it is left out, export it in mm.",
        )
        for one in small
    ]
    return _without(structures, small), problems


def _steps_are_tenfold_too_small(step_mm: float, others_mm: list[float]) -> bool:
    if not others_mm:
        return False
    usual_mm = statistics.median(others_mm)
    return abs(_MM_A_CM * step_mm - usual_mm) <= _SAME_STEP * usual_mm


def _lies_among_tenfold(one: ContouredStructure, others: list[ContouredStructure]) -> bool:
    boxes = [_box(other) for other in others]
    low, high = np.min([box[0] for box in boxes], axis=0), np.max([box[1] for box in boxes], axis=0)
    own_low, own_high = _box(one)
    return bool((_MM_A_CM * own_low >= low).all() and (_MM_A_CM * own_high <= high).all())


def _without(structures: StructureSet, small: Sequence[ContouredStructure]) -> StructureSet:
    kept = tuple(replace(one, contours=()) if one in small else one for one in structures.structures)
    return replace(structures, structures=kept) if small else structures


def _step_mm(structure: ContouredStructure) -> float:
    return round(float(np.median(np.diff(structure.z_mm))), 3)


def _box(structure: ContouredStructure) -> tuple[FloatArray, FloatArray]:
    points = np.concatenate([ring for _, ring in structure.contours])
    z_mm = structure.z_mm
    return np.array([*points.min(axis=0), z_mm[0]]), np.array([*points.max(axis=0), z_mm[-1]])


def _place(structure: ContouredStructure) -> str:
    return f"ROI {structure.number} {structure.name!r}"
