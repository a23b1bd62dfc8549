"""A letter of determination names every line that is refused, and gives each reason once."""

from datetime import date, timedelta

import pypdfium2
import pytest

from isocenter.web import deciding
from isocenter.web.letters.as_pdf import letter_as_pdf
from isocenter.web.letters.sending import letter_as_page
from isocenter.web.letters.wording import LetterText, determination_letter
from isocenter.web.models import Request, ReviewedLine
from tests.web.people import made_request, make_person

pytestmark = pytest.mark.usefixtures("workbench")
_REASON = "The record does not show that the fields were modulated."
_FIRST = date(2024, 3, 4)


@pytest.fixture
def request_row() -> Request:
    """A request of three lines on the first day: two of the plan as made_request has them, and then 45 deliveries."""
    request = made_request(make_person("intake"))
    for place in range(45):
        ReviewedLine.objects.create(
            run=request.runs.get(),
            place=2 + place,
            claim_line_id=f"D{place}",
            procedure_code="77385",
            service_date=_FIRST + timedelta(days=place),
            units=2,
            recommendation="deny",
            label="simple delivery",
        )
    return request


def _letter(request: Request, **lines: deciding.LineChoice) -> LetterText:
    run = request.runs.get()
    of_each = {
        line.claim_line_id: lines.get(line.claim_line_id, deciding.LineChoice("deny", text=_REASON))
        for line in run.lines.all()
    }
    of_each["L0"] = of_each["L1"] = deciding.LineChoice("pay", reason="clinical_judgment")
    choice = deciding.Choice("partly", of_each, reason="clinical_judgment", text="See below.")
    made = deciding.decide(request, make_person("physician"), choice, run.pk)
    return determination_letter(made, "L-1")


def test_lines_refused_for_one_reason_are_listed_together_with_every_day(request_row: Request) -> None:
    letter = _letter(request_row)
    (item,) = letter.items
    assert (item.title, item.text) == ("45 claim lines: denied", _REASON)
    days = ", ".join(str(_FIRST + timedelta(days=place)) for place in range(45))
    assert item.lines == (f"77385, simple delivery, on {days}",)
    page = letter_as_page(letter)
    sheets = pypdfium2.PdfDocument(letter_as_pdf(letter))
    printed = " ".join(" ".join(sheet.get_textpage().get_text_range() for sheet in sheets).split())
    for said in (page, printed):
        assert said.count(_REASON) == 1
        assert all(said.count(str(_FIRST + timedelta(days=place))) >= 1 for place in range(45))


def test_a_reason_of_its_own_and_another_decision_stay_apart(request_row: Request) -> None:
    own = deciding.LineChoice("deny", text="The day is no day of the course.")
    reduced = deciding.LineChoice("reduce", units_allowed=1, reason="clinical_judgment", text=_REASON)
    first, other = _letter(request_row, D3=own, D4=reduced).items
    assert first.title == "44 claim lines: denied or reduced to 1 unit"
    assert [line.rpartition(": ")[2] for line in first.lines] == ["denied", "reduced to 1 unit"]
    assert first.lines[1] == "77385, simple delivery, on 2024-03-08: reduced to 1 unit"
    assert "2024-03-08" not in first.lines[0]
    assert (other.title, other.text, other.lines) == (
        "77385, simple delivery, on 2024-03-07: denied",
        "The day is no day of the course.",
        (),
    )
