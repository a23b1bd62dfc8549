"""Isodose lines over the CT in three planes, with the outlines of targets and critical structures.

Lines run linearly between the points of the dose grid: nothing is smoothed that was not calculated.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from string import ascii_lowercase, ascii_uppercase
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from isocenter.errors import UnreadableInput
from isocenter.evidence.pictures.colors import colors_of, is_deep
from isocenter.evidence.pictures.drawing import INK, USUAL, blank_sheet, finish, fitting, in_words
from isocenter.evidence.pictures.panel import Dash, Panel
from isocenter.evidence.pictures.planes import (
    CORONAL,
    SAGITTAL,
    TRANSVERSE,
    Plane,
    PointMm,
    cut,
    level_lines,
    outlines,
    resample,
)
from isocenter.terms.imaging import ContouredStructure, CtImage, DoseGrid, FloatArray, StructureSet
from isocenter.terms.review import Picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SOFT_WINDOW_HU, LUNG_WINDOW_HU = (-160.0, 240.0), (-1000.0, 250.0)
LUNG_HU = (-950.0, -400.0)  # from the air of emphysema to that of breathing out; outside of the patient is less
LUNG_AROUND_MM, LUNG_SHARE = 30.0, 0.35  # of a box around the point: more lung than that, and its window is taken
BRIGHTEST = 0.8  # lines stay brighter than bone
GRAYS = 40  # as many as a reader can distinguish; fewer grays make smaller files
MARGIN_MM = 10.0
LOW_DOSE = 0.1  # share of the full dose below which slices are left out of view
PANELS_PX = (860.0, 740.0)  # the most that the panels take up, together, across and up
LEGEND_PX = 300.0
EDGE_PX, TITLE_PX, GAP_PX, ROW_PX = 8.0, 20.0, 8.0, 17.0
TARGET_LETTERS, CRITICAL_LETTERS = ascii_uppercase, ascii_lowercase
TARGET_LINE: tuple[float, Dash] = (2.4, "solid")
CRITICAL_LINE: tuple[float, Dash] = (1.1, (0.0, (4.0, 2.0)))


@dataclass(frozen=True)
class IsodoseStyle:
    """How the line of one share of the full dose is drawn; widths and dashes differ, not colors alone."""

    percent: float
    color: str
    width: float
    dash: Dash


STYLES = (  # hot to cold
    IsodoseStyle(107, "#ff4d4d", 2.2, "solid"),
    IsodoseStyle(100, "#ff9f1c", 1.7, "solid"),
    IsodoseStyle(95, "#ffe14d", 1.1, "solid"),
    IsodoseStyle(80, "#5fd35f", 1.4, (0.0, (9.0, 1.5, 1.5, 1.5))),
    IsodoseStyle(50, "#4cc9f0", 1.4, (0.0, (4.0, 1.5, 1.0, 1.5, 1.0, 1.5))),
    IsodoseStyle(20, "#a3a3ff", 1.4, (0.0, (1.0, 1.6))),
)


@dataclass(frozen=True)
class _Scene:
    """What all three panels show, and the box of it in mm: low and high of x, y, z."""

    ct: CtImage | None
    dose: DoseGrid
    targets: list[ContouredStructure]
    critical: list[ContouredStructure]
    colors: Mapping[int, str]
    full_dose_gy: float
    through_mm: PointMm
    low_mm: FloatArray
    high_mm: FloatArray
    window_hu: tuple[float, float]

    def size_mm(self, axis: int) -> float:
        return float(self.high_mm[axis] - self.low_mm[axis])


def isodose(
    ct: CtImage | None,
    dose: DoseGrid,
    structures: StructureSet | None,
    roles: Mapping[str, str],
    prescription_gy: float | None,
    through_mm: PointMm,
    *,
    name: str = "isodose",
    title: str = "Isodose plan",
    around_mm: float | None = None,
) -> Picture:
    """Isodose lines in the transverse, coronal and sagittal planes through a point (x, y, z in mm).

    Lines are per cent of the prescribed dose, or of the largest dose where none is given. A CT that does not
    hold the point, or has another frame of reference than the dose, is left out. around_mm shows no more than
    that far from the point. Raises UnreadableInput for a grid without dose.
    """
    scene = _set_scene(ct, dose, structures, roles, prescription_gy, through_mm, around_mm)
    across_mm, up_mm = scene.size_mm(0) + scene.size_mm(1), scene.size_mm(1) + scene.size_mm(2)
    scale = min(PANELS_PX[0] / across_mm, PANELS_PX[1] / up_mm)  # pixels a mm, the same in all panels
    wide_px, deep_px, tall_px = (scene.size_mm(axis) * scale for axis in range(3))
    right_px = EDGE_PX + wide_px + GAP_PX
    legend_px = ROW_PX * _legend_rows(scene)
    below_px = TITLE_PX + max(deep_px, legend_px) + GAP_PX
    sheet = blank_sheet(right_px + max(deep_px, LEGEND_PX) + EDGE_PX, below_px + TITLE_PX + tall_px + EDGE_PX)
    low, high = scene.low_mm, scene.high_mm
    x, y, z = ((float(low[axis]), float(high[axis])) for axis in range(3))
    lower_px = below_px + TITLE_PX
    panels = (
        (TRANSVERSE, Panel(sheet, (EDGE_PX, TITLE_PX), (wide_px, deep_px), x, y[::-1])),  # the back is below
        (CORONAL, Panel(sheet, (EDGE_PX, lower_px), (wide_px, tall_px), x, z)),
        (SAGITTAL, Panel(sheet, (right_px, lower_px), (deep_px, tall_px), y, z)),
    )
    for plane, panel in panels:
        _draw_plane(panel, scene, plane)
    _draw_legend(sheet, right_px, legend_px, scene, prescription_gy is not None)
    return finish(sheet, name, title, _caption(scene, prescription_gy))


def _set_scene(
    ct: CtImage | None,
    dose: DoseGrid,
    structures: StructureSet | None,
    roles: Mapping[str, str],
    prescription_gy: float | None,
    through_mm: PointMm,
    around_mm: float | None,
) -> _Scene:
    contoured = [s for s in structures.structures if s.contours] if structures else []
    in_role = {role: [s for s in contoured if roles.get(s.name) == role] for role in ("target", "critical", "external")}
    largest_gy = float(dose.dose_gy.max())
    if not largest_gy > 0:
        raise UnreadableInput("the dose grid holds no dose above 0 Gy, so it has no isodose lines; export it again")
    full_dose_gy = prescription_gy or largest_gy
    image = ct if ct is not None and _same_frame(ct, dose) and _shows(ct, through_mm) else None
    if around_mm is None:
        low_mm, high_mm = _whole_view(image, dose, in_role["external"], full_dose_gy, through_mm)
    else:
        low_mm, high_mm = np.array(through_mm) - around_mm, np.array(through_mm) + around_mm
    window_hu = _window_hu(image, through_mm) if image else SOFT_WINDOW_HU
    targets, critical = in_role["target"], in_role["critical"]
    colors = colors_of(structures.structures) if structures else {}
    return _Scene(image, dose, targets, critical, colors, full_dose_gy, through_mm, low_mm, high_mm, window_hu)


def _window_hu(ct: CtImage, through_mm: PointMm) -> tuple[float, float]:
    """The window that shows lung where the point lies in it, else that of soft tissue."""
    axes_mm = (ct.z_mm, ct.y_mm, ct.x_mm)
    near = (
        slice(*np.searchsorted(axis, (at - LUNG_AROUND_MM, at + LUNG_AROUND_MM)))
        for axis, at in zip(axes_mm, through_mm[::-1], strict=True)
    )
    around = ct.hu[tuple(near)]
    is_lung = (around > LUNG_HU[0]) & (around < LUNG_HU[1])
    return LUNG_WINDOW_HU if around.size and is_lung.mean() > LUNG_SHARE else SOFT_WINDOW_HU


def _same_frame(ct: CtImage, dose: DoseGrid) -> bool:
    frames = {ct.frame_of_reference_uid, dose.frame_of_reference_uid} - {""}
    return len(frames) < 2


def _shows(ct: CtImage, through_mm: PointMm) -> bool:
    """Whether a CT of several slices holds the point, and with it a part of every plane."""
    axes_mm = (ct.x_mm, ct.y_mm, ct.z_mm)
    return all(len(axis) > 1 and axis[0] <= at <= axis[-1] for axis, at in zip(axes_mm, through_mm, strict=True))


def _whole_view(
    ct: CtImage | None,
    dose: DoseGrid,
    externals: list[ContouredStructure],
    full_dose_gy: float,
    through_mm: PointMm,
) -> tuple[FloatArray, FloatArray]:
    """The box around the patient's outline, else around CT or dose, as tall as dose of note reaches."""
    grid = ct or dose
    axes_mm = (grid.x_mm, grid.y_mm, grid.z_mm)
    low_mm, high_mm = np.array([axis[0] for axis in axes_mm]), np.array([axis[-1] for axis in axes_mm])
    points = [points for structure in externals for _, points in structure.contours]
    if points:
        outline = np.concatenate(points)
        low_mm[:2] = np.maximum(low_mm[:2], outline.min(axis=0) - MARGIN_MM)
        high_mm[:2] = np.minimum(high_mm[:2], outline.max(axis=0) + MARGIN_MM)
    dosed_mm = dose.z_mm[dose.dose_gy.max(axis=(1, 2)) >= LOW_DOSE * full_dose_gy]
    if len(dosed_mm):
        low_mm[2] = max(low_mm[2], dosed_mm[0] - MARGIN_MM)
        high_mm[2] = min(high_mm[2], dosed_mm[-1] + MARGIN_MM)
    through = np.array(through_mm)
    return np.minimum(low_mm, through - MARGIN_MM), np.maximum(high_mm, through + MARGIN_MM)


