"""Pictures of the evidence as a page holds them: in their order, each within the room that is left."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass

from isocenter.intake.comparison_record import COMPARED
from isocenter.terms.review import Picture

_LEADING = ("isodose", "dvh")
PICTURE_BUDGET_BYTES = 1_300_000  # the page stays under 2 MB once they are base64


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
    """The pictures as data URIs, in their order, as far as the page has room."""
    found: list[ShownPicture] = []
    room = PICTURE_BUDGET_BYTES
    for picture in pictures:
        size = len(picture.data)
        source = ""
        if size <= room:
            room -= size
            source = f"data:{picture.media_type};base64,{b64encode(picture.data).decode('ascii')}"
        found.append(as_shown(picture, source))
    return tuple(found)


def as_shown(picture: Picture, source: str) -> ShownPicture:
    """A picture that is to be had at a source."""
    leads, is_compared = picture.name in _LEADING, picture.name.startswith(COMPARED)
    return ShownPicture(picture.title, picture.caption, source, len(picture.data) // 1000, leads, is_compared)
