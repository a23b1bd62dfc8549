"""A Monte Carlo of photons and electrons in water of any density: makes point kernels, and is a ruler for tests.

Photons: Compton (Klein and Nishina, free electrons), pair and triplet, photo effect; no coherent scattering.
Electrons: condensed steps that lose 6 % of the energy, bent once at a random place of the step (random hinge) by
an angle of Goudsmit and Saunderson for screened Rutherford scattering; collision loss after ICRU 37 with
Sternheimer's density effect; radiated energy leaves. Positrons annihilate at rest. Below 120 keV an electron stays.
Every step ends at a voxel's face, so that no step straddles two densities (else Fano's theorem fails there).
Lengths in cm, energies in MeV.
"""

import math
from typing import NamedTuple

import numpy as np
from cross_sections import ATOMIC_WEIGHTS, ELECTRON_MEV, WATER, mass_coefficient
from numba import njit

LOSS, CUT_MEV = 0.06, 0.12
KERNEL_STEP_CM, FAR_CM2 = 0.01, 3600.0
PHOTON_CUT_MEV, LEAST_PHOTON_MEV = 0.015, 0.01
_RADIATIVE_MEV = (0.01, 0.1, 0.5, 1, 2, 3, 4, 5, 6, 10, 20)
_RADIATIVE = (0.0039, 0.0058, 0.0073, 0.0128, 0.0268, 0.0430, 0.0608, 0.0794, 0.0987, 0.1832, 0.4086)


class Tables(NamedTuple):
    """What transport looks up: of electrons by the logarithm of energy, of photons by another."""

    electron_log0: float
    electron_dlog: float
    path: np.ndarray  # g/cm2 over which LOSS of the energy is lost
    collision_share: np.ndarray
    bends: np.ndarray  # quantiles of 1 - cosine, (energies, quantiles)
    photon_log0: float
    photon_dlog: float
    attenuation: np.ndarray
    below_compton: np.ndarray
    below_pair: np.ndarray


def stopping_power(mev):
    """Collision and radiative stopping power of electrons in water, MeV cm2/g (ICRU 37)."""
    tau = mev / ELECTRON_MEV
    beta2 = tau * (tau + 2) / (tau + 1) ** 2
    shape = (1 - beta2) * (1 + tau * tau / 8 - (2 * tau + 1) * math.log(2))
    x = 0.5 * np.log10(tau * (tau + 2))
    rising = 4.6052 * x - 3.5017 + np.where(x < 2.8004, 0.09116 * np.maximum(2.8004 - x, 0) ** 3.4773, 0)
    density_effect = np.where(x < 0.24, 0, rising)
    logs = np.log((mev / 75e-6) ** 2) + np.log(1 + tau / 2)
    collision = 0.153536 * 0.555087 / beta2 * (logs + shape - density_effect)
    return collision, np.exp(np.interp(np.log(mev), np.log(_RADIATIVE_MEV), np.log(_RADIATIVE)))


