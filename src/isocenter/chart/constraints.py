"""Dose limits and goals as prescriptions order them, in tables and in prose."""

import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

from isocenter.chart.grammar import Grammar
from isocenter.chart.passages import Column, Placed, Sentence
from isocenter.chart.statements import compile_list, lowered

_N = r"(\d+(?:[.,]\d+)?)"
_UNITS = r"(cgy|gy|%|percent|per cent|cc|cm3|cm³|ml)"
_TARGET = re.compile(r"\b(?:[pgci]tv[\w.+-]*|target\w*|boost volume|tumor bed)\b", re.IGNORECASE)
_NOT_LESS = (
    r"(?:(?:not|never|no) (?:to )?(?:be |fall |go |get |drop )?(?:lower than|less than|below|under|smaller than))"
)
_NOT_MORE = r"(?:(?:not|never|no) (?:to )?(?:be |have |get |go |see |receive |take |come )*(?:more than|above|over|beyond|higher than|greater than|pass(?:ing)?|past|exceed(?:ing)?)|no (?:point|part|spot|voxel|dose)s? (?:is |are |to |be |may |go |get )*(?:above|over|beyond|higher than|more than))"
_LESS = rf"(?:{_NOT_MORE}|<=|=<|≤|<|at or (?:below|under)|equal to or less than|less than or equal to|less than|no more than|not more than|at most|under|below|up to|not (?:to )?exceed(?:ing)?|must not exceed|may not exceed|should not exceed|not over|not above|maximum of|max(?:imum)? of|limit(?:ed)? (?:to|of|is)?|limit|max\.?|kept (?:under|below|to|at)|keep (?:under|below|to)|stay(?:s)? (?:under|below)|lower than|within|no greater than|not greater than|beneath|is|are|to|of|at|=|:)"
_MORE = rf"(?:{_NOT_LESS}|>=|=>|≥|>|at or above|equal to or (?:more|greater) than|greater than or equal to|at least|no less than|not less than|minimum(?: of)?|min\.?|more than|greater than|above|over|exceeds)"
_STRICT_LESS = re.compile(
    r"^(?:<(?![=])|less than(?! or equal)|under|below|lower than|beneath|kept (?:under|below)|keep (?:under|below)|stays? (?:under|below))"
)
_STRICT_MORE = re.compile(r"^(?:>(?!=)|more than|greater than(?! or equal)|above|over|exceeds)")
_METRIC = r"(?:(?P<dv>[dv])\s?(?P<at>\d+(?:[.,]\d+)?)(?![.,]?\d)\s?(?P<atunit>cgy|gy|%|cc|cm3|cm³|ml)?|(?P<word>d?\s?(?:mean|max|min)(?:imum)?\b|maximal|average|avg\.?|m[lh]d\b|point max\w*|max point|dmean|dmax|dmin)(?: ?dose)?(?: ?\(\s?(?:d\s?)?(?P<maxcc>0?\.\d+) ?cc\s?\))?)"
_MEASURE = re.compile(
    rf"(?<![\w.]){_METRIC}[\s:,|]*(?:\(?(?:gy|cgy|%|cc)\)?[\s:|]*)?(?P<cmp>{_NOT_LESS}|{_LESS}|{_MORE})?\s*(?:dose\s*)?(?:of\s*)?(?P<limit>\d+(?:[.,]\d+)?)\s?{_UNITS}?(?![\w/])(?P<orless>\s*(?:or|and) (?:less|lower|below|under|more|above|higher))?",
    re.IGNORECASE,
)
_VOLUME_ABOVE = re.compile(
    rf"(?P<cmp>{_NOT_LESS}|{_LESS}|{_MORE})\s*{_N}\s?(%|percent|cc|ml)\s+(?:of (?:the |its |it )?(?P<of>[\w .-]{{2,30}}?) )?(?:volume )?(?:to |may |should |can )?(?:be )?(?:receive|receiving|get|getting|above|over|exceed(?:s|ing)?|at|beyond|≥|>|>=|with|higher than|more than)\s*(?:more than |over |above )?{_N}\s?(cgy|gy)",
    re.IGNORECASE,
)
_COVERAGE = re.compile(
    rf"(?P<cmp>at least|minimum(?: of)?|>=|≥|>|{_NOT_LESS}|{_NOT_MORE}|at most|less than|under|below|<=|≤|<|up to)?\s*{_N}\s?(?:%|percent)\s+(?:of (?:the )?(?P<of>[\w .-]{{2,30}}?)(?: volume)?\s+)?(?:should |must |shall |may |can |could |is |are |will |has |have |needs? )?(?:to )?(?:be )?(?:receives?|get|gets|sees?|treated to|taken to|covered (?:by|with|at)|covered|by|encompassed by|within|inside)\s*(?:at least |the |by |to )*(?:(?P<at>\d+(?:[.,]\d+)?)\s?(?P<atunit>%|percent|gy|cgy)|(?P<full>full|prescribed|prescription|whole|entire|total))",
    re.IGNORECASE,
)
_DOSE_TO_CC = re.compile(
    rf"(?P<cmp>{_LESS})\s*{_N}\s?(cgy|gy)\s+(?:to|in|for|at)\s+(?:any |a |no more than )?(\d*\.?\d+)\s?(cc|cm3|ml|%)",
    re.IGNORECASE,
)
_DOSE_TO_SHARE = re.compile(
    rf"(?<![\w.]){_N}\s?(cgy|gy)\s+(?:to|in)\s+(?P<cmp>{_NOT_MORE}|<=|≤|<|less than|under|below|at most|no more than|not more than|up to)\s*{_N}\s?(%|percent|cc)",
    re.IGNORECASE,
)
_PLAIN_LIMIT = re.compile(rf"(?P<cmp>{_LESS})\s*{_N}\s?(cgy|gy)\b(?=(?P<rest>.{{0,24}}))", re.IGNORECASE)
_BARE_TARGET = re.compile(rf"(?<=\s){_N}\s?%\s*(?P<cmp>>=|≥|>|at least)\s*{_N}\s?(cgy|gy)", re.IGNORECASE)
_NUMBER_THEN_WORD = re.compile(
    rf"(?P<cmp>{_LESS})?\s*{_N}\s?(cgy|gy)\s*\(?(?P<word>max(?:imum)?|mean|average|point dose|point max)\b",
    re.IGNORECASE,
)
_MEAN_OF = re.compile(
    rf"(?P<word>mean|max(?:imum)?|average)\s+(?:point )?(?:dose )?(?:to|of|for|in) (?:the |both |each )?(?P<of>[\w .-]{{2,30}}?)\s*(?P<cmp>{_LESS})\s*{_N}\s?(cgy|gy)",
    re.IGNORECASE,
)
_WORD_OF_DOSE = re.compile(
    rf"(?P<word>mean|max(?:imum)?|average)\s+(?P<of>[\w .-]{{2,24}}?)\s+(?:dose|point)\s*(?:to (?:stay |be |remain )?|should (?:stay |be )?|must (?:stay |be )?|is |kept )?(?P<cmp>{_LESS})\s*{_N}\s?(cgy|gy)",
    re.IGNORECASE,
)
_ACHIEVED = re.compile(
    r"\b(?:achieved|received|reached|was|were|result(?:ed|s)?|actual|got|came out|measured|delivered|in the plan|on the plan|plan shows|currently|at present|previous(?:ly)?|old|former|changed from|instead of|earlier course|prior|not used|of (?:19|20)\d\d|last time|accepted)\b",
    re.IGNORECASE,
)
_SEPARATORS = re.compile(r"[;]|,(?=\s*[a-z])|\.(?=\s)|\band\b(?=\s+[a-z])", re.IGNORECASE)
_HEADER_WORDS = re.compile(
    r"\b(?:structure|organ|limit|constraint|goal|objective|metric|priority|volume|dose)\b", re.IGNORECASE
)
_NO_NAME = re.compile(
    r"\b(?:keep|hold|limit|the|both|each|is|are|to|dose|constraint|goal|max|mean|of|for|at|should|must|stay|and|total|all|any|priority|hard|soft|no|more|than|or|less|restrict|spare|with|in|its|their|be|kept)\b|[^\w\s+./-]",
    re.IGNORECASE,
)


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


