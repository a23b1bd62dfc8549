"""A case folder that begins with what the claims state reviews the same lines as the claims."""

import csv
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import yaml

from isocenter.cli import main
from isocenter.terms.claims import ClaimLine
from isocenter.terms.findings import CourseRecommendation
from isocenter.workflow import review_case
from tests.intake.fhir_resources import bill, bundle, item, patient
from tests.intake.x12_samples import SAMPLES
from tests.intake.xlsx_writer import write_xlsx


def test_member_course_diagnoses_and_lines_are_filled_in(tmp_path: Path) -> None:
    claims = SAMPLES / "hospital.837"
    assert main(["new", str(tmp_path / "case"), "--from", str(claims)]) == 0
    stated = yaml.safe_load((tmp_path / "case" / "case.yaml").read_text(encoding="utf-8"))
    direct, filled = review_case(claims, ["imrt"]), review_case(tmp_path / "case", ["imrt"])
    assert stated["courses"][0]["course_id"] == direct.course.course_id
    assert [row["icd10"] for row in stated["diagnoses"]] == ["C09.9", "C77.0", "Z92.3"]
    assert filled.lines and [line[:4] for line in map(_told, filled.lines)] == [
        line[:4] for line in map(_told, direct.lines)
    ]


def test_a_line_that_could_not_be_read_is_a_row_to_fill_in_that_holds_the_new_case(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    claims, case = tmp_path / "claims.csv", tmp_path / "case"
    names = "claim_id,line_number,member_id,service_date,procedure_code,units,setting,line_of_business"
    line = "A1,{},M1,2025-03-{},{},1,professional,medicare"
    rows = [line.format(1, "03", "77301"), line.format(2, "10", "G6015"), line.format(3, "32", "77427")]
    claims.write_text("\n".join([names, *rows, ""]), encoding="utf-8")
    assert main(["new", str(case), "--from", str(claims)]) == 0
    assert "fill in or take away 1 row of claim_lines.csv" in capsys.readouterr().out
    direct, filled = review_case(claims, ["imrt"]), review_case(case, ["imrt"])
    assert filled.recommendation is direct.recommendation is CourseRecommendation.HUMAN_REVIEW
    assert [(one.claim_line_id, one.recommendation) for one in filled.lines] == [
        (one.claim_line_id, one.recommendation) for one in direct.lines
    ]
    written = case / "claim_lines.csv"
    kept = [row for row in written.read_text(encoding="utf-8").splitlines() if "77427" not in row]
    written.write_text("\n".join([*kept, ""]), encoding="utf-8")
    assert review_case(case, ["imrt"]).recommendation is not CourseRecommendation.HUMAN_REVIEW


def test_a_number_of_a_claim_is_no_formula_in_a_new_case_and_is_read_back_as_it_was(tmp_path: Path) -> None:
    claims = tmp_path / "claim_lines.csv"
    ids = ("=1+1", "@SUM(A1)", "-7", "'quoted")
    with claims.open("w", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(ClaimLine._fields)
        writer.writerows(_BILLED._replace(claim_id=name, claim_line_id=name) for name in ids)
    given = [line.claim_line_id for line in review_case(claims, ["imrt"]).lines]
    assert main(["new", str(tmp_path / "case"), "--from", str(claims)]) == 0
    with (tmp_path / "case" / "claim_lines.csv").open(newline="") as written:
        assert not [cell for row in csv.reader(written) for cell in row if cell[:1] in ("=", "+", "-", "@")]
    assert [line.claim_line_id for line in review_case(tmp_path / "case", ["imrt"]).lines] == given


def _told(line: object) -> tuple[object, ...]:
    return tuple(getattr(line, name) for name in ("claim_line_id", "procedure_code", "service_date", "units"))


_TABLE = ["claim_number", "line", "MBR_ID", "dos", "cpt", "units", "CHRG", "BILL_NPI", "dx1", "pos", "LOB"]


def _workbook(path: Path, *members: str) -> Path:
    """A practice's workbook with a title above its header and days as Excel counts them, of one plan a member."""
    rows = [["C1", 1, member, 45720, 77301, 1, 2400, 1999999984, "C61", 11, "Medicare"] for member in members]
    return write_xlsx(path, [["Billed in March"], [], _TABLE, *rows])


def _resources(path: Path, *members: str) -> Path:
    billed = item(servicedDate="2025-03-04", net={"value": 2400, "currency": "USD"})
    resources = [
        resource
        for member in members
        for resource in (
            patient(f"p-{member}", member),
            bill(billed, id=f"of-{member}", patient={"reference": f"Patient/p-{member}"}),
        )
    ]
    path.write_text(
        "\n".join(map(json.dumps, resources)) if path.suffix == ".ndjson" else json.dumps(bundle(*resources))
    )
    return path


@pytest.mark.parametrize(
    ("write", "name"), [(_workbook, "claims.xlsx"), (_resources, "claims.json"), (_resources, "claims.ndjson")]
)
def test_workbooks_and_resources_fill_a_case_in_too(
    tmp_path: Path, write: Callable[..., Path], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    claims = write(tmp_path / name, "1EG4TE5MK73", "2EG4TE5MK73")
    assert main(["new", str(tmp_path / "case"), "--from", str(claims)]) == 2
    said = capsys.readouterr().err
    assert (
        "it holds 2 courses (1EG4TE5MK73 from 2025-03-04, 2EG4TE5MK73 from 2025-03-04); choose one with --course"
        in said
    )
    assert "--each" not in said
    course = "2EG4TE5MK73 from 2025-03-04"
    assert main(["new", str(tmp_path / "case"), "--from", str(claims), "--course", course]) == 0
    review = review_case(tmp_path / "case", ["imrt"])
    assert review.course.course_id == course
    assert [row.icd10 for row in review.facts["diagnoses"]] == ["C61"]
    assert [(line.procedure_code, line.service_date, line.units) for line in review.lines] == [
        ("77301", date(2025, 3, 4), 1)
    ]


def test_claims_of_several_courses_need_a_choice(tmp_path: Path) -> None:
    assert main(["new", str(tmp_path / "case"), "--from", str(SAMPLES / "professional.837")]) == 2
    assert not (tmp_path / "case").exists()


_BILLED = ClaimLine(
    claim_line_id="", claim_id="", line_number=1, course_id="", member_id="M1", service_date=date(2025, 3, 4),
    procedure_code="77301", units=1, setting="professional", billing_npi="1245319599", rendering_npi="1245319599",
)  # fmt: skip


@pytest.mark.parametrize(("original", "is_at_hand"), [("A1", True), ("A9", False)])
def test_a_correction_is_settled_before_a_case_is_filled_in(tmp_path: Path, original: str, is_at_hand: bool) -> None:
    claims = tmp_path / "claim_lines.csv"
    lines = [
        _BILLED._replace(claim_id="A1", claim_line_id="A1-1", units=2),
        _BILLED._replace(claim_id="A2", claim_line_id="A2-1", claim_frequency="7", original_claim_id=original,
                         service_date=date(2025, 3, 4 if is_at_hand else 5)),
    ]  # fmt: skip
    with claims.open("w", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(ClaimLine._fields)
        writer.writerows(lines)
    assert main(["new", str(tmp_path / "case"), "--from", str(claims)]) == 0
    review = review_case(tmp_path / "case", ["imrt"])
    not_at_hand = [problem for problem in review.problems if "not among the claims that are judged" in problem.sentence]
    assert bool(not_at_hand) is not is_at_hand
    assert [line.claim_line_id for line in review.lines] == (["A2-1"] if is_at_hand else ["A1-1", "A2-1"])


def test_what_was_not_read_of_the_claims_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    claims = tmp_path / "claim_lines.csv"
    with claims.open("w", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(ClaimLine._fields)
        writer.writerow(_BILLED._replace(claim_id="A1", claim_line_id="A1-1"))
        writer.writerow([*_BILLED._replace(claim_id="A1", claim_line_id="A1-2")[:7], "two", *_BILLED[8:]])
    assert main(["new", str(tmp_path / "case"), "--from", str(claims)]) == 0
    said = capsys.readouterr().err
    assert said.startswith("! claim_lines.csv, line 3")
    assert "'two'" in said
