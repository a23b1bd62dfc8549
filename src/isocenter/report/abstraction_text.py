"""An abstraction as text for a terminal: documents with what they state, each with its page, and what was set aside."""

from collections.abc import Iterator

from isocenter.chart.abstraction import Abstraction, Cited
from isocenter.report.words import counted, readable

_LONGEST_WORDS = 100


def abstraction_as_text(found: Abstraction) -> str:
    """Lines for a terminal: what was set aside first, then documents, numbers, and the page of each."""
    return "\n".join([*_head(found), *_documents(found), *_numbers(found)]) + "\n"


def _head(found: Abstraction) -> Iterator[str]:
    for problem in found.problems:
        yield f"! {problem.path}{', ' + problem.place if problem.place else ''}: {problem.sentence}"
    patient = found.patient
    born = f", born {patient.born}" if patient.born else ""
    who = f"{patient.name or 'a patient without a name on the pages'}{born}"
    scanned = f" ({len(found.scanned)} scanned)" if found.scanned else ""
    yield f"{who}: {counted(found.pages, 'page')}{scanned}, {counted(len(found.documents), 'document')}"
    if found.site:
        side = f", {found.laterality}" if found.laterality in ("left", "right", "bilateral") else ""
        yield f"site: {readable(found.site)}{side}"
    if not found.documents:
        yield "no document of a chart was recognized; expected are notes, prescriptions, plan reports and the like"


def _documents(found: Abstraction) -> Iterator[str]:
    for document in found.documents:
        pages = ", ".join(map(str, document.pages))
        state = f" [{document.state}]" if document.state else ""
        yield f"\n{document.kind} {document.document_date or 'undated'}{state}  ({document.file}, page {pages})"
        for element in document.elements:
            detail = f" ({element.detail})" if element.detail else ""
            yield f"  {element.element}{detail}{_where(element.cited)}"
        for signature in document.signatures:
            day = signature.signed_on or "no date"
            signer = ", ".join(filter(None, (signature.signer, signature.credentials)))
            yield f"  signed by {signer} ({signature.role}) on {day}{_where(signature.cited)}"
        if not document.signatures:
            yield "  not signed"


def _numbers(found: Abstraction) -> Iterator[str]:
    if found.prescription and found.prescription_cited:
        ordered = found.prescription
        where = _where(found.prescription_cited)
        yield f"\nprescription: {ordered.dose_gy} Gy in {ordered.fractions or '?'} fractions{where}"
        for target, cited in zip(ordered.targets, found.target_cites, strict=True):
            yield f"  {target.name}: {target.dose_gy} Gy{_where(cited)}"
    for constraint, cited in found.constraints:
        text = (
            f"{constraint.structure} {constraint.metric} {constraint.comparison} {constraint.limit:g} {constraint.unit}"
        )
        yield f"  {text}{_where(cited)}"
    for result, day, cited in found.verifications:
        name = f"{result.kind} {result.field}".strip()
        yield f"  {name} {day or ''}: {result.value:g} {result.unit} {result.criteria}{_where(cited)}"
    for set_up, cited in found.guidance:
        yield f"  set-up {set_up.guided_on} by {set_up.method}: shift {set_up.shift_mm} mm{_where(cited)}"
    for prior, cited in found.priors:
        ended = prior.ended_on or prior.ended_year or "?"
        yield f"  earlier irradiation, ended {ended}: {prior.dose_gy:g} Gy{_where(cited)}"
    for diagnosis, cited in found.diagnoses:
        yield f"  diagnosis {diagnosis.icd10}{_where(cited)}"
    for attested, cited in found.attestations:
        until = f" to {attested.valid_to}" if attested.valid_to else ""
        days = f"from {attested.valid_from or 'no date'}{until}"
        yield f"  facility: {attested.element}, by {attested.physicist}, {days}{_where(cited)}"


def _where(cited: Cited) -> str:
    words = cited.words if len(cited.words) <= _LONGEST_WORDS else cited.words[: _LONGEST_WORDS - 3] + "..."
    return f"  [page {cited.page}, {cited.sureness:.2f}] {words!r}"
