"""Finds services whose day can hardly be meant, or is none: a person decides about these."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from isocenter.files.texts import shown
from isocenter.intake.fhir.people import ZONES, day_of, days_meant
from isocenter.intake.fhir.references import text
from isocenter.intake.fhir.services import day_of_request
from isocenter.rulebook.policy import ALWAYS
from isocenter.rulebook.rulebook import Rulebook

Json = Mapping[str, Any]
_WRITTEN_ON = {"QuestionnaireResponse": "authored", "DocumentReference": "date", "DiagnosticReport": "issued"}
LONGEST_YEAR = timedelta(days=366)


def why_years_apart(day: date, asked_on: date) -> str:
    """Why a service on a day can hardly be meant that was asked for on another one; '' where it can."""
    if abs(day - asked_on) <= LONGEST_YEAR:
        return ""
    side = "after" if day > asked_on else "before"
    return f"The service is dated {day}, more than a year {side} the request; correct the day."


def why_not_ordered_then(written: str, on: date, rulebooks: Sequence[Rulebook], ordered_on: date | None = None) -> str:
    """Why an order whose day of service is written so is not decided by the policies; '' where nothing is wrong.

    Its day cannot be read, lies more than a year ahead of `on`, or before or after the day of the order
    (`ordered_on`), or on no day on which one of the policies applies. Without a day the service is given `on` that day.
    """
    if not written and ordered_on is not None and on - ordered_on > LONGEST_YEAR:
        return f"The order is dated {ordered_on} (authoredOn), more than a year ago, and names no day; state the day."
    if not written:
        return ""
    days = days_meant(written)
    if days is None:
        return f"The day of the service cannot be read ({shown(written)[:30]}); correct it, or leave it out."
    periods = [(one.policy.valid_from, one.policy.valid_to) for one in rulebooks]
    if all(days[1] < first or days[0] > last for first, last in periods):
        spans = " and ".join(f"from {first}" + (f" to {last}" if last != ALWAYS[1] else "") for first, last in periods)
        return f"The service is dated {written[:10]}; the policy is in force {spans}. Correct the day."
    if ordered_on is not None and days[1] < ordered_on:
        return why_years_apart(days[1], ordered_on)
    if days[0] > on and (why := why_years_apart(days[0], on)):
        return why
    if ordered_on is not None and days[0] - ordered_on > LONGEST_YEAR:
        return f"The order is dated {ordered_on}, more than a year before its service, {days[0]}; correct one of them."
    return ""


def why_written_ahead(evidence: Iterable[Json], today: date) -> str:
    """Which document or answer is dated after today by the one who sends it; '' where none is."""
    for one in evidence:
        name = _WRITTEN_ON.get(text(one, "resourceType"), "")
        days = days_meant(text(one, name)) if name else None
        if days is not None and days[0] > today + ZONES:
            own = f"{text(one, 'resourceType')}/{shown(text(one, 'id'))[:60]}"
            return f"{own} is dated {days[0]} ({name}), after today, {today}; a person decides."
    return ""


def why_ordered_ahead(authored: str, today: date) -> str:
    """Why the day on which an order was written (authoredOn) cannot be meant: it is after today; '' where it can."""
    days = days_meant(authored)
    if authored and days is None:
        return f"The day of the order cannot be read ({shown(authored)[:30]}, authoredOn); correct it."
    if days is None or days[0] <= today + ZONES:
        return ""
    return f"The order is dated {authored[:10]} (authoredOn), after today, {today}; correct the day of the order."


def stated_day(order: Json) -> str:
    """The day of service as an order writes it, or the first of its days; '' where it names none."""
    period, timing = order.get("occurrencePeriod"), order.get("occurrenceTiming")
    stated = text(order, "occurrenceDateTime") or (text(period, "start") if isinstance(period, Mapping) else "")
    return stated or (_first_of(timing) if isinstance(timing, Mapping) else "")


def days_asked(order: Json, otherwise: date) -> tuple[date, date]:
    """The first and the last day of the service as an order states them; this day twice where it states none."""
    period, timing = order.get("occurrencePeriod"), order.get("occurrenceTiming")
    ends = [text(period, "end")] if isinstance(period, Mapping) else []
    ends += _days_of(timing)[1:] if isinstance(timing, Mapping) else []
    first = days_meant(stated_day(order))
    stated = [first, *map(days_meant, ends)]
    known = [day for days in stated if days is not None for day in days]
    return (min(known), max(known)) if first is not None else (otherwise, otherwise)


def day_asked(about: Json) -> date | None:
    """The first day on which an order or a request asks for services; else that on which it was written.

    None where it states neither.
    """
    if text(about, "resourceType") == "Claim":
        return day_of_request(about)
    return day_of(stated_day(about)) or day_of(text(about, "authoredOn"))


def _first_of(timing: Json) -> str:
    """The first day of a timing as it is written: the earliest of its events, else where its bounds begin."""
    return next(iter(_days_of(timing)), "")


def _days_of(timing: Json) -> list[str]:
    """The days of a timing as they are written: its events in their order, else the start and end of its bounds."""
    events = timing.get("event")
    days = sorted(one for one in events if isinstance(one, str)) if isinstance(events, list) else []
    repeat = timing.get("repeat")
    bounds = repeat.get("boundsPeriod") if isinstance(repeat, Mapping) else None
    return days or ([text(bounds, "start"), text(bounds, "end")] if isinstance(bounds, Mapping) else [])
