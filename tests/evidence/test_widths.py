"""Widths along portals, held to closed forms: ellipses, rectangles, any gantry angle and patient position."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isocenter.evidence.fields.portals import FIXED_AXES
from isocenter.evidence.fields.widths import width_along_portals_mm
from isocenter.terms.imaging import Beam, ContouredStructure, ControlPoint

_HALF_LONG_MM, _HALF_SHORT_MM = 110.0, 45.0


def beam(*gantry_deg: float, couch_deg: float = 0.0, delivery_type: str = "TREATMENT") -> Beam:
    points = tuple(ControlPoint(0.0, angle, couch_deg=couch_deg) for angle in gantry_deg)
    return Beam(1, delivery_type=delivery_type, control_points=points)


def ellipse(turned_deg: float = 0.0) -> ContouredStructure:
    """An ellipse whose long axis lies along x, turned in the axial plane; a smaller one on the next slice."""
    t = np.linspace(0, 2 * math.pi, 3600, endpoint=False)
    flat = np.column_stack([_HALF_LONG_MM * np.cos(t), _HALF_SHORT_MM * np.sin(t)])
    cos, sin = math.cos(math.radians(turned_deg)), math.sin(math.radians(turned_deg))
    points = flat @ np.array([[cos, sin], [-sin, cos]]) + [37.0, -12.0]
    return ContouredStructure(1, "Breast_R", contours=((0.0, points), (3.0, 0.5 * points)))


@given(st.floats(0, 359.9), st.floats(0, 180))
def test_the_width_of_an_ellipse_is_its_support_along_the_beam(gantry_deg: float, turned_deg: float) -> None:
    # Head first supine: gantry 0 looks along y, gantry 90 along x.
    along_deg = round(gantry_deg, 1) - 90.0 - turned_deg
    wanted = 2 * math.hypot(
        _HALF_LONG_MM * math.cos(math.radians(along_deg)), _HALF_SHORT_MM * math.sin(math.radians(along_deg))
    )
    assert width_along_portals_mm(ellipse(turned_deg), [beam(gantry_deg)]) == pytest.approx(wanted, abs=0.01)


def test_opposed_tangents_give_the_separation_and_steeper_portals_less() -> None:
    tangents = [beam(50.0), beam(230.0)]
    breast = ellipse(turned_deg=-40.0)
    assert width_along_portals_mm(breast, tangents) == pytest.approx(2 * _HALF_LONG_MM, abs=0.01)
    assert width_along_portals_mm(breast, [beam(140.0)]) == pytest.approx(2 * _HALF_SHORT_MM, abs=0.01)


@pytest.mark.parametrize("position", sorted(FIXED_AXES))
def test_both_axes_are_seen_in_every_patient_position(position: str) -> None:
    # Lying on a side the patient shows the flank to the gantry above.
    from_the_side, from_above = (180.0, 90.0) if position.endswith(("DR", "DL")) else (90.0, 180.0)
    assert width_along_portals_mm(ellipse(), [beam(from_the_side)], position) == pytest.approx(2 * _HALF_LONG_MM)
    assert width_along_portals_mm(ellipse(), [beam(from_above)], position) == pytest.approx(
        2 * _HALF_SHORT_MM, abs=0.01
    )


def test_an_arc_counts_with_all_its_angles_and_the_greatest_width_is_reported() -> None:
    arc = beam(*np.arange(0.0, 180.1, 2.0))
    assert width_along_portals_mm(ellipse(turned_deg=30.0), [arc]) == pytest.approx(2 * _HALF_LONG_MM, abs=0.2)


def test_portals_out_of_the_plane_and_setup_beams_tell_no_width() -> None:
    assert width_along_portals_mm(ellipse(), [beam(90.0, couch_deg=30.0)]) is None
    assert width_along_portals_mm(ellipse(), [beam(90.0, delivery_type="SETUP")]) is None
    assert width_along_portals_mm(ellipse(), [beam(90.0, couch_deg=359.8)]) is not None
    assert width_along_portals_mm(ellipse(), [beam(90.0)], "SITTING") is None
    assert width_along_portals_mm(replace(ellipse(), contours=()), [beam(90.0)]) is None
