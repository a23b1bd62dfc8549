"""A user's measured beam for the independent check of monitor units: output factors, depth doses, off-axis ratios.

A folder holds machine.toml, output_factors.csv (side_mm, scp, sc), and tpr.csv or pdd.csv (depth_mm, then a column for
each side in mm); depth doses may be PTW .mcc files instead. off_axis.csv (radius_mm, ratio) and accessories.csv
(accessory_factors.py) are optional.
"""

import csv
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np

from isocenter.errors import UnreadableInput
from isocenter.files.structured import read_toml, why_not_opened
from isocenter.intake.ptw_mcc import DepthDose, read_depth_doses
from isocenter.planning.beam.accessory_factors import FILE as ACCESSORIES
from isocenter.planning.beam.accessory_factors import AccessoryFactor, read_accessory_factors
from isocenter.terms.imaging import FloatArray
from isocenter.terms.limits import TABLE_BYTES

DISC_OF_SIDE = 0.561  # radius of the disc whose scatter equals that of a square, as a share of its side
LEAST_FIELDS = 2
ENERGY_SLACK_MV = 0.5
_LARGEST = 1e6  # no length in mm or ratio comes near
# What a value of machine.toml can be: a number in another unit lies outside.
_RANGES = {
    "energy_mv": (1.0, 50.0, "MV"),
    "sad_mm": (500.0, 2000.0, "mm"),
    "reference.cgy_per_mu": (0.1, 5.0, "cGy"),
    "reference.depth_mm": (11.0, 400.0, "mm"),
    "reference.ssd_mm": (500.0, 2000.0, "mm"),
    "leaves.transmission": (0.0, 0.2, "of the open field"),
    "leaves.gap_mm": (0.0, 10.0, "mm"),
    "leaves.groove_mm": (0.0, 3.0, "mm"),
    "pdd.ssd_mm": (500.0, 3000.0, "mm"),
}
_REFERENCE_SIDE_MM, _REFERENCE_SLACK = 100.0, 0.02
_LONGEST_NAME = 16
_LEAST_LARGEST_MM = 40.0  # sides in cm end below it
_RATIOS = (0.3, 2.0)  # what an off-axis ratio can be
_MEASURED = ("output_factors.csv", "tpr.csv", "pdd.csv", "off_axis.csv", ACCESSORIES)


@dataclass(frozen=True, eq=False)
class MeasuredBeam:
    """Output factors scp, and sc or None, of squares side_mm (n,); tpr (m, k) at depth_mm (m,) of tpr_side_mm (k,).

    Both are 1 for the reference field at the reference depth, where a monitor unit gives gy_per_mu.
    off_axis_mm and off_axis_ratio are None where they were not measured. sha256 is of all files together.
    fluence_mode: as a plan names another beam than the flattened one, such as FFF; "" where it is flattened.
    accessories: the factors of wedges and trays. groove_mm: the width that tongue and groove shade between two leaves
    unless both are open; None where the folder does not state it.
    """

    name: str
    energy_mv: float
    sad_mm: float
    gy_per_mu: float
    reference_depth_mm: float
    reference_ssd_mm: float
    transmission: float
    leaf_gap_mm: float
    measured_on: date | None
    side_mm: FloatArray
    scp: FloatArray
    sc: FloatArray | None
    depth_mm: FloatArray
    tpr_side_mm: FloatArray
    tpr: FloatArray
    off_axis_mm: FloatArray | None
    off_axis_ratio: FloatArray | None
    files: tuple[str, ...]
    sha256: str
    fluence_mode: str = ""
    accessories: tuple[AccessoryFactor, ...] = ()
    groove_mm: float | None = None

    @property
    def kind(self) -> str:
        """Energy and fluence mode, as a person names them."""
        return " ".join(filter(None, (f"{self.energy_mv:g} MV", self.fluence_mode)))

    @property
    def largest_mm(self) -> float:
        """The side up to which both output factors and depth doses were measured."""
        return float(min(self.side_mm[-1], self.tpr_side_mm[-1]))

    def collimator_scatter(self, side_mm: float) -> float:
        """Sc of a square of the jaws; 1 where it was not measured apart from phantom scatter."""
        return 1.0 if self.sc is None else float(np.interp(side_mm, self.side_mm, self.sc))

    def phantom_scatter(self, side_mm: FloatArray | float) -> FloatArray:
        """Sp of squares at depth, carried on in a straight line to a side of 0."""
        measured = self.scp if self.sc is None else self.scp / self.sc
        return _carried_on(side_mm, self.side_mm, measured)

    def tissue_phantom_ratio(self, depth_mm: float, side_mm: FloatArray | float) -> FloatArray:
        """TPR at a depth of squares at that depth."""
        at_depth = np.array([np.interp(depth_mm, self.depth_mm, column) for column in self.tpr.T])
        return _carried_on(side_mm, self.tpr_side_mm, at_depth)

    def gy_per_mu_on_axis(self, side_mm: float, depth_mm: float, ssd_mm: float) -> float:
        """Dose of a monitor unit in water on the axis of a square of this side at the isocenter plane."""
        distance_mm = ssd_mm + depth_mm
        at_depth_mm = side_mm * distance_mm / self.sad_mm
        inverse = ((self.reference_ssd_mm + self.reference_depth_mm) / distance_mm) ** 2
        scatter = float(self.phantom_scatter(at_depth_mm)) * float(self.tissue_phantom_ratio(depth_mm, at_depth_mm))
        return self.gy_per_mu * self.collimator_scatter(side_mm) * scatter * inverse

    def off_axis(self, radius_mm: float) -> float:
        """The off-axis ratio; 1 where none was measured."""
        if self.off_axis_mm is None or self.off_axis_ratio is None:
            return 1.0
        return float(np.interp(radius_mm, self.off_axis_mm, self.off_axis_ratio))


