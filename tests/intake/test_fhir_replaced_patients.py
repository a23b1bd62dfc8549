"""A Patient whose record is out of use is read as the one that took its place; without one the case stays open."""

from pathlib import Path
from typing import Any

import pytest
from tests.intake.fhir_reading import of, only_line, reader_in
from tests.intake.fhir_resources import bill, patient

from isocenter.terms.courses import Member
from isocenter.terms.problems import Unread


def replaced_by(own_id: str, kind: str = "replaced-by") -> dict[str, Any]:
    return {"active": False, "link": [{"type": kind, "other": {"reference": f"Patient/{own_id}"}}]}


def test_a_patient_who_was_replaced_is_the_one_in_use(tmp_path: Path) -> None:
    old = {**patient("p1", "OLD"), "birthDate": "1905-02-01", **replaced_by("p2")}
    found = reader_in(tmp_path)(bill(), old, patient("p2"))
    assert only_line(found).member_id == "1EG4TE5MK73"
    (member,) = of(found, Member)
    assert member.birth_date is not None
    assert member.birth_date.year == 1950
    assert not [one for one in found.problems if isinstance(one, Unread)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (replaced_by("gone"), "another Patient replaced it, and was not supplied"),
        (replaced_by("p1"), "another Patient replaced it, and was not supplied"),
        ({"active": False}, "its record is out of use (active is false)"),
        (replaced_by("p2", "replaces"), "its record is out of use (active is false)"),
    ],
)
def test_a_patient_out_of_use_leaves_the_case_open(tmp_path: Path, change: Any, said: str) -> None:
    found = reader_in(tmp_path)(bill(), {**patient(), **change})
    assert only_line(found).member_id == "1EG4TE5MK73"
    (unread,) = [one for one in found.problems if isinstance(one, Unread)]
    assert (unread.place, unread.sentence[: len(said)]) == ("Patient/p1", said)


@pytest.mark.parametrize("change", [{"active": True}, {"link": [{"type": "seealso", "other": {"reference": "x"}}]}])
def test_a_patient_in_use_is_in_no_doubt(tmp_path: Path, change: Any) -> None:
    found = reader_in(tmp_path)(bill(), {**patient(), **change})
    assert not [one for one in found.problems if isinstance(one, Unread)]


@pytest.mark.parametrize(
    ("change", "is_other"),
    [
        ({"birthDate": "1961-04-05"}, True),
        ({"identifier": [{"value": "another number"}]}, True),
        ({"birthDate": "1950"}, False),
        ({"birthDate": ""}, False),
        ({"identifier": []}, False),
        ({"gender": "unknown"}, False),
    ],
)
def test_two_patients_of_one_id_leave_the_case_open_where_they_are_other_people(
    tmp_path: Path, change: Any, is_other: bool
) -> None:
    first = {**patient(), "birthDate": "1950-02-01"}
    found = reader_in(tmp_path)(bill(), first, {**first, **change})
    said = [one for one in found.problems if isinstance(one, Unread) and "another patient has this id" in one.sentence]
    assert bool(said) is is_other
