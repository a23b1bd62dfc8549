"""The worklist names the courses on which most hangs, says why, and opens each as a report."""

import csv
from pathlib import Path

import pytest

from isocenter.cli import main
from tests.screening.claims_files import ROW, write_csv
from tests.screening.screenings import random_claims


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("worklist")
    claims = random_claims(folder / "claims")
    options = ["--out", str(folder / "out"), "--workers", "1", "--policy", "imrt", "--reports", "1"]
    assert main(["screen", str(claims), *options]) == 0
    return folder / "out"


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_the_list_begins_with_the_largest_amount_and_gives_reasons(out: Path) -> None:
    rows = _rows(out / "worklist.csv")
    amounts = [float(row["allowed_at_stake"] or row["charge_at_stake"] or 0) for row in rows]
    assert amounts == sorted(amounts, reverse=True)
    assert all(row["rules"] and row["reasons"] for row in rows)
    assert {row["course_id"] for row in rows} <= {row["course_id"] for row in _rows(out / "courses.csv")}


def test_the_page_holds_every_course_without_its_script_and_names_rule_provider_and_month(out: Path) -> None:
    page = (out / "worklist.html").read_text(encoding="utf-8")
    body = page.split("<script>", maxsplit=1)[0]
    for row in _rows(out / "worklist.csv"):
        assert row["course_id"] in body
        assert f'data-month="{row["first_service"][:7]}"' in body
        assert f'data-provider="{row["billing_npi"]}"' in body


def test_the_page_counts_every_course_and_says_where_it_lists_the_first_alone(
    out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    courses = len(_rows(out / "worklist.csv"))
    assert courses > 1
    assert "lists, sorts and filters the first" not in (out / "worklist.html").read_text(encoding="utf-8")
    monkeypatch.setattr("isocenter.screening.worklist.SHOWN", 1)
    claims = random_claims(tmp_path / "claims")
    assert main(["screen", str(claims), "--out", str(tmp_path / "out"), "--workers", "1", "--policy", "imrt"]) == 0
    page = (tmp_path / "out" / "worklist.html").read_text(encoding="utf-8")
    assert f"{courses} courses with something open" in page
    assert "This page lists, sorts and filters the first 1." in page
    assert page.count("<tr data-rule=") == 1


def test_the_first_course_opens_as_a_report(out: Path) -> None:
    first = _rows(out / "worklist.csv")[0]["course_id"]
    assert '<a href="reports/0001.html">' in (out / "worklist.html").read_text(encoding="utf-8")
    assert first in (out / "reports" / "0001.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", ["worklist.html", "summary.html"])
def test_a_page_says_nothing_of_where_the_folder_lies(out: Path, page: str) -> None:
    text = (out / page).read_text(encoding="utf-8")
    assert f"review --from {out.name} " in text
    assert str(out.parent) not in text


def test_the_summary_leads_to_the_list(out: Path) -> None:
    assert 'href="worklist.html"' in (out / "summary.html").read_text(encoding="utf-8")


def test_answers_stand_as_csv_too_and_no_text_in_them_is_a_formula(tmp_path: Path) -> None:
    claims = write_csv(tmp_path / "c.csv", ROW.replace("M1", "=M1+1"), ROW.replace("L1", "@L2").replace("A1", "A2"))
    assert main(["screen", str(claims), "--out", str(tmp_path / "out"), "--workers", "1", "--policy", "imrt"]) == 0
    lines = _rows(tmp_path / "out" / "lines.csv")
    assert {line["member_id"] for line in lines} == {"'=M1+1", "M1"}
    assert {line["claim_line_id"] for line in lines} == {"L1", "'@L2"}
    assert _rows(tmp_path / "out" / "findings.csv")
    assert lines[0]["charge_amount"] == ""
