"""Claims of a warehouse screened in Spark, whose executors let DuckDB judge them, the claims of some members at a time.

The rules are the same texts as everywhere. Executors pack the rows and hold them against the contract, Spark brings
together what is of one member and tells apart what has the same name; everything else about a member is known where the
rows are.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from isocenter.errors import EngineFailure, UnknownName, UnreadableInput
from isocenter.facts.schema import EARLIEST, LATEST
from isocenter.review.adding_up import RULES, described, sql
from isocenter.review.spark_desk import SPARK_TYPES, Desk, kept, together
from isocenter.review.spark_engine import judge_comparing_rules
from isocenter.review.spark_output import SET_ASIDE, write_answers
from isocenter.rulebook.rulebook import Rulebook
from isocenter.screening.member_group import COUNTED, GroupTask, judge_group
from isocenter.screening.member_rows import DIAGNOSES, LINES, REPORT
from isocenter.screening.part import ANSWERS
from isocenter.screening.prepared import Prepared, prepare_rulebooks
from isocenter.screening.rejects import REJECT_COLUMNS, REMARK_COLUMNS
from isocenter.screening.settings import Settings
from isocenter.screening.spark_packing import (
    ARROW_TYPES,
    OF_MEMBERS,
    PACKED_AT_ONCE,
    ROWS_OF_A_BATCH,
    Claims,
    Packed,
    columns_of,
    few_files_at_once,
    named_failures,
    packed_claims,
    put_claims,
    table_of,
)
from isocenter.terms.findings import NotAssessed
from isocenter.terms.tables import FACT_TABLES, FactRow

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, Row, SparkSession

DAEMON = "isocenter.screening.spark_daemon"  # of a session that this program opens
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
_FAILURE = ("failure", pa.string())


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
    complete_within: tuple[date, date] | None = None,
    lost_lines: "DataFrame | None" = None,
    answers: Collection[str] = ANSWERS,
    memory_bytes: int = 500_000_000,
    lines_of_a_group: int | None = None,
) -> GroupJudgment:
    """Screen claims: every rule whose tables were supplied, run by DuckDB in the executors.

    `tables` are claim_lines, claim_diagnoses, data_windows and the tables of the correct coding edits, as frames by
    the columns of facts/tables.sql; `lost_lines` as in judge_on_spark. Where the claims are all that their providers
    billed from one day to another, `complete_within` names the two in place of data_windows. A process of an executor
    keeps to about `memory_bytes` and judges as many lines at a time as fit, or `lines_of_a_group`; all lines of a
    member are judged together. It needs this program, pandas, and room for the lines on its disk. Raises UnknownName
    for a table that is about something else, UnreadableInput for rows that break the contract, EngineFailure where an
    executor cannot judge its group.
    """
    _expect_claims(tables, answers)
    _expect_days(tables, complete_within)
    with Desk(session, {ROWS_OF_A_BATCH: PACKED_AT_ONCE}) as desk:
        small = put_claims(desk, tables)
        made = _MADE | _WINDOWS if complete_within else _MADE
        prepared = prepare_rulebooks(rulebooks, frozenset(tables) | made, _reference_rows(small))
        kinds = {kind: columns for kind, columns in KINDS.items() if kind not in ANSWERS or kind in answers}
        kinds |= _profiles(prepared)
        task = GroupTask(
            prepared=prepared,
            answers=tuple(answer for answer in ANSWERS if answer in answers),
            memory_bytes=memory_bytes,
            windows=small.get("data_windows") or table_of([], columns_of("data_windows")),
            complete_within=complete_within,
            lost_lines=None if lost_lines is None else table_of(lost_lines.select(*_LOST).collect(), _LOST),
            schema=_schema(kinds),
        )
        at_once = lines_of_a_group or Settings.of_a_group(memory_bytes, Path()).most_lines_of_a_part
        claims = Claims({*tables["claim_lines"].columns, "line_number"}, "claim_diagnoses" in tables)
        packed, twins = packed_claims(desk, prepared, claims, at_once, memory_bytes)
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


def _answered(desk: Desk, packed: Packed, task: GroupTask, columns: str) -> "tuple[DataFrame, list[Row]]":
    """What the executors answer, worked out, and the reports of the groups; EngineFailure where one cannot judge."""
    with named_failures(packed.groups):
        rows = packed.rows.filter(f"what in ('{LINES}', '{DIAGNOSES}')")
        with few_files_at_once(desk):
            answered = rows.mapInArrow(partial(judge_group, task), columns).localCheckpoint(eager=False)
            reports = _of_kind(answered, REPORT).collect()
    for report in reports:
        if report.failure:
            raise EngineFailure(report.failure)
    return answered, reports


def _expect_claims(tables: Mapping[str, "DataFrame"], answers: Collection[str]) -> None:
    """UnknownName for a table that groups of members are not judged by, or for an answer that there is none of."""
    known = OF_MEMBERS | _WINDOWS | _REFERENCES
    others = sorted(set(tables) - known)
    if others:
        listed = ", ".join(sorted(known))
        raise UnknownName(f"{others[0]!r} is not a table of claims; expected {listed}: judge_on_spark takes the others")
    if "claim_lines" not in tables:
        raise UnknownName("claim_lines is missing; name the frame of the claim lines")
    unknown = sorted(set(answers) - set(ANSWERS))
    if unknown:
        raise UnknownName(f"{unknown[0]!r} is not an answer; known are {', '.join(ANSWERS)}")


def _expect_days(tables: Collection[str], complete_within: tuple[date, date] | None) -> None:
    """UnknownName where data_windows come beside the days, UnreadableInput where these are not in order."""
    if complete_within is None:
        return
    if "data_windows" in tables:
        raise UnknownName("data_windows and complete_within both say which days the claims cover; give one of them")
    first, last = complete_within
    if not EARLIEST <= first <= last <= LATEST:
        raise UnreadableInput(
            f"complete_within is {first} to {last}; expected the first day and the last, from {EARLIEST} to {LATEST}"
        )


def _reference_rows(small: Mapping[str, pa.Table]) -> list[FactRow]:
    """The rows of the reference tables."""
    kinds: dict[str, Any] = FACT_TABLES
    return [kinds[name](**row) for name in sorted(small.keys() & _REFERENCES) for row in small[name].to_pylist()]


def _profiles(prepared: Prepared) -> dict[str, dict[str, str]]:
    """The columns of the profiles that rules compare courses by, each under the name of its policy and its own."""
    return {
        f"{policy.rulebook.name}.{made.definition.name}": {
            column: kind.lower() if kind.lower() in ARROW_TYPES else _AMOUNT
            for column, kind in zip(made.columns, made.types, strict=True)
        }
        for policy in prepared.plan.policies
        for made in policy.definitions
        if made.definition.name in policy.profiles
    }


def _schema(kinds: Mapping[str, Mapping[str, str]]) -> pa.Schema:
    """A struct for each kind of answer, and one for the report of a group."""
    fields = {
        kind: pa.struct([(name, ARROW_TYPES[of]) for name, of in columns.items()]) for kind, columns in kinds.items()
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
