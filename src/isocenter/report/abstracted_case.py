"""Writes what a chart's pages state as a case file, each row under its citation, for a person to accept."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from isocenter.chart.abstraction import Abstraction, ChartDocument, Cited
from isocenter.chart.results.facility_periods import AttestationFound
from isocenter.errors import UnreadableInput
from isocenter.files.texts import quoted
from isocenter.files.writing import write_whole

_CitedRow = tuple[Mapping[str, object], Cited]

_LONGEST_WORDS = 160
_CONSTRAINT = ("structure", "metric", "comparison", "limit", "unit")
_RESULT = ("criteria", "value", "unit")
_GUIDANCE = (
    "guided_on",
    "method",
    "shift_mm",
    "tolerance_mm",
    "performed_by_role",
    "supervision",
    "reviewed_by_role",
    "reviewed_on",
)
_PRIOR = ("site", "ended_on", "ended_year", "dose_gy", "fractions")
_SIGNATURE = ("role", "signer", "credentials", "signed_on")
_OPENING = """\
# What the pages of the chart state, each row under the passage it was read from.
# Check each row against its page: delete what is wrong, and remove the # from a row that was read with doubt and is right.
# Rows with a # before them do not count.
"""


def write_abstracted_case(folder: Path, found: Abstraction, least: float) -> Path:
    """Write case.yaml into a folder; rows below the least sureness are commented out.

    Raises UnreadableInput when the folder holds a case.yaml already: what a person wrote is not overwritten.
    """
    file = folder / "case.yaml"
    if file.exists():
        raise UnreadableInput(f"{file}: is there already and was left as it is; name another folder")
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(file, abstracted_case(found, least))
    return file


def abstracted_case(found: Abstraction, least: float) -> str:
    """The text of the case file."""
    documents = [line for n, d in enumerate(found.documents, start=1) for line in _document(n, d, least)]
    parts = [
        _OPENING,
        *(f"# {_plain(f'{p.path}, {p.place}: {p.sentence}')}" for p in found.problems),
        *_course(found, least),
        *_list("documents", documents),
    ]
    for table, rows in _tables(found):
        parts += _list(table, _rows(rows, least))
    if found.attestations:
        parts.append("\n# An attestation needs the facility's number (billing_npi) as well:")
        parts += [
            f"# {_plain(f'{a.element} by {a.physicist}')} {_covers(a)}  {_citation(c)}" for a, c in found.attestations
        ]
    return "\n".join(parts) + "\n"


def _covers(attested: AttestationFound) -> str:
    until = f" to {attested.valid_to}" if attested.valid_to else ""
    return f"from {attested.valid_from or 'no day'}{until}"


def _tables(found: Abstraction) -> Iterator[tuple[str, list[_CitedRow]]]:
    """The tables of a case file that are single rows, in their order."""
    yield "diagnoses", [({"icd10": d.icd10, "position": n}, c) for n, (d, c) in enumerate(found.diagnoses, start=1)]
    yield "constraints", [(_columns(row, _CONSTRAINT), c) for row, c in found.constraints]
    yield (
        "verifications",
        [
            ({"plan_id": "chart", "kind": v.kind, "field": v.field, "verified_on": day} | _columns(v, _RESULT), c)
            for v, day, c in found.verifications
        ],
    )
    yield "image_guidance", [(_columns(row, _GUIDANCE), c) for row, c in found.guidance]
    yield "prior_irradiations", [(_columns(row, _PRIOR), c) for row, c in found.priors]


def _columns(row: object, names: Sequence[str]) -> dict[str, object]:
    return {name: getattr(row, name) for name in names}


def _course(found: Abstraction, least: float) -> Iterator[str]:
    ordered, cited = found.prescription, found.prescription_cited
    values: dict[str, object] = {
        "course_id": "C1",
        "member_id": "M1",
        "line_of_business": "medicare",
        "site": found.site or None,
        "laterality": found.laterality or None,
    }
    yield "\ncourses:"
    if ordered is not None and cited is not None:
        yield f"  # {_citation(cited)}"
        if cited.sureness >= least:
            values |= {"prescribed_dose_gy": ordered.dose_gy, "planned_fractions": ordered.fractions}
    yield from _row(values, "  ")


def _document(number: int, document: ChartDocument, least: float) -> Iterator[str]:
    mark = "# " if document.state == "superseded" else ""
    yield f"  # {_citation(document.cited)}" + (f" ({document.state})" if document.state else "")
    values = {
        "document_id": f"D{number}",
        "kind": document.kind,
        "document_date": document.document_date,
        "state": document.state,
    }
    yield from _row(values, f"  {mark}")
    for name, rows in (
        ("elements", [(_columns(e, ("element", "detail")), e.cited) for e in document.elements]),
        ("signatures", [(_columns(s, _SIGNATURE), s.cited) for s in document.signatures]),
    ):
        sure = any(cited.sureness >= least for _, cited in rows)
        yield f"    {mark}{name}:" + ("" if sure and not mark else " []" if not mark else "")
        yield from _rows(rows, least, f"      {mark}")


def _rows(rows: Sequence[_CitedRow], least: float, indent: str = "  ") -> Iterator[str]:
    for values, cited in rows:
        yield f"{indent}# {_citation(cited)}"
        yield from _row(values, indent if cited.sureness >= least else f"{indent}# ")


def _row(values: Mapping[str, object], indent: str) -> Iterator[str]:
    filled = [(name, value) for name, value in values.items() if value not in (None, "")]
    for at, (name, value) in enumerate(filled):
        yield f"{indent}{'- ' if at == 0 else '  '}{name}: {_value(value)}"


def _list(name: str, lines: Iterator[str] | Sequence[str]) -> list[str]:
    lines = list(lines)
    counts = any(not line.strip().startswith("#") for line in lines)
    return [f"\n{'' if counts else '# '}{name}:", *lines] if lines else []


def _value(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    return quoted(value) if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else str(value)


def _citation(cited: Cited) -> str:
    words = _plain(cited.words)
    words = words if len(words) <= _LONGEST_WORDS else words[: _LONGEST_WORDS - 3] + "..."
    return f'{_plain(cited.file)}, page {cited.page}, confidence {cited.sureness:.2f}: "{words}"'


def _plain(text: str) -> str:
    """Text without what could end a comment: line ends and other control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
