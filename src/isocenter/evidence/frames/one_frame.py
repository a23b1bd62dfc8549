"""Brings the parts of a plan into one frame of reference: structures by a rigid registration, never by a guess.

The frame is that of the dose, else of the plan. Structures that a registration carries over move with it; where none
does, dose and structures are not judged together. A CT of another frame is no ground for pictures of the plan.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from isocenter.evidence.bodies.solids import LONE_SLICE_MM
from isocenter.evidence.bodies.stacking import Stack, stack_contours
from isocenter.evidence.frames.frames import carry_points, link_frames, reverse
from isocenter.terms.imaging import ContouredStructure, FloatArray, PlanFolder, Registration, StructureSet
from isocenter.terms.problems import Problem

_LEVEL_COSINE = 1e-6  # of the matrix's tilt: below, axial contours stay axial
_FINEST_RASTER_MM, _POINTS_ACROSS = 0.5, 120


class Aligned(NamedTuple):
    """The parts in one frame of reference, and what could not be brought there."""

    folder: PlanFolder
    problems: list[Problem]


def in_one_frame(folder: PlanFolder) -> Aligned:
    """Structures carried into the frame of the dose; the dose left out where nothing links the two."""
    structures, dose = folder.structure_set, folder.dose
    owner = dose or folder.summed_dose or folder.plan
    frame_uid = owner.frame_of_reference_uid if owner is not None else ""
    problems: list[Problem] = []
    if folder.ct is not None and frame_uid and folder.ct.frame_of_reference_uid not in ("", frame_uid):
        folder = replace(folder, ct=None)
    if structures is not None:
        structures, problems = _in_frame_of_set(structures, folder.registrations)
        folder = replace(folder, structure_set=structures)
    if structures is None or not frame_uid or structures.frame_of_reference_uid in ("", frame_uid):
        return Aligned(folder, problems)
    link = link_frames(structures.frame_of_reference_uid, frame_uid, folder.registrations)
    if link.matrix is not None:
        carried = carry_structures(structures, link.matrix, frame_uid)
        sentence = (
            "Structures and dose lie in different frames of reference; "
            "a rigid registration carries the structures over."
        )
        problems.append(Problem("", "FrameOfReferenceUID", sentence))
        return Aligned(replace(folder, structure_set=carried), problems)
    if dose is not None or folder.summed_dose is not None:
        without = "so the dose is not judged on the structures"
        sentence = (
            "Structures and dose lie in different frames of reference and no rigid registration links them, "
            f"{without}; add the registration."
        )
        if link.is_disputed:
            sentence = f"Structures and dose lie in different frames of reference, {without}. {link.sentence}"
        problems.append(Problem("", "FrameOfReferenceUID", sentence))
    return Aligned(replace(folder, dose=None, summed_dose=None), problems)


def _in_frame_of_set(
    structures: StructureSet, registrations: Sequence[Registration]
) -> tuple[StructureSet, list[Problem]]:
    """The structures that were drawn in another frame than most of their set: carried over, or left out."""
    moved: list[ContouredStructure] = []
    left_out: dict[str, list[str]] = defaultdict(list)  # by why
    for structure in structures.structures:
        own_uid = structure.frame_of_reference_uid
        if not own_uid or not structure.contours:
            moved.append(structure)
            continue
        link = link_frames(own_uid, structures.frame_of_reference_uid, registrations)
        contours = _carried(structure, link.matrix) if link.matrix is not None else ()
        moved.append(replace(structure, contours=contours, frame_of_reference_uid=""))
        if link.matrix is None:
            unlinked = "No rigid registration links the two; add the registration."
            left_out[link.sentence if link.is_disputed else unlinked].append(structure.name)
    if all(structure is other for structure, other in zip(moved, structures.structures, strict=True)):
        return structures, []
    problems = [
        Problem(
            "",
            "ReferencedFrameOfReferenceUID",
            f"Structures were drawn in another frame of reference than the rest of their set and are left out "
            f"({', '.join(names)}). {why}",
        )
        for why, names in left_out.items()
    ]
    return replace(structures, structures=tuple(moved)), problems


def carry_structures(structures: StructureSet, matrix: FloatArray, frame_uid: str) -> StructureSet:
    """A structure set moved by a rigid matrix (4 x 4); contours that would tilt are drawn again on axial planes."""
    moved = tuple(replace(s, contours=_carried(s, matrix)) if s.contours else s for s in structures.structures)
    return replace(structures, structures=moved, frame_of_reference_uid=frame_uid)


def _carried(structure: ContouredStructure, matrix: FloatArray) -> tuple[tuple[float, FloatArray], ...]:
    is_level = bool(np.abs([*matrix[2, :2], *matrix[:2, 2]]).max() < _LEVEL_COSINE and matrix[2, 2] > 0)
    return _carried_level(structure, matrix) if is_level else _carried_tilted(structure, matrix)


def _carried_level(structure: ContouredStructure, matrix: FloatArray) -> tuple[tuple[float, FloatArray], ...]:
    return tuple(
        (round(z_mm + float(matrix[2, 3]), 3), points @ matrix[:2, :2].T + matrix[:2, 3])
        for z_mm, points in structure.contours
    )


def _carried_tilted(structure: ContouredStructure, matrix: FloatArray) -> tuple[tuple[float, FloatArray], ...]:
    """Sections of the slabs that the contours stand for, on axial planes as far apart as the contours."""
    from contourpy import contour_generator  # noqa: PLC0415 - seldom needed

    stack = stack_contours(structure, LONE_SLICE_MM)
    if stack is None:
        return ()
    below_mm, above_mm = stack.reach_mm("half")
    low, high = stack.edges.min(axis=0)[:2], stack.edges.max(axis=0)[:2]
    z_ends = (float((stack.z_mm - below_mm).min()), float((stack.z_mm + above_mm).max()))
    corners = np.array([[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in z_ends])
    moved = carry_points(matrix, corners)
    start, stop = moved.min(axis=0), moved.max(axis=0)
    raster_mm = max(_FINEST_RASTER_MM, float((stop - start)[:2].max()) / _POINTS_ACROSS)
    x_mm, y_mm = (np.arange(start[n] - 2 * raster_mm, stop[n] + 3 * raster_mm, raster_mm) for n in (0, 1))
    back = reverse(matrix)
    contours = []
    for z_mm in np.arange(start[2] + stack.spacing_mm / 2, stop[2], stack.spacing_mm):
        across, along = np.meshgrid(x_mm, y_mm)
        points = carry_points(back, np.column_stack([across.ravel(), along.ravel(), np.full(across.size, z_mm)]))
        inside = _is_inside(stack, points, below_mm, above_mm).reshape(across.shape)
        for line in contour_generator(x_mm, y_mm, inside.astype(np.float64)).lines(0.5):
            if len(line) > 3:
                contours.append((round(float(z_mm), 3), np.asarray(line[:-1], dtype=np.float64)))
    return tuple(contours)


def _is_inside(stack: Stack, points: FloatArray, below_mm: FloatArray, above_mm: FloatArray) -> NDArray[np.bool_]:
    """Which points (n, 3) the slabs of the stack hold, by the even-odd rule."""
    inside = np.zeros(len(points), dtype=bool)
    for plane, z_mm in enumerate(stack.z_mm):
        here = (points[:, 2] >= z_mm - below_mm[plane]) & (points[:, 2] < z_mm + above_mm[plane])
        edges = stack.edges[stack.plane_edges[plane] : stack.plane_edges[plane + 1]]
        if not here.any():
            continue
        x, y = points[here, 0], points[here, 1]
        crossings = np.zeros(len(x), dtype=np.int64)
        for x0, y0, x1, y1 in edges:
            if y0 != y1:
                is_between = (y0 > y) != (y1 > y)
                crossings += is_between & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
        inside[here] = crossings % 2 == 1
    return inside
