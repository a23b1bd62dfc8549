"""What a screening amounts to."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of a screening, as summary.json holds them.

    Amounts are in dollars, null where the claims have none. `charge_amount` and `allowed_amount` of findings are
    what is at stake in those that are open, `..._not_met` the share of it where a demand is not met.
    """

    isocenter: str
    engine: str
    supplied: list[str]  # fact tables that the claims, and edits where given, fill
    policies: list[dict[str, str]]
    decides_coverage: bool  # whether a policy asks if a course is covered, not only if it is billed right
    lines: dict[str, int]  # read, judged, other, rejected
    files_unread: int  # files of claims that could not be read, or not to the end
    courses: dict[str, int]  # by recommendation
    open_courses: int  # in scope, that need documents or a clinician or of which a rule found something
    coverage: dict[str, int]  # courses by line of business
    settings: dict[str, int]  # lines by setting
    lines_by_recommendation: list[dict[str, Any]]  # each line once: its amounts, and those of them at stake
    findings_by_rule: list[dict[str, Any]]
    findings_by_month: list[dict[str, Any]]
    findings_by_provider: list[dict[str, Any]]
    providers: int  # with an open finding; the list above may hold fewer
    worklist: list[dict[str, Any]]  # the first courses with something open, most at stake first, with their reasons
    worklist_courses: int  # with something open; the list above may hold fewer
    rejects: list[dict[str, Any]]  # by kind of reason, each with an example
    remarks: list[dict[str, Any]]  # on files of claims and edits, by kind, each with an example; none cost a line
    applied_to_nothing: list[dict[str, str]]
    not_assessed: list[dict[str, Any]]
    code_lists: list[dict[str, Any]]  # lines that have a code of each list, and on a day when it was in force
    inputs: list[dict[str, Any]]
    readings: list[dict[str, Any]]
    seconds: dict[str, float] = field(default_factory=dict)  # not part of summary.json: it differs from run to run

    @property
    def amount_known(self) -> str:
        """The name of the amounts to show: what was allowed, else what was charged, '' where the claims say neither."""
        for name in ("allowed_amount", "charge_amount"):
            if any(entry[name] is not None for entry in self.lines_by_recommendation):
                return name
        return ""
