"""Dose-volume histograms: how much of a structure receives how much dose.

Two models of what lies between the contours, both declared in the result: 'slab' gives each contour the
thickness to half-way of its neighbors; 'shape' interpolates the surface between the planes and rounds off
the ends. 'auto' takes each separate body of a structure by itself: the shape where it is small and has one compact
contour a plane, and slabs for everything else, branching anatomy among it.

End caps: 'half' lets the first and last contour reach half a slice outward, 'none' ends at the contour
itself. Where a body closes before the next plane, 'half' follows it to its pole, with shapes by the surface and with
slabs by the areas of the sections (see ends). Volume outside the dose grid (beyond its outermost voxel
centers) is reported and left out of the curve, or counted as receiving 0 Gy; both rules are declared in the result.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from isocenter.evidence.bodies.stacking import EndCap, Stack, stack_contours
from isocenter.evidence.doses.scanning import (
    DoseField,
    Mode,
    Scan,
    Tally,
    add_up,
    blank_field,
    field_of,
    plan_scan,
    run_all,
)
from isocenter.evidence.kernels import scanline
from isocenter.terms.imaging import ContouredStructure, DoseGrid, FloatArray

Outside = Literal["excluded", "zero"]
_ROUNDING = 1e-9  # of a dose that a grid states exactly and interpolation repeats


@dataclass(frozen=True, eq=False)
class Dvh:
    """The DVH of one structure: volume_cc (n,) receives between the doses of dose_edges_gy (n + 1,).

    total_volume_cc counts volume_outside_cc, the part outside the dose grid; the curve leaves it out unless
    outside is 'zero'. Doses are exact along scan lines; NaN where no volume lies in the grid.
    """

    structure_number: int
    structure_name: str
    dose_edges_gy: FloatArray
    volume_cc: FloatArray
    total_volume_cc: float
    volume_outside_cc: float
    minimum_gy: float
    mean_gy: float
    maximum_gy: float
    mode: str
    end_cap: str
    outside: str
    dose_spacing_mm: tuple[float, float, float]
    line_spacing_mm: float
    slices: int

    @cached_property
    def cumulative_cc(self) -> FloatArray:
        """Volume that receives at least each dose of dose_edges_gy, shape (n + 1,)."""
        return np.append(np.cumsum(self.volume_cc[::-1])[::-1], 0.0)

    @property
    def curve_volume_cc(self) -> float:
        """The volume that the curve counts, against which shares are taken."""
        return float(self.cumulative_cc[0])

    def volume_at_dose_cc(self, dose_gy: float) -> float:
        """Volume that receives at least the dose (V20Gy is volume_at_dose_cc(20))."""
        if dose_gy > self.maximum_gy:
            return 0.0
        if dose_gy <= self.minimum_gy * (1 + _ROUNDING):
            return self.curve_volume_cc
        return float(np.interp(dose_gy, self.dose_edges_gy, self.cumulative_cc))

    def dose_at_volume_gy(self, volume_cc: float) -> float:
        """Dose that the hottest volume_cc receives at least (D2cc is dose_at_volume_gy(2)).

        NaN where the curve holds less volume than asked for.
        """
        if not 0.0 <= volume_cc <= self.curve_volume_cc * (1 + 1e-9) or self.curve_volume_cc == 0.0:
            return float("nan")
        dose_gy = float(np.interp(-volume_cc, -self.cumulative_cc, self.dose_edges_gy))
        return min(max(dose_gy, self.minimum_gy), self.maximum_gy)

    def dose_at_fraction_gy(self, fraction: float) -> float:
        """Dose that the hottest fraction (0..1) of the curve's volume receives at least (D95% is 0.95)."""
        return self.dose_at_volume_gy(fraction * self.curve_volume_cc)


def compute_dvhs(
    structures: Sequence[ContouredStructure],
    dose: DoseGrid,
    *,
    end_cap: EndCap = "half",
    mode: Mode = "auto",
    outside: Outside = "excluded",
    bin_gy: float = 0.01,
    line_spacing_mm: float | None = None,
    threads: int = 2,
) -> list[Dvh]:
    """The DVH of each structure, in the order given; the same bytes with any number of threads.

    Scan lines run line_spacing_mm apart: by default 60 across a structure, 0.25 to 1 mm. A structure without
    contours has an empty curve. Raises UnreadableInput for a dose that is no grid or not finite.
    """
    field = field_of(dose, bin_gy)
    lone_slice_mm = field.spacing_mm[2]
    scans = [plan_scan(stack_contours(s, lone_slice_mm), end_cap, mode, line_spacing_mm) for s in structures]
    tallies = iter(run_all([task for scan in scans for task in scan.tasks], field, threads))
    counted = [add_up([next(tallies) for _ in scan.tasks], field.bins) for scan in scans]
    return [
        _finish(structure, scan, tally, field, end_cap, outside)
        for structure, scan, tally in zip(structures, scans, counted, strict=True)
    ]


