"""Judges facts by the rules of rulebooks, in Spark: the same texts as in DuckDB, where the data already are."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from isocenter.review.adding_up import (
    ABOUT_NOTHING,
    CODES_RESTED_ON,
    NO_FINDING,
    RULES,
    STEPS,
    codes_rested_on,
    described,
    failure,
    is_ground,
    refuse_about_nothing,
    selection,
    sql,
)
from isocenter.review.batch_plan import MadeDefinition, PolicyPlan, plan_batch
from isocenter.review.execution_plan import PolicyRun
from isocenter.review.lines_lost import LOST_LINES, hold_courses_on_desk
from isocenter.review.policy_tables import course_code_rows, courses_rulebook, reading_rows
from isocenter.review.spark_desk import SPARK_TYPES, Desk, kept, together
from isocenter.review.spark_facts import (
    distinguish_claims,
    lay_out_days,
    put_facts,
    put_lines_in_courses,
    remarks_on_codes,
    set_lines_aside,
    take_diagnoses_from_claims,
)
from isocenter.rulebook.rule import Definition, Rule
from isocenter.rulebook.rulebook import Rulebook
from isocenter.terms.findings import NotAssessed, Outcome

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_FINDINGS = {
    "policy": "varchar",
    "rule": "varchar",
    "subject_kind": "varchar",
    "subject_id": "varchar",
    "outcome": "varchar",
    "because": "varchar",
    "evidence": "varchar",
    "units_allowed": "bigint",
}
_READINGS = {
    "name": "varchar",
    "number": "double",
    "meaning": "varchar",
    "valid_from": "date",
    "valid_to": "date",
}
_COURSE_CODES = {"code": "varchar", "plans": "integer", "delivers": "integer"}
_CHECKLIST = ("kind", "element", "requirement", "label")
_RULES_AT_ONCE = 8  # Spark takes longer to plan all rules as one query than to run them
_AFFECTED = {"policy": "varchar", "relation": "varchar", "claim_line_id": "varchar", "course_id": "varchar"}


@dataclass(frozen=True, slots=True, eq=False)
class SparkJudgment:
    """What the rules say of every course, as data frames; those of findings and effects are worked out already."""

    findings: "DataFrame"  # each with its course_id and claim_line_id; one about a facility once for each course
    comparisons: "DataFrame"  # in a screening: findings of the rules that compare courses with each other
    effects: "DataFrame"  # what each finding changes, see sql/finding_effects.sql
    lines: "DataFrame"  # claim_lines with recommendation and units_allowed
    courses: "DataFrame"  # course_id, recommendation
    affected_lines: "DataFrame"  # policy, relation that a rule affects, claim_line_id, course_id
    facts: dict[str, "DataFrame"]  # the fact tables as they were judged: lines in their courses
    set_aside: "DataFrame"  # claim lines that were not judged, with the reason
    remarks: "DataFrame"  # path, place, remark, kind: on claims that stay, worked out when they are read
    rules: "DataFrame"  # policy, rule, consequence, what adding up asks of each, see adding_up.RULES
    not_assessed: tuple[NotAssessed, ...]
    applied_to_nothing: tuple[tuple[str, str], ...]  # (policy, rule)


def judge_on_spark(
    session: "SparkSession",
    tables: Mapping[str, "DataFrame"],
    rulebooks: Sequence[Rulebook],
    *,
    for_screening: bool = False,
    lost_lines: "DataFrame | None" = None,
) -> SparkJudgment:
    """Run every rule whose tables were supplied, and add the findings up.

    `tables` are frames by the names and columns of facts/tables.sql; lines without a course get the one that
    facts/courses.sql finds. `for_screening` keeps no finding that is `met`, keeps the rules
    that compare courses apart, and asks nothing about necessity: without charts every course would end in the same
    request. `lost_lines` says of which members lines could not be read, see lines_lost. Raises UnreadableInput for
    facts that break the contract, EngineFailure for a query that Spark refuses.
    """
    with Desk(session) as desk:
        put_facts(desk, tables)
        distinguish_claims(desk, "claim_lines" in tables and "patient" in tables["claim_lines"].columns)
        _put_policy(desk, courses_rulebook(rulebooks))
        set_aside, remarks = set_lines_aside(desk)
        remarks = remarks.unionByName(remarks_on_codes(desk))
        put_lines_in_courses(desk)
        lay_out_days(desk)
        supplied = {*tables, "courses", "possible_courses", "service_days", "course_windows"}
        if "claim_diagnoses" in tables and not for_screening:
            take_diagnoses_from_claims(desk)
            supplied.add("diagnoses")
        desk.put("supplied_tables", desk.rows({"table_name": "varchar"}, [(name,) for name in sorted(supplied)]))
        if lost_lines is not None:
            desk.put(LOST_LINES, lost_lines)
        lost = lost_lines is not None
        return _judge(desk, rulebooks, supplied, set_aside, remarks, for_screening=for_screening, lines_are_lost=lost)


def _judge(
    desk: Desk,
    rulebooks: Sequence[Rulebook],
    supplied: set[str],
    set_aside: "DataFrame",
    remarks: "DataFrame",
    *,
    for_screening: bool,
    lines_are_lost: bool,
) -> SparkJudgment:
    plan = plan_batch(rulebooks, supplied, for_screening=for_screening)
    left_out = {(entry.policy, entry.rule) for entry in plan.not_assessed}
    findings, compared, affected = [], [], []
    applied: set[tuple[str, str]] = set()
    for policy in plan.policies:
        comparing = policy.comparing_rules if for_screening else ()
        rules = policy.rules if for_screening else (*policy.rules, *policy.comparing_rules)
        _put_policy(desk, policy.rulebook)
        for made in policy.definitions:
            _make(desk, policy.rulebook, made)
        findings += [_answers(desk, rules, applied, with_met=not for_screening), _asked(desk, policy.run.asked)]
        compared.append(_answers(desk, comparing, applied, with_met=False))
        affected.append(_affected_lines(desk, policy.run))
    desk.put("findings", together(findings))
    about_nothing = [tuple(row) for row in desk.sql(sql(ABOUT_NOTHING)).limit(1).collect()]
    refuse_about_nothing(about_nothing, plan.all_rules)
    rules_frame = desk.rows(RULES, described(plan.all_rules, necessity_waits=plan.necessity_waits))
    desk.put("rules", rules_frame)
    desk.put("codes_rested_on", desk.rows(CODES_RESTED_ON, codes_rested_on(plan.all_rules)))
    affected_lines = together(affected)
    desk.put("affected_lines", affected_lines)
    desk.put("lines_met", desk.rows(dict.fromkeys(("policy", "rule", "claim_line_id"), "varchar"), []))
    for step in STEPS:
        desk.put(step, kept(desk.sql(sql(step))))
    if lines_are_lost:
        rules_frame = hold_courses_on_desk(desk, plan.policies[0].rulebook.name)
    located = desk.session.table("located_findings").filter("outcome <> 'not_assessed'")
    if for_screening:
        located = located.filter("outcome <> 'met'")
    else:  # what is about courses out of scope alone counts for nothing
        applied = {(found.policy, found.rule) for found in located.select("policy", "rule").distinct().collect()}
    return SparkJudgment(
        findings=located,
        comparisons=together(compared),
        effects=desk.session.table("finding_effects"),
        lines=desk.sql(sql("line_recommendations")),
        courses=desk.sql(sql("course_recommendations")),
        affected_lines=affected_lines,
        facts={name: desk.session.table(name) for name in sorted(supplied)},
        set_aside=set_aside,
        remarks=remarks,
        rules=rules_frame,
        not_assessed=plan.not_assessed,
        applied_to_nothing=tuple(
            key for rule in plan.all_rules if (key := (rule.policy, rule.name)) not in applied | left_out
        ),
    )


def judge_comparing_rules(desk: Desk, policy: PolicyPlan, applied: set[tuple[str, str]]) -> "DataFrame":
    """The answers of the rules of a policy that compare courses, whose profiles are on the desk.

    Rules that looked at something are added to `applied`. Raises EngineFailure for a query that Spark refuses.
    """
    _put_policy(desk, policy.rulebook)
    return _answers(desk, policy.comparing_rules, applied, with_met=False)


def _put_policy(desk: Desk, rulebook: Rulebook) -> None:
    """Put what the rules of a policy read beside the facts on the desk: code lists, readings, the policy's tables."""
    codes = [(code.code_list, code.code, code.valid_from, code.valid_to) for code in rulebook.codes]
    columns = {"code_list": "varchar", "code": "varchar", "valid_from": "date", "valid_to": "date"}
    desk.put("codes", desk.rows(columns, codes))
    desk.put("readings", desk.rows(_READINGS, reading_rows(rulebook)))
    checklist = [(entry.kind, entry.element, entry.requirement, entry.label) for entry in rulebook.documents]
    desk.put("course_codes", desk.rows(_COURSE_CODES, course_code_rows(rulebook)))
    desk.put("document_checklist", desk.rows(dict.fromkeys(_CHECKLIST, "varchar"), checklist))
    for name, (header, rows) in rulebook.tables.items():
        desk.put(name, desk.rows(dict.fromkeys(header, "varchar"), rows))


