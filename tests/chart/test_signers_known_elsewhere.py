"""Signatures whose role, state or day the chart gives at another place: a header, a column, a change of state."""

import pytest

from isocenter.chart.grammar.grammar import Grammar
from isocenter.chart.words.people import people_in, staff_of
from tests.chart.reading import elements_of, kinds_and_days, read
from tests.chart.test_lines_of_signing import NOTE, signed

PHYSICIAN = ("radiation_oncologist", "2026-03-03")


@pytest.mark.parametrize(
    "header",
    [
        "Author: Nora Till, MD (Resident)",
        "Author: Nora Till, MD, PGY-4",
        "Written by Nora Till, MD (R3)",
        "Nora Till, MD, Resident Physician",
    ],
)
def test_a_resident_named_so_in_a_header_is_one_on_each_line_that_gives_the_degree_alone(header: str) -> None:
    lines = [header, "Electronically signed by Nora Till, MD at 3/3/2026", "Signed Nora Till, MD 3/9/2026"]
    assert staff_of(lines)["till"] == "other"


@pytest.mark.parametrize("line", ["Ada Winter, MD. Resident present.", "Ada Winter, MD (resident: Nora Till)"])
def test_a_resident_named_behind_a_physician_makes_no_resident_of_the_physician(line: str) -> None:
    assert staff_of([line, "Signed Ada Winter, MD", "Approved Ada Winter, MD"])["winter"] == "radiation_oncologist"


def test_whoever_agrees_with_the_note_of_another_does_not_sign_for_that_one(grammar: Grammar) -> None:
    text = (
        "Electronically signed by Nora Till, MD, resident 3/2/2026\n"
        "Attending attestation: I saw the patient at the scanner and agree with Dr. Till's note.\n"
        "Ada Winter, MD 3/3/2026 4:55 PM"
    )
    assert signed(read(grammar, NOTE + text), "simulation_record") == [("other", "2026-03-02"), PHYSICIAN]
    assert people_in("I agree with Dr. Till's note.") == []


def test_a_change_from_unapproved_to_approved_is_an_approval(grammar: Grammar) -> None:
    head = (
        "# PLAN REPORT\nPlan date 3/2/2026\nFinal dose calculated for 2 arcs, 612 MU\n| Status change | User | Date\n"
    )
    found = read(
        grammar,
        head + "| Unapproved > Planning approved | awinter (Ada Winter, MD) | 3/3/2026\n"
        "| Planning approved > Treatment approved | oray (Ole Ray, PhD, DABR) | 3/4/2026",
    )
    assert signed(found, "plan_report") == [PHYSICIAN, ("medical_physicist", "2026-03-04")]
    back = read(grammar, head + "| Planning approved > Unapproved | awinter (Ada Winter, MD) | 3/3/2026")
    assert signed(back, "plan_report") == []


def test_credentials_in_a_column_of_their_own_belong_to_the_name_beside_them(grammar: Grammar) -> None:
    table = "| Step | Approved by | Credentials | Date\n| Sheet | Ada Winter | MD | 3/3/2026"
    assert signed(read(grammar, NOTE + table), "simulation_record") == [PHYSICIAN]


CHECKS = (
    "# WEEKLY PHYSICS CHECK\n| Week of | Fractions | Findings | Physicist\n"
    "| 4/6/2026 | 1-5 | MU, shifts checked | {who} 4/8/2026"
)
QA = "# IMRT QA\nMeasured 3/9/2026, gamma 98.1 % (3 %, 2 mm)\nSigned Ole Ray, MS, DABR 3/9/2026"


def test_a_name_and_day_below_the_heading_of_a_role_sign_where_the_chart_knows_the_name_in_it(grammar: Grammar) -> None:
    expected = [("medical_physicist", "2026-04-08")]
    assert signed(read(grammar, CHECKS.format(who="O. Ray"), QA), "weekly_physics_check") == expected
    assert signed(read(grammar, CHECKS.format(who="O. Ray")), "weekly_physics_check") == []
    assert signed(read(grammar, CHECKS.format(who="due O. Ray"), QA), "weekly_physics_check") == []
    therapist = "Sam Ray, RT(T) signed 3/9/2026"
    assert signed(read(grammar, CHECKS.format(who="S. Ray"), NOTE + therapist), "weekly_physics_check") == []


def test_a_last_name_before_a_first_name_signs_behind_its_label(grammar: Grammar) -> None:
    rows = (
        "| Physician: | Winter, Ada | Signed 3/3/2026 13:05 [MD]\n| Nurse: | Stone, Mia | Signed ____ [RN]\n"
        "Seen by Ada Winter, MD and by Mia Stone, RN"
    )
    assert signed(read(grammar, NOTE + rows), "simulation_record") == [PHYSICIAN]


