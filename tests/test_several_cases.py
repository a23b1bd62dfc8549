"""A folder of several case folders: each is a case of its own, and none of them reaches another."""

import json
import shutil
from pathlib import Path

import pytest

from isocenter.cli import main

_CHART = Path(__file__).parents[1] / "examples" / "esophagus_from_its_chart" / "chart.pdf"
_HEADER = "claim_id,line_number,member_id,service_date,procedure_code,units,setting,line_of_business"
_STATEMENT = """\
documents:
- document_id: D1
  kind: necessity_statement
  document_date: 2025-02-20
  elements: [condition_proximity]
  signatures:
  - {role: radiation_oncologist, signer: "Ada Example, MD", signed_on: 2025-02-20}
"""


def _case(folder: Path, member: str, record: str = "", site: str = "") -> Path:
    folder.mkdir(parents=True)
    days = [("77301", "2025-02-24"), ("G6015", "2025-03-03")]
    rows = [f"A1,{n},{member}{site},{day},{code},1,professional,medicare" for n, (code, day) in enumerate(days, 1)]
    (folder / "claims.csv").write_text("\n".join([_HEADER, *rows, ""]), encoding="utf-8")
    if record:
        (folder / "case.yaml").write_text(record, encoding="utf-8")
    return folder


def _reviews(folder: Path) -> dict[str, dict[str, object]]:
    return {(one := json.loads(file.read_text()))["course_id"]: one for file in sorted(folder.glob("0*.json"))}


def test_each_folder_that_is_a_case_is_reviewed_by_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, member, record in (("one", "M1", _STATEMENT), ("three", "M3", ""), ("two", "M2", _STATEMENT)):
        _case(tmp_path / "cases" / name, member, record)
    assert main(["review", str(tmp_path / "cases"), "--policy", "imrt", "--each", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    assert [f"{name}: {member} from 2025-02-24" in said for name, member in (("one", "M1"), ("two", "M2"))] == [
        True
    ] * 2
    reviews = _reviews(tmp_path / "out")
    assert [*reviews] == ["M1 from 2025-02-24", "M3 from 2025-02-24", "M2 from 2025-02-24"]
    for course, folder in (("M1 from 2025-02-24", "one"), ("M3 from 2025-02-24", "three")):
        assert main(["review", str(tmp_path / "cases" / folder), "--policy", "imrt", "--json"]) == 0
        alone = json.loads(capsys.readouterr().out)
        assert reviews[course] == alone
    assert "one: M1 from 2025-02-24" in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")


def test_a_case_that_cannot_be_reviewed_costs_no_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, member in (("one", "M1"), ("two", "M2"), ("three", "M3")):
        _case(tmp_path / "cases" / name, member, _STATEMENT)
    (tmp_path / "cases" / "two" / "case.yaml").write_text("documents: [", encoding="utf-8")
    assert main(["review", str(tmp_path / "cases"), "--policy", "imrt", "--each", str(tmp_path / "out")]) == 2
    said = capsys.readouterr()
    assert "isocenter: two: case.yaml" in said.err
    assert [*_reviews(tmp_path / "out")] == ["M1 from 2025-02-24", "M3 from 2025-02-24"]
    assert "two: case.yaml" in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")


def test_all_courses_of_a_case_of_one_are_the_review_of_the_case(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = _case(tmp_path / "case", "M1", _STATEMENT)
    shutil.copy(_CHART, case / "chart.pdf")
    assert main(["review", str(case), "--policy", "imrt", "--each", str(tmp_path / "out")]) == 0
    capsys.readouterr()
    assert main(["review", str(case), "--policy", "imrt", "--json"]) == 0
    alone = json.loads(capsys.readouterr().out)
    assert _reviews(tmp_path / "out") == {"M1 from 2025-02-24": alone}
    assert "chart" in {one["kind"] for one in alone["inputs"]}


def test_a_case_of_two_courses_has_a_review_of_each(tmp_path: Path) -> None:
    _case(tmp_path / "cases" / "one", "M1", _STATEMENT)
    two = _case(tmp_path / "cases" / "two", "M2", _STATEMENT)
    text = (two / "claims.csv").read_text(encoding="utf-8")
    (two / "more.csv").write_text(text.replace("A1,", "A2,").replace("M2", "M4"), encoding="utf-8")
    assert main(["review", str(tmp_path / "cases"), "--policy", "imrt", "--each", str(tmp_path / "out")]) == 0
    assert [one.partition(" ")[0] for one in _reviews(tmp_path / "out")] == ["M1", "M2", "M4"]


def test_several_cases_are_no_case_and_a_file_beside_them_is_of_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cases = tmp_path / "cases"
    for name, member in (("one", "M1"), ("two", "M2")):
        _case(cases / name, member, _STATEMENT)
    assert main(["review", str(cases), "--policy", "imrt"]) == 2
    assert "it holds 2 cases, one to two; review one of these folders, or each with --each" in capsys.readouterr().err
    (cases / "more.csv").write_text(f"{_HEADER}\n", encoding="utf-8")
    assert main(["review", str(cases), "--policy", "imrt", "--each", str(tmp_path / "out")]) == 2
    assert "more.csv lies beside the cases one to two; put it into the case" in capsys.readouterr().err


def test_claims_in_folders_by_month_are_one_set_of_claims(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for month in ("2025-02", "2025-03"):
        _case(tmp_path / "claims" / month, f"M-{month}")
    assert main(["review", str(tmp_path / "claims"), "--policy", "imrt", "--each", str(tmp_path / "out")]) == 0
    assert "one:" not in capsys.readouterr().out
    assert len(_reviews(tmp_path / "out")) == 2


@pytest.mark.parametrize("record", ["", "# courses:\n", "courses: []\n"], ids=["empty", "commented", "filled"])
def test_a_case_file_beside_folders_of_hospital_and_physician_makes_them_one_case(
    record: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = tmp_path / "case"
    for claim, folder in (("A1", case / "hospital"), ("A2", case / "physician")):
        rows = (_case(folder, "M1") / "claims.csv").read_text(encoding="utf-8")
        (folder / "claims.csv").write_text(rows.replace("A1,", f"{claim},"), encoding="utf-8")
        shutil.copy(_CHART, folder / "chart.pdf")
    assert main(["review", str(case), "--policy", "imrt", "--json"]) == 2
    refused = capsys.readouterr().err
    assert "where the folders are of one case, put a case.yaml beside them, which may be empty" in refused
    (case / "case.yaml").write_text(record, encoding="utf-8")
    main(["review", str(case), "--policy", "imrt", "--json"])
    review = json.loads(capsys.readouterr().out)
    assert {one["path"] for one in review["inputs"]} >= {"hospital/claims.csv", "physician/claims.csv"}
    assert len(review["lines"]) == 4
