"""The chart as a reviewer checks it: the conditions of necessity, the documents asked for, who signed what and when."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from string import ascii_uppercase
from typing import Any

from isocenter.report.requests import Request
from isocenter.report.words import readable, sentence
from isocenter.rulebook.policy import GroupRole
from isocenter.rulebook.rulebook import DocumentElementKind, Rulebook
from isocenter.terms.chart import Document, DocumentElement, Signature
from isocenter.terms.findings import Evidence, Finding, Outcome
from isocenter.terms.review import Review


class Presence(StrEnum):
    """Whether the chart holds a kind of document, and whether anything in it is asked for."""

    MISSING = "missing"
    INCOMPLETE = "to be completed"
    PRESENT = "present"
    NOT_ASKED = "not asked for"


class PlanSays(StrEnum):
    """What the plan shows about a condition."""

    SUPPORTS = "supports it"
    CONTRADICTS = "contradicts it"
    LEAVES_OPEN = "leaves it open"
    NOT_STATED = "does not show it"
    NOT_ASSESSED = "not assessed"
    NOT_WEIGHED = "no rule weighs it"
    NOT_MEASURED = "no plan was measured"


_PLAN_SAYS = {  # the gravest first
    Evidence.CONTRADICTS: PlanSays.CONTRADICTS,
    Evidence.SUPPORTS: PlanSays.SUPPORTS,
    Evidence.LEAVES_OPEN: PlanSays.LEAVES_OPEN,
    Evidence.NOT_STATED: PlanSays.NOT_STATED,
}


@dataclass(frozen=True, slots=True)
class ChartDocument:
    """One document of the chart with what it states and who signed it, and the letter it is shown by."""

    letter: str
    document: Document
    elements: tuple[DocumentElement, ...]
    signatures: tuple[Signature, ...]

    @property
    def name(self) -> str:
        """The kind of document, as words."""
        return readable(self.document.kind)


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of necessity: where it is documented, and what the plan says about it."""

    requirement: str
    label: str
    documents: tuple[ChartDocument, ...]
    details: tuple[str, ...]
    plan: PlanSays
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class AskedElement:
    """One thing that a kind of document is asked to state in this case."""

    requirement: str
    label: str
    where: tuple[tuple[str, str], ...]  # letter of the document, detail
    is_asked_for: bool


@dataclass(frozen=True, slots=True)
class AskedDocument:
    """One kind of document that the rules asked for in this case."""

    kind: str
    documents: tuple[ChartDocument, ...]
    elements: tuple[AskedElement, ...]
    points: tuple[int, ...]  # that ask for it

    @property
    def name(self) -> str:
        """The kind of document, as words."""
        return readable(self.kind)

    @property
    def presence(self) -> Presence:
        """Missing or to be completed where a point asks for it."""
        if self.points:
            return Presence.INCOMPLETE if self.documents else Presence.MISSING
        return Presence.PRESENT if self.documents else Presence.NOT_ASKED


def chart_documents(review: Review) -> tuple[ChartDocument, ...]:
    """The documents of the course by date, lettered A, B, ... for pictures and tables."""
    own = [row for row in review.facts.get("documents", ()) if row.course_id == review.course.course_id]
    own.sort(key=lambda row: (row.document_date or date.max, row.document_id))
    elements = _by_document(review.facts.get("document_elements", ()))
    signatures = _by_document(review.facts.get("signatures", ()))
    return tuple(
        ChartDocument(
            letter=_letter(place),
            document=document,
            elements=tuple(elements.get(document.document_id, ())),
            signatures=tuple(signatures.get(document.document_id, ())),
        )
        for place, document in enumerate(own)
    )