def test_a_name_in_small_letters_is_known_by_the_degree_behind_it(grammar: Grammar) -> None:
    line = "electronically signed, ada winter md, 3/3/2026 16:45"
    assert signed(read(grammar, NOTE + line), "simulation_record") == [PHYSICIAN]
    assert people_in("she saw her own md last week") == []


def test_an_addendum_in_a_sentence_is_no_paper_of_its_own(grammar: Grammar) -> None:
    text = NOTE + "Ada Winter, MD, e-signed 3/3/2026\nADDENDUM 3/23/2026 (A. Winter MD): today the cradle was cut."
    assert kinds_and_days(read(grammar, text)) == [("simulation_record", "2026-03-01")]


@pytest.mark.parametrize(
    ("label", "signature", "is_stated"),
    [
        ("ADDENDUM 3/23/2026: ", "", False),
        ("ADDENDUM 3/23/2026: ", "Electronically signed by Ada Winter, MD 3/23/2026", True),
        ("Late entry 3/23/2026 (A. Winter MD): ", "", False),
        ("", "", True),
    ],
)
def test_what_is_added_behind_a_signature_is_stated_where_it_was_signed_too(
    grammar: Grammar, label: str, signature: str, is_stated: bool
) -> None:
    added = f"{label}she was immobilized in a vacuum cradle with the arms up."
    lines = ["Planning CT done.", "Electronically signed by Ada Winter, MD 3/3/2026", added, signature]
    found = read(grammar, "\n".join(["# SIMULATION NOTE 3/1/2026", *lines]))
    assert ("immobilization_device" in elements_of(found, "simulation_record")) is is_stated
    assert PHYSICIAN in signed(found, "simulation_record")


def test_lines_that_say_who_approved_a_plan_title_no_paper(grammar: Grammar) -> None:
    review = (
        "# PLAN REVIEW 3/2/2026\nPlanning CT with PTV and all organs at risk reviewed, isodoses accepted.\n"
        "DVH of PTV and of rectum and bladder reviewed.\n"
        "| PLAN APPROVED | WINTER, ADA MD | 03-MAR-2026 18:02:11 | EST\n"
        "| PLAN CREATED | LUND, BEA CMD | 02-MAR-2026 10:12:05 | EST\nNothing further."
    )
    found = read(grammar, review)
    assert {kind for kind, _ in kinds_and_days(found)} == {"image_review", "dvh_review"}
    assert PHYSICIAN in signed(found, "dvh_review")


def test_the_number_of_a_form_and_its_revision_title_no_paper(grammar: Grammar) -> None:
    pages = [NOTE + f"Ada Winter, MD, e-signed 3/3/2026\nForm RT-{n}  rev. 06/2019" for n in range(1, 4)]
    assert {kind for kind, _ in kinds_and_days(read(grammar, *pages))} == {"simulation_record"}


def test_the_day_of_another_work_that_a_sentence_tells_is_not_the_day_of_the_note(grammar: Grammar) -> None:
    note = (
        "# ADAPTIVE NOTE\n3/20/2026\nThe mass shrank by half on the cone beam scans.\n"
        "A second planning CT was done on 3/19/2026 and the plan was made anew.\nAda Winter, MD, e-signed 3/20/2026"
    )
    found = read(grammar, note)
    assert kinds_and_days(found) == [("anatomy_change", "2026-03-20")]
    assert "repeat_planning_ct" in elements_of(found, "anatomy_change")


def test_fields_of_a_form_side_by_side_are_read_row_by_row_with_their_signers(grammar: Grammar) -> None:
    form = (
        "# SIMULATION RECORD\nDate: 3/1/2026\n"
        "| Position: supine, arms up | Immobilization: cradle\n| Contrast: none given | Slices: of 2 mm\n"
        "| Marks: three | Couch: flat\n| Therapist: S. Moss, RTT 3/1/2026 | Physician: A. Winter, MD 3/3/2026\n"
        "# DEVICE RECORD\nDate: 3/1/2026\nThe bite block is separate from the plan.\nSigned by S. Moss, RTT 3/1/2026"
    )
    found = read(grammar, form)
    assert signed(found, "simulation_record") == [("radiation_therapist", "2026-03-01"), PHYSICIAN]
    assert signed(found, "device_record") == [("radiation_therapist", "2026-03-01")]


