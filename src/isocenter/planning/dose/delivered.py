"""The fluence that a beam delivers, from its control points: leaves, jaws, leakage, leaf gap, tongue and groove.

Every dose that says what is delivered starts here: of our own plans, of the clinic's plan computed again, and of the
independent check of monitor units.
"""

from dataclasses import replace

import numpy as np

from isocenter.evidence.fields.apertures import apertures_of
from isocenter.evidence.pictures.fluence import summed_fluence
from isocenter.planning.beam.beam_data import BeamData
from isocenter.planning.dose.dose import FluenceMap
from isocenter.terms.imaging import Beam, Compensator, ControlPoint, FloatArray

PITCH_MM = 1.0
RIM_MM = 40.0  # around the jaws, where the head's scatter still arrives


def delivered_fluence(beam: Beam, data: BeamData) -> FluenceMap:
    """The share of the monitor units that reaches each point of the isocenter plane.

    Leaf ends are rounded, so that each pair is wider open than its positions say by the leaf gap of the beam data;
    where two neighboring pairs meet, a strip is open only while both are; what is closed leaks inside the jaws.
    """
    boxes = np.array([aperture.frame_mm for aperture in apertures_of(beam)])
    low, high = boxes[:, :2].min(0) - RIM_MM, boxes[:, 2:].max(0) + RIM_MM
    x_mm, y_mm = (np.arange(np.floor(low[k]), np.ceil(high[k]) + 1, PITCH_MM) for k in (0, 1))
    leaves = _opened(beam, data.leaf_gap_mm or 0.0)
    is_open = summed_fluence(leaves, x_mm, y_mm, PITCH_MM)
    if data.groove_mm and beam.leaf_boundaries_mm is not None:
        is_open = _with_grooves(is_open, leaves, x_mm, y_mm, data.groove_mm)
    inside = _between_jaws(boxes, x_mm, y_mm)
    values = is_open + data.mlc_transmission * np.maximum(inside - is_open, 0)
    for plate in beam.compensators:
        values = values * _behind(plate, x_mm, y_mm)
    return FluenceMap(values.T, float(x_mm[0]), float(y_mm[0]), PITCH_MM)


def _opened(beam: Beam, gap_mm: float) -> Beam:
    """The beam with each pair of leaves wider open by the gap, within its jaws."""
    if not gap_mm:
        return beam
    half = np.array([[-gap_mm / 2], [gap_mm / 2]])
    points = (p if p.leaves_mm is None else replace(p, leaves_mm=p.leaves_mm + half) for p in beam.control_points)
    return replace(beam, control_points=tuple(points))


def _with_grooves(is_open: FloatArray, beam: Beam, x_mm: FloatArray, y_mm: FloatArray, groove_mm: float) -> FloatArray:
    """Where neighboring pairs meet, a strip is open only while both are; the raster holds its share of a sample."""
    assert beam.leaf_boundaries_mm is not None
    inner = beam.leaf_boundaries_mm[1:-1]
    across_mm = x_mm if beam.leaf_axis == "Y" else y_mm
    nearest = np.argmin(np.abs(across_mm[:, None] - inner[None]), axis=1) if len(inner) else np.zeros(0, np.int64)
    is_strip = np.abs(across_mm - inner[nearest]) <= PITCH_MM / 2 + 1e-9 if len(inner) else np.zeros(0, bool)
    if not is_strip.any():
        return is_open
    samples = np.bincount(nearest[is_strip], minlength=len(inner))[nearest]
    share = np.where(is_strip, np.minimum(groove_mm / PITCH_MM / np.maximum(samples, 1), 1.0), 0.0)
    # A leaf pair for each strip, of the two beside it the narrower opening, reaching to the middles of its neighbors.
    middles = (beam.leaf_boundaries_mm[1:] + beam.leaf_boundaries_mm[:-1]) / 2
    both = replace(
        beam, leaf_boundaries_mm=middles, control_points=tuple(_narrower(point) for point in beam.control_points)
    )
    in_strip = summed_fluence(both, x_mm, y_mm, PITCH_MM)
    weight = share[None, :] if beam.leaf_axis == "Y" else share[:, None]
    lowered: FloatArray = is_open + weight * np.minimum(in_strip - is_open, 0)
    return lowered


def _narrower(point: ControlPoint) -> ControlPoint:
    if point.leaves_mm is None:
        return point
    low, high = point.leaves_mm
    left, right = np.maximum(low[1:], low[:-1]), np.minimum(high[1:], high[:-1])
    return replace(point, leaves_mm=np.stack([left, np.maximum(left, right)]))


def _behind(plate: Compensator, x_mm: FloatArray, y_mm: FloatArray) -> FloatArray:
    """What a plate lets through at each point (y, x), by the pixel it lies in; all beyond its rim."""
    assert plate.transmission is not None and plate.pixel_mm is not None and plate.corner_mm is not None
    column = np.rint((x_mm - plate.corner_mm[0]) / plate.pixel_mm[1]).astype(np.int64)
    row = np.rint((plate.corner_mm[1] - y_mm) / plate.pixel_mm[0]).astype(np.int64)
    on = ((row >= 0) & (row < plate.rows))[:, None] & ((column >= 0) & (column < plate.columns))[None]
    at = np.clip(row, 0, plate.rows - 1)[:, None], np.clip(column, 0, plate.columns - 1)[None]
    through: FloatArray = np.where(on, plate.transmission[at], 1.0)
    return through


def _between_jaws(boxes: FloatArray, x_mm: FloatArray, y_mm: FloatArray) -> FloatArray:
    """The share of control points whose jaws leave each point (y, x) open."""
    within_x = (x_mm >= boxes[:, 0, None]) & (x_mm <= boxes[:, 2, None])
    within_y = (y_mm >= boxes[:, 1, None]) & (y_mm <= boxes[:, 3, None])
    share: FloatArray = np.einsum("py,px->yx", within_y.astype(np.float64), within_x.astype(np.float64)) / len(boxes)
    return share
