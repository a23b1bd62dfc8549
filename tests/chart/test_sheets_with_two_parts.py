"""Sheets of which physician, physicist and dosimetrist each write and sign a part, and who signs which."""

import pytest

from isocenter.chart.grammar.grammar import Grammar
from isocenter.chart.pages.layout import Box, Word, without_line_below
from tests.chart.reading import document_of, kinds_and_days, read


def _signed(found_kind: tuple[str, ...], grammar: Grammar, *pages: str) -> list[list[tuple[str, str]]]:
    found = read(grammar, *pages)
    return [
        [(signature.role, str(signature.signed_on)) for signature in document_of(found, kind).signatures]
        for kind in found_kind
    ]


WEEKLY = (
    "WEEKLY SHEET, WEEK 3\n3/31/2026 fraction 15\n"
    "Physician: Seen on the unit, skin dry, eats well, continue as planned.\n"
    "Ada Winter, MD, signed 3/31/2026\n"
    "Physics: Monitor units, dose to date and couch shifts compared with the plan, no deviation.\n"
    "Oda Park, PhD, signed 4/1/2026"
)


def test_the_half_of_physics_is_a_check_of_its_own_with_its_own_signature(grammar: Grammar) -> None:
    visit, check = _signed(("weekly_management_note", "weekly_physics_check"), grammar, WEEKLY)
    assert visit == [("radiation_oncologist", "2026-03-31")]
    assert check == [("medical_physicist", "2026-04-01")]


def test_a_physicist_who_only_signs_a_visit_is_no_half_of_it(grammar: Grammar) -> None:
    page = WEEKLY.replace("Monitor units, dose to date and couch shifts compared with the plan, no deviation.", "O. P.")
    assert ("weekly_physics_check", "2026-04-01") not in kinds_and_days(read(grammar, page))


PLAN_WITH_REVIEW = (
    "Plan and plan review\nMay 19, 2026\nComputed with superposition on a 3 mm grid, 7 beams, 812 MU.\n"
    "Cord max 38 Gy, parotid mean 24 Gy\nHeart mean 2 Gy\nLungs V20 18 %\nIvo Hale, CMD, signed 05/19/2026\n"
    "Physician's review: I looked at the CT slices with the target and at cord and parotids on the same slices.\n"
    "The 50, 45 and 30 Gy lines were viewed in three planes. The histogram of the target was reviewed.\n"
    "Ada Winter, MD, signed 05/20/2026"
)


def test_who_signs_above_a_review_has_not_signed_it(grammar: Grammar) -> None:
    (review,) = _signed(("image_review",), grammar, PLAN_WITH_REVIEW)
    assert review == [("radiation_oncologist", "2026-05-20")]


def test_an_addendum_that_only_agrees_signs_every_part_of_its_note(grammar: Grammar) -> None:
    found = read(
        grammar,
        "LOCAL TITLE: SIMULATION NOTE\nDATE OF NOTE: MAY 12, 2026@10:20\n"
        "The veteran was positioned supine in a vacuum bag. Dr. Winter set the isocenter.\n"
        "RESPIRATORY MOTION RECORD, 05/12/2026\nThe tumor moved 12 mm on the 4DCT.\n"
        "Managed by abdominal compression.\n"
        "/es/ JUNE HOLLOW, RT(T) RADIATION THERAPIST Signed: 05/12/2026 11:49\n"
        "05/12/2026 ADDENDUM STATUS: COMPLETED\nAgree with the above.\n"
        "/es/ ADA WINTER, MD STAFF RADIATION ONCOLOGIST Signed: 05/12/2026 16:20",
    )
    for kind in ("simulation_record", "respiratory_motion_record"):
        roles = {signature.role for signature in document_of(found, kind).signatures}
        assert roles == {"radiation_therapist", "radiation_oncologist"}


