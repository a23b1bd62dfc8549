"""Which doses of a folder count, how they are summed, and what they say of the prescription."""

from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset
from tests.dicom_files import (
    complete_folder,
    dose,
    item,
    plan,
    save,
)
from tests.dicom_folders import CORNER, OFFSETS, STORED, sentences, two_plans

from isocenter.evidence.course_plans import measure_course
from isocenter.intake.dicom_rt import read_folder
from isocenter.intake.dicom_rt.dose_sums import added
from isocenter.terms.imaging import DoseGrid
from isocenter.terms.plans import Plan, PlanMeasure


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
    assert any("stated with it, 10 Gy, is used" in problem.sentence for problem in problems)


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


def test_a_dose_of_no_stated_kind_is_used_last_and_never_in_silence(tmp_path: Path) -> None:
    complete_folder(tmp_path)
    save(dose(STORED, OFFSETS, DoseType="", **CORNER), tmp_path / "RD.dcm")
    found, problems, _ = read_folder(tmp_path)
    assert found.dose is not None
    assert [problem.place for problem in problems] == ["DoseType"]
    assert "does not say of which kind its dose is" in problems[0].sentence
    save(dose(STORED * 2, OFFSETS, uid="1.4.9", **CORNER), tmp_path / "physical.dcm")
    found, problems, _ = read_folder(tmp_path)
    assert found.dose is not None
    assert found.dose.dose_gy.max() == 20.0
    assert [problem.sentence for problem in problems] == [
        "Doses other than physical, or of no stated kind, are passed over: RD.dcm (not stated)."
    ]


def test_a_sum_of_no_stated_kind_is_said_to_be(tmp_path: Path) -> None:
    two_plans(tmp_path)
    several = {"DoseSummationType": "MULTI_PLAN", "ReferencedRTPlanSequence": sums("1.2", "1.2.77")}
    with_dose(tmp_path, 20.0, DoseType="", **several)
    assert "does not say of which kind its dose is" in sentences(tmp_path)


@pytest.mark.parametrize(
    ("kinds", "most_gy", "said"),
    [
        (("PHYSICAL", "EFFECTIVE"), 11.0, "it is used before the physical one"),
        (("EFFECTIVE",), 11.0, "it has no physical dose with it"),
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


@pytest.mark.parametrize(
    ("boost", "kind", "of_sum", "said"),
    [
        ({"IonBeamSequence": [item(BeamNumber=1, RadiationType="PROTON")]}, "EFFECTIVE", "EFFECTIVE", "by effect"),
        ({"IonBeamSequence": [item(BeamNumber=1, RadiationType="PROTON")]}, "PHYSICAL", "PHYSICAL", ""),
        ({"ApplicationSetupSequence": [item(ApplicationSetupNumber=1)]}, "PHYSICAL", "PHYSICAL", "EQD2"),
        ({}, "PHYSICAL", "PHYSICAL", ""),
        ({}, "", "", "does not say of which kind"),
    ],
)
def test_a_sum_of_doses_that_are_not_alike_says_so(
    tmp_path: Path, boost: dict[str, object], kind: str, of_sum: str, said: str
) -> None:
    complete_folder(tmp_path)
    other = plan(uid="1.2.77", RTPlanLabel="BOOST", **({**boost, "BeamSequence": []} if boost else {}))
    save(other, tmp_path / "boost.dcm")
    refers = {"DoseType": kind, "ReferencedRTPlanSequence": sums("1.2.77")}
    save(dose(STORED, OFFSETS, uid="1.4.9", **refers, **CORNER), tmp_path / "RD2.dcm")
    found, problems, _ = read_folder(tmp_path)
    assert found.summed_dose is not None
    assert (found.summed_dose.dose_gy.max(), found.summed_dose.kind) == (20.0, of_sum)
    remarks = " ".join(problem.sentence for problem in problems)
    assert said in remarks
    assert ("The dose of the course adds" in remarks) == (said in ("by effect", "EQD2"))


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
    assert ["beam 2 appears twice" in p.sentence for p in problems] == [True]


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
