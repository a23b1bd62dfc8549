"""Verifying doses against the plan: known errors in closed form, planes, fractions, pictures, and the rule's answer."""

import re
from base64 import b64decode
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from isocenter.errors import UnreadableInput
from isocenter.evidence.doses.gamma import GammaCriteria, parse_criteria
from isocenter.evidence.doses.verification import USUAL_CRITERIA, compare_dose
from isocenter.evidence.measures import measure_plan
from isocenter.evidence.pictures import gamma_map
from isocenter.intake.dicom_rt.folder import read_folder
from isocenter.phantoms.catalogue import CENTER_GY, GRADIENT
from isocenter.phantoms.knobs import Verification as KnownError
from isocenter.phantoms.make import make_phantom, phantom_objects
from isocenter.rulebook.rulebook import load_policy
from isocenter.terms.findings import Outcome
from isocenter.terms.imaging import DoseGrid, VerifyingDose
from isocenter.terms.plans import PlanMeasure, Verification
from isocenter.workflow import review_case


def compared(error: KnownError, criteria=USUAL_CRITERIA, name: str = "sphere"):
    folder = phantom_objects(name, spacing_mm=4, verification=error)
    return compare_dose(folder.verifying_doses[0], folder.dose, folder.plan.fractions, criteria)[0]


def changes(measured) -> dict[tuple[str, str], float]:
    rows = [row for row in measured.rows if isinstance(row, PlanMeasure) and row.measure.startswith("verified_change")]
    return {(row.structure, row.measure.removeprefix("verified_change_of_")): row.value for row in rows}


