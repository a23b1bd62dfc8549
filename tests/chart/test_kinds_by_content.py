"""What a paper without a telling title is by what it states."""

from pathlib import Path

import pytest

from tests.chart.reading import document_of, elements_of, read_pages_of

PATIENT = "Patient: Wren Talbot   MRN: 55102   DOB: 04/12/1960"


def test_a_letter_that_argues_for_the_technique_is_a_necessity_statement_and_no_planning_note(tmp_path: Path) -> None:
    found = read_pages_of(
        tmp_path,
        f"{PATIENT}\n# Correspondence 03/02/2025\n"
        "The target is U shaped: it wraps around the rectum on three sides.\n"
        "The PTV lies 4 mm from the small bowel and touches the bladder.\n"
        "A four-field box was computed on the same scan and gave 51 Gy to the bowel; modulation brings it to 38.\n"
        "I want to protect the bowel, the bladder and the femoral heads.\n"
        "The dose of 50.4 Gy in 28 fractions with photons is the usual one.\n"
        "Signed electronically by Ana Reyes, MD on 03/02/2025",
    )
    assert [d.kind for d in found.documents] == ["necessity_statement"]
    assert {"condition_concavity", "condition_proximity", "compared_with_3d"} <= elements_of(
        found, "necessity_statement"
    )


def test_a_ticket_for_the_office_that_holds_a_simulation_is_a_record_of_the_procedure(tmp_path: Path) -> None:
    found = read_pages_of(
        tmp_path,
        f"{PATIENT}\n# Simulation ticket for the office\n"
        "Place: Harbor Cancer Center, hospital outpatient department\nDate: 03/04/2025\n"
        "Supervised: Dr. Reyes, in the suite\nProof: CT set of 140 slices saved, photographs in the chart\n"
        "Circle what applies: 77470 special procedure (TBI / hemibody / concurrent chemo)\n"
        "Completed by Leo Park, RT(T) 03/04/2025",
    )
    assert "supervising_physician" in {e.element for e in document_of(found, "procedure_record").elements}
    assert "special_treatment_record" not in {d.kind for d in found.documents}


@pytest.mark.parametrize(
    ("also", "kinds"),
    [
        ("", ["simulation_record"]),
        (
            " The teaching is recorded as a special treatment procedure.",
            ["simulation_record", "special_treatment_record"],
        ),
    ],
)
def test_a_simulation_with_breath_hold_is_a_special_treatment_only_where_it_says_so(
    tmp_path: Path, also: str, kinds: list[str]
) -> None:
    found = read_pages_of(
        tmp_path,
        f"{PATIENT}\n# CT simulation note\nDate: 03/04/2025\n"
        f"Supine on a breast board. Held breath was taught and will be used daily, with chemotherapy.{also}\n"
        "Electronically signed by Ana Reyes, MD 03/04/2025",
    )
    assert [d.kind for d in found.documents] == kinds


def test_texts_kept_to_be_called_up_state_nothing(tmp_path: Path) -> None:
    found = read_pages_of(
        tmp_path,
        f"{PATIENT}\n# Texts\n"
        '.WHYIMRT "The target is concave around the rectum, it touches the bladder, 3D gave too much dose."\n'
        '.MOTION "Motion was measured with 4DCT at 12 mm and managed by gating."',
    )
    assert not [d for d in found.documents if d.elements]


def test_the_reasons_of_a_necessity_form_show_no_planning_note_beside_it(tmp_path: Path) -> None:
    found = read_pages_of(
        tmp_path,
        f"{PATIENT}\n# Statement of Medical Necessity for IMRT\nDate: 03/05/2025\n"
        "The pelvic nodal volume hangs over the bladder like a saddle, with the bowel inside it.\n"
        "The 68 Gy at 2.4 Gy per day is more than conventional fields can give safely to this tumor.\n"
        "A six-field 3D conformal plan was computed: bowel V45 270 cc, against 160 cc with IMRT.\n"
        "The left iliac nodes lie 5 mm from the sigmoid in the tumor bed.\n"
        "Signed electronically by Ana Reyes, MD on 03/05/2025",
    )
    assert [d.kind for d in found.documents] == ["necessity_statement"]


@pytest.mark.parametrize(("reason", "is_argued"), [("", False), (" IMRT is needed to spare the duodenum.", True)])
def test_where_the_target_lies_is_no_argument_for_imrt_in_a_planning_note(
    tmp_path: Path, reason: str, is_argued: bool
) -> None:
    found = read_pages_of(
        tmp_path,
        f"{PATIENT}\n# Treatment Planning Note\nDate: 03/05/2025\n"
        "PET read by me, 2.1 cm, the tumor abuts the duodenum.\n"
        f"The nodal volume is a cuff around the left kidney; PTV 4 mm.{reason}\n"
        "45 Gy in 25 fractions, 6 MV IMRT, vac bag.\n"
        "Signed electronically by Ana Reyes, MD on 03/05/2025",
    )
    assert ("necessity_statement" in {d.kind for d in found.documents}) is is_argued
