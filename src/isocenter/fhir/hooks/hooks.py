"""Answers CDS Hooks at the order: coverage information, passages of the policy, and what the claim will need.

Sources: CDS Hooks 2.0; Da Vinci Coverage Requirements Discovery 2.0.1 and 2.2.1.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, NamedTuple

from isocenter.errors import UnreadableInput
from isocenter.fhir.asking.asked import Answer, Judges, answer, answer_each, doubted, read_asked
from isocenter.fhir.asking.course_services import (
    NOT_IMPLIED,
    NOT_NAMED,
    are_of_radiotherapy,
    may_belong,
    services_of_course,
)
from isocenter.fhir.asking.coverage_information import (
    URL,
    Doubts,
    Needed,
    coverage_information,
    passage_links,
)
from isocenter.fhir.asking.days_of_service import (
    day_asked,
    days_asked,
    stated_day,
    why_not_ordered_then,
    why_ordered_ahead,
    why_written_ahead,
)
from isocenter.fhir.doubts.bookings import as_booked, of_order, why_not_booked
from isocenter.fhir.doubts.contradictions import why_contradicted
from isocenter.fhir.doubts.named_otherwise import as_coded, why_beside_protons, why_named_otherwise
from isocenter.fhir.doubts.order_doubts import why_not_as_ordered
from isocenter.fhir.doubts.order_wishes import why_for_testing
from isocenter.fhir.doubts.tumors import why_not_of_patient, why_several_tumors, why_too_young
from isocenter.fhir.hooks.before_claims import (
    CodesJudged,
    judge_codes,
    lines_of_orders,
    open_codes,
)
from isocenter.fhir.hooks.ehr import Ehr
from isocenter.fhir.hooks.facts_needed import facts_needed
from isocenter.fhir.hooks.hook_cards import (
    address_of_order,
    coding_cards,
    each_once,
    identified,
    lacking_card,
    needs_card,
    passage_card,
)
from isocenter.fhir.hooks.hook_orders import Ordered, ordered, remarks_on
from isocenter.fhir.hooks.hook_services import hook_of, version_asked, wanted_of
from isocenter.fhir.problems import Refused
from isocenter.fhir.questionnaires.questionnaires import address_of
from isocenter.fhir.settings import Payer
from isocenter.files.texts import shown, without_controls
from isocenter.intake.fhir.coverages import why_not_in_force
from isocenter.intake.fhir.orders import billing_codes, is_imrt, is_order, words_of_service
from isocenter.intake.fhir.people import day_of, why_no_age, why_not_living
from isocenter.intake.fhir.references import objects, text
from isocenter.intake.fhir.resources import Found
from isocenter.intake.fhir_r4 import FhirRows
from isocenter.terms.courses import Course

Json = dict[str, Any]
_MOST_NAMED = 20
_REMARKS = "isocenter.remarks"
# At these hooks nothing is asked of the clinician yet.
_WITHOUT_DOCUMENTS = ("order-select",)
_OF_DOCUMENTS = ("doc-needed", "doc-purpose", "questionnaire")
_CODE_IS_NEEDED = (
    "The order names its service only in words, or by a code that is not known here; send its CPT or HCPCS code."
)

_SEVERAL_CODES = "The order names several procedures ({codes}); which of them is ordered is not known; send one."


@dataclass(frozen=True, slots=True)
class _Asked:
    """What one hook request asks, and of whom."""

    hook: str
    about: Ordered
    version: str  # whose shape the answer has
    wanted: frozenset[str]  # the kinds of answers that the client did not switch off
    payer: Payer
    on: date
    keep: Callable[[str, Json, list[Json]], Json]
    has_performer: bool = False  # it is stated beside the orders
    codes: dict[str, CodesJudged] = field(default_factory=dict)  # by coverage what is open about them, once known


def answer_hook(
    service_id: str,
    request: Mapping[str, Any],
    judges: Judges,
    payer: Payer,
    on: date,
    keep: Callable[[str, Json, list[Json]], Json] = lambda _, information, __: information,
    ehr: Ehr | None = None,
) -> Json:
    """Cards and system actions for a hook request; `on` is the day of the answer.

    `keep` gets each coverage information with its assertion id and the resources asked about, and returns the one to
    give: that of the day on which the same was asked first. What the prefetch lacks is asked of `ehr`. Orders that the
    policies do not address get no answer. Raises Refused with the status that the standard asks for: 404 for an unknown
    service, 400 for a malformed request, 412 where orders or coverage are lacking and cannot be had.
    """
    hook = hook_of(service_id)
    if request.get("hook") not in (None, hook):
        named = shown(str(request.get("hook")))[:60]
        raise Refused(400, "invalid", f"the service answers {hook}; the request is for {named}")
    context = request.get("context")
    if not isinstance(context, Mapping):
        raise Refused(400, "required", "context is missing; it holds the orders and the patient")
    version = version_asked(request)
    found = ordered(hook, context, request.get("prefetch"), ehr)
    asked = _Asked(
        hook, found, version, wanted_of(request), payer, on, keep, has_performer=bool(context.get("performer"))
    )
    about = _of_policies(found, judges, on)
    answered = [_answer_order(order, about, asked, judges) for order in found.orders if id(order) in about.all]
    cards = [lacking_card(found.lacking, payer)] if found.lacking else []
    cards += [card for one in answered for card in one.cards]
    judged = next(iter(asked.codes.values()), None)  # under the first coverage that the policies are for
    cards += coding_cards(judged, payer) if judged is not None and "claim" in asked.wanted else []
    actions = [action for one in answered for action in one.actions]
    remarks = [*_remarks_on_frame(request), *remarks_on(hook, context), *found.remarks]
    return {
        "cards": identified(each_once(cards), service_id, actions),
        "systemActions": actions,
        **({"extension": {_REMARKS: remarks}} if remarks else {}),
    }


def _remarks_on_frame(request: Mapping[str, Any]) -> list[Json]:
    """What the standard asks for beside the context, and the request lacks or has in another shape."""
    missing = [name for name in ("hook", "hookInstance") if not request.get(name)]
    remarks = [{"expression": name, "text": "it is missing; a request needs it"} for name in missing]
    odd = [name for name in ("prefetch", "extension") if not isinstance(request.get(name, {}), Mapping | None)]
    prefetch = request.get("prefetch")
    held = prefetch if isinstance(prefetch, Mapping) else {}
    odd += [
        f"prefetch.{shown(str(name))[:60]}" for name, one in held.items() if not isinstance(one, Mapping | list | None)
    ]
    return remarks + [{"expression": name, "text": "an object is expected; it was not read"} for name in odd]


class _Answered(NamedTuple):
    """What one order gets."""

    cards: Sequence[Json] = ()
    actions: Sequence[Json] = ()


class _About(NamedTuple):
    """The orders that the policies are about, and those of radiotherapy beside them that no rule decides."""

    orders: Sequence[Found]
    undecided: Sequence[Found] = ()
    why_undecided: str = NOT_IMPLIED

    @property
    def all(self) -> frozenset[int]:
        """Identities of the orders that get an answer."""
        return frozenset(map(id, (*self.orders, *self.undecided)))


def _of_policies(found: Ordered, judges: Judges, on: date) -> _About:
    """The orders that the policies are about: by themselves, or as services of the course that these order.

    A service such as the devices of an IMRT plan is ordered on its own and belongs to the course all the same.
    """
    by_itself, beside = [], []
    for order in found.orders:
        billed = billing_codes(order.resource)
        if not billed or (set(billed) & judges.codes and judges.are_about(billed, on)):
            by_itself.append(order)
        elif set(billed) & judges.codes:
            beside.append(order)
    if not by_itself:
        undecided = [
            one for one in beside if may_belong(billing_codes(one.resource), on, judges) or is_imrt(one.resource)
        ]
        return _About([], undecided, NOT_NAMED)
    if not beside:
        return _About(by_itself)
    together = [*by_itself, *beside]
    read = read_asked([by_itself[0], *found.others], by_itself[0].resource, judges.all, on)
    try:
        lines = answer(replace(read, rows=[*read.rows, *lines_of_orders(together, on)]), judges.all, with_lines=True)
    except UnreadableInput:  # what the orders lack is said with their coverage
        return _About(by_itself)
    of_course = services_of_course(lines, judges)
    numbers = {line.line_number for line in lines.review.facts["claim_lines"] if line.claim_line_id in of_course}
    kept = {id(one) for number, one in enumerate(together, start=1) if number in numbers} | set(map(id, by_itself))
    undecided = [
        one for one in beside if id(one) not in kept and are_of_radiotherapy(billing_codes(one.resource), on, judges)
    ]
    return _About([order for order in found.orders if id(order) in kept], undecided)


class _Seen(NamedTuple):
    """One order with what is the same under each coverage."""

    order: Found
    about: _About
    coded: Found  # as its words name it, where its code names another service
    booked: Mapping[str, Any]  # with the days of its appointments
    named_otherwise: str
    bookings: Sequence[Mapping[str, Any]]
    doubts: Doubts
    shape: str  # of its answer: what is kept for one shape or one service is no answer to another


class _Stated(NamedTuple):
    """What one order gets under one coverage."""

    information: Json
    cards: Sequence[Json]


def _answer_order(order: Found, about: _About, asked: _Asked, judges: Judges) -> _Answered:
    """The cards and system actions about one order, under each coverage that the policies are for."""
    seen = _seen(order, about, asked, judges)
    stated = [
        one for coverage in asked.about.coverages if (one := _answer_under(coverage, seen, asked, judges)) is not None
    ]
    cards = [card for one in stated for card in one.cards]
    if not stated or "coverage-info" not in asked.wanted:
        return _Answered(cards)
    resource = dict(order.resource)
    renewed = {f"Coverage/{text(one.resource, 'id')}" for one in asked.about.coverages}
    kept = [one for one in resource.get("extension", []) if _coverage_of(one) not in renewed]
    resource["extension"] = [*kept, *(one.information for one in stated)]
    to = without_controls(address_of_order(order)) or "the order"
    description = f"Adds what is known of the coverage to {to}"
    return _Answered(cards, [{"type": "update", "description": description, "resource": resource}])


def _seen(order: Found, about: _About, asked: _Asked, judges: Judges) -> _Seen:
    bookings = of_order(order.resource, asked.about.bookings)
    booked = as_booked(order.resource, bookings)
    named_otherwise = why_named_otherwise([order._replace(resource=booked)], judges)
    return _Seen(
        order,
        about,
        as_coded(order) if named_otherwise else order,
        booked,
        named_otherwise,
        bookings,
        _doubts(order, about, judges, asked.on),
        " ".join((asked.version, str(asked.hook in _WITHOUT_DOCUMENTS), *billing_codes(order.resource))),
    )


def _answer_under(coverage: Found, seen: _Seen, asked: _Asked, judges: Judges) -> _Stated | None:
    """What the order gets under one coverage; nothing where the policies are not for it."""
    reference = f"Coverage/{text(coverage.resource, 'id')}"
    question = [_with_coverage(seen.coded, reference), coverage, *asked.about.others]
    read = read_asked(question, seen.booked, judges.all, asked.on)
    business = next((row.line_of_business for row in read.rows if isinstance(row, Course)), "")
    is_decided = any(seen.order is one for one in seen.about.orders)
    needed: Sequence[Needed] = (
        _facts_needed(seen.order, seen.about.orders, asked, business, judges) if is_decided else []
    )
    days = days_asked(seen.booked, asked.on)
    doubts = seen.doubts._replace(not_in_force=why_not_in_force(coverage.resource, asked.about.person, *days))
    names_needs = "claim" in asked.wanted and not doubts.not_clear
    try:
        answered, *later = answer_each(
            read,
            [judges.deciding, judges.all] if names_needs else [judges.deciding],
            judges.all,
            beside=" ".join(
                (reference, doubts.not_in_force, doubts.not_clear, seen.shape, *(fact.code for fact in needed))
            ),
        )
    except UnreadableInput as wrong:
        raise Refused(400, "invalid", f"{seen.order.place}: {wrong}") from None
    if not answered.is_in_scope:
        return None
    contradicted = _why_contradicted(coverage, question, read, answered, seen, asked, judges)
    if reference not in asked.codes:  # of all orders, for which they are the same
        asked.codes[reference] = judge_codes(_coded_orders(asked, judges), read, judges, asked.on)
    refused, unsupported = (by_order.get(id(seen.order), "") for by_order in open_codes(asked.codes[reference]))
    answered = doubted(answered, " ".join((contradicted, refused, unsupported)).strip())
    information = coverage_information(
        answered,
        reference,
        asked.payer,
        asked.on,
        asked.version,
        address_of(judges.rulebooks, asked.payer.fhir_url, answered.assertion_id),
        doubts._replace(contradicted=contradicted, refused=refused, unsupported=unsupported),
        needed,
    )
    if asked.hook in _WITHOUT_DOCUMENTS:
        information["extension"] = [part for part in information["extension"] if part["url"] not in _OF_DOCUMENTS]
    information = asked.keep(answered.assertion_id, information, [dict(one.resource) for one in question])
    cards: list[Json] = []
    if "guideline" in asked.wanted and not doubts.not_clear:
        cards += [passage_card(*link, asked.payer) for link in passage_links(answered, asked.payer)]
    cards += [needs_card(one, seen.order, asked.payer) for one in later if one.to_send]
    return _Stated(information, cards)


def _why_contradicted(
    coverage: Found,
    question: Sequence[Found],
    read: FhirRows,
    answered: Answer,
    seen: _Seen,
    asked: _Asked,
    judges: Judges,
) -> str:
    """The first contradiction between the order, its patient and what was sent beside it; '' where there is none."""
    resource, person = seen.order.resource, asked.about.person
    served_on, _ = days_asked(seen.booked, asked.on)
    written_on = text(resource, "authoredOn")
    return (
        why_not_living(person.patient, served_on)
        or seen.named_otherwise
        or why_beside_protons(asked.about.orders)
        or why_for_testing(one.resource for one in question)
        or why_not_booked(resource, seen.bookings)
        or why_not_as_ordered(resource, coverage.resource, asked.about.others)
        or why_ordered_ahead(written_on, asked.on)
        or why_written_ahead((one.resource for one in asked.about.others), asked.on)
        or why_not_ordered_then(stated_day(seen.booked), asked.on, judges.rulebooks, day_of(written_on))
        or why_no_age(person.patient, served_on)
        or why_contradicted(read, answered.review, judges.rulebooks, asked.on, day_asked(seen.booked) or asked.on)
        or why_not_of_patient(read, person.patient)
        or why_too_young(read, person.patient, served_on)
        or why_several_tumors(read, judges.rulebooks, objects(resource, "bodySite"))
    )


def _doubts(order: Found, about: _About, judges: Judges, on: date) -> Doubts:
    """What keeps an order itself from being answered by the rules alone."""
    if _lacks_code(order.resource):
        return Doubts(not_clear=_CODE_IS_NEEDED, lacks_code=True)
    named = list(dict.fromkeys(billing_codes(order.resource)))
    if len(named) > 1 and not all(code in judges.codes and judges.are_about([code], on) for code in named):
        return Doubts(not_clear=_SEVERAL_CODES.format(codes=", ".join(named[:_MOST_NAMED])), lacks_code=True)
    if not any(order is one for one in about.undecided):
        return Doubts()
    names_no_course = about.why_undecided is NOT_NAMED
    return Doubts(not_clear=about.why_undecided, lacks_code=names_no_course, names_no_course=names_no_course)


def _coverage_of(extension: Mapping[str, Any]) -> str:
    """The coverage that an extension informs about; '' of any other one. What others said of theirs stays."""
    parts = objects(extension, "extension") if extension.get("url") == URL else []
    named: Mapping[str, Any] = next(
        (one["valueReference"] for one in parts if isinstance(one.get("valueReference"), Mapping)), {}
    )
    return "/".join(text(named, "reference").split("/_history/", 1)[0].rsplit("/", 2)[-2:])


def _lacks_code(order: Mapping[str, Any]) -> bool:
    """Whether an order names its service in words alone, so that it is not known what is ordered."""
    return is_order(dict(order)) and bool(words_of_service(dict(order)))


def _facts_needed(
    order: Found, together: Sequence[Found], asked: _Asked, business: str, judges: Judges
) -> Sequence[Needed]:
    return facts_needed(order, together, asked.on, business, judges, has_performer=asked.has_performer)


def _with_coverage(order: Found, coverage: str) -> Found:
    """The order as if it were made under this coverage."""
    return order._replace(resource={**order.resource, "insurance": [{"reference": coverage}]})


def _coded_orders(asked: _Asked, judges: Judges) -> list[Found]:
    """The orders by a code that a policy lists."""
    return [order for order in asked.about.orders if set(billing_codes(order.resource)) & judges.codes]
