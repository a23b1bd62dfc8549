"""The scorecard of a plan: each constraint with what the plan reaches, published limits beside, targets and organs."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from isocenter.evidence.roles.roles import find_structure
from isocenter.files.texts import spreadsheet_cell
from isocenter.report.quantities import limit_number, limit_text, number_beside, number_of, signed
from isocenter.terms.chart import Constraint
from isocenter.terms.plans import ConstraintResult, Plan, PlanMeasure, Structure

if TYPE_CHECKING:
    from isocenter.rulebook.rulebook import PolicyData, Rulebook

_AT_MOST, _STRICT = ("<=", "≤", "<"), ("<", ">")
TARGET_MEASURES = ("D98%", "D95%", "D50%", "D2%", "mean", "min", "max", "V95%", "V107%", "HI", "CI")
CRITICAL_MEASURES = ("mean", "max", "D0.03cc", "D1cc", "V20Gy")
_SIDES = ("", "_L", "_R")
_COLUMNS = (
    "plan", "structure", "measure", "comparison", "goal", "unit", "reached", "margin", "result",
    "published_at_most", "within_published", "published_source",
)  # fmt: skip
_NUMBERS = {_COLUMNS.index(name) for name in ("goal", "reached", "margin", "published_at_most")}


@dataclass(frozen=True, slots=True)
class PublishedLimit:
    """A limit of the literature for one measure of a structure of a standard name, for conventional fractions."""

    structure: str
    measure: str
    at_most: float
    unit: str
    against: str
    source: str

    @property
    def text(self) -> str:
        """The limit as a table holds it: ≤ 50 Gy."""
        return limit_text("<=", self.at_most, self.unit)


@dataclass(frozen=True, slots=True)
class PublishedLimits:
    """The published limits that a policy lists, and the dose a fraction, in Gy, for which they hold."""

    limits: tuple[PublishedLimit, ...] = ()
    least_fraction_gy: float = 0.0
    most_fraction_gy: float = float("inf")

    def hold_for(self, plan: Plan) -> bool:
        """Whether the plan states fractions of a dose for which the limits were published."""
        if not plan.prescribed_dose_gy or not plan.fractions:
            return False
        return self.least_fraction_gy <= plan.prescribed_dose_gy / plan.fractions <= self.most_fraction_gy


@dataclass(frozen=True, slots=True)
class Goal:
    """One row of the scorecard: a constraint of the prescription, a published limit, or both, with what is reached.

    Numbers are in the row's unit. `is_met` is None where the prescription sets no constraint, or nothing was measured;
    `is_within_published` likewise where no published limit applies.
    """

    structure: str
    measure: str
    comparison: str
    limit: float | None
    unit: str
    reached: float | None
    margin: float | None
    is_met: bool | None
    published: PublishedLimit | None = None
    is_within_published: bool | None = None

    @property
    def goal_text(self) -> str:
        """What the prescription asks: ≤ 45 Gy; nothing where it sets no constraint."""
        if self.limit is None:
            return ""
        return limit_text(self.comparison, self.limit, self.unit)

    @property
    def reached_text(self) -> str:
        """What the plan reaches, with enough places to distinguish it from the limit."""
        if self.reached is None:
            return ""
        limit = self.limit if self.limit is not None else self.published.at_most if self.published else None
        number = number_of(self.reached, self.unit)
        if limit is not None:
            number = number_beside(self.reached, limit, self.unit)
        return f"{number} {self.unit}".strip()

    @property
    def margin_text(self) -> str:
        """How much is left to the limit, negative where it is exceeded."""
        return "" if self.margin is None else signed(self.margin, self.unit)

    @property
    def result(self) -> str:
        """Pass, fail or not measured; nothing where the prescription sets no constraint."""
        if self.limit is None:
            return ""
        return {True: "pass", False: "fail", None: "not measured"}[self.is_met]


@dataclass(frozen=True, slots=True)
class MeasuredStructure:
    """One target or critical structure with its measures by name."""

    name: str
    volume_cc: float | None
    values: Mapping[str, tuple[float, str]]  # measure: value, unit

    def text(self, measure: str) -> str:
        """The measure's number for a table; nothing where it was not measured."""
        return number_of(*self.values[measure]) if measure in self.values else ""


