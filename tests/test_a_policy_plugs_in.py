"""A policy of a commercial payer works through every command, with nothing but its folder."""

import json
import shutil
from pathlib import Path

import duckdb
import pytest

from isocenter.cli import main
from isocenter.report.chart import PlanSays, conditions_of_necessity
from isocenter.review.reviewer import Reviewer
from isocenter.rulebook.rulebook import load_policy
from isocenter.workflow import review_case
from tests.rulebook.folders import ABOUT, rule, write_policy

SBRT = Path(__file__).parent / "policies_of_others" / "sbrt_commercial"
HEADER = (
    "claim_line_id,claim_id,line_number,member_id,service_date,procedure_code,units,setting,billing_npi,"
    "line_of_business"
)
DAYS = [f"2023-05-{day:02d}" for day in (1, 3, 5, 8, 10, 12)]
CASE = """\
courses:
  - {course_id: C1, member_id: M1, line_of_business: commercial}
documents:
  - document_id: D1
    kind: treatment_note
    document_date: 2023-04-10
    elements: [small_tumor]
    signatures: [{role: radiation_oncologist, signer: Dr. Ada Example, signed_on: 2023-04-11}]
"""


def _claims(path: Path) -> Path:
    """A plan, six stereotactic fractions of which five are allowed, and management billed twice."""
    billed = [("P", "2023-04-20", "77301"), *((f"F{n}", day, "77373") for n, day in enumerate(DAYS, start=1))]
    billed += [("M1", DAYS[0], "77435"), ("M2", DAYS[5], "77435")]
    rows = [
        f"{name},K1,{n},M1,{day},{code},1,professional,1999999984,commercial"
        for n, (name, day, code) in enumerate(billed, 1)
    ]
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def case(tmp_path: Path) -> Path:
    folder = tmp_path / "case"
    folder.mkdir()
    (folder / "case.yaml").write_text(CASE, encoding="utf-8")
    _claims(folder / "claim_lines.csv")
    return folder


def test_the_policy_is_checked_with_its_cases(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(SBRT)]) == 0
    assert "5 cases run, 0 mistakes" in capsys.readouterr().out


def test_its_rules_are_listed_and_written_in_its_groups(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "--policy", str(SBRT)]) == 0
    shown = capsys.readouterr().out
    assert shown.index("appropriateness/a_reason_is_signed") < shown.index("limits/few_fractions")
    assert main(["rules", "--policy", str(SBRT), "--write", str(tmp_path / "rules.md")]) == 0
    page = (tmp_path / "rules.md").read_text(encoding="utf-8")
    assert "### Is it appropriate?" in page
    assert "### Limits of a course" in page
    assert page.count("#### ") == 4


