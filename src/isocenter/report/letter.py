"""Two papers for the practice: the letter that asks for missing documents, and the checklist before billing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from isocenter.report.amounts import AmountsOf, amounts_in
from isocenter.report.claims import Row, billed_lines, claim_rows
from isocenter.report.page import environment
from isocenter.report.points import Point, open_points
from isocenter.report.requests import Request, requests
from isocenter.report.words import Effect, counted, days_text, dollars, listed, sentence
from isocenter.rulebook.rulebook import Rulebook
from isocenter.terms.findings import CourseRecommendation, LineRecommendation, ReviewedLine, SubjectKind
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

    name: str = ""  # with address, lines separated by semicolons
    answer_to: str = ""  # fax, portal or address
    dated: date | None = None
    answer_days: int = ANSWER_DAYS

    @property
    def lines(self) -> tuple[str, ...]:
        """Name and address, line by line."""
        return tuple(line.strip() for line in self.name.split(";") if line.strip())

    @property
    def due(self) -> date | None:
        """The last day for an answer; None where the letter has no date."""
        return self.dated + timedelta(days=self.answer_days) if self.dated else None


@dataclass(frozen=True, slots=True)
class LetterContents:
    """What the letter says, whether it is written as HTML or as PDF."""

    course_id: str
    sender: Sender
    recipient: tuple[str, ...]
    about: tuple[tuple[str, str], ...]  # label, value
    heading: str
    opening: tuple[str, ...]
    requests: tuple[Request, ...]
    closing: tuple[str, ...]
    amounts: AmountsOf
    problems: tuple[str, ...]


def letter_contents(review: Review, rulebooks: Sequence[Rulebook], sender: Sender) -> LetterContents:
    """The letter that asks for what is missing; where nothing is, it says so."""
    asked = requests(review, rulebooks, open_points(review, rulebooks))
    practices = sorted({line.billing_npi for line in billed_lines(review).values() if line.billing_npi})
    npis = (f"NPI {', NPI '.join(practices)}",) if practices else ()
    return LetterContents(
        course_id=review.course.course_id,
        sender=sender,
        recipient=("To the billing practice", *npis),
        about=_about(review, sender, asked),
        heading=(
            f"Request for {counted(len(asked), 'document')} on a course of radiation therapy"
            if asked
            else "No further documents are needed"
        ),
        opening=("To the practice,", _opening(review, asked)),
        requests=asked,
        closing=_CLOSING if asked else (),
        amounts=amounts_in(review),
        problems=tuple(
            f"{', '.join(filter(None, (problem.path, problem.place)))}: {sentence(problem.sentence)}".removeprefix(": ")
            for problem in review.problems
        ),
    )


_CLOSING = (
    "Please return the documents with a copy of this letter, so that each can be matched to its number. Records made"
    " at the time of the service carry the most weight; a late entry is accepted where it is dated and signed as one."
    " Without an answer by the date above, the lines named here are decided on the record as it is.",
)


def _opening(review: Review, asked: Sequence[Request]) -> str:
    if asked:
        return (
            "We are reviewing the course of therapy named above. The record that we received does not hold the"
            " documents listed below. Please send a copy of each, or state where it is in the record. Nothing else is"
            " requested."
        )
    if review.recommendation is CourseRecommendation.OUT_OF_SCOPE:
        return "The policy does not apply to the course of therapy named above, so no document is requested under it."
    return (
        "We have reviewed the course of therapy named above. The record holds the documents that the policy asks for;"
        " there is nothing to send."
    )


def _about(review: Review, sender: Sender, asked: Sequence[Request]) -> tuple[tuple[str, str], ...]:
    """Whom and what the letter is about, by when to answer and to which address."""
    course, billed = review.course, billed_lines(review)
    claims = sorted({line.claim_id for line in billed.values()})
    accounts = sorted({number for line in billed.values() if (number := line.patient_account_number)})
    days = [line.service_date for line in review.lines]
    rows = [("Patient", _patient(review)), ("Course", course.course_id)]
    if claims:
        rows.append(("Claim" if len(claims) == 1 else "Claims", ", ".join(claims)))
    if accounts and accounts != claims:
        rows.append(("Patient account", ", ".join(accounts)))
    if days:
        rows.append(("Dates of service", f"{min(days)} to {max(days)}"))
    if amounts := amounts_in(review)(review.lines):
        rows.append(("Billed", f"{dollars(amounts.billed)}, of which {dollars(amounts.at_stake)} is at stake"))
    rows += [("Policy", policy.title) for policy in review.policies]
    if asked:
        due = str(sender.due) if sender.due else f"{sender.answer_days} calendar days from the date of this letter"
        rows += [("Answer by", due), ("Send to", sender.answer_to or "______________________________")]
    return tuple(rows)


def _patient(review: Review) -> str:
    member = next(iter(review.facts.get("members", ())), None)
    named = []
    if member and member.family_name:
        named.append(" ".join(filter(None, (member.given_name, member.family_name))))
        if member.birth_date:
            named.append(f"born {member.birth_date}")
    return ", ".join([*named, f"member {review.course.member_id}"])


def letter(review: Review, rulebooks: Sequence[Rulebook], sender: Sender | None = None) -> str:
    """The request for the documents that are missing, as a business letter in HTML; asks, never accuses."""
    contents = letter_contents(review, rulebooks, sender or Sender())
    return environment().get_template("letter.html").render(letter=contents, why_asked=why_asked)


def why_asked(request: Request, amounts: AmountsOf) -> str:
    """The lines that a request is about, the requirements that it answers and the passages that they rest on."""
    by_code = groupby(sorted(request.lines, key=lambda line: line.procedure_code), lambda line: line.procedure_code)
    lines = "; ".join(_lines_of_code(code, list(of_code), amounts) for code, of_code in by_code)
    passages = f"policy passage{'s' if len(request.cites) > 1 else ''} {'; '.join(request.cites)}"
    return f"{f'For {lines}. ' if lines else ''}It answers {listed(request.requirements)}; {passages}."


def _lines_of_code(code: str, lines: Sequence[ReviewedLine], amounts: AmountsOf) -> str:
    """The lines of one code, their days and what is at stake on them: 77334 (2024-04-01, $330)."""
    found = amounts(lines)
    at_stake = f", {dollars(found.at_stake)}" if found and found.at_stake else ""
    return f"{code} ({days_text(sorted({line.service_date for line in lines}))}{at_stake})"


def checklist(review: Review, rulebooks: Sequence[Rulebook]) -> str:
    """What is ready to bill and what to correct first, line by line, with boxes to tick, in HTML."""
    points = open_points(review, rulebooks)
    asked = requests(review, rulebooks, points)
    amounts = amounts_in(review)
    return (
        environment()
        .get_template("checklist.html")
        .render(
            review=review,
            course=review.course,
            points=points,
            shared=_for_the_whole_course(points),
            rows=sorted(claim_rows(review, rulebooks, points), key=lambda row: row.recommendation in _READY),
            amounts=amounts(review.lines),
            row_amounts=lambda row: amounts(row.lines),
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
    of_row = {line.claim_line_id for line in row.lines}
    return [
        request.number
        for request in asked
        if numbers & set(request.points) and of_row & {line.claim_line_id for line in request.lines}
    ]
