"""Phrases of a stranger's policy that are of another shape are named by their file, and none is read."""

import shutil
from pathlib import Path

import pytest

from isocenter.chart.grammar.grammar import read_grammar
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
