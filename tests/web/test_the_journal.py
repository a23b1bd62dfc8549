"""The journal: it refuses changes, and tampering behind its back is found."""

import importlib
import json
import py_compile
import zipfile
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction

from isocenter.errors import UnreadableInput
from isocenter.web import archive, journal
from isocenter.web.models import JournalEntry, Letter, ReviewRun
from isocenter.web.serving.record import verify_journal
from tests.web.people import made_request, make_person

pytestmark = pytest.mark.usefixtures("workbench")


@pytest.fixture
def _five_entries(workbench: None) -> None:  # noqa: ARG001  # it needs a workbench
    person = make_person("nurse")
    request = made_request(person)
    for place in range(4):
        journal.write(person, "looked at a request", request, place=place)


@pytest.fixture
def without_triggers(workbench: None) -> None:  # noqa: ARG001  # it needs a workbench
    """What someone does who owns the database; undone with the test."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for act in ("update", "delete"):
                cursor.execute(f"drop trigger workbench_journalentry_no_{act}")
        else:
            cursor.execute("drop function workbench_journalentry_refuse() cascade")


@pytest.mark.parametrize(
    "statement",
    [
        "update workbench_journalentry set act = 'nothing' where sequence = 2",
        "delete from workbench_journalentry where sequence = 2",
        "delete from workbench_journalentry",
    ],
)
@pytest.mark.usefixtures("_five_entries")
def test_the_database_refuses_to_change_or_remove_an_entry(statement: str) -> None:
    with pytest.raises(DatabaseError, match="kept as they are"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert JournalEntry.objects.count() == 5
    assert journal.verify().faults == ()


@pytest.mark.usefixtures("_five_entries")
def test_the_database_refuses_to_change_a_review_that_is_kept() -> None:
    with pytest.raises(DatabaseError, match="kept as they are"), transaction.atomic():
        ReviewRun.objects.update(review_json="{}")
    with transaction.atomic():
        assert Letter.objects.count() == 0


def _run(statement: str) -> tuple[str, ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
    return journal.verify().faults


@pytest.mark.usefixtures("_five_entries", "without_triggers")
def test_a_changed_entry_is_found() -> None:
    faults = _run("update workbench_journalentry set person = 'someone else' where sequence = 3")
    assert faults == ("entry 3: its content was changed after it was written",)


@pytest.mark.usefixtures("_five_entries", "without_triggers")
def test_a_changed_entry_is_found_though_its_hash_was_made_anew() -> None:
    entry = JournalEntry.objects.get(sequence=3)
    entry.person = "someone else"
    entry.hash = journal.hash_of(entry)
    entry.save()
    assert journal.verify().faults == ("entry 4: does not follow the entry before it",)


@pytest.mark.usefixtures("_five_entries", "without_triggers")
def test_a_removed_entry_is_found() -> None:
    assert _run("delete from workbench_journalentry where sequence = 3") == ("entry 3: missing",)


@pytest.mark.usefixtures("_five_entries", "without_triggers")
def test_entries_cut_off_at_the_end_are_found_by_a_head_noted_earlier() -> None:
    head = journal.verify().head
    with connection.cursor() as cursor:
        cursor.execute("delete from workbench_journalentry where sequence > 3")
    assert journal.verify().faults == ()
    assert journal.verify(head).faults == (f"the entry with hash {head} is no longer part of the journal",)


@pytest.mark.usefixtures("without_triggers")
def test_a_review_whose_entry_was_cut_off_is_found_without_a_head() -> None:
    request = made_request(make_person("nurse"))
    faults = _run("delete from workbench_journalentry")
    assert faults == (f"review run {request.runs.get().pk}: the journal holds no entry of it",)


@pytest.mark.usefixtures("_five_entries", "without_triggers")
def test_an_entry_put_in_between_is_found() -> None:
    entry = JournalEntry.objects.get(sequence=5)
    JournalEntry.objects.filter(sequence=5).update(sequence=6)
    entry.sequence, entry.hash = 5, "f" * 64
    entry.save(force_insert=True)
    assert len(journal.verify().faults) >= 2


def test_looking_at_a_request_is_recorded_and_a_page_without_data_is_not(sign_in) -> None:
    request = made_request(make_person("intake"))
    client = sign_in("nurse")
    client.get(f"/requests/{request.pk}")
    client.get("/account")
    entries = list(JournalEntry.objects.values_list("person", "act", "request_number"))
    assert entries[1:] == [("nurse", "looked at a request", request.number)]


def test_what_holds_no_journal_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    with pytest.raises(UnreadableInput, match="nowhere: there is no such folder"):
        verify_journal(tmp_path / "nowhere", "", said.append)
    assert not (tmp_path / "nowhere").exists()

    def verify(_: str) -> None:
        raise DatabaseError("no such table")

    monkeypatch.setattr(journal, "verify", verify)
    with pytest.raises(UnreadableInput, match="no journal of the workbench can be read"):
        verify_journal(None, "", said.append)
    assert said == []


def _with_policy(name: str) -> dict[str, str]:
    about = f'{{"policies": [{{"name": {name}}}], "course_chosen": "", "plan_chosen": ""}}'
    return {"run-1/run.json": about, "run-1/review.json": "{}"}


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"a.txt": "x"},
        {"run-1/run.json": "[]"},
        {"run-1/run.json": "{"},
        _with_policy("1"),
        _with_policy('"imrt/../imrt"'),
        _with_policy('"/etc"'),
    ],
)
def test_an_archive_without_a_run_is_none(tmp_path: Path, parts: dict[str, str]) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        for name, text in parts.items():
            packed.writestr(name, text)
    with pytest.raises(UnreadableInput, match="it is not an archive of a request"):
        archive.recompute(tmp_path / "a.zip")


def _archive_with_a_run(file: Path) -> Path:
    about = {"policies": [{"name": "imrt"}], "course_chosen": "", "plan_chosen": ""}
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("run-1/run.json", json.dumps(about))
        packed.writestr("run-1/review.json", "{}")
        packed.writestr("run-1/inputs/note.txt", "Seen on March 3.")
    return file


def test_an_archive_with_a_damaged_input_is_refused(tmp_path: Path) -> None:
    file = _archive_with_a_run(tmp_path / "a.zip")
    file.write_bytes(file.read_bytes().replace(b"March 3", b"March 8"))
    with pytest.raises(UnreadableInput, match="it is not an archive of a request"):
        archive.recompute(file)


@pytest.mark.parametrize("mistake", [OSError(28, "No space left on device"), ValueError("write to closed file")])
def test_an_archive_that_cannot_be_unpacked_for_want_of_room_is_not_said_to_be_none(
    mistake: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unpack(*_: object) -> None:
        raise mistake

    monkeypatch.setattr(archive.zipfile.ZipFile, "extractall", unpack)
    with pytest.raises(type(mistake), match=str(mistake.args[-1])):
        archive.recompute(_archive_with_a_run(tmp_path / "a.zip"))


def test_a_compiled_module_cut_short_is_not_taken_for_an_archive_cut_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "cut_while_an_archive_is_read.py"
    source.write_text("NUMBERS = (1, 2, 3)\n", encoding="utf-8")
    compiled = Path(py_compile.compile(str(source)))
    compiled.write_bytes(compiled.read_bytes()[:30])
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(archive, "parse_json", lambda _: importlib.import_module(source.stem))
    with pytest.raises(UnreadableInput, match=r"the compiled module .* was cut short, as a full disk leaves it"):
        archive.recompute(_archive_with_a_run(tmp_path / "a.zip"))
