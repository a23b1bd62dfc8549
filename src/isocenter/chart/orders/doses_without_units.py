"""Doses with their fractions that charts write without a unit, such as: 6600/33, PTV 66/33, 200 x 33 = 6600."""

import re
from itertools import pairwise

from isocenter.chart.orders.dose_numbers import MOST_GY, NUMBER, in_gy

_LEAST_CGY, _LEAST_WITHOUT_UNIT = 1500.0, 32.0  # less could be the day of a date
_YEARS = range(1900, 2100)
_USUAL_EACH_CGY = range(100, 401)
MOST_OF_ONE_GY = 34.0
_MOST_EACH_OF_LEVELS_GY = 4.0  # more is no course of several levels at once
_SAME_CGY, _LEAST_OF_FEW_GY = 30, 15.0
_TOTAL_BARE = re.compile(
    r"\btotal(?: dose)?\W{1,3}(\d{4})\s+in\s+(\d{1,2})\b(?!\s?(?:days?|weeks?|wks?))", re.IGNORECASE
)
_NAMED_SLASH = re.compile(
    rf"\b(?:(?:PTV|CTV|GTV|ITV)[\w+-]*|X?RT|EBRT|SIB|hypofx|hypofractionat\w+|radiation|radiotherapy|dose|rx)(?!/)\W{{1,3}}{NUMBER}\s?/\s?(\d{{1,2}})\b(?!\s?(?:/|-\d|mm|cm|%|\.\d))",
    re.IGNORECASE,
)
_SLASH_TO_TARGET = re.compile(
    r"(?<![\d./-])(\d{2}(?:\.\d{1,2})?|\d{4})\s?/\s?(\d{1,2})\s+(?:to|for)\s+(?:the |whole )?(?:PTV|CTV|GTV|ITV)",
    re.IGNORECASE,
)
_BARE_CGY = re.compile(
    r"(?<![\d./,-])(\d{4})\s?(?:in|/)\s?(\d{1,2})\b(?:\s?(?:at|@)\s?(\d{2,3})\b)?(?!\s?(?:/|-\d|mm|cm|%|\.\d|days?\b|weeks?\b|wks?\b|c?gy|mu\b))",
    re.IGNORECASE,
)
_PRODUCT = re.compile(
    r"(?<![\d./-])(\d{1,3}(?:\.\d{1,2})?)\s?[x×]\s?(\d{1,2})\s?=\s?(\d{2,4}(?:\.\d{1,2})?)\b(?!\s?(?:rads?|c?gy|mm|cm|mu)\b)",
    re.IGNORECASE,
)
_CONE_DOWN = re.compile(r"\b(?:cd|cone ?-?down|boost|bst)\W{1,3}(\d{3})\s?/\s?(\d{1,2})\b(?!\s?[/-])", re.IGNORECASE)
_STEREOTACTIC_SLASH = re.compile(
    r"\b(?:SBRT|SABR|SRS|FSRT|WBRT|whole brain)\W{1,3}(\d{2}(?:\.\d)?)\s?/\s?(\d{1,2})\b(?!\s?(?:/|-\d|mm|cm|%|\.\d))",
    re.IGNORECASE,
)
_LEVELS_IN = re.compile(
    r"(?<![\d./-])(\d{2}(?:\.\d{1,2})?|\d{4})((?:\s?/\s?(?:\d{2}(?:\.\d{1,2})?|\d{4})){1,3})(?:\s?c?gy)?\s+(?:in|over|x|×)\s?(\d{1,2})\b(?!\s?(?:/|-\d|mm|cm|%|\.\d|days?\b|weeks?\b|wks?\b|months?\b|min\w*\b|h\b|hours?\b|c?gy|mu\b))",
    re.IGNORECASE,
)
_ALONE = re.compile(r"\A\W*(\d{2}(?:\.\d{1,2})?)\s?/\s?(\d{2})\W*\Z")


def _dose_over_count(match: re.Match[str]) -> tuple[float, int | None] | None:
    """Dose and fractions without units behind the name of a target or of irradiation; None where they fit no course."""
    dose, count = in_gy(match[1], ""), int(match[2])
    dose = dose / 100 if dose >= _LEAST_CGY else dose
    return (dose, count) if count and _LEAST_WITHOUT_UNIT <= dose <= MOST_GY and 1.0 <= dose / count <= 12.5 else None


def _bare_cgy(match: re.Match[str]) -> tuple[float, int | None] | None:
    """Dose and fractions in hundredths without a unit, such as: 6600/33, 6600 in 33 at 200; None where it may be a year."""
    number, count, each = int(match[1]), int(match[2]), int(match[3] or 0)
    is_product = abs(each * count - number) < _SAME_CGY if each else number not in _YEARS
    return _dose_over_count(match) if count and is_product and number >= _LEAST_CGY else None


def _product(match: re.Match[str]) -> tuple[float, int | None] | None:
    """Dose and fractions of a product without units, such as: 200 x 33 = 6600; None where it is none."""
    each, count, dose = float(match[1]), int(match[2]), float(match[3])
    is_product = count > 0 and abs(each * count - dose) < 0.005 * dose
    if dose >= _LEAST_CGY and int(each) in _USUAL_EACH_CGY:
        each, dose = each / 100, dose / 100
    return (dose, count) if is_product and 15.0 <= dose <= MOST_GY and 1.0 <= each <= 12.5 else None


def _cone_down(match: re.Match[str]) -> tuple[float, int | None] | None:
    dose, count = int(match[1]), int(match[2])
    return (dose / 100, count) if count and dose / count in _USUAL_EACH_CGY else None


def _few_large(match: re.Match[str]) -> tuple[float, int | None] | None:
    dose, count = float(match[1]), int(match[2])
    return (dose, count) if count and dose >= _LEAST_OF_FEW_GY and 1.0 <= dose / count <= MOST_OF_ONE_GY else None


def _levels_in(match: re.Match[str]) -> tuple[float, int | None] | None:
    """The highest of the dose levels given together and their fractions, such as: 70/60/54 in 33."""
    levels = [float(match[1]), *(float(level) for level in re.findall(r"[\d.]+", match[2]))]
    levels = [level / 100 if level >= _LEAST_CGY else level for level in levels]
    count = int(match[3])
    is_course = count > 0 and all(1.0 <= level / count <= _MOST_EACH_OF_LEVELS_GY for level in levels)
    is_falling = all(first > second for first, second in pairwise(levels))
    return (levels[0], count) if is_course and is_falling and _LEAST_WITHOUT_UNIT <= levels[0] <= MOST_GY else None


LEVELS = (_LEVELS_IN, _levels_in)
PRODUCT = (_PRODUCT, _product)
WITHOUT_UNITS = (
    (_TOTAL_BARE, _dose_over_count),
    (_SLASH_TO_TARGET, _dose_over_count),
    (_NAMED_SLASH, _dose_over_count),
    (_BARE_CGY, _bare_cgy),
    (_CONE_DOWN, _cone_down),
    (_STEREOTACTIC_SLASH, _few_large),
    (_ALONE, _dose_over_count),
)
