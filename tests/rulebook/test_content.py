"""Two loaded policies have the same digest where they hold the same, wherever they lie."""

from dataclasses import replace
from pathlib import Path

import pytest

from isocenter.rulebook.content import digest_of_rulebooks
from isocenter.rulebook.rulebook import Rulebook, load_policy


@pytest.fixture(scope="module")
def policy() -> Rulebook:
    return load_policy("imrt_hospital")


def changed(policy: Rulebook) -> dict[str, Rulebook]:
    rule, *others = policy.rules
    reading, *readings = policy.readings
    code, *codes = policy.codes
    return {
        "query": replace(policy, rules=(replace(rule, query=f"{rule.query}-- changed\n"), *others)),
        "remedy": replace(policy, rules=(replace(rule, remedy="Send the record."), *others)),
        "fewer rules": replace(policy, rules=tuple(others)),
        "reading": replace(policy, readings=(replace(reading, value=f"{reading.value}1"), *readings)),
        "code": replace(policy, codes=(replace(code, code="77301"), *codes)),
        "table": replace(policy, tables={**policy.tables, "added": (("a",), (("1",),))}),
    }


def test_whatever_a_policy_holds_counts(policy: Rulebook) -> None:
    digests = [digest_of_rulebooks([one]) for one in (policy, *changed(policy).values())]
    assert len(set(digests)) == len(digests)
    assert digest_of_rulebooks([policy, policy]) not in digests


def test_where_a_policy_lies_does_not_count(policy: Rulebook) -> None:
    moved = [replace(rule, path=Path("elsewhere") / rule.path.name) for rule in policy.rules]
    elsewhere = replace(policy, folder=Path("elsewhere"), rules=tuple(moved), case_folders=())
    assert digest_of_rulebooks([elsewhere]) == digest_of_rulebooks([policy])
