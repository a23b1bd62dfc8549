"""Settles what a part of split claims leaves open: one number a member, lines taken back, numbers that come again."""

import shutil
from pathlib import Path

import duckdb
import numpy as np

from isocenter.engines.database import literal
from isocenter.facts.identity import member_key_sql, patient_key_sql
from isocenter.facts.reversals import REVERSED, REVERSED_IN_PART, REVERSES_NOTHING
from isocenter.intake.bulk.selecting import files_in
from isocenter.screening.copies import NUMBER_IN_TABLE, leave_out_copies
from isocenter.screening.names_repeated import leave_out_lines_given_twice, name_repeated, number_lone_lines
from isocenter.screening.repeats import comes_again

_REJECTED = (
    "'' as path, concat('claim ', claim_id) as place, reason, reason as kind, claim_id, claim_line_id, member_id,"
    " cast(service_date as varchar) as service_date, procedure_code"
)
_LINES = "lines_to_settle"
_CORRECTION_PLACE = "dense_rank() over (partition by claim_id, claim_frequency order by coalesce(written_at, ''))"
_NEGATIVE = "(units < 1 or coalesce(charge_amount, 0) < 0 or coalesce(allowed_amount, 0) < 0)"


def settle_part(connection: duckdb.DuckDBPyConnection, claims: Path, number: int, line_of_business: str = "") -> int:
    """Rewrite the lines of a part where its keys are not unique or lines take others back; returns how many went.

    Lines that went stand in the folder of rejects. What is settled already stays as it is. `line_of_business` is that
    of lines that do not state it.
    """
    folder, rejects = claims / "lines" / f"part={number}", _rejects(claims, number)
    _restore(claims, number)
    relation = f"read_parquet({files_in(folder)}, union_by_name = true, hive_partitioning = false)"
    if not folder.is_dir() or not (may_hold_copies(connection, claims, number) or is_open(connection, relation)):
        return _rows_in(connection, rejects)
    columns = _lay_out_lines(connection, relation)
    if NUMBER_IN_TABLE in columns:
        leave_out_copies(connection, _LINES, columns)
        columns = [column for column in columns if column != NUMBER_IN_TABLE]
    if "patient" in columns:
        _part_patients(connection)
    _take_back(connection, columns, line_of_business)
    connection.execute(f"create or replace temp table keys_given as select rowid as line, claim_id from {_LINES}")
    _name_corrections(connection)
    remarks = claims / "remarks" / f"settled-{number}.parquet"
    if name_repeated(connection, _LINES, columns, line_of_business, remarks):
        columns = list(dict.fromkeys([*columns, "repeated_line_id"]))
    number_lone_lines(connection, _LINES)
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


def may_hold_copies(connection: duckdb.DuckDBPyConnection, claims: Path, number: int) -> bool:
    """Whether lines of an 837 and of a table are in a part, of which copies are still to be left out."""
    folder = claims / "lines" / f"part={number}"
    if not folder.is_dir():
        return False
    found = connection.execute(f"select distinct name from parquet_schema({files_in(folder)})").fetchall()
    return (NUMBER_IN_TABLE,) in found


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
    ]
    if "claim_frequency" in columns:
        version = "row(claim_frequency, written_at)" if "written_at" in columns else "claim_frequency"
        tests.append(
            f"select 1 from {relation} where claim_id in (select claim_id from {relation} where claim_frequency"
            f" in ('7', '8')) group by claim_id having count(distinct {version}) > 1"
        )
    if "line_number" in columns:  # of a line that is not numbered the name on its claim may be another's
        tests.append(f"select 1 from {relation} where line_number is null and ends_with(claim_line_id, '-')")
    if "patient" in columns:
        tests.append(
            f"select 1 from {relation} where patient <> '' group by {member_key_sql('member_id')}"
            " having min(patient) <> max(patient)"
        )
    return any(connection.execute(f"{test} limit 1").fetchone() for test in tests) or _may_repeat(connection, relation)


def _may_repeat(connection: duckdb.DuckDBPyConnection, relation: str) -> bool:
    """Whether names of lines seem to come again, by their hashes: to group by names takes several times as long."""
    hashes = connection.execute(f"select hash(claim_line_id) as hash from {relation}").fetchnumpy()["hash"]
    return comes_again(np.ma.getdata(hashes))


def _rejects(claims: Path, number: int) -> Path:
    return claims / "rejects" / f"settled-{number}.parquet"


def _lay_out_lines(connection: duckdb.DuckDBPyConnection, relation: str) -> list[str]:
    """Make the table of the lines to settle; returns the columns that are written back.

    Each member has one spelling, the first in the order of texts. Where a line states no account, the claim's number
    as it was given is it: by that number a void is matched. All of it at once: a table keeps what an update replaced.
    """
    columns = [row[0] for row in connection.execute(f"describe select * from {relation}").fetchall()]
    connection.execute(
        f"""
        create or replace temp table spelled as
        select {member_key_sql("member_id")} as key, min(member_id) as spelling
        from (select distinct member_id from {relation}) group by 1 having count(*) > 1
        """
    )
    states_accounts = "patient_account_number" in columns
    account = "case when coalesce(patient_account_number, '') = '' then claim_id else patient_account_number end"
    made = {
        "patient_account_number": account if states_accounts else "claim_id",
        "line_number": "cast(null as double)",
        "charge_amount": "cast(null as double)",
        "allowed_amount": "cast(null as double)",
        "claim_frequency": "cast(null as varchar)",
        "written_at": "cast(null as varchar)",
        "repeated_line_id": "''",
    }
    replaced = f", {account} as patient_account_number" if states_accounts else ""
    added = "".join(f", {value} as {name}" for name, value in made.items() if name not in columns)
    connection.execute(
        f"""
        create or replace temp table {_LINES} as
        select given.* replace (coalesce(spelled.spelling, given.member_id) as member_id{replaced}){added}, '' as reason
        from {relation} as given left join spelled on {member_key_sql("given.member_id")} = spelled.key
        """
    )
    return columns if states_accounts else [*columns, "patient_account_number"]


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


