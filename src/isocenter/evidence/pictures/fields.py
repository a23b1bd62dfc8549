"""Treatment fields in beam's-eye view: jaws, leaves, and how the monitor units add up behind them.

Every panel lies in the isocenter plane in the collimator's own axes (IEC 61217), seen from the source.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from isocenter.evidence.fields.apertures import Aperture, apertures_of
from isocenter.evidence.fields.intensity import MOVING_SHARE
from isocenter.evidence.fields.portals import FIXED_AXES
from isocenter.evidence.fields.segments import segments_of
from isocenter.evidence.fields.technique import ARC_DEG
from isocenter.evidence.fields.turns import arc_length_deg, turned_deg
from isocenter.evidence.pictures.drawing import (
    INK,
    PALE,
    SMALL,
    USUAL,
    blank_sheet,
    finish,
    in_words,
    letters_within,
    shortened,
)
from isocenter.evidence.pictures.fluence import summed_fluence
from isocenter.evidence.pictures.panel import Panel
from isocenter.evidence.pictures.silhouettes import silhouette
from isocenter.terms.imaging import Beam, ContouredStructure, FloatArray, TreatmentPlan
from isocenter.terms.review import Picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_PANELS, PANELS_A_ROW = 12, 4
PANEL_PX, TITLE_PX, GAP_PX = 215.0, 48.0, 10.0
MOST_APERTURES = 5  # shown of one arc
MOST_OUTLINES = 15  # segments of a static field whose outlines are drawn
MARGIN_MM = 8.0
FLUENCE_STEP_MM = 2.0
TARGET_COLOR, TARGET_WIDTH = "#ff8ad8", 2.0
BLACKEST = 0.12  # what no beam reaches, as gray


@dataclass(frozen=True)
class _View:
    """One panel to be drawn: a beam's sum over control points, one of its apertures, or an arc's output."""

    beam: Beam
    kind: str  # "sum", "aperture" or "output"
    point: int = 0


def portals(
    plan: TreatmentPlan,
    target: ContouredStructure | None = None,
    patient_position: str = "HFS",
    *,
    name: str = "portals",
    title: str = "Portals",
) -> Picture:
    """A panel for each static field, and for each arc some of its apertures and its output by gantry angle.

    Static fields show the sum of their apertures by monitor units, and the outline of the largest one. The target
    is drawn as each beam sees it; the table of FIXED_AXES says in which patient positions it can.
    """
    seen = target if patient_position in FIXED_AXES else None
    beams = [beam for beam in plan.treatment_beams if beam.control_points]
    views = _choose_views(beams)
    rows, columns = -(-len(views) // PANELS_A_ROW), min(len(views), PANELS_A_ROW)
    sheet = blank_sheet(columns * (PANEL_PX + GAP_PX) + GAP_PX, max(rows, 1) * (PANEL_PX + TITLE_PX) + GAP_PX)
    half_mm = _half_width_mm(beams)
    for number, view in enumerate(views):
        row, column = divmod(number, PANELS_A_ROW)
        corner_px = (GAP_PX + column * (PANEL_PX + GAP_PX), TITLE_PX + row * (PANEL_PX + TITLE_PX))
        if view.kind == "output":
            panel = _draw_output(sheet, corner_px, view.beam)
        else:
            panel = Panel(sheet, corner_px, (PANEL_PX, PANEL_PX), (-half_mm, half_mm), (-half_mm, half_mm))
            _draw_sum(panel, view.beam) if view.kind == "sum" else _draw_aperture(panel, view)
            if seen is not None:
                outline = silhouette(seen, view.beam, view.beam.control_points[view.point], patient_position)
                panel.draw_edged(outline, TARGET_COLOR, TARGET_WIDTH, "solid", layer=3.5)
        _write_title(panel, view)
    return finish(sheet, name, title, _caption(beams, views, half_mm, seen.name if seen else ""))


def _choose_views(beams: Sequence[Beam]) -> list[_View]:
    """At most twelve panels: one a static field; what is left is shared among the arcs."""
    arcs = [beam for beam in beams if _is_arc(beam)]
    room = MOST_PANELS - min(len(beams) - len(arcs), MOST_PANELS)
    each = min(room // len(arcs), MOST_APERTURES + 1) if arcs else 0
    views: list[_View] = []
    for beam in beams:
        if not _is_arc(beam):
            views.append(_View(beam, "sum"))
        elif each > 1:
            last = len(beam.control_points) - 1
            chosen = np.unique(np.linspace(0, last, each + 1)[1:-1].round().astype(int))
            views += [_View(beam, "aperture", int(point)) for point in chosen] + [_View(beam, "output")]
        else:
            views.append(_View(beam, "sum"))
    return views[:MOST_PANELS]


def _is_arc(beam: Beam) -> bool:
    return arc_length_deg(beam) >= ARC_DEG


def _half_width_mm(beams: Sequence[Beam]) -> float:
    """Half the side of every panel: the farthest edge of all fields, and a margin."""
    corners = [aperture.frame_mm for beam in beams for aperture in apertures_of(beam)]
    return float(np.abs(corners).max()) + MARGIN_MM if corners else MARGIN_MM


def _draw_sum(panel: Panel, beam: Beam) -> None:
    """The sum of all apertures in grays, the more monitor units the brighter; the largest one in outline."""
    fine_mm = np.arange(panel.across[0], panel.across[1] + FLUENCE_STEP_MM, FLUENCE_STEP_MM)
    share = summed_fluence(beam, fine_mm, fine_mm)
    pixels, _ = panel.pixels()
    nearest = np.clip(np.round((pixels - fine_mm[0]) / FLUENCE_STEP_MM).astype(int), 0, len(fine_mm) - 1)
    gray = share[nearest][:, nearest] / (float(share.max()) or 1.0)
    panel.paint(BLACKEST + (1 - BLACKEST) * np.round(gray * 32) / 32)
    apertures = apertures_of(beam)
    largest = max(apertures, key=lambda aperture: aperture.area_mm2)
    if _is_stepped(beam):
        for aperture in apertures:
            panel.draw(aperture.outlines(), "#4cc9f0", 0.7, layer=2.5)
    panel.draw_edged(largest.outlines(), "#4cc9f0", 1.0, (0.0, (4.0, 2.0)), layer=3)
    _draw_frame(panel, largest)


def _is_stepped(beam: Beam) -> bool:
    """Whether the field is a series of a few segments, whose outlines can be distinguished in a picture."""
    segments = segments_of(beam)
    return 1 < segments.count <= MOST_OUTLINES and segments.moving_share < MOVING_SHARE


def _draw_aperture(panel: Panel, view: _View) -> None:
    """One control point of an arc: white what is open, gray the leaves within the jaws."""
    aperture = apertures_of(view.beam)[view.point]
    low, high = panel.across
    panel.fill([(low, low, high, high)], "#4a4a4a")
    panel.fill([aperture.frame_mm], "#fafafa")
    panel.fill(aperture.leaves(), "#a9a9a9", edge="#6a6a6a")
    _draw_frame(panel, aperture)


def _draw_frame(panel: Panel, aperture: Aperture) -> None:
    """The jaws, the central axis, and a bar of 50 mm."""
    left, bottom, right, top = aperture.frame_mm
    frame = np.array([(left, bottom), (right, bottom), (right, top), (left, top), (left, bottom)])
    panel.draw_edged([frame], "#ffe14d", 1.3, "solid", layer=4)
    cross = [np.array([(-6.0, 0.0), (6.0, 0.0)]), np.array([(0.0, -6.0), (0.0, 6.0)])]
    panel.draw_edged(cross, "#ff6b6b", 1.2, "solid", layer=5)
    a_pixel_mm = (panel.across[1] - panel.across[0]) / panel.width_px
    end, foot = panel.across[1] - 8 * a_pixel_mm, panel.up[0] + 8 * a_pixel_mm
    panel.draw_edged([np.array([(end - 50.0, foot), (end, foot)])], "white", 2.5, "solid", layer=6)
    panel.write("50 mm", end - 25.0, foot + 4 * a_pixel_mm, "white", up="bottom", ground="#000000")


def _draw_output(sheet: "Figure", corner_px: tuple[float, float], beam: Beam) -> Panel:
    """Monitor units a degree (per cent of the arc's where none are stated) over the angle turned."""
    travel_deg, rate = _output(beam)
    highest = float(rate.max()) if len(rate) and rate.max() > 0 else 1.0
    panel = Panel(
        sheet,
        corner_px,
        (PANEL_PX, PANEL_PX),
        (0.0, max(float(travel_deg[-1]), 1.0)),
        (-0.15 * highest, 1.15 * highest),
    )
    end_deg, foot, top = panel.across[1], panel.up[0], panel.up[1]
    panel.draw([np.array([(0.0, top), (0.0, 0.0), (end_deg, 0.0)])], INK, 1.0)
    panel.draw([np.array([(0.0, highest), (end_deg, highest)])], PALE, 0.8, (0.0, (4.0, 3.0)))
    panel.draw([np.column_stack([np.repeat(travel_deg, 2)[1:-1], np.repeat(rate, 2)])], "#0b5fa5", 1.5, layer=3)
    unit = "MU" if beam.monitor_units is not None else "%"
    panel.write(f"{highest:.3g} {unit} a degree", end_deg / 2, 1.03 * highest, INK, up="bottom")
    points = beam.control_points
    for share, side in ((0.0, "left"), (0.5, "center"), (1.0, "right")):
        at = int(np.abs(travel_deg - share * end_deg).argmin())
        panel.write(f"{points[at].gantry_deg:.0f}°", share * end_deg, foot / 2, INK, across=side)
    return panel


def _output(beam: Beam) -> tuple[FloatArray, FloatArray]:
    """How far the gantry has turned at each control point, and the output a degree in between."""
    points = beam.control_points
    whole = beam.monitor_units if beam.monitor_units is not None else 100.0
    total = points[-1].cumulative_weight - points[0].cumulative_weight or 1.0
    given = np.diff([point.cumulative_weight for point in points]) / total * whole
    steps_deg = turned_deg(beam)
    rate = np.divide(given, steps_deg, out=np.zeros_like(given), where=steps_deg > 0.01)
    return np.concatenate([[0.0], np.cumsum(steps_deg)]), rate


def _write_title(panel: Panel, view: _View) -> None:
    """Two lines over a panel: which field, and how the machine stands."""
    beam, point = view.beam, view.beam.control_points[view.point]
    number = f"{beam.number}  "
    output = f"{beam.monitor_units:.1f} MU" if beam.monitor_units is not None else "no MU"
    stands = f"coll. {point.collimator_deg:.0f}°, couch {point.couch_deg:.0f}°"
    first, last = beam.control_points[0], beam.control_points[-1]
    turns = f"{first.gantry_deg:.0f}° to {last.gantry_deg:.0f}° {first.rotation}"
    angle = turns if _is_arc(beam) else f"gantry {point.gantry_deg:.0f}°"
    behind, below = {
        "sum": (f", {angle}", f"{stands}, {output}"),
        "aperture": (f", gantry {point.gantry_deg:.0f}°", f"{stands}, point {view.point + 1}"),
        "output": (f", {output}", turns),
    }[view.kind]
    name = number + shortened(beam.name, letters_within(PANEL_PX, USUAL) - len(number) - len(behind))
    a_pixel = (panel.up[1] - panel.up[0]) / panel.height_px
    panel.write(
        name + behind, panel.across[0], panel.up[1] + 21 * a_pixel, INK, size=USUAL, across="left", weight="bold"
    )
    line = shortened(below, letters_within(PANEL_PX, SMALL))
    panel.write(line, panel.across[0], panel.up[1] + 8 * a_pixel, INK, size=SMALL, across="left")


def _caption(beams: Sequence[Beam], views: Sequence[_View], half_mm: float, target: str) -> str:
    sentences = [
        "Beam's-eye views in the isocenter plane, in the collimator's axes as seen from the source, "
        f"{2 * half_mm:.0f} mm a side; jaws in full lines, the central axis a cross."
    ]
    kinds = {view.kind for view in views}
    if "sum" in kinds:
        sentences.append(
            "The brighter, the more of the field's monitor units reach a point through jaws and leaves "
            "(leakage and penumbra left out); dashed is the largest aperture."
        )
    if any(view.kind == "sum" and _is_stepped(view.beam) for view in views):
        sentences.append("Thin lines are the outlines of all segments.")
    if "aperture" in kinds:
        sentences.append(
            "Arcs: apertures at evenly spaced control points (white), the leaves gray, and monitor units a degree "
            "over the gantry's turn."
        )
    if target and kinds - {"output"}:
        sentences.append(f"Thick: the outline of {target} as the beam sees it.")
    shaped_otherwise = [
        f"{beam.name or beam.number} ({what})"
        for beam in beams
        for what, count in (("wedge", beam.wedges), ("block", beam.blocks), ("compensator", len(beam.compensators)))
        if count
    ]
    if shaped_otherwise:
        sentences.append(f"Not drawn: what is put into the beam of {in_words(shaped_otherwise)}.")
    left_out = len(beams) - len({view.beam.number for view in views})
    if left_out:
        sentences.append(f"{left_out} of the {len(beams)} fields are not shown.")
    return " ".join(sentences)
