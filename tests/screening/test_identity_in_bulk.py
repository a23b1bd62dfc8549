"""In bulk as in one case: numbers that come again lose no line, and the number of parts changes no answer."""

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from isocenter.screening.diagnoses import diagnoses_query
from isocenter.screening.run import screen
from isocenter.screening.settling import settle_part
from isocenter.terms.claims import ClaimDiagnosis, ClaimLine
from isocenter.workflow import review_each
from tests.screening.claims_files import Split, line, rows_of, split_of, write_csv, write_parquet
from tests.screening.screenings import settings_of

HEADER = "claim_id,line_number,member_id,service_date,procedure_code,units,setting,billing_npi,charge_amount"


def settled(folder: Path, *claims: Path, parts: int = 1) -> tuple[Split, list[dict[str, Any]], list[dict[str, Any]]]:
    """What was split, and the lines and diagnoses after their parts are settled."""
    split = split_of(folder, *claims, parts=parts)
    with duckdb.connect() as connection:
        gone = sum(settle_part(connection, folder, number) for number in sorted(split.parts))
        assert gone == sum(settle_part(connection, folder, number) for number in sorted(split.parts)), "settled twice"
    lines = rows_of(folder, "lines/*/*.parquet")
    assert len(lines) == len({row["claim_line_id"] for row in lines}) == split.counts.kept - gone
    return split, lines, rows_of(folder, "diagnoses/*/*.parquet")


def rows(*claims: tuple[str, int, str, int, str]) -> list[str]:
    """Rows of (claim, line, member, day of March, procedure code)."""
    return [
        f"{claim},{number},{member},2025-03-{day:02},{code},1,professional,1999999984,100"
        for claim, number, member, day, code in claims
    ]


@pytest.mark.parametrize("parts", [1, 5])
def test_two_members_of_one_claim_number_are_two_claims_whatever_the_parts(tmp_path: Path, parts: int) -> None:
    claims = write_csv(
        tmp_path / "c.csv", *rows(("1001", 1, "M1", 3, "77301"), ("1001", 1, "M2", 3, "77301")), header=HEADER
    )
    named = [ClaimDiagnosis("1001", "C61", 1, "M1"), ClaimDiagnosis("1001", "C50.911", 1, "M2")]
    diagnoses = write_parquet(tmp_path / "d.parquet", named)
    _, lines, told = settled(tmp_path / "out", claims, diagnoses, parts=parts)
    by_member = {row["member_id"]: row for row in lines}
    assert by_member["M1"]["claim_id"] != by_member["M2"]["claim_id"]
    assert {row["patient_account_number"] for row in lines} == {"1001"}
    assert {(row["claim_id"], row["icd10"]) for row in told} == {
        (by_member["M1"]["claim_id"], "C61"),
        (by_member["M2"]["claim_id"], "C50.911"),
    }


def test_a_number_that_one_claim_bears_stays_its_key(tmp_path: Path) -> None:
    claims = write_csv(
        tmp_path / "c.csv", *rows(("A1", 1, "M1", 3, "77301"), ("A1", 2, "M1", 4, "G6015")), header=HEADER
    )
    _, lines, _ = settled(tmp_path / "out", claims)
    assert {(row["claim_id"], row["claim_line_id"]) for row in lines} == {("A1", "A1-1"), ("A1", "A1-2")}


def test_weekly_claims_under_one_account_keep_every_line_and_the_diagnoses(tmp_path: Path) -> None:
    weeks = rows(*(("ACCT", number, "M1", day + number, "G6015") for day in (3, 10, 17) for number in (1, 2, 3)))
    claims = write_csv(tmp_path / "c.csv", *weeks, header=HEADER)
    diagnoses = write_parquet(tmp_path / "d.parquet", [ClaimDiagnosis("ACCT", "C61", 1, "M1")])
    _, lines, told = settled(tmp_path / "out", claims, diagnoses)
    assert len(lines) == 9
    assert {row["claim_id"] for row in lines} == {row["claim_id"] for row in told}


def test_the_same_row_twice_counts_once(tmp_path: Path) -> None:
    claims = write_csv(tmp_path / "c.csv", *rows(*[("A1", 1, "M1", 3, "77301")] * 2), header=HEADER)
    _, lines, _ = settled(tmp_path / "out", claims)
    assert len(lines) == 1
    (rejected,) = rows_of(tmp_path / "out", "rejects/settled-0.parquet")
    assert "given twice" in rejected["reason"]


