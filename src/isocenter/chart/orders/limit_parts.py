"""The parts of dose limits: words of comparison, units, metrics, and the limit itself."""

import re
from typing import NamedTuple

from isocenter.chart.pages.placed import Placed

N = r"(\d+(?:[.,]\d+)?)"
TARGET = re.compile(r"\b(?:[pgci]tv[\w.+-]*|target\w*|boost volume|tumor bed)\b", re.IGNORECASE)
NOT_A_NAME = r"(?:be|being|see|get|go|no|not|less|more|limited|kept|keep|below|under|above|over|at|up|is|are|to|gy|cgy|of|dose|or|and|in|max|mean|within|should|must|may|stay|than|goal|limit|shall|remain|will|can|has|have|never|needs?|lower|less)\b"
NOT_LESS = (
    r"(?:(?:not|never|no) (?:to )?(?:be |fall |go |get |drop )?(?:lower than|less than|below|under|smaller than))"
)
ABOVE = r"(?:above|over|beyond|past|higher than|more than|greater than|exceed(?:s|ing)?|cross(?:es|ing)?|in excess of)"
NOT_MORE = (
    rf"(?:(?:not|never|no) (?:to )?(?:be |have |get |go |see |receive |take |come |rise |climb |reach )*(?:{ABOVE}|pass(?:ing)?|surpass|exceed|cross)"
    rf"|(?:no|not a|not one) (?:point|part|spot|voxel|dose|drop|bit|area|volume|portion|tissue)s? (?:is |are |to |be |may |should |must |go |get |receives? )*{ABOVE}|(?:nothing|none|nowhere)(?: of it)? {ABOVE})"
)
_FROM = r"(?: from \d[\d.]* ?(?:c?gy|%|cc)?)?"
_CHANGED_TO = rf"(?:changed|raised|lowered|relaxed|loosened|tightened|revised|amended|reduced|increased|set){_FROM} to"
# A dose that is raised, lowered, reduced or increased from a value is one of a plan, unless a limit is named.
_RELAXED_TO = rf"(?:(?:changed|relaxed|loosened|tightened|revised|amended|set){_FROM}|raised|lowered) to"
FILLING = rf"(?:(?:(?:now )?{_RELAXED_TO}|now(?= (?:to )?(?:be )?(?:less|lower|below|under|no|not|at|limited|up|kept|held|[<>≤≥]))|should|must|shall|may|can|will|needs?|ought|has|have|to|be|is|are|stay|stays|remain|remains|kept|held|dose|value|always|ideal|ideally|preferably|preferred|if possible|please|go|get|rise|come|climb|run|goal|objective|constraint|aim|each|both|combined)\s+)*?"
LESS = rf"(?:{NOT_MORE}|(?:limit|constraint|goal)(?: (?:is|was|now|has been))* {_CHANGED_TO}|capped at|cap of|ceiling(?: of)?|<=|=<|≤|<|at or (?:below|under)|equal to or less than|less than or equal to|less than|no more than|not more than|at most|under|below|up to|not (?:to )?exceed(?:ing)?|must not exceed|may not exceed|should not exceed|not over|not above|maximum of|max(?:imum)? of|limit(?:ed)? (?:to|of|is)?|limit|max(?:imum|\.)?|(?:kept|held|restricted|confined) (?:to )?(?:under|below|to|at)|(?:keep|hold) (?:under|below|to)|stay(?:s)? (?:under|below)|lower than|within|no greater than|not greater than|beneath|is|are|to|of|at|=|:)"
MORE = rf"(?:{NOT_LESS}|>=|=>|≥|>|at or above|equal to or (?:more|greater) than|greater than or equal to|at least|no less than|not less than|minimum(?: of)?|min\.?|more than|greater than|above|over|exceeds)"
_STRICT_LESS = re.compile(
    r"^(?:<(?![=])|less than(?! or equal)|under|below|lower than|beneath|(?:kept|held|restricted|confined) (?:to )?(?:under|below)|(?:keep|hold) (?:under|below)|stays? (?:under|below))"
)
_STRICT_MORE = re.compile(r"^(?:>(?!=)|more than|greater than(?! or equal)|above|over|exceeds)")


def usual_comparison(metric: str, is_target: bool) -> str:
    """What a limit without a sign means: at least for the coverage of a target, else at most."""
    hot_spot = metric.startswith(("D0", "D1%", "D2%", "D5%", "D1cc", "D2cc"))
    return ">=" if is_target and (metric == "min" or (metric[0] in "DV" and not hot_spot)) else "<="