def constraints_in(grammar: Grammar, sentences: Sequence[Sentence]) -> Iterator[ConstraintFound]:
    """Constraints among the sentences of a paper that orders them; achieved doses are none."""
    structure = ""
    rows: set[int] = set()
    for sentence in sentences:
        if sentence.row >= 0 and sentence.row in rows:
            continue
        if sentence.ticked is False:
            continue
        text = sentence.text
        if _ACHIEVED.search(_plainly_written(text)) and sentence.row < 0:
            continue
        found = list(_of_sentence(grammar, sentence, structure))
        if sentence.row >= 0:
            rows.add(sentence.row)
        for one in found:
            structure = one.structure
            yield one
        if not found:
            structure = _name_before(grammar, text, len(text), sentence.row >= 0, "") if len(text.split()) <= 6 else ""


def _of_sentence(grammar: Grammar, sentence: Sentence, structure: str) -> Iterator[ConstraintFound]:
    by_column = list(_of_columns(sentence))
    if by_column:
        yield from by_column
        return
    text = _plainly_written(sentence.text)
    table = sentence.row >= 0
    carried = structure
    for match in _matches(text):
        if match.needs_organ and not (
            _is_target_name(match.named) or compile_list(grammar, "organ").search(lowered(match.named))
        ):
            continue
        named = "" if _tidy(match.named).lower() in ("volume", "target", "organ") else _tidy(match.named)
        name = (
            named or _name_before(grammar, text, match.start, table, carried) or _name_after(grammar, text, match.stop)
        )
        if not name or match.limit is None:
            continue
        carried = name
        is_target = _is_target_name(name)
        metric, unit = _completed(match.metric, match.unit, match.limit, is_target)
        if not metric or not unit or (metric in ("max", "mean") and unit not in ("Gy", "cGy", "%")):
            continue
        part = sentence.placed.part(_beginning(text, match.start, name), match.stop)
        comparison = match.comparison or _usual_comparison(metric, is_target)
        sure = 0.93 * sentence.placed.sureness
        limit = _SHARES.get(sentence.text[match.start : match.stop].lower().strip(), match.limit)
        for words, share in _SHARES.items():
            if unit == "%" and re.search(rf"\b{words}\b", sentence.text[match.start : match.stop], re.IGNORECASE):
                limit = share
        yield ConstraintFound(name, metric, comparison, limit, unit, part, is_target, sure)


