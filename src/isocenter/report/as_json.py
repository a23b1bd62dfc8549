"""A review as JSON for machines: fixed names, a schema with a version, the same bytes for the same input."""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from isocenter.files.texts import json_without_controls
from isocenter.report.amounts import AmountsOf, amounts_in
from isocenter.report.claims import billed_lines
from isocenter.report.words import reason_code
from isocenter.terms.claims import ClaimLine
from isocenter.terms.findings import Finding, ReviewedLine
from isocenter.terms.review import Review

SCHEMA_VERSION = "2.4"


def review_as_json(review: Review) -> str:
    """The review as one JSON document, as review.schema.json describes it; ends with a line break."""
    return json_without_controls(json.dumps(_document(review), ensure_ascii=False, indent=2, allow_nan=False)) + "\n"


@cache
def review_schema() -> str:
    """The published JSON Schema (draft 2020-12) of what review_as_json writes."""
    return (files("isocenter.report") / "review.schema.json").read_text(encoding="utf-8")


def _document(review: Review) -> dict[str, Any]:
    billed = billed_lines(review)
    amounts_of = amounts_in(review)
    return {
        "isocenter": review.version,
        "schema_version": SCHEMA_VERSION,
        "policies": [policy._asdict() for policy in review.policies],
        "question": review.question.value,
        "course_id": review.course.course_id,
        "recommendation": review.recommendation.value,
        "requires_clinician": review.requires_clinician,
        "amounts": _amounts(review, amounts_of),
        "lines": [_line(line, amounts_of) for line in review.lines],
        "findings": [_finding(finding, billed.get(finding.subject_id)) for finding in review.findings],
        "not_assessed": [
            {"policy": entry.policy, "rule": entry.rule, "missing": list(entry.missing)}
            for entry in review.not_assessed
        ],
        "applied_to_nothing": [{"policy": policy, "rule": rule} for policy, rule in review.applied_to_nothing],
        "readings": [
            {
                "policy": reading.policy,
                "name": reading.name,
                "value": reading.value,
                "unit": reading.unit,
                "reason": reading.reason,
                "source": reading.source,
            }
            for reading in review.readings
        ],
        "inputs": [
            {"path": file.path, "kind": file.kind, "sha256": file.sha256, "rows": file.rows} for file in review.inputs
        ],
        "problems": [problem._asdict() for problem in review.problems],
    }


def _amounts(review: Review, amounts_of: AmountsOf) -> dict[str, Any] | None:
    found = amounts_of(review.lines)
    if found is None:
        return None
    return {"billed": found.billed, "at_stake": found.at_stake, "lines_without_charge": found.unstated}


def _line(line: ReviewedLine, amounts_of: AmountsOf) -> dict[str, Any]:
    amounts = amounts_of([line])
    is_stated = amounts is not None and not amounts.unstated
    return {
        "claim_line_id": line.claim_line_id,
        "procedure_code": line.procedure_code,
        "service_date": line.service_date.isoformat(),
        "recommendation": line.recommendation.value,
        "units_allowed": line.units_allowed,
        "units": line.units,
        "billed": amounts.billed if amounts and is_stated else None,
        "at_stake": amounts.at_stake if amounts and is_stated else None,
    }


def _finding(finding: Finding, billed: ClaimLine | None) -> dict[str, Any]:
    return {
        "policy": finding.policy,
        "rule": finding.rule,
        "requirements": list(finding.requirements),
        "cites": finding.cites,
        "subject_kind": finding.subject_kind.value,
        "subject_id": finding.subject_id,
        "outcome": finding.outcome.value,
        "consequence": finding.consequence.value,
        "because": finding.because,
        "evidence": finding.evidence.value,
        "remedy": finding.remedy,
        "carc": finding.carc,
        "rarc": finding.rarc,
        "reason_code": reason_code(finding, billed),
    }
