"""What a query cannot do without: told where it is certain, and only there."""

import pytest

from isocenter.rulebook.conditions import Condition, necessary_conditions
from isocenter.rulebook.rulebook import load_policy

PLAN = Condition("code_list", ("plan",))
BOTH = Condition("code_list", ("plan", "delivery"))


@pytest.mark.parametrize(
    ("query", "conditions"),
    [
        ("select x from lines where lines.code_list = 'plan'", [PLAN]),
        ("select x from lines where lines.code_list in ('plan', 'delivery')", [BOTH]),
        ("select x from lines where (lines.code_list = 'plan') and lines.units > 1", [PLAN]),
        ("select x from lines where lines.code_list = 'plan' or lines.code_list = 'delivery'", [BOTH]),
        ("select x from lines where lines.code_list = 'plan' or lines.units > 1", []),
        ("select x from lines where not lines.code_list = 'plan'", []),
        ("select x from lines where lines.code_list <> 'plan'", []),
        ("select x from lines where lines.code_list = lines.other", []),
        ("select x from lines where lines.color = 'plan'", []),
        ("select case when lines.code_list = 'plan' then 1 end as x from lines", []),
        ("select x from a inner join b on a.x = b.x and b.code_list = 'plan'", [PLAN]),
        ("select x from a left join b on a.x = b.x and b.code_list = 'plan'", []),
        ("select x from a where a.x in (select b.x from b where b.code_list = 'plan')", [PLAN]),
        ("select x from a where exists (select 1 from b where b.code_list = 'plan')", [PLAN]),
        ("select x from a where not exists (select 1 from b where b.code_list = 'plan')", []),
        ("with p as (select x from b where b.code_list = 'plan') select x from p", [PLAN]),
        ("with p as (select x from b where b.code_list = 'plan') select a.x from a left join p on a.x = p.x", []),
        ("with p as (select x from b where b.code_list = 'plan') select x from a cross join p", [PLAN]),
        ("with p as (select count(*) as n from b where b.code_list = 'plan') select x from a cross join p", []),
        ("select count(*) as n, x from b where b.code_list = 'plan' group by x", [PLAN]),
        ("select sum(x) over (partition by y) as n from b where b.code_list = 'plan'", [PLAN]),
        ("select x from a where a.code_list = 'plan' union select x from b where b.code_list = 'delivery'", [BOTH]),
        ("select x from a where a.code_list = 'plan' union select x from b", []),
        ("select x from a where a.code_list = 'plan' union select x from nothing", [PLAN]),
        ("select x from nothing", [Condition("", ("nothing",))]),
        ("select x from nothing union select x from nobody", [Condition("", ("nothing", "nobody"))]),
        ("select x from a left join nothing on a.x = nothing.x", []),
        ("with a as (select x from a where a.code_list = 'plan') select x from a", [PLAN]),
        ("select x from (select x from b where b.code_list = 'plan') as c", [PLAN]),
    ],
)
def test_conditions_are_found_where_a_query_has_no_rows_without_them(query: str, conditions: list[Condition]) -> None:
    assert list(necessary_conditions(query, {}, {"nothing", "nobody"})) == conditions


def test_conditions_are_followed_through_definitions() -> None:
    book = load_policy("imrt_hospital")
    query = book.rule("planning_services_are_part_of_the_plan").query
    made_by = {definition.name: definition.query for definition in book.definitions}
    found = necessary_conditions(query, made_by, ())
    assert Condition("setting", ("institutional",)) in found
    assert Condition("code_list", ("imrt_plan",)) in found
