"""A folder becomes one plan: parts by reference, earlier courses apart, every misfit one sentence."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset
from tests.dicom_files import (
    beam,
    complete_folder,
    control_point,
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

from isocenter.errors import UnreadableInput
from isocenter.evidence.course_plans import measure_course
from isocenter.intake.dicom_rt import read_folder
from isocenter.intake.dicom_rt.dose_sums import added
from isocenter.terms.imaging import DoseGrid, Patient, PlanFolder
from isocenter.terms.plans import Plan, PlanMeasure

STORED = np.full((6, 12, 8), 1000, dtype=np.uint16)
OFFSETS = [2.0 * k for k in range(6)]
CORNER = {"ImagePositionPatient": [-10.0, -10.0, 5.0]}


def sentences(folder: Path) -> str:
    return "\n".join(problem.sentence for problem in read_folder(folder)[1])


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


def test_an_earlier_course_in_its_subfolder_stays_apart(tmp_path: Path) -> None:
    complete_folder(tmp_path)
    save(plan(uid="1.2.77", RTPlanLabel="OLD"), tmp_path / "Earlier" / "RP.dcm")
    found, _, _ = read_folder(tmp_path)
    assert found.plan is not None
    assert found.plan.label == "PROSTATE"
    assert [part.plan.label for part in found.earlier if part.plan] == ["OLD"]


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


def two_plans(folder: Path) -> Path:
    complete_folder(folder)
    save(plan(uid="1.2.77", RTPlanLabel="BOOST"), folder / "boost.dcm")
    return folder


def labels(found: PlanFolder) -> list[str]:
    return [part.plan.label for part in (found, *found.further) if part.plan]


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


def test_a_sum_by_the_planning_system_comes_before_one_made_here(tmp_path: Path) -> None:
    two_plans(tmp_path)
    both = [item(ReferencedSOPInstanceUID=uid) for uid in ("1.2", "1.2.77")]
    made = dose(
        STORED * 2, OFFSETS, uid="1.4.2", DoseSummationType="MULTI_PLAN", ReferencedRTPlanSequence=both, **CORNER
    )
    save(made, tmp_path / "sum.dcm")
    found, _, _ = read_folder(tmp_path)
    assert found.summed_dose is not None
    assert found.summed_dose.dose_gy.max() == 20.0


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"ApprovalStatus": "REJECTED"}, "was rejected"),
        ({"ApprovalStatus": "UNAPPROVED"}, "is not approved"),
        ({"PlanIntent": "VERIFICATION"}, "on a phantom"),
        ({"RTPlanLabel": "PT_QA 1"}, "on a phantom"),
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


def test_a_prescription_beside_the_plan_stands_in_before_its_dose_is_read(tmp_path: Path) -> None:
    complete_folder(tmp_path)
    made = plan(DoseReferenceSequence=[])
    for part in made.FractionGroupSequence[0].ReferencedBeamSequence:
        del part.BeamDose
    save(made, tmp_path / "RP.dcm")
    save(dose(STORED // 5, OFFSETS, **CORNER), tmp_path / "RD.dcm")
    found, problems, _ = read_folder(tmp_path, stated_dose_gy=10.0)
    assert found.plan is not None
    assert found.dose is not None
    assert (found.plan.prescribed_dose_gy, float(found.dose.dose_gy.max())) == (10.0, 10.0)
    assert any("stated beside it, 10 Gy, is used" in problem.sentence for problem in problems)


@pytest.mark.parametrize("stated_gy", [-5.0, float("nan"), 7800.0, 0.0])
def test_a_prescription_beside_the_plan_that_cannot_be_right_is_not_used(stated_gy: float, tmp_path: Path) -> None:
    save(plan(DoseReferenceSequence=[]), complete_folder(tmp_path) / "RP.dcm")
    found, problems, _ = read_folder(tmp_path, stated_dose_gy=stated_gy)
    assert found.plan is not None
    assert found.plan.prescribed_dose_gy is None
    assert any(problem.sentence == "The plan states no dose for a target." for problem in problems)


@pytest.mark.parametrize("summation", ["MULTI_PLAN", "PLAN"])
def test_a_dose_that_names_two_plans_is_their_sum_and_neither_ones_dose(summation: str, tmp_path: Path) -> None:
    two_plans(tmp_path)
    both = {"DoseSummationType": summation, "ReferencedRTPlanSequence": sums("1.2", "1.2.77")}
    save(dose(STORED * 2, OFFSETS, uid="1.4.9", **both, **CORNER), tmp_path / "A.dcm")
    found, _, _ = read_folder(tmp_path)
    assert found.summed_dose is not None
    assert float(found.summed_dose.dose_gy.max()) == 20.0
    parts = [part for part in (found, *found.further) if part.plan]
    assert {part.plan.label: part.dose and float(part.dose.dose_gy.max()) for part in parts if part.plan} == {
        "PROSTATE": 10.0, "BOOST": None}  # fmt: skip


def test_a_sum_with_a_plan_that_is_there_and_not_reviewed_is_left_out(tmp_path: Path) -> None:
    two_plans(tmp_path)
    both = {"DoseSummationType": "MULTI_PLAN", "ReferencedRTPlanSequence": sums("1.2", "1.2.77")}
    save(dose(STORED * 2, OFFSETS, uid="1.4.9", **both, **CORNER), tmp_path / "A.dcm")
    found, problems, _ = read_folder(tmp_path, plans=["PROSTATE"])
    assert found.summed_dose is None
    assert any("does not fit those reviewed" in problem.sentence for problem in problems)


def test_a_sum_that_misses_the_orders_of_its_plans_is_named(tmp_path: Path) -> None:
    two_plans(tmp_path)
    with_dose(tmp_path, 10.0, DoseSummationType="MULTI_PLAN", ReferencedRTPlanSequence=sums("1.2", "1.2.77"))
    assert "The highest dose is 10.00 Gy where 20 Gy are prescribed" in sentences(tmp_path)


def test_a_fault_of_many_structures_is_one_sentence(tmp_path: Path) -> None:
    complete_folder(tmp_path)
    off = {n: (f"S{n}", [square(5.7 + 2.0 * k, 1.0) for k in range(3)]) for n in range(1, 9)}
    save(structures(off), tmp_path / "RS.dcm")
    found = [sentence for sentence in sentences(tmp_path).splitlines() if "on no CT slice" in sentence]
    assert len(found) == 1
    assert "7 more places (last: ROI 8 'S8')" in found[0]


def test_a_copy_of_a_plan_counts_once(tmp_path: Path) -> None:
    complete_folder(tmp_path)
    (tmp_path / "copy.dcm").write_bytes((tmp_path / "RP.dcm").read_bytes())
    found, problems, _ = read_folder(tmp_path)
    assert labels(found) == ["PROSTATE"]
    assert [problem.sentence for problem in problems] == ["The object is there twice (also RP.dcm) and counts once."]


def test_a_dose_of_another_kind_than_physical_is_passed_over(tmp_path: Path) -> None:
    complete_folder(tmp_path)
    for name, kind in (("A.dcm", "EFFECTIVE"), ("B.dcm", "ERROR")):
        save(dose(STORED * 2, OFFSETS, uid=f"1.4.{len(kind)}", DoseType=kind, **CORNER), tmp_path / name)
    found, problems, _ = read_folder(tmp_path)
    assert found.dose is not None
    assert found.dose.dose_gy.max() == 10.0
    assert [problem.sentence for problem in problems] == [
        "Doses that are no physical dose are passed over: A.dcm (EFFECTIVE), B.dcm (ERROR)."
    ]


@pytest.mark.parametrize(
    ("kinds", "most_gy", "said"),
    [
        (("PHYSICAL", "EFFECTIVE"), 11.0, "it is used before the physical one"),
        (("EFFECTIVE",), 11.0, "it has no physical one beside it"),
        (("PHYSICAL",), 10.0, "the dose weighted by its effect is not in the folder"),
    ],
)
def test_of_ions_the_dose_weighted_by_its_effect_goes_first(
    tmp_path: Path, kinds: tuple[str, ...], most_gy: float, said: str
) -> None:
    complete_folder(tmp_path)
    ions = {"BeamSequence": [], "IonBeamSequence": [item(BeamNumber=1, BeamName="P1", RadiationType="PROTON")]}
    save(plan(**ions), tmp_path / "RP.dcm")
    (tmp_path / "RD.dcm").unlink()
    for number, kind in enumerate(kinds):
        stored = STORED if kind == "PHYSICAL" else STORED * 11 // 10
        save(dose(stored, OFFSETS, uid=f"1.4.{number}", DoseType=kind, **CORNER), tmp_path / f"RD{number}.dcm")
    found, problems, _ = read_folder(tmp_path)
    assert found.plan is not None
    assert found.plan.modality == "ion"
    assert found.dose is not None
    assert found.dose.dose_gy.max() == pytest.approx(most_gy, rel=0.02)
    assert any(said in problem.sentence for problem in problems)


def test_a_dose_of_another_patient_is_no_part_of_the_plan(tmp_path: Path) -> None:
    complete_folder(tmp_path)
    save(_of_patient(dose(STORED, OFFSETS, **CORNER), "P2"), tmp_path / "RD.dcm")
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
    save(_drawn_on(ct_slice(7.0).SOPInstanceUID), tmp_path / "RS.dcm")
    save(_of_patient(made, "P2"), tmp_path / name)
    assert [one for one, _ in read_folder(tmp_path)[0].of_others] == ([kind] if kind else [])


def test_a_registration_of_another_patient_moves_no_structure(tmp_path: Path) -> None:
    complete_folder(tmp_path)
    shifted = np.eye(4)
    shifted[0, 3] = 10.0
    save(_of_patient(registration(shifted, source="1.8"), "P2"), tmp_path / "REG.dcm")
    assert read_folder(tmp_path)[0].registrations == ()
    assert "1 file (registration) is of another patient than the plan; left out." in sentences(tmp_path)
    of_plan = registration(np.eye(4), source="1.8")
    of_plan.SOPInstanceUID = "1.7.2"
    save(of_plan, tmp_path / "own.dcm")
    (own,) = read_folder(tmp_path)[0].registrations
    assert np.array_equal(own.matrix, np.eye(4))


@pytest.mark.parametrize("changes", [{"ApprovalStatus": "UNAPPROVED"}, {"PlanIntent": "VERIFICATION"}, {}])
def test_plans_of_two_patients_are_neither_weighed_nor_added(changes: dict[str, object], tmp_path: Path) -> None:
    two_plans(tmp_path)
    save(_of_patient(plan(uid="1.2.77", RTPlanLabel="BOOST", **changes), "P2"), tmp_path / "boost.dcm")
    of_boost = [item(ReferencedSOPInstanceUID="1.2.77")]
    other = dose(STORED // 2, OFFSETS, uid="1.4.2", ReferencedRTPlanSequence=of_boost, **CORNER)
    save(_of_patient(other, "P2"), tmp_path / "RDb.dcm")
    found, problems, _ = read_folder(tmp_path)
    assert sorted(labels(found)) == ["BOOST", "PROSTATE"]
    assert found.summed_dose is None
    assert any("of different patients" in problem.sentence for problem in problems)


def test_a_rejected_plan_without_a_patient_is_weighed_against_the_only_patients(tmp_path: Path) -> None:
    complete_folder(tmp_path)
    save(_of_patient(plan(uid="1.2.77", RTPlanLabel="OTHER", ApprovalStatus="REJECTED"), ""), tmp_path / "other.dcm")
    assert labels(read_folder(tmp_path)[0]) == ["PROSTATE"]


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


def test_one_file_a_dose_plane_makes_one_dose(tmp_path: Path) -> None:
    complete_folder(tmp_path)
    (tmp_path / "RD.dcm").unlink()
    for k in range(6):
        place = {"ImagePositionPatient": [-10.0, -10.0, 5.0 + 2 * k]}
        save(dose(STORED[:1] + k, [0.0], uid=f"1.4.{k}", NumberOfFrames=1, **place), tmp_path / f"RD{9 - k}.dcm")
    found, problems, _ = read_folder(tmp_path)
    assert problems == []
    assert found.dose is not None
    np.testing.assert_allclose(found.dose.dose_gy[:, 0, 0], 10 + 0.01 * np.arange(6), rtol=1e-6)


def test_a_dose_plane_that_is_there_twice_or_missing_is_reported(tmp_path: Path) -> None:
    complete_folder(tmp_path)
    (tmp_path / "RD.dcm").unlink()
    for number, k in enumerate([0, 1, 2, 2, 4, 5, 6]):
        place = {"ImagePositionPatient": [-10.0, -10.0, 5.0 + 2 * k]}
        save(dose(STORED[:1] + k, [0.0], uid=f"1.4.{number}", NumberOfFrames=1, **place), tmp_path / f"RD{number}.dcm")
    found, problems, _ = read_folder(tmp_path)
    told = [problem.sentence for problem in problems if problem.place == "ImagePositionPatient"]
    assert ["twice (1, first at z = 9 mm)" in told[0], "widest gap 4 mm, usual 2 mm" in told[1]] == [True, True]
    assert found.dose is not None
    np.testing.assert_allclose(found.dose.z_mm, [5, 7, 9, 13, 15, 17])
    np.testing.assert_allclose(found.dose.dose_gy[:, 0, 0], 10 + 0.01 * np.array([0, 1, 2, 4, 5, 6]), rtol=1e-6)


def test_doses_of_beams_are_summed(tmp_path: Path) -> None:
    complete_folder(tmp_path)
    (tmp_path / "RD.dcm").unlink()
    for file, number in enumerate((1, 2, 2)):
        group = item(ReferencedBeamSequence=[item(ReferencedBeamNumber=number)])
        of_beam = [item(ReferencedSOPInstanceUID="1.2", ReferencedFractionGroupSequence=[group])]
        summed = {"DoseSummationType": "BEAM", "ReferencedRTPlanSequence": of_beam}
        save(dose(STORED // 2, OFFSETS, uid=f"1.4.{file}", **summed, **CORNER), tmp_path / f"RD{file}.dcm")
    found, problems, _ = read_folder(tmp_path)
    assert found.dose is not None
    np.testing.assert_allclose(found.dose.dose_gy, 10.0)
    assert ["beam 2 is there twice" in p.sentence for p in problems] == [True]


def changed(folder: Path, name: str, made: Dataset) -> None:
    save(made, folder / name)


def drawn(*contours: Dataset, **rois: list[Dataset]) -> Dataset:
    named = {2 + k: (name, drawn_as) for k, (name, drawn_as) in enumerate(rois.items())}
    return structures({1: ("PTV", list(contours) or [square(9.0, 1.0)]), **named})


def _without_ct(folder: Path) -> None:
    for file in folder.glob("CT*.dcm"):
        file.unlink()


MISFITS: dict[str, Callable[[Path], None]] = {
    "another frame of reference": lambda f: changed(f, "RD.dcm", _of_frame(dose(STORED, OFFSETS, **CORNER), "1.77")),
    "another structure set": lambda f: changed(
        f, "RP.dcm", plan(ReferencedStructureSetSequence=[item(ReferencedSOPInstanceUID="1.33")])
    ),
    "another plan than": lambda f: changed(
        f, "RD.dcm", dose(STORED, OFFSETS, ReferencedRTPlanSequence=[item(ReferencedSOPInstanceUID="1.22")], **CORNER)
    ),
    "is there twice": lambda f: changed(f, "CTx.dcm", ct_slice(5.0)),
    "the CT has no slice": lambda f: (f / "CT3.dcm").unlink(),
    "in RELATIVE units": lambda f: changed(f, "RD.dcm", dose(STORED, OFFSETS, DoseUnits="RELATIVE", **CORNER)),
    "The highest dose is 30.00 Gy": lambda f: changed(f, "RD.dcm", dose(STORED * 3, OFFSETS, **CORNER)),
    "not counted as fields: 2 'F2' (SETUP)": lambda f: changed(
        f, "RP.dcm", plan([beam(1), beam(2, TreatmentDeliveryType="SETUP")])
    ),
    "ROIs without usable contours: 2 'Empty'": lambda f: changed(f, "RS.dcm", drawn(Empty=[])),
    "lie on no CT slice": lambda f: changed(f, "RS.dcm", drawn(square(8.0, 1.0))),
    "leave out slices in one place": lambda f: changed(
        f, "RS.dcm", drawn(*[square(z, 1.0) for z in (5.0, 7.0, 9.0, 15.0)])
    ),
    "as wide as 12 mm": lambda f: changed(f, "RD.dcm", dose(STORED, OFFSETS, PixelSpacing=[12, 12], **CORNER)),
    "make 15.00 Gy": lambda f: changed(f, "RP.dcm", _with_beam_dose(plan(), 1.5)),
    "1 'F1' (no meterset), 2 'F2' (no meterset)": lambda f: changed(f, "RP.dcm", _with_beam_dose(plan(), 1.0, "")),
    "is that of a point": lambda f: changed(f, "RP.dcm", _with_point_dose(plan())),
    "states no dose for a target": lambda f: changed(f, "RP.dcm", plan(DoseReferenceSequence=[])),
    "used twice (also ROI 1 'PTV')": lambda f: changed(f, "RS.dcm", drawn(ptv=[square(9.0, 1.0)])),
    "but for the spelling": lambda f: changed(
        f, "RS.dcm", drawn(SpinalCord=[square(9.0, 1.0)], SpinalCrod=[square(9.0, 1.0)])
    ),
    "another patient ID": lambda f: changed(f, "CT0.dcm", _of_patient(ct_slice(5.0), "P2")),
    "1 file does not state whose it is": lambda f: changed(
        f, "RD.dcm", _of_patient(dose(STORED, OFFSETS, PatientIdentityRemoved="YES", **CORNER), "ANON-7")
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
    "images that the structures were drawn on are missing": lambda f: changed(f, "RS.dcm", _drawn_on("9.9")),
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


def _of_patient(made: Dataset, patient: str) -> Dataset:
    made.PatientID = patient
    return made


def _of_class(made: Dataset, sop_class: str, uid: str) -> Dataset:
    made.SOPClassUID, made.SOPInstanceUID = sop_class, uid
    return made


def _with_beam_dose(made: Dataset, dose_gy: float, monitor_units: object = 100) -> Dataset:
    for reference in made.FractionGroupSequence[0].ReferencedBeamSequence:
        reference.BeamDose, reference.BeamMeterset = dose_gy, monitor_units or None
    return made


def _with_point_dose(made: Dataset) -> Dataset:
    point = {"DoseReferenceStructureType": "COORDINATES", "DoseReferenceDescription": "CALC POINT"}
    made.DoseReferenceSequence.append(item(DoseReferenceType="TARGET", TargetPrescriptionDose=8, **point))
    return made


def _drawn_on(image_uid: str) -> Dataset:
    series = item(ContourImageSequence=[item(ReferencedSOPInstanceUID=image_uid)])
    study = item(RTReferencedSeriesSequence=[series])
    frame = item(FrameOfReferenceUID="1.9", RTReferencedStudySequence=[study])
    made = drawn()
    made.ReferencedFrameOfReferenceSequence = [frame]
    return made


def sums(*plan_uids: str) -> list[Dataset]:
    return [item(ReferencedSOPInstanceUID=uid) for uid in plan_uids]


def with_dose(folder: Path, gray: float, **changes: object) -> Path:
    stored = np.full((6, 12, 8), round(100 * gray), dtype=np.uint32)
    position = [-10.0, -10.0, 5.0]
    save(dose(stored, [2.0 * k for k in range(6)], ImagePositionPatient=position, **changes), folder / "RD.dcm")
    return folder


def test_a_sum_of_one_plan_is_its_dose(tmp_path: Path) -> None:
    with_dose(complete_folder(tmp_path), 10.0, DoseSummationType="MULTI_PLAN", ReferencedRTPlanSequence=sums("1.2"))
    found, problems, _ = read_folder(tmp_path)
    assert (found.dose is not None, found.summed_dose, problems) == (True, None, [])


def test_a_sum_with_a_plan_that_is_not_there_is_shown_as_the_sum(tmp_path: Path) -> None:
    of_two = {"DoseSummationType": "MULTI_PLAN", "ReferencedRTPlanSequence": sums("1.2", "1.99")}
    with_dose(complete_folder(tmp_path), 15.0, **of_two)
    found, problems, _ = read_folder(tmp_path)
    assert found.summed_dose is not None
    assert any("one more plan than are reviewed" in problem.sentence for problem in problems)
    whole = [row for row in measure_course(found, "C").rows if isinstance(row, Plan) and row.summed_plans]
    assert [(row.summed_plans, row.prescribed_dose_gy) for row in whole] == [(2, None)]


def test_the_only_sum_that_names_no_plan_is_that_of_the_course(tmp_path: Path) -> None:
    folder = with_dose(complete_folder(tmp_path), 15.0, DoseSummationType="MULTI_PLAN", ReferencedRTPlanSequence=[])
    save(plan(uid="1.99", RTPlanLabel="BOOST"), folder / "RP2.dcm")
    found, problems, _ = read_folder(tmp_path)
    assert found.summed_dose is not None
    assert any("sum of the 2 that are reviewed" in problem.sentence for problem in problems)


def test_a_dose_that_refers_to_no_plan_goes_to_the_only_one_that_is_reviewed(tmp_path: Path) -> None:
    with_dose(complete_folder(tmp_path), 10.0, ReferencedRTPlanSequence=[])
    save(plan(uid="1.99", RTPlanLabel="TRIAL", ApprovalStatus="UNAPPROVED"), tmp_path / "RP2.dcm")
    assert read_folder(tmp_path)[0].dose is not None
    save(plan(uid="1.99", RTPlanLabel="BOOST"), tmp_path / "RP2.dcm")
    assert read_folder(tmp_path)[0].dose is None
    assert read_folder(tmp_path, current_plan="BOOST")[0].dose is not None


def test_the_only_plan_is_measured_although_it_was_rejected_and_that_is_said(tmp_path: Path) -> None:
    save(plan(ApprovalStatus="REJECTED"), complete_folder(tmp_path) / "RP.dcm")
    found, problems, _ = read_folder(tmp_path)
    assert found.plan is not None
    assert any("was rejected; it is measured" in problem.sentence for problem in problems)


def test_a_dose_in_centigray_that_says_gray_is_read_in_gray(tmp_path: Path) -> None:
    found, problems, _ = read_folder(with_dose(complete_folder(tmp_path), 1000.0))
    assert found.dose is not None
    assert float(found.dose.dose_gy.max()) == pytest.approx(10.0)
    assert any("can only be cGy" in problem.sentence for problem in problems)


def test_beside_the_sources_of_brachytherapy_the_dose_may_be_thousands_of_gray(tmp_path: Path) -> None:
    stored = np.full((6, 12, 8), 1000, dtype=np.uint32)
    stored[3, 5, 3] = 800_000
    folder = complete_folder(tmp_path)
    sources = {"BeamSequence": [], "ApplicationSetupSequence": [item(ApplicationSetupNumber=1)]}
    save(plan([], **sources), folder / "RP.dcm")
    made = dose(stored, [2.0 * k for k in range(6)], ImagePositionPatient=[-10.0, -10.0, 5.0])
    made.DoseSummationType = "BRACHY"
    save(made, folder / "RD.dcm")
    found, problems, _ = read_folder(folder)
    rows = measure_course(found, "C").rows
    means = [row.value for row in rows if isinstance(row, PlanMeasure) and row.measure == "mean"]
    assert means and means[0] > 10.0
    assert [problem for problem in problems if "8000" in problem.sentence] == []


def test_doses_of_beams_on_two_grids_are_added(tmp_path: Path) -> None:
    def of_beam(number: int) -> list[Dataset]:
        beams = [item(ReferencedBeamNumber=number)]
        groups = [item(ReferencedBeamSequence=beams)]
        return [item(ReferencedSOPInstanceUID="1.2", ReferencedFractionGroupSequence=groups)]

    folder = with_dose(complete_folder(tmp_path), 6.0, DoseSummationType="BEAM", ReferencedRTPlanSequence=of_beam(1))
    finer = dose(
        np.full((9, 20, 20), 400, dtype=np.uint16),
        [1.5 * k for k in range(9)],
        ImagePositionPatient=[-12.0, -12.0, 4.0],
        PixelSpacing=[1.5, 1.5],
        DoseSummationType="BEAM",
        ReferencedRTPlanSequence=of_beam(2),
        uid="1.44",
    )
    save(finer, folder / "RD2.dcm")
    found, problems, _ = read_folder(folder)
    assert found.dose is not None
    means = [row.value for row in measure_course(found, "C").rows if getattr(row, "measure", "") == "mean"]
    assert means == [pytest.approx(10.0, rel=1e-4)]
    assert any("different grids" in problem.sentence for problem in problems)


def test_the_sum_of_a_wide_and_a_fine_dose_is_as_wide_and_as_fine_and_unknown_beyond_the_fine_one() -> None:
    axis_mm, fine_mm = np.linspace(-30.0, 30.0, 21), np.linspace(-10.0, 10.0, 21)
    wide = DoseGrid(np.full((21, 21, 21), 2.0, np.float32), axis_mm, axis_mm, axis_mm)
    fine = DoseGrid(np.full((21, 21, 21), 3.0, np.float32), fine_mm, fine_mm, fine_mm)
    for grids in ([wide, fine], [fine, wide]):
        dose, _ = added(grids, "RD.dcm")
        assert (dose.x_mm[0], dose.x_mm[-1], len(dose.x_mm)) == (-30.0, 30.0, 61)
        assert dose.is_reached is not None
        inside = np.abs(dose.x_mm) <= 10.0
        np.testing.assert_array_equal(dose.is_reached, inside[:, None, None] & inside[:, None] & inside)
        np.testing.assert_allclose(dose.dose_gy[dose.is_reached], 5.0)
        np.testing.assert_allclose(dose.dose_gy[~dose.is_reached], 2.0)


@pytest.mark.parametrize(("stated", "ordered_gy"), [(2, 10.0), (4, 4.0), (9, 9.0)])
def test_a_prescription_far_below_the_dose_is_one_fractions_where_all_fractions_make_it(
    stated: float, ordered_gy: float, tmp_path: Path
) -> None:
    complete_folder(tmp_path)  # up to 10 Gy, in five fractions
    order = [item(DoseReferenceNumber=1, DoseReferenceType="TARGET", TargetPrescriptionDose=stated)]
    made = plan(DoseReferenceSequence=order)
    for reference in made.FractionGroupSequence[0].ReferencedBeamSequence:
        del reference.BeamDose
    save(made, tmp_path / "RP.dcm")
    found, problems, _ = read_folder(tmp_path)
    assert found.plan is not None
    assert found.plan.prescribed_dose_gy == ordered_gy
    assert any("can only be one fraction's" in problem.sentence for problem in problems) == (stated == 2)