def _bend_quantiles(mev, path, count=129):
    """Quantiles of 1 - cosine after a path (g/cm2), crowded towards the tail: of 1 - (1 - t)^4."""
    tau = mev / ELECTRON_MEV
    beta2, momentum2 = tau * (tau + 2) / (tau + 1) ** 2, tau * (tau + 2) * ELECTRON_MEV**2
    strength = screened = 0.0
    for z, share in WATER.items():
        k, a = share / ATOMIC_WEIGHTS[z] * z * (z + 1), z / 137.036
        angle2 = (z ** (1 / 3) / 0.885 / 137.036) ** 2 * ELECTRON_MEV**2 / momentum2 * (1.13 + 3.76 * a * a / beta2)
        strength, screened = strength + k, screened + k * math.log(angle2 / 4)
    eta = math.exp(screened / strength)
    radius2 = 2.8179403e-13**2
    events = math.pi * radius2 * ELECTRON_MEV**2 / (beta2 * momentum2) * 6.02214076e23 * strength / (eta * (1 + eta))
    u = np.concatenate([[0.0], np.geomspace(eta * 1e-3, 2.0, 3000)])
    weight = np.gradient(u) * 2 * eta * (1 + eta) / (u + 2 * eta) ** 2
    weight /= weight.sum()
    grid = np.concatenate([[0.0], np.geomspace(1e-6, 2.0, 700)])
    before, now, grid_before, grid_now = np.ones_like(u), 1 - u, np.ones_like(grid), 1 - grid
    density = np.full_like(grid, 0.5)
    for order in range(1, 400):
        decay = events * path * float(((1 - now) * weight).sum())
        density += (order + 0.5) * math.exp(-decay) * grid_now
        if decay > 18:
            break
        before, now = now, ((2 * order + 1) * (1 - u) * now - order * before) / (order + 1)
        grid_before, grid_now = (
            grid_now,
            ((2 * order + 1) * (1 - grid) * grid_now - order * grid_before) / (order + 1),
        )
    density = np.maximum(density, 0)
    cumulative = np.concatenate([[0], np.cumsum((density[1:] + density[:-1]) / 2 * np.diff(grid))])
    return np.interp(1 - (1 - np.linspace(0, 1, count)) ** 4, cumulative / cumulative[-1], grid)


def tables(most_mev=12.0, count=80):
    """The tables of water up to an energy."""
    mev = np.geomspace(CUT_MEV, most_mev, count)
    fine = np.geomspace(0.001, most_mev * 1.05, 4000)
    slowing = 1 / sum(stopping_power(fine))
    ranges = np.concatenate([[0], np.cumsum(np.diff(fine) * 0.5 * (slowing[1:] + slowing[:-1]))])
    path = np.interp(mev, fine, ranges) - np.interp(mev * (1 - LOSS), fine, ranges)
    collision, radiative = stopping_power(mev)
    photon = np.geomspace(LEAST_PHOTON_MEV, most_mev, 400)
    compton, photo, pair, triplet = (
        mass_coefficient(kind, WATER, photon) for kind in ("compton", "photo", "pair", "triplet")
    )
    all_of_them = compton + photo + pair + triplet
    return Tables(
        math.log(CUT_MEV),
        math.log(most_mev / CUT_MEV) / (count - 1),
        path,
        collision / (collision + radiative),
        np.array([_bend_quantiles(e * (1 - LOSS / 2), s) for e, s in zip(mev, path, strict=True)]),
        math.log(LEAST_PHOTON_MEV),
        math.log(most_mev / LEAST_PHOTON_MEV) / 399,
        all_of_them,
        compton / all_of_them,
        (compton + pair + triplet) / all_of_them,
    )


@njit(cache=True)
def _turned(u, v, w, cosine, azimuth):
    sine = math.sqrt(max(0.0, 1 - cosine * cosine))
    c, s, across2 = math.cos(azimuth), math.sin(azimuth), 1 - w * w
    if across2 < 1e-10:
        return sine * c, sine * s, cosine if w > 0 else -cosine
    across = math.sqrt(across2)
    a = u * cosine + sine * (u * w * c - v * s) / across
    b = v * cosine + sine * (v * w * c + u * s) / across
    d = w * cosine - sine * across * c
    length = math.sqrt(a * a + b * b + d * d)
    return a / length, b / length, d / length


@njit(cache=True)
def _voxel(x, y, z, medium):
    """Number of the voxel of a place (k, j, i), with k = -1 outside."""
    density, origin, size = medium
    i = math.floor((x - origin[0]) / size[0])
    j = math.floor((y - origin[1]) / size[1])
    k = math.floor((z - origin[2]) / size[2])
    if i < 0 or j < 0 or k < 0 or i >= density.shape[2] or j >= density.shape[1] or k >= density.shape[0]:
        return -1, 0, 0
    return int(k), int(j), int(i)


