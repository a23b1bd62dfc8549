"""Which files of those that were named hold a chart: files as they are, folders by what lies in them."""

from collections.abc import Iterable
from pathlib import Path

from isocenter.chart.pages.pages import looks_like_chart
from isocenter.files.folders import files_below
from isocenter.files.texts import shown
from isocenter.terms.problems import Problem

_TABLES = (".csv", ".tsv", ".yaml", ".yml")
_A_TABLE = (
    "a table; `isocenter review` reads it in a case folder; a chart is read from PDF, picture or plain text files"
)
_NO_CHART = "not a PDF, picture or text file; it was left out"


def chart_files(paths: Iterable[Path]) -> tuple[list[tuple[Path, str]], list[Problem]]:
    """The chart files named or lying in a named folder, each with the name to show, and a problem for each other file.

    A file that was named by itself is left for the reader of pages to refuse, unless its name says that it is a table.
    """
    found: list[tuple[Path, str]] = []
    problems: list[Problem] = []
    for path in paths:
        if path.is_dir():
            inside, broken = files_below(path)
            problems += broken
            for file in inside:
                name = shown(file.relative_to(path))
                if looks_like_chart(_head(file), file.suffix):
                    found.append((file, name))
                else:
                    problems.append(Problem(name, "", _NO_CHART))
            if not inside:
                problems.append(Problem(shown(path), "", "the folder is empty; put the chart's files into it"))
        elif path.suffix.lower() in _TABLES and path.is_file():
            problems.append(Problem(shown(path.name), "", _A_TABLE))
        else:
            found.append((path, shown(path.name)))
    return found, problems


def _head(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(1024)
    except OSError:
        return b""
