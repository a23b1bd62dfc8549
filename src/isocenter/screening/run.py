"""A screening from its first line to its summary; one that was interrupted goes on where it stopped."""

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb

from isocenter.engines.database import literal
from isocenter.errors import EngineFailure, TooLittleMemory, UnreadableInput, UnwritableOutput
from isocenter.files.folders import expect_a_name_in_utf8
from isocenter.files.texts import shown
from isocenter.files.writing import is_of_a_full_disk, write_whole
from isocenter.intake.bulk.selecting import files_in, parquet_in
from isocenter.intake.bulk.sources import Found, Source, look_for_sources, shown_names
from isocenter.rulebook.rulebook import Rulebook
from isocenter.screening.comparison import NAME as COMPARED
from isocenter.screening.comparison import compare_courses, compares_courses
from isocenter.screening.counts import LineCounts
from isocenter.screening.kept import is_unbroken, only_run, read_report, refuse_foreign_files, seal
from isocenter.screening.lost_lines import write_lost_lines
from isocenter.screening.part import ANSWERS, BASE, INCOMPLETE_CODES, part_name, screen_part
from isocenter.screening.prepared import prepare
from isocenter.screening.rejects import REJECT_COLUMNS, REMARK_COLUMNS
from isocenter.screening.settings import Settings
from isocenter.screening.spark_run import judge_in_spark
from isocenter.screening.splitting import count_lines_of_codes, open_connection, split
from isocenter.screening.summary import summarize
from isocenter.screening.windows import write_windows
from isocenter.screening.workers import workers
from isocenter.screening.worklist import TABLES
from isocenter.terms.problems import Unread
from isocenter.terms.screening import Summary

Progress = Callable[[str, int, int], None]  # what is done, how many lines of how many
_FILES = (
    "summary.json", "summary.html", "rejects.parquet", "remarks.parquet", "worklist.html",
    *(f"{name}.csv" for name in TABLES),
)  # fmt: skip
_UNPACKED = "unpacked"
_RUN_IN_THE_MAKING = "run.json.partial"
_SPILL = "spill"  # of a database that may be open


def screen(
    settings: Settings, progress: Progress = lambda *_: None, write_pages: Callable[[Summary], None] = lambda _: None
) -> Summary:
    """Screen all claims; the answers are in the folder `settings.out`.

    `write_pages` writes what is made of the answers into the folder, which no other screening can enter until then.
    Raises UnreadableInput where the claims cannot be read or the folder holds something else than a screening, and
    UnwritableOutput where there is no room.
    """
    expect_a_name_in_utf8(settings.out)
    _expect_a_screening(settings.out)
    with _full_disk_named(settings.out), _room_to_unpack(settings.out) as unpacked:
        found = look_for_sources(settings.claims, settings.mapping, unpacked, settings.workbook_bytes)
        found.problems += prepare(settings).problems  # before anything is touched
        settings.out.mkdir(parents=True, exist_ok=True)
        with only_run(settings.out):
            summary = _screen(settings, found, progress)
            write_pages(summary)
            return summary


@contextmanager
def _full_disk_named(out: Path) -> Iterator[None]:
    """UnwritableOutput, which names the folder of answers, where its disk is full, whoever found out."""
    try:
        yield
    except (OSError, duckdb.IOException) as wrong:
        if is_of_a_full_disk(wrong):
            raise UnwritableOutput(
                f"{shown(out)}: cannot be written: there is no room left on its disk; make room there and run again, or"
                " name another folder; finished parts are kept"
            ) from None
        raise


@contextmanager
def _room_to_unpack(out: Path) -> Iterator[Path]:
    """A folder within the folder of answers, for this run alone; where nothing else comes of it, both go."""
    was_there = out.exists()
    folder = out / _UNPACKED / str(os.getpid())
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        with suppress(OSError):
            folder.parent.rmdir()
            if not was_there:
                out.rmdir()


