"""The objective of planning: quadratic penalties of goals, the same for every technique."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from isocenter.planning.objective.goals import Goal, Ratios
from isocenter.planning.patient.patient import PlanningPatient
from isocenter.terms.imaging import FloatArray

IntArray = NDArray[np.int64]
Float32Array = NDArray[np.float32]

# Importance of a kind of goal, in 1 / Gy2 over the mean of a structure: chosen on phantoms.
COVERAGE, HOT_SPOTS = 900.0, 450.0
HARD, SHARE, MEAN, AS_LOW, TISSUE = 120.0, 40.0, 25.0, 0.15, 120.0
COVERAGE_AIM, HOT_SPOT_AIM = 1.015, 1.03  # of the prescribed dose
ORGAN_AIM = 0.95  # of an organ's limit, so that delivery may cost something
SHARED_AIM = 0.97  # the same where the organ lies in a target, which receives less than the limit
# Dose to tissue around the targets as a share of the prescribed dose, by distance from them in mm.
FALL_OFF = ((10.0, 0.96), (25.0, 0.68), (float("inf"), 0.45))
FALL_OFF_MM = 40.0  # over which a higher target's dose may fall to nothing inside a lower one
RIM_MM = 10.0  # around the targets
RIM_SAMPLE = 4  # of a coarse sample one voxel of so many counts there
TISSUE_SAMPLE = 16  # elsewhere
ENOUGH_VOXELS = 1500  # of a structure in a coarse sample; of a larger one some are left out


@dataclass(frozen=True, eq=False)
class Penalty:
    """A penalty over rows (n,) with their shares of the structure's volume, which add up to 1.

    kind: 'over' or 'under' dose_gy; 'mean' over it; 'share': over it, but for what the hottest share may keep.
    """

    kind: str
    rows: IntArray
    shares: Float32Array
    dose_gy: Float32Array | float
    importance: float
    share: float = 0.0
    goal: Goal | None = None
    target: str = ""  # whose dose it asks for

    def value(self, dose: Float32Array, by_row: Float32Array) -> float:
        """The penalty at a dose of all rows; its derivative by each row's dose is added to by_row."""
        here = dose[self.rows]
        if self.kind == "mean":
            excess = max(float(here @ self.shares) - float(self.dose_gy), 0.0)
            by_row[self.rows] += np.float32(2 * self.importance * excess) * self.shares
            return self.importance * excess**2
        excess_gy = np.maximum(self.dose_gy - here if self.kind == "under" else here - self.dose_gy, 0)
        if self.kind == "share":
            excess_gy[here >= self._spared_from(here)] = 0
        sign = -2 if self.kind == "under" else 2
        by_row[self.rows] += np.float32(sign * self.importance) * self.shares * excess_gy
        return float(self.importance * (self.shares @ excess_gy**2))

    def curvature(self, dose: Float32Array, by_row: Float32Array) -> float:
        """The second derivative at a dose: of each row is added to by_row; of the mean it is returned."""
        here = dose[self.rows]
        if self.kind == "mean":
            return 2 * self.importance if float(here @ self.shares) > float(self.dose_gy) else 0.0
        counts = here < self.dose_gy if self.kind == "under" else here > self.dose_gy
        if self.kind == "share":
            counts &= here < self._spared_from(here)
        by_row[self.rows] += np.float32(2 * self.importance) * self.shares * counts
        return 0.0

    def _spared_from(self, here: Float32Array) -> float:
        """The least dose of the hottest part that fits in the allowed share of the volume: what is as hot may stay."""
        order = np.argsort(-here, kind="stable")
        within = np.cumsum(self.shares[order], dtype=np.float64) <= self.share + 1e-6
        hottest = here[order][within]
        return float(hottest[-1]) if len(hottest) else float("inf")


