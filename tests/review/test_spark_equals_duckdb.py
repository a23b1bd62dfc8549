"""Spark says what DuckDB says: the same findings, recommendations and files, on whatever facts there are."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from isocenter.facts.courses import derive_courses, drop_superseded_claims, lay_out_days, take_diagnoses_from_claims
from isocenter.facts.identity import distinguish_claims
from isocenter.facts.schema import tables
from isocenter.facts.store import FactStore
from isocenter.review import spark_desk
from isocenter.review.duckdb_engine import Judgment, judge
from isocenter.review.policy_tables import courses_rulebook, load_policy
from isocenter.review.spark_engine import SparkJudgment, judge_on_spark
from isocenter.review.spark_output import write_screening
from isocenter.rulebook.rulebook import Rulebook
from isocenter.rulebook.rulebook import load_policy as load_rulebook
from isocenter.screening.prepared import known_codes
from isocenter.screening.run import screen
from isocenter.terms.tables import TABLE_OF
from tests.policies.random_charts import random_chart
from tests.policies.random_courses import random_world
from tests.screening.claims_files import rows_of
from tests.screening.screenings import ANSWERS, random_claims, settings_of

pytestmark = pytest.mark.spark

Rows = dict[str, list[Any]]
Frames = dict[str, Any]

# Printed to one place these lie on halves, or next to one in binary.
_HALVES = [6.25, 0.15, 0.25, 0.35, 2.5, 4.45, 9.95, 60.05, 88.5]


def stored(rows: Rows) -> FactStore:
    store = FactStore(threads=2, reads_files=True)
    for table, some in rows.items():
        problems = store.supply(table, some)
        assert not problems, problems[:3]
    return store


def frames_of(spark: Any, store: FactStore, folder: Path) -> Frames:
    """The tables of a store as Spark frames, by way of Parquet."""
    for table in store.supplied:
        store.connection.execute(f"copy main.{table} to '{folder / table}.parquet'")
    return {table: spark.read.parquet(str(folder / f"{table}.parquet")) for table in store.supplied}


def judged_by_duckdb(store: FactStore, rulebooks: list[Rulebook]) -> Judgment:
    load_policy(store, courses_rulebook(rulebooks))
    drop_superseded_claims(store)
    derive_courses(store)
    lay_out_days(store)
    take_diagnoses_from_claims(store)
    return judge(store, rulebooks)


def random_facts(seed: int) -> Rows:
    """Courses and charts with whatever tables allow; half of the lines do not say to which course they belong."""
    random = Random(seed)
    rows = random_world(seed, 20)
    for number in range(10):
        for table, some in random_chart(seed, f"X{number}").items():
            rows.setdefault(table, []).extend(some)
    rows["plan_measures"] = [entry._replace(value=random.choice(_HALVES)) for entry in rows["plan_measures"]]
    nameless = {course.course_id for course in rows["courses"] if random.random() < 0.5}
    rows["claim_lines"] = [
        line._replace(course_id="") if line.course_id in nameless else line for line in rows["claim_lines"]
    ]
    told, _ = distinguish_claims(row for some in rows.values() for row in some)  # as every reading of a case does
    return {table: [row for row in told if TABLE_OF[type(row)] == table] for table in rows}


def assert_same(spark_says: SparkJudgment, duckdb_says: Judgment) -> None:
    told = spark_says.findings.drop("course_id", "claim_line_id").distinct().collect()
    assert Counter(map(tuple, told)) == Counter(
        (
            one.policy,
            one.rule,
            one.subject_kind,
            one.subject_id,
            one.outcome,
            one.because,
            one.evidence,
            one.units_allowed,
        )
        for one in duckdb_says.findings
    )
    assert spark_says.not_assessed == duckdb_says.not_assessed
    assert set(spark_says.applied_to_nothing) == set(duckdb_says.applied_to_nothing)
    lines = spark_says.lines.select("claim_line_id", "recommendation", "units_allowed").collect()
    assert sorted(map(tuple, lines)) == sorted(
        (line.claim_line_id, line.recommendation, line.units_allowed) for line in duckdb_says.lines
    )
    assert dict(map(tuple, spark_says.courses.collect())) == duckdb_says.courses
    affected: dict[tuple[str, str], set[str]] = {}
    for policy, relation, line, _ in spark_says.affected_lines.collect():
        affected.setdefault((policy, relation), set()).add(line)
    assert affected == {key: set(of_key) for key, of_key in duckdb_says.affected_lines.items()}


def test_findings_and_recommendations_are_those_of_duckdb(spark: Any, tmp_path: Path) -> None:
    rulebooks = [load_rulebook(name) for name in ("imrt", "imrt_hospital", "ncci")]
    store = stored(random_facts(seed=4))
    frames = frames_of(spark, store, tmp_path)
    duckdb_says = judged_by_duckdb(store, rulebooks)
    assert {str(one.outcome) for one in duckdb_says.findings} == {"met", "not_met", "not_documented", "not_applicable"}
    assert_same(judge_on_spark(spark, frames, rulebooks), duckdb_says)


def test_without_a_chart_necessity_stays_open_as_in_duckdb(spark: Any, tmp_path: Path) -> None:
    imrt = load_rulebook("imrt")
    groups = {"necessity", "scope"}
    imrt = replace(imrt, rules=tuple(rule for rule in imrt.rules if rule.group in groups))
    rows = random_facts(seed=5)
    store = stored({name: rows[name] for name in ("claim_lines", "courses", "claim_diagnoses")})
    frames = frames_of(spark, store, tmp_path)
    duckdb_says = judged_by_duckdb(store, [imrt])
    assert "request_documentation" in duckdb_says.courses.values()
    assert_same(judge_on_spark(spark, frames, [imrt]), duckdb_says)


def test_tables_without_rows_are_no_mistake(spark: Any, tmp_path: Path) -> None:
    imrt = load_rulebook("imrt")
    imrt = replace(imrt, rules=imrt.rules[::24])
    read = {"claim_lines", *(table for rule in imrt.rules for table in rule.reads)} & tables().keys()
    frames = frames_of(spark, stored({table: [] for table in sorted(read)}), tmp_path)
    judgment = judge_on_spark(spark, frames, [imrt])
    assert judgment.not_assessed == ()
    assert len(judgment.applied_to_nothing) == len(imrt.rules)
    assert judgment.findings.isEmpty() and judgment.lines.isEmpty() and judgment.courses.isEmpty()


def test_a_screening_writes_what_the_screening_in_duckdb_writes(
    spark_by_default: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spark_desk, "FEW_ROWS", 10)  # most tables are kept as those of many claims are
    claims = random_claims(tmp_path / "claims")
    screen(settings_of(tmp_path / "duckdb", claims, policies=("imrt_hospital",)))
    frames = {
        "claim_lines": spark_by_default.read.parquet(str(claims / "lines.parquet")),
        "claim_diagnoses": spark_by_default.read.parquet(str(claims / "diagnoses.parquet")),
    }
    rulebook = load_rulebook("imrt_hospital")
    known = frames["claim_lines"].procedure_code.isin(known_codes([rulebook]))
    frames["claim_lines"] = frames["claim_lines"].filter(known)
    judgment = judge_on_spark(spark_by_default, frames, [rulebook], for_screening=True)
    summary = json.loads((tmp_path / "duckdb" / "summary.json").read_text())
    applied_to_nothing = {(one["policy"], one["rule"]) for one in summary["applied_to_nothing"]}
    assert set(judgment.applied_to_nothing) == applied_to_nothing
    write_screening(judgment, tmp_path / "spark")
    for answer, pattern in ANSWERS.items():
        of_duckdb, of_spark = (rows_of(tmp_path / engine, pattern) for engine in ("duckdb", "spark"))
        assert of_duckdb, answer
        assert Counter(map(_rounded, of_spark)) == Counter(map(_rounded, of_duckdb)), answer
    assert {one["claim_line_id"] for one in rows_of(tmp_path / "spark", "rejects/*.parquet")} == {
        one["claim_line_id"] for one in rows_of(tmp_path / "duckdb", "rejects.parquet")
    }
    assert not list((tmp_path / "spark").rglob("*.partial"))


def _rounded(answer: dict[str, Any]) -> tuple[tuple[str, Any], ...]:
    """A row whose sums do not depend on the order of their parts."""
    return tuple((name, round(value, 6) if isinstance(value, float) else value) for name, value in answer.items())
