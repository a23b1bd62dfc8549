"""The dose of fluence maps in the patient by collapsed cone: of every plan that is made or recomputed."""

from collections.abc import Sequence
from dataclasses import dataclass

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
    """Dose per unit of fluence on the patient's grid (nz, ny, nx): collapsed cone plus contaminating electrons."""
    kerma, terma, places = released_energy(patient, fan, fluence, beam)
    shape = patient.density.shape
    # Energy diverges on its way as the rays do, so its inverse square is taken where it is deposited: see superpose.
    spread = np.sqrt(places[:, 3]).reshape(shape)
    dose = superpose(
        kerma / spread**2,
        terma / spread,
        patient.density,
        patient.spacing_mm,
        beam.directions @ fan.view.axes,
        beam.primary,
        beam.scatter,
        spread,
    )
    # In air, where little energy is left per mass, what rounding leaves may lie below 0.
    total: Float32Array = np.maximum(dose + _electrons(places, fluence, beam).reshape(shape), np.float32(0))
    return total


def released_energy(
    patient: PlanningPatient, fan: Fan, fluence: FluenceMap, beam: BeamData
) -> tuple[Float32Array, Float32Array, Float32Array]:
    """Collision kerma and the rest of the terma (nz, ny, nx), per unit of fluence, and the fan's places of voxels."""
    places = fan.places(patient.points_mm())
    reaching = _through_source_and_head(fluence, beam)
    energy = sample(places, reaching, fluence.u0_mm, fluence.v0_mm, fluence.pitch_mm) * places[:, 3]
    depth = np.maximum(places[:, 2], 0)
    shape = patient.density.shape
    kerma, terma = (
        np.asarray(energy * np.interp(depth, beam.depth_mm, of_depth), np.float32).reshape(shape)
        for of_depth in (beam.collision_kerma, beam.scatter_terma)
    )
    return kerma, terma, places


def _through_source_and_head(fluence: FluenceMap, beam: BeamData) -> Float32Array:
    """The map blurred by the source, with a share of it scattered widely in the machine's head."""
    direct, scattered = (
        gaussian_filter(fluence.values, sigma_mm / fluence.pitch_mm, mode="constant")
        for sigma_mm in (beam.source_sigma_mm, beam.head_sigma_mm)
    )
    return np.asarray((1 - beam.head_weight) * direct + beam.head_weight * scattered, np.float32)


def _electrons(places: Float32Array, fluence: FluenceMap, beam: BeamData) -> Float32Array:
    """Dose of contaminating electrons: a share of the photons' dose at 10 cm, falling exponentially with depth."""
    wide = np.asarray(gaussian_filter(fluence.values, beam.electron_sigma_mm / fluence.pitch_mm, mode="constant"))
    reaching = sample(places, wide.astype(np.float32), fluence.u0_mm, fluence.v0_mm, fluence.pitch_mm)
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
) -> Float32Array:
    """Dose on [z, y, x] in the unit of kerma and terma, which are energy per mass released to primary and scatter.

    spacing_mm along x, y, z; directions (m, 3) as x, y, z; primary and scatter (m, 2): share and slope per mm.
    spread [z, y, x]: the axes are parallel where the rays of a beam diverge. Dose of primary is multiplied by its
    square where it is deposited, instead of where it was released, and that of scatter by itself: the root of the
    inverse square makes parallel axes as good as ones that are tilted with the rays, within 1 % inside a field
    (Papanikolaou et al., Med Phys 20:1327, 1993, for the inverse square at the place of deposition).
    """
    relative = np.maximum(density, LEAST_DENSITY).astype(np.float32)
    energy = [np.asarray(released * relative, np.float32) for released in (kerma, terma)]
    thinned = np.ones(relative.shape, np.float32) if spread is None else spread.astype(np.float32)
    deposited = np.zeros(relative.shape, np.float32)
    steepest = np.argmax(np.abs(directions) / spacing_mm, axis=1)
    for axis, order, plane_axes in _LAYOUTS:
        chosen = np.flatnonzero(steepest == axis)
        if len(chosen):
            laid = [np.ascontiguousarray(a.transpose(order)) for a in (*energy, relative, thinned)]
            added = _along_axis(
                laid, axis, plane_axes, spacing_mm, directions[chosen], primary[chosen], scatter[chosen]
            )
            deposited += added.transpose(np.argsort(order))
    return np.asarray(deposited / relative, np.float32)


def _along_axis(
    laid: Sequence[Float32Array],
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
                sweep(*laid, forward, whole[k], shift[k], slopes[k], shares[k], sums[number])

    each_part(SUMS, part, SUMS)
    return np.asarray(np.sum(sums, axis=0, dtype=np.float32))
