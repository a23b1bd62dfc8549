"""Kinds of papers told by their words, by who signed, and by what they state; and what examples of papers teach."""

from pathlib import Path

import pytest

from isocenter.chart.course.learning_kinds import check_kind_weights, learn_kinds, read_paper_examples
from isocenter.chart.grammar.grammar import Grammar
from isocenter.chart.grammar.kind_weights import ALWAYS, KindWeights, features_of, read_kind_weights, write_kind_weights
from isocenter.errors import BrokenRule
from tests.chart.reading import read

_EXAMPLES = "lot,kinds,roles,text\n" + "".join(
    f'{lot},weekly_management_note,radiation_oncologist,"Skin pink, eats well. Ada Quillfeather, MD"\n'
    f"{lot},weekly_physics_check,medical_physicist,Monitor units agree\n"
    for lot in (1, 2, 3)
)


@pytest.mark.parametrize(
    ("page", "kinds"),
    [
        (
            "# Under the beam\n3/4/2026. Fractions 1-5. He was examined, nausea grade 1, ondansetron helps.\n"
            "Ada Winter, MD 3/4/2026 (signed electronically)",
            ["weekly_management_note"],
        ),
        (
            "# Plan, gone through\n3/4/2026\nI scrolled through the CT with PTV, cord and lungs outlined on it.\n"
            "Isodose lines of 60, 40 and 20 Gy were looked at in three planes.\n"
            "DVH: PTV D95 58 Gy, lungs V20 24 %, cord 38 Gy.\n"
            "Ada Winter, MD 3/4/2026 (signed electronically)",
            ["image_review", "dvh_review"],
        ),
        (
            "# Visit to the dietitian\n3/4/2026. Weight 71 kg, two supplement drinks a day, appetite fair.",
            [],
        ),
        (
            "# What the plan gives\n3/4/2026\nHistograms read: target D95 38.6 Gy; heart mean 3.4 Gy, lung V18 27 %.\n"
            "Ada Winter, MD 3/4/2026 (signed electronically)",
            [],
        ),
        ("# Checked\nChecked by Ole Ray, PhD 3/4/2026", []),
    ],
)
def test_a_paper_under_a_title_of_its_own_is_what_its_words_and_signers_tell(
    grammar: Grammar, page: str, kinds: list[str]
) -> None:
    assert sorted(one.kind for one in read(grammar, page).documents) == sorted(kinds)


def test_a_plan_report_in_which_a_physician_reviews_the_plan_is_a_review_of_it(grammar: Grammar) -> None:
    review = (
        "3/4/2026\n"
        "I looked at every slice on which GTV, CTV and PTV appear, and at liver, kidneys and cord on the same set.\n"
        "Isodose curves in axial, coronal and sagittal sections were looked at.\n"
        "For targets the histograms give V95 96 %; for organs they give liver mean 18 Gy and cord 31 Gy.\n"
        "Ada Winter, MD 3/4/2026 14:44 (signed electronically)"
    )
    printed = (
        "3/4/2026\n| Field | Gantry | MU\n| 1 | 181 | 210\n| 2 | 40 | 190\nComputed by inverse planning, 2 arcs.\n"
        "Planned by: Bea Lund, CMD 3/4/2026"
    )
    assert {one.kind for one in read(grammar, f"# Plan synopsis\n{review}").documents} == {"image_review", "dvh_review"}
    assert "plan_report" in {one.kind for one in read(grammar, f"# Plan synopsis\n{printed}").documents}


def test_words_and_signers_of_examples_tell_a_kind_and_names_do_not(tmp_path: Path) -> None:
    (tmp_path / "kind_examples.csv").write_text(_EXAMPLES, encoding="utf-8")
    examples = read_paper_examples(tmp_path / "kind_examples.csv")
    taught = learn_kinds(examples)
    assert taught["weekly_physics_check", "units"] > 0 > taught["weekly_management_note", "units"]
    assert taught["weekly_physics_check", "role=medical_physicist"] > 0
    assert not any("quillf" in feature for _, feature in taught)
    weights = KindWeights(taught).of(features_of(["The monitor units agree."], ["medical_physicist"]))
    assert weights["weekly_physics_check"] > 0 > weights["weekly_management_note"]
    assert learn_kinds([]) == {}
    assert not KindWeights({})


def test_a_long_paper_weighs_no_more_for_repeating_what_is_usual() -> None:
    weights = KindWeights({("a", ALWAYS): -1.0, ("a", "one"): 2.0, ("a", "two"): 2.0})
    assert weights.of(["one", "unknown"]) == {"a": 1.0}
    assert weights.of(["one", "two"])["a"] == pytest.approx(-1.0 + 4.0 * 2**-0.25)


def test_weights_that_the_examples_do_not_teach_are_a_mistake_of_the_policy(tmp_path: Path) -> None:
    assert check_kind_weights(tmp_path) == []
    examples, weights = tmp_path / "kind_examples.csv", tmp_path / "kind_weights.csv"
    examples.write_text(_EXAMPLES, encoding="utf-8")
    (mistake,) = check_kind_weights(tmp_path)
    assert mistake.endswith("write the weights again with python -m isocenter.chart.course")
    write_kind_weights(weights, learn_kinds(read_paper_examples(examples)))
    assert check_kind_weights(tmp_path) == []
    weights.write_text("kind,weight\n", encoding="utf-8")
    assert [one.partition(":")[0] for one in check_kind_weights(tmp_path)] == ["kind_weights.csv"]


@pytest.mark.parametrize(
    "text", ["", "kind,feature\n", "kind,feature,weight\na,b,much\n", "kind,feature,weight\na,b,inf\n"]
)
def test_a_damaged_file_of_weights_is_named_with_what_to_do(tmp_path: Path, text: str) -> None:
    (tmp_path / "kind_weights.csv").write_text(text, encoding="utf-8")
    with pytest.raises(
        BrokenRule, match=r"kind_weights\.csv: .*write it again with python -m isocenter\.chart\.course"
    ):
        read_kind_weights(tmp_path / "kind_weights.csv")


@pytest.mark.parametrize("text", ["", "lot,text\n", "lot,kinds,roles,text\n1,a\n"])
def test_a_damaged_file_of_examples_is_named_with_what_to_do(tmp_path: Path, text: str) -> None:
    (tmp_path / "kind_examples.csv").write_text(text, encoding="utf-8")
    with pytest.raises(BrokenRule, match=r"kind_examples\.csv: .*lot, kinds, roles, text"):
        read_paper_examples(tmp_path / "kind_examples.csv")
