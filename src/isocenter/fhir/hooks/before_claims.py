"""Warns of codes at the order: what the rules of coding would find in a claim that bills what is ordered."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from isocenter.errors import UnreadableInput
from isocenter.fhir.asking.asked import Judges, answer
from isocenter.fhir.asking.coverage_information import reason_of
from isocenter.fhir.asking.days_of_service import stated_day
from isocenter.fhir.doubts.order_doubts import MOST_SERVICES
from isocenter.intake.fhir.orders import billed_by, billing_codes
from isocenter.intake.fhir.people import day_of
from isocenter.intake.fhir.references import codes, objects
from isocenter.intake.fhir.resources import Found
from isocenter.intake.fhir_r4 import FhirRows
from isocenter.report.points import Point
from isocenter.report.words import Effect
from isocenter.rulebook.policy import GroupRole
from isocenter.terms.claims import ClaimLine
from isocenter.terms.findings import SubjectKind

_MOST_MODIFIERS = 4  # of a claim line
_PLACES_OF_SERVICE = "https://www.cms.gov/Medicare/Coding/place-of-service-codes"
_WARNED_OF = (Effect.DENY, Effect.REDUCE, Effect.REQUEST, Effect.REVIEW)


class CodesJudged(NamedTuple):
    """What the rules of coding find open about the codes of orders, if they were billed together before any is given.

    What rules ask about days, which an order may leave out, and what the record of the treatment shows is not among it.
    """

    orders: Sequence[Found]
    lines: Sequence[ClaimLine]  # that would bill them
    points: Sequence[Point]


class CodesOpen(NamedTuple):
    """Why services are not covered under their codes though their course may be, by the identities of their orders."""

    refused: dict[int, str]  # the rules of coding would refuse them
    unsupported: dict[int, str]  # a document has to show why they are needed beside the course's own


def judge_codes(orders: Sequence[Found], read: FhirRows, judges: Judges, on: date) -> CodesJudged:
    """Ask the rules of coding about the orders; `read` is their record.

    A service whose order names no day is judged as if it were given `on` this day, and one of several codes by its
    first.
    """
    lines = lines_of_orders(orders, on)
    return CodesJudged(orders, lines, _open_points(lines, read, judges) if lines else [])


def coding_warnings(judged: CodesJudged) -> list[str]:
    """What would be wrong with the codes of orders: one sentence for each point and order of several codes."""
    if not judged.lines:
        return []
    unclear = [
        f"The order names {' and '.join(named)} as one service; name one code in each order."
        for order in judged.orders
        if len(named := list(dict.fromkeys(billing_codes(order.resource)))) > 1
    ]
    code_of = {line.claim_line_id: line.procedure_code for line in judged.lines}
    return unclear + [
        f"{', '.join(codes)}: {reason_of(point)} {point.first.remedy}".rstrip()
        for point in judged.points
        if point.effect in _WARNED_OF and (codes := _codes_of(point, code_of))
    ]


def open_codes(judged: CodesJudged) -> CodesOpen:
    """Which orders the rules of coding would refuse, or not pay without a document."""
    order_of = {line.claim_line_id: id(judged.orders[line.line_number - 1]) for line in judged.lines}
    found = CodesOpen({}, {})
    for point in judged.points:
        asks = point.rule is not None and bool(point.rule.asks) and point.rule.role is not GroupRole.RECORD
        kinds = {Effect.DENY: found.refused, **({Effect.REQUEST: found.unsupported} if asks else {})}
        for one in point.findings if point.effect in kinds else ():
            if one.subject_kind is SubjectKind.CLAIM_LINE and one.subject_id in order_of:
                kinds[point.effect].setdefault(order_of[one.subject_id], reason_of(point))
    return found


def _open_points(lines: Sequence[ClaimLine], read: FhirRows, judges: Judges) -> list[Point]:
    """What is open about the codes of services before they are given; nothing where the orders lack something."""
    try:
        answered = answer(replace(read, rows=[*read.rows, *lines]), judges.coding, with_lines=True)
    except UnreadableInput:  # what the orders lack is said with their coverage
        return []
    return [one for one in answered.points if not (one.rule and one.rule.is_after_service)]


def _codes_of(point: Point, code_of: Mapping[str, str]) -> list[str]:
    """The codes of the ordered services that a point is about."""
    if point.first.subject_kind is not SubjectKind.CLAIM_LINE:
        return []
    return list(dict.fromkeys(code_of[one.subject_id] for one in point.findings if one.subject_id in code_of))


def lines_of_orders(orders: Sequence[Found], on: date) -> list[ClaimLine]:
    """The lines that would bill the orders by their first billing codes; the number of a line is the order's place.

    A service whose order names no day is given `on` this day.
    """
    return [line for number, order in enumerate(orders, start=1) for line in _lines_of(order.resource, number, on)]


def _lines_of(order: Mapping[str, Any], number: int, on: date) -> list[ClaimLine]:
    billed = next(iter(billed_by(order)), None)
    if billed is None:
        return []
    first, second, third, fourth = (*billed.modifiers[:_MOST_MODIFIERS], "", "", "", "")[:_MOST_MODIFIERS]
    line_id, day = f"ordered-{number}", day_of(stated_day(order)) or on
    place = next((one for kind in objects(order, "locationCode") for one in codes(kind, _PLACES_OF_SERVICE)), "")
    return [
        ClaimLine(
            line_id, "ordered", number, "", "", day, billed.code, _units_of(order),
            modifier_1=first, modifier_2=second, modifier_3=third, modifier_4=fourth,
            setting="professional", place_of_service=place,
        )
    ]  # fmt: skip


def _units_of(order: Mapping[str, Any]) -> int:
    """The number of times that an order asks for its service; 1 where it does not state a whole number."""
    quantity = order.get("quantityQuantity")
    stated = quantity.get("value") if isinstance(quantity, Mapping) else None
    if not isinstance(stated, int | float | Decimal) or not 0 < stated < MOST_SERVICES or stated != int(stated):
        return 1
    return int(stated)
