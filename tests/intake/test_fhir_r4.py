"""FHIR R4 gives back what was billed and ordered, follows references, and names what it cannot read."""

import gzip
import json
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.intake.fhir_reading import Reader, of, only_line, sentences
from tests.intake.fhir_resources import (
    HCPCS,
    ICD10,
    NPI,
    Json,
    amount,
    bill,
    bundle,
    concept,
    item,
    patient,
)

from isocenter.errors import UnreadableInput
from isocenter.intake.case import read_case
from isocenter.intake.fhir.belonging import Person
from isocenter.intake.fhir.coverages import business_of_coverage, why_not_in_force
from isocenter.intake.fhir.references import Directory
from isocenter.intake.fhir.resources import Found
from isocenter.intake.fhir_r4 import BillFile, looks_like_fhir
from isocenter.terms.claims import ClaimDiagnosis, ClaimLine
from isocenter.terms.courses import Member
from isocenter.terms.problems import LostLine


def test_a_line_keeps_code_modifiers_units_charge_and_day(rows: Reader) -> None:
    line = item(
        "77338",
        2,
        sequence=7,
        modifier=[concept("26", HCPCS), concept("59", HCPCS)],
        adjudication=[amount("submitted", 812.5), amount("eligible", 300)],
    )
    read_line = only_line(rows(bill(line)))
    assert (read_line.procedure_code, read_line.units, read_line.line_number) == ("77338", 2, 7)
    assert (read_line.modifier_1, read_line.modifier_2, read_line.modifier_3) == ("26", "59", "")
    assert (read_line.charge_amount, read_line.allowed_amount) == (812.5, 300)
    assert read_line.service_date == date(2024, 3, 18)
    assert read_line.last_service_date is None
    assert (read_line.setting, read_line.place_of_service) == ("professional", "11")
    assert (read_line.billing_npi, read_line.line_of_business) == ("1999999984", "medicare")


def test_the_member_is_known_by_the_medicare_number_of_a_patient_in_another_file(rows: Reader) -> None:
    found = rows(bill(), patient())
    assert only_line(found).member_id == "1EG4TE5MK73"
    assert of(found, Member) == [Member("1EG4TE5MK73", "Example", "Ada B", date(1950, 2, 1), "M", "MRN-7")]


def insured(own_id: str, born: str, given: str, **changes: Any) -> Json:
    number = [{"type": concept("MB"), "value": "W123456789"}]
    name = [{"family": "Example", "given": [given]}]
    return {**patient(own_id), "identifier": number, "birthDate": born, "name": name, **changes}


def covered(own_id: str, relationship: str) -> Json:
    beneficiary = {"reference": f"Patient/{own_id}"}
    return {
        "resourceType": "Coverage",
        "id": f"c-{own_id}",
        "beneficiary": beneficiary,
        "relationship": concept(relationship),
    }


def bill_of(own_id: str) -> Json:
    return bill(id=f"b-{own_id}", patient={"reference": f"Patient/{own_id}"})


def test_persons_insured_under_one_number_are_distinguished_as_in_an_837(rows: Reader) -> None:
    family = [
        ("p1", "1970-01-02", "Ada", "self"),
        ("p2", "1972-03-04", "Bo", "spouse"),
        ("p3", "2010-05-06", "Cy", "child"),
    ]
    persons = [one for own, born, given, kind in family for one in (insured(own, born, given), covered(own, kind))]
    found = rows(*persons, *(bill_of(own) for own, *_ in family))
    named = ["subscriber", "born 1972-03-04", "born 2010-05-06, C."]
    assert [line.patient for line in of(found, ClaimLine)] == named
    assert [member.patient for member in of(found, Member)] == named
    assert {line.member_id for line in of(found, ClaimLine)} == {"W123456789"}


def test_persons_of_one_number_are_distinguished_without_a_coverage_and_one_alone_is_not(rows: Reader) -> None:
    first, second = insured("p1", "1970-01-02", "Ada"), insured("p2", "2010-05-06", "Cy")
    assert only_line(rows(first, bill_of("p1"))).patient == ""
    found = rows(first, second, bill_of("p1"), bill_of("p2"))
    assert [line.patient for line in of(found, ClaimLine)] == ["born 1970-01-02, A.", "born 2010-05-06, C."]


