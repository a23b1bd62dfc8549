"""The abstraction as JSON: documents, numbers and pages set aside, each row with its page, box and words."""

from typing import Any

from isocenter.chart.abstraction import Abstraction, ChartDocument, Cited


def as_json_shape(found: Abstraction) -> dict[str, Any]:
    """Plain lists and dictionaries of an abstraction; days as YYYY-MM-DD, boxes in points from the top left."""
    prescription = found.prescription
    return {
        "pages": found.pages,
        "scanned_pages": [page for _, page in found.scanned],
        "foreign_pages": [page for _, page in found.foreign],
        "patient": {"name": found.patient.name, "record_number": found.patient.record_number, "born": _day(found.patient.born)},
        "site": found.site,
        "laterality": found.laterality,
        "documents": [_document(document) for document in found.documents],
        "diagnoses": [{"icd10": d.icd10, **_cited(c)} for d, c in found.diagnoses],
        "prescription": {
            "dose_gy": prescription.dose_gy,
            "fractions": prescription.fractions,
            "targets": [{"name": t.name, "dose_gy": t.dose_gy, **_cited(c)} for t, c in zip(prescription.targets, found.target_cites, strict=True)],
            **(_cited(found.prescription_cited) if found.prescription_cited else {}),
        }
        if prescription
        else {"dose_gy": None, "fractions": None, "targets": []},
        "constraints": [
            {"structure": c.structure, "metric": c.metric, "comparison": c.comparison, "limit": c.limit, "unit": c.unit, **_cited(cited)}
            for c, cited in found.constraints
        ],
        "verifications": [
            {"kind": v.kind, "field": v.field, "verified_on": _day(day), "criteria": v.criteria, "value": v.value, "unit": v.unit, **_cited(c)}
            for v, day, c in found.verifications
        ],
        "image_guidance": [
            {
                "guided_on": _day(g.guided_on), "method": g.method, "shift_mm": g.shift_mm, "tolerance_mm": g.tolerance_mm, "performed_by_role": g.performed_by_role,
                "supervision": g.supervision, "reviewed_by_role": g.reviewed_by_role, "reviewed_on": _day(g.reviewed_on), **_cited(c),
            }
            for g, c in found.guidance
        ],
        "prior_irradiations": [
            {"site": p.site, "ended_on": _day(p.ended_on), "ended_year": p.ended_year, "dose_gy": p.dose_gy, "fractions": p.fractions, **_cited(c)}
            for p, c in found.priors
        ],
        "attestations": [
            {"element": a.element, "physicist": a.physicist, "valid_from": _day(a.valid_from), "valid_to": _day(a.valid_to), **_cited(c)}
            for a, c in found.attestations
        ],
        "problems": [{"path": p.path, "place": p.place, "sentence": p.sentence} for p in found.problems],
    }  # fmt: skip


def _document(document: ChartDocument) -> dict[str, Any]:
    return {
        "kind": document.kind,
        "document_date": _day(document.document_date),
        "state": document.state,
        "title": document.title,
        "file": document.file,
        "pages": document.pages,
        "elements": [{"element": e.element, "detail": e.detail, **_cited(e.cited)} for e in document.elements],
        "signatures": [
            {
                "role": s.role,
                "signer": s.signer,
                "credentials": s.credentials,
                "signed_on": _day(s.signed_on),
                **_cited(s.cited),
            }
            for s in document.signatures
        ],
    }


def _cited(cited: Cited) -> dict[str, Any]:
    return {
        "file": cited.file,
        "page": cited.page,
        "box": [round(side, 1) for side in cited.box],
        "quote": cited.words,
        "sureness": cited.sureness,
        "read_by": cited.read_by,
    }


def _day(day: Any) -> str | None:
    return day.isoformat() if day is not None else None
