"""Work that was ordered, missed or left out, and work of somebody else, states nothing."""

import pytest

from isocenter.chart.grammar.grammar import Grammar
from tests.chart.reading import document_of, elements_of, kinds_and_days, read

_SIGNED = "\nElectronically signed by Ada Winter, MD 03/04/2026"


@pytest.mark.parametrize(
    "title",
    ["CT Simulation Order", "Simulation and Treatment Planning Directive", "Request for Simulation", "Sim requisition"],
)
def test_an_order_for_a_simulation_is_no_record_of_it(grammar: Grammar, title: str) -> None:
    text = f"# {title}\nDate: 03/04/2026\nSupine, arms up on the wing board, Vac-Lok to mid thigh.\nWire the scar."
    assert "simulation_record" not in {kind for kind, _ in kinds_and_days(read(grammar, text + _SIGNED))}
    record = text.replace(title, "Simulation order and procedure note").replace("Supine", "He was placed supine")
    assert "patient_positioning" in elements_of(read(grammar, record + _SIGNED), "simulation_record")


@pytest.mark.parametrize(
    ("said", "stated"),
    [
        ("The CT was repeated at once because the rectum was full of gas.", False),
        ("Because of coughing a second scan was taken.", False),
        ("A second planning scan was needed because the shell is loose after 8 kg of weight loss.", True),
        ("The scan was repeated after fraction 14 because the mass has shrunk.", True),
    ],
)
def test_a_scan_repeated_in_one_session_repeats_no_simulation(grammar: Grammar, said: str, stated: bool) -> None:
    text = f"# Simulation Note\nDate: 03/04/2026\nShe was placed supine in an alpha cradle.\n{said}{_SIGNED}"
    assert ("resimulation_reason" in elements_of(read(grammar, text), "simulation_record")) is stated


@pytest.mark.parametrize(
    ("said", "stated"),
    [
        ("Scan range: T12 to the lesser trochanters", False),
        ("Images cover the mastoid tips to the clavicles.", False),
        ("Scanned from the vertex to C7 at 2 mm.", False),
        ("The tumor bed and its clips lie well inside the scan.", True),
    ],
)
def test_a_range_that_was_scanned_verifies_no_target(grammar: Grammar, said: str, stated: bool) -> None:
    text = f"# Simulation Note\nDate: 03/04/2026\nHe lay prone in a belly board.\n{said}{_SIGNED}"
    assert ("target_verification" in elements_of(read(grammar, text), "simulation_record")) is stated


@pytest.mark.parametrize(
    ("said", "stated"),
    [
        ("A conventional 3D plan was not prepared for this patient.", False),
        ("The 3D comparison was not run in this case.", False),
        ("A 3D plan has never even been computed.", False),
        ("We did not build a second, conventional plan.", False),
        ("The 3D comparison was passed over for lack of time.", False),
        ("The 3D plan was tried and dropped because the stomach got 57 Gy, over its limit.", True),
        ("The 3D plan never met the stomach limit; it gave 57 Gy against 50 Gy.", True),
        ("The four-field 3D plan gave 31 Gy to the chiasm, which is not acceptable.", True),
    ],
)
def test_a_plan_that_was_not_made_compares_nothing(grammar: Grammar, said: str, stated: bool) -> None:
    text = f"# IMRT Justification\nDate: 03/04/2026\nThe mass lies against the stomach.\n{said}{_SIGNED}"
    assert ("compared_with_3d" in elements_of(read(grammar, text), "necessity_statement")) is stated


@pytest.mark.parametrize(
    ("said", "stated"),
    [
        ("Left the clinic without being seen. Skin dry.", False),
        ("He did not appear for the visit.", False),
        ("Went home before he was examined.", False),
        ("Not seen this week. Skin intact per RN.", False),
        ("Left before I saw her. Skin intact per RN.", False),
        ("No-show. Skin intact by phone.", False),
        ("Visit was moved to Tuesday. Skin intact.", False),
        ("Edema not seen; skin intact. Continue.", True),
        ("I did not see any new lesions. Skin intact.", True),
        ("Seen and examined. No skin reaction, did not show any weight loss.", True),
    ],
)
def test_a_visit_that_was_missed_is_no_review(grammar: Grammar, said: str, stated: bool) -> None:
    text = f"# Weekly On-Treatment Visit\nDate: 03/04/2026\n{said}{_SIGNED}"
    assert ("physician_review" in elements_of(read(grammar, text), "weekly_management_note")) is stated


def test_a_target_named_behind_its_site_is_a_target(grammar: Grammar) -> None:
    order = (
        "# Prescription\nDate: 03/04/2026\n45 Gy in 25 fractions\n"
        "Stomach PTV V45Gy >= 95%\nLung GTV min 44 Gy\nPTV liver D95% >= 45 Gy\n"
        "Lungs - GTV V20Gy < 30%\nCord max < 40 Gy"
    )
    limits = {one.structure: (one.comparison, one.is_target) for one, _ in read(grammar, order + _SIGNED).constraints}
    targets = {name for name, (_, is_target) in limits.items() if is_target}
    assert len(targets) == 3
    assert {limits[name][0] for name in targets} == {">="}
    assert limits["Cord"] == ("<", False)
    assert all(not is_target for name, (_, is_target) in limits.items() if name.lower().startswith("lungs"))


def test_a_plan_is_not_signed_by_the_physician_who_reviews_it_below(grammar: Grammar) -> None:
    text = (
        "# Plan Report\nPlan date: 03/02/2026\nFinal dose calculated with Acuros, grid 2 mm, 2 arcs, 512 MU\n"
        "# Physician review of plan\nDate: 03/04/2026\nI scrolled through every slice of the CT with the PTV on it."
    )
    found = read(grammar, text + _SIGNED)
    assert document_of(found, "plan_report").signatures == []
    assert [one.role for one in document_of(found, "image_review").signatures] == ["radiation_oncologist"]


