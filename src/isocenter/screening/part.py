"""One part of a screening: its courses derived, its lines judged, its findings written all at once."""

import json
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from isocenter.engines.database import literal
from isocenter.engines.statements import execute
from isocenter.engines.typed_columns import keep_typed_columns, no_rows
from isocenter.errors import EngineFailure, TooLittleMemory, UnreadableInput
from isocenter.facts.courses import (
    MAY_BE_SUPERSEDED_SQL,
    STEPS_TO_COURSES,
    STEPS_TO_SUPERSEDED,
    add_courses_of_lines,
    incomplete_codes_sql,
    lay_out_days,
    originals_not_at_hand_sql,
    step_sql,
)
from isocenter.facts.schema import tables
from isocenter.facts.store import FactStore
from isocenter.files.writing import is_of_a_full_disk, write_whole
from isocenter.intake.bulk.selecting import parquet_in
from isocenter.review.adding_up import sql
from isocenter.review.batch import judge_batch, stopwatch
from isocenter.review.diagnosed import INCOMPLETE
from isocenter.review.policy_tables import load_policy
from isocenter.screening.diagnoses import diagnoses_query
from isocenter.screening.kept import seal
from isocenter.screening.loading import TEXTS, Wanted, enumerate_texts, load_lines
from isocenter.screening.lost_lines import load_lost_lines
from isocenter.screening.prepared import Prepared, prepare
from isocenter.screening.settings import Settings
from isocenter.screening.settling import is_open, lines_settled, may_hold_copies, settle_part
from isocenter.screening.windows import WINDOWS

# Each with what its rows are ordered by, so that the same claims make the same bytes; lines stay as they came.
ORDERS = {"findings": "order by all", "lines": "", "courses": "order by course_id"}
ANSWERS = tuple(ORDERS)
_KEPT = ("line_of_business", "charge_amount", "allowed_amount", "last_service_date", "setting")  # with their courses
_FILLED = ("claim_lines", "claim_diagnoses", "possible_courses")
_TYPES = {name: f"{TEXTS}{name}" for name in ("course_id", "member_id", "procedure_code")}  # of texts, for the part
_MOST_TEXTS_NUMBERED = 1_000  # of a column of answers: names of lines take longer to number than to write
INCOMPLETE_CODES = "incomplete_codes"  # remarks on the diagnoses of a part
BASE = "work"  # what a screening keeps for itself: reports of its parts, profiles of its courses


def part_name(number: int) -> str:
    """The name of a part, as its files have it."""
    return f"{number:04d}"


def screen_part(
    settings: Settings,
    number: int,
    judged_by: str,
    known_to_apply: Collection[tuple[str, str]] = (),
    *,
    is_alone: bool = False,
) -> dict[str, object]:
    """Judge one part and write its answers; returns and keeps what it counted and how long it took.

    One that `is_alone` is judged while no other is and has the memory of all workers; TooLittleMemory where a part's
    own does not suffice.

    Nothing of the part stands in the folder of answers before all of it does. Raises EngineFailure where it cannot be
    judged, and IOException of DuckDB where the disk is full. Where this process has read other policies or edits than
    those of the digest `judged_by`, UnreadableInput: no two parts are judged by different ones.
    """
    prepared = prepare(settings)
    if prepared.judged_by != judged_by:
        raise UnreadableInput("the policies or the coding edits changed while the claims were screened; run again")
    name = part_name(number)
    work = settings.out / BASE / f"part-{name}"
    try:
        report = judge_part(settings, prepared, number, work, known_to_apply, is_alone=is_alone)
    except (TooLittleMemory, duckdb.OutOfMemoryException) as wrong:
        sentence = str(wrong).split("\n", maxsplit=1)[0]
        raise _too_large(settings, number, sentence) from None
    except duckdb.Error as wrong:
        if is_of_a_full_disk(wrong):
            raise
        sentence = str(wrong).split("\n", maxsplit=1)[0]
        raise EngineFailure(f"part {name} cannot be judged ({sentence})") from None
    _publish(settings.out, work, name, report)
    return report


