"""Claims of several patients are reviewed course by course into one folder, and an index leads to each report."""

import json
from pathlib import Path

import pytest

from isocenter.cli import main
from tests.report.html_checks import Page

_HEADER = "claim_id,line_number,member_id,service_date,procedure_code,units,setting,charge_amount,line_of_business"


@pytest.fixture
def claims(tmp_path: Path) -> Path:
    rows = [
        f"C{member},{line},{name},2025-03-{day:02d},{code},1,professional,{charge},medicare"
        for member, name in enumerate(("Ann<b>", "Bob", "Cid"), start=1)
        for line, (day, code, charge) in enumerate([(3, "77301", 1000 * member), (12, "G6015", 400)], start=1)
    ]
    path = tmp_path / "claims.csv"
    path.write_text("\n".join([_HEADER, *rows, "C9,1,Dot,2025-03-03,77301,0,professional,1,medicare", ""]))
    return path


def test_each_course_gets_the_review_that_it_gets_alone(claims: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = claims.parent / "reports"
    assert main(["review", str(claims), "--each", str(out)]) == 0
    assert "3 courses reviewed" in capsys.readouterr().out
    for number in (1, 2, 3):
        of_all = json.loads((out / f"000{number}.json").read_text())
        assert main(["review", str(claims), "--course", of_all["course_id"], "--json"]) == 0
        assert json.loads(capsys.readouterr().out) == of_all
        assert not Page((out / f"000{number}.html").read_text()).wrong


def test_the_index_leads_to_each_report_and_names_what_was_not_read(claims: Path) -> None:
    out = claims.parent / "reports"
    main(["review", str(claims), "--each", str(out)])
    page = Page((out / "index.html").read_text())
    assert not page.wrong
    links = [link["href"] for link in page.named("a") if link["href"][0] != "#"]
    assert links == ["0003.html", "0003.json", "0002.html", "0002.json", "0001.html", "0001.json"]
    assert "Ann<b>" in page.words()
    assert "units is 0" in page.words() or "units: 0" in page.words(), page.words()


def test_reports_of_an_earlier_run_are_replaced_and_other_files_are_not_touched(
    claims: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = claims.parent / "reports"
    main(["review", str(claims), "--each", str(out)])
    claims.write_text("\n".join(claims.read_text().splitlines()[:3]))
    main(["review", str(claims), "--each", str(out)])
    assert sorted(file.name for file in out.iterdir()) == ["0001.html", "0001.json", "index.html"]
    (out / "notes.txt").write_text("mine")
    assert main(["review", str(claims), "--each", str(out)]) == 2
    assert "holds notes.txt, which is not a review" in capsys.readouterr().err


def test_an_option_about_one_course_is_refused(claims: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["review", str(claims), "--each", "reports", "--json"]) == 2
    assert "--json is about one course" in capsys.readouterr().err
