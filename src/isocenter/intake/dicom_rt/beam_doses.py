"""Doses of beams: in Gy for one fraction by the standard; of all fractions, or in cGy, as some systems write them."""

from collections.abc import Sequence
from dataclasses import replace

from isocenter.terms.imaging import Beam, FractionGroup
from isocenter.terms.limits import HIGHEST_ORDER_GY
from isocenter.terms.problems import Problem

# More than is given in a course of external beams of so many fractions, in Gy.
_FEW_FRACTIONS, _MOST_IN_FEW_GY, _MOST_GY = 15, 80.0, 120.0
_CGY_A_GY = 100.0
_LEAST_A_FRACTION_GY = 0.4  # of treatments against inflammation; nobody gives less


def of_one_fraction(
    beams: Sequence[Beam], groups: Sequence[FractionGroup], path: str
) -> tuple[tuple[Beam, ...], list[Problem]]:
    """The beams with their doses in Gy for one fraction, where as stated they would be too much for a course.

    They are then those of all fractions, or in cGy; where neither makes a dose that is given, they are left out.
    Source of the meaning: DICOM PS3.3, RT Fraction Scheme Module.
    """
    problems = []
    for group in groups:
        treating = [beam for beam in beams if beam.number in group.beams and beam.is_treatment]
        together_gy, fractions = sum(beam.beam_dose_gy or 0.0 for beam in treating), group.fractions or 1
        most_gy = _most_gy(fractions)
        if together_gy * fractions <= most_gy or together_gy * fractions / _CGY_A_GY > most_gy:
            continue
        divisor, reading = _reading(together_gy, fractions, most_gy)
        of_all = f"which over {fractions} fractions would be {together_gy * fractions:.0f} Gy"
        problems.append(Problem(path, "BeamDose", f"The beams' doses make {together_gy:.2f} Gy, {of_all}; {reading}"))
        numbers = {beam.number for beam in treating}
        beams = [
            replace(beam, beam_dose_gy=beam.beam_dose_gy / divisor if divisor else None)
            if beam.number in numbers and beam.beam_dose_gy is not None
            else beam
            for beam in beams
        ]
    return tuple(beams), problems


def _reading(together_gy: float, fractions: int, most_gy: float) -> tuple[float | None, str]:
    """By what to divide doses of beams that are too much for one fraction, None where they are left out; and why."""
    if together_gy <= most_gy and together_gy / fractions >= _LEAST_A_FRACTION_GY:
        return fractions, "they can only be those of all fractions and are read so."
    if together_gy > most_gy:
        return _CGY_A_GY, "they can only be cGy and are read so."
    return None, "that cannot be right, and they are not used."


def _most_gy(fractions: int) -> float:
    if fractions == 1:  # as radiosurgery of function gives
        return HIGHEST_ORDER_GY
    return _MOST_IN_FEW_GY if fractions <= _FEW_FRACTIONS else _MOST_GY
