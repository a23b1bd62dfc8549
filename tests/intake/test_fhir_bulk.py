"""Bulk files of claims give the lines of a case, one claim at a time, and name what they cannot keep."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.intake.fhir_reading import of, read
from tests.intake.fhir_resources import (
    ICD10,
    Json,
    bill,
    bundle,
    concept,
    item,
)

from isocenter.intake.fhir.once import Once
from isocenter.intake.fhir_r4 import BillFile
from isocenter.terms.claims import ClaimDiagnosis, ClaimLine
from isocenter.terms.problems import LostLine, Problem


@pytest.mark.parametrize("layout", ["ndjson", "bundle", "indented"])
def test_bulk_reading_gives_the_lines_of_a_case(tmp_path: Path, layout: str) -> None:
    resources = [bill(id=f"e{n}", identifier=[{"value": f"C{n}"}]) for n in range(3)]
    text = {
        "ndjson": "\n".join(map(json.dumps, resources)),
        "bundle": json.dumps(bundle(*resources)),
        "indented": json.dumps(bundle(*resources), indent=2),
    }[layout]
    path = tmp_path / "eob.ndjson"
    path.write_text(text)
    bulk = BillFile(path)
    found = list(bulk)
    whole = read(path)
    assert [row for row in found if isinstance(row, ClaimLine)] == of(whole, ClaimLine)
    assert (bulk.service_lines, bulk.revenue_lines) == (3, 0)


def test_bulk_reading_counts_what_it_cannot_keep(tmp_path: Path) -> None:
    total = item(revenue=concept("0001"))
    total["productOrService"] = concept("not-applicable")
    path = tmp_path / "eob.ndjson"
    resources = [bill(item(), item(units=None), total), {"resourceType": "Patient"}, {"resourceType": "Observation"}]
    path.write_text("\n".join(map(json.dumps, resources)) + "\nno json\n")
    bulk = BillFile(path)
    found = list(bulk)
    assert (bulk.service_lines, bulk.revenue_lines) == (3, 1)
    assert sum(isinstance(row, LostLine) for row in found) == 2


@pytest.mark.parametrize(
    ("changes", "member"),
    [
        ({"type": "professional"}, "type"),
        ({"item": [item(productOrService="77301")]}, "item.productOrService"),
        ({"item": [item(), item(modifier=[["26"]])]}, "item.modifier"),
        ({"item": [item(adjudication=[{"category": 7}])]}, "item.adjudication.category"),
        ({"item": [item(extension=[{"url": "https://example.org/line_prcsg_ind_cd", "valueCoding": "A"}])]},
         "item.extension"),
        ({"careTeam": [{"sequence": 1, "role": []}]}, "careTeam.role"),
        ({"contained": [3], "provider": {"reference": "#x"}}, "contained"),
        ({"supportingInfo": "typeofbill"}, "supportingInfo"),
        ({"diagnosis": [{"sequence": 1, "diagnosisCodeableConcept": {"coding": {"code": "C61"}}}]},
         "diagnosis.diagnosisCodeableConcept"),
        ({"identifier": [{"type": {"coding": [{"code": {"x": "uc"}}]}, "value": "C1"}]}, "identifier.type"),
    ],
)  # fmt: skip
def test_a_member_of_another_shape_costs_its_claim_alone_in_bulk(tmp_path: Path, changes: Any, member: str) -> None:
    path = tmp_path / "eob.ndjson"
    path.write_text("\n".join(map(json.dumps, (bill(**changes), bill(id="e2", identifier=[{"value": "C2"}])))))
    found = list(BillFile(path))
    assert [row.claim_id for row in found if isinstance(row, ClaimLine)] == ["C2"]
    (lost,) = (row for row in found if isinstance(row, LostLine))
    assert lost.place == "line 1"
    assert lost.sentence.startswith(f"{member}: Expected")


def test_a_later_version_whose_numbers_cannot_be_read_takes_nothing_away(tmp_path: Path) -> None:
    unread = [{"type": {"coding": [{"code": {"x": "uc"}}]}, "value": "C1"}]
    versions = (
        bill(id="e1", meta={"versionId": "1"}, identifier=[{"value": "C1"}]),
        bill(id="e1", meta={"versionId": "2"}, identifier=unread),
        bill(id="e1", meta={"versionId": "3"}, identifier=unread),
    )
    path = tmp_path / "eob.ndjson"
    path.write_text("\n".join(map(json.dumps, versions)))
    found = list(BillFile(path))
    assert [row.claim_id for row in found if isinstance(row, ClaimLine)] == ["C1"]
    assert [row.place for row in found if isinstance(row, LostLine)] == ["line 2", "line 3"]


def test_every_line_of_a_claim_that_is_left_out_is_no_revenue_alone(tmp_path: Path) -> None:
    path = tmp_path / "eob.ndjson"
    path.write_text(json.dumps(bill(item(), item(), item(), status="cancelled")))
    bulk = BillFile(path)
    assert len(list(bulk)) == 1
    assert (bulk.service_lines, bulk.revenue_lines) == (3, 0)


def test_numbers_of_lines_fit_the_table_whatever_a_claim_says(tmp_path: Path) -> None:
    path = tmp_path / "eob.ndjson"
    path.write_text(json.dumps(bill(item(sequence=10**30), item(sequence=2), item(sequence=2**31))))
    assert [row.line_number for row in BillFile(path) if isinstance(row, ClaimLine)] == [1, 2, 3]


def test_what_is_remembered_of_texts_is_bounded() -> None:
    read = Once("code", dict[str, str], len, {})
    assert read[b""] == read[b"null"] == 0
    for number in range(20_000):
        assert read[json.dumps({"code": str(number)}).encode()] == 1
    assert read[json.dumps({"code": "x" * 5000}).encode()] == 1
    assert len(read) < 10_000
    assert max(map(len, read)) < 5000


def test_a_damaged_letter_in_a_member_that_is_read_late_costs_its_bill_alone(tmp_path: Path) -> None:
    whole, damaged = (json.dumps(bill(id=name)).encode() for name in ("e1", "e2"))
    at = damaged.index(b"terminology", damaged.index(json.dumps(bill()["type"]).encode()))
    path = tmp_path / "eob.ndjson"
    path.write_bytes(whole + b"\n" + damaged[:at] + b"\xef" + damaged[at + 1 :] + b"\n")
    found = list(BillFile(path))
    assert any(isinstance(row, ClaimLine) for row in found)
    assert [type(row) for row in found if isinstance(row, Problem)] == [LostLine]


def bulk_and_case(folder: Path, resource: Json) -> tuple[list[ClaimLine], list[str]]:
    """The lines and problems of one bill, which both ways of reading give alike."""
    path = folder / "eob.ndjson"
    path.write_text(json.dumps(resource) + "\n")
    found, whole = list(BillFile(path)), read(path)
    lines, said = [[row for row in found if isinstance(row, kind)] for kind in (ClaimLine, Problem)]
    assert lines == of(whole, ClaimLine)
    assert [one.sentence for one in said] == [one.sentence for one in whole.problems]
    return lines, [one.sentence for one in said]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"outcome": "error"}, "the payer could not process it"),
        ({"status": "superseded"}, "its status is superseded; active is expected"),
        ({"item": [item(quantity={"value": 30, "unit": "min"})]}, "the quantity 30 min"),
        ({"item": [item(quantity={"value": 3, "comparator": "<"})]}, "the quantity <3"),
        ({"item": [item(modifier=[{"text": "left side"}])]}, "the modifier left side"),
    ],
)
def test_what_may_bill_something_else_bills_nothing_and_is_named(tmp_path: Path, changes: Json, said: str) -> None:
    lines, sentences = bulk_and_case(tmp_path, bill(**changes))
    assert (lines, len(sentences), said in sentences[0]) == ([], 1, True)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"addItem": [{"itemSequence": [1], "productOrService": concept("77300")}]}, "(addItem), which are not read"),
        ({"item": [item(diagnosisSequence=[7])]}, "the diagnosis 7, which the claim does not list"),
        ({"item": [item(net={"value": 100, "currency": "EUR"})]}, "an amount is in EUR; US dollars are expected"),
    ],
)
def test_what_is_left_out_of_a_bill_is_named(tmp_path: Path, changes: Json, said: str) -> None:
    (line,), sentences = bulk_and_case(tmp_path, bill(**changes))
    assert (line.charge_amount, len(sentences), said in sentences[0]) == (None, 1, True)


@pytest.mark.parametrize(
    "changes",
    [
        {"outcome": "queued"},
        {"outcome": "partial"},
        {"item": [item(quantity={"value": 1, "unit": "UN"})]},
        {"item": [item(quantity={"value": 1, "code": "{session}"})]},
        {"item": [item(servicedPeriod=None, modifier=[None, concept("26")])]},
        {"patient": {"identifier": {"value": "p1"}, "reference": None}},
    ],
)
def test_what_is_written_otherwise_and_means_the_same_is_read(tmp_path: Path, changes: Json) -> None:
    (line,), sentences = bulk_and_case(tmp_path, bill(**changes))
    assert (line.procedure_code, line.units, line.member_id, sentences) == ("77301", 1, "p1", [])


@pytest.mark.parametrize(
    "system",
    ["urn:oid:2.16.840.1.113883.6.90", "http://terminology.hl7.org/CodeSystem/icd10cm", "ICD-10-CM", ICD10 + "/"],
)
def test_icd_10_is_known_by_each_of_its_names(tmp_path: Path, system: str) -> None:
    path = tmp_path / "eob.ndjson"
    diagnosis = {"sequence": 1, "diagnosisCodeableConcept": concept("C61", system)}
    path.write_text(json.dumps(bill(diagnosis=[diagnosis])))
    assert [row.icd10 for row in BillFile(path) if isinstance(row, ClaimDiagnosis)] == ["C61"]


def test_a_mark_blank_lines_and_a_line_without_its_kind_cost_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "eob.ndjson"
    first, second = (json.dumps(bill(id=f"e{n}", identifier=[{"value": f"C{n}"}])).encode() for n in (1, 2))
    path.write_bytes(b"\xef\xbb\xbf" + first + b"\r\n\r\n  \r\n{}\r\n" + second + b"\r\n")
    found = list(BillFile(path))
    assert sum(isinstance(row, ClaimLine) for row in found) == 2
    (lost,) = (row for row in found if isinstance(row, Problem))
    assert (lost.place, type(lost)) == ("line 4", LostLine)
