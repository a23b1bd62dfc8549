"""A folder becomes one course: which plans count, which are earlier, and what belongs to each."""

from pathlib import Path

import numpy as np
import pytest
from tests.dicom_files import (
    beam,
    complete_folder,
    control_point,
    dose,
    item,
    new,
    plan,
    record,
    registration,
    save,
)
from tests.dicom_folders import CORNER, OFFSETS, STORED, labels, two_plans

from isocenter.errors import UnreadableInput
from isocenter.intake.dicom_rt import read_folder


def test_a_sound_folder_is_read_whole_and_without_a_problem(tmp_path: Path) -> None:
    save(record(1), complete_folder(tmp_path) / "sub" / "RT1.dcm")
    save(registration(np.eye(4)), tmp_path / "REG.dcm")
    (tmp_path / "notes.txt").write_text("claims, not DICOM")
    found, problems, inputs = read_folder(tmp_path)
    assert problems == []
    assert found.plan is not None
    assert found.structure_set is not None
    assert found.dose is not None
    assert found.ct is not None
    assert (len(found.records), len(found.registrations), found.earlier) == (1, 1, ())
    assert [(i.path, i.kind, i.rows) for i in inputs if not i.path.startswith("CT")] == [
        ("RD.dcm", "dose", 6),
        ("REG.dcm", "registration", 1),
        ("RP.dcm", "plan", 2),
        ("RS.dcm", "structure set", 1),
        ("sub/RT1.dcm", "treatment record", 1),
    ]


