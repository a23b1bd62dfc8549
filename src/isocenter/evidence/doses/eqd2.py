"""EQD2: the dose in fractions of 2 Gy that has the same effect, by the linear-quadratic model.

EQD2 = D (d + alpha/beta) / (2 + alpha/beta) for a dose D in fractions of d (Bentzen et al. 2012, Radiother Oncol
105:266, 10.1016/j.radonc.2012.10.006). The time between courses and any recovery in it are left out.
"""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Dose = TypeVar("Dose", float, NDArray[np.float64])


def eqd2_gy(dose_gy: Dose, fractions: int, alpha_beta_gy: float) -> Dose:
    """EQD2 of a dose, or of every voxel of one, that was given in equal fractions."""
    return dose_gy * (dose_gy / fractions + alpha_beta_gy) / (2.0 + alpha_beta_gy)
