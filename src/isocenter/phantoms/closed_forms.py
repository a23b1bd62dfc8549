"""Closed forms: the volume of a solid that receives at least a dose, where the dose is linear in mm.

Letters: u is the distance along the gradient, from the solid's center, beyond which the dose is reached.
All lengths in mm, all volumes in cc. Verified against the published tables of analytic DVHs
(Nelms et al. 2015, 10.1118/1.4923175), which the test folder repeats by brute-force counting.
"""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def sphere_beyond(u: FloatArray, radius_mm: float) -> FloatArray:
    """pi h^2 (3 R - h) / 3 with h = R - u: a spherical cap."""
    h = np.clip(radius_mm - u, 0, 2 * radius_mm)
    return np.pi * h * h * (3 * radius_mm - h) / 3000


def cylinder_beyond_along(u: FloatArray, radius_mm: float, length_mm: float) -> FloatArray:
    """pi R^2 (L / 2 - u): the gradient runs along the axis."""
    return np.pi * radius_mm**2 * np.clip(length_mm / 2 - u, 0, length_mm) / 1000


def cylinder_beyond_across(u: FloatArray, radius_mm: float, length_mm: float) -> FloatArray:
    """L (R^2 acos(u / R) - u sqrt(R^2 - u^2)): the gradient crosses the axis."""
    a = np.clip(u, -radius_mm, radius_mm)
    segment = radius_mm**2 * np.arccos(a / radius_mm) - a * np.sqrt(radius_mm**2 - a * a)
    return length_mm * segment / 1000


def cone_beyond_along(u: FloatArray, radius_mm: float, height_mm: float) -> FloatArray:
    """(pi R^2 H / 3) (1 - t)^3 with t = 1/2 + u / H: the gradient rises towards the apex."""
    t = np.clip(0.5 + u / height_mm, 0, 1)
    return np.pi * radius_mm**2 * height_mm / 3000 * (1 - t) ** 3


def cone_beyond_across(u: FloatArray, radius_mm: float, height_mm: float) -> FloatArray:
    """(R^2 H / 3) (acos a - 2 a sqrt(1 - a^2) + a^3 acosh(1 / a)) with a = |u| / R, mirrored for u < 0."""
    a = np.clip(np.abs(u) / radius_mm, 1e-12, 1)
    beyond = np.arccos(a) - 2 * a * np.sqrt(1 - a * a) + a**3 * np.arccosh(1 / a)
    beyond = beyond * radius_mm**2 * height_mm / 3000
    whole = np.pi * radius_mm**2 * height_mm / 3000
    return np.where(np.asarray(u) >= 0, beyond, whole - beyond)
