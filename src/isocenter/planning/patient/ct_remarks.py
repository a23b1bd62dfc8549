"""Remarks on the CT that dose is computed on: metal, contrast agent, stated densities, slices that lie unevenly."""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from isocenter.evidence.roles.roles import Role
from isocenter.planning.patient.patient import PlanningPatient, voxels_inside, with_densities
from isocenter.terms.imaging import ContouredStructure, CtImage
from isocenter.terms.problems import Problem

METAL_HU, LEAST_METAL_CC = 2500, 0.5
DENSE_HU, MOST_HU = 1900, 32767  # more than bone but enamel; a volume of one such value was cut off there
# A CT that was cut off within the values of bone: its largest value holds many times what each of those below it does.
CUT_HU, BELOW_CUT_HU, FEWEST_BELOW, TIMES_BELOW = 200, 200, 10, 20
UNEVEN = 1.02  # of the least distance of slices
# Organs and vessels that contrast agent fills or that take it up; without it they are as dense as soft tissue.
TAKES_CONTRAST = {
    "Esophagus", "Heart", "A_Aorta", "GreatVes", "V_Venacava_S", "V_Venacava_I", "Liver", "Stomach", "Duodenum",
    "Bowel", "Bag_Bowel", "Bowel_Small", "Bowel_Large", "Colon", "Colon_Sigmoid", "Spleen", "Kidney", "Ureter",
    "Bladder", "Rectum",
}  # fmt: skip
SOFT_DENSITY = 1.085  # about 120 HU, more than soft tissue has
LEAST_CONTRAST_CC, LEAST_CONTRAST = 5.0, 0.05  # of an organ; less comes of bone beside it and of calcium


def densities_taken(structures: Iterable[ContouredStructure]) -> list[Problem]:
    """A remark for each structure whose stated density is taken in place of that of the CT."""
    stated = with_densities(structures)
    others = "; where another structure with a stated density overlaps it, the smaller of the two counts"
    return [
        Problem(
            "",
            f"structure {one.name}",
            f"the structure set states a density of {one.stated_density:g} times that of water; within the body it is "
            f"taken in place of that of the CT{others if len(stated) > 1 else ''}",
        )
        for one in stated
    ]


def uneven_slices(ct: CtImage, spacing_mm: float) -> list[Problem]:
    steps_mm = np.diff(ct.z_mm)
    if len(steps_mm) < 2 or steps_mm.max() <= UNEVEN * steps_mm.min():
        return []
    sentence = (
        f"its slices are {steps_mm.min():g} to {steps_mm.max():g} mm apart; densities are taken linearly between them "
        f"on an even grid of {spacing_mm:g} mm"
    )
    return [Problem("", "CT", sentence)]


def metal(ct: CtImage, patient: PlanningPatient, structures: Iterable[ContouredStructure] = ()) -> list[Problem]:
    """A remark where the body holds more than a little of what is denser than bone; a couch or a mask does not count.

    What lies outside the body is computed as air, and a structure that states its density by that one.
    """
    in_body = np.zeros(patient.density.shape, bool)
    in_body.flat[patient.body] = True
    for one in with_densities(structures):
        in_body &= ~voxels_inside(one, patient.x_mm, patient.y_mm, patient.z_mm)
    counts = np.zeros(MOST_HU + 1, np.int64)  # of voxels in the body by their value
    for z_mm, hu in zip(ct.z_mm, ct.hu, strict=True):  # by slices: a mask of 600 takes much memory
        rows, columns = np.nonzero(hu >= CUT_HU)
        points_mm = np.column_stack([ct.x_mm[columns], ct.y_mm[rows], np.full(len(rows), z_mm)])
        nearest = np.rint((points_mm - patient.origin_mm) / patient.spacing_mm).astype(np.int64)[:, ::-1]
        is_on_grid = np.all((nearest >= 0) & (nearest < in_body.shape), axis=1)
        is_inside = in_body[tuple(nearest[is_on_grid].T)]
        values = hu[rows, columns][is_on_grid][is_inside].astype(np.int64)
        counts += np.bincount(values, minlength=len(counts))
    volume_cc, same_cc = counts[METAL_HU + 1 :].sum() * _voxel_cc(ct), counts[DENSE_HU:].max() * _voxel_cc(ct)
    if volume_cc >= LEAST_METAL_CC:
        what = f"{volume_cc:.1f} cc of the body is above {METAL_HU} HU, as metal is; it"
    elif same_cc >= LEAST_METAL_CC:
        what = (
            f"{same_cc:.1f} cc of the body has one value, {DENSE_HU + counts[DENSE_HU:].argmax()} HU, as where a CT is "
            "cut off at its largest value, so it may be metal; all of it"
        )
    elif (cut_cc := _cut_off_count(counts) * _voxel_cc(ct)) >= LEAST_METAL_CC:
        what = (
            f"{cut_cc:.1f} cc of the body has the largest value of the CT, {np.flatnonzero(counts)[-1]} HU, as where "
            "it is cut off within the values of bone, so whether there is metal cannot be seen; all of it"
        )
    else:
        return []
    sentence = f"{what} is computed as dense bone, so doses behind metal are too high, and streaks are not corrected"
    return [Problem("", "CT", sentence)]


def _cut_off_count(counts: NDArray[np.int64]) -> int:
    """How many voxels have the largest value, where it is one at which a CT was cut off; else 0.

    counts: of voxels by value. A phantom's bone of one value is no cut: few other values lie below it.
    """
    found = np.flatnonzero(counts)
    if not len(found):
        return 0
    below = found[(found >= found[-1] - BELOW_CUT_HU) & (found < found[-1])]
    is_cut = len(below) >= FEWEST_BELOW and counts[found[-1]] > TIMES_BELOW * counts[below].mean()
    return int(counts[found[-1]]) if is_cut else 0


def contrast_agent(
    structures: Iterable[ContouredStructure], roles: Mapping[str, Role], patient: PlanningPatient
) -> list[Problem]:
    """A remark where organs are as dense as contrast agent makes them, or where it is drawn itself.

    A structure that states its density is computed by that one.
    """
    found = []
    for one in structures:
        if not one.contours or one.stated_density is not None:
            continue
        name = roles[one.name].standard_name.removesuffix("_L").removesuffix("_R")
        density = patient.density.ravel()[patient.voxels.get(one.name, [])]
        dense = density > SOFT_DENSITY
        is_filled = dense.sum() * patient.voxel_cc >= LEAST_CONTRAST_CC and dense.mean() >= LEAST_CONTRAST
        if one.interpreted_type == "CONTRAST_AGENT":
            found.append(f"{one.name} is drawn as contrast agent")
        elif name in TAKES_CONTRAST and is_filled:
            found.append(
                f"{100 * dense.mean():.0f} % of {one.name} is denser than soft tissue, up to {density.max():.2f} "
                "times water, as with contrast agent"
            )
    if not found:
        return []
    sentence = (
        f"{'; '.join(found)}. It is computed as the CT shows it; where the patient is treated without it, doses behind "
        "it are a little too low"
    )
    return [Problem("", "CT", sentence)]


def _voxel_cc(ct: CtImage) -> float:
    steps = [float(np.median(np.diff(axis))) if len(axis) > 1 else 1.0 for axis in (ct.x_mm, ct.y_mm, ct.z_mm)]
    return float(np.prod(steps)) / 1000
