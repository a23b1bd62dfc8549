"""What is of another patient is no part of a plan, and is named."""

from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from tests.dicom_files import (
    beam,
    complete_folder,
    ct_slice,
    dose,
    item,
    plan,
    record,
    registration,
    save,
    square,
    structures,
)
from tests.dicom_folders import CORNER, OFFSETS, STORED, drawn_on, labels, of_patient, sentences, two_plans

from isocenter.intake.dicom_rt import read_folder
from isocenter.terms.imaging import Patient


def test_a_dose_of_another_patient_is_no_part_of_the_plan(tmp_path: Path) -> None:
    complete_folder(tmp_path)
    save(of_patient(dose(STORED, OFFSETS, **CORNER), "P2"), tmp_path / "RD.dcm")
    found, problems, _ = read_folder(tmp_path)
    assert found.dose is None
    assert found.of_others == (("dose", Patient("P2")),)
    assert any("another patient ID" in problem.sentence for problem in problems)


@pytest.mark.parametrize(
    ("name", "made", "kind"),
    [
        ("RS.dcm", structures({1: ("PTV", [square(9.0, 1.0)])}), "structure set"),
        ("CT1.dcm", ct_slice(7.0), "CT image"),
        ("T.dcm", record(), "treatment record"),
        ("RD.dcm", dose(STORED, OFFSETS, ReferencedRTPlanSequence=[item(ReferencedSOPInstanceUID="1.55")]), ""),
    ],
)
def test_what_belongs_to_the_plan_and_is_of_another_patient_is_named(
    name: str, made: Dataset, kind: str, tmp_path: Path
) -> None:
    complete_folder(tmp_path)
    save(drawn_on(ct_slice(7.0).SOPInstanceUID), tmp_path / "RS.dcm")
    save(of_patient(made, "P2"), tmp_path / name)
    assert [one for one, _ in read_folder(tmp_path)[0].of_others] == ([kind] if kind else [])


def test_a_registration_of_another_patient_moves_no_structure(tmp_path: Path) -> None:
    complete_folder(tmp_path)
    shifted = np.eye(4)
    shifted[0, 3] = 10.0
    save(of_patient(registration(shifted, source="1.8"), "P2"), tmp_path / "REG.dcm")
    assert read_folder(tmp_path)[0].registrations == ()
    assert "1 file (registration) is of another patient than the plan; left out." in sentences(tmp_path)
    of_plan = registration(np.eye(4), source="1.8")
    of_plan.SOPInstanceUID = "1.7.2"
    save(of_plan, tmp_path / "own.dcm")
    (own,) = read_folder(tmp_path)[0].registrations
    assert np.array_equal(own.matrix, np.eye(4))


@pytest.mark.parametrize("is_bound", [True, False])
def test_files_that_bear_a_patient_id_each_are_not_used_together_and_that_is_said_once(
    tmp_path: Path, is_bound: bool
) -> None:
    complete_folder(tmp_path)
    refers_to = [item(ReferencedSOPInstanceUID="1.2" if is_bound else "1.55")]
    made = {
        "RP.dcm": plan([beam(1)], **({} if is_bound else {"ReferencedStructureSetSequence": []})),
        "RS.dcm": structures({1: ("PTV", [square(9.0, 1.0)])}),
        "RD.dcm": dose(STORED, OFFSETS, ReferencedRTPlanSequence=refers_to, **CORNER),
    }
    for n, (name, dataset) in enumerate(made.items()):
        dataset.PatientIdentityRemoved = "YES"
        save(of_patient(dataset, f"Q{n}X8"), tmp_path / name)
    found, problems, _ = read_folder(tmp_path)
    assert (found.structure_set, found.dose) == (None, None)
    assert sorted(kind for kind, _ in found.of_others) == ["dose", "structure set"]
    (said,) = [one.sentence for one in problems if "patient" in one.sentence and "CT" not in one.sentence]
    assert "each have a different patient ID" in said


