"""Patients of the OpenKBP set as they lie in its folders: voxels of CT, structures and dose, and as DICOM files."""

import csv
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from isocenter.terms.imaging import ContouredStructure, DoseGrid, FloatArray

SIZE = 128
NOT_STRUCTURES = ("ct", "dose", "possible_dose_mask", "voxel_dimensions")

Grid = NDArray[np.float32]
Corner = tuple[int, int]


def read_flat(path: Path) -> tuple[NDArray[np.int64], FloatArray]:
    """Index and value of each line; value 1 where a line is an index alone."""
    with path.open() as file:
        rows = list(csv.reader(file))[1:]
    index = np.array([int(float(row[0])) for row in rows])
    values = np.array([float(row[1]) if len(row) > 1 and row[1] else 1.0 for row in rows])
    return index, values


def grids_of(folder: Path) -> Callable[[str, float], Grid]:
    """Reads a file of the folder as a grid (z, y, x) by its name and the value of what it leaves out."""

    def grid(name: str, empty: float) -> Grid:
        full = np.full(SIZE**3, empty, np.float32)
        index, values = read_flat(folder / f"{name}.csv")
        full[index] = values
        return full.reshape(SIZE, SIZE, SIZE).transpose(2, 0, 1)  # y, x, z to z, y, x

    return grid


def spacings_mm(folder: Path) -> tuple[float, float, float]:
    """Of a voxel, along x, y and z."""
    y_mm, x_mm, z_mm = (float(value) for value in (folder / "voxel_dimensions.csv").read_text().split()[:3])
    return x_mm, y_mm, z_mm


def structure_names(folder: Path) -> list[str]:
    return sorted(file.stem for file in folder.glob("*.csv") if file.stem not in NOT_STRUCTURES)


@dataclass(frozen=True)
class VoxelPatient:
    """A patient whose structures are drawn around their voxels."""

    structures: list[ContouredStructure]
    dose: DoseGrid
    spacing_mm: tuple[float, float, float]
    middles_gy: dict[str, FloatArray]  # of each structure: dose in the middle of its voxels
    within_gy: dict[str, FloatArray]  # the same at 64 places in each voxel, linear between the middles


def voxel_patient(folder: Path) -> VoxelPatient:
    """The structures with contours along the sides of their voxels, in the middle plane of each layer."""
    grid, (x_step, y_step, z_step) = grids_of(folder), spacings_mm(folder)
    dose_gy = np.ascontiguousarray(grid("dose", 0))
    x_mm, y_mm, z_mm = (np.arange(SIZE) * step for step in (x_step, y_step, z_step))
    structures, middles_gy, within_gy = [], {}, {}
    for number, name in enumerate(structure_names(folder), start=1):
        inside = grid(name, 0) > 0
        contours = tuple(
            (float(z_mm[layer]), (np.array(corners) - 0.5) * (x_step, y_step))
            for layer in np.flatnonzero(inside.any((1, 2)))
            for corners in outlines(inside[layer])
        )
        structures.append(ContouredStructure(number, name, contours=contours))
        middles_gy[name] = dose_gy[inside].astype(np.float64)
        within_gy[name] = _doses_within(dose_gy, np.argwhere(inside))
    dose = DoseGrid(dose_gy, x_mm, y_mm, z_mm)
    return VoxelPatient(structures, dose, (x_step, y_step, z_step), middles_gy, within_gy)


def _doses_within(dose_gy: Grid, voxels: NDArray[np.int64]) -> FloatArray:
    """Doses at four by four by four places in each voxel (z, y, x), in any order."""
    offsets = (np.arange(4) + 0.5) / 4 - 0.5
    places = np.stack(np.meshgrid(offsets, offsets, offsets), -1).reshape(-1, 3)
    at = (voxels[:, None, :] + places).reshape(-1, 3).T
    return map_coordinates(dose_gy.astype(np.float64), at, order=1, mode="nearest")


def outlines(inside: NDArray[np.bool_]) -> Iterator[list[Corner]]:
    """Closed outlines (x, y) along the sides of the pixels of a mask (y, x), those of holes apart."""
    follows: dict[Corner, list[Corner]] = defaultdict(list)
    padded = np.pad(inside, 1)
    for y, x in np.argwhere(inside).tolist():
        for (dy, dx), begin, end in (
            ((0, 1), (x, y), (x + 1, y)),
            ((1, 2), (x + 1, y), (x + 1, y + 1)),
            ((2, 1), (x + 1, y + 1), (x, y + 1)),
            ((1, 0), (x, y + 1), (x, y)),
        ):
            if not padded[y + dy, x + dx]:
                follows[begin].append(end)
    while follows:
        start = next(iter(follows))
        corners, at = [], start
        while not corners or at != start:
            following = follows[at].pop()
            if not follows[at]:
                del follows[at]
            corners.append(at)
            at = following
        yield _without_straight(corners)


def _without_straight(corners: list[Corner]) -> list[Corner]:
    """The corners at which an outline turns."""
    around = zip(corners[-1:] + corners, corners, corners[1:] + corners[:1], strict=False)
    return [(x, y) for (x0, y0), (x, y), (x1, y1) in around if (x - x0, y - y0) != (x1 - x, y1 - y)]
