"""What the machine delivers: openings with monitor units, and the fluence they let through, leakage included."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from isocenter.planning.beam_data import BeamData
from isocenter.planning.dose import FluenceMap
from isocenter.planning.influence import BIXEL_MM, BixelMap
from isocenter.terms.imaging import FloatArray


@dataclass(frozen=True, eq=False)
class Opening:
    """One shape of a beam: where it is open (columns, leaf pairs) and its weight; a wedge where one is in.

    left_mm, right_mm (leaf pairs,), the jaws around them and monitor_units are set once the plan is normalized.
    """

    beam: int
    is_open: NDArray[np.bool_]
    weight: float
    wedge: str = ""
    label: str = ""
    transmitted: FloatArray | None = None
    left_mm: FloatArray | None = None
    right_mm: FloatArray | None = None
    jaws_x_mm: tuple[float, float] | None = None
    jaws_y_mm: tuple[float, float] | None = None
    monitor_units: float = 0.0


def deliver_fluence(bixels: BixelMap, openings: Iterable[Opening], beam: BeamData) -> FluenceMap:
    """The fluence of all openings of one beam on a fine raster, with the leaves' transmission inside the jaws.

    The jaws close to the rectangle around each opening, as the plan's control points say.
    """
    total = np.zeros(bixels.cells.shape)
    for opening in openings:
        through = opening.is_open.astype(np.float64) if opening.transmitted is None else opening.transmitted
        inside = np.zeros(total.shape, bool)
        inside[np.ix_(*_extent(opening.is_open))] = True
        total += opening.weight * np.where(opening.is_open, through, np.where(inside, beam.mlc_transmission, 0.0))
    return bixels.as_fluence(total)


def _extent(is_open: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Columns and leaf pairs of the rectangle around an opening."""
    columns, pairs = (np.flatnonzero(is_open.any(axis)) for axis in (1, 0))
    return np.arange(columns[0], columns[-1] + 1), np.arange(pairs[0], pairs[-1] + 1)


def openings_of(openings: Sequence[Opening], beams: Sequence[BixelMap], mu_per_weight: float) -> list[Opening]:
    """The openings with leaf positions in mm at the isocenter plane and monitor units of one fraction."""
    made = []
    for opening in openings:
        bixels = beams[opening.beam]
        columns = bixels.cells.shape[0]
        first = np.argmax(opening.is_open, axis=0)
        last = columns - np.argmax(opening.is_open[::-1], axis=0)
        closed = ~opening.is_open.any(0)
        edge_mm = bixels.u0_mm - BIXEL_MM / 2
        middle_mm = edge_mm + BIXEL_MM * (np.flatnonzero(opening.is_open.any(1)).mean() + 0.5)
        left_mm = np.where(closed, middle_mm, edge_mm + BIXEL_MM * first)
        right_mm = np.where(closed, middle_mm, edge_mm + BIXEL_MM * last)
        open_columns, open_pairs = _extent(opening.is_open)
        low_mm = bixels.v0_mm - BIXEL_MM / 2
        made.append(
            replace(
                opening,
                left_mm=left_mm,
                right_mm=right_mm,
                jaws_x_mm=(
                    float(edge_mm + BIXEL_MM * open_columns[0]),
                    float(edge_mm + BIXEL_MM * (open_columns[-1] + 1)),
                ),
                jaws_y_mm=(
                    float(low_mm + BIXEL_MM * open_pairs[0]),
                    float(low_mm + BIXEL_MM * (open_pairs[-1] + 1)),
                ),
                monitor_units=opening.weight * mu_per_weight,
            )
        )
    return made
