"""Settles what a part of split claims leaves open: one number a member, lines taken back, numbers that come again."""

import shutil
from pathlib import Path

import duckdb

from isocenter.engines.database import literal
from isocenter.facts.identity import REVERSED, REVERSES_NOTHING, TWICE, member_key_sql, patient_key_sql
from isocenter.intake.bulk.selecting import files_in

_REJECTED = (
    "'' as path, concat('claim ', claim_id) as place, reason, claim_id, claim_line_id, member_id,"
    " cast(service_date as varchar) as service_date, procedure_code"
)
_LINES = "lines_to_settle"
_NEGATIVE = "(units < 1 or coalesce(charge_amount, 0) < 0 or coalesce(allowed_amount, 0) < 0)"


def settle_part(connection: duckdb.DuckDBPyConnection, claims: Path, number: int) -> int:
    """Rewrite the lines of a part where its keys are not unique or lines take others back; returns how many went.

    Lines that went stand in the folder of rejects. What is settled already stays as it is.
    """
    folder, rejects = claims / "lines" / f"part={number}", _rejects(claims, number)
    _restore(claims, number)
    relation = f"read_parquet({files_in(folder)}, union_by_name = true, hive_partitioning = false)"
    if not folder.is_dir() or not is_open(connection, relation):
        return _rows_in(connection, rejects)
    connection.execute(f"create or replace temp table {_LINES} as select *, '' as reason from {relation}")
    columns = [row[0] for row in connection.execute(f"describe select * from {relation}").fetchall()]
    for name in ("line_number", "charge_amount", "allowed_amount", "claim_frequency"):
        if name not in columns:
            kind = "varchar" if name == "claim_frequency" else "double"
            connection.execute(f"alter table {_LINES} add column {name} {kind}")
    _keep_given_numbers(connection, columns)
    _spell_members(connection)
    if "patient" in columns:
        _part_patients(connection)
    _take_back(connection, columns)
    connection.execute(f"create or replace temp table keys_given as select rowid as line, claim_id from {_LINES}")
    _name_corrections(connection)
    _name_repeated(connection, columns)
    _rewrite_diagnoses(connection, claims, number)
    connection.execute(
        f"copy (select {_REJECTED} from {_LINES} where reason <> '') to {literal(str(rejects))} (format parquet)"
    )
    settled = claims / "settling" / f"part={number}"
    settled.mkdir(parents=True, exist_ok=True)
    connection.execute(
        f"copy (select {', '.join(columns)} from {_LINES} where reason = '')"
        f" to {literal(str(settled / 'settled.parquet'))} (format parquet)"
    )
    connection.execute(f"drop table {_LINES}; drop table keys_given")
    _swap(folder, settled)
    return _rows_in(connection, rejects)


def lines_settled(connection: duckdb.DuckDBPyConnection, claims: Path, number: int) -> int:
    """How many lines went when a part was settled before; what was interrupted between its steps is undone."""
    _restore(claims, number)
    return _rows_in(connection, _rejects(claims, number))


def is_open(connection: duckdb.DuckDBPyConnection, relation: str) -> bool:
    """Whether keys of lines come again, members are spelled in several ways, or lines take others back."""
    columns = {row[0] for row in connection.execute(f"describe select * from {relation}").fetchall()}
    amounts = "".join(f" or {name} < 0" for name in ("charge_amount", "allowed_amount") if name in columns)
    tests = [
        f"select 1 from {relation} where units < 1{amounts}",
        f"select 1 from (select distinct member_id from {relation}) group by {member_key_sql('member_id')}"
        " having count(*) > 1",
        # Hashes: to group the names themselves takes three times as long, and hardly any comes again.
        f"select 1 from {relation} group by hash(claim_line_id) having count(*) > 1",
    ]
    if "claim_frequency" in columns:
        tests.append(
            f"select 1 from {relation} where claim_id in (select claim_id from {relation} where claim_frequency"
            " in ('7', '8')) group by claim_id having count(distinct claim_frequency) > 1"
        )
    if "patient" in columns:
        tests.append(
            f"select 1 from {relation} where patient <> '' group by {member_key_sql('member_id')}"
            " having min(patient) <> max(patient)"
        )
    return any(connection.execute(f"{test} limit 1").fetchone() for test in tests)


def _rejects(claims: Path, number: int) -> Path:
    return claims / "rejects" / f"settled-{number}.parquet"


def _keep_given_numbers(connection: duckdb.DuckDBPyConnection, columns: list[str]) -> None:
    """Where a line states no account, the claim's number as it was given is it: by that number a void is matched."""
    if "patient_account_number" not in columns:
        connection.execute(f"alter table {_LINES} add column patient_account_number varchar")
        columns.append("patient_account_number")
    connection.execute(
        f"update {_LINES} set patient_account_number = claim_id where coalesce(patient_account_number, '') = ''"
    )


def _spell_members(connection: duckdb.DuckDBPyConnection) -> None:
    """One spelling for each member: the first in the order of texts."""
    connection.execute(
        f"""
        update {_LINES} set member_id = spelled.spelling
        from (
            select {member_key_sql("member_id")} as key, min(member_id) as spelling
            from {_LINES} group by 1 having count(distinct member_id) > 1
        ) as spelled
        where {member_key_sql(f"{_LINES}.member_id")} = spelled.key
        """
    )


def _part_patients(connection: duckdb.DuckDBPyConnection) -> None:
    """Persons who share a member's number get names of their own."""
    connection.execute(
        f"""
        update {_LINES} set member_id = {patient_key_sql("member_id", "patient")}
        where member_id in (
            select member_id from {_LINES} where patient <> '' group by member_id having min(patient) <> max(patient)
        )
        """
    )


