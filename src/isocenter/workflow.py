"""The whole program on one page: read the case, measure the plan, judge the facts, recommend."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from isocenter.case_facts import expect_claims_to_judge, store_facts
from isocenter.errors import UnreadableInput
from isocenter.facts.days_of_course import days_of_course
from isocenter.facts.placement import complete_set_ups, expect_line_of_business, with_line_of_business
from isocenter.facts.stores import Store
from isocenter.files.program import program_version
from isocenter.intake.case import attached_as_files, read_case, sha256_of
from isocenter.intake.case_contents import CaseContents, shown_in
from isocenter.measuring import MeasuredFolder, measure_folder
from isocenter.review.assembling import assemble, facts_of_course
from isocenter.review.course_chosen import only_course, why_no_course
from isocenter.review.other_times import documents_of_other_times
from isocenter.review.plan_identity import compare_with_case, member_of, patient_of_course, rows_of_evidence
from isocenter.review.reviewer import Reviewer
from isocenter.review.unread import held_for_a_person
from isocenter.review.vocabulary import sort_out
from isocenter.rulebook.rulebook import Rulebook
from isocenter.terms.claims import ClaimLine
from isocenter.terms.courses import Course, Fraction, ImageGuidance
from isocenter.terms.findings import InputFile
from isocenter.terms.plans import Plan
from isocenter.terms.problems import Problem, Unread
from isocenter.terms.review import Picture, Review
from isocenter.terms.tables import FactRow

_NO_PLAN = (
    "It verifies the dose of a plan, and there is no plan to compare it with; add the DICOM-RT files of the plan."
)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What of a case is to be reviewed, under the terms of review_contents."""

    course_id: str = ""
    plan_folder: Path | None = None
    chosen_plans: Collection[str] = ()
    with_pictures: bool = True
    on_measured: Callable[[MeasuredFolder], None] | None = None


def review_case(
    path: Path | str,
    policies: Sequence[Rulebook | str | Path] | str | Path | Reviewer | None = None,
    *,
    course_id: str = "",
    plan_folder: Path | None = None,
    chosen_plans: Collection[str] = (),
    with_pictures: bool = True,
    line_of_business: str = "",
) -> Review:
    """Review one case: a folder, or a single file of claims.

    `policies` are rulebooks, names or folders of policies, or a Reviewer, which answers a second case several times
    as fast as the first; without them all bundled policies apply, as on the command line. `plan_folder` holds DICOM-RT
    files that lie outside the case; `chosen_plans` (labels or UIDs) choose among several plans. `line_of_business` is
    that of lines and courses that do not say it. Raises UnreadableInput when nothing can be reviewed, when a file is
    changed meanwhile, or when the case holds several courses and `course_id` names none of them, UnknownName for a line
    of business that is none.
    """
    return review_contents(
        _read(path, line_of_business),
        policies,
        course_id=course_id,
        plan_folder=plan_folder,
        chosen_plans=chosen_plans,
        with_pictures=with_pictures,
    )


def review_contents(
    contents: CaseContents,
    policies: Sequence[Rulebook | str | Path] | str | Path | Reviewer | None,
    *,
    course_id: str = "",
    plan_folder: Path | None = None,
    chosen_plans: Collection[str] = (),
    with_pictures: bool = True,
    on_measured: Callable[[MeasuredFolder], None] | None = None,
) -> Review:
    """Review what was read of a case, under the same terms as review_case.

    `on_measured` is handed the plan, once it is measured, by whoever shows more of it than the review does.
    """
    reviewer = _reviewer_of(policies)
    with reviewer.store() as store, attached_as_files(contents):
        problems = [*contents.problems, *store_facts(store, contents, reviewer.rulebooks)]
        asked = _Asked(course_id, plan_folder, chosen_plans, with_pictures, on_measured)
        return _review(store, contents, reviewer, [reviewer.rulebooks], problems, asked)[0]


def _read(path: Path | str, line_of_business: str) -> CaseContents:
    expect_line_of_business(line_of_business)
    contents = read_case(Path(path))
    contents.rows = with_line_of_business(contents.rows, line_of_business)
    return contents


def review_selections(
    contents: CaseContents, reviewer: Reviewer, selections: Sequence[Sequence[Rulebook]]
) -> list[Review]:
    """Review the one course of a case by each selection of a reviewer's rules; facts are laid out and rules run once.

    Each review is what review_contents answers by that selection alone, without pictures. Raises UnreadableInput when
    nothing can be reviewed.
    """
    with reviewer.store() as store, attached_as_files(contents):
        problems = [*contents.problems, *store_facts(store, contents, reviewer.rulebooks)]
        return _review(store, contents, reviewer, selections, problems, _Asked(with_pictures=False))


_OF_ONE_COURSE = "it is of one course, and all are reviewed; it was left out; review its course with --course"


