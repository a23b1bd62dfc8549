"""Rows of claims packed in an executor of Spark for the groups of their members, and looked over on the way.

Spark takes longer to carry a row than DuckDB to judge it. So rows cross to an executor's process once, as they are
read; from there on they travel as files of Parquet, many rows in one. The same pass holds them against the contract.
"""

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from isocenter.screening.repeats import comes_again

if TYPE_CHECKING:
    from numpy.typing import NDArray

OF_DIAGNOSES = ("icd10", "position")  # columns that are filled in rows of diagnoses, and null in those of claim lines
FOLDED, FOLDED_NAMES = "folded_texts", "folded_names"
BETWEEN_TEXTS = "\x1f"  # the unit separator of ASCII
MISSING_TEXT = "\x1e"  # in folded texts, in place of one that is null
LINES, DIAGNOSES, REPORT = "lines", "diagnoses", "report"
LINE_NAMES, CLAIM_NAMES, COURSE_NAMES = "line names", "claim names", "course names"
PACKED = pa.schema([("bin", pa.int32()), ("what", pa.string()), ("rows", pa.int64()), ("content", pa.binary())])
PACKED_IN_SPARK = "bin int, what string, rows bigint, content binary"
LOOK = pa.schema([("what", pa.string()), ("content", pa.string())])
LOOK_IN_SPARK = "what string, content string"
NAMES = frozenset({"claim_line_id", "claim_id", "original_claim_id"})  # that do not recur from line to line
_DIAGNOSIS_COLUMNS = ("claim_id", *OF_DIAGNOSES)
_ROWS_OF_A_TEXT = 8  # at least, of one in a dictionary that is kept
_LEAST_BYTES_AT_ONCE = 32_000_000
_BYTES_OF_A_GROUP_AT_ONCE = 1_000_000


@dataclass(frozen=True, slots=True)
class PackingTask:
    """How rows are packed; travels with the query."""

    bins: tuple[int, ...]  # one for each group: what is in a bin goes to the partition of its group
    names: tuple[str, ...]  # columns of NAMES, which come as one, FOLDED_NAMES, with BETWEEN_TEXTS between them
    folded: tuple[str, ...]  # columns of other texts, which come as one likewise, FOLDED
    nullable: tuple[str, ...]  # of these, such as may be MISSING_TEXT
    checks: tuple[str, ...]  # expressions of DuckDB that count the lines that break the contract
    sent: tuple[str, ...]  # columns of claim lines that the judgment reads
    memory_bytes: int  # of the process that packs


