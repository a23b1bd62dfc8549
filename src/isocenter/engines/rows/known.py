"""Plans of queries: looked up for the queries that are known, else made by the syntax tree; each is made once.

What is known is kept in known_plans.json by the digest of the query's whole text, and holds for tables of the same
columns alone. A query that differs in one letter is planned as if the file were not there.
"""

import json
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from isocenter.engines.rows.kinds import Columns, NotPlanned
from isocenter.engines.rows.running import Query, Rows

FILE = "known_plans.json"


class Planned:
    """A query over tables of certain columns."""

    def __init__(self, plan: Mapping[str, Any], columns: Columns, reads: Mapping[str, Columns]) -> None:
        self.plan = plan
        self.columns = columns  # of its answer
        self.reads = reads
        self._query: Query | None = None

    def run(self, tables: Mapping[str, Rows]) -> Rows:
        """The rows that it answers, in no order; NotComputed where a value is not certain."""
        if self._query is None:
            self._query = Query(self.plan)
        return self._query.run(tables)


_planned: dict[str, list[Planned]] = {}


def planned(query: str, tables: Mapping[str, Columns]) -> Planned:
    """The plan of a query over these tables; NotPlanned says what it holds that is not planned."""
    made = _planned.setdefault(query, [])
    for one in made:
        if all(tables.get(name) == columns for name, columns in one.reads.items()):
            return one
    found = _looked_up(query, tables) or plan_by_tree(query, tables)
    made.append(found)
    return found


def plan_by_tree(query: str, tables: Mapping[str, Columns]) -> Planned:
    """Parse a query and plan it; NotPlanned where that is not possible."""
    # The parser is loaded only for a query that is not known.
    import sqlglot  # noqa: PLC0415
    from sqlglot.errors import SqlglotError  # noqa: PLC0415

    from isocenter.engines.rows.planning import plan_query  # noqa: PLC0415

    try:
        plan, columns, read = plan_query(sqlglot.parse_one(query, read="duckdb"), tables)
    except (SqlglotError, RecursionError) as unparsed:
        raise NotPlanned(f"it cannot be parsed: {str(unparsed)[:60]}") from None
    return Planned(plan, columns, {name: tables[name] for name in sorted(read)})


def known_as_json(queries: Iterable[tuple[str, Mapping[str, Columns]]]) -> str:
    """The text of known_plans.json for queries, each with the tables that it may read."""
    known: dict[str, list[dict[str, Any]]] = {}
    for query, tables in queries:
        found = plan_by_tree(query, tables)
        reads = {name: digest_of_columns(columns) for name, columns in found.reads.items()}
        entry = {"columns": found.columns, "plan": found.plan, "reads": reads}
        entries = known.setdefault(digest(query), [])
        if all(one["reads"] != reads for one in entries):
            entries.append(entry)
    lines = (
        f"{json.dumps(key)}: {json.dumps(known[key], sort_keys=True, separators=(',', ':'))}" for key in sorted(known)
    )
    return "{\n" + ",\n".join(lines) + "\n}\n"


def digest(query: str) -> str:
    """The name of a query among those that are known."""
    return sha256(query.encode("utf-8")).hexdigest()


@lru_cache(1000)
def digest_of_columns(columns: Columns) -> str:
    """What distinguishes tables of these columns from others."""
    return sha256(repr(columns).encode("utf-8")).hexdigest()[:16]


def _looked_up(query: str, tables: Mapping[str, Columns]) -> Planned | None:
    for entry in _known().get(digest(query), ()):
        if all(name in tables and digest_of_columns(tables[name]) == digest for name, digest in entry["reads"].items()):
            columns = tuple((name, kind) for name, kind in entry["columns"])
            return Planned(entry["plan"], columns, {name: tables[name] for name in entry["reads"]})
    return None


@cache
def _known() -> Mapping[str, Any]:
    file = files("isocenter.engines.rows") / FILE
    loaded: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return loaded
