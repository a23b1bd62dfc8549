"""What came in and was not taken, or took the place of another file, is not lost from sight."""

import io
import zipfile
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from isocenter.errors import UnreadableInput
from isocenter.web import archive
from isocenter.web.intake.naming import Received, beside
from isocenter.web.intake.receiving import add_documents, documents_in_use, open_request, receive
from isocenter.web.intake.unpacking import LONGEST_NAME
from isocenter.web.models import Document, JournalEntry, Request
from tests.web.people import example, exported, make_person, opened, review, reviewed, uploads

pytestmark = pytest.mark.usefixtures("workbench")

_LINES = example("left_breast_coding")


def _zip(members: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return data.getvalue()


def _sent(client, address: str, files: dict[str, bytes], **form: object) -> str:
    given = [SimpleUploadedFile(name.rsplit("/", 1)[-1], content) for name, content in files.items()]
    return client.post(address, {"files": given, "paths": list(files), **form}, follow=True).content.decode()


def _recommended(request: Request) -> dict[str, str]:
    return dict(request.runs.last().lines.values_list("claim_line_id", "recommendation"))


def test_a_file_that_is_not_taken_holds_the_review_until_a_person_sets_it_aside(sign_in, tmp_path: Path) -> None:
    whole = reviewed(make_person("nurse", "first"), _LINES)
    assert {"pay", "request"} <= set(_recommended(whole).values())
    _sent(sign_in("intake"), "/requests/open", {"case.zip": _zip({**_LINES, "../chart.pdf": b"%PDF-1.4"})})
    request = review(Request.objects.order_by("-pk").first())
    assert request.recommendation == "human_review"
    assert not {"pay", "reduce", "request"} & set(_recommended(request).values())
    client = sign_in("nurse")
    page = client.get(f"/requests/{request.pk}").content.decode()
    assert page.count("case.zip: ../chart.pdf") >= 2  # among the problems of the review and in the list of files
    assert "Its path leads out of the case; send it under a plain name." in page
    [[name, because]] = JournalEntry.objects.get(act="opened a request", request_number=request.number).detail[
        "not_taken"
    ]
    assert (name, "leads out" in because) == ("case.zip: ../chart.pdf", True)
    file = tmp_path / "request.zip"
    file.write_bytes(exported(request))
    assert archive.recompute(file) == {"run-1": True}

    not_taken = request.documents.get(sha256="")
    form = {"document": not_taken.pk, "because": "It came in by mail."}
    client.post(f"/requests/{request.pk}/files/aside", form)
    request.refresh_from_db()
    assert _recommended(review(request)) == _recommended(whole)


def test_what_comes_in_later_under_its_name_takes_the_place_of_what_was_not_taken() -> None:
    person = make_person("intake")
    received, _ = receive(uploads(_LINES))
    _, refused = receive(uploads({"note.zip": _zip({})}))
    request = open_request(received, person, priority="standard", refused=refused)
    assert request.documents.get(sha256="").name == "note.zip"
    request = add_documents(request, received, person, refused=refused)
    assert [one.name for one in documents_in_use(request) if not one.sha256] == ["note.zip"]
    later, _ = receive(uploads({"note.zip": b"Claims are closed."}))
    request = add_documents(request, later, person)
    assert all(one.sha256 for one in documents_in_use(request))
    # and what is not taken takes nothing's place
    request = add_documents(request, received, person, refused=refused)
    assert {one.name for one in documents_in_use(request)} == {*_LINES, "note.zip", "note (2).zip"}


def test_of_many_that_are_not_taken_the_page_says_how_many_more_there_are(sign_in) -> None:
    many = {f"../{number}.pdf": b"%PDF-1.4" for number in range(23)}
    page = _sent(sign_in("intake"), "/requests/open", {"case.zip": _zip({**many, **_LINES})})
    assert "3 more were not taken; the list of files names each." in page
    assert all(f'<th scope="row">case.zip: {name}</th>' in page for name in many)


def test_where_nothing_could_be_taken_the_reason_is_said(sign_in) -> None:
    page = _sent(sign_in("intake"), "/requests/open", {"a.zip": _zip({}), "/b.csv": b"x"})
    assert "A.zip: it holds no file; make the archive again; /b.csv: its path leads out of the case" in page
    assert not Request.objects.exists()


def test_a_path_that_no_database_keeps_is_not_taken(sign_in) -> None:
    folders = "/".join(["a" * 50] * (LONGEST_NAME // 50))
    page = _sent(sign_in("intake"), "/requests/open", {f"{folders}/a.csv": b"x", **_LINES})
    assert f"its path has more than {LONGEST_NAME} letters" in page.lower()
    name_of = Document._meta.get_field("name")
    assert max(len(one.name) for one in Document.objects.all()) < name_of.max_length


def test_more_files_than_are_taken_at_once_are_refused_with_what_to_do(
    sign_in, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "DATA_UPLOAD_MAX_NUMBER_FILES", 3)
    given = [SimpleUploadedFile(f"{number}.csv", b"x") for number in range(4)]
    answer = sign_in("intake").post("/requests/open", {"files": given})
    assert answer.status_code == 413
    assert "at most 3 files are taken at once. Send them in one zip file." in answer.content.decode()


def test_a_file_that_takes_the_place_of_another_is_named_and_the_same_file_again_is_not(sign_in) -> None:
    request = opened(make_person("intake", "first"), {**_LINES, "scan.txt": b"The order."})
    client, address = sign_in("intake"), f"/requests/{request.pk}/files"
    page = _sent(client, address, {"scan.txt": b"The record of treatment.", "case.yaml": _LINES["case.yaml"]})
    assert "scan.txt: replaced what was here under that name" in page
    assert "case.yaml: replaced" not in page
    assert "replaced what was here" not in _sent(client, address, {"scan.txt": b"The record of treatment."})


def test_what_came_in_since_a_page_was_loaded_is_not_replaced_by_it(sign_in) -> None:
    request = opened(make_person("intake", "first"), {**_LINES, "scan.txt": b"The order."})
    client, address = sign_in("intake"), f"/requests/{request.pk}/files"
    _sent(client, address, {"scan.txt": b"From one tab."}, generation=1)
    page = _sent(client, address, {"scan.txt": b"From another tab."}, generation=1)
    assert "replaced what was here" not in page
    request.refresh_from_db()
    assert {one.name for one in documents_in_use(request)} == {*_LINES, "scan.txt", "scan (2).txt"}


def test_a_file_and_a_folder_of_one_name_lie_beside_each_other_whichever_came_first() -> None:
    person = make_person("intake")
    request = opened(person, {**_LINES, "plan": b"Notes.", "dose/a.txt": b"Notes."})
    received, _ = receive(uploads({"plan/a.txt": b"One.", "dose": b"Two.", "b.txt": b"Three."}))
    request = review(add_documents(request, received, person))
    assert request.state == "open"
    names = {*_LINES, "plan", "dose/a.txt", "plan (2)/a.txt", "dose (2)", "b.txt"}
    assert {one.name for one in documents_in_use(request)} == names


@pytest.mark.parametrize(
    ("given", "in_use", "names"),
    [
        (["a", "a"], [], ["a", "a (2)"]),
        (["a/b/c.csv"], ["a/b"], ["a/b (2)/c.csv"]),
        (["a/b/c.csv"], ["a/b", "a/b (2)"], ["a/b (3)/c.csv"]),
        (["a/b/c.csv"], ["a/b", "a/b (2)/d.csv"], ["a/b (2)/c.csv"]),
        (["a.b"], ["a.b/c", "a (2).b"], ["a (3).b"]),
        (["a/x", "a"], ["b"], ["a/x", "a (2)"]),
    ],
)
def test_names_that_stand_in_each_others_way_are_numbered(
    given: list[str], in_use: list[str], names: list[str]
) -> None:
    there = [Document(name=name, sha256="0" * 64, generation=1) for name in in_use]
    received = [Received(name, "1" * 64, 1, "note", "") for name in given]
    assert [one.name for one in beside(received, there, None)] == names


def test_a_request_that_is_decided_meanwhile_takes_no_files(sign_in) -> None:
    request = opened(make_person("intake", "first"), _LINES)
    received, _ = receive(uploads({"a.txt": b"x"}))
    Request.objects.filter(pk=request.pk).update(state="determined")
    with pytest.raises(UnreadableInput, match="is decided; reopen it"):
        add_documents(request, received, make_person("nurse"))
    assert "is decided; reopen it" in _sent(sign_in("intake"), f"/requests/{request.pk}/files", {"a.txt": b"x"})
