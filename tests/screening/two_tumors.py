"""Claims of two tumors treated at the same time, some of which name neither, and what is asked about them."""

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from isocenter.terms.claims import ClaimDiagnosis, ClaimLine
from tests.screening.claims_files import write_parquet

_LUNG, _PROSTATE, _ENCOUNTER = "C34.11", "C61", "Z51.0"
_BEGIN = date(2024, 3, 4)
_ASKED = "may also be for another tumor treated at the same time: state the diagnosis that it was for"


def claims_of_two_tumors(folder: Path) -> Path:
    """A lung of ten fractions by G6015 and a prostate of ten by G6016, of which the second five name no tumor."""
    claims = {
        "L1": (_LUNG, [("77263", 0), ("77301", 1), *(("G6015", day) for day in range(7, 12)), ("77427", 11)]),
        "L2": (_LUNG, [*(("G6015", day) for day in range(14, 19)), ("77427", 18)]),
        "P1": (_PROSTATE, [("77263", 2), ("77301", 3), *(("G6016", day) for day in range(9, 14)), ("77427", 13)]),
        "E1": (_ENCOUNTER, [*(("G6016", day) for day in range(14, 19)), ("77336", 18)]),
        "P2": (_PROSTATE, [("77427", 17)]),
        "P3": (_PROSTATE, [("77014", 200)]),  # the claims reach on, so that no week is open at their end
    }
    lines = [
        ClaimLine(
            claim_line_id=f"{claim}-{number}", claim_id=claim, line_number=number, course_id="", member_id="M1",
            service_date=_BEGIN + timedelta(days=day), procedure_code=code, units=1, setting="professional",
            billing_npi="1999999984", line_of_business="medicare",
        )
        for claim, (_, services) in claims.items()
        for number, (code, day) in enumerate(services, start=1)
    ]  # fmt: skip
    write_parquet(folder / "claim_lines.parquet", lines)
    write_parquet(folder / "claim_diagnoses.parquet", [ClaimDiagnosis(name, of[0], 1) for name, of in claims.items()])
    return folder


def asked(findings: Iterable[Any]) -> set[tuple[str, str, str]]:
    """Rule, line and outcome of what is refused or asked for the sake of a course."""
    return {(one["rule"], one["subject_id"], one["outcome"]) for one in findings if _ASKED in one["because"]}
