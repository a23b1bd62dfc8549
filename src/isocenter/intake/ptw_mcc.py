"""Measured profiles and detector arrays in PTW's text export (.mcc): blocks of `NAME=value` and of numbers.

An array writes one scan for each row of detectors: a crossplane profile at an inplane distance from the axis, or the
other way round. Places are those of the machine at gantry 0; they are the patient's (head first, supine) where
LEFT_RIGHT runs to the patient's left and TARGET_GUN to the head. The plane lies where the source distance (SSD)
and the depth say, and through the isocenter where they are not stated.
Layout: the files themselves, CC-Export V1.9.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import numpy as np

from isocenter.errors import UnreadableInput
from isocenter.intake.measured_points import MeasuredPoints
from isocenter.terms.imaging import FloatArray

_GY = {"gy": 1.0, "cgy": 0.01, "mgy": 0.001}
_CROSSPLANE, _INPLANE, _DEPTH_DOSE = "CROSSPLANE_PROFILE", "INPLANE_PROFILE", "PDD"
_FARTHEST_MM, _HIGHEST_DOSE = 1e5, 1e6  # what lies beyond is damage
_UPRIGHT_DEG = 0.05


@dataclass
class _Scan:
    """One block: what it says of itself, and places (mm) with doses in its unit."""

    line: int
    stated: dict[str, str] = field(default_factory=dict)
    places_mm: list[float] = field(default_factory=list)
    doses: list[float] = field(default_factory=list)

    def number(self, name: str) -> float | None:
        """A stated number; None where it is not stated or none."""
        try:
            return float(self.stated[name])
        except (KeyError, ValueError):
            return None


@dataclass(frozen=True, eq=False)
class DepthDose:
    """A measured depth dose on the axis of a rectangular field: depth in mm ascending (n,), dose in any unit (n,).

    What the file does not state is None.
    """

    depth_mm: FloatArray
    dose: FloatArray
    inplane_mm: float | None
    crossplane_mm: float | None
    ssd_mm: float | None
    energy_mv: float | None
    measured_on: date | None

    @property
    def side_mm(self) -> float | None:
        """The side of the equivalent square field at the isocenter, four areas by the circumference."""
        if not self.inplane_mm or not self.crossplane_mm:
            return None
        return 2 * self.inplane_mm * self.crossplane_mm / (self.inplane_mm + self.crossplane_mm)


def read_depth_doses(path: Path) -> list[DepthDose]:
    """All depth doses of the file, from the smallest field.

    Raises UnreadableInput for a file that is cut short or holds none.
    """
    scans = [scan for scan in _scans(path) if scan.stated.get("SCAN_CURVETYPE") == _DEPTH_DOSE]
    if not scans:
        raise UnreadableInput(f"{path.name} holds no depth dose (SCAN_CURVETYPE=PDD)")
    found = []
    for scan in scans:
        order = np.argsort(scan.places_mm)
        depth_mm, first = np.unique(np.array(scan.places_mm)[order], return_index=True)
        found.append(
            DepthDose(
                depth_mm,
                np.array(scan.doses)[order][first],
                scan.number("FIELD_INPLANE"),
                scan.number("FIELD_CROSSPLANE"),
                scan.number("SSD"),
                scan.number("ENERGY"),
                _day(scan.stated.get("MEAS_DATE", "")),
            )
        )
    return sorted(found, key=lambda one: one.side_mm or 0.0)


def read_mcc(path: Path) -> MeasuredPoints:
    """All profiles of the file as points counted from the isocenter; depth doses are left out.

    Raises UnreadableInput for a file that is cut short, holds no profile, mixes units or depths, was measured at
    another gantry angle than 0, or states no dose in Gy or per cent.
    """
    scans = [scan for scan in _scans(path) if scan.stated.get("SCAN_CURVETYPE") in (_CROSSPLANE, _INPLANE)]
    if not scans:
        raise UnreadableInput("it holds no crossplane or inplane profile; export the measured plane")
    factor, is_relative = _unit(scans)
    _refuse_turned(scans)
    height_mm = {_height_mm(scan) for scan in scans}
    if len(height_mm) > 1:
        raise UnreadableInput(
            f"its profiles lie at {len(height_mm)} depths, which make no plane; export one depth a file"
        )
    crossplane_mm, inplane_mm = (np.concatenate(found) for found in zip(*map(_places, scans), strict=True))
    return MeasuredPoints(
        crossplane_mm,
        np.full(len(crossplane_mm), height_mm.pop()),
        inplane_mm,
        factor * np.concatenate([scan.doses for scan in scans]),
        is_relative,
        is_from_isocenter=True,
        measured_on=_day(scans[0].stated.get("MEAS_DATE", "")),
    )


def _scans(path: Path) -> Iterator[_Scan]:
    scan: _Scan | None = None
    is_in_data = is_ended = False
    text = path.read_bytes().decode("latin-1")
    for number, line in enumerate((raw.strip() for raw in text.splitlines()), start=1):
        if line.startswith("BEGIN_SCAN") and line != "BEGIN_SCAN_DATA":
            scan = _Scan(number)
        elif line == "END_SCAN_DATA":
            is_ended = True
        elif scan is None:
            continue
        elif line in ("BEGIN_DATA", "END_DATA"):
            is_in_data = line == "BEGIN_DATA"
        elif line.startswith("END_SCAN"):
            yield _checked(scan)
            scan = None
        elif is_in_data:
            _take_point(scan, line, number)
        elif "=" in line:
            name, _, value = line.partition("=")
            scan.stated[name.strip()] = value.strip()
    if scan is not None or not is_ended:
        raise UnreadableInput("it ends in the middle (no END_SCAN_DATA); copy or export it again")


def _checked(scan: _Scan) -> _Scan:
    if not scan.doses:
        raise UnreadableInput(f"the scan of line {scan.line} holds no points; export it again")
    return scan


def _take_point(scan: _Scan, line: str, number: int) -> None:
    cells = line.split()
    try:
        place_mm, dose = float(cells[0]), float(cells[1])
    except (ValueError, IndexError):
        raise UnreadableInput(f"line {number} ({line[:60]!r}) is not a place with a dose; export it again") from None
    if not (abs(place_mm) < _FARTHEST_MM and abs(dose) < _HIGHEST_DOSE):
        raise UnreadableInput(f"line {number} ({line[:60]!r}) holds no dose at a place; export it again")
    scan.places_mm.append(place_mm)
    scan.doses.append(dose)


def _unit(scans: list[_Scan]) -> tuple[float, bool]:
    """What turns the stored numbers into Gy or per cent, and whether they are per cent."""
    units = sorted({scan.stated.get("MEAS_UNIT", "") for scan in scans})
    if len(units) == 1 and units[0].lower() in _GY:
        return _GY[units[0].lower()], False
    if units == ["%"]:
        return 1.0, True
    stated = " and ".join(unit or "no unit" for unit in units)
    raise UnreadableInput(
        f"its dose is in {stated}, which is no dose of this plan; export absolute dose (Gy), or per cent with the "
        "normalisation stated"
    )


def _refuse_turned(scans: list[_Scan]) -> None:
    for scan in scans:
        for name in ("GANTRY", "COLL_ANGLE"):
            angle_deg = (scan.number(name) or 0.0) % 360
            if min(angle_deg, 360 - angle_deg) > _UPRIGHT_DEG:
                raise UnreadableInput(
                    f"it was measured with {name}={scan.stated[name]}; only planes at 0 degrees can be placed in the "
                    "patient, so export it as a CSV table with x_mm, y_mm, z_mm and dose_gy"
                )


def _height_mm(scan: _Scan) -> float:
    """How far behind the isocenter the plane lies, seen from the source."""
    to_surface_mm, depth_mm, to_axis_mm = (scan.number(name) for name in ("SSD", "SCAN_DEPTH", "ISOCENTER"))
    if to_surface_mm is None or depth_mm is None or to_axis_mm is None:
        return 0.0
    return round(to_surface_mm + depth_mm - to_axis_mm, 3)


def _places(scan: _Scan) -> tuple[FloatArray, FloatArray]:
    """Crossplane and inplane places (n,), running to the patient's left and to the head."""
    along_mm = np.array(scan.places_mm)
    crossplane_off_mm, inplane_off_mm = (
        np.full(len(along_mm), scan.number(name) or 0.0) for name in ("SCAN_OFFAXIS_CROSSPLANE", "SCAN_OFFAXIS_INPLANE")
    )
    is_crossplane = scan.stated["SCAN_CURVETYPE"] == _CROSSPLANE
    crossplane_mm, inplane_mm = (along_mm, inplane_off_mm) if is_crossplane else (crossplane_off_mm, along_mm)
    return (
        _turned(scan.stated, "CROSSPLANE_AXIS_DIR", "RIGHT_LEFT") * crossplane_mm,
        _turned(scan.stated, "INPLANE_AXIS_DIR", "GUN_TARGET") * inplane_mm,
    )


def _turned(stated: Mapping[str, str], name: str, backward: str) -> float:
    return -1.0 if stated.get(name) == backward else 1.0


def _day(text: str) -> date | None:
    with suppress(ValueError):
        return datetime.strptime(text.split(" ", maxsplit=1)[0], "%d-%b-%Y").date()
    return None
