"""DVHs measured: accuracy on solids of known formula, time from files to curves, and a peer beside it.

    python benchmarks/dvh.py [--data FOLDER] [--peers FOLDER]

--data holds dicompyler_breast/ (rtss.dcm, rtdose.dcm), a real breast plan; --peers is a folder for the peer's own
virtual environment, which is made there on first use. Without them these parts are left out, and say so.
"""

import argparse
import os
import subprocess
import sys
import time
import venv
from collections.abc import Callable
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.evidence import analytic  # noqa: E402

from isocenter.evidence.dvh import compute_dvhs, structure_volume_cc  # noqa: E402
from isocenter.evidence.stored_dvh import compare_with_stored  # noqa: E402
from isocenter.intake.dicom_rt import read_dose, read_structures  # noqa: E402
from isocenter.terms.imaging import ContouredStructure, DoseGrid  # noqa: E402

PEER = ["dicompyler-core==0.5.6", "pydicom<3", "numpy<2"]
PEER_CODE = """
import sys, time
from dicompylercore import dicomparser, dvhcalc
start = time.perf_counter()
structures = dicomparser.DicomParser(sys.argv[1]).GetStructures()
count = 0
for number in structures:
    dvh = dvhcalc.get_dvh(sys.argv[1], sys.argv[2], number)
    count += dvh.volume > 0
print(count, time.perf_counter() - start)
"""


def best_s(work: Callable[[], object], times: int = 5) -> float:
    """The shortest wall-clock time of several runs."""
    spans = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        spans.append(time.perf_counter() - start)
    return min(spans)


def accuracy() -> None:
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


def breast(folder: Path, peers: Path | None) -> None:
    """Agreement with the planning system, and seconds from files to curves."""
    set_path, dose_path = folder / "rtss.dcm", folder / "rtdose.dcm"
    structures, dose = read_structures(set_path)[0].structures, read_dose(dose_path)[0]
    stored = {s.structure_number: s for s in dose.stored_dvhs}
    print("\n## Real breast plan: against the planning system's own curves (no caps)\n")
    print("| structure | mode | cc | volume % | curve % | shape of curve % | Dmean Gy |\n|---|---|---|---|---|---|---|")
    for dvh in compute_dvhs(structures, dose, end_cap="none"):
        if dvh.structure_number in stored:
            d = compare_with_stored(dvh, stored[dvh.structure_number])
            print(
                f"| {dvh.structure_name} | {dvh.mode} | {dvh.curve_volume_cc:.2f} | {d.volume_percent:+.2f} "
                f"| {d.curve_percent:.2f} | {d.shape_percent:.2f} | {d.mean_gy:+.3f} |"
            )

    def files_to_curves() -> object:
        return compute_dvhs(read_structures(set_path)[0].structures, read_dose(dose_path)[0])

    own_s = best_s(files_to_curves)
    print("\n## Real breast plan: seconds, compiled code cached, imports apart\n")
    print("| what | seconds |\n|---|---|")
    print(f"| DVHs alone, 2 threads | {best_s(lambda: compute_dvhs(structures, dose)):.3f} |")
    print(f"| DVHs alone, 1 thread | {best_s(lambda: compute_dvhs(structures, dose, threads=1)):.3f} |")
    print(f"| files to curves | {own_s:.3f} |")
    if peers is None:
        print("\nNo --peers folder: the peer was not run.")
        return
    count, peer_s = run_peer(peers, set_path, dose_path)
    print(f"| files to curves, dicompyler-core 0.5.6 ({count} structures) | {peer_s:.2f} ({peer_s / own_s:.0f} x) |")


def run_peer(peers: Path, set_path: Path, dose_path: Path) -> tuple[int, float]:
    """The peer's best of three, in an environment of its own."""
    home = peers / "dicompyler"
    python = home / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not python.exists():
        venv.create(home, with_pip=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *PEER], check=True)
    command = [str(python), "-W", "ignore", "-c", PEER_CODE, str(set_path), str(dose_path)]
    runs = [subprocess.run(command, check=True, capture_output=True, text=True).stdout.split() for _ in range(3)]
    return int(runs[0][-2]), min(float(run[-1]) for run in runs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--peers", type=Path)
    options = parser.parse_args()
    start = time.perf_counter()
    first = next(analytic.sixty_cases())
    for mode in ("slab", "shape"):
        compute_dvhs([first.structure], first.dose, mode=mode)
    print(f"First two DVHs, compiled or taken from the cache: {time.perf_counter() - start:.2f} s")
    accuracy()
    small_spheres()
    synthetic_times()
    folder = options.data / "dicompyler_breast"
    if folder.is_dir():
        breast(folder, options.peers)
    else:
        print("\nNo dicompyler_breast in --data: the real plan was not run.")


if __name__ == "__main__":
    main()
