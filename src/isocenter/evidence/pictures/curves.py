"""Cumulative DVHs with the constraints of the prescription, and the planning system's own curves beside."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from isocenter.errors import UnreadableInput
from isocenter.evidence.doses.dvh import Dvh
from isocenter.evidence.doses.metrics import evaluate_constraint
from isocenter.evidence.pictures.colors import FALLBACK, edge_of
from isocenter.evidence.pictures.drawing import (
    GRID,
    INK,
    LABEL_GROUND,
    PALE,
    POINT_PX,
    SMALL,
    USUAL,
    add_panel,
    blank_sheet,
    finish,
    fitting,
    in_words,
    width_within_px,
)
from isocenter.evidence.pictures.panel import Dash, Panel
from isocenter.evidence.roles.roles import find_structure
from isocenter.terms.chart import Constraint
from isocenter.terms.dose_metrics import Metric, parse_metric
from isocenter.terms.imaging import FloatArray, StoredDvh
from isocenter.terms.review import Picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DASHES: tuple[Dash, ...] = (
    "solid",
    (0.0, (6.0, 2.0)),
    (0.0, (6.0, 1.5, 1.5, 1.5)),
    (0.0, (2.0, 1.2)),
    (0.0, (10.0, 2.0)),
    (0.0, (6.0, 1.5, 1.5, 1.5, 1.5, 1.5)),
)
TARGET_WIDTH, CRITICAL_WIDTH = 2.2, 1.3
STORED: Dash = (0.0, (1.0, 2.0))
SHEET_PX, PLOT_PX, CORNER_PX = (960.0, 520.0), (630.0, 400.0), (56.0, 48.0)
ROW_PX = 18.0
POINTS = 400  # of a curve as drawn; more would fall on the same pixels


def dvh_chart(
    dvhs: Sequence[Dvh],
    roles: Mapping[str, str],
    constraints: Sequence[Constraint],
    prescription_gy: float | None,
    stored: Mapping[int, StoredDvh] | None = None,
    colors: Mapping[int, str] | None = None,
    *,
    own_gy: Mapping[str, float] | None = None,
    name: str = "dvh",
    title: str = "Dose-volume histograms",
) -> Picture:
    """Volume in per cent that receives at least each dose in Gy; triangles mark limits and point to where
    the curve should run.

    stored holds the planning system's curves, colors the color of each curve (#rrggbb), by structure number; own_gy
    the dose of each structure, by name, for which per cents in its limits are not of prescription_gy.
    Constraints that fit no curve are named in
    the caption, as are structures without volume in the dose grid.
    """
    drawn = sorted(
        (dvh for dvh in dvhs if dvh.curve_volume_cc > 0), key=lambda dvh: roles.get(dvh.structure_name) != "target"
    )
    stored = stored or {}
    palette = {dvh.structure_number: FALLBACK[place % len(FALLBACK)] for place, dvh in enumerate(drawn)}
    palette |= colors or {}
    sheet = blank_sheet(*SHEET_PX)
    axes = add_panel(sheet, *CORNER_PX, *PLOT_PX)
    _set_axes(axes, drawn, prescription_gy)
    labels = Panel(sheet, CORNER_PX, PLOT_PX, axes.get_xlim(), axes.get_ylim())
    missed = _mark_constraints(axes, labels, drawn, palette, constraints, prescription_gy, own_gy or {})
    for number, dvh in enumerate(drawn):
        color = palette[dvh.structure_number]
        _draw_curve(axes, labels, dvh, number, color, roles, stored.get(dvh.structure_number))
    _draw_legend(sheet, drawn, palette, roles)
    left_out = [dvh.structure_name for dvh in dvhs if dvh.curve_volume_cc <= 0]
    has_stored = any(dvh.structure_number in stored for dvh in drawn)
    caption = _caption(drawn, len(constraints) - len(missed), missed, left_out, has_stored)
    return finish(sheet, name, title, caption)


def _set_axes(axes: "Axes", dvhs: Sequence[Dvh], prescription_gy: float | None) -> None:
    hottest_gy = max([dvh.maximum_gy for dvh in dvhs] + [prescription_gy or 1.0])
    axes.set_xlim(0.0, 1.06 * hottest_gy)
    axes.set_ylim(0.0, 103.0)
    axes.set_xlabel("dose in Gy", fontsize=USUAL, color=INK)
    axes.set_ylabel("volume in %", fontsize=USUAL, color=INK)
    axes.tick_params(labelsize=SMALL, colors=INK)
    axes.grid(True, color=GRID, lw=0.8)
    axes.set_axisbelow(True)
    if prescription_gy:
        axes.axvline(prescription_gy, color=PALE, lw=1.2, ls=(0, (4, 3)))
        in_percent = axes.twiny()
        in_percent.set_xlim(0.0, 1.06 * hottest_gy * 100 / prescription_gy)
        in_percent.patch.set_visible(False)
        in_percent.set_xlabel(f"dose in % of the prescribed {prescription_gy:g} Gy", fontsize=USUAL, color=INK)
        in_percent.tick_params(labelsize=SMALL, colors=INK)


def _draw_curve(
    axes: "Axes",
    labels: Panel,
    dvh: Dvh,
    number: int,
    color: str,
    roles: Mapping[str, str],
    stored: StoredDvh | None,
) -> None:
    """One curve with its name on it; the planning system's curve as fine dots."""
    width, dash = _style(number, roles.get(dvh.structure_name) == "target")
    curve = _thinned(dvh.dose_edges_gy, 100.0 * dvh.cumulative_cc / dvh.curve_volume_cc)
    if edge_of(color):
        axes.plot(curve[:, 0], curve[:, 1], color=edge_of(color), lw=width * POINT_PX + 1.4)
    axes.plot(curve[:, 0], curve[:, 1], color=color, lw=width * POINT_PX, ls=dash)
    if stored is not None and len(stored.dose_gy) > 1 and stored.volume_cc[0] > 0:
        beside = _thinned(stored.dose_gy, 100.0 * stored.volume_cc / stored.volume_cc[0])
        axes.plot(beside[:, 0], beside[:, 1], color=INK, lw=1.2 * POINT_PX, ls=STORED, zorder=4)
    steep = curve[(curve[:, 1] < 92) & (curve[:, 1] > 4)]
    if len(steep) > 1:
        labels.write_on_line(dvh.structure_name[:24], steep, INK, LABEL_GROUND, start=0.15 + 0.23 * number % 0.7)


