"""Makes the IMRT and the 3D conformal plan of one patient: open this first.

Both are optimized on the pencil beam's matrix for one objective, corrected by the collapsed cone, pressed until the
hard limits are kept or cannot be, and normalized to the same coverage. What is delivered is computed again by
collapsed cone from the control points of its fields.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from isocenter.errors import UnreadableInput
from isocenter.evidence.dvh import compute_dvhs
from isocenter.planning.beam_view import cast_fan, look
from isocenter.planning.compensator import compensated_field
from isocenter.planning.conformal import (
    Component,
    ComponentDoses,
    choose_few,
    offer_components,
)
from isocenter.planning.delivered import delivered_fluence
from isocenter.planning.delivery import Opening, deliver_fluence, edges_of, fields_of, openings_of
from isocenter.planning.dose import beam_dose
from isocenter.planning.goals import Goal
from isocenter.planning.influence import InfluenceMatrix, build_influence
from isocenter.planning.leaf_positions import LeafDoses
from isocenter.planning.objective import Objective, build_objective, choose_rows
from isocenter.planning.optimize import FIRST_ITERATIONS, LATER_ITERATIONS, DoseModel, Optimum, Smoothness, lower
from isocenter.planning.sequence import segments_of
from isocenter.planning.sliding_window import fastest_leaf_mm_per_s, sweep_field
from isocenter.planning.task import Task
from isocenter.planning.templates import Arrangement
from isocenter.terms.imaging import Beam, DoseGrid, FloatArray

Float32Array = NDArray[np.float32]
Progress = Callable[[str], None]

NORMALIZATION_SLACK = 2e-4  # a bin of the histogram, so that what is normalized to a goal meets it
SMOOTHNESS = 10.0
DELIVERIES = ("step_and_shoot", "sliding_window", "compensator")
LEAST_SHARE = 0.01  # of the largest segment's weight; less is not delivered
CORRECTIONS = 1  # one is enough: the second changes nothing that can be seen
PRESSINGS, PRESSURE = 4, 4.0
TARGET_PRESSURE = 2.0  # of targets, so that limits come before them
MOST_IN_TARGET = 1.1  # of the prescribed dose to 2 % of the highest target; more counts against a plan
LEAST_COVERAGE = 0.985  # of the prescribed dose, before the plan is normalized; less is pressed on


@dataclass(frozen=True, slots=True)
class DeliveryCost:
    """What delivery changes: a measure of a structure, in Gy, of the fluence that was optimized and as delivered.

    Both plans are normalized to the same coverage.
    """

    structure: str
    measure: str
    wanted_gy: float
    delivered_gy: float


@dataclass(frozen=True, eq=False)
class ComputedPlan:
    """One plan: dose in Gy of the whole course (nz, ny, nx), what delivers it, and how it came about.

    fields: number of the arrangement's beam and the field with monitor units of one fraction; openings: what the
    fields of leaves that stand still while the beam is on consist of.
    """

    technique: str
    arrangement: Arrangement
    dose_gy: Float32Array
    fields: tuple[tuple[int, Beam], ...]
    openings: tuple[Opening, ...]
    objective: float
    evaluations: int
    broken: tuple[Goal, ...]
    offered: tuple[str, ...] = ()
    delivery: str = "step_and_shoot"
    costs: tuple[DeliveryCost, ...] = ()
    fastest_leaf_mm_per_s: float = 0.0

    @property
    def monitor_units(self) -> float:
        """Of one fraction."""
        return sum(field.monitor_units or 0.0 for _, field in self.fields)


def make_imrt(
    task: Task, arrangement: Arrangement, progress: Progress = lambda _: None, delivery: str = DELIVERIES[0]
) -> ComputedPlan:
    """IMRT: fluence by optimization, then what delivers it; weights of segments are optimized once more."""
    matrix, objective = _set_up(task, arrangement, rings=1, progress=progress)
    weights = np.full(matrix.bixels, 0.3)
    smoothness = Smoothness(_neighbors(matrix), SMOOTHNESS)
    state = _lower_with_corrections(
        task, matrix, objective, matrix, weights, lambda w: _collapsed_cone(task, matrix, w), smoothness, progress
    )
    progress(f"sequencing: {delivery.replace('_', ' ')}")
    if delivery == "step_and_shoot":
        delivered = _by_openings(task, matrix, state, progress)
    else:
        delivered = _by_motion_or_plates(task, matrix, state, delivery)
    return _finish_imrt(task, arrangement, delivery, state, delivered)


@dataclass(frozen=True, eq=False)
class _Delivered:
    """What delivers a fluence: its dose, its fields with their own at the isocenter, openings where it has any."""

    dose_gy: Float32Array
    fields: list[tuple[int, Beam]]
    openings: tuple[Opening, ...] = ()
    evaluations: int = 0


def _by_motion_or_plates(task: Task, matrix: InfluenceMatrix, state: "_State", delivery: str) -> _Delivered:
    """Sliding windows, or a compensator in each field."""
    make = sweep_field if delivery == "sliding_window" else compensated_field
    mu_per_weight = normalization(task, state.dose_gy) / task.fractions * task.beam.mu_per_unit
    maps = [bixels.spread(state.weights) * mu_per_weight for bixels in matrix.beams]
    fields = [
        (number, make(bixels, wanted, task.beam))
        for number, (bixels, wanted) in enumerate(zip(matrix.beams, maps, strict=True))
        if (wanted > 0).any()
    ]
    return _Delivered(*_dose_of_fields(task, matrix, fields))


def _by_openings(task: Task, matrix: InfluenceMatrix, state: "_State", progress: Progress) -> _Delivered:
    """Step-and-shoot openings whose leaves and weights are optimized again, with all that leaves let through or hold
    back."""
    transmission = task.beam.mlc_transmission
    openings = [
        Opening(number, segment.left.astype(np.float64), segment.right.astype(np.float64), segment.weight)
        for number, bixels in enumerate(matrix.beams)
        for segment in segments_of(bixels.spread(state.weights))
    ]
    first = LeafDoses(matrix, openings, transmission)
    found = lower(state.objective, first, first.variables(), LATER_ITERATIONS)
    model = LeafDoses(matrix, _worth_delivering(first.openings(found.weights)), transmission)
    latest = _Delivered(state.dose_gy, [])

    def deliver(variables: FloatArray) -> Float32Array:
        nonlocal latest
        made = openings_of(_worth_delivering(model.openings(variables)), matrix.beams, task.beam)
        latest = _Delivered(*_dose_of_fields(task, matrix, fields_of(made, matrix.beams)), tuple(made))
        return latest.dose_gy

    last = _lower_with_corrections(
        task, matrix, state.objective, model, model.variables(), deliver, None, progress, PRESSURE
    )
    return replace(latest, evaluations=found.evaluations + last.evaluations)


def _worth_delivering(openings: Sequence[Opening]) -> list[Opening]:
    """The openings that are open and whose weight is not negligible."""
    least = LEAST_SHARE * max((o.weight for o in openings), default=0.0)
    return [o for o in openings if o.weight > least and len(o.open_pairs)]


def _dose_of_fields(
    task: Task, matrix: InfluenceMatrix, fields: Sequence[tuple[int, Beam]]
) -> tuple[Float32Array, list[tuple[int, Beam]]]:
    """The dose of what fields deliver, and the fields with their own at the isocenter."""
    dose = np.zeros(task.patient.density.shape, np.float32)
    dosed: list[tuple[int, Beam]] = []
    for number, field in fields:
        share = delivered_fluence(field, task.beam)
        units = (field.monitor_units or 0.0) / task.beam.mu_per_unit
        own = beam_dose(task.patient, matrix.fans[number], replace(share, values=share.values * units), task.beam)
        dose += own
        dosed.append((number, _with_dose(task, field, own)))
    return dose, dosed


def make_conformal(
    task: Task, arrangement: Arrangement, shields: Sequence[str], progress: Progress = lambda _: None
) -> ComputedPlan:
    """The fair 3D conformal plan: components offered as a clinic would, weighted by the same objective and limits."""
    matrix, objective = _set_up(task, arrangement, rings=3, progress=progress)
    offered = offer_components(task.patient, matrix, task.levels, shields, arrangement, task.choices)
    if not offered:
        raise UnreadableInput("no aperture of the 3D conformal plan covers the target; it may lie outside the body")
    # Which apertures are kept follows from hard limits too: an aperture off the cord is worth little without pressing
    # on its limit. Where the limit cannot be kept, those kept without pressing may miss it less.
    even_start = np.full(len(offered), 0.3 / max(1, len(offered) // len(matrix.beams)))
    all_offered = ComponentDoses(matrix, offered)
    first = lower(objective, all_offered, even_start, FIRST_ITERATIONS)
    choices = [
        _few_components(task, matrix, objective, offered, all_offered, first, is_pressed)
        for is_pressed in (True, False)
    ]
    _, components, weights = min(choices, key=lambda choice: choice[0])
    model = ComponentDoses(matrix, components)

    def openings(weights: FloatArray) -> list[Opening]:
        shapes = [
            Opening(c.beam, *edges_of(c.is_open), float(w), c.wedge, c.label, c.transmitted)
            for c, w in zip(components, weights, strict=True)
            if w > 0
        ]
        return openings_of(shapes, matrix.beams, task.beam)

    def deliver(weights: FloatArray) -> Float32Array:
        return _dose_of_openings(task, matrix, openings(weights))

    state = _lower_with_corrections(task, matrix, objective, model, weights, deliver, None, progress)
    labels = tuple(
        f"gantry {arrangement.gantry_deg[c.beam]:g}: {c.label}{' wedge ' + c.wedge if c.wedge else ''}" for c in offered
    )
    made = openings(state.weights)
    plan = ComputedPlan(
        technique="conformal",
        arrangement=arrangement,
        dose_gy=state.dose_gy,
        fields=tuple(fields_of(made, matrix.beams)),
        openings=tuple(made),
        objective=state.value,
        evaluations=state.evaluations,
        broken=(),
        offered=labels,
        delivery="static",
    )
    return _normalized(task, plan)


def _few_components(
    task: Task,
    matrix: InfluenceMatrix,
    objective: Objective,
    offered: Sequence[Component],
    all_offered: ComponentDoses,
    first: Optimum,
    is_pressed: bool,
) -> tuple[float, list[Component], FloatArray]:
    """By how much the plan of the components that are worth keeping misses its limits, these, and their weights.

    first is the optimum of all that are offered, before anything is pressed.
    """
    even = dict.fromkeys(_hard_limits(task), 1.0)
    components, missed = list(offered), float("inf")
    model, found, weights = all_offered, first, first.weights
    most = task.choices.apertures_per_field
    for turn, kept in enumerate((most + 2, most, most)):
        if turn > 0:
            model = ComponentDoses(matrix, components)
            found = lower(objective, model, weights, FIRST_ITERATIONS)
        if is_pressed:
            _, found = _pressed(task, matrix, objective, model, found, even)
        missed = _missed(task, _on_grid(task, matrix, model.dose(found.weights)), even)
        chosen = choose_few(components, found.weights, len(matrix.beams), kept)
        components, weights = [components[k] for k in chosen], found.weights[chosen]
    return missed, components, weights


def _on_grid(task: Task, matrix: InfluenceMatrix, dose: Float32Array) -> Float32Array:
    """The dose of a matrix's rows on the whole grid, 0 elsewhere."""
    on_grid = np.zeros(task.patient.density.size, np.float32)
    on_grid[matrix.rows] = dose
    return on_grid


