"""Set-up shifts that image guidance found, over the days of the course, against their tolerance."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from isocenter.evidence.pictures.drawing import GRID, INK, POINT_PX, SMALL, USUAL, add_panel, blank_sheet, finish
from isocenter.terms.courses import ImageGuidance
from isocenter.terms.review import Picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHEET_PX, PLOT_PX, CORNER_PX = (900.0, 270.0), (690.0, 200.0), (52.0, 14.0)
MARKERS = ("o", "s", "D", "^", "v", "P")
MOST_TICKS = 9


def shifts(rows: Sequence[ImageGuidance], *, name: str = "shifts", title: str = "Set-up shifts") -> Picture:
    """Length of each shift in mm by date, a marker for each method; filled where it exceeds its tolerance.

    Rows without a shift are counted in the caption.
    """
    measured = sorted((row for row in rows if row.shift_mm is not None), key=lambda row: row.guided_on)
    methods = sorted({row.method for row in measured})
    sheet = blank_sheet(*SHEET_PX)
    axes = add_panel(sheet, *CORNER_PX, *PLOT_PX)
    _set_axes(axes, measured)
    _draw_tolerance(axes, measured)
    for method, marker in zip(methods, MARKERS * (1 + len(methods) // len(MARKERS)), strict=False):
        group = [row for row in measured if row.method == method]
        _draw_shifts(axes, group, marker, "none", method)
        _draw_shifts(axes, [row for row in group if _exceeds(row)], marker, INK)
    if axes.get_legend_handles_labels()[0]:  # one method of guidance without a tolerance needs no key
        axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.03), fontsize=SMALL, frameon=False, labelcolor=INK)
    return finish(sheet, name, title, _caption(measured, len(rows) - len(measured)))


def _draw_shifts(axes: "Axes", rows: Sequence[ImageGuidance], marker: str, inside: str, label: str = "") -> None:
    days = [row.guided_on.toordinal() for row in rows]
    lengths_mm = [row.shift_mm or 0.0 for row in rows]
    axes.plot(
        days,
        lengths_mm,
        ls="none",
        marker=marker,
        ms=6.5 * POINT_PX,
        mec=INK,
        mew=1.1 * POINT_PX,
        mfc=inside,
        label=label,
    )


def _exceeds(row: ImageGuidance) -> bool:
    return row.shift_mm is not None and row.tolerance_mm is not None and row.shift_mm > row.tolerance_mm


def _set_axes(axes: "Axes", rows: Sequence[ImageGuidance]) -> None:
    longest_mm = max([row.shift_mm or 0.0 for row in rows] + [row.tolerance_mm or 0.0 for row in rows] + [1.0])
    first, last = (row.guided_on.toordinal() for row in (rows[0], rows[-1]))
    axes.set_xlim(first - 1, last + 1)
    axes.set_ylim(0.0, 1.15 * longest_mm)
    weeks = max(1, -(-(last - first) // (7 * (MOST_TICKS - 1))))
    days = range(first, last + 1, 7 * weeks)
    axes.set_xticks(list(days), [date.fromordinal(day).isoformat() for day in days])
    axes.tick_params(labelsize=SMALL, colors=INK)
    axes.set_ylabel("shift in mm", fontsize=USUAL, color=INK)
    axes.grid(True, color=GRID, lw=0.8)
    axes.set_axisbelow(True)


def _draw_tolerance(axes: "Axes", rows: Sequence[ImageGuidance]) -> None:
    """The tolerance, half-way from each set-up to the next."""
    stated = [(row.guided_on.toordinal(), row.tolerance_mm) for row in rows if row.tolerance_mm is not None]
    if not stated:
        return
    days = [stated[0][0] - 0.5, *(day for day, _ in stated), stated[-1][0] + 0.5]
    tolerances_mm = [stated[0][1], *(mm for _, mm in stated), stated[-1][1]]
    axes.plot(
        days, tolerances_mm, color=INK, lw=1.3 * POINT_PX, ls=(0, (5, 2)), drawstyle="steps-mid", label="tolerance"
    )


def _caption(rows: Sequence[ImageGuidance], without_shift: int) -> str:
    days = (rows[-1].guided_on - rows[0].guided_on).days + 1
    when = f"over {days} days" if days > 1 else "on one day"
    without_tolerance = sum(row.tolerance_mm is None for row in rows)
    length = f"Length of {len(rows)} set-up shift{'s' * (len(rows) != 1)} in mm {when}"
    if without_tolerance == len(rows):
        sentences = [f"{length}; no tolerance is stated."]
    else:
        sentences = [f"{length}, the tolerance dashed; {sum(map(_exceeds, rows))} beyond it, drawn filled."]
    if 0 < without_tolerance < len(rows):
        sentences.append(f"{without_tolerance} of them {_state(without_tolerance)} no tolerance.")
    if without_shift:
        sentences.append(f"{without_shift} more {_state(without_shift)} no shift, and cannot be drawn.")
    return " ".join(sentences)


def _state(count: int) -> str:
    return "states" if count == 1 else "state"
