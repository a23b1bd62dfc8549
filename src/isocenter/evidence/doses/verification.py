"""The planned dose against one measured or calculated again: gamma, and what changes in the DVHs."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import get_args

import numpy as np

from isocenter.errors import UnreadableInput
from isocenter.evidence.bodies.stacking import EndCap
from isocenter.evidence.doses.dvh import Dvh, compute_dvhs
from isocenter.evidence.doses.gamma import GammaCriteria, GammaResult, compare_planes, compare_volumes
from isocenter.evidence.doses.metrics import evaluate
from isocenter.terms.dose_metrics import parse_metric
from isocenter.terms.imaging import ContouredStructure, DoseGrid, FloatArray, PlanFolder, VerifyingDose
from isocenter.terms.plans import Plan, PlanMeasure, Verification
from isocenter.terms.problems import Problem
from isocenter.terms.tables import FactRow

# AAPM TG-218 (Miften et al. 2018, 10.1002/mp.12810): 3 %/2 mm, global, from 10 % of the dose.
USUAL_CRITERIA = (GammaCriteria(3.0, 2.0, "global", 10.0),)
CHANGED_METRICS = ("D95%", "mean", "max", "D0.03cc")

_SAME_PLANE_MM = 0.5
_FARTHEST_APART = 2.0  # ratio of the highest doses, measured points being sparse: beyond, the scales differ
_CUT_VOLUME = 0.01  # share of a structure that may lie outside the verifying dose


@dataclass(frozen=True, eq=False)
class ComparedDose:
    """A verifying dose in Gy over the whole plan, the planned dose at its plane, and gamma by each criteria.

    Both are grids [z, y, x]; of a plane, both have the one position along the axis it stands on.
    """

    path: str
    kind: str
    verifying: DoseGrid
    planned: DoseGrid
    results: tuple[GammaResult, ...]

    @property
    def stands_on(self) -> int | None:
        """The axis (0 x, 1 y, 2 z) on which a plane stands; None for a volume."""
        return _stands_on(self.verifying)


@dataclass(frozen=True, eq=False)
class VerifiedPlan:
    """What the verifying doses of a plan say: rows for the fact tables, and doses to draw."""

    rows: tuple[FactRow, ...]
    problems: tuple[Problem, ...]
    compared: tuple[ComparedDose, ...]


def verify_plan(
    plan: Plan,
    folder: PlanFolder,
    structures: Sequence[ContouredStructure],
    planned_dvhs: Mapping[int, Dvh],
    criteria: Sequence[GammaCriteria] = USUAL_CRITERIA,
) -> VerifiedPlan:
    """Compare each verifying dose of the folder with the planned one; what cannot be compared becomes a problem.

    A row of verifications for each dose and criteria (share of passing points in %), and for a dose in space, how
    far D95%, mean, maximum and D0.03cc of each structure move from the planned to the verifying dose.
    """
    rows: list[FactRow] = []
    problems: list[Problem] = []
    compared: list[ComparedDose] = []
    for dose in folder.verifying_doses:
        try:
            found, remarks = compare_dose(dose, folder.dose, plan.fractions, criteria)
        except UnreadableInput as wrong:
            sentence = f"{str(wrong)[:1].upper()}{str(wrong)[1:]}. It was not compared with the plan."
            problems.append(Problem(dose.path, "", sentence))
            continue
        compared.append(found)
        problems += remarks
        rows += [_row(plan, dose, result) for result in found.results]
        if found.stands_on is None and dose.planned is None and planned_dvhs:
            path = dose.path if len(folder.verifying_doses) > 1 else ""
            measures, more = dvh_changes(plan, structures, planned_dvhs, found, path)
            rows += measures
            problems += more
    return VerifiedPlan(tuple(rows), tuple(problems), tuple(compared))


def compare_dose(
    dose: VerifyingDose, plan_dose: DoseGrid | None, fractions: int | None, criteria: Sequence[GammaCriteria]
) -> tuple[ComparedDose, list[Problem]]:
    """Gamma of one verifying dose, normalised to the highest planned dose; a plane is compared within its plane.

    A dose of one fraction is recognized by its height and multiplied. UnreadableInput where there is no planned dose,
    or none at the plane.
    """
    planned = dose.planned or plan_dose
    if planned is None:
        raise UnreadableInput("there is no planned dose to compare it with; add the RTDOSE of the plan")
    planned = _at_plane(planned, dose.dose)
    verifying, problems = _of_all_fractions(dose, planned, fractions)
    found = ComparedDose(dose.path, dose.kind, verifying, planned, ())
    results = tuple(_gamma(found, entry) for entry in criteria)
    if not any(result.points for result in results):
        raise UnreadableInput("none of its points above the threshold lies within the planned dose")
    return replace(found, results=results), problems


def _row(plan: Plan, dose: VerifyingDose, result: GammaResult) -> Verification:
    return Verification(
        plan.plan_id,
        plan.course_id,
        dose.kind,
        dose.field,
        dose.verified_on,
        result.stated_criteria,
        result.pass_rate_percent,
        "%",
        "gamma_pass_rate",
        result.criteria.dose_percent,
        result.criteria.distance_mm,
    )


def _gamma(found: ComparedDose, criteria: GammaCriteria) -> GammaResult:
    verifying, planned = found.verifying, found.planned
    highest_gy = float(planned.dose_gy.max())
    stands_on = found.stands_on
    if stands_on is None:
        return compare_volumes(verifying, planned, criteria, highest_gy)
    result = compare_planes(
        verifying.dose_gy.squeeze(axis=2 - stands_on),
        _plane_axes(verifying, stands_on),
        planned.dose_gy.squeeze(axis=2 - stands_on),
        _plane_axes(planned, stands_on),
        criteria,
        highest_gy,
    )
    return replace(result, gamma=np.expand_dims(result.gamma, 2 - stands_on))


def _stands_on(dose: DoseGrid) -> int | None:
    axes = (dose.x_mm, dose.y_mm, dose.z_mm)
    return next((axis for axis, positions_mm in enumerate(axes) if len(positions_mm) == 1), None)


def _plane_axes(dose: DoseGrid, stands_on: int) -> tuple[FloatArray, FloatArray]:
    """The axes of a plane's rows and columns, in the order z, y, x."""
    rows, columns = (axis for number, axis in ((2, dose.z_mm), (1, dose.y_mm), (0, dose.x_mm)) if number != stands_on)
    return rows, columns