@pytest.mark.parametrize(("scale", "shift_mm"), [(102.0, 1.0), (110.0, 3.0), (100.0, 4.0)])
def test_a_scaled_and_shifted_gradient_has_the_pass_rate_of_its_formula(scale: float, shift_mm: float) -> None:
    """In a dose that rises by g a mm, a difference d has gamma |d| / sqrt((g distance)^2 + criterion^2)."""
    found = compared(KnownError(scale_percent=scale, shift_mm=(0.0, 0.0, shift_mm)))
    dose, planned = found.verifying, found.planned
    result = found.results[0]
    criterion_gy = 0.03 * float(planned.dose_gy.max())
    doses_gy = scale / 100 * (CENTER_GY + GRADIENT * (dose.z_mm - shift_mm))
    difference_gy = doses_gy - (CENTER_GY + GRADIENT * dose.z_mm)
    gamma = np.abs(difference_gy) / np.hypot(GRADIENT * 2.0, criterion_gy)
    inside = (doses_gy >= 0.1 * planned.dose_gy.max()) & (np.abs(dose.z_mm) < dose.z_mm[-1] - 5)
    middle = result.gamma[:, dose.dose_gy.shape[1] // 2, dose.dose_gy.shape[2] // 2]
    assert middle[inside] == pytest.approx(np.minimum(gamma[inside], 2.0), abs=0.03)  # the raster's step is 0.1
    passing = np.nanmean(result.gamma[inside] <= 1)
    assert passing == pytest.approx(float(np.mean(gamma[inside] <= 1)), abs=1e-9)


def test_a_dose_that_is_the_plans_passes_wholly_and_changes_nothing() -> None:
    measured = measure_plan(
        phantom_objects("sphere", verification=KnownError(scale_percent=100.0, shift_mm=(0, 0, 0))), "C"
    )
    (row,) = [row for row in measured.rows if isinstance(row, Verification)]
    assert row.value == 100.0
    assert set(changes(measured).values()) == {0.0}


def test_a_scaled_dose_changes_each_metric_by_its_share() -> None:
    measured = measure_plan(phantom_objects("c_shape", verification=KnownError(shift_mm=(0.0, 0.0, 0.0))), "C")
    metrics = {(row.structure, row.measure): row.value for row in measured.rows if isinstance(row, PlanMeasure)}
    found = changes(measured)
    assert {subject for subject, _ in found} == {"PTV_50", "Core"}
    for subject, metric in (("PTV_50", "D95%"), ("PTV_50", "mean"), ("Core", "max"), ("Core", "D0.03cc")):
        assert found[subject, metric] == pytest.approx(0.02 * metrics[subject, metric], abs=0.01)


def test_a_shifted_gradient_changes_the_mean_by_gradient_times_shift() -> None:
    error = KnownError(scale_percent=100.0, shift_mm=(0.0, 0.0, 1.5))
    found = changes(measure_plan(phantom_objects("sphere", verification=error), "C"))
    assert found["Solid", "mean"] == pytest.approx(-1.5 * GRADIENT, abs=0.01)
    assert found["Solid", "D95%"] == pytest.approx(-1.5 * GRADIENT, abs=0.02)


def test_a_dose_of_one_fraction_is_multiplied_and_that_is_said() -> None:
    whole = compared(KnownError())
    folder = phantom_objects("sphere", spacing_mm=4, verification=KnownError(fractions=1))
    one, said = compare_dose(folder.verifying_doses[0], folder.dose, folder.plan.fractions, USUAL_CRITERIA)
    assert one.results[0].pass_rate_percent == pytest.approx(whole.results[0].pass_rate_percent, abs=0.2)
    assert "multiplied by 14" in said[0].sentence


@pytest.mark.parametrize(
    ("share", "becomes"),
    [(1.0, 1.0), (0.8, 0.8), (1 / 14, 1.0), (0.7 / 14, 0.7), (0.25, None), (0.3 / 14, None), (40.0, None)],
)
def test_a_verifying_dose_is_all_fractions_or_one_or_refused(share: float, becomes: float | None) -> None:
    folder = phantom_objects("sphere", spacing_mm=6, verification=KnownError(scale_percent=100.0, shift_mm=(0, 0, 0)))
    (verifying,) = folder.verifying_doses
    scaled = replace(verifying, dose=replace(verifying.dose, dose_gy=verifying.dose.dose_gy * np.float32(share)))
    if becomes is None:
        with pytest.raises(UnreadableInput, match="neither all of it nor one of 14 fractions"):
            compare_dose(scaled, folder.dose, folder.plan.fractions, USUAL_CRITERIA)
        return
    found, _ = compare_dose(scaled, folder.dose, folder.plan.fractions, USUAL_CRITERIA)
    assert found.verifying.dose_gy.max() == pytest.approx(becomes * folder.dose.dose_gy.max(), rel=1e-4)


def test_the_row_states_criteria_points_and_interpolation() -> None:
    folder = phantom_objects("sphere", verification=KnownError(kind="measurement"))
    measured = measure_plan(folder, "C", gamma_criteria=[GammaCriteria(2, 1, "local"), *USUAL_CRITERIA])
    rows = [row for row in measured.rows if isinstance(row, Verification)]
    assert [(row.plan_id, row.course_id, row.kind, row.unit) for row in rows] == [
        (folder.plan.sop_instance_uid, "C", "measurement", "%")
    ] * 2
    assert rows[0].criteria.startswith("2 %/1 mm local, threshold 10 %")
    points = measured.compared[0].results[1].points
    for part in ("3 %/2 mm global", "linear interpolation, step 0.2 mm", f"{points} points"):
        assert part in rows[1].criteria


def plane_of(dose: DoseGrid, axis: int, index: int, **changed) -> DoseGrid:
    """One plane of a grid."""
    axes = [dose.x_mm, dose.y_mm, dose.z_mm]
    axes[axis] = axes[axis][[index]]
    taken = dose.dose_gy.take([index], axis=2 - axis)
    return replace(dose, **{"dose_gy": taken, "x_mm": axes[0], "y_mm": axes[1], "z_mm": axes[2], **changed})


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_plane_in_any_direction_agrees_with_the_plan_at_its_place(axis: int) -> None:
    planned = phantom_objects("convex_control", spacing_mm=5, slice_mm=5).dose
    index = np.unravel_index(planned.dose_gy.argmax(), planned.dose_gy.shape)[2 - axis]
    verifying = VerifyingDose("plane", "measurement", plane_of(planned, axis, index))
    found, _ = compare_dose(verifying, planned, 25, USUAL_CRITERIA)
    assert found.stands_on == axis
    assert found.results[0].largest_gamma < 1e-5
    assert found.results[0].gamma.shape == verifying.dose.dose_gy.shape
    wrong = replace(verifying, dose=plane_of(planned, axis, index + 4))
    axes = {"x_mm": planned.x_mm[[index]], "y_mm": planned.y_mm[[index]], "z_mm": planned.z_mm[[index]]}
    name = ("x_mm", "y_mm", "z_mm")[axis]
    moved = replace(wrong, dose=replace(wrong.dose, **{name: axes[name]}))
    assert compare_dose(moved, planned, 25, USUAL_CRITERIA)[0].results[0].pass_rate_percent < 100


def test_a_plane_between_two_planned_ones_is_compared_with_their_mixture() -> None:
    planned = phantom_objects("sphere").dose
    half = plane_of(planned, 2, 10)
    between = float(planned.z_mm[10] + 0.5)
    mixed = 0.75 * planned.dose_gy[[10]] + 0.25 * planned.dose_gy[[11]]
    dose = replace(half, dose_gy=mixed.astype(np.float32), z_mm=np.array([between]))
    found, _ = compare_dose(VerifyingDose("plane", "measurement", dose), planned, 14, USUAL_CRITERIA)
    assert found.results[0].largest_gamma < 1e-3


def test_a_plane_beyond_the_plan_is_refused_with_its_place() -> None:
    planned = phantom_objects("sphere").dose
    dose = replace(plane_of(planned, 2, 0), z_mm=np.array([500.0]))
    with pytest.raises(UnreadableInput, match="z = 500 mm"):
        compare_dose(VerifyingDose("plane", "measurement", dose), planned, 14, USUAL_CRITERIA)


def test_detectors_far_apart_are_compared_point_by_point() -> None:
    planned = phantom_objects("c_shape").dose
    plane = plane_of(planned, 1, planned.y_mm.size // 2)
    sparse = replace(plane, dose_gy=plane.dose_gy[::3, :, ::3], x_mm=plane.x_mm[::3], z_mm=plane.z_mm[::3])
    found, _ = compare_dose(VerifyingDose("array", "measurement", sparse), planned, 25, USUAL_CRITERIA)
    assert found.results[0].pass_rate_percent == 100.0
    assert found.results[0].points == int(np.sum(sparse.dose_gy >= 0.1 * found.planned.dose_gy.max()))


def test_a_dose_measured_on_a_device_is_compared_with_the_dose_planned_there() -> None:
    folder = phantom_objects("c_shape")
    on_device = phantom_objects("sphere").dose
    plane = plane_of(on_device, 2, 9, frame_of_reference_uid="")
    verifying = VerifyingDose("array", "measurement", plane, planned=on_device)
    measured = measure_plan(replace(folder, verifying_doses=(verifying,)), "C")
    (row,) = [row for row in measured.rows if isinstance(row, Verification)]
    assert row.value == 100.0
    assert changes(measured) == {}


def test_what_cannot_be_compared_is_a_problem_and_the_plan_is_measured_all_the_same() -> None:
    folder = phantom_objects("sphere", verification=KnownError())
    empty = replace(folder.verifying_doses[0], dose=replace(folder.dose, dose_gy=np.zeros_like(folder.dose.dose_gy)))
    measured = measure_plan(replace(folder, verifying_doses=(empty,)), "C")
    assert any("highest dose is 0 Gy" in problem.sentence for problem in measured.problems)
    assert any(isinstance(row, PlanMeasure) and row.measure == "D95%" for row in measured.rows)
    without = measure_plan(replace(folder, dose=None), "C")
    assert any("no planned dose" in problem.sentence for problem in without.problems)


def test_a_structure_that_the_verifying_dose_cuts_is_left_out_with_a_problem() -> None:
    folder = phantom_objects("sphere", verification=KnownError())
    dose = folder.verifying_doses[0]
    upper = dose.dose.z_mm > 0
    cut = replace(dose.dose, dose_gy=dose.dose.dose_gy[upper], z_mm=dose.dose.z_mm[upper])
    measured = measure_plan(replace(folder, verifying_doses=(replace(dose, dose=cut),)), "C")
    assert changes(measured) == {}
    assert any("does not cover Solid" in problem.sentence for problem in measured.problems)


def test_a_recalculated_phantom_reads_as_it_was_made(tmp_path: Path) -> None:
    error = KnownError(kind="measurement", fractions=1)
    files = make_phantom("sphere", tmp_path, verification=error)
    parts, problems, _ = read_folder(tmp_path)
    (found,), (made,) = parts.verifying_doses, phantom_objects("sphere", verification=error).verifying_doses
    assert not problems
    assert (found.path, found.kind) == (made.path, made.kind) == ("verification/RD.dcm", "measurement")
    assert found.dose.dose_gy == pytest.approx(made.dose.dose_gy, abs=1e-4)
    assert files.verifying[0] in files.all_paths
    assert parts.dose.sop_instance_uid == phantom_objects("sphere").dose.sop_instance_uid


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3/2", GammaCriteria(3, 2)),
        ("2/2/local", GammaCriteria(2, 2, "local")),
        ("2/1.5/global/20", GammaCriteria(2, 1.5, "global", 20)),
    ],
)
def test_criteria_are_read_as_physicists_say_them(text: str, expected: GammaCriteria) -> None:
    assert parse_criteria(text) == expected


