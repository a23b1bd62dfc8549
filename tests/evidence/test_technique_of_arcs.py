"""Arcs: conformal where the leaves follow the target, VMAT where aperture and dose rate vary."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from tests.evidence.fields import arc, disc_mm, field, plate_mm, point, technique_of

from isocenter.evidence.fields.technique import describe_technique
from isocenter.evidence.fields.turns import arc_length_deg
from isocenter.terms.imaging import Beam, ControlPoint, TreatmentPlan


def test_an_arc_with_one_aperture_and_even_dose_is_conformal_and_one_that_varies_is_vmat() -> None:
    even = [point(k / 36, gantry_deg=10.0 * k % 360, rotation="CW") for k in range(37)]
    uneven = [point((k / 36) ** 3, -50 + 40 * (k % 2), 50 - 30 * (k % 3), 10.0 * k % 360, "CW") for k in range(37)]
    assert technique_of(field(*even)) == ("conformal", False)
    assert technique_of(field(*uneven)) == ("vmat", True)


@pytest.mark.parametrize("step_deg", [1, 2, 4, 6, 10, 15, 30])
def test_leaves_that_follow_a_flat_target_around_the_patient_are_conformal(step_deg: float) -> None:
    assert technique_of(arc(step_deg, plate_mm)) == ("conformal", False)


@pytest.mark.parametrize("step_deg", [2, 4, 10])
@pytest.mark.parametrize(("radius_mm", "off_axis_mm"), [(10, 20), (12, 80), (25, 80)])
def test_leaves_that_follow_a_small_target_far_off_the_axis_are_conformal(
    step_deg: float, radius_mm: float, off_axis_mm: float
) -> None:
    across, along = (
        (lambda angle: disc_mm(radius_mm) + off_axis_mm * np.cos(angle)),
        (lambda _: disc_mm(radius_mm) + 80),
    )
    assert technique_of(arc(step_deg, across)) == technique_of(arc(step_deg, along)) == ("conformal", False)


@pytest.mark.parametrize("step_deg", [1, 2, 4, 6])
@pytest.mark.parametrize("period_deg", [60, 120])
def test_an_arc_of_even_dose_rate_is_vmat_however_slowly_its_leaves_sweep(step_deg: float, period_deg: float) -> None:
    def window_mm(angle: float) -> np.ndarray:
        middle = 30 * np.sin(angle * 360 / period_deg + np.linspace(-2, 2, 10))
        return np.array([middle - 14, middle + 14])

    assert technique_of(arc(step_deg, window_mm)) == ("vmat", True)


def test_an_arc_that_shields_now_one_side_and_now_the_other_is_vmat() -> None:
    def shielded_mm(angle: float) -> np.ndarray:
        low, high = plate_mm(0.0)
        sector = int(math.degrees(angle) // 30) % 3
        return np.array([np.maximum(low, -5) if sector == 2 else low, np.minimum(high, 5) if sector == 1 else high])

    assert technique_of(arc(4, shielded_mm)) == ("vmat", True)


@pytest.mark.parametrize("step_deg", [2, 4])
def test_an_arc_that_goes_from_one_of_two_targets_to_the_other_is_unknown(step_deg: float) -> None:
    def nearer_mm(angle: float) -> np.ndarray:
        near = max((0.0, 2.1), key=lambda turned: math.sin(angle - turned))
        return disc_mm(25) + 35 * math.cos(angle - near)

    assert technique_of(arc(step_deg, nearer_mm)) == ("unknown", None)


def test_an_arc_whose_dose_rate_alone_varies_is_unknown_and_with_its_leaves_it_is_vmat() -> None:
    turned = [4.0 * k for k in range(90)]
    share = np.concatenate([[0.0], np.cumsum(1 + 0.8 * np.sin(np.arange(89) / 6))])
    share /= share[-1]

    def rated(tips_mm: Callable[[float], np.ndarray]) -> Beam:
        return field(
            *(
                ControlPoint(float(w), (181 + t) % 360, "CW", leaves_mm=tips_mm(math.radians(181 + t)))
                for w, t in zip(share, turned, strict=True)
            )
        )

    assert technique_of(rated(plate_mm)) == ("unknown", None)
    sweep = np.array([[-10.0], [10.0]])
    assert technique_of(rated(lambda angle: sweep + 30 * np.sin(6 * angle + np.linspace(-2, 2, 10)))) == ("vmat", True)


def test_leaves_that_depart_from_the_outline_slowly_at_coarse_steps_are_no_conformal_arc() -> None:
    drawn_in = np.random.default_rng(0).uniform(0, 0.35, (38, 2, 10))
    drawn_in = (drawn_in[:-2] + drawn_in[1:-1] + drawn_in[2:]) / 3
    tips = iter(drawn_in)

    def leaves_mm(angle: float) -> np.ndarray:
        low, high = plate_mm(angle)
        near, far = next(tips)
        return np.array([low + near * (high - low), high - far * (high - low)])

    assert technique_of(arc(10, leaves_mm, 350.0))[1] is not False


def test_a_conformal_arc_of_few_control_points_is_conformal() -> None:
    def shaped(k: int) -> ControlPoint:
        half_mm = 25 + 8 * np.cos(np.radians(60.0 * k))
        return point(k / 12, -half_mm, half_mm, 30.0 * k % 360, "CW")

    assert technique_of(field(*(shaped(k) for k in range(13)))) == ("conformal", False)


@pytest.mark.parametrize(
    ("angles", "rotation", "turned_deg"),
    [
        ([350.0, 10.0, 30.0], "CW", 40.0),
        ([30.0, 10.0, 350.0], "CC", 40.0),
        ([181.0, 179.0], "CC", 2.0),
        ([181.0, 179.0], "CW", 358.0),
        ([5.0, 5.0], "NONE", 0.0),
    ],
)
def test_the_gantry_turns_the_way_that_its_rotation_says(angles: list[float], rotation: str, turned_deg: float) -> None:
    points = [point(k, gantry_deg=angle, rotation=rotation) for k, angle in enumerate(angles)]
    assert arc_length_deg(field(*points)) == turned_deg


@pytest.mark.parametrize(
    ("rotation", "beam_type", "turned_deg", "counted"),
    [
        ("CW", "DYNAMIC", 360.0, (0, 1)),
        ("CC", "", 360.0, (0, 1)),
        ("NONE", "DYNAMIC", 0.0, (1, 0)),
        ("CW", "STATIC", 0.0, (1, 0)),
    ],
)
def test_a_turn_that_ends_where_it_began_is_an_arc_of_360_degrees(
    rotation: str, beam_type: str, turned_deg: float, counted: tuple[int, int]
) -> None:
    around = field(point(0, gantry_deg=180.0, rotation=rotation), point(1, gantry_deg=180.0), beam_type=beam_type)
    assert arc_length_deg(around) == turned_deg
    found = describe_technique(TreatmentPlan("1.2", beams=(around,)))
    assert (found.gantry_stops, found.arcs) == counted
    assert found.is_imrt is False


def test_an_arc_too_short_to_show_what_its_leaves_follow_is_unknown_unless_they_stand_still() -> None:
    def short(moves_mm: float) -> Beam:
        points = [point(k / 10, -40 + moves_mm * k, 40 - moves_mm * (k % 3), 2.0 * k, "CW") for k in range(11)]
        return field(*points)

    found = describe_technique(TreatmentPlan("1.2", beams=(short(3.0),)))
    assert (found.technique, found.is_imrt, found.arcs) == ("unknown", None, 1)
    assert "too few or too far apart" in found.reason
    assert technique_of(short(0.0)) == ("conformal", False)


def test_a_gantry_whose_read_out_falls_back_by_a_tenth_does_not_go_around() -> None:
    angles = [90.0, 89.9, 90.0, 89.9]
    still = field(*(point(k / 3, gantry_deg=angle, rotation="CW") for k, angle in enumerate(angles)))
    assert arc_length_deg(still) < 1.0


def test_leaves_that_move_between_far_apart_openings_of_an_arc_leave_it_open() -> None:
    points = [point(k / 8, -40 + 6 * k, -10 + 6 * k, 45.0 * k % 360, "CW") for k in range(9)]
    assert technique_of(field(*points)) == ("unknown", None)
    fixed = [point(k / 8, -40, 40, 45.0 * k % 360, "CW") for k in range(9)]
    assert technique_of(field(*fixed)) == ("conformal", False)
