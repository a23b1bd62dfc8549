"""The fields that a record system prints below a note: its type, its status, and who performed and verified it."""

import re

from isocenter.chart.grammar.grammar import Grammar
from isocenter.chart.papers.paper import Paper
from isocenter.chart.papers.paper_ends import is_signed
from isocenter.chart.papers.row_places import Place
from isocenter.chart.papers.title_places import NOTE_TYPE
from isocenter.chart.papers.titles import title_of
from isocenter.chart.words.people import has_credentials

_FIELD = re.compile(r"^\W*[A-Z][A-Za-z/ ]{2,28}:(?:\s|$)")
_ACT = re.compile(
    r"\b(?:performed|perform|verified|verify|signed|sign|authenticated|approved|modified|transcribed|completed) by\s*:",
    re.IGNORECASE,
)
_FEWEST_WORDS_OF_A_SENTENCE, _FEWEST_LINES_OF_A_NOTE = 7, 3


def is_trailer(grammar: Grammar, place: Place, current: Paper) -> bool:
    """Whether a row that names the type of a note is the first of the fields below the note that the paper holds.

    The fields of a head are above a text; below those of a trailer the page ends, or another title follows.
    """
    if not NOTE_TYPE.match(place.row.text) or not _is_an_open_note(current):
        return False
    behind = list(place.page[place.at :])
    fields = next((at for at, row in enumerate(behind) if not _FIELD.match(row.text)), len(behind))
    if not any(_ACT.search(row.text) for row in behind[:fields]):
        return False
    if fields == len(behind):
        return True
    return title_of(grammar, behind[fields], place.size, place.capitals, True) is not None


def _is_an_open_note(current: Paper) -> bool:
    """Whether a paper holds text, nobody has signed it, and no such fields head it."""
    texts = [line.row.text for line in current.lines]
    return (
        len(texts) >= _FEWEST_LINES_OF_A_NOTE
        and any(len(text.split()) >= _FEWEST_WORDS_OF_A_SENTENCE and not _names_somebody(text) for text in texts)
        and not is_signed(current)
        and not any(NOTE_TYPE.match(text) for text in texts)
    )


def _names_somebody(text: str) -> bool:
    return has_credentials(text)
