"""The patient as planning sees him: relative density on an even grid, and which voxels each structure holds."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, map_coordinates
from scipy.spatial import ConvexHull, QhullError

from isocenter.errors import UnreadableInput
from isocenter.planning.kernels.raster import toggle_polygon
from isocenter.planning.superposition import Medium, lay_out_medium
from isocenter.terms.imaging import ContouredStructure, CtImage, DoseGrid, FloatArray

IntArray = NDArray[np.int64]

RIM_MM = 9.0  # of air kept around the body
LARGEST_VOXELS = 12_000_000
LUNG_DENSITY, AIR_DENSITY = 0.26, 0.001
WIDE_END = 0.3  # of the largest section of the body: a first or last section above it is a cut and no vertex
END_OF_VOXEL = 0.3  # of its height that the middle of a voxel may lie beyond the end of a structure
FINEST_MM, COARSEST_MM = 0.5, 10.0
LEAST_MEAN, MOST_MEAN = 0.5, 1.3  # density of a body as a whole, relative to water; lungs and bones are within
FAT_HU, LEAST_OF_FAT_AND_AIR = -50.0, 0.002  # of the values of a body and of the air around it
_ALONG, _ROUNDING = 1e-7, 1e-6  # of a hull's face that lies along the rows, and of its place in voxels


@dataclass(frozen=True, eq=False)
class PlanningPatient:
    """density (nz, ny, nx) relative to water, 0.001 outside the body; voxels: flat numbers of each structure's voxels.

    body: flat numbers of the voxels inside the outline, ascending. planes_beyond: by how many planes the body goes on
    below and above the grid, far from every field.
    """

    density: NDArray[np.float32]
    x_mm: FloatArray
    y_mm: FloatArray
    z_mm: FloatArray
    body: IntArray
    voxels: dict[str, IntArray]
    patient_position: str = "HFS"
    planes_beyond: tuple[int, int] = (0, 0)

    def grid_of(self, dose_gy: NDArray[np.float32]) -> DoseGrid:
        """A dose (nz, ny, nx) over the whole body: planes beyond take that of the last one, more than theirs."""
        below, above = self.planes_beyond
        step_mm = self.spacing_mm[2]
        z_mm = self.z_mm[0] + step_mm * np.arange(-below, len(self.z_mm) + above)
        whole = np.pad(dose_gy, ((below, above), (0, 0), (0, 0)), mode="edge") if below or above else dose_gy
        return DoseGrid(whole, self.x_mm, self.y_mm, z_mm if below or above else self.z_mm)

    @property
    def origin_mm(self) -> FloatArray:
        """x, y, z of the first voxel's middle."""
        return np.array([self.x_mm[0], self.y_mm[0], self.z_mm[0]])

    @property
    def spacing_mm(self) -> FloatArray:
        """Distance of voxels along x, y, z."""
        return np.array([self.x_mm[1] - self.x_mm[0], self.y_mm[1] - self.y_mm[0], self.z_mm[1] - self.z_mm[0]])

    @property
    def voxel_cc(self) -> float:
        """Volume of one voxel."""
        return float(np.prod(self.spacing_mm)) / 1000

    @property
    def corners_mm(self) -> FloatArray:
        """The eight corners of the grid (8, 3)."""
        ends = [(a[0], a[-1]) for a in (self.x_mm, self.y_mm, self.z_mm)]
        return np.array([(x, y, z) for x in ends[0] for y in ends[1] for z in ends[2]])

    def without_air(self, dose_gy: NDArray[np.float32]) -> NDArray[np.float32]:
        """A dose with that of the air around the patient set to 0, which nobody receives; one voxel of skin is kept."""
        return np.where(self.near_body, dose_gy, np.float32(0))

    def points_mm(self, voxels: IntArray | None = None) -> NDArray[np.float32]:
        """x, y, z (n, 3) of the middles of some voxels, or of all."""
        if voxels is None:
            return self._all_points_mm
        k, j, i = np.unravel_index(voxels, self.density.shape)
        return np.column_stack([self.x_mm[i], self.y_mm[j], self.z_mm[k]]).astype(np.float32)

    @cached_property
    def cut_ends_mm(self) -> tuple[float | None, float | None]:
        """The lowest and the highest z of the body where CT or outline are cut off; None where it tapers or goes on."""
        _, rows, columns = self.density.shape
        counts = np.bincount(self.body // (rows * columns), minlength=len(self.z_mm))
        filled = np.flatnonzero(counts)
        if not len(filled):
            return None, None
        is_cut = [counts[plane] > WIDE_END * counts.max() for plane in (filled[0], filled[-1])]
        ends = [
            float(self.z_mm[plane]) if cut and not beyond else None
            for plane, cut, beyond in zip((filled[0], filled[-1]), is_cut, self.planes_beyond, strict=True)
        ]
        return ends[0], ends[1]

    @cached_property
    def near_body(self) -> NDArray[np.bool_]:
        """Mask (nz, ny, nx) of the body and of one voxel around it."""
        inside = np.zeros(self.density.shape, bool)
        inside.flat[self.body] = True
        near: NDArray[np.bool_] = binary_dilation(inside, np.ones((3, 3, 3), bool))
        return near

    @cached_property
    def hull(self) -> FloatArray:
        """Faces (n, 4) of the least convex shape around near_body: a straight line that leaves it never returns."""
        return hull_faces(self.near_body)

    @cached_property
    def medium(self) -> Medium:
        """What energy crosses in the hull."""
        return lay_out_medium(self.density, within_faces(self.hull, self.density.shape))

    @cached_property
    def _all_points_mm(self) -> NDArray[np.float32]:
        return self.points_mm(np.arange(self.density.size))


def hull_faces(mask: NDArray[np.bool_]) -> FloatArray:
    """The faces of the convex hull of a mask's grid points (n, 4): z, y, x of each outward, in voxels, and offset.

    A point lies inside where z k + y j + x i + offset is above 0 for no face. The faces of the grid, where the mask has
    no volume.
    """
    columns = mask.shape[2]
    first, last = np.argmax(mask, axis=2), columns - 1 - np.argmax(mask[:, :, ::-1], axis=2)
    k, j = np.nonzero(mask.any(2))
    ends = np.concatenate([np.column_stack([k, j, end[k, j]]) for end in (first, last)])
    try:
        faces: FloatArray = np.unique(np.round(ConvexHull(ends).equations, 9), axis=0)
    except (QhullError, ValueError):
        outward = np.concatenate([-np.eye(3), np.eye(3)])
        return np.column_stack([outward, np.concatenate([np.zeros(3), 1.0 - np.array(mask.shape)])])
    return faces


def within_faces(faces: FloatArray, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """The grid points (nz, ny, nx) inside of faces."""
    low, high = np.zeros(shape[:2]), np.full(shape[:2], shape[2] - 1.0)
    rows = np.indices(shape[:2])
    for of_z, of_y, of_x, offset in faces:
        at = of_z * rows[0] + of_y * rows[1] + offset
        if abs(of_x) > _ALONG:
            bound = -at / of_x
            low, high = (low, np.minimum(high, bound)) if of_x > 0 else (np.maximum(low, bound), high)
        else:
            high = np.where(at > _ROUNDING, -1.0, high)
    column = np.arange(shape[2])
    within: NDArray[np.bool_] = (column >= low[:, :, None] - _ROUNDING) & (column <= high[:, :, None] + _ROUNDING)
    return within


def density_curve() -> tuple[FloatArray, FloatArray]:
    """HU and relative density of the bundled table, which a scanner's own calibration would replace."""
    path = Path(str(files("isocenter"))) / "planning" / "tables" / "density.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return np.array([float(r["hu"]) for r in rows]), np.array([float(r["relative_density"]) for r in rows])


def lay_out_patient(
    ct: CtImage,
    outline: ContouredStructure,
    structures: Sequence[ContouredStructure],
    spacing_mm: float = 3.0,
    between_mm: tuple[float, float] | None = None,
    all_structures: Iterable[ContouredStructure] = (),
) -> PlanningPatient:
    """Resample the CT to an even grid cropped to the outline, and find the voxels of each structure by their middles.

    between_mm: the lowest and the highest z that matter; planes beyond are counted but not laid out. all_structures:
    those of the structure set, of which some may state their density in place of that of the CT.
    Raises UnreadableInput where the spacing does not suit a plan, the outline is empty or lies outside the CT, the
    values of the CT cannot be HU, or the grid would be too large.
    """
    if not FINEST_MM <= spacing_mm <= COARSEST_MM:  # nor is nan
        raise UnreadableInput(
            f"the spacing of the planning grid is {spacing_mm:g} mm; expected {FINEST_MM:g} to {COARSEST_MM:g} mm"
        )
    if len(ct.z_mm) < 2:
        raise UnreadableInput("the CT has a single slice; planning needs a CT of the whole target")
    if not outline.contours:
        raise UnreadableInput(f"{outline.name} has no contours; planning needs the outline of the body")
    points = np.concatenate([np.column_stack([p, np.full(len(p), z)]) for z, p in outline.contours])
    ends = [(a[0], a[-1]) for a in (ct.x_mm, ct.y_mm, ct.z_mm)]
    low = [max(ends[k][0], points[:, k].min() - RIM_MM) for k in range(3)]
    high = [min(ends[k][1], points[:, k].max() + RIM_MM) for k in range(3)]
    counts = [int((high[k] - low[k]) / spacing_mm) + 1 for k in range(3)]
    if min(high[k] - low[k] for k in range(3)) < 0:
        raise UnreadableInput(f"{outline.name} lies outside the CT; planning needs both in the same frame of reference")
    if min(counts) < 2:
        least_mm = min(high[k] - low[k] for k in range(3))
        raise UnreadableInput(
            f"the CT covers only {least_mm:g} mm of {outline.name}, less than a step of the grid of {spacing_mm:g} mm; "
            "export all its slices"
        )
    first, last = _planes_between(low[2] + spacing_mm * np.arange(counts[2]), between_mm)
    beyond = (first, counts[2] - last)
    low[2], counts[2] = low[2] + first * spacing_mm, last - first
    if np.prod(counts) > LARGEST_VOXELS:
        raise UnreadableInput(
            f"a grid of {spacing_mm:g} mm over {outline.name} has {np.prod(counts):,} voxels, more than "
            f"{LARGEST_VOXELS:,}; plan on a wider grid"
        )
    x_mm, y_mm, z_mm = (low[k] + spacing_mm * np.arange(counts[k]) for k in range(3))
    inside = voxels_inside(outline, x_mm, y_mm, z_mm)
    hu, relative = density_curve()
    values = _resampled(ct, x_mm, y_mm, z_mm)
    density = np.interp(values, hu, relative).astype(np.float32)
    _expect_hu(values, density[inside], outline.name)
    fill_densities(density, with_densities(all_structures), (x_mm, y_mm, z_mm))
    density[~inside] = relative[0]
    # A structure's ends lie between planes: one that holds a fifth of a voxel of it counts, or a coarse grid leaves a
    # part without dose that the exact histogram counts.
    beyond_mm = END_OF_VOXEL * spacing_mm
    voxels = {s.name: np.flatnonzero(voxels_inside(s, x_mm, y_mm, z_mm, beyond_mm) & inside) for s in structures}
    return PlanningPatient(density, x_mm, y_mm, z_mm, np.flatnonzero(inside), voxels, ct.patient_position, beyond)


def with_densities(structures: Iterable[ContouredStructure]) -> list[ContouredStructure]:
    """The structures that state their density, the largest first, so that what is drawn within another one counts."""
    stated = [one for one in structures if one.contours and one.stated_density is not None]
    return sorted(stated, key=drawn_mm3, reverse=True)


def drawn_mm3(structure: ContouredStructure) -> float:
    """What its contours enclose, holes not taken off."""
    corners = [(points[:, 0], points[:, 1]) for _, points in structure.contours]
    areas_mm2 = sum(abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2 for x, y in corners)
    return float(areas_mm2 * (np.median(np.diff(structure.z_mm)) if len(structure.z_mm) > 1 else 1.0))


def fill_densities(
    density: NDArray[np.float32],
    stated: Sequence[ContouredStructure],
    axes_mm: tuple[FloatArray, FloatArray, FloatArray],
) -> None:
    """Write the densities that structures state into a grid (nz, ny, nx), in their order: the last one counts."""
    for one in stated:
        assert one.stated_density is not None
        density[voxels_inside(one, *axes_mm)] = max(one.stated_density, AIR_DENSITY)


def _expect_hu(values: NDArray[np.float32], within: NDArray[np.float32], name: str) -> None:
    """Raise UnreadableInput where the values of a CT in and around the outline cannot be HU of a body and its air.

    within: the densities that the values inside the outline would have.
    """
    advice = "export the CT of the structures in HU, with its rescale intercept and slope"
    mean = float(within.mean()) if within.size else 1.0
    if not LEAST_MEAN <= mean <= MOST_MEAN:
        raise UnreadableInput(
            f"within {name} the CT is {mean:.2g} times as dense as water on average, which no body is; {advice}"
        )
    if (values < FAT_HU).mean() < LEAST_OF_FAT_AND_AIR:
        raise UnreadableInput(
            f"in and around {name} the CT has almost no value below {FAT_HU:g} HU, neither fat nor air: its numbers "
            f"are not HU, or the images are not of a CT; {advice}"
        )


def _planes_between(z_mm: FloatArray, between_mm: tuple[float, float] | None) -> tuple[int, int]:
    """The first of the planes between two levels and the one behind the last; all where fewer than two lie there."""
    if between_mm is None:
        return 0, len(z_mm)
    first, last = np.searchsorted(z_mm, between_mm)
    return (int(first), int(last)) if last - first >= 2 else (0, len(z_mm))


def lay_out_contours(
    outline: ContouredStructure,
    lungs: Sequence[ContouredStructure],
    spacing_mm: float,
    patient_position: str = "HFS",
    all_structures: Iterable[ContouredStructure] = (),
) -> PlanningPatient:
    """Water within the outline, lungs of their usual density, and what states its own, where there is no CT."""
    points = np.concatenate([np.column_stack([p, np.full(len(p), z)]) for z, p in outline.contours])
    x_mm, y_mm, z_mm = (
        np.arange(points[:, k].min() - RIM_MM, points[:, k].max() + RIM_MM + spacing_mm, spacing_mm) for k in range(3)
    )
    if len(x_mm) * len(y_mm) * len(z_mm) > LARGEST_VOXELS:
        raise UnreadableInput(f"{outline.name} is too large for a grid of {spacing_mm:g} mm")
    inside = voxels_inside(outline, x_mm, y_mm, z_mm)
    density = np.where(inside, np.float32(1.0), np.float32(AIR_DENSITY))
    for lung in lungs:
        density[voxels_inside(lung, x_mm, y_mm, z_mm) & inside] = LUNG_DENSITY
    fill_densities(density, with_densities(all_structures), (x_mm, y_mm, z_mm))
    density[~inside] = AIR_DENSITY
    return PlanningPatient(density, x_mm, y_mm, z_mm, np.flatnonzero(inside), {}, patient_position)


def _resampled(ct: CtImage, x_mm: FloatArray, y_mm: FloatArray, z_mm: FloatArray) -> NDArray[np.float32]:
    places = [
        np.interp(at, axis, np.arange(len(axis))) for at, axis in ((z_mm, ct.z_mm), (y_mm, ct.y_mm), (x_mm, ct.x_mm))
    ]
    grid = np.meshgrid(*places, indexing="ij")
    resampled: NDArray[np.float32] = map_coordinates(ct.hu, grid, np.float32, order=1, mode="nearest")
    return resampled


def voxels_inside(
    structure: ContouredStructure, x_mm: FloatArray, y_mm: FloatArray, z_mm: FloatArray, beyond_mm: float = 0.0
) -> NDArray[np.bool_]:
    """Mask (nz, ny, nx) of the points inside: each plane takes the nearest contours, no farther than half their gap.

    beyond_mm: how much farther a plane may lie from the first or last contour.
    """
    inside = np.zeros((len(z_mm), len(y_mm), len(x_mm)), bool)
    drawn = structure.z_mm
    if not len(drawn):
        return inside
    half_gap = float(np.median(np.diff(drawn))) / 2 if len(drawn) > 1 else abs(float(z_mm[1] - z_mm[0])) / 2
    for k, z in enumerate(z_mm):
        nearest = drawn[np.argmin(np.abs(drawn - z))]
        if abs(nearest - z) <= half_gap * 1.001 + (0.0 if drawn[0] < z < drawn[-1] else beyond_mm):
            for at, polygon in structure.contours:
                if at == nearest:
                    toggle_polygon(np.ascontiguousarray(polygon, np.float64), x_mm, y_mm, inside[k])
    return inside
