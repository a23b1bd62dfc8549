"""Doses with their fractions, as charts write them in words and signs."""

import re
from collections.abc import Callable

NUMBER = r"(\d{1,5}(?:[.,]\d{1,3})?)"
_WORDS = {
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "twelve": 12,
    "fifteen": 15,
    "sixteen": 16,
    "twenty": 20,
    "twenty-five": 25,
    "twenty-eight": 28,
    "thirty": 30,
    "thirty-three": 33,
    "thirty-five": 35,
    "forty": 40,
    "one": 1,
    "single": 1,
    "two": 2,
    "three": 3,
    "four": 4,
}
_COUNT = r"(\d{1,2}|" + "|".join(sorted(_WORDS, key=len, reverse=True)) + r")"
_FRACTIONS = r"(?:fractions?|fx|fxs|fr|frs|treatments|sessions|daily fractions|daily treatments|equal fractions|fracciones|sesiones)"
_DOSE_IN = re.compile(
    rf"{NUMBER}\s?(c?gy|rads?)\b[^.;\d]{{0,25}}?(?:in|en|/|over|given in|as|(?<!followed )by|,|x)\s*(?:(?:a|another|an additional|a further|(?:the |these |all )?same|these|those|all) )?{_COUNT}\s*(?:daily |equal |once-daily |total )?(?:{_FRACTIONS}\b)",
    re.IGNORECASE,
)
_SLASH = re.compile(
    rf"{NUMBER}\s?(c?gy|rads?)\s?/\s?{_COUNT}(?:\s*{_FRACTIONS})?\b(?!\s*(?:mm|day|fx\b.*per))", re.IGNORECASE
)
_IN_BARE = re.compile(
    rf"{NUMBER}\s?(c?gy|rads?)\s+(?:in|over)\s+(\d{{1,2}})\b(?!\s*(?:mm|cm|days?|weeks?|wks?|d\b|h\b|hours?|min|months?|%|to\s\d|[-–/x]|\.\d|phases|parts|arcs|fields|beams|ports|c?gy))",
    re.IGNORECASE,
)
_THEN_COUNT = re.compile(rf"{NUMBER}\s?(c?gy|rads?)[,;]?\s+{_COUNT}\s*{_FRACTIONS}\b", re.IGNORECASE)
HUNDREDTHS = ("cgy", "rad", "rads")
_COUNT_TIMES_BARE = re.compile(
    rf"{NUMBER}\s?(c?gy|rads?)\W+(\d{{1,2}})\s?[x×]\s?(\d{{1,4}}(?:\.\d+)?)\b(?!\s?(?:c?gy|rad|mm|cm))", re.IGNORECASE
)
_TOTAL_BARE = re.compile(
    r"\btotal(?: dose)?\W{1,3}(\d{4})\s+in\s+(\d{1,2})\b(?!\s?(?:days?|weeks?|wks?))", re.IGNORECASE
)
_NAMED_SLASH = re.compile(
    rf"\b(?:(?:PTV|CTV|GTV|ITV)[\w+-]*|X?RT|EBRT|radiation|radiotherapy|dose|rx)\W{{1,3}}{NUMBER}\s?/\s?(\d{{1,2}})\b(?!\s?(?:/|-\d|mm|cm|%|\.\d))",
    re.IGNORECASE,
)
_IN_OF = re.compile(rf"{_COUNT}\s*{_FRACTIONS}\s*(?:of|at|@|x|×)\s*{NUMBER}\s?(c?gy|rads?)", re.IGNORECASE)
_TIMES = re.compile(
    rf"{NUMBER}\s?(c?gy|rads?)(?:\s*(?:(?:per|/|a)\s*(?:fraction|fx|day)|daily|qd|bid|twice daily|each))?\s*[x×*]\s*{_COUNT}\b",
    re.IGNORECASE,
)
_TIMES_BACK = re.compile(rf"\b{_COUNT}\s*[x×]\s*{NUMBER}\s?(c?gy|rads?)\b", re.IGNORECASE)
DOSE = re.compile(
    rf"(?<![\w.]){NUMBER}\s?(c?gy|rads?)\b(?!\s*/\s*(?:fx|fraction|day|min)|\s*(?:per|a|each)\s*(?:fraction|fx|day|treatment|session))",
    re.IGNORECASE,
)
COUNT_ONLY = re.compile(
    rf"(?<!add )(?<!adding )(?<!additional )(?<!further )\b{_COUNT}\s*(?:daily |total |planned )?{_FRACTIONS}\b|(?:number of|total|no\.? of|#)\s*{_FRACTIONS}\s*:?\s*(\d{{1,2}})|(?:^|[;,]\s*)(?:fractions|fx)\s*[:=]?\s*(\d{{1,2}})(?=\s*(?:[;,.]|$))"
    r"|\btx['’]s\s*[:=#]?\s*(\d{1,2})\b|\b(\d{1,2})\s?[x×]\s?:|\b(?:each|every one) of (?:the )?(\d{1,2}) (?:sessions|sittings|treatments|fractions)\b",
    re.IGNORECASE,
)
MOST_GY = 100.0


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


