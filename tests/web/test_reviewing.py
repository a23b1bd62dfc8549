"""Reviews in the background: killed at any moment, done again, kept once, never lost."""

import errno
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings, settings
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from isocenter.errors import UnreadableInput
from isocenter.terms.findings import Consequence, LineRecommendation, Outcome, SubjectKind
from isocenter.web import archive, files_kept, journal
from isocenter.web.models import Request, ReviewRun, RunFinding
from isocenter.web.reviewing import running, tasks
from isocenter.web.reviewing.keeping import keep_run
from isocenter.web.reviewing.running import run_review
from isocenter.web.serving.preparing import expect_policy_text
from tests.web.people import example, exported, make_person, opened, review, reviewed

pytestmark = pytest.mark.usefixtures("workbench")


@pytest.fixture
def request_row(workbench: None) -> Request:  # noqa: ARG001  # it needs a workbench
    return opened(make_person("intake"), example("commercial_member"))


@pytest.fixture
def settings_of_the_house(monkeypatch: pytest.MonkeyPatch) -> LazySettings:
    """The settings, put back as they were."""
    monkeypatch.setattr(settings, "POLICY_TEXT", None)
    return settings


class _Killed(BaseException):
    """The process ends here."""


def _run(request: Request) -> str:
    return tasks.review.func(request.pk, request.generation)


