"""The record that `isocenter plan` leaves beside its plans: in a case folder its pictures go into the report."""

import base64
import binascii
import re
from pathlib import Path

from isocenter.errors import UnreadableInput
from isocenter.files.structured import read_json
from isocenter.terms.review import Picture

RECORD_MARK = "isocenter_comparison"
COMPARED = "compared_"  # before the name of each picture
_HEAD = re.compile(rb'^\s*\{\s*"isocenter_comparison"')
_MEDIA_TYPES = ("image/svg+xml", "image/png")
MOST_BYTES = 30_000_000
_TEXTS = ("name", "title", "caption", "media_type", "data")


def looks_like_record(head: bytes) -> bool:
    """Whether the first bytes of a file are those of a record."""
    return _HEAD.match(head) is not None


def read(path: Path) -> list[Picture]:
    """The pictures of a record; UnreadableInput where it is damaged."""
    again = f"{path.name}: the record of a computed comparison is damaged; run isocenter plan again"
    if path.stat().st_size > MOST_BYTES:
        raise UnreadableInput(again)
    try:
        entries = read_json(path).get("pictures", [])
        return [_picture(entry) for entry in entries]
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
        raise UnreadableInput(again) from None


def _picture(entry: dict[str, str]) -> Picture:
    name, title, caption, media_type, data = (str(entry[text]) for text in _TEXTS)
    if media_type not in _MEDIA_TYPES or not name.startswith(COMPARED):
        raise ValueError(media_type)
    return Picture(name, title, caption, media_type, base64.b64decode(data, validate=True))
