"""Two papers for the practice: the letter that asks for missing documents, and the checklist before billing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from isocenter.report.amounts import amounts_of
from isocenter.report.claims import Row, billed_lines, claim_rows
from isocenter.report.page import environment
from isocenter.report.points import Point, open_points
from isocenter.report.requests import Request, requests
from isocenter.report.words import Effect
from isocenter.rulebook.rulebook import Rulebook
from isocenter.terms.findings import LineRecommendation, SubjectKind
from isocenter.terms.review import Review

_STATES = {
    LineRecommendation.PAY: "Ready to send",
    LineRecommendation.REDUCE: "Correct before sending",
    LineRecommendation.DENY: "Correct before sending",
    LineRecommendation.REQUEST: "Complete the record first",
    LineRecommendation.REVIEW: "Have a clinician look first",
    LineRecommendation.NOT_JUDGED: "Not judged",
}


_READY = (LineRecommendation.PAY, LineRecommendation.NOT_JUDGED)
# Days in which Medicare's contractors ask for an answer to a request for documents: CMS Pub. 100-08, ch. 3, 3.2.3.2.
ANSWER_DAYS = 45


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends the letter and how to answer; what is empty is left to be filled in by hand."""

    name: str = ""  # with address, lines apart by semicolons
    answer_to: str = ""  # fax, portal or address
    dated: date | None = None
    answer_days: int = ANSWER_DAYS

    @property
    def lines(self) -> tuple[str, ...]:
        """Name and address, line by line."""
        return tuple(line.strip() for line in self.name.split(";") if line.strip())

    @property
    def due(self) -> date | None:
        """The last day for an answer; None where the letter bears no date."""
        return self.dated + timedelta(days=self.answer_days) if self.dated else None


def letter(review: Review, rulebooks: Sequence[Rulebook], sender: Sender | None = None) -> str:
    """The request for the documents that are missing, as a business letter in HTML; asks, never accuses."""
    points = open_points(review, rulebooks)
    billed = billed_lines(review)
    return (
        environment()
        .get_template("letter.html")
        .render(
            review=review,
            course=review.course,
            sender=sender or Sender(),
            requests=requests(review, rulebooks, points),
            member=next((row for row in review.facts.get("members", ())), None),
            account_numbers=sorted({number for line in billed.values() if (number := line.patient_account_number)}),
            practices=sorted({line.billing_npi for line in billed.values() if line.billing_npi}),
            claims=sorted({line.claim_id for line in billed.values()}),
        )
    )


def checklist(review: Review, rulebooks: Sequence[Rulebook]) -> str:
    """What is ready to bill and what to correct first, line by line, with boxes to tick, in HTML."""
    points = open_points(review, rulebooks)
    asked = requests(review, rulebooks, points)
    return (
        environment()
        .get_template("checklist.html")
        .render(
            review=review,
            course=review.course,
            points=points,
            shared=_for_the_whole_course(points),
            rows=sorted(claim_rows(review, rulebooks, points), key=lambda row: row.recommendation in _READY),
            amounts=amounts_of(review, review.lines),
            requests=asked,
            needs=lambda row: _documents_needed(row, asked),
            states=_STATES,
        )
    )


def _for_the_whole_course(points: Sequence[Point]) -> tuple[Point, ...]:
    """Points that belong to no single line: of the course, its documents, its plan or the facility."""
    return tuple(
        point
        for point in points
        if point.first.subject_kind is not SubjectKind.CLAIM_LINE and point.effect is not Effect.INFORM
    )


def _documents_needed(row: Row, asked: Sequence[Request]) -> list[int]:
    numbers = {point.number for point in row.points}
    return [request.number for request in asked if numbers & set(request.points)]
