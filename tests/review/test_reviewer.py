"""A reviewer that judges case after case says of each what a fresh one says, in one thread and in several."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

import isocenter
from isocenter.cli import main
from isocenter.errors import EngineFailure, UnknownName, UnreadableInput
from isocenter.intake.case_contents import CaseContents
from isocenter.report.as_json import review_as_json
from isocenter.review.duckdb_engine import judge
from isocenter.review.reviewer import Reviewer
from isocenter.rulebook.readings import ChosenReading
from isocenter.rulebook.rulebook import Rulebook, choose_readings, load_policy
from isocenter.workflow import review_case, review_contents, review_each
from tests.builders import row, store_of
from tests.report.cases import course_tables

EXAMPLES = Path(__file__).parents[2] / "examples"
_CASES = ("compensator_undocumented", "left_breast_coding", "course_of_2026", "spine_reirradiation")


@pytest.fixture(scope="module")
def imrt() -> Rulebook:
    return load_policy("imrt")


def said(case: str, policies: "list[Rulebook] | Reviewer") -> str:
    return review_as_json(review_case(EXAMPLES / case, policies, with_pictures=False))


def test_one_policy_may_be_given_by_its_name_or_folder_alone_and_none_is_refused() -> None:
    folder = Path(isocenter.__file__).parent / "policies" / "ncci"
    named = [rulebook.name for given in ("imrt", folder, [folder]) for rulebook in Reviewer(given).rulebooks]
    assert named == ["imrt", "ncci", "ncci"]
    with pytest.raises(UnknownName, match="name one or more"):
        Reviewer([])


def test_all_bundled_policies_apply_where_none_is_named_as_on_the_command_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    case = EXAMPLES / "left_breast_coding"
    assert [rulebook.name for rulebook in Reviewer().rulebooks] == ["imrt", "imrt_hospital", "ncci"]
    assert main(["review", str(case), "--json"]) == 0
    by_command = json.loads(capsys.readouterr().out)
    by_library = json.loads(review_as_json(review_case(case)))
    assert [by_library[part] for part in ("policies", "findings")] == [
        by_command[part] for part in ("policies", "findings")
    ]
    for review in review_each(case / "claim_lines.csv"):
        assert [policy.name for policy in review.policies] == ["imrt", "imrt_hospital", "ncci"]


def test_a_case_is_judged_as_by_a_fresh_reviewer_after_another_case(imrt: Rulebook) -> None:
    reviewer = Reviewer([imrt])
    fresh = {case: said(case, [imrt]) for case in _CASES}
    for case in (*_CASES, *reversed(_CASES)):
        assert said(case, reviewer) == fresh[case], case


def test_a_store_that_is_kept_judges_by_the_readings_and_policies_of_each_call_alone(imrt: Rulebook) -> None:
    (other,) = choose_readings([imrt], [ChosenReading("", "fractions_per_management_unit", 3)], "here")
    kept = Reviewer([imrt])
    own, others = said("left_breast_coding", [imrt]), said("left_breast_coding", [other])
    assert own != others
    for policies, expected in (([imrt], own), ([other], others), ([imrt, load_policy("ncci")], None), ([imrt], own)):
        kept.rulebooks = tuple(policies)  # what a careless caller could do at worst
        found = said("left_breast_coding", kept)
        assert expected is None or found == expected


def _case(number: int) -> CaseContents:
    """One of many cases, each of another length, some without chart, plan or claims, some with half of a chart."""
    random = Random(number)
    tables = course_tables(5 + number, member=f"M{number}")
    for table in ("plans", "fractions", "diagnoses", "claim_lines"):
        if random.random() < 0.3:
            del tables[table]
    if random.random() < 0.2:
        for table in ("documents", "document_elements", "signatures"):
            del tables[table]
    else:
        tables["document_elements"] = [row for row in tables["document_elements"] if random.random() < 0.7]
        tables["signatures"] = [row for row in tables["signatures"] if random.random() < 0.7]
    rows = [row(table, **values) for table, some in tables.items() for values in some]
    return CaseContents(Path(f"case {number}"), rows=rows, supplied=set(tables))


def _said(contents: CaseContents, policies: list[Rulebook] | Reviewer) -> str:
    return review_as_json(review_contents(contents, policies))


def test_thirty_cases_in_four_threads_get_the_bytes_of_thirty_fresh_reviews(imrt: Rulebook) -> None:
    fresh = [_said(_case(number), [imrt]) for number in range(30)]
    assert len(set(fresh)) > 20
    reviewer = Reviewer([imrt])
    with ThreadPoolExecutor(4) as threads:
        kept = list(threads.map(lambda number: _said(_case(number), reviewer), [*range(30), *range(29, -1, -1)]))
    assert kept == fresh + fresh[::-1]
    reviewer.close()


@pytest.mark.slow  # starts a process a case
def test_cases_in_four_threads_get_the_bytes_of_fresh_processes(imrt: Rulebook) -> None:
    reviewer = Reviewer([imrt])
    with ThreadPoolExecutor(4) as threads:
        kept = list(threads.map(lambda number: _said(_case(number), reviewer), range(30)))
    code = (
        "import sys; from tests.review.test_reviewer import _case, _said; from isocenter import load_policy;"
        " sys.stdout.write(_said(_case(int(sys.argv[1])), [load_policy('imrt')]))"
    )
    where = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    for number in range(0, 30, 5):
        command = [sys.executable, "-c", code, str(number)]
        fresh = subprocess.run(command, capture_output=True, text=True, check=True, env=where)
        assert fresh.stdout == kept[number], number
    reviewer.close()


def test_a_case_that_cannot_be_reviewed_leaves_the_reviewer_as_it_was(imrt: Rulebook) -> None:
    reviewer = Reviewer([imrt])
    before = _said(_case(3), reviewer)
    with pytest.raises(UnreadableInput):
        review_contents(CaseContents(Path("nothing")), reviewer)
    assert _said(_case(3), reviewer) == before


def test_a_query_that_fails_is_named_and_the_next_judgment_in_the_store_is_right(imrt: Rulebook) -> None:
    store = store_of(course_tables())
    expected = judge(store, [imrt])
    query = "select course_id as subject_id, 1 / (planned_fractions - 28) as outcome, '' as because from courses"
    broken = replace(imrt.rules[-1], name="broken", query=f"{query} where cast('x' as integer) > 0")
    with pytest.raises(EngineFailure, match="rule broken of policy imrt"):
        judge(store, [replace(imrt, rules=(*imrt.rules, broken))])
    assert judge(store, [imrt]) == expected


def test_the_public_names_load_when_they_are_asked_for() -> None:
    code = (
        "import sys, isocenter; assert not {'duckdb', 'sqlglot', 'numpy'} & set(sys.modules); isocenter.__version__;"
        " assert all(callable(getattr(isocenter, n)) for n in isocenter.__all__ if n != '__version__')"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert dir(isocenter) == sorted(isocenter.__all__)
    with pytest.raises(AttributeError, match="no attribute 'reviewer'"):
        isocenter.reviewer  # noqa: B018