def test_a_case_is_reviewed_with_report_and_letter(
    case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report, letter, checklist = (tmp_path / name for name in ("report.html", "letter.html", "checklist.html"))
    papers = ["--report", str(report), "--letter", str(letter), "--checklist", str(checklist)]
    assert main(["review", str(case), "--policy", str(SBRT), "--json", *papers]) == 0
    review = json.loads(capsys.readouterr().out)
    lines = {line["claim_line_id"]: line["recommendation"] for line in review["lines"]}
    assert review["recommendation"] == "cover"
    assert lines["F5"] == "pay"
    assert lines["F6"] == "deny"
    assert (lines["M1"], lines["M2"]) == ("pay", "deny")
    assert review["problems"] == []
    page = report.read_text(encoding="utf-8")
    assert "Stereotactic fractions" in page
    assert "IMRT fractions" not in page
    assert "small tumor" in page
    for paper in (letter, checklist):
        assert "IMRT" not in paper.read_text(encoding="utf-8")


def test_conditions_of_one_requirement_are_each_documented_by_their_own_element(case: Path) -> None:
    rulebooks = [load_policy(str(SBRT))]
    conditions = conditions_of_necessity(review_case(case, Reviewer(rulebooks)), rulebooks)
    assert [(one.label, bool(one.documents)) for one in conditions] == [
        ("A small tumor that stands apart", True),
        ("A patient who cannot have surgery", False),
    ]
    assert {one.plan for one in conditions} == {PlanSays.NOT_WEIGHED}


def test_conditions_of_a_policy_that_does_not_apply_are_not_shown(case: Path) -> None:
    rulebooks = [load_policy("imrt"), load_policy(str(SBRT))]
    conditions = conditions_of_necessity(review_case(case, Reviewer(rulebooks)), rulebooks)
    assert [one.label for one in conditions] == [
        "A small tumor that stands apart",
        "A patient who cannot have surgery",
    ]


def test_without_the_note_the_letter_asks_for_it(case: Path, tmp_path: Path) -> None:
    (case / "case.yaml").write_text(CASE.replace("elements: [small_tumor]", "elements: []"), encoding="utf-8")
    assert main(["review", str(case), "--policy", str(SBRT), "--letter", str(tmp_path / "letter.html")]) == 0
    assert "treatment note" in (tmp_path / "letter.html").read_text(encoding="utf-8")


def test_a_member_of_another_insurer_is_out_of_its_scope(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (case / "case.yaml").write_text(CASE.replace("commercial", "medicare"), encoding="utf-8")
    assert main(["review", str(case), "--policy", str(SBRT), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["recommendation"] == "out_of_scope"


def test_claims_are_screened_and_a_comment_changes_nothing(tmp_path: Path) -> None:
    commented = tmp_path / "commented"
    shutil.copytree(SBRT, commented)
    for path in commented.glob("*/*.sql"):
        text = path.read_text(encoding="utf-8")
        path.write_text(
            text.rstrip() + "\n-- whatever the setting, the rendering_npi and the documents say\n", encoding="utf-8"
        )
    answers = []
    claims = _claims(tmp_path / "claims.csv")
    for number, policy in enumerate((SBRT, commented)):
        out = tmp_path / f"screened-{number}"
        assert main(["screen", str(claims), "--out", str(out), "--policy", str(policy), "--workers", "1"]) == 0
        assert (out / "summary.html").is_file()
        found = duckdb.sql(
            f"select rule, subject_id, outcome, setting from '{out}/findings/*.parquet' as findings"
            f" join '{out}/lines/*.parquet' as lines on findings.subject_id = lines.claim_line_id order by all"
        )
        answers.append(found.fetchall())
    assert answers[0] == answers[1]
    assert ("few_fractions", "F6", "not_met", "professional") in answers[0]
    assert ("one_management", "M2", "not_met", "professional") in answers[0]


def test_claims_are_screened_by_a_policy_without_a_list_of_codes(tmp_path: Path) -> None:
    about = ABOUT.replace('"medicare"', '"commercial"')
    refused = rule("'not_met'")
    policy = write_policy(tmp_path / "policy", {"policy.toml": about, "coding/each_line_is_refused.sql": refused})
    out = tmp_path / "out"
    claims = _claims(tmp_path / "claims.csv")
    assert main(["screen", str(claims), "--out", str(out), "--policy", str(policy), "--workers", "1"]) == 0
    kept = duckdb.sql(
        f"select subject_id from '{out}/findings/*.parquet' where rule = 'each_line_is_refused'"
    ).fetchall()
    assert len(kept) == len(claims.read_text(encoding="utf-8").splitlines()) - 1


def test_its_readings_are_set_in_one_file_with_those_of_other_policies(
    case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = tmp_path / "readings.toml"
    chosen.write_text("most_fractions = 6\nplanning_window_days = 30\n", encoding="utf-8")
    policies = ["--policy", "imrt", "--policy", "imrt_hospital", "--policy", str(SBRT)]
    assert main(["review", str(case), *policies, "--readings", str(chosen), "--json"]) == 0
    review = json.loads(capsys.readouterr().out)
    assert {line["claim_line_id"]: line["recommendation"] for line in review["lines"]}["F6"] == "pay"


def test_a_course_of_a_screening_is_reviewed_by_the_same_folder_and_readings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "readings.toml").write_text("most_fractions = 6\n", encoding="utf-8")
    out = tmp_path / "screened"
    chosen = ["--policy", str(SBRT), "--readings", str(tmp_path / "readings.toml"), "--workers", "1"]
    assert main(["screen", str(_claims(tmp_path / "claims.csv")), "--out", str(out), *chosen]) == 0
    ((course,),) = duckdb.sql(f"select course_id from '{out}/courses/*.parquet'").fetchall()
    capsys.readouterr()
    assert main(["review", "--from", str(out), course, "--json"]) == 2
    assert "sbrt_commercial, which is not found from here" in capsys.readouterr().err
    assert main(["review", "--from", str(out), course, "--policy", str(SBRT), "--json"]) == 0
    review = json.loads(capsys.readouterr().out)
    assert {line["claim_line_id"]: line["recommendation"] for line in review["lines"]}[
        "F6"
    ] == "request"  # for the chart, no longer denied
    assert {reading["value"] for reading in review["readings"] if reading["name"] == "most_fractions"} == {6}
