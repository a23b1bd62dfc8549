"""The sheet that every picture is drawn on: SVG that follows a light or dark page, the same bytes each time."""

import re
import warnings
from io import StringIO
from typing import TYPE_CHECKING

from isocenter.engines.private_folders import settle_matplotlib
from isocenter.terms.review import Picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DOTS_PER_INCH = 72  # so that a pixel of the sheet is a point of type, as SVG has it
POINT_PX = 100 / 72  # widths of lines are given in points of a sheet of 100 dots an inch
_LETTER_WIDTH = 0.62  # by the size of type
_END_OF_NAME = 5  # letters of a long name that stay behind its cut
SMALL, USUAL = 10.5, 12.0  # sizes of type, in pixels
INK, PALE, PAPER, GRID = "#222222", "#707070", "#ffffff", "#e3e3e3"
LABEL_GROUND = "#fffffd"  # behind the words on a line
UNSEEN = "#fefefe"  # an edge that shows on a dark sheet only
# What each color of the sheet becomes where the reader's page is dark.
_DARK = {INK: "#e3ebee", PALE: "#a3b4bc", GRID: "#2d3b43", LABEL_GROUND: "#162026"}
_DARK_SHEET = "#162026"
_COMMENT = re.compile(r"<!--.*?-->\s*", re.DOTALL)
_HEAD = re.compile(r"^.*?(?=<svg )", re.DOTALL)
_METADATA = re.compile(r"<metadata>.*?</metadata>\s*", re.DOTALL)
_PATH = re.compile(r'(?<= d=")[^"]*')
_PLACES = re.compile(r"(\d+\.\d{2})\d+")


def blank_sheet(width_px: float, height_px: float) -> "Figure":
    """An empty sheet, drawn without a screen and without the state that pyplot keeps."""
    settle_matplotlib()
    from matplotlib.figure import Figure  # noqa: PLC0415

    return Figure((width_px / DOTS_PER_INCH, height_px / DOTS_PER_INCH), dpi=DOTS_PER_INCH, facecolor=PAPER)


def add_panel(sheet: "Figure", left_px: float, top_px: float, width_px: float, height_px: float) -> "Axes":
    """A panel whose upper left corner lies left_px and top_px from that of the sheet."""
    whole_width_px, whole_height_px = sheet.bbox.width, sheet.bbox.height
    panel = sheet.add_axes(
        (
            left_px / whole_width_px,
            1 - (top_px + height_px) / whole_height_px,
            width_px / whole_width_px,
            height_px / whole_height_px,
        ),
        facecolor="none",
    )
    for spine in panel.spines.values():
        spine.set_edgecolor(INK)
    return panel


def finish(sheet: "Figure", name: str, title: str, caption: str) -> Picture:
    """The sheet as SVG without scripts, comments, a date or a program's name; type is drawn as outlines."""
    import matplotlib as mpl  # noqa: PLC0415
    from matplotlib.backends.backend_svg import FigureCanvasSVG  # noqa: PLC0415

    stored = StringIO()
    settings = {"svg.hashsalt": "isocenter", "svg.fonttype": "path", "svg.image_inline": True}
    with mpl.rc_context(settings), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # such a letter is drawn as a box
        FigureCanvasSVG(sheet).print_svg(stored, metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    drawing = _METADATA.sub("", _COMMENT.sub("", _HEAD.sub("", stored.getvalue()))).replace('"matplotlib.', '"')
    start = drawing.index(">") + 1
    shorter = _PATH.sub(lambda path: _PLACES.sub(r"\1", path[0]), drawing[start:])  # to a hundredth of a pixel
    text = drawing[:start] + f"\n<style>{_dark_style()}</style>" + shorter
    return Picture(name, title, caption, "image/svg+xml", text.encode("utf-8", "xmlcharrefreplace"))


def _dark_style() -> str:
    """Rules that turn paper and ink over where the page is dark; what is painted keeps its colors."""
    rules = [f"#patch_1 path{{fill:{_DARK_SHEET}!important}}"]
    for light, dark in _DARK.items():
        for part in ("fill", "stroke"):
            rules.append(f'[style*="{part}: {light}"]{{{part}:{dark}!important}}')
    return f"@media screen and (prefers-color-scheme:dark){{{''.join(rules)}}}"


def in_words(things: list[str]) -> str:
    """A list as a sentence holds it: 'a, b and c'."""
    return " and ".join([", ".join(things[:-1]), things[-1]]) if len(things) > 1 else "".join(things)


def width_within_px(text: str, size_px: float) -> float:
    """The width within which a text of this size surely lies."""
    return len(text) * _LETTER_WIDTH * size_px


def letters_within(width_px: float, size_px: float) -> int:
    """How many letters of bold type of this size surely fit into a width."""
    return int(width_px / (_LETTER_WIDTH * size_px))


def fitting(name: str, width_px: float) -> tuple[str, float]:
    """A name and the size of type in which it surely fits into a width: small, without its middle, where it must be.

    The end stays, for it tells left from right.
    """
    if len(name) <= letters_within(width_px, USUAL):
        return name, USUAL
    most = letters_within(width_px, SMALL)
    return (name if len(name) <= most else f"{name[: most - _END_OF_NAME - 1]}\u2026{name[-_END_OF_NAME:]}"), SMALL


def shortened(text: str, most: int) -> str:
    """The text in at most so many letters, an ellipsis at its end where it is cut."""
    return text if len(text) <= most else text[: max(most - 1, 0)].rstrip() + "\u2026"
