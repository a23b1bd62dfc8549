"""A screening judged in Spark: the claims as they were split, the same rules, the same answers in the same folder."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pyarrow import parquet

from isocenter.engines.database import literal
from isocenter.errors import EngineFailure
from isocenter.facts.schema import tables
from isocenter.intake.bulk.selecting import numbered_line_sql, parquet_in
from isocenter.review.batch import stopwatch
from isocenter.screening.diagnoses import diagnoses_query
from isocenter.screening.lost_lines import LOST
from isocenter.screening.part import ANSWERS, BASE
from isocenter.screening.prepared import OF_THE_CLAIMS, prepare
from isocenter.screening.settings import SPARK_DUCKDB, Settings
from isocenter.screening.settling import settle_part
from isocenter.screening.splitting import open_connection
from isocenter.screening.windows import WINDOWS
from isocenter.terms.tables import TABLE_OF

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_LEAST_BYTES_IN_GROUPS = 2_000_000_000
_SHARE_OF_SPARK = 0.6  # of the memory, where DuckDB judges in processes beside it
_PROCESSES = 2  # that judge at once
_SPARK_TYPES = {"varchar": "string", "integer": "int", "double": "double", "date": "date", "boolean": "boolean"}


def judge_in_spark(settings: Settings, seconds: dict[str, float]) -> tuple[set[tuple[str, str]], int]:
    """Judge all lines that were split and write the answers; the rules that looked at something, and lines set aside.

    Raises EngineFailure when PySpark or a Java runtime is missing, or the memory does not suffice.
    """
    # An extra: most screenings run without it.
    from isocenter.review.spark_session import LINES_OF_A_LONG_RUN, open_session  # noqa: PLC0415
    from isocenter.screening.spark_groups import DAEMON  # noqa: PLC0415

    in_groups = settings.engine == SPARK_DUCKDB
    if in_groups and settings.memory_bytes < _LEAST_BYTES_IN_GROUPS:
        raise EngineFailure(f"--engine {SPARK_DUCKDB} does not run in less than 2GB; give it more --memory")
    prepared = prepare(settings)
    work = settings.out / BASE / "spark"
    shutil.rmtree(work, ignore_errors=True)
    with stopwatch(seconds, "settling"):
        settled = _settle(settings, work)
        is_short = _lines_split(settings) < LINES_OF_A_LONG_RUN
    share = _SHARE_OF_SPARK if in_groups else 1
    memory = f"{int(settings.memory_bytes * share) // 1_000_000}MB"
    session = open_session(memory, work, is_short=is_short or in_groups, daemon=DAEMON)
    try:
        with stopwatch(seconds, "loading"):
            facts = {
                "claim_lines": _lines(session, settings),
                "claim_diagnoses": _diagnoses(session, settings, work),
                "data_windows": session.read.parquet(_address(settings.out / "claims" / WINDOWS)),
                **_references(session, settings),
            }
        with stopwatch(seconds, "judging in Spark"):
            file = settings.out / "claims" / LOST
            lost = session.read.parquet(_address(file)) if file.is_file() else None
            judge = _judge_in_groups if in_groups else _judge_by_spark
            applied_to_nothing = judge(session, facts, settings, lost, work / "answers")
        with stopwatch(seconds, "writing"):
            answers = work / "answers"
            rejected = session.read.parquet(_address(answers / "rejects")).count()
            for folder in answers.iterdir():
                into = settings.out / folder.name if folder.name in ANSWERS else settings.out / BASE / folder.name
                shutil.rmtree(into, ignore_errors=True)
                folder.rename(into)
    finally:
        session.stop()
        shutil.rmtree(work, ignore_errors=True)
    left_out = {(entry.policy, entry.rule) for entry in prepared.plan.not_assessed}
    looked = {(rule.policy, rule.name) for rule in prepared.plan.all_rules} - left_out
    return looked - set(applied_to_nothing), rejected + settled


def _judge_by_spark(
    session: "SparkSession",
    facts: "dict[str, DataFrame]",
    settings: Settings,
    lost: "DataFrame | None",
    answers: Path,
) -> Sequence[tuple[str, str]]:
    """Judge by Spark's own SQL, and write the answers; returns the rules that applied to nothing."""
    from isocenter.review.spark_engine import judge_on_spark  # noqa: PLC0415  # an extra
    from isocenter.review.spark_output import write_screening  # noqa: PLC0415  # likewise

    judgment = judge_on_spark(session, facts, prepare(settings).rulebooks, for_screening=True, lost_lines=lost)
    write_screening(judgment, answers)
    return judgment.applied_to_nothing


