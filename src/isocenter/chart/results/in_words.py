"""Measured results in a few words that no page holds, such as the detail of an element in a case file."""

from collections.abc import Iterator
from datetime import date

from isocenter.chart.pages.passages import Sentence
from isocenter.chart.pages.placed import Placed
from isocenter.chart.results.result_words import MEASUREMENT
from isocenter.chart.results.verifications import verifications_in
from isocenter.intake.verification_criteria import with_result
from isocenter.terms.plans import Verification


def measured_in_words(words: str, plan_id: str, course_id: str, day: date | None) -> Iterator[Verification]:
    """The measurements that the words of a verification state, read as a sentence of its paper would be."""
    sentence = Sentence(Placed(words, ()), "", "", None, -1)
    for found in verifications_in([sentence], calculation=False):
        if found.kind == MEASUREMENT:
            row = Verification(
                plan_id, course_id, MEASUREMENT, found.field, day, found.criteria, found.value, found.unit
            )
            yield with_result(row)