def test_a_person_in_two_resources_is_one(rows: Reader) -> None:
    first, again = insured("p1", "1970-01-02", "Ada"), insured("p2", "1970-01-02", "ada")
    found = rows(first, again, covered("p1", "self"), bill_of("p1"), bill_of("p2"))
    assert [line.patient for line in of(found, ClaimLine)] == ["subscriber", "subscriber"]


def test_a_patient_within_a_bill_is_distinguished_by_the_coverage_within_it(tmp_path: Path) -> None:
    held = [{**insured("me", "2010-05-06", "Cy"), "id": "me"}, {**covered("me", "child"), "id": "cov"}]
    one = bill(patient={"reference": "#me"}, contained=held, insurance=[{"coverage": {"reference": "#cov"}}])
    path = tmp_path / "bills.ndjson"
    path.write_text(json.dumps(one), encoding="utf-8")
    (line,) = (row for row in BillFile(path) if isinstance(row, ClaimLine))
    assert (line.member_id, line.patient) == ("W123456789", "born 2010-05-06, C.")


def test_a_line_of_a_bill_has_as_many_values_as_claim_lines_have_columns(rows: Reader) -> None:
    assert len(only_line(rows(bill()))) == len(ClaimLine._fields)


def test_an_outpatient_claim_takes_days_of_its_statement_and_its_type_of_bill(rows: Reader) -> None:
    hospital = bill(
        item("G6015", servicedDate="", revenue=concept("0333")),
        type=concept("40", "https://bluebutton.cms.gov/fhir/CodeSystem/CLM-TYPE-CD"),
        billablePeriod={"start": "2024-03-18", "end": "2024-03-22"},
        supportingInfo=[
            {"category": concept("typeofbill"), "code": concept("1", "https://example.org/variables/clm_freq_cd")},
            {"category": concept("x"), "code": concept("1", "https://example.org/variables/clm_fac_type_cd")},
            {"category": concept("x"), "code": concept("3", "https://example.org/variables/clm_srvc_clsfctn_type_cd")},
        ],
    )
    line = only_line(rows(hospital))
    assert (line.setting, line.bill_type, line.revenue_code) == ("institutional", "131", "0333")
    assert (line.service_date, line.last_service_date) == (date(2024, 3, 18), date(2024, 3, 22))
    assert line.rendering_npi == ""


def test_revenue_without_a_procedure_is_no_line_and_no_loss(rows: Reader) -> None:
    total = item(revenue=concept("0001"))
    total["productOrService"] = concept("not-applicable", "http://terminology.hl7.org/CodeSystem/data-absent-reason")
    found = rows(bill(item(), {**total, "sequence": 2}))
    assert len(of(found, ClaimLine)) == 1
    assert not found.problems


@pytest.mark.parametrize(("service_class", "is_lost"), [("3", True), ("2", True), ("1", False)])
def test_radiation_without_a_procedure_is_lost_unless_the_bill_is_of_an_inpatient(
    rows: Reader, service_class: str, is_lost: bool
) -> None:
    unnamed = item(revenue=concept("0333"), sequence=2)
    unnamed["productOrService"] = concept("not-applicable", "http://terminology.hl7.org/CodeSystem/data-absent-reason")
    of_bill = {"clm_freq_cd": "1", "clm_fac_type_cd": "1", "clm_srvc_clsfctn_type_cd": service_class}
    info = [
        {"category": concept("typeofbill"), "code": concept(code, f"https://example.org/variables/{name}")}
        for name, code in of_bill.items()
    ]
    kind = concept("40", "https://bluebutton.cms.gov/fhir/CodeSystem/CLM-TYPE-CD")
    found = rows(bill(item(), unnamed, type=kind, supportingInfo=info))
    assert len(of(found, ClaimLine)) == 1
    lost = [one for one in found.problems if isinstance(one, LostLine)]
    assert ["revenue code 0333" in one.sentence for one in lost] == [True] * is_lost


