"""A request for prior authorization is certified, pended with its reasons, or modified; a person alone refuses."""

import copy
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from isocenter.fhir.asking.asked import Judges
from isocenter.fhir.authorizations.asked_claims import claim_of
from isocenter.fhir.authorizations.authorizations import (
    CERTIFIED,
    DENIED,
    MODIFIED,
    PENDED,
    Decision,
    Determination,
    decide,
    determined,
)
from isocenter.fhir.authorizations.claim_responses import Responded, response_bundle
from isocenter.fhir.authorizations.records import Records
from isocenter.fhir.problems import Refused
from isocenter.fhir.serving.authorizing import Authorizations
from isocenter.fhir.structures.checker import check
from isocenter.fhir.structures.definitions import Definitions
from tests.fhir.requests import GUIDE, authorization, statement_of_necessity

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
DETERMINATION = Determination(DENIED, "The site is not supported.", "D. Example MD", "1888888886", "Radiation oncology",
                              date(2026, 1, 16))  # fmt: skip
Json = dict[str, Any]
TODAY = date(2024, 5, 2)


def answered(judges: Judges, bundle: Json, determination: Determination | None = None) -> Json:
    asked = claim_of(bundle)
    decisions, course = decide(asked, judges, TODAY)
    if determination:
        decisions = determined(decisions, determination)
    return response_bundle(bundle, asked, decisions, Responded(course.assertion_id, NOW, determination))


def actions(response: Json) -> list[str]:
    return [
        part["valueCodeableConcept"]["coding"][0]["code"]
        for item in response["entry"][0]["resource"]["item"]
        for part in item["adjudication"][0]["extension"][0]["extension"]
        if part["url"].endswith("reviewActionCode")
    ]


def texts(response: Json) -> list[str]:
    return [one["text"] for one in response["entry"][0]["resource"].get("processNote", [])]


def complete(*services: tuple[str, int]) -> Json:
    return authorization(*services, more=(statement_of_necessity(),))


def test_a_documented_request_is_certified_item_by_item(judges: Judges) -> None:
    response = answered(judges, complete(("77301", 1), ("G6015", 28), ("77300", 9)))
    assert actions(response) == [CERTIFIED] * 3
    claim_response = response["entry"][0]["resource"]
    assert [item["itemSequence"] for item in claim_response["item"]] == [1, 2, 3]
    assert claim_response["outcome"] == "complete"
    notes = [one["text"] for one in claim_response["processNote"]]
    assert all(note.startswith("Met: ") and note.endswith("]") for note in notes)
    assert any("indications, paragraph 3, item 1]" in note for note in notes)
    assert all(len(item["noteNumber"]) == len(notes) for item in claim_response["item"])


def test_a_request_without_a_chart_is_pended_with_passage_and_reason(judges: Judges) -> None:
    response = answered(judges, authorization(("77301", 1), ("G6015", 28)))
    assert actions(response) == [PENDED] * 2
    (note,) = response["entry"][0]["resource"]["processNote"]
    assert "indications, paragraph 3" in note["text"]
    assert [item["noteNumber"] for item in response["entry"][0]["resource"]["item"]] == [[1], [1]]


def test_a_request_is_not_asked_who_supervised_what_is_yet_to_be_done(judges: Judges) -> None:
    note = {"linkId": "image_guidance_note", "item": [
        {"linkId": "image_guidance_note/date", "answer": [{"valueDate": "2024-04-28"}]},
        {"linkId": "image_guidance_note/signed_by", "answer": [{"valueString": "C. Example MD"}]},
        {"linkId": "image_guidance_note/signed_role", "answer": [{"valueCoding": {"code": "treating_physician"}}]},
        {"linkId": "image_guidance_note/signed_on", "answer": [{"valueDate": "2024-04-28"}]},
        {"linkId": "image_guidance_note/adjacent_critical_structures", "answer": [{"valueBoolean": True}]},
        {"linkId": "image_guidance_note/conventional_targeting_inadequate", "answer": [{"valueBoolean": True}]},
    ]}  # fmt: skip
    answers = statement_of_necessity()
    services = (("77301", 1), ("G6015", 28), ("G6002", 28))
    unexplained = answered(judges, authorization(*services, more=(answers,)))
    assert actions(unexplained) == [CERTIFIED, CERTIFIED, PENDED]
    claim_response = unexplained["entry"][0]["resource"]
    (number,) = claim_response["item"][2]["noteNumber"]
    assert "need for image guidance" in claim_response["processNote"][number - 1]["text"]
    explained = {**answers, "item": [*answers["item"], note]}
    assert actions(answered(judges, authorization(*services, more=(explained,)))) == [CERTIFIED] * 3


def test_nothing_that_rules_refuse_is_refused_without_a_person(judges: Judges) -> None:
    two_plans = answered(judges, complete(("77301", 1), ("77301", 1), ("77295", 1)))
    assert DENIED not in actions(two_plans)
    assert PENDED in actions(two_plans)


def test_units_beyond_what_the_policy_allows_modify_an_item(judges: Judges) -> None:
    bundle = complete(("77301", 1), ("G6015", 5), ("77427", 4))
    asked = claim_of(bundle)
    decisions, course = decide(asked, judges, TODAY)
    assert decisions[3].action in (CERTIFIED, MODIFIED, PENDED)
    modified = {**decisions, 3: Decision(MODIFIED, 1, ("one unit for five fractions",))}
    response = response_bundle(bundle, asked, modified, Responded(course.assertion_id, NOW))
    (added,) = response["entry"][0]["resource"]["addItem"]
    assert (added["itemSequence"], int(added["quantity"]["value"])) == ([3], 1)


