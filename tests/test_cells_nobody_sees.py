"""What nobody sees in a cell of claims (spaces of other kinds, marks of no width, control characters): one gate.

A review and a screening keep the same lines, with the same values, and lose the same ones by a reason.
"""

import csv
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from pyarrow import parquet

from isocenter.review.reviewer import Reviewer
from isocenter.workflow import review_each
from tests.screening.claims_files import Split, split_of

_GOOD = {
    "claim_line_id": "L", "claim_id": "A", "member_id": "M", "line_number": "1", "service_date": "2025-03-05",
    "procedure_code": "77301", "units": "2", "modifier_1": "26", "setting": "professional", "place_of_service": "11",
    "billing_npi": "1234567893", "charge_amount": "", "last_service_date": "2025-03-06", "line_of_business": "medicare",
}  # fmt: skip
_AROUND = ["\u2028", "\f", "\v", "\x85", "\xa0", "\u200b", "\ufeff", "\t", "\x1f", "\u2003", "\u202e", "\xad", "\u3000"]
_WITHIN = ["\0", "\x1b", "\x7f", "\u200b", "\xad", "\u202e"]
_COLUMNS = ["member_id", "claim_id", "service_date", "procedure_code", "units", "modifier_1", "billing_npi"]
_READ = [  # column, what is written, what is meant
    ("units", "2.0", 2),
    ("procedure_code", "HC:77301", "77301"),
    ("procedure_code", "77301-59", "77301"),
    ("modifier_1", "N/A", ""),
    ("service_date", "2025-3-5", date(2025, 3, 5)),
    ("service_date", "2025-03-05T23:30:00-05:00", date(2025, 3, 5)),
    ("last_service_date", "\u2028", None),
    ("last_service_date", "00000000", None),
    ("line_of_business", "\xa0medicare", "medicare"),
]
_LOST = [
    ("units", "２"),
    ("units", "٢"),
    ("procedure_code", "７７３０１"),
    ("modifier_1", "２６"),
    ("modifier_1", "+1"),
    ("service_date", "２０２５-03-05"),
    ("service_date", "2025-W10-3"),
    ("service_date", "0001-01-01"),
    ("last_service_date", "tomorrow"),
    ("last_service_date", "9999-12-31"),
    ("units", "0"),
]


def _cases() -> list[tuple[str, str, Any]]:
    """Column, what is written there, and what is meant; an exception where the line is to be lost."""
    around = [(name, written, ...) for name in _COLUMNS for mark in _AROUND for written in (f"{mark}@", f"@{mark}")]
    within = [(name, f"@{mark}@", ValueError) for name in _COLUMNS for mark in _WITHIN]
    lost = [(name, written, ValueError) for name, written in _LOST]
    return [*around, *within, *_READ, *lost]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("cells") / "claim_lines.csv"
    with file.open("w", newline="", encoding="utf-8") as out:
        table = csv.DictWriter(out, _GOOD)
        table.writeheader()
        for number, (name, text, _) in enumerate(_cases()):
            row = _GOOD | {key: f"{_GOOD[key]}{number}" for key in ("claim_line_id", "claim_id", "member_id")}
            row |= {"charge_amount": str(1000 + number), name: text.replace("@", row[name])}
            table.writerow(row)
    return file


def _expected() -> dict[int, tuple[Any, ...]]:
    found = {}
    for number, (name, _, meant) in enumerate(_cases()):
        if meant is ValueError:
            continue
        row: dict[str, Any] = {key: _GOOD[key] for key in _COLUMNS} | {"line_of_business": "medicare"}
        row |= {key: f"{_GOOD[key]}{number}" for key in ("claim_id", "member_id")}
        row |= {"service_date": date(2025, 3, 5), "units": 2, "last_service_date": date(2025, 3, 6)}
        found[number] = tuple((row | ({} if meant is ... else {name: meant})).values())
    return found


def _shown(row: dict[str, Any]) -> tuple[int, tuple[Any, ...]]:
    names = (*_COLUMNS, "line_of_business", "last_service_date")
    return int(row["charge_amount"]) - 1000, tuple(row[name] for name in names)


def test_a_review_keeps_the_lines_that_can_be_read_as_they_are_meant(written: Path) -> None:
    lines = [line for review in review_each(written, Reviewer(["imrt"])) for line in review.facts["claim_lines"]]
    assert dict(_shown(line._asdict()) for line in lines) == _expected()


def test_a_screening_keeps_the_same_and_names_each_line_that_is_lost(written: Path, tmp_path: Path) -> None:
    found = split_of(tmp_path / "out", written)
    assert dict(map(_shown, found.lines)) == _expected()
    lost = {f"line {number + 2}" for number, (*_, meant) in enumerate(_cases()) if meant is ValueError}
    assert found.reasons.keys() == lost
    assert all(found.reasons.values())


@pytest.fixture(scope="module")
def in_parquet(written: Path) -> Path:
    with written.open(newline="", encoding="utf-8") as given:
        rows = list(csv.DictReader(given))
    file = written.with_suffix(".parquet")
    parquet.write_table(pyarrow.table({name: [row[name] for row in rows] for name in _GOOD}), file)
    return file


def test_a_screening_of_parquet_keeps_the_same_and_holds_the_same_members(
    in_parquet: Path, written: Path, tmp_path: Path
) -> None:
    found, of_csv = split_of(tmp_path / "parquet", in_parquet), split_of(tmp_path / "csv", written)
    assert dict(map(_shown, found.lines)) == _expected()
    assert [_members_held(one) for one in (found, of_csv)] == [_members_held(of_csv)] * 2
    assert {reason for reason in found.reasons.values() if "is missing" in reason} == set()


def _members_held(found: Split) -> list[str]:
    return sorted(row["member_id"] for row in found.rejects)


def test_a_review_of_parquet_keeps_the_same(in_parquet: Path) -> None:
    lines = [line for review in review_each(in_parquet, Reviewer(["imrt"])) for line in review.facts["claim_lines"]]
    assert dict(_shown(line._asdict()) for line in lines) == _expected()


def test_the_line_with_a_control_character_is_held_against_its_member(written: Path, tmp_path: Path) -> None:
    found = split_of(tmp_path / "out", written)
    number = next(place for place, case in enumerate(_cases()) if case[:2] == ("member_id", "@\x1b@"))
    (lost,) = [row for row in found.rejects if row["place"] == f"line {number + 2}"]
    assert (lost["procedure_code"], lost["member_id"]) == ("77301", f"M{number}M{number}")