def test_a_log_ends_at_a_heading_of_the_other_log_and_at_an_entry_in_capitals(grammar: Grammar) -> None:
    found = read(
        grammar,
        "VISIT LOG (OTV)\n3/6/26 fx 5 seen, mild erythema. cont. A. Winter MD /s/ 3/6/26\n"
        "3/13/26 fx 10 seen, no complaints. cont. A. Winter MD /s/ 3/13/26\n\n"
        "PHYSICS LOG\n3/9/26 fx 1-5: MU and dose as planned. O. Ray PhD /s/ 3/9/26\n3/16/26 not checked\n\n"
        "3/18/26 ARM SWELLING\narm girth up 4 cm, cradle is tight. rescanned 3/19 and replanned.\n"
        "A. Winter MD /s/ 3/18/26",
    )
    days = kinds_and_days(found)
    assert ("weekly_physics_check", "2026-03-09") in days
    assert [day for kind, day in days if kind == "weekly_management_note"] == ["2026-03-06", "2026-03-13"]


@pytest.mark.parametrize("said", ["check overdue", "chart check past due, physicist away"])
def test_a_check_that_is_overdue_was_not_made(grammar: Grammar, said: str) -> None:
    text = (
        "# Weekly Physics Chart Check\nDate: 03/04/2026   Fractions 1-5\n"
        "Doses and monitor units checked against the plan.\n"
        "Beth Cole, PhD electronically signed 03/04/2026\n"
        f"Date: 03/11/2026   Fractions 6-10   {said}"
    )
    found = read(grammar, text)
    stated = [(str(one.document_date), len(one.elements)) for one in found.documents]
    assert [pair for pair in stated if pair[1]] == [("2026-03-04", 1)]


@pytest.mark.parametrize("said", ["No show for visit", "Did not come to the clinic", "Visit cancelled, machine down"])
def test_a_patient_who_did_not_come_made_no_visit(grammar: Grammar, said: str) -> None:
    text = (
        "# On Treatment Visits\n03/04/2026 fx 5 Seen, no complaints, images reviewed. A. Winter, MD signed 03/04/2026\n"
        f"03/11/2026 fx 10 {said}\n03/18/2026 fx 15 Seen, mild fatigue. A. Winter, MD signed 03/18/2026"
    )
    assert [day for _, day in kinds_and_days(read(grammar, text))] == ["2026-03-04", "2026-03-18"]


@pytest.mark.parametrize(
    ("said", "stated"),
    [
        ("A wider field was not chosen because the optic nerve touches the tumor.", {"condition_proximity"}),
        ("No clinical margin will be added since the optic nerve touches the tumor.", {"condition_proximity"}),
        ("He has had no imaging since the tumor touched the optic nerve.", set()),
        ("It is not because the tumor touches the optic nerve that IMRT is asked for.", set()),
        (
            "Margins are 2 mm, no clinical margin will be added, as the optic nerve is 3 mm from the tumor.",
            {"condition_narrow_margins", "condition_proximity"},
        ),
        ("With 3D fields the planner could not bring the parotid mean below 40 Gy.", {"compared_with_3d"}),
    ],
)
def test_what_is_denied_leaves_its_reason_in_force(grammar: Grammar, said: str, stated: set[str]) -> None:
    text = f"# IMRT Justification\nDate: 03/04/2026\n{said}{_SIGNED}"
    found = elements_of(read(grammar, text), "necessity_statement")
    assert {name for name in found if name.startswith("cond") or name == "compared_with_3d"} == stated


@pytest.mark.parametrize(
    ("text", "element"),
    [
        ("Dose escalation is not intended.", "condition_dose_escalation"),
        ("Concavity: the target does not curve around the cord.", "condition_concavity"),
        ("Narrow margins: these are not needed.", "condition_narrow_margins"),
    ],
)
def test_a_condition_is_denied_right_behind_its_name_or_by_the_value_of_its_field(
    grammar: Grammar, text: str, element: str
) -> None:
    page = f"# Medical Necessity for IMRT\nDate: 03/04/2026\nThe node lies 2 mm from the cord.\n{text}\n"
    found = elements_of(
        read(grammar, page + "Electronically signed by Ada Winter, MD 03/04/2026"), "necessity_statement"
    )
    assert element not in found
    assert "condition_proximity" in found


@pytest.mark.parametrize(
    "text",
    [
        "Fx 6-10 checked by therapist, no physics check this week",
        "Fractions 6-10: chart looked at by lead therapist, ok",
    ],
)
def test_a_week_that_a_therapist_checked_was_not_checked_by_physics(grammar: Grammar, text: str) -> None:
    page = f"# Weekly Physics Check\nDate: 03/04/2026\n{text}\nElectronically signed by Rory Lane, RT(T) 03/04/2026"
    assert elements_of(read(grammar, page), "weekly_physics_check") == set()


@pytest.mark.parametrize("text", ["Bladder too full, emptied, repeat: 1 mm", "Rectum full of gas, scan repeated"])
def test_an_organ_that_a_set_up_mentions_is_not_next_to_the_target(grammar: Grammar, text: str) -> None:
    page = f"# Image Guidance\nDate: 03/04/2026\n{text}\nElectronically signed by Ada Winter, MD 03/04/2026"
    assert elements_of(read(grammar, page), "image_guidance_note") == set()
