"""When the leaves of a sliding window pass each column: the least time, leaf speed kept, neighbors held together.

A pair of leaves crosses its row once. The leading leaf passes column i at the meterset L_i, the trailing one at T_i,
and the column is open for T_i - L_i. With the least time c that a column takes at full speed and d = F_i - F_(i-1),

    L_i = L_(i-1) + max(-d, 0) + c        T_i = T_(i-1) + max(d, 0) + c

give the shortest sweep of fluence F (Spirou and Chui, Med Phys 21:1031, 1994). Where two neighboring rows are open one
after the other, the strip between them is closed by tongue and groove for longer than need be; delaying the earlier
row until one opening lies within the other leaves the strip what the smaller fluence asks for (van Santvoort and
Heijmen, Phys Med Biol 41:2091, 1996).
"""

import numpy as np
from numpy.typing import NDArray

from isocenter.engines.compiling import njit

FloatArray = NDArray[np.float64]


@njit(nogil=True, cache=True)
def sweep_times(wanted: FloatArray, least: float) -> tuple[FloatArray, FloatArray]:
    """L and T (rows, columns) of wanted (rows, columns), both in its unit; least is the time of one column."""
    lead, trail = np.zeros(wanted.shape), np.zeros(wanted.shape)
    for row in range(wanted.shape[0]):
        a = b = before = 0.0
        for i in range(wanted.shape[1]):
            change = wanted[row, i] - before
            a += max(-change, 0.0) + least
            b += max(change, 0.0) + least
            lead[row, i], trail[row, i], before = a, b, wanted[row, i]
    return lead, trail


@njit(nogil=True, cache=True)
def synchronize(lead: FloatArray, trail: FloatArray) -> None:
    """Delay rows, in place, until of two neighbors one is open only while the other is, at every column."""
    rows, columns = lead.shape
    for i in range(columns):
        for _ in range(4 * rows):
            is_changed = False
            for first in range(rows - 1):
                early, late = first, first + 1
                if lead[early, i] > lead[late, i]:
                    early, late = late, early
                is_open = trail[early, i] > lead[early, i] and trail[late, i] > lead[late, i]
                wait = min(lead[late, i] - lead[early, i], trail[late, i] - trail[early, i])
                if is_open and wait > 1e-9:
                    lead[early, i:] += wait
                    trail[early, i:] += wait
                    is_changed = True
            if not is_changed:
                break
