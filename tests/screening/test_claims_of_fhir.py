"""Claims in FHIR are screened as the same claims in a table are."""

import json
from pathlib import Path
from typing import Any

import pytest

from isocenter.intake.fhir.named_in_bulk import parties_in
from isocenter.intake.fhir_r4 import BillFile
from isocenter.screening.covered import CoveredCodes
from isocenter.screening.run import screen
from isocenter.terms.claims import ClaimDiagnosis, ClaimLine
from tests.intake.fhir_resources import bill, item, patient
from tests.screening.claims_files import rows_of, split_of, write_parquet
from tests.screening.screenings import answers_of, settings_of

_COVERED = CoveredCodes(frozenset({"77263", "77301", "77338"}))


def test_explanations_of_benefit_and_a_table_of_them_give_one_answer(tmp_path: Path) -> None:
    given, table = tmp_path / "fhir", tmp_path / "table"
    given.mkdir()
    file = given / "eob.json"
    days = [f"2024-03-{day:02d}" for day in range(18, 23)]
    bills = [
        bill(item("G6015", servicedDate=day), item("77427", sequence=2, servicedDate=day), id=day,
             identifier=[{"value": f"C-{day}"}])
        for day in days
    ]  # fmt: skip
    file.write_text(
        "\n".join(map(json.dumps, [patient(), *bills, bill(item(units=None), patient={"reference": "Patient/p2"})]))
    )
    (given / "settings.json").write_text("{}")  # no FHIR, and no claims
    parties, _ = parties_in([file])
    rows = [row for row in BillFile(file, parties=parties) if isinstance(row, ClaimLine | ClaimDiagnosis)]
    write_parquet(table / "lines.parquet", [row for row in rows if isinstance(row, ClaimLine)])
    write_parquet(table / "diagnoses.parquet", [row for row in rows if isinstance(row, ClaimDiagnosis)])
    summary = screen(settings_of(tmp_path / "out", given, policies=("imrt",)))
    assert {name: count for name, count in summary.lines.items() if count} == {"read": 11, "judged": 10, "rejected": 1}
    (reject,) = rows_of(tmp_path / "out", "rejects.parquet")
    assert (reject["place"], "no quantity" in reject["reason"]) == ("line 7.item[0]", True)
    screen(settings_of(tmp_path / "other", table, policies=("imrt",)))
    for kind in ("findings", "lines", "courses"):
        assert answers_of(tmp_path / "out")[kind] == answers_of(tmp_path / "other")[kind]


_LINES = (item("77301", sequence=1), item("77338", sequence=2))
_CLAIM = bill(*_LINES, kind="Claim", id="c1", identifier=[{"value": "PRACTICE-7"}])
_ANSWER = {"id": "e1", "claim": {"reference": "Claim/c1"}, "outcome": "complete"}


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        (bill(*_LINES, **_ANSWER), 2),
        (bill(*_LINES, **_ANSWER | {"claim": {"reference": "https://payer.example/fhir/Claim/c1/_history/2"}}), 2),
        (bill(*_LINES, patient={"reference": "urn:uuid:p1"}, **_ANSWER | {"claim": {"reference": "urn:uuid:c1"}}), 2),
        (bill(*_LINES, **_ANSWER | {"claim": {"reference": "Claim/another"}}), 4),
        (bill(*_LINES, patient={"reference": "Patient/p2"}, **_ANSWER), 4),
        (bill(_LINES[0], **_ANSWER), 3),
        (bill(item("77263", sequence=1), _LINES[1], **_ANSWER), 4),
        (bill(*_LINES, **_ANSWER | {"outcome": "error"}), 2),
        (bill(*_LINES, **_ANSWER | {"status": "cancelled"}), 2),
    ],
)
@pytest.mark.parametrize("is_first", [True, False])
def test_a_claim_that_an_explanation_of_benefit_answers_is_left_out(
    tmp_path: Path, answer: dict[str, Any], kept: int, *, is_first: bool
) -> None:
    bills = [answer, _CLAIM] if is_first else [_CLAIM, answer]
    for name, one in zip("ab", bills, strict=True):
        (tmp_path / f"{name}.ndjson").write_text(json.dumps(one) + "\n")
    found = split_of(tmp_path / "out", tmp_path / "a.ndjson", tmp_path / "b.ndjson", covered=_COVERED)
    said = [row["remark"] for row in rows_of(tmp_path / "out", "remarks/versions.parquet")]
    assert len(found.lines) == kept
    is_answered = kept == 2 and answer["outcome"] == "complete" and answer["status"] == "active"
    assert [remark.startswith("claims left out") and remark.endswith(": 1") for remark in said] == [True] * is_answered
    assert found.counts.kept + found.counts.left_out + found.counts.rejected == 2 + len(answer["item"])


def test_an_answer_in_an_earlier_version_leaves_its_claim(tmp_path: Path) -> None:
    stamps = [{"lastUpdated": f"2025-03-{day:02d}T08:00:00Z"} for day in (1, 2)]
    answers = [
        bill(*_LINES, meta=stamps[0], **_ANSWER),
        bill(_LINES[0], meta=stamps[1], **_ANSWER),
    ]
    file = tmp_path / "a.ndjson"
    file.write_text("\n".join(map(json.dumps, [_CLAIM, *answers])))
    found = split_of(tmp_path / "out", file, covered=_COVERED)
    assert sorted(row["procedure_code"] for row in found.lines) == ["77301", "77301", "77338"]


def test_of_two_claims_of_one_id_none_is_taken_for_the_answered_one(tmp_path: Path) -> None:
    other = _CLAIM | {"identifier": [{"value": "OTHER-PRACTICE-3"}]}
    file = tmp_path / "a.ndjson"
    file.write_text("\n".join(map(json.dumps, [_CLAIM, other, bill(*_LINES, **_ANSWER)])))
    found = split_of(tmp_path / "out", file, covered=_COVERED)
    assert (len(found.lines), found.counts.left_out) == (6, 0)


def test_of_a_claim_in_two_versions_the_later_one_is_answered(tmp_path: Path) -> None:
    stamps = [{"lastUpdated": f"2025-03-{day:02d}T08:00:00Z"} for day in (1, 2)]
    file = tmp_path / "a.ndjson"
    file.write_text("\n".join(map(json.dumps, [*(_CLAIM | {"meta": one} for one in stamps), bill(*_LINES, **_ANSWER)])))
    found = split_of(tmp_path / "out", file, covered=_COVERED)
    assert (len(found.lines), found.counts.left_out) == (2, 4)