def review_each(
    path: Path | str,
    policies: Sequence[Rulebook | str | Path] | str | Path | Reviewer | None = None,
    *,
    line_of_business: str = "",
) -> Iterator[Review]:
    """Review every course of a file or folder of claims, in the order of their names.

    A chart and a plan are of one course: where there are several they are left out, each with a problem that holds
    every course, as it may be of any. `line_of_business` is that of lines that do not say it. Raises UnreadableInput
    when the claims hold no course, UnknownName for a line of business that is none.
    """
    yield from _reviews_of(_read(path, line_of_business), _reviewer_of(policies))


def review_cases(
    folders: Sequence[Path],
    policies: Sequence[Rulebook | str | Path] | str | Path | Reviewer | None = None,
    *,
    line_of_business: str = "",
) -> Iterator[tuple[Path, Review | UnreadableInput]]:
    """Review cases one after another, each with its folder; the error in place of one that cannot be reviewed.

    A case of several courses is reviewed as review_each does.
    """
    reviewer = _reviewer_of(policies)
    for folder in folders:
        try:
            contents = _read(folder, line_of_business)
            yield from ((folder, review) for review in _reviews_of(contents, reviewer))
        except UnreadableInput as wrong:
            yield folder, wrong


def _reviewer_of(policies: Sequence[Rulebook | str | Path] | str | Path | Reviewer | None) -> Reviewer:
    return policies if isinstance(policies, Reviewer) else Reviewer(policies)


def _reviews_of(contents: CaseContents, reviewer: Reviewer) -> Iterator[Review]:
    """A review of each course; where there is one it is that of the case, with its chart and its plan."""
    with reviewer.store() as store, attached_as_files(contents):
        problems = [*contents.problems, *store_facts(store, contents, reviewer.rulebooks)]
        if len(store.rows("courses")) > 1:
            yield from _review_each(store, contents, reviewer, problems)
        else:
            yield from _review(store, contents, reviewer, [reviewer.rulebooks], problems, _Asked())


def _review_each(
    store: Store, contents: CaseContents, reviewer: Reviewer, problems: Sequence[Problem]
) -> Iterator[Review]:
    expect_claims_to_judge(store, contents, problems)
    of_one_course = (*contents.dicom_files, *contents.verifying_files, *contents.chart_files)
    problems = [*problems, *(Unread(shown_in(contents, file), "", _OF_ONE_COURSE) for file in of_one_course)]
    courses = store.rows("courses", "course_id")
    if not courses:
        raise UnreadableInput(why_no_course(store, problems))
    judgment = reviewer.judge(store)
    for course in courses:
        review = assemble(
            store, course, judgment, reviewer.rulebooks, contents.inputs, problems, version=program_version()
        )
        yield _completed(review, contents, courses, reviewer.rulebooks)


def _review(
    store: Store,
    contents: CaseContents,
    reviewer: Reviewer,
    selections: Sequence[Sequence[Rulebook]],
    problems: Sequence[Problem],
    asked: _Asked,
) -> list[Review]:
    """A review by each selection; `problems` are those of reading the case and of storing its facts."""
    expect_claims_to_judge(store, contents, problems)
    course = (not asked.course_id and _course_of_chart(store, contents)) or only_course(
        store, asked.course_id, problems
    )
    problems = [*problems, *documents_of_other_times(store, course, contents.accepted_differences)]
    if contents.chart_files:
        course, more = _store_chart(store, contents, course, reviewer.rulebooks)
        problems += more
    pictures, set_aside, more = _store_plan(store, contents, course, reviewer.rulebooks, asked)
    problems += more
    if asked.with_pictures:
        pictures = (*pictures, *contents.compared_pictures)
    facts = facts_of_course(store, course)
    reviews = []
    for selected, judgment in zip(selections, reviewer.judge_each(store, selections), strict=True):
        review = assemble(
            store,
            course,
            judgment,
            selected,
            contents.inputs,
            problems,
            pictures,
            dict(facts),
            version=program_version(),
        )
        review = _completed(review, contents, store.rows("courses"), selected)
        if set_aside:
            review.facts["plans"] = (*review.facts.get("plans", ()), *set_aside)
        reviews.append(_with_clips(review, contents) if contents.chart_files and asked.with_pictures else review)
    contents.expect_unchanged()
    return reviews


