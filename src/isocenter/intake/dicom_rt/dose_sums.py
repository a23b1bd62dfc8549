"""From dose files to the dose of the whole plan: beams summed, fractions multiplied, guesses reported."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from isocenter.errors import UnreadableInput
from isocenter.intake.dicom_rt.dose_copies import (
    are_alike,
    dose_at_points,
    greatest_difference_gy,
    is_same_dose,
    on_one_grid,
)
from isocenter.terms.dose_height import HIGHEST_MAXIMUM, LOWEST_MAXIMUM
from isocenter.terms.imaging import DoseGrid, StoredDvh, TreatmentPlan
from isocenter.terms.limits import HIGHEST_ORDER_GY
from isocenter.terms.problems import Problem, listed

_SAME_PLANE_MM = 0.01
_SHARE_OF_ONE, _LOWEST_OF_ONE, _HIGHEST_OF_ONE = 0.5, 0.9, 2.0  # how one fraction's dose lies to the prescription
_HIGHEST_BY_DOSE = 1.6  # the same where the dose is to say what is prescribed
_LEAST_FRACTIONS = 4  # fewer times the prescription may be the highest dose of radiosurgery
_CENTIGRAY = 100.0
_MOST_OF_BEAMS_GY = 500.0  # above every maximum of external beams, radiosurgery of function among them
_LEAST_A_FRACTION_GY, _USUAL_A_FRACTION_GY = 0.25, 1.0  # highest dose: below, it is no fraction's; from there on usual
_MOST_SUMMED_POINTS = 20_000_000
_GAP = 1.5  # times the usual distance of planes: farther apart, one is missing


class Segment(NamedTuple):
    """A stretch of a beam, from its control point `first` to `last`, by their indices."""

    beam: int
    first: int
    last: int


class DosePart(NamedTuple):
    """The dose of one file and the numbers of the beams that it says it holds, or of stretches of them (segments).

    verifies is how it verifies another dose (measurement, independent_calculation), where the file says so.
    """

    path: str
    grid: DoseGrid
    beams: tuple[int, ...] = ()
    verifies: str = ""
    segments: tuple[Segment, ...] = ()

    @property
    def is_of_several_plans(self) -> bool:
        """Whether the file sums the doses of several plans."""
        return self.grid.summation == "MULTI_PLAN"


def whole_plan_dose(
    parts: Sequence[DosePart], plan: TreatmentPlan | None, *, verifies: bool = False
) -> tuple[DoseGrid, list[Problem]]:
    """One dose in Gy for the whole plan, from its dose files.

    PLAN is multiplied where it can only be one fraction's dose; one that `verifies` the plan is kept, for its fractions
    are found by the dose that it verifies. BEAM is summed over all beams. FRACTION and BEAM cover, by the standard, the
    entire delivery of a fraction group or beam (BRACHY, of an application set-up); some systems write one
    fraction's dose, as the prescription shows. Those of a SESSION are one fraction's dose.
    Source: DICOM PS3.3, RT Dose Module, Dose Summation Type.
    """
    by_kind: dict[str, list[DosePart]] = {}
    amiss: list[Problem] = []
    for planes in _planes_of_each_dose(parts):
        amiss += _planes_amiss(planes)
        by_kind.setdefault(planes[0].grid.summation, []).append(_stacked(planes))
    for kind in ("PLAN", "FRACTION", "FRACTION_SESSION", "BEAM", "BRACHY", "BEAM_SESSION", "BRACHY_SESSION"):
        if kind in by_kind:
            of_kind = by_kind.pop(kind)
            dose, problems = _from_alike(of_kind, kind, plan, verifies=verifies)
            dose, more = _in_gray(dose, plan, of_kind[0].path)
            problems += more
            return dose, amiss + problems + [_unused(part) for rest in by_kind.values() for part in rest]
    part = parts[0]
    raise UnreadableInput(
        f"{part.path}: a dose summed over {part.grid.summation} is not the dose of one plan; "
        "export the dose of the plan (PLAN)."
    )


def _in_gray(dose: DoseGrid, plan: TreatmentPlan | None, path: str) -> tuple[DoseGrid, list[Problem]]:
    """The dose in Gy where it says so and can only be cGy: a hundred times what is to be given, or beyond any beam."""
    expected_gy = _expected_gy(plan)
    highest = float(dose.dose_gy.max())
    is_beyond_beams = plan is not None and plan.modality == "external" and highest > _MOST_OF_BEAMS_GY
    is_hundredfold = expected_gy and LOWEST_MAXIMUM <= highest / _CENTIGRAY / expected_gy <= HIGHEST_MAXIMUM
    if not is_hundredfold and (expected_gy or not is_beyond_beams):
        return dose, []
    beside = f"where {expected_gy:g} Gy are to be given" if expected_gy else "of external beams"
    sentence = f"The highest dose is {highest:.0f} {beside}, which can only be cGy; the dose is read so."
    return scaled(dose, 1 / _CENTIGRAY), [Problem(path, "DoseUnits", sentence)]


def with_planes_stacked(parts: Sequence[DosePart]) -> list[DosePart]:
    """The parts, with files of one plane each of the same dose put together into one grid."""
    return [_stacked(planes) for planes in _planes_of_each_dose(parts)]


def _planes_of_each_dose(parts: Sequence[DosePart]) -> list[list[DosePart]]:
    """Files of one plane each that lie over one another; a file of several planes is by itself."""
    stacks: dict[tuple[object, ...], list[DosePart]] = {}
    for part in parts:
        grid = part.grid
        outline = tuple(round(float(edge), 2) for edge in (*grid.x_mm[[0, -1]], *grid.y_mm[[0, -1]]))
        is_plane = len(grid.z_mm) == 1
        key = (grid.summation, part.beams, outline, grid.dose_gy.shape) if is_plane else (part.path, part)
        stacks.setdefault(key, []).append(part)
    return [sorted(planes, key=lambda part: (float(part.grid.z_mm[0]), part.path)) for planes in stacks.values()]


def _stacked(planes: Sequence[DosePart]) -> DosePart:
    """One grid of ascending planes; of two in one place the first."""
    if len(planes) == 1:
        return planes[0]
    z_mm = np.concatenate([part.grid.z_mm for part in planes])
    is_first = np.append(True, np.diff(z_mm) >= _SAME_PLANE_MM)
    dose_gy = np.concatenate([part.grid.dose_gy for part in planes])[is_first]
    dvhs = tuple(dvh for part in planes for dvh in part.grid.stored_dvhs)
    named = min(planes, key=lambda part: part.path)
    grid = replace(named.grid, dose_gy=dose_gy, z_mm=z_mm[is_first], stored_dvhs=dvhs)
    return named._replace(grid=grid)


def _planes_amiss(planes: Sequence[DosePart]) -> list[Problem]:
    """Planes of one dose, each in its own file, that appear twice or missing in between."""
    z_mm = np.array([part.grid.z_mm[0] for part in planes])
    steps_mm = np.diff(z_mm)
    again = np.flatnonzero(steps_mm < _SAME_PLANE_MM)
    problems = []
    if len(again):
        sentence = (
            f"Planes of the dose, each in a file of its own, appear twice ({len(again)}, first at "
            f"z = {z_mm[again[0]]:g} mm); the first of each is used, remove those that do not count."
        )
        problems.append(Problem(planes[again[0] + 1].path, "ImagePositionPatient", sentence))
    steps_mm = steps_mm[steps_mm >= _SAME_PLANE_MM]
    usual_mm = float(np.median(steps_mm)) if len(steps_mm) else 0.0
    gaps = int(np.sum(steps_mm > _GAP * usual_mm))
    if gaps:
        sentence = (
            f"Planes of the dose, each in its own file, are missing in {gaps} places (widest gap "
            f"{steps_mm.max():g} mm, usual {usual_mm:g} mm); the dose there is interpolated, export them."
        )
        problems.append(Problem(planes[0].path, "ImagePositionPatient", sentence))
    return problems


def _unused(part: DosePart) -> Problem:
    sentence = f"The dose summed over {part.grid.summation} is not used, because a dose that covers more was supplied."
    return Problem(part.path, "DoseSummationType", sentence)


def _from_alike(
    parts: list[DosePart], kind: str, plan: TreatmentPlan | None, *, verifies: bool
) -> tuple[DoseGrid, list[Problem]]:
    if kind == "PLAN":
        more = [_second_of_the_plan(part, parts[0]) for part in parts[1:]]
        if verifies:
            return parts[0].grid, more
        factor, problems = _fractions_to_multiply(parts[0].grid, kind, plan, parts[0].path)
        return scaled(parts[0].grid, factor), problems + more
    by_beam = kind.startswith("BEAM")
    unique, problems = _once_each_beam(parts) if by_beam else (parts, [])
    dose, more = added([part.grid for part in unique], unique[0].path)
    problems += more
    if by_beam and plan is not None:
        missing = _missing_beams(unique, plan)
        problems += missing
        if missing:
            dose = replace(dose, is_reached=np.zeros(dose.dose_gy.shape, dtype=bool))
    factor, more = _fractions_to_multiply(dose, kind, plan, parts[0].path)
    return scaled(dose, factor), problems + more


def doses_that_differ(parts: Sequence[DosePart], plan: TreatmentPlan | None) -> tuple[str, ...]:
    """The files of a plan's doses where they are not one dose and nothing says which counts, the first being used."""
    whole = [part for part in with_planes_stacked(parts) if part.grid.summation == "PLAN"]
    if len(whole) < 2:
        return ()
    first, *others = (_of_all_fractions(part, plan) for part in whole)
    differing = [part.path for part, dose in zip(whole[1:], others, strict=True) if not are_alike(dose, first)]
    return (whole[0].path, *differing) if differing else ()


