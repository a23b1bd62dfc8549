"""The beam: what leaves the machine and what a unit of it does in water, from one data file."""

from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from isocenter.planning.beam.beam_file import Given, beam_fields, described, read_beam_file
from isocenter.terms.imaging import FloatArray

GENERIC = "generic_6mv"


@dataclass(frozen=True, eq=False)
class BeamData:
    """One photon beam. Kerma and terma are per unit energy fluence (cm2/g) at depth_mm of water (n,).

    directions (m, 3): unit vectors of the cones' axes for a beam along +z; primary and scatter (m, 2): share of the
    energy in each and slope per mm. pencil_kernels (3, r) per cm2 at pencil_radius_mm, with depth factors (3, z) at
    pencil_depth_mm. mu_per_unit turns a unit of fluence at the isocenter plane into monitor units.

    Of leaves, None where the file does not say: leaf_gap_mm by which a pair is wider open than its positions say;
    groove_mm, the width of the strip between pairs that is open only while both are; least_opening_mm that moving
    leaves keep. compensator_transmission (n,) behind compensator_mm (n,) of compensator_material.
    """

    name: str
    notice: str
    source: str
    energy_mv: float
    sad_mm: float
    source_sigma_mm: float
    head_weight: float
    head_sigma_mm: float
    electron_share: float
    electron_range_mm: float
    electron_sigma_mm: float
    mlc_transmission: float
    mu_per_unit: float
    depth_mm: FloatArray
    collision_kerma: FloatArray
    scatter_terma: FloatArray
    directions: FloatArray
    primary: FloatArray
    scatter: FloatArray
    pencil_radius_mm: FloatArray
    pencil_kernels: FloatArray
    pencil_depth_mm: FloatArray
    pencil_depth_factors: FloatArray
    leaf_gap_mm: float | None = None
    groove_mm: float | None = None
    least_opening_mm: float | None = None
    leaf_speed_mm_per_s: float | None = None
    dose_rate_mu_per_min: float | None = None
    compensator_material: str = ""
    compensator_mm: FloatArray | None = None
    compensator_transmission: FloatArray | None = None


def generic_beams() -> tuple[BeamData, ...]:
    """The bundled generic beams, from the lowest energy."""
    folder = Path(str(files("isocenter"))) / "planning" / "beams"
    return tuple(sorted((load_beam_data(path) for path in folder.glob("*.json")), key=lambda beam: beam.energy_mv))


def load_beam_data(path: Path | None = None) -> BeamData:
    """The beam of a JSON file, or the bundled generic 6 MV beam; UnreadableInput names what is wrong in it."""
    bundled = Path(str(files("isocenter"))) / "planning" / "beams" / f"{GENERIC}.json"
    fields = read_beam_file(path or bundled)
    return BeamData(**(described(fields, path) if path and path.parent != bundled.parent else fields))


def as_beam_data(given: dict[str, Any], name: str = "beam data") -> BeamData:
    """The beam of a decoded file; UnreadableInput with the key that lacks or whose value no beam has."""
    return BeamData(**beam_fields(Given(name, "", given)))


def half_of_cones(beam: BeamData, number: int) -> BeamData:
    """The beam with every second axis of each ring, which carries the energy of two: half the work of a dose.

    Beams of odd and of even number keep the other axes, so that the doses of several even out: of nine beams of a
    neck the standard deviation is 0.1 % where the dose is more than half of its maximum.
    """
    _, ring = np.unique(np.round(beam.directions[:, 2], 6), return_inverse=True)
    place = np.array([np.count_nonzero(ring[:k] == ring[k]) for k in range(len(ring))])
    of_ring = np.bincount(ring)
    is_kept = (place % 2 == number % 2) | (of_ring[ring] == 1)
    more = np.column_stack([(of_ring / np.bincount(ring[is_kept]))[ring], np.ones(len(ring))])
    return replace(
        beam,
        directions=beam.directions[is_kept],
        primary=(beam.primary * more)[is_kept],
        scatter=(beam.scatter * more)[is_kept],
    )