def test_the_principal_diagnosis_comes_first_and_pointers_follow(rows: Reader) -> None:
    diagnoses = [
        {"sequence": 1, "diagnosisCodeableConcept": concept("Z510", ICD10), "type": [concept("secondary")]},
        {"sequence": 2, "diagnosisCodeableConcept": concept("C50.912", ICD10), "type": [concept("principal")]},
        {"sequence": 3, "diagnosisCodeableConcept": concept("R69", ICD10), "type": [concept("admitting")]},
    ]
    found = rows(bill(item(diagnosisSequence=[2, 1]), diagnosis=diagnoses))
    assert [(one.icd10, one.position) for one in of(found, ClaimDiagnosis)] == [("C50.912", 1), ("Z51.0", 2)]
    line = only_line(found)
    assert (line.diagnosis_pointer_1, line.diagnosis_pointer_2, line.diagnosis_pointer_3) == (1, 2, None)


def test_a_diagnosis_by_reference_is_looked_up(rows: Reader) -> None:
    condition = {"resourceType": "Condition", "id": "c1", "code": concept("C61", ICD10)}
    claim = bill(diagnosis=[{"sequence": 1, "diagnosisReference": {"reference": "Condition/c1"}}])
    assert [one.icd10 for one in of(rows(claim, condition), ClaimDiagnosis)] == ["C61"]
    assert "Condition that was not supplied" in sentences(rows(claim))


def test_a_code_of_icd_9_is_named_and_not_kept(rows: Reader) -> None:
    old = bill(
        diagnosis=[{"sequence": 1, "diagnosisCodeableConcept": concept("185", "http://hl7.org/fhir/sid/icd-9-cm")}]
    )
    found = rows(old)
    assert not of(found, ClaimDiagnosis)
    assert "ICD-9-CM" in sentences(found)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"status": "cancelled"}, "it is cancelled"),
        ({"status": "entered-in-error"}, "entered in error"),
        ({"use": "predetermination"}, "bills nothing"),
        ({"meta": {"tag": [{"code": "NotFinalAction"}]}}, "later claim"),
        ({"related": [{"relationship": concept("replacedby")}]}, "replaces it"),
        ({"type": concept("pharmacy", "http://terminology.hl7.org/CodeSystem/claim-type")}, "drugs"),
        ({"type": concept("mystery")}, "professional or institutional is expected"),
        ({"patient": None}, "names nobody"),
    ],
)
def test_a_claim_that_does_not_count_is_left_out_with_its_reason(rows: Reader, change: Any, said: str) -> None:
    claim = {key: value for key, value in bill(**change).items() if value is not None}
    found = rows(claim)
    assert not of(found, ClaimLine)
    assert said in sentences(found)
    is_lost = {"professional or institutional is expected", "names nobody"}  # of the others nothing is billed any more
    assert any(isinstance(problem, LostLine) for problem in found.problems) is (said in is_lost)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (item(units=None), "no quantity"),
        (item(units=0), "quantity 0"),
        (item(units=1.5), "quantity 1.5"),
        (item(servicedDate=""), "no day of service"),
        (item(servicedDate="2024"), "no day of service"),
        (item(servicedDate="", servicedPeriod={"end": "2024-05-10"}), "no day of service"),
        (item(servicedDate="", servicedPeriod={"start": "soon", "end": "2024-05-10"}), "no day of service"),
        (item(servicedDate="", servicedPeriod={"start": "2024-05-10", "end": "2024-06"}), "no day of service"),
        (item("7730"), "five letters or digits"),
        (item(detail=[{"sequence": 1}]), "within a line"),
    ],
)
def test_a_line_that_cannot_be_kept_is_named_by_its_place(rows: Reader, line: Any, said: str) -> None:
    found = rows(bill(line, item(sequence=2)))
    assert said in sentences(found)
    assert any("item[0]" in problem.place for problem in found.problems)
    assert any(one.line_number == 2 for one in of(found, ClaimLine))