@njit(cache=True)
def _to_face_cm(x, y, z, u, v, w, k, j, i, medium):
    """Distance to the face of the voxel along a direction."""
    _, origin, size = medium
    nearest = 1e30
    for place, along, number, axis in ((x, u, i, 0), (y, v, j, 1), (z, w, k, 2)):
        if along > 1e-9:
            nearest = min(nearest, (origin[axis] + (number + 1) * size[axis] - place) / along)
        elif along < -1e-9:
            nearest = min(nearest, (origin[axis] + number * size[axis] - place) / along)
    return max(nearest, 0.0)


@njit(cache=True)
def _score_shell(x, y, z, energy, shells, score):
    r = math.sqrt(x * x + y * y + z * z)
    cosine = z / r if r > 1e-9 else 1.0
    cone = min(int(math.acos(max(-1.0, min(1.0, cosine))) / math.pi * score.shape[0]), score.shape[0] - 1)
    shell = np.searchsorted(shells, r)
    if shell < score.shape[1]:
        score[cone, shell] += energy


@njit(cache=True)
def _drift(x, y, z, u, v, w, length, energy, medium, shells, dose, kernel):
    """Move along a straight piece of a step (length in g/cm2), leaving its energy evenly; k = -1 once outside."""
    left = length
    while left > 1e-9:
        if shells.shape[0] > 0:
            walked = min(left, KERNEL_STEP_CM)
            at = np.random.random() * walked
            _score_shell(x + u * at, y + v * at, z + w * at, energy * walked / length, shells, kernel)
            moved = walked
        else:
            k, j, i = _voxel(x, y, z, medium)
            if k < 0:
                return x, y, z, False
            density = medium[0][k, j, i]
            moved = min(left / density, _to_face_cm(x, y, z, u, v, w, k, j, i, medium))
            walked = min(density * moved, left)
            dose[k, j, i] += energy * walked / length
            moved += 1e-6  # onto the other side of the face
        x, y, z, left = x + u * moved, y + v * moved, z + w * moved, left - walked
    return x, y, z, True


@njit(cache=True)
def electron(x, y, z, u, v, w, energy, known, medium, shells, dose, kernel):
    """Follow one electron to its end; where it stopped, and whether inside."""
    path, collision_share, bends = known[2], known[3], known[4]
    quantiles = bends.shape[1] - 1
    while energy > CUT_MEV:
        at = (math.log(energy) - known[0]) / known[1]
        row = min(int(at), path.shape[0] - 2)
        at -= row
        length = path[row] * (1 - at) + path[row + 1] * at
        lost = LOSS * energy
        stays = lost * (collision_share[row] * (1 - at) + collision_share[row + 1] * at)
        hinge = np.random.random()
        for half in range(2):
            share = hinge if half == 0 else 1 - hinge
            if half == 1:
                bent = row if np.random.random() > at else row + 1
                q = (1 - math.sqrt(math.sqrt(1 - np.random.random()))) * quantiles
                m = min(int(q), quantiles - 1)
                less = bends[bent, m] + (q - m) * (bends[bent, m + 1] - bends[bent, m])
                u, v, w = _turned(u, v, w, 1 - less, 2 * math.pi * np.random.random())
            if share * length > 0:
                x, y, z, inside = _drift(x, y, z, u, v, w, share * length, share * stays, medium, shells, dose, kernel)
                if not inside:
                    return x, y, z, False
        energy -= lost
    if shells.shape[0] > 0:
        rest = 0.25 * energy**1.7  # 0.4 of what is left of the range: what stops keeps its direction
        _score_shell(x + u * rest, y + v * rest, z + w * rest, energy, shells, kernel)
        return x, y, z, True
    k, j, i = _voxel(x, y, z, medium)
    if k < 0:
        return x, y, z, False
    dose[k, j, i] += energy
    return x, y, z, True