def test_a_folder_without_dicom_is_empty(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("nothing")
    found, problems, inputs = read_folder(tmp_path)
    assert (found.plan, problems, inputs) == (None, [], [])


def test_the_directory_of_a_disc_is_no_object_of_a_patient(tmp_path: Path) -> None:
    directory = new("1.2.840.10008.1.3.10", "1.2.78", PatientID="of another system")
    directory.FileSetID = "EXPORT"
    directory.DirectoryRecordSequence = []
    save(directory, complete_folder(tmp_path) / "DICOMDIR")
    found, problems, _ = read_folder(tmp_path)
    assert (found.plan is not None, problems) == (True, [])


def test_what_is_not_used_is_counted_by_its_kind(tmp_path: Path) -> None:
    complete_folder(tmp_path)
    for number in (1, 2, 3):
        modality = "RTIMAGE" if number == 3 else "SR"
        save(new(f"1.2.3.{number}", f"1.2.79.{number}", Modality=modality), tmp_path / f"{number}.dcm")
    _, problems, _ = read_folder(tmp_path)
    sentences = [problem.sentence for problem in problems if "not used" in problem.sentence]
    assert sentences == [
        "2 files are of a kind that is not used (SR object); they are left out.",
        "1 file is of a kind that is not used (RTIMAGE object); it is left out.",
    ]


def test_an_earlier_course_in_its_subfolder_stays_apart(tmp_path: Path) -> None:
    complete_folder(tmp_path)
    save(plan(uid="1.2.77", RTPlanLabel="OLD"), tmp_path / "Earlier" / "RP.dcm")
    found, _, _ = read_folder(tmp_path)
    assert found.plan is not None
    assert found.plan.label == "PROSTATE"
    assert [part.plan.label for part in found.earlier if part.plan] == ["OLD"]


@pytest.mark.parametrize(
    ("changes", "is_kept"),
    [
        ({"PatientID": "P2"}, False),
        ({"PatientSex": "M"}, False),
        ({"PatientSex": "F"}, True),
        ({"PatientID": ""}, True),
    ],
)
def test_an_earlier_course_of_another_patient_is_left_out_and_named(
    changes: dict[str, str], is_kept: bool, tmp_path: Path
) -> None:
    complete_folder(tmp_path)
    save(plan(PatientSex="F"), tmp_path / "RP.dcm")
    save(plan(**{"uid": "1.2.77", "RTPlanLabel": "OLD", **changes}), tmp_path / "earlier" / "RP.dcm")
    found, problems, _ = read_folder(tmp_path)
    assert bool(found.earlier) is is_kept
    said = [
        problem.path for problem in problems if "The earlier course 'OLD' is of another patient" in problem.sentence
    ]
    assert said == ([] if is_kept else ["earlier/RP.dcm"])


def test_an_older_plan_of_another_frame_is_an_earlier_course(tmp_path: Path) -> None:
    complete_folder(tmp_path)
    old = plan(uid="1.2.77", RTPlanLabel="OLD", RTPlanDate="20190101")
    old.FrameOfReferenceUID = "1.99"
    save(old, tmp_path / "old.dcm")
    found, _, _ = read_folder(tmp_path)
    assert found.plan is not None
    assert found.plan.label == "PROSTATE"
    assert [part.plan.label for part in found.earlier if part.plan] == ["OLD"]


@pytest.mark.parametrize(("made_on", "is_earlier"), [("20230801", True), ("20231101", False)])
def test_a_plan_half_a_year_older_is_no_phase_of_the_course_even_in_one_frame(
    made_on: str, is_earlier: bool, tmp_path: Path
) -> None:
    save(plan(uid="1.2.77", RTPlanLabel="OTHER", RTPlanDate=made_on), complete_folder(tmp_path) / "other.dcm")
    found, _, _ = read_folder(tmp_path)  # the plan of the folder was made on 2024-03-01
    assert [part.plan.label for part in found.earlier if part.plan] == (["OTHER"] if is_earlier else [])


def test_of_two_plans_of_one_label_the_older_one_is_named_by_its_day_and_file(tmp_path: Path) -> None:
    older = [beam(1), beam(2)]
    for one in older:
        one.ControlPointSequence[0].IsocenterPosition = [0, 0, 0]
    complete_folder(tmp_path)
    save(plan(older), tmp_path / "RP.dcm")
    save(plan(older, uid="1.2.77", RTPlanDate="20240220"), tmp_path / "older.dcm")
    _, problems, _ = read_folder(tmp_path)
    assert any("PROSTATE of 2024-02-20 in older.dcm is another version" in one.sentence for one in problems)


def test_a_course_is_all_its_plans_each_with_its_own_dose(tmp_path: Path) -> None:
    two_plans(tmp_path)
    of_boost = [item(ReferencedSOPInstanceUID="1.2.77")]
    save(dose(STORED // 2, OFFSETS, uid="1.4.2", ReferencedRTPlanSequence=of_boost, **CORNER), tmp_path / "RDb.dcm")
    found, problems, _ = read_folder(tmp_path)
    assert sorted(labels(found)) == ["BOOST", "PROSTATE"]
    highest = {part.plan.label: part.dose.dose_gy.max() for part in (found, *found.further) if part.plan and part.dose}
    assert highest == {"PROSTATE": 10.0, "BOOST": 5.0}
    assert found.summed_dose is not None
    assert found.summed_dose.dose_gy.max() == 15.0
    assert not [problem for problem in problems if "left out" in problem.sentence]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"ApprovalStatus": "REJECTED"}, "was rejected"),
        ({"ApprovalStatus": "UNAPPROVED"}, "is not approved"),
        ({"PlanIntent": "VERIFICATION"}, "on a phantom"),
        ({"PlanIntent": "MACHINE_QA"}, "check or service a machine"),
        ({"PlanIntent": "SERVICE"}, "check or service a machine"),
        ({"RTPlanLabel": "PT_QA 1"}, "on a phantom"),
        ({"RTPlanLabel": "ProstateQA"}, "on a phantom"),
        ({"RTPlanGeometry": "TREATMENT_DEVICE", "RTPlanDate": "20240401"}, "on a phantom"),
        (
            {"ReferencedRTPlanSequence": [item(ReferencedSOPInstanceUID="1.2", RTPlanRelationship="VERIFIED_PLAN")]},
            "on a phantom",
        ),
        ({"RTPlanDate": "20240201", "DoseReferenceSequence": None}, "is another version"),
    ],
)
def test_trials_and_phantom_plans_are_left_out_by_name(changes: dict[str, object], reason: str, tmp_path: Path) -> None:
    complete_folder(tmp_path)
    is_older = changes.pop("DoseReferenceSequence", "") is None
    first = {"GantryAngle": 0.0, "NominalBeamEnergy": 6, "IsocenterPosition": [0.0, 0.0, 0.0]}
    there = [beam(1, [control_point(0, 0, **first), control_point(1, 1)])]
    if is_older:
        save(plan(there), tmp_path / "RP.dcm")
    save(plan(there, uid="1.2.77", **{"RTPlanLabel": "OTHER", **changes}), tmp_path / "other.dcm")
    found, problems, _ = read_folder(tmp_path)
    assert labels(found) == ["PROSTATE"]
    assert sum(reason in problem.sentence for problem in problems) == 1


