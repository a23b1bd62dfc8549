"""Dose limits as prescriptions write them, in words and in signs: metric, comparison, limit and unit."""

import re
from typing import NamedTuple

from isocenter.chart.placed import Placed

_N = r"(\d+(?:[.,]\d+)?)"
_UNITS = r"(cgy|gy|%|percent|per cent|cc|cm3|cm³|ml)"
TARGET = re.compile(r"\b(?:[pgci]tv[\w.+-]*|target\w*|boost volume|tumor bed)\b", re.IGNORECASE)
_NOT_LESS = (
    r"(?:(?:not|never|no) (?:to )?(?:be |fall |go |get |drop )?(?:lower than|less than|below|under|smaller than))"
)
_ABOVE = r"(?:above|over|beyond|past|higher than|more than|greater than|exceed(?:s|ing)?|cross(?:es|ing)?|in excess of)"
_NOT_MORE = (
    rf"(?:(?:not|never|no) (?:to )?(?:be |have |get |go |see |receive |take |come |rise |climb |reach )*(?:{_ABOVE}|pass(?:ing)?|surpass|exceed|cross)"
    rf"|(?:no|not a|not one) (?:point|part|spot|voxel|dose|drop|bit|area)s? (?:is |are |to |be |may |should |must |go |get |receives? )*{_ABOVE}|(?:nothing|none)(?: of it)? {_ABOVE})"
)
_FILLING = r"(?:(?:(?:now )?(?:changed|raised|lowered|relaxed|tightened|revised|amended|set) to|should|must|shall|may|can|will|needs?|ought|has|have|to|be|is|are|stay|stays|remain|remains|kept|held|dose|value|always|ideally|preferably|if possible|please|go|get|rise|come|climb|run|goal|objective|constraint|aim)\s+)*?"
_LESS = rf"(?:{_NOT_MORE}|capped at|cap of|ceiling(?: of)?|<=|=<|≤|<|at or (?:below|under)|equal to or less than|less than or equal to|less than|no more than|not more than|at most|under|below|up to|not (?:to )?exceed(?:ing)?|must not exceed|may not exceed|should not exceed|not over|not above|maximum of|max(?:imum)? of|limit(?:ed)? (?:to|of|is)?|limit|max(?:imum|\.)?|kept (?:under|below|to|at)|keep (?:under|below|to)|stay(?:s)? (?:under|below)|lower than|within|no greater than|not greater than|beneath|is|are|to|of|at|=|:)"
_MORE = rf"(?:{_NOT_LESS}|>=|=>|≥|>|at or above|equal to or (?:more|greater) than|greater than or equal to|at least|no less than|not less than|minimum(?: of)?|min\.?|more than|greater than|above|over|exceeds)"
_STRICT_LESS = re.compile(
    r"^(?:<(?![=])|less than(?! or equal)|under|below|lower than|beneath|kept (?:under|below)|keep (?:under|below)|stays? (?:under|below))"
)
_STRICT_MORE = re.compile(r"^(?:>(?!=)|more than|greater than(?! or equal)|above|over|exceeds)")
_METRIC = r"(?:(?P<dv>[dv])\s?(?P<at>\d+(?:[.,]\d+)?)(?![.,]?\d)\s?(?P<atunit>cgy|gy|%|cc|cm3|cm³|ml)?|(?P<word>d?\s?(?:mean|max|min)(?:imum)?\b|maximal|average|avg\.?|m[lh]d\b|point max\w*|max point|dmean|dmax|dmin)(?: ?dose)?(?: ?\(\s?(?:d\s?)?(?P<maxcc>0?\.\d+) ?cc\s?\))?)"
_NOT_A_NAME = r"(?:be|being|see|get|go|no|not|less|more|limited|kept|keep|below|under|above|over|at|up|is|are|to|gy|cgy|of|dose|or|and|in|max|mean|within|should|must|may|stay|than|goal|limit|shall|remain|will|can|has|have|never|needs?|lower|less)\b"
_MEASURE = re.compile(
    rf"(?<![\w.]){_METRIC}[\s:,|]*(?:\(?(?:gy|cgy|%|cc)\)?[\s:|]*)?{_FILLING}(?:of\s+(?=\D))?(?P<cmp>{_NOT_LESS}|{_LESS}|{_MORE})?\s*(?:dose\s*)?(?:of\s*)?(?P<limit>\d+(?:[.,]\d+)?)\s?{_UNITS}?(?![\w/])(?P<orless>\s*(?:or|and) (?:less|lower|below|under|more|above|higher))?",
    re.IGNORECASE,
)
_VOLUME_ABOVE = re.compile(
    rf"(?P<cmp>{_NOT_LESS}|{_LESS}|{_MORE})\s*{_N}\s?(%|percent|cc|ml)\s+(?:of (?:the |its |it )?(?P<of>[\w .-]{{2,30}}?) )?(?:volume )?(?:to |may |should |can )?(?:be )?(?:receive|receiving|get|getting|above|over|exceed(?:s|ing)?|at|beyond|≥|>|>=|with|higher than|more than)\s*(?:more than |over |above )?{_N}\s?(cgy|gy)",
    re.IGNORECASE,
)
_COVERAGE = re.compile(
    rf"(?P<cmp>at least|minimum(?: of)?|>=|≥|>|{_NOT_LESS}|{_NOT_MORE}|at most|less than|under|below|<=|≤|<|up to)?\s*{_N}\s?(?:%|percent|per cent)\s+(?:of (?:the )?(?P<of>[\w .-]{{2,30}}?)(?: volume)?\s+)?(?:should |must |shall |may |can |could |is |are |will |has |have |needs? )?(?:to )?(?:be )?(?:receiv(?:es?|ing)|get|gets|getting|sees?|seeing|have|having|treated to|taken to|covered (?:by|with|at)|covered|by|encompassed by|enclosed by|within|inside)\s*(?:at least |the |by |to )*(?:(?P<at>\d+(?:[.,]\d+)?)\s?(?P<atunit>%|percent|gy|cgy)|(?P<full>full|prescribed|prescription|whole|entire|total))",
    re.IGNORECASE,
)
_DOSE_TO_CC = re.compile(
    rf"(?P<cmp>{_NOT_LESS}|{_LESS}|{_MORE})\s*{_N}\s?(cgy|gy)\s+(?:dose )?(?:to|in|for|at)\s+(?:any |a |no more than )?(\d*\.?\d+)\s?(cc|cm3|ml|%|percent)",
    re.IGNORECASE,
)
_DOSE_TO_SHARE = re.compile(
    rf"(?<![\w.]){_N}\s?(cgy|gy)\s+(?:to|in)\s+(?P<cmp>{_NOT_MORE}|<=|≤|<|less than|under|below|at most|no more than|not more than|up to)\s*{_N}\s?(%|percent|cc)",
    re.IGNORECASE,
)
_PLAIN_LIMIT = re.compile(rf"(?P<cmp>{_LESS})\s*{_N}\s?(cgy|gy)\b(?=(?P<rest>.{{0,24}}))", re.IGNORECASE)
_BARE_TARGET = re.compile(
    rf"(?<=\s){_N}\s?%\s*(?:of (?:the )?(?:target )?volume\s*)?(?P<cmp>>=|≥|>|at least|to at least|no less than)\s*{_N}\s?(cgy|gy)",
    re.IGNORECASE,
)
_NUMBER_THEN_WORD = re.compile(
    rf"(?P<cmp>{_LESS})?\s*{_N}\s?(cgy|gy)\s*\(?(?P<word>max(?:imum)?|mean|average|point dose|point max|ceiling|cap)\b",
    re.IGNORECASE,
)
_MEAN_OF = re.compile(
    rf"(?P<word>mean|max(?:imum)?|average)\s+(?:point )?(?:dose )?(?:to|of|for|in) (?:the |both |each )?(?!{_NOT_A_NAME})(?P<of>[\w .-]{{2,30}}?)\s*(?P<cmp>{_LESS})\s*{_N}\s?(cgy|gy)",
    re.IGNORECASE,
)
_WORD_OF_DOSE = re.compile(
    rf"(?P<word>mean|max(?:imum)?|average)\s+(?P<of>[\w .-]{{2,24}}?)\s+(?:dose|point)\s*(?:to (?:stay |be |remain )?|should (?:stay |be )?|must (?:stay |be )?|is |kept )?(?P<cmp>{_LESS})\s*{_N}\s?(cgy|gy)",
    re.IGNORECASE,
)