@njit(cache=True)
def _compton(energy):
    """Energy and cosine of the scattered photon (Klein and Nishina)."""
    k = energy / ELECTRON_MEV
    least = 1 / (1 + 2 * k)
    first, second = -math.log(least), 0.5 * (1 - least * least)
    while True:
        if np.random.random() * (first + second) < first:
            e = math.exp(-first * np.random.random())
        else:
            e = math.sqrt(least * least + (1 - least * least) * np.random.random())
        t = (1 - e) / (k * e)
        if np.random.random() < 1 - e * t * (2 - t) / (1 + e * e):
            return e * energy, 1 - t


@njit(cache=True)
def _flown(x, y, z, u, v, w, attenuation, medium, densest, is_kernel):
    """Where a photon interacts next (Woodcock's method); False where it leaves."""
    while True:
        s = -math.log(1 - np.random.random()) / (attenuation * densest)
        x, y, z = x + u * s, y + v * s, z + w * s
        if is_kernel:
            return x, y, z, x * x + y * y + z * z <= FAR_CM2
        k, j, i = _voxel(x, y, z, medium)
        if k < 0:
            return x, y, z, False
        if np.random.random() * densest < medium[0][k, j, i]:
            return x, y, z, True


@njit(cache=True)
def follow_photons(stack, waiting, interacts_here, known, medium, densest, shells, dose, primary, rest):
    """Follow the photons of the stack (x y z u v w energy generation); the first interaction frees the primary."""
    is_kernel = shells.shape[0] > 0
    attenuation, below_compton, below_pair = known[7], known[8], known[9]
    while waiting > 0:
        waiting -= 1
        x, y, z, u, v, w, energy, generation = stack[waiting]
        while True:
            at = (math.log(energy) - known[5]) / known[6]
            row = min(int(at), attenuation.shape[0] - 2)
            at -= row
            if interacts_here:
                interacts_here = False
            else:
                mu = attenuation[row] * (1 - at) + attenuation[row + 1] * at
                x, y, z, inside = _flown(x, y, z, u, v, w, mu, medium, densest, is_kernel)
                if not inside:
                    break
            kernel = primary if generation == 0 else rest
            kind = np.random.random()
            if kind < below_compton[row] * (1 - at) + below_compton[row + 1] * at:
                scattered, cosine = _compton(energy)
                azimuth = 2 * math.pi * np.random.random()
                given = energy - scattered
                if given > 1e-6:
                    momentum = math.sqrt(given * (given + 2 * ELECTRON_MEV))
                    a, b, c = _turned(u, v, w, min(1.0, (energy - scattered * cosine) / momentum), azimuth + math.pi)
                    electron(x, y, z, a, b, c, given, known, medium, shells, dose, kernel)
                u, v, w = _turned(u, v, w, cosine, azimuth)
                energy = scattered
                generation += 1
                if energy < PHOTON_CUT_MEV:
                    if is_kernel:
                        _score_shell(x, y, z, energy, shells, rest)
                    else:
                        k, j, i = _voxel(x, y, z, medium)
                        dose[k, j, i] += energy
                    break
            elif kind < below_pair[row] * (1 - at) + below_pair[row + 1] * at:
                waiting = _pair(
                    x, y, z, u, v, w, energy, generation, stack, waiting, known, medium, shells, dose, kernel
                )
                break
            else:
                electron(x, y, z, u, v, w, energy, known, medium, shells, dose, kernel)
                break


