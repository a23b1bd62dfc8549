"""The initials by which a chart names the physicians who sign in it."""

import re
from collections.abc import Iterable

from isocenter.chart.signatures.signature_of_text import SignatureFound

_PHYSICIANS = {"radiation_oncologist", "treating_physician"}
_WORDS_OF_CAPITALS = {"AB", "AC", "AM", "AP", "AS", "AT", "BP", "CD", "CM", "CT", "CW", "DO", "DR", "DX", "ED", "FX", "GI", "GU", "GY", "HR", "HX", "IM", "IS", "IT", "IV", "LL", "LN", "LR", "LT", "MD", "ME", "MM", "MR", "MS", "MU", "MV", "NO", "NP", "OK", "ON", "OR", "PA", "PE", "PET", "PM", "PO", "PRN", "PT", "PTV", "QA", "RLL", "RN", "RT", "RUL", "RX", "SI", "SO", "SV", "TX", "UP", "US", "WE"}  # fmt: skip


def initials_of_physicians(signatures: Iterable[SignatureFound]) -> frozenset[str]:
    """The initials of the physicians among the signers, without those that charts write for something else."""
    names = [re.findall(r"[^\W\d_]+", one.signer.split(",")[0]) for one in signatures if one.role in _PHYSICIANS]
    whole = {"".join(word[0] for word in name).upper() for name in names}
    short = {(name[0][0] + name[-1][0]).upper() for name in names if len(name) > 1}
    return frozenset(initials for initials in whole | short if len(initials) > 1) - _WORDS_OF_CAPITALS
