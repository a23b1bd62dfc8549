"""The scorecard: goal, reached, margin and result of each constraint, published limits beside where they hold."""

import csv
import io
from dataclasses import replace
from typing import Any

import pytest

from isocenter.report.scorecard import PublishedLimit, PublishedLimits, published_limits, scorecards, scorecards_as_csv
from isocenter.terms.chart import Constraint
from isocenter.terms.plans import ConstraintResult, Plan, PlanMeasure, Structure
from tests.report.cases import rulebooks

LIMITS = PublishedLimits(
    (
        PublishedLimit("SpinalCord", "D0.03cc", 50, "Gy", "myelopathy", "a paper"),
        PublishedLimit("Lung", "V20Gy", 30, "%", "pneumonitis", "another"),
    ),
    1.8,
    2.2,
)


def facts(fractions: int = 25, **more: Any) -> dict[str, list[Any]]:
    """A plan of 50 Gy with a target, a cord and a left lung."""
    measured = [
        ("PTV", "D95%", 49.2, "Gy"),
        ("PTV", "mean", 50.6, "Gy"),
        ("SpinalCord", "D0.03cc", 41.3, "Gy"),
        ("Lung_L", "V20Gy", 33.0, "%"),
        ("Lung_L", "mean", 12.0, "Gy"),
    ]
    return {
        "plans": [Plan("P1", "C1", "breast", prescribed_dose_gy=50.0, fractions=fractions)],
        "structures": [
            Structure("P1", 1, "PTV", "target", volume_cc=120.0),
            Structure("P1", 2, "SpinalCord", "critical", "SpinalCord", volume_cc=30.0),
            Structure("P1", 3, "Lung_L", "critical", "Lung_L", volume_cc=1400.0),
        ],
        "plan_measures": [PlanMeasure("P1", name, "", "", m, value, unit) for name, m, value, unit in measured],
        "constraint_results": [
            ConstraintResult("P1", "SpinalCord", "D0.03cc", "<=", 45, "Gy", 41.3, 3.7),
            ConstraintResult("P1", "PTV", "D95%", ">=", 50, "Gy", 49.2, -0.8),
        ],
        **more,
    }


def test_a_constraint_shows_goal_reached_margin_and_result() -> None:
    (card,) = scorecards(facts(), LIMITS)
    cord, target = card.prescribed
    assert (cord.goal_text, cord.reached_text, cord.margin_text, cord.result) == (
        "≤ 45 Gy", "41.30 Gy", "+3.70 Gy", "pass",
    )  # fmt: skip
    assert (target.goal_text, target.margin_text, target.result) == ("≥ 50 Gy", "−0.80 Gy", "fail")
    assert (card.count("pass"), card.count("fail"), card.count("not measured")) == (1, 1, 0)


def test_a_published_limit_is_beside_the_constraint_of_its_measure_and_alone_where_there_is_none() -> None:
    (card,) = scorecards(facts(), LIMITS)
    assert [(g.structure, g.published.text, g.is_within_published) for g in card.goals if g.published] == [
        ("SpinalCord", "≤ 50 Gy", True),
        ("Lung_L", "≤ 30 %", False),
    ]
    assert card.goals[-1].result == ""


@pytest.mark.parametrize("fractions", [5, 0])
def test_published_limits_are_listed_but_not_applied_where_the_fractions_are_not_conventional(fractions: int) -> None:
    (card,) = scorecards(facts(fractions), LIMITS)
    assert not card.limits_hold
    assert {goal.is_within_published for goal in card.goals} == {None}


def test_a_constraint_that_was_not_measured_is_no_pass() -> None:
    asked = [
        Constraint("C1", "Spinal Cord", "D0.03cc", "<=", 45, "Gy"),
        Constraint("C1", "Heart", "mean", "<=", 5, "Gy"),
    ]
    (card,) = scorecards(facts(constraints=asked), LIMITS)
    assert [(goal.structure, goal.result) for goal in card.prescribed][2:] == [("Heart", "not measured")]


def test_a_margin_of_nothing_passes_at_most_and_fails_less_than() -> None:
    results = [
        ConstraintResult("P1", "SpinalCord", "D0.03cc", comparison, 41.3, "Gy", 41.3, 0.0) for comparison in ("<=", "<")
    ]
    (card,) = scorecards(facts(constraint_results=results), LIMITS)
    assert [goal.result for goal in card.prescribed] == ["pass", "fail"]


def test_each_plan_of_a_course_has_its_own_card() -> None:
    both = facts()
    both["plans"].append(Plan("P2", "C1", "boost", prescribed_dose_gy=16.0, fractions=8))
    both["plan_measures"].append(PlanMeasure("P2", "PTV", "", "", "mean", 16.2, "Gy"))
    cards = scorecards(both, LIMITS)
    assert [card.plan.label for card in cards] == ["breast", "boost"]
    assert cards[1].goals == ()
    assert cards[1].targets[0].text("mean") == "16.20"


def test_limits_of_a_course_that_no_plan_was_measured_against_are_with_the_sum_and_not_the_boost() -> None:
    heart = Constraint("C1", "Heart", "mean", "<=", 5, "Gy")
    course = facts(constraint_results=[], constraints=[heart])
    course["plans"] += [Plan("P2", "C1", "sum", prescribed_dose_gy=66.0), Plan("P3", "C1", "boost")]
    course["plan_measures"] += [PlanMeasure(plan, "PTV", "", "", "mean", 16.2, "Gy") for plan in ("P2", "P3")]
    cards = scorecards(course, LIMITS)
    assert [(card.plan.label, len(card.prescribed)) for card in cards] == [("breast", 0), ("sum", 1), ("boost", 0)]


def test_the_table_of_a_spreadsheet_holds_numbers_as_numbers_and_names_as_text() -> None:
    hostile = facts()
    hostile["plans"] = [hostile["plans"][0]._replace(label="=HYPERLINK(1)")]
    rows = list(csv.DictReader(io.StringIO(scorecards_as_csv(scorecards(hostile, LIMITS)))))
    assert {row["plan"] for row in rows} == {"'=HYPERLINK(1)"}
    assert [row["margin"] for row in rows][:2] == ["3.7", "-0.8"]
    assert next(row for row in rows if row["measure"] == "mean" and row["structure"] == "PTV")["reached"] == "50.6"


def test_the_bundled_policy_lists_published_limits_each_with_its_source() -> None:
    published = published_limits(rulebooks())
    assert all(limit.source and limit.at_most > 0 for limit in published.limits)
    assert (published.least_fraction_gy, published.most_fraction_gy) == (1.8, 2.2)
    assert published_limits([replace(rulebooks()[0], tables={})]) == PublishedLimits()
