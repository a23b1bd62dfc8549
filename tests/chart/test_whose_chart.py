"""A chart that names another patient than the case is no evidence, until a person accepts the difference."""

from datetime import date
from pathlib import Path

import pytest

from isocenter.chart.abstract import abstract_pages
from isocenter.chart.abstraction import Abstraction
from isocenter.chart.grammar.grammar import Grammar
from isocenter.chart.patient.identity import is_of_another
from isocenter.chart.patient.identity_marks import Identity, identity_of
from isocenter.errors import UnreadableInput
from isocenter.rulebook.rulebook import load_policy
from isocenter.terms.courses import Member
from isocenter.terms.plans import AcceptedDifference
from isocenter.workflow import review_case
from tests.chart.marked_papers import page_of

FOLDER = load_policy("imrt").folder
MEMBER = Member("M-77", "Winterbourne", "Adelaide", date(1951, 3, 9), "F", "00-4417")
NOTE = (
    "SIMULATION NOTE\nDate of service: 05/06/2024\nThe patient was immobilized in a custom mask and scanned supine.\n"
    "Electronically signed by Ada Winter, MD, Radiation Oncology, 05/06/2024"
)


def read(grammar: Grammar, *heads: str, member: Member | None = MEMBER, accepted: str = "") -> Abstraction:
    pages = [page_of(f"{head}\n{NOTE}", number) for number, head in enumerate(heads, 1)]
    reasons = [AcceptedDifference("the birth date was entered wrongly", accepted)] if accepted else []
    return abstract_pages(pages, grammar, FOLDER, member=member, accepted=reasons)


@pytest.mark.parametrize(
    "head",
    [
        "Patient: Winterbourne, Adelaide   DOB: 03/09/1951   MRN: 00-4417",
        "Patient: Adelaide Winterbourne   DOB: 3/9/51",
        "Patient: WINTERBOURNE, ADELAIDE K   MRN: Z-1188",
        "Patient: Ainsley, Adelaide   DOB: 03/09/1951",  # a name before or after marriage
        "Name: Winterbourne, Addie   DOB: 03/09/1951",
        "Patient: Winterborne, Adelaide   DOB: 03/09/1951",  # a letter lost
        "DOB: 03/09/1951",
        "Patient: Winterbourne, Adelaide   DOB: 03/09/1915   MRN: 4417",  # one mark misread, the number is the member's
    ],
)
def test_the_members_chart_is_used(grammar: Grammar, head: str) -> None:
    found = read(grammar, head)
    assert (len(found.documents), found.foreign) == (1, [])


@pytest.mark.parametrize(
    "head",
    [
        "Patient: Holloway, Tobias   DOB: 11/30/1944   MRN: 55-0921",
        "Patient: Tobias Holloway   DOB: 11/30/1944",
        "Patient: Holloway, Tobias   MRN: 55-0921",
        "Patient: Winterbourne, Adelaide   DOB: 07/21/1978",  # mother and daughter
        "DOB: 11/30/1944   MRN: 55-0921",
    ],
)
def test_a_chart_that_names_somebody_else_is_not_used(grammar: Grammar, head: str) -> None:
    found = read(grammar, head, head)
    assert found.documents == []
    assert found.foreign == [("chart.pdf", 1), ("chart.pdf", 2)]
    assert found.problems[0].sentence.startswith("the chart is of another patient")
    assert "2 of 2 pages were not used" in found.problems[0].sentence


def test_pages_without_a_name_in_somebody_elses_chart_are_not_used(grammar: Grammar) -> None:
    found = read(grammar, "Patient: Holloway, Tobias   DOB: 11/30/1944", "")
    assert found.documents == []


def test_the_members_page_in_somebody_elses_chart_is_used(grammar: Grammar) -> None:
    other = "Patient: Holloway, Tobias   DOB: 11/30/1944"
    found = read(grammar, other, other, "Patient: Winterbourne, Adelaide   DOB: 03/09/1951")
    assert [document.pages for document in found.documents] == [[3]]


def test_without_a_member_the_patient_of_most_pages_counts(grammar: Grammar) -> None:
    found = read(grammar, "Patient: Holloway, Tobias   DOB: 11/30/1944", member=None)
    assert len(found.documents) == 1


