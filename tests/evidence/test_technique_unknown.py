"""Where the file does not say how a field is lit, its technique is unknown."""

from dataclasses import replace

import numpy as np
import pytest
from tests.evidence.fields import field, point, steps, technique_of

from isocenter.evidence.fields.plan_rows import plan_rows
from isocenter.evidence.fields.technique import describe_technique
from isocenter.terms.imaging import Beam, ControlPoint, TreatmentPlan


def test_binary_leaves_are_recognized_by_their_open_times_and_without_them_nothing_is() -> None:
    def helix(*open_fractions: float) -> Beam:
        shares = np.array(open_fractions) if open_fractions else None
        points = tuple(
            ControlPoint(k / 51, 7.0 * k % 360, "CW", jaws_y_mm=(-5, 5), open_fractions=shares) for k in range(52)
        )
        return Beam(1, minutes=6.2, control_points=points)

    assert technique_of(helix(0.2, 0.9, 0.0, 0.4)) == ("tomotherapy", True)
    row, (field,) = plan_rows(TreatmentPlan("1.2", beams=(helix(0.2, 0.9, 0.0, 0.4),)), "C1")
    assert "modulation index" not in row.technique_reason  # jaws of a fan tell nothing of its leaves
    assert field.modulation == "mlc"
    assert plan_rows(TreatmentPlan("1.2", beams=(replace(helix(), machine="HiArt"),)), "C1")[1][0].modulation == ""
    assert technique_of(helix(0.5, 0.5, 0.0, 0.5)) == ("conformal", False)
    assert technique_of(helix(0.0, 1.0, 0.0, 0.0)) == ("unknown", None)  # a single leaf has nothing to differ from
    assert technique_of(helix()) == ("unknown", None)


@pytest.mark.parametrize(
    ("changes", "turn_deg", "wanted"),
    [
        ({"machine": "TomoTherapy", "minutes": 1.2}, 0.0, ("unknown", None)),  # static angles
        ({"minutes": 1.2}, 0.0, ("unknown", None)),
        ({"machine": "Radixact1", "monitor_units": 4000.0}, 7.0, ("unknown", None)),
        ({"monitor_units": 4000.0}, 20.0, ("unknown", None)),  # several turns
        ({"monitor_units": 400.0}, 7.0, ("conformal", False)),  # a cone or a square of jaws in one turn
    ],
)
def test_a_fan_whose_binary_leaves_the_file_does_not_hold_is_unknown(
    changes: dict[str, object], turn_deg: float, wanted: tuple[str, bool | None]
) -> None:
    points = tuple(ControlPoint(k / 50, turn_deg * k % 360, "CW", jaws_y_mm=(-12.5, 12.5)) for k in range(51))
    assert technique_of(Beam(1, control_points=points, **changes)) == wanted  # type: ignore[arg-type]


@pytest.mark.parametrize("maker", ["TomoTherapy Incorporated Hi-Art", "ACCURAY Precision"])
@pytest.mark.parametrize("turn_deg", [0.0, 7.0])
def test_a_fan_by_a_maker_of_binary_leaves_is_unknown_and_has_no_spread(maker: str, turn_deg: float) -> None:
    points = tuple(ControlPoint(k / 50, turn_deg * k % 360, "CW", jaws_y_mm=(-12.5, 12.5)) for k in range(51))
    fan = Beam(1, machine="M1", monitor_units=900.0, control_points=points)
    found = describe_technique(TreatmentPlan("1", beams=(fan,), manufacturer=maker))
    assert (found.technique, found.is_imrt, found.fields[0].intensity_spread) == ("unknown", None, None)


def test_many_control_points_of_jaws_that_do_not_move_were_written_for_leaves_that_are_missing() -> None:
    def still(count: int, **changes: object) -> tuple[str, bool | None]:
        jaws = [ControlPoint(k / (count - 1), 0.0, jaws_x_mm=(-50, 50), jaws_y_mm=(-60, 60)) for k in range(count)]
        return technique_of(replace(Beam(1, control_points=tuple(jaws)), **changes))  # type: ignore[arg-type]

    assert still(20) == ("unknown", None)
    assert still(2) == ("open", False)
    assert still(4, wedges=1) == ("wedge", False)  # a wedge driven in for part of the beam