def structure_volume_cc(
    structure: ContouredStructure,
    *,
    end_cap: EndCap = "half",
    mode: Mode = "auto",
    lone_slice_mm: float = 0.0,
) -> float:
    """Volume of a structure without any dose; a lone slice counts as lone_slice_mm thick."""
    stack = stack_contours(structure, lone_slice_mm)
    return 0.0 if stack is None else stack_volume_cc(stack, end_cap=end_cap, mode=mode)


def stack_volume_cc(stack: Stack, *, end_cap: EndCap = "half", mode: Mode = "auto") -> float:
    """Volume that stacked contours enclose, without any dose."""
    field = blank_field()
    tasks = plan_scan(stack, end_cap, mode).tasks
    return float(add_up(run_all(tasks, field, 1), field.bins).sums[scanline.INSIDE_MM3]) / 1000.0


def whole_grid_dvh(dose: DoseGrid, *, from_gy: float = 0.0, bin_gy: float = 0.01, threads: int = 2) -> Dvh:
    """The DVH of the whole dose grid: its volume_at_dose_cc is the volume within an isodose surface.

    Only doses of at least `from_gy` are asked for: the part of the grid around them is scanned.
    """
    dose = _around(dose, from_gy)
    left, right, top, bottom = dose.x_mm[0], dose.x_mm[-1], dose.y_mm[0], dose.y_mm[-1]
    outline = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], dtype=np.float64)
    grid = ContouredStructure(0, "dose grid", contours=tuple((float(z), outline) for z in dose.z_mm))
    return compute_dvhs([grid], dose, end_cap="none", mode="slab", bin_gy=bin_gy, threads=threads)[0]


def _around(dose: DoseGrid, from_gy: float) -> DoseGrid:
    """The box of the grid that holds every cell with a dose of at least from_gy."""
    is_high = dose.dose_gy >= from_gy
    kept = []
    for axis in range(3):
        found = np.flatnonzero(is_high.any(axis=tuple(other for other in range(3) if other != axis)))
        kept.append(slice(max(found[0] - 1, 0), found[-1] + 2) if len(found) else slice(0, 2))
    z, y, x = kept
    return DoseGrid(dose.dose_gy[z, y, x], dose.x_mm[x], dose.y_mm[y], dose.z_mm[z])


def _finish(
    structure: ContouredStructure,
    scan: Scan,
    tally: Tally,
    field: DoseField,
    end_cap: EndCap,
    outside: Outside,
) -> Dvh:
    """Turn the mm3 of a tally into the cc of a DVH."""
    minimum_gy, maximum_gy, dose_volume, inside_mm3, outside_mm3 = (float(value) for value in tally.sums)
    outside_mm3 = max(outside_mm3, 0.0)
    volume_mm3, counted_mm3 = tally.volume_mm3, inside_mm3
    if outside == "zero" and outside_mm3 > 0:
        volume_mm3[0] += outside_mm3
        counted_mm3 += outside_mm3
        minimum_gy, maximum_gy = 0.0, max(maximum_gy, 0.0)
    is_empty = counted_mm3 == 0.0
    used = 1 if is_empty else int(maximum_gy * field.bins_per_gy) + 1
    return Dvh(
        structure_number=structure.number,
        structure_name=structure.name,
        dose_edges_gy=np.arange(used + 1) / field.bins_per_gy,
        volume_cc=volume_mm3[:used] / 1000.0,
        total_volume_cc=(inside_mm3 + outside_mm3) / 1000.0,
        volume_outside_cc=outside_mm3 / 1000.0,
        minimum_gy=float("nan") if is_empty else minimum_gy,
        mean_gy=float("nan") if is_empty else dose_volume / counted_mm3,
        maximum_gy=float("nan") if is_empty else maximum_gy,
        mode=scan.mode,
        end_cap=end_cap,
        outside=outside,
        dose_spacing_mm=field.spacing_mm,
        line_spacing_mm=scan.pitch_mm,
        slices=scan.slices,
    )
