"""Writes a case folder to fill in, every field explained."""

from pathlib import Path

from isocenter.errors import UnreadableInput
from isocenter.facts.schema import Column, tables
from isocenter.files import write_whole
from isocenter.rulebook.rulebook import Rulebook
from isocenter.terms.courses import GuidanceProtocol

_IN_CASE_FILE = (
    "courses",
    "diagnoses",
    "documents",
    "constraints",
    "attestations",
    "fractions",
    "image_guidance",
    "prior_irradiations",
)
_OPENING = """\
# A case of one course of therapy. Everything here is commented out: take away the # before what the record says.
# A list that stays commented out, or has no value, was not supplied: what needs it is not assessed.
# An empty list, such as `documents: []`, says that the record was searched and holds nothing.
# Claims lie beside this file: as X12 837, or as claim_lines.csv (its header is there to fill in).
# A DICOM-RT plan (CT, structures, plan, dose, records) goes into a folder beside it, such as plan/.
# Dose that was measured or calculated anew (RTDOSE, PTW .mcc, CSV) goes into verification/.
"""


def write_new_case(folder: Path, rulebook: Rulebook) -> list[Path]:
    """Write case.yaml and the header of claim_lines.csv; UnreadableInput when something lies there already."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UnreadableInput(f"{folder}: exists and is not empty; name a new folder")
    folder.mkdir(parents=True, exist_ok=True)
    case_file, claims = folder / "case.yaml", folder / "claim_lines.csv"
    write_whole(case_file, case_template(rulebook))
    write_whole(
        claims,
        "claim_line_id,claim_id,line_number,service_date,procedure_code,modifier_1,modifier_2,units,"
        "place_of_service,setting,rendering_npi,supervising_npi,billing_npi,charge_amount\n",
    )
    return [case_file, claims]


def case_template(rulebook: Rulebook) -> str:
    """The commented case file: every table, every column, every kind of document."""
    parts = [_OPENING]
    for name in _IN_CASE_FILE:
        table = tables()[name]
        parts.append(f"\n# {table.grain}\n# {name}:")
        if name == "documents":
            parts.append(_documents(rulebook))
        else:
            columns = [column for column in table.columns if not _is_implied(name, column)]
            first, *others = [_field(column, rulebook) for column in columns]
            parts.append("\n".join([f"#   - {first}", *(f"#     {other}" for other in others)]))
        if name == "image_guidance":
            parts.append(_guidance_protocol())
    return "\n".join(parts) + "\n"


def _guidance_protocol() -> str:
    told = [column for column in tables()["image_guidance"].columns if column.name in GuidanceProtocol._fields]
    first, *others = [_field(column) for column in told]
    return "\n".join(
        [
            "\n# How set-ups are guided day after day: what treatment records of the plan do not say beside the shift.",
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
        words = tuple(row[0] for row in rulebook.tables["sites"][1])
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
