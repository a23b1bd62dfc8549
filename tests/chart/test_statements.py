"""What sentences state, and what only seems to be stated."""

import hashlib
import tomllib

import pytest

from isocenter.chart.check import check_grammar, read_samples
from isocenter.chart.grammar import read_grammar
from isocenter.chart.phrases import Lists, compile_phrase
from isocenter.errors import BrokenRule
from isocenter.rulebook.rulebook import load_policy
from tests.chart.reading import POLICY

_SAMPLES = POLICY / "chart" / "samples.toml"


def test_no_sample_sentence_that_only_seems_to_state_something_is_taken_for_a_statement() -> None:
    read = read_samples(read_grammar(POLICY / "chart"), tomllib.loads(_SAMPLES.read_text()))
    assert [sample.sentence for sample in read if sample.taken and not sample.states] == []


def test_sentences_that_were_kept_apart_are_read_as_well_as_the_others() -> None:
    read = read_samples(read_grammar(POLICY / "chart"), tomllib.loads(_SAMPLES.read_text()))
    apart = [s for s in read if hashlib.sha256(s.sentence.encode()).digest()[0] % 3 == 0 and s.states]
    assert sum(sample.taken for sample in apart) >= 0.9 * len(apart)


def test_the_phrases_beside_the_policy_have_no_mistake() -> None:
    assert check_grammar(load_policy("imrt")) == []


@pytest.mark.parametrize(
    ("written", "text", "matches"),
    [
        ("(seen|examined) ... today", "seen in the clinic today", True),
        ("(seen|examined) ... today", "seen. today", False),
        ("weekly [treatment] visit", "weekly visit", True),
        ("weekly [treatment] visit", "weekly treatment visit", True),
        ("irradiat*", "was irradiated", True),
        ("# mm", "4.5 mm", True),
        ("port", "portal", False),
        ("tumor*", "the tumours", True),
        ("immobiliz*", "immobilised", True),
        ("centered", "centred", True),
    ],
)
def test_phrases_mean_what_the_page_on_charts_says(written: str, text: str, matches: bool) -> None:
    assert bool(compile_phrase(written, Lists({}), "here").search(text)) is matches


@pytest.mark.parametrize("written", ["(a|b", "a) b", "[a", "{nowhere}", ""])
def test_a_phrase_that_cannot_be_understood_is_named(written: str) -> None:
    with pytest.raises(BrokenRule, match="here"):
        compile_phrase(written, Lists({}), "here")


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ("the nodule rests on the bowel", True),
        ("bowel, on which the nodule rests", True),
        ("the nodule; bowel on which nothing rests", False),
        ("a nodule in the fat; it rests on the bowel", True),
        ("the nodule is near the bowel", False),
    ],
)
def test_concepts_are_found_in_any_order_within_one_part_of_a_sentence(text: str, matches: bool) -> None:
    assert bool(compile_phrase("nodule & rest* & bowel", Lists({}), "here").search(text)) is matches
