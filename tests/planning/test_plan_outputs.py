"""Plans on disk: a second run of the same content is read back, and a run that stops leaves what was there."""

import errno
import shutil
from dataclasses import replace
from types import SimpleNamespace

import pytest
from pydicom import dcmread

from isocenter import plan_making
from isocenter.cli import main
from isocenter.errors import UnwritableOutput
from isocenter.phantoms.make import make_phantom
from isocenter.plan_making import read_folder
from isocenter.planning.plans.comparison import ComparedConstraint
from isocenter.report import plans_page
from isocenter.report.plans_page import is_narrow, kept_text, whose_and_when, write_plans_whole
from isocenter.terms.imaging import NO_PATIENT
from tests.report.plan_pages import plans_made


def page_of(text):
    """A run whose page and table are a text, and that writes one plan."""
    return SimpleNamespace(text=text)


@pytest.fixture
def no_planning(monkeypatch):
    monkeypatch.setattr(plans_page, "plans_as_page", lambda made: f"<p>{made.text}")
    monkeypatch.setattr(plans_page, "plans_as_table", lambda made: made.text)
    monkeypatch.setattr(plans_page, "plans_as_text", lambda made: f"{made.text}\n")
    monkeypatch.setattr(plans_page, "_as_record", lambda _: [])
    monkeypatch.setattr(
        plans_page, "write_plans", lambda made, folder: (folder / f"RP_{made.text}.dcm").write_text("x")
    )


@pytest.mark.usefixtures("no_planning")
def test_a_run_of_the_same_content_is_kept_and_another_replaces_it(tmp_path):
    write_plans_whole(page_of("first"), tmp_path, "key 1")
    assert kept_text(tmp_path, "key 1") == "first\n"
    assert kept_text(tmp_path, "key 2") is None
    write_plans_whole(page_of("second"), tmp_path, "key 2")
    assert not (tmp_path / "RP_first.dcm").exists() and (tmp_path / "RP_second.dcm").exists()
    (tmp_path / "comparisons.csv").unlink()
    assert kept_text(tmp_path, "key 2") is None
    (tmp_path / "made.json").write_text("[")
    assert kept_text(tmp_path, "key 2") is None


@pytest.mark.parametrize(
    "changed",
    ["report/templates/plans.html", "report/plans_page.py", "evidence/roles/roles.py", "intake/dicom_rt/folder.py"],
)
def test_a_change_of_the_program_that_alters_the_page_makes_the_plans_again(tmp_path, monkeypatch, changed):
    (program := tmp_path / "program" / changed).parent.mkdir(parents=True)
    shutil.copy(plan_making.PROGRAM / changed, program)
    monkeypatch.setattr(plan_making, "PROGRAM", tmp_path / "program")
    (case := tmp_path / "case").mkdir()
    before = plan_making.content_key(plan_making.files_taken(case, (), tmp_path / "out"))
    assert plan_making.content_key(plan_making.files_taken(case, (), tmp_path / "out")) == before
    program.write_bytes(program.read_bytes() + b" ")
    plan_making.program_digest.cache_clear()  # as a new process begins
    assert plan_making.content_key(plan_making.files_taken(case, (), tmp_path / "out")) != before


@pytest.mark.usefixtures("no_planning")
def test_a_run_that_is_stopped_leaves_what_was_there(monkeypatch, tmp_path):
    write_plans_whole(page_of("first"), tmp_path, "key 1")
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}

    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(plans_page, "write_plans", stop)
    with pytest.raises(KeyboardInterrupt):
        write_plans_whole(page_of("second"), tmp_path, "key 2")
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


