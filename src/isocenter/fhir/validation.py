"""Checks the resources of files against packages of profiles."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from isocenter.engines.private_folders import working_folder
from isocenter.errors import UnreadableInput
from isocenter.fhir.outcomes import outcome_of
from isocenter.fhir.structures.checker import Issue, check_whole
from isocenter.fhir.structures.definitions import Definitions
from isocenter.files.texts import named_within, shown
from isocenter.intake.fhir.resources import read_whole
from isocenter.intake.packed import Unpacked, is_packed, unpack

_FAULTS = ("fatal", "error")
_NO_RESOURCE = "not a FHIR resource; an object with resourceType is expected"


class IssueOfFile(NamedTuple):
    """One fault: the file, the line or the number in a list where its resource is, and the fault itself."""

    file: str
    place: str
    issue: Issue

    def line(self) -> str:
        """The fault on one line: how severe, file, place, FHIRPath and what is wrong."""
        return f"{self.issue.severity}: {self.sentence()}"

    def sentence(self) -> str:
        """File, place, FHIRPath and what is wrong."""
        where = " ".join(part for part in (self.file, self.place) if part)
        return ": ".join(part for part in (where, self.issue.expression, self.issue.sentence) if part)


def validate_file(path: Path, definitions: Definitions, profile: str = "") -> Iterator[IssueOfFile]:
    """The faults of a file's resources; bundles are checked as bundles, and compressed files are unpacked.

    A file that cannot be read is a fault as well. So is a resource of which nothing was held to a profile: where its
    definition is not loaded, that no fault was found says nothing.
    """
    name = named_within(path)
    if path.is_dir():
        yield _fatal(name, "it is a folder; name the files in it")
        return
    try:
        with path.open("rb") as file:
            packed = is_packed(file.read(512))
    except OSError as wrong:
        yield _fatal(name, f"it cannot be read ({wrong.strerror})")
        return
    if not packed:
        yield from _of_plain_file(path, name, definitions, profile)
        return
    with working_folder() as folder:
        for one in unpack(path, folder):
            if isinstance(one, Unpacked):
                yield from _of_plain_file(one.file, f"{name} {shown(one.member)}".strip(), definitions, profile)
            else:
                yield _fatal(name, one.sentence, one.place)


def _of_plain_file(path: Path, name: str, definitions: Definitions, profile: str) -> Iterator[IssueOfFile]:
    try:
        for place, value in read_whole(path, name):
            for at, resource in _each(value, place):
                for issue in _issues(resource, definitions, profile):
                    yield IssueOfFile(name, at, issue)
    except UnreadableInput as wrong:
        yield _fatal(name, str(wrong).removeprefix(f"{name}: "))


def _fatal(name: str, sentence: str, place: str = "") -> IssueOfFile:
    return IssueOfFile(name, place, Issue("fatal", "structure", "", sentence))


def outcome_of_files(found: Iterable[IssueOfFile]) -> dict[str, Any]:
    """An OperationOutcome whose expressions are FHIRPath, and whose diagnostics name the file and the place in it."""
    found = list(found)
    outcome = outcome_of(one.issue for one in found)
    for one, written in zip(found, outcome["issue"], strict=False):
        written["diagnostics"] = one.sentence()
    return outcome


def faults_among(found: Sequence[IssueOfFile]) -> int:
    """How many of the issues are faults; the others are warnings and information."""
    return sum(one.issue.severity in _FAULTS for one in found)


def _each(value: Any, place: str) -> Iterator[tuple[str, Any]]:
    """A resource, or each resource of a list."""
    if isinstance(value, list):
        for number, one in enumerate(value):
            yield f"{place}[{number}]", one
    else:
        yield place, value


def _issues(resource: Any, definitions: Definitions, profile: str) -> list[Issue]:
    if not isinstance(resource, dict):
        return [Issue("error", "structure", "", resource if isinstance(resource, str) else _NO_RESOURCE)]
    checked = check_whole(resource, definitions, profile)
    if checked.held:
        return checked.issues
    return [_as_fault(one) if one.code == "not-found" else one for one in checked.issues]


def _as_fault(issue: Issue) -> Issue:
    return issue._replace(severity="error", sentence=f"{issue.sentence}; name a package that holds it with --package")
