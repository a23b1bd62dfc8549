"""Structure sets: every ROI with its closed planar contours, as drawn."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from isocenter.intake.dicom_rt.crossing import are_alike, joined_where_crossing
from isocenter.intake.dicom_rt.data_sets import Dataset
from isocenter.intake.dicom_rt.decimals import parse_decimals
from isocenter.intake.dicom_rt.densities import stated_densities
from isocenter.intake.dicom_rt.elements import items, open_file, raw_items, reading, text, whole
from isocenter.terms.imaging import ContouredStructure, StructureSet
from isocenter.terms.limits import CONTOUR_POINTS
from isocenter.terms.problems import Problem, Unread, clause, worded

FloatArray = NDArray[np.float64]
Contour = tuple[float, FloatArray]

_SAME_PLANE_MM = 0.2  # converters and registrations shift positions by up to 0.1 mm either way
_LINE_MM, _FLAT_MM2 = 1e-3, 0.5  # off a line, within which points lie on it; twice the area, where that may be so
_FARTHEST_MM = 1e5
_NOT_IN_THREES, _NO_NUMBERS = "their coordinates do not come in threes", "some of their coordinates are not numbers"
_FAR_AWAY = f"some of their points lie more than {_FARTHEST_MM / 1000:.0f} m away"
_OFF_PLANE = "their points do not lie in one axial plane"
_NOT_MEASURED = frozenset({"POINT", "OPEN_PLANAR", "OPEN_NONPLANAR"})  # types of contours that enclose nothing


class DrawnContour(NamedTuple):
    """A closed planar contour as the file holds it: whose it is, its coordinates in text, and how it combines."""

    structure_number: int
    coordinates: bytes
    is_xor: bool = False


def read_structures(path: Path) -> tuple[StructureSet, list[Problem]]:
    """The structure set of an RTSTRUCT file; contours that cannot be used become problems."""
    with reading(str(path)):
        return structures_of(open_file(path), str(path))


def structures_of(dataset: Dataset, path: str) -> tuple[StructureSet, list[Problem]]:
    """The structure set of an open RTSTRUCT: ROIs by number, in the order of the file."""
    names, problems = _names(dataset, path)
    drawn, more = _drawn_contours(dataset, names, path)
    problems += more
    contours, more = _contours(drawn, names, path)
    problems += more
    types, colors = _interpreted_types(dataset), _display_colors(dataset)
    densities, more = stated_densities(dataset, names, path)
    problems += more
    frames = _frames_of_rois(dataset)
    frame = _frame(dataset, list(frames.values()))
    structure_set = StructureSet(
        structures=tuple(
            ContouredStructure(
                number,
                name,
                types.get(number, ""),
                tuple(sorted(contours.get(number, []), key=lambda c: c[0])),
                colors.get(number, ""),
                "" if frames.get(number) in (None, frame) else frames[number],
                stated_density=densities.get(number),
            )
            for number, name in names.items()
        ),
        frame_of_reference_uid=frame,
        sop_instance_uid=text(dataset, "SOPInstanceUID"),
        label=text(dataset, "StructureSetLabel"),
        approval=text(dataset, "ApprovalStatus"),
        referenced_image_uids=_referenced_images(dataset),
    )
    return structure_set, problems


def _names(dataset: Dataset, path: str) -> tuple[dict[int, str], list[Problem]]:
    names: dict[int, str] = {}
    problems = []
    for roi in items(dataset, "StructureSetROISequence"):
        number, name = whole(roi, "ROINumber"), text(roi, "ROIName")
        if number is None:
            problems.append(Problem(path, f"ROI {name!r}", "The ROI has no number and is left out."))
        elif number in names:
            sentence = f"The number belongs to {names[number]!r} already; {name!r} is left out."
            problems.append(Problem(path, f"ROI {number}", sentence))
        else:
            names[number] = name
    return names, problems


def _interpreted_types(dataset: Dataset) -> dict[int, str]:
    observations = items(dataset, "RTROIObservationsSequence")
    numbers = [whole(observation, "ReferencedROINumber") for observation in observations]
    return {
        number: text(observation, "RTROIInterpretedType")
        for number, observation in zip(numbers, observations, strict=True)
        if number is not None
    }


def _display_colors(dataset: Dataset) -> dict[int, str]:
    """The color in which the file draws each ROI, by its number; what is not a color is left out."""
    colors: dict[int, str] = {}
    for roi in items(dataset, "ROIContourSequence"):
        number = whole(roi, "ReferencedROINumber")
        parts = text(roi, "ROIDisplayColor").replace("[", "").replace("]", "").replace(",", "\\").split("\\")
        levels = [int(part) for part in map(str.strip, parts) if part.isdecimal() and len(part) <= 3]
        if number is not None and len(parts) == len(levels) == 3 and max(levels) <= 255:
            colors[number] = "#{:02x}{:02x}{:02x}".format(*levels)
    return colors


def _frames_of_rois(dataset: Dataset) -> dict[int, str]:
    """The frame of reference of each ROI, by its number, where the file states it."""
    stated = [
        (whole(roi, "ROINumber"), text(roi, "ReferencedFrameOfReferenceUID"))
        for roi in items(dataset, "StructureSetROISequence")
    ]
    return {number: uid for number, uid in stated if number is not None and uid}


def _frame(dataset: Dataset, of_rois: Sequence[str]) -> str:
    """The frame of reference of most ROIs, else the one that the file states."""
    in_references = [text(item, "FrameOfReferenceUID") for item in items(dataset, "ReferencedFrameOfReferenceSequence")]
    usual = [uid for uid, _ in Counter(of_rois).most_common(1)]
    return next((uid for uid in [*usual, *in_references, text(dataset, "FrameOfReferenceUID")] if uid), "")


def _referenced_images(dataset: Dataset) -> tuple[str, ...]:
    return tuple(
        text(image, "ReferencedSOPInstanceUID")
        for frame in items(dataset, "ReferencedFrameOfReferenceSequence")
        for study in items(frame, "RTReferencedStudySequence")
        for series in items(study, "RTReferencedSeriesSequence")
        for image in items(series, "ContourImageSequence")
    )


def _drawn_contours(dataset: Dataset, names: dict[int, str], path: str) -> tuple[list[DrawnContour], list[Problem]]:
    drawn, problems = [], []
    for roi in items(dataset, "ROIContourSequence"):
        number = whole(roi, "ReferencedROINumber")
        if number is None or number not in names:
            sentence = "The contours belong to an ROI that the structure set does not name; they are left out."
            problems.append(Problem(path, f"ROI {number}", sentence))
            continue
        other_kinds: list[str] = []
        items_read = list(raw_items(roi, "ContourSequence", ("ContourGeometricType", "ContourData")))
        if all(kind == b"POINT" and coordinates.count(b"\\") == 2 for kind, coordinates in items_read):
            continue  # a marker or an isocenter, which encloses nothing and is not meant to
        for kind, coordinates in items_read:
            if kind in (b"CLOSED_PLANAR", b"CLOSEDPLANAR_XOR"):
                drawn.append(DrawnContour(number, coordinates, kind == b"CLOSEDPLANAR_XOR"))
            else:
                other_kinds.append(kind.decode("ascii", "replace") or "without a type")
        if other_kinds:
            kinds = ", ".join(sorted(set(other_kinds)))
            template = "Contours that are not closed and planar ({kinds}) are left out: {count}."
            sentence = worded(template, kinds=clause(kinds), count=len(other_kinds))
            is_lost = not {*other_kinds} <= _NOT_MEASURED
            problems.append((Unread if is_lost else Problem)(path, f"ROI {number} {names[number]!r}", sentence))
    return drawn, problems


def _contours(
    drawn: list[DrawnContour], names: dict[int, str], path: str
) -> tuple[dict[int, list[Contour]], list[Problem]]:
    """Contours of each ROI; all coordinates become numbers in one go, which is what makes it fast."""
    faults: Counter[tuple[int, str]] = Counter()
    whole_ones: list[DrawnContour] = []
    counts: list[int] = []
    for contour in drawn:
        count = contour.coordinates.count(b"\\") + 1
        if count % 3 and contour.coordinates:
            faults[contour.structure_number, _NOT_IN_THREES] += 1
        elif count < 9:
            faults[contour.structure_number, "they have fewer than three points"] += 1
        else:
            whole_ones.append(contour)
            counts.append(count // 3)
    contours: dict[int, list[Contour]] = {}
    for contour, (z_mm, points, fault) in zip(whole_ones, _planes(whole_ones, counts), strict=True):
        if fault:
            faults[contour.structure_number, fault] += 1
        else:
            contours.setdefault(contour.structure_number, []).append((z_mm, points))
    contours = _in_common_planes(contours)
    for number, found in contours.items():
        contours[number], again = _each_once(found)
        if again:
            faults[number, "they repeat another of their slice and would cancel it"] = again
    problems = []
    for (number, fault), count in faults.items():
        # A structure drawn in other planes is measured by nothing; one plane that is off is damage.
        is_lost = fault in (_NOT_IN_THREES, _NO_NUMBERS, _FAR_AWAY) or (fault == _OFF_PLANE and number in contours)
        sentence = worded("Contours are left out ({count}): {fault}.", count=count, fault=clause(fault))
        problems.append((Unread if is_lost else Problem)(path, f"ROI {number} {names[number]!r}", sentence))
    declared_xor = {contour.structure_number for contour in drawn if contour.is_xor}
    for number in contours.keys() - declared_xor:
        contours[number], slices = _without_crossings(contours[number])
        if slices:
            sentence = worded(
                "Contours cross each other on {slices}; what they enclose together is read.",
                slices="one slice" if slices == 1 else f"{slices} slices",
            )
            problems.append(Problem(path, f"ROI {number} {names[number]!r}", sentence))
    return contours, problems


def _without_crossings(contours: list[Contour]) -> tuple[list[Contour], int]:
    """The contours with those that cross joined, and on how many slices they did."""
    by_plane: dict[float, list[FloatArray]] = {}
    for z_mm, points in contours:
        by_plane.setdefault(z_mm, []).append(points)
    if len(by_plane) == len(contours):
        return contours, 0
    joined = {z_mm: joined_where_crossing(found) for z_mm, found in by_plane.items() if len(found) > 1}
    crossed = {
        z_mm
        for z_mm, found in joined.items()
        if any(one is not other for one, other in zip(found, by_plane[z_mm], strict=False))
    }
    if not crossed:
        return contours, 0
    kept = [contour for contour in contours if contour[0] not in crossed]
    return kept + [(z_mm, outline) for z_mm in sorted(crossed) for outline in joined[z_mm]], len(crossed)


def _in_common_planes(contours: dict[int, list[Contour]]) -> dict[int, list[Contour]]:
    """The contours with each slice at one position: positions that lie within 0.2 mm are one slice with noise."""
    positions = np.unique([z_mm for found in contours.values() for z_mm, _ in found])
    if len(positions) < 2 or np.diff(positions).min() > _SAME_PLANE_MM:
        return contours
    plane_of: dict[float, float] = {}
    start = 0
    for stop in range(1, len(positions) + 1):
        if stop == len(positions) or positions[stop] - positions[start] > _SAME_PLANE_MM:
            plane_mm = round(float(np.median(positions[start:stop])), 3)
            plane_of.update(dict.fromkeys(positions[start:stop].tolist(), plane_mm))
            start = stop
    return {number: [(plane_of[z_mm], points) for z_mm, points in found] for number, found in contours.items()}


def _each_once(contours: list[Contour]) -> tuple[list[Contour], int]:
    """The contours without those drawn again in the same slice, to a tenth of a millimeter; and how many those are."""
    of_slice: dict[float, list[FloatArray]] = {}
    once: list[Contour] = []
    for z_mm, points in contours:
        before = of_slice.setdefault(z_mm, [])
        if not any(are_alike(points, other) for other in before):
            once.append((z_mm, points))
            before.append(points)
    return once, len(contours) - len(once)


def _is_a_line(points_mm: FloatArray) -> bool:
    """Whether points, shape (n, 2), all lie on one line."""
    from_first_mm = points_mm - points_mm[0]
    farthest = from_first_mm[np.argmax((from_first_mm * from_first_mm).sum(axis=1))]
    beside_mm2 = from_first_mm[:, 0] * farthest[1] - from_first_mm[:, 1] * farthest[0]
    return bool(np.abs(beside_mm2).max() <= _LINE_MM * np.hypot(*farthest))


def _planes(drawn: list[DrawnContour], counts: list[int]) -> Iterator[tuple[float, FloatArray, str]]:
    """Plane, points and fault (empty where there is none) of contours of so many points each."""
    if not drawn:
        return
    CONTOUR_POINTS.refuse_beyond(sum(counts), "its contours")
    points = parse_decimals(b"\\".join(contour.coordinates for contour in drawn), 3 * sum(counts)).reshape(-1, 3)
    stops = np.cumsum(np.array(counts, dtype=np.intp))
    starts = stops - counts
    z_mm = points[:, 2]
    spread_mm = np.maximum.reduceat(z_mm, starts) - np.minimum.reduceat(z_mm, starts)
    is_number = np.logical_and.reduceat(~np.isnan(points).any(axis=1), starts)
    is_near = np.logical_and.reduceat((np.abs(points) <= _FARTHEST_MM).all(axis=1), starts)
    in_plane = np.ascontiguousarray(points[:, :2])
    following = np.arange(1, len(points) + 1)
    following[stops - 1] = starts
    across_mm2 = in_plane[:, 0] * in_plane[following, 1] - in_plane[following, 0] * in_plane[:, 1]
    is_flat = np.abs(np.add.reduceat(across_mm2, starts)) < _FLAT_MM2
    for start, stop, readable, near, spread, flat in zip(
        starts, stops, is_number, is_near, spread_mm, is_flat, strict=True
    ):
        fault = "" if readable else _NO_NUMBERS
        if readable and not near:
            fault = _FAR_AWAY
        elif readable and spread > _SAME_PLANE_MM:
            fault = _OFF_PLANE
        elif readable and flat and _is_a_line(in_plane[start:stop]):
            fault = "their points lie on one line and enclose nothing"
        middle_mm = float(z_mm[start]) if spread == 0 else float(np.median(z_mm[start:stop]))
        yield round(middle_mm, 3), in_plane[start:stop], fault
