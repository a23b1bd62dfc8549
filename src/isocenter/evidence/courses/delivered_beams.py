"""Whether the beams of the treatment records are those of the plan: radiation, energy and where the gantry began."""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from isocenter.terms.imaging import Beam, PlanFolder
from isocenter.terms.treatment_records import DeliveredBeam

_ITEM = "delivered_beams"
_LEAST_SESSIONS = 2  # that depart from the plan: a single one may be a slip of the record
_SAME_MV = 0.5
_SAME_DEGREES = 5.0
_WHOLE_BEAM = 0.95  # of its monitor units; an arc that was interrupted is continued from anywhere within it


class _Departure(NamedTuple):
    """A beam as the plan has it and as a record has it, in words."""

    planned: str
    delivered: str


def differences_of_beams(part: PlanFolder) -> Iterator[tuple[str, str, str]]:
    """Beams that two sessions or more gave otherwise than planned: item, of the plan, of the records."""
    plan = part.plan
    if plan is None:
        return
    beams = {beam.number: beam for beam in plan.treatment_beams}
    without_meterset = {beam.number: beam.name for beam in plan.unknown_beams}
    days: dict[str, tuple[str, set[date]]] = {}  # by what was planned, for measured angles differ from day to day
    for record in part.records:
        if record.treated_on is None or (record.plan_uid and record.plan_uid != plan.sop_instance_uid):
            continue
        for given in record.beams:
            if given.is_of_set_up:
                continue
            if given.beam_number in beams:
                departures = list(_departures(beams[given.beam_number], given))
            elif given.beam_number in without_meterset and given.delivered_mu:
                name = _named(given.beam_number, without_meterset[given.beam_number])
                departures = [_Departure(f"{name} without monitor units", f"monitor units of {name}")]
            else:
                continue
            for departure in departures:
                days.setdefault(departure.planned, (departure.delivered, set()))[1].add(record.treated_on)
    found = {
        planned: f"{first} on {len(on)} days" for planned, (first, on) in days.items() if len(on) >= _LEAST_SESSIONS
    }
    if found:
        yield _ITEM, ", ".join(found), ", ".join(dict.fromkeys(found.values()))


def _departures(planned: Beam, given: DeliveredBeam) -> Iterator[_Departure]:
    name = _named(planned.number, planned.name)
    if planned.radiation and given.radiation and planned.radiation != given.radiation:
        yield _Departure(f"{name} of {planned.radiation.lower()}s", f"{name} of {given.radiation.lower()}s")
    if planned.energy_mv and given.energy_mv and abs(planned.energy_mv - given.energy_mv) > _SAME_MV:
        yield _Departure(f"{name} of {planned.energy_mv:g} MV", f"{name} of {given.energy_mv:g} MV")
    ends_deg = [point.gantry_deg for point in (*planned.control_points[:1], *planned.control_points[-1:])]
    given_deg = None if _is_rest_of_an_arc(planned, given) else given.gantry_deg
    if (
        ends_deg
        and given_deg is not None
        and all(_apart_deg(end_deg, given_deg) > _SAME_DEGREES for end_deg in ends_deg)
    ):
        yield _Departure(f"{name} from {ends_deg[0]:g} degrees", f"{name} from {given_deg:g} degrees")


def _is_rest_of_an_arc(planned: Beam, given: DeliveredBeam) -> bool:
    """Whether the rest of an arc was given, which begins where it was interrupted."""
    if len({point.gantry_deg for point in planned.control_points}) < 2:
        return False
    is_part = bool(planned.monitor_units and given.delivered_mu) and (
        (given.delivered_mu or 0.0) < _WHOLE_BEAM * (planned.monitor_units or 0.0)
    )
    return given.is_continued or is_part


def _named(number: int, name: str) -> str:
    return f"beam {number} {name!r}" if name else f"beam {number}"


def _apart_deg(a_deg: float, b_deg: float) -> float:
    return abs((a_deg - b_deg + 180.0) % 360.0 - 180.0)
