"""What lies in a case folder and is none of the facts: notes and our own pages are passed over, the rest is named."""

import io
import zipfile
from importlib.resources import files
from pathlib import Path

import pytest

from isocenter.files.kinds import is_page_of_ours
from isocenter.intake.case import read_case
from isocenter.terms.problems import Unread

_CLAIMS = (Path(__file__).parents[2] / "examples" / "prostate_clean" / "professional.837").read_text(encoding="utf-8")
_PRINTED = "<!DOCTYPE html><html><head><title>Consult note</title></head><body>Close to the rectum.</body></html>"


@pytest.mark.parametrize("name", ["consult.html", "Consult.HTM"])
def test_a_page_that_another_program_printed_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "professional.837").write_text(_CLAIMS, encoding="utf-8")
    (tmp_path / name).write_text(_PRINTED, encoding="utf-8")
    (problem,) = [one for one in read_case(tmp_path).problems if one.path == name]
    assert isinstance(problem, Unread)
    assert "a page for a browser" in problem.sentence and "save it as PDF" in problem.sentence


def test_every_page_that_is_written_into_a_case_is_known_as_ours(tmp_path: Path) -> None:
    templates = [one for one in (files("isocenter.report") / "templates").iterdir() if one.name.endswith(".html")]
    pages = [one for one in templates if "<!doctype html>" in one.read_text(encoding="utf-8").lower()]
    assert len(pages) >= 9
    for page in pages:
        text = page.read_text(encoding="utf-8")
        (tmp_path / page.name).write_text(text[text.lower().index("<!doctype html>") :], encoding="utf-8")
        assert is_page_of_ours(tmp_path / page.name), page.name
    (tmp_path / "notes.md").write_text("Ask for the plan.", encoding="utf-8")
    (tmp_path / "professional.837").write_text(_CLAIMS, encoding="utf-8")
    (tmp_path / "ReadMe").write_text("What lies in this folder.", encoding="utf-8")
    assert [one for one in read_case(tmp_path).problems if one.path.endswith((".html", ".md", "ReadMe"))] == []
    (tmp_path / "consult").write_text("What lies in this folder.", encoding="utf-8")
    assert [one.path for one in read_case(tmp_path).problems if one.path in ("consult", "ReadMe")] == ["consult"]


def _archive(*parts: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for part in parts:
            archive.writestr(part, "<a/>")
    return held.getvalue()


def _compound(stream: str) -> bytes:
    """The beginning of a file in the form of old office programs, with the name of one of its streams."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + stream.encode("utf-16-le") + bytes(512)


def _cut_short(*parts: str) -> bytes:
    whole = _archive(*parts)
    return whole[: whole.index(b"PK\x01\x02")]


@pytest.mark.parametrize(
    ("name", "content", "is_of_claims"),
    [
        ("consult.docx", b"PK\x03\x04 and no more", False),
        ("consult", _cut_short("[Content_Types].xml", "word/document.xml"), False),
        ("rounds.pptx", _cut_short("[Content_Types].xml", "ppt/presentation.xml"), False),
        ("bills.xlsx", _cut_short("[Content_Types].xml", "xl/workbook.xml"), True),
        ("bills.zip", _cut_short("january.csv", "february.csv"), True),
    ],
    ids=["docx", "by its part", "pptx", "xlsx", "zip"],
)
def test_a_damaged_letter_bills_nothing_and_a_damaged_workbook_may(
    tmp_path: Path, name: str, content: bytes, is_of_claims: bool
) -> None:
    (tmp_path / "professional.837").write_text(_CLAIMS, encoding="utf-8")
    (tmp_path / name).write_bytes(content)
    contents = read_case(tmp_path)
    (problem,) = [one for one in contents.problems if one.path == name]
    assert isinstance(problem, Unread)
    assert ("cannot be opened" in problem.sentence) is not is_of_claims
    assert bool(contents.claim_files_unread) is is_of_claims


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("consult.rtf", b"{\\rtf1 Consult note}", "a text in RTF; save it as PDF"),
        ("summary.xml", b"<?xml version='1.0'?><ClinicalDocument/>", "an XML file"),
        ("consult.docx", _archive("[Content_Types].xml", "word/document.xml"), "a Word document; save it as PDF"),
        ("rounds.pptx", _archive("[Content_Types].xml", "ppt/presentation.xml"), "a presentation"),
        ("consult.odt", _archive("mimetype", "content.xml", "META-INF/manifest.xml"), "an OpenDocument file"),
        ("consult.doc", _compound("WordDocument"), "a Word document; save it as PDF"),
        ("request.msg", _compound("__substg1.0_0037001F"), "a mail; save it"),
        ("claims.xls", _PRINTED.encode(), "a page for a browser; save it as PDF, or its table as CSV"),
        ("plans.html", _PRINTED.encode(), "a page for a browser"),
    ],
)
def test_a_paper_in_a_form_that_is_not_read_is_named_once_with_what_to_do(
    tmp_path: Path, name: str, content: bytes, expected: str
) -> None:
    (tmp_path / "professional.837").write_text(_CLAIMS, encoding="utf-8")
    (tmp_path / name).write_bytes(content)
    (problem,) = [one for one in read_case(tmp_path).problems if Path(one.path).name.startswith(name)]
    assert isinstance(problem, Unread)
    assert expected in problem.sentence
