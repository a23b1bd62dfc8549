"""Folders that are named for a partition, or state what their claims say, in a case and in a screening."""

from pathlib import Path

import pytest

from isocenter.errors import UnreadableInput
from isocenter.intake.bulk.sources import find_sources
from isocenter.intake.case import read_case
from isocenter.terms.claims import ClaimLine
from tests.intake.x12_samples import PROFESSIONAL, delimit
from tests.screening.claims_files import HEADER, ROW, line, split_of, write_csv, write_parquet


def test_a_folder_named_for_a_partition_is_no_column_of_its_parquet(tmp_path: Path) -> None:
    file = write_parquet(tmp_path / "run=5" / "month=01" / "c.parquet", [line()])
    found = split_of(tmp_path / "out=1", file)
    assert found.counts.kept == 1
    assert found.values("claim_line_id") == ["L1"]


@pytest.mark.parametrize("folder", ["status=denied", "line_of_business=commercial", "Setting=institutional"])
def test_a_folder_that_states_what_claims_say_is_named(tmp_path: Path, folder: str) -> None:
    columns = HEADER.removesuffix(",setting").split(",")
    with pytest.raises(UnreadableInput, match=rf"its folder .?{folder}.? states a column of the table"):
        find_sources([str(write_parquet(tmp_path / folder / "c.parquet", [line()], columns))])
    table = write_csv(tmp_path / folder / "c.csv", ROW.removesuffix(",professional"), header=",".join(columns))
    with pytest.raises(UnreadableInput, match=rf"its folder .?{folder}.? states a column of the table"):
        find_sources([str(table)])


@pytest.mark.parametrize(
    ("folder", "counts"),
    [
        ("status=denied", False), ("void=1", False), ("claim_status=unknown", False), ("status=paid", True),
        ("payer=medicare", True), ("year=2025", True),
    ],
)  # fmt: skip
def test_claims_of_x12_are_left_out_of_a_folder_that_says_they_may_bill_nothing(
    tmp_path: Path, folder: str, *, counts: bool
) -> None:
    inside = tmp_path / folder / "a.837"
    inside.parent.mkdir()
    inside.write_bytes(delimit(PROFESSIONAL))
    write_csv(tmp_path / "paid.csv", ROW, header=HEADER)
    contents = read_case(tmp_path)
    assert (contents.lines_lost == 0) is counts
    assert any(f"{folder} states of the claims" in problem.sentence for problem in contents.problems) is not counts
    if not counts:
        for read in (read_case, lambda file: find_sources([str(file)])):
            with pytest.raises(UnreadableInput, match=f"its folder .?{folder}.? states of the claims"):
                read(inside)


def test_a_case_leaves_out_claims_of_which_a_folder_states_what_they_say_and_names_them(tmp_path: Path) -> None:
    (folder := tmp_path / "status=denied").mkdir()
    write_csv(tmp_path / "paid.csv", ROW, header=HEADER)
    write_csv(folder / "others.csv", ROW.replace("A1", "A2"), header=HEADER)
    contents = read_case(tmp_path)
    assert {row.claim_id for row in contents.rows if isinstance(row, ClaimLine)} == {"A1"}
    assert contents.lines_lost == 1
    assert any("status=denied states a column" in problem.sentence for problem in contents.problems)
