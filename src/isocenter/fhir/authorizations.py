"""Answers requests for prior authorization: certified, pended with the exact request, or modified; never refused.

Sources: Da Vinci Prior Authorization Support 2.0.1 and 2.2.1; the codes of review actions are those that the guide's
own examples show.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

from isocenter.errors import UnreadableInput
from isocenter.fhir.asked import Answer, Judges, answer, doubted, names_no_course
from isocenter.fhir.contradictions import why_contradicted
from isocenter.fhir.course_services import NOT_IMPLIED, NOT_NAMED, NOT_OF_POLICY, may_belong, services_of_course
from isocenter.fhir.coverage_information import open_reasons, reason_of, reasons_of_yes, remarks_on_sent
from isocenter.fhir.days_of_service import why_not_ahead
from isocenter.fhir.problems import Refused
from isocenter.intake.fhir.belonging import Person, Whose
from isocenter.intake.fhir.coverages import why_not_covered
from isocenter.intake.fhir.kinds import BILLS
from isocenter.intake.fhir.people import counts_for_patient, day_of, why_not_living
from isocenter.intake.fhir.references import Directory, codes, extension, objects, references_in, text
from isocenter.intake.fhir.resources import Found
from isocenter.intake.fhir.services import why_not_dated
from isocenter.intake.fhir_r4 import FhirRows, read_found
from isocenter.report.points import Point
from isocenter.report.words import Effect
from isocenter.rulebook import applies
from isocenter.rulebook.policy import GroupRole
from isocenter.rulebook.rulebook import Rulebook
from isocenter.terms.claims import ClaimLine
from isocenter.terms.courses import Course
from isocenter.terms.findings import CourseRecommendation, LineRecommendation, Outcome, ReviewedLine
from isocenter.terms.problems import LostLine

Json = dict[str, Any]
GUIDE = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/"
CERTIFIED, DENIED, PENDED, MODIFIED = "A1", "A3", "A4", "A6"
CANCELLED = ""  # of X12's codes of review actions the guide's examples show none for it
_CANCEL = "3"  # certification type (X12 element 1322), as the guide's examples show it
_MOST_NOTES = 20
_MOST_ITEMS = 999  # lines of an institutional claim
_NO_REQUEST = ("draft", "entered-in-error")  # a cancelled claim is a cancellation
_LISTS = ("identifier", "extension", "modifierExtension", "related", "careTeam", "supportingInfo", "diagnosis",
          "procedure", "insurance", "contained")  # fmt: skip
_OBJECTS = ("priority", "insurer", "provider")
_LARGEST_NUMBER = 2**31 - 1  # of FHIR's positiveInt
_NOT_READ = "A person decides, because the service could not be read"
_PRINCIPAL = 1  # the place of a diagnosis
_BY_A_CLINICIAN = "A clinician has to decide; no automatic answer is given."


class Determination(NamedTuple):
    """What a person determined of a pended request; `items` where the person decided item by item."""

    action: str  # CERTIFIED or DENIED
    reason: str
    reviewer_name: str
    reviewer_npi: str
    reviewer_specialty: str
    determined_on: date
    items: Mapping[int, "Decision"] = {}


class Decision(NamedTuple):
    """What is answered for one item, the units that would be certified, and why."""

    action: str
    units: int | None
    notes: tuple[str, ...]


class Asked(NamedTuple):
    """A request as it was sent, and what of it is judged: without the items and documents that it cancels."""

    claim: Json
    resources: list[Found]
    judged: list[Found]
    cancelled: frozenset[int]  # sequences of items
    is_cancellation: bool  # of the whole request
    earlier_subjects: tuple[str, ...]  # identifiers of the request that this one changes
    earlier_addresses: tuple[str, ...]

    @property
    def changes_earlier(self) -> bool:
        """Whether an earlier request is changed or cancelled."""
        return bool(self.earlier_subjects or self.earlier_addresses)


def claim_of(bundle: Mapping[str, Any]) -> Asked:
    """The claim of a request bundle, with what it cancels and which earlier claim it changes.

    Raises Refused (400) where the bundle is not one, its claim is not first, not alone or no preauthorization, or where
    a reference leads to nothing. A claim that the first one names as related may come along.
    """
    if bundle.get("resourceType") != "Bundle":
        raise Refused(400, "structure", "a Bundle is expected", "Bundle")
    found = _entries(bundle)
    if not found or found[0].resource.get("resourceType") != "Claim":
        raise Refused(400, "structure", "the first entry has to be the Claim", "Bundle.entry[0].resource")
    for one in found:
        if not isinstance(one.resource.get("id", ""), str) or not text(one.resource, "resourceType"):
            raise Refused(400, "structure", "a resource has a resourceType, and its id is a text", one.place)
    claim = dict(found[0].resource)
    directory = Directory(found)
    related = _related_claims(claim, directory)
    others = [one for one in found[1:] if one.resource.get("resourceType") in BILLS]
    if any(not any(one.resource is known for known in related.values()) for one in others):
        raise Refused(400, "structure", "the bundle holds several claims; send one at a time", "Bundle.entry")
    if claim.get("use") != "preauthorization":
        raise Refused(400, "value", f"use is {claim.get('use')!r}; preauthorization is expected", "Claim.use")
    if text(claim, "status") in _NO_REQUEST:
        raise Refused(400, "value", f"status is {claim['status']}; active is expected", "Claim.status")
    _expect_shapes(claim)
    if not objects(claim, "item"):
        raise Refused(400, "required", "the claim has no item; one for each service is expected", "Claim.item")
    _expect_items(claim)
    if not subject_of(claim):
        raise Refused(400, "required", "the request has no identifier by which it is known", "Claim.identifier")
    _expect_one_patient(claim, found)
    for path, reference in references_in({**claim, "related": []}, "Claim"):
        address = text(reference, "reference")
        if address and not address.startswith("#") and directory.at(address, claim) is None:
            raise Refused(400, "not-found", f"{address} is not in the bundle", path)
    return _asked(claim, found, related)


def _entries(bundle: Mapping[str, Any]) -> list[Found]:
    """The resources of a request; Refused (400) where an entry holds none."""
    entries = bundle.get("entry", [])
    if not isinstance(entries, list):
        raise Refused(400, "structure", "a list of entries is expected", "Bundle.entry")
    found = []
    for number, one in enumerate(entries):
        resource = one.get("resource") if isinstance(one, Mapping) else None
        if not isinstance(resource, Mapping):
            raise Refused(400, "structure", "an entry with its resource is expected", f"Bundle.entry[{number}]")
        found.append(Found(dict(resource), "request", f"Bundle.entry[{number}].resource", text(one, "fullUrl")))
    return found


def _expect_shapes(claim: Json) -> None:
    """Refused (400) where a member has another shape, so that it would be passed over; null counts as absent."""
    for name in _LISTS:
        held = claim.get(name)
        if held is not None and not (isinstance(held, list) and all(isinstance(one, Mapping | None) for one in held)):
            raise Refused(400, "structure", "a list of objects is expected", f"Claim.{name}")
    for name in _OBJECTS:
        if not isinstance(claim.get(name), Mapping | None):
            raise Refused(400, "structure", "an object is expected", f"Claim.{name}")


def _expect_items(claim: Json) -> None:
    if len(claim["item"]) > _MOST_ITEMS:
        raise Refused(400, "too-costly", f"{len(claim['item']):,} items; at most {_MOST_ITEMS} are read", "Claim.item")
    for place, item in enumerate(claim["item"]):
        if not isinstance(item, Mapping) or sequence_of(item) < 1:
            sentence = "an item with its sequence, a number from 1, is expected"
            raise Refused(400, "structure", sentence, f"Claim.item[{place}]")
    sequences = [sequence_of(item) for item in claim["item"]]
    if len(set(sequences)) < len(sequences):
        raise Refused(400, "duplicate", "two items have the same sequence", "Claim.item.sequence")


def _expect_one_patient(claim: Json, found: Sequence[Found]) -> None:
    person = Person.of(claim.get("patient"), Directory(found), claim)
    if not person.patient_id:
        raise Refused(400, "required", "the request does not refer to its patient", "Claim.patient")
    for one in found[1:]:
        whose = person.whose(one.resource) if counts_for_patient(one.resource) else Whose.OWN
        if whose is Whose.ANOTHERS:
            raise Refused(400, "invalid", "the document is of another patient than the request", f"{one.place}.subject")
        if whose is Whose.UNKNOWN:
            sentence = "the patient of the document cannot be determined; refer to the patient of the request"
            raise Refused(400, "invalid", sentence, f"{one.place}.subject")


def _related_claims(claim: Json, directory: Directory) -> dict[str, Mapping[str, Any] | None]:
    """The claims that one names as prior to it, by their addresses; None where they did not come along."""
    return {text(one, "reference"): directory.resolve(one, claim) for one in _prior_to(claim)}


def _prior_to(claim: Json) -> list[Mapping[str, Any]]:
    """The references to claims that one changes; another relationship, such as associated, changes nothing."""
    return [
        one["claim"]
        for one in objects(claim, "related")
        if isinstance(one.get("claim"), Mapping) and "prior" in (codes(one.get("relationship")) or ["prior"])
    ]


def _asked(claim: Json, found: Sequence[Found], related: Mapping[str, Mapping[str, Any] | None]) -> Asked:
    held = [one.get("identifier") for one in _prior_to(claim)]
    subjects = [identifier_text(one) for one in held if isinstance(one, Mapping)]
    subjects += [subject_of(earlier) for earlier in related.values() if earlier is not None]
    is_withdrawn = claim.get("status") == "cancelled" or is_cancelled(claim)
    if is_withdrawn and not related and not subjects:
        subjects = [subject_of(claim)]  # a request may be cancelled under its own identifier
    items, told = objects(claim, "item"), objects(claim, "supportingInfo")
    cancelled = frozenset(sequence_of(item) for item in items if is_withdrawn or is_cancelled(item))
    standing = {
        **claim,
        "item": [item for item in items if sequence_of(item) not in cancelled],
        **({"supportingInfo": [one for one in told if not is_cancelled(one)]} if told else {}),
    }
    directory = Directory(found)
    dropped = [directory.resolve(one.get("valueReference"), claim) for one in told if is_cancelled(one)]
    dropped += list(related.values())
    judged = [one for one in found[1:] if not any(one.resource is gone for gone in dropped)]
    return Asked(
        claim,
        list(found),
        [found[0]._replace(resource=standing), *judged],
        cancelled,
        len(cancelled) == len(items),
        tuple(one for one in subjects if one),
        tuple(address for address in related if address),
    )


def is_cancelled(value: Mapping[str, Any]) -> bool:
    """Whether an item, a piece of information or a whole claim is marked as cancelled."""
    flags = [one for one in objects(value, "modifierExtension") if text(one, "url").endswith("infoCancelled")]
    kind = extension(value, "extension-certificationType")
    return any(one.get("valueBoolean") is True for one in flags) or bool(
        kind and _CANCEL in codes(kind.get("valueCodeableConcept"))
    )


def subject_of(claim: Mapping[str, Any]) -> str:
    """What a request is known by: its first identifier, else its id."""
    for one in objects(claim, "identifier"):
        if text(one, "value"):
            return identifier_text(one)
    return text(claim, "id")


def identifier_text(identifier: Mapping[str, Any]) -> str:
    """An identifier as one text: its system and value."""
    return f"{text(identifier, 'system')}|{text(identifier, 'value')}"


def decide(asked: Asked, judges: Judges, today: date, beside: str = "") -> tuple[dict[int, Decision], Answer]:
    """The decision for each item in force, by its sequence, and the answer about the course.

    The course decides: what would be covered is certified, anything else is pended for a person or for documents.
    Where the course would be covered, units beyond what the policy allows modify an item; under a coverage that is not
    in force, and without the day of the request, nothing is certified. `today` is the day of the answer,
    `beside` what else distinguishes this request from another one. Raises Refused (400) where no course can be
    identified.
    """
    found, items = asked.judged, objects(asked.judged[0].resource, "item")
    directory = Directory(asked.resources)
    doubt = why_not_covered(asked.claim, items, directory) or why_not_dated(asked.claim, today)
    patient = directory.resolve(asked.claim.get("patient"), asked.claim)
    try:
        read = read_found(found, questions=judges.all.questions)
        unread = _unread(read, asked.judged[0], items)
        if len(unread) == len(items) and not any(isinstance(row, Course) for row in read.rows):
            read.rows.append(Course(text(asked.claim, "id") or "request", ""))
        course = answer(read, judges.deciding)
        lines = answer(read, judges.all, with_lines=True, beside=f"{beside} {doubt}".strip())
    except UnreadableInput as wrong:
        raise Refused(400, "invalid", str(wrong), "Claim.item") from None
    contradicted = (
        ""
        if doubt
        else why_contradicted(read, course.review, judges.rulebooks, today, day_of(text(asked.claim, "created")))
    )
    not_meant = _not_meant(lines, asked.claim, patient)
    doubt = doubt or contradicted
    course = replace(course, assertion_id=lines.assertion_id)  # the items asked for are part of the question
    course = doubted(course, " ".join((contradicted, *(one.notes[0] for one in not_meant.values()))).strip())
    if _names_no_course(lines):
        return _outside(lines, items, judges, doubt, unread), replace(course, to_send=())
    of_items = {one.place for one in read.problems if isinstance(one, LostLine)}
    remarks = remarks_on_sent(course.review, of_items, doubt)
    notes = tuple(open_reasons(course.points)[:_MOST_NOTES])
    notes = (doubt, *notes, *remarks) if doubt else (*notes, *remarks)
    if course.review.recommendation is not CourseRecommendation.COVER or doubt:
        pended = Decision(PENDED, None, notes or (_BY_A_CLINICIAN,))
        return {sequence_of(item): unread.get(sequence_of(item), pended) for item in items}, course
    numbers = {row.claim_line_id: row.line_number for row in lines.review.facts["claim_lines"]}
    by_number = {numbers[line.claim_line_id]: line for line in lines.review.lines}
    implied, rests_on = services_of_course(lines, judges), (*reasons_of_yes(course), *remarks)
    decided: dict[int, Decision] = {}
    for item in items:
        number = sequence_of(item)
        line = by_number.get(number)
        if line is None or number in unread:
            decided[number] = unread.get(number, Decision(PENDED, None, (f"{_NOT_READ}.",)))
        else:
            is_implied = line.claim_line_id in implied
            decided[number] = not_meant.get(number) or _decision(line, lines.points, rests_on, is_implied=is_implied)
    return decided, course


def _not_meant(lines: Answer, claim: Json, patient: Mapping[str, Any] | None) -> dict[int, Decision]:
    """The services that can hardly be meant, which wait for a person, by the numbers of their items.

    Their day is long after the request, or after the patient's death; they are for another diagnosis than the first of
    the request; or more deliveries are asked for than their period has days.
    """
    asked_on = day_of(text(claim, "created"))
    notes = {
        row.line_number: why_not_living(patient, row.service_date)
        or (why_not_ahead(row.service_date, asked_on) if asked_on else "")
        or _why_not_for_it(row)
        or _why_too_often(row, lines.rulebooks)
        for row in lines.review.facts.get("claim_lines", ())
    }
    return {number: Decision(PENDED, None, (note,)) for number, note in notes.items() if note}


def _why_not_for_it(line: ClaimLine) -> str:
    """Why a service is not for the diagnosis by which its course is judged; '' where it names that one, or none."""
    named = (line.diagnosis_pointer_1, line.diagnosis_pointer_2, line.diagnosis_pointer_3, line.diagnosis_pointer_4)
    if _PRINCIPAL in named or not any(named):
        return ""
    return "The service is for another diagnosis than the first of the request; a person decides."


def _why_too_often(line: ClaimLine, rulebooks: Sequence[Rulebook]) -> str:
    """Why a treatment can hardly be delivered as often as is asked for; of one day it is not known over which."""
    if line.last_service_date is None:
        return ""
    delivers = any(
        {*book.code_lists_of(line.procedure_code, line.service_date)} & {*book.policy.course_roles.delivers}
        for book in rulebooks
    )
    days = (line.last_service_date - line.service_date).days + 1
    if not delivers or line.units <= days:
        return ""
    return f"{line.units:,} deliveries are asked for within {days:,} days; a person decides."


def _names_no_course(lines: Answer) -> bool:
    """Whether the services asked for name no course that the policies are about, whoever the member is."""
    return names_no_course(lines.review, lines.rulebooks) and not any(
        finding.rule == applies.NAME and finding.outcome is not Outcome.MET for finding in lines.review.findings
    )


def _outside(
    lines: Answer,
    items: Sequence[Mapping[str, Any]],
    judges: Judges,
    doubt: str,
    unread: Mapping[int, Decision],
) -> dict[int, Decision]:
    """The items of a request that names no course of the policies: each waits for a person, or for what names one."""
    rows = {row.line_number: row for row in lines.review.facts["claim_lines"]}
    decided: dict[int, Decision] = {}
    for number in map(sequence_of, items):
        row = rows.get(number)
        if number in unread or row is None:
            decided[number] = unread.get(number, Decision(PENDED, None, (f"{_NOT_READ}.",)))
            continue
        why = NOT_NAMED if may_belong([row.procedure_code], row.service_date, judges) else NOT_OF_POLICY
        decided[number] = Decision(PENDED, None, (doubt, why) if doubt else (why,))
    return decided


def _decision(line: ReviewedLine, points: Sequence[Point], rests_on: tuple[str, ...], *, is_implied: bool) -> Decision:
    """What is decided of a service of a course that would be covered; `points` are those of all services.

    `rests_on` says by which criteria the course is covered, and what of the request was passed over.
    What the record of the treatment still has to show comes with the claim, and hides no unit beyond those allowed.
    """
    own = [one for one in points if line in one.lines]
    if line.recommendation in (LineRecommendation.DENY, LineRecommendation.REVIEW, LineRecommendation.NOT_JUDGED):
        reasons = tuple(reason_of(one) for one in own if one.effect is not Effect.REQUEST)
        reasons = reasons or tuple(reason_of(one) for one in points if one.rule and one.rule.role is GroupRole.SCOPE)
        return Decision(PENDED, None, reasons or ("No rule of the policy judges this service.",))
    reduced = tuple(reason_of(one) for one in own if one.effect is Effect.REDUCE)
    needed = tuple(reason_of(one) for one in own if _is_needed_before(one))
    if needed or (reduced and not line.units_allowed):
        return Decision(PENDED, None, (*needed, *reduced))
    if reduced:
        return Decision(MODIFIED, line.units_allowed, (*reduced, *rests_on))
    if not is_implied:
        return Decision(PENDED, None, (NOT_IMPLIED,))
    return Decision(CERTIFIED, line.units, rests_on)


def _unread(read: FhirRows, claim: Found, items: Sequence[Mapping[str, Any]]) -> dict[int, Decision]:
    """The items that could not be read, each pended with what is wrong with it."""
    wrong = {one.place: one.sentence for one in read.problems if isinstance(one, LostLine)}
    return {
        sequence_of(item): Decision(PENDED, None, (f"{_NOT_READ}: {wrong[place]}.",))
        for number, item in enumerate(items)
        if (place := f"{claim.place}.item[{number}]") in wrong
    }


def _is_needed_before(point: Point) -> bool:
    """Whether a document is needed before the service; what the record of the treatment shows comes with the claim."""
    is_after = point.rule is not None and (point.rule.role is GroupRole.RECORD or point.rule.is_after_service)
    return point.effect is Effect.REQUEST and not is_after


def sequence_of(item: Mapping[str, Any]) -> int:
    """The number by which a request refers to an item; 0 where it has none."""
    value = item.get("sequence")
    is_number = isinstance(value, int) and not isinstance(value, bool) and value <= _LARGEST_NUMBER
    return value if is_number else 0  # type: ignore[return-value]


def determined(decisions: Mapping[int, Decision], determination: Determination) -> dict[int, Decision]:
    """The decisions after a person determined the items that were pended."""
    note = (determination.reason,) if determination.reason else ()
    ended = {sequence: Decision(determination.action, one.units, note) for sequence, one in decisions.items()}
    return {
        sequence: _with_passages(determination.items.get(sequence, ended[sequence]), one)
        if one.action == PENDED
        else one
        for sequence, one in decisions.items()
    }


def _with_passages(ended: Decision, pended: Decision) -> Decision:
    """What a person refused, as a whole or in part, with each point that was open then and its passage."""
    if ended.action not in (DENIED, MODIFIED):
        return ended
    still_open = tuple(f"Open when it was determined: {note}" for note in pended.notes)
    return ended._replace(notes=(*ended.notes, *still_open))
