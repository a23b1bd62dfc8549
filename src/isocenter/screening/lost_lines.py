"""Claim lines that could not be read, by their members, of whom no course is covered on the other lines alone."""

from collections.abc import Mapping
from pathlib import Path

import duckdb

from isocenter.engines.database import literal
from isocenter.facts.identity import member_key_sql, patients_number_sql
from isocenter.intake.bulk.selecting import files_in, parquet_in
from isocenter.review.lines_lost import LOST_LINES
from isocenter.screening.splitting_lines import OPEN_LINES
from isocenter.terms.values import FORM_OF_A_PROCEDURE

LOST = "lost_lines.parquet"  # in the folder of split claims


def write_lost_lines(connection: duckdb.DuckDBPyConnection, claims: Path, names: Mapping[str, str]) -> None:
    """Write of which members lines of covered codes, or of codes that are not known, could not be read whole.

    These are among the rejects of a split, or were kept with a column left open.

    `names` are what is shown for the paths of files. What names no member is held against the only member of the
    claims, where there is one. Nothing is written where nothing is lost.
    """
    files = sorted(file for name in ("rejects", OPEN_LINES) for file in (claims / name).glob("*.parquet"))
    if not files:
        return
    relation = ", ".join(files_in(file.parent, file.name) for file in files)
    connection.execute("create or replace temp table names_shown (given varchar, shown varchar)")
    connection.execute("insert into names_shown select unnest(?), unnest(?)", [list(names), list(names.values())])
    place = "concat_ws(', ', nullif(coalesce(shown, path), ''), nullif(place, ''))"
    connection.execute(
        f"""
        create or replace temp table {LOST_LINES} as
        select
            coalesce(nullif(member_key, ''), {literal(_only_member(connection, claims))}) as member_key,
            count(*) as lines, min(place) as place
        from (
            select {member_key_sql("coalesce(member_id, '')")} as member_key, {place} as place
            from read_parquet([{relation}], union_by_name = true, hive_partitioning = false)
            left join names_shown on path = given
            where not regexp_full_match(procedure_code, {literal(FORM_OF_A_PROCEDURE)})
                or upper(procedure_code) in (select code from known_codes)
        )
        group by 1 having member_key <> ''
        """
    )
    if connection.execute(f"select 1 from {LOST_LINES} limit 1").fetchone():
        connection.execute(
            f"copy (from {LOST_LINES} order by member_key) to {literal(str(claims / LOST))} (format parquet)"
        )


def _only_member(connection: duckdb.DuckDBPyConnection, claims: Path) -> str:
    """The key of the member of all lines that were kept; '' where there are several, or none."""
    if not any((claims / "lines").glob("part=*")):
        return ""
    relation = parquet_in(claims / "lines", "*/*.parquet")
    found = connection.execute(f"select distinct {member_key_sql('member_id')} from {relation} limit 2").fetchall()
    return str(found[0][0]) if len(found) == 1 else ""


def load_lost_lines(connection: duckdb.DuckDBPyConnection, claims: Path) -> bool:
    """Make the table of lines lost of the members that are in the database; whether there are any in the claims."""
    if not (claims / LOST).is_file():
        return False
    connection.execute(
        f"create table main.{LOST_LINES} as from {parquet_in(claims, LOST)} where member_key in"
        f" (select {member_key_sql(patients_number_sql('member_id'))} from main.courses)"
    )
    return True
