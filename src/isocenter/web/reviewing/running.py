"""One review: the files laid out as a case, handed to the same workflow as on the command line."""

import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

from isocenter.engines.private_folders import working_folder
from isocenter.errors import IsocenterError, UnreadableInput
from isocenter.intake.case import read_case
from isocenter.measuring import MeasuredFolder
from isocenter.report.as_json import review_as_json
from isocenter.report.page import review_as_sections
from isocenter.review.reviewer import Reviewer
from isocenter.rulebook.citations import Passages
from isocenter.rulebook.rulebook import Rulebook
from isocenter.terms.problems import Problem, Unread, worded
from isocenter.terms.review import Picture, Review
from isocenter.web import files_kept
from isocenter.web.models import Document, Request
from isocenter.web.viewer.other_plans import OtherPlan, other_plans
from isocenter.web.viewer.shown import shown_plan
from isocenter.web.viewer.volumes import PlanShown
from isocenter.workflow import review_contents


@dataclass
class Reviewed:
    """What a review left: the review itself, its JSON to the byte, its sections as a page, the plan to look at."""

    review: Review
    rulebooks: tuple[Rulebook, ...]
    review_json: str
    page: str
    plan: PlanShown | None
    seconds: float
    pictures: list[tuple[str, str]] = field(default_factory=list)  # SHA-256 and media type


def run_review(request: Request, generation: int, reviewer: Reviewer, progress: Callable[[str], None]) -> Reviewed:
    """Review a generation of a request; IsocenterError where nothing of it can be reviewed."""
    began = time.monotonic()
    files = files_of(request, generation)
    measured: list[MeasuredFolder] = []
    others: list[OtherPlan] = []

    with working_folder() as temporary:
        case = temporary / "case"

        def keep_measured(folder: MeasuredFolder) -> None:
            measured.append(folder)
            others.extend(other_plans(case, folder))
            progress("Judging")

        try:
            review = review_files(
                files,
                case,
                reviewer,
                request.course_chosen,
                request.plan_chosen,
                progress,
                keep_measured,
                not_taken=not_taken_of(request, generation),
            )
        except IsocenterError as wrong:
            raise UnreadableInput(_named_as_uploaded(str(wrong), case)) from wrong
    progress("Writing the review")
    pictures: list[tuple[str, str]] = []

    def address_of(picture: Picture) -> str:
        sha256, _ = files_kept.keep([picture.data])
        pictures.append((sha256, picture.media_type))
        return f"/requests/{request.pk}/pictures/{sha256}"

    page = review_as_sections(review, reviewer.rulebooks, passages_of(reviewer.rulebooks), address_of)
    plan = shown_plan(measured[0], review, others) if measured else None
    return Reviewed(review, reviewer.rulebooks, review_as_json(review), page, plan, time.monotonic() - began, pictures)


def _named_as_uploaded(text: str, case: Path) -> str:
    """A sentence about files of a case with their uploaded names, without the folder in which they were laid out."""
    return text.replace(f"{case}/", "").replace(f"{case}: ", "")


def review_files(
    files: list[tuple[str, str]],
    folder: Path,
    reviewer: Reviewer,
    course: str = "",
    plan: str = "",
    progress: Callable[[str], None] = lambda _: None,
    on_measured: Callable[[MeasuredFolder], None] | None = None,
    *,
    not_taken: Iterable[tuple[str, str]] = (),
    with_pictures: bool = True,
) -> Review:
    """Review files (name, SHA-256) laid out as a case in a folder: the same files give the same review to the byte.

    `not_taken` names what came in with them and has no content, with the reason: it holds the review for a person.
    """
    folder.mkdir(parents=True)
    files_kept.lay_out(files, folder)
    contents = read_case(folder)
    contents.problems += problems_of(not_taken)
    progress("Measuring the plan" if contents.dicom_files else "Judging")
    return review_contents(
        contents,
        reviewer,
        course_id=course,
        chosen_plans=[plan] if plan else (),
        with_pictures=with_pictures,
        on_measured=on_measured,
    )


def problems_of(not_taken: Iterable[tuple[str, str]]) -> list[Problem]:
    """What came in and could not be taken, each as a problem of the case that it belongs to."""
    return [Unread(name, "", worded("it came in and was not taken: {why}", why=why)) for name, why in not_taken]


def files_of(request: Request, generation: int) -> list[tuple[str, str]]:
    """Names and hashes of the files that a generation of a request consists of, by name."""
    return [(row.name, row.sha256) for row in _documents_of(request, generation) if row.sha256]


def not_taken_of(request: Request, generation: int) -> list[tuple[str, str]]:
    """Names of what came in and could not be taken, each with the reason, as a generation of a request holds them."""
    return [(row.name, row.problem) for row in _documents_of(request, generation) if not row.sha256]


def _documents_of(request: Request, generation: int) -> list[Document]:
    rows = Document.objects.filter(request=request, generation__lte=generation).order_by("name", "id")
    return [row for row in rows if row.replaced_in_generation is None or row.replaced_in_generation > generation]


def passages_of(rulebooks: tuple[Rulebook, ...]) -> Passages | None:
    """The passages of the policy's text, where the organization holds a copy of it that can be read.

    `isocenter serve` says at its start what is wrong with a copy; a review is not lost by it.
    """
    text = settings.POLICY_TEXT
    with suppress(IsocenterError, OSError):
        return Passages.read(text, rulebooks[0].sections) if text and rulebooks else None
    return None
