"""Claims of a warehouse screened in Spark, whose executors let DuckDB judge them, the claims of some members at a time.

The rules are the same texts as everywhere. Executors pack the rows and hold them against the contract, Spark brings
together what is of one member and tells apart what bears one name; everything else about a member is known where the
rows are.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from isocenter.errors import EngineFailure, UnknownName, UnreadableInput
from isocenter.facts.schema import tables as fact_tables
from isocenter.review.adding_up import RULES, described, sql
from isocenter.review.spark_desk import SPARK_TYPES, Desk, kept, together
from isocenter.review.spark_engine import judge_comparing_rules
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
from isocenter.review.spark_output import SET_ASIDE, write_answers
from isocenter.rulebook.rulebook import Rulebook
from isocenter.screening.loading import ALSO_LOADED
from isocenter.screening.member_group import COUNTED, GroupTask, judge_group, settings_of_a_group
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
from isocenter.screening.part import ANSWERS
from isocenter.screening.prepared import Prepared, prepare_rulebooks
from isocenter.screening.rejects import REJECT_COLUMNS, REMARK_COLUMNS
from isocenter.terms.findings import NotAssessed
from isocenter.terms.tables import FACT_TABLES, FactRow

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, Row, SparkSession

DAEMON = "isocenter.screening.spark_daemon"  # of a session that this program opens
_OF_MEMBERS = frozenset({"claim_lines", "claim_diagnoses"})
_WINDOWS = frozenset({"data_windows"})
_REFERENCES = frozenset({"covered_diagnoses", "unit_limits", "procedure_pairs", "add_on_codes"})
_MADE = frozenset({"courses", "possible_courses", "service_days", "course_windows"})
_LOST = {"member_key": "varchar", "lines": "bigint", "place": "varchar"}
_TEXT, _DAY, _AMOUNT, _COUNT = "varchar", "date", "double", "bigint"
KINDS: dict[str, dict[str, str]] = {
    "findings": {
        "policy": _TEXT, "rule": _TEXT, "subject_kind": _TEXT, "subject_id": _TEXT, "course_id": _TEXT,
        "outcome": _TEXT, "consequence": _TEXT, "because": _TEXT, "evidence": _TEXT, "units_allowed": _COUNT,
        "billing_npi": _TEXT, "service_month": _DAY, "charge_amount": _AMOUNT, "allowed_amount": _AMOUNT,
    },
    "lines": {
        "claim_line_id": _TEXT, "claim_id": _TEXT, "course_id": _TEXT, "member_id": _TEXT, "service_date": _DAY,
        "procedure_code": _TEXT, "setting": _TEXT, "billing_npi": _TEXT, "units": "integer",
        "charge_amount": _AMOUNT, "allowed_amount": _AMOUNT, "recommendation": _TEXT, "units_allowed": _COUNT,
    },
    "courses": {
        "course_id": _TEXT, "member_id": _TEXT, "line_of_business": _TEXT, "billing_npi": _TEXT,
        "first_service": _DAY, "lines": _COUNT, "charge_amount": _AMOUNT, "allowed_amount": _AMOUNT,
        "recommendation": _TEXT,
    },
    "rejects": dict.fromkeys(REJECT_COLUMNS, _TEXT),
    "remarks": dict.fromkeys(REMARK_COLUMNS, _TEXT),
}  # fmt: skip
_ARROW_TYPES = {
    "varchar": pa.string(), "integer": pa.int32(), "bigint": pa.int64(), "double": pa.float64(), "date": pa.date32(),
    "boolean": pa.bool_(),
}  # fmt: skip
_FAILURE = ("failure", pa.string())
_ERROR_OF_PYTHON = re.compile(r"(?:\w+\.)*\w+(?:Error|Exception): ")
_ROWS_OF_A_BATCH = "spark.sql.execution.arrow.maxRecordsPerBatch"
_PACKED_AT_ONCE = "50000"  # rows
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


@dataclass(frozen=True, slots=True, eq=False)
class GroupJudgment:
    """What the rules say of all members, as data frames that are worked out already, with the columns of a screening.

    Of findings, lines and courses those that were asked for; the others are empty.
    """

    findings: "DataFrame"
    comparisons: "DataFrame"  # findings of the rules that compare courses with each other
    lines: "DataFrame"
    courses: "DataFrame"
    set_aside: "DataFrame"  # claim lines that were not judged, with the reason
    remarks: "DataFrame"
    lines_judged: int
    not_assessed: tuple[NotAssessed, ...]
    applied_to_nothing: tuple[tuple[str, str], ...]  # (policy, rule)


def judge_in_groups(
    session: "SparkSession",
    tables: Mapping[str, "DataFrame"],
    rulebooks: Sequence[Rulebook],
    *,
    lost_lines: "DataFrame | None" = None,
    answers: Collection[str] = ANSWERS,
    memory_bytes: int = 500_000_000,
    lines_of_a_group: int | None = None,
) -> GroupJudgment:
    """Screen claims: every rule whose tables were supplied, run by DuckDB in the executors.

    `tables` are claim_lines, claim_diagnoses, data_windows and the tables of the correct coding edits, as frames by
    the columns of facts/tables.sql; `lost_lines` as in judge_on_spark. A process of an executor keeps to about
    `memory_bytes` and judges as many lines at a time as fit, or `lines_of_a_group`; all lines of a member are judged
    together. It needs this program, pandas, and room for the lines on its disk. Raises UnknownName for a table that is
    about something else, UnreadableInput for rows that break the contract, EngineFailure where an executor cannot
    judge its group.
    """
    _expect_claims(tables, answers)
    with Desk(session, {_ROWS_OF_A_BATCH: _PACKED_AT_ONCE}) as desk:
        small = _put_claims(desk, tables)
        prepared = prepare_rulebooks(rulebooks, frozenset(tables) | _MADE, _reference_rows(small))
        kinds = {kind: columns for kind, columns in KINDS.items() if kind not in ANSWERS or kind in answers}
        kinds |= _profiles(prepared)
        task = GroupTask(
            prepared=prepared,
            answers=tuple(answer for answer in ANSWERS if answer in answers),
            memory_bytes=memory_bytes,
            windows=small.get("data_windows") or _table([], _columns("data_windows")),
            lost_lines=None if lost_lines is None else _table(lost_lines.select(*_LOST).collect(), _LOST),
            schema=_schema(kinds),
        )
        at_once = lines_of_a_group or settings_of_a_group(memory_bytes, Path()).lines_of_a_part
        claims = _Claims({*tables["claim_lines"].columns, "line_number"}, "claim_diagnoses" in tables)
        packed, twins = _packed_claims(desk, prepared, claims, at_once, memory_bytes)
        answered, reports = _answered(desk, packed, task, _columns_in_spark(kinds))
        applied = {(one.policy, one.rule) for report in reports for one in report.applied}
        found = {
            kind: _of_kind(answered, kind) if kind in kinds else desk.rows(columns, [])
            for kind, columns in KINDS.items()
        }
        comparisons = _compared(desk, prepared, answered, found["courses"], applied)
        if twins is not None:
            desk.put("set_aside", twins)
            found["rejects"] = found["rejects"].unionByName(desk.sql(SET_ASIDE))
        left_out = {(entry.policy, entry.rule) for entry in prepared.plan.not_assessed}
        return GroupJudgment(
            findings=found["findings"],
            comparisons=comparisons,
            lines=found["lines"],
            courses=found["courses"],
            set_aside=found["rejects"],
            remarks=found["remarks"],
            lines_judged=sum(report.lines for report in reports),
            not_assessed=prepared.plan.not_assessed,
            applied_to_nothing=tuple(
                key for rule in prepared.plan.all_rules if (key := (rule.policy, rule.name)) not in applied | left_out
            ),
        )


def write_groups(judgment: GroupJudgment, folder: Path) -> None:
    """Write folder/findings, lines, courses, rejects and remarks, as review.spark_output.write_screening does."""
    answers = {
        "findings": judgment.findings,
        "lines": judgment.lines,
        "courses": judgment.courses,
        "rejects": judgment.set_aside,
        "remarks": judgment.remarks,
    }
    write_answers(answers, judgment.comparisons, folder)


@dataclass(frozen=True, slots=True)
class _Claims:
    """What the claims on a desk say."""

    columns: set[str]  # of the lines, in which anything is said
    have_diagnoses: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Packed:
    """Rows packed for the groups of their members, and what was seen of them on the way."""

    rows: "DataFrame"  # the columns of PACKED
    groups: int
    wrong: dict[str, int]  # lines that break the contract, by what is wrong with them
    name_patients: bool
    shared: frozenset[str]  # which names seem to be borne several times


def _put_claims(desk: Desk, tables: Mapping[str, "DataFrame"]) -> dict[str, pa.Table]:
    """Put lines and diagnoses on the desk; returns the other tables, of few rows, held against the contract."""
    frames = conformed(tables)
    small = {name: _collected(frame, name) for name, frame in frames.items() if name not in _OF_MEMBERS}
    for name, table in small.items():
        _check_table(name, table)
    check_values({name: frame for name, frame in frames.items() if name == "claim_diagnoses"})
    desk.put("claim_lines", frames["claim_lines"])
    desk.put("claim_diagnoses", frames.get("claim_diagnoses") or desk.rows(_columns("claim_diagnoses"), []))
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


def _packed_claims(
    desk: Desk, prepared: Prepared, claims: _Claims, at_once: int, memory_bytes: int
) -> "tuple[_Packed, DataFrame | None]":
    """The claims on the desk, packed, every line under a name of its own; and lines that were left out as copies.

    Most claims are packed once. Only where names seem to be borne several times are lines compared by the names
    themselves, and packed anew where some are.
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


