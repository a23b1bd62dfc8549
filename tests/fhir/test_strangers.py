"""Requests as strangers send them are answered, or refused in one sentence; nothing of a person is logged."""

import json
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from isocenter.errors import UnreadableInput
from isocenter.fhir.asking.asked import Judges
from isocenter.fhir.asking.coverage_information import URL as COVERAGE_INFORMATION
from isocenter.fhir.authorizations.records import Records
from isocenter.fhir.serving.service import Service
from isocenter.fhir.settings import Payer
from tests.fhir.requests import BASE, authorization, coverage, hook, order, statement_of_necessity
from tests.fhir.test_service import body_of, post
from tests.intake.fhir_resources import patient

Json = dict[str, Any]
SIGN = "/cds-services/isocenter-order-sign"


@pytest.fixture
def service(judges: Judges) -> Iterator[Service]:
    records = Records()
    yield Service(judges, Payer(), records)
    records.close()


def without(resource: Json, *names: str) -> Json:
    return {name: value for name, value in resource.items() if name not in names}


def prefetched(*coverages: Json) -> Json:
    held = {"resourceType": "Bundle", "entry": [{"resource": one} for one in coverages]}
    return {"patient": patient(), "coverage": held, "practitioners": None, "devices": {"resourceType": "Bundle"}}


def test_a_bundle_of_orders_without_a_type_is_read(service: Service) -> None:
    body = hook(order())
    body["context"]["draftOrders"] = {"entry": body["context"]["draftOrders"]["entry"]}
    reply = body_of(post(service, SIGN, body))
    assert reply["systemActions"]
    named = [one["expression"] for one in reply["extension"]["isocenter.remarks"]]
    assert named == ["context.draftOrders.resourceType", "context.draftOrders.type"]


def test_an_order_that_lacks_its_intent_is_answered(service: Service) -> None:
    assert body_of(post(service, SIGN, hook(without(order(), "intent"))))["systemActions"]


def test_each_of_two_coverages_has_its_own_answer(service: Service) -> None:
    body = hook(order(), prefetch=prefetched(coverage(), coverage(id="c2")))
    (action,) = body_of(post(service, SIGN, body))["systemActions"]
    parts = [one["extension"] for one in action["resource"]["extension"]]
    named = [part["valueReference"]["reference"] for one in parts for part in one if part["url"] == "coverage"]
    ids = {part["valueString"] for one in parts for part in one if part["url"] == "coverage-assertion-id"}
    assert (named, len(ids)) == (["Coverage/c1", "Coverage/c2"], 2)


def test_an_appointment_asks_about_each_of_its_orders(service: Service) -> None:
    first, second = order(), order(id="order-2")
    booked = {
        "resourceType": "Appointment",
        "id": "a1",
        "basedOn": [{"reference": "ServiceRequest/order-1"}, {"reference": "ServiceRequest/order-2"}],
    }
    body = hook(name="appointment-book", prefetch={**prefetched(coverage()), "first": first, "second": second})
    body["context"] = {"patientId": "p1", "appointments": {"entry": [{"resource": booked}]}}
    actions = body_of(post(service, "/cds-services/isocenter-appointment-book", body))["systemActions"]
    assert [one["resource"]["id"] for one in actions] == ["order-1", "order-2"]


