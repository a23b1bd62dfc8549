"""Odd cells of claims, one a line, drawn by a seed: a review and a screening judge each member's course alike."""

import csv
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from isocenter.intake import csv_tables
from isocenter.review.reviewer import Reviewer
from isocenter.screening.run import screen
from isocenter.terms.claims import ClaimLine
from isocenter.workflow import review_case, review_each
from tests.screening.claims_files import COVERED, rows_of, split_of
from tests.screening.screenings import settings_of

_GOOD = {
    "claim_id": "A", "member_id": "M", "line_number": "1", "service_date": "2025-03-05", "procedure_code": "77301",
    "units": "1", "modifier_1": "26", "setting": "professional", "place_of_service": "11",
    "billing_npi": "1234567893", "claim_frequency": "1", "line_of_business": "medicare", "charge_amount": "",
}  # fmt: skip
_CELLS = (
    "", " ", "1_0", "1 0", "$1", "+1", "-", "0", "00", "1e0", "1.5", "inf", "nan", "N/A", "null", "R", "P", "UB", "x",
    "True", "1CR", "07", "99", "9999999999", "7730l", "7730", "Medicare", "Blue Plan", "professionell", "2025-02-30",
    "tomorrow", "\u0661", "\uff11\uff11", "1\t1", "'; drop table courses; --", "#REF!",
)  # fmt: skip
# A line of another code is judged by no rule, and what corrects another line is settled with it.
_DRAWN = ("units", "modifier_1", "setting", "place_of_service", "claim_frequency", "line_of_business", "procedure_code")
_LINES = 180
_COUNTS = [("units", cell) for cell in ("1", "1.00 UN", "1 ea", "2 UNITS", "15 MJ", "1.5 UN", "1 UN 2")]


def _drawn() -> list[dict[str, str]]:
    drawn = random.Random(20_251_129)
    cells = [(column, cell) for column in _DRAWN for cell in _CELLS]
    rows = [_GOOD | {column: cell} for column, cell in [*_COUNTS, *drawn.sample(cells, _LINES)]]
    return [
        {**row, "claim_id": f"A{number}", "member_id": f"M{number}", "charge_amount": f"{1000 + number}"}
        for number, row in enumerate(rows)
    ]


