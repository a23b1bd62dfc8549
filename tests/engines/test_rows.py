"""Queries planned and run over rows in memory answer what DuckDB answers, value and type, or are left to it."""

from datetime import date
from decimal import Decimal
from itertools import product
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from isocenter.engines.database import connect
from isocenter.engines.rows.kinds import NotComputed, NotPlanned
from isocenter.engines.rows.known import plan_by_tree
from isocenter.engines.rows.running import Fixed

_SQL = {"int": "integer", "float": "double", "text": "varchar", "date": "date", "bool": "boolean"}
_COLUMNS = (("i", "int"), ("j", "int"), ("x", "float"), ("s", "text"), ("t", "text"), ("d", "date"), ("b", "bool"))
_TABLES = {"one": _COLUMNS, "other": _COLUMNS}
_TEXTS = ("", "a", "A%", "26", "77301", "left_lung", "Ärztin", "ß", " 12 ", "1.5", "it's")
_VALUES = {
    "int": st.one_of(st.none(), st.integers(-3, 3), st.sampled_from([1_000_000, -1_000_000])),
    "float": st.one_of(st.none(), st.sampled_from([0.0, 0.5, 1.5, 2.5, -2.5, 69.95, 1e16, 1e-5, 0.1])),
    "text": st.one_of(st.none(), st.sampled_from(_TEXTS)),
    "date": st.one_of(st.none(), st.dates(date(2023, 12, 25), date(2024, 3, 5))),
    "bool": st.one_of(st.none(), st.booleans()),
}
_ROWS = st.lists(st.tuples(*(_VALUES[kind] for _, kind in _COLUMNS)), max_size=5)


@pytest.fixture(scope="module")
def duck() -> duckdb.DuckDBPyConnection:
    connection = connect(threads=1)
    for name, columns in _TABLES.items():
        connection.execute(f"create table {name} ({', '.join(f'{c} {_SQL[kind]}' for c, kind in columns)})")
    return connection


def both(duck: duckdb.DuckDBPyConnection, query: str, rows: dict[str, list[Any]]) -> tuple[list[str], list[str]]:
    """The rows of DuckDB and ours, written out with their types, in an order of their own."""
    for name in _TABLES:
        duck.execute(f"delete from {name}")
        if rows.get(name):
            lists = ", ".join(f"unnest(?::{_SQL[kind]}[])" for _, kind in _COLUMNS)
            duck.execute(f"insert into {name} select {lists}", list(map(list, zip(*rows[name], strict=True))))
    expected = duck.execute(query).fetchall()
    found = plan_by_tree(query, _TABLES).run({name: rows.get(name, []) for name in _TABLES})
    return sorted(map(repr, expected)), sorted(map(repr, found))


def _of(kind: str) -> st.SearchStrategy[str]:
    """Expressions of a kind."""
    return st.deferred(lambda: _EXPRESSIONS[kind])


def _filled(pattern: str, *kinds: str) -> st.SearchStrategy[str]:
    return st.tuples(*map(_of, kinds)).map(lambda parts: pattern.format(*parts))