def _take_back(connection: duckdb.DuckDBPyConnection, columns: list[str]) -> None:
    """Lines of negative units or amount go with the lines that they take back: of their own claim first."""
    modifiers = "".join(f", coalesce({name}, '')" for name in columns if name.startswith("modifier_"))
    size = "abs(round(coalesce(charge_amount, allowed_amount, cast(units as double) / 100) * 100))"
    for own_claim in (True, False):
        key = f"member_id, procedure_code, service_date{modifiers}, {size}{', claim_id' if own_claim else ''}"
        connection.execute(
            f"""
            create or replace temp table pairs as
            with placed as (
                select rowid as line, row({key}) as key, {_NEGATIVE} as takes_back,
                    row_number() over (
                        partition by {key}, {_NEGATIVE} order by claim_id, claim_line_id, rowid
                    ) as place
                from {_LINES} where reason = ''
            )
            select one.line as line, other.line as taken_back
            from placed as one inner join placed as other on one.key = other.key and one.place = other.place
            where one.takes_back and not other.takes_back
            """
        )
        connection.execute(
            f"update {_LINES} set reason = {literal(REVERSED)} where rowid in"
            " (select line from pairs union all select taken_back from pairs)"
        )
    connection.execute(f"update {_LINES} set reason = {literal(REVERSES_NOTHING)} where reason = '' and {_NEGATIVE}")


def _name_corrections(connection: duckdb.DuckDBPyConnection) -> None:
    """A replacement or void under the number of its original is a claim of its own."""
    connection.execute(
        f"""
        update {_LINES} set
            claim_id = concat(claim_id, '#f', claim_frequency),
            claim_line_id = case
                when claim_line_id = concat(claim_id, '-', line_number)
                    then concat(claim_id, '#f', claim_frequency, '-', line_number)
                else claim_line_id
            end
        where claim_frequency in ('7', '8') and claim_id in (
            select claim_id from {_LINES} group by claim_id having count(distinct claim_frequency) > 1
        )
        """
    )


def _name_repeated(connection: duckdb.DuckDBPyConnection, columns: list[str]) -> None:
    """Lines given twice count once; others whose name comes again are of another claim under the same number."""
    every = ", ".join(name for name in columns)
    connection.execute(
        f"""
        create or replace temp table named as
        with repeated as (
            select rowid as line, *, row_number() over (partition by {every}) as copy
            from {_LINES}
            where reason = '' and claim_line_id in (
                select claim_line_id from {_LINES} where reason = '' group by 1 having count(*) > 1
            )
        ),
        placed as (
            select *,
                row_number() over (
                    partition by claim_id, claim_line_id, copy > 1 and not ends_with(claim_line_id, '-')
                    order by {every}
                ) as place,
                min(claim_id) over (partition by claim_line_id) <> max(claim_id) over (partition by claim_line_id)
                    as is_of_several
            from repeated
        )
        select line,
            copy > 1 and not ends_with(claim_line_id, '-') as is_copy,
            -- A line without a number has its place on the claim alone.
            case when place = 1 or ends_with(claim_line_id, '-') then claim_id else concat(claim_id, '#', place) end
                as claim_id,
            concat(
                case when is_of_several then concat(claim_id, '-') else '' end, claim_line_id,
                case
                    when ends_with(claim_line_id, '-') then cast(place as varchar)
                    when place = 1 then ''
                    else concat('#', place)
                end
            ) as claim_line_id
        from placed;
        update {_LINES} set reason = {literal(TWICE)} from named where {_LINES}.rowid = named.line and named.is_copy;
        update {_LINES} set claim_id = named.claim_id, claim_line_id = named.claim_line_id
        from named where {_LINES}.rowid = named.line and not named.is_copy
        """
    )


def _rewrite_diagnoses(connection: duckdb.DuckDBPyConnection, claims: Path, number: int) -> None:
    """Claims that got another key have the diagnoses of their number."""
    folder = claims / "diagnoses" / f"part={number}"
    if not folder.is_dir():
        return
    relation = f"read_parquet({files_in(folder)}, union_by_name = true, hive_partitioning = false)"
    columns = [
        row[0] for row in connection.execute(f"describe select * from {relation}").fetchall() if row[0] != "claim_id"
    ]
    shown = ", ".join(f"given.{name}" for name in columns)
    more = (
        f"select distinct {_LINES}.claim_id, {shown} from {relation} as given"
        f" inner join keys_given on given.claim_id = keys_given.claim_id"
        f" inner join {_LINES} on {_LINES}.rowid = keys_given.line and {_LINES}.claim_id <> keys_given.claim_id"
    )
    connection.execute(f"copy ({more}) to {literal(str(folder / f'settled-{number}.parquet'))} (format parquet)")


def _swap(folder: Path, settled: Path) -> None:
    before = settled.with_name(f"{settled.name}.before")
    folder.rename(before)
    settled.rename(folder)
    shutil.rmtree(before)


def _restore(claims: Path, number: int) -> None:
    """Undo a swap that was interrupted between its steps."""
    before, folder = claims / "settling" / f"part={number}.before", claims / "lines" / f"part={number}"
    if before.is_dir() and not folder.is_dir():
        before.rename(folder)


def _rows_in(connection: duckdb.DuckDBPyConnection, file: Path) -> int:
    if not file.is_file():
        return 0
    found = connection.execute(f"select count(*) from read_parquet({files_in(file.parent, file.name)})").fetchone()
    return int(found[0]) if found else 0
