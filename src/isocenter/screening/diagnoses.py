"""Diagnoses of claims as rows of the fact table: out of the lines' own columns, and out of files of diagnoses."""

from collections.abc import Sequence
from pathlib import Path

from isocenter.intake.bulk.selecting import files_in

# Codes may come without their dot.
_DOTTED = (
    "case when length(icd10) > 3 and position('.' in icd10) = 0"
    " then concat(left(icd10, 3), '.', substr(icd10, 4)) else rtrim(icd10, '.') end"
)


def diagnoses_query(claims: Path, part: str, lines: str, columns_of_lines: Sequence[str]) -> str:
    """The query for claim_diagnoses of a part of split claims, or of all (`*`); '' where none is stated.

    `lines` is the relation of the part's lines; its column `diagnoses` holds codes with spaces between them.
    """
    queries = []
    if "diagnoses" in columns_of_lines:
        queries.append(
            f"select claim_id, {_DOTTED} as icd10, position, '' as member_id from ("
            "select claim_id, upper(unnest(codes)) as icd10, generate_subscripts(codes, 1) as position from ("
            f"select distinct claim_id, string_split(diagnoses, ' ') as codes from {lines} where diagnoses <> ''))"
            " where left(icd10, 1) not between '0' and '9'"
        )
    if any((claims / "diagnoses").glob(f"part={part}")):
        files = files_in(claims / "diagnoses", f"part={part}/*.parquet")
        queries.append(
            f"select claim_id, {_DOTTED} as icd10, coalesce(position, 1) as position, '' as member_id"
            f" from read_parquet({files}, hive_partitioning = false)"
        )
    return " union all ".join(queries)
