"""Results of several fields in one series of numbers, such as: Arcs 1-4: 99.0, 98.2, 97.7, 98.9 %."""

import re
from collections.abc import Iterator

from isocenter.chart.pages.passages import Sentence
from isocenter.chart.results.result_words import (
    CALCULATION,
    CRITERIA,
    HIGHEST_OF_CHECK,
    HIGHEST_PASSING,
    LOWEST_PASSING,
    MEASUREMENT,
    Evidence,
    VerificationFound,
    criteria_shown,
    is_lower,
)

_SERIES = re.compile(
    r"\b(?:fields?|beams?|arcs?|ports?|portals?|f|b|a)\s?#?(?P<first>\d{1,2})\s?(?:-|–|to|thru|through)\s?[a-z]?(?P<last>\d{1,2})\s?[:=]?\s+"
    r"(?P<values>[+\-−]?\d{1,3}(?:\.\d+)?(?:\s?%)?(?:(?:\s?[,;/]\s?(?:and )?|\s(?:and|&)\s)[+\-−]?\d{1,3}(?:\.\d+)?(?:\s?%)?)+)(?![\d.])",
    re.IGNORECASE,
)
_VALUE = re.compile(r"[+\-−]?\d{1,3}(?:\.\d+)?")
_FEWEST_FIELDS, _SURENESS = 2, 0.85


def results_in_series(sentence: Sentence, lead: Evidence) -> Iterator[VerificationFound]:
    """One result for each field of a range, where it is followed by as many numbers as it has fields.

    Shares that pass where a comparison of dose planes leads, differences where a second calculation does.
    """
    found = _SERIES.search(sentence.text)
    if found is None:
        return
    fields = range(int(found["first"]), int(found["last"]) + 1)
    values = [float(text.replace("−", "-")) for text in _VALUE.findall(found["values"])]
    if len(fields) < _FEWEST_FIELDS or len(values) != len(fields):
        return
    passing = lead.gamma and all(LOWEST_PASSING <= value <= HIGHEST_PASSING for value in values)
    is_signed = not is_lower(sentence.text, found.start("values"), found.end())
    differing = lead.check and is_signed and all(abs(value) <= HIGHEST_OF_CHECK for value in values)
    kind = MEASUREMENT if passing else CALCULATION if differing else ""
    criteria = CRITERIA.search(sentence.text)
    shown = criteria_shown(criteria) if criteria else ""
    for field, value in zip(fields, values, strict=True) if kind else ():
        yield VerificationFound(
            kind, str(field), shown, value, "%", sentence.placed, _SURENESS * sentence.placed.sureness
        )
