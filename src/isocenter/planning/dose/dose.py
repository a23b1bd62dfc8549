"""The dose of fluence maps in the patient by collapsed cone: of every plan that is made or recomputed."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from isocenter.planning.beam.beam_data import BeamData
from isocenter.planning.dose.beam_view import Fan
from isocenter.planning.kernels.ray_trace import sample
from isocenter.planning.superposition import superpose
from isocenter.terms.imaging import FloatArray

Float32Array = NDArray[np.float32]

REFERENCE_DEPTH_MM = 100.0
WIDE_SAMPLES = 6  # of a wide blur, in a sigma
BLUR_REACH = 3.0  # sigmas


@dataclass(frozen=True, eq=False)
class FluenceMap:
    """Fluence over the isocenter plane (nu, nv), before the source blurs it; samples pitch_mm apart from u0, v0."""

    values: FloatArray
    u0_mm: float
    v0_mm: float
    pitch_mm: float


def beam_dose(fan: Fan, fluence: FluenceMap, beam: BeamData) -> Float32Array:
    """Dose per unit of fluence (nz, ny, nx) in the fan's patient: collapsed cone plus contaminating electrons.

    It is that of the body and one voxel around it; in air beyond, some of it is left out.
    """
    patient = fan.patient
    energy = released_energy(fan, fluence, beam)
    # Energy diverges on its way as the rays do, so its inverse square is taken where it is deposited: see superpose.
    dose = superpose(
        energy.kerma / energy.spread**2,
        energy.terma / energy.spread,
        patient.medium,
        patient.spacing_mm,
        beam.directions @ fan.view.axes,
        beam.primary,
        beam.scatter,
        energy.spread,
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


def released_energy(fan: Fan, fluence: FluenceMap, beam: BeamData) -> ReleasedEnergy:
    """What the photons of a fluence release on their first collision."""
    patient, places = fan.patient, fan.near_places
    near = np.flatnonzero(patient.near_body)
    direct = np.asarray(gaussian_filter(fluence.values, beam.source_sigma_mm / fluence.pitch_mm, mode="constant"))
    scattered = _blurred_widely(fluence, beam.head_sigma_mm)
    reaching = (1 - beam.head_weight) * _read(places, replace(fluence, values=direct))
    energy = (reaching + beam.head_weight * _read(places, scattered)) * places[:, 3]
    depth = np.maximum(places[:, 2], 0)
    both = np.zeros((2, patient.density.size), np.float32)
    for released, of_depth in zip(both, (beam.collision_kerma, beam.scatter_terma), strict=True):
        released[near] = energy * np.interp(depth, beam.depth_mm, of_depth)
    kerma, terma = both.reshape(2, *patient.density.shape)
    return ReleasedEnergy(kerma, terma, fan.spread, places)


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
