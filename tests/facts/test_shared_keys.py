"""Claims whose number others have too: one key and one order of lines in a review, a screening and Spark."""

from datetime import date
from itertools import permutations
from pathlib import Path

import duckdb
import pytest

from isocenter.facts.identity import distinguish_claims, shared_key, shared_key_sql
from isocenter.terms.claims import ClaimLine
from tests.builders import row
from tests.screening.claims_files import split_of, write_parquet

# Claim, member as named, patient, billing provider, setting, and the key.
KEYS = (
    ("A1", "M1", "", "1234567893", "professional", "A1 of M1 by 1234567893, professional"),
    ("A1", "m1", "", "", "institutional", "A1 of M1 by , institutional"),
    ("A1", "000-123-456-789", "", "", "", "A1 of 123456789 by , "),
    ("A1", "M1", "subscriber", "", "", "A1 of M1 by , "),
    ("A1", "M1", "born 2011-04-05", "", "", "A1 of M1 (born 2011-04-05) by , "),
    ("A1", "m1 (born 2011-04-05)", "born 2011-04-05", "", "", "A1 of M1 (born 2011-04-05) by , "),
    ("A1", "m1 (b)", "a", "", "", "A1 of M1 (B) (a) by , "),
)


def line(**values: object) -> ClaimLine:
    usual = {"claim_id": "A1", "claim_line_id": "", "service_date": date(2025, 3, 3), "procedure_code": "G6015"}
    made = row("claim_lines", **{**usual, "course_id": "", **values})
    assert isinstance(made, ClaimLine)
    return made


def test_a_shared_key_is_the_same_as_text_and_as_sql() -> None:
    assert [shared_key(*parts) for *parts, _ in KEYS] == [key for *_, key in KEYS]
    columns = ("claim", "member", "patient", "billing", "setting")
    unnested = ", ".join(f"unnest(?) as {name}" for name in columns)
    with duckdb.connect() as connection:
        found = connection.execute(
            f"select {shared_key_sql(*columns)} from (select {unnested})",
            [list(values) for values in zip(*(parts for *parts, _ in KEYS), strict=True)],
        )
        assert [key for (key,) in found.fetchall()] == [key for *_, key in KEYS]
        is_alone = shared_key_sql("'A1'", "' m1'", "''", "''", "'professional'")
        assert connection.execute(f"select {is_alone}").fetchall() == [("A1 of M1 by , professional",)]


@pytest.mark.parametrize("patient", ["", "born 2011-04-05"])
def test_a_claim_of_a_shared_number_has_one_key_in_a_review_and_in_a_screening(tmp_path: Path, patient: str) -> None:
    lines = [
        line(claim_line_id="L1", member_id="m1", patient=patient, billing_npi=""),
        line(claim_line_id="L2", member_id="M2", billing_npi="1234567893"),
    ]
    reviewed, _ = distinguish_claims(lines)
    screened = split_of(tmp_path / "out", write_parquet(tmp_path / "lines.parquet", lines))
    named = f" ({patient})" if patient else ""
    expected = [f"A1 of M1{named} by , professional", "A1 of M2 by 1234567893, professional"]
    assert [one.claim_id for one in reviewed if isinstance(one, ClaimLine)] == screened.values("claim_id") == expected


def test_lines_of_one_place_are_named_by_what_they_state_in_whatever_order_they_are_read() -> None:
    days = [date(2025, 3, day) for day in (3, 10, 17)]
    lines = [line(claim_line_id="A1-1", service_date=day, line_number=1) for day in days]
    for read in permutations(lines):
        found, _ = distinguish_claims(read)
        assert {one.service_date: one.claim_id for one in found if isinstance(one, ClaimLine)} == dict(
            zip(days, ("A1", "A1#2", "A1#3"), strict=True)
        )


def test_lines_that_state_no_frequency_are_of_one_claim_whenever_they_were_written() -> None:
    found, _ = distinguish_claims(
        line(claim_line_id=f"L{day}", claim_frequency="", written_at=f"2025-03-0{day}") for day in (1, 2)
    )
    assert {one.claim_id for one in found if isinstance(one, ClaimLine)} == {"A1"}
