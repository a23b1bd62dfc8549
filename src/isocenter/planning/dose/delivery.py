"""What the machine delivers: openings with monitor units, and the fluence they let through, leakage included."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from isocenter.planning.beam.beam_data import BeamData
from isocenter.planning.dose.dose import FluenceMap
from isocenter.planning.dose.influence import BIXEL_MM, BixelMap
from isocenter.terms.imaging import Beam, ControlPoint, FloatArray

PARKED_MM = 10.0


@dataclass(frozen=True, eq=False)
class Opening:
    """One shape of a beam and its weight; a wedge where one is in.

    left, right (leaf pairs,): where leaves stop, in columns of bixels from the edge of the first; closed where equal.
    left_mm, right_mm (leaf pairs,), the jaws around them and monitor_units are set once the plan is normalized.
    """

    beam: int
    left: FloatArray
    right: FloatArray
    weight: float
    wedge: str = ""
    label: str = ""
    transmitted: FloatArray | None = None
    left_mm: FloatArray | None = None
    right_mm: FloatArray | None = None
    jaws_x_mm: tuple[float, float] | None = None
    jaws_y_mm: tuple[float, float] | None = None
    monitor_units: float = 0.0

    @property
    def open_pairs(self) -> NDArray[np.int64]:
        """The leaf pairs that are open."""
        return np.flatnonzero(self.right > self.left)

    @property
    def extent(self) -> tuple[float, float]:
        """The columns from the leftmost open edge to the rightmost."""
        pairs = self.open_pairs
        return float(self.left[pairs].min()), float(self.right[pairs].max())


def edges_of(is_open: NDArray[np.bool_]) -> tuple[FloatArray, FloatArray]:
    """left, right (leaf pairs,) of a mask (columns, leaf pairs) open in one piece a pair."""
    first = np.argmax(is_open, axis=0).astype(np.float64)
    last = is_open.shape[0] - np.argmax(is_open[::-1], axis=0).astype(np.float64)
    return first, np.where(is_open.any(0), last, first)


def deliver_fluence(bixels: BixelMap, openings: Iterable[Opening], beam: BeamData) -> FluenceMap:
    """The fluence of openings that end between columns, with the leaves' transmission inside the jaws.

    The jaws close to the rectangle around each opening, as the plan's control points say.
    """
    total = np.zeros(bixels.cells.shape)
    column = np.arange(len(total))[:, None]
    for opening in openings:
        is_open = (column >= opening.left) & (column < opening.right)
        through = is_open.astype(np.float64) if opening.transmitted is None else opening.transmitted
        inside = np.zeros(total.shape, bool)
        first, last = (round(edge) for edge in opening.extent)
        inside[first:last, opening.open_pairs[0] : opening.open_pairs[-1] + 1] = True
        total += opening.weight * np.where(is_open, through, np.where(inside, beam.mlc_transmission, 0.0))
    return bixels.as_fluence(total)


def openings_of(openings: Sequence[Opening], beams: Sequence[BixelMap], data: BeamData) -> list[Opening]:
    """The openings with leaf positions in mm at the isocenter plane: narrower than they are open by the leaf gap."""
    half_gap = (data.leaf_gap_mm or 0.0) / 2
    made = []
    for opening in openings:
        bixels, pairs = beams[opening.beam], opening.open_pairs
        closed = opening.right <= opening.left
        edge_mm, low_mm = bixels.u0_mm - BIXEL_MM / 2, bixels.v0_mm - BIXEL_MM / 2
        jaws_x_mm = (edge_mm + BIXEL_MM * opening.extent[0], edge_mm + BIXEL_MM * opening.extent[1])
        parked_mm = jaws_x_mm[1] + PARKED_MM  # beneath the jaw, where the gap of a closed pair lets nothing through
        left_mm = np.where(closed, parked_mm, edge_mm + BIXEL_MM * opening.left) + half_gap
        right_mm = np.where(closed, parked_mm, edge_mm + BIXEL_MM * opening.right) - half_gap
        made.append(
            replace(
                opening,
                left_mm=left_mm,
                right_mm=np.maximum(left_mm, right_mm),
                jaws_x_mm=jaws_x_mm,
                jaws_y_mm=(float(low_mm + BIXEL_MM * pairs[0]), float(low_mm + BIXEL_MM * (pairs[-1] + 1))),
                monitor_units=opening.weight * data.mu_per_unit,
            )
        )
    return made


def field_of(openings: Sequence[Opening], bixels: BixelMap) -> Beam:
    """A field that delivers openings one after the other, each between two control points."""
    total_mu = sum(opening.monitor_units for opening in openings)
    points: list[ControlPoint] = []
    delivered = 0.0
    for opening in openings:
        assert opening.left_mm is not None and opening.right_mm is not None
        share = opening.monitor_units / total_mu
        for weight in (delivered, delivered + share):
            point = ControlPoint(
                cumulative_weight=round(min(weight, 1.0), 8),
                gantry_deg=bixels.view.gantry_deg,
                jaws_x_mm=opening.jaws_x_mm,
                jaws_y_mm=opening.jaws_y_mm,
                leaves_mm=np.stack([opening.left_mm, opening.right_mm]),
            )
            points.append(point)
        delivered += share
    wedge = openings[0].wedge
    boundaries: FloatArray = bixels.v0_mm - BIXEL_MM / 2 + BIXEL_MM * np.arange(bixels.cells.shape[1] + 1)
    return Beam(
        number=0,
        beam_type="STATIC" if len(openings) == 1 else "DYNAMIC",
        monitor_units=total_mu,
        leaf_boundaries_mm=boundaries,
        leaf_axis="X",
        wedges=1 if wedge else 0,
        wedge_types=("STANDARD",) if wedge else (),
        control_points=tuple(points),
    )


def by_field(openings: Sequence[Opening]) -> list[tuple[int, list[Opening]]]:
    """The openings of each beam and wedge, with the number of the beam: each group is a field."""

    def place(opening: Opening) -> tuple[int, str]:
        return opening.beam, opening.wedge

    return [(beam, list(own)) for (beam, _), own in groupby(sorted(openings, key=place), key=place)]


def fields_of(openings: Sequence[Opening], beams: Sequence[BixelMap]) -> list[tuple[int, Beam]]:
    """A field for each beam and wedge, with the number of the beam it belongs to."""
    return [(beam, field_of(own, beams[beam])) for beam, own in by_field(openings)]
