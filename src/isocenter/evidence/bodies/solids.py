"""A structure as a solid body: its slabs, its sections, its separate parts, and the hull around each.

Sections are kept as spans on scan lines half a millimeter apart, so that volumes, overlaps and hulls of two
structures are measured alike and what the lines leave out cancels.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from isocenter.evidence.bodies.stacking import Stack, contour_begins, stack_contours
from isocenter.evidence.bodies.touching import join_touching
from isocenter.evidence.kernels import edges as contour_edges
from isocenter.evidence.kernels import spans
from isocenter.evidence.kernels.body import Body
from isocenter.terms.imaging import ContouredStructure, FloatArray

PITCH_MM = 0.5
GOLDEN_STEP = 0.6180339887498949
LEAST_WIDTH_MM = 1e-6
# Below, a separate part of a structure is a sliver; the smallest targets of radiosurgery, 3 mm across, hold 0.014 cc.
LEAST_PART_CC, LEAST_PART_WIDTH_MM, LEAST_LONE_SHARE = 0.01, 0.5, 0.001
LONE_SLICE_MM = 3.0  # the usual slice of a planning CT, where a structure's own contours cannot tell


@dataclass(frozen=True, eq=False)
class Solid:
    """One structure, or one separate part of it; contour_of_span: the contour of each x of its spans."""

    name: str
    stack: Stack
    body: Body
    contour_of_edge: NDArray[np.int64]
    contour_of_span: NDArray[np.int64]

    @cached_property
    def areas_mm2(self) -> FloatArray:
        """Area of the section at each plane, shape (planes,)."""
        body = self.body
        areas: FloatArray = spans.section_areas(body.rows, body.x_mm, len(body.z_mm), body.lines, PITCH_MM)
        return areas

    @property
    def thickness_mm(self) -> FloatArray:
        """Height of each plane's slab, shape (planes,)."""
        return self.body.high_mm - self.body.low_mm

    @property
    def volume_cc(self) -> float:
        """Sections times slabs, half a slice beyond the end planes."""
        return float(np.sum(self.areas_mm2 * self.thickness_mm)) / 1000


def make_solid(structure: ContouredStructure, lone_slice_mm: float = LONE_SLICE_MM) -> Solid | None:
    """The body that a structure's contours enclose; None when it has no contour of three points or more."""
    stack = stack_contours(structure, lone_slice_mm)
    return None if stack is None else _solid_of(structure.name, stack)


def make_solid_of(stack: Stack) -> Solid:
    """The body of stacked contours, without a name."""
    return _solid_of("", stack)


def _solid_of(name: str, stack: Stack) -> Solid:
    below_mm, above_mm = stack.reach_mm("half")
    contour_of_edge = _number_contours(stack)
    boxes, block_edges, plane_blocks = contour_edges.edge_blocks(stack.edges, stack.plane_edges, contour_of_edge)
    low_x, low_y, high_x, high_y = stack.extent_mm
    low_mm, high_mm = stack.z_mm - below_mm, stack.z_mm + above_mm
    first_line = int(np.floor(low_y / PITCH_MM)) - 1
    lines = int(np.ceil(high_y / PITCH_MM)) + 1 - first_line
    # Rounded, so that the planes of structures drawn on one image get the same lines.
    shift = np.round(stack.z_mm, 2) * GOLDEN_STEP % 1.0
    rows, x_mm, crossed = spans.scan(stack.edges, stack.plane_edges, shift, PITCH_MM, first_line, lines)
    body = Body(
        z_mm=stack.z_mm,
        low_mm=low_mm,
        high_mm=high_mm,
        shift=shift,
        edges=stack.edges,
        plane_edges=stack.plane_edges,
        boxes=boxes,
        block_edges=block_edges,
        plane_blocks=plane_blocks,
        rows=rows,
        x_mm=x_mm,
        first_line=first_line,
        lines=lines,
        box=np.array([low_x, low_y, low_mm.min(), high_x, high_y, high_mm.max()]),
    )
    return Solid(name, stack, body, contour_of_edge, contour_of_edge[crossed])


def _number_contours(stack: Stack) -> NDArray[np.int64]:
    """The contour that each edge belongs to."""
    begins = np.zeros(len(stack.edges), dtype=np.int64)
    begins[contour_begins(stack.edges, stack.plane_edges)] = 1
    return np.cumsum(begins) - 1


def split_parts(solid: Solid, *, with_slivers: bool = False) -> tuple[Solid, ...]:
    """The separate parts of a solid, largest first; contours that enclose nothing are left out.

    Slivers are left out too, and parts whose contours touch along a stretch are one, unless with_slivers.
    """
    body, stack = solid.body, solid.stack
    linked = np.ones(len(stack.z_mm) - 1, dtype=bool)
    for _, last in stack.runs[:-1]:
        linked[last] = False
    contours = int(solid.contour_of_edge[-1]) + 1
    part_of = spans.link_contours(body.rows, body.x_mm, solid.contour_of_span, body.lines, linked, contours)
    if not with_slivers:
        part_of = join_touching(part_of, body.edges, solid.contour_of_edge, body.plane_edges)
    is_wide = body.x_mm[1::2] - body.x_mm[0::2] > LEAST_WIDTH_MM
    measurable = np.unique(part_of[solid.contour_of_span[0::2][is_wide]])
    if len(measurable) < 2:
        return (solid,)
    parts = sorted((_keep_contours(solid, part_of == part) for part in measurable), key=lambda part: -part.volume_cc)
    return (parts[0], *(p for p in parts[1:] if with_slivers or not _is_sliver(p, parts[0].volume_cc)))


