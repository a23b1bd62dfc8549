"""Claims that begin or end in the middle of courses: what lies outside the days at hand refuses no line."""

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
    synthesize(tmp_path / "made", Recipe(250, 3, 0.0, 0.0))
    duckdb.execute(f"create or replace temp view lines as from '{tmp_path}/made/claim_lines.parquet'")
    for number, cut in enumerate(_CUTS):
        folder = tmp_path / str(number)
        folder.mkdir()
        duckdb.execute(f"copy (from lines where {cut}) to '{folder}/lines.parquet'")
        duckdb.execute(
            f"copy (from '{tmp_path}/made/claim_diagnoses.parquet' where claim_id in (select claim_id from lines"
            f" where {cut})) to '{folder}/diagnoses.parquet'"
        )
        screen(settings_of(folder / "out", folder, policies=("imrt", "imrt_hospital")))
        told = {line["recommendation"] for line in rows_of(folder / "out", "lines/*.parquet")}
        assert told
        assert told.isdisjoint({"deny", "reduce"}), cut
