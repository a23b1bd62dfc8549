"""What sentences state, and what only seems to be stated."""

import hashlib
import tomllib
from functools import cache
from pathlib import Path

import pytest

from isocenter.chart.grammar.grammar import Grammar, grammar_of
from isocenter.chart.grammar.phrases import Lists, compile_phrase
from isocenter.chart.pages.blocks import Line, body_size, is_heading
from isocenter.chart.pages.layout import Box, Cell, Row, Word
from isocenter.chart.pages.passages import sentences
from isocenter.chart.statements.check import SampleRead, check_grammar, line_of, read_samples, read_worse
from isocenter.chart.statements.statements import statements
from isocenter.errors import BrokenRule
from isocenter.rulebook.rulebook import load_policy
from tests.chart.marked_papers import page_of
from tests.chart.reading import POLICY, elements_of, read

_SAMPLES = POLICY / "chart" / "samples.toml"


@cache
def _samples_read() -> list[SampleRead]:
    return read_samples(grammar_of(POLICY / "chart"), tomllib.loads(_SAMPLES.read_text()))


def test_no_sample_sentence_that_only_seems_to_state_something_is_taken_for_a_statement() -> None:
    read = _samples_read()
    assert [sample.sentence for sample in read if sample.taken and not sample.states] == []


def test_sentences_that_were_kept_apart_are_read_as_well_as_the_others() -> None:
    read = _samples_read()
    apart = [s for s in read if hashlib.sha256(s.sentence.encode()).digest()[0] % 3 == 0 and s.states]
    assert sum(sample.taken for sample in apart) >= 0.9 * len(apart)


def test_the_phrases_beside_the_policy_have_no_mistake() -> None:
    assert check_grammar(load_policy("imrt")) == []


def _checked_with_samples(folder: Path, samples: str) -> list[str]:
    (folder / "samples.toml").write_text(samples, encoding="utf-8")
    return list(read_worse(grammar_of(POLICY / "chart"), folder))


def test_a_sample_that_is_read_worse_than_before_is_a_mistake(tmp_path: Path) -> None:
    samples = '[least]\nstates = 1\ntraps = 0\n["visit_note.records_review"]\nstates = ["It rained."]\n'
    (mistake,) = _checked_with_samples(tmp_path, samples)
    assert mistake.startswith("samples.toml: 0 sentences under states are read right, 1 were")
    assert "It rained." in mistake


def test_counts_of_samples_under_no_heading_are_a_mistake_and_not_passed_over(tmp_path: Path) -> None:
    (mistake,) = _checked_with_samples(tmp_path, "states = 5\ntraps = 0\n")
    assert mistake == ("samples.toml: states is under no heading; write how many are to be read right under [least]")


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
    "written", ["[a-z]+ md", "grade [0-9]", "seen (to )?day", "(be )kept", "(seen)? today", "dr. saw"]
)
def test_a_phrase_that_no_sentence_can_match_is_named(written: str) -> None:
    with pytest.raises(BrokenRule, match=r"^here: the phrase .* write|^here: the phrase .* leave the point out"):
        compile_phrase(written, Lists({}), "here")


def test_a_log_names_its_signers_row_by_row() -> None:
    assert _stated("signature_log", ("", "Oda Pike RN OP")) == {"signers_named"}
    assert _stated("signature_log", ("", "OP = Oda Pike RN")) == {"signers_named"}


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


def _stated(kind: str, *sections: tuple[str, str]) -> set[str]:
    """The elements that paragraphs under headings state."""
    grammar = grammar_of(POLICY / "chart")
    found = [s for heading, text in sections for s in sentences([line_of(text)], heading)]
    return {statement.element for statement in statements(grammar, found, (kind,))}


@pytest.mark.parametrize(
    ("text", "details"),
    [
        ("The stomach exceeds what I asked for by 2 Gy, ok. It cannot be mended, I accept it.", ["stomach"]),
        ("Over limit: stomach 46 vs 45 Gy. Reason: the node lies on it, bowel sparing comes first.", ["stomach"]),
    ],
)
def test_an_explanation_is_of_the_structure_whose_value_it_gives(text: str, details: list[str]) -> None:
    found = statements(grammar_of(POLICY / "chart"), list(sentences([line_of(text)])), ("dvh_review",))
    assert [one.detail.lower() for one in found if one.element == "constraints_explained"] == details


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("The left kidney is 2 Gy over my limit. I can live with it, the node comes first.", True),
        ("The left kidney is 2 Gy over my limit. The plan is redone tonight.", False),
        ("The left kidney is 2 Gy over my limit.", False),
    ],
)
def test_an_explanation_may_begin_in_one_sentence_and_end_in_the_next(text: str, stated: bool) -> None:
    assert ("constraints_explained" in _stated("dvh_review", ("", text))) is stated