def usual_comparison(metric: str, is_target: bool) -> str:
    """What a limit without a sign means: at least for the coverage of a target, else at most."""
    hot_spot = metric.startswith(("D0", "D1%", "D2%", "D5%", "D1cc", "D2cc"))
    return ">=" if is_target and (metric == "min" or (metric[0] in "DV" and not hot_spot)) else "<="


_DIGIT = re.compile(r"\d")  # which every limit holds


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


def limits_in(text: str) -> list[Limit]:
    """The limits of a text from left to right, each stretch of it read once by the most telling pattern."""
    found: list[Limit] = []
    if not _DIGIT.search(text):
        return found
    for pattern, read in _READERS:
        for match in pattern.finditer(text):
            one = read(match, text)
            if one is not None and not any(one.start < other.stop and one.stop > other.start for other in found):
                found.append(_corrected(one, text))
    return sorted(found, key=lambda match: match.start)


_CORRECTION = re.compile(
    rf"\s*[,;(|–—-]?\s*(?:no,|no (?=\d)|correct(?:ed|ion)(?: to)?:?|make (?:it|that)|rather|->|→)\s*{_N}\s?(cgy|gy|%|percent|cc)(?![\w/])",
    re.IGNORECASE,
)


def _corrected(one: Limit, text: str) -> Limit:
    """A limit with the number that right behind it takes the place of the first, such as: under 30 Gy - no, 26 Gy."""
    found = _CORRECTION.match(text, one.stop)
    if found is None or (one.unit and _unit(found[2]) != one.unit):
        return one
    return one._replace(stop=found.end(), limit=_number(found[1]), unit=_unit(found[2]))


