"""Rows of tables that give a volume and the dose which it may, or of a target must, receive, each in a column of its own."""

import re
from collections.abc import Sequence

from isocenter.chart.orders.limit_columns import LIMIT_COLUMN
from isocenter.chart.pages.table_heads import Column


def sizes_and_doses(columns: Sequence[Column], limits: Sequence[Column]) -> tuple[list[Column], list[Column]]:
    """The columns of a row that give a volume, and those that give the dose which it may receive."""
    filled = [c for c in columns if STARTS_WITH_A_NUMBER.match(c.value)]
    volumes = [c for c in filled if _COLUMN_OF_VOLUMES.match(c.name) and not _DOSE_TO_A_VOLUME.match(c.name)]
    doses = [
        c
        for c in filled
        if _COLUMN_OF_DOSES.match(c.name) or _DOSE_TO_A_VOLUME.match(c.name) or _ABOVE_A_DOSE.fullmatch(c.value)
    ]
    doses = [c for c in doses if c not in volumes]
    if not volumes and doses:  # such as: Vx (Gy), Limit (%)
        volumes = [
            c for c in limits if c in filled and c not in doses and unit_of_column(f"{c.name} {c.value}") in _SIZES
        ]
    if not doses and volumes:  # such as: Limit (Gy), At volume
        doses = [c for c in limits if c in filled and unit_of_column(f"{c.name} {c.value}").lower() in ("gy", "cgy")]
    return volumes, doses


STARTS_WITH_A_NUMBER = re.compile(
    r"\W{0,3}(?:(?:no|not|is|at|to|be|the|more|less|than|most|least|under|below|above|over|exceed|up|max(?:imum)?\.?) ){0,4}\W{0,3}\d",
    re.IGNORECASE,
)
_ABOVE_A_DOSE = re.compile(
    r"\W*(?:at or above|above|over|beyond|exceeding|receiving|getting) \d+(?:\.\d+)?\s?c?gy\W*", re.IGNORECASE
)  # of which a limit beside it is the volume, whatever the column is called
_DOSE_TO_A_VOLUME = re.compile(r"\W*vol(?:ume)? (?:max(?:imum)?|dose)\W*c?gy\b", re.IGNORECASE)
_COLUMN_OF_VOLUMES = re.compile(
    r"\W*(?:max(?:imum)? critical )?(?:(?:to|at|in|for|max(?:imum)?\.?|most|allowed|percent|percentage|relative|%) (?:the |a |of )?)?(?:vol(?:ume)?|v)\b",
    re.IGNORECASE,
)
_COLUMN_OF_DOSES = re.compile(
    r"\W*(?:(?:at|above|over|threshold|isodose|upper|max(?:imum)?|lower|min(?:imum)?) )?(?:dose|V ?x|threshold|isodose|d(?= ?[(\[]))\b|\W*c?gy\b(?: or (?:more|less|higher|lower))?\W*$",
    re.IGNORECASE,
)
_MOST = re.compile(r"\W*(?:max(?:imum)?\.?|most|allowed)(?! point)\b", re.IGNORECASE)  # of what a heading names
_SIZES = ("%", "cc", "cm3", "ml")
_DOSE_OR_MORE = re.compile(r"\bor more\b|\bat least\b|\bmin(?:imum)?\b|[≥>]", re.IGNORECASE)
_LOWER = re.compile(r"\b(?:lower|min(?:imum)?|at least)\b|>|≥", re.IGNORECASE)
_AT_LEAST = re.compile(r"\W*(?:lower|min(?:imum)?|at least|>=?|≥)(?: (?:dose|dvh))?\W*", re.IGNORECASE)
_SIGN_FIRST = re.compile(r"\s*([<>≤≥]=?)")
_SPARED = re.compile(
    r"\b(?:spar(?:e|ed|ing)|preserv\w+|below|under|kept|uninvolved)\b", re.IGNORECASE
)  # of a volume that must stay below
_COVERED_SHARE = 80.0  # %, from which the volume of a target is the share that a dose covers
_HOT_SHARE = 5.0  # %, up to which the volume of a target is its hottest part
_HOT_VOLUME_CC = 5.0  # up to which a volume in cc is the hottest part