def test_the_same_files_may_come_in_again_while_they_are_reviewed(
    request_row: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    review_contents = running.review_contents

    def receive_and_review(*given: Any, **named: Any) -> Any:
        for _, sha256 in running.files_of(request_row, request_row.generation):
            files_kept.keep_file(files_kept.path_of(sha256))
        return review_contents(*given, **named)

    monkeypatch.setattr(running, "review_contents", receive_and_review)
    done = _run(request_row)
    request_row.refresh_from_db()
    assert (done, request_row.unreadable_because) == ("reviewed", "")


def test_a_worker_killed_while_it_reviews_leaves_the_request_to_be_done_again(
    request_row: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise _Killed

    with monkeypatch.context() as patched, pytest.raises(_Killed):
        patched.setattr(tasks, "run_review", killed)
        _run(request_row)
    assert ReviewRun.objects.count() == 0
    assert _run(request_row) == "nothing to do"  # the lease of the dead worker still holds
    Request.objects.update(worked_on_until=timezone.now() - timedelta(seconds=1))
    assert tasks.find_abandoned() == 1
    assert _run(request_row) == "reviewed"
    assert ReviewRun.objects.count() == 1


def test_a_worker_killed_while_it_keeps_a_review_leaves_nothing_of_it(
    request_row: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object, **__: object) -> None:
        raise _Killed

    with monkeypatch.context() as patched, pytest.raises(_Killed):
        patched.setattr("isocenter.web.reviewing.keeping.journal.write", killed)
        _run(request_row)
    assert ReviewRun.objects.count() == 0
    Request.objects.update(worked_on_until=None)
    assert _run(request_row) == "reviewed"


def test_a_review_done_twice_is_kept_once(request_row: Request) -> None:
    outcome = run_review(request_row, 1, tasks.reviewer(), lambda _: None)
    assert keep_run(request_row.pk, 1, outcome) is not None
    assert keep_run(request_row.pk, 1, outcome) is None
    assert ReviewRun.objects.count() == 1
    assert _run(request_row) == "nothing to do"


def test_a_line_of_which_no_unit_is_left_is_kept_as_denied_as_its_point_shows_it(request_row: Request) -> None:
    outcome = run_review(request_row, 1, tasks.reviewer(), lambda _: None)
    (line, *others), (finding, *_) = outcome.review.lines, outcome.review.findings
    denied = replace(line, recommendation=LineRecommendation.DENY, units_allowed=0)
    left_none = replace(
        finding,
        subject_kind=SubjectKind.CLAIM_LINE,
        subject_id=line.claim_line_id,
        outcome=Outcome.NOT_MET,
        consequence=Consequence.REDUCE,
        units_allowed=0,
    )
    changed = replace(outcome.review, lines=(denied, *others), findings=(left_none,))
    assert keep_run(request_row.pk, 1, replace(outcome, review=changed)) is not None
    assert [one.effect for one in RunFinding.objects.all()] == ["deny"]


def test_a_review_of_files_that_changed_meanwhile_is_not_kept(request_row: Request) -> None:
    outcome = run_review(request_row, 1, tasks.reviewer(), lambda _: None)
    Request.objects.update(generation=2)
    assert keep_run(request_row.pk, 1, outcome) is None


def test_a_task_that_was_lost_is_found_by_the_request_it_left(request_row: Request) -> None:
    Request.objects.update(received_at=timezone.now() - timedelta(hours=1))
    assert tasks.find_abandoned() == 1
    assert tasks.find_abandoned() == 0  # it is enqueued already
    assert DBTaskResult.objects.count() == 1
    assert request_row.state == "in_review"


def test_a_fault_of_the_program_names_the_place_and_nothing_of_the_case(
    request_row: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    def faulty(*_: object) -> None:
        raise ValueError("M-SECRET was born on 1950-01-01")

    monkeypatch.setattr(tasks, "run_review", faulty)
    assert _run(request_row) == "failed"
    request_row.refresh_from_db()
    assert request_row.state == "unreadable"
    assert "ValueError" in request_row.unreadable_because
    assert "SECRET" not in request_row.unreadable_because


def test_a_full_disk_of_the_server_is_no_fault_of_the_program(
    request_row: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_room(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tasks, "run_review", without_room)
    assert _run(request_row) == "failed"
    request_row.refresh_from_db()
    assert request_row.state == "unreadable"
    assert request_row.unreadable_because == (
        "The disk of the server is full; ask an administrator to make room, and review again."
    )


def _own_policy_text(path: Path) -> Path:
    """A text with the headings of the policy's sections, and sentences of our own below them."""
    headings = [
        section.pattern.lstrip("^").replace("\\W*", "").replace(".*", " ")
        for section in tasks.reviewer().rulebooks[0].sections
    ]
    body = "\n\n".join(f"Sentence {number} is our own.\nIt says little." for number in range(1, 13))
    path.write_text("\n\n".join(f"{heading}\n\n{body}" for heading in headings), encoding="utf-8")
    return path


def test_passages_are_shown_where_the_house_holds_the_text(tmp_path, settings_of_the_house) -> None:
    settings_of_the_house.POLICY_TEXT = _own_policy_text(tmp_path / "policy.txt")
    expect_policy_text()
    files = example("left_breast_coding")
    with_text = reviewed(make_person("intake"), files).runs.get()
    settings_of_the_house.POLICY_TEXT = None
    without = reviewed(make_person("nurse"), files).runs.get()
    assert "is our own. It says little." in with_text.page
    assert "is our own" not in without.page
    assert with_text.review_json == without.review_json


def test_another_text_is_refused_at_the_start_and_loses_no_review(tmp_path, settings_of_the_house) -> None:
    other = tmp_path / "policy.txt"
    settings_of_the_house.POLICY_TEXT = other
    with pytest.raises(UnreadableInput, match="no such file"):
        expect_policy_text()
    other.write_text("A letter to a friend.", encoding="utf-8")
    with pytest.raises(UnreadableInput, match="does not look like the policy text"):
        expect_policy_text()
    assert reviewed(make_person("intake"), example("commercial_member")).state == "open"


def test_an_archive_gives_the_same_recommendation_to_the_byte(tmp_path) -> None:
    request = reviewed(make_person("nurse"), example("left_breast_coding"))
    file = tmp_path / "request.zip"
    file.write_bytes(exported(request))
    assert archive.recompute(file) == {"run-1": True}


def test_an_archive_whose_inputs_were_changed_gives_another_recommendation(tmp_path) -> None:
    import zipfile  # noqa: PLC0415

    request = reviewed(make_person("nurse"), example("left_breast_coding"))
    whole, changed = tmp_path / "whole.zip", tmp_path / "changed.zip"
    whole.write_bytes(exported(request))
    with zipfile.ZipFile(whole) as before, zipfile.ZipFile(changed, "w") as after:
        for name in before.namelist():
            content = before.read(name)
            after.writestr(name, content.replace(b"77301", b"77290") if name.endswith("claim_lines.csv") else content)
    assert archive.recompute(changed) == {"run-1": False}


def test_the_journal_holds_versions_readings_and_hashes_of_a_review(request_row: Request) -> None:
    review(request_row)
    entry = journal.JournalEntry.objects.get(act="reviewed")
    run = ReviewRun.objects.get()
    assert entry.detail["review_sha256"] == run.review_sha256
    assert entry.detail["inputs"] == run.inputs
    assert entry.detail["version"] == run.version
