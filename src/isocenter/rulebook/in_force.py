"""A definition that has dates answers only for services on the days on which its text is in force."""

from dataclasses import replace

from isocenter.errors import BrokenRule
from isocenter.rulebook.policy import ALWAYS, Policy
from isocenter.rulebook.rule import Definition

# How a row of an answer finds its course, by the first of these columns that it has.
_COURSE_OF = {
    "course_id": "",
    "document_id": "inner join documents as dated on answer.document_id = dated.document_id",
    "plan_id": "inner join plans as dated on answer.plan_id = dated.plan_id",
}


def only_in_force(definition: Definition, policy: Policy) -> Definition:
    """The definition with a query that keeps the rows in force: of a claim line by its day, else by the course's first.

    Days are those by which rules are in force, see review/sql/located_findings.sql. Raises BrokenRule where the rows
    of a dated definition belong to no line and no course.
    """
    if (definition.valid_from, definition.valid_to) == ALWAYS:
        return definition
    return replace(definition, query=_dated(definition, policy))


def _dated(definition: Definition, policy: Policy) -> str:
    in_force = f"between date '{definition.valid_from}' and date '{definition.valid_to}'"
    answers = definition.parts.answers
    if "claim_line_id" in answers:
        return (
            f"select answer.* from (\n{definition.query}) as answer\n"
            "inner join claim_lines as dated on answer.claim_line_id = dated.claim_line_id\n"
            f"where dated.service_date {in_force}\n"
        )
    key = next((column for column in _COURSE_OF if column in answers), None)
    if key is None:
        raise BrokenRule(
            f"{definition.path.name}: a definition with valid_from or valid_to answers claim_line_id, course_id,"
            " document_id or plan_id by name, so that the day of each row is known"
        )
    course = "answer" if key == "course_id" else "dated"
    return (
        f"select answer.* from (\n{definition.query}) as answer\n{_COURSE_OF[key]}\n"
        f"left join course_windows as dated_courses on {course}.course_id = dated_courses.course_id\n"
        f"where coalesce(greatest(dated_courses.first_service, date '{policy.valid_from}'),"
        f" date '{policy.valid_to}') {in_force}\n"
    )
