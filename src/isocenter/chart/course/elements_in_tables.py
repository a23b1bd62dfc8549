"""Elements of documents that the tables of a paper state: its fields, monitor units, compensators, limits, results."""

import re
from collections.abc import Sequence

from isocenter.chart.course.paper_read import PaperRead
from isocenter.chart.grammar.entries import Entry, TableSource
from isocenter.chart.grammar.grammar import Grammar
from isocenter.chart.pages.passages import Sentence
from isocenter.chart.statements.statements import Statement

_FIELD_HEADER = re.compile(
    r"\bgantry\b|\b(?:start|begin)\b.*\b(?:stop|end|incr\w*|arc length|sweep)\b|\bfrom\b.*\bto\b|\bangle\b",
    re.IGNORECASE,
)
_FIELD_NAME = re.compile(
    r"\b(?:beam|field|fld|arc|rotation|port|portal|#|no\.?|name|coll(?:imator)?|mu)\b|#", re.IGNORECASE
)
_PORT = re.compile(r"\W*(?:port|field|beam)?\W*(\w{1,8})\b", re.IGNORECASE)
_COMPENSATOR = re.compile(r"milled|file|map|thick|mm|brass|designed|check", re.IGNORECASE)
_SURE_OF_A_ROW = 0.9
_NOT_MADE = re.compile(
    r"to be (?:milled|made|cut|designed|cast|machined|fabricated|checked|calculated)|not (?:yet )?(?:calculated|milled|made|cut|cast|machined|finished|ready)|yet to be|in work|ordered|to follow|pending|not done|not checked|not designed|n/a|_{3,}|missing|not yet|awaited|outstanding|on order|\bblank\b",
    re.IGNORECASE,
)


def stated_in_tables(grammar: Grammar, one: PaperRead, kinds: Sequence[str]) -> list[Statement]:
    """The elements of documents of some kinds that the tables of a paper state."""
    return [found for entry in grammar.entries_of(kinds) for found in _stated(grammar, one, entry)]


def _stated(grammar: Grammar, one: PaperRead, entry: Entry) -> list[Statement]:
    """What the tables of a paper state of one element."""
    match entry.source:
        case TableSource.TARGET_CONSTRAINTS | TableSource.CRITICAL_CONSTRAINTS:
            return _limits(grammar, one, entry)
        case TableSource.FIELDS:
            return _fields(one, entry)
        case TableSource.MEASURED_RESULTS:
            return _measured(grammar, one, entry)
        case TableSource.MONITOR_UNITS:
            return _monitor_units(grammar, one, entry)
        case TableSource.COMPENSATORS:
            return _compensators(one, entry)
        case TableSource.NONE:
            return []


def _limits(grammar: Grammar, one: PaperRead, entry: Entry) -> list[Statement]:
    of_targets = entry.source is TableSource.TARGET_CONSTRAINTS
    limits = [limit for limit in one.contents(grammar).limits if limit.is_target is of_targets]
    return [Statement(entry.kind, entry.element, "", first.placed, first.sureness) for first in limits[:1]]


def _fields(one: PaperRead, entry: Entry) -> list[Statement]:
    rows = _rows_under(one.sentences, _FIELD_HEADER) or [s for s in one.sentences if _is_a_rotation(s)]
    detail = str(len(rows)) if entry.element == "portal_count" else ""
    return [_of_row(entry, detail, first) for first in rows[:1]]


_ROTATION = re.compile(
    r"\b(?:c?cw|(?:counter-?)?clockwise)\b\W{0,3}(?:from )?\d{1,3}(?:\.\d)?\s?(?:°|deg)?\s?(?:-|–|→|to|/)\s?\d{1,3}(?:\.\d)?\b",
    re.IGNORECASE,
)


def _is_a_rotation(sentence: Sentence) -> bool:
    """Whether a row without headings gives an arc by its direction and from where to where it turns."""
    return sentence.row >= 0 and not sentence.label and _ROTATION.search(sentence.text) is not None


def _measured(grammar: Grammar, one: PaperRead, entry: Entry) -> list[Statement]:
    results = [found for found in one.contents(grammar).results(calculation=False) if found.kind == "measurement"]
    return [Statement(entry.kind, entry.element, "", first.placed, first.sureness) for first in results[:1]]


def _monitor_units(grammar: Grammar, one: PaperRead, entry: Entry) -> list[Statement]:
    """One statement for each field that was checked; of the units themselves one for all fields."""
    calculation = one.paper.type is not None and "dosimetry_calculation" in one.paper.type.kinds
    results = one.contents(grammar).results(calculation=calculation)
    checks = [found for found in results if found.kind == "independent_calculation"]
    if entry.element == "independent_check":
        return [Statement(entry.kind, entry.element, check.field, check.placed, check.sureness) for check in checks]
    with_units = [check for check in checks if _shows_units(check.placed.text)]
    return [Statement(entry.kind, entry.element, "", first.placed, first.sureness) for first in with_units[:1]]


_UNITS = re.compile(r"\bMUs?\b|\bmonitor units?\b", re.IGNORECASE)
_NUMBER_BUT_NO_SHARE = re.compile(r"(?<![\w.+−-])\d+(?:\.\d+)?(?![\w.]|\s?(?:%|percent))")
_PLANNED_AND_CHECKED = 2


def _shows_units(text: str) -> bool:
    """Whether a check names monitor units or gives the planned and the checked ones, and not their deviation alone."""
    return _UNITS.search(text) is not None or len(_NUMBER_BUT_NO_SHARE.findall(text)) >= _PLANNED_AND_CHECKED


def _compensators(one: PaperRead, entry: Entry) -> list[Statement]:
    """One statement for each row of a compensator that has been made, with its port or field."""
    found: list[Statement] = []
    for row in (s for s in one.sentences if s.row >= 0 and not s.label):
        number = _PORT.match(row.text)
        said = " ".join([row.text, *(column.name for column in row.columns)])
        is_made = re.search(r"\d", row.text) and _COMPENSATOR.search(said) and not _NOT_MADE.search(row.text)
        if number and is_made and (any(c.isdigit() for c in number[1]) or len(number[1]) == 1):
            found.append(_of_row(entry, number[1], row))
    return found


def _of_row(entry: Entry, detail: str, row: Sentence) -> Statement:
    return Statement(entry.kind, entry.element, detail, row.placed, _SURE_OF_A_ROW * row.placed.sureness)


def _rows_under(some: Sequence[Sentence], header: re.Pattern[str]) -> list[Sentence]:
    """Rows of numbers below a row that heads a table of fields."""
    rows: list[Sentence] = []
    open_table = False
    for sentence in some:
        if sentence.row < 0:
            open_table = open_table and not rows
            continue
        if sentence.label:
            continue
        cells = sentence.text.split()
        if (
            header.search(sentence.text)
            and _FIELD_NAME.search(sentence.text)
            and not any(c.isdigit() for c in sentence.text)
        ):
            open_table = True
        elif open_table and sum(any(c.isdigit() for c in cell) for cell in cells) >= 3:
            rows.append(sentence)
        elif open_table and rows:
            break
    return rows
