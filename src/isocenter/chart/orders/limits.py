"""Dose limits as prescriptions write them, in words and in signs: metric, comparison, limit and unit."""

import re
from collections.abc import Callable, Iterable

from isocenter.chart.orders.limit_parts import (
    FILLING,
    LESS,
    MORE,
    NOT_A_NAME,
    NOT_LESS,
    Limit,
    N,
    comparison_of,
    is_target_name,
    metric_of_word,
    number_of,
    plain_number,
    unit_of,
)
from isocenter.chart.orders.limits_by_clause import limits_by_clause
from isocenter.chart.orders.limits_carried import (
    METRIC_OF_DOSE_TO,
    at_a_point,
    corrected,
    in_dose_of,
    of_further_doses,
    of_parts_of_targets,
    with_further_structures,
    with_second_levels,
)
from isocenter.chart.orders.limits_listed import listed_limits
from isocenter.chart.orders.limits_of_sides import limits_of_sides
from isocenter.chart.orders.limits_of_volumes import (
    BARE_TARGET,
    COVERAGE,
    COVERED_TO,
    DENIED_TO_SHARE,
    DOSE_BELOW_SHARE,
    DOSE_COVERS,
    DOSE_TO_SHARE,
    FURTHER_SHARE,
    LARGEST_HOT_VOLUME_CC,
    LINE_COVERS,
    OBJECTIVE_OF_A_PLANNER,
    SIZE_OF_NAME,
    SPARING,
    VOLUME_ABOVE,
    VOLUME_AT,
)

_UNITS = r"(cgy|gy|%|percent|per cent|cc|cm3|cm³|ml)"
_METRIC = r"(?:(?P<dv>[dv])\s?(?P<at>\d+(?:[.,]\d+)?)(?![.,]?\d)\s?(?P<atunit>cgy|gy|%|cc|cm3|cm³|ml)?|(?P<word>d?\s?(?:mean|max|min)(?:imum)?\b(?: point)?|maximal|average|avg\.?|m[lh]d\b|point max\w*|max point|hot ?spots?|dmean|dmax|dmin)(?: ?dose)?(?:,? ?\(?\s?(?:d\s?|to |at |in )?(?P<maxcc>0?\.\d+) ?cc\s?\)?)?)"
_MEASURE = re.compile(
    rf"(?<![\w.]){_METRIC}[\s:,|]*(?:[(\[]?(?P<headunit>gy|cgy|%|cc)[)\]]?[\s:|]*)?{FILLING}(?:of\s+(?=\D))?(?P<cmp>{NOT_LESS}|{LESS}|{MORE})?\s*(?:dose\s*)?(?:of\s*)?(?P<limit>\d+(?:[.,]\d+)?)\s?{_UNITS}?(?![\w/])(?P<orless>\s*(?:or|and) (?:less|lower|below|under|more|above|higher))?",
    re.IGNORECASE,
)
_PLAIN_LIMIT = re.compile(rf"(?P<cmp>{LESS})\s*{N}\s?(cgy|gy)\b(?=(?P<rest>.{{0,24}}))", re.IGNORECASE)
_NUMBER_THEN_WORD = re.compile(
    rf"(?P<cmp>{LESS})?\s*(?<![\w.]){N}\s?(cgy|gy)\s*\(?(?P<word>max(?:imum)?|mean|average|point dose|point max|ceiling|cap)\b(?:\s*(?:dose )?\(?\s*(?:to |in |at )?(?P<maxcc>0?\.\d+) ?cc\b\)?)?",
    re.IGNORECASE,
)


_Reader = tuple[re.Pattern[str], Callable[[re.Match[str], str], Limit | None]]
_DIGIT = re.compile(r"\d")  # which every limit holds
_SECOND_OF_A_PAIR = re.compile(r"\d\s?/\s?\d\Z")
_OF_A_FRACTION = re.compile(r"\s*(?:c?gy)?\s*(?:/|per|a|each)\s*(?:fx|fraction|day|treatment)\b", re.IGNORECASE)


