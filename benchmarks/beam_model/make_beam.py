"""Makes a beam data file of planning from a spectrum and from point kernels: `make_beam.py 6` or `make_beam.py 10`.

The spectrum has the closed form of Ali and Rogers (Phys Med Biol 57:31, 2012). `fit_beam.py` fitted its aluminum term
and the contaminating electrons to open measured depth doses of fields of 5 and 10 cm at SSD 90 cm: for 6 MV those that
PyMedPhys publishes, for 10 MV those that PyDoseRT publishes (github.com/UMU-DDI/PyDoseRT). kernel_*.npz are point
kernels in water, energy by 48 cones and 30 shells, from one million photons of `montecarlo.py` (`make_beam.py 6
kernels` makes them again, in a minute). The monitor units are calibrated by the collapsed cone in water.
"""

import json
import math
import sys
from pathlib import Path

import numpy as np
from scipy.optimize import least_squares

from isocenter.planning.beam.beam_data import load_beam_data

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]
from cross_sections import BRASS, BRASS_G_PER_CM3, ELECTRON_MEV, WATER, attenuation, mass_coefficient  # noqa: E402 - it lies beside
from tests.planning.water import depth_dose, slabs  # noqa: E402 - the tests' water lies beside the benchmarks

BEAMS = {
    6: {"Ee": 5.76, "C1": 1.222, "C2": 7.11, "C3": -1.186},
    10: {"Ee": 9.5, "C1": 1.3, "C2": 7.52, "C3": -1.186},
}
ELECTRONS = {  # contaminating: share of the dose at 10 cm at the surface, range in mm, blur of their field in mm
    6: (0.172, 5.65, 33.3),
    10: (0.294, 5.09, 28.9),
}
SHELLS_CM = np.concatenate(
    [
        (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8),
        (10, 12.5, 15, 20, 25, 30, 40, 50, 60),
    ]
)
RING_EDGES_DEG = (0, 7.5, 15, 22.5, 30, 45, 60, 90, 120, 180)
AZIMUTHS = (6, 8, 10, 12, 14, 14, 12, 8, 6)
DEPTHS_CM = [0, 0.5, 1, 1.5, 2, 3, 4, 5, 6, 8, 10, 12, 14, 16, 18, 20, 25, 30, 35, 40, 50, 60]
PENCIL_EDGES_CM = np.concatenate([[0], np.geomspace(0.02, 30, 90)])
PENCIL_STEP_CM = 0.2
TERMS = 3
PLATE_MM = [0, 2, 5, 10, 15, 20, 25, 30, 40, 50, 60, 70, 80]


def energy_fluence(spectrum, mev):
    """Energy fluence per MeV in arbitrary units."""
    x = mev / spectrum["Ee"]
    with np.errstate(all="ignore"):
        thin = (1 + spectrum["C3"] * x + x * x) * (np.log(spectrum["Ee"] * (spectrum["Ee"] - mev) / mev + 1.65) - 0.5)
    filtered = attenuation({74: 1.0}, mev) * spectrum["C1"] ** 2 + attenuation({13: 1.0}, mev) * spectrum["C2"] ** 2
    values = thin * np.exp(-filtered)
    return np.where(np.isfinite(values) & (values > 0), values, 0.0)


def compton_transfer(mev):
    """Mean share of a photon's energy that a Compton electron takes (Klein and Nishina, closed form)."""
    k = mev / ELECTRON_MEV
    log = np.log(1 + 2 * k)
    scattered = (
        log / k**3
        + 2 * (1 + k) * (2 * k * k - 2 * k - 1) / (k * k * (1 + 2 * k) ** 2)
        + 8 * k * k / (3 * (1 + 2 * k) ** 3)
    )
    total = (1 + k) / k**2 * (2 * (1 + k) / (1 + 2 * k) - log / k) + log / (2 * k) - (1 + 3 * k) / (1 + 2 * k) ** 2
    return 1 - 0.5 * scattered / total


