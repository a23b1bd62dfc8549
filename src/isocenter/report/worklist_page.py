"""The courses of a screening that have something open, as a page to sort and filter, each with the way to open it."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from isocenter.files.texts import named_within
from isocenter.report.page import environment
from isocenter.rulebook.rulebook import Rulebook
from isocenter.terms.screening import Summary


def worklist_as_page(summary: Summary, rulebooks: Sequence[Rulebook], out: Path) -> str:
    """The page as one HTML file; its script sorts and filters, and without it the list is complete."""
    titles = {rule.name: rule.title for rulebook in rulebooks for rule in rulebook.rules}
    rows = [
        {**row, "named_rules": row["rules"].split("; "), "command": open_command(out, row["course_id"])}
        for row in summary.worklist
    ]
    return (
        environment()
        .get_template("worklist.html")
        .render(
            summary=summary,
            rows=rows,
            titles=titles,
            rules=sorted({rule for row in rows for rule in row["named_rules"]}),
            providers=sorted({row["billing_npi"] for row in rows}),
            months=sorted({row["first_service"][:7] for row in rows}),
            amount=amount_of(rows),
            reports=_reports(out, rows),
        )
    )


def open_command(out: Path, course: str) -> str:
    """The command that opens a course as a report."""
    return f"isocenter review --from {shlex.quote(named_within(out))} {shlex.quote(course)} --report report.html"


def amount_of(rows: Sequence[dict[str, Any]]) -> str:
    """The name of the amount at stake that the claims have, '' where they have none."""
    for name in ("allowed_at_stake", "charge_at_stake"):
        if any(row[name] is not None for row in rows):
            return name
    return ""


def report_file(place: int) -> str:
    """The file, within the folder of a screening, of the report on the course of this place in the list, from 1."""
    return f"reports/{place:04d}.html"


def _reports(out: Path, rows: Sequence[dict[str, Any]]) -> dict[str, str]:
    """The report of each course that has one."""
    files = {row["course_id"]: report_file(place) for place, row in enumerate(rows, start=1)}
    return {course: file for course, file in files.items() if (out / file).is_file()}