def test_of_several_drafts_those_just_chosen_are_answered(service: Service) -> None:
    body = hook(order(), order(id="order-2"), name="order-select")
    path = "/cds-services/isocenter-order-select"
    for chosen, count in ((["ServiceRequest/order-2"], 1), ([], 2), (["ServiceRequest/none"], 0)):
        body["context"]["selections"] = chosen
        assert len(body_of(post(service, path, body))["systemActions"]) == count


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"extension": {"davinci-crd.requestedVersion": "9.9"}}, 400),
        ({"prefetch": {}}, 412),
        ({"prefetch": {"coverage": {"resourceType": "Coverage", "id": 7}}}, 200),
        ({"context": "x"}, 400),
        ({"context": {"patientId": "p1"}}, 400),
        ({"context": {"patientId": "p1", "draftOrders": [order()]}}, 400),
        ({"context": {"patientId": "p2", "draftOrders": {"entry": [{"resource": order()}]}}}, 400),
        ({"hook": "patient-view"}, 400),
    ],
)
def test_a_hook_that_cannot_be_answered_says_why(service: Service, changes: Json, status: int) -> None:
    reply = post(service, SIGN, {**hook(order()), **changes})
    assert reply.status == status
    assert body_of(reply)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"status": "cancelled"}, "its status is cancelled"),
        ({"status": ""}, "it states no status"),
        ({"period": {"start": "2020-01-01", "end": "2020-12-31"}}, "it ended on 2020-12-31"),
        ({"period": {"start": "2999-01-01"}}, "it begins on 2999-01-01"),
        ({"beneficiary": {"reference": "Patient/another"}}, "another beneficiary"),
    ],
)
def test_a_coverage_that_is_not_in_force_is_never_a_yes_nor_a_no(service: Service, changes: Json, reason: str) -> None:
    statement = statement_of_necessity()
    held = {**prefetched(coverage()), "answers": statement}
    (usual,) = body_of(post(service, SIGN, hook(order(), prefetch=held)))["systemActions"]
    assert stated_of(usual)["covered"] == ["covered"]
    held = {**prefetched(coverage(**changes)), "answers": statement}
    version = {"davinci-crd.requestedVersion": "2.2"}
    (action,) = body_of(post(service, SIGN, {**hook(order(), prefetch=held), "extension": version}))["systemActions"]
    stated = stated_of(action)
    assert stated["covered"] == ["indeterminate"]
    assert reason in stated["reason"][0]["text"]
    assert stated["reason"][0]["coding"][0]["code"] == "no-active-coverage"
    assert stated["coverage-assertion-id"] != stated_of(usual)["coverage-assertion-id"]


def stated_of(action: Json) -> dict[str, list[Any]]:
    """The parts of the coverage information of an order, by their names."""
    found: dict[str, list[Any]] = {}
    for part in action["resource"]["extension"][0]["extension"]:
        found.setdefault(part["url"], []).extend(value for name, value in part.items() if name.startswith("value"))
    return found


@pytest.mark.parametrize("changes", [{"status": "revoked"}, {"status": "entered-in-error"}, {"doNotPerform": True}])
def test_an_order_that_is_not_to_be_done_gets_no_answer_and_keeps_none_from_another(
    service: Service, changes: Json
) -> None:
    (action,) = body_of(post(service, SIGN, hook(order(**changes), order(id="order-2"))))["systemActions"]
    assert action["resource"]["id"] == "order-2"


def test_a_billing_code_without_its_system_is_read(service: Service) -> None:
    assert body_of(post(service, SIGN, hook({**order(), "code": {"coding": [{"code": "77301"}]}})))["systemActions"]
    assert not body_of(post(service, SIGN, hook({**order(), "code": {"coding": [{"code": "IMRT plan"}]}})))[
        "systemActions"
    ]


def test_half_a_character_is_refused_and_a_whole_one_is_not(service: Service) -> None:
    written = json.dumps(hook(order(id="x")))
    assert post(service, SIGN, written.replace('"x"', '"\\ud83d\\ude00"').encode()).status == 200
    reply = post(service, SIGN, written.replace('"x"', '"\\ud83d"').encode())
    assert reply.status == 400
    assert "surrogate" in body_of(reply)["issue"][0]["diagnostics"]


def test_documents_of_another_patient_are_refused(service: Service) -> None:
    foreign = statement_of_necessity(subject={"reference": "Patient/another"})
    reply = post(service, "/Claim/$submit", authorization(more=(foreign,)))
    assert (reply.status, "another patient" in reply.body.decode()) == (400, True)
    held = {**prefetched(coverage()), "answers": foreign}
    assert post(service, SIGN, hook(order(), prefetch=held)).status == 400
    own = statement_of_necessity(subject={"reference": f"{BASE}/Patient/p1/_history/2"})
    assert post(service, SIGN, hook(order(), prefetch={**prefetched(coverage()), "answers": own})).status == 200


