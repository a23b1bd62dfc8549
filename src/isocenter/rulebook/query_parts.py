"""What there is to know of a query before it runs: what it reads, says and needs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

OUTCOMES = ("met", "not_met", "not_documented", "not_applicable")
WHAT_A_QUERY_MAY = "a query selects from fact tables and from the folder's own definitions and tables"


@dataclass(frozen=True, slots=True)
class QueryParts:
    """What a query reads: relations and columns by name, readings and lists by name; and which outcomes it gives.

    `columns` are the names of all columns anywhere in the query, whichever relation they belong to; `columns_of` are
    those that may be read of each relation, '*' among them where it is read by that.
    """

    relations: frozenset[str] = frozenset()
    columns: frozenset[str] = frozenset()
    columns_of: Mapping[str, frozenset[str]] = field(default_factory=dict)
    passes_rows_through: bool = False  # neither joins, groups, orders nor unites rows
    growth: int = 1  # how many times as much a query becomes that reads this one as a view, see query_work
    readings: frozenset[str] = frozenset()
    code_lists: frozenset[str] = frozenset()
    document_kinds: frozenset[str] = frozenset()
    document_elements: frozenset[str] = frozenset()
    measures: frozenset[str] = frozenset()
    outcomes: frozenset[str] = frozenset()
    answers: tuple[str, ...] = ()  # names of the columns of its answer
    else_outcomes: frozenset[str] = frozenset()  # outcomes that a `case` gives to what it does not foresee
    refuses_what_is_absent: bool = False  # some `case` answers 'not_met' on nothing but that something is missing


@dataclass(frozen=True, slots=True)
class Needed:
    """A row of a relation; with a column, one that has one of the values in it."""

    relation: str
    column: str = ""
    values: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class TextsRead:
    """Texts in a column of a relation: rows with others there change nothing for who reads it.

    The texts that the relations `as_in` hold in the column of the same name are meant too.
    """

    relation: str
    column: str
    texts: frozenset[str] = frozenset()
    as_in: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ReadQuery:
    """A query as its syntax tree shows it."""

    parts: QueryParts
    needed: tuple[tuple[Needed, ...], ...]  # see query.needed_rows
    texts_read: tuple[TextsRead, ...]  # see query.texts_read
    reaches_out: str  # why it may not be run whatever relations there are, '' where it may
