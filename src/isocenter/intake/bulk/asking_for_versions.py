"""Asks all rows of tables whether their claim numbers end with the version of the claim."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import duckdb

from isocenter.engines.database import literal
from isocenter.intake.bulk.claim_versions import SUFFIXES, BilledRow, Ends, clearest, ends_of_numbers
from isocenter.intake.bulk.layouts import Layout
from isocenter.intake.bulk.left_out_rows import left_out_reason, version_key, versions_query
from isocenter.intake.bulk.line_reasons import Column
from isocenter.intake.bulk.selecting import lines_query
from isocenter.intake.bulk.sources import Source
from isocenter.intake.bulk.value_expressions import raw_text

_CLAIMS_COMPARED = 5_000  # of all that share a number but for its end
_COMPARED = {  # columns of a line
    *("claim_id", "member_id", "procedure_code", "service_date", "modifier_1", "modifier_2"),
    *("units", "charge_amount", "allowed_amount", "billing_npi"),
}


def ends_in_tables(connection: duckdb.DuckDBPyConnection, sources: Sequence[Source], columns: Sequence[Column]) -> Ends:
    """What the ends of the claim numbers are in the tables that ask for it, taken together; duckdb.Error as it is.

    `columns` are those of claim lines.
    """
    asking = [source for source in sources if source.layout is not None and source.layout.asks_for_versions]
    compared = [column for column in columns if column.name in _COMPARED]
    forms = {form for source in asking for form in _forms_of_ends(connection, source)}
    found = [ends_of_numbers(_billed_rows(connection, asking, form, compared)) for form in SUFFIXES if form in forms]
    return clearest(found)


def with_ends(source: Source, ends: Ends) -> Source:
    """A source with what the ends of its claim numbers are, where it asks for that."""
    if source.layout is None or not source.layout.asks_for_versions:
        return source
    remark = "; ".join(filter(None, (source.remark, ends.sentence)))
    form, exempt = (ends.form, ends.exempt) if ends.are_versions else ("", ())
    layout = replace(source.layout, version_suffix=form, without_versions=exempt, asks_for_versions=False)
    return replace(source, layout=layout, remark=remark)


def _forms_of_ends(connection: duckdb.DuckDBPyConnection, source: Source) -> list[str]:
    """The forms of which some claim number has an end; all in one query, for each parses a table of text again."""
    assert source.layout is not None
    if source.has_no_ends:
        return []
    number = raw_text(source.layout, "claim_id")
    endings = [literal(pattern.replace("$", r"\s*$")) for pattern in SUFFIXES.values()]
    tests = ", ".join(f"bool_or(regexp_matches({number}, {ending}, 'i'))" for ending in endings)
    (found,) = connection.execute(f"select {tests} from {source.relation}").fetchall()
    return [form for form, is_there in zip(SUFFIXES, found, strict=True) if is_there]


def _billed_rows(
    connection: duckdb.DuckDBPyConnection, sources: Sequence[Source], form: str, columns: Sequence[Column]
) -> Iterator[BilledRow]:
    """The rows of claims whose numbers differ in their ends alone: of so many claims, the same ones each time."""
    layouts = [_layout(source, form) for source in sources]
    relations = [
        f"(select * from {source.relation} where {left_out_reason(replace(layout, version_suffix=''))} = '')"
        for source, layout in zip(sources, layouts, strict=True)
    ]
    versions = " union all ".join(map(versions_query, layouts, relations))
    connection.execute(
        "create or replace temp table claims_compared as"
        f" select hash(claim) as claim from ({versions}) group by 1 having min(version) <> max(version)"
        f" order by 1 limit {_CLAIMS_COMPARED}"
    )
    if connection.execute("select 1 from claims_compared limit 1").fetchall():
        for layout, relation in zip(layouts, relations, strict=True):
            where = f"hash({version_key(layout)}) in (select claim from claims_compared)"
            rows = connection.execute(lines_query(layout, relation, columns, where=where))
            names = [column[0] for column in rows.description or ()]
            for row in rows.fetchall():
                yield _billed_row(dict(zip(names, row, strict=True)))
    connection.execute("drop table claims_compared")


def _layout(source: Source, form: str) -> Layout:
    assert source.layout is not None
    return replace(source.layout, version_suffix=form)


def _billed_row(row: dict[str, object]) -> BilledRow:
    code, day, *modifiers = (
        str(row.get(name) or "") for name in ("procedure_code", "service_date", "modifier_1", "modifier_2")
    )
    amounts = [row.get(name) for name in ("units", "charge_amount", "allowed_amount")]
    return BilledRow(
        str(row["claim_id"]).upper(),
        str(row["member_id"]).upper(),
        (code, day, *modifiers),
        any(isinstance(amount, int | float) and amount < 0 for amount in amounts),
        str(row.get("billing_npi") or ""),
    )
