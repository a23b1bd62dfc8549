"""Radiological depth along the rays of a divergent beam, and where points of the patient lie in the beam."""

import math

import numpy as np
from numpy.typing import NDArray

from isocenter.engines.compiling import njit
from isocenter.terms.imaging import FloatArray

Float32Array = NDArray[np.float32]


@njit(nogil=True, cache=True, fastmath=True, inline="always")
def _between_two(row: Float32Array, at: int, share: float) -> float:
    value: float = (1 - share) * row[at] + share * row[at + 1]
    return value


@njit(nogil=True, cache=True, fastmath=True)
def trace_fan(
    density: Float32Array,
    origin_mm: FloatArray,
    spacing_mm: FloatArray,
    faces_mm: FloatArray,
    source_mm: FloatArray,
    axes: FloatArray,
    sad_mm: float,
    u_mm: FloatArray,
    v_mm: FloatArray,
    near_mm: float,
    step_mm: float,
    steps: int,
) -> Float32Array:
    """Water-equivalent depth in mm at each step of each ray, shape (len(u), len(v), steps), by the trapezoid rule.

    density (nz, ny, nx) relative to water at origin_mm + index * spacing_mm (x, y, z), read trilinearly; faces_mm
    (n, 4): of a convex shape within the grid, outward as x, y, z, and offset, beyond which density counts as 0;
    axes: rows u, v and the beam's direction in patient coordinates; rays start near_mm from the source.
    """
    nz, ny, nx = density.shape
    depth = np.zeros((len(u_mm), len(v_mm), steps), np.float32)
    at_source = np.sum(faces_mm[:, :3] * source_mm, axis=1) + faces_mm[:, 3]
    for a in range(len(u_mm)):
        for b in range(len(v_mm)):
            length = math.sqrt(u_mm[a] ** 2 + v_mm[b] ** 2 + sad_mm**2)
            along = (u_mm[a] * axes[0] + v_mm[b] * axes[1] + sad_mm * axes[2]) / length
            enters, leaves = _between(faces_mm, at_source, along)
            first = max(math.ceil((enters - near_mm) / step_mm), 0)
            behind = min(math.floor((leaves - near_mm) / step_mm) + 1, steps)
            if behind <= first:
                continue
            start, move = (source_mm + near_mm * along - origin_mm) / spacing_mm, step_mm * along / spacing_mm
            total, last = 0.0, 0.0
            for i in range(first, behind):
                x = min(max(start[0] + i * move[0], 0.0), nx - 1.0)
                y = min(max(start[1] + i * move[1], 0.0), ny - 1.0)
                z = min(max(start[2] + i * move[2], 0.0), nz - 1.0)
                ix, iy, iz = min(int(x), nx - 2), min(int(y), ny - 2), min(int(z), nz - 2)
                fx, fy, fz = x - ix, y - iy, z - iz
                near = (1 - fy) * _between_two(density[iz, iy], ix, fx) + fy * _between_two(density[iz, iy + 1], ix, fx)
                beyond = density[iz + 1]
                far = (1 - fy) * _between_two(beyond[iy], ix, fx) + fy * _between_two(beyond[iy + 1], ix, fx)
                here = (1 - fz) * near + fz * far
                total += 0.5 * (last + here) * step_mm
                last = here
                depth[a, b, i] = total
            total += 0.5 * last * step_mm
            depth[a, b, behind:] = total
    return depth


@njit(nogil=True, cache=True, fastmath=True, forceinline=True)
def _between(faces_mm: FloatArray, at_source: FloatArray, along: FloatArray) -> tuple[float, float]:
    """Where a ray enters and leaves a convex shape, in mm from the source; it misses it where the second is less."""
    enters, leaves = 0.0, 1e30
    for f in range(faces_mm.shape[0]):
        outward = faces_mm[f, 0] * along[0] + faces_mm[f, 1] * along[1] + faces_mm[f, 2] * along[2]
        if outward < -1e-12:
            enters = max(enters, -at_source[f] / outward)
        elif outward > 1e-12:
            leaves = min(leaves, -at_source[f] / outward)
        elif at_source[f] > 0:
            return 0.0, -1.0
    return enters, leaves


@njit(nogil=True, cache=True, fastmath=True)
def project(
    points_mm: Float32Array,
    source_mm: FloatArray,
    axes: FloatArray,
    sad_mm: float,
    depth: Float32Array,
    u0_mm: float,
    v0_mm: float,
    pitch_mm: float,
    near_mm: float,
    step_mm: float,
) -> Float32Array:
    """Where points (n, 3) lie in a beam: columns u, v at the isocenter plane in mm, depth in mm, inverse square (n, 4).

    The depth is -1 where a point lies outside the fan that was traced; the inverse square is (sad / distance)^2.
    """
    found = np.empty((points_mm.shape[0], 4), np.float32)
    nu, nv, steps = depth.shape
    for k in range(points_mm.shape[0]):
        x, y, z = points_mm[k, 0] - source_mm[0], points_mm[k, 1] - source_mm[1], points_mm[k, 2] - source_mm[2]
        along = x * axes[2, 0] + y * axes[2, 1] + z * axes[2, 2]
        distance = math.sqrt(x * x + y * y + z * z)
        u = (x * axes[0, 0] + y * axes[0, 1] + z * axes[0, 2]) * sad_mm / along
        v = (x * axes[1, 0] + y * axes[1, 1] + z * axes[1, 2]) * sad_mm / along
        a, b, c = (u - u0_mm) / pitch_mm, (v - v0_mm) / pitch_mm, (distance - near_mm) / step_mm
        found[k, 0], found[k, 1], found[k, 2] = u, v, -1.0
        found[k, 3] = (sad_mm / distance) ** 2
        if along > 0 and 0 <= a < nu - 1 and 0 <= b < nv - 1 and 0 <= c < steps - 1:
            ia, ib, ic = int(a), int(b), int(c)
            fa, fb, fc = a - ia, b - ib, c - ic
            value = 0.0
            for da in range(2):
                for db in range(2):
                    ray = depth[ia + da, ib + db]
                    weight = (fa if da else 1 - fa) * (fb if db else 1 - fb)
                    value += weight * ((1 - fc) * ray[ic] + fc * ray[ic + 1])
            found[k, 2] = value
    return found


@njit(nogil=True, cache=True, fastmath=True)
def sample(seen: Float32Array, values: Float32Array, u0_mm: float, v0_mm: float, pitch_mm: float) -> Float32Array:
    """A map over the isocenter plane (nu, nv) read bilinearly at the places of project(); 0 outside map or fan."""
    nu, nv = values.shape
    read = np.zeros(seen.shape[0], np.float32)
    for k in range(seen.shape[0]):
        a, b = (seen[k, 0] - u0_mm) / pitch_mm, (seen[k, 1] - v0_mm) / pitch_mm
        if seen[k, 2] >= 0 and 0 <= a < nu - 1 and 0 <= b < nv - 1:
            ia, ib = int(a), int(b)
            fa, fb = a - ia, b - ib
            low = (1 - fb) * values[ia, ib] + fb * values[ia, ib + 1]
            high = (1 - fb) * values[ia + 1, ib] + fb * values[ia + 1, ib + 1]
            read[k] = (1 - fa) * low + fa * high
    return read
