"""Facts as a warehouse brings them to Spark: nulls, types, keys, replaced claims, and numbers that claims share."""

from typing import Any

import pytest

from isocenter.errors import UnknownName, UnreadableInput
from isocenter.facts.identity import shared_key_sql
from isocenter.review.spark_engine import judge_on_spark
from tests.facts.test_shared_keys import KEYS
from tests.review.claims_in_spark import few_rules, lines_frame, plan_line

pytestmark = pytest.mark.spark


@pytest.mark.parametrize(
    ("instead", "says"),
    [
        ({"service_date": "timestamp '2024-01-02 00:00:00'"}, "service_date is timestamp; cast it to date"),
        ({"procedure_code": "cast(null as string)"}, r"procedure_code is missing \(1 rows\)"),
        ({"units": "0"}, r"units is under 1 \(1 rows\)"),
        ({"units": "1.5"}, r"units is decimal\(2,1\); cast it to tinyint or"),
        ({"setting": "'office'"}, r"setting is not one of professional, institutional \(1 rows\)"),
        ({"service_date": "date '0204-01-02'"}, "service_date is not from 1990-01-01 to 2099-12-31"),
        ({"claim_line_id": "''"}, "claim_line_id is empty"),
    ],
)
def test_facts_that_break_the_contract_are_named(spark: Any, instead: dict[str, str], says: str) -> None:
    frame = lines_frame(spark, plan_line(), **instead)
    with pytest.raises(UnreadableInput, match=says):
        judge_on_spark(spark, {"claim_lines": frame}, [few_rules("one_plan_per_course")])


def test_an_unknown_table_and_a_missing_key_are_named(spark: Any) -> None:
    rulebook = few_rules("one_plan_per_course")
    with pytest.raises(UnknownName, match="'claims' is not a fact table; known are courses, members, claim_lines"):
        judge_on_spark(spark, {"claims": lines_frame(spark, plan_line())}, [rulebook])
    with pytest.raises(UnreadableInput, match="claim_lines: the column member_id is missing"):
        judge_on_spark(spark, {"claim_lines": lines_frame(spark, plan_line()).drop("member_id")}, [rulebook])


def test_lines_that_no_longer_count_are_set_aside_with_the_reason(spark: Any) -> None:
    frame = lines_frame(
        spark,
        plan_line(claim_id="A1"),
        plan_line(claim_id="A1"),
        plan_line(claim_id="A2", units=2),
        plan_line(claim_line_id="L7", claim_id="A7", units=4),
        plan_line(claim_line_id="L7", claim_id="A7", units=5),
        plan_line(claim_line_id="L3", claim_id="A3"),
        plan_line(claim_line_id="L4", claim_id="A4", claim_frequency="8", original_claim_id="A3"),
        plan_line(claim_line_id="L5", claim_id="A5", units=3, member_id="M5", line_of_business="medicare"),
        plan_line(claim_line_id="L6", claim_id="A6", units=3, member_id="M5", line_of_business="medicaid"),
        plan_line(claim_line_id="L8", claim_id="A8", member_id="M8", claim_frequency="7", original_claim_id="B1"),
        modifier_1="cast(null as string)",
    )
    judgment = judge_on_spark(spark, {"claim_lines": frame}, [few_rules("one_plan_per_course")])
    assert {(one.claim_line_id, one.claim_id, one.reason) for one in judgment.set_aside.collect()} == {
        ("L1", "A1", "the same line is given twice; one of them is judged"),
        ("L3", "A3", "the claim was voided by claim A4"),
        ("L4", "A4", "the claim voids claim A3"),
        ("L6", "A6", "the claim bills to another payer (medicaid) what claim A5 bills to Medicare"),
    }
    lines = judgment.lines.collect()
    assert {(line.claim_line_id, line.claim_id, line.units) for line in lines} == {
        ("A1-L1", "A1", 1),  # an id that is on two claims names a line on each
        ("A2-L1", "A2", 2),
        ("L5", "A5", 3),
        ("L7", "A7", 4),
        ("L7#2", "A7#2", 5),
        ("L8", "A8", 1),
    }
    assert [tuple(one) for one in judgment.remarks.select("place", "remark").collect()] == [
        ("claim A8", "it replaces claim B1, which is not among the claims that are judged")
    ]
    assert {line.claim_line_id for line in lines if line.repeated_line_id == "L7"} == {"L7", "L7#2"}
    assert {line.modifier_1 for line in lines} == {""}  # text that is null is text that the record does not state


def test_claims_of_one_number_by_several_members_are_several(spark: Any) -> None:
    lines = lines_frame(
        spark,
        plan_line(claim_id="7", claim_line_id="7-1", member_id="M1"),
        plan_line(claim_id="7", claim_line_id="7-1", member_id="M2"),
        plan_line(claim_id="8", claim_line_id="8-1", member_id="M1"),
        plan_line(claim_id="9", claim_line_id="9-1", member_id="F1", patient="born 2010-05-06, C."),
        plan_line(claim_id="9", claim_line_id="9-1", member_id="F1", patient="born 2012-07-08, D."),
    )
    diagnoses = spark.createDataFrame(
        [
            ("7", "C61", 1, "M1"),
            ("7", "C34.11", 1, "M2"),
            ("7", "C50.911", 1, ""),
            ("8", "C61", 1, ""),
            ("8", "C50", 2, ""),
        ],
        "claim_id string, icd10 string, position int, member_id string",
    )
    judgment = judge_on_spark(
        spark, {"claim_lines": lines, "claim_diagnoses": diagnoses}, [few_rules("one_plan_per_course")]
    )
    assert judgment.set_aside.isEmpty()
    found = {(line.member_id, line.claim_id.split(" ")[0]) for line in judgment.facts["claim_lines"].collect()}
    two_children = {("F1 (born 2010-05-06, C.)", "9"), ("F1 (born 2012-07-08, D.)", "9")}
    assert found == {("M1", "7"), ("M2", "7"), ("M1", "8")} | two_children
    told = {(row.claim_id.split(" by ")[0], row.icd10) for row in judgment.facts["claim_diagnoses"].collect()}
    assert told == {("7 of M1", "C61"), ("7 of M2", "C34.11"), ("8", "C61"), ("8", "C50")}
    ((place, remark),) = judgment.remarks.select("place", "remark").collect()
    assert place == "claim 8" and remark.startswith("diagnosis C50: it begins as the code of a tumor and is not a")


def test_the_key_of_a_claim_of_a_shared_number_is_that_of_a_review(spark: Any) -> None:
    columns = ("claim", "member", "patient", "billing", "setting")
    frame = spark.createDataFrame([parts for *parts, _ in KEYS], ", ".join(f"{name} string" for name in columns))
    assert [key for (key,) in frame.selectExpr(shared_key_sql(*columns)).collect()] == [key for *_, key in KEYS]
