"""Claim lines as Spark frames, and few rules to judge them by."""

from dataclasses import replace
from datetime import date
from typing import Any

from isocenter.facts.schema import tables
from isocenter.review.spark_desk import Desk
from isocenter.rulebook.rulebook import Rulebook, load_policy
from tests.builders import row


def lines_frame(spark: Any, *lines: dict[str, Any], **instead: str) -> Any:
    """Claim lines; `instead` are expressions for some columns."""
    fields = [column.name for column in tables()["claim_lines"].columns if column.name not in instead]
    kinds = {column.name: column.type for column in tables()["claim_lines"].columns}
    with Desk(spark) as desk:
        rows = [tuple(getattr(row("claim_lines", **line), name) for name in fields) for line in lines]
        frame = desk.rows({name: kinds[name] for name in fields}, rows)
    return frame.selectExpr("*", *(f"{value} as {name}" for name, value in instead.items()))


def plan_line(**values: Any) -> dict[str, Any]:
    day = date(2024, 1, 2)
    return {"claim_line_id": "L1", "service_date": day, "procedure_code": "77301", **values}


def few_rules(*names: str) -> Rulebook:
    imrt = load_policy("imrt")
    return replace(imrt, rules=tuple(imrt.rule(name) for name in names))