@dataclass(frozen=True, eq=False)
class _State:
    weights: FloatArray
    dose_gy: Float32Array
    objective: Objective
    value: float
    evaluations: int


def _set_up(task: Task, arrangement: Arrangement, rings: int, progress: Progress) -> tuple[InfluenceMatrix, Objective]:
    patient = task.patient
    progress(f"influence of {len(arrangement.gantry_deg)} beams")
    targets = np.unique(np.concatenate([patient.voxels[name] for name in task.prescribed_gy]))
    rows, counts = choose_rows(patient, targets, task.critical)
    views = [
        look(angle, task.isocenter_mm, patient_position=patient.patient_position, sad_mm=task.beam.sad_mm)
        for angle in arrangement.gantry_deg
    ]
    fans = [cast_fan(patient, view) for view in views]
    matrix = build_influence(patient, fans, rows, targets, task.beam, rings)
    return matrix, build_objective(patient, rows, counts, task.prescribed_gy, task.goals, task.critical)


def _neighbors(matrix: InfluenceMatrix) -> NDArray[np.int64]:
    """Pairs of bixels side by side along the leaves."""
    pairs = []
    for bixels in matrix.beams:
        both = (bixels.cells[1:] >= 0) & (bixels.cells[:-1] >= 0)
        pairs.append(np.column_stack([bixels.cells[1:][both], bixels.cells[:-1][both]]))
    return np.concatenate(pairs).astype(np.int64)


