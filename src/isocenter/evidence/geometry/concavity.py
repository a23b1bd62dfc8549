"""How concave a target is, what lies within its concavity, and what lies around it.

The concavity is the convex hull without the target itself: slice by slice, and in space. Solidity is the
share of the hull that the target fills: 1 for a convex body. Both are taken for one separate part of a target
at a time; a hull around several lesions says nothing about any of them.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from isocenter.evidence.bodies.solids import PITCH_MM, Samples, Solid
from isocenter.evidence.geometry.distance import PointMm
from isocenter.evidence.kernels import proximity, spans
from isocenter.evidence.kernels.hull import hull_facets
from isocenter.terms.imaging import FloatArray


@dataclass(frozen=True, eq=False)
class HulledPart:
    """One separate part of a target with its convex hulls as spans of shape (planes, lines, 2)."""

    solid: Solid

    @cached_property
    def slice_hull(self) -> FloatArray:
        """The convex hull of each section."""
        body = self.solid.body
        hull: FloatArray = spans.hull_spans(
            self._starts, body.plane_edges, body.shift, PITCH_MM, body.first_line, body.lines
        )
        return hull

    @cached_property
    def space_hull(self) -> FloatArray:
        """The convex hull in space, cut at each plane."""
        body = self.solid.body
        # On one or two planes nothing can be concave along z.
        if len(body.z_mm) < 3:
            return self.slice_hull
        corners = self._corners()
        facets = hull_facets(corners)
        if not len(facets):
            facets = _facets_of_library(corners)
        if not len(facets):
            return self.slice_hull
        points, plane_points = spans.hull_sections(corners, facets, body.z_mm)
        points = _sorted_in_planes(points, plane_points)
        cut: FloatArray = spans.hull_spans(points, plane_points, body.shift, PITCH_MM, body.first_line, body.lines)
        return np.stack(
            [
                np.minimum(cut[..., 0], self.slice_hull[..., 0]),
                np.maximum(cut[..., 1], self.slice_hull[..., 1]),
            ],
            -1,
        )

    @cached_property
    def _starts(self) -> FloatArray:
        """Where the edges of each section start, shape (n, 2), sorted in each."""
        return _sorted_in_planes(self.solid.body.edges[:, :2], self.solid.body.plane_edges)

    def _corners(self) -> FloatArray:
        """The hull corners of every section, shape (n, 3): the hull in space needs no others."""
        body = self.solid.body
        rings = []
        for plane, z in enumerate(body.z_mm):
            here = self._starts[body.plane_edges[plane] : body.plane_edges[plane + 1]]
            ring = here[spans.convex_ring(here)]
            rings.append(np.column_stack([ring, np.full(len(ring), z)]))
        return np.concatenate(rings)

    @property
    def slice_solidity(self) -> float:
        """Area over area of the hull, slices weighted by the volume of their hulls."""
        return self._filled(self.slice_hull)

    @property
    def space_solidity(self) -> float:
        """Volume over volume of the hull in space."""
        return self._filled(self.space_hull)

    def _filled(self, hull: FloatArray) -> float:
        solid = self.solid
        hull_areas = np.sum(np.maximum(hull[..., 1] - hull[..., 0], 0.0), axis=1) * PITCH_MM
        hull_mm3 = float(np.sum(hull_areas * solid.thickness_mm))
        return 1000 * solid.volume_cc / hull_mm3 if hull_mm3 > 0 else 1.0


def _facets_of_library(corners: FloatArray) -> spans.IntArray:
    """The facets of the hull of corners of any number; none where contours that enclose nothing lie in one plane."""
    from scipy.spatial import ConvexHull, QhullError  # noqa: PLC0415 - takes longer to load than most hulls to find

    try:
        hull = ConvexHull(corners)
    except QhullError:
        return np.empty((0, 3), np.int64)
    facets: spans.IntArray = hull.simplices.astype(np.int64)
    a, b, c = (corners[facets[:, corner]] for corner in range(3))
    is_turned = np.einsum("ij,ij->i", np.cross(b - a, c - a), hull.equations[:, :3]) < 0
    facets[is_turned] = facets[is_turned][:, ::-1]
    return facets


def _sorted_in_planes(points: FloatArray, plane_points: spans.IntArray) -> FloatArray:
    """The points (n, 2) of each plane sorted by x, and by y where x is the same, as the kernels of hulls take them."""
    ordered = np.empty((len(points), 2))
    for begin, end in pairwise(plane_points):
        here = points[begin:end]
        ordered[begin:end] = here[np.lexsort((here[:, 1], here[:, 0]))]
    return ordered


@dataclass(frozen=True, slots=True)
class Sharing:
    """What a part of a target and a structure share, and what lies in the part's concavity."""

    overlap_cc: float
    in_slice_concavity_cc: float
    in_space_concavity_cc: float
    shared_point_mm: PointMm | None


def measure_sharing(part: HulledPart, structure: Solid) -> Sharing:
    """Overlap and share in the concavity, in cc; shared_point_mm is None where nothing overlaps."""
    sums, place = spans.shared_volumes(part.solid.body, structure.body, part.slice_hull, part.space_hull, PITCH_MM)
    overlaps = sums[spans.OVERLAP] > 0
    return Sharing(
        overlap_cc=float(sums[spans.OVERLAP]) / 1000,
        in_slice_concavity_cc=float(sums[spans.IN_SLICE_CONCAVITY]) / 1000,
        in_space_concavity_cc=float(sums[spans.IN_SPACE_CONCAVITY]) / 1000,
        shared_point_mm=(float(place[0]), float(place[1]), float(place[2])) if overlaps else None,
    )


def measure_surface_within(wall: Samples, structure: Solid, reach_mm: float) -> float:
    """Share (per cent) of a target's contoured wall within reach_mm of a structure, or inside it."""
    # A hair beyond the reach, so that what lies just at it is distinguished from what was cut off.
    distances = proximity.surface_distances(wall.points_mm, structure.body, reach_mm * 1.001)
    whole_mm2 = float(wall.area_mm2.sum())
    return 100 * float(wall.area_mm2[distances <= reach_mm].sum()) / whole_mm2 if whole_mm2 > 0 else 0.0