def _take_back(connection: duckdb.DuckDBPyConnection, columns: list[str], line_of_business: str) -> None:
    """Lines of negative units or amount go with the lines that they take back: of their own claim first."""
    modifiers = "".join(f", coalesce({name}, '')" for name in columns if name.startswith("modifier_"))
    # Of what is given twice one is taken back, and its copy would still be billed.
    service = f"hash(member_id, procedure_code, service_date{modifiers})"
    taken_back = f"{service} in (select {service} from {_LINES} where reason = '' and {_NEGATIVE})"
    leave_out_lines_given_twice(connection, _LINES, columns, line_of_business, taken_back)
    size = "abs(round(coalesce(charge_amount, allowed_amount, cast(units as double) / 100) * 100))"
    for own_claim in (True, False):
        key = f"member_id, procedure_code, service_date{modifiers}, {size}{', claim_id' if own_claim else ''}"
        connection.execute(
            f"""
            create or replace temp table taking_back as
            select distinct hash({key}) as hash from {_LINES} where reason = '' and {_NEGATIVE};
            create or replace temp table pairs as
            with placed as (
                select rowid as line, row({key}) as key, {_NEGATIVE} as takes_back,
                    row_number() over (
                        partition by {key}, {_NEGATIVE} order by claim_id, claim_line_id, rowid
                    ) as place
                from {_LINES}
                where reason = '' and hash({key}) in (select hash from taking_back)
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
    _take_back_in_part(connection, f"member_id, procedure_code, service_date{modifiers}")
    connection.execute(f"update {_LINES} set reason = {literal(REVERSES_NOTHING)} where reason = '' and {_NEGATIVE}")


def _take_back_in_part(connection: duckdb.DuckDBPyConnection, service: str) -> None:
    """Lines of fewer negative units take them from one line of their service at its price, of their own claim first."""
    for key in (f"{service}, claim_id", service):
        connection.execute(
            f"""
            create or replace temp table taking_back as
            select distinct hash({key}) as hash from {_LINES} where reason = '' and {_NEGATIVE};
            create or replace temp table pairs as
            with placed as (
                select rowid as line, row({key}) as key, {_NEGATIVE} as takes_back, abs(units) as size,
                    abs(charge_amount) as charge, abs(allowed_amount) as allowed,
                    abs(coalesce(charge_amount, allowed_amount)) as amount,
                    row_number() over (
                        partition by {key}, {_NEGATIVE} order by claim_id, claim_line_id, rowid
                    ) as place
                from {_LINES}
                where reason = '' and hash({key}) in (select hash from taking_back)
            )
            select part.line as line, whole.line as lowered, part.size, part.charge, part.allowed
            from placed as part inner join placed as whole on part.key = whole.key and part.place = whole.place
            where part.takes_back and not whole.takes_back and part.size between 1 and whole.size - 1
                and coalesce(abs(part.amount * whole.size - whole.amount * part.size) <= 0.01 * whole.size, true);
            update {_LINES} set
                units = {_LINES}.units - pairs.size,
                charge_amount = coalesce(round({_LINES}.charge_amount - pairs.charge, 2), {_LINES}.charge_amount),
                allowed_amount = coalesce(round({_LINES}.allowed_amount - pairs.allowed, 2), {_LINES}.allowed_amount)
            from pairs where {_LINES}.rowid = pairs.lowered;
            update {_LINES} set reason = {literal(REVERSED_IN_PART)} where rowid in (select line from pairs)
            """
        )


def _name_corrections(connection: duckdb.DuckDBPyConnection) -> None:
    """A replacement or void under the number of its original, or written at another time, is a claim of its own."""
    connection.execute(
        f"""
        create or replace temp table corrections_named as
        select claim_id, claim_frequency, coalesce(written_at, '') as written_at,
            concat(
                claim_id, ' (frequency ', claim_frequency,
                case when place > 1 then concat(', version ', place) else '' end, ')'
            ) as name
        from (
            select claim_id, claim_frequency, written_at, {_CORRECTION_PLACE} as place
            from {_LINES}
            where reason = '' and claim_frequency in ('7', '8') and claim_id in (
                select claim_id from {_LINES} where reason = '' group by claim_id
                having count(distinct row(claim_frequency, coalesce(written_at, ''))) > 1
            )
        )
        group by all;
        update {_LINES} set
            claim_id = name,
            claim_line_id = case
                when starts_with(claim_line_id, concat({_LINES}.claim_id, '-'))
                    then concat(name, substr(claim_line_id, length({_LINES}.claim_id) + 1))
                else claim_line_id
            end
        from corrections_named as named
        where {_LINES}.claim_id = named.claim_id and {_LINES}.claim_frequency = named.claim_frequency
            and coalesce({_LINES}.written_at, '') = named.written_at;
        drop table corrections_named
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
