"""Plain twins of the planning kernels, written as their formulas read."""

import math

import numpy as np


def superpose_one(released, scattered, density, spacing_mm, direction, primary, scatter):
    """Deposited energy of one direction whose steepest axis is y, plane after plane, voxel after voxel."""
    nz, ny, nx = density.shape
    step_mm = spacing_mm[1] / abs(direction[1])
    deposited = np.zeros(density.shape)
    carried = np.zeros((2, nz, nx))
    order = range(ny) if direction[1] > 0 else range(ny - 1, -1, -1)
    for j in order:
        leaving = np.zeros((2, nz, nx))
        for k in range(nz):
            for i in range(nx):
                foot_k = k - direction[2] * step_mm / spacing_mm[2]
                foot_i = i - direction[0] * step_mm / spacing_mm[0]
                for channel, (born, (share, slope)) in enumerate(((released, primary), (scattered, scatter))):
                    entering = _bilinear(carried[channel], foot_k, foot_i)
                    own = share * born[k, j, i]
                    x = slope * step_mm * density[k, j, i]
                    left = entering * math.exp(-x) + own * (1 - math.exp(-x)) / x
                    deposited[k, j, i] += entering + own - left
                    leaving[channel, k, i] = left
        carried = leaving
    return deposited


def _bilinear(plane, k, i):
    k0, i0 = math.floor(k), math.floor(i)
    total = 0.0
    for dk, wk in ((0, 1 - (k - k0)), (1, k - k0)):
        for di, wi in ((0, 1 - (i - i0)), (1, i - i0)):
            if 0 <= k0 + dk < plane.shape[0] and 0 <= i0 + di < plane.shape[1]:
                total += wk * wi * plane[k0 + dk, i0 + di]
    return total


def fewest_units(whole):
    """The least total of units that openings of leaf pairs need for a map (rows, columns)."""
    return max(sum(max(b - a, 0) for a, b in zip([0, *row[:-1]], row, strict=True)) for row in whole.tolist())
