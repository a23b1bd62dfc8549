"""Doses of control points: the plan's where they hold all of each beam, and none where some of one is missing."""

from pathlib import Path

import numpy as np
import pytest
from tests.dicom_files import beam, control_point, dose, item, plan, save

from isocenter.intake.dicom_rt.folder import read_folder
from isocenter.terms.problems import Unread

WEIGHTS = (0.0, 0.25, 0.75, 1.0)
STORED = np.full((3, 4, 4), 250, np.uint16)  # in hundredths of a Gy


def exported(folder: Path, *segments: tuple[int, int, int] | None, **changes: object) -> Path:
    """A plan of two beams of four control points, and a dose of 2.5 Gy for each segment (beam, first, last)."""
    beams = [beam(n, [control_point(k, weight) for k, weight in enumerate(WEIGHTS)]) for n in (1, 2)]
    save(plan(beams), folder / "RP.dcm")
    for n, segment in enumerate(segments):
        reference = item(ReferencedSOPInstanceUID="1.2")
        if segment:
            number, first, last = segment
            points = item(ReferencedStartControlPointIndex=first, ReferencedStopControlPointIndex=last)
            of_beam = item(ReferencedBeamNumber=number, ReferencedControlPointSequence=[points])
            group = item(ReferencedFractionGroupNumber=1, ReferencedBeamSequence=[of_beam])
            reference.ReferencedFractionGroupSequence = [group]
        named = {"DoseSummationType": "CONTROL_POINT", "ReferencedRTPlanSequence": [reference], **changes}
        save(dose(STORED, [0.0, 2.0, 4.0], uid=f"1.4.{n}", **named), folder / f"RD{n}.dcm")
    return folder


ALL = ((1, 0, 1), (1, 1, 3), (2, 2, 3), (2, 0, 2))


def test_doses_that_hold_each_beam_from_its_first_to_its_last_control_point_are_the_plans(tmp_path: Path) -> None:
    found, problems, _ = read_folder(exported(tmp_path, *ALL))
    assert found.dose is not None
    np.testing.assert_allclose(found.dose.dose_gy, 10.0, rtol=1e-5)
    assert any("(4) hold all of each beam" in problem.sentence for problem in problems)


@pytest.mark.parametrize(
    ("segments", "why"),
    [
        (ALL[:3], "beam 2 'F2' lacks that from control point 0 to 2"),
        (ALL[1:], "beam 1 'F1' lacks that from control point 0 to 1"),
        (((1, 0, 2), *ALL[2:]), "beam 1 'F1' lacks that from control point 2 to 3"),
        (ALL[:2], "beam 2 'F2' lacks that from control point 0 to 3"),
        ((*ALL, (1, 1, 3)), "beam 1 'F1' has some control points twice"),
        (((1, 0, 9), *ALL[2:]), "beam 1 'F1' has fewer control points than they say"),
        ((*ALL[:3], None), "not every file says of which control points it is"),
    ],
)
def test_where_some_of_a_beam_is_missing_there_is_no_dose_and_the_sentence_says_what(
    tmp_path: Path, segments: tuple[tuple[int, int, int] | None, ...], why: str
) -> None:
    found, problems, _ = read_folder(exported(tmp_path, *segments))
    assert found.dose is None
    (problem,) = [problem for problem in problems if "CONTROL_POINT" in problem.sentence]
    assert why in problem.sentence
    assert not isinstance(problem, Unread)
