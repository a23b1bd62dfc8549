"""The letter as PDF says what the letter in HTML says, and what comes in stays text."""

import re
from dataclasses import replace
from datetime import date

import pypdfium2

from isocenter.report.letter import Sender, letter, letter_contents
from isocenter.report.letter_pdf import letter_as_pdf
from isocenter.terms.problems import Problem
from isocenter.terms.review import Review
from tests.report.cases import rulebooks, usual_review
from tests.report.html_checks import Page

SENDER = Sender("Example Payer; 1 Sample Street", "fax 555-0100", date(2026, 1, 31), 30)


def _text(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    text = " ".join(document[number].get_textpage().get_text_bounded() for number in range(len(document)))
    document.close()
    return " ".join(text.split())


def _pdf(review: Review) -> bytes:
    return letter_as_pdf(review, rulebooks(), SENDER)


def _letters(text: str) -> str:
    return "".join(letter for letter in text if letter.isalnum())


def test_the_pdf_holds_sender_due_date_and_every_request_of_the_html() -> None:
    text = _text(_pdf(usual_review()))
    for said in ("Example Payer", "1 Sample Street", "2026-03-02", "fax 555-0100", "Course C1", "page 1 of"):
        assert said in text
    contents = letter_contents(usual_review(), rulebooks(), SENDER)
    html = _letters(Page(letter(usual_review(), rulebooks(), SENDER)).words())
    printed = _letters(re.sub(r"Course C1 page \d of \d", "", text))
    assert contents.requests
    for request in contents.requests:
        for remedy in request.remedies:
            assert _letters(remedy) in html
            assert _letters(remedy) in printed


def test_the_same_review_gives_the_same_bytes() -> None:
    assert _pdf(usual_review()) == _pdf(usual_review())


def test_markup_and_marks_of_direction_stay_text() -> None:
    hostile = "<b>bold</b> & <font size=40>x</font> \u202eturned <a href='x'>link</a>"
    text = _text(_pdf(replace(usual_review(), problems=(Problem(hostile, "", hostile),))))
    assert "<b>bold</b> & <font size=40>x</font>" in text
    assert "\u202e" not in text
    assert b"/URI" not in _pdf(replace(usual_review(), problems=(Problem(hostile, "", hostile),)))
