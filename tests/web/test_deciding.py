"""Determinations: who may make which, on what grounds, and that nothing is overwritten."""

import pytest

from isocenter.web import deciding, journal, organization
from isocenter.web.intake.receiving import add_documents, receive
from isocenter.web.letters import sending
from isocenter.web.models import ClockEvent, Letter, Request
from tests.web.people import all_lines, made_request, make_person, uploads

pytestmark = pytest.mark.usefixtures("workbench")


def _choice(decision: str, *lines: str, **given: object) -> deciding.Choice:
    made = {f"L{place}": deciding.LineChoice(line, reason="clinical_judgment") for place, line in enumerate(lines)}
    return deciding.Choice(decision, made, **given)


def _decide(request: Request, person, choice: deciding.Choice):
    return deciding.decide(request, person, choice, request.runs.last().pk)


@pytest.fixture
def request_row() -> Request:
    return made_request(make_person("intake"))


def test_a_nurse_approves_and_the_clock_ends(request_row: Request) -> None:
    made = _decide(request_row, make_person("nurse"), _choice("approve", "pay", "pay"))
    assert made.agrees
    assert [line.agrees for line in made.lines.order_by("claim_line_id")] == [True, False]
    request_row.refresh_from_db()
    assert request_row.state == "determined"
    assert [event.kind for event in request_row.clock_events.all()] == ["started", ClockEvent.Kind.ENDED]


@pytest.mark.parametrize("decision", ["deny", "partly"])
def test_a_nurse_denies_nothing(request_row: Request, decision: str) -> None:
    lines = ("deny", "deny") if decision == "deny" else ("pay", "deny")
    with pytest.raises(deciding.NotDecided, match="physician"):
        _decide(request_row, make_person("nurse"), _choice(decision, *lines, reason="clinical_judgment", text="So."))


def test_a_denial_of_necessity_takes_a_physician_with_specialty_and_license(request_row: Request) -> None:
    choice = _choice("deny", "deny", "deny", reason="clinical_judgment", text="Not needed.", is_of_necessity=True)
    bare = make_person("physician", "unlicensed", license_number="")
    with pytest.raises(deciding.NotDecided, match="license"):
        _decide(request_row, bare, choice)
    made = _decide(request_row, make_person("physician"), choice)
    assert (made.by_specialty, made.by_license) == ("Radiation oncology", "OH 12345")


def test_denying_what_a_clinician_has_to_weigh_is_of_necessity_whatever_the_form_says() -> None:
    request = made_request(make_person("intake"), recommendation="do_not_cover", requires_clinician=True)
    choice = _choice("deny", "deny", "deny", text="As recommended.")
    with pytest.raises(deciding.NotDecided, match="license"):
        _decide(request, make_person("physician", "unlicensed", license_number=""), choice)
    assert _decide(request, make_person("physician"), choice).is_of_necessity


def test_nobody_decides_a_request_that_he_or_she_uploaded_unless_the_setting_allows_it() -> None:
    nurse = make_person("nurse")
    request = made_request(nurse)
    with pytest.raises(deciding.NotDecided, match="uploaded"):
        _decide(request, nurse, _choice("approve", "pay", "pay"))
    organization.change("own_uploads", "yes", nurse)
    assert _decide(request, nurse, _choice("approve", "pay", "pay")).stage == "final"


def test_deciding_otherwise_asks_for_a_reason_in_words(request_row: Request) -> None:
    physician = make_person("physician")
    with pytest.raises(deciding.NotDecided, match="Choose why"):
        _decide(request_row, physician, _choice("deny", "deny", "deny", text="No."))
    with pytest.raises(deciding.NotDecided, match="sentence"):
        _decide(request_row, physician, _choice("deny", "deny", "deny", reason="clinical_judgment"))


@pytest.mark.parametrize(
    ("decision", "lines"),
    [("approve", ("pay", "deny")), ("deny", ("pay", "deny")), ("partly", ("pay", "pay")), ("partly", ("deny", "deny"))],
)
def test_course_and_lines_are_decided_together(request_row: Request, decision: str, lines: tuple[str, ...]) -> None:
    with pytest.raises(deciding.NotDecided):
        _decide(request_row, make_person("physician"), _choice(decision, *lines, reason="clinical_judgment", text="x"))
    assert request_row.determinations.count() == 0


def test_every_line_is_decided(request_row: Request) -> None:
    with pytest.raises(deciding.NotDecided, match="77301"):
        _decide(request_row, make_person("nurse"), _choice("approve", "pay"))


def test_a_reduction_allows_some_units_and_not_all(request_row: Request) -> None:
    for units in (None, 0, 2):
        lines = {
            "L0": deciding.LineChoice("reduce", units, "clinical_judgment"),
            "L1": deciding.LineChoice("deny"),
        }
        with pytest.raises(deciding.NotDecided, match="units"):
            _decide(
                request_row,
                make_person("physician", f"p{units}"),
                deciding.Choice("partly", lines, "clinical_judgment", "x"),
            )