@dataclass(frozen=True, slots=True)
class Scorecard:
    """What one plan, or the sum of several, reaches."""

    plan: Plan
    goals: tuple[Goal, ...]
    targets: tuple[MeasuredStructure, ...]
    critical: tuple[MeasuredStructure, ...]
    limits_hold: bool  # whether the plan's dose a fraction is one for which the published limits hold

    @property
    def prescribed(self) -> tuple[Goal, ...]:
        """The rows that a constraint of the prescription asks for."""
        return tuple(goal for goal in self.goals if goal.limit is not None)

    def count(self, result: str) -> int:
        """How many constraints came to a result: pass, fail or not measured."""
        return sum(goal.result == result for goal in self.prescribed)


def published_limits(rulebooks: "Iterable[Rulebook | PolicyData]") -> PublishedLimits:
    """The published limits of the first policy that lists any."""
    for rulebook in rulebooks:
        header, rows = rulebook.tables.get("usual_limits", ((), ()))
        if not rows:
            continue
        named = [dict(zip(header, row, strict=True)) for row in rows]
        readings = {reading.name: reading.value for reading in rulebook.readings}
        return PublishedLimits(
            tuple(
                PublishedLimit(
                    row["structure"], row["measure"], float(row["at_most"]), row["unit"], row["against"], row["source"]
                )
                for row in named
            ),
            float(readings.get("conventional_fraction_least_gy", 0.0)),
            float(readings.get("conventional_fraction_most_gy", "inf")),
        )
    return PublishedLimits()


def scorecards(
    facts: Mapping[str, Sequence[Any]], published: PublishedLimits, constraints: Sequence[Constraint] = ()
) -> tuple[Scorecard, ...]:
    """A scorecard for each plan that was measured, from rows of the fact tables by the tables' names.

    Constraints that no plan was measured against are listed with the plan that was held against the others, or with
    the one of the highest prescription where none was: they hold for the whole course.
    """
    plans: list[Plan] = list(facts.get("plans", ()))
    results: list[ConstraintResult] = list(facts.get("constraint_results", ()))
    measures: list[PlanMeasure] = list(facts.get("plan_measures", ()))
    structures: list[Structure] = list(facts.get("structures", ()))
    measured = [plan for plan in plans if any(m.plan_id == plan.plan_id and m.structure for m in measures)]
    judged = [plan for plan in measured if any(result.plan_id == plan.plan_id for result in results)]
    largest = max(measured, key=lambda plan: plan.prescribed_dose_gy or 0.0, default=None)  # the sum of a course
    bearer = judged[-1] if judged else largest
    asked = list(constraints or facts.get("constraints", ()))
    return tuple(
        _scorecard(
            plan,
            [row for row in structures if row.plan_id == plan.plan_id]
            or _structures_of_measures([m for m in measures if m.plan_id == plan.plan_id], structures),
            [m for m in measures if m.plan_id == plan.plan_id and not m.beside and not m.part],
            [result for result in results if result.plan_id == plan.plan_id],
            asked if plan is bearer else [],
            published,
        )
        for plan in measured
    )


def scorecards_as_csv(cards: Sequence[Scorecard]) -> str:
    """Every row of the scorecards, and every measure of targets and critical structures, as one CSV table."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for card in cards:
        name = card.plan.label or card.plan.plan_id
        rows = chain(
            (_csv_of_goal(name, goal) for goal in card.goals),
            (
                (name, structure.name, measure, "", "", unit, _plain(value), "", "", "", "", "")
                for structure in (*card.targets, *card.critical)
                for measure, (value, unit) in structure.values.items()
            ),
        )
        writer.writerows(
            [cell if place in _NUMBERS else spreadsheet_cell(cell) for place, cell in enumerate(row)] for row in rows
        )
    return text.getvalue()


def _csv_of_goal(name: str, goal: Goal) -> tuple[str, ...]:
    published = goal.published
    within = {True: "yes", False: "no", None: ""}[goal.is_within_published]
    return (
        name,
        goal.structure,
        goal.measure,
        goal.comparison if goal.limit is not None else "",
        "" if goal.limit is None else limit_number(goal.limit).replace(",", ""),
        goal.unit,
        _plain(goal.reached),
        _plain(goal.margin),
        goal.result,
        limit_number(published.at_most) if published else "",
        within,
        published.source if published else "",
    )


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}".rstrip("0").rstrip(".")


def _structures_of_measures(measures: Sequence[PlanMeasure], structures: Sequence[Structure]) -> list[Structure]:
    """The structures that a plan's measures name: a sum of plans shares the structures of its parts."""
    named = {measure.structure for measure in measures}
    return list({row.name: row for row in structures if row.name in named}.values())