def conditions_of_necessity(review: Review, rulebooks: Sequence[Rulebook]) -> tuple[Condition, ...]:
    """The reasons of which one is enough, in the policies' order; none where no loaded policy lists them."""
    documents = chart_documents(review)
    applied = [book for book in rulebooks if not _is_out_of_scope(book, review)] or rulebooks
    listed = {entry.name: entry for book in applied for entry in book.conditions}
    requirements = Counter(entry.requirement for entry in listed.values())
    shared = {book.policy.necessity_requirement for book in applied}
    found = []
    for condition in listed.values():
        asked = [entry for book in rulebooks for entry in book.documents if entry.element == condition.name]
        stated = [
            (document, element)
            for document in documents
            for element in document.elements
            if any(_is_stated(entry, document, element) for entry in asked)
        ]
        is_alone = requirements[condition.requirement] == 1 and condition.requirement not in shared
        findings = _findings_on(condition.requirement, review, requirements) if is_alone else []
        found.append(
            Condition(
                requirement=condition.requirement,
                label=sentence(condition.label).rstrip("."),
                documents=tuple({document.letter: document for document, _ in stated}.values()),
                details=tuple(element.detail for _, element in stated if element.detail),
                plan=_what_the_plan_says(findings, review) if is_alone else PlanSays.NOT_WEIGHED,
                findings=tuple(findings),
            )
        )
    return tuple(found)


def _is_out_of_scope(rulebook: Rulebook, review: Review) -> bool:
    """Whether one of a policy's rules on its scope found that it does not apply to the course."""
    of_scope = {rule.name for rule in rulebook.rules if rule.role is GroupRole.SCOPE}
    return any(
        finding.policy == rulebook.name and finding.rule in of_scope and finding.outcome is Outcome.NOT_APPLICABLE
        for finding in review.findings
    )


def asked_documents(
    review: Review, rulebooks: Sequence[Rulebook], asked: Sequence[Request]
) -> tuple[AskedDocument, ...]:
    """Each kind of document that the rules looked for in this case or that the chart holds."""
    documents = chart_documents(review)
    held = {document.document.kind for document in documents}
    points: dict[str, list[int]] = {}
    for request in asked:
        points.setdefault(request.kind, []).extend(request.points)
    looked_for = _outcomes_by_requirement(review)
    kinds: dict[str, list[AskedElement]] = {}
    for entry in (entry for rulebook in rulebooks for entry in rulebook.documents):
        if entry.requirement in looked_for or entry.kind in held or entry.kind in points:
            outcomes = looked_for.get(entry.requirement, set())
            kinds.setdefault(entry.kind, []).append(_asked_element(entry, documents, outcomes))
    return tuple(
        AskedDocument(
            kind=kind,
            documents=tuple(document for document in documents if document.document.kind == kind),
            elements=tuple(elements),
            points=tuple(sorted(set(points.get(kind, ())))),
        )
        for kind, elements in kinds.items()
    )


def _asked_element(
    entry: DocumentElementKind, documents: Sequence[ChartDocument], outcomes: set[Outcome]
) -> AskedElement:
    where = tuple(
        (document.letter, element.detail)
        for document in documents
        for element in document.elements
        if _is_stated(entry, document, element)
    )
    return AskedElement(entry.requirement, entry.label, where, not where and Outcome.NOT_DOCUMENTED in outcomes)


def _is_stated(entry: DocumentElementKind, document: ChartDocument, element: DocumentElement) -> bool:
    return entry.kind == document.document.kind and entry.element == element.element


def _outcomes_by_requirement(review: Review) -> dict[str, set[Outcome]]:
    outcomes: dict[str, set[Outcome]] = {}
    for finding in review.findings:
        if finding.outcome is not Outcome.NOT_APPLICABLE:
            for requirement in finding.requirements:
                outcomes.setdefault(requirement, set()).add(finding.outcome)
    return outcomes


def _findings_on(requirement: str, review: Review, listed: Collection[str]) -> list[Finding]:
    """Findings of the rules that weigh this one condition; a rule on several weighs none alone."""
    return [
        finding
        for finding in review.findings
        if [name for name in finding.requirements if name in listed] == [requirement]
    ]


def _what_the_plan_says(findings: Sequence[Finding], review: Review) -> PlanSays:
    """The gravest of what the findings state about the plan; a plan that was not measured shows nothing either way."""
    if not findings:
        return PlanSays.NOT_ASSESSED
    stated = {finding.evidence for finding in findings}
    if stated == {Evidence.NOT_STATED} and not review.facts.get("plan_measures"):
        return PlanSays.NOT_MEASURED
    return next(says for evidence, says in _PLAN_SAYS.items() if evidence in stated)


def _by_document(rows: Sequence[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(row.document_id, []).append(row)
    return found


def _letter(place: int) -> str:
    """A to Z, then A2 to Z2, and so on."""
    turn, letter = divmod(place, len(ascii_uppercase))
    return ascii_uppercase[letter] + (str(turn + 1) if turn else "")