def water_coefficients(mev):
    """Attenuation and energy absorption of water in cm2/g; electrons lose about 0.3 % a MeV to bremsstrahlung."""
    of_pairs = np.maximum(0, 1 - 2 * ELECTRON_MEV / mev)
    transfer = (
        mass_coefficient("compton", WATER, mev) * compton_transfer(mev)
        + (mass_coefficient("pair", WATER, mev) + mass_coefficient("triplet", WATER, mev)) * of_pairs
        + mass_coefficient("photo", WATER, mev)
    )
    return attenuation(WATER, mev), transfer * (1 - 0.0033 * mev**0.9)


def kerma_and_terma(spectrum, depths_cm):
    """Collision kerma, and the rest of the terma, per unit energy fluence at the surface, in cm2/g."""
    mev = np.linspace(0.02, spectrum["Ee"] - 0.005, 400)
    share = energy_fluence(spectrum, mev)
    share /= share.sum()
    lost, absorbed = water_coefficients(mev)
    left = np.exp(-np.outer(depths_cm, lost)) * share
    return left @ absorbed, left @ (lost - absorbed)


def plate_transmission(spectrum):
    """Kerma in water behind a plate of brass in a narrow beam: what the plate scatters is left out."""
    mev = np.linspace(0.05, spectrum["Ee"] - 0.02, 400)
    _, absorbed = water_coefficients(mev)
    reaching = energy_fluence(spectrum, mev) * absorbed
    lost_per_cm = attenuation(BRASS, mev) * BRASS_G_PER_CM3
    return np.exp(-np.outer(np.array(PLATE_MM) / 10, lost_per_cm)) @ reaching / reaching.sum()


def rings(primary, scatter):
    """One exponential a ring: the primary keeps energy and mean radius, the scatter is fitted within 30 cm."""
    count = len(primary)
    start_deg = np.arange(count) * 180 / count
    middle_cm = (np.concatenate([[0], SHELLS_CM[:-1]]) + SHELLS_CM) / 2
    near = SHELLS_CM <= 30
    primary_share, scatter_share = primary.sum(), 1 - primary.sum()
    made = []
    for low, high, azimuths in zip(RING_EDGES_DEG, RING_EDGES_DEG[1:], AZIMUTHS, strict=False):
        own = (start_deg >= low - 1e-6) & (start_deg < high - 1e-6)
        p, s = primary[own].sum(0), scatter[own].sum(0)
        cumulative = np.cumsum(s) / s.sum()

        def misfit(given, cumulative=cumulative):
            return (given[0] * -np.expm1(-given[1] * SHELLS_CM) - cumulative)[near]

        amplitude, slope = least_squares(misfit, [1.5, 0.03], bounds=([0.3, 0.01], [20, 1.0])).x
        cosine = np.cos(np.radians(start_deg[own] + 90 / count))
        weight = (primary[own] + scatter[own]).sum(1)
        made.append(
            {
                "theta_deg": round(math.degrees(math.acos((weight * cosine).sum() / weight.sum())), 2),
                "azimuths": azimuths,
                "primary_share": round(float(p.sum() / primary_share), 5),
                "primary_per_mm": round(float(p.sum() / (p * middle_cm).sum()) / 10, 5),
                "scatter_amplitude": round(float(s.sum() * amplitude / scatter_share), 5),
                "scatter_per_mm": round(float(slope) / 10, 6),
            }
        )
    return made


def point_kernels(spectrum, photons=1_000_000, depth_cm=8.0, cones=48, seed=5):
    """Shares (cones, shells) of primary and scatter of the energy that the spectrum releases at a depth of water."""
    import montecarlo  # noqa: PLC0415 - numba compiles it, and only new kernels need it

    known = montecarlo.tables()
    mev = np.linspace(0.05, spectrum["Ee"] - 0.01, 60)
    lost, _ = water_coefficients(mev)
    released = energy_fluence(spectrum, mev) * lost * np.exp(-lost * depth_cm)
    released /= released.sum()
    both = np.zeros((2, cones, len(SHELLS_CM)))
    for number, (energy, share) in enumerate(zip(mev, released, strict=True)):
        count = max(200, int(photons * share))
        both += share * np.array(montecarlo.point_kernel(count, energy, known, SHELLS_CM, cones, seed + number))
    return both[0], both[1]


