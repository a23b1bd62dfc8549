"""The convex hull of points in space, against a library's."""

import numpy as np
import pytest
from scipy.spatial import ConvexHull

from isocenter.evidence.geometry.concavity import _facets_of_library
from isocenter.evidence.kernels.hull import MOST_POINTS, hull_facets
from isocenter.evidence.kernels.spans import hull_sections


def volume_mm3(points_mm: np.ndarray, facets: np.ndarray) -> float:
    """Of the body within the facets; it is less where any of them is wound the other way."""
    a, b, c = (points_mm[facets[:, corner]] - points_mm.mean(axis=0) for corner in range(3))
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum()) / 6


def rings(radii_mm: list[float], corners: int = 24) -> np.ndarray:
    angles = np.arange(corners) * 2 * np.pi / corners
    circle = np.column_stack([np.cos(angles), np.sin(angles)])
    stacked = [np.column_stack([r * circle, np.full(corners, 3.0 * n)]) for n, r in enumerate(radii_mm)]
    return np.concatenate(stacked).round(2)


@pytest.mark.parametrize(
    "points_mm",
    [
        rings([10, 14, 15, 9, 13, 4]),
        rings([12, 12, 12, 12], corners=4),
        np.random.default_rng(3).normal(size=(300, 3)) * 40,
        np.array([[x, y, z] for x in (0, 5, 10) for y in (0, 5, 10) for z in (0.0, 3.0, 6.0)]),
    ],
)
def test_the_hull_is_that_of_the_library_and_is_wound_alike(points_mm: np.ndarray) -> None:
    facets = hull_facets(points_mm)
    assert volume_mm3(points_mm, facets) == pytest.approx(ConvexHull(points_mm).volume, rel=1e-9)
    edges = {(int(one[side]), int(one[side - 2])) for one in facets for side in range(3)}
    assert {(b, a) for a, b in edges} == edges


def test_points_in_a_plane_or_too_many_of_them_have_no_hull_here() -> None:
    flat = np.column_stack([np.random.default_rng(1).normal(size=(50, 2)), np.full(50, 7.0)])
    assert not len(hull_facets(flat))
    assert not len(hull_facets(np.zeros((5, 3))))
    assert not len(hull_facets(np.random.default_rng(1).normal(size=(MOST_POINTS + 1, 3))))


def test_a_hull_that_a_library_finds_is_cut_at_all_its_edges() -> None:
    points_mm = rings([10, 14, 15, 9, 13, 4])
    (own, own_planes), (other, other_planes) = (
        hull_sections(points_mm, facets, np.array([4.5, 10.0]))
        for facets in (hull_facets(points_mm), _facets_of_library(points_mm))
    )
    for plane in range(2):
        one = own[own_planes[plane] : own_planes[plane + 1]]
        two = other[other_planes[plane] : other_planes[plane + 1]]
        assert ConvexHull(one).volume == pytest.approx(ConvexHull(two).volume, rel=1e-9)
