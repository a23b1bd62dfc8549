"""The case file is read row by row; a mistake is named with its line and loses nothing else."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isocenter.errors import IsocenterError
from isocenter.intake import case_file
from isocenter.terms.chart import Document, DocumentElement, Signature
from isocenter.terms.courses import Course
from isocenter.terms.plans import ReviewedPlan, StructureRole
from isocenter.terms.problems import Problem
from isocenter.terms.tables import LostValue, Supplied


def read(folder: Path, text: str) -> list[object]:
    path = folder / "case.yaml"
    path.write_text(text, encoding="utf-8")
    return list(case_file.read(path))


def problems(items: list[object]) -> list[Problem]:
    return [item for item in items if isinstance(item, Problem)]


def test_a_table_of_one_column_is_a_list_of_its_values(tmp_path: Path) -> None:
    items = read(tmp_path, "reviewed_plans: [PROSTATE, {plan: 'boost 2'}, [a], null]\n")
    assert [item for item in items if isinstance(item, ReviewedPlan)] == [
        ReviewedPlan("PROSTATE"),
        ReviewedPlan("boost 2"),
    ]
    assert len(problems(items)) == 2


def test_a_document_may_hold_its_elements_and_signatures(tmp_path: Path) -> None:
    items = read(
        tmp_path,
        """
documents:
  - document_id: D1
    kind: prescription
    document_date: 2024-01-03
    elements: [treatment_goals, {element: target_constraints, detail: "D95% >= 76 Gy"}]
    signatures:
      - {role: radiation_oncologist, signer: Dr. Ada Example, signed_on: 2024-01-03}