def in_unit(column: Column, usual: str) -> str:
    """The number of a column in its own unit, that of its heading, or the usual one."""
    return column.value if has_unit(column.value) else f"{column.value} {unit_of_column(column.name) or usual}"


def of_volume_and_dose(volume: Column, dose: Column, columns: Sequence[Column], *, is_target: bool) -> str:
    """The limit of a row that gives a dose and the volume which may, or of a target must, receive it.

    The number that has a sign, or whose heading is that of limits, is the limit, as in `bounded`. Where neither is,
    the row can be read either way: a small volume is the hottest part of a structure, and any other is what the dose may reach.
    """
    size, height = (re.search(r"\d*\.?\d+", c.value) for c in (volume, dose))
    if size is None or height is None or _SPARED.search(f"{volume.name} {volume.value}"):
        return ""
    unit = unit_of_column(f"{volume.name} {volume.value}") or "%"
    dose_unit = unit_of_column(f"{dose.name} {dose.value}") or "Gy"
    share_first = any(_AT_LEAST.fullmatch(c.value) for c in columns) and columns.index(volume) < columns.index(dose)
    if is_target and (_DOSE_OR_MORE.search(dose.name) or (unit == "%" and share_first)):
        return f"D{size[0]}{unit} >= {height[0]} {dose_unit}"
    sign, bound = _SIGN_FIRST.match(dose.value), _SIGN_FIRST.match(volume.value)
    if sign is not None and not is_target and sign[1][0] in ">≥":  # the volume above a dose, of an organ at risk
        return f"V{height[0]}{dose_unit} {bound[1] if bound is not None else '<='} {size[0]} {unit}"
    if sign is not None and bound is None:  # the dose is limited, at a volume that is given
        return f"D{size[0]}{unit} {sign[1]} {height[0]} {dose_unit}"
    is_limited = LIMIT_COLUMN.search(dose.name) and not LIMIT_COLUMN.search(volume.name)
    if not is_target and (is_limited or (unit == "cc" and _DOSE_TO_A_VOLUME.match(dose.name))):
        return f"D{size[0]}{unit} <= {height[0]} {dose_unit}" if float(size[0]) else f"max <= {height[0]} {dose_unit}"
    if not is_target and _MOST.match(volume.name) and not _MOST.match(dose.name):
        return f"V{height[0]}{dose_unit} <= {size[0]} {unit}"
    lower = any(_LOWER.search(c.value) for c in columns) or (is_target and float(size[0]) >= _COVERED_SHARE)
    if not float(size[0]) and not lower:
        return f"max <= {height[0]} {dose_unit}"
    if unit == "cc" and float(size[0]) <= _HOT_VOLUME_CC:
        return f"D{size[0]}cc <= {height[0]} {dose_unit}"
    if is_target and unit == "%" and float(size[0]) <= _HOT_SHARE:
        return f"D{size[0]}% <= {height[0]} {dose_unit}"
    return f"V{height[0]}{dose_unit} {'>=' if lower else '<='} {size[0]} {unit}"


_UNIT = re.compile(r"\(\s*(c?gy|%|cc|cm3)\s*\)|\[\s*(c?gy|%|cc|cm3)\s*\]|\b(c?gy)\b", re.IGNORECASE)


def has_unit(text: str) -> bool:
    return bool(re.search(r"\d\s?(?:c?gy|%|cc)", text, re.IGNORECASE))


def unit_of_column(text: str) -> str:
    found = _UNIT.search(text) or re.search(r"(%|(?<![a-z])cc\b)()()", text)
    return next((part for part in found.groups() if part), "") if found else ""