def _of_all_fractions(part: DosePart, plan: TreatmentPlan | None) -> DoseGrid:
    factor, _ = _fractions_to_multiply(part.grid, "PLAN", plan, part.path)
    dose, _ = _in_gray(scaled(part.grid, factor), plan, part.path)
    return dose


def _second_of_the_plan(part: DosePart, used: DosePart) -> Problem:
    if is_same_dose(part.grid, used.grid):
        sentence = f"This is the dose of {used.path} under another identifier; it counts once."
        return Problem(part.path, "SOPInstanceUID", sentence)
    apart_gy = greatest_difference_gy(part.grid, used.grid)
    beside = "lies on another grid than" if apart_gy is None else f"differs by up to {apart_gy:.2g} Gy from"
    sentence = (
        f"This is a second dose of the whole plan and {beside} {used.path}, which is used; put a dose that verifies "
        "the plan into a subfolder `verification`, and remove one that does not count."
    )
    return Problem(part.path, "DoseSummationType", sentence)


def _once_each_beam(parts: list[DosePart]) -> tuple[list[DosePart], list[Problem]]:
    seen: set[int] = set()
    unique, problems = [], []
    for part in parts:
        again = seen.intersection(part.beams)
        if again:
            twice = listed([str(number) for number in sorted(again)])
            sentence = f"The dose of beam {twice} appears twice; this file is left out."
            problems.append(Problem(part.path, "ReferencedBeamSequence", sentence))
            continue
        seen.update(part.beams)
        unique.append(part)
    return unique, problems