class Limit(NamedTuple):
    """One limit in a text; '' where the words leave something out."""

    start: int
    stop: int
    metric: str
    comparison: str
    limit: float | None
    unit: str
    named: str = ""
    needs_organ: bool = False


def completed(metric: str, unit: str, limit: float, is_target: bool) -> tuple[str, str]:
    """Metric and unit with what charts leave out: V20 is V20Gy, D95 is D95%, V in percent, D in Gy or cGy."""
    if metric[0] in "DV" and metric not in ("Dmax",):
        number = re.match(r"[DV](\d+(?:\.\d+)?)(.*)", metric)
        if number is None:
            return "", ""
        value, own = float(number[1]), number[2]
        if own == "cGy":
            value, own = value / 100, "Gy"
        if not own:
            if metric[0] == "D":
                own = "cc" if value < 1 else "%"
            else:
                own = "%" if is_target and value >= 80 else "Gy"
                if own == "Gy" and value >= 400:
                    value /= 100
        metric = f"{metric[0]}{value:g}{own}"
        if not unit:
            unit = "%" if metric[0] == "V" else ("cGy" if limit > 150 else "Gy")
        if metric[0] == "D" and unit == "cc":
            return "", ""
        if metric[0] == "V" and unit in ("Gy", "cGy"):
            return "", ""
        return metric, unit
    return metric, unit or ("cGy" if limit > 150 else "Gy")


def comparison_of(words: str, behind: str = "") -> str:
    low = re.sub(r"^to (?=\S)", "", words.lower().strip())
    if re.search(r"less|lower|below|under", behind, re.IGNORECASE):
        return "<="
    if re.search(r"more|above|higher", behind, re.IGNORECASE):
        return ">="
    if not low or low in ("is", "are", "to", "of", "at", "=", ":"):
        return ""
    if _STRICT_LESS.match(low):
        return "<"
    if _STRICT_MORE.match(low):
        return ">"
    if re.fullmatch(MORE, low, re.IGNORECASE):
        return ">="
    return "<="


def number_of(text: str) -> float | None:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None


def gy(number: float, unit: str) -> float:
    """A dose in Gy."""
    return number / 100 if unit == "cGy" else number


def plain_number(text: str) -> str:
    value = number_of(text)
    return f"{value:g}" if value is not None else text


def unit_of(text: str) -> str:
    return {
        "cgy": "cGy",
        "gy": "Gy",
        "%": "%",
        "percent": "%",
        "per cent": "%",
        "cc": "cc",
        "cm3": "cc",
        "cm³": "cc",
        "ml": "cc",
    }.get(text.lower(), "")


def metric_of_word(word: str) -> str:
    low = word.lower()
    return "mean" if "mean" in low or "av" in low or low in ("mld", "mhd") else "min" if "min" in low else "max"


_ENDS_AS_A_TARGET = re.compile(
    r"(?!.*(?:[-–]|\b(?:[Mm]inus|[Ll]ess|[Ee]xcl?\w*|[Ww]ithout|[Oo]utside|[Aa]round|[Nn]ear|[Bb]eyond|[Ii]n|[Aa]nd|[Oo]f|[Ll]ungs|[Rr]ing)\b))"
    r"[\w ]*\b[PCGI]TV(?:_?\d[\d.]*)?"
)  # such as Pancreas PTV, but neither Lungs - GTV nor Bowel outside PTV


def is_target_name(name: str) -> bool:
    """Whether a structure is a target: its name begins as one, or ends as one behind the site."""
    return bool(TARGET.match(name) or _ENDS_AS_A_TARGET.fullmatch(name))


class ConstraintFound(NamedTuple):
    """A constraint with its citation."""

    structure: str
    metric: str
    comparison: str
    limit: float
    unit: str
    placed: Placed
    is_target: bool
    sureness: float


def tidied(name: str) -> str:
    return (
        re.sub(
            r"\s+",
            " ",
            re.sub(
                r"^(?:\W|\b(?:the|both|either|every|all|keep|limit|dose to|mean|max|for|to|of|each|hold)\b)+",
                "",
                name.strip(),
                flags=re.IGNORECASE,
            ),
        )
        .strip(" :,.-|(")
        .removesuffix(" coverage")
        .removesuffix(" (each)")
        .removesuffix(" together")
    )
