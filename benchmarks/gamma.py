"""Gamma measured: time and pass rate on a breast plan or a synthetic one, and pymedphys beside it.

    python benchmarks/gamma.py [--data FOLDER] [--peers FOLDER] [--fine]

--data holds dicompyler_breast/rtdose.dcm, a real breast plan; without it a synthetic dose of the same size is used.
--peers is a folder for the peer's own virtual environment, which is made there on first use. --fine also runs the
dose on a grid one and a half times as fine in each direction. --fraction sets the step of both searches as a part of
the distance criterion (10: a tenth).

Both search in steps, the peer on spheres of which one has just the radius of the distance criterion. A point whose
dose is met there has gamma 1 but for rounding, and fails by some 1e-5: in steep doses with local criteria these are
0.3 % of the points. So pass rates stand twice in the table, by gamma as it is and by gamma rounded to three decimals.
"""

import argparse
import os
import subprocess
import tempfile
import time
import venv
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter, shift, zoom

from isocenter.evidence.doses.gamma import GammaCriteria, GammaResult, compare_volumes
from isocenter.intake.dicom_rt import read_dose
from isocenter.terms.imaging import DoseGrid

PEER = ["pymedphys==0.41.0", "numpy", "scipy", "interpolation"]
PEER_CODE = """
import sys, time
import numpy as np
import pymedphys
case = np.load(sys.argv[1])
axes = (case["z"], case["y"], case["x"])
start = time.perf_counter()
gamma = pymedphys.gamma(axes, case["measured"], axes, case["planned"], float(sys.argv[2]), float(sys.argv[3]),
    lower_percent_dose_cutoff=10, interp_fraction=int(sys.argv[5]), max_gamma=2,
    local_gamma=sys.argv[4] == "local", quiet=True)
took = time.perf_counter() - start
values = gamma[~np.isnan(gamma)]
print(took, 100 * np.mean(values <= 1), values.size, values.mean(), 100 * np.mean(np.round(values, 3) <= 1))
"""
CRITERIA = [GammaCriteria(3, 2), GammaCriteria(3, 3), GammaCriteria(2, 2), GammaCriteria(3, 2, "local")]


def synthetic_dose() -> DoseGrid:
    """A dose of the size of the breast plan: two crossing tangents with soft edges."""
    z, y, x = np.arange(98) * 3.0, np.arange(129) * 2.5, np.arange(194) * 2.5
    zz, yy, xx = np.meshgrid(z, y, x, indexing="ij")
    inside = (abs(zz - 147) < 60) & (abs(yy - 160 + 0.3 * (xx - 240)) < 45) & (abs(xx - 240) < 80)
    falling = np.exp(-np.hypot(xx - 320, yy - 120) / 400)
    dose = gaussian_filter(inside * falling, 2.0)
    return DoseGrid((dose * 14.5 / dose.max()).astype(np.float32), x, y, z)


def disturbed(planned: DoseGrid) -> DoseGrid:
    """The dose shifted by 1, 1 and 1.5 mm, scaled by 1.012, with smooth noise."""
    spacing = [float(np.diff(axis)[0]) for axis in (planned.z_mm, planned.y_mm, planned.x_mm)]
    dose = planned.dose_gy.astype(np.float64)
    noise = gaussian_filter(np.random.default_rng(0).normal(0, 1, dose.shape), 1.5) * 0.02 * dose.max()
    moved = shift(dose, np.array([1.5, 1.0, 1.0]) / spacing, order=1) * 1.012 + noise
    return DoseGrid(moved.astype(np.float32), planned.x_mm, planned.y_mm, planned.z_mm)


def finer(dose: DoseGrid) -> DoseGrid:
    """The dose on a grid one and a half times as fine."""
    values = zoom(dose.dose_gy, 1.5, order=1)
    axes = [
        np.linspace(axis[0], axis[-1], count)
        for axis, count in zip((dose.z_mm, dose.y_mm, dose.x_mm), values.shape, strict=True)
    ]
    return DoseGrid(values, axes[2], axes[1], axes[0])


