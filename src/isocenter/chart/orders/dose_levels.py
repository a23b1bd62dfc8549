"""Targets that bear their dose in their name beside the dose of one fraction, such as: PTV_5940 at 1.8 and PTV_5412 at 1.64."""

import re
from collections.abc import Sequence

from isocenter.chart.grammar.assertion import Cues
from isocenter.chart.orders.dose_numbers import COUNT_ONLY, HUNDREDTHS, count_only
from isocenter.chart.orders.dose_tables import TARGET, OrderedDose
from isocenter.chart.orders.ordered_parts import OrdersOfText
from isocenter.chart.orders.phases import implied_gy
from isocenter.chart.pages.passages import Sentence

_EACH = re.compile(
    r"\s*(?:[,:(@]|\b(?:at|gets?|receives?|with|to get)\b)?\s*(\d{1,3}(?:\.\d{1,2})?)\s?(c?gy)?(?![\w.%]|\s?(?:mm|cm|cc|x)\b|/\d)",
    re.IGNORECASE,
)
_EACH_BEFORE = re.compile(
    r"(?<![\w.])(\d{1,3}(?:\.\d{1,2})?)\s?(c?gy)(?: each)? (?:to|for|on|at|in) (?:the |each )?$", re.IGNORECASE
)
_SAME_GY = 0.6
_LEAST_EACH_GY, _MOST_EACH_GY = 1.0, 12.5


def levels_in(cues: Cues, sentences: Sequence[Sentence]) -> tuple[OrderedDose, ...] | None:
    """The doses in Gy of two or more targets treated together, each in its name, highest first; empty where none are given so.

    None where the names and the doses of one fraction do not fit the one number of fractions: which is right is not known.
    """
    counts = {
        count_only(m)
        for sentence in sentences
        if TARGET.search(sentence.text)
        for m in COUNT_ONLY.finditer(sentence.text)
    }
    if len(counts) != 1:
        return ()
    (count,) = counts
    levels: list[OrderedDose] = []
    does_fit = True
    for sentence in sentences:
        beside = [(name, each) for name in TARGET.finditer(sentence.text) if (each := _each_of(sentence.text, name))]
        orders = OrdersOfText(sentence.text, cues, [name.span() for name, _ in beside])
        for name, each_gy in beside:
            named_gy = implied_gy(name[1])
            if named_gy is not None and orders.orders(name.span(), may_report=False):
                total_gy = each_gy * count
                does_fit = does_fit and abs(total_gy - named_gy) < _SAME_GY
                levels.append(OrderedDose(total_gy, count, name[1], False, False, sentence.placed, sentence.text))
    if len({one.target.lower() for one in levels}) < 2:
        return ()
    return tuple(sorted(levels, key=lambda one: -one.dose_gy)) if does_fit else None


def _each_of(text: str, name: re.Match[str]) -> float | None:
    """The dose in Gy of one fraction right before or behind the name of a target; None where none stands there."""
    found = _EACH_BEFORE.search(text[: name.start()]) or _EACH.match(text, name.end())
    if found is None:
        return None
    each = float(found[1])
    is_in_hundredths = (found[2] or "").lower() in HUNDREDTHS or (found[2] is None and each >= 100)
    gy = each / 100 if is_in_hundredths else each
    return gy if _LEAST_EACH_GY <= gy <= _MOST_EACH_GY else None
