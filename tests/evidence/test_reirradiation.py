"""Earlier irradiation against closed forms, across frames of reference, and never without a link between them."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from tests.naive_geometry import draw_box, draw_cylinder, draw_sphere

from isocenter.evidence.bodies.solids import make_solid, sample_inside
from isocenter.evidence.courses.reirradiation import earlier_measures, measure_earlier_irradiation
from isocenter.evidence.doses.eqd2 import eqd2_gy
from isocenter.evidence.doses.summed_dose import dose_at_gy, find_hot_spots, sum_doses
from isocenter.evidence.fields.portals import look_along, measure_crossing
from isocenter.evidence.frames.frames import FrameLink, carry_points, link_frames
from isocenter.evidence.measures import measure_plan
from isocenter.phantoms import phantom_objects
from isocenter.terms.imaging import Beam, ControlPoint, DoseGrid, Registration
from isocenter.terms.plans import PlanMeasure

HERE = FrameLink(np.eye(4), "Both lie in one frame of reference.")


def tilted(degrees=25.0, shift=(12.0, -7.0, 20.0)):
    """A turn about a slanted axis, then a shift."""
    axis = np.array([0.3, 0.5, 0.81])
    axis /= np.linalg.norm(axis)
    cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    angle = np.radians(degrees)
    matrix = np.eye(4)
    matrix[:3, :3] = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    matrix[:3, 3] = shift
    return matrix


def radial_dose(center=(0.0, 0.0, 0.0), step_mm=2.5):
    """Dose that falls by 1 Gy each mm from 50 Gy at the center."""
    axis = np.arange(-60, 60.1, step_mm)
    z, y, x = np.meshgrid(axis + center[2], axis + center[1], axis + center[0], indexing="ij")
    r = np.sqrt((x - center[0]) ** 2 + (y - center[1]) ** 2 + (z - center[2]) ** 2)
    return DoseGrid(np.maximum(50 - r, 0).astype(np.float32), axis + center[0], axis + center[1], axis + center[2])


def test_frames_are_linked_by_being_one_or_by_a_rigid_registration_either_way():
    matrix = tilted()
    registration = Registration("old", "new", matrix)
    assert np.array_equal(link_frames("a", "a", []).matrix, np.eye(4))
    assert np.allclose(link_frames("old", "new", [registration]).matrix, matrix)
    assert np.allclose(link_frames("new", "old", [registration]).matrix @ matrix, np.eye(4))


@pytest.mark.parametrize(
    ("source", "target", "registrations", "sentence"),
    [
        ("old", "new", [], "no rigid registration links them"),
        ("old", "new", [Registration("old", "other", np.eye(4))], "no rigid registration links them"),
        ("", "new", [], "is not stated"),
        ("old", "new", [Registration("old", "new", np.diag([1.1, 1, 1, 1]))], "is not rigid"),
        ("old", "new", [Registration("old", "new", np.diag([-1.0, 1, 1, 1]))], "is not rigid"),
    ],
)
def test_without_a_rigid_link_nothing_is_carried_over_and_the_sentence_says_so(source, target, registrations, sentence):
    link = link_frames(source, target, registrations)
    assert link.matrix is None
    found = measure_earlier_irradiation(
        draw_sphere("PTV", (0, 0, 0), 20, 2.0), [], link, [draw_sphere("PTV_old", (0, 0, 0), 20, 2.0)]
    )
    assert found.volumes == ()
    assert sentence in found.sentence


@pytest.mark.parametrize("matrix", [np.eye(4), tilted()])
def test_an_earlier_target_is_as_far_as_its_center_less_both_radii_in_whatever_frame(matrix):
    center = carry_points(np.linalg.inv(matrix), np.array([[40.0, 10.0, 5.0]]))[0]
    earlier = draw_sphere("PTV_old", tuple(center), 15, 2.0)
    link = FrameLink(matrix, "linked")
    found = measure_earlier_irradiation(draw_sphere("PTV", (0, 0, 0), 20, 2.0), [], link, [earlier])
    (volume,) = found.volumes
    assert volume.distance_mm == pytest.approx(np.sqrt(1725) - 35, abs=0.3)
    assert volume.overlap_cc == 0


@pytest.mark.parametrize("matrix", [np.eye(4), tilted()])
def test_overlap_with_an_earlier_target_is_the_lens_of_both(matrix):
    apart = 18.0
    lens_cc = np.pi * (40 - apart) ** 2 * (apart**2 + 4 * apart * 20) / (12 * apart) / 1000
    center = carry_points(np.linalg.inv(matrix), np.array([[0.0, apart, 0.0]]))[0]
    earlier = draw_sphere("PTV_old", tuple(center), 20, 2.0)
    target = draw_sphere("PTV", (0, 0, 0), 20, 2.0)
    (volume,) = measure_earlier_irradiation(target, [], FrameLink(matrix, ""), [earlier]).volumes
    assert volume.overlap_cc == pytest.approx(lens_cc, rel=0.03)
    assert volume.distance_mm == 0
    assert volume.overlap_of_target_percent == pytest.approx(100 * volume.overlap_cc / 33.51, rel=0.02)


def test_targets_that_abut_along_z_touch():
    target, earlier = draw_cylinder("PTV", (0, 0), 20, 0, 48, 4.0), draw_cylinder("PTV_old", (0, 0), 20, -48, 0, 4.0)
    (volume,) = measure_earlier_irradiation(target, [], HERE, [earlier]).volumes
    assert volume.distance_mm == pytest.approx(0, abs=0.05)


@pytest.mark.parametrize("matrix", [np.eye(4), tilted()])
def test_an_earlier_isodose_lies_where_its_formula_puts_it(matrix):
    """The 25 Gy isodose is a ball of 25 mm; the target a ball of 10 mm, 50 mm away."""
    center = carry_points(matrix, np.zeros((1, 3)))[0]
    away = center + np.array([0.0, 48.0, 14.0])
    target = draw_sphere("PTV", tuple(away), 10, 2.0)
    found = measure_earlier_irradiation(target, [], FrameLink(matrix, ""), (), radial_dose(), 25.0)
    (volume,) = found.volumes
    assert volume.volume == "25 Gy"
    assert volume.distance_mm == pytest.approx(50 - 35, abs=0.4)


def test_the_overlap_with_an_earlier_isodose_is_the_volume_that_received_it():
    target = draw_sphere("PTV", (0, 0, 0), 30, 2.0)
    (volume,) = measure_earlier_irradiation(target, [], HERE, (), radial_dose(), 30.0).volumes
    assert volume.overlap_cc == pytest.approx(4 / 3 * np.pi * 8, rel=0.02)
    assert measure_earlier_irradiation(target, [], HERE, (), radial_dose(), 60.0).volumes == ()


def test_fractions_of_two_gray_are_their_own_equivalent():
    assert eqd2_gy(60.0, 30, 3.0) == pytest.approx(60)
    assert eqd2_gy(60.0, 20, 3.0) == pytest.approx(60 * (3 + 3) / 5)
    assert eqd2_gy(np.array([0.0, 25.0]), 5, 10.0) == pytest.approx([0, 25 * 15 / 12])


def test_summed_effect_is_that_of_the_formula_at_every_voxel():
    axis = np.arange(0, 30.1, 3.0)
    flat = DoseGrid(np.full((11, 11, 11), 40.0, np.float32), axis, axis, axis)
    before = DoseGrid(np.full((11, 11, 11), 30.0, np.float32), axis, axis, axis)
    summed = sum_doses(flat, 20, before, 10, np.eye(4), 2.0)
    assert summed.dose_gy == pytest.approx(40 + 30 * 5 / 4)
    assert summed.is_reached is None
    half = np.eye(4)
    half[0, 3] = 15.0
    shifted = sum_doses(flat, 20, before, 10, half, 2.0)
    assert shifted.is_reached is not None
    assert np.mean(~shifted.is_reached) == pytest.approx(5 / 11)
    assert shifted.dose_gy[0, 0, 0] == pytest.approx(40)


def test_a_dose_is_carried_to_where_it_was_given():
    matrix = tilted()
    here = np.array([[5.0, -8.0, 11.0], [0.0, 0.0, 0.0]])
    carried = carry_points(matrix, here)
    found = dose_at_gy(radial_dose(), carry_points(np.linalg.inv(matrix), carried))
    assert found == pytest.approx(50 - np.linalg.norm(here, axis=1), abs=0.9)
    assert np.isnan(dose_at_gy(radial_dose(), np.array([[100.0, 0, 0]]))).all()


def test_the_hottest_of_a_structure_is_that_of_its_formula():
    """At the center of a radial fall of 1 Gy/mm the hottest 0.03 cc is a ball of 1.93 mm."""
    axis = np.arange(-15, 15.1, 0.5)
    z, y, x = np.meshgrid(axis, axis, axis, indexing="ij")
    dose = DoseGrid((50 - np.sqrt(x * x + y * y + z * z)).astype(np.float32), axis, axis, axis)
    inside, outside = find_hot_spots(dose, [draw_sphere("Cord", (at, 0, 0), 10, 1.0) for at in (0, 90)])
    assert inside.maximum_gy == pytest.approx(50, abs=0.4)
    assert inside.d003cc_gy == pytest.approx(50 - (0.75 * 30 / np.pi) ** (1 / 3), abs=0.1)
    assert (outside.maximum_gy, outside.d003cc_gy) == (None, None)


def test_samples_within_a_solid_add_up_to_its_volume():
    for step_mm in (0.5, 1.0, 2.0, 3.0):
        solid = make_solid(draw_sphere("PTV", (1, 2, 3), 15, 2.0))
        assert sample_inside(solid, step_mm).volume_mm3.sum() / 1000 == pytest.approx(solid.volume_cc, rel=0.01)


def beam(gantry_deg, jaws_x=(-20.0, 20.0), collimator_deg=0.0, couch_deg=0.0, leaves=None):
    boundaries = None if leaves is None else np.array([-20.0, 0.0, 20.0])
    point = ControlPoint(0.0, gantry_deg, "NONE", collimator_deg, couch_deg, jaws_x, (-20.0, 20.0), leaves)
    return Beam(1, isocenter_mm=(0, 0, 0), control_points=(point,), leaf_boundaries_mm=boundaries, leaf_axis="X")


@pytest.mark.parametrize(
    ("gantry_deg", "position", "point", "seen"),
    [
        (0, "HFS", (10, 0, 30), (10, 30)),  # from in front: left of the patient is +x, head +y
        (0, "HFS", (10, -500, 30), (20, 60)),  # half-way to the source all looks twice as large
        (90, "HFS", (0, 10, 30), (10, 30)),  # from the left side: +x of the beam looks to the patient's back
        (180, "HFS", (10, 0, 30), (-10, 30)),
        (0, "HFP", (10, 0, 30), (-10, 30)),
        (0, "FFS", (10, 0, 30), (-10, -30)),
    ],
)
def test_a_beam_sees_a_point_where_iec_61217_puts_it(gantry_deg, position, point, seen):
    one = beam(gantry_deg)
    assert look_along(one, one.control_points[0], np.array([point], float), position)[0] == pytest.approx(seen)


def test_collimator_and_couch_turn_the_view():
    one = beam(0, collimator_deg=90)
    assert look_along(one, one.control_points[0], np.array([[10.0, 0, 0]]))[0] == pytest.approx((0, -10))
    one = beam(0, couch_deg=90)
    assert look_along(one, one.control_points[0], np.array([[10.0, 0, 0]]))[0] == pytest.approx((0, 10))


def test_a_portal_is_as_far_from_a_volume_as_its_edge_seen_along_the_beam():
    ball = sample_inside(make_solid(draw_sphere("old", (45, 0, 0), 10, 1.0)), 1.0).points_mm
    crossing = measure_crossing(beam(0), ball)
    assert crossing.distance_mm == pytest.approx(45 - 10 - 20, abs=0.6)
    assert crossing.seen_percent == 0
    assert measure_crossing(beam(90), ball).seen_percent == pytest.approx(100)
    half = sample_inside(make_solid(draw_box("old", (0, -1, -10), (40, 1, 10), 1.0)), 1.0).points_mm
    assert measure_crossing(beam(0), half).seen_percent == pytest.approx(50, abs=3)


def test_closed_leaves_close_the_portal():
    leaves = np.array([[-20.0, 5.0], [20.0, 5.0]])  # the upper pair is shut
    below = np.array([[0.0, 0.0, -10.0]])
    above = np.array([[0.0, 0.0, 10.0]])
    assert measure_crossing(beam(0, leaves=leaves), below).distance_mm == 0
    assert measure_crossing(beam(0, leaves=leaves), above).distance_mm == pytest.approx(10)


def test_a_beam_without_isocenter_or_opening_gives_no_crossing():
    assert measure_crossing(Beam(1), np.zeros((1, 3))) is None
    assert measure_crossing(Beam(1, isocenter_mm=(0, 0, 0)), np.zeros((1, 3))) is None


def test_a_whole_re_irradiation_is_measured_across_its_registration():
    """Two rods face to face at z = 0, the earlier one in a frame of its own."""
    folder = phantom_objects("reirradiation")
    (earlier,) = folder.earlier
    link = link_frames(
        earlier.structure_set.frame_of_reference_uid,
        folder.structure_set.frame_of_reference_uid,
        folder.registrations,
    )
    found = measure_earlier_irradiation(
        folder.structure_set.named("PTV_40"),
        folder.plan.beams,
        link,
        [earlier.structure_set.named("PTV_45")],
        earlier.dose,
        22.5,
    )
    target, isodose = found.volumes
    assert target.distance_mm == pytest.approx(0, abs=0.6)
    assert target.overlap_cc == pytest.approx(0, abs=1.0)
    assert isodose.distance_mm == 0
    assert isodose.overlap_cc > 1
    summed = sum_doses(folder.dose, folder.plan.fractions, earlier.dose, earlier.plan.fractions, link.matrix, 2.0)
    (spot,) = find_hot_spots(summed, [folder.structure_set.named("SpinalCord")])
    (alone,) = find_hot_spots(folder.dose, [folder.structure_set.named("SpinalCord")])
    assert spot.d003cc_gy > alone.d003cc_gy
    assert spot.d003cc_gy <= spot.maximum_gy
    measures = {row.measure for row in earlier_measures("plan", found, [spot])}
    assert {"prior_distance_mm", "prior_overlap_cc", "prior_portal_distance_mm", "summed_eqd2_d003cc_gy"} <= measures


def test_a_sum_is_not_known_where_the_earlier_grid_ends() -> None:
    folder = phantom_objects("reirradiation")
    (earlier,) = folder.earlier
    assert earlier.dose is not None
    half = len(earlier.dose.z_mm) // 2
    short = replace(earlier.dose, dose_gy=earlier.dose.dose_gy[:half], z_mm=earlier.dose.z_mm[:half])
    cut = replace(folder, earlier=(replace(earlier, dose=short),))
    summed, cut_sums = (
        {row.structure for row in measure_plan(case, "C1").rows
         if isinstance(row, PlanMeasure) and row.measure == "summed_eqd2_d003cc_gy"}
        for case in (folder, cut)
    )  # fmt: skip
    assert "SpinalCord" in summed
    assert "SpinalCord" not in cut_sums
    said = [problem.sentence for problem in measure_plan(cut, "C1").problems if "earlier course" in problem.place]
    assert "SpinalCord (at least" in said[0]


def test_a_plan_that_was_made_after_the_present_one_is_no_earlier_course() -> None:
    folder = phantom_objects("reirradiation")
    (earlier,) = folder.earlier
    assert earlier.plan is not None
    assert folder.plan is not None
    made = folder.plan.plan_date
    assert made is not None

    def measured_and_named(day: date, approved: date | None = None) -> tuple[bool, bool]:
        assert earlier.plan is not None
        plan = replace(earlier.plan, plan_date=day, approved_on=approved)
        found = measure_plan(replace(folder, earlier=(replace(earlier, plan=plan),)), "C1", with_geometry=False)
        measures = {row.measure for row in found.rows if isinstance(row, PlanMeasure)}
        is_named = any("it is no earlier course" in one.sentence for one in found.problems)
        return "prior_distance_mm" in measures, is_named

    assert measured_and_named(made - timedelta(days=400)) == (True, False)
    assert measured_and_named(made + timedelta(days=400)) == (False, True)
    # Exported anew: the day of approval is that of the plan.
    assert measured_and_named(made + timedelta(days=400), made - timedelta(days=400)) == (True, False)
