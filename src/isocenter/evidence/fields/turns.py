"""How far the gantry turns from one control point of a beam to the next, and over the whole beam."""

import numpy as np

from isocenter.terms.imaging import Beam, FloatArray

_JITTER_DEG = 1.0  # back by less than this, where a direction is stated: the read-out, not nearly a full turn


def turned_deg(beam: Beam) -> FloatArray:
    """Degrees that the gantry turns between neighboring control points, shape (points - 1,), the way that is stated.

    Without a stated direction, the shorter way. A beam that turns from its first control point to its second and last
    one, both at one angle, goes all the way around; the type STATIC says that it does not.
    """
    points = beam.control_points
    angles_deg = np.array([point.gantry_deg for point in points])
    clockwise_deg = np.diff(angles_deg) % 360.0
    counter_deg = (360.0 - clockwise_deg) % 360.0
    shorter_deg = np.minimum(clockwise_deg, counter_deg)
    directions = np.array([point.rotation for point in points[:-1]])
    steps_deg: FloatArray = np.where(directions == "CW", clockwise_deg, shorter_deg)
    steps_deg = np.where(directions == "CC", counter_deg, steps_deg)
    if len(points) > 2:
        return np.where(steps_deg > 360.0 - _JITTER_DEG, shorter_deg, steps_deg)
    if len(points) == 2 and not steps_deg[0] and directions[0] in ("CW", "CC") and beam.beam_type != "STATIC":
        return np.array([360.0])
    return steps_deg


def arc_length_deg(beam: Beam) -> float:
    """How far the gantry turns over the whole beam, in degrees."""
    return round(float(turned_deg(beam).sum()), 1)
