"""What the statistics of Parquet files say of the columns of claims: texts that are always empty, or never missing."""

import glob
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import compress

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from isocenter.engines.database import identity, literal
from isocenter.facts.schema import tables
from isocenter.intake.bulk.claim_versions import SUFFIXES
from isocenter.intake.bulk.layouts import NEEDED_COLUMNS, Layout
from isocenter.intake.bulk.line_reasons import NOTHING
from isocenter.intake.bulk.shapes import Kind
from isocenter.intake.bulk.sources import Content, Source
from isocenter.intake.bulk.value_expressions import LEFT_OPEN, is_understood
from isocenter.intake.bulk.value_forms import NPIS
from isocenter.screening.columns_as_given import ColumnsAsGiven, columns_as_given
from isocenter.screening.shares import memory_given_back, shares_of
from isocenter.terms.values import UNSEEN_AT_THE_ENDS_IN_DUCKDB

_FORMS = {
    "procedure_code": "[0-9A-Z]{5}",
    **{f"modifier_{number}": "([0-9A-Z]{2})?" for number in range(1, 5)},
    **dict.fromkeys(NPIS, "[0-9]*"),
    "place_of_service": "([0-9]{2})?",
    "revenue_code": "([0-9]{4})?",
    "claim_frequency": "[0-9]?",
}
# Of these there are too many to list: a form of another program is known by its marks.
_NAMES_OF_MANY = ("claim_id", "member_id", "patient_account_number", "payer_claim_number", "original_claim_id")
_NAMES_AND_CODES = tuple(column.name for column in tables()["claim_lines"].columns if column.type == "varchar")
_FIRST_PLAIN, _LAST_PLAIN = np.uint8(ord("!")), np.uint8(ord("~"))  # of ASCII; what lies below wraps around
_BYTES_AT_ONCE = 1 << 16  # what lies in the cache is looked at in half the time
_KEPT = ("claim_line_id", *NEEDED_COLUMNS)  # though they are empty: every line is then named as one that lacks them


@dataclass(frozen=True, slots=True)
class _Texts:
    """What the texts of some columns of a source are; the columns are named as in the source."""

    columns: frozenset[str] = frozenset()  # that were looked at
    odd: frozenset[str] = frozenset()  # with a text that is not plain ASCII throughout
    listed: Mapping[str, frozenset[str]] = field(default_factory=dict)  # all texts of columns of codes and few words
    marked: frozenset[str] = frozenset()  # of names: with bytes such as another program may have made of one
    ended: frozenset[str] = frozenset()  # of names: with a text that ends as a version of a claim may

    def fit(self, column: str, is_fit: Callable[[str], bool]) -> bool:
        """Whether all texts of a column are known and fit."""
        return column in self.listed and all(map(is_fit, self.listed[column]))


def with_columns_by_statistics(connection: duckdb.DuckDBPyConnection, source: Source) -> Source:
    """The source without columns that are empty in every line, and with those marked that hold a text in every line.

    Both save work with each line. Columns that have no statistics, or are none of text, stay as they are; raises
    duckdb.Error where a file cannot be read.
    """
    if source.kind is not Kind.PARQUET or source.content is not Content.LINES or source.layout is None:
        return source
    if source.is_looked_through:
        return source
    files = [glob.escape(str(file)) for file in source.files]
    described = connection.execute(f"describe select * from {source.relation}").fetchall()
    texts = {name for name, kind, *_ in described if kind == "VARCHAR"}
    found = connection.execute(
        """
        select path_in_schema, bool_and(stats_null_count = 0), bool_and(stats_min_value = '' and stats_max_value = ''),
            bool_and(row_group_num_rows = 0 or coalesce(stats_min_value > '', false)),
            bool_and(contains(encodings, 'DICTIONARY')),
            bool_and(coalesce(len(encoding_stats), 0) > 0 and len(list_filter(encoding_stats, lambda pages:
                pages.page_type <> 'DICTIONARY_PAGE' and not ends_with(pages.encoding, '_DICTIONARY'))) = 0)
        from parquet_metadata(?) group by path_in_schema
        """,
        [files],
    ).fetchall()
    full = {name for name, is_full, *_ in found if is_full}
    empty = full & {name for name, _, is_empty, *_ in found if is_empty}
    never_empty = full & {name for name, _, _, is_never_empty, *_ in found if is_never_empty}
    listed = {name for name, *_, is_listed, _ in found if is_listed}
    seen = _looked_through(connection, source, texts, listed, {name for name, *_, is_all in found if is_all})
    ends = literal(UNSEEN_AT_THE_ENDS_IN_DUCKDB)
    instead = {column: f"regexp_replace({identity(column)}, {ends}, '', 'g')" for column in sorted(seen.odd)}
    numbers = {name for name, kind, *_ in described if kind in ("DOUBLE", "FLOAT") or kind.startswith("DECIMAL")}
    is_clean = source.layout.is_clean and not (
        _holds_texts_as_numbers(source.layout, numbers) or _holds_other_forms(connection, source, texts, seen)
    )
    filled = texts & full - instead.keys()
    columns = {
        name: replace(
            taken,
            is_filled_text=taken.column in filled,
            is_never_empty=taken.column in filled & never_empty,
            is_known=is_clean and name in LEFT_OPEN and seen.fit(taken.column, partial(is_understood, name)),
        )
        for name, taken in source.layout.columns.items()
        if name in _KEPT or taken.column not in empty or taken.values
    }
    with_unseen = tuple(name for name, taken in columns.items() if taken.column in instead)
    layout = replace(source.layout, columns=columns, is_clean=is_clean, with_unseen=with_unseen)
    claim = columns["claim_id"].column if "claim_id" in columns else ""
    has_no_ends = claim in seen.columns - seen.odd - seen.ended
    instead_of = tuple(instead.items())
    return replace(source, layout=layout, instead=instead_of, is_looked_through=True, has_no_ends=has_no_ends)


