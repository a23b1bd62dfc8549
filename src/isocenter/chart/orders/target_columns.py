"""Doses of targets, or of phases, that each head a column of a table: a row for the dose, the dose of a fraction, the fractions."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from isocenter.chart.orders.dose_numbers import MOST_GY
from isocenter.chart.orders.dose_tables import (
    COUNT_COLUMN,
    DOSE_COLUMN,
    EACH_COLUMN,
    NOT_ORDERED,
    TARGET,
    TOTAL,
    OrderedDose,
    gy_of_column,
)
from isocenter.chart.pages.passages import Sentence, each_row_once

_COLUMN = re.compile(
    r"(?<![\w-])(?:(?:PTV|CTV|GTV|ITV)(?=[\W\d_]|$)|(?<=\s)(?:grand )?(?:total|sum)$|(?:phase|course|part) ?(?:\d|I{1,3}\b|[AB]\b)|initial\b|boost\b|cone ?-?down\b)",
    re.IGNORECASE,
)
_VALUE = re.compile(r"\d+(?:\.\d+)?\s?(?:c?gy|rads?|fx|fractions|tx)?(?:/(?:fx|fraction|day))?", re.IGNORECASE)
_FEWEST_COLUMNS, _MOST_WORDS_OF_A_NAME, _MOST_WORDS_BEFORE = 2, 4, 2
_SAME_GY = 0.6
_LEAST_TOTAL_GY, _MOST_EACH_GY = 4.0, 12.5


class _Table(NamedTuple):
    """The names that head the columns, and the rows of values below them: label, a value for each name, the sentence."""

    names: tuple[str, ...]
    rows: list[tuple[str, list[str], Sentence]]


def doses_in_target_columns(sentences: Sequence[Sentence]) -> tuple[list[OrderedDose], set[int]]:
    """The doses of the targets or phases that head columns, and the rows that give them.

    A table gives none where a dose is not that of a fraction in the fractions, or where it has no row of doses and not
    both others.
    """
    found: list[OrderedDose] = []
    rows: set[int] = set()
    for table in _tables(sentences):
        ordered = [one for at in range(len(table.names)) if (one := _of_column(table, at)) is not None]
        if len(ordered) == len(table.names):
            found.extend(ordered)
            rows.update(sentence.row for _, _, sentence in table.rows)
    return found, rows


def _tables(sentences: Sequence[Sentence]) -> Iterator[_Table]:
    table = _Table((), [])
    for sentence in each_row_once(sentences):
        names = _names(sentence.text) if sentence.row >= 0 else ()
        values = _values(sentence.text, len(table.names)) if sentence.row >= 0 and not names else None
        if values is not None:
            table.rows.append((*values, sentence))
            continue
        if table.rows:
            yield table
        if names and not table.rows and len(names) == len(table.names):  # the targets below their phases
            names = tuple(f"{above} {name}" for above, name in zip(table.names, names, strict=True))
        if names or sentence.row < 0 or table.rows:
            table = _Table(names, [])
    if table.rows:
        yield table


def _names(text: str) -> tuple[str, ...]:
    """The names of the columns of a row that holds them and at most the name of its first column; () where it is none."""
    starts = [found.start() for found in _COLUMN.finditer(text)]
    names = tuple(text[at:stop].strip() for at, stop in pairwise([*starts, len(text)]))
    if len(names) < _FEWEST_COLUMNS or len(text[: starts[0]].split()) > _MOST_WORDS_BEFORE or "," in text:
        return ()
    return names if all(len(name.split()) <= _MOST_WORDS_OF_A_NAME for name in names) else ()


def _values(text: str, number: int) -> tuple[str, list[str]] | None:
    """The label of a row and its values, as many as there are columns; None where it is another row."""
    if number < _FEWEST_COLUMNS or NOT_ORDERED.search(text):
        return None
    values = list(_VALUE.finditer(text))[-number:]
    between = [text[one.end() : other.start()] for one, other in pairwise(values)]
    if len(values) < number or text[values[-1].end() :].strip() or any(part.strip() for part in between):
        return None
    label = text[: values[0].start()].strip()
    is_known = any(kind.search(label) for kind in (COUNT_COLUMN, EACH_COLUMN, DOSE_COLUMN))
    return (label, [one[0] for one in values]) if is_known else None


def _of_column(table: _Table, at: int) -> OrderedDose | None:
    total = each = count = None
    line = table.rows[0][2]
    for label, values, sentence in table.rows:
        if COUNT_COLUMN.search(label):
            count = int(values[at].split()[0]) if values[at].split()[0].isdigit() else None
        elif EACH_COLUMN.search(label):
            each = gy_of_column(label, values[at])
        else:
            total, line = gy_of_column(label, values[at]), sentence
    product = each * count if each is not None and count else None
    dose = total if total is not None else product
    if dose is None or not _LEAST_TOTAL_GY <= dose <= MOST_GY or (each is not None and each > _MOST_EACH_GY):
        return None
    if product is not None and abs(product - dose) > _SAME_GY:
        return None
    name = table.names[at]
    target = TARGET.search(name)
    return OrderedDose(
        dose,
        count,
        name[target.start() :] if target else "",
        TOTAL.search(name) is not None,
        "boost" in name.lower(),
        line.placed,
        f"{name} {line.text}",
    )
