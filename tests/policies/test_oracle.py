"""The SQL of the coding, supervision and utilization rules agrees with an oracle that knows no SQL."""

import re
from collections import Counter, defaultdict
from dataclasses import replace
from functools import cache
from itertools import pairwise

import pytest

from isocenter.facts.store import FactStore
from isocenter.review.duckdb_engine import judge
from isocenter.rulebook.rulebook import Rulebook, load_policy
from tests.policies.oracle import Answers, answers
from tests.policies.random_courses import Tables, leave_open, random_world

_GROUPS = {"coding", "supervision", "utilization"}


@cache
def _rulebook() -> Rulebook:
    whole = load_policy("imrt")
    # Rules that compare courses have an oracle of their own (test_peers.py).
    return replace(whole, rules=tuple(rule for rule in whole.rules if rule.group in _GROUPS and not rule.compares))


@cache
def _world(seed: int, clean: bool) -> Tables:
    tables = random_world(seed, courses=60, clean=clean)
    if not clean:
        leave_open(seed, tables)
    return tables


@cache  # of a seed, which several tests ask
def _answers_of_the_rules(seed: int, clean: bool) -> Answers:
    tables = _world(seed, clean)
    store = FactStore(threads=2)
    for table, rows in tables.items():
        problems = store.supply(table, rows)
        assert not problems, problems[:3]
    judgment = judge(store, [_rulebook()])
    assert not judgment.not_assessed
    found: Answers = {rule.name: {} for rule in _rulebook().rules}
    for finding in judgment.findings:
        assert finding.because
        assert finding.subject_id not in found[finding.rule], f"{finding.rule} answered twice"
        found[finding.rule][finding.subject_id] = (str(finding.outcome), finding.units_allowed)
    return found


def _differences(seed: int, clean: bool = False) -> list[str]:
    found, expected = _answers_of_the_rules(seed, clean), answers(_world(seed, clean))
    assert found.keys() == expected.keys()
    return [
        f"{rule} of {subject}: the rule says {found[rule].get(subject)}, the oracle {expected[rule].get(subject)}"
        for rule in sorted(expected)
        for subject in sorted(found[rule].keys() | expected[rule].keys())
        if found[rule].get(subject) != expected[rule].get(subject)
    ]


@pytest.mark.parametrize("seed", range(6))
def test_rules_and_oracle_agree_on_every_subject(seed: int) -> None:
    assert _differences(seed) == []


@pytest.mark.parametrize("seed", range(2))
def test_clean_courses_pass_in_silence(seed: int) -> None:
    assert _differences(seed, clean=True) == []
    loud = {
        (rule, subject, outcome)
        for rule, subjects in _answers_of_the_rules(seed, True).items()
        for subject, (outcome, _) in subjects.items()
        if outcome not in ("met", "not_applicable")
    }
    assert loud == set()


def test_every_outcome_that_a_rule_can_give_is_given_somewhere() -> None:
    given_outcomes: dict[str, Counter[str]] = defaultdict(Counter)
    for seed in range(8):
        for rule, subjects in _answers_of_the_rules(seed, False).items():
            given_outcomes[rule].update(outcome for outcome, _ in subjects.values())
    for rule in _rulebook().rules:
        # A rule may take its outcome from a definition that it shares with another rule.
        shared = [part.query for part in _rulebook().definitions if f"{part.name}.outcome" in rule.query]
        possible = set(re.findall(r"'(met|not_met|not_documented|not_applicable)'", "".join([rule.query, *shared])))
        assert set(given_outcomes[rule.name]) == possible, f"{rule.name}: {given_outcomes[rule.name]}"


def test_no_rule_or_definition_reads_the_type_of_bill_or_the_revenue_code() -> None:
    whole = load_policy("imrt")
    of_who_reports = ("management_is_reported_by_the_physician", "management_of_hospitals")  # not what is covered
    for part in (*whole.rules, *whole.definitions):
        if part.name in of_who_reports:
            continue
        assert "bill_type" not in part.query and "revenue_code" not in part.query, part.name


def test_no_code_is_twice_in_a_list_on_one_day() -> None:
    spans = defaultdict(list)
    for code in _rulebook().codes:
        spans[code.code_list, code.code].append((code.valid_from, code.valid_to))
    for where, days in spans.items():
        days.sort()
        for (_, last), (first, _) in pairwise(days):
            assert last < first, where
