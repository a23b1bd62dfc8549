"""Every rule's own cases: tables in, outcomes out, as a reviewer can read them in the YAML files.

A case names its tables, then `findings` (subject: outcome). `units_allowed` and `because` (a part of the
sentence) may be given for a subject too. Rules whose tables a case leaves out are `not_assessed: true`.
`readings` are those that a user sets.
"""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from isocenter.facts.store import FactStore
from isocenter.review.duckdb_engine import judge
from isocenter.rulebook.rulebook import Rulebook, load_policy, with_readings
from tests.builders import store_of

_HERE = Path(__file__).parent
_WORDS = {"case", "findings", "units_allowed", "because", "not_assessed", "readings"}


def _cases() -> list[Any]:
    found = []
    for path in sorted(_HERE.glob("*/*/*.yaml")):
        policy, group, rule = path.relative_to(_HERE).with_suffix("").parts
        for case in yaml.safe_load(path.read_text(encoding="utf-8")):
            found.append(pytest.param(policy, group, rule, case, id=f"{rule}: {case['case']}"))
    return found


@cache
def _engine(policy: str) -> tuple[Rulebook, FactStore]:
    """The rulebook, and a store in which its queries stay prepared from case to case."""
    return load_policy(policy), FactStore(few_rows=True)


@pytest.mark.parametrize(("policy", "group", "rule", "case"), _cases())
def test_the_rule_answers_as_the_case_says(policy: str, group: str, rule: str, case: dict[str, Any]) -> None:
    rulebook, warm = _engine(policy)
    assert rulebook.rule(rule).group == group
    if "readings" in case:
        rulebook, warm = with_readings(rulebook, case["readings"], "a case"), FactStore(few_rows=True)
    store = store_of({table: rows for table, rows in case.items() if table not in _WORDS}, warm)
    judgement = judge(store, [rulebook])
    findings = [finding for finding in judgement.findings if finding.rule == rule]
    if case.get("not_assessed"):
        assert rule in {entry.rule for entry in judgement.not_assessed}
        return
    assert {finding.subject_id: str(finding.outcome) for finding in findings} == case["findings"]
    assert len(findings) == len(case["findings"]), "a subject was answered twice"
    for finding in findings:
        assert case.get("because", {}).get(finding.subject_id, "") in finding.because
        if finding.subject_id in case.get("units_allowed", {}):
            assert finding.units_allowed == case["units_allowed"][finding.subject_id]
