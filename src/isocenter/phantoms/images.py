"""The phantom's CT, contours, dose and stored DVHs, as the readers would hand them over."""

from dataclasses import replace
from itertools import cycle

import numpy as np

from isocenter.phantoms.catalogue import Part
from isocenter.phantoms.recipe import Recipe
from isocenter.phantoms.shapes import FloatArray, Polygon
from isocenter.terms.imaging import (
    ContouredStructure,
    CtImage,
    DoseGrid,
    StoredDvh,
    StructureSet,
    VerifyingDose,
)

AIR_HU = -1000
VERIFYING_FILE = "verification/RD.dcm"
POINT_STEP_MM = 3.5
DOSE_MARGIN_MM = 15.0
DOSE_QUANTUM_GY = {16: 0.002, 32: 1e-6}
DVH_BIN_GY = 0.25
DVH_POINTS = 40_000
# Multiples of these fill a box evenly and share no plane with each other (the R sequence of M. Roberts, 2018).
EVEN_STEPS = 1.2207440846057596 ** -np.arange(1.0, 4.0)

ODD_NAMES = {
    "Lung_L": "Lt Lung",
    "Lung_R": "LUNG_RIGHT",
    "SpinalCord": "Spinal-Cord",
    "Larynx": "LARYNX",
    "Parotid_L": "Parotid Lt.",
    "Parotid_R": "R parotid gland",
    "Femur_Head_L": "FemHead LT",
    "Femur_Head_R": "Rt Fem Head",
    "Body": "BODY",
    "Brainstem": "Brain Stem",
    "PTV_7000": "PTV70",
    "Rectum": "rectum",
    "Heart": "HEART",
    "Core": "Core (OAR)",
}

_COLORS = ("#ff0000", "#00a000", "#0000ff", "#c87800", "#960096", "#009696", "#787878")


def slice_positions_mm(recipe: Recipe) -> FloatArray:
    """z of every CT slice, ascending, symmetrical about the middle of the body, in mm."""
    body = recipe.phantom.body
    count = int(body.half_size[2] / recipe.slice)
    z_mm = body.center[2] + (np.arange(-count, count) + 0.5) * recipe.slice
    if recipe.quirks.uneven_slices:
        order = np.arange(len(z_mm))
        inner = np.abs(order - len(z_mm) / 2) < len(z_mm) / 4
        z_mm = z_mm[inner | (order % 2 == 0)]
    return np.round(z_mm, 3)


def structure_set(recipe: Recipe) -> StructureSet:
    """All contours on the CT slices, with the recipe's oddities of names, numbers and ends."""
    rows: list[tuple[str, str, tuple[tuple[float, FloatArray], ...]]] = [
        (_shown_name(recipe, part), _interpreted_type(recipe, part), _contours(recipe, part))
        for part in recipe.phantom.parts
    ]
    if recipe.quirks.empty_markers:
        rows = [("ISO", "MARKER", ()), rows[0], ("Marker 1", "MARKER", ()), *rows[1:]]
    structures = tuple(
        ContouredStructure(number, name, kind, contours, color)
        for number, (name, kind, contours), color in zip(
            _numbers(recipe, len(rows)), rows, cycle(_COLORS), strict=False
        )
    )
    return StructureSet(
        structures,
        recipe.uid("frame"),
        recipe.uid("structures"),
        label=recipe.name[:16],
        approval=recipe.plan_style.approval,
        referenced_image_uids=tuple(recipe.uid("ct", i) for i in range(len(slice_positions_mm(recipe)))),
    )


def structure_of(recipe: Recipe, structures: StructureSet, part: Part) -> ContouredStructure:
    """The structure of a part, under whatever name it is shown."""
    return structures.named(_shown_name(recipe, part))


def _shown_name(recipe: Recipe, part: Part) -> str:
    if recipe.quirks.odd_names:
        return ODD_NAMES.get(part.name, part.name.upper())
    return dict(recipe.quirks.renamed).get(part.name, part.name)


def _interpreted_type(recipe: Recipe, part: Part) -> str:
    # A real export was seen that calls its external contour an organ.
    return "ORGAN" if part.kind == "EXTERNAL" and recipe.quirks.odd_names else part.kind


def _numbers(recipe: Recipe, count: int) -> list[int]:
    if not recipe.quirks.shuffled_numbers:
        return list(range(1, count + 1))
    return [int(n) for n in np.random.default_rng(recipe.seed).permutation(3 * count)[:count] + 2]


def _contours(recipe: Recipe, part: Part) -> tuple[tuple[float, FloatArray], ...]:
    contours: list[tuple[float, FloatArray]] = []
    z_all = slice_positions_mm(recipe)
    sections = [(float(z), part.shape.outlines(float(z), POINT_STEP_MM)) for z in z_all]
    sections = [(z, outlines) for z, outlines in sections if outlines]
    if recipe.quirks.end_caps and part.kind != "EXTERNAL":
        sections = [
            (sections[0][0] - recipe.slice, sections[0][1]),
            *sections,
            (sections[-1][0] + recipe.slice, sections[-1][1]),
        ]
    for z, outlines in sections:
        drawn = (keyhole(*outlines),) if recipe.quirks.keyhole_contours and len(outlines) == 2 else outlines
        contours += [(round(z, 3), np.round(polygon, 2)) for polygon in drawn]
    return tuple(contours)


def keyhole(outline: Polygon, hole: Polygon) -> Polygon:
    """One polygon around a hole: along the outline, through a channel, and back around the hole."""
    return np.vstack([outline, outline[:1], hole[:1], hole[:0:-1], hole[:1]])


