"""Finds services whose day can hardly be meant, or is none: a person decides about these."""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from isocenter.files import shown
from isocenter.intake.fhir.people import day_of
from isocenter.rulebook.policy import ALWAYS
from isocenter.rulebook.rulebook import Rulebook

_LONGEST_AHEAD = timedelta(days=366)
_YEAR_OR_MONTH = re.compile(r"(\d{4})(?:-(\d{2}))?")  # as a FHIR dateTime may leave out the rest
_DECEMBER = 12


class _Days(NamedTuple):
    """The days that may be meant."""

    first: date
    last: date


def why_not_ahead(day: date, asked_on: date) -> str:
    """Why a service on a day can hardly be meant that was asked for on another one; '' where it can."""
    if day - asked_on <= _LONGEST_AHEAD:
        return ""
    return f"The service is dated {day}, more than a year after the request; correct the day."


def why_not_ordered_then(written: str, on: date, rulebooks: Sequence[Rulebook]) -> str:
    """Why an order whose day of service is written so is not decided by the policies; '' where nothing is wrong.

    Its day cannot be read, lies more than a year ahead of `on`, or on no day on which one of the policies applies.
    """
    if not written:
        return ""
    days = _days_of(written)
    if days is None:
        return f"The day of the service cannot be read ({shown(written)[:30]}); correct it, or leave it out."
    periods = [(one.policy.valid_from, one.policy.valid_to) for one in rulebooks]
    if all(days.last < first or days.first > last for first, last in periods):
        spans = " and ".join(f"from {first}" + (f" to {last}" if last != ALWAYS[1] else "") for first, last in periods)
        return f"The service is dated {written[:10]}; the policy is in force {spans}. Correct the day."
    return why_not_ahead(days.first, on)


def _days_of(written: str) -> _Days | None:
    day = day_of(written)
    if day is not None:
        return _Days(day, day)
    parts = _YEAR_OR_MONTH.fullmatch(written)
    if parts is None:
        return None
    year, month = int(parts[1]), int(parts[2] or 0)
    try:
        first = date(year, month or 1, 1)
        following = date(year + (month in (0, _DECEMBER)), month % _DECEMBER + 1, 1)
    except ValueError:
        return None
    return _Days(first, following - timedelta(days=1))
