"""A file of another kind, given by mistake: one sentence says what it is and what to do with it."""

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from isocenter.cli import main
from isocenter.errors import IsocenterError
from isocenter.files.kinds import what_it_is
from isocenter.rulebook.rulebook import load_policy

_POLICY = Path(__file__).parent / "policies_of_others" / "gulf_imrt"
_CASE = Path(__file__).parents[1] / "examples" / "prostate_clean"
_FILES = {
    "chart.pdf": (b"%PDF-1.7\n%\xe2\xe3\n", "a PDF file"),
    "scan.png": (b"\x89PNG\r\n\x1a\n" + bytes(40), "a picture"),
    "claims.xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "save it as"),
    "bundle.json": (b'{"resourceType": "Bundle", "type": "collection"}', "FHIR R4"),
    "wide.ndjson": ('{"resourceType": "Claim"}\n'.encode("utf-16"), "JSON file in UTF-16 or UTF-32; save it as UTF-8"),
    "unmarked.json": ('[{"resourceType": "Claim"}]'.encode("utf-16-be"), "save it as UTF-8"),
    "page.html": (b"<!DOCTYPE html><html><body>Claims, of 2024</body></html>", "a page for a browser"),
    "image.dcm": (bytes(128) + b"DICM" + bytes(200), "a DICOM file"),
    "remit.835": (b"ISA*00*" + b" " * 10 + b"*00*" + b" " * 10 + b"*ZZ*A*ZZ*B*240101*1200*^*00501*1*0*P*:~", ""),
    "letter.txt": (b"Dear reviewer, please find the enclosed note of our patient, which\nshows it\n" * 9, ""),
    "moved.parquet": (b" PAR1" + bytes(40), "a damaged Parquet file, with bytes before its beginning; export it again"),
    "prose.csv": (b"This is the first line of a long letter, and it goes on for a while\nmore\n", "reads as prose"),
    "empty.csv": (b"", ""),
}  # fmt: skip


