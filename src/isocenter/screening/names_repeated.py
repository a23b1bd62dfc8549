"""Names lines of a part whose names come again: what is given twice counts once, others are of several claims."""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from isocenter.engines.database import literal
from isocenter.facts.claims_of_one_number import OF_CLAIM, STATED
from isocenter.facts.identity import NAME_OF_SEVERAL, PLACE_OF_SEVERAL, TWICE, shown_lines_sql
from isocenter.terms.claims import ClaimLine

_IN_ORDER = {name: place for place, name in enumerate(dict.fromkeys((*STATED, *ClaimLine._fields)))}
_LINES_OF_A_SLICE = 50_000  # of lines whose name comes again, that are named at once


def leave_out_lines_given_twice(
    connection: duckdb.DuckDBPyConnection, lines: str, columns: Sequence[str], line_of_business: str, where: str
) -> None:
    """Of lines with a number that agree in all columns one stays without a reason, among those of a condition."""
    connection.execute(
        f"""
        update {lines} set reason = {literal(TWICE)} where rowid in (
            select line from (
                select rowid as line, row_number() over (
                    partition by {_in_order(columns, line_of_business)} order by rowid
                ) as copy
                from {lines} where reason = '' and not ends_with(claim_line_id, '-') and {where}
            )
            where copy > 1
        )
        """
    )


