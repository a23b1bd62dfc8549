"""Pictures: what planes cut, what leaves let through, and that every picture says what it shows."""

import colorsys
import dataclasses
import itertools
import re
import subprocess
import sys
from datetime import date, timedelta
from xml.etree import ElementTree

import numpy as np
import pytest

from isocenter.errors import UnreadableInput
from isocenter.evidence.doses.dvh import compute_dvhs
from isocenter.evidence.fields.apertures import apertures_of
from isocenter.evidence.pictures import dvh_chart, isodose, plan_pictures, portals, shifts
from isocenter.evidence.pictures.colors import edge_of
from isocenter.evidence.pictures.drawing import INK, SMALL, UNSEEN, USUAL, fitting, letters_within
from isocenter.evidence.pictures.fields import PANEL_PX
from isocenter.evidence.pictures.fluence import summed_fluence
from isocenter.evidence.pictures.isodoses import STYLES
from isocenter.evidence.pictures.panel import Panel
from isocenter.evidence.pictures.planes import (
    CORONAL,
    SAGITTAL,
    TRANSVERSE,
    centroid_mm,
    cut,
    level_lines,
    outlines,
    resample,
)
from isocenter.evidence.roles.roles import role_of
from isocenter.phantoms.knobs import PlanStyle, Quirks
from isocenter.phantoms.make import phantom_objects
from isocenter.terms.chart import Constraint
from isocenter.terms.courses import ImageGuidance
from isocenter.terms.imaging import Beam, ContouredStructure, ControlPoint, DoseGrid, PlanFolder, TreatmentPlan

PRESCRIPTION_GY = 50.0
LARGEST_BYTES = 250_000


def roles_of(folder):
    return {s.name: role_of(s.name, s.interpreted_type).role for s in folder.structure_set.structures}


def dvhs_of(folder):
    roles = roles_of(folder)
    return compute_dvhs([s for s in folder.structure_set.structures if roles[s.name] != "external"], folder.dose)


@pytest.fixture(scope="module")
def c_shape():
    return phantom_objects("c_shape", quirks=Quirks(stored_dvhs=True))


def ball(radius_mm=20.0, slice_mm=2.0, center=(5.0, -3.0, 10.0)):
    turn = np.linspace(0, 2 * np.pi, 181)[:-1]
    contours = []
    for z in np.arange(-radius_mm + slice_mm / 2, radius_mm, slice_mm):
        r = np.sqrt(radius_mm**2 - z**2)
        points = np.column_stack([center[0] + r * np.cos(turn), center[1] + r * np.sin(turn)])
        contours.append((float(center[2] + z), points))
    return ContouredStructure(1, "Ball", contours=tuple(contours))


def guidance(day, shift_mm, tolerance_mm=5.0, method="CBCT"):
    return ImageGuidance("C1", date(2024, 3, 4) + timedelta(days=day), method, shift_mm, tolerance_mm)


# Planes


@pytest.mark.parametrize("plane", [TRANSVERSE, CORONAL, SAGITTAL])
def test_a_plane_through_a_linear_field_is_exact_between_uneven_slices(plane):
    x, y, z = np.arange(0.0, 12, 3), np.arange(-5.0, 5, 2), np.array([0.0, 2.0, 7.0, 8.0])
    field = x[None, None, :] + 10 * y[None, :, None] + 100 * z[:, None, None]
    axes = (x, y, z)
    at_mm = 1.3
    image = cut(field, axes, plane, at_mm)
    factor = np.array([1.0, 10.0, 100.0])
    expected = factor[plane.across] * axes[plane.across] + factor[plane.up] * axes[plane.up][:, None]
    assert image == pytest.approx(expected + factor[plane.normal] * at_mm)


