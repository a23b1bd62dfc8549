"""Claim lines of Parquet whose columns are what claim lines have: read, looked at and parted past the database."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from isocenter.facts.identity import member_key_sql
from isocenter.facts.schema import tables
from isocenter.intake.bulk.layouts import Layout
from isocenter.intake.bulk.line_reasons import EARLIEST, LATEST
from isocenter.intake.bulk.selecting import columns_given
from isocenter.intake.bulk.sources import Source
from isocenter.intake.bulk.value_expressions import MOST_OF_A_NUMBER
from isocenter.screening.columns_as_given import ColumnsAsGiven, columns_as_given, of_places
from isocenter.screening.partition import PART
from isocenter.terms.values import FORM_OF_A_PROCEDURE

_TYPES = {"integer": pa.int32(), "double": pa.float64(), "date": pa.date32()}
_NAMED = ("claim_line_id", "claim_id", "member_id")
_FIRST_DAY, _LAST_DAY = ((date.fromisoformat(day) - date(1970, 1, 1)).days for day in (EARLIEST, LATEST))


@dataclass(slots=True)
class Tally:
    """How many rows were looked at, and how many of these are of a covered code, or a correction.

    It does not suffice where a row has a code that cannot be read, or a given value that is left empty: the database
    then counts the rows.
    """

    rows: int = 0
    covered: int = 0
    suffices: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class LinesAsGiven:
    """The rows of a source, each with the number of its part.

    Rows that `lines_query` would leave out come with a number past the last part, or not at all.
    """

    given: ColumnsAsGiven
    parts: int
    makes_course: Mapping[str, bool]  # of each code that is covered
    passed_by: np.ndarray  # hashes of members, ascending, of whom lines that make no course are left out
    tallies: list[Tally] = field(default_factory=list)  # of each piece that is read

    def rows(self, connection: duckdb.DuckDBPyConnection, piece: Source) -> Iterator[pa.RecordBatch]:
        """The rows of a piece of the source, in its order; few lines among many others come alone."""
        tally = Tally()
        self.tallies.append(tally)
        known, hashes = pa.array([], pa.string()), np.zeros(0, np.uint64)
        for batch in replace(self.given, source=piece).batches():
            rows = {name: _never_null(column) for name, column in zip(batch.schema.names, batch.columns, strict=True)}
            member = rows["member_id"]
            if not member.dictionary.equals(known):  # batches of a row group have one dictionary
                known, hashes = member.dictionary, _hashes(connection, member.dictionary)
            is_kept = self._can_be_judged(rows, hashes, tally)
            texts = [name for name in rows if _type_of(name) is None]
            part = (hashes % np.uint64(self.parts)).astype(np.uint32)[_places(member)]
            part[~is_kept] = self.parts
            columns = {name: column for name, column in rows.items() if name not in texts}
            columns |= {PART: pa.array(part), **{name: rows[name] for name in texts}}
            found = pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))
            if self.parts == 1 or np.count_nonzero(is_kept) < len(found) // 2:
                kept = of_places(found, np.flatnonzero(is_kept))
                found = pa.RecordBatch.from_arrays(list(kept), names=list(columns))
            yield found

    def _can_be_judged(self, rows: dict[str, pa.Array], hashes: np.ndarray, tally: Tally) -> np.ndarray:
        """Whether each of the rows is a line to judge; amounts and numbers that cannot be read are emptied in place."""
        code, frequency = rows["procedure_code"], rows.get("claim_frequency")
        is_covered = _of_texts(code, self.makes_course.__contains__)
        if frequency is not None:
            is_covered = is_covered | _of_texts(frequency, ("7", "8").__contains__)
        is_code = _of_texts(code, lambda text: re.fullmatch(FORM_OF_A_PROCEDURE, text) is not None)
        tally.rows += len(is_covered)
        tally.covered += int(np.count_nonzero(is_covered))
        tally.suffices &= bool(is_code.all()) and "" not in rows["setting"].dictionary.to_pylist()
        kept: np.ndarray = is_covered & is_code & ~self._is_passed_by(rows, hashes)
        for name in _NAMED:
            kept &= _is_filled(rows[name])
        takes_back = np.zeros(len(kept), bool)
        for name, column in rows.items():
            kind = _type_of(name)
            if kind == pa.float64():
                rows[name], is_lost = _finite(column)
                tally.suffices &= not is_lost
                takes_back |= rows[name].fill_null(0).to_numpy(zero_copy_only=False) < 0
            elif kind == pa.int32() and name != "units":
                is_number = _is_number(column)
                if not is_number.all():
                    rows[name] = pa.array(column.fill_null(0).to_numpy(), mask=~is_number)
                    tally.suffices &= int(np.count_nonzero(~is_number)) == column.null_count
            elif kind == pa.date32():
                day = column.view(pa.int32())
                is_within = _among(day, _FIRST_DAY, _LAST_DAY)
                kept &= is_within if name == "service_date" else is_within | ~_is_given(day)
        units = rows["units"].fill_null(0).to_numpy()
        kept &= _is_number(rows["units"]) & ((units >= 1) | (units < 0) | takes_back)
        return kept

    def _is_passed_by(self, rows: Mapping[str, pa.Array], hashes: np.ndarray) -> np.ndarray:
        if not len(self.passed_by):
            return np.zeros(len(rows["member_id"]), bool)
        next_ones = self.passed_by[np.searchsorted(self.passed_by[:-1], hashes)]
        is_alone = _of_texts(rows["procedure_code"], lambda text: not self.makes_course.get(text, True))
        is_left_out: np.ndarray = is_alone & (next_ones == hashes)[_places(rows["member_id"])]
        return is_left_out


def lines_as_given(
    source: Source, layout: Layout, parts: int, makes_course: Mapping[str, bool], passed_by: np.ndarray
) -> LinesAsGiven | None:
    """How the lines of a source are read past the database; None where a column is not what claim lines have."""
    if not layout.is_clean or layout.diagnoses or layout.with_unseen or layout.leave_out or layout.has_versions:
        return None
    if source.instead or source.lists or not {*_NAMED, "setting"} <= layout.columns.keys():
        return None
    if "bill_type" in layout.columns and "claim_frequency" not in layout.columns:  # which is its last digit then
        return None
    columns = [column for column in tables()["claim_lines"].columns if column.name in layout.columns]
    texts = columns_as_given(source, columns_given(layout, columns), frozenset({"claim_line_id", "claim_id"}))
    others = {column.name: layout.columns[column.name].column for column in columns if column.type in _TYPES}
    if texts is None or texts.names.keys() | others.keys() != layout.columns.keys():
        return None
    for file in source.files:
        described = pq.read_schema(file)
        if any(
            [field.type for field in described if field.name == given] != [_type_of(name)]
            for name, given in others.items()
        ):
            return None
    return LinesAsGiven(replace(texts, names={**others, **texts.names}), parts, makes_course, passed_by)


def _type_of(name: str) -> pa.DataType | None:
    """The type of a column of claim lines; none of texts."""
    return _TYPES.get(_KINDS[name])


_KINDS = {column.name: column.type for column in tables()["claim_lines"].columns}


def _never_null(column: pa.Array) -> pa.Array:
    """A column of texts with '' where none is."""
    if not column.null_count or not pa.types.is_dictionary(column.type):
        return column.fill_null("") if pa.types.is_string(column.type) and column.null_count else column
    return column.dictionary_decode().fill_null("").dictionary_encode()


def _places(column: pa.Array) -> np.ndarray:
    """The place of each row's text in the dictionary."""
    return np.asarray(column.indices.to_numpy())


