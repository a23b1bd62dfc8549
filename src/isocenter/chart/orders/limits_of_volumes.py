"""Limits of a volume: the share or the size of a structure that may, or of a target must, receive a dose."""

import re

from isocenter.chart.orders.limit_parts import (
    FILLING,
    LESS,
    MORE,
    NOT_A_NAME,
    NOT_LESS,
    NOT_MORE,
    TARGET,
    Limit,
    N,
    comparison_of,
    gy,
    is_target_name,
    number_of,
    plain_number,
    unit_of,
)
from isocenter.chart.orders.volume_and_dose import Amount, bounded

_NAME = r"(?:(?!\b(?:and the|should|must|shall|is|are|but|which)\b)[\w .-]){2,30}?"  # of a structure, within its clause
_DOSE_COVERS = re.compile(
    rf"\b(?:prescri\w+|full|whole)\s+(?:isodose|dose)(?: line| surface| cloud)?\s+(?:(?:should|must|shall|is|has|needs?|to) )*(?:encompass|cover|enclose|reach|surround|include)(?:es|s)?\s*(?P<cmp>{MORE})?\s*{N}\s?%\s+of\s+(?:the )?(?P<of>(?!its\b|it\b)[\w.+-]+)",
    re.IGNORECASE,
)
_COVERAGE = re.compile(
    rf"(?P<cmp>at least|minimum(?: of)?|>=|≥|>|{NOT_LESS}|{NOT_MORE}|at most|less than|under|below|<=|≤|<|up to)?\s*{N}\s?(?:%|percent|per cent)\s+(?:of (?:the )?(?P<of>{_NAME})(?: volume)?\s+)?(?:should |must |shall |may |can |could |is |are |will |has |have |needs? )?(?:to )?(?:be )?(?:receiv(?:es?|ing)|get|gets|getting|sees?|seeing|have|having|treated to|taken to|covered (?:by|with|at)|covered|coverage (?:by|with|at|from|of)|by|encompassed by|enclosed by|within|inside)\s*(?:(?:the|its|their|by|to)\s+|(?P<dosecmp>at least|no less than|not less than|>=|≥|>|at most|no more than)\s*)*(?:(?P<at>\d+(?:[.,]\d+)?)\s?(?P<atunit>%|percent|gy|cgy)(?P<behind>\s*(?:or (?:more|higher|above|less|lower|below)|at (?:the )?(?:very )?(?:most|least))\b)?|(?P<full>full|prescribed|prescription|whole|entire|total))",
    re.IGNORECASE,
)
_VOLUME_ABOVE = re.compile(
    rf"(?<!\w)(?P<cmp>{NOT_LESS}|{LESS}|{MORE})\s*{N}\s?(%|percent|cc|ml)\s+(?:of (?:the |its |it )?(?P<of>{_NAME}) )?(?:volume )?(?:to |may |should |can )?(?:be )?(?:receive|receiving|get|getting|above|over|exceed(?:s|ing)?|at|to|beyond|≥|>|>=|with|higher than|more than)\s*(?:more than |over |above )?{N}\s?(cgy|gy|%|percent)",
    re.IGNORECASE,
)
_BARE_TARGET = re.compile(
    rf"(?<![\w.]){N}\s?%\s*(?:of (?:the )?(?:(?:target )?volume|(?P<of>[PCI]TV[\w.]*))\s*)?(?P<cmp>>=|≥|>|at least|to at least|no less than)\s*{N}\s?(cgy|gy)",
    re.IGNORECASE,
)
_DOSE_TO_SHARE = re.compile(
    rf"(?<![\w.]){N}\s?(cgy|gy)\s+(?:to|in)\s+(?P<cmp>{NOT_MORE}|<=|≤|<|less than|under|below|at most|no more than|not more than|up to|at least|no less than|>=|≥)\s*{N}\s?(%|percent|cc)",
    re.IGNORECASE,
)
_DOSE_BELOW_SHARE = re.compile(
    rf"(?<![\w.<>≤≥]){N}\s?(cgy|gy)?\s?(?P<cmp><=|≤|<)\s?{N}\s?(%|cc)", re.IGNORECASE
)  # such as: 4000 < 60 %, 6500 < 40 %
_DENIED_TO_SHARE = re.compile(
    rf"\b(?:not|no) (?:to )?(?:over|above|more than|exceed(?:ing)?)\s*{N}\s?(cgy|gy)\s+(?:to|in|for)\s+(?P<cmp>more than|over|above)\s*{N}\s?(%|percent|per cent|cc)",
    re.IGNORECASE,
)
_VOLUME_AT = re.compile(
    rf"\bvol(?:ume)?\.?\s+(?:at|receiving|covered by|within|getting)\s+(?P<at>\d+(?:\.\d+)?)\s?%\s*(?:of )?(?:the )?(?:rx|prescri\w+)?\s*(?:dose)?\s*(?P<cmp>{MORE}|{LESS})\s*{N}\s?%",
    re.IGNORECASE,
)
_LINE_COVERS = re.compile(
    rf"(?<![\w.])(?P<at>\d+(?:\.\d+)?)\s?(?P<atunit>%|c?gy)\s*(?:isodose|line|idl|(?:of )?(?:the )?(?:rx|prescri\w+)(?: dose)?|of (?:the )?dose)?(?: line)?\s*(?:(?:is|must|should|shall|has|needs?) )?(?:(?P<covers>(?:to )?covers?)|to)\s*(?P<cmp>at least |>=|≥|>)?\s*{N}\s?%(?:\s+(?:(?:of )?(?:the )?(?P<vol>vol(?:ume)?)\b|of\s+(?:the )?(?P<of>(?!its\b|it\b)[\w.+-]+))|(?(covers)(?:\s+of (?:it|its volume)\b)?(?=\s*(?:[,;)]|\.(?!\d)|and\b|$))|(?!)))",
    re.IGNORECASE,
)
_COVERED_TO = re.compile(
    rf"\bcovered (?:by|with)\s+(?:the )?(?P<at>\d+(?:\.\d+)?)\s?(?P<atunit>%|c?gy)\s*(?:isodose|line)?\s*(?:to|in|over|for)\s*(?P<cmp>at least|>=|≥|>)?\s*{N}\s?%",
    re.IGNORECASE,
)
_OBJECTIVE_OF_A_PLANNER = re.compile(
    rf"\b(?P<word>max|min|upper|lower)\.? dvh\s+{N}\s?(?P<doseunit>c?gy)\s*(?:to|at|in|,)?\s*(?P<size>\d+(?:\.\d+)?)\s?(?P<unit>%|cc)",
    re.IGNORECASE,
)

