"""A request goes its way: files in, review, determination, letter, journal; a later document changes it."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from isocenter.web import journal
from isocenter.web.changes import changes_between
from isocenter.web.intake.receiving import add_documents, receive
from isocenter.web.models import Determination, JournalEntry, Letter, Request, RequestedDocument
from tests.web.people import example, make_person, opened, review, reviewed, uploads

_COLUMNS = ("line", "line_decision", "line_units", "line_reason", "line_text", "line_rule")
pytestmark = pytest.mark.usefixtures("workbench")


def test_files_become_a_request_and_its_review_a_recommendation() -> None:
    request = reviewed(make_person("intake"), example("commercial_member"))
    assert request.state == "open"
    assert request.recommendation
    run = request.runs.get()
    assert run.review_json.startswith("{")
    assert run.lines.count() > 0


def test_the_page_of_a_request_shows_recommendation_lines_and_files(sign_in) -> None:
    request = reviewed(make_person("intake"), example("left_breast_coding"))
    page = sign_in("nurse").get(f"/requests/{request.pk}")
    assert page.status_code == 200
    text = page.content.decode()
    assert "What would change it" in text
    assert "claim_lines.csv" in text
    assert 'name="line_decision"' in text
    # What both give a style to is meant by both: a letter of the chart once had the margins of a letter that is sent.
    restyled = _classes(finders.find("web/workbench.css")) & set(
        re.findall(r"[\w-]+", " ".join(re.findall(r'class="([^"]*)"', request.runs.get().page)))
    )
    assert restyled <= {"count", "label", "note", "point", "body", "quiet", "wide", "day", "facts"}


def _classes(style: str) -> set[str]:
    return set(
        re.findall(r"\.([a-z][\w-]*)", " ".join(re.findall(r"([^{}]+)\{", Path(style).read_text(encoding="utf-8"))))
    )


def test_a_physician_decides_as_recommended_and_the_letter_is_kept(sign_in) -> None:
    request = reviewed(make_person("intake"), example("left_breast_coding"))
    client: Client = sign_in("physician")
    run = request.runs.get()
    given: dict[str, object] = {"run": run.pk, "decision": "partly", "text": "Coding beyond the policy."}
    columns: dict[str, list[str]] = {name: [] for name in _COLUMNS}
    for line in run.lines.all():
        decided = {"pay": "pay", "reduce": "reduce", "deny": "deny"}.get(line.recommendation, "pay")
        columns["line"].append(line.claim_line_id)
        columns["line_decision"].append(decided)
        columns["line_units"].append(str(line.units_allowed or ""))
        columns["line_reason"].append("" if decided == line.recommendation else "clinical_judgment")
        columns["line_text"].append("")
        columns["line_rule"].append("")
    given |= columns
    given["reason"] = "clinical_judgment"
    answer = client.post(f"/requests/{request.pk}/decide", given)
    assert answer.status_code == 302
    request.refresh_from_db()
    made = Determination.objects.get()
    assert (request.state, made.stage, made.decision) == ("determined", "final", "partly")
    letter = Letter.objects.get()
    assert bytes(letter.pdf).startswith(b"%PDF-")
    page = client.get(f"/requests/{request.pk}/letters/{letter.pk}")
    assert letter.number in page.content.decode()
    acts = set(JournalEntry.objects.values_list("act", flat=True))
    assert {"opened a request", "reviewed", "determined", "sent a letter", "looked at a letter"} <= acts
    assert journal.verify().faults == ()


def test_asking_for_documents_stops_the_clock_and_the_answer_lets_it_run_on(sign_in) -> None:

    intake = make_person("intake")
    request = reviewed(intake, example("head_and_neck_gaps"))
    numbers = [asked.number for asked in request.runs.get().asked_documents.all()]
    assert numbers
    client = sign_in("nurse")
    preview = client.post(f"/requests/{request.pk}/ask/preview", {"asked": numbers})
    assert "Preview, not sent" in preview.content.decode()
    client.post(f"/requests/{request.pk}/ask", {"asked": numbers})
    request.refresh_from_db()
    assert request.state == "awaiting_documents"
    assert request.clock_stopped_at is not None
    due_before = request.due_at
    received, _ = receive(uploads({"note.txt": b"A note that answers."}))
    keys = [row.pk for row in RequestedDocument.outstanding(request)]
    request = review(add_documents(request, received, intake, keys))
    assert request.clock_stopped_at is None
    assert request.due_at > due_before
    assert request.state == "open"
    assert not RequestedDocument.outstanding(request).exists()


def test_a_corrected_claim_is_reviewed_again_and_shows_line_by_line_what_changed(sign_in) -> None:

    intake = make_person("intake")
    files = example("left_breast_coding")
    request = reviewed(intake, files)
    lines = files["claim_lines.csv"].decode().splitlines(keepends=True)
    received, _ = receive(uploads({"claim_lines.csv": "".join(lines[:-1]).encode()}))
    request = review(add_documents(request, received, intake))
    first, second = request.runs.all()
    changes = changes_between(first, second)
    assert [change.after for change in changes.lines] == ["not on the claim"]
    assert changes.files == ("claim_lines.csv: replaced",)
    assert "What changed since the review before" in sign_in("nurse").get(f"/requests/{request.pk}").content.decode()


def test_what_cannot_be_reviewed_says_why_and_is_not_lost() -> None:
    request = review(opened(make_person("intake"), {"claim_lines.csv": b"not,a,claim\n1,2,3\n"}))
    assert request.state == "unreadable"
    assert request.unreadable_because
    assert Request.objects.count() == 1
