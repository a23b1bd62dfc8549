"""Fields made of control points, for tests of techniques: leaves of ten pairs, segments, discs, arcs."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from isocenter.evidence.fields.technique import describe_technique
from isocenter.terms.imaging import Beam, ControlPoint, TreatmentPlan

BOUNDARIES_MM = np.linspace(-50, 50, 11)


def point(
    weight: float, left_mm: float = -50, right_mm: float = 50, gantry_deg: float = 0.0, rotation: str = "NONE"
) -> ControlPoint:
    leaves = np.array([[left_mm] * 10, [right_mm] * 10], dtype=float)
    return ControlPoint(weight, gantry_deg, rotation, leaves_mm=leaves)


def field(*points: ControlPoint, number: int = 1, **changes: object) -> Beam:
    beam = Beam(number=number, leaf_boundaries_mm=BOUNDARIES_MM, leaf_axis="X", control_points=points)
    return replace(beam, **changes)  # type: ignore[arg-type]


def steps(*segments: tuple[float, float, float]) -> tuple[ControlPoint, ...]:
    """Control points of static segments of (share, left, right), moving between them with the beam off."""
    points, given = [], 0.0
    for share, left_mm, right_mm in segments:
        points += [point(given, left_mm, right_mm), point(given + share, left_mm, right_mm)]
        given += share
    return tuple(points)


def technique_of(*fields: Beam) -> tuple[str, bool | None]:
    found = describe_technique(TreatmentPlan("1.2", beams=fields))
    return found.technique, found.is_imrt


def disc_mm(radius_mm: float) -> np.ndarray:
    half_mm = np.sqrt(np.clip(radius_mm**2 - np.linspace(-45, 45, 10) ** 2, 0, None))
    return np.array([-half_mm, half_mm])


def plate_mm(angle: float) -> np.ndarray:
    """What a flat target of 80 x 24 mm in the axial plane, 12 mm off the axis, shows of itself."""
    half_mm = np.hypot(40 * np.cos(angle), 12 * np.sin(angle)) * np.sqrt(1 - (np.linspace(-45, 45, 10) / 60) ** 2)
    return 12 * np.cos(angle) + np.array([-half_mm, half_mm])


def arc(step_deg: float, tips_mm: Callable[[float], np.ndarray], span_deg: float = 358.0) -> Beam:
    """An arc of even dose rate whose leaf tips (2, 10) are a function of the gantry angle."""
    count = round(span_deg / step_deg)
    turned = [step_deg * k for k in range(count + 1)]
    return field(
        *(ControlPoint(t / turned[-1], (181 + t) % 360, "CW", leaves_mm=tips_mm(math.radians(181 + t))) for t in turned)
    )