def test_of_two_exports_of_one_plan_the_one_with_a_dose_counts(tmp_path: Path) -> None:
    complete_folder(tmp_path)
    first = {"GantryAngle": 0.0, "NominalBeamEnergy": 6, "IsocenterPosition": [0.0, 0.0, 0.0]}
    there = [beam(1, [control_point(0, 0, **first), control_point(1, 1)])]
    save(plan(there), tmp_path / "RP.dcm")
    save(plan(there, uid="1.2.77"), tmp_path / "again.dcm")
    save(plan(there, uid="1.2.78"), tmp_path / "zz.dcm")
    found, problems, _ = read_folder(tmp_path)
    assert found.plan is not None
    assert found.plan.sop_instance_uid == "1.2"
    assert found.dose is not None
    assert sum("is another version" in problem.sentence for problem in problems) == 2
    newer = plan(there, uid="1.2.79", RTPlanLabel="NEW", RTPlanDate="20240305")
    save(newer, tmp_path / "newer.dcm")
    found, problems, _ = read_folder(tmp_path)
    assert found.dose is None
    assert any("is of 'PROSTATE', which is left out, and 'NEW' has none" in p.sentence for p in problems)


@pytest.mark.parametrize("name", ["BOOST", " boost", "1.2.77", "sub/boost.dcm"])
def test_a_plan_is_chosen_by_label_uid_or_file(name: str, tmp_path: Path) -> None:
    complete_folder(tmp_path)
    save(plan(uid="1.2.77", RTPlanLabel="BOOST"), tmp_path / "sub" / "boost.dcm")
    assert labels(read_folder(tmp_path, plans=[name])[0]) == ["BOOST"]


def test_a_copy_of_a_plan_counts_once(tmp_path: Path) -> None:
    complete_folder(tmp_path)
    (tmp_path / "copy.dcm").write_bytes((tmp_path / "RP.dcm").read_bytes())
    found, problems, _ = read_folder(tmp_path)
    assert labels(found) == ["PROSTATE"]
    assert [problem.sentence for problem in problems] == ["The object appears twice (also RP.dcm) and counts once."]


def test_the_caller_may_choose_the_plan_or_name_the_earlier_one(tmp_path: Path) -> None:
    two_plans(tmp_path)
    chosen, problems, _ = read_folder(tmp_path, current_plan="PROSTATE")
    assert chosen.plan is not None
    assert chosen.plan.label == "PROSTATE"
    assert any("'BOOST' is not the one" in problem.sentence for problem in problems)
    told, _, _ = read_folder(tmp_path, earlier_plans=["BOOST"])
    assert [part.plan.label for part in told.earlier if part.plan] == ["BOOST"]
    with pytest.raises(UnreadableInput, match="BOOST"):
        read_folder(tmp_path, current_plan="NONE")


def test_the_only_plan_is_measured_although_it_was_rejected_and_that_is_said(tmp_path: Path) -> None:
    save(plan(ApprovalStatus="REJECTED"), complete_folder(tmp_path) / "RP.dcm")
    found, problems, _ = read_folder(tmp_path)
    assert found.plan is not None
    assert any("was rejected; it is measured" in problem.sentence for problem in problems)