def _dose_over_count(match: re.Match[str]) -> tuple[float, int | None] | None:
    """Dose and fractions without units behind the name of a target or of irradiation; None where they fit no course."""
    dose, count = in_gy(match[1], ""), int(match[2])
    dose = dose / 100 if dose >= _LEAST_CGY else dose
    return (dose, count) if count and _LEAST_WITHOUT_UNIT <= dose <= MOST_GY and 1.0 <= dose / count <= 12.5 else None


_LEAST_EACH_GY = 0.5
_LEAST_CGY, _LEAST_WITHOUT_UNIT = 1500.0, 32.0  # less could be the day of a date


def _dose_of_count_times(match: re.Match[str]) -> tuple[float, int | None]:
    """Dose and fractions of: 4500 cGy, 25 x 180; the count only where the product is the dose."""
    dose, count = in_gy(match[1], match[2]), int(match[3])
    each = in_gy(match[4], match[2])
    return dose, count if abs(count * each - dose) < 0.02 * dose else None


def _dose_alone(match: re.Match[str]) -> tuple[float, int | None]:
    return in_gy(match[1], match[2]), None


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
_SINGLE = re.compile(
    rf"\b(?:single|one|1)[ -](?:fraction|fx|session|treatment)s?\b\s?(?:of|at|with|[:,=])?\s?{NUMBER}\s?(c?gy)\b(?!\s?(?:/|per|a |each))",
    re.IGNORECASE,
)
_ALONE = re.compile(r"\A\W*(\d{2}(?:\.\d{1,2})?)\s?/\s?(\d{2})\W*\Z")
_YEARS = range(1900, 2100)
_USUAL_EACH_CGY = range(100, 401)
_MOST_OF_ONE_GY = 34.0
_SAME_CGY, _LEAST_OF_FEW_GY = 30, 15.0


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
    return (dose, count) if count and dose >= _LEAST_OF_FEW_GY and 1.0 <= dose / count <= _MOST_OF_ONE_GY else None


def _single(match: re.Match[str]) -> tuple[float, int | None] | None:
    dose = in_gy(match[1], match[2])
    return (dose, 1) if 4.0 <= dose <= _MOST_OF_ONE_GY else None


DOSE_READERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], tuple[float, int | None] | None]], ...] = (
    (_SINGLE, _single),
    (_PRODUCT, _product),
    (_TIMES, _dose_times_count),
    (_TIMES_BACK, _count_times_dose),
    (_DOSE_IN, _dose_in_count),
    (_THEN_COUNT, _dose_in_bare),
    (_COUNT_TIMES_BARE, _dose_of_count_times),
    (_TOTAL_BARE, _dose_over_count),
    (_NAMED_SLASH, _dose_over_count),
    (_BARE_CGY, _bare_cgy),
    (_CONE_DOWN, _cone_down),
    (_STEREOTACTIC_SLASH, _few_large),
    (_ALONE, _dose_over_count),
    (_IN_BARE, _dose_in_bare),
    (_SLASH, _dose_in_count),
    (_IN_OF, _count_times_dose),
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


def in_gy(number: str, unit: str) -> float:
    """A dose in Gy from a number and its unit as written."""
    value = float(number.replace(",", "") if re.fullmatch(r"\d{1,2},\d{3}", number) else number.replace(",", "."))
    return value / 100 if unit.lower() in HUNDREDTHS else value


def count_only(match: re.Match[str]) -> int:
    """The count of fractions that `COUNT_ONLY` found."""
    return count_of(next(group for group in match.groups() if group))


def count_of(text: str) -> int:
    """A count of fractions from digits or a word."""
    return _WORDS.get(text.lower(), 0) or int(text)
