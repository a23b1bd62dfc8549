"""Spark says what DuckDB says: the same findings, recommendations and files, on whatever facts there are."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest

from isocenter.errors import EngineFailure, UnknownName, UnreadableInput
from isocenter.facts.courses import derive_courses, drop_superseded_claims, lay_out_days, take_diagnoses_from_claims
from isocenter.facts.identity import distinguish_claims
from isocenter.facts.schema import tables
from isocenter.facts.store import FactStore
from isocenter.review.duckdb_engine import Judgment, judge
from isocenter.review.policy_tables import courses_rulebook, load_policy
from isocenter.review.spark_desk import Desk
from isocenter.review.spark_engine import SparkJudgment, judge_on_spark
from isocenter.review.spark_output import write_screening
from isocenter.review.spark_session import open_session
from isocenter.rulebook.rulebook import Rulebook
from isocenter.rulebook.rulebook import load_policy as load_rulebook
from isocenter.screening.run import screen
from isocenter.terms.tables import TABLE_OF
from tests.builders import row
from tests.policies.random_charts import random_chart
from tests.policies.random_courses import random_world
from tests.screening.claims_files import rows_of
from tests.screening.screenings import ANSWERS, random_claims, settings_of

pytest.importorskip("pyspark", reason="PySpark is not installed: `make spark` installs it, the extra is `spark`")
pytestmark = pytest.mark.spark

Rows = dict[str, list[Any]]
Frames = dict[str, Any]

# Printed to one place these lie on halves, or next to one in binary.
_HALVES = [6.25, 0.15, 0.25, 0.35, 2.5, 4.45, 9.95, 60.05, 88.5]


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch:
        # Compiling Spark's planner thoroughly takes longer than these tests run.
        patch.setenv("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        try:
            session = open_session("1500MB", tmp_path_factory.mktemp("spark"))
        except EngineFailure as missing:
            pytest.skip(str(missing))
    session.conf.set("spark.sql.shuffle.partitions", "2")
    yield session
    session.stop()


@pytest.fixture
def plainly(spark: Any) -> Iterator[None]:
    """Queries are interpreted as planned: on few rows, to compile code and to plan again takes longer than to run."""
    settings = ("spark.sql.codegen.wholeStage", "spark.sql.adaptive.enabled")
    for name in settings:
        spark.conf.set(name, "false")
    yield
    for name in settings:
        spark.conf.unset(name)


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
    drop_superseded_claims(store)
    load_policy(store, courses_rulebook(rulebooks))
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


@pytest.mark.usefixtures("plainly")
def test_findings_and_recommendations_are_those_of_duckdb(spark: Any, tmp_path: Path) -> None:
    rulebooks = [load_rulebook(name) for name in ("imrt", "imrt_hospital", "ncci")]
    store = stored(random_facts(seed=4))
    frames = frames_of(spark, store, tmp_path)
    duckdb_says = judged_by_duckdb(store, rulebooks)
    assert {str(one.outcome) for one in duckdb_says.findings} == {"met", "not_met", "not_documented", "not_applicable"}
    assert_same(judge_on_spark(spark, frames, rulebooks), duckdb_says)


@pytest.mark.usefixtures("plainly")
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
    imrt = replace(imrt, rules=imrt.rules[::8])
    frames = frames_of(spark, stored({table: [] for table in tables()}), tmp_path)
    judgment = judge_on_spark(spark, frames, [imrt])
    assert judgment.not_assessed == ()
    assert len(judgment.applied_to_nothing) == len(imrt.rules)
    assert judgment.findings.isEmpty() and judgment.lines.isEmpty() and judgment.courses.isEmpty()


def test_a_screening_writes_what_the_screening_in_duckdb_writes(spark: Any, tmp_path: Path) -> None:
    claims = random_claims(tmp_path / "claims")
    screen(settings_of(tmp_path / "duckdb", claims, policies=("imrt_hospital",)))
    frames = {
        "claim_lines": spark.read.parquet(str(claims / "lines.parquet")),
        "claim_diagnoses": spark.read.parquet(str(claims / "diagnoses.parquet")),
    }
    rulebook = load_rulebook("imrt_hospital")
    known = {code.code for code in rulebook.codes}
    frames["claim_lines"] = frames["claim_lines"].filter(frames["claim_lines"].procedure_code.isin(known))
    write_screening(judge_on_spark(spark, frames, [rulebook], for_screening=True), tmp_path / "spark")
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


# --- what a warehouse may bring


def lines_frame(spark: Any, *lines: dict[str, Any], **instead: str) -> Any:
    """Claim lines; `instead` are expressions for some columns."""
    fields = [column.name for column in tables()["claim_lines"].columns if column.name not in instead]
    kinds = {column.name: column.type for column in tables()["claim_lines"].columns}
    with Desk(spark) as desk:
        rows = [tuple(getattr(row("claim_lines", **line), name) for name in fields) for line in lines]
        frame = desk.rows({name: kinds[name] for name in fields}, rows)
    return frame.selectExpr("*", *(f"{value} as {name}" for name, value in instead.items()))


def plan_line(**values: Any) -> dict[str, Any]:
    day = date(2024, 1, 2)
    return {"claim_line_id": "L1", "service_date": day, "procedure_code": "77301", **values}


def few_rules(*names: str) -> Rulebook:
    imrt = load_rulebook("imrt")
    return replace(imrt, rules=tuple(imrt.rule(name) for name in names))


def test_text_that_is_null_is_text_that_the_record_does_not_say(spark: Any) -> None:
    frame = lines_frame(spark, plan_line(), plan_line(claim_line_id="L2"), modifier_1="cast(null as string)")
    judgment = judge_on_spark(spark, {"claim_lines": frame}, [few_rules("one_plan_per_course")])
    assert {(one.subject_id, one.outcome) for one in judgment.findings.collect()} == {
        ("L1", "met"),
        ("L2", "not_documented"),
    }
    assert {line.modifier_1 for line in judgment.lines.collect()} == {""}


@pytest.mark.parametrize(
    ("instead", "says"),
    [
        ({"service_date": "timestamp '2024-01-02 00:00:00'"}, "service_date is timestamp; cast it to date"),
        ({"procedure_code": "cast(null as string)"}, r"procedure_code is missing \(1 rows\)"),
        ({"units": "0"}, r"units is under 1 \(1 rows\)"),
        ({"units": "1.5"}, r"units is decimal\(2,1\); cast it to tinyint or"),
        ({"setting": "'office'"}, r"setting is not one of professional, institutional \(1 rows\)"),
        ({"service_date": "date '0204-01-02'"}, "service_date is not between 1990-01-01 and 2100-01-01"),
        ({"claim_line_id": "''"}, "claim_line_id is empty"),
    ],
)
def test_facts_that_break_the_contract_are_named(spark: Any, instead: dict[str, str], says: str) -> None:
    frame = lines_frame(spark, plan_line(), **instead)
    with pytest.raises(UnreadableInput, match=says):
        judge_on_spark(spark, {"claim_lines": frame}, [few_rules("one_plan_per_course")])


def test_an_unknown_table_and_a_missing_key_are_named(spark: Any) -> None:
    rulebook = few_rules("one_plan_per_course")
    with pytest.raises(UnknownName, match="'claims' is no fact table; known are courses, members, claim_lines"):
        judge_on_spark(spark, {"claims": lines_frame(spark, plan_line())}, [rulebook])
    with pytest.raises(UnreadableInput, match="claim_lines: the column member_id is missing"):
        judge_on_spark(spark, {"claim_lines": lines_frame(spark, plan_line()).drop("member_id")}, [rulebook])


def test_lines_that_no_longer_count_are_set_aside_with_the_reason(spark: Any) -> None:
    frame = lines_frame(
        spark,
        plan_line(),
        plan_line(claim_id="A2", units=2),
        plan_line(claim_line_id="L3", claim_id="A3"),
        plan_line(claim_line_id="L4", claim_id="A4", claim_frequency="8", original_claim_id="A3"),
    )
    judgment = judge_on_spark(spark, {"claim_lines": frame}, [few_rules("one_plan_per_course")])
    assert {(one.claim_line_id, one.claim_id, one.reason) for one in judgment.set_aside.collect()} == {
        ("L1", "A2", "two lines have this id; one of them is judged"),
        ("L3", "A3", "the claim was voided by claim A4"),
        ("L4", "A4", "the claim voids claim A3"),
    }
    assert [(line.claim_line_id, line.units) for line in judgment.lines.collect()] == [("L1", 1)]


def test_claims_of_one_number_by_several_members_are_several(spark: Any) -> None:
    lines = lines_frame(
        spark,
        plan_line(claim_id="7", claim_line_id="7-1", member_id="M1"),
        plan_line(claim_id="7", claim_line_id="7-1", member_id="M2"),
        plan_line(claim_id="8", claim_line_id="8-1", member_id="M1"),
    )
    diagnoses = spark.createDataFrame(
        [("7", "C61", 1, "M1"), ("7", "C34.11", 1, "M2"), ("7", "C50.911", 1, ""), ("8", "C61", 1, "")],
        "claim_id string, icd10 string, position int, member_id string",
    )
    judgment = judge_on_spark(
        spark, {"claim_lines": lines, "claim_diagnoses": diagnoses}, [few_rules("one_plan_per_course")]
    )
    assert judgment.set_aside.isEmpty()
    found = {(line.member_id, line.claim_id.split(" ")[0]) for line in judgment.facts["claim_lines"].collect()}
    assert found == {("M1", "7"), ("M2", "7"), ("M1", "8")}
    told = {(row.claim_id.split(" by ")[0], row.icd10) for row in judgment.facts["claim_diagnoses"].collect()}
    assert told == {("7 of M1", "C61"), ("7 of M2", "C34.11"), ("8", "C61")}


# --- what a judgment borrows, and what goes wrong


def test_views_and_settings_of_the_session_are_as_before(spark: Any) -> None:
    spark.sql("select 'mine' as whose").createOrReplaceTempView("claim_lines")
    spark.conf.set("spark.sql.ansi.enabled", "false")
    try:
        judge_on_spark(spark, {"claim_lines": lines_frame(spark, plan_line())}, [few_rules("one_plan_per_course")])
        assert spark.table("claim_lines").first().whose == "mine"
        assert spark.conf.get("spark.sql.ansi.enabled") == "false"
        assert {view.viewName for view in spark.sql("show views").collect() if view.isTemporary} == {"claim_lines"}
    finally:
        spark.catalog.dropTempView("claim_lines")
        spark.conf.unset("spark.sql.ansi.enabled")


def test_two_policies_may_name_different_things_alike(spark: Any) -> None:
    imrt = few_rules("one_plan_per_course")
    (rule,) = (rule for rule in imrt.rules if rule.name == "one_plan_per_course")
    counted = {}
    books = []
    for name, code in (("first", "77301"), ("second", "77334")):
        query = f"select claim_lines.* from claim_lines where claim_lines.procedure_code = '{code}'"
        definitions = (replace(imrt.definitions[0], name="chosen_lines", query=query),)
        asking = "select chosen_lines.claim_line_id as subject_id, 'met' as outcome, 'is one' as because"
        rules = (replace(rule, policy=name, query=f"{asking}, 1 as units_allowed from chosen_lines"),)
        books.append(replace(imrt, policy=replace(imrt.policy, name=name), definitions=definitions, rules=rules))
    frame = lines_frame(spark, plan_line(), plan_line(claim_line_id="L2", procedure_code="77334"))
    for one in judge_on_spark(spark, {"claim_lines": frame}, books).findings.collect():
        counted[one.policy] = one.subject_id
    assert counted == {"first": "L1", "second": "L2"}


def test_a_rule_may_state_what_the_plan_shows(spark: Any) -> None:
    book = few_rules("one_plan_per_course")
    query = "select claim_line_id as subject_id, 'met' as outcome, '' as because, 'supports' as evidence,"
    rules = (replace(book.rules[0], query=f"{query} 1 as units_allowed from claim_lines"),)
    judged = judge_on_spark(spark, {"claim_lines": lines_frame(spark, plan_line())}, [replace(book, rules=rules)])
    assert [one.evidence for one in judged.findings.collect()] == ["supports"]


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
