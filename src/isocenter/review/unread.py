"""What the case states and nobody could read: what rests on it is neither covered nor paid, and goes to a person."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from isocenter.facts.identity import member_key, patients_number
from isocenter.review.policy_tables import courses_rulebook
from isocenter.rulebook.policy import GroupRole
from isocenter.rulebook.rule import Rule
from isocenter.rulebook.rulebook import Rulebook
from isocenter.terms.courses import Course
from isocenter.terms.findings import (
    ALL_WAS_READ,
    Consequence,
    CourseRecommendation,
    Finding,
    LineRecommendation,
    Outcome,
    ReviewedLine,
    SubjectKind,
)
from isocenter.terms.problems import CONSTRAINT, FRACTION_RECORD, LostLine, Unread, UnreadPart
from isocenter.terms.review import Review
from isocenter.terms.tables import LostValue
from isocenter.terms.values import FORM_OF_A_PROCEDURE

_REMEDY = "Look at the original and decide with what it says, or correct it and run the review again."
# Tables whose rows are made of what else a case lists, or lie within its rows.
_MADE_OF = {
    "documents": ("documents", "document_elements", "signatures"),
    "claim_diagnoses": ("claim_diagnoses", "diagnoses"),
    "constraints": ("constraints", "constraint_results"),
    "structure_roles": ("structures", "plan_measures", "constraint_results"),
    "verifying_doses": ("verifications", "plan_measures"),
    "guidance_protocol": ("image_guidance",),
    "reviewed_plans": ("plans",),
    "accepted_differences": (),  # what nobody accepts stays a difference
}
# What is made of one part of a plan, by its kind; of other parts anything may be.
_OF_PART = {
    "dose": ("constraint_results", "verifications"),
    FRACTION_RECORD: ("fractions",),
    CONSTRAINT: ("constraint_results",),
    **dict.fromkeys(("CT image", "enhanced CT image"), ()),  # drawn, and measured by nothing that a rule reads
    **dict.fromkeys(("MR image", "PET image", "RT image"), ()),  # passed over where they can be read
}
# Read beside the rules, so that no query says which columns count.
_WHOLE = {"constraints", *(_MADE_OF.keys() - {"documents", "claim_diagnoses"})}
_CODE = re.compile(FORM_OF_A_PROCEDURE)
_OF_CLAIMS = ("claim_lines", "claim_diagnoses")
_HELD = (LineRecommendation.PAY, LineRecommendation.REDUCE, LineRecommendation.REQUEST)
_COURSE_HELD = (
    CourseRecommendation.COVER,
    CourseRecommendation.NECESSITY_NOT_JUDGED,
    CourseRecommendation.REQUEST_DOCUMENTATION,
)


class _NotRead(NamedTuple):
    """What is not known of the course: a value or a row that was lost, or a part of a plan by its kind."""

    value: LostValue
    part: str = ""


def held_for_a_person(
    review: Review, values_lost: Iterable[LostValue], courses: Collection[Course], rulebooks: Sequence[Rulebook]
) -> Review:
    """The review with what was not read among its findings: no line and no course is good that could rest on it.

    A rule that reads the table could answer otherwise with the row. Its lines that would be paid, cut or asked about
    are held for review, and so is the course; what is refused on what was read stays refused. `courses` are all of
    the case.
    """
    unread = _left_unread(values_lost, review, courses, _lines_of_no_rule(review, rulebooks))
    if not unread:
        return review
    rules, columns = [rule for book in rulebooks for rule in book.rules], _columns_read(rulebooks)
    if review.recommendation is CourseRecommendation.OUT_OF_SCOPE:
        rules = [rule for rule in rules if rule.role is GroupRole.SCOPE]
    charted = bool(review.facts.get("citations"))
    bearing = [(one, found) for one in unread if (found := _rules_that_read(one, rules, columns, charted=charted))]
    if not bearing:
        return review
    concerned = {(rule.policy, rule.name): rule for _, found in bearing for rule in found}
    lines = {line for rule in concerned.values() for line in _lines_of(rule, review)}
    policy = next(iter(concerned.values())).policy
    return replace(
        review,
        findings=(*review.findings, *(_finding(one, policy, review.course) for one, _ in bearing)),
        lines=tuple(_held(line) if line.claim_line_id in lines else line for line in review.lines),
        recommendation=_recommended(review),
        affected_lines={**review.affected_lines, (policy, ALL_WAS_READ): tuple(sorted(lines))},
    )


def _lines_of_no_rule(review: Review, rulebooks: Sequence[Rulebook]) -> set[tuple[str, str]]:
    """Path and place of lines that could not be read but for their code, of services that no rule asks about."""
    lost = [one for one in review.problems if isinstance(one, LostLine) and _CODE.fullmatch(one.procedure_code)]
    if not lost:
        return set()
    codes = {code.code for book in (*rulebooks, courses_rulebook(tuple(rulebooks))) for code in book.codes}
    return {(one.path, one.place) for one in lost if one.procedure_code not in codes}


def _left_unread(
    values_lost: Iterable[LostValue],
    review: Review,
    courses: Collection[Course],
    of_no_rule: Collection[tuple[str, str]],
) -> list[_NotRead]:
    """What is not known of the course: each place once, or each column of it.

    What names its course or its member is of them alone. A claim line that names neither may be any course's of many
    members, and is left to the count of lines that could not be read; a chart is of one course.
    """
    course, named = review.course, set()
    is_of_many = len({patients_number(one.member_id) for one in courses}) > 1
    own_key = member_key(patients_number(course.member_id))
    places: dict[tuple[str, ...], _NotRead] = {}
    given = [one for one in values_lost if (one.path, one.place) not in of_no_rule]
    whole_rows = {(one.path, one.place) for one in given if not one.column}
    for one in given:
        where = (one.path, one.place)
        named.add(where)
        is_told = bool(one.column and one.path and where in whole_rows)
        of_many = one.table in _OF_CLAIMS and not one.row and is_of_many
        is_own = one.row in ("", course.course_id) or member_key(patients_number(one.row)) == own_key
        if is_own and not of_many and not is_told:
            key = (*where, one.column) if one.path else (one.table, one.column, one.row)
            places.setdefault(key, _NotRead(one))
    for problem in review.problems:
        of_claims = isinstance(problem, LostLine)
        where = (problem.path, problem.place)
        if where in of_no_rule:
            continue
        if isinstance(problem, LostLine):
            lost_of = member_key(patients_number(problem.member_id))
            is_own = lost_of == own_key if lost_of else not is_of_many
        else:
            is_own = isinstance(problem, Unread)
        if is_own and where not in named:
            part = problem.part if isinstance(problem, UnreadPart) and problem.part in _OF_PART else ""
            lost = LostValue("claim_lines" if of_claims else "", "", "", *where)
            places.setdefault((*where, ""), _NotRead(lost, part))
    return list(places.values())


def _recommended(review: Review) -> CourseRecommendation:
    held = review.recommendation in _COURSE_HELD or review.recommendation is CourseRecommendation.OUT_OF_SCOPE
    return CourseRecommendation.HUMAN_REVIEW if held else review.recommendation


def _rules_that_read(
    not_read: _NotRead, rules: Sequence[Rule], columns: Collection[str], *, charted: bool
) -> list[Rule]:
    one = not_read.value
    if not_read.part:
        return _reading(_OF_PART[not_read.part], rules)
    if one.table == "members":  # whose chart it is cannot be told without them; a plan is compared with them elsewhere
        return [rule for rule in rules if charted and "documents" in rule.reads]
    if one.column and one.table not in _WHOLE and one.column not in columns:
        return []
    return _reading(_MADE_OF.get(one.table, (one.table,)), rules) if one.table else list(rules)


def _reading(tables: Collection[str], rules: Sequence[Rule]) -> list[Rule]:
    return [rule for rule in rules if any(table in rule.reads for table in tables)]


def _columns_read(rulebooks: Sequence[Rulebook]) -> set[str]:
    """Names of all columns that rules read, and the definitions that they share."""
    parts = [query.parts for book in rulebooks for query in book.rules]
    parts += [query.parts for book in rulebooks for query in book.definitions]
    return {column for one in parts for column in one.columns}


def _lines_of(rule: Rule, review: Review) -> Iterator[str]:
    """The lines that a rule judged, or that inherit what it says of their course; all, where it judged none as yet."""
    if rule.judges is SubjectKind.CLAIM_LINE:
        key = (rule.policy, rule.name)
        judged = [one.subject_id for one in review.findings if (one.policy, one.rule) == key]
        yield from judged or (line.claim_line_id for line in review.lines)
    else:
        yield from review.affected_lines.get((rule.policy, rule.affects), ())


def _held(line: ReviewedLine) -> ReviewedLine:
    return replace(line, recommendation=LineRecommendation.REVIEW) if line.recommendation in _HELD else line


def _finding(not_read: _NotRead, policy: str, course: Course) -> Finding:
    one = not_read.value
    what = f"a row of {one.table}" if one.table else f"a {not_read.part}" if not_read.part else "something"
    what = f"{one.column} in {what}" if one.column else what
    where = ", ".join(part for part in (one.path, one.place) if part)
    return Finding(
        policy=policy,
        rule=ALL_WAS_READ,
        requirements=(),
        cites="",
        subject_kind=SubjectKind.COURSE,
        subject_id=course.course_id,
        outcome=Outcome.NOT_MET,
        consequence=Consequence.REVIEW,
        because=f"{what}{f' ({where})' if where else ''} could not be read, so what it states is not known",
        remedy=_REMEDY,
    )
