"""Pictures of the evidence as a page holds them: in their order, each within the room that is left."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass

from isocenter.intake.comparison_record import COMPARED
from isocenter.terms.review import Picture

_LEADING = ("isodose", "dvh")
_WANTED = (*_LEADING, "portals")  # before others, where the page has no room for all
PICTURE_BUDGET_BYTES = 1_600_000  # the page stays under 2.5 MB once they are base64


@dataclass(frozen=True, slots=True)
class ShownPicture:
    """A picture of the evidence as the page holds it; no source where the page had no room for it."""

    title: str
    caption: str
    source: str
    kilobytes: int
    leads: bool = False  # printed too, where paper is short
    is_compared: bool = False  # of a computed comparison


def shown(pictures: Sequence[Picture]) -> tuple[ShownPicture, ...]:
    """The pictures as data URIs, in their order, as far as the page has room: for those wanted first, then the rest."""
    room, sources = PICTURE_BUDGET_BYTES, [""] * len(pictures)
    for n in sorted(range(len(pictures)), key=lambda n: not _is_wanted(pictures[n].name)):
        picture = pictures[n]
        if len(picture.data) <= room:
            room -= len(picture.data)
            sources[n] = f"data:{picture.media_type};base64,{b64encode(picture.data).decode('ascii')}"
    return tuple(as_shown(picture, source) for picture, source in zip(pictures, sources, strict=True))


def _is_wanted(name: str) -> bool:
    return name.removeprefix(COMPARED).lstrip("_").rstrip("_0123456789") in _WANTED


def as_shown(picture: Picture, source: str) -> ShownPicture:
    """A picture that is to be had at a source."""
    leads, is_compared = picture.name in _LEADING, picture.name.startswith(COMPARED)
    return ShownPicture(picture.title, picture.caption, source, len(picture.data) // 1000, leads, is_compared)
