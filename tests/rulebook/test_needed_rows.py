"""What a query cannot do without, and that leaving out queries whose rows are missing changes no finding."""

import pytest

from isocenter.rulebook.query import needed_rows
from isocenter.rulebook.query_parts import Needed


def alternatives(query: str) -> set[frozenset[tuple[str, str, str]]]:
    return {
        frozenset((one.relation, one.column, ",".join(sorted(one.values))) for one in ways)
        for ways in needed_rows(query)
    }


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("select a.x from a", [{("a", "", "")}]),
        ("select a.x from a left join b on a.x = b.x", [{("a", "", "")}]),
        ("select a.x from a inner join b on a.x = b.x", [{("a", "", "")}, {("b", "", "")}]),
        ("select a.x from a where a.kind in ('p', 'q')", [{("a", "", "")}, {("a", "kind", "p,q")}]),
        ("select c.x from a as c where c.kind = 'p'", [{("a", "", "")}, {("a", "kind", "p")}]),
        ("select a.x from a where not a.kind = 'p'", [{("a", "", "")}]),
        ("select a.x from a where a.kind = 'p' or a.y > 1", [{("a", "", "")}]),
        (
            "select a.x from a where a.kind = 'p' or a.sort = 'q'",
            [{("a", "", "")}, {("a", "kind", "p"), ("a", "sort", "q")}],
        ),
        ("select a.x from a where exists (select 1 from b where b.x = a.x)", [{("a", "", "")}, {("b", "", "")}]),
        ("select a.x from a where not exists (select 1 from b)", [{("a", "", "")}]),
        ("select a.x from a union all select b.x from b", [{("a", "", ""), ("b", "", "")}]),
        ("with s as (select a.x from a) select s.x from s", [{("a", "", "")}]),
        (
            "with a as (select a.x from a inner join b on a.x = b.x) select a.x from a",
            [{("a", "", "")}, {("b", "", "")}],
        ),
        ("with s as (select count(*) as n from a) select s.n from s", []),
        ("select count(*) as n from a", []),
        ("select a.x, count(*) as n from a group by a.x", [{("a", "", "")}]),
        ("select b.x from a right join b on a.x = b.x", []),
        ("select a.x from a full join b on a.x = b.x", []),
        ("select a.x from a left join b on a.x = b.x where b.kind = 'p'", [{("a", "", "")}]),
    ],
)
def test_a_query_needs_what_it_reads_and_joins_and_no_more(
    query: str, expected: list[set[tuple[str, str, str]]]
) -> None:
    assert alternatives(query) == {frozenset(ways) for ways in expected}


def test_a_need_without_a_column_is_of_any_row() -> None:
    assert needed_rows("select a.x from a") == ((Needed("a"),),)
