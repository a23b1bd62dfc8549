"""Whatever stands in chart, plan and claims: one sentence for each subject, and no course touches another."""

from dataclasses import replace
from functools import cache

import pytest

from isocenter.facts.store import FactStore
from isocenter.review.duckdb_engine import judge
from isocenter.rulebook.rulebook import load_policy
from isocenter.terms.findings import Finding
from tests.policies.random_charts import Tables, random_chart

_WHOLE = load_policy("imrt")
# Rules that hold courses against each other are the exception that says so in its header.
_POLICY = replace(_WHOLE, rules=tuple(rule for rule in _WHOLE.rules if not rule.compares))


def _findings(*charts: Tables) -> list[Finding]:
    store = FactStore(threads=1)
    for chart in charts:
        for table, rows in chart.items():
            problems = store.supply(table, rows)
            assert not problems, problems
    findings = list(judge(store, [_POLICY]).findings)
    store.close()
    return findings


@cache
def _findings_of_many(seed: int) -> list[Finding]:
    return _findings(*(random_chart(seed, f"C{number}") for number in range(60)))


@pytest.mark.parametrize("seed", [2, 3])
def test_each_subject_is_answered_once_in_a_sentence(seed: int) -> None:
    findings = _findings_of_many(seed)
    assert findings
    answered = [(finding.rule, finding.subject_id) for finding in findings]
    assert len(answered) == len(set(answered))
    for finding in findings:
        assert len(finding.because) > 10
        assert not finding.because.endswith((" ", ",", ";", ":")), finding.because


def test_courses_judged_together_get_the_findings_they_get_alone() -> None:
    charts = [random_chart(seed, f"C{seed}") for seed in range(4)]
    together = sorted(_findings(*charts), key=repr)
    alone = sorted((finding for chart in charts for finding in _findings(chart)), key=repr)
    assert together == alone


def test_every_rule_on_chart_and_plan_judges_some_random_chart() -> None:
    spoke = {finding.rule for seed in (2, 3) for finding in _findings_of_many(seed)}
    assert {rule.name for rule in _POLICY.rules if rule.group in {"necessity", "documentation"}} <= spoke
