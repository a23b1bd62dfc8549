"""A tumor treated after another, without a plan of its own: the plan of the first does not support its fractions."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from isocenter.screening.run import screen
from isocenter.terms.claims import ClaimDiagnosis, ClaimLine
from isocenter.workflow import review_each
from tests.screening.claims_files import rows_of, write_parquet
from tests.screening.screenings import settings_of

_RULE = "delivery_follows_an_imrt_plan"
_LUNG, _BRAIN, _NODES, _ENCOUNTER = "C34.11", "C79.31", "C77.1", "Z51.0"
_BEGIN = date(2024, 3, 4)
# What each claim names, from which day on it bills five fractions, and what the rule says of them.
_CLAIMS = {
    "P1": ((_ENCOUNTER, _LUNG), 7, "met"),
    "P2": ((_LUNG, _BRAIN), 14, "met"),
    "P3": ((_NODES,), 21, "met"),
    "P4": ((_ENCOUNTER,), 28, "met"),
    "B1": ((_BRAIN, _LUNG), 42, "not_documented"),
    "B2": ((_ENCOUNTER, _BRAIN), 49, "not_documented"),
}


def _line(claim: str, number: int, code: str, day: int) -> ClaimLine:
    return ClaimLine(
        claim_line_id=f"{claim}-{number}", claim_id=claim, line_number=number, course_id="", member_id="M1",
        service_date=_BEGIN + timedelta(days=day), procedure_code=code, units=1, setting="professional",
        billing_npi="1999999984", line_of_business="medicare", charge_amount=100.0,
    )  # fmt: skip


@pytest.fixture(scope="module")
def screened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("in_turn")
    lines = [_line("P1", 9, "77301", 1)]
    for claim, (_, day, _) in _CLAIMS.items():
        lines += [_line(claim, number, "G6015", day + number) for number in range(5)]
    named = [
        ClaimDiagnosis(claim, code, n) for claim, (codes, *_) in _CLAIMS.items() for n, code in enumerate(codes, 1)
    ]
    write_parquet(folder / "claims" / "claim_lines.parquet", lines)
    write_parquet(folder / "claims" / "claim_diagnoses.parquet", named)
    screen(settings_of(folder / "out", folder / "claims", policies=("imrt",)))
    return folder / "out"


def _expected() -> set[tuple[str, str]]:
    return {(f"{claim}-{number}", outcome) for claim, (*_, outcome) in _CLAIMS.items() for number in range(5)}


def test_fractions_for_another_tumor_than_that_of_the_plan_are_asked_about(screened: Path) -> None:
    findings = rows_of(screened, "findings/*.parquet")
    asked = {(one["subject_id"], one["outcome"]) for one in findings if one["rule"] == _RULE}
    assert asked == {told for told in _expected() if told[1] != "met"}
    lines = {line["claim_line_id"]: line for line in rows_of(screened, "lines/*.parquet")}
    assert {lines[f"{claim}-{number}"]["recommendation"] for claim in ("B1", "B2") for number in range(5)} == {
        "request"
    }


def test_a_review_asks_about_the_same(screened: Path) -> None:
    findings = [one for review in review_each(screened.parent / "claims") for one in review.findings]
    assert {(one.subject_id, str(one.outcome)) for one in findings if one.rule == _RULE} == _expected()