def _store_plan(
    store: Store, contents: CaseContents, course: Course, rulebooks: Sequence[Rulebook], asked: _Asked
) -> tuple[tuple[Picture, ...], list[Plan], list[Problem]]:
    """Store what the plan's files show: its pictures, the plans that were set aside, and problems."""
    folder = asked.plan_folder or (contents.path if contents.dicom_files else None)
    if folder is None:
        if asked.chosen_plans:
            raise UnreadableInput(f"no DICOM-RT plan is in the case, so none is called {', '.join(asked.chosen_plans)}")
        verifying = contents.verifying_files
        return (), [], [Problem(verifying[0].name, "", _NO_PLAN)] if verifying else []
    measured = measure_folder(
        folder,
        course.course_id,
        contents.structure_roles,
        store.rows("constraints"),
        verification=contents.verifying_files,
        stated_verifications=contents.stated_verifications,
        guidance=contents.guidance_protocol,
        plans=asked.chosen_plans or contents.reviewed_plans,
        charted_dose_gy=course.prescribed_dose_gy,
        member=patient_of_course(store, course.member_id),
        with_pictures=asked.with_pictures,
    )
    if asked.on_measured is not None:
        asked.on_measured(measured)
    contents.inputs += measured.inputs
    differences, problems = compare_with_case(
        measured.plan.folder,
        store,
        course,
        contents.accepted_differences,
        rulebooks,
        contents.values_lost,
        contents.rows,
    )
    rows, set_aside = rows_of_evidence(measured.plan.rows, differences, measured.plan.delivered)
    problems = [*measured.problems, *problems, *_store_measured(store, [*rows, *differences])]
    has_no_plan = bool(set_aside) and not any(isinstance(row, Plan) for row in rows)
    return () if has_no_plan else measured.pictures, set_aside, problems


def _completed(review: Review, contents: CaseContents, courses: list[Course], books: Sequence[Rulebook]) -> Review:
    """The review with what could not be read held against it, and how many claim lines were given and lost."""
    review = held_for_a_person(review, contents.values_lost, courses, books)
    read = sum(isinstance(row, ClaimLine) for row in contents.rows) + contents.lines_lost
    return replace(
        review,
        lines_read=read,
        lines_lost=contents.lines_lost + contents.lines_refused,
        claim_files_unread=tuple(dict.fromkeys(contents.claim_files_unread)),
    )


def _with_clips(review: Review, contents: CaseContents) -> Review:
    """The review with pictures of the passages that it cites."""
    from isocenter.chart.pages.clips import clips_of  # noqa: PLC0415  # a case without a chart needs none of it

    files = {shown_in(contents, file): file for file in contents.chart_files}
    return replace(review, clips=clips_of(review.facts.get("citations", ()), files))


def _store_chart(
    store: Store, contents: CaseContents, course: Course, rulebooks: Sequence[Rulebook]
) -> tuple[Course, list[Problem]]:
    """Store what the chart's pages state; where the case file says it too, the case file is followed."""
    from isocenter.chart.course.belonging import member_named  # noqa: PLC0415  # a case without a chart needs none of it
    from isocenter.chart.into_case import read_chart  # noqa: PLC0415  # likewise

    files = [(file, shown_in(contents, file)) for file in contents.chart_files]
    billing = next((row.billing_npi for row in store.rows("claim_lines") if row.billing_npi), "")
    member = member_of(store, course.member_id)
    charted = read_chart(
        files,
        rulebooks,
        contents.rows,
        course,
        billing,
        read_before=contents.charts_read,
        signed=contents.file_signatures,
        drafts=frozenset(one.shown for one in contents.attached if one.is_draft),
        member=member,
        accepted=contents.accepted_differences,
        days=days_of_course(course, store.rows("claim_lines")),
    )
    if course.course_id == _COURSE_OF_A_CHART and not charted.supplied:
        raise UnreadableInput(_why_nothing_charted(files, charted.problems))
    rows, problems = sort_out(charted.rows, rulebooks)
    for table in sorted(charted.supplied):
        store.supply(table)
    problems += store.add(rows)
    named = member_named(charted.patient, course.member_id) if member is None else None
    if named is not None:
        problems += store.add([named])
    if charted.course is not None and charted.course != course:
        others = [row for row in store.rows("courses") if row.course_id != course.course_id]
        problems += store.replace("courses", [*others, charted.course])
        course = charted.course
    contents.inputs += [InputFile(name, "chart", sha256_of(file), 0) for file, name in files]
    return course, [*charted.problems, *problems]


def _why_nothing_charted(files: Sequence[tuple[Path, str]], problems: Sequence[Problem]) -> str:
    first = next((f": {one.path}: {one.sentence}" for one in problems), "")
    return f"nothing to review: no document of the policy's list was recognized in {files[0][1]}{first}"


def _store_measured(store: Store, rows: Sequence[FactRow]) -> list[Problem]:
    """Fractions of treatment records fill in where the chart gives none; guided set-ups complete those of the chart."""
    guided = [row for row in rows if isinstance(row, ImageGuidance)]
    charted = [ImageGuidance] + ([Fraction] if "fractions" in store.supplied else [])
    problems = store.add(row for row in rows if type(row) not in charted)
    if guided:
        problems += store.replace("image_guidance", complete_set_ups(store.rows("image_guidance"), guided))
    return problems


_COURSE_OF_A_CHART = "of the chart"


def _course_of_chart(store: Store, contents: CaseContents) -> Course | None:
    """A course to ask about before any claim, where a chart is supplied and no rows that could be of another course."""
    if not contents.chart_files or contents.rows:
        return None
    course = Course(_COURSE_OF_A_CHART, "")
    store.supply("courses")
    store.add([course])
    return course