_SHARES = {"1/3": 33.3, "2/3": 66.7, "one third": 33.3, "one-third": 33.3, "two thirds": 66.7, "two-thirds": 66.7, "a third": 33.3, "half": 50.0, "1/2": 50.0, "one half": 50.0, "one quarter": 25.0, "a quarter": 25.0}  # fmt: skip
_REWRITTEN = (
    (re.compile(r"(?<=[DV])\(\s?(\d+(?:\.\d+)?\s?(?:c?Gy|%|cc))\s?\)", re.IGNORECASE), r"\1"),
    (re.compile(r"(?<=\b[DV])[_ ](?=\d)", re.IGNORECASE), ""),
    (re.compile(r"\[\s?(?:%|cc|c?Gy|cm3)\s?\]", re.IGNORECASE), ""),
    (re.compile(r"(?<=\d )cm3\b|(?<=\d)cm3\b", re.IGNORECASE), "cc"),
    (re.compile(r"(?<![\d/])1/3(?![\d/])"), "33%"),
    (re.compile(r"(?<![\d/])2/3(?![\d/])"), "67%"),
    (re.compile(r"(?<![\d/])1/2(?![\d/])"), "50%"),
    (re.compile(r"\b(?:one[ -]third|a third)\b", re.IGNORECASE), "33.3%"),
    (re.compile(r"\btwo[ -]thirds\b", re.IGNORECASE), "66.7%"),
    (re.compile(r"\b(?:one[ -]half|half)\b(?= of)", re.IGNORECASE), "50%"),
    (re.compile(r"\((?:achieved|actual|plan\w*|result\w*|got|now|was)[^)]*\)", re.IGNORECASE), ""),
)


def _plainly_written(text: str) -> str:
    """A text with fractions and marks written plainly, each letter kept in its place."""
    for pattern, plain in _REWRITTEN:
        text = pattern.sub(partial(_of_same_length, plain), text)
    return text


def _of_same_length(plain: str, match: re.Match[str]) -> str:
    return match.expand(plain).ljust(len(match.group()))[: len(match.group())]


