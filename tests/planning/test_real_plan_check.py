"""The check of monitor units of a planning system's breast plan: two energies, dynamic fields, points off the axis."""

from pathlib import Path

import pytest

from isocenter.errors import UnreadableInput
from isocenter.mu_checking import check_plan
from isocenter.planning.beam.beam_data import generic_beams
from tests.planning.measured import write_measured

REAL_PLAN = Path(__file__).parents[2].parent / "shared" / "data" / "dicompyler_breast"
# Doses of a fraction in Gy, field by field, by the collapsed cone with the same beams: in the middle of the tumor bed,
# and at the point of even dose that the check chooses.
BY_COLLAPSED_CONE = {
    (111.6, -311.0, -9.9): (0.526, 0.479, 0.501, 0.515),
    None: (0.496, 0.454, 0.562, 0.532),
}


@pytest.fixture(scope="module")
def beams(tmp_path_factory):
    where = tmp_path_factory.mktemp("beams")
    for beam in generic_beams():
        own = where / f"{beam.energy_mv:g}"
        own.mkdir()
        write_measured(own, beam)
        (own / "off_axis.csv").write_text("radius_mm,ratio\n0,1\n150,1\n")  # the generic beams are even
    return where


@pytest.mark.slow
@pytest.mark.skipif(not REAL_PLAN.is_dir(), reason="the plan of a planning system is not there")
def test_the_breast_plan_of_two_energies_is_within_the_tolerances(beams):
    for point_mm, expected_gy in BY_COLLAPSED_CONE.items():
        check = check_plan(REAL_PLAN, beams, point_mm).check
        assert [check.beam_of(field).energy_mv for field in check.fields] == [10, 6, 6, 10]
        assert [field.dose_gy for field in check.fields] == pytest.approx(expected_gy, rel=0.05)
        assert check.dose_gy == pytest.approx(sum(expected_gy), rel=0.03)
        assert check.is_within and abs(check.difference_percent) < 2
    (beams / "10" / "off_axis.csv").unlink()
    (beams / "6" / "off_axis.csv").unlink()
    with pytest.raises(UnreadableInput, match=r"3 RAO: the point lies 4\.0 cm off the axis, and no off-axis ratios"):
        check_plan(REAL_PLAN, beams)