def _at_plane(planned: DoseGrid, verifying: DoseGrid) -> DoseGrid:
    """The planned dose where a plane cuts it, linear between voxels; the whole of it for a volume."""
    stands_on = _stands_on(verifying)
    if stands_on is None:
        return planned
    axes_mm = [planned.x_mm, planned.y_mm, planned.z_mm]
    positions_mm = axes_mm[stands_on]
    at_mm = float((verifying.x_mm, verifying.y_mm, verifying.z_mm)[stands_on][0])
    if not positions_mm[0] - _SAME_PLANE_MM <= at_mm <= positions_mm[-1] + _SAME_PLANE_MM:
        raise UnreadableInput(
            f"its plane lies at {'xyz'[stands_on]} = {at_mm:g} mm, outside of the planned dose "
            f"({positions_mm[0]:g} to {positions_mm[-1]:g} mm); check its place and frame of reference"
        )
    after = min(int(np.searchsorted(positions_mm, at_mm)), len(positions_mm) - 1)
    before = max(after - 1, 0)
    gap_mm = positions_mm[after] - positions_mm[before]
    share = min((at_mm - positions_mm[before]) / gap_mm, 1.0) if gap_mm > 0 else 0.0
    low, high = (planned.dose_gy.take([index], axis=2 - stands_on) for index in (before, after))
    axes_mm[stands_on] = np.array([at_mm])
    x_mm, y_mm, z_mm = axes_mm
    dose_gy = (low + share * (high - low)).astype(np.float32)
    return replace(planned, dose_gy=dose_gy, x_mm=x_mm, y_mm=y_mm, z_mm=z_mm)


