"""Queries that would take hours to plan or to run over no rows at all are refused, and none of the bundled is."""

import pytest

from isocenter.rulebook.guard import what_reaches_out
from isocenter.rulebook.query import needed_rows, parts_of
from isocenter.rulebook.query_work import written_out
from isocenter.rulebook.syntax import parse


@pytest.mark.parametrize(
    "level", ["nullif({}, 1)", "case {} when 1 then 2 else 3 end", "case when {} between 1 and 2 then 3 end",
              "case when {} in (1, 2) then 3 end"],
)  # fmt: skip
def test_what_doubles_the_work_at_each_level_is_nested_four_deep_at_most(level: str) -> None:
    nested = ["t.a"]
    for _ in range(16):
        nested.append(level.format(nested[-1]))
    assert what_reaches_out(f"select {nested[4]} as b from t", ["t"]) == ""
    assert "5 deep, and each level doubles" in what_reaches_out(f"select {nested[5]} as b from t", ["t"])
    assert "16 deep" in what_reaches_out(f"select {nested[16]} as b from t", ["t"])


def _chain(step: str, steps: int, last: str = "") -> str:
    """A query of steps that each read the one before, {0}, by this text."""
    made = ["s0 as (select t.a, t.b from t)"]
    made += [f"s{number} as ({step.format(f's{number - 1}')})" for number in range(1, steps + 1)]
    return f"with {', '.join(made)} select s{steps}.a, s{steps}.b from s{steps} {last.format(f's{steps}')}"


_BY_COLUMNS = {
    "in a case": "select {0}.a, case when {0}.b > 'a' then {0}.b end as b from {0} where {0}.b <> 'c'",
    "without a table's name": "select a, coalesce(b, b) as b from {0} where b <> 'c'",
    "by a name of the same select": "select {0}.a, {0}.b as one, concat(one, one) as b from {0} where {0}.b <> 'c'",
    "in a query within": "select x.a, x.b from (select {0}.a, concat({0}.b, {0}.b) as b from {0}) as x where x.b > ''",
    "united": "select {0}.a, concat({0}.b, {0}.b) as b from {0} where {0}.b > 'c' union all select t.a, t.b from t",
    "with all others": "select *, concat({0}.b, {0}.b) as b from {0} where {0}.b <> 'c'",
}
_BY_READING = {
    "by in": "select {0}.a, {0}.b from {0} where {0}.a in (select x.a from {0} as x where x.b = 'q')",
    "by exists": "select {0}.a, {0}.b from {0} where exists (select 1 from {0} as x where x.b = {0}.a)",
    "by join": "select x.a, y.b from {0} as x inner join {0} as y on x.a = y.a",
    "by union": "select {0}.a, {0}.b from {0} union all select {0}.a, {0}.b from {0}",
    "for a column": "select {0}.a, (select max(x.b) from {0} as x) as b from {0}",
    "in parentheses": "select x.a, y.b from ({0} as x inner join {0} as y on x.a = y.a)",
}


@pytest.mark.parametrize("step", _BY_COLUMNS.values(), ids=_BY_COLUMNS)
def test_a_chain_of_conditions_on_columns_that_double_is_refused(step: str) -> None:
    assert what_reaches_out(_chain(step, 6), ["t"]) == ""
    assert "columns are behind one condition" in what_reaches_out(_chain(step, 200), ["t"])


@pytest.mark.parametrize("step", _BY_READING.values(), ids=_BY_READING)
def test_a_chain_of_steps_that_each_read_the_last_twice_is_refused(step: str) -> None:
    assert what_reaches_out(_chain(step, 6), ["t"]) == ""
    assert "relations are read more than" in what_reaches_out(_chain(step, 200), ["t"])


@pytest.mark.parametrize(
    "step",
    [
        "select {0}.a, {0}.b from {0} where {0}.b > 'c' and {0}.a > 'c'",
        "select {0}.a, max(concat({0}.b, {0}.b)) as b from {0} where {0}.b > 'c' group by {0}.a",
        "select {0}.a, row_number() over (partition by {0}.a order by {0}.b, {0}.b) as b from {0} where {0}.b > 0",
    ],
)
def test_a_long_chain_that_does_not_double_may_run(step: str) -> None:
    assert what_reaches_out(_chain(step, 100), ["t"]) == ""


def test_answers_that_name_one_another_within_a_select_are_refused_where_they_double() -> None:
    answers = ["t.b as b0", *(f"concat(b{number}, b{number}) as b{number + 1}" for number in range(20))]
    assert what_reaches_out(f"select {', '.join(answers[:8])} from t", ["t"]) == ""
    assert "columns are behind one condition or answer" in what_reaches_out(
        f"select {', '.join(answers)} from t", ["t"]
    )


def test_columns_are_counted_behind_each_condition_and_growth_behind_each_answer() -> None:
    two = "select t.a, concat(t.b, t.c) as d from t"
    assert written_out(parse(two)).columns == {"a": 1, "d": 2}
    assert written_out(parse(f"with x as ({two}) select concat(x.d, x.d, x.a) as e from x")).columns == {"e": 5}
    assert parts_of(f"with x as ({two}) select x.a from x where x.a in (select x.d from x)").growth == 2
    assert parts_of("select t.a from t").growth == 1


def test_more_steps_than_can_be_followed_are_refused() -> None:
    in_each = (
        "select {0}.a, {0}.b from {0} where exists (select 1 from t where t.a = {0}.a and (t.b = 'x' or t.b = 'y'))"
    )
    query = _chain(in_each, 119)
    assert what_reaches_out(query, ["t"]) == ""
    assert needed_rows(query)
    assert "it has 121 steps" in what_reaches_out(_chain(in_each, 120), ["t"])
    assert "it has 2,001 steps" in what_reaches_out(_chain("select {0}.a, {0}.b from {0}", 2_000), ["t"])
