"""Which rows a query cannot do without: where one of them is missing it answers nothing, and need not be run."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlglot import exp

from isocenter.rulebook.conditions import always_answers, required_sources
from isocenter.rulebook.query_parts import Needed
from isocenter.rulebook.syntax import parse


def needed_by_tree(query: str) -> tuple[tuple[Needed, ...], ...]:
    """What a query needs to answer any row, each as alternatives of which one has to be there.

    Only what is certain: what it reads or joins inwardly, and equalities with texts in a where, a join or exists; of
    `or` and `union` what one branch or another needs. Relations that the query itself makes on the way are followed.
    """
    return tuple(dict.fromkeys(_of_query(parse(query), {})))


def _of_query(query: exp.Expr, steps: Mapping[str, Any]) -> list[tuple[Needed, ...]]:
    if isinstance(query, exp.Query):
        for step in query.ctes:
            steps = {**steps, step.alias: (step.this, steps)}
    if isinstance(query, exp.Subquery):
        return _of_query(query.this, steps)
    if isinstance(query, exp.Union):
        return _of_either([_of_query(side, steps) for side in (query.left, query.right)])
    if not isinstance(query, exp.Select) or always_answers(query):
        return []
    found: list[tuple[Needed, ...]] = []
    sources = list(required_sources(query))
    names: dict[str, str] = {}
    for source, _ in sources:
        if not isinstance(source, exp.Table):
            found += _of_query(source, steps)
        elif source.name in steps:
            found += _of_query(*steps[source.name])
        else:
            found.append((Needed(source.name),))
            names[source.alias_or_name] = source.name
    where = query.args.get("where")
    for predicate in (*(on for _, on in sources), where.this if where else None):
        found += _of_predicate(predicate, names, steps)
    return found


def _of_predicate(
    predicate: exp.Expr | None, names: Mapping[str, str], steps: Mapping[str, Any]
) -> list[tuple[Needed, ...]]:
    match predicate:
        case exp.And():
            return [*_of_predicate(predicate.left, names, steps), *_of_predicate(predicate.right, names, steps)]
        case exp.Or():
            return _of_either([_of_predicate(side, names, steps) for side in (predicate.left, predicate.right)])
        case exp.Paren():
            return _of_predicate(predicate.this, names, steps)
        case exp.Exists():
            return _of_query(predicate.this, steps)
        case exp.EQ():
            return _of_values(predicate.left, [predicate.right], names)
        case exp.In() if predicate.args.get("query"):
            return _of_query(predicate.args["query"], steps)
        case exp.In():
            return _of_values(predicate.this, predicate.expressions, names)
    return []


def _of_values(column: exp.Expr, values: Sequence[exp.Expr], names: Mapping[str, str]) -> list[tuple[Needed, ...]]:
    if not isinstance(column, exp.Column) or column.table not in names:
        return []
    if not all(isinstance(value, exp.Literal) and value.is_string for value in values):
        return []
    return [(Needed(names[column.table], column.name, frozenset(str(value.this) for value in values)),)]


def _of_either(branches: Sequence[Sequence[tuple[Needed, ...]]]) -> list[tuple[Needed, ...]]:
    """What one of the branches needs: of each the narrowest demand; nothing where a branch needs nothing."""
    if not all(branches):
        return []
    narrowest = [max(branch, key=lambda ways: (bool(ways[0].column), -len(ways))) for branch in branches]
    return [tuple(dict.fromkeys(way for ways in narrowest for way in ways))]
