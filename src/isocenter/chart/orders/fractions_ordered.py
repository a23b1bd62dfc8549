"""The fractions that sentences order, and the doses of one fraction."""

import re
from collections.abc import Collection, Iterator, Sequence

from isocenter.chart.grammar.assertion import Cues
from isocenter.chart.orders.dose_numbers import COUNT_ONLY, NUMBER, count_only, in_gy
from isocenter.chart.orders.dose_tables import OrderedDose
from isocenter.chart.orders.doses_ordered import nearest_target
from isocenter.chart.orders.doses_set_aside import is_of_another_order
from isocenter.chart.orders.ordered_parts import OrdersOfText
from isocenter.chart.pages.passages import Sentence

_OF_ONE_FRACTION = re.compile(
    rf"(?<![\w.]){NUMBER}\s?(c?gy)\s*(?:/|per|a|each)\s*(?:daily )?(?:fx|fractions?|day|treatment|session)?\b"
    rf"|\b(?:dose(?: (?:per|a) ?| ?/ ?)(?:fx|fraction|day)|daily dose|fraction(?:al)? (?:dose|size))\W{{1,3}}{NUMBER}\s?(c?gy)\b"
    rf"|(?<![\w.]){NUMBER}\s?(c?gy) (?:daily|qd|q\.d\.|bid|b\.i\.d\.|twice (?:a day|daily))(?!\w)"
    rf"|\bgy at {NUMBER}\s?(c?gy)\b(?=\s*(?:[;,.]|$))",
    re.IGNORECASE,
)
_LEAST_DAILY_GY, _MOST_DAILY_GY = 1.0, 12.5
_MOST_FRACTIONS = 45


def daily_doses(cues: Cues, sentences: Sequence[Sentence]) -> Iterator[OrderedDose]:
    """The doses of one fraction that sentences order, each with its target, such as: PTV60 at 2 Gy/fx."""
    for sentence in sentences:
        text = sentence.text
        found = list(_OF_ONE_FRACTION.finditer(text))
        orders = OrdersOfText(text, cues, [match.span() for match in found])
        for match in found:
            number, unit = (group for group in match.groups() if group)
            gy = in_gy(number, unit)
            if (
                _LEAST_DAILY_GY <= gy <= _MOST_DAILY_GY
                and not is_of_another_order(text, match.start())
                and orders.orders(match.span(), may_report=False)
            ):
                yield OrderedDose(gy, None, nearest_target(text, match.start()), False, False, sentence.placed, text)


def whole_number_of(dose_gy: float, daily_gy: Collection[float]) -> int | None:
    """The fractions that make up a dose by the one daily dose of an order; None where they are no whole number."""
    if len(daily_gy) != 1:
        return None
    number = dose_gy / next(iter(daily_gy))
    whole = round(number)
    return whole if 1 <= whole <= _MOST_FRACTIONS and abs(number - whole) * 100 < 1 else None


_ADDED = re.compile(
    r"\badd(?:s|ed|ing|itional)?\b\W{0,2}(\d{1,2})\b[^.;\d]{0,40}?(?:from\s+)?(\d{1,2})\s?(?:to|->|→)\s?(\d{1,2})\b",
    re.IGNORECASE,
)  # such as: add 3 fractions (30 to 33)


def _count_with_added(sentences: Sequence[Sentence]) -> int | None:
    """The fractions of a course after an order that adds some; None where none does, or its numbers do not fit."""
    for sentence in sentences:
        found = _ADDED.search(sentence.text)
        if found is not None and int(found[2]) + int(found[1]) == int(found[3]):
            return int(found[3])
    return None


def fraction_count(sentences: Sequence[Sentence]) -> int | None:
    """The one number of fractions that sentences give apart from a dose, after what an order adds; None where none does."""
    after_addition = _count_with_added(sentences)
    if after_addition is not None:
        return after_addition
    for sentence in sentences:
        found = COUNT_ONLY.search(sentence.text)
        if found and not re.search(
            r"after|per week|weekly|first|(?<!per )(?<!each )fraction \d", sentence.text, re.IGNORECASE
        ):
            return count_only(found)
        if re.search(r"fractions?\b|# ?fx|number of fx", sentence.label, re.IGNORECASE) and not re.search(
            r"dose|per|size", sentence.label, re.IGNORECASE
        ):
            number = re.search(r"(?<![\d.])\d{1,2}(?![\d.]|\s?c?gy)", sentence.text.split(":")[-1], re.IGNORECASE)
            if number and int(number.group()):
                return int(number.group())
    return None