@pytest.mark.parametrize(("heading", "stated"), [("To do", False), ("TODO", False), ("Setup", True)])
def test_nothing_is_stated_under_a_heading_of_what_is_still_to_be_done(heading: str, stated: bool) -> None:
    text = "Phantom aligned to the lasers and checked by a kV pair."
    assert bool(_stated("dosimetric_verification", (heading, text))) is stated


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("[x] VMAT [ ] electrons", True),
        ("[ ] VMAT [ ] electrons", False),
        ("VMAT is listed among the means of this clinic.", False),
    ],
)
def test_words_of_a_box_state_an_element_only_when_it_is_ticked(text: str, stated: bool) -> None:
    assert ("modality_choice" in _stated("clinical_planning_note", ("", text))) is stated


@pytest.mark.parametrize(
    ("text", "stated"),
    [("Supervising MD", False), ("Supervising MD: Ona Brandt", True), ("Dr. Brandt was in the building.", True)],
)
def test_a_supervising_physician_is_one_who_is_named(text: str, stated: bool) -> None:
    assert ("supervising_physician" in _stated("procedure_record", ("", text))) is stated


@pytest.mark.parametrize(
    ("kind", "element", "text"),
    [
        ("necessity_statement", "condition_concavity", "Not applicable: concave target; earlier course; higher dose."),
        ("special_physics_consultation", "separate_from_planning", "SEPARATE No. The sum is part of the plan."),
        ("necessity_statement", "condition_narrow_margins", "Narrow margins as such are not the reason."),
        ("special_treatment_record", "total_body", "Circle what applies: total body / hemibody / endocavitary"),
    ],
)
def test_what_is_denied_or_offered_as_a_choice_is_not_stated(kind: str, element: str, text: str) -> None:
    grammar = grammar_of(POLICY / "chart")
    assert not [s for s in statements(grammar, sentences([line_of(text)]), (kind,)) if s.element == element]


@pytest.mark.parametrize(
    ("paper", "kind", "element", "stated"),
    [
        ("| Physician work | --", "simulation_record", "physician_work", False),
        ("| Physician | *** (describe what the physician did) ***", "simulation_record", "physician_work", False),
        ("| Physician work | Dr. Oyelaran drew the borders", "simulation_record", "physician_work", True),
        ("| Records | See consult. Nothing new reviewed", "clinical_planning_note", "records_review", False),
        ("| Goal not met | Decision\n| Marrow V20Gy 76 % | --", "dvh_review", "constraints_explained", False),
        ("| Exceptions | None.", "dvh_review", "constraints_explained", False),
        ("Targets: ☒ outlined ☐ drawn by dosimetry", "simulation_record", "target_verification", False),
        ("Films reviewed ☐ Isodoses in three planes ☒", "image_review", "representative_isodoses", True),
        ("Films reviewed ☒ Isodoses in three planes ☐", "image_review", "representative_isodoses", False),
    ],
)
def test_a_field_of_a_form_that_nobody_filled_in_states_nothing(
    paper: str, kind: str, element: str, stated: bool
) -> None:
    lines = [Line(row, 1) for row in page_of(paper, 1).rows]
    found = statements(grammar_of(POLICY / "chart"), list(sentences(lines)), (kind,))
    assert any(statement.element == element for statement in found) is stated


@pytest.mark.parametrize(
    ("kind", "element", "text", "stated"),
    [
        ("clinical_planning_note", "device_selection", "Nothing has been settled; a mask or cushion may serve.", False),
        ("clinical_planning_note", "device_selection", "No decision was made, a wing board is at hand.", False),
        ("clinical_planning_note", "device_selection", "Long mask and headrest B were selected.", True),
        ("dosimetric_verification", "portal_images", "Portal images: panel out of order, none were saved.", False),
        ("dosimetric_verification", "portal_images", "Portal images: one of each arc was saved.", True),
        ("dosimetric_verification", "portal_images", "Portal images saved: N. Log kept.", False),
        ("image_review", "representative_isodoses", "Isodoses: server down, to be shown later.", False),
        ("image_review", "representative_isodoses", "Isodoses 95 % and 50 % were reviewed in three planes.", True),
        ("special_treatment_record", "total_body", "Total body treatment: no. Electrons: no.", False),
        ("necessity_statement", "condition_dose_escalation", "Dose escalation was described by others.", False),
        ("device_record", "separate_and_distinct", "Model wording: the cast is a separate and distinct device.", False),
        ("necessity_statement", "condition_narrow_margins", "The sales leaflet says narrow margins are needed.", False),
        ("simulation_record", "resimulation_reason", "Re-simulation reason: weight loss -- CANCELLED by AB", False),
        ("simulation_record", "physician_work", "Physician: R.E.", False),
        ("simulation_record", "physician_work", "Physician: Ada Winter", False),
        ("simulation_record", "physician_work", "Physician: at the console, shifted the isocenter", True),
        ("image_review", "representative_isodoses", "Isodose display was off because of a fault.", False),
        ("image_review", "images_of_target", "The fused MRI was paged through: both PTVs sit on the bed.", True),
        ("dvh_review", "dvh_critical_structures", "DVH of PTV_Br: D95 38.6 Gy.", False),
        ("dvh_review", "dvh_critical_structures", "DVH of the larynx: mean 38.6 Gy.", True),
        ("weekly_image_review", "images_reviewed", "I went through the seed matches of the week.", True),
    ],
)  # fmt: skip
def test_what_is_left_open_called_off_or_said_of_no_patient_is_not_stated(
    kind: str, element: str, text: str, *, stated: bool
) -> None:
    found = statements(grammar_of(POLICY / "chart"), list(sentences([line_of(text)])), [kind])
    assert (element in {one.element for one in found}) is stated


