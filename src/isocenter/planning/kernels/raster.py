"""Which grid points lie inside closed polygons, by the even-odd rule."""

import numpy as np
from numpy.typing import NDArray

from isocenter.engines.compiling import njit
from isocenter.terms.imaging import FloatArray


@njit(nogil=True, cache=True)
def toggle_polygon(polygon_mm: FloatArray, x_mm: FloatArray, y_mm: FloatArray, inside: NDArray[np.bool_]) -> None:
    """Turn inside (len(y), len(x)) over at every point that lies within the polygon (n, 2) of x, y."""
    count = polygon_mm.shape[0]
    for e in range(count):
        xa, ya = polygon_mm[e]
        xb, yb = polygon_mm[(e + 1) % count]
        if ya == yb:
            continue
        low, high = min(ya, yb), max(ya, yb)
        for j in range(np.searchsorted(y_mm, low, "left"), np.searchsorted(y_mm, high, "left")):
            crossing = xa + (y_mm[j] - ya) / (yb - ya) * (xb - xa)
            for i in range(np.searchsorted(x_mm, crossing, "right"), x_mm.shape[0]):
                inside[j, i] = not inside[j, i]