_EXPRESSIONS: dict[str, st.SearchStrategy[str]] = {
    "int": st.one_of(
        st.sampled_from(["one.i", "one.j", "1", "-2", "0", "null"]),
        _filled("(cast({} as bigint) + {})", "int", "int"),
        _filled("(cast({} as bigint) * 2 - {})", "int", "int"),
        _filled("length({})", "text"),
        _filled("coalesce({}, {})", "int", "int"),
        _filled("case when {} then {} else {} end", "bool", "int", "int"),
        _filled("cast({} as integer)", "bool"),
        _filled("cast(least({}, 1000.5) as integer)", "float"),
        _filled("year({}) + month({})", "date", "date"),
        _filled("greatest({}, {}, 1)", "int", "int"),
        # DuckDB writes the first value of nullif twice, so that nesting there doubles the query each time.
        _filled("nullif(nullif(one.i, 1), {})", "int"),
        _filled("nullif(length(one.s), {})", "int"),
    ),
    "decimal": st.one_of(
        st.sampled_from(["0.5", "1.25", "-2.5"]),
        _filled("(cast({} as smallint) + 0.5)", "small"),
        _filled("floor({} + 0.5)", "decimal"),
        _filled("coalesce({}, 1)", "decimal"),
        _filled("case when {} then 1 else {} end", "bool", "decimal"),
    ),
    "small": st.sampled_from(["1", "2", "-3"]),
    "float": st.one_of(
        st.sampled_from(["one.x", "one.x + 0.5", "null"]),
        _filled("({} * {})", "float", "float"),
        _filled("({} - {})", "float", "int"),
        _filled("({} / {})", "int", "int"),
        _filled("({} / {})", "float", "decimal"),
        _filled("floor({} * 10 + 0.5) / 10", "float"),
        _filled("abs({})", "float"),
        _filled("coalesce({}, {})", "float", "int"),
        _filled("greatest({}, {})", "float", "int"),
        _filled("cast({} as double)", "int"),
    ),
    "text": st.one_of(
        st.sampled_from(["one.s", "one.t", "'a'", "'it''s'", "''", "null"]),
        _filled("concat({}, ' and ', {})", "text", "int"),
        _filled("concat({}, {})", "date", "float"),
        _filled("concat({}, {})", "bool", "decimal"),
        _filled("lower({})", "text"),
        _filled("upper({})", "text"),
        _filled("replace({}, {}, 'x')", "text", "text"),
        _filled("substring({}, 2, 3)", "text"),
        _filled("case {} when 'a' then {} end", "text", "text"),
        _filled("printf('%.1f', floor({} * 10 + 0.5) / 10)", "float"),
        _filled("coalesce({}, {})", "text", "text"),
    ),
    "date": st.one_of(
        st.sampled_from(["one.d", "date '2024-02-29'", "cast('2024-01-31' as date)"]),
        _filled("{} + 3", "date"),
        _filled("{} - 40", "date"),
        _filled("least({}, {})", "date", "date"),
        _filled("cast(date_trunc('week', {}) as date)", "date"),
        _filled("cast(date_trunc('month', {}) as date)", "date"),
    ),
    "bool": st.one_of(
        st.sampled_from(["one.b", "true", "null"]),
        *(_filled(f"{{}} {sign} {{}}", kind, kind) for sign in ("=", "<>", "<", ">=") for kind in ("int", "text")),
        _filled("{} <= {}", "float", "int"),
        _filled("{} > {}", "float", "decimal"),
        _filled("{} < {}", "date", "date"),
        _filled("{} between {} and {}", "date", "date", "date"),
        _filled("({} and {})", "bool", "bool"),
        _filled("({} or {})", "bool", "bool"),
        _filled("not ({})", "bool"),
        _filled("{} is null", "text"),
        _filled("{} is not null", "int"),
        # So it does with what stands before `in`.
        _filled("one.s in ('a', '26') or {}", "bool"),
        _filled("one.i not in (1, 2) and {}", "bool"),
        _filled("{} like 'A%'", "text"),
        _filled("{} not like concat('%', {}, '%')", "text", "text"),
    ),
}


@pytest.mark.parametrize(
    "expression",
    [
        "cast(cast(null as integer) as double)",
        "cast(cast(null as varchar) as date)",
        "cast(cast(null as varchar) as integer)",
        "cast(null as integer) + 0.5e0",
        "printf('%.1f', cast(null as integer))",
        "coalesce(cast(null as varchar), 'a')",
    ],
)
def test_a_cast_of_nothing_is_nothing_of_that_kind(duck: duckdb.DuckDBPyConnection, expression: str) -> None:
    row = (1, 2, 0.5, "a", "b", date(2024, 2, 29), True)
    expected, found = both(duck, f"select {expression} as answer from one", {"one": [row]})
    assert found == expected


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data(), _ROWS, st.sampled_from(["int", "decimal", "float", "text", "date", "bool"]))
def test_an_expression_of_any_kind_is_what_duckdb_makes_of_it(
    duck: duckdb.DuckDBPyConnection, data: st.DataObject, rows: list[Any], kind: str
) -> None:
    query = f"select {data.draw(_of(kind))} as answer, {data.draw(_of('text'))} as said from one"
    try:
        expected, found = both(duck, query, {"one": rows})
    except (NotPlanned, NotComputed, duckdb.Error):
        assume(False)  # DuckDB runs it, or nobody
        return
    assert found == expected, query


