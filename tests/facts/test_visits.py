"""A visit makes no course; in a review it is of the course that its provider was giving, and else it is named."""

from pathlib import Path

import pytest

from isocenter.workflow import review_case, review_each

_HEAD = "claim_id,line_number,member_id,service_date,procedure_code,units,setting,billing_npi,line_of_business,Dx1"
_THE_ONE = "1999999984"


def _service(claim: str, day: str, code: str, npi: str = _THE_ONE, member: str = "M1", dx: str = "C61") -> str:
    return f"{claim},{2 if code == '99205' else 1},{member},{day},{code},1,professional,{npi},medicare,{dx}"


_COURSE = [
    _service("P1", "2025-02-14", "77263"),
    _service("P2", "2025-02-24", "77301"),
    *(_service(f"T{day}", f"2025-03-{day}", "G6015") for day in range(10, 15)),
]


def _case(folder: Path, *rows: str) -> Path:
    (folder / "claims.csv").write_text("\n".join([_HEAD, *rows, ""]), encoding="utf-8")
    return folder


def _visits_and_problems(folder: Path) -> tuple[set[str], list[str]]:
    review = review_case(folder)
    named = [one.sentence for one in review.problems if one.place == "procedure code 99205"]
    return {line.claim_line_id for line in review.lines if line.procedure_code == "99205"}, named


@pytest.mark.parametrize(
    ("visit", "is_of_the_course"),
    [
        (_service("V1", "2025-01-20", "99205"), True),  # before it was planned
        (_service("V1", "2025-03-12", "99205"), True),
        (_service("V1", "2025-03-12", "99205", "1999999968"), False),  # another practice
        (_service("V1", "2025-03-12", "99205", ""), False),
        (_service("V1", "2024-12-02", "99205"), False),  # more than sixty days before
        (_service("V1", "2025-03-15", "99205"), False),  # after the last service supplied
        (_service("V1", "2025-03-12", "99205", member="M2"), False),
    ],
)
def test_a_visit_is_of_the_course_that_its_provider_was_giving(
    tmp_path: Path, visit: str, is_of_the_course: bool
) -> None:
    found, named = _visits_and_problems(_case(tmp_path, *_COURSE, visit))
    assert len(found) == is_of_the_course
    told = [] if is_of_the_course else ["1 claim line kept but not judged"]
    assert [one.partition(":")[0] for one in named] == told


def test_where_claims_name_no_provider_a_visit_is_of_the_course_of_its_claim(tmp_path: Path) -> None:
    visits = [_service("P1", "2025-02-14", "99205"), _service("V1", "2025-02-14", "99205")]
    rows = [row.replace(_THE_ONE, "") for row in (*_COURSE, *visits)]
    found, named = _visits_and_problems(_case(tmp_path, *rows))
    assert (len(found), len(named)) == (1, 1)


def test_what_is_diagnosed_at_a_visit_is_no_diagnosis_of_the_course(tmp_path: Path) -> None:
    review = review_case(_case(tmp_path, *_COURSE, _service("V1", "2025-03-12", "99205", dx="C34.11")))
    assert {row.icd10 for row in review.facts["diagnoses"]} == {"C61"}
    assert len(review.lines) == len(_COURSE) + 1


def test_a_visit_beside_two_courses_of_one_practice_is_of_neither_and_named(tmp_path: Path) -> None:
    lung = [row.replace("C61", "C34.11").replace("P", "L").replace("T", "K") for row in _COURSE]
    reviews = list(review_each(_case(tmp_path, *_COURSE, *lung, _service("V1", "2025-03-12", "99205"))))
    assert len(reviews) == 2
    assert all(line.procedure_code != "99205" for review in reviews for line in review.lines)
    assert all("procedure code 99205" in {one.place for one in review.problems} for review in reviews)


@pytest.mark.parametrize(("of_planning", "outcome"), [("records_review", "not_met"), ("", "met")])
def test_records_reviewed_for_the_visit_and_for_planning_are_counted_once_where_no_line_names_its_course(
    tmp_path: Path, of_planning: str, outcome: str
) -> None:
    (tmp_path / "case.yaml").write_text(
        f"""
documents:
  - {{document_id: V, kind: visit_note, document_date: 2025-02-10, elements: [records_review]}}
  - {{document_id: P, kind: clinical_planning_note, document_date: 2025-02-14, elements: [{of_planning}]}}
""",
        encoding="utf-8",
    )
    review = review_case(_case(tmp_path, *_COURSE, _service("V1", "2025-02-10", "99205")))
    (found,) = [one for one in review.findings if one.rule == "records_review_counted_once"]
    assert str(found.outcome) == outcome