def test_a_denied_line_bills_nothing_more(rows: Reader) -> None:
    reason = {"category": concept("denialreason"), "reason": concept("50")}
    denied = item(adjudication=[reason, amount("eligible", 0)])
    paid = item("77300", sequence=2, adjudication=[reason, amount("eligible", 120)])
    found = rows(bill(denied, paid))
    assert [line.procedure_code for line in of(found, ClaimLine)] == ["77300"]
    assert "denied 77301" in sentences(found)


def test_the_indicator_of_medicare_decides_about_denial(rows: Reader) -> None:
    def with_indicator(code: str) -> Any:
        url = "https://bluebutton.cms.gov/resources/variables/line_prcsg_ind_cd"
        return item(extension=[{"url": url, "valueCoding": {"code": code}}])

    assert of(rows(bill(with_indicator("A"))), ClaimLine)
    assert not of(rows(bill(with_indicator("N"))), ClaimLine)


def test_a_replacement_names_the_claim_that_it_replaces(rows: Reader) -> None:
    first = bill(id="eob-1")
    second = bill(
        id="eob-2",
        identifier=[{"type": concept("uc"), "value": "CLM-2"}],
        related=[{"relationship": concept("prior"), "claim": {"reference": "ExplanationOfBenefit/eob-1"}}],
    )
    lines = of(rows(first, second), ClaimLine)
    assert [(line.claim_frequency, line.original_claim_id) for line in lines] == [("1", ""), ("7", "CLM-1")]


def test_two_claims_of_one_number_get_keys_of_their_own(rows: Reader) -> None:
    lines = of(rows(bill(), bill(id="eob-9", patient={"reference": "Patient/p2"})), ClaimLine)
    assert len({line.claim_id for line in lines}) == 2
    assert [line.member_id for line in lines] == ["p1", "p2"]


def test_contained_parties_are_found(rows: Reader) -> None:
    held = bill(
        contained=[
            {"resourceType": "Patient", "id": "pat", "identifier": [{"system": "x", "value": "M-1"}]},
            {"resourceType": "Organization", "id": "org", "identifier": [{"system": NPI, "value": "1888888886"}]},
        ],
        patient={"reference": "#pat"},
        provider={"reference": "#org"},
        careTeam=[{"sequence": 1, "role": concept("rendering"), "provider": {"identifier": {"value": "1777777778"}}}],
    )
    line = only_line(rows(held))
    assert (line.member_id, line.billing_npi, line.rendering_npi) == ("M-1", "1888888886", "1777777778")


def test_coverage_says_whose_it_is_and_contradictions_stay_open(rows: Reader) -> None:
    claim = bill(insurance=[{"focal": True, "coverage": {"reference": "Coverage/c"}}])

    def with_coverage(**said: Any) -> str:
        return only_line(rows(claim, {"resourceType": "Coverage", "id": "c", **said})).line_of_business

    assert with_coverage(type=concept("11", "https://nahdo.org/sopt")) == "medicare"
    assert with_coverage(payor=[{"display": "State Medicaid"}]) == "medicaid"
    assert with_coverage(type=concept("512", "https://nahdo.org/sopt")) == "commercial"
    assert with_coverage(type=concept("512", "https://nahdo.org/sopt"), payor=[{"display": "Medicare"}]) == ""
    assert with_coverage() == ""


def test_two_coverages_that_are_both_focal_and_differ_leave_the_line_of_business_open(rows: Reader) -> None:
    held = [{"resourceType": "Coverage", "id": one, "payor": [{"display": one}]} for one in ("Medicare", "Medicaid")]

    def marked(*focal: bool) -> str:
        insurance = [
            {"focal": is_focal, "coverage": {"reference": f"Coverage/{one['id']}"}}
            for is_focal, one in zip(focal, held, strict=True)
        ]
        return only_line(rows(bill(insurance=insurance), *held)).line_of_business

    assert (marked(True, False), marked(False, True), marked(True, True)) == ("medicare", "medicaid", "")


