"""What memory a screening asks for, and the settings that it refuses."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest

from isocenter.errors import BrokenRule, EngineFailure, TooLittleMemory, UnknownName
from isocenter.screening import run
from isocenter.screening.run import screen
from isocenter.screening.settings import Settings, bytes_of
from tests.screening.claims_files import ROW, write_csv
from tests.screening.screenings import settings_of


def test_readings_that_no_course_can_be_cut_by_are_refused_before_anything_is_touched(tmp_path: Path) -> None:
    readings, out = tmp_path / "readings.toml", tmp_path / "out"
    readings.write_text("course_gap_days = 30\n")
    with pytest.raises(BrokenRule, match=r"course_gap_days of policy imrt is 30 .*from 31 to 365 days"):
        screen(settings_of(out, write_csv(tmp_path / "c.csv", ROW), policies=("imrt",), readings=readings))
    assert not out.exists()


def test_what_does_not_fit_the_memory_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> tuple[str, dict[str, str], tuple[str, ...]]:
        return "select no_such_column", {}, ()

    monkeypatch.setattr("isocenter.screening.loading._lines_query", refuse)
    with pytest.raises(EngineFailure, match=r"^part 0000 cannot be judged \(.*no_such_column"):
        screen(settings_of(tmp_path / "out", write_csv(tmp_path / "c.csv", ROW)))


def test_a_part_that_no_memory_here_fits_is_said_with_the_memory_that_would(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise duckdb.OutOfMemoryException("Out of Memory Error: 95.3 MiB used")

    monkeypatch.setattr("isocenter.screening.part.judge_part", refuse)
    said = r"^part 0000 \(lines: 1\) cannot be judged \(.*95.3 MiB used\); run again with --memory 1000MB: finished"
    with pytest.raises(TooLittleMemory, match=said):
        screen(settings_of(tmp_path / "out", write_csv(tmp_path / "c.csv", ROW), memory_bytes=500_000_000))
    settings = settings_of(tmp_path)
    assert 2_000_000 * 400 < settings.memory_for(2_000_000) < 2_000_000 * 700


def test_parts_too_large_for_a_worker_are_judged_one_by_one_after_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def judge(_: Settings, number: int, *__: object, is_alone: bool = False) -> dict[str, Any]:
        if number in (1, 2) and not is_alone:
            raise TooLittleMemory("too large")
        return {"part": number, "applied": [], "alone": is_alone}

    @contextmanager
    def threads(count: int) -> Iterator[ThreadPoolExecutor]:
        with ThreadPoolExecutor(count) as pool:
            yield pool

    monkeypatch.setattr(run, "screen_part", judge)
    monkeypatch.setattr(run, "workers", threads)
    settings = settings_of(tmp_path, workers=2, memory_bytes=1_000_000_000)
    judged = [(report["part"], report["alone"]) for report in run._run(settings, [0, 1, 2, 3, 4])]
    assert sorted(judged[:3]) == [(0, False), (3, False), (4, False)]
    assert judged[3:] == [(1, True), (2, True)]
    assert settings.database_bytes_of_a_lone_part > 2 * settings.database_bytes_of_a_part


def test_a_worker_that_is_gone_is_said() -> None:
    future: Future[dict[str, Any]] = Future()
    future.set_exception(BrokenProcessPool())
    with pytest.raises(EngineFailure, match="a worker ended before its part was judged"):
        run._result(future)


@pytest.mark.parametrize(
    ("size", "found"), [("2GB", 2_000_000_000), ("800 mb", 800_000_000), ("1.5g", 1_500_000_000), ("1TiB", 10**12)]
)
def test_sizes_of_memory_are_understood(size: str, found: int) -> None:
    assert bytes_of(size) == found


@pytest.mark.parametrize("size", ["", "much", "-2GB", "2PB", "1,5GB", "100MB", "0"])
def test_sizes_that_are_none_or_too_little_are_refused(size: str) -> None:
    with pytest.raises(UnknownName, match="expected"):
        bytes_of(size)


def test_options_that_cannot_be_are_refused() -> None:
    usual: dict[str, Any] = {"claims": [], "policies": None, "memory": "2GB", "out": Path()}
    with pytest.raises(UnknownName, match="workers is 0; expected a number from 1"):
        Settings.from_options(workers=0, **usual)
    with pytest.raises(UnknownName, match="no line of business 'health'; known are medicare"):
        Settings.from_options(workers=1, line_of_business="health", **usual)
    assert Settings.from_options(workers=3, **usual).workers == 3
    assert 1 <= Settings.from_options(workers=None, **usual).workers <= 4
    for memory, at_most in (("300MB", 1), ("700MB", 1), ("1GB", 3)):  # no more than the memory has room for
        assert Settings.from_options(workers=4, **{**usual, "memory": memory}).workers == at_most
