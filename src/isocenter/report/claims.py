"""The claim as a reviewer reads it: lines with their labels, alike ones gathered into one row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from isocenter.report.points import Point, points_by_line
from isocenter.report.words import ADJUSTMENTS, modifiers_of, readable, reason_code
from isocenter.rulebook.rulebook import Rulebook
from isocenter.terms.claims import ClaimLine
from isocenter.terms.findings import Finding, LineRecommendation, Outcome, ReviewedLine, SubjectKind
from isocenter.terms.review import Review


@dataclass(frozen=True, slots=True)
class Row:
    """One claim line, or several that are alike in all but their day and number."""

    lines: tuple[ReviewedLine, ...]
    billed: tuple[ClaimLine | None, ...]
    label: str
    points: tuple[Point, ...]
    met: tuple[Finding, ...]
    said: str = ""  # by the policies applied, of a code that no rule judged

    @property
    def first(self) -> ReviewedLine:
        """A line that represents all of them."""
        return self.lines[0]

    @property
    def recommendation(self) -> LineRecommendation:
        """What is recommended for each of them."""
        return self.first.recommendation

    @property
    def code(self) -> str:
        """Their procedure code with its modifiers, such as 77334-26."""
        return "-".join([self.first.procedure_code, *modifiers_of(self.billed[0])])

    @property
    def setting(self) -> str:
        """Who bills them."""
        return self.billed[0].setting if self.billed[0] else ""

    @property
    def reason_codes(self) -> tuple[str, ...]:
        """The reason codes of the points that cut or refuse them, each once."""
        adjusting = (point for point in self.points if point.effect in ADJUSTMENTS)
        codes = (reason_code(point.first, self.billed[0]) for point in adjusting)
        return tuple(dict.fromkeys(code for code in codes if code))

    @property
    def days(self) -> tuple[date, ...]:
        """Their days, each once, in order."""
        return tuple(sorted({line.service_date for line in self.lines}))


def claim_rows(review: Review, rulebooks: Sequence[Rulebook], points: Sequence[Point]) -> tuple[Row, ...]:
    """The claim lines, alike ones gathered, in the order of their first day."""
    billed = billed_lines(review)
    of_line = points_by_line(review, points)
    met = met_by_line(review)
    gathered: dict[tuple[object, ...], list[ReviewedLine]] = {}
    for line in review.lines:
        on_claim = billed.get(line.claim_line_id)
        alike = (
            line.procedure_code,
            line.recommendation,
            line.units,
            line.units_allowed,
            modifiers_of(on_claim),
            on_claim.setting if on_claim else "",
            tuple(point.number for point in of_line[line.claim_line_id]),
            label_of(line, rulebooks),
        )
        gathered.setdefault(alike, []).append(line)
    return tuple(
        Row(
            lines=tuple(lines),
            billed=tuple(billed.get(line.claim_line_id) for line in lines),
            label=label_of(lines[0], rulebooks),
            points=of_line[lines[0].claim_line_id],
            met=_one_a_rule([finding for line in lines for finding in met.get(line.claim_line_id, ())]),
            said=what_is_said_of(lines[0], rulebooks),
        )
        for lines in gathered.values()
    )


def billed_lines(review: Review) -> dict[str, ClaimLine]:
    """The claim lines of the review as they were billed, by their id."""
    return {line.claim_line_id: line for line in review.facts.get("claim_lines", ())}


def met_by_line(review: Review) -> dict[str, tuple[Finding, ...]]:
    """What each claim line was checked for and found good."""
    found: dict[str, list[Finding]] = {}
    for finding in review.findings:
        if finding.outcome is Outcome.MET and finding.subject_kind is SubjectKind.CLAIM_LINE:
            found.setdefault(finding.subject_id, []).append(finding)
    return {line_id: tuple(findings) for line_id, findings in found.items()}


def label_of(line: ReviewedLine, rulebooks: Sequence[Rulebook]) -> str:
    """The label of the line's code on its day; '' where no code list names it."""
    for rulebook in rulebooks:
        for code in rulebook.codes:
            if code.code == line.procedure_code and code.valid_from <= line.service_date <= code.valid_to:
                return code.label
    return ""


def what_is_said_of(line: ReviewedLine, rulebooks: Sequence[Rulebook]) -> str:
    """What a policy's table `what_is_said_of_codes` says of the code of a line that no rule judged, or ''."""
    if line.recommendation is not LineRecommendation.NOT_JUDGED:
        return ""
    for rulebook in rulebooks:
        header, rows = rulebook.tables.get("what_is_said_of_codes", ((), ()))
        for row in (dict(zip(header, values, strict=True)) for values in rows):
            if row["code"] == line.procedure_code:
                return row["said"]
    return ""


def subject_text(finding: Finding, review: Review) -> str:
    """What the finding is about, as a person names it; '' for the course."""
    if finding.subject_kind is SubjectKind.CLAIM_LINE:
        for line in review.lines:
            if line.claim_line_id == finding.subject_id:
                return f"{line.procedure_code} on {line.service_date} (line {line.claim_line_id})"
    if finding.subject_kind is SubjectKind.COURSE:
        return ""
    for document in review.facts.get("documents", ()):
        if finding.subject_kind is SubjectKind.DOCUMENT and document.document_id == finding.subject_id:
            dated = f" of {document.document_date}" if document.document_date else ""
            return f"{readable(document.kind)}{dated} ({document.document_id})"
    return f"{readable(finding.subject_kind.value)} {finding.subject_id}"


def _one_a_rule(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    return tuple({(finding.policy, finding.rule): finding for finding in reversed(findings)}.values())[::-1]