def _screen(settings: Settings, found: Found, progress: Progress) -> Summary:
    sources = found.sources
    seconds: dict[str, float] = {}
    run = _take_up(settings, found)
    with open_connection(settings.database_bytes, settings.workers, _spill(settings)) as connection:
        run, looked_through = _counted(settings, run, sources, connection)
        looked_at = replace(found, sources=looked_through)
        counts = _split_once(settings, looked_at, run, seconds, progress, connection)
    if settings.engine != "duckdb":
        progress("judging in Spark", 0, 0)
        applied, rejected = judge_in_spark(settings, seconds)
        judged = counts.kept - rejected
    else:
        reports = list(_judge_parts(settings, run["parts"], counts.kept, progress))
        sealed = [name for report in reports for name in report["files"]]
        sealed += [f"findings/{COMPARED}.parquet"] if compares_courses(settings) else []
        refuse_foreign_files(settings.out, ANSWERS, sealed)
        for report in reports:
            for what, took in report["seconds"].items():
                seconds[what] = seconds.get(what, 0.0) + took
        applied = {tuple(rule) for report in reports for rule in report["applied"]}
        if compares_courses(settings):
            progress("comparing courses", 1, 1)
            applied |= compare_courses(settings, seconds)
        rejected = sum(report["rejected"] for report in reports)
        judged = sum(report["lines"] for report in reports)
    counts.rejected += rejected
    counts.kept -= rejected
    _check_counts(counts, judged)
    shutil.rmtree(_spill(settings), ignore_errors=True)
    with open_connection(settings.database_bytes, settings.workers, _spill(settings)) as connection:
        _name_as_shown(connection, found)
        _gather_rejects(settings, connection)
        _gather_remarks(settings, connection)
        return summarize(settings, sources, counts, rejected, applied, seconds, connection)


def _spill(settings: Settings) -> Path:
    """The folder into which the database of the main process puts what its memory does not hold."""
    return settings.out / BASE / _SPILL


def _fingerprint(settings: Settings, found: Found, rulebooks: Sequence[Rulebook]) -> str:
    """What the answers rest on; files of claims that cannot be read are part of it."""
    unread = sorted({Path(problem.path) for problem in found.problems if isinstance(problem, Unread)})
    return settings.fingerprint(found.sources, rulebooks, [file for file in unread if file.is_file()])


def _take_up(settings: Settings, found: Found) -> dict[str, Any]:
    """The run that stands in the folder where it is the same; else a new one, with its fingerprint alone."""
    out = settings.out
    run_file = out / "run.json"
    fingerprint = _fingerprint(settings, found, prepare(settings).rulebooks)
    found.expect_unchanged()  # or the fingerprint would be of other files than those that were unpacked
    run = read_report(run_file) or {}
    # With more memory the parts that were made for less are judged on.
    if run.get("fingerprint") != fingerprint or run.get("lines_of_a_part", 0) > settings.lines_of_a_part:
        write_whole(run_file, json.dumps({"fingerprint": "", "parts": 0, "split": None}))  # a run that is none, so far
        _clear(out)
        run = {"fingerprint": fingerprint, "lines_of_a_part": settings.lines_of_a_part}
    (out / BASE).mkdir(mode=0o700, exist_ok=True)
    shutil.rmtree(_spill(settings), ignore_errors=True)
    return run


def _counted(
    settings: Settings, run: dict[str, Any], sources: list[Source], connection: duckdb.DuckDBPyConnection
) -> tuple[dict[str, Any], list[Source]]:
    """The run with the number of its parts, and the sources with what was found in their columns."""
    if "parts" in run:
        return run, sources
    lines, looked_through = count_lines_of_codes(connection, sources, prepare(settings).covered)
    counted = {**run, "parts": settings.parts_of(lines), "lines": lines, "split": None}
    write_whole(settings.out / "run.json", json.dumps(counted))
    return counted, looked_through


