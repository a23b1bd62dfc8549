"""Writes the lines of one source of claims by the parts of their members, and counts what becomes of each."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from isocenter.errors import UnreadableInput
from isocenter.facts.identity import member_key_sql
from isocenter.facts.schema import tables
from isocenter.intake.bulk.layouts import Layout
from isocenter.intake.bulk.left_out_rows import latest_versions_query, left_out_reason, versions_query
from isocenter.intake.bulk.selecting import (
    HELD_WHERE_EMPTIED,
    columns_given,
    icd_9_condition,
    lines_query,
    unread_values,
)
from isocenter.intake.bulk.shapes import Kind
from isocenter.intake.bulk.sources import Content, Source
from isocenter.screening.columns_as_given import PLACE, columns_as_given
from isocenter.screening.copies import NUMBER_IN_TABLE
from isocenter.screening.counts import LineCounts
from isocenter.screening.covered import (
    codes_covered,
    is_covered_or_lost,
    is_kept,
    is_of_covered_code,
    lines_passed_by,
    member_if_alone,
    members_passed_by,
)
from isocenter.screening.lines_as_given import LinesAsGiven, lines_as_given
from isocenter.screening.partition import PART, PartWriter
from isocenter.screening.rejects import (
    forget_unread_lines,
    write_open_lines,
    write_rejects,
    write_remarks,
    write_unread_lines,
)
from isocenter.screening.shared_numbers import are_shared, with_keys
from isocenter.screening.shares import keeps_order, write_shares
from isocenter.screening.unreadable import cannot_be_read
from isocenter.terms.problems import Problem, clause, worded

_ROWS_OF_A_BATCH, _LEAST_ROWS_OF_A_BATCH = 100_000, 10_000
_BATCHES_HELD = 24  # at the least, of rows that may wait: two batches are under way beside them, with every text
_BYTES_LOOKED_AT = 1 << 20  # of a file, to find out how long its lines are
NAMES = frozenset(
    {"claim_line_id", "claim_id", "member_id", "patient_account_number", "payer_claim_number", NUMBER_IN_TABLE}
)
_LISTED = frozenset({"member_id"})  # names of which a file of a part has few, each on many lines
_ALONE = "member_if_alone"  # a column of lines under way
OPEN_LINES = "open_lines"  # in the folder of split claims: lines kept, of which a column is not known
OF_ICD_9 = "diagnoses of ICD-9-CM, which were in use to 2015-09-30 and are not kept"


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
            lines += sum(int(file.stat().st_size // _bytes_of_a_line(source, file)) for file in source.files)
    return lines


def _bytes_of_a_line(source: Source, file: Path) -> float:
    """About how many bytes a line takes: of CSV as many as its first ones do, in X12 and FHIR a hundred."""
    if source.kind is not Kind.CSV:
        return 100
    with file.open("rb") as data:
        head = data.read(_BYTES_LOOKED_AT)
    return max(1, len(head) / max(1, head.count(b"\n")))


def find_latest_versions(connection: duckdb.DuckDBPyConnection, sources: Sequence[Source]) -> None:
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
            f"create or replace table latest_versions as {latest_versions_query(' union all '.join(versions))}"
        )
    except duckdb.Error as wrong:
        raise cannot_be_read([file for source in sources for file in source.files], wrong) from None


def split_lines(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    parts: int,
    folder: Path,
    number: int,
    rows_held: int,
    texts: dict[str, set[str]],
    on_lines: Callable[[int], None],
    also: Mapping[str, str],
) -> LineCounts:
    """Write the lines that are kept to folder/lines/part=N, the others to folder/rejects; counts what became of all.

    Texts of recurring columns are added to `texts`, and columns `also` to the lines, each an expression over the
    source; UnreadableInput where the source cannot be read.
    """
    assert source.layout is not None
    counts = LineCounts()
    try:
        layout = source.layout
        left_out = left_out_reason(layout)
        in_force = f"({left_out} = '')"
        kept = is_kept(connection, layout)
        forget_unread_lines(connection)
        wanted = _wanted(connection, layout, parts, also, in_force, rows_at_once(rows_held))
        as_given = wanted.as_given(connection, source)
        is_ordered = as_given is not None or keeps_order(connection, wanted.query(source))
        by_the_database = wanted.past_the_database if is_ordered else wanted.by_the_database
        writers = write_shares(
            connection,
            source,
            as_given.rows if as_given else by_the_database,
            lambda name, held: PartWriter(folder / "lines", parts, f"{number}{name}", held, NAMES, _LISTED),
            rows_held,
            on_lines,
            as_one=not is_ordered,
        )
        for writer in writers:
            for name, found_there in writer.texts.items():
                texts.setdefault(name, set()).update(found_there)
        counts.kept = sum(writer.rows for writer in writers)
        values = unread_values(layout, tables()["claim_lines"].columns)
        tests = [*values.values(), icd_9_condition(layout) or "false"]
        tallies = as_given.tallies if as_given else []
        if tallies and all(tally.suffices for tally in tallies):
            counts.read = sum(tally.rows for tally in tallies)
            counts.other = counts.read - sum(tally.covered for tally in tallies)
            lost, of_icd_9 = [0] * len(values), 0
        else:
            found = _count(connection, source, is_covered_or_lost(connection, layout), in_force, tests)
            counts.read, counts.other, counts.left_out, *lost, of_icd_9 = found
        counts.other += lines_passed_by(connection, number)
        name = str(source.written_from or source.files[0])
        emptied = {column: lines for column, lines in zip(values, lost, strict=True) if lines}
        remarks = _remarks_on_values(name, emptied, of_icd_9)
        remarks += [Problem(name, "", source.remark)] if source.remark else []
        if is_open := " or ".join(values[column] for column in emptied if column in HELD_WHERE_EMPTIED):
            write_open_lines(connection, source, layout, folder / OPEN_LINES, number, kept, is_open)
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
            counts.rejected = write_rejects(connection, source, layout, folder / "rejects", number, kept)
        counts.rejected += unread
        _expect_to_add_up(counts, source)
    except duckdb.Error as wrong:
        raise cannot_be_read(source.files, wrong) from None
    return counts


def _remarks_on_values(name: str, emptied: Mapping[str, int], of_icd_9: int) -> list[Problem]:
    """What was given and is not read, with its lines: the values of columns, and diagnoses of ICD-9-CM."""
    remarks = [
        Problem(name, column, worded("its values could not be read and were left empty; lines: {lines}", lines=lines))
        for column, lines in emptied.items()
    ]
    if of_icd_9:
        what = worded("{what}; lines: {lines}", what=clause(OF_ICD_9), lines=of_icd_9)
        remarks.append(Problem(name, "diagnoses", what))
    return remarks


def _expect_to_add_up(counts: LineCounts, source: Source) -> None:
    """UnreadableInput where lines are neither kept nor set aside: two readers differ on a damaged page."""
    if not counts.adds_up:
        names = ", ".join(file.name for file in source.files[:3])
        what = f"{counts.read} lines were read, and two readers do not agree on what all of them say"
        raise UnreadableInput(f"{names}: {what}: the file may be damaged; write the table once more")


@dataclass(frozen=True, slots=True, eq=False)
class _Wanted:
    """The lines of a source under a condition that can be judged, with the number of the part of each.

    Lines of members who are passed by are left out of what the query finds: a join with these members would take the
    lines out of their order.
    """

    layout: Layout
    parts: int
    also: Mapping[str, str]  # columns beside those of claim lines, each an expression over the source
    where: str
    passed_by: np.ndarray  # hashes of members, ascending, of whom lines with a member in _ALONE are left out
    are_shared: bool
    at_once: int  # rows of a batch

    def query(self, piece: Source, more: Mapping[str, str] | None = None) -> str:
        """The lines of a piece of the source; `more` are further columns."""
        columns = tables()["claim_lines"].columns
        query = lines_query(self.layout, piece.relation, columns, {**self.also, **(more or {})}, where=self.where)
        if self.are_shared:
            query = with_keys(query, self.layout)
        return f"select * exclude (reason) from ({query}) where reason = ''"

    def as_given(self, connection: duckdb.DuckDBPyConnection, source: Source) -> LinesAsGiven | None:
        """The lines where all that is asked of them can be read past the database; None where it cannot."""
        if self.also.keys() - {_ALONE} or self.are_shared:
            return None
        return lines_as_given(source, self.layout, self.parts, codes_covered(connection), self.passed_by)

    def by_the_database(self, connection: duckdb.DuckDBPyConnection, piece: Source) -> Iterator[pa.RecordBatch]:
        """The lines with all columns by the database."""
        return self._of_others(rows_of(connection, self.query(piece), self.parts, self.at_once))

    def past_the_database(self, connection: duckdb.DuckDBPyConnection, piece: Source) -> Iterator[pa.RecordBatch]:
        """The same with texts of Parquet past the database, for a query that keeps the order of rows."""
        texts = columns_given(self.layout, tables()["claim_lines"].columns)
        given = columns_as_given(piece, texts, NAMES)
        if given is None:
            return self.by_the_database(connection, piece)
        query = self.query(piece, {PLACE: given.place})
        return given.beside(self._of_others(rows_of(connection, query, self.parts, self.at_once, without=given.names)))

    def _of_others(self, found: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The rows without those of members who are passed by."""
        if not len(self.passed_by):
            yield from found
            return
        for rows in found:
            member = rows.column(_ALONE)
            are_alone = member.is_valid().to_numpy(zero_copy_only=False)
            members = member.drop_null().to_numpy()
            next_ones = self.passed_by[np.searchsorted(self.passed_by[:-1], members)]
            are_kept = np.ones(len(rows), bool)
            are_kept[are_alone] = next_ones != members
            kept = rows if are_kept.all() else rows.filter(pa.array(are_kept))
            yield kept.drop_columns([_ALONE])


