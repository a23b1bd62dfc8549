"""What a screening amounts to."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of a screening, as summary.json holds them."""

    isocenter: str
    policies: list[dict[str, str]]
    lines: dict[str, int]  # read, judged, other, rejected
    courses: dict[str, int]  # by recommendation
    recommended_lines: dict[str, int]  # by recommendation
    findings_by_rule: list[dict[str, Any]]
    findings_by_month: list[dict[str, Any]]
    findings_by_provider: list[dict[str, Any]]
    rejects: list[dict[str, Any]]  # reason: lines
    applied_to_nothing: list[dict[str, str]]
    not_assessed: list[dict[str, Any]]
    problems: list[dict[str, str]]
    inputs: list[dict[str, Any]]
    readings: list[dict[str, Any]]
    seconds: dict[str, float] = field(default_factory=dict)  # not part of summary.json: it differs from run to run