def _lower_with_corrections(
    task: Task,
    matrix: InfluenceMatrix,
    objective: Objective,
    model: DoseModel,
    weights: FloatArray,
    dose_of: Callable[[FloatArray], Float32Array],
    smoothness: Smoothness | None,
    progress: Progress,
    target_pressure: float = TARGET_PRESSURE,
) -> _State:
    """Optimize, follow the collapsed cone, and press on hard limits that the normalized dose breaks and on coverage.

    Between two doses by collapsed cone the corrected matrix says what is broken: it is as good there, and quick.
    """
    evaluations, aims, ratios = 0, objective, dict.fromkeys(_hard_limits(task), 1.0)
    for turn in range(1 + CORRECTIONS):
        found = lower(aims, model, weights, LATER_ITERATIONS if turn else FIRST_ITERATIONS, smoothness)
        if turn:
            objective, found = _pressed(task, matrix, objective, model, found, ratios, smoothness, target_pressure)
        evaluations += found.evaluations
        weights = found.weights
        dose = dose_of(weights)
        progress(f"objective {found.value:.0f} after {evaluations} evaluations")
        ratios = _exact_to_voxels(task, dose)
        aims = objective.aiming(ratios)
        model.follow(dose.ravel()[matrix.rows], weights)
    return _State(weights, dose, objective, found.value, evaluations)


