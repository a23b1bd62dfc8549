"""What the statistics of Parquet files say of the columns of claims: texts that are always empty, or never missing."""

import glob
from collections.abc import Collection, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import compress

import duckdb
import numpy as np
import pyarrow as pa

from isocenter.engines.database import identity, literal
from isocenter.facts.schema import tables
from isocenter.intake.bulk.layouts import NEEDED_COLUMNS, Layout
from isocenter.intake.bulk.selecting import LEFT_OPEN, not_understood
from isocenter.intake.bulk.shapes import Kind
from isocenter.intake.bulk.sources import Content, Source
from isocenter.screening.columns_as_given import ColumnsAsGiven, columns_as_given
from isocenter.screening.shares import shares_of
from isocenter.terms.values import UNSEEN_AT_THE_ENDS_IN_DUCKDB

_FORMS = {"procedure_code": "[0-9A-Z]{5}", **{f"modifier_{number}": "([0-9A-Z]{2})?" for number in range(1, 5)}}
_NAMES_AND_CODES = tuple(column.name for column in tables()["claim_lines"].columns if column.type == "varchar")
_FIRST_PLAIN, _LAST_PLAIN = np.uint8(ord("!")), np.uint8(ord("~"))  # of ASCII; what lies below wraps around
_KEPT = ("claim_line_id", *NEEDED_COLUMNS)  # though they are empty: every line is then named as one that lacks them


def with_columns_by_statistics(connection: duckdb.DuckDBPyConnection, source: Source) -> Source:
    """The source without columns that are empty in every line, and with those marked that hold a text in every line.

    Both save work with each line. Columns that have no statistics, or are none of text, stay as they are; raises
    duckdb.Error where a file cannot be read.
    """
    if source.kind is not Kind.PARQUET or source.content is not Content.LINES or source.layout is None:
        return source
    if source.is_looked_through:
        return source
    given = source.layout.columns
    files = [glob.escape(str(file)) for file in source.files]
    described = connection.execute(f"describe select * from {source.relation}").fetchall()
    texts = {name for name, kind, *_ in described if kind == "VARCHAR"}
    found = connection.execute(
        """
        select path_in_schema, bool_and(stats_null_count = 0), bool_and(stats_min_value = '' and stats_max_value = ''),
            bool_and(contains(encodings, 'DICTIONARY'))
        from parquet_metadata(?) group by path_in_schema
        """,
        [files],
    ).fetchall()
    listed = {name for name, _, _, is_listed in found if is_listed}
    full = {name for name, is_full, *_ in found if is_full}
    empty = full & {name for name, _, is_empty, _ in found if is_empty}
    filled = {name: replace(taken, is_filled_text=taken.column in texts & full) for name, taken in given.items()}
    layout = replace(source.layout, columns=filled)
    with_odd_texts, unknown = _odd_texts(connection, replace(source, layout=layout), texts, listed)
    ends = literal(UNSEEN_AT_THE_ENDS_IN_DUCKDB)
    instead = {column: f"regexp_replace({identity(column)}, {ends}, '', 'g')" for column in with_odd_texts}
    numbers = {name for name, kind, *_ in described if kind in ("DOUBLE", "FLOAT") or kind.startswith("DECIMAL")}
    is_clean = layout.is_clean and not (
        _holds_texts_as_numbers(layout, numbers) or _holds_other_forms(connection, source, texts)
    )
    columns = {
        name: replace(
            taken,
            is_filled_text=taken.is_filled_text and taken.column not in instead,
            is_known=is_clean and name in LEFT_OPEN and name not in unknown and taken.column not in instead,
        )
        for name, taken in filled.items()
        if name in _KEPT or taken.column not in empty or taken.values
    }
    with_unseen = tuple(name for name, taken in columns.items() if taken.column in instead)
    layout = replace(layout, columns=columns, is_clean=is_clean, with_unseen=with_unseen)
    return replace(source, layout=layout, instead=tuple(instead.items()), is_looked_through=True)


def _holds_texts_as_numbers(layout: Layout, numbers: Set[str]) -> bool:
    """Whether a name or a code is kept as a number that may have a fraction, as 77301.0."""
    return any(layout.columns[name].column in numbers for name in _NAMES_AND_CODES if name in layout.columns)


def _holds_other_forms(connection: duckdb.DuckDBPyConnection, source: Source, texts: Collection[str]) -> bool:
    """Whether a code, modifier or number of units under our own names is not written as we write it."""
    taken = source.layout.columns if source.layout else {}
    if "units" in taken and taken["units"].column in texts:
        return True
    forms = {taken[name].column: form for name, form in _FORMS.items() if name in taken and taken[name].column in texts}
    if not forms:
        return False
    other = " or ".join(f"not regexp_full_match({identity(column)}, '{form}')" for column, form in forms.items())
    # A million lines have a hundred codes with their modifiers; a condition on them would be put to every line.
    different = f"select distinct {', '.join(map(identity, forms))} from {source.relation}"
    return bool(connection.execute(f"select bool_or({other}) from ({different})").fetchall()[0][0])


def _odd_texts(
    connection: duckdb.DuckDBPyConnection, source: Source, texts: Set[str], listed: Set[str]
) -> tuple[list[str], set[str]]:
    """The columns of the source of which a text holds what is not plain ASCII, and those of lines with unknown words.

    Texts that a file lists once each, as of the columns `listed`, are looked at by the database, which works out each
    once.
    """
    assert source.layout is not None
    columns = sorted(texts & source.layout.read_columns)
    unknown = not_understood(source.layout) if source.layout.is_clean else {}
    unknown = {name: test for name, test in unknown.items() if source.layout.columns[name].is_filled_text}
    plain = _plain_texts(connection, source, [column for column in columns if column not in listed])
    tests = {column: f"{identity(column)} glob '*[!!-~]*'" for column in columns if column not in plain}
    if not tests and not unknown:
        return [], set(LEFT_OPEN)
    odd = ", ".join(f"bool_or({test})" for test in (*tests.values(), *unknown.values()))
    (found,) = connection.execute(f"select {odd} from {source.relation}").fetchall()
    known = {name for name, is_odd in zip(unknown, found[len(tests) :], strict=True) if is_odd is False}
    return list(compress(tests, found)), {*LEFT_OPEN} - known


def _plain_texts(connection: duckdb.DuckDBPyConnection, source: Source, columns: Sequence[str]) -> set[str]:
    """Those of the columns whose texts are all of plain ASCII, looked at all bytes together; others may be too."""
    threads = int(connection.execute("select current_setting('threads')").fetchall()[0][0])
    given = columns_as_given(source, {column: column for column in columns}, frozenset(columns))
    if given is None:
        return set()
    plain = set(given.names)
    pieces = [piece for share in shares_of(source, threads) for piece in share]
    try:
        with ThreadPoolExecutor(threads) as pool:
            for found in pool.map(lambda piece: _plain_columns(replace(given, source=piece)), pieces):
                plain &= found
    except (pa.ArrowException, OSError) as wrong:
        raise duckdb.Error(str(wrong)) from None
    return plain


def _plain_columns(given: ColumnsAsGiven) -> set[str]:
    plain = set(given.names)
    for batch in given.batches():
        for name in list(plain):
            bytes_of_texts = np.frombuffer(batch.column(name).buffers()[2] or b"", np.uint8)
            if np.any(bytes_of_texts - _FIRST_PLAIN > _LAST_PLAIN - _FIRST_PLAIN):
                plain.discard(name)
    return plain