def test_digits_of_numbers_are_given_back_as_they_were_written(service: Service) -> None:
    first = hook(order(extension=[{"url": "https://example.org/dose", "valueDecimal": 1}]))
    raw = json.dumps(first).replace('"valueDecimal": 1}', '"valueDecimal": 1.80}').encode()
    assert b'"valueDecimal":1.80' in post(service, SIGN, raw).body


def test_members_that_are_not_known_stay_with_the_order(service: Service) -> None:
    (action,) = body_of(post(service, SIGN, hook(order(unheard={"of": [1]}))))["systemActions"]
    assert action["resource"]["unheard"] == {"of": [1]}


def test_nothing_of_a_person_is_logged(
    service: Service, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    post(service, SIGN, hook(order()))
    post(service, "/Claim/$submit", authorization())
    post(service, "/Claim/$submit", authorization(use="claim"))
    said = caplog.text + "".join(capfd.readouterr())
    assert not any(secret in said for secret in ("1EG4TE5MK73", "Ada", "C61", "1950-02-01"))


def _stated(service: Service, body: Json) -> dict[str, Json]:
    """The parts of the one coverage information that a hook answers, by their names."""
    (action,) = body_of(post(service, f"/cds-services/isocenter-{body['hook']}", body))["systemActions"]
    (found,) = [one for one in action["resource"]["extension"] if one["url"].endswith("ext-coverage-information")]
    return {part["url"]: part for part in found["extension"]}


@pytest.mark.parametrize(
    "code",
    [
        {"text": "IMRT of the prostate, 28 fractions"},
        {"text": "External beam radiation therapy"},
        {"coding": [{"system": "urn:oid:1.2.3.4", "code": "RO-17", "display": "VMAT treatment course"}]},
    ],
)
def test_an_order_in_words_alone_is_answered_by_what_is_lacking(service: Service, code: Json) -> None:
    asked = hook(order() | {"code": code}, extension={"davinci-crd.requestedVersion": "2.2"})
    stated = _stated(service, asked)
    assert stated["covered"]["valueCode"] == "indeterminate"
    assert "CPT or HCPCS code" in stated["reason"]["valueCodeableConcept"]["text"]
    assert "doc-needed" not in stated
    coded = _stated(service, hook(order(), extension={"davinci-crd.requestedVersion": "2.2"}))
    assert coded["coverage-assertion-id"] != stated["coverage-assertion-id"]
    assert "CPT or HCPCS code" not in str(coded)


@pytest.mark.parametrize("words", ["Chest radiograph, two views", "MRI of the pelvis", ""])
def test_an_order_of_something_else_in_words_gets_no_answer(service: Service, words: str) -> None:
    asked = hook(order() | {"code": {"text": words}})
    assert body_of(post(service, "/cds-services/isocenter-order-sign", asked))["systemActions"] == []


def test_what_was_answered_at_the_choice_of_an_order_is_no_answer_at_its_signature(service: Service) -> None:
    chosen = _stated(service, hook(order(), name="order-select"))
    assert "doc-needed" not in chosen
    assert "doc-needed" in _stated(service, hook(order()))


def test_each_version_gets_its_own_shape_of_the_same_answer(service: Service) -> None:
    asked = hook(order() | {"code": {"text": "IMRT"}})
    older = _stated(service, asked)
    newer = _stated(service, {**asked, "extension": {"davinci-crd.requestedVersion": "2.2"}})
    assert (older["covered"]["valueCode"], newer["covered"]["valueCode"]) == ("conditional", "indeterminate")


@pytest.mark.parametrize(
    "system",
    [
        "urn:oid:2.16.840.1.113883.6.12",
        "https://www.ama-assn.org/go/cpt/",
        "HTTP://WWW.AMA-ASSN.ORG/GO/CPT",
    ],
)
def test_a_code_system_is_known_by_each_of_its_names(service: Service, system: str) -> None:
    assert body_of(post(service, SIGN, hook(order("77301", system))))["systemActions"]


def answered_orders(service: Service, body: Json, name: str = "order-sign") -> list[Json]:
    reply = post(service, f"/cds-services/isocenter-{name}", body)
    assert reply.status == 200, reply.body
    return [action["resource"] for action in body_of(reply)["systemActions"]]


def test_a_service_of_the_ordered_course_is_answered_beside_it_and_one_of_another_is_not(service: Service) -> None:
    of_course, of_another = order("77427", id="management"), order("77373", id="stereotactic")
    alone = answered_orders(service, hook(of_another))
    beside = answered_orders(service, hook(of_another, of_course, order()))
    assert (alone, [one["id"] for one in beside]) == ([], ["management", "order-1"])


@pytest.mark.parametrize("code", ["77338", "77280", "77417"])
def test_a_service_beside_the_course_that_no_rule_decides_waits_for_a_person(service: Service, code: str) -> None:
    """Neither silence, nor the yes of the course: the devices of a collimator, a simulation, portal images."""
    held = {**prefetched(coverage()), "answers": statement_of_necessity()}
    body = hook(order(), order(code, id="beside"), prefetch=held, extension={"davinci-crd.requestedVersion": "2.2"})
    reply = body_of(post(service, SIGN, body))
    plan, beside = map(stated_of, reply["systemActions"])
    assert (plan["covered"], beside["covered"]) == (["covered"], ["indeterminate"])
    assert [one["text"] for one in beside["reason"]] == [
        "That the course would be covered does not decide about this service; a person decides."
    ]
    assert not {"questionnaire", "doc-needed", "info-needed"} & set(beside)


@pytest.mark.parametrize("written", ["77301-26", "77301 26", "77301:26:59", "g6015-tc", " g6015 "])
def test_a_code_is_read_with_the_modifiers_written_behind_it(service: Service, written: str) -> None:
    (answered,) = answered_orders(service, hook(order(written)))
    assert answered["extension"][0]["url"] == COVERAGE_INFORMATION


def test_a_code_that_only_begins_like_one_is_none(service: Service) -> None:
    for written in ("77301-263", "77301X", "773012", "77301-"):
        assert answered_orders(service, hook(order(written))) == []


def test_modifiers_behind_a_code_are_judged(service: Service) -> None:
    """A device that an IMRT plan includes may be billed as a distinct service, which 59 says."""
    warned = {
        written: any("77334" in card.get("detail", "") for card in body_of(post(service, SIGN, body))["cards"])
        for written in ("77334", "77334-59")
        if (body := hook(order(), order(written, id="device")))
    }
    assert warned == {"77334": True, "77334-59": False}


def test_an_order_of_two_appointments_is_answered_once(service: Service) -> None:
    booked = [
        {"resourceType": "Appointment", "id": own, "basedOn": [{"reference": address}]}
        for own, address in (("a1", "ServiceRequest/order-1"), ("a2", "https://ehr.example.org/ServiceRequest/order-1"))
    ]
    body = hook(name="appointment-book", prefetch={**prefetched(coverage()), "order": order()})
    body["context"] = {"patientId": "p1", "appointments": {"entry": [{"resource": one} for one in booked]}}
    reply = body_of(post(service, "/cds-services/isocenter-appointment-book", body))
    assert len(reply["systemActions"]) == 1
    assert not any("second IMRT plan" in card.get("detail", "") for card in reply["cards"])


def test_what_another_payer_said_of_its_coverage_stays_and_what_was_said_of_ours_is_renewed(service: Service) -> None:
    def said(reference: str, code: str) -> Json:
        parts = [{"url": "coverage", "valueReference": {"reference": reference}}, {"url": "covered", "valueCode": code}]
        return {"url": COVERAGE_INFORMATION, "extension": parts}

    theirs, earlier = (
        said("Coverage/theirs", "covered"),
        said("https://ehr.example.org/fhir/Coverage/c1", "not-covered"),
    )
    (resource,) = answered_orders(service, hook(order(extension=[earlier, theirs])))
    first, second = resource["extension"]
    assert first == theirs
    assert second["extension"][1] != earlier["extension"][1]


def test_an_order_is_dispatched_by_either_member_of_the_context(service: Service) -> None:
    for member in ({"dispatchedOrders": ["ServiceRequest/order-1"]}, {"order": "ServiceRequest/order-1"}):
        body = hook(name="order-dispatch", prefetch={**prefetched(coverage()), "order": order()})
        body["context"] = {"patientId": "p1", "performer": "Organization/1", **member}
        assert len(answered_orders(service, body, "order-dispatch")) == 1


def test_a_draft_without_an_id_is_named_by_its_address_in_the_bundle(service: Service) -> None:
    draft = {name: value for name, value in order().items() if name != "id"}
    body, address = hook(draft), "urn:uuid:0f5b1a70-0000-4000-8000-000000000001"
    for full_url, expected in ((address, [{"reference": address}]), (None, None)):
        body["context"]["draftOrders"]["entry"][0]["fullUrl"] = full_url
        reply = body_of(post(service, SIGN, body))
        named = {
            json.dumps(card.get("extension", {}).get("davinci-crd.associated-resource"))
            for card in reply["cards"]
            if card["source"]["topic"]["code"] == "claim"
        }
        assert named == {json.dumps(expected)}
        assert "id" not in reply["systemActions"][0]["resource"]


def test_the_database_of_another_program_is_refused_and_stays_as_it_is(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("create table appointments (day text)")
        other.commit()
    before = (tmp_path / "other.db").read_bytes()
    with pytest.raises(UnreadableInput, match="a database of another kind"):
        Records(tmp_path / "other.db")
    assert (tmp_path / "other.db").read_bytes() == before


def test_an_order_for_a_patient_who_died_before_is_a_persons(service: Service) -> None:
    held = {**prefetched(coverage()), "statement": statement_of_necessity()}
    held["patient"] = {**patient(), "deceasedDateTime": "2024-01-05T10:00:00Z"}
    (action,) = body_of(post(service, SIGN, hook(order(occurrenceDateTime="2024-05-10"), prefetch=held)))[
        "systemActions"
    ]
    stated = stated_of(action)
    assert stated["covered"] == ["conditional"]
    assert stated["reason"][0]["text"].startswith("The patient died on 2024-01-05, before the service on 2024-05-10")


@pytest.mark.parametrize(
    ("changed", "of_patient", "said"),
    [
        ({}, {"deceasedBoolean": True}, "stated to have died, without a day"),
        ({}, {"deceasedDateTime": "2024-01-05"}, "died on 2024-01-05"),
        ({"occurrenceDateTime": "1999-01-01"}, {}, "dated 1999-01-01; the policy is in force from"),
        ({"occurrencePeriod": {"start": "1999"}}, {}, "dated 1999; the policy is in force from"),
        ({"occurrenceDateTime": "2099-01-01"}, {}, "more than a year after the request"),
        ({"occurrenceDateTime": "next Monday"}, {}, "cannot be read (next Monday)"),
        ({"occurrenceDateTime": "2024-02-31"}, {}, "cannot be read (2024-02-31)"),
    ],
)
def test_what_was_covered_is_no_answer_once_its_day_or_its_patient_is_in_doubt(
    service: Service, changed: Json, of_patient: Json, said: str
) -> None:
    """The facts of the rules are the same before and after, and so is the order's name."""

    def asked(changed: Json, of_patient: Json) -> Json:
        held = {**prefetched(coverage()), "statement": statement_of_necessity()}
        held["patient"] = {**patient(), **of_patient}
        (action,) = body_of(post(service, SIGN, hook(order(**changed), prefetch=held)))["systemActions"]
        return stated_of(action)

    before = asked({}, {})
    assert before["covered"] == ["covered"]
    stated = asked(changed, of_patient)
    assert stated["covered"] == ["conditional"]
    assert said in stated["reason"][0]["text"]
    assert asked({}, {}) == before


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("77418", "not in force on the date of service"),
        ("77334", "A treatment device is billed that the IMRT plan includes"),
    ],
)
@pytest.mark.parametrize(("version", "covered"), [("2.0", "conditional"), ("2.2", "indeterminate")])
def test_what_the_rules_of_coding_refuse_is_not_covered_with_its_course(
    service: Service, code: str, said: str, version: str, covered: str
) -> None:
    """The plan beside it is covered; a code that has ended, and devices that the plan includes, wait for a person."""
    held = {**prefetched(coverage()), "statement": statement_of_necessity()}
    body = hook(order(), order(code, id="order-2"), prefetch=held)
    body["extension"] = {"davinci-crd.requestedVersion": version}
    plan, beside = [stated_of(one) for one in body_of(post(service, SIGN, body))["systemActions"]]
    assert (plan["covered"], beside["covered"]) == (["covered"], [covered])
    assert said in beside["reason"][0]["text"]
    assert plan["coverage-assertion-id"] != beside["coverage-assertion-id"]


