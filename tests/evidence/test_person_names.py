"""One person under several spellings is one; a relative, a namesake's neighbor or another script's stranger is not."""

from datetime import date
from pathlib import Path

import pytest
from tests.dicom_files import plan, save

from isocenter.evidence.person_names import same_name
from isocenter.intake.dicom_rt import read_plan
from isocenter.terms.courses import Member
from isocenter.terms.imaging import Patient
from isocenter.terms.record_numbers import are_two_persons, same_number

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
    ],
)
def test_one_person_under_two_spellings(stated: str, family: str, given: str, tmp_path: Path) -> None:
    assert same_name(patient_of(stated, tmp_path), Member("M", family, given)) is True


@pytest.mark.parametrize(
    ("stated", "family", "given"),
    [
        ("DOE^JOHN", "DOE", "JAMES"),  # a brother
        ("DE LA CRUZ^ANA", "DE LA ROSA", "ANA"),
        ("=\u9234\u6728^\u82b1\u5b50", "\u5c71\u7530", "\u592a\u90ce"),
        ("LEE^MIN", "LI", "MIN"),
        ("BORN^JANE", "WED", "JANE"),
    ],
)
def test_two_persons(stated: str, family: str, given: str, tmp_path: Path) -> None:
    assert same_name(patient_of(stated, tmp_path), Member("M", family, given)) is False


def test_a_name_changed_by_marriage_is_one_with_the_birth_date_and_a_twin_is_not() -> None:
    assert same_name(Patient("", "BORN", "JANE", BORN), Member("M", "WED", "JANE", BORN), same_birth=True) is True
    assert same_name(Patient("", "DOE", "MARY", BORN), Member("M", "DOE", "ANNA", BORN), same_birth=True) is False


def test_names_in_two_scripts_cannot_be_compared(tmp_path: Path) -> None:
    assert same_name(patient_of("=\u5c71\u7530^\u592a\u90ce", tmp_path), Member("M", "YAMADA", "TAROU")) is None


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("000123", "123", True),
        ("HOSP-00123", "123", True),
        ("HOSP00123", "00123", True),
        ("1234567-8", "1234567", True),
        ("M 1001", "m1001", True),
        ("124", "123", False),
        ("HOSP00124", "123", False),
        ("A-1001", "B-1001", False),
        ("1234567-8", "1234568", False),
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
    ],
)
def test_files_are_of_two_persons_by_number_or_by_name_and_birth_date(
    one: Patient, other: Patient, are_two: bool
) -> None:
    assert are_two_persons(one, other) is are_two
    assert are_two_persons(other, one) is are_two
