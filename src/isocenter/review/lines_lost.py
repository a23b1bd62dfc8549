"""Courses of a batch of whose member a claim line could not be read: held for a person, as in the review of one."""

from typing import TYPE_CHECKING

from isocenter.facts.identity import member_key_sql, patients_number_sql
from isocenter.review.adding_up import RULES
from isocenter.review.policy_tables import insert
from isocenter.rulebook.policy import ALWAYS
from isocenter.terms.findings import ALL_WAS_READ, Consequence

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from isocenter.facts.store import FactStore
    from isocenter.review.spark_desk import Desk

LOST_LINES = "lost_lines"  # one row for each member of whom lines were lost: member_key, lines, place of the first
_HELD = f"""
    select courses.course_id,
        case
            when {LOST_LINES}.lines = 1 then concat(
                'a row of claim_lines (', {LOST_LINES}.place, ') could not be read, so what it states is not known'
            )
            else concat(
                {LOST_LINES}.lines, ' rows of claim_lines (the first: ', {LOST_LINES}.place, ') could not be read,'
                ' so what they state is not known'
            )
        end as because
    from courses
    inner join {LOST_LINES} on {member_key_sql(patients_number_sql("courses.member_id"))} = {LOST_LINES}.member_key
"""
_FINDINGS = """
    select
        '{policy}' as policy, '{rule}' as rule, 'course' as subject_kind, held.course_id as subject_id,
        held.course_id, '' as claim_line_id, 'not_met' as outcome, held.because, '' as evidence,
        cast(null as bigint) as units_allowed
    from ({held}) as held
"""
# What is refused on what was read stays refused, and so is a line cut to no unit where nothing is asked about it.
_EFFECTS = """
    select
        '{policy}' as policy, '{rule}' as rule, 'course' as subject_kind, held.course_id as subject_id,
        held.course_id, coalesce(open_lines.claim_line_id, '') as claim_line_id, 'review' as effect,
        cast(null as bigint) as units_allowed
    from ({held}) as held
    left join (
        select judged_lines.course_id, judged_lines.claim_line_id
        from judged_lines
        left join (
            select
                finding_effects.claim_line_id,
                max(case when finding_effects.effect in ('deny', 'not_necessary') then 1 else 0 end) as is_refused,
                max(case when finding_effects.effect in ('request', 'review') then 1 else 0 end) as is_asked_about,
                max(
                    case when finding_effects.effect = 'reduce' and finding_effects.units_allowed = 0 then 1 else 0 end
                ) as is_cut_to_none
            from finding_effects
            where finding_effects.claim_line_id <> ''
            group by finding_effects.claim_line_id
        ) as effects on judged_lines.claim_line_id = effects.claim_line_id
        left join (
            select distinct finding_effects.course_id
            from finding_effects
            inner join rules on finding_effects.policy = rules.policy and finding_effects.rule = rules.rule
            where rules.is_scope and not rules.asks_scope and finding_effects.effect = 'request'
        ) as open_courses on judged_lines.course_id = open_courses.course_id
        where
            coalesce(effects.is_refused, 0) = 0
            and (
                coalesce(effects.is_cut_to_none, 0) = 0
                or effects.is_asked_about = 1
                or open_courses.course_id is not null
            )
    ) as open_lines on held.course_id = open_lines.course_id
"""


def hold_courses(store: "FactStore", policy: str) -> None:
    """Add to the findings of a batch, once they are added up, one for each course of the members in `lost_lines`."""
    connection = store.connection
    insert(store, "main.rules", [_rule(policy)])
    connection.execute(
        f"create temp table effects_of_lost_lines as {_query(_EFFECTS, policy)};"
        f"insert into main.located_findings {_query(_FINDINGS, policy)};"
        "insert into main.finding_effects from effects_of_lost_lines;"
        "delete from main.courses_out_of_scope where course_id in (select course_id from effects_of_lost_lines);"
        "drop table effects_of_lost_lines"
    )


def hold_courses_on_desk(desk: "Desk", policy: str) -> "DataFrame":
    """The same on a desk of Spark, where the steps of adding up are; returns the table of rules."""
    from isocenter.review.spark_desk import kept  # noqa: PLC0415  # an extra

    rules = desk.session.table("rules").unionByName(desk.rows(RULES, [_rule(policy)]))
    desk.put("rules", rules)
    effects = kept(desk.sql(_query(_EFFECTS, policy)))
    found = kept(desk.sql(_query(_FINDINGS, policy)))
    in_scope = desk.session.table("courses_out_of_scope").join(effects.select("course_id"), ["course_id"], "left_anti")
    desk.put("courses_out_of_scope", kept(in_scope))
    desk.put("located_findings", kept(desk.session.table("located_findings").unionByName(found)))
    desk.put("finding_effects", kept(desk.session.table("finding_effects").unionByName(effects)))
    return rules


def _query(template: str, policy: str) -> str:
    return template.format(policy=policy, rule=ALL_WAS_READ, held=_HELD)


def _rule(policy: str) -> tuple[object, ...]:
    """The row of the table of rules, always in force."""
    values: dict[str, object] = {"policy": policy, "rule": ALL_WAS_READ, "consequence": Consequence.REVIEW.value}
    values |= {"affects": "", "valid_from": ALWAYS[0], "valid_to": ALWAYS[1]}
    defaults = {"boolean": False, "integer": 0}
    return tuple(values.get(name, defaults.get(kind)) for name, kind in RULES.items())
