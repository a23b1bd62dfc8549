"""Slow plain twins of the geometry and gamma kernels, and solids drawn as contours from formulas."""

import math

import numpy as np

from isocenter.terms.imaging import ContouredStructure


def draw(name, outlines_at, z_mm):
    """A structure of the outlines that a function gives at each height; empty heights are left out."""
    contours = tuple((float(z), np.asarray(ring, float)) for z in z_mm for ring in outlines_at(z))
    return ContouredStructure(1, name, contours=contours)


def circle(center, radius_mm, step_mm=1.0):
    count = max(16, math.ceil(2 * math.pi * radius_mm / step_mm))
    t = np.arange(count) * 2 * np.pi / count
    return np.column_stack([center[0] + radius_mm * np.cos(t), center[1] + radius_mm * np.sin(t)])


def draw_sphere(name, center, radius_mm, slice_mm, first_mm=0.0):
    """A ball on the planes first_mm + k * slice_mm."""
    low = math.ceil((center[2] - radius_mm - first_mm) / slice_mm)
    high = math.floor((center[2] + radius_mm - first_mm) / slice_mm)
    planes = first_mm + np.arange(low, high + 1) * slice_mm

    def outlines(z):
        square = radius_mm**2 - (z - center[2]) ** 2
        return [circle(center, math.sqrt(square))] if square > 0.05 else []

    return draw(name, outlines, planes)


def draw_prism(name, outlines, bottom_mm, top_mm, slice_mm):
    """The same outlines from bottom to top: planes lie half a slice inside the ends."""
    planes = np.arange(bottom_mm + slice_mm / 2, top_mm, slice_mm)
    return draw(name, lambda _: outlines, planes)


def draw_cylinder(name, center, radius_mm, bottom_mm, top_mm, slice_mm):
    return draw_prism(name, [circle(center, radius_mm)], bottom_mm, top_mm, slice_mm)


def draw_box(name, low, high, slice_mm):
    corners = [[low[0], low[1]], [high[0], low[1]], [high[0], high[1]], [low[0], high[1]]]
    return draw_prism(name, [corners], low[2], high[2], slice_mm)


def moved(structure, by_mm=(0.0, 0.0, 0.0), turned=False, mirrored=False):
    """The structure turned by 90 degrees about z, or mirrored in x, then moved."""
    contours = []
    for z, points in structure.contours:
        x, y = points[:, 0], points[:, 1]
        if turned:
            x, y = -y, x
        if mirrored:
            x = -x
        contours.append((z + by_mm[2], np.column_stack([x + by_mm[0], y + by_mm[1]])))
    return ContouredStructure(structure.number, structure.name, contours=tuple(contours))


def is_inside(ring, x, y):
    """Even-odd rule, edge by edge."""
    inside = False
    for (x0, y0), (x1, y1) in zip(ring, np.roll(ring, -1, axis=0), strict=True):
        if (y0 <= y) != (y1 <= y) and x < x0 + (x1 - x0) * (y - y0) / (y1 - y0):
            inside = not inside
    return inside


def shared_cc(one, other, slice_mm, pitch_mm):
    """Overlap of two structures on shared planes by counting raster points inside both."""
    count = 0
    for z, ring in one.contours:
        for w, other_ring in other.contours:
            if abs(z - w) > 1e-6:
                continue
            low, high = ring.min(axis=0), ring.max(axis=0)
            for x in np.arange(low[0] + pitch_mm / 2, high[0], pitch_mm):
                for y in np.arange(low[1] + pitch_mm / 2, high[1], pitch_mm):
                    count += is_inside(ring, x, y) and is_inside(other_ring, x, y)
    return count * pitch_mm**2 * slice_mm / 1000


def least_contour_distance(one, other, step_mm=0.1):
    """Least distance between densely sampled contours, every pair of points tried."""
    clouds = []
    for structure in (one, other):
        points = []
        for z, ring in structure.contours:
            for start, end in zip(ring, np.roll(ring, -1, axis=0), strict=True):
                pieces = max(1, math.ceil(float(np.hypot(*(end - start))) / step_mm))
                for t in np.arange(pieces) / pieces:
                    points.append([*(start + t * (end - start)), z])
        clouds.append(np.array(points))
    return min(float(np.sqrt(((clouds[1] - point) ** 2).sum(axis=1).min())) for point in clouds[0])


def interpolate(values, axes, place):
    """Linear interpolation in one to three axes, corner by corner; None outside the grid."""
    lower, share = [], []
    for axis, position in zip(axes, place, strict=True):
        if len(axis) == 1:
            if abs(position - axis[0]) > 1e-9:
                return None
            lower.append(0)
            share.append(0.0)
            continue
        if position < axis[0] - 1e-9 or position > axis[-1] + 1e-9:
            return None
        k = min(max(int(np.searchsorted(axis, position, side="right")) - 1, 0), len(axis) - 2)
        lower.append(k)
        share.append((position - axis[k]) / (axis[k + 1] - axis[k]))
    total = 0.0
    for corner in np.ndindex(*(2,) * len(axes)):
        weight, index = 1.0, []
        for c, k, f in zip(corner, lower, share, strict=True):
            weight *= f if c else 1 - f
            index.append(k + c)
        if weight > 0:
            total += weight * float(values[tuple(index)])
    return total


def gamma_at(place, dose, axes, evaluated, criterion_gy, distance_mm, step_mm, maximum):
    """Gamma of one point: every offset of the raster within the search ball is tried."""
    reach = round(maximum * distance_mm / step_mm)
    steps = [range(-reach, reach + 1) if len(axis) > 1 else range(1) for axis in axes]
    best = maximum**2
    for offset in np.array(np.meshgrid(*steps, indexing="ij")).reshape(len(axes), -1).T:
        apart = (offset * step_mm / distance_mm) ** 2
        if apart.sum() >= best:
            continue
        there = interpolate(evaluated, axes, np.asarray(place) + offset * step_mm)
        if there is not None:
            best = min(best, apart.sum() + ((there - dose) / criterion_gy) ** 2)
    return math.sqrt(best)