def _make(desk: Desk, rulebook: Rulebook, made: MadeDefinition) -> None:
    if made.is_empty:  # of nothing: what reads it is planned without it
        kinds = (kind.lower() for kind in made.types)
        types = (kind if kind in SPARK_TYPES else "double" for kind in kinds)
        desk.put(made.definition.name, desk.rows(dict(zip(made.columns, types, strict=True)), []))
        return
    with _naming(made.definition, rulebook.name):
        frame = desk.sql(made.query)
        desk.put(made.definition.name, frame if made.is_view else kept(frame))


def _answers(desk: Desk, rules: Sequence[Rule], applied: set[tuple[str, str]], *, with_met: bool) -> "DataFrame":
    """The answers of rules, worked out; rules that looked at something are added to `applied`."""
    groups = [rules[first : first + _RULES_AT_ONCE] for first in range(0, len(rules), _RULES_AT_ONCE)]
    return together([desk.rows(_FINDINGS, []), *(_answers_of(desk, some, applied, with_met) for some in groups)])


def _answers_of(desk: Desk, rules: Sequence[Rule], applied: set[tuple[str, str]], with_met: bool) -> "DataFrame":
    from pyspark.errors import PySparkException  # noqa: PLC0415  # an extra
    from pyspark.sql import Observation, functions  # noqa: PLC0415  # likewise

    looked = Observation()
    try:
        # One query: Spark resolves all below again whenever a frame is added to or changed.
        answers = desk.session.sql("\nunion all\n".join(_numbered(desk, rule, 1 << n) for n, rule in enumerate(rules)))
        words = ", ".join(f"'{outcome}'" for outcome in Outcome)
        is_none = f"subject_id is null or outcome is null or outcome not in ({words})"
        no_findings = functions.expr(f"bit_or(case when {is_none} then rule_bit else 0 end)")
        answers = answers.observe(looked, functions.bit_or("rule_bit").alias("rules"), no_findings.alias("wrong"))
        found = kept(
            answers.selectExpr(*_FINDINGS) if with_met else _without_what_is_met(answers, rules), is_observed=True
        )
    except PySparkException:
        for rule in rules:  # which of them it was
            with _naming(rule, rule.policy):
                desk.sql(selection(rule)).write.format("noop").mode("overwrite").save()
        raise
    bits, wrong = (looked.get[name] or 0 for name in ("rules", "wrong"))
    for n, rule in enumerate(rules):
        if wrong & 1 << n:
            raise failure(rule, rule.policy, NO_FINDING)
    applied |= {(rule.policy, rule.name) for n, rule in enumerate(rules) if bits & 1 << n}
    return found


