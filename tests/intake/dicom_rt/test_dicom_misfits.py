"""Every misfit of a folder is reported in one sentence."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset
from tests.dicom_files import (
    beam,
    complete_folder,
    ct_slice,
    dose,
    item,
    plan,
    record,
    save,
    square,
    structures,
)
from tests.dicom_folders import CORNER, OFFSETS, STORED, drawn, drawn_on, of_patient, sentences

from isocenter.evidence.identity import OfCase, plan_differences
from isocenter.intake.dicom_rt import read_folder
from isocenter.terms.courses import Course
from isocenter.terms.problems import Unread


def test_a_dose_of_a_session_is_left_out_as_if_there_were_none(tmp_path: Path) -> None:
    complete_folder(tmp_path)
    changed(tmp_path, "RD.dcm", dose(STORED, OFFSETS, DoseSummationType="RECORD", **CORNER))
    found, problems, _ = read_folder(tmp_path)
    (problem,) = [problem for problem in problems if "RECORD" in problem.sentence]
    assert found.dose is None
    assert not isinstance(problem, Unread)
    assert "the dose of what one session delivered (RECORD), not of the plan; export the dose" in problem.sentence


def test_a_fault_of_many_structures_is_one_sentence(tmp_path: Path) -> None:
    complete_folder(tmp_path)
    off = {n: (f"S{n}", [square(5.7 + 2.0 * k, 1.0) for k in range(3)]) for n in range(1, 9)}
    save(structures(off), tmp_path / "RS.dcm")
    found = [sentence for sentence in sentences(tmp_path).splitlines() if "on no CT slice" in sentence]
    assert len(found) == 1
    assert "7 more places (last: ROI 8 'S8')" in found[0]


def changed(folder: Path, name: str, made: Dataset) -> None:
    save(made, folder / name)


def _without_ct(folder: Path) -> None:
    for file in folder.glob("CT*.dcm"):
        file.unlink()


def _with_two_free_sets(folder: Path) -> None:
    other = drawn()
    other.SOPInstanceUID = "1.3.2"
    save(other, folder / "RS2.dcm")
    save(plan(ReferencedStructureSetSequence=[]), folder / "RP.dcm")


MISFITS: dict[str, Callable[[Path], None]] = {
    "another frame of reference": lambda f: changed(f, "RD.dcm", _of_frame(dose(STORED, OFFSETS, **CORNER), "1.77")),
    "another structure set": lambda f: changed(
        f, "RP.dcm", plan(ReferencedStructureSetSequence=[item(ReferencedSOPInstanceUID="1.33")])
    ),
    "another plan than": lambda f: changed(
        f, "RD.dcm", dose(STORED, OFFSETS, ReferencedRTPlanSequence=[item(ReferencedSOPInstanceUID="1.22")], **CORNER)
    ),
    "appears twice": lambda f: changed(f, "CTx.dcm", ct_slice(5.0)),
    "the CT has no slice": lambda f: (f / "CT3.dcm").unlink(),
    "in RELATIVE units": lambda f: changed(f, "RD.dcm", dose(STORED, OFFSETS, DoseUnits="RELATIVE", **CORNER)),
    "The highest dose is 30.00 Gy": lambda f: changed(f, "RD.dcm", dose(STORED * 3, OFFSETS, **CORNER)),
    "not counted as fields: 2 'F2' (SETUP)": lambda f: changed(
        f, "RP.dcm", plan([beam(1), beam(2, TreatmentDeliveryType="SETUP")])
    ),
    "1 ROI has no usable contours: 2 'Empty'.": lambda f: changed(f, "RS.dcm", drawn(Empty=[])),
    "20 ROIs have no usable contours: 2 'R0', 3 'R1', 4 'R2', 5 'R3', 6 'R4', 7 'R5' and 14 more.": lambda f: changed(
        f, "RS.dcm", drawn(**{f"R{number}": [] for number in range(20)})
    ),
    "lie on no CT slice": lambda f: changed(f, "RS.dcm", drawn(square(8.0, 1.0))),
    "leave out slices in one place": lambda f: changed(
        f, "RS.dcm", drawn(*[square(z, 1.0) for z in (5.0, 7.0, 9.0, 15.0)])
    ),
    "The dose states no frame of reference; it is taken to lie in that of the plan": lambda f: changed(
        f, "RD.dcm", dose(STORED, OFFSETS, FrameOfReferenceUID="", **CORNER)
    ),
    "as wide as 12 mm": lambda f: changed(f, "RD.dcm", dose(STORED, OFFSETS, PixelSpacing=[12, 12], **CORNER)),
    "make 15.00 Gy": lambda f: changed(f, "RP.dcm", _with_beam_dose(plan(), 1.5)),
    "1 'F1' (no meterset), 2 'F2' (no meterset)": lambda f: changed(f, "RP.dcm", _with_beam_dose(plan(), 1.0, "")),
    "2 'F2' (no meterset). If the patient was treated with it, export": lambda f: changed(
        f, "RP.dcm", _without_meterset(plan(), 2)
    ),
    "is that of a point": lambda f: changed(f, "RP.dcm", _with_point_dose(plan())),
    "states no dose for a target": lambda f: changed(f, "RP.dcm", plan(DoseReferenceSequence=[])),
    "2 could be meant: RS.dcm, RS2.dcm; the first is used": _with_two_free_sets,
    "used twice (also ROI 1 'PTV')": lambda f: changed(f, "RS.dcm", drawn(ptv=[square(9.0, 1.0)])),
    "but for the spelling": lambda f: changed(
        f, "RS.dcm", drawn(SpinalCord=[square(9.0, 1.0)], SpinalCrod=[square(9.0, 1.0)])
    ),
    "another patient ID": lambda f: changed(f, "CT0.dcm", of_patient(ct_slice(5.0), "P2")),
    "1 file does not state whose it is": lambda f: changed(
        f, "RD.dcm", of_patient(dose(STORED, OFFSETS, PatientIdentityRemoved="YES", **CORNER), "ANON-7")
    ),
    "position FFS, the CT HFS": lambda f: changed(
        f, "RP.dcm", plan(PatientSetupSequence=[item(PatientPosition="FFS")])
    ),
    "Neither the plan nor a CT states the patient position": _without_ct,
    "zero everywhere": lambda f: changed(f, "RD.dcm", dose(STORED * 0, OFFSETS, **CORNER)),
    "dose of RD.dcm under another identifier": lambda f: changed(
        f, "RDx.dcm", dose(STORED, OFFSETS, uid="1.4.9", **CORNER)
    ),
    "differs by up to 1 Gy from RD.dcm, which is used": lambda f: changed(
        f, "RDx.dcm", dose(STORED + np.uint16(100), OFFSETS, uid="1.4.9", **CORNER)
    ),
    "lies on another grid than RD.dcm, which is used": lambda f: changed(
        f, "RDx.dcm", dose(STORED, OFFSETS, uid="1.4.9", ImagePositionPatient=[-9.0, -10.0, 5.0])
    ),
    "kind that is not used (MR image)": lambda f: changed(
        f, "MR.dcm", _of_class(ct_slice(5.0), "1.2.840.10008.5.1.4.1.1.4", "1.5.99")
    ),
    "The file is cut short": lambda f: (f / "RP.dcm").write_bytes((f / "RP.dcm").read_bytes()[:-30]) and None,
    "images that the structures were drawn on are missing": lambda f: changed(f, "RS.dcm", drawn_on("9.9")),
    "1 file (treatment record) belongs to no plan": lambda f: changed(
        f, "T.dcm", record(1, ReferencedRTPlanSequence=[item(ReferencedSOPInstanceUID="1.55")])
    ),
}


@pytest.mark.parametrize(("words", "spoil"), MISFITS.items(), ids=MISFITS)
def test_every_misfit_is_reported_in_one_sentence(words: str, spoil: Callable[[Path], None], tmp_path: Path) -> None:
    spoil(complete_folder(tmp_path))
    _, problems, _ = read_folder(tmp_path)
    told = [problem for problem in problems if words in problem.sentence]
    assert len(told) == 1, problems
    assert told[0].sentence[0].isupper() or told[0].sentence[0].isdigit()
    assert told[0].sentence.endswith((".", "?"))
    assert (tmp_path / told[0].path).is_file() or told[0].path == ""


@pytest.mark.parametrize(("one", "other"), [("PTV70", "PTV60"), ("Lung_L", "Lung_R"), ("Eye_L", "Ear_L")])
def test_names_that_differ_on_purpose_are_not_called_misspelt(one: str, other: str, tmp_path: Path) -> None:
    contours = [square(9.0, 1.0)]
    save(structures({1: (one, contours), 2: (other, contours)}), complete_folder(tmp_path) / "RS.dcm")
    assert "spelling" not in sentences(tmp_path)


def _of_frame(made: Dataset, uid: str) -> Dataset:
    made.FrameOfReferenceUID = uid
    return made


def _of_class(made: Dataset, sop_class: str, uid: str) -> Dataset:
    made.SOPClassUID, made.SOPInstanceUID = sop_class, uid
    return made


def _without_meterset(made: Dataset, number: int) -> Dataset:
    for part in made.FractionGroupSequence[0].ReferencedBeamSequence:
        if part.ReferencedBeamNumber == number:
            del part.BeamMeterset
    return made


def _with_beam_dose(made: Dataset, dose_gy: float, monitor_units: object = 100) -> Dataset:
    for reference in made.FractionGroupSequence[0].ReferencedBeamSequence:
        reference.BeamDose, reference.BeamMeterset = dose_gy, monitor_units or None
    return made


def _with_point_dose(made: Dataset) -> Dataset:
    point = {"DoseReferenceStructureType": "COORDINATES", "DoseReferenceDescription": "CALC POINT"}
    made.DoseReferenceSequence.append(item(DoseReferenceType="TARGET", TargetPrescriptionDose=8, **point))
    return made


@pytest.mark.parametrize(
    ("records", "named"),
    [
        ([("9.9", "20240311"), ("9.9", "20240312")], ("9.9",)),
        ([("9.9", "20240311"), ("1.2", "20240312")], ()),
        ([("9.9", "20240229")], ()),  # before the plan was made: an earlier course
        ([("", "20240311")], ()),
        ([], ()),
    ],
)
def test_records_that_name_other_plans_alone_say_that_this_one_treated_nobody(
    records: list[tuple[str, str]], named: tuple[str, ...], tmp_path: Path
) -> None:
    complete_folder(tmp_path)
    for number, (uid, day) in enumerate(records, start=1):
        of_plan = [item(ReferencedSOPInstanceUID=uid)] if uid else []
        save(record(number, TreatmentDate=day, ReferencedRTPlanSequence=of_plan), tmp_path / f"RT{number}.dcm")
    found, _, _ = read_folder(tmp_path)
    assert found.delivered_otherwise == named
    assert [row.item for row in plan_differences(found, OfCase(Course("C1", "M1")))] == (["origin"] if named else [])


@pytest.mark.parametrize(
    ("change", "differing"),
    [
        ({"DoseGridScaling": "0.01005"}, False),  # by half a per cent
        ({"DoseGridScaling": "0.0112"}, True),
        ({"DoseGridScaling": "0.0088"}, True),
        ({"DoseGridScaling": "0.002"}, False),  # one of five fractions
        ({"DoseGridScaling": "1"}, False),  # in cGy
        ({"ImagePositionPatient": [-9.9, -10.0, 5.0]}, False),  # another grid
        ({"ImagePositionPatient": [-2.0, -10.0, 5.0]}, True),
        ({"ImagePositionPatient": [400.0, -10.0, 5.0]}, True),
    ],
)
def test_two_doses_of_one_plan_are_one_or_nobody_knows_which_counts(
    change: dict[str, object], *, differing: bool, tmp_path: Path
) -> None:
    complete_folder(tmp_path)
    ramp = np.arange(1, STORED.shape[2] + 1, dtype=np.uint16) * 125
    whole = np.broadcast_to(ramp, STORED.shape).astype(np.uint16)
    save(dose(whole, OFFSETS, **CORNER), tmp_path / "RD.dcm")
    save(dose(whole, OFFSETS, uid="1.4.9", **{**CORNER, **change}), tmp_path / "RDx.dcm")
    found, _, _ = read_folder(tmp_path)
    could_be = dict(found.undecided).get("doses", ())
    assert could_be == (("RD.dcm", "RDx.dcm") if differing else ())
