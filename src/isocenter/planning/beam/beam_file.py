"""Reads a beam model from its JSON file: every value within the range that a photon beam can have, or one sentence."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from isocenter.errors import UnreadableInput
from isocenter.files.structured import read_json
from isocenter.terms.imaging import FloatArray

EXPECTED = "expected beam data as in generic_6mv.json"
NOT_FOR_TREATMENT = "not for treatment"
PENCIL_KERNELS = 3
MOST_AZIMUTHS = 64
_FINITE = 1e9


@dataclass(frozen=True)
class Given:
    """A part of a decoded file: whose file it is, under which keys it lies there, and what it holds."""

    file: str
    place: str
    values: dict[str, Any]

    def within(self, key: str, values: Any = None) -> "Given":
        """A part of this part; values where they are already taken out of it."""
        found = self._of(key) if values is None else values
        if not isinstance(found, dict):
            raise UnreadableInput(f"{self.file}: {self.place}{key} is not a table of names and values; {EXPECTED}")
        return Given(self.file, f"{self.place}{key}.", found)

    def has(self, key: str) -> bool:
        """Whether a key is there with a value."""
        return self.values.get(key) is not None

    def text(self, key: str) -> str:
        """A text."""
        found = self._of(key)
        if not isinstance(found, str):
            raise UnreadableInput(f"{self.file}: {self.place}{key} is {found!r:.40}; expected a text")
        return found

    def number(self, key: str, low: float, high: float) -> float:
        """A number from low to high."""
        found = self._of(key)
        is_number = isinstance(found, (int, float)) and not isinstance(found, bool)
        if not is_number or not low <= found <= high:  # nor is nan
            raise UnreadableInput(
                f"{self.file}: {self.place}{key} is {found!r:.40}; expected a number from {low:g} to {high:g}"
            )
        return float(found)

    def numbers(
        self, key: str, shape: tuple[int | None, ...], low: float = 0.0, high: float = _FINITE, *, rises: bool = False
    ) -> FloatArray:
        """Numbers from low to high in a list of this shape; None is any length of two or more."""
        try:
            found = np.asarray(self._of(key), np.float64)
        except (TypeError, ValueError):
            found = np.zeros(())
        fits = found.ndim == len(shape) and all(
            have == want if want else have > 1 for have, want in zip(found.shape, shape, strict=True)
        )
        lengths = " x ".join(str(length or "two or more") for length in shape)
        if not fits:
            raise UnreadableInput(f"{self.file}: {self.place}{key} is not a list of {lengths} numbers; {EXPECTED}")
        if not np.all((found >= low) & (found <= high)):
            raise UnreadableInput(f"{self.file}: {self.place}{key} holds a number that is not from {low:g} to {high:g}")
        if rises and not np.all(np.diff(found) > 0):
            raise UnreadableInput(f"{self.file}: {self.place}{key} does not rise from each number to the next")
        return found

    def parts(self, key: str) -> "list[Given]":
        """The parts of a list, at least one."""
        found = self._of(key)
        if not isinstance(found, list) or not found:
            raise UnreadableInput(f"{self.file}: {self.place}{key} is not a list; {EXPECTED}")
        return [self.within(f"{key}[{number}]", one) for number, one in enumerate(found)]

    def _of(self, key: str) -> Any:
        if key not in self.values:
            raise UnreadableInput(f"{self.file} lacks {self.place}{key}; {EXPECTED}")
        return self.values[key]


def read_beam_file(path: Path) -> dict[str, Any]:
    """The fields of BeamData that a file states; UnreadableInput with the key whose value no photon beam has."""
    try:
        decoded = read_json(path)
    except ValueError:
        raise UnreadableInput(f"{path.name} is not JSON text; {EXPECTED}") from None
    if not isinstance(decoded, dict):
        raise UnreadableInput(f"{path.name} has no table of names and values; {EXPECTED}")
    return beam_fields(Given(path.name, "", decoded))


def described(fields: dict[str, Any], path: Path) -> dict[str, Any]:
    """The fields of a user's file: named by file and hash, and never without the word that they are no treatment's."""
    digest, notice = hashlib.sha256(path.read_bytes()).hexdigest()[:12], fields["notice"]
    if NOT_FOR_TREATMENT not in notice.lower():
        notice = "; ".join(filter(None, (notice.strip(), f"not a commissioned model, {NOT_FOR_TREATMENT}")))
    return {**fields, "notice": notice, "source": f"file {path.name} (SHA-256 {digest}): {fields['source']}"}


def beam_fields(given: Given) -> dict[str, Any]:
    """The fields of BeamData of a decoded file."""
    head, electrons, pencil = (given.within(key) for key in ("head_scatter", "electron_contamination", "pencil"))
    directions, primary, scatter = cone_axes(given.parts("cones"))
    depth_mm = given.numbers("depth_mm", (None,), rises=True)
    radius_mm = pencil.numbers("radius_mm", (None,), rises=True)
    pencil_depth_mm = pencil.numbers("depth_mm", (None,), rises=True)
    return {
        "name": given.text("name"),
        "notice": given.text("notice"),
        "source": given.text("source"),
        "energy_mv": given.number("energy_mv", 1, 50),
        "sad_mm": given.number("source_axis_distance_mm", 500, 2000),
        "source_sigma_mm": given.number("source_sigma_mm", 0, 10),
        "head_weight": head.number("weight", 0, 0.5),
        "head_sigma_mm": head.number("sigma_mm", 1, 200),
        "electron_share": electrons.number("surface_share_of_10cm_dose", 0, 2),
        "electron_range_mm": electrons.number("range_mm", 0.1, 100),
        "electron_sigma_mm": electrons.number("sigma_mm", 1, 200),
        "mlc_transmission": given.number("mlc_transmission", 0, 0.2),
        "mu_per_unit": given.number("mu_per_unit_fluence", 1e-6, 1e6),
        "depth_mm": depth_mm,
        "collision_kerma": given.numbers("collision_kerma_cm2_per_g", (len(depth_mm),), high=1.0),
        "scatter_terma": given.numbers("scatter_terma_cm2_per_g", (len(depth_mm),), high=1.0),
        "directions": directions,
        "primary": primary,
        "scatter": scatter,
        "pencil_radius_mm": radius_mm,
        "pencil_kernels": pencil.numbers("kernels_per_cm2", (PENCIL_KERNELS, len(radius_mm)), low=-_FINITE),
        "pencil_depth_mm": pencil_depth_mm,
        "pencil_depth_factors": pencil.numbers("depth_factors", (PENCIL_KERNELS, len(pencil_depth_mm)), low=-_FINITE),
        **(_of_leaves(given.within("leaves")) if given.has("leaves") else {}),
        **(_of_compensator(given.within("compensator")) if given.has("compensator") else {}),
    }


def _of_leaves(given: Given) -> dict[str, float]:
    ranges = {
        "leaf_gap_mm": (0, 10),
        "groove_mm": (0, 10),
        "least_opening_mm": (0, 50),
        "leaf_speed_mm_per_s": (0.1, 500),
        "dose_rate_mu_per_min": (1, 10000),
    }
    return {key: given.number(key, low, high) for key, (low, high) in ranges.items() if given.has(key)}


def _of_compensator(given: Given) -> dict[str, Any]:
    thickness_mm = given.numbers("thickness_mm", (None,), rises=True)
    return {
        "compensator_material": given.text("material"),
        "compensator_mm": thickness_mm,
        "compensator_transmission": given.numbers("transmission", (len(thickness_mm),), high=1.0),
    }


def cone_axes(cones: Sequence[Given]) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Each ring of the kernel as evenly turned axes; every second ring is turned by half a step."""
    directions, primary, scatter = [], [], []
    for number, cone in enumerate(cones):
        count, theta = int(cone.number("azimuths", 1, MOST_AZIMUTHS)), math.radians(cone.number("theta_deg", 0, 180))
        of_primary = (cone.number("primary_share", 0, 1) / count, cone.number("primary_per_mm", 1e-6, 100))
        of_scatter = (cone.number("scatter_amplitude", 0, 2) / count, cone.number("scatter_per_mm", 1e-6, 100))
        for k in range(count):
            phi = 2 * math.pi * (k + 0.25 + 0.5 * (number % 2)) / count
            directions.append((math.sin(theta) * math.cos(phi), math.sin(theta) * math.sin(phi), math.cos(theta)))
            primary.append(of_primary)
            scatter.append(of_scatter)
    return np.array(directions), np.array(primary), np.array(scatter)
