"""Weights that lower an objective: quasi-Newton steps over any model of dose, Newton's own over a dense table."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky, solve_triangular
from scipy.optimize import Bounds, minimize, nnls

from isocenter.planning.objective.objective import Objective
from isocenter.terms.imaging import FloatArray

Float32Array = NDArray[np.float32]

FIRST_ITERATIONS, LATER_ITERATIONS = 80, 25
TOLERANCE = 1e-6
TABLE_STEPS, TABLE_TOLERANCE = 30, 1e-5
DAMPING = 1e-5  # of the second derivatives, which are added up in single precision
LEAST_STEP, LEAST_GAIN = 1e-3, 1e-4  # of Newton's step, and of the gain it promises


class DoseModel(Protocol):
    """What turns weights, or other variables, into the dose of rows, and a derivative by rows into one by weights."""

    def bounds(self) -> tuple[FloatArray, FloatArray]: ...

    def dose(self, weights: FloatArray) -> Float32Array: ...

    def transposed(self, by_row: Float32Array, weights: FloatArray) -> FloatArray: ...

    def as_bixels(self, weights: FloatArray) -> FloatArray: ...

    def follow(self, dose: Float32Array, weights: FloatArray) -> None: ...


@dataclass(frozen=True, eq=False)
class Optimum:
    """Weights, what the objective is there, and how often it was asked."""

    weights: FloatArray
    value: float
    evaluations: int


class Cost(Protocol):
    """What an objective adds for the weights themselves, whatever dose they give."""

    def value(self, weights: FloatArray) -> tuple[float, FloatArray]: ...


@dataclass(frozen=True, eq=False)
class Smoothness:
    """A penalty of importance times the mean squared difference of neighboring weights: pairs of columns (n, 2)."""

    pairs: NDArray[np.int64]
    importance: float

    def value(self, weights: FloatArray) -> tuple[float, FloatArray]:
        """The penalty and its derivative."""
        difference = weights[self.pairs[:, 0]] - weights[self.pairs[:, 1]]
        scale = self.importance / max(len(self.pairs), 1)
        first, second = self.pairs.T
        slope = np.bincount(first, difference, len(weights)) - np.bincount(second, difference, len(weights))
        return scale * float(difference @ difference), np.asarray(2 * scale * slope, np.float64)


@dataclass(frozen=True, eq=False)
class BeamOn:
    """A cost of importance times the squared excess of MU per cGy over what is usual.

    per_variable (n,): MU per cGy of the prescribed dose that a unit of each variable takes.
    """

    per_variable: FloatArray
    usual: float
    importance: float

    def value(self, weights: FloatArray) -> tuple[float, FloatArray]:
        """The cost and its derivative."""
        excess = max(float(self.per_variable @ weights) - self.usual, 0.0)
        return self.importance * excess**2, 2 * self.importance * excess * self.per_variable


def lower(
    objective: Objective,
    model: DoseModel,
    start: FloatArray,
    iterations: int,
    cost: Cost | None = None,
    progress: Callable[[float], None] | None = None,
) -> Optimum:
    """Weights in their bounds after at most so many L-BFGS-B steps (Byrd et al., SIAM J Sci Comput 16:1190, 1995)."""

    def value_and_slope(weights: FloatArray) -> tuple[float, FloatArray]:
        value, by_row = objective.value(model.dose(weights))
        slope = model.transposed(by_row, weights)
        if cost is not None:
            more, more_slope = cost.value(weights)
            value, slope = value + more, slope + more_slope
        return value, slope

    found = minimize(
        value_and_slope,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=Bounds(*model.bounds()),
        options={"maxiter": iterations, "ftol": TOLERANCE},
        callback=None if progress is None else lambda intermediate_result: progress(float(intermediate_result.fun)),
    )
    return Optimum(np.clip(found.x, *model.bounds()), float(found.fun), int(found.nfev))


class TableModel(DoseModel, Protocol):
    """A model whose dose is a dense table (rows, weights) times the weights."""

    @property
    def table(self) -> Float32Array: ...


def lower_on_table(objective: Objective, model: TableModel, start: FloatArray) -> Optimum:
    """Nonnegative weights at the minimum, by Newton's steps: each is a problem of nonnegative least squares.

    For some hundreds of weights it takes five to ten evaluations, where quasi-Newton steps are not done after hundreds
    (projected Newton: Bertsekas, SIAM J Control Optim 20:221, 1982; least squares: Lawson and Hanson 1974).
    """
    table, weights = model.table, np.asarray(start, np.float64)
    dose = model.dose(weights)
    value, by_row = objective.value(dose)
    evaluations = 1
    for _ in range(TABLE_STEPS):
        slope = np.asarray(by_row @ table, np.float64)
        step = np.zeros(len(weights))
        is_free = (weights > 0) | (slope < 0)  # what is 0 and lowers nothing stays
        step[is_free] = _newton_step(objective, table[:, is_free], dose, weights[is_free], slope[is_free])
        promised = float(slope @ step)
        length = 1.0
        while True:
            tried = np.maximum(weights + length * step, 0.0)
            tried_dose = model.dose(tried)
            lower_value, tried_by_row = objective.value(tried_dose)
            evaluations += 1
            if lower_value <= value + LEAST_GAIN * length * promised or length < LEAST_STEP:
                break
            length /= 2
        gain = value - lower_value
        if gain <= 0:
            break
        weights, dose, value, by_row = tried, tried_dose, lower_value, tried_by_row
        if gain < TABLE_TOLERANCE * value:
            break
    return Optimum(weights, value, evaluations)


def _newton_step(
    objective: Objective, table: Float32Array, dose: Float32Array, weights: FloatArray, slope: FloatArray
) -> FloatArray:
    """To the minimum over nonnegative weights of the parabola that the objective is here."""
    second = second_derivatives(objective, table, dose)
    factor = cholesky(second, lower=True)
    least, _ = nnls(factor.T, solve_triangular(factor, second @ weights - slope, lower=True), maxiter=20 * len(weights))
    step: FloatArray = least - weights
    return step


def second_derivatives(objective: Objective, table: Float32Array, dose: Float32Array) -> FloatArray:
    """Those of the objective by the weights of a table's columns (n, n), damped a little so that they can be inverted.

    dose: what all weights together give the rows.
    """
    by_row = np.zeros(len(dose), np.float32)
    means = [(penalty, penalty.curvature(dose, by_row)) for penalty in objective.penalties]
    bent = np.flatnonzero(by_row)
    scaled = table[bent] * np.sqrt(by_row[bent])[:, None]
    second = np.asarray(scaled.T @ scaled, np.float64)
    for penalty, curvature in means:
        if curvature:
            mean = np.asarray(penalty.shares @ table[penalty.rows], np.float64)
            second += curvature * np.outer(mean, mean)
    diagonal = np.diagonal(second)
    second[np.diag_indices_from(second)] += DAMPING * (diagonal + max(float(diagonal.mean()), 1e-12))
    return second
