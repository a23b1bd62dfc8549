"""Hostile and odd requests: one refusal that says why, nothing is decided by what cannot be read, no fault of ours."""

import gzip
import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest

from isocenter.fhir.asking.asked import Judges
from isocenter.fhir.authorizations.records import Records
from isocenter.fhir.clients.authentication import ANYONE, Clients
from isocenter.fhir.hooks.ehr import Ehr, fetch
from isocenter.fhir.serving.notifier import post as notify
from isocenter.fhir.serving.service import Service
from isocenter.fhir.settings import Payer
from isocenter.intake.fhir.belonging import Person, Whose
from isocenter.intake.fhir.references import Directory
from isocenter.intake.fhir.resources import Found
from tests.fhir.requests import authorization, coverage, hook, order, request_item, statement_of_necessity
from tests.fhir.test_authorizations import actions
from tests.fhir.test_service import JSON, TOKEN_URL, ask_for_token, body_of, post
from tests.fhir.test_strangers import SIGN, prefetched, stated_of, without
from tests.intake.fhir_resources import CPT, SNOMED, concept, patient

Json = dict[str, Any]
BOOK = "/cds-services/isocenter-appointment-book"
DISPATCH = "/cds-services/isocenter-order-dispatch"
SELECT = "/cds-services/isocenter-order-select"


@pytest.fixture
def service(judges: Judges) -> Iterator[Service]:
    records = Records()
    yield Service(judges, Payer(), records)
    records.close()


def context_of(*orders: Json, **changes: Any) -> Json:
    return {**hook(*orders)["context"], **changes}


def booked(*references: str) -> Json:
    appointment = {"resourceType": "Appointment", "id": "a1", "basedOn": [{"reference": one} for one in references]}
    body = hook(name="appointment-book", prefetch={**prefetched(coverage()), "first": order()})
    return {**body, "context": {"patientId": "p1", "appointments": {"entry": [{"resource": appointment}]}}}


def dispatched(orders: Any) -> Json:
    return {**hook(name="order-dispatch"), "context": {"patientId": "p1", "dispatchedOrders": orders}}


def nested(depth: int) -> bytes:
    written = json.dumps(hook(order(extension=[{"url": "https://example.org/x", "valueString": "HERE"}])))
    return written.replace('"HERE"', '{"a":' * depth + "1" + "}" * depth).encode()


