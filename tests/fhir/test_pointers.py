"""A reference to a resource of a type that is not allowed there is a fault; one that leads nowhere is not."""

from typing import Any

import pytest

from isocenter.fhir.structures.checker import check
from isocenter.fhir.structures.definitions import Definitions
from tests.fhir.profiles import BASE, element, profile

R4 = "http://hl7.org/fhir/StructureDefinition/"
Json = dict[str, Any]


def _request(*targets: str) -> Definitions:
    written = profile(
        "Claim",
        "request",
        element("Claim.contained", 0, "*", "Resource"),
        element("Claim.payer", 0, "1", "Reference"),
        element("Claim.asked[x]", 0, "1", "string|Reference"),
    )
    for one in written["snapshot"]["element"]:
        for kind in one["type"]:
            kind.update({"targetProfile": list(targets)} if kind["code"] == "Reference" else {})
    found = Definitions()
    for one in (written, profile("Organization", "payer"), profile("Coverage", "plan")):
        found.add(one)
    return found


def _claim(**members: Any) -> Json:
    return {"resourceType": "Claim", "meta": {"profile": [f"{BASE}request"]}, **members}


def _said(given: Json, *targets: str) -> list[str]:
    issues = check(given, _request(*(targets or (f"{BASE}payer|1.0", f"{R4}Practitioner"))))
    return [f"{one.expression}: {one.sentence}" for one in issues if "points to" in one.sentence]


@pytest.mark.parametrize(
    "address",
    ["Patient/1", "http://a.example.org/fhir/Patient/1", "https://a.example.org/Patient/1/_history/2", "#p"],
)
@pytest.mark.parametrize("member", ["payer", "askedReference"])
def test_another_type_than_allowed_is_a_fault(address: str, member: str) -> None:
    held = {"contained": [{"resourceType": "Patient", "id": "p"}]} if address == "#p" else {}
    assert _said(_claim(**{member: {"reference": address}}, **held)) == [
        f"Claim.{member}: it points to Patient; expected Organization or Practitioner"
    ]


@pytest.mark.parametrize(
    "reference",
    [
        {"reference": "Organization/1"},
        {"reference": "https://a.example.org/Practitioner/1"},
        {"reference": "urn:uuid:7"},  # not supplied
        {"reference": "Pacient/1"},  # no type of FHIR: what is there is not known
        {"identifier": {"value": "7"}, "type": "Organization"},
        {"display": "a payer"},
        {"reference": 7},
    ],
)
def test_what_is_allowed_or_not_known_is_no_fault(reference: Json) -> None:
    assert not _said(_claim(payer=reference))


def test_the_type_is_that_of_what_came_along_in_the_bundle() -> None:
    entries = [
        {"fullUrl": "urn:uuid:1", "resource": _claim(payer={"reference": "urn:uuid:2"})},
        {"fullUrl": "urn:uuid:2", "resource": {"resourceType": "Coverage", "id": "2"}},
    ]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    (said,) = _said(bundle)
    assert said == "Bundle.entry[0].resource.payer: it points to Coverage; expected Organization or Practitioner"


def test_a_type_that_contradicts_the_address_is_a_fault() -> None:
    (said,) = _said(_claim(payer={"reference": "Organization/1", "type": "Practitioner"}))
    assert said.endswith("its type says Practitioner, and it points to Organization")
    assert _said(_claim(payer={"identifier": {"value": "7"}, "type": "Patient"}))


@pytest.mark.parametrize("targets", [(f"{BASE}payer", "https://example.org/not-at-hand"), (f"{R4}Resource",)])
def test_anything_may_be_pointed_to_where_a_profile_is_unknown_or_names_any(targets: tuple[str, ...]) -> None:
    assert not _said(_claim(payer={"reference": "Patient/1"}), *targets)
