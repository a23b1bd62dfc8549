"""Earlier irradiation: how near an earlier target or isodose comes to the present target and its portals.

What was irradiated before is carried into the present frame by frames.link_frames alone; where that cannot be done
nothing is measured and the sentence says so. Doses of both courses together: see summed_dose.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from isocenter.evidence.bodies.solids import LONE_SLICE_MM, Solid, make_solid, sample_inside, sample_wall
from isocenter.evidence.doses.summed_dose import HotSpot, dose_at_gy
from isocenter.evidence.fields.portals import PortalCrossing, measure_crossing
from isocenter.evidence.frames.frames import FrameLink, carry_points, reverse
from isocenter.evidence.kernels import proximity
from isocenter.terms.imaging import Beam, ContouredStructure, DoseGrid, FloatArray
from isocenter.terms.plans import PlanMeasure

SAMPLE_MM = 1.0
FARTHEST_MM = 1000.0
PORTAL_POINTS = 4000


@dataclass(frozen=True, slots=True)
class EarlierVolume:
    """One volume irradiated before, beside the present target: distance 0 where they overlap.

    volume names it: a target of the earlier plan, or its isodose such as `22.5 Gy`.
    """

    volume: str
    distance_mm: float
    overlap_cc: float
    overlap_of_target_percent: float
    portals: tuple[PortalCrossing, ...]


@dataclass(frozen=True, slots=True)
class EarlierIrradiation:
    """What was irradiated before, as seen from one present target; no volumes where nothing could be carried over."""

    target: str
    sentence: str
    volumes: tuple[EarlierVolume, ...]


def measure_earlier_irradiation(
    target: ContouredStructure,
    beams: Sequence[Beam],
    link: FrameLink,
    earlier_targets: Iterable[ContouredStructure] = (),
    earlier_dose: DoseGrid | None = None,
    isodose_gy: float | None = None,
    patient_position: str = "HFS",
) -> EarlierIrradiation:
    """Measure one present target against earlier targets and an isodose; link carries earlier points into the present.

    beams: the present plan's treatment beams. Distances between targets are sampled every millimeter; those to an
    isodose are those to where it crosses the lines between voxels.
    """
    solid = make_solid(target, LONE_SLICE_MM)
    if solid is None:
        return EarlierIrradiation(target.name, f"{target.name} has no contours; nothing was measured.", ())
    if link.matrix is None:
        return EarlierIrradiation(target.name, link.sentence, ())
    volumes = []
    for structure in earlier_targets:
        earlier = make_solid(structure, LONE_SLICE_MM)
        if earlier is not None:
            volumes.append(_beside_target(solid, earlier, link.matrix, beams, patient_position))
    if earlier_dose is not None and isodose_gy is not None:
        isodose = _beside_isodose(solid, earlier_dose, isodose_gy, link.matrix, beams, patient_position)
        if isodose is not None:
            volumes.append(isodose)
    return EarlierIrradiation(target.name, link.sentence, tuple(volumes))


def _beside_target(
    solid: Solid, earlier: Solid, matrix: FloatArray, beams: Sequence[Beam], patient_position: str
) -> EarlierVolume:
    back = reverse(matrix)
    of_present = proximity.surface_distances(carry_points(back, _surface(solid)), earlier.body, FARTHEST_MM)
    of_earlier = proximity.surface_distances(carry_points(matrix, _surface(earlier)), solid.body, FARTHEST_MM)
    inside = sample_inside(solid, 2 * SAMPLE_MM)
    within = proximity.surface_distances(carry_points(back, inside.points_mm), earlier.body, SAMPLE_MM) < 0
    distance_mm = max(min(float(of_present.min()), float(of_earlier.min())), 0.0)
    overlap_cc = float(inside.volume_mm3[within].sum()) / 1000
    earlier_points = carry_points(matrix, sample_inside(earlier, 2 * SAMPLE_MM).points_mm)
    return EarlierVolume(
        volume=earlier.name,
        distance_mm=0.0 if overlap_cc > 0 else distance_mm,
        overlap_cc=overlap_cc,
        overlap_of_target_percent=100 * overlap_cc / solid.volume_cc,
        portals=_crossings(beams, earlier_points, patient_position),
    )


def _surface(solid: Solid) -> FloatArray:
    """Points on the contours, and on the flat ends half a slice beyond the end planes."""
    wall = sample_wall(solid, SAMPLE_MM).points_mm
    inside = sample_inside(solid, SAMPLE_MM).points_mm
    body = solid.body
    faces = [wall]
    for first, last in solid.stack.runs:
        for plane, end_mm in ((first, body.low_mm[first]), (last, body.high_mm[last])):
            face = inside[inside[:, 2] == body.z_mm[plane]].copy()
            face[:, 2] = end_mm
            faces.append(face)
    return np.concatenate(faces)


def _beside_isodose(
    solid: Solid,
    dose: DoseGrid,
    level_gy: float,
    matrix: FloatArray,
    beams: Sequence[Beam],
    patient_position: str,
) -> EarlierVolume | None:
    """None where the earlier dose nowhere reaches the level."""
    hot = np.argwhere(dose.dose_gy >= level_gy)
    if not len(hot):
        return None
    voxels = np.column_stack([dose.x_mm[hot[:, 2]], dose.y_mm[hot[:, 1]], dose.z_mm[hot[:, 0]]])
    border = np.concatenate([_level_crossings(dose, level_gy), voxels])
    distances = proximity.surface_distances(carry_points(matrix, border), solid.body, FARTHEST_MM)
    inside = sample_inside(solid, SAMPLE_MM)
    dose_gy = dose_at_gy(dose, carry_points(reverse(matrix), inside.points_mm))
    overlap_cc = float(inside.volume_mm3[np.nan_to_num(dose_gy, nan=-1.0) >= level_gy].sum()) / 1000
    return EarlierVolume(
        volume=f"{level_gy:g} Gy",
        distance_mm=0.0 if overlap_cc > 0 else max(float(distances.min()), 0.0),
        overlap_cc=overlap_cc,
        overlap_of_target_percent=100 * overlap_cc / solid.volume_cc,
        portals=_crossings(beams, carry_points(matrix, voxels), patient_position),
    )


def _level_crossings(dose: DoseGrid, level_gy: float) -> FloatArray:
    """Where the dose passes a level on the lines between neighboring voxels, (n, 3) in mm."""
    axes = (dose.z_mm, dose.y_mm, dose.x_mm)
    above = dose.dose_gy >= level_gy
    found = []
    for direction in range(3):
        low = tuple(slice(None, -1) if n == direction else slice(None) for n in range(3))
        high = tuple(slice(1, None) if n == direction else slice(None) for n in range(3))
        cells = np.argwhere(above[low] != above[high])
        if not len(cells):
            continue
        here = dose.dose_gy[low][tuple(cells.T)].astype(np.float64)
        there = dose.dose_gy[high][tuple(cells.T)].astype(np.float64)
        share = (level_gy - here) / (there - here)
        place = [axis[cells[:, n]] for n, axis in enumerate(axes)]
        step = np.diff(axes[direction])[cells[:, direction]]
        place[direction] = place[direction] + share * step
        found.append(np.column_stack(place[::-1]))
    return np.concatenate(found) if found else np.empty((0, 3))


def _crossings(beams: Sequence[Beam], points: FloatArray, patient_position: str) -> tuple[PortalCrossing, ...]:
    """Each treatment beam beside a volume, which some thousand of its points stand for."""
    thinned = points[:: max(len(points) // PORTAL_POINTS, 1)]
    crossings = (measure_crossing(beam, thinned, patient_position) for beam in beams if beam.is_treatment)
    return tuple(crossing for crossing in crossings if crossing is not None)


def earlier_measures(plan_id: str, found: EarlierIrradiation, hot_spots: Iterable[HotSpot] = ()) -> list[PlanMeasure]:
    """The rows of plan_measures from a target to each earlier volume and through each field, and summed EQD2."""
    rows = []
    for volume in found.volumes:
        rows += [
            PlanMeasure(plan_id, found.target, volume.volume, "", measure, value, unit)
            for measure, value, unit in (
                ("prior_distance_mm", volume.distance_mm, "mm"),
                ("prior_overlap_cc", volume.overlap_cc, "cc"),
                ("prior_overlap_percent", volume.overlap_of_target_percent, "%"),
            )
        ]
        for portal in volume.portals:
            rows += [
                PlanMeasure(plan_id, found.target, volume.volume, f"field {portal.beam_number}", measure, value, unit)
                for measure, value, unit in (
                    ("prior_portal_distance_mm", portal.distance_mm, "mm"),
                    ("prior_seen_by_portal_percent", portal.seen_percent, "%"),
                )
            ]
    for spot in hot_spots:
        for measure, value in (("summed_eqd2_maximum_gy", spot.maximum_gy), ("summed_eqd2_d003cc_gy", spot.d003cc_gy)):
            if value is not None and spot.is_known:
                rows.append(PlanMeasure(plan_id, spot.structure, "", "", measure, value, "Gy"))
    return rows
