"""Slips on one page: lines that name the patient above each, titles beside their days, and heads that recur above each."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from isocenter.chart.grammar.grammar import Grammar
from isocenter.chart.pages.layout import Row
from isocenter.chart.papers.titles import title_of_words
from isocenter.chart.patient.identity_marks import names_the_patient
from isocenter.chart.words.dates import first_date, has_date
from isocenter.chart.words.people import people_in

_FEWEST_LINES_OF_THE_PATIENT = 3
_FEWEST_DATED_TITLES, _SHARE_OF_KNOWN_TITLES = 4, 0.5
_FEWEST_DATED_HEADINGS, _SHARE_OF_KNOWN_HEADINGS = 6, 0.3
_FEWEST_HEADS_OF_RECORDS, _CELLS_OF_TWO_FIELDS = 3, 4
_LONGEST_LABEL = 6
_WEEKDAY = re.compile(r"\W*\b(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?$", re.IGNORECASE)
_COUNTED = re.compile(r"^\W*(?:[A-Z]?\d{1,2}[a-z]?)[.)]?\s+(?=[A-Z])")
_NO_LABEL = re.compile(
    r"[:;]|[.]\s|\b(?:signed|sign|e-?sig|approved|reviewed|checked|verified|printed|faxed|dictated|typed|scanned|date|dob|born|page|due|by|start(?:ed)?|until|since|seen|given|read|ordered|received|entered|written|requested)\b",
    re.IGNORECASE,
)
_NO_END = re.compile(
    r"\b(?:on|of|to|from|dated|the|and|at|was|is|are|were|for|in|with|done|made|ended|finished|before|after|than)$",
    re.IGNORECASE,
)
_BEHIND_A_DAY = re.compile(r"^\W*(?:\([^()]{1,30}\)|[\w-]{1,12})?\W*$")
_SHARE_OF_CAPITALS = 0.7


def patient_lines(pages: Sequence[Sequence[Row]]) -> set[str]:
    """Lines that name the patient above every slip: they repeat, on one page too."""
    on_each = [Counter(row.text for row in rows if names_the_patient(row.text)) for rows in pages]
    whole = sum(on_each, Counter[str]())
    return {
        text
        for text, times in whole.items()
        if times >= _FEWEST_LINES_OF_THE_PATIENT and max(page[text] for page in on_each) > 1
    }


def record_heads(pages: Sequence[Sequence[Row]]) -> set[tuple[str, str]]:
    """Labels of two fields in one row, one of them a day, that recur above each entry of a record system."""
    found = Counter(
        head
        for rows in pages
        for row, following in pairwise(rows)
        if (head := head_of_record(row)) and head != head_of_record(following)
    )
    return {head for head, times in found.items() if times >= _FEWEST_HEADS_OF_RECORDS}


def head_of_record(row: Row) -> tuple[str, str] | None:
    """The labels of a row of two fields that begins with a day, such as: Date | 3 May 2024 0900 | Type | Visit."""
    cells = [cell.text.strip(" :") for cell in row.cells]
    if len(cells) != _CELLS_OF_TWO_FIELDS or not has_date(cells[1]):
        return None
    labels = cells[0], cells[2]
    return labels if all(label and not any(c.isdigit() for c in label) for label in labels) else None


def labels_a_paper(row: Row, *, any_letters: bool = False) -> bool:
    """Whether a line is a few words in capitals or bold letters and a day, such as: BOLUS SHEET 4/2/2024.

    With `any_letters` the words need only begin with a capital letter, or with the number of a section.
    """
    text = row.text
    found = first_date(text)
    if found is None or not _BEHIND_A_DAY.match(text[found.stop :]):
        return False
    label = text[: found.start].strip(" ,|–-")
    label = words_of_a_label(text) if any_letters else label
    words = label.split()
    if (
        not 1 <= len(words) <= _LONGEST_LABEL
        or not label[0].isalpha()
        or _NO_LABEL.search(label)
        or _NO_END.search(label)
    ):
        return False
    letters = [letter for letter in label if letter.isalpha()]
    capitals = sum(letter.isupper() for letter in letters) >= _SHARE_OF_CAPITALS * len(letters)
    if not (capitals or row.bold or (any_letters and label[0].isupper())) or len(letters) < 2:
        return False
    return not any(person.credentials or person.is_doctor for person in people_in(text))


def words_of_a_label(text: str) -> str:
    """The words of a heading without its number, its day and the day of the week."""
    found = first_date(text)
    label = text[: found.start] if found else text
    return _COUNTED.sub("", _WEEKDAY.sub("", label.strip(" ,|–-")).strip(" ,|–-"))


def dated_headings(grammar: Grammar, rows: Sequence[Row]) -> bool:
    """Whether a chart heads its papers by a few words in any letters with the day beside them."""
    labels = [row.text for row in rows if len(row.cells) <= 2 and labels_a_paper(row, any_letters=True)]
    known = sum(title_of_words(grammar, words_of_a_label(text)) is not None for text in labels)
    return len(labels) >= _FEWEST_DATED_HEADINGS and known >= _SHARE_OF_KNOWN_HEADINGS * len(labels)


def dated_titles(grammar: Grammar, rows: Sequence[Row]) -> bool:
    """Whether a chart heads its papers by titles in capitals with the day beside them."""
    labels = [row.text for row in rows if labels_a_paper(row)]
    known = sum(title_of_words(grammar, text) is not None for text in labels)
    return len(labels) >= _FEWEST_DATED_TITLES and known >= _SHARE_OF_KNOWN_TITLES * len(labels)
