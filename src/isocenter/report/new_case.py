"""Writes a case folder to fill in, every field explained."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from isocenter.errors import UnreadableInput
from isocenter.facts.schema import Column, tables
from isocenter.files.texts import cell_of_text, quoted
from isocenter.files.writing import write_whole
from isocenter.rulebook.rulebook import Rulebook
from isocenter.terms.claims import ClaimLine, Diagnosis
from isocenter.terms.courses import Course, GuidanceProtocol
from isocenter.terms.problems import LostLine

_IN_CASE_FILE = (
    "courses",
    "diagnoses",
    "documents",
    "constraints",
    "attestations",
    "fractions",
    "image_guidance",
    "verifications",
    "prior_irradiations",
)
_OPENING = """\
# A case of one course of therapy. Everything here is commented out: take away the # before what the record says.
# A list that stays commented out, or has no value, was not supplied: what needs it is not assessed.
# An empty list, such as `documents: []`, says that the record was searched and holds nothing.
# Claims lie beside this file: as X12 837, or as claim_lines.csv (its header is there to fill in).
# A DICOM-RT plan (CT, structures, plan, dose, records) goes into a folder beside it, such as plan/.
# Dose that was measured or calculated again (RTDOSE, PTW .mcc, CSV) goes into verification/.
"""


_HEADER = (
    "claim_line_id", "claim_id", "line_number", "service_date", "procedure_code", "modifier_1", "modifier_2", "units",
    "place_of_service", "setting", "rendering_npi", "supervising_npi", "billing_npi", "charge_amount",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Billed:
    """What claims say of a course already."""

    course: Course
    diagnoses: Sequence[Diagnosis]
    lines: Sequence[ClaimLine]
    lost: Sequence[LostLine] = ()  # lines that were given and could not be read


def write_new_case(folder: Path, rulebook: Rulebook, billed: Billed | None = None) -> list[Path]:
    """Write case.yaml and claim_lines.csv, with what is billed; UnreadableInput when something lies there already."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UnreadableInput(f"{folder}: exists and is not empty; name a new folder")
    folder.mkdir(parents=True, exist_ok=True)
    case_file, claims = folder / "case.yaml", folder / "claim_lines.csv"
    write_whole(case_file, case_template(rulebook, billed))
    write_whole(claims, _lines_as_csv(billed.lines if billed else (), billed.lost if billed else ()))
    return [case_file, claims]


def _lines_as_csv(lines: Sequence[ClaimLine], lost: Sequence[LostLine] = ()) -> str:
    """Claim lines with the columns that any of them fills.

    A line that could not be read is a row to fill in, with its place: as long as it is not, it holds the case.
    """
    filled = {name for line in lines for name, value in line._asdict().items() if value not in ("", None)}
    names = [name for name in ClaimLine._fields if name in filled - {"course_id"}] if lines else list(_HEADER)
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    for line in lines:
        values = [getattr(line, name) for name in names]
        writer.writerow([cell_of_text(value) if isinstance(value, str) else value for value in values])
    for one in lost:
        place = ", ".join(part for part in (one.path, one.place) if part)
        known = {"claim_line_id": place, "procedure_code": one.procedure_code, "member_id": one.member_id}
        writer.writerow([cell_of_text(known.get(name, "")) for name in names])
    return text.getvalue()


def case_template(rulebook: Rulebook, billed: Billed | None = None) -> str:
    """The commented case file: every table, every column, every kind of document."""
    parts = [_OPENING]
    for name in _IN_CASE_FILE:
        table = tables()[name]
        stated = _billed_rows(name, billed)
        parts.append(f"\n# {table.grain}\n{'' if stated else '# '}{name}:")
        if name == "documents":
            parts.append(_documents(rulebook))
        else:
            columns = [column for column in table.columns if not _is_implied(name, column)]
            first, *others = [_field(column, rulebook) for column in columns]
            parts += stated
            parts.append("\n".join([f"#   - {first}", *(f"#     {other}" for other in others)]))
        if name == "image_guidance":
            parts.append(_guidance_protocol())
    return "\n".join(parts) + "\n"


def _billed_rows(table: str, billed: Billed | None) -> list[str]:
    """Rows that the claims state, as the case file holds them."""
    if billed is None:
        return []
    rows: dict[str, Sequence[Course | Diagnosis]] = {"courses": [billed.course], "diagnoses": billed.diagnoses}
    stated = []
    for row in rows.get(table, ()):
        filled = [
            f"{name}: {quoted(str(value))}"
            for name, value in row._asdict().items()
            if value not in ("", None) and not (table == "diagnoses" and name == "course_id")
        ]
        stated.append("\n".join([f"  - {filled[0]}", *(f"    {entry}" for entry in filled[1:])]))
    return stated


def _guidance_protocol() -> str:
    stated = [column for column in tables()["image_guidance"].columns if column.name in GuidanceProtocol._fields]
    first, *others = [_field(column) for column in stated]
    return "\n".join(
        [
            "\n# The daily image guidance: what the treatment records do not state besides the shift.",
            "# guidance_protocol:",
            f"#   - {first}",
            *(f"#     {other}" for other in others),
        ]
    )


def _is_implied(table: str, column: Column) -> bool:
    return table != "courses" and column.name in ("course_id", "member_id")


def _field(column: Column, rulebook: Rulebook | None = None) -> str:
    words = column.allowed
    if column.name == "site" and rulebook and "sites" in rulebook.tables and "site list" in column.meaning:
        header, rows = rulebook.tables["sites"]
        words = tuple(row[header.index("site")] for row in rows)
    allowed = f"; one of {', '.join(words)}" if words else ""
    return f"{column.name}: {_EXAMPLES.get(column.type, '')}  # {column.meaning}{allowed}"


_EXAMPLES = {"varchar": '""', "date": "2025-01-31", "integer": "1", "double": "1.0", "boolean": "true"}


def _documents(rulebook: Rulebook) -> str:
    by_kind: dict[str, list[str]] = {}
    for entry in rulebook.documents:
        line = f"#         - {entry.element}  # {entry.label} ({entry.requirement})"
        by_kind.setdefault(entry.kind, []).append(line)
    lines = []
    for number, (kind, elements) in enumerate(by_kind.items(), start=1):
        lines += [
            f"#   - document_id: D{number}",
            f"#     kind: {kind}",
            "#     document_date: 2025-01-31",
            "#     elements:  # keep those that the document states; {element: name, detail: what exactly} says more",
            *elements,
            "#     signatures:",
            "#       - {role: radiation_oncologist, signer: Name, signed_on: 2025-01-31}",
        ]
    return "\n".join(lines)
