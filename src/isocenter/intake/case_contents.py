"""What was found in a case: the rows of its tables, the files for the rooms that read them, and what was lost."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isocenter.files.texts import shown
from isocenter.files.unchanged import States
from isocenter.intake import x12_837
from isocenter.intake.corrections_without_codes import OfCorrection
from isocenter.intake.fhir.resources import Found
from isocenter.intake.formats import is_named_as_claims
from isocenter.terms.chart import FileSignature
from isocenter.terms.courses import GuidanceProtocol
from isocenter.terms.findings import InputFile
from isocenter.terms.plans import AcceptedDifference, StatedVerification
from isocenter.terms.problems import LostLine, Problem, Sentence, Unread, clause, worded
from isocenter.terms.review import Picture
from isocenter.terms.tables import FactRow, LostValue

if TYPE_CHECKING:
    from isocenter.intake.fhir.documents import Attached


@dataclass
class CaseContents:
    """What was found in a case: rows by table, files for the rooms that read them, problems, hashes."""

    path: Path
    rows: list[FactRow] = field(default_factory=list)
    supplied: set[str] = field(default_factory=set)
    structure_roles: dict[str, str] = field(default_factory=dict)
    dicom_files: list[Path] = field(default_factory=list)
    verifying_files: list[Path] = field(default_factory=list)
    stated_verifications: list[StatedVerification] = field(default_factory=list)
    guidance_protocol: GuidanceProtocol | None = None
    accepted_differences: list[AcceptedDifference] = field(default_factory=list)
    reviewed_plans: list[str] = field(default_factory=list)
    edit_files: list[Path] = field(default_factory=list)
    fhir_resources: list[Found] = field(default_factory=list)
    chart_files: list[Path] = field(default_factory=list)
    attached: "list[Attached]" = field(default_factory=list)  # documents that came within FHIR resources
    file_signatures: list[FileSignature] = field(default_factory=list)  # on these documents, made beside them
    attached_names: dict[Path, str] = field(default_factory=dict)  # while they lie in files
    charts_read: dict[Any, Any] | None = None  # what pages stated, where the same files are reviewed again
    compared_pictures: list[Picture] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    values_lost: list[LostValue] = field(default_factory=list)
    of_corrections: list[tuple[str, OfCorrection]] = field(default_factory=list)  # each with its file
    lines_lost: int = 0  # service lines that were given and not kept
    claim_files_unread: list[str] = field(default_factory=list)  # of claims, or that may hold some; whole or in part
    lines_refused: int = 0  # of the rows, lines whose codes or values no table can hold
    names_of_x12: dict[str, str] = field(default_factory=dict)  # by path, as the reports show them
    places_of_x12: set[int] = field(default_factory=set)  # among the rows: those of 837 files
    tables_of_claims: list[set[int]] = field(default_factory=list)  # among the rows: those of each table of claims
    versions_are_open: bool = False  # whether a table of claims was read without asking which versions it holds
    days_beside: dict[Path, frozenset[str]] = field(default_factory=dict)  # forms that tables of one shape show
    claim_keys: x12_837.ClaimKeys = field(default_factory=x12_837.ClaimKeys)
    inputs: list[InputFile] = field(default_factory=list)
    states: States | None = None  # of the files, when the reading of them began

    def expect_unchanged(self) -> None:
        """UnreadableInput where a file of the case was changed since the reading of it began."""
        if self.states is not None:
            self.states.expect_the_same()


def shown_in(contents: CaseContents, file: Path) -> str:
    """The name of a file as the reports show it: its path within the case, or what it came in."""
    if file in contents.attached_names:
        return contents.attached_names[file]
    return shown(file.relative_to(contents.path)) if contents.path.is_dir() else shown(file.name)


def lose_claims(contents: CaseContents, name: str, sentence: str, lines: int = 0) -> None:
    """Name a file of claims that cannot be read, or not to the end."""
    contents.claim_files_unread.append(name)
    contents.lines_lost += max(lines, 1)  # at least: how many more the file holds is not known
    contents.problems.append(LostLine(name, "", worded("{sentence}; the file was left out", sentence=clause(sentence))))


def name_refused(contents: CaseContents, file: Path, name: str, why: Sentence) -> None:
    """Name a file that the system does not let be read; one named as claims are may hold some."""
    if is_named_as_claims(file):
        lose_claims(contents, name, why)
    else:
        contents.problems.append(Unread(name, "", worded("{why}; the file was left out", why=clause(why))))
