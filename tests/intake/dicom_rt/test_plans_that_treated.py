"""Of several versions of a plan the one by which the treatment records say that the patient was treated counts."""

from pathlib import Path

import pytest
from pydicom.dataset import Dataset
from tests.dicom_files import beam, complete_folder, control_point, item, plan, record, save
from tests.dicom_folders import labels

from isocenter.intake.dicom_rt import read_folder

OTHER = "1.2.77"


def versions(folder: Path, **of_other: object) -> Path:
    """Two versions of one plan, the other one with its own values."""
    first = {"GantryAngle": 0.0, "NominalBeamEnergy": 6, "IsocenterPosition": [0.0, 0.0, 0.0]}
    there = [beam(1, [control_point(0, 0, **first), control_point(1, 1)])]
    complete_folder(folder)
    save(plan(there, ApprovalStatus="APPROVED"), folder / "RP.dcm")
    save(plan(there, uid=OTHER, RTPlanLabel="OTHER", **of_other), folder / "other.dcm")
    return folder


def session(fraction: int, uid: str, **changes: object) -> Dataset:
    return record(fraction, ReferencedRTPlanSequence=[item(ReferencedSOPInstanceUID=uid)], **changes)


@pytest.mark.parametrize(
    "of_other",
    [
        {"ApprovalStatus": "UNAPPROVED"},
        {"ApprovalStatus": "REJECTED"},
        {"ApprovalStatus": "APPROVED", "RTPlanDate": "20240201"},
        {},
    ],
    ids=["unapproved", "rejected", "older", "of no approval"],
)
def test_a_version_counts_by_which_the_patient_was_treated(of_other: dict[str, object], tmp_path: Path) -> None:
    versions(tmp_path, **of_other)
    assert labels(read_folder(tmp_path)[0]) == ["PROSTATE"]
    for fraction in (1, 2):
        save(session(fraction, OTHER), tmp_path / f"RT{fraction}.dcm")
    found, problems, _ = read_folder(tmp_path)
    assert labels(found) == ["OTHER"]
    assert len(found.records) == 2
    assert any("'PROSTATE' is another version" in problem.sentence for problem in problems)
    save(session(3, "1.2"), tmp_path / "RT3.dcm")  # both treated: as without records
    assert labels(read_folder(tmp_path)[0]) == ["PROSTATE"]


def test_a_film_of_a_version_treats_nobody(tmp_path: Path) -> None:
    film = item(ReferencedBeamNumber=1, CurrentFractionNumber=1, TreatmentDeliveryType="OPEN_PORTFILM")
    save(session(1, OTHER, TreatmentSessionBeamSequence=[film]), versions(tmp_path) / "RT1.dcm")
    assert labels(read_folder(tmp_path)[0]) == ["PROSTATE"]


def test_records_of_a_plan_that_is_not_reviewed_show_that_the_other_did_not_treat(tmp_path: Path) -> None:
    versions(tmp_path)
    save(session(1, OTHER), tmp_path / "RT1.dcm")
    assert read_folder(tmp_path)[0].delivered_otherwise == ()
    assert read_folder(tmp_path, plans=["PROSTATE"])[0].delivered_otherwise == (OTHER,)


def test_a_check_on_a_phantom_is_no_treatment_by_another_plan(tmp_path: Path) -> None:
    versions(tmp_path, PlanIntent="VERIFICATION")
    save(session(1, OTHER), tmp_path / "RT1.dcm")
    found, _, _ = read_folder(tmp_path)
    assert labels(found) == ["PROSTATE"]
    assert found.delivered_otherwise == ()


@pytest.mark.parametrize("backup_days", [(4, 5), (2, 4)], ids=["changed", "for single days"])
def test_versions_that_treated_in_turn_share_the_fractions(backup_days: tuple[int, ...], tmp_path: Path) -> None:
    versions(tmp_path, ApprovalStatus="APPROVED")
    for day in range(1, 6):
        uid = OTHER if day in backup_days else "1.2"
        save(session(day, uid, TreatmentDate=f"2024031{day}"), tmp_path / f"RT{day}.dcm")
    found, problems, _ = read_folder(tmp_path)
    given = {part.plan.label: part.plan.given_fractions for part in (found, *found.further) if part.plan}
    ordered = found.plan.fractions if found.plan else None
    assert ordered
    last_is_the_backup = 5 in backup_days
    assert given == (
        {"PROSTATE": 3, "OTHER": ordered - 3} if last_is_the_backup else {"PROSTATE": ordered - 2, "OTHER": 2}
    )
    assert any("treated in turn" in problem.sentence for problem in problems)
    save(session(6, OTHER, TreatmentDate="20240311"), tmp_path / "RT6.dcm")  # on a day of the first version
    assert len(labels(read_folder(tmp_path)[0])) == 1


def test_of_versions_with_other_fields_one_counts(tmp_path: Path) -> None:
    versions(tmp_path, ApprovalStatus="APPROVED")
    turned = {"GantryAngle": 90.0, "NominalBeamEnergy": 6, "IsocenterPosition": [0.0, 0.0, 0.0]}
    there = [beam(1, [control_point(0, 0, **turned), control_point(1, 1)])]
    save(plan(there, uid=OTHER, RTPlanLabel="OTHER", ApprovalStatus="APPROVED"), tmp_path / "other.dcm")
    for day in range(1, 6):
        uid = OTHER if day > 3 else "1.2"
        save(session(day, uid, TreatmentDate=f"2024031{day}"), tmp_path / f"RT{day}.dcm")
    assert len(labels(read_folder(tmp_path)[0])) == 1


def test_a_check_for_a_phantom_as_the_patient_is_no_plan_of_the_course(tmp_path: Path) -> None:
    complete_folder(tmp_path)
    check = plan(uid=OTHER, RTPlanLabel="QA_ARC", PatientID="QA-PHANTOM", PatientName="QA^PHANTOM")
    check.RTPlanGeometry = "TREATMENT_DEVICE"
    save(check, tmp_path / "qa.dcm")
    found, problems, _ = read_folder(tmp_path)
    assert labels(found) == ["PROSTATE"]
    assert any("for a phantom as its patient" in problem.sentence for problem in problems)
    (tmp_path / "RP.dcm").unlink()
    assert labels(read_folder(tmp_path)[0]) == ["QA_ARC"]
