"""The page of a screening: what it holds, whether its figures are right, and whether what it says to do works."""

import json
import re
import shlex
from dataclasses import dataclass, replace
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any

import duckdb
import pytest

from isocenter.cli import main
from isocenter.report.applied_to_nothing import why_nothing
from isocenter.report.screening_page import summary_as_page
from isocenter.report.screening_text import summary_as_text
from isocenter.report.words import COVERAGE_NOT_ASKED
from isocenter.rulebook.rulebook import Rulebook, load_policy
from isocenter.terms.screening import Summary
from tests.report.html_checks import Page, faults

EVIL = '"><script>alert(1)</script>'
_POLICIES = ("imrt", "imrt_hospital", "ncci")
_UNREADABLE = """claim_id,line_number,member_id,service_date,procedure_code,units,setting
X1,1,M1,2020-02-31,77301,1,professional
X1,2,M1,2020-02-30,77301,1,professional
X1,3,M1,2020-02-03,77301,0,professional
X1,4,,2020-02-03,77301,1,professional
X1,5,M1,2020-02-03,99999,1,professional
"""


@dataclass(frozen=True)
class Screened:
    """A small screening made by the command line: its folder, its page and its figures."""

    out: Path
    html: str
    page: Page
    figures: dict[str, Any]
    summary: Summary

    def query(self, text: str) -> list[Any]:
        """Rows of a query in which OUT is the folder."""
        return duckdb.sql(text.replace("OUT", str(self.out))).fetchall()


@pytest.fixture(scope="module")
def screened(tmp_path_factory: pytest.TempPathFactory) -> Screened:
    folder = tmp_path_factory.mktemp("a screening")
    assert main(["synthesize", str(folder / "claims"), "--courses", "300", "--violations", "0.4", "--seed", "3"]) == 0
    (folder / "claims" / "other.csv").write_text(_UNREADABLE)
    return _screen(folder)


@pytest.fixture(scope="module")
def few(screened: Screened, tmp_path_factory: pytest.TempPathFactory) -> Screened:
    """A few professional claims of two years alone."""
    folder = tmp_path_factory.mktemp("few")
    (folder / "claims").mkdir()
    claims = screened.out.parent / "claims" / "claim_lines.parquet"
    duckdb.sql(
        f"copy (from '{claims}' where setting = 'professional' and year(service_date) between 2012 and 2013)"
        f" to '{folder}/claims/few.parquet'"
    )
    return _screen(folder)


def _screen(folder: Path) -> Screened:
    out = folder / "out"
    assert main(["screen", str(folder / "claims"), "--out", str(out), "--workers", "1"]) == 0
    html = (out / "summary.html").read_text(encoding="utf-8")
    figures = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    return Screened(out, html, Page(html), figures, _summary(figures))


def _summary(figures: dict[str, Any]) -> Summary:
    """The summary as the screening handed it to the page: with dates where the file has text."""
    months = [
        {**row, "service_month": date.fromisoformat(row["service_month"])} for row in figures["findings_by_month"]
    ]
    return Summary(**{**figures, "findings_by_month": months})


def _rulebooks() -> list[Rulebook]:
    return [load_policy(name) for name in _POLICIES]


def _render(summary: Summary) -> str:
    return summary_as_page(summary, _rulebooks(), Path("screened"))


def test_the_page_is_well_formed_self_contained_and_accessible(screened: Screened) -> None:
    assert faults(screened.html) == []
    assert "<script" not in screened.html


def test_nothing_half_written_stays_in_the_folder(screened: Screened) -> None:
    assert [path.name for path in screened.out.rglob("*partial*")] == []


def test_the_same_summary_gives_the_same_page(screened: Screened) -> None:
    assert _render(screened.summary) == _render(screened.summary)


def test_a_second_run_takes_up_what_is_there_and_gives_the_same_page(screened: Screened) -> None:
    part = screened.out / "lines" / "0000.parquet"
    before = part.stat().st_mtime_ns
    assert main(["screen", str(screened.out.parent / "claims"), "--out", str(screened.out), "--workers", "1"]) == 0
    assert (screened.out / "summary.html").read_text(encoding="utf-8") == screened.html
    assert part.stat().st_mtime_ns == before


