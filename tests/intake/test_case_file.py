"""The case file is read row by row; a mistake is told with its line and loses nothing else."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isocenter.errors import IsocenterError
from isocenter.intake import case_file
from isocenter.intake.case_file import StructureRole
from isocenter.terms.chart import Document, DocumentElement, Signature
from isocenter.terms.problems import Problem
from isocenter.terms.tables import Supplied


def read(folder: Path, text: str) -> list[object]:
    path = folder / "case.yaml"
    path.write_text(text, encoding="utf-8")
    return list(case_file.read(path))


def problems(items: list[object]) -> list[Problem]:
    return [item for item in items if isinstance(item, Problem)]


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


def test_a_mistake_is_told_with_line_column_value_and_what_is_allowed(tmp_path: Path) -> None:
    items = read(
        tmp_path,
        "courses:\n  - {course_id: C1, member_id: M1}\n  - {course_id: C2, member_id: M1, planned_fractions: many}\n",
    )
    (problem,) = problems(items)
    assert problem.place == "line 3"
    assert "planned_fractions is 'many'; expected a whole number" in problem.sentence
    assert any(getattr(item, "course_id", "") == "C1" for item in items)


def test_a_misspelt_column_is_told_with_the_nearest(tmp_path: Path) -> None:
    (problem,) = problems(read(tmp_path, "documents:\n  - {document_id: D1, kinds: prescription}\n"))
    assert "did you mean 'kind'" in problem.sentence


def test_an_unknown_table_is_told_and_the_others_are_kept(tmp_path: Path) -> None:
    items = read(tmp_path, "document:\n  - {a: b}\ncourses:\n  - {course_id: C1, member_id: M1}\n")
    assert "'document' is no table" in problems(items)[0].sentence
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
        ("courses: []\ncourses: []\n", "stands already in line 1"),
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
