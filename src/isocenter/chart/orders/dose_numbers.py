"""Numbers of doses and fractions as charts write them: in digits or words, in Gy or hundredths."""

import re

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
COUNT = r"(\d{1,2}|" + "|".join(sorted(_WORDS, key=len, reverse=True)) + r")"
FRACTIONS = r"(?:fractions?|fx|fxs|fr|frs|treatments|sessions|daily fractions|daily treatments|equal fractions|fracciones|sesiones)"
HUNDREDTHS = ("cgy", "rad", "rads")
MOST_GY = 100.0
DOSE = re.compile(
    rf"(?<![\w.]){NUMBER}\s?(c?gy|rads?)\b(?!\s*/\s*(?:fx|fraction|day|min)|\s*(?:per|a|each)\s*(?:fraction|fx|day|treatment|session))",
    re.IGNORECASE,
)
COUNT_ONLY = re.compile(
    rf"(?<!add )(?<!adding )(?<!additional )(?<!further )(?<!by )(?<!instead of )(?<!not )\b{COUNT}\s*(?:daily |total |planned )?{FRACTIONS}\b|(?:number of|total|no\.? of|# ?of|#|prescribed|planned|ordered)\s*{FRACTIONS}\s*[:=]?\s*(\d{{1,2}})|(?:^|[;,|]\s*)(?:fractions|fx)\s*[:=]?\s*(\d{{1,2}})(?=\s*(?:[;,.|]|$))"
    rf"|\b(\d{{1,2}}) instead of \d{{1,2}}\s*{FRACTIONS}\b"
    r"|\btx['’]s\s*[:=#]?\s*(\d{1,2})\b|\b(\d{1,2})\s?[x×]\s?:|\b(?:each|every one) of (?:the )?(\d{1,2}) (?:sessions|sittings|treatments|fractions)\b",
    re.IGNORECASE,
)


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
