"""Reads FHIR resources for tests as if each were a file of one case."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from isocenter.intake.fhir_r4 import FhirRows, read_found, read_resources
from isocenter.terms.claims import ClaimLine
from isocenter.terms.problems import Problem

Reader = Callable[..., FhirRows]


Row = TypeVar("Row")


def reader_in(folder: Path) -> Reader:
    """Reads resources as if each were a file of one case, written into a folder."""

    def read_files(*resources: Any) -> FhirRows:
        files = []
        for number, resource in enumerate(resources):
            path = folder / f"{number}.json"
            path.write_text(resource if isinstance(resource, str) else json.dumps(resource, indent=1), encoding="utf-8")
            files.append(path)
        return read(*files)

    return read_files


def read(*files: Path) -> FhirRows:
    """The resources of files as one record."""
    everything = [one for file in files for one in read_resources(file)]
    found = read_found([one for one in everything if not isinstance(one, Problem)])
    found.problems[:0] = [one for one in everything if isinstance(one, Problem)]
    return found


def of(found: FhirRows, kind: type[Row]) -> list[Row]:
    return [row for row in found.rows if isinstance(row, kind)]


def only_line(found: FhirRows) -> ClaimLine:
    (line,) = of(found, ClaimLine)
    return line


def sentences(found: FhirRows) -> str:
    return "\n".join(problem.sentence for problem in found.problems)
