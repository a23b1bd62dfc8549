"""The IMRT plan: fluence by optimization, then what delivers it, computed again from its control points."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from isocenter.planning.beam.beam_data import half_of_cones
from isocenter.planning.dose.delivered import delivered_fluence
from isocenter.planning.dose.delivery import Opening, fields_of, openings_of
from isocenter.planning.dose.dose import beam_dose
from isocenter.planning.dose.influence import InfluenceMatrix
from isocenter.planning.imrt.compensator import compensated_field
from isocenter.planning.imrt.leaf_positions import LeafDoses
from isocenter.planning.imrt.sequence import segments_of
from isocenter.planning.imrt.sliding_window import fastest_leaf_mm_per_s, sweep_field
from isocenter.planning.optimizing.limits import covered_gy, covering, lost_in
from isocenter.planning.optimizing.optimize import LATER_ITERATIONS, BeamOn, Smoothness, lower
from isocenter.planning.optimizing.steering import (
    PRESSURE,
    Pressure,
    Progress,
    Stage,
    State,
    followed,
    lower_with_correction,
)
from isocenter.planning.plans.plan import (
    FIRST_FLUENCE,
    ComputedPlan,
    DeliveryCost,
    Sampled,
    normalized,
    set_up,
    with_dose,
)
from isocenter.planning.task.task import Task
from isocenter.planning.task.templates import Arrangement
from isocenter.terms.imaging import Beam, FloatArray

Float32Array = NDArray[np.float32]

SMOOTHNESS = 0.1  # in Gy2 per squared unit of fluence, of which 50 Gy by nine fields take some 300
# Openings may use this many MU per cGy of the prescribed dose for nothing (500 MU of 2 Gy, a usual IMRT plan); what
# is beyond it costs this much, in Gy2 per squared MU per cGy.
USUAL_MU_PER_CGY, BEAM_ON_IMPORTANCE = 2.5, 300.0
DELIVERIES = ("step_and_shoot", "sliding_window", "compensator")
# More pressings on openings lower a mean dose by half a gray at most and take a fifth longer.
OF_OPENINGS = Pressure(times=2, of_targets=PRESSURE)
LEAST_SHARE = 0.01  # of the largest segment's weight; less is not delivered


def make_imrt(
    task: Task, arrangement: Arrangement, progress: Progress = lambda _: None, delivery: str = DELIVERIES[0]
) -> ComputedPlan:
    """IMRT: fluence by optimization, then what delivers it; weights of segments are optimized once more."""
    fine, coarse = set_up(task, arrangement, rings=1, progress=progress)
    matrix = fine.matrix
    smoothness = smoothness_of(matrix)
    rough = Stage(coarse.matrix, coarse.objective)
    # Where openings follow, they are optimized over every voxel, so the fluence need not be.
    state = lower_with_correction(
        task,
        rough,
        rough if delivery == "step_and_shoot" else Stage(matrix, fine.objective),
        np.full(matrix.bixels, FIRST_FLUENCE),
        lambda w: _collapsed_cone(task, matrix, w, is_rough=True),
        smoothness,
        progress,
    )
    progress(f"sequencing: {delivery.replace('_', ' ')}")
    if delivery == "step_and_shoot":
        wanted_gy, delivered = _by_openings(task, fine, coarse, state, progress)
    else:
        wanted_gy = _collapsed_cone(task, matrix, state.weights)
        delivered = _by_motion_or_plates(task, matrix, state.weights, wanted_gy, delivery)
    return _finished(task, arrangement, delivery, state, wanted_gy, delivered)


@dataclass(frozen=True, eq=False)
class _Delivered:
    """What delivers a fluence: its dose, its fields with their own at a point, openings where it has any."""

    dose_gy: Float32Array
    fields: list[tuple[int, Beam]]
    openings: tuple[Opening, ...] = ()
    evaluations: int = 0


def _by_motion_or_plates(
    task: Task, matrix: InfluenceMatrix, weights: FloatArray, wanted_gy: Float32Array, delivery: str
) -> _Delivered:
    """Sliding windows, or a compensator in each field."""
    make = sweep_field if delivery == "sliding_window" else compensated_field
    mu_per_weight = covering(task, wanted_gy) / task.fractions * task.beam.mu_per_unit
    maps = [bixels.spread(weights) * mu_per_weight for bixels in matrix.beams]
    fields = [
        (number, make(bixels, wanted, task.beam))
        for number, (bixels, wanted) in enumerate(zip(matrix.beams, maps, strict=True))
        if (wanted > 0).any()
    ]
    return _Delivered(*_dose_of_fields(task, matrix, fields))


def _by_openings(
    task: Task, fine: Sampled, coarse: Sampled, state: State, progress: Progress
) -> tuple[Float32Array, _Delivered]:
    """The dose of the fluence, and step-and-shoot openings whose leaves and weights are optimized again, with all that
    leaves let through or hold back.

    Both matrices follow the collapsed cone of the fluence's first optimum, and later that of the openings.
    """
    matrix, transmission = fine.matrix, task.beam.mlc_transmission
    openings = [
        Opening(number, segment.left.astype(np.float64), segment.right.astype(np.float64), segment.weight)
        for number, bixels in enumerate(matrix.beams)
        for segment in segments_of(bixels.spread(state.weights))
    ]
    first = LeafDoses(coarse.matrix, openings, transmission)
    found = lower(state.objective, first, first.variables(), LATER_ITERATIONS, beam_on_of(task, first))
    kept = _worth_delivering(first.openings(found.weights))
    rough, model = (LeafDoses(sampled.matrix, kept, transmission) for sampled in (coarse, fine))

    def deliver(variables: FloatArray, *, is_rough: bool = False) -> _Delivered:
        made = openings_of(_worth_delivering(model.openings(variables)), matrix.beams, task.beam)
        return _Delivered(*_dose_of_fields(task, matrix, fields_of(made, matrix.beams), is_rough=is_rough), tuple(made))

    kept_by, cost = fine.objective.on_every_voxel(matrix.dose(state.weights)), beam_on_of(task, model)
    last = lower_with_correction(
        task,
        Stage(rough, state.objective),
        Stage(model, fine.objective.pressed_as(state.objective)),
        model.variables(),
        lambda variables: deliver(variables, is_rough=True).dose_gy,
        cost,
        progress,
        OF_OPENINGS,
        kept_by,
    )
    evaluations = found.evaluations + last.evaluations
    made = deliver(last.weights)
    lost = lost_in(task, kept_by, made.dose_gy)
    if lost.goals or lost.broken:
        progress("followed once more, as the delivered dose breaks or loses goals")
        stage = Stage(model, last.objective)
        again = followed(task, stage, last.weights, made.dose_gy, cost, OF_OPENINGS, kept_by)
        evaluations += again.evaluations
        other = deliver(again.weights)
        made = other if lost_in(task, kept_by, other.dose_gy).order < lost.order else made
    wanted_gy = fine.objective.on_every_voxel(matrix.dose(state.weights))
    return wanted_gy, replace(made, evaluations=evaluations)


def _worth_delivering(openings: Sequence[Opening]) -> list[Opening]:
    """The openings that are open and whose weight is not negligible."""
    least = LEAST_SHARE * max((o.weight for o in openings), default=0.0)
    return [o for o in openings if o.weight > least and len(o.open_pairs)]


def _dose_of_fields(
    task: Task, matrix: InfluenceMatrix, fields: Sequence[tuple[int, Beam]], *, is_rough: bool = False
) -> tuple[Float32Array, list[tuple[int, Beam]]]:
    """The dose of what fields deliver, and the fields with their own at a point; rough: by half of the cones."""
    dose = np.zeros(task.patient.density.shape, np.float32)
    dosed: list[tuple[int, Beam]] = []
    for number, field in fields:
        share = delivered_fluence(field, task.beam)
        units = (field.monitor_units or 0.0) / task.beam.mu_per_unit
        beam = half_of_cones(task.beam, number) if is_rough else task.beam
        own = beam_dose(matrix.fans[number], replace(share, values=share.values * units), beam)
        dose += own
        dosed.append((number, with_dose(task, field, float(own.flat[task.dose_voxel]))))
    return dose, dosed


def smoothness_of(matrix: InfluenceMatrix) -> Smoothness:
    """A penalty on the differences of bixels that lie side by side along the leaves."""
    pairs = []
    for bixels in matrix.beams:
        both = (bixels.cells[1:] >= 0) & (bixels.cells[:-1] >= 0)
        pairs.append(np.column_stack([bixels.cells[1:][both], bixels.cells[:-1][both]]))
    return Smoothness(np.concatenate(pairs).astype(np.int64), SMOOTHNESS)


def beam_on_of(task: Task, model: LeafDoses) -> BeamOn:
    """A cost of the monitor units beyond usual ones, which narrow openings use for little."""
    top_cgy = 100 * task.prescribed_gy[task.top_target]
    return BeamOn(model.per_weight() * task.beam.mu_per_unit / top_cgy, USUAL_MU_PER_CGY, BEAM_ON_IMPORTANCE)


def _collapsed_cone(
    task: Task, matrix: InfluenceMatrix, bixel_weights: FloatArray, *, is_rough: bool = False
) -> Float32Array:
    total = np.zeros(task.patient.density.shape, np.float32)
    for number, (fan, bixels) in enumerate(zip(matrix.fans, matrix.beams, strict=True)):
        beam = half_of_cones(task.beam, number) if is_rough else task.beam
        total += beam_dose(fan, bixels.as_fluence(bixels.spread(bixel_weights)), beam)
    return total


def _finished(
    task: Task,
    arrangement: Arrangement,
    delivery: str,
    state: State,
    wanted_gy: Float32Array,
    delivered: _Delivered,
) -> ComputedPlan:
    plan = ComputedPlan(
        technique="imrt",
        arrangement=arrangement,
        dose_gy=delivered.dose_gy,
        fields=tuple(delivered.fields),
        openings=delivered.openings,
        objective=state.value,
        evaluations=state.evaluations + delivered.evaluations,
        delivery=delivery,
    )
    made = normalized(task, plan)
    fastest = max((fastest_leaf_mm_per_s(field, task.beam) for _, field in made.fields), default=0.0)
    return replace(
        made,
        costs=_costs(task, wanted_gy, made.dose_gy),
        fastest_leaf_mm_per_s=fastest if delivery == "sliding_window" else 0.0,
    )


def _costs(task: Task, wanted: Float32Array, delivered: Float32Array) -> tuple[DeliveryCost, ...]:
    """What delivery does to the dose of each structure, both doses normalized to the same coverage."""
    same_coverage = covered_gy(task, delivered, task.top_target) / covered_gy(task, wanted, task.top_target)
    wanted = wanted * np.float32(same_coverage)
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