_SIZE_OF_NAME = re.compile(
    rf"(?<![\w.])(?P<size>\d*\.?\d+)\s?(?P<sizeunit>cc|ml) of (?:the )?(?P<of>(?!{NOT_A_NAME})[a-z][\w ]{{2,30}}?)\s+{FILLING}(?P<cmp>{NOT_MORE}|at most|no more than|up to|<=|≤|<|under|below|less than)\s*(?P<limit>\d+(?:\.\d+)?)\s?(?P<unit>c?gy)\b",
    re.IGNORECASE,
)
_FURTHER_SHARE = re.compile(
    rf"(?:(?<=[,;]\s)(?:and |or )?|\b(?:and|or) ){N}\s?(?P<unit>%|percent|cc)\s+(?:may |can |to )?(?:receiv(?:e|es|ing) |gets? )?(?:more than|over|above|beyond|greater than|at)\s*{N}(?:\s?(?P<doseunit>c?gy)\b|(?=\s*(?:[,;]|\.(?!\d)|\b(?:and|or)\b|$)))",
    re.IGNORECASE,
)
_LEAST_IN_HUNDREDTHS = 400.0  # a number from which a dose without a unit is in cGy
_AT_MOST = re.compile(
    rf"(?:{NOT_MORE}|at most|less than|under|below|<=|≤|<|up to)\s*\d+(?:\.\d+)?\s?(?:%|percent|cc)", re.IGNORECASE
)
_AT_LEAST_BEFORE = re.compile(r"\b(?:at least|no less than|not less than|minimum(?: of)?)\s*\Z", re.IGNORECASE)
_WHOLE_DOSE = 100.0  # percent of the prescription
_TOLD = re.compile(r"\b(?:received|got|saw|had)\b", re.IGNORECASE)
LARGEST_HOT_VOLUME_CC = 50.0  # a larger one that stays below a dose is spared
SPARING = re.compile(
    r"\b(?:at least|spare|minimum(?: of)?|no less than|not less than)\s*$|(?:>=|≥|>)\s*$", re.IGNORECASE
)