def test_a_request_that_was_reviewed_anew_meanwhile_is_looked_at_again(request_row: Request) -> None:
    with pytest.raises(deciding.NotDecided, match="reviewed again"):
        deciding.decide(request_row, make_person("nurse"), _choice("approve", "pay", "pay"), 999_999)


def test_a_second_reader_confirms_what_another_physician_decided(request_row: Request) -> None:
    first, second = make_person("physician", "first"), make_person("physician", "second")
    organization.change("second_reader", "yes", first)
    made = _decide(request_row, first, _choice("partly", "pay", "deny", text="Coding."))
    assert made.stage == "proposed"
    with pytest.raises(deciding.NotDecided, match="someone else"):
        deciding.read_second(request_row, first, confirms=True, text="")
    with pytest.raises(deciding.NotDecided, match="why"):
        deciding.read_second(request_row, second, confirms=False, text=" ")
    deciding.read_second(request_row, second, confirms=True, text="")
    request_row.refresh_from_db()
    assert request_row.state == "determined"


def test_documents_that_come_in_return_what_awaits_its_second_reader(request_row: Request) -> None:
    first, second = make_person("physician"), make_person("physician", "second")
    organization.change("second_reader", "yes", first)
    made = _decide(request_row, first, _choice("deny", "deny", "deny", reason="clinical_judgment", text="Not shown."))
    add_documents(request_row, receive(uploads({"answer.txt": b"It is shown here."}))[0], second)
    made.refresh_from_db()
    assert (made.stage, made.second_reader_text) == ("returned", "Its files changed before it was read.")
    with pytest.raises(deciding.NotDecided, match="awaits a second reader"):
        deciding.read_second(request_row, second, confirms=True, text="")
    assert not Letter.objects.exists()


def test_a_returned_determination_stays_on_record_beside_the_next(request_row: Request) -> None:
    first, second = make_person("physician", "first"), make_person("physician", "second")
    organization.change("second_reader", "yes", first)
    _decide(request_row, first, _choice("partly", "pay", "deny", text="Coding."))
    deciding.read_second(request_row, second, confirms=False, text="Look at line 1 again.")
    _decide(request_row, first, _choice("approve", "pay", "pay"))
    stages = [(made.number, made.stage) for made in request_row.determinations.all()]
    assert stages == [(1, "returned"), (2, "final")]


def test_reopening_keeps_what_was_decided_and_starts_a_clock(request_row: Request) -> None:
    nurse = make_person("nurse")
    _decide(request_row, nurse, _choice("approve", "pay", "pay"))
    deciding.reopen(request_row, nurse, "An appeal came in.")
    again = _choice("deny", "deny", "deny", reason="clinical_judgment", text="No.", is_after_appeal=True)
    _decide(request_row, make_person("physician"), again)
    decisions = [(made.decision, made.is_after_appeal) for made in request_row.determinations.all()]
    assert decisions == [("approve", False), ("deny", True)]


def test_what_does_not_hold_together_leaves_no_letter_and_is_said(request_row: Request, sign_in) -> None:
    client = sign_in("nurse")
    form = all_lines(request_row, "pay", "deny") | {"run": request_row.runs.get().pk, "decision": "approve"}
    page = client.post(f"/requests/{request_row.pk}/decide", form, follow=True)
    assert "approve in part, or pay them" in page.content.decode()
    assert Letter.objects.count() == 0


def test_a_request_whose_documents_never_came_is_decided_and_its_clock_has_stood_still(request_row: Request) -> None:
    sending.send_request(request_row, make_person("nurse"), [1])
    choice = _choice("deny", "deny", "deny", reason="not_answered", text="Nothing was sent.")
    _decide(request_row, make_person("physician"), choice)
    kinds = [event.kind for event in request_row.clock_events.all()]
    assert kinds == ["started", "stopped", "resumed", "ended"]


def test_a_letter_is_kept_as_sent_and_numbered(request_row: Request, sign_in) -> None:
    organization.change("appeal_rights", "You may appeal within 60 days.", make_person("administrator"))
    client = sign_in("physician")
    form = all_lines(request_row, "pay", "deny", line_text="Billed twice") | {"run": request_row.runs.get().pk}
    client.post(
        f"/requests/{request_row.pk}/decide", form | {"decision": "partly", "text": "One line is billed twice."}
    )
    letter = Letter.objects.get()
    assert letter.kind == "partial"
    for said in ("One line is billed twice.", "Billed twice", "You may appeal within 60 days.", "License OH 12345"):
        assert said in letter.page
    organization.change("appeal_rights", "Another text.", make_person("administrator", "other"))
    assert (
        "You may appeal within 60 days."
        in client.get(f"/requests/{request_row.pk}/letters/{letter.pk}").content.decode()
    )
    assert journal.verify().faults == ()
