"""Members judged in groups by DuckDB, in the processes of Spark, are judged as by the other engines."""

import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from isocenter.errors import EngineFailure, UnknownName, UnreadableInput
from isocenter.facts.identity import TWICE
from isocenter.rulebook.rulebook import load_policy
from isocenter.screening import spark_packing
from isocenter.screening.member_rows import PACKED, REPORT, PackingTask, pack_rows
from isocenter.screening.prepared import known_codes
from isocenter.screening.run import screen
from isocenter.screening.spark_daemon import without_its_zip
from isocenter.screening.spark_groups import judge_in_groups, write_groups
from tests.review.claims_in_spark import few_rules, lines_frame, plan_line
from tests.screening.claims_files import rows_of
from tests.screening.screenings import ANSWERS, random_claims, settings_of

pytestmark = pytest.mark.spark

_RULE = "one_plan_per_course"


@pytest.fixture(autouse=True)
def _pandas() -> None:
    pytest.importorskip("pandas", reason="pandas is not installed: `make spark` installs it, the extra is `spark`")


def test_its_processes_take_pyspark_as_it_is_installed(spark: Any) -> None:
    import pyspark  # noqa: PLC0415  # an extra

    def where(batches: Any) -> Any:
        import pyarrow  # noqa: PLC0415  # in another process, as is what follows
        import pyspark  # noqa: PLC0415

        yield from (pyarrow.RecordBatch.from_pydict({"file": [pyspark.__file__]}) for _ in batches)

    (row,) = spark.range(1).coalesce(1).mapInArrow(where, "file string").collect()
    assert row.file == pyspark.__file__


def test_a_zip_of_another_pyspark_stays_first(tmp_path: Path) -> None:
    package = tmp_path / "installed" / "pyspark"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    of_another, own = (str(folder / "python" / "lib" / "pyspark.zip") for folder in (tmp_path / "spark", package))
    assert without_its_zip([own, "app", str(package.parent)]) == ["app", str(package.parent)]
    assert without_its_zip([of_another, str(package.parent)]) == [of_another, str(package.parent)]
    assert without_its_zip([own, "app"]) == [own, "app"]


def _rounded(answer: dict[str, Any]) -> tuple[tuple[str, Any], ...]:
    """A row whose sums do not depend on the order of their parts."""
    return tuple((name, round(value, 6) if isinstance(value, float) else value) for name, value in answer.items())


