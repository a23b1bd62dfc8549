"""Doses with their fractions, as charts write them in words and signs."""

import re
from collections.abc import Callable

from isocenter.chart.orders.dose_numbers import COUNT, DOSE, FRACTIONS, MOST_GY, NUMBER, count_of, in_gy
from isocenter.chart.orders.doses_without_units import LEVELS, MOST_OF_ONE_GY, PRODUCT, WITHOUT_UNITS

_DOSE_IN = re.compile(
    rf"{NUMBER}\s?(c?gy|rads?)\b[^.;\d]{{0,25}}?(?:in|en|/|over|given in|as|(?<!followed )by|,|x)\s*(?:(?:a|another|an additional|a further|(?:the |these |all )?same|these|those|all) )?{COUNT}\s*(?:daily |equal |once-daily |total )?(?:{FRACTIONS}\b)",
    re.IGNORECASE,
)
_SLASH = re.compile(
    rf"{NUMBER}\s?(c?gy|rads?)\s?/\s?{COUNT}(?:\s*{FRACTIONS})?\b(?!\s*(?:mm|day|fx\b.*per))", re.IGNORECASE
)
_IN_BARE = re.compile(
    rf"{NUMBER}\s?(c?gy|rads?)\s+(?:in|over)\s+(\d{{1,2}})\b(?!\s*(?:mm|cm|days?|weeks?|wks?|d\b|h\b|hours?|min|months?|%|to\s\d|[-–/x]|\.\d|phases|parts|arcs|fields|beams|ports|c?gy))",
    re.IGNORECASE,
)
_THEN_COUNT = re.compile(rf"{NUMBER}\s?(c?gy|rads?)[,;]?\s+{COUNT}\s*{FRACTIONS}\b", re.IGNORECASE)
_EACH_TIMES_BARE = re.compile(
    rf"{NUMBER}\s?(c?gy|rads?)\W{{1,3}}(\d{{1,4}}(?:\.\d+)?)\s?[x×]\s?(\d{{1,2}})\b(?!\s?(?:c?gy|rad|mm|cm)|\.\d)",
    re.IGNORECASE,
)
_COUNT_TIMES_BARE = re.compile(
    rf"{NUMBER}\s?(c?gy|rads?)\W+(\d{{1,2}})\s?[x×]\s?(\d{{1,4}}(?:\.\d+)?)\b(?!\s?(?:c?gy|rad|mm|cm))", re.IGNORECASE
)
_IN_OF = re.compile(rf"{COUNT}\s*{FRACTIONS}\s*(?:of|at|@|x|×)\s*{NUMBER}\s?(c?gy|rads?)", re.IGNORECASE)
_AT_EACH = re.compile(
    rf"{NUMBER}\s?(c?gy|rads?)\s*(?:at|@|by)\s*{NUMBER}\s?(c?gy|rads?)\b(?!\s*(?:[x×*]|to \d|line|isodose))",
    re.IGNORECASE,
)  # such as: 54 Gy @ 1.8 Gy
_TIMES = re.compile(
    rf"{NUMBER}\s?(c?gy|rads?)(?:\s*(?:(?:per|/|a)\s*(?:fraction|fx|day)|daily|qd|bid|twice daily|each))?\s*[x×*]\s*{COUNT}\b",
    re.IGNORECASE,
)
_TIMES_BACK = re.compile(rf"\b{COUNT}\s*[x×]\s*{NUMBER}\s?(c?gy|rads?)\b", re.IGNORECASE)
_SINGLE = re.compile(
    rf"\b(?:single|one|1)[ -](?:fraction|fx|session|treatment)s?\b\s?(?:of|at|with|[:,=])?\s?{NUMBER}\s?(c?gy)\b(?!\s?(?:/|per|a |each))",
    re.IGNORECASE,
)
_LEAST_EACH_GY, _MOST_COUNT = 0.5, 60


def doses_with_counts(text: str) -> list[tuple[int, float, int | None]]:
    """Place, dose in Gy and fractions of the doses that a text gives together with their fractions, or alone."""
    taken: list[tuple[int, int]] = []
    found: list[tuple[int, float, int | None]] = []
    for pattern, read in DOSE_READERS:
        for match in pattern.finditer(text):
            one = read(match)
            if one is not None and not any(match.start() < stop and match.end() > start for start, stop in taken):
                taken.append(match.span())
                found.append((match.start(1), *one))
    return merged(found)


