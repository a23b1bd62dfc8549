"""Fact tables as CSV or Parquet files: recognized by their name, or by a header that fits one table only."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from isocenter.errors import UnreadableInput
from isocenter.files.texts import text_of_cell
from isocenter.intake.bulk.diagnosis_tables import OURS, WideDiagnoses, as_our_diagnoses, how_taken, wide_diagnoses
from isocenter.intake.bulk.value_forms import OF_NO_SERVICE
from isocenter.intake.claim_values import (
    NO_FORMS,
    WrittenForms,
    as_columns_show,
    as_meant,
    bills_no_procedure,
    names_no_service,
    written_forms,
)
from isocenter.intake.corrections_without_codes import OfCorrection, correction_of
from isocenter.intake.csv_lines import (
    Record,
    decode,
    delimiter_of,
    header_cells,
    is_open,
    lines_below_the_header,
    lines_of,
    records,
)
from isocenter.intake.parquet_errors import cannot_be_read_as_parquet, records_in_columns
from isocenter.intake.rows import IMPLIED, WrongValue, row_lost, row_without_wrong_fields, values_lost
from isocenter.terms.claims import ClaimLine
from isocenter.terms.limits import COLUMNS, TABLE_BYTES, TABLE_ROWS
from isocenter.terms.problems import LostLine, Problem, clause, columns_named, named_twice, worded
from isocenter.terms.revenue import may_be_radiation, unnamed_radiation
from isocenter.terms.tables import FACT_TABLES, FactRow, LostValue, Supplied
from isocenter.terms.values import WITHOUT_UNSEEN, bare, why_not_a_name, without_unseen

_HEAD_BYTES = 1 << 17
_OWNERS = ("claim_id", "member_id")  # what a line is of
NO_SETTING = "setting is empty, so the questions that depend on it are open; expected professional or institutional"
WITHOUT_CODE = "procedure_code is missing"
NO_ROW = "no row follows the names of the columns; export it again if there should be any"


def rows_left_out(lines: int, reason: str) -> str:
    """The sentence that so many rows are no lines to judge, and why."""
    return worded(
        "rows that are not lines to judge and were left out: {lines}, where {reason}",
        lines=lines,
        reason=clause(reason),
    )


def rows_without_code(lines: int) -> str:
    """The sentence that so many rows of a hospital bill no procedure."""
    return worded("rows without a procedure code, which are not kept: {lines}", lines=lines)


def table_of(path: Path, header: list[str]) -> str | None:
    """The fact table that a file holds: by its name, unless its columns are those of another table alone."""
    fitting = [table for table in FACT_TABLES if fits(header, table)]
    if path.stem in FACT_TABLES and (path.stem in fitting or len(fitting) != 1):
        return path.stem
    return fitting[0] if len(fitting) == 1 else None


def fits(header: list[str], table: str) -> bool:
    """Whether all names of a header are columns of a table, and none that is needed lacks."""
    kind, names = FACT_TABLES[table], {name.strip() for name in header}
    return names <= set(kind._fields) and set(kind._fields) - set(kind._field_defaults) - set(IMPLIED) <= names


def parquet_header_of(path: Path) -> list[str]:
    """The names of the columns of a Parquet file; [] where it cannot be read."""
    import pyarrow as pa  # noqa: PLC0415  # slow to load
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        return _as_our_table(list(pq.read_schema(path).names))
    except (pa.ArrowException, OSError, UnicodeError):
        return []


def header_of(path: Path) -> list[str]:
    """The first line of a text file as the cells of a table; [] when there is none."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    end = head.rfind(b"\n") + 1
    line = next(lines_of(decode(head[:end] or head)[0]), "")
    return _as_our_table(header_cells(line, delimiter_of(line)))


def _as_our_table(given: list[str]) -> list[str]:
    """The names of columns as those of the fact table that is read from them."""
    return list(OURS) if wide_diagnoses(given) else as_our_diagnoses(given)


Item = FactRow | Supplied | LostValue | Problem | OfCorrection


