"""Words of closed lists in any case and spelling; a wrong word empties its field and keeps the row."""

from datetime import date
from functools import cache

import pytest

from isocenter.review.vocabulary import sort_out
from isocenter.rulebook.rulebook import Rulebook, load_policy
from isocenter.terms.chart import Document, DocumentElement, Signature
from isocenter.terms.claims import ClaimLine
from isocenter.terms.courses import Course, Fraction
from isocenter.terms.reference import ProcedurePair


@cache
def imrt() -> Rulebook:
    return load_policy("imrt")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ({"site": "Prostate"}, {"site": "prostate"}),
        ({"site": "Head and Neck"}, {"site": "head_and_neck"}),
        ({"line_of_business": "Medicare"}, {"line_of_business": "medicare"}),
        ({"laterality": "Not-Paired"}, {"laterality": "not_paired"}),
        ({"delivery_technique": "MLC", "intent": " curative "}, {"delivery_technique": "mlc", "intent": "curative"}),
    ],
)
def test_labels_are_read_in_any_case_and_spelling(written: dict[str, str], meant: dict[str, str]) -> None:
    rows, problems = sort_out([Course("C1", "M1")._replace(**written)], [imrt()])
    assert problems == []
    assert rows == [Course("C1", "M1")._replace(**meant)]


def test_a_code_that_a_loaded_edit_names_is_known_to_the_policy_that_reads_the_edits() -> None:
    lines = [ClaimLine(code, "K", 1, "C1", "M1", date(2024, 3, 4), code, 1) for code in ("77301", "77280", "77263")]
    pair = ProcedurePair("77301", "77280", "professional", 0)
    _, problems = sort_out([*lines, pair], [load_policy("ncci")])
    assert [problem.place for problem in problems] == ["procedure code 77263"]


def test_a_site_that_is_not_listed_is_left_to_the_diagnosis_and_the_course_stays() -> None:
    rows, (problem,) = sort_out([Course("C1", "M1", line_of_business="medicare", site="prostrate")], [imrt()])
    assert rows == [Course("C1", "M1", line_of_business="medicare")]
    assert problem.place == "courses C1"
    assert "did you mean prostate?" in problem.sentence
    assert problem.sentence.endswith("the diagnosis decides")


def test_a_wrong_setting_empties_the_field_and_keeps_the_line() -> None:
    line = ClaimLine("L1", "A1", 1, "C1", "M1", date(2024, 1, 2), "77301", 1, setting="clinic")
    rows, (problem,) = sort_out([line], [imrt()])
    assert rows == [line._replace(setting="")]
    assert "setting is 'clinic'" in problem.sentence


def test_kinds_of_documents_and_their_elements_are_read_in_any_case_and_spelling() -> None:
    written = [Document("D1", "C1", "DVH Review"), DocumentElement("D1", "DVH-Targets")]
    rows, problems = sort_out(written, [imrt()])
    assert problems == []
    assert rows == [Document("D1", "C1", "dvh_review"), DocumentElement("D1", "dvh_targets")]
    _, (problem,) = sort_out([Document("D1", "C1", "Prescripton")], [imrt()])
    assert "did you mean prescription?" in problem.sentence


@pytest.mark.parametrize(("count", "said"), [(1, "1 document was left out"), (3, "3 documents were left out")])
def test_a_policy_without_documents_says_once_that_it_reads_none(count: int, said: str) -> None:
    course = Course("C1", "M1", line_of_business="medicare")
    papers = [Document(f"D{n}", "C1", "necessity_statement") for n in range(count)]
    elements = [DocumentElement(paper.document_id, "condition_concavity") for paper in papers]
    rows, problems = sort_out([course, *papers, *elements], [load_policy("ncci")])
    assert rows == [course]
    assert [problem.sentence for problem in problems] == [f"no policy in use reads documents of the chart; {said}"]
    assert sort_out([course], [load_policy("ncci")]) == ([course], [])


def test_a_kind_of_document_that_one_of_several_policies_knows_is_kept() -> None:
    paper = Document("D1", "C1", "necessity_statement")
    assert sort_out([paper], [load_policy("ncci"), imrt()]) == ([paper], [])


@pytest.mark.parametrize(
    ("details", "stated"),
    [
        (["left and right", "as before"], [1, 2]),
        (["left and right", "same", "as before"], [1, 2, 3]),
        (["left and right", "not documented", "as before"], [1]),
        (["not documented", "left and right", "as before"], [2, 3]),
        (["as before", "left and right"], [2]),
    ],
)
def test_a_detail_that_is_as_before_states_what_the_last_document_before_it_states(
    details: list[str], stated: list[int]
) -> None:
    rows = [
        row
        for number, detail in enumerate(details, start=1)
        for row in (
            Document(f"D{number}", "C1", "portal_description", date(2024, 3, number)),
            DocumentElement(f"D{number}", "portal_locations", detail),
        )
    ]
    kept, problems = sort_out(rows, [imrt()])
    assert [row.document_id for row in kept if isinstance(row, DocumentElement)] == [f"D{number}" for number in stated]
    assert len(problems) == len(details) - len(stated)


@pytest.mark.parametrize(
    ("physician", "physicist", "persons"),
    [
        ("Dr. Ada Winter", "Ada Winter, PhD", 1),
        ("Winter, Ada, M.D.", "ADA WINTER MD PhD DABR", 1),
        ("Dr. Winter", "Winter, PhD", 1),
        ("Ada Winter, MD", "Grace Winter, PhD", 2),
        ("Ada Winter, MD", "Grace Summer, PhD", 2),
        ("radiation oncologist", "medical physicist", 2),  # names were withheld
    ],
)
@pytest.mark.parametrize("role", ["radiation_oncologist", "treating_physician"])
def test_one_person_does_not_sign_as_physician_and_as_physicist(
    physician: str, physicist: str, persons: int, role: str
) -> None:
    paper = Document("D1", "C1", "dosimetric_verification")
    signed = [Signature("D1", role, physician), Signature("D1", "medical_physicist", physicist)]
    if physician == "radiation oncologist":
        signed[0] = Signature("D1", "radiation_oncologist", physician)
    rows, problems = sort_out([paper, *signed], [imrt()])
    assert rows == [paper, *signed[:persons]]
    assert len(problems) == 2 - persons
    assert all("the signatures of two persons are needed" in problem.sentence for problem in problems)


def test_one_person_may_sign_two_papers_and_another_physicist_still_counts() -> None:
    papers = [Document(name, "C1", "dosimetric_verification") for name in ("D1", "D2")]
    signed = [
        Signature("D1", "radiation_oncologist", "Ada Winter"),
        Signature("D1", "medical_physicist", "Ada Winter"),
        Signature("D1", "medical_physicist", "Grace Summer"),
        Signature("D2", "medical_physicist", "Ada Winter"),
    ]
    rows, problems = sort_out([*papers, *signed], [imrt()])
    assert [row for row in rows if isinstance(row, Signature)] == [signed[0], *signed[2:]]
    assert [problem.place for problem in problems] == ["document D1"]


def test_a_fraction_of_no_monitor_units_is_none() -> None:
    given = [
        Fraction("C1", number, date(2024, 3, number), units) for number, units in ((1, 180.0), (2, 0.0), (3, None))
    ]
    rows, (problem,) = sort_out(given, [imrt()])
    assert rows == [given[0], given[2]]
    assert problem.place == "fractions of 2024-03-02"
    assert "fraction 2 delivered no monitor units" in problem.sentence
