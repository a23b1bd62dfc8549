"""One person under several spellings is one; a relative, a namesake's neighbor or another script's stranger is not."""

from datetime import date
from pathlib import Path

import pytest
from pydicom.dataelem import RawDataElement
from pydicom.tag import Tag
from tests.dicom_files import item, plan, save

from isocenter.intake.dicom_rt import read_plan
from isocenter.terms.courses import Member
from isocenter.terms.imaging import Patient
from isocenter.terms.one_person import are_two_persons
from isocenter.terms.person_names import same_name
from isocenter.terms.record_numbers import same_number

BORN = date(1950, 1, 1)


def patient_of(stated: str, folder: Path) -> Patient:
    made = plan(PatientName=stated, SpecificCharacterSet="ISO_IR 192")
    return read_plan(save(made, folder / "RP.dcm"))[0].patient


@pytest.mark.parametrize(
    ("stated", "family", "given"),
    [
        ("DOE^JANE^Q", "Doe", "Jane"),
        ("JANE^DOE", "DOE", "JANE"),
        ("Doe, Jane", "DOE", "JANE"),
        ("DOE^JOHN^^^JR", "DOE JR", "JOHN"),
        ("DOE^JOHN^^^JR", "DOE", "JOHN"),
        ("DOE^JOHN^^^JR", "DOE II", "JOHN"),
        ("DOE III^JOHN", "DOE 3rd", "JOHN"),
        ("Sr. Juan Doe", "DOE JR", "JUAN"),  # a title
        ("SMITHDOE^JANE", "SMITH-DOE", "JANE"),
        ("Mu\u00f1oz^Jos\u00e9", "MUNOZ", "JOSE"),
        ("M\u00fcller^J\u00fcrgen", "MUELLER", "JUERGEN"),
        ("Yamada^Tarou=\u5c71\u7530^\u592a\u90ce", "YAMADA", "TAROU"),
        ("=\u5c71\u7530^\u592a\u90ce", "\u5c71\u7530", "\u592a\u90ce"),
        ("O'BRIEN^PAT", "OBRIEN", "PAT"),
        ("MC DONALD^PAT", "MCDONALD", "PAT"),
        ("DE LA CRUZ^ANA", "DELACRUZ", "ANA"),
        ("DOE^BILL", "DOE", "WILLIAM"),
        ("GARCIA LOPEZ^MARIA", "GARCIA", "MARIA"),
        ("Doe Jane", "Doe", "Jane"),
        ("Jane Doe", "Doe", "Jane"),
        ("DOE^J", "Doe", "Jane"),
        ("DOE^J^ROBERT", "Doe", "Robert"),  # called by the second name
        ("NU?EZ^ANA", "Nu\u00f1ez", "Ana"),  # a character set that was not stated
        ("S\u00f8rensen^\u00c5se", "SOERENSEN", "AASE"),
        ("Y\u0131ld\u0131z^I\u015f\u0131l", "YILDIZ", "ISIL"),
        ("Pat Example^", "EXAMPLE", "PAT"),
        ("KHAN^MOHAMMED", "Khan", "Muhammad"),
        ("PETIT^AC", "Petit", "Anne Claire"),
        ("VANDERBERGHEN^ANN", "Vanderberghenstein", "Ann"),  # a field of few letters
    ],
)
def test_one_person_under_two_spellings(stated: str, family: str, given: str, tmp_path: Path) -> None:
    assert same_name(patient_of(stated, tmp_path), Member("M", family, given)) is True