def test_a_plane_outside_the_voxels_shows_nothing_and_half_a_voxel_beyond_still_does():
    axis = np.array([0.0, 2.0, 4.0])
    field = np.zeros((3, 3, 3))
    assert cut(field, (axis, axis, axis), TRANSVERSE, 4.9) is not None
    assert cut(field, (axis, axis, axis), TRANSVERSE, 5.1) is None


def test_resampling_keeps_a_linear_image_and_leaves_the_outside_empty():
    across, up = np.array([0.0, 1.0, 4.0]), np.array([0.0, 5.0])
    image = 2 * across[None, :] + 3 * up[:, None]
    fine = resample(image, across, up, np.array([-1.0, 0.5, 3.0]), np.array([2.5, 6.0]))
    assert fine[0, 1:] == pytest.approx([1.0 + 7.5, 6.0 + 7.5])
    assert np.isnan(fine[0, 0])
    assert np.isnan(fine[1]).all()


@pytest.mark.parametrize("plane", [CORONAL, SAGITTAL])
@pytest.mark.parametrize("offset_mm", [0.0, 11.0])
def test_across_the_slices_a_ball_is_a_circle(plane, offset_mm):
    center = (5.0, -3.0, 10.0)
    lines = outlines(ball(center=center), plane, center[plane.normal] + offset_mm)
    assert len(lines) == 1
    away = np.hypot(lines[0][:, 0] - center[plane.across], lines[0][:, 1] - center[plane.up])
    # Slabs of 2 mm end the outline half a slice off at the poles.
    assert np.abs(away - np.sqrt(20.0**2 - offset_mm**2)).max() < 2.0
    assert np.median(away) == pytest.approx(np.sqrt(20.0**2 - offset_mm**2), abs=0.15)


def test_a_plane_beside_a_structure_shows_no_outline():
    assert outlines(ball(), SAGITTAL, 30.0) == []
    assert outlines(ball(), TRANSVERSE, 30.1) == []
    assert outlines(ContouredStructure(2, "Empty"), CORONAL, 0.0) == []


def test_a_transverse_plane_shows_the_contours_of_its_slice():
    (line,) = outlines(ball(), TRANSVERSE, 10.4)
    assert line[0] == pytest.approx(line[-1])
    assert np.hypot(line[:, 0] - 5, line[:, 1] + 3) == pytest.approx(np.sqrt(400 - 1))


def test_a_missing_stretch_of_contours_parts_the_outline():
    whole = ball()
    parted = dataclasses.replace(whole, contours=tuple(c for c in whole.contours if abs(c[0] - 10) > 6))
    assert len(outlines(whole, CORONAL, -3.0)) == 1
    assert len(outlines(parted, CORONAL, -3.0)) == 2


def test_a_hole_stays_a_hole_across_the_slices():
    square = np.array([(-20.0, -20), (20, -20), (20, 20), (-20, 20)])
    contours = tuple((float(z), side * square) for z in range(0, 30, 3) for side in (1.0, 0.5))
    lines = outlines(ContouredStructure(1, "Wall", contours=contours), CORONAL, 0.0)
    spans = sorted((line[:, 0].min(), line[:, 0].max()) for line in lines)
    assert np.array(spans) == pytest.approx(np.array([(-20, -10), (10, 20)]), abs=0.01)


def test_the_centroid_of_a_ball_is_its_center_wherever_its_contours_begin():
    structure = ball()
    rolled = tuple((z, np.roll(points, 50, axis=0)[::-1]) for z, points in structure.contours)
    for s in (structure, dataclasses.replace(structure, contours=rolled)):
        assert centroid_mm(s) == pytest.approx((5.0, -3.0, 10.0), abs=1e-9)


def test_lines_of_a_cone_lie_where_the_cone_has_their_level():
    axis = np.linspace(-30, 30, 121)
    cone = 40 - np.hypot(axis[None, :], axis[:, None])
    for lines, radius in zip(level_lines(axis, axis, cone, [30.0, 15.0]), (10.0, 25.0), strict=True):
        assert np.hypot(*lines[0].T) == pytest.approx(radius, abs=0.05)


