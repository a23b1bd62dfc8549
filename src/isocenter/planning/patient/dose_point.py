"""The point that a computed plan states the dose of its fields at: inside the target, where dose changes least."""

import numpy as np
from scipy.ndimage import distance_transform_edt

from isocenter.planning.patient.patient import IntArray, PlanningPatient
from isocenter.terms.imaging import FloatArray

INSIDE_MM = 10.0  # of the target's surface: beyond the penumbra of fields that end around it
OF_THE_DEEPEST = 0.9  # of the depth of the deepest voxel of a target that is thinner
TISSUE_DENSITY = 0.6  # less than that is lung or air, where a point dose is uncertain


def dose_voxel(patient: PlanningPatient, target: IntArray, near_mm: FloatArray) -> int:
    """The flat number of the voxel for the doses of fields: well inside a target, in tissue, and nearest to a point.

    target: flat numbers of its voxels, at least one; near_mm: x, y, z of the isocenter. Of a target without tissue any
    voxel may be taken.
    """
    index = np.array(np.unravel_index(target, patient.density.shape))
    low = index.min(1) - 1
    inside = np.zeros(index.max(1) - low + 2, bool)
    inside[tuple(index - low[:, None])] = True
    depth_mm = distance_transform_edt(inside, sampling=patient.spacing_mm[::-1])[tuple(index - low[:, None])]
    is_tissue = patient.density.ravel()[target] >= TISSUE_DENSITY
    taken = is_tissue if is_tissue.any() else np.ones(len(target), bool)
    least_mm = min(INSIDE_MM, OF_THE_DEEPEST * float(depth_mm[taken].max()))
    deep = target[taken & (depth_mm >= least_mm)]
    away_mm = np.linalg.norm(patient.points_mm(deep) - near_mm, axis=1)
    return int(deep[np.argmin(away_mm)])
