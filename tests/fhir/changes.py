"""What tests of changed and cancelled requests share: a desk on paper, and updates of the first request."""

import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from isocenter.fhir.authorizations.desk import Determined, DocumentsAsked
from isocenter.fhir.serving.service import Service
from tests.fhir.requests import GUIDE, authorization
from tests.fhir.test_service import body_of, post
from tests.intake.fhir_resources import concept

Json = dict[str, Any]


NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)


class PaperDesk:
    """A desk that notes what it gets, and answers what a test determines."""

    def __init__(self) -> None:
        self.received: dict[str, Json] = {}
        self.withdrawn: dict[str, str] = {}
        self.made: dict[str, Determined] = {}
        self.letters: dict[str, DocumentsAsked] = {}
        self.updated: dict[str, str] = {}
        self.at_once: list[tuple[str, str]] = []
        self.opened_again: list[str] = []

    def receive(self, identifier: str, bundle: bytes, *, is_expedited: bool = False, updates: str = "") -> None:
        self.received[identifier] = json.loads(bytes(bundle)) | {"expedited": is_expedited}
        self.updated[identifier] = updates

    def answered(self, identifier: str, decision: str, *, is_expedited: bool = False) -> None:  # noqa: ARG002
        self.at_once.append((identifier, decision))

    def withdraw(self, identifier: str, how: str) -> None:
        self.withdrawn[identifier] = how

    def determined(self, identifier: str) -> Determined | None:
        return self.made.get(identifier)

    def asked_for(self, identifier: str) -> DocumentsAsked | None:
        return self.letters.get(identifier)

    def reopened(self) -> list[str]:
        return self.opened_again


def update(*items: Json, more: tuple[Json, ...] = (), **changes: Any) -> Json:
    """A request that changes the one before it."""
    related = related_to("REQ-1")
    own = {"identifier": [{"system": "https://clinic.example.org/requests", "value": "REQ-1-UPDATE"}]}
    return authorization(more=more, **{"id": "claim-2", "related": related, "item": list(items), **own, **changes})


def cancelled(item: Json) -> Json:
    flag = {"url": f"{GUIDE}modifierextension-infoCancelled", "valueBoolean": True}
    changed = {"url": f"{GUIDE}extension-infoChanged", "valueCode": "changed"}
    return {**item, "modifierExtension": [flag], "extension": [*item["extension"], changed]}


def submitted(service: Service, bundle: Json) -> Json:
    reply = post(service, "/Claim/$submit", bundle)
    assert reply.status == 200, reply.body
    return body_of(reply)


def with_items(response: Json, *sequences: int) -> Json:
    """A response with some of its items alone."""
    kept = copy.deepcopy(response)
    claim_response = kept["entry"][0]["resource"]
    claim_response["item"] = [one for one in claim_response["item"] if one["itemSequence"] in sequences]
    return kept


def example_of(shared_data: Path, name: str) -> Json:
    import tarfile  # noqa: PLC0415

    with tarfile.open(shared_data / "fhir_packages" / "davinci_pas_2.2.1.tgz") as archive:
        member = archive.extractfile(f"package/example/{name}")
        assert member is not None
        found: Json = json.load(member)
        return found


def related_to(value: str) -> list[Json]:
    named = {"system": "https://clinic.example.org/requests", "value": value}
    code = concept("prior", "http://terminology.hl7.org/CodeSystem/ex-relatedclaimrelationship")
    return [{"claim": {"identifier": named}, "relationship": code}]


def own_id(response: Json) -> str:
    return str(response["id"]).removeprefix("response-")