def _share(text: str, comparison: str = "") -> Amount:
    return Amount(number_of(text) or 0.0, "%", comparison)


def _coverage(m: re.Match[str], text: str) -> Limit:
    """A share of a structure and the dose that it receives, such as: 95 % of the PTV to get 60 Gy."""
    del text
    share = _share(m[2], comparison_of(m["cmp"] or ""))
    dose = Amount(_WHOLE_DOSE, "%")
    if m["at"] and not m["full"]:
        comparison = comparison_of(m["dosecmp"] or m["behind"] or "", m["behind"] or "")
        dose = Amount(number_of(m["at"]) or 0.0, unit_of(m["atunit"]), comparison)
    return Limit(m.start(), m.end(), *bounded(share, dose), m["of"] or "")


def _dose_covers(m: re.Match[str], text: str) -> Limit:
    """The share of a target within the prescribed dose, such as: the prescription isodose should encompass 96 % of the PTV."""
    del text
    return Limit(m.start(), m.end(), "V100%", ">=", number_of(m[m.re.groupindex["cmp"] + 1]), "%", m["of"])


_METRIC_BEFORE = re.compile(
    r"\bV\s?\d+(?:\.\d+)?\s?(?:%|c?gy|cc)[\s:]*\Z", re.IGNORECASE
)  # a goal and what is still accepted


def _volume_above(m: re.Match[str], text: str) -> Limit | None:
    dose = number_of(m[5])
    covers = m["cmp"].strip() in (":", "=", "is", "are", "of") and _BARE_TARGET.search(text, m.start())
    is_told = not comparison_of(m["cmp"]) and _TOLD.search(m.group()) is not None
    if (
        dose is None or covers or is_told or _METRIC_BEFORE.search(text, 0, m.start())
    ):  # such as: PTV: 95 % of volume >= 66 Gy
        return None
    dose = dose / 100 if m[6].lower() == "cgy" else dose
    comparison = comparison_of(m["cmp"])
    metric = f"V{dose:g}{'%' if unit_of(m[6]) == '%' else 'Gy'}"
    return Limit(m.start(), m.end(), metric, comparison, number_of(m[2]), unit_of(m[3]), m["of"] or "")


def _bare_target(m: re.Match[str], text: str) -> Limit | None:
    *_, dose, unit = m.groups()
    if not is_target_name(m["of"] or text) and not TARGET.search(text, 0, m.start()):
        return None
    limit = bounded(_share(m[1]), Amount(number_of(dose) or 0.0, unit_of(unit), comparison_of(m["cmp"])))
    return Limit(m.start(), m.end(), *limit, m["of"] or "")


def _dose_to_share(m: re.Match[str], text: str) -> Limit | None:
    """A dose and the share that may receive it, such as: 50 Gy to less than 50 %."""
    del text
    number = number_of(m[1])
    if number is None:
        return None
    unit = unit_of(m[2] or "") or ("cGy" if number >= _LEAST_IN_HUNDREDTHS else "Gy")
    share = Amount(number_of(m[4]) or 0.0, unit_of(m[5]), comparison_of(m["cmp"]))
    return Limit(m.start(), m.end(), *bounded(share, Amount(number, unit), dose_first=True))


def _denied_to_share(m: re.Match[str], text: str) -> Limit | None:
    """A dose that no more than a share may exceed, such as: not over 45 Gy to more than 5 %."""
    one = _dose_to_share(m, text)
    return one._replace(comparison="<=") if one is not None else None


