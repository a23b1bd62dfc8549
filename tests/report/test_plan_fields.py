"""What the page of a comparison says of the fields of both plans, and of what neither of them shows."""

from types import SimpleNamespace

import pytest

from isocenter.planning.plans.comparison import ComparedConstraint
from isocenter.planning.plans.plan import Offered
from isocenter.planning.task.templates import Arrangement
from isocenter.report.plan_fields import angles_compared, apertures_by_angle, tried_too
from isocenter.report.plans_page import _only_at_less_coverage, _only_the_clinic_meets

_WEDGES = ("", "toward +x", "toward -x", "toward +y", "toward -y")


def arrangement(*gantry_deg, name="three_fields"):
    return Arrangement(name, gantry_deg, (), "")


def test_what_was_offered_and_kept_is_gathered_by_gantry_angle():
    offered = [Offered(0, "PTV", wedge) for wedge in _WEDGES]
    offered += [Offered(0, "PTV off Cord", "")] * 2 + [Offered(1, "PTV", "")]
    opening = SimpleNamespace(beam=0, label="PTV", wedge="toward +x", monitor_units=12.4)
    plan = SimpleNamespace(arrangement=arrangement(0.0, 90.0, 200.0), offered=offered, openings=[opening])
    first, second = apertures_by_angle(plan)
    assert first.offered == "PTV, open and behind a wedge in four directions; PTV off Cord (on both sides)"
    assert first.kept == "PTV with wedge toward +x, 12 MU"
    assert second == (90.0, "PTV", "none")


@pytest.mark.parametrize(
    ("imrt", "conformal", "said"),
    [
        (
            7,
            7,
            "IMRT has 7 gantry angles, the 3D conformal plan 7: the goals it misses are not explained by fewer fields",
        ),
        (7, 6, "IMRT has 7 gantry angles, the 3D conformal plan 6; on the angles of IMRT it misses more"),
    ],
)
def test_the_page_says_whether_3d_has_fewer_fields(imrt, conformal, said):
    plans = [
        SimpleNamespace(technique=technique, arrangement=arrangement(*range(count)))
        for technique, count in (("imrt", imrt), ("conformal", conformal))
    ]
    assert angles_compared(plans).startswith(said)
    assert angles_compared(plans[:1]) == ""


def test_the_fields_that_were_not_kept_are_named_with_their_angles():
    plan = SimpleNamespace(tried_too=(arrangement(180.0, 130.0, 230.0, name="spine_posterior_obliques"),))
    assert tried_too(plan) == ["spine posterior obliques, 3 gantry angles (180°, 130°, 230°)"]


def compared(verdict, raised=0.0, **is_met):
    return ComparedConstraint("Cord", "max", "<=", 45.0, "Gy", {"conformal_raised": raised}, is_met, verdict)


def test_a_limit_that_3d_keeps_only_with_less_coverage_is_told_apart():
    broken = {"imrt": True, "conformal": True, "conformal_raised": False}
    assert _only_at_less_coverage(compared("both", 47.0, **broken), 2.0)
    assert not _only_at_less_coverage(compared("both", 45.5, **broken), 2.0)  # no more than doses are accurate to
    assert not _only_at_less_coverage(compared("both", imrt=True, conformal=True), 2.0)
    assert not _only_at_less_coverage(compared("only_imrt", 47.0, imrt=True, conformal=False), 2.0)


def test_a_limit_that_the_clinics_plan_alone_keeps_is_told_apart():
    assert _only_the_clinic_meets(compared("neither", clinic=True, imrt=False, conformal=False))
    assert not _only_the_clinic_meets(compared("neither", imrt=False, conformal=False))
    assert not _only_the_clinic_meets(compared("both", clinic=True, imrt=True, conformal=True))
