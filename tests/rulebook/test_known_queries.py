"""What is known of the bundled policies' queries is what their syntax trees say, and holds for those texts alone."""

import subprocess
import sys
from pathlib import Path

import pytest

from isocenter.rulebook import query
from isocenter.rulebook.__main__ import bundled_queries
from isocenter.rulebook.query import digest, known_as_json, parts_of, read_by_tree


def test_the_file_holds_what_the_syntax_trees_of_the_bundled_policies_say() -> None:
    written = (Path(query.__file__).parent / query.FILE).read_text(encoding="utf-8")
    assert written == known_as_json(bundled_queries()), "run: python -m isocenter.rulebook"


def test_what_is_looked_up_is_what_is_worked_out() -> None:
    queries = bundled_queries()
    assert {digest(one) for one in queries} == query._known().keys()
    assert all(query._read(one) == read_by_tree(one) for one in queries)


def test_a_query_that_differs_in_one_letter_is_parsed() -> None:
    known = bundled_queries()[0]
    assert digest(f"{known} ") not in query._known()
    assert parts_of(f"{known} ") == parts_of(known)


def test_without_the_file_every_query_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query, "_known", dict)
    known = bundled_queries()[0]
    assert query._read.__wrapped__(known) == read_by_tree(known)


def test_a_review_of_bundled_policies_loads_no_parser() -> None:
    loads = "from isocenter.rulebook.rulebook import load_policy, policy_names; import sys;"
    shows = "[load_policy(name) for name in policy_names()]; print('sqlglot' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", loads + shows], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"


def test_a_screening_by_bundled_policies_plans_its_rules_without_a_parser() -> None:
    loads = "from isocenter.review.batch_plan import plan_batch; import sys;"
    loads += "from isocenter.rulebook.rulebook import load_policies;"
    shows = "plan_batch(load_policies(()), {'claim_lines', 'courses'}); print('sqlglot' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", loads + shows], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"
