"""What the files of a chart state of one patient, each row with its citation."""

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from isocenter.chart.orders.limit_parts import ConstraintFound
from isocenter.chart.orders.prescriptions import Prescription
from isocenter.chart.pages.layout import Box
from isocenter.chart.patient.identity_marks import Identity
from isocenter.chart.results.diagnoses import DiagnosisFound
from isocenter.chart.results.earlier_courses import PriorFound
from isocenter.chart.results.facility_periods import AttestationFound
from isocenter.chart.results.image_guidance import GuidanceFound
from isocenter.chart.results.result_words import VerificationFound
from isocenter.terms.problems import Problem


class Cited(NamedTuple):
    """Where a statement stands: file, page, box in points from the top left, the words, how sure."""

    file: str
    page: int
    box: Box
    words: str
    sureness: float
    read_by: str


class StatedElement(NamedTuple):
    """An element of a document with its citation."""

    element: str
    detail: str
    cited: Cited


class StatedSignature(NamedTuple):
    """A signature under a document with its citation."""

    role: str
    signer: str
    signed_on: date | None
    credentials: str
    cited: Cited


@dataclass
class ChartDocument:
    """A document of the chart as far as its pages show it."""

    kind: str
    document_date: date | None
    pages: list[int]
    file: str
    state: str
    title: str
    elements: list[StatedElement]
    signatures: list[StatedSignature]
    cited: Cited


class TumorsNamed(NamedTuple):
    """The tumors that a statement of necessity names: their categories, and words that name one."""

    file: str
    page: int
    categories: frozenset[str]
    words: str


@dataclass
class Abstraction:
    """What the files of a chart state of one patient, each row with its citation, and what could not be used."""

    patient: Identity = field(default_factory=Identity)
    pages: int = 0
    scanned: list[tuple[str, int]] = field(default_factory=list)
    foreign: list[tuple[str, int]] = field(default_factory=list)
    documents: list[ChartDocument] = field(default_factory=list)
    constraints: list[tuple[ConstraintFound, Cited]] = field(default_factory=list)
    prescription: Prescription | None = None
    prescription_cited: Cited | None = None
    target_cites: list[Cited] = field(default_factory=list)
    verifications: list[tuple[VerificationFound, date | None, Cited]] = field(default_factory=list)
    guidance: list[tuple[GuidanceFound, Cited]] = field(default_factory=list)
    priors: list[tuple[PriorFound, Cited]] = field(default_factory=list)
    diagnoses: list[tuple[DiagnosisFound, Cited]] = field(default_factory=list)
    attestations: list[tuple[AttestationFound, Cited]] = field(default_factory=list)
    tumors_named: list[TumorsNamed] = field(default_factory=list)  # by statements of necessity
    site: str = ""
    laterality: str = ""
    problems: list[Problem] = field(default_factory=list)
