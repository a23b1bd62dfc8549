"""Splits claims by a hash of the member into parts that fit the memory, in the order in which they come."""

import glob
import shutil
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import duckdb
import pyarrow as pa

from isocenter.engines.database import connect, literal
from isocenter.errors import UnreadableInput
from isocenter.facts.identity import NO_CLAIM_OF_DIAGNOSES, member_key_sql
from isocenter.facts.schema import tables
from isocenter.intake import x12_837
from isocenter.intake.bulk.clean_csv import LINE_COLUMN, survey, write_anew
from isocenter.intake.bulk.layouts import NEEDED_COLUMNS, Layout
from isocenter.intake.bulk.selecting import (
    frequency_expression,
    icd_9_condition,
    latest_versions_query,
    left_out_reason,
    lines_query,
    text_expression,
    unread_values,
    versions_query,
)
from isocenter.intake.bulk.sources import Content, Kind, Source
from isocenter.intake.csv_lines import READ_AS_WINDOWS_1252
from isocenter.screening.converting import CLAIM_FILES, convert_claims
from isocenter.screening.counts import LineCounts
from isocenter.screening.partition import PART, PartWriter, write_texts
from isocenter.screening.rejects import (
    forget_unread_lines,
    write_problems,
    write_rejects,
    write_remarks,
    write_unread_lines,
)
from isocenter.screening.shared_numbers import are_shared, find_shared_numbers, with_keys, with_names_of_lines
from isocenter.screening.unreadable import cannot_be_read
from isocenter.terms.problems import LostLine, Problem, clause, worded

_ROWS_OF_A_BATCH = 100_000
NAMES = frozenset({"claim_line_id", "claim_id", "member_id", "patient_account_number", "payer_claim_number"})
_CLAIMS_LOOKED_UP = 1_000  # of a table, in the diagnoses of claims
_OF_ICD_9 = "diagnoses of ICD-9-CM, which were in use to 2015-09-30 and are not kept"
_OF_SEVERAL = "claims of several members bear this number, and the diagnosis does not name the member; it is not kept"
_IS_OF_ICD_9 = "left(icd10, 1) between '0' and '9'"


def open_connection(memory_bytes: int, threads: int, spill: Path) -> duckdb.DuckDBPyConnection:
    """A DuckDB that keeps to a memory limit and spills to a folder."""
    return connect(threads=threads, memory_bytes=memory_bytes, spill=spill)


def count_lines(connection: duckdb.DuckDBPyConnection, sources: list[Source]) -> int:
    """How many lines the tables hold, and about how many the X12 files."""
    lines = 0
    for source in sources:
        if source.content is not Content.LINES:
            continue
        if source.kind is Kind.PARQUET:
            found = connection.execute(f"select count(*) from {source.relation}").fetchone()
            lines += found[0] if found else 0
        else:
            # About: a line of CSV, or a service line of X12, takes a hundred bytes and more.
            lines += sum(file.stat().st_size for file in source.files) // 100
    return lines


def count_lines_of_codes(connection: duckdb.DuckDBPyConnection, sources: list[Source], codes: Collection[str]) -> int:
    """About how many lines are kept, from which the number of parts follows; of tables but Parquet all that they hold.

    Of a payer's claims most lines may be of services that no rule covers: parts by their number would be as many,
    and all but empty.
    """
    know_codes(connection, codes)
    lines = 0
    for source in sources:
        if source.kind is Kind.PARQUET and source.content is Content.LINES and source.layout is not None:
            try:
                query = f"select count(*) from {source.relation} where {_is_kept(source.layout)}"
                lines += connection.execute(query).fetchall()[0][0]
                continue
            except duckdb.Error:  # what cannot be read is named where the lines are split
                pass
        lines += count_lines(connection, [source])
    return lines


def know_codes(connection: duckdb.DuckDBPyConnection, codes: Collection[str]) -> None:
    """Make the table of the codes that a rule covers."""
    connection.execute("create or replace temp table known_codes (code varchar)")
    connection.execute("insert into known_codes select unnest(?)", [sorted(codes)])