def _draw_plane(panel: Panel, scene: _Scene, plane: Plane) -> None:
    """One panel: the gray picture, the structures, the isodose lines, then what says where it is."""
    _draw_ground(panel, scene, plane)
    _draw_marks(panel, scene, plane)
    _draw_letters(panel, plane)
    _draw_structures(panel, scene, plane)
    _draw_isodoses(panel, scene, plane)
    title = f"{plane.name}, {plane.axis} = {_signed_mm(scene.through_mm[plane.normal])}"
    over_mm = 5 * (panel.up[1] - panel.up[0]) / panel.height_px
    panel.write(title, panel.across[0], panel.up[1] + over_mm, INK, size=USUAL, across="left", up="bottom")


def _draw_ground(panel: Panel, scene: _Scene, plane: Plane) -> None:
    """The CT in its window, or where there is none the dose, in grays that leave room for bright lines."""
    grid = scene.ct or scene.dose
    values: NDArray[Any] = scene.ct.hu if scene.ct else scene.dose.dose_gy
    darkest, brightest = scene.window_hu if scene.ct else (0.0, 1.5 * scene.full_dose_gy)
    axes_mm = (grid.x_mm, grid.y_mm, grid.z_mm)
    across_mm, up_mm = panel.pixels()
    image = cut(values, axes_mm, plane, scene.through_mm[plane.normal])
    if image is None:
        panel.paint(np.zeros((len(up_mm), len(across_mm))))
        return
    fine = resample(image, axes_mm[plane.across], axes_mm[plane.up], across_mm, up_mm)
    gray = np.clip((np.nan_to_num(fine, nan=darkest) - darkest) / (brightest - darkest), 0.0, 1.0)
    panel.paint(BRIGHTEST * np.round(gray * (GRAYS - 1)) / (GRAYS - 1))


