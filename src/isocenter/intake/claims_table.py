"""Reads one table of claims in a payer's own layout: lines, diagnoses, and what could not be read."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_type_hints

from isocenter.engines.database import connect
from isocenter.engines.private_folders import working_folder
from isocenter.errors import UnreadableInput
from isocenter.intake.bulk.asking_for_versions import ends_in_tables, with_ends
from isocenter.intake.bulk.clean_csv import LINE_COLUMN, RewrittenTable, lost_line, survey, what_is_said_of_notes
from isocenter.intake.bulk.layouts import Layout
from isocenter.intake.bulk.left_out_rows import latest_versions_query, left_out_reason, versions_query
from isocenter.intake.bulk.second_headers import SecondHeader
from isocenter.intake.bulk.selecting import HELD_WHERE_EMPTIED, lacks_its_code, lines_query, unread_values
from isocenter.intake.bulk.shapes import Kind
from isocenter.intake.bulk.sources import Content, Source, UnknownLayout, look_for_sources
from isocenter.intake.bulk.stated_by_folders import StatedByAFolder
from isocenter.intake.bulk.value_expressions import raw_text
from isocenter.intake.corrections_without_codes import OfCorrection, correction_of
from isocenter.intake.csv_lines import READ_AS_WINDOWS_1252, lines_below_the_header
from isocenter.intake.csv_tables import NO_ROW, WITHOUT_CODE, rows_left_out, rows_without_code
from isocenter.intake.parquet_errors import cannot_be_read_as_parquet
from isocenter.terms.claims import ClaimDiagnosis, ClaimLine
from isocenter.terms.limits import TABLE_BYTES, TABLE_ROWS
from isocenter.terms.problems import LostLine, Problem, Sentence, clause, worded
from isocenter.terms.tables import LostValue, Supplied

_TYPES = {"str": "varchar", "int": "integer", "float": "double", "date": "date"}


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of claim lines as the query for them wants it."""

    name: str
    type: str


def _columns() -> list[_Column]:
    types = {name: str(getattr(hint, "__name__", hint)) for name, hint in get_type_hints(ClaimLine).items()}
    return [
        _Column(name, next(sql for kind, sql in _TYPES.items() if kind in types[name])) for name in ClaimLine._fields
    ]


def looks_like_claims(path: Path) -> bool:
    """Whether a table holds claims in a layout of others, one whose columns are known or can be asked about."""
    try:
        source = _source(path)
    except UnknownLayout as unknown:
        found = unknown.proposal.found
        return "procedure_code" in found and bool(found & {"claim_id", "member_id", "service_date", "units"})
    except (StatedByAFolder, SecondHeader):
        return True
    except (UnreadableInput, OSError):
        return False
    return source is not None


def is_understood(path: Path) -> bool:
    """Whether a table holds claim lines, and nothing about its columns has to be asked."""
    try:
        return _source(path) is not None
    except (UnreadableInput, OSError):
        return False


def read(
    path: Path, days_beside: frozenset[str] = frozenset()
) -> Iterator[ClaimLine | ClaimDiagnosis | Problem | LostValue | Supplied | OfCorrection]:
    """Yield the lines of the table, the diagnoses of their claims, and what could not be read.

    `days_beside` are the forms of days that tables of the same columns show.
    Raises UnreadableInput where a column that is needed is in doubt.
    """
    TABLE_BYTES.refuse_beyond(path.stat().st_size, path.name)
    try:
        source = _source(path, days_beside)
    except UnknownLayout as unknown:
        raise UnreadableInput(
            f"{path.name}: its columns do not all say what they hold ({'; '.join(unknown.proposal.doubts)});"
            " rename them as claim_lines has them, or use `isocenter screen` with --mapping"
        ) from None
    except SecondHeader as wrong:
        raise UnreadableInput(str(wrong).replace(str(path), path.name)) from None
    if source is None or source.layout is None:
        raise UnreadableInput(f"{path.name}: is not a table of claims")
    _refuse_too_many_rows(path, source.kind)
    yield Supplied("claim_lines")
    with working_folder() as folder:
        if source.kind is Kind.CSV:
            target = folder / path.name
            encoding = survey(path, source.delimiter, len(source.columns)).encoding
            if encoding == "cp1252":
                yield Problem(path.name, "", READ_AS_WINDOWS_1252)
            read_there = source.layout.read_columns
            rewritten = RewrittenTable(
                path, encoding, target, source.columns, source.delimiter, source.header_line, read_there
            )
            yield from _lines_that_are_no_rows(rewritten, source, path.name)
            source = replace(source, files=(target,), columns=rewritten.columns, delimiter=",")
        source = _with_ends(source, path.name)
        yield from [Problem(path.name, "", source.remark)] if source.remark else []
        yield from _rows(source, source.layout or Layout("", {}), path.name)


def _refuse_too_many_rows(path: Path, kind: Kind) -> None:
    if kind is Kind.CSV:
        TABLE_ROWS.refuse_beyond(lines_below_the_header(path.read_bytes()), path.name)
        return
    import pyarrow as pa  # noqa: PLC0415  # slow to load

    from isocenter.intake.parquet_rows import open_table  # noqa: PLC0415

    try:
        open_table(path)
    except (pa.ArrowException, OSError) as wrong:
        raise cannot_be_read_as_parquet(path.name, wrong) from None


def _source(path: Path, beside: frozenset[str] = frozenset()) -> Source | None:
    found = [
        source
        for source in look_for_sources([str(path)], shown_beside=beside).sources
        if source.content is Content.LINES
    ]
    return found[0] if found and found[0].layout is not None else None