def _dose_times_count(match: re.Match[str]) -> tuple[float, int | None]:
    dose, count = in_gy(match[1], match[2]), count_of(match[3])
    is_total = dose * count > MOST_GY and 1.0 <= dose / count <= 12.5  # such as: 6996 cGy x 33
    return (dose if is_total else dose * count), count


def _count_times_dose(match: re.Match[str]) -> tuple[float, int | None] | None:
    each = in_gy(match[2], match[3])
    return (each * count_of(match[1]), count_of(match[1])) if each <= 12.5 else None


def _dose_in_count(match: re.Match[str]) -> tuple[float, int | None]:
    dose, count = in_gy(match[1], match[2]), count_of(match[3])
    return (dose * count if dose < _LEAST_EACH_GY * count else dose), count  # 1.8 Gy per fraction in 30 is each


def _dose_in_bare(match: re.Match[str]) -> tuple[float, int | None]:
    dose, count = in_gy(match[1], match[2]), count_of(match[3])
    return dose, count if count and 1.0 <= dose / count <= 12.5 else None


def _dose_of_count_times(match: re.Match[str]) -> tuple[float, int | None]:
    """Dose and fractions of: 4500 cGy, 25 x 180; the count only where the product is the dose."""
    dose, count = in_gy(match[1], match[2]), int(match[3])
    each = in_gy(match[4], match[2])
    return dose, count if abs(count * each - dose) < 0.02 * dose else None


def _dose_of_each_times(match: re.Match[str]) -> tuple[float, int | None] | None:
    """Dose and fractions of: 45 Gy (1.8 x 25); None where the product is another dose."""
    dose, each, count = in_gy(match[1], match[2]), in_gy(match[3], match[2]), int(match[4])
    return (dose, count) if abs(count * each - dose) < 0.02 * dose else None


def _dose_at_each(match: re.Match[str]) -> tuple[float, int | None] | None:
    """Dose and fractions of: 45 Gy at 1.8 Gy; None where they are no whole number."""
    dose, each = in_gy(match[1], match[2]), in_gy(match[3], match[4])
    count = round(dose / each) if each else 0
    is_whole = 1 <= count <= _MOST_COUNT and abs(count * each - dose) < 0.005 * dose
    return (dose, count) if is_whole and 1.0 <= each <= 12.5 else None


def _dose_alone(match: re.Match[str]) -> tuple[float, int | None]:
    return in_gy(match[1], match[2]), None


def _single(match: re.Match[str]) -> tuple[float, int | None] | None:
    dose = in_gy(match[1], match[2])
    return (dose, 1) if 4.0 <= dose <= MOST_OF_ONE_GY else None


DOSE_READERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], tuple[float, int | None] | None]], ...] = (
    LEVELS,
    (_SINGLE, _single),
    PRODUCT,
    (_TIMES, _dose_times_count),
    (_TIMES_BACK, _count_times_dose),
    (_DOSE_IN, _dose_in_count),
    (_THEN_COUNT, _dose_in_bare),
    (_EACH_TIMES_BARE, _dose_of_each_times),
    (_COUNT_TIMES_BARE, _dose_of_count_times),
    *WITHOUT_UNITS,
    (_IN_BARE, _dose_in_bare),
    (_SLASH, _dose_in_count),
    (_IN_OF, _count_times_dose),
    (_AT_EACH, _dose_at_each),
    (DOSE, _dose_alone),
)


def merged(found: list[tuple[int, float, int | None]]) -> list[tuple[int, float, int | None]]:
    """Where a sentence gives 50.4 Gy and 1.8 Gy x 28, one dose."""
    counted = [(at, dose, times) for at, dose, times in found if times]
    merged = []
    for at, dose, times in sorted(found):
        if times is None and any(abs(dose - other) < 0.02 * dose for _, other, _ in counted):
            continue
        merged.append((at, dose, times))
    return merged
