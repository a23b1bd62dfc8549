"""Claims on a desk of Spark, packed for the groups of their members and held against the contract on the way.

Executors pack the rows and look them over; Spark tells apart what has the same name, where the packing saw any.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from isocenter.errors import EngineFailure, UnreadableInput
from isocenter.facts.schema import tables as fact_tables
from isocenter.review.spark_desk import SPARK_TYPES, Desk
from isocenter.review.spark_facts import (
    check_values,
    conformed,
    key_shared_claims,
    part_patients,
    refuse_wrong_rows,
    set_twins_aside,
    tested_columns,
    tests_of,
)
from isocenter.screening.loading import ALSO_LOADED
from isocenter.screening.member_rows import (
    BETWEEN_TEXTS,
    CLAIM_NAMES,
    COURSE_NAMES,
    DIAGNOSES,
    FOLDED,
    FOLDED_NAMES,
    LINE_NAMES,
    LINES,
    LOOK_IN_SPARK,
    MISSING_TEXT,
    NAMES,
    OF_DIAGNOSES,
    PACKED_IN_SPARK,
    REPORT,
    PackingTask,
    bins_of_partitions,
    look_over_packed,
    pack_rows,
)
from isocenter.screening.prepared import Prepared
from isocenter.terms.tables import FACT_TABLES

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, Row

OF_MEMBERS = frozenset({"claim_lines", "claim_diagnoses"})
ARROW_TYPES = {
    "varchar": pa.string(), "integer": pa.int32(), "bigint": pa.int64(), "double": pa.float64(), "date": pa.date32(),
    "boolean": pa.bool_(),
}  # fmt: skip
_ERROR_OF_PYTHON = re.compile(r"(?:\w+\.)*\w+(?:Error|Exception): ")
ROWS_OF_A_BATCH = "spark.sql.execution.arrow.maxRecordsPerBatch"
PACKED_AT_ONCE = "50000"  # rows
_FILES_AT_ONCE = "8"  # of packed rows
_KEYS = frozenset({"claim_line_id", "claim_id", "member_id", "procedure_code"})  # texts that may be null
_OFTEN_SAID = frozenset({"billing_npi", "setting", "line_of_business", "modifier_1", "charge_amount", "allowed_amount"})
_LOOKED_OVER = ("claim_line_id", "claim_id", "member_id", "billing_npi", "setting", "course_id", "patient")
# A claim of several spellings of a member is in the group of each.
_DIAGNOSES_OF_MEMBERS = """
    select claim_diagnoses.claim_id, claim_members.member_id, claim_diagnoses.icd10, claim_diagnoses.position
    from claim_diagnoses
    inner join (select distinct claim_id, member_id from claim_lines) as claim_members
        on claim_diagnoses.claim_id = claim_members.claim_id
"""
_COURSES_OF_SEVERAL = """
    select course_id
    from claim_lines
    where course_id <> ''
    group by course_id
    having count(distinct member_id) > 1
    order by course_id
    limit 1
