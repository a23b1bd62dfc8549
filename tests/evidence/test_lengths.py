"""Structures in centimeters are found by the step of their slices and by the width of the patient."""

from dataclasses import replace

import numpy as np
import pytest

from isocenter.evidence.drawn.lengths import without_centimeters
from isocenter.terms.imaging import ContouredStructure, StructureSet


def tube(number: int, name: str, radius_mm: float, scale: float = 1.0) -> ContouredStructure:
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    ring = scale * radius_mm * np.column_stack([np.cos(angle), np.sin(angle)])
    return ContouredStructure(number, name, contours=tuple((scale * z, ring) for z in np.arange(-30, 31, 3.0)))


BODY, CORD, PTV = tube(1, "BODY", 120), tube(2, "SpinalCord", 6), tube(3, "PTV", 20)


def left_out(*structures: ContouredStructure) -> tuple[list[str], int]:
    found, problems = without_centimeters(StructureSet(structures=structures))
    return [one.name for one in found.structures if not one.contours], len(problems)


def test_structures_in_millimeters_are_kept() -> None:
    assert left_out(BODY, CORD, PTV) == ([], 0)
    assert left_out(CORD, PTV) == ([], 0)


def test_one_structure_in_centimeters_is_left_out_with_a_sentence() -> None:
    assert left_out(BODY, CORD, tube(3, "PTV", 20, scale=0.1)) == (["PTV"], 1)


def test_a_whole_set_in_centimeters_is_left_out_with_one_sentence() -> None:
    small = [tube(n, name, mm, scale=0.1) for n, (name, mm) in enumerate((("BODY", 120), ("PTV", 20)), start=1)]
    assert left_out(*small) == (["BODY", "PTV"], 1)


@pytest.mark.parametrize("step_mm", [0.6, 1.0, 1.5])
def test_a_small_target_on_closer_slices_is_kept(step_mm: float) -> None:
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    ring = 2 * np.column_stack([np.cos(angle), np.sin(angle)])
    target = replace(PTV, contours=tuple((z, ring) for z in np.arange(-3, 3.1, step_mm)))
    assert left_out(BODY, CORD, target) == ([], 0)
