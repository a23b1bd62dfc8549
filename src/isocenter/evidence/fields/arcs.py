"""Whether an arc modulates: how far its openings depart from what a target, seen from all sides, would show.

The outline of a target turns smoothly. Each opening of a conformal arc lies half-way between those some degrees before
and after, and over a whole arc each leaf follows a few waves of the gantry angle, however long and flat the target is.
Leaves that modulate depart from both, all over the field; where a leaf only goes from one of several targets to the
next, most openings follow and a few jump.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from isocenter.evidence.fields.segments import Segments

ArcKind = Literal["vmat", "conformal", "unknown"]

EVEN_MU = 0.3  # spread of MU a degree, by its mean, that an arc of even dose rate stays below
SAME_SHAPE = 0.95  # likeness to the opening half-way between its neighbors that a conformal arc stays above
FOLLOWS = 0.97  # the same strip by strip without those that jump
_JUMPS = 0.5  # likeness of a strip below which its leaves went elsewhere
WAVY, VERY_WAVY = 0.05, 0.08  # departure from the waves of an outline; conformal arcs stay below 0.04
_USUAL_STEP_DEG, _MOST_STEPS = 12.0, 2.0  # between the openings compared; at 24 degrees four times the change
SAME_APERTURE = 1e-3  # modulation index of segments that differ by nothing but the angle of the gantry
_COARSE_DEG = 40.0  # openings farther apart show neither the waves of an outline nor what lies between them
_WAVES = 4
_LEAST_OPENINGS = 2 * (2 * _WAVES + 1)  # of a strip, for as many unknowns
_LEAST_WAVED_DEG = 90.0  # a shorter arc shows too little of a wave


@dataclass(frozen=True)
class ArcModulation:
    """How the openings of an arc depart from those that follow a target.

    rate_spread: standard deviation of monitor units a degree by their mean. likeness: area that each opening shares
    with the one half-way between its neighbors, by the larger area; the mean over the arc (1: it follows; None for an
    arc of too few openings). steady_likeness: the same strip by strip, without strips that jump. least_likeness: what a
    conformal arc of this step stays above. waviness: mean distance of leaf tips from a few waves of the gantry angle,
    by the mean opening (None where too few openings show it, or where the likeness has settled it). is_coarse: the
    openings differ, and lie too far apart or are too few to show whether they follow a target.
    """

    rate_spread: float
    likeness: float | None
    steady_likeness: float | None
    least_likeness: float
    waviness: float | None
    is_coarse: bool = False

    @property
    def kind(self) -> ArcKind:
        """VMAT where leaves depart all over the field; unknown where jumps, slight waves or the dose rate alone do."""
        departs = self.likeness is not None and self.likeness < self.least_likeness
        follows = self.steady_likeness is None or self.steady_likeness >= FOLLOWS
        waviness = self.waviness or 0.0
        if (departs or waviness >= VERY_WAVY) and not follows:
            return "vmat"
        is_uneven = self.rate_spread > EVEN_MU
        return "unknown" if departs or is_uneven or waviness >= WAVY or self.is_coarse else "conformal"


def arc_modulation(segments: Segments) -> ArcModulation:
    """Measure an arc by its segments, one for each step of the gantry."""
    rate = segments.weight / np.maximum(segments.degrees, 1e-6)
    rate_spread = float(rate.std() / rate.mean()) if segments.count > 2 else 0.0
    step_deg = max(float(segments.degrees.mean()), 1e-6) if segments.count else _USUAL_STEP_DEG
    away = max(round(_USUAL_STEP_DEG / step_deg), 1)
    is_coarse = step_deg > _COARSE_DEG and segments.modulation_index() > SAME_APERTURE
    if segments.count <= max(2 * away, 2):
        is_too_short = segments.count > 1 and segments.modulation_index() > SAME_APERTURE
        return ArcModulation(rate_spread, None, None, SAME_SHAPE, None, is_coarse or is_too_short)
    # What an outline departs from its half-way grows as the square of the angle.
    farther = float(np.clip(step_deg / _USUAL_STEP_DEG, 1.0, _MOST_STEPS)) ** 2
    # A target off the axis swings as a sine: half-way between two places it lies this much farther out. Leaves
    # that travel along the axis see no swing.
    swing = 1.0 / max(math.cos(math.radians(away * step_deg)), 0.5)
    likeness, steady = max(_likeness_to_half_way(segments, away, outward) for outward in (1.0, swing))
    least = 1.0 - farther * (1.0 - SAME_SHAPE)
    is_settled = likeness < least and steady < FOLLOWS
    waviness = None if is_settled else _waviness(segments)
    return ArcModulation(rate_spread, likeness, steady, least, waviness, is_coarse)


def _likeness_to_half_way(segments: Segments, away: int, outward: float) -> tuple[float, float]:
    """Share of each opening, or of the opening half-way between those `away` before and after, in both.

    Mean over the openings, and over the strips that do not jump, by area. The half-way opening is moved `outward` from
    the axis, by this factor.
    """
    middle, half = (segments.high_mm + segments.low_mm) / 2, (segments.high_mm - segments.low_mm) / 2
    is_open = half > 0
    here, before, after = slice(away, -away), slice(None, -2 * away), slice(2 * away, None)
    # A closed pair waits anywhere, so that only the open one of two says where the opening lies.
    of_before = np.where(is_open[before], middle[before], middle[after])
    of_after = np.where(is_open[after], middle[after], middle[before])
    between, reach = outward * (of_before + of_after) / 2, (half[before] + half[after]) / 2
    low = np.maximum(segments.low_mm[here], between - reach)
    high = np.minimum(segments.high_mm[here], between + reach)
    in_both = np.clip(high - low, 0.0, None)
    shared = in_both @ segments.strip_mm
    larger = np.maximum(segments.areas_mm2[here], 2 * reach @ segments.strip_mm)
    alike = np.divide(shared, larger, out=np.ones_like(shared), where=larger > 0)
    width = np.maximum(2 * half[here], 2 * reach)
    of_strips = np.divide(in_both, width, out=np.zeros_like(width), where=width > 0)
    weights = np.where(of_strips >= _JUMPS, width, 0.0) * segments.strip_mm
    steady = float((of_strips * weights).sum() / weights.sum()) if weights.any() else 0.0
    return float(alike.mean()), steady


def _waviness(segments: Segments) -> float | None:
    """Mean distance of the leaf tips from the nearest sum of a few waves of the gantry angle, by the mean opening."""
    if float(segments.degrees.sum()) < _LEAST_WAVED_DEG:
        return None
    angle = np.radians(np.cumsum(segments.degrees) - segments.degrees / 2)
    waves = np.column_stack(
        [np.ones_like(angle)] + [f(k * angle) for k in range(1, _WAVES + 1) for f in (np.cos, np.sin)]
    )
    opened = segments.high_mm - segments.low_mm
    departed_mm2 = open_mm2 = 0.0
    for strip, width_mm in enumerate(segments.strip_mm):
        is_open = opened[:, strip] > 0
        count = int(is_open.sum())
        if count < _LEAST_OPENINGS:
            continue
        tips = np.column_stack([segments.low_mm[is_open, strip], segments.high_mm[is_open, strip]])
        fitted = waves[is_open] @ np.linalg.lstsq(waves[is_open], tips, rcond=None)[0]
        freedom = (count / (count - waves.shape[1])) ** 0.5
        departed_mm2 += float(np.abs(tips - fitted).sum()) * freedom * float(width_mm)
        open_mm2 += float(opened[is_open, strip].sum()) * float(width_mm)
    return departed_mm2 / open_mm2 if open_mm2 > 0 else None
