"""Parquet whose columns are what claim lines have is read past the database, and says the same as by way of it."""

import math
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from isocenter.intake.bulk.sources import find_sources
from isocenter.screening import shares, splitting_lines
from isocenter.screening.columns_as_given import ColumnsAsGiven
from isocenter.screening.counts import LineCounts
from isocenter.screening.covered import CoveredCodes
from isocenter.screening.lines_as_given import LinesAsGiven
from isocenter.screening.splitting import open_connection, split
from tests.screening.claims_files import COVERED, rows_of

DAY = date(2024, 3, 5)
WITH_VISITS = CoveredCodes(COVERED.codes | {"99213"}, frozenset({"99213"}))
TYPES: dict[str, pa.DataType] = {
    "claim_line_id": pa.string(),
    "claim_id": pa.string(),
    "line_number": pa.int32(),
    "member_id": pa.string(),
    "service_date": pa.date32(),
    "procedure_code": pa.string(),
    "units": pa.int32(),
    "modifier_1": pa.string(),
    "setting": pa.string(),
    "billing_npi": pa.string(),
    "claim_frequency": pa.string(),
    "charge_amount": pa.float64(),
    "allowed_amount": pa.float64(),
    "last_service_date": pa.date32(),
}
USUAL: dict[str, Any] = {
    "line_number": 1,
    "member_id": "M1",
    "service_date": DAY,
    "procedure_code": "77301",
    "units": 1,
    "modifier_1": "",
    "setting": "professional",
    "billing_npi": "1999999984",
    "claim_frequency": "1",
    "charge_amount": 10.0,
    "allowed_amount": 5.0,
    "last_service_date": None,
}
# What is done with a line with such a value, and what is read in its place.
KEPT: list[dict[str, Any]] = [
    {},
    {"procedure_code": "G6015"},
    {"procedure_code": "J1234", "claim_frequency": "7"},
    {"units": 999_999_999},
    {"units": -1},
    {"units": 0, "allowed_amount": -5.0},
    {"line_number": None},
    {"charge_amount": None, "last_service_date": date(2024, 3, 7)},
    {"service_date": date(1990, 1, 1)},
    {"service_date": date(2099, 12, 31)},
    {"charge_amount": math.nan},
    {"modifier_1": "26", "member_id": "m-1"},
    {"units": 1, "charge_amount": -0.0},
]
OTHER: list[dict[str, Any]] = [{"procedure_code": "J1234"}, {"procedure_code": "J1234", "units": None}]
REJECTED: list[dict[str, Any]] = [
    {"units": None},
    {"units": 0},
    {"units": 1_000_000_000},
    {"service_date": None},
    {"service_date": date(1989, 12, 31)},
    {"service_date": date(2100, 1, 1)},
    {"last_service_date": date(2100, 1, 1)},
    {"member_id": ""},
    {"claim_id": ""},
    {"units": -(2**31)},
    {"units": 2**31 - 1},
    {"service_date": date(1, 1, 1)},
    {"last_service_date": date(9999, 12, 31)},
]
LISTED = ("member_id", "procedure_code", "setting")
EMPTIED: list[dict[str, Any]] = [{"charge_amount": math.inf}, {"line_number": -1_000_000_000}]
UNREAD: list[dict[str, Any]] = [{"procedure_code": "7730I"}, {"setting": ""}]


def table(*lines: dict[str, Any]) -> pa.Table:
    """Claim lines, the usual one but for what is given, each with a name and claim of its own."""
    rows = [{"claim_line_id": f"L{n:03d}", "claim_id": f"C{n:03d}", **USUAL, **one} for n, one in enumerate(lines)]
    return pa.table({name: pa.array([row[name] for row in rows], kind) for name, kind in TYPES.items()})


def written(file: Path, rows: pa.Table) -> Path:
    file.parent.mkdir(exist_ok=True)
    pq.write_table(rows, file, row_group_size=5)
    return file


def split_by(
    out: Path, threads: int, *claims: Path, parts: int = 3, covered: CoveredCodes = COVERED
) -> tuple[LineCounts, dict[str, Any]]:
    """The counts, and by part the lines as they come, with what is rejected or remarked on."""
    with open_connection(500_000_000, threads, out / "spill") as connection:
        counts = split(connection, find_sources(list(map(str, claims))), covered, parts, out / "claims", 7)
    found: dict[str, Any] = {
        f"part {part}": [repr(sorted(row.items())) for row in rows_of(out / "claims", f"lines/part={part}/*.parquet")]
        for part in range(parts)
    }
    for kind in ("rejects", "remarks"):
        found[kind] = sorted(map(repr, rows_of(out / "claims", f"{kind}/*.parquet")))
    return counts, found


def through_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(splitting_lines, "lines_as_given", lambda *_: None)