@pytest.mark.parametrize("turn_deg", [0.0, 6.0])
def test_leaves_that_a_beam_has_and_whose_positions_are_not_in_the_file_leave_it_unknown(turn_deg: float) -> None:
    points = tuple(
        ControlPoint(k / 50, turn_deg * k, "CW", jaws_x_mm=(-50, 50), jaws_y_mm=(-60, 60)) for k in range(51)
    )
    found = describe_technique(TreatmentPlan("1", beams=(field(*points),)))
    assert (found.technique, found.is_imrt, found.fields[0].doubt) == ("unknown", None, "no_leaves")
    shown = field(*steps((1.0, -30, 30)), has_unread_leaves=True)
    assert technique_of(shown) == ("unknown", None)
    modulated = [(0.3, -50, -30), (0.1, -30, -20), (0.1, -20, 20), (0.1, 20, 40), (0.4, 30, 50)]
    assert technique_of(field(*steps(*modulated), has_unread_leaves=True)) == ("step_and_shoot", True)


def test_apertures_whose_share_of_the_meterset_is_not_known_are_no_evidence_of_a_technique() -> None:
    swept = steps((0.1, -50, 50), (0.2, -50, 0), (0.3, -10, 50), (0.3, -50, -20), (0.1, -35, 10))
    sure, unsure = field(*swept, number=1), field(*swept, number=2, has_unknown_weights=True)
    found = describe_technique(TreatmentPlan("1.2", beams=(unsure,)))
    assert (found.technique, found.is_imrt) == ("unknown", None)
    assert found.reason == "the weights of its beams' control points do not say how much each aperture gives"
    assert (found.fields[0].intensity_spread, found.fields[0].modulation_index) == (None, None)
    assert technique_of(sure, unsure) == ("step_and_shoot", True)
    even = field(*steps((1.0, -30, 30)), number=1)
    assert technique_of(even, unsure) == ("conformal", None)


def test_a_beam_that_states_no_aperture_and_a_robot_are_unknown() -> None:
    bare = tuple(ControlPoint(w, 0.0) for w in (0, 1))
    assert technique_of(Beam(1, control_points=bare)) == ("unknown", None)
    small = tuple(ControlPoint(w, 10.0, jaws_x_mm=(-5, 5), jaws_y_mm=(-5, 5)) for w in (0, 1))
    for machine in ("CyberKnife 2", "CK_M6", "CK-S7"):
        robot = TreatmentPlan("1", beams=(Beam(1, machine=machine, control_points=small),))
        assert (describe_technique(robot).technique, describe_technique(robot).is_imrt) == ("robotic", None)
    beams = [Beam(n, control_points=small, isocenter_mm=(n % 8, n // 8, 0.0)) for n in range(40)]
    found = describe_technique(TreatmentPlan("1", beams=tuple(beams)))  # one direction, forty isocenters
    assert (found.technique, found.is_imrt) == ("robotic", None)


@pytest.mark.parametrize(("left_mm", "right_mm"), [(0.0, 0.0), (30.0, -30.0)])
def test_leaves_that_leave_nothing_open_are_unknown(left_mm: float, right_mm: float) -> None:
    shut = field(point(0, left_mm, right_mm), point(1, left_mm, right_mm))
    found = describe_technique(TreatmentPlan("1.2", beams=(shut,)))
    assert (found.technique, found.is_imrt) == ("unknown", None)
    assert found.reason == "the leaves or jaws of its fields leave nothing open"
    assert technique_of(shut, field(*steps((1.0, -30, 30)), number=2)) == ("conformal", None)


def test_a_plan_without_control_points_is_unknown_and_not_called_either() -> None:
    assert technique_of(Beam(1)) == ("unknown", None)
    assert technique_of() == ("unknown", None)


def test_of_a_plan_without_monitor_units_nobody_knows_from_how_many_directions_it_treats() -> None:
    silent = replace(field(point(0.0), point(1.0)), monitor_units=None, gives_no_dose=True)
    row, fields = plan_rows(TreatmentPlan("1.2", beams=(silent, replace(silent, number=2))), "C1")
    assert (row.gantry_stops, row.arcs, fields) == (None, None, [])
    assert row.technique_reason == "no beam of the plan states its monitor units, so none is known to treat"
    treating = replace(silent, monitor_units=80.0, gives_no_dose=False)
    assert plan_rows(TreatmentPlan("1.2", beams=(treating,)), "C1")[0].gantry_stops == 1
