"""Analytic shapes: their outline on any axial slice, their volume, and how deep a point lies in them.

Coordinates are those of the patient (LPS), in mm. Every outline is a polygon of the same area as the true
section, so that volumes measured on contours differ from the closed form only by the slices.
"""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Polygon = FloatArray  # shape (n, 2): x_mm, y_mm
Point = tuple[float, float, float]


class Shape(Protocol):
    """A solid whose section, volume and depth are known.

    signed_distance is negative inside, exact on the surface and within a first-order approximation elsewhere.
    """

    @property
    def volume_cc(self) -> float: ...

    def outlines(self, z_mm: float, step_mm: float) -> tuple[Polygon, ...]: ...

    def signed_distance(self, x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray: ...


@runtime_checkable
class Target(Shape, Protocol):
    """A shape with nested copies of itself: depth runs from 0 on the surface to 1 at the deepest place."""

    def depth(self, x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray: ...

    def share_deeper(self, depth: FloatArray) -> FloatArray: ...


def _corners(perimeter_mm: float, step_mm: float) -> int:
    return int(np.clip(np.ceil(perimeter_mm / step_mm), 24, 120))


def ellipse(x_mm: float, y_mm: float, rx_mm: float, ry_mm: float, step_mm: float) -> Polygon:
    """Polygon around an ellipse, scaled to have its area exactly."""
    n = _corners(np.pi * (rx_mm + ry_mm), step_mm)
    same_area = np.sqrt(2 * np.pi / n / np.sin(2 * np.pi / n))
    turn = 2 * np.pi * np.arange(n) / n
    return np.column_stack([x_mm + same_area * rx_mm * np.cos(turn), y_mm + same_area * ry_mm * np.sin(turn)])


def _arc(x_mm: float, y_mm: float, radius_mm: float, start: float, stop: float, step_mm: float) -> Polygon:
    """Points along an arc (angles in radians), its ends included; keeps the area of the circular sector."""
    n = max(_corners(radius_mm * abs(stop - start), step_mm) // 2, 8)
    turn = np.linspace(start, stop, n + 1)
    opening = abs(stop - start) / n
    radii = np.full(n + 1, radius_mm * np.sqrt(opening / np.sin(opening)))
    return np.column_stack([x_mm + radii * np.cos(turn), y_mm + radii * np.sin(turn)])


@dataclass(frozen=True)
class Ellipsoid:
    """An ellipsoid with its axes along x, y and z."""

    center: Point
    half_size: Point

    @property
    def volume_cc(self) -> float:
        return float(4 / 3 * np.pi * np.prod(self.half_size) / 1000)

    def outlines(self, z_mm: float, step_mm: float) -> tuple[Polygon, ...]:
        cx, cy, cz = self.center
        rx, ry, rz = self.half_size
        if abs(z_mm - cz) >= rz:
            return ()
        shrink = float(np.sqrt(1 - ((z_mm - cz) / rz) ** 2))
        return (ellipse(cx, cy, rx * shrink, ry * shrink, step_mm),)

    def _level(self, x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
        return np.sqrt(_scaled_square(x, y, z, self.center, self.half_size))

    def signed_distance(self, x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
        level = self._level(x, y, z)
        squared = tuple(r * r for r in self.half_size)
        slope = np.sqrt(_scaled_square(x, y, z, self.center, (squared[0], squared[1], squared[2])))
        to_surface = np.where(level > 1e-9, level / np.maximum(slope, 1e-12), min(self.half_size))
        return (level - 1) * to_surface

    def depth(self, x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
        return np.maximum(1 - self._level(x, y, z), 0)

    def share_deeper(self, depth: FloatArray) -> FloatArray:
        return (1 - np.clip(depth, 0, 1)) ** 3


def _scaled_square(x: FloatArray, y: FloatArray, z: FloatArray, center: Point, radii: Point) -> FloatArray:
    return ((x - center[0]) / radii[0]) ** 2 + ((y - center[1]) / radii[1]) ** 2 + ((z - center[2]) / radii[2]) ** 2


def sphere(center: Point, radius_mm: float) -> Ellipsoid:
    """A ball."""
    return Ellipsoid(center, (radius_mm, radius_mm, radius_mm))


@dataclass(frozen=True)
class Rod:
    """An upright elliptic cylinder: its axis runs along z; half_size is (rx, ry, half the length)."""

    center: Point
    half_size: Point

    @property
    def volume_cc(self) -> float:
        rx, ry, rz = self.half_size
        return float(np.pi * rx * ry * 2 * rz / 1000)

    def outlines(self, z_mm: float, step_mm: float) -> tuple[Polygon, ...]:
        if abs(z_mm - self.center[2]) >= self.half_size[2]:
            return ()
        return (ellipse(self.center[0], self.center[1], self.half_size[0], self.half_size[1], step_mm),)

    def signed_distance(self, x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
        flat = Ellipsoid((self.center[0], self.center[1], 0.0), (self.half_size[0], self.half_size[1], 1.0))
        across = flat.signed_distance(x, y, np.zeros_like(z))
        return _capped(across, np.abs(z - self.center[2]) - self.half_size[2])

    def depth(self, x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
        rx, ry, rz = self.half_size
        level = np.sqrt(((x - self.center[0]) / rx) ** 2 + ((y - self.center[1]) / ry) ** 2)
        depth: FloatArray = 1 - np.maximum(level, np.abs(z - self.center[2]) / rz)
        return np.clip(depth, 0, 1)

    def share_deeper(self, depth: FloatArray) -> FloatArray:
        return (1 - np.clip(depth, 0, 1)) ** 3


def _capped(across_mm: FloatArray, along_mm: FloatArray) -> FloatArray:
    """Signed distance to a section extruded along z, from the distances in and along the section."""
    outside = np.hypot(np.maximum(across_mm, 0), np.maximum(along_mm, 0))
    return np.minimum(np.maximum(across_mm, along_mm), 0) + outside


@dataclass(frozen=True)
class Pipe:
    """An upright hollow cylinder: the wall of an organ; half_size is (rx, ry, half the length)."""

    center: Point
    half_size: Point
    wall_mm: float

    @property
    def _bore(self) -> Rod:
        rx, ry, rz = self.half_size
        return Rod(self.center, (rx - self.wall_mm, ry - self.wall_mm, rz))

    @property
    def _whole(self) -> Rod:
        return Rod(self.center, self.half_size)

    @property
    def volume_cc(self) -> float:
        return self._whole.volume_cc - self._bore.volume_cc

    def outlines(self, z_mm: float, step_mm: float) -> tuple[Polygon, ...]:
        return self._whole.outlines(z_mm, step_mm) + self._bore.outlines(z_mm, step_mm)

    def signed_distance(self, x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
        bore = Rod(self._bore.center, (*self._bore.half_size[:2], 1e6))
        return np.maximum(self._whole.signed_distance(x, y, z), -bore.signed_distance(x, y, z))


@dataclass(frozen=True)
class LyingRod:
    """A circular cylinder whose axis runs along y."""

    center: Point
    radius_mm: float
    length_mm: float

    @property
    def volume_cc(self) -> float:
        return float(np.pi * self.radius_mm**2 * self.length_mm / 1000)

    def outlines(self, z_mm: float, step_mm: float) -> tuple[Polygon, ...]:  # noqa: ARG002 - four corners suffice
        height = z_mm - self.center[2]
        if abs(height) >= self.radius_mm:
            return ()
        x, y = float(np.sqrt(self.radius_mm**2 - height**2)), self.length_mm / 2
        return (np.array([[-x, -y], [x, -y], [x, y], [-x, y]]) + self.center[:2],)

    def signed_distance(self, x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
        across = np.hypot(x - self.center[0], z - self.center[2]) - self.radius_mm
        return _capped(across, np.abs(y - self.center[1]) - self.length_mm / 2)


@dataclass(frozen=True)
class Cone:
    """A circular cone with its axis along z (apex up) or along y (apex posterior)."""

    center: Point
    radius_mm: float
    height_mm: float
    lying: bool = False

    @property
    def volume_cc(self) -> float:
        return float(np.pi * self.radius_mm**2 * self.height_mm / 3000)

    def outlines(self, z_mm: float, step_mm: float) -> tuple[Polygon, ...]:
        cx, cy, cz = self.center
        if self.lying:
            return self._hyperbola(z_mm - cz)
        radius = self.radius_mm * (0.5 - (z_mm - cz) / self.height_mm)
        if not 0 < radius < self.radius_mm:
            return ()
        return (ellipse(cx, cy, radius, radius, step_mm),)

    def _hyperbola(self, height_mm: float) -> tuple[Polygon, ...]:
        """Section of the lying cone beside its axis: a base line and one branch of a hyperbola."""
        if abs(height_mm) >= self.radius_mm:
            return ()
        reach = self.height_mm * (1 - abs(height_mm) / self.radius_mm)
        # Quadratic steps crowd the points near the blunt tip.
        from_base = reach * (1 - np.linspace(1, 0, 41) ** 2)
        radius = self.radius_mm * (1 - from_base / self.height_mm)
        half_width = np.sqrt(np.maximum(radius**2 - height_mm**2, 0))
        y = self.center[1] - self.height_mm / 2 + from_base
        right = np.column_stack([self.center[0] + half_width, y])
        left = np.column_stack([self.center[0] - half_width, y])[::-1]
        return (np.vstack([right, left[1:]]),)

    def signed_distance(self, x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
        along, across = (
            (y - self.center[1], z - self.center[2]) if self.lying else (z - self.center[2], y - self.center[1])
        )
        radius = self.radius_mm * (0.5 - along / self.height_mm)
        tilt = self.height_mm / np.hypot(self.height_mm, self.radius_mm)
        side = (np.hypot(x - self.center[0], across) - radius) * tilt
        distance_mm: FloatArray = np.maximum(side, -along - self.height_mm / 2)
        return distance_mm


@dataclass(frozen=True)
class Horseshoe:
    """A thick arc with round ends, extruded along z: a target wrapped around something.

    The arc runs at radius_mm around (x, y) of `around`, over span_deg, open towards +y (posterior).
    """

    around: Point
    radius_mm: float
    half_thickness_mm: float
    span_deg: float
    length_mm: float

    @property
    def _half_span(self) -> float:
        return float(np.radians(self.span_deg / 2))

    def _area(self, half_thickness_mm: FloatArray | float) -> FloatArray:
        t = np.asarray(half_thickness_mm, dtype=np.float64)
        return 2 * self._half_span * self.radius_mm * 2 * t + np.pi * t * t

    @property
    def volume_cc(self) -> float:
        return float(self._area(self.half_thickness_mm)) * self.length_mm / 1000

    def outlines(self, z_mm: float, step_mm: float) -> tuple[Polygon, ...]:
        cx, cy, cz = self.around
        if abs(z_mm - cz) >= self.length_mm / 2:
            return ()
        t, r, anterior = self.half_thickness_mm, self.radius_mm, -np.pi / 2
        start, stop = anterior - self._half_span, anterior + self._half_span
        parts = [_arc(cx, cy, r + t, start, stop, step_mm)]
        parts.append(_arc(cx + r * np.cos(stop), cy + r * np.sin(stop), t, stop, stop + np.pi, step_mm)[1:-1])
        parts.append(_arc(cx, cy, r - t, stop, start, step_mm))
        parts.append(
            _arc(cx + r * np.cos(start), cy + r * np.sin(start), t, start + np.pi, start + 2 * np.pi, step_mm)[1:-1]
        )
        return (np.vstack(parts),)

    def _to_arc(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """Distance to the middle line of the arc, in mm."""
        u, v = np.abs(x - self.around[0]), self.around[1] - y
        end_u, end_v = self.radius_mm * np.sin(self._half_span), self.radius_mm * np.cos(self._half_span)
        beside = np.arctan2(u, v) <= self._half_span
        on_ring = np.abs(np.hypot(u, v) - self.radius_mm)
        return np.where(beside, on_ring, np.hypot(u - end_u, v - end_v))

    def signed_distance(self, x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
        across = self._to_arc(x, y) - self.half_thickness_mm
        return _capped(across, np.abs(z - self.around[2]) - self.length_mm / 2)

    def depth(self, x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
        level = self._to_arc(x, y) / self.half_thickness_mm
        depth: FloatArray = 1 - np.maximum(level, np.abs(z - self.around[2]) / (self.length_mm / 2))
        return np.clip(depth, 0, 1)

    def share_deeper(self, depth: FloatArray) -> FloatArray:
        left = 1 - np.clip(depth, 0, 1)
        return self._area(self.half_thickness_mm * left) * left / self._area(self.half_thickness_mm)


@dataclass(frozen=True)
class Crescent:
    """A disc bitten by another disc, extruded along z: a breast on its chest wall."""

    disc: tuple[float, float, float]  # x, y, radius
    bite: tuple[float, float, float]
    z_mm: float
    length_mm: float

    @property
    def _apart(self) -> float:
        return float(np.hypot(self.disc[0] - self.bite[0], self.disc[1] - self.bite[1]))

    @property
    def thickness_mm(self) -> float:
        """Thickness in the middle."""
        return self.disc[2] + self._apart - self.bite[2]

    def _area(self, shrunk_mm: FloatArray | float) -> FloatArray:
        """Area of the crescent whose every border lies deeper by so much."""
        t = np.asarray(shrunk_mm, dtype=np.float64)
        d, outer, inner = self._apart, self.disc[2] - t, self.bite[2] + t
        near = (d * d + outer * outer - inner * inner) / (2 * d * outer)
        far = (d * d + inner * inner - outer * outer) / (2 * d * inner)
        root = (-d + outer + inner) * (d + outer - inner) * (d - outer + inner) * (d + outer + inner)
        shared = outer**2 * np.arccos(np.clip(near, -1, 1)) + inner**2 * np.arccos(np.clip(far, -1, 1))
        return np.pi * outer**2 - shared + np.sqrt(np.maximum(root, 0)) / 2

    @property
    def volume_cc(self) -> float:
        return float(self._area(0.0)) * self.length_mm / 1000

    def outlines(self, z_mm: float, step_mm: float) -> tuple[Polygon, ...]:
        if abs(z_mm - self.z_mm) >= self.length_mm / 2:
            return ()
        out = float(np.arctan2(self.disc[1] - self.bite[1], self.disc[0] - self.bite[0]))
        d, outer, inner = self._apart, self.disc[2], self.bite[2]
        horn = float(np.arccos((d * d + outer**2 - inner**2) / (2 * d * outer)))
        seen = float(np.arccos((d * d + inner**2 - outer**2) / (2 * d * inner)))
        skin = _arc(*self.disc, out - np.pi + horn, out + np.pi - horn, step_mm)
        wall = _arc(*self.bite, out + seen, out - seen, step_mm)
        return (np.vstack([skin, wall[1:-1]]),)

    def _inset(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """Distance inside both borders, in mm; negative outside."""
        skin = self.disc[2] - np.hypot(x - self.disc[0], y - self.disc[1])
        wall = np.hypot(x - self.bite[0], y - self.bite[1]) - self.bite[2]
        return np.minimum(skin, wall)

    def signed_distance(self, x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
        return _capped(-self._inset(x, y), np.abs(z - self.z_mm) - self.length_mm / 2)

    def depth(self, x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
        level = 1 - self._inset(x, y) / (self.thickness_mm / 2)
        depth: FloatArray = 1 - np.maximum(level, np.abs(z - self.z_mm) / (self.length_mm / 2))
        return np.clip(depth, 0, 1)

    def share_deeper(self, depth: FloatArray) -> FloatArray:
        kept = np.clip(depth, 0, 1)
        return self._area(kept * self.thickness_mm / 2) * (1 - kept) / self._area(0.0)