def own(measured: DoseGrid, planned: DoseGrid, criteria: GammaCriteria) -> tuple[float, GammaResult]:
    """Shortest of three runs, in s, and the result."""
    compare_volumes(measured, planned, criteria)  # compiled or loaded from the cache
    took = []
    for _ in range(3):
        start = time.perf_counter()
        result = compare_volumes(measured, planned, criteria)
        took.append(time.perf_counter() - start)
    return min(took), result


def rounded_rate(result: GammaResult) -> float:
    """Share of points, in %, whose gamma is at most 1 when it is rounded to three decimals."""
    compared = result.gamma[~np.isnan(result.gamma)]
    return 100 * float(np.mean(np.round(compared, 3) <= 1))


def peer(
    peers: Path, measured: DoseGrid, planned: DoseGrid, criteria: GammaCriteria, fraction: int = 10
) -> list[float]:
    """Seconds, pass rate, points, mean gamma and rounded pass rate by pymedphys, in an environment of its own."""
    home = peers / "pymedphys"
    python = home / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not python.exists():
        venv.create(home, with_pip=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *PEER], check=True)
    with tempfile.TemporaryDirectory() as folder:
        case = Path(folder) / "case.npz"
        np.savez(
            case,
            measured=measured.dose_gy,
            planned=planned.dose_gy,
            z=planned.z_mm,
            y=planned.y_mm,
            x=planned.x_mm,
        )
        arguments = [str(case), str(criteria.dose_percent), str(criteria.distance_mm), criteria.normalisation]
        arguments.append(str(fraction))
        command = [str(python), "-W", "ignore", "-c", PEER_CODE, *arguments]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    return [float(word) for word in done.stdout.split()[-5:]]


def compare(title: str, planned: DoseGrid, peers: Path | None, listed: list[GammaCriteria], fraction: int) -> None:
    """One table of criteria, own figures beside the peer's."""
    measured = disturbed(planned)
    shape = " x ".join(map(str, planned.dose_gy.shape))
    print(f"\n## {title}: {shape}, threshold 10 %, step 1/{fraction} of the distance criterion\n")
    print("| criteria | points | own s | pass % | rounded | mean | pymedphys s | pass % | rounded | mean | apart |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for usual in listed:
        criteria = replace(usual, step_mm=usual.distance_mm / fraction)
        took, result = own(measured, planned, criteria)
        rounded = rounded_rate(result)
        theirs = "- | - | - | - | -"
        if peers is not None:
            seconds, rate, _, mean, peer_rounded = peer(peers, measured, planned, criteria, fraction)
            apart = abs(rounded - peer_rounded)
            theirs = f"{seconds:.2f} | {rate:.2f} | {peer_rounded:.2f} | {mean:.4f} | {apart:.2f}"
        name = f"{criteria.dose_percent:g} %/{criteria.distance_mm:g} mm {criteria.normalisation}"
        print(
            f"| {name} | {result.points} | {took:.3f} | {result.pass_rate_percent:.2f} | {rounded:.2f} "
            f"| {result.mean_gamma:.4f} | {theirs} |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--peers", type=Path)
    parser.add_argument("--fine", action="store_true")
    parser.add_argument("--fraction", type=int, default=10)
    options = parser.parse_args()
    path = options.data / "dicompyler_breast" / "rtdose.dcm" if options.data else None
    if path is not None and path.exists():
        title, planned = "Breast plan", read_dose(path)[0]
    else:
        print("No dicompyler_breast in --data: a synthetic dose of the same size is used.")
        title, planned = "Synthetic plan", synthetic_dose()
    compare(title, planned, options.peers, CRITERIA, options.fraction)
    if options.fine:
        compare(f"{title}, finer", finer(planned), options.peers, CRITERIA[:1], options.fraction)


if __name__ == "__main__":
    main()