def _coverage(m: re.Match[str], text: str) -> Limit:
    del text
    unit = _unit(m["atunit"] or "%")
    if unit in ("Gy", "cGy") and _comparison(m["cmp"] or "").startswith("<"):
        dose = (_number(m["at"]) or 0.0) / (100 if unit == "cGy" else 1)
        return Limit(m.start(), m.end(), f"V{dose:g}Gy", _comparison(m["cmp"]), _number(m[2]), "%", m["of"] or "")
    if unit in ("Gy", "cGy"):
        return Limit(m.start(), m.end(), f"D{_plain(m[2])}%", ">=", _number(m["at"]), unit, m["of"] or "")
    at = "100" if m["full"] or not m["at"] else _plain(m["at"])
    return Limit(m.start(), m.end(), f"V{at}%", ">=", _number(m[2]), "%", m["of"] or "")


def _volume_above(m: re.Match[str], text: str) -> Limit | None:
    dose = _number(m[5])
    covers = m["cmp"].strip() in (":", "=", "is", "are", "of") and _BARE_TARGET.search(text, m.start())
    if dose is None or covers:  # such as: PTV: 95 % of volume >= 66 Gy
        return None
    dose = dose / 100 if m[6].lower() == "cgy" else dose
    comparison = _comparison(m["cmp"])
    return Limit(m.start(), m.end(), f"V{dose:g}Gy", comparison, _number(m[2]), _unit(m[3]), m["of"] or "")


def _dose_to_share(m: re.Match[str], text: str) -> Limit | None:
    """A dose and the share that may receive it, such as: 50 Gy to less than 50 %."""
    del text
    dose = _number(m[1])
    if dose is None:
        return None
    dose = dose / 100 if m[2].lower() == "cgy" else dose
    return Limit(m.start(), m.end(), f"V{dose:g}Gy", _comparison(m["cmp"]), _number(m[4]), _unit(m[5]))


def _dose_to_cc(m: re.Match[str], text: str) -> Limit:
    del text
    metric = f"D{_plain(m[4])}{_unit(m[5])}"
    return Limit(m.start(), m.end(), metric, _comparison(m["cmp"]), _number(m[2]), _unit(m[3]))


def _mean_of(m: re.Match[str], text: str) -> Limit:
    del text
    metric = _word_metric(m["word"])
    return Limit(m.start(), m.end(), metric, _comparison(m["cmp"]), _number(m[4]), _unit(m[5]), m["of"])


_DENIED_BEFORE = re.compile(
    r"(?:(?:\b(?:not|never)|n't)\b(?:\s\w+){0,4}|\b(?:none of|neither|no part of)\b(?:\s\w+){0,7})\s*$", re.IGNORECASE
)


