"""The sheet that every picture is drawn on: sizes in pixels, and the same bytes for the same plan."""

from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from isocenter.terms.review import Picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DOTS_PER_INCH = 100
COLOURS = 128  # of a picture's palette: enough for 40 greys and the edges of a dozen lines
SMALL, USUAL, LARGE = 7.5, 8.5, 10.5  # sizes of type, in points
INK, PALE = "#222222", "#8a8a8a"


def blank_sheet(width_px: float, height_px: float) -> "Figure":
    """An empty white sheet, drawn without a screen and without the state that pyplot keeps."""
    from matplotlib.figure import Figure  # noqa: PLC0415

    return Figure((width_px / DOTS_PER_INCH, height_px / DOTS_PER_INCH), dpi=DOTS_PER_INCH, facecolor="white")


def add_panel(sheet: "Figure", left_px: float, top_px: float, width_px: float, height_px: float) -> "Axes":
    """A panel whose upper left corner lies left_px and top_px from that of the sheet."""
    whole_width_px, whole_height_px = sheet.bbox.width, sheet.bbox.height
    return sheet.add_axes(
        (
            left_px / whole_width_px,
            1 - (top_px + height_px) / whole_height_px,
            width_px / whole_width_px,
            height_px / whole_height_px,
        )
    )


def finish(sheet: "Figure", name: str, title: str, caption: str) -> Picture:
    """The sheet as a PNG of few colours, without a date or a program's name in it."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
    from PIL import Image  # noqa: PLC0415

    canvas = FigureCanvasAgg(sheet)
    canvas.draw()
    painted = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
    stored = BytesIO()
    painted.quantize(COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(stored, "PNG")
    return Picture(name, title, caption, "image/png", stored.getvalue())


def in_words(things: list[str]) -> str:
    """A list as a sentence holds it: 'a, b and c'."""
    return " and ".join([", ".join(things[:-1]), things[-1]]) if len(things) > 1 else "".join(things)
