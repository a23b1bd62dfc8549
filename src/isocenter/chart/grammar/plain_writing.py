"""Texts with numbers, fractions, units and signs of comparison written plainly, each letter kept in its place."""

import re
from functools import partial

from isocenter.chart.grammar.phrases import ONES, TENS

_RESULT_BEHIND = r"\s*[,;/–-]\s*(?:achieved|actual|plan(?:ned)?|result|got|obtained|reached)\W{1,3}(?:was |is |of )?\d[\d.,]*\s?(?:c?gy|%|cc)?"
_AS_LOW_AS_POSSIBLE = (
    r",?\s(?:kept |held )?(?:as low as (?:(?:is )?(?:reasonably )?(?:achievable|possible)|(?:you|we|i) can(?: get (?:it|them))?)|alara|minimi[sz]ed)\b(?: ?\(alara\))?[,;]?\s?(?:and |but )?"
    r"(?:certainly |definitely |ideally |always |at any rate |in any case )?(?=(?:below|under|no more|not more|at most|less than|not to exceed|not above|not over|<|≤))"
)  # before the limit itself
_REWRITTEN = (
    (re.compile(r"([<>])\s?/\s?="), r"\1="),
    (re.compile(r"([<>≤≥]=?)\s?\.(?=\s\d)"), r"\1"),  # a speck behind a sign of a scanned page
    (re.compile(r"=\s?/\s?([<>])"), r"\1="),
    (re.compile(r"\b(?:NMT|NTE)\b|\bN\.M\.T\.", re.IGNORECASE), "<="),  # no more than, not to exceed
    (re.compile(r"\bNLT\b", re.IGNORECASE), ">="),
    (re.compile(r"\bLE(?= \d)"), "<="),
    (re.compile(r"\bGE(?= \d)"), ">="),
    (re.compile(r"\bLT(?= \d)"), "< "),
    (re.compile(r"\bGT(?= \d)"), "> "),
    (re.compile(r"(?:\s?\.){4,}(?=\s)"), " "),  # dots that lead to a value
    (
        re.compile(r"(?<![\d.,])(\d{1,2}),(\d{3})(?=\s?-?(?:c?gy|centigr[ae]ys?|rads?|cc|cm3|ml)\b)", re.IGNORECASE),
        r" \1\2",
    ),
    (re.compile(_AS_LOW_AS_POSSIBLE, re.IGNORECASE), ""),
    (re.compile(r"(?<=\d )(?:pct|per cent)\b|(?<=\d)pct\b", re.IGNORECASE), "%"),
    (re.compile(r"(?<=\d )rads?\b", re.IGNORECASE), "cGy"),
    (re.compile(_RESULT_BEHIND, re.IGNORECASE), ""),
    (re.compile(r"(?<=[DV])\(\s?(\d+(?:\.\d+)?\s?(?:c?Gy|%|cc))\s?\)", re.IGNORECASE), r"\1"),
    (re.compile(r"(?<=\b[DV])[_ ](?=\d)", re.IGNORECASE), ""),
    (re.compile(r"\[\s?(%|cc|c?Gy|cm3)\s?\]", re.IGNORECASE), r"(\1)"),
    (re.compile(r"(?<= )centigrays?\b", re.IGNORECASE), "cGy"),
    (re.compile(r"(?<= )grays?\b", re.IGNORECASE), "Gy"),
    (re.compile(r"(?<=\d )cm3\b|(?<=\d)cm3\b", re.IGNORECASE), "cc"),
    (re.compile(r"(?<![\d/])1/3(?![\d/])"), "33%"),
    (re.compile(r"(?<![\d/])2/3(?![\d/])"), "67%"),
    (re.compile(r"(?<![\d/])1/2(?![\d/])"), "50%"),
    (re.compile(r"\b(?:one[ -]third|a third)\b", re.IGNORECASE), "33.3%"),
    (re.compile(r"\btwo[ -]thirds\b", re.IGNORECASE), "66.7%"),
    (re.compile(r"\b(?:one[ -]half|half)\b(?= of)", re.IGNORECASE), "50%"),
    (
        re.compile(
            r"\bhalf\b(?= (?:to |must |should |stays? |kept |held )*(?:be |stay |get |kept |receive )*(?:below|under|less)\b)",
            re.IGNORECASE,
        ),
        "50%",
    ),
    (
        re.compile(r"(?<=than |nder |elow |most )half\b(?=\W*$|[,;.]| (?:at|above|over|to|may|can)\b)", re.IGNORECASE),
        "50%",
    ),
    (
        re.compile(
            r"[(\[]?\b(?:n/?a|not applicable|ignore|omit|skip) (?:if|when|where|unless)\b[^()\[\],;]*[)\]]?",
            re.IGNORECASE,
        ),
        "",
    ),  # a condition of a form, which orders its limit in all other cases
    (re.compile(r"\((?:achieved|actual|plan\w*|result\w*|got|now|was)[^)]*\)", re.IGNORECASE), ""),
)


