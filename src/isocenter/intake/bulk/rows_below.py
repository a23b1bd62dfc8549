"""What a table holds below its first rows that counts for how it is to be read."""

import glob
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from isocenter.engines.database import connect, identity, literal
from isocenter.errors import UnreadableInput
from isocenter.intake.bulk.column_names import columns_by_meaning, is_of_a_claim
from isocenter.intake.bulk.fitting import forms_of_days_shown
from isocenter.intake.bulk.line_reasons import NO_DAY, NOTHING
from isocenter.intake.bulk.persons_and_moments import TIME_OF_DAY
from isocenter.intake.bulk.proposing import columns_of_days, columns_of_few_values, columns_seldom_filled
from isocenter.intake.bulk.shapes import SAMPLE_BYTES, Kind, Shape, as_text, of_parquet, sample, shape_of

_VALUES_OF_A_COLUMN = 20_000  # that are different
_VALUES_SOUGHT = 50  # of a column, of which no first row holds any
_ROWS_OF_A_VALUE = 20
_WHOLE_CLAIMS = 1_000
_ROWS_OF_WHOLE_CLAIMS = 20_000
_LENGTH_OF_A_DAY = len("2025-02-24")  # at the most, without its time


def further_values(file: Path, shape: Shape) -> dict[str, list[str]]:
    """Every value, to a limit, of the columns by which a table is understood: the first rows may not show them all."""
    import duckdb  # noqa: PLC0415 - loaded only where a table of claims is read

    days = columns_of_days(shape.columns)
    words = [name for name in columns_of_few_values(shape.columns) if name not in days]
    found: dict[str, list[str]] = {name: [] for name in (*days, *words)}
    with connect(memory_bytes=SAMPLE_BYTES) as connection:
        for names in ([*days, *words], words):  # of days with a time there may be too many for the memory
            if not names:
                continue
            try:
                rows = connection.execute(_values_query(file, shape, names, {*days})).fetchall()
            except duckdb.Error:  # the lines that are none are named where the table is read
                continue
            for place, said in rows:
                if said.strip("-=") and said != names[place]:  # no rule, nor the header again
                    found[names[place]].append(said)
            break
    return found


def _values_query(file: Path, shape: Shape, names: Sequence[str], days: set[str]) -> str:
    texts = [f"cast({identity(name)} as varchar)" for name in names]
    texts = [
        f"case when length({text}) > {_LENGTH_OF_A_DAY} then regexp_replace({text}, {literal(TIME_OF_DAY)}, '')"
        f" else {text} end"
        if name in days
        else text
        for name, text in zip(names, texts, strict=True)
    ]
    pairs = ", ".join(f"{{place: {place}, said: {text}}}" for place, text in enumerate(texts))
    return (
        "select place, said from ("
        f"select distinct one.place, one.said from (select unnest([{pairs}]) as one from {_relation(file, shape)})"
        " where one.said <> ''"
        f") qualify row_number() over (partition by place order by said) <= {_VALUES_OF_A_COLUMN} order by all"
    )


def further_rows(
    file: Path, shape: Shape, rows: Sequence[Sequence[str]], further: Mapping[str, Sequence[str]]
) -> list[list[str]]:
    """Rows below the first `rows` with values that none of these holds, where they may say that rows do not count.

    `further` are all values of the columns of few. A row of such a value says what the value alone does not: whether
    it takes another back.
    """
    import duckdb  # noqa: PLC0415 - loaded only where a table of claims is read

    conditions = _conditions(shape, rows, further)
    if not conditions:
        return []
    texts = _cells(shape)
    cases = " ".join(f"when {condition} then {place}" for place, condition in enumerate(conditions))
    try:
        with connect(memory_bytes=SAMPLE_BYTES) as connection:
            found = connection.execute(
                f"select arg_min(cells, hash(cells), {_ROWS_OF_A_VALUE}) from (select [{texts}] as cells,"
                f" case {cases} end as sought from {_relation(file, shape)}) where sought is not null"
                " group by sought order by sought"
            ).fetchall()
    except duckdb.Error:
        return []
    return [list(cells) for (of_one,) in found for cells in of_one]


