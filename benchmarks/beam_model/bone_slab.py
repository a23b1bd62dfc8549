"""Central dose of a 10 cm field behind and in bone by the Monte Carlo: `bone_slab.py PHOTONS FILE` writes a reference.

Water with cortical bone from 3 to 6 cm, SSD 90 cm, a point source of the 6 MV spectrum. Bone is water of as many
electrons, as the density table has it; what that leaves out of its attenuation is in `tests/planning/test_bone.py`.
"""

import csv
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]
from make_beam import BEAMS, energy_fluence  # noqa: E402 - it lies beside
from montecarlo import field_dose, tables  # noqa: E402 - it lies beside

BONE, SLAB_MM = 1.78, (30.0, 60.0)  # electrons of cortical bone relative to water
BIN_MM, BINS, SIDE = 5.0, 60, 41  # SIDE: voxels of 1 cm across
HALF_MEAN = 3  # voxels to each side of the axis that are taken together


def main():
    """One reference."""
    depths_mm = (np.arange(BINS) + 0.5) * BIN_MM
    by_depth = np.where((depths_mm > SLAB_MM[0]) & (depths_mm < SLAB_MM[1]), BONE, 1.0)
    density = np.ascontiguousarray(np.broadcast_to(by_depth[:, None, None], (BINS, SIDE, SIDE)))
    mev = np.linspace(0.05, BEAMS[6]["Ee"] * 0.9999, 300)
    photons = energy_fluence(BEAMS[6], mev) / mev
    cumulative = np.cumsum((photons[1:] + photons[:-1]) / 2)
    size = np.array([1.0, 1.0, BIN_MM / 10])
    origin = np.array([-SIDE / 2, -SIDE / 2, 0.0])
    energy = field_dose(
        int(sys.argv[1]), cumulative / cumulative[-1], mev, tables(), density, origin, size, 5.0, 90.0, 100.0, 7
    )
    middle = slice(SIDE // 2 - HALF_MEAN, SIDE // 2 + HALF_MEAN + 1)
    dose = (energy / density)[:, middle, middle].mean((1, 2))
    with Path(sys.argv[2]).open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("depth_mm", "relative_dose"))
        writer.writerows((f"{at:g}", f"{value:.4f}") for at, value in zip(depths_mm, dose / dose.max(), strict=True))


if __name__ == "__main__":
    main()
