"""Fits a beam to measured depth doses (PTW .mcc): `fit_beam.py SCAN.mcc SCAN.mcc ...` prints what to take.

First the aluminum term of the spectrum (C2), from 3 to 28 cm of every field; then the contaminating electrons, from
what the photons leave over in the first 3 cm: their share of the dose at 10 cm, their range, and the width that their
field is blurred by, which two field sizes tell.
"""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from make_beam import BEAMS, beam_data, depth_dose, point_kernels, slabs
from scipy.optimize import least_squares, minimize_scalar
from scipy.special import erf

from isocenter.intake.ptw_mcc import read_depth_doses
from isocenter.planning.beam.beam_data import as_beam_data

DEEP_MM = np.arange(30, 281, 10.0)
SHALLOW_MM = np.arange(4, 31, 1.0)


def energy_of(scans):
    """The nominal energy of the scans in MV."""
    return round(scans[0].energy_mv)


def photon_curves(scans, spectrum, kernels):
    """Depths and dose of photons alone for the field of each scan."""
    beam = replace(as_beam_data(beam_data(energy_of(scans), spectrum, kernels)), electron_share=0.0)
    return beam, [
        depth_dose(slabs(lambda _: 1.0, 2.5, 2.4 * max(s.side_mm, 75)), s.side_mm, beam, s.ssd_mm) for s in scans
    ]


def deep_residuals(scans, curves):
    """Model over measurement beyond the electrons' range, each field's mean taken as 1."""
    found = []
    for scan, (depth_mm, dose) in zip(scans, curves, strict=True):
        ratio = np.interp(DEEP_MM, depth_mm, dose) / np.interp(DEEP_MM, scan.depth_mm, scan.dose)
        found.append(ratio / ratio.mean() - 1)
    return np.array(found)


def fit_spectrum(scans, kernels):
    """C2 of the least squared residuals."""

    def misfit(c2):
        _, curves = photon_curves(scans, {**BEAMS[energy_of(scans)], "C2": c2}, kernels)
        return float((deep_residuals(scans, curves) ** 2).sum())

    return round(minimize_scalar(misfit, bounds=(4.0, 12.0), options={"xatol": 0.02}, method="bounded").x, 2)


def fit_electrons(scans, beam, curves):
    """Share of the photons' dose at 10 cm, range in mm and blur in mm of the contaminating electrons."""
    unit = float(np.interp(100, beam.depth_mm, beam.collision_kerma + beam.scatter_terma))

    def misfit(given):
        share, range_mm, sigma_mm = given
        left = []
        for scan, (depth_mm, dose) in zip(scans, curves, strict=True):
            scale = (np.interp(DEEP_MM, depth_mm, dose) / np.interp(DEEP_MM, scan.depth_mm, scan.dose)).mean()
            reaching = erf(scan.side_mm / 2 / sigma_mm / np.sqrt(2)) ** 2 * (1000 / (scan.ssd_mm + SHALLOW_MM)) ** 2
            photons = np.interp(SHALLOW_MM, depth_mm, dose)
            electrons = share * unit * reaching * np.exp(-SHALLOW_MM / range_mm)
            left.append((photons + electrons) / (scale * np.interp(SHALLOW_MM, scan.depth_mm, scan.dose)) - 1)
        return np.concatenate(left)

    found = least_squares(misfit, [0.2, 5.6, 40.0], bounds=([0, 1, 5], [2, 30, 120]))
    return found.x, np.abs(found.fun).max()


def main():
    """Fit twice, the second time with kernels of the fitted spectrum."""
    scans = [scan for path in sys.argv[1:] for scan in read_depth_doses(Path(path))]
    kernels = None
    for _ in range(2):
        c2 = fit_spectrum(scans, kernels)
        kernels = point_kernels({**BEAMS[energy_of(scans)], "C2": c2})
        print(f"C2 {c2}")
    beam, curves = photon_curves(scans, {**BEAMS[energy_of(scans)], "C2": c2}, kernels)
    (share, range_mm, sigma_mm), worst = fit_electrons(scans, beam, curves)
    print(f"electrons: share {share:.3f}, range {range_mm:.2f} mm, sigma {sigma_mm:.1f} mm, worst {100 * worst:.1f} %")
    for scan, residuals in zip(scans, deep_residuals(scans, curves), strict=True):
        print(f"{scan.side_mm:.0f} mm: within {100 * np.abs(residuals).max():.2f} % from 3 to 28 cm")


if __name__ == "__main__":
    main()
