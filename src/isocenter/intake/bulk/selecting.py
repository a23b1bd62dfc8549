"""The query that turns a table in some layout into claim lines, and says why a line cannot be one."""

import glob
from collections.abc import Mapping, Sequence
from pathlib import Path

from isocenter.engines.database import identity, literal
from isocenter.intake.bulk.layouts import Layout
from isocenter.intake.bulk.line_reasons import (
    NO_DAY,
    NOTHING,
    Column,
    first_that_holds,
    may_be_radiation_sql,
    reasons_of,
    says_something_sql,
)
from isocenter.intake.bulk.value_expressions import (
    DIAGNOSIS_MARKS,
    LEFT_OPEN,
    diagnosis_codes,
    frequency_expression,
    given_text,
    raw_text,
    text_expression,
    value_of,
    with_modifiers_of_codes,
)
from isocenter.intake.bulk.value_forms import NPIS

HELD_WHERE_EMPTIED = (*LEFT_OPEN, "rendering_npi", "billing_npi")


def lines_query(
    layout: Layout,
    relation: str,
    columns: Sequence[Column],
    also: Mapping[str, str] | None = None,
    *,
    where: str = "",
    with_kind: bool = False,
) -> str:
    """Claim lines out of a relation: the columns that the layout fills, `diagnoses` where it has any, and `reason`.

    `reason` is '' where the line can be judged, else the sentence that says why not; `with_kind` adds as `kind` the
    reason without the value that it names. Columns that the layout leaves empty are absent. Amounts that are no number
    are empty. `also` are further columns by name, `where` is a condition on the rows, both in terms of the relation.

    Values are worked out in a query of their own: a reason that repeated their expressions would make a text of a
    hundred thousand characters, which takes longer to parse and to plan than a table of a few rows takes to read.
    """
    layout = with_modifiers_of_codes(layout)
    taken = {column.name: column for column in columns if column.name in layout.columns}
    selected = _values(layout, taken)
    given = sorted(layout.read_columns)
    prefix = "read "  # of a value, so that it is no column of the source
    while any(name.lower().startswith(prefix) for name in given):
        prefix = f"_{prefix}"
    values = {name: identity(prefix + name) for name in (*selected, *(also or {}))}
    worked_out = [f"{expression} as {values[name]}" for name, expression in (selected | dict(also or {})).items()]
    condition = f" where {where}" if where else ""
    query = f"select {', '.join([*map(identity, given), *worked_out])} from {relation}{condition}"
    written = {name: given_text(layout.columns[name]) for name in taken}
    reasons = reasons_of(layout, list(taken.values()), values, written)
    tests, of_kind = [one.test for one in reasons], []
    if with_kind:  # each test once, for both sentences
        number = identity(f"{prefix}reason")
        numbered = [(test, str(place)) for place, test in enumerate(tests, start=1)]
        query = f"select *, {first_that_holds(numbered, '0')} as {number} from ({query})"
        tests = [f"{number} = {place}" for _, place in numbered]
        kinds = [(test, one.of_kind) for test, one in zip(tests, reasons, strict=True)]
        of_kind = [f"{first_that_holds(kinds, literal(''))} as kind"]
    sentences = [(test, one.sentence) for test, one in zip(tests, reasons, strict=True)]
    reason = f"{first_that_holds(sentences, literal(''))} as reason"
    named = [f"{values[name]} as {name}" for name in selected]
    more = [f"{values[name]} as {name}" for name in also or {}]
    return f"select {', '.join([*named, reason, *of_kind, *more])} from ({query})"


def _values(layout: Layout, taken: Mapping[str, Column]) -> dict[str, str]:
    """The expression of each column of a claim line, by its name, and of its diagnoses."""
    others = {name: column for name, column in taken.items() if name != "claim_line_id"}
    selected = {"claim_line_id": name_of_line(layout)}
    selected |= {name: value_of(layout, layout.columns[name], column) for name, column in others.items()}
    if layout.diagnoses:
        # One column may hold several codes.
        codes = (
            f"nullif(trim(regexp_replace({diagnosis_codes(name)}, '[.]*({DIAGNOSIS_MARKS}+|$)', ' ', 'g')), '')"
            for name in layout.diagnoses
        )
        selected["diagnoses"] = f"concat_ws(' ', {', '.join(codes)})"
    if "claim_frequency" not in taken and "bill_type" in taken:
        selected["claim_frequency"] = frequency_expression(layout)
    return selected


