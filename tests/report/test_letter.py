"""The papers for the practice: the letter asks for exactly what is missing, the checklist says what to correct."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from isocenter.report.letter import Sender, checklist, letter
from isocenter.report.points import open_points
from isocenter.report.requests import requests
from isocenter.rulebook.rule import Asked
from isocenter.terms.findings import CourseRecommendation, LineRecommendation, Outcome, SubjectKind
from isocenter.terms.review import Review
from tests.builders import store_of
from tests.report.cases import (
    claims_only_review,
    course_tables,
    finding,
    plain_review,
    review_of,
    rulebooks,
    usual_review,
)
from tests.report.html_checks import Page, faults


def _kinds_asked(html: str) -> list[str]:
    return re.findall(r'<li data-document="(\w*)"', html)


@pytest.mark.parametrize("made", [usual_review, claims_only_review], ids=["usual", "claims only"])
def test_both_papers_are_well_formed_and_self_contained(made: Callable[[], Review]) -> None:
    review = made()
    assert faults(letter(review, rulebooks())) == []
    assert faults(checklist(review, rulebooks())) == []


def test_the_letter_asks_for_the_documents_of_the_findings_and_for_no_other() -> None:
    review = usual_review()
    (book,) = rulebooks()
    missing = [f for f in review.findings if f.outcome is Outcome.NOT_DOCUMENTED]
    rules = [book.rule(f.rule) for f in missing if f.subject_kind is not SubjectKind.DOCUMENT]
    kinds = {asked.kind for rule in rules for asked in rule.asks} | {"" for rule in rules if not rule.asks}
    asked = _kinds_asked(letter(review, rulebooks()))
    assert set(asked) == kinds
    named = [kind for kind in asked if kind]
    assert len(named) == len(set(named)), "a document is asked for twice"


def test_each_remedy_of_a_missing_document_is_in_the_letter_and_each_finding_has_an_item() -> None:
    review = usual_review()
    words = Page(letter(review, rulebooks())).words()
    points = open_points(review, rulebooks())
    covered = {number for item in requests(review, rulebooks(), points) for number in item.points}
    for point in points:
        if point.first.outcome is Outcome.NOT_DOCUMENTED:
            assert point.first.remedy in words
            assert point.first.cites in words
            assert point.number in covered
        else:
            assert point.number not in covered


def test_two_findings_that_ask_for_one_document_are_one_item() -> None:
    points = open_points(usual_review(), rulebooks())
    (item,) = [i for i in requests(usual_review(), rulebooks(), points) if i.kind == "dosimetry_calculation"]
    assert len(item.points) == 2
    assert len(item.remedies) == 2
    assert {line.procedure_code for line in item.lines} == {"77300"}


def test_a_second_plan_asks_for_the_change_of_anatomy_and_not_for_a_note_on_the_fields() -> None:
    (book,) = rulebooks()
    assert book.rule("one_plan_per_course").asks == (Asked("anatomy_change"),)


def test_weekly_work_without_a_note_asks_for_the_note_of_its_own_kind() -> None:
    tables = course_tables()
    tables["documents"] = [row for row in tables["documents"] if not row["kind"].startswith("weekly_")]
    review = review_of(store_of(tables))
    asked = {item.kind: item for item in requests(review, rulebooks(), open_points(review, rulebooks()))}
    assert {line.procedure_code for line in asked["weekly_management_note"].lines} == {"77427"}
    assert {line.procedure_code for line in asked["weekly_physics_check"].lines} == {"77336"}
    assert asked["weekly_physics_check"].states == ("The physicist's weekly check",)


def test_what_the_chart_already_states_is_not_asked_for_again() -> None:
    points = open_points(usual_review(), rulebooks())
    (item,) = [i for i in requests(usual_review(), rulebooks(), points) if i.kind == "image_review"]
    assert item.states == ("Representative isodose distributions",)


def test_the_letter_names_practice_member_claims_and_days_and_accuses_nobody() -> None:
    words = Page(letter(usual_review(), rulebooks())).words()
    for part in ("NPI 1999999984", "member M1", "Claim A1", "2023-12-18 to 2024-03-15"):
        assert part in words
    assert not re.search(r"\b(fail|violat|fraud|refus|improper|abus|den(y|ied))", words.lower())


def test_the_letter_says_who_asks_until_when_and_where_to_answer() -> None:
    sender = Sender("Example Health Plan; 1 Plain Street", "fax 555 0100", date(2026, 1, 5))
    words = Page(letter(usual_review(), rulebooks(), sender)).words()
    for part in (
        "Example Health Plan 1 Plain Street",
        "Date 2026-01-05",
        "Answer by 2026-02-19",
        "Send to fax 555 0100",
    ):
        assert part in words


def test_a_letter_without_a_date_states_the_days_to_answer_in() -> None:
    assert "45 calendar days from the date of this letter" in Page(letter(usual_review(), rulebooks())).words()


def test_of_several_conditions_the_letter_asks_for_one_and_for_none_where_one_is_stated() -> None:
    def states(*stated: str) -> list[str]:
        tables = course_tables()
        elements = [row for row in tables["document_elements"] if not row["element"].startswith("condition_")]
        tables["document_elements"] = elements + [{"document_id": "D1", "element": name} for name in stated]
        review = review_of(store_of(tables))
        names = tuple(condition.requirement for condition in rulebooks()[0].conditions)
        asked = finding(rule="a_condition_is_documented", kind="course", outcome="not_documented", requirements=names)
        review = replace(review, findings=(asked,))
        (item,) = requests(review, rulebooks(), open_points(review, rulebooks()))
        return list(item.states)

    (one,) = states()
    assert one.startswith("at least one of: ")
    assert states("condition_concavity") == []


def test_the_checklist_shows_lines_with_problems_first_and_the_problems_of_the_input() -> None:
    usual = usual_review()
    paid = [replace(line, recommendation=LineRecommendation.PAY) for line in usual.lines[:5]]
    words = Page(checklist(replace(usual, lines=(*paid, *usual.lines[5:])), rulebooks())).words()
    assert words.index("Problems in the input") < words.index("Line by line")
    rows = words[words.index("Line by line") :]
    assert rows.index("Correct before sending") < rows.index("Ready to send")
    assert "Ready to send" not in rows[: rows.rindex("Correct before sending")]


def test_without_anything_missing_the_letter_says_so() -> None:
    review = plain_review(finding(), recommendation=CourseRecommendation.COVER, L1="deny")
    html = letter(review, rulebooks())
    assert "No further documents are needed" in html
    assert _kinds_asked(html) == []


def test_without_a_chart_the_letter_asks_for_the_statement_of_necessity() -> None:
    assert "necessity_statement" in _kinds_asked(letter(claims_only_review(), rulebooks()))


def test_the_checklist_has_a_box_for_each_correction_and_names_every_row() -> None:
    html = checklist(usual_review(), rulebooks())
    words = Page(html).words()
    ready = sum(line.recommendation is LineRecommendation.PAY for line in usual_review().lines)
    assert f"{ready} lines of 56 ready to send" in words
    points = open_points(usual_review(), rulebooks())
    for point in points:
        assert point.first.remedy in words
    assert html.count('type="checkbox"') >= len(requests(usual_review(), rulebooks(), points))
    for line in usual_review().lines:
        assert line.procedure_code in words


def test_the_papers_escape_what_came_from_the_input() -> None:
    evil = "<img src=x onerror=alert(1)>"
    usual = usual_review()
    review = replace(usual, course=usual.course._replace(member_id=evil, course_id=evil))
    for html in (letter(review, rulebooks()), checklist(review, rulebooks())):
        assert "<img" not in html
        assert faults(html) == []


def test_out_of_scope_neither_paper_says_that_lines_are_ready() -> None:
    review = plain_review(recommendation=CourseRecommendation.OUT_OF_SCOPE, L1="not_judged")
    assert "does not apply to the course" in letter(review, rulebooks())
    assert "ready to send" not in checklist(review, rulebooks()).lower()
