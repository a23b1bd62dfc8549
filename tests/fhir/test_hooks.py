"""At the order: whether IMRT is covered, what is lacking, by which passage; never a bare yes and never a refusal."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from isocenter.fhir.asking.asked import Judges
from isocenter.fhir.hooks.hook_orders import HOOKS
from isocenter.fhir.hooks.hook_services import services
from isocenter.fhir.hooks.hooks import answer_hook
from isocenter.fhir.problems import Refused
from isocenter.fhir.settings import Payer
from isocenter.fhir.structures.checker import check
from isocenter.fhir.structures.definitions import Definitions
from tests.fhir.requests import coverage, hook, order, statement_of_necessity
from tests.intake.fhir_resources import HCPCS, ICD10, SNOMED, concept, patient, planned_course, technique

PAYER = Payer("Example Health", "https://payer.example.org/imrt", contact_phone="555-0100")
DAY = date(2026, 1, 15)
Json = dict[str, Any]


def answered(judges: Judges, request: Json, service: str = "order-sign", payer: Payer = PAYER) -> Json:
    return answer_hook(f"isocenter-{service}", request, judges, payer, DAY)


def stated(response: Json) -> dict[str, Any]:
    """The parts of the only coverage information, by their names; the last of each."""
    (action,) = response["systemActions"]
    (extension,) = action["resource"]["extension"]
    return {
        part["url"]: next((value for name, value in part.items() if name.startswith("value")), part)
        for part in extension["extension"]
    }


def test_every_hook_is_discovered_with_its_version_and_options() -> None:
    found = services()["services"]
    assert [one["hook"] for one in found] == list(HOOKS)
    for one in found:
        assert one["id"]
        assert one["description"]
        assert one["extension"]["davinci-crd.version"] == ["2.0", "2.2"]
        assert {option["code"] for option in one["extension"]["davinci-crd.configuration-options"]} >= {"coverage-info"}


def test_an_order_without_a_chart_is_conditional_and_says_what_is_lacking(judges: Judges) -> None:
    response = answered(judges, hook(order()))
    parts = stated(response)
    assert parts["covered"] == "conditional"
    assert parts["info-needed"] == "OTH"
    assert parts["pa-needed"] == "auth-needed"
    assert (parts["doc-needed"], parts["doc-purpose"]) == ("clinical", "withpa")
    assert "indications, paragraph 3" in parts["reason"]["text"]
    assert parts["date"] == "2026-01-15"
    action = response["systemActions"][0]
    assert action["type"] == "update"
    assert {key: value for key, value in action["resource"].items() if key != "extension"} == order()


def test_a_signed_statement_in_the_prefetch_makes_the_order_covered(judges: Judges) -> None:
    request = hook(order(), prefetch={"patient": patient(), "coverage": coverage(), "a": statement_of_necessity()})
    soon_after = date(2024, 5, 3)
    found = answer_hook("isocenter-order-sign", request, judges, PAYER, soon_after)
    assert stated(found)["covered"] == "covered"


def test_a_yes_states_what_is_met_and_by_which_passage(judges: Judges) -> None:
    prefetch = {"coverage": coverage(), "answers": statement_of_necessity()}
    request = hook(order(), prefetch=prefetch, extension={"davinci-crd.requestedVersion": "2.2"})
    response = answered(judges, request)
    (extension,) = response["systemActions"][0]["resource"]["extension"]
    parts = extension["extension"]
    reasons = [one["valueCodeableConcept"]["text"] for one in parts if one["url"] == "reason"]
    assert any(one.startswith("Met: ") and one.endswith("[indications, paragraph 3]") for one in reasons)
    linked = [
        one["valueUrl"]
        for part in parts
        if part["url"] == "detail"
        for one in part["extension"]
        if one["url"] == "value"
    ]
    assert "https://payer.example.org/imrt#indications-paragraph-3" in linked
    assert {link["url"] for card in response["cards"] for link in card.get("links", ())} == set(linked)


def test_what_is_illegal_in_a_request_and_read_all_the_same_is_named(judges: Judges) -> None:
    request = hook({name: value for name, value in order().items() if name != "intent"})
    del request["context"]["draftOrders"]["type"]
    response = answered(judges, request)
    assert response["systemActions"]
    remarks = response["extension"]["isocenter.remarks"]
    expected = ["context.draftOrders.type", "context.draftOrders.entry[0].resource.intent"]
    assert [one["expression"] for one in remarks] == expected
    assert "extension" not in answered(judges, hook(order()))


def test_codes_that_a_claim_could_not_bill_are_warned_of_with_the_order(judges: Judges) -> None:
    ended = order("77418", id="ended", occurrenceDateTime="2026-02-02")
    plan = order(id="plan", occurrenceDateTime="2026-01-20")
    plan_of_3d = order("77295", id="other", occurrenceDateTime="2026-01-20")
    response = answered(judges, hook(ended, plan, plan_of_3d))
    (card,) = [one for one in response["cards"] if "codes of the order" in one["summary"]]
    assert card["indicator"] == "warning"
    said = card["detail"].splitlines()
    assert any(one.startswith("- 77418: ") and "2014-12-31" in one for one in said)
    assert any(one.startswith("- 77295: ") and "[" in one for one in said)
    alone = answered(judges, hook(plan))["cards"]
    assert not [one for one in alone if "codes of the order" in one["summary"]]


def test_an_order_of_several_codes_names_all_of_them(judges: Judges) -> None:
    one = order("77301")
    one["code"]["coding"].append(one["code"]["coding"][0] | {"code": "77263"})
    cards = answered(judges, hook(one))["cards"]
    (card,) = [one for one in cards if "codes of the order" in one["summary"]]
    assert "The order names 77301 and 77263 as one service; name one code in each order." in card["detail"]


def test_each_card_has_an_id_that_feedback_can_name(judges: Judges) -> None:
    cards = answered(judges, hook(order()))["cards"]
    ids = [one["uuid"] for one in cards]
    assert len(set(ids)) == len(ids) > 0
    assert ids == [one["uuid"] for one in answered(judges, hook(order()))["cards"]]
    other = order(subject={"reference": "Patient/p2"})
    prefetch = {"coverage": coverage(beneficiary={"reference": "Patient/p2"}, subscriberId="1EG4TE5MK74")}
    of_another = hook(other, prefetch=prefetch)
    of_another["context"]["patientId"] = "p2"
    assert not set(ids) & {one["uuid"] for one in answered(judges, of_another)["cards"]}


def test_an_order_in_words_alone_asks_for_its_code(judges: Judges) -> None:
    in_words = {**order(), "code": {"text": "IMRT of the prostate"}}
    newer = stated(answered(judges, hook(in_words, extension={"davinci-crd.requestedVersion": "2.2"})))
    assert (newer["covered"], newer["info-needed"]) == ("indeterminate", "detail-code")
    older = stated(answered(judges, hook(in_words)))
    assert (older["covered"], older["info-needed"]) == ("conditional", "OTH")


def test_what_a_clinician_has_to_decide_is_never_answered_by_the_machine(judges: Judges) -> None:
    unusual = order(reasonCode=[concept("L57.0", ICD10)])
    parts = stated(answered(judges, hook(unusual)))
    assert parts["covered"] == "conditional"
    newer = hook(unusual, extension={"davinci-crd.requestedVersion": "2.2"})
    assert stated(answered(judges, newer))["covered"] in ("conditional", "indeterminate")


def test_passages_are_linked_in_cards_and_in_the_newer_extension(judges: Judges) -> None:
    response = answered(judges, hook(order(), extension={"davinci-crd.requestedVersion": "2.2.1"}))
    links = [card["links"][0]["url"] for card in response["cards"] if "links" in card]
    assert links == ["https://payer.example.org/imrt#indications-paragraph-3"]
    assert any(
        part.get("url") == "detail" for part in response["systemActions"][0]["resource"]["extension"][0]["extension"]
    )
    assert not [card for card in answered(judges, hook(order()), payer=Payer())["cards"] if "links" in card]


def test_cards_are_as_the_standard_has_them(judges: Judges) -> None:
    cards = answered(judges, hook(order()))["cards"]
    assert cards
    for card in cards:
        assert len(card["summary"]) < 140
        assert card["indicator"] in ("info", "warning", "critical")
        assert card["source"]["label"] == "Example Health"
        assert card["source"]["topic"]["code"]


@pytest.mark.parametrize(
    "ordered",
    [
        order("E0250", HCPCS),
        order("77373"),
        order("1162782007", SNOMED),
        planned_course(*technique("1162782007"), insurance=[]),
        {"resourceType": "MedicationRequest", "id": "m"},
    ],
)
def test_orders_that_the_policy_says_nothing_of_get_no_answer(judges: Judges, ordered: Json) -> None:
    response = answered(judges, hook(ordered))
    assert (response["cards"], response["systemActions"]) == ([], [])


@pytest.mark.parametrize(
    "ordered", [order("441799006", SNOMED), order("G6015", HCPCS), planned_course(*technique("1156530009"))]
)
def test_imrt_is_known_by_code_and_by_technique(judges: Judges, ordered: Json) -> None:
    request = hook(ordered)
    on = date(2025, 6, 1)  # a day on which the delivery code is in force
    assert answer_hook("isocenter-order-sign", request, judges, PAYER, on)["systemActions"]


def test_each_order_and_each_coverage_gets_an_answer_of_its_own(judges: Judges) -> None:
    two = {"patient": patient(), "a": coverage(), "b": coverage(id="c2"),
           "c": coverage(id="c3", payor=[{"display": "Medicaid"}])}  # fmt: skip
    response = answered(judges, hook(order(), order(id="order-2"), prefetch=two))
    assert [action["resource"]["id"] for action in response["systemActions"]] == ["order-1", "order-2"]
    for action in response["systemActions"]:
        ids = [part["valueString"] for one in action["resource"]["extension"] for part in one["extension"]
               if part["url"] == "coverage-assertion-id"]  # fmt: skip
        assert len(set(ids)) == 2


def test_a_coverage_of_another_payer_changes_nothing_of_what_is_asked_for(judges: Judges) -> None:
    other = coverage(id="c9", payor=[{"display": "Medicaid"}])
    alone = answered(judges, hook(order(), prefetch={"patient": patient(), "a": coverage()}))
    beside = answered(judges, hook(order(), prefetch={"patient": patient(), "a": coverage(), "b": other}))
    assert beside == alone


def test_the_same_question_has_the_same_assertion_id_and_another_one_another(judges: Judges) -> None:
    first, second = stated(answered(judges, hook(order()))), stated(answered(judges, hook(order())))
    other = stated(answered(judges, hook(order(reasonCode=[concept("C34.11", ICD10)]))))
    assert first["coverage-assertion-id"] == second["coverage-assertion-id"] != other["coverage-assertion-id"]


def test_a_changed_policy_of_the_same_name_gives_another_assertion_id(judges: Judges) -> None:
    (policy,) = judges.rulebooks
    rule, *others = policy.rules
    changed = replace(policy, rules=(replace(rule, remedy=f"{rule.remedy} Send it by mail."), *others))
    request = hook(order())
    ids = []
    for one in (policy, changed, replace(policy, folder=policy.folder / "moved")):
        of_these = Judges([one])
        ids.append(stated(answered(of_these, request))["coverage-assertion-id"])
        of_these.close()
    assert ids[0] == ids[2] != ids[1]


def test_an_appointment_is_answered_on_the_order_it_is_based_on(judges: Judges) -> None:
    appointment = {"resourceType": "Appointment", "id": "a", "basedOn": [{"reference": "ServiceRequest/order-1"}]}
    request = hook(name="appointment-book", prefetch={"o": order(), "coverage": coverage()})
    request["context"] = {
        "patientId": "p1",
        "appointments": {"resourceType": "Bundle", "entry": [{"resource": appointment}]},
    }
    response = answered(judges, request, "appointment-book")
    assert response["systemActions"][0]["resource"]["resourceType"] == "ServiceRequest"


def test_a_dispatched_order_is_found_in_the_prefetch(judges: Judges) -> None:
    request = hook(name="order-dispatch", prefetch={"o": order(), "coverage": coverage()})
    request["context"] = {"patientId": "p1", "dispatchedOrders": ["ServiceRequest/order-1"]}
    assert answered(judges, request, "order-dispatch")["systemActions"]
    request["context"] = {"patientId": "p1", "dispatchedOrders": ["ServiceRequest/other"]}
    with pytest.raises(Refused) as refused:
        answered(judges, request, "order-dispatch")
    assert refused.value.status == 412


def test_choosing_an_order_asks_for_no_documents_yet(judges: Judges) -> None:
    assert "doc-needed" not in stated(answered(judges, hook(order(), name="order-select"), "order-select"))


def test_what_the_client_switched_off_is_left_out(judges: Judges) -> None:
    off = hook(order(), extension={"davinci-crd.configuration": {"coverage-info": False, "claim": False}})
    response = answered(judges, off)
    assert response["systemActions"] == []
    assert all("links" in card for card in response["cards"])


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"prefetch": {"patient": patient()}}, 412),
        ({"prefetch": {}}, 412),
        ({"context": None}, 400),
        ({"hook": "order-dispatch"}, 400),
        ({"extension": {"davinci-crd.requestedVersion": "1.0"}}, 400),
    ],
)
def test_a_request_that_cannot_be_answered_says_why(judges: Judges, change: Json, status: int) -> None:
    with pytest.raises(Refused) as refused:
        answered(judges, {**hook(order()), **change})
    assert refused.value.status == status
    assert "1EG4TE5MK73" not in refused.value.sentence


def test_an_unknown_service_is_not_found(judges: Judges) -> None:
    with pytest.raises(Refused, match="known are"):
        answer_hook("other", hook(order()), judges, PAYER, DAY)


def test_the_coverage_information_fits_its_published_profile(shared_data: Path, judges: Judges) -> None:
    definitions = Definitions.of(shared_data / "fhir_packages" / "davinci-crd-2.0.1.tgz")
    profile = "http://hl7.org/fhir/us/davinci-crd/StructureDefinition/profile-servicerequest"
    documented = hook(order(), prefetch={"c": coverage(), "a": statement_of_necessity()})
    for request in (hook(order()), documented, hook(order("77338"))):
        resource = answered(judges, request)["systemActions"][0]["resource"]
        faults = [issue for issue in check(resource, definitions, profile) if issue.severity == "error"]
        assert not faults, json.dumps(faults)


@pytest.mark.parametrize("version", ["2.0", "2.2"])
@pytest.mark.parametrize("is_documented", [True, False])
def test_what_is_stated_of_a_coverage_holds_together(judges: Judges, version: str, is_documented: bool) -> None:
    held = {"patient": patient(), "coverage": coverage()}
    held |= {"answers": statement_of_necessity()} if is_documented else {}
    request = hook(order(), prefetch=held, extension={"davinci-crd.requestedVersion": version})
    parts = answered(judges, request)["systemActions"][0]["resource"]["extension"][0]["extension"]
    codes: dict[str, set[str]] = {}
    for part in parts:
        codes.setdefault(part["url"], set()).add(str(part.get("valueCode", "")))
    open_values = codes["covered"] | codes.get("pa-needed", set()) | codes.get("doc-needed", set())
    assert "questionnaire" not in codes or "doc-needed" in codes
    assert "conditional" not in open_values or "info-needed" in codes
    assert "OTH" not in codes.get("info-needed", ()) or "reason" in codes
    assert "doc-purpose" not in codes or "reason" in codes
    assert "indeterminate" not in open_values or "reason" in codes
    assert ("satisfied" in codes.get("pa-needed", ())) == ("satisfied-pa-id" in codes)


@pytest.mark.parametrize(
    "changed",
    [{"modifierExtension": [{"url": "https://example.org/not"}]}, {"implicitRules": "https://example.org/not"}],
)
def test_an_order_of_changed_meaning_is_refused_and_evidence_of_it_does_not_count(judges: Judges, changed: Any) -> None:
    with pytest.raises(Refused, match=r"https://example\.org/not") as refused:
        answered(judges, hook(order(**changed)))
    assert refused.value.status == 400
    usual = hook()["prefetch"]
    sent = answered(judges, hook(order(), prefetch={**usual, "answers": statement_of_necessity(**changed)}))
    assert stated(sent)["covered"] == "conditional"
    with pytest.raises(Refused, match="no active coverage"):
        answered(judges, hook(order(), prefetch={**usual, "coverage": coverage(**changed)}))