def _is_sliver(part: Solid, largest_cc: float) -> bool:
    """Whether a part is a crumb of drawing: tiny, thinner than a pixel throughout, or one slice of next to nothing."""
    edges = part.body.edges
    length_mm = np.add.reduceat(
        np.hypot(edges[:, 2] - edges[:, 0], edges[:, 3] - edges[:, 1]), part.body.plane_edges[:-1]
    )
    width_mm = float((2 * part.areas_mm2 / length_mm).max())
    is_lone = len(part.body.z_mm) == 1
    return (
        part.volume_cc < LEAST_PART_CC
        or width_mm < LEAST_PART_WIDTH_MM
        or (is_lone and part.volume_cc < LEAST_LONE_SHARE * largest_cc)
    )


def _keep_contours(solid: Solid, kept: NDArray[np.bool_]) -> Solid:
    """The part of a solid that some of its contours (a mask) enclose."""
    stack = solid.stack
    of_edge = kept[solid.contour_of_edge]
    plane_of_edge = np.repeat(np.arange(len(stack.z_mm)), np.diff(stack.plane_edges))[of_edge]
    planes, counts = np.unique(plane_of_edge, return_counts=True)
    contour_planes = np.unique(np.column_stack([plane_of_edge, solid.contour_of_edge[of_edge]]), axis=0)[:, 0]
    breaks = np.flatnonzero((np.diff(planes) > 1) | _is_break(stack, planes))
    firsts, lasts = [0, *(int(b) + 1 for b in breaks)], [*(int(b) for b in breaks), len(planes) - 1]
    part = Stack(
        z_mm=stack.z_mm[planes],
        edges=np.ascontiguousarray(stack.edges[of_edge]),
        plane_edges=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        plane_contours=np.array([np.sum(contour_planes == plane) for plane in planes], dtype=np.int64),
        spacing_mm=stack.spacing_mm,
        runs=tuple(zip(firsts, lasts, strict=True)),
    )
    return _solid_of(solid.name, part)


def _is_break(stack: Stack, planes: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether the whole structure ends between each of these planes and the next one."""
    lasts = np.array([last for _, last in stack.runs])
    return np.isin(planes[:-1], lasts)


class Samples(NamedTuple):
    """Points on the contoured wall of a solid, each with the wall it stands for."""

    points_mm: FloatArray
    area_mm2: FloatArray


def sample_wall(solid: Solid, step_mm: float) -> Samples:
    """Middles of contour pieces up to step_mm long; each stands for its length times its slab's height."""
    edges = solid.body.edges
    length = np.hypot(edges[:, 2] - edges[:, 0], edges[:, 3] - edges[:, 1])
    pieces = np.maximum(np.ceil(length / step_mm), 1).astype(np.int64)
    plane = np.repeat(np.arange(len(solid.body.z_mm)), np.diff(solid.body.plane_edges))
    edge = np.repeat(np.arange(len(edges)), pieces)
    number = np.arange(len(edge)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    t = (number + 0.5) / pieces[edge]
    points = np.column_stack(
        [
            edges[edge, 0] + t * (edges[edge, 2] - edges[edge, 0]),
            edges[edge, 1] + t * (edges[edge, 3] - edges[edge, 1]),
            solid.body.z_mm[plane[edge]],
        ]
    )
    return Samples(points, length[edge] / pieces[edge] * solid.thickness_mm[plane[edge]])


class InnerSamples(NamedTuple):
    """Points within a solid, each with the volume it stands for."""

    points_mm: FloatArray
    volume_mm3: FloatArray


def sample_inside(solid: Solid, step_mm: float) -> InnerSamples:
    """Middles of span pieces no longer than step_mm, on scan lines about step_mm apart, one layer a plane."""
    body = solid.body
    every = max(int(step_mm / PITCH_MM), 1)
    starts, ends = body.x_mm[0::2], body.x_mm[1::2]
    row = np.repeat(np.arange(len(body.rows) - 1), np.diff(body.rows) // 2)
    plane, line = row // body.lines, row % body.lines
    kept = (line + plane) % every == 0  # the layers take turns, so that no line is always left out
    starts, ends, plane, line = starts[kept], ends[kept], plane[kept], line[kept]
    pieces = np.maximum(np.ceil((ends - starts) / step_mm), 1).astype(np.int64)
    span = np.repeat(np.arange(len(starts)), pieces)
    number = np.arange(len(span)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    length = ((ends - starts) / pieces)[span]
    layer = plane[span]
    points = np.column_stack(
        [
            starts[span] + (number + 0.5) * length,
            (line[span] + body.first_line + body.shift[layer]) * PITCH_MM,
            body.z_mm[layer],
        ]
    )
    return InnerSamples(points, length * every * PITCH_MM * solid.thickness_mm[layer])
