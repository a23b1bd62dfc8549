"""Every published example of a kind that a client may send is answered or refused in valid FHIR; none is certified."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from isocenter.fhir.asking.asked import Judges
from isocenter.fhir.authorizations.records import Records
from isocenter.fhir.serving.service import Service
from isocenter.fhir.settings import Payer
from isocenter.fhir.structures.checker import check
from tests.fhir.test_checker import PACKAGES, definitions_of, examples_of
from tests.fhir.test_service import body_of, post

Json = dict[str, Any]
ADDRESSES = {
    "Bundle": ("/Claim/$submit", "/Claim/$inquire"),
    "Parameters": (
        "/Questionnaire/$questionnaire-package",
        "/Questionnaire/$next-question",
        "/$submit-attachment",
    ),
    "QuestionnaireResponse": ("/Questionnaire/$next-question",),
    "Subscription": ("/Subscription",),
}
FEWEST = {"davinci_pas_2.2.1": 20, "davinci_pas_2.0.1": 10, "davinci_dtr_2.0.1": 10, "davinci-crd-2.0.1": 0}


@pytest.fixture
def service(judges: Judges) -> Iterator[Service]:
    records = Records()
    yield Service(judges, Payer(), records, now=lambda: datetime(2026, 9, 1, tzinfo=UTC))
    records.close()


@pytest.mark.parametrize("name", PACKAGES)
def test_a_published_example_is_answered_or_refused_and_never_certified(
    shared_data: Path, service: Service, name: str
) -> None:
    package = shared_data / "fhir_packages" / f"{name}.tgz"
    definitions = definitions_of(package)
    asked = [
        (address, file, of_its_version(example, name))
        for file, example in examples_of(package).items()
        for address in ADDRESSES.get(example["resourceType"], ())
    ]
    assert len(asked) >= FEWEST[name]
    for address, file, example in asked:
        reply = post(service, address, json.dumps(example, default=float).encode())
        assert reply.status < 500, (file, address)
        own = faults_of(example, definitions)  # an answer gives the parties of its request back as they came
        wrong = faults_of(json.loads(reply.body, parse_float=Decimal), definitions) - own
        assert not wrong, (file, address, wrong)
        assert not re.search(rb'"code":\s*"A[136]"', reply.body), (file, address)  # of a review action
        if reply.status >= 400:
            (issue,) = body_of(reply)["issue"]
            assert issue["diagnostics"]


def of_its_version(example: Json, name: str) -> Json:
    """An example that says by its profile which version it is of; without a version the newest is answered."""
    profiles = example.get("meta", {}).get("profile", [])
    if name != "davinci_pas_2.0.1" or not profiles:
        return example
    return {**example, "meta": {**example["meta"], "profile": [f"{one}|2.0.1" for one in profiles]}}


def faults_of(resource: Json, definitions: Any) -> set[str]:
    return {one.sentence for one in check(resource, definitions) if one.severity in ("error", "fatal")}
