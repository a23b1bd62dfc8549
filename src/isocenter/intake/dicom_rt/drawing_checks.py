"""Whether the structures were drawn soundly: names, empty ROIs, slices, gaps."""

import re
from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from isocenter.terms.imaging import ContouredStructure, CtImage, StructureSet
from isocenter.terms.problems import Problem, clause, listed, worded

FloatArray = NDArray[np.float64]

_OFF_PLANE_MM = 0.1
_GAP = 1.5  # times the usual spacing of the structure's slices
_ONE_MISSING = 2.5  # times the usual spacing: farther apart, more than one slice is missing
_POINTS = ("MARKER", "ISOCENTER", "REGISTRATION")  # types of ROI that are places, not volumes
_SHORTEST_MISSPELT = 5  # letters; shorter names differ by one letter on purpose


def check_drawing(structure_set: StructureSet, ct: CtImage | None, path: str) -> Iterator[Problem]:
    """What is odd about the structures, alone and on their images."""
    yield from _names(structure_set.structures, path)
    empty = [s for s in structure_set.structures if not s.contours and s.interpreted_type not in _POINTS]
    if empty:
        have = "1 ROI has" if len(empty) == 1 else f"{len(empty)} ROIs have"
        named = listed([f"{structure.number} {structure.name!r}" for structure in empty])
        yield Problem(path, "ROIs", f"{have} no usable contours: {named}.")
    drawn = [structure for structure in structure_set.structures if structure.contours]
    for structure in drawn:
        yield from _gaps(structure, path)
    # A single image is a sample of the series, no image that was drawn on throughout.
    is_comparable = ct is not None and ct.frame_of_reference_uid in ("", structure_set.frame_of_reference_uid)
    if ct is not None and len(ct.z_mm) > 1 and is_comparable:
        for structure in drawn:
            yield from _off_the_images(structure, ct.z_mm, path)


def _place(structure: ContouredStructure) -> str:
    return f"ROI {structure.number} {structure.name!r}"


def _names(structures: Sequence[ContouredStructure], path: str) -> Iterator[Problem]:
    first_of: dict[str, ContouredStructure] = {}
    for structure in structures:
        one = first_of.setdefault(_squeezed(structure.name), structure)
        if one is not structure:
            sentence = worded("The name is used twice (also {other}); tell them apart.", other=_place(one))
            yield Problem(path, _place(structure), sentence)
    for one, other in combinations(first_of.values(), 2):
        if _is_misspelt(_squeezed(one.name), _squeezed(other.name)):
            sentence = worded("The name is {other} but for the spelling; is it the same structure?", other=_place(one))
            yield Problem(path, _place(other), sentence)


def _squeezed(name: str) -> str:
    return re.sub(r"[\s_\-]+", "", name).lower()


def _is_misspelt(one: str, other: str) -> bool:
    """Whether two names differ by one letter inserted, left out or changed, or two swapped."""
    if min(len(one), len(other)) < _SHORTEST_MISSPELT or abs(len(one) - len(other)) > 1:
        return False
    # A changed digit, side or last letter distinguishes structures: PTV70 and PTV60, Lung_L and Lung_R.
    if re.sub(r"[^\d]", "", one) != re.sub(r"[^\d]", "", other) or one[-1] != other[-1] or one[0] != other[0]:
        return False
    pairs = enumerate(zip(one, other, strict=False))
    start = next((i for i, (a, b) in pairs if a != b), min(len(one), len(other)))
    rest, other_rest = one[start:], other[start:]
    return (
        rest[1:] == other_rest[1:]
        or rest[1:] == other_rest
        or rest == other_rest[1:]
        or (rest[:2] == other_rest[:2][::-1] and rest[2:] == other_rest[2:])
    )


def _gaps(structure: ContouredStructure, path: str) -> Iterator[Problem]:
    z_mm = structure.z_mm
    if len(z_mm) < 3:
        return
    steps_mm = np.diff(z_mm)
    usual_mm = float(np.median(steps_mm))
    gaps = np.flatnonzero(steps_mm > _GAP * usual_mm + _OFF_PLANE_MM)
    if len(gaps):
        shown = ", ".join(f"{z_mm[i]:g} to {z_mm[i + 1]:g}" for i in gaps[:3]) + (" ..." if len(gaps) > 3 else "")
        places = "in one place" if len(gaps) == 1 else f"in {len(gaps)} places"
        is_wide = steps_mm[gaps].max() > _ONE_MISSING * usual_mm + _OFF_PLANE_MM
        became = (
            "gaps of more than one slice stay open"
            if is_wide
            else "a missing slice between two that overlap is bridged"
        )
        sentence = worded(
            "The contours leave out slices {places} (z = {shown} mm) where they usually lie {usual} mm apart; "
            "{became}.",
            places=places,
            shown=shown,
            usual=f"{usual_mm:g}",
            became=clause(became),
        )
        yield Problem(path, _place(structure), sentence)


def _off_the_images(structure: ContouredStructure, image_z_mm: FloatArray, path: str) -> Iterator[Problem]:
    z_mm = structure.z_mm
    nearest_mm = np.abs(z_mm[:, None] - image_z_mm[None, :]).min(axis=1)
    off = int((nearest_mm > _OFF_PLANE_MM).sum())
    if off:
        sentence = worded(
            "{off} of {drawn} contoured slices lie on no CT slice (up to {far} mm off).",
            off=off,
            drawn=len(z_mm),
            far=f"{nearest_mm.max():.1f}",
        )
        yield Problem(path, _place(structure), sentence)