@pytest.fixture
def read_past(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each source read was read past the database."""
    is_past: list[bool] = []
    real = splitting_lines.lines_as_given

    def spy(*given: Any) -> LinesAsGiven | None:
        found = real(*given)
        is_past.append(found is not None)
        return found

    monkeypatch.setattr(splitting_lines, "lines_as_given", spy)
    return is_past


@pytest.mark.parametrize("parts", [1, 3])
def test_a_line_is_kept_passed_over_or_rejected_by_its_values(
    tmp_path: Path, read_past: list[bool], parts: int
) -> None:
    lines = written(tmp_path / "in" / "a.parquet", table(*KEPT, *OTHER, *REJECTED))
    counts, found = split_by(tmp_path / "out", 1, lines, parts=parts)
    assert read_past == [True]
    assert counts == LineCounts(
        read=len(KEPT) + len(OTHER) + len(REJECTED), kept=len(KEPT), other=len(OTHER), rejected=len(REJECTED)
    )
    rows = rows_of(tmp_path / "out" / "claims", "lines/*/*.parquet")
    by_name = {row["claim_line_id"]: row for row in rows}
    assert by_name.keys() == {f"L{n:03d}" for n in range(len(KEPT))}
    assert (by_name["L006"]["line_number"], by_name["L010"]["charge_amount"]) == (None, None)
    assert by_name["L011"]["member_id"] == "m-1"
    assert found["remarks"] == []


@pytest.mark.parametrize("odd", [*EMPTIED, *UNREAD], ids=repr)
def test_a_value_that_is_left_empty_or_not_read_is_named_as_by_way_of_the_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read_past: list[bool], odd: dict[str, Any]
) -> None:
    lines = written(tmp_path / "in" / "a.parquet", table({}, odd, {"procedure_code": "J1234"}))
    past = split_by(tmp_path / "past", 1, lines)
    assert read_past == [True]
    assert len(past[1]["remarks"]) + len(past[1]["rejects"]) == 1
    through_the_database(monkeypatch)
    assert split_by(tmp_path / "through", 1, lines) == past


@pytest.mark.parametrize("seed", [2, 3, 4])
def test_random_lines_are_split_as_by_way_of_the_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read_past: list[bool], seed: int
) -> None:
    monkeypatch.setattr(shares, "_ROWS_OF_A_SHARE", 1)
    monkeypatch.setattr(shares, "_ROWS_HELD_BY_A_SHARE", 1)
    random = Random(seed)
    members = ["M1", "m-1", "00012", "12", "V1", "V2", "A-23456789", "A23456789"]
    lines = []
    for _ in range(120):
        member = random.choice(members)
        code = "99213" if member.startswith("V") else random.choice(["77301", "77427", "99213", "J1234"])
        odd = random.choice([*KEPT, *OTHER, *REJECTED]) if random.random() < 0.3 else {}
        lines.append({"member_id": member, "procedure_code": code, **odd})
    rows = table(*lines)
    listed = pa.table(
        {name: rows[name].dictionary_encode() if name in LISTED else rows[name] for name in rows.schema.names}
    )
    tables = [rows[:40], listed[40:80], rows[80:].select(rows.schema.names[::-1]), rows[:0]]
    files = [written(tmp_path / "in" / f"{n}.parquet", one) for n, one in enumerate(tables)]
    past = split_by(tmp_path / "past", 2, *files, covered=WITH_VISITS)
    assert read_past == [True, True]
    assert past[0].kept and past[0].rejected and past[0].other
    through_the_database(monkeypatch)
    assert split_by(tmp_path / "through", 1, *files, covered=WITH_VISITS) == past


def test_columns_of_other_types_go_by_way_of_the_database(tmp_path: Path, read_past: list[bool]) -> None:
    lines = table({}, {"units": 3})
    for name, kind in (("units", pa.int64()), ("service_date", pa.string()), ("charge_amount", pa.decimal128(9, 2))):
        place = lines.schema.get_field_index(name)
        file = written(tmp_path / "in" / f"{name}.parquet", lines.set_column(place, name, lines[name].cast(kind)))
        assert split_by(tmp_path / f"out {name}", 1, file)[0] == LineCounts(read=2, kept=2)
    assert read_past == [False] * 3


def test_of_a_null_against_the_statistics_nothing_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A column that the statistics call full is read with '' where it holds none."""
    lines = written(tmp_path / "in" / "a.parquet", table({}, {"modifier_1": "26"}))
    real = ColumnsAsGiven.batches

    def with_nulls(given: ColumnsAsGiven) -> Iterator[pa.RecordBatch]:
        for batch in real(given):
            for name in {"modifier_1", "claim_frequency"} & set(batch.schema.names):
                texts = [None, *batch[name].to_pylist()[1:]]
                place = batch.schema.get_field_index(name)
                batch = batch.set_column(place, name, pa.array(texts, pa.string()).dictionary_encode())  # noqa: PLW2901
            yield batch

    monkeypatch.setattr(ColumnsAsGiven, "batches", with_nulls)
    split_by(tmp_path / "out", 1, lines)
    found = rows_of(tmp_path / "out" / "claims", "lines/*/*.parquet")
    assert [(row["modifier_1"], row["claim_frequency"]) for row in found] == [("", ""), ("26", "1")]