@pytest.mark.parametrize("changes", [{"ApprovalStatus": "UNAPPROVED"}, {"PlanIntent": "VERIFICATION"}, {}])
def test_plans_of_two_patients_are_neither_weighed_nor_added(changes: dict[str, object], tmp_path: Path) -> None:
    two_plans(tmp_path)
    save(of_patient(plan(uid="1.2.77", RTPlanLabel="BOOST", **changes), "P2"), tmp_path / "boost.dcm")
    of_boost = [item(ReferencedSOPInstanceUID="1.2.77")]
    other = dose(STORED // 2, OFFSETS, uid="1.4.2", ReferencedRTPlanSequence=of_boost, **CORNER)
    save(of_patient(other, "P2"), tmp_path / "RDb.dcm")
    found, problems, _ = read_folder(tmp_path)
    assert sorted(labels(found)) == ["BOOST", "PROSTATE"]
    assert found.summed_dose is None
    assert any("of different patients" in problem.sentence for problem in problems)


def test_a_rejected_plan_without_a_patient_is_weighed_against_the_only_patients(tmp_path: Path) -> None:
    complete_folder(tmp_path)
    save(of_patient(plan(uid="1.2.77", RTPlanLabel="OTHER", ApprovalStatus="REJECTED"), ""), tmp_path / "other.dcm")
    assert labels(read_folder(tmp_path)[0]) == ["PROSTATE"]


def test_the_odd_files_are_those_of_another_patient_than_the_member_else_than_the_plan(tmp_path: Path) -> None:
    complete_folder(tmp_path)
    own = len(list(tmp_path.iterdir()))
    more = own + 3
    for number in range(more):
        save(of_patient(ct_slice(100.0 + number), "P2"), tmp_path / f"other{number}.dcm")

    def counted(member: Patient | None) -> str:
        problems = read_folder(tmp_path, member=member)[1]
        return next(one.sentence for one in problems if one.place == "PatientID").split(" (first")[0]

    of_plan = read_folder(tmp_path)[0].plan.patient
    others = f"{more} files have another patient ID than the other {own}"
    assert counted(None) == others
    assert counted(Patient(of_plan.patient_id)) == others
    assert counted(Patient("P2")) == f"{own} files have another patient ID than the other {more}"
    assert counted(Patient("M9", other_ids=("P2",))) == counted(Patient("P2"))
    assert counted(Patient("M9")) == others


def test_whose_the_parts_are_is_kept_where_they_say_so(tmp_path: Path) -> None:
    complete_folder(tmp_path)
    save(of_patient(plan(), ""), tmp_path / "RP.dcm")
    save(of_patient(dose(STORED, OFFSETS, PatientIdentityRemoved="YES", **CORNER), "P3"), tmp_path / "RD.dcm")
    found = read_folder(tmp_path)[0]
    assert found.plan is not None
    assert not found.plan.patient.is_stated
    assert {kind for kind, whose in found.part_patients if whose.is_stated} == {"CT image", "structure set"}


@pytest.mark.parametrize(
    ("of_rest", "of_structures", "said"),
    [
        ({"PatientBirthDate": "19500102"}, {"PatientBirthDate": "19610304"}, "the birth date 1961-03-04"),
        ({"PatientSex": "M"}, {"PatientSex": "F"}, "the sex F"),
        ({"PatientName": "DOE^JANE"}, {"PatientName": "DOE^RUTH"}, "the name RUTH DOE"),
        ({"PatientName": "DOE^JOHN"}, {"PatientName": "Doe^John^A"}, ""),
        ({"PatientName": "DOE^JANE", "PatientBirthDate": "19500102"}, {"PatientName": "ROE^JANE"}, "the name JANE ROE"),
        (
            {"PatientName": "DOE^JANE", "PatientBirthDate": "19500102"},
            {"PatientName": "ROE^JANE", "PatientBirthDate": "19500102"},
            "",
        ),
        ({"PatientBirthDate": "19500517"}, {"PatientBirthDate": "19500101"}, ""),  # written without the day
        ({"PatientSex": "M"}, {"PatientSex": "O"}, ""),
    ],
)
def test_what_files_of_one_patient_id_state_in_two_ways_is_said_and_they_are_used(
    of_rest: dict[str, str], of_structures: dict[str, str], said: str, tmp_path: Path
) -> None:
    complete_folder(tmp_path)
    for path in tmp_path.iterdir():
        dataset = dcmread(path)
        for keyword, value in (of_structures if path.name == "RS.dcm" else of_rest).items():
            setattr(dataset, keyword, value)
        dataset.save_as(path)
    found, problems, _ = read_folder(tmp_path)
    assert found.structure_set is not None
    assert [one.path for one in problems] == (["RS.dcm"] if said else [])
    assert all(one.sentence.startswith(f"1 file states {said} of the patient where others state") for one in problems)