def _scorecard(
    plan: Plan,
    structures: Sequence[Structure],
    measures: Sequence[PlanMeasure],
    results: Sequence[ConstraintResult],
    asked: Sequence[Constraint],
    published: PublishedLimits,
) -> Scorecard:
    values: dict[str, dict[str, tuple[float, str]]] = {}
    for measure in measures:
        values.setdefault(measure.structure, {})[measure.measure] = (measure.value, measure.unit)
    limits_hold = published.hold_for(plan)
    by_name = {row.name: row for row in structures}
    goals = [_of_result(result, by_name, published, values, limits_hold) for result in results]
    goals += [_of_unmeasured(constraint) for constraint in asked if not _was_measured(constraint, results, by_name)]
    covered = {(goal.structure, goal.measure) for goal in goals}
    for row in structures:
        if row.role == "critical":
            goals += [
                _of_published(row, limit, values[row.name], limits_hold)
                for limit in _limits_of(row, published)
                if (row.name, limit.measure) not in covered and limit.measure in values.get(row.name, {})
            ]
    return Scorecard(
        plan,
        tuple(goals),
        _measured(structures, "target", values, TARGET_MEASURES),
        _measured(structures, "critical", values, CRITICAL_MEASURES),
        limits_hold,
    )


def _measured(
    structures: Sequence[Structure],
    role: str,
    values: Mapping[str, Mapping[str, tuple[float, str]]],
    wanted: Sequence[str],
) -> tuple[MeasuredStructure, ...]:
    """The structures of a role that have any of the wanted measures, these in their order."""
    found = []
    for row in structures:
        has = values.get(row.name, {})
        kept = {measure: has[measure] for measure in wanted if measure in has}
        if row.role == role and kept:
            found.append(MeasuredStructure(row.name, row.volume_cc, kept))
    return tuple(found)


def _of_result(
    result: ConstraintResult,
    structures: Mapping[str, Structure],
    published: PublishedLimits,
    values: Mapping[str, Mapping[str, tuple[float, str]]],
    limits_hold: bool,
) -> Goal:
    row = structures.get(result.structure)
    beside = [limit for limit in (_limits_of(row, published) if row else ()) if limit.measure == result.metric]
    limit = beside[0] if beside else None
    measured = values.get(result.structure, {}).get(result.metric)
    within = measured[0] <= limit.at_most if limit and measured and limits_hold else None
    is_met = result.margin > 0 or (result.margin == 0 and result.comparison.strip() not in _STRICT)
    return Goal(
        result.structure, result.metric, result.comparison, result.limit, result.unit, result.value, result.margin,
        is_met, limit, within,
    )  # fmt: skip


def _of_unmeasured(constraint: Constraint) -> Goal:
    return Goal(
        constraint.structure, constraint.metric, constraint.comparison, constraint.limit, constraint.unit,
        None, None, None,
    )  # fmt: skip


def _of_published(
    row: Structure, limit: PublishedLimit, values: Mapping[str, tuple[float, str]], limits_hold: bool
) -> Goal:
    value, unit = values[limit.measure]
    within = value <= limit.at_most if limits_hold else None
    return Goal(row.name, limit.measure, "", None, unit, value, None, None, limit, within)


def _limits_of(row: Structure, published: PublishedLimits) -> tuple[PublishedLimit, ...]:
    """The published limits of a structure, by its standard name without its side."""
    return tuple(
        limit for limit in published.limits if row.standard_name in [limit.structure + side for side in _SIDES]
    )


def _was_measured(
    constraint: Constraint, results: Sequence[ConstraintResult], structures: Mapping[str, Structure]
) -> bool:
    """Whether a result is that of the constraint, which may name the structure as the plan or the standard does."""
    asked = (constraint.metric, constraint.comparison, constraint.limit)
    meant = find_structure(constraint.structure, structures)
    return any(
        (result.metric, result.comparison, result.limit) == asked and result.structure in (meant, constraint.structure)
        for result in results
    )
