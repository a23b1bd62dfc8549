from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from isocenter.facts.store import FactStore
from isocenter.screening.loading import Wanted, load_lines
from isocenter.screening.partition import write_texts

COLUMNS = ("claim_line_id", "member_id", "billing_npi", "line_of_business")
Line = tuple[str, str, str | None, str]


def loaded(folder: Path, lines: list[Line], texts: dict[str, list[str]], line_of_business: str = "") -> list[Line]:
    """The lines of a part of split claims as they are loaded, of whose columns these `texts` are known."""
    part = folder / "lines" / "part=0"
    part.mkdir(parents=True)
    columns = {name: list(column) for name, column in zip(COLUMNS, zip(*lines, strict=True), strict=True)}
    pq.write_table(pa.table(columns | {"line_number": [1] * len(lines)}), part / "0_00000.parquet")
    write_texts(folder, texts)
    store = FactStore(threads=1, reads_files=True)
    store.connection.execute("set preserve_insertion_order = true; alter table main.claim_lines rename to no_lines")
    load_lines(store, folder, 0, Wanted(COLUMNS, (), line_of_business))
    found: list[Line] = store.connection.execute(f"select {', '.join(COLUMNS)} from main.part").fetchall()
    tables = store.connection.execute("select table_name from duckdb_tables() where temporary").fetchall()
    store.close()
    assert tables == []
    return found


@pytest.mark.parametrize("providers", [3, 2_000])
def test_lines_stay_as_they_come_where_more_texts_are_known_than_there_are_lines(
    tmp_path: Path, providers: int
) -> None:
    known = [f"{1_000_000_000 + number}" for number in range(providers)]
    lines: list[Line] = [
        ("L9", "m3", known[2], "medicare"),
        ("L1", "m1", "", "medicare"),
        ("L5", "m2", None, ""),
        ("L2", "m3", known[0], "other"),
    ]
    expected = [(line, member, npi or "", payer) for line, member, npi, payer in lines]
    assert loaded(tmp_path, lines, {"billing_npi": known}) == expected


@pytest.mark.parametrize("payers", [2, 600])
def test_a_line_of_business_that_is_not_said_is_the_one_that_was_named(tmp_path: Path, payers: int) -> None:
    known = ["medicare", *(f"payer {number}" for number in range(payers - 1))]
    lines: list[Line] = [("L1", "m1", "n", ""), ("L2", "m1", "n", known[-1])]
    found = loaded(tmp_path, lines, {"line_of_business": known}, "medicaid")
    assert [payer for *_, payer in found] == ["medicaid", known[-1]]


def test_a_text_that_was_not_known_beforehand_is_refused_and_not_left_out(tmp_path: Path) -> None:
    known = [f"{number}" for number in range(2_000)]
    with pytest.raises(duckdb.ConversionException, match="1999999984"):
        loaded(tmp_path, [("L1", "m1", "1999999984", "")], {"billing_npi": known})
