"""Doses that verify a plan: told by folder, by words or by a person, and never taken for the plan's own."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from tests import dicom_files as make

from isocenter.errors import UnreadableInput
from isocenter.intake.dicom_rt.folder import read_folder
from isocenter.intake.dicom_rt.pydicom_sets import PydicomDataset
from isocenter.intake.dicom_rt.upright_planes import any_dose_part_of
from isocenter.terms.plans import StatedVerification

STORED = np.arange(2 * 3 * 4, dtype=np.uint16).reshape(2, 3, 4)


def another_dose(uid: str = "1.77", frame: str = "1.9", **changes: object):
    dose = make.dose(STORED, [0, 3], uid=uid, **changes)
    dose.FrameOfReferenceUID = frame
    return dose


def read(folder: Path, **more: object):
    parts, problems, inputs = read_folder(folder, **more)
    return parts, " ".join(f"{p.path} {p.sentence}" for p in problems), [entry.path for entry in inputs]


def test_a_dose_in_the_verification_folder_verifies_the_plan(tmp_path: Path) -> None:
    folder = make.complete_folder(tmp_path)
    make.save(another_dose(), folder / "verification" / "again.dcm")
    parts, said, inputs = read(folder)
    (found,) = parts.verifying_doses
    assert (found.path, found.kind) == ("verification/again.dcm", "independent_calculation")
    assert found.dose.sop_instance_uid == "1.77" != parts.dose.sop_instance_uid
    assert "second dose" not in said
    assert inputs.count("verification/again.dcm") == 1


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Measured with an array", "measurement"),
        ("Reconstructed 3D dose", "measurement"),
        ("Independent calculation", "independent_calculation"),
        ("RECALCULATED", "independent_calculation"),
        ("Second check", "independent_calculation"),
    ],
)
def test_a_dose_that_says_how_it_came_about_is_recognized_by_its_words(tmp_path: Path, words: str, kind: str) -> None:
    folder = make.complete_folder(tmp_path)
    make.save(another_dose(SeriesDescription=words), folder / "again.dcm")
    parts, said, _ = read(folder)
    assert [found.kind for found in parts.verifying_doses] == [kind]
    assert parts.dose.sop_instance_uid != "1.77"
    assert "second dose" not in said


def test_the_only_dose_is_the_plans_whatever_it_says(tmp_path: Path) -> None:
    folder = make.complete_folder(tmp_path)
    for path in folder.rglob("*.dcm"):
        if b"RTDOSE" in path.read_bytes():
            path.unlink()
    make.save(another_dose(SeriesDescription="recalculated"), folder / "dose.dcm")
    parts, _, _ = read(folder)
    assert parts.dose is not None and parts.verifying_doses == ()


def test_a_second_dose_without_a_word_is_not_guessed_at(tmp_path: Path) -> None:
    folder = make.complete_folder(tmp_path)
    make.save(another_dose(), folder / "zz.dcm")
    parts, said, _ = read(folder)
    assert parts.verifying_doses == ()
    assert "subfolder `verification`" in said


def test_a_file_elsewhere_is_read_when_it_is_named(tmp_path: Path) -> None:
    folder = make.complete_folder(tmp_path / "plan")
    other = make.save(another_dose(), tmp_path / "qa" / "again.dcm")
    for named in (other, other.parent):
        parts, _, _ = read(folder, verification=[named])
        assert [found.path for found in parts.verifying_doses] == ["qa/again.dcm"]
    with pytest.raises(UnreadableInput, match="no such file"):
        read_folder(folder, verification=[tmp_path / "absent"])


def test_a_file_that_is_named_twice_is_read_once(tmp_path: Path) -> None:
    folder = make.complete_folder(tmp_path)
    file = make.save(another_dose(), folder / "verification" / "again.dcm")
    parts, _, inputs = read(folder, verification=[file, file.parent])
    assert len(parts.verifying_doses) == 1
    assert inputs.count("verification/again.dcm") == 1


def test_what_a_person_states_goes_before_what_the_file_says(tmp_path: Path) -> None:
    folder = make.complete_folder(tmp_path)
    make.save(another_dose(), folder / "again.dcm")
    day = date(2024, 2, 1)
    stated = [StatedVerification("again.dcm", "measurement", "2", day), StatedVerification("gone.csv", "film")]
    parts, said, _ = read(folder, stated_verifications=stated)
    (found,) = parts.verifying_doses
    assert (found.kind, found.field, found.verified_on) == ("measurement", "2", day)
    assert "gone.csv" in said and "'film'" in said


def test_the_plans_own_dose_verifies_nothing(tmp_path: Path) -> None:
    folder = make.complete_folder(tmp_path)
    parts, _, _ = read(folder)
    make.save(another_dose(uid=parts.dose.sop_instance_uid), folder / "verification" / "copy.dcm")
    parts, said, _ = read(folder)
    assert parts.verifying_doses == ()
    assert "own dose again" in said


@pytest.mark.parametrize(
    ("changes", "frame", "is_kept", "is_said"),
    [
        ({"PatientID": "P2"}, "1.9", False, True),
        ({"PatientBirthDate": "19610304"}, "1.9", False, True),
        ({"PatientName": "DOE^JANE^A"}, "1.9", True, False),
        ({"PatientID": "", "PatientName": "PHANTOM"}, "1.9", True, False),
        ({"PatientID": "ARRAY-7"}, "1.55", True, True),  # a device that the system keeps as a patient
        ({"PatientID": "P2", "PatientBirthDate": "19610304"}, "1.55", False, True),
    ],
)
def test_a_dose_of_another_patient_verifies_nothing(
    changes: dict[str, str], frame: str, is_kept: bool, is_said: bool, tmp_path: Path
) -> None:
    folder = make.complete_folder(tmp_path)
    jane = {"PatientName": "DOE^JANE", "PatientBirthDate": "19500102"}
    make.save(make.plan(**jane), folder / "RP.dcm")
    again = another_dose(frame=frame)
    for keyword, value in changes.items():
        setattr(again, keyword, value)
    make.save(again, folder / "verification" / "again.dcm")
    if frame != "1.9":
        (folder / "verification" / "plane.csv").write_text("x_mm,y_mm,z_mm,dose_gy\n0,0,1,1\n2,0,1,2\n")
    parts, said, _ = read(folder)
    is_used = [dose for dose in parts.verifying_doses if frame == "1.9" or dose.planned is not None]
    assert bool(is_used) is is_kept
    assert ("This verifying dose states another patient" in said) is is_said


def test_a_dose_in_another_frame_has_nothing_to_be_compared_with(tmp_path: Path) -> None:
    folder = make.complete_folder(tmp_path)
    make.save(another_dose(frame="1.55"), folder / "verification" / "device.dcm")
    parts, said, _ = read(folder)
    assert parts.verifying_doses == ()
    assert "another frame of reference" in said


def test_a_measured_plane_is_compared_with_the_dose_on_its_device(tmp_path: Path) -> None:
    folder = make.complete_folder(tmp_path)
    on_device = another_dose(frame="1.55")
    make.save(on_device, folder / "verification" / "device.dcm")
    (folder / "verification" / "plane.csv").write_text("x_mm,y_mm,z_mm,dose_gy\n0,0,1,1\n2,0,1,2\n")
    parts, _, _ = read(folder)
    (found,) = parts.verifying_doses
    assert found.kind == "measurement"
    assert found.planned is not None and found.planned.frame_of_reference_uid == "1.55"


def test_a_plane_without_a_place_lies_at_the_isocenter_of_the_plan(tmp_path: Path) -> None:
    folder = make.complete_folder(tmp_path)
    (folder / "verification").mkdir()
    (folder / "verification" / "plane.csv").write_text("x_mm,y_mm,dose_gy\n0,0,1\n2,0,2\n")
    parts, said, _ = read(folder)
    assert parts.verifying_doses == () and "isocenter" in said
    points = [make.control_point(0, 0, IsocenterPosition=[1, 2, 9]), make.control_point(1, 1)]
    make.save(make.plan([make.beam(1, points)]), folder / "RP.dcm")
    parts, _, _ = read(folder)
    (found,) = parts.verifying_doses
    assert found.dose.z_mm == pytest.approx([9])


def test_what_is_no_dose_is_left_out_in_a_sentence_and_the_rest_is_kept(tmp_path: Path) -> None:
    folder = make.complete_folder(tmp_path)
    make.save(another_dose(), folder / "verification" / "again.dcm")
    (folder / "verification" / "array.txt").write_text("a,b\n1,2\n")
    (folder / "verification" / "report.pdf").write_bytes(b"%PDF-1.4")
    (folder / "verification" / "bad.csv").write_text("x_mm,y_mm,dose_gy\n1,2\n")
    (folder / "verification" / "cut.dcm").write_bytes((folder / "verification" / "again.dcm").read_bytes()[:-9])
    parts, said, _ = read(folder)
    assert len(parts.verifying_doses) == 1
    assert "array.txt This is not a dose" in said and "bad.csv Line 2" in said and "cut.dcm" in said
    assert "report.pdf" not in said


def upright(orientation: list[int], stored: np.ndarray, position: list[float]):
    return make.dose(stored, [0], ImageOrientationPatient=orientation, ImagePositionPatient=position, NumberOfFrames=1)


def test_a_coronal_plane_is_on_y_with_its_rows_from_foot_to_head() -> None:
    stored = np.arange(12, dtype=np.uint16).reshape(3, 4)
    grid = any_dose_part_of(PydicomDataset(upright([1, 0, 0, 0, 0, -1], stored, [10, 20, 30])), "p")[0].grid
    assert grid.dose_gy.shape == (3, 1, 4)
    assert grid.y_mm == pytest.approx([20])
    assert grid.x_mm == pytest.approx([10, 13, 16, 19])
    assert grid.z_mm == pytest.approx([26, 28, 30])
    scale = float(make.dose(STORED, [0, 3]).DoseGridScaling)
    assert grid.dose_gy[:, 0, :] == pytest.approx(stored[::-1] * scale)


def test_a_sagittal_plane_drawn_by_columns_is_turned_into_rows_of_y() -> None:
    stored = np.arange(12, dtype=np.uint16).reshape(3, 4)
    grid = any_dose_part_of(PydicomDataset(upright([0, 0, 1, 0, 1, 0], stored, [10, 20, 30])), "p")[0].grid
    assert grid.dose_gy.shape == (4, 3, 1)
    assert grid.x_mm == pytest.approx([10])
    assert grid.z_mm == pytest.approx([30, 33, 36, 39])
    assert grid.y_mm == pytest.approx([20, 22, 24])
    scale = float(make.dose(STORED, [0, 3]).DoseGridScaling)
    assert grid.dose_gy[:, :, 0] == pytest.approx(stored.T * scale)


def test_an_oblique_plane_is_refused() -> None:
    stored = np.ones((3, 4), dtype=np.uint16)
    with pytest.raises(UnreadableInput, match="oblique"):
        any_dose_part_of(PydicomDataset(upright([1, 0, 0, 0, 0.7, 0.7], stored, [0, 0, 0])), "p")


def test_an_upright_plane_is_not_taken_for_the_plans_dose(tmp_path: Path) -> None:
    folder = make.complete_folder(tmp_path)
    make.save(upright([1, 0, 0, 0, 0, -1], np.ones((3, 4), np.uint16), [0, 0, 0]), folder / "plane.dcm")
    parts, said, _ = read(folder)
    assert parts.verifying_doses == ()
    assert "not axial" in said


def test_the_errors_of_a_calculation_verify_no_dose(tmp_path: Path) -> None:
    folder = make.complete_folder(tmp_path)
    make.save(another_dose(DoseType="ERROR"), folder / "verification" / "errors.dcm")
    parts, said, _ = read(folder)
    assert parts.verifying_doses == ()
    assert "verification/errors.dcm These are the errors of a calculation" in said


@pytest.mark.parametrize(("change", "is_copy"), [({}, True), ({"DoseGridScaling": 0.0101}, False)])
def test_a_copy_of_the_plans_dose_is_no_measurement_of_it(
    change: dict[str, object], *, is_copy: bool, tmp_path: Path
) -> None:
    folder = make.complete_folder(tmp_path)
    make.save(make.dose(STORED, [0, 3]), folder / "RD.dcm")
    make.save(another_dose(SeriesDescription="Measured with an array", **change), folder / "verification" / "array.dcm")
    parts, said, _ = read(folder)
    assert len(parts.verifying_doses) == (0 if is_copy else 1)
    assert ("verification/array.dcm This is the plan's own dose again" in said) == is_copy
