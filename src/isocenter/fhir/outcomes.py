"""What is wrong with a resource, as FHIR says it: OperationOutcome."""

from collections.abc import Iterable
from typing import Any

from isocenter.fhir.structures.checker import Issue
from isocenter.files.texts import without_controls

_ALL_OK = Issue("information", "informational", "", "no fault was found")


def outcome_of(issues: Iterable[Issue]) -> dict[str, Any]:
    """An OperationOutcome of these issues; one that says so where there is none."""
    return {"resourceType": "OperationOutcome", "issue": [_issue(one) for one in issues] or [_issue(_ALL_OK)]}


def _issue(issue: Issue) -> dict[str, Any]:
    written: dict[str, Any] = {
        "severity": issue.severity,
        "code": issue.code,
        "diagnostics": without_controls(
            f"{issue.expression}: {issue.sentence}" if issue.expression else issue.sentence
        ),
    }
    return written | ({"expression": [issue.expression]} if issue.expression else {})