@pytest.mark.parametrize(
    ("path", "body", "status", "said"),
    [
        (SIGN, hook(order(extension={"url": "x"})), 400, "draftOrders.entry[0].resource.extension: Expected `array`"),
        (SIGN, hook(order(extension=["x", 1, None])), 400, "extension[0]: Expected `object`"),
        (SIGN, hook(order() | {"code": [concept("77301", CPT)]}), 400, ".code: Expected"),
        (SIGN, hook(order() | {"code": {"coding": {"code": "77301"}}}), 400, ".code.coding: Expected `array`"),
        (SIGN, hook(order() | {"code": {"coding": [{"code": 77301}]}}), 400, "coding[0].code: Expected `str`"),
        (SIGN, hook(order(id=["order-1"])), 400, ".id: Expected `str`"),
        (SIGN, {**hook(order()), "context": without(context_of(order()), "patientId")}, 400, "context.patientId"),
        (SIGN, {**hook(order()), "context": context_of(order(), patientId=["p1"])}, 400, "context.patientId"),
        (SIGN, hook(order(), extension={"davinci-crd.requestedVersion": "2.20"}), 400, "version 2.20"),
        (SIGN, hook(order(), extension={"davinci-crd.requestedVersion": ["2.2"]}), 400, "version"),
        (SIGN, nested(150), 400, "nested more than 100 deep"),
        (SIGN, nested(90), 200, ""),
        (SIGN, hook(*[order(id=f"o{number}") for number in range(101)]), 400, "101 orders under 1 coverages"),
        (SIGN, hook(order(), prefetch={"patient": patient("p9"), "coverage": coverage()}), 400, "another patient"),
        (SELECT, hook(name="order-select", context=context_of(order(), selections=[1])), 400, "references"),
        (DISPATCH, dispatched([7, None]), 400, "references"),
        (DISPATCH, dispatched("ServiceRequest/order-1"), 400, "references"),
        (DISPATCH, dispatched(["https://10.0.0.1/ServiceRequest/1"]), 412, "not in the prefetch"),
        (BOOK, booked("Appointment/a1"), 412, "not in the prefetch"),
        ("/cds-services/isocenter-none/feedback", {"feedback": [{"card": "c"}]}, 404, "no service"),
        ("/cds-services/\r\nX: y\0", hook(order()), 404, r"\r\nX: y\x00"),
        ("/cds-services", {}, 405, "asked by GET"),
        ("/metadata", {}, 405, "asked by GET"),
        ("/Claim/$submit", authorization(*[("77301", 1)] * 1000), 400, "1,000 items"),
        ("/Claim/$submit", authorization(item=[{**request_item(1, "77301", 1), "sequence": 2**31}]), 400, "sequence"),
        ("/Claim/$submit", authorization(patient={"display": "Ada Example"}), 400, "does not refer to its patient"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_refused_with_its_place(
    service: Service, path: str, body: Any, status: int, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    reply = post(service, path, body)
    told = body_of(reply).get("issue", [{"diagnostics": ""}])[0]["diagnostics"]
    assert (reply.status, said in told) == (status, True), told
    assert not caplog.text


@pytest.mark.parametrize(
    ("changes", "whose"),
    [
        ({"subject": {"reference": "Patient/p1"}}, Whose.OWN),
        ({"subject": {"reference": "https://ehr.example.org/Patient/p1/_history/3"}}, Whose.OWN),
        ({"subject": {"reference": "urn:uuid:own"}}, Whose.OWN),
        ({}, Whose.OWN),
        ({"subject": {"reference": "Patient/p2"}}, Whose.ANOTHERS),
        ({"subject": {"reference": "urn:uuid:other"}}, Whose.ANOTHERS),
        ({"subject": {"reference": "Group/p1"}}, Whose.ANOTHERS),
        ({"beneficiary": {"reference": "Patient/p2"}}, Whose.ANOTHERS),
        ({"subject": {"reference": "Patient/p1"}, "patient": {"reference": "Patient/p2"}}, Whose.ANOTHERS),
        ({"subject": {"identifier": patient()["identifier"][0]}}, Whose.OWN),
        ({"subject": {"identifier": {**patient()["identifier"][0], "value": "9ZZ9ZZ9ZZ99"}}}, Whose.ANOTHERS),
        ({"subject": {"identifier": {"system": "urn:other", "value": "1EG4TE5MK73"}}}, Whose.UNKNOWN),
        ({"subject": {"reference": "urn:uuid:nowhere"}}, Whose.UNKNOWN),
        ({"subject": {"reference": "#p1"}, "contained": [patient("p1", "9ZZ9ZZ9ZZ99")]}, Whose.ANOTHERS),
        ({"subject": {"reference": "#p1"}, "contained": [without(patient(), "identifier")]}, Whose.UNKNOWN),
        ({"subject": {"reference": "#x"}, "contained": [patient("x")]}, Whose.OWN),
        ({"subject": {"display": "Ada Example"}}, Whose.UNKNOWN),
        ({"subject": "Patient/p1"}, Whose.UNKNOWN),
        ({"subject": [{"reference": "Patient/p1"}]}, Whose.UNKNOWN),
    ],
)
def test_a_resource_is_the_patients_anothers_or_nobody_can_tell(changes: Json, whose: Whose) -> None:
    known = [(patient(), "urn:uuid:own"), (patient("p2", "2ZZ2ZZ2ZZ22"), "urn:uuid:other")]
    directory = Directory(Found(one, "request", "", address) for one, address in known)
    person = Person.of({"reference": "Patient/p1"}, directory)
    assert person.whose({"resourceType": "QuestionnaireResponse", **changes}) is whose


@pytest.mark.parametrize("subject", ["Patient/another", [{"reference": "Patient/p1"}], {"display": "Somebody Else"}])
def test_a_document_whose_patient_cannot_be_told_never_makes_a_course_covered(service: Service, subject: Any) -> None:
    foreign = statement_of_necessity(subject=subject)
    assert post(service, SIGN, hook(order(), prefetch={**prefetched(coverage()), "answers": foreign})).status == 400
    assert post(service, "/Claim/$submit", authorization(more=(foreign,))).status == 400


@pytest.mark.parametrize("beneficiary", ["Patient/p1", [{"reference": "Patient/p1"}], {"display": "Somebody Else"}])
def test_a_coverage_whose_beneficiary_cannot_be_told_is_never_a_yes(service: Service, beneficiary: Any) -> None:
    held = {**prefetched(coverage(beneficiary=beneficiary)), "answers": statement_of_necessity()}
    (action,) = body_of(post(service, SIGN, hook(order(), prefetch=held)))["systemActions"]
    stated = stated_of(action)
    assert stated["covered"] == ["conditional"]
    assert "cannot be compared" in stated["reason"][0]["text"]


def test_a_request_with_documents_of_two_patients_by_their_addresses_is_refused(service: Service) -> None:
    """Both patients are in the bundle, and the document refers to the second by its urn:uuid."""
    foreign = statement_of_necessity(subject={"reference": "urn:uuid:2"})
    bundle = authorization(more=(patient("p2", "2ZZ2ZZ2ZZ22"), foreign))
    for entry in bundle["entry"]:
        if entry["resource"]["id"] == "p2":
            entry["fullUrl"] = "urn:uuid:2"
    assert "another patient" in body_of(post(service, "/Claim/$submit", bundle))["issue"][0]["diagnostics"]


def test_an_order_that_cannot_be_had_is_named_beside_the_answers_to_the_others(service: Service) -> None:
    found = body_of(post(service, BOOK, booked("ServiceRequest/order-1", "ServiceRequest/gone")))
    assert [one["resource"]["id"] for one in found["systemActions"]] == ["order-1"]
    (card,) = [one for one in found["cards"] if one["indicator"] == "warning"]
    assert "ServiceRequest/gone" in card["detail"]


@pytest.mark.parametrize(
    "server",
    [
        "http://10.0.0.1/fhir",
        "http://169.254.169.254/latest",
        "file:///etc/passwd",
        "http://127.0.0.1@10.0.0.1/",
        "http://127.0.0.1:1/\r\nX: y",
        "http://127.0.0.1:1/ a",
        "http://127\u30020\u30020\u30021/",
        "http://127.0.0.1:99999/",
        "http://2130706433:1/",
        "http://[::ffff:10.0.0.1]/",
        ["http://127.0.0.1"],
    ],
)
def test_a_server_that_may_not_be_asked_is_not(service: Service, server: Any) -> None:
    asked: list[str] = []
    ehr = Ehr({"fhirServer": server}, ANYONE, lambda address, *_: asked.append(address))
    assert ehr.read("Patient/p1") is None
    assert not asked
    assert post(service, SIGN, hook(order(), prefetch={"patient": patient()}, fhirServer=server)).status == 412


def test_an_address_or_a_token_that_no_request_can_be_made_of_gets_no_answer() -> None:
    assert fetch("http://127.0.0.1:1/\r\nX: y", "t", 1) is None
    assert fetch("http://127.0.0.1:1/", "t\r\nX: y\u2603", 1) is None
    assert notify("http://127.0.0.1:1/\r\nX: y", b"{}", []) == 0


@pytest.mark.parametrize("header", ["Host: 10.0.0.1", "content-length: 5", "Transfer-Encoding: chunked", "X\u00b2: y"])
def test_a_subscriber_does_not_choose_how_its_notification_is_framed(service: Service, header: str) -> None:
    channel = {"type": "rest-hook", "endpoint": "http://127.0.0.1:9/x", "header": [header]}
    body = {
        "resourceType": "Subscription",
        "criteria": "http://hl7.org/fhir/us/davinci-pas/SubscriptionTopic/PASSubscriptionTopic",
        "_criteria": {"extension": [{"url": "x/backport-filter-criteria", "valueString": "orgIdentifier=1999999984"}]},
        "channel": channel,
    }
    assert post(service, "/Subscription", {**body, "channel": {**channel, "header": ["X-Token: y"]}}).status == 201
    assert post(service, "/Subscription", body).status == 400


def test_a_packed_body_is_refused_before_it_is_unpacked(service: Service) -> None:
    headers = {**JSON, "content-encoding": "gzip"}
    reply = post(service, SIGN, gzip.compress(json.dumps(hook(order())).encode()), headers)
    assert (reply.status, "gzip" in reply.body.decode()) == (415, True)


def test_only_the_head_of_what_is_open_is_asked_for(service: Service) -> None:
    assert [service.reply("HEAD", path, {}, b"").status for path in ("/metadata", "/cds-services")] == [200, 200]


def test_a_fault_of_ours_is_one_outcome_and_the_log_says_nothing_of_the_request(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: Any, **__: Any) -> Json:
        raise KeyError("Ada Example, born 1950-02-01")

    monkeypatch.setattr("isocenter.fhir.serving.service.answer_hook", fails)
    caplog.set_level(logging.DEBUG)
    reply = post(service, SIGN, hook(order()))
    (issue,) = body_of(reply)["issue"]
    assert (reply.status, issue["code"]) == (500, "exception")
    assert "service.py" in caplog.text
    assert "Ada" not in caplog.text + reply.body.decode()


def test_nothing_is_denied_by_odd_numbers_of_units(service: Service) -> None:
    for number, units in enumerate((-3, 0, 1.5, 10**300)):
        bundle = authorization(("77301", units), ("77300", 1), identifier=[{"value": f"R{number}"}])  # type: ignore[arg-type]
        reply = post(service, "/Claim/$submit", bundle)
        assert reply.status == 400 or "A3" not in actions(body_of(reply))


def test_a_key_is_used_by_its_own_algorithm_alone_and_odd_claims_get_no_token(judges: Judges) -> None:
    jwt = pytest.importorskip("jwt", reason="PyJWT is not installed: clients cannot be known by their keys")
    from cryptography.hazmat.primitives.asymmetric import ec, rsa  # noqa: PLC0415

    curve, modulus = ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 2048)
    to_jwk = {"e": jwt.algorithms.ECAlgorithm.to_jwk, "r": jwt.algorithms.RSAAlgorithm.to_jwk}
    keys = [
        {**json.loads(to_jwk[kid](private.public_key())), "kid": kid} for kid, private in (("e", curve), ("r", modulus))
    ]
    records = Records()
    clients = Clients({"clinic": {"keys": keys}}, TOKEN_URL, now=lambda: 1000.0)
    service = Service(judges, Payer(), records, clients=clients)
    count = iter(range(100))

    def asked(private: Any, algorithm: str, kid: str, **changes: Any) -> int:
        claims = {"iss": "clinic", "sub": "clinic", "aud": TOKEN_URL, "jti": f"j{next(count)}", "exp": 1060, **changes}
        return ask_for_token(service, jwt.encode(claims, private, algorithm, {"kid": kid})).status

    assert (asked(curve, "ES384", "e"), asked(modulus, "RS384", "r")) == (200, 200)
    assert (asked(curve, "ES384", "r"), asked(modulus, "RS384", "e"), asked(modulus, "RS256", "r")) == (401, 401, 401)
    assert asked(curve, "ES384", "e", iat=1030) == 200
    assert [asked(curve, "ES384", "e", iat=issued) for issued in (5000, "now")] == [401, 401]
    assert asked(curve, "ES384", "e", jti="\ud800") == 200
    assert asked(curve, "ES384", "e", jti="\ud800") == 401
    records.close()


@pytest.mark.parametrize(
    "change", [{"id": {"x": "p1"}}, {"id": ["p1"]}, {"resourceType": {"x": "Patient"}}, {"resourceType": ""}]
)
def test_a_resource_without_a_name_spoils_no_later_request(service: Service, change: Json) -> None:
    """One that was kept with such an id would be compared with every request that follows it."""
    spoiled = authorization(more=({**statement_of_necessity(), **change},))
    assert post(service, "/Claim/$submit", spoiled).status == 400
    assert post(service, "/Claim/$submit", authorization()).status == 200
    tracked = {"name": "TrackingId", "valueIdentifier": authorization()["entry"][0]["resource"]["identifier"][0]}
    part = [{"name": "Content", "resource": {**statement_of_necessity(), **change}}]
    attached = {"resourceType": "Parameters", "parameter": [tracked, {"name": "Attachment", "part": part}]}
    assert post(service, "/$submit-attachment", attached).status == 400
    assert post(service, "/Claim/$submit", authorization(more=(statement_of_necessity(),))).status == 200


@pytest.mark.parametrize("address", ["[x](javascript:alert(1))", "`<img src=x onerror=alert(1)>`", "a\n\n# b"])
def test_an_address_on_a_card_is_no_markup(service: Service, address: str) -> None:
    cards = body_of(post(service, BOOK, booked("ServiceRequest/order-1", address)))["cards"]
    (detail,) = [card["detail"] for card in cards if "could not be read" in card["summary"]]
    asked, *named = detail.split("\n")
    assert asked == "Send these in the prefetch:"
    assert len(named) == 1
    assert (named[0][:3], named[0][-1], named[0].count("`")) == ("- `", "`", 2)


@pytest.mark.parametrize(
    "text", ["a\x00b\x1b[31mc", "<script>alert(1)</script>", "[x](javascript:alert(1))", "\u202eb"]
)
def test_what_answers_hold_is_no_markup_and_no_control_character_in_any_answer(service: Service, text: str) -> None:
    answers = statement_of_necessity(author={"display": text})
    for item in answers["item"][0]["item"]:
        if "valueString" in item["answer"][0]:
            item["answer"] = [{"valueString": text}]
    held = {**prefetched(coverage()), "answers": answers}
    replies = [
        post(service, SIGN, hook(order(), prefetch=held)),
        post(service, "/Claim/$submit", authorization(("77301", 1), more=(answers,))),
        post(service, "/Claim/$submit", authorization(("77334", 9), more=(answers,))),
    ]
    for reply in replies:
        assert reply.status == 200
        said = [one for one in _texts(body_of(reply)) if one != text]  # but for what is given back as it was sent
        assert not [
            one for one in said if text in one or any(letter < " " and letter not in "\t\r\n" for letter in one)
        ]


_SHOWN_IN_SENTENCES = ("a\x1b[31mb", "right\u202eleft", "\u2066isolated\u2069 \u200fmark", "null\u2028line", "<b>x</b>")


@pytest.mark.parametrize("text", _SHOWN_IN_SENTENCES)
def test_what_a_sender_names_turns_no_sentence_of_any_answer(service: Service, text: str) -> None:
    asked = [{"name": "coverage", "resource": coverage()}, {"name": "questionnaire", "valueCanonical": text}]
    replies = [
        post(service, SIGN, hook(order(id=text), prefetch=prefetched(coverage()))),
        post(service, "/Claim/$submit", authorization((text, 1))),
        post(service, "/Questionnaire/$questionnaire-package", {"resourceType": "Parameters", "parameter": asked}),
    ]
    sentences = [
        sentence for reply in replies for name, sentence in _named(body_of(reply)) if name in ("detail", "description",
        "summary", "diagnostics", "text", "disposition")
    ]  # fmt: skip
    word = re.findall("[a-z]+", text)[-1]
    assert any(word in one.lower() for one in sentences)
    for sentence in sentences:
        assert not set(sentence) & set("\x1b\u202e\u2066\u2069\u200f\u2028")


def _named(held: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Every text within JSON, with the name under which it is written."""
    if isinstance(held, dict):
        for key, value in held.items():
            yield from _named(value, key)
    elif isinstance(held, list):
        for value in held:
            yield from _named(value, name)
    elif isinstance(held, str):
        yield name, held


def _texts(held: Any) -> Iterator[str]:
    """Every text within JSON."""
    if isinstance(held, dict | list):
        for one in held.values() if isinstance(held, dict) else held:
            yield from _texts(one)
    elif isinstance(held, str):
        yield held


def test_very_many_coverages_are_refused_at_once(service: Service) -> None:
    many = 5000  # each held against each, they took minutes as soon as a body was full
    found = {"resourceType": "Bundle", "entry": [{"resource": coverage(id=f"c{one}")} for one in range(many)]}
    reply = post(service, SIGN, hook(order(), prefetch={"patient": patient(), "coverage": found}))
    assert (reply.status, body_of(reply)["issue"][0]["code"]) == (400, "too-costly")
    again = {"resourceType": "Bundle", "entry": [{"resource": coverage()}] * many}
    reply = post(service, SIGN, hook(order(), prefetch={"patient": patient(), "coverage": again}))
    assert (reply.status, len(body_of(reply)["systemActions"])) == (200, 1)


def test_phases_of_a_record_that_are_parts_of_each_other_are_answered(service: Service) -> None:
    phases = [
        {"resourceType": "Procedure", "id": own, "status": "completed", "subject": {"reference": "Patient/p1"},
         "code": concept("1222565005", SNOMED), "partOf": [{"reference": f"Procedure/{whole}"}]}
        for own, whole in (("one", "two"), ("two", "one"))
    ]  # fmt: skip
    assert post(service, "/Claim/$submit", authorization(more=tuple(phases))).status == 200


def test_more_documents_than_are_read_are_refused(service: Service) -> None:
    held = {"contentType": "text/plain", "data": "UGFnZQ=="}
    pages = tuple(
        {"resourceType": "DocumentReference", "id": f"page-{number}", "status": "current",
         "subject": {"reference": "Patient/p1"}, "content": [{"attachment": held}]}
        for number in range(1001)
    )  # fmt: skip
    reply = post(service, "/Claim/$submit", authorization(more=pages))
    (issue,) = body_of(reply)["issue"]
    assert (reply.status, issue["code"]) == (400, "too-costly")
    assert issue["diagnostics"].startswith("1,001 documents; at most 1,000 are read; send those that state the need")


def test_an_order_that_came_along_twice_is_one_order(service: Service) -> None:
    body = hook(order(), order(), prefetch={**prefetched(coverage()), "necessity": statement_of_necessity()})
    (action,) = body_of(post(service, SIGN, body))["systemActions"]
    assert stated_of(action)["covered"] == ["covered"]


def test_a_request_of_nobody_is_refused(service: Service) -> None:
    reply = post(service, "/Claim/$submit", authorization(provider=None))
    assert (reply.status, body_of(reply)["issue"][0]["expression"]) == (400, ["Claim.provider"])