_QUERIES = (
    "select one.i, other.s from one inner join other on one.i = other.i",
    "select one.i, other.s, other.x from one left join other on one.i = other.i and other.x > one.x",
    "select one.i, other.s from one left join other on one.i = other.i where other.s is null",
    "select one.i, other.j from one cross join other where one.s = other.s and one.d < other.d",
    "select one.i, other.i as k from one inner join other on one.i < other.i and other.b",
    "select one.s, count(*) as n, count(one.i) as k, count(distinct one.t) as t from one group by one.s",
    "select one.s, sum(one.i) as n, min(one.d) as d, max(one.x) as x, avg(one.i) as a from one group by one.s",
    "select one.s as word, max(one.t) as t from one group by word having count(*) > 1",
    "select count(*) as n, sum(one.x) as x, min(one.s) as s from one where one.b",
    "select sum(case when one.b then 1 else 0 end) / count(*) as share, concat(sum(one.i)) as t from one",
    "select distinct one.s, one.b from one",
    "select one.s from one union select other.t from other",
    "select one.i as n, one.s from one union all select other.x, null from other",
    "select one.* from one where one.i in (select other.j from other)",
    "select one.i from one where one.i not in (select other.j from other where other.b)",
    "select one.i from one where one.s in (select other.s from other where other.i = one.i)",
    "select one.i from one where exists (select 1 from other where other.s = one.s and other.d > one.d)",
    "select one.i from one where not exists (select 1 from other where other.i = one.i) or one.b",
    "select one.i, (select max(other.x) from other) as most from one where one.j <= (select count(*) from other)",
    "select one.i, (select count(*) from other where other.s = one.s) as n from one",
    "select one.i, exists (select 1 from other where other.b) as b from one",
    "with w as (select one.s, one.i from one where one.i > 0), v as (select w.s, sum(w.i) as n from w group by w.s)"
    " select v.s, v.n, w.i from v left join w on v.s = w.s",
    "with one as (select one.i + 1 as i from one) select one.i from one",
    "select o.n from (select other.i as n, other.s from other where other.b) as o where o.s <> ''",
    "select g.n, one.i from one cross join (values (1), (2)) as g (n) where g.n >= one.i",
    "select one.i, row_number() over (partition by one.s order by one.i, one.j desc, one.x, one.t, one.d, one.b) as n"
    " from one",
    "select one.i, sum(one.i) over (partition by one.b order by one.d) as n from one",
    "select one.i, count(*) over (partition by one.s) as n, max(one.d) over () as d from one",
    "select one.d, max(one.d) over (partition by one.b order by one.d, one.i, one.j, one.x, one.s, one.t"
    " rows between unbounded preceding and 1 preceding) as before from one",
    "select one.d, count(one.i) over (partition by one.b order by one.d, one.i, one.j, one.x, one.s, one.t"
    " rows between unbounded preceding and current row) as n from one",
    "select one.i, min(one.j) over (partition by one.b order by one.i) as j, avg(one.j) over (order by one.i) as a,"
    " count(one.j) over (order by one.i) as n from one",
    "select one.s, dense_rank() over (order by one.s desc) as n from one",
    "select one.s, lag(one.d) over (partition by one.b order by one.d, one.i, one.j, one.x, one.s, one.t) as d"
    " from one",
    "select one.s, sum(sum(one.i)) over (order by one.s) as n from one group by one.s",
)


@pytest.mark.parametrize("query", _QUERIES)
@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(one=_ROWS, other=_ROWS)
def test_a_query_answers_the_rows_of_duckdb(
    duck: duckdb.DuckDBPyConnection, query: str, one: list[Any], other: list[Any]
) -> None:
    expected, found = both(duck, query, {"one": one, "other": other})
    assert found == expected


@pytest.mark.parametrize(
    "query",
    [
        "select one.i from one order by one.i",
        "select one.i from one limit 1",
        "select count(*) filter (where one.b) as n from one",
        "select one.s from one where one.s ilike 'a'",
        "select one.i from one right join other on one.i = other.i",
        "select one.i from one inner join other using (i)",
        "select one.i, count(*) as n from one group by all",
        "select * exclude (i) from one",
        "select first_value(one.i) over (order by one.j) as n from one",
        "select sum(one.i) over (order by one.j rows between 1 preceding and 1 following) as n from one",
        "select lag(one.i, 2) over (order by one.j) as n from one",
        "select one.i from one where one.s = 1",
        "select one.i from one where one.s = one.d",
        "select regexp_matches(one.s, 'a') as n from one",
        "select one.s || one.t as n from one",
        "select one.missing from one",
        "select i from one inner join other on one.j = other.j",
        "select one.i from somewhere_else",
        "select * from read_csv('/etc/passwd')",
        "select one.i, one.j from one group by one.i",
        "select distinct on (one.i) one.i from one",
        "insert into one select * from other",
        "select 1 +",
    ],
)
def test_what_is_not_planned_is_refused(query: str) -> None:
    with pytest.raises(NotPlanned):
        plan_by_tree(query, _TABLES)


@pytest.mark.parametrize(
    ("query", "row"),
    [
        ("select one.i % one.j as n from one", (1, 0, None, None, None, None, None)),
        ("select upper(one.s) as n from one", (1, 0, None, "ß", None, None, None)),
        ("select try_cast(one.s as integer) as n from one", (1, 0, None, "1e2", None, None, None)),
        ("select cast(one.s as integer) as n from one", (1, 0, None, "x", None, None, None)),
        ("select cast(one.x as integer) as n from one", (1, 0, float("inf"), "x", None, None, None)),
        ("select cast(one.x as integer) as n from one", (1, 0, 3e9, "x", None, None, None)),
        ("select one.i + one.j as n from one", (2_147_483_647, 1, None, None, None, None, None)),
        ("select one.i - one.j as n from one", (-2_147_483_647, 1, None, None, None, None, None)),
        ("select one.i * one.j as n from one", (65_536, 32_768, None, None, None, None, None)),
        ("select one.i + 9223372036854775807 as n from one", (1, 0, None, None, None, None, None)),
        ("select one.x * one.x as n from one", (1, 0, 1e200, None, None, None, None)),
    ],
)
def test_a_value_that_is_not_certain_is_left_to_duckdb(query: str, row: tuple[Any, ...]) -> None:
    with pytest.raises(NotComputed):
        plan_by_tree(query, _TABLES).run({"one": [row], "other": []})


