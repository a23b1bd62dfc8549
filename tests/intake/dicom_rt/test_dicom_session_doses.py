"""Doses that say they are of one session, and beams that state a dose of zero."""

from pathlib import Path

import numpy as np
import pytest
from tests import dicom_files as make

from isocenter.intake.dicom_rt.folder import read_folder
from isocenter.terms.imaging import PlanFolder


def session(folder: Path, highest_gy: float, beam_dose_gy: float = 1.0) -> tuple[PlanFolder, str]:
    """10 Gy in 5 fractions, and a dose of one session that reaches highest_gy."""
    made = make.plan()
    for reference in made.FractionGroupSequence[0].ReferencedBeamSequence:
        reference.BeamDose = beam_dose_gy
    make.save(made, folder / "RP.dcm")
    stored = np.full((3, 4, 5), round(highest_gy * 100), dtype=np.uint16)
    make.save(make.dose(stored, [0, 3, 6], DoseSummationType="FRACTION_SESSION"), folder / "RD.dcm")
    parts, problems, _ = read_folder(folder)
    return parts, " ".join(problem.sentence for problem in problems)


@pytest.mark.parametrize(
    ("stated_gy", "read_gy", "said"), [(2.1, 10.5, "is multiplied by 5"), (10.5, 10.5, "is not multiplied")]
)
def test_a_session_is_multiplied_unless_it_reaches_what_all_give(
    stated_gy: float, read_gy: float, said: str, tmp_path: Path
) -> None:
    parts, sentences = session(tmp_path, stated_gy)
    assert parts.dose is not None
    assert parts.plan is not None
    assert parts.dose.dose_gy.max() == pytest.approx(read_gy)
    assert parts.plan.prescribed_dose_gy == 10
    assert said in sentences


def test_no_prescription_is_read_higher_than_any_is(tmp_path: Path) -> None:
    made = make.plan()
    made.FractionGroupSequence[0].NumberOfFractionsPlanned = 25
    make.save(made, tmp_path / "RP.dcm")
    stored = np.full((3, 4, 5), 25_000, dtype=np.uint16)
    make.save(make.dose(stored, [0, 3, 6]), tmp_path / "RD.dcm")
    parts, _, _ = read_folder(tmp_path)
    assert parts.plan is not None
    assert parts.plan.prescribed_dose_gy == 10


def test_beams_that_state_zero_state_no_dose(tmp_path: Path) -> None:
    _, sentences = session(tmp_path, 2.1, beam_dose_gy=0.0)
    assert "0.00 Gy" not in sentences
