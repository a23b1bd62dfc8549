"""Our curves beside those of a planning system: the same rule, the same curve; what is left has a cause."""

from pathlib import Path

import numpy as np
import pytest

from isocenter.errors import UnreadableInput
from isocenter.evidence.bodies.stacking import EndCap, stack_contours
from isocenter.evidence.doses.dvh import Dvh, compute_dvhs
from isocenter.evidence.doses.stored_dvh import agree_with_stored, compare_with_stored
from isocenter.evidence.kernels.distance import signed_distance
from isocenter.evidence.measures import measure_plan
from isocenter.intake.dicom_rt import read_dose, read_structures
from isocenter.phantoms.knobs import Quirks
from isocenter.phantoms.make import phantom_objects
from isocenter.terms.imaging import ContouredStructure, DoseGrid, StoredDvh
from isocenter.terms.plans import PlanMeasure


def block(heights_mm: list[float]) -> ContouredStructure:
    square = np.array([[-10.0, -10.0], [10.0, -10.0], [10.0, 10.0], [-10.0, 10.0]])
    return ContouredStructure(1, "Block", contours=tuple((z, square) for z in heights_mm))


def rising_dose() -> DoseGrid:
    """1 Gy/mm along x, 30 Gy in the middle."""
    axis = np.linspace(-30.0, 30.0, 31)
    return DoseGrid(np.broadcast_to(30.0 + axis, (31, 31, 31)).astype(np.float32), axis, axis, axis)


def stored_from(dvh: Dvh, from_gy: float = 0.0) -> StoredDvh:
    """A DVH as a planning system would store it, beginning at a dose."""
    doses_gy = np.arange(from_gy, dvh.dose_edges_gy[-1] + 0.02, 0.01)
    return StoredDvh(1, doses_gy, np.interp(doses_gy, dvh.dose_edges_gy, dvh.cumulative_cc, right=0.0))


def by_cap(structures: list[ContouredStructure], dose: DoseGrid) -> dict[EndCap, list[Dvh]]:
    return {"half": compute_dvhs(structures, dose), "none": compute_dvhs(structures, dose, end_cap="none")}


def test_a_dvh_agrees_with_itself() -> None:
    dvh = compute_dvhs([block([0.0, 3.0, 6.0])], rising_dose())[0]
    same = compare_with_stored(dvh, stored_from(dvh))
    assert (same.volume_percent, same.curve_percent) == (pytest.approx(0), pytest.approx(0))
    assert same.mean_gy == pytest.approx(0, abs=0.005)


def test_what_receives_less_than_the_first_stored_dose_is_left_out_of_the_comparison() -> None:
    dvh = compute_dvhs([block([0.0, 3.0, 6.0])], rising_dose())[0]
    same = compare_with_stored(dvh, stored_from(dvh, from_gy=25.0))
    assert (same.volume_percent, same.curve_percent) == (pytest.approx(0, abs=1e-6), pytest.approx(0, abs=1e-6))


@pytest.mark.parametrize("end_cap", ["half", "none"])
def test_the_end_cap_of_the_stored_curves_is_recognized_by_their_volumes(end_cap: EndCap) -> None:
    dvhs = by_cap([block([0.0, 3.0, 6.0])], rising_dose())
    agreement = agree_with_stored(dvhs, [stored_from(dvhs[end_cap][0])])
    assert agreement is not None
    assert agreement.end_cap == end_cap
    assert agreement.differences[0].volume_percent == pytest.approx(0, abs=1e-6)


def test_curves_without_a_partner_or_without_volume_are_not_compared() -> None:
    dvhs = by_cap([block([0.0, 3.0, 6.0])], rising_dose())
    assert agree_with_stored(dvhs, []) is None
    empty = StoredDvh(1, np.array([0.0, 1.0]), np.zeros(2))
    assert agree_with_stored(dvhs, [empty]) is None
    with pytest.raises(UnreadableInput, match=r"'Block'.*no volume"):
        compare_with_stored(dvhs["half"][0], empty)


