"""Which papers of a chart can be of the course under review, by their dates.

A chart of years holds the papers of every course. What was ordered, planned or measured for an earlier one says nothing
of this one: it is left out by file, with a sentence, until a person accepts it.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from isocenter.chart.abstraction import Abstraction, ChartDocument, Cited
from isocenter.facts.days_of_course import DATES, DaysOfCourse, is_far_from, why_dates_are_accepted
from isocenter.terms.plans import AcceptedDifference
from isocenter.terms.problems import Problem


def with_papers_of_course(
    found: Abstraction, days: DaysOfCourse | None, accepted: Sequence[AcceptedDifference]
) -> Abstraction:
    """What the pages state without the papers dated half a year before the course, or after it.

    Papers without a date are used. What a page of such a paper states of earlier courses, or of the facility, is kept.
    """
    apart = [] if days is None else [one for one in found.documents if is_far_from(days, one.kind, one.document_date)]
    if not apart or days is None:
        return found
    problems = list(found.problems)
    reason = why_dates_are_accepted(accepted)
    for file in dict.fromkeys(one.file for one in apart):
        of_file = [one for one in apart if one.file == file]
        problems.insert(0, Problem(file, _pages(of_file), _sentence(of_file, days, reason)))
    if reason:
        return replace(found, problems=problems)
    kept = [one for one in found.documents if one not in apart]
    left_out = _pages_of(apart) - _pages_of(kept)

    def of_course(rows: Sequence[Any]) -> list[Any]:
        return [row for row in rows if _page_of(row[-1]) not in left_out]

    ordered = found.prescription_cited
    is_ordered = ordered is None or _page_of(ordered) not in left_out
    return replace(
        found,
        documents=kept,
        constraints=of_course(found.constraints),
        verifications=of_course(found.verifications),
        guidance=of_course(found.guidance),
        diagnoses=of_course(found.diagnoses),
        prescription=found.prescription if is_ordered else None,
        prescription_cited=ordered if is_ordered else None,
        target_cites=found.target_cites if is_ordered else [],
        site=found.site if kept else "",
        laterality=found.laterality if kept else "",
        problems=problems,
    )


def _sentence(apart: Sequence[ChartDocument], days: DaysOfCourse, reason: str) -> str:
    dates = sorted({one.document_date for one in apart if one.document_date is not None})
    span = f"{dates[0]}" if dates[0] == dates[-1] else f"{dates[0]} to {dates[-1]}"
    papers = "document" if len(apart) == 1 else "documents"
    course = f"the services of this course are from {days.first} to {days.last}"
    stated = f"{len(apart)} {papers} dated {span}, and {course}"
    if reason:
        return f"{stated}; a person accepts it: {reason}"
    return (
        f"{stated}; of another course by these dates, so not used; send the record of this course, or state in"
        f" `accepted_differences` of the case, by the item {DATES}, why the difference is right"
    )


def _pages(documents: Sequence[ChartDocument]) -> str:
    numbers = sorted({page for one in documents for page in one.pages})
    return f"page{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"


def _pages_of(documents: Collection[ChartDocument]) -> set[tuple[str, int]]:
    return {(one.file, page) for one in documents for page in one.pages}


def _page_of(cited: Cited) -> tuple[str, int]:
    return cited.file, cited.page
