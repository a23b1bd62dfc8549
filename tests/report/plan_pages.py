"""A comparison of plans and a check of monitor units whose every text is given, for tests of their pages."""

from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import numpy as np

from isocenter.mu_checking import CheckedPlan
from isocenter.planning.beam.measured_beam import MeasuredBeam
from isocenter.planning.checks.mu_check import FieldCheck, MuCheck
from isocenter.planning.plans.comparison import ComparedConstraint, ComparedMeasure, Comparison
from isocenter.planning.plans.plan import Offered
from isocenter.planning.task.task import Choices
from isocenter.terms.imaging import Patient, TreatmentPlan
from isocenter.terms.problems import Problem
from isocenter.terms.review import Picture

_SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"><rect width="40" height="30"/></svg>'


def checked_plan(text: str = "PTV_60") -> CheckedPlan:
    """Three fields: one within tolerance, one beyond it, one that was not computed."""
    line = np.array([20.0, 100.0])
    beam = MeasuredBeam(
        text, 6.0, 1000.0, 0.01, 100.0, 900.0, 0.015, 1.0, date(2026, 3, 2), line, line, None, line, line,
        np.ones((2, 2)), None, None, (text,), "ab" * 32,
    )  # fmt: skip
    field = FieldCheck(text, 120.0, "", text, (0.0, 1.0, 2.0), 900.0, 100.0, 98.0, 5.0, 100.0, 90.0, 1.0, 1.0, 0.9,
                       1.0, 1.0, 0.8, 1.01, 1.0)  # fmt: skip
    fields = (field, replace(field, dose_gy=1.4), FieldCheck(text, 80.0, why_not=text))
    plan = TreatmentPlan("1.2.3", text, date(2026, 3, 5), fractions=30)
    return CheckedPlan(plan, MuCheck((beam,), fields, (0.0, 1.0, 2.0), 1.01, 1.0), text, (Problem(text, text, text),))


def plans_made(text: str = "PTV_60") -> Any:
    """Two computed plans beside each other, with what the template of their page reads and nothing else."""
    picture = Picture("dvh", text, text, "image/svg+xml", _SVG)
    values, met = {"imrt": 20.0, "conformal": 31.5}, {"imrt": True, "conformal": False}
    constraint = ComparedConstraint(text, "mean", "<=", 26.0, "Gy", values, met, "only_imrt")
    measure = ComparedMeasure(text, "D95%", "Gy", values)
    dvhs: dict[str, Any] = {"imrt": (), "conformal": (), "conformal_raised": ()}
    arrangement = SimpleNamespace(gantry_deg=[0.0, 72.0, 144.0, 216.0, 288.0], source=text, name=text)
    opening = SimpleNamespace(beam=1, label=text, wedge=text, monitor_units=50.0)
    cost = SimpleNamespace(structure=text, measure="mean", wanted_gy=19.0, delivered_gy=20.0)
    limit = SimpleNamespace(metric="mean", comparison="<=", limit=5.0, unit="Gy")
    broken = SimpleNamespace(goal=SimpleNamespace(structure=text, constraint=limit, dose_gy=5.0), reached_gy=5.5)
    plan = SimpleNamespace(
        technique="imrt", arrangement=arrangement, fields=[1, 2], delivery="step_and_shoot", openings=[opening],
        monitor_units=500.0, objective=10.0, evaluations=90, fastest_leaf_mm_per_s=20.0,
        offered=[Offered(1, text, text)],
        tried_too=[arrangement], costs=[cost],
        broken=[broken], short_by=1.05, kept_too=[broken.goal],
    )  # fmt: skip
    beam = SimpleNamespace(
        name=text,
        notice=text,
        source=text,
        energy_mv=6.0,
        leaf_speed_mm_per_s=25.0,
        dose_rate_mu_per_min=600.0,
        compensator_material=text,
    )
    task = SimpleNamespace(
        beam=beam,
        patient=SimpleNamespace(spacing_mm=np.array([2.5, 2.5, 3.0])),
        levels=[text],
        prescribed_gy={text: 60.0},
        fractions=30,
        top_target=text,
        choices=Choices(),
        goals=[SimpleNamespace(structure=text, comes_first=True)],
    )
    field = SimpleNamespace(name=text, energy_mv=6.0, monitor_units=100.0, target_mean_gy=0.4)
    source = SimpleNamespace(
        patient=Patient(text, text, text), ct=None, plan=SimpleNamespace(label=text, plan_date=None)
    )
    check = SimpleNamespace(
        target=text,
        computed_gy=60.0,
        stored_gy=61.0,
        difference_percent=-1.6,
        is_plausible=False,
        is_reproduced=False,
        coverage_percent=95.0,
        stored_covered_gy=60.0,
        computed_covered_gy=59.0,
        fields=[field],
    )
    return SimpleNamespace(
        task=task, plans=(plan, SimpleNamespace(**{**vars(plan), "technique": "conformal", "delivery": "static"})),
        comparison=Comparison((constraint,), (measure,), dvhs, ()),
        pictures=dict.fromkeys(("clinic", "imrt", "conformal", "clinic_recomputed"), (picture, picture)),
        difference=picture, problems=(Problem(text, text, text),), source=source, plausibility=check,
    )  # fmt: skip