def _roles_below_an_addendum(grammar: Grammar, added: str) -> set[str]:
    found = read(
        grammar,
        "LOCAL TITLE: PHYSICS IMRT QA\nDATE OF NOTE: MAY 12, 2026@10:20\n"
        "Both arcs were delivered on the diode array without interlock. Gamma 98.2 % (3 %/2 mm).\n"
        "/es/ OTTO SOMMER, MS MEDICAL PHYSICIST Signed: 05/12/2026 11:49\n"
        f"05/12/2026 ADDENDUM STATUS: COMPLETED\n{added}\n"
        "/es/ ADA WINTER, MD STAFF RADIATION ONCOLOGIST Signed: 05/12/2026 16:20",
    )
    return {signature.role for signature in document_of(found, "dosimetric_verification").signatures}


@pytest.mark.parametrize(
    "added",
    [
        "Measurements reviewed, okay to proceed.",
        "Results accepted.",
        "I approve.",
        "I have seen this report and concur with its findings.",
    ],
)
def test_an_addendum_that_accepts_a_measurement_signs_it(grammar: Grammar, added: str) -> None:
    assert _roles_below_an_addendum(grammar, added) == {"medical_physicist", "radiation_oncologist"}


@pytest.mark.parametrize(
    "added",
    [
        "Not OK to treat.",
        "OK to treat once arc 2 is repeated.",
        "I do not agree.",
        "To be approved tomorrow.",
        "I agree for arc 1 only.",
        "The patient agreed.",
        "The payer has approved.",
        "Who accepted this?",
        "Report read in error.",
        "The physicist agrees.",
    ],
)
def test_an_addendum_that_refuses_or_sets_a_condition_signs_no_measurement(grammar: Grammar, added: str) -> None:
    assert _roles_below_an_addendum(grammar, added) == {"medical_physicist"}


def test_an_addendum_that_adds_something_signs_itself_alone(grammar: Grammar) -> None:
    found = read(
        grammar,
        "SIMULATION NOTE\n05/12/2026\nThe patient was positioned supine in a vacuum bag.\n"
        "June Hollow, RT(T), signed 05/12/2026\n05/14/2026 ADDENDUM\n"
        "I agree that the vacuum bag leaked; it was made anew, and the patient was marked and scanned again.\n"
        "Ada Winter, MD, signed 05/14/2026",
    )
    first = next(one for one in found.documents if one.kind == "simulation_record")
    assert {signature.role for signature in first.signatures} == {"radiation_therapist"}


def test_two_who_sign_on_one_line_of_which_the_second_goes_on_below(grammar: Grammar) -> None:
    (plan,) = _signed(
        ("plan_report",),
        grammar,
        "Plan report\nMay 28, 2026\nDose computed with superposition, grid 3 mm, seven beams, 902 MU.\n"
        "Plan by: Ida Lind, CMD, signed electronically May 28, 2026 Physics: Oda Park, MS, DABR,\n"
        "signed electronically May 29, 2026",
    )
    assert plan == [("dosimetrist", "2026-05-28"), ("medical_physicist", "2026-05-29")]


def test_an_open_question_about_a_device_on_a_simulation_sheet_is_a_device_record_without_elements(
    grammar: Grammar,
) -> None:
    sheet = (
        "SIMULATION RECORD\nMay 12, 2026\nThe patient was positioned supine in a vacuum bag.\n"
        "Oral stent made at the chair\n[ ] medically necessary because\nAda Winter, MD, signed 05/12/2026"
    )
    device = document_of(read(grammar, sheet), "device_record")
    assert (device.elements, [s.role for s in device.signatures]) == ([], ["radiation_oncologist"])
    without = sheet.replace("[ ] medically necessary because\n", "No separate device was made.\n")
    assert "device_record" not in {kind for kind, _ in kinds_and_days(read(grammar, without))}