def _carried_on(at: FloatArray | float, known: FloatArray, values: FloatArray) -> FloatArray:
    """Linear interpolation, and below the first known place the line through the first two."""
    inside = np.interp(at, known, values)
    slope = (values[1] - values[0]) / (known[1] - known[0])
    found: FloatArray = np.where(np.asarray(at) < known[0], values[0] + slope * (np.asarray(at) - known[0]), inside)
    return found


def read_measured_beams(folder: Path) -> tuple[MeasuredBeam, ...]:
    """The measured beam of a folder, or those of the folders in it, one for each energy and fluence mode.

    Raises UnreadableInput where one cannot be read, or two are of one energy and mode.
    """
    each = () if (folder / "machine.toml").is_file() else tuple(sorted(folder.glob("*/machine.toml")))
    if not each:
        return (read_measured_beam(folder),)
    beams: dict[str, tuple[str, MeasuredBeam]] = {}
    for path in each:
        try:
            beam = read_measured_beam(path.parent)
        except UnreadableInput as wrong:
            raise UnreadableInput(f"{path.parent.name}: {str(wrong).removeprefix(f'{path.parent.name}: ')}") from None
        if beam.kind in beams:
            raise UnreadableInput(
                f"{folder.name} holds two beams of {beam.kind}, in {beams[beam.kind][0]} and {path.parent.name}; keep "
                "the one that the plan is treated with"
            )
        beams[beam.kind] = path.parent.name, beam
    return tuple(beam for _, beam in beams.values())