def _pressed(
    task: Task,
    matrix: InfluenceMatrix,
    objective: Objective,
    model: DoseModel,
    found: Optimum,
    ratios: Mapping[Goal, float],
    smoothness: Smoothness | None = None,
    target_pressure: float = TARGET_PRESSURE,
) -> tuple[Objective, Optimum]:
    """Raise the importance of hard limits that are broken, and of targets that lack coverage, and optimize again.

    Kept is, of all that were made, what breaks limits least once it is normalized: where a technique cannot keep a
    limit, pressing on costs coverage, and normalizing makes good for it with more dose to everything.
    """
    best: tuple[float, Objective, Optimum] | None = None
    evaluations = found.evaluations
    for pressing in range(1 + PRESSINGS):
        on_rows = _on_grid(task, matrix, model.dose(found.weights))
        missed = _missed(task, on_rows, ratios)
        if best is None or missed < best[0]:
            best = missed, objective, found
        broken, thin = _broken_by_voxels(task, on_rows, ratios), _thin_targets(task, on_rows)
        if pressing == PRESSINGS or not (broken or thin):
            break
        objective = objective.pressing(broken, PRESSURE, thin, target_pressure)
        found = lower(objective.aiming(ratios), model, found.weights, LATER_ITERATIONS, smoothness)
        evaluations += found.evaluations
    assert best is not None
    return best[1], replace(best[2], evaluations=evaluations)


def _missed(task: Task, dose: Float32Array, ratios: Mapping[Goal, float]) -> float:
    """How far a plan, once normalized, is from hard limits, coverage and even dose: relative excess, added up."""
    scale = normalization(task, dose)
    excess = [
        (_by_voxels(task, dose, goal) * scale * ratios[goal] - goal.dose_gy) / max(goal.dose_gy, 1.0)
        for goal in _hard_limits(task)
    ]
    for name, dose_gy in task.prescribed_gy.items():
        voxels = dose.ravel()[task.patient.voxels[name]] * scale / dose_gy
        excess.append(LEAST_COVERAGE - float(np.percentile(voxels, 100 - task.choices.coverage_percent)))
        if name == task.top_target:
            excess.append(float(np.percentile(voxels, 98)) - MOST_IN_TARGET)
    return sum(max(one, 0.0) for one in excess)


