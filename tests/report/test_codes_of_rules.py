"""The index of docs/rules.md: which rules judge or count claim lines of a procedure code."""

import pytest

from isocenter.report.codes_of_rules import lists_of_lines
from isocenter.report.rules_page import rules_as_markdown
from isocenter.rulebook.rulebook import Rulebook, load_policy


@pytest.fixture(scope="module")
def imrt() -> Rulebook:
    return load_policy("imrt")


@pytest.mark.parametrize(
    ("rule", "lists"),
    [
        ("fractions_within_the_order", {"imrt_delivery", "imrt_delivery_if_planned"}),
        ("simulation_is_recorded", {"complex_simulation"}),
        ("weekly_work_is_noted", {"weekly_management", "continuing_physics"}),
        (
            "diagnosis_on_the_loaded_list",
            {"imrt_plan", "motion_management_simulation", "imrt_delivery", "imrt_delivery_if_planned"},
        ),
        ("no_duplicate_line", set()),
    ],
)
def test_a_rule_is_of_the_lists_by_which_its_lines_are_chosen(imrt: Rulebook, rule: str, lists: set[str]) -> None:
    assert lists_of_lines(imrt.rule(rule), imrt) == lists


def test_the_index_names_no_rule_under_a_code_that_only_a_definition_reads(imrt: Rulebook) -> None:
    page = rules_as_markdown([imrt])
    (of_the_plan,) = (line for line in page.splitlines() if line.startswith("| 77301 |"))
    assert "one_plan_per_course" in of_the_plan
    assert "fractions_within_the_order" not in of_the_plan
    (of_every_code,) = (line for line in page.splitlines() if line.startswith("Of every code"))
    assert "no_duplicate_line" in of_every_code
