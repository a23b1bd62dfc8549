"""A resource that its profile allows has no fault; each kind of fault is found at its place."""

import copy
import json
import tarfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from isocenter.errors import UnreadableInput
from isocenter.fhir.outcomes import outcome_of
from isocenter.fhir.structures.checker import Issue, check
from isocenter.fhir.structures.definitions import Definitions
from tests.fhir.profiles import BASE, element, profile

URL = [{"type": "value", "path": "url"}]
ORDER = profile(
    "Order",
    "order",
    element("Order.id", types="id"),
    element("Order.meta", types="Meta"),
    element("Order.extension", 0, "*", "Extension", slicing={"discriminator": URL, "rules": "open"}),
    element("Order.extension:level", 1, "1", f"Extension@{BASE}level", base="*"),
    element("Order.status", 1, "1", "code", binding={"strength": "required", "valueSet": f"{BASE}states|1.0"}),
    element("Order.use", 1, "1", "code", patternCode="preauthorization"),
    element("Order.note", 0, "*", "Annotation"),
    element("Order.when[x]", 1, "1", "date|Period"),
    element("Order.line", 1, "*", "BackboneElement", slicing={"discriminator": [{"type": "pattern", "path": "kind"}],
                                                            "rules": "closed"}),
    element("Order.line.kind", 1, "1", "CodeableConcept"),
    element("Order.line.count", 0, "1", "positiveInt"),
    element("Order.line:plan", 1, "1", "BackboneElement", base="*"),
    element("Order.line:plan.kind", 1, "1", "CodeableConcept", patternCodeableConcept={"coding": [{"code": "plan"}]}),
    element("Order.line:plan.count", 0, "1", "positiveInt", fixedPositiveInt=1),
    element("Order.line:dose", 0, "*", "BackboneElement", base="*"),
    element("Order.line:dose.kind", 1, "1", "CodeableConcept", patternCodeableConcept={"coding": [{"code": "dose"}]}),
    element("Order.line:dose.count", 1, "1", "positiveInt"),
    element("Order.part", 0, "*", "", contentReference="#Order.line"),
)  # fmt: skip
LEVEL = profile(
    "Extension",
    "level",
    element("Extension.extension", 0, "0", "Extension", base="*"),
    element("Extension.url", 1, "1", "uri", fixedUri=f"{BASE}level"),
    element("Extension.value[x]", 1, "1", "integer"),
)
STATES = {
    "resourceType": "ValueSet",
    "url": f"{BASE}states",
    "compose": {"include": [{"system": "urn:s", "concept": [{"code": "active"}, {"code": "draft"}]}]},
}


@pytest.fixture
def definitions() -> Definitions:
    found = Definitions()
    for one in (ORDER, LEVEL, STATES):
        found.add(one)
    return found


def order(**changes: Any) -> dict[str, Any]:
    return {
        "resourceType": "Order",
        "id": "o-1",
        "meta": {"profile": [f"{BASE}order|2.0"]},
        "extension": [{"url": f"{BASE}level", "valueInteger": 3}],
        "status": "active",
        "use": "preauthorization",
        "whenDate": "2026-01-31",
        "line": [{"kind": {"coding": [{"code": "plan"}]}, "count": 1}],
        **changes,
    }


def faults(resource: dict[str, Any], definitions: Definitions) -> list[Issue]:
    return [issue for issue in check(resource, definitions) if issue.severity == "error"]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"whenDate": None, "whenPeriod": {"start": "2026-01-31T10:00:00Z"}},
        {"note": [{"text": "checked", "authorString": "A. Example"}]},
        {"line": [order()["line"][0], {"kind": {"coding": [{"code": "dose"}]}, "count": 7}]},
        {"part": [{"kind": {"text": "any"}}]},
        {"_status": {"extension": [{"url": "https://example.org/why", "valueString": "so"}]}},
        {"extension": [*order()["extension"], {"url": "https://example.org/other", "valueBoolean": True}]},
    ],
)
def test_what_the_profile_allows_has_no_fault(changes: dict[str, Any], definitions: Definitions) -> None:
    resource = {key: value for key, value in order(**changes).items() if value is not None}
    assert faults(resource, definitions) == []