def limits_in(text: str) -> list[Limit]:
    """The limits of a text from left to right, each stretch of it read once by the most telling pattern."""
    found: list[Limit] = []
    if not _DIGIT.search(text):
        return found
    for one in (*limits_of_sides(text), *listed_limits(text)):
        if not any(one.start < other.stop and one.stop > other.start for other in found):
            found.append(at_a_point(one, text))
    _read_by(_READERS, text, found)
    found = [part for one in found for part in of_parts_of_targets(one, text)]
    found = with_further_structures([in_dose_of(one, text) for one in with_second_levels(found, text)], text)
    found.extend([corrected(at_a_point(one, text), text) for one in limits_by_clause(text, found)])
    _read_by(_READERS_OF_LITTLE, text, found)
    found = with_further_structures(with_second_levels(found, text), text)
    found += [more for one in found for more in of_further_doses(one, text, found)]
    return sorted(found, key=lambda match: match.start)


def _read_by(readers: Iterable[_Reader], text: str, found: list[Limit]) -> None:
    """Add what readers find where nothing was found before them."""
    for pattern, read in readers:
        for match in pattern.finditer(text):
            one = read(match, text)
            if one is None or _OF_A_FRACTION.match(text, one.stop) or _SECOND_OF_A_PAIR.search(text, 0, one.start + 1):
                continue  # of one fraction, and none of the course; or of two limits, each of its own structure
            if read is _plain_limit and any(_is_right_behind(text, other.stop, one.start) for other in found):
                continue  # the variation that a table allows beside its goal
            if not any(one.start < other.stop and one.stop > other.start for other in found):
                found.append(corrected(at_a_point(one, text), text))


def _is_right_behind(text: str, stop: int, start: int) -> bool:
    """Whether nothing but space lies between where a limit stops and where another begins."""
    return stop <= start and not text[stop:start].strip()


_DENIED_BEFORE = re.compile(
    r"(?:(?:\b(?:not|never)|n't)\b(?:\s\w+){0,4}|\b(?:none of|neither|no part of)\b(?:\s\w+){0,7}|\bno)\s*$",
    re.IGNORECASE,
)


def _measure_of(m: re.Match[str]) -> str:
    if m["dv"]:
        return str(m["dv"].upper() + plain_number(m["at"]) + unit_of(m["atunit"] or ""))
    return f"D{plain_number(m['maxcc'])}cc" if m["maxcc"] else metric_of_word(m["word"])


def _unit_of_limit(metric: str, behind: str) -> str:
    """The unit behind a metric where it can be that of its limit, as in V45Gy[cc]; '' where it is that of the metric."""
    unit = unit_of(behind)
    is_dose = unit in ("Gy", "cGy")
    return unit if is_dose != metric.startswith("V") else ""


_SHARE_OF = re.compile(r"\d[\d.]*\s?%\s+of (?:the|each|either|both|any)\b(?! (?:rx|prescri|dose))", re.IGNORECASE)


def _measure(m: re.Match[str], text: str) -> Limit | None:
    if m["word"] and _SHARE_OF.match(text, m.start("limit")):
        return None  # the dose to a share, such as: max dose to 1 % of the cord
    metric = _measure_of(m)
    unit = unit_of(m[m.re.groupindex["limit"] + 1] or "") or _unit_of_limit(metric, m["headunit"] or "")
    comparison = comparison_of(m["cmp"] or "", m["orless"] or "")
    if comparison.startswith(">") and _DENIED_BEFORE.search(text[: m.start()]):
        comparison = "<="
    return Limit(m.start(), m.end(), metric, comparison, number_of(m["limit"]), unit)


_NUMBER_BEFORE = re.compile(r"\d\s?(?:c?gy|%|cc)\s*\Z", re.IGNORECASE)  # as in 26 Gy mean, right parotid 30 Gy mean
_UNIFORM_DOSE = re.compile(r"eud\b", re.IGNORECASE)  # neither a mean nor a maximum


