"""The whole program on one page: read the case, measure the plan, judge the facts, recommend."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from isocenter.errors import UnreadableInput
from isocenter.facts.courses import (
    claims_without_their_original,
    derive_courses,
    drop_superseded_claims,
    lay_out_days,
    take_diagnoses_from_claims,
)
from isocenter.facts.days_of_course import days_of_course
from isocenter.facts.given_twice import without_lines_given_twice
from isocenter.facts.identity import distinguish_claims
from isocenter.facts.placement import (
    complete_set_ups,
    expect_line_of_business,
    fill_in_course_and_member,
    place_in_courses,
    with_line_of_business,
)
from isocenter.facts.stores import Store
from isocenter.facts.visits import place_visits
from isocenter.files.program import program_version
from isocenter.intake.case import attached_as_files, read_case, sha256_of
from isocenter.intake.case_contents import CaseContents, shown_in
from isocenter.intake.formats import Format
from isocenter.measuring import MeasuredFolder, measure_folder
from isocenter.review.assembling import assemble, facts_of_course
from isocenter.review.course_chosen import expect_one_to_fill_in, only_course, why_no_course
from isocenter.review.fields_in_words import one_element_a_field
from isocenter.review.other_times import documents_of_other_times
from isocenter.review.plan_identity import compare_with_case, member_of, patient_of_course, rows_of_evidence
from isocenter.review.policy_tables import codes_of_no_course, use_courses
from isocenter.review.results_in_words import results_in_words
from isocenter.review.reviewer import Reviewer
from isocenter.review.unread import held_for_a_person
from isocenter.review.vocabulary import sort_out
from isocenter.rulebook.rulebook import Rulebook
from isocenter.terms.claims import ClaimLine, Diagnosis
from isocenter.terms.courses import Course, Fraction, ImageGuidance
from isocenter.terms.findings import InputFile
from isocenter.terms.plans import Plan
from isocenter.terms.problems import LostLine, Problem, Unread, clause
from isocenter.terms.review import Picture, Review
from isocenter.terms.tables import FactRow

_NO_PLAN = (
    "It verifies the dose of a plan, and there is no plan to compare it with; add the DICOM-RT files of the plan."
)


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
        return _review(
            store,
            contents,
            reviewer,
            [reviewer.rulebooks],
            course_id,
            plan_folder,
            chosen_plans,
            with_pictures=with_pictures,
            on_measured=on_measured,
        )[0]


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
        return _review(store, contents, reviewer, selections, with_pictures=False)


_OF_ONE_COURSE = "it is of one course, and all are reviewed; it was left out; review its course with --course"


def review_each(
    path: Path | str,
    policies: Sequence[Rulebook | str | Path] | str | Path | Reviewer | None = None,
    *,
    line_of_business: str = "",
) -> Iterator[Review]:
    """Review every course of a file or folder of claims, in the order of their names.

    A chart and a plan are of one course and are left out, each with a problem that holds every course: it may be of
    any. `line_of_business` is that of lines that do not say it. Raises UnreadableInput when the claims hold no course,
    UnknownName for a line of business that is none.
    """
    reviewer = _reviewer_of(policies)
    yield from _review_each(_read(path, line_of_business), reviewer)


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
            with reviewer.store() as store:
                store_facts(store, contents, reviewer.rulebooks)
                is_of_several = len(store.rows("courses")) > 1
            if is_of_several:
                yield from ((folder, review) for review in _review_each(contents, reviewer))
            else:
                yield folder, review_contents(contents, reviewer)
        except UnreadableInput as wrong:
            yield folder, wrong


def _reviewer_of(policies: Sequence[Rulebook | str | Path] | str | Path | Reviewer | None) -> Reviewer:
    return policies if isinstance(policies, Reviewer) else Reviewer(policies)


def _review_each(contents: CaseContents, reviewer: Reviewer) -> Iterator[Review]:
    with reviewer.store() as store:
        problems = [*contents.problems, *store_facts(store, contents, reviewer.rulebooks)]
        _refuse_claims_unread(store, contents, problems)
        of_one_course = (*contents.dicom_files, *contents.verifying_files, *contents.chart_files)
        problems += [Unread(shown_in(contents, file), "", _OF_ONE_COURSE) for file in of_one_course]
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
    course_id: str = "",
    plan_folder: Path | None = None,
    chosen_plans: Collection[str] = (),
    *,
    with_pictures: bool,
    on_measured: Callable[[MeasuredFolder], None] | None = None,
) -> list[Review]:
    problems = [*contents.problems, *store_facts(store, contents, reviewer.rulebooks)]
    _refuse_claims_unread(store, contents, problems)
    course = (not course_id and _course_of_chart(store, contents)) or only_course(store, course_id, problems)
    problems += documents_of_other_times(store, course, contents.accepted_differences)
    if contents.chart_files:
        course, more = _store_chart(store, contents, course, reviewer.rulebooks)
        problems += more
    folder = plan_folder or (contents.path if contents.dicom_files else None)
    pictures: tuple[Picture, ...] = ()
    set_aside: list[Plan] = []
    if folder is not None:
        measured = measure_folder(
            folder,
            course.course_id,
            contents.structure_roles,
            store.rows("constraints"),
            verification=contents.verifying_files,
            stated_verifications=contents.stated_verifications,
            guidance=contents.guidance_protocol,
            plans=chosen_plans or contents.reviewed_plans,
            charted_dose_gy=course.prescribed_dose_gy,
            member=patient_of_course(store, course.member_id),
            with_pictures=with_pictures,
        )
        if on_measured is not None:
            on_measured(measured)
        contents.inputs += measured.inputs
        differences, more = compare_with_case(
            measured.plan.folder,
            store,
            course,
            contents.accepted_differences,
            reviewer.rulebooks,
            contents.values_lost,
            contents.rows,
        )
        rows, set_aside = rows_of_evidence(measured.plan.rows, differences, measured.plan.delivered)
        problems += [*measured.problems, *more, *_store_measured(store, [*rows, *differences])]
        pictures = () if set_aside and not any(isinstance(row, Plan) for row in rows) else measured.pictures
    elif chosen_plans:
        raise UnreadableInput(f"no DICOM-RT plan is in the case, so none is called {', '.join(chosen_plans)}")
    elif contents.verifying_files:
        problems.append(Problem(contents.verifying_files[0].name, "", _NO_PLAN))
    pictures = (*pictures, *contents.compared_pictures) if with_pictures else pictures
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
        reviews.append(_with_clips(review, contents) if contents.chart_files and with_pictures else review)
    contents.expect_unchanged()
    return reviews


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


def store_facts(store: Store, contents: CaseContents, rulebooks: Sequence[Rulebook]) -> list[Problem]:
    """Put what was read into the store, each row in its course; rows that cannot be right become problems."""
    problems, rows = _store_rows(store, contents, rulebooks)
    problems += drop_superseded_claims(store)
    return problems + _lay_out(store, rulebooks, rows)


def _store_rows(
    store: Store, contents: CaseContents, rulebooks: Sequence[Rulebook]
) -> tuple[list[Problem], list[FactRow]]:
    """What could not be stored, and the rows that were given to the store."""
    given, given_twice = without_lines_given_twice(contents.rows, contents.places_of_x12)
    claims, problems = distinguish_claims(fill_in_course_and_member(given))
    problems += given_twice
    rows, unknown = sort_out(claims, rulebooks)
    problems += unknown
    rows = one_element_a_field(rows)
    rows += results_in_words(rows, rulebooks)
    for table in sorted(contents.supplied):
        store.supply(table)
    problems += store.add(rows)
    given_lines = sum(isinstance(row, ClaimLine) for row in claims)
    contents.lines_refused = given_lines - len(store.rows("claim_lines"))
    return problems, rows


def _lay_out(store: Store, rulebooks: Sequence[Rulebook], rows: Sequence[FactRow]) -> list[Problem]:
    use_courses(store, rulebooks)
    derive_courses(store)
    problems = place_in_courses(store, rows)
    lay_out_days(store)
    take_diagnoses_from_claims(store)
    # Last: neither days nor diagnoses of visits are those of a course, as in a screening.
    return problems + place_visits(store, codes_of_no_course(rulebooks))


_COURSE_OF_A_CHART = "of the chart"


def read_one_course(
    path: Path, policies: Sequence[Rulebook | str], course_id: str = ""
) -> tuple[Course, list[Diagnosis], list[ClaimLine], list[Problem]]:
    """A course of claims, its diagnoses and lines, and what of the claims was not read or left out.

    UnreadableInput where there is no course, or where there are several and none is chosen.

    A claim that replaces a supplied one takes its place and is given as an original: the other is not given.
    """
    reviewer = Reviewer(policies)
    with reviewer.store() as store:
        contents = read_case(path)
        found, rows = _store_rows(store, contents, reviewer.rulebooks)
        problems = [*contents.problems, *found]
        unmatched = claims_without_their_original(store)
        problems += drop_superseded_claims(store)
        problems += _lay_out(store, reviewer.rulebooks, rows)
        if not course_id:
            expect_one_to_fill_in(path, [course.course_id for course in store.rows("courses")])
        course = only_course(store, course_id, problems, str(path))
        diagnoses = [row for row in store.rows("diagnoses", "position, icd10") if row.course_id == course.course_id]
        lines = store.rows("claim_lines", "service_date, claim_id, line_number, claim_line_id")
        of_course = [line for line in lines if line.course_id == course.course_id]
        of_course = [line if line.claim_id in unmatched else _settled(line) for line in of_course]
        return course, diagnoses, of_course, list(dict.fromkeys(problems))


def _settled(line: ClaimLine) -> ClaimLine:
    """The line of a claim whose correction is done: nothing is left for it to replace."""
    return line._replace(claim_frequency="1", original_claim_id="") if line.claim_frequency in ("7", "8") else line


def _refuse_claims_unread(store: Store, contents: CaseContents, problems: Sequence[Problem]) -> None:
    """Claims that were given and of which no line is in force are no ground for any recommendation."""
    if store.rows("claim_lines"):
        return
    read = sum(isinstance(row, ClaimLine) for row in contents.rows)
    if read:
        refused = [problem for problem in problems if isinstance(problem, LostLine)]
        first, remedy = "", "add the claims that were billed in their place"
        if refused:
            first = f" ({refused[0].place}: {clause(refused[0].sentence)})"
            remedy = f"correct the claims, or {remedy}"
        raise UnreadableInput(
            f"claim lines read: {read:,}; each was voided, replaced, taken back by another or could not be kept{first};"
            f" no line is left to judge; {remedy}"
        )
    lost = [problem for problem in contents.problems if isinstance(problem, LostLine)]
    of_claims = [problem for problem in contents.problems if Path(problem.path).stem == "claim_lines"]
    given = (
        bool(lost) or bool(of_claims) or any(file.kind in {Format.X12, Format.CLAIMS_TABLE} for file in contents.inputs)
    )
    if given:
        telling = [*lost[:1], *of_claims[-1:], *contents.problems[-1:]]
        where = ", ".join(part for part in (telling[0].path, telling[0].place) if part) if telling else ""
        first = f": {where}: {telling[0].sentence}" if telling else ""
        raise UnreadableInput(
            f"claims were given and no line of them could be read{first}; nothing is judged; correct the claims, or"
            " leave them out to ask before any claim"
        )


def _course_of_chart(store: Store, contents: CaseContents) -> Course | None:
    """A course to ask about before any claim, where a chart is supplied and no rows that could be of another course."""
    if not contents.chart_files or contents.rows:
        return None
    course = Course(_COURSE_OF_A_CHART, "")
    store.supply("courses")
    store.add([course])
    return course
