"""A case may name several courses; a claim that names none belongs to the one that has its tumor."""

from datetime import date
from pathlib import Path

import pytest

from isocenter.facts.placement import fill_in_course_and_member
from isocenter.terms.claims import ClaimDiagnosis, ClaimLine, Diagnosis
from isocenter.terms.courses import Course
from isocenter.workflow import review_case

COURSES = [
    Course("PROSTATE", "M1"),
    Course("LUNG", "M1"),
    Course("OTHER", "M2"),
    Diagnosis("PROSTATE", "C61", 1),
    Diagnosis("LUNG", "C34.11", 1),
    Diagnosis("OTHER", "C34.12", 1),
]


def line(pointer: int | None = None, course: str = "") -> ClaimLine:
    return ClaimLine("A-1", "A", 1, course, "M1", date(2024, 1, 22), "77373", 1, diagnosis_pointer_1=pointer)


@pytest.mark.parametrize(
    ("billed", "pointer", "course"),
    [
        (["C34.91"], None, "LUNG"),
        (["Z51.0", "C61"], None, "PROSTATE"),
        (["C61", "C34.11"], 2, "LUNG"),
        (["C61", "C34.11"], None, "PROSTATE"),
        (["C50.912"], None, ""),
        (["Z51.0"], None, ""),
        ([], None, ""),
        (["C61"], 3, ""),
    ],
)
def test_a_claim_belongs_to_the_course_of_its_first_tumor(billed: list[str], pointer: int | None, course: str) -> None:
    diagnoses = [ClaimDiagnosis("A", code, position, "M1") for position, code in enumerate(billed, start=1)]
    rows = fill_in_course_and_member([*COURSES, line(pointer), *diagnoses])
    assert [row.course_id for row in rows if isinstance(row, ClaimLine)] == [course]


def test_two_courses_of_one_tumor_leave_a_claim_to_its_days() -> None:
    again = [Course("LUNG AGAIN", "M1"), Diagnosis("LUNG AGAIN", "C34.31", 1)]
    rows = fill_in_course_and_member([*COURSES, *again, line(), ClaimDiagnosis("A", "C34.11", 1, "M1")])
    assert [row.course_id for row in rows if isinstance(row, ClaimLine)] == [""]


def test_the_course_that_a_line_names_stays() -> None:
    rows = fill_in_course_and_member([*COURSES, line(course="PROSTATE"), ClaimDiagnosis("A", "C34.11", 1, "M1")])
    assert [row.course_id for row in rows if isinstance(row, ClaimLine)] == ["PROSTATE"]


def _claims_and_documents(folder: Path, second_member: str) -> None:
    (folder / "claims.csv").write_text(
        "claim_id,member_id,service_date,procedure_code,units,setting\n"
        f"A1,M-77,2025-03-04,77301,1,professional\nB1,{second_member},2025-03-17,77427,1,professional\n",
        encoding="utf-8",
    )
    (folder / "case.yaml").write_text(
        "documents: [{document_id: D1, kind: simulation_record, document_date: 2025-03-03}]\n"
        "prior_irradiations: [{site: thorax, dose_gy: 40}]\n",
        encoding="utf-8",
    )


def test_what_names_no_course_is_of_the_only_one_that_the_claims_make(tmp_path: Path) -> None:
    _claims_and_documents(tmp_path, "M-77")
    review = review_case(tmp_path)
    assert [row.document_id for row in review.facts["documents"]] == ["D1"]
    assert [row.member_id for row in review.facts["prior_irradiations"]] == ["M-77"]
    assert review.problems == ()


def test_what_names_no_course_is_said_where_the_claims_make_several(tmp_path: Path) -> None:
    _claims_and_documents(tmp_path, "M-78")
    review = review_case(tmp_path, course_id="M-77 from 2025-03-04")
    assert not review.facts["documents"]
    told = {one.place: one.sentence for one in review.problems}
    assert told.keys() == {"documents", "prior_irradiations"}
    assert all("rows that name no course: 1; the claims hold 2 courses" in sentence for sentence in told.values())


def test_what_names_a_course_that_is_not_at_hand_is_said(tmp_path: Path) -> None:
    _claims_and_documents(tmp_path, "M-77")
    (tmp_path / "case.yaml").write_text(
        "courses: [{course_id: C1, member_id: M-77}]\n"
        "documents: [{document_id: D1, course_id: C-1, kind: simulation_record, document_date: 2025-03-03}]\n",
        encoding="utf-8",
    )
    review = review_case(tmp_path)
    assert not review.facts["documents"]
    (told,) = review.problems
    assert (told.place, told.sentence) == (
        "documents",
        "rows of course 'C-1': 1; that course was not supplied, so they were not used; known: C1",
    )
