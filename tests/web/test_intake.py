"""What comes in: archives, folders, names that lead out, and files that cannot be read."""

import errno
import gzip
import io
import re
import zipfile
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import MemoryFileUploadHandler, TemporaryFileUploadHandler
from django.db import OperationalError

from isocenter.errors import UnreadableInput
from isocenter.terms import limits
from isocenter.web import files_kept
from isocenter.web.intake import unpacking
from isocenter.web.intake.receiving import add_documents, documents_in_use, open_request, receive
from isocenter.web.intake.sniffing import look_at
from isocenter.web.intake.unpacking import take_in
from isocenter.web.models import JournalEntry, Request
from tests.web.people import example, made_request, make_person, opened, review, uploads

_CLAIMS = (
    b"claim_line_id,claim_id,line_number,service_date,procedure_code,units,setting,billing_npi,member_id\n"
    b"L1,C1,1,2024-03-18,77301,1,professional,1999999984,M-1\n"
)


def _zip(members: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return data.getvalue()


def _taken(folder: Path, files: dict[str, bytes]) -> tuple[list[str], list[str]]:
    taken, refused = take_in(uploads(files), folder / "case")
    return [file.relative_to(folder / "case").as_posix() for file in taken], [one.because for one in refused]


def test_an_archive_is_opened_and_its_folders_are_kept(tmp_path: Path) -> None:
    files = {"case.zip": _zip({"a/claim_lines.csv": _CLAIMS, "a/plan/x.dcm": b"x", "__MACOSX/a/._x": b"x"})}
    assert _taken(tmp_path, files) == (["a/claim_lines.csv", "a/plan/x.dcm"], [])


@pytest.mark.parametrize("name", ["../out.csv", "/etc/out.csv", "a/../../out.csv", "C:\\out.csv", "..\\out.csv"])
def test_a_name_that_leads_out_of_the_case_is_refused_and_the_rest_is_taken(name: str, tmp_path: Path) -> None:
    taken, refused = _taken(tmp_path, {"case.zip": _zip({name: b"x", "claim_lines.csv": _CLAIMS})})
    assert taken == ["claim_lines.csv"]
    assert len(refused) == 1
    assert "leads out" in refused[0]
    assert {file.name for file in tmp_path.rglob("*") if file.is_file()} == {"claim_lines.csv"}


def test_an_archive_that_unpacks_to_more_than_is_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = limits.Limit(1_000, "bytes once unpacked", "send less")
    monkeypatch.setattr("isocenter.web.intake.unpacking.UNPACKED_BYTES", small)
    monkeypatch.setattr("isocenter.intake.unpacking.UNPACKED_BYTES", small)
    taken, refused = _taken(tmp_path, {"bomb.zip": _zip({"zeros": bytes(100_000)}), "claim_lines.csv": _CLAIMS})
    assert taken == ["claim_lines.csv"]
    assert "at most 1,000" in refused[0]


def test_an_archive_that_lies_about_its_size_is_held_to_its_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "isocenter.web.intake.unpacking.UNPACKED_BYTES", limits.Limit(1_000, "bytes once unpacked", "send less")
    )
    monkeypatch.setattr("isocenter.web.intake.unpacking.expect_to_fit", lambda *_: None)
    taken, refused = _taken(tmp_path, {"bomb.zip": _zip({"zeros": bytes(100_000), "small": b"x"})})
    assert taken == ["small"]
    assert "at most" in refused[0]


def test_an_encrypted_member_is_named(tmp_path: Path) -> None:
    data = bytearray(_zip({"secret.csv": _CLAIMS}))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + place] |= 1
    assert _taken(tmp_path, {"case.zip": bytes(data)}) == ([], ["it is encrypted; send it without a password"])


