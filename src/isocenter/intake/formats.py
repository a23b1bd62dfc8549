"""Which format a file is in, recognized by its content."""

import re
from enum import StrEnum
from pathlib import Path

from isocenter.intake import csv_tables, ncci_tables, packed, x12_837
from isocenter.intake.bulk.layouts import layout_of
from isocenter.intake.comparison_record import looks_like_record
from isocenter.intake.csv_lines import encoding_of, looks_binary
from isocenter.intake.fhir.resources import looks_like_fhir
from isocenter.intake.measured_formats import looks_like_dose_table, looks_like_mcc
from isocenter.intake.rows import LISTS
from isocenter.terms.tables import FACT_TABLES

_HEAD_BYTES = 4096
_TABLES = (".csv", ".tsv")
_OF_CLAIMS = {".csv", ".tsv", ".parquet", ".837", ".x12", ".edi", ".xlsx", ".xls", ".ndjson", ".dat", ".gz"}
_FEWEST_COLUMNS = 5  # of a line of claims: claim, member, day, code, units
_PAGE = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?i:<!doctype html|<html)")  # for a browser
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"II*\x00", b"MM\x00*")


class Format(StrEnum):
    """The formats that are read, and what else lies in a case folder."""

    CASE_FILE = "case file"
    X12 = "X12 837 claims"
    FHIR = "FHIR R4"
    CSV_TABLE = "CSV table"
    PARQUET_TABLE = "Parquet table"
    CLAIMS_TABLE = "table of claims"
    PACKED = "compressed file or workbook"
    DICOM = "DICOM"
    EDITS = "correct coding edits"
    COMPARISON = "record of a computed comparison"
    MEASURED_DOSE = "measured dose"
    EMPTY = "empty file"
    CHART_PDF = "chart as PDF"
    CHART_PICTURE = "chart as picture"
    TEXT = "text that is not a fact table"
    UNKNOWN = "unknown format"


READABLE = (
    "claims as X12 837, FHIR R4 as JSON, fact tables as CSV or Parquet, case.yaml, DICOM-RT plans, charts as PDF,"
    " tables of correct coding edits; a CSV file is named after its table"
)


def format_of(path: Path) -> Format:
    """The format of a file, from its first bytes."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if not head.strip():
        return Format.EMPTY
    if head.startswith(b"PAR1"):
        return _format_of_parquet(path)
    if x12_837.looks_like_837(head):
        return Format.X12
    if looks_like_record(head):
        return Format.COMPARISON
    if looks_like_fhir(head):
        return Format.FHIR
    if _looks_like_dicom(head):
        return Format.DICOM
    if b"%PDF-" in head[:1024] or head.startswith(_PICTURES):
        return Format.CHART_PDF if b"%PDF-" in head[:1024] else Format.CHART_PICTURE
    return _format_of_text(path, head)


def format_where_readable(file: Path) -> Format | None:
    """The format of a file, None where the system does not let it be read."""
    try:
        return format_of(file)
    except OSError:
        return None


def _format_of_text(path: Path, head: bytes) -> Format:
    if ncci_tables.looks_like_edits(path):
        return Format.EDITS
    if packed.is_packed(head):
        return Format.PACKED
    if looks_binary(head) and not encoding_of(head).startswith("utf-16"):
        return Format.UNKNOWN
    if _PAGE.match(head):
        return Format.TEXT
    if _looks_like_case_file(head) or path.suffix in (".yaml", ".yml"):
        return Format.CASE_FILE
    if looks_like_mcc(head):
        return Format.MEASURED_DOSE
    header = csv_tables.header_of(path)
    if looks_like_dose_table(header):
        return Format.MEASURED_DOSE
    if _is_other_than_its_name(path, header) or _says_its_setting_otherwise(path, header):
        return Format.CLAIMS_TABLE
    if _is_a_roster_of_others(path, header):
        return Format.TEXT
    # Lines under the names of our own columns may be written as others write them: 14.02.2025, 1.200,00.
    if path.stem not in FACT_TABLES and layout_of(header) and _looks_like_claims(path):
        return Format.CLAIMS_TABLE
    if path.stem in FACT_TABLES or (len(header) > 1 and csv_tables.table_of(path, header)):
        return Format.CSV_TABLE
    may_have_titles = path.suffix.lower() in _TABLES or _has_a_row(head)
    is_claims = (len(header) > 2 or may_have_titles) and _looks_like_claims(path)
    return Format.CLAIMS_TABLE if is_claims else Format.TEXT


def is_named_as_claims(path: Path) -> bool:
    """Whether the name of a file that cannot be opened ends as those of claims and tables do."""
    return path.suffix.lower() in _OF_CLAIMS


def may_hold_rows(path: Path) -> bool:
    """Whether a file begins as Parquet or as lines with as many cells as a claim has, whatever its name ends in."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError:
        return False
    if head.startswith(b"PAR1"):
        return True
    is_wide = encoding_of(head).startswith("utf-16")
    return (is_wide or not looks_binary(head)) and _has_a_row(head.replace(b"\x00", b"") if is_wide else head)


