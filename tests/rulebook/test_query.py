"""What a query reads is taken from its tree: comments and texts in quotes decide nothing."""

import pytest

from isocenter.facts.courses import courses_sql
from isocenter.review.adding_up import columns_added_up
from isocenter.rulebook.query import parts_of
from isocenter.rulebook.readings import READ_BY_COURSES
from isocenter.rulebook.rulebook import load_policy


@pytest.mark.parametrize(
    ("query", "relations"),
    [
        ("select a from lines", {"lines"}),
        ("select a from lines -- and from plans\n", {"lines"}),
        ("select a from lines where b = 'from plans'", {"lines"}),
        ("/* plans */ select a from lines as l inner join codes as c on l.a = c.a", {"lines", "codes"}),
        ("with steps as (select a from lines) select a from steps", {"lines"}),
        ("with lines as (select a from lines) select a from lines", {"lines"}),
        ("with s as (select a from t), u as (select a from s) select a from u left join v using (a)", {"t", "v"}),
        ("select a from t where exists (select 1 from u where u.a = t.a)", {"t", "u"}),
        ("select a from t union all select a from (select a from u) as w", {"t", "u"}),
        ("select a from t where a in (with s as (select a from u) select a from s)", {"t", "u"}),
        ("select (select max(u.b) from u) as c from t", {"t", "u"}),
    ],
)
def test_the_relations_that_a_query_reads(query: str, relations: set[str]) -> None:
    assert parts_of(query).relations == relations


def test_the_columns_that_a_query_reads() -> None:
    parts = parts_of(
        "select t.a as x, 'units' as y -- setting\n"
        " from t inner join u using (b) where t.c > 1 group by t.d having count(*) > max(t.e)"
    )
    assert parts.columns == {"a", "b", "c", "d", "e"}
    assert parts.columns_of == {"t": {"a", "b", "c", "d", "e"}, "u": {"b"}}


@pytest.mark.parametrize(
    ("query", "of_t"),
    [
        ("select t.* from t", {"*"}),
        ("select u.*, t.a from t inner join u on t.b = u.c", {"a", "b"}),
        ("select *, u.a from t inner join u on t.b = u.c", {"*", "b"}),
        ("select count(*) as n from t", set()),
        ("select a, u.b from t, u", {"a"}),
        ("select Other.a, u.b from t as other inner join u on other.c = u.c", {"a", "c"}),
        ("with s as (select t.* from t) select s.a from s", {"*"}),
        ("with s as (select t.a, t.b from t) select s.* from s", {"a", "b"}),
        ("with t as (select t.a from t) select t.b from t", {"a", "b"}),
        ("select u.a from u where exists (select 1 from t where t.b = u.c)", {"b"}),
        ("select first.a, second.b from t as first inner join t as second on first.c = second.c", {"a", "b", "c"}),
        ("select t.a from t union all select w.b from (select u.b from u) as w", {"a"}),
    ],
)
def test_a_relation_is_read_for_the_columns_under_its_names_and_for_those_under_none(
    query: str, of_t: set[str]
) -> None:
    assert parts_of(query).columns_of["t"] == of_t


def test_a_query_that_passes_rows_through_differs_from_one_that_gathers_them() -> None:
    assert parts_of("select t.a from t where t.a > 0").passes_rows_through
    assert not parts_of("select t.a from t group by t.a").passes_rows_through
    assert not parts_of("select t.a from t union all select u.a from u").passes_rows_through


def test_a_comment_in_a_rule_changes_nothing_that_is_read() -> None:
    rule = load_policy("imrt").rule("one_plan_per_course")
    assert parts_of(f"-- whatever the setting, see documents and readings\n{rule.query}") == rule.parts


def test_the_readings_of_the_making_of_courses_are_those_that_its_query_reads() -> None:
    assert parts_of(courses_sql()).readings == READ_BY_COURSES


def test_what_a_screening_writes_of_a_line_is_loaded_whatever_the_rules_read() -> None:
    assert columns_added_up() >= {"setting", "procedure_code", "claim_id", "billing_npi", "units", "charge_amount"}