def test_every_column_of_the_answers_is_described(screened: Screened) -> None:
    described = Path("docs/screening.md").read_text(encoding="utf-8")
    for answer in ("findings", "lines", "courses", "rejects"):
        [chapter] = re.findall(rf"^### `{answer}.*?(?=^##|\Z)", described, re.DOTALL | re.MULTILINE)
        files = "rejects.parquet" if answer == "rejects" else f"{answer}/0000.parquet"
        for column, *_ in screened.query(f"describe from 'OUT/{files}'"):
            assert f"| `{column}` |" in chapter, (answer, column)


def test_the_queries_of_the_page_on_screening_run(screened: Screened) -> None:
    described = Path("docs/screening.md").read_text(encoding="utf-8")
    queries = [one for one in re.findall(r"```sql\n(.*?)```", described, re.DOTALL) if "screened/" in one]
    *_, to_recover = [screened.query(one.replace("screened/", "OUT/")) for one in queries]
    [[refused, amount]] = screened.query(
        "select count(*), sum(allowed_amount * (units - units_allowed) / units) from 'OUT/lines/*.parquet'"
        " where recommendation in ('deny', 'reduce')"
    )
    assert len(to_recover) == refused > 0
    assert sum(row[6] or 0 for row in to_recover) == pytest.approx(float(amount or 0))
    for key in ("findings_by_provider", "findings_by_rule", "findings_by_month"):
        assert f"`{key}`" in described
        assert key in screened.figures


def test_lines_add_up_on_the_page_as_in_the_files(screened: Screened) -> None:
    lines = screened.figures["lines"]
    [[judged]] = screened.query("select count(*) from 'OUT/lines/*.parquet'")
    [[rejected]] = screened.query("select count(*) from 'OUT/rejects.parquet'")
    assert (lines["judged"], lines["rejected"]) == (judged, rejected)
    assert lines["read"] == judged + rejected + lines["other"]
    words = screened.page.words()
    for count in lines.values():
        assert f"{count:,}" in words
    assert f"{lines['read']:,} lines read: it adds up" in words


def test_a_sum_that_does_not_add_up_is_reported(screened: Screened) -> None:
    wrong = replace(screened.summary, lines={**screened.summary.lines, "other": 7})
    assert "it does not add up" in Page(_render(wrong)).words()


def test_every_rule_that_found_something_is_on_the_page_with_counts_amount_remedy_and_example(
    screened: Screened,
) -> None:
    words = screened.page.words()
    books = {book.name: book for book in _rulebooks()}
    rows = screened.query(
        """
        select policy, rule, count(*) filter (where outcome = 'not_met'),
            count(*) filter (where outcome = 'not_documented'),
            sum(allowed_amount) filter (where outcome = 'not_met')
        from 'OUT/findings/*.parquet' where outcome in ('not_met', 'not_documented') group by all
        """
    )
    assert len(rows) > 15
    for policy, name, not_met, to_document, amount in rows:
        rule = books[policy].rule(name)
        [row] = re.findall(rf"{re.escape(rule.title)} .*?{re.escape(rule.remedy.rstrip('.'))}", words)
        assert f" {not_met:,} " in row and f" {to_document:,} " in row
        assert f"${amount or 0:,.0f}" in row
        assert "For example" in row


def test_amounts_at_stake_are_those_of_the_lines_each_counted_once(screened: Screened) -> None:
    expected: dict[str, float] = {}
    for recommendation, units, allowed_units, amount in screened.query(
        "select recommendation, units, units_allowed, allowed_amount from 'OUT/lines/*.parquet'"
    ):
        share = {"pay": 0.0, "not_judged": 0.0}.get(recommendation, 1.0)
        if recommendation == "reduce":
            share = (units - allowed_units) / units
        expected[recommendation] = expected.get(recommendation, 0.0) + share * amount
    stated = {row["recommendation"]: row["allowed_at_stake"] for row in screened.figures["lines_by_recommendation"]}
    assert stated == pytest.approx(expected, abs=0.01)
    assert stated["deny"] > 0
    assert f"${stated['deny']:,.0f} on lines to deny" in screened.page.words()


