"""Packets for payers, sheets of small clinics and orders of trials: whose ticks count, and where each paper begins."""

import pytest

from isocenter.chart.grammar.grammar import Grammar
from isocenter.chart.orders.limits import limits_in
from isocenter.chart.papers.titles import title_of_words
from tests.chart.reading import document_of, elements_of, kinds_and_days, read

FORM = (
    "PRIOR AUTHORIZATION REQUEST FOR IMRT\nCompleted by: [ ] physician [x] office staff (M. Reed) Date: 3/10/2026\n"
    "[x] Target is close to critical structures: the cord touches the tumor\n[x] Narrow margins required: 3 mm\n"
    "Signature of ordering physician: on file"
)
LETTER = (
    "March 6, 2026\nElmwood Health Plan, Utilization Management\nRe: Iris Meadow\nDear Colleague:\n"
    "I ask for IMRT. The tumor is 3 mm from the spinal cord.\n"
    "A wedged pair was planned on her own scan and gave the cord 52 Gy; it cannot be used.\n"
    "Sincerely,\nAda Winter, MD, radiation oncologist, signed March 6, 2026"
)


def test_ticks_of_office_staff_are_no_statement_of_the_physician(grammar: Grammar) -> None:
    assert "necessity_statement" not in {kind for kind, _ in kinds_and_days(read(grammar, FORM))}


def test_the_same_form_answered_by_the_physician_is_one(grammar: Grammar) -> None:
    form = FORM.replace("[ ] physician [x] office staff (M. Reed)", "[x] physician [ ] office staff").replace(
        "Signature of ordering physician: on file", "Ada Winter, MD, signed 3/10/2026"
    )
    assert "condition_proximity" in elements_of(read(grammar, form), "necessity_statement")


def test_a_letter_on_the_page_behind_a_form_is_a_paper_of_its_own(grammar: Grammar) -> None:
    letter = document_of(read(grammar, FORM, LETTER), "necessity_statement")
    assert (letter.pages, str(letter.document_date)) == ([2], "2026-03-06")


def test_who_opened_a_note_before_it_was_signed_does_not_make_it_a_draft(grammar: Grammar) -> None:
    page = (
        "Assessment: IMRT justification 22-May-2026\nThe target touches the rectum; margins are 4 mm.\n"
        "A four field box was planned and gave the rectum V60 of 48 %; not usable.\n"
        "Approved by: Winter, Ada MD 22-May-2026 12:03\n"
        "Audit: opened 20-May-2026 by jreed (draft), edited 21-May-2026 by jreed, completed 22-May-2026 by awinter."
    )
    (signature,) = document_of(read(grammar, page), "necessity_statement").signatures
    assert (signature.role, str(signature.signed_on)) == ("radiation_oncologist", "2026-05-22")


def test_rows_of_another_arm_of_a_trial_are_not_ordered(grammar: Grammar) -> None:
    found = read(
        grammar,
        "RADIATION PRESCRIPTION\n27-May-2026\nPTV_P 70 Gy in 28 fractions\n"
        "Dose constraints from the trial library. Patient allocated to ARM 2 on 23-May-2026.\n"
        "Arm   Structure   Constraint\n2   Rectum   V60 < 20 %\n1   Rectum   V70 < 15 %\n1 + 2   Bladder   V60 < 30 %\n"
        "Ada Winter, MD, signed 05/27/2026",
    )
    assert [(one.structure, one.metric) for one, _ in found.constraints] == [("Rectum", "V60Gy"), ("Bladder", "V60Gy")]


def test_an_open_box_between_a_label_and_its_remark_leaves_the_label_unsaid(grammar: Grammar) -> None:
    page = (
        "PHYSICIAN PLAN REVIEW\n09/12/2026\nViewed [x] / [ ]   Remark\n"
        "Target on planning CT [x] CT with breast and bed contours, all slices.\n"
        "Isodoses 3 planes {} 50 / 47.5 / 25 / 5 Gy\nAda Winter, MD, signed 09/12/2026"
    )
    assert "representative_isodoses" not in elements_of(read(grammar, page.format("[ ]")), "image_review")


def test_the_end_of_a_sentence_that_wraps_heads_no_section(grammar: Grammar) -> None:
    page = (
        "IMRT MEDICAL NECESSITY\n9/4/2026\n[x] Heart next to the target: 2 mm behind the chest wall even in\nDIBH\n"
        "[x] Concave target around the heart, like a C\nAda Winter, MD, signed 9/4/2026"
    )
    assert "respiratory_motion_record" not in {kind for kind, _ in kinds_and_days(read(grammar, page))}


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Change during treatment", "change of anatomy"),
        ("Going over the plan", "plan review"),
        ("Planning of treatment", "clinical treatment planning note"),
        ("Facility note", "facility statement"),
        ("To the file of the clinic: letter on the IMRT equipment", "facility statement"),
        ("Order: second modality", "other modality"),
    ],
)
def test_titles_of_small_clinics(grammar: Grammar, title: str, name: str) -> None:
    kind = title_of_words(grammar, title)
    assert kind is not None and kind.name == name


def test_an_average_of_the_clinic_is_no_result_of_a_field(grammar: Grammar) -> None:
    found = read(
        grammar,
        "PATIENT-SPECIFIC QA\n3/28/2026\nThe phantom was aligned with lasers.\nArc   Criterion   Gamma pass\n"
        "A1   3 % / 2 mm   98.1 %\nA2   3 % / 2 mm   97.4 %\n(clinic average Feb)   3 % / 2 mm   98.8 %\n"
        "Oda Park, PhD, signed 3/28/2026",
    )
    assert sorted(one.value for one, _, _ in found.verifications) == [97.4, 98.1]


def test_a_volume_and_its_dose_without_a_unit_are_a_limit() -> None:
    (limit,) = limits_in("mandible 0.1 cc not over 7100")
    assert (limit.metric, limit.comparison, limit.limit) == ("D0.1cc", "<=", 7100.0)
