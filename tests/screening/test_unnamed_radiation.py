"""Lines of a hospital without a procedure code: which are lost, in a screening as in a review, and which bill none."""

import json
from pathlib import Path
from typing import Any

import pytest

from isocenter.intake.case import read_case
from isocenter.intake.fhir_r4 import BillFile
from isocenter.intake.x12_837 import ClaimFile
from isocenter.terms.problems import LostLine
from tests.intake.fhir_resources import bill, concept, item
from tests.intake.x12_samples import HOSPITAL
from tests.intake.x12_writer import delimit
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


@pytest.mark.parametrize(
    ("odd", "is_lost"),
    [
        ("A9,1,M1,,,0333,131,1,institutional", True),
        ("A9,1,n/a,2025-03-10,,0333,131,1,institutional", True),
        ("A9,1,,2025-03-10,,0333,131,1,institutional", True),
        ("A9,1,,,,0333,131,1,institutional", False),  # a sum by revenue codes
        ("A9,1,M1,,,0333,111,1,institutional", False),  # of an inpatient stay
        ("A9,1,M1,,,0250,131,1,institutional", False),
        ("A9,1,M1,2025-03-10,,0250,131,0,institutional", False),
        ("A9,1,n/a,2025-03-10,,,,1,professional", False),  # a total
    ],
)
@pytest.mark.parametrize("is_ours", [True, False])
def test_a_line_without_a_code_that_lacks_its_day_or_its_member_too(
    tmp_path: Path, odd: str, is_lost: bool, is_ours: bool
) -> None:
    ours = "claim_id,line_number,member_id,service_date,procedure_code,revenue_code,bill_type,units,setting"
    theirs = "claim,line,member,dos,cpt,rev_code,type_of_bill,units,setting"
    good = [f"A{n},1,M1,2025-03-{n:02},77386,0333,131,1,institutional" for n in range(3, 9)]
    (claims := tmp_path / "claims").mkdir()
    (claims / "claim_lines.csv").write_text("\n".join([ours if is_ours else theirs, *good, odd, ""]))
    found = split_of(tmp_path / "out", claims / "claim_lines.csv")
    assert (found.counts.kept, found.counts.rejected) == (len(good), is_lost)
    assert len(_lost_in_a_review(claims)) == is_lost


@pytest.mark.parametrize("day", ["2025-02-30", "0", "n/a"])
def test_a_line_of_revenue_is_no_procedure_whatever_else_is_wrong_with_it(tmp_path: Path, day: str) -> None:
    columns = "claim_id,line_number,member_id,service_date,procedure_code,revenue_code,units,setting"
    lines = ["A3,1,M1,2025-03-03,77386,0333,1,institutional", f"A9,1,M1,{day},,0250,0,institutional"]
    (claims := tmp_path / "claims").mkdir()
    (claims / "claim_lines.csv").write_text("\n".join([columns, *lines, ""]))
    found = split_of(tmp_path / "out", claims / "claim_lines.csv")
    assert (found.counts.kept, found.counts.rejected) == (1, 0)
    assert _lost_in_a_review(claims) == []


@pytest.mark.parametrize(("frequency", "code", "lost"), [("1", "", 0), ("7", "", 2), ("8", "", 2), ("7", "99213", 0)])
@pytest.mark.parametrize("is_ours", [True, False])
def test_a_correction_of_a_hospital_holds_its_member_where_none_of_its_lines_has_a_code(
    tmp_path: Path, frequency: str, code: str, lost: int, is_ours: bool
) -> None:
    ours = "claim_id,line_number,member_id,service_date,procedure_code,revenue_code,claim_frequency,units,setting"
    theirs = "claim,line,member,dos,cpt,rev_code,frequency_code,units,setting"
    good = [f"A{n},1,M1,2025-03-{n:02},77386,0333,1,1,institutional" for n in range(3, 9)]
    odd = [
        f"A3,1,M1,2025-03-03,,0250,{frequency},1,institutional",
        f"A3,2,M1,,,0001,{frequency},,institutional",
        *([f"A3,3,M1,2025-03-03,{code},0510,{frequency},1,institutional"] if code else []),
    ]
    (claims := tmp_path / "claims").mkdir()
    (claims / "claim_lines.csv").write_text("\n".join([ours if is_ours else theirs, *good, *odd, ""]))
    found = split_of(tmp_path / "out", claims / "claim_lines.csv")
    assert (found.counts.kept, found.counts.rejected) == (len(good) + bool(code), lost)
    assert {"procedure_code is missing"} & set(found.reasons.values()) == (
        {"procedure_code is missing"} if lost else set()
    )
    assert [member for member, _ in _lost_in_a_review(claims)] == ["M1"] * lost


@pytest.mark.parametrize(("frequency", "has_code", "is_lost"), [("1", False, 0), ("7", False, 1), ("8", True, 0)])
def test_a_correction_without_codes_in_x12_and_in_fhir(
    tmp_path: Path, frequency: str, has_code: bool, is_lost: bool
) -> None:
    claim = next(place for place, one in enumerate(HOSPITAL) if one.startswith("CLM*"))
    begin = next(place for place, one in enumerate(HOSPITAL) if one.startswith("LX*"))
    trailer = next(place for place, one in enumerate(HOSPITAL) if one.startswith("SE*"))
    coded = HOSPITAL[begin : begin + 3] if has_code else []
    corrected = [
        *HOSPITAL[:claim],
        HOSPITAL[claim].replace("13:A:1", f"13:A:{frequency}"),
        *HOSPITAL[claim + 1 : begin],
    ]
    (file := tmp_path / "hospital.837").write_bytes(
        delimit([*corrected, *coded, "LX*2", "SV2*0250**12.5*UN*3", HOSPITAL[begin + 2], *HOSPITAL[trailer:]])
    )
    unnamed = item(revenue=concept("0250"), sequence=2)
    unnamed["productOrService"] = concept("not-applicable", "http://terminology.hl7.org/CodeSystem/data-absent-reason")
    of_bill = {"clm_freq_cd": frequency, "clm_fac_type_cd": "1", "clm_srvc_clsfctn_type_cd": "3"}
    info = [
        {"category": concept("typeofbill"), "code": concept(code, f"https://example.org/variables/{name}")}
        for name, code in of_bill.items()
    ]
    kind = concept("40", "https://bluebutton.cms.gov/fhir/CodeSystem/CLM-TYPE-CD")
    items = [item(), unnamed] if has_code else [unnamed]
    (bills := tmp_path / "bills.ndjson").write_text(json.dumps(bill(*items, type=kind, supportingInfo=info)))
    said = "it replaces or voids another claim, and none of its lines has a procedure code"
    for rows in (ClaimFile(file), BillFile(bills)):
        lost = [one for one in rows if isinstance(one, LostLine) and said in one.sentence]
        assert [bool(one.member_id) for one in lost] == [True] * is_lost