@pytest.mark.parametrize(
    ("stated", "family", "given"),
    [
        ("DOE^JOHN", "DOE", "JAMES"),  # a brother
        ("DOE^JOHN^^^JR", "DOE SR", "JOHN"),  # his father
        ("DOE^JOHN III", "DOE JR.", "JOHN"),
        ("DE LA CRUZ^ANA", "DE LA ROSA", "ANA"),
        ("=\u9234\u6728^\u82b1\u5b50", "\u5c71\u7530", "\u592a\u90ce"),
        ("LEE^MIN", "LI", "MIN"),
        ("BORN^JANE", "WED", "JANE"),
        ("Other Jane", "Doe", "Jane"),
        ("Doe Eve", "Doe", "Jane"),
        ("DOE^EVE", "Doe", "Jane E"),  # her middle initial is no initial of Eve
        ("JANE^OTHER", "Doe", "Jane"),
        ("DOE^MARY", "Doe", "Martin"),
        ("EXAMPLE^EVE", "EXAMPLE", "PAT"),
        ("HILLMAN^PAT", "Hill", "Pat"),
        ("CHAN^MEI", "Chang", "Mei"),
        ("PETIT^AC", "Petit", "Anne Marie"),
        ("Suzuki^Hanako=\u9234\u6728^\u82b1\u5b50", "\u5c71\u7530", "\u592a\u90ce"),
    ],
)
def test_two_persons(stated: str, family: str, given: str, tmp_path: Path) -> None:
    assert same_name(patient_of(stated, tmp_path), Member("M", family, given)) is False


def test_a_name_changed_by_marriage_is_one_with_the_birth_date_and_a_twin_is_not() -> None:
    assert same_name(Patient("", "BORN", "JANE", BORN), Member("M", "WED", "JANE", BORN), same_birth=True) is True
    assert same_name(Patient("", "DOE", "MARY", BORN), Member("M", "DOE", "ANNA", BORN), same_birth=True) is False


def test_a_father_and_a_son_are_not_born_on_one_day() -> None:
    assert same_name(Patient("", "DOE JR", "JOHN", BORN), Member("M", "DOE SR", "JOHN", BORN), same_birth=True) is True


def test_names_in_two_scripts_cannot_be_compared(tmp_path: Path) -> None:
    assert same_name(patient_of("=\u5c71\u7530^\u592a\u90ce", tmp_path), Member("M", "YAMADA", "TAROU")) is None


@pytest.mark.parametrize("keyword", ["PatientBirthName", "OtherPatientNames"])
def test_a_former_name_that_the_file_states_is_the_persons_too(keyword: str, tmp_path: Path) -> None:
    made = plan(PatientName="WED^JANE", **{keyword: "BORN^JANE"})
    stated = read_plan(save(made, tmp_path / "RP.dcm"))[0].patient
    assert same_name(stated, Member("M", "BORN", "JANE")) is True
    assert same_name(stated, Member("M", "WED", "JANE")) is True
    assert same_name(stated, Member("M", "OTHER", "JANE")) is False


@pytest.mark.parametrize(
    "others",
    [
        {"OtherPatientIDsSequence": [item(PatientID="555"), item(PatientID="HOSP-0012345")]},
        {"OtherPatientIDs": ["555", "12345"]},
    ],
)
def test_numbers_of_other_departments_are_the_persons_too(others: dict[str, object], tmp_path: Path) -> None:
    stated = read_plan(save(plan(PatientID="ONC-77", **others), tmp_path / "RP.dcm"))[0].patient
    assert not are_two_persons(stated, Patient("12345"))
    assert are_two_persons(stated, Patient("12346"))


@pytest.mark.parametrize(
    ("stated", "day", "year"),
    [
        ("1950", None, 1950),
        ("19500000", None, 1950),
        ("195007", None, 1950),
        ("19500701", date(1950, 7, 1), None),
        ("18980517", date(1898, 5, 17), None),
        ("18991230", None, None),  # the first day of a spreadsheet
        ("19000101", None, None),
        ("16010101", None, None),
        ("not known", None, None),
    ],
)
def test_a_birth_date_is_a_day_or_a_year_and_a_placeholder_neither(
    stated: str, day: date | None, year: int | None, tmp_path: Path
) -> None:
    made = plan()
    made[0x00100030] = RawDataElement(Tag(0x00100030), "DA", len(stated), stated.encode(), 0, False, True, True)
    who = read_plan(save(made, tmp_path / "RP.dcm"))[0].patient
    assert (who.birth_date, who.birth_year) == (day, year)


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("000123", "123", True),
        ("HOSP-00123", "123", True),
        ("HOSP00123", "00123", True),
        ("1234567-8", "1234567", True),
        ("1234567-01", "1234567", True),
        ("1234567RO", "1234567", True),
        ("1234567_RT", "0001234567", True),
        ("1234567@GENERAL", "1234567", True),
        ("1234567-01", "1234567-02", False),
        ("11234567", "1234567", False),
        ("M 1001", "m1001", True),
        ("124", "123", False),
        ("HOSP00124", "123", False),
        ("A-1001", "B-1001", False),
        ("1234567-8", "1234568", False),
        ("1234567^^^HOSP&1.2.3&ISO^MR", "1234567", True),
        ("1234567^4^M11^HOSP", "1234567", True),
        ("1234568^^^HOSP", "1234567", False),
        ("KH01:0012345", "12345", True),
        ("SITE2_12345", "12345", True),
        ("KH01:12345", "KH02:12345", False),
    ],
)
def test_record_numbers_without_zeros_sites_and_check_digits(one: str, other: str, is_same: bool) -> None:
    assert same_number(one, other) == same_number(other, one) == is_same


