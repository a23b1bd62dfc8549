"""The SQL of the rules on documents and conditions agrees with an oracle that knows no SQL, over random charts."""

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date
from functools import cache
from random import Random

import pytest

from isocenter.facts.store import FactStore
from isocenter.review.duckdb_engine import find
from isocenter.rulebook.rulebook import Rulebook, load_policy
from tests.policies.oracle import documentation, necessity, reviews, verification
from tests.policies.oracle.necessity import CONDITIONS, weighed
from tests.policies.oracle.world import World
from tests.policies.random_charts import Tables, random_chart

_RULES = (*documentation.RULES, *reviews.RULES, *verification.RULES, *necessity.RULES)
_NAMES = {rule.__name__ for rule in _RULES}


@cache
def _rulebook() -> Rulebook:
    whole = load_policy("imrt")
    return replace(whole, rules=tuple(rule for rule in whole.rules if rule.name in _NAMES | CONDITIONS.keys()))


_SERVICES = (
    *("77263", "77290", "77300") * 4,
    *("77331", "77470", "77499", "99205", "G6002", "77014", "77295", "77427", "77336"),
)


_SEEDS = (0, 1, 3, 11, 18)  # of charts in which every rule has something to distinguish


def _charts(seed: int) -> Tables:
    """Forty courses whose services and documents meet more often than chance lets them."""
    random, tables = Random(seed), defaultdict(list)
    for number in range(40):
        chart = random_chart(seed, f"C{number}")
        day = date(2024, 1, 15)
        for table, rows in _meeting(random, chart, day).items():
            tables[table] += rows
    return tables


def _meeting(random: Random, chart: Tables, day: date) -> Tables:
    lines = [
        line._replace(procedure_code=random.choice(_SERVICES), service_date=day, units=1)
        if random.random() < 0.9
        else line
        for line in chart["claim_lines"]
    ]
    documents = [
        one._replace(
            procedure_code="", claim_line_id="", document_date=random.choice([day, day, day, one.document_date])
        )
        if random.random() < 0.9
        else one
        for one in chart["documents"]
    ]
    guided = [one._replace(guided_on=random.choice([day, one.guided_on])) for one in chart["image_guidance"]]
    return {**chart, "claim_lines": lines, "documents": documents, "image_guidance": guided}


def _answered(tables: Tables) -> dict[tuple[str, str], tuple[str, str]]:
    """Outcome and evidence by rule and subject."""
    store = FactStore(threads=2)
    for table, rows in tables.items():
        assert not store.supply(table, rows)
    findings, not_assessed = find(store, [_rulebook()])
    assert not not_assessed
    return {(one.rule, one.subject_id): (str(one.outcome), one.evidence.value) for one in findings}


@pytest.mark.parametrize("seed", _SEEDS)
def test_rules_and_oracle_agree_on_every_subject_of_random_charts(seed: int) -> None:
    tables = _charts(seed)
    world, answered = World(tables), _answered(tables)
    for rule in _RULES:
        name = rule.__name__
        expected = {(name, subject): outcome for subject, outcome, _ in rule(world)}
        assert {key: outcome for key, (outcome, _) in answered.items() if key[0] == name} == expected
    assert {key: answer for key, answer in answered.items() if key[0] in CONDITIONS} == weighed(world)


def test_the_random_charts_give_every_rule_something_to_distinguish() -> None:
    given: dict[str, Counter[str]] = defaultdict(Counter)
    for seed in _SEEDS:
        world = World(_charts(seed))
        for rule in _RULES:
            given[rule.__name__].update(outcome for _, outcome, _ in rule(world))
        for (name, _), (outcome, evidence) in weighed(world).items():
            given[f"outcome of {name}"][outcome] += 1
            given[f"evidence of {name}"][evidence] += 1
    for name, outcomes in given.items():
        assert len(outcomes) > 1, f"{name}: {outcomes}"