def test_a_name_of_several_lines_is_said_and_kept_with_each_and_so_is_a_place(tmp_path: Path) -> None:
    lines = [line(claim_line_id="L1"), line(claim_line_id="L1", units=2), line(claim_line_id="L2")]
    _, found, _ = settled(tmp_path / "named", write_parquet(tmp_path / "c.parquet", lines))
    assert sorted(row["repeated_line_id"] for row in found) == ["", "L1", "L1"]
    placed = write_csv(
        tmp_path / "c.csv", *rows(("A1", 1, "M1", 3, "77301"), ("A1", 1, "M1", 4, "G6015")), header=HEADER
    )
    settled(tmp_path / "placed", placed)
    said = [rows_of(tmp_path / out, "remarks/settled-0.parquet") for out in ("named", "placed")]
    assert [row["remark"].split(" (")[0] for (row,) in said] == [
        "several lines have this number and differ",
        "several lines have this place on a claim of this number",
    ]


def test_lines_without_numbers_are_all_kept_on_their_claim(tmp_path: Path) -> None:
    unnumbered = [row.replace("A1,1,", "A1,,") for row in rows(*[("A1", 1, "M1", 3, "77334")] * 3)]
    claims = write_csv(tmp_path / "c.csv", *unnumbered, header=HEADER)
    _, lines, _ = settled(tmp_path / "out", claims)
    assert (len(lines), {row["claim_id"] for row in lines}) == (3, {"A1"})


@pytest.mark.parametrize("day", ["service_date", "DOS"])
def test_lines_without_numbers_bear_in_a_review_the_names_that_they_bear_in_a_screening(
    tmp_path: Path, day: str
) -> None:
    services = ["2024-03-06,77386", "2024-03-04,77386", "2024-03-06,77014", "2024-03-04,77386", "2024-03-05,77386"]
    table = write_csv(
        tmp_path / "given.csv",
        *(f"A{number % 2},M1,{service},1,institutional" for number, service in enumerate([*services, services[0]])),
        header=f"claim_id,member_id,{day},procedure_code,units,setting",
    )
    screen(settings_of(tmp_path / "out", table))
    screened = rows_of(tmp_path / "out", "lines/*.parquet")
    (review,) = review_each(table)
    assert {(one.claim_line_id, one.service_date, one.procedure_code) for one in review.lines} == {
        (one["claim_line_id"], one["service_date"], one["procedure_code"]) for one in screened
    }
    assert len(screened) == 6


def test_names_of_lines_that_begin_anew_on_each_claim_name_all_lines(tmp_path: Path) -> None:
    lines = [
        line(claim_line_id=str(number), claim_id=claim, member_id=claim, line_number=number)
        for claim in ("A", "B", "C")
        for number in (1, 2)
    ]
    claims = write_parquet(tmp_path / "c.parquet", lines)
    _, found, _ = settled(tmp_path / "out", claims, parts=3)
    assert len(found) == 6


@pytest.mark.parametrize(
    ("back", "stand"),
    [
        ("-1,professional,1999999984,-100", 0),
        ("-1,professional,1999999984,-90", 1),
        ("1,professional,1999999984,-100", 0),
    ],
)
def test_a_line_that_is_taken_back_goes_with_its_reversal(tmp_path: Path, back: str, stand: int) -> None:
    billed = rows(("A1", 1, "M1", 3, "77301"))
    claims = write_csv(tmp_path / "c.csv", *billed, f"A1,2,M1,2025-03-03,77301,{back}", header=HEADER)
    split, lines, _ = settled(tmp_path / "out", claims)
    assert (split.counts.read, len(lines)) == (2, stand)


def test_a_reversal_of_some_units_at_their_price_lowers_the_line(tmp_path: Path) -> None:
    billed = "A1,1,M1,2025-03-03,77334,5,professional,1999999984,500"
    back = "A2,1,M1,2025-03-03,77334,-2,professional,1999999984,-200"
    other = "A2,2,M1,2025-03-04,77334,-2,professional,1999999984,-150"
    claims = write_csv(tmp_path / "c.csv", billed, back, other, billed.replace("-03,", "-04,"), header=HEADER)
    _, lines, _ = settled(tmp_path / "out", claims)
    assert sorted((row["units"], row["charge_amount"]) for row in lines) == [(3, 300.0), (5, 500.0)]