@pytest.mark.parametrize(
    ("one", "other", "are_two"),
    [
        (Patient("0012345"), Patient("12345"), False),
        (Patient("12345"), Patient("12346"), True),
        (Patient("", "Roe", "Ann", date(1950, 1, 2)), Patient("7", "Roe", "Ann", date(1950, 1, 2)), False),
        (Patient("7", "Roe", "Ann", date(1950, 1, 2)), Patient("7", "Doe", "Jim", date(1961, 3, 4)), True),
        (Patient("7", "Roe", "Ann", date(1950, 1, 2)), Patient("7", "Doe", "Ann", date(1950, 1, 2)), False),
        (Patient("7", "Roe", "Ann"), Patient("7", "Doe", "Jim", date(1961, 3, 4)), False),
        (Patient("", "Roe", "Ann"), Patient("7", "Doe", "Jim"), True),
        (Patient(pseudonym="ANON1", is_deidentified=True), Patient("7", "Doe", "Jim"), False),
        (Patient("", "Roe", "Ann"), Patient("7", "Doe", "Annette"), False),
        (Patient("", "Roe", "Ann"), Patient("", "\u5c71\u7530", "\u592a\u90ce"), False),
    ],
)
def test_files_are_of_two_persons_by_number_or_by_name_and_birth_date(
    one: Patient, other: Patient, are_two: bool
) -> None:
    assert are_two_persons(one, other) is are_two
    assert are_two_persons(other, one) is are_two


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("HN_0042", "HN_0042"),
        ("TRIAL-17-0004", "TRIAL-17-0004"),
        ("zzBREAST", "zzBREAST"),
        ("Anonymous^Patient", "ANON-17"),
        ("ANON^", "B1234567"),
        ("Deidentified", "0004711"),
        ("", "9f86d081884c7d659a2feaa0c55ad015"),
        ("", "1.2.840.99999.17.5"),
    ],
)
def test_a_pseudonym_is_nobodys_number_and_still_tells_two_patients_apart(
    name: str, number: str, tmp_path: Path
) -> None:
    def read(stated: str) -> Patient:
        made = plan(PatientName=name and name.replace(number, stated), PatientID=stated)
        return read_plan(save(made, tmp_path / "RP.dcm"))[0].patient

    one, other = read(number), read(number[:-1] + ("9" if number[-1] != "9" else "8"))
    assert not one.is_stated
    assert one.pseudonym == number
    assert are_two_persons(one, other)
    assert not are_two_persons(one, one)


def test_a_method_of_deidentification_says_that_the_name_is_not_the_patients(tmp_path: Path) -> None:
    made = plan(PatientName="OTHER^EVE", PatientID="777", DeidentificationMethod="names replaced")
    assert read_plan(save(made, tmp_path / "RP.dcm"))[0].patient.is_deidentified


def test_a_placeholder_beside_a_name_is_a_family_name(tmp_path: Path) -> None:
    assert patient_of("SAMPLE^EVE", tmp_path).family_name == "SAMPLE"
    assert not patient_of("SAMPLE^PATIENT", tmp_path).family_name
    assert not patient_of("PHANTOM^QA", tmp_path).family_name