def _expect_a_screening(out: Path) -> None:
    """UnreadableInput where the folder holds anything but an earlier screening: nothing of others is overwritten."""
    if out.exists() and not out.is_dir():
        raise UnreadableInput(f"{out}: is a file; name a folder for the screening")
    if out.is_dir() and {path.name for path in out.iterdir()} - {_RUN_IN_THE_MAKING, _UNPACKED}:
        run = read_report(out / "run.json") or {}
        if not run.keys() >= {"fingerprint", "parts", "split"}:
            raise UnreadableInput(f"{out}: holds something else than a screening; name a new or empty folder")


def _clear(out: Path) -> None:
    """Remove all that a screening left but what an open database spilled."""
    for name in _FILES:
        (out / name).unlink(missing_ok=True)
    for name in (*ANSWERS, "claims", "reports"):
        shutil.rmtree(out / name, ignore_errors=True)
    for path in (out / BASE).glob("*"):
        if path.is_file():
            path.unlink()
        elif path.name != _SPILL:
            shutil.rmtree(path, ignore_errors=True)


def _split_once(
    settings: Settings,
    found: Found,
    run: dict[str, Any],
    seconds: dict[str, float],
    progress: Progress,
    connection: duckdb.DuckDBPyConnection,
) -> LineCounts:
    """Split the claims into parts, unless an earlier run did and what it wrote is unchanged."""
    folder = settings.out / "claims"
    if run["split"] and _is_as_split(settings.out, run):
        return LineCounts(**run["split"])
    _clear(settings.out)
    folder.mkdir(mode=0o700)
    began = time.perf_counter()
    lines = max(1, run["lines"])
    progress("reading", 0, lines)
    counts = split(
        connection,
        found.sources,
        prepare(settings).covered,
        run["parts"],
        folder,
        settings.lines_held,
        lambda done: progress("reading", min(done, lines), lines),
        found.problems,
    )
    write_windows(connection, folder, are_complete=not counts.files_unread)
    write_lost_lines(connection, folder, shown_names(found.sources, found.problems))
    if not counts.adds_up:
        raise EngineFailure(f"lines read do not add up: {counts}")
    if _fingerprint(settings, found, settings.rulebooks()) != run["fingerprint"]:
        raise UnreadableInput("the claims, or what they are judged by, changed while they were read; run again")
    seconds["reading and splitting"] = time.perf_counter() - began
    run["split"] = asdict(counts)
    run["files"] = seal(settings.out, _files_of_claims(settings.out), settings.workers)
    write_whole(settings.out / "run.json", json.dumps(run))
    return counts


def _is_as_split(out: Path, run: dict[str, Any]) -> bool:
    names = {file.relative_to(out).as_posix() for file in _files_of_claims(out)}
    return names == set(run.get("files", ())) and is_unbroken(out, run["files"])


def _files_of_claims(out: Path) -> list[Path]:
    return [file for file in (out / "claims").rglob("*") if file.is_file()]


def _judge_parts(settings: Settings, parts: int, lines: int, progress: Progress) -> Iterator[dict[str, Any]]:
    """Judge every part that no earlier run finished; the reports of all."""
    done = 0
    todo = []
    folder = settings.out / "claims" / "lines"
    # Of claims without a line to judge one empty part is judged: its answers are empty, and there.
    for number in [number for number in range(parts) if (folder / f"part={number}").is_dir()] or [0]:
        report = _finished(settings, number)
        if report:
            done += report["lines"]
            yield report
        else:
            todo.append(number)
    progress("judging", done, lines)
    for report in _run(settings, todo):
        done += report["lines"]
        progress("judging", done, lines)
        yield report


