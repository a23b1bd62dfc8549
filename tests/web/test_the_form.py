"""The form of a determination, notes and matched files, as a person at the desk meets them."""

import re

import pytest
from django.db import DatabaseError, transaction

from isocenter.web import journal
from isocenter.web.models import Determination, Document, JournalEntry, Letter, Note, Request, RequestedDocument
from tests.web.people import all_lines, made_request, make_person

pytestmark = pytest.mark.usefixtures("workbench")
_TYPED = "The record does not show why three volumes were needed."


@pytest.fixture
def request_row() -> Request:
    return made_request(make_person("intake"))


def _course(request: Request, **given: str) -> dict[str, object]:
    return {"run": request.runs.last().pk, "decision": "deny", "reason": "clinical_judgment", "text": _TYPED} | given


def test_a_form_that_does_not_hold_together_comes_back_as_it_was_filled_in(request_row: Request, sign_in) -> None:
    client = sign_in("physician")
    form = all_lines(request_row, "pay", "deny", line_text="Not for this site.")
    form["line_units"] = ["1", ""]
    answer = client.post(f"/requests/{request_row.pk}/decide", _course(request_row, is_of_necessity="yes") | form)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'role="alert"' in page
    assert "Lines are paid: approve in part, or deny every line." in page
    assert _TYPED in page
    assert re.search(r'value="deny" checked', page)
    assert '<option value="clinical_judgment" selected>' in page
    assert 'name="is_of_necessity" value="yes" checked' in page
    assert 'name="is_after_appeal" value="yes">' in page
    chosen = re.findall(r'<select name="line_decision".*?<option value="(\w+)" selected>', page)
    assert chosen == ["pay", "deny"]
    assert page.count("Not for this site.") == 2
    assert not Determination.objects.exists()


def test_what_was_typed_comes_back_as_text(request_row: Request, sign_in) -> None:
    hostile = '"></textarea><script>alert(1)</script>'
    form = _course(request_row, text=hostile, reason="") | all_lines(request_row, "deny", "deny", line_text=hostile)
    page = sign_in("physician").post(f"/requests/{request_row.pk}/decide", form).content.decode()
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert(1)") == 3


def test_a_line_without_a_reason_of_its_own_has_that_of_the_course(request_row: Request, sign_in) -> None:
    form = _course(request_row) | all_lines(request_row, "deny", "deny")
    sign_in("physician").post(f"/requests/{request_row.pk}/decide", form)
    first, second = Determination.objects.get().lines.order_by("claim_line_id")
    assert (first.agrees, first.reason) == (False, "clinical_judgment")
    assert (second.agrees, second.reason) == (True, "")


def test_a_denial_names_a_rule_of_the_review_and_its_letter_cites_it(request_row: Request, sign_in) -> None:
    client, lines = sign_in("physician"), all_lines(request_row, "deny", "deny")
    refused = client.post(f"/requests/{request_row.pk}/decide", _course(request_row, rule="imrt/other") | lines)
    assert "77301 on 2024-03-01: imrt/other is not a rule of this review" in refused.content.decode()
    form = _course(request_row, rule="imrt/one_plan_per_course") | lines
    assert client.post(f"/requests/{request_row.pk}/decide", form).status_code == 302
    named = Determination.objects.get().lines.values_list("policy", "rule")
    assert list(named) == [("imrt", "one_plan_per_course")] * 2
    letter = Letter.objects.get().page
    assert "<strong>2 claim lines: denied</strong>" in letter
    assert letter.count("It does not meet the rule: one plan is billed per course.") == 1  # once for both lines
    assert letter.count("billing, paragraph 2") == 1
    with pytest.raises(DatabaseError), transaction.atomic():
        named.update(rule="another")


def test_a_peer_to_peer_conversation_is_on_record_with_whom_when_and_what_was_said(
    request_row: Request, sign_in
) -> None:
    conversation = {
        "text": "She will send the fusion report.",
        "spoken_with": "L. Example MD",
        "spoken_on": "2026-03-02",
    }
    client = sign_in("physician")
    client.post(f"/requests/{request_row.pk}/notes", conversation)
    note = Note.objects.get()
    assert (note.kind, note.spoken_with, str(note.spoken_on)) == ("peer_to_peer", "L. Example MD", "2026-03-02")
    assert "peer-to-peer with L. Example MD on 2026-03-02" in client.get(f"/requests/{request_row.pk}").content.decode()
    assert JournalEntry.objects.get(act="noted").detail == {"kind": "peer_to_peer", "id": note.pk}


