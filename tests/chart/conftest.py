"""The grammar of charts, read once for all tests of this room: no test changes it."""

import pytest

from isocenter.chart.grammar.grammar import Grammar, grammar_of
from tests.chart.reading import POLICY


@pytest.fixture(scope="session")
def grammar() -> Grammar:
    return grammar_of(POLICY / "chart")
