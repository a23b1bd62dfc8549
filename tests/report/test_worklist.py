"""The worklist names the courses on which most hangs, says why, and opens each as a report."""

import csv
from pathlib import Path

import pytest

from isocenter.cli import main
from tests.report.browser import browser
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


def test_a_text_is_marked_where_it_begins_as_a_formula_and_nowhere_else(tmp_path: Path) -> None:
    members = {"-M3": "'-M3", "M-4 =(a)": "M-4 =(a)", "É=5": "É=5", "＝6": "'＝6", "(7)": "(7)", "8@x": "8@x"}
    rows = [
        ROW.replace("M1", member).replace("L1", f"L{place}").replace("A1", f"A{place}")
        for place, member in enumerate(members)
    ]
    claims = write_csv(tmp_path / "c.csv", *rows)
    assert main(["screen", str(claims), "--out", str(tmp_path / "out"), "--workers", "1", "--policy", "imrt"]) == 0
    shown = {line["claim_line_id"]: line["member_id"] for line in _rows(tmp_path / "out" / "lines.csv")}
    assert shown == {f"L{place}": member for place, member in enumerate(members.values())}


def test_the_list_is_sorted_and_filtered_by_keys_and_fits_a_narrow_screen(out: Path) -> None:
    address = (out / "worklist.html").as_uri()
    with browser() as opened:
        page = opened.new_page(viewport={"width": 360, "height": 740})
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        shown = "[...document.querySelectorAll('#worklist tbody tr')].filter(row => !row.hidden)"
        days = f"{shown}.map(row => row.querySelector('.day').textContent)"
        button = page.get_by_role("button", name="First service")
        button.press("Enter")
        ascending = page.evaluate(days)
        button.press("Space")
        assert (ascending, page.evaluate(days)) == (sorted(ascending), sorted(ascending, reverse=True))
        month = page.eval_on_selector("select[name=month]", "one => one.options[1].value")
        page.select_option("select[name=month]", month)
        assert {day[:7] for day in page.evaluate(days)} == {month}
        page.get_by_role("button", name="Show all").click()
        page.wait_for_function(f"{shown}.length === {len(ascending)}")
        assert page.inner_text("output").startswith(f"{len(ascending)} shown, $")
        without = opened.new_context(java_script_enabled=False).new_page()
        without.goto(address)
        assert without.locator("#worklist tbody tr").count() == len(ascending)
        assert not any(one.is_visible() for one in without.locator("button").all())


def test_no_amount_is_shown_where_none_is_known(tmp_path: Path) -> None:
    """One course of two bears amounts: the other hangs on an amount that nobody stated, and not on $0."""
    with_amounts = random_claims(tmp_path / "claims")
    bare = write_csv(tmp_path / "c.csv", ROW, ROW.replace("L1", "L2").replace("A1", "A2"))
    options = ["--out", str(tmp_path / "out"), "--workers", "1", "--policy", "imrt"]
    assert main(["screen", str(with_amounts), str(bare), *options]) == 0
    page = (tmp_path / "out" / "worklist.html").read_text(encoding="utf-8")
    assert '<td class="amount" data-value="-1"></td>' in page
