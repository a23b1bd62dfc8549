"""A panel of a sheet with its own scale in mm, and labels on its lines that keep clear of each other.

Panels draw straight onto the sheet: axes with their ticks would take longer than everything within them.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from isocenter.evidence.fields.apertures import Box
from isocenter.evidence.pictures.drawing import POINT_PX, SMALL
from isocenter.terms.imaging import FloatArray

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure

Dash = str | tuple[float, tuple[float, ...]]

_LETTER_WIDTH, _LINE_HEIGHT = 0.62, 1.25  # by the size of type
_CANDIDATES = 48


class Panel:
    """A rectangle of the sheet; across and up are the values at its left and right, bottom and top edges."""

    def __init__(
        self,
        sheet: "Figure",
        corner_px: tuple[float, float],
        size_px: tuple[float, float],
        across: tuple[float, float],
        up: tuple[float, float],
    ) -> None:
        """corner_px is the upper left one, counted from that of the sheet."""
        self._sheet = sheet
        left, bottom = round(corner_px[0]), round(sheet.bbox.height - corner_px[1] - size_px[1])
        self.width_px, self.height_px = round(size_px[0]), round(size_px[1])
        self.across, self.up = across, up
        self.box_px: Box = (left, bottom, left + self.width_px, bottom + self.height_px)
        self._taken: list[Box] = []

    def to_px(self, points: FloatArray) -> FloatArray:
        """Points (n, 2) of the panel as pixels of the sheet, counted from its lower left corner."""
        (left, right), (bottom, top) = self.across, self.up
        scale = np.array([self.width_px / (right - left), self.height_px / (top - bottom)])
        placed: FloatArray = (points - np.array([left, bottom])) * scale + np.array(self.box_px[:2])
        return placed

    def pixels(self) -> tuple[FloatArray, FloatArray]:
        """Where the middles of the panel's pixels lie: across, left to right, and up, bottom to top."""
        (left, right), (bottom, top) = self.across, self.up
        across = left + (np.arange(self.width_px) + 0.5) * (right - left) / self.width_px
        return across, bottom + (np.arange(self.height_px) + 0.5) * (top - bottom) / self.height_px

    def paint(self, brightness: FloatArray) -> None:
        """Grays for all pixels, shape (up, across), 0 black to 1 white, the bottom row first."""
        left, bottom = (round(edge) for edge in self.box_px[:2])
        gray = np.round(255 * brightness).astype(np.uint8)
        self._sheet.figimage(np.repeat(gray[:, :, None], 3, axis=2), left, bottom, origin="lower")

    def fill(self, rectangles: Iterable[Box], color: str, edge: str = "none") -> None:
        """Rectangles (x0, y0, x1, y1) of one color."""
        from matplotlib.collections import PolyCollection  # noqa: PLC0415
        from matplotlib.transforms import IdentityTransform  # noqa: PLC0415

        corners = [self.to_px(np.array([(a, b), (c, b), (c, d), (a, d)])) for a, b, c, d in rectangles]
        shapes = PolyCollection(
            corners, facecolors=color, edgecolors=edge, linewidths=0.5, transform=IdentityTransform(), zorder=1
        )
        self._add(shapes)

    def draw(
        self, lines: Iterable[FloatArray], color: str, width: float, dash: Dash = "solid", layer: float = 2
    ) -> None:
        """Lines, each of shape (n, 2); what lies beyond the panel is cut off."""
        from matplotlib.collections import LineCollection  # noqa: PLC0415
        from matplotlib.transforms import IdentityTransform  # noqa: PLC0415

        placed = [self.to_px(line) for line in lines]
        self._add(
            LineCollection(
                placed,
                colors=color,
                linewidths=width * POINT_PX,
                linestyles=[dash],
                transform=IdentityTransform(),
                zorder=layer,
            )
        )

    def draw_edged(
        self, lines: list[FloatArray], color: str, width: float, dash: Dash, layer: float, edge: str = "#00000090"
    ) -> None:
        """Bright lines with a dark edge, which keeps them apart from bright bone and from each other."""
        self.draw(lines, edge, width + 1.2, layer=layer)
        self.draw(lines, color, width, dash, layer + 0.5)

    def write(
        self,
        text: str,
        x: float,
        y: float,
        color: str,
        *,
        size: float = SMALL,
        across: str = "center",
        up: str = "center",
        weight: str = "normal",
        ground: str = "",
    ) -> None:
        """Text at a point of the panel, a dollar sign as it stands; with a ground, on a patch of that color."""
        from matplotlib.transforms import IdentityTransform  # noqa: PLC0415

        ((x_px, y_px),) = self.to_px(np.array([[x, y]]))
        patch = {"facecolor": ground, "edgecolor": "none", "pad": 0.3, "alpha": 0.6} if ground else None
        self._sheet.text(
            x_px, y_px, text, color=color, fontsize=size, ha=across, va=up, weight=weight, bbox=patch,
            transform=IdentityTransform(), zorder=7, parse_math=False,
        )  # fmt: skip

    def keep_clear(self, x: float, y: float, text: str) -> None:
        """Reserve the room of text that stands at a point."""
        self._taken.append(_box(self.to_px(np.array([[x, y]]))[0], text))

    def write_on_line(self, text: str, line: FloatArray, color: str, ground: str, start: float = 0.0) -> bool:
        """Write text on a line, at the first free place from the share `start` of its length; False if none."""
        for x, y in _spread(line, start):
            box = _box(self.to_px(np.array([[x, y]]))[0], text)
            if self._is_free(box):
                self._taken.append(box)
                self.write(text, x, y, color, ground=ground)
                return True
        return False

    def _add(self, artist: "Artist") -> None:
        from matplotlib.transforms import Bbox  # noqa: PLC0415

        artist.set_clip_box(Bbox.from_extents(*self.box_px))
        self._sheet.add_artist(artist)

    def _is_free(self, box: Box) -> bool:
        x0, y0, x1, y1 = box
        left, bottom, right, top = self.box_px
        if x0 < left or y0 < bottom or x1 > right or y1 > top:
            return False
        return all(x1 <= a0 or x0 >= a1 or y1 <= b0 or y0 >= b1 for a0, b0, a1, b1 in self._taken)


def _box(place_px: FloatArray, text: str) -> Box:
    """The room that text of small type takes up around a place."""
    size_px = SMALL
    half_width, half_height = len(text) * size_px * _LETTER_WIDTH / 2 + 2, size_px * _LINE_HEIGHT / 2 + 1
    x, y = float(place_px[0]), float(place_px[1])
    return x - half_width, y - half_height, x + half_width, y + half_height


def _spread(line: FloatArray, start: float) -> FloatArray:
    """Points spread evenly along a line by length, beginning at a share of it."""
    length = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    at = (start + np.arange(_CANDIDATES) / _CANDIDATES) % 1.0 * length[-1]
    return np.column_stack([np.interp(at, length, line[:, 0]), np.interp(at, length, line[:, 1])])