def _packed(desk: Desk, prepared: Prepared, claims: _Claims, at_once: int, memory_bytes: int) -> _Packed:
    read = {*prepared.plan.claim_line_columns, *ALSO_LOADED}
    handed_over = {*read, *tested_columns(fact_tables()["claim_lines"]), *_LOOKED_OVER} & claims.columns
    lines, columns = _counted(desk, handed_over)
    tests = tests_of(fact_tables()["claim_lines"], columns)
    sent = [name for name in FACT_TABLES["claim_lines"]._fields if name in read & columns]
    groups = max(1, -(-lines // at_once))
    kinds = _columns("claim_lines")
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
    with _named(groups):
        rows = _rows_of_members(desk, sorted(columns - {*texts}), task, has_diagnoses=claims.have_diagnoses)
        packed = rows.mapInArrow(partial(pack_rows, task), PACKED_IN_SPARK).repartition(groups, "bin")
        packed = packed.localCheckpoint()  # by batches of many rows, whatever those that read it ask for
        with _few_files_at_once(desk):
            names = packed.filter(f"what not in ('{LINES}', '{DIAGNOSES}')")
            looks = names.mapInArrow(look_over_packed, LOOK_IN_SPARK).collect()
    reports = [json.loads(look.content) for look in looks if look.what == REPORT]
    versions = sorted({report["version"] for report in reports})
    if len(versions) > 1:
        raise EngineFailure(
            f"the executors of Spark hold different versions of DuckDB ({', '.join(versions)}); give all of them one"
        )
    counts = [sum(report["wrong"][place] for report in reports) for place in range(len(tests))]
    return _Packed(
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
    kinds, defaults = _columns("claim_lines"), FACT_TABLES["claim_lines"]._field_defaults
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


def _answered(desk: Desk, packed: _Packed, task: GroupTask, columns: str) -> "tuple[DataFrame, list[Row]]":
    """What the executors answer, worked out, and the reports of the groups; EngineFailure where one cannot judge."""
    with _named(packed.groups):
        rows = packed.rows.filter(f"what in ('{LINES}', '{DIAGNOSES}')")
        with _few_files_at_once(desk):
            answered = rows.mapInArrow(partial(judge_group, task), columns).localCheckpoint(eager=False)
            reports = _of_kind(answered, REPORT).collect()
    for report in reports:
        if report.failure:
            raise EngineFailure(report.failure)
    return answered, reports


def _expect_claims(tables: Mapping[str, "DataFrame"], answers: Collection[str]) -> None:
    """UnknownName for a table that groups of members are not judged by, or for an answer that there is none of."""
    known = _OF_MEMBERS | _WINDOWS | _REFERENCES
    others = sorted(set(tables) - known)
    if others:
        listed = ", ".join(sorted(known))
        raise UnknownName(f"{others[0]!r} is no table of claims; expected {listed}: judge_on_spark takes the others")
    if "claim_lines" not in tables:
        raise UnknownName("claim_lines is missing; name the frame of the claim lines")
    unknown = sorted(set(answers) - set(ANSWERS))
    if unknown:
        raise UnknownName(f"{unknown[0]!r} is no answer; known are {', '.join(ANSWERS)}")


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
    kinds = _columns("claim_diagnoses")
    nothing = [f"cast(null as {SPARK_TYPES[kinds[name]]}) as {name}" for name in OF_DIAGNOSES]
    diagnoses = desk.sql(_DIAGNOSES_OF_MEMBERS)
    return lines.selectExpr("*", *nothing).unionByName(diagnoses, allowMissingColumns=True)


def _folded(columns: Sequence[str]) -> str:
    """The texts of several columns as one."""
    texts = (f"coalesce({name}, '{MISSING_TEXT}')" if name in _KEYS else name for name in columns)
    return f"concat_ws('{BETWEEN_TEXTS}', {', '.join(texts)})"


def _columns(table: str) -> dict[str, str]:
    return {column.name: column.type for column in fact_tables()[table].columns}


def _collected(frame: "DataFrame", table: str) -> pa.Table:
    """The rows of a table that holds few, read once."""
    return _table(frame.select(*_columns(table)).collect(), _columns(table))


def _table(rows: "Sequence[Row]", columns: Mapping[str, str]) -> pa.Table:
    schema = pa.schema([(name, _ARROW_TYPES[kind]) for name, kind in columns.items()])
    return pa.Table.from_pylist([row.asDict() for row in rows], schema)


def _reference_rows(small: Mapping[str, pa.Table]) -> list[FactRow]:
    """The rows of the reference tables."""
    kinds: dict[str, Any] = FACT_TABLES
    return [kinds[name](**row) for name in sorted(small.keys() & _REFERENCES) for row in small[name].to_pylist()]


def _profiles(prepared: Prepared) -> dict[str, dict[str, str]]:
    """The columns of the profiles that rules compare courses by, each under the name of its policy and its own."""
    return {
        f"{policy.rulebook.name}.{made.definition.name}": {
            column: kind.lower() if kind.lower() in _ARROW_TYPES else _AMOUNT
            for column, kind in zip(made.columns, made.types, strict=True)
        }
        for policy in prepared.plan.policies
        for made in policy.definitions
        if made.definition.name in policy.profiles
    }


def _schema(kinds: Mapping[str, Mapping[str, str]]) -> pa.Schema:
    """A struct for each kind of answer, and one for the report of a group."""
    fields = {
        kind: pa.struct([(name, _ARROW_TYPES[of]) for name, of in columns.items()]) for kind, columns in kinds.items()
    }
    rule = pa.struct([("policy", pa.string()), ("rule", pa.string())])
    counts = [(name, pa.int64()) for name in COUNTED]
    return pa.schema([*fields.items(), (REPORT, pa.struct([("applied", pa.list_(rule)), *counts, _FAILURE]))])


def _columns_in_spark(kinds: Mapping[str, Mapping[str, str]]) -> str:
    """The same columns as Spark writes them."""
    columns = [
        f"`{kind}` struct<{', '.join(f'{name}: {SPARK_TYPES[of]}' for name, of in columns.items())}>"
        for kind, columns in kinds.items()
    ]
    counts = ", ".join(f"{name}: bigint" for name in COUNTED)
    report = f"struct<applied: array<struct<policy: string, rule: string>>, {counts}, {_FAILURE[0]}: string>"
    return ", ".join([*columns, f"{REPORT} {report}"])


def _of_kind(answered: "DataFrame", kind: str) -> "DataFrame":
    return answered.filter(f"`{kind}` is not null").selectExpr(f"`{kind}`.*")


def _compared(
    desk: Desk, prepared: Prepared, answered: "DataFrame", courses: "DataFrame", applied: set[tuple[str, str]]
) -> "DataFrame":
    """The findings of the rules that compare courses with each other, over what the groups kept of their courses."""
    found = [desk.rows(KINDS["findings"], [])]
    for policy in prepared.plan.policies:
        if not policy.comparing_rules:
            continue
        for profile in policy.profiles:
            desk.put(profile, _of_kind(answered, f"{policy.rulebook.name}.{profile}"))
        answers = judge_comparing_rules(desk, policy, applied)
        rules = desk.rows(RULES, described(policy.comparing_rules)).select("policy", "rule", "consequence")
        desk.put("peer_findings", answers.join(rules, ["policy", "rule"]))
        desk.put("screened_courses", courses)
        found.append(kept(desk.sql(sql("screened_comparisons"))))
    return together(found)


@contextmanager
def _few_files_at_once(desk: Desk) -> Iterator[None]:
    """What is planned and run within hands over few packed rows at a time: each holds as much as many others."""
    before = desk.session.conf.get(_ROWS_OF_A_BATCH)
    desk.session.conf.set(_ROWS_OF_A_BATCH, _FILES_AT_ONCE)
    try:
        yield
    finally:
        desk.session.conf.set(_ROWS_OF_A_BATCH, before)


@contextmanager
def _named(groups: int) -> Iterator[None]:
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
