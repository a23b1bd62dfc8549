"""A source read in shares beside each other, and past the database, makes the same parts as read by one thread."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from isocenter.errors import UnreadableInput
from isocenter.intake.bulk.sources import Source, find_sources
from isocenter.screening import shares, splitting_lines
from isocenter.screening.counts import LineCounts
from isocenter.screening.covered import CoveredCodes
from isocenter.screening.shares import keeps_order, shares_of
from isocenter.screening.splitting import open_connection, split
from tests.screening.claims_files import COVERED, rows_of, write_csv
from tests.screening.screenings import random_claims

ROWS = 40


@pytest.fixture(autouse=True)
def _of_one_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares, "_ROWS_OF_A_SHARE", 1)
    monkeypatch.setattr(shares, "_ROWS_HELD_BY_A_SHARE", 1)


def table(rows: int, first: int = 0, **columns: list[Any]) -> pa.Table:
    """Lines of members who come again and again, each third of a code that no rule covers."""
    numbers = range(first, first + rows)
    return pa.table(
        {
            "claim_line_id": [f"L{n:03d}" for n in numbers],
            "claim_id": [f"C{n // 2}" for n in numbers],
            "member_id": [f"M{n // 2 % 7}" for n in numbers],
            "service_date": ["2024-03-05"] * rows,
            "procedure_code": [("77301", "99999", "77427")[n % 3] for n in numbers],
            "units": pa.array([0 if n % 11 == 5 else 1 for n in numbers], pa.int32()),
            "setting": ["professional"] * rows,
            "billing_npi": [f"18000000{n // 2 % 3}4" for n in numbers],
            **columns,
        }
    )


def written(folder: Path, **files: pa.Table) -> list[Path]:
    folder.mkdir(exist_ok=True)
    for name, rows in files.items():
        pq.write_table(rows, folder / f"{name}.parquet", row_group_size=5)
    return sorted(folder.glob("*.parquet"))


def source_of(*files: Path) -> Source:
    (source,) = find_sources([str(file) for file in files])
    return source


PASSED_BY = CoveredCodes(COVERED.codes | {"99213"}, frozenset({"99213"}))


def names_in(folder: Path, source: Source) -> list[str]:
    with open_connection(500_000_000, 1, folder / "spill") as connection:
        return [row[0] for row in connection.execute(f"select claim_line_id from {source.relation}").fetchall()]


def parts_of(
    out: Path, threads: int, *claims: Path, covered: CoveredCodes = COVERED, rows_held: int = 7
) -> tuple[LineCounts, dict[str, Any]]:
    """What is counted, and the rows of each part as they come, with those that are rejected, by threads so many."""
    with open_connection(1_000_000_000, threads, out / "spill") as connection:
        counts = split(connection, find_sources(list(map(str, claims))), covered, 3, out / "claims", rows_held)
    found: dict[str, Any] = {}
    for part in range(3):
        for kind in ("lines", "diagnoses"):
            rows = rows_of(out / "claims", f"{kind}/part={part}/*.parquet")
            found[f"{kind} {part}"] = [dict(sorted(row.items())) for row in rows]
    found["rejects"] = sorted(map(repr, rows_of(out / "claims", "rejects/*.parquet")))
    return counts, found


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_every_row_is_in_one_share_and_they_keep_its_order(tmp_path: Path, count: int) -> None:
    files = written(tmp_path / "in", a=table(ROWS), b=table(3, ROWS), c=table(ROWS, ROWS + 3))
    source = source_of(*files)
    found = shares_of(source, count)
    assert len(found) == count
    read = [[name for piece in share for name in names_in(tmp_path, piece)] for share in found]
    assert [name for share in read for name in share] == names_in(tmp_path, source)
    assert max(map(len, read)) - min(map(len, read)) <= 10


def test_files_that_lie_whole_in_a_share_are_read_together(tmp_path: Path) -> None:
    files = written(tmp_path / "in", **{f"f{n}": table(5, 5 * n) for n in range(8)})
    (first, second) = shares_of(source_of(*files), 2)
    assert [[piece.files for piece in share] for share in (first, second)] == [[tuple(files[:4])], [tuple(files[4:])]]
    assert all(piece.rows is None for piece in (*first, *second))


def test_few_rows_are_read_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = source_of(*written(tmp_path / "in", a=table(ROWS)))
    monkeypatch.setattr(shares, "_ROWS_OF_A_SHARE", ROWS)
    assert shares_of(source, 4) == [[source]]


def test_shares_of_parquet_make_the_same_parts(tmp_path: Path) -> None:
    files = written(tmp_path / "in", a=table(ROWS), b=table(3, ROWS), c=table(ROWS, ROWS + 3))
    counts, one = parts_of(tmp_path / "one", 1, *files)
    assert counts == LineCounts(read=83, kept=50, other=28, rejected=5)
    assert parts_of(tmp_path / "three", 3, *files) == (counts, one)
    written_by = {file.name.rsplit("_", 1)[0] for file in (tmp_path / "three" / "claims" / "lines").rglob("*.parquet")}
    assert written_by == {"0_000", "0_001", "0_002"}


def test_claims_with_visits_of_members_without_a_service_are_read_in_shares_too(tmp_path: Path) -> None:
    claims = [n // 2 for n in range(ROWS)]
    codes = ["99213" if claim % 4 else "77301" for claim in claims]  # of members V nothing but visits
    members = [f"V{claim % 3}" if claim % 4 else f"M{claim % 3}" for claim in claims]
    files = written(tmp_path / "in", a=table(ROWS, procedure_code=codes, member_id=members, units=[1] * ROWS))
    counts, one = parts_of(tmp_path / "one", 1, *files, covered=PASSED_BY)
    assert counts == LineCounts(read=40, kept=10, other=30)
    assert parts_of(tmp_path / "two", 2, *files, covered=PASSED_BY) == (counts, one)
    written_by = {file.name.rsplit("_", 1)[0] for file in (tmp_path / "two" / "claims" / "lines").rglob("*.parquet")}
    assert written_by == {"0_000", "0_001"}


def test_shares_of_csv_make_the_same_parts(tmp_path: Path) -> None:
    files = [
        write_csv(
            tmp_path / f"{n}.csv",
            *(f"L{n}{k},C{n}{k // 2},M{k // 2 % 5},2024-03-05,77301,{k % 4},professional" for k in range(200)),
            "L1,A1",
        )
        for n in range(4)
    ]
    counts, one = parts_of(tmp_path / "one", 1, *files)
    assert (counts.read, counts.kept, counts.rejected) == (804, 600, 204)
    assert parts_of(tmp_path / "three", 3, *files) == (counts, one)


@pytest.mark.parametrize("seed", [3, 4])
def test_corrected_claims_and_their_diagnoses_lie_in_the_same_parts(tmp_path: Path, seed: int) -> None:
    claims = random_claims(tmp_path / "in", seed, courses=6, are_corrected=True)
    for file in claims.glob("*.parquet"):
        pq.write_table(pq.read_table(file), file, row_group_size=20)
    one = parts_of(tmp_path / "one", 1, claims)
    assert one[0].kept > 100
    assert parts_of(tmp_path / "four", 4, claims) == one


def as_they_are(rows: pa.Table) -> pa.Table:
    return rows


def with_null(rows: pa.Table) -> pa.Table:
    return rows.set_column(7, "billing_npi", [[None, *rows["billing_npi"].to_pylist()[1:]]])


def with_space(rows: pa.Table) -> pa.Table:
    return rows.set_column(0, "claim_line_id", [["L000 ", *rows["claim_line_id"].to_pylist()[1:]]])


def with_unknown_word(rows: pa.Table) -> pa.Table:
    return rows.set_column(6, "setting", [["elsewhere", *rows["setting"].to_pylist()[1:]]])


def of_one_number(rows: pa.Table) -> pa.Table:
    return rows.set_column(1, "claim_id", [["SAME"] * len(rows)])


def as_dictionaries(rows: pa.Table) -> pa.Table:
    return rows.set_column(4, "procedure_code", rows["procedure_code"].dictionary_encode())


@pytest.mark.parametrize(
    "change", [as_they_are, with_null, with_space, with_unknown_word, of_one_number, as_dictionaries]
)
def test_columns_read_past_the_database_say_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[pa.Table], pa.Table]
) -> None:
    files = written(tmp_path / "in", a=change(table(ROWS)), b=table(ROWS, ROWS))
    past = parts_of(tmp_path / "past", 2, *files)
    monkeypatch.setattr(splitting_lines, "columns_as_given", lambda *_: None)
    assert parts_of(tmp_path / "through", 1, *files) == past


def test_texts_of_lines_that_are_not_kept_do_not_go_into_the_parts(tmp_path: Path) -> None:
    files = written(tmp_path / "in", a=table(ROWS, procedure_code=["77301", *["99999"] * (ROWS - 1)]))
    counts, _ = parts_of(tmp_path / "out", 1, *files)
    assert counts.kept == 1
    (part,) = (tmp_path / "out" / "claims" / "lines").rglob("*.parquet")
    assert b"99999" not in part.read_bytes()


def damaged(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[4 : len(content) // 2] = b"\xff" * (len(content) // 2 - 4)
    file.write_bytes(bytes(content))


@pytest.mark.parametrize("broken", [0, 2])
def test_a_file_that_is_damaged_inside_is_left_out_of_its_share(tmp_path: Path, broken: int) -> None:
    files = written(tmp_path / "in", a=table(ROWS), b=table(ROWS, ROWS), c=table(ROWS, 2 * ROWS))
    sources = find_sources(list(map(str, files)))
    damaged(files[broken])
    with open_connection(1_000_000_000, 3, tmp_path / "spill") as connection:
        counts = split(connection, sources, COVERED, 2, tmp_path / "claims", 7)
    assert (counts.files_unread, counts.read) == (1, 2 * ROWS)
    left = {int(row["claim_line_id"][1:]) // ROWS for row in rows_of(tmp_path / "claims", "lines/*/*.parquet")}
    assert left == {0, 1, 2} - {broken}


def test_where_every_file_is_damaged_the_first_are_named(tmp_path: Path) -> None:
    files = written(tmp_path / "in", a=table(ROWS), b=table(ROWS, ROWS))
    sources = find_sources(list(map(str, files)))
    for file in files:
        damaged(file)
    with (
        open_connection(1_000_000_000, 2, tmp_path / "spill") as connection,
        pytest.raises(UnreadableInput, match=r"a\.parquet, b\.parquet: cannot be read as Parquet"),
    ):
        split(connection, sources, COVERED, 2, tmp_path / "claims", 7)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(("covered", "visits"), [(COVERED, 0), (PASSED_BY, 0), (PASSED_BY, 4)])
def test_the_last_rows_of_a_row_group_keep_what_they_are(
    tmp_path: Path, threads: int, covered: CoveredCodes, visits: int
) -> None:
    """The database may keep few rows back and send them behind many that come after them."""
    rows, of_a_group = 9_000, 2_058
    codes = [("77301", "99999", "77427")[n % 3] for n in range(rows)]
    members = [f"M{n // 2 % 7}" for n in range(rows)]
    for n in range(visits):
        codes[n], members[n] = "99213", "V1"
    claims = tmp_path / "claims.parquet"
    lines = table(rows, units=[1] * rows, procedure_code=codes, member_id=members)
    pq.write_table(lines, claims, row_group_size=of_a_group)
    counts, parts = parts_of(tmp_path, threads, claims, covered=covered, rows_held=3_000)
    kept = {n for n in range(rows) if codes[n] in {"77301", "77427"}}
    assert counts.kept == len(kept)
    found = [row for part in range(3) for row in parts[f"lines {part}"]]
    assert {int(row["claim_line_id"].removeprefix("L")) for row in found} == kept
    for row in found:
        number = int(row["claim_line_id"].removeprefix("L"))
        assert (row["procedure_code"], row["member_id"]) == (codes[number], members[number])
    ordered = [[int(row["claim_line_id"].removeprefix("L")) for row in parts[f"lines {part}"]] for part in range(3)]
    assert ordered == list(map(sorted, ordered))


def test_a_query_that_joins_may_send_rows_in_another_order(tmp_path: Path) -> None:
    with open_connection(500_000_000, 1, tmp_path / "spill") as connection:
        connection.execute("create table numbers as select range as n from range(10)")
        assert keeps_order(connection, "select n + 1 as n from numbers where n <> 3")
        assert not keeps_order(connection, "select n from numbers where n in (select n from numbers where n > 3)")
