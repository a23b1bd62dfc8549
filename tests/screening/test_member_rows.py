"""Rows packed for the groups of their members: nothing is lost, members stay whole, names that come again are seen."""

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from isocenter.screening.member_rows import (
    BETWEEN_TEXTS,
    CLAIM_NAMES,
    COURSE_NAMES,
    DIAGNOSES,
    LINE_NAMES,
    LINES,
    LOOK,
    MISSING_TEXT,
    PACKED,
    REPORT,
    PackingTask,
    bins_of_partitions,
    look_over_packed,
    pack_rows,
)

_LINE = {
    "claim_line_id": "L1", "claim_id": "A1", "member_id": "M1", "billing_npi": "1999999984", "setting": "professional",
    "course_id": "", "service_date": date(2024, 1, 2), "units": 1, "patient": "",
}  # fmt: skip
_SENT = ("claim_line_id", "claim_id", "member_id", "units")


def _task(groups: int) -> PackingTask:
    checks = ("coalesce(count_if(units < 1), 0)", "coalesce(count_if(claim_line_id is null), 0)")
    return PackingTask(bins_of_partitions(groups), (), (), (), checks, _SENT, 500_000_000)


def _batches(*rows: dict[str, Any], rows_of_a_batch: int = 2) -> Iterator[pa.RecordBatch]:
    names = dict.fromkeys(name for row in rows for name in row)
    table = pa.Table.from_pylist([{name: row.get(name) for name in names} for row in rows])
    yield from table.to_batches(max_chunksize=rows_of_a_batch)


def _packed(*rows: dict[str, Any], groups: int = 3) -> list[dict[str, Any]]:
    return pa.Table.from_batches(pack_rows(_task(groups), _batches(*rows)), PACKED).to_pylist()


def _seen(*rows: dict[str, Any]) -> set[str]:
    packed = pa.Table.from_pylist([one for one in _packed(*rows) if one["what"] not in (LINES, DIAGNOSES)], PACKED)
    looks = pa.Table.from_batches(look_over_packed(iter(packed.to_batches(max_chunksize=1))), LOOK)
    return {look["what"] for look in looks.to_pylist()} - {REPORT}


def test_every_line_is_in_the_bin_of_its_member_once() -> None:
    lines = [
        _LINE | {"claim_line_id": f"L{number}", "claim_id": f"A{number}", "member_id": f"M{number % 7}"}
        for number in range(40)
    ]
    bins: dict[int, list[dict[str, Any]]] = {}
    for one in _packed(*lines):
        if one["what"] == LINES:
            rows = pq.read_table(io.BytesIO(one["content"])).to_pylist()
            assert len(rows) == one["rows"]
            bins.setdefault(one["bin"], []).extend(rows)
    together = sorted((row for rows in bins.values() for row in rows), key=lambda row: int(row["claim_line_id"][1:]))
    assert together == [{name: line[name] for name in _SENT} for line in lines]
    assert len(bins) > 1
    members = [{row["member_id"] for row in rows} for rows in bins.values()]
    assert sum(map(len, members)) == 7


def test_diagnoses_go_to_the_bin_of_their_member_without_counting_as_lines() -> None:
    nothing = {"icd10": None, "position": None}
    diagnosis = dict.fromkeys(_LINE) | {"claim_id": "A1", "member_id": "M1", "icd10": "C61", "position": 1}
    packed = _packed(_LINE | nothing, diagnosis)
    of_kind = {one["what"]: one for one in packed}
    assert of_kind[DIAGNOSES]["bin"] == of_kind[LINES]["bin"]
    (found,) = pq.read_table(io.BytesIO(of_kind[DIAGNOSES]["content"])).to_pylist()
    assert found == {"claim_id": "A1", "icd10": "C61", "position": 1}
    assert json.loads(of_kind[REPORT]["content"])["wrong"] == [0, 0]


def test_what_breaks_the_contract_and_who_is_a_patient_is_counted_over_all_batches() -> None:
    wrong = [
        _LINE | {"units": 0},
        _LINE,
        _LINE | {"units": -1, "patient": "1950-01-01"},
        _LINE | {"claim_line_id": None},
    ]
    (report,) = [json.loads(one["content"]) for one in _packed(*wrong) if one["what"] == REPORT]
    assert (report["wrong"], report["patients"]) == ([2, 1], 1)
    (report,) = [json.loads(one["content"]) for one in _packed() if one["what"] == REPORT]
    assert (report["wrong"], report["patients"]) == ([0, 0], 0)


