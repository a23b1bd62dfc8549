"""A diagnosis that is no complete code names no site, in a review and in a screening, and is named in both."""

from pathlib import Path

from isocenter.screening.run import screen
from isocenter.workflow import review_each
from tests.screening.claims_files import rows_of, write_csv
from tests.screening.screenings import settings_of

WRITTEN = {
    "C61": "met", "c61": "met", " C61. ": "met", "C50412": "met", "C50.412": "met", "c83.39": "not_documented",
    "C61.99": "not_documented", "C61X": "not_documented", "C50": "not_documented", "C50.4": "not_documented",
    "C50415": "not_documented", "C34.1": "not_documented",
}  # fmt: skip
INCOMPLETE = {"C61.99", "C61.X", "C50", "C50.4", "C50.415", "C34.1"}
HEADER = "claim_line_id,claim_id,line_number,member_id,service_date,procedure_code,units,setting,billing_npi"


def _claims(folder: Path) -> list[Path]:
    """One claim of a member for each way to write a diagnosis; behind each a second one that names the prostate."""
    folder.mkdir()
    members = range(len(WRITTEN))
    lines = [f"A{n}-1,A{n},1,M{n},2024-03-04,77301,1,professional,1234567893" for n in members]
    codes = [row for n, code in enumerate(WRITTEN) for row in (f"A{n},{code},1", f"A{n},C61,2")]
    return [
        write_csv(folder / "claim_lines.csv", *lines, header=HEADER),
        write_csv(folder / "claim_diagnoses.csv", *codes, header="claim_id,icd10,position"),
    ]


def test_incomplete_codes_name_no_site_and_no_second_diagnosis_takes_their_place(tmp_path: Path) -> None:
    claims = _claims(tmp_path / "claims")
    rule = "the_site_is_supported"
    settings = settings_of(tmp_path / "out", *claims, policies=("imrt",))
    screen(settings)
    found = {
        row["course_id"]: row["outcome"]
        for row in rows_of(tmp_path / "out", "findings/*.parquet")
        if row["rule"] == rule
    }
    outcomes = dict(enumerate(WRITTEN.values()))
    by_member = {course.split(" ")[0]: outcome for course, outcome in found.items()}
    assert by_member == {f"M{n}": outcome for n, outcome in outcomes.items() if outcome != "met"}
    remarks = rows_of(tmp_path / "out", "remarks.parquet")
    assert {row["remark"].split(":")[0].removeprefix("diagnosis ") for row in remarks} == INCOMPLETE

    reviews = list(review_each(tmp_path / "claims"))
    reviewed = {
        review.course.member_id: str(finding.outcome)
        for review in reviews
        for finding in review.findings
        if finding.rule == rule
    }
    assert reviewed == {f"M{n}": outcome for n, outcome in outcomes.items()}
    named = {
        problem.place.removeprefix("diagnosis ") for problem in reviews[0].problems if "whole code" in problem.sentence
    }
    assert named == INCOMPLETE
