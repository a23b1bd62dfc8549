"""An order or a request that says of itself what does not fit is answered, and never by a yes."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from isocenter.fhir.asking.asked import Judges
from isocenter.fhir.authorizations.records import Records
from isocenter.fhir.doubts.disease_doubts import why_elsewhere
from isocenter.fhir.doubts.order_doubts import why_not_as_ordered
from isocenter.fhir.doubts.tumors import why_not_of_patient, why_too_young
from isocenter.fhir.serving.service import Service
from isocenter.fhir.settings import Payer
from isocenter.intake.fhir_r4 import FhirRows
from isocenter.terms.claims import Diagnosis
from tests.fhir.requests import BASE, GUIDE, authorization, coverage, hook, order, request_item, statement_of_necessity
from tests.fhir.test_authorizations import actions, texts
from tests.fhir.test_service import body_of, post
from tests.fhir.test_strangers import SIGN, stated_of
from tests.intake.fhir_resources import CPT, ICD10, SNOMED, concept, patient

Json = dict[str, Any]
BREAST = concept("76752008", SNOMED)
TWO_DAYS = {"servicedDate": "2024-09-01", "servicedPeriod": {"start": "2024-05-13", "end": "2024-05-14"}}
BY_CONDITION = {"reasonReference": [{"reference": "Condition/k1"}]}


@pytest.fixture(scope="module")
def service(judges: Judges) -> Iterator[Service]:
    records = Records()
    yield Service(judges, Payer(), records)
    records.close()


def condition(**changes: Any) -> Json:
    subject = {"reference": "Patient/p1"}
    return {"resourceType": "Condition", "id": "k1", "subject": subject, "code": concept("C61", ICD10), **changes}


def stated(service: Service, changes: Json, version: str = "2.2", **prefetch: Json) -> Json:
    body = hook({**order(), **changes}, extension={"davinci-crd.requestedVersion": version})
    body["prefetch"] |= {"necessity": statement_of_necessity(), **prefetch}
    (action,) = body_of(post(service, SIGN, body))["systemActions"]
    return stated_of(action)


@pytest.mark.parametrize(
    ("changes", "disease", "said"),
    [
        ({"insurance": [{"reference": "Coverage/other"}]}, {}, "under another coverage (Coverage/other)"),
        ({"note": [{"text": "Patient declined IMRT"}]}, {}, "says “Patient declined IMRT”"),
        ({"code": {**concept("77301", CPT), "text": "IMRT plan - cancelled"}}, {}, "whether the service is wanted"),
        ({"patientInstruction": "Hold until the biopsy is back"}, {}, "whether the service is wanted"),
        ({"note": [{"text": "Seen today. On hold."}]}, {}, "whether the service is wanted"),
        ({"note": [{"text": "Duplicate order, please disregard"}]}, {}, "whether the service is wanted"),
        ({"note": [{"text": "Cancelled by patient"}]}, {}, "whether the service is wanted"),
        ({"note": [{"text": "wrong patient"}]}, {}, "whether the service is wanted"),
        ({"note": [{"text": "Pt has expired"}]}, {}, "whether the service is wanted"),
        ({"patientInstruction": "You will get 3D conformal radiation"}, {}, "which procedure is meant"),
        ({"code": {"coding": [{**concept("77301", CPT)["coding"][0], "display": "Proton plan"}]}}, {}, "“Proton plan”"),
        ({"status": "on-hold"}, {}, "is on-hold: it is not to be carried out as yet"),
        ({"intent": "option"}, {}, "one of several services of which one is chosen"),
        ({"reasonCode": [{**concept("C61", ICD10), "text": "History of prostate cancer"}]}, {}, "is there now"),
        ({"reasonCode": [{**concept("C61", ICD10), "text": "Prostate cancer, in remission"}]}, {}, "is there now"),
        ({"status": "unknown"}, {}, "whether it is in force is not known"),
        ({"doNotPerform": "true"}, {}, "neither true nor false"),
        ({"_doNotPerform": {"extension": []}}, {}, "neither true nor false"),
        ({"asNeededCodeableConcept": {"text": "if the PSA rises"}}, {}, "ordered as needed"),
        ({"quantityQuantity": {"value": 1, "unit": "min"}}, {}, "The number of services is 1 min;"),
        ({"quantityQuantity": {"value": 1, "comparator": ">"}}, {}, "The number of services is > 1;"),
        ({"quantityQuantity": {"value": 5000}}, {}, "The number of services is 5000;"),
        ({"occurrenceTiming": {"event": ["2031-01-02", "2031-01-01"]}}, {}, "The service is dated 2031-01-01"),
        (
            {"authoredOn": "2024-05-01", "occurrenceTiming": {"repeat": {"boundsPeriod": {"start": "2019-01-01"}}}},
            {},
            "more than a year before",
        ),
        ({"authoredOn": "yesterday"}, {}, "The day of the order cannot be read (yesterday"),
        ({"reasonCode": [{**concept("C61", ICD10), "text": "suspected prostate cancer"}]}, {}, "a suspected disease"),
        ({"reasonCode": [{**concept("C61", ICD10), "text": "cancer of the breast"}]}, {}, "correct one of them"),
        ({"quantityQuantity": {"value": 0}}, {}, "The number of services is 0;"),
        ({"quantityRange": {"low": {"value": 1}}}, {}, "stated as quantityRange"),
        ({"status": "completed"}, {}, "is completed"),
        ({"occurrenceDateTime": "2019-05-05"}, {}, "more than a year before the request"),
        ({"authoredOn": "2031-05-05", "occurrenceDateTime": "2031-05-06"}, {}, "The order is dated 2031-05-05"),
        ({"authoredOn": "2031-05"}, {}, "after today"),
        ({"reasonCode": [concept("C61", ICD10), concept("C34.11", ICD10)]}, {}, "a second tumor, C34.11;"),
        (
            {"reasonCode": [concept("C53.9", ICD10)]},
            {},
            "of female genital organs, and the patient is stated to be male",
        ),
        ({"occurrencePeriod": {"start": "2024-06-10", "end": "2024-05-01"}}, {}, "ends before it begins"),
        ({"bodySite": [BREAST]}, {}, "is the breast, and the diagnosis is C61"),
        ({"bodySite": [{"text": "left breast"}]}, {}, "is the breast, and the diagnosis is C61"),
        (BY_CONDITION, {"clinicalStatus": concept("resolved")}, "is stated to be resolved"),
        (BY_CONDITION, {"clinicalStatus": concept("remission")}, "is stated to be remission"),
        (BY_CONDITION, {"abatementDateTime": "2020-01-01"}, "is stated to be over (abatement)"),
        (BY_CONDITION, {"onsetDateTime": "2025-02"}, "stated to begin on 2025-02-01, after the order"),
        (BY_CONDITION, {"note": [{"text": "Seen 4/2. Cancer was ruled out by MRI."}]}, "Cancer was ruled out by MRI"),
        ({"orderDetail": [{"text": "electrons"}]}, {}, "say “electrons”"),
        ({"note": [{"text": "3D conformal instead of IMRT"}]}, {}, "which procedure is"),
        ({"authoredOn": "2020-05-02", "occurrenceDateTime": "2024-05-10"}, {}, "more than a year before its service"),
        (BY_CONDITION, {"bodySite": [BREAST]}, "is the breast, and the diagnosis is C61"),
        (BY_CONDITION, {"verificationStatus": concept("refuted")}, "was refuted or entered in error"),
    ],
)
def test_an_order_that_does_not_fit_itself_is_no_yes(service: Service, changes: Json, disease: Json, said: str) -> None:
    more = {"condition": condition(**disease)} if disease else {}
    answered = stated(service, changes, "2.2", **more)
    assert answered["covered"] == ["indeterminate"]
    assert said in answered["reason"][0]["text"]
    assert stated(service, changes, "2.0", **more)["covered"] == ["conditional"]


@pytest.mark.parametrize(
    ("changes", "more"),
    [
        ({"insurance": [{"reference": "https://ehr.example.org/fhir/Coverage/c1/_history/2"}]}, {}),
        ({"quantityQuantity": {"value": 1}}, {}),
        ({"quantityQuantity": {"value": 1, "unit": "{plan}"}}, {}),
        ({"note": [{"text": "Anticoagulation on hold before fiducials. Hold breath at simulation."}]}, {}),
        ({"note": [{"text": "Surgery was cancelled; do not exceed 80 Gy. Protons were denied by the plan."}]}, {}),
        ({"note": [{"text": "Electron boost to follow. Bill 77338 with the plan."}]}, {}),
        ({"orderDetail": [{"text": "3D printed bolus"}]}, {}),
        ({"patientInstruction": "Come with a full bladder and do not eat before"}, {}),
        ({"doNotPerform": False, "asNeededBoolean": False}, {}),
        ({"reasonCode": [{**concept("C61", ICD10), "text": "Malignant neoplasm of prostate"}]}, {}),
        ({"note": [{"text": "Patient declined surgery and is referred for definitive treatment"}]}, {}),
        ({"reasonCode": [{**concept("C61", ICD10), "text": "H/o prostatectomy, now biochemical recurrence"}]}, {}),
        ({"reasonCode": [{**concept("C61", ICD10), "text": "Prostate cancer, history of TURP"}]}, {}),
        ({"intent": "filler-order"}, {}),
        ({"bodySite": [concept("41216001", SNOMED)]}, {}),
        ({"bodySite": [{"text": "pelvis"}]}, {}),
        ({"reasonCode": [concept("C61", ICD10), concept("C34.11", ICD10)], "bodySite": [{"text": "prostate"}]}, {}),
        ({"reasonCode": [concept(code, ICD10) for code in ("C61", "C77.5", "I10", "D12.6")]}, {}),
        (
            BY_CONDITION,
            {
                "condition": condition(
                    verificationStatus=concept("confirmed"),
                    onsetDateTime="2024-03-01",
                    note=[{"text": "Prior biopsy negative. Metastases ruled out; margins negative for carcinoma."}],
                )
            },
        ),
    ],
)
def test_an_order_that_fits_is_covered_as_before(service: Service, changes: Json, more: Json) -> None:
    assert stated(service, changes, "2.2", **more)["covered"] == ["covered"]


@pytest.mark.parametrize(
    ("gender", "more", "code", "is_doubted"),
    [
        ("female", {}, "C61", True),
        ("female", {"us-core-birthsex": "M"}, "C61", False),
        ("female", {"us-core-sex": "248153007"}, "C61", False),
        ("male", {"us-core-birthsex": "UNK"}, "C56.1", True),
        ("other", {}, "C61", False),
        ("male", {}, "C79.82", False),
    ],
)
def test_a_tumor_of_the_other_sex_is_doubted(gender: str, more: Json, code: str, is_doubted: bool) -> None:
    base = "http://hl7.org/fhir/us/core/StructureDefinition/"
    stated = [{"url": base + name, "valueCode": value} for name, value in more.items()]
    read = FhirRows(rows=[Diagnosis("c", code, 1)])
    assert bool(why_not_of_patient(read, patient() | {"gender": gender, "extension": stated})) is is_doubted
    assert why_not_of_patient(read, None) == ""


@pytest.mark.parametrize(
    ("born", "code", "is_doubted"),
    [
        ("2023-05-03", "C61", True),
        ("2006-05-03", "C50.912", True),
        ("2006-05-02", "C50.912", False),
        ("2020", "C71.6", False),
        ("2023-05-03", "C71.6", True),
        ("2023-05-02", "C71.6", False),
        ("", "C61", False),
    ],
)
def test_a_tumor_of_adults_in_a_child_is_doubted(born: str, code: str, is_doubted: bool) -> None:
    read = FhirRows(rows=[Diagnosis("c", code, 1)])
    assert bool(why_too_young(read, patient() | {"birthDate": born}, date(2024, 5, 2))) is is_doubted
    assert why_too_young(read, None, date(2024, 5, 2)) == ""


@pytest.mark.parametrize("born", ["1950-02-01", "2023-02-01"])
def test_an_order_for_a_child_with_a_tumor_of_adults_waits_for_a_person(service: Service, born: str) -> None:
    known = stated(service, {}, "2.2", patient=patient() | {"birthDate": born})
    assert known["covered"] == ["covered" if born < "2000" else "indeterminate"]


@pytest.mark.parametrize(
    ("pointers", "action"), [(None, "A4"), ([1], "A1"), ([1, 2], "A4"), ([1, 3], "A1"), ([3], "A4")]
)
def test_a_request_for_two_tumors_waits_unless_its_items_say_which(
    service: Service, pointers: list[int] | None, action: str
) -> None:
    listed = [
        {"sequence": place, "diagnosisCodeableConcept": concept(code, ICD10)}
        for place, code in enumerate(("C61", "C34.11", "I10"), start=1)
    ]
    item = request_item(1, "77301", 1) | ({"diagnosisSequence": pointers} if pointers else {})
    known = [{"system": "x", "value": f"TWO-{pointers}"}]
    asked = authorization(diagnosis=listed, item=[item], identifier=known, more=(statement_of_necessity(),))
    answered = body_of(post(service, "/Claim/$submit", asked))
    assert actions(answered) == [action]
    assert ("a second tumor, C34.11" in texts(answered)[0]) is (pointers in (None, [1, 2], [3]))


@pytest.mark.parametrize(
    ("authored", "occurrence", "is_doubted"),
    [
        ("2019-05-02", {}, True),
        ("2023-05-01", {}, True),
        ("2023-06-01", {}, False),
        ("", {}, False),
        ("2023-06-01", {"occurrenceDateTime": "2024-05-10"}, False),
    ],
)
def test_an_order_of_long_ago_that_names_no_day_is_doubted(
    service: Service, authored: str, occurrence: Json, is_doubted: bool
) -> None:
    found = stated(service, {"authoredOn": authored or None, **occurrence})
    said = any("more than a year ago, and names no day" in one["text"] for one in found["reason"])
    assert (said, found["covered"]) == ((True, ["indeterminate"]) if is_doubted else (False, ["covered"]))


@pytest.mark.parametrize("value", [True, "2", None, 1.5, -3, Decimal("1e999999")])
def test_what_is_no_number_of_services_is_said(value: Any) -> None:
    assert "a whole number above zero" in why_not_as_ordered({"quantityQuantity": {"value": value}}, coverage(), [])


def test_an_organ_is_held_against_tumors_alone() -> None:
    assert why_elsewhere([BREAST], ["C50.911", "C61"]) == ""
    assert why_elsewhere([BREAST], ["C7981"]) == ""
    assert why_elsewhere([BREAST], ["D50.9", "Z85.3"]) == ""
    assert why_elsewhere([BREAST], ["C34.11"]) != ""


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"bodySite": BREAST}, "is the breast"),
        ({"servicedDate": "2019-01-01"}, "more than a year before the request"),
        ({"extension": [{"url": f"{GUIDE}extension-productOrServiceCodeEnd",
                         "valueCodeableConcept": concept("77338", CPT)}]}, "all procedures up to 77338"),
    ],
)  # fmt: skip
def test_a_request_whose_item_does_not_fit_it_waits(service: Service, changes: Json, said: str) -> None:
    item = request_item(1, "77301", 1)
    item |= {**changes, "extension": [*item["extension"], *changes.get("extension", [])]}
    answered = body_of(post(service, "/Claim/$submit", authorization(item=[item], more=(statement_of_necessity(),))))
    assert (actions(answered), said in texts(answered)[0]) == (["A4"], True)


def with_more(bundle: Json, *resources: Json) -> Json:
    entries = [{"fullUrl": f"{BASE}/{one['resourceType']}/{one['id']}", "resource": one} for one in resources]
    return {**bundle, "entry": [*bundle["entry"], *entries]}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"status": "revoked"}, "it was revoked"),
        ({"doNotPerform": True}, "not to be done"),
        ({"code": concept("77295", CPT)}, "it orders 77295, which no item asks for"),
        ({"code": concept("99245", CPT)}, "the order that it refers to for 99245"),
        ({"status": "on-hold"}, "is on-hold"),
        ({"authoredOn": "2021-05-02"}, "is dated 2021-05-02 (authoredOn), more than a year before"),
        ({"note": [{"text": "Entered in error"}]}, "whether the service is wanted"),
        ({"quantityQuantity": {"value": 0}}, "The number of services is 0"),
        ({"reasonCode": [{**concept("C61", ICD10), "text": "r/o prostate cancer"}]}, "a suspected disease"),
        ({"bodySite": [BREAST]}, "is the breast, and the diagnosis is C61"),
        ({"occurrenceDateTime": "2019-01-01"}, "more than a year before the request"),
        ({"occurrenceDateTime": "soon"}, "its day cannot be read (soon)"),
        ({}, ""),
    ],
)
def test_a_request_follows_the_order_that_its_item_refers_to(service: Service, changes: Json, said: str) -> None:
    item = request_item(1, "77301", 1)
    followed = {"url": f"{GUIDE}extension-requestedService", "valueReference": {"reference": "ServiceRequest/order-1"}}
    item["extension"] = [*item["extension"], followed]
    named = [{"system": "x", "value": f"follows {said}"}]
    bundle = authorization(item=[item], identifier=named, more=(statement_of_necessity(),))
    answered = body_of(post(service, "/Claim/$submit", with_more(bundle, {**order(status="active"), **changes})))
    assert (actions(answered), said in texts(answered)[0]) == (["A4"] if said else ["A1"], True)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"accident": {"date": "2024-01-01"}}, "is about an accident"),
        (
            {"supportingInfo": [{"sequence": 1, "category": concept("info"), "valueString": "Patient declined IMRT"}]},
            "“Patient declined IMRT”",
        ),
        (
            {
                "diagnosis": [
                    {"sequence": 1, "diagnosisCodeableConcept": {**concept("C61", ICD10), "text": "possible cancer"}}
                ]
            },
            "a suspected disease",
        ),
        ({"item": [request_item(1, "77301", 1) | {"modifier": [concept("GZ")]}]}, "The modifier GZ says"),
        ({"billablePeriod": {"start": "2019-01-01", "end": "2019-02-01"}}, "is for 2019-01-01 to 2019-02-01"),
        ({"billablePeriod": {"start": "2029-01"}}, "is for 2029-01-01 to"),
        ({"item": [request_item(1, "77301", 1) | TWO_DAYS]}, "outside its period"),
    ],
)
def test_a_request_that_says_against_itself_waits(service: Service, changes: Json, said: str) -> None:
    named = [{"system": "x", "value": said}]
    bundle = authorization(identifier=named, more=(statement_of_necessity(),), **changes)
    answered = body_of(post(service, "/Claim/$submit", bundle))
    assert (actions(answered), any(said in one for one in texts(answered))) == (["A4"], True)


def test_a_disease_that_is_over_and_a_second_coverage_of_the_same_id_certify_nothing(service: Service) -> None:
    named = [{"sequence": 1, "diagnosisReference": {"reference": "Condition/k1"}}]
    bundle = authorization(diagnosis=named, more=(statement_of_necessity(),))
    over = with_more(bundle, condition(clinicalStatus=concept("resolved")))
    assert actions(body_of(post(service, "/Claim/$submit", over))) == ["A4"]
    twice = post(service, "/Claim/$submit", with_more(bundle, condition(), coverage(status="cancelled")))
    assert (twice.status, "another Coverage of this id" in twice.body.decode()) == (400, True)


def test_a_coverage_without_its_person_and_one_that_recovers_from_others_is_no_yes(service: Service) -> None:
    first = {"period": {"end": "2024-05-31"}}  # of a coverage that ends before the day of the service
    for changes, said in (
        ({"beneficiary": None}, "no beneficiary"),
        ({"subrogation": True}, "(subrogation)"),
        (first, "ended"),
    ):
        one = {name: value for name, value in coverage(**changes).items() if value is not None}
        answered = stated(service, {"occurrenceDateTime": "2024-06-03"}, coverage={"entry": [{"resource": one}]})
        assert answered["covered"] == ["indeterminate"]
        assert said in answered["reason"][0]["text"]


@pytest.mark.parametrize(
    ("person", "authored", "said"),
    [
        ({"birthDate": "2030-01-01"}, None, "born on 2030-01-01"),
        ({"birthDate": "1850-01-01"}, None, "over 120 years before"),
        ({"birthDate": "19xx"}, None, "date of birth cannot be read (19xx)"),
        ({}, "2095-01-01", "is dated 2095-01-01 (authored), after today"),
    ],
)
def test_a_patient_not_born_and_answers_of_a_day_to_come_are_no_yes(
    service: Service, person: Json, authored: str | None, said: str
) -> None:
    statement = statement_of_necessity() | ({"authored": authored} if authored else {})
    answered = stated(service, {}, patient={**patient(), **person}, necessity=statement)
    assert (answered["covered"], said in answered["reason"][0]["text"]) == (["indeterminate"], True)
    bundle = authorization(more=(statement,))
    named = [one["resource"] for one in bundle["entry"] if one["resource"]["resourceType"] == "Patient"]
    named[0].update(person)
    assert set(actions(body_of(post(service, "/Claim/$submit", bundle)))) == {"A4"}


@pytest.mark.parametrize(
    ("kind", "covered"),
    [
        (concept("WCBPOL", "http://terminology.hl7.org/CodeSystem/v3-ActCode"), "indeterminate"),
        ({"text": "Workers' compensation"}, "indeterminate"),
        ({"text": "Commercial PPO"}, "conditional"),  # beside a payer of Medicare: the line of business is not known
        (concept("SUBPRX", "http://terminology.hl7.org/CodeSystem/v3-ActCode"), "indeterminate"),
        (concept("dental"), "indeterminate"),
        (concept("PUBLICPOL", "http://terminology.hl7.org/CodeSystem/v3-ActCode"), "covered"),
    ],
)
def test_a_coverage_of_another_kind_is_no_yes(service: Service, kind: Json, covered: str) -> None:
    held = {"resourceType": "Bundle", "entry": [{"resource": coverage(type=kind)}]}
    assert stated(service, {}, coverage=held)["covered"] == [covered]


@pytest.mark.parametrize(
    ("occurrence", "covered"),
    [
        ({"occurrencePeriod": {"start": "2024-05-10", "end": "2024-06-20"}}, "indeterminate"),
        ({"occurrencePeriod": {"start": "2024-05-10", "end": "2024-05-31"}}, "covered"),
        ({"occurrenceTiming": {"event": ["2024-06-03", "2024-05-10"]}}, "indeterminate"),
        (
            {"occurrenceTiming": {"repeat": {"boundsPeriod": {"start": "2024-05-10", "end": "2024-06"}}}},
            "indeterminate",
        ),
        ({"occurrenceDateTime": "2024-06"}, "indeterminate"),
        ({"occurrenceDateTime": "2024-05"}, "covered"),
    ],
)
def test_a_coverage_that_ends_within_the_services_is_no_yes(service: Service, occurrence: Json, covered: str) -> None:
    held = {"resourceType": "Bundle", "entry": [{"resource": coverage(period={"end": "2024-05-31"})}]}
    assert stated(service, occurrence, coverage=held)["covered"] == [covered]
    if period := occurrence.get("occurrencePeriod"):
        bundle = authorization(more=(statement_of_necessity(),))
        bundle["entry"][2]["resource"]["period"] = {"end": "2024-05-31"}
        item = bundle["entry"][0]["resource"]["item"][0]
        item["servicedPeriod"] = period
        del item["servicedDate"]
        expected = {"covered": ["A1"]}.get(covered, ["A4"])
        assert actions(body_of(post(service, "/Claim/$submit", bundle))) == expected


@pytest.mark.parametrize(
    ("orders", "more", "kind"),
    [
        ([order(), order(code="77295")], {}, "ServiceRequest"),
        ([order()], {"again": coverage(status="cancelled")}, "Coverage"),
        ([order()], {"again": {**patient(), "deceasedBoolean": True}}, "Patient"),
        ([order()], {"again": coverage()}, ""),  # the same twice is one
    ],
)
def test_two_that_share_an_id_and_differ_are_refused(
    service: Service, orders: list[Json], more: Json, kind: str
) -> None:
    body = hook(*orders)
    body["prefetch"] |= more
    reply = post(service, SIGN, body)
    assert reply.status == (400 if kind else 200)
    assert f"another {kind} of this id" in reply.body.decode() or not kind


def test_a_differential_diagnosis_is_no_diagnosis_of_a_request(service: Service) -> None:
    kind = concept("differential", "http://terminology.hl7.org/CodeSystem/ex-diagnosistype")
    named = [{"sequence": 1, "diagnosisCodeableConcept": concept("C61", ICD10), "type": [kind]}]
    bundle = authorization(diagnosis=named, more=(statement_of_necessity(),))
    assert actions(body_of(post(service, "/Claim/$submit", bundle))) == ["A4"]