@pytest.mark.parametrize("code", ["77295", "77470"])
@pytest.mark.parametrize("version", ["2.0", "2.2"])
def test_what_needs_a_document_of_its_own_is_not_covered_with_its_course(
    service: Service, code: str, version: str
) -> None:
    """A 3D plan beside the IMRT plan, and a special treatment procedure."""
    held = {**prefetched(coverage()), "statement": statement_of_necessity()}
    body = hook(order(), order(code, id="order-2"), prefetch=held)
    body["extension"] = {"davinci-crd.requestedVersion": version}
    plan, beside = [stated_of(one) for one in body_of(post(service, SIGN, body))["systemActions"]]
    assert (plan["covered"], beside["covered"], beside["info-needed"][0]) == (["covered"], ["conditional"], "OTH")


@pytest.mark.parametrize("written", ["2024-05-10", "2024-05", "2024", "2024-12"])
def test_a_day_a_month_or_a_year_of_service_is_enough(service: Service, written: str) -> None:
    held = {**prefetched(coverage()), "statement": statement_of_necessity()}
    (action,) = body_of(post(service, SIGN, hook(order(occurrenceDateTime=written), prefetch=held)))["systemActions"]
    assert stated_of(action)["covered"] == ["covered"]


def test_entries_that_hold_nothing_and_a_missing_choice_are_named(service: Service) -> None:
    body = hook(order(), name="order-select")
    body["context"]["draftOrders"]["entry"].insert(0, None)
    told = body_of(post(service, "/cds-services/isocenter-order-select", body))
    assert len(told["systemActions"]) == 1
    places = [one["expression"] for one in told["extension"]["isocenter.remarks"]]
    assert places == ["context.draftOrders.entry[0]", "context.selections"]


