"""The plans compared by constraint: exact DVHs of each dose, and which technique meets what."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isocenter.errors import UnreadableInput
from isocenter.evidence.doses.dvh import Dvh, compute_dvhs, whole_grid_dvh
from isocenter.evidence.doses.metrics import evaluate, evaluate_constraint
from isocenter.planning.task.task import Task
from isocenter.terms.chart import Constraint
from isocenter.terms.dose_metrics import parse_metric
from isocenter.terms.imaging import DoseGrid
from isocenter.terms.problems import Problem

CLINIC, RECOMPUTED, RAISED = "clinic", "clinic_recomputed", "conformal_raised"
_TARGET_METRICS = ("D98%", "D95%", "D2%", "mean", "max", "HI", "CI")
_ORGAN_METRICS = ("mean", "D0.03cc", "max")


@dataclass(frozen=True, slots=True)
class ComparedConstraint:
    """One constraint: its limit and what each plan reaches, None where it has no such value; verdict in a closed list.

    verdict: only_imrt, both, neither, only_conformal, or '' where one of the two plans is missing.
    """

    structure: str
    metric: str
    comparison: str
    limit: float
    unit: str
    values: dict[str, float]
    is_met: dict[str, bool]
    verdict: str


@dataclass(frozen=True, slots=True)
class ComparedMeasure:
    """One number of a structure by plan, without a limit."""

    structure: str
    metric: str
    unit: str
    values: dict[str, float]


@dataclass(frozen=True, eq=False)
class Comparison:
    """Everything that the plans are compared by; curves by plan for the page.

    coverage: the rows of constraints that the prescription adds, as no given constraint names that coverage.
    """

    constraints: tuple[ComparedConstraint, ...]
    measures: tuple[ComparedMeasure, ...]
    dvhs: dict[str, tuple[Dvh, ...]]
    problems: tuple[Problem, ...]
    coverage: tuple[ComparedConstraint, ...] = ()


def dose_grid(task: Task, dose_gy: NDArray[np.float32]) -> DoseGrid:
    """A dose on the planning grid as evidence takes it."""
    return task.patient.grid_of(dose_gy)


def compare(task: Task, doses: Mapping[str, DoseGrid]) -> Comparison:
    """Hold the dose of each plan, by its name, against each constraint of the task."""
    limited = (c.structure for c in task.constraints if len(task.patient.voxels.get(c.structure, ())))
    named = dict.fromkeys((*task.prescribed_gy, *task.critical, *limited))
    structures = [task.structures[name] for name in named]
    dvhs = {name: tuple(compute_dvhs(structures, dose)) for name, dose in doses.items()}
    by_name = {name: {dvh.structure_name: dvh for dvh in curves} for name, curves in dvhs.items()}
    whole = {name: whole_grid_dvh(dose) for name, dose in doses.items()}
    problems: list[Problem] = []
    constraints = [_constraint(c, by_name, whole, task, problems) for c in task.constraints]
    coverage = [_constraint(c, by_name, whole, task, problems) for c in _coverage_not_given(task)]
    measures = [
        _measure(name, metric, by_name, whole, task)
        for name in (*task.prescribed_gy, *task.critical)
        for metric in (_TARGET_METRICS if name in task.prescribed_gy else _ORGAN_METRICS)
    ]
    return Comparison(
        tuple(c for c in (*coverage, *constraints) if c.values),
        tuple(m for m in measures if m.values),
        dvhs,
        tuple(problems),
        tuple(c for c in coverage if c.values),
    )


def _coverage_not_given(task: Task) -> list[Constraint]:
    """The coverage that plans are made for, of each target for which no constraint names it.

    Organs alone say little: of two plans that keep their limits, one may cover less of the target.
    """
    metric = f"D{task.choices.coverage_percent:g}%"
    given = {c.structure for c in task.constraints if c.metric.replace(" ", "").upper() == metric}
    return [
        Constraint("", name, metric, ">=", dose_gy, "Gy")
        for name, dose_gy in task.prescribed_gy.items()
        if name not in given
    ]


def _constraint(
    constraint: Constraint,
    by_name: Mapping[str, Mapping[str, Dvh]],
    whole: Mapping[str, Dvh],
    task: Task,
    problems: list[Problem],
) -> ComparedConstraint:
    values, is_met, unit = {}, {}, constraint.unit
    prescribed_gy = task.prescribed_to(constraint.structure)
    for plan, curves in by_name.items():
        dvh = curves.get(constraint.structure)
        if dvh is None:
            continue
        try:
            result = evaluate_constraint(constraint, dvh, prescribed_gy, whole[plan])
        except UnreadableInput as wrong:
            problems.append(Problem("", f"goal {constraint.structure} {constraint.metric}", str(wrong)))
            break
        values[plan], is_met[plan], unit = result.value, result.passed, result.unit
    return ComparedConstraint(
        constraint.structure,
        constraint.metric,
        constraint.comparison,
        constraint.limit,
        unit,
        values,
        is_met,
        verdict_of(is_met),
    )


def verdict_of(is_met: Mapping[str, bool]) -> str:
    """Which of the two techniques meets a constraint; '' where one of the two plans was not made."""
    if "imrt" not in is_met or "conformal" not in is_met:
        return ""
    if is_met["imrt"]:
        return "both" if is_met["conformal"] else "only_imrt"
    return "only_conformal" if is_met["conformal"] else "neither"


def _measure(
    structure: str, metric: str, by_name: Mapping[str, Mapping[str, Dvh]], whole: Mapping[str, Dvh], task: Task
) -> ComparedMeasure:
    values, unit = {}, ""
    prescribed_gy = task.prescribed_to(structure)
    for plan, curves in by_name.items():
        if structure not in curves:
            continue
        try:
            value, unit = evaluate(parse_metric(metric), curves[structure], prescribed_gy, whole[plan])
        except UnreadableInput:
            continue  # a metric that this structure is too small for
        if np.isfinite(value):
            values[plan] = value
    return ComparedMeasure(structure, metric, unit, values)
