"""Weights that lower an objective: bounded quasi-Newton steps over any model that turns weights into dose."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, minimize

from isocenter.planning.objective import Objective
from isocenter.terms.imaging import FloatArray

Float32Array = NDArray[np.float32]

FIRST_ITERATIONS, LATER_ITERATIONS = 80, 25
TOLERANCE = 1e-6


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


@dataclass(frozen=True, eq=False)
class Smoothness:
    """A penalty of importance times the mean squared difference of neighboring weights: pairs of columns (n, 2)."""

    pairs: NDArray[np.int64]
    importance: float

    def value(self, weights: FloatArray) -> tuple[float, FloatArray]:
        """The penalty and its derivative."""
        difference = weights[self.pairs[:, 0]] - weights[self.pairs[:, 1]]
        scale = self.importance / max(len(self.pairs), 1)
        slope = np.zeros(len(weights))
        np.add.at(slope, self.pairs[:, 0], difference)
        np.subtract.at(slope, self.pairs[:, 1], difference)
        return scale * float(difference @ difference), 2 * scale * slope


def lower(
    objective: Objective,
    model: DoseModel,
    start: FloatArray,
    iterations: int,
    smoothness: Smoothness | None = None,
    progress: Callable[[float], None] | None = None,
) -> Optimum:
    """Weights in their bounds after at most so many L-BFGS-B steps (Byrd et al., SIAM J Sci Comput 16:1190, 1995)."""

    def value_and_slope(weights: FloatArray) -> tuple[float, FloatArray]:
        value, by_row = objective.value(model.dose(weights))
        slope = model.transposed(by_row, weights)
        if smoothness is not None:
            more, more_slope = smoothness.value(weights)
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