def test_a_replacement_under_the_number_of_its_original_is_another_claim(tmp_path: Path) -> None:
    lines = [line(claim_line_id="A1-1"), line(claim_line_id="A1-1", claim_frequency="7", units=2)]
    _, found, _ = settled(tmp_path / "out", write_parquet(tmp_path / "c.parquet", lines))
    assert {row["claim_id"] for row in found} == {"A1", "A1 (frequency 7)"}


def test_one_member_by_hyphen_and_case_is_in_one_part_under_one_number(tmp_path: Path) -> None:
    spelled = ("1EG4-TE5-MK72", "1eg4te5mk72", "1EG4TE5MK72")
    lines = [line(claim_line_id=f"L{n}", claim_id=f"A{n}", member_id=member) for n, member in enumerate(spelled)]
    split, found, _ = settled(tmp_path / "out", write_parquet(tmp_path / "c.parquet", lines), parts=7)
    assert (len(split.parts), len({row["member_id"] for row in found})) == (1, 1)


def test_codes_and_amounts_as_spreadsheets_write_them(tmp_path: Path) -> None:
    header = f"{HEADER},modifier_1,place_of_service"
    claims = write_csv(
        tmp_path / "c.csv",
        'A1,1,M1,2025-03-03,77334.0,1,professional,1999999984.0,"$1,200.50",59.0,11.0',
        'A1,2,M1,2025-03-03,77301,1,professional,1999999984,"(80.00)",,11',
        'A1,3,M1,2025-03-03,77301,1,professional,1999999984,"1.200,50",,11',
        "A1,4,M1,2025-03-03,773011,1,professional,1999999984,5,,11",
        'A1,5,M1,2025-03-03,77301,1,professional,1999999984,"1,080.00 CR",,11',
        header=header,
    )
    found = split_of(tmp_path / "out", claims)
    first = next(row for row in found.lines if row["line_number"] == 1)
    assert (first["procedure_code"], first["modifier_1"], first["place_of_service"]) == ("77334", "59", "11")
    assert (first["billing_npi"], first["charge_amount"]) == ("1999999984", 1200.5)
    assert {row["line_number"]: row["charge_amount"] for row in found.lines} == {
        1: 1200.5,
        2: -80.0,
        3: None,
        5: -1080.0,
    }
    (reason,) = found.reasons.values()
    assert "'773011'; expected a code such as 77301 or G6015" in reason
    (remark,) = rows_of(tmp_path / "out", "remarks/*.parquet")
    assert (remark["place"], "lines: 1" in remark["remark"]) == ("charge_amount", True)


def test_a_modifier_that_is_none_leaves_its_line_out_by_name(tmp_path: Path) -> None:
    claims = write_csv(
        tmp_path / "c.csv",
        "A1,1,M1,2025-03-03,77334,1,professional,1999999984,5,5 9",
        "A1,2,M1,2025-03-03,77334,1,professional,1999999984,5,59",
        "A1,3,M1,2025-03-03,77334,1,professional,1999999984,5,0",
        header=f"{HEADER},modifier_1",
    )
    found = split_of(tmp_path / "out", claims)
    assert {row["line_number"] for row in found.lines} == {2, 3}
    (reason,) = found.reasons.values()
    assert "modifier_1 is '5 9'; expected two letters or digits" in reason


def test_every_line_of_an_own_table_may_still_name_its_day(tmp_path: Path) -> None:
    claims = write_parquet(tmp_path / "c.parquet", [line(last_service_date=date(2024, 3, 9))])
    (row,) = split_of(tmp_path / "out", claims).lines
    assert ClaimLine._fields and row["last_service_date"] == date(2024, 3, 9)


def test_a_replacement_without_a_covered_code_is_kept_for_it_ends_its_original(tmp_path: Path) -> None:
    header = f"{HEADER},claim_frequency"
    (original, other, replacement) = rows(
        ("A1", 1, "M1", 3, "77427"), ("A2", 1, "M1", 3, "99213"), ("A1", 1, "M1", 3, "99213")
    )
    claims = write_csv(tmp_path / "c.csv", f"{original},1", f"{other},1", f"{replacement},7", header=header)
    found = split_of(tmp_path / "out", claims)
    assert (found.counts.kept, found.counts.other) == (2, 1)