def test_a_damaged_archive_is_named(tmp_path: Path) -> None:
    taken, refused = _taken(tmp_path, {"case.zip": _zip({"a.csv": _CLAIMS})[:-4] + b"\0\0\0\0"})
    assert taken == [] or refused == []
    taken, refused = _taken(tmp_path / "b", {"case.zip": b"PK\x03\x04" + bytes(100)})
    assert taken == ["case.zip"]  # no archive by its content: it is named by what it is instead
    assert refused == []


def test_an_archive_is_not_said_to_be_damaged_where_there_is_no_room_for_what_is_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_room(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(unpacking, "_unpack_member", without_room)
    with pytest.raises(OSError, match="No space left"):
        _taken(tmp_path, {"case.zip": _zip({"claims.csv": _CLAIMS})})


def test_two_files_of_one_name_are_both_kept(tmp_path: Path) -> None:
    taken, _ = take_in(
        [("a.csv", SimpleUploadedFile("a.csv", b"1")), ("a.csv", SimpleUploadedFile("a.csv", b"2"))], tmp_path
    )
    assert [file.name for file in taken] == ["a.csv", "a (2).csv"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.csv", b"", "empty"),
        ("x.bin", b"\x00\x01\x02", "left out"),
        ("chart.pdf", b"%PDF-1.7 and no more", "The PDF is broken"),
        ("claim_lines.csv", _CLAIMS.replace(b"2024-03-18", b"2024-13-18"), "2024-13-18"),
    ],
)
def test_what_cannot_be_read_is_said_at_once_beside_the_file(
    name: str, content: bytes, said: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    assert said in look_at(tmp_path / name)[1]


def test_a_file_that_is_well_is_called_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "lines.csv").write_bytes(_CLAIMS)
    assert look_at(tmp_path / "lines.csv") == ("table of claims", "")
    (tmp_path / "verification.txt").write_text("Patient-specific QA. All fields pass.\nSigned.\n", encoding="utf-8")
    assert look_at(tmp_path / "verification.txt") == ("chart as text", "")


def test_a_page_of_another_program_is_named_at_once_and_a_report_of_ours_is_not(tmp_path: Path) -> None:
    (tmp_path / "note.html").write_text("<!DOCTYPE html><html><body>The consultation</body></html>", encoding="utf-8")
    assert "save it as PDF" in look_at(tmp_path / "note.html")[1]
    (tmp_path / "README.md").write_text("What this case is about, and why it was written.\n", encoding="utf-8")
    assert look_at(tmp_path / "README.md")[1] == ""


def test_a_content_is_kept_once_under_its_hash(workbench: None) -> None:  # noqa: ARG001
    one, size = files_kept.keep([b"ab", b"c"])
    assert (one, size) == files_kept.keep([b"abc"])
    assert files_kept.path_of(one).read_bytes() == b"abc"


@pytest.mark.usefixtures("workbench")
def test_a_case_in_one_outer_folder_begins_inside_it_but_folders_with_a_meaning_stay() -> None:
    received, _ = receive(uploads({"outer/claim_lines.csv": _CLAIMS, "outer/plan/x.dcm": b"x"}))
    assert [file.name for file in received] == ["claim_lines.csv", "plan/x.dcm"]
    received, _ = receive(uploads({"verification/dose.dcm": b"x"}))
    assert [file.name for file in received] == ["verification/dose.dcm"]


@pytest.mark.usefixtures("workbench")
def test_a_request_without_a_file_is_not_opened() -> None:
    with pytest.raises(UnreadableInput, match="no file"):
        open_request([], make_person("intake"), priority="standard")
    assert Request.objects.count() == 0


@pytest.mark.usefixtures("workbench")
def test_a_replaced_file_stays_on_record_with_the_review_that_read_it() -> None:
    person = make_person("intake")
    request = opened(person, {"claim_lines.csv": _CLAIMS})
    received, _ = receive(uploads({"claim_lines.csv": _CLAIMS.replace(b"77301", b"77290")}))
    request = add_documents(request, received, person)
    before, now = documents_in_use(request, 1), documents_in_use(request)
    assert [row.name for row in before] == [row.name for row in now] == ["claim_lines.csv"]
    assert before[0].sha256 != now[0].sha256