def _thinned(dose_gy: FloatArray, volume_percent: FloatArray) -> FloatArray:
    """A curve at no more doses than can be distinguished in the picture, shape (n, 2)."""
    step = max(1, len(dose_gy) // POINTS)
    kept = np.append(np.arange(0, len(dose_gy) - 1, step), len(dose_gy) - 1)
    return np.column_stack([dose_gy[kept], volume_percent[kept]])


def _style(number: int, is_target: bool) -> tuple[float, Dash]:
    dash = "solid" if is_target else DASHES[1 + number % (len(DASHES) - 1)]
    return TARGET_WIDTH if is_target else CRITICAL_WIDTH, dash


def _mark_constraints(
    axes: "Axes",
    labels: Panel,
    dvhs: Sequence[Dvh],
    palette: Mapping[int, str],
    constraints: Sequence[Constraint],
    prescription_gy: float | None,
    own_gy: Mapping[str, float],
) -> list[str]:
    """Draw a triangle at each limit; returns the constraints that have no place in the chart."""
    missed = []
    for constraint in constraints:
        sign = {"<=": "≤", ">=": "≥"}.get(constraint.comparison.strip(), constraint.comparison)
        words = f"{constraint.structure} {constraint.metric} {sign} {constraint.limit:g} {constraint.unit}".strip()
        meant = find_structure(constraint.structure, [dvh.structure_name for dvh in dvhs])
        number = next((n for n, dvh in enumerate(dvhs) if dvh.structure_name == meant), None)
        of_gy = own_gy.get(meant or "") or prescription_gy
        limit = _limit(constraint, dvhs[number], of_gy) if number is not None else None
        if number is None or limit is None:
            missed.append(words)
            continue
        dose_gy, volume_percent, marker = limit
        axes.plot(
            [dose_gy], [volume_percent], marker=marker, ms=9 * POINT_PX, color=palette[dvhs[number].structure_number],
            mec=INK, mew=0.8 * POINT_PX, ls="none", zorder=6, clip_on=False,
        )  # fmt: skip
        _write_beside(labels, dose_gy, volume_percent, words)
    return missed


def _write_beside(labels: Panel, dose_gy: float, volume_percent: float, words: str) -> None:
    """The words of a limit to the right of its triangle, or to the left, a little higher where they would meet."""
    a_pixel_gy, a_pixel_percent = labels.across[1] / labels.width_px, labels.up[1] / labels.height_px
    half_gy = (len(words) * 3.3 + 12) * a_pixel_gy
    places = [
        (dose_gy + side * half_gy, volume_percent + up * 13 * a_pixel_percent) for up in range(8) for side in (1, -1)
    ]
    labels.keep_clear(dose_gy, volume_percent, "M")
    for x, y in places:
        if labels.write_on_line(words, np.array([(x, y), (x + a_pixel_gy, y)]), INK, LABEL_GROUND):
            return


def _limit(constraint: Constraint, dvh: Dvh, prescription_gy: float | None) -> tuple[float, float, str] | None:
    """Where a limit stands, in Gy and per cent of volume, and its triangle; None where it has no such place."""
    try:
        metric = parse_metric(constraint.metric)
        result = evaluate_constraint(constraint, dvh, prescription_gy)
    except UnreadableInput:
        return None
    is_upper = constraint.comparison.strip() in ("<=", "≤", "<")
    if metric.kind == "volume at dose":
        in_gy = metric.number * (prescription_gy or 0.0) / 100 if metric.unit == "%" else metric.number
        percent = result.limit * (100.0 / dvh.curve_volume_cc if result.unit == "cc" else 1.0)
        return in_gy, percent, "v" if is_upper else "^"
    volume_percent = _volume_percent(metric, dvh)
    if volume_percent is None:
        return None
    limit_gy = result.limit * {"cGy": 0.01, "%": (prescription_gy or 0.0) / 100}.get(result.unit, 1.0)
    return limit_gy, volume_percent, "<" if is_upper else ">"


def _volume_percent(metric: Metric, dvh: Dvh) -> float | None:
    """At which volume a limit of dose stands: extremes at the ends of the curve, the mean at its half."""
    if metric.kind == "dose at volume":
        return metric.number if metric.unit == "%" else 100.0 * metric.number / dvh.curve_volume_cc
    return {"max": 0.0, "mean": 50.0, "min": 100.0}.get(metric.kind)


def _draw_legend(sheet: "Figure", dvhs: Sequence[Dvh], palette: Mapping[int, str], roles: Mapping[str, str]) -> None:
    """Line, name, volume and mean dose of each structure, as far as the sheet has room."""
    left_px = CORNER_PX[0] + PLOT_PX[0] + 14
    width_px, height_px = SHEET_PX[0] - left_px, PLOT_PX[1]
    panel = Panel(sheet, (left_px, CORNER_PX[1]), (width_px, height_px), (0.0, width_px), (height_px, 0.0))
    panel.write("volume, mean dose", width_px - 6, 6, PALE, across="right")
    rows = int(height_px / ROW_PX) - 1
    named = dvhs if len(dvhs) <= rows else dvhs[: rows - 1]
    if len(named) < len(dvhs):
        panel.write(f"and {len(dvhs) - len(named)} more", 40, ROW_PX * (len(named) + 1.4), PALE, across="left")
    for number, dvh in enumerate(named):
        y = ROW_PX * (number + 1.4)
        color = palette[dvh.structure_number]
        width, dash = _style(number, roles.get(dvh.structure_name) == "target")
        volume = f"{dvh.total_volume_cc:,.1f}" if dvh.total_volume_cc < 100 else f"{dvh.total_volume_cc:,.0f}"
        sample = [np.array([(2.0, y), (34.0, y)])]
        if edge_of(color):
            panel.draw(sample, edge_of(color), width + 1.0)
        panel.draw(sample, color, width, dash)
        values = f"{volume} cc  {dvh.mean_gy:.1f} Gy"
        name, _ = fitting(dvh.structure_name, width_px - 52 - width_within_px(values, SMALL))
        panel.write(name, 40, y, INK, across="left")
        panel.write(values, width_px - 6, y, INK, across="right")


def _caption(dvhs: Sequence[Dvh], marked: int, missed: list[str], left_out: list[str], has_stored: bool) -> str:
    sentences = ["Cumulative dose-volume histograms, thick for targets and dashed for critical structures."]
    if dvhs:
        spacing = " x ".join(f"{step:.3g}" for step in dvhs[0].dose_spacing_mm)
        sentences.append(f"Dose grid {spacing} mm (x, y, z).")
    if marked:
        sentences.append(
            "Triangles mark the limits of the prescription and point to where the curve should run; "
            "limits of a mean dose are drawn at half the volume."
        )
    if has_stored:
        sentences.append("Dotted: the curves that the planning system stored.")
    if missed:
        sentences.append(f"Not drawn, because there is no room in this chart: {in_words(missed)}.")
    if left_out:
        sentences.append(f"Without volume in the dose grid: {in_words(left_out)}.")
    return " ".join(sentences)