def test_lines_of_each_code_list_are_counted_as_plain_python_counts_them(screened: Screened) -> None:
    lines = screened.query("select procedure_code, service_date from 'OUT/lines/*.parquet'")
    for stated in screened.figures["code_lists"]:
        codes = [
            code
            for book in _rulebooks()
            for code in book.codes
            if book.name == stated["policy"] and code.code_list == stated["code_list"]
        ]
        bearing = [(code, day) for code, day in lines if code in {one.code for one in codes}]
        in_force = [
            (code, day)
            for code, day in bearing
            if any(one.code == code and one.valid_from <= day <= one.valid_to for one in codes)
        ]
        assert (stated["lines"], stated["lines_in_force"]) == (len(bearing), len(in_force)), stated
        assert stated["first_service"] == (str(min(day for _, day in bearing)) if bearing else None)
    assert {stated["code_list"] for stated in screened.figures["code_lists"]} >= {"imrt_plan", "packaged_planning"}
    assert "inpatient_bill" not in {stated["code_list"] for stated in screened.figures["code_lists"]}


def test_rejects_are_gathered_by_kind_each_with_its_first_example(screened: Screened) -> None:
    rejects = {reject["reason"]: reject for reject in screened.figures["rejects"]}
    days = rejects["service_date is …; expected a date"]
    assert (days["lines"], days["place"]) == (2, "row 1")
    assert days["example"] == "service_date is '2020-02-31'; expected a date"
    assert rejects["units is …; expected a whole number from 1"]["lines"] == 1
    assert rejects["member_id is missing"]["place"] == "row 4"
    assert rejects["the claim was replaced by another claim"]["lines"] > 1
    assert sum(reject["lines"] for reject in rejects.values()) == screened.figures["lines"]["rejected"]
    words = screened.page.words()
    for reject in rejects.values():
        assert reject["reason"][1:] in words
    assert "other.csv, row 4" in words


def test_rules_that_were_not_assessed_or_applied_to_nothing_are_named_with_what_they_need(screened: Screened) -> None:
    words = screened.page.words()
    books = {book.name: book for book in _rulebooks()}
    assert len(screened.figures["not_assessed"]) > 20
    for entry in screened.figures["not_assessed"]:
        assert books[entry["policy"]].rule(entry["rule"]).title in words
    assert "isocenter screen --ncci FOLDER" in words
    assert "isocenter new CASE" in words
    for entry in screened.figures["applied_to_nothing"]:
        assert entry["title"] in words


def test_readings_that_were_used_stand_there_with_their_reasons_and_no_others(screened: Screened) -> None:
    words = screened.page.words()
    left_out = {entry["rule"] for entry in screened.figures["not_assessed"]}
    book = load_policy("imrt")
    for reading in book.readings:
        is_read = any(reading.name in rule.readings for rule in book.rules if rule.name not in left_out)
        is_shown = " ".join(reading.reason.split()) in words
        assert is_shown == (is_read or reading.name == "course_gap_days"), reading.name


