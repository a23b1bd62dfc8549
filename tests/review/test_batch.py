"""Many courses judged at once get what each gets in a case of its own, whichever stand beside it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest

from isocenter.engines.typed_columns import keep_typed_columns
from isocenter.errors import EngineFailure
from isocenter.facts.store import FactStore
from isocenter.review.adding_up import sql
from isocenter.review.batch import judge_batch
from isocenter.review.batch_plan import BatchPlan, plan_batch
from isocenter.review.duckdb_engine import judge
from isocenter.rulebook.rule import Definition
from isocenter.rulebook.rulebook import Rulebook, load_policy
from isocenter.terms.reference import ProcedurePair
from tests.policies.random_courses import Tables, random_world

_SUPPLIED = ("courses", "claim_lines", "claim_diagnoses", "unit_limits", "procedure_pairs")
_TWO_CODES = [("77301", "77290", 1), ("77301", "77014", 0), ("77263", "99214", 1), ("77334", "77332", 9)]
_PAIRS = [
    ProcedurePair(one, two, setting, indicator, source="made up")
    for setting in ("professional", "institutional")
    for one, two, indicator in _TWO_CODES
]
_FINDINGS = (
    "select distinct policy, rule, subject_kind, subject_id, course_id, claim_line_id, outcome, because, evidence,"
    " units_allowed from main.located_findings where outcome not in ('met', 'not_assessed')"
)
_LINES = f"select claim_line_id, recommendation, units_allowed from ({sql('line_recommendations')})"
_COURSES = f"select course_id, recommendation from ({sql('course_recommendations')})"

_UNJUDGED = {"cover": "necessity_not_judged"}

Answers = dict[str, set[tuple[Any, ...]]]


@cache
def _rulebooks() -> tuple[Rulebook, ...]:
    return tuple(load_policy(name) for name in ("imrt", "imrt_hospital", "ncci"))


@cache
def _plan() -> BatchPlan:
    return plan_batch(_rulebooks(), _SUPPLIED)


@cache
def _rulebooks_of_a_case() -> tuple[Rulebook, ...]:
    """Rules that a batch runs: none that compares courses, none that would ask for a chart."""
    left_out = {(entry.policy, entry.rule) for entry in _plan().not_assessed}
    return tuple(
        replace(
            book,
            rules=tuple(rule for rule in book.rules if not rule.compares and (rule.policy, rule.name) not in left_out),
        )
        for book in _rulebooks()
    )


def _world(seed: int, courses: int = 24) -> Tables:
    tables = random_world(seed, courses)
    return {name: tables.get(name, []) for name in _SUPPLIED} | {"procedure_pairs": _PAIRS}


def _of_members(tables: Tables, members: set[str]) -> Tables:
    lines = [line for line in tables["claim_lines"] if line.member_id in members]
    claims = {line.claim_id for line in lines}
    return {
        **tables,
        "courses": [course for course in tables["courses"] if course.member_id in members],
        "claim_lines": lines,
        "claim_diagnoses": [entry for entry in tables["claim_diagnoses"] if entry.claim_id in claims],
    }


def _fill(store: FactStore, tables: Tables) -> None:
    for table, rows in tables.items():
        problems = store.supply(table, rows)
        assert not problems, problems[:3]


def _answers(store: FactStore) -> Answers:
    store.connection.execute("set search_path = 'main'")
    queries = {"findings": _FINDINGS, "lines": _LINES, "courses": _COURSES}
    found = {name: store.connection.execute(query).fetchall() for name, query in queries.items()}
    assert all(len(rows) == len(set(rows)) for rows in found.values())
    return {name: set(rows) for name, rows in found.items()}


def _in_a_batch(tables: Tables) -> Answers:
    """Judged at once, with the columns alone that the plan reads."""
    store = FactStore(threads=2)
    _fill(store, tables)
    columns = ", ".join(_plan().claim_line_columns)
    store.connection.execute(
        f"create table main.pruned as select {columns} from main.claim_lines;"
        "drop table main.claim_lines; alter table main.pruned rename to claim_lines"
    )
    judge_batch(store, _plan())
    found = _answers(store)
    store.close()
    return found


def _case_by_case(tables: Tables) -> Answers:
    store = FactStore(few_rows=True)
    found: Answers = {"findings": set(), "lines": set(), "courses": set()}
    for member in sorted({line.member_id for line in tables["claim_lines"]}):
        store.clear()
        _fill(store, _of_members(tables, {member}))
        judge(store, _rulebooks_of_a_case())
        for name, rows in _answers(store).items():
            found[name] |= rows
    store.close()
    return found


def _differences(one: Answers, other: Answers) -> list[tuple[Any, ...]]:
    return [row for name in one for row in sorted(one[name] ^ other[name], key=repr)]


@pytest.mark.parametrize("seed", [303])
def test_a_batch_answers_for_each_course_what_its_case_does(seed: int) -> None:
    tables = _world(seed)
    together, alone = _in_a_batch(tables), _case_by_case(tables)
    # The cases ask for no chart either, and have no rule left that says so.
    alone["courses"] = {(course, _UNJUDGED.get(said, said)) for course, said in alone["courses"]}
    assert _differences(together, alone) == []
    assert {said for _, said in together["courses"]} >= {"necessity_not_judged", "human_review"}
    assert {row[6] for row in together["findings"]} >= {"not_met", "not_documented"}


@pytest.mark.parametrize("parts", [3])
def test_many_small_batches_say_what_one_large_one_says(parts: int) -> None:
    tables = _world(1, courses=40)
    members = sorted({course.member_id for course in tables["courses"]})
    found: Answers = {"findings": set(), "lines": set(), "courses": set()}
    for part in range(parts):
        for name, rows in _in_a_batch(_of_members(tables, set(members[part::parts]))).items():
            found[name] |= rows
    assert _differences(found, _in_a_batch(tables)) == []
    assert {policy for policy, *_ in found["findings"]} == {"imrt", "imrt_hospital", "ncci"}


def test_the_order_of_the_lines_changes_nothing() -> None:
    tables = _world(5)
    turned = {name: list(reversed(rows)) for name, rows in tables.items()}
    assert _differences(_in_a_batch(tables), _in_a_batch(turned)) == []


def test_a_batch_without_a_line_finds_nothing_and_fails_at_nothing() -> None:
    assert _in_a_batch({name: [] for name in _SUPPLIED}) == {"findings": set(), "lines": set(), "courses": set()}


@pytest.mark.parametrize("clean", [True, False])
def test_rules_that_looked_at_something_are_named_also_where_all_is_as_it_should_be(clean: bool) -> None:
    tables = {name: rows for name, rows in random_world(3, 12, clean=clean).items() if name in _SUPPLIED}
    batch, case = FactStore(threads=1), FactStore(threads=1)
    for store in (batch, case):
        _fill(store, {**tables, "procedure_pairs": []})
    applied = judge_batch(batch, _plan()).applied
    spoke = {(finding.policy, finding.rule) for finding in judge(case, _rulebooks_of_a_case()).findings}
    batch.close()
    case.close()
    assert applied == spoke
    assert 10 < len(applied) < len(_plan().all_rules)


def test_rules_without_their_tables_are_left_out_with_what_they_lack() -> None:
    plan = plan_batch(_rulebooks(), ("courses", "claim_lines", "claim_diagnoses"))
    missing = {entry.rule: entry.missing for entry in plan.not_assessed if entry.policy == "ncci"}
    assert missing
    assert all(set(tables) <= {"unit_limits", "procedure_pairs", "add_on_codes"} for tables in missing.values())
    run = {rule.name for policy in plan.policies for rule in (*policy.rules, *policy.comparing_rules)}
    assert run.isdisjoint(entry.rule for entry in plan.not_assessed)


def test_rules_that_compare_courses_wait_for_the_end() -> None:
    plan = _plan()
    comparing = {rule.name for policy in plan.policies for rule in policy.comparing_rules}
    assert comparing == {rule.name for rule in plan.all_rules if rule.compares}
    assert all(policy.profiles for policy in plan.policies if policy.comparing_rules)


def _broken(rulebooks: Sequence[Rulebook], query: str) -> list[Rulebook]:
    first = rulebooks[0]
    place = next(place for place, rule in enumerate(first.rules) if rule.group == "coding" and not rule.compares)
    rules = [replace(rule, query=query) if at == place else rule for at, rule in enumerate(first.rules)]
    return [replace(first, rules=tuple(rules)), *rulebooks[1:]]


def test_a_query_that_is_refused_is_named() -> None:
    rulebooks = _broken(_rulebooks(), "select nothing_of_this_name from claim_lines")
    store = FactStore(threads=1)
    _fill(store, _world(1, courses=2))
    with pytest.raises(EngineFailure, match=r"^rule \w+ of policy imrt \(\w+\.sql\): .*nothing_of_this_name"):
        judge_batch(store, plan_batch(rulebooks, _SUPPLIED))
    store.close()


def test_a_definition_is_made_only_where_one_with_rows_or_a_rule_reads_it() -> None:
    """Without charts `plan_phases` would serve documents alone; what has no rows is worked out of nothing."""
    made = {one.definition.name: one for one in _plan().policies[0].definitions}
    assert "plan_phases" not in made
    assert made["anatomy_changes"].is_empty
    assert "claim_lines" not in made["anatomy_changes"].statement({})
    assert not made["coded_lines"].is_empty


def test_of_the_tables_of_a_policy_only_those_that_are_read_are_made() -> None:
    store = FactStore(threads=1)
    _fill(store, _world(3, 6))
    judge_batch(store, _plan())
    there = store.connection.execute("select schema_name, table_name, estimated_size from duckdb_tables()").fetchall()
    of_imrt = {name for schema, name, rows in there if schema == "imrt" and rows}
    assert {"codes", "icd10_sites", "readings"} <= of_imrt
    assert of_imrt.isdisjoint({"document_checklist", "region_words", "course_codes"}), "no rule of claims reads them"
    (policy, *_) = _plan().policies
    assert {"codes", "readings"} <= policy.tables
    assert policy.tables <= {"codes", "readings", *policy.rulebook.tables}


def test_each_definition_is_there_from_its_first_reader_to_its_last() -> None:
    for policy in _plan().policies:
        definitions = {one.definition.name: one for one in policy.definitions}
        there: set[str] = set()
        made: list[str] = []
        most = 0
        for step in policy.steps:
            for one in step.made:
                assert one.is_empty or definitions.keys() & one.definition.parts.relations <= there
                there.add(one.definition.name)
                made.append(one.definition.name)
            most = max(most, len(there))
            read = step.rule.parts.relations if step.rule else policy.run.affected
            needed = definitions.keys() & read
            # A view that is read reads what it is made of once more.
            views = {name for name in there if definitions[name].is_view and not definitions[name].is_empty}
            for name in needed & views:
                needed |= definitions.keys() & definitions[name].definition.parts.relations
            assert needed <= there
            there -= {one.definition.name for one in step.dropped}
        assert sorted(made) == sorted(definitions)
        assert not there
        assert [step.rule for step in policy.steps] == [*policy.rules, None]
        assert most < len(definitions) or len(definitions) < 10


def test_a_definition_without_rows_keeps_courses_as_numbers() -> None:
    """United with texts, the numbers of other courses would become texts in every definition that reads them."""
    made = {one.definition.name: one for one in _plan().policies[0].definitions}
    with duckdb.connect() as connection:
        connection.execute("create type numbers_of_courses as enum ('', 'A')")
        keep_typed_columns(connection, {"course_id": "numbers_of_courses", "procedure_code": "varchar"})
        connection.execute(made["plan_techniques"].statement({"course_id", "procedure_code"}))
        kinds = {name: kind for name, kind, *_ in connection.execute("describe plan_techniques").fetchall()}
    assert (kinds["course_id"], kinds["plan_id"]) == ("ENUM('', 'A')", "VARCHAR")


def test_of_a_definition_only_rows_that_somebody_reads_are_made() -> None:
    """Who supervises guidance is asked of charts: without them no rule reads the lists of supervision."""
    made = {one.definition.name: one for one in _plan().policies[0].definitions}
    read = made["coded_lines"].texts["code_list"]
    assert {"imrt_plan", "weekly_management"} <= read
    assert "general_supervision_guidance" not in read
    assert not made["delivery_lines"].texts  # `treatment_days` reads them of every list


def test_of_definitions_that_pass_rows_through_and_double_at_each_step_some_are_made_as_tables() -> None:
    book = load_policy("ncci")
    rule = next(rule for rule in book.rules if rule.judges == "claim_line")
    definitions = [_passing(0, "select claim_lines.claim_line_id from claim_lines")]
    for number in range(1, 13):
        last = f"passed_{number - 1}"
        within = f"select other.claim_line_id from {last} as other"
        definitions.append(
            _passing(number, f"select {last}.claim_line_id from {last} where {last}.claim_line_id in ({within})")
        )
    asking = replace(
        rule,
        needs=("claim_lines",),
        query="select passed_12.claim_line_id as subject_id, 'met' as outcome, '' as because from passed_12",
    )
    plan = plan_batch([replace(book, definitions=tuple(definitions), rules=(asking,))], _SUPPLIED)
    tables = [one.definition.name for one in plan.policies[0].definitions if not one.is_view]
    assert tables == ["passed_6", "passed_12"]


def _passing(number: int, query: str) -> Definition:
    return Definition(f"passed_{number}", "", date.min, date.max, query, Path(f"passed_{number}.sql"))


def test_a_definition_is_made_with_the_columns_that_are_read_of_it_and_of_no_other() -> None:
    made = {one.definition.name: set(one.columns) for one in _plan().policies[0].definitions}
    assert made["coded_lines"] >= {"claim_line_id", "course_id", "service_date", "code_list", "units"}
    assert not made["coded_lines"] & {"claim_id", "modifier_1", "rendering_npi", "repeated_line_id"}
    assert made["lines_with_components"] >= {"claim_id", "modifier_1", "rendering_npi", "repeated_line_id"}