@pytest.mark.parametrize("text", ["12", " 12 ", "+5", "-5", "", "x", "arc 1", "Field 12", "-"])
def test_a_text_is_tried_as_a_whole_number_as_duckdb_does(duck: duckdb.DuckDBPyConnection, text: str) -> None:
    row = (1, 1, 1.0, text, text, None, None)
    expected, found = both(duck, "select try_cast(one.s as integer) as n from one", {"one": [row]})
    assert found == expected


def test_letters_change_case_as_in_duckdb_or_not_at_all(duck: duckdb.DuckDBPyConnection) -> None:
    letters = [chr(code) for code in range(0x80, 0x3000) if not 0xD800 <= code < 0xE000]
    wrong = []
    for name in ("lower", "upper"):
        told = duck.execute(f"select letter, {name}(letter) from (select unnest(?) as letter)", [letters]).fetchall()
        run = plan_by_tree(f"select {name}(one.s) as n from one", _TABLES).run
        for letter, expected in told:
            try:
                ((found,),) = run({"one": [(1, 1, 1.0, letter, "", None, None)]})
            except NotComputed:
                continue
            if found != expected:
                wrong.append((name, letter, found, expected))
    assert not wrong


def test_decimals_keep_the_digits_that_they_are_written_with() -> None:
    ((first, text),) = plan_by_tree("select coalesce(null, 1, 2.50) as n, concat(2 * 0.50) as t from one", _TABLES).run(
        {"one": [(None,) * 7], "other": []}
    )
    assert (first, text) == (Decimal("1.00"), "1.00")


def test_a_table_that_stays_is_indexed_once_and_no_other_is_taken_for_it() -> None:
    """What a query made of fixed rows serves the next run over other facts, and no run over another table."""
    columns = (("i", "int"), ("s", "text"))
    query = "select one.i, other.s from one join other on one.i = other.i where other.s <> 'b'"
    planned = plan_by_tree(query, {"one": columns, "other": columns})
    fixed, changed = Fixed([(1, "a"), (1, "b"), (2, "c")]), Fixed([(1, "z")])
    assert sorted(planned.run({"one": [(1, ""), (3, "")], "other": fixed})) == [(1, "a")]
    made = len(fixed.kept)
    assert made
    assert planned.run({"one": [(2, "")], "other": fixed}) == [(2, "c")]
    assert planned.run({"one": [(1, "")], "other": changed}) == [(1, "z")]
    assert planned.run({"one": [(1, "")], "other": [(1, "own")]}) == [(1, "own")]
    assert (len(fixed.kept), len(fixed)) == (made, 3)


def test_like_is_what_duckdb_makes_of_every_short_pattern(duck: duckdb.DuckDBPyConnection) -> None:
    patterns = ["".join(letters) for length in range(5) for letters in product("ab%_", repeat=length)]
    texts = ["", "a", "ab", "ba", "aab", "abab", "bbaa", "a\nb"]
    expected = duck.execute(
        "select text, pattern from unnest(?::varchar[]) as t(text), unnest(?::varchar[]) as p(pattern)"
        " where text like pattern",
        [texts, patterns],
    ).fetchall()
    run = plan_by_tree(
        "select one.s, other.s as pattern from one cross join other where one.s like other.s", _TABLES
    ).run
    found = run({
        name: [(None, None, None, text, None, None, None) for text in listed]
        for name, listed in (("one", texts), ("other", patterns))
    })  # fmt: skip
    assert sorted(found) == sorted(expected)


def test_a_pattern_of_many_percent_signs_is_held_against_a_text_once() -> None:
    run = plan_by_tree("select one.i from one where one.s like one.t", _TABLES).run
    rows = [(number, 0, 0.0, "a" * 5000, "%a" * 300 + end, None, None) for number, end in ((1, "b"), (2, "%"))]
    assert run({"one": rows, "other": []}) == [(2,)]


def test_subqueries_one_within_another_are_left_to_duckdb_before_their_planning_doubles_with_each() -> None:
    query = "select one.i from one"
    for _ in range(40):
        query = f"select one.i from one where exists ({query})"
    with pytest.raises(NotPlanned, match="one within another"):
        plan_by_tree(query, _TABLES)
