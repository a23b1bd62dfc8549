"""Which texts a query reads of a relation is told only where every place that reads it is confined to them."""

import pytest

from isocenter.rulebook.query import texts_read
from isocenter.rulebook.query_parts import TextsRead


def _of_lists(query: str) -> TextsRead | None:
    found = [read for read in texts_read(query) if (read.relation, read.column) == ("lines", "list")]
    return found[0] if found else None


def _read(*texts: str, as_in: str = "") -> TextsRead:
    return TextsRead("lines", "list", frozenset(texts), frozenset([as_in] if as_in else []))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("select lines.id from lines where lines.list = 'a' and lines.units > 1", _read("a")),
        ("select l.id from lines as l where l.list in ('a', 'b')", _read("a", "b")),
        ("select l.id from lines as l where l.list = 'a' or (l.list = 'b' and l.units > 1)", _read("a", "b")),
        ("select m.id from members as m left join lines on m.id = lines.id and lines.list = 'a'", _read("a")),
        ("select l.id from lines as l inner join t on l.id = t.id and l.list = 'a'", _read("a")),
        ("select l.id from lines as l inner join t on l.list = t.list", _read(as_in="t")),
        ("with s as (select distinct t.list from t) select l.id from lines as l cross join s where l.list = s.list",
         _read(as_in="t")),
        ("select id from m where exists (select 1 from lines where lines.id = m.id and lines.list = 'a')", _read("a")),
        ("select lines.id from lines where lines.list = 'a' union all select l.id from lines as l where l.list = 'b'",
         _read("a", "b")),
        ("with lines as (select x.list from x) select lines.list from lines where lines.list = 'a'", None),
    ],
)  # fmt: skip
def test_texts_that_a_query_confines_a_relation_to(query: str, expected: TextsRead | None) -> None:
    assert _of_lists(query) == expected


@pytest.mark.parametrize(
    "query",
    [
        "select lines.list from lines",
        "select lines.id from lines where lines.list = 'a' or lines.units > 1",
        "select lines.id from lines where lines.list <> 'a'",
        "select lines.id from lines where not lines.list = 'a'",
        "select lines.id from lines where coalesce(lines.list, 'a') = 'a'",
        "select case when lines.list = 'a' then 1 end as one from lines",
        "select l.id from lines as l left join t on l.id = t.id and l.list = 'a'",
        "select l.id from lines as l right join t on l.id = t.id and l.list = 'a'",
        "select l.id from lines as l full join t on l.id = t.id and l.list = 'a'",
        "select l.id from lines as l anti join t on l.id = t.id and l.list = 'a'",
        "select l.id from lines as l inner join lines as other on l.id = other.id where l.list = 'a'",
        "select lines.id from lines where lines.list = 'a' union all select l.id from lines as l",
        "with s as (select 'b' as list from t) select l.id from lines as l inner join s on l.list = s.list",
        "with s as (select * from lines) select s.id from s where s.list = 'a'",
        "select l.id from lines as l where l.list in (select x.list from x)",
    ],
)
def test_a_place_that_reads_all_rows_confines_nothing(query: str) -> None:
    assert _of_lists(query) is None