@njit(cache=True)
def _pair(x, y, z, u, v, w, energy, generation, stack, waiting, known, medium, shells, dose, kernel):
    """Both electrons of a pair; two photons back to back where the positron stopped are put on the stack."""
    free = energy - 2 * ELECTRON_MEV
    first = free * np.random.random()
    for half in range(2):
        own = first if half == 0 else free - first
        gamma = own / ELECTRON_MEV + 1
        beta, q = math.sqrt(1 - 1 / (gamma * gamma)), 2 * np.random.random() - 1
        a, b, c = _turned(u, v, w, (beta + q) / (1 + q * beta), 2 * math.pi * np.random.random())
        px, py, pz, inside = electron(x, y, z, a, b, c, own, known, medium, shells, dose, kernel)
    if inside:
        cosine, azimuth = 2 * np.random.random() - 1, 2 * math.pi * np.random.random()
        sine = math.sqrt(1 - cosine * cosine)
        for sign in (1.0, -1.0):
            stack[waiting, :3] = (px, py, pz)
            stack[waiting, 3:6] = (sign * sine * math.cos(azimuth), sign * sine * math.sin(azimuth), sign * cosine)
            stack[waiting, 6], stack[waiting, 7] = ELECTRON_MEV, generation + 1
            waiting += 1
    return waiting


@njit(cache=True)
def point_kernel(photons, energy, known, shells, cones, seed):
    """Shares (cones, shells) of the energy of photons along +z that interact at the origin: of primary, of the rest."""
    np.random.seed(seed)
    primary, rest = np.zeros((cones, shells.shape[0])), np.zeros((cones, shells.shape[0]))
    stack, nowhere = np.zeros((64, 8)), np.zeros((1, 1, 1))
    medium = (np.ones((1, 1, 1)), np.zeros(3), np.ones(3))
    for _ in range(photons):
        stack[0] = (0.0, 0.0, 0.0, 0.0, 0.0, 1.0, energy, 0.0)
        follow_photons(stack, 1, True, known, medium, 1.0, shells, nowhere, primary, rest)
    return primary / (photons * energy), rest / (photons * energy)


@njit(cache=True)
def field_dose(photons, cumulative, mev, known, density, origin, size, half_cm, ssd_cm, sad_cm, seed):
    """Energy in each voxel (nz, ny, nx) of a square field from a point source above z = 0, spectrum by cumulative."""
    np.random.seed(seed)
    dose, nobody = np.zeros(density.shape), np.zeros((1, 1))
    stack, no_shells, medium = np.zeros((64, 8)), np.zeros(0), (density, origin, size)
    densest = density.max()
    for _ in range(photons):
        q = np.random.random()
        i = np.searchsorted(cumulative, q)
        low = cumulative[i - 1] if i > 0 else 0.0
        energy = mev[i] + (mev[i + 1] - mev[i]) * (q - low) / (cumulative[i] - low)
        a, b = (2 * np.random.random() - 1) * half_cm, (2 * np.random.random() - 1) * half_cm
        r = math.sqrt(a * a + b * b + sad_cm * sad_cm)
        u, v, w = a / r, b / r, sad_cm / r
        s = ssd_cm / w
        stack[0] = (u * s, v * s, 1e-6, u, v, w, energy, 0.0)
        follow_photons(stack, 1, False, known, medium, densest, no_shells, dose, nobody, nobody)
    return dose


@njit(cache=True)
def fano_dose(electrons, energy, known, density, size, seed):
    """Energy per mass of slabs along z in which electrons are born evenly by mass: the same in all (Fano)."""
    np.random.seed(seed)
    dose, nobody, no_shells = np.zeros(density.shape), np.zeros((1, 1)), np.zeros(0)
    origin = np.array([-size[0] / 2, -size[1] / 2, 0.0])
    medium = (density, origin, size)
    cumulative = np.cumsum(density[:, 0, 0]) / density[:, 0, 0].sum()
    for _ in range(electrons):
        k = np.searchsorted(cumulative, np.random.random())
        z = (k + np.random.random()) * size[2]
        cosine, azimuth = 2 * np.random.random() - 1, 2 * math.pi * np.random.random()
        sine = math.sqrt(1 - cosine * cosine)
        u, v = sine * math.cos(azimuth), sine * math.sin(azimuth)
        electron(0.0, 0.0, z, u, v, cosine, energy, known, medium, no_shells, dose, nobody)
    return dose[:, 0, 0] / density[:, 0, 0]
