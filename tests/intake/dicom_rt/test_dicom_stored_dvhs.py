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


def test_a_maximum_in_per_cent_is_told_and_kept_raw(tmp_path: Path) -> None:
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
def test_a_curve_that_means_no_gy_or_cc_is_left_out_and_told(
    changes: dict[str, object], words: str, tmp_path: Path
) -> None:
    grid, problems = stored(tmp_path, **changes)
    assert grid.stored_dvhs == ()
    assert any(words in problem.sentence for problem in problems)
