"""What a beam sees of its target, and in which window the CT is shown."""

import numpy as np
import pytest
from tests.naive_geometry import draw_box, draw_sphere

from isocenter.evidence.pictures import isodose, portals
from isocenter.evidence.pictures.silhouettes import silhouette
from isocenter.evidence.roles.roles import role_of
from isocenter.phantoms.make import phantom_objects
from isocenter.terms.imaging import Beam, ContouredStructure, ControlPoint

SQUARE = np.array([[-10.0, -10.0], [10.0, -10.0], [10.0, 10.0], [-10.0, 10.0]])


def beam(gantry_deg: float, collimator_deg: float = 0.0, couch_deg: float = 0.0) -> Beam:
    point = ControlPoint(0.0, gantry_deg, collimator_deg=collimator_deg, couch_deg=couch_deg)
    return Beam(1, isocenter_mm=(5.0, -20.0, 30.0), control_points=(point,))


def seen(structure: ContouredStructure, of: Beam, position: str = "HFS") -> list[np.ndarray]:
    return silhouette(structure, of, of.control_points[0], position)


@pytest.mark.parametrize("gantry_deg", [0.0, 37.0, 90.0, 200.0])
@pytest.mark.parametrize("couch_deg", [0.0, 25.0])
@pytest.mark.parametrize("position", ["HFS", "FFP"])
def test_a_ball_at_the_isocenter_is_a_circle_to_every_beam(gantry_deg: float, couch_deg: float, position: str) -> None:
    ball = draw_sphere("Ball", (5.0, -20.0, 30.0), 25.0, 2.0)
    (outline,) = seen(ball, beam(gantry_deg, 12.0, couch_deg), position)
    # Slabs of 2 mm stand out by a little, and the beam diverges by 25 in 1000.
    assert np.abs(np.hypot(*outline.T) - 25.0).max() < 1.6
    assert np.median(np.hypot(*outline.T)) == pytest.approx(25.0, abs=0.8)


def test_a_box_is_seen_by_its_sides_each_turned_with_the_collimator() -> None:
    box = draw_box("Box", (-25.0, -30.0, 10.0), (35.0, -10.0, 50.0), 2.0)
    for gantry_deg, half_mm in ((0.0, (30.0, 20.0)), (90.0, (10.0, 20.0))):
        for collimator_deg in (0.0, 90.0):
            (outline,) = seen(box, beam(gantry_deg, collimator_deg))
            low, high = outline.min(axis=0), outline.max(axis=0)
            expected = np.array(half_mm if collimator_deg == 0 else half_mm[::-1])
            # The face nearer to the source is seen larger, by 30 in 1000 at most.
            assert np.all(np.abs(high - low - 2 * expected) < 0.035 * 2 * expected + 0.3)
            assert np.abs(high + low).max() < 0.5


def test_two_parts_are_two_outlines_and_a_ring_seen_through_its_hole_keeps_it() -> None:
    parts = tuple((z, SQUARE) for z in (0.0, 2.0, 4.0, 40.0, 42.0, 44.0))
    assert len(seen(ContouredStructure(1, "PTV", contours=parts), beam(0.0))) == 2
    around = [(z, SQUARE + np.array([side, 0.0])) for z in np.arange(12.0, 50.0, 2.0) for side in (-30.0, 40.0)]
    ends = [
        (z, SQUARE * np.array([5.0, 1.0]) + np.array([5.0, 0.0])) for z in (4.0, 6.0, 8.0, 10.0, 50.0, 52.0, 54.0, 56.0)
    ]
    assert len(seen(ContouredStructure(1, "Ring", contours=(*around, *ends)), beam(0.0))) == 2


def test_without_isocenter_or_contours_nothing_is_seen() -> None:
    ball = draw_sphere("Ball", (0, 0, 0), 10.0, 2.0)
    assert seen(ball, Beam(1, control_points=(ControlPoint(0.0, 0.0),))) == []
    assert seen(ContouredStructure(1, "Empty"), beam(0.0)) == []


def test_portals_show_the_target_where_the_position_of_the_patient_is_one_that_beams_are_described_in() -> None:
    folder = phantom_objects("prostate")
    target = folder.structure_set.named("PTV_78")
    assert "outline of PTV_78" in portals(folder.plan, target).caption
    for alone in (portals(folder.plan), portals(folder.plan, target, "SEATED")):
        assert "outline" not in alone.caption
    assert portals(folder.plan, target).data != portals(folder.plan).data


@pytest.mark.parametrize(
    ("name", "through_mm", "window"),
    [("lung", (62.0, 18.0, 6.0), "-1000 to 250 HU"), ("prostate", (0.0, 0.0, 0.0), "-160 to 240 HU")],
)
def test_the_window_is_that_of_lung_where_the_target_lies_in_it(
    name: str, through_mm: tuple[float, float, float], window: str
) -> None:
    folder = phantom_objects(name)
    roles = {s.name: role_of(s.name, s.interpreted_type).role for s in folder.structure_set.structures}
    picture = isodose(folder.ct, folder.dose, folder.structure_set, roles, 60.0, through_mm)
    assert window in picture.caption