@pytest.mark.usefixtures("workbench")
def test_a_decided_request_takes_no_files() -> None:
    person = make_person("intake")
    received, _ = receive(uploads({"claim_lines.csv": _CLAIMS}))
    with pytest.raises(UnreadableInput, match="reopen"):
        add_documents(made_request(person, state="determined"), received, person)


def test_an_upload_by_the_form_keeps_the_folders_that_the_browser_names(sign_in) -> None:
    client = sign_in("intake")
    files = [SimpleUploadedFile("claim_lines.csv", _CLAIMS), SimpleUploadedFile("x.dcm", b"x")]
    answer = client.post(
        "/requests/open", {"files": files, "paths": ["a/claim_lines.csv", "a/plan/x.dcm"], "priority": "expedited"}
    )
    request = Request.objects.get()
    assert answer["Location"] == f"/requests/{request.pk}"
    assert [row.name for row in request.documents.all()] == ["claim_lines.csv", "plan/x.dcm"]
    assert (request.due_at - request.received_at).total_seconds() == 72 * 3600


@pytest.mark.usefixtures("workbench")
@pytest.mark.parametrize(
    "wrong",
    [OSError(errno.ENOSPC, "No space left on device", "M-SECRET"), OperationalError("database or disk is full")],
)
def test_a_full_disk_is_said_with_who_can_make_room(wrong: Exception, sign_in, monkeypatch: pytest.MonkeyPatch) -> None:
    client = sign_in("intake")
    client.raise_request_exception = False

    def without_room(*_: object, **__: object) -> None:
        raise wrong

    monkeypatch.setattr(TemporaryFileUploadHandler, "receive_data_chunk", without_room)
    monkeypatch.setattr(MemoryFileUploadHandler, "receive_data_chunk", without_room)
    answer = client.post("/requests/open", {"files": SimpleUploadedFile("a.837", b"ISA")})
    assert answer.status_code == 507
    text = answer.content.decode()
    assert "The disk of the server is full" in text
    assert "Ask an administrator to make room" in text
    assert "M-SECRET" not in text
    assert not Request.objects.exists()


@pytest.mark.usefixtures("workbench")
def test_several_courses_are_asked_about_and_one_can_be_chosen(sign_in) -> None:
    files = {
        "case.yaml": b"courses:\n- {course_id: A, member_id: M}\n- {course_id: B, member_id: M}\n",
        "claim_lines.csv": _CLAIMS.replace(b"member_id\n", b"member_id,course_id\n").replace(b"M-1\n", b"M,A\n"),
    }
    request = review(opened(make_person("intake"), files))
    assert request.state == "unreadable"
    assert "A, B" in request.unreadable_because
    sign_in("nurse").post(f"/requests/{request.pk}/course", {"course": "A"})
    request.refresh_from_db()
    assert review(request).state == "open"


@pytest.mark.usefixtures("workbench")
@pytest.mark.parametrize("name", ["claims.837", "sent.zip"])
def test_what_cannot_be_reviewed_is_named_as_it_was_uploaded_and_not_by_a_folder_of_the_server(name: str) -> None:
    content = {"claims.837": b"ISA*00*not a claim~", "sent.zip": b"PK\x03\x04" + bytes(200)}[name]
    request = review(opened(make_person("intake"), {name: content}))
    assert request.state == "unreadable"
    assert name in request.unreadable_because
    assert not re.search(r"/\S+/", request.unreadable_because)
    assert "claims as X12 837, FHIR" not in request.unreadable_because  # it is known which file to send again
    assert request.documents.get().problem[0].isupper()


def test_the_example_files_are_read_without_a_word_against_them(tmp_path: Path) -> None:
    for name, content in example("left_breast_coding").items():
        (tmp_path / name).write_bytes(content)
        assert look_at(tmp_path / name)[1] == ""


