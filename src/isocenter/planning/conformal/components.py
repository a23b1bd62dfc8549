"""The 3D conformal plan: apertures, shields, cone-downs and wedges as a clinic offers them, weighted by one objective.

Each component is an aperture that a multileaf collimator can form, open or behind a wedge; together with the open one a
wedge gives every smaller angle. The same objective and the same hard limits choose the weights as for IMRT,
and few components a field are kept, as field-in-field belongs to 3D conformal treatment.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_closing, distance_transform_edt

from isocenter.planning.dose.influence import BIXEL_MM, BixelMap, InfluenceMatrix
from isocenter.planning.kernels.influence import component_doses
from isocenter.planning.patient.patient import PlanningPatient
from isocenter.planning.task.task import Choices
from isocenter.planning.task.templates import Arrangement
from isocenter.planning.threads import each_part
from isocenter.terms.imaging import FloatArray

Float32Array = NDArray[np.float32]
Mask = NDArray[np.bool_]

WEDGE_PER_MM = 0.0046  # of the fluence, times the tangent of the angle by which isodoses are tilted
LEAST_BIXELS = 4
SHIELD_MARGIN_MM = 5.0  # around cord and brainstem in a block, beside a block of their own outline
_FINE_MM = 2.5
_WEDGES = {
    "": (0.0, 0.0),
    "toward +x": (1.0, 0.0),
    "toward -x": (-1.0, 0.0),
    "toward +y": (0.0, 1.0),
    "toward -y": (0.0, -1.0),
}


@dataclass(frozen=True, eq=False)
class Component:
    """One aperture of one beam, perhaps wedged: the transmitted share of each bixel (nu, nv), 0 where closed."""

    beam: int
    label: str
    wedge: str
    transmitted: FloatArray

    @property
    def is_open(self) -> Mask:
        """Where the leaves are open."""
        return self.transmitted > 0


class ComponentDoses:
    """The dose of components, those of one beam after another, at the rows of a matrix: a dense table, for speed."""

    def __init__(
        self, matrix: InfluenceMatrix, components: Sequence[Component], table: Float32Array | None = None
    ) -> None:
        self._matrix = matrix
        self.components = tuple(components)
        self._count = len(components)
        self._by_bixel, self._starts = bixel_shares(matrix, components)
        self.table = self._of_components() if table is None else table

    def _of_components(self) -> Float32Array:
        m, most = self._matrix, self._by_bixel.shape[1]
        table = np.zeros((len(m.rows), self._count + most), np.float32)  # the last beam's may reach beyond its own

        def part(first: int, last: int) -> None:
            component_doses(first, last, m.pointers, m.columns, m.values, self._by_bixel, self._starts, table)

        each_part(len(m.rows), part)
        return table[:, : self._count] * m.factors[:, None]

    def only(self, chosen: NDArray[np.int64]) -> "ComponentDoses":
        """Those of some components, in the order of their beams."""
        table = np.ascontiguousarray(self.table[:, chosen])
        return ComponentDoses(self._matrix, [self.components[k] for k in chosen], table)

    def bounds(self) -> tuple[FloatArray, FloatArray]:
        """Weights are never negative."""
        return np.zeros(self._count), np.full(self._count, np.inf)

    def dose(self, weights: FloatArray) -> Float32Array:
        """Dose at each row."""
        dose: Float32Array = self.table @ weights.astype(np.float32)
        return dose

    def transposed(self, by_row: Float32Array, weights: FloatArray) -> FloatArray:  # noqa: ARG002 - it is linear
        """The derivative by each component's weight."""
        return np.asarray(by_row @ self.table, np.float64)

    def as_bixels(self, weights: FloatArray) -> FloatArray:
        """The fluence of every bixel."""
        of_bixel = self._starts[:, None] + np.arange(self._by_bixel.shape[1])
        padded = np.append(weights, np.zeros(self._by_bixel.shape[1]))
        return np.asarray((self._by_bixel * padded[of_bixel]).sum(1), np.float64)

    def follow(self, dose: Float32Array, weights: FloatArray) -> None:
        """Scale the rows so that the components give this dose, computed by a better engine, at these weights."""
        self._matrix.follow(dose, self.as_bixels(weights))
        self.table = self._of_components()


def bixel_shares(matrix: InfluenceMatrix, components: Sequence[Component]) -> tuple[Float32Array, NDArray[np.int64]]:
    """What each component of its beam lets through at each bixel (bixels, most of a beam), and the first's number."""
    of_beam = np.array([component.beam for component in components], np.int64)
    if np.any(np.diff(of_beam) < 0):
        raise AssertionError("components have to follow each other by beam")
    counts = np.bincount(of_beam, minlength=len(matrix.beams))
    firsts = np.cumsum(counts) - counts
    shares = np.zeros((matrix.bixels, int(counts.max(initial=0))), np.float32)
    starts = np.zeros(matrix.bixels, np.int64)
    for beam, bixels in enumerate(matrix.beams):
        numbers = bixels.cells[bixels.is_bixel]
        starts[numbers] = firsts[beam]
        for k in range(counts[beam]):
            shares[numbers, k] = components[firsts[beam] + k].transmitted[bixels.is_bixel]
    return shares, starts


