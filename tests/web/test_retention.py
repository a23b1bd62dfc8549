"""Files of requests decided long ago are removed where the setting says so; the record of them stays whole."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from isocenter.web import files_kept, journal, organization
from isocenter.web.models import JournalEntry, Request, ReviewRun
from isocenter.web.retention import remove_leftovers, remove_what_is_over
from tests.web.people import example, exported, made_request, make_person, reviewed

pytestmark = pytest.mark.usefixtures("workbench")


def _decided_long_ago(request: Request, years: int = 11) -> Request:
    request.state = "determined"
    request.determined_at = timezone.now() - timedelta(days=366 * years)
    request.save()
    for sha256 in request.documents.values_list("sha256", flat=True):
        os.utime(files_kept.path_of(sha256), (1, 1))
    return request


def _has_files(request: Request) -> bool:
    hashes = request.documents.values_list("sha256", flat=True)
    return all(files_kept.path_of(sha256).is_file() for sha256 in hashes)


@pytest.fixture
def acts(workbench: None) -> None:  # noqa: ARG001  # it needs a workbench
    organization.change("retention_acts", "yes", make_person("administrator"))


def test_nothing_is_removed_unless_the_setting_says_so() -> None:
    request = _decided_long_ago(reviewed(make_person("intake"), example("left_breast_coding")))
    assert remove_what_is_over() == 0
    assert _has_files(request)


@pytest.mark.usefixtures("acts")
def test_files_go_when_their_time_is_over_and_the_record_stays(sign_in) -> None:
    request = _decided_long_ago(reviewed(make_person("intake"), example("left_breast_coding")))
    assert remove_what_is_over() == 1
    assert remove_what_is_over() == 0
    assert not _has_files(request)
    entry = JournalEntry.objects.get(act="removed files")
    assert entry.request_number == request.number
    assert len(entry.detail["files"]) == request.documents.count()
    assert journal.verify().faults == ()
    client = sign_in("physician")
    page = client.get(f"/requests/{request.pk}")
    assert "The files were removed on" in page.content.decode()
    document = request.documents.first()
    assert client.get(f"/requests/{request.pk}/chart/{document.pk}/1").status_code == 404
    client.post(f"/requests/{request.pk}/reopen", {"because": "An appeal came in."})
    request.refresh_from_db()
    assert request.state == "determined"
    assert exported(request).startswith(b"PK")


@pytest.mark.usefixtures("acts")
def test_what_is_not_over_undecided_or_shared_with_another_request_stays() -> None:
    intake = make_person("intake")
    recent = _decided_long_ago(reviewed(intake, example("commercial_member")), years=1)
    old = _decided_long_ago(reviewed(intake, example("left_breast_coding")))
    same_files = reviewed(intake, example("left_breast_coding"))
    os.utime(files_kept.path_of(old.documents.first().sha256), (1, 1))
    remove_what_is_over()
    assert _has_files(recent)
    assert _has_files(same_files)
    assert Request.objects.exclude(files_removed_at=None).get() == old


@pytest.mark.usefixtures("acts")
def test_a_picture_that_another_request_shows_too_stays(sign_in) -> None:
    person = make_person("intake")
    shared, alone = (files_kept.keep([content])[0] for content in (b"of both", b"of one"))
    for sha256 in (shared, alone):
        os.utime(files_kept.path_of(sha256), (1, 1))
    old, new = made_request(person), made_request(person)
    for request, pictures in ((old, (shared, alone)), (new, (shared,))):
        fields = {field.name: getattr(request.runs.get(), field.name) for field in ReviewRun._meta.fields}
        fields |= {"id": None, "generation": 2, "pictures": [[sha256, "image/png"] for sha256 in pictures]}
        ReviewRun.objects.create(**fields)
    _decided_long_ago(old)
    assert remove_what_is_over() == 1
    assert sign_in("nurse").get(f"/requests/{new.pk}/pictures/{shared}").content == b"of both"
    assert not files_kept.path_of(alone).exists()


def test_what_a_killed_process_left_half_written_goes_after_a_day(data_folder: Path) -> None:
    new, old = (data_folder / "files" / f"{name}.partial" for name in ("new", "old"))
    old_plan = data_folder / "plans" / "old.partial"
    old_plan.mkdir(parents=True, exist_ok=True)
    (old_plan / "image.npy").write_bytes(b"x")
    new.parent.mkdir(exist_ok=True)
    new.write_bytes(b"x")
    old.write_bytes(b"x")
    for one in (old, old_plan):
        os.utime(one, (1, 1))
    remove_leftovers()
    assert (new.exists(), old.exists(), old_plan.exists()) == (True, False, False)
    new.unlink()