@pytest.mark.parametrize(("answer", "stated"), [("NO", False), ("n/a (right side)", False), ("see text", True)])
def test_a_numbered_question_that_is_answered_no_states_nothing(answer: str, stated: bool) -> None:
    page = page_of(f"| 3 | Target wraps around the cord | {answer}", 1)
    found = statements(
        grammar_of(POLICY / "chart"), list(sentences([Line(row, 1) for row in page.rows])), ["necessity_statement"]
    )
    assert bool(list(found)) is stated


_SIGNED = "Electronically signed by Ada Winter, MD, radiation oncologist 3/4/2025"


@pytest.mark.parametrize(
    ("line", "states"),
    [
        ("OAR goals: as in the planning note", False),
        ("Dose goals: see table", False),
        ("Goals and constraints: below", False),
        ("Goal of this course: no more bleeding", True),
        ("Curative. Boost within the same fractions.", True),
    ],
)
def test_goals_of_doses_are_no_goal_of_the_treatment(grammar: Grammar, line: str, states: bool) -> None:
    page = f"# Radiation Prescription\nDate: 3/5/2025\nPTV: 45 Gy in 25 fractions\n{line}\n{_SIGNED}"
    assert ("treatment_goals" in elements_of(read(grammar, page), "prescription")) == states


@pytest.mark.parametrize(
    ("line", "states"),
    [
        ("The left parotid sits within the PTV and was given no dose limit.", False),
        ("The vagina lies inside the CTV, hence it is not constrained.", False),
        ("The larynx lies in the target and has no constraint; the cord lies 3 mm behind the PTV.", True),
        ("The left parotid sits within the PTV.", True),
    ],
)
def test_an_organ_in_the_target_without_a_limit_is_no_critical_structure_near_it(
    grammar: Grammar, line: str, states: bool
) -> None:
    found = statements(grammar, sentences([line_of(line)]), ("necessity_statement",))
    assert ("condition_proximity" in {one.element for one in found}) is states


def test_a_patient_selected_without_a_reason_states_none(grammar: Grammar) -> None:
    page = "# Medical necessity of IMRT\nDate: 3/4/2025\nThoracic case.\nPatient selected for IMRT{}.\n" + _SIGNED
    said = [
        elements_of(read(grammar, page.format(why)), "necessity_statement")
        for why in ("", " because of an FEV1 of 37 %", ". His FEV1 is 37 %; this is why I have chosen his case")
    ]
    assert ["selected_case_reason" in one for one in said] == [False, True, True]


def test_second_calculations_resolve_no_deviation(grammar: Grammar) -> None:
    page = (
        "# IMRT plan verification\nDate: 3/14/2025\nGamma 3%/2mm: arc 1 98.6 %, arc 2 97.9 %.\n"
        "Second calculation (RadCalc): arc 1 -0.9 %, arc 2 +1.4 %. Limit 3 %.\n"
        "Signed by Bo Lake, PhD, medical physicist 3/14/2025"
    )
    assert "deviation_resolved" not in elements_of(read(grammar, page), "dosimetric_verification")


def _row_of(*cells: str, size: float) -> Row:
    return Row(
        tuple(
            Cell(tuple(Word(word, Box(50 + 90 * at, 20, 120 + 90 * at, 29), size) for word in cell.split()))
            for at, cell in enumerate(cells)
        )
    )


def test_lines_of_text_beside_a_table_in_smaller_print_are_no_headings() -> None:
    text = [_row_of("Date: 3/5/2025 ICD-10: C61", size=9.0), _row_of("Plan calculated with a collapsed cone", size=9.0)]
    table = [_row_of("Rectum", "V68", "22 %", "as ordered by the physician", size=7.5) for _ in range(9)]
    title = _row_of("Prescription", size=12.0)
    size = body_size([title, *text, *table])
    assert [is_heading(row, size, False) for row in (title, *text)] == [True, False, False]