_STRUCTURE_COLUMN = re.compile(
    r"\b(?:structure|organ|roi|oar|target|region|tissue|volume of interest|voi|contour|name)\b", re.IGNORECASE
)
_NOT_ORDERED_COLUMN = re.compile(
    r"achieved|actual|result|\bplan(?:ned)?\b|pass|status|delivered|\bmet\b|priority|accept\w*|variation|minor|unaccept|deviation|rank|weight|note|comment|value|reached|evaluat",
    re.IGNORECASE,
)
_METRIC_COLUMN = re.compile(
    r"\b(?:metric|parameter|measure|type|statistic|index|point|dose point|volume point)\b", re.IGNORECASE
)
_LIMIT_COLUMN = re.compile(
    r"\b(?:limit|goal|constraint|objective|tolerance|criteri\w+|threshold|max(?:imum)? allowed|aim|request\w*|ordered|requirement)\b",
    re.IGNORECASE,
)
_UNIT = re.compile(r"\(\s*(c?gy|%|cc|cm3)\s*\)|\[\s*(c?gy|%|cc|cm3)\s*\]|\b(c?gy)\b", re.IGNORECASE)
_METRIC_ALONE = re.compile(
    r"^\W*(?:(?:[dv])[ _]?\d+(?:\.\d+)?\s?(?:c?gy|%|cc)?|d?[ _]?(?:mean|max|min)(?:imum)?|average|max(?:imum)? point)\b(?:\s?dose)?\s*(?:\(?\[?\s*(?:c?gy|%|cc)\s*\]?\)?)?\W*$",
    re.IGNORECASE,
)


def _of_columns(sentence: Sentence) -> Iterator[ConstraintFound]:
    """Limits of a table row by the headings of its columns; nothing where these do not name structures and limits."""
    named = [c for c in sentence.columns if _STRUCTURE_COLUMN.search(c.name)]
    if not named or not any(ch.isalpha() for ch in named[0].value):
        return
    name = _tidy(named[0].value)
    rest = [c for c in sentence.columns if c is not named[0] and not _NOT_ORDERED_COLUMN.search(c.name)]
    for text in _limits_written(rest):
        for match in _matches(_plainly_written(f"{name}: {text}")):
            if match.limit is None:
                continue
            is_target = _is_target_name(name)
            metric, unit = _completed(match.metric, match.unit, match.limit, is_target)
            if not metric or not unit or (metric in ("max", "mean") and unit not in ("Gy", "cGy", "%")):
                continue
            comparison = match.comparison or _usual_comparison(metric, is_target)
            sure = 0.93 * sentence.placed.sureness
            yield ConstraintFound(name, metric, comparison, match.limit, unit, sentence.placed, is_target, sure)


def _limits_written(columns: Sequence[Column]) -> Iterator[str]:
    """The limits of a row as one writes them in a line, such as: V20Gy <= 30 %."""
    heads = [c for c in columns if _METRIC_ALONE.match(c.name)]
    metrics = [c for c in columns if (_METRIC_COLUMN.search(c.name) or _METRIC_ALONE.match(c.value)) and c not in heads]
    limits = [c for c in columns if _LIMIT_COLUMN.search(c.name) and c not in metrics and c not in heads]
    for column in heads:
        if re.match(r"\W{0,3}\d", column.value):
            unit = _unit_of(column.name)
            metric = _UNIT.sub(" ", column.name).strip(" ()[]") if unit else column.name
            yield f"{metric} {column.value} {'' if _has_unit(column.value) else unit}"
    if heads:
        return
    units = [c.value for c in columns if re.fullmatch(r"\W*units?\W*", c.name, re.IGNORECASE)]
    if metrics and limits:
        for limit in limits:
            unit = "" if _has_unit(limit.value) else units[0] if units else _unit_of(limit.name)
            if re.search(r"\d", limit.value):
                yield f"{metrics[0].value} {limit.value} {unit}"
        return
    volumes = [
        c for c in columns if re.match(r"\W*vol(?:ume)?\b", c.name, re.IGNORECASE) and re.match(r"\W{0,3}\d", c.value)
    ]
    doses = [c for c in columns if re.match(r"\W*dose\b", c.name, re.IGNORECASE) and re.match(r"\W{0,3}\d", c.value)]
    if volumes and doses:
        dose = re.search(r"\d+(?:\.\d+)?", doses[0].value)
        volume = re.search(r"\d+(?:\.\d+)?", volumes[0].value)
        volume_unit = _unit_of(volumes[0].name + " " + volumes[0].value) or "%"
        dose_unit = _unit_of(doses[0].name + " " + doses[0].value) or "Gy"
        if dose and volume:
            yield f"V{dose[0]}{dose_unit} <= {volume[0]} {volume_unit}"
        return
    for limit in limits or columns:
        if re.search(r"\d", limit.value) and re.search(r"[a-z<>≤≥]", limit.value, re.IGNORECASE):
            yield limit.value