def _numbered(desk: Desk, rule: Rule, bit: int) -> str:
    """The query of a rule's answers, each with the bit of the rule."""
    columns = ", ".join(f"cast({name} as {SPARK_TYPES[kind]}) as {name}" for name, kind in _FINDINGS.items())
    with _naming(rule, rule.policy):
        return f"select {columns}, {bit} as rule_bit from (\n{desk.prepared(selection(rule))}\n) as answers"


def _without_what_is_met(answers: "DataFrame", rules: Sequence[Rule]) -> "DataFrame":
    """The answers that leave something open; of a rule on which lines may be paid also what is met, unworded."""
    grounds = sum(1 << n for n, rule in enumerate(rules) if is_ground(rule))
    unworded = "case when outcome = 'met' then '' else because end as because"
    return answers.filter(f"outcome <> 'met' or rule_bit & {grounds} <> 0").selectExpr(
        *(unworded if name == "because" else name for name in _FINDINGS)
    )


def _asked(desk: Desk, rules: Sequence[Rule]) -> "DataFrame":
    """Open questions about every course, as findings of what is not assessed."""
    names = desk.rows(dict.fromkeys(("policy", "rule"), "varchar"), [(rule.policy, rule.name) for rule in rules])
    return (
        desk.session.table("courses")
        .crossJoin(names)
        .selectExpr(
            "policy",
            "rule",
            "'course' as subject_kind",
            "course_id as subject_id",
            "'not_assessed' as outcome",
            "'' as because",
            "'' as evidence",
            "cast(null as bigint) as units_allowed",
        )
    )


def _affected_lines(desk: Desk, run: PolicyRun) -> "DataFrame":
    """Lines that inherit findings about their course, by the definition that names them."""
    if not run.affected:
        return desk.rows(_AFFECTED, [])
    policy = run.rulebook.name
    found = (
        f"select '{policy}' as policy, '{relation}' as relation, claim_line_id, course_id from {relation}"
        for relation in run.affected
    )
    return kept(desk.sql(" union all ".join(found)))


@contextmanager
def _naming(what: Rule | Definition, policy: str) -> Iterator[None]:
    """Name the query where Spark refuses it."""
    from pyspark.errors import PySparkException  # noqa: PLC0415  # an extra

    try:
        yield
    except PySparkException as wrong:
        raise failure(what, policy, wrong) from None
