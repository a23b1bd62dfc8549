"""Remarks on targets that no field covers as the numbers say: at the skin, around air, or as small as a few voxels."""

from collections.abc import Iterable

import numpy as np
from scipy.ndimage import distance_transform_edt

from isocenter.planning.patient.patient import IntArray, PlanningPatient
from isocenter.terms.problems import Problem

SKIN_MM = 3.0  # below the skin where photons of 6 MV still build up most of their dose
MOST_AT_SKIN, MOST_AIR = 0.05, 0.01  # of a target; less comes of the grid
AIR_DENSITY = 0.1  # less than lung has
FEW_VOXELS, SMALL_CC = 30, 4.2  # the volume of a ball of 2 cm


def hard_to_cover(names: Iterable[str], patient: PlanningPatient) -> list[Problem]:
    """A remark for each target of which a part lies at the skin or is air, and for each that is very small."""
    problems = []
    for name in names:
        voxels = patient.voxels[name]
        for sentence in (_at_skin(patient, voxels), _of_air(patient, voxels), _small(patient, voxels)):
            if sentence:
                problems.append(Problem("", f"target {name}", sentence))
    return problems


def _at_skin(patient: PlanningPatient, voxels: IntArray) -> str:
    """Judged by the middles of voxels; on a wide grid the outermost ones count though they lie deeper."""
    spacing_mm = patient.spacing_mm[::-1]
    half_mm = spacing_mm[1:].max() / 2
    skin_mm = max(SKIN_MM, half_mm)
    around = np.ceil(skin_mm / spacing_mm).astype(int) + 1
    index = np.array(np.unravel_index(voxels, patient.density.shape))
    low = np.maximum(index.min(1) - around, 0)
    box = tuple(slice(a, b) for a, b in zip(low, index.max(1) + around + 1, strict=True))
    in_body = np.zeros(patient.density.shape, bool)
    in_body.flat[patient.body] = True
    if in_body[box].all():
        return ""
    depth_mm = distance_transform_edt(in_body[box], sampling=spacing_mm) - half_mm
    share = float((depth_mm[tuple(index - low[:, None])] <= skin_mm + 1e-3).mean())
    if share <= MOST_AT_SKIN:
        return ""
    return (
        f"about {100 * share:.0f} % of it lie within {skin_mm:g} mm of the skin, where dose builds up and the "
        "dose computed depends on the grid; a bolus is not planned, and coverage there says little of either technique"
    )


def _of_air(patient: PlanningPatient, voxels: IntArray) -> str:
    share = float((patient.density.ravel()[voxels] < AIR_DENSITY).mean())
    if share <= MOST_AIR:
        return ""
    return (
        f"about {100 * share:.0f} % of it are air in the CT, as in bowel or an airway; its dose counts in the coverage "
        "as that of tissue does"
    )


def _small(patient: PlanningPatient, voxels: IntArray) -> str:
    volume_cc = len(voxels) * patient.voxel_cc
    if len(voxels) >= FEW_VOXELS and volume_cc >= SMALL_CC:
        return ""
    if len(voxels) >= FEW_VOXELS:
        return f"it has only {volume_cc:.2g} cc; the dose of fields so small is less certain than that of larger ones"
    held = "a single voxel" if len(voxels) == 1 else f"only {len(voxels)} voxels"
    return f"it holds {held} of the planning grid, too few for its dose to mean much; plan on a narrower grid"
