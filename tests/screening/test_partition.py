"""Rows go to the files of their parts, and the texts that recur in a column are known without reading these."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from isocenter.screening import partition
from isocenter.screening.partition import PART, PartWriter, read_texts, write_texts


def _batch(lines: list[str], codes: list[str | None], parts: list[int]) -> pa.RecordBatch:
    columns = [pa.array(lines), pa.array(codes, pa.string()), pa.array(parts, pa.uint32())]
    return pa.RecordBatch.from_arrays(columns, names=["claim_line_id", "procedure_code", PART])


def _written(folder: Path) -> PartWriter:
    writer = PartWriter(folder / "lines", 2, "0", 100, names=("claim_line_id",))
    writer.add(_batch(["a", "b", "c"], ["77301", None, "77385"], [1, 0, 1]))
    writer.add(_batch(["d", "e"], ["77301", ""], [1, 1]))
    writer.flush()
    return writer


def test_rows_lie_in_their_part_in_the_order_in_which_they_came(tmp_path: Path) -> None:
    _written(tmp_path)
    rows = pq.read_table(tmp_path / "lines" / "part=1", partitioning=None).to_pydict()
    assert rows == {"claim_line_id": ["a", "c", "d", "e"], "procedure_code": ["77301", "77385", "77301", ""]}


def test_texts_that_recur_are_kept_once_and_names_are_not(tmp_path: Path) -> None:
    write_texts(tmp_path, _written(tmp_path).texts)
    assert read_texts(tmp_path) == {"procedure_code": ["77301", "77385"]}


def test_a_file_lists_its_own_members_and_each_line_by_its_number(tmp_path: Path) -> None:
    members = ["M1", "M1", "M2", "M1"]
    columns = [
        pa.array(members).dictionary_encode(),
        pa.array(["a", "b", "c", "d"]),
        pa.array([1, 1, 0, 1], pa.uint32()),
    ]
    writer = PartWriter(
        tmp_path / "lines", 2, "0", 100, names=("member_id", "claim_line_id"), listed=frozenset({"member_id"})
    )
    writer.add(pa.RecordBatch.from_arrays(columns, names=["member_id", "claim_line_id", PART]))
    writer.flush()
    file = pq.ParquetFile(tmp_path / "lines" / "part=1" / "0_00000.parquet")
    assert file.read().to_pydict() == {"member_id": ["M1", "M1", "M1"], "claim_line_id": ["a", "b", "d"]}
    member, line = (file.metadata.row_group(0).column(place) for place in (0, 1))
    assert (member.has_dictionary_page, line.has_dictionary_page) == (True, False)
    texts = pq.ParquetFile(tmp_path / "lines" / "part=1" / "0_00000.parquet", read_dictionary=["member_id"]).read()
    assert texts.column("member_id").chunk(0).dictionary.to_pylist() == ["M1"], "no member of another part"
    assert "member_id" not in writer.texts, "a part looks for its own members"


def test_a_column_of_too_many_texts_is_left_to_the_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partition, "_MOST_TEXTS", 1)
    write_texts(tmp_path, _written(tmp_path).texts)
    assert read_texts(tmp_path) == {}


def test_of_claims_split_without_them_no_texts_are_known(tmp_path: Path) -> None:
    assert read_texts(tmp_path) == {}


def test_of_one_part_the_rows_stay_as_they_came(tmp_path: Path) -> None:
    writer = PartWriter(tmp_path / "lines", 1, "0", 100, names=("claim_line_id",))
    writer.add_all([_batch(["b", "a"], ["77301", None], [0, 0]), _batch(["c"], ["77385"], [0])])
    rows = pq.read_table(tmp_path / "lines" / "part=0", partitioning=None).to_pydict()
    assert (writer.rows, rows) == (
        3,
        {"claim_line_id": ["b", "a", "c"], "procedure_code": ["77301", None, "77385"]},
    )


def test_columns_without_a_null_are_marked_so_and_others_are_not(tmp_path: Path) -> None:
    _written(tmp_path)
    with_null, without = (
        pq.read_schema(tmp_path / "lines" / f"part={part}" / "0_00000.parquet").field("procedure_code").nullable
        for part in (0, 1)
    )
    assert (with_null, without) == (True, False)
