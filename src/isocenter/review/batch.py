"""Judges the facts of many courses at once, in DuckDB: what is not as it should be, and what it adds up to."""

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import duckdb

from isocenter.engines.statements import execute
from isocenter.facts.store import FactStore
from isocenter.review.adding_up import (
    add_up,
    collect_affected_lines,
    create_finding_tables,
    failure,
    is_ground,
    locate,
    selection,
    states_evidence,
)
from isocenter.review.batch_plan import BatchPlan, MadeDefinition, PolicyPlan
from isocenter.review.lines_lost import hold_courses
from isocenter.review.policy_tables import load_policy
from isocenter.rulebook.rule import Rule
from isocenter.terms.findings import ALL_WAS_READ, Consequence, SubjectKind


@dataclass(frozen=True, slots=True)
class BatchJudgment:
    """What judging a batch took and which rules looked at something; the findings are in the store.

    They are in the tables `located_findings`, `finding_effects` and `affected_lines` of the schema main, and
    the profiles by which rules compare courses in the schema of their policy.
    """

    applied: set[tuple[str, str]] = field(default_factory=set)  # (policy, rule)
    seconds: dict[str, float] = field(default_factory=dict)  # stage, definition or rule: what it took


def judge_batch(
    store: FactStore,
    plan: BatchPlan,
    known_to_apply: Collection[tuple[str, str]] = (),
    types: Mapping[str, str] = {},
    *,
    lines_are_lost: bool = False,
) -> BatchJudgment:
    """Run the planned rules over all courses of the store; what is `met` is not kept.

    Rules that compare courses with each other are left to the end of the whole screening. Necessity is not asked
    about: without charts every course would end in the same request. `known_to_apply` are rules that looked at
    something in another batch, so that it need not be found out again. `types` are those of columns of the claim
    lines that are enumerated, and kept as typed columns: of course_id and member_id, and of procedure_code, with every
    code of the policies.
    Where `lines_are_lost`, the table lost_lines says of which members.
    Raises EngineFailure naming a refused query.
    """
    judgment = BatchJudgment()
    names = _types_of_names(store, plan.all_rules)
    create_finding_tables(
        store, plan.all_rules, names, types.keys() & {"course_id"}, necessity_waits=plan.necessity_waits
    )
    for policy in plan.policies:
        load_policy(store, policy.rulebook, policy.tables)
        with store.policy_is_limited():
            _judge_by(policy, store, judgment, known_to_apply, types)
    with stopwatch(judgment.seconds, "adding up"):
        locate(store, plan.all_rules)
        add_up(store)
        if lines_are_lost:
            hold_courses(store, plan.policies[0].rulebook.name)
    return judgment


def _judge_by(
    policy: PolicyPlan,
    store: FactStore,
    judgment: BatchJudgment,
    known_to_apply: Collection[tuple[str, str]],
    types: Mapping[str, str],
) -> None:
    """Run the definitions and rules of one policy, and note the rules that looked at something."""
    _enumerate_code_lists(store, policy, types.get("procedure_code", "varchar"))
    for step in policy.steps:
        for made in step.made:
            with stopwatch(judgment.seconds, f"{policy.rulebook.name} definition {made.definition.name}"):
                try:
                    execute(store.connection, made.statement(types.keys()))
                except duckdb.Error as wrong:
                    raise failure(made.definition, policy.rulebook.name, wrong) from None
        if step.rule is None:
            collect_affected_lines(store, policy.run)
        else:
            key = (step.rule.policy, step.rule.name)
            with stopwatch(judgment.seconds, f"{step.rule.policy} {step.rule.name}"):
                if _judge(store, step.rule, is_known_to_apply=key in known_to_apply):
                    judgment.applied.add(key)
        _drop(store, [made for made in step.dropped if made.definition.name not in policy.profiles])
    execute(store.connection, "drop table if exists answers")


def _drop(store: FactStore, definitions: Sequence[MadeDefinition]) -> None:
    """Give back the memory of what nobody reads any more."""
    for made in definitions:
        kind = "view" if made.is_view or made.is_empty else "table"
        execute(store.connection, f"drop {kind} {made.definition.name}")


def _types_of_names(store: FactStore, rules: Sequence[Rule]) -> dict[str, str]:
    """The types of the columns of findings that name policies and rules: they are joined by as numbers."""
    names = {"policy": {rule.policy for rule in rules}, "rule": {ALL_WAS_READ, *(rule.name for rule in rules)}}
    for column, texts in names.items():
        store.connection.execute(f"create type main.name_of_{column} as enum (select unnest(?))", [sorted(texts)])
    return {column: f"main.name_of_{column}" for column in names}


def _enumerate_code_lists(store: FactStore, policy: PolicyPlan, code_type: str) -> None:
    """Names of code lists, and codes, as numbers: every rule picks its lines by them."""
    headers = {"codes": ("code_list",), **{name: header for name, (header, _) in policy.rulebook.tables.items()}}
    named = [name for name in headers if name in policy.tables and "code_list" in headers[name]]
    if not named:
        return
    lists = " union ".join(["select ''", *(f"select code_list from {table}" for table in named)])  # never without any
    execute(store.connection, f"create type code_list_name as enum ({lists} order by 1)")
    for table in named:
        execute(store.connection, f"alter table {table} alter code_list type code_list_name")
    if "codes" in named:
        execute(store.connection, f"alter table codes alter code type {code_type}")


def _judge(store: FactStore, rule: Rule, *, is_known_to_apply: bool) -> bool:
    """Keep the rule's answers that are not `met`, and which lines met it; returns whether it looks at something."""
    try:
        if is_ground(rule):
            return _judge_and_keep_what_is_met(store, rule) > 0 or is_known_to_apply
        kept = execute(
            store.connection, f"insert into main.findings from ({selection(rule)}) where outcome <> 'met'"
        ).fetchone()
        return bool(kept and kept[0]) or is_known_to_apply or _looks_at_something(store, rule)
    except duckdb.Error as wrong:
        raise failure(rule, rule.policy, wrong) from None


def _judge_and_keep_what_is_met(store: FactStore, rule: Rule) -> int:
    """Of a line that met the rule its id alone is kept, of another subject the finding without its sentence."""
    kept = "subject_id, outcome, case when outcome is distinct from 'met' then because end as because"
    kept += ", evidence" if states_evidence(rule) else ""
    kept += ", units_allowed" if rule.consequence is Consequence.REDUCE else ""
    # No column that is the same for all answers: most of them met the rule and go no further.
    made = execute(
        store.connection, f"create or replace temp table answers as select {kept} from ({rule.query})"
    ).fetchone()
    if not made or not made[0]:
        return 0
    if rule.judges is SubjectKind.CLAIM_LINE:
        execute(
            store.connection,
            f"insert into main.lines_met select '{rule.policy}', '{rule.name}', subject_id from answers"
            f" where outcome = 'met'; insert into main.findings {selection(rule, 'answers')}"
            " where outcome is distinct from 'met'",
        )
    else:
        execute(store.connection, f"insert into main.findings {selection(rule, 'answers')}")
    return int(made[0])


def _looks_at_something(store: FactStore, rule: Rule) -> bool:
    return execute(store.connection, f"select 1 from ({rule.query}) limit 1").fetchone() is not None


@contextmanager
def stopwatch(seconds: dict[str, float], what: str) -> Iterator[None]:
    """Add the time that a block takes to those already measured."""
    began = time.perf_counter()
    yield
    seconds[what] = seconds.get(what, 0.0) + time.perf_counter() - began