@pytest.mark.parametrize(
    ("other", "seen"),
    [
        ({"claim_line_id": "L2"}, set()),
        ({"claim_line_id": "L2", "claim_id": "A2", "member_id": "M2"}, set()),
        ({"claim_id": "A2"}, {LINE_NAMES}),
        ({"claim_line_id": "L2", "member_id": "M2"}, {CLAIM_NAMES}),
        ({"claim_line_id": "L2", "setting": "institutional"}, {CLAIM_NAMES}),
        ({"claim_line_id": "L2", "billing_npi": "1999999992"}, {CLAIM_NAMES}),
        ({"claim_line_id": "L2", "course_id": "C1"}, set()),
        ({"claim_line_id": "L3", "claim_id": "A3", "member_id": "M3", "course_id": "C0"}, {COURSE_NAMES}),
    ],
)
def test_names_that_come_again_are_seen(other: dict[str, Any], seen: set[str]) -> None:
    of_a_course = _LINE | {"claim_line_id": "L0", "claim_id": "A0", "member_id": "M0", "course_id": "C0"}
    assert _seen(_LINE, of_a_course, _LINE | other) == seen


def test_a_name_that_comes_again_in_another_task_is_seen() -> None:
    packed = [*_packed(_LINE), *_packed(_LINE | {"claim_id": "A2", "member_id": "M2"})]
    of_names = [one for one in packed if one["what"] == LINE_NAMES]
    assert len({one["bin"] for one in of_names}) == 1
    looks = look_over_packed(iter(pa.Table.from_pylist(of_names, PACKED).to_batches()))
    assert pa.Table.from_batches(looks).to_pylist() == [{"what": LINE_NAMES, "content": ""}]


def test_folded_texts_are_told_apart_and_what_cannot_be_is_counted() -> None:
    folded = [("L0", "", "C1"), ("L1", "a, b", ""), ("\x1e", "", "\x1e"), ("L3", "a\x1fb", ""), ("L\x1f4", "", "C1")]
    lines = [
        {"claim_id": None, "member_id": "M1", "folded_names": f"{name}\x1fA1", "folded_texts": "\x1f".join(texts)}
        for name, *texts in folded
    ]
    sent = ("claim_line_id", "claim_id", "course_id")
    checks = ("count_if(claim_line_id is null)",)
    task = PackingTask((0,), ("claim_line_id", "claim_id"), ("patient", "course_id"), sent[:1], checks, sent, 10**8)
    packed = pa.Table.from_batches(pack_rows(task, _batches(*lines, rows_of_a_batch=3)), PACKED).to_pylist()
    (rows,) = [pq.read_table(io.BytesIO(one["content"])).to_pylist() for one in packed if one["what"] == LINES]
    assert rows == [
        {"claim_line_id": "L0", "claim_id": "A1", "course_id": "C1"},
        {"claim_line_id": "L1", "claim_id": "A1", "course_id": ""},
        {"claim_line_id": None, "claim_id": "A1", "course_id": "\x1e"},
    ]
    (report,) = [json.loads(one["content"]) for one in packed if one["what"] == REPORT]
    assert (report["unparted"], report["wrong"], report["patients"]) == (2, [1], 1)


def test_members_are_in_the_same_bin_whether_their_numbers_are_folded_or_not() -> None:
    members, settings = ["M1", "M2", "M3", "M4", None], ["", "professional"]
    told = [(member, setting) for member in members for setting in settings] * 9
    folded = [
        {
            "claim_id": "A1",
            "folded_names": "L1",
            "folded_texts": BETWEEN_TEXTS.join((MISSING_TEXT if member is None else member, setting)),
        }
        for member, setting in told
    ]
    names = ("member_id", "setting")
    of_folded = PackingTask(
        bins_of_partitions(7), ("claim_line_id",), names, names[:1], ("count_if(claim_line_id is null)",), names, 10**8
    )
    of_plain = replace(of_folded, names=(), folded=())
    plain = [_LINE | {"member_id": member, "setting": setting} for member, setting in told]
    found: list[list[tuple[int, str, str]]] = []
    for task, rows in ((of_folded, folded), (of_plain, plain)):
        packed = pa.Table.from_batches(pack_rows(task, _batches(*rows, rows_of_a_batch=50)), PACKED).to_pylist()
        tables = [(one["bin"], pq.read_table(io.BytesIO(one["content"]))) for one in packed if one["what"] == LINES]
        found.append(
            [(place, str(row["member_id"]), row["setting"]) for place, rows in tables for row in rows.to_pylist()]
        )
    assert sorted(found[0]) == sorted(found[1])
    assert sorted(row[1:] for row in found[0]) == sorted((str(member), setting) for member, setting in told)


def test_each_partition_of_spark_has_a_bin() -> None:
    # As Spark says it: select id, pmod(hash(cast(id as int)), 7) from range(13)
    assert bins_of_partitions(7) == (12, 0, 1, 9, 3, 2, 11)
    assert len(set(bins_of_partitions(500))) == 500