@pytest.mark.usefixtures("no_planning")
def test_plans_whose_record_finds_no_room_leave_what_was_there(monkeypatch, tmp_path):
    def fill(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    write_plans_whole(page_of("first"), tmp_path / "kept", "key 1")
    monkeypatch.setattr(plans_page, "_as_record", fill)
    for name, there in (("kept", "first\n"), ("new", None)):
        before = {file: file.read_bytes() for file in (tmp_path / name).glob("*")}
        with pytest.raises(UnwritableOutput, match=rf"{name}: cannot be written \(No space left on device\)"):
            write_plans_whole(page_of("second"), tmp_path / name, "key 2")
        assert {file: file.read_bytes() for file in (tmp_path / name).iterdir()} == before
        assert kept_text(tmp_path / name, "key 1") == there


@pytest.mark.slow
@pytest.mark.usefixtures("no_sockets")
def test_a_second_run_makes_no_plan(tmp_path, monkeypatch, capsys):
    make_phantom("prostate", tmp_path / "dicom")
    goals = tmp_path / "goals.csv"
    goals.write_text("structure,metric,comparison,limit,unit\nPTV_78,D95%,>=,78,Gy\n")
    options = ["plan", str(tmp_path / "dicom"), "--technique", "imrt", "--goals", str(goals), "--spacing", "10"]
    options += ["--out", str(tmp_path / "out")]
    assert main(options) == 0
    printed = capsys.readouterr().out
    monkeypatch.setattr(plan_making, "make_plans", None)  # would fail if it were called
    assert main(options) == 0
    assert capsys.readouterr().out == printed
    goals.write_text(goals.read_text().replace("78,Gy", "70,Gy"))
    assert main(options) == 2


def test_the_page_says_whose_the_plans_are_and_from_which_ct_where_files_say_so(tmp_path):
    make_phantom("spine", tmp_path)
    for file in tmp_path.rglob("*.dcm"):
        image = dcmread(file)
        image.PatientName, image.PatientID, image.PatientBirthDate = "Rivera^Ana", "7701", "19580304"
        image.AcquisitionDate = "20260209"
        image.save_as(file)
    folder, _, _ = read_folder(tmp_path)
    scanned_only = replace(folder, plan=None, dose=None)
    said = whose_and_when(SimpleNamespace(source=scanned_only))
    assert said.startswith("Patient: Rivera, Ana; ID 7701; born March 4, 1958; CT of February 9, 2026, ")
    nobody = replace(scanned_only, ct=replace(folder.ct, patient=NO_PATIENT, acquired_on=None))
    said = whose_and_when(SimpleNamespace(source=nobody))
    assert said.startswith("Patient: no name stated; no ID stated; CT without a date, ")


def test_a_limit_that_is_not_kept_says_by_how_much_what_was_tried_and_what_keeping_it_costs():
    made = plans_made()
    (plan,) = made.plans[:1]
    (broken,) = plan.broken
    assert plans_page.not_kept(made, plan, broken) == (
        "PTV_60 mean <= 5 Gy is not kept: 5.5 Gy, though its importance was raised several times, with 1 apertures "
        "offered and 1 kept; scaled down, the plan would keep it with 51.9 of 60 Gy to 95 % of PTV_60"
    )
    assert plans_page.short_of_coverage(made, plan) == (
        "limits of PTV_60 come before coverage, and a little more of it is given up to keep PTV_60: "
        "57.1 of 60 Gy to 95 % of PTV_60"
    )


@pytest.mark.parametrize(
    ("limit", "reached", "verdict", "expected"),
    [(66.0, 66.1, "only_imrt", True), (45.0, 48.5, "only_imrt", False), (66.0, 66.1, "neither", False)],
)
def test_a_miss_within_the_accuracy_of_doses_is_narrow(limit, reached, verdict, expected):
    values = {"imrt": limit - 1, "conformal": reached}
    row = ComparedConstraint("PTV", "D2%", "<=", limit, "Gy", values, {"imrt": True, "conformal": False}, verdict)
    assert is_narrow(row, 2.0) is expected


@pytest.mark.parametrize(("verdict", "is_said"), [("only_imrt", True), ("both", False), ("neither", False)])
def test_what_3d_misses_is_said_to_be_missed_with_these_fields_alone(verdict, is_said):
    made = plans_made()
    met = {"imrt": verdict != "neither", "conformal": verdict == "both"}
    row = ComparedConstraint("PTV_60", "mean", "<=", 5.0, "Gy", {"imrt": 4.0, "conformal": 7.0}, met, verdict)
    made.comparison = replace(made.comparison, constraints=(row,))
    sentence = "only with coplanar fields of 6 MV"
    assert [sentence in text for text in (plans_page.plans_as_page(made), plans_page.plans_as_text(made))] == [
        is_said
    ] * 2


@pytest.mark.usefixtures("no_planning")
def test_what_a_killed_run_left_half_written_among_the_plans_is_removed(tmp_path):
    left = tmp_path / "plans" / ".partial-abc"
    left.mkdir(parents=True)
    (left / "RP_old.dcm").write_text("half")
    write_plans_whole(page_of("one"), tmp_path / "plans", "key")
    assert not left.exists()
    assert (tmp_path / "plans" / "RP_one.dcm").exists()
