"""The facts of one case as rows in memory: a case has few of them, and Python answers the queries of ours at once."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from isocenter.engines.database import identity
from isocenter.engines.rows.kinds import BOOL, DATE, FLOAT, INT, OF_SQL, TEXT, Columns, NotComputed, NotPlanned, Row
from isocenter.engines.rows.known import planned
from isocenter.facts import courses
from isocenter.facts.schema import tables
from isocenter.facts.stores import Store
from isocenter.terms.tables import FACT_TABLES

if TYPE_CHECKING:
    from isocenter.facts.store import FactStore

Rows = list[Row]
# What comes of a query that Python cannot answer as DuckDB would.
UNANSWERED = (NotPlanned, NotComputed, ArithmeticError, TypeError, ValueError)
_MANY_ROWS = 10_000  # over which it takes longer to run a query as written than to optimize it
_MEMORY_BYTES = 2_000_000_000
_SQL_OF = {TEXT: "varchar", INT: "integer", FLOAT: "double", DATE: "date", BOOL: "boolean"}
_TYPES: dict[str, type] = {TEXT: str, INT: int, FLOAT: float, DATE: date, BOOL: bool}


class CaseStore(Store):
    """All facts of one review as lists of rows; what Python cannot answer is asked of DuckDB, see `in_duckdb`."""

    def __init__(self) -> None:
        super().__init__()
        self.facts: dict[str, Rows] = {name: [] for name in fact_columns()}
        self._policy_columns: Mapping[str, Columns] = {}
        self._policy_rows: Mapping[str, Rows] = {}

    def use_policy(self, columns: Mapping[str, Columns], rows: Mapping[str, Rows]) -> None:
        """Let queries read the tables of a policy beside the facts."""
        self._policy_columns, self._policy_rows = columns, rows

    def rows(self, table: str, order_by: str = "all") -> list[Any]:
        """All rows of a table as the named tuples of isocenter.terms, in a fixed order."""
        kind = FACT_TABLES[table]
        names = kind._fields if order_by == "all" else order_by.split(", ")
        places = [kind._fields.index(name) for name in names]
        found = sorted(self.facts[table], key=lambda row: [(row[place] is None, row[place]) for place in places])
        return [kind(*row) for row in found]

    def holds(self, table: str, column: str, values: Sequence[str]) -> bool:
        """Whether some row of a table has one of the values in a column."""
        place = FACT_TABLES[table]._fields.index(column)
        return any(row[place] in values for row in self.facts[table])

    def answers(self, name: str, query: str) -> Rows:
        """What a query of ours answers, in no order; `name` says which it is."""
        tables = {**fact_columns(), **self._policy_columns}
        try:
            return planned(query, tables).run({**self.facts, **self._policy_rows})
        except UNANSWERED:
            store = self.in_duckdb()
            for table, columns in self._policy_columns.items():
                types = {column: _SQL_OF[kind] for column, kind in columns}
                listed = ", ".join(f"{identity(column)} {kind}" for column, kind in types.items())
                store.connection.execute(f"create table main.{table} ({listed})")
                store.insert_rows(table, types, self._policy_rows[table])
            return store.run(name, query)

    def fill(self, table: str, query: str) -> None:
        """Add what a query of ours answers to a fact table, and count the table as supplied."""
        self.facts[table] += _as_kept(fact_columns()[table], self.answers(f"fill_{table}", query))
        self.supply(table)

    def place_lines(self, query: str) -> None:
        """Give claim lines without a course the one that a query answers (claim_line_id, course_id_found)."""
        found: dict[Any, Any] = dict(self.answers("place_lines", _placed(query)))
        kind = FACT_TABLES["claim_lines"]
        key, course = (kind._fields.index(name) for name in ("claim_line_id", "course_id"))
        self.facts["claim_lines"] = [
            (*row[:course], found[row[key]], *row[course + 1 :]) if row[key] in found else row
            for row in self.facts["claim_lines"]
        ]

    def drop_lines(self, query: str) -> None:
        """Leave out the claim lines whose claim_line_id a query answers."""
        dropped = {row[0] for row in self.answers("drop_lines", _dropped(query))}
        key = itemgetter(FACT_TABLES["claim_lines"]._fields.index("claim_line_id"))
        self.facts["claim_lines"] = [row for row in self.facts["claim_lines"] if key(row) not in dropped]

    def in_duckdb(self) -> "FactStore":
        """A store of the same facts in DuckDB."""
        from isocenter.facts.store import FactStore  # noqa: PLC0415 - a case seldom needs DuckDB

        has_few_rows = sum(map(len, self.facts.values())) < _MANY_ROWS
        store = FactStore(few_rows=has_few_rows, memory_bytes=_MEMORY_BYTES)
        for table in sorted(self._supplied):
            store.supply(table)
        for name, described in tables().items():
            store.insert_rows(name, {column.name: column.type for column in described.columns}, self.facts[name])
        return store

    def close(self) -> None:
        """Let go of the rows."""
        self.clear()

    def _mark_supplied(self, table: str) -> None:
        self.facts["supplied_tables"].append((table,))

    def _insert(self, table: str, rows: list[NamedTuple]) -> None:
        self.facts[table] += _as_kept(fact_columns()[table], rows)

    def _empty(self, table: str) -> None:
        self.facts[table] = []


def queries_of_facts(policy: Mapping[str, Columns]) -> list[tuple[str, Mapping[str, Columns]]]:
    """The queries by which facts are derived, each with the columns of what it may read; `policy` are its tables."""
    queries = (
        courses.superseded_by_claim_sql(),
        courses.originals_not_at_hand_sql(),
        _dropped(courses.superseded_sql()),
        courses.course_gap_sql(),
        courses.possible_courses_sql(),
        _placed(courses.courses_sql()),
        courses.courses_of_lines_sql(),
        courses.service_days_sql(),
        courses.course_windows_sql(),
        courses.diagnoses_of_claims_sql(),
    )
    return [(query, {**fact_columns(), **policy}) for query in queries]


def _placed(query: str) -> str:
    return f"select placed.claim_line_id, placed.course_id_found from ({query}) as placed where placed.course_id = ''"


def _dropped(query: str) -> str:
    return f"select dropped.claim_line_id from ({query}) as dropped"


@cache
def fact_columns() -> Mapping[str, Columns]:
    """Names and kinds of the columns of each fact table, and of the list of those that were supplied."""
    facts = {
        name: tuple((column.name, OF_SQL[column.type]) for column in table.columns) for name, table in tables().items()
    }
    return {**facts, "supplied_tables": (("table_name", TEXT),)}


def _as_kept(columns: Columns, rows: Sequence[Row]) -> Rows:
    """The rows with values as a typed column gives them back: a whole number in a column of doubles is a double."""
    if not rows:
        return []
    by_column = []
    for (_, kind), values in zip(columns, zip(*rows, strict=True), strict=True):
        wanted = _TYPES[kind]
        is_kept = all(value is None or type(value) is wanted for value in values)
        by_column.append(values if is_kept else [_as(kind, value) for value in values])
    return list(zip(*by_column, strict=True))


def _as(kind: str, value: Any) -> Any:
    match kind, value:
        case _, None:
            return None
        case "int", float():
            return round(value)  # halves to the even number, as DuckDB does
        case "date", datetime():
            return value.date()
        case "date", date():
            return value
        case "text", _:
            return str(value)
    return _TYPES[kind](value)
