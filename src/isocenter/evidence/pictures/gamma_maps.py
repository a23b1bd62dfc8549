"""Where a verifying dose agrees with the planned one: isodose lines of both, and gamma point by point."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isocenter.evidence.doses.verification import ComparedDose
from isocenter.evidence.pictures.drawing import INK, PALE, USUAL, blank_sheet, finish, in_words
from isocenter.evidence.pictures.panel import Dash, Panel
from isocenter.evidence.pictures.planes import CORONAL, SAGITTAL, TRANSVERSE, Plane, cut, level_lines
from isocenter.terms.imaging import FloatArray
from isocenter.terms.review import Picture

LEVELS_PERCENT = (20, 50, 80, 95)
PANEL_PX, LEGEND_PX, EDGE_PX, TITLE_PX, GAP_PX, ROW_PX = 380.0, 240.0, 8.0, 20.0, 12.0, 18.0
LEGEND_ROWS, MARGIN_MM, GRAYS = 10, 8.0, 40
PLANNED_LINE: tuple[str, float, Dash] = ("#8a8a8a", 2.4, "solid")
VERIFYING_LINE: tuple[str, float, Dash] = ("#000000", 1.1, (0.0, (4.0, 2.0)))
NOT_COMPARED, AGREES, AT_LIMIT, FAILS = 1.0, 0.92, 0.55, 0.0  # brightness
PLANES = (SAGITTAL, CORONAL, TRANSVERSE)  # by the axis on which each stands
WORDS = {"measurement": "measured", "independent_calculation": "recalculated"}


@dataclass(frozen=True, eq=False)
class _View:
    """One plane of a comparison: gamma and both doses, each of shape (up, across), and the axes of each in mm."""

    plane: Plane
    position_mm: float
    gamma: FloatArray
    verifying_gy: FloatArray
    axes_mm: tuple[FloatArray, FloatArray]
    planned_gy: FloatArray
    planned_axes_mm: tuple[FloatArray, FloatArray]


def gamma_map(compared: ComparedDose, *, name: str = "gamma") -> Picture | None:
    """The plane in which most points fail, by the first criteria; None for what is no plane, such as a profile.

    Left the isodose lines of both doses, right gamma: the darker the nearer to 1, black above.
    """
    view = _worst_view(compared)
    if view is None:
        return None
    across, up = _frame(view)
    scale = PANEL_PX / max(across[1] - across[0], abs(up[1] - up[0]))
    size_px = (across[1] - across[0]) * scale, abs(up[1] - up[0]) * scale
    second_px, third_px = EDGE_PX + size_px[0] + GAP_PX, EDGE_PX + 2 * (size_px[0] + GAP_PX)
    height_px = max(size_px[1], LEGEND_ROWS * ROW_PX)
    sheet = blank_sheet(third_px + LEGEND_PX + EDGE_PX, TITLE_PX + height_px + EDGE_PX)
    doses = Panel(sheet, (EDGE_PX, TITLE_PX), size_px, across, up)
    agreement = Panel(sheet, (second_px, TITLE_PX), size_px, across, up)
    _draw_doses(doses, view, float(compared.planned.dose_gy.max()))
    _draw_agreement(agreement, view)
    _draw_legend(Panel(sheet, (third_px, TITLE_PX), (LEGEND_PX, height_px), (0, LEGEND_PX), (height_px, 0)), compared)
    return finish(sheet, name, f"Gamma of the {WORDS[compared.kind]} dose", _caption(view, compared))


def _worst_view(compared: ComparedDose) -> _View | None:
    dose, planned, gamma = compared.verifying, compared.planned, compared.results[0].gamma
    plane, index = TRANSVERSE, 0
    if compared.stands_on is not None:
        plane = PLANES[compared.stands_on]
    else:
        failing = np.sum(gamma > 1, axis=(1, 2))
        index = int((failing if failing.any() else np.nanmax(gamma, axis=(1, 2), initial=0.0)).argmax())
    axes_mm, planned_axes_mm = ((grid.x_mm, grid.y_mm, grid.z_mm) for grid in (dose, planned))
    position_mm = float(axes_mm[plane.normal][index])
    planned_gy = cut(planned.dose_gy, planned_axes_mm, plane, position_mm)
    here = axes_mm[plane.across], axes_mm[plane.up]
    there = planned_axes_mm[plane.across], planned_axes_mm[plane.up]
    if planned_gy is None or min(map(len, (*here, *there))) < 2:
        return None
    gamma_here = gamma.take([index], axis=2 - plane.normal).squeeze(2 - plane.normal)
    verifying_gy = dose.dose_gy.take([index], axis=2 - plane.normal).squeeze(2 - plane.normal).astype(np.float64)
    return _View(plane, position_mm, gamma_here, verifying_gy, here, planned_gy, there)


def _frame(view: _View) -> tuple[tuple[float, float], tuple[float, float]]:
    """What is shown: the compared points and a margin; the back is below, as in all transverse pictures."""
    rows, columns = np.nonzero(~np.isnan(view.gamma))
    limits = []
    for axis_mm, used in zip(view.axes_mm, (columns, rows), strict=True):
        inside_mm = axis_mm[used] if len(used) else axis_mm
        limits.append((float(inside_mm.min()) - MARGIN_MM, float(inside_mm.max()) + MARGIN_MM))
    across, up = limits
    return across, up[::-1] if view.plane is TRANSVERSE else up


def _draw_doses(panel: Panel, view: _View, full_gy: float) -> None:
    _draw_title(panel, f"{view.plane.name}, {view.plane.axis} = {view.position_mm:+.1f} mm")
    levels_gy = [percent / 100 * full_gy for percent in LEVELS_PERCENT]
    for (across_mm, up_mm), dose_gy, (color, width, dash) in (
        (view.planned_axes_mm, view.planned_gy, PLANNED_LINE),
        (view.axes_mm, np.ma.masked_invalid(view.verifying_gy), VERIFYING_LINE),
    ):
        for percent, lines in zip(LEVELS_PERCENT, level_lines(across_mm, up_mm, dose_gy, levels_gy), strict=True):
            panel.draw(lines, color, width, dash)
            if color == PLANNED_LINE[0] and lines:
                panel.write_on_line(f"{percent}", max(lines, key=len), INK, "white")


def _draw_agreement(panel: Panel, view: _View) -> None:
    _draw_title(panel, "gamma")
    across_mm, up_mm = view.axes_mm
    across, up = panel.pixels()
    rows, is_row = _nearest(up_mm, up)
    columns, is_column = _nearest(across_mm, across)
    gamma = np.where(is_row[:, None] & is_column, view.gamma[rows][:, columns], np.nan)
    shade = AGREES + np.clip(np.nan_to_num(gamma), 0, 1) * (AT_LIMIT - AGREES)
    steps = np.round(shade * GRAYS) / GRAYS
    panel.paint(np.where(np.isnan(gamma), NOT_COMPARED, np.where(gamma > 1, FAILS, steps)))


def _nearest(axis_mm: FloatArray, at_mm: FloatArray) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Index of the nearest position of an axis, and whether the place belongs to it."""
    half_mm = float(np.diff(axis_mm).max()) / 2
    nearest = np.abs(axis_mm[:, None] - at_mm).argmin(axis=0)
    return nearest, np.abs(axis_mm[nearest] - at_mm) <= half_mm


