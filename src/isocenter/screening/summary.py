"""What a screening amounts to: counts and amounts by rule, month and provider, and what was not judged."""

import json
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

import duckdb

from isocenter.intake.bulk.selecting import literal
from isocenter.intake.bulk.sources import Source
from isocenter.screening.part import BASE, prepare
from isocenter.screening.settings import Settings
from isocenter.screening.splitting import LineCounts, open_connection
from isocenter.terms.screening import Summary

_PROVIDERS_SHOWN = 50
_REASONS_SHOWN = 20


def summarize(
    settings: Settings,
    sources: list[Source],
    counts: LineCounts,
    applied: set[tuple[Any, ...]],
    seconds: dict[str, float],
) -> Summary:
    """Add up the answers of all parts and write summary.json."""
    prepared = prepare(settings)
    out = settings.out
    left_out = {(entry.policy, entry.rule) for entry in prepared.plan.not_assessed}
    with open_connection(settings.memory_bytes, settings.workers, out / BASE / "spill") as connection:
        for answer in ("findings", "lines", "courses"):
            files = literal(str(out / answer / "*.parquet"))
            connection.execute(f"create view {answer} as from read_parquet({files})")
        connection.execute(f"create view rejects as from read_parquet({literal(str(out / 'rejects.parquet'))})")
        summary = Summary(
            isocenter=version("isocenter"),
            policies=[
                {"name": book.name, "title": book.title, "valid_from": str(book.valid_from)}
                for book in prepared.rulebooks
            ],
            lines={"read": counts.read, "judged": counts.kept, "other": counts.other, "rejected": counts.rejected},
            courses=_counted(connection, "select recommendation, count(*) from courses group by all"),
            recommended_lines=_counted(connection, "select recommendation, count(*) from lines group by all"),
            findings_by_rule=_records(connection, _BY_RULE),
            findings_by_month=_records(connection, _BY_MONTH),
            findings_by_provider=_records(connection, _BY_PROVIDER),
            rejects=_records(connection, _REJECTS),
            applied_to_nothing=[
                {"policy": rule.policy, "rule": rule.name, "title": rule.title}
                for rule in prepared.plan.all_rules
                if (rule.policy, rule.name) not in applied | left_out
            ],
            not_assessed=[
                {"policy": entry.policy, "rule": entry.rule, "missing": list(entry.missing)}
                for entry in prepared.plan.not_assessed
            ],
            problems=[dict(problem._asdict()) for problem in prepared.problems],
            inputs=[
                {"path": str(file), "kind": f"{source.kind}: {source.content}", "bytes": file.stat().st_size}
                for source in sources
                for file in source.files
            ],
            readings=[
                {"policy": reading.policy, "name": reading.name, "value": reading.value, "unit": reading.unit}
                for book in prepared.rulebooks
                for reading in book.readings
            ],
            seconds=seconds,
        )
    told = asdict(summary)
    del told["seconds"]
    partial = out / "summary.partial"
    partial.write_text(json.dumps(told, indent=1, default=str), encoding="utf-8")
    partial.replace(out / "summary.json")
    return summary


_OPEN = "outcome in ('not_met', 'not_documented')"
_FIGURES = f"""
    count(*) filter (where outcome = 'not_met') as not_met,
    count(*) filter (where outcome = 'not_documented') as not_documented,
    count(distinct course_id) filter (where {_OPEN}) as courses,
    round(sum(charge_amount), 2) as charge_amount,
    round(sum(allowed_amount), 2) as allowed_amount
"""
_BY_RULE = f"""
    select policy, rule, min(consequence) as consequence, {_FIGURES},
        count(*) filter (where outcome = 'not_applicable') as not_applicable
    from findings group by policy, rule order by policy, not_met + not_documented desc, rule
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
    order by found.allowed_amount desc nulls last, found.not_met desc, found.billing_npi
    limit {_PROVIDERS_SHOWN}
"""
_REJECTS = f"""
    select reason, count(*) as lines, min(path) as path, min(place) as place
    from rejects group by reason order by lines desc, reason limit {_REASONS_SHOWN}
"""


def _counted(connection: duckdb.DuckDBPyConnection, query: str) -> dict[str, int]:
    return dict(sorted(connection.execute(query).fetchall()))


def _records(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    found = connection.execute(query)
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
