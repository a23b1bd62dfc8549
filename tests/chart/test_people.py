"""Names and credentials as charts write them, with the role that they show."""

import pytest

from isocenter.chart.words.people import people_in, role_of

MD, PHYSICIST, THERAPIST = "radiation_oncologist", "medical_physicist", "radiation_therapist"
WRITTEN = [
    ("ROE, ELENA PhD, DABR", "ROE, ELENA", PHYSICIST),
    ("ROE, JANE Q JR, MD", "ROE, JANE Q", MD),
    ("Jane Q. Roe III, MD", "Jane Q. Roe", MD),
    ("Sam Roe, Jr., MD", "Sam Roe", MD),
    ("Jane D'Arcy-Roe, DO", "Jane D'Arcy-Roe", MD),
    ("Jane McRoe-O'Dell, PhD", "Jane McRoe-O'Dell", PHYSICIST),
    ("A.B. Roe, M.D.", "A.B. Roe", MD),
    ("Łucja Šťastná, MD", "Łucja Šťastná", MD),
    ("Jane Roe, MPH, MD", "Jane Roe", MD),
    ("Jane Roe, MD, Ph.D.", "Jane Roe", MD),
    ("Sam Doe, BSRS, RT(T)", "Sam Doe", THERAPIST),
    ("Sam Doe, CMD, RT(T)", "Sam Doe", "dosimetrist"),
    ("Kim Poe MSN, AGACNP-BC", "Kim Poe", "other"),
    ("JUNE POE MS DABR", "JUNE POE", PHYSICIST),
    ("April Roe, MD", "April Roe", MD),
    ("Signed 12 June Sam Doe, PhD", "Sam Doe", PHYSICIST),
    ("Closed Jane Roe, MD", "Jane Roe", MD),
]


@pytest.mark.parametrize(("text", "name", "role"), WRITTEN)
def test_a_name_with_suffix_hyphen_or_several_degrees_is_one_person(text: str, name: str, role: str) -> None:
    (person,) = people_in(text)
    assert (person.name, role_of(person, "", {})) == (name, role)


def test_the_reader_named_behind_a_title_is_no_person() -> None:
    assert people_in("Plan Check MD 7/23/25") == []
