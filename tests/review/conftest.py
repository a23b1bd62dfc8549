"""A Spark session that the tests of the engine in Spark share."""

from collections.abc import Iterator
from typing import Any

import pytest

from isocenter.errors import EngineFailure
from isocenter.review.spark_session import open_session
from isocenter.screening.spark_groups import DAEMON

# In one partition nothing is shuffled, and to compile code and to plan again takes longer than to run as planned.
_FOR_FEW_ROWS = {
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.leafNodeDefaultParallelism": "1",
    "spark.sql.autoBroadcastJoinThreshold": "-1",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    pytest.importorskip("pyspark", reason="PySpark is not installed: `make spark` installs it, the extra is `spark`")
    with pytest.MonkeyPatch.context() as patch:
        # Compiling Spark's planner thoroughly takes longer than these tests run.
        patch.setenv("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:MetaspaceSize=300m")
        try:
            session = open_session("1500MB", tmp_path_factory.mktemp("spark"), daemon=DAEMON)
        except EngineFailure as missing:
            pytest.skip(str(missing))
    for name, value in _FOR_FEW_ROWS.items():
        session.conf.set(name, value)
    yield session
    session.stop()


@pytest.fixture
def spark_by_default(spark: Any) -> Iterator[Any]:
    """The session as a warehouse runs it: code compiled, plans changed while they run, small tables broadcast."""
    for name in _FOR_FEW_ROWS:
        spark.conf.unset(name)
    spark.conf.set("spark.sql.shuffle.partitions", "2")
    yield spark
    for name, value in _FOR_FEW_ROWS.items():
        spark.conf.set(name, value)
