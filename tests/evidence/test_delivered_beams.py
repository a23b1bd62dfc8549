"""Beams of treatment records beside those of the plan: what was given otherwise than planned is no evidence."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from isocenter.evidence.courses.delivered_beams import differences_of_beams
from isocenter.evidence.identity import OfCase, plan_differences
from isocenter.terms.courses import Course
from isocenter.terms.imaging import Beam, ControlPoint, PlanFolder, TreatmentPlan
from isocenter.terms.treatment_records import DeliveredBeam, TreatmentRecord

MONDAY = date(2025, 3, 3)
ARC = (ControlPoint(0.0, 181.0, "CW"), ControlPoint(1.0, 179.0))
LEAVES = tuple(replace(point, leaves_mm=np.zeros((2, 1))) for point in ARC)
PLAN = TreatmentPlan(
    "1.2.plan",
    beams=(
        Beam(1, "ARC", energy_mv=6.0, monitor_units=200.0, control_points=ARC),
        Beam(2, "ARC 2", energy_mv=6.0, gives_no_dose=True, control_points=LEAVES),
        Beam(3, "CBCT", delivery_type="SETUP"),
    ),
)
AS_PLANNED = DeliveredBeam(1, delivered_mu=200.0, radiation="PHOTON", energy_mv=6.0, gantry_deg=181.0)


def treated(*beams: DeliveredBeam) -> PlanFolder:
    """The plan with a record for each beam, one a day."""
    records = (
        TreatmentRecord(f"r{number}", "1.2.plan", MONDAY + timedelta(days=number), number, (beam,))
        for number, beam in enumerate(beams, start=1)
    )
    return PlanFolder(plan=PLAN, records=tuple(records))


@pytest.mark.parametrize(
    ("given", "planned", "delivered"),
    [
        (replace(AS_PLANNED, energy_mv=10.0), "beam 1 'ARC' of 6 MV", "beam 1 'ARC' of 10 MV on 2 days"),
        (replace(AS_PLANNED, radiation="ELECTRON"), "beam 1 'ARC' of photons", "beam 1 'ARC' of electrons on 2 days"),
        (
            replace(AS_PLANNED, gantry_deg=90.0),
            "beam 1 'ARC' from 181 degrees",
            "beam 1 'ARC' from 90 degrees on 2 days",
        ),
        (
            DeliveredBeam(2, delivered_mu=150.0),
            "beam 2 'ARC 2' without monitor units",
            "monitor units of beam 2 'ARC 2' on 2 days",
        ),
    ],
)
def test_two_sessions_of_another_beam_than_planned_are_a_difference(
    given: DeliveredBeam, planned: str, delivered: str
) -> None:
    found = treated(AS_PLANNED, given, given, AS_PLANNED)
    assert list(differences_of_beams(found)) == [("delivered_beams", planned, delivered)]
    assert [row.item for row in plan_differences(found, OfCase(Course("C1", "M-1")))] == ["delivered_beams"]
    assert list(differences_of_beams(treated(AS_PLANNED, given))) == []  # one may be a slip of the record


@pytest.mark.parametrize(
    "given",
    [
        AS_PLANNED,
        replace(AS_PLANNED, gantry_deg=179.4),  # from the other end
        replace(AS_PLANNED, energy_mv=None, gantry_deg=None, radiation=""),
        replace(AS_PLANNED, energy_mv=0.0),
        replace(AS_PLANNED, energy_mv=2.5, is_of_set_up=True),
        DeliveredBeam(2, delivered_mu=0.0),
        DeliveredBeam(3, delivered_mu=1.0, energy_mv=2.5),
        DeliveredBeam(9, delivered_mu=1.0, energy_mv=2.5),
    ],
)
def test_what_was_given_as_planned_or_is_no_treatment_differs_in_nothing(given: DeliveredBeam) -> None:
    assert list(differences_of_beams(treated(given, given, given))) == []


def test_an_arc_that_was_interrupted_is_continued_from_where_it_stopped() -> None:
    rest = replace(AS_PLANNED, delivered_mu=120.0, gantry_deg=324.0)
    assert list(differences_of_beams(treated(rest, rest))) == []
    cumulative = replace(AS_PLANNED, gantry_deg=324.0, is_continued=True)
    assert list(differences_of_beams(treated(cumulative, cumulative))) == []
    elsewhere = replace(PLAN.beams[0], control_points=(ControlPoint(0.0, 181.0), ControlPoint(1.0, 181.0)))
    of_one_angle = replace(treated(rest, rest), plan=replace(PLAN, beams=(elsewhere,)))
    assert [item for item, _, _ in differences_of_beams(of_one_angle)] == ["delivered_beams"]


def test_angles_that_a_machine_measured_differ_from_day_to_day() -> None:
    turned = [replace(AS_PLANNED, gantry_deg=90.0 + day / 100) for day in range(3)]
    ((_, planned, delivered),) = differences_of_beams(treated(*turned))
    assert (planned, delivered) == ("beam 1 'ARC' from 181 degrees", "beam 1 'ARC' from 90 degrees on 3 days")


def test_records_of_another_plan_say_nothing_of_this_one() -> None:
    found = treated(*[replace(AS_PLANNED, energy_mv=10.0)] * 3)
    elsewhere = tuple(replace(record, plan_uid="1.2.other") for record in found.records)
    assert list(differences_of_beams(replace(found, records=elsewhere))) == []
