"""The chart: its documents, what they state, who signed them, the constraints they set."""

from datetime import date
from typing import NamedTuple


class Document(NamedTuple):
    """One document of the chart; procedure code or claim line where it belongs to one."""

    document_id: str
    course_id: str
    kind: str
    document_date: date | None = None
    procedure_code: str = ""
    claim_line_id: str = ""
    state: str = ""


class DocumentElement(NamedTuple):
    """One thing that a document states."""

    document_id: str
    element: str
    detail: str = ""


class Signature(NamedTuple):
    """One signature under a document."""

    document_id: str
    role: str
    signer: str = ""
    signed_on: date | None = None
    credentials: str = ""


class FileSignature(NamedTuple):
    """One signature that was made beside its document: on the files that hold the document's pages."""

    files: tuple[str, ...]  # as reports name them
    role: str
    signer: str
    signed_on: date
    source: str  # the file that states it, and where in it
    place: str


class Constraint(NamedTuple):
    """One dose limit or goal of the prescription, such as SpinalCord D0.03cc <= 45 Gy."""

    course_id: str
    structure: str
    metric: str
    comparison: str
    limit: float
    unit: str


class Attestation(NamedTuple):
    """One attestation of a facility about its planning and delivery system."""

    billing_npi: str
    element: str
    physicist: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
