"""What a judgment borrows from a Spark session: views by the names that rules read, and settings."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import reduce
from itertools import count
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from isocenter.review.spark_steps import inner_query, parted, with_steps

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_SETTINGS = {
    "spark.sql.ansi.enabled": "true",  # arithmetic that overflows or divides by zero fails
    "spark.sql.session.timeZone": "UTC",
    # Spark 4.3 carries what it knows of a checkpointed frame over to a second use of it under the names of the
    # first, and then takes an outer join of the two for an inner one.
    "spark.sql.constraintPropagation.enabled": "false",
}
FEW_ROWS = 1000  # that become part of the plans that read them
_WITH = re.compile(r"\bwith\b", re.IGNORECASE)
SPARK_TYPES = {"varchar": "string", "integer": "int", "bigint": "bigint", "double": "double", "date": "date"}
SPARK_TYPES["boolean"] = "boolean"


class Desk:
    """A session with the views of one judgment; leaving it restores the session's own views and settings."""

    def __init__(self, session: "SparkSession", settings: Mapping[str, str] = {}) -> None:
        """`settings` go beyond those of every judgment."""
        self.session = session
        self._wanted = {**_SETTINGS, **settings}
        self._own: dict[str, DataFrame | None] = {}
        self._settings: dict[str, str | None] = {}
        self._temporary: set[str] = set()
        self._numbers = count(1)

    def __enter__(self) -> Self:
        self._temporary = {row.viewName for row in self.session.sql("show views").collect() if row.isTemporary}
        for key, value in self._wanted.items():
            self._settings[key] = self.session.conf.get(key, None)
            self.session.conf.set(key, value)
        return self

    def __exit__(self, kind: type[BaseException] | None, wrong: BaseException | None, at: TracebackType | None) -> None:
        for name, own in self._own.items():
            if own is None:
                self.session.catalog.dropTempView(name)
            else:
                own.createOrReplaceTempView(name)
        for key, value in self._settings.items():
            if value is not None:
                self.session.conf.set(key, value)

    def put(self, name: str, frame: "DataFrame") -> None:
        """Let rules read the frame by this name."""
        if name not in self._own:
            self._own[name] = self.session.table(name) if name in self._temporary else None
        _with_own_columns(frame).createOrReplaceTempView(name)

    def sql(self, query: str) -> "DataFrame":
        """The answer of a query over the views; steps of it that are read several times are worked out already."""
        return self.session.sql(self.prepared(query))

    def prepared(self, query: str) -> str:
        """The query with its steps that are read several times worked out, each read from a view of its own."""
        return self._without_shared_steps(query, [])

    def _without_shared_steps(self, query: str, around: Sequence[Sequence[tuple[str, str]]]) -> str:
        """The query with shared steps read from views of their own; `around` are the steps it is within."""
        if _WITH.search(query) is None:
            return query
        own: list[tuple[str, str]] = []
        query_parted = parted(query)
        for step in query_parted.steps:
            text = self._without_shared_steps(step.query, [*around, own])
            if step.is_shared:
                name = f"shared_step_{next(self._numbers)}"
                self.put(name, kept(self.session.sql(_within([*around, own], text))))
                text = f"select * from {name}"
            own.append((step.name, text))
        select = query_parted.select
        inner = inner_query(select)
        if inner is not None:
            begin, end = inner
            select = select[:begin] + self._without_shared_steps(select[begin:end], [*around, own]) + select[end:]
        return with_steps(own, select)

    def rows(self, columns: Mapping[str, str], rows: Sequence[tuple[Any, ...]]) -> "DataFrame":
        """A small frame of these rows; `columns` are names with their types as tables.sql writes them."""
        cast = ", ".join(f"cast(`{name}` as {SPARK_TYPES[kind]}) as `{name}`" for name, kind in columns.items())
        if not rows:
            nothing = ", ".join(f"cast(null as {SPARK_TYPES[kind]}) as `{name}`" for name, kind in columns.items())
            return self.sql(f"select {nothing} limit 0")
        values = ", ".join(f"({', '.join(map(_literal, row))})" for row in rows)
        names = ", ".join(f"`{name}`" for name in columns)
        return self.sql(f"select {cast} from values {values} as given({names})")


def kept(frame: "DataFrame", *, is_observed: bool = False) -> "DataFrame":
    """The frame with its rows worked out, so that those who read it do not work them out again.

    What observes its rows on the way sees them only where the frame `is_observed`, which takes a further job.
    """
    found = frame.localCheckpoint(eager=is_observed)
    return as_few_rows(found) or _with_own_columns(found)  # which works all of them out


def as_few_rows(frame: "DataFrame") -> "DataFrame | None":
    """The rows of the frame where they are few; None where they are not.

    They become part of the plans that read them: what reads none of them is planned as nothing, and they are joined
    without sorting what they are joined with.
    """
    if not hasattr(frame, "toArrow"):  # PySpark before 4.0
        frame.count()
        return None
    rows = frame.limit(FEW_ROWS + 1).toArrow()
    # Of one partition: what is joined or grouped with none but such rows is so without being shuffled.
    return None if len(rows) > FEW_ROWS else frame.sparkSession.createDataFrame(rows).coalesce(1)


def together(frames: Sequence["DataFrame"]) -> "DataFrame":
    """The rows of all frames, which have the same columns."""
    return reduce(lambda one, other: one.unionByName(other), frames)


def _within(levels: Sequence[Sequence[tuple[str, str]]], query: str) -> str:
    """The query with the steps that it is within, from the outermost inwards."""
    for steps in reversed(levels):
        query = with_steps(steps, f"select * from (\n{query}\n) as answered") if steps else query
    return query


def _with_own_columns(frame: "DataFrame") -> "DataFrame":
    """The same columns under an identity of their own: Spark mixes up frames that share one with a third."""
    return frame.selectExpr(*(f"`{name}` as `{name}`" for name in frame.columns))


def _literal(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case date():
            return f"date '{value}'"
        case int() | float():
            return str(value)
    escaped = str(value).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