def test_several_groups_write_what_a_screening_in_duckdb_writes(spark: Any, tmp_path: Path) -> None:
    claims = random_claims(tmp_path / "claims")
    policies = ("imrt_hospital", "imrt")
    screen(settings_of(tmp_path / "duckdb", claims, policies=policies))
    rulebooks = [load_policy(name) for name in policies]
    lines = spark.read.parquet(str(claims / "lines.parquet"))
    lines = lines.filter(lines.procedure_code.isin(known_codes(rulebooks)))
    frames = {
        "claim_lines": lines,
        "claim_diagnoses": spark.read.parquet(str(claims / "diagnoses.parquet")),
        "data_windows": spark.read.parquet(str(tmp_path / "duckdb" / "claims" / "windows.parquet")),
    }
    judgment = judge_in_groups(spark, frames, rulebooks, lines_of_a_group=lines.count() // 2 + 1)
    lines_of_partitions = Counter(row.p for row in judgment.lines.selectExpr("spark_partition_id() as p").collect())
    assert len(lines_of_partitions) == judgment.lines.rdd.getNumPartitions() == 2
    summary = json.loads((tmp_path / "duckdb" / "summary.json").read_text())
    applied_to_nothing = {(one["policy"], one["rule"]) for one in summary["applied_to_nothing"]}
    assert set(judgment.applied_to_nothing) == applied_to_nothing
    assert judgment.lines_judged == summary["lines"]["judged"]
    write_groups(judgment, tmp_path / "spark")
    for answer, pattern in ANSWERS.items():
        of_duckdb, of_spark = (rows_of(tmp_path / engine, pattern) for engine in ("duckdb", "spark"))
        assert of_duckdb, answer
        assert Counter(map(_rounded, of_spark)) == Counter(map(_rounded, of_duckdb)), answer
    assert {one["claim_line_id"] for one in rows_of(tmp_path / "spark", "rejects/*.parquet")} == {
        one["claim_line_id"] for one in rows_of(tmp_path / "duckdb", "rejects.parquet")
    }


def test_executors_run_the_python_of_this_program(spark: Any) -> None:
    assert spark.sparkContext.pythonExec == os.environ.get("PYSPARK_PYTHON", sys.executable)


def test_names_that_lines_share_are_told_apart_before_members_are_parted(spark: Any) -> None:
    lines = [
        plan_line(claim_id="A1", member_id="M1"),
        plan_line(claim_id="A1", member_id="M1"),  # a copy
        plan_line(claim_line_id="L2", claim_id="A2", member_id="M1", units=2),
        plan_line(claim_line_id="L2", claim_id="A2", member_id="M2"),  # of another member under the same number
        plan_line(claim_line_id="L7", claim_id="A7", member_id="M3", units=4),
        plan_line(claim_line_id="L7", claim_id="A7", member_id="M3", units=5),
        plan_line(claim_line_id="L8", claim_id="A8", member_id="M4", claim_frequency="8", original_claim_id="gone"),
    ]
    frame = lines_frame(spark, *({**line, "course_id": ""} for line in lines))
    groups = judge_in_groups(spark, {"claim_lines": frame}, [few_rules(_RULE)], lines_of_a_group=4)
    told = groups.lines.select("claim_line_id", "member_id", "units").collect()
    assert sorted(map(tuple, told)) == [
        ("A2 of M1 by 1999999984, professional-1", "M1", 2),
        ("A2 of M2 by 1999999984, professional-1", "M2", 1),
        ("L1", "M1", 1),
        ("L7", "M3", 4),
        ("L7#2", "M3", 5),
    ]
    aside = groups.set_aside.select("claim_line_id", "kind").collect()
    assert sorted(map(tuple, aside)) == [("L1", TWICE), ("L8", "the claim voids another claim")]
    ((remark,),) = groups.remarks.select("remark").collect()
    assert remark == "it voids claim gone, which is not among the claims that are judged"


def test_claims_that_are_complete_from_day_to_day_hide_no_plan_before_them(spark: Any) -> None:
    plan = plan_line(claim_id="A1", member_id="M1", service_date=date(2024, 3, 12))
    delivery = {**plan, "claim_line_id": "L2", "service_date": date(2024, 3, 4), "procedure_code": "77385"}
    frame, rulebook = lines_frame(spark, plan, delivery), few_rules("delivery_follows_an_imrt_plan")
    outcomes = []
    for first in (date(2023, 1, 1), date(2024, 2, 1)):
        judgment = judge_in_groups(
            spark, {"claim_lines": frame}, [rulebook], complete_within=(first, date(2024, 12, 31))
        )
        ((outcome, because),) = judgment.findings.select("outcome", "because").collect()
        outcomes.append((outcome, because.partition("supplied claims begin on ")[2][:10]))
    assert outcomes == [("not_met", ""), ("not_documented", "2024-02-01")]


def test_executors_with_different_versions_of_duckdb_are_refused(spark: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def packed_by_two(task: PackingTask, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        rows = pa.Table.from_batches(pack_rows(task, batches)).to_pylist()
        (report,) = [row for row in rows if row["what"] == REPORT]
        other = json.dumps(json.loads(report["content"]) | {"version": "1.0.0"}).encode()
        yield from pa.Table.from_pylist([*rows, report | {"content": other}], PACKED).to_batches()

    monkeypatch.setattr(spark_packing, "pack_rows", packed_by_two)
    lines = {"claim_lines": lines_frame(spark, plan_line())}
    with pytest.raises(EngineFailure, match=r"different versions of DuckDB \(1\.0\.0, .*\); give all of them one"):
        judge_in_groups(spark, lines, [few_rules(_RULE)])


def test_what_cannot_be_judged_in_groups_is_said_in_one_sentence(spark: Any) -> None:
    frame, rulebook = lines_frame(spark, plan_line()), few_rules(_RULE)
    with pytest.raises(
        UnknownName, match=r"'documents' is not a table of claims; expected add_on_codes.*judge_on_spark"
    ):
        judge_in_groups(spark, {"claim_lines": frame, "documents": frame}, [rulebook])
    with pytest.raises(UnknownName, match="'line' is not an answer; known are findings, lines, courses"):
        judge_in_groups(spark, {"claim_lines": frame}, [rulebook], answers=("line",))
    days = (date(2024, 1, 1), date(2023, 12, 31))
    with pytest.raises(UnreadableInput, match="complete_within is 2024-01-01 to 2023-12-31; expected the first"):
        judge_in_groups(spark, {"claim_lines": frame}, [rulebook], complete_within=days)
    with pytest.raises(UnknownName, match=r"data_windows and complete_within both say which days.*give one of them"):
        judge_in_groups(spark, {"claim_lines": frame, "data_windows": frame}, [rulebook], complete_within=days)
    nameless = lines_frame(spark, plan_line(), claim_line_id="cast(null as string)", units="0")
    with pytest.raises(UnreadableInput, match=r"claim_line_id is missing \(1 rows\); units is under 1 \(1 rows\)"):
        judge_in_groups(spark, {"claim_lines": nameless}, [rulebook])
    with pytest.raises(UnreadableInput, match=r"claim_lines: a text holds the control character U\+001F \(1 rows\)"):
        judge_in_groups(spark, {"claim_lines": lines_frame(spark, plan_line(), written_at="char(31)")}, [rulebook])
    other = plan_line(claim_line_id="L2", claim_id="A2", member_id="M2", course_id="C1")
    of_one_course = lines_frame(spark, plan_line(course_id="C1"), other)
    with pytest.raises(UnreadableInput, match="lines of several members state the course 'C1'; name the courses of"):
        judge_in_groups(spark, {"claim_lines": of_one_course}, [rulebook])
    windows = spark.sql(
        "select '' as billing_npi, 'office' as setting, date '2024-01-01' as first_service,"
        " cast(null as date) as last_service"
    )
    with pytest.raises(UnreadableInput, match=r"data_windows: setting is not one of.*last_service is missing \(1 rows"):
        judge_in_groups(spark, {"claim_lines": frame, "data_windows": windows}, [rulebook])
    query = "select claim_line_id as subject_id, 'met' as outcome, 1 as units_allowed"
    failing = replace(rulebook.rules[0], query=f"{query}, cast(claim_line_id as integer) as because from claim_lines")
    with pytest.raises(EngineFailure, match=rf"^rule {_RULE} of policy imrt \({_RULE}.*convert string 'L1'"):
        judge_in_groups(spark, {"claim_lines": frame}, [replace(rulebook, rules=(failing,))], answers=("findings",))