def read_measured_beam(folder: Path) -> MeasuredBeam:
    """The measured beam of a folder; UnreadableInput names the file and what is missing or wrong in it."""
    machine = _machine(folder / "machine.toml")
    reference, leaves = _part(machine, "reference"), _part(machine, "leaves")
    depth_mm, ssd_mm = _number(reference, "reference.depth_mm"), _number(reference, "reference.ssd_mm")
    sad_mm = _number(machine, "sad_mm")
    factors = _table(folder / "output_factors.csv")
    if not {"side_mm", "scp"} <= set(factors):
        raise UnreadableInput("output_factors.csv needs the columns side_mm and scp (and sc, where it was measured)")
    side_mm, scp, sc = factors["side_mm"], factors["scp"], factors.get("sc")
    if len(side_mm) < LEAST_FIELDS or not np.all(np.diff(side_mm) > 0):
        raise UnreadableInput("output_factors.csv needs two or more sides, ascending")
    if not (scp > 0).all() or (sc is not None and not (sc > 0).all()):
        raise UnreadableInput("output_factors.csv holds a factor that is not greater than 0")
    _expect_mm_and_1_at_reference(factors)
    phantom_scatter = scp if sc is None else scp / sc
    depths_mm, sides_mm, tpr, more = _tissue_phantom_ratios(
        folder, machine, depth_mm, sad_mm, (side_mm, phantom_scatter)
    )
    if not depths_mm[0] <= depth_mm <= depths_mm[-1]:
        raise UnreadableInput(
            f"{folder.name}: its depth doses go from {depths_mm[0]:g} to {depths_mm[-1]:g} mm, without the reference "
            f"depth of {depth_mm:g} mm; expected depths in mm that include it"
        )
    off_axis = _table(folder / "off_axis.csv") if (folder / "off_axis.csv").is_file() else {}
    if off_axis and not {"radius_mm", "ratio"} <= set(off_axis):
        raise UnreadableInput("off_axis.csv needs the columns radius_mm and ratio")
    if off_axis and not (np.all(np.diff(off_axis["radius_mm"]) > 0) and _are_ratios(off_axis["ratio"])):
        raise UnreadableInput(
            f"off_axis.csv needs radii ascending, and ratios from {_RATIOS[0]:g} to {_RATIOS[1]:g}, 1 on the axis"
        )
    if not (np.isfinite(tpr).all() and (tpr > 0).all()):
        raise UnreadableInput(f"{folder.name}: its depth doses give a ratio that is not greater than 0; measure again")
    files = [folder / "machine.toml", *(folder / n for n in _MEASURED if (folder / n).is_file()), *more]
    return MeasuredBeam(
        name=str(machine.get("name", folder.name)),
        energy_mv=_number(machine, "energy_mv"),
        sad_mm=sad_mm,
        gy_per_mu=_number(reference, "reference.cgy_per_mu") / 100,
        reference_depth_mm=depth_mm,
        reference_ssd_mm=ssd_mm,
        transmission=_number(leaves, "leaves.transmission"),
        leaf_gap_mm=_number(leaves, "leaves.gap_mm"),
        measured_on=_measured_on(machine),
        side_mm=side_mm,
        scp=scp,
        sc=sc,
        depth_mm=depths_mm,
        tpr_side_mm=sides_mm,
        tpr=tpr,
        off_axis_mm=off_axis.get("radius_mm"),
        off_axis_ratio=off_axis.get("ratio"),
        files=tuple(file.name for file in files),
        sha256=hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest(),
        fluence_mode=_fluence_mode(machine),
        accessories=read_accessory_factors(folder),
        groove_mm=_number(leaves, "leaves.groove_mm") if "groove_mm" in leaves else None,
    )


def _measured_on(machine: dict[str, Any]) -> date | None:
    """The day of the measurements, None where none is stated; UnreadableInput where it is no day."""
    stated = machine.get("measured_on")
    if isinstance(stated, datetime):
        return stated.date()
    if stated is not None and not isinstance(stated, date):
        raise UnreadableInput(
            f"machine.toml: measured_on is {stated!r:.40}; expected a day without quotes, such as 2026-03-02"
        )
    return stated


def _machine(path: Path) -> dict[str, Any]:
    if not path.is_file():
        if beams := sorted(one.parent.name for one in path.parent.glob("*/machine.toml")):
            raise UnreadableInput(
                f"{path.parent.name} holds a folder for each beam ({', '.join(beams)}); name the one to take"
            )
        raise UnreadableInput(
            f"{path.parent.name} has no machine.toml; expected name, energy_mv, sad_mm, measured_on, "
            "[reference] cgy_per_mu, depth_mm, ssd_mm and [leaves] transmission, gap_mm"
        )
    try:
        return read_toml(path)
    except (OSError, ValueError) as wrong:
        raise UnreadableInput(f"machine.toml cannot be read as TOML: {why_not_opened(wrong)}") from None


def _fluence_mode(machine: dict[str, Any]) -> str:
    value = machine.get("fluence_mode", "")
    if not isinstance(value, str) or len(value) > _LONGEST_NAME:
        raise UnreadableInput(
            f"machine.toml: fluence_mode is {value!r:.60}; expected the name that plans give a beam without flattening "
            'filter, such as "FFF", and no such line for a flattened beam'
        )
    return "" if value.strip().upper() in ("", "STANDARD") else value.strip()


def _part(machine: dict[str, Any], name: str) -> dict[str, Any]:
    part = machine.get(name)
    if not isinstance(part, dict):
        raise UnreadableInput(f"machine.toml lacks the table [{name}]")
    return part


