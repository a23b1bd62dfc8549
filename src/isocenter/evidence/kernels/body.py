"""What the geometry kernels need of one solid, as plain arrays."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from isocenter.terms.imaging import FloatArray


class Body(NamedTuple):
    """One solid: a structure, or a separate part of one.

    z_mm, low_mm, high_mm, shift (planes,): each plane, its slab, and where its lines lie; edges (n, 4) and
    plane_edges as in Stack; boxes (b, 4) around blocks of edges, block_edges (b + 1,), plane_blocks (planes +
    1,); rows, x_mm: spans of each plane and line, from first_line on; box: least x, y, z, greatest x, y, z.
    """

    z_mm: FloatArray
    low_mm: FloatArray
    high_mm: FloatArray
    shift: FloatArray
    edges: FloatArray
    plane_edges: NDArray[np.int64]
    boxes: FloatArray
    block_edges: NDArray[np.int64]
    plane_blocks: NDArray[np.int64]
    rows: NDArray[np.int64]
    x_mm: FloatArray
    first_line: int
    lines: int
    box: FloatArray
