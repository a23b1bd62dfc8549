"""Whether the portals of a plan look past the targets that lie with it, as those of another patient's plan do."""

from typing import NamedTuple

import numpy as np

from isocenter.evidence.fields.portals import FIXED_AXES, share_passing
from isocenter.evidence.fields.technique import BINARY_MAKER
from isocenter.evidence.roles.roles import role_of
from isocenter.terms.imaging import FloatArray, PlanFolder, TreatmentPlan

_POINTS = 4000  # that stand for the targets
_LEAST_MM = 2.0  # as far as points that were left out may lie from those that are kept
_USUAL_SHARE = 0.5  # of the beams, and of what an arc gives, may treat what is not drawn, as nodes beside a breast


class OffTarget(NamedTuple):
    """How many of the treatment beams look past the targets, arcs for the most part."""

    beams: int
    of_beams: int


def off_target(folder: PlanFolder) -> OffTarget | None:
    """The beams that give most through portals past every target, where they are more than half of those that treat.

    An arc about an isocenter beside the targets still meets them where it looks along the way to them.
    None where they are fewer, or where beams, targets or how they lie to each other are not known; so too of machines
    that move the couch while they treat, or whose beams meet in no isocenter.
    """
    plan, drawn = folder.plan, folder.structure_set
    if plan is None or drawn is None or folder.patient_position not in FIXED_AXES or not _is_isocentric(plan):
        return None
    frames = {plan.frame_of_reference_uid, drawn.frame_of_reference_uid} - {""}
    points_mm = _targets_mm(folder)
    if len(frames) > 1 or not len(points_mm):
        return None
    beams = plan.treatment_beams
    passing = 0
    for looked_at, beam in enumerate(beams):
        share = share_passing(beam, points_mm, folder.patient_position, _LEAST_MM)
        passing += share is not None and share > _USUAL_SHARE
        if passing + len(beams) - looked_at - 1 <= _USUAL_SHARE * len(beams):
            return None
    return OffTarget(passing, len(beams)) if beams else None


def _is_isocentric(plan: TreatmentPlan) -> bool:
    """Whether the beams are of photons about an isocenter that stays where it is."""
    if plan.modality != "external" or BINARY_MAKER.search(plan.manufacturer):
        return False
    return all(
        beam.radiation in ("", "PHOTON")
        and beam.minutes is None
        and not any(point.open_fractions is not None for point in beam.control_points)
        for beam in plan.treatment_beams
    )


def _targets_mm(folder: PlanFolder) -> FloatArray:
    """Points of the outlines of all targets, (n, 3)."""
    assert folder.structure_set is not None
    outlines = [
        np.column_stack([points, np.full(len(points), z_mm)])
        for structure in folder.structure_set.structures
        if role_of(structure.name, structure.interpreted_type).role == "target"
        for z_mm, points in structure.contours
    ]
    points_mm = np.concatenate(outlines) if outlines else np.empty((0, 3))
    return points_mm[:: max(len(points_mm) // _POINTS, 1)]
