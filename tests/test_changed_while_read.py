"""A file that is changed while it is read ends a review: no answer is of one half of it and of another's other half."""

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from isocenter import measuring, plan_making, workflow
from isocenter.chart import abstract as charts
from isocenter.cli import main
from isocenter.errors import UnreadableInput
from isocenter.files.unchanged import States
from isocenter.intake import case as cases
from isocenter.measuring import measure_folder
from isocenter.workflow import review_case

_EXAMPLE = Path(__file__).parents[1] / "examples" / "left_breast_coding"


def written_over(file: Path) -> None:
    with file.open("r+b") as opened:
        opened.write(b"#")


def written_on(file: Path) -> None:
    with file.open("ab") as opened:
        opened.write(b"\n")


def cut(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def replaced(file: Path) -> None:
    other = file.with_suffix(".new")
    shutil.copy2(file, other)
    other.replace(file)


def written_over_with_its_time_set_back(file: Path) -> None:
    times = file.stat()
    time.sleep(0.01)  # the clock of files goes in steps
    written_over(file)
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))


_CHANGES = (written_over, written_on, cut, replaced, written_over_with_its_time_set_back)


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """A case with claims, a case file and a page of its chart, all written long ago."""
    folder = tmp_path / "case"
    shutil.copytree(_EXAMPLE, folder)
    (folder / "note.txt").write_text("Simulation note\nDate of service: 02/20/2025\n", encoding="utf-8")
    for file in folder.iterdir():
        os.utime(file, (1_700_000_000, 1_700_000_000))
    return folder


def after(read: Callable[..., str], changed: Path, change: Callable[[Path], None]) -> Callable[..., str]:
    """The reading of a file, after which one of the files is changed."""

    def reading(file: Path) -> str:
        found = read(file)
        if file.name == changed.name:
            change(file)
        return found

    return reading


@pytest.mark.parametrize("change", _CHANGES)
def test_a_file_that_is_changed_after_it_was_read_ends_the_review(
    change: Callable[[Path], None], case: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = case / "claim_lines.csv"
    monkeypatch.setattr(cases, "sha256_of", after(cases.sha256_of, file, change))
    with pytest.raises(UnreadableInput, match=r"^claim_lines\.csv: it changed while it was being read; run again$"):
        review_case(case)


def test_a_file_that_gets_a_further_name_meanwhile_is_the_same_file(
    case: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = case / "claim_lines.csv"
    (case.parent / "kept").hardlink_to(file)  # as the workbench keeps what was uploaded

    def named(same: Path) -> None:
        (case.parent / f"{same.name} of another request").hardlink_to(same)

    monkeypatch.setattr(cases, "sha256_of", after(cases.sha256_of, file, named))
    assert review_case(case).lines_read == 52


def test_a_page_that_is_changed_while_the_case_is_judged_ends_the_review(
    case: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(workflow, "sha256_of", after(workflow.sha256_of, case / "note.txt", written_on))
    assert main(["review", str(case), "--report", str(case.parent / "report.html")]) == 2
    assert capsys.readouterr().err == "isocenter: note.txt: it changed while it was being read; run again\n"
    assert not (case.parent / "report.html").exists()


@pytest.mark.parametrize("in_place_of", ["case.yaml", "papers"])
def test_a_link_that_is_put_in_the_place_of_a_file_or_folder_once_it_was_found_ends_the_review(
    case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_place_of: str
) -> None:
    (case / "papers").mkdir()
    (case / "note.txt").rename(case / "papers" / "note.txt")
    found = cases.files_below

    def then_put_a_link(folder: Path) -> object:
        files = found(folder)
        (case / in_place_of).rename(tmp_path / in_place_of)
        (case / in_place_of).symlink_to(tmp_path / in_place_of)
        return files

    monkeypatch.setattr(cases, "files_below", then_put_a_link)
    with pytest.raises(UnreadableInput, match="it changed while it was being read; run again"):
        review_case(case)


def test_a_file_that_is_gone_once_it_was_read_changes_nothing(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cases, "sha256_of", after(cases.sha256_of, case / "claim_lines.csv", Path.unlink))
    assert review_case(case).lines_read == 52


def test_a_plan_that_is_changed_while_it_is_measured_is_not_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "plan"
    assert main(["phantom", "cylinder", str(folder)]) == 0
    draw = measuring._draw

    def drawn(*given: object) -> object:
        written_on(folder / "CT_001.dcm")
        return draw(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(measuring, "_draw", drawn)
    with pytest.raises(UnreadableInput, match=r"^CT_001\.dcm: it changed while it was being read"):
        measure_folder(folder, "course", {})


@pytest.mark.parametrize("changed", ["plan/CT_001.dcm", "goals.csv"])
def test_plans_are_not_kept_under_the_content_of_files_that_were_changed_meanwhile(
    changed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["phantom", "cylinder", "plan"]) == 0
    Path("goals.csv").write_text("structure,metric,comparison,limit,unit\nSolid,D95%,>=,20,Gy\n", encoding="utf-8")
    key = plan_making.content_key

    def keyed(*given: object) -> str:
        made = key(*given)  # type: ignore[arg-type]
        written_on(Path(changed))
        return made

    monkeypatch.setattr(plan_making, "content_key", keyed)
    monkeypatch.setattr(plan_making, "compute_plans", lambda *_: [])
    monkeypatch.setattr(plan_making, "_compute_again", lambda *_: None)
    assert main(["plan", "plan", "--goals", "goals.csv", "--spacing", "10", "--out", "made"]) == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert said == f"isocenter: {Path(changed).name}: it changed while it was being read; run again"
    assert not Path("made").exists()


def test_a_chart_that_is_changed_while_its_pages_are_read_is_not_abstracted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    note = tmp_path / "note.txt"
    note.write_text("Simulation note\nDate of service: 02/20/2025\n", encoding="utf-8")
    read = charts.abstract_pages

    def reading(*given: object, **named: object) -> object:
        written_on(note)
        return read(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(charts, "abstract_pages", reading)
    assert main(["abstract", str(note), "--into", str(tmp_path / "case")]) == 2
    assert capsys.readouterr().err.splitlines()[-1] == (
        "isocenter: note.txt: it changed while it was being read; run again"
    )
    assert not (tmp_path / "case").exists()


def test_what_lies_beside_is_named_by_its_name_alone_and_a_lone_file_too(tmp_path: Path) -> None:
    folder, beside = tmp_path / "plan", tmp_path / "verifying.dcm"
    folder.mkdir()
    beside.write_bytes(b"1")
    for root in (folder, beside):
        states = States.of([beside], root)
        states.expect_the_same()
        written_on(beside)
        with pytest.raises(UnreadableInput, match=r"^verifying\.dcm: it changed while"):
            states.expect_the_same()


def test_a_file_that_gains_or_loses_a_name_while_it_is_read_is_the_same_file(tmp_path: Path) -> None:
    kept, laid_out = tmp_path / "kept", tmp_path / "laid_out"
    kept.write_bytes(b"1")
    os.link(kept, laid_out)
    of_two_names = States.of([laid_out], tmp_path)
    replaced(kept)
    of_two_names.expect_the_same()
    of_one_name = States.of([laid_out], tmp_path)
    os.link(laid_out, tmp_path / "another")
    of_one_name.expect_the_same()
    written_on(laid_out)
    for states in (of_two_names, of_one_name):
        with pytest.raises(UnreadableInput, match=r"^laid_out: it changed while"):
            states.expect_the_same()
