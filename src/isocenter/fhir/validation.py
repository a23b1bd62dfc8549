"""Checks the resources of files against packages of profiles."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from isocenter.fhir.structures.checker import Issue, check
from isocenter.fhir.structures.definitions import Definitions
from isocenter.files import shown
from isocenter.intake.fhir.resources import read_whole


def validate_file(path: Path, definitions: Definitions, profile: str = "") -> Iterator[Issue]:
    """The faults of a file's resources, each with the file in its place; bundles are checked as bundles.

    Raises UnreadableInput where the file holds no FHIR JSON.
    """
    name = shown(path.name)
    for place, resource in read_whole(path):
        if not isinstance(resource, dict):
            wrong = (
                resource
                if isinstance(resource, str)
                else "no resource of FHIR; an object with resourceType is expected"
            )
            yield Issue("error", "structure", f"{name} {place}".strip(), wrong)
            continue
        for issue in check(resource, definitions, profile):
            where = " ".join(part for part in (name, place, issue.expression) if part)
            yield issue._replace(expression=where)


def has_errors(issues: Sequence[Issue]) -> bool:
    """Whether any of the issues is a fault."""
    return any(issue.severity in ("fatal", "error") for issue in issues)