@pytest.mark.parametrize("text", ["", "3", "3/2/both", "0/2", "3/0", "a/b", "3/2/local/100", "3/2/global/10/1"])
def test_criteria_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(UnreadableInput, match="are not gamma criteria"):
        parse_criteria(text)


def test_the_picture_shows_the_worst_plane_in_the_same_bytes_each_time() -> None:
    found = compared(KnownError(scale_percent=106.0), name="c_shape")
    first, second = gamma_map(found), gamma_map(found)
    assert first is not None and second is not None
    assert first.data == second.data
    failing = np.sum(found.results[0].gamma > 1, axis=(1, 2))
    assert failing.max() > 0
    assert f"z = {found.verifying.z_mm[failing.argmax()]:+.1f} mm" in first.caption
    assert f"{failing.max()} of" in first.caption
    assert "3 %/2 mm global" in first.caption


def test_a_picture_is_black_where_points_fail_and_nowhere_else_dark() -> None:
    for scale, is_dark in ((100.0, False), (120.0, True)):
        picture = gamma_map(compared(KnownError(scale_percent=scale, shift_mm=(0, 0, 0)), name="c_shape"))
        assert picture is not None
        (painted,) = re.findall(rb'base64,([^"]+)"', picture.data)
        gray = np.asarray(Image.open(BytesIO(b64decode(painted))).convert("L"))
        assert bool(np.mean(gray < 40) > 0.2) is is_dark