def test_bundles_parameters_lists_and_lines_hold_the_same_rows(rows: Reader) -> None:
    resources = [bill(), patient()]
    expected = rows(*resources).rows
    for text in (
        json.dumps(bundle(*resources)),
        json.dumps(bundle(bundle(*resources))),
        json.dumps(resources),
        json.dumps({"resourceType": "Parameters", "parameter": [{"name": "x", "resource": one} for one in resources]}),
        "\ufeff" + "\n".join(map(json.dumps, resources)) + "\n",
    ):
        assert rows(text).rows == expected


def test_references_are_followed_by_full_url_and_by_version(rows: Reader) -> None:
    whole = bundle(bill(patient={"reference": "urn:uuid:5"}), patient())
    whole["entry"][1]["fullUrl"] = "urn:uuid:5"
    assert only_line(rows(whole)).member_id == "1EG4TE5MK73"
    versioned = bill(patient={"reference": "https://ehr.example.org/fhir/Patient/p1/_history/3"})
    assert only_line(rows(versioned, patient())).member_id == "1EG4TE5MK73"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"resourceType": "Patient"', "not JSON"),
        ('{"resourceType": "Patient", "id": "a", "id": "b"}', "twice"),
        ('{"resourceType": "Claim", "total": NaN}', "not JSON"),
        ('{"resourceType":' + "[" * 100_000, "not JSON"),
    ],
)
def test_a_file_that_is_no_json_is_refused_in_one_sentence(rows: Reader, text: str, said: str) -> None:
    with pytest.raises(UnreadableInput, match=said):
        rows(text)


def test_a_broken_line_of_ndjson_costs_that_line_alone(rows: Reader) -> None:
    found = rows("\n".join((json.dumps(bill()), '{"resourceType": "Claim", ', json.dumps(bill(id="e2")))))
    assert len(of(found, ClaimLine)) == 2
    assert any(problem.place == "line 2" for problem in found.problems)


def test_a_member_of_the_wrong_type_costs_its_claim_alone_and_names_the_path(rows: Reader) -> None:
    found = rows(bundle(bill(item=[{"sequence": "first"}]), bill(id="e2")))
    assert len(of(found, ClaimLine)) == 1
    assert "$.item[0].sequence" in sentences(found)


def test_a_case_reads_fhir_beside_its_other_files(tmp_path: Path) -> None:
    (tmp_path / "eob.json").write_text(json.dumps(bill()))
    (tmp_path / "patient.ndjson").write_text(json.dumps(patient()))
    with zipfile.ZipFile(tmp_path / "more.zip", "w") as archive:
        archive.writestr("eob.json", json.dumps(bill(id="e2", identifier=[{"value": "C2"}])))
    (tmp_path / "packed.json.gz").write_bytes(gzip.compress(json.dumps(bill(id="e3")).encode()))
    (tmp_path / "case.yaml").write_text("courses:\n- {course_id: C, member_id: 1EG4TE5MK73, site: prostate}\n")
    contents = read_case(tmp_path)
    read_of = {(one.path, one.rows) for one in contents.inputs if one.kind == "FHIR R4"}
    assert read_of == {("eob.json", 2), ("patient.ndjson", 0), ("more.zip: eob.json", 2), ("packed.json.gz", 2)}
    assert "claim_lines" in contents.supplied
    assert not contents.problems


def test_only_fhir_looks_like_fhir() -> None:
    assert looks_like_fhir(b'\xef\xbb\xbf\n {"resourceType": "Patient"}')
    assert not looks_like_fhir(b'{"type": "FeatureCollection"}')


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, ""),
        ({"period": {"start": "2024", "end": "2024-05"}}, ""),
        ({"period": {"end": "2024-05-10T08:00:00Z"}}, ""),
        ({"period": {"end": "2024-04"}}, "ended on 2024-04-30"),
        ({"period": {"end": "2023"}}, "ended on 2023-12-31"),
        ({"period": {"start": "2024-06"}}, "begins on 2024-06-01"),
        ({"period": {"end": "soon"}}, "the end of its period cannot be read"),
        ({"period": {"start": 2024}}, "the start of its period cannot be read"),
        ({"period": {"end": "2024-13"}}, "the end of its period cannot be read"),
        ({"period": "2024"}, "its period cannot be read"),
        ({"status": "suspended"}, "cannot be determined whether the coverage is in force"),
        ({"status": "cancelled"}, "its status is cancelled"),
    ],
)
def test_a_coverage_is_in_force_only_where_its_status_and_period_can_be_read(
    changes: dict[str, Any], said: str
) -> None:
    whose = {"reference": "Patient/p1"}
    covered = {"resourceType": "Coverage", "status": "active", "beneficiary": whose, **changes}
    person = Person.of({"reference": "Patient/p1"}, Directory())
    found = why_not_in_force(covered, person, date(2024, 5, 10))
    assert (said in found) if said else found == ""


