"""Finds which facts about the services ordered the rules lack: when they are given, where, and by whom.

A fact is needed where what the rules of coding find depends on it: the services are judged as they are ordered, and
again with the fact stated in each way that may follow.
Source: Da Vinci Coverage Requirements Discovery 2.0.1 and 2.2.1, value set of the information that is needed.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from isocenter.fhir.asking.asked import Judges, judged_as_billed
from isocenter.fhir.asking.coverage_information import Needed
from isocenter.fhir.asking.days_of_service import stated_day
from isocenter.fhir.hooks.before_claims import lines_of_orders
from isocenter.intake.fhir.orders import billing_codes
from isocenter.intake.fhir.resources import Found
from isocenter.report.points import rule_of
from isocenter.report.words import within
from isocenter.terms.claims import ClaimLine
from isocenter.terms.findings import Finding, Outcome

Json = Mapping[str, Any]
TIMEFRAME, LOCATION, PERFORMER = "timeframe", "location", "performer"
_WORDS = {TIMEFRAME: "when the service is given", LOCATION: "where it is given", PERFORMER: "who performs it"}
_AHEAD = timedelta(days=366)  # a course that is ordered begins within a year
_SOMEBODY = "1999999984"
_PLACES = ({"place_of_service": "11"}, {"setting": "institutional", "bill_type": "131"})
_MOST_KEPT = 500
_STATED_BY = {LOCATION: ("locationCode", "locationReference"), PERFORMER: ("performer", "performerType")}


def facts_needed(
    order: Found,
    together: Sequence[Found],
    on: date,
    line_of_business: str,
    judges: Judges,
    *,
    has_performer: bool = False,
) -> list[Needed]:
    """The facts that an order does not state and that the rules need; `together` are all orders, it among them.

    `has_performer` says that the performer is stated beside the order. What rules say of the same services is found
    once.
    """
    if not billing_codes(order.resource):
        return []
    lines = lines_of_orders(together, on)
    unstated = {
        code: frozenset(place for place, one in enumerate(together, start=1) if not _is_stated(code, one.resource))
        for code in _WORDS
    }
    key = (tuple(lines), tuple(unstated.items()), on, line_of_business)
    known = judges.reasons_of_facts.get(key)
    if known is None:
        if len(judges.reasons_of_facts) >= _MOST_KEPT:
            judges.reasons_of_facts.clear()
        known = judges.reasons_of_facts[key] = {
            code: _why(lines, _others(code, lines, numbers, on, judges), line_of_business, judges)
            for code, numbers in unstated.items()
            if numbers
        }
    number = next(place for place, one in enumerate(together, start=1) if one.resource is order.resource)
    return [
        Needed(code, f"The order does not state {_WORDS[code]}, which decides: {why[number]}")
        for code, why in known.items()
        if number in unstated[code] and number in why and not (code == PERFORMER and has_performer)
    ]


def _why(
    lines: Sequence[ClaimLine], others: Iterable[Sequence[ClaimLine]], line_of_business: str, judges: Judges
) -> dict[int, str]:
    """By the number of a line the first rule that refuses it or asks something in one of the cases and not in all."""
    found = [_open(one, line_of_business, judges) for one in (lines, *others)]
    differing = {
        key: finding for one in found for key, finding in one.items() if not all(key in each for each in found)
    }
    number_of = {line.claim_line_id: line.line_number for line in lines}
    first: dict[int, str] = {}
    for key in sorted(differing):
        if key[-1] in number_of:
            first.setdefault(number_of[key[-1]], _title(differing[key], judges))
    return first


def _title(finding: Finding, judges: Judges) -> str:
    rule = rule_of(finding, judges.rulebooks)
    return f"{within(rule.title) if rule else finding.rule} [{finding.cites}]"


def _open(lines: Sequence[ClaimLine], line_of_business: str, judges: Judges) -> dict[tuple[str, str, str], Finding]:
    """What the rules of coding refuse or ask of some lines, by policy, rule and line."""
    review = judged_as_billed(lines, judges.coding, line_of_business)
    return {
        (one.policy, one.rule, one.subject_id): one
        for one in review.findings
        if one.outcome in (Outcome.NOT_MET, Outcome.NOT_DOCUMENTED)
    }


def _is_stated(code: str, order: Json) -> bool:
    if code == TIMEFRAME:
        return bool(stated_day(order) or order.get("occurrenceTiming"))
    return any(order.get(name) for name in _STATED_BY[code])


def _others(
    code: str, lines: Sequence[ClaimLine], numbers: frozenset[int], on: date, judges: Judges
) -> list[list[ClaimLine]]:
    """The lines as they would be with the fact stated, in each way that may follow."""
    changes: list[dict[str, Any]]
    if code == TIMEFRAME:
        ordered = {line.procedure_code for line in lines if line.line_number in numbers}
        changes = [{"service_date": day} for day in _days_of_change(ordered, on, judges)]
    elif code == LOCATION:
        changes = [dict(place) for place in _PLACES]
    else:
        changes = [{"rendering_npi": _SOMEBODY, "billing_npi": _SOMEBODY, "supervising_npi": _SOMEBODY}]
    return [[line._replace(**change) if line.line_number in numbers else line for line in lines] for change in changes]


def _days_of_change(ordered: set[str], on: date, judges: Judges) -> list[date]:
    """The days within a year from which another list of codes holds an ordered code."""
    days: set[date] = set()
    for rulebook in judges.rulebooks:
        for one in rulebook.codes:
            if one.code in ordered:
                ends = [one.valid_to + timedelta(days=1)] if one.valid_to < on + _AHEAD else []
                days |= {day for day in (one.valid_from, *ends) if on < day <= on + _AHEAD}
    return sorted(days)