def _is_kept(layout: Layout) -> str:
    """The condition on the lines that are kept or rejected; the others are of codes that no rule covers.

    A replacement ends its original even where none of its own codes is covered.
    """
    code = text_expression(layout, "procedure_code")
    corrects = f"{frequency_expression(layout)} in ('7', '8')"
    return f"({code} in (select code from known_codes) or length({code}) not in (0, 5) or {corrects})"


def split(
    connection: duckdb.DuckDBPyConnection,
    sources: list[Source],
    codes: Collection[str],
    parts: int,
    folder: Path,
    rows_held: int,
    on_lines: Callable[[int], None] = lambda _: None,
    problems: Sequence[Problem] = (),
) -> LineCounts:
    """Write folder/lines/part=N/*.parquet and folder/diagnoses/part=N, and folder/rejects; counts what became of all.

    Only lines of the `codes` are kept: no rule covers the others. They keep the order in which they come, and no more
    than `rows_held` wait in memory to be written; `on_lines` receives how many lines were kept so far. A file that
    cannot be read is left out and named among the remarks, beside the `problems` that are known; raises
    UnreadableInput where none can be read.
    """
    try:
        counts = _split(connection, sources, codes, parts, folder, rows_held, on_lines)
    except UnreadableInput:
        sources, unread = _readable(connection, sources, codes, folder, rows_held)
        if not unread or not any(source.content is Content.LINES for source in sources):
            raise
        for left in folder.iterdir():
            shutil.rmtree(left)
        problems = [*problems, *unread]
        counts = _split(connection, sources, codes, parts, folder, rows_held, on_lines)
    write_remarks(problems, folder / "remarks" / "files.parquet")
    return counts


