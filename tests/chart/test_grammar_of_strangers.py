"""Phrases of a stranger's policy that are of another shape are named by their file, and none is read."""

import shutil
from pathlib import Path

import pytest

from isocenter.chart.grammar.grammar import read_grammar
from isocenter.chart.grammar.phrases import Lists, compile_phrase
from isocenter.errors import BrokenRule
from isocenter.rulebook.rulebook import load_policy


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("statements.toml", "a = 5\n"),
        ("statements.toml", "[a]\nb = 5\n"),
        ("statements.toml", "lists = 5\n"),
        ("statements.toml", "abbreviations = {a = 1}\n"),
        ("papers.toml", "paper = 5\n"),
        ("papers.toml", 'paper = ["x"]\n'),
        ("papers.toml", "fillers = 5\n"),
        ("papers.toml", "weak = 5\n"),
        ("cues.toml", "a = 5\n"),
        ("cues.toml", "[a]\nb = 5\n"),
    ],
)
def test_phrases_of_another_shape_are_refused_by_their_file(file: str, text: str, tmp_path: Path) -> None:
    folder = tmp_path / "chart"
    folder.mkdir()
    for name in ("statements.toml", "papers.toml"):
        (folder / name).write_text("", encoding="utf-8")
    for name in ("cues.toml", "signing.toml"):
        shutil.copy(load_policy("imrt").folder / "chart" / name, folder)
    read_grammar(folder)
    (folder / file).write_text(text, encoding="utf-8")
    with pytest.raises(BrokenRule, match=f"^{file}: a value in it is of another kind"):
        read_grammar(folder)


@pytest.mark.parametrize(
    ("lists", "phrase", "says"),
    [
        ({"a": ["{b}"], "b": ["x", "{a}"]}, "{a}", "the list 'a' names itself, or lists that name it"),
        ({"a": ["{a} x"]}, "y {a}", "the list 'a' names itself"),
        (
            {"l0": ["word"], **{f"l{n}": [f"{{l{n - 1}}} {{l{n - 1}}}"] for n in range(1, 40)}},
            "{l39}",
            "100,000 letters",
        ),
        ({"l0": ["word " * 1000], "l1": ["{l0}"] * 1000}, "{l1}", "100,000 letters"),
        ({}, "word " * 20_000, "100,000 letters"),
        ({}, "* * * *", "more than 4 gaps, or more than 2"),
        ({}, "plan ... plan ... plan ... plan ... plan ... plan", "more than 4 gaps"),
        ({}, "[plan] " * 9 + "zebra", "more than 8 parts that may be absent"),
    ],
)
def test_a_phrase_that_would_fill_the_memory_or_be_looked_for_without_end_is_refused(
    lists: dict[str, list[str]], phrase: str, says: str
) -> None:
    with pytest.raises(BrokenRule, match=says) as refused:
        compile_phrase(phrase, Lists(lists), "statements.toml")
    assert len(str(refused.value)) < 400