def test_a_plan_says_under_which_end_cap_its_stored_curves_were_compared() -> None:
    rows = measure_plan(phantom_objects("c_shape", quirks=Quirks(stored_dvhs=True)), "C1").rows
    measures = {(row.structure, row.measure): row.value for row in rows if isinstance(row, PlanMeasure)}
    assert measures["", "stored_end_cap_slices"] in (0.0, 0.5)
    assert abs(measures["PTV_50", "stored_volume_difference_percent"]) < 1.5
    bare = measure_plan(phantom_objects("c_shape"), "C1").rows
    assert not any(isinstance(row, PlanMeasure) and row.measure.startswith("stored") for row in bare)


# --- a real plan and the curves of its planning system ---


Breast = tuple[dict[str, ContouredStructure], DoseGrid]


@pytest.fixture
def breast(shared_data: Path) -> Breast:
    folder = shared_data / "dicompyler_breast"
    structures, _ = read_structures(folder / "rtss.dcm")
    dose, problems = read_dose(folder / "rtdose.dcm")
    assert any("middle of their dose bins" in problem.sentence for problem in problems)
    return {s.name: s for s in structures.structures if s.contours}, dose


def test_the_real_breast_plan_agrees_with_the_curves_of_its_planning_system(breast: Breast) -> None:
    structures, dose = breast
    agreement = agree_with_stored(by_cap(list(structures.values()), dose), dose.stored_dvhs)
    assert agreement is not None
    assert agreement.end_cap == "none"
    found = {difference.structure_name: difference for difference in agreement.differences}
    assert len(found) == 9
    for name in ("BODY", "Breast", "Heart", "Lt Lung", "Nodes", "Tumor Bed", "Tumor Bed Block"):
        assert abs(found[name].volume_percent) < 1.0, name
        assert abs(found[name].mean_gy) < 0.006, name
    for name in ("Breast", "Heart", "Lt Lung", "Tumor Bed", "Tumor Bed Block"):
        assert found[name].shape_percent < 0.7, name
        assert found[name].curve_percent < 1.2, name


def test_stored_volumes_of_solid_structures_lie_between_no_end_caps_and_half_slices(breast: Breast) -> None:
    structures, dose = breast
    stored_cc = {curve.structure_number: curve.volume_cc[0] for curve in dose.stored_dvhs}
    for name in ("Borders", "Breast", "Heart", "Nodes", "Tumor Bed", "Tumor Bed Block"):
        structure = structures[name]
        none, half = (
            compute_dvhs([structure], dose, end_cap=cap, mode="slab")[0].total_volume_cc for cap in ("none", "half")
        )
        assert none < stored_cc[structure.number] < half, name


def test_a_band_that_moves_by_its_width_from_slice_to_slice_is_narrowed_by_linear_distances(breast: Breast) -> None:
    """The scar: 0.49 cc as drawn, 0.34 cc where the distance to the contour runs straight between slices."""
    structures, dose = breast
    scar = structures["Scar"]
    stored_cc = next(curve.volume_cc[0] for curve in dose.stored_dvhs if curve.structure_number == scar.number)
    assert linear_distance_volume_cc(scar, 0.25) == pytest.approx(stored_cc, rel=0.03)
    assert compute_dvhs([scar], dose, end_cap="none")[0].total_volume_cc > 1.4 * stored_cc


def linear_distance_volume_cc(structure: ContouredStructure, pitch_mm: float, layers: int = 20) -> float:
    """Volume where the signed distance to the contours, linear between slices, is negative; no end caps."""
    stack = stack_contours(structure, 3.0)
    assert stack is not None
    left, top, right, bottom = stack.extent_mm
    raster = (len(stack.z_mm), int((bottom - top) / pitch_mm) + 3, int((right - left) / pitch_mm) + 3)
    away_mm = np.empty(raster)
    for plane in range(raster[0]):
        edges = np.ascontiguousarray(stack.edges[stack.plane_edges[plane] : stack.plane_edges[plane + 1]])
        signed_distance(edges, left - pitch_mm, top - pitch_mm, pitch_mm, away_mm[plane])
    shares = (np.arange(layers) + 0.5) / layers
    inside = sum(
        int(np.sum((1 - share) * away_mm[plane] + share * away_mm[plane + 1] < 0))
        for plane in range(raster[0] - 1)
        for share in shares
    )
    return inside * pitch_mm**2 * stack.spacing_mm / layers / 1000
