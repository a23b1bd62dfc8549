"""Forms and addresses that no browser of ours sends: a page answers them, never a fault, and nothing is changed."""

from urllib.parse import quote

import pytest
from django.test import Client

from isocenter.web.models import Note, Request, Setting
from isocenter.web.models.requests import State
from tests.web.people import all_lines, made_request, make_person

pytestmark = pytest.mark.usefixtures("workbench")
# Beyond what a key is, beyond what Python reads as a number, digits of other scripts, and what is not a number.
ODD_NUMBERS = ("-1", "9" * 19, "9" * 5_000, "٣", "²", "'; drop table workbench_request; --")


@pytest.fixture
def request_row() -> Request:
    return made_request(make_person("intake"))


@pytest.mark.parametrize("odd", ODD_NUMBERS, ids=lambda odd: ascii(odd[:22]))
def test_an_odd_number_is_answered_by_a_page(odd: str, request_row: Request, sign_in) -> None:
    physician, auditor, intake = sign_in("physician"), sign_in("auditor"), sign_in("intake", "another")
    here, run = f"/requests/{request_row.pk}", request_row.runs.get().pk
    decided = {"run": run, "decision": "partly", "text": "Why", "reason": "clinical_judgment"}
    answers = [
        physician.get(f"/?assignee={quote(odd)}"),
        physician.get(f"/?page={quote(odd)}"),
        physician.get(f"/requests/{quote(odd)}"),
        physician.get(f"{here}/letters/{quote(odd)}"),
        physician.get(f"{here}/chart/{quote(odd)}/1"),
        physician.post("/find", {"search": odd}),
        physician.post("/take-next", {"query": f"assignee={odd}"}),
        physician.post(f"{here}/assign", {"assignee": odd}),
        physician.post(f"{here}/ask/preview", {"asked": odd}),
        physician.post(f"{here}/decide", decided | all_lines(request_row, "pay", "reduce", line_units=odd)),
        physician.post(f"{here}/decide", decided | all_lines(request_row, "pay", "deny") | {"run": odd}),
        intake.post(f"{here}/files", {"answers": odd}),
        intake.post(f"{here}/files/aside", {"document": odd, "because": "Not ours"}),
        intake.post(f"{here}/match", {f"answer-{odd}": "1", "answer-1": odd}),
        auditor.get(f"/figures/public/{quote(odd)}"),
        auditor.get(f"/figures/public/{quote(odd)}.csv"),
        auditor.get(f"/journal?page={quote(odd)}"),
    ]
    assert not [answer for answer in answers if answer.status_code >= 500]
    request_row.refresh_from_db()
    assert (request_row.state, request_row.determinations.count()) == (State.OPEN, 0)


@pytest.mark.parametrize("year", [0, 1, 9999, 10_000])
def test_there_are_no_public_figures_of_a_year_that_no_calendar_counts_around(year: int, sign_in) -> None:
    assert sign_in("auditor").get(f"/figures/public/{year}").status_code == 404


@pytest.mark.parametrize("days", ["9" * 5_000, "٣", "0"])
def test_a_setting_that_is_no_such_number_is_not_kept(days: str, sign_in) -> None:
    page = sign_in("administrator").post("/settings/change", {"standard_days": days}, follow=True)
    assert "is not a number from 1 to 60" in page.content.decode()
    assert not Setting.objects.exists()


@pytest.mark.parametrize("column", ["line", "line_decision", "line_units", "line_reason", "line_text", "line_rule"])
@pytest.mark.parametrize("act", ["decide", "decide/preview"])
def test_a_form_whose_lines_are_not_told_apart_comes_back_as_recommended(
    act: str, column: str, request_row: Request, sign_in
) -> None:
    form = {"run": request_row.runs.get().pk, "decision": "partly", "text": "Why", "reason": "clinical_judgment"}
    form |= all_lines(request_row, "pay", "deny") | {column: ["pay"]}
    answer = sign_in("physician").post(f"/requests/{request_row.pk}/{act}", form)
    assert answer.status_code == 422
    assert "Fill in the form again" in answer.content.decode()
    assert not request_row.determinations.exists()


@pytest.mark.parametrize("name", ["text", "text\0"])
def test_a_text_that_no_database_keeps_is_refused_whole(name: str, request_row: Request, sign_in) -> None:
    client = sign_in("nurse")
    answer = client.post(f"/requests/{request_row.pk}/notes", {name: "spoken\0 with", "text": "x\0"})
    assert (answer.status_code, client.get("/?site=%00").status_code) == (400, 400)
    assert "This could not be understood" in answer.content.decode()
    assert not Note.objects.exists()


@pytest.mark.parametrize("address", ["http://[", "//evil.example", "http://testserver//evil.example", "javascript:x"])
def test_a_part_of_a_page_of_an_odd_address_leads_to_where_one_signs_in_and_nowhere_else(address: str) -> None:
    answer = Client().get("/", HTTP_HX_REQUEST="true", HTTP_HX_CURRENT_URL=address)
    assert answer.headers["HX-Redirect"].startswith("/sign-in?next=/")
    make_person("nurse")
    signed_in = Client().post(answer.headers["HX-Redirect"], {"username": "nurse", "password": "correct horse battery"})
    assert signed_in.status_code == 302
    assert signed_in.headers["Location"].startswith("/")
    assert not signed_in.headers["Location"].startswith("//")


@pytest.mark.parametrize("body", ["username=someone", "\x00", ""])
def test_a_form_without_the_token_of_its_page_is_answered_by_a_page_that_says_what_to_do(body: str) -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/sign-in", body, content_type="application/x-www-form-urlencoded")
    page = answer.content.decode()
    assert answer.status_code == 403
    assert "Nothing was changed. Allow cookies for this address, load the page again, and try once more." in page
    assert "CSRF" not in page
