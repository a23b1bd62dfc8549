"""Claims in FHIR are screened as the same claims in a table are."""

import json
from pathlib import Path

from isocenter.intake.fhir_r4 import BillFile
from isocenter.screening.run import screen
from isocenter.terms.claims import ClaimDiagnosis, ClaimLine
from tests.intake.fhir_resources import bill, item, patient
from tests.screening.claims_files import rows_of, write_parquet
from tests.screening.screenings import answers_of, settings_of


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
    rows = [row for row in BillFile(file) if isinstance(row, ClaimLine | ClaimDiagnosis)]
    write_parquet(table / "lines.parquet", [row for row in rows if isinstance(row, ClaimLine)])
    write_parquet(table / "diagnoses.parquet", [row for row in rows if isinstance(row, ClaimDiagnosis)])
    summary = screen(settings_of(tmp_path / "out", given, policies=("imrt",)))
    assert {name: count for name, count in summary.lines.items() if count} == {"read": 11, "judged": 10, "rejected": 1}
    (reject,) = rows_of(tmp_path / "out", "rejects.parquet")
    assert (reject["place"], "no quantity" in reject["reason"]) == ("line 7.item[0]", True)
    screen(settings_of(tmp_path / "other", table, policies=("imrt",)))
    for kind in ("findings", "lines", "courses"):
        assert answers_of(tmp_path / "out")[kind] == answers_of(tmp_path / "other")[kind]
