"""Collapsed-cone superposition along one direction at a time: energy carried from plane to plane.

Along a cone's axis the energy E that passes a voxel of length L and relative density rho obeys
dE/ds = -a rho E + rho w T, with slope a (1/mm), share w of the cone and released energy T per mass. In a voxel of
uniform release, with x = a rho L and e = exp(-x),

    E_out = E_in e + w T_v (1 - e) / x        deposited = E_in + w T_v - E_out

where T_v is the energy released in the voxel, so that no energy is lost or gained but at the grid's faces. E_in is
interpolated bilinearly in the plane before (Ahnesjo, Med Phys 16:577, 1989, for the collapsed cone; short
characteristics for the sweep). Each loop below writes two rows and reads at most three, so that it vectorizes.
"""

import numpy as np
from numpy.typing import NDArray

from isocenter.engines.compiling import njit

Float32Array = NDArray[np.float32]
IntArray = NDArray[np.int64]


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy", forceinline=True)
def _meet(near: Float32Array, far: Float32Array, shift_i: float, shift_j: float, entering: Float32Array) -> None:
    """entering (columns,): energy at the feet of a row's lines, from the two rows (columns + 1) around them."""
    one = np.float32(1.0)
    here, right = (one - shift_i) * (one - shift_j), (one - shift_i) * shift_j
    below, across = shift_i * (one - shift_j), shift_i * shift_j
    for j in range(entering.shape[0]):
        entering[j] = here * near[j] + right * near[j + 1] + below * far[j] + across * far[j + 1]


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy", forceinline=True)
def _cross(
    length: float,
    share: float,
    released: Float32Array,
    density: Float32Array,
    entering: Float32Array,
    leaving: Float32Array,
    deposited: Float32Array,
) -> None:
    """The formula above for a row of voxels (columns,), with length = a L.

    e is q to the fourth, q the (2, 2) Pade form of exp(-x / 4); from 1 - q = y / (even + y / 2), y = x / 4, follows
    (1 - e) / x without a difference of nearly equal numbers, so it holds in air too, and with the same division.
    """
    one, half, quarter, twelfth = np.float32(1.0), np.float32(0.5), np.float32(0.25), np.float32(1.0 / 12.0)
    for j in range(deposited.shape[0]):
        y = (length * quarter) * density[j]
        even = y * y * twelfth + one
        over = one / (even + half * y)
        q = (even - half * y) * over
        squared = q * q
        born = share * released[j]
        left = entering[j] * (squared * squared) + born * (quarter * over * (one + q) * (one + squared))
        leaving[j] = left
        deposited[j] = entering[j] + born - left


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy", forceinline=True)
def _add(spread: Float32Array, primary: Float32Array, scatter: Float32Array, total: Float32Array) -> None:
    for j in range(total.shape[0]):
        total[j] += spread[j] * (spread[j] * primary[j] + scatter[j])


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
    """Add the energy that m directions deposit to deposited (n, ni, nj), planes along their steepest axis.

    released and scattered (n, ni, nj): energy per voxel for primary and scatter; density relative to water;
    spread (n, ni, nj): by which scatter thins out on its way, primary by its square (1 for parallel axes as they are);
    ranges (n, ni, 2): the first column of each row that energy passes, and the one behind the last; beyond it is lost;
    forward: whether planes are crossed in ascending order; foot, shift (m, 2): whole and fractional voxels from a voxel
    to the foot of its line in the plane before; slopes_mm (m, 2): slope times step length; shares (m, 2): of the cone.
    All directions cross a plane before any goes on to the next, so that memory is read once for all of them.
    """
    planes, rows, columns = density.shape
    # Rows and columns are padded by one voxel of nothing in front and two behind.
    before = np.zeros((len(foot), 2, rows + 3, columns + 3), np.float32)
    after = np.zeros((len(foot), 2, rows + 3, columns + 3), np.float32)
    entering = np.empty(columns, np.float32)
    deposits = np.empty((2, columns), np.float32)
    for step in range(planes):
        plane = step if forward else planes - 1 - step
        for k in range(len(foot)):
            for i in range(rows):
                first, behind = ranges[plane, i, 0], ranges[plane, i, 1]
                after[k, :, i + 1, : 1 + first] = 0
                after[k, :, i + 1, 1 + behind :] = 0
                if first >= behind:
                    continue
                count, row, column = behind - first, i + 1 + foot[k, 0], first + 1 + foot[k, 1]
                for channel in range(2):
                    _meet(
                        before[k, channel, row, column : column + count + 1],
                        before[k, channel, row + 1, column : column + count + 1],
                        shift[k, 0],
                        shift[k, 1],
                        entering[:count],
                    )
                    _cross(
                        slopes_mm[k, channel],
                        shares[k, channel],
                        (scattered if channel else released)[plane, i, first:behind],
                        density[plane, i, first:behind],
                        entering[:count],
                        after[k, channel, i + 1, 1 + first : 1 + behind],
                        deposits[channel, :count],
                    )
                _add(
                    spread[plane, i, first:behind],
                    deposits[0, :count],
                    deposits[1, :count],
                    deposited[plane, i, first:behind],
                )
        before, after = after, before
