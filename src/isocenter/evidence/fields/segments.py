"""The segments of a field: the apertures through which it gives dose, and how much through each."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from isocenter.evidence.fields.apertures import Aperture, apertures_of
from isocenter.evidence.fields.turns import turned_deg
from isocenter.terms.imaging import Beam, ControlPoint, FloatArray

_STILL_MM = 0.05
_LEAST_WEIGHT = 1e-6  # of the meterset; less is the rounding of decimals
_MOST_PARTS, _SEAM_SHARE, _ALIKE_MU = 3, 0.2, 0.1


@dataclass(frozen=True, eq=False)
class Segments:
    """The openings of one field through which dose is given, at the isocenter plane.

    low_mm and high_mm have shape (segments, strips): the edges of the opening along the leaf travel, in each
    strip across it; strip_mm (strips,) are the strips' widths; weight (segments,) is the share of monitor
    units; degrees (segments,) is how far the gantry turns meanwhile. settings counts the different positions of the
    leaves (of the jaws, where there are no leaves), whatever the jaws do meanwhile.
    """

    low_mm: FloatArray
    high_mm: FloatArray
    strip_mm: FloatArray
    weight: FloatArray
    degrees: FloatArray
    moving_share: float
    is_shaped: bool
    settings: int

    @property
    def count(self) -> int:
        """How many segments give dose."""
        return len(self.weight)

    @property
    def areas_mm2(self) -> FloatArray:
        """Area that each segment leaves open, shape (segments,)."""
        areas: FloatArray = np.clip(self.high_mm - self.low_mm, 0.0, None) @ self.strip_mm
        return areas

    def share_outside_largest(self) -> float:
        """Share of the monitor units that go through other apertures than the largest."""
        if not self.count:
            return 0.0
        areas = self.areas_mm2
        return float(self.weight[areas < areas.max() - 1.0].sum() / self.weight.sum())

    def nested_share(self) -> float:
        """Share of the smaller apertures' area that lies within the largest one."""
        if self.count < 2:
            return 1.0
        areas = self.areas_mm2
        largest = int(areas.argmax())
        low = np.maximum(self.low_mm, self.low_mm[largest])
        high = np.minimum(self.high_mm, self.high_mm[largest])
        inside = np.clip(high - low, 0.0, None) @ self.strip_mm
        others = np.arange(self.count) != largest
        total = float(areas[others].sum())
        return float(inside[others].sum() / total) if total > 0 else 1.0

    def common_share(self) -> float:
        """Area that every segment leaves open, as a share of what they open together; 1 for a single one."""
        common = np.clip(self.high_mm.min(axis=0) - self.low_mm.max(axis=0), 0.0, None) @ self.strip_mm
        together = self._together_mm2()
        return float(common / together) if together > 0 else 1.0

    def _together_mm2(self) -> float:
        """Area of all apertures together: in a strip they lie close, so that their hull stands for their union."""
        is_open = self.high_mm > self.low_mm
        low = np.where(is_open, self.low_mm, np.inf).min(axis=0)
        high = np.where(is_open, self.high_mm, -np.inf).max(axis=0)
        return float(np.where(high > low, high - low, 0.0) @ self.strip_mm)

    def is_chain(self, share: float) -> bool:
        """Whether each segment lies, by at least this share of its area, within every larger one."""
        order = np.argsort(-self.areas_mm2, kind="stable")
        low, high, areas = self.low_mm[order], self.high_mm[order], self.areas_mm2[order]
        shared = np.minimum(high[1:], high[:-1]) - np.maximum(low[1:], low[:-1])
        inside = np.clip(shared, 0.0, None) @ self.strip_mm
        return bool((inside >= share * areas[1:]).all())

    def are_parts_of_one_field(self) -> bool:
        """Whether two or three apertures lie side by side, each given alike, as a field wider than its leaves reach.

        The parts of such a field overlap along a seam; elsewhere each place lies in one of them.
        """
        if not 2 <= self.count <= _MOST_PARTS or np.ptp(self.weight) > _ALIKE_MU * self.weight.mean():
            return False
        areas = self.areas_mm2
        for one, other in combinations(range(self.count), 2):
            low = np.maximum(self.low_mm[one], self.low_mm[other])
            high = np.minimum(self.high_mm[one], self.high_mm[other])
            shared = float(np.clip(high - low, 0.0, None) @ self.strip_mm)
            if shared > _SEAM_SHARE * min(areas[one], areas[other]):
                return False
        return True

    def modulation_index(self) -> float:
        """1 - mean aperture area by monitor units / area of all apertures together; 0 for an open field."""
        if not self.count:
            return 0.0
        together = self._together_mm2()
        mean = float(self.areas_mm2 @ self.weight / self.weight.sum())
        return 1.0 - mean / together if together > 0 else 0.0


@dataclass(frozen=True, eq=False)
class Openings:
    """The opening at every control point: edges (points, strips), widths of strips, share of meterset an interval.

    is_seen (points, strips): whether the jaws across the leaves leave the strip open.
    """

    low_mm: FloatArray
    high_mm: FloatArray
    is_seen: NDArray[np.bool_]
    strip_mm: FloatArray
    weight: FloatArray


def openings_of(beam: Beam) -> Openings:
    """What leaves and jaws leave open at each control point of a beam of two or more."""
    apertures = apertures_of(beam)
    edges_mm = _strip_edges_mm(apertures)
    low, high = (np.array(side) for side in zip(*(_between_tips(each, edges_mm) for each in apertures), strict=True))
    is_seen = np.array([_is_between_jaws(each, edges_mm) for each in apertures])
    weight = np.clip(np.diff([point.cumulative_weight for point in beam.control_points]), 0.0, None)
    return Openings(low, high, is_seen, np.diff(edges_mm), weight / max(float(weight.sum()), 1e-9))


