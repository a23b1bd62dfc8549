"""Monitor units of treatment records beside those of the plan: what was not delivered as planned is no evidence."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from isocenter.evidence.courses.monitor_units import differences_of_monitor_units
from isocenter.evidence.identity import OfCase, plan_differences
from isocenter.terms.courses import Course
from isocenter.terms.imaging import Beam, FractionGroup, PlanFolder, TreatmentPlan
from isocenter.terms.treatment_records import DeliveredBeam, TreatmentRecord

MONDAY = date(2025, 3, 3)
BEAMS = (Beam(1, monitor_units=200.0), Beam(2, monitor_units=200.0), Beam(3, delivery_type="SETUP", monitor_units=1.0))
PLAN = TreatmentPlan("1.2.plan", fractions=5, beams=BEAMS)
BOTH = {1: 200.0, 2: 200.0}


def delivered(*sessions: dict[int, float | None], plan: TreatmentPlan = PLAN) -> PlanFolder:
    """The plan with one record a day, each with the monitor units of its beams."""
    records = (
        TreatmentRecord(
            f"r{number}",
            "1.2.plan",
            MONDAY + timedelta(days=number),
            number,
            tuple(DeliveredBeam(beam, delivered_mu=mu) for beam, mu in given.items()),
        )
        for number, given in enumerate(sessions, start=1)
    )
    return PlanFolder(plan=plan, records=tuple(records))


def share(of_all: float) -> dict[int, float | None]:
    return {beam: mu * of_all for beam, mu in BOTH.items()}


@pytest.mark.parametrize(
    ("sessions", "shown"),
    [
        ([share(0.5)] * 5, "200.0 on average of 5 sessions"),
        ([{1: 200.0}] * 5, "200.0 on average of 5 sessions"),  # one of two arcs, every day
        ([share(1), share(1), share(1), {1: 200.0}, {1: 200.0}], "320.0 on average of 5 sessions"),
        ([share(2)] * 5, "800.0 on average of 5 sessions"),
        ([share(0.94)] * 5, "376.0 on average of 5 sessions"),
    ],
)
def test_sessions_that_do_not_give_the_planned_monitor_units_differ_from_the_plan(
    sessions: list[dict[int, float | None]], shown: str
) -> None:
    found = delivered(*sessions)
    ((item, of_plan, of_records),) = differences_of_monitor_units(found)
    assert (item, of_plan) == ("monitor_units", "400.0 in each session")
    assert of_records.startswith(shown)
    (row,) = plan_differences(found, OfCase(Course("C1", "M1")))
    assert (row.item, row.is_accepted, row.is_comparable) == ("monitor_units", False, True)


@pytest.mark.parametrize(
    "sessions",
    [
        [],
        [share(1)] * 5,
        [share(1)] * 3,  # the course goes on
        [share(0.97)] * 5,
        [share(1), share(0.5), share(1), share(1), share(1)],  # one interruption
        [share(1), {1: 200.0}, {2: 200.0}, share(1), share(1), share(1)],  # completed under a number of its own
        [{1: None, 2: None}] * 5,
    ],
)
def test_whole_sessions_and_a_single_interruption_do_not_differ(sessions: list[dict[int, float | None]]) -> None:
    assert differences_of_monitor_units(delivered(*sessions)) == []


@pytest.mark.parametrize(("of_all", "count"), [(1.0, 0), (0.5, 1)])
def test_groups_of_fractions_with_a_beam_each_take_turns(of_all: float, count: int) -> None:
    plan = replace(PLAN, fractions=10, fraction_groups=(FractionGroup(5, (1,)), FractionGroup(5, (2,))))
    in_turn: list[dict[int, float | None]] = [{1: 200.0 * of_all}, {2: 200.0 * of_all}]
    assert len(differences_of_monitor_units(delivered(*in_turn * 5, plan=plan))) == count


def test_a_plan_without_monitor_units_is_not_compared() -> None:
    plan = replace(PLAN, beams=tuple(replace(beam, monitor_units=None) for beam in BEAMS))
    assert differences_of_monitor_units(delivered(*[share(1)] * 5, plan=plan)) == []