def _of_all_fractions(dose: VerifyingDose, planned: DoseGrid, fractions: int | None) -> tuple[DoseGrid, list[Problem]]:
    """The verifying dose over all fractions: whether it is that of one is recognized by the highest doses of both.

    UnreadableInput where it is neither by far: a dose is not made to fit.
    """
    highest_gy, planned_highest_gy = float(np.nanmax(dose.dose.dose_gy, initial=0.0)), _highest_within(planned, dose)
    if highest_gy <= 0 or planned_highest_gy <= 0:
        raise UnreadableInput(
            f"its highest dose is {highest_gy:g} Gy, the highest planned one {planned_highest_gy:g} Gy; "
            "there is nothing to compare"
        )
    apart = planned_highest_gy / highest_gy
    is_of_one = fractions is not None and abs(math.log(apart / fractions)) < abs(math.log(apart))
    count = fractions if fractions is not None and is_of_one else 1
    if not 1 / _FARTHEST_APART < apart / count < _FARTHEST_APART:
        of_one = f"nor one of {fractions} fractions" if fractions else "and no number of fractions is stated"
        raise UnreadableInput(
            f"it reaches {highest_gy:.2f} Gy where {planned_highest_gy:.2f} Gy are planned, which is neither all of it "
            f"{of_one}; check its scale"
        )
    if not is_of_one:
        return dose.dose, []
    sentence = (
        f"It reaches {highest_gy:.2f} Gy where {planned_highest_gy:.2f} Gy are planned in {fractions} fractions, "
        f"which is one fraction's dose; it is multiplied by {fractions}."
    )
    whole = replace(dose.dose, dose_gy=dose.dose.dose_gy * np.float32(count))
    return whole, [Problem(dose.path, "fractions", sentence)]


def _highest_within(planned: DoseGrid, dose: VerifyingDose) -> float:
    """The highest planned dose in Gy where the verifying dose lies; of all of it where the two do not meet."""
    axes = zip(
        (planned.z_mm, planned.y_mm, planned.x_mm), (dose.dose.z_mm, dose.dose.y_mm, dose.dose.x_mm), strict=True
    )
    within = [(own >= other.min() - _SAME_PLANE_MM) & (own <= other.max() + _SAME_PLANE_MM) for own, other in axes]
    met = planned.dose_gy[np.ix_(*within)]
    return float(met.max() if met.size else planned.dose_gy.max())


def dvh_changes(
    plan: Plan,
    structures: Sequence[ContouredStructure],
    planned_dvhs: Mapping[int, Dvh],
    found: ComparedDose,
    path: str,
) -> tuple[list[PlanMeasure], list[Problem]]:
    """How far the metrics of each structure move from the planned to the verifying dose, in Gy.

    path is the part that names the measures: the file, where several verify the plan.

    A structure that the verifying dose does not cover is left out, with a problem.
    """
    if not np.isfinite(found.verifying.dose_gy).all():
        sentence = "It holds places without dose, so its dose-volume histograms were not computed."
        return [], [Problem(found.path, "dose", sentence)]
    measures: list[PlanMeasure] = []
    problems: list[Problem] = []
    for dvh in _dvhs_alike(structures, planned_dvhs, found.verifying):
        planned = planned_dvhs[dvh.structure_number]
        if dvh.volume_outside_cc - planned.volume_outside_cc > _CUT_VOLUME * dvh.total_volume_cc:
            sentence = f"It does not cover {dvh.structure_name}, whose change of dose was not measured."
            problems.append(Problem(found.path, dvh.structure_name, sentence))
            continue
        for text in CHANGED_METRICS:
            change_gy = _change_gy(text, planned, dvh)
            if change_gy is not None:
                name = f"verified_change_of_{text}"
                measures.append(PlanMeasure(plan.plan_id, dvh.structure_name, "", path, name, change_gy, "Gy"))
    return measures, problems


def _dvhs_alike(structures: Sequence[ContouredStructure], planned_dvhs: Mapping[int, Dvh], dose: DoseGrid) -> list[Dvh]:
    """The DVH of each structure, with the end caps of its planned one."""
    found: list[Dvh] = []
    for end_cap in get_args(EndCap):
        alike = [s for s in structures if planned_dvhs[s.number].end_cap == end_cap]
        found += compute_dvhs(alike, dose, end_cap=end_cap) if alike else []
    return found


def _change_gy(text: str, planned: Dvh, verified: Dvh) -> float | None:
    try:
        change_gy = evaluate(parse_metric(text), verified)[0] - evaluate(parse_metric(text), planned)[0]
    except UnreadableInput:
        return None  # a structure too small for the metric
    return None if math.isnan(change_gy) else change_gy
