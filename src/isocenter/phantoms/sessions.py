"""The phantom's treatment sessions: one record each weekday, with the interruptions and repeats asked for."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from isocenter.phantoms.recipe import Recipe
from isocenter.terms.imaging import Beam, TreatmentPlan
from isocenter.terms.treatment_records import DeliveredBeam, TreatmentRecord


@dataclass(frozen=True)
class Session:
    """One visit: from which beam on, to which share of the beam where it was interrupted."""

    fraction_number: int
    half: int = 0  # 0: whole, 1: up to the interruption, 2: from there on


def treatment_records(recipe: Recipe, plan: TreatmentPlan) -> tuple[TreatmentRecord, ...]:
    """One record a session, in order of date."""
    days = _weekdays(recipe.start, recipe.delivery.holidays)
    return tuple(
        TreatmentRecord(
            recipe.uid("record", number),
            plan.sop_instance_uid,
            day,
            session.fraction_number,
            _delivered(recipe, plan.treatment_beams, session),
            _shift(recipe, number),
            plan.treatment_beams[0].machine,
        )
        for number, (session, day) in enumerate(zip(_sessions(recipe), days, strict=False))
    )


def _sessions(recipe: Recipe) -> Iterator[Session]:
    delivery = recipe.delivery
    planned = recipe.phantom.fractions
    for number in range(1, (planned if delivery.fractions is None else delivery.fractions) + 1):
        if number in delivery.partial:
            yield Session(number, 1)
            yield Session(number, 2)
        else:
            yield Session(number)
        if number in delivery.repeated:
            yield Session(number)


def _weekdays(start: date, holidays: tuple[date, ...]) -> Iterator[date]:
    day = start
    while True:
        if day.weekday() < 5 and day not in holidays:
            yield day
        day += timedelta(days=1)


def _delivered(recipe: Recipe, beams: tuple[Beam, ...], session: Session) -> tuple[DeliveredBeam, ...]:
    """Beams of one session; an interruption falls in the middle of the middle beam."""
    stopped = len(beams) // 2
    rows = []
    for index, beam in enumerate(beams):
        share, ended = 1.0, "NORMAL"
        if session.half == 1 and index == stopped:
            share, ended = 0.5, "MACHINE"
        elif session.half == 2 and index == stopped:
            share = 0.5
        elif (session.half == 1 and index > stopped) or (session.half == 2 and index < stopped):
            continue
        ordered_mu = beam.monitor_units or 0.0
        # What is left of an interrupted beam is ordered as a beam of that many monitor units.
        specified_mu = round(ordered_mu * (share if session.half == 2 else 1.0), 3)
        delivered_mu = round(ordered_mu * share * (1 + recipe.delivery.mu_deviation_percent / 100), 3)
        rows.append(
            DeliveredBeam(
                beam.number,
                beam.name,
                specified_mu,
                delivered_mu,
                ended,
                "VERIFIED",
                radiation=beam.radiation,
                energy_mv=beam.energy_mv,
                gantry_deg=beam.control_points[0].gantry_deg if beam.control_points else None,
            )
        )
    return tuple(rows)


def _shift(recipe: Recipe, number: int) -> tuple[float, float, float] | None:
    """Set-up shift after imaging, random about zero: lateral, longitudinal, vertical in mm."""
    if recipe.delivery.shift_mm is None:
        return None
    drawn = np.random.default_rng([recipe.seed, number]).uniform(-1.5, 1.5, 3) * recipe.delivery.shift_mm
    return (round(float(drawn[0]), 1), round(float(drawn[1]), 1), round(float(drawn[2]), 1))