def _has_unit(text: str) -> bool:
    return bool(re.search(r"\d\s?(?:c?gy|%|cc)", text, re.IGNORECASE))


def _unit_of(text: str) -> str:
    found = _UNIT.search(text) or re.search(r"(%|\bcc\b)()()", text)
    return next((part for part in found.groups() if part), "") if found else ""


def _usual_comparison(metric: str, is_target: bool) -> str:
    """What a limit without a sign means: at least for the coverage of a target, else at most."""
    hot_spot = metric.startswith(("D0", "D1%", "D2%", "D5%", "D1cc", "D2cc"))
    return ">=" if is_target and (metric == "min" or (metric[0] in "DV" and not hot_spot)) else "<="


class _Match(NamedTuple):
    """One limit in a text; '' where the words leave something out."""

    start: int
    stop: int
    metric: str
    comparison: str
    limit: float | None
    unit: str
    named: str = ""
    needs_organ: bool = False


def _matches(text: str) -> list[_Match]:
    """The limits of a text from left to right, each stretch of it read once by the most telling pattern."""
    found: list[_Match] = []
    for pattern, read in _READERS:
        for match in pattern.finditer(text):
            one = read(match, text)
            if one is not None and not any(one.start < other.stop and one.stop > other.start for other in found):
                found.append(one)
    return sorted(found, key=lambda match: match.start)


def _coverage(m: re.Match[str], text: str) -> _Match:
    del text
    unit = _unit(m["atunit"] or "%")
    if unit in ("Gy", "cGy") and _comparison(m["cmp"] or "").startswith("<"):
        dose = (_number(m["at"]) or 0.0) / (100 if unit == "cGy" else 1)
        return _Match(m.start(), m.end(), f"V{dose:g}Gy", _comparison(m["cmp"]), _number(m[2]), "%", m["of"] or "")
    if unit in ("Gy", "cGy"):
        return _Match(m.start(), m.end(), f"D{_plain(m[2])}%", ">=", _number(m["at"]), unit, m["of"] or "")
    at = "100" if m["full"] or not m["at"] else _plain(m["at"])
    return _Match(m.start(), m.end(), f"V{at}%", ">=", _number(m[2]), "%", m["of"] or "")


def _volume_above(m: re.Match[str], text: str) -> _Match | None:
    del text
    dose = _number(m[5])
    if dose is None:
        return None
    dose = dose / 100 if m[6].lower() == "cgy" else dose
    comparison = _comparison(m["cmp"])
    return _Match(m.start(), m.end(), f"V{dose:g}Gy", comparison, _number(m[2]), _unit(m[3]), m["of"] or "")


def _dose_to_share(m: re.Match[str], text: str) -> _Match | None:
    """A dose and the share that may receive it, such as: 50 Gy to less than 50 %."""
    del text
    dose = _number(m[1])
    if dose is None:
        return None
    dose = dose / 100 if m[2].lower() == "cgy" else dose
    return _Match(m.start(), m.end(), f"V{dose:g}Gy", _comparison(m["cmp"]), _number(m[4]), _unit(m[5]))


def _dose_to_cc(m: re.Match[str], text: str) -> _Match:
    del text
    metric = f"D{_plain(m[4])}{_unit(m[5])}"
    return _Match(m.start(), m.end(), metric, _comparison(m["cmp"]), _number(m[2]), _unit(m[3]))


def _mean_of(m: re.Match[str], text: str) -> _Match:
    del text
    metric = _word_metric(m["word"])
    return _Match(m.start(), m.end(), metric, _comparison(m["cmp"]), _number(m[4]), _unit(m[5]), m["of"])


