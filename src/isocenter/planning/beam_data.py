"""The beam: what leaves the machine and what a unit of it does in water, from one data file."""

import math
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from isocenter.errors import UnreadableInput
from isocenter.files import read_json
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
    """The beam of a JSON file, or the bundled generic 6 MV beam; UnreadableInput names what is missing in it."""
    file = path or Path(str(files("isocenter"))) / "planning" / "beams" / f"{GENERIC}.json"
    try:
        given = read_json(file)
    except ValueError:
        raise UnreadableInput(f"{file.name} is not JSON text; expected beam data as in generic_6mv.json") from None
    try:
        return as_beam_data(given)
    except KeyError as missing:
        raise UnreadableInput(f"{file.name} lacks {missing}; expected beam data as in generic_6mv.json") from None
    except (TypeError, ValueError, IndexError):
        raise UnreadableInput(
            f"{file.name} holds a value that is not a number or a list of the wrong length; "
            "expected beam data as in generic_6mv.json"
        ) from None


def as_beam_data(given: dict[str, Any]) -> BeamData:
    """The beam of a decoded file; KeyError, TypeError or ValueError where it does not hold one."""
    directions, primary, scatter = cone_axes(given["cones"])
    pencil = given["pencil"]
    depth_mm = np.asarray(given["depth_mm"], np.float64)
    kerma, terma = (
        np.asarray(given[key], np.float64) for key in ("collision_kerma_cm2_per_g", "scatter_terma_cm2_per_g")
    )
    if not len(depth_mm) == len(kerma) == len(terma) or not np.all(np.diff(depth_mm) > 0):
        raise ValueError
    return BeamData(
        name=str(given["name"]),
        notice=str(given["notice"]),
        source=str(given["source"]),
        energy_mv=float(given["energy_mv"]),
        sad_mm=float(given["source_axis_distance_mm"]),
        source_sigma_mm=float(given["source_sigma_mm"]),
        head_weight=float(given["head_scatter"]["weight"]),
        head_sigma_mm=float(given["head_scatter"]["sigma_mm"]),
        electron_share=float(given["electron_contamination"]["surface_share_of_10cm_dose"]),
        electron_range_mm=float(given["electron_contamination"]["range_mm"]),
        electron_sigma_mm=float(given["electron_contamination"]["sigma_mm"]),
        mlc_transmission=float(given["mlc_transmission"]),
        mu_per_unit=float(given["mu_per_unit_fluence"]),
        depth_mm=depth_mm,
        collision_kerma=kerma,
        scatter_terma=terma,
        directions=directions,
        primary=primary,
        scatter=scatter,
        pencil_radius_mm=np.asarray(pencil["radius_mm"], np.float64),
        pencil_kernels=np.asarray(pencil["kernels_per_cm2"], np.float64),
        pencil_depth_mm=np.asarray(pencil["depth_mm"], np.float64),
        pencil_depth_factors=np.asarray(pencil["depth_factors"], np.float64),
        **_of_leaves(given.get("leaves", {})),
        **_of_compensator(given.get("compensator")),
    )


def _of_leaves(given: dict[str, Any]) -> dict[str, Any]:
    names = ("leaf_gap_mm", "groove_mm", "least_opening_mm", "leaf_speed_mm_per_s", "dose_rate_mu_per_min")
    return {name: float(given[name]) for name in names if given.get(name) is not None}


def _of_compensator(given: dict[str, Any] | None) -> dict[str, Any]:
    if not given:
        return {}
    thickness_mm, transmission = (np.asarray(given[key], np.float64) for key in ("thickness_mm", "transmission"))
    if len(thickness_mm) != len(transmission) or not np.all(np.diff(thickness_mm) > 0):
        raise ValueError
    return {
        "compensator_material": str(given["material"]),
        "compensator_mm": thickness_mm,
        "compensator_transmission": transmission,
    }


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


def cone_axes(cones: list[dict[str, float]]) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Each ring of the kernel as evenly turned axes; every second ring is turned by half a step."""
    directions, primary, scatter = [], [], []
    for number, cone in enumerate(cones):
        count, theta = int(cone["azimuths"]), math.radians(cone["theta_deg"])
        for k in range(count):
            phi = 2 * math.pi * (k + 0.25 + 0.5 * (number % 2)) / count
            directions.append((math.sin(theta) * math.cos(phi), math.sin(theta) * math.sin(phi), math.cos(theta)))
            primary.append((cone["primary_share"] / count, cone["primary_per_mm"]))
            scatter.append((cone["scatter_amplitude"] / count, cone["scatter_per_mm"]))
    return np.array(directions), np.array(primary), np.array(scatter)
