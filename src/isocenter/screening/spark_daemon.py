"""Starts the processes of Python in which Spark on this machine lets DuckDB judge.

Spark runs it as the module of its setting spark.python.daemon.module. What is imported here is so in every process
that is forked from it.
"""

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.machinery import PathFinder
from pathlib import Path

_ZIP = Path("python") / "lib" / "pyspark.zip"  # in the package of PySpark
_IMPORTED_ONCE = ("pyspark.worker", "pandas", "isocenter.screening.member_group")


def without_its_zip(path: Sequence[str]) -> list[str]:
    """The path of modules without the zip of PySpark, where the package that it comes with is on the path too.

    Spark puts the zip first. Out of a zip every process compiles all modules again.
    """
    others = [entry for entry in path if not entry.endswith(_ZIP.name)]
    found = PathFinder.find_spec("pyspark", others)
    if found is None or found.origin is None:
        return list(path)
    own = Path(found.origin).parent / _ZIP
    return [entry for entry in path if Path(entry) != own]


def main() -> None:
    """Import what judging needs, once, and fork a process whenever Spark asks for one."""
    sys.path[:] = without_its_zip(sys.path)
    for name in _IMPORTED_ONCE:
        import_module(name)
    import_module("pyspark.daemon").manager()


if __name__ == "__main__":
    main()
