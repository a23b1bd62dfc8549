"""The courses of a screening with something open, those first on which most dollars hang, each with its reasons."""

from pathlib import Path
from typing import Any

import duckdb

from isocenter.engines.database import literal
from isocenter.files.texts import FORMULA

SHOWN = 500  # courses on the page; the CSV holds all
_REASONS = 3
_CONTROLS = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x{9f}\x{200e}\x{200f}\x{2028}-\x{202e}\x{2066}-\x{2069}]"
TABLES = ("worklist", "findings", "lines", "courses")  # each also as CSV
_SPREADSHEET_ROWS = 1_048_575  # below its header; of more, findings and lines are not written as CSV

_NOTHING_REFUSED = "recommendation in ('pay', 'not_judged')"
SHARE_REFUSED = f"""
    case when {_NOTHING_REFUSED} then 0
        when recommendation = 'reduce' then (units - units_allowed) / units else 1 end
"""  # of a line
# Of most lines nothing is refused: the others alone are added up. A course without one of these has nothing at stake
# where its lines say what they amount to; where no refused line says it, what is at stake is not known.
_WORKLIST = f"""
    create or replace temp table worklist as
    with found as (
        select course_id, rule, because, max(coalesce(allowed_amount, charge_amount, 0)) as amount
        from findings
        where outcome in ('not_met', 'not_documented') and course_id <> ''
        group by course_id, rule, because
    ),
    ranked as (
        select *,
            row_number() over (partition by course_id, rule order by amount desc, because) as place,
            count(*) over (partition by course_id, rule) as alike
        from found
    ),
    foremost as (
        select course_id, rule,
            concat(because, case when alike > 1 then concat(' (and ', alike - 1, ' more like it)') else '' end)
                as because,
            row_number() over (partition by course_id order by amount desc, rule) as place
        from ranked where place = 1
    ),
    reasons as (
        select course_id,
            string_agg(rule, '; ' order by rule) as rules,
            string_agg(because, '; ' order by place) filter (where place <= {_REASONS}) as reasons
        from foremost group by course_id
    ),
    stakes as (
        select course_id,
            sum(floor(charge_amount * {SHARE_REFUSED} * 100 + 0.5)) / 100 as charge_at_stake,
            sum(floor(allowed_amount * {SHARE_REFUSED} * 100 + 0.5)) / 100 as allowed_at_stake
        from lines where not {_NOTHING_REFUSED} group by course_id
    )
    select courses.course_id, courses.member_id, courses.billing_npi, courses.first_service, courses.recommendation,
        case
            when stakes.course_id is not null then stakes.charge_at_stake
            when courses.charge_amount is not null then 0
        end as charge_at_stake,
        case
            when stakes.course_id is not null then stakes.allowed_at_stake
            when courses.allowed_amount is not null then 0
        end as allowed_at_stake,
        reasons.rules, reasons.reasons
    from reasons
    inner join courses using (course_id)
    left join stakes using (course_id)
    where courses.recommendation <> 'out_of_scope'
"""
# A table has no order of its own.
_ORDER = "coalesce(allowed_at_stake, charge_at_stake, 0) desc, course_id"


def make_worklist(connection: duckdb.DuckDBPyConnection, out: Path) -> list[dict[str, Any]]:
    """Write worklist.csv, and findings, lines and courses as CSV beside their folders; returns the first courses.

    The views findings, lines and courses stand in the connection.
    """
    connection.execute(_WORKLIST)
    for name in TABLES:
        (rows,) = connection.execute(f"select count(*) from {name}").fetchone() or (0,)
        if name in ("findings", "lines") and rows > _SPREADSHEET_ROWS:
            continue
        relation = f"worklist order by {_ORDER}" if name == "worklist" else f"{name} order by all"
        partial = out / f"{name}.csv.partial"
        connection.execute(
            f"copy (select {_safe_columns(connection, name)} from {relation})"
            f" to {literal(str(partial))} (format csv, header)"
        )
        partial.replace(out / f"{name}.csv")
    found = connection.execute(f"from worklist order by {_ORDER} limit {SHOWN}")
    names = [column[0] for column in found.description or ()]
    first = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    return [{**row, "first_service": str(row["first_service"])} for row in first]


def _safe_columns(connection: duckdb.DuckDBPyConnection, relation: str) -> str:
    """The columns of a relation, none of whose texts a spreadsheet takes for a formula, without control characters."""
    columns = connection.execute(f"describe select * from {relation}").fetchall()
    return ", ".join(_safe(name) if kind == "VARCHAR" else name for name, kind, *_ in columns)


def _safe(name: str) -> str:
    """A column of texts; most are plain, begin with a letter or digit, and need no regular expression."""
    is_plain = f"{name} glob '[0-9A-Za-z]*' and not {name} glob '*[! -~]*'"
    marked = f"case when regexp_matches({name}, {literal(FORMULA)}) then concat(chr(39), {name}) else {name} end"
    cleaned = f"regexp_replace({marked}, {literal(_CONTROLS)}, ' ', 'g')"
    return f"case when {name} = '' or ({is_plain}) then {name} else {cleaned} end as {name}"