def test_anatomy_in_a_letter_of_a_visit_that_names_no_technique_argues_for_none(grammar: Grammar) -> None:
    letter = (
        "Dear Dr. Marl,\nMay 2, 2026\nI saw Mrs. Reed today. The tumor lies 3 mm from the spinal cord.\n"
        "The breasts are large and pendulous. I read your operative report.\n{}\nSincerely,\n"
        "Ada Winter, MD, signed 05/02/2026"
    )
    plain = read(grammar, letter.format("We shall plan treatment after the next scan."))
    assert "necessity_statement" not in {kind for kind, _ in kinds_and_days(plain)}
    asks = read(grammar, letter.format("For that reason I ask for IMRT."))
    assert "necessity_statement" in {kind for kind, _ in kinds_and_days(asks)}


def test_text_on_a_drawn_line_is_read_without_the_line() -> None:
    def stripped(text: str) -> tuple[str, str]:
        word = without_line_below(Word(text, Box(0.0, 0.0, 10.0, 10.0), 10.0))
        return word.text, word.printed

    assert stripped("__8/22/26__") == ("8/22/26", "__8/22/26__")
    assert stripped("________") == ("________", "")
    assert stripped("PTV_50") == ("PTV_50", "")


def test_a_title_of_two_kinds_names_both_though_the_first_may_hold_the_second(grammar: Grammar) -> None:
    sheet = (
        "# RESPIRATORY GATING / SPECIAL TREATMENT PROCEDURE\nDate 4/8/2026. Concurrent cisplatin: more visits and blood"
        " counts before each week.\nMD   Ada Winter, MD   4/8/2026"
    )
    assert {d.kind for d in read(grammar, sheet).documents} == {"respiratory_motion_record", "special_treatment_record"}


def test_a_labeled_signer_with_a_labeled_day_at_the_end_of_a_sheet_begins_no_paper(grammar: Grammar) -> None:
    sheet = (
        "# IMMOBILIZATION DEVICE\n02/24/2026 CUSTOM MASK, HEADREST C.\nFABRICATED BY: SAM MOSS RTT 02/24/2026\n"
        "PHYSICIAN REVIEW: ADA WINTER MD - DATE: 02/25/2026"
    )
    (found,) = read(grammar, sheet).documents
    assert [(s.role, str(s.signed_on)) for s in found.signatures] == [
        ("radiation_therapist", "2026-02-24"),
        ("radiation_oncologist", "2026-02-25"),
    ]


def test_two_signers_of_whom_the_second_is_named_across_two_lines_each_have_their_day(grammar: Grammar) -> None:
    note = (
        "# WEEKLY TREATMENT VISIT\n05/08/2026 fraction 10. Mucositis grade 2. On examination no thrush. Images seen.\n"
        "Reviewed and electronically signed 05/08/2026 16:30 by Nell Till MD (fellow) and 05/09/2026 09:15 by Ada\n"
        "Winter MD (attending)"
    )
    (found,) = read(grammar, note).documents
    assert {(s.role, str(s.signed_on)) for s in found.signatures} == {
        ("other", "2026-05-08"),
        ("radiation_oncologist", "2026-05-09"),
    }


def test_a_necessity_part_of_a_worksheet_shares_its_signature_and_the_day_on_which_it_was_completed(
    grammar: Grammar,
) -> None:
    sheet = (
        "# CLINICAL PLANNING WORKSHEET\nCompleted on: 21-Apr-2026\nImages: MRI of the neck read by me, no more nodes.\n"
        "Dose and time: 60 Gy in 30 fractions over six weeks.\n# NEED FOR IMRT\n"
        "The target lies 4 mm from the right cochlea and touches the oral cavity.\n"
        "Physician: Ada Winter, MD Signature: A. Winter, MD Date: 21-Apr-2026"
    )
    plan, need = _signed(("clinical_planning_note", "necessity_statement"), grammar, sheet)
    assert plan == need == [("radiation_oncologist", "2026-04-21")]
    assert ("clinical_planning_note", "2026-04-21") in kinds_and_days(read(grammar, sheet))
