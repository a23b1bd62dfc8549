"""Loads the lines of a part, once: texts that recur become numbers of enumerated types, made for the part."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from isocenter.engines.database import literal
from isocenter.facts.schema import tables
from isocenter.facts.store import FactStore
from isocenter.intake.bulk.selecting import files_in, numbered_line_sql
from isocenter.screening.partition import read_texts
from isocenter.terms.claims import ClaimLine

# Columns that are loaded whether a rule reads them or not.
ALSO_LOADED = (
    "line_number", "line_of_business", "claim_frequency", "original_claim_id", "charge_amount", "allowed_amount",
    "last_service_date", "setting", "billing_npi", "patient_account_number", "payer_claim_number", "submitter_id",
    "written_at",
    "diagnosis_pointer_1", "diagnosis_pointer_2", "diagnosis_pointer_3", "diagnosis_pointer_4",
)  # fmt: skip
TEXTS = "main.texts_of_"  # begins the name of an enumerated type, which ends with the column's
# Texts that recur from line to line.
_RECURRING = frozenset(ClaimLine._fields) - {
    "claim_line_id", "claim_id", "original_claim_id", "course_id", "patient_account_number", "payer_claim_number",
}  # fmt: skip
_MOST_TEXTS_LOOKED_UP = 100  # of a column of lines: they are gone through one by one, and a join takes less for more
_NO_LINES = "main.no_lines"  # empty: where no line of any claim is kept, this is the only part


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is loaded of the lines of a part, and what their columns may hold beside what the lines say."""

    columns: Collection[str]  # that are read
    codes: Sequence[str]  # of procedures and of other things, that the policies name
    line_of_business: str  # for lines that do not state it; '' where none is known


def load_lines(store: FactStore, folder: Path, number: int, wanted: Wanted) -> dict[str, str]:
    """Read the part's lines, once, into the table main.part; in their courses they are kept later.

    Returns the columns that the claims lack, each with its value: to store them would cost as much as others do.
    """
    query, absent, texts = _lines_query(store, folder, number, wanted)
    connection = store.connection
    # Lines stay as they come: joined with are the tables of texts, also where they are longer than the part.
    (before,) = connection.execute("select current_setting('disabled_optimizers')").fetchall()[0]
    connection.execute(f"set disabled_optimizers = '{before},join_order,build_side_probe_side'")
    connection.execute(f"create table main.part as {query}")
    connection.execute(f"set disabled_optimizers = '{before}'")
    for table in texts:
        connection.execute(f"drop table {table}")
    return absent


def enumerate_texts(store: FactStore, column: str, texts: str, also: Collection[str] = ()) -> str:
    """Make the type of all texts of a column, '' among them, in their order; returns its name.

    `texts` is a query for them, '' where none is needed beside those that are `also` known.
    """
    found = f"{texts} union " if texts else ""
    store.connection.execute(
        f"create or replace type {TEXTS}{column} as enum ({found}select unnest(?) order by 1)", [sorted({"", *also})]
    )
    return f"{TEXTS}{column}"


class _Query(NamedTuple):
    text: str
    absent: dict[str, str]  # columns that the lines lack, each with the value of all
    texts: tuple[str, ...]  # tables that it reads beside the lines


def _lines_query(store: FactStore, folder: Path, number: int, wanted: Wanted) -> _Query:
    """The query for the part's lines with every column that is read.

    Texts that recur are of enumerated types made for the part: joined and grouped as numbers, read as texts.
    """
    relation = _NO_LINES
    if (folder / "lines" / f"part={number}").is_dir():
        files = files_in(folder / "lines" / f"part={number}")
        relation = f"read_parquet({files}, union_by_name = true, hive_partitioning = false)"
    present = {row[0] for row in store.connection.execute(f"describe select * from {relation}").fetchall()}
    read = {*wanted.columns, *ALSO_LOADED, *({"patient"} & present)}
    known = read_texts(folder)
    selected, joined, absent = [], {}, {}
    for column in tables()["claim_lines"].columns:
        name, is_present = column.name, column.name in present
        if name not in read:
            continue
        value = name if is_present else f"cast(null as {column.type})"
        if name == "claim_line_id":
            has_number = "line_number is not null" if "line_number" in present else "false"
            value = f"case when {has_number} then {value} else {numbered_line_sql(value)} end"
        filling = wanted.line_of_business if name == "line_of_business" else ""
        if filling:
            value = f"coalesce(nullif({value}, ''), {literal(filling)})"
        if name == "line_number":
            value = f"coalesce({value}, 1)"
        elif column.type == "varchar":
            value = f"coalesce({value}, '')"
        if name in _RECURRING and column.type == "varchar":
            also = [*(wanted.codes if name == "procedure_code" else ()), *([filling] if filling else ())]
            few = known.get(name)
            # Distinct ones first, as the file has them: each text of its dictionary is looked at once, not every line.
            given = f"select {value} from (select distinct {name} from {relation})"
            texts = given if is_present and few is None else ""
            type_name = enumerate_texts(store, name, texts, [*also, *(few or ())])
            value = f"cast({value} as {type_name})"
            if is_present:
                value, joined[name] = _without_a_cast(store, name, few, value, type_name, is_filled=bool(filling))
        if is_present:
            selected.append(f"{value} as {name}")
        else:
            absent[name] = value
    if "diagnoses" in present:
        selected.append("diagnoses")
    joins = "".join(f" left join {table} on {column} = text_of_{column}" for column, table in joined.items() if table)
    return _Query(f"select {', '.join(selected)} from {relation}{joins}", absent, tuple(filter(None, joined.values())))


def _without_a_cast(
    store: FactStore, column: str, known: Sequence[str] | None, value: str, type_name: str, *, is_filled: bool
) -> tuple[str, str]:
    """A column as its enumerated type, where the `value` casts it, and the table that is joined with for that or ''.

    Of one that `is_filled`, '' becomes another text.
    """
    texts = [*([] if is_filled else [""]), *(known or ())]
    if known is not None and 0 < len(texts) <= _MOST_TEXTS_LOOKED_UP:
        return _looked_up(column, texts, value, type_name), ""
    if is_filled:
        return value, ""
    return f"coalesce(number_of_{column}, {value})", _make_table_of_texts(store, column, type_name)


def _looked_up(column: str, texts: Sequence[str], value: str, type_name: str) -> str:
    """A column as its enumerated type by the place of its text among those known; others as the `value` says it.

    A function of one column is asked once for each text that a file holds, a cast again for each line.
    """
    listed = ", ".join(map(literal, texts))
    place = f"list_position([{listed}], {column})"
    return f"coalesce(list_extract(cast([{listed}] as {type_name}[]), {place}), {value})"


def _make_table_of_texts(store: FactStore, column: str, type_name: str) -> str:
    """Make the table of the texts of a column, each as its enumerated type beside it; returns its name.

    A cast looks for the text of each line among all of the type, in three times what a join takes.
    """
    text, table = f"text_of_{column}", f"temp.texts_of_{column}"
    store.connection.execute(
        f"create or replace temp table {table} as select {text}, cast({text} as {type_name}) as number_of_{column}"
        f" from (select cast(unnest(enum_range(cast(null as {type_name}))) as varchar) as {text})"
    )
    return table
