"""Solids whose DVH in a linear dose gradient is a closed formula: sphere, cylinder and cone, upright and
lying.

The arrangement follows the solids of Nelms et al., Med Phys 42 (2015), 10.1118/1.4923175: radius 12 mm,
length 24 mm, 16 Gy at the center, 1 Gy/mm. Flat ends lie on a slice, so the half-slice end cap lengthens an
upright cylinder by one spacing and a cone's base by half of one; the formulas include that extension.
Everything is built from formulas.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from isocenter.terms.imaging import ContouredStructure, DoseGrid, FloatArray

R, L = 12.0, 24.0  # mm
GRADIENT, CENTER_GY = 1.0, 16.0  # Gy/mm, Gy
CENTER_MM = np.array([0.0, -6.0, 6.0])
SOLIDS = ("sphere", "cylinder", "cylinder lying", "cone", "cone lying")


def disc_segment(a: FloatArray, radius: float = R) -> FloatArray:
    """Area of a disc beyond the chord at signed distance a."""
    a = np.clip(a, -radius, radius)
    return radius**2 * np.arccos(a / radius) - a * np.sqrt(np.maximum(radius**2 - a**2, 0))


def sphere_above(u: FloatArray) -> FloatArray:
    """Volume of the sphere beyond the plane at signed distance u, in mm3."""
    h = np.clip(R - u, 0, 2 * R)
    return np.pi * h**2 * (3 * R - h) / 3


def cylinder_above_along(u: FloatArray, length: float = L) -> FloatArray:
    return np.pi * R**2 * np.clip(length / 2 - u, 0, length)


def cylinder_above_across(u: FloatArray, length: float = L) -> FloatArray:
    return length * disc_segment(u)


def cone_above_along(u: FloatArray, base: float = 0.0) -> FloatArray:
    """Apex at +L/2, base at -L/2, prolonged downward by a disc of thickness base."""
    t = np.clip((u + L / 2) / L, 0, 1)
    return np.pi * R**2 * (L / 3 * (1 - t) ** 3 + np.clip(-L / 2 - u, 0, base))


def cone_above_across(u: FloatArray, base: float = 0.0) -> FloatArray:
    a = np.clip(np.abs(u) / R, 1e-12, 1)
    part = np.arccos(a) - 2 * a * np.sqrt(np.maximum(1 - a**2, 0)) + a**3 * np.arccosh(1 / a)
    part *= R**2 * L / 3
    return np.where(u >= 0, part, np.pi * R**2 * L / 3 - part) + base * disc_segment(u)


def circle(radius: float, points: int = 720) -> FloatArray:
    """A polygon of the same area as the circle."""
    angle = np.arange(points) * 2 * np.pi / points
    step = 2 * np.pi / points
    return radius * np.sqrt(step / np.sin(step)) * np.column_stack([np.cos(angle), np.sin(angle)])


def section(solid: str, z: float) -> FloatArray | None:
    """Outline of a solid at a height z above its center, in mm; None where it has shrunk to a point or a
    line."""
    half_width = np.sqrt(max(R**2 - z**2, 0.0))
    if solid == "sphere":
        return circle(half_width) if half_width > 1e-3 else None
    if solid == "cylinder":
        return circle(R) if abs(z) <= L / 2 + 1e-9 else None
    if solid == "cone":
        radius = R * (L / 2 - z) / L
        return circle(radius) if abs(z) <= L / 2 and radius > 1e-3 else None
    if half_width < 1e-3:
        return None
    if solid == "cylinder lying":
        w, h = half_width, L / 2
        return np.array([[-w, -h], [w, -h], [w, h], [-w, h]])
    top = L / 2 - abs(z) * L / R  # the apex points to +y, the section of the cone is a hyperbola
    y = np.linspace(-L / 2, top, 400)
    x = np.sqrt(np.maximum((R * (L / 2 - y) / L) ** 2 - z**2, 0))
    return np.concatenate([np.column_stack([x, y]), np.column_stack([-x[-2::-1], y[-2::-1]])])


def linear_dose(axis: str, spacing_mm: float) -> DoseGrid:
    """A dose that rises by 1 Gy/mm along y or z through 16 Gy at the center; voxels of the slice spacing."""
    half = np.ceil(24.0 / spacing_mm) * spacing_mm
    x, y, z = (c + np.arange(-half, half + spacing_mm / 2, spacing_mm) for c in CENTER_MM)
    along = (y - CENTER_MM[1])[None, :, None] if axis == "y" else (z - CENTER_MM[2])[:, None, None]
    dose_gy = np.broadcast_to(CENTER_GY + GRADIENT * along, (len(z), len(y), len(x)))
    return DoseGrid(np.maximum(dose_gy, 0).astype(np.float32), x, y, z)


def contoured(solid: str, spacing_mm: float, shift_mm: float = 0.0, z_phase: float = 0.0) -> ContouredStructure:
    """The solid's contours on slices spacing_mm apart; the end planes at z_phase = 0 lie on its flat ends."""
    steps = int(np.ceil(L / 2 / spacing_mm)) + 1
    contours = []
    for n in range(-steps, steps + 1):
        z = (n + z_phase) * spacing_mm
        outline = section(solid, z)
        if outline is not None:
            contours.append((float(CENTER_MM[2] + z), outline + CENTER_MM[:2] + [shift_mm, 0.0]))
    return ContouredStructure(1, solid, contours=tuple(contours))


@dataclass(frozen=True)
class Case:
    """One solid, cut and irradiated one way, with the volume in cc that receives at least each dose."""

    name: str
    spacing_mm: float
    structure: ContouredStructure
    dose: DoseGrid
    cumulative_cc: Callable[[FloatArray], FloatArray]

    @property
    def total_cc(self) -> float:
        return float(self.cumulative_cc(np.array([-1e3]))[0])


def truth(solid: str, axis: str, spacing_mm: float) -> Callable[[FloatArray], FloatArray]:
    """Volume in cc at or above each dose, with the half-slice prolongation of upright flat ends."""
    formulas: dict[tuple[str, str], Callable[[FloatArray], FloatArray]] = {
        ("sphere", "y"): sphere_above,
        ("sphere", "z"): sphere_above,
        ("cylinder", "z"): lambda u: cylinder_above_along(u, L + spacing_mm),
        ("cylinder", "y"): lambda u: cylinder_above_across(u, L + spacing_mm),
        ("cylinder lying", "y"): cylinder_above_along,
        ("cylinder lying", "z"): cylinder_above_across,
        ("cone", "z"): lambda u: cone_above_along(u, spacing_mm / 2),
        ("cone", "y"): lambda u: cone_above_across(u, spacing_mm / 2),
        ("cone lying", "y"): cone_above_along,
        ("cone lying", "z"): cone_above_across,
    }
    return lambda dose_gy: formulas[solid, axis]((dose_gy - CENTER_GY) / GRADIENT) / 1000


def sixty_cases() -> Iterator[Case]:
    """Five solids, slices 1, 2 and 3 mm apart, on the grid or half a voxel beside it, gradient in y or z."""
    for solid in SOLIDS:
        for spacing_mm in (1.0, 2.0, 3.0):
            for shift in (0.0, 0.5):
                for axis in ("y", "z"):
                    yield Case(
                        f"{solid}, {spacing_mm:.0f} mm, {'shifted' if shift else 'aligned'}, gradient {axis}",
                        spacing_mm,
                        contoured(solid, spacing_mm, shift * spacing_mm),
                        linear_dose(axis, spacing_mm),
                        truth(solid, axis, spacing_mm),
                    )
