"""Requests for authorization by strangers: what is illegal or unknown is refused, waits for a person, or is told."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from isocenter.fhir.asking.asked import Judges
from isocenter.fhir.authorizations.records import Records
from isocenter.fhir.clients.authentication import Clients
from isocenter.fhir.serving.service import Service
from isocenter.fhir.settings import Payer
from isocenter.intake.fhir.resources import Found
from isocenter.intake.fhir_r4 import read_found
from tests.fhir.requests import authorization, coverage, statement_of_necessity
from tests.fhir.test_authorizations import actions
from tests.fhir.test_lone_services import notes
from tests.fhir.test_service import JSON, TOKEN_URL, ask_for_token, body_of, post
from tests.fhir.test_strangers import without
from tests.intake.fhir_resources import ICD10, MBI, concept

Json = dict[str, Any]
ICD10_OID = "urn:oid:2.16.840.1.113883.6.90"


@pytest.fixture
def service(judges: Judges) -> Iterator[Service]:
    records = Records()
    yield Service(judges, Payer(), records)
    records.close()


@pytest.mark.parametrize("code", ["77373", "99214", "77399", "99999"])
def test_a_service_that_the_covered_course_says_nothing_of_is_never_certified_with_it(
    service: Service, code: str
) -> None:
    """Another modality, a visit, an unlisted and an unknown service beside a plan that is certified."""
    bundle = authorization(("77301", 1), (code, 5), ("77427", 1), more=(statement_of_necessity(),))
    answered = body_of(post(service, "/Claim/$submit", bundle))
    assert actions(answered)[:2] == ["A1", "A4"]


@pytest.mark.parametrize(("code", "allowed"), [("77427", 6), ("77336", 5)])
def test_units_beyond_what_the_policy_allows_are_never_certified(service: Service, code: str, allowed: int) -> None:
    """Twenty-eight fractions allow six weeks of management and five of physics, whatever the record has yet to show."""
    for units, possible in ((allowed, {"A1"}), (allowed + 1, {"A4", "A6"}), (40, {"A6"})):
        bundle = authorization(("77301", 1), (code, units), ("G6015", 28), more=(statement_of_necessity(),))
        answered = body_of(post(service, "/Claim/$submit", bundle))
        plan, weekly, delivery = actions(answered)
        assert (plan, delivery) == ("A1", "A1")
        assert weekly in possible, units
    added = answered["entry"][0]["resource"]["addItem"]
    assert [one["quantity"]["value"] for one in added] == [allowed]


def test_what_was_certified_is_no_answer_once_the_patient_is_said_to_have_died(service: Service) -> None:
    """The same request again with the same facts of the rules, and another Patient."""
    bundle = authorization(more=(statement_of_necessity(),))
    assert actions(body_of(post(service, "/Claim/$submit", bundle))) == ["A1"]
    patients = (one["resource"] for one in bundle["entry"] if one["resource"]["resourceType"] == "Patient")
    next(patients)["deceasedDateTime"] = "2024-05-05"
    assert actions(body_of(post(service, "/Claim/$submit", bundle))) == ["A4"]


@pytest.mark.parametrize(
    ("change", "place", "said"),
    [
        (lambda c: c["item"][0].update(sequence="1"), "Claim.item[0]", "sequence"),
        (lambda c: c["item"][0].update(sequence=True), "Claim.item[0]", "sequence"),
        (lambda c: c["item"][0].update(sequence=-5), "Claim.item[0]", "sequence"),
        (lambda c: c["item"].append("x"), "Claim.item[1]", "item"),
        (lambda c: (c.pop("identifier"), c.pop("id")), "Claim.identifier", "identifier"),
        (lambda c: c.update(type="professional"), "Claim.item", "type: Expected"),
    ],
)
def test_a_request_that_cannot_be_judged_is_refused_with_place_and_reason(
    service: Service, change: Any, place: str, said: str
) -> None:
    bundle = authorization()
    change(bundle["entry"][0]["resource"])
    reply = post(service, "/Claim/$submit", bundle)
    (issue,) = body_of(reply)["issue"]
    assert (reply.status, issue["expression"]) == (400, [place])
    assert said in issue["diagnostics"]


def test_an_inquiry_without_identifier_shows_nothing_of_others(service: Service) -> None:
    assert post(service, "/Claim/$submit", authorization(identifier=[])).status == 200
    nameless = {"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Claim"}}]}
    assert post(service, "/Claim/$inquire", nameless).status == 400


def test_a_reference_that_leads_nowhere_is_named(service: Service) -> None:
    body = authorization()
    body["entry"] = [one for one in body["entry"] if one["resource"]["resourceType"] != "Coverage"]
    outcome = body_of(post(service, "/Claim/$submit", body))
    (issue,) = outcome["issue"]
    assert issue["expression"] == ["Claim.insurance[0].coverage"]
    assert "Coverage/c1" in issue["diagnostics"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"quantity": None},
        {"quantity": {"value": 1.5}},
        {"productOrService": {"text": "IMRT planning"}},
        {"servicedDate": "2024-13-77"},
    ],
)
def test_an_item_that_cannot_be_read_is_a_persons_and_the_others_are_decided(service: Service, wrong: Json) -> None:
    def asked(number: str, *unread: int) -> Json:
        body = authorization(("77301", 1), ("77300", 9), more=(statement_of_necessity(),))
        claim = body["entry"][0]["resource"]
        claim["identifier"][0]["value"] = number
        for place in unread:
            claim["item"][place] = {**claim["item"][place], **wrong}
        return body_of(post(service, "/Claim/$submit", body))

    one, both = asked("REQ-1", 1), asked("REQ-2", 0, 1)
    assert (actions(one), actions(both)) == (["A1", "A4"], ["A4", "A4"])
    for response in (one, both):
        said = response["entry"][0]["resource"]
        assert "could not be read" in said["processNote"][said["item"][1]["noteNumber"][0] - 1]["text"]


def test_a_coverage_and_a_diagnosis_within_the_claim_count_like_those_beside_it(service: Service) -> None:
    body = authorization(more=(statement_of_necessity(),))
    claim = body["entry"][0]["resource"]
    condition = {"resourceType": "Condition", "id": "dx", "code": concept("C61", ICD10)}
    claim |= {
        "contained": [coverage(id="within"), condition],
        "insurance": [{"sequence": 1, "focal": True, "coverage": {"reference": "#within"}}],
        "diagnosis": [{"sequence": 1, "diagnosisReference": {"reference": "#dx"}}],
    }
    body["entry"] = [one for one in body["entry"] if one["resource"]["resourceType"] != "Coverage"]
    assert actions(body_of(post(service, "/Claim/$submit", body))) == ["A1"]


def test_an_answer_refers_to_its_request_by_the_address_that_the_bundle_gives_it(service: Service) -> None:
    body, address = authorization(), "urn:uuid:0f5b1a70-0000-4000-8000-000000000003"
    body["entry"][0]["fullUrl"] = address
    for claim in (body["entry"][0]["resource"], without(body["entry"][0]["resource"], "id")):
        body["entry"][0]["resource"] = claim
        first, *others = (one["resource"] for one in body_of(post(service, "/Claim/$submit", body))["entry"])
        assert first["request"] == {"reference": address}
        tasks = [one["reasonReference"] for one in others if one["resourceType"] == "Task"]
        assert tasks == [{"reference": address}]


def test_two_items_of_one_number_are_refused(service: Service) -> None:
    body = authorization(("77301", 1), ("77300", 9))
    body["entry"][0]["resource"]["item"][1]["sequence"] = 1
    assert post(service, "/Claim/$submit", body).status == 400


def test_a_client_with_an_rsa_key_is_known_and_sees_its_own_requests_alone(judges: Judges) -> None:
    jwt = pytest.importorskip("jwt", reason="PyJWT is not installed: clients cannot be known by their keys")
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415

    private = rsa.generate_private_key(65537, 2048)
    algorithm = jwt.algorithms.RSAAlgorithm(jwt.algorithms.RSAAlgorithm.SHA384)
    public = {**json.loads(algorithm.to_jwk(private.public_key())), "kid": "r1", "alg": "RS384", "use": "sig"}
    clock = [1000.0]
    known = {
        "clinic": {"keys": [public]},
        "stranger": {"keys": [public], "organizations": ["1234567893"]},
        "group": {"keys": [public], "organizations": ["1999999984"]},
    }
    records = Records()
    service = Service(judges, Payer(), records, clients=Clients(known, TOKEN_URL, now=lambda: clock[0]))

    def signed_in(client: str) -> Json:
        claims = {"iss": client, "sub": client, "aud": TOKEN_URL, "jti": f"{client} {clock[0]}", "exp": clock[0] + 60}
        given = ask_for_token(service, jwt.encode(claims, private, "RS384", {"kid": "r1"}))
        assert given.status == 200
        return {**JSON, "authorization": f"Bearer {body_of(given)['access_token']}"}

    own = signed_in("clinic")
    assert post(service, "/Claim/$submit", authorization(), own).status == 200
    assert "parameter" in body_of(post(service, "/Claim/$inquire", authorization(), own))
    assert "parameter" in body_of(post(service, "/Claim/$inquire", authorization(), signed_in("group")))
    assert "parameter" not in body_of(post(service, "/Claim/$inquire", authorization(), signed_in("stranger")))
    clock[0] += 301
    expired = post(service, "/Claim/$inquire", authorization(), own)
    assert (expired.status, body_of(expired)["issue"][0]["code"]) == (401, "expired")
    records.close()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"status": "cancelled"}, "its status is cancelled"),
        ({"status": ""}, "it states no status"),
        ({"period": {"start": "2019-01-01", "end": "2020-12-31"}}, "it ended on 2020-12-31"),
        ({"period": {"start": "2024-06-01"}}, "it begins on 2024-06-01"),
        ({"beneficiary": {"reference": "Patient/another"}}, "another beneficiary"),
    ],
)
def test_nothing_is_certified_under_a_coverage_that_is_not_in_force(
    service: Service, changes: Json, reason: str
) -> None:
    bundle = authorization(("77301", 1), more=(statement_of_necessity(),))
    assert actions(body_of(post(service, "/Claim/$submit", bundle))) == ["A1"]
    held = next(one["resource"] for one in bundle["entry"] if one["resource"]["resourceType"] == "Coverage")
    held.update(changes)
    answered = body_of(post(service, "/Claim/$submit", bundle))
    assert actions(answered) == ["A4"]
    assert reason in answered["entry"][0]["resource"]["processNote"][0]["text"]
    read = read_found([Found(one["resource"], "r", "", one["fullUrl"]) for one in bundle["entry"]])
    assert [one for one in read.problems if reason in one.sentence], read.problems  # the person at the desk sees it


@pytest.mark.parametrize(
    ("focal", "said"), [((True, True), "marks 2 as focal"), ((False, False), "marks none as focal")]
)
def test_nothing_is_certified_where_one_of_two_coverages_may_be_meant(
    service: Service, focal: tuple[bool, bool], said: str
) -> None:
    insurance = [
        {"sequence": number, "focal": is_focal, "coverage": {"reference": f"Coverage/c{number}"}}
        for number, is_focal in enumerate(focal, start=1)
    ]
    other = coverage(id="c2", payor=[{"display": "Commercial plan"}])
    bundle = authorization(more=(statement_of_necessity(), other), insurance=insurance)
    answered = body_of(post(service, "/Claim/$submit", bundle))
    assert actions(answered) == ["A4"]
    assert said in notes(answered)[0]
    insurance[0]["focal"], insurance[1]["focal"] = True, False
    assert actions(body_of(post(service, "/Claim/$submit", bundle))) == ["A1"]


def test_nothing_is_certified_that_is_asked_for_on_a_day_to_come(service: Service) -> None:
    answered = body_of(
        post(service, "/Claim/$submit", authorization(more=(statement_of_necessity(),), created="2999-01-02"))
    )
    assert actions(answered) == ["A4"]
    assert "(created) is 2999-01-02, after today" in notes(answered)[0]


def test_a_value_of_great_length_is_not_said_back_whole(service: Service) -> None:
    reply = post(service, "/Claim/$submit", authorization(use="x" * 100_000))
    assert (reply.status, len(reply.body) < 5000) == (400, True)


def asked_with(service: Service, more: Json, of_patient: Json | None = None, **of_item: Any) -> Json:
    """The answer to a request beside a statement of necessity, with changes of claim, patient and item."""
    body = authorization(("77301", 1), more=(statement_of_necessity(),), **more)
    for entry in body["entry"]:
        if entry["resource"]["resourceType"] == "Patient":
            entry["resource"] |= of_patient or {}
    body["entry"][0]["resource"]["item"][0] |= of_item
    reply = post(service, "/Claim/$submit", body)
    assert reply.status == 200, reply.body
    return body_of(reply)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"quantity": {"value": 30, "unit": "min"}}, "the quantity 30 min"),
        ({"quantity": {"value": 1, "comparator": ">="}}, "the quantity >=1"),
        ({"modifier": [{"text": "left side"}]}, "the modifier left side"),
        ({"detail": [{"sequence": 1, "productOrService": concept("77300")}]}, "send it as a separate line"),
        ({"diagnosisSequence": [9]}, "the diagnosis 9, which the claim does not list"),
        ({"servicedDate": "2024-05-10", "of_patient": {"deceasedDateTime": "2024-05-09"}}, "died on 2024-05-09"),
        ({"of_patient": {"deceasedDateTime": "2024"}}, "stated to have died (2024), without a day"),
        ({"of_patient": {"deceasedBoolean": True}}, "stated to have died, without a day"),
    ],
)
def test_an_item_that_can_mean_something_else_waits_for_a_person(service: Service, changes: Json, said: str) -> None:
    answered = asked_with(service, {}, **changes)
    assert (actions(answered), said in notes(answered)[0]) == (["A4"], True)


@pytest.mark.parametrize(
    "changes",
    [
        {"quantity": {"value": 1, "unit": "session"}},
        {"quantity": {"value": 1, "code": "{fraction}"}},
        {"servicedDate": None, "servicedPeriod": {"start": "2024-05-10", "end": "2024-06-20"}},
        {"of_patient": {"deceasedBoolean": False}},
        {"of_patient": {"deceasedDateTime": "2024-05-11"}},
        {"more": {"patient": {"identifier": {"system": MBI, "value": "1EG4TE5MK73"}}}},
        {"more": {"diagnosis": [None, {"sequence": 1, "diagnosisCodeableConcept": concept("C61", ICD10_OID)}]}},
    ],
)
def test_what_is_written_otherwise_and_means_the_same_is_read(service: Service, changes: Json) -> None:
    assert actions(asked_with(service, changes.pop("more", {}), **changes)) == ["A1"]


def test_a_text_in_another_character_set_or_release_is_refused(service: Service) -> None:
    for parameter in ("charset=iso-8859-1", "fhirVersion=3.0", 'fhirVersion="5.0"'):
        kind = {"content-type": f"application/fhir+json; {parameter}"}
        assert post(service, "/Claim/$submit", authorization(), kind).status == 415
    kind = {"content-type": "application/fhir+json; fhirVersion=4.0; charset=UTF-8"}
    assert post(service, "/Claim/$submit", authorization(), kind).status == 200


@pytest.mark.parametrize("name", ["supportingInfo", "insurance", "diagnosis", "careTeam", "related", "extension"])
@pytest.mark.parametrize("held", ["words", {"sequence": 1}, [7]])
def test_a_member_of_another_shape_is_refused_with_its_place(service: Service, name: str, held: Any) -> None:
    """Passed over, it could hide what changes the decision."""
    reply = post(service, "/Claim/$submit", authorization(more=(statement_of_necessity(),), **{name: held}))
    (issue,) = body_of(reply)["issue"]
    assert (reply.status, issue["code"], issue["expression"]) == (400, "structure", [f"Claim.{name}"])


@pytest.mark.parametrize("name", ["priority", "provider"])
def test_a_member_that_is_no_object_is_refused_with_its_place(service: Service, name: str) -> None:
    """How urgent a request is must not be passed over."""
    reply = post(service, "/Claim/$submit", authorization(**{name: "stat"}))
    assert (reply.status, body_of(reply)["issue"][0]["expression"]) == (400, [f"Claim.{name}"])


@pytest.mark.parametrize(
    ("item", "place"),
    [("yes", "item"), (["yes"], "item[0]"), ([{"linkId": "necessity_statement", "item": [7]}], "item[0].item[0]")],
)
def test_an_answer_that_is_no_object_is_named_and_nothing_is_certified(service: Service, item: Any, place: str) -> None:
    more = (statement_of_necessity(), statement_of_necessity(id="answers-2", item=item))
    answered = body_of(post(service, "/Claim/$submit", authorization(more=more)))
    assert actions(answered) == ["A4"]
    assert any(f".{place}: an object is expected" in one for one in notes(answered))


def test_an_answer_to_a_question_that_no_policy_asks_is_named(service: Service) -> None:
    """A link id of ours that is misspelled must not make a document, nor get lost."""
    answers = statement_of_necessity()
    group = answers["item"][0]["item"]
    group += [
        {"linkId": "necessity_statement/condition_proximty", "answer": [{"valueBoolean": True}]},
        {"linkId": "necesity_statement/date", "answer": [{"valueDate": "2024-04-28"}]},
    ]
    answered = body_of(post(service, "/Claim/$submit", authorization(more=(answers,))))
    said = [one for one in notes(answered) if "is none of the policy's questionnaire" in one]
    assert [("item[0].item[8]" in one, "item[0].item[9]" in one) for one in said] == [(True, False), (False, True)]
    assert all("the answer was left out" in one for one in said)
    assert actions(answered) == ["A1"]