VISITS = "# WEEKLY VISITS\n| Date | Fx | Findings | Doctor signs here\n| 4/6/2026 | 5 | Seen, skin intact. | {who}"


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("A. Winter MD 4/7/26", [("radiation_oncologist", "2026-04-07")]),
        ("Locum: J. Frey MD 4/7/26", [("radiation_oncologist", "2026-04-07")]),
        ("A. Winter MD", [("radiation_oncologist", "2026-04-06")]),
        ("stamp: A. Winter MD 4/7/26", []),
        ("for A. Winter MD", []),
    ],
)
def test_a_column_in_which_the_doctor_signs_gives_the_name_and_the_day_of_its_cell_or_row(
    grammar: Grammar, who: str, expected: list[tuple[str, str]]
) -> None:
    assert signed(read(grammar, VISITS.format(who=who)), "weekly_management_note") == expected


@pytest.mark.parametrize("who", ["A. Winter MD ____", "(A. Winter MD)", "A. Winter MD ?"])
def test_a_name_beside_a_blank_or_in_doubt_signs_nothing(grammar: Grammar, who: str) -> None:
    assert signed(read(grammar, VISITS.format(who=who)), "weekly_management_note") == []


@pytest.mark.parametrize("head", ["Signature needed", "To be signed", "Signature pending", "Not yet signed"])
def test_the_heading_of_those_who_have_still_to_sign_gives_no_signature(grammar: Grammar, head: str) -> None:
    assert signed(read(grammar, NOTE + f"| Task | {head}\n| Sheet | Ada Winter, MD"), "simulation_record") == []


@pytest.mark.parametrize(
    "line",
    [
        "Approval: approved 2026-03-03 by insurer (Dr. Ada Winter)",
        "signed: all therapists will do 3/4/2026",
        "completed by: external beam rt 3/4/2026",
    ],
)
def test_an_insurer_and_words_like_degrees_sign_nothing(grammar: Grammar, line: str) -> None:
    assert signed(read(grammar, NOTE + line), "simulation_record") == []


def test_the_day_of_the_scan_is_not_the_day_of_the_review(grammar: Grammar) -> None:
    note = (
        "# PLAN REVIEW\nDVH of PTV reviewed.\nDVH of rectum reviewed.\nAll of it is acceptable.\n"
        "Planning CT acquired 2/20/2026.\nAda Winter, MD, e-signed 3/4/2026"
    )
    assert kinds_and_days(read(grammar, note)) == [("dvh_review", "2026-03-04")]


def test_a_legend_of_those_who_sign_is_no_signature(grammar: Grammar) -> None:
    legend = "Persons who sign: A. Winter MD radiation oncologist; S. Moss RTT therapist"
    assert signed(read(grammar, NOTE + legend), "simulation_record") == []


def test_a_banner_of_a_draft_begins_no_paper(grammar: Grammar) -> None:
    note = "# WEEKLY VISIT\nDate: 4/6/2026\nStatus: UNSIGNED\n*** DRAFT COPY - DRAFT COPY ***\nSeen, skin intact."
    assert kinds_and_days(read(grammar, note)) == [("weekly_management_note", "2026-04-06")]


def test_a_planning_system_says_who_approved_by_the_name_of_the_user_and_the_doctor(grammar: Grammar) -> None:
    line = "Approval: Approved 2026-03-03 18:31 by AWINTER (Dr. Ada Winter)"
    assert signed(read(grammar, NOTE + line), "simulation_record") == [PHYSICIAN]


def test_a_name_with_title_and_day_on_lines_of_their_own_ends_a_note(grammar: Grammar) -> None:
    notes = (
        "Simulation record, March 1, 2026\nHe lies supine with both arms up.\nA cradle was made for him.\n"
        "I was at the scanner and moved the reference point.\nThe clips were seen on the scan.\nHe went home well.\n"
        "No contrast was given.\nAda Winter, MD\nRadiation Oncologist\nMarch 3, 2026\n"
        "Prescription, March 4, 2026\nWe aim at cure. PTV 50.4 Gy in 28 fractions.\nAda Winter, MD 3/4/2026"
    )
    assert kinds_and_days(read(grammar, notes)) == [("simulation_record", "2026-03-01"), ("prescription", "2026-03-04")]


def test_a_title_typed_in_capitals_above_its_day_begins_a_paper_behind_one_that_nobody_signed(grammar: Grammar) -> None:
    report = (
        "# PLAN REPORT\nPlan date 3/2/2026\nFinal dose calculated, 2 arcs\nTotal of 612 MU\n"
        "PHYSICS QA REPORT\nAcquired 3/5/2026 19:12\nGamma 98.1 % (3 %, 2 mm)\n"
        "Report signed: O. Ray, PhD, DABR 3/6/2026\nReviewed by physician: /s/ A. Winter, MD 3/7/2026"
    )
    found = read(grammar, report)
    assert signed(found, "plan_report") == []
    expected = [("medical_physicist", "2026-03-06"), ("radiation_oncologist", "2026-03-07")]
    assert signed(found, "dosimetric_verification") == expected
