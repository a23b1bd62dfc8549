"""What the machine delivers: openings with monitor units, and the fluence they let through, leakage included."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from isocenter.planning.beam_data import BeamData
from isocenter.planning.dose import FluenceMap
from isocenter.planning.influence import BIXEL_MM, BixelMap
from isocenter.terms.imaging import Beam, ControlPoint, FloatArray


@dataclass(frozen=True, eq=False)
class Opening:
    """One shape of a beam: where it is open (columns, leaf pairs) and its weight; a wedge where one is in.

    left_mm, right_mm (leaf pairs,), the jaws around them and monitor_units are set once the plan is normalized.
    """

    beam: int
    is_open: NDArray[np.bool_]
    weight: float
    wedge: str = ""
    label: str = ""
    transmitted: FloatArray | None = None
    left_mm: FloatArray | None = None
    right_mm: FloatArray | None = None
    jaws_x_mm: tuple[float, float] | None = None
    jaws_y_mm: tuple[float, float] | None = None
    monitor_units: float = 0.0


def deliver_fluence(bixels: BixelMap, openings: Iterable[Opening], beam: BeamData) -> FluenceMap:
    """The fluence of all openings of one beam on a fine raster, with the leaves' transmission inside the jaws.

    The jaws close to the rectangle around each opening, as the plan's control points say.
    """
    total = np.zeros(bixels.cells.shape)
    for opening in openings:
        through = opening.is_open.astype(np.float64) if opening.transmitted is None else opening.transmitted
        inside = np.zeros(total.shape, bool)
        inside[np.ix_(*_extent(opening.is_open))] = True
        total += opening.weight * np.where(opening.is_open, through, np.where(inside, beam.mlc_transmission, 0.0))
    return bixels.as_fluence(total)


def _extent(is_open: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Columns and leaf pairs of the rectangle around an opening."""
    columns, pairs = (np.flatnonzero(is_open.any(axis)) for axis in (1, 0))
    return np.arange(columns[0], columns[-1] + 1), np.arange(pairs[0], pairs[-1] + 1)


def openings_of(openings: Sequence[Opening], beams: Sequence[BixelMap], data: BeamData) -> list[Opening]:
    """The openings with leaf positions in mm at the isocenter plane: narrower than they are open by the leaf gap."""
    half_gap = (data.leaf_gap_mm or 0.0) / 2
    made = []
    for opening in openings:
        bixels = beams[opening.beam]
        columns = bixels.cells.shape[0]
        first = np.argmax(opening.is_open, axis=0)
        last = columns - np.argmax(opening.is_open[::-1], axis=0)
        closed = ~opening.is_open.any(0)
        edge_mm = bixels.u0_mm - BIXEL_MM / 2
        middle_mm = edge_mm + BIXEL_MM * (np.flatnonzero(opening.is_open.any(1)).mean() + 0.5)
        left_mm = np.where(closed, middle_mm + half_gap, edge_mm + BIXEL_MM * first + half_gap)
        right_mm = np.where(closed, middle_mm - half_gap, edge_mm + BIXEL_MM * last - half_gap)
        open_columns, open_pairs = _extent(opening.is_open)
        low_mm = bixels.v0_mm - BIXEL_MM / 2
        made.append(
            replace(
                opening,
                left_mm=left_mm,
                right_mm=np.maximum(left_mm, right_mm),
                jaws_x_mm=(
                    float(edge_mm + BIXEL_MM * open_columns[0]),
                    float(edge_mm + BIXEL_MM * (open_columns[-1] + 1)),
                ),
                jaws_y_mm=(
                    float(low_mm + BIXEL_MM * open_pairs[0]),
                    float(low_mm + BIXEL_MM * (open_pairs[-1] + 1)),
                ),
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


def fields_of(openings: Sequence[Opening], beams: Sequence[BixelMap]) -> list[tuple[int, Beam]]:
    """A field for each beam and wedge, with the number of the beam it belongs to."""

    def place(opening: Opening) -> tuple[int, str]:
        return opening.beam, opening.wedge

    return [
        (beam, field_of(list(own), beams[beam])) for (beam, _), own in groupby(sorted(openings, key=place), key=place)
    ]