def _with_ends(source: Source, name: str) -> Source:
    import duckdb  # noqa: PLC0415 - loaded only where a table of claims is read

    with connect() as connection:
        try:
            return with_ends(source, ends_in_tables(connection, [source], _columns()))
        except duckdb.Error as wrong:
            raise _cannot_be_read(source, name, wrong) from None


def _cannot_be_read(source: Source, name: str, wrong: Exception) -> UnreadableInput:
    if source.kind is Kind.PARQUET:
        return cannot_be_read_as_parquet(name, wrong)
    return UnreadableInput(f"{name}: the table cannot be read; export it once more as CSV in UTF-8")


def _lines_that_are_no_rows(rewritten: RewrittenTable, source: Source, name: str) -> Iterator[Problem]:
    for line in rewritten:
        sentence = worded("{sentence}; the line was left out", sentence=clause(line.sentence))
        yield lost_line(name, line, sentence, source.columns, source.layout or Layout("", {}))
    yield from what_is_said_of_notes(name, rewritten.notes)


def _rows(
    source: Source, layout: Layout, name: str
) -> Iterator[ClaimLine | ClaimDiagnosis | Problem | LostValue | OfCorrection]:
    place = f"concat('line ', {LINE_COLUMN})" if source.kind is Kind.CSV else "concat('row ', file_row_number + 1)"
    columns = _columns()
    import duckdb  # noqa: PLC0415 - loaded only where a table of claims is read

    odd = unread_values(layout, columns)
    also = {
        "place": place,
        "left_out": left_out_reason(layout),
        "lacks_its_code": lacks_its_code(layout),
        "written": raw_text(layout, "line_number"),
        **{f"unread_{column}": condition for column, condition in odd.items()},
    }
    with connect() as connection:
        try:
            if layout.has_versions:
                versions = latest_versions_query(versions_query(layout, source.relation))
                connection.execute(f"create temp table latest_versions as {versions}")
            found = connection.execute(lines_query(layout, source.relation, columns, also, with_kind=True))
            names = [column[0] for column in found.description or ()]
            rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
        except duckdb.Error as wrong:
            raise _cannot_be_read(source, name, wrong) from None
    if not rows:
        yield Problem(name, "", NO_ROW)
    diagnosed: dict[ClaimDiagnosis, None] = {}
    left_out: dict[str, int] = {}
    without_code = 0
    numbers: Counter[str] = Counter()  # of the lines kept of each claim
    unread: dict[str, list[str]] = {}  # places of values, by their columns
    for row in rows:
        if row["left_out"]:
            left_out[row["left_out"]] = left_out.get(row["left_out"], 0) + 1
        elif not row["procedure_code"] and not row["lacks_its_code"]:
            without_code += correction_of(row) is None
            yield from _of_correction(row, (_lost_row(name, row, WITHOUT_CODE),))
        elif row["reason"]:
            yield from _of_correction(row, ()) if row["procedure_code"] else ()
            yield _lost_row(name, row, Sentence(row["reason"], row["kind"]))
        else:
            for column in odd:
                if row[f"unread_{column}"]:
                    unread.setdefault(column, []).append(row["place"])
            yield from (
                LostValue("claim_lines", column, row["member_id"] or "", name, row["place"])
                for column in odd
                if column in HELD_WHERE_EMPTIED and row[f"unread_{column}"]
            )
            numbers[row["claim_id"]] += 1
            yield _line(row, numbers[row["claim_id"]])
            diagnosed |= dict.fromkeys(_diagnoses(row))
    yield from diagnosed
    yield from (_what_is_unread(name, column, places) for column, places in unread.items())
    for reason, lines in left_out.items():
        yield Problem(name, "", rows_left_out(lines, reason))
    if without_code:
        yield Problem(name, "", rows_without_code(without_code))


def _of_correction(row: Mapping[str, Any], said: tuple[LostLine, ...]) -> Iterator[OfCorrection]:
    if correction := correction_of(row):
        yield OfCorrection(correction, has_a_code=bool(row["procedure_code"]), said=said)


def _lost_row(name: str, row: Mapping[str, Any], why: str) -> LostLine:
    sentence = worded("{why}; the line was left out", why=clause(why))
    return LostLine(name, row["place"], sentence).of_line(row["procedure_code"], row["member_id"] or "")


def _what_is_unread(name: str, column: str, places: list[str]) -> Problem:
    """One remark on what a column holds that is not read, in however many lines."""
    if len(places) == 1:
        return Problem(
            name, places[0], worded("the value of {column} could not be read and was left empty", column=column)
        )
    sentence = worded(
        "its values could not be read and were left empty; lines: {lines}, the first is {first}",
        lines=len(places),
        first=places[0],
    )
    return Problem(name, column, sentence)


def _line(row: dict[str, Any], number: int) -> ClaimLine:
    values = {name: row[name] for name in ClaimLine._fields if row.get(name) is not None}
    values |= {"course_id": "", "line_number": row.get("line_number") or number}
    if not row["written"] and "claim_line_id" in values and str(values["claim_line_id"]).endswith("-"):
        values["claim_line_id"] = ""  # named by its place on the claim when all lines have been read
    return ClaimLine(**values)


def _diagnoses(row: dict[str, Any]) -> list[ClaimDiagnosis]:
    codes = (row.get("diagnoses") or "").upper().split()
    dotted = [code if "." in code or len(code) < 4 else f"{code[:3]}.{code[3:]}" for code in codes]
    return [
        ClaimDiagnosis(row["claim_id"], code, place, row["member_id"]) for place, code in enumerate(dotted, start=1)
    ]