def _volume_at(m: re.Match[str], text: str) -> Limit:
    del text
    comparison = comparison_of(m["cmp"]) or ">="
    return Limit(m.start(), m.end(), f"V{plain_number(m['at'])}%", comparison, number_of(m[3]), "%")


def _line_covers(m: re.Match[str], text: str) -> Limit | None:
    """An isodose line and the share that it covers, such as: the 95 % line covers 98 % of the PTV.

    The share is what is ordered of a line that covers; of a dose to a share, the dose is: 57 Gy to 95 % of the PTV.
    """
    named, unit = m.groupdict().get("of") or "", unit_of(m["atunit"])
    if m.groupdict().get("vol") and unit != "%":
        return None
    before = _AT_LEAST_BEFORE.search(text, 0, m.start()) is not None
    share = _share(m[m.re.groupindex["cmp"] + 1], comparison_of(m["cmp"] or ""))
    dose = Amount(number_of(m["at"]) or 0.0, unit, ">=" if before else "")
    covers = "covers" not in m.groupdict() or m["covers"] is not None
    metric, _, limit, unit = bounded(share, dose, dose_first=before or not covers)
    return Limit(m.start(), m.end(), metric, ">=", limit, unit, named)


def _objective_of_a_planner(m: re.Match[str], text: str) -> Limit | None:
    """An objective of a planning system, such as: Max DVH 2000 cGy to 30 %."""
    del text
    dose = number_of(m[2])
    if dose is None:
        return None
    dose = dose / 100 if m["doseunit"].lower() == "cgy" else dose
    comparison = ">=" if m["word"].lower() in ("min", "lower") else "<="
    return Limit(m.start(), m.end(), f"V{dose:g}Gy", comparison, number_of(m["size"]), unit_of(m["unit"]))


def _further_share(m: re.Match[str], text: str) -> Limit | None:
    """A further share of the same structure, such as: no more than 15 % over 75 Gy, 20 % over 70 Gy."""
    start = text.rfind(".  ", 0, m.start()) + 1
    dose = number_of(m[3])
    if dose is None or _AT_MOST.search(text, start, m.start()) is None:
        return None
    unit = unit_of(m["doseunit"] or "") or ("cGy" if dose >= _LEAST_IN_HUNDREDTHS else "Gy")
    return Limit(m.start(), m.end(), f"V{gy(dose, unit):g}Gy", "<=", number_of(m[1]), unit_of(m["unit"]))


def _size_of_name(m: re.Match[str], text: str) -> Limit | None:
    """A dose to a small part of a structure, such as: 1 cc of brainstem up to 60 Gy."""
    if SPARING.search(text[: m.start()]) or float(m["size"]) > LARGEST_HOT_VOLUME_CC:
        return None
    metric = f"D{plain_number(m['size'])}cc"
    comparison = comparison_of(m["cmp"])
    return Limit(m.start(), m.end(), metric, comparison, number_of(m["limit"]), unit_of(m["unit"]), m["of"], True)


DOSE_COVERS = (_DOSE_COVERS, _dose_covers)
COVERAGE = (_COVERAGE, _coverage)
DOSE_BELOW_SHARE = (_DOSE_BELOW_SHARE, _dose_to_share)
VOLUME_ABOVE = (_VOLUME_ABOVE, _volume_above)
BARE_TARGET = (_BARE_TARGET, _bare_target)
DOSE_TO_SHARE = (_DOSE_TO_SHARE, _dose_to_share)
DENIED_TO_SHARE = (_DENIED_TO_SHARE, _denied_to_share)
VOLUME_AT = (_VOLUME_AT, _volume_at)
LINE_COVERS = (_LINE_COVERS, _line_covers)
COVERED_TO = (_COVERED_TO, _line_covers)
OBJECTIVE_OF_A_PLANNER = (_OBJECTIVE_OF_A_PLANNER, _objective_of_a_planner)
FURTHER_SHARE = (_FURTHER_SHARE, _further_share)
SIZE_OF_NAME = (_SIZE_OF_NAME, _size_of_name)
