"""Lengths of image-guided shifts that a line gives as three parts, such as: 2 / 3 / 6 mm, or 0.2 -0.6 0.3 5 mm."""

import re
from math import sqrt

_NUMBER = r"[+\-−]?\s?\d+(?:\.\d+)?"
_UNIT = r"(?:\s?(?:mm|cm))?"
_PARTED = re.compile(
    rf"(?<![\w./,])({_NUMBER}{_UNIT})\s?[/,]\s({_NUMBER}{_UNIT})\s?[/,]\s({_NUMBER}{_UNIT})(?![\w.]|\s?[/,]\s?\d)"
    rf"|(?<![\w./,])([+\-−]?\d+\.\d+)/([+\-−]?\d+\.\d+)/([+\-−]?\d+\.\d+\s?(?:mm|cm))(?![\w/])",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"(?<!\d)(?<!\d\s)(?<=\s)([+\-−]?\d+(?:\.\d+)?)\s+([+\-−]?\d+(?:\.\d+)?)\s+([+\-−]?\d+(?:\.\d+)?)(?=\s+\d+(?:\.\d+)?(?:\s?(?:mm|cm))?(?![\w.]|\s*/|\s+\d))",
    re.IGNORECASE,
)  # before a tolerance, and not before a length and a tolerance
_TOLERANCE = re.compile(r"\s*[-–;,]?\s*(?:tol\w*\W{1,3})?(\d+(?:\.\d+)?)\s?(mm|cm|)\b", re.IGNORECASE)
_LARGEST_CM = 1.5  # a daily shift in decimals and without a unit beside a tolerance of whole millimeters
_SMALLEST_TOLERANCE_MM = 2.0


def length_of_three_parts(text: str, *, in_cm: bool = False) -> tuple[float, float | None] | None:
    """Length in mm of a shift given as three parts, and the tolerance in mm right behind them; None where there are none.

    Parts without a unit are centimeters where `in_cm`, or where all are small decimals beside a tolerance in millimeters.
    """
    found = _PARTED.search(text) or _BARE.search(text)
    if found is None:
        return None
    parts = [part for part in found.groups() if part]
    behind = _TOLERANCE.match(text, found.end())
    tolerance_mm = _mm(float(behind[1]), behind[2]) if behind else None
    unit = next((u[0] for part in reversed(parts) if (u := re.search("mm|cm", part, re.IGNORECASE))), "")
    sizes = [abs(float(re.sub(r"[^\d.]", "", part))) for part in parts]
    small = all("." in part for part in parts) and max(sizes) <= _LARGEST_CM
    if not unit and (in_cm or (small and tolerance_mm is not None and tolerance_mm >= _SMALLEST_TOLERANCE_MM)):
        unit = "cm"
    return sqrt(sum(_mm(size, unit) ** 2 for size in sizes)), tolerance_mm


def _mm(value: float, unit: str) -> float:
    return value * (10.0 if unit.lower() == "cm" else 1.0)
