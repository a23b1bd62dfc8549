"""Reads a procedure code as charge masters write it: alone, or with its modifiers behind it, as in 77301-26."""

import re
from typing import NamedTuple

_WITH_MODIFIERS = re.compile(r"([0-9A-Z][0-9]{3}[0-9A-Z])((?:[- ,:]+[0-9A-Z]{2})+)", re.ASCII)
_MODIFIER = re.compile(r"[0-9A-Z]{2}", re.ASCII)


class Billed(NamedTuple):
    """A CPT or HCPCS code in capitals, and the modifiers that were written behind it."""

    code: str
    modifiers: tuple[str, ...] = ()


def billed_as(written: str) -> Billed:
    """The code that is written; what is no code with modifiers is kept as one code."""
    bare = written.strip().upper()
    found = _WITH_MODIFIERS.fullmatch(bare)
    return Billed(found[1], tuple(_MODIFIER.findall(found[2]))) if found else Billed(bare)