def segments_of(beam: Beam) -> Segments:
    """The segments of a beam: intervals between control points in which the meterset rises.

    An interval whose aperture stays as it was in the one before belongs to the same segment on a static
    field. The aperture of an interval is the mean of its two ends, which for moving leaves is where they
    are half-way.
    """
    points = beam.control_points
    if len(points) < 2:
        return _no_segments(beam)
    weight = np.diff([point.cumulative_weight for point in points])
    apertures = apertures_of(beam)
    edges_mm = _strip_edges_mm(apertures)
    low, high = (np.array(side) for side in zip(*(_opening(each, edges_mm) for each in apertures), strict=True))
    moves = _changes(low, high)
    turned = turned_deg(beam)
    gives_dose = weight > _LEAST_WEIGHT
    total = float(weight[gives_dose].sum())
    if total <= 0:
        return _no_segments(beam)
    segment_low = ((low[1:] + low[:-1]) / 2)[gives_dose]
    segment_high = ((high[1:] + high[:-1]) / 2)[gives_dose]
    segment = _segment_numbers(segment_low, segment_high, turned[gives_dose])
    first = np.unique(segment, return_index=True)[1]
    return Segments(
        low_mm=segment_low[first],
        high_mm=segment_high[first],
        strip_mm=np.diff(edges_mm),
        weight=np.bincount(segment, weights=weight[gives_dose]) / total,
        degrees=np.bincount(segment, weights=turned[gives_dose]).astype(np.float64),
        moving_share=float(weight[gives_dose & moves].sum() / total),
        is_shaped=any(point.leaves_mm is not None for point in points),
        settings=_settings(points, gives_dose) or len(first),
    )


def _settings(points: Sequence[ControlPoint], gives_dose: NDArray[np.bool_]) -> int:
    """How many different positions the leaves take, to a millimeter, while dose is given; 0 without leaves."""
    leaves = [point.leaves_mm for point in points if point.leaves_mm is not None]
    if len(leaves) < len(points):
        return 0
    low, high = np.array(leaves).transpose(1, 0, 2)
    is_open = high > low
    tips = np.concatenate([np.where(is_open, low, 0.0), np.where(is_open, high, 0.0)], axis=1)
    half_way = (tips[1:] + tips[:-1])[gives_dose] / 2
    return len(np.unique(np.round(half_way), axis=0))


def _no_segments(beam: Beam) -> Segments:
    none = np.empty(0)
    flat = np.empty((0, 1))
    is_shaped = any(point.leaves_mm is not None for point in beam.control_points)
    return Segments(flat, flat, np.ones(1), none, none, 0.0, is_shaped, 0)


def _segment_numbers(low: FloatArray, high: FloatArray, turned_deg: FloatArray) -> NDArray[np.intp]:
    is_new = np.concatenate([[True], _changes(low, high) | (turned_deg[1:] > 0)])
    return np.cumsum(is_new) - 1


def _changes(low: FloatArray, high: FloatArray) -> NDArray[np.bool_]:
    """Whether each opening (openings, strips) differs from the one before; where a closed pair waits does not count."""
    is_open = high > low
    moved_mm = np.maximum(np.abs(np.diff(low, axis=0)), np.abs(np.diff(high, axis=0)))
    moved_mm[~(is_open[1:] | is_open[:-1])] = 0.0
    changed: NDArray[np.bool_] = moved_mm.max(axis=1, initial=0.0) > _STILL_MM
    return changed


def _strip_edges_mm(apertures: Sequence[Aperture]) -> FloatArray:
    """Edges of the strips across the leaf travel: leaf boundaries, and every jaw edge that lies between."""
    boundaries = apertures[0].edges_mm
    jaws = np.array([aperture.across_mm for aperture in apertures]).ravel()
    within = jaws[(jaws > boundaries[0]) & (jaws < boundaries[-1])]
    with_jaws: FloatArray = np.unique(np.concatenate([boundaries, within]))
    return with_jaws


def _opening(aperture: Aperture, edges_mm: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Edges of the opening in every strip, shape (strips,) each; closed strips have both edges in one place."""
    low, high = _between_tips(aperture, edges_mm)
    is_shut = ~_is_between_jaws(aperture, edges_mm) | (high <= low)
    return np.where(is_shut, (low + high) / 2, low), np.where(is_shut, (low + high) / 2, high)


def _between_tips(aperture: Aperture, edges_mm: FloatArray) -> tuple[FloatArray, FloatArray]:
    """What leaves and the jaws along them leave open in every strip, as if no jaw lay across."""
    middle = (edges_mm[1:] + edges_mm[:-1]) / 2
    pair = np.clip(np.searchsorted(aperture.edges_mm, middle) - 1, 0, aperture.tips_mm.shape[1] - 1)
    low, high = np.clip(aperture.tips_mm[:, pair], *aperture.along_mm)
    return low, np.maximum(low, high)


def _is_between_jaws(aperture: Aperture, edges_mm: FloatArray) -> NDArray[np.bool_]:
    """Whether the jaws across the leaves leave each strip open."""
    middle = (edges_mm[1:] + edges_mm[:-1]) / 2
    across_low, across_high = aperture.across_mm
    is_between: NDArray[np.bool_] = (middle >= across_low) & (middle <= across_high)
    return is_between