Change = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    ("change", "code", "place"),
    [
        (lambda r: r.pop("status"), "required", "Order.status"),
        (lambda r: r.update(status="done"), "code-invalid", "Order.status"),
        (lambda r: r.update(status=["active"]), "structure", "Order.status"),
        (lambda r: r.update(use="claim"), "value", "Order.use"),
        (lambda r: r.update(stattus="x"), "structure", "Order.stattus"),
        (lambda r: r.update(id="a b"), "value", "Order.id"),
        (lambda r: r.update(whenDate="2026-13-01"), "value", "Order.whenDate"),
        (lambda r: r.update(whenTime="10:00:00"), "structure", "Order.when"),
        (lambda r: r.pop("whenDate"), "required", "Order.when"),
        (lambda r: r.pop("extension"), "required", "Order.extension:level"),
        (lambda r: r["extension"].append(r["extension"][0]), "structure", "Order.extension:level"),
        (lambda r: r["extension"][0].update(valueInteger="3"), "value", "Order.extension[0].valueInteger"),
        (lambda r: r["extension"][0].pop("valueInteger"), "required", "Order.extension[0].value"),
        (lambda r: r["extension"].append({"url": "https://example.org/e"}), "required", "Order.extension[1]"),
        (lambda r: r.update(line={"kind": {}}), "structure", "Order.line"),
        (lambda r: r["line"][0].update(count=2), "value", "Order.line[0].count"),
        (lambda r: r["line"][0].update(count=True), "value", "Order.line[0].count"),
        (lambda r: r["line"].append({"kind": {"coding": [{"code": "tea"}]}}), "structure", "Order.line[1]"),
        (lambda r: r["line"].append({"kind": {"coding": [{"code": "dose"}]}}), "required", "Order.line[1].count"),
        (lambda r: r["line"][0]["kind"]["coding"][0].update(cod="x"), "structure", "Order.line[0].kind.coding[0].cod"),
        (lambda r: r.update(note=[{"text": "x", "time": "yesterday"}]), "value", "Order.note[0].time"),
        (lambda r: r.update(note="x"), "structure", "Order.note"),
        (lambda r: r.update(part=[{"count": 0}]), "value", "Order.part[0].count"),
        (lambda r: r["meta"].update(versionId=7), "value", "Order.meta.versionId"),
    ],
)  # fmt: skip
def test_a_fault_is_found_at_its_place(change: Change, code: str, place: str, definitions: Definitions) -> None:
    resource = order()
    change(resource)
    assert (code, place) in {(issue.code, issue.expression) for issue in faults(resource, definitions)}


def test_a_profile_that_is_not_at_hand_is_said_and_nothing_passes_for_checked(definitions: Definitions) -> None:
    unknown = order(meta={"profile": ["https://example.org/other"]})
    (issue,) = check(unknown, definitions)
    assert (issue.severity, issue.code) == ("information", "not-found")
    assert check({"id": "x"}, definitions)[0].severity == "error"


def test_nested_resources_are_held_to_the_profiles_they_claim(definitions: Definitions) -> None:
    bad = order(status="done")
    whole = {"resourceType": "Bundle", "entry": [{"resource": order()}, {"resource": bad}]}
    assert [issue.expression for issue in faults(whole, definitions)] == ["Bundle.entry[1].resource.status"]


CONDITIONAL = {
    "key": "o-1",
    "severity": "error",
    "human": "a draft has no line of doses",
    "expression": "status = 'draft' implies line.where(kind.coding.code = 'dose').empty()",
}
UNKNOWN = {"key": "o-2", "severity": "error", "human": "is settled", "expression": "status.memberOf('urn:no') or x.y()"}


def test_an_invariant_that_cannot_be_evaluated_passes_for_nothing() -> None:
    held, both = copy.deepcopy(ORDER), Definitions()
    held["snapshot"]["element"][0]["constraint"] = [CONDITIONAL, UNKNOWN]
    for one in (held, LEVEL, STATES):
        both.add(one)
    dose = {"kind": {"coding": [{"code": "dose"}]}, "count": 7}
    assert faults(order(status="draft"), both) == []
    (fault,) = faults(order(status="draft", line=[*order()["line"], dose]), both)
    assert (fault.code, fault.expression) == ("invariant", "Order")
    assert "o-1" in fault.sentence
    (unknown,) = (issue for issue in check(order(), both) if issue.severity == "information")
    assert "o-2 was not checked" in unknown.sentence


def test_an_invariant_follows_a_reference_to_what_came_along_in_the_bundle() -> None:
    kind = {"key": "t-1", "severity": "error", "human": "it is for an order", "expression": "focus.resolve() is Order"}
    task, known = profile("Task", "task", element("Task.focus", 1, "1", "Reference")), Definitions()
    task["snapshot"]["element"][0]["constraint"] = [kind]
    for one in (task, ORDER, LEVEL, STATES):
        known.add(one)

    def found(address: str) -> list[tuple[str, str]]:
        asked = {"resourceType": "Task", "meta": {"profile": [f"{BASE}task"]}, "focus": {"reference": address}}
        entries = [
            {"fullUrl": "urn:uuid:1", "resource": order()},
            {"fullUrl": "urn:uuid:2", "resource": {"resourceType": "Patient", "id": "p1"}},
            {"resource": asked},
        ]
        issues = check({"resourceType": "Bundle", "entry": entries}, known)
        return [(issue.severity, issue.code) for issue in issues if "t-1" in issue.sentence]

    assert found("urn:uuid:1") == found("Order/o-1") == found("Order/o-1/_history/2") == []
    assert found("urn:uuid:2") == found("Patient/p1") == [("error", "invariant")]
    assert found("Order/elsewhere") == [("information", "not-supported")]


def test_deep_nesting_ends_in_an_issue(definitions: Definitions) -> None:
    inner: dict[str, Any] = order()
    for _ in range(200):
        inner = {"resourceType": "Bundle", "entry": [{"resource": inner}]}
    assert isinstance(check(inner, definitions), list)


