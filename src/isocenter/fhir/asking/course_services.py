"""Which of the services that are asked for together belong to the course of radiotherapy that is judged."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from isocenter.fhir.asking.asked import DECIDING, Answer, Judges
from isocenter.rulebook.policy import CourseRoles, GroupRole
from isocenter.rulebook.rulebook import Rulebook

NOT_IMPLIED = "That the course would be covered does not decide about this service; a person decides."
NOT_NAMED = (
    "The service may belong to a course of IMRT, but neither its plan nor its delivery is asked for; send it together"
    " with the code of the plan or of the delivery, or as a change of the request that asked for them."
)
NOT_OF_POLICY = "The policy says nothing about this service; a person decides."


def services_of_course(lines: Answer, judges: Judges) -> frozenset[str]:
    """The lines that are decided with the course: its own services, and those that rules judge beside it.

    A service that makes a course of its own, such as delivery by another modality, and one of which the policy asks
    for nothing but a record is not: that the course is covered says nothing of it.
    """
    asked_for = {line.claim_line_id: line for line in lines.review.lines}
    deciding = {(book.name, rule.affects) for book in judges.rulebooks for rule in book.rules if rule.role in DECIDING}
    own = {
        number
        for relation, numbers in lines.review.affected_lines.items()
        if relation in deciding
        for number in numbers
    }
    roles = {(book.name, rule.name): rule.role for book in judges.rulebooks for rule in book.rules}
    of_line: dict[str, set[tuple[str, str]]] = {}
    for finding in lines.review.findings:
        if finding.subject_id in asked_for:
            of_line.setdefault(finding.subject_id, set()).add((finding.policy, finding.rule))
    of_any = {rule for number in own for rule in of_line.get(number, ())}  # what is judged of every service
    implied = set(own)
    for number, line in asked_for.items():
        kinds = [
            (book.code_lists_of(line.procedure_code, line.service_date), book.policy.course_roles)
            for book in judges.rulebooks
        ]
        if any(lists & {*roles_of.delivers, *roles_of.no_course} for lists, roles_of in kinds):
            continue
        is_planning = any(lists & {*roles_of.plans} for lists, roles_of in kinds)
        specific = of_line.get(number, set()) - of_any
        judging = [rule for rule in specific if roles.get(rule) is not GroupRole.RECORD]
        if is_planning or judging:
            implied.add(number)
    return frozenset(implied)


def are_of_radiotherapy(codes: Iterable[str], on: date, judges: Judges) -> bool:
    """Whether a policy lists a service that makes no course by itself, such as a simulation or a collimator's devices.

    Delivery by another modality makes a course of its own, and a visit is no radiotherapy.
    """
    return any(
        not lists & {*roles.delivers, *roles.no_course} for lists, roles in _lists_of(codes, on, judges.rulebooks)
    )


def may_belong(codes: Iterable[str], on: date, judges: Judges) -> bool:
    """Whether services could be those of a course that the policies are about, though they do not say so themselves."""
    return any(
        not lists & {*roles.delivers, *roles.no_course, *roles.other_techniques}
        for lists, roles in _lists_of(codes, on, judges.rulebooks)
    )


def _lists_of(
    codes: Iterable[str], on: date, rulebooks: Sequence[Rulebook]
) -> Iterator[tuple[frozenset[str], CourseRoles]]:
    """The lists of each code in each policy that says which services make a course; all where none is in force."""
    stating = [book for book in rulebooks if book.policy.course_roles.delivers]
    for code in codes:
        for book in stating:
            lists = frozenset(book.code_lists_of(code, on) or (one.code_list for one in book.codes if one.code == code))
            if lists:
                yield lists, book.policy.course_roles