@dataclass(frozen=True, eq=False)
class Objective:
    """Penalties over the rows of a matrix: the flat numbers of voxels, and the row that stands for each voxel."""

    rows: IntArray
    penalties: tuple[Penalty, ...]
    row_of_voxel: IntArray = field(default_factory=lambda: np.zeros(0, np.int64))

    def on_every_voxel(self, dose: Float32Array) -> Float32Array:
        """The dose of the rows, flat over the grid: each voxel takes that of the row that stands for it."""
        return dose[self.row_of_voxel]

    def value(self, dose: Float32Array) -> tuple[float, Float32Array]:
        """The sum of the penalties in Gy2, and its derivative by the dose of each row."""
        by_row = np.zeros(len(dose), np.float32)
        return sum(penalty.value(dose, by_row) for penalty in self.penalties), by_row

    def pressing(
        self, broken: Sequence[Goal], pressure: float, thin: Sequence[str], target_pressure: float
    ) -> "Objective":
        """The same with the importance of broken goals multiplied, and of the even dose of targets that lack coverage.

        All other goals give way to both.
        """
        pressed = (
            replace(p, importance=p.importance * pressure)
            if p.goal in broken
            else replace(p, importance=p.importance * target_pressure)
            if p.target in thin
            else p
            for p in self.penalties
        )
        return replace(self, penalties=tuple(pressed))

    def pressed_as(self, other: "Objective") -> "Objective":
        """The same with the importance that the goals of another, made for the same patient, have come to."""
        pairs = zip(self.penalties, other.penalties, strict=True)
        return replace(self, penalties=tuple(replace(p, importance=q.importance) for p, q in pairs))

    def aiming(self, ratios: Ratios) -> "Objective":
        """The same with the doses of some hard goals divided: by how much a structure receives more than its voxels."""
        aimed = (
            p if p.goal is None or p.goal not in ratios else replace(p, dose_gy=_float32(p.dose_gy / ratios[p.goal]))
            for p in self.penalties
        )
        return replace(self, penalties=tuple(aimed))


@dataclass(frozen=True, eq=False)
class Sample:
    """Voxels to optimize on: their flat numbers, how many each stands for, and the row that stands for each voxel."""

    rows: IntArray
    counts: Float32Array
    row_of_voxel: IntArray


def pose(
    patient: PlanningPatient, prescribed_gy: Mapping[str, float], goals: Sequence[Goal], critical: Sequence[str]
) -> tuple[Objective, Objective]:
    """The objective over every voxel that counts, and over a coarse sample of them."""
    targets = np.unique(np.concatenate([patient.voxels[name] for name in prescribed_gy]))
    limited = [goal.structure for goal in goals if goal.is_hard and goal.structure not in prescribed_gy]
    fine, coarse = (
        choose_rows(patient, targets, critical, limited, is_coarse=is_coarse) for is_coarse in (False, True)
    )
    return (
        build_objective(patient, fine, prescribed_gy, goals, critical),
        build_objective(patient, coarse, prescribed_gy, goals, critical),
    )


def choose_rows(
    patient: PlanningPatient, targets: IntArray, organs: Sequence[str], limited: Sequence[str], *, is_coarse: bool
) -> Sample:
    """Targets, their rim and organs whole, and a sample of other tissue; a coarse sample takes a part of what is large.

    limited: organs that are limited near their maximum, of which every voxel counts in a coarse sample too, whose rows
    are some of the fine one's.
    """
    every = np.full(patient.density.size, TISSUE_SAMPLE, np.int64)
    every[_distance_mm(patient, targets) < RIM_MM] = RIM_SAMPLE if is_coarse else 1
    for voxels in (patient.voxels[name] for name in organs):
        every[voxels] = np.minimum(every[voxels], _stride(len(voxels)) if is_coarse else 1)
    every[targets] = _stride(len(targets)) if is_coarse else 1
    for name in limited:
        every[patient.voxels[name]] = 1
    # A fixed pattern that no direction prefers: the same rows on every run.
    k, j, i = np.unravel_index(np.arange(patient.density.size), patient.density.shape)
    is_row = (7 * k + 3 * j + 5 * i) % every == 0
    in_body = np.zeros(patient.density.size, bool)
    in_body[patient.body] = True
    rows = np.flatnonzero(is_row & in_body)
    return Sample(rows, every[rows].astype(np.float32), _nearest_row(patient, rows, targets))


