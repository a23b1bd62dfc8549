"""An index of phrases leaves out none that a text matches, whatever words the text is made of."""

import random

import pytest

from isocenter.chart.grammar.grammar import Grammar, grammar_of
from isocenter.chart.grammar.phrase_index import PhraseIndex
from isocenter.chart.grammar.phrases import Lists, Phrase, compile_phrase, lowered
from isocenter.rulebook.rulebook import load_policy
from tests.chart.test_voices import ODD, VOICES


@pytest.fixture(scope="module")
def grammar() -> Grammar:
    return grammar_of(load_policy("imrt").folder / "chart")


def _matches(phrase: Phrase, low: str) -> bool:
    """Whether a text holds every concept of a phrase, by the patterns alone."""
    return all(concept.pattern.search(low) for concept in phrase.concepts)


@pytest.mark.parametrize("seed", range(3))
def test_no_phrase_that_a_text_matches_is_left_out(seed: int, grammar: Grammar) -> None:
    phrases = [p for e in grammar.entries for some in (e.phrases, e.labels, e.unless) for p in some]
    index = PhraseIndex(enumerate(phrases))
    chance = random.Random(seed)
    lines = [line for path in VOICES for line in path.read_text(encoding="utf-8").split("\n")]
    texts = [
        *chance.sample(lines, 20),
        *(" ".join(chance.choices([*ODD, *" ".join(lines).split()], k=12)) for _ in range(5)),
    ]
    matched = 0
    for low in map(lowered, texts):
        held = {position for position, _ in index.may_match(low)}
        wanted = {position for position, phrase in enumerate(phrases) if _matches(phrase, low)}
        assert wanted <= held
        matched += len(wanted)
    assert matched


@pytest.mark.parametrize(
    ("written", "text", "held"),
    [
        ("weekly image review", "images were reviewed each week", False),
        ("weekly image review", "a review of the image, weekly", True),
        ("weekly [image] review", "a weekly review", True),
        ("(weekly|daily) images", "images taken at night", False),
        ("nodule & rest* & bowel", "a nodule by the bowel", False),
        ("# mm", "4.5 mm", True),
        ("#/#", "anything", True),
        ("immobiliz*", "immobilised", True),
        ("v20", "lung v20 below 35 %", True),
    ],
)
def test_a_phrase_is_asked_only_where_the_letters_that_it_needs_are(written: str, text: str, held: bool) -> None:
    index = PhraseIndex([("", compile_phrase(written, Lists({}), "here"))])
    assert bool(index.may_match(text)) is held


def test_a_word_of_any_length_is_looked_up_by_its_parts_as_long_as_stems() -> None:
    index = PhraseIndex([("", compile_phrase("immobiliz*", Lists({}), "here"))])
    letters = "".join(random.Random(1).choices("abcdefghijk", k=20_000))
    assert index.may_match(f"{letters}immobilizer{letters}")
    assert not index.may_match(letters * 2)
