"""What to send: the documents that open points ask for, each once, with what they must state."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from isocenter.report.points import Point, code_lists_of
from isocenter.report.words import Effect, readable, within
from isocenter.rulebook.rule import Rule
from isocenter.rulebook.rulebook import DocumentElementKind, Rulebook
from isocenter.terms.findings import Finding, ReviewedLine, SubjectKind
from isocenter.terms.review import Review


@dataclass(frozen=True, slots=True)
class Request:
    """One document that is missing or does not say enough, for whichever points ask for it."""

    number: int
    kind: str  # a kind of the policy's list of documents; '' where the list names none
    title: str
    remedies: tuple[str, ...]
    states: tuple[str, ...]  # what no document of this kind states yet, by the labels of the policy's list
    requirements: tuple[str, ...]  # that it answers
    cites: tuple[str, ...]
    points: tuple[int, ...]
    lines: tuple[ReviewedLine, ...]


@dataclass(slots=True)
class _Draft:
    remedies: list[str]
    requirements: list[str]
    cites: list[str]
    points: list[Point]
    claim_line_ids: set[str]


def requests(review: Review, rulebooks: Sequence[Rulebook], points: Sequence[Point]) -> tuple[Request, ...]:
    """Everything to send, one item a document, in the order of the points that ask for it."""
    drafts: dict[tuple[str, str], _Draft] = {}
    held = {document.document_id: document.kind for document in review.facts.get("documents", ())}
    lists = {line.claim_line_id: code_lists_of(line, rulebooks) for line in review.lines}
    for point in points:
        if point.effect is Effect.REQUEST:
            for finding in point.findings:
                kind = _kind_asked(finding, point.rule, held, lists.get(finding.subject_id, ()))
                draft = _ask(drafts, kind, finding.remedy, finding.requirements, finding.cites)
                if point not in draft.points:
                    draft.points.append(point)
                of_a_line = finding.subject_kind is SubjectKind.CLAIM_LINE
                own = [finding.subject_id] if of_a_line else [line.claim_line_id for line in point.lines]
                draft.claim_line_ids.update(own)
    return tuple(
        _finish(number, kind, draft, review, rulebooks)
        for number, ((kind, _), draft) in enumerate(drafts.items(), start=1)
    )


def _kind_asked(finding: Finding, rule: Rule | None, held: dict[str, str], lists: Collection[str]) -> str:
    """The kind of document that answers a finding: another of the kind that was judged, or what the rule asks for.

    `lists` are the code lists that hold the procedure code of the line that was judged.
    """
    if finding.subject_kind is SubjectKind.DOCUMENT:
        return held.get(finding.subject_id, "")
    asked = rule.asks if rule else ()
    return next((kind for kind, code_list in asked if not code_list or code_list in lists), "")


def _ask(
    drafts: dict[tuple[str, str], _Draft],
    kind: str,
    remedy: str,
    requirements: Sequence[str],
    cites: str,
) -> _Draft:
    draft = drafts.setdefault((kind, "" if kind else remedy), _Draft([], [], [], [], set()))
    draft.remedies.append(remedy)
    draft.requirements += requirements
    draft.cites.append(cites)
    return draft


def _finish(number: int, kind: str, draft: _Draft, review: Review, rulebooks: Sequence[Rulebook]) -> Request:
    wanted = tuple(dict.fromkeys(draft.requirements))
    stated = _elements_stated(kind, review)
    entries = [entry for rulebook in rulebooks for entry in rulebook.documents if entry.kind == kind]
    return Request(
        number=number,
        kind=kind,
        title=readable(kind) if kind else "Further record",
        remedies=tuple(dict.fromkeys(draft.remedies)),
        states=_what_it_must_state(wanted, entries, stated, rulebooks),
        requirements=wanted,
        cites=tuple(dict.fromkeys(draft.cites)),
        points=tuple(point.number for point in draft.points),
        lines=tuple(line for line in review.lines if line.claim_line_id in draft.claim_line_ids),
    )


def _what_it_must_state(
    wanted: Sequence[str], entries: Sequence[DocumentElementKind], stated: set[str], rulebooks: Sequence[Rulebook]
) -> tuple[str, ...]:
    """The labels of what no document states yet; of the conditions of necessity at least one, and none where one is."""
    conditions = {condition.name: condition for book in rulebooks for condition in book.conditions}
    missing = [entry for entry in entries if entry.requirement in wanted and entry.element not in stated]
    others = dict.fromkeys(entry.label for entry in missing if entry.element not in conditions)
    asked = dict.fromkeys(within(entry.label) for entry in missing if entry.element in conditions)
    if not asked or stated & conditions.keys():
        return tuple(others)
    return (f"at least one of: {', '.join(asked)}" if len(asked) > 1 else next(iter(asked)), *others)


def _elements_stated(kind: str, review: Review) -> set[str]:
    of_kind = {row.document_id for row in review.facts.get("documents", ()) if row.kind == kind}
    return {row.element for row in review.facts.get("document_elements", ()) if row.document_id in of_kind}
