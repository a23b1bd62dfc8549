"""Which texts a query reads in the columns of each relation: rows with other texts there change no answer of it."""

from collections.abc import Iterator, Mapping

from sqlglot import exp

from isocenter.rulebook.query_parts import TextsRead
from isocenter.rulebook.syntax import parse

_KEEP_ALL_ROWS = ("RIGHT", "FULL")  # joins that keep rows for which no condition holds
_Texts = tuple[frozenset[str], frozenset[str]]  # texts, and relations whose texts in the same column are meant
_Confined = dict[str, _Texts]  # by column
_Steps = Mapping[str, exp.Expr]


def texts_read_by_tree(query: str) -> tuple[TextsRead, ...]:
    """The texts that a query reads in columns of relations that each place that reads the relation confines.

    Certain are equalities with texts, or with the column of that name in another relation, in the `where` of the
    select that reads the relation and in the conditions of its inner joins.
    """
    found: dict[str, _Confined] = {}
    for relation, confined in _places(parse(query), {}):
        found[relation] = _either(found[relation], confined) if relation in found else confined
    return tuple(
        TextsRead(relation, column, *texts)
        for relation, confined in sorted(found.items())
        for column, texts in sorted(confined.items())
    )


def _places(node: exp.Expr, steps: _Steps) -> Iterator[tuple[str, _Confined]]:
    """Each place where a relation is read, with what its rows are confined to there."""
    if isinstance(node, exp.Table) and node.name and node.name not in steps:
        yield node.name, _confined(node, steps)
    if isinstance(node, exp.Query):
        for step in node.ctes:
            yield from _places(step.this, steps)
            steps = {**steps, step.alias: step.this}
    for name, inner in node.args.items():
        if name in ("with", "with_"):
            continue
        for child in inner if isinstance(inner, list) else (inner,):
            if isinstance(child, exp.Expr):
                yield from _places(child, steps)


def _confined(table: exp.Table, steps: _Steps) -> _Confined:
    select = table.find_ancestor(exp.Select)
    if select is None:
        return {}
    joins: list[exp.Join] = select.args.get("joins") or []
    conditions = [where.this] if (where := select.args.get("where")) else []
    if not any(join.side in _KEEP_ALL_ROWS for join in joins):
        inner = [join for join in joins if not join.side and join.kind in ("", "INNER", "SEMI")]
        own = [table.parent] if isinstance(table.parent, exp.Join) else []
        conditions += [on for join in (*inner, *own) if (on := join.args.get("on"))]
    names = {other.alias_or_name: other.name for other in _tables_of(select)}
    found: _Confined = {}
    for condition in conditions:
        found = {**_of_condition(condition, table.alias_or_name, names, steps), **found}
    return found


def _tables_of(select: exp.Select) -> Iterator[exp.Table]:
    """The relations and steps that a select itself reads, by from and join."""
    for source in (select.args.get("from") or select.args.get("from_"), *select.args.get("joins", ())):
        if source is not None and isinstance(source.this, exp.Table):
            yield source.this


def _of_condition(condition: exp.Expr, alias: str, names: Mapping[str, str], steps: _Steps) -> _Confined:
    match condition:
        case exp.Paren():
            return _of_condition(condition.this, alias, names, steps)
        case exp.And():
            one = _of_condition(condition.left, alias, names, steps)
            return {**_of_condition(condition.right, alias, names, steps), **one}
        case exp.Or():
            one = _of_condition(condition.left, alias, names, steps)
            return _either(one, _of_condition(condition.right, alias, names, steps))
        case exp.In() if _is_of(condition.this, alias) and condition.expressions:
            if all(_is_text(text) for text in condition.expressions):
                return {condition.this.name: (frozenset(text.name for text in condition.expressions), frozenset())}
        case exp.EQ():
            for side, other in ((condition.left, condition.right), (condition.right, condition.left)):
                if _is_of(side, alias) and _is_text(other):
                    return {side.name: (frozenset({other.name}), frozenset())}
                if _is_of(side, alias) and (relation := _relation_with(side.name, other, alias, names, steps)):
                    return {side.name: (frozenset(), frozenset({relation}))}
    return {}


def _relation_with(column: str, other: exp.Expr, alias: str, names: Mapping[str, str], steps: _Steps) -> str:
    """The relation whose column of the same name is meant, '' where there is none; a step may pass the column on."""
    if not isinstance(other, exp.Column) or other.name != column or other.table == alias:
        return ""
    name = names.get(other.table, "")
    step = steps.get(name)
    if step is None:
        return name
    if not isinstance(step, exp.Select):
        return ""
    within = {table.alias_or_name: table.name for table in _tables_of(step)}
    passed = next((one for one in step.expressions if isinstance(one, exp.Column) and one.name == column), None)
    found = within.get(passed.table, "") if passed is not None else ""
    return "" if found in steps else found


def _is_of(node: exp.Expr, alias: str) -> bool:
    return isinstance(node, exp.Column) and node.table == alias


def _is_text(node: exp.Expr) -> bool:
    return isinstance(node, exp.Literal) and bool(node.is_string)


def _either(one: _Confined, other: _Confined) -> _Confined:
    """What rows are confined to by one or the other."""
    return {
        column: (one[column][0] | other[column][0], one[column][1] | other[column][1]) for column in one.keys() & other
    }