def _measure(m: re.Match[str], text: str) -> Limit:
    if m["dv"]:
        metric = m["dv"].upper() + _plain(m["at"]) + _unit(m["atunit"] or "")
    else:
        metric = f"D{_plain(m['maxcc'])}cc" if m["maxcc"] else _word_metric(m["word"])
    unit = _unit(m[m.re.groupindex["limit"] + 1] or "")
    comparison = _comparison(m["cmp"] or "", m["orless"] or "")
    if comparison.startswith(">") and _DENIED_BEFORE.search(text[: m.start()]):
        comparison = "<="
    return Limit(m.start(), m.end(), metric, comparison, _number(m["limit"]), unit)


def _metric_of(m: re.Match[str], text: str) -> Limit:
    """A metric, the structure and then its limit, such as: D2% of the target no more than 64 Gy."""
    measured = _MEASURE.match(f"{m['metric']} < 1 Gy")
    metric = _measure(measured, text).metric if measured else _word_metric(m["metric"])
    behind = m["orless"] or ""
    return Limit(
        m.start(),
        m.end(),
        metric,
        _comparison(m["cmp"] or "", behind),
        _number(m["limit"]),
        _unit(m["unit"]),
        m["of"],
        True,
    )


_SPARING = re.compile(
    r"\b(?:at least|spare|minimum(?: of)?|no less than|not less than)\s*$|(?:>=|≥|>)\s*$", re.IGNORECASE
)


def _cc_of(m: re.Match[str], text: str) -> Limit | None:
    if _SPARING.search(text[: m.start()]):
        return None  # a volume to spare is no dose to a hot volume
    return Limit(
        m.start(),
        m.end(),
        f"D{_plain(m['cc'])}cc",
        _comparison(m["cmp"] or ""),
        _number(m["limit"]),
        _unit(m["unit"] or ""),
    )


def _number_then_word(m: re.Match[str], text: str) -> Limit:
    del text
    comparison = _comparison(m["cmp"] or "") or "<="
    return Limit(m.start(), m.end(), _word_metric(m["word"]), comparison, _number(m[2]), _unit(m[3]))


def _bare_target(m: re.Match[str], text: str) -> Limit | None:
    if not is_target_name(text):
        return None
    return Limit(m.start(), m.end(), f"D{_plain(m[1])}%", _comparison(m["cmp"]), _number(m[3]), _unit(m[4]))


_WEAK = ("is", "are", "to", "of", "at", "=", ":", "within")


def _plain_limit(m: re.Match[str], text: str) -> Limit | None:
    if is_target_name(text):
        return None
    if re.search(
        r"\bthird|\bhalf\b|\d ?(?:cc|ml|%) of\b|\d%|\d ?(?:cc|ml)\s*$",
        re.split(r"[;,.]\s", text[: m.start()])[-1],
        re.IGNORECASE,
    ):
        return None
    if re.search(r"\b(?:mean|average)\b[^;,.]*$", text[: m.start()], re.IGNORECASE):
        return None  # a wish in words, such as: with a mean heart dose well under 5 Gy
    if m["cmp"].lower() in _WEAK and not re.search(r"anywhere|max|point", m["rest"], re.IGNORECASE):
        return None
    return Limit(m.start(), m.end(), "max", _comparison(m["cmp"]), _number(m[2]), _unit(m[3]))


_METRIC_THEN_NAME = re.compile(
    rf"(?<![\w.])(?P<metric>[dv]\s?\d+(?:\.\d+)?(?![.,]?\d)\s?(?:cgy|gy|%|cc)?|d?(?:max(?:imum)?|mean|min(?:imum)?)(?: point)?(?: dose)?(?:\s?\(0?\.0\d+ ?cc\))?|average(?: dose)?)\s+(?:to |of |for |in )?(?:the |both |each )?"
    rf"(?P<of>(?:(?!{_NOT_A_NAME})[a-z][\w.-]*)(?: (?!{_NOT_A_NAME})[a-z][\w.-]*){{0,2}}?)\s*[:,]?\s*(?:(?:shall|should|must|may|is|are|to|will|remain|be|stay|kept|not to be) )*(?P<cmp>{_NOT_LESS}|{_LESS}|{_MORE})?\s*(?P<limit>\d+(?:[.,]\d+)?)\s?(?P<unit>cgy|gy|%|percent|per cent|(?=\s*(?:$|[,;])))(?P<orless>\s*(?:or|and) (?:less|lower|below|under|more|above|higher))?",
    re.IGNORECASE,
)
_CC_OF_DOSE = re.compile(
    rf"(?<![\w.])(?P<cc>\d*\.?\d+)\s?cc\s*(?:dose )?(?P<cmp>{_LESS})\s*(?P<limit>\d+(?:\.\d+)?)(?:\s?(?P<unit>c?gy)\b|(?= ?(?:$|[,;])|  ))",
    re.IGNORECASE,
)
_LEAST_WITHOUT_UNIT_GY = 1.0  # less is a count of blood, or a distance
_WITHOUT_UNIT = re.compile(rf"(?<=\s)(?P<cmp><=|≤|<)\s*{_N}(?=\s*(?:$|[,;]))")


