"""Structures that others hold already: the two sides of an organ drawn as one, a sum of organs, a second copy."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from isocenter.evidence.doses.dvh import structure_volume_cc
from isocenter.terms.imaging import ContouredStructure
from isocenter.terms.plans import Structure

_OF_BOTH_SIDES = 0.03  # relative; drawing both sides as one smooths their contours
_MM = 0.1

Ring = tuple[float, int, int, int, int]


def each_place_once(
    structures: Sequence[ContouredStructure], roles: Mapping[int, Structure]
) -> list[ContouredStructure]:
    """The structures without those whose every part is another of them, so that a distance is measured once.

    A structure is left out whose contours are, to 0.1 mm, those of others together, or of an earlier one alone; and one
    that its name makes both sides of an organ, where each side is drawn and the volumes add up within 3 %. `roles` are
    by the number of the structure.
    """
    kept = list(structures)
    for structure in reversed(structures):
        others = [other for other in kept if other is not structure]
        if _is_drawn_by(others, structure) or _is_both_sides(structure, others, roles):
            kept = others
    return kept


def without_copies(structures: Sequence[ContouredStructure]) -> list[ContouredStructure]:
    """The structures without those whose contours are, to 0.1 mm, those of one before."""
    kept: list[ContouredStructure] = []
    for structure in structures:
        if not any(_is_drawn_by([before], structure) for before in kept):
            kept.append(structure)
    return kept


def _is_drawn_by(others: Iterable[ContouredStructure], structure: ContouredStructure) -> bool:
    """Whether the contours of a structure are those of others."""
    planes = _planes(structure)
    rings: Counter[Ring] = Counter()
    drawn: Counter[Ring] | None = None
    for other in others:
        if _planes(other) <= planes:
            drawn = drawn or _rings(structure)
            found = _rings(other)
            if found <= drawn:
                rings |= found
    return drawn is not None and rings == drawn


def _planes(structure: ContouredStructure) -> Counter[tuple[float, int]]:
    return Counter((z_mm, len(points_mm)) for z_mm, points_mm in structure.contours)


def _rings(structure: ContouredStructure) -> Counter[Ring]:
    """Each contour by its plane, its number of points, and two of these."""
    found: Counter[Ring] = Counter()
    for z_mm, points_mm in structure.contours:
        first, middle = points_mm[0], points_mm[len(points_mm) // 2]
        x_first, y_first, x_middle, y_middle = (round(float(value) / _MM) for value in (*first, *middle))
        found[z_mm, x_first, y_first, x_middle, y_middle] += 1
    return found


def _is_both_sides(
    structure: ContouredStructure, others: Iterable[ContouredStructure], roles: Mapping[int, Structure]
) -> bool:
    organ = _without_side(roles[structure.number].standard_name).removesuffix("s")
    sides = {
        side: [
            other
            for other in others
            if roles[other.number].laterality == side and _without_side(roles[other.number].standard_name) == organ
        ]
        for side in ("left", "right")
    }
    if not organ or roles[structure.number].laterality in sides or any(len(found) != 1 for found in sides.values()):
        return False
    both_cc = sum(structure_volume_cc(found[0]) for found in sides.values())
    return abs(structure_volume_cc(structure) - both_cc) <= _OF_BOTH_SIDES * both_cc


def _without_side(standard_name: str) -> str:
    return standard_name.removesuffix("_L").removesuffix("_R")
