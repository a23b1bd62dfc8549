"""Charts of 36 made-up practices, each in its own voice: what they state is found, what only seems so is not taken."""

from pathlib import Path

import pytest

from isocenter.chart.grammar import read_grammar
from isocenter.rulebook.rulebook import load_policy
from tests.chart.marked_papers import compare, found_in, marked_charts

VOICES = sorted((Path(__file__).parent / "voices").glob("*.txt"))


@pytest.mark.slow
def test_charts_in_many_voices_are_read_with_precision_before_recall() -> None:
    rulebook = load_policy("imrt")
    grammar = read_grammar(rulebook.folder / "chart")
    charts = [chart for path in VOICES for chart in marked_charts(path, rulebook)]
    elements, signatures = compare([(chart, found_in(chart, grammar, rulebook)) for chart in charts])
    assert elements.precision >= 0.97
    assert elements.recall >= 0.93
    assert signatures.precision >= 0.97
    assert signatures.recall >= 0.95
    assert len(elements.taken) + len(signatures.taken) <= 2, [*elements.taken, *signatures.taken]
