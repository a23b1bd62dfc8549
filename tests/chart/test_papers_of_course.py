"""Papers of half a year before or after the services of a course are of another one, until a person accepts them."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from isocenter.chart.abstract import abstract_pages
from isocenter.chart.abstraction import Abstraction
from isocenter.chart.course.papers_of_course import with_papers_of_course
from isocenter.chart.grammar.grammar import Grammar
from isocenter.facts.days_of_course import DaysOfCourse, days_of_course
from isocenter.rulebook.rulebook import load_policy
from isocenter.terms.claims import ClaimLine
from isocenter.terms.courses import Course
from isocenter.terms.plans import AcceptedDifference
from isocenter.workflow import review_case
from tests.chart.marked_papers import page_of

FOLDER = load_policy("imrt").folder
COURSE = DaysOfCourse(date(2025, 3, 4), date(2025, 4, 18))
SIGNED = "Electronically signed by Ada Winter, MD, Radiation Oncology, "
CLAIMS = (
    "claim_id,member_id,service_date,procedure_code,units,setting\n"
    "A1,M-77,2025-03-04,77301,1,professional\nA1,M-77,2025-03-17,77427,1,professional\n"
)


def simulation(day: date) -> str:
    return (
        f"SIMULATION NOTE\nDate of service: {day:%m/%d/%Y}\nThe patient was immobilized in a custom mask and scanned"
        f" supine.\n{SIGNED}{day:%m/%d/%Y}"
    )


def prescription(day: date) -> str:
    return (
        f"PRESCRIPTION\nDate: {day:%m/%d/%Y}\nPTV: 60 Gy in 30 fractions of 2 Gy\nSpinal cord Dmax <= 45 Gy\n"
        f"{SIGNED}{day:%m/%d/%Y}"
    )


def appeal(day: date) -> str:
    return (
        f"LETTER OF MEDICAL NECESSITY\nDate: {day:%m/%d/%Y}\nIMRT was needed because the target lies against the spinal"
        f" cord, and a 3D conformal plan would have exceeded its tolerance.\n{SIGNED}{day:%m/%d/%Y}"
    )


def read(grammar: Grammar, *papers: str, accepted: tuple[AcceptedDifference, ...] = ()) -> Abstraction:
    pages = [page_of(paper, number) for number, paper in enumerate(papers, 1)]
    return with_papers_of_course(abstract_pages(pages, grammar, FOLDER), COURSE, accepted)


@pytest.mark.parametrize(
    ("day", "is_used"),
    [
        (COURSE.first - timedelta(days=181), False),
        (COURSE.first - timedelta(days=180), True),
        (COURSE.last + timedelta(days=180), True),
        (COURSE.last + timedelta(days=181), False),
    ],
)
def test_a_paper_is_of_the_course_within_half_a_year(grammar: Grammar, day: date, is_used: bool) -> None:
    found = read(grammar, simulation(day))
    assert [one.kind for one in found.documents] == (["simulation_record"] if is_used else [])
    told = [one for one in found.problems if "of another course by these dates" in one.sentence]
    assert [(one.path, one.place) for one in told] == ([] if is_used else [("chart.pdf", "page 1")])
    assert all(str(day) in one.sentence for one in told)


def test_numbers_of_papers_of_another_course_are_left_out_with_them(grammar: Grammar) -> None:
    old, new = prescription(date(2024, 6, 3)), simulation(date(2025, 3, 4))
    assert read(grammar, prescription(date(2025, 3, 3)), new).prescription is not None
    found = read(grammar, old, new)
    assert (found.prescription, found.prescription_cited, found.target_cites) == (None, None, [])
    assert found.constraints == []
    assert [one.kind for one in found.documents] == ["simulation_record"]


def test_a_letter_may_be_written_long_after_the_course_but_not_before_it(grammar: Grammar) -> None:
    assert {one.kind for one in read(grammar, appeal(date(2026, 2, 2))).documents} == {"necessity_statement"}
    assert read(grammar, appeal(date(2024, 2, 2))).documents == []


def test_a_person_accepts_papers_of_another_time(grammar: Grammar) -> None:
    old = simulation(date(2024, 6, 3))
    found = read(grammar, old, accepted=(AcceptedDifference("planned before chemotherapy", "dates"),))
    assert len(found.documents) == 1
    assert "a person accepts it: planned before chemotherapy" in found.problems[0].sentence
    assert read(grammar, old, accepted=(AcceptedDifference("", "dates"),)).documents == []
    assert read(grammar, old, accepted=(AcceptedDifference("of the plan alone", "dates", "P1"),)).documents == []


def test_days_of_a_course_are_of_its_own_lines() -> None:
    line = ClaimLine("1", "A", 1, "C", "M", date(2025, 3, 4), "77427", 1, last_service_date=date(2025, 3, 8))
    lines = [line, line._replace(course_id="other", service_date=date(2023, 1, 1))]
    ended = Course("C", "M", last_delivery=date(2025, 4, 1))
    assert days_of_course(Course("C", "M"), lines) == (date(2025, 3, 4), date(2025, 3, 8))
    assert days_of_course(ended, lines) == (date(2025, 3, 4), date(2025, 4, 1))
    assert days_of_course(Course("new", "M"), lines) is None


def test_a_review_does_not_take_the_chart_of_an_earlier_course_for_this_one(tmp_path: Path) -> None:
    (tmp_path / "claims.csv").write_text(CLAIMS, encoding="utf-8")
    chart = tmp_path / "notes.txt"
    chart.write_text(simulation(date(2025, 3, 3)) + "\n", encoding="utf-8")
    assert [row.kind for row in review_case(tmp_path).facts["documents"]] == ["simulation_record"]
    chart.write_text(simulation(date(2024, 3, 3)) + "\n", encoding="utf-8")
    review = review_case(tmp_path)
    assert not review.facts.get("documents")
    assert review.problems[0].path == "notes.txt"
    assert "1 document dated 2024-03-03" in review.problems[0].sentence


def test_a_document_that_the_case_lists_is_used_and_its_other_time_is_said(tmp_path: Path) -> None:
    (tmp_path / "claims.csv").write_text(CLAIMS, encoding="utf-8")
    case = "documents: [{document_id: D1, kind: simulation_record, document_date: 2024-03-03}]\n"
    (tmp_path / "case.yaml").write_text(case, encoding="utf-8")
    review = review_case(tmp_path)
    assert [row.document_id for row in review.facts["documents"]] == ["D1"]
    assert ["dated 2024-03-03" in one.sentence for one in review.problems if one.place == "document D1"] == [True]
    accepted = "accepted_differences: [{item: dates, reason: planned before chemotherapy}]\n"
    (tmp_path / "case.yaml").write_text(case + accepted, encoding="utf-8")
    assert not [one for one in review_case(tmp_path).problems if one.place == "document D1"]