def _missing_beams(parts: list[DosePart], plan: TreatmentPlan) -> list[Problem]:
    present = {number for part in parts for number in part.beams}
    if not present:
        sentence = f"The doses of beams ({len(parts)}) do not say of which; they are added as the plan's dose."
        is_all = len(parts) == len(plan.treatment_beams)
        return [] if is_all else [Problem(parts[0].path, "ReferencedBeamSequence", sentence)]
    missing = [beam for beam in plan.treatment_beams if beam.number not in present]
    if not missing:
        return []
    named = listed([f"{beam.number} {beam.name!r}" for beam in missing])
    sentence = f"The dose of beam {named} is missing, so the sum is less than the plan's dose; export it."
    return [Problem(parts[0].path, "DoseSummationType", sentence)]


def added(grids: Sequence[DoseGrid], path: str) -> tuple[DoseGrid, list[Problem]]:
    """The sum of doses in one frame of reference, on the widest of their grids, as fine as the finest of them.

    What a dose gives beyond its own grid is not known: the sum counts nothing there, and says where that is.
    """
    widest = max(grids, key=_extent_cc)
    if len(grids) == 1:
        return widest, []
    if all(on_one_grid(widest, grid) for grid in grids):
        return replace(widest, dose_gy=np.sum([grid.dose_gy for grid in grids], axis=0), stored_dvhs=()), []
    x_mm, y_mm, z_mm = _finest_axes(grids, widest)
    total = np.zeros((len(z_mm), len(y_mm), len(x_mm)), dtype=np.float32)
    is_reached = np.ones(total.shape, dtype=bool)
    for grid in grids:
        dose_gy, is_inside = dose_at_points(grid, x_mm, y_mm, z_mm)
        total += dose_gy
        is_reached &= is_inside
    sentence = (
        f"{len(grids)} doses that are added lie on different grids; they are interpolated to one grid. "
        "Where one of them does not reach, the sum is not known."
    )
    summed = replace(widest, dose_gy=total, x_mm=x_mm, y_mm=y_mm, z_mm=z_mm, stored_dvhs=(),
                     is_reached=None if is_reached.all() else is_reached)  # fmt: skip
    return summed, [Problem(path, "dose grid", sentence)]


