"""The color of each structure, the same in slices, curves and legends: the file's own, else one of a list."""

from collections.abc import Iterable

from isocenter.evidence.pictures.drawing import INK, UNSEEN
from isocenter.terms.imaging import ContouredStructure

FALLBACK = ("#0b5fa5", "#b3261e", "#1b7f3b", "#7b3fa0", "#a65300", "#00797f", "#b0307f", "#5b6400")
_PALE, _DEEP = 0.45, 0.10  # relative luminance beyond which a color needs an edge on white, on a dark sheet


def colors_of(structures: Iterable[ContouredStructure]) -> dict[int, str]:
    """The color of each structure by its number, #rrggbb."""
    return {
        structure.number: structure.display_color or FALLBACK[place % len(FALLBACK)]
        for place, structure in enumerate(structures)
    }


def edge_of(color: str) -> str:
    """The color of the edge that keeps a line visible on a light and on a dark sheet; '' where it needs none."""
    luminance = _luminance(color)
    return INK if luminance > _PALE else UNSEEN if luminance < _DEEP else ""


def is_deep(color: str) -> bool:
    """Whether a color is hard to see on a dark ground."""
    return _luminance(color) < _DEEP


def _luminance(color: str) -> float:
    """Relative luminance of #rrggbb from 0 to 1 (WCAG 2.1)."""
    levels = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [level / 12.92 if level <= 0.04045 else ((level + 0.055) / 1.055) ** 2.4 for level in levels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