def _metric_of(m: re.Match[str], text: str) -> Limit | None:
    """A metric, the structure and then its limit, such as: D2% of the target no more than 64 Gy."""
    is_of_the_number_before = (
        _NUMBER_BEFORE.search(text, 0, m.start()) is not None and "," in m.group()[: m.start("of") - m.start()]
    )
    if _UNIFORM_DOSE.search(m["of"]) or is_of_the_number_before:
        return None
    measured = _MEASURE.match(f"{m['metric']} < 1 Gy")
    metric = _measure_of(measured) if measured else metric_of_word(m["metric"])
    behind = m["orless"] or ""
    return Limit(
        m.start(),
        m.end(),
        metric,
        comparison_of(m["cmp"] or "", behind),
        number_of(m["limit"]),
        unit_of(m["unit"]),
        m["of"],
        True,
    )


def _cc_of(m: re.Match[str], text: str) -> Limit | None:
    if SPARING.search(text[: m.start()]) or (m["ccunit"] == "%" and not re.fullmatch(r"<=?|≤", m["cmp"])):
        return None  # a volume to spare is no dose to a hot volume
    if m["ccunit"].lower() == "cc" and float(m["cc"]) > LARGEST_HOT_VOLUME_CC:
        return None  # as of a liver, of which so much is spared
    return Limit(
        m.start(),
        m.end(),
        f"D{plain_number(m['cc'])}{unit_of(m['ccunit'])}",
        comparison_of(m["cmp"] or ""),
        number_of(m["limit"]),
        unit_of(m["unit"] or ""),
    )


def _number_then_word(m: re.Match[str], text: str) -> Limit:
    del text
    metric = f"D{plain_number(m['maxcc'])}cc" if m["maxcc"] else metric_of_word(m["word"])
    comparison = comparison_of(m["cmp"] or "") or ("<=" if m["word"].lower() in ("ceiling", "cap") else "")
    return Limit(m.start(), m.end(), metric, comparison, number_of(m[2]), unit_of(m[3]))


_WEAK = ("is", "are", "to", "of", "at", "=", ":", "within")


_AS_AN_ALTERNATIVE = re.compile(r"\d\s?c?gy\b[^.;\d]*\bor\s*\Z", re.IGNORECASE)
_LEFT_FREE = re.compile(
    r"\b(?:leav(?:e|es|ing)|spar(?:e|es|ing)|preserv(?:e|es|ing)) (?:a |one |some |at least )[^.;]*$", re.IGNORECASE
)
_OF_IT = re.compile(r"\b(?:keep|hold|bring|get|push|limit) (?:it|this|that)(?: down)? *$", re.IGNORECASE)
_MAY_GO = re.compile(
    r"\b(?:may|can|could|allowed to|permitted to) (?:go|rise|run|get|come|climb|be taken) *\Z", re.IGNORECASE
)
_MEAN_BEFORE = re.compile(r"\b(mean|average)\b", re.IGNORECASE)


_PART_BEFORE = re.compile(r"[;,.]\s|\bwith\s(?=$)")  # as in V30 < 50 %, with nothing above 50 Gy
_OUTSIDE = re.compile(r"\s*(?:outside|elsewhere|beyond|away from)\b", re.IGNORECASE)
_OF_NO_STRUCTURE = re.compile(
    r"(?:\A|[.;)])\s*\Z"
)  # a sentence of its own, such as: Nothing over 75 Gy outside the PTV


