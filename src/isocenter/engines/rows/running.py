"""Runs planned queries over the rows of one case: joins by equal keys, groups, windows and subqueries."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from isocenter.engines.rows.expressions import Of, of_row
from isocenter.engines.rows.kinds import NotComputed, Row

Rows = list[Row]
# What one query may hold and make. Those of the policies here reach 4 pairs and 250 cells for each row that they read.
MOST_PAIRS = 20_000_000  # of rows held against each other: some seconds
MOST_CELLS = 50_000_000  # of the rows made: 400 MB
_PAIRS_OF_A_ROW = 100
_CELLS_OF_A_ROW = 500
_UNCOUNTED_PAIRS = 10_000


class Fixed(Rows):
    """Rows of a table that no run changes, with what queries made of them: those that they read, and by which key."""

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        super().__init__(rows)
        self.kept: dict[Any, Any] = {}


class Query:
    """A planned query, made into functions once; several threads may run it."""

    def __init__(self, plan: Mapping[str, Any]) -> None:
        """`plan` is what `planning.plan_query` made."""
        self._steps = [_Step(step) for step in plan["steps"]]
        self._body = _made(plan["body"])

    def run(self, tables: Mapping[str, Rows]) -> Rows:
        """The rows that it answers over tables, in no order.

        NotComputed where a value is not certain, and where more rows are joined than are held in Python.
        """
        try:
            return self._body.rows(_Run(tables, self._steps), ())
        except RecursionError:
            raise NotComputed("its steps lead through too many others to be held in Python") from None


class _Run:
    """One run of a query: its tables, and what was made on the way."""

    def __init__(self, tables: Mapping[str, Rows], steps: "Sequence[_Step]") -> None:
        self.tables = tables
        self._steps = steps
        self._made: dict[int, Rows] = {}
        self.kept: dict[int, Any] = {}  # of each source its rows or index, of each subquery its answer
        self._pairs = 0
        self._cells = 0

    def count(self, pairs: int, made: int, width: int) -> None:
        """Count pairs of rows held against each other, and rows made of them; NotComputed where they are too many."""
        self._pairs += pairs
        self._cells += made * width
        if self._pairs > MOST_PAIRS or self._cells > MOST_CELLS:
            rows = max(map(len, self.tables.values()), default=0)
            if self._pairs > MOST_PAIRS + _PAIRS_OF_A_ROW * rows or self._cells > MOST_CELLS + _CELLS_OF_A_ROW * rows:
                raise NotComputed("more rows are joined than are held in Python")

    def step(self, number: int) -> Rows:
        """The rows of a step, made when they are first read."""
        if number not in self._made:
            self._made[number] = self._steps[number].rows(self)
        return self._made[number]


class _Step:
    """A part of a query that has a name; what comes of tables that no run changes is kept with the first of them."""

    def __init__(self, plan: Mapping[str, Any]) -> None:
        self._query = _made(plan)
        self._reads = sorted(_relations_in(plan, "table"))
        self._stands_alone = bool(self._reads) and not _relations_in(plan, "step")

    def rows(self, run: _Run) -> Rows:
        """Its rows over the tables of a run."""
        tables = [run.tables[name] for name in self._reads] if self._stands_alone else []
        first = tables[0] if tables else None
        if not isinstance(first, Fixed) or not all(isinstance(table, Fixed) for table in tables):
            return self._query.rows(run, ())
        others, found = first.kept.get(self, ((), None))
        if found is None or any(one is not other for one, other in zip(others, tables, strict=True)):
            found = Fixed(self._query.rows(run, ()))
            first.kept[self] = (tables, found)
        kept: Rows = found
        return kept


def _relations_in(plan: Any, kind: str) -> set[Any]:
    """The tables, or the steps, that a part of a plan reads."""
    found: set[Any] = set()
    waiting = [plan]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Mapping):
            if isinstance(one.get("from"), Sequence) and one["from"][0] == kind:
                found.add(one["from"][1])
            waiting += one.values()
        elif isinstance(one, list | tuple):
            waiting += one
    return found


def _made(plan: Any) -> "_Selection | _Union":
    return _Union(plan) if "union" in plan else _Selection(plan)


class _Union:
    def __init__(self, plan: Mapping[str, Any]) -> None:
        self._branches = [(_made(branch), _tuple_of(casts) if casts else None) for branch, casts in plan["union"]]
        self._is_distinct = plan["distinct"]

    def rows(self, run: _Run, outer: Row) -> Rows:
        found: Rows = []
        for branch, cast in self._branches:
            rows = branch.rows(run, outer)
            run.count(0, len(rows), len(rows[0]) if rows else 0)
            found += [cast(row) for row in rows] if cast else rows
        return list(dict.fromkeys(found)) if self._is_distinct else found


class _Selection:
    def __init__(self, plan: Mapping[str, Any]) -> None:
        self._sources = [_Source(source) for source in plan["sources"]]
        self._marks = [_Mark(mark) for mark in plan["marks"]]
        self._where = of_row(plan["where"]) if plan["where"] else None
        self._group = _Group(plan["group"], plan["outer"]) if "group" in plan else None
        self._windows = [_Window(window) for window in plan["windows"]]
        self._answer = _tuple_of(plan["answers"])
        self._is_distinct = plan["distinct"]

    def rows(self, run: _Run, outer: Row) -> Rows:
        rows = [outer]
        for source in self._sources:
            rows = source.join(rows, run)
            if not rows:
                break
        if rows and self._marks:
            rows = _marked(rows, self._marks, run)
        if self._where is not None:
            where = self._where
            rows = [row for row in rows if where(row)]
        if self._group is not None:
            rows = self._group.gather(rows, run, outer)
        if not rows:
            return []
        if self._windows:
            values = [window.values(rows) for window in self._windows]
            rows = [row + more for row, more in zip(rows, zip(*values, strict=True), strict=True)]
        answers = map(self._answer, rows)
        return list(dict.fromkeys(answers)) if self._is_distinct else list(answers)


class _Source:
    """One relation that a selection reads, and how its rows are joined to those before it."""

    def __init__(self, plan: Mapping[str, Any]) -> None:
        self._kind, self._from = plan["from"]
        if self._kind == "values":
            self._from = [tuple(row) for row in self._from]
        self._nothing: Row | None = (None,) * plan["width"] if plan["left"] else None
        self._where = of_row(plan["where"]) if plan["where"] else None
        self._on = of_row(plan["on"]) if plan["on"] else None
        self._left_key = _key_of([left for left, _ in plan["keys"]])
        self._right_key = _key_of([right for _, right in plan["keys"]])

    def join(self, rows: Rows, run: _Run) -> Rows:
        """Each row with each row of the source that belongs to it."""
        if self._left_key is None or self._right_key is None:
            own = self._rows(run)
            if len(rows) == 1 and not rows[0] and self._on is None and self._nothing is None:
                return own
            return self._join_all(rows, own, run)
        index = self._index(run, self._right_key)
        if not index and self._nothing is None:
            return []
        key_of = self._left_key
        return self._join_each(((row, index.get(key_of(row), ())) for row in rows), run)

    def _join_all(self, rows: Rows, own: Rows, run: _Run) -> Rows:
        on = self._on
        if self._nothing is not None or len(rows) * len(own) > _UNCOUNTED_PAIRS:
            return self._join_each(((row, own) for row in rows), run)
        pairs = (row + other for row in rows for other in own)
        joined = list(pairs) if on is None else [pair for pair in pairs if on(pair)]
        run.count(len(rows) * len(own), len(joined), len(joined[0]) if joined else 0)
        return joined

    def _join_each(self, joining: Iterable[tuple[Row, Sequence[Row]]], run: _Run) -> Rows:
        on, nothing = self._on, self._nothing
        joined: Rows = []
        pairs, counted = 0, 0
        for row, others in joining:
            found = [row + other for other in others]
            pairs += len(found)
            if on is not None and found:
                found = [pair for pair in found if on(pair)]
            if found:
                joined += found
            elif nothing is not None:
                joined.append(row + nothing)
            if pairs > _UNCOUNTED_PAIRS:
                run.count(pairs, len(joined) - counted, len(joined[0]) if joined else 0)
                pairs, counted = 0, len(joined)
        run.count(pairs, len(joined) - counted, len(joined[0]) if joined else 0)
        return joined

    def _rows(self, run: _Run) -> Rows:
        kept = self._kept(run)
        if self not in kept:
            match self._kind:
                case "table":
                    rows = run.tables[self._from]
                case "step":
                    rows = run.step(self._from)
                case _:
                    rows = self._from
            where = self._where
            kept[self] = rows if where is None else [row for row in rows if where(row)]
        found: Rows = kept[self]
        return found

    def _index(self, run: _Run, key_of: Of) -> dict[Any, Rows]:
        """The rows by their key; a row of which a part of the key is unknown is equal to none."""
        kept, name = self._kept(run), (self, "index")
        if name not in kept:
            index: dict[Any, Rows] = {}
            for row in self._rows(run):
                key = key_of(row)
                if key is not None:
                    index.setdefault(key, []).append(row)
            kept[name] = index
        found: dict[Any, Rows] = kept[name]
        return found

    def _kept(self, run: _Run) -> dict[Any, Any]:
        """Where what is made of the rows is kept: with a table that stays as it is, else for one run."""
        rows = run.tables[self._from] if self._kind == "table" else None
        if self._kind == "step":
            rows = run.step(self._from)
        return rows.kept if isinstance(rows, Fixed) else run.kept


class _Mark:
    """A subquery as one more value of a row: whether it answers, what it answers, or the set of its answers."""

    def __init__(self, plan: Sequence[Any]) -> None:
        kind, how, what = plan
        self._answer = _ANSWERS[kind]
        self._step = what if how == "once" else None
        self._query = _made(what) if how == "each" else None

    def values(self, rows: Rows, run: _Run) -> list[Any]:
        """What the subquery answers for each row."""
        if self._query is not None:
            return [self._answer(self._query.rows(run, row)) for row in rows]
        return [self._answer(run.step(self._step or 0))] * len(rows)


def _marked(rows: Rows, marks: Sequence[_Mark], run: _Run) -> Rows:
    columns = [mark.values(rows, run) for mark in marks]
    return [row + more for row, more in zip(rows, zip(*columns, strict=True), strict=True)]


def _only_value(rows: Rows) -> Any:
    if len(rows) > 1:
        raise NotComputed("a subquery of one value answers several rows")
    return rows[0][0] if rows else None


_ANSWERS: Mapping[str, Callable[[Rows], Any]] = {
    "exists": bool,
    "value": _only_value,
    "in": lambda rows: {row[0] for row in rows},
}


class _Group:
    """Rows of equal keys gathered into one."""

    def __init__(self, plan: Mapping[str, Any], outer: int) -> None:
        self._key = _tuple_of(plan["keys"])
        self._aggregates = [(_AGGREGATES[name], distinct, of_row(of)) for name, distinct, of in plan["aggregates"]]
        self._is_one = plan["is_one"]
        self._marks = [_Mark(mark) for mark in plan["marks"]]
        self._having = of_row(plan["having"]) if plan["having"] else None
        self._outer = outer

    def gather(self, rows: Rows, run: _Run, outer: Row) -> Rows:
        """One row a group: the row around, keys, aggregates; without keys one in any case."""
        outer = outer[: self._outer]
        groups: dict[Row, Rows] = {(): rows} if self._is_one else {}
        if not self._is_one:
            key_of = self._key
            for row in rows:
                groups.setdefault(key_of(row), []).append(row)
        gathered = [
            outer + key + tuple([_aggregate(*aggregate, some) for aggregate in self._aggregates])
            for key, some in groups.items()
        ]
        if self._marks and gathered:
            gathered = _marked(gathered, self._marks, run)
        having = self._having
        return gathered if having is None else [row for row in gathered if having(row)]


def _aggregate(of_values: Callable[[list[Any]], Any], distinct: bool, of: Of, rows: Rows) -> Any:
    values = [value for row in rows if (value := of(row)) is not None]
    return of_values(list(dict.fromkeys(values)) if distinct else values)


def _sum(values: list[Any]) -> Any:
    if not values:
        return None
    total = values[0]
    for value in values[1:]:
        total += value
    return total


_AGGREGATES: Mapping[str, Callable[[list[Any]], Any]] = {
    "count": len,
    "count_if": sum,
    "sum": _sum,
    "min": lambda values: min(values) if values else None,
    "max": lambda values: max(values) if values else None,
    "avg": lambda values: _sum(values) / len(values) if values else None,
    "all": lambda values: all(values) if values else None,
    "any": lambda values: any(values) if values else None,
}


# What an aggregate makes of a value and of what it made of those before it, which is unknown before the first.
_NEXT: Mapping[str, Callable[[Any, Any], Any]] = {
    "count": lambda so_far, _: so_far + 1,
    "count_if": lambda so_far, value: so_far + value,
    "sum": lambda so_far, value: value if so_far is None else so_far + value,
    "min": lambda so_far, value: value if so_far is None else min(so_far, value),
    "max": lambda so_far, value: value if so_far is None else max(so_far, value),
    "all": lambda so_far, value: bool(value) if so_far is None else so_far and bool(value),
    "any": lambda so_far, value: bool(value) if so_far is None else so_far or bool(value),
}


def _running(name: str, values: Sequence[Any]) -> list[Any]:
    """The aggregate of none of the values, of the first, of the first two, and so on to all of them."""
    if name == "avg":
        sums, counts = _running("sum", values), _running("count", values)
        return [total / count if count else None for total, count in zip(sums, counts, strict=True)]
    following = _NEXT[name]
    found = [_AGGREGATES[name]([])]
    for value in values:
        found.append(found[-1] if value is None else following(found[-1], value))
    return found


class _Window:
    """What is taken over the rows of the same part, in an order, for each row."""

    def __init__(self, plan: Sequence[Any]) -> None:
        (self._name, _, of), parts, ordered, self._frame = plan
        self._of = of_row(of)
        self._part = _tuple_of(parts) if parts else None
        self._ordered = [(of_row(key), is_falling) for key, is_falling in ordered]

    def values(self, rows: Rows) -> list[Any]:
        """The value for each row."""
        parts: dict[Any, list[int]] = {}
        if self._part is None:
            parts[()] = list(range(len(rows)))
        else:
            for place, row in enumerate(rows):
                parts.setdefault(self._part(row), []).append(place)
        values: list[Any] = [None] * len(rows)
        for places in parts.values():
            self._sort(places, rows)
            for place, value in zip(places, self._of_part([rows[place] for place in places]), strict=True):
                values[place] = value
        return values

    def _sort(self, places: list[int], rows: Rows) -> None:
        """Order the places of rows by the keys; what is unknown comes last, rising or falling."""
        for key_of, is_falling in reversed(self._ordered):
            keys = {place: key_of(rows[place]) for place in places}
            known = [place for place in places if keys[place] is not None]
            unknown = [place for place in places if keys[place] is None]
            places[:] = sorted(known, key=keys.__getitem__, reverse=is_falling) + unknown

    def _of_part(self, rows: Rows) -> Iterable[Any]:
        match self._name:
            case "row_number":
                return range(1, len(rows) + 1)
            case "dense_rank":
                return [rank for rank, equals in enumerate(self._equals(rows), 1) for _ in equals]
            case "lag":
                return [None, *map(self._of, rows[:-1])]
            case "lead":
                return [*map(self._of, rows[1:]), None]
        values = [self._of(row) for row in rows]
        if self._frame == "all":
            return [_AGGREGATES[self._name]([value for value in values if value is not None])] * len(rows)
        so_far = _running(self._name, values)
        match self._frame:
            case "to_here":
                return so_far[1:]
            case "before":
                return so_far[:-1]
        found: list[Any] = []
        for equals in self._equals(rows):
            found += [so_far[len(found) + len(equals)]] * len(equals)
        return found

    def _equals(self, rows: Rows) -> list[Rows]:
        """The rows of a part in order, those of equal keys together."""
        groups: dict[Row, Rows] = {}
        for row in rows:
            groups.setdefault(tuple([key_of(row) for key_of, _ in self._ordered]), []).append(row)
        return list(groups.values())


def _tuple_of(planned: Sequence[Any]) -> Callable[[Row], Row]:
    """What makes a row out of a row."""
    if planned and all(expression[0] == "column" for expression in planned):
        places = [expression[1] for expression in planned]
        if len(places) > 1:
            return itemgetter(*places)
        (place,) = places
        return lambda row: (row[place],)
    values = [of_row(expression) for expression in planned]
    return lambda row: tuple([value(row) for value in values])


def _key_of(planned: Sequence[Any]) -> Of | None:
    """What makes the key of a row, None where a part of it is unknown; None where there are no keys."""
    if not planned:
        return None
    if len(planned) == 1:
        return of_row(planned[0])
    values = _tuple_of(planned)

    def key(row: Row) -> Any:
        found = values(row)
        return None if None in found else found

    return key