def _wanted(
    connection: duckdb.DuckDBPyConnection,
    layout: Layout,
    parts: int,
    also: Mapping[str, str],
    in_force: str,
    at_once: int,
) -> _Wanted:
    passed_by = members_passed_by(connection)
    if len(passed_by):
        also = {**also, _ALONE: member_if_alone(connection, layout)}
    where = f"{is_of_covered_code(layout)} and {in_force}"
    return _Wanted(layout, parts, also, where, passed_by, are_shared=are_shared(connection), at_once=at_once)


def _count(
    connection: duckdb.DuckDBPyConnection, source: Source, is_known: str, in_force: str, tests: Sequence[str]
) -> list[int]:
    """How many lines there are, those of no covered code, those left out, and for each test those that fulfill it."""
    # Whether a code is known is looked up once a line, under names that no table of claims has.
    odd = "".join(f', count(*) filter (where "known?" and "in_force?" and {test})' for test in tests)
    forget_unread_lines(connection)
    found = connection.execute(
        'select count(*), count(*) filter (where not "known?" and "in_force?"),'
        ' count(*) filter (where not "in_force?")'
        f'{odd} from (select *, {is_known} as "known?", {in_force} as "in_force?" from {source.relation})'
    ).fetchall()  # all, though it is one row: unread lines are counted at the end of a query alone
    return list(found[0])