def _too_large(settings: Settings, number: int, sentence: str) -> TooLittleMemory:
    files = (settings.out / "claims" / "lines" / f"part={number}").glob("*.parquet")
    lines = sum(pq.read_metadata(file).num_rows for file in files)
    more = -(-settings.memory_for(lines) // 10**8) * 100  # in MB
    return TooLittleMemory(
        f"part {part_name(number)} (lines: {lines:,}) cannot be judged ({sentence}); run again with"
        f" --memory {more}MB: finished parts are kept"
    )


def judge_part(
    settings: Settings,
    prepared: Prepared,
    number: int,
    work: Path,
    known_to_apply: Collection[tuple[str, str]] = (),
    *,
    is_settled: bool = False,
    is_alone: bool = False,
    answers: Collection[str] = ANSWERS,
) -> dict[str, Any]:
    """Judge one part and write the `answers` into the emptied folder `work`; returns what it counted.

    Of a part that `is_settled` every name of a line is its own and no line takes another back. Raises EngineFailure
    where a rule's query is refused, and an error of DuckDB where the memory or the disk does not suffice.
    """
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    seconds: dict[str, float] = {}
    memory_bytes = settings.database_bytes_of_a_lone_part if is_alone else settings.database_bytes_of_a_part
    store = FactStore(threads=1, memory_bytes=memory_bytes, spill=work / "spill", reads_files=True)
    try:
        counted = _load(store, settings, prepared, number, work, seconds, is_settled=is_settled)
        lost = load_lost_lines(store.connection, settings.out / "claims")
        store.lock(work)
        judgment = judge_batch(store, prepared.plan, known_to_apply, _TYPES, lines_are_lost=lost)
        seconds |= judgment.seconds
        with stopwatch(seconds, "writing"):
            _write(store, prepared, work, answers)
    finally:
        store.close()
    return {"part": number, **counted, "applied": sorted(judgment.applied), "seconds": seconds}


def _load(
    store: FactStore,
    settings: Settings,
    prepared: Prepared,
    number: int,
    work: Path,
    seconds: dict[str, float],
    *,
    is_settled: bool,
) -> dict[str, object]:
    """Fill the store with the part's lines, each in its course; returns how many are judged and how many not."""
    connection = store.connection
    connection.execute("set search_path = 'main'; set preserve_insertion_order = true")
    # To compare the parts of a query it writes them out, all texts of the enumerated types with every part.
    connection.execute("set disabled_optimizers = 'common_subplan'")
    folder = settings.out / "claims"
    settled = lines_settled(connection, folder, number)
    wanted = Wanted(prepared.plan.claim_line_columns, prepared.codes_named, settings.line_of_business)
    with stopwatch(seconds, "loading"):
        connection.execute("alter table main.claim_lines rename to no_lines")
        absent = load_lines(store, folder, number, wanted)
    with stopwatch(seconds, "settling"):
        if not is_settled and (may_hold_copies(connection, folder, number) or is_open(connection, "main.part")):
            connection.execute("drop table main.part")
            settled = settle_part(connection, folder, number, settings.line_of_business)
            absent = load_lines(store, folder, number, wanted)
    with stopwatch(seconds, "loading"):
        filled_in = "".join(f", {value} as {column}" for column, value in absent.items())
        connection.execute(f"create view main.claim_lines as select *{filled_in} from main.part")
        load_policy(store, prepared.courses)
        rejected = settled + _set_aside(store, work)
        _load_diagnoses(store, folder, number)
    with stopwatch(seconds, "courses"):
        _name_incomplete_codes(connection, work)
        _find_courses(store)
        _keep_lines(store, prepared, absent)
        _share_types(store)
        add_courses_of_lines(store)
        store.add(prepared.references)
        connection.execute(f"insert into main.data_windows from {parquet_in(folder, WINDOWS)}")
        lay_out_days(store)
        for table in prepared.supplied:
            store.supply(table)
    lines = connection.execute("select count(*) from main.claim_lines").fetchone()
    courses = connection.execute("select count(*) from main.courses").fetchone()
    return {
        "lines": lines[0] if lines else 0,
        "courses": courses[0] if courses else 0,
        "rejected": rejected,
    }


def _name_incomplete_codes(connection: duckdb.DuckDBPyConnection, work: Path) -> None:
    """Keep a remark on each code of a diagnosis that is not complete, with the claim that has it."""
    execute(connection, f"create temp table incomplete_codes as {incomplete_codes_sql()}")
    if connection.execute("select 1 from incomplete_codes limit 1").fetchone():
        why = literal(INCOMPLETE)
        connection.execute(
            f"""
            copy (
                select '' as path, concat('claim ', claim_id) as place,
                    concat('diagnosis ', icd10, ': ', {why}) as remark, {why} as kind
                from incomplete_codes order by all
            ) to {literal(str(work / f"{INCOMPLETE_CODES}.parquet"))} (format parquet)
            """
        )


def _find_courses(store: FactStore) -> None:
    """Find the courses of the part: members and courses as numbers, so that lines are joined to them as such."""
    connection = store.connection
    connection.execute(f"alter table course_codes alter code type {TEXTS}procedure_code")
    for step in STEPS_TO_COURSES:
        execute(connection, f"create table main.{step} as {step_sql(step)}")
    enumerate_texts(
        store, "course_id", "select course_id from main.course_months union select course_id from main.claim_lines"
    )
    numbered = f"cast(course_id as {TEXTS}course_id) as course_id"
    execute(
        connection,
        # Laid out again: to alter the type of the column takes four times as long.
        f"create or replace table main.course_months as select * replace ({numbered}) from main.course_months;"
        "alter view main.claim_lines rename to standing_lines;"
        f"create view main.claim_lines as select * replace ({numbered}) from main.standing_lines;"
        f"create or replace table main.possible_courses (claim_line_id varchar, course_id {TEXTS}course_id);"
        f"insert into main.possible_courses {step_sql('possible_courses')}",
    )


def _keep_lines(store: FactStore, prepared: Prepared, absent: Mapping[str, str]) -> None:
    """Keep the columns of the lines that are read, with the course of each; drop what led to it."""
    connection = store.connection
    columns = dict.fromkeys([*prepared.plan.claim_line_columns, *_KEPT])
    stored = [column for column in columns if column == "course_id" or column not in absent]
    kept = ("course_id_found as course_id" if column == "course_id" else column for column in stored)
    shown = (column if column in stored else f"{absent[column]} as {column}" for column in columns)
    execute(
        connection,
        f"create table main.lines_in_courses as select {', '.join(kept)} from ({step_sql('courses')});"
        "drop view main.claim_lines; drop view main.standing_lines; drop table main.part; drop table main.no_lines;"
        f"create view main.claim_lines as select {', '.join(shown)} from main.lines_in_courses",
    )
    for step in STEPS_TO_COURSES:
        connection.execute(f"drop table main.{step}")


def _share_types(store: FactStore) -> None:
    """Let every table name courses and members by the same numbers: joined with a text, a number is one itself."""
    keep_typed_columns(store.connection, _TYPES)
    shared = {"course_id", "member_id"}
    for table in tables().values():
        if table.name not in _FILLED and any(column.name in shared for column in table.columns):
            columns = {column.name: column.type for column in table.columns}
            execute(store.connection, f"create or replace table main.{table.name} as {no_rows(columns, shared)}")


def _set_aside(store: FactStore, work: Path) -> int:
    """Take away lines of claims that were corrected or copy another; keep them with the reason, and what is missing."""
    connection = store.connection
    if not execute(connection, MAY_BE_SUPERSEDED_SQL).fetchone():
        return 0
    for step in STEPS_TO_SUPERSEDED:
        execute(connection, f"create temp table {step} as {step_sql(step)}")
    connection.execute(
        f"""
        copy (
            select '' as path, concat('claim ', claim_id) as place, sentence as remark, kind
            from ({originals_not_at_hand_sql("corrections")}) order by all
        ) to {literal(str(work / "remarks.parquet"))} (format parquet)
        """
    )
    written = connection.execute(
        f"""
        copy (
            select '' as path, concat('claim ', claim_id) as place, reason, kind, claim_id, claim_line_id,
                member_id, cast(service_date as varchar) as service_date, procedure_code
            from main.claim_lines inner join superseded_claims using (claim_id) order by all
        ) to {literal(str(work / "rejects.parquet"))} (format parquet)
        """
    ).fetchone()
    connection.execute("delete from main.part where claim_id in (select claim_id from superseded_claims)")
    return int(written[0]) if written else 0


def _load_diagnoses(store: FactStore, folder: Path, number: int) -> None:
    columns = [row[0] for row in store.connection.execute("describe main.part").fetchall()]
    query = diagnoses_query(folder, str(number), "main.claim_lines", columns)
    if query:
        store.connection.execute(f"insert into main.claim_diagnoses {query}")


def _write(store: FactStore, prepared: Prepared, work: Path, answers: Collection[str]) -> None:
    connection = store.connection
    connection.execute("set search_path = 'main'")
    execute(
        connection,
        f"""
        create table course_providers as {sql("course_providers")};
        create view recommended_lines as {sql("line_recommendations")};
        create view recommended_courses as {sql("course_recommendations")}
        """,
    )
    for answer in answers:
        order = ORDERS[answer]
        query = f"from ({sql(f'screened_{answer}')}) {order}"
        written = f"format parquet, dictionary_size_limit {_MOST_TEXTS_NUMBERED}"
        connection.execute(f"copy ({query}) to {literal(str(work / f'{answer}.parquet'))} ({written})")
    for policy in prepared.plan.policies:
        for profile in policy.profiles:
            file = work / f"{policy.rulebook.name}.{profile}.parquet"
            connection.execute(f"copy {policy.rulebook.name}.{profile} to {literal(str(file))} (format parquet)")


def _publish(out: Path, work: Path, name: str, report: dict[str, object]) -> None:
    """Move every file of a finished part to its place, and the report of the part last: it says that all are there."""
    files = []
    for file in sorted(work.glob("*.parquet")):
        kind = file.stem
        folder = out / kind if kind in ANSWERS else out / BASE / kind
        folder.mkdir(parents=True, exist_ok=True)
        files.append(file.replace(folder / f"{name}.parquet"))
    report["files"] = seal(out, files)
    parts = out / BASE / "parts"
    parts.mkdir(parents=True, exist_ok=True)
    write_whole(parts / f"{name}.json", json.dumps(report))
    shutil.rmtree(work, ignore_errors=True)
