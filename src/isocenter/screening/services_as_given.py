"""Codes and members of claim lines of Parquet, looked at past the database: by the texts that the file lists."""

import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import chain
from typing import TypeVar

import duckdb
import numpy as np
import pyarrow as pa

from isocenter.engines.database import identity
from isocenter.intake.bulk.sources import Source
from isocenter.intake.bulk.value_expressions import frequency_expression, text_expression
from isocenter.screening.columns_as_given import ColumnsAsGiven, columns_as_given
from isocenter.screening.shares import memory_given_back, shares_of
from isocenter.terms.values import FORM_OF_A_PROCEDURE

_Seen = TypeVar("_Seen")
# What a line is: of no covered code, of a code that makes a course, or of one that makes none. A correction has the
# bit of the second too, as either keeps its member.
_OTHER, _OF_COURSE, _VISIT = np.uint8(0), np.uint8(1), np.uint8(2)


class _Unread(Exception):
    """A value is missing, or a code cannot be read: what becomes of its line is said by other columns."""


@dataclass(frozen=True, slots=True)
class ServicesAsGiven:
    """The codes, members and frequencies of a source whose lines state them as claim lines have them."""

    given: ColumnsAsGiven
    makes_course: Mapping[str, bool]  # of each code that is covered

    def count_in_courses(self, threads: int) -> int | None:
        """How many lines are of a covered code that makes a course, or correct others; None where a code is unread.

        Corrections of a code that makes no course are not among them.
        """
        names = {name: column for name, column in self.given.names.items() if name != "member_id"}
        counts = self._of_pieces(
            replace(self.given, names=names),
            threads,
            lambda piece: sum(int(np.count_nonzero(kinds == _OF_COURSE)) for _, kinds in self._lines_of(piece)),
        )
        return None if counts is None else sum(counts)

    def members(self, threads: int) -> pa.Table | None:
        """The members of covered lines, and whether none of the lines makes a course; None where a code is unread.

        A member may come several times.
        """
        found = self._of_pieces(self.given, threads, lambda piece: list(self._members_of(piece)))
        return None if found is None else pa.concat_tables([_NO_MEMBERS, *chain.from_iterable(found)])

    def _of_pieces(
        self, given: ColumnsAsGiven, threads: int, look: Callable[[ColumnsAsGiven], _Seen]
    ) -> list[_Seen] | None:
        pieces = [replace(given, source=piece) for share in shares_of(given.source, threads) for piece in share]
        try:
            with memory_given_back(), ThreadPoolExecutor(threads) as pool:
                return list(pool.map(look, pieces))
        except _Unread:
            return None
        except (pa.ArrowException, OSError) as wrong:
            raise duckdb.Error(str(wrong)) from None

    def _lines_of(self, given: ColumnsAsGiven) -> Iterator[tuple[pa.RecordBatch, np.ndarray]]:
        """Batches of lines, with what each line is."""
        for batch in given.batches():
            code = batch.column("procedure_code")
            texts, places = code.dictionary.to_pylist(), _places(code)
            are_codes = np.array([re.fullmatch(FORM_OF_A_PROCEDURE, text) is not None for text in texts], bool)
            if not are_codes.all() and not are_codes[places].all():
                raise _Unread
            kinds = np.array([self._kind_of(text) for text in texts], np.uint8)[places]
            if "claim_frequency" in given.names:
                frequency = batch.column("claim_frequency")
                corrects = np.array([text in ("7", "8") for text in frequency.dictionary.to_pylist()], bool)
                if corrects.any():
                    kinds |= corrects[_places(frequency)]
            yield batch, kinds

    def _kind_of(self, code: str) -> np.uint8:
        makes_course = self.makes_course.get(code)
        return _OTHER if makes_course is None else _OF_COURSE if makes_course else _VISIT

    def _members_of(self, given: ColumnsAsGiven) -> Iterator[pa.Table]:
        texts = pa.array([], pa.string())  # of the batches of a row group
        have_visits = have_courses = np.zeros(0, bool)
        for batch, kinds in self._lines_of(given):
            member = batch.column("member_id")
            if not member.dictionary.equals(texts):
                yield _members(texts, have_visits, have_courses)
                texts = member.dictionary
                have_visits, have_courses = np.zeros(len(texts), bool), np.zeros(len(texts), bool)
            places = _places(member)
            have_courses[places[(kinds & _OF_COURSE).view(bool)]] = True
            have_visits[places[kinds == _VISIT]] = True
        yield _members(texts, have_visits, have_courses)


def services_as_given(source: Source, makes_course: Mapping[str, bool]) -> ServicesAsGiven | None:
    """How codes and members of a source are read past the database; None where it does not state them as they are."""
    layout = source.layout
    if layout is None or source.instead or source.lists or not layout.columns.keys() >= {"member_id", "procedure_code"}:
        return None
    read = {name: text_expression(layout, name) for name in ("member_id", "procedure_code")}
    frequency = frequency_expression(layout)
    if frequency != "''":
        read["claim_frequency"] = frequency
    columns = {name: layout.columns[name].column for name in read if name in layout.columns}
    if {name: identity(column) for name, column in columns.items()} != read:
        return None
    given = columns_as_given(source, columns, frozenset())
    return ServicesAsGiven(given, makes_course) if given and given.names == columns else None


def _places(column: pa.Array) -> np.ndarray:
    """The place of each row's text in the dictionary."""
    if column.null_count:
        raise _Unread
    return np.asarray(column.indices.to_numpy())


def _members(texts: pa.Array, have_visits: np.ndarray, have_courses: np.ndarray) -> pa.Table:
    table = pa.table({"member": texts, "is_alone": pa.array(~have_courses)})
    return table.filter(pa.array(have_visits | have_courses))


_NO_MEMBERS = _members(pa.array([], pa.string()), np.zeros(0, bool), np.zeros(0, bool))
