"""A chart inside a review: the case file wins, unsure statements name their page, the report shows passages."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from isocenter.chart.abstraction import Abstraction
from isocenter.chart.into_case import charted_rows
from isocenter.report.abstracted_case import write_abstracted_case
from isocenter.report.page import review_as_page
from isocenter.rulebook.rulebook import load_policy
from isocenter.terms.chart import Constraint, Document, DocumentElement, FileSignature, Signature
from isocenter.terms.citations import Citation
from isocenter.terms.courses import Course
from isocenter.workflow import review_case
from tests.chart.reading import read_pages_of

EXAMPLE = Path(__file__).parents[2] / "examples" / "esophagus_from_its_chart"
COURSE = Course("C1", "M1", "medicare")
PAGE = (
    "Nowhere Clinic   MRN: 44-1200   DOB: 05/06/1950\n# Radiation Prescription\nWritten 02/05/2024\nIntent: curative\n"
    "Total dose 60 Gy in 30 fractions\nCord max 45 Gy\nApproved: Ada Winter, MD 02/05/2024"
)


def of_kind(rows: list[object], kind: type) -> list[object]:
    return [row for row in rows if isinstance(row, kind)]


def test_a_chart_becomes_rows_with_a_citation_each(tmp_path: Path) -> None:
    made = charted_rows(read_pages_of(tmp_path, PAGE), [], COURSE, least=0.75)
    assert [row.kind for row in of_kind(made.rows, Document)] == ["prescription"]  # type: ignore[attr-defined]
    assert of_kind(made.rows, Constraint) == [Constraint("C1", "Cord", "max", "<=", 45.0, "Gy")]
    assert made.course is not None
    assert (made.course.prescribed_dose_gy, made.course.planned_fractions) == (60.0, 30)
    cited = {(c.table_name, c.item) for c in made.citations}
    assert {
        ("document_elements", "treatment_goals"),
        ("constraints", "Cord"),
        ("courses", "prescribed_dose_gy"),
    } <= cited


def test_the_case_file_wins_and_what_the_page_states_beside_it_is_reported(tmp_path: Path) -> None:
    found = read_pages_of(tmp_path, PAGE)
    (day,) = {document.document_date for document in found.documents}
    given = [Document("D9", "C1", "prescription", day), Constraint("C1", "Cord", "max", "<=", 50.0, "Gy")]
    made = charted_rows(found, given, COURSE, least=0.75)
    assert of_kind(made.rows, Document) == of_kind(made.rows, DocumentElement) == of_kind(made.rows, Constraint) == []
    assert any("treatment goals" in problem.sentence and "D9" in problem.sentence for problem in made.problems)
    assert {c.document_id for c in made.citations if c.table_name == "document_elements"} == {"D9"}


def test_what_is_read_too_unsurely_does_not_count(tmp_path: Path) -> None:
    made = charted_rows(read_pages_of(tmp_path, PAGE), [], COURSE, least=0.99)
    assert of_kind(made.rows, DocumentElement) == []
    assert not any(row.counted for row in of_kind(made.rows, Citation) if row.table_name == "document_elements")  # type: ignore[attr-defined]


def test_an_unsure_statement_sends_a_person_to_its_page() -> None:
    strict = [replace_reading(load_policy("imrt"), 0.99)]
    findings = review_case(EXAMPLE, strict, with_pictures=False).findings
    assert any("A person should look at page" in finding.because for finding in findings)


def replace_reading(rulebook: object, value: float) -> object:
    readings = tuple(
        replace(reading, value=value) if reading.name == "chart_sureness" else reading
        for reading in rulebook.readings  # type: ignore[attr-defined]
    )
    return replace(rulebook, readings=readings)  # type: ignore[type-var]


def test_the_report_shows_each_passage_with_its_picture() -> None:
    rulebooks = [load_policy("imrt")]
    page = review_as_page(review_case(EXAMPLE, rulebooks), rulebooks, None)
    assert page.count("data:image/png") >= 40
    assert 'id="pages-A"' in page


def test_a_written_case_file_is_read_again_with_the_same_rows(tmp_path: Path) -> None:
    found = read_pages_of(tmp_path, PAGE)
    file = write_abstracted_case(tmp_path / "case", found, least=0.75)
    text = file.read_text()
    assert '# chart.pdf, page 1, confidence 0.93: "Cord max 45 Gy"' in text
    review = review_case(tmp_path / "case", [load_policy("imrt")], with_pictures=False)
    assert [row.kind for row in review.facts["documents"]] == ["prescription"]
    assert [row.limit for row in review.facts["constraints"]] == [45.0]


def test_rows_below_the_reading_are_written_with_a_mark_before_them(tmp_path: Path) -> None:
    text = write_abstracted_case(tmp_path / "case", read_pages_of(tmp_path, PAGE), least=0.99).read_text()
    assert '# - element: "treatment_goals"' in text


def test_an_abstraction_of_nothing_is_no_document() -> None:
    assert charted_rows(Abstraction(), [], COURSE, least=0.75).rows == []


UNSIGNED = PAGE.rpartition("\n")[0]
REVIEWED = "Nowhere Clinic   MRN: 44-1200   DOB: 05/06/1950\n# DVH Review\nDate 02/20/2024\nTarget coverage accepted"


def signed_beside(found: Abstraction, **changes: object) -> FileSignature:
    (file, *_) = {document.file for document in found.documents}
    return FileSignature(
        (file,), "radiation_oncologist", "Ada Winter", date(2024, 2, 5), "record.json", "Provenance/s1"
    )._replace(**changes)  # type: ignore[arg-type]


def test_a_signature_beside_the_pages_signs_the_document_on_them(tmp_path: Path) -> None:
    found = read_pages_of(tmp_path, UNSIGNED)
    made = charted_rows(found, [], COURSE, least=0.75, signed=[signed_beside(found)] * 2)
    (document,) = of_kind(made.rows, Document)
    assert of_kind(made.rows, Signature) == [
        Signature(document.document_id, "radiation_oncologist", "Ada Winter", date(2024, 2, 5))  # type: ignore[attr-defined]
    ]


def test_a_signature_that_the_page_bears_too_is_one(tmp_path: Path) -> None:
    found = read_pages_of(tmp_path, PAGE)
    before = of_kind(charted_rows(found, [], COURSE, least=0.75).rows, Signature)
    assert len(before) == 1
    same = signed_beside(found, role="other")
    assert of_kind(charted_rows(found, [], COURSE, least=0.75, signed=[same]).rows, Signature) == before


@pytest.mark.parametrize(
    ("pages", "changes", "said"),
    [
        ((UNSIGNED, REVIEWED), {}, "the pages hold 2 documents"),
        ((UNSIGNED,), {"files": ("other.pdf",)}, "no document of the policy's list was recognized"),
        ((UNSIGNED.replace("# Rad", "# DRAFT Rad"),), {}, "the pages are a draft"),
    ],
)
def test_a_signature_that_belongs_to_no_one_document_is_named(
    tmp_path: Path, pages: tuple[str, ...], changes: dict[str, object], said: str
) -> None:
    found = read_pages_of(tmp_path, *pages)
    made = charted_rows(found, [], COURSE, least=0.75, signed=[signed_beside(found, **changes)])
    assert of_kind(made.rows, Signature) == []
    (problem,) = (one for one in made.problems if one.path == "record.json")
    assert said in problem.sentence
