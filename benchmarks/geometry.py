"""Geometry measured: accuracy on spheres of known distance, and time for a case of a hundred slices.

python benchmarks/geometry.py
"""

import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.naive_geometry import draw, draw_sphere  # noqa: E402

from isocenter.evidence.geometry import measure_geometry  # noqa: E402
from isocenter.terms.imaging import ContouredStructure  # noqa: E402

Triple = tuple[float, float, float]

DIRECTIONS = {
    "across": (1.0, 0.3, 0.0),
    "oblique": (1.0, 0.2, 0.9),
    "steep": (0.3, 0.2, 0.933),
    "along z": (0.0, 0.0, 1.0),
}


def accuracy() -> None:
    """Error of the least distance of two spheres, over offsets of the planes and gaps of 1 to 20 mm."""
    print("\n## Two spheres of 20 and 15 mm: error of the least distance in mm, least to largest\n")
    print("| direction | 1 mm slices | 2 mm | 3 mm |")
    print("|---|---|---|---|")
    for name, direction in DIRECTIONS.items():
        unit = np.array(direction) / np.linalg.norm(direction)
        cells = []
        for slice_mm in (1.0, 2.0, 3.0):
            errors = []
            for gap_mm in (1.0, 3.0, 7.5, 20.0):
                for first_mm in np.linspace(0, slice_mm, 5)[:-1]:
                    target = draw_sphere("PTV", (0, 0, 0), 20, slice_mm, first_mm)
                    organ = draw_sphere("Organ", tuple(unit * (35 + gap_mm)), 15, slice_mm, first_mm)
                    found = measure_geometry([target], [organ])[0].pairs[0].distance_mm
                    errors.append(found - gap_mm)
            cells.append(f"{min(errors):+.2f} to {max(errors):+.2f}")
        print(f"| {name} | {' | '.join(cells)} |")


def lobed(name: str, centre: Triple, radii: Triple, slice_mm: float = 3.0) -> ContouredStructure:
    """An ellipsoid with five lobes across, drawn every 1.5 mm."""

    def outlines(z: float) -> list[np.ndarray]:
        left = 1 - ((z - centre[2]) / radii[2]) ** 2
        if left < 0.003:
            return []
        size = np.sqrt(left)
        t = np.linspace(0, 2 * np.pi, max(12, int(2 * np.pi * size * max(radii[:2]) / 1.5)), endpoint=False)
        wave = size * (1 + 0.1 * np.cos(5 * t + z / 20))
        x, y = centre[0] + radii[0] * wave * np.cos(t), centre[1] + radii[1] * wave * np.sin(t)
        return [np.column_stack([x, y])]

    planes = np.arange(np.ceil((centre[2] - radii[2]) / slice_mm), (centre[2] + radii[2]) / slice_mm) * slice_mm
    return draw(name, outlines, planes)


def speed() -> None:
    """Two targets beside twenty structures, large ones and a body among them."""
    chance = np.random.default_rng(1)
    targets = [lobed("PTV_1", (0, 0, 0), (45, 35, 60)), lobed("PTV_2", (20, 10, 40), (60, 50, 80))]
    organs = [
        lobed(f"Organ_{n}", tuple(chance.uniform(-90, 90, 3)), tuple(chance.uniform(8, 50, 3))) for n in range(14)
    ]
    organs += [
        lobed("SpinalCord", (0, 80, 0), (8, 8, 150)),
        lobed("Lung_L", (110, 0, 0), (60, 80, 140)),
        lobed("Lung_R", (-130, 0, 0), (60, 80, 140)),
        lobed("Heart", (30, -60, -60), (50, 45, 50)),
        lobed("Liver", (-60, -10, -140), (100, 80, 70)),
        lobed("Body", (0, 0, 0), (200, 130, 150)),
    ]
    points = sum(len(ring) for structure in (*targets, *organs) for _, ring in structure.contours)
    start = time.perf_counter()
    measure_geometry(targets, organs)
    first = time.perf_counter() - start
    took = []
    for _ in range(5):
        start = time.perf_counter()
        measure_geometry(targets, organs)
        took.append(time.perf_counter() - start)
    print(f"\n## Two targets beside {len(organs)} structures, {points} points on up to 100 slices\n")
    print(f"first call {first:.2f} s (compiled code loaded or made), then {min(took):.2f} to {max(took):.2f} s")


if __name__ == "__main__":
    accuracy()
    speed()