@pytest.mark.parametrize("role", ["intake", "nurse", "physicist"])
def test_a_peer_to_peer_conversation_is_a_physicians(request_row: Request, sign_in, role: str) -> None:
    client = sign_in(role, "someone")
    client.post(f"/requests/{request_row.pk}/notes", {"text": "We spoke.", "spoken_with": "L. Example MD"})
    assert not Note.objects.exists()
    client.post(f"/requests/{request_row.pk}/notes", {"text": "The practice called."})
    assert Note.objects.get().kind == "note"
    assert "spoken_with" not in client.get(f"/requests/{request_row.pk}").content.decode()


def test_a_decision_that_names_a_conversation_needs_its_note(request_row: Request, sign_in) -> None:
    client = sign_in("physician")
    form = _course(request_row, decision="approve", reason="peer_to_peer") | all_lines(request_row, "pay", "pay")
    answer = client.post(f"/requests/{request_row.pk}/decide", form)
    assert "Record the peer-to-peer conversation as a note first" in answer.content.decode()
    client.post(f"/requests/{request_row.pk}/notes", {"text": "Settled.", "spoken_with": "L. Example MD"})
    client.post(f"/requests/{request_row.pk}/decide", form)
    assert Determination.objects.get().lines.get(claim_line_id="L1").reason == "peer_to_peer"


def test_a_file_that_came_in_by_another_way_is_matched_and_the_clock_runs_on(request_row: Request, sign_in) -> None:
    nurse = sign_in("nurse")
    nurse.post(f"/requests/{request_row.pk}/ask", {"asked": [1]})
    asked = RequestedDocument.objects.get()
    file, other = (
        Document.objects.create(
            request=one,
            name="answer.pdf",
            sha256="0" * 64,
            size_bytes=1,
            kind="chart as PDF",
            added_at=asked.letter.sent_at,
        )
        for one in (request_row, made_request(make_person("intake", "other")))
    )
    address = f"/requests/{request_row.pk}/match"
    assert "answer.pdf" in nurse.get(f"/requests/{request_row.pk}").content.decode()
    for wrong in ({}, {f"answer-{asked.pk}": other.pk}, {"answer-x": file.pk}, {f"answer-{asked.pk + 1}": file.pk}):
        nurse.post(address, wrong)
        asked.refresh_from_db()
        assert asked.answered_by is None
        assert (
            "Choose the file that answers what was asked for."
            in nurse.get(f"/requests/{request_row.pk}").content.decode()
        )
    nurse.post(address, {f"answer-{asked.pk}": file.pk})
    asked.refresh_from_db()
    request_row.refresh_from_db()
    assert asked.answered_by == file
    assert (request_row.state, request_row.clock_stopped_at) == ("open", None)
    assert JournalEntry.objects.get(act="matched documents").detail == {"answered": [[asked.pk, file.pk]]}
    assert journal.verify().faults == ()


@pytest.mark.parametrize("decision", ["approve", "partly", "deny"])
def test_the_letter_of_a_determination_is_previewed_and_nothing_is_kept_before_it_is_made(
    request_row: Request, sign_in, decision: str
) -> None:
    lines = {"approve": ("pay", "pay"), "partly": ("pay", "deny"), "deny": ("deny", "deny")}[decision]
    client = sign_in("physician")
    form = _course(request_row, decision=decision) | all_lines(request_row, *lines, line_text="Not for this site.")
    before = JournalEntry.objects.count()
    page = client.post(f"/requests/{request_row.pk}/decide/preview", form).content.decode()
    assert "Preview, not sent" in page
    assert ("states no rights of appeal" in page) == (decision != "approve")
    refused = {"approve": "", "partly": "77301, on 2024-03-01: denied", "deny": "77301, on 2024-03-01 (2 lines)<"}
    assert [said for said in refused.values() if said and said in page] == list(filter(None, [refused[decision]]))
    assert (_TYPED in page.split("<form")[-2]) == (decision != "approve")  # the letter gives the reason
    assert (Determination.objects.count(), Letter.objects.count(), JournalEntry.objects.count()) == (0, 0, before)
    carried = dict.fromkeys(re.findall(r'<input type="hidden" name="(\w+)"', page.split("<form")[-1]))
    assert carried.keys() >= form.keys()
    assert _TYPED in client.post(f"/requests/{request_row.pk}/decide", form | {"back": "yes"}).content.decode()
    client.post(f"/requests/{request_row.pk}/decide", form)
    assert (Determination.objects.get().decision, Letter.objects.count()) == (decision, 1)
    assert journal.verify().faults == ()


def test_a_determination_that_does_not_hold_together_has_no_preview(request_row: Request, sign_in) -> None:
    form = _course(request_row) | all_lines(request_row, "pay", "deny")
    answer = sign_in("physician").post(f"/requests/{request_row.pk}/decide/preview", form)
    assert answer.status_code == 422
    assert _TYPED in answer.content.decode()
