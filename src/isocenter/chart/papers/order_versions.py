"""Several versions of an order on one row: what is left of it without those that another one on the row replaced."""

import re
from itertools import pairwise

from isocenter.chart.papers.state_words import SUPERSEDED

_HEAD = re.compile(
    r"\b(?:(?:old|new|previous|prior|original|current|amended|revised) (?:order|rx|prescription|script)\b"
    r"|(?:rx|order|prescription|ver|version|revision|directive)\W{0,2}(?:(?:no|number|ver|version)\b\W{0,2})?"
    r"(?:v?\d{1,2}|(?-i:[A-Z]))\b(?!\s?c?gy|[./]\d)|v\d{1,2}\b(?!\s?[%=<>]))",
    re.IGNORECASE,
)
_REFERS = re.compile(r"\b(?:replac\w+|supersed(?:es|ing)|instead|in place of|in favor of)\b", re.IGNORECASE)
_DOSE = r"\d\s?(?:c?gy|rads?)\b"
_ENDS_A_VERSION = re.compile(rf"{_DOSE}|;", re.IGNORECASE)
_ORDERS = re.compile(rf"{_DOSE}|\bver(?:sion)?\W{{0,2}}\d", re.IGNORECASE)  # by its dose, or as the version it is


def without_void_versions(text: str) -> str:
    """A text with the versions of an order that it calls void blanked, its length kept; itself where no version is left."""
    starts: list[int] = []
    for head in _HEAD.finditer(text):
        if not starts or _ENDS_A_VERSION.search(text[starts[-1] : head.start()]):
            starts.append(head.start())
    parts = list(pairwise([*starts, len(text)]))
    void = [part for part in parts if SUPERSEDED.search(text[slice(*part)])]
    holding = [part for part in parts if part not in void and _ORDERS.search(text[slice(*part)])]
    if not void or not holding or any(_REFERS.search(text[slice(*part)]) for part in parts):
        return text
    for start, stop in void:
        text = text[:start] + " " * (stop - start) + text[stop:]
    return text
