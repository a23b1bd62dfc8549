from dataclasses import replace

import pydicom
import pytest
from pydicom.uid import generate_uid

from isocenter.errors import UnreadableInput
from isocenter.intake.dicom_rt.folder import read_folder
from isocenter.phantoms.make import make_phantom, phantom_objects
from isocenter.planning.beam.beam_data import load_beam_data
from isocenter.planning.checks.recompute import recompute
from isocenter.planning.patient.parts import parts_of
from isocenter.planning.task.task import set_task
from isocenter.terms.chart import Constraint


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """CT and structures as files, without a plan."""
    folder = tmp_path_factory.mktemp("sphere")
    make_phantom("sphere", folder)
    for file in folder.iterdir():
        if not file.name.startswith(("CT_", "RS")):
            file.unlink()
    return folder


def copied(drawn, folder, change):
    """The files of a folder and a changed copy of those that change takes (it returns False for the others)."""
    series = generate_uid()
    for file in drawn.iterdir():
        data = pydicom.dcmread(file)
        data.save_as(folder / file.name)
        if change(data):
            data.SOPInstanceUID = data.file_meta.MediaStorageSOPInstanceUID = generate_uid()
            data.SeriesInstanceUID = series
            data.save_as(folder / f"copy_{file.name}")


def without_images(folder):
    """The structure set states no image that it was drawn on."""
    data = pydicom.dcmread(folder / "RS.dcm")
    for roi in data.ROIContourSequence:
        for contour in roi.get("ContourSequence", ()):
            contour.pop("ContourImageSequence", None)
    for frame in data.ReferencedFrameOfReferenceSequence:
        frame.pop("RTReferencedStudySequence", None)
    data.save_as(folder / "RS.dcm")


def test_two_structure_sets_without_a_plan_that_names_one_are_not_chosen_from(drawn, tmp_path):
    copied(drawn, tmp_path, lambda data: data.Modality == "RTSTRUCT")
    folder, *_ = read_folder(tmp_path)
    with pytest.raises(
        UnreadableInput, match=r"2 structure sets \(first files: RS\.dcm, copy_RS\.dcm\) and nothing says"
    ):
        parts_of(folder)


@pytest.mark.parametrize("is_named", [True, False])
def test_of_two_cts_that_is_taken_which_the_structures_were_drawn_on_and_none_where_they_do_not_say(
    drawn, tmp_path, is_named
):
    copied(drawn, tmp_path, lambda data: data.Modality == "CT")
    if not is_named:
        without_images(tmp_path)
    folder, *_ = read_folder(tmp_path)
    if is_named:
        ct, _ = parts_of(folder)
        assert ct.series_uid == pydicom.dcmread(drawn / "CT_001.dcm").SeriesInstanceUID
    else:
        with pytest.raises(UnreadableInput, match=r"2 CT series .* leave one of them"):
            parts_of(folder)


def test_a_slice_that_is_there_twice_with_other_values_is_refused(drawn, tmp_path):
    def other_values(data):
        is_changed = data.Modality == "CT" and data.InstanceNumber in (3, 5)
        if is_changed:
            data.RescaleIntercept += 40
        return is_changed

    series = pydicom.dcmread(drawn / "CT_001.dcm").SeriesInstanceUID
    copied(drawn, tmp_path, other_values)
    for file in tmp_path.glob("copy_*"):
        data = pydicom.dcmread(file)
        data.SeriesInstanceUID = series
        data.save_as(file)
    folder, problems, _ = read_folder(tmp_path)
    assert sum("images with different values" in problem.sentence for problem in problems) == 1
    with pytest.raises(UnreadableInput, match=r"2 different CT slices at z = \S+ mm and 1 more positions \(first"):
        parts_of(folder)


def test_a_scout_view_beside_a_ct_leaves_no_doubt(drawn, tmp_path):
    copied(drawn, tmp_path, lambda data: data.Modality == "CT" and data.InstanceNumber == 1)
    without_images(tmp_path)
    folder, *_ = read_folder(tmp_path)
    assert len(parts_of(folder)[0].z_mm) == sum(file.name.startswith("CT_") for file in drawn.iterdir())


def test_structures_of_another_patient_than_the_ct_are_not_planned_on_it(drawn, tmp_path):
    for file in drawn.iterdir():
        data = pydicom.dcmread(file)
        if data.Modality == "CT":
            data.PatientID, data.PatientName = "884213", "Miller^Anna"
        data.save_as(tmp_path / file.name)
    folder, problems, _ = read_folder(tmp_path)
    assert folder.ct is None
    assert any("another patient ID" in problem.sentence for problem in problems)


def test_structures_in_another_frame_of_reference_are_not_planned():
    folder = phantom_objects("prostate")
    elsewhere = replace(folder, ct=replace(folder.ct, frame_of_reference_uid="1.2.3"))
    with pytest.raises(UnreadableInput, match="different frames of reference"):
        set_task(elsewhere, [], load_beam_data())
    unstated = replace(folder, ct=replace(folder.ct, frame_of_reference_uid=""))
    assert parts_of(unstated)[0].frame_of_reference_uid == ""


@pytest.mark.parametrize("fractions", [None, 0])
def test_a_plan_without_its_number_of_fractions_is_not_computed_again(fractions):
    folder = phantom_objects("prostate")
    rows = [Constraint("", "PTV_78", "D95%", ">=", 78, "Gy")]
    beam = load_beam_data()
    task, _ = set_task(folder, rows, beam, spacing_mm=10.0)
    again = recompute(task.patient, replace(folder.plan, fractions=fractions), [beam])
    assert not again.is_whole and not again.by_beam_gy
    assert "how many fractions" in again.problems[0].sentence
