"""Charts of 126 made-up practices, each in its own voice: what they state is found, what only seems so is not taken."""

import random
from pathlib import Path

import pytest

from isocenter.chart.abstract import abstract_pages
from isocenter.chart.chart_json import as_json_shape
from isocenter.chart.grammar.grammar import Grammar, grammar_of
from isocenter.rulebook.rulebook import load_policy
from tests.chart.marked_papers import compare, found_in, marked_charts, page_of

VOICES = sorted((Path(__file__).parent / "voices").glob("*.txt"))


@pytest.mark.slow
def test_charts_in_many_voices_are_read_with_precision_before_recall() -> None:
    rulebook = load_policy("imrt")
    grammar = grammar_of(rulebook.folder / "chart")
    charts = [chart for path in VOICES for chart in marked_charts(path, rulebook)]
    elements, signatures = compare([(chart, found_in(chart, grammar, rulebook)) for chart in charts])
    assert elements.precision >= 0.97
    assert elements.recall >= 0.93
    assert signatures.precision >= 0.97
    assert signatures.recall >= 0.95
    assert len(elements.taken) + len(signatures.taken) <= 2, [*elements.taken, *signatures.taken]


ODD = [
    "1,234,567",
    "99999999",
    "V(",
    "D0",
    "1/0",
    "0/0/0000",
    "[[",
    "{}",
    "☒",
    "%",
    "≤",
    "1.2.3",
    "12,5,3 %",
    "31/02/2024",
    "20241399",
]


@pytest.fixture(scope="module")
def grammar() -> Grammar:
    return grammar_of(load_policy("imrt").folder / "chart")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_words_of_charts_in_any_order_are_read_without_an_error(seed: int, grammar: Grammar) -> None:
    rulebook = load_policy("imrt")
    chance = random.Random(seed)
    words = [*VOICES[seed % len(VOICES)].read_text(encoding="utf-8").split(), *ODD * 40]
    lines = []
    for _ in range(30):
        kind = chance.choice(["# ", "| ", "", ""])
        lines.append(kind + (" | " if kind == "| " else " ").join(chance.choices(words, k=chance.randint(1, 14))))
    found = abstract_pages([page_of("\n".join(lines), 1)], grammar, rulebook.folder)
    for document in as_json_shape(found)["documents"]:
        assert all(row["page"] == 1 and row["quote"] for row in (*document["elements"], *document["signatures"]))
