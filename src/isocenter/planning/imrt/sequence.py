"""Step-and-shoot segments of a fluence map: the fewest monitor units, then few segments (Engel 2005)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isocenter.planning.kernels.segments import decompose
from isocenter.terms.imaging import FloatArray

LEVELS = 10


@dataclass(frozen=True, eq=False)
class Segment:
    """One opening: leaf pair j leaves the columns left[j] <= i < right[j] open; closed where they are equal."""

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    weight: float


def segments_of(fluence: FloatArray, levels: int = LEVELS) -> list[Segment]:
    """Segments of a map (columns, leaf pairs), whose sum is the map rounded to levels of its maximum."""
    unit = float(fluence.max()) / levels
    if not unit > 0:
        return []
    whole = np.rint(fluence.T / unit).astype(np.int64)
    left, right, units = decompose(whole)
    return [Segment(a, b, float(u) * unit) for a, b, u in zip(left, right, units, strict=True)]