# Apertures


def field(points, leaf_axis="X", boundaries=(-10.0, 0.0, 10.0)):
    return Beam(1, "F", leaf_axis=leaf_axis, leaf_boundaries_mm=np.array(boundaries), control_points=tuple(points))


def stand(weight, left, right, jaws=(-50.0, 50.0), across=(-10.0, 10.0)):
    return ControlPoint(weight, 0.0, jaws_x_mm=jaws, jaws_y_mm=across, leaves_mm=np.array([left, right]))


def naive_fluence(beam, x, y, steps=4000):
    """Moves the leaves in small steps and counts how long a point lies between them."""
    opened = 0.0
    points = beam.control_points
    total = points[-1].cumulative_weight - points[0].cumulative_weight
    for before, after in itertools.pairwise(points):
        weight = (after.cumulative_weight - before.cumulative_weight) / total
        for u in (np.arange(steps) + 0.5) / steps:
            leaves = before.leaves_mm + u * (after.leaves_mm - before.leaves_mm)
            pair = int(np.searchsorted(beam.leaf_boundaries_mm, y, side="right")) - 1
            is_open = leaves[0, pair] < x < leaves[1, pair]
            is_open &= before.jaws_x_mm[0] < x < before.jaws_x_mm[1]
            opened += weight * is_open * (before.jaws_y_mm[0] < y < before.jaws_y_mm[1]) / steps
    return opened


def test_summed_fluence_is_that_of_leaves_moved_step_by_step():
    beam = field(
        [
            stand(0.0, (-40, -30), (-35, -30), across=(-8.0, 9.0)),
            stand(0.5, (-10, -5), (20, 30), across=(-8.0, 9.0)),
            stand(2.0, (30, 40), (30, 45), across=(-8.0, 9.0)),
        ]
    )
    x, y = np.array([-38.1, -20.3, 0.7, 25.2, 39.9, 44.0]), np.array([-9.0, -4.0, 5.0, 9.5])
    share = summed_fluence(beam, x, y)
    expected = [[naive_fluence(beam, at_x, at_y) for at_x in x] for at_y in y]
    assert share == pytest.approx(np.array(expected), abs=5e-4)


def test_a_sweep_of_a_constant_gap_gives_every_point_its_share():
    beam = field([stand(0.0, (-60, -60), (-50, -50)), stand(1.0, (50, 50), (60, 60))])
    share = summed_fluence(beam, np.array([-20.0, 0.0, 30.0]), np.array([-5.0, 5.0]))
    assert share == pytest.approx(10 / 110)


def test_leaves_along_y_are_leaves_along_x_turned():
    points = [stand(0.0, (-20, -10), (5, 15)), stand(1.0, (0, 0), (30, 40))]
    turned = [dataclasses.replace(p, jaws_x_mm=p.jaws_y_mm, jaws_y_mm=p.jaws_x_mm) for p in points]
    at = np.linspace(-45, 45, 19)
    along_x, along_y = field(points), field(turned, leaf_axis="Y")
    assert summed_fluence(along_y, at, at) == pytest.approx(summed_fluence(along_x, at, at).T)
    x0, y0, x1, y1 = apertures_of(along_x)[0].frame_mm
    assert apertures_of(along_y)[0].frame_mm == (y0, x0, y1, x1)


