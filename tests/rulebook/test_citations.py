"""Citations have one form, and point to passages of a copy of the text."""

from pathlib import Path

import pytest

from isocenter.errors import UnknownName, UnreadableInput
from isocenter.rulebook.citations import Citation, Passages, Section, parse_citation
from isocenter.rulebook.rulebook import load_policy

_SECTIONS = (
    Section("plan", "^Of plans", "after", "Plans"),
    Section("list", "^The list", "with", "List"),
)
_SINGLE = """Of plans

One sentence here. Another
sentence there.

Second paragraph:

• first item
of two lines

• second item

The list is this.
"""


def test_the_form_of_a_citation() -> None:
    assert parse_citation("77301, paragraph 2, item 3") == Citation("77301", 2, "item", 3)
    assert parse_citation("77301, heading") == Citation("77301", 0, "", 0)
    with pytest.raises(UnknownName, match="is no citation"):
        parse_citation("section 77301")


@pytest.mark.parametrize("text", [_SINGLE, _SINGLE.replace("\n", "\n\n").replace("\n\n\n\n", "\n\n \n\n")])
def test_paragraphs_items_and_sentences_are_found_in_copies_of_either_spacing(text: str) -> None:
    passages = Passages(text, _SECTIONS)
    assert passages.passage("plan, heading") == "Of plans"
    assert passages.passage("plan, paragraph 1") == "One sentence here. Another sentence there."
    assert passages.passage("plan, paragraph 1, sentence 2") == "Another sentence there."
    assert passages.passage("plan, paragraph 2, item 1") == "first item of two lines"
    assert passages.passage("list, paragraph 1") == "The list is this."


def test_what_the_text_does_not_hold_is_told() -> None:
    passages = Passages(_SINGLE, _SECTIONS)
    with pytest.raises(UnknownName, match="has 2 paragraphs, not 9"):
        passages.passage("plan, paragraph 9")
    with pytest.raises(UnknownName, match="no section nowhere"):
        passages.passage("nowhere, paragraph 1")


def test_another_text_is_not_taken_for_the_policy(tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("A text about something else.\n")
    with pytest.raises(UnreadableInput, match="does not look like the policy text"):
        Passages.read(other, load_policy("imrt").sections)


def test_every_citation_of_the_policy_resolves(policy_text: Path) -> None:
    rulebook = load_policy("imrt")
    passages = Passages.read(policy_text, rulebook.sections)
    for rule in rulebook.rules:
        assert passages.passage(rule.cites)