def _plain_limit(m: re.Match[str], text: str) -> Limit | None:
    if is_target_name(text) or (_OUTSIDE.match(m["rest"]) and _OF_NO_STRUCTURE.search(text, 0, m.start())):
        return None
    if re.search(
        r"\bthird|\bhalf\b|\d ?(?:cc|ml|%) of\b|\d%|\d ?(?:cc|ml)\b(?:(?!\band\b)[^\d])*$",
        _PART_BEFORE.split(text[: m.start()])[-1],
        re.IGNORECASE,
    ):
        return None
    if _OF_IT.search(text[: m.start()]) and (named := _MEAN_BEFORE.search(text[: m.start()])):
        return Limit(
            m.start(), m.end(), metric_of_word(named[1]), comparison_of(m["cmp"]), number_of(m[2]), unit_of(m[3])
        )
    if re.search(r"\b(?:mean|average|g?eud)\b(?! and\b)[^;,.]*$", text[: m.start()], re.IGNORECASE):
        return None  # a wish in words, such as: with a mean heart dose well under 5 Gy
    if _LEFT_FREE.search(text[: m.start()]):
        return None  # how much of the part must stay below the dose is not said, such as: leave a strip of skin under 20 Gy
    if _AS_AN_ALTERNATIVE.search(text, 0, m.start()):
        return None  # of which metric or part is said before, such as: mean 20 Gy to one gland, or 25 Gy to both
    may_go_to = m["cmp"].lower() == "to" and _MAY_GO.search(text, 0, m.start()) is not None
    if m["cmp"].lower() in _WEAK and not may_go_to and not re.search(r"anywhere|max|point", m["rest"], re.IGNORECASE):
        return None
    metric = "mean" if _ON_AVERAGE.match(m["rest"]) else "max"
    return Limit(m.start(), m.end(), metric, comparison_of(m["cmp"]), number_of(m[2]), unit_of(m[3]))


_ON_AVERAGE = re.compile(r"\s*(?:on (?:the )?average|in the mean|averaged)\b", re.IGNORECASE)
_A_METRIC = r"(?:[dv]\s?\d|d?(?:max|mean|min)\b)"  # of the limit behind it, as in: cord 45 max, V20 lung 30 %
_METRIC_THEN_NAME = re.compile(
    rf"(?<![\w.])(?P<metric>[dv]\s?\d+(?:\.\d+)?(?![.,]?\d)\s?(?:cgy|gy|%|cc)?|(?:d?(?:max(?:imum)?|mean|min(?:imum)?)|hot ?spot)(?: point)?(?: dose)?(?:\s?\(0?\.\d+ ?cc\))?|average(?: dose)?)(?:\s*,)?\s+(?:to |of |for |in |inside |within )?(?:the |each |(?=both ))?"
    rf"(?P<of>(?:(?!{NOT_A_NAME}|{_A_METRIC})[a-z][\w.-]*)(?: (?!{NOT_A_NAME}|{_A_METRIC})[a-z][\w.-]*){{0,2}}?)(?: dose)?\s*[:,]?\s*(?:(?:shall|should|must|may|is|are|to|will|remain|be|stay|kept|not to be) )*(?P<cmp>{NOT_LESS}|{LESS}|{MORE})?\s*(?P<limit>\d+(?:[.,]\d+)?)\s?(?P<unit>cgy|gy|%|percent|per cent|(?=\s*(?:$|[,;])))(?!\s+of (?:the|each|both|any|either)\b(?! (?:rx|prescri|dose|total|full)))(?P<orless>\s*(?:or|and) (?:less|lower|below|under|more|above|higher))?",
    re.IGNORECASE,
)
_CC_OF_DOSE = re.compile(
    rf"(?<![\w.])(?P<cc>\d*\.?\d+)\s?(?P<ccunit>cc|%)\s*(?:dose )?(?P<cmp>{LESS})\s*(?P<limit>\d+(?:\.\d+)?)(?:\s?(?P<unit>c?gy)\b|(?= ?(?:$|[,;])|  ))",
    re.IGNORECASE,
)
_LEAST_WITHOUT_UNIT_GY = 1.0  # less is a count of blood, or a distance
_WITHOUT_UNIT = re.compile(
    rf"(?<=\s)(?P<cmp><=|≤|<)\s*{N}(?=\s*(?:$|[,;]|\s/\s|\((?:in c?gy|c?gy|max|point|prv)\b))", re.IGNORECASE
)


def _without_unit(m: re.Match[str], text: str) -> Limit | None:
    """A sign and a number behind a structure, such as: cord < 45."""
    limit = number_of(m[2]) or 0.0
    if is_target_name(text) or limit < _LEAST_WITHOUT_UNIT_GY:
        return None
    return Limit(m.start(), m.end(), "max", comparison_of(m["cmp"]), limit, "")


