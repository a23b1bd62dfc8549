"""Measured factors of wedges and trays: what share of the open field's dose is left behind each (AAPM TG-71).

accessories.csv of a beam folder has a row for each measurement: kind (wedge or tray), identifier as the plans name it,
factor, and side_mm of the square and depth_mm where it was measured for several.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.interpolate import RegularGridInterpolator

from isocenter.errors import UnreadableInput
from isocenter.terms.imaging import Accessory, Beam, FloatArray
from isocenter.terms.limits import TABLE_BYTES

FILE = "accessories.csv"
WEDGE, TRAY = "wedge", "tray"
FACTORS = (0.1, 1.0)
NEAR_AXIS_MM = 5.0  # across a wedge of 60 degrees the dose changes by some 5 % a centimeter
_LARGEST_MM = 1000.0
_NEEDED, _MEASURED_AT = ("kind", "identifier", "factor"), ("side_mm", "depth_mm")


@dataclass(frozen=True, eq=False)
class AccessoryFactor:
    """What one wedge or tray leaves of the dose: factor (m, k) at depth_mm (m,) of squares side_mm (k,).

    A single depth or side stands for every one.
    """

    kind: str
    identifier: str
    side_mm: FloatArray
    depth_mm: FloatArray
    factor: FloatArray

    def why_not_at(self, side_mm: float, depth_mm: float, off_axis_mm: float) -> str:
        """Why it was not measured for a square at the isocenter plane, a depth and a distance from the axis."""
        name = f"{self.kind} {self.identifier}"
        if self.kind == WEDGE and off_axis_mm > NEAR_AXIS_MM:
            return (
                f"the point lies {off_axis_mm / 10:.1f} cm off the axis, and the factor of {name} holds within "
                f"{NEAR_AXIS_MM / 10:g} cm of it"
            )
        for what, at_mm, known_mm in (("side", side_mm, self.side_mm), ("depth", depth_mm, self.depth_mm)):
            if len(known_mm) > 1 and not known_mm[0] <= at_mm <= known_mm[-1]:
                return (
                    f"the factor of {name} was measured for a {what} of {known_mm[0] / 10:g} to "
                    f"{known_mm[-1] / 10:g} cm, and that of the field is {at_mm / 10:.1f} cm"
                )
        return ""

    def at(self, side_mm: float, depth_mm: float) -> float:
        """The factor of a square at the isocenter plane at a depth."""
        axes = (self.depth_mm, self.side_mm)
        place = [float(np.clip(at, axis[0], axis[-1])) for at, axis in zip((depth_mm, side_mm), axes, strict=True)]
        several = [len(axis) > 1 for axis in axes]
        if not any(several):
            return float(self.factor[0, 0])
        table = RegularGridInterpolator([a for a, s in zip(axes, several, strict=True) if s], np.squeeze(self.factor))
        return float(table([p for p, s in zip(place, several, strict=True) if s])[0])


def factor_of(one: Accessory, factors: Sequence[AccessoryFactor]) -> AccessoryFactor | None:
    """The measured factor of a wedge or a tray of a plan; None of all else, and of a wedge that moves."""
    is_wedge = one.kind == WEDGE and one.type.upper() == "STANDARD"
    is_tray = one.kind == "accessory" and one.type.upper() == "TRAY"
    kind = WEDGE if is_wedge else TRAY if is_tray else ""
    named = one.identifier.strip().casefold()
    return next((f for f in factors if f.kind == kind and named and f.identifier.casefold() == named), None)


def factors_of(field: Beam, factors: Sequence[AccessoryFactor]) -> list[AccessoryFactor]:
    """Those of all that a field goes through."""
    found = (factor_of(one, factors) for one in field.accessories if not one.is_out)
    return [one for one in found if one is not None]


def read_accessory_factors(folder: Path) -> tuple[AccessoryFactor, ...]:
    """The factors of a beam folder, none where it has no such file; UnreadableInput names the line that is wrong."""
    path = folder / FILE
    if not path.is_file():
        return ()
    TABLE_BYTES.refuse_beyond(path.stat().st_size, path.name)
    try:
        reader = csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines())
        names, rows = list(reader.fieldnames or ()), list(enumerate(reader, start=2))
    except (UnicodeDecodeError, csv.Error):
        raise UnreadableInput(f"{FILE} cannot be read as CSV in UTF-8; save it so once more") from None
    if len(set(names)) < len(names) or not set(_NEEDED) <= set(names) or set(names) - {*_NEEDED, *_MEASURED_AT}:
        raise UnreadableInput(f"{FILE} needs the columns {', '.join(_NEEDED)}, and {' and '.join(_MEASURED_AT)} if any")
    measured: dict[tuple[str, str], dict[tuple[float, float], float]] = {}
    for line, row in rows:
        kind, identifier = ((row[name] or "").strip() for name in ("kind", "identifier"))
        if kind not in (WEDGE, TRAY) or not identifier or None in row:
            raise UnreadableInput(f"{FILE}, line {line}: expected wedge or tray, its name in the plans, and its factor")
        place = tuple(_number(row, name, line, (0.0, _LARGEST_MM)) if name in row else 0.0 for name in _MEASURED_AT)
        own = measured.setdefault((kind, identifier), {})
        if own.setdefault((place[0], place[1]), factor := _number(row, "factor", line, FACTORS)) != factor:
            raise UnreadableInput(f"{FILE}, line {line}: {kind} {identifier} has two factors for one side and depth")
    return tuple(_as_table(kind, identifier, own) for (kind, identifier), own in measured.items())


def _as_table(kind: str, identifier: str, own: dict[tuple[float, float], float]) -> AccessoryFactor:
    sides_mm, depths_mm = (sorted({place[k] for place in own}) for k in (0, 1))
    if len(own) < len(sides_mm) * len(depths_mm):
        raise UnreadableInput(f"{FILE}: {kind} {identifier} needs a factor at each of its depths for each of its sides")
    table = np.array([[own[side, depth] for side in sides_mm] for depth in depths_mm])
    return AccessoryFactor(kind, identifier, np.array(sides_mm), np.array(depths_mm), table)


def _number(row: dict[str, str], name: str, line: int, within: tuple[float, float]) -> float:
    low, high = within
    try:
        value = float(row[name])
    except (TypeError, ValueError):
        value = np.nan
    if not low <= value <= high:
        raise UnreadableInput(f"{FILE}, line {line}: {name} is {row[name]!r:.40}; expected {low:g} to {high:g}")
    return value
