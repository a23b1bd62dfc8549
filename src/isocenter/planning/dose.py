"""The dose of fluence maps in the patient by collapsed cone: of every plan that is made or recomputed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from isocenter.planning.beam_data import BeamData
from isocenter.planning.beam_view import Fan
from isocenter.planning.kernels.collapsed_cone import sweep
from isocenter.planning.kernels.ray_trace import sample
from isocenter.planning.patient import PlanningPatient
from isocenter.planning.threads import each_part
from isocenter.terms.imaging import FloatArray

Float32Array = NDArray[np.float32]

LEAST_DENSITY = 0.001
SUMS = 4  # partial sums of directions: fixed, so that the order of adding is too
REFERENCE_DEPTH_MM = 100.0
WIDE_SAMPLES = 6  # of a wide blur, in a sigma
BLUR_REACH = 3.0  # sigmas
# For the steepest axis x, y or z: how the grid is laid with it first, and which axes its planes hold (x 0, y 1, z 2).
_LAYOUTS = ((0, (2, 0, 1), (2, 1)), (1, (1, 0, 2), (2, 0)), (2, (0, 1, 2), (1, 0)))


@dataclass(frozen=True, eq=False)
class FluenceMap:
    """Fluence over the isocenter plane (nu, nv), before the source blurs it; samples pitch_mm apart from u0, v0."""

    values: FloatArray
    u0_mm: float
    v0_mm: float
    pitch_mm: float


def beam_dose(patient: PlanningPatient, fan: Fan, fluence: FluenceMap, beam: BeamData) -> Float32Array:
    """Dose per unit of fluence on the patient's grid (nz, ny, nx): collapsed cone plus contaminating electrons.

    It is that of the body and one voxel around it; in air beyond, some of it is left out.
    """
    energy = released_energy(patient, fan, fluence, beam)
    # Energy diverges on its way as the rays do, so its inverse square is taken where it is deposited: see superpose.
    dose = superpose(
        energy.kerma / energy.spread**2,
        energy.terma / energy.spread,
        patient.density,
        patient.spacing_mm,
        beam.directions @ fan.view.axes,
        beam.primary,
        beam.scatter,
        energy.spread,
        patient.hull,
    )
    dose *= patient.near_body
    near = np.flatnonzero(patient.near_body)
    dose.flat[near] += _electrons(energy.places, fluence, beam)
    # In air, where little energy is left per mass, what rounding leaves may lie below 0.
    total: Float32Array = np.maximum(dose, np.float32(0))
    return total


@dataclass(frozen=True, eq=False)
class ReleasedEnergy:
    """Collision kerma and the rest of the terma (nz, ny, nx) per unit of fluence, 0 away from the body.

    spread (nz, ny, nx): the root of the inverse square; places: of the voxels near the body in the fan (n, 4).
    """

    kerma: Float32Array
    terma: Float32Array
    spread: Float32Array
    places: Float32Array


def released_energy(patient: PlanningPatient, fan: Fan, fluence: FluenceMap, beam: BeamData) -> ReleasedEnergy:
    """What the photons of a fluence release on their first collision."""
    near = np.flatnonzero(patient.near_body)
    points_mm = patient.points_mm()
    away_mm = np.linalg.norm(points_mm - fan.view.source_mm.astype(np.float32), axis=1)
    spread = np.asarray(fan.view.sad_mm / away_mm, np.float32).reshape(patient.density.shape)
    places = fan.places(points_mm[near])
    direct = np.asarray(gaussian_filter(fluence.values, beam.source_sigma_mm / fluence.pitch_mm, mode="constant"))
    scattered = _blurred_widely(fluence, beam.head_sigma_mm)
    reaching = (1 - beam.head_weight) * _read(places, replace(fluence, values=direct))
    energy = (reaching + beam.head_weight * _read(places, scattered)) * places[:, 3]
    depth = np.maximum(places[:, 2], 0)
    both = np.zeros((2, patient.density.size), np.float32)
    for released, of_depth in zip(both, (beam.collision_kerma, beam.scatter_terma), strict=True):
        released[near] = energy * np.interp(depth, beam.depth_mm, of_depth)
    kerma, terma = both.reshape(2, *patient.density.shape)
    return ReleasedEnergy(kerma, terma, spread, places)


def _read(places: Float32Array, fluence: FluenceMap) -> Float32Array:
    values = np.ascontiguousarray(fluence.values, np.float32)
    return np.asarray(sample(places, values, fluence.u0_mm, fluence.v0_mm, fluence.pitch_mm), np.float32)


def _blurred_widely(fluence: FluenceMap, sigma_mm: float) -> FluenceMap:
    """The map blurred by much more than its pitch: on samples of a sixth of sigma, which lose 0.4 % at the peak."""
    merged = max(round(sigma_mm / WIDE_SAMPLES / fluence.pitch_mm), 1)
    sides = [-(-count // merged) * merged for count in fluence.values.shape]
    padded = np.pad(fluence.values, [(0, side - n) for side, n in zip(sides, fluence.values.shape, strict=True)])
    coarse = padded.reshape(sides[0] // merged, merged, sides[1] // merged, merged).mean((1, 3))
    pitch_mm = fluence.pitch_mm * merged
    # The map ends where the fluence does, but its blur goes on.
    rim = int(np.ceil(BLUR_REACH * sigma_mm / pitch_mm))
    blurred = gaussian_filter(np.pad(coarse, rim), sigma_mm / pitch_mm, mode="constant")
    offset_mm = (pitch_mm - fluence.pitch_mm) / 2 - rim * pitch_mm
    return FluenceMap(blurred, fluence.u0_mm + offset_mm, fluence.v0_mm + offset_mm, pitch_mm)


def _electrons(places: Float32Array, fluence: FluenceMap, beam: BeamData) -> Float32Array:
    """Dose of contaminating electrons: a share of the photons' dose at 10 cm, falling exponentially with depth."""
    reaching = _read(places, _blurred_widely(fluence, beam.electron_sigma_mm))
    terma = np.interp(REFERENCE_DEPTH_MM, beam.depth_mm, beam.collision_kerma + beam.scatter_terma)
    falling = np.exp(-np.maximum(places[:, 2], 0) / beam.electron_range_mm)
    return np.asarray(beam.electron_share * terma * reaching * places[:, 3] * falling, np.float32)


