"""Lines that only look like the beginning of a paper: boxes of a form, numbered lists, columns printed on each page."""

from pathlib import Path

import pytest

from isocenter.chart.grammar.grammar import Grammar
from tests.chart.reading import document_of, elements_of, kinds_and_days, read, read_pages_of

SIGNED = "Electronically signed: Ada Winter, MD, Radiation Oncologist, 03/09/2026"


def test_boxes_of_a_form_head_no_papers_though_their_words_would(tmp_path: Path) -> None:
    found = read_pages_of(
        tmp_path,
        "# PHYSICIAN PLAN APPROVAL FORM\nDATE: 03/09/2026\n[X] CT SLICES WITH TARGET CONTOURS REVIEWED\n"
        "[X] CT SLICES WITH ALL OAR CONTOURS REVIEWED\n[ ] ISODOSE LINES REVIEWED ON AX/COR/SAG\n"
        f"[X] DVH - ALL PTVS\n[X] DVH - ALL OARS\n{SIGNED}",
    )
    assert kinds_and_days(found) == [("image_review", "2026-03-09"), ("dvh_review", "2026-03-09")]
    assert elements_of(found, "image_review") == {"images_of_target", "images_of_critical_structures"}
    assert [one.role for one in document_of(found, "image_review").signatures] == ["radiation_oncologist"]


def test_numbered_lines_one_below_the_other_are_a_list_and_no_forms(grammar: Grammar) -> None:
    found = read(
        grammar,
        "# Plan review\nDate: 03/09/2026\nCheck 1 CT and contours of targets: reviewed\n"
        "Check 2 CT and contours of all OAR: reviewed\nCheck 3 Isodoses in three planes: reviewed\n"
        f"Check 4 DVH of the PTV: reviewed\nCheck 5 DVH of the OAR: reviewed\n{SIGNED}",
    )
    assert kinds_and_days(found) == [("image_review", "2026-03-09"), ("dvh_review", "2026-03-09")]


def test_the_fields_in_brackets_that_head_an_entry_name_its_type_without_spaces(grammar: Grammar) -> None:
    found = read(
        grammar,
        "[Task 512 | type=PlanReview | 2026-03-09]\nPlanning CT with PTV and all OAR contours reviewed.\n"
        "Signed-By: Ada Winter, MD [RadOnc] @ 2026-03-09T12:47\n"
        "[Task 513 | type=WeeklyPhysics | 2026-03-16]\nFx 1-5: MU delivered = MU planned.\n"
        "Signed-By: Ira Quill, MS, DABR [Physics] @ 2026-03-16T11:00",
    )
    assert ("weekly_physics_check", "2026-03-16") in kinds_and_days(found)
    assert elements_of(found, "weekly_physics_check") == {"physics_review"}
    assert document_of(found, "image_review").signatures[0].signer == "Ada Winter"


BEAMS = "| BEAM | GANTRY | COLL | COUCH | MU |\n"


def test_a_table_goes_on_below_the_title_that_its_second_page_repeats(grammar: Grammar) -> None:
    found = read(
        grammar,
        "PLAN PRINTOUT (P. 1)\nPLAN A TRIAL 4 COMPUTED 03/06/2026\n"
        f"{BEAMS}| B1 | 0 | 0 | 0 | 74 |\n| B2 | 72 | 5 | 0 | 82 |\n",
        f"PLAN PRINTOUT (P. 2)\nPLAN A TRIAL 4\n{BEAMS}| B3 | 144 | 0 | 0 | 77 |\n"
        "DOSIMETRIST: Kit Moss, CMD 03/06/2026\nPHYSICIAN: Ada Winter, MD 03/09/2026",
    )
    portals = document_of(found, "portal_description")
    assert portals.pages == [1, 2]
    assert next((one.element, one.detail) for one in portals.elements) == ("portal_count", "3")
    assert [one.role for one in portals.signatures] == ["dosimetrist", "radiation_oncologist"]


def test_a_plan_printed_anew_with_its_own_table_is_a_paper_of_its_own_behind_a_signed_one(grammar: Grammar) -> None:
    page = f"PLAN PRINTOUT\nCOMPUTED {{day}}\n{BEAMS}| B1 | 0 | 0 | 0 | 74 |\nDOSIMETRIST: Kit Moss, CMD {{day}}"
    found = read(grammar, page.format(day="03/06/2026"), page.format(day="04/02/2026"))
    assert [day for kind, day in kinds_and_days(found) if kind == "plan_report"] == ["2026-03-06", "2026-04-02"]


def test_a_day_alone_above_a_title_is_that_of_the_paper(grammar: Grammar) -> None:
    found = read(
        grammar,
        "3 June 2026\n# Clinic letter\nDear Colleague,\n"
        "I saw Ms Reed in clinic and have gone over the MRI and the biopsy.\n"
        "Ada Winter, MD (signed electronically 4 June 2026)\n"
        "10 June 2026\n# CT simulation\nSupine, arms up, knees on a wedge.\n"
        "Ada Winter, MD, signed electronically 12 June 2026",
    )
    assert kinds_and_days(found) == [("visit_note", "2026-06-03"), ("simulation_record", "2026-06-10")]


@pytest.mark.parametrize(
    ("goal", "target"),
    [
        ("PTV: D95 at least 47.5 Gy, nothing above 53.5 Gy.", "PTV"),
        ("95 percent of the PTV to receive at least 47.5 Gy.", "PTV"),
    ],
)
def test_the_limit_of_a_target_is_not_the_dose_ordered_for_it(grammar: Grammar, goal: str, target: str) -> None:
    found = read(
        grammar, f"PRESCRIPTION\nDate: 03/05/2026\nRight thigh: 50 Gy in 25 fractions, five a week.\n{goal}\n{SIGNED}"
    )
    assert found.prescription is not None
    assert (found.prescription.dose_gy, found.prescription.fractions) == (50.0, 25)
    assert [(one.name, one.dose_gy) for one in found.prescription.targets] == [(target, 50.0)]


def test_who_accepts_that_explains_the_structure_of_the_sentence_before(grammar: Grammar) -> None:
    found = read(
        grammar,
        "DVH REVIEW\nDate: 03/09/2026\nThe femur mean is 1.2 Gy over. I am content with that because the CTV lies on "
        f"the periosteum over 9 cm.\n{SIGNED}",
    )
    explained = [one for one in document_of(found, "dvh_review").elements if one.element == "constraints_explained"]
    assert [one.detail for one in explained] == ["femur"]
    assert explained[0].cited.words.startswith("The femur mean")


@pytest.mark.parametrize(
    "text",
    [
        "Template: Patient seen and examined. Portal images reviewed. No new complaints.",
        "Patient seen and examined. Portal images reviewed. [complete before signing]",
    ],
)
def test_the_words_of_a_template_state_nothing(grammar: Grammar, text: str) -> None:
    found = read(grammar, f"WEEKLY ON-TREATMENT VISIT\nDate: 03/09/2026 Fraction 5 of 25\n{text}\n{SIGNED}")
    assert elements_of(found, "weekly_management_note") == set()