def test_the_example_of_sql_can_be_run(screened: Screened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(screened.out.parent)
    [query] = [unescape(text) for text in re.findall(r"<pre><code>(select.*?)</code></pre>", screened.html, re.DOTALL)]
    assert duckdb.sql(query).fetchall()


def test_the_command_that_opens_a_course_opens_it(
    screened: Screened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(screened.out.parent)
    [command] = [unescape(text) for text in re.findall(r"<pre><code>(isocenter review.*?)</code></pre>", screened.html)]
    program, *arguments = shlex.split(command)
    assert program == "isocenter"
    arguments[arguments.index("report.html")] = str(tmp_path / "report.html")
    assert main(arguments) == 0
    assert faults((tmp_path / "report.html").read_text(encoding="utf-8")) == []


def test_every_picture_of_months_is_named_and_its_months_stand_in_the_table(screened: Screened) -> None:
    pictures = [attributes for attributes in screened.page.named("svg") if attributes.get("role") == "img"]
    assert len(pictures) == len({row["policy"] for row in screened.figures["findings_by_month"]})
    words = screened.page.words()
    for row in screened.figures["findings_by_month"]:
        assert f"{row['service_month'][:7]} {row['policy']} {row['not_met']:,} {row['not_documented']:,} " in words


def test_names_from_the_claims_cannot_become_html(screened: Screened) -> None:
    rule = {**screened.summary.findings_by_rule[0], "example": EVIL, "example_course": EVIL}
    provider = {**screened.summary.findings_by_provider[0], "billing_npi": EVIL}
    html = _render(
        replace(
            screened.summary,
            findings_by_rule=[rule],
            findings_by_provider=[provider],
            rejects=[{"reason": EVIL, "lines": 1, "path": EVIL, "place": EVIL, "example": EVIL}],
            inputs=[{"path": EVIL, "kind": EVIL, "bytes": 1}],
        )
    )
    assert "<script" not in html
    assert faults(html) == []


def _without_amounts(record: dict[str, Any]) -> dict[str, Any]:
    return {name: None if "charge" in name or "allowed" in name else value for name, value in record.items()}


def test_claims_without_amounts_give_a_page_without_dollars(screened: Screened) -> None:
    summary = screened.summary
    html = _render(
        replace(
            summary,
            lines_by_recommendation=[_without_amounts(row) for row in summary.lines_by_recommendation],
            findings_by_rule=[_without_amounts(row) for row in summary.findings_by_rule],
            findings_by_month=[_without_amounts(row) for row in summary.findings_by_month],
            findings_by_provider=[_without_amounts(row) for row in summary.findings_by_provider],
        )
    )
    assert faults(html) == []
    words = Page(html).words()
    assert "The claims have no amounts" in words
    assert "$" not in words
    assert "At stake" not in words


def test_charges_are_shown_where_nothing_was_allowed(screened: Screened) -> None:
    rows = [
        {**row, "allowed_amount": None, "allowed_at_stake": None} for row in screened.summary.lines_by_recommendation
    ]
    words = Page(_render(replace(screened.summary, lines_by_recommendation=rows))).words()
    assert f"of ${sum(row['charge_amount'] for row in rows):,.0f} charged on all lines judged" in words


def test_a_screening_that_found_nothing_says_so(screened: Screened) -> None:
    html = _render(
        replace(
            screened.summary,
            lines={"read": 0, "judged": 0, "other": 0, "rejected": 0, "left_out": 0, "set_aside": 0},
            courses={},
            open_courses=0,
            coverage={},
            settings={},
            lines_by_recommendation=[],
            findings_by_rule=[],
            findings_by_month=[],
            findings_by_provider=[],
            providers=0,
            rejects=[],
            applied_to_nothing=[],
            not_assessed=[],
            code_lists=[],
        )
    )
    assert faults(html) == []
    words = Page(html).words()
    for sentence in (
        "No course is in the scope of a policy",
        "No rule of this policy found anything open.",
        "Every line could be judged.",
        "Every rule could run.",
    ):
        assert sentence in words


def test_a_provider_that_billed_most_of_no_course_has_no_findings_a_course(screened: Screened) -> None:
    first = {**screened.summary.findings_by_provider[0], "billing_npi": "9999999999", "courses_in_all": None}
    words = Page(_render(replace(screened.summary, findings_by_provider=[first]))).words()
    assert f"9999999999 {first['courses']:,} {first['not_met']:,} " in words


def test_thousands_of_findings_are_written_with_separators_and_whole_dollars(screened: Screened) -> None:
    row = {**screened.summary.findings_by_rule[0], "not_met": 1234567, "allowed_amount_not_met": 7654321.5}
    row["allowed_amount"] = 7654321.5
    words = Page(_render(replace(screened.summary, findings_by_rule=[row]))).words()
    assert "1,234,567" in words
    assert "$7,654,322" in words


def test_lines_that_were_left_out_are_part_of_the_sum(screened: Screened) -> None:
    lines = screened.summary.lines
    more = {**lines, "read": lines["read"] + 7, "left_out": lines["left_out"] + 7}
    words = Page(_render(replace(screened.summary, lines=more))).words()
    assert "Left out" in words
    assert "it adds up" in words
    assert "Left out" not in screened.page.words()


def test_from_claims_alone_no_course_is_covered_and_what_is_open_agrees_with_the_worklist(
    screened: Screened,
) -> None:
    assert "cover" not in screened.figures["courses"]
    assert screened.figures["courses"]["necessity_not_judged"]
    assert "Necessity not judged" in screened.page.words()
    assert "necessity not judged" in summary_as_text(screened.summary, screened.out)
    assert screened.summary.open_courses >= screened.summary.worklist_courses
    assert f"{screened.summary.open_courses:,} courses have something open" in screened.page.words()


def test_where_rules_of_coding_alone_ran_the_page_says_that_coverage_was_not_asked(screened: Screened) -> None:
    assert COVERAGE_NOT_ASKED not in screened.page.words()
    assert COVERAGE_NOT_ASKED in Page(_render(replace(screened.summary, decides_coverage=False))).words()
    assert COVERAGE_NOT_ASKED in summary_as_text(replace(screened.summary, decides_coverage=False), screened.out)


def test_the_terminal_shows_the_amounts_that_the_claims_state(screened: Screened) -> None:
    summary, unstated = screened.summary, {"allowed_amount": None}
    assert "allowed, $" in summary_as_text(summary, screened.out)
    charged = replace(
        summary,
        lines_by_recommendation=[entry | unstated for entry in summary.lines_by_recommendation],
        findings_by_rule=[rule | unstated | {"charge_amount": 4800.0} for rule in summary.findings_by_rule],
    )
    assert re.search(r"charged, \$  rule\n +\d+ +\d+ +4,800  ", summary_as_text(charged, screened.out))
    unstated["charge_amount"] = None
    neither = replace(
        summary,
        lines_by_recommendation=[entry | unstated for entry in summary.lines_by_recommendation],
        findings_by_rule=[rule | unstated for rule in summary.findings_by_rule],
    )
    assert "$" not in summary_as_text(neither, screened.out)
    assert re.search(r"to document +rule\n +\d+ +\d{1,3}  +[a-z]", summary_as_text(neither, screened.out))


# Why a rule applied to nothing


def test_no_reason_is_found_for_a_rule_that_did_apply(screened: Screened, few: Screened) -> None:
    """The reasons are necessary conditions: one that fails for a rule that applied would be false."""
    for screening in (screened, few):
        missed = {(entry["policy"], entry["rule"]) for entry in screening.figures["applied_to_nothing"]}
        missed |= {(entry["policy"], entry["rule"]) for entry in screening.figures["not_assessed"]}
        applied = [(book, rule) for book in _rulebooks() for rule in book.rules if (book.name, rule.name) not in missed]
        assert len(applied) > 5
        for book, rule in applied:
            why = why_nothing(rule, book, screening.summary)
            assert not re.search("no line has|but on no day|alone; no |it needs ", why), (rule.name, why)


def test_every_rule_that_few_claims_leave_idle_is_explained(few: Screened) -> None:
    assert len(few.figures["applied_to_nothing"]) > 5
    stated = dict.fromkeys(entry["rule"] for entry in few.figures["applied_to_nothing"])
    books = {book.name: book for book in _rulebooks()}
    for entry in few.figures["applied_to_nothing"]:
        book = books[entry["policy"]]
        stated[entry["rule"]] = why_nothing(book.rule(entry["rule"]), book, few.summary)
    assert stated["planning_services_are_part_of_the_plan"] == "it judges only institutional lines; there is none"
    assert all(why[1:] in few.page.words() for why in stated.values())


# The pictures