def _extent_cc(grid: DoseGrid) -> float:
    return math.prod(float(np.ptp(axis)) for axis in (grid.x_mm, grid.y_mm, grid.z_mm)) / 1000.0


def _finest_axes(grids: Sequence[DoseGrid], widest: DoseGrid) -> list[NDArray[np.float64]]:
    """Axes over the widest grid, with the finest spacing of any; its own where that would be too many points."""
    finer = []
    for name in ("x_mm", "y_mm", "z_mm"):
        own = getattr(widest, name)
        steps_mm = [float(np.median(np.diff(getattr(grid, name)))) for grid in grids if len(getattr(grid, name)) > 1]
        step_mm = min(steps_mm, default=1.0)
        count = max(len(own), round(float(np.ptp(own)) / step_mm) + 1)
        finer.append(own if count == len(own) else np.linspace(own[0], own[-1], count))
    if math.prod(map(len, finer)) > _MOST_SUMMED_POINTS:
        return [widest.x_mm, widest.y_mm, widest.z_mm]
    return finer


def _fractions_to_multiply(
    dose: DoseGrid, kind: str, plan: TreatmentPlan | None, path: str
) -> tuple[int, list[Problem]]:
    """All fractions where the dose can only be that of one, or says so; else 1, as the standard has it.

    What fits neither is reported where dose and prescription are compared.
    """
    fractions = plan.fractions if plan is not None else None
    place = "DoseSummationType"
    expected_gy, highest_gy = _expected_gy(plan), float(dose.dose_gy.max())
    if kind.endswith("SESSION"):
        if not fractions:
            raise UnreadableInput(
                f"{path}: the dose is of one fraction ({kind}) and no plan says how many there are; add the RTPLAN."
            )
        if fractions > 1 and expected_gy and _LOWEST_OF_ONE <= highest_gy / expected_gy <= _HIGHEST_OF_ONE:
            sentence = (
                f"The dose says that it is of one fraction ({kind}) and reaches {highest_gy:.2f} Gy, as all "
                f"{fractions} together give ({expected_gy:g} Gy); it is not multiplied."
            )
            return 1, [Problem(path, place, sentence)]
        return fractions, [Problem(path, place, f"The dose of one fraction is multiplied by {fractions}.")]
    if not fractions or not expected_gy or highest_gy <= 0:
        return _factor_by_itself(kind, fractions or 1, highest_gy, Problem(path, place, ""))
    of_all = highest_gy * fractions / expected_gy
    is_one = highest_gy < _SHARE_OF_ONE * expected_gy and _LOWEST_OF_ONE <= of_all <= _HIGHEST_OF_ONE
    if fractions == 1 or not is_one:
        return 1, []
    sentence = (
        f"The dose summed over {kind} reaches {highest_gy:.2f} Gy, which is one fraction's dose "
        f"(all {fractions} together give {expected_gy:g} Gy); it is multiplied by {fractions}."
    )
    return fractions, [Problem(path, place, sentence)]


