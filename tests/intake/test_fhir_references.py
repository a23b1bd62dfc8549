"""A reference leads to the resource of its own server: ids come again elsewhere, and persons must not be mixed up."""

from pathlib import Path

import pytest
from tests.intake.fhir_reading import Reader, only_line, reader_in
from tests.intake.fhir_resources import bill, item, patient

from isocenter.intake.fhir.references import Directory
from isocenter.intake.fhir.resources import Found

HERE, THERE = "http://here.example.org/fhir", "http://there.example.org/fhir"


@pytest.fixture
def rows(tmp_path: Path) -> Reader:
    return reader_in(tmp_path)


def held(kind: str, address: str, own_id: str = "1") -> Found:
    return Found({"resourceType": kind, "id": own_id}, "a.json", kind, address)


def test_an_address_leads_to_its_own_server_alone() -> None:
    here, there = held("Patient", f"{HERE}/Patient/1"), held("Patient", f"{THERE}/Patient/1")
    claim = held("Claim", f"{THERE}/Claim/9", "9")
    both, one = Directory([here, there, claim]), Directory([here])
    assert both.at(f"{THERE}/Patient/1/_history/2") is there.resource
    assert both.resolve({"reference": "Patient/1"}, claim.resource) is there.resource
    assert both.at("Patient/1") is None  # either could be meant
    assert one.at("Patient/1/_history/4") is here.resource
    assert one.at(f"{THERE}/Patient/1") is None
    assert one.resolve({"reference": "Patient/1"}, claim.resource) is here.resource  # no server of it is known
    assert Directory([here, claim]).resolve({"reference": "Patient/1"}, claim.resource) is None


@pytest.mark.parametrize("address", ["", "urn:uuid:6f0c"])
def test_a_resource_of_no_known_server_is_found_by_type_and_id(address: str) -> None:
    given = held("Patient", address)
    assert Directory([given]).at(f"{HERE}/Patient/1") is given.resource
    assert Directory([given]).at("Patient/1") is given.resource


def test_a_claim_is_never_of_the_person_whom_another_server_calls_the_same(rows: Reader) -> None:
    claim = bill(item("77301"), patient={"reference": f"{THERE}/Patient/p1"})
    entries = [{"fullUrl": f"{HERE}/Patient/p1", "resource": patient()}, {"resource": claim}]
    assert only_line(rows({"resourceType": "Bundle", "type": "collection", "entry": entries})).member_id == (
        f"{THERE}/Patient/p1"
    )
    entries[0]["fullUrl"] = f"{THERE}/Patient/p1"
    assert (
        only_line(rows({"resourceType": "Bundle", "type": "collection", "entry": entries})).member_id == "1EG4TE5MK73"
    )