def test_an_aperture_is_as_large_as_its_outline_and_leaves_the_rest_to_the_banks():
    beam = field([stand(0.0, (-20, -10), (5, 15), across=(-10.0, 4.0))])
    (aperture,) = apertures_of(beam)
    assert aperture.area_mm2 == pytest.approx(25 * 10 + 25 * 4)
    (outline,) = aperture.outlines()
    x, y = outline.T
    assert abs(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1])) / 2 == pytest.approx(aperture.area_mm2)
    banks = sum((x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in aperture.leaves())
    x0, y0, x1, y1 = aperture.frame_mm
    assert banks + aperture.area_mm2 == pytest.approx((x1 - x0) * (y1 - y0))


def test_a_field_without_leaves_is_as_open_as_its_jaws():
    point = ControlPoint(0.0, 0.0, jaws_x_mm=(-30.0, 20.0), jaws_y_mm=(-10.0, 40.0))
    beam = Beam(1, control_points=(point, dataclasses.replace(point, cumulative_weight=1.0)))
    assert apertures_of(beam)[0].area_mm2 == pytest.approx(50 * 50)
    share = summed_fluence(beam, np.array([-31.0, 0.0]), np.array([39.0, 41.0]))
    assert share.tolist() == [[0.0, 1.0], [0.0, 0.0]]


def test_without_jaws_along_the_leaves_the_field_reaches_as_far_as_its_open_tips():
    points = [stand(0.0, (-60, 10), (-50, 10), jaws=None), stand(1.0, (50, 90), (60, 90), jaws=None)]
    beam = field(points)
    assert {aperture.frame_mm for aperture in apertures_of(beam)} == {(-60.0, -10.0, 60.0, 10.0)}
    assert summed_fluence(beam, np.array([-20.0, 30.0]), np.array([-5.0])) == pytest.approx(10 / 110)


def test_jaws_that_move_alone_open_each_point_for_their_share_of_time():
    start = ControlPoint(0.0, 0.0, jaws_x_mm=(-50.0, -50.0), jaws_y_mm=(-10.0, 10.0))
    beam = Beam(1, control_points=(start, dataclasses.replace(start, cumulative_weight=1.0, jaws_x_mm=(-50.0, 50.0))))
    share = summed_fluence(beam, np.array([-40.0, 0.0, 40.0]), np.array([0.0]))
    assert share[0] == pytest.approx([0.9, 0.5, 0.1])


# Pictures


def test_an_isodose_plan_says_what_it_shows_in_mm_and_gy(c_shape):
    picture = isodose(
        c_shape.ct, c_shape.dose, c_shape.structure_set, roles_of(c_shape), PRESCRIPTION_GY, (0.0, -11.6, 4.0)
    )
    for words in ("prescribed 50 Gy", "z = +4.0 mm", "y = -11.6 mm", "x = +0.0 mm", "3 x 3 x 3 mm", "PTV_50", "Core"):
        assert words in picture.caption
    assert "over the CT" in picture.caption
    assert len(picture.data) < LARGEST_BYTES


def test_a_line_is_drawn_only_where_its_dose_is_reached(c_shape):
    def drawn(prescription_gy):
        return isodose(None, c_shape.dose, None, {}, prescription_gy, (0.0, -27.0, 0.0))

    def lines_of(picture, color):
        return picture.data.decode().count(f"stroke: {color}")

    in_the_legend = 1  # which shows every line
    assert lines_of(drawn(40.0), "#ff4d4d") > in_the_legend  # 107 % of 40 Gy lies below the 52 Gy of the grid
    assert lines_of(drawn(60.0), "#ff4d4d") == in_the_legend


def test_isodose_colors_run_from_hot_to_cold():
    hues = [colorsys.rgb_to_hsv(*(int(style.color[n : n + 2], 16) for n in (1, 3, 5)))[0] for style in STYLES]
    assert hues == sorted(hues)
    assert [style.percent for style in STYLES] == sorted((style.percent for style in STYLES), reverse=True)


def test_a_structure_has_the_color_of_its_file_in_slices_and_curves(c_shape):
    structures = tuple(
        dataclasses.replace(s, display_color=f"#12{s.number:02x}fa") for s in c_shape.structure_set.structures
    )
    colored = dataclasses.replace(c_shape.structure_set, structures=structures)
    pictures = plan_pictures(
        dataclasses.replace(c_shape, structure_set=colored), roles_of(c_shape), dvhs_of(c_shape), [], None, 50.0, []
    )
    shown = {s.display_color for s in structures if roles_of(c_shape)[s.name] in ("target", "critical")}
    assert shown
    for picture in pictures[:2]:
        assert all(f"stroke: {color}" in picture.data.decode() for color in shown), picture.name


def test_a_pale_color_has_a_dark_edge_and_a_deep_one_an_edge_for_dark_pages():
    assert edge_of("#ffff00") == INK
    assert edge_of("#000080") == UNSEEN
    assert edge_of("#b3261e") == ""


def test_a_dose_chart_has_an_axis_in_percent_where_a_dose_is_prescribed(c_shape):
    with_dose = dvh_chart(dvhs_of(c_shape), roles_of(c_shape), [], 50.0).data
    without = dvh_chart(dvhs_of(c_shape), roles_of(c_shape), [], None).data
    assert with_dose.count(b'id="xtick_') > without.count(b'id="xtick_')


def test_without_a_ct_or_with_one_of_another_frame_the_dose_is_the_ground(c_shape):
    through = (0.0, 0.0, 0.0)
    strange = dataclasses.replace(c_shape.ct, frame_of_reference_uid="1.2.3")
    one_slice = dataclasses.replace(c_shape.ct, given_hu=c_shape.ct.hu[:1], z_mm=c_shape.ct.z_mm[:1])
    without = isodose(None, c_shape.dose, c_shape.structure_set, {}, PRESCRIPTION_GY, through)
    assert "because there is no CT" in without.caption
    for ct in (strange, one_slice):
        picture = isodose(ct, c_shape.dose, c_shape.structure_set, {}, PRESCRIPTION_GY, through)
        assert "because there is no CT" in picture.caption
        assert "over the CT" not in picture.caption


def test_without_a_prescription_lines_are_of_the_largest_dose(c_shape):
    picture = isodose(c_shape.ct, c_shape.dose, None, {}, None, (0.0, 0.0, 0.0))
    assert f"of the largest dose, {float(c_shape.dose.dose_gy.max()):.4g} Gy" in picture.caption


def test_a_dose_chart_separates_what_is_marked_from_what_has_no_place_in_it(c_shape):
    constraints = [
        Constraint("C1", "Core", "D0.03cc", "<=", 25, "Gy"),
        Constraint("C1", "PTV_50", "V95%", ">=", 95, "%"),
        Constraint("C1", "Elsewhere", "mean", "<=", 5, "Gy"),
        Constraint("C1", "Core", "HI", "<=", 1, ""),
    ]
    dvhs, roles = dvhs_of(c_shape), roles_of(c_shape)
    stored = {dvh.structure_number: dvh for dvh in c_shape.dose.stored_dvhs}
    assert stored
    picture = dvh_chart(dvhs, roles, constraints, PRESCRIPTION_GY, stored)
    assert (
        "Not drawn, because there is no room in this chart: Elsewhere mean ≤ 5 Gy and Core HI ≤ 1." in picture.caption
    )
    assert "Dotted" in picture.caption
    plain = dvh_chart(dvhs, roles, [], PRESCRIPTION_GY)
    assert "Dotted" not in plain.caption
    assert "Triangles" not in plain.caption
    assert plain.data != picture.data


def test_a_limit_in_percent_stands_at_that_of_the_structures_own_dose(c_shape):
    dvhs, roles = dvhs_of(c_shape), roles_of(c_shape)

    def triangle_at(limit, unit, **own):
        chart = dvh_chart(dvhs, roles, [Constraint("", "PTV_50", "D95%", ">=", limit, unit)], 50.0, **own)
        return re.findall(rb'xlink:href="#m[^"]*" x="[^"]*" y="[^"]*" style="fill', chart.data)

    assert triangle_at(90, "%") == triangle_at(45, "Gy") != triangle_at(36, "Gy")
    assert triangle_at(90, "%", own_gy={"PTV_50": 40.0}) == triangle_at(36, "Gy")


def test_a_structure_outside_the_dose_is_named_and_not_drawn(c_shape):
    far = ball(center=(900.0, 0.0, 0.0))
    picture = dvh_chart(compute_dvhs([far], c_shape.dose), {}, [], None)
    assert "Without volume in the dose grid: Ball." in picture.caption


def test_portals_show_every_field_and_arcs_their_apertures():
    fields = portals(phantom_objects("c_shape").plan)
    assert "The brighter" in fields.caption
    assert "Arcs" not in fields.caption
    arcs = portals(phantom_objects("prostate").plan)
    assert "Arcs" in arcs.caption
    assert "The brighter" not in arcs.caption
    assert max(len(fields.data), len(arcs.data)) < LARGEST_BYTES


def test_portals_name_what_they_cannot_show():
    plan = phantom_objects("c_shape", style=PlanStyle("compensator")).plan
    assert "G000 (compensator)" in portals(plan).caption
    fifteen = tuple(dataclasses.replace(plan.beams[0], number=n, compensators=()) for n in range(1, 16))
    assert "3 of the 15 fields are not shown" in portals(TreatmentPlan("1", beams=fifteen)).caption


def test_long_names_of_structures_fit_their_place_and_keep_their_side():
    assert fitting("SpinalCord", 96.0) == ("SpinalCord", USUAL)
    assert fitting("Glnd_Submand_L", 96.0) == ("Glnd_Submand_L", SMALL)
    names = [fitting(f"PTV_Breast_and_Nodes_{side}", 96.0)[0] for side in ("Left", "Rt")]
    assert [name[-3:] for name in names] == ["eft", "_Rt"]
    assert all("\u2026" in name and len(name) <= letters_within(96.0, SMALL) for name in names)


def test_a_legend_says_how_many_curves_it_has_no_row_for(monkeypatch, c_shape):
    written = []
    monkeypatch.setattr(Panel, "write", lambda _panel, text, *_rest, **_options: written.append(text))
    (first, *_) = dvhs_of(c_shape)
    many = [dataclasses.replace(first, structure_number=n, structure_name=f"S{n}") for n in range(1, 31)]
    dvh_chart(many, {dvh.structure_name: "critical" for dvh in many}, [], None)
    (said,) = [text for text in written if text.startswith("and ")]
    listed = sum(" cc  " in text for text in written)
    assert said == f"and {30 - listed} more"


def test_long_names_of_fields_are_cut_and_all_segments_are_outlined(monkeypatch):
    written = []
    monkeypatch.setattr(Panel, "write", lambda _panel, text, *_rest, **_options: written.append(text))
    plan = phantom_objects("c_shape", style=PlanStyle("step_and_shoot")).plan
    long = "FIELD OF A VERY LONG NAME " * 3
    beams = tuple(dataclasses.replace(beam, name=long, monitor_units=None) for beam in plan.beams)
    picture = portals(dataclasses.replace(plan, beams=beams))
    titles = [text for text in written if "gantry" in text]
    assert len(titles) == len(beams)
    assert all("\u2026, gantry" in text and len(text) <= letters_within(PANEL_PX, USUAL) for text in titles)
    assert "the outlines of all segments" in picture.caption
    assert "outlines of all" not in portals(phantom_objects("c_shape").plan).caption


def test_shifts_beyond_their_tolerance_are_counted_and_so_are_those_without_a_length():
    rows = [guidance(0, 2.0), guidance(1, 6.0), guidance(2, None), guidance(3, 5.0, None), guidance(8, 5.0)]
    caption = shifts(rows).caption
    assert "4 set-up shifts in mm over 9 days" in caption
    assert "1 beyond it" in caption
    assert "1 of them states no tolerance" in caption
    assert "1 more states no shift" in caption


def test_one_shift_without_a_tolerance_can_be_drawn():
    assert "1 set-up shift in mm on one day" in shifts([guidance(0, 0.0, None)]).caption


# All pictures of a plan


def test_a_plan_gives_five_pictures_and_less_where_parts_are_missing(c_shape):
    rows = [guidance(day, 1.0) for day in range(5)]
    dvhs, roles = dvhs_of(c_shape), roles_of(c_shape)
    everything = plan_pictures(c_shape, roles, dvhs, [], (0.0, 0.0, 0.0), PRESCRIPTION_GY, rows)
    assert [p.name for p in everything] == ["isodose", "isodose_closest", "dvh", "portals", "shifts"]
    assert {p.media_type for p in everything} == {"image/svg+xml"}
    assert "PTV_50" in everything[0].title
    only_dose = plan_pictures(PlanFolder(dose=c_shape.dose), {}, [], [], None, None, [])
    assert [p.title for p in only_dose] == ["Isodose plan through the largest dose"]
    only_plan = plan_pictures(PlanFolder(plan=c_shape.plan), {}, [], [], (0.0, 0.0, 0.0), None, [guidance(0, None)])
    assert [p.name for p in only_plan] == ["portals"]
    assert plan_pictures(PlanFolder(), {}, [], [], None, None, []) == ()


def test_the_same_plan_gives_the_same_bytes_without_date_or_program(c_shape):
    def draw():
        return plan_pictures(
            c_shape, roles_of(c_shape), dvhs_of(c_shape), [], (0.0, 0.0, 0.0), 50.0, [guidance(0, 1.0)]
        )

    first, second = draw(), draw()
    assert [p.data for p in first] == [p.data for p in second]
    for picture in first:
        text = picture.data.decode()
        assert ElementTree.fromstring(text).tag.endswith("svg")
        assert not re.search("matplotlib|<!--|<script|<metadata|dc:date", text, re.IGNORECASE)
        assert "prefers-color-scheme:dark" in text


def test_a_grid_without_dose_has_no_isodose_plan():
    nothing = DoseGrid(np.zeros((4, 5, 6), np.float32), np.arange(6.0), np.arange(5.0), np.arange(4.0))
    with pytest.raises(UnreadableInput, match="no dose above 0 Gy"):
        isodose(None, nothing, None, {}, 50.0, (2.0, 2.0, 2.0))
    assert plan_pictures(PlanFolder(dose=nothing), {}, [], [], None, 50.0, []) == ()


def test_the_pictures_are_imported_without_drawing_anything():
    command = "import sys, isocenter.evidence.pictures; sys.exit('matplotlib' in sys.modules or 'PIL' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", command], check=False).returncode == 0


def test_a_name_with_dollar_signs_is_written_unchanged(c_shape):
    structures = tuple(dataclasses.replace(s, name="PTV$_x^$") for s in c_shape.structure_set.structures[1:2])
    odd = dataclasses.replace(c_shape.structure_set, structures=structures)
    picture = isodose(c_shape.ct, c_shape.dose, odd, {"PTV$_x^$": "target"}, 50.0, (0.0, 0.0, 0.0))
    assert "PTV$_x^$" in picture.caption


def test_each_plan_of_a_course_has_its_portals_with_the_target_that_it_treats(c_shape):
    boost = dataclasses.replace(c_shape, plan=dataclasses.replace(c_shape.plan, label="Boost"))
    course = dataclasses.replace(c_shape, dose=None, further=(boost,))
    drawn = plan_pictures(course, roles_of(c_shape), [], [], None, PRESCRIPTION_GY, [], c_shape.dose)
    assert [(p.name, p.title) for p in drawn] == [
        ("portals", f"Portals of {c_shape.plan.label}"),
        ("portals_2", "Portals of Boost"),
    ]
    assert all("PTV_50" in p.caption for p in drawn)
