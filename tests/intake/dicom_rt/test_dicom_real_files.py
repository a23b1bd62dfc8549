"""Real files: a breast boost, the TG-119 C-shape, and small odd ones, against what is known of them."""

from pathlib import Path

import numpy as np
import pydicom
import pytest

from isocenter.errors import UnreadableInput
from isocenter.intake.dicom_rt import read_dose, read_folder, read_plan, read_structures
from isocenter.intake.dicom_rt.elements import open_file
from isocenter.intake.dicom_rt.pixels import stored_values


def test_the_breast_boost_is_read_as_its_planning_system_shows_it(shared_data: Path) -> None:
    found, problems, inputs = read_folder(shared_data / "dicompyler_breast")
    assert found.plan is not None
    assert found.dose is not None
    assert [(b.monitor_units, b.control_points[0].gantry_deg, b.energy_mv) for b in found.plan.beams] == [
        (97.0, 327.0, 10.0),
        (87.0, 0.0, 6.0),
        (89.0, 56.0, 6.0),
        (94.0, 150.0, 10.0),
    ]
    assert (found.plan.fractions, found.plan.prescribed_dose_gy, found.plan.approval) == (7, 14.0, "UNAPPROVED")
    assert found.dose.dose_gy.shape == (98, 129, 194)
    assert float(found.dose.dose_gy.max()) == pytest.approx(14.68, abs=0.01)
    assert len(found.dose.stored_dvhs) == 9
    assert len(inputs) == 4
    told = " ".join(problem.sentence for problem in problems)
    for words in ("per cent", "97 of the 98 images", "11.31 Gy is that of a point", "2 'Areola'"):
        assert words in told


def test_the_c_shape_is_read_without_a_problem(shared_data: Path) -> None:
    found, problems, _ = read_folder(shared_data / "tg119_pyradplan")
    assert problems == []
    assert found.ct is not None
    assert found.structure_set is not None
    assert found.ct.hu.shape == (129, 167, 167)
    assert [s.name for s in found.structure_set.structures if s.contours] == ["Core", "OuterTarget", "BODY"]


@pytest.mark.parametrize("name", ["rtdose", "rtdose_1frame", "rtdose_expb", "rtdose_expb_1frame", "rtdose_rle",
                                  "rtdose_rle_1frame"])  # fmt: skip
def test_pixels_of_every_encoding_are_those_of_pydicom(shared_data: Path, name: str) -> None:
    path = shared_data / "pydicom_rt" / f"{name}.dcm"
    whole = pydicom.dcmread(path).pixel_array
    stored = stored_values(open_file(path), whole.size // 100, 10, 10)
    np.testing.assert_array_equal(stored.reshape(whole.shape), whole)
    with pytest.raises(UnreadableInput, match="RELATIVE"):
        read_dose(path)


def test_a_truncated_plan_and_a_structure_set_without_preamble(shared_data: Path) -> None:
    with pytest.raises(UnreadableInput, match="cut short"):
        read_plan(shared_data / "pydicom_rt" / "rtplan_truncated.dcm")
    found, problems = read_structures(shared_data / "pydicom_rt" / "rtstruct.dcm")
    assert [(s.number, s.name) for s in found.structures][1:] == [(2, "Isocenter 1"), (3, "Isocenter 2")]
    assert all("POINT" in problem.sentence for problem in problems)