def _left_out_remarks(connection: duckdb.DuckDBPyConnection, name: str, left_out: str, relation: str) -> list[Problem]:
    found = connection.execute(
        f"select reason, count(*) from (select {left_out} as reason from {relation}) where reason <> ''"
        " group by reason order by reason"
    ).fetchall()
    return [
        Problem(
            name,
            "",
            worded("lines left out: {lines}, where {reason}", lines=lines, reason=clause(reason)),
        )
        for reason, lines in found
    ]


def rows_at_once(rows_held: int) -> int:
    """How many rows a batch has where so many may wait to be written."""
    return min(_ROWS_OF_A_BATCH, max(_LEAST_ROWS_OF_A_BATCH, rows_held // _BATCHES_HELD))


def rows_of(
    connection: duckdb.DuckDBPyConnection, query: str, parts: int, at_once: int, without: Collection[str] = ()
) -> Iterator[pa.RecordBatch]:
    """Rows of a query that names the member of each, with the number of its part, in batches of so many `at_once`.

    They come in the order of the source where `write_shares` asks for those of a query without a join.
    Columns `without` are left out.
    """
    number = f"cast(hash({member_key_sql('member_id')}) % {parts} as uinteger) as {PART}"
    left_out = f" exclude ({', '.join(without)})" if without else ""
    yield from connection.sql(f"select *{left_out}, {number} from ({query})").to_arrow_reader(at_once)