def rows_of_whole_claims(file: Path, shape: Shape) -> list[list[str]]:
    """All rows of some claims of several codes, where an amount is named as one of a claim.

    Whether it is the claim's total, on each line again, is for claims of the whole table to show.
    """
    import duckdb  # noqa: PLC0415 - loaded only where a table of claims is read

    by_meaning = columns_by_meaning(shape.columns)
    amounts = [by_meaning[name] for name in ("charge_amount", "allowed_amount") if name in by_meaning]
    if not {"claim_id", "procedure_code"} <= by_meaning.keys() or not any(all(map(is_of_a_claim, n)) for n in amounts):
        return []
    claim, code = (
        f"trim({as_text(by_meaning[name][0], is_list=by_meaning[name][0] in shape.lists)})"
        for name in ("claim_id", "procedure_code")
    )
    table = _relation(file, shape)
    try:
        with connect(memory_bytes=SAMPLE_BYTES) as connection:
            found = connection.execute(
                f"select [{_cells(shape)}] from {table} where {claim} in ("
                f"select {claim} from {table} where {code} <> '' group by 1 having min({code}) <> max({code})"
                f" order by hash(any_value({claim})) limit {_WHOLE_CLAIMS}) limit {_ROWS_OF_WHOLE_CLAIMS}"
            ).fetchall()
    except duckdb.Error:
        return []
    return [list(cells) for (cells,) in found]


def _cells(shape: Shape) -> str:
    return ", ".join(f"coalesce({as_text(name, is_list=name in shape.lists)}, '')" for name in shape.columns)


def _conditions(shape: Shape, rows: Sequence[Sequence[str]], further: Mapping[str, Sequence[str]]) -> list[str]:
    """One for each value that is sought, and for each column that the first rows leave empty."""
    places = {name: place for place, name in enumerate(shape.columns)}
    texts = {name: f"trim(coalesce({as_text(name, is_list=name in shape.lists)}, ''))" for name in shape.columns}
    conditions = []
    for name in columns_of_few_values(shape.columns):
        known = {row[places[name]].strip() for row in rows}
        sought = [said for said in dict.fromkeys(map(str.strip, further.get(name, ()))) if said and said not in known]
        if len(sought) <= _VALUES_SOUGHT:
            conditions += [f"{texts[name]} = {literal(said)}" for said in sought]
    nothing = ("", *NOTHING, *NO_DAY)
    for name in columns_seldom_filled(shape.columns):
        if all(row[places[name]].strip().lower() in nothing for row in rows):
            blank = ", ".join(map(literal, (*nothing, name.lower())))
            conditions.append(f"lower({texts[name]}) not in ({blank})")
    return conditions


def _relation(file: Path, shape: Shape) -> str:
    if shape.kind is Kind.PARQUET:
        return of_parquet(literal(glob.escape(str(file))), shape.lists)
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in shape.columns)
    return (
        f"read_csv({literal(glob.escape(str(file)))}, header = true, auto_detect = false, ignore_errors = true,"
        f" delim = {literal(shape.delimiter)}, quote = '\"', escape = '\"', skip = {shape.header_line - 1},"
        f" columns = {{{columns}}})"
    )


def days_beside(files: Iterable[Path]) -> dict[Path, frozenset[str]]:
    """For each of several tables with the same columns, the forms of days that they show together.

    What holds no table is passed over: it is named where it is read.
    """
    alike: dict[tuple[str, ...], list[tuple[Path, Shape]]] = defaultdict(list)
    for file in files:
        try:
            shape = shape_of(file, file.name)
        except (UnreadableInput, OSError):
            continue
        alike[shape.columns].append((file, shape))
    found: dict[Path, frozenset[str]] = {}
    for columns, tables in alike.items():
        if columns and len(tables) > 1:
            shown = frozenset(form for file, shape in tables for form in _forms_shown(file, shape))
            found |= dict.fromkeys((file for file, _ in tables), shown)
    return found


def _forms_shown(file: Path, shape: Shape) -> frozenset[str]:
    try:
        rows, are_all = sample(file, shape)
    except UnreadableInput:
        return frozenset()
    return forms_of_days_shown(shape.columns, rows, {} if are_all else further_values(file, shape))
