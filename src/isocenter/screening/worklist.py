"""The courses of a screening with something open, those first on which most dollars hang, each with its reasons."""

from pathlib import Path
from typing import Any

import duckdb

from isocenter.engines.database import literal

SHOWN = 500  # courses on the page; the CSV holds all
_REASONS = 3

_WORKLIST = """
    create or replace temp table worklist as
    with found as (
        select course_id, rule, because, max(coalesce(allowed_amount, charge_amount, 0)) as amount
        from findings
        where outcome in ('not_met', 'not_documented') and course_id <> ''
        group by course_id, rule, because
    ),
    ranked as (
        select *, row_number() over (partition by course_id order by amount desc, rule, because) as place from found
    ),
    reasons as (
        select course_id,
            string_agg(distinct rule, '; ' order by rule) as rules,
            string_agg(because, '; ' order by place) filter (where place <= {reasons}) as reasons
        from ranked group by course_id
    ),
    stakes as (
        select course_id,
            sum(floor(charge_amount * {refused} * 100 + 0.5)) / 100 as charge_at_stake,
            sum(floor(allowed_amount * {refused} * 100 + 0.5)) / 100 as allowed_at_stake
        from lines group by course_id
    )
    select courses.course_id, courses.member_id, courses.billing_npi, courses.first_service, courses.recommendation,
        stakes.charge_at_stake, stakes.allowed_at_stake, reasons.rules, reasons.reasons
    from reasons
    inner join courses using (course_id)
    left join stakes using (course_id)
    where courses.recommendation <> 'out_of_scope'
"""
# A table has no order of its own.
_ORDER = "coalesce(allowed_at_stake, charge_at_stake, 0) desc, course_id"


def make_worklist(connection: duckdb.DuckDBPyConnection, out: Path, refused: str) -> list[dict[str, Any]]:
    """Write worklist.csv, and courses.csv beside the files of courses; returns the first courses of the list.

    The views findings, lines and courses stand in the connection; `refused` is the share of a line that is not paid.
    """
    connection.execute(_WORKLIST.format(reasons=_REASONS, refused=refused))
    for name, order in (("worklist", _ORDER), ("courses", "course_id")):
        partial = out / f"{name}.csv.partial"
        connection.execute(f"copy (from {name} order by {order}) to {literal(str(partial))} (format csv, header)")
        partial.replace(out / f"{name}.csv")
    found = connection.execute(f"from worklist order by {_ORDER} limit {SHOWN}")
    names = [column[0] for column in found.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    return [{**row, "first_service": str(row["first_service"])} for row in rows]
