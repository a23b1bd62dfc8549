"""Decides requests for prior authorization: certified, pended with the exact request, or modified; never refused.

Sources: Da Vinci Prior Authorization Support 2.0.1 and 2.2.1; the codes of review actions are those that the guide's
own examples show.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

from isocenter.errors import UnreadableInput
from isocenter.fhir.asking.asked import Answer, Judges, answer, doubted, names_no_course, read_asked
from isocenter.fhir.asking.course_services import NOT_IMPLIED, NOT_NAMED, NOT_OF_POLICY, may_belong, services_of_course
from isocenter.fhir.asking.coverage_information import open_reasons, reason_of, reasons_of_yes, remarks_on_sent
from isocenter.fhir.asking.days_of_service import why_written_ahead, why_years_apart
from isocenter.fhir.authorizations.asked_claims import Asked, sequence_of
from isocenter.fhir.doubts.contradictions import why_contradicted
from isocenter.fhir.doubts.disease_doubts import why_elsewhere
from isocenter.fhir.doubts.named_otherwise import why_beside_protons, why_named_otherwise
from isocenter.fhir.doubts.order_wishes import why_for_testing
from isocenter.fhir.doubts.request_doubts import why_not_ordered
from isocenter.fhir.doubts.tumors import why_not_of_patient, why_several_tumors, why_too_young
from isocenter.fhir.problems import Refused
from isocenter.intake.fhir.coverages import why_not_covered
from isocenter.intake.fhir.people import day_of, why_no_age, why_not_living
from isocenter.intake.fhir.references import Directory, objects, text
from isocenter.intake.fhir.resources import Found
from isocenter.intake.fhir.services import day_of_request, why_not_dated
from isocenter.intake.fhir_r4 import FhirRows
from isocenter.report.points import Point
from isocenter.report.words import Effect
from isocenter.rulebook import applies
from isocenter.rulebook.policy import GroupRole
from isocenter.rulebook.rulebook import Rulebook
from isocenter.terms.claims import ClaimDiagnosis, ClaimLine, Diagnosis
from isocenter.terms.courses import Course
from isocenter.terms.findings import ALL_WAS_READ, CourseRecommendation, LineRecommendation, Outcome, ReviewedLine
from isocenter.terms.problems import LostLine

Json = dict[str, Any]
GUIDE = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/"
CERTIFIED, DENIED, PENDED, MODIFIED = "A1", "A3", "A4", "A6"
CANCELLED = ""  # of X12's codes of review actions the guide's examples show none for it
_MOST_NOTES = 20
_NOT_READ = "A person decides, because the service could not be read"
_EXPECTED_TO_BE_REFUSED = ("GA", "GX", "GY", "GZ")  # of Medicare, by which the provider says so
_PRINCIPAL = 1  # the place of a diagnosis
_BY_A_CLINICIAN = "A clinician has to decide; no automatic answer is given."


class Determination(NamedTuple):
    """What a person determined of a pended request; `items` where the person decided item by item.

    `rules` are the policy and name of each rule that the person gave as the reason for a refusal of the whole.
    """

    action: str  # CERTIFIED or DENIED
    reason: str
    reviewer_name: str
    reviewer_npi: str
    reviewer_specialty: str
    determined_on: date
    items: Mapping[int, "Decision"] = {}
    rules: tuple[tuple[str, str], ...] = ()


class Decision(NamedTuple):
    """What is answered for one item, the units that would be certified, and why."""

    action: str
    units: int | None
    notes: tuple[str, ...]
    rules: tuple[tuple[str, str], ...] = ()  # policy and rule of each open point, or that a person named


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
        read = read_asked(found, found[0].resource, judges.all, today)
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
        else why_named_otherwise(found, judges)
        or why_beside_protons(found)
        or why_for_testing(one.resource for one in asked.resources)
        or why_not_ordered(asked.claim, directory, today)
        or why_written_ahead((one.resource for one in asked.resources), today)
        or why_elsewhere(
            (one["bodySite"] for one in items if isinstance(one.get("bodySite"), Mapping)),
            [row.icd10 for row in read.rows if isinstance(row, Diagnosis | ClaimDiagnosis)],
        )
        or why_contradicted(read, course.review, judges.rulebooks, today, day_of(text(asked.claim, "created")))
        or why_not_of_patient(read, patient)
        or why_too_young(read, patient, day_of_request(asked.claim) or today)
        or why_several_tumors(read, judges.rulebooks)
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
        pended = Decision(PENDED, None, notes or (_BY_A_CLINICIAN,), _rules_of(course.points))
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

    Their day is long before or after the request, or after the patient's death; they are for another diagnosis than the
    first of the request; their provider does not expect payment; or more deliveries are asked for than
    their period has days.
    """
    asked_on = day_of(text(claim, "created"))
    notes = {
        row.line_number: why_not_living(patient, row.service_date)
        or (why_years_apart(row.service_date, asked_on) if asked_on else "")
        or why_no_age(patient, row.service_date)
        or _why_not_for_it(row)
        or _why_not_expected(row)
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


def _why_not_expected(line: ClaimLine) -> str:
    """Why a service is asked for that its provider expects to be refused, by its modifier; '' without one."""
    modifiers = (line.modifier_1, line.modifier_2, line.modifier_3, line.modifier_4)
    stated = next((one for one in modifiers if one in _EXPECTED_TO_BE_REFUSED), "")
    return (
        f"The modifier {stated} says that the service is not expected to be covered; a person decides."
        if stated
        else ""
    )


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
        of_it = [one for one in own if one.effect is not Effect.REQUEST]
        of_it = of_it or [one for one in points if one.rule and one.rule.role is GroupRole.SCOPE]
        reasons = tuple(map(reason_of, of_it))
        return Decision(PENDED, None, reasons or ("No rule of the policy judges this service.",), _rules_of(of_it))
    reduced = tuple(reason_of(one) for one in own if one.effect is Effect.REDUCE)
    needed = tuple(reason_of(one) for one in own if _is_needed_before(one))
    if needed or (reduced and not line.units_allowed):
        of_it = [one for one in own if _is_needed_before(one)] + [one for one in own if one.effect is Effect.REDUCE]
        return Decision(PENDED, None, (*needed, *reduced), _rules_of(of_it))
    if reduced:
        return Decision(MODIFIED, line.units_allowed, (*reduced, *rests_on))
    if not is_implied:
        return Decision(PENDED, None, (NOT_IMPLIED,))
    return Decision(CERTIFIED, line.units, rests_on)


def _rules_of(points: Iterable[Point]) -> tuple[tuple[str, str], ...]:
    """The policy and the rule of each point that is open, each once."""
    is_open = (one for one in points if one.effect is not Effect.INFORM and one.first.rule != ALL_WAS_READ)
    return tuple(dict.fromkeys((one.first.policy, one.first.rule) for one in is_open))


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


def determined(decisions: Mapping[int, Decision], determination: Determination) -> dict[int, Decision]:
    """The decisions after a person determined the items that were pended."""
    note = (determination.reason,) if determination.reason else ()
    action, rules = determination.action, determination.rules
    ended = {sequence: Decision(action, one.units, note, rules) for sequence, one in decisions.items()}
    return {
        sequence: _with_passages(determination.items.get(sequence, ended[sequence]), one)
        if one.action == PENDED
        else one
        for sequence, one in decisions.items()
    }


def _with_passages(ended: Decision, pended: Decision) -> Decision:
    """What a person refused, as a whole or in part, with each point that was open then and its passage.

    A rule that the person named is the reason for the refusal in place of those that were open.
    """
    if ended.action not in (DENIED, MODIFIED):
        return ended
    still_open = tuple(f"Open when it was determined: {note}" for note in pended.notes)
    return ended._replace(notes=(*ended.notes, *still_open), rules=ended.rules or pended.rules)


def waits(decisions: Mapping[int, Decision]) -> bool:
    """Whether some item of a request waits for a person or for documents."""
    return any(one.action == PENDED for one in decisions.values())
