"""Requests that other systems send: into the queue by themselves, once, and answered by what a person determined."""

import pytest

from isocenter.errors import UnreadableInput
from isocenter.fhir.authorizations.desk import Desk
from isocenter.web import journal
from isocenter.web.intake.outside import FhirDesk, determined, receive_from_outside
from isocenter.web.models import JournalEntry, Request, RequestedDocument
from isocenter.web.models.requests import Source
from tests.web.people import all_lines, example, review

pytestmark = pytest.mark.usefixtures("workbench")


def _came_in(identifier: str = "assertion-1") -> Request:
    files = example("left_breast_coding")
    return review(receive_from_outside(Source.FHIR, identifier, files, is_expedited=True))


def test_a_request_from_another_system_is_in_the_queue_as_nobodys_upload(sign_in) -> None:
    request = _came_in()
    assert (request.uploaded_by, request.priority, request.state) == (None, "expedited", "open")
    client = sign_in("nurse")
    assert request.number in client.get("/").content.decode()
    assert "Came in by FHIR as assertion-1" in client.get(f"/requests/{request.pk}").content.decode()
    assert client.post("/take-next")["Location"] == f"/requests/{request.pk}"
    assert JournalEntry.objects.get(act="opened a request").detail["source"] == "fhir"
    assert journal.verify().faults == ()


def test_the_same_identifier_opens_one_request_however_often_it_is_sent() -> None:
    first = _came_in()
    assert receive_from_outside(Source.FHIR, "assertion-1", {"other.csv": b"x"}) == first
    assert _came_in("assertion-2") != first


def test_what_nobody_determined_has_no_determination(sign_in) -> None:
    desk: Desk = FhirDesk()
    assert desk.determined("never sent") is None
    request = _came_in()
    assert desk.determined("assertion-1") is None
    assert desk.asked_for("assertion-1") is None
    sign_in("nurse").post(f"/requests/{request.pk}/ask", {"asked": [1]})
    assert desk.determined("assertion-1") is None


def test_what_a_letter_asks_for_is_answered_until_it_came(sign_in) -> None:
    desk: Desk = FhirDesk()
    assert desk.asked_for("never sent") is None
    request = _came_in()
    sign_in("nurse").post(f"/requests/{request.pk}/ask", {"asked": [1]})
    waiting = RequestedDocument.outstanding(request)
    asked = desk.asked_for("assertion-1")
    assert asked is not None
    assert asked.titles == tuple(one.title for one in waiting) != ()
    waiting.update(answered_by=request.documents.first())
    assert desk.asked_for("assertion-1") is None


def test_a_determination_is_answered_by_course_and_line_until_the_request_is_reopened(sign_in) -> None:
    request = _came_in()
    client = sign_in("physician")
    run = request.runs.get()
    count = run.lines.count()
    form = all_lines(request, "deny", *["pay"] * (count - 1), line_reason="clinical_judgment", line_text="Not needed.")
    form["line_rule"] = ["imrt/one_plan_per_course"] * count
    course = {"run": run.pk, "decision": "partly", "reason": "clinical_judgment", "text": "One service is too many."}
    client.post(f"/requests/{request.pk}/decide", course | form)
    made = determined(Source.FHIR, "assertion-1")
    assert made is not None
    assert (made.decision, made.reason, made.by_specialty) == (
        "partly",
        "One service is too many.",
        "Radiation oncology",
    )
    numbers = {line.line_number for line in made.lines}
    assert 0 not in numbers
    assert [line.decision for line in made.lines].count("deny") == 1
    assert {(line.decision, line.policy, line.rule) for line in made.lines} == {
        ("deny", "imrt", "one_plan_per_course"),
        ("pay", "", ""),
    }
    desk = FhirDesk()
    assert (made.times, desk.reopened()) == (1, [])
    client.post(f"/requests/{request.pk}/reopen", {"because": "An appeal came in."})
    assert (desk.determined("assertion-1"), desk.reopened()) == (None, ["assertion-1"])
    client.post(f"/requests/{request.pk}/decide", course | form)
    made = desk.determined("assertion-1")
    assert made is not None
    assert made.times == 2


def test_a_request_that_its_sender_withdraws_leaves_the_queue_and_cannot_be_decided(sign_in) -> None:
    request = _came_in()
    desk = FhirDesk()
    desk.withdraw("never sent", "cancelled")
    desk.withdraw("assertion-1", "replaced")
    request.refresh_from_db()
    assert request.state == "withdrawn"
    client = sign_in("physician")
    assert request.number not in client.get("/").content.decode()
    assert "It was withdrawn" in client.get(f"/requests/{request.pk}").content.decode()
    client.post(f"/requests/{request.pk}/decide", {"run": request.runs.get().pk, "decision": "approve"})
    assert desk.determined("assertion-1") is None
    assert journal.verify().faults == ()


def test_what_comes_without_identifier_or_file_is_refused() -> None:
    with pytest.raises(UnreadableInput, match="identifier"):
        receive_from_outside(Source.FHIR, " ", example("left_breast_coding"))
    with pytest.raises(UnreadableInput, match="no file"):
        receive_from_outside(Source.FHIR, "assertion-1", {})
    assert not Request.objects.exists()
