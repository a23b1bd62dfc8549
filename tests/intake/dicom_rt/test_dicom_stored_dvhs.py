"""Stored DVHs are read as volume that receives at least each dose, in Gy and cc, or told why not."""

from pathlib import Path

import numpy as np
import pytest
from tests.dicom_files import dose, item, save

from isocenter.intake.dicom_rt import read_dose
from isocenter.terms.imaging import DoseGrid
from isocenter.terms.problems import Problem


def stored(tmp_path: Path, top: dict[str, object] | None = None, **changes: object) -> tuple[DoseGrid, list[Problem]]:
    values = {
        "DVHType": "CUMULATIVE",
        "DoseUnits": "GY",
        "DVHDoseScaling": 1,
        "DVHVolumeUnits": "CM3",
        "DVHNumberOfBins": 3,
        "DVHData": [2, 10, 2, 6, 1, 1],
        "DVHMaximumDose": 5,
        "DVHReferencedROISequence": [item(ReferencedROINumber=4, DVHROIContributionType="INCLUDED")],
        **changes,
    }
    made = dose(np.ones((2, 3, 4), dtype=np.uint16), [0.0, 2.0], DVHSequence=[item(**values)], **(top or {}))
    return read_dose(save(made, tmp_path / "d"))


def test_a_cumulative_curve_keeps_its_volumes_at_the_lower_edges(tmp_path: Path) -> None:
    grid, problems = stored(tmp_path)
    (curve,) = grid.stored_dvhs
    assert curve.structure_number == 4
    np.testing.assert_allclose(curve.dose_gy, [0, 2, 4, 5])
    np.testing.assert_allclose(curve.volume_cc, [10, 6, 1, 0])
    assert problems == []


def test_a_differential_curve_is_summed_up_from_above(tmp_path: Path) -> None:
    (curve,) = stored(tmp_path, DVHType="DIFFERENTIAL", DVHData=[2, 4, 2, 5, 1, 1])[0].stored_dvhs
    np.testing.assert_allclose(curve.volume_cc, [10, 6, 1, 0])


def test_a_relative_curve_is_scaled_by_its_normalisation_dose(tmp_path: Path) -> None:
    top: dict[str, object] = {"DVHNormalizationDoseValue": 50}
    (curve,) = stored(tmp_path, top, DoseUnits="RELATIVE", DVHDoseScaling=0.1)[0].stored_dvhs
    np.testing.assert_allclose(curve.dose_gy, [0, 10, 20, 25])


def test_a_maximum_in_per_cent_is_reported_and_kept_raw(tmp_path: Path) -> None:
    grid, problems = stored(tmp_path, DVHMaximumDose=104.8)
    assert grid.stored_dvhs[0].stated_maximum == 104.8
    assert any("ROI 4" in problem.sentence and "per cent" in problem.sentence for problem in problems)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"DoseUnits": "RELATIVE"}, "RELATIVE"),
        ({"DVHVolumeUnits": "PERCENT"}, "PERCENT"),
        ({"DVHType": "NATURAL"}, "NATURAL"),
        ({"DVHData": [1, 2, 3]}, "pairs"),
        ({"DVHData": [-1, 2]}, "negative"),
        ({"DVHReferencedROISequence": []}, "0 structures"),
    ],
    ids=str,
)
def test_a_curve_that_means_no_gy_or_cc_is_left_out_and_reported(
    changes: dict[str, object], words: str, tmp_path: Path
) -> None:
    grid, problems = stored(tmp_path, **changes)
    assert grid.stored_dvhs == ()
    assert any(words in problem.sentence for problem in problems)


# --- where in its bin a volume holds ---

BIN_GY = 0.5


def several_curves(
    tmp_path: Path, place: float, unit: float = 1.0, kind: str = "CUMULATIVE", curves: int = 5
) -> DoseGrid:
    """Curves of evenly spread doses, sampled at one place of their bins, beside their true means."""
    rows = []
    for number in range(1, curves + 1):
        low_gy, high_gy, volume_cc = 0.7 * number, 4.1 * number, 10.0 * number
        at_gy = (np.arange(int(high_gy / BIN_GY) + 2) + place) * BIN_GY
        volumes = volume_cc * np.clip((high_gy - at_gy) / (high_gy - low_gy), 0, 1)
        if kind == "DIFFERENTIAL":
            volumes = -np.diff(np.append(volumes, 0.0))
        rows.append(
            item(
                DVHType=kind,
                DoseUnits="GY",
                DVHDoseScaling=1,
                DVHVolumeUnits="CM3",
                DVHNumberOfBins=len(volumes),
                DVHData=np.column_stack([np.full(len(volumes), BIN_GY), volumes.round(6)]).ravel().tolist(),
                DVHMeanDose=round(unit * (low_gy + high_gy) / 2, 6),
                DVHReferencedROISequence=[item(ReferencedROINumber=number, DVHROIContributionType="INCLUDED")],
            )
        )
    made = dose(np.ones((2, 3, 4), dtype=np.uint16), [0.0, 2.0], DVHSequence=rows)
    grid, problems = read_dose(save(made, tmp_path / "d"))
    assert any("dose bins" in problem.sentence for problem in problems) == (grid.stored_dvhs[0].dose_gy[0] > 0)
    return grid


@pytest.mark.parametrize("place", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("unit", [1.0, 100 / 14], ids=["in Gy", "in per cent"])
def test_the_stated_means_tell_where_in_their_bins_volumes_hold(place: float, unit: float, tmp_path: Path) -> None:
    for curve in several_curves(tmp_path, place, unit).stored_dvhs:
        assert curve.dose_gy[0] == pytest.approx(place * BIN_GY)
        assert unit * curve.mean_gy == pytest.approx(curve.stated_mean, rel=0.01)


def test_without_enough_stated_means_volumes_hold_at_lower_edges(tmp_path: Path) -> None:
    assert several_curves(tmp_path, 0.5, curves=2).stored_dvhs[0].dose_gy[0] == 0


def test_a_differential_curve_leaves_nothing_open(tmp_path: Path) -> None:
    assert several_curves(tmp_path, 0.0, kind="DIFFERENTIAL").stored_dvhs[0].dose_gy[0] == 0