def test_a_selection_that_is_no_draft_is_named(service: Service) -> None:
    body = hook(order(), name="order-select")
    body["context"]["selections"] = ["ServiceRequest/other", "ServiceRequest/order-1"]
    told = body_of(post(service, "/cds-services/isocenter-order-select", body))
    assert len(told["systemActions"]) == 1
    assert [one["expression"] for one in told["extension"]["isocenter.remarks"]] == ["context.selections[0]"]


def test_the_date_of_an_order_that_names_no_day_is_named(service: Service) -> None:
    told = body_of(post(service, SIGN, hook(order(authoredOn="2027-13-45"))))
    places = [one["expression"] for one in told["extension"]["isocenter.remarks"]]
    assert places == ["context.draftOrders.entry[0].resource.authoredOn"]


def test_what_the_frame_of_a_hook_lacks_is_named_and_the_order_is_answered(service: Service) -> None:
    request = without(hook(order()), "hook", "hookInstance") | {"extension": ["2.2"]}
    request["prefetch"]["devices"] = "none"
    reply = body_of(post(service, SIGN, request))
    places = [one["expression"] for one in reply["extension"]["isocenter.remarks"]]
    assert places == ["hook", "hookInstance", "extension", "prefetch.devices"]
    assert len(reply["systemActions"]) == 1
