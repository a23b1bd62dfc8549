"""A Spark session that the tests of the engine in Spark share."""

from collections.abc import Iterator
from typing import Any

import pytest

from isocenter.errors import EngineFailure
from isocenter.review.spark_session import open_session


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    pytest.importorskip("pyspark", reason="PySpark is not installed: `make spark` installs it, the extra is `spark`")
    with pytest.MonkeyPatch.context() as patch:
        # Compiling Spark's planner thoroughly takes longer than these tests run.
        patch.setenv("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        try:
            session = open_session("1500MB", tmp_path_factory.mktemp("spark"))
        except EngineFailure as missing:
            pytest.skip(str(missing))
    session.conf.set("spark.sql.shuffle.partitions", "2")
    yield session
    session.stop()


@pytest.fixture
def plainly(spark: Any) -> Iterator[None]:
    """Queries are interpreted as planned: on few rows, to compile code and to plan again takes longer than to run."""
    settings = ("spark.sql.codegen.wholeStage", "spark.sql.adaptive.enabled")
    for name in settings:
        spark.conf.set(name, "false")
    yield
    for name in settings:
        spark.conf.unset(name)