def _collapsed_cone(task: Task, matrix: InfluenceMatrix, bixel_weights: FloatArray) -> Float32Array:
    total = np.zeros(task.patient.density.shape, np.float32)
    for fan, bixels in zip(matrix.fans, matrix.beams, strict=True):
        total += beam_dose(task.patient, fan, bixels.as_fluence(bixels.spread(bixel_weights)), task.beam)
    return total


def _dose_of_openings(task: Task, matrix: InfluenceMatrix, openings: Sequence[Opening]) -> Float32Array:
    """The dose of openings of the 3D conformal plan, with their wedges."""
    total = np.zeros(task.patient.density.shape, np.float32)
    for number, (fan, bixels) in enumerate(zip(matrix.fans, matrix.beams, strict=True)):
        own = [opening for opening in openings if opening.beam == number]
        if own:
            total += beam_dose(task.patient, fan, deliver_fluence(bixels, own, task.beam), task.beam)
    return total


def normalization(task: Task, dose: Float32Array) -> float:
    """The factor by which the chosen share of the highest target's volume receives its prescribed dose."""
    covered = np.percentile(dose.ravel()[task.patient.voxels[task.top_target]], 100 - task.choices.coverage_percent)
    return task.prescribed_gy[task.top_target] / float(covered) if covered > 0 else 1.0


def _exact_normalization(task: Task, dose: Float32Array) -> float:
    """The same by the exact histogram of the target, as the comparison will take it; by voxels without contours."""
    patient = task.patient
    scale = normalization(task, dose)
    if task.top_target not in task.structures:
        return scale
    grid = DoseGrid(dose * np.float32(scale), patient.x_mm, patient.y_mm, patient.z_mm)
    covered_gy = compute_dvhs([task.structures[task.top_target]], grid)[0].dose_at_fraction_gy(
        task.choices.coverage_percent / 100
    )
    wanted_gy = task.prescribed_gy[task.top_target] * (1 + NORMALIZATION_SLACK)
    return scale * wanted_gy / covered_gy if covered_gy > 0 else scale


def _hard_limits(task: Task) -> list[Goal]:
    return [goal for goal in task.goals if goal.is_hard and goal.structure not in task.prescribed_gy]


def _by_voxels(task: Task, dose: Float32Array, goal: Goal) -> float:
    """The dose that the share of a hard limit receives, by voxels."""
    here = np.sort(dose.ravel()[task.patient.voxels[goal.structure]])[::-1]
    return float(here[min(int(goal.share * len(here)), len(here) - 1)]) if len(here) else 0.0


def _by_histogram(task: Task, dose: Float32Array, goals: Sequence[Goal]) -> dict[Goal, float]:
    """The same by the exact histogram of each structure that has contours, by voxels of one that has none."""
    contoured = sorted({goal.structure for goal in goals} & set(task.structures))
    grid = DoseGrid(dose, task.patient.x_mm, task.patient.y_mm, task.patient.z_mm)
    curves = {dvh.structure_name: dvh for dvh in compute_dvhs([task.structures[name] for name in contoured], grid)}
    found = {}
    for goal in goals:
        dvh = curves.get(goal.structure)
        exact = np.nan if dvh is None else dvh.maximum_gy if goal.share == 0 else dvh.dose_at_fraction_gy(goal.share)
        found[goal] = float(exact) if np.isfinite(exact) else _by_voxels(task, dose, goal)
    return found


def _exact_to_voxels(task: Task, dose: Float32Array) -> dict[Goal, float]:
    """By how much each hard limit's dose in the exact histogram is above that of the voxels, where it is."""
    exact = _by_histogram(task, dose, _hard_limits(task))
    voxels = {goal: _by_voxels(task, dose, goal) for goal in exact}
    return {goal: max(exact[goal] / voxels[goal], 1.0) if voxels[goal] > 0 else 1.0 for goal in exact}


