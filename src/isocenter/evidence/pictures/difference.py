"""The difference of two doses over the CT, in the transverse plane through a point."""

from collections.abc import Mapping

import numpy as np

from isocenter.evidence.pictures.drawing import INK, USUAL, add_panel, blank_sheet, finish
from isocenter.evidence.pictures.planes import TRANSVERSE, PointMm, cut, outlines, resample
from isocenter.terms.imaging import CtImage, DoseGrid, StructureSet
from isocenter.terms.review import Picture

WIDTH_PX, EDGE_PX, BAR_PX, TITLE_PX = 640.0, 8.0, 110.0, 24.0
WINDOW_HU = (-160.0, 240.0)
LEAST_SHARE = 0.02  # of the prescribed dose; a smaller difference is left clear
PIXEL_MM = 2.0


def dose_difference(
    ct: CtImage | None,
    first: DoseGrid,
    second: DoseGrid,
    structures: StructureSet | None,
    roles: Mapping[str, str],
    prescribed_gy: float,
    through_mm: PointMm,
    *,
    name: str,
    title: str,
) -> Picture:
    """First less second, in Gy: red where the first gives more, blue where it gives less; outlines of structures.

    Both doses lie on one grid. The color is full at half of the prescribed dose.
    """
    plane, at_mm = TRANSVERSE, through_mm[TRANSVERSE.normal]
    axes_mm = (first.x_mm, first.y_mm, first.z_mm)
    difference = cut(first.dose_gy - second.dose_gy, axes_mm, plane, at_mm)
    assert difference is not None  # the point lies in the target
    x_mm, y_mm = (np.arange(axis[0], axis[-1] + PIXEL_MM / 2, PIXEL_MM) for axis in (first.x_mm, first.y_mm))
    fine = resample(difference, first.x_mm, first.y_mm, x_mm, y_mm)
    height_px = WIDTH_PX * len(y_mm) / len(x_mm)
    sheet = blank_sheet(WIDTH_PX + BAR_PX + 2 * EDGE_PX, height_px + TITLE_PX + EDGE_PX)
    axes = add_panel(sheet, EDGE_PX, TITLE_PX, WIDTH_PX, height_px)
    edges = (x_mm[0] - PIXEL_MM / 2, x_mm[-1] + PIXEL_MM / 2, y_mm[-1] + PIXEL_MM / 2, y_mm[0] - PIXEL_MM / 2)
    ground = None if ct is None else cut(ct.hu, (ct.x_mm, ct.y_mm, ct.z_mm), plane, at_mm)
    if ct is not None and ground is not None:
        gray = np.nan_to_num(resample(ground, ct.x_mm, ct.y_mm, x_mm, y_mm), nan=-1000.0)
        axes.imshow(gray, cmap="gray", vmin=WINDOW_HU[0], vmax=WINDOW_HU[1], extent=edges, interpolation="nearest")
    most_gy = prescribed_gy / 2
    clear = np.where(np.abs(fine) < LEAST_SHARE * prescribed_gy, np.nan, fine)
    shown = axes.imshow(
        clear, cmap="RdBu_r", vmin=-most_gy, vmax=most_gy, alpha=0.6, extent=edges, interpolation="nearest"
    )
    for structure in structures.structures if structures else ():
        role = roles.get(structure.name)
        if role in ("target", "critical"):
            for line in outlines(structure, plane, at_mm):
                axes.plot(line[:, 0], line[:, 1], color="white", lw=2.4 if role == "target" else 1.1)
    axes.set_xlim(edges[0], edges[1])
    axes.set_ylim(edges[2], edges[3])
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_title(f"transverse, z = {at_mm:+.1f} mm", fontsize=USUAL, color=INK, loc="left")
    bar = sheet.colorbar(shown, cax=add_panel(sheet, WIDTH_PX + 2 * EDGE_PX, TITLE_PX, 16, height_px))
    bar.set_label("Gy", fontsize=USUAL, color=INK)
    caption = (
        f"Red: more dose with the first plan, blue: less; the color is full at {most_gy:g} Gy; what differs by "
        f"less than {LEAST_SHARE * 100:g} % of the prescribed {prescribed_gy:g} Gy is left clear. White lines: targets "
        "(thick) and critical structures."
    )
    return finish(sheet, name, title, caption)
