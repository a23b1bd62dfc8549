"""Writes what a chart's pages state as a case file, each row under its citation, for a person to accept."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from isocenter.chart.abstraction import Abstraction, ChartDocument, Cited
from isocenter.errors import UnreadableInput
from isocenter.files import write_whole

_LONGEST_WORDS = 160
_OPENING = """\
# What the pages of the chart state, each row under the passage it was read from.
# Hold each row against its page: delete what is wrong, and remove the # from a row that was read unsurely and is right.
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
    parts = [
        _OPENING,
        *(f"# {p.path}, {p.place}: {_plain(p.sentence)}" for p in found.problems),
        *_course(found, least),
    ]
    parts += _list(
        "documents", [line for n, d in enumerate(found.documents, start=1) for line in _document(n, d, least)]
    )
    parts += _list(
        "diagnoses",
        _rows([({"icd10": d.icd10, "position": n}, c) for n, (d, c) in enumerate(found.diagnoses, start=1)], least),
    )
    parts += _list(
        "constraints",
        _rows(
            [
                (
                    {
                        "structure": c.structure,
                        "metric": c.metric,
                        "comparison": c.comparison,
                        "limit": c.limit,
                        "unit": c.unit,
                    },
                    cited,
                )
                for c, cited in found.constraints
            ],
            least,
        ),
    )
    parts += _list(
        "verifications",
        _rows(
            [
                (
                    {
                        "plan_id": "chart",
                        "kind": v.kind,
                        "field": v.field,
                        "verified_on": day,
                        "criteria": v.criteria,
                        "value": v.value,
                        "unit": v.unit,
                    },
                    c,
                )
                for v, day, c in found.verifications
            ],
            least,
        ),
    )
    parts += _list(
        "image_guidance",
        _rows(
            [
                (
                    {
                        "guided_on": g.guided_on,
                        "method": g.method,
                        "shift_mm": g.shift_mm,
                        "tolerance_mm": g.tolerance_mm,
                        "performed_by_role": g.performed_by_role,
                        "supervision": g.supervision,
                        "reviewed_by_role": g.reviewed_by_role,
                        "reviewed_on": g.reviewed_on,
                    },
                    c,
                )
                for g, c in found.guidance
            ],
            least,
        ),
    )
    parts += _list(
        "prior_irradiations",
        _rows(
            [
                (
                    {
                        "site": p.site,
                        "ended_on": p.ended_on,
                        "ended_year": p.ended_year,
                        "dose_gy": p.dose_gy,
                        "fractions": p.fractions,
                    },
                    c,
                )
                for p, c in found.priors
            ],
            least,
        ),
    )
    if found.attestations:
        parts.append("\n# An attestation needs the facility's number (billing_npi) beside it:")
        parts += [
            f"# {element} by {who} from {day or 'no day'}  {_citation(c)}"
            for element, who, day, c in found.attestations
        ]
    return "\n".join(parts) + "\n"  # fmt: skip


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
        ("elements", [({"element": e.element, "detail": e.detail}, e.cited) for e in document.elements]),
        (
            "signatures",
            [
                (
                    {"role": s.role, "signer": s.signer, "credentials": s.credentials, "signed_on": s.signed_on},
                    s.cited,
                )
                for s in document.signatures
            ],
        ),
    ):
        sure = any(cited.sureness >= least for _, cited in rows)
        yield f"    {mark}{name}:" + ("" if sure and not mark else " []" if not mark else "")
        yield from _rows(rows, least, f"      {mark}")


def _rows(rows: Sequence[tuple[Mapping[str, object], Cited]], least: float, indent: str = "  ") -> Iterator[str]:
    for values, cited in rows:
        yield f"{indent}# {_citation(cited)}"
        yield from _row(values, indent if cited.sureness >= least else f"{indent}# ")


def _row(values: Mapping[str, object], indent: str) -> Iterator[str]:
    filled = [(name, value) for name, value in values.items() if value not in (None, "")]
    for at, (name, value) in enumerate(filled):
        yield f"{indent}{'- ' if at == 0 else '  '}{name}: {_value(value)}"


def _list(name: str, lines: Iterator[str] | Sequence[str]) -> list[str]:
    lines = list(lines)
    return (
        [f"\n{name}:", *lines]
        if any(not line.strip().startswith("#") for line in lines)
        else ([f"\n# {name}:", *lines] if lines else [])
    )


def _value(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value) if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else str(value)


def _citation(cited: Cited) -> str:
    words = _plain(cited.words)
    words = words if len(words) <= _LONGEST_WORDS else words[: _LONGEST_WORDS - 3] + "..."
    return f'{_plain(cited.file)}, page {cited.page}, sureness {cited.sureness:.2f}: "{words}"'


def _plain(text: str) -> str:
    """Text without what could end a comment: line ends and other control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