def _draw_title(panel: Panel, text: str) -> None:
    over_mm = 5 * (panel.up[1] - panel.up[0]) / panel.height_px
    panel.write(text, panel.across[0], panel.up[1] + over_mm, INK, size=USUAL, across="left", up="bottom")


def _draw_legend(panel: Panel, compared: ComparedDose) -> None:
    result = compared.results[0]
    lines = ((PLANNED_LINE, "planned"), (VERIFYING_LINE, WORDS[compared.kind]))
    for row, ((color, width, dash), text) in enumerate(lines):
        panel.draw([np.array([(8.0, ROW_PX * (row + 0.5)), (48.0, ROW_PX * (row + 0.5))])], color, width, dash)
        _write(panel, row, text)
    _write(panel, 2, f"in % of {compared.planned.dose_gy.max():.4g} Gy")
    boxes = (
        (AGREES, "gamma 0"),
        (AT_LIMIT, "gamma 1"),
        (FAILS, "gamma above 1: fails"),
        (NOT_COMPARED, "not compared"),
    )
    for row, (brightness, text) in enumerate(boxes, start=4):
        top = ROW_PX * row
        panel.fill([(28.0, top + 15, 48.0, top + 3)], "#" + 3 * f"{round(255 * brightness):02x}", PALE)
        _write(panel, row, text)
    if result.pass_rate_percent is not None:
        _write(panel, 9, f"{result.pass_rate_percent:.2f} % of {result.points} points pass")


def _write(panel: Panel, row: float, text: str) -> None:
    panel.write(text, 56.0, ROW_PX * (row + 0.5), INK, size=USUAL, across="left")


def _caption(view: _View, compared: ComparedDose) -> str:
    result = compared.results[0]
    here, failing = int(np.sum(~np.isnan(view.gamma))), int(np.sum(view.gamma > 1))
    where = f"the {view.plane.name.lower()} plane {view.plane.axis} = {view.position_mm:+.1f} mm"
    chosen = "" if compared.stands_on is not None else ", where most points fail" if failing else ""
    outside = f"; {result.points_outside} more lie beyond the planned dose" if result.points_outside else ""
    percents = in_words([str(percent) for percent in LEVELS_PERCENT])
    return (
        f"{compared.path} in {where}{chosen}. Left: isodose lines of {percents} % of the highest planned dose, planned "
        f"gray and solid, {WORDS[compared.kind]} black and dashed. Right: gamma, pale where it is 0, gray at 1, black "
        f"above; {failing} of {here} points fail in this plane. In all {result.pass_rate_percent:.2f} % pass by "
        f"{result.stated_criteria}{outside}."
    )