def _draw_marks(panel: Panel, scene: _Scene, plane: Plane) -> None:
    """Where the other two planes stand, by ticks at the edges, and a bar of 50 mm (20 mm in a close view)."""
    (left, right), (bottom, top) = panel.across, panel.up
    across, up = scene.through_mm[plane.across], scene.through_mm[plane.up]
    tick_across, tick_up = 10 * (right - left) / panel.width_px, 10 * (top - bottom) / panel.height_px
    ticks = [[(across, end), (across, end + step)] for end, step in ((bottom, tick_up), (top, -tick_up))]
    ticks += [[(end, up), (end + step, up)] for end, step in ((left, tick_across), (right, -tick_across))]
    for near, far in ((0.5, 1.0), (-0.5, -1.0)):  # a cross, open in the middle, where the three planes meet
        ticks.append([(across + near * tick_across, up), (across + far * tick_across, up)])
        ticks.append([(across, up + near * tick_up), (across, up + far * tick_up)])
    panel.draw_edged([np.array(tick) for tick in ticks], "white", 1.0, "solid", layer=6)
    bar_mm = 50.0 if right - left > 150 else 20.0
    end, foot = right - tick_across, bottom + tick_up
    panel.draw([np.array([(end - bar_mm, foot), (end, foot)])], "white", 2.5, layer=6)
    panel.write(f"{bar_mm:g} mm", end - bar_mm / 2, foot + tick_up / 2, "white", up="bottom")
    panel.keep_clear(end - bar_mm / 2, foot + tick_up, f"{bar_mm:g} mm")


