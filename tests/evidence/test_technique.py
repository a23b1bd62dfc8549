"""The technique of a plan is told from its control points: what moves, how much, and within what."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.evidence.fields import disc_mm, field, point, steps, technique_of

from isocenter.evidence.fields.plan_rows import modulation_measures, plan_rows
from isocenter.evidence.fields.segments import segments_of
from isocenter.evidence.fields.technique import describe_technique
from isocenter.intake.dicom_rt import read_plan
from isocenter.phantoms import PlanStyle, phantom_objects
from isocenter.terms.imaging import Beam, Compensator, ControlPoint, FractionGroup, TreatmentPlan


def test_a_single_aperture_is_conformal_and_jaws_alone_are_open() -> None:
    assert technique_of(field(*steps((1.0, -30, 30)))) == ("conformal", False)
    jaws = [ControlPoint(w, 0.0, jaws_x_mm=(-50, 50), jaws_y_mm=(-50, 50)) for w in (0, 1)]
    assert technique_of(Beam(1, control_points=tuple(jaws))) == ("open", False)
    assert technique_of(Beam(1, wedges=1, control_points=tuple(jaws))) == ("wedge", False)


def test_a_wedge_beside_the_leaves_names_the_field() -> None:
    assert technique_of(replace(field(*steps((1.0, -30, 30))), wedges=1)) == ("wedge", False)


def test_a_machine_of_cobalt_sources_has_no_gantry_to_stop() -> None:
    found = describe_technique(TreatmentPlan("1.2", manufacturer="Elekta Instrument AB Leksell GammaPlan"))
    assert (found.technique, found.is_imrt) == ("unknown", None)
    assert "no gantry" in found.reason
    row, _ = plan_rows(TreatmentPlan("1.2", manufacturer="Elekta Instrument AB Leksell GammaPlan"), "C1")
    assert (row.gantry_stops, row.arcs) == (0, 0)


def test_fields_of_electrons_and_ions_are_named_by_their_particle_whatever_their_aperture() -> None:
    cutout = field(*steps((0.4, -50, -20), (0.1, -20, 20), (0.5, 20, 50)), radiation="ELECTRON", blocks=1)
    assert technique_of(cutout) == ("electron", False)
    assert technique_of(replace(cutout, radiation="PROTON")) == ("ion", False)
    tangents = [field(*steps((1.0, -30, 30)), number=number) for number in (2, 3)]
    assert technique_of(cutout, *tangents) == ("conformal", False)
    assert technique_of(cutout, Beam(2)) == ("electron", None)  # the photon field does not state its aperture


def test_a_field_of_electrons_beside_photons_is_no_gantry_stop_of_the_leaves() -> None:
    def stops_of(*angles: tuple[str, float]) -> int:
        beams = [
            field(point(0, -30, 30, gantry_deg=deg), point(1, -30, 30, gantry_deg=deg), number=number, radiation=kind)
            for number, (kind, deg) in enumerate(angles, start=1)
        ]
        return describe_technique(TreatmentPlan("1.2", beams=tuple(beams))).gantry_stops

    assert stops_of(("PHOTON", 0.0), ("PHOTON", 120.0), ("ELECTRON", 300.0)) == 2
    assert stops_of(("PHOTON", 0.0), ("ELECTRON", 0.0)) == 1
    assert stops_of(("ELECTRON", 0.0), ("ELECTRON", 300.0)) == 2  # nothing else treats


def test_one_aperture_given_while_the_gantry_moves_a_little_is_not_made_of_segments() -> None:
    swing = [point(share, -30, 30, gantry_deg=8 * share, rotation="CW") for share in (0.0, 0.5, 1.0)]
    assert technique_of(field(*swing)) == ("conformal", False)


def test_subfields_within_an_open_field_that_gives_most_are_field_in_field() -> None:
    nested = steps((0.8, -50, 50), (0.12, -50, 20), (0.08, -30, 50))
    assert technique_of(field(*nested)) == ("field_in_field", False)


@pytest.mark.parametrize(
    "segments",
    [
        [(0.1, -50, 50), (0.2, -50, 0), (0.3, -10, 50), (0.3, -50, -20), (0.1, -35, 10)],
        [(0.3, -50, -30), (0.1, -30, -20), (0.1, -20, 20), (0.1, 20, 40), (0.4, 30, 50)],
    ],
    ids=["mostly blocked", "low in the middle"],
)
def test_segments_that_no_wedge_and_no_boost_explains_are_step_and_shoot(
    segments: list[tuple[float, float, float]],
) -> None:
    assert technique_of(field(*steps(*segments))) == ("step_and_shoot", True)


@pytest.mark.parametrize(
    "segments",
    [
        [(0.9, -45, 45), (0.1, -50, 50)],  # nearly equal
        [(0.6, -50, 46), (0.4, -46, 50)],  # the same aperture, shifted
        [(0.5, -50, 50)] + [(0.05, -50, 40 - 5 * k) for k in range(10)],  # boosts, however many
        [(0.45, -50, 50)] + [(0.11, -50 + 6 * k, 50 - 6 * k) for k in range(1, 6)],  # each within the one before
    ],
)
def test_segments_that_differ_by_a_rim_or_are_boosts_are_no_imrt(segments: list[tuple[float, float, float]]) -> None:
    assert technique_of(field(*steps(*segments))) == ("field_in_field", False)


@pytest.mark.parametrize(
    "segments",
    [
        [(0.7, -60, 5), (0.3, -5, 60)],  # halves of unequal weight with a seam
        [(0.4, -50, -20), (0.1, -20, 20), (0.5, 20, 50)],  # side by side, low in the middle
    ],
)
def test_a_few_segments_from_a_few_directions_may_be_planned_by_hand_and_stay_unknown(
    segments: list[tuple[float, float, float]],
) -> None:
    found = describe_technique(TreatmentPlan("1.2", beams=(field(*steps(*segments)),)))
    assert (found.technique, found.is_imrt, found.fields[0].doubt) == ("unknown", None, "few_settings")
    assert "fewer than 5 segments" in found.reason
    assert [m.part for m in modulation_measures("1.2", found)] == ["1"]  # stated for the field, none for the plan
    turned = [field(*(replace(p, gantry_deg=72.0 * k) for p in steps(*segments)), number=k) for k in range(5)]
    assert technique_of(*turned) == (("step_and_shoot", True) if len(segments) > 2 else ("unknown", None))


def test_steps_that_only_rise_across_the_field_are_what_a_wedge_does() -> None:
    assert technique_of(field(*steps((0.2, -50, -20), (0.35, -20, 20), (0.45, 20, 50)))) == ("conformal", False)


def test_one_jaw_that_moves_over_standing_leaves_is_a_dynamic_wedge() -> None:
    points = tuple(replace(point(k / 20), jaws_x_mm=(-50, 50), jaws_y_mm=(-50.0 + 4 * k, 50)) for k in range(21))
    assert technique_of(field(*points)) == ("wedge", False)


@pytest.mark.parametrize(
    "jaws",
    [
        lambda k: {"jaws_x_mm": (-50, 50), "jaws_y_mm": (-50 + 5 * k, 50 - 5 * k)},  # both close: a roof
        lambda k: {"jaws_x_mm": (-50 + 9 * k, 50), "jaws_y_mm": (-50 + 9 * k, 50)},  # aslant
    ],
)
def test_jaws_that_only_close_over_standing_leaves_are_a_dynamic_wedge(
    jaws: Callable[[int], dict[str, tuple[float, float]]],
) -> None:
    closing = [replace(point(k / 10), **jaws(k)) for k in range(11)]
    opening = [replace(point(k / 10), **jaws(10 - k)) for k in range(11)]
    assert technique_of(field(*closing)) == technique_of(field(*opening)) == ("wedge", False)
    slit = [replace(point((k / 10) ** 2), jaws_y_mm=(-50 + 9 * k, -30 + 8 * k)) for k in range(11)]
    assert technique_of(field(*slit))[0] != "wedge"


@pytest.mark.parametrize("jaw", ["jaws_x_mm", "jaws_y_mm"])
def test_a_dome_that_jaws_make_over_standing_leaves_is_unknown(jaw: str) -> None:
    there_and_back = [min(k, 10) - max(k - 10, 0) if k <= 10 else 0 for k in range(21)]
    ends = [(-50 + 6 * a, 50 - 6 * max(k - 10, 0)) for k, a in enumerate(there_and_back)]
    points = tuple(
        ControlPoint(k / 20, 0.0, leaves_mm=disc_mm(52.0), **{jaw: end})  # type: ignore[arg-type]
        for k, end in enumerate(ends)
    )
    assert technique_of(field(*points)) == ("unknown", None)


def test_a_dynamic_wedge_over_a_round_aperture_has_no_spread_though_its_leaves_are_read_with_noise() -> None:
    noise = np.random.default_rng(4)
    points = tuple(
        ControlPoint(
            (k / 19) ** 1.5, 0.0, leaves_mm=disc_mm(52.0) + noise.uniform(-0.04, 0.04, (2, 10)),
            jaws_x_mm=(-50, 50), jaws_y_mm=(-50 + 4.5 * k, 50),
        )
        for k in range(20)
    )  # fmt: skip
    found = describe_technique(TreatmentPlan("1.2", beams=(field(*points),)))
    assert (found.technique, found.is_imrt) == ("conformal", False)
    assert found.fields[0].intensity_spread == pytest.approx(0.0, abs=0.02)


def test_where_closed_leaf_pairs_wait_makes_no_segment() -> None:
    def leaves(waiting_mm: float) -> np.ndarray:
        tips = disc_mm(30.0)
        return np.where(tips[1] > tips[0], tips, waiting_mm)

    points = tuple(ControlPoint(k / 5, 0.0, leaves_mm=leaves(5.0 * k)) for k in range(6))
    found = describe_technique(TreatmentPlan("1.2", beams=(field(*points),)))
    assert (found.technique, found.is_imrt, found.fields[0].segments) == ("conformal", False, 1)


def test_a_step_of_weight_as_small_as_rounding_is_no_segment() -> None:
    rounded = (point(0.0), point(0.6), point(0.6000005, -40, 40), point(1.0, -40, 40))
    assert segments_of(field(*rounded)).count == 2


def test_a_source_of_cobalt_between_jaws_is_an_open_field() -> None:
    points = tuple(ControlPoint(w, 90.0, jaws_x_mm=(-50, 50), jaws_y_mm=(-60, 60)) for w in (0, 1))
    assert technique_of(Beam(1, minutes=1.2, control_points=points)) == ("open", False)


def test_the_spread_of_two_halves_is_that_of_their_intensities() -> None:
    # Intensities of 0.4, 0.1 and 0.5 over 30, 40 and 30 mm: no steady slope comes nearer than pooling allows.
    beam = field(*steps((0.4, -50, -20), (0.1, -20, 20), (0.5, 20, 50)))
    lit = np.repeat([0.4, 0.1, 0.5], [30, 40, 30])
    steady = np.repeat([(0.4 * 30 + 0.1 * 40) / 70, 0.5], [70, 30])
    wanted = float(np.sqrt(np.mean((lit - steady) ** 2)) / lit.mean())
    assert describe_technique(TreatmentPlan("1", beams=(beam,))).fields[0].intensity_spread == pytest.approx(
        wanted, abs=1e-3
    )


def test_leaves_that_sweep_while_the_beam_is_on_are_static_imrt() -> None:
    sweep = [point(k / 20, -50 + 4 * k, -40 + 4.5 * k) for k in range(21)]
    found = describe_technique(TreatmentPlan("1.2", beams=(field(*sweep),)))
    assert (found.technique, found.is_imrt, found.fields[0].segments) == ("imrt_static", True, 20)


def shared(
    *segments: tuple[float, float, float], angles: tuple[float, ...] = (0.0, 72.0), **of_beam: object
) -> list[Beam]:
    """Each segment of (monitor units, left, right) exported as a field of its own, at every gantry angle."""
    return [
        field(
            point(0.0, left_mm, right_mm, gantry_deg=angle),
            point(1.0, left_mm, right_mm, gantry_deg=angle),
            number=10 * position + number,
            monitor_units=units,
            **of_beam,
        )
        for position, angle in enumerate(angles)
        for number, (units, left_mm, right_mm) in enumerate(segments)
    ]


def test_segments_exported_as_fields_are_judged_by_the_portal_they_make() -> None:
    uneven = [(30.0, -50, -20), (10.0, -20, 0), (40.0, 0, 20), (15.0, 10, 40), (30.0, 30, 50)]
    together = describe_technique(TreatmentPlan("1.2", beams=tuple(shared(*uneven))))
    assert (together.technique, together.is_imrt, together.gantry_stops) == ("step_and_shoot", True, 2)
    assert "each exported as a field" in together.reason
    assert "modulation index" not in together.reason  # that of a field of one segment is 0, whatever the portal does
    one_field = describe_technique(
        TreatmentPlan("1.2", beams=(field(*steps(*((units / 125, a, b) for units, a, b in uneven))),))
    )
    assert together.fields[0].intensity_spread == one_field.fields[0].intensity_spread


def test_three_fields_around_a_shielded_cord_may_be_anything_and_cone_downs_are_nested() -> None:
    around = [(50.0, -50, 50), (50.0, -50, -10), (50.0, 10, 50)]
    assert technique_of(*shared(*around)) == ("unknown", None)
    cone_down = [(50.0, -50, 50), (30.0, -40, 40), (20.0, -30, 30), (10.0, -20, 20), (10.0, -10, 10)]
    assert technique_of(*shared(*cone_down)) == ("conformal", False)


def test_fields_of_other_fractions_share_no_portal_and_without_monitor_units_it_is_unknown() -> None:
    uneven = [(30.0, -50, -20), (10.0, -20, 0), (40.0, 0, 20), (15.0, 10, 40), (30.0, 30, 50)]
    beams = tuple(shared(*uneven, angles=(0.0,)))
    groups = tuple(FractionGroup(5, (beam.number,)) for beam in beams)
    assert describe_technique(TreatmentPlan("1.2", beams=beams, fraction_groups=groups)).is_imrt is False
    unweighted = tuple(replace(beam, monitor_units=None) for beam in beams)
    assert describe_technique(TreatmentPlan("1.2", beams=unweighted)).is_imrt is None


@pytest.mark.parametrize("overlap_mm", [0, 5])
def test_a_field_wider_than_the_leaves_reach_is_given_in_parts_and_is_even(overlap_mm: float) -> None:
    parts = [(0.5, -80, overlap_mm), (0.5, -overlap_mm, 80)]
    assert technique_of(field(*steps(*parts))) == ("conformal", False)
    uneven = [(0.25, -80, overlap_mm), (0.5, -30, 30), (0.25, -overlap_mm, 80)]
    assert technique_of(field(*steps(*uneven))) == ("unknown", None)


DISH_MM = 30 * (1 - np.add.outer(np.linspace(-1, 1, 12) ** 2, np.linspace(-1, 1, 12) ** 2) / 2)


@pytest.mark.parametrize(
    ("design", "wanted"),
    [
        ({"thickness_mm": DISH_MM}, ("compensator", True)),
        ({"transmission": np.exp(-0.04 * DISH_MM)}, ("compensator", True)),
        ({"thickness_mm": np.full((12, 12), 10.0)}, ("conformal", False)),
        ({"thickness_mm": 25.0 - DISH_MM * 0.8}, ("unknown", None)),  # thick at the rim: it may only compensate tissue
        ({"thickness_mm": np.tile(np.linspace(0, 40, 12), (12, 1))}, ("conformal", False)),  # a wedge
        ({}, ("unknown", None)),
    ],
    ids=["dish of brass", "dish by transmission", "even plate", "thick at the rim", "wedge", "design not in the plan"],
)
def test_a_compensator_is_judged_by_what_its_plate_lets_through(
    design: dict[str, np.ndarray], wanted: tuple[str, bool | None]
) -> None:
    beam = field(*steps((1.0, -30, 30)), compensators=(Compensator(1, has_thickness=bool(design), **design),))
    assert technique_of(beam) == wanted
    _, (row,) = plan_rows(TreatmentPlan("1.2", beams=(beam,)), "C1")
    assert (row.modulation, row.compensator_documented) == ("compensator", bool(design))


def test_a_smooth_valley_may_compensate_for_a_neck_where_the_plan_treats_from_few_directions() -> None:
    sides = [(0.06, *ends) for k in range(0, 50, 10) for ends in ((-50.0, -float(k)), (float(k), 50.0))]
    valley = steps((0.4, -50, 50), *sides)
    strips = steps((0.4, -50, 50), *((0.12, -50.0 + 20 * k, -40.0 + 20 * k) for k in range(5)))

    def seen(points: tuple[ControlPoint, ...], directions: int) -> tuple[str, bool | None]:
        turned = [tuple(replace(p, gantry_deg=40.0 * k) for p in points) for k in range(directions)]
        return technique_of(*(field(*of_one, number=k) for k, of_one in enumerate(turned)))

    assert seen(valley, 2) == seen(valley, 4) == ("unknown", None)
    assert seen(valley, 5) == ("step_and_shoot", True)
    assert seen(strips, 2) == ("step_and_shoot", True)


def test_one_modulated_field_among_open_ones_makes_the_plan_imrt() -> None:
    modulated = field(*steps((0.3, -50, -30), (0.1, -30, -20), (0.1, -20, 20), (0.1, 20, 40), (0.4, 30, 50)))
    plain = field(*steps((1.0, -30, 30)), number=2)
    assert technique_of(plain, modulated, replace(plain, number=3)) == ("step_and_shoot", True)
    of_units = [replace(beam, monitor_units=units) for beam, units in ((plain, 90.0), (modulated, 30.0))]
    reason = describe_technique(TreatmentPlan("1.2", beams=tuple(of_units))).reason
    assert reason.startswith("1 of 2 treatment fields (25 % of the monitor units) is a static field of many segments")


def test_gantry_stops_count_angle_and_couch_once_and_leave_out_set_up_beams_and_arcs() -> None:
    def at(number: int, gantry_deg: float, couch_deg: float = 0.0, kind: str = "TREATMENT") -> Beam:
        points = tuple(
            replace(p, gantry_deg=gantry_deg, couch_deg=couch_deg) for p in steps((0.5, -50, 0), (0.5, 0, 50))
        )
        return field(*points, number=number, delivery_type=kind)

    arc = field(*[point(k / 36, gantry_deg=10.0 * k % 360, rotation="CW") for k in range(37)], number=9)
    beams = (at(1, 40.0), at(2, 40.0), at(3, 40.0, 90.0), at(4, 40.1), at(5, 200.0, kind="SETUP"), arc)
    found = describe_technique(TreatmentPlan("1.2", beams=beams))
    assert (found.gantry_stops, found.arcs, len(found.fields)) == (3, 1, 5)


def test_the_numbers_of_a_field_are_those_of_its_rectangles() -> None:
    # 100, 70 and 80 mm wide, all 100 mm high; the largest holds both others.
    (found,) = describe_technique(
        TreatmentPlan("1.2", beams=(field(*steps((0.8, -50, 50), (0.12, -50, 20), (0.08, -30, 50))),))
    ).fields
    assert found.segments == 3
    assert found.mu_outside_largest == pytest.approx(0.2)
    assert found.nested_share == 1.0
    assert found.modulation_index == pytest.approx(1 - (0.8 * 100 + 0.12 * 70 + 0.08 * 80) / 100)


def test_jaws_shut_off_leaves_and_parts_of_leaves() -> None:
    points = tuple(replace(p, jaws_x_mm=(-20, 20), jaws_y_mm=(-25, 50)) for p in steps((1.0, -50, 10)))
    segments = segments_of(field(*points))
    opening = np.clip(segments.high_mm - segments.low_mm, 0, None) @ segments.strip_mm
    assert opening[0] == pytest.approx(30 * 75)


def test_thresholds_are_readings_that_a_caller_may_set() -> None:
    plan = TreatmentPlan("1.2", beams=(field(*steps((0.8, -50, 50), (0.12, -50, 20), (0.08, -30, 50))),))
    assert describe_technique(plan).technique == "field_in_field"
    side = TreatmentPlan("1.2", beams=(field(*steps((0.4, -50, 50), (0.3, -50, 20), (0.3, -30, 50))),))
    assert describe_technique(side, least_spread=0.5).technique == "conformal"


@pytest.mark.parametrize(
    ("made_as", "technique", "is_imrt"),
    [
        ("sliding_window", "imrt_static", True),
        ("step_and_shoot", "step_and_shoot", True),
        ("vmat", "vmat", True),
        ("compensator", "compensator", True),
        ("field_in_field", "field_in_field", False),
        ("conformal", "conformal", False),
        ("open", "open", False),
    ],
)
def test_every_kind_of_phantom_plan_is_reported(made_as: str, technique: str, is_imrt: bool) -> None:
    made = phantom_objects("prostate", style=PlanStyle(technique=made_as))  # type: ignore[arg-type]
    assert made.plan is not None
    found = describe_technique(made.plan)
    assert (found.technique, found.is_imrt) == (technique, is_imrt)


def test_the_rows_of_the_real_breast_boost(shared_data: Path) -> None:
    plan, _ = read_plan(shared_data / "dicompyler_breast" / "rtplan.dcm")
    row, fields = plan_rows(plan, "C1")
    assert (row.technique, row.is_imrt, row.gantry_stops, row.arcs) == ("imrt_static", True, 4, 0)
    assert (row.prescribed_dose_gy, row.fractions, row.course_id) == (14.0, 7, "C1")
    assert [(f.gantry_start_deg, f.monitor_units, f.control_points, f.modulation) for f in fields] == [
        (327.0, 97.0, 92, "mlc"),
        (0.0, 87.0, 94, "mlc"),
        (56.0, 89.0, 103, "mlc"),
        (150.0, 94.0, 95, "mlc"),
    ]