def columns_given(layout: Layout, columns: Sequence[Column]) -> dict[str, str]:
    """The columns of a claim line that are a column of texts of the source as it is, none of them null: which."""
    layout = with_modifiers_of_codes(layout)
    taken = {column.name: column for column in columns if column.name in layout.columns}
    return {
        name: layout.columns[name].column
        for name, expression in _values(layout, taken).items()
        if name in taken and layout.columns[name].is_filled_text and expression == identity(layout.columns[name].column)
    }


def lacks_its_code(layout: Layout) -> str:
    """The condition on rows that are a line of a member on a day and name no service: of any code it may have been.

    A hospital bills much by revenue codes alone, but no treatment of an outpatient; a row without a member or a day is
    a total or a heading, but for one with the revenue code of radiation that states two of claim, member and day.
    """
    revenue, setting = (text_expression(layout, name) for name in ("revenue_code", "setting"))
    claim, member = (says_something_sql(raw_text(layout, name)) for name in ("claim_id", "member_id"))
    day = says_something_sql(raw_text(layout, "service_date"), (*NOTHING, *NO_DAY))
    is_unnamed = f"({member} and {day} and {revenue} = '' and {setting} <> 'institutional')"
    if "revenue_code" in layout.columns:
        states_two = f"(({member} and {day}) or ({claim} and ({member} or {day})))"
        may_be_radiation = may_be_radiation_sql(revenue, text_expression(layout, "bill_type"))
        is_unnamed = f"({is_unnamed} or ({may_be_radiation} and {states_two}))"
    return f"({text_expression(layout, 'procedure_code')} = '' and {is_unnamed})"


def icd_9_condition(layout: Layout) -> str:
    """Whether a diagnosis of a line is a code of ICD-9-CM, which begins with a digit; '' where it has none."""
    codes = ", ".join(f"upper({diagnosis_codes(name)})" for name in layout.diagnoses)
    return f"regexp_matches(concat_ws(' ', {codes}), '(^|{DIAGNOSIS_MARKS})[0-9]')" if codes else ""


def files_in(folder: Path, pattern: str = "*.parquet") -> str:
    """The files of a folder that fit a pattern, as SQL wants them; the folder's own name is no pattern."""
    return literal(f"{glob.escape(str(folder))}/{pattern}")


def parquet_in(folder: Path, pattern: str = "*.parquet") -> str:
    """Files of Parquet in a folder as a relation of their own columns: a folder named run=5 above them is none."""
    return f"read_parquet({files_in(folder, pattern)}, union_by_name = true, hive_partitioning = false)"


def unread_values(layout: Layout, columns: Sequence[Column]) -> dict[str, str]:
    """For each column that may stay empty, the condition under which a line says something there that is not read."""
    conditions = {}
    for column in columns:
        source = layout.columns.get(column.name)
        if source is None or not source.is_given or source.part > 1:
            continue
        value = value_of(layout, source, column)
        if column.name in NPIS and not layout.is_clean:
            has_exponent = f"contains(upper({given_text(source)}), 'E+')"
            conditions[column.name] = f"(case when {has_exponent} then {value} = '' else false end)"
            continue
        if column.type == "double" or column.name in ("line_number", "diagnosis_pointer_1"):
            is_unread = f"{value} is null"
        elif column.name in LEFT_OPEN and not (source.is_known and column.name != "setting"):
            is_unread = f"{value} = ''"
        else:
            continue
        # As a case: what a value says is worked out where it is not read, and that is seldom.
        says_something = says_something_sql(given_text(source))
        if column.name == "setting":
            says_something = "true"  # the payment system is asked of every line
        conditions[column.name] = f"(case when {is_unread} then {says_something} else false end)"
    return conditions


def numbered_line_sql(name: str) -> str:
    """The name of a line where no column numbers lines: one that is alone on its claim is its first."""
    return f"case when right({name}, 1) = '-' then concat({name}, '1') else {name} end"


def name_of_line(layout: Layout) -> str:
    """A name for each line: its own, or its claim and its number on it where it has none.

    One that is in the table repeated_names is named by its claim too.
    """
    claim, number = text_expression(layout, "claim_id"), raw_text(layout, "line_number")
    if not layout.is_clean:
        number = f"regexp_replace(trim({number}), '^([0-9]+)[.]0+$', '\\1')"
    numbered = f"concat({claim}, '-', {number})"
    named = layout.columns.get("claim_line_id")
    if named is None:
        return numbered
    own = text_expression(layout, "claim_line_id")
    if layout.names_come_again:
        is_of_several = (
            f"hash({own}) in (select name from repeated_names) and not starts_with({own}, concat({claim}, '-'))"
        )
        by_claim = f"concat({claim}, '-', {own})"
        return f"case when {own} = '' then {numbered} when {is_of_several} then {by_claim} else {own} end"
    return own if named.is_never_empty else f"case when {own} = '' then {numbered} else {own} end"