def read(path: Path, days_beside: Collection[str] = ()) -> Iterator[Item]:
    """Rows of the table; a line with a mistake becomes a problem and the others are kept.

    `days_beside` are the forms of days that tables of the same columns show.

    Raises UnreadableInput when the file fits no table, or its header cannot be what it should be.
    """
    TABLE_BYTES.refuse_beyond(path.stat().st_size, path.name)
    data = path.read_bytes()
    TABLE_ROWS.refuse_beyond(lines_below_the_header(data), path.name)
    text, remark = decode(data)
    if remark:
        yield Problem(path.name, "", remark)
    lines = lines_of(text)
    line = next(lines, "")
    if is_open(line):
        raise UnreadableInput(f"{path.name}: line 1: a quotation mark is opened and not closed; correct the header")
    delimiter = delimiter_of(line)
    given = header_cells(line, delimiter)
    wide = wide_diagnoses(given)
    header = given if wide else as_our_diagnoses(given)
    table = _expected_table(path, list(OURS) if wide else header)
    yield Supplied(table)
    if taken := wide.sentence if wide else how_taken(given, header):
        yield Problem(path.name, "", taken)
    forms = NO_FORMS
    if table == "claim_lines":
        rows = records(islice(lines_of(text), 1, None), delimiter, len(header))
        forms = written_forms(
            (dict(zip(header, map(text_of_cell, row.cells), strict=False)) for row in rows if isinstance(row, Record)),
            days_beside,
        )
    is_empty = True
    passed_over = _PassedOver()
    for found in records(lines, delimiter, len(header)):
        place = f"line {found.line}"
        if isinstance(found, Record) and not any(map(bare, found.cells)):
            continue  # a row of separators alone, as spreadsheets leave them at the end
        is_empty = False
        if isinstance(found, Record):
            cells = [bare(text_of_cell(cell)) for cell in found.cells]
            if cells[0] in given and cells != given and sorted(cells) == sorted(given):
                raise UnreadableInput(
                    f"{path.name}: {place} names the columns once more, in another order; make a table of its own of"
                    " what follows"
                )
            if passed_over.takes(table, header, cells, forms):
                yield from passed_over.of_correction(path, header, cells, place)
                continue
            for names, values in _rows_of_ours(header, cells, wide):
                row = dict(zip(names, values, strict=False))
                yield from passed_over.noting(_row(path, table, names, values, place, forms), row, place)
        else:
            yield from _lost(path, table, place, dict.fromkeys(header, ""), found.sentence)
    if is_empty:
        yield Problem(path.name, "", NO_ROW)
    yield from passed_over.what_is_said(path)


def read_parquet(path: Path, days_beside: Collection[str] = ()) -> Iterator[Item]:
    """Rows of a Parquet file, under the same rules as CSV."""
    import pyarrow as pa  # noqa: PLC0415  # not needed for most cases, and slow to load

    from isocenter.intake.parquet_rows import columns_of_records, open_table, rows_of  # noqa: PLC0415

    try:
        file = open_table(path)
        given = file.schema_arrow.names
        wide = wide_diagnoses(given)
        names = given if wide else as_our_diagnoses(given)
        table = _expected_table(path, list(OURS) if wide else names)
        if records := columns_of_records(file.schema_arrow):
            raise records_in_columns(path.name, records)
        yield Supplied(table)
        if taken := wide.sentence if wide else how_taken(given, names):
            yield Problem(path.name, "", taken)
        if not file.metadata.num_rows:
            yield Problem(path.name, "", NO_ROW)
        forms = NO_FORMS
        if table == "claim_lines":
            forms = written_forms((dict(zip(names, row, strict=True)) for row in rows_of(file, path.name)), days_beside)
        passed_over = _PassedOver()
        for number, values in enumerate(rows_of(file, path.name), start=1):
            cells = [bare(value) if isinstance(value, str) else value for value in values]
            place = f"row {number}"
            if passed_over.takes(table, names, cells, forms):
                yield from passed_over.of_correction(path, names, cells, place)
                continue
            for ours, of_row in _rows_of_ours(names, cells, wide):
                row = dict(zip(ours, of_row, strict=False))
                yield from passed_over.noting(_row(path, table, ours, of_row, place, forms), row, place)
        yield from passed_over.what_is_said(path)
    except (pa.ArrowException, OSError, UnicodeError) as wrong:
        raise cannot_be_read_as_parquet(path.name, wrong) from None


class _PassedOver:
    """Counts the rows of claim lines that are none: totals, and what a hospital bills by revenue codes alone.

    Lines that state no claim or no member wait for the end of the table: where other lines state one, what such a line
    is of is not known.
    """

    def __init__(self) -> None:
        self._totals = self._without_code = 0
        self._waiting: list[tuple[ClaimLine, dict[str, object], str]] = []
        self._stated: set[str] = set()

    def takes(self, table: str, names: list[str], cells: list[Any], forms: WrittenForms) -> bool:
        """Whether a row is no line, which is counted where it is of no correction."""
        if table != "claim_lines" or len(names) != len(cells):
            return False
        given = dict(zip(names, cells, strict=True))
        if names_no_service(given):
            self._totals += 1
            return True
        if not bills_no_procedure(given, forms):
            return False
        self._without_code += correction_of(as_meant(given)) is None
        return True

    def of_correction(self, path: Path, names: list[str], cells: list[Any], place: str) -> Iterator[OfCorrection]:
        """What a row that was passed over is of, where that is a claim that corrects another."""
        given = dict(zip(names, cells, strict=True))
        correction = None if names_no_service(given) else correction_of(as_meant(given))
        if correction:
            lost = _lost(path, "claim_lines", place, given, WITHOUT_CODE)
            yield OfCorrection(correction, has_a_code=False, said=tuple(lost))

    def noting(
        self, items: Iterator[FactRow | LostValue | Problem], given: dict[str, object], place: str
    ) -> Iterator[Item]:
        """The items of a row but lines that wait, and whether it is lost of a claim that corrects another."""
        for item in items:
            if isinstance(item, LostLine) and item.procedure_code and (correction := correction_of(as_meant(given))):
                yield OfCorrection(correction, has_a_code=True)
            if isinstance(item, ClaimLine):
                self._stated.update(name for name in _OWNERS if getattr(item, name))
                if any(name in given and not getattr(item, name) for name in _OWNERS):
                    self._waiting.append((item, given, place))
                    continue
            yield item

    def what_is_said(self, path: Path) -> Iterator[FactRow | Problem | LostValue]:
        """The lines that waited, lost where others state what they lack, and a sentence on each kind of other row."""
        for line, given, place in self._waiting:
            missing = [name for name in _OWNERS if name in given and not getattr(line, name) and name in self._stated]
            if missing:
                yield from _lost(path, "claim_lines", place, given, f"{missing[0]} is missing")
            else:
                yield line
        if self._totals:
            yield Problem(path.name, "", rows_left_out(self._totals, OF_NO_SERVICE))
        if self._without_code:
            yield Problem(path.name, "", rows_without_code(self._without_code))