def _measure(m: re.Match[str], text: str) -> _Match:
    del text
    if m["dv"]:
        metric = m["dv"].upper() + _plain(m["at"]) + _unit(m["atunit"] or "")
    else:
        metric = f"D{_plain(m['maxcc'])}cc" if m["maxcc"] else _word_metric(m["word"])
    unit = _unit(m[m.re.groupindex["limit"] + 1] or "")
    comparison = _comparison(m["cmp"] or "", m["orless"] or "")
    return _Match(m.start(), m.end(), metric, comparison, _number(m["limit"]), unit)


def _metric_of(m: re.Match[str], text: str) -> _Match:
    """A metric, the structure and then its limit, such as: D2% of the target no more than 64 Gy."""
    measured = _MEASURE.match(f"{m['metric']} < 1 Gy")
    metric = _measure(measured, text).metric if measured else _word_metric(m["metric"])
    behind = m["orless"] or ""
    return _Match(
        m.start(),
        m.end(),
        metric,
        _comparison(m["cmp"] or "", behind),
        _number(m["limit"]),
        _unit(m["unit"]),
        m["of"],
        True,
    )


def _cc_of(m: re.Match[str], text: str) -> _Match:
    del text
    return _Match(
        m.start(), m.end(), f"D{_plain(m['cc'])}cc", _comparison(m["cmp"] or ""), _number(m["limit"]), _unit(m["unit"])
    )


def _number_then_word(m: re.Match[str], text: str) -> _Match:
    del text
    comparison = _comparison(m["cmp"] or "") or "<="
    return _Match(m.start(), m.end(), _word_metric(m["word"]), comparison, _number(m[2]), _unit(m[3]))


def _bare_target(m: re.Match[str], text: str) -> _Match | None:
    if not _is_target_name(text):
        return None
    return _Match(m.start(), m.end(), f"D{_plain(m[1])}%", _comparison(m["cmp"]), _number(m[3]), _unit(m[4]))


_WEAK = ("is", "are", "to", "of", "at", "=", ":", "within")


def _plain_limit(m: re.Match[str], text: str) -> _Match | None:
    if _is_target_name(text):
        return None
    if re.search(
        r"\bthird|\bhalf\b|\d ?(?:cc|ml|%) of\b|\d%", re.split(r"[;,.]\s", text[: m.start()])[-1], re.IGNORECASE
    ):
        return None
    if m["cmp"].lower() in _WEAK and not re.search(r"anywhere|max|point", m["rest"], re.IGNORECASE):
        return None
    return _Match(m.start(), m.end(), "max", _comparison(m["cmp"]), _number(m[2]), _unit(m[3]))


_NOT_A_NAME = r"(?:no|not|less|more|limited|kept|keep|below|under|above|over|at|up|is|are|to|gy|cgy|of|dose|or|and|in|max|mean|within|should|must|may|stay|than|goal|limit|shall|remain|will|can|has|have|never|needs?|lower|less)\b"
_METRIC_THEN_NAME = re.compile(
    rf"(?<![\w.])(?P<metric>[dv]\s?\d+(?:\.\d+)?(?![.,]?\d)\s?(?:cgy|gy|%|cc)?|d?(?:max(?:imum)?|mean|min(?:imum)?)(?: point)?(?: dose)?(?:\s?\(0?\.0\d+ ?cc\))?|average(?: dose)?)\s+(?:to |of |for |in )?(?:the |both |each )?"
    rf"(?P<of>(?:(?!{_NOT_A_NAME})[a-z][\w.-]*)(?: (?!{_NOT_A_NAME})[a-z][\w.-]*){{0,2}}?)\s*[:,]?\s*(?:(?:shall|should|must|may|is|are|to|will|remain|be|stay|kept|not to be) )*(?P<cmp>{_NOT_LESS}|{_LESS}|{_MORE})?\s*(?P<limit>\d+(?:[.,]\d+)?)\s?(?P<unit>cgy|gy|%)(?P<orless>\s*(?:or|and) (?:less|lower|below|under|more|above|higher))?",
    re.IGNORECASE,
)
_CC_OF_DOSE = re.compile(
    rf"(?<![\w.])(?P<cc>\d*\.?\d+)\s?cc\s*(?:dose )?(?P<cmp>{_LESS})\s*(?P<limit>\d+(?:\.\d+)?)\s?(?P<unit>c?gy)",
    re.IGNORECASE,
)
_READERS = (
    (_COVERAGE, _coverage),
    (_VOLUME_ABOVE, _volume_above),
    (_DOSE_TO_SHARE, _dose_to_share),
    (_DOSE_TO_CC, _dose_to_cc),
    (_CC_OF_DOSE, _cc_of),
    (_MEAN_OF, _mean_of),
    (_WORD_OF_DOSE, _mean_of),
    (_MEASURE, _measure),
    (_METRIC_THEN_NAME, _metric_of),
    (_NUMBER_THEN_WORD, _number_then_word),
    (_BARE_TARGET, _bare_target),
    (_PLAIN_LIMIT, _plain_limit),
)