def _has_a_row(head: bytes) -> bool:
    """Whether a line has as many cells as a line of claims needs; commas of a sentence have a blank behind them."""
    return any(len(re.split(rb"[\t|;]|,(?! )", line)) >= _FEWEST_COLUMNS for line in head.splitlines())


def _looks_like_case_file(head: bytes) -> bool:
    """Whether a file begins like YAML that names at least one fact table at its left edge."""
    names = [name.encode() for name in (*LISTS, "structure_roles")]
    return any(head.startswith(name + b":") or b"\n" + name + b":" in head for name in names)


def _looks_like_claims(path: Path) -> bool:
    from isocenter.intake.claims_table import looks_like_claims  # noqa: PLC0415 - most cases hold no such table

    return looks_like_claims(path)


def _format_of_parquet(path: Path) -> Format:
    """A fact table, or a table of claims in another layout; as text what lists something else beside them."""
    header = csv_tables.parquet_header_of(path)
    if _is_other_than_its_name(path, header) or _says_its_setting_otherwise(path, header):
        return Format.CLAIMS_TABLE
    if _is_a_roster_of_others(path, header):
        return Format.TEXT
    if path.stem in FACT_TABLES or csv_tables.table_of(path, header):
        return Format.PARQUET_TABLE
    if _looks_like_claims(path):
        return Format.CLAIMS_TABLE
    return Format.TEXT if _lists_no_services(header) else Format.PARQUET_TABLE


def _is_other_than_its_name(path: Path, header: list[str]) -> bool:
    """Whether a file named claim_lines holds claims under other columns than those of that table."""
    return path.stem == "claim_lines" and not csv_tables.fits(header, "claim_lines") and _looks_like_claims(path)


def _is_a_roster_of_others(path: Path, header: list[str]) -> bool:
    """Whether a file named members lists those of a payer: few of its columns are those of that table."""
    if path.stem != "members":
        return False
    ours = [name for name in header if name.strip().lower() in FACT_TABLES["members"]._fields]
    return 2 * len(ours) <= len(header) and _lists_no_services(header)


def _lists_no_services(header: list[str]) -> bool:
    from isocenter.intake.bulk.other_lists import what_is_listed  # noqa: PLC0415 - most cases hold no such table

    return bool(what_is_listed(header))


def _says_its_setting_otherwise(path: Path, header: list[str]) -> bool:
    """Whether lines under our own names have no column of settings, and another shows it, as the place of service."""
    if "setting" in header or csv_tables.table_of(path, header) != "claim_lines":
        return False
    from isocenter.intake.claims_table import is_understood  # noqa: PLC0415 - most cases hold no such table

    return is_understood(path)


def _looks_like_dicom(head: bytes) -> bool:
    """A Part 10 preamble, or a bare data set that begins with a group 0002 or 0008 element."""
    return head[128:132] == b"DICM" or (head[:2] in (b"\x02\x00", b"\x08\x00") and head[3:4] == b"\x00")
