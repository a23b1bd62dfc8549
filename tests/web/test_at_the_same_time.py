"""Several people, workers and systems at one thing at the same moment: one of them does it, and nothing is lost."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from isocenter.errors import IsocenterError
from isocenter.web import deciding, journal
from isocenter.web.intake.outside import receive_from_outside
from isocenter.web.models import Determination, JournalEntry, Request, ReviewRun
from isocenter.web.models.requests import Source
from isocenter.web.reviewing import tasks
from tests.web.people import made_request, make_person

pytestmark = pytest.mark.usefixtures("committed")
_AT_ONCE = 6


def _at_once(act: Callable[[int], Any], count: int = _AT_ONCE) -> list[Any]:
    """What each of some threads, let go together, returned or raised."""
    together = threading.Barrier(count)
    came_out: list[Any] = [None] * count

    def run(place: int) -> None:
        together.wait(30)
        try:
            came_out[place] = act(place)
        except Exception as wrong:
            came_out[place] = wrong
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return came_out


def test_pages_looked_at_together_enter_one_chain_in_fewer_transactions(monkeypatch: pytest.MonkeyPatch) -> None:
    request = made_request(make_person("intake"))
    nurses = [make_person("nurse", f"nurse{place}") for place in range(_AT_ONCE)]
    sizes = []
    write, gate = journal._write, threading.Event()

    def watched(wanted: list) -> None:
        gate.wait(0.5 if not sizes else 0)  # the others come while the first one writes
        sizes.append(len(wanted))
        write(wanted)

    monkeypatch.setattr(journal, "_write", watched)
    assert (
        _at_once(lambda place: journal.write_view(nurses[place], "looked at a request", request)) == [None] * _AT_ONCE
    )
    assert sum(sizes) == _AT_ONCE
    assert len(sizes) < _AT_ONCE
    people = JournalEntry.objects.filter(act="looked at a request").values_list("person", flat=True)
    assert sorted(people) == sorted(nurse.username for nurse in nurses)
    assert journal.verify().faults == ()


def test_a_page_whose_view_cannot_be_recorded_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    request = made_request(make_person("intake"))
    client = Client(raise_request_exception=False)
    client.force_login(make_person("nurse"), backend="django.contrib.auth.backends.ModelBackend")

    def full(_: list) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(journal, "_write", full)
    answers = _at_once(lambda _: client.get(f"/requests/{request.pk}"), 2)
    assert [answer.status_code for answer in answers] == [500, 500]
    monkeypatch.undo()
    assert client.get(f"/requests/{request.pk}").status_code == 200


def test_two_physicians_who_decide_at_once_make_one_determination() -> None:
    request = made_request(make_person("intake"))
    run = request.runs.get()
    physicians = [make_person("physician", f"physician{place}") for place in range(2)]
    lines = {line.claim_line_id: deciding.LineChoice("pay", reason="clinical_judgment") for line in run.lines.all()}
    made = _at_once(
        lambda place: deciding.decide(request, physicians[place], deciding.Choice("approve", lines), run.pk), 2
    )
    assert [type(one) for one in made if isinstance(one, IsocenterError)] == [deciding.NotDecided]
    assert Determination.objects.count() == 1
    assert journal.verify().faults == ()


def test_a_request_sent_twice_at_once_is_opened_once() -> None:
    files = {"claim_lines.csv": b"claim_line_id\n"}
    opened = _at_once(lambda _: receive_from_outside(Source.FHIR, "response-1", files), 3)
    assert {one.pk for one in opened} == {Request.objects.get().pk}


def test_workers_at_the_same_request_review_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    request = made_request(make_person("intake"), state="in_review", generation=2)
    begun = []

    def run_review(*_: object) -> None:
        begun.append(1)
        raise IsocenterError("it cannot be read")

    monkeypatch.setattr(tasks, "run_review", run_review)
    said = _at_once(lambda _: tasks.review.func(request.pk, 2), 3)
    assert sorted(said) == ["could not be reviewed", "nothing to do", "nothing to do"]
    assert len(begun) == 1
    assert ReviewRun.objects.count() == 1