def _most_to_cc(m: re.Match[str], text: str) -> Limit:
    del text
    metric = f"D{plain_number(m[3])}{unit_of(m[4])}"
    return Limit(m.start(), m.end(), metric, "<=", number_of(m[1]), unit_of(m[2]))


_BARE_TO_CC = re.compile(
    rf"(?<=[\s:]){N}\s?(c?gy)(?:\s+to\s+|\s*\(\s*(?:(?:max|to|at|in|point)\b[ ,]*)*)(0?\.\d+|[1-4]?\d(?:\.\d+)?)\s?(cc|cm3|ml|%)\s*(?:\)\s*)?(?=$|[.;,](?!\d)|(?:at (?:the )?most|max(?:imum)?|or less)\b)",
    re.IGNORECASE,
)


_REMARK_ON_A_VALUE = r"\s*(?:[,;]\s*|(?:and|but|which|it|this|that|so|still|now|fine|ok|okay|good|too|high|low|met|over|above|within|today)\b[\s,;]*)*"
_GOAL_BEHIND_A_VALUE = re.compile(
    rf"(?<![\w.]){_METRIC}\s*(?:(?:on|in|of) (?:this|the|that|last|first|current|present) (?:\w+ )?plan )?(?:is|was|=|:|of|at)?\s*\d+(?:\.\d+)?\s?(?P<valueunit>c?gy|%|cc)?{_REMARK_ON_A_VALUE}[(\[]?\s*(?:vs\.? |against |versus )?(?:the |a |its |our )?(?:goal|limit|constraint|aim|objective|tolerance|must|has to|needs to|should|ought to|is to)\s*(?:(?:be|come|go|get|drop|fall|rise|brought|kept|down|up|of|is|was|:|=)\s*)*(?P<cmp>{NOT_LESS}|<=|≤|<|>=|≥|>|under|below|less than|no more than|not more than|at least|at most)?\s*(?P<limit>\d+(?:\.\d+)?)\s?(?P<unit>c?gy|%|cc)?(?![\w/])",
    re.IGNORECASE,
)


def _goal_behind_a_value(m: re.Match[str], text: str) -> Limit:
    """The goal behind the value of a plan, such as: mean 8 Gy (goal 20)."""
    one = _measure_of(m)
    unit = unit_of(m["unit"] or m["valueunit"] or "")
    del text
    return Limit(m.start(), m.end(), one, comparison_of(m["cmp"] or ""), number_of(m["limit"]), unit)


def _metric_of_dose_to(m: re.Match[str], text: str) -> Limit:
    """A metric, its limit and then the structure, such as: a mean of 26 Gy to the parotids."""
    del text
    metric, comparison = metric_of_word(m["word"]), comparison_of(m["cmp"] or "")
    return Limit(m.start(), m.end(), metric, comparison, number_of(m["limit"]), unit_of(m["unit"]), m["of"], True)


_READERS: tuple[_Reader, ...] = (
    SIZE_OF_NAME,
    (_GOAL_BEHIND_A_VALUE, _goal_behind_a_value),
    OBJECTIVE_OF_A_PLANNER,
    VOLUME_AT,
    DENIED_TO_SHARE,
    LINE_COVERS,
    DOSE_COVERS,
    COVERED_TO,
    COVERAGE,
    VOLUME_ABOVE,
    FURTHER_SHARE,
    DOSE_TO_SHARE,
    DOSE_BELOW_SHARE,
    (_CC_OF_DOSE, _cc_of),
    (METRIC_OF_DOSE_TO, _metric_of_dose_to),
    (_MEASURE, _measure),
    (_METRIC_THEN_NAME, _metric_of),
    (_NUMBER_THEN_WORD, _number_then_word),
    BARE_TARGET,
)
_READERS_OF_LITTLE: tuple[_Reader, ...] = (  # a number and a structure, with no word of what is limited
    (_BARE_TO_CC, _most_to_cc),
    (_PLAIN_LIMIT, _plain_limit),
    (_WITHOUT_UNIT, _without_unit),
)