def test_pages_that_name_nobody_are_used_and_it_is_said(grammar: Grammar) -> None:
    found = read(grammar, "")
    assert len(found.documents) == 1
    assert ["no name and no birth date to compare" in problem.sentence for problem in found.problems] == [True]


def test_a_person_accepts_a_difference_by_its_item(grammar: Grammar) -> None:
    head = "Patient: Winterbourne, Adelaide   DOB: 07/21/1978"
    found = read(grammar, head, accepted="birth_date")
    assert len(found.documents) == 1
    assert "a person accepts it: the birth date was entered wrongly" in found.problems[0].sentence
    assert read(grammar, head, accepted="patient_name").documents == []
    assert read(grammar, "Patient: Holloway, Tobias   DOB: 11/30/1944", accepted="birth_date").documents == []


@pytest.mark.parametrize(
    ("born", "expected"), [("03/09/51", date(1951, 3, 9)), ("2/28/17", date(2017, 2, 28)), ("1/2/26", date(1926, 1, 2))]
)
def test_a_birthday_in_two_digits_is_before_the_days_of_the_page(born: str, expected: date) -> None:
    assert identity_of(page_of(f"Patient: Winterbourne, Adelaide   DOB: {born}\n{NOTE}", 1)).born == expected


@pytest.mark.parametrize("line", ["MOOR, ADA SM-20931 05/17/2024", "PT: MOOR, ADA H4471 05/17/2024"])
def test_the_day_of_a_visit_behind_a_name_and_number_is_no_birthday(line: str) -> None:
    found = identity_of(page_of(f"IMRT QA\n{line}\nBoth arcs were delivered on the phantom.", 1))
    assert (found.name, found.born) == ("MOOR, ADA", None)


@pytest.mark.parametrize("behind", ["2026-02-11", "20260211", "02112026", "555-0148", "555-555-0148", "Room 400123"])
def test_a_day_or_a_telephone_number_behind_a_name_is_no_record_number(behind: str) -> None:
    found = identity_of(page_of(f"Patient: Moor, Ada   {behind}\n{NOTE}", 1))
    assert (found.name, found.record_number) == ("Moor, Ada", "")


def test_a_record_number_without_a_label_behind_a_labelled_name_is_no_part_of_the_name() -> None:
    found = identity_of(page_of(f"Mesa Clinic   Pt: Moor, Ada   SM-20931   DOB 12/02/1977\n{NOTE}", 1))
    assert found == ("Moor, Ada", "SM-20931", date(1977, 12, 2))


def test_a_birthday_in_four_digits_is_as_written() -> None:
    page = page_of("Form revised 01/15/2012\nPatient: Winterbourne, Adelaide   DOB: 05/23/2017", 1)
    assert identity_of(page).born == date(2017, 5, 23)


def test_the_verb_behind_credentials_in_capitals_is_no_given_name() -> None:
    statement = (
        "SIGNATURE ATTESTATION STATEMENT\nRE: WINTERBOURNE, ADELAIDE\nI, ADA WINTER, MD, HEREBY ATTEST THAT THE ENTRY "
        "OF 05/06/2024 IN RECORD NO. 00-4417 IS MINE.\nADA WINTER, MD   06/01/2024"
    )
    assert identity_of(page_of(statement, 1)).name == "WINTERBOURNE, ADELAIDE"
    nameless = statement.replace("RE: WINTERBOURNE, ADELAIDE\n", "")
    assert identity_of(page_of(nameless, 1)).name == ""


def test_credentials_are_no_name() -> None:
    assert identity_of(page_of(f"Kit Moor, MS, DABR   ID: 4471\n{NOTE}", 1)).name == ""


def test_a_chart_alone_is_asked_about_before_any_claim(tmp_path: Path) -> None:
    head = "Patient: Winterbourne, Adelaide   DOB: 03/09/1951"
    (tmp_path / "notes.txt").write_text(f"{head}\n{NOTE}\n", encoding="utf-8")
    for path in (tmp_path, tmp_path / "notes.txt"):
        review = review_case(path)
        assert [row.kind for row in review.facts["documents"]] == ["simulation_record"]
        assert [row.family_name for row in review.facts["members"]] == ["Winterbourne"]


