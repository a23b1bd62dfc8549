"""A locked connection sees its own tables and nothing of the machine."""

import os
from pathlib import Path

import duckdb
import pytest

from isocenter.engines.database import connect, literal, lock

_REACHING_OUT = (
    "select * from read_text('/etc/hostname')",
    "select * from read_csv('/etc/passwd')",
    "select * from glob('/etc/*')",
    "from '/etc/passwd'",
    "copy (select 1) to '{folder}/written.csv'",
    "attach '{folder}/other.db'",
    "install httpfs",
    "load httpfs",
    "export database '{folder}/all'",
    "set enable_external_access = true",
    "set allowed_directories = ['/']",
    "reset lock_configuration",
)


@pytest.mark.parametrize("query", _REACHING_OUT)
def test_a_locked_connection_neither_reads_nor_writes_nor_unlocks(query: str, tmp_path: Path) -> None:
    connection = connect()
    lock(connection)
    with pytest.raises(duckdb.Error):
        connection.execute(query.format(folder=tmp_path)).fetchall()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("relative", [False, True])
def test_a_locked_connection_keeps_one_folder_and_still_spills(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, relative: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "work'").mkdir()
    folder = Path("work'") if relative else tmp_path / "work'"
    connection = connect(threads=1, memory_bytes=120_000_000, spill=folder / "spill")
    connection.execute(
        "create table many as select range as number, repeat('x', 40) || range as name from range(2e6::int)"
    )
    lock(connection, folder)
    connection.execute("create table ordered as from many order by name")
    connection.execute(f"copy (select max(name) as name from ordered) to {literal(str(folder / 'kept.parquet'))}")
    assert (folder / "kept.parquet").is_file()
    for elsewhere in ("beside.parquet", "work'/../beside.parquet"):
        with pytest.raises(duckdb.Error):
            connection.execute(f"copy (select 1) to {literal(elsewhere)}")
    assert not (tmp_path / "beside.parquet").exists()


def test_a_day_does_not_depend_on_the_time_zone_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "TZ", "America/Los_Angeles")
    day = connect().execute("select cast(cast('2024-03-05 02:00:00+00' as timestamptz) as date)").fetchone()
    assert str(day[0]) == "2024-03-05"
