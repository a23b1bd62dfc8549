"""Claims that begin or end in the middle of courses: what lies outside the days supplied refuses no line."""

from collections import Counter
from pathlib import Path

import duckdb
import pytest

from isocenter.screening.run import screen
from isocenter.synthesis.synthesize import Recipe, synthesize
from tests.screening.claims_files import rows_of
from tests.screening.screenings import settings_of

_CUTS = (
    "year(service_date) = 2017",
    "year(service_date) = 2013",
    "service_date between date '2018-03-11' and date '2018-09-17'",
    "setting = 'professional'",
    "setting = 'institutional'",
    "billing_npi in (select billing_npi from lines group by billing_npi having hash(billing_npi) % 2 = 0)",
)


@pytest.mark.slow
def test_clean_claims_that_are_cut_anywhere_have_no_line_refused(tmp_path: Path) -> None:
    made, folder = tmp_path / "made", tmp_path / "claims"
    folder.mkdir()
    synthesize(made, Recipe(250, 3, 0.0, 0.0))
    duckdb.execute(f"create or replace temp view lines as from '{made}/claim_lines.parquet'")
    # Each cut is of members, claims and providers of its own: one screening judges them all, with edges of their own.
    for number, cut in enumerate(_CUTS):
        named = f"concat('{number}', member_id) as member_id, concat('{number}', claim_id) as claim_id"
        lines = f"select * replace ({named}, concat('{number}', claim_line_id) as claim_line_id,"
        lines += f" if(original_claim_id = '', '', concat('{number}', original_claim_id)) as original_claim_id,"
        lines += f" concat('{number + 1}', billing_npi[2:]) as billing_npi) from lines where {cut}"
        duckdb.execute(f"copy ({lines}) to '{folder}/{number}.parquet'")
        duckdb.execute(
            f"copy (select * replace ({named}) from '{made}/claim_diagnoses.parquet' where claim_id in (select claim_id"
            f" from lines where {cut})) to '{folder}/diagnoses_{number}.parquet'"
        )
    screen(settings_of(tmp_path / "out", folder, policies=("imrt", "imrt_hospital")))
    told = Counter(
        (line["member_id"][0], line["recommendation"]) for line in rows_of(tmp_path / "out", "lines/*.parquet")
    )
    assert {number for number, _ in told} == {str(number) for number in range(len(_CUTS))}
    assert {recommendation for _, recommendation in told}.isdisjoint({"deny", "reduce"}), told
