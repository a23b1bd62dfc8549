"""Finds claim numbers that several members, providers or settings have, over all files, and gives each claim a key."""

from collections.abc import Sequence
from dataclasses import replace

import duckdb

from isocenter.facts.identity import member_key_sql, shared_key_sql
from isocenter.intake.bulk.layouts import Layout, Taken
from isocenter.intake.bulk.left_out_rows import where_in_force
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
    is_named_by_claim = f"{is_shared} and starts_with(claim_line_id, concat(claim_id, '-'))"
    name_on_claim = "substr(claim_line_id, length(claim_id) + 1)"
    return (
        f"select * replace (case when {is_shared} then {key} else claim_id end as claim_id,"
        f" case when {is_named_by_claim} then concat({key}, {name_on_claim}) else claim_line_id end as claim_line_id"
        f"{replaced}){added} from ({query})"
    )


def find_repeated_names(connection: duckdb.DuckDBPyConnection, sources: Sequence[Source], lines: int) -> list[Source]:
    """The sources, those marked whose lines have names that lines of several claims have too.

    Makes the table repeated_names of their hashes, where there are any among so many lines.
    """
    named = [
        source
        for source in sources
        if source.layout is not None and source.path_column != _OF_X12 and "claim_line_id" in source.layout.columns
    ]
    if not named:
        return list(sources)
    names = " union all ".join(_names(source, are_shared(connection)) for source in named)
    repeated = "group by name having min(claim) <> max(claim)"
    share = max(1, lines // _NAMES_LOOKED_AT)
    try:
        if not connection.execute(
            f"select 1 from ({names}) where name % {share} = 0 or is_shared {repeated} limit 1"
        ).fetchall():
            return list(sources)
        connection.execute(f"create or replace table repeated_names as select name from ({names}) {repeated}")
    except duckdb.Error as wrong:
        raise cannot_be_read([file for source in sources for file in source.files], wrong) from None
    return [_with_names_of_claims(source) if source in named else source for source in sources]


def _names(source: Source, are_some_shared: bool) -> str:
    """The query for the hashes of the names that lines of a source have, and of the claims that bear them."""
    assert source.layout is not None
    layout = source.layout
    name, claim, *bearer = (
        text_expression(layout, column)
        for column in ("claim_line_id", "claim_id", "member_id", "patient", "billing_npi", "setting")
    )
    of_claim, is_shared = f"hash({claim})", "false"
    if are_some_shared:
        bearer[0] = member_key_sql(bearer[0])
        is_shared = f"{claim} in (select number from shared_numbers)"
        of_claim = f"case when {is_shared} then hash({claim}, {', '.join(bearer)}) else {of_claim} end"
    is_own = f"{name} <> '' and not starts_with({name}, concat({claim}, '-'))"
    return (
        f"select hash({name}) as name, {of_claim} as claim, {is_shared} as is_shared from {source.relation}"
        f" where {is_own}"
    )


def _with_names_of_claims(source: Source) -> Source:
    """The source with lines numbered by their names where nothing else numbers them."""
    assert source.layout is not None
    columns: dict[str, Taken] = dict(source.layout.columns)
    columns.setdefault("line_number", columns["claim_line_id"])
    return replace(source, layout=replace(source.layout, columns=columns, names_come_again=True))


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
