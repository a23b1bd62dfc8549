"""Statements by the words of a sentence together, where no phrase finds them, and all that keeps them from counting."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from shutil import copytree

import pytest

from isocenter.chart.abstract import abstract_pages
from isocenter.chart.grammar.grammar import Grammar, grammar_of, read_grammar
from isocenter.chart.grammar.phrases import Lists
from isocenter.chart.grammar.word_weights import StatedSentence, WordWeights
from isocenter.chart.pages.passages import sentences
from isocenter.chart.statements.check import line_of, unknown_names
from isocenter.chart.statements.statements import PaperStatements
from isocenter.errors import BrokenRule
from isocenter.rulebook.rulebook import load_policy
from tests.chart.marked_papers import page_of

RULEBOOK = load_policy("imrt")
LISTS = Lists({"organ": ["rectum", "bladder", "liver"]})
NEAR = [
    f"The {organ} lies {how} the gland." for organ in ("rectum", "bladder") for how in ("hard by", "just under", "upon")
]
FAR = [
    f"The {thing} was {done} on Monday."
    for thing in ("form", "letter", "bill")
    for done in ("written", "sent", "filed")
]


@pytest.fixture(scope="module")
def grammar() -> Grammar:
    return grammar_of(RULEBOOK.folder / "chart")


@pytest.fixture(scope="module")
def weights() -> WordWeights:
    near = [StatedSentence("note", "near", text) for text in NEAR]
    return WordWeights([*near, *(StatedSentence("note", "", text) for text in FAR)], LISTS)


def stated(grammar: Grammar, kind: str, element: str, texts: Sequence[str]) -> tuple[bool, bool]:
    """Whether a paper of a kind states an element by a phrase, and by the weight of words."""
    entry = next(e for e in grammar.entries if (e.kind, e.element) == (kind, element))
    paper = PaperStatements(grammar, [s for text in texts for s in sentences([line_of(text)])])
    return bool(paper.of(entry)), paper.weighed(entry) is not None


def test_words_of_sentences_that_state_an_element_speak_for_it(weights: WordWeights) -> None:
    near, far = weights.weigh("note", "near", "the rectum lies beside the gland"), weights.weigh("note", "near", FAR[0])
    assert near is not None and near.weight > 2
    assert far is None or far.weight < 0


def test_a_word_of_a_list_weighs_as_the_others_of_it(weights: WordWeights) -> None:
    of_list = weights.weigh("note", "near", "the liver lies upon the gland")
    of_none = weights.weigh("note", "near", "the carpet lies upon the gland")
    assert of_list is not None and of_none is not None
    assert of_list.weight > of_none.weight


def test_metrics_and_units_count_as_words_whatever_their_number() -> None:
    reached = [StatedSentence("note", "reached", f"D{n} reached {n}.{n} Gy") for n in range(90, 96)]
    filed = [StatedSentence("note", "", text) for text in FAR]
    found = WordWeights([*reached, *filed], LISTS).weigh("note", "reached", "d98% 47.1 cgy")
    assert found is not None
    assert found.weight > 0


def test_where_the_words_stand_that_speak_for_it(weights: WordWeights) -> None:
    text = "on monday the rectum lies upon the gland"
    found = weights.weigh("note", "near", text)
    assert found is not None
    assert text[found.start : found.stop] == "rectum lies upon the gland"


def test_a_sentence_in_other_words_or_of_one_word_weighs_nothing(weights: WordWeights) -> None:
    assert weights.weigh("note", "near", "gland thyroxine levothyroxine daily tablets breakfast") is None
    assert weights.weigh("note", "near", "gland") is None


def test_what_few_sentences_state_or_nobody_counted_is_not_weighed(weights: WordWeights) -> None:
    assert weights.weigh("note", "other", NEAR[0]) is None
    assert weights.weigh("other", "near", NEAR[0]) is None
    few = WordWeights([StatedSentence("note", "near", NEAR[0]), StatedSentence("note", "", FAR[0])], LISTS)
    assert few.weigh("note", "near", NEAR[0]) is None


FREE = [
    (
        "necessity_statement",
        "compared_with_3d",
        "Side portals with one from below would have meant 58 Gy for both parotids.",
    ),
    (
        "clinical_planning_note",
        "tumor_localization",
        "Trouble sits at eleven o'clock of the right base and shoulders the capsule.",
    ),
    (
        "dosimetric_verification",
        "setup_verified",
        "Cylinder pushed under the crosshair, bubble centered, cone beam residual 0.3 mm.",
    ),
]


@pytest.mark.parametrize(("kind", "element", "text"), FREE)
def test_free_sentences_are_found_by_their_words(grammar: Grammar, kind: str, element: str, text: str) -> None:
    assert any(stated(grammar, kind, element, [text]))


@pytest.mark.parametrize(
    ("kind", "element", "texts"),
    [
        (
            "necessity_statement",
            "compared_with_3d",
            ["Portals from four sides will be laid out by dosimetry next week."],
        ),
        (
            "necessity_statement",
            "condition_prior_irradiation",
            ["The mass begins at the verge and ends 1 cm above the line."],
        ),
        (
            "dosimetric_verification",
            "portal_images",
            ["Portal images: n/a for this plan.", "Files went to the archive of the month."],
        ),
        ("dosimetric_verification", "deviation_resolved", ["Temperature 21.8 C, pressure 1011 hPa, warm-up 15 min."]),
        ("respiratory_motion_record", "motion_managed", ["Her mother held her breath for every field in 2009."]),
        ("necessity_statement", "condition_narrow_margins", ["The margins of 7 mm are those that we always use."]),
    ],
)
def test_what_is_planned_denied_of_others_or_of_something_else_is_not(
    grammar: Grammar, kind: str, element: str, texts: list[str]
) -> None:
    assert stated(grammar, kind, element, texts) == (False, False)


def test_words_argue_for_imrt_only_in_a_paper_that_is_a_necessity_statement(grammar: Grammar) -> None:
    said = "Laterals with a low anterior field were the other way and meant 66 Gy for both parotids."
    for title, is_found in (("# Statement of Medical Necessity for IMRT", True), ("# Dosimetry Worksheet", False)):
        text = f"{title}\nDate: 03/03/2025\n{said}\nThe cord lies 2 mm from the target.\nAnn Lee, MD, signed 03/03/2025"
        found = abstract_pages([page_of(text, 1)], grammar, RULEBOOK.folder)
        assert is_found is any(e.element == "compared_with_3d" for d in found.documents for e in d.elements)


@pytest.mark.parametrize(
    "table",
    [
        "kind,sentence\nvisit_note,Seen today.\n",
        "",
        "kind,element,sentence\nvisit_note\n",
        "kind,element,sentence\na,b,c,d\n",
    ],
)
def test_a_table_of_sentences_that_cannot_be_read_is_named(tmp_path: Path, table: str) -> None:
    folder = copytree(RULEBOOK.folder / "chart", tmp_path / "chart")
    (folder / "sentences.csv").write_text(table, encoding="utf-8")
    with pytest.raises(BrokenRule, match="columns kind, element and sentence"):
        read_grammar(folder)


def test_an_element_that_no_policy_knows_is_named_by_the_check(grammar: Grammar) -> None:
    strange = WordWeights([StatedSentence("visit_note", "mood", "She is in good spirits.")], LISTS)
    assert list(unknown_names(grammar, RULEBOOK)) == []
    assert any("visit_note.mood" in wrong for wrong in unknown_names(replace(grammar, weights=strange), RULEBOOK))


def test_work_at_the_simulator_weighs_only_where_a_physician_is_named(grammar: Grammar) -> None:
    for who, is_found in (("RTT", False), ("The therapist", False), ("Dr. Lee", True), ("I", True)):
        said = f"{who} tried the mouth prop, trimmed it by 3 mm and went for the origin."
        assert any(stated(grammar, "simulation_record", "physician_work", [said])) is is_found