def _holds_texts_as_numbers(layout: Layout, numbers: Set[str]) -> bool:
    """Whether a name or a code is kept as a number that may have a fraction, as 77301.0."""
    return any(layout.columns[name].column in numbers for name in _NAMES_AND_CODES if name in layout.columns)


def _holds_other_forms(
    connection: duckdb.DuckDBPyConnection, source: Source, texts: Collection[str], seen: _Texts
) -> bool:
    """Whether a code, number or name under our own names is not written as we write it."""
    taken = source.layout.columns if source.layout else {}
    if "units" in taken and taken["units"].column in texts:
        return True
    named = [taken[name].column for name in _NAMES_OF_MANY if name in taken and taken[name].column in texts]
    names = [identity(column) for column in named if column not in seen.columns - seen.odd - seen.marked]
    if (
        names
        and connection.execute(
            f"select bool_or({' or '.join(map(_is_of_another_program, names))}) from {source.relation}"
        ).fetchall()[0][0]
    ):
        return True
    forms = {taken[name].column: form for name, form in _FORMS.items() if name in taken and taken[name].column in texts}
    known = forms.keys() & seen.listed.keys()
    if any(not seen.fit(column, partial(_is_of_form, forms[column])) for column in known):
        return True
    forms = {column: form for column, form in forms.items() if column not in known}
    if not forms:
        return False
    other = " or ".join(f"not regexp_full_match({identity(column)}, '{form}')" for column, form in forms.items())
    # A million lines have a hundred codes with their modifiers; a condition on them would be put to every line.
    different = f"select distinct {', '.join(map(identity, forms))} from {source.relation}"
    return bool(connection.execute(f"select bool_or({other}) from ({different})").fetchall()[0][0])


def _is_of_another_program(name: str) -> str:
    """The condition on names that a spreadsheet has made numbers of, or that say nothing: 1.2E+11, 5001.0, NULL."""
    says_nothing = f"not {name} glob '*[0-9]*' and lower({name}) in ({', '.join(map(literal, NOTHING))})"
    return f"contains({name}, 'E+') or ends_with({name}, '.0') or ({says_nothing})"


def _is_of_form(form: str, text: str) -> bool:
    return re.fullmatch(form, text) is not None


def _looked_through(
    connection: duckdb.DuckDBPyConnection, source: Source, texts: Set[str], listed: Set[str], wholly: Set[str]
) -> _Texts:
    """What the texts are of the columns that are read.

    Of columns `listed` the file lists texts, and of those `wholly` listed it holds nothing else.
    """
    assert source.layout is not None
    columns = sorted(texts & source.layout.read_columns)
    few = {taken.column for name, taken in source.layout.columns.items() if name in (*_FORMS, *LEFT_OPEN)}
    few = few & texts if source.layout.is_clean else set()
    # Of names of lines a file may list the first ones: to number all of them takes as long as all other columns.
    names = {taken.column for name, taken in source.layout.columns.items() if name == "claim_line_id"}
    given = columns_as_given(source, {column: column for column in columns}, frozenset(columns) - listed - few | names)
    many = {taken.column for name, taken in source.layout.columns.items() if name in _NAMES_OF_MANY}
    seen = _texts_of(connection, given, few, many, wholly - names) if given else _Texts()
    others = [column for column in columns if column not in seen.columns]
    if not others:
        return seen
    tests = ", ".join(f"bool_or({identity(column)} glob '*[!!-~]*')" for column in others)
    (found,) = connection.execute(f"select {tests} from {source.relation}").fetchall()
    return replace(seen, odd=seen.odd | {*compress(others, found)})