def _stride(voxels: int) -> int:
    """One voxel of so many is taken of a structure: the largest power of 2 that leaves enough of them."""
    return 1 << min(max((voxels // ENOUGH_VOXELS).bit_length() - 1, 0), 3)


def _nearest_row(patient: PlanningPatient, rows: IntArray, targets: IntArray) -> IntArray:
    """The row that each voxel lies nearest to: of targets one of targets, of other tissue one of other tissue."""
    number = np.full(patient.density.size, -1, np.int64)
    number[rows] = np.arange(len(rows))
    in_target = np.zeros(patient.density.size, bool)
    in_target[targets] = True
    row_of_voxel = np.zeros(patient.density.size, np.int64)
    for part in (in_target, ~in_target):
        is_row = part & (number >= 0)
        if is_row.any():
            nearest = distance_transform_edt(
                ~is_row.reshape(patient.density.shape),
                sampling=patient.spacing_mm[::-1],
                return_distances=False,
                return_indices=True,
            )
            flat = np.ravel_multi_index(tuple(nearest), patient.density.shape).ravel()
            row_of_voxel[part] = number[flat[part]]
    return row_of_voxel


def build_objective(
    patient: PlanningPatient,
    sample: Sample,
    prescribed_gy: Mapping[str, float],
    goals: Sequence[Goal],
    critical: Sequence[str] = (),
) -> Objective:
    """Coverage and hot spots of each target, a fall-off of dose around them, a penalty for each goal of an organ, and
    for every critical structure a gentle one on its mean dose, so that a goal that is met is no license."""
    rows, counts = sample.rows, sample.counts
    place = np.full(patient.density.size, -1, np.int64)
    place[rows] = np.arange(len(rows))
    penalties: list[Penalty] = []
    taken = np.zeros(len(rows), bool)
    asked_gy = np.zeros(len(rows), np.float32)  # of the highest target that a row lies in
    allowed_gy = np.zeros(len(rows), np.float32)  # where dose still falls off from a higher target
    for name, dose_gy in sorted(prescribed_gy.items(), key=lambda pair: -pair[1]):
        own = place[patient.voxels[name]]
        own = own[(own >= 0) & ~taken[own]]  # the part of no higher target
        taken[own] = True
        asked_gy[own] = dose_gy
        if len(own):
            shares = counts[own] / counts[own].sum()
            penalties.append(Penalty("under", own, shares, COVERAGE_AIM * dose_gy, COVERAGE, target=name))
            most_gy = np.maximum(allowed_gy[own], np.float32(HOT_SPOT_AIM * dose_gy))
            penalties.append(Penalty("over", own, shares, most_gy, HOT_SPOTS, target=name))
            near = np.maximum(1 - _distance_mm(patient, rows[own], rows) / FALL_OFF_MM, 0) * HOT_SPOT_AIM * dose_gy
            allowed_gy = np.maximum(allowed_gy, near.astype(np.float32))
    target_rows = asked_gy > 0
    for goal in goals:
        if goal.structure in prescribed_gy or not goal.is_upper:
            continue
        own = place[patient.voxels[goal.structure]]
        own = own[own >= 0]
        if goal.is_hard is False:
            own = own[~target_rows[own]]
        if len(own):
            taken[own] = True
            penalties.append(_of_organ(goal, own, counts, asked_gy[own]))
    for name in critical:
        own = place[patient.voxels[name]]
        own = own[(own >= 0) & ~target_rows[np.maximum(own, 0)]]
        if len(own):
            penalties.append(Penalty("mean", own, counts[own] / counts[own].sum(), 0.0, AS_LOW))
    penalties.append(_fall_off(patient, rows, counts, target_rows, taken, max(prescribed_gy.values())))
    return Objective(rows, tuple(penalties), sample.row_of_voxel)


def _of_organ(goal: Goal, own: IntArray, counts: Float32Array, asked_gy: Float32Array) -> Penalty:
    """A goal of an organ; asked_gy: what a target that it overlaps is to receive, 0 outside.

    Where that is more than a hard limit, the limit is asked for as it is, without room for delivery; else with little.
    """
    shares = counts[own] / counts[own].sum()
    if goal.kind == "mean":
        return Penalty("mean", own, shares, ORGAN_AIM * goal.dose_gy, MEAN, goal=goal)
    if goal.is_hard:
        shared_gy = np.maximum(np.minimum(goal.dose_gy, COVERAGE_AIM * asked_gy), SHARED_AIM * goal.dose_gy)
        most_gy = np.where(asked_gy > 0, shared_gy, ORGAN_AIM * goal.dose_gy).astype(np.float32)
        return Penalty("over", own, shares, most_gy, HARD, goal=goal)
    return Penalty("share", own, shares, ORGAN_AIM * goal.dose_gy, SHARE, ORGAN_AIM * goal.share, goal)


def _fall_off(
    patient: PlanningPatient,
    rows: IntArray,
    counts: Float32Array,
    target_rows: NDArray[np.bool_],
    taken: NDArray[np.bool_],
    prescribed_gy: float,
) -> Penalty:
    distance_mm = _distance_mm(patient, rows[target_rows], rows)
    own = np.flatnonzero(~taken)
    limits = np.select(
        [distance_mm[own] < reach for reach, _ in FALL_OFF], [share * prescribed_gy for _, share in FALL_OFF]
    )
    return Penalty("over", own, counts[own] / counts[own].sum(), limits.astype(np.float32), TISSUE)


def _float32(dose_gy: Float32Array | float) -> Float32Array:
    return np.asarray(dose_gy, np.float32)


def _distance_mm(patient: PlanningPatient, of: IntArray, at: IntArray | None = None) -> FloatArray:
    """Distance of some voxels, or of all, to the nearest of others."""
    outside = np.ones(patient.density.shape, bool)
    outside.flat[of] = False
    distance_mm: FloatArray = distance_transform_edt(outside, sampling=patient.spacing_mm[::-1]).ravel()
    return distance_mm if at is None else distance_mm[at]
