"""A judgment in Spark leaves the session as it was, keeps policies apart, and names the rule that Spark refuses."""

from dataclasses import dataclass, replace
from typing import Any

import pytest

from isocenter.errors import EngineFailure
from isocenter.review.spark_engine import judge_on_spark
from tests.review.claims_in_spark import few_rules, lines_frame, plan_line

pytestmark = pytest.mark.spark


@dataclass(frozen=True)
class _Borrowed:
    """What two policies found in a session, and what was in it afterwards."""

    findings: list[Any]
    claim_lines: Any
    is_ansi: str
    views: set[str]


@pytest.fixture(scope="module")
def borrowed(spark: Any) -> _Borrowed:
    """Of two policies that each call other lines the chosen ones, in a session with a view and a setting of its own."""
    imrt = few_rules("one_plan_per_course")
    (rule,) = imrt.rules
    books = []
    for name, code, evidence in (("first", "77301", ""), ("second", "77334", ", 'supports' as evidence")):
        query = f"select claim_lines.* from claim_lines where claim_lines.procedure_code = '{code}'"
        definitions = (replace(imrt.definitions[0], name="chosen_lines", query=query),)
        asking = f"select chosen_lines.claim_line_id as subject_id, 'met' as outcome, 'is one' as because{evidence}"
        rules = (replace(rule, policy=name, query=f"{asking}, 1 as units_allowed from chosen_lines"),)
        books.append(replace(imrt, policy=replace(imrt.policy, name=name), definitions=definitions, rules=rules))
    frame = lines_frame(spark, plan_line(), plan_line(claim_line_id="L2", procedure_code="77334"))
    spark.sql("select 'mine' as whose").createOrReplaceTempView("claim_lines")
    spark.conf.set("spark.sql.ansi.enabled", "false")
    try:
        findings = judge_on_spark(spark, {"claim_lines": frame}, books).findings.collect()
        views = {view.viewName for view in spark.sql("show views").collect() if view.isTemporary}
        return _Borrowed(findings, spark.table("claim_lines").first(), spark.conf.get("spark.sql.ansi.enabled"), views)
    finally:
        spark.catalog.dropTempView("claim_lines")
        spark.conf.unset("spark.sql.ansi.enabled")


def test_views_and_settings_of_the_session_are_as_before(borrowed: _Borrowed) -> None:
    assert borrowed.claim_lines.whose == "mine"
    assert borrowed.is_ansi == "false"
    assert borrowed.views == {"claim_lines"}


def test_two_policies_may_name_different_things_alike(borrowed: _Borrowed) -> None:
    assert {one.policy: one.subject_id for one in borrowed.findings} == {"first": "L1", "second": "L2"}


def test_a_rule_may_state_what_the_plan_shows(borrowed: _Borrowed) -> None:
    assert {one.policy: one.evidence for one in borrowed.findings} == {"first": "", "second": "supports"}


def test_courses_of_members_of_whom_lines_were_lost_are_held_for_a_person(spark: Any) -> None:
    other = plan_line(claim_line_id="L2", claim_id="A2", member_id="M2", course_id="C2")
    lines = lines_frame(spark, plan_line(), other)
    lost = spark.createDataFrame([("M2", 1, "claims.csv, line 7")], "member_key string, lines bigint, place string")
    judgment = judge_on_spark(
        spark, {"claim_lines": lines}, [few_rules("one_plan_per_course")], for_screening=True, lost_lines=lost
    )
    (found,) = judgment.findings.collect()
    assert (found.rule, found.course_id) == ("all_that_was_given_was_read", "C2")
    assert "(claims.csv, line 7)" in found.because
    assert {row.claim_line_id: row.recommendation for row in judgment.lines.collect()} == {"L1": "pay", "L2": "review"}


@pytest.mark.parametrize(
    ("outcome", "says"),
    [
        ("claim_lines.nothing", "rule one_plan_per_course of policy imrt .*UNRESOLVED_COLUMN"),
        ("case when 1 / (claim_lines.units - 1) > 0 then 'met' end", "rule one_plan_per_course .*DIVIDE_BY_ZERO"),
    ],
)
def test_a_rule_that_spark_refuses_is_named(spark: Any, outcome: str, says: str) -> None:
    book = few_rules("one_plan_per_course", "no_duplicate_line")
    query = (
        f"select claim_line_id as subject_id, {outcome} as outcome, '' as because, 1 as units_allowed from claim_lines"
    )
    rules = tuple(replace(rule, query=query) if rule.name == "one_plan_per_course" else rule for rule in book.rules)
    with pytest.raises(EngineFailure, match=says):
        judge_on_spark(spark, {"claim_lines": lines_frame(spark, plan_line())}, [replace(book, rules=rules)])
    assert not [view for view in spark.sql("show views").collect() if view.isTemporary]