_NUMBER_WORDS = rf"(?:({'|'.join(TENS)})(?:[- ]({'|'.join(ONES)}))?|({'|'.join(ONES)}))"
_IN_WORDS = re.compile(
    rf"\b{_NUMBER_WORDS}(?= (?:percent|per cent|%|gray|gy|centigray|cgy|cc)\b)",
    re.IGNORECASE,
)


_ORDERED_IN_WORDS = re.compile(
    rf"\b{_NUMBER_WORDS}(?= (?:gray|gy|centigray|cgy|daily|fractions?|fx|sessions|treatments|sittings|attendances)\b)",
    re.IGNORECASE,
)
_COUNTED_IN_WORDS = re.compile(rf"(?:(?<=number of fractions )|(?<=fractions: )){_NUMBER_WORDS}\b", re.IGNORECASE)
_SAID_AGAIN_IN_WORDS = re.compile(
    rf"(?<![\d.,])(\d[\d.,]*) ?\(\s?(?:(?:{'|'.join(TENS)}|{'|'.join(ONES)}|hundred|thousand|and|point)[- ]?)+\s?\) ?",
    re.IGNORECASE,
)  # such as: 6300 (six thousand three hundred) cGy
_UNITS_IN_WORDS = (
    (re.compile(r"(?<=\d )centigrays?\b", re.IGNORECASE), "cGy"),
    (re.compile(r"(?<=\d )grays?\b", re.IGNORECASE), "Gy"),
    (
        re.compile(r"[(\[]\s?(c?gy)\s?[)\]]\s?:?\s?(\d+(?:\.\d+)?)(?![\d.]|\s?(?:c?gy|%|x|×|mm|cm)\b)", re.IGNORECASE),
        r"\2 \1",
    ),
)


def _number_in_words(match: re.Match[str]) -> str:
    tens, ones, alone = (part.lower() if part else "" for part in match.groups())
    value = TENS.get(tens, 0) + ONES.get(ones or alone, 0)
    return str(value).rjust(len(match.group()))


def plainly_written(text: str) -> str:
    """A text with numbers, fractions and marks written plainly, each letter kept in its place."""
    text = _IN_WORDS.sub(_number_in_words, text)
    for pattern, plain in _REWRITTEN:
        text = pattern.sub(partial(_of_same_length, plain), text)
    return text


def orders_plainly_written(text: str) -> str:
    """A text with the numbers and units of its doses and fractions written plainly, each letter kept in its place."""
    for numbers in (_ORDERED_IN_WORDS, _COUNTED_IN_WORDS):
        text = numbers.sub(_number_in_words, text)
    text = _SAID_AGAIN_IN_WORDS.sub(lambda found: f"{found[1]} ".rjust(len(found.group())), text)
    for pattern, plain in _UNITS_IN_WORDS:
        text = pattern.sub(partial(_of_same_length, plain), text)
    return text


def _of_same_length(plain: str, match: re.Match[str]) -> str:
    return match.expand(plain).ljust(len(match.group()))[: len(match.group())]
