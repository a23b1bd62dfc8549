"""Printed forms and exports: days in their heads, broken cells, variables of templates, and boxes with close labels."""

from datetime import date

import pytest

from isocenter.chart.grammar.grammar import Grammar
from isocenter.chart.patient.identity import is_of_another
from isocenter.chart.patient.identity_marks import Identity
from tests.chart.reading import document_of, elements_of, kinds_and_days, read

_BORN = date(1950, 1, 2)


@pytest.mark.parametrize(
    ("on_the_page", "of_another"),
    [
        (Identity("Winter, Ada", "KX-4410", None), False),  # KX-44107, broken by a narrow cell
        (Identity("Roe, Jane", "KX-4410", None), True),
        (Identity("", "KX-4410", None), True),  # a bare number may be anybody's
        (Identity("Winter, Ada", "KX-4419", None), True),
        (Identity("Winter, Ada", "KX-4", None), True),
    ],
)
def test_a_number_broken_in_its_cell_is_the_patients_where_the_name_is(on_the_page: Identity, of_another: bool) -> None:
    patient = Identity("Winter, Ada", "KX-44107", _BORN)
    assert is_of_another(on_the_page, patient, recognized=False) is of_another


def test_the_day_of_an_encounter_is_no_day_of_signing(grammar: Grammar) -> None:
    note = (
        "# Treatment Planning Note\nEncounter date 3/2/2026     Author Winter, Ada, MD     Status Signed\n"
        "Dose and time: 60 Gy in 30 fractions, once daily.\n"
    )
    signed = document_of(
        read(grammar, note + "Electronically signed by Winter, Ada, MD at 3/5/2026 8:10 AM"), "clinical_planning_note"
    )
    assert [str(one.signed_on) for one in signed.signatures] == ["2026-03-05"]
    unsigned = document_of(read(grammar, note), "clinical_planning_note")
    assert [one for one in unsigned.signatures if one.signed_on is not None] == []


def test_the_day_of_a_visit_counts_in_a_line_that_names_the_patient(grammar: Grammar) -> None:
    lines = (
        "History. Colonoscopy on 1/12/2026 showed a mass at 6 cm.\n"
        "I reviewed the colonoscopy report and the pathology report.\nAda Winter, MD 3/2/2026 15:00"
    )
    for head in ("Seen: 3/2/2026", "Date of visit: 3/2/2026"):
        found = read(grammar, f"# CONSULTATION\nPatient: Roe, Jane   Acct 55-20718   {head}\n{lines}")
        assert kinds_and_days(found) == [("visit_note", "2026-03-02")]


def test_a_variable_of_a_template_states_nothing(grammar: Grammar) -> None:
    page = "# IMRT RATIONALE\n3/2/2026\nThe cord lies 4 mm behind the target.\n{}\nAda Winter, MD 3/2/2026"
    left = read(grammar, page.format("@FNAME@ needs narrow margins beside the chiasm."))
    filled = read(grammar, page.format("Ms. Roe needs narrow margins beside the chiasm."))
    assert "condition_narrow_margins" not in elements_of(left, "necessity_statement")
    assert "condition_narrow_margins" in elements_of(filled, "necessity_statement")


def test_a_ticked_box_on_images_with_targets_says_nothing_of_organs(grammar: Grammar) -> None:
    page = (
        "# PLAN REVIEW\n3/2/2026\n☒ CT images with targets reviewed\n"
        "{} CT images with organs at risk reviewed\nAda Winter, MD 3/2/2026"
    )
    assert elements_of(read(grammar, page.format("☐")), "image_review") == {"images_of_target"}
    ticked = elements_of(read(grammar, page.format("☒")), "image_review")
    assert ticked == {"images_of_target", "images_of_critical_structures"}


def test_an_old_mantle_field_is_no_shape_of_the_target(grammar: Grammar) -> None:
    page = (
        "# IMRT RATIONALE\n3/2/2026\nI read the MRI of the breast and the mantle records of 1988.\n"
        "The target is not concave.\nThe organs at risk are heart and lung.\nAda Winter, MD 3/2/2026"
    )
    assert "condition_concavity" not in elements_of(read(grammar, page), "necessity_statement")


def test_motion_answered_as_not_assessed_was_not_measured(grammar: Grammar) -> None:
    for answer, stated in (("not assessed", False), ("measured, 6 mm SI", True)):
        found = read(grammar, f"# MOTION ASSESSMENT\n3/2/2026\nMotion of the liver on cine: {answer}.")
        assert ("motion_measured" in elements_of(found, "respiratory_motion_record")) is stated


def test_photons_chosen_over_electrons_are_not_compared_with_3d(grammar: Grammar) -> None:
    page = (
        "# CLINICAL TREATMENT PLANNING NOTE\n3/2/2026\nCTV adds 3 cm along the esophagus up and down.\n"
        "I chose 50 Gy in 25 fractions.\nPhotons with IMRT were selected over protons and electrons.\n"
        "Ada Winter, MD 3/2/2026"
    )
    assert [kind for kind, _ in kinds_and_days(read(grammar, page))] == ["clinical_planning_note"]


def test_the_volume_above_a_dose_is_limited_whatever_its_column_is_called(grammar: Grammar) -> None:
    found = read(
        grammar,
        "# PRESCRIPTION\n3/2/2026\n| Organ | No more than | Part of it\n| Bowel | 180 cc | above 45 Gy\n"
        "| Bladder | 40 % | over 4000 cGy\nAda Winter, MD 3/2/2026",
    )
    limits = [(one.structure, one.metric, one.comparison, one.limit, one.unit) for one, _ in found.constraints]
    assert limits == [("Bowel", "V45Gy", "<=", 180.0, "cc"), ("Bladder", "V40Gy", "<=", 40.0, "%")]


def test_a_form_of_other_radiation_is_of_another_modality(grammar: Grammar) -> None:
    page = (
        "# Form 15: Other radiation in this course\n☐ External beam other than IMRT\n"
        "☒ Brachytherapy: vaginal cylinder HDR, 3 x 5 Gy\nAttending physician: /s/ Ada Winter, MD 3/2/2026"
    )
    assert elements_of(read(grammar, page), "other_modality") == {"brachytherapy"}
