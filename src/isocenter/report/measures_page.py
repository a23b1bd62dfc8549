"""The measures of a plan as text and as JSON."""

import json
from dataclasses import asdict
from itertools import groupby

from isocenter.report.words import readable
from isocenter.terms.plans import ConstraintResult, Plan, PlanField, PlanMeasure, Structure, Verification
from isocenter.workflow import MeasuredFolder


def measures_as_json(measured: MeasuredFolder) -> str:
    """Plan, fields, structures and measures, with what was read and what could not be."""
    names = {
        Plan: "plans",
        PlanField: "plan_fields",
        Structure: "structures",
        PlanMeasure: "plan_measures",
        ConstraintResult: "constraint_results",
        Verification: "verifications",
    }
    tables: dict[str, list[dict[str, object]]] = {name: [] for name in names.values()}
    for row in measured.plan.rows:
        if type(row) in names:
            tables[names[type(row)]].append(row._asdict())
    told = {
        **tables,
        "problems": [problem._asdict() for problem in measured.problems],
        "inputs": [asdict(entry) for entry in measured.inputs],
    }
    return json.dumps(told, indent=2, ensure_ascii=False, default=str) + "\n"


def measures_as_text(measured: MeasuredFolder) -> str:
    """A page for the terminal: the technique, the structures, what was measured on each."""
    lines: list[str] = []
    for plan in (row for row in measured.plan.rows if isinstance(row, Plan)):
        lines += [
            f"{plan.label or plan.plan_id}: {plan.technique}, "
            f"{plan.prescribed_dose_gy or '?'} Gy in {plan.fractions or '?'} fractions, "
            f"{plan.gantry_stops} gantry stops, {plan.arcs} arcs",
            f"  {plan.technique_reason}",
            "",
        ]
    structures = [row for row in measured.plan.rows if isinstance(row, Structure)]
    if structures:
        lines.append("structure                role      volume_cc  role from")
        lines += [f"{s.name:<24} {s.role:<9} {s.volume_cc or 0:9.1f}  {s.role_source}" for s in structures]
        lines.append("")
    measures = [row for row in measured.plan.rows if isinstance(row, PlanMeasure)]
    for about, group in groupby(measures, key=lambda row: row.about):
        shown = [f"{row.measure} {row.value:.4g}{' ' + row.unit if row.unit else ''}" for row in group]
        lines.append(f"{about}: {'; '.join(shown)}")
    lines += [_constraint_text(row) for row in measured.plan.rows if isinstance(row, ConstraintResult)]
    for found in (row for row in measured.plan.rows if isinstance(row, Verification)):
        lines.append(f"{readable(found.kind)}: {found.value or 0:.2f} {found.unit} of points pass ({found.criteria})")
    lines += [f"problem: {' '.join(filter(None, problem[:2]))}: {problem.sentence}" for problem in measured.problems]
    return "\n".join(lines) + "\n"


def _constraint_text(result: ConstraintResult) -> str:
    limit = f"{result.metric} {result.comparison} {result.limit:g} {result.unit}"
    kept = "met" if result.margin >= 0 else "missed"
    return f"{result.structure}: constraint {limit} {kept}, {result.value:.4g} {result.unit} in the plan"
