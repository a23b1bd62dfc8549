"""Whole charts: papers, states, other patients, citations, scanned pages."""

from datetime import date
from pathlib import Path

import pytest

from isocenter.chart.abstract import abstract
from isocenter.chart.pages import ocr
from tests.chart.reading import POLICY, document_of, elements_of, read_pages_of

HEAD = "Nowhere Clinic   Doe, Rosa   MRN: 44-1200   DOB: 05/06/1950\n"
VISIT = """# Weekly On-Treatment Visit
Visit date: {day}, fractions 6-10
{text}
{signature}"""
SIGNED = "Electronically signed by Ada Winter, MD, {day}"


def visit(day: str, text: str, signature: str = SIGNED) -> str:
    return HEAD + VISIT.format(day=day, text=text, signature=signature.format(day=day))


def test_each_weekly_note_is_a_document_of_its_own_with_its_day(tmp_path: Path) -> None:
    found = read_pages_of(
        tmp_path,
        visit("03/04/2024", "Seen and examined. Continue."),
        visit("03/11/2024", "Patient not seen this week."),
    )
    assert [(d.kind, d.document_date, len(d.elements)) for d in found.documents] == [
        ("weekly_management_note", date(2024, 3, 4), 1),
        ("weekly_management_note", date(2024, 3, 11), 0),
    ]


def test_every_row_carries_file_page_box_and_words(tmp_path: Path) -> None:
    found = read_pages_of(tmp_path, HEAD + "# Consent", visit("03/04/2024", "Seen and examined. Continue."))
    (element,) = document_of(found, "weekly_management_note").elements
    assert (element.cited.file, element.cited.page, element.cited.words) == ("chart.pdf", 2, "Seen and examined.")
    left, top, right, bottom = element.cited.box
    assert 40 < left < right < 612 and 60 < top < bottom < 200
    assert 0.75 <= element.cited.sureness <= 1


def test_a_page_of_another_patient_is_reported_and_never_used(tmp_path: Path) -> None:
    other = (
        visit("03/11/2024", "Seen and examined. Continue.").replace("Doe, Rosa", "Poe, Egon").replace("44-1200", "99-7")
    )
    other = other.replace("05/06/1950", "01/01/1940")
    found = read_pages_of(tmp_path, visit("03/04/2024", "Seen."), other, visit("03/18/2024", "Seen."))
    assert found.foreign == [("chart.pdf", 2)]
    assert "another patient" in found.problems[0].sentence
    assert {page for d in found.documents for page in d.pages} == {1, 3}


def test_a_namesake_with_another_day_of_birth_is_another_patient(tmp_path: Path) -> None:
    namesake = visit("03/11/2024", "Seen.").replace("05/06/1950", "05/06/1971").replace("44-1200", "44-1993")
    found = read_pages_of(tmp_path, visit("03/04/2024", "Seen."), namesake, visit("03/18/2024", "Seen."))
    assert found.foreign == [("chart.pdf", 2)]


def test_a_draft_bears_no_signature_and_is_no_absent_paper(tmp_path: Path) -> None:
    found = read_pages_of(tmp_path, visit("03/04/2024", "Seen and examined.", "Status: DRAFT, not signed"))
    document = document_of(found, "weekly_management_note")
    assert (document.state, document.signatures) == ("draft", [])


def test_a_superseded_prescription_gives_no_dose(tmp_path: Path) -> None:
    old = (
        HEAD + "# Radiation Prescription\nWritten 02/01/2024\nStatus: SUPERSEDED\n"
        "Total dose 70 Gy in 35 fractions\nCord max 50 Gy"
    )
    new = HEAD + "# Radiation Prescription\nWritten 02/05/2024\nTotal dose 60 Gy in 30 fractions\nCord max 45 Gy"
    found = read_pages_of(tmp_path, old, new)
    assert found.prescription is not None
    assert (found.prescription.dose_gy, found.prescription.fractions) == (60.0, 30)
    assert [c.limit for c, _ in found.constraints] == [45.0]


def test_consents_and_rounds_are_no_documents(tmp_path: Path) -> None:
    consent = HEAD + "# Informed Consent\nThe target is close to the cord. I agree.\nAda Winter, MD 03/04/2024"
    rounds = HEAD + "# Chart Rounds\n03/05/2024 DVH and isodoses reviewed by the group."
    assert read_pages_of(tmp_path, consent, rounds).documents == []


def test_the_day_of_printing_is_never_the_day_of_a_document(tmp_path: Path) -> None:
    page = (
        HEAD
        + "# CT Simulation\nPrinted 09/09/2024\nDate of service: 03/01/2024\nPosition: supine\nTranscribed 03/03/2024"
    )
    assert document_of(read_pages_of(tmp_path, page), "simulation_record").document_date == date(2024, 3, 1)


def test_unticked_boxes_state_nothing(tmp_path: Path) -> None:
    page = (
        HEAD + "# IMRT Medical Necessity\n02/01/2024\n[X] Concave target around the bladder\n"
        "[ ] Narrow margins needed\n[ ] Dose escalation"
    )
    assert elements_of(read_pages_of(tmp_path, page), "necessity_statement") == {"condition_concavity"}


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("empty.pdf", b"", "is empty"),
        ("broken.pdf", b"%PDF-1.7\n%%EOF garbage", "broken"),
        ("noise.pdf", bytes(range(256)) * 40, "not a PDF, although its name says so"),
        ("picture.png", b"\x89PNG\r\n\x1a\n" + b"\x00" * 40, "broken" if ocr.is_installed() else "not read"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_sentence_and_nothing_else_is_lost(
    tmp_path: Path, name: str, content: bytes, says: str
) -> None:
    bad = tmp_path / name
    bad.write_bytes(content)
    good = tmp_path / "good.txt"
    good.write_text(visit("03/04/2024", "Seen and examined.").replace("# ", ""))
    found = abstract([(bad, name), (good, good.name)], POLICY, processes=1)
    (problem,) = found.problems
    assert problem.path == name
    assert says in problem.sentence
    assert [d.kind for d in found.documents] == ["weekly_management_note"]


def test_without_recognition_each_scanned_page_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "is_installed", lambda: False)
    found = read_pages_of(tmp_path, visit("03/04/2024", "Seen."), visit("03/11/2024", "Seen."), scanned=(2,))
    assert [(p.place, "isocenter[ocr]" in p.sentence) for p in found.problems] == [("page 2", True)]
    assert [d.pages for d in found.documents] == [[1]]


@pytest.mark.slow
@pytest.mark.skipif(not ocr.is_installed(), reason="optical character recognition is not installed")
def test_a_scanned_page_states_what_the_typed_one_does(tmp_path: Path) -> None:
    page = visit("03/04/2024", "Patient seen and examined. Mild dysphagia. Continue.")
    typed = document_of(read_pages_of(tmp_path, page), "weekly_management_note")
    scan = document_of(read_pages_of(tmp_path, page, scanned=(1,)), "weekly_management_note")
    assert [e.element for e in scan.elements] == [e.element for e in typed.elements]
    assert [(s.role, s.signed_on) for s in scan.signatures] == [(s.role, s.signed_on) for s in typed.signatures]
    assert scan.elements[0].cited.read_by == "recognition"