def ct_image(recipe: Recipe, structures: StructureSet) -> CtImage:
    """The CT: air around a body of water with lungs, bones and tumors."""
    low, high = _box(structure_of(recipe, structures, recipe.phantom.parts[0]))
    x, y = (
        _raster(low[i] - 2 * recipe.pixel, high[i] + 2 * recipe.pixel, recipe.pixel) + 0.5 * recipe.pixel
        for i in (0, 1)
    )
    z = slice_positions_mm(recipe)
    hu = np.full((len(z), len(y), len(x)), AIR_HU, dtype=np.int16)
    painted = [part for part in recipe.phantom.parts if part.kind != "PTV"]
    for part in sorted(painted, key=lambda part: ("EXTERNAL", "ORGAN", "CTV").index(part.kind)):
        hu[part.shape.signed_distance(*_mesh(x, y, z)) <= 0] = part.hu
    return CtImage(
        hu,
        x,
        y,
        z,
        recipe.uid("frame"),
        recipe.quirks.patient_position,
        recipe.uid("ct series"),
        recipe.patient,
        recipe.scanned_on,
    )


def dose_grid(recipe: Recipe, structures: StructureSet) -> DoseGrid:
    """The dose of the course around everything but the body, on planes of the CT."""
    boxes = [_box(structure_of(recipe, structures, part)) for part in recipe.phantom.contents]
    low = np.min([b[0] for b in boxes], axis=0) - DOSE_MARGIN_MM
    high = np.max([b[1] for b in boxes], axis=0) + DOSE_MARGIN_MM
    x, y = (_raster(low[i], high[i], recipe.pixel) for i in (0, 1))
    z = slice_positions_mm(recipe)
    z = z[(z >= low[2]) & (z <= high[2])]
    quantum_gy = DOSE_QUANTUM_GY[recipe.quirks.dose_bits]
    dose_gy = np.round(recipe.dose(*_mesh(x, y, z)) / quantum_gy) * quantum_gy
    return DoseGrid(
        dose_gy.astype(np.float32),
        x,
        y,
        z,
        recipe.quirks.dose_summation,
        recipe.uid("frame"),
        recipe.uid("plan"),
        recipe.uid("dose", 0),
        stored_dvhs(recipe, structures) if recipe.quirks.stored_dvhs else (),
    )


def verifying_doses(recipe: Recipe, dose: DoseGrid) -> tuple[VerifyingDose, ...]:
    """The dose scaled and shifted by the knob's known error, on the grid of the plan's dose; none without a knob."""
    knob = recipe.verification
    if knob is None:
        return ()
    left_mm, back_mm, head_mm = knob.shift_mm
    moved_gy = recipe.dose(*_mesh(dose.x_mm - left_mm, dose.y_mm - back_mm, dose.z_mm - head_mm))
    share = knob.scale_percent / 100 * (knob.fractions or recipe.phantom.fractions) / recipe.phantom.fractions
    quantum_gy = DOSE_QUANTUM_GY[recipe.quirks.dose_bits]
    dose_gy = (np.round(share * moved_gy / quantum_gy) * quantum_gy).astype(np.float32)
    uid = recipe.uid("dose", "verifying")
    grid = replace(dose, dose_gy=dose_gy, summation="PLAN", sop_instance_uid=uid, stored_dvhs=())
    return (VerifyingDose(VERIFYING_FILE, knob.kind, grid),)


def _raster(low_mm: float, high_mm: float, step_mm: float) -> FloatArray:
    """Whole multiples of the step from low to high."""
    return np.arange(np.floor(low_mm / step_mm), np.ceil(high_mm / step_mm) + 1) * step_mm


def _mesh(x: FloatArray, y: FloatArray, z: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    return x[None, None, :], y[None, :, None], z[:, None, None]


def _box(structure: ContouredStructure) -> tuple[FloatArray, FloatArray]:
    """Lowest and highest x, y, z of a structure, in mm."""
    points = all_points(structure)
    return points.min(axis=0), points.max(axis=0)


def all_points(structure: ContouredStructure) -> FloatArray:
    """Every contour point of a structure, shape (n, 3), in mm."""
    return np.vstack([np.column_stack([xy, np.full(len(xy), z)]) for z, xy in structure.contours])


def stored_dvhs(recipe: Recipe, structures: StructureSet) -> tuple[StoredDvh, ...]:
    """DVHs as a planning system would store them: the analytic dose, counted at 40,000 points around each structure."""
    return tuple(_counted_dvh(recipe, structures, part) for part in recipe.phantom.parts)


def _counted_dvh(recipe: Recipe, structures: StructureSet, part: Part) -> StoredDvh:
    structure = structure_of(recipe, structures, part)
    low, high = _box(structure)
    share = (0.5 + np.arange(DVH_POINTS)[:, None] * EVEN_STEPS) % 1
    x, y, z = (low - recipe.slice + share * (high - low + 2 * recipe.slice)).T
    doses = recipe.dose(x, y, z)[part.shape.signed_distance(x, y, z) <= 0]
    edges = np.arange(0, doses.max() + 2 * DVH_BIN_GY, DVH_BIN_GY)
    counts, _ = np.histogram(doses, edges)
    volume_share = np.append(np.cumsum(counts[::-1])[::-1], 0) / len(doses)
    in_percent = 100 / max(recipe.phantom.prescription_gy.values()) if recipe.quirks.dvh_statistics_in_percent else 1
    stated = [round(float(v) * in_percent, 4) for v in (doses.min(), doses.mean(), doses.max())]
    return StoredDvh(structure.number, edges, np.round(volume_share * part.shape.volume_cc, 4), *stated)