@pytest.mark.parametrize("on_lines", [True, False])
def test_diagnoses_of_icd_9_in_tables_are_not_kept_and_are_named(tmp_path: Path, on_lines: bool) -> None:
    if on_lines:
        header = "claim_id,claim_line_number,claim_type,person_id,claim_line_start_date,hcpcs_code"
        header += ",service_unit_quantity,diagnosis_code_1,diagnosis_code_2"
        given = [write_csv(tmp_path / "c.csv", "A1,1,professional,M1,2014-03-03,77301,1,1859,C61", header=header)]
    else:
        claims = write_csv(tmp_path / "c.csv", *rows(("A1", 1, "M1", 3, "77301")), header=HEADER)
        named = [ClaimDiagnosis("A1", "185", 1), ClaimDiagnosis("A1", "C61", 2)]
        given = [claims, write_parquet(tmp_path / "d.parquet", named)]
    split_of(tmp_path / "out", *given)
    (remark,) = (row["remark"] for row in rows_of(tmp_path / "out", "remarks/*.parquet") if "ICD-9" in row["remark"])
    assert remark.endswith(": 1")
    with duckdb.connect() as connection:
        lines = f"read_parquet('{tmp_path}/out/lines/*/*.parquet')"
        columns = [row[0] for row in connection.execute(f"describe from {lines}").fetchall()]
        query = diagnoses_query(tmp_path / "out", "*", lines, columns)
        assert [(row[1], row[2]) for row in connection.execute(query).fetchall()] == [("C61", 2)]


@pytest.mark.parametrize("parts", [1, 5])
@pytest.mark.parametrize(
    ("column", "said"),
    [
        ("DEP_SEQ", ("00", "01", "2")),
        ("MBR_DOB", ("3/3/1972", "4/5/2011", "4/5/2013 0:00")),
        ("person_code", ("A", "B", "C")),
    ],
)
def test_persons_who_share_a_number_are_members_apart_whatever_the_parts(
    tmp_path: Path, parts: int, column: str, said: tuple[str, ...]
) -> None:
    header = HEADER.replace("member_id", f"MBR_ID,{column}")
    table = []
    for place, person in enumerate(said):
        plan, delivery = rows((f"A{place}", 1, "K-1", 3, "77301"), (f"B{place}", 1, "k-1", 4, "G6015"))
        table += [plan.replace("K-1,", f"K-1,{person},"), delivery.replace("k-1,", f"k-1,{person},")]
    _, lines, _ = settled(tmp_path / "out", write_csv(tmp_path / "c.csv", *table, header=header), parts=parts)
    by_member: dict[str, set[str]] = {}
    for one in lines:
        by_member.setdefault(one["member_id"], set()).add(one["procedure_code"])
    assert list(by_member.values()) == [{"77301", "G6015"}] * 3


def test_days_of_birth_far_below_tell_persons_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("isocenter.intake.bulk.shapes._SAMPLE_ROWS", 2)
    table = [rows((f"A{number}", 1, member, 3, "77301"))[0] for number, member in enumerate(("K7", "K8", "K1", "K1"))]
    born = ["", "", "3/3/1972", "4/5/2011"]
    table = [row.replace(",K", f",{day},K", 1) for row, day in zip(table, born, strict=True)]
    header = HEADER.replace("member_id", "MBR_DOB,MBR_ID")
    _, lines, _ = settled(tmp_path / "out", write_csv(tmp_path / "c.csv", *table, header=header))
    assert len({one["member_id"] for one in lines}) == 4


def test_two_dependents_under_one_account_number_are_two_claims(tmp_path: Path) -> None:
    table = [row.replace("K1,", f"K1,{person},") for person in "12" for row in rows(("ACCT", 1, "K1", 3, "77301"))]
    header = HEADER.replace("member_id", "member_id,DEP_SEQ")
    _, lines, _ = settled(tmp_path / "out", write_csv(tmp_path / "c.csv", *table, header=header))
    assert len({one["claim_id"] for one in lines}) == len({one["member_id"] for one in lines}) == 2


def test_a_birth_date_beside_a_number_of_the_person_is_not_read(tmp_path: Path) -> None:
    (row,) = rows(("A", 1, "K1", 3, "77301"))
    table = [row.replace("K1,", f"K1,{born},") for born in ("1970-01-02", "1970-02-01")]
    header = HEADER.replace("member_id", "BENE_MBI,DOB")
    _, lines, _ = settled(tmp_path / "out", write_csv(tmp_path / "c.csv", *table, header=header))
    assert {one["member_id"] for one in lines} == {"K1"}
