"""What must hold of some row for a query to answer at all: values of its columns, and tables that hold something."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from isocenter.rulebook.syntax import parse

_Known = Mapping[str, "str | exp.Query"]  # by name; parsed where it is read, for most definitions are not
COLUMNS = ("line_of_business", "setting", "code_list")


@dataclass(frozen=True, slots=True)
class Condition:
    """Some row must have one of the values in a column; without a column: one of the tables must hold rows."""

    column: str
    values: tuple[str, ...]


def necessary_conditions(query: str, definitions: Mapping[str, str], empty: Collection[str]) -> tuple[Condition, ...]:
    """Conditions without which a query has no rows, through the definitions (name: query) that it reads.

    They are values of `COLUMNS`, and tables that are among the `empty` ones. Only what is certain counts: what
    a where, an inner join, `in` or `exists` asks; of `or` and `union` what every branch asks that may hold.
    """
    return tuple(dict.fromkeys(_of_query(parse(query), definitions, empty)))


def _of_query(query: exp.Expr, known: _Known, empty: Collection[str]) -> list[Condition]:
    known = {**known, **{step.alias: step.this for step in getattr(query, "ctes", ())}}
    if isinstance(query, exp.Subquery):
        return _of_query(query.this, known, empty)
    if isinstance(query, exp.Union):
        return _of_either([_of_query(side, known, empty) for side in (query.left, query.right)])
    if not isinstance(query, exp.Select) or always_answers(query):
        return []
    found: list[Condition] = []
    for source, on in required_sources(query):
        if not isinstance(source, exp.Table):
            found += _of_query(source, known, empty)
        elif source.name in known:
            # A step may have the name of what it reads; within it the name means that.
            outer = {name: made for name, made in known.items() if name != source.name}
            made = known[source.name]
            found += _of_query(parse(made) if isinstance(made, str) else made, outer, empty)
        elif source.name in empty:
            found.append(Condition("", (source.name,)))
        found += _of_predicate(on, known, empty)
    where = query.args.get("where")
    return found + _of_predicate(where.this if where else None, known, empty)


def always_answers(query: exp.Select) -> bool:
    """Whether it answers one row even of nothing: a sum or count without groups."""
    sums = (node for projection in query.expressions for node in projection.find_all(exp.AggFunc))
    return query.args.get("group") is None and any(node.find_ancestor(exp.Window, exp.Select) is query for node in sums)


def required_sources(query: exp.Select) -> Iterator[tuple[exp.Expr, exp.Expr | None]]:
    """What it reads of which it needs rows, each with the condition of its join."""
    joins = query.args.get("joins") or ()
    if any(join.side in ("RIGHT", "FULL") for join in joins):
        return  # rows come of the other side alone
    begins = query.args.get("from") or query.args.get("from_")
    if begins is not None:
        yield begins.this, None
    for join in joins:
        if join.side == "" and join.kind != "ANTI":
            yield join.this, join.args.get("on")


def _of_predicate(predicate: exp.Expr | None, known: _Known, empty: Collection[str]) -> list[Condition]:
    match predicate:
        case exp.And():
            return _of_predicate(predicate.left, known, empty) + _of_predicate(predicate.right, known, empty)
        case exp.Or():
            return _of_either([_of_predicate(side, known, empty) for side in (predicate.left, predicate.right)])
        case exp.Paren() | exp.Exists():
            inner = predicate.this
            return (
                _of_query(inner, known, empty) if isinstance(inner, exp.Query) else _of_predicate(inner, known, empty)
            )
        case exp.EQ():
            return _of_values(predicate.left, [predicate.right])
        case exp.In():
            query = predicate.args.get("query")
            return _of_query(query, known, empty) if query else _of_values(predicate.this, predicate.expressions)
    return []


def _of_values(column: exp.Expr, values: Iterable[exp.Expr]) -> list[Condition]:
    given = list(values)
    is_known_column = isinstance(column, exp.Column) and column.name in COLUMNS
    if is_known_column and all(isinstance(value, exp.Literal) and value.is_string for value in given):
        return [Condition(column.name, tuple(str(value.this) for value in given))]
    return []


def _of_either(branches: Sequence[Sequence[Condition]]) -> list[Condition]:
    """What holds whichever branch does: of each column that all of them name, the values of all."""
    possible = [branch for branch in branches if all(condition.column for condition in branch)] or branches
    shared = set.intersection(*({condition.column for condition in branch} for branch in possible))
    found = []
    for column in sorted(shared):
        ways = [next(condition for condition in branch if condition.column == column) for branch in possible]
        found.append(Condition(column, tuple(dict.fromkeys(value for way in ways for value in way.values))))
    return found
