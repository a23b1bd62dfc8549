"""Structures that cannot be what they are named: exchanged organs, a target outside the patient or within its part."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product

import numpy as np

from isocenter.evidence.bodies.within import share_of_points_inside
from isocenter.evidence.drawn.outline import beyond_outline
from isocenter.evidence.roles.roles import role_of
from isocenter.evidence.roles.targets_and_helpers import name_without_class
from isocenter.terms.imaging import ContouredStructure, PlanFolder

_ITEM = "structures"
_APART_MM = 10.0  # organs of two sides whose middles are nearer may both lie about the midline
_MOSTLY = 0.5
_POINTS = 2000  # that stand for a structure
_BEHIND = (("SpinalCord", "Esophagus"), ("SpinalCord", "Trachea"), ("Rectum", "Bladder"))  # in every patient
_BEHIND_MM = 5.0  # organs whose middles are nearer may lie beside each other
_FEWEST_SLICES = 3  # of both organs, before they show which is behind
_EVALUATED = "eval"  # as PTV_EVAL of trials of the breast


def misdrawn_structures(part: PlanFolder) -> Iterator[tuple[str, str, str]]:
    """What the drawing contradicts: item, what is drawn, what it should be.

    DICOM counts x towards the patient's left and y towards the back in every position, so that a left organ has the
    greater x and one behind another the greater y.
    """
    structures = part.structure_set.structures if part.structure_set is not None else ()
    drawn = [structure for structure in structures if structure.contours]
    if exchanged := list(_exchanged(drawn)):
        yield _ITEM, ", ".join(exchanged), "on its left"
    for in_front in _behind_exchanged(drawn):
        yield _ITEM, in_front, "behind it"
    if outside := list(_outside(drawn)):
        yield _ITEM, f"{', '.join(outside)} outside the outline of the patient", "within it"
    if within := list(_within_its_part(drawn)):
        yield _ITEM, ", ".join(within), "around it"


def _exchanged(drawn: Sequence[ContouredStructure]) -> Iterator[str]:
    """Paired organs of which each lies on the other's side."""
    organs: dict[str, list[ContouredStructure]] = {}
    for one in drawn:
        role = role_of(one.name, one.interpreted_type)
        if role.role == "critical" and role.laterality in ("left", "right"):
            organs.setdefault(role.standard_name, []).append(one)
    for name, left in organs.items():
        right = organs.get(f"{name.removesuffix('_L')}_R", []) if name.endswith("_L") else []
        if right and max(map(_middle_x_mm, left)) < min(map(_middle_x_mm, right)) - _APART_MM:
            yield f"{left[0].name} on the right of {right[0].name}"


def _behind_exchanged(drawn: Sequence[ContouredStructure]) -> Iterator[str]:
    """Organs that lie in front of one that every patient has in front of them, on each slice of both."""
    middles: dict[str, dict[str, dict[float, float]]] = {organ: {} for pair in _BEHIND for organ in pair}
    for one in drawn:
        role = role_of(one.name, one.interpreted_type)
        if role.role == "critical" and role.standard_name in middles:
            middles[role.standard_name][one.name] = _middles_y_mm(one)
    for behind, before in _BEHIND:
        for (name, of_organ), (other_name, of_other) in product(middles[behind].items(), middles[before].items()):
            shared = of_organ.keys() & of_other.keys()
            if len(shared) >= _FEWEST_SLICES and all(of_organ[z] < of_other[z] - _BEHIND_MM for z in shared):
                yield f"{name} in front of {other_name}"


def _middles_y_mm(structure: ContouredStructure) -> dict[float, float]:
    """The middle of a structure on each of its slices, by its height to a tenth of a millimeter."""
    of_slice: dict[float, list[float]] = {}
    for z_mm, points in structure.contours:
        of_slice.setdefault(round(float(z_mm), 1), []).extend((float(points[:, 1].min()), float(points[:, 1].max())))
    return {z_mm: (min(ends) + max(ends)) / 2 for z_mm, ends in of_slice.items()}


def _middle_x_mm(structure: ContouredStructure) -> float:
    x_mm = np.concatenate([points[:, 0] for _, points in structure.contours])
    return float(x_mm.min() + x_mm.max()) / 2


def _outside(drawn: Sequence[ContouredStructure]) -> Iterator[str]:
    """Targets that reach far beyond the outline, with more than half of what is drawn of them."""
    outlines = [one for one in drawn if role_of(one.name, one.interpreted_type).role == "external"]
    for target in drawn:
        if role_of(target.name, target.interpreted_type).role != "target":
            continue
        if any(beyond_outline([target], outlines)) and not any(_is_mostly_in(target, one) for one in outlines):
            yield target.name


def _within_its_part(drawn: Sequence[ContouredStructure]) -> Iterator[str]:
    """Planning targets that lie within the clinical target of the same name, or of the only one, as none can.

    A target for evaluation is cut back from the skin, and may. So may the only one where the two names show two
    targets, as of a boost within the pelvis.
    """
    of_class: dict[str, list[ContouredStructure]] = {}
    for one in drawn:
        role = role_of(one.name, one.interpreted_type)
        if role.role == "target":
            of_class.setdefault(role.target_class, []).append(one)
    planning, clinical = of_class.get("PTV", []), of_class.get("CTV", [])
    are_alone = len(planning) == len(clinical) == 1
    for outer in planning:
        for inner in clinical:
            names = name_without_class(outer.name), name_without_class(inner.name)
            if _EVALUATED in names[0] or not (names[0] == names[1] or (are_alone and not _are_of_two(*names))):
                continue
            if _is_mostly_in(outer, inner) and not _is_mostly_in(inner, outer):
                yield f"{outer.name} within {inner.name}"


def _are_of_two(name: str, other: str) -> bool:
    """Whether names without their class are of two targets: two doses or two places, not a place and its dose."""
    return bool(name and other) and name != other and name.isdigit() == other.isdigit()


def _is_mostly_in(structure: ContouredStructure, other: ContouredStructure) -> bool:
    step = 1 + sum(len(points) for _, points in structure.contours) // _POINTS
    thinned = replace(structure, contours=tuple((z_mm, points[::step]) for z_mm, points in structure.contours))
    return share_of_points_inside(thinned, other) > _MOSTLY
