"""Sliding window: leaves that cross a field once while the beam is on, and leave each column its fluence."""

import numpy as np
from numpy.typing import NDArray

from isocenter.errors import UnreadableInput
from isocenter.planning.beam.beam_data import BeamData
from isocenter.planning.dose.influence import BIXEL_MM, BixelMap
from isocenter.planning.kernels.sweep import sweep_times, synchronize
from isocenter.terms.imaging import Beam, ControlPoint, FloatArray

CONTROL_POINTS = 60
ROUNDS = 6  # of taking what leaks off what is left open
SPEED_RESERVE = 0.9  # of the fastest leaf, since monitor units are scaled once more at the end


def sweep_field(bixels: BixelMap, wanted_mu: FloatArray, data: BeamData) -> Beam:
    """A field of dynamic leaves that gives a map (columns, leaf pairs) of monitor units.

    Leaf times belong to the middles of columns; what leaks through closed leaves is taken off what they leave open;
    pairs are narrower by the leaf gap of the beam data. Raises UnreadableInput where the beam data lacks what a sweep
    depends on.
    """
    gap_mm, least_mm, speed, rate = _limits(data)
    columns, pairs = (np.flatnonzero((wanted_mu > 0).any(axis)) for axis in (1, 0))
    used = slice(columns[0], columns[-1] + 1)
    rows = np.pad(wanted_mu[used].T, ((0, 0), (1, 1)))  # an empty column at both ends, where leaves wait
    least_mu = BIXEL_MM / (SPEED_RESERVE * speed) * rate / 60.0
    lead, trail = _compensated(rows, least_mu, data.mlc_transmission)
    total = float(trail.max())
    middles = bixels.u0_mm + BIXEL_MM * np.arange(columns[0] - 1, columns[-1] + 2)
    at = np.linspace(0.0, total, CONTROL_POINTS)
    left, right = (_positions(times, at, middles, rows) for times in (trail, lead))
    left, right = left + gap_mm / 2, right - gap_mm / 2
    short = np.maximum(least_mm - (right - left), 0.0) / 2
    leaves = np.stack([left - short, right + short], axis=1)  # (points, 2, pairs)
    edges = (bixels.u0_mm - BIXEL_MM / 2, bixels.v0_mm - BIXEL_MM / 2)
    jaws = [
        (float(edge + BIXEL_MM * own[0]), float(edge + BIXEL_MM * (own[-1] + 1)))
        for edge, own in zip(edges, (columns, pairs), strict=True)
    ]
    points = [
        ControlPoint(
            float(t / total), bixels.view.gantry_deg, jaws_x_mm=jaws[0], jaws_y_mm=jaws[1], leaves_mm=leaves[k]
        )
        for k, t in enumerate(at)
    ]
    return Beam(
        number=0,
        beam_type="DYNAMIC",
        monitor_units=total,
        leaf_boundaries_mm=edges[1] + BIXEL_MM * np.arange(wanted_mu.shape[1] + 1),
        leaf_axis="X",
        control_points=tuple(points),
    )


def fastest_leaf_mm_per_s(beam: Beam, data: BeamData) -> float:
    """The highest speed of any leaf of a field at the dose rate of the beam data."""
    if beam.monitor_units is None or not data.dose_rate_mu_per_min:
        return 0.0
    leaves = np.array([p.leaves_mm for p in beam.control_points if p.leaves_mm is not None])
    weights = np.array([p.cumulative_weight for p in beam.control_points if p.leaves_mm is not None])
    seconds = np.diff(weights) * beam.monitor_units / data.dose_rate_mu_per_min * 60.0
    moved = np.abs(np.diff(leaves, axis=0)).max((1, 2), initial=0.0)
    is_on = seconds > 0
    return float((moved[is_on] / seconds[is_on]).max(initial=0.0))


def _limits(data: BeamData) -> tuple[float, float, float, float]:
    found = {
        "leaf_gap_mm": data.leaf_gap_mm,
        "least_opening_mm": data.least_opening_mm,
        "leaf_speed_mm_per_s": data.leaf_speed_mm_per_s,
        "dose_rate_mu_per_min": data.dose_rate_mu_per_min,
    }
    missing = [name for name, value in found.items() if value is None]
    if missing:
        raise UnreadableInput(
            f"the beam data {data.name} does not state {', '.join(missing)} (under `leaves`), which a sliding window "
            "depends on; measure and add it, or plan step and shoot"
        )
    gap_mm, least_mm, speed, rate = (value or 0.0 for value in found.values())
    return gap_mm, least_mm, speed, rate


def _compensated(rows: FloatArray, least_mu: float, transmission: float) -> tuple[FloatArray, FloatArray]:
    """Times whose openings leave room for what leaks: open = (wanted - T total) / (1 - T), the total by iteration."""
    total = 0.0
    for _ in range(ROUNDS):
        wanted = np.maximum(rows - transmission * total, 0.0) / (1.0 - transmission)
        lead, trail = sweep_times(wanted, least_mu)
        synchronize(lead, trail)
        if abs(trail.max() - total) < 0.1:
            break
        total = float(trail.max())
    return lead, trail


def _positions(times: FloatArray, at: FloatArray, middles: FloatArray, rows: FloatArray) -> NDArray[np.float64]:
    """Where each leaf is at each meterset (points, pairs); pairs of empty rows wait at the start."""
    found = [
        np.interp(at, own, middles) if row.any() else np.full(len(at), middles[0])
        for own, row in zip(times, rows, strict=True)
    ]
    return np.stack(found, axis=1)