def prescribed_by_dose(plan: TreatmentPlan, dose: DoseGrid) -> float | None:
    """All fractions' prescription in Gy, where what the plan states can only be that of one; None elsewhere.

    The dose is then far above what is stated, and as high as all fractions make it.
    """
    stated_gy, highest_gy = plan.prescribed_dose_gy, float(dose.dose_gy.max())
    if not stated_gy or (plan.fractions or 0) < _LEAST_FRACTIONS or plan.modality != "external":
        return None
    of_all_gy = stated_gy * (plan.fractions or 1)
    if of_all_gy > HIGHEST_ORDER_GY:
        return None
    return of_all_gy if _LOWEST_OF_ONE <= highest_gy / of_all_gy <= _HIGHEST_BY_DOSE else None


def _factor_by_itself(kind: str, fractions: int, highest_gy: float, place: Problem) -> tuple[int, list[Problem]]:
    """Whether a dose is one fraction's where nothing says how much is to be given."""
    each_gy = highest_gy / fractions
    if fractions > 1 and 0 < each_gy < _LEAST_A_FRACTION_GY:
        sentence = (
            f"The dose summed over {kind} reaches {highest_gy:.2f} Gy, which over {fractions} fractions would be "
            f"{each_gy:.2g} Gy each; it can only be one fraction's dose and is multiplied by {fractions}."
        )
        return fractions, [place._replace(sentence=sentence)]
    if kind == "PLAN" and (fractions < 2 or each_gy >= _USUAL_A_FRACTION_GY):
        return 1, []
    sentence = (
        f"The dose is summed over {kind}; neither a prescription nor the beams' doses show whether that is all "
        "fractions; it is taken as all of them."
    )
    return 1, [place._replace(sentence=sentence)]


def _expected_gy(plan: TreatmentPlan | None) -> float | None:
    """What all fractions give: by the prescription, else by the beams' doses of one fraction; None where unknown."""
    if plan is None or plan.prescribed_dose_gy or not plan.fractions:
        return plan.prescribed_dose_gy if plan is not None else None
    doses_gy = [beam.beam_dose_gy for beam in plan.treatment_beams]
    if not doses_gy or any(dose_gy is None for dose_gy in doses_gy):
        return None
    return plan.fractions * sum(dose_gy for dose_gy in doses_gy if dose_gy is not None) or None


def scaled(dose: DoseGrid, factor: float) -> DoseGrid:
    """The dose times a factor, with the curves of its file."""
    if factor == 1:
        return dose
    dvhs = tuple(_scaled_dvh(dvh, factor) for dvh in dose.stored_dvhs)
    return replace(dose, dose_gy=dose.dose_gy * np.float32(factor), stored_dvhs=dvhs)


def _scaled_dvh(dvh: StoredDvh, factor: float) -> StoredDvh:
    return replace(dvh, dose_gy=dvh.dose_gy * factor)
