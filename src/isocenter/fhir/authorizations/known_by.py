"""Says by what a request for authorization is known: its identifier, its member, and the provider that asks."""

from collections.abc import Mapping
from typing import Any

from isocenter.fhir.authorizations.asked_claims import Asked, subject_of
from isocenter.fhir.clients.known import About
from isocenter.intake.fhir.people import member_number
from isocenter.intake.fhir.references import NPI_SYSTEM, Directory, identifier_of, text


def about_request(asked: Asked, client: str, *, is_pended: bool) -> About:
    """What a request of a client is known by."""
    directory = Directory(asked.resources)
    claim = asked.claim
    address = f"Claim/{text(claim, 'id')}" if text(claim, "id") else ""
    return About(
        subject_of(claim),
        address,
        member_of_claim(claim, directory),
        _organization(claim, directory),
        client,
        is_pended,
    )


def member_of_claim(claim: Mapping[str, Any], directory: Directory) -> str:
    """By which number the patient is known: the member's, else the first of any kind, else the Patient's id."""
    patient = directory.resolve(claim.get("patient"), claim)
    if patient is None:
        return ""
    return member_number(patient) or identifier_of(patient) or text(patient, "id")


def _organization(claim: Mapping[str, Any], directory: Directory) -> str:
    """The NPI of the provider that asks, through its role where it is given by one."""
    provider = directory.resolve(claim.get("provider"), claim)
    if provider is not None and provider.get("resourceType") == "PractitionerRole":
        role = provider
        named = (directory.resolve(role.get(name), role) for name in ("organization", "practitioner"))
        provider = next((one for one in named if one is not None), None)
    return identifier_of(provider, NPI_SYSTEM) if provider is not None else ""
