"""Says in a coverage-information extension whether an order is covered, what is lacking, and by which passages.

Sources: Da Vinci Coverage Requirements Discovery 2.0.1 and 2.2.1, extension ext-coverage-information.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from isocenter.fhir.asking.asked import Answer
from isocenter.fhir.settings import Payer
from isocenter.report.points import Point, rule_of
from isocenter.report.words import Effect, readable, within
from isocenter.terms.findings import ALL_WAS_READ, CourseRecommendation, Finding, Outcome
from isocenter.terms.problems import LostLine, NoDocument, Problem
from isocenter.terms.review import Review

Json = dict[str, Any]
URL = "http://hl7.org/fhir/us/davinci-crd/StructureDefinition/ext-coverage-information"
TEMPORARY_CODES = "http://hl7.org/fhir/us/davinci-crd/CodeSystem/temp"
VERSIONS = ("2.0", "2.2")
_UNKNOWN = {"2.0": "conditional", "2.2": "indeterminate"}
_VERSIONS_WITH_DETAIL_CODE = ("2.2",)  # of the information that is needed
_MOST_REASONS = 8
_MOST_REMARKS = 5


class Doubts(NamedTuple):
    """What keeps an order from being answered by the rules alone."""

    not_in_force: str = ""  # why the coverage does not count
    contradicted: str = ""  # where what was sent contradicts itself
    refused: str = ""  # why the rules would refuse what the order bills, whatever is said of its course
    unsupported: str = ""  # the document that has to show why the service is needed beside its course's own
    not_clear: str = ""  # why the service itself is not decided; then no documents are asked for yet
    lacks_code: bool = False  # a code is what is needed
    names_no_course: bool = False  # that of the course, without which it is not known whether authorization is needed


_NO_DOUBTS = Doubts()
_CORRECT_IT = (
    "What could not be read may change the decision: correct it and send it again; otherwise a person decides with the"
    " original."
)
_UNRECOGNIZED = (
    "no document of the policy's list was recognized in it; state what it shows in the answers to the questionnaire"
)


class Needed(NamedTuple):
    """A fact of the service that the rules lack: its code among those of `info-needed`, and why it is needed."""

    code: str
    reason: str


def coverage_information(
    answer: Answer,
    coverage: str,
    payer: Payer,
    on: date,
    version: str,
    questionnaire_url: str = "",
    doubts: Doubts = _NO_DOUBTS,
    needed: Sequence[Needed] = (),
) -> Json:
    """The extension for one order under one coverage; `version` is one of VERSIONS,
    `questionnaire_url` the questionnaire that asks for what is missing, `needed` the facts of the service that the
    rules lack.

    What no rule can decide is conditional or indeterminate, with its reason; nothing is answered by a bare yes, and a
    course is never refused here: what the rules would refuse waits for a clinician. A yes states the criteria that are
    met, each with its passage.
    """
    is_doubtful = doubts.not_in_force or doubts.contradicted or doubts.refused or doubts.not_clear
    covered = _UNKNOWN[version] if is_doubtful else _covered(answer, version)
    covered = "conditional" if covered == "covered" and doubts.unsupported else covered
    parts: list[Json] = [
        {"url": "coverage", "valueReference": {"reference": coverage}},
        {"url": "covered", "valueCode": covered},
        {"url": "pa-needed", "valueCode": _authorization(payer, doubts)},
    ]
    asks_for_documents = not doubts.not_clear and any(request.kind for request in answer.to_send)
    if asks_for_documents:
        parts.append({"url": "doc-needed", "valueCode": "clinical"})
        parts.append({"url": "doc-purpose", "valueCode": "withpa" if payer.authorization_is_needed else "withclaim"})
        if questionnaire_url:
            parts.append({"url": "questionnaire", "valueCanonical": questionnaire_url})
    if doubts.lacks_code and version in _VERSIONS_WITH_DETAIL_CODE:
        parts.append({"url": "info-needed", "valueCode": "detail-code"})
    elif covered == "conditional":
        parts.append({"url": "info-needed", "valueCode": "OTH"})
    parts += [{"url": "info-needed", "valueCode": fact.code} for fact in needed]
    if doubts.not_in_force:
        reason = {**_code("no-active-coverage"), "text": doubts.not_in_force}
        parts.append({"url": "reason", "valueCodeableConcept": reason})
    reasons = [doubts.not_clear] if doubts.not_clear else [*_reasons(answer), *(fact.reason for fact in needed)]
    refused = [one for one in (doubts.refused, doubts.unsupported) if one]
    reasons = [*reasons, *refused] if doubts.not_clear else [*refused, *reasons]
    reasons = [doubts.contradicted, *reasons] if doubts.contradicted else reasons
    parts += [{"url": "reason", "valueCodeableConcept": {"text": text}} for text in reasons]
    if version == "2.2":
        parts += [_policy_link(cites, payer) for cites in _passages(answer)] if payer.policy_url else []
    parts.append({"url": "date", "valueDate": on.isoformat()})
    parts.append({"url": "coverage-assertion-id", "valueString": answer.assertion_id})
    if payer.contact_phone:
        contact = {"system": "phone", "value": payer.contact_phone}
        value = {"valueContactPoint": contact} if version == "2.0" else {"valueContactDetail": {"telecom": [contact]}}
        parts.append({"url": "contact", **value})
    return {"url": URL, "extension": parts}


def _authorization(payer: Payer, doubts: Doubts) -> str:
    if not payer.authorization_is_needed:
        return "no-auth"
    return "conditional" if doubts.names_no_course else "auth-needed"


def _covered(answer: Answer, version: str) -> str:
    match answer.review.recommendation:
        case CourseRecommendation.COVER:
            return "covered"
        case CourseRecommendation.REQUEST_DOCUMENTATION:
            return "conditional"
        case _:
            return _UNKNOWN[version]


def _reasons(answer: Answer) -> list[str]:
    """Each open point, or where nothing is open each criterion that is met, as a sentence with its passage; and that a
    person decides where the rules cannot."""
    if answer.review.recommendation is CourseRecommendation.COVER:
        return [*reasons_of_yes(answer), *remarks_on_sent(answer.review)]
    reasons = open_reasons(answer.points)
    if answer.review.requires_clinician:
        reasons.insert(0, "A clinician has to decide; no automatic answer is given.")
    if not reasons:
        reasons.append("The rules cannot determine whether it is covered; a person decides.")
    return [*reasons[:_MOST_REASONS], *remarks_on_sent(answer.review)]


def reasons_of_yes(answer: Answer) -> list[str]:
    """The criteria of coverage that a course meets, each as a sentence with its passage."""
    return [_reason_of_met(answer, finding) for finding in _met(answer)][:_MOST_REASONS]


def open_reasons(points: Iterable[Point]) -> list[str]:
    """Each open point as a sentence with its passage, but for what could not be read: the remarks name that."""
    return [
        reason_of(point) for point in points if point.effect is not Effect.INFORM and point.first.rule != ALL_WAS_READ
    ]


def remarks_on_sent(review: Review, of_items: Collection[str] = (), said_before: str = "") -> tuple[str, ...]:
    """What is wrong with what came along with a question, such as a document that cannot be opened.

    What is wrong at the places `of_items` is said of each item, and `said_before` is not said again.
    The last one says where the decision waits for it.
    """
    found = [
        one
        for one in review.problems
        if not isinstance(one, LostLine) and one.place not in of_items and one.sentence != said_before.rstrip(".")
    ]
    said = [f"Of what was sent: {one.place or one.path}: {_sentence_of(one).rstrip('.')}." for one in found]
    rest = len(said) - _MOST_REMARKS
    waits = any(finding.rule == ALL_WAS_READ for finding in review.findings)
    return (
        *said[:_MOST_REMARKS],
        *([f"Of what was sent: {rest} more remarks."] if rest > 0 else []),
        *([_CORRECT_IT] if waits else []),
    )


def _sentence_of(problem: Problem) -> str:
    return _UNRECOGNIZED if isinstance(problem, NoDocument) else problem.sentence


def reason_of(point: Point) -> str:
    """What is open, why, and by which passage of the policy."""
    cites = f" [{point.first.cites}]" if point.first.cites else ""
    return f"{point.title}: {point.first.because}{cites}" if point.first.because else f"{point.title}{cites}"


def _met(answer: Answer) -> list[Finding]:
    """The criteria of coverage that the course meets."""
    return [finding for finding in answer.review.findings if finding.outcome is Outcome.MET and finding.cites]


def _reason_of_met(answer: Answer, finding: Finding) -> str:
    rule = rule_of(finding, answer.rulebooks)
    return f"Met: {within(rule.title if rule else readable(finding.rule))} [{finding.cites}]"


def _passages(answer: Answer) -> list[str]:
    """The passages that the answer rests on, each once: of what is open, and of a yes what it rests on."""
    cites = [point.first.cites for point in answer.points]
    if answer.review.recommendation is CourseRecommendation.COVER:
        cites += [finding.cites for finding in _met(answer)]
    return list(dict.fromkeys(one for one in cites if one))


def passage_links(answer: Answer, payer: Payer) -> Iterable[tuple[str, str]]:
    """Name and address of each passage that the answer rests on; none where the payer names no address."""
    return [(cites, address_of(cites, payer)) for cites in _passages(answer)] if payer.policy_url else []


def address_of(cites: str, payer: Payer) -> str:
    """The address of a passage: that of the policy with the section and paragraph behind '#'."""
    anchor = "-".join("".join(letter if letter.isalnum() else " " for letter in cites.lower()).split())
    return f"{payer.policy_url}#{anchor}"


def _policy_link(cites: str, payer: Payer) -> Json:
    return {
        "url": "detail",
        "extension": [
            {"url": "category", "valueCodeableConcept": _code("cat-other")},
            {"url": "code", "valueCodeableConcept": _code("policy-link")},
            {"url": "value", "valueUrl": address_of(cites, payer)},
            {"url": "qualification", "valueString": cites},
        ],
    }


def _code(code: str) -> Json:
    return {"coding": [{"system": TEMPORARY_CODES, "code": code}]}