def _without_unit(m: re.Match[str], text: str) -> Limit | None:
    """A sign and a number behind a structure, such as: cord < 45."""
    limit = _number(m[2]) or 0.0
    if is_target_name(text) or limit < _LEAST_WITHOUT_UNIT_GY:
        return None
    return Limit(m.start(), m.end(), "max", _comparison(m["cmp"]), limit, "")


_OF = r"(?P<of>(?:(?!\b(?:to|above|over|is|are|be)\b)[\w.-]+ ?){1,4}?)"
_NOTHING_ABOVE = re.compile(
    rf"\b(?:nothing|no (?:point|part|spot|voxel|portion|bit)s?)\s+(?:in|of|on|within|inside)\s+(?:the |each |either )?{_OF}\s*(?:is |be |to be |to get |should be |may be )?(?:hotter than|above|over|beyond|higher than|more than|exceeding)\s*{_N}\s?(c?gy|%)",
    re.IGNORECASE,
)
_MOST_TO_CC = re.compile(
    rf"(?<![\w.]){_N}\s?(c?gy)\s*(?:at (?:the )?most|max(?:imum)?|or less|or under),?\s*(?:to|in|for)\s+(\d*\.?\d+)\s?(cc|cm3|ml)",
    re.IGNORECASE,
)
_THE_MOST = re.compile(
    rf"(?<![\w.]){_N}\s?(c?gy)\s*,?\s*(?:(?:is )?(?:at )?(?:the )?(?:very |absolute )?most\b|is (?:the |my )?(?:limit|ceiling|top|maximum)\b)",
    re.IGNORECASE,
)
_VOLUME_AT = re.compile(
    rf"\bvol(?:ume)?\.?\s+(?:at|receiving|covered by|within|getting)\s+(?P<at>\d+(?:\.\d+)?)\s?%\s*(?:of )?(?:the )?(?:rx|prescri\w+)?\s*(?:dose)?\s*(?P<cmp>{_MORE}|{_LESS})\s*{_N}\s?%",
    re.IGNORECASE,
)
_LINE_COVERS = re.compile(
    rf"(?<![\w.])(?P<at>\d+(?:\.\d+)?)\s?(?P<atunit>%|c?gy)\s*(?:isodose|line|idl)?(?: line)?\s*(?:(?:is|must|should|shall|has|needs?) )?(?:to )?covers?\s*(?P<cmp>at least |>=|≥|>)?\s*{_N}\s?%\s+of\s+(?:the )?(?P<of>[\w.+-]+)",
    re.IGNORECASE,
)
_COVERED_TO = re.compile(
    rf"\bcovered (?:by|with)\s+(?:the )?(?P<at>\d+(?:\.\d+)?)\s?(?P<atunit>%|c?gy)\s*(?:isodose|line)?\s*(?:to|in|over|for)\s*(?P<cmp>at least|>=|≥|>)?\s*{_N}\s?%",
    re.IGNORECASE,
)
_SHARE_SPARED = re.compile(
    rf"(?<![\w.]){_N}\s?%\s+of\s+(?:each |the |both |either )?(?P<of>(?!ptv|ctv|gtv)[a-z][\w-]*(?: [a-z][\w-]*)??)\s+(?:(?:must|should|to|shall|has|have|is|are|be|stay|kept|held|get|gets|receives?)\s+)*(?:under|below|<|less than)\s*{_N}\s?(c?gy)",
    re.IGNORECASE,
)


