"""What to send: the documents that open points ask for, each once, with what they must state."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from isocenter.report.points import Point, lines_by_point, necessity_not_assessed
from isocenter.report.words import Effect, readable
from isocenter.rulebook.rule import Rule
from isocenter.rulebook.rulebook import DocumentElementKind, Rulebook
from isocenter.terms.findings import Finding, ReviewedLine
from isocenter.terms.review import Review

STATEMENT_OF_NECESSITY = "necessity_statement"


@dataclass(frozen=True, slots=True)
class Request:
    """One document that is missing or does not say enough, for whichever points ask for it."""

    number: int
    kind: str  # a kind of the policy's list of documents; '' where the list names none
    title: str
    remedies: tuple[str, ...]
    states: tuple[str, ...]  # what the document has to state, by the labels of the policy's list
    answers: tuple[tuple[str, str], ...]  # requirement id and its words
    cites: tuple[str, ...]
    found: tuple[str, ...]  # what was found instead, as the findings say it
    points: tuple[int, ...]
    lines: tuple[ReviewedLine, ...]


@dataclass(slots=True)
class _Draft:
    rules: list[Rule | None]
    points: list[Point]
    findings: list[Finding]
    remedies: list[str]
    requirements: list[str]
    cites: list[str]


def requests(
    review: Review, rulebooks: Sequence[Rulebook], points: Sequence[Point]
) -> tuple[Request, ...]:
    """Everything to send, one item a document, in the order of the points that ask for it."""
    drafts: dict[tuple[str, str], _Draft] = {}
    for rule in necessity_not_assessed(review, rulebooks):
        draft = _draft_for(drafts, rulebooks, rule.policy, rule.requirements, rule.remedy)
        draft.rules.append(rule)
        draft.cites.append(rule.cites)
    for point in points:
        if point.effect is Effect.REQUEST:
            asked = point.first
            draft = _draft_for(drafts, rulebooks, asked.policy, asked.requirements, asked.remedy)
            draft.rules.append(point.rule)
            draft.points.append(point)
            draft.findings += point.findings
            draft.cites.append(asked.cites)
    reached = lines_by_point(review, points)
    return tuple(
        _finish(number, kind, draft, review, rulebooks, reached)
        for number, ((kind, _), draft) in enumerate(drafts.items(), start=1)
    )


def document_kind_for(requirements: Sequence[str], remedy: str, rulebooks: Sequence[Rulebook]) -> str:
    """The kind of document that these requirements ask for; '' where the list names none.

    Where several kinds serve the requirements, the one that shares most words with the remedy is meant.
    """
    kinds: dict[str, set[str]] = {}
    for entry in _elements(rulebooks):
        if entry.requirement in requirements:
            kinds.setdefault(entry.kind, set()).update(_stems(f"{entry.kind} {entry.label}"))
    if not kinds:
        necessity = any(requirement.startswith("NEC-") for requirement in requirements)
        return STATEMENT_OF_NECESSITY if necessity else ""
    meant = _stems(remedy)
    return max(kinds, key=lambda kind: len(kinds[kind] & meant))


def _stems(text: str) -> set[str]:
    return {word[:5] for word in re.findall(r"[a-z]{4,}", text.lower())}


def _draft_for(
    drafts: dict[tuple[str, str], _Draft],
    rulebooks: Sequence[Rulebook],
    policy: str,
    requirements: Sequence[str],
    remedy: str,
) -> _Draft:
    mine = [rulebook for rulebook in rulebooks if rulebook.name == policy]
    kind = document_kind_for(requirements, remedy, mine)
    draft = drafts.setdefault((kind, "" if kind else remedy), _Draft([], [], [], [], [], []))
    draft.remedies.append(remedy)
    draft.requirements += requirements
    return draft


def _finish(
    number: int,
    kind: str,
    draft: _Draft,
    review: Review,
    rulebooks: Sequence[Rulebook],
    reached: dict[int, tuple[ReviewedLine, ...]],
) -> Request:
    numbers = tuple(point.number for point in draft.points)
    touched = {line.claim_line_id for number_ in numbers for line in reached[number_]}
    wanted = tuple(dict.fromkeys(draft.requirements))
    words = {entry.id: entry.requirement for rulebook in rulebooks for entry in rulebook.requirements}
    return Request(
        number=number,
        kind=kind,
        title=readable(kind) if kind else _title_without_kind(draft),
        remedies=tuple(dict.fromkeys(draft.remedies)),
        states=tuple(
            dict.fromkeys(
                entry.label
                for entry in _elements(rulebooks)
                if entry.kind == kind and entry.requirement in wanted
            )
        ),
        answers=tuple((name, words.get(name, "")) for name in wanted),
        cites=tuple(dict.fromkeys(draft.cites)),
        found=tuple(dict.fromkeys(finding.because for finding in draft.findings)),
        points=numbers,
        lines=tuple(line for line in review.lines if line.claim_line_id in touched),
    )


def _title_without_kind(draft: _Draft) -> str:
    titles = [rule.title for rule in draft.rules if rule]
    return titles[0] if titles else "Further record"


def _elements(rulebooks: Sequence[Rulebook]) -> list[DocumentElementKind]:
    return [entry for rulebook in rulebooks for entry in rulebook.documents]