def _judge_in_groups(
    session: "SparkSession",
    facts: "dict[str, DataFrame]",
    settings: Settings,
    lost: "DataFrame | None",
    answers: Path,
) -> Sequence[tuple[str, str]]:
    """Judge the members in groups, by DuckDB in the processes of Spark, and write the answers; returns the same."""
    from isocenter.screening.spark_groups import judge_in_groups, write_groups  # noqa: PLC0415  # an extra

    memory_bytes = int(settings.memory_bytes * (1 - _SHARE_OF_SPARK) / _PROCESSES)
    judgment = judge_in_groups(session, facts, prepare(settings).rulebooks, lost_lines=lost, memory_bytes=memory_bytes)
    write_groups(judgment, answers)
    return judgment.applied_to_nothing


def _settle(settings: Settings, work: Path) -> int:
    """Settle all parts before Spark reads them; returns how many lines went."""
    claims = settings.out / "claims"
    numbers = sorted(int(path.name.removeprefix("part=")) for path in (claims / "lines").glob("part=*"))
    with open_connection(settings.memory_bytes, settings.workers, work / "spill") as connection:
        return sum(settle_part(connection, claims, number, settings.line_of_business) for number in numbers)


def _lines_split(settings: Settings) -> int:
    files = (settings.out / "claims" / "lines").glob("*/*.parquet")
    return sum(parquet.read_metadata(file).num_rows for file in files)


def _lines(session: "SparkSession", settings: Settings) -> "DataFrame":
    from pyspark.sql import functions  # noqa: PLC0415  # an extra

    folder = settings.out / "claims" / "lines"
    if not any(folder.glob("part=*")):
        return _frame(session, "claim_lines", [])
    found = session.read.option("mergeSchema", "true").parquet(_address(folder)).drop("part", "diagnoses")
    if "line_number" not in found.columns:
        found = found.withColumn("claim_line_id", functions.expr(numbered_line_sql("claim_line_id")))
    else:  # parts whose claims were told apart have the column, and no number where the table had none
        name = f"case when line_number is null then {numbered_line_sql('claim_line_id')} else claim_line_id end"
        found = found.withColumn("claim_line_id", functions.expr(name))
        found = found.withColumn("line_number", functions.expr("coalesce(cast(line_number as int), 1)"))
    if not settings.line_of_business:
        return found
    if "line_of_business" not in found.columns:
        found = found.selectExpr("*", "'' as line_of_business")
    known = f"coalesce(nullif(line_of_business, ''), '{settings.line_of_business}')"
    return found.selectExpr(*(f"{known} as {name}" if name == "line_of_business" else name for name in found.columns))


def _diagnoses(session: "SparkSession", settings: Settings, work: Path) -> "DataFrame":
    """Diagnoses of the claims, out of whichever files hold them, in one table."""
    file = work / "diagnoses.parquet"
    claims = settings.out / "claims"
    with open_connection(settings.memory_bytes, settings.workers, work / "spill") as connection:
        columns: list[str] = []
        lines = parquet_in(claims / "lines", "*/*.parquet")
        if any((claims / "lines").glob("part=*")):
            columns = [row[0] for row in connection.execute(f"describe select * from {lines}").fetchall()]
        query = diagnoses_query(claims, "*", lines, columns)
        if not query:
            return _frame(session, "claim_diagnoses", [])
        connection.execute(f"copy ({query}) to {literal(str(file))} (format parquet)")
    return session.read.parquet(_address(file))


def _references(session: "SparkSession", settings: Settings) -> "dict[str, DataFrame]":
    """The tables of correct coding edits that were loaded."""
    prepared = prepare(settings)
    rows: dict[str, list[tuple[object, ...]]] = {table: [] for table in prepared.supplied - OF_THE_CLAIMS}
    for row in prepared.references:
        rows[TABLE_OF[type(row)]].append(tuple(row))
    return {table: _frame(session, table, some) for table, some in rows.items()}


def _frame(session: "SparkSession", table: str, rows: "list[tuple[object, ...]]") -> "DataFrame":
    columns = ", ".join(f"`{column.name}` {_SPARK_TYPES[column.type]}" for column in tables()[table].columns)
    return session.createDataFrame(rows, columns)


def _address(path: Path) -> str:
    return path.resolve().as_uri()
