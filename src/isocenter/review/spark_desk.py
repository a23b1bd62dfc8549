"""What a judgment borrows from a Spark session: views by the names that rules read, and settings."""

from collections.abc import Mapping, Sequence
from datetime import date
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_SETTINGS = {
    "spark.sql.ansi.enabled": "true",  # arithmetic that overflows or divides by zero fails
    "spark.sql.session.timeZone": "UTC",
    # Spark 4.3 carries what it knows of a checkpointed frame over to a second use of it under the names of the
    # first, and then takes an outer join of the two for an inner one.
    "spark.sql.constraintPropagation.enabled": "false",
}
SPARK_TYPES = {"varchar": "string", "integer": "int", "bigint": "bigint", "double": "double", "date": "date"}
SPARK_TYPES["boolean"] = "boolean"


class Desk:
    """A session with the views of one judgment; leaving it restores the session's own views and settings."""

    def __init__(self, session: "SparkSession") -> None:
        self.session = session
        self._own: dict[str, DataFrame | None] = {}
        self._settings: dict[str, str | None] = {}
        self._temporary: set[str] = set()

    def __enter__(self) -> Self:
        self._temporary = {row.viewName for row in self.session.sql("show views").collect() if row.isTemporary}
        for key, value in _SETTINGS.items():
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
        """The answer of a query over the views."""
        return self.session.sql(query)

    def rows(self, columns: Mapping[str, str], rows: Sequence[tuple[Any, ...]]) -> "DataFrame":
        """A small frame of these rows; `columns` are names with their types as tables.sql writes them."""
        cast = ", ".join(f"cast(`{name}` as {SPARK_TYPES[kind]}) as `{name}`" for name, kind in columns.items())
        if not rows:
            nothing = ", ".join(f"cast(null as {SPARK_TYPES[kind]}) as `{name}`" for name, kind in columns.items())
            return self.sql(f"select {nothing} limit 0")
        values = ", ".join(f"({', '.join(map(_literal, row))})" for row in rows)
        names = ", ".join(f"`{name}`" for name in columns)
        return self.sql(f"select {cast} from values {values} as given({names})")


def kept(frame: "DataFrame") -> "DataFrame":
    """The frame with its rows worked out, so that those who read it do not work them out again."""
    return _with_own_columns(frame).localCheckpoint(eager=True)


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