def test_an_outcome_lists_the_issues_or_says_there_is_none(definitions: Definitions) -> None:
    good, bad = outcome_of(check(order(), definitions)), outcome_of(check(order(status="done"), definitions))
    assert [issue["severity"] for issue in good["issue"]] == ["information"]
    assert bad["issue"][0]["expression"] == ["Order.status"]


def test_a_file_that_is_no_package_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "x.tgz"
    file.write_bytes(b"no archive")
    with pytest.raises(UnreadableInput, match="package"):
        Definitions.of(file)
    with pytest.raises(UnreadableInput, match="no profile with a snapshot"):
        Definitions.of(tmp_path)


PACKAGES = ("davinci_pas_2.2.1", "davinci_pas_2.0.1", "davinci-crd-2.0.1", "davinci_dtr_2.0.1")


def examples_of(package: Path) -> dict[str, Any]:
    found = {}
    with tarfile.open(package) as archive:
        for member in archive:
            if "/example/" in member.name and member.name.endswith(".json") and (held := archive.extractfile(member)):
                found[member.name] = json.loads(held.read(), parse_float=Decimal)
    return found


@pytest.mark.parametrize("name", PACKAGES)
def test_examples_of_published_guides_have_no_fault(shared_data: Path, name: str) -> None:
    package = shared_data / "fhir_packages" / f"{name}.tgz"
    definitions = Definitions.of(package)
    examples = examples_of(package)
    assert len(examples) > 10
    for file, resource in examples.items():
        kind = resource["resourceType"]
        urls = [url for url in definitions.urls if (one := definitions.profile(url)) and one.type == kind]
        chosen = urls[0] if "crd" in name and len(urls) == 1 else ""
        wrong = [issue for issue in check(resource, definitions, chosen) if issue.severity == "error"]
        assert not wrong, f"{file}: {wrong[:3]}"


PLANTED: dict[str, Change] = {
    "no status": lambda c: c.pop("status"),
    "another status": lambda c: c.update(status="draft"),
    "a member that is none": lambda c: c.update(statuss="active"),
    "one identifier outside a list": lambda c: c.update(identifier=c["identifier"][0]),
    "no item": lambda c: c.pop("item"),
    "no kind of request": lambda c: c["item"][0]["extension"].pop(0),
    "two kinds of request": lambda c: c["item"][0]["extension"].append(c["item"][0]["extension"][0]),
    "an extension of another type": lambda c: c["item"][0]["extension"][2].update(valueInteger=3),
    "an empty extension": lambda c: c["item"][0]["extension"][2].pop("valueString"),
    "a day that is none": lambda c: c["item"][0].update(servicedDate="2005-02-30-1"),
    "a moment without its zone": lambda c: c.update(created="2005-05-02T11:01:00"),
    "a sequence of zero": lambda c: c["item"][0].update(sequence=0),
    "no place": lambda c: c["item"][0].pop("locationCodeableConcept"),
    "two places": lambda c: c["item"][0].update(locationAddress={"city": "Example"}),
    "a misspelled code": lambda c: c["type"]["coding"][0].update(cod="x"),
    "no insurer": lambda c: c.pop("insurer"),
    "a claim that asks for nothing": lambda c: c.update(use="claim"),
    "a reference as text": lambda c: c.update(patient="Patient/x"),
    "an amount as text": lambda c: c.update(total={"value": "12"}),
    "a truth as text": lambda c: c["insurance"][0].update(focal="true"),
    "a day without its day": lambda c: c["item"][0].update(servicedPeriod={"start": "2005-05", "end": "2005-06-01"}),
    "an end before its start": lambda c: c.update(billablePeriod={"start": "2026-02-01", "end": "2026-01-01"}),
    "a unit without its system": lambda c: c["item"][0].update(quantity={"value": 1, "code": "d"}),
    "a reference into nothing": lambda c: c.update(facility={"reference": "#place"}),
    "a patient for an insurer": lambda c: c.update(insurer={"reference": "http://example.org/fhir/Patient/1"}),
    "an extension with both": lambda c: c["item"][0]["extension"][2].update(
        extension=[{"url": "x", "valueString": "y"}]
    ),
}


@pytest.mark.parametrize("fault", PLANTED)
def test_a_fault_planted_in_a_published_request_is_found(shared_data: Path, fault: str) -> None:
    package = shared_data / "fhir_packages" / "davinci_pas_2.2.1.tgz"
    whole = examples_of(package)["package/example/Bundle-MedicalServicesAuthorizationBundleExample.json"]
    planted = copy.deepcopy(whole)
    PLANTED[fault](planted["entry"][0]["resource"])
    assert [issue for issue in check(planted, definitions_of(package)) if issue.severity == "error"]


_known: dict[Path, Definitions] = {}


def definitions_of(package: Path) -> Definitions:
    if package not in _known:
        _known[package] = Definitions.of(package)
    return _known[package]
