"""Openings whose leaf positions and weights are optimized together, after sequencing has given their first shapes.

A bixel that a leaf edge crosses is open in part. The edge is softened over half a bixel, as the source does, so that
the dose has a derivative by its position everywhere (direct aperture optimization; Hardemark et al., RaySearch white
paper 2003, and Cassioli and Unkelbach, Phys Med Biol 58:301, 2013).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from isocenter.planning.dose.delivery import Opening, edges_of
from isocenter.planning.dose.influence import InfluenceMatrix
from isocenter.planning.kernels.leaves import add_openings, slopes_of_openings
from isocenter.terms.imaging import FloatArray

Float32Array = NDArray[np.float32]

LEAST_OPEN = 0.5  # columns; a narrower pair is closed


@dataclass(frozen=True, eq=False)
class _BeamOpenings:
    """Openings of one beam (n,): where their variables lie, and what the leaves may reach."""

    numbers: NDArray[np.int64]
    edges: NDArray[np.int64]  # (2, n, pairs): the variables of left and right edges
    per_column: FloatArray  # (n, 1): what a column is in these variables
    leak: FloatArray  # (n, columns, pairs): the share that closed leaves let through
    first: FloatArray  # (pairs,): column of the first bixel, and behind the last
    last: FloatArray


class LeafDoses:
    """The dose at the rows of a matrix for variables: weights of openings, then left and right edges of every pair.

    Variables are scaled so that a step of one changes about as much fluence as a step of any other.
    """

    def __init__(self, matrix: InfluenceMatrix, openings: Sequence[Opening], transmission: float) -> None:
        self._matrix, self._openings, self._transmission = matrix, tuple(openings), transmission
        weights = np.array([o.weight for o in openings])
        areas = np.array([(o.right - o.left).sum() for o in openings])
        self._per_weight = np.sqrt(np.maximum(areas, 1.0))
        self._per_column = np.maximum(weights, 0.1 * float(weights.max(initial=0.0)))
        self._starts = len(openings) + np.concatenate([[0], np.cumsum([2 * len(o.left) for o in openings])])
        of_beam = np.array([o.beam for o in openings])
        self._beams = [self._of_beam(b, np.flatnonzero(of_beam == b)) for b in range(len(matrix.beams))]

    def _of_beam(self, beam: int, numbers: NDArray[np.int64]) -> _BeamOpenings:
        is_bixel = self._matrix.beams[beam].is_bixel
        leak = np.zeros((len(numbers), *is_bixel.shape))
        for k, opening in enumerate(self._openings[n] for n in numbers):
            first, last = opening.extent
            pairs = opening.open_pairs
            leak[k, int(first) : int(np.ceil(last)), pairs[0] : pairs[-1] + 1] = self._transmission
        pairs_of_beam = is_bixel.shape[1]
        sides = pairs_of_beam * np.arange(2)[:, None, None]
        edges = self._starts[numbers][:, None] + np.arange(pairs_of_beam) + sides
        return _BeamOpenings(numbers, edges, self._per_column[numbers, None], leak * is_bixel, *edges_of(is_bixel))

    def variables(self) -> FloatArray:
        """Those of the openings as they are."""
        parts = [np.array([o.weight for o in self._openings]) * self._per_weight]
        parts += [np.concatenate([o.left, o.right]) * s for o, s in zip(self._openings, self._per_column, strict=True)]
        return np.concatenate(parts)

    def per_weight(self) -> FloatArray:
        """What a unit of each variable adds to the sum of all weights."""
        share = np.zeros(self._starts[-1])
        share[: len(self._openings)] = 1 / self._per_weight
        return share

    def bounds(self) -> tuple[FloatArray, FloatArray]:
        """The least and the greatest value of each variable."""
        low, high = np.zeros(self._starts[-1]), np.full(self._starts[-1], np.inf)
        for beam in self._beams:
            low[beam.edges] = beam.first * beam.per_column
            high[beam.edges] = beam.last * beam.per_column
        return low, high

    def openings(self, variables: FloatArray) -> list[Opening]:
        """The openings of these variables; a pair that is hardly open is closed."""
        made = list(self._openings)
        for beam in self._beams:
            for n, weight, left, right in zip(beam.numbers, *self._parts(beam, variables), strict=True):
                is_open = right - left >= LEAST_OPEN
                closed = np.where(is_open, right, left)
                made[n] = replace(self._openings[n], weight=float(weight), left=left, right=closed)
        return made

    def dose(self, variables: FloatArray) -> Float32Array:
        """Dose at each row."""
        return self._matrix.dose(self.as_bixels(variables))

    def transposed(self, by_row: Float32Array, variables: FloatArray) -> FloatArray:
        """The derivative by each variable."""
        by_bixel = self._matrix.transposed(by_row, variables)
        slope = np.zeros(len(variables))
        for bixels, beam in zip(self._matrix.beams, self._beams, strict=True):
            if len(beam.numbers):
                by_weight, by_left, by_right = slopes_of_openings(
                    *self._parts(beam, variables), beam.leak, bixels.spread(by_bixel)
                )
                slope[beam.numbers] = by_weight / self._per_weight[beam.numbers]
                slope[beam.edges] = np.stack([by_left, by_right]) / beam.per_column
        return slope

    def as_bixels(self, variables: FloatArray) -> FloatArray:
        """The fluence of every bixel."""
        fluence = np.zeros(self._matrix.bixels)
        for bixels, beam in zip(self._matrix.beams, self._beams, strict=True):
            if len(beam.numbers):
                on_map = np.zeros(bixels.cells.shape)
                add_openings(*self._parts(beam, variables), beam.leak, on_map)
                fluence[bixels.cells[bixels.is_bixel]] = on_map[bixels.is_bixel]
        return fluence

    def follow(self, dose: Float32Array, variables: FloatArray) -> None:
        """Scale the rows so that the openings give this dose, computed by a better engine, at these variables."""
        self._matrix.follow(dose, self.as_bixels(variables))

    def _parts(self, beam: _BeamOpenings, variables: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Weights (n,) of a beam's openings, and their left and right edges (n, pairs) in columns."""
        left, right = variables[beam.edges] / beam.per_column
        return variables[beam.numbers] / self._per_weight[beam.numbers], left, np.maximum(left, right)
