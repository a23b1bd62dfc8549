"""How far the dose reaches over the structures: what lies beyond receives a dose that nobody knows.

The curve of such a structure, the unreached part counted as 0 Gy, is a lower bound: what it exceeds already is
exceeded, what it reaches already is reached, and everything else is left open.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np

from isocenter.evidence.doses.dvh import Dvh, compute_dvhs
from isocenter.terms.imaging import ContouredStructure, DoseGrid, FloatArray
from isocenter.terms.problems import Problem, listed

_MOST_UNREACHED = 0.005  # share of a structure


@dataclass(frozen=True)
class Reach:
    """The structures that the dose does not reach as a whole, by number, and what is to be said of them.

    shares: how much of each (0..1) is not reached; lower_bounds: their curves with that part at 0 Gy; edge_doses_gy:
    the highest dose in Gy on the sides of the grid that each crosses, where the grid alone bounds the dose.
    """

    shares: Mapping[int, float] = field(default_factory=dict)
    lower_bounds: Mapping[int, Dvh] = field(default_factory=dict)
    edge_doses_gy: Mapping[int, float] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def measure_reach(
    dose: DoseGrid | None,
    contoured: Mapping[int, ContouredStructure],
    dvhs: Mapping[int, Dvh],
    outlines: Collection[int] = (),
    label: str = "",
) -> Reach:
    """The reach of a dose over the structures that have curves; outlines are the numbers of those of the patient.

    label is that of the plan, for the sentences.

    A point counts as reached up to half a step of the grid beyond its outermost points. A grid seldom holds the whole
    patient, and need not: an outline is measured on the part within, which is said.
    """
    if dose is None:
        return Reach()
    asked = [contoured[number] for number, dvh in dvhs.items() if dose.is_reached is not None or _is_cut(dvh)]
    unknown = _as_unknown(dose)
    shares = {}
    for dvh in compute_dvhs(asked, unknown, mode="slab"):
        unreached_cc = dvh.volume_outside_cc + dvh.volume_at_dose_cc(0.5)
        if unreached_cc > _MOST_UNREACHED * dvh.total_volume_cc:
            shares[dvh.structure_number] = unreached_cc / dvh.total_volume_cc
    of_outlines = {number: share for number, share in shares.items() if number in outlines}
    rest = {number: share for number, share in shares.items() if number not in outlines}
    bounds = compute_dvhs([contoured[number] for number in rest], dose, outside="zero")
    problems = []
    which = f"The dose of {label!r}" if label else "The dose"
    if dose.is_reached is not None and not dose.is_reached.any():
        sentence = (
            f"{which} is not whole: dose-volume measures are left open, and of the constraints only what more dose "
            "cannot change is judged."
        )
        problems.append(Problem("", "dose", sentence))
    elif rest:
        its = "its" if len(rest) == 1 else "their"
        sentence = (
            f"{which} does not reach all of {_listed(rest, contoured)}: the dose beyond is not known. "
            f"{its.capitalize()} dose-volume measures are left open, and of {its} constraints only what more dose "
            "cannot change is judged."
        )
        problems.append(Problem("", "dose grid", sentence))
    if of_outlines and (dose.is_reached is None or dose.is_reached.any()):
        sentence = (
            f"{which} does not reach all of {_listed(of_outlines, contoured)}, which is the outline of the patient; "
            "it is measured on the part that the dose reaches."
        )
        problems.append(Problem("", "dose grid", sentence))
    edges = {number: edge for number in rest if (edge := _edge_dose_gy(dose, contoured[number])) is not None}
    return Reach(rest, {dvh.structure_number: dvh for dvh in bounds}, edges, tuple(problems))


def _edge_dose_gy(dose: DoseGrid, structure: ContouredStructure) -> float | None:
    """The highest dose on the sides of the grid that a structure crosses, within the box around the structure.

    None where the structure lies wholly beyond, or the dose ends elsewhere than at the sides of its grid.
    """
    if dose.is_reached is not None:
        return None
    points = np.concatenate([outline for _, outline in structure.contours])
    low_high = [(float(along.min()), float(along.max())) for along in (structure.z_mm, points[:, 1], points[:, 0])]
    axes = (dose.z_mm, dose.y_mm, dose.x_mm)
    if any(high < axis[0] or low > axis[-1] for axis, (low, high) in zip(axes, low_high, strict=True)):
        return None
    first_last = [np.searchsorted(axis, pair) for axis, pair in zip(axes, low_high, strict=True)]
    around = dose.dose_gy[tuple(slice(max(first - 1, 0), last + 1) for first, last in first_last)]
    sides = []
    for number, (axis, (low, high)) in enumerate(zip(axes, low_high, strict=True)):
        sides += [around.take(0, axis=number)] if low < axis[0] else []
        sides += [around.take(-1, axis=number)] if high > axis[-1] else []
    return max((float(side.max()) for side in sides), default=None)


def _is_cut(dvh: Dvh) -> bool:
    return dvh.volume_outside_cc > _MOST_UNREACHED * dvh.total_volume_cc


def _as_unknown(dose: DoseGrid) -> DoseGrid:
    """1 where the dose is not reached and 0 where it is, half a step wider on every side."""
    x_mm, y_mm, z_mm = (_wider(axis) for axis in (dose.x_mm, dose.y_mm, dose.z_mm))
    if dose.is_reached is None:
        ends = (x_mm[[0, -1]], y_mm[[0, -1]], z_mm[[0, -1]])
        return DoseGrid(np.zeros((2, 2, 2), dtype=np.float32), *ends)
    return DoseGrid(np.pad((~dose.is_reached).astype(np.float32), 1, mode="edge"), x_mm, y_mm, z_mm)


def _wider(axis_mm: FloatArray) -> FloatArray:
    """An axis with a point more at each end, half a step away."""
    steps_mm = np.diff(axis_mm)[[0, -1]] if len(axis_mm) > 1 else np.zeros(2)
    return np.concatenate([axis_mm[:1] - steps_mm[0] / 2, axis_mm, axis_mm[-1:] + steps_mm[1] / 2])


def _listed(shares: Mapping[int, float], contoured: Mapping[int, ContouredStructure]) -> str:
    return listed([f"{contoured[number].name} ({_beyond(100 * share)})" for number, share in shares.items()])


def _beyond(percent: float) -> str:
    digits = 0 if percent >= 9.95 else 1
    return "all beyond" if percent > 99.5 else f"{percent:.{digits}f} % beyond"
