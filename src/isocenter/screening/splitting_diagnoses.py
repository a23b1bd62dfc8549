"""Writes the diagnoses of claims, given in a table of their own, by the parts of their members."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from isocenter.facts.identity import NO_CLAIM_OF_DIAGNOSES, member_key_sql
from isocenter.intake.bulk.left_out_rows import where_in_force
from isocenter.intake.bulk.sources import Source
from isocenter.intake.bulk.value_expressions import text_expression
from isocenter.screening.covered import is_of_covered_code
from isocenter.screening.partition import PartWriter
from isocenter.screening.rejects import (
    forget_unread_lines,
    write_remarks,
    write_unread_lines,
)
from isocenter.screening.shared_numbers import are_shared
from isocenter.screening.shares import write_shares
from isocenter.screening.splitting_lines import NAMES, OF_ICD_9, rows_at_once, rows_of
from isocenter.screening.unreadable import cannot_be_read
from isocenter.terms.problems import Problem, clause, worded

_CLAIMS_LOOKED_UP = 1_000  # of a table, in the diagnoses of claims
_OF_SEVERAL = "claims of several members have this number, and nothing says whose the diagnosis is; it is not kept"
# A to L, as the paper form names a diagnosis by its place on the claim.
_LETTER = "upper(trim(cast(position as varchar)))"
_PLACE_OF_A_LETTER = f"case when regexp_full_match({_LETTER}, '[A-L]') then ascii({_LETTER}) - 64 end"
_IS_OF_ICD_9 = "left(icd10, 1) between '0' and '9'"
_IS_STATED = "(member_id is not null and claim_id <> '' and icd10 <> '')"


def split_diagnoses(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    plain: list[Source],
    parts: int,
    folder: Path,
    number: int,
    rows_held: int,
    *,
    is_table: bool,
) -> None:
    """Diagnoses go where the lines of their claim went; where they name the member, that settles it at once."""
    claim, given = _query_of(source)
    is_joined = False
    try:
        forget_unread_lines(connection)
        if connection.execute(f"select 1 from ({given}) where coalesce(member_id, '') = '' limit 1").fetchall():
            given, is_joined = _with_owners(given, plain), True
        remarks = _diagnoses_of_no_claim(connection, source, plain, claim) if is_table else []
        remarks += [Problem(str(file), "", source.remark) for file in source.given if source.remark]
        if are_shared(connection):
            of_several = (
                f"row(claim_id, {member_key_sql('member_id')}) in"
                " (select row(number, member_key) from shared_claims where is_of_several)"
            )
            unplaced = connection.execute(
                f"select count(*) from ({given}) where claim_id in (select number from shared_numbers)"
                f" and (member_id is null or {of_several})"
            ).fetchall()[0][0]
            remarks += _counted(source, "claim_id", _OF_SEVERAL, unplaced)
            given, is_joined = _with_keys(given), True
        of_icd_9: list[int] = []

        def read(connection: duckdb.DuckDBPyConnection, piece: Source) -> Iterator[pa.RecordBatch]:
            query = given if is_joined else _query_of(piece)[1]
            # No condition, and no coalesce: with one DuckDB works out each row by itself, without it each text once.
            stated = (
                f"select claim_id, icd10, position, member_id, {_IS_STATED} as is_stated,"
                f" {_IS_STATED} and {_IS_OF_ICD_9} as of_icd_9 from ({query})"
            )
            for rows in rows_of(connection, stated, parts, rows_at_once(rows_held)):
                is_old = rows.column("of_icd_9")
                of_icd_9.append(is_old.true_count)
                is_kept = pc.and_not(rows.column("is_stated"), is_old)
                kept = rows if is_kept.true_count == len(rows) else rows.filter(is_kept)
                yield kept.drop_columns(["member_id", "is_stated", "of_icd_9"])

        write_shares(
            connection,
            source,
            read,
            lambda name, held: PartWriter(folder / "diagnoses", parts, f"{number}{name}", held, NAMES),
            rows_held,
            as_one=is_joined,  # what is joined would be read once for each share
        )
        remarks += _counted(source, "icd10", OF_ICD_9, sum(of_icd_9))
        write_remarks(remarks, folder / "remarks" / f"diagnoses-{number}.parquet")
        write_unread_lines(connection, folder / "rejects" / f"diagnoses-{number}-unread.parquet")
    except duckdb.Error as wrong:
        raise cannot_be_read(source.files, wrong) from None


def _query_of(source: Source) -> tuple[str, str]:
    """How the number of a claim is read, and the query for diagnoses; `member_id` is '' or null where none is named."""
    # Programs write whole numbers with a point and zero; lines are read without it.
    number = "trim(cast(claim_id as varchar))"
    whole = f"regexp_replace({number}, '^([0-9]+)[.]0$', '\\1')"
    claim = f"case when ends_with({number}, '.0') then {whole} else {number} end"
    return claim, (
        f"select {claim} as claim_id, upper(trim(cast(icd10 as varchar))) as icd10,"
        f" greatest(coalesce(try_cast(position as integer), {_PLACE_OF_A_LETTER}, 1), 1) as position,"
        " trim(cast(member_id as varchar)) as member_id"
        f" from {source.diagnosed}"
    )


def _with_owners(given: str, plain: Sequence[Source]) -> str:
    """The query for diagnoses, the member of a claim in place of one that is not named; null where there is none."""
    owners = " union all ".join(
        f"select {text_expression(one.layout, 'claim_id')} as claim_id,"
        f" {text_expression(one.layout, 'member_id')} as owner from {one.relation}{where_in_force(one.layout)}"
        for one in plain
        if one.layout is not None
    )
    # Of a number that claims of several members have, nothing says whose diagnosis it is.
    return (
        "select claim_id, icd10, position, coalesce(nullif(member_id, ''), owner) as member_id"
        f" from ({given}) left join (select claim_id, min(owner) as owner from ({owners}) where owner <> ''"
        f" group by claim_id having count(distinct {member_key_sql('owner')}) = 1) using (claim_id)"
    )


def _with_keys(given: str) -> str:
    """The query for diagnoses, with the keys of claims whose numbers others have too; no member where it may be of two.

    A table of diagnoses names a member, and not which of the persons under the number.
    """
    return (
        "select coalesce(claim_key, claim_id) as claim_id, icd10, position,"
        " case when is_of_several then null else member_id end as member_id"
        f" from ({given}) as given left join shared_claims on given.claim_id = shared_claims.number"
        f" and {member_key_sql('given.member_id')} = shared_claims.member_key"
    )


def _counted(source: Source, column: str, what: str, rows: int) -> list[Problem]:
    """A remark on rows of a table that are not kept, where there are any."""
    sentence = worded("{what}; rows: {rows}", what=clause(what), rows=rows)
    return [Problem(str(source.files[0]), column, sentence)] if rows else []


def _diagnoses_of_no_claim(
    connection: duckdb.DuckDBPyConnection, source: Source, plain: list[Source], claim: str
) -> list[Problem]:
    """A problem where of the first claims of a table none has a diagnosis: their numbers may be written otherwise."""
    first = " union all ".join(
        f"(select {text_expression(one.layout, 'claim_id')} as claim_id from {one.relation}"
        f" where {is_of_covered_code(one.layout)} limit {_CLAIMS_LOOKED_UP})"
        for one in plain
        if one.layout is not None
    )
    of_claims = f"select {claim} as claim_id from {source.diagnosed}"
    found = connection.execute(
        f"select 1 from ({of_claims}) where claim_id in (select claim_id from ({first})) limit 1"
    ).fetchall()
    named = connection.execute(f"select claim_id from ({of_claims}) limit 1").fetchall()
    if found or not named:
        return []
    return [Problem(str(source.files[0]), "", worded(NO_CLAIM_OF_DIAGNOSES, number=named[0][0]))]