def offer_components(
    patient: PlanningPatient,
    matrix: InfluenceMatrix,
    targets: Sequence[str],
    shields: Sequence[str],
    arrangement: Arrangement,
    choices: Choices,
    first: Sequence[str] = (),
) -> list[Component]:
    """What a planner would offer for each field: the whole target, each cone-down, each off a shielded organ, wedges.

    targets from the lowest to the highest dose: the aperture of a level covers it and all higher ones. Organs of first
    (cord, brainstem) are shielded with a margin too, each alone and all of them, and the field goes on on both sides.
    """
    offered: list[Component] = []
    margin_mm = arrangement.block_margin_mm or choices.block_margin_mm
    for number, bixels in enumerate(matrix.beams):
        blocks = _blocks(patient, bixels, shields, first)
        shapes: list[tuple[str, Mask]] = []
        for level in range(len(targets)):
            name = " and ".join(targets[level:])
            whole = opening(patient, bixels, targets[level:], margin_mm)
            shapes.append((name, whole))
            for label, blocked, both_sides in blocks:
                if (whole & blocked).any():
                    sides = beside(whole, blocked) if both_sides else (whole & ~blocked,)
                    shapes += [(f"{name} off {label}", side) for side in sides]
        distinct: list[Mask] = []
        for label, shape in shapes:
            formed = as_leaves_form(shape & bixels.is_bixel)
            if formed.sum() < LEAST_BIXELS or any(np.array_equal(formed, other) for other in distinct):
                continue
            distinct.append(formed)
            wedges = _WEDGES if arrangement.has_wedges and " off " not in label else {"": (0.0, 0.0)}
            offered += [
                Component(number, label, wedge, _behind(formed, *slope, choices.wedge_deg))
                for wedge, slope in wedges.items()
            ]
    return offered


def _blocks(
    patient: PlanningPatient, bixels: BixelMap, shields: Sequence[str], first: Sequence[str]
) -> list[tuple[str, Mask, bool]]:
    """What may be blocked in a field: its name, where, and whether the field goes on on both sides of it."""
    blocks = [(organ, opening(patient, bixels, [organ], 0.0), organ in first) for organ in shields]
    together = [[organ] for organ in first] + ([list(first)] if len(first) > 1 else [])
    for organs in together:
        label = f"{' and '.join(organs)} with {SHIELD_MARGIN_MM:g} mm"
        blocks.append((label, opening(patient, bixels, organs, SHIELD_MARGIN_MM), True))
    return blocks


def beside(whole: Mask, blocked: Mask) -> tuple[Mask, Mask]:
    """The parts of a field on each side of a block along the leaves, which cannot leave an island closed.

    Pairs of leaves that no block lies in belong to the first part.
    """
    is_blocked = blocked.any(0)
    column = np.arange(len(whole))[:, None]
    first, last = np.argmax(blocked, 0), len(whole) - 1 - np.argmax(blocked[::-1], 0)
    low = whole & np.where(is_blocked, column < first, True)
    high = whole & np.where(is_blocked, column > last, False)
    return low, high


def opening(patient: PlanningPatient, bixels: BixelMap, names: Sequence[str], margin_mm: float) -> Mask:
    """Bixels of which at least half lies within the margin of the structures as the beam sees them."""
    points = np.concatenate([patient.points_mm(patient.voxels[name]) for name in names]).astype(np.float64)
    nu, nv = bixels.cells.shape
    fine = round(BIXEL_MM / _FINE_MM)
    hit = np.zeros((nu * fine, nv * fine), bool)
    if len(points):
        plane = bixels.view.onto_plane(points) - (bixels.u0_mm - BIXEL_MM / 2, bixels.v0_mm - BIXEL_MM / 2)
        at = np.floor(plane / _FINE_MM).astype(np.int64)
        within = np.all((at >= 0) & (at < hit.shape), axis=1)
        hit[tuple(at[within].T)] = True
        hit = binary_closing(np.pad(hit, 4), np.ones((3, 3), bool))[4:-4, 4:-4]
    if not hit.any():
        return np.zeros((nu, nv), bool)
    near = distance_transform_edt(~hit) * _FINE_MM <= margin_mm
    covered: Mask = near.reshape(nu, fine, nv, fine).mean((1, 3)) >= 0.5
    return covered


def as_leaves_form(shape: Mask) -> Mask:
    """The longest run of each leaf pair (axis 1): leaves cannot leave an island open or closed."""
    lengths = np.zeros(shape.shape, np.int64)  # of the run that ends in a column
    for i, column in enumerate(shape):
        lengths[i] = np.where(column, (lengths[i - 1] if i else 0) + 1, 0)
    last, longest = np.argmax(lengths, axis=0), lengths.max(axis=0, initial=0)
    at = np.arange(len(shape))[:, None]
    formed: Mask = (at > last - longest) & (at <= last)
    return formed


def _behind(formed: Mask, slope_u: float, slope_v: float, wedge_deg: float) -> FloatArray:
    """The share of the fluence that a wedge lets through, 1 at its thin end over the opening."""
    at = np.indices(formed.shape)
    per_mm = WEDGE_PER_MM * math.tan(math.radians(wedge_deg))
    ramp: FloatArray = per_mm * BIXEL_MM * (slope_u * at[0] + slope_v * at[1])
    return np.where(formed, np.exp(-(ramp - ramp[formed].min())), 0.0)