def pack_rows(task: PackingTask, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Rows of claim lines, and of diagnoses with their member, packed for the bins of their members.

    Hashes of the names that lines have go to bins of their own, so that each is compared with all that are the same.
    The last row reports how many lines break each check, how many hold a text with BETWEEN_TEXTS in it, which are left
    out, and how many name a patient, and the version of DuckDB: a hash is the same in the same version.
    """
    wrong, patients, unparted = [0] * len(task.checks), 0, 0
    at_once = min(
        max(_LEAST_BYTES_AT_ONCE, len(task.bins) * _BYTES_OF_A_GROUP_AT_ONCE),
        max(_LEAST_BYTES_AT_ONCE, task.memory_bytes // 4),
    )
    with duckdb.connect(config={"threads": "1"}) as connection:
        for table in _gathered(batches, at_once):
            parted = _parted(table)
            lines = parted.get(LINES)
            if lines is not None:
                parted[LINES] = lines = _unfolded(task, given := lines)
                unparted += len(given) - len(lines)
                counts, named = _looked_over(connection, task, lines)
                wrong = [one + other for one, other in zip(wrong, counts, strict=True)]
                patients += named
                yield from _packed_names(connection, task, lines)
            for what, rows in parted.items():
                yield from _packed_rows(connection, task, what, rows)
    report = {"wrong": wrong, "unparted": unparted, "patients": patients, "version": duckdb.__version__}
    yield _packed(task.bins[0], REPORT, 0, json.dumps(report).encode())


def look_over_packed(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The reports of the packing, and which names of the bins that are looked over seem to be borne several times."""
    names: dict[str, list[NDArray[np.uint64]]] = {}
    found: list[tuple[str, str]] = []
    for batch in batches:
        for row in batch.to_pylist():
            if row["what"] == REPORT:
                found.append((REPORT, row["content"].decode()))
            else:
                pairs = np.frombuffer(row["content"], dtype=np.uint64).reshape(-1, 2)
                names.setdefault(row["what"], []).append(pairs)
    found += [(what, "") for what, pairs in names.items() if _is_shared(what, np.concatenate(pairs))]
    yield pa.RecordBatch.from_pydict(
        {"what": [what for what, _ in found], "content": [content for _, content in found]}, schema=LOOK
    )


def _is_shared(what: str, pairs: "NDArray[np.uint64]") -> bool:
    """Whether a name comes again: that of a line at all, another with something else beside it."""
    if what == LINE_NAMES:
        return comes_again(pairs[:, 0])
    # The rows of one name lie side by side, so that where they are not all the same two neighbors differ.
    ordered = pairs[np.argsort(pairs[:, 0])]
    bear_one_name = ordered[1:, 0] == ordered[:-1, 0]
    return bool((bear_one_name & (ordered[1:, 1] != ordered[:-1, 1])).any())


def _gathered(batches: Iterator[pa.RecordBatch], at_once: int) -> Iterator[pa.Table]:
    """The rows of several batches in one table, as many as there is room for."""
    waiting: list[pa.RecordBatch] = []
    size = 0
    for batch in batches:
        if len(batch):
            waiting.append(batch)
            size += batch.nbytes
        if size >= at_once:
            yield pa.Table.from_batches(waiting)
            waiting, size = [], 0
    if waiting:
        yield pa.Table.from_batches(waiting)


def _unfolded(task: PackingTask, lines: pa.Table) -> pa.Table:
    """The lines with a column for each text that was folded; without those whose texts cannot be told apart.

    Texts that recur do so together: those of one line are mostly those of another, and are told apart once.
    """
    if not task.folded:
        return lines
    recurring_texts = lines.column(FOLDED).combine_chunks().dictionary_encode()
    names = pc.split_pattern(lines.column(FOLDED_NAMES).combine_chunks(), BETWEEN_TEXTS)
    texts = pc.split_pattern(recurring_texts.dictionary, BETWEEN_TEXTS)
    told = pc.equal(pc.list_value_length(texts), len(task.folded)).take(recurring_texts.indices)
    told = pc.and_(told, pc.equal(pc.list_value_length(names), len(task.names)))
    if pc.any(pc.invert(told)).as_py():
        return _unfolded(task, lines.filter(told))
    # Beside diagnoses, which are not folded, lines have columns of the same names, without a text.
    given = {FOLDED, FOLDED_NAMES, *task.names, *task.folded}.intersection(lines.schema.names)
    lines = lines.drop_columns(sorted(given))
    for name, column in zip(task.names, _columns_of(names, len(task.names)), strict=True):
        lines = lines.append_column(name, _with_nulls(task, name, column))
    for name, column in zip(task.folded, _columns_of(texts, len(task.folded)), strict=True):
        once = _with_nulls(task, name, column).dictionary_encode()
        places = once.indices.take(recurring_texts.indices)
        lines = lines.append_column(name, pa.DictionaryArray.from_arrays(places, once.dictionary))
    return lines


def _columns_of(parts: pa.ListArray, count: int) -> list[pa.Array]:
    """The first, the second and so on of each list of so many texts."""
    texts = parts.flatten()
    places = np.arange(0, len(texts), count)
    return [texts.take(pa.array(places + number)) for number in range(count)]


def _with_nulls(task: PackingTask, name: str, column: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(column, MISSING_TEXT), None, column) if name in task.nullable else column


def _parted(table: pa.Table) -> dict[str, pa.Table]:
    """Rows of lines and rows of diagnoses."""
    if OF_DIAGNOSES[0] not in table.schema.names:
        return {LINES: table}
    is_diagnosis = pc.is_valid(table.column(OF_DIAGNOSES[0]))
    found = {LINES: table.filter(pc.invert(is_diagnosis)), DIAGNOSES: table.filter(is_diagnosis)}
    return {what: rows for what, rows in found.items() if len(rows)}


def _looked_over(connection: duckdb.DuckDBPyConnection, task: PackingTask, lines: pa.Table) -> tuple[list[int], int]:
    """How many lines break each check, and how many name a patient."""
    patients = "coalesce(count_if(patient <> ''), 0)" if "patient" in lines.schema.names else "0"
    ((wrong, named),) = _asked(
        connection, f"select [{', '.join(task.checks)}], {patients} from lines", lines
    ).fetchall()
    return wrong, named


def _packed_names(
    connection: duckdb.DuckDBPyConnection, task: PackingTask, lines: pa.Table
) -> Iterator[pa.RecordBatch]:
    """Hashes of the names of lines, claims and courses, each beside the hash of what has to be one under it."""
    given = lines.schema.names
    of_claim = ", ".join(name for name in ("member_id", "billing_npi", "setting") if name in given)
    selected = {
        LINE_NAMES: "select hash(claim_line_id) as name, 0::ubigint as beside from lines",
        CLAIM_NAMES: f"select distinct hash(claim_id) as name, hash({of_claim}) as beside from lines",
    }
    if "course_id" in given:
        selected[COURSE_NAMES] = (
            "select distinct hash(course_id) as name, hash(member_id) as beside from lines where course_id <> ''"
        )
    for what, query in selected.items():
        found = _asked(connection, query, lines).fetchnumpy()
        pairs = np.column_stack([np.ma.getdata(found[name]) for name in ("name", "beside")]).astype(np.uint64)
        places = pairs[:, 0] % np.uint64(len(task.bins))
        for place, indexes in _by_place(places):
            yield _packed(task.bins[place], what, len(indexes), pairs[indexes].tobytes())


def _packed_rows(
    connection: duckdb.DuckDBPyConnection, task: PackingTask, what: str, rows: pa.Table
) -> Iterator[pa.RecordBatch]:
    query = f"select hash(member_id) % {len(task.bins)} as place from lines"
    places = np.ma.getdata(_asked(connection, query, rows).fetchnumpy()["place"])
    columns = [name for name in (_DIAGNOSIS_COLUMNS if what == DIAGNOSES else task.sent) if name in rows.schema.names]
    kept = rows.select(columns)
    for place, indexes in _by_place(places):
        own = _without_large_dictionaries(kept if len(indexes) == len(kept) else kept.take(pa.array(indexes)))
        sink = pa.BufferOutputStream()
        pq.write_table(
            own, sink, compression="none", use_dictionary=recurring(columns), write_statistics=False, store_schema=False
        )
        yield _packed(task.bins[place], what, len(own), sink.getvalue().to_pybytes())


def _without_large_dictionaries(rows: pa.Table) -> pa.Table:
    """The rows, of few bins among many, without what their dictionaries hold of all others: it would be written."""
    for place, field in enumerate(rows.schema):
        if not pa.types.is_dictionary(field.type):
            continue
        column = rows.column(place)
        if any(len(chunk.dictionary) * _ROWS_OF_A_TEXT > len(chunk) for chunk in column.chunks):
            rows = rows.set_column(place, field.name, column.cast(pa.string()))
    return rows


def recurring(columns: Collection[str]) -> list[str]:
    """The columns whose texts come again from line to line."""
    return [name for name in columns if name not in NAMES]


def _by_place(places: "NDArray[np.uint64]") -> "Iterator[tuple[int, NDArray[np.int64]]]":
    """Each place with the indexes of what belongs there."""
    if not len(places):
        return
    order = np.argsort(places, kind="stable")
    ordered = places[order]
    ends = np.flatnonzero(ordered[1:] != ordered[:-1]) + 1
    for indexes in np.split(order, ends):
        yield int(places[indexes[0]]), indexes


def _asked(connection: duckdb.DuckDBPyConnection, query: str, rows: pa.Table) -> duckdb.DuckDBPyConnection:
    """The answer of a query that reads the rows as `lines`."""
    connection.register("lines", rows)
    return connection.execute(query)


def _packed(where: int, what: str, rows: int, content: bytes) -> pa.RecordBatch:
    values: Sequence[object] = (where, what, rows, content)
    arrays = [pa.array([value], field.type) for value, field in zip(values, PACKED, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=PACKED)


def bins_of_partitions(partitions: int) -> tuple[int, ...]:
    """A number for each partition that Spark sends there when it parts rows by their hash into so many.

    Spark hashes by Murmur3 of 32 bits, seed 42 (org.apache.spark.unsafe.hash.Murmur3_x86_32); where it did otherwise,
    several groups would be judged as one.
    """
    found: dict[int, int] = {}
    number = 0
    while len(found) < partitions:
        found.setdefault(_murmur3(number) % partitions, number)
        number += 1
    return tuple(found[place] for place in range(partitions))


def _murmur3(number: int) -> int:
    """The hash of a whole number from 0 on, as a number of 32 bits with a sign."""
    word = 2**32 - 1
    key = number * 0xCC9E2D51 & word
    key = (key << 15 | key >> 17) & word
    mixed = 42 ^ key * 0x1B873593 & word
    mixed = (mixed << 13 | mixed >> 19) & word
    mixed = mixed * 5 + 0xE6546B64 & word
    mixed ^= 4
    mixed = (mixed ^ mixed >> 16) * 0x85EBCA6B & word
    mixed = (mixed ^ mixed >> 13) * 0xC2B2AE35 & word
    mixed ^= mixed >> 16
    return mixed - 2**32 if mixed >> 31 else mixed
