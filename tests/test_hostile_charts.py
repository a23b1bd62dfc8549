"""Hostile texts on the pages of a chart and in the answers to a questionnaire stay text wherever they come out."""

import json
from collections import Counter
from collections.abc import Callable
from html import escape
from pathlib import Path

import matplotlib
import pypdfium2
import pytest
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from isocenter.cli import main
from isocenter.files.texts import printable
from tests.fhir.requests import statement_of_necessity
from tests.intake.fhir_resources import patient
from tests.test_hostile_texts import HOSTILE, Skeleton

_FONT = "DejaVuSans"
_MOST_LETTERS = 60
_COURSE = (
    "courses:\n- {course_id: C1, member_id: M1, line_of_business: medicare, site: prostate, delivery_technique: mlc}\n"
)
_CLAIM = (
    "claim_line_id,claim_id,line_number,service_date,procedure_code,units,setting,billing_npi,member_id\n"
    "L1,K,1,2024-01-15,77301,1,professional,1999999984,M1\n"
)
_HEAD = "Patient: Ada Example   MRN: 445566   DOB: 1950-02-03"


def _papers(text: str) -> list[list[str]]:
    """A statement, a description of the portals and a prescription that hold the text wherever words may stand."""
    signed = "Electronically signed by Jane Roe, MD, radiation oncologist, 2024-01-09"
    return [
        [
            "IMRT Necessity Statement", _HEAD, "Date: 2024-01-08",
            f"The prostate lies within 3 mm of the rectum and {text}, which must be protected.",
            f"3D conformal planning would not spare the {text} and the rectum.",
            f"Electronically signed by {text}, MD, radiation oncologist, 2024-01-08",
        ],
        ["Portal Description", _HEAD, "Date: 2024-01-15", "Number of portals: 7", f"Portal locations: {text}", signed],
        ["Prescription", _HEAD, "Date: 2024-01-09", f"{text}: V70 < 20 %", f"Goals: cure {text}", signed],
    ]  # fmt: skip


def _chart(folder: Path, texts: tuple[str, ...]) -> None:
    """The papers of each text as pages of one PDF."""
    file = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / f"{_FONT}.ttf"
    pdfmetrics.registerFont(TTFont(_FONT, str(file)))
    canvas = Canvas(str(folder / "chart.pdf"), pagesize=(1_400, 842))  # as wide as the longest line
    for text in texts:
        for paper in _papers(text[:_MOST_LETTERS]):
            canvas.setFont(_FONT, 9)
            for number, line in enumerate(paper):
                canvas.drawString(50, 760 - 14 * number, line)
            canvas.showPage()
    canvas.save()


def _answers(folder: Path, texts: tuple[str, ...]) -> None:
    """Answers to the questionnaire that state each text as signer, detail, origin and number."""
    entries = []
    for number, text in enumerate(texts):
        answers = statement_of_necessity(id=f"a{number}", author={"display": text})
        for item in answers["item"][0]["item"]:
            if "valueString" in item["answer"][0]:
                item["answer"] = [{"valueString": text}]
        entries.append({"resource": answers})
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": patient()}, *entries]}
    (folder / "answers.json").write_text(json.dumps(bundle), encoding="utf-8")


def _outputs(folder: Path, write: Callable[[Path], None], capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    case = folder / "case"
    case.mkdir(parents=True)
    (case / "case.yaml").write_text(_COURSE, encoding="utf-8")
    (case / "claim_lines.csv").write_text(_CLAIM, encoding="utf-8")
    write(case)
    pages = {name: folder / f"{name}.html" for name in ("report", "letter", "checklist")}
    options = [part for name, page in pages.items() for part in (f"--{name}", str(page))]
    assert main(["review", str(case), *options]) == 0
    found = {name: page.read_text(encoding="utf-8") for name, page in pages.items()}
    found["terminal"] = capsys.readouterr().out
    assert main(["review", str(case), "--json", "--letter", str(folder / "letter.pdf")]) == 0
    found["json"] = capsys.readouterr().out
    document = pypdfium2.PdfDocument(folder / "letter.pdf")
    found["letter.pdf"] = "".join(page.get_textpage().get_text_bounded() for page in document)
    document.close()
    return found


@pytest.mark.parametrize("write", [_chart, _answers])
def test_hostile_texts_of_charts_and_of_answers_stay_text_in_every_output(
    write: Callable[[Path, tuple[str, ...]], None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    controls = () if write is _chart else ("bell\x07escape\x1b[31m\x00end",)
    found = _outputs(tmp_path / "hostile", lambda case: write(case, (*HOSTILE, *controls)), capsys)
    usual = _outputs(tmp_path / "usual", lambda case: write(case, ("the bladder",)), capsys)
    for name in ("report", "letter", "checklist"):
        tags = Skeleton(found[name]).tags
        assert not any(part.startswith("on") for _, *attributes in tags for part in attributes)
        assert {kind for kind, *_ in tags} <= {kind for kind, *_ in Skeleton(usual[name]).tags}
        scripts = [Counter(kind for kind, *_ in tags)["script"], found[name].count("<script")]
        assert scripts == [usual[name].count("<script")] * 2
    reached = [text for text in HOSTILE if escape(text[:_MOST_LETTERS]) in found["report"]]
    assert len(reached) >= 8
    assert any("<" in text for text in reached)
    assert printable(found["terminal"]) == found["terminal"]
    assert json.loads(found["json"])
    for name in found:
        assert not {"\x00", "\x07", "\x1b"} & set(found[name]), name
    for name in found.keys() - {"json"}:
        assert not {"\u202e", "\u2066", "\u200f"} & set(found[name]), name
