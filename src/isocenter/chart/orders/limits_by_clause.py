"""Limits whose clause is understood word by word: a structure, a metric, a comparison and a value with its unit, in any order.

Such as: Hold the brainstem to 54 Gy and the cord to 45 Gy; no more than 110 % anywhere in PTV_70; plexus no more than
66 Gy to 0.1 cc. A clause with any other word is left to other readers.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from isocenter.chart.orders.limit_parts import (
    LESS,
    MORE,
    NOT_LESS,
    Limit,
    comparison_of,
    gy,
    is_target_name,
    metric_of_word,
    number_of,
    plain_number,
    unit_of,
)
from isocenter.chart.orders.volume_and_dose import Amount, bounded

_UNIT = r"(?:c?gy|%|percent|per cent|cc|cm3|cm³|ml)(?!\w)"
_OVER = r"(?:above|over|beyond|past|hotter than|higher than|more than|exceed(?:s|ing)?|receiving|getting|>=?|≥|at)"
_KINDS = {
    "border": r"[;,]|\.(?=\s|$)|\b(?:and|but|while)\b",
    "above": rf"(?:\bthat (?:receive|get|see)s? (?:at least )?(?=\d)|(?:\b(?:to )?(?:receiv|get|see)\w* )?(?<!\w){_OVER})\s*(?P<dose>\d+(?:\.\d+)?)\s?(?P<doseunit>c?gy)\b(?: or (?:more|higher|above))?",
    "metric": rf"\b(?P<letter>[dv])\s?(?P<at>\d+(?:\.\d+)?)\s?(?P<atunit>{_UNIT})?(?![\w.])",
    "size": r"(?:(?:\((?:D ?|to |in |at )?|\b(?:to|in|at|for) (?:the |any )?(?:hottest )?|\bhottest )(?P<cc>\d*\.?\d+)\s?(?:cc|cm3|cm³|ml)\b|\b(?:(?:to|in|at|for) (?:the |any )?)?hottest (?P<hottest>\d*\.?\d+)\s?%|\b(?:to|in|at|for) (?P<share>\d*\.?\d+)\s?%(?= of (?:the|each|either|both|any)\b))\)?",
    "word": r"\b(?:d ?)?(?:max(?:imum|imal|ima)?|mean|average)\b\.?(?: point)?(?: doses?)?|\bon average\b|\bhot ?spots?\b|\banywhere\b|\b(?:at )?any (?:one |single )?point\b|\bpoint (?:dose|max\w*)\b",
    "aside": r",\s*(?:excluding|minus|without|except|less) (?:the )?[PCGI]TV[\w.+-]*\s*,|\((?:minus|without|excluding|not|each|both|in|the|far|close|near|away|outside)\b[^()\d]*\)|\bon the (?:left|right)(?: side)?\b|\boutside (?:of )?(?:the |all |any )?(?:target|[pcg]tv)[\w.+-]*",
    "denied": r"\b(?:nothing|no (?:part|point|spot|voxel|bit|piece|portion|segment|loop|area|region)s?)(?= (?:in|of|on|within|inside)\b)|\bno(?= hot ?spots?\b)|\b(?:do not|don['’]t|never|not to|avoid|without) (?:let|allow|permit|tak|giv|bring|exceed)\w*",
    "sign": rf"(?<!\w)(?:{NOT_LESS}|(?!(?:is|are|to|of|at|=|:)(?!\w)){LESS}|{MORE})(?=[\s\d])",
    "covers": r"\b(?:cover|encompass|enclos)\w*(?: (?:by|with|at))?\b|\b(?:with|by|within)(?= (?:at least )?\d)",
    "behind": r"\bor (?:less|lower|below|under|more|above|higher)\b|\bat (?:the )?(?:very )?most\b|\btops\b|\bis (?:the |my )?(?:limit|ceiling|top|maximum)\b",
    "order": r"\b(?:keep|kept|hold|held|restrict(?:ed)?|bring|get|push|accept|allow|tolerate|permit)\b",
    "value": rf"(?<![\w.])(?P<number>\d+(?:\.\d+)?)\s?(?P<unit>{_UNIT})",
    "bare": r"(?<![\w.])\d{1,4}(?:\.5)?(?![\w/%]|\.\d|\s?/)",
    "filler": r"\b(?:with regard to|regarding|concerning|as (?:for|to))\b|[:=()–—]|\bof (?:it|them)\b|(?<=\s)-(?=\s)|\b(?:please|try|aim|i|we|want|would|like|ask|for|that|a|an|any|all|its|their|of|in|on|within|inside|to|at|be|being|is|are|should|must|shall|will|may|can|has|have|needs?|ought|stays?|remains?|go|come|rise|reach|receives?|gets?|see|take|doses?|down|now|always|ideally|preferably|if possible|only|each|no|not|volume|point)\b",
    "article": r"\b(?:the|both|each|either|her|his)\b",
    "pronoun": r"\b(?:it|them|they|this|these|those)\b",
    "name": r"[A-Za-z][\w+/'’-]*",
    "other": r"\S",
}
_PARTS = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _KINDS.items()), re.IGNORECASE)
_REASON = re.compile(
    r"because|since|as|due|given|when|unless|so|per|which|who|this|where|if|even|with|without", re.IGNORECASE
)  # behind a limit, with which what belongs to it ends
_MOST_WORDS_OF_A_NAME = 5
_WHOLE_DOSE = 100.0  # percent of the prescription, from which a share without a metric is a hot spot


class _Clause(NamedTuple):
    """What the words of a clause say; '' for what they leave out, as the name of a structure said before."""

    start: int
    stop: int
    name: str
    metric: str
    comparison: str
    limit: float
    unit: str


def limits_by_clause(text: str, found: Sequence[Limit]) -> Iterator[Limit]:
    """The limits of the clauses of a text in which nothing was found before."""
    before: _Clause | None = None
    for parts in _clauses(text, found):
        before = _understood(parts, text, before) if parts else None
        if before is not None:
            metric, comparison = before.metric or "max", before.comparison
            yield Limit(
                before.start, before.stop, metric, comparison, before.limit, before.unit, before.name, bool(before.name)
            )


def _clauses(text: str, found: Sequence[Limit]) -> Iterator[list[re.Match[str]]]:
    """The parts of each clause; names go on behind a comma or conjunction until a value follows.

    Nothing is in a clause that was read before.
    """
    clause: list[re.Match[str]] = []
    is_read = False
    for part in _PARTS.finditer(text):
        if any(one.start < part.end() and one.stop > part.start() for one in found):
            clause, is_read = [], True
            continue
        is_border = part.lastgroup == "border"
        if is_border and (is_read or part.group() in ";." or _is_whole(clause, text)):
            yield clause
            clause, is_read = [], False
        elif not is_read:
            clause.append(part)
    yield clause


def _is_whole(clause: Sequence[re.Match[str]], text: str) -> bool:
    """Whether a clause holds its value, or more words than the names that a value may follow."""
    kinds = {part.lastgroup for part in clause}
    return bool(kinds & {"value", "above", "bare"}) or ("name" in kinds and not _name(clause, text))


def _understood(parts: Sequence[re.Match[str]], text: str, before: _Clause | None) -> _Clause | None:
    """What a clause limits, by the one before it where it leaves out metric and comparison; None where a word stays unknown."""
    parts = _without_reason(parts)
    kinds = [part.lastgroup for part in parts]
    by_kind = dict(zip(reversed(kinds), reversed(parts), strict=True))  # the first of each kind
    name = _name(parts, text)
    is_of_before = text[: parts[0].start()].rstrip()[-1:] in (",", ";") or _is_of_the_hottest(by_kind)
    goes_on = not {"name", "aside"} & set(kinds) and is_of_before
    if not (name or goes_on) or {"other", "pronoun"} & set(kinds):
        return None
    of_share = _of_share_and_dose(parts, name, before)
    if of_share is not None:
        return of_share
    if any(kinds.count(kind) > 1 for kind in ("value", "above", "metric", "size", "sign")) or "covers" in kinds:
        return None
    value, above, bare = by_kind.get("value"), by_kind.get("above"), by_kind.get("bare")
    if bare is not None:
        if (
            value is not None
            or above is not None
            or kinds.count("bare") > 1
            or not ("word" in kinds or _is_of_points(by_kind))
        ):
            return None  # unknown of which number the unit was left out, or what it limits
        limit, unit = bare.group(), ""
    elif value is not None:
        limit, unit = value["number"], unit_of(value["unit"])
    elif above is not None:
        limit, unit = above["dose"], unit_of(above["doseunit"])
    else:
        return None
    comparison = _comparison(by_kind)
    metric = _metric(by_kind, unit)
    number = number_of(limit)
    if before is not None and not metric and not comparison and before.unit == unit:
        metric, comparison = before.metric, before.comparison
    if number is None or not (comparison or "word" in kinds):
        return None
    if not metric and (is_target_name(name) if unit in ("Gy", "cGy") else number < _WHOLE_DOSE or unit != "%"):
        return None  # unknown what is limited
    stop = max(part.end() for part in parts if part.lastgroup not in ("filler", "article"))
    return _Clause(parts[0].start(), stop, name, metric, comparison, number, unit)


def _is_of_the_hottest(by_kind: dict[str | None, re.Match[str]]) -> bool:
    """Whether a clause is of the hottest part of what the sentence before it limits."""
    size = by_kind.get("size")
    return size is not None and "hottest" in size.group().lower()


def _of_share_and_dose(parts: Sequence[re.Match[str]], name: str, before: _Clause | None) -> _Clause | None:
    """The share of a target that a dose covers, or of an organ that is to stay below a dose; None where it is neither.

    Such as: cover 95 % of PTV_50 with 47.5 Gy; kidneys: at least half of each below 18 Gy.
    """
    values = [at for at, part in enumerate(parts) if part.lastgroup == "value"]
    kinds = [part.lastgroup for part in parts]
    if len(values) != 2 or {"above", "metric", "size", "word", "denied"} & set(kinds):
        return None
    share, dose = (parts[at] for at in values)
    number, unit = number_of(share["number"]) or 0.0, unit_of(dose["unit"])
    if share["unit"] not in ("%", "percent", "per cent") or unit not in ("Gy", "cGy"):
        return None
    height = number_of(dose["number"]) or 0.0
    signs = [comparison_of(part.group()) for part in parts if part.lastgroup == "sign"]
    where = parts[0].start(), parts[values[1]].end(), name
    beside_dose = comparison_of(parts[values[1] - 1].group()) if parts[values[1] - 1].lastgroup == "sign" else ""
    is_spared = beside_dose == "<" and not is_target_name(name)
    if is_spared and all(sign.startswith(">") for sign in signs[:-1]):
        return _Clause(*where, f"V{gy(height, unit):g}Gy", "<=", round(100 - number, 1), "%")
    goes_on = before is not None and before.comparison == ">=" and not name
    is_least = all(sign.startswith(">") for sign in signs)
    if "covers" in kinds and is_least and (is_target_name(name) or goes_on):
        of_share = ">=" if len(signs) > bool(beside_dose) else ""
        limit = bounded(Amount(number, "%", of_share), Amount(height, unit, beside_dose))
        return _Clause(*where, limit.metric, ">=", limit.limit, limit.unit)
    return None


def _without_reason(parts: Sequence[re.Match[str]]) -> list[re.Match[str]]:
    """The parts of a clause up to the reason that follows its value, such as: because of the earlier course."""
    seen, kept = False, []
    for part in parts:
        if seen and part.lastgroup == "name" and _REASON.fullmatch(part.group()):
            break
        seen = seen or part.lastgroup in ("value", "above")
        kept.append(part)
    return kept


def _name(parts: Sequence[re.Match[str]], text: str) -> str:
    """The one run of words that can be a name, or a list of names; '' where there is none, or several."""
    runs: list[list[re.Match[str]]] = []
    last = ""
    for part in parts:
        kind = part.lastgroup or ""
        if kind == "name":
            if runs and last in ("name", "joins"):
                runs[-1].append(part)
            else:
                runs.append([part])
        joins = kind == "border" or (last == "name" and part.group().lower() == "of")
        last = "joins" if joins or (kind == "article" and last == "joins") else kind
    if len(runs) != 1:
        return ""
    names = text[runs[0][0].start() : runs[0][-1].end()]
    longest = max(len(one.split()) for one in re.split(r",|\band\b", names))
    return names if longest <= _MOST_WORDS_OF_A_NAME else ""


def _comparison(by_kind: dict[str | None, re.Match[str]]) -> str:
    sign, behind = by_kind.get("sign"), by_kind.get("behind")
    if "denied" in by_kind:
        return "<="
    if sign is None and behind is None:
        return "<=" if "order" in by_kind else ""
    words = behind.group() if behind is not None else ""
    if words and not words.lower().startswith("or"):
        words = "at most"  # such as: tops, is my ceiling
    return comparison_of(sign.group() if sign is not None else words, words)


_NO_POINT = re.compile(r"(?:no|not a|not one) (?:point|part|spot|voxel|bit)s?\b|nothing|none", re.IGNORECASE)


def _is_of_points(by_kind: dict[str | None, re.Match[str]]) -> bool:
    """Whether a clause says what no point of a structure may exceed."""
    sign = by_kind.get("sign")
    return "denied" in by_kind or (sign is not None and _NO_POINT.match(sign.group()) is not None)


def _metric(by_kind: dict[str | None, re.Match[str]], unit: str) -> str:
    named, word, size, above = (by_kind.get(kind) for kind in ("metric", "word", "size", "above"))
    if named is not None:
        return f"{named['letter'].upper()}{plain_number(named['at'])}{unit_of(named['atunit'] or '')}"
    if above is not None and "value" in by_kind:
        dose = number_of(above["dose"]) or 0.0
        return f"V{dose / 100 if above['doseunit'].lower() == 'cgy' else dose:g}Gy" if unit in ("%", "cc") else ""
    if size is not None:
        share = size["hottest"] or size["share"]
        return f"D{plain_number(share)}%" if share else f"D{plain_number(size['cc'])}cc"
    if word is None:
        return "max" if _is_of_points(by_kind) and unit != "cc" else ""
    return metric_of_word("mean" if "average" in word.group().lower() else word.group())
