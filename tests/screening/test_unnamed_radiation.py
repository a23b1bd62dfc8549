"""A revenue code of radiation therapy without a procedure code is lost in a screening as in a review."""

from pathlib import Path
from typing import Any

import pytest

from isocenter.intake.case import read_case
from isocenter.terms.problems import LostLine
from tests.screening.claims_files import line, split_of, write_parquet

_BILLS = [("131", True), ("111", False), ("121", True), ("", True)]


def _lost_in_a_review(folder: Path) -> list[tuple[str, str]]:
    problems = read_case(folder).problems
    return [(one.member_id, one.sentence) for one in problems if isinstance(one, LostLine)]


@pytest.mark.parametrize(("bill_type", "is_lost"), [*_BILLS, (None, True)])
def test_our_own_lines(tmp_path: Path, bill_type: str | None, is_lost: bool) -> None:
    hospital: dict[str, Any] = {"claim_id": "A2", "procedure_code": "", "setting": "institutional"}
    rows = [
        line(),
        line(claim_line_id="L2", revenue_code="0333", **hospital, bill_type=bill_type),
        line(claim_line_id="L3", revenue_code="0250", **hospital, bill_type=bill_type),
        line(claim_line_id="L4", revenue_code="0001", **hospital, bill_type=bill_type),
    ]
    claims = tmp_path / "claims"
    claims.mkdir()
    found = split_of(tmp_path / "out", write_parquet(claims / "claim_lines.parquet", rows))
    assert (found.counts.kept, found.counts.rejected, found.counts.other) == (1, is_lost, 3 - is_lost)
    assert ["revenue code 0333" in reason for reason in found.reasons.values()] == [True] * is_lost
    assert [member for member, _ in _lost_in_a_review(claims)] == ["M1"] * is_lost


def test_one_of_a_claim_whose_day_is_not_stated(tmp_path: Path) -> None:
    claims = tmp_path / "claims"
    claims.mkdir()
    rows = [
        "claim,line,member,dos,cpt,rev_code,type_of_bill,units,charge",
        *(f"A{n},1,M1,2025-03-{n:02},77385,333,131,1,900" for n in range(3, 9)),
        "A9,1,M1,,,0333,131,1,900",
        "A9,2,M1,,,0250,131,1,20",
        ",,M1,,,0333,,2,1800",
    ]
    (claims / "paid.csv").write_text("\n".join([*rows, ""]))
    found = split_of(tmp_path / "out", claims / "paid.csv")
    assert list(found.reasons.values()) == ["service_date is missing"]
    assert _lost_in_a_review(claims) == [("M1", "service_date is missing; the line was left out")]


@pytest.mark.parametrize(("bill_type", "is_lost"), _BILLS)
def test_a_payers_table(tmp_path: Path, bill_type: str, is_lost: bool) -> None:
    rows = [
        "claim,line,member,dos,cpt,rev_code,type_of_bill,units,charge",
        *(f"A{n},1,M1,2025-03-{n:02},77385,333,131,1,900" for n in range(3, 9)),
        f"A9,1,M1,2025-03-10,,333,{bill_type},1,900",
        f"A9,2,M1,2025-03-10,,250,{bill_type},1,20",
        ",,,,,333,,2,1800",
    ]
    claims = tmp_path / "claims"
    claims.mkdir()
    (claims / "paid.csv").write_text("\n".join([*rows, ""]))
    found = split_of(tmp_path / "out", claims / "paid.csv")
    assert found.counts.rejected == is_lost
    assert ["revenue code 0333" in reason for reason in found.reasons.values()] == [True] * is_lost
    lost = _lost_in_a_review(claims)
    assert [(member, "state its HCPCS code" in sentence) for member, sentence in lost] == [("M1", True)] * is_lost
