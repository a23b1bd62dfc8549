"""What was read of a case, laid out as facts: each row in its course, and the claims that are in force."""

from collections.abc import Sequence
from pathlib import Path

from isocenter.errors import UnreadableInput
from isocenter.facts.courses import (
    claims_without_their_original,
    derive_courses,
    drop_superseded_claims,
    lay_out_days,
    take_diagnoses_from_claims,
)
from isocenter.facts.given_twice import without_lines_given_twice
from isocenter.facts.identity import distinguish_claims
from isocenter.facts.placement import fill_in_course_and_member, place_in_courses
from isocenter.facts.stores import Store
from isocenter.facts.visits import place_visits
from isocenter.intake.case import read_case
from isocenter.intake.case_contents import CaseContents
from isocenter.intake.formats import Format
from isocenter.review.course_chosen import expect_one_to_fill_in, only_course
from isocenter.review.fields_in_words import one_element_a_field
from isocenter.review.policy_tables import codes_of_no_course, covered_codes, use_courses
from isocenter.review.results_in_words import results_in_words
from isocenter.review.reviewer import Reviewer
from isocenter.review.vocabulary import sort_out
from isocenter.rulebook.rulebook import Rulebook
from isocenter.terms.claims import ClaimLine, Diagnosis
from isocenter.terms.courses import Course
from isocenter.terms.problems import LostLine, Problem, clause
from isocenter.terms.tables import FactRow


def store_facts(store: Store, contents: CaseContents, rulebooks: Sequence[Rulebook]) -> list[Problem]:
    """Put what was read into the store, each row in its course; rows that cannot be right become problems."""
    problems, rows = _store_rows(store, contents, rulebooks)
    use_courses(store, rulebooks)
    problems += drop_superseded_claims(store)
    return problems + _lay_out(store, rulebooks, rows)


def _store_rows(
    store: Store, contents: CaseContents, rulebooks: Sequence[Rulebook]
) -> tuple[list[Problem], list[FactRow]]:
    """What could not be stored, and the rows that were given to the store."""
    given, given_twice = without_lines_given_twice(contents.rows, contents.places_of_x12)
    claims, problems = distinguish_claims(fill_in_course_and_member(given), covered_codes(rulebooks))
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
    derive_courses(store)
    problems = place_in_courses(store, rows)
    lay_out_days(store)
    take_diagnoses_from_claims(store)
    # Last: neither days nor diagnoses of visits are those of a course, as in a screening.
    return problems + place_visits(store, codes_of_no_course(rulebooks))


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
        use_courses(store, reviewer.rulebooks)
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


def expect_claims_to_judge(store: Store, contents: CaseContents, problems: Sequence[Problem]) -> None:
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
