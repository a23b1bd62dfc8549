"""Dose metrics as a prescription writes them: D95%, D0.03cc, V20Gy, mean, conformity, homogeneity.

Doses are in Gy and volumes in cc or in per cent of the volume that the DVH counts.
"""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from isocenter.errors import UnreadableInput
from isocenter.evidence.doses.dvh import Dvh
from isocenter.terms.chart import Constraint
from isocenter.terms.dose_metrics import UNITS, Metric, fitting_units, parse_metric

_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le, "≤": operator.le, "<": operator.lt,
    ">=": operator.ge, "≥": operator.ge, ">": operator.gt,
}  # fmt: skip


_Given = TypeVar("_Given", float, Dvh)


@dataclass(frozen=True)
class EvaluatedConstraint:
    """A constraint and what the plan gives, in the constraint's unit; margin is positive when it is kept."""

    constraint: Constraint
    value: float
    limit: float
    unit: str
    margin: float
    passed: bool


def evaluate(
    metric: Metric, dvh: Dvh, prescription_gy: float | None = None, everything: Dvh | None = None
) -> tuple[float, str]:
    """The metric's value and unit: Gy for doses, % for volumes at a dose, '' for indices.

    V95% and the conformity indices need the prescribed dose; the indices also need everything, the DVH of the
    whole grid or of the external contour. UnreadableInput where something lacks or the volume is too small.
    """
    if dvh.curve_volume_cc == 0.0:
        raise UnreadableInput(
            f"structure {dvh.structure_name!r} has no volume within the dose grid, so it has no {metric.text}"
        )
    if metric.kind == "dose at volume":
        return _dose_at_volume(metric, dvh), "Gy"
    if metric.kind == "volume at dose":
        dose_gy = metric.number
        if metric.unit == "%":
            dose_gy *= _needed(prescription_gy, metric, "the prescribed dose") / 100
        return 100.0 * dvh.volume_at_dose_cc(dose_gy) / dvh.curve_volume_cc, "%"
    if metric.kind in ("mean", "max", "min"):
        return {"mean": dvh.mean_gy, "max": dvh.maximum_gy, "min": dvh.minimum_gy}[metric.kind], "Gy"
    if metric.kind == "homogeneity":
        return homogeneity_index(dvh), ""
    dose_gy = _needed(prescription_gy, metric, "the prescribed dose")
    whole = _needed(everything, metric, "the DVH of the whole dose grid")
    if metric.kind == "gradient":
        return gradient_index(whole, dose_gy), ""
    conformity = paddick_conformity if metric.kind == "conformity" else rtog_conformity
    return conformity(dvh, whole, dose_gy), ""


def paddick_conformity(target: Dvh, everything: Dvh, prescription_gy: float) -> float:
    """Paddick's conformity index TV_PIV^2 / (TV PIV), 1 at best; J Neurosurg 93 suppl 3 (2000) 219."""
    isodose_cc = everything.volume_at_dose_cc(prescription_gy)
    covered_cc = target.volume_at_dose_cc(prescription_gy)
    return covered_cc**2 / (target.curve_volume_cc * isodose_cc) if isodose_cc > 0 else 0.0


def rtog_conformity(target: Dvh, everything: Dvh, prescription_gy: float) -> float:
    """RTOG conformity index PIV / TV; Shaw et al., Int J Radiat Oncol Biol Phys 27 (1993) 1231."""
    return everything.volume_at_dose_cc(prescription_gy) / target.curve_volume_cc


def homogeneity_index(target: Dvh) -> float:
    """(D2% - D98%) / D50%, 0 at best; ICRU Report 83 (2010). NaN where the median dose is 0."""
    median_gy = target.dose_at_fraction_gy(0.5)
    if not median_gy > 0:
        return float("nan")
    return (target.dose_at_fraction_gy(0.02) - target.dose_at_fraction_gy(0.98)) / median_gy


def gradient_index(everything: Dvh, prescription_gy: float) -> float:
    """Volume of half the prescribed dose over that of the prescribed dose; Paddick and Lippitz,
    J Neurosurg 105 suppl (2006) 194. NaN where nothing receives the prescribed dose."""
    isodose_cc = everything.volume_at_dose_cc(prescription_gy)
    return everything.volume_at_dose_cc(prescription_gy / 2) / isodose_cc if isodose_cc > 0 else float("nan")


def evaluate_constraint(
    constraint: Constraint, dvh: Dvh, prescription_gy: float | None = None, everything: Dvh | None = None
) -> EvaluatedConstraint:
    """Measure what a constraint limits and compare, in the constraint's own unit (Gy, cGy, %, cc, or none).

    A dose limit in % is of the prescribed dose, a volume limit in % of the structure.
    """
    compare = _COMPARISONS.get(constraint.comparison.strip())
    if compare is None:
        raise UnreadableInput(
            f"the constraint {_words(constraint)} has the comparison {constraint.comparison!r}; expected <=, <, >= or >"
        )
    metric = parse_metric(constraint.metric)
    measured, measured_unit = evaluate(metric, dvh, prescription_gy, everything)
    unit = UNITS.get(constraint.unit.strip().lower())
    factor = _factor(measured_unit, unit, dvh, prescription_gy)
    if unit is None or factor is None:
        raise UnreadableInput(
            f"the constraint {_words(constraint)} has the unit {constraint.unit!r}, which does not fit "
            f"{metric.text}; expected {fitting_units(metric)}"
        )
    value = measured * factor
    over = value - constraint.limit
    return EvaluatedConstraint(
        constraint=constraint,
        value=value,
        limit=constraint.limit,
        unit=unit,
        margin=-over if constraint.comparison.strip() in ("<=", "≤", "<") else over,
        passed=compare(value, constraint.limit),
    )


def _dose_at_volume(metric: Metric, dvh: Dvh) -> float:
    if metric.unit == "%":
        return dvh.dose_at_fraction_gy(metric.number / 100)
    if metric.number > dvh.curve_volume_cc:
        raise UnreadableInput(
            f"structure {dvh.structure_name!r} has {dvh.curve_volume_cc:.3g} cc within the dose grid, "
            f"less than {metric.text} asks for; use a smaller volume or a per cent"
        )
    return dvh.dose_at_volume_gy(metric.number)


def _needed(value: _Given | None, metric: Metric, what: str) -> _Given:
    if value is None:
        raise UnreadableInput(f"{metric.text} needs {what}, which was not given; add it to the prescription")
    return value


def _factor(measured: str, unit: str | None, dvh: Dvh, prescription_gy: float | None) -> float | None:
    """What turns a measured value into the constraint's unit; None where the two do not fit."""
    if measured == unit:
        return 1.0
    if (measured, unit) == ("Gy", "cGy"):
        return 100.0
    if (measured, unit) == ("Gy", "%") and prescription_gy:
        return 100.0 / prescription_gy
    if (measured, unit) == ("%", "cc"):
        return dvh.curve_volume_cc / 100.0
    return None


def _words(constraint: Constraint) -> str:
    limit = f"{constraint.limit:g} {constraint.unit}"
    return f"{constraint.structure} {constraint.metric} {constraint.comparison} {limit}"
