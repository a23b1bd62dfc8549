"""The rule that policy.toml states: the policy applies to members of its line of business, on its days."""

from pathlib import Path

from isocenter.rulebook.policy import ALWAYS, GroupRole, Policy
from isocenter.rulebook.rule import Rule
from isocenter.terms.findings import Consequence, SubjectKind

NAME = "the_policy_applies"
_QUERY = """
with

billed as (

    select
        claim_lines.course_id,
        min(claim_lines.service_date) as first_day,
        max(claim_lines.service_date) as last_day
    from claim_lines
    group by claim_lines.course_id

),

spans as (

    select
        courses.course_id,
        courses.line_of_business,
        courses.jurisdiction,
        least(
            coalesce(billed.first_day, courses.first_delivery), coalesce(courses.first_delivery, billed.first_day)
        ) as first_day,
        greatest(
            coalesce(billed.last_day, courses.last_delivery, courses.first_delivery),
            coalesce(courses.last_delivery, courses.first_delivery, billed.last_day)
        ) as last_day
    from courses
    left join billed on courses.course_id = billed.course_id

)

select
    spans.course_id as subject_id,
    case
        {outcomes}
    end as outcome,
    case
        {reasons}
    end as because
from spans
"""


def rule_of_application(policy: Policy) -> Rule:
    """The rule by which a course is in the policy's scope or out of it; a course without days is on no other day.

    A record that does not say the line of business is asked only where the policy cites that demand.
    """
    query = _QUERY.format(
        outcomes="\n        ".join(f"when {when} then '{outcome}'" for when, outcome, _ in _answers(policy)),
        reasons="\n        ".join(f"when {when} then {because}" for when, _, because in _answers(policy)),
    ).strip()
    groups = [group.name for group in policy.groups if group.role is GroupRole.SCOPE]
    return Rule(
        policy=policy.name,
        group=groups[0] if groups else GroupRole.SCOPE.value,
        role=GroupRole.SCOPE,
        name=NAME,
        title=_title(policy),
        requirements=policy.scope.requirements,
        cites=policy.scope.cites,
        judges=SubjectKind.COURSE,
        consequence=Consequence.INFORM,
        remedy=_remedy(policy),
        asks=(),
        carc="",
        needs=("courses",),
        reads=("courses",),
        readings=(),
        affects="",
        compares="",
        shown_by=(),
        query=query,
        path=Path("policy.toml"),
        rests_on=(),
        is_of_application=True,
    )


def _title(policy: Policy) -> str:
    who = f"{policy.line_of_business.capitalize()} members" if policy.line_of_business else "all members"
    until = "" if policy.valid_to == ALWAYS[1] else f" to {policy.valid_to}"
    return f"The policy applies to {who}, from {policy.valid_from}{until}"


def _remedy(policy: Policy) -> str:
    facts = ["the member's line of business"] * bool(policy.line_of_business)
    facts += ["where the service is billed"] * bool(policy.jurisdiction)
    asked = [f"State {' and '.join(facts)}."] * bool(facts)
    if (policy.valid_from, policy.valid_to) != ALWAYS:
        asked.append("Review a course outside the policy's dates under the policy in force at that time.")
    return " ".join(asked) or "Nothing is needed: the policy applies to every course."


def _answers(policy: Policy) -> list[tuple[str, str, str]]:
    """Condition, outcome and reason, the first that holds."""
    insured = policy.line_of_business
    answers = []
    if insured:
        other = f"spans.line_of_business not in ('', '{insured}')"
        named = f"concat('the line of business is ', spans.line_of_business, '; the policy is for {insured} only')"
        answers.append((other, "not_applicable", named))
    where = policy.jurisdiction
    if where:
        elsewhere = f"concat('the service is billed in ', spans.jurisdiction, '; the policy is for {where} only')"
        answers.append((f"spans.jurisdiction not in ('', '{where}')", "not_applicable", elsewhere))
    if policy.valid_from != ALWAYS[0]:
        day = f"date '{policy.valid_from}'"
        before = f"concat('the course ended on ', spans.last_day, '; the policy is in force from ', {day})"
        answers.append((f"spans.last_day < {day}", "not_applicable", before))
    if policy.valid_to != ALWAYS[1]:
        day = f"date '{policy.valid_to}'"
        after = f"concat('the course began on ', spans.first_day, '; the policy was in force until ', {day})"
        answers.append((f"spans.first_day > {day}", "not_applicable", after))
    if insured and policy.scope.cites:
        unknown = "'the record does not state the line of business of the member'"
        answers.append(("spans.line_of_business = ''", "not_documented", unknown))
    if where:
        unknown = f"'the record does not state whether the service is billed in {where}'"
        answers.append(("spans.jurisdiction = ''", "not_documented", unknown))
    answers.append(("spans.course_id <> ''", "met", "'the policy applies to the member and to the days of the course'"))
    return answers
