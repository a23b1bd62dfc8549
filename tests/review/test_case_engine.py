"""A case is judged alike over rows in memory and in DuckDB, by every policy, and where a query needs DuckDB too."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from isocenter.facts.case_store import CaseStore
from isocenter.facts.courses import derive_courses, drop_superseded_claims, lay_out_days, take_diagnoses_from_claims
from isocenter.facts.schema import tables
from isocenter.facts.store import FactStore
from isocenter.facts.stores import Store
from isocenter.report.as_json import review_as_json
from isocenter.review import case_engine
from isocenter.review.judging import judge
from isocenter.review.policy_tables import courses_rulebook, use_policy
from isocenter.review.reviewer import Reviewer
from isocenter.review.rule_cases import cases_of, run
from isocenter.rulebook.rulebook import Rulebook, load_policy, policy_names
from isocenter.workflow import review_case
from tests.builders import row
from tests.report.cases import course_tables

_CASES = Path(__file__).parents[1] / "policies"
_EXAMPLES = Path(__file__).parents[2] / "examples"
_RULEBOOKS = [load_policy(name) for name in policy_names()]


class _InDuckDB(Reviewer):
    """A reviewer whose stores are in DuckDB."""

    def __init__(self, policies: Sequence[Rulebook]) -> None:
        super().__init__(policies)
        self._idle = [FactStore(few_rows=True)]


def _filled(store: Store, facts: dict[str, list[Any]]) -> Store:
    for table, rows in facts.items():
        store.supply(table, rows)
    use_policy(store, courses_rulebook(_RULEBOOKS))
    drop_superseded_claims(store)
    derive_courses(store)
    lay_out_days(store)
    take_diagnoses_from_claims(store)
    return store


def _usual_facts(number: int) -> dict[str, list[Any]]:
    found = course_tables(3 + number % 30, member=f"M{number}")
    return {table: [row(table, **values) for values in rows] for table, rows in found.items()}


def _shaken(random: Random) -> dict[str, list[Any]]:
    """The usual course with rows left out and values of columns put in the place of others of the same kind."""
    facts = _usual_facts(random.randrange(30))
    if random.random() < 0.3:
        del facts[random.choice(sorted(facts))]
    codes = sorted({code.code for book in _RULEBOOKS for code in book.codes})
    for table, rows in facts.items():
        kept = [one for one in rows if random.random() < 0.9]
        for place, one in enumerate(kept):
            changed: dict[str, Any] = {}
            for column in tables()[table].columns:
                if random.random() < 0.05 and not column.name.endswith("_id"):
                    others = [getattr(other, column.name) for other in rows]
                    changed[column.name] = random.choice([*others, *column.allowed])
            if table == "claim_lines" and random.random() < 0.3:
                changed |= {"procedure_code": random.choice(codes), "course_id": random.choice(["", one.course_id])}
                changed |= {"modifier_1": random.choice(["", "26", "TC", "59"])}
            kept[place] = one._replace(**changed)
        facts[table] = kept
    return facts


@pytest.mark.parametrize("seed", range(5))
def test_shaken_facts_are_judged_alike_by_both_engines(seed: int) -> None:
    facts = _shaken(Random(seed))
    rows, duck = _filled(CaseStore(), facts), _filled(FactStore(few_rows=True), facts)
    assert rows.supplied == duck.supplied
    for table in sorted(rows.supplied):
        assert rows.rows(table) == duck.rows(table), table
    assert case_engine._judge(case_engine._Ran(rows, _RULEBOOKS), _RULEBOOKS) == judge(duck, _RULEBOOKS)


@pytest.mark.slow  # DuckDB takes some seconds for a policy's cases
@pytest.mark.parametrize("name", policy_names())
def test_cases_of_rules_are_answered_alike_in_duckdb(name: str) -> None:
    rulebook, store = load_policy(name), FactStore(few_rows=True)
    for found in cases_of(rulebook, _CASES):
        assert set(run(rulebook, found.rule, found.cases[::10], store)) <= {""}, found.path.name


@pytest.mark.parametrize("case", ["compensator_undocumented", "left_breast_coding", "spine_reirradiation"])
def test_the_bytes_of_a_review_are_those_of_duckdb(case: str) -> None:
    folder = _EXAMPLES / case
    found = review_as_json(review_case(folder, Reviewer(_RULEBOOKS), with_pictures=False))
    assert found == review_as_json(review_case(folder, _InDuckDB(_RULEBOOKS), with_pictures=False))


def _with_rule(query: str) -> Rulebook:
    book = load_policy("imrt")
    one = replace(book.rules[-1], name="one_more", query=query)
    return replace(book, rules=(*book.rules[-3:], one))


@pytest.mark.parametrize(
    "query",
    [
        "select course_id as subject_id, 'met' as outcome, 'x' as because from courses where course_id ilike 'c%'",
        "select course_id as subject_id, 'met' as outcome, concat(5 % least(1, planned_fractions - 28)) as because"
        " from courses",
        "select course_id as subject_id, 'met' as outcome, 1 as because from courses",
    ],
)
def test_a_policy_with_a_query_that_only_duckdb_can_run_is_judged_in_duckdb(query: str) -> None:
    book = _with_rule(query)
    facts = _usual_facts(26)
    found = judge(_filled(CaseStore(), facts), [book])
    assert found == judge(_filled(FactStore(few_rows=True), facts), [book])
    assert any(finding.rule == "one_more" for finding in found.findings)


def test_a_letter_of_which_python_knows_another_case_is_left_to_duckdb() -> None:
    facts = _usual_facts(3)
    facts["document_elements"] = [one._replace(detail="Maß und Straße") for one in facts["document_elements"]]
    found = judge(_filled(CaseStore(), facts), _RULEBOOKS)
    assert found == judge(_filled(FactStore(few_rows=True), facts), _RULEBOOKS)
