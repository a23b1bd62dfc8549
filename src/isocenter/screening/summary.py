"""What a screening amounts to: counts and amounts by rule, month and provider, and what was not judged."""

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb

from isocenter.files.texts import shown
from isocenter.files.writing import write_whole
from isocenter.intake.bulk.selecting import parquet_in
from isocenter.intake.bulk.sources import Source, shown_names
from isocenter.review.batch_plan import BatchPlan
from isocenter.rulebook.rulebook import Rulebook
from isocenter.screening.counts import LineCounts
from isocenter.screening.policies import noted
from isocenter.screening.prepared import prepare
from isocenter.screening.settings import SPARK_DUCKDB, Settings
from isocenter.screening.worklist import SHARE_REFUSED, make_worklist
from isocenter.terms.findings import NotAssessed, Reading
from isocenter.terms.screening import Summary

_PROVIDERS_SHOWN = 50
_REASONS_SHOWN = 20


def _engine_shown(engine: str) -> str:
    """The engine with its version."""
    if engine == "spark":
        return f"Spark {version('pyspark')}"
    duckdb_shown = f"DuckDB {version('duckdb')}"
    return f"{duckdb_shown} in Spark {version('pyspark')}" if engine == SPARK_DUCKDB else duckdb_shown


def summarize(
    settings: Settings,
    sources: list[Source],
    counts: LineCounts,
    set_aside: int,
    applied: set[tuple[Any, ...]],
    seconds: dict[str, float],
    connection: duckdb.DuckDBPyConnection,
) -> Summary:
    """Add up the answers of all parts and write summary.json; of the lines rejected, others took back `set_aside`."""
    prepared = prepare(settings)
    out = settings.out
    has_remarks = _open_answers(connection, out)
    _load_code_lists(connection, prepared.rulebooks, prepared.covered.codes)
    summary = Summary(
        isocenter=version("isocenter"),
        engine=_engine_shown(settings.engine),
        supplied=sorted(prepared.supplied),
        policies=[noted(book) for book in prepared.rulebooks],
        decides_coverage=any(book.decides_coverage for book in prepared.rulebooks),
        lines={
            "read": counts.read,
            "judged": counts.kept,
            "other": counts.other,
            "rejected": counts.rejected,
            "left_out": counts.left_out,
            "set_aside": set_aside,
        },
        files_unread=counts.files_unread,
        courses=_counted(connection, "select recommendation, count(*) from courses group by all"),
        coverage=_counted(connection, "select line_of_business, count(*) from courses group by all"),
        settings=_counted(connection, "select setting, count(*) from lines group by all"),
        lines_by_recommendation=_records(connection, _LINES_BY_RECOMMENDATION),
        findings_by_rule=_records(connection, _BY_RULE),
        findings_by_month=_records(connection, _BY_MONTH),
        findings_by_provider=_records(connection, _BY_PROVIDER),
        providers=_counted(connection, _PROVIDERS)["all"],
        open_courses=_counted(connection, _OPEN_COURSES)["all"],
        worklist=make_worklist(connection, out),
        worklist_courses=_counted(connection, "select 'all', count(*) from worklist")["all"],
        rejects=_records(connection, _REJECTS),
        remarks=_records(connection, _REMARKS) if has_remarks else [],
        applied_to_nothing=_applied_to_nothing(prepared.plan, applied),
        not_assessed=[_not_assessed(entry) for entry in prepared.plan.not_assessed],
        code_lists=_records(connection, _CODE_LISTS),
        inputs=_inputs(sources),
        readings=[_reading(reading) for book in prepared.rulebooks for reading in book.readings],
        seconds=seconds,
    )
    written = asdict(summary)
    del written["seconds"]
    write_whole(out / "summary.json", json.dumps(written, indent=1, default=str))
    return summary


def _open_answers(connection: duckdb.DuckDBPyConnection, out: Path) -> bool:
    """Make the files of answers views of the connection; whether there are remarks among them."""
    for answer in ("findings", "lines", "courses"):
        connection.execute(f"create view {answer} as from {parquet_in(out / answer)}")
    connection.execute(f"create view rejects as from {parquet_in(out, 'rejects.parquet')}")
    has_remarks = (out / "remarks.parquet").is_file()
    if has_remarks:
        connection.execute(f"create view remarks as from {parquet_in(out, 'remarks.parquet')}")
    return has_remarks


def _applied_to_nothing(plan: BatchPlan, applied: set[tuple[Any, ...]]) -> list[dict[str, str]]:
    not_assessed = {(entry.policy, entry.rule) for entry in plan.not_assessed}
    return [
        {"policy": rule.policy, "rule": rule.name, "title": rule.title}
        for rule in plan.all_rules
        if (rule.policy, rule.name) not in applied | not_assessed
    ]


def _not_assessed(entry: NotAssessed) -> dict[str, Any]:
    return {"policy": entry.policy, "rule": entry.rule, "missing": list(entry.missing)}


def _inputs(sources: Sequence[Source]) -> list[dict[str, Any]]:
    names = shown_names(sources)
    return [
        {
            "path": names.get(str(file), shown(file)),
            "kind": f"{source.kind}: {source.content}",
            "bytes": file.stat().st_size,
        }
        for source in sources
        for file in source.files
    ]


def _reading(reading: Reading) -> dict[str, Any]:
    return {"policy": reading.policy, "name": reading.name, "value": reading.value, "unit": reading.unit}


