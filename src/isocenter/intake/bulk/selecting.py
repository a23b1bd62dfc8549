"""The query that turns a table in some layout into claim lines, and tells why a line cannot be one."""

import glob
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from isocenter.engines.database import identity, literal
from isocenter.intake.bulk.layouts import Layout, Taken

_EARLIEST, _LATEST = "1990-01-01", "2100-01-01"
_UPPER = {"procedure_code", "modifier_1", "modifier_2", "modifier_3", "modifier_4"}
# Numbers that name something; a spreadsheet may have made amounts of them: 77301.0.
_NUMBERED = {
    *_UPPER,
    "place_of_service",
    "rendering_npi",
    "billing_npi",
    "supervising_npi",
    "bill_type",
    "revenue_code",
}
_AMOUNT = r"^[(]?-?[$]?-?([0-9]{1,3}(,[0-9]{3})+|[0-9]*)([.][0-9]*)?[)]?$"
_NEEDED = ("claim_line_id", "claim_id", "member_id")


class Column(Protocol):
    """A column of the fact table of claim lines."""

    @property
    def name(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def allowed(self) -> tuple[str, ...]: ...


def lines_query(layout: Layout, relation: str, columns: Sequence[Column], also: Sequence[str] = ()) -> str:
    """Claim lines out of a relation: the columns that the layout fills, `diagnoses` where it has any, and `reason`.

    `reason` is '' where the line can be judged, else the sentence that says why not; columns that the layout
    leaves empty are absent. Amounts that are no number are empty. `also` are further expressions of the source.
    """
    taken = {column.name: column for column in columns if column.name in layout.columns}
    selected = [f"{_value(layout, layout.columns[name], column)} as {name}" for name, column in taken.items()]
    if "claim_line_id" not in taken:
        selected.insert(0, f"{_line_name(layout)} as claim_line_id")
    if layout.diagnoses:
        joined = ", ".join(f"nullif(trim({_cast(name)}), '')" for name in layout.diagnoses)
        selected.append(f"concat_ws(' ', {joined}) as diagnoses")
    selected.append(f"{_reason(layout, list(taken.values()))} as reason")
    return f"select {', '.join([*selected, *also])} from {relation}"


def text_expression(layout: Layout, name: str) -> str:
    """A column of text of a line of this layout, as the claim line bears it; '' where the layout has none."""
    return _text(layout, layout.columns[name], name) if name in layout.columns else "''"


def files_in(folder: Path, pattern: str = "*.parquet") -> str:
    """The files of a folder that fit a pattern, as SQL wants them; the folder's own name is no pattern."""
    return literal(f"{glob.escape(str(folder))}/{pattern}")


def raw_text(layout: Layout, name: str) -> str:
    """What the source says in a column, as text; '' where it has none."""
    source = layout.columns.get(name)
    if source is None:
        return "''"
    return literal(source.constant) if not source.column else f"coalesce({_cast(source.column)}, '')"


def _cast(column: str) -> str:
    return f"cast({identity(column)} as varchar)"


def _text(layout: Layout, source: Taken, name: str) -> str:
    if not source.column:
        return literal(source.constant)
    if layout.is_clean:
        return f"coalesce({_cast(source.column)}, '')"
    text = f"coalesce(trim({_cast(source.column)}), '')"
    if source.values:
        cases = " ".join(f"when {literal(old)} then {literal(new)}" for old, new in source.values.items())
        return f"case {text} {cases} else {text} end"
    if name in _NUMBERED:
        text = f"case when ends_with({text}, '.0') then left({text}, length({text}) - 2) else {text} end"
    return f"upper({text})" if name in _UPPER else text


def _value(layout: Layout, source: Taken, column: Column) -> str:
    if column.type == "varchar":
        return _text(layout, source, column.name)
    given = literal(source.constant) if not source.column else identity(source.column)
    if column.type == "date":
        if layout.date_format:
            return f"cast(try_strptime(cast({given} as varchar), {literal(layout.date_format)}) as date)"
        return f"try_cast({given} as date)"
    if column.type == "integer":
        number = f"try_cast({given} as double)"
        # A number of units may be written 1.0; 1.5 units are none.
        return f"case when {number} = floor({number}) and abs({number}) < 1e9 then cast({number} as integer) end"
    return _amount(layout, given, column.type)


def _amount(layout: Layout, given: str, kind: str) -> str:
    """A number of dollars, also one written with its sign and with commas between thousands."""
    number = f"try_cast({given} as {kind})"
    if not layout.is_clean:
        text = f"replace(cast({given} as varchar), ' ', '')"
        bare = f"regexp_replace({text}, '[$,()]', '', 'g')"
        written = f"try_cast(case when starts_with({text}, '(') then concat('-', {bare}) else {bare} end as {kind})"
        number = f"coalesce({number}, case when regexp_matches({text}, {literal(_AMOUNT)}) then {written} end)"
    return f"case when isfinite({number}) then {number} end"


def unread_amounts(layout: Layout, columns: Sequence[Column]) -> dict[str, str]:
    """For each column of amounts, the condition under which a line says something there that is no number."""
    return {
        column.name: f"({raw_text(layout, column.name)} <> '' and"
        f" {_value(layout, layout.columns[column.name], column)} is null)"
        for column in columns
        if column.type == "double" and column.name in layout.columns
    }


def _line_name(layout: Layout) -> str:
    """A name for each line: its claim and its number on it."""
    claim = _text(layout, layout.columns["claim_id"], "claim_id")
    return f"concat({claim}, '-', {raw_text(layout, 'line_number')})"


def _reason(layout: Layout, columns: list[Column]) -> str:
    tests = []
    for column in columns:
        source = layout.columns[column.name]
        shown = f"left({raw_text(layout, column.name)}, 60)"
        value = _value(layout, source, column)
        if column.name in _NEEDED:
            tests.append(f"when {value} = '' then '{column.name} is missing'")
        elif column.name == "procedure_code":
            tests.append(
                f"when length({value}) <> 5 then concat('procedure_code is ', chr(39), {shown}, chr(39),"
                " '; expected a code of five letters or digits')"
            )
        elif column.name == "service_date":
            tests.append(f"when {value} is null and {shown} = '' then 'service_date is missing'")
            tests.append(
                f"when {value} is null then concat('service_date is ', chr(39), {shown}, chr(39), '; expected a date')"
            )
            tests.append(
                f"when {value} < date '{_EARLIEST}' or {value} >= date '{_LATEST}' then"
                f" concat('service_date is ', {shown}, '; expected a day between {_EARLIEST} and {_LATEST}')"
            )
        elif column.name == "units":
            tests.append(f"when {value} is null and {shown} = '' then 'units is missing'")
            amounts = [
                f"coalesce({_value(layout, layout.columns[other.name], other)}, 0) < 0"
                for other in columns
                if other.type == "double"
            ]
            takes_back = " or ".join([f"{value} < 0", *amounts])  # another line, and is settled with it
            tests.append(
                f"when {value} is null or ({value} < 1 and not ({takes_back})) then"
                f" concat('units is ', {shown}, '; expected a whole number from 1')"
            )
        elif column.allowed:
            allowed = ", ".join(literal(one) for one in column.allowed)
            expected = ", ".join(column.allowed)
            empty = "false" if column.name == "setting" else f"{value} = ''"
            tests.append(
                f"when not ({empty} or {value} in ({allowed})) then"
                f" concat('{column.name} is ', chr(39), {shown}, chr(39), '; expected one of {expected}')"
            )
    return f"case {' '.join(tests)} else '' end"