def test_a_coverage_is_in_force_on_each_day_of_the_services() -> None:
    whose = {"reference": "Patient/p1"}
    covered = {"resourceType": "Coverage", "status": "active", "beneficiary": whose, "period": {"end": "2024-05-31"}}
    person = Person.of(whose, Directory())
    assert why_not_in_force(covered, person, date(2024, 5, 10), date(2024, 5, 31)) == ""
    assert "before the last day of the services, 2024-06-01" in why_not_in_force(
        covered, person, date(2024, 5, 10), date(2024, 6, 1)
    )


@pytest.mark.parametrize(
    ("name", "business", "is_of_another_kind"),
    [
        ("Medicare Part B", "medicare", False),
        ("Railroad Medicare", "medicare", False),
        ("Medicare Advantage with Part D", "medicare", False),
        ("Medicare HMO, medical and Rx", "medicare", False),
        ("Medicare Part D", "", True),
        ("Example Medicare PDP", "", True),
        ("Medicare Supplement Plan F", "", True),
        ("Medicare Select", "", True),
        ("Example Med Supp", "", True),
        ("Medicare Superior Advantage", "medicare", False),
        ("Medigap", "", True),
        ("Medicare Secondary Payer: auto", "", True),
        ("Example Medicare Dental", "", True),
        ("Non-Medicare retiree plan", "", False),
        ("Pre-Medicare retirees", "", False),
        ("Medicare-Medicaid plan", "", False),
        ("Envision Medicare Advantage", "medicare", False),
    ],
)
def test_the_name_of_a_payer_or_plan_says_what_it_covers(name: str, business: str, is_of_another_kind: bool) -> None:
    whose = {"reference": "Patient/p1"}
    usual = {"resourceType": "Coverage", "status": "active", "beneficiary": whose}
    for named in ({"payor": [{"display": name}]}, {"class": [{"type": concept("plan"), "name": name}]}):
        covered = {**usual, **named}
        assert business_of_coverage(covered, Directory()) == business
        found = why_not_in_force(covered, Person.of(whose, Directory()), date(2024, 5, 10))
        assert ("of another kind" in found) is is_of_another_kind
    payer = {"resourceType": "Organization", "id": "o1", "name": name}
    directory = Directory([Found(payer, "case.json", "")])
    assert business_of_coverage({**usual, "payor": [{"reference": "Organization/o1"}]}, directory) == business


@pytest.mark.parametrize(
    ("written", "beside", "expected"),
    [
        ("77334-26", (), ("77334", "26", "")),
        ("77334 26 59", (), ("77334", "26", "59")),
        ("77334-26", ("59", "26"), ("77334", "26", "59")),
        ("g6015", (), ("G6015", "", "")),
    ],
)
def test_modifiers_behind_a_code_are_those_of_the_line(
    rows: Reader, written: str, beside: tuple[str, ...], expected: tuple[str, str, str]
) -> None:
    modifiers = {"modifier": [concept(one) for one in beside]} if beside else {}
    line = only_line(rows(bill(item(written, **modifiers))))
    assert (line.procedure_code, line.modifier_1, line.modifier_2) == expected


def test_a_resource_that_lost_its_kind_is_named_and_ends_nothing(tmp_path: Path) -> None:
    path = tmp_path / "case.json"
    path.write_text(json.dumps(bundle(bill(), {"id": "x1"})))
    contents = read_case(path)
    assert of(contents, ClaimLine)
    assert contents.problems