def _completed(metric: str, unit: str, limit: float, is_target: bool) -> tuple[str, str]:
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
    low = words.lower().strip()
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


def _is_target_name(name: str) -> bool:
    return bool(_TARGET.match(name))


def _name_before(grammar: Grammar, text: str, at: int, table: bool, carried: str) -> str:
    """The structure named before a place: the last known one, or in a table the first cell."""
    before = text[:at]
    target = list(_TARGET.finditer(before))
    organs = list(compile_list(grammar, "organ").finditer(lowered(before)))
    best = max((m.end() for m in (*target, *organs)), default=-1)
    if best < 0:
        if table:
            name = _tidy(re.split(r"\s{2,}|[:|]", before)[0])
            return (
                name
                if name
                and len(name.split()) <= 4
                and not _HEADER_WORDS.fullmatch(name)
                and any(c.isalpha() for c in name)
                else ""
            )
        return (
            carried
            if not _tidy(before[-40:])
            or re.search(r"(?:[,;]|\band)\s*$", before)
            or len(_tidy(before)) < 3
            or re.search(r"[,;]\s*(?:and\s+)?(?:its |the )?$", before)
            else _after_last_separator(before, carried)
        )
    found = next(m for m in (*target, *organs) if m.end() == best)
    if before[found.start() : found.end()].lower() in ("volume", "target") and (carried or table):
        return carried
    start = found.start()
    whole = re.search(
        r"[\w.]+\s*(?:-|–|minus|excluding|less|without|outside)\s*(?:the )?$", before[:start], re.IGNORECASE
    )
    if whole and found in target:
        organ = [m for m in organs if m.end() <= start and start - m.start() < 40]
        start = organ[-1].start() if organ else start
    return _widened(before, start, found.end())


def _after_last_separator(before: str, carried: str) -> str:
    last = re.split(r"[,;]", before)[-1]
    return carried if not _tidy(last) and carried else ""


def _name_after(grammar: Grammar, text: str, at: int) -> str:
    behind = text[at : at + 40]
    found = re.match(
        r"\s*(?:to|of|for|in|at)\s+(?:any (?:point|part|spot) (?:of|in|on|to|within) )?(?:the |both |each |any )?",
        behind,
        re.IGNORECASE,
    )
    if not found:
        return ""
    rest = behind[found.end() :]
    organ = compile_list(grammar, "organ").match(lowered(rest)) or _TARGET.match(rest)
    return rest[: organ.end()] if organ else ""


def _widened(text: str, start: int, stop: int) -> str:
    """A structure's name with the side before or behind it and what hangs on it, such as Fem. head L or Lungs-ITV."""
    side = re.search(
        r"(?:\b(?:left|right|lt|rt|both|l|r|bilateral|ipsilateral|contralateral|total|whole|spinal|small|large|oral|fem)\.?\s+){1,2}$",
        text[:start],
        re.IGNORECASE,
    )
    start = side.start() if side else start
    behind = re.match(
        r"(?:[-_+/.\w]*)(?:\s*[(]?\b(?:L|R|LT|RT|left|right|total|PRV|bag|head|heads|neck|cavity|gland|glands|wall|minus \w+|- ?[A-Z]TV\w*|combined|both)\b\.?[)]?){0,3}",
        text[stop:],
        re.IGNORECASE,
    )
    stop += behind.end() if behind else 0
    return _tidy(text[start:stop])


def _tidy(name: str) -> str:
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


def _beginning(text: str, start: int, name: str) -> int:
    at = text.rfind(name, 0, start)
    return at if at >= 0 and start - at < 60 else start