def name_repeated(
    connection: duckdb.DuckDBPyConnection, lines: str, columns: Sequence[str], line_of_business: str, remarks: Path
) -> bool:
    """Lines given twice count once; others whose name comes again are of another claim under the same number.

    `lines` is their table, in which a line without a reason counts. Writes which lines have the same name or place and
    state different things; whether any have the same name. Lines that state no line of business are of the one given.
    """
    every = _in_order(columns, line_of_business)
    connection.execute(
        f"""
        create or replace temp table hashes_repeated as
        select hash(claim_line_id) as hash, count(*) as lines from {lines}
        where reason = '' group by 1 having count(*) > 1;
        create or replace temp table named (
            line bigint, is_copy boolean, claim_id varchar, claim_line_id varchar, repeated_line_id varchar,
            given_as varchar, given_claim varchar, base varchar, place bigint
        )
        """
    )
    found = connection.execute("select cast(coalesce(sum(lines), 0) as bigint) from hashes_repeated").fetchone()
    # All lines of a name are in one slice; a part of one member, all of whose names recur, would not fit at once.
    slices = -(-found[0] // _LINES_OF_A_SLICE) if found else 0
    for number in range(slices):
        connection.execute(f"insert into named {_names_query(lines, every, f'hash % {slices} = {number}')}")
    have_one_name = False
    if slices:
        have_one_name = _write_repeated(connection, lines, remarks)
        _gather_bills(connection, lines, columns, every)
        _take_names(connection, lines)
    connection.execute("drop table named; drop table hashes_repeated")
    return have_one_name


def number_lone_lines(connection: duckdb.DuckDBPyConnection, lines: str) -> None:
    """A line without a number that is alone on its claim is the first, as numbered_line_sql names it elsewhere.

    Where another line is numbered as the first already it is another such line, as in a review.
    """
    taken = f"concat(claim_line_id, '1') in (select claim_line_id from {lines})"
    connection.execute(
        f"update {lines} set claim_line_id = concat(claim_line_id, case when {taken} then '1#2' else '1' end)"
        " where line_number is null and right(claim_line_id, 1) = '-'"
    )


def _write_repeated(connection: duckdb.DuckDBPyConnection, lines: str, remarks: Path) -> bool:
    """Write a remark on each name or place that several lines have; whether a name is among them."""
    counted = connection.execute(
        "select count(*) filter (where place > 1), count(*) filter (where repeated_line_id <> '') from named"
        " where not is_copy and given_as <> ''"
    ).fetchone()
    several, of_names = counted or (0, 0)
    if several:
        remarks.parent.mkdir(parents=True, exist_ok=True)
        before_name, after_name = _around(NAME_OF_SEVERAL)
        before_place, after_place = _around(PLACE_OF_SEVERAL)
        connection.execute(
            f"""
            copy (
                select '' as path, concat('claim line ', given_as) as place,
                    case when is_name then concat({before_name}, shown, {after_name})
                        else concat({before_place}, shown, {after_place}) end as remark,
                    case when is_name then concat({before_name}, '…', {after_name})
                        else concat({before_place}, '…', {after_place}) end as kind
                from (
                    select named.given_as, max(named.repeated_line_id) <> '' as is_name,
                        {shown_lines_sql("procedure_code", "service_date")} as shown
                    from named inner join {lines} on named.line = {lines}.rowid
                    where not named.is_copy and named.given_as <> ''
                    group by named.given_as, named.given_claim having count(*) > 1
                )
                order by all
            ) to {literal(str(remarks))} (format parquet)
            """
        )
    return bool(of_names)


def _gather_bills(connection: duckdb.DuckDBPyConnection, lines: str, columns: Sequence[str], every: str) -> None:
    """On claims on which several lines have one place every line goes with those of its own bill, as in a review.

    Which these are is known by what lines state of their claim as a whole; where that is the same for all, the names
    that lines have in the order of what they state are right.
    """
    of_claim = [f"coalesce({name}, '')" if name in columns else "''" for name in OF_CLAIM]
    bill = ", ".join(f"{text} as {name}_of_claim" for text, name in zip(of_claim, OF_CLAIM, strict=True))
    names = ", ".join(f"{name}_of_claim" for name in OF_CLAIM)
    connection.execute(
        f"""
        create or replace temp table crowded as
        select claim_id, row_number() over () as number from {lines}
        where claim_id in (
            select given_claim from named
            where not is_copy and place > 1 and given_as <> '' and repeated_line_id = ''
        )
        group by claim_id having count(distinct row({", ".join(of_claim)})) > 1
        """
    )
    found = connection.execute(
        f"select count(*) from {lines} where claim_id in (select claim_id from crowded)"
    ).fetchone()
    slices = -(-found[0] // _LINES_OF_A_SLICE) if found else 0
    for number in range(slices):
        connection.execute(
            f"""
            create or replace temp table gathered as
            with given as (
                select {lines}.rowid as line, {lines}.*, {bill} from {lines}
                where claim_id in (select claim_id from crowded where number % {slices} = {number})
                    and reason = '' and not ends_with(claim_line_id, '-')
                    and rowid not in (select line from named where is_copy)
            ),
            turned as (
                select line, claim_id, claim_line_id, {names},
                    row_number() over (partition by claim_id, claim_line_id, {names} order by {every}) as turn,
                    min(service_date) over (partition by claim_id, {names}) as first_day
                from given
            )
            select *, case when place > 1 then concat('#', place) else '' end as again
            from (
                select *, dense_rank() over (
                    partition by claim_id order by {OF_CLAIM[0]}_of_claim, first_day, {names}, turn
                ) as place
                from turned
            );
            insert into named
            select line, false, claim_id, claim_line_id, '', '', claim_id, claim_line_id, place
            from gathered where line not in (select line from named);
            update named set claim_id = concat(given_claim, again), claim_line_id = concat(base, again)
            from gathered where named.line = gathered.line;
            drop table gathered
            """
        )
    connection.execute("drop table crowded")


def _around(template: str) -> tuple[str, str]:
    """What is before and after the lines shown in a template, as texts of SQL."""
    before, after = template.split("{lines}")
    return literal(before), literal(after)


def _take_names(connection: duckdb.DuckDBPyConnection, lines: str) -> None:
    """Lay the lines out again, in their order, with the names that they got: an update would hold the old ones too."""
    connection.execute(f"create temp table lines_named as from {lines} limit 0")
    found = connection.execute(f"select count(*) from {lines}").fetchone()
    for first in range(0, found[0] if found else 0, _LINES_OF_A_SLICE):
        of_slice = f"between {first} and {first + _LINES_OF_A_SLICE - 1}"
        connection.execute(
            f"""
            insert into lines_named
            select given.* exclude (line) replace (
                case when not named.is_copy then named.claim_id else given.claim_id end as claim_id,
                case when not named.is_copy then named.claim_line_id else given.claim_line_id end as claim_line_id,
                case when not named.is_copy then named.repeated_line_id else given.repeated_line_id end
                    as repeated_line_id,
                case when named.is_copy then {literal(TWICE)} else given.reason end as reason
            )
            from (select rowid as line, * from {lines} where rowid {of_slice}) as given
            left join (from named where line {of_slice}) as named on given.line = named.line
            order by given.line
            """
        )
    connection.execute(f"drop table {lines}; alter table lines_named rename to {lines}")


def _names_query(lines: str, every: str, of_slice: str) -> str:
    """The query for the names of the lines whose name comes again, of those hashes that a condition picks."""
    return f"""
        with candidates as (
            select rowid as line, * from {lines}
            where reason = '' and hash(claim_line_id) in (select hash from hashes_repeated where {of_slice})
        ),
        repeated as (
            select *, row_number() over (partition by {every}) as copy,
                count(*) over (partition by claim_line_id) as lines_of_name
            from candidates
        ),
        placed as (
            select *,
                row_number() over (
                    partition by claim_id, claim_line_id, copy > 1 and not ends_with(claim_line_id, '-')
                    order by {every}
                ) as place,
                min(claim_id) over (partition by claim_line_id) <> max(claim_id) over (partition by claim_line_id)
                    as is_of_several,
                count(*) filter (where copy = 1) over (partition by claim_id, claim_line_id) > 1
                    and not starts_with(claim_line_id, concat(claim_id, '-')) as may_be_name
            from repeated
            where lines_of_name > 1
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
            ) as claim_line_id,
            case when may_be_name and not is_of_several then claim_line_id else '' end as repeated_line_id,
            case when ends_with(claim_line_id, '-') then '' else claim_line_id end as given_as,
            claim_id as given_claim,
            concat(case when is_of_several then concat(claim_id, '-') else '' end, claim_line_id) as base,
            place
        from placed
        """


def _in_order(columns: Sequence[str], line_of_business: str) -> str:
    """What all columns state, as the expressions that lines of one name are ordered by."""
    of_business = f"coalesce(nullif(line_of_business, ''), {literal(line_of_business)})"
    ordered = sorted(columns, key=lambda name: _IN_ORDER.get(name, len(_IN_ORDER)))
    return ", ".join(of_business if name == "line_of_business" else name for name in ordered)
