"""Works out once what a text of JSON says, for bills repeat the same few thousand codes millions of times."""

from collections.abc import Callable
from typing import Generic, TypeVar

import msgspec

from isocenter.intake.fhir.shapes import UNDECODED, decode, why_undecoded

Said = TypeVar("Said")
_MOST_KEPT = 8192
_LONGEST_KEPT_BYTES = 2000


class Once(dict[bytes, Said], Generic[Said]):
    """By the bytes of a member what they say; a text that is not kept yet is decoded and read.

    A bounded number of bounded texts is kept, so that memory does not grow with the file. A text of another shape
    raises msgspec.ValidationError, which names the member.
    """

    def __init__(self, member: str, shape: object, read: Callable[..., Said], absent: object) -> None:
        """`member` names what is read; `read` gets what it holds in this `shape`, `absent` where nothing is there."""
        super().__init__()
        self._member = member
        self._decoder = msgspec.json.Decoder(shape, strict=False)
        self._read = read
        self._absent = absent

    def __missing__(self, written: bytes) -> Said:
        try:
            held = decode(self._decoder, written) if written not in (b"", b"null") else self._absent
        except UNDECODED as wrong:  # passed over as it was read, and not decoded
            raise msgspec.ValidationError(f"{self._member}: {why_undecoded(wrong)}") from None
        said = self._read(held)
        if len(written) <= _LONGEST_KEPT_BYTES:
            if len(self) >= _MOST_KEPT:
                self.clear()
            self[written] = said
        return said
