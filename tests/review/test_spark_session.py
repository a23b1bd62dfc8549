"""Before Spark starts: what is missing or asked for wrongly is said in one sentence."""

import sys
from pathlib import Path

import pytest

from isocenter.errors import EngineFailure
from isocenter.review.spark_session import open_session
from isocenter.screening.run import screen
from tests.screening.screenings import random_claims, settings_of


def test_without_pyspark_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)
    monkeypatch.setitem(sys.modules, "pyspark.errors", None)
    with pytest.raises(EngineFailure, match=r"PySpark is not installed; install the extra.*isocenter\[spark\]"):
        open_session("2GB", tmp_path)


@pytest.mark.parametrize(
    ("memory", "says"),
    [
        ("much", "'much' is no size; write it like 2GB"),
        ("500MB", "does not run in 500MB"),
        ("1GB", "does not run in 1GB; give it 1200MB or more"),
    ],
)
def test_what_is_not_a_size_of_memory_is_refused(memory: str, says: str, tmp_path: Path) -> None:
    pytest.importorskip("pyspark", reason="PySpark is not installed (make spark)")
    with pytest.raises(EngineFailure, match=says):
        open_session(memory, tmp_path)


def test_groups_beside_spark_need_room_for_both(tmp_path: Path) -> None:
    claims = random_claims(tmp_path / "claims", courses=1)
    settings = settings_of(tmp_path / "out", claims, engine="spark-duckdb", memory_bytes=1_500_000_000)
    with pytest.raises(EngineFailure, match="spark-duckdb does not run in less than 2GB; give it more --memory"):
        screen(settings)


def test_a_java_home_without_java_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("pyspark", reason="PySpark is not installed (make spark)")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "nowhere"))
    with pytest.raises(EngineFailure, match="nowhere, where there is no Java runtime; correct or unset it"):
        open_session("2GB", tmp_path)
