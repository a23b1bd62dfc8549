"""Photon cross sections of elements and mixtures, interpolated in logarithms (Berger, Hubbell et al., XCOM)."""

import csv
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
BARN_TO_CM2_PER_G = 0.602214076
ATOMIC_WEIGHTS = {
    1: 1.00794,
    6: 12.0107,
    7: 14.0067,
    8: 15.9994,
    13: 26.9815,
    15: 30.9738,
    16: 32.065,
    20: 40.078,
    29: 63.546,
    30: 65.38,
    74: 183.84,
}
WATER = {1: 0.111894, 8: 0.888106}
# ICRU 44 without sodium and magnesium
CORTICAL_BONE = {1: 0.0341, 6: 0.1555, 7: 0.0421, 8: 0.4364, 15: 0.1033, 16: 0.003, 20: 0.2257}
CORTICAL_BONE_G_PER_CM3 = 1.92
BRASS = {29: 0.63, 30: 0.37}
BRASS_G_PER_CM3 = 8.5
ELECTRON_MEV = 0.51099895
KINDS = ("compton", "pair", "triplet", "photo")


def _sections():
    """By atomic number: energies in MeV and partial cross sections in barn an atom, columns as in the file."""
    by_element = {}
    with (HERE / "cross_sections.csv").open() as file:
        for row in csv.DictReader(file):
            by_element.setdefault(int(row["z"]), []).append([float(value) for value in list(row.values())[1:]])
    return {z: np.array(rows) for z, rows in by_element.items()}


SECTIONS = _sections()


def mass_coefficient(kind, mixture, mev):
    """Attenuation by one process in cm2/g, interpolated in the logarithms."""
    total = np.zeros_like(mev)
    for z, share in mixture.items():
        table, column = SECTIONS[z], 1 + KINDS.index(kind)
        known = table[:, column] > 0
        values = np.exp(np.interp(np.log(mev), np.log(table[known, 0]), np.log(table[known, column]), left=-np.inf))
        total += share * BARN_TO_CM2_PER_G / ATOMIC_WEIGHTS[z] * values
    return total


def attenuation(mixture, mev):
    """All processes but coherent scattering, in cm2/g."""
    return sum(mass_coefficient(kind, mixture, mev) for kind in KINDS)


def electrons(mixture):
    """Moles of electrons in a gram."""
    return sum(share * z / ATOMIC_WEIGHTS[z] for z, share in mixture.items())