def _draw_letters(panel: Panel, plane: Plane) -> None:
    """The sides of the patient, R, L, A, P, S and I, beside the ticks."""
    (left, right), (bottom, top) = panel.across, panel.up
    inset_across, inset_up = 10 * (right - left) / panel.width_px, 10 * (top - bottom) / panel.height_px
    aside, above = left + 0.62 * (right - left), bottom + 0.62 * (top - bottom)
    low_letter, high_letter = plane.low_letters[1], plane.high_letters[1]
    at_bottom, at_top = (low_letter, high_letter) if top > bottom else (high_letter, low_letter)
    for letter, x, y in (
        (plane.low_letters[0], left + inset_across, above),
        (plane.high_letters[0], right - inset_across, above),
        (at_bottom, aside, bottom + inset_up),
        (at_top, aside, top - inset_up),
    ):
        panel.write(letter, x, y, "white", size=USUAL, weight="bold")
        panel.keep_clear(x, y, letter)


def _draw_structures(panel: Panel, scene: _Scene, plane: Plane) -> None:
    """Targets thick, critical structures thin and dashed, each in its color and with its letter."""
    for structures, letters, (width, dash) in (
        (scene.targets, TARGET_LETTERS, TARGET_LINE),
        (scene.critical, CRITICAL_LETTERS, CRITICAL_LINE),
    ):
        for number, structure in enumerate(structures):
            lines = outlines(structure, plane, scene.through_mm[plane.normal])
            _draw_outline(panel, lines, scene.colors[structure.number], width, dash, layer=2)
            if lines and number < len(letters):
                start = 0.37 * number % 1  # nested outlines get their letters on different sides
                panel.write_on_line(letters[number], max(lines, key=len), "white", "black", start)


def _draw_outline(panel: Panel, lines: list[FloatArray], color: str, width: float, dash: Dash, layer: float) -> None:
    """Lines of a structure's color; one that is deep has a pale edge, which shows it on lung and air."""
    panel.draw_edged(lines, color, width, dash, layer, "#ffffffa0" if is_deep(color) else "#00000090")


def _draw_isodoses(panel: Panel, scene: _Scene, plane: Plane) -> None:
    for number, (style, lines) in enumerate(_isolines(scene, plane)):
        panel.draw_edged(lines, style.color, style.width, style.dash, layer=4)
        # Each line looks for its label farther round than the one before, so that the labels fan out.
        for line in sorted(lines, key=len, reverse=True)[:2]:
            panel.write_on_line(f"{style.percent:g}", line, style.color, "black", start=0.13 * number + 0.05)


def _isolines(scene: _Scene, plane: Plane) -> list[tuple[IsodoseStyle, list[FloatArray]]]:
    """The isodose lines that a plane cuts, hottest first."""
    axes_mm = (scene.dose.x_mm, scene.dose.y_mm, scene.dose.z_mm)
    image = cut(scene.dose.dose_gy, axes_mm, plane, scene.through_mm[plane.normal])
    if image is None or min(image.shape) < 2:
        return []
    levels_gy = [style.percent / 100 * scene.full_dose_gy for style in STYLES]
    lines = level_lines(axes_mm[plane.across], axes_mm[plane.up], image, levels_gy)
    return list(zip(STYLES, lines, strict=True))