def _texts_of(
    connection: duckdb.DuckDBPyConnection, given: ColumnsAsGiven, few: Set[str], many: Set[str], wholly: Set[str]
) -> _Texts:
    """What the texts of the columns are, looked at by as many threads as the connection has."""
    threads = int(connection.execute("select current_setting('threads')").fetchall()[0][0])
    pieces = [replace(given, source=piece) for share in shares_of(given.source, threads) for piece in share]
    try:
        with memory_given_back(), ThreadPoolExecutor(threads) as pool:
            found = list(pool.map(lambda piece: _texts_of_piece(piece, few, many, wholly), pieces))
    except (pa.ArrowException, OSError) as wrong:
        raise duckdb.Error(str(wrong)) from None
    listed = {column: frozenset().union(*(one.listed[column] for one in found)) for column in few & given.names.keys()}
    odd, marked, ended = (
        frozenset().union(*(getattr(one, name) for one in found)) for name in ("odd", "marked", "ended")
    )
    return _Texts(frozenset(given.names), odd, listed, marked, ended)


def _texts_of_piece(given: ColumnsAsGiven, few: Set[str], many: Set[str], wholly: Set[str]) -> _Texts:
    odd: set[str] = set()
    marked: set[str] = set()
    ended: set[str] = set()
    last: dict[str, pa.Array] = {}
    listed: dict[str, set[str]] = {column: set() for column in few & given.names.keys()}
    for batch in _with_every_text(given, wholly):
        for column in batch.schema.names:
            texts = batch.column(column)
            if pa.types.is_dictionary(texts.type):
                texts = texts.dictionary
                if column in last and texts.equals(last[column]):  # batches of a row group have one dictionary
                    continue
                last[column] = texts
            if column in many - marked and _may_be_of_another_program(texts.buffers()[2] or b""):
                marked.add(column)
            if column in many - ended and _ends_as_a_version(texts):
                ended.add(column)
            if column in listed:
                listed[column].update(texts.to_pylist())
            # All bytes at once, of other rows of the file too where Arrow has them in one piece.
            if column not in odd and _are_odd(np.frombuffer(texts.buffers()[2] or b"", np.uint8)):
                odd.add(column)
    of_few = {column: frozenset(found) for column, found in listed.items()}
    return _Texts(odd=frozenset(odd), listed=of_few, marked=frozenset(marked), ended=frozenset(ended))


def _with_every_text(given: ColumnsAsGiven, wholly: Set[str]) -> Iterator[pa.RecordBatch]:
    """Batches in which every text of the columns is, in any order; of those `wholly` listed no other row is read."""
    first = {column: name for column, name in given.names.items() if column in wholly & given.recurring}
    others = {column: name for column, name in given.names.items() if column not in first}
    if first:
        yield from replace(given, names=first).first_rows()
    if others:
        yield from replace(given, names=others).batches()


def _may_be_of_another_program(texts: pa.Buffer | bytes) -> bool:
    """Whether the bytes of names, one behind the other, hold what `_is_of_another_program` looks for."""
    given = bytes(texts)
    if b"E+" in given or b".0" in given:
        return True
    if b"n" not in given and b"N" not in given:  # as in each word of NOTHING
        return False
    lower = given.lower()
    return any(word.encode() in lower for word in NOTHING)


def _ends_as_a_version(texts: pa.Array) -> bool:
    return any(
        pc.any(pc.match_substring_regex(texts, ending, ignore_case=True)).as_py() for ending in SUFFIXES.values()
    )


def _are_odd(bytes_of_texts: np.ndarray) -> bool:
    pieces = (bytes_of_texts[at : at + _BYTES_AT_ONCE] for at in range(0, len(bytes_of_texts), _BYTES_AT_ONCE))
    return any(bool(np.any(piece - _FIRST_PLAIN > _LAST_PLAIN - _FIRST_PLAIN)) for piece in pieces)