def superpose(
    kerma: NDArray[np.floating],
    terma: NDArray[np.floating],
    density: NDArray[np.floating],
    spacing_mm: FloatArray,
    directions: FloatArray,
    primary: FloatArray,
    scatter: FloatArray,
    spread: Float32Array | None = None,
    passed: NDArray[np.bool_] | None = None,
) -> Float32Array:
    """Dose on [z, y, x] in the unit of kerma and terma, which are energy per mass released to primary and scatter.

    spacing_mm along x, y, z; directions (m, 3) as x, y, z; primary and scatter (m, 2): share and slope per mm.
    spread [z, y, x]: the axes are parallel where the rays of a beam diverge. Dose of primary is multiplied by its
    square where it is deposited, instead of where it was released, and that of scatter by itself: the root of the
    inverse square makes parallel axes as good as ones that are tilted with the rays, within 1 % inside a field
    (Papanikolaou et al., Med Phys 20:1327, 1993, for the inverse square at the place of deposition).
    passed [z, y, x]: what energy passes, convex so that none that leaves it would return; beyond, the dose is 0.
    """
    relative = np.maximum(density, LEAST_DENSITY).astype(np.float32)
    energy = [np.asarray(released * relative, np.float32) for released in (kerma, terma)]
    thinned = np.ones(relative.shape, np.float32) if spread is None else spread.astype(np.float32)
    crossed = np.ones(relative.shape, bool) if passed is None else passed
    deposited = np.zeros(relative.shape, np.float32)
    steepest = np.argmax(np.abs(directions) / spacing_mm, axis=1)
    for axis, order, plane_axes in _LAYOUTS:
        chosen = np.flatnonzero(steepest == axis)
        if len(chosen):
            laid = [np.ascontiguousarray(a.transpose(order)) for a in (*energy, relative, thinned)]
            added = _along_axis(
                laid,
                _ranges(crossed.transpose(order)),
                axis,
                plane_axes,
                spacing_mm,
                directions[chosen],
                primary[chosen],
                scatter[chosen],
            )
            deposited += added.transpose(np.argsort(order))
    return np.asarray(deposited / relative, np.float32)


def _ranges(crossed: NDArray[np.bool_]) -> NDArray[np.int32]:
    """The first column and the one behind the last that are crossed in each row of each plane (planes, rows, 2)."""
    first = np.argmax(crossed, axis=2)
    behind = crossed.shape[2] - np.argmax(crossed[:, :, ::-1], axis=2)
    return np.ascontiguousarray(np.stack([first, np.where(crossed.any(2), behind, first)], axis=2), np.int32)


def _along_axis(
    laid: Sequence[Float32Array],
    ranges: NDArray[np.int32],
    axis: int,
    plane_axes: tuple[int, int],
    spacing_mm: FloatArray,
    directions: FloatArray,
    primary: FloatArray,
    scatter: FloatArray,
) -> Float32Array:
    step_mm = spacing_mm[axis] / np.abs(directions[:, axis])
    foot = np.stack([-directions[:, a] * step_mm / spacing_mm[a] for a in plane_axes], axis=1)
    whole = np.minimum(np.floor(foot), 0).astype(np.int64)
    shift = (foot - whole).astype(np.float32)
    slopes = np.column_stack([primary[:, 1] * step_mm, scatter[:, 1] * step_mm]).astype(np.float32)
    shares = np.column_stack([primary[:, 0], scatter[:, 0]]).astype(np.float32)
    sums = [np.zeros(laid[0].shape, np.float32) for _ in range(SUMS)]

    def part(first: int, last: int) -> None:
        for number in range(first, last):
            for k in range(number, len(directions), SUMS):
                forward = bool(directions[k, axis] > 0)
                sweep(*laid, ranges, forward, whole[k], shift[k], slopes[k], shares[k], sums[number])

    each_part(SUMS, part, SUMS)
    return np.asarray(np.sum(sums, axis=0, dtype=np.float32))