def _nothing_above(m: re.Match[str], text: str) -> Limit:
    """No part of a structure above a dose, such as: nothing in the cord above 45 Gy."""
    del text
    return Limit(m.start(), m.end(), "max", "<=", _number(m[2]), _unit(m[3]), m["of"])


def _most_to_cc(m: re.Match[str], text: str) -> Limit:
    del text
    return Limit(m.start(), m.end(), f"D{_plain(m[3])}cc", "<=", _number(m[1]), _unit(m[2]))


_BARE_TO_CC = re.compile(rf"(?<=[\s:]){_N}\s?(c?gy)\s+to\s+(0?\.\d+|[1-5](?:\.\d+)?)\s?(cc|cm3|ml)\s*$", re.IGNORECASE)


def _the_most(m: re.Match[str], text: str) -> Limit:
    del text
    return Limit(m.start(), m.end(), "max", "<=", _number(m[1]), _unit(m[2]))


def _volume_at(m: re.Match[str], text: str) -> Limit:
    del text
    comparison = _comparison(m["cmp"]) or ">="
    return Limit(m.start(), m.end(), f"V{_plain(m['at'])}%", comparison, _number(m[3]), "%")


def _line_covers(m: re.Match[str], text: str) -> Limit:
    """An isodose line and the share that it covers, such as: the 95 % line covers 98 % of the PTV."""
    del text
    named, unit = m.groupdict().get("of") or "", _unit(m["atunit"])
    share = m[4]
    if unit == "%":
        return Limit(m.start(), m.end(), f"V{_plain(m['at'])}%", ">=", _number(share), "%", named)
    return Limit(m.start(), m.end(), f"D{_plain(share)}%", ">=", _number(m["at"]), unit, named)


def _share_spared(m: re.Match[str], text: str) -> Limit | None:
    """A share that stays below a dose leaves the rest above it, such as: two thirds of the kidney below 20 Gy."""
    del text
    share, dose = _number(m[1]), _number(m[3])
    if share is None or dose is None:
        return None
    dose = dose / 100 if m[4].lower() == "cgy" else dose
    return Limit(m.start(), m.end(), f"V{dose:g}Gy", "<=", round(100 - share, 1), "%", m["of"], True)


_READERS = (
    (_VOLUME_AT, _volume_at),
    (_LINE_COVERS, _line_covers),
    (_COVERED_TO, _line_covers),
    (_NOTHING_ABOVE, _nothing_above),
    (_MOST_TO_CC, _most_to_cc),
    (_BARE_TO_CC, _most_to_cc),
    (_COVERAGE, _coverage),
    (_SHARE_SPARED, _share_spared),
    (_VOLUME_ABOVE, _volume_above),
    (_DOSE_TO_SHARE, _dose_to_share),
    (_DOSE_TO_CC, _dose_to_cc),
    (_CC_OF_DOSE, _cc_of),
    (_MEAN_OF, _mean_of),
    (_WORD_OF_DOSE, _mean_of),
    (_MEASURE, _measure),
    (_METRIC_THEN_NAME, _metric_of),
    (_THE_MOST, _the_most),
    (_NUMBER_THEN_WORD, _number_then_word),
    (_BARE_TARGET, _bare_target),
    (_PLAIN_LIMIT, _plain_limit),
    (_WITHOUT_UNIT, _without_unit),
)


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


def _comparison(words: str, behind: str = "") -> str:
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
    if re.fullmatch(_MORE, low, re.IGNORECASE):
        return ">="
    return "<="


def _number(text: str) -> float | None:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None


def _plain(text: str) -> str:
    value = _number(text)
    return f"{value:g}" if value is not None else text


def _unit(text: str) -> str:
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


def _word_metric(word: str) -> str:
    low = word.lower()
    return "mean" if "mean" in low or "av" in low or low in ("mld", "mhd") else "min" if "min" in low else "max"


def is_target_name(name: str) -> bool:
    return bool(TARGET.match(name))


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
    return re.sub(
        r"\s+",
        " ",
        re.sub(
            r"^(?:\W|\b(?:the|both|keep|limit|dose to|mean|max|for|to|of|each|hold)\b)+",
            "",
            name.strip(),
            flags=re.IGNORECASE,
        ),
    ).strip(" :,.-|(")