"""


@dataclass(frozen=True, slots=True)
class Claims:
    """What the claims on a desk say."""

    columns: set[str]  # of the lines, in which anything is said
    have_diagnoses: bool


@dataclass(frozen=True, slots=True, eq=False)
class Packed:
    """Rows packed for the groups of their members, and what was seen of them on the way."""

    rows: "DataFrame"  # the columns of PACKED
    groups: int
    wrong: dict[str, int]  # lines that break the contract, by what is wrong with them
    name_patients: bool
    shared: frozenset[str]  # which names seem to be borne several times


def put_claims(desk: Desk, tables: Mapping[str, "DataFrame"]) -> dict[str, pa.Table]:
    """Put lines and diagnoses on the desk; returns the other tables, of few rows, held against the contract."""
    frames = conformed(tables)
    small = {name: _collected(frame, name) for name, frame in frames.items() if name not in OF_MEMBERS}
    for name, table in small.items():
        _check_table(name, table)
    check_values({name: frame for name, frame in frames.items() if name == "claim_diagnoses"})
    desk.put("claim_lines", frames["claim_lines"])
    desk.put("claim_diagnoses", frames.get("claim_diagnoses") or desk.rows(columns_of("claim_diagnoses"), []))
    return small


def _check_table(name: str, rows: pa.Table) -> None:
    """UnreadableInput where rows of a table of few rows break the contract, as check_values has it."""
    tests = tests_of(fact_tables()[name])
    counts: list[int] = [0] * len(tests)
    if tests:
        with duckdb.connect(config={"threads": "1"}) as connection:
            connection.register("looked_over", rows)
            query = f"select [{', '.join(map(_in_duckdb, tests.values()))}] from looked_over"
            ((counts,),) = connection.execute(query).fetchall()
    refuse_wrong_rows(name, dict(zip(tests, counts, strict=True)))


def packed_claims(
    desk: Desk, prepared: Prepared, claims: Claims, at_once: int, memory_bytes: int
) -> "tuple[Packed, DataFrame | None]":
    """The claims on the desk, packed, every line under a name of its own; and lines that were left out as copies.

    Most claims are packed once. Only where names seem to be borne several times are lines compared by the names
    themselves, and packed again where some are.
    """
    packed = _packed(desk, prepared, claims, at_once, memory_bytes)
    refuse_wrong_rows("claim_lines", packed.wrong)
    are_parted = packed.name_patients and part_patients(desk)
    if are_parted or COURSE_NAMES in packed.shared:
        _refuse_courses_of_several(desk)
    is_keyed = (are_parted or CLAIM_NAMES in packed.shared) and key_shared_claims(desk)
    twins = set_twins_aside(desk) if is_keyed or LINE_NAMES in packed.shared else None
    claims.columns.update({"patient_account_number"} if is_keyed else ())
    claims.columns.update({"repeated_line_id"} if twins is not None else ())
    if are_parted or is_keyed or twins is not None:
        packed = _packed(desk, prepared, claims, at_once, memory_bytes)
    return packed, twins


def _packed(desk: Desk, prepared: Prepared, claims: Claims, at_once: int, memory_bytes: int) -> Packed:
    read = {*prepared.plan.claim_line_columns, *ALSO_LOADED}
    handed_over = {*read, *tested_columns(fact_tables()["claim_lines"]), *_LOOKED_OVER} & claims.columns
    lines, columns = _counted(desk, handed_over)
    tests = tests_of(fact_tables()["claim_lines"], columns)
    sent = [name for name in FACT_TABLES["claim_lines"]._fields if name in read & columns]
    groups = max(1, -(-lines // at_once))
    kinds = columns_of("claim_lines")
    texts = [name for name in sorted(columns) if kinds[name] == "varchar"]
    task = PackingTask(
        bins=bins_of_partitions(groups),
        names=tuple(name for name in texts if name in NAMES),
        folded=tuple(name for name in texts if name not in NAMES),
        nullable=tuple(sorted(_KEYS.intersection(texts))),
        checks=tuple(map(_in_duckdb, tests.values())),
        sent=tuple(sent),
        memory_bytes=memory_bytes,
    )
    with named_failures(groups):
        rows = _rows_of_members(desk, sorted(columns - {*texts}), task, has_diagnoses=claims.have_diagnoses)
        packed = rows.mapInArrow(partial(pack_rows, task), PACKED_IN_SPARK).repartition(groups, "bin")
        packed = packed.localCheckpoint()  # by batches of many rows, whatever those that read it ask for
        with few_files_at_once(desk):
            names = packed.filter(f"what not in ('{LINES}', '{DIAGNOSES}')")
            looks = names.mapInArrow(look_over_packed, LOOK_IN_SPARK).collect()
    reports = [json.loads(look.content) for look in looks if look.what == REPORT]
    versions = sorted({report["version"] for report in reports})
    if len(versions) > 1:
        raise EngineFailure(
            f"the executors of Spark hold different versions of DuckDB ({', '.join(versions)}); give all of them one"
        )
    counts = [sum(report["wrong"][place] for report in reports) for place in range(len(tests))]
    return Packed(
        rows=packed,
        groups=groups,
        wrong={
            **dict(zip(tests, counts, strict=True)),
            "a text holds the control character U+001F": sum(report["unparted"] for report in reports),
        },
        name_patients=any(report["patients"] for report in reports),
        shared=frozenset(look.what for look in looks) - {REPORT},
    )


def _counted(desk: Desk, columns: set[str]) -> tuple[int, set[str]]:
    """How many lines there are, and the columns without those in which no line says anything.

    Such a column takes as long to hand over as another. Columns that most claims fill are not looked at.
    """
    kinds, defaults = columns_of("claim_lines"), FACT_TABLES["claim_lines"]._field_defaults
    looked_at = sorted(name for name in columns - _OFTEN_SAID if defaults.get(name, "1") in (None, ""))
    counts = (
        f"count(nullif({name}, '')) as {name}" if kinds[name] == "varchar" else f"count({name}) as {name}"
        for name in looked_at
    )
    counted = desk.session.table("claim_lines").selectExpr("count(*) as lines", *counts).collect()[0]
    return counted.lines, columns - {name for name in looked_at if not counted[name]}


def _refuse_courses_of_several(desk: Desk) -> None:
    """UnreadableInput where lines of several members state one course: each member is judged in a group of its own."""
    found = desk.sql(_COURSES_OF_SEVERAL).collect()
    if found:
        raise UnreadableInput(
            f"claim_lines: lines of several members state the course {found[0].course_id!r}; name the courses of each"
            " member apart, or leave course_id empty where it is not known"
        )


def _in_duckdb(test: str) -> str:
    """A count as DuckDB writes it, which quotes names otherwise and counts nothing where all conditions are null."""
    return f"""coalesce({test.replace("`", '"')}, 0)"""


def _rows_of_members(desk: Desk, columns: Sequence[str], task: PackingTask, *, has_diagnoses: bool) -> "DataFrame":
    """Columns of the lines, their texts folded, and the diagnoses of each member's claims after them.

    Spark takes as long to hand over an empty text as a full one.
    """
    folded = (f"{_folded(texts)} as {name}" for name, texts in ((FOLDED_NAMES, task.names), (FOLDED, task.folded)))
    lines = desk.session.table("claim_lines").selectExpr(*columns, *folded)
    if not has_diagnoses:
        return lines
    kinds = columns_of("claim_diagnoses")
    nothing = [f"cast(null as {SPARK_TYPES[kinds[name]]}) as {name}" for name in OF_DIAGNOSES]
    diagnoses = desk.sql(_DIAGNOSES_OF_MEMBERS)
    return lines.selectExpr("*", *nothing).unionByName(diagnoses, allowMissingColumns=True)


def _folded(columns: Sequence[str]) -> str:
    """The texts of several columns as one."""
    texts = (f"coalesce({name}, '{MISSING_TEXT}')" if name in _KEYS else name for name in columns)
    return f"concat_ws('{BETWEEN_TEXTS}', {', '.join(texts)})"


def columns_of(table: str) -> dict[str, str]:
    """The columns of a fact table, with their types as tables.sql writes them."""
    return {column.name: column.type for column in fact_tables()[table].columns}


def _collected(frame: "DataFrame", table: str) -> pa.Table:
    """The rows of a table that holds few, read once."""
    return table_of(frame.select(*columns_of(table)).collect(), columns_of(table))


def table_of(rows: "Sequence[Row]", columns: Mapping[str, str]) -> pa.Table:
    """Rows of Spark as a table; `columns` are names with their types as tables.sql writes them."""
    schema = pa.schema([(name, ARROW_TYPES[kind]) for name, kind in columns.items()])
    return pa.Table.from_pylist([row.asDict() for row in rows], schema)


@contextmanager
def few_files_at_once(desk: Desk) -> Iterator[None]:
    """What is planned and run within hands over few packed rows at a time: each holds as much as many others."""
    before = desk.session.conf.get(ROWS_OF_A_BATCH)
    desk.session.conf.set(ROWS_OF_A_BATCH, _FILES_AT_ONCE)
    try:
        yield
    finally:
        desk.session.conf.set(ROWS_OF_A_BATCH, before)


@contextmanager
def named_failures(groups: int) -> Iterator[None]:
    """One sentence where executors cannot do their work, or this machine cannot ask them."""
    from pyspark.errors import PySparkException  # noqa: PLC0415  # an extra

    try:
        yield
    except PySparkException as wrong:
        said = [line.strip() for line in str(wrong).splitlines() if line.strip()]
        sentence = next((line for line in said if _ERROR_OF_PYTHON.match(line)), said[0] if said else "")
        raise EngineFailure(
            f"the executors of Spark cannot judge {groups} groups of members ({sentence}); each needs this program with"
            " its packages, and pandas; judge_on_spark needs none of them there"
        ) from None
