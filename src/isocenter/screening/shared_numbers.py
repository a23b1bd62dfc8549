"""Finds claim numbers that several members, providers or settings have, over all files, and gives each claim a key."""

from collections.abc import Sequence
from dataclasses import replace

import duckdb

from isocenter.facts.identity import member_key_sql, shared_key_sql
from isocenter.intake.bulk.layouts import Layout, Taken
from isocenter.intake.bulk.left_out_rows import where_in_force
from isocenter.intake.bulk.selecting import name_of_line
from isocenter.intake.bulk.sources import Source
from isocenter.intake.bulk.value_expressions import text_expression
from isocenter.screening.unreadable import cannot_be_read

_NAMES_LOOKED_AT = 500_000  # of lines: whether they name one line each shows in a share of them
_OF_X12 = "path"  # the column of files in what X12 was converted to: its claims have keys already


def find_shared_numbers(connection: duckdb.DuckDBPyConnection, sources: Sequence[Source]) -> None:
    """Make the tables `shared_numbers` and `shared_claims`, the latter with the key of each claim of such a number.

    It also says whether several persons under the number of the member have claims of that number. Reads the table
    latest_versions where a source has versions.
    """
    connection.execute(
        "create or replace table shared_numbers (number varchar);"
        "create or replace table shared_claims"
        " (number varchar, member_key varchar, claim_key varchar, is_of_several boolean)"
    )
    if all(source.path_column == _OF_X12 for source in sources) and len(sources) < 2:
        return
    try:
        _find(connection, " union all ".join(_claims(source) for source in sources if source.layout))
    except duckdb.Error as wrong:
        raise cannot_be_read([file for source in sources for file in source.files], wrong) from None


def _find(connection: duckdb.DuckDBPyConnection, claims_query: str) -> None:
    # By hashes first, of the number and of all that may differ by it: this settles most claims, in little memory.
    connection.execute(
        f"""
        create or replace temp table looked_at as
        select hash(number) as number from ({claims_query})
        group by 1
        having min(hash(member, patient, setting, billing)) <> max(hash(member, patient, setting, billing))
        """
    )
    if connection.execute("select 1 from looked_at limit 1").fetchall():
        connection.execute(
            f"""
            insert into shared_numbers
            select number from (
                select number, case when member <> '' then hash({member_key_sql("member")}) end as member,
                    case when patient <> '' then hash(patient) end as patient,
                    case when setting in ('professional', 'institutional') then hash(setting) end as setting,
                    case when billing <> '' then hash(billing) end as billing
                from ({claims_query}) where hash(number) in (select number from looked_at)
            )
            group by number
            having min(member) <> max(member) or min(patient) <> max(patient)
                or min(setting) <> max(setting) or min(billing) <> max(billing)
            """
        )
    connection.execute("drop table looked_at")
    if are_shared(connection):
        connection.execute(
            f"""
            insert into shared_claims
            select distinct number, member_key, claim_key,
                coalesce(min(patient) over persons < max(patient) over persons, false)
            from (
                select number, {member_key_sql("member")} as member_key, nullif(patient, '') as patient,
                    {shared_key_sql("number", "member", "patient", "billing", "setting")} as claim_key
                from ({claims_query}) where number in (select number from shared_numbers)
            )
            window persons as (partition by number, member_key)
            """
        )


def are_shared(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether any number is borne by several."""
    return bool(connection.execute("select 1 from shared_numbers limit 1").fetchall())


def with_keys(query: str, layout: Layout) -> str:
    """The query for claim lines, with the key of their claim where others have its number too."""
    billing, patient = (name if name in layout.columns else "''" for name in ("billing_npi", "patient"))
    key = shared_key_sql("claim_id", "member_id", patient, billing, "setting")
    is_shared = "claim_id in (select number from shared_numbers)"
    replaced, added = "", ", claim_id as patient_account_number"
    if "patient_account_number" in layout.columns:  # of a line that states no account it is the number as it was given
        account = "patient_account_number"
        replaced = (
            f", case when {is_shared} and coalesce({account}, '') = '' then claim_id else {account} end as {account}"
        )
        added = ""
    has_numbers = "line_number" in layout.columns
    number = "coalesce(cast(line_number as varchar), claim_line_id)" if has_numbers else "claim_line_id"
    # A line without a number has its place on the claim when all are read.
    number = f"case when claim_line_id = concat(claim_id, '-') then '' else {number} end"
    is_named_by_claim = is_shared
    if "claim_line_id" in layout.columns:  # a name that a line was given is its own, whoever has the claim's number
        place = "cast(line_number as varchar)" if has_numbers else "''"
        is_named_by_claim = f"{is_shared} and claim_line_id in ('', concat(claim_id, '-', {place}))"
    return (
        f"select * replace (case when {is_shared} then {key} else claim_id end as claim_id,"
        f" case when {is_named_by_claim} then concat({key}, '-', {number}) else claim_line_id end as claim_line_id"
        f"{replaced}){added} from ({query})"
    )


def with_names_of_lines(connection: duckdb.DuckDBPyConnection, source: Source, layout: Layout, lines: int) -> Layout:
    """The layout, by claim and number where what should name a line names one on each of several claims."""
    if source.path_column == _OF_X12 or "claim_line_id" not in layout.columns:
        return layout
    name, of_claim = name_of_line(layout), ("claim_id", "member_id", "patient", "billing_npi", "setting")
    claim, *bearer = (text_expression(layout, column) for column in of_claim)
    share = max(1, lines // _NAMES_LOOKED_AT)
    hash_of_claim, is_shared = f"hash({claim})", "false"
    if are_shared(connection):
        bearer[0] = member_key_sql(bearer[0])
        is_shared = f"{claim} in (select number from shared_numbers)"
        hash_of_claim = f"case when {is_shared} then hash({claim}, {', '.join(bearer)}) else {hash_of_claim} end"
    repeats = connection.execute(
        f"select 1 from (select hash({name}) as name, {hash_of_claim} as claim, {is_shared} as is_shared"
        f" from {source.relation} where {name} <> concat({claim}, '-')) where name % {share} = 0 or is_shared"
        " group by name having min(claim) <> max(claim) limit 1"
    ).fetchall()
    if not repeats:
        return layout
    columns: dict[str, Taken] = dict(layout.columns)
    named = columns.pop("claim_line_id")
    columns.setdefault("line_number", named)
    return replace(layout, columns=columns)


def _claims(source: Source) -> str:
    assert source.layout is not None
    layout = source.layout
    names = {
        "number": "claim_id",
        "member": "member_id",
        "patient": "patient",
        "billing": "billing_npi",
        "setting": "setting",
    }
    columns = ", ".join(f"{text_expression(layout, column)} as {name}" for name, column in names.items())
    return f"select {columns} from {source.relation}{where_in_force(layout)}"