def pencil_dose(spectrum, primary, scatter, depth_cm=40.0):
    """Dose of a thin pencil by radius and depth (r, z), per unit energy, by superposing the kernels along depth."""
    steps = int(60 / PENCIL_STEP_CM)
    spread = [np.zeros((len(PENCIL_EDGES_CM) - 1, 2 * steps)) for _ in range(2)]
    low = np.concatenate([[0], SHELLS_CM[:-1]])
    for cone in range(len(primary)):
        cosines = np.linspace(
            math.cos(math.pi * cone / len(primary)), math.cos(math.pi * (cone + 1) / len(primary)), 13
        )[1::2]
        for shell in range(len(SHELLS_CM)):
            radius = low[shell] + (SHELLS_CM[shell] - low[shell]) * (np.arange(8) + 0.5) / 8
            r, z = np.outer(radius, np.sqrt(1 - cosines**2)).ravel(), np.outer(radius, cosines).ravel()
            row = np.clip(np.searchsorted(PENCIL_EDGES_CM, r) - 1, 0, len(PENCIL_EDGES_CM) - 2)
            at = z / PENCIL_STEP_CM + steps - 0.5
            column = np.floor(at).astype(int)
            upper = at - column
            inside = (column >= 0) & (column < 2 * steps - 1)
            for kernel, table in zip((primary, scatter), spread, strict=True):
                energy = kernel[cone, shell] / len(r)
                np.add.at(table, (row[inside], column[inside]), energy * (1 - upper[inside]))
                np.add.at(table, (row[inside], column[inside] + 1), energy * upper[inside])
    count = int(depth_cm / PENCIL_STEP_CM)
    depths_cm = (np.arange(count) + 0.5) * PENCIL_STEP_CM
    released_cm = (np.arange(count + int(10 / PENCIL_STEP_CM)) + 0.5) * PENCIL_STEP_CM
    dose = np.zeros((len(PENCIL_EDGES_CM) - 1, count))
    shares = (primary.sum(), 1 - primary.sum())
    for table, released, share in zip(spread, kerma_and_terma(spectrum, released_cm), shares, strict=True):
        for row in range(len(dose)):
            dose[row] += np.convolve(released * PENCIL_STEP_CM / share, table[row])[steps : steps + count]
    area = math.pi * (PENCIL_EDGES_CM[1:] ** 2 - PENCIL_EDGES_CM[:-1] ** 2)
    return (PENCIL_EDGES_CM[1:] + PENCIL_EDGES_CM[:-1]) / 2, depths_cm, dose / area[:, None] / PENCIL_STEP_CM


def few_terms(dose):
    """Radial kernels and depth factors from the dose of discs, so that fields of every size are served alike."""
    area = math.pi * (PENCIL_EDGES_CM[1:] ** 2 - PENCIL_EDGES_CM[:-1] ** 2)
    discs = np.cumsum(dose * area[:, None], 0)
    usual = discs[np.searchsorted(PENCIL_EDGES_CM, 5.0)]
    u, s, v = np.linalg.svd(discs / usual, full_matrices=False)
    return np.diff(u[:, :TERMS], axis=0, prepend=0).T / area, s[:TERMS, None] * v[:TERMS] * usual


