"""Every rule's own cases: tables in, outcomes out, as a reviewer can read them in the YAML files beside this one."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from isocenter.review.rule_cases import run
from isocenter.rulebook.rulebook import Rulebook, load_policy

_HERE = Path(__file__).parent
_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _read(path: Path) -> list[dict[str, Any]]:
    read: list[dict[str, Any]] = yaml.load(path.read_text(encoding="utf-8"), _LOADER)
    return read


def _cases() -> list[Any]:
    return [
        pytest.param(path, case["case"], id=f"{path.stem}: {case['case']}")
        for path in sorted(_HERE.glob("*/*/*.yaml"))
        for case in _read(path)
    ]


@cache
def _policy(name: str) -> Rulebook:
    return load_policy(name)


@cache
def _answers(path: Path) -> dict[str, str]:
    """What each case of a file finds wrong."""
    policy, group, rule = path.relative_to(_HERE).with_suffix("").parts
    rulebook = _policy(policy)
    assert rulebook.rule(rule).group == group
    cases = _read(path)
    names = [case["case"] for case in cases]
    assert len(set(names)) == len(names), "two cases have the same name"
    return dict(zip(names, run(rulebook, rulebook.rule(rule), cases), strict=True))


@pytest.mark.parametrize(("path", "case"), _cases())
def test_the_rule_answers_as_the_case_says(path: Path, case: str) -> None:
    assert _answers(path)[case] == ""
