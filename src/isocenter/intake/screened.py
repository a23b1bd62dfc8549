"""Reads one course back out of a screening: its lines, those of the member's other courses, and the diagnoses."""

from pathlib import Path
from typing import Any

import duckdb

from isocenter.engines.database import connect
from isocenter.errors import UnreadableInput
from isocenter.files.texts import named_within, shown
from isocenter.intake.bulk.selecting import files_in
from isocenter.intake.case import sha256_of
from isocenter.intake.case_contents import CaseContents
from isocenter.terms.claims import ClaimDiagnosis, ClaimLine, DataWindow
from isocenter.terms.findings import ALL_WAS_READ, InputFile
from isocenter.terms.problems import Problem
from isocenter.terms.tables import LostValue

_TABLES = "*.parquet"


def read_screened_course(folder: Path, course_id: str) -> CaseContents:
    """The facts of a course of a screening; UnreadableInput when it holds no such course.

    Lines of the member's other courses come along: some rules look at all deliveries of a day.
    """
    if not (folder / "summary.json").is_file():
        raise UnreadableInput(f"{shown(folder)}: no finished screening; make one by `isocenter screen --out`")
    with connect() as connection:
        found = _rows(connection, folder / "courses", _TABLES, "course_id = ?", course_id)
        if not found:
            raise UnreadableInput(f"{shown(folder)}: no course {course_id!r}; courses/*.parquet lists them all")
        part = Path(str(found[0]["filename"])).stem
        if not (folder / "work" / "parts" / f"{part}.json").is_file():
            part = "*"  # judged in Spark: its files are not those that the claims were split into
        member = str(found[0]["member_id"])
        line_of_business = str(found[0]["line_of_business"])
        placed = _rows(connection, folder / "lines", f"{part}.parquet", "member_id = ?", member)
        judged = {_key(row) for row in placed}
        split = "part=*" if part == "*" else f"part={int(part)}"
        claims = folder / "claims"
        split_rows = _rows(connection, claims / "lines", f"{split}/{_TABLES}", "member_id = ?", member)
        rows = [row for row in map(_numbered, split_rows) if _key(row) in judged]
        names = sorted({str(row["claim_id"]) for row in rows})
        diagnosed = any((claims / "diagnoses").glob(split))
        windows = _rows(connection, claims, "windows.parquet", "billing_npi >= ?", "")
        given: list[dict[str, Any]] = []
        if diagnosed:
            given = _rows(connection, claims / "diagnoses", f"{split}/{_TABLES}", "list_contains(?, claim_id)", names)
        rejected = _rows(connection, folder, "rejects.parquet", "member_id = ?", member)
        findings = _rows(connection, folder / "findings", _TABLES, "course_id = ?", course_id)
    diagnoses = [ClaimDiagnosis(row["claim_id"], _dotted(row["icd10"]), row["position"] or 1) for row in given]
    diagnoses += [
        ClaimDiagnosis(row["claim_id"], _dotted(code), place)
        for row in rows
        for place, code in enumerate((row.get("diagnoses") or "").split(), start=1)
    ]
    lines = {row["claim_line_id"]: _line(row, line_of_business) for row in rows}
    contents = CaseContents(folder)
    contents.rows += [*lines.values(), *dict.fromkeys(diagnoses)]
    contents.rows += [DataWindow(*(row[name] for name in DataWindow._fields)) for row in windows]
    contents.problems += [Problem(row["path"], row["place"], row["reason"]) for row in reversed(rejected)]
    # What was rejected though it could be read, as a line that another takes back, leaves nothing open.
    if any(row["rule"] == ALL_WAS_READ for row in findings):
        contents.values_lost.append(LostValue("claim_lines", "", member))
    contents.supplied |= {"claim_lines", "claim_diagnoses", "data_windows"}
    file = folder / "summary.json"
    contents.inputs.append(InputFile(f"{named_within(folder)}/{file.name}", "screening", sha256_of(file), len(lines)))
    return contents


def _key(row: dict[str, Any]) -> tuple[Any, ...]:
    """What a line is recognized by: a screening judges one of those with the same name and sets the others aside."""
    return tuple(row[name] for name in ("claim_line_id", "claim_id", "service_date", "procedure_code", "units"))


def _numbered(row: dict[str, Any]) -> dict[str, Any]:
    """The row with its line's name as it was judged: one alone on its claim is the first where none has a number."""
    name = str(row["claim_line_id"])
    return row | {"claim_line_id": f"{name}1"} if name.endswith("-") and "line_number" not in row else row


def _rows(
    connection: duckdb.DuckDBPyConnection, where: Path, pattern: str, condition: str, value: object
) -> list[dict[str, Any]]:
    files = files_in(where, pattern)
    try:
        found = connection.execute(
            f"select * from read_parquet({files}, union_by_name = true, filename = true, hive_partitioning = false)"
            f" where {condition} order by all desc",  # of lines of one name the first counts, and is kept last
            [value],
        )
    except duckdb.Error:
        raise UnreadableInput(
            f"{shown(where)}: cannot be read as a table of a screening; run the screening again into its folder"
        ) from None
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _line(row: dict[str, Any], line_of_business: str) -> ClaimLine:
    kept = {name: row[name] for name in ClaimLine._fields if row.get(name) is not None}
    kept.setdefault("course_id", "")  # found again, with the other courses that a line may belong to
    kept["line_of_business"] = kept.get("line_of_business") or line_of_business
    kept.setdefault("line_number", 1)
    return ClaimLine(**kept)


def _dotted(code: str) -> str:
    text = code.upper()
    return text if "." in text or len(text) <= 3 else f"{text[:3]}.{text[3:]}"
