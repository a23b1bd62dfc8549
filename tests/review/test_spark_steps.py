"""Steps of a query are found with those that are worth working out once, and put together again as they were."""

import re

import duckdb
import pytest

from isocenter.facts.courses import courses_sql, service_days_sql, superseded_sql
from isocenter.review.spark_steps import inner_query, parted, with_steps

JOINED = "select a.x from a inner join b on a.x = b.x"


def test_a_step_that_joins_and_is_read_twice_is_shared() -> None:
    query = f"with joined as ({JOINED}) select one.x from joined as one inner join joined as two on one.x = two.x"
    assert [(step.name, step.query, step.is_shared) for step in parted(query).steps] == [("joined", JOINED, True)]


@pytest.mark.parametrize(
    "query",
    [
        f"with joined as ({JOINED}) select x from joined",
        "with small as (select x from a) select x from small union all select x from small",
    ],
)
def test_a_step_that_is_read_once_or_reads_one_relation_is_not_shared(query: str) -> None:
    assert [step.is_shared for step in parted(query).steps] == [False]


def test_a_chain_of_small_steps_becomes_one_to_share() -> None:
    chain = (
        "with s1 as (select x from a union all select x from a), s2 as (select x from s1 union all select x from s1)"
    )
    assert [step.is_shared for step in parted(f"{chain} select x from s2").steps] == [True, False]


def test_comments_and_texts_part_nothing() -> None:
    query = "with one as (\n  select ') as (' as x -- , two as (\n) select x from one -- with\n"
    (step,) = parted(query).steps
    assert (step.name, step.is_shared) == ("one", False)
    assert parted(query).select.strip() == "select x from one -- with"


@pytest.mark.parametrize("query", ["select x from a", "with recursive n as (select 1 as x) select x from n"])
def test_a_query_without_plain_steps_is_left_as_it_is(query: str) -> None:
    assert parted(query).steps == ()
    assert parted(query).select == query


def test_the_query_with_steps_that_a_select_reads_from_is_found() -> None:
    inner = "with one as (select 1 as x) select x from one"
    outer = f"select answer.x, (select 1) as y from ({inner}) as answer"
    found = inner_query(outer)
    assert found is not None and outer[slice(*found)] == inner
    assert inner_query("select x from a where exists (with one as (select 1 as x) select x from one)") is None


@pytest.mark.parametrize("query", [courses_sql(), superseded_sql(), service_days_sql()])
def test_a_query_put_together_again_is_the_same_query(query: str) -> None:
    parts = parted(query)
    assert parts.steps
    again = with_steps([(step.name, step.query) for step in parts.steps], parts.select)
    trees = [duckdb.execute("select json_serialize_sql(?)", [text]).fetchall() for text in (query, again)]
    assert _without_places(trees[0]) == _without_places(trees[1])


def _without_places(tree: object) -> str:
    return re.sub(r'"query_location":\d+', "", str(tree))