def _readable(
    connection: duckdb.DuckDBPyConnection,
    sources: list[Source],
    codes: Collection[str],
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
                problems.append(
                    Problem(str(file), "", worded("{sentence}; it was left out", sentence=clause(sentence)))
                )
            shutil.rmtree(trial, ignore_errors=True)
        if files:
            kept.append(replace(source, files=tuple(files)))
    return kept, problems


def _split(
    connection: duckdb.DuckDBPyConnection,
    sources: list[Source],
    codes: Collection[str],
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
    keys = x12_837.ClaimKeys()
    for number, source in enumerate(sources):
        if source.kind in CLAIM_FILES:
            converted, problems, lost = convert_claims(source, folder / "x12", number, keys)
            plain += converted
            of_claim_files += converted
            write_problems(problems, folder, f"x12-{number}.parquet")
            counts.add(lost)
        elif source.kind is Kind.CSV:
            cleaned, broken = _cleaned(source, folder, number)
            plain += cleaned
            if source.content is Content.LINES:
                counts.add(LineCounts(read=broken, rejected=broken))
        else:
            plain.append(source)
    of_lines = [source for source in plain if source.content is Content.LINES]
    find_shared_numbers(connection, of_lines)
    _find_latest_versions(connection, of_lines)
    texts: dict[str, set[str]] = {}
    for number, source in enumerate(plain):
        if source.content is Content.LINES:
            done = partial(_beyond, on_lines, counts.kept)
            counts.add(_split_lines(connection, source, parts, folder, number, rows_held, texts, done))
    write_texts(folder, texts)
    for number, source in enumerate(plain):
        if source.content is Content.DIAGNOSES:
            is_table = source not in of_claim_files
            _split_diagnoses(connection, source, plain, parts, folder, number, rows_held, is_table=is_table)
    shutil.rmtree(folder / "x12", ignore_errors=True)
    shutil.rmtree(folder / "csv", ignore_errors=True)
    return counts


def _cleaned(source: Source, folder: Path, number: int) -> tuple[list[Source], int]:
    """CSV files with their lines counted, and how many lines are no rows of the table: these go to the rejects.

    A file that a parser could misread is written anew, row by row.
    """
    plain: list[Path] = []
    plain_lines = lost = 0
    found: list[Source] = []
    for place, file in enumerate(source.files):
        surveyed = survey(file)
        if surveyed.is_plain and source.header_line == 1:
            plain.append(file)
            plain_lines += max(0, surveyed.lines - 1)
            continue
        target = folder / "csv" / f"{number}-{place}" / file.name
        target.parent.mkdir(parents=True, exist_ok=True)
        rows, broken = write_anew(file, surveyed.encoding, target, source.columns, source.delimiter, source.header_line)
        lost += len(broken)
        problems: list[Problem] = [
            LostLine(
                str(file),
                f"line {line.line}",
                worded("not a row of the table: {sentence}", sentence=clause(line.sentence)),
            )
            for line in broken
        ]
        if surveyed.encoding == "cp1252":
            problems.append(Problem(str(file), "", READ_AS_WINDOWS_1252))
        write_problems(problems, folder, f"csv-{number}-{place}.parquet")
        columns = (*source.columns, LINE_COLUMN)
        path = literal(str(file))
        found.append(
            replace(
                source,
                files=(target,),
                columns=columns,
                path_column=path,
                delimiter=",",
                lines=rows,
                written_from=file,
            )
        )
    if plain:
        found.append(replace(source, files=tuple(plain), lines=plain_lines))
    return found, lost


def _split_lines(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    parts: int,
    folder: Path,
    number: int,
    rows_held: int,
    texts: dict[str, set[str]],
    on_lines: Callable[[int], None],
) -> LineCounts:
    assert source.layout is not None
    counts = LineCounts()
    try:
        layout = _without_empty_columns(connection, source, source.layout)
        layout = with_names_of_lines(connection, source, layout, count_lines(connection, [source]))
        shared = are_shared(connection)
        left_out = left_out_reason(layout)
        in_force = f"({left_out} = '')"
        is_known = _is_kept(layout)
        forget_unread_lines(connection)
        all_lines = lines_query(layout, source.relation, tables()["claim_lines"].columns)
        query = f"{all_lines} where {is_known} and {in_force}"
        if shared:
            query = with_keys(query, layout)
        query = f"select * exclude (reason) from ({query}) where reason = ''"
        writer = PartWriter(folder / "lines", parts, str(number), rows_held, NAMES)
        writer.add_all(_batches(connection, query, parts), on_lines)
        for name, found_there in writer.texts.items():
            texts.setdefault(name, set()).update(found_there)
        counts.kept = writer.rows
        forget_unread_lines(connection)
        values = unread_values(layout, tables()["claim_lines"].columns)
        tests = [*values.values(), icd_9_condition(layout) or "false"]
        # Whether a code is known is looked up once a line; the names are such as no table of claims has.
        odd = "".join(f', count(*) filter (where "known?" and "in_force?" and {test})' for test in tests)
        found = connection.execute(
            'select count(*), count(*) filter (where not "known?" and "in_force?"),'
            ' count(*) filter (where not "in_force?")'
            f'{odd} from (select *, {is_known} as "known?", {in_force} as "in_force?" from {source.relation})'
        ).fetchall()  # all, though it is one row: unread lines are counted at the end of a query alone
        counts.read, counts.other, counts.left_out, *lost, of_icd_9 = found[0]
        name = str(source.written_from or source.files[0])
        remarks = [
            Problem(
                name, column, worded("what is given there is not read and stays empty; lines: {lines}", lines=lines)
            )
            for column, lines in zip(values, lost, strict=True)
            if lines
        ]
        remarks += (
            [
                Problem(
                    name,
                    "diagnoses",
                    worded("{what}; lines: {lines}", what=clause(_OF_ICD_9), lines=of_icd_9),
                )
            ]
            if of_icd_9
            else []
        )
        remarks += [Problem(name, "", source.remark)] if source.remark else []
        if counts.left_out:
            remarks += _left_out_remarks(connection, name, left_out, source.relation)
        write_remarks(remarks, folder / "remarks" / f"values-{number}.parquet")
        unread = write_unread_lines(connection, folder / "rejects" / f"{number}-unread.parquet")
        counts.read += unread
        if source.lines >= 0 and counts.read != source.lines:
            names = ", ".join(file.name for file in source.files[:3])
            what = f"{source.lines} lines follow the header and {counts.read} were read"
            raise UnreadableInput(f"{names}: {what}; save the table as CSV once more")
        if counts.read - counts.other - counts.left_out - counts.kept - unread:
            counts.rejected = write_rejects(connection, source, layout, folder / "rejects", number)
        counts.rejected += unread
    except duckdb.Error as wrong:
        raise cannot_be_read(source.files, wrong) from None
    return counts


def _find_latest_versions(connection: duckdb.DuckDBPyConnection, sources: Sequence[Source]) -> None:
    """Make the table of the latest version of each claim: the versions of one may be in several files."""
    versions = [
        versions_query(source.layout, source.relation)
        for source in sources
        if source.layout is not None and source.layout.has_versions
    ]
    if not versions:
        return
    try:
        connection.execute(
            f"create or replace temp table latest_versions as {latest_versions_query(' union all '.join(versions))}"
        )
    except duckdb.Error as wrong:
        raise cannot_be_read([file for source in sources for file in source.files], wrong) from None


def _left_out_remarks(connection: duckdb.DuckDBPyConnection, name: str, left_out: str, relation: str) -> list[Problem]:
    found = connection.execute(
        f"select reason, count(*) from (select {left_out} as reason from {relation}) where reason <> ''"
        " group by reason order by reason"
    ).fetchall()
    return [
        Problem(
            name,
            "",
            worded("lines left out by the mapping: {lines}, where {reason}", lines=lines, reason=clause(reason)),
        )
        for reason, lines in found
    ]


def _beyond(on_lines: Callable[[int], None], before: int, done: int) -> None:
    on_lines(before + done)


def _batches(connection: duckdb.DuckDBPyConnection, query: str, parts: int) -> Iterator[pa.RecordBatch]:
    """Rows of a query that names the member of each, with the number of the part that the member belongs to.

    They come in the order of the source, read by one thread: streamed from several they may come in another.
    """
    numbered = f"select *, cast(hash({member_key_sql('member_id')}) % {parts} as uinteger) as {PART} from ({query})"
    threads = connection.execute("select current_setting('threads')").fetchall()[0][0]
    connection.execute("set threads = 1")
    try:
        yield from connection.sql(numbered).to_arrow_reader(_ROWS_OF_A_BATCH)
    except (pa.ArrowException, OSError) as wrong:  # an error of the database, as Arrow passes it on
        raise duckdb.Error(str(wrong)) from None
    finally:
        connection.execute(f"set threads = {threads}")


def _without_empty_columns(connection: duckdb.DuckDBPyConnection, source: Source, layout: Layout) -> Layout:
    """The layout without those texts that the files' statistics say are empty in every line: they cost as others do."""
    if source.kind is not Kind.PARQUET:
        return layout
    files = [glob.escape(str(file)) for file in source.files]
    found = connection.execute(
        """
        select path_in_schema from parquet_metadata(?) group by path_in_schema
        having bool_and(stats_null_count = 0 and stats_min_value = '' and stats_max_value = '')
        """,
        [files],
    ).fetchall()
    empty = {name for (name,) in found}
    kept = {
        name: taken
        for name, taken in layout.columns.items()
        if name in ("claim_line_id", *NEEDED_COLUMNS) or taken.column not in empty or taken.values
    }
    return replace(layout, columns=kept)


def _split_diagnoses(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    plain: list[Source],
    parts: int,
    folder: Path,
    number: int,
    rows_held: int,
    *,
    is_table: bool,
) -> None:
    """Diagnoses go where the lines of their claim went; where they name the member, that settles it at once."""
    member = "coalesce(trim(cast(member_id as varchar)), '')" if "member_id" in source.columns else "''"
    # Programs write whole numbers with a point and zero; lines are read without it.
    claim = "regexp_replace(trim(cast(claim_id as varchar)), '^([0-9]+)[.]0$', '\\1')"
    given = (
        f"select {claim} as claim_id, upper(trim(cast(icd10 as varchar))) as icd10,"
        f" greatest(coalesce(try_cast(position as integer), 1), 1) as position, {member} as member_id"
        f" from {source.relation}"
    )
    try:
        forget_unread_lines(connection)
        if connection.execute(f"select 1 from ({given}) where member_id = '' limit 1").fetchall():
            owners = " union all ".join(
                f"select {text_expression(one.layout, 'claim_id')} as claim_id,"
                f" {text_expression(one.layout, 'member_id')} as owner from {one.relation}"
                for one in plain
                if one.layout is not None
            )
            # Of a number that claims of several members bear, nothing says whose diagnosis it is.
            given = (
                "select claim_id, icd10, position, coalesce(nullif(member_id, ''), owner) as member_id"
                f" from ({given}) left join (select claim_id, min(owner) as owner from ({owners})"
                f" group by claim_id having count(distinct {member_key_sql('owner')}) = 1) using (claim_id)"
            )
        remarks = _diagnoses_of_no_claim(connection, source, plain, claim) if is_table else []
        if are_shared(connection):
            unplaced = connection.execute(
                f"select count(*) from ({given}) where member_id is null"
                " and claim_id in (select number from shared_numbers)"
            ).fetchall()[0][0]
            remarks += _counted(source, "claim_id", _OF_SEVERAL, unplaced)
            given = (
                "select coalesce(claim_key, claim_id) as claim_id, icd10, position, member_id"
                f" from ({given}) as given left join shared_claims on given.claim_id = shared_claims.number"
                f" and {member_key_sql('given.member_id')} = shared_claims.member_key"
            )
        query = (
            f"select claim_id, icd10, position, member_id from ({given})"
            " where member_id is not null and claim_id <> '' and icd10 <> ''"
        )
        of_icd_9 = connection.execute(f"select count(*) from ({query}) where {_IS_OF_ICD_9}").fetchall()[0][0]
        remarks += _counted(source, "icd10", _OF_ICD_9, of_icd_9)
        write_remarks(remarks, folder / "remarks" / f"diagnoses-{number}.parquet")
        query = f"select * from ({query}) where not {_IS_OF_ICD_9}"
        writer = PartWriter(folder / "diagnoses", parts, str(number), rows_held, NAMES)
        writer.add_all(batch.drop_columns(["member_id"]) for batch in _batches(connection, query, parts))
        write_unread_lines(connection, folder / "rejects" / f"diagnoses-{number}-unread.parquet")
    except duckdb.Error as wrong:
        raise cannot_be_read(source.files, wrong) from None


def _counted(source: Source, column: str, what: str, rows: int) -> list[Problem]:
    """A remark on rows of a table that are not kept, where there are any."""
    sentence = worded("{what}; rows: {rows}", what=clause(what), rows=rows)
    return [Problem(str(source.files[0]), column, sentence)] if rows else []


def _diagnoses_of_no_claim(
    connection: duckdb.DuckDBPyConnection, source: Source, plain: list[Source], claim: str
) -> list[Problem]:
    """A problem where of the first claims of a table none has a diagnosis: their numbers may be written otherwise."""
    first = " union all ".join(
        f"(select {text_expression(one.layout, 'claim_id')} as claim_id from {one.relation}"
        f" where {_is_kept(one.layout)} limit {_CLAIMS_LOOKED_UP})"
        for one in plain
        if one.layout is not None
    )
    of_claims = f"select {claim} as claim_id from {source.relation}"
    found = connection.execute(
        f"select 1 from ({of_claims}) where claim_id in (select claim_id from ({first})) limit 1"
    ).fetchall()
    named = connection.execute(f"select claim_id from ({of_claims}) limit 1").fetchall()
    if found or not named:
        return []
    return [Problem(str(source.files[0]), "", worded(NO_CLAIM_OF_DIAGNOSES, number=named[0][0]))]