def _run(settings: Settings, numbers: list[int]) -> Iterator[dict[str, Any]]:
    judged_by = prepare(settings).judged_by
    applied: set[tuple[str, str]] = set()  # rules that looked at something, which no later part has to find out again
    if len(numbers) == 1 or settings.workers == 1:
        for number in numbers:
            judged: dict[str, Any] = screen_part(settings, number, judged_by, frozenset(applied), is_alone=True)
            applied |= {(policy, rule) for policy, rule in judged["applied"]}
            yield judged
        return
    too_large: list[int] = []  # for the memory of one worker
    with workers(settings.workers) as pool:
        waiting: dict[Future[dict[str, Any]], int] = {}
        rest = iter(numbers)
        while True:
            for number in islice(rest, settings.workers - len(waiting)):
                waiting[pool.submit(screen_part, settings, number, judged_by, frozenset(applied))] = number
            if not waiting:
                break
            for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                number = waiting.pop(future)
                try:
                    report = _result(future)
                except TooLittleMemory:
                    too_large.append(number)
                    continue
                applied |= {(policy, rule) for policy, rule in report["applied"]}
                yield report
    for number in sorted(too_large):
        yield screen_part(settings, number, judged_by, frozenset(applied), is_alone=True)


def _result(future: Future[dict[str, Any]]) -> dict[str, Any]:
    try:
        return future.result()
    except BrokenProcessPool:
        raise EngineFailure(
            "a worker ended before its part was judged; run again, with less --memory or fewer --workers where the"
            " machine ran out of it: finished parts are kept"
        ) from None


def _finished(settings: Settings, number: int) -> dict[str, Any] | None:
    report = read_report(settings.out / BASE / "parts" / f"{part_name(number)}.json")
    return report if report and is_unbroken(settings.out, report.get("files")) else None


def _gather_rejects(settings: Settings, connection: duckdb.DuckDBPyConnection) -> None:
    """All rejects in one file: lines that could not be read, and those that a part set aside."""
    out = settings.out
    files = [
        *sorted((out / "claims" / "rejects").glob("*.parquet")),
        *sorted((out / BASE / "rejects").glob("*.parquet")),
    ]
    partial = out / BASE / "rejects-all.parquet"
    if files:
        given = ", ".join(files_in(file.parent, file.name) for file in files)
        relation = f"read_parquet([{given}], union_by_name = true, hive_partitioning = false)"
    else:
        relation = f"(select {', '.join(f'cast(null as varchar) as {name}' for name in REJECT_COLUMNS)} limit 0)"
    connection.execute(
        f"copy (select {_with_names_shown(REJECT_COLUMNS)} from {relation} order by all)"
        f" to {literal(str(partial))} (format parquet)"
    )
    partial.replace(out / "rejects.parquet")


def _gather_remarks(settings: Settings, connection: duckdb.DuckDBPyConnection) -> None:
    """All remarks in one file; none where there is nothing to say."""
    out = settings.out
    folders = [out / "claims" / "remarks", out / BASE / "remarks", out / BASE / INCOMPLETE_CODES]
    relations = [f"from {parquet_in(folder)}" for folder in folders if any(folder.glob("*.parquet"))]
    if not relations:
        return
    partial = out / BASE / "remarks-all.parquet"
    connection.execute(
        f"copy (select {_with_names_shown(REMARK_COLUMNS)} from ({' union all '.join(relations)}) order by all)"
        f" to {literal(str(partial))} (format parquet)"
    )
    partial.replace(out / "remarks.parquet")


def _name_as_shown(connection: duckdb.DuckDBPyConnection, found: Found) -> None:
    """Make the table of how each file is shown: no answer says where on the machine the claims lay."""
    names = shown_names(found.sources, found.problems)
    connection.execute("create temp table names (given varchar, shown varchar)")
    connection.execute("insert into names select unnest(?), unnest(?)", [list(names), list(names.values())])


def _with_names_shown(columns: tuple[str, ...]) -> str:
    """The columns, the path of a file as it is shown."""
    shown = "coalesce((select shown from names where given = path), path) as path"
    return ", ".join(shown if column == "path" else column for column in columns)


def _check_counts(counts: LineCounts, judged: int) -> None:
    if counts.kept != judged or not counts.adds_up:
        raise EngineFailure(f"lines do not add up: {counts}, judged {judged}")