""",
    )
    assert Document("D1", "", "prescription", date(2024, 1, 3)) in items
    assert DocumentElement("D1", "treatment_goals") in items
    assert DocumentElement("D1", "target_constraints", "D95% >= 76 Gy") in items
    assert Signature("D1", "radiation_oncologist", "Dr. Ada Example", date(2024, 1, 3)) in items
    assert not problems(items)


def test_an_unquoted_code_keeps_its_digits(tmp_path: Path) -> None:
    items = read(
        tmp_path, "claim_lines:\n  - {claim_line_id: 007, service_date: 2024-01-02, procedure_code: 0073T, units: 1}\n"
    )
    (line,) = [item for item in items if type(item).__name__ == "ClaimLine"]
    assert (line.claim_line_id, line.procedure_code) == ("007", "0073T")


def test_an_empty_list_says_that_the_table_was_supplied(tmp_path: Path) -> None:
    assert read(tmp_path, "documents: []\n") == [Supplied("documents")]


def test_a_name_without_a_value_says_that_nobody_filled_it_in(tmp_path: Path) -> None:
    assert read(tmp_path, "attestations:\n") == []


def test_a_mistake_is_reported_with_line_column_value_and_what_is_allowed(tmp_path: Path) -> None:
    items = read(
        tmp_path,
        "courses:\n  - {course_id: C1, member_id: M1}\n  - {course_id: C2, member_id: M1, planned_fractions: many}\n",
    )
    (problem,) = problems(items)
    assert problem.place == "line 3"
    assert "planned_fractions is 'many'; expected a whole number" in problem.sentence
    assert [item.course_id for item in items if isinstance(item, Course)] == ["C1", "C2"]


@pytest.mark.parametrize(
    ("field", "says"),
    [
        ("planned_fractions: 1e308", "planned_fractions is '1e308'; expected a whole number"),
        ("prescribed_dose_gy: fifty", "prescribed_dose_gy is 'fifty'; expected a number"),
        ("first_delivery: next week", "first_delivery is 'next week'; expected a date as YYYY-MM-DD"),
        ("intention: curative", "courses has no column 'intention'"),
        ("intent: [curative, palliative]", "intent is 'several values'; expected text"),
        ("intent: curative\n    intent: palliative", "intent is 'two different values'; expected text"),
    ],
)
def test_a_wrong_field_is_left_out_and_its_row_stays(tmp_path: Path, field: str, says: str) -> None:
    items = read(tmp_path, f"courses:\n  - course_id: C1\n    member_id: M1\n    {field}\n    site: breast\n")
    (problem,) = problems(items)
    assert says in problem.sentence
    assert problem.sentence.endswith("the field was left out")
    assert Course("C1", "M1", site="breast") in items


def test_a_wrong_field_of_a_part_of_a_document_leaves_the_part(tmp_path: Path) -> None:
    text = "documents:\n- document_id: D1\n  kind: prescription\n  document_date: May\n"
    items = read(tmp_path, text + "  signatures: [{role: physicist, signed_on: soon, color: blue}]\n")
    assert Document("D1", "", "prescription") in items
    assert Signature("D1", "physicist") in items
    assert len(problems(items)) == 3


@pytest.mark.parametrize(
    "text",
    [
        "attestations:\n- {billing_npi: '1', element: inverse_planning, valid_to: the end}\n",
        "constraints:\n- {structure: Cord, metric: Dmax, comparison: '<=', limit: low, unit: Gy}\n",
        "claim_lines:\n- {claim_line_id: L, service_date: 2024-01-02, procedure_code: 77301, units: 1, modifier: 59}\n",
        "accepted_differences:\n- {reason: same patient, plans: P1}\n",
    ],
)
def test_a_row_that_would_say_more_without_its_wrong_field_is_left_out(tmp_path: Path, text: str) -> None:
    items = read(tmp_path, text)
    (problem,) = problems(items)
    assert problem.sentence.endswith("the row was left out")
    assert all(isinstance(item, Problem | Supplied | LostValue) for item in items)


def test_a_row_of_thousands_of_unknown_columns_is_named_in_a_few_sentences(tmp_path: Path) -> None:
    names = ", ".join(f"x{number}: 1" for number in range(5000))
    items = read(tmp_path, f"courses:\n- {{course_id: C1, member_id: M1, {names}}}\n")
    assert Course("C1", "M1") in items
    assert "none of 4995 more columns" in problems(items)[-1].sentence


def test_a_misspelt_column_is_reported_with_the_nearest(tmp_path: Path) -> None:
    (problem,) = problems(read(tmp_path, "documents:\n  - {document_id: D1, kinds: prescription}\n"))
    assert "did you mean 'kind'" in problem.sentence
    assert "kind is missing" in problem.sentence


def test_an_unknown_table_is_reported_and_the_others_are_kept(tmp_path: Path) -> None:
    items = read(tmp_path, "document:\n  - {a: b}\ncourses:\n  - {course_id: C1, member_id: M1}\n")
    assert "'document' is not a known table" in problems(items)[0].sentence
    assert Supplied("courses") in items


def test_structure_roles_override_guesses(tmp_path: Path) -> None:
    assert StructureRole("Core", "critical") in read(tmp_path, "structure_roles:\n  Core: critical\n")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- a\n- b\n", "expected tables by name"),
        ("documents: {a: b}\n", "should be a list of rows"),
        ("documents:\n  - [\n", "not YAML"),
        ("a: &a [1]\nb: *a\n", "aliases"),
        ("courses: []\ncourses: []\n", "is already in line 1"),
        ("documents:\n" + " - " * 12 + "x\n", "nested more than"),
    ],
)
def test_a_file_that_is_no_case_file_gets_one_sentence(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(IsocenterError, match=says) as caught:
        read(tmp_path, text)
    assert "\n" not in str(caught.value)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
def test_any_bytes_give_rows_problems_or_one_sentence(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "case.yaml"
    path.write_bytes(b"documents:\n" + data)
    try:
        list(case_file.read(path))
    except IsocenterError as mistake:
        assert str(mistake)


@pytest.mark.parametrize(
    "text",
    [
        "courses:\n  - {course_id: C1, member_id: M1, planned_fractions: 39x}\n",
        "courses:\n  - {course_id: C1, member_id: M1, planed_fractions: 39}\n",
        "courses:\n  - {course_id: C1, member_id: M1, planned_fractions: [39]}\n",
        "courses:\n  - {member_id: M1, planned_fractions: 39}\n",
        "course:\n  - {course_id: C1, planned_fractions: 39}\n",
        "courses:\n  - 39 fractions\n",
    ],
)
def test_an_order_that_cannot_be_read_is_not_taken_for_one_that_is_not_stated(tmp_path: Path, text: str) -> None:
    lost = [item for item in read(tmp_path, text) if isinstance(item, LostValue)]
    assert "planned_fractions" in {item.column for item in lost}
    assert {item.row for item in lost} <= {"", "C1", "M1"}