def test_a_profile_has_a_pass_rate_but_no_picture() -> None:
    planned = phantom_objects("sphere").dose
    line = plane_of(plane_of(planned, 2, 14), 1, 14)
    found, _ = compare_dose(VerifyingDose("line", "measurement", line), planned, 14, USUAL_CRITERIA)
    assert found.results[0].pass_rate_percent == 100.0
    assert gamma_map(found) is None


@pytest.mark.parametrize(("scale", "outcome"), [(101.0, Outcome.MET), (108.0, Outcome.NOT_MET)])
def test_the_rule_on_measured_dose_answers_from_a_case(tmp_path: Path, scale: float, outcome: Outcome) -> None:
    make_phantom("c_shape", tmp_path / "plan")
    made = phantom_objects("c_shape", verification=KnownError(scale_percent=scale, shift_mm=(0, 0, 0))).verifying_doses[
        0
    ]
    middle = plane_of(made.dose, 2, made.dose.z_mm.size // 2)
    lines = [
        f"{x},{y},{dose:.3f}"
        for y, row in zip(middle.y_mm, middle.dose_gy[0], strict=True)
        for x, dose in zip(middle.x_mm, row, strict=True)
    ]
    (tmp_path / "film.csv").write_text("\n".join(["x_mm,y_mm,dose_gy", *lines]))
    (tmp_path / "case.yaml").write_text(
        "courses:\n  - {course_id: C, member_id: M, site: prostate}\n"
        "verifying_doses:\n  - {file: film.csv, verified_on: 2026-01-02}\n"
    )
    review = review_case(tmp_path, [load_policy("imrt")], with_pictures=False)
    (row,) = review.facts["verifications"]
    assert (row.kind, str(row.verified_on)) == ("measurement", "2026-01-02")
    assert review.problems == () or not any("film" in problem.path for problem in review.problems)
    (finding,) = [found for found in review.findings if found.rule == "measured_dose_agrees_with_the_plan"]
    assert finding.outcome is outcome
    assert finding.cites == "verification, paragraph 1, sentence 1"
    assert "3 %/2 mm global" in finding.because


def test_a_verifying_dose_without_a_plan_is_reported(tmp_path: Path) -> None:
    (tmp_path / "film.csv").write_text("x_mm,y_mm,dose_gy\n0,0,1\n")
    (tmp_path / "case.yaml").write_text("courses:\n  - {course_id: C, member_id: M, site: prostate}\n")
    review = review_case(tmp_path, [load_policy("imrt")])
    assert any(p.path == "film.csv" and "no plan" in p.sentence for p in review.problems)
