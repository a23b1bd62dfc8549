"""Collapsed-cone superposition along one direction at a time: energy carried from plane to plane.

Along a cone's axis the energy E that passes a voxel of length L and relative density rho obeys
dE/ds = -a rho E + rho w T, with slope a (1/mm), share w of the cone and released energy T per mass. In a voxel of
uniform release, with x = a rho L and e = exp(-x),

    E_out = E_in e + w T_v (1 - e) / x        deposited = E_in + w T_v - E_out

where T_v is the energy released in the voxel, so that no energy is lost or gained but at the grid's faces. E_in is
interpolated bilinearly in the plane before (Ahnesjo, Med Phys 16:577, 1989, for the collapsed cone; short
characteristics for the sweep).
"""

import numpy as np
from numpy.typing import NDArray

from isocenter.engines.compiling import njit

Float32Array = NDArray[np.float32]
IntArray = NDArray[np.int64]


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy", inline="always")
def _decay(x: np.float32) -> np.float32:
    """exp(-x) for x >= 0 by the (2, 2) Pade form of x / 4, raised to the fourth power: no table, so it vectorizes."""
    y = x * np.float32(0.25)
    even = y * y * np.float32(1.0 / 12.0) + np.float32(1.0)
    e = (even - np.float32(0.5) * y) / (even + np.float32(0.5) * y)
    e *= e
    return e * e


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def _carry_row(
    shift_i: float, shift_j: float, near: Float32Array, far: Float32Array, out: Float32Array, first: int, behind: int
) -> None:
    """Columns of a row that only carry energy on."""
    one = np.float32(1.0)
    keep_i, keep_j = one - shift_i, one - shift_j
    for channel in range(2):
        for j in range(first, behind):
            carried = keep_i * (keep_j * near[channel, j] + shift_j * near[channel, j + 1])
            out[channel, j] = carried + shift_i * (keep_j * far[channel, j] + shift_j * far[channel, j + 1])


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def _cross_row(
    primary_mm: float,
    scatter_mm: float,
    primary_share: float,
    scatter_share: float,
    shift_i: float,
    shift_j: float,
    released: Float32Array,
    scattered: Float32Array,
    density: Float32Array,
    spread: Float32Array,
    near: Float32Array,
    far: Float32Array,
    out: Float32Array,
    deposited: Float32Array,
    first: int,
    behind: int,
) -> None:
    """One row of voxels: near and far are (2, columns + 1) energies of the two rows before that surround its feet.

    Only the columns first <= j < behind take up energy; the others carry it on.
    """
    one = np.float32(1.0)
    keep_i, keep_j = one - shift_i, one - shift_j
    _carry_row(shift_i, shift_j, near, far, out, 0, first)
    _carry_row(shift_i, shift_j, near, far, out, behind, density.shape[0])
    for j in range(first, behind):
        p = keep_i * (keep_j * near[0, j] + shift_j * near[0, j + 1])
        p += shift_i * (keep_j * far[0, j] + shift_j * far[0, j + 1])
        s = keep_i * (keep_j * near[1, j] + shift_j * near[1, j + 1])
        s += shift_i * (keep_j * far[1, j] + shift_j * far[1, j + 1])
        x = primary_mm * density[j]
        e = _decay(x)
        born_p = primary_share * released[j]
        left_p = p * e + born_p * ((one - e) / x)
        x = scatter_mm * density[j]
        e = _decay(x)
        born_s = scatter_share * scattered[j]
        left_s = s * e + born_s * ((one - e) / x)
        deposited[j] += spread[j] * (spread[j] * (p + born_p - left_p) + (s + born_s - left_s))
        out[0, j] = left_p
        out[1, j] = left_s


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def sweep(
    released: Float32Array,
    scattered: Float32Array,
    density: Float32Array,
    spread: Float32Array,
    ranges: NDArray[np.int32],
    forward: bool,
    foot: IntArray,
    shift: Float32Array,
    slopes_mm: Float32Array,
    shares: Float32Array,
    deposited: Float32Array,
) -> None:
    """Add the energy that one direction deposits to deposited (n, ni, nj), planes along its steepest axis.

    released and scattered (n, ni, nj): energy per voxel for primary and scatter; density relative to water, above 0;
    spread (n, ni, nj): by which scatter thins out on its way, primary by its square (1 for parallel axes as they are);
    ranges (n, ni, 2): the first column of each row that takes up energy, and the one behind the last;
    forward: whether planes are crossed in ascending order; foot, shift (2,): whole and fractional voxels from a voxel
    to the foot of its line in the plane before; slopes_mm (2,): slope times step length; shares (2,): of the cone.
    """
    planes, rows, columns = density.shape
    before = np.zeros((rows + 3, 2, columns + 3), np.float32)
    after = np.zeros((rows + 3, 2, columns + 3), np.float32)
    for step in range(planes):
        plane = step if forward else planes - 1 - step
        for i in range(rows):
            # Rows and columns are padded by one voxel of nothing in front and two behind.
            k, first = i + 1 + foot[0], 1 + foot[1]
            _cross_row(
                slopes_mm[0],
                slopes_mm[1],
                shares[0],
                shares[1],
                shift[0],
                shift[1],
                released[plane, i],
                scattered[plane, i],
                density[plane, i],
                spread[plane, i],
                before[k, :, first:],
                before[k + 1, :, first:],
                after[i + 1, :, 1:],
                deposited[plane, i],
                ranges[plane, i, 0],
                ranges[plane, i, 1],
            )
        before, after = after, before
