"""Both plans of one phantom, from objects to the page: the same coverage, hard limits first, and what each meets."""

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from isocenter.evidence.doses.dvh import compute_dvhs
from isocenter.evidence.doses.gamma import compare_volumes, parse_criteria
from isocenter.evidence.identity import OfCase, plan_differences
from isocenter.intake import csv_tables
from isocenter.intake.dicom_rt import read_dose, read_plan, read_structures
from isocenter.intake.dicom_rt.choosing import chosen_plans
from isocenter.phantoms.make import make_phantom, phantom_objects
from isocenter.plan_making import _not_reproduced, make_plans, write_plans
from isocenter.planning.beam.beam_data import generic_beams
from isocenter.planning.checks.recompute import Plausibility, check_plausibility, recompute
from isocenter.planning.patient.patient import PlanningPatient, voxels_inside
from isocenter.planning.plans.comparison import verdict_of
from isocenter.planning.plans.export import as_treatment_plan
from isocenter.report.plans_page import plans_as_page, plans_as_table, plans_as_text
from isocenter.terms.courses import Course
from isocenter.terms.imaging import COMPUTED_BY
from isocenter.terms.plans import TechniqueComparison

REAL_PLAN = Path(__file__).parents[2].parent / "shared" / "data" / "dicompyler_breast"
GOALS = """structure,metric,comparison,limit,unit
PTV_60,D95%,>=,60,Gy
SpinalCord,D0.03cc,<=,45,Gy
Heart,mean,<=,20,Gy
Lung_L,V20Gy,<=,35,%
Nowhere,mean,<=,5,Gy
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lung")
    make_phantom("lung", folder / "dicom")
    (folder / "goals.csv").write_text(GOALS)
    return make_plans(folder / "dicom", goals=folder / "goals.csv", site="lung", spacing_mm=5.0)


@pytest.mark.slow
def test_both_plans_give_the_prescribed_dose_to_the_same_share_of_the_target(made):
    covered = next(m for m in made.comparison.measures if m.structure == "PTV_60" and m.metric == "D95%")
    assert covered.values["imrt"] == pytest.approx(60.0, abs=0.05)
    assert covered.values["conformal"] == pytest.approx(60.0, abs=0.05)


@pytest.mark.slow
def test_hard_limits_are_kept_and_what_is_delivered_is_deliverable(made):
    for plan in made.plans:
        assert plan.broken == ()
        assert sum(opening.monitor_units for opening in plan.openings) == pytest.approx(plan.monitor_units)
        for opening in plan.openings:
            assert opening.monitor_units > 0
            assert opening.left_mm is not None and opening.right_mm is not None
            assert (opening.right_mm >= opening.left_mm).all()
    imrt, conformal = made.plans
    assert len(conformal.openings) <= 3 * len(conformal.arrangement.gantry_deg)
    assert len(imrt.openings) > len(imrt.arrangement.gantry_deg)
    assert imrt.monitor_units < 630  # 690 where monitor units cost nothing


@pytest.mark.slow
def test_imrt_conforms_better_than_3d(made):
    conformity = next(m for m in made.comparison.measures if m.structure == "PTV_60" and m.metric == "CI")
    assert conformity.values["imrt"] > conformity.values["conformal"] + 0.1


@pytest.mark.slow
def test_page_table_and_text_say_what_was_compared(made):
    page, text = plans_as_page(made), plans_as_text(made)
    assert "not for treatment" in page and "not for treatment" in text
    assert any("Nowhere" in problem.place for problem in made.problems)
    assert "Nowhere" in page


@pytest.mark.slow
def test_the_comparison_is_a_fact_table_that_a_case_may_hold(made, tmp_path):
    file = tmp_path / "comparisons.csv"
    file.write_text(plans_as_table(made))
    rows = [row for row in csv_tables.read(file) if isinstance(row, TechniqueComparison)]
    assert [row.structure for row in rows] == ["PTV_60", "SpinalCord", "Heart", "Lung_L"]
    target, cord = rows[:2]
    assert target.verdict == cord.verdict == "both"
    assert cord.imrt is not None and cord.imrt <= 45 and cord.beam_data == "generic 6 MV"


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy of dicom3tools is not installed")
def test_a_validator_finds_no_error_in_what_is_written(made, tmp_path):
    paths = write_plans(made, tmp_path)
    assert len(paths) == 4
    for path in paths:
        said = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True, check=False)
        lines = (said.stdout + said.stderr).splitlines()
        assert [line for line in lines if line.startswith(("Error", "Abort"))] == [], path.name


@pytest.mark.slow
def test_what_is_written_is_read_back_as_the_same_plan_and_dose(made, tmp_path):
    write_plans(made, tmp_path)
    plan, _ = read_plan(tmp_path / "RP_imrt.dcm")
    dose, _ = read_dose(tmp_path / "RD_imrt.dcm")
    own = made.plans[0]
    assert plan.label == "EVIDENCE IMRT" and plan.approval == "UNAPPROVED" and plan.fractions == made.task.fractions
    assert sum(b.monitor_units for b in plan.beams) == pytest.approx(own.monitor_units, abs=0.1)
    assert np.abs(dose.dose_gy - own.dose_gy).max() < 0.002
    assert dose.z_mm[0] == pytest.approx(made.task.patient.z_mm[0], abs=0.01)
    segments = sum(len(b.control_points) // 2 for b in plan.beams)
    assert segments == len(own.openings)


@pytest.mark.slow
def test_a_plan_that_is_computed_again_from_its_control_points_has_the_same_dose(made):
    for own in made.plans:
        if any(opening.wedge for opening in own.openings):
            continue
        again = recompute(made.task.patient, as_treatment_plan(made.task, own, made.source, str), [made.task.beam])
        assert again.problems == ()
        target = made.task.patient.voxels["PTV_60"]
        ratio = again.dose_gy.ravel()[target] / own.dose_gy.ravel()[target]
        assert ratio.mean() == pytest.approx(1.0, abs=0.01)
        assert ratio.std() < 0.01
        plan = as_treatment_plan(made.task, own, made.source, str)
        drawn = [made.task.structures["PTV_60"]]
        (stored,), (computed,) = (
            compute_dvhs(drawn, made.task.patient.grid_of(dose)) for dose in (own.dose_gy, again.dose_gy)
        )
        checked = check_plausibility(again, plan, target, stored, computed, 95.0)
        assert abs(checked.difference_percent) < 1 and checked.is_reproduced
        mean_gy = float(again.dose_gy.ravel()[target].mean())
        assert sum(f.target_mean_gy for f in checked.fields) == pytest.approx(mean_gy / 30, rel=1e-4)


@pytest.mark.slow
@pytest.mark.skipif(not REAL_PLAN.is_dir(), reason="the plan of a planning system is not there")
def test_a_planning_systems_plan_is_computed_again_with_generic_beams():
    plan, _ = read_plan(REAL_PLAN / "rtplan.dcm")
    structures, _ = read_structures(REAL_PLAN / "rtss.dcm")
    dose, _ = read_dose(REAL_PLAN / "rtdose.dcm", plan)
    inside = {
        name: voxels_inside(structures.named(name), dose.x_mm, dose.y_mm, dose.z_mm)
        for name in ("BODY", "Lt Lung", "Tumor Bed")
    }
    density = np.where(inside["Lt Lung"], 0.26, np.where(inside["BODY"], 1.0, 0.001)).astype(np.float32)
    patient = PlanningPatient(density, dose.x_mm, dose.y_mm, dose.z_mm, np.flatnonzero(inside["BODY"]), {})
    again = recompute(patient, plan, generic_beams())
    assert again.problems == ()
    bed = inside["Tumor Bed"]
    assert again.dose_gy[bed].mean() == pytest.approx(dose.dose_gy[bed].mean(), rel=0.03)
    computed = np.where(inside["BODY"], again.dose_gy, np.float32(0))
    found = compare_volumes(replace(dose, dose_gy=computed), dose, parse_criteria("3/2/global"))
    assert found.pass_rate_percent is not None and found.pass_rate_percent > 97


def test_a_plan_is_plausible_within_a_tenth():
    def check(computed_gy, covered_gy=57.0):
        return Plausibility("PTV", 60.0, computed_gy, (), 95.0, 58.0, covered_gy)

    assert check(65.9).is_plausible and check(54.1).is_plausible
    assert not check(66.1).is_plausible and not check(53.0).is_plausible
    assert check(63.0).difference_percent == pytest.approx(5)
    assert check(60.0).is_reproduced and check(60.0, 63.7).is_reproduced
    assert not check(66.1).is_reproduced


@pytest.mark.parametrize("covered_gy", [52.1, 63.9, 0.0])
def test_a_plan_of_the_right_mean_whose_target_is_covered_otherwise_is_not_reproduced(covered_gy):
    check = Plausibility("PTV", 60.0, 60.0, (), 95.0, 58.0, covered_gy)
    assert check.is_plausible and not check.is_reproduced
    (told,) = _not_reproduced(check)
    assert f"{covered_gy:.1f} Gy from control points" in told.sentence
    assert _not_reproduced(None) == [] == _not_reproduced(replace(check, computed_covered_gy=58.0))


def test_a_verdict_follows_from_what_is_met():
    assert verdict_of({"imrt": True, "conformal": False}) == "only_imrt"
    assert verdict_of({"imrt": False, "conformal": True}) == "only_conformal"
    assert verdict_of({"imrt": True, "conformal": True, "clinic": False}) == "both"
    assert verdict_of({"imrt": False, "conformal": False}) == "neither"
    assert verdict_of({"imrt": True}) == ""


def test_a_computed_plan_is_never_the_clinics():
    folder = phantom_objects("prostate")
    assert folder.plan is not None
    computed = replace(folder, plan=replace(folder.plan, manufacturer=COMPUTED_BY))
    case = OfCase(Course("C1", "M1"))
    assert [row.item for row in plan_differences(computed, case)] == ["origin"]
    assert plan_differences(folder, case) == []
    both = [("a.dcm", folder.plan), ("b.dcm", replace(computed.plan, label="EVIDENCE IMRT", sop_instance_uid="2.25.1"))]
    chosen, problems = chosen_plans(both, ())
    assert [path for path, _ in chosen] == ["a.dcm"]
    assert "is not the clinic's" in problems[0].sentence