_OPEN = "outcome in ('not_met', 'not_documented')"
_FIGURES = f"""
    count(*) filter (where outcome = 'not_met') as not_met,
    count(*) filter (where outcome = 'not_documented') as not_documented,
    count(distinct nullif(course_id, '')) filter (where {_OPEN}) as courses,
    round(sum(charge_amount), 2) as charge_amount,
    round(sum(allowed_amount), 2) as allowed_amount,
    round(sum(charge_amount) filter (where outcome = 'not_met'), 2) as charge_amount_not_met,
    round(sum(allowed_amount) filter (where outcome = 'not_met'), 2) as allowed_amount_not_met
"""
_BY_RULE = f"""
    select * exclude (example), example.course_id as example_course, example.because as example
    from (
        select policy, rule, min(consequence) as consequence, {_FIGURES},
            count(*) filter (where outcome = 'not_applicable') as not_applicable,
            min(struct_pack(is_closed := not ({_OPEN}), course_id := course_id, because := because)) as example
        from findings group by policy, rule
    )
    order by policy, not_met + not_documented desc, rule
"""
_BY_MONTH = f"""
    select service_month, policy, {_FIGURES} from findings
    where {_OPEN} and service_month is not null group by service_month, policy order by all
"""
_BY_PROVIDER = f"""
    select found.*, total.lines, total.courses as courses_in_all
    from (
        select billing_npi, {_FIGURES} from findings where {_OPEN} and billing_npi <> '' group by billing_npi
    ) as found
    left join (
        select billing_npi, sum(lines) as lines, count(*) as courses from courses group by billing_npi
    ) as total using (billing_npi)
    order by coalesce(found.allowed_amount, found.charge_amount) desc nulls last, found.not_met desc, found.billing_npi
    limit {_PROVIDERS_SHOWN}
"""
_OPEN_COURSES = f"""
    select 'all', count(*) from courses
    where recommendation in ('do_not_cover', 'human_review', 'request_documentation')
        or (
            recommendation <> 'out_of_scope'
            and course_id in (select course_id from findings where {_OPEN} and course_id <> '')
        )
"""
_PROVIDERS = f"select 'all', count(distinct billing_npi) from findings where {_OPEN} and billing_npi <> ''"
_LINES_BY_RECOMMENDATION = f"""
    select recommendation, count(*) as lines,
        round(sum(charge_amount), 2) as charge_amount,
        round(sum(allowed_amount), 2) as allowed_amount,
        sum(floor(charge_amount * {SHARE_REFUSED} * 100 + 0.5)) / 100 as charge_at_stake,
        sum(floor(allowed_amount * {SHARE_REFUSED} * 100 + 0.5)) / 100 as allowed_at_stake
    from lines group by recommendation order by recommendation
"""
_REJECTS = f"""
    with kinds as (
        select kind, count(*) as lines,
            min(struct_pack(path := path, place := place, reason := reason)) as example
        from rejects group by kind
    ),
    ranked as (select *, least(row_number() over (order by lines desc, kind), {_REASONS_SHOWN}) as rank from kinds)
    select case when count(*) = 1 then min(kind) else 'other reasons' end as reason,
        cast(sum(lines) as bigint) as lines,
        min(example).path as path, min(example).place as place, min(example).reason as example
    from ranked group by rank order by rank
"""
_REMARKS = f"""
    with kinds as (
        select kind,
            count(*) as times, min(struct_pack(path := path, place := place, remark := remark)) as example
        from remarks group by kind
    ),
    ranked as (select *, least(row_number() over (order by times desc, kind), {_REASONS_SHOWN}) as rank from kinds)
    select cast(sum(times) as bigint) as times,
        min(example).path as path, min(example).place as place, min(example).remark as remark
    from ranked group by rank order by rank
"""
_CODE_LISTS = """
    with days as (
        select procedure_code, service_date, count(*) as lines from lines group by procedure_code, service_date
    ),
    borne as (
        select codes.policy, codes.code_list, sum(days.lines) as lines,
            min(days.service_date) as first_service, max(days.service_date) as last_service
        from (select distinct policy, code_list, code from code_lists) as codes
        inner join days on codes.code = days.procedure_code
        group by codes.policy, codes.code_list
    ),
    borne_in_force as (
        select code_lists.policy, code_lists.code_list, sum(days.lines) as lines
        from code_lists inner join days on code_lists.code = days.procedure_code
            and days.service_date between code_lists.valid_from and code_lists.valid_to
        group by code_lists.policy, code_lists.code_list
    )
    select named.policy, named.code_list, cast(coalesce(borne.lines, 0) as bigint) as lines,
        cast(coalesce(borne_in_force.lines, 0) as bigint) as lines_in_force, borne.first_service, borne.last_service
    from (select distinct policy, code_list from code_lists) as named
    left join borne using (policy, code_list)
    left join borne_in_force using (policy, code_list)
    order by named.policy, named.code_list
"""


def _load_code_lists(
    connection: duckdb.DuckDBPyConnection, rulebooks: Sequence[Rulebook], known: Collection[str]
) -> None:
    """The lists of procedure codes; a list of modifiers or of types of bill says nothing about lines by their code."""
    rows = [
        (book.name, code.code_list, code.code, code.valid_from, code.valid_to)
        for book in rulebooks
        for code in book.codes
        if code.code in known
    ]
    connection.execute(
        "create temp table code_lists"
        " (policy varchar, code_list varchar, code varchar, valid_from date, valid_to date);"
    )
    if rows:
        columns = [list(column) for column in zip(*rows, strict=True)]
        connection.execute(
            "insert into code_lists select unnest(?), unnest(?), unnest(?), unnest(?), unnest(?)", columns
        )


def _counted(connection: duckdb.DuckDBPyConnection, query: str) -> dict[str, int]:
    return dict(sorted(connection.execute(query).fetchall()))


def _records(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    found = connection.execute(query)
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
