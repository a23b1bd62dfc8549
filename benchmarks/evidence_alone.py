"""The measures of a plan by themselves: accuracy by model and slice, small spheres, distances, time for large cases.

    python benchmarks/evidence_alone.py

What they are beside other tools, benchmarks/evidence_peers.py and gamma.py print.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.evidence import analytic  # noqa: E402
from tests.naive_geometry import draw, draw_sphere  # noqa: E402

from isocenter.evidence.doses.dvh import compute_dvhs, structure_volume_cc  # noqa: E402
from isocenter.evidence.geometry.geometry import measure_geometry  # noqa: E402
from isocenter.terms.imaging import ContouredStructure, DoseGrid  # noqa: E402

Triple = tuple[float, float, float]

DIRECTIONS = {
    "across": (1.0, 0.3, 0.0),
    "oblique": (1.0, 0.2, 0.9),
    "steep": (0.3, 0.2, 0.933),
    "along z": (0.0, 0.0, 1.0),
}


def best_s(work: Callable[[], object], times: int = 5) -> float:
    """The shortest wall-clock time of several runs."""
    spans = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        spans.append(time.perf_counter() - start)
    return min(spans)


def solids() -> None:
    """Errors on sixty cases of five solids: mean / largest of the absolute values, in per cent."""
    dose_gy = np.linspace(0, 40, 40001)
    print("\n## Sixty solids: mean / largest error (volume, curve: % of volume; doses: %)\n")
    print("| mode | slices | volume | whole curve | Dmean | D95% | D1% | D0.03cc | ms a case |")
    print("|---|---|---|---|---|---|---|---|---|")
    for mode in ("slab", "shape"):
        rows = []
        for case in analytic.sixty_cases():
            start = time.perf_counter()
            dvh = compute_dvhs([case.structure], case.dose, mode=mode)[0]
            spent_ms = 1000 * (time.perf_counter() - start)
            true_cc = case.cumulative_cc(dose_gy)
            total_cc = case.total_cc
            curve_cc = np.interp(dose_gy, dvh.dose_edges_gy, dvh.cumulative_cc, right=0.0)

            def miss(found_gy: float, volume_cc: float, true_cc: np.ndarray = true_cc) -> float:
                return 100 * (found_gy / float(np.interp(-volume_cc, -true_cc, dose_gy)) - 1)

            rows.append([
                case.spacing_mm,
                100 * (dvh.total_volume_cc / total_cc - 1),
                100 * np.abs(curve_cc - true_cc).max() / total_cc,
                100 * (dvh.mean_gy / (np.trapezoid(true_cc, dose_gy) / total_cc) - 1),
                miss(dvh.dose_at_fraction_gy(0.95), 0.95 * total_cc),
                miss(dvh.dose_at_fraction_gy(0.01), 0.01 * total_cc),
                miss(dvh.dose_at_volume_gy(0.03), 0.03),
                spent_ms,
            ])  # fmt: skip
        table = np.abs(rows)
        for label, kept in [("all", table)] + [(f"{n} mm", table[table[:, 0] == n]) for n in (1, 2, 3)]:
            cells = [f"{m:.2f} / {x:.2f}" for m, x in zip(kept[:, 1:7].mean(0), kept[:, 1:7].max(0), strict=True)]
            print(f"| {mode} | {label} | {' | '.join(cells)} | {np.median(kept[:, 7]):.0f} |")


def small_spheres() -> None:
    """Volume of 50 spheres a size, anywhere between slices of 1 mm."""
    random = np.random.default_rng(1)
    print("\n## Small spheres on 1 mm slices: volume error, mean [range] in %\n")
    print("| diameter | slabs, half caps | slabs, no caps | shape, half caps |\n|---|---|---|---|")
    for diameter_mm in (3, 5, 7, 10, 15, 20):
        errors: dict[tuple[str, str], list[float]] = {("slab", "half"): [], ("slab", "none"): [], ("shape", "half"): []}
        for _ in range(50):
            z_mm = np.arange(-12, 13) + random.uniform(-0.5, 0.5)
            radii = np.sqrt(np.maximum((diameter_mm / 2) ** 2 - z_mm**2, 0))
            outlines = [(float(z), analytic.circle(r, 72)) for z, r in zip(z_mm, radii, strict=True) if r > 0.1]
            ball = ContouredStructure(1, "sphere", contours=tuple(outlines))
            for (mode, end_cap), found in errors.items():
                volume_cc = structure_volume_cc(ball, mode=mode, end_cap=end_cap)  # type: ignore[arg-type]
                found.append(100 * (volume_cc / (np.pi * diameter_mm**3 / 6000) - 1))
        cells = [f"{np.mean(e):+.1f} [{min(e):.1f}, {max(e):.1f}]" for e in errors.values()]
        print(f"| {diameter_mm} mm | {' | '.join(cells)} |")


def head_and_neck() -> tuple[list[ContouredStructure], DoseGrid]:
    """A head-and-neck-like patient: an outline of some 13 litres and 48 ellipsoids from 0.2 to 300 cc."""
    random = np.random.default_rng(2)
    x, y, z = np.arange(-220, 221, 2.5), np.arange(-130, 131, 2.5), np.arange(-180, 181, 3.0)
    far = np.sqrt((x / 90)[None, None] ** 2 + (y / 70)[None, :, None] ** 2 + (z / 110)[:, None, None] ** 2)
    dose = DoseGrid((70 / (1 + far**4)).astype(np.float32), x, y, z)

    def ellipsoid(number: int, middle: np.ndarray, half: np.ndarray, z_mm: np.ndarray) -> ContouredStructure:
        scale = np.sqrt(np.maximum(1 - ((z_mm - middle[2]) / half[2]) ** 2, 0))
        points = int(np.clip(2 * np.pi * half[:2].max() / 1.5, 24, 400))
        contours = tuple(
            (float(h), analytic.circle(1.0, points) * half[:2] * s + middle[:2])
            for h, s in zip(z_mm, scale, strict=True)
            if s * half[:2].min() > 0.5
        )
        return ContouredStructure(number, f"structure {number}", contours=contours)

    structures = [ellipsoid(1, np.zeros(3), np.array([150.0, 110.0, 260.0]), z[2:-2])]
    for number in range(2, 50):
        size = np.exp(random.uniform(np.log(4.0), np.log(38.0)))
        half = np.maximum(size * random.uniform([0.7, 0.7, 0.8], [1.3, 1.3, 1.8]), 4.0)
        structures.append(ellipsoid(number, random.uniform(-60, 60, 3), half, z))
    return structures, dose


def synthetic_times() -> None:
    structures, dose = head_and_neck()
    points = sum(len(p) for s in structures for _, p in s.contours)
    print(f"\n## {len(structures)} structures of a synthetic head and neck, {points} points: seconds of computing\n")
    print("| mode | 1 thread | 2 threads |\n|---|---|---|")
    for mode in ("slab", "auto"):
        times = [best_s(lambda m=mode, n=n: compute_dvhs(structures, dose, mode=m, threads=n)) for n in (1, 2)]
        print(f"| {mode} | {times[0]:.3f} | {times[1]:.3f} |")


def distances() -> None:
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


def lobed(name: str, center: Triple, radii: Triple, slice_mm: float = 3.0) -> ContouredStructure:
    """An ellipsoid with five lobes across, drawn every 1.5 mm."""

    def outlines(z: float) -> list[np.ndarray]:
        left = 1 - ((z - center[2]) / radii[2]) ** 2
        if left < 0.003:
            return []
        size = np.sqrt(left)
        t = np.linspace(0, 2 * np.pi, max(12, int(2 * np.pi * size * max(radii[:2]) / 1.5)), endpoint=False)
        wave = size * (1 + 0.1 * np.cos(5 * t + z / 20))
        x, y = center[0] + radii[0] * wave * np.cos(t), center[1] + radii[1] * wave * np.sin(t)
        return [np.column_stack([x, y])]

    planes = np.arange(np.ceil((center[2] - radii[2]) / slice_mm), (center[2] + radii[2]) / slice_mm) * slice_mm
    return draw(name, outlines, planes)


def geometry_time() -> None:
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
    print(f"\n## Two targets beside {len(organs)} structures, {points} points on up to 100 slices\n")
    then = best_s(lambda: measure_geometry(targets, organs))
    print(f"first call {first:.2f} s (compiled code loaded or made), then {then:.2f} s")


if __name__ == "__main__":
    solids()
    small_spheres()
    synthetic_times()
    distances()
    geometry_time()
