"""What bills nothing is left out by name, and what may bill nothing is lost: neither is a line that was billed."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.intake.fhir_reading import of, reader_in, sentences
from tests.intake.fhir_resources import CLAIM_TYPE, bill, concept

from isocenter.intake.fhir_r4 import BillFile
from isocenter.terms.claims import ClaimLine
from isocenter.terms.problems import LostLine, Problem

MISSING = None


def changed(kind: str = "ExplanationOfBenefit", **changes: Any) -> dict[str, Any]:
    return {name: value for name, value in bill(kind=kind, **changes).items() if value is not MISSING}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (changed(use=MISSING), "its use is missing, so whether it bills anything is not known"),
        (changed(use="estimate"), "its use is estimate"),
        (changed(status=MISSING), "its status is missing; active is expected"),
        (changed("Claim", status=MISSING), "its status is missing; active is expected"),
        (changed(outcome="error"), "could not process it"),
        (changed(outcome="finished"), "its outcome is finished; complete or partial is expected"),
    ],
)
def test_a_claim_that_may_bill_nothing_is_lost(tmp_path: Path, given: Any, said: str) -> None:
    found = reader_in(tmp_path)(given)
    (tmp_path / "bulk.ndjson").write_text(json.dumps(given))
    for rows in ([*found.rows, *found.problems], list(BillFile(tmp_path / "bulk.ndjson"))):
        assert not any(isinstance(row, ClaimLine) for row in rows)
        (lost,) = [row for row in rows if isinstance(row, LostLine)]
        assert said in lost.sentence


@pytest.mark.parametrize("outcome", ["complete", "partial", "queued", MISSING])
def test_a_claim_that_the_payer_received_bills_its_lines(tmp_path: Path, outcome: str | None) -> None:
    assert len(of(reader_in(tmp_path)(changed(outcome=outcome)), ClaimLine)) == 1


def test_requests_for_authorization_are_no_lines_of_a_bulk_file(tmp_path: Path) -> None:
    asks = changed("Claim", id="r", use="preauthorization")
    answers = changed(id="a", use="preauthorization", outcome="complete")
    (tmp_path / "bulk.ndjson").write_text("\n".join(map(json.dumps, (asks, answers, bill()))))
    read = BillFile(tmp_path / "bulk.ndjson")
    rows = list(read)
    assert [row.procedure_code for row in rows if isinstance(row, ClaimLine)] == ["77301"]
    assert [type(row) for row in rows if isinstance(row, Problem)] == [Problem, Problem]
    assert (read.service_lines, read.left_out_lines) == (3, 2)


def test_a_case_reads_what_a_request_asks_for_only_where_nothing_is_billed(tmp_path: Path) -> None:
    asks = changed("Claim", id="r", use="preauthorization", created="2024-03-01")
    alone = reader_in(tmp_path)(asks)
    assert len(of(alone, ClaimLine)) == 1
    beside = reader_in(tmp_path)(asks, bill())
    assert len(of(beside, ClaimLine)) == 1
    assert "it asks for authorization (use is preauthorization) and bills nothing" in sentences(beside)
    answered = reader_in(tmp_path)(changed(use="preauthorization"))
    assert not of(answered, ClaimLine)
    assert "it answers a request for authorization" in sentences(answered)


@pytest.mark.parametrize(
    ("kind", "subtype", "setting"),
    [
        (MISSING, "outpatient", "institutional"),
        (concept("medical"), "professional", "professional"),
        (concept("medical"), "institutional", "institutional"),
        (concept("professional", CLAIM_TYPE), "outpatient", "professional"),
    ],
)
def test_where_the_type_says_no_setting_the_subtype_does(tmp_path: Path, kind: Any, subtype: str, setting: str) -> None:
    given = changed(type=kind, subType=concept(subtype))
    (tmp_path / "bulk.ndjson").write_text(json.dumps(given))
    for rows in (reader_in(tmp_path)(given).rows, list(BillFile(tmp_path / "bulk.ndjson"))):
        assert [row.setting for row in rows if isinstance(row, ClaimLine)] == [setting]


def test_a_subtype_of_another_kind_says_no_setting(tmp_path: Path) -> None:
    (tmp_path / "bulk.ndjson").write_text(json.dumps(changed(type=concept("medical"), subType=concept("emergency"))))
    rows = list(BillFile(tmp_path / "bulk.ndjson"))
    assert [row.sentence for row in rows if isinstance(row, LostLine)] == [
        "its type is medical; professional or institutional is expected; the claim is not read"
    ]
