"""Writes the reviews of all courses of some claims: a report and JSON for each, and an index that leads to them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from isocenter.errors import UnreadableInput, UnwritableOutput
from isocenter.files.texts import shown
from isocenter.files.writing import expect_no_other_files, write_whole
from isocenter.report.amounts import Amounts, amounts_of
from isocenter.report.as_json import review_as_json
from isocenter.report.page import environment, review_as_page
from isocenter.report.points import open_points
from isocenter.report.words import course_name
from isocenter.rulebook.citations import Passages
from isocenter.rulebook.rulebook import Rulebook
from isocenter.terms.problems import Problem
from isocenter.terms.review import Review

_OURS = re.compile(r"index\.html|\d{4,}\.(html|json)")
_INDEX = "index.html"


@dataclass(frozen=True, slots=True)
class Row:
    """A course in the index; `case` is the folder that it is from, where several were reviewed."""

    case: str
    course_id: str
    recommendation: str
    first_service: str
    last_service: str
    amounts: Amounts | None
    points: tuple[str, ...]  # what is open, the gravest first
    report: str
    json: str


def write_each(
    folder: Path,
    reviews: Iterable[tuple[str, Review | UnreadableInput]],
    rulebooks: Sequence[Rulebook],
    passages: Passages | None,
) -> list[Row]:
    """Write every review and the index into a folder; the rows of the index in its order.

    Each review is given with the name of its case, '' where all are of one, and so is the error in place of a case that
    could not be reviewed. UnreadableInput where none could be, UnwritableOutput where the folder holds other files.
    Those of an earlier run that are not written again are removed.
    """
    _expect_a_folder_of_reviews(folder)
    rows: list[Row] = []
    problems: dict[Problem, None] = {}
    version = ""
    for case, review in reviews:
        if isinstance(review, UnreadableInput):
            problems[Problem(case, "", str(review))] = None
            continue
        folder.mkdir(parents=True, exist_ok=True)
        row = _row(case, review, rulebooks, f"{len(rows) + 1:04d}")
        write_whole(folder / row.report, review_as_page(review, rulebooks, passages))
        write_whole(folder / row.json, review_as_json(review))
        problems |= dict.fromkeys(_in_case(case, problem) for problem in review.problems)
        version = review.version
        rows.append(row)
    if not rows:
        raise UnreadableInput(
            "no case could be reviewed; " + "; ".join(f"{one.path}: {one.sentence}" for one in problems)
        )
    rows.sort(key=lambda row: (-(row.amounts.at_stake if row.amounts else 0), row.report))
    page = environment().get_template("each_course.html").render(version=version, rows=rows, problems=tuple(problems))
    write_whole(folder / _INDEX, page)
    written = {_INDEX, *(row.report for row in rows), *(row.json for row in rows)}
    for file in folder.iterdir():
        if file.name not in written and _OURS.fullmatch(file.name):
            file.unlink()
    return rows


def _expect_a_folder_of_reviews(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise UnwritableOutput(f"{shown(folder)}: is a file; name a folder for the reviews")
    expect_no_other_files(folder, _OURS, "a review")


def _in_case(case: str, problem: Problem) -> Problem:
    return problem._replace(path=f"{case}/{problem.path}" if problem.path else case) if case else problem


def _row(case: str, review: Review, rulebooks: Sequence[Rulebook], name: str) -> Row:
    days = sorted(line.service_date for line in review.facts.get("claim_lines", ()))
    return Row(
        case=case,
        course_id=review.course.course_id,
        recommendation=course_name(review),
        first_service=str(days[0]) if days else "",
        last_service=str(days[-1]) if days else "",
        amounts=amounts_of(review, review.lines),
        points=tuple(dict.fromkeys(point.title for point in open_points(review, rulebooks))),
        report=f"{name}.html",
        json=f"{name}.json",
    )
