"""The measures of a plan as a page, as text and as JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from itertools import groupby
from typing import Any

from isocenter.files.texts import json_without_controls
from isocenter.measuring import MeasuredFolder
from isocenter.report.measure_words import measures_in_lines
from isocenter.report.plan_evidence import PlanEvidence, plan_evidence, role_source
from isocenter.report.quantities import quantity
from isocenter.report.scorecard import Goal, PublishedLimits
from isocenter.report.words import counted, readable
from isocenter.terms.plans import ConstraintResult, Plan, PlanField, PlanMeasure, Structure, Verification
from isocenter.terms.problems import Problem, SeveralPatients
from isocenter.terms.tables import FACT_TABLES

_TABLES = {
    Plan: "plans",
    PlanField: "plan_fields",
    Structure: "structures",
    PlanMeasure: "plan_measures",
    ConstraintResult: "constraint_results",
    Verification: "verifications",
}
_NAMES = {row: name for name, row in FACT_TABLES.items()}


def measures_as_page(measured: MeasuredFolder, published: PublishedLimits, constraints: Sequence[Any] = ()) -> str:
    """Scorecard, pictures, portals, structures, delivery and problems as one self-contained HTML page."""
    from isocenter.report.page import environment  # noqa: PLC0415  (the text and the JSON do without)

    evidence = evidence_of(measured, published, constraints)
    labels = [evidence.plan_name(plan.plan_id) for plan in evidence.plans]
    return (
        environment()
        .get_template("measures.html")
        .render(
            title=f"Plan {labels[0]}" if len(labels) == 1 else "Measured plans" if labels else "Measured doses",
            version=version("isocenter"),
            evidence=evidence,
            problems=measured.problems,
            inputs=measured.inputs,
        )
    )


def evidence_of(measured: MeasuredFolder, published: PublishedLimits, constraints: Sequence[Any] = ()) -> PlanEvidence:
    """What a measured folder shows, by the names of the fact tables."""
    facts: dict[str, list[Any]] = {"constraints": list(constraints)}
    for row in measured.plan.rows:
        facts.setdefault(_NAMES[type(row)], []).append(row)
    return plan_evidence(facts, measured.pictures, published)


def measures_as_json(measured: MeasuredFolder) -> str:
    """Plan, fields, structures and measures, with what was read and what could not be."""
    tables: dict[str, list[dict[str, object]]] = {name: [] for name in _TABLES.values()}
    for row in measured.plan.rows:
        if type(row) in _TABLES:
            tables[_TABLES[type(row)]].append(row._asdict())
    found = {
        **tables,
        "problems": [problem._asdict() for problem in measured.problems],
        "inputs": [asdict(entry) for entry in measured.inputs],
    }
    return json_without_controls(json.dumps(found, indent=2, ensure_ascii=False, default=str)) + "\n"


def measures_as_text(measured: MeasuredFolder, evidence: PlanEvidence) -> str:
    """A page for the terminal: doubts whose the plan is, technique, structures, scorecard, measures."""
    whose = [problem for problem in measured.problems if isinstance(problem, SeveralPatients)]
    lines = [*_problem_lines(whose), *([""] if whose else [])]
    for plan in evidence.plans:
        dose = f"{plan.prescribed_dose_gy:g} Gy" if plan.prescribed_dose_gy else "dose not stated"
        fractions = f" in {counted(plan.fractions, 'fraction')}" if plan.fractions else ""
        portals = (
            ""
            if plan.gantry_stops is None
            else f", {counted(plan.gantry_stops, 'gantry stop')}, {counted(plan.arcs or 0, 'arc')}"
        )
        lines += [
            f"{evidence.plan_name(plan.plan_id)}: {readable(plan.technique)}, {dose}{fractions}{portals}",
            f"  {plan.technique_reason}",
            "",
        ]
    if evidence.structures:
        lines.append(f"{'structure':<24} {'role':<9} {'volume':>12}  role found")
        listed = [
            f"{s.name:<24} {s.role:<9} {quantity(s.volume_cc, 'cc'):>12}  {role_source(s)}" for s in evidence.structures
        ]
        lines += [*dict.fromkeys(listed), ""]
    for card in evidence.scorecards:
        lines += [_goal_text(goal) for goal in card.goals if goal.limit is not None]
    measures = [row for row in measured.plan.rows if isinstance(row, PlanMeasure)]
    for plan_id, of_plan in groupby(measures, key=lambda row: row.plan_id):
        if len(evidence.plans) > 1:
            lines += ["", f"{evidence.plan_name(plan_id)}:"]
        lines += measures_in_lines(list(of_plan))
    for found in evidence.verifications:
        share = " of points pass" if found.result == "gamma_pass_rate" else ""
        lines.append(f"{readable(found.kind)}: {quantity(found.value, found.unit)}{share} ({found.criteria})")
    lines += _problem_lines([problem for problem in measured.problems if problem not in whose])
    return "\n".join(lines) + "\n"


def _problem_lines(problems: Sequence[Problem]) -> list[str]:
    return [f"problem: {' '.join(filter(None, problem[:2]))}: {problem.sentence}" for problem in problems]


def _goal_text(goal: Goal) -> str:
    reached = f"{goal.reached_text} in the plan, margin {goal.margin_text}" if goal.reached_text else "no value"
    return f"{goal.result:<12} {goal.structure} {goal.measure} {goal.goal_text}: {reached}"