def _draw_legend(sheet: "Figure", left_px: float, height_px: float, scene: _Scene, is_prescribed: bool) -> None:
    """Beside the transverse plane: each line with its per cent and Gy, each letter with its structure."""
    panel = Panel(sheet, (left_px, TITLE_PX), (LEGEND_PX, height_px), (0, LEGEND_PX), (height_px, 0))
    of_what = "prescribed" if is_prescribed else "largest dose"
    _write(panel, 8, 0, f"100 % = {scene.full_dose_gy:.4g} Gy, {of_what}", weight="bold")
    largest_gy = float(scene.dose.dose_gy.max())
    for row, style in enumerate(STYLES, start=1):
        dose_gy = style.percent / 100 * scene.full_dose_gy
        text = f"{style.percent:g} %   {dose_gy:.1f} Gy" + ("" if dose_gy <= largest_gy else ", not reached")
        _draw_sample(panel, row, style.color, style.width, style.dash, text)
    _write(panel, 8, 7, f"largest dose of the grid {largest_gy:.2f} Gy")
    below = 8.5
    for what, structures, letters, (width, dash) in (
        ("targets", scene.targets, TARGET_LETTERS, TARGET_LINE),
        ("critical structures", scene.critical, CRITICAL_LETTERS, CRITICAL_LINE),
    ):
        lettered = list(zip(letters, structures, strict=False))
        _write(panel, 8, below, what if lettered else f"no {what}", weight="bold")
        for number, (letter, structure) in enumerate(lettered):
            left, at_row = 8.0 + LEGEND_PX / 2 * (number % 2), below + 1 + number // 2
            y = ROW_PX * (at_row + 0.5)
            panel.fill([(left, y + 7, left + 26, y - 7)], "#303030")
            sample = [np.array([(left + 2, y), (left + 24, y)])]
            _draw_outline(panel, sample, scene.colors[structure.number], width, dash, layer=3)
            _write(panel, left + 32, at_row, letter)
            name, size = fitting(structure.name, LEGEND_PX / 2 - 54)
            panel.write(name, left + 48, ROW_PX * (at_row + 0.5), INK, size=size, across="left")
        below += 1.5 + (len(lettered) + 1) // 2


def _legend_rows(scene: _Scene) -> float:
    """How many rows the legend needs: doses, then two structures a row."""
    named = ((scene.targets, TARGET_LETTERS), (scene.critical, CRITICAL_LETTERS))
    return 12.0 + sum((min(len(structures), len(letters)) + 1) // 2 for structures, letters in named)


def _write(panel: Panel, x: float, row: float, text: str, weight: str = "normal") -> None:
    panel.write(text, x, ROW_PX * (row + 0.5), INK, size=USUAL, across="left", weight=weight)


def _draw_sample(panel: Panel, row: float, color: str, width: float, dash: Dash, text: str) -> None:
    y = ROW_PX * (row + 0.5)
    panel.fill([(8, y + 7, 62, y - 7)], "#303030")
    panel.draw([np.array([(10, y), (60, y)])], color, width, dash)
    _write(panel, 70, row, text)


def _caption(scene: _Scene, prescription_gy: float | None) -> str:
    x, y, z = scene.through_mm
    percents = in_words([f"{style.percent:g}" for style in STYLES])
    whole = (
        f"the prescribed {prescription_gy:g} Gy"
        if prescription_gy
        else f"the largest dose, {scene.full_dose_gy:.4g} Gy"
    )
    ground = (
        f"over the CT (window {scene.window_hu[0]:g} to {scene.window_hu[1]:g} HU)"
        if scene.ct is not None
        else "over the dose in gray levels, because there is no CT of this place in its frame of reference"
    )
    shown = [
        f"{how}: {in_words([structure.name for structure in structures])}."
        for how, structures in (("Thick lines", scene.targets), ("Thin dashed lines", scene.critical))
        if structures
    ]
    spacing = " x ".join(f"{_spacing_mm(axis):.3g}" for axis in (scene.dose.x_mm, scene.dose.y_mm, scene.dose.z_mm))
    return " ".join(
        [
            f"Isodose lines of {percents} % of {whole}, {ground}, in the transverse plane z = {_signed_mm(z)}, "
            f"the coronal plane y = {_signed_mm(y)} and the sagittal plane x = {_signed_mm(x)} "
            "(x towards the patient's left, y to the back, z to the head).",
            *shown,
            f"Dose grid {spacing} mm (x, y, z); lines are linear between its points.",
        ]
    )


def _signed_mm(position_mm: float) -> str:
    return f"{round(position_mm, 1) + 0.0:+.1f} mm"  # adding 0 turns -0.0 into +0.0


def _spacing_mm(axis_mm: FloatArray) -> float:
    return float(np.median(np.diff(axis_mm))) if len(axis_mm) > 1 else 0.0
