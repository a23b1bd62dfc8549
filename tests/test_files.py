"""Every entry of a folder is read or named, and every file is written whole or not at all."""

import errno
import os
import socket
from pathlib import Path

import pytest

from isocenter.errors import UnreadableInput, UnwritableOutput
from isocenter.files.folders import expect_a_name_in_utf8, expect_file_or_folder, files_below, inside
from isocenter.files.texts import shown
from isocenter.files.writing import growing, write_whole
from isocenter.intake.bulk.sources import look_for_sources
from tests.screening.claims_files import ROW, write_csv


def test_what_is_no_file_is_named(tmp_path: Path) -> None:
    case = tmp_path / "case"
    (case / "sub").mkdir(parents=True)
    (tmp_path / "outside.csv").write_text("a", encoding="utf-8")
    (case / "sub" / "kept.csv").write_text("a", encoding="utf-8")
    (case / "inside").symlink_to(case / "sub" / "kept.csv")
    (case / "outside").symlink_to(tmp_path / "outside.csv")
    (case / "folder").symlink_to(case / "sub")
    (case / "circle").symlink_to(case / "circle")
    (case / "nowhere").symlink_to(case / "not there")
    (case / "sub" / "up").symlink_to(case)
    os.mkfifo(case / "pipe")
    (case / ".hidden").write_text("a", encoding="utf-8")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(case / "socket"))
        files, problems = files_below(case)
    assert [str(file.relative_to(case)) for file in files] == ["inside", "sub/kept.csv"]
    told = {problem.path: problem.sentence for problem in problems}
    assert sorted(told) == ["circle", "folder", "nowhere", "outside", "pipe", "socket", "sub/up"]
    assert "leads out of the folder" in told["outside"]
    assert told["pipe"].startswith("a pipe")


def test_a_pipe_or_device_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero"), tmp_path / "absent"):
        with pytest.raises(UnreadableInput):
            expect_file_or_folder(path)


def test_a_name_is_shown_on_one_line_and_can_be_encoded(tmp_path: Path) -> None:
    name = os.fsdecode(b"dose\xff\n\x1b[31m.dcm")
    assert shown(name) == r"dose\xff\n\x1b[31m.dcm"
    write_whole(tmp_path / "page.html", name)
    assert (tmp_path / "page.html").read_bytes().startswith(b"dose")


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "a/../../b", "a\0b"])
def test_a_name_that_leads_out_of_the_case_is_not_followed(tmp_path: Path, name: str) -> None:
    (tmp_path / "case" / "a").mkdir(parents=True)
    assert inside(tmp_path / "case", name) is None
    assert inside(tmp_path / "case", "a/dose.csv") == tmp_path / "case" / "a/dose.csv"


def test_a_full_disk_leaves_what_was_there_and_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_whole(path, "before")
    with (
        pytest.raises(UnwritableOutput, match=r"report\.html: cannot be written \(No space left"),
        growing(path) as partial,
    ):
        partial.write_text("half", encoding="utf-8")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert path.read_text(encoding="utf-8") == "before"
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]


def test_a_file_is_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "target")
    write_whole(tmp_path / "link", b"written")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_bytes() == b"written"


def test_a_name_that_tables_cannot_be_opened_by_is_refused_in_a_sentence(tmp_path: Path) -> None:
    expect_a_name_in_utf8(tmp_path / "Größe")
    with pytest.raises(UnreadableInput, match=r"claims\\xff\.csv: the name is not UTF-8"):
        expect_a_name_in_utf8(tmp_path / os.fsdecode(b"claims\xff.csv"))


def test_a_table_of_claims_whose_name_is_not_utf8_is_named(tmp_path: Path) -> None:
    table = tmp_path / os.fsdecode(b"claims\xff.csv")
    table.write_text("claim_id,member_id\nC1,M1\n", encoding="utf-8")
    with pytest.raises(UnreadableInput, match="the name is not UTF-8"):
        look_for_sources([str(table)])


@pytest.mark.parametrize(
    "name",
    [
        "Thumbs.db",
        "desktop.ini",
        ".DS_Store",
        "__MACOSX/claim_lines.csv",
        "DICOMDIR",
        "sub/Desktop.ini",
        "~$claims.xlsx",
        "_SUCCESS",
        "_committed_814",
    ],
)
def test_what_programs_leave_behind_is_passed_over(name: str, tmp_path: Path) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    (tmp_path / "thumbs.dbf").write_text("its name only begins like one")
    assert files_below(tmp_path) == ([tmp_path / "thumbs.dbf"], [])


def test_the_answers_of_an_earlier_screening_are_not_read_as_claims(tmp_path: Path) -> None:
    claims = write_csv(tmp_path / "claims.csv", ROW)
    answers = tmp_path / "screened"
    (answers / "claims" / "lines").mkdir(parents=True)
    (answers / "run.json").write_text('{"fingerprint": "f", "parts": 1, "split": null}')
    write_csv(answers / "claims" / "lines" / "again.csv", ROW.replace("L1", "L2"))
    other = tmp_path / "other"
    other.mkdir()
    (other / "run.json").write_text("{}")
    more = write_csv(other / "more.csv", ROW.replace("L1", "L3"))
    found = look_for_sources([str(tmp_path)])
    assert [file for source in found.sources for file in source.files] == [claims, more]
    assert [problem.sentence for problem in found.problems if "screened" in problem.path] == [
        "it holds the answers of a screening; it was left out"
    ]