def test_rows_without_a_course_beside_a_chart_ask_for_it(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text(f"Patient: Winterbourne, Adelaide\n{NOTE}\n", encoding="utf-8")
    with pytest.raises(UnreadableInput, match="no course of radiation therapy in the case"):
        review_case(tmp_path, course_id="C-9")
    (tmp_path / "case.yaml").write_text(
        "documents: [{document_id: D1, kind: prescription, document_date: 2024-05-07}]\n", encoding="utf-8"
    )
    with pytest.raises(UnreadableInput, match="list"):
        review_case(tmp_path)


def test_a_text_without_documents_is_not_reviewed(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("Milk, bread, two lemons.\n", encoding="utf-8")
    with pytest.raises(UnreadableInput, match=r"no document of the policy's list was recognized in notes\.txt"):
        review_case(tmp_path)


def test_the_chart_of_another_member_leaves_the_case_without_documents(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text(f"Patient: Holloway, Tobias   DOB: 11/30/1944\n{NOTE}\n", encoding="utf-8")
    (tmp_path / "case.yaml").write_text(
        "courses: [{course_id: C-1, member_id: M-77}]\n"
        "members: [{member_id: M-77, family_name: Winterbourne, given_name: Adelaide, birth_date: 1951-03-09}]\n",
        encoding="utf-8",
    )
    review = review_case(tmp_path)
    assert not review.facts.get("documents")
    assert review.problems[0].sentence.startswith("the chart is of another patient")


HEADS = [
    ("Meadow, Iris T. | Elmwood University Hospital\nMRN: 4020 117 93 DOB: 01/02/1950", "Meadow, Iris", "4020 117 93"),
    ("Oncology, Tower B | Pt: Meadow, Iris T.\nOak Pike, Suite 4 ID TC-29 DOB 01/02/1950", "Meadow, Iris", "TC-29"),
    ("Clinic, Mill Creek, SC 803 555-0191\nPatient: MEADOW, IRIS Acct PS-38 DOB: 01/02/1950", "MEADOW, IRIS", "PS-38"),
    ("MEADOW,IRIS T XXX-XX-1147 DOB: JAN 2,1950 ELMWOOD VAMC\nProgress notes", "MEADOW, IRIS", "XXX-XX-1147"),
    ("MEADOW,IRIS T 000-00-1234 JAN 2,1950 Prog Notes\nElmwood Medical Center", "MEADOW, IRIS", "000-00-1234"),
    ("Tuesday, March 4 MRN 40117 DOB 01/02/1950\nPatient: Iris Meadow", "Iris Meadow", "40117"),
]  # fmt: skip


@pytest.mark.parametrize(("head", "name", "number"), HEADS)
def test_places_days_and_departments_around_a_comma_are_nobody(head: str, name: str, number: str) -> None:
    found = identity_of(page_of(head + "\n" * 12 + "Seen today, skin intact.", 1))
    assert (found.name, found.record_number, str(found.born)) == (name, number, "1950-01-02")


def test_a_street_a_town_and_the_doctor_beside_the_name_do_not_hide_the_patient() -> None:
    head = (
        "Oda Park, MD   Patient: Halloway, Inga\n"
        "Radiation Oncology 18 Mill Pond Road, Eastbrook   No. 0418 born 05-27-1960"
    )
    found = identity_of(page_of(head + "\n" * 12 + "Seen today, skin intact.", 1))
    assert found == ("Halloway, Inga", "0418", date(1960, 5, 27))


@pytest.mark.parametrize(
    ("head", "name", "number", "born"),
    [
        (
            "PATIENT Moor-Hall, Ada   CLINIC NO. BOA/8068   BIRTH 04 Jul 1955",
            "Moor-Hall, Ada",
            "BOA/8068",
            (1955, 7, 4),
        ),
        ("Name Ada Moor-Hall  No. CV 1187  Bom 8-3-1947", "Ada Moor-Hall", "CV 1187", (1947, 8, 3)),
        ("MOOR-HALL,ADA D H4471 SEP 12,1949 CONFIDENTIAL", "MOOR-HALL, ADA", "H4471", (1949, 9, 12)),
        ("Moor-Hall, Ada OV-0092217 03-Dec-1951 (73 y)", "Moor-Hall, Ada", "OV-0092217", (1951, 12, 3)),
        ("Ada Moor hosp. no. W 60-3381 d.o.b. 17/08/1971", "Ada Moor", "W 60-3381", (1971, 8, 17)),
        ("MOOR Ada, 3 May 1971, No. SB 20-4417", "MOOR Ada", "SB 20-4417", (1971, 5, 3)),
        ("PT# PC-30418 MOOR, AUGUST DOB 03/22/1955", "MOOR, AUGUST", "PC-30418", (1955, 3, 22)),
        ("patient: Moor, Ada | chart no. BF.2290.17 | birth 30.11.1948", "Moor, Ada", "BF.2290.17", (1948, 11, 30)),
    ],
)
def test_heads_name_the_patient_in_many_forms(head: str, name: str, number: str, born: tuple[int, int, int]) -> None:
    found = identity_of(page_of(f"{head}\n\nSeen on March 4, 2025, skin intact.", 1))
    assert (found.name, found.record_number, found.born) == (name, number, date(*born))


@pytest.mark.parametrize(
    "head",
    [
        "Pelican County No. RO-2001",
        "Radiation Oncology, printed 03/04/2025",
        "Meeting of August 12, 2025  No. 4",
        "Copy 2 of 5",
    ],
)
def test_a_place_or_a_form_number_names_no_patient(head: str) -> None:
    assert identity_of(page_of(f"{head}\n\nSeen on March 4, 2025, skin intact.", 1)).name == ""


def test_a_cell_of_a_head_without_labels_names_the_patient_and_tells_a_page_of_another() -> None:
    of_one, of_another = (
        identity_of(page_of(f"| Elmwood Pavilion | {head}\nSimulation record T11\n" + "\n" * 12 + "Seen 3/4/2024.", 1))
        for head in ("MEADOW, Iris T. KV-7712-4 01/02/1950", "MEADOWS, Isidor KV-7721-4 02/11/1944")
    )
    assert of_one == ("MEADOW, Iris", "KV-7712-4", date(1950, 1, 2))
    assert is_of_another(of_another, of_one, recognized=False)


@pytest.mark.parametrize(("shown", "another"), [("Meadow, IrisMRN", False), ("Meadow, Ivan", True)])
def test_a_label_that_recognition_joined_to_a_name_is_no_part_of_it(shown: str, another: bool) -> None:
    patient = Identity("Meadow, Iris", "KM-5582", date(1966, 4, 2))
    page = Identity(shown, "", date(1966, 4, 2) if not another else date(1958, 9, 9))
    assert is_of_another(page, patient, recognized=True) is another


@pytest.mark.parametrize("line", ["Images approved: U. Sander, MD (18.05.2026)", "Sander, MD - 05/18/2026"])
def test_a_signer_with_a_day_in_the_margin_of_a_page_is_no_patient_with_a_record_number(line: str) -> None:
    assert identity_of(page_of(f"{line}\n{NOTE}", 1)).is_empty
    assert identity_of(page_of(f"Winterbourne, Adelaide (00-4417)\n{NOTE}", 1)).record_number == "00-4417"


@pytest.mark.parametrize(
    ("entry", "foreign"),
    [
        ("Patient: Holloway, Tobias   MRN 77-40018   DOB: 11/30/1944", [2]),
        ("Patient: Winterbourne, Adelaide   DOB: 03/09/1951", []),
        ("Patient: Winterborne, Adelaide   MRN 40-22871   DOB: 03/09/1951", []),
        ("Subscriber name: Winterbourne, Basil   DOB: 11/30/1944", []),
        ("Phantom: Arc, Check   ID 77-40018", []),
    ],
)
def test_a_note_of_another_patient_below_the_head_of_the_chart_is_not_used(
    grammar: Grammar, entry: str, foreign: list[int]
) -> None:
    head = "Winterbourne, Adelaide   40-22871   DOB 3/9/1951\nHarrow Lane Clinic" + "\n" * 6
    pages = [f"{head}# Note of the day\n{entry if n == 2 else ''}" for n in (1, 2, 3)]
    found = read(grammar, *pages, member=None)
    assert [number for _, number in found.foreign] == foreign
    assert found.patient.record_number == "40-22871"
