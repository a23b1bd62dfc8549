"""Tables of diagnoses, in rows or side by side, go with the lines of their claims, and what fits none is named."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from isocenter.facts.identity import distinguish_claims
from isocenter.intake import csv_tables
from isocenter.intake.bulk.diagnosis_tables import as_our_diagnoses, wide_diagnoses
from isocenter.intake.case import read_case
from isocenter.intake.formats import Format, format_of
from isocenter.terms.claims import ClaimDiagnosis, ClaimLine
from tests.screening.claims_files import HEADER, ROW, line, rows_of, split_of, write_csv, write_parquet

_DIAGNOSED = {("A1", "C61", 1), ("A1", "Z51.0", 2), ("A2", "C79.51", 1)}


@pytest.mark.parametrize("names_member", [True, False])
def test_diagnoses_go_where_the_lines_of_their_claim_go(tmp_path: Path, names_member: bool) -> None:
    rows = [line(claim_line_id=f"L{n}", member_id=f"M{n}", claim_id=f"A{n}") for n in range(20)]
    given = [ClaimDiagnosis(f" A{n} ", " c61 ", 1, f"M{n}" if names_member else "") for n in range(25)]
    lines = write_parquet(tmp_path / "lines.parquet", rows)
    diagnoses = write_parquet(tmp_path / "diagnoses.parquet", given)
    found = split_of(tmp_path / "out", lines, diagnoses, parts=4)
    for part in found.parts:
        claims = {row["claim_id"] for row in rows_of(tmp_path / "out", f"lines/part={part}/*.parquet")}
        told = rows_of(tmp_path / "out", f"diagnoses/part={part}/*.parquet")
        assert claims <= {row["claim_id"] for row in told if row["icd10"] == "C61"}


@pytest.mark.parametrize(
    ("number", "kept", "says"),
    [
        ("1001.0", 1, ""),
        ("X1", 0, "the first of which is of claim X1"),
        ("1002", 0, "several members have this number"),
    ],
)
def test_diagnoses_that_belong_to_no_claim_at_hand_are_named(tmp_path: Path, number: str, kept: int, says: str) -> None:
    bearers = [("1001", "M1"), ("1002", "M1"), ("1002", "M2")]
    rows = [line(claim_line_id=f"L{n}", claim_id=claim, member_id=m) for n, (claim, m) in enumerate(bearers)]
    lines = write_parquet(tmp_path / "lines.parquet", rows)
    diagnoses = tmp_path / "diagnoses.csv"
    diagnoses.write_text(f"claim_id,icd10,position\n{number},C61,1\n")
    split_of(tmp_path / "out", lines, diagnoses)
    claims = {row["claim_id"] for row in rows_of(tmp_path / "out", "diagnoses/*/*.parquet")}
    assert len(claims & {"1001"}) == kept
    assert says in "; ".join(row["remark"] for row in rows_of(tmp_path / "out", "remarks/*.parquet"))


def test_a_diagnosis_of_a_number_that_two_persons_of_one_member_bear_is_of_neither(tmp_path: Path) -> None:
    persons = [("1001", "born 1972-03-03"), ("1002", "born 1972-03-03"), ("1002", "born 2011-04-05")]
    rows = [line(claim_line_id=f"L{n}", claim_id=claim, patient=one) for n, (claim, one) in enumerate(persons)]
    lines = write_parquet(tmp_path / "lines.parquet", rows)
    given = [ClaimDiagnosis(claim, "C61", 1, member) for claim in ("1001", "1002") for member in ("M1", "")]
    split_of(tmp_path / "out", lines, write_parquet(tmp_path / "diagnoses.parquet", given))
    assert {row["claim_id"] for row in rows_of(tmp_path / "out", "diagnoses/*/*.parquet")} == {"1001"}
    remarks = [row["remark"] for row in rows_of(tmp_path / "out", "remarks/*.parquet")]
    assert [remark.split("; ")[-1] for remark in remarks if "nothing says whose" in remark] == ["rows: 2"]


@pytest.mark.parametrize(("status", "owners"), [("denied", {"M1"}), ("paid", set())])
def test_a_denied_claim_of_another_member_leaves_no_doubt_whose_a_diagnosis_is(
    tmp_path: Path, status: str, owners: set[str]
) -> None:
    rows = [f"{ROW},paid", f"{ROW.replace('M1', 'M2').replace('L1', 'L2')},{status}"]
    (case := tmp_path / "case").mkdir()
    lines = write_csv(case / "claims.csv", *rows, header=f"{HEADER},claim_status")
    diagnoses = write_csv(case / "diagnoses.csv", "A1,C61,1", header="claim_id,icd10,position")
    found = split_of(tmp_path / "out", lines, diagnoses)
    members = {row["claim_id"]: row["member_id"] for row in found.lines}
    reviewed, _ = distinguish_claims(read_case(case).rows)
    of_claims = {row.claim_id: row.member_id for row in reviewed if isinstance(row, ClaimLine)}
    assert {members[row["claim_id"]] for row in found.diagnoses} == owners
    assert {of_claims[row.claim_id] for row in reviewed if isinstance(row, ClaimDiagnosis)} == owners


@pytest.mark.parametrize(
    "header",
    ["CLM_ID,DIAG_CD,DIAG_SEQ", "Claim,ICD-10 Diagnosis,Sequence", "Claim Number,Dx Code,Dx Order,Member Number"],
)
def test_a_table_of_diagnoses_is_known_by_its_columns_in_a_case_and_in_a_screening(tmp_path: Path, header: str) -> None:
    diagnoses = tmp_path / "dx.csv"
    member = ",M1" if "Member" in header else ""
    diagnoses.write_text(f"{header}\nA1,C61,1{member}\nA1,Z51.0,b{member}\n")
    found = split_of(tmp_path / "out", write_csv(tmp_path / "lines.csv", ROW), diagnoses)
    given = [one for one in csv_tables.read(diagnoses) if isinstance(one, ClaimDiagnosis)]
    read = {(row["claim_id"], row["icd10"], row["position"]) for row in found.diagnoses}
    assert read == {one[:3] for one in given} == {("A1", "C61", 1), ("A1", "Z51.0", 2)}
    assert format_of(diagnoses) is Format.CSV_TABLE
    remarks = [row["remark"] for row in rows_of(tmp_path / "out", "remarks/*.parquet")]
    assert [one for one in remarks if f"icd10 from {header.split(',')[1]}" in one]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
@pytest.mark.parametrize(
    ("header", "rows"),
    [
        ("CLM_ID,DIAG_CD,DIAG_SEQ", ["A1,C61,1", "A1,Z51.0,2", "A2,C79.51,1"]),
        ("ClaimID,Dx1,Dx2,Dx3", ["A1,C61,Z51.0,", "A2,C79.51,,"]),
        ("Claim Number,Member ID,Admitting Dx,Dx 2,Principal Dx", ["A1,M1,R97.20,Z51.0,C61", "A2,M1,,,C79.51"]),
    ],
)
def test_diagnoses_in_rows_or_side_by_side_are_read_alike_from_csv_and_parquet(
    tmp_path: Path, suffix: str, header: str, rows: list[str]
) -> None:
    diagnoses = tmp_path / f"dx.{suffix}"
    if suffix == "csv":
        diagnoses.write_text("\n".join([header, *rows, ""]))
    else:
        cells = zip(*(row.split(",") for row in rows), strict=True)
        pq.write_table(pa.table(dict(zip(header.split(","), map(list, cells), strict=True))), diagnoses)
    found = split_of(tmp_path / "out", write_csv(tmp_path / "lines.csv", ROW, ROW.replace("A1", "A2")), diagnoses)
    assert {(row["claim_id"], row["icd10"], row["position"]) for row in found.diagnoses} == _DIAGNOSED
    (tmp_path / "case").mkdir()
    diagnoses.rename(tmp_path / "case" / diagnoses.name)
    read = read_case(tmp_path / "case").rows
    assert {(one.claim_id, one.icd10, one.position) for one in read if isinstance(one, ClaimDiagnosis)} == _DIAGNOSED
    remarks = [row["remark"] for row in rows_of(tmp_path / "out", "remarks/*.parquet")]
    assert [one for one in remarks if f"claim_id from {header.split(',', maxsplit=1)[0]}" in one]


@pytest.mark.parametrize("header", ["CLM_ID,Dx1", "CLM_ID,Dx1,Dx2,STATUS", "CLM_ID,Dx1,Dx2,LINE_NO", "Dx1,Dx2,Dx3"])
def test_a_table_with_more_than_claims_and_their_diagnoses_is_not_taken_for_one(header: str) -> None:
    assert wide_diagnoses(header.split(",")) is None


@pytest.mark.parametrize(
    "header", ["CLM_ID,DIAG_CD,DIAG_TYPE", "Claim,Dx 1,Dx 2", "Claim Number,Line Number,Diagnosis"]
)
def test_what_may_be_no_diagnosis_of_the_claim_is_not_taken_for_one(header: str) -> None:
    assert as_our_diagnoses(header.split(",")) == header.split(",")


def test_diagnoses_without_a_place_are_the_principal_ones_and_broken_rows_are_reported(tmp_path: Path) -> None:
    diagnoses = tmp_path / "diagnoses.csv"
    diagnoses.write_text("claim_id,icd10,position\nA1,C61,\nA1,C77.5,-4\nA1,Z51.0,2\nA1\n,C50,1\nA1,,1\n")
    found = split_of(tmp_path / "out", write_csv(tmp_path / "lines.csv", ROW), diagnoses)
    assert {(row["icd10"], row["position"]) for row in found.diagnoses} == {("C61", 1), ("C77.5", 1), ("Z51.0", 2)}
    assert found.reasons.keys() == {"line 5"}
