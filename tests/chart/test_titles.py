"""Titles as clinics write them, each with the documents that its paper may be."""

from pathlib import Path

from isocenter.chart.grammar.grammar import PaperType, grammar_of
from isocenter.chart.pages.layout import Box, Cell, Row, Word
from isocenter.chart.papers.titles import title_of
from isocenter.rulebook.rulebook import load_policy

TITLES = Path(__file__).parent / "titles_of_papers.txt"


def _row(text: str) -> Row:
    words, left = [], 50.0
    for word in text.split():
        words.append(Word(word, Box(left, 90.0, left + 6.0 * len(word), 102.0), 13.0, bold=True))
        left += 6.0 * len(word) + 6.0
    return Row((Cell(tuple(words)),))


def _documents_of(paper: PaperType | None) -> set[str]:
    if paper is None:
        return set()
    if paper.none or paper.facility:
        return {"none" if paper.none else "facility"}
    return {*paper.kinds, *paper.may_be}


def test_titles_of_many_clinics_name_the_kind_of_paper() -> None:
    grammar = grammar_of(load_policy("imrt").folder / "chart")
    wrong, titles = [], TITLES.read_text(encoding="utf-8").splitlines()
    for line in titles:
        kinds, _, title = line.partition(": ")
        found = _documents_of(title_of(grammar, _row(title), 10.0, False, True))
        if not set(kinds.split("+")) <= found:
            wrong.append((title, sorted(found)))
    assert len(wrong) <= 0.03 * len(titles), wrong