def _number(part: dict[str, Any], name: str) -> float:
    low, high, unit = _RANGES[name]
    value = part.get(name.rsplit(".", maxsplit=1)[-1])
    if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
        raise UnreadableInput(f"machine.toml: {name} is {value!r:.60}; expected {low:g} to {high:g} {unit}")
    return float(value)


def _are_ratios(values: FloatArray) -> bool:
    return bool(((values >= _RATIOS[0]) & (values <= _RATIOS[1])).all())


def _expect_mm_and_1_at_reference(factors: dict[str, FloatArray]) -> None:
    """Raise UnreadableInput where sides cannot be in mm, or the reference field does not have the factor 1."""
    side_mm = factors["side_mm"]
    if side_mm[-1] < _LEAST_LARGEST_MM:
        raise UnreadableInput(
            f"output_factors.csv: the largest side is {side_mm[-1]:g} mm; expected sides in mm, the largest at least "
            f"{_LEAST_LARGEST_MM:g} mm"
        )
    if not side_mm[0] <= _REFERENCE_SIDE_MM <= side_mm[-1]:
        return
    for name in ("scp", "sc"):
        if name in factors:
            at_reference = float(np.interp(_REFERENCE_SIDE_MM, side_mm, factors[name]))
            if abs(at_reference - 1) > _REFERENCE_SLACK:
                raise UnreadableInput(
                    f"output_factors.csv: {name} of the reference field of {_REFERENCE_SIDE_MM / 10:g} cm is "
                    f"{at_reference:.4g}; expected 1, as all factors are relative to it"
                )


def _table(path: Path) -> dict[str, FloatArray]:
    """Columns of numbers by their names."""
    if not path.is_file():
        raise UnreadableInput(f"{path.parent.name} has no {path.name}")
    TABLE_BYTES.refuse_beyond(path.stat().st_size, path.name)
    try:
        rows = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
        head, body = (
            [name.strip() for name in rows[0]],
            np.array([[float(cell) for cell in row] for row in rows[1:] if row]),
        )
        columns = {name: body[:, k] for k, name in enumerate(head)}
    except (UnicodeDecodeError, csv.Error, ValueError, IndexError):
        raise UnreadableInput(f"{path.name} is not a table of numbers below one line of names") from None
    if not (np.abs(body) < _LARGEST).all():
        raise UnreadableInput(f"{path.name} holds a value that is not a finite number below {_LARGEST:,.0f}")
    if len(columns) < len(head):
        raise UnreadableInput(f"{path.name} has a column twice; keep the one that counts")
    return columns


def _tissue_phantom_ratios(
    folder: Path,
    machine: dict[str, Any],
    reference_mm: float,
    sad_mm: float,
    phantom_scatter: tuple[FloatArray, FloatArray],
) -> tuple[FloatArray, FloatArray, FloatArray, list[Path]]:
    """Depths, sides at depth, and TPR, measured or from depth doses; the .mcc files that were used."""
    if (folder / "tpr.csv").is_file():
        depths_mm, sides_mm, values = _by_side(_table(folder / "tpr.csv"), "tpr.csv")
        at_reference = np.array([np.interp(reference_mm, depths_mm, column) for column in values.T])
        return depths_mm, sides_mm, values / at_reference, []
    scans = sorted(folder.glob("*.mcc"))
    if (folder / "pdd.csv").is_file():
        ssd_mm = _number(_part(machine, "pdd"), "pdd.ssd_mm")
        depths_mm, sides_mm, values = _by_side(_table(folder / "pdd.csv"), "pdd.csv")
    elif scans:
        depths_mm, sides_mm, values, ssd_mm = _scanned(scans, _number(machine, "energy_mv"))
    else:
        raise UnreadableInput(f"{folder.name} has no tpr.csv, no pdd.csv and no depth doses in .mcc files")
    tpr = _from_depth_doses(depths_mm, sides_mm, values, ssd_mm, sad_mm, reference_mm, phantom_scatter)
    return depths_mm, sides_mm, tpr, scans if not (folder / "pdd.csv").is_file() else []


