"""The distance from source to skin that a plan states, beside that of the outline."""

from dataclasses import replace

import numpy as np
import pytest

from isocenter.evidence.fields.skin_distance import skin_distances
from isocenter.terms.imaging import (
    Beam,
    ContouredStructure,
    ControlPoint,
    PlanFolder,
    StructureSet,
    TreatmentPlan,
)

HALF_MM = np.array([150.0, 100.0, 200.0])  # of a body that is a block: across, from front to back, along
SQUARE = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * HALF_MM[:2]
BODY = ContouredStructure(1, "Body", contours=tuple((float(z), SQUARE) for z in np.arange(-200, 201, 5.0)))


def beam(number: int, gantry_deg: float, ssd_mm: float | None, couch_deg: float = 0.0) -> Beam:
    points = tuple(ControlPoint(weight, gantry_deg, couch_deg=couch_deg) for weight in (0.0, 1.0))
    return Beam(number, isocenter_mm=(0.0, 0.0, 0.0), ssd_mm=ssd_mm, control_points=points)


def folder(*beams: Beam, position: str = "HFS", frame: str = "") -> PlanFolder:
    plan = TreatmentPlan("1.2", beams=beams, patient_position=position, frame_of_reference_uid=frame)
    return PlanFolder(plan, StructureSet((BODY,), sop_instance_uid="1.3", frame_of_reference_uid="1.9"))


def said(found: PlanFolder) -> list[str]:
    return [problem.sentence for problem in skin_distances(found, [BODY])]


FITTING = [beam(1, 0, 900), beam(2, 90, 850), beam(3, 180, 900), beam(4, 90, 800, couch_deg=90)]


@pytest.mark.parametrize("position", ["HFS", "FFS", "HFP"])
def test_distances_to_the_skin_of_a_block_fit_however_the_patient_lies(position: str) -> None:
    assert said(folder(*FITTING, position=position)) == []


def test_an_isocenter_moved_along_the_beams_is_said_with_both_distances() -> None:
    moved = [replace(one, isocenter_mm=(0.0, -60.0, 0.0)) for one in (beam(1, 0, 900), beam(2, 180, 900))]
    (sentence,) = said(folder(*moved))
    assert "Of 2 beams 2 state a distance" in sentence
    assert "the first 900 mm, by the outline 960 mm" in sentence


def test_a_bolus_a_table_top_below_half_of_the_beams_and_another_frame_are_no_misfit() -> None:
    assert said(folder(beam(1, 0, 885), beam(2, 90, 845))) == []
    assert said(folder(beam(1, 180, 850), beam(2, 0, 900))) == []
    far = [beam(1, 0, 700), beam(2, 90, 700)]
    assert len(said(folder(*far))) == 1
    assert said(folder(*far, frame="1.8")) == []
    assert said(folder(*far, position="")) == []
    assert said(folder(*[replace(one, ssd_mm=None) for one in far])) == []
