"""Doses of beams: of one fraction by the standard; of all fractions as some planning systems write them."""

from collections.abc import Sequence
from dataclasses import replace

from isocenter.terms.imaging import Beam, FractionGroup
from isocenter.terms.problems import Problem

# More than is given in a course of external beams of so many fractions, in Gy.
_FEW_FRACTIONS, _MOST_IN_FEW_GY, _MOST_GY = 15, 80.0, 120.0


def of_one_fraction(
    beams: Sequence[Beam], groups: Sequence[FractionGroup], path: str
) -> tuple[tuple[Beam, ...], list[Problem]]:
    """The beams, their doses in Gy divided by the fractions where those of one fraction would be too much for a course.

    Source of the meaning: DICOM PS3.3, RT Fraction Scheme Module, Beam Dose.
    """
    problems = []
    for group in groups:
        treating = [beam for beam in beams if beam.number in group.beams and beam.is_treatment]
        together_gy, fractions = sum(beam.beam_dose_gy or 0.0 for beam in treating), group.fractions or 1
        most_gy = _MOST_IN_FEW_GY if fractions <= _FEW_FRACTIONS else _MOST_GY
        if fractions < 2 or not together_gy <= most_gy < together_gy * fractions:
            continue
        sentence = (
            f"The beams' doses make {together_gy:.2f} Gy, which over {fractions} fractions would be "
            f"{together_gy * fractions:.0f} Gy; they can only be those of all fractions and are read so."
        )
        problems.append(Problem(path, "BeamDose", sentence))
        numbers = {beam.number for beam in treating}
        beams = [
            replace(beam, beam_dose_gy=beam.beam_dose_gy / fractions)
            if beam.number in numbers and beam.beam_dose_gy is not None
            else beam
            for beam in beams
        ]
    return tuple(beams), problems
