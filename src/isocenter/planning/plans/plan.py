"""A computed plan, whatever its technique: open this first, then imrt.py and conformal.py, which make one.

Both are optimized on the pencil beam's matrix for one objective, corrected by the collapsed cone, pressed until the
hard limits are kept or cannot be (steering.py), and normalized to the same coverage as far as the limits that come
before it allow (limits.py). What is delivered is computed again by collapsed cone from the control points of its
fields.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from isocenter.planning.dose.beam_view import cast_fan, look
from isocenter.planning.dose.delivery import Opening
from isocenter.planning.dose.influence import InfluenceMatrix, build_influence
from isocenter.planning.objective.goals import Goal
from isocenter.planning.objective.objective import Objective
from isocenter.planning.optimizing.limits import by_histogram, exact_normalization, hard_limits
from isocenter.planning.optimizing.steering import Progress
from isocenter.planning.task.task import Task
from isocenter.planning.task.templates import Arrangement
from isocenter.terms.imaging import Beam

Float32Array = NDArray[np.float32]

FIRST_FLUENCE = 0.3  # of every bixel, where an optimization begins


@dataclass(frozen=True, slots=True)
class DeliveryCost:
    """What delivery changes: a measure of a structure, in Gy, of the fluence that was optimized and as delivered.

    Both plans are normalized to the same coverage.
    """

    structure: str
    measure: str
    wanted_gy: float
    delivered_gy: float


@dataclass(frozen=True, slots=True)
class BrokenLimit:
    """A hard limit that a plan does not keep, and the dose in Gy that its structure receives."""

    goal: Goal
    reached_gy: float


@dataclass(frozen=True, slots=True)
class Offered:
    """An aperture that a 3D conformal plan was offered: number of the arrangement's beam, what it covers, its wedge."""

    beam: int
    label: str
    wedge: str


@dataclass(frozen=True, eq=False)
class ComputedPlan:
    """One plan: dose in Gy of the whole course (nz, ny, nx), what delivers it, and how it came about.

    fields: number of the arrangement's beam and the field with monitor units of one fraction; openings: what the
    fields whose leaves do not move while the beam is on consist of; short_by: the factor by which its dose would
    have to be raised to cover the highest target, above 1 where a limit that comes before coverage forbids it;
    kept_too: limits that do not come before coverage, for which a little more of it was given up; judged: how much it
    misses of limits, coverage, even dose and goals, by which 3D conformal plans of other fields are compared;
    tried_too: those fields.
    """

    technique: str
    arrangement: Arrangement
    dose_gy: Float32Array
    fields: tuple[tuple[int, Beam], ...]
    openings: tuple[Opening, ...]
    objective: float
    evaluations: int
    broken: tuple[BrokenLimit, ...] = ()
    short_by: float = 1.0
    kept_too: tuple[Goal, ...] = ()
    judged: float = 0.0
    offered: tuple[Offered, ...] = ()
    tried_too: tuple[Arrangement, ...] = ()
    delivery: str = "step_and_shoot"
    costs: tuple[DeliveryCost, ...] = ()
    fastest_leaf_mm_per_s: float = 0.0

    @property
    def monitor_units(self) -> float:
        """Of one fraction."""
        return sum(field.monitor_units or 0.0 for _, field in self.fields)


@dataclass(frozen=True, eq=False)
class Sampled:
    """What an optimizer works on: a matrix and the objective over its rows, of every voxel or of a coarse sample."""

    matrix: InfluenceMatrix
    objective: Objective


def set_up(
    task: Task, arrangement: Arrangement, rings: int, progress: Progress = lambda _: None
) -> tuple[Sampled, Sampled]:
    """The problem of an arrangement, fine and coarse, with rings of bixels around the targets.

    Most of the way is gone on the coarse one, whose evaluations take half the time or less.
    """
    patient = task.patient
    progress(f"influence of {len(arrangement.gantry_deg)} beams")
    targets = np.unique(np.concatenate([patient.voxels[name] for name in task.prescribed_gy]))
    fine, coarse = task.objectives
    views = [
        look(angle, task.isocenter_mm, patient_position=patient.patient_position, sad_mm=task.beam.sad_mm)
        for angle in arrangement.gantry_deg
    ]
    fans = [cast_fan(patient, view) for view in views]
    matrix = build_influence(patient, fans, fine.rows, targets, task.beam, rings)
    return Sampled(matrix, fine), Sampled(matrix.at(coarse.rows), coarse)


def with_dose(task: Task, field: Beam, dose_gy: float) -> Beam:
    """The field with its own dose at the point of the task, and where that is."""
    x, y, z = (float(at) for at in task.patient.points_mm(np.array([task.dose_voxel]))[0])
    return replace(field, beam_dose_gy=dose_gy, dose_point_mm=(x, y, z))


def normalized(task: Task, plan: ComputedPlan) -> ComputedPlan:
    """The plan with the dose of the whole course and the monitor units of one fraction, from those of unit weights."""
    found = exact_normalization(task, plan.dose_gy)
    per_fraction = found.scale / task.fractions
    dose = task.patient.without_air(plan.dose_gy * np.float32(found.scale))
    reached = by_histogram(task, dose, hard_limits(task))
    return replace(
        plan,
        dose_gy=dose,
        fields=tuple((number, _scaled(field, per_fraction)) for number, field in plan.fields),
        openings=tuple(replace(o, monitor_units=o.monitor_units * per_fraction) for o in plan.openings),
        broken=tuple(BrokenLimit(goal, dose_gy) for goal, dose_gy in reached.items() if dose_gy > goal.dose_gy),
        short_by=found.short_by,
        kept_too=found.kept_too,
    )


def _scaled(field: Beam, factor: float) -> Beam:
    return replace(
        field,
        monitor_units=(field.monitor_units or 0.0) * factor,
        beam_dose_gy=None if field.beam_dose_gy is None else field.beam_dose_gy * factor,
    )