@pytest.fixture(scope="module")
def claims(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("odd") / "claim_lines.csv"
    with file.open("w", newline="", encoding="utf-8") as out:
        table = csv.DictWriter(out, _GOOD)
        table.writeheader()
        table.writerows(_drawn())
    return file


def _shown(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in _DRAWN)


def test_the_course_of_each_odd_cell_is_recommended_alike(claims: Path, tmp_path: Path) -> None:
    reviews = list(review_each(claims, Reviewer(["imrt"])))
    screen(settings_of(tmp_path / "out", claims, policies=("imrt",)))
    screened = {row["member_id"]: row["recommendation"] for row in rows_of(tmp_path / "out", "courses/*.parquet")}
    recommended = {review.course.member_id: str(review.recommendation.value) for review in reviews}
    cells = {row["member_id"]: _shown(row) for row in _drawn()}
    found = {(cells[one], recommended.get(one, ""), screened.get(one, "")) for one in cells}
    assert {one for one in found if one[1] != one[2]} == set()
    judged = {cell for number, (_, cell) in enumerate(_COUNTS) if screened.get(f"M{number}", "") != ""}
    assert judged == {"1", "1.00 UN", "1 ea", "2 UNITS"}


@pytest.mark.parametrize("name", ["claim_lines.csv", "export.csv"])
def test_rows_that_are_numbered_under_no_name_are_read_and_the_numbers_are_named(tmp_path: Path, name: str) -> None:
    rows = [_GOOD | {"claim_id": f"A{number}", "line_number": "1"} for number in range(3)]
    file = tmp_path / name
    numbered = [f"{number},{','.join(row.values())}" for number, row in enumerate(rows)]
    file.write_text("\n".join([f",{','.join(_GOOD)}", *numbered, ""]), encoding="utf-8")
    screen(settings_of(tmp_path / "out", file, policies=("imrt",)))
    kept = {one["claim_id"] for one in rows_of(tmp_path / "out", "claims/lines/*/*.parquet")}
    review = review_case(file, ["imrt"])
    assert kept == {line.claim_id for line in review.facts["claim_lines"]} == {"A0", "A1", "A2"}
    assert [problem.sentence for problem in review.problems if "not read" in problem.sentence] == [
        "columns that are not read: blank 1"
    ]


def test_a_line_of_a_code_that_is_none_holds_its_member_and_one_of_a_code_that_no_rule_knows_does_not(
    tmp_path: Path,
) -> None:
    wrong = ("G6O15", "7730O", "I6015", "77I01", "7 301", "ABCDE", "773 1", "77\uff1301")
    codes = [*wrong, "99213", "J9271", "0042T", "g6015"]
    lines = [
        _GOOD | {"claim_id": f"A{number}", "member_id": f"M{number}", "line_number": str(line), "procedure_code": code}
        for number, own in enumerate(codes)
        for line, code in enumerate(("77301", own), 1)
    ]
    file = tmp_path / "claim_lines.csv"
    with file.open("w", newline="", encoding="utf-8") as out:
        table = csv.DictWriter(out, _GOOD)
        table.writeheader()
        table.writerows(lines)
    screen(settings_of(tmp_path / "out", file, policies=("imrt",)))
    screened = {row["member_id"]: row["recommendation"] for row in rows_of(tmp_path / "out", "courses/*.parquet")}
    reviews = review_each(file, Reviewer(["imrt"]))
    reviewed = {review.course.member_id: str(review.recommendation.value) for review in reviews}
    assert screened == reviewed
    held = {f"M{number}" for number in range(len(wrong))}
    assert {member for member, said in reviewed.items() if said == "human_review"} == held


@pytest.mark.parametrize("column", ["setting", "place_of_service", "claim_frequency"])
def test_a_line_with_a_word_of_no_list_is_kept_with_the_column_open_and_its_member_held(
    tmp_path: Path, column: str
) -> None:
    row = _GOOD | {"charge_amount": "1000"}
    rows = [row, row | {"claim_id": "A1", "member_id": "M1", column: "odd"}]
    file = tmp_path / "claim_lines.csv"
    file.write_text("\n".join([",".join(_GOOD), *(",".join(one.values()) for one in rows), ""]), encoding="utf-8")
    screen(settings_of(tmp_path / "out", file, policies=("imrt",)))
    courses = {one["member_id"]: one["recommendation"] for one in rows_of(tmp_path / "out", "courses/*.parquet")}
    assert (courses["M"] == "human_review", courses["M1"]) == (False, "human_review")
    remarks = [one for one in rows_of(tmp_path / "out", "remarks.parquet") if one["place"] == column]
    assert ["lines: 1" in one["remark"] for one in remarks] == [True]


@pytest.mark.parametrize("column", ["modifier_1", "service_date"])
def test_a_cell_of_another_form_in_its_column_is_read_alike(tmp_path: Path, column: str) -> None:
    meant = {"modifier_1": ("0", "", "26"), "service_date": ("20250305", "2025-03-05", "2025-03-05")}[column]
    written, read, beside = meant
    rows = [_GOOD | {column: beside}, _GOOD | {"claim_id": "A1", "member_id": "M1", column: written}]
    file = tmp_path / "claim_lines.csv"
    file.write_text("\n".join([",".join(_GOOD), *(",".join(one.values()) for one in rows), ""]), encoding="utf-8")
    screen(settings_of(tmp_path / "out", file, policies=("imrt",)))
    kept = {one["member_id"]: str(one[column]) for one in rows_of(tmp_path / "out", "claims/lines/*/*.parquet")}
    assert kept == {"M": beside, "M1": read}
    reviewed = [one for one in csv_tables.read(file) if isinstance(one, ClaimLine)]
    assert [str(getattr(one, column)) for one in reviewed] == [beside, read]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_place_of_service_in_words_is_read_alike(tmp_path: Path, suffix: str) -> None:
    places = {
        "Office": "11", "11 - Office": "11", "Office (11)": "11", "POS 19": "19", "Outpatient Hospital": "22",
        "OFF CAMPUS-OUTPATIENT HOSPITAL": "19", "Hall 7": "", "Office or hospital": "",
    }  # fmt: skip
    rows = [
        _GOOD | {"claim_id": f"A{n}", "member_id": f"M{n}", "place_of_service": one} for n, one in enumerate(places)
    ]
    table, file = tmp_path / "claim_lines.csv", tmp_path / f"claim_lines.{suffix}"
    table.write_text("\n".join([",".join(_GOOD), *(",".join(row.values()) for row in rows), ""]), encoding="utf-8")
    if suffix == "parquet":
        table.unlink()
        pq.write_table(pa.table({name: [row[name] for row in rows] for name in _GOOD}), file)
    screen(settings_of(tmp_path / "out", file, policies=("imrt",)))
    kept = {one["member_id"]: one["place_of_service"] for one in rows_of(tmp_path / "out", "claims/lines/*/*.parquet")}
    assert [kept[f"M{n}"] for n in range(len(places))] == list(places.values())
    reviews = {one.course.member_id: one for one in review_each(file, Reviewer(["imrt"]))}
    screened = {row["member_id"]: row["recommendation"] for row in rows_of(tmp_path / "out", "courses/*.parquet")}
    assert {member: str(one.recommendation.value) for member, one in reviews.items()} == screened
    open_members = {member for member, place in kept.items() if not place}
    assert {member for member, one in screened.items() if one == "human_review"} == open_members


@pytest.mark.parametrize(("units", "read"), [([1.0, float("nan")], {"M"}), ([True, True], set())])
def test_a_number_of_units_in_parquet_that_is_none_costs_its_line_alone(
    tmp_path: Path, units: list[object], read: set[str]
) -> None:
    rows = [_GOOD | {"claim_id": f"A-{member}", "member_id": member} for member in ("M", "M1")]
    table = {name: [row[name] for row in rows] for name in _GOOD} | {"units": units}
    pq.write_table(pa.table(table), tmp_path / "claims.parquet")
    screen(settings_of(tmp_path / "out", tmp_path / "claims.parquet", policies=("imrt",)))
    kept = {one["member_id"] for one in rows_of(tmp_path / "out", "claims/lines/*/*.parquet")}
    lost = {one["member_id"] for one in rows_of(tmp_path / "out", "rejects.parquet")}
    assert (kept, lost) == (read, {"M", "M1"} - read)


def test_texts_of_other_programs_in_parquet_under_our_names_are_read_alike(tmp_path: Path) -> None:
    """The value that both must read of each cell; None where the line is refused."""
    cells: list[tuple[str, str, str | None]] = [
        ("billing_npi", "1.23457E+09", ""),
        ("billing_npi", "1234567893.0", "1234567893"),
        ("billing_npi", "nan", ""),
        ("place_of_service", "11.0", "11"),
        ("place_of_service", "Office", "11"),
        ("claim_frequency", "7.0", "7"),
        ("revenue_code", "333", "0333"),
        ("member_id", "1.23457E+11", None),
        ("member_id", "12345.0", "12345"),
        ("claim_id", "1.23457E+11", None),
        ("claim_id", "5001.0", "5001"),
    ]
    usual = {**_GOOD, "revenue_code": "0333"}
    rows = [
        {**usual, "claim_id": f"A{number}", "member_id": f"M{number}", "charge_amount": f"{number}", column: written}
        for number, (column, written, _) in enumerate(cells)
    ]
    file = tmp_path / "claim_lines.parquet"
    pq.write_table(pa.table({name: [row[name] for row in rows] for name in usual}), file)
    reviewed = {row.charge_amount: row for row in csv_tables.read_parquet(file) if isinstance(row, ClaimLine)}
    screened = {row["charge_amount"]: row for row in split_of(tmp_path / "out", file, covered=COVERED).lines}
    for number, (column, written, expected) in enumerate(cells):
        found = (getattr(reviewed.get(number), column, None), screened.get(number, {}).get(column))
        assert found == (expected, expected), (column, written)


@pytest.mark.parametrize(
    ("column", "cells"),
    [
        (
            "patient",
            {
                "1990-01-02": "born 1990-01-02", "01/02/1990": "born 1990-01-02", "2-Jan-1990": "born 1990-01-02",
                "1990-01-02 00:00:00": "born 1990-01-02", "007": "person 7", "1.0": "person 1", "B": "person B",
                "born 1990-01-02, A.": "born 1990-01-02, A.", "subscriber": "subscriber", "n/a": "", "": "",
            },
        ),
        (
            "written_at",
            {
                "2026-01-02": "2026-01-02", "01/02/2026": "2026-01-02", "02JAN2026": "2026-01-02",
                "2026-01-02T09:30:15Z": "2026-01-02 09:30", "1/2/2026 9:30": "2026-01-02 09:30",
                "2026-01-02 09:30:15.250": "2026-01-02 09:30", "last week": "", "": "",
            },
        ),
        ("patient_account_number", {"5001.0": "5001", "P-1": "P-1"}),
        ("payer_claim_number", {"5001.0": "5001", "P-1": "P-1"}),
        ("claim_line_id", {"5001.0": "5001", "P-1": "P-1"}),
    ],
)  # fmt: skip
def test_persons_moments_and_numbers_are_read_alike(tmp_path: Path, column: str, cells: dict[str, str]) -> None:
    rows = [
        {"claim_line_id": f"L{n}", **_GOOD, "claim_id": f"A{n}", "member_id": f"M{n}", "charge_amount": f"{n}"}
        | {column: written}
        for n, written in enumerate(cells)
    ]
    file = tmp_path / "claim_lines.csv"
    with file.open("w", newline="", encoding="utf-8") as out:
        table = csv.DictWriter(out, rows[0])
        table.writeheader()
        table.writerows(rows)
    reviewed = {one.charge_amount: getattr(one, column) for one in csv_tables.read(file) if isinstance(one, ClaimLine)}
    screened = {one["charge_amount"]: one[column] for one in split_of(tmp_path / "out", file, covered=COVERED).lines}
    assert reviewed == screened == dict(enumerate(cells.values()))
