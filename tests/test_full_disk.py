"""Every command that writes says in one sentence that the disk is full, and leaves nothing half written."""

import csv
import errno
import gzip
import io
import re
import resource
import shutil
import signal
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import duckdb
import pytest

from isocenter.cli import main
from isocenter.errors import UnwritableOutput
from isocenter.plan_making import PlansMade
from isocenter.report import plans_page
from isocenter.screening import part
from tests.fuzz import samples
from tests.intake.xlsx_writer import write_xlsx

_EXAMPLE = Path(__file__).parents[1] / "examples" / "left_breast_coding"
_ROOM_BYTES = 100  # no file may become longer: the system refuses it as it does on a full disk

_COMMANDS = (
    "review {example} --report report.html",
    "review {example} --letter letter.html",
    "review {example} --letter letter.pdf",
    "review {example} --checklist checklist.html",
    "review {example} --each reports",
    "review claims.csv.gz",
    "review claims.zip",
    "review claims.xlsx",
    "abstract note.txt --into case",
    "screen claims.csv --out screened --workers 1 --policy ncci",
    "screen claims.csv.gz --out screened --workers 1 --policy ncci",
    "screen claims.zip --out screened --workers 1 --policy ncci",
    "screen claims.xlsx --out screened --workers 1 --policy ncci",
    "rules --write rules.md",
    "rules --write-tables tables.md",
    "scenario {example} --out bodies",
    "new case",
    "new case --from claims.csv",
    "phantom cylinder made",
    "synthesize made --courses 5",
    "demo --out reports",
    "measure plan --out measured",
    "journal recompute request.zip",
    "determine response-1 --records records.db --approve --name Nurse",
)
# What these read is unpacked or written anew among temporary files; every other command writes what it is told.
_WRITES_TEMPORARY_FILES = ("review claims", "new case --from", "journal")


@contextmanager
def _full_disk() -> Iterator[None]:
    """No file may become longer than a few bytes; bytecode, of which Python keeps what is cut short, is not written."""
    writes_bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (_ROOM_BYTES, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
        sys.dont_write_bytecode = writes_bytecode


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the commands are given."""
    folder = tmp_path_factory.mktemp("given")
    header, *rows = (_EXAMPLE / "claim_lines.csv").read_text(encoding="utf-8").splitlines()
    claims = "\n".join([f"{header},member_id", *(f"{row},M-1" for row in rows), ""])
    (folder / "claims.csv").write_text(claims, encoding="utf-8")
    (folder / "claims.csv.gz").write_bytes(gzip.compress(claims.encode()))
    with zipfile.ZipFile(folder / "claims.zip", "w") as packed:
        packed.writestr("claims.csv", claims)
    write_xlsx(folder / "claims.xlsx", list(csv.reader(io.StringIO(claims))))
    for name, data in {**samples.archive(), **samples.records()}.items():
        (folder / name).write_bytes(data)
    assert main(["phantom", "cylinder", str(folder / "plan")]) == 0
    (folder / "note.txt").write_text("Simulation note\nDate of service: 02/20/2025\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize("command", _COMMANDS)
def test_a_full_disk_is_named_in_one_sentence(
    command: str,
    given: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    here = tmp_path / "here"
    shutil.copytree(given, here)
    before = {file for file in here.rglob("*") if file.is_file()}
    monkeypatch.chdir(here)
    with _full_disk():
        code = main([part.format(example=_EXAMPLE) for part in command.split()])
    said = capsys.readouterr().err.splitlines()
    assert code == 2, said
    assert said[-1].startswith("isocenter: "), said
    assert re.search("File too large|cannot be written|may not be written", said[-1]), said
    is_temporary = command.startswith(_WRITES_TEMPORARY_FILES)
    assert re.match("isocenter: a temporary file " if is_temporary else r"isocenter: \S+: ", said[-1]), said
    left = [file for file in here.rglob("*") if file.is_file() and file not in before]
    assert [file for file in left if file.name.startswith("isocenter-failure") or ".partial" in file.name] == []


def test_a_table_that_is_read_by_way_of_a_temporary_file_is_not_said_to_be_unreadable(
    given: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    claims = (given / "claims.csv").read_text(encoding="utf-8").replace("procedure_code", "HCPCS_CD")
    (tmp_path / "claims.csv").write_text(claims, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with _full_disk():
        assert main(["review", "claims.csv"]) == 2
    assert capsys.readouterr().err.startswith("isocenter: a temporary file cannot be written")


def test_no_file_is_left_out_of_a_review_for_want_of_room_to_unpack_it(
    given: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A case of which one file of claims is read and the other is not would be another case."""
    case = tmp_path / "case"
    case.mkdir()
    shutil.copy(given / "claims.xlsx", case)
    (case / "more.csv").write_text("claim_line_id,procedure_code\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with _full_disk():
        assert main(["review", "case"]) == 2
    assert capsys.readouterr().err.startswith("isocenter: a temporary file cannot be written")


def test_a_screening_whose_part_finds_no_room_names_its_folder(
    given: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def without_room(*_: object) -> None:
        raise duckdb.IOException('IO Error: Could not write file "x": No space left on device')

    monkeypatch.setattr(part, "_write", without_room)
    monkeypatch.chdir(tmp_path)
    claims = str(given / "claims.csv")
    assert main(["screen", claims, "--out", "screened", "--workers", "1", "--policy", "ncci"]) == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith("isocenter: screened: cannot be written: there is no room left on its disk; make room")


def test_a_folder_of_plans_without_room_is_named_and_not_the_folder_of_temporary_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(*_: object) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")  # as a file that is open says it: without its name

    monkeypatch.setattr(plans_page, "plans_as_page", fill)
    with pytest.raises(UnwritableOutput, match=r"plans: cannot be written \(No space left on device\)"):
        plans_page.write_plans_whole(cast("PlansMade", None), tmp_path / "plans", "key")
    assert list((tmp_path / "plans").iterdir()) == []