def _said(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert main([str(argument) for argument in arguments]) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith("isocenter: ")
    assert "Traceback" not in error
    assert len(error) < 700
    return error


@pytest.fixture(params=_FILES)
def given(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, str]:
    """A file of another kind and words that its sentence holds."""
    data, words = _FILES[request.param]
    (tmp_path / request.param).write_bytes(data)
    return tmp_path / request.param, words


def test_a_screening_says_what_it_was_given(
    given: tuple[Path, str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    said = _said(capsys, "screen", given[0], "--out", tmp_path / "out")
    if given[0].suffix != ".json":  # FHIR is read: it holds no claims
        assert given[1] in said


@pytest.mark.parametrize("command", [("measure",), ("plan",), ("mu-check", "--beams", ".")], ids=lambda one: one[0])
def test_a_file_in_the_place_of_a_plan_folder_is_named(
    command: tuple[str, ...], given: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    said = _said(capsys, *command, given[0])
    assert "give the folder that holds the DICOM-RT files" in said
    assert given[1] in said or given[0].suffix == ".csv"
    missing = given[0].with_name("missing")
    assert f"{missing}: there is no such folder" in _said(capsys, *command, missing)


@pytest.mark.parametrize("text", ["[]", "{}", '"a text"', '{"lines": [1, 2]}'])
def test_json_that_is_not_fhir_is_not_said_to_be_read_here(
    text: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "lines.json").write_text(text, encoding="utf-8")
    said = _said(capsys, "review", tmp_path / "lines.json")
    assert "lines.json: " in said
    assert "a JSON file; FHIR R4 in JSON is read by `isocenter review`" not in said


def test_an_empty_file_of_readings_is_not_taken_for_none(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "readings.toml").touch()
    case = Path(__file__).parent.parent / "examples" / "prostate_clean"
    said = _said(capsys, "review", case, "--readings", tmp_path / "readings.toml")
    assert said == "isocenter: readings.toml: the file is empty; expected lines of `name = value`"


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("chart.pdf", b"Dear reviewer, this was never a PDF\n", "not a PDF, although its name says so"),
        ("chart.PDF", b"ISA*00*          *00*", "not a PDF, although its name says so: it is an X12 file"),
        ("page 1.jpeg", b"a note\n", "not a picture, although its name says so"),
    ],
)
def test_a_chart_whose_name_says_more_than_it_is_was_not_read(
    name: str, data: bytes, words: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(data)
    assert f"{name}: {words}" in _said(capsys, "abstract", tmp_path / name)


def test_a_note_that_begins_like_the_mark_of_a_picture_is_read_as_text(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "note.txt").write_bytes(b"BMI 24.1, seen today\n")
    assert main(["abstract", str(tmp_path / "note.txt"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["problems"] == []


@pytest.mark.parametrize("option", ["--policy-text", "--readings", "--policy", "--plan"])
def test_an_option_says_what_it_was_given(
    option: str, given: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    if option == "--readings" and given[0].suffix == ".csv" and not given[0].stat().st_size:
        pytest.skip("an empty file sets no reading")
    assert given[0].name in _said(capsys, "review", _CASE, option, given[0])


@pytest.mark.parametrize(
    ("option", "name", "words"),
    [
        ("--report", "report.pdf", "a page is written as .html"),
        ("--checklist", "checklist", "a page is written as .html"),
        ("--letter", "letter.docx", "a letter is written as .html or .pdf"),
        ("--letter", ".", "is a folder"),
    ],
)
def test_a_paper_is_written_only_as_what_its_name_says(
    option: str, name: str, words: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["review", str(_CASE), option, str(tmp_path / name)])
    assert words in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_label_of_a_plan_without_a_plan_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert "no DICOM-RT plan is in the case" in _said(capsys, "review", _CASE, "--plan-label", "prostate")


@pytest.mark.parametrize("begins", [b"PK\x03\x04", b"\x1f\x8b\x08", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07"], ids=str)
def test_a_plan_in_an_archive_is_to_be_unpacked(
    begins: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "plan.bin").write_bytes(begins + bytes(600))
    assert "unpack plan.bin into it" in _said(capsys, "measure", tmp_path)
    (tmp_path / "plan.bin").write_bytes(b"a note\n" * 90)
    assert "unpack" not in _said(capsys, "measure", tmp_path)


def test_a_phantom_without_a_folder_says_what_to_write(capsys: pytest.CaptureFixture[str]) -> None:
    assert "isocenter phantom prostate FOLDER" in _said(capsys, "phantom", "prostate")


def test_a_file_that_is_no_case_is_refused(given: tuple[Path, str], capsys: pytest.CaptureFixture[str]) -> None:
    _said(capsys, "review", given[0])


@pytest.mark.parametrize("name", ["bundle.json", "page.html", "image.dcm", "claims.xls", "remit.835", "prose.csv"])
def test_a_file_that_is_no_chart_is_not_read_as_text(
    name: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(_FILES[name][0])
    assert name in _said(capsys, "abstract", tmp_path / name)


@pytest.mark.parametrize("text", ["Isaac Example, MRN 44\nVisit\n", "[Progress note]\nSeen today.\n", "{see page 2}\n"])
def test_a_note_that_begins_like_another_kind_of_file_is_read(
    text: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "note.txt").write_text(text)
    assert main(["abstract", str(tmp_path / "note.txt")]) == 0
    assert "1 page" in capsys.readouterr().out


def test_the_chart_files_of_a_folder_are_read_and_the_others_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "note.txt").write_text("# Weekly On-Treatment Visit\nVisit date: 03/04/2024\nSeen and examined.\n")
    (tmp_path / "claims.xls").write_bytes(_FILES["claims.xls"][0])
    assert main(["abstract", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "! claims.xls: not a PDF, picture or text file" in out
    assert "weekly_management_note 2024-03-04" in out


_READS = (
    ("review", "{pipe}"),
    ("review", _CASE, "--readings", "{pipe}"),
    ("review", _CASE, "--policy-text", "{pipe}"),
    ("review", _CASE, "--policy", "{pipe}"),
    ("review", _CASE, "--plan", "{pipe}"),
    ("review", "--from", "{pipe}", "C1"),
    ("screen", "{pipe}", "--out", "out"),
    ("screen", _CASE / "claim_lines.csv", "--mapping", "{pipe}", "--out", "out"),
    ("screen", _CASE / "claim_lines.csv", "--readings", "{pipe}", "--out", "out"),
    ("screen", _CASE / "claim_lines.csv", "--ncci", "{pipe}", "--out", "out"),
    ("new", "case", "--from", "{pipe}"),
    ("abstract", "{pipe}"),
    ("measure", "{pipe}"),
    ("measure", _CASE, "--goals", "{pipe}"),
    ("measure", _CASE, "--verification", "{pipe}"),
    ("plan", "{pipe}"),
    ("plan", _CASE, "--beams", "{pipe}"),
    ("mu-check", _CASE, "--beams", "{pipe}"),
    ("check", "{pipe}"),
    ("check", "imrt", "--cases", "{pipe}"),
    ("check", "imrt", "--policy-text", "{pipe}"),
    ("validate", "--package", "{pipe}", "{pipe}"),
    ("scenario", "{pipe}", "--out", "out"),
    ("serve", "--fhir-only", "--clients", "{pipe}"),
    ("determine", "response-1", "--records", "{pipe}", "--approve", "--name", "A"),
)


@pytest.mark.parametrize("device", [False, True], ids=["pipe", "device"])
@pytest.mark.parametrize("arguments", _READS, ids=lambda given: " ".join(map(str, given)).replace(str(_CASE), "CASE"))
def test_a_pipe_or_device_is_refused_and_not_waited_for(
    arguments: tuple[object, ...],
    device: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    try:
        code = main([str(given).format(pipe="/dev/zero" if device else "pipe") for given in arguments])
    except SystemExit as refused:
        code = int(str(refused.code))
    error = capsys.readouterr().err.splitlines()[-1]
    assert code == 2
    assert ("zero" if device else "pipe") in error
    assert "Traceback" not in error
    assert [file.name for file in tmp_path.iterdir()] == ["pipe"]


@pytest.mark.parametrize("name", ["readings.toml", "policy.toml", "codes/own.csv", "tables/own.csv", "coding/own.sql"])
def test_a_pipe_in_a_policy_folder_is_refused(name: str, tmp_path: Path) -> None:
    shutil.copytree(_POLICY, tmp_path / "own")
    pipe = tmp_path / "own" / name
    pipe.parent.mkdir(exist_ok=True)
    pipe.unlink(missing_ok=True)
    os.mkfifo(pipe)
    with pytest.raises(IsocenterError, match=r"pipe|no policy"):
        load_policy(str(tmp_path / "own"))
    assert what_it_is(pipe) == "a pipe"


def test_a_folder_is_no_archive_and_a_file_holds_no_workbench(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("request").mkdir()
    Path("note.txt").write_text("a note", encoding="utf-8")
    said = _said(capsys, "journal", "recompute", "request")
    assert "request: it is a folder; name the archive of one request" in said
    assert "note.txt: cannot be written: it is a file; name a folder" in _said(capsys, "serve", "--data", "note.txt")
    (tmp_path / "case").mkdir()
    (tmp_path / "case" / "claim_lines.csv").touch()
    assert "case: holds claim_lines.csv and no data of a workbench" in _said(capsys, "serve", "--data", "case")
    assert [file.name for file in (tmp_path / "case").iterdir()] == ["claim_lines.csv"]
    assert Path("note.txt").read_text(encoding="utf-8") == "a note"


@pytest.mark.parametrize("arguments", [("--fhir-only", "--without-authentication"), ("--data", "data")])
def test_an_address_that_is_none_is_named(
    arguments: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ValueError("Invalid host/port specified.")  # of waitress, where an address cannot be resolved

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("waitress.create_server", refuse)
    said = _said(capsys, "serve", *arguments, "--host", "x y", "--port", "8999")
    assert "'x y' is not an address of this machine" in said


@pytest.mark.parametrize("arguments", [("--fhir-only", "--without-authentication"), ("--data", "data")])
@pytest.mark.parametrize(("host", "words"), [("127.0.0.1", "port {} cannot be used"), ("192.0.2.1", "'192.0.2.1' is")])
def test_an_address_that_cannot_be_served_on_is_not_given_out(
    arguments: tuple[str, ...], host: str, words: str, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as used:
        port = used.getsockname()[1]
        command = [sys.executable, "-m", "isocenter", "serve", *arguments, "--host", host, "--port", str(port)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=tmp_path, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert words.format(port) in done.stderr.splitlines()[-1]
    assert not (tmp_path / "data").exists()


def test_more_courses_than_can_be_made_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = _said(capsys, "synthesize", tmp_path / "claims", "--courses", 10**20)
    assert "ask for 100,000,000 at most" in said
