"""From the syntax tree of a query to its plan: names become places in rows, conditions go to the join they belong to.

A plan is lists, texts and numbers, so that it can be kept as JSON. Rows of a selection are those of the selection
around it (where it is correlated), then its sources one after another, then what its own subqueries answer; after
grouping, keys and aggregates take the place of the sources. What is not planned raises NotPlanned.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp

from isocenter.engines.rows.constructs import refuse_what_is_not_planned
from isocenter.engines.rows.kinds import BOOL, INT, NULL, Columns, Expression, NotPlanned, in_common
from isocenter.engines.rows.translating import (
    Translator,
    cast_to,
    columns_in,
    conjuncts,
    shifted,
    subqueries,
    walk,
)

Plan = dict[str, Any]
_MOST_WITHIN = 6  # subqueries one within another; each is planned up to twice for every time that the one around it is


@dataclass(slots=True)
class _Planner:
    """Plans one query; `steps` are all selections that are made once, whoever reads them."""

    tables: Mapping[str, Columns]
    steps: list[Any] = field(default_factory=list)
    read: set[str] = field(default_factory=set)
    subqueries_around: int = 0

    def query(self, tree: exp.Expr, names: Mapping[str, tuple[int, Columns]], around: "_Scope") -> tuple[Any, Columns]:
        """The plan of a selection or union, and its columns; `names` are the steps that it may read."""
        if isinstance(tree, exp.Subquery):
            return self.query(tree.this, names, around)
        if not isinstance(tree, exp.Select | exp.Union):
            raise NotPlanned(tree.key)
        for step in tree.ctes:
            names = {**names, step.alias: self.step(step.this, names)}
        if isinstance(tree, exp.Union):
            return self._union(tree, names, around)
        return _Selection(self, tree, names, around).planned()

    def step(self, tree: exp.Expr, names: Mapping[str, tuple[int, Columns]]) -> tuple[int, Columns]:
        """Plan what is made once and depends on no row around it."""
        plan, columns = self.query(tree, names, _Scope())
        self.steps.append(plan)
        return len(self.steps) - 1, columns

    def _union(
        self, tree: exp.Union, names: Mapping[str, tuple[int, Columns]], around: "_Scope"
    ) -> tuple[Any, Columns]:
        sides = [self.query(side, names, around) for side in (tree.left, tree.right)]
        (_, left), (_, right) = sides
        if len(left) != len(right):
            raise NotPlanned("a union of different columns")
        columns = tuple((name, in_common(kind, other)) for (name, kind), (_, other) in zip(left, right, strict=True))
        branches = [[plan, _brought_to(columns, own)] for plan, own in sides]
        return {"union": branches, "distinct": bool(tree.args.get("distinct"))}, columns


@dataclass(slots=True)
class _Scope:
    """The names that an expression may use: each source with the place of its first column."""

    sources: list[tuple[str, int, Columns]] = field(default_factory=list)
    width: int = 0
    around: "_Scope | None" = None
    is_read: bool = False  # by what lies within

    def find(self, table: str, name: str) -> tuple[int, str]:
        """The place and kind of a column."""
        found = [
            (first + place, kind)
            for alias, first, columns in self.sources
            if table in ("", alias)
            for place, (column, kind) in enumerate(columns)
            if column == name
        ]
        if len(found) == 1:
            return found[0]
        if found or self.around is None:
            raise NotPlanned(f"the column {table}.{name}")
        return self.around.find_from_within(table, name)

    def find_from_within(self, table: str, name: str) -> tuple[int, str]:
        """The place and kind of a column that a correlated subquery reads."""
        found = self.find(table, name)
        self.is_read = True
        return found

    def add(self, alias: str, columns: Columns) -> int:
        """Put a source behind the others; returns the place of its first column."""
        first = self.width
        self.sources.append((alias, first, columns))
        self.width += len(columns)
        return first


class _Selection:
    """Plans one selection."""

    def __init__(
        self, planner: _Planner, tree: exp.Select, names: Mapping[str, tuple[int, Columns]], around: _Scope
    ) -> None:
        self.planner, self.tree, self.names = planner, tree, names
        self.scope = _Scope(width=around.width, around=around if around.width else None)
        self.outer = around.width
        self.ungrouped: list[tuple[str, int, Columns]] = []

    def planned(self) -> tuple[Plan, Columns]:
        """The plan and the columns of the answer."""
        sources, later = self._sources()
        group = self._group_expressions()
        aggregates = list(dict.fromkeys(self._aggregates()))
        gathers = bool(group or aggregates)
        first_stage = [*later, *group, *aggregates] if gathers else [*later, *self._answers(), *self._windows()]
        translate = Translator(self.scope.find)
        marks = self._marks(first_stage, translate)
        conditions = [translate.condition(conjunct) for conjunct in later]
        plan: Plan = {"outer": self.outer, "sources": sources, "marks": marks, "where": _all_of(conditions)}
        if gathers:
            translate = self._gathered(plan, translate, group, aggregates)
        plan["windows"] = self._planned_windows(translate)
        answers, columns = self._projected(translate)
        plan["answers"] = answers
        plan["distinct"] = self.tree.args.get("distinct") is not None
        return plan, columns

    def _sources(self) -> tuple[list[Plan], list[exp.Expr]]:
        """What is read, each with the conditions of its join; and the conditions that hold of joined rows only."""
        begins = self.tree.args.get("from") or self.tree.args.get("from_")
        joins = self.tree.args.get("joins") or []
        read = [(begins.this, "inner", None)] if begins is not None else []
        read += [(join.this, _kind_of(join), join.args.get("on")) for join in joins]
        where = self.tree.args.get("where")
        planned: list[Plan] = []
        bounds: list[tuple[int, int, bool]] = []
        ons: list[list[exp.Expr]] = []
        for source, kind, on in read:
            origin, columns = self._source(source)
            first = self.scope.add(source.alias_or_name, columns)
            planned.append({"from": origin, "width": len(columns), "left": kind == "left"})
            bounds.append((first, self.scope.width, kind == "left"))
            ons.append(conjuncts(on))
        later = []
        for conjunct in conjuncts(where.this if where else None):
            place = self._place(conjunct, bounds)
            if place is None:
                later.append(conjunct)
            else:
                ons[place].append(conjunct)
        translate = Translator(self.scope.find)
        for plan, (first, _, _), on in zip(planned, bounds, ons, strict=True):
            if any(subqueries(conjunct) for conjunct in on):
                raise NotPlanned("a subquery in the condition of a join")
            _split(plan, first, [translate.condition(conjunct) for conjunct in on])
        return planned, later

    def _source(self, source: exp.Expr) -> tuple[list[Any], Columns]:
        if isinstance(source, exp.Values):
            return _values(source)
        if isinstance(source, exp.Subquery):
            step, columns = self.planner.step(source.this, self.names)
            return ["step", step], columns
        if not isinstance(source, exp.Table):
            raise NotPlanned(source.key)
        if source.name in self.names:
            step, columns = self.names[source.name]
            return ["step", step], columns
        if source.name not in self.planner.tables:
            raise NotPlanned(f"the table {source.name}")
        self.planner.read.add(source.name)
        return ["table", source.name], self.planner.tables[source.name]

    def _place(self, conjunct: exp.Expr, bounds: Sequence[tuple[int, int, bool]]) -> int | None:
        """The source at whose join a condition on rows can be asked already."""
        if subqueries(conjunct):
            return None
        places = columns_in(Translator(self.scope.find).condition(conjunct))
        last = max(places, default=-1)
        for place, (first, end, is_left) in enumerate(bounds):
            if first <= last < end:
                return None if is_left else place
        return 0 if bounds and last >= 0 else None  # of the rows around alone

    def _group_expressions(self) -> list[exp.Expr]:
        group = self.tree.args.get("group")
        if group is None:
            return []
        named = {projection.alias: projection.unalias() for projection in self.tree.expressions if projection.alias}
        found = []
        for expression in group.expressions:
            if isinstance(expression, exp.Literal):
                raise NotPlanned("group by a number")
            is_alias = isinstance(expression, exp.Column) and not expression.table and expression.name in named
            found.append(named[expression.name] if is_alias else expression)
        return found

    def _answers(self) -> list[exp.Expr]:
        having = self.tree.args.get("having")
        return [*self.tree.expressions, *([having.this] if having else [])]

    def _aggregates(self) -> list[exp.Expr]:
        """The aggregates of the answer that are not taken over windows."""
        return [
            node
            for answer in self._answers()
            for node in walk(answer)
            if isinstance(node, exp.AggFunc) and not isinstance(node.parent, exp.Window)
        ]

    def _windows(self) -> list[exp.Expr]:
        return list(
            dict.fromkeys(node for answer in self._answers() for node in walk(answer) if isinstance(node, exp.Window))
        )

    def _marks(self, expressions: Sequence[exp.Expr], translate: Translator) -> list[Any]:
        """Plan the subqueries of a stage, each as one more value of a row."""
        marks: list[Any] = []
        for node in dict.fromkeys(node for expression in expressions for node in subqueries(expression)):
            query = node.args["query"] if isinstance(node, exp.In) else node.this
            kind = "in" if isinstance(node, exp.In) else "exists" if isinstance(node, exp.Exists) else "value"
            made_so_far = len(self.planner.steps)
            scope = _Scope(self.scope.sources, self.scope.width, self.scope.around)
            self.planner.subqueries_around += 1
            if self.planner.subqueries_around > _MOST_WITHIN:
                raise NotPlanned(f"more than {_MOST_WITHIN} subqueries, one within another")
            plan, columns = self.planner.query(query, self.names, scope)
            if scope.is_read:
                marks.append([kind, "each", plan])
            else:
                del self.planner.steps[made_so_far:]
                step, columns = self.planner.step(query, self.names)
                marks.append([kind, "once", step])
            self.planner.subqueries_around -= 1
            answer_kind = BOOL if kind == "exists" else columns[0][1]
            translate.replaced[node] = (self.scope.width + len(marks) - 1, answer_kind)
        return marks

    def _gathered(
        self, plan: Plan, translate: Translator, group: Sequence[exp.Expr], aggregates: Sequence[exp.Expr]
    ) -> Translator:
        """Plan the groups; returns what translates expressions over them."""
        self.ungrouped = self.scope.sources
        after = Translator(self._around_a_group)
        keys: list[Expression] = []
        for expression in group:
            key, kind = translate.expression(expression)
            after.replaced[expression] = (self.outer + len(keys), kind)
            keys.append(key)
        gathered: list[Expression] = []
        for aggregate in aggregates:
            planned, kind = translate.aggregate(aggregate)
            after.replaced[aggregate] = (self.outer + len(keys) + len(gathered), kind)
            gathered.append(planned)
        self.scope = _Scope([], self.outer + len(keys) + len(gathered), self.scope.around)
        having = self.tree.args.get("having")
        rest = [node for answer in self._answers() for node in subqueries(answer)]
        marks = self._marks([node for node in rest if node not in translate.replaced], after)
        plan["group"] = {
            "keys": keys,
            "aggregates": gathered,
            "is_one": not group,
            "marks": marks,
            "having": after.condition(having.this) if having else None,
        }
        return after

    def _around_a_group(self, table: str, name: str) -> tuple[int, str]:
        if self.scope.around is None or any(table in ("", alias) for alias, _, _ in self.ungrouped):
            raise NotPlanned(f"the column {table}.{name}, by which nothing is grouped")
        return self.scope.around.find_from_within(table, name)

    def _planned_windows(self, translate: Translator) -> list[Any]:
        marks = sum(place >= self.scope.width for place, _ in translate.replaced.values())
        width = self.scope.width + marks
        planned: list[Expression] = []
        for node in self._windows():
            window, kind = translate.window(node)
            translate.replaced[node] = (width + len(planned), kind)
            planned.append(window)
        return planned

    def _projected(self, translate: Translator) -> tuple[list[Expression], Columns]:
        answers: list[Expression] = []
        columns: list[tuple[str, str]] = []
        for projection in self.tree.expressions:
            for name, (expression, kind) in self._of_projection(projection, translate):
                answers.append(expression)
                columns.append((name, kind))
        return answers, tuple(columns)

    def _of_projection(self, projection: exp.Expr, translate: Translator) -> list[tuple[str, tuple[Expression, str]]]:
        if isinstance(projection, exp.Star) or (
            isinstance(projection, exp.Column) and isinstance(projection.this, exp.Star)
        ):
            table = projection.table if isinstance(projection, exp.Column) else ""
            return [
                (name, (["column", first + place], kind))
                for alias, first, columns in self.scope.sources
                if table in ("", alias)
                for place, (name, kind) in enumerate(columns)
            ]
        return [(projection.alias_or_name, translate.expression(projection.unalias()))]


def plan_query(tree: exp.Expr, tables: Mapping[str, Columns]) -> tuple[Plan, Columns, frozenset[str]]:
    """The plan of a query over tables of these columns, the columns of its answer, and the tables it reads.

    NotPlanned says what it holds that is not planned here.
    """
    refuse_what_is_not_planned(tree)
    planner = _Planner(tables)
    body, columns = planner.query(tree, {}, _Scope())
    return {"steps": planner.steps, "body": body}, columns, frozenset(planner.read)


def _kind_of(join: exp.Join) -> str:
    if (join.side, join.kind) not in _JOINS:
        raise NotPlanned(f"a join {join.side} {join.kind}")
    return "left" if join.side else "inner"


_JOINS = (("", ""), ("", "INNER"), ("", "CROSS"), ("LEFT", ""), ("LEFT", "OUTER"))


def _values(source: exp.Values) -> tuple[list[Any], Columns]:
    rows = []
    for entry in source.expressions:
        values = [value.this for value in entry.expressions]
        if not all(isinstance(v, exp.Literal) and not v.is_string and v.this.isdigit() for v in entry.expressions):
            raise NotPlanned("values that are not whole numbers")
        rows.append([int(value) for value in values])
    names = [column.name for column in source.args["alias"].columns]
    if not rows or len(names) != len(rows[0]):
        raise NotPlanned("values without names")
    return ["values", rows], tuple((name, INT) for name in names)


def _split(plan: Plan, first: int, conditions: Sequence[Expression]) -> None:
    """Sort the conditions of a join: of the source alone, equal keys of both sides, and the rest."""
    own, keys, rest = [], [], []
    for condition in conditions:
        places = columns_in(condition)
        if places and min(places) >= first:
            own.append(shifted(condition, -first))
            continue
        sides = _sides(condition, first) if condition[0] == "=" else None
        if sides:
            keys.append([sides[0], shifted(sides[1], -first)])
        else:
            rest.append(condition)
    plan.update(where=_all_of(own), keys=keys, on=_all_of(rest))


def _sides(condition: Expression, first: int) -> tuple[Expression, Expression] | None:
    """The two sides of an equality, that of the rows so far before that of the source."""
    one, other = condition[1], condition[2]
    places, others = columns_in(one), columns_in(other)
    if not places or not others:
        return None
    if max(places) < first <= min(others):
        return one, other
    if max(others) < first <= min(places):
        return other, one
    return None


def _all_of(conditions: Sequence[Expression]) -> Expression | None:
    if not conditions:
        return None
    return conditions[0] if len(conditions) == 1 else ["and", *conditions]


def _brought_to(columns: Columns, own: Columns) -> list[Expression] | None:
    """What casts a row to the columns of a union; None where nothing has to be."""
    if all(kind in (wanted, NULL) for (_, wanted), (_, kind) in zip(columns, own, strict=True)):
        return None
    pairs = enumerate(zip(columns, own, strict=True))
    return [cast_to(wanted, ["column", place], kind) for place, ((_, wanted), (_, kind)) in pairs]
