"""The worklist names each rule's reason once, so that there is room for others, and what is at stake in each course."""

from pathlib import Path

import duckdb

from isocenter.engines.database import connect
from isocenter.screening.worklist import make_worklist

Line = tuple[str, str, int, int | None, float | None, float | None]


def make_lines_and_courses(connection: duckdb.DuckDBPyConnection, lines: list[Line]) -> None:
    connection.execute(
        "create table lines (course_id varchar, recommendation varchar, units integer, units_allowed bigint,"
        " charge_amount double, allowed_amount double)"
    )
    connection.executemany("insert into lines values (?, ?, ?, ?, ?, ?)", lines)
    connection.execute(
        "create table courses as select course_id, 'M1' as member_id, '' as billing_npi,"
        " date '2025-03-03' as first_service, 'human_review' as recommendation,"
        " sum(charge_amount) as charge_amount, sum(allowed_amount) as allowed_amount from lines group by course_id"
    )


def test_reasons_of_one_rule_are_counted_and_those_of_others_stay(tmp_path: Path) -> None:
    daily = [("C1", "delivery_follows_a_plan", f"delivered on 2025-03-0{day}; no plan", 520.0) for day in (3, 4, 5)]
    found = [*daily, ("C1", "site_is_supported", "no diagnosis names the site", 2600.0), ("C1", "z_rule", "odd", 10.0)]
    values = ", ".join(f"('{course}', '{rule}', '{because}', {amount})" for course, rule, because, amount in found)
    with connect() as connection:
        connection.execute(
            "create table findings as select *, 'not_met' as outcome, null::double as allowed_amount"
            f" from (values {values}) as given (course_id, rule, because, charge_amount)"
        )
        make_lines_and_courses(connection, [("C1", "deny", 1, 0, 10.0, 5.0)])
        (row,) = make_worklist(connection, tmp_path)
    assert row["rules"] == "delivery_follows_a_plan; site_is_supported; z_rule"
    assert row["reasons"] == ("no diagnosis names the site; delivered on 2025-03-03; no plan (and 2 more like it); odd")


def test_at_stake_is_what_is_refused_and_not_known_where_no_refused_line_says_its_amount(tmp_path: Path) -> None:
    lines: list[Line] = [
        ("refused", "pay", 1, 1, 10.0, 4.0),
        ("refused", "deny", 1, 0, 30.0, None),
        ("refused", "reduce", 4, 3, 100.0, 40.0),
        ("paid", "pay", 1, 1, 7.0, None),
        ("paid", "not_judged", 1, None, 8.0, None),
        ("half", "review", 1, 1, None, 3.0),
        ("half", "pay", 1, 1, 5.0, 3.0),
        ("silent", "request", 1, 1, None, None),
    ]
    expected = {"refused": (55.0, 10.0), "paid": (0.0, None), "half": (None, 3.0), "silent": (None, None)}
    with connect() as connection:
        make_lines_and_courses(connection, lines)
        connection.execute(
            "create table findings as select course_id, 'a_rule' as rule, 'why' as because, 'not_met' as outcome,"
            " charge_amount, allowed_amount from courses"
        )
        rows = make_worklist(connection, tmp_path)
    assert {row["course_id"]: (row["charge_at_stake"], row["allowed_at_stake"]) for row in rows} == expected
    assert [row["course_id"] for row in rows] == ["refused", "half", "paid", "silent"]
