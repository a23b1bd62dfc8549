"""Names of dose metrics as headings and cells of tables write them: V20Gy (%), % receiving 20 Gy, dose to 0.03 cc."""

import re
from typing import NamedTuple

_N = r"(\d*\.?\d+)"
_UNIT = re.compile(r"[(\[]\s*(c?gy|%|cc|cm3|cm³|ml)\s*[)\]]|(?:,|\bin|\s)\s*(c?gy|%|cc|cm3|cm³|ml)\s*$", re.IGNORECASE)
_SIZE = r"(?P<size>%|percent(?:age)?|vol(?:ume)?\.?|cc|share|fraction|portion)"
_RECEIVING = r"(?:>=?|≥|above|over|at|exceeding|getting|receiving|more than|to receive|that may receive|with)"
_VOLUME_OF_DOSE = re.compile(
    rf"\W*(?:max(?:imum)?\.? )?{_SIZE}\s*(?:[(\[]\s*(?P<inside>%|cc)\s*[)\]])?\s*(?:of )?(?:the )?(?:vol(?:ume)?|organ|structure|it)?\.?\s*(?:{_RECEIVING}\s*)+{_N}\s?(?P<dose>c?gy)\b(?: or more)?\W*(?P<behind>%|cc)?\W*",
    re.IGNORECASE,
)
_DOSE_TO_VOLUME = re.compile(
    rf"\W*(?:max(?:imum)?\.? )?dose\s*(?:to|at|in|of|for)\s*(?:the )?(?:hottest )?{_N}\s?(?P<size>cc|cm3|cm³|ml|%)\W*(?:(?:of )?(?:the )?vol(?:ume)?)?\W*(?P<behind>c?gy)?\W*",
    re.IGNORECASE,
)
_VOLUME_AT = re.compile(
    rf"\W*V[ _]?{_N}\s?(?P<dose>c?gy)?\s*,?\s*[(\[]?\s*(?P<unit>%|cc|cm3|cm³|ml)\s*[)\]]?\W*", re.IGNORECASE
)
_ALONE = re.compile(
    r"\W*(?:(?:[dv])[ _]?\d+(?:\.\d+)?\s?(?:c?gy|%|cc)?|d?[ _]?(?:mean|max|min)(?:imum)?(?: point)?|average|m[lh]d|(?:point|hot ?spot) max(?:imum)?|max(?:imum)? point)\b(?:\s?dose)?\W*",
    re.IGNORECASE,
)
_MAXIMUM_AT = re.compile(
    r"\W*d?[ _]?(?:max(?:imum)?|point)(?: point)?(?: dose)?\s*[(\[,]?\s*(?:to |at |in )?d?\s?(0?\.\d+) ?(?:cc|cm3|cm³|ml)\s*[)\]]?\W*(?P<unit>c?gy)?\W*",
    re.IGNORECASE,
)  # such as: Max (D0.03cc), Dmax 0.03 cc
_OWN_UNIT = re.compile(r"\W*(?:D[ _]?\d*\.?\d+|V[ _]?(?:[89]\d|1\d\d)(?:\.\d+)?)\s(?:%|cc|cm3|cm³|ml)", re.IGNORECASE)
_LEAST_SHARE_OF_RX = 80.0  # %, from which V95 % means the share of the volume within 95 % of the prescribed dose


class MetricName(NamedTuple):
    """A metric such as V20Gy, D0.03cc or mean, and the unit of its values, '' where the name gives none."""

    metric: str
    unit: str


_OF_LIMITS = re.compile(
    r"\b(?:dose )?(?:limits?|lim|constraints?|goals?|objectives?|tolerances?|ordered|NMT|no more than|not more than|not to exceed|at most|not above|not over|below|under|at least)\b|[<≤]=?|(?<=[\dc%y)])\s(?:max|min)\.?$",
    re.IGNORECASE,
)
_IN_PARENTHESES = re.compile(r"\W*[(\[]\s*((?!(?:c?gy|%|cc|cm3|cm³|ml)\W)[^()\[\]]*?)\s*[)\]]\W*", re.IGNORECASE)


def metric_limited(text: str) -> MetricName | None:
    """The metric that a heading names beside words of a limit or none, such as: V20Gy limit, Limit (mean), Max Gy NMT."""
    named = metric_named(text)
    if named is not None or not _OF_LIMITS.search(text):
        return named
    rest = re.sub(r"\s+", " ", _OF_LIMITS.sub(" ", text)).strip(" :,")
    inside = _IN_PARENTHESES.fullmatch(rest)
    return metric_named(inside[1] if inside else rest) if rest else None


def metric_named(text: str) -> MetricName | None:
    """The metric that a heading or cell names and nothing else; None where it says something else."""
    volume = _VOLUME_AT.fullmatch(text)
    if volume and _is_at_a_dose(volume, text):
        return MetricName(f"V{volume[1]}{volume['dose'] or ''}", volume["unit"])
    of_dose = _VOLUME_OF_DOSE.fullmatch(text)
    if of_dose:
        size = of_dose["size"].lower()
        unit = (
            of_dose["inside"]
            or of_dose["behind"]
            or ("cc" if size == "cc" else "%" if size[0] == "p" or size == "%" else "")
        )
        return MetricName(f"V{of_dose[3]}{of_dose['dose']}", unit)
    to_volume = _DOSE_TO_VOLUME.fullmatch(text)
    if to_volume:
        return MetricName(f"D{to_volume[1]}{to_volume['size']}", to_volume["behind"] or "")
    at_a_point = _MAXIMUM_AT.fullmatch(text)
    if at_a_point:
        return MetricName(f"D{at_a_point[1]}cc", at_a_point["unit"] or "")
    unit = _UNIT.search(text)
    name = _UNIT.sub(" ", text, count=1).strip() if unit else text
    if unit and _OWN_UNIT.fullmatch(text):
        return MetricName(text.strip(), "")
    if _ALONE.fullmatch(name):
        return MetricName(name.strip(" ()[],:"), next((part for part in unit.groups() if part), "") if unit else "")
    return MetricName(text.strip(" ()[],:"), "") if _ALONE.fullmatch(text) else None


def _is_at_a_dose(volume: re.Match[str], text: str) -> bool:
    """Whether V with a number and a unit of volume is the volume at a dose, not at a share of the prescribed dose."""
    if volume["unit"] != "%" or volume["dose"]:
        return True
    return float(volume[1]) < _LEAST_SHARE_OF_RX and ("(" in text or "[" in text)