def _by_side(columns: dict[str, FloatArray], name: str) -> tuple[FloatArray, FloatArray, FloatArray]:
    try:
        sides = {float(side): values for side, values in columns.items() if side != "depth_mm"}
        depths_mm = columns["depth_mm"]
    except (KeyError, ValueError):
        raise UnreadableInput(f"{name} needs depth_mm and then columns named by the side in mm") from None
    sides_mm = np.array(sorted(sides))
    if len(sides_mm) < LEAST_FIELDS or not np.all(np.diff(depths_mm) > 0):
        raise UnreadableInput(f"{name} needs two or more sides, and depths ascending")
    if not (np.all((sides_mm > 0) & (sides_mm < _LARGEST)) and np.all(depths_mm >= 0)):
        raise UnreadableInput(f"{name} names a side that is not greater than 0, or a depth below 0")
    if not all((values > 0).all() for values in sides.values()):
        raise UnreadableInput(f"{name} holds a dose or ratio that is not greater than 0")
    return depths_mm, sides_mm, np.stack([sides[side] for side in sides_mm], axis=1)


def _scanned(paths: Sequence[Path], energy_mv: float) -> tuple[FloatArray, FloatArray, FloatArray, float]:
    """Depth doses of .mcc files on the depths of the shortest scan."""
    scans = {scan.side_mm: scan for path in paths for scan in _depth_doses_of(path, energy_mv) if scan.side_mm}
    distances = {scan.ssd_mm for scan in scans.values()}
    if len(scans) < LEAST_FIELDS or len(distances) != 1 or None in distances:
        raise UnreadableInput("the .mcc files need depth doses of two or more fields at one stated SSD")
    sides = sorted(scans)
    first = max(float(scans[side].depth_mm[0]) for side in sides)
    last = min(float(scans[side].depth_mm[-1]) for side in sides)
    depths_mm = np.arange(np.ceil(first), np.floor(last) + 1, 2.0)
    values = np.stack([np.interp(depths_mm, scans[side].depth_mm, scans[side].dose) for side in sides], axis=1)
    return depths_mm, np.array(sides, np.float64), values, float(next(iter(distances)) or 0.0)


def _depth_doses_of(path: Path, energy_mv: float) -> list[DepthDose]:
    """The depth doses of an .mcc file, each of the machine's energy where it states one."""
    try:
        scans = read_depth_doses(path)
    except UnreadableInput as wrong:
        raise UnreadableInput(f"{path.name}: {str(wrong).removeprefix(f'{path.name} ')}") from None
    for scan in scans:
        if scan.energy_mv is not None and abs(scan.energy_mv - energy_mv) > ENERGY_SLACK_MV:
            raise UnreadableInput(
                f"{path.name} is a depth dose of {scan.energy_mv:g} MV, and machine.toml states {energy_mv:g} MV; keep "
                "the measurements of one energy in the folder"
            )
    return scans


def _from_depth_doses(
    depths_mm: FloatArray,
    sides_mm: FloatArray,
    doses: FloatArray,
    ssd_mm: float,
    sad_mm: float,
    reference_mm: float,
    phantom_scatter: tuple[FloatArray, FloatArray],
) -> FloatArray:
    """TPR of squares at depth from depth doses of squares at the isocenter plane (AAPM TG-71).

    TPR(d, s_d) = P(d) / P(d0) ((f + d) / (f + d0))^2 Sp(s_d0) / Sp(s_d), with s_d = s (f + d) / SAD.
    """
    ratios = np.empty_like(doses)
    for row, depth in enumerate(depths_mm):
        at_depth = sides_mm * (ssd_mm + depth) / sad_mm
        at_reference = sides_mm * (ssd_mm + reference_mm) / sad_mm
        own = [
            doses[row, k] / np.interp(reference_mm, depths_mm, doses[:, k]) * (ssd_mm + depth) ** 2
            / (ssd_mm + reference_mm) ** 2
            * _carried_on(at_reference[k], *phantom_scatter) / _carried_on(at_depth[k], *phantom_scatter)
            for k in range(len(sides_mm))
        ]  # fmt: skip
        slope = (own[-1] - own[-2]) / (at_depth[-1] - at_depth[-2])
        beyond = own[-1] + slope * (sides_mm - at_depth[-1])
        ratios[row] = np.where(sides_mm > at_depth[-1], beyond, _carried_on(sides_mm, at_depth, np.array(own)))
    return ratios