def _rows_of_ours(
    names: list[str], cells: list[Any], wide: WideDiagnoses | None
) -> Iterator[tuple[list[str], list[Any]]]:
    """A row as it is, or of a table of wide diagnoses a row for each, with the names of the columns."""
    if wide is None or len(cells) != len(names):
        yield names, cells
        return
    for row in wide.rows(names, cells):
        yield list(OURS), row


def _row(
    path: Path, table: str, names: list[str], cells: list[Any], place: str, forms: WrittenForms
) -> Iterator[FactRow | LostValue | Problem]:
    if len(cells) != len(names):
        sentence = worded("{many} cells where the header has {many_2}", many=len(cells), many_2=len(names))
        yield from _lost(path, table, place, dict.fromkeys(names, ""), sentence)
        return
    unseen = [name for name, cell in zip(names, cells, strict=True) if isinstance(cell, str) and why_not_a_name(cell)]
    if table == "claim_lines" and unseen:
        sentence = worded("{name} cannot be kept; expected {expected}", name=unseen[0], expected=clause(WITHOUT_UNSEEN))
        yield from _lost(path, table, place, dict(zip(names, cells, strict=True)), sentence)
        return
    try:
        row, left_out = row_without_wrong_fields(table, as_columns_show(dict(zip(names, cells, strict=True)), forms))
    except WrongValue as wrong_value:
        given = {name: cell for name, cell in zip(names, cells, strict=True) if cell not in (None, "")}
        yield from _lost(path, table, place, given, wrong_value.sentence)
        return
    if isinstance(row, ClaimLine) and not row.procedure_code and may_be_radiation(row.revenue_code, row.bill_type):
        given = {name: value for name, value in row._asdict().items() if value not in (None, "")}
        yield from _lost(path, table, place, given, unnamed_radiation(row.revenue_code))
        return
    yield from (
        Problem(path.name, place, worded("{sentence}; the field was left out", sentence=clause(wrong.sentence)))
        for wrong in left_out
    )
    yield from values_lost(table, [wrong.column for wrong in left_out], row, place)
    if isinstance(row, ClaimLine) and not row.setting and "setting" in names:
        yield Problem(path.name, place, NO_SETTING)
        yield LostValue(table, "setting", row.member_id, place=place)
    yield row  # type: ignore[misc]


def _lost(
    path: Path, table: str, place: str, given: Mapping[str, object], sentence: str
) -> Iterator[Problem | LostValue]:
    problem = Problem(path.name, place, worded("{why}; the line was left out", why=clause(sentence)))
    if table == "claim_lines":
        code, member = (str(given.get(name) or "").strip() for name in ("procedure_code", "member_id"))
        yield LostLine(*problem).of_line(without_unseen(code).upper(), without_unseen(member))
    else:
        yield problem
    yield from row_lost(table, given, place)


def _expected_table(path: Path, header: list[str]) -> str:
    COLUMNS.refuse_beyond(len(header), path.name)
    table = table_of(path, header)
    if table is None:
        known = ", ".join(FACT_TABLES)
        raise UnreadableInput(f"{path.name}: fits no table; name the file after one of {known}")
    kind = FACT_TABLES[table]
    names = [name.strip() for name in header]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise UnreadableInput(f"{path.name}: {named_twice([name[:60] for name in twice])}")
    needed = [name for name in kind._fields if name not in kind._field_defaults and name not in IMPLIED]
    missing = [name for name in needed if name not in names]
    if missing:
        raise UnreadableInput(f"{path.name}: {table} lacks the {columns_named(missing)}")
    unknown = [name for name in names if name not in kind._fields]
    if "" in unknown:
        raise UnreadableInput(f"{path.name}: {table} has a column without a name; name it, or take it out")
    if unknown:
        known = ", ".join(kind._fields)
        raise UnreadableInput(
            f"{path.name}: {table} has no {columns_named([name[:60] for name in unknown])}; known are {known}"
        )
    return table
