"""How thick a structure is that was drawn on one slice: as thick as the slices of its image."""

from dataclasses import replace

import numpy as np

from isocenter.terms.imaging import ContouredStructure, PlanFolder


def with_slice_thickness(folder: PlanFolder) -> PlanFolder:
    """The folder whose structures of one slice say how far apart the slices of their image lie.

    That is the step of the CT, else the usual one of the other structures, else that of the dose; where none of them
    is there the structures stay as they are.
    """
    structures = folder.structure_set
    if structures is None or not any(_is_lone(structure) for structure in structures.structures):
        return folder
    slice_mm = _step_mm(folder)
    stated = tuple(replace(s, slice_mm=slice_mm) if _is_lone(s) else s for s in structures.structures)
    return replace(folder, structure_set=replace(structures, structures=stated))


def _is_lone(structure: ContouredStructure) -> bool:
    return len(structure.z_mm) == 1


def _step_mm(folder: PlanFolder) -> float | None:
    others = folder.structure_set.structures if folder.structure_set else ()
    if folder.ct is not None and len(folder.ct.z_mm) > 1:
        return float(np.median(np.diff(folder.ct.z_mm)))
    if drawn_mm := [float(np.median(np.diff(one.z_mm))) for one in others if len(one.z_mm) > 1]:
        return float(np.median(drawn_mm))
    if folder.dose is not None and len(folder.dose.z_mm) > 1:
        return float(np.median(np.diff(folder.dose.z_mm)))
    return None