def _of_texts(column: pa.Array, test: Callable[[str], bool]) -> np.ndarray:
    """The answer of a test for each row, asked once for each text."""
    answers = np.array([test(text) for text in column.dictionary.to_pylist()], bool)
    return np.asarray(answers[_places(column)])


def _is_filled(column: pa.Array) -> np.ndarray:
    if pa.types.is_dictionary(column.type):
        return _of_texts(column, bool)
    ends = np.frombuffer(column.buffers()[1], np.int32)[column.offset : column.offset + len(column) + 1]
    return np.asarray(np.diff(ends) > 0)


def _is_given(column: pa.Array) -> np.ndarray:
    return np.asarray(column.is_valid().to_numpy(zero_copy_only=False))


def _among(column: pa.Array, least: int, most: int) -> np.ndarray:
    """Whether each whole number is there and within these."""
    number = column.fill_null(0).to_numpy()
    is_within = (number >= least) & (number <= most)
    return np.asarray(is_within & _is_given(column) if column.null_count else is_within)


def _is_number(column: pa.Array) -> np.ndarray:
    return _among(column, -MOST_OF_A_NUMBER, MOST_OF_A_NUMBER)


def _finite(column: pa.Array) -> tuple[pa.Array, bool]:
    """Amounts without those that are none, and whether one of these is more than nothing: infinite."""
    amounts = column.to_numpy(zero_copy_only=False)
    is_finite = np.isfinite(amounts)
    if int(np.count_nonzero(is_finite)) == len(column) - column.null_count:
        return column, False
    return pa.array(amounts, mask=~is_finite), bool(np.isinf(amounts).any())


def _hashes(connection: duckdb.DuckDBPyConnection, members: pa.Array) -> np.ndarray:
    """The hash of each member, by which the database parts other claims too."""
    connection.register("members_given", pa.table({"member_id": members}))
    try:
        query = f"select hash({member_key_sql('member_id')}) as member from members_given"
        return np.asarray(connection.execute(query).fetchnumpy()["member"])
    finally:
        connection.unregister("members_given")
