"""How a chart marks its papers: numbered forms, counted sections, titles beside days, heads of records, a style."""

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from isocenter.chart.grammar.grammar import Grammar
from isocenter.chart.pages.layout import Row
from isocenter.chart.papers.record_fields import labels_of_heads
from isocenter.chart.papers.slips import dated_headings, dated_titles, patient_lines, record_heads
from isocenter.chart.papers.title_styles import TitleStyle, styles_of_titles
from isocenter.chart.papers.titles import title_of_form, title_of_words
from isocenter.chart.papers.weekly_entries import RANGE_OF_SESSIONS

NUMBERED_FORM = re.compile(
    r"^\W*([A-Za-z]{3,})\.? ((?:No\.? ?|# ?)?[A-Z]{0,4}[-.]?\d{1,8}(?:[-.]\d{1,6})*[A-Z]?)\b(?=\W+[A-Za-z])"
)  # such as: Form RT-104 Prescription, Encounter 4427-811 Prescription Order
COUNTED_SECTION = re.compile(r"^(\d{1,2})[a-z]?[.)]? (?=[A-Z]{2}[A-Z]*\b)(?!\S+ [A-Z/]{0,3}[\d%])")
_LABEL_BEFORE_A_VALUE = re.compile(r":\s+\S")  # as in: 1. TESTS: PET/CT read
_FEWEST_SECTIONS = 5
_FEWEST_FORMS, _SHARE_OF_TITLES, _SHARE_OF_A_LIST = 3, 0.5, 0.5


class Habits(NamedTuple):
    """How a chart marks its papers."""

    numbered: frozenset[str]  # words before the number of a form, such as: form
    counts_sections: bool  # papers are counted through, such as: 3 SIM SHEET, 3a CAPTURE
    dates_titles: bool  # titles in capitals stand beside their days
    dates_headings: bool  # a few words in any letters stand beside their days
    record_heads: frozenset[tuple[str, str]]  # labels of two fields above each entry
    field_heads: frozenset[tuple[str, ...]]  # labels of the fields that head each entry on one line
    patient_lines: frozenset[str]  # lines that name the patient above each slip
    title_styles: frozenset[TitleStyle]  # in which little but titles is printed


def habits_of(grammar: Grammar, pages: Sequence[tuple[int, Sequence[Row]]]) -> Habits:
    """How a chart of these pages marks its papers."""
    every = [row for _, rows in pages for row in rows]
    return Habits(
        frozenset(_numbered_titles(grammar, every)),
        _counts_sections(grammar, every),
        dated_titles(grammar, every),
        dated_headings(grammar, every),
        frozenset(record_heads([rows for _, rows in pages])),
        labels_of_heads(grammar, every),
        frozenset(patient_lines([rows for _, rows in pages])),
        styles_of_titles(grammar, [rows for _, rows in pages]),
    )


def _counts_sections(grammar: Grammar, rows: Sequence[Row]) -> bool:
    """Whether a chart counts its papers through by headings in capitals, of which most are known titles."""
    found = [
        (int(match[1]), row)
        for row in rows
        if (match := COUNTED_SECTION.match(row.text)) and not _LABEL_BEFORE_A_VALUE.search(row.text)
    ]
    known = sum(title_of_words(grammar, COUNTED_SECTION.sub("", row.text)) is not None for _, row in found)
    rising = sum(after >= before for (before, _), (after, _) in itertools.pairwise(found))
    return (
        len({number for number, _ in found}) >= _FEWEST_SECTIONS
        and known >= _SHARE_OF_TITLES * len(found)
        and rising >= 0.8 * (len(found) - 1)
    )


def _numbered_titles(grammar: Grammar, rows: Sequence[Row]) -> set[str]:
    """The words with which a set of numbered forms begins each title, such as: Form RT-101 Simulation.

    Numbered lines one right below the other are a list within a paper, such as: Check 1 Targets, Check 2 Isodoses. Ranges of sessions number the
    treatment, such as: Fractions 6-10 seen.
    """
    forms: dict[str, dict[str, bool]] = {}
    listed: Counter[str] = Counter()
    before = ""
    for row in rows:
        found = NUMBERED_FORM.match(row.text) if not RANGE_OF_SESSIONS.match(row.text) else None
        word = found[1].lower() if found is not None else ""
        if found is not None:
            forms.setdefault(word, {})[found[2]] = title_of_form(grammar, row) is not None
            listed[word] += word == before
        before = word
    return {
        word
        for word, numbers in forms.items()
        if len(numbers) >= _FEWEST_FORMS
        and sum(numbers.values()) >= _SHARE_OF_TITLES * len(numbers)
        and listed[word] < _SHARE_OF_A_LIST * len(numbers)
    }