def beam_data(energy_mv, spectrum=None, kernels=None):
    """Everything of the beam but its monitor units, which `calibrate` adds."""
    spectrum = spectrum or BEAMS[energy_mv]
    stored = np.load(HERE / f"kernel_{energy_mv}mv.npz")
    primary, scatter = kernels or (stored["prim"], stored["rest"])
    kerma, terma = kerma_and_terma(spectrum, np.array(DEPTHS_CM))
    radius_cm, depths_cm, dose = pencil_dose(spectrum, primary, scatter)
    kernels, factors = few_terms(dose)
    return {
        "name": f"generic {energy_mv} MV",
        "notice": "generic beam data, not commissioned, not for treatment",
        "energy_mv": float(energy_mv),
        "source": "made by benchmarks/beam_model/make_beam.py: spectrum after Ali and Rogers (2012), own kernels",
        "spectrum": spectrum,
        "source_axis_distance_mm": 1000.0,
        "source_sigma_mm": 1.8,
        "head_scatter": {"weight": 0.05, "sigma_mm": 30.0},
        "electron_contamination": dict(
            zip(("surface_share_of_10cm_dose", "range_mm", "sigma_mm"), ELECTRONS[energy_mv], strict=True)
        ),
        "mlc_transmission": 0.015,
        "leaves": {
            "leaf_gap_mm": 1.0,
            "groove_mm": 0.8,
            "least_opening_mm": 0.5,
            "leaf_speed_mm_per_s": 25.0,
            "dose_rate_mu_per_min": 600.0,
        },
        "compensator": {
            "material": "BRASS",
            "thickness_mm": PLATE_MM,
            "transmission": np.round(plate_transmission(spectrum), 5).tolist(),
        },
        "mu_per_unit_fluence": 1.0,
        "depth_mm": [round(10.0 * depth, 3) for depth in DEPTHS_CM],
        "collision_kerma_cm2_per_g": np.round(kerma, 6).tolist(),
        "scatter_terma_cm2_per_g": np.round(terma, 6).tolist(),
        "cones": rings(primary, scatter),
        "pencil": {
            "radius_mm": np.round(10 * radius_cm, 4).tolist(),
            "kernels_per_cm2": [[float(f"{value:.5g}") for value in row] for row in kernels],
            "depth_mm": np.round(10 * depths_cm[::5], 2).tolist(),
            "depth_factors": [[float(f"{value:.5g}") for value in row[::5]] for row in factors],
        },
    }


def calibrate(path):
    """Set the monitor units: 1 MU gives 1 cGy at the maximum of a 10 x 10 cm field at SSD 100 cm in water."""
    _, dose = depth_dose(slabs(lambda _: 1.0, spacing_mm=2.5, width_mm=240), 100, load_beam_data(path), ssd_mm=1000)
    return round(float(dose.max()) / 0.01, 4)


def main():
    energy_mv = int(sys.argv[1])
    if "kernels" in sys.argv[2:]:
        primary, scatter = point_kernels(BEAMS[energy_mv])
        np.savez(HERE / f"kernel_{energy_mv}mv.npz", prim=primary, rest=scatter)
    made, path = beam_data(energy_mv), HERE.parents[1] / f"src/isocenter/planning/beams/generic_{energy_mv}mv.json"
    path.write_text(as_text(made))
    made["mu_per_unit_fluence"] = calibrate(path)
    path.write_text(as_text(made))
    print(f"{path.name}: {made['mu_per_unit_fluence']} MU a unit of fluence")


def as_text(value, indent=0):
    """JSON with one line a list of numbers, so that changes can be read."""
    pad = " " * (indent + 2)
    if isinstance(value, dict) and any(isinstance(v, dict | list) for v in value.values()):
        rows = ",\n".join(f"{pad}{json.dumps(key)}: {as_text(v, indent + 2)}" for key, v in value.items())
        return "{\n" + rows + "\n" + " " * indent + "}" + ("\n" if indent == 0 else "")
    if isinstance(value, list) and value and isinstance(value[0], dict | list):
        return "[\n" + ",\n".join(pad + as_text(v, indent + 2) for v in value) + "\n" + " " * indent + "]"
    return json.dumps(value)


if __name__ == "__main__":
    main()