def test_a_workbook_and_a_document_stay_one_file_and_archives_in_an_archive_are_read(tmp_path: Path) -> None:
    word = _zip({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<w/>"})
    nested = _zip({"inner.zip": _zip({"claim_lines.csv": _CLAIMS}), "claims.csv.gz": gzip.compress(_CLAIMS)})
    taken, refused = _taken(tmp_path, {"letter.docx": word, "case.zip": nested, "empty.zip": _zip({})})
    assert taken == ["letter.docx", "inner/claim_lines.csv", "claims.csv.gz"]
    assert refused == ["it holds no file; make the archive again"]
    assert look_at(tmp_path / "case" / "letter.docx")[1] == "It is left out; save it as PDF."
    assert look_at(tmp_path / "case" / "claims.csv.gz")[1] == ""


def test_archives_in_an_archive_give_files_of_every_kind_each_in_a_folder_of_its_own(tmp_path: Path) -> None:
    plan = _zip({"plan/rtplan.dcm": b"x", "../out.dcm": b"x"})
    outer = {
        "plan.zip": plan,
        "plan/note.pdf": b"%PDF-1.4",
        "chart.zip": _zip({"scans.zip": _zip({"p1.pdf": b"%PDF-1.4"})}),
    }
    taken, refused = _taken(tmp_path, {"case.zip": _zip(outer)})
    assert taken == ["plan/plan/rtplan.dcm", "plan/note.pdf", "chart/scans/p1.pdf"]
    assert len(refused) == 1
    assert "leads out" in refused[0]
    assert not list((tmp_path / "case").rglob("*.zip"))


def test_archives_too_deep_damaged_or_too_large_within_one_are_named_and_the_rest_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = limits.Limit(5_000, "bytes once unpacked", "send less")
    monkeypatch.setattr("isocenter.web.intake.unpacking.UNPACKED_BYTES", small)
    monkeypatch.setattr("isocenter.intake.unpacking.UNPACKED_BYTES", small)
    deep = {"a.csv": b"x"}
    for _ in range(5):
        deep = {"in.zip": _zip(deep)}
    whole = _zip({"a.txt": b"x" * 300})
    outer = {"deep.zip": _zip(deep), "bomb.zip": _zip({"zeros": bytes(100_000)}), "half.zip": whole[:60] + whole[90:]}
    taken, refused = _taken(tmp_path, {"case.zip": _zip({**outer, "claim_lines.csv": _CLAIMS})})
    assert "claim_lines.csv" in taken
    assert any("deep in each other" in one for one in refused)
    assert any("bytes once unpacked" in one for one in refused)
    assert not any("zeros" in one for one in taken)


@pytest.mark.usefixtures("workbench")
def test_files_that_do_not_belong_here_are_set_aside_and_the_case_is_reviewed_without_them(sign_in) -> None:
    wrong = b'{"resourceType":"Bundle","entry":['
    request = review(opened(make_person("intake", "uploader"), {"claim_lines.csv": _CLAIMS, "other.json": wrong}))
    assert request.state == "unreadable"
    client = sign_in("nurse")
    broken = request.documents.get(name="other.json")
    assert "not JSON" in broken.problem
    address = f"/requests/{request.pk}/files/aside"
    both = list(request.documents.values_list("pk", flat=True))
    for form in ({"document": broken.pk}, {"because": "x"}, {"document": both, "because": "x"}):
        client.post(address, form)
        request.refresh_from_db()
        assert request.generation == 1
    client.post(address, {"document": broken.pk, "because": "It is another patient's."})
    request.refresh_from_db()
    assert review(request).state == "open"
    assert [one.name for one in documents_in_use(request)] == ["claim_lines.csv"]
    assert {one.name for one in documents_in_use(request, 1)} == {"claim_lines.csv", "other.json"}
    entry = JournalEntry.objects.get(act="set files aside")
    assert entry.detail["files"] == [["other.json", broken.sha256]]
    assert entry.detail["because"] == "It is another patient's."
