"""How much work a query makes however few the rows are: by what engines repeat, and by what they write out.

An engine that moves a condition down to the rows, or looks into a view, writes what a step computes in the place of its
name. A chain of steps of which each names the one before it twice is twice as long to plan with every step.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from sqlglot import exp

# Engines work out the value that these compare once a comparison, so that one within another doubles the work.
_MOST_REPEATING = 4
# Ten times what any query of the bundled policies comes to; DuckDB plans such a query in less than half a second.
_MOST_COLUMNS, _MOST_READS = 500, 250
_MOST_STEPS = 120  # each may read the one before it, and who follows them goes down once more with each
_COMPUTED_FIRST = (exp.AggFunc, exp.Window)  # before a condition on it, which cannot be moved further down


class Written(NamedTuple):
    """A query with its steps written out: how often it reads relations, and columns behind each column it answers."""

    reads: int
    columns: Mapping[str, int]

    @property
    def growth(self) -> int:
        """How many times as much a query becomes that reads this one once and has it written out."""
        return max(self.reads, *self.columns.values(), 1)


def too_much_work(tree: exp.Query) -> str:
    """Why a query takes too long to plan or to run however few the rows are; '' where it does not."""
    repeating = _deepest_repeating(tree)
    if repeating > _MOST_REPEATING:
        return (
            f"it nests nullif, between, in or `case x when` {repeating} deep, and each level doubles the work of the"
            f" one within it; expected at most {_MOST_REPEATING}: work out the inner value in a separate step"
        )
    writer = _Writer()
    if writer.write(tree, {}).reads > _MOST_READS:
        return (
            f"its steps read earlier steps so often that relations are read more than {_MOST_READS} times in all; read"
            " an earlier step once, or make a definition of it"
        )
    if writer.most_columns > _MOST_COLUMNS:
        return (
            "its steps name columns of earlier steps so often, or its answers one another, that more than"
            f" {_MOST_COLUMNS} columns are behind one condition or answer; name each once, or make a step a definition"
        )
    steps = sum(1 for _ in tree.find_all(exp.CTE))
    if steps > _MOST_STEPS:
        return f"it has {steps:,} steps; expected at most {_MOST_STEPS}: make definitions of some"
    return ""


def written_out(tree: exp.Query) -> Written:
    """A query with its steps written out."""
    return _Writer().write(tree, {})


class _Writer:
    """Adds up what queries come to; `most_columns` are the most behind a condition or the answer of one select."""

    def __init__(self) -> None:
        self.most_columns = 0

    def write(self, query: exp.Expr, steps: Mapping[str, Written]) -> Written:
        if isinstance(query, exp.Query):
            for step in query.ctes:
                steps = {**steps, step.alias: self.write(step.this, steps)}
        match query:
            case exp.Table():
                return steps.get(query.name, Written(1, {}))
            case exp.Subquery():
                return self.write(query.this, steps)
            case exp.SetOperation():
                left, right = self.write(query.left, steps), self.write(query.right, steps)
                both = zip(left.columns.items(), right.columns.values(), strict=False)
                columns = {name: max(one, other) for (name, one), other in both}
                return Written(left.reads + right.reads, {**left.columns, **columns})
            case exp.Select():
                return self._write_select(query, steps)
        return Written(0, {})

    def _write_select(self, select: exp.Select, steps: Mapping[str, Written]) -> Written:
        sources, conditions = _sources_and_conditions(select)
        read = [(source.alias_or_name, self.write(source, steps)) for source in sources]
        by_name = dict(read)
        columns: dict[str, int] = {}
        of_select: dict[str, int] = {}  # columns behind each answer of this select alone, which it may name itself

        def behind(column: exp.Column) -> int:
            if column.table:
                return by_name[column.table].columns.get(column.name, 1) if column.table in by_name else 1
            known = [columns, *(source.columns for source in by_name.values())]
            return max(one.get(column.name, 1) for one in known)

        for answered in select.expressions:
            named = [one for one in answered.find_all(exp.Column) if not answered.is_star]
            of_select[answered.alias_or_name] = sum(1 if one.table else of_select.get(one.name, 1) for one in named)
            if answered.is_star:
                for source in by_name.values():
                    columns |= source.columns
            elif answered.find(*_COMPUTED_FIRST):
                columns[answered.alias_or_name] = 1
            else:
                columns[answered.alias_or_name] = max(1, sum(map(behind, named)))
        self.most_columns = max(self.most_columns, *of_select.values())
        for condition in conditions:
            self.most_columns = max(self.most_columns, sum(map(behind, condition.find_all(exp.Column))))
        within = [query for part in (*select.expressions, *conditions) for query in _queries_in(part)]
        reads = sum(source.reads for _, source in read) + sum(self.write(query, steps).reads for query in within)
        return Written(reads, columns)


def _sources_and_conditions(select: exp.Select) -> tuple[list[exp.Expr], list[exp.Expr]]:
    """The tables and queries that a select reads by from and join, and the conditions on its rows."""
    sources: list[exp.Expr] = []
    conditions = [select.args[name].this for name in ("where", "having", "qualify") if select.args.get(name)]
    waiting = [select.args.get("from_") or select.args.get("from"), *(select.args.get("joins") or ())]
    while waiting:
        one = waiting.pop()
        if one is None:
            continue
        waiting += one.args.get("joins") or ()
        conditions += [one.args["on"]] if one.args.get("on") else []
        if isinstance(one, (exp.From, exp.Join)) or (isinstance(one, exp.Subquery) and isinstance(one.this, exp.Table)):
            waiting.append(one.this)
        else:
            sources.append(one)
    return sources, conditions


def _queries_in(node: exp.Expr) -> Iterator[exp.Query]:
    """The outermost queries within an expression."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, exp.Query):
            yield one
        else:
            waiting += one.iter_expressions()


def _deepest_repeating(tree: exp.Query) -> int:
    depths: dict[int, int] = {}
    for node in tree.walk():  # each after the one that holds it
        depths[id(node)] = depths.get(id(node.parent), 0) + _repeats(node)
    return max(depths.values())


def _repeats(node: exp.Expr) -> bool:
    match node:
        case exp.Case():
            return node.this is not None
        case exp.In():
            return node.args.get("query") is None
    return isinstance(node, (exp.Nullif, exp.Between))