def _broken_by_voxels(task: Task, dose: Float32Array, ratios: Mapping[Goal, float]) -> tuple[Goal, ...]:
    scale = normalization(task, dose)
    return tuple(
        goal for goal in _hard_limits(task) if _by_voxels(task, dose, goal) * scale * ratios[goal] > goal.dose_gy
    )


def _thin_targets(task: Task, dose: Float32Array) -> tuple[str, ...]:
    """Targets that lack coverage: the highest as it is, for scaling it up heats all else; others once it is scaled."""
    scale = normalization(task, dose)
    return tuple(
        name
        for name, dose_gy in task.prescribed_gy.items()
        if np.percentile(dose.ravel()[task.patient.voxels[name]], 100 - task.choices.coverage_percent)
        * (1 if name == task.top_target else scale)
        < LEAST_COVERAGE * dose_gy
    )


def _finish_imrt(
    task: Task, arrangement: Arrangement, delivery: str, state: _State, delivered: _Delivered
) -> ComputedPlan:
    plan = ComputedPlan(
        technique="imrt",
        arrangement=arrangement,
        dose_gy=delivered.dose_gy,
        fields=tuple(delivered.fields),
        openings=delivered.openings,
        objective=state.value,
        evaluations=state.evaluations + delivered.evaluations,
        broken=(),
        delivery=delivery,
    )
    made = _normalized(task, plan)
    fastest = max((fastest_leaf_mm_per_s(field, task.beam) for _, field in made.fields), default=0.0)
    return replace(
        made,
        costs=_costs(task, state.dose_gy, made.dose_gy),
        fastest_leaf_mm_per_s=fastest if delivery == "sliding_window" else 0.0,
    )


def _normalized(task: Task, plan: ComputedPlan) -> ComputedPlan:
    """The plan with the dose of the whole course and the monitor units of one fraction, from those of unit weights."""
    scale = _exact_normalization(task, plan.dose_gy)
    per_fraction = scale / task.fractions
    dose = task.patient.without_air(plan.dose_gy * np.float32(scale))
    reached = _by_histogram(task, dose, _hard_limits(task))
    broken = tuple(goal for goal, dose_gy in reached.items() if dose_gy > goal.dose_gy)
    return replace(
        plan,
        dose_gy=dose,
        fields=tuple((number, _scaled(field, per_fraction)) for number, field in plan.fields),
        openings=tuple(replace(o, monitor_units=o.monitor_units * per_fraction) for o in plan.openings),
        broken=broken,
    )


def _scaled(field: Beam, factor: float) -> Beam:
    return replace(
        field,
        monitor_units=(field.monitor_units or 0.0) * factor,
        beam_dose_gy=None if field.beam_dose_gy is None else field.beam_dose_gy * factor,
    )


def _with_dose(task: Task, field: Beam, dose: Float32Array) -> Beam:
    """The field with the dose that it gives the voxel of the isocenter, and where that is."""
    patient = task.patient
    k, j, i = (
        int(np.argmin(np.abs(axis - at)))
        for axis, at in zip((patient.z_mm, patient.y_mm, patient.x_mm), task.isocenter_mm[::-1], strict=True)
    )
    point_mm = (float(patient.x_mm[i]), float(patient.y_mm[j]), float(patient.z_mm[k]))
    return replace(field, beam_dose_gy=float(dose[k, j, i]), dose_point_mm=point_mm)


def _costs(task: Task, wanted: Float32Array, delivered: Float32Array) -> tuple[DeliveryCost, ...]:
    """What delivery does to the dose of each structure, both doses normalized to the same coverage."""
    wanted = wanted * np.float32(normalization(task, wanted))
    costs = []
    for name in (*task.prescribed_gy, *task.critical):
        voxels = task.patient.voxels[name]
        both = [dose.ravel()[voxels] for dose in (wanted, delivered)]
        measures: tuple[tuple[str, Callable[[Float32Array], float]], ...] = (
            ("D98%", lambda d: float(np.percentile(d, 2))),
            ("D2%", lambda d: float(np.percentile(d, 98))),
        )
        if name not in task.prescribed_gy:
            measures = (("mean", lambda d: float(d.mean())), measures[1])
        costs += [DeliveryCost(name, measure, of(both[0]), of(both[1])) for measure, of in measures]
    return tuple(costs)
