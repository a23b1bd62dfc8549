"""Splits claims by a hash of the member into parts that fit the memory, in the order in which they come."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path

import duckdb

from isocenter.engines.database import connect, literal
from isocenter.errors import UnreadableInput
from isocenter.facts.schema import tables
from isocenter.intake import x12_837
from isocenter.intake.bulk.asking_for_versions import ends_in_tables, with_ends
from isocenter.intake.bulk.clean_csv import RewrittenTable, lost_line, survey, what_is_said_of_notes
from isocenter.intake.bulk.layouts import Layout
from isocenter.intake.bulk.shapes import Kind
from isocenter.intake.bulk.sources import Content, Source
from isocenter.intake.csv_lines import READ_AS_WINDOWS_1252
from isocenter.intake.csv_tables import NO_ROW
from isocenter.screening.column_statistics import with_columns_by_statistics
from isocenter.screening.converting import CLAIM_FILES, convert_claims, drop_what_bills_nothing
from isocenter.screening.copies import numbers_in_tables
from isocenter.screening.counts import LineCounts
from isocenter.screening.covered import (
    CoveredCodes,
    count_lines_in_courses,
    find_corrections_without_codes,
    find_passed_by,
    know_codes,
)
from isocenter.screening.partition import write_texts
from isocenter.screening.rejects import write_problems, write_remarks
from isocenter.screening.shared_numbers import find_repeated_names, find_shared_numbers
from isocenter.screening.splitting_diagnoses import split_diagnoses
from isocenter.screening.splitting_lines import count_lines, find_latest_versions, split_lines
from isocenter.screening.unreadable import cannot_be_read
from isocenter.terms.problems import Problem, Unread, UnreadPaper, clause, worded

# Of a file with lines that are no rows the parser has to read every column, of 2,048 rows and more at once.
_COLUMNS_OF_A_PARSER = 500


def open_connection(memory_bytes: int, threads: int, spill: Path) -> duckdb.DuckDBPyConnection:
    """A DuckDB that keeps to a memory limit and spills to a folder."""
    return connect(threads=threads, memory_bytes=memory_bytes, spill=spill)


def count_lines_of_codes(
    connection: duckdb.DuckDBPyConnection, sources: list[Source], codes: CoveredCodes
) -> tuple[int, list[Source]]:
    """About how many lines are kept, from which the number of parts follows; of tables but Parquet all that they hold.

    Returns the sources beside it, those of Parquet with what their columns hold, so that no value is looked at twice.

    Of a payer's claims most lines may be of services that no rule covers: parts by their number would be as many,
    and all but empty.
    """
    know_codes(connection, codes)
    lines = 0
    looked_through = list(sources)
    for number, source in enumerate(sources):
        if source.kind is Kind.PARQUET and source.content is Content.LINES and source.layout is not None:
            try:
                looked_through[number] = with_columns_by_statistics(connection, source)
                lines += count_lines_in_courses(connection, looked_through[number])
                continue
            except duckdb.Error:  # what cannot be read is named where the lines are split
                pass
        lines += count_lines(connection, [source])
    return lines, looked_through


def split(
    connection: duckdb.DuckDBPyConnection,
    sources: list[Source],
    codes: CoveredCodes,
    parts: int,
    folder: Path,
    rows_held: int,
    on_lines: Callable[[int], None] = lambda _: None,
    problems: Sequence[Problem] = (),
) -> LineCounts:
    """Write folder/lines/part=N/*.parquet and folder/diagnoses/part=N, and folder/rejects; counts what became of all.

    Only lines of the `codes` are kept, of members of whom any line makes a course: no rule has a question about the
    others. They keep the order in which they come, and no more
    than `rows_held` wait in memory to be written; `on_lines` receives how many lines were kept so far. A file that
    cannot be read is left out and named among the remarks, beside the `problems` that are known; raises
    UnreadableInput where none can be read.
    """
    try:
        counts = _split(connection, sources, codes, parts, folder, rows_held, on_lines)
    except UnreadableInput:
        if sum(len(source.files) for source in sources) == 1:
            raise
        sources, unread = _readable(connection, sources, codes, folder, rows_held)
        if not unread or not any(source.content is Content.LINES for source in sources):
            raise
        for left in folder.iterdir():
            shutil.rmtree(left)
        problems = [*problems, *unread]
        counts = _split(connection, sources, codes, parts, folder, rows_held, on_lines)
    write_remarks(problems, folder / "remarks" / "files.parquet")
    counts.files_unread += sum(
        isinstance(problem, Unread) and not isinstance(problem, UnreadPaper) for problem in problems
    )
    return counts


def _readable(
    connection: duckdb.DuckDBPyConnection,
    sources: list[Source],
    codes: CoveredCodes,
    folder: Path,
    rows_held: int,
) -> tuple[list[Source], list[Problem]]:
    """The sources without those files that cannot be read by themselves, and a problem for each of these."""
    kept: list[Source] = []
    problems: list[Problem] = []
    for source in sources:
        files = []
        for file in source.files:
            trial = folder / "trial"
            try:
                _split(connection, [replace(source, files=(file,))], codes, 1, trial, rows_held, lambda _: None)
                files.append(file)
            except UnreadableInput as wrong:
                sentence = str(wrong).replace(str(file), file.name)  # no answer says where on the machine it lay
                problems.append(Unread(str(file), "", worded("{sentence}; it was left out", sentence=clause(sentence))))
            shutil.rmtree(trial, ignore_errors=True)
        if files:
            kept.append(replace(source, files=tuple(files)))
    return kept, problems


def _split(
    connection: duckdb.DuckDBPyConnection,
    sources: list[Source],
    codes: CoveredCodes,
    parts: int,
    folder: Path,
    rows_held: int,
    on_lines: Callable[[int], None],
) -> LineCounts:
    counts = LineCounts()
    connection.execute("set preserve_insertion_order = true")
    know_codes(connection, codes)
    (folder / "rejects").mkdir(parents=True, exist_ok=True)
    plain: list[Source] = []
    of_claim_files: list[Source] = []
    of_x12: list[Source] = []
    keys = x12_837.ClaimKeys()
    for number, source in enumerate(sources):
        if source.kind in CLAIM_FILES:
            converted, problems, lost = convert_claims(source, folder / "x12", number, keys)
            plain += converted
            of_claim_files += converted
            of_x12 += converted if source.kind is Kind.X12 else []
            write_problems(problems, folder, f"x12-{number}.parquet")
            counts.add(lost)
        elif source.kind is Kind.CSV:
            cleaned, broken = _cleaned(source, folder, number)
            plain += cleaned
            if source.content is Content.LINES:
                counts.add(LineCounts(read=broken, rejected=broken))
        else:
            plain.append(source)
    superseded, lines_superseded = drop_what_bills_nothing(of_claim_files, keys)
    write_remarks(superseded, folder / "remarks" / "versions.parquet")
    counts.add(LineCounts(read=lines_superseded, left_out=lines_superseded))
    plain = [_by_statistics(connection, source) for source in plain]
    plain = _with_ends(connection, plain)
    of_lines = [source for source in plain if source.content is Content.LINES]
    find_latest_versions(connection, of_lines)
    find_shared_numbers(connection, of_lines)
    plain = find_repeated_names(connection, plain, count_lines(connection, of_lines))
    find_passed_by(connection, plain)
    find_corrections_without_codes(connection, of_lines)
    are_of_both = bool(of_x12) and any(source not in of_claim_files for source in of_lines)
    texts: dict[str, set[str]] = {}
    for number, source in enumerate(plain):
        if source.content is Content.LINES:
            done = partial(_beyond, on_lines, counts.kept)
            also = numbers_in_tables(source, of_x12) if are_of_both else {}
            counts.add(split_lines(connection, source, parts, folder, number, rows_held, texts, done, also))
    write_texts(folder, texts)
    for number, source in enumerate(plain):
        if source.content is Content.DIAGNOSES:
            is_table = source not in of_claim_files
            split_diagnoses(connection, source, plain, parts, folder, number, rows_held, is_table=is_table)
    shutil.rmtree(folder / "x12", ignore_errors=True)
    shutil.rmtree(folder / "csv", ignore_errors=True)
    return counts


def _with_ends(connection: duckdb.DuckDBPyConnection, sources: Sequence[Source]) -> list[Source]:
    try:
        ends = ends_in_tables(connection, sources, tables()["claim_lines"].columns)
    except duckdb.Error as wrong:
        raise cannot_be_read([file for source in sources for file in source.files], wrong) from None
    return [with_ends(source, ends) for source in sources]


def _by_statistics(connection: duckdb.DuckDBPyConnection, source: Source) -> Source:
    try:
        return with_columns_by_statistics(connection, source)
    except duckdb.Error as wrong:
        raise cannot_be_read(source.files, wrong) from None


def _cleaned(source: Source, folder: Path, number: int) -> tuple[list[Source], int]:
    """CSV files with their lines counted, and how many lines are no rows of the table: these go to the rejects.

    A file that a parser could misread is rewritten row by row.
    """
    plain: list[Path] = []
    without_rows: list[Path] = []
    plain_lines = lost = 0
    are_sound = True
    found: list[Source] = []
    for place, file in enumerate(source.files):
        surveyed = survey(file, source.delimiter, len(source.columns))
        is_sound = surveyed.no_rows == 0
        if surveyed.is_plain and source.header_line == 1 and (is_sound or len(source.columns) <= _COLUMNS_OF_A_PARSER):
            plain.append(file)
            are_sound = are_sound and is_sound
            plain_lines += max(0, surveyed.lines - 1)
            without_rows += [file] if surveyed.lines <= 1 else []
            continue
        target = folder / "csv" / f"{number}-{place}" / file.name
        target.parent.mkdir(parents=True, exist_ok=True)
        read = source.layout.read_columns if source.layout else source.columns
        rewritten = RewrittenTable(
            file, surveyed.encoding, target, source.columns, source.delimiter, source.header_line, read
        )
        problems = _problems_of(rewritten, source, str(file))
        if surveyed.encoding == "cp1252":
            problems = chain(problems, [Problem(str(file), "", READ_AS_WINDOWS_1252)])
        lost_here = write_problems(problems, folder, f"csv-{number}-{place}.parquet")
        without_rows += [] if rewritten.rows or lost_here else [file]
        lost += lost_here
        path = literal(str(file))
        found.append(
            replace(
                source,
                files=(target,),
                columns=rewritten.columns,
                path_column=path,
                delimiter=",",
                lines=rewritten.rows,
                written_from=file,
            )
        )
    write_problems([Problem(str(file), "", NO_ROW) for file in without_rows], folder, f"csv-{number}.parquet")
    if plain:
        found.append(replace(source, files=tuple(plain), lines=plain_lines, is_sound=are_sound))
    return found, lost


def _problems_of(rewritten: RewrittenTable, source: Source, path: str) -> Iterator[Problem]:
    layout = source.layout or Layout("", {})
    for line in rewritten:
        sentence = worded("not a row of the table: {sentence}", sentence=clause(line.sentence))
        yield lost_line(path, line, sentence, source.columns, layout)
    yield from what_is_said_of_notes(path, rewritten.notes)


def _beyond(on_lines: Callable[[int], None], before: int, done: int) -> None:
    on_lines(before + done)