def test_a_person_ends_what_is_pended_and_is_named_truthfully(judges: Judges) -> None:
    pended = answered(judges, authorization())
    ended = answered(judges, authorization(), DETERMINATION)
    assert actions(ended) == [DENIED]
    reason, *passages = (one["text"] for one in ended["entry"][0]["resource"]["processNote"])
    assert reason == DETERMINATION.reason
    assert passages == [f"Open when it was determined: {one}" for one in texts(pended)]
    assert passages[0].endswith("[indications, paragraph 3]")
    approved = answered(judges, authorization(), DETERMINATION._replace(action=CERTIFIED, reason=""))
    assert (actions(approved), texts(approved)) == ([CERTIFIED], [])
    (flag, npi, specialty) = ended["entry"][0]["resource"]["extension"][0]["extension"]
    assert flag == {"url": "wasHumanReviewedFlag", "valueBoolean": True}
    assert npi["valueIdentifier"]["value"] == "1888888886"
    assert specialty["valueCodeableConcept"]["text"] == "Radiation oncology"
    assert pended["entry"][0]["resource"]["extension"][0]["extension"] == [
        {"url": "wasHumanReviewedFlag", "valueBoolean": False}
    ]


def test_a_determination_leaves_what_was_certified(judges: Judges) -> None:
    decisions, _ = decide(claim_of(complete(("77301", 1))), judges, TODAY)
    assert determined(decisions, DETERMINATION) == decisions


def test_other_items_are_another_question(judges: Judges) -> None:
    ids = {answered(judges, complete(*services))["id"] for services in ([("77301", 1)], [("77301", 1), ("77300", 9)])}
    assert len(ids) == 2


def _without_claim(bundle: Json) -> None:
    bundle["entry"].pop(0)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda b: b.update(resourceType="Claim"), "Bundle"),
        (_without_claim, "first entry"),
        (lambda b: b["entry"].reverse(), "first entry"),
        (lambda b: b["entry"][0]["resource"].update(use="claim"), "preauthorization"),
        (lambda b: b["entry"][0]["resource"].pop("item"), "no item"),
        (lambda b: b["entry"][0]["resource"].update(insurer={"reference": "Organization/none"}), "not in the bundle"),
        (lambda b: b.update(entry="x"), "a list of entries"),
        (lambda b: b["entry"].insert(1, None), "an entry with its resource"),
        (lambda b: b["entry"][0]["resource"].update(status="draft"), "active is expected"),
        (lambda b: b["entry"].append(b["entry"][0]), "several claims"),
    ],
)
def test_a_bundle_that_is_no_request_is_refused_with_its_place(change: Any, said: str) -> None:
    bundle = copy.deepcopy(authorization())
    change(bundle)
    with pytest.raises(Refused, match=said) as refused:
        claim_of(bundle)
    assert refused.value.status == 400


@pytest.mark.parametrize("version", ["2.2.1", "2.0.1"])
def test_requests_and_answers_fit_their_published_profiles(shared_data: Path, judges: Judges, version: str) -> None:
    definitions = Definitions.of(shared_data / "fhir_packages" / f"davinci_pas_{version}.tgz")
    incoming = complete(("77301", 1), ("G6015", 28))
    asked = authorization()
    asked["meta"] = {"profile": [f"{GUIDE}profile-pas-request-bundle|{version}"]}
    pended = Authorizations(judges, Records(), lambda: NOW, base_url="https://payer.example.org/fhir").submit(asked)
    assert [one["resource"]["resourceType"] for one in pended["entry"]].count("Task") == 1
    answers = [
        incoming,
        answered(judges, incoming),
        answered(judges, authorization()),
        answered(judges, authorization(), DETERMINATION),
        pended,
    ]
    for resource in answers:
        faults = [issue for issue in check(resource, definitions) if issue.severity == "error"]
        assert not faults, faults[:3]


@pytest.mark.parametrize(
    ("created", "said"), [("yesterday", "names no day"), ("2024-05", "names no day"), (None, "is missing")]
)
def test_a_request_of_an_unknown_day_is_a_persons_whatever_days_its_items_have(
    judges: Judges, created: str | None, said: str
) -> None:
    bundle = authorization(more=(statement_of_necessity(),))
    claim = bundle["entry"][0]["resource"]
    claim.pop("created")
    claim |= {"created": created} if created else {}
    response = answered(judges, bundle)
    assert actions(response) == [PENDED]
    assert said in response["entry"][0]["resource"]["processNote"][0]["text"]


@pytest.mark.parametrize("insurance", [[], [{"sequence": 1, "focal": True, "coverage": {"display": "Medicare"}}]])
def test_a_request_without_a_coverage_that_is_at_hand_is_a_persons(judges: Judges, insurance: list[Json]) -> None:
    response = answered(judges, authorization(more=(statement_of_necessity(),), insurance=insurance))
    assert actions(response) == [PENDED]
    assert "coverage" in response["entry"][0]["resource"]["processNote"][0]["text"]
