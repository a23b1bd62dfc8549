"""The query that turns a table in some layout into claim lines, and says why a line cannot be one."""

import glob
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from isocenter.engines.database import identity, literal
from isocenter.intake.bulk.amounts import (
    AMOUNT,
    AROUND_DIGITS,
    BEGINS_OR_ENDS_NEGATIVE,
    MARKS_BETWEEN_THOUSANDS,
    PARTED_OTHERWISE,
)
from isocenter.intake.bulk.claim_versions import SUFFIXES
from isocenter.intake.bulk.layouts import WORDS, Layout, Taken
from isocenter.intake.bulk.line_reasons import NO_DAY, NO_MODIFIER, NOTHING, Column, first_that_holds, reasons_of
from isocenter.intake.bulk.value_forms import (
    BEFORE_A_CODE,
    COUNTED,
    DAYS_OF_SIX_DIGITS,
    DIGITS_OF_NPI,
    NPIS,
    NUMBERED_DAYS,
    OF_NO_SERVICE,
    PLACE_BEFORE_WORDS,
    PLACE_BEHIND_WORDS,
    PLACES,
    ROUNDED,
    WRITTEN_NPI,
)

_MODIFIERS = ("modifier_1", "modifier_2", "modifier_3", "modifier_4")
_UPPER = {"procedure_code", *_MODIFIERS}
# Numbers that name something; a spreadsheet may have made amounts of them: 77301.0.
_NUMBERED = {
    *_UPPER,
    *("claim_id", "claim_line_id", "member_id", "patient_account_number", "payer_claim_number", "original_claim_id"),
    *("place_of_service", "rendering_npi", "billing_npi", "supervising_npi", "bill_type", "revenue_code"),
    "claim_frequency",
}
_ZEROS_LOST = {"place_of_service": 2, "revenue_code": 4}  # digits that a spreadsheet may have cut down by a zero
# What states nothing in these columns leaves them empty: the line is kept, and its member is held for a person.
LEFT_OPEN = ("setting", "line_of_business", "claim_frequency", "place_of_service")
HELD_WHERE_EMPTIED = (*LEFT_OPEN, "rendering_npi", "billing_npi")
_PLACE_OF_SERVICE = "[0-9][0-9]"
_MODIFIERS_IN_ONE = "[0-9A-Z]{2}([-,;/:^|& ]+[0-9A-Z]{2})+"
_CODE_WITH_MODIFIERS = "^([0-9A-Z]{5})([-:^|> ]+[0-9A-Z]{2})+$"
_QUALIFIER = f"^{BEFORE_A_CODE}"
_WORDS_BEHIND_A_CODE = " +[-:] *([A-Za-z]{2} )?[A-Za-z]{3}.*$"  # 77301 - IMRT plan
_WORDS_BEHIND_A_DIAGNOSIS = " +[-:] *([A-Za-z]{2} )?[A-Za-z]{3}[^;|]*"  # C61 - Malignant neoplasm; Z51.0 - Encounter
# Between the codes of one cell, and what an 837 writes before one: ABK:C61.
DIAGNOSIS_MARKS = "[;,|^~/:&\\s]"
_BEFORE_A_DIAGNOSIS = "(^|[^A-Za-z0-9])(ABK|ABF|BK|BF):"
_BIRTH_FORMS = ("%Y-%m-%d", "%Y%m%d", "%m/%d/%Y", "%m-%d-%Y", "%d%b%Y", "%d-%b-%Y")
_WRITTEN_DAYS = ["%Y-%m-%d", "%Y%m%d", "%m/%d/%Y", "%d%b%Y"]
_WRITTEN_TIMES = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%m/%d/%Y %H:%M", "%m/%d/%Y %H:%M:%S"]
_TIME_OF_DAY = "[ T:][0-9]{1,2}:.*$"
_MOST_DAYS = 100_000  # that a number counts from its zero
MOST_OF_A_NUMBER = 999_999_999  # of units, of lines of a claim


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
    layout = _with_modifiers_of_codes(layout)
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
    written = {name: _given(layout.columns[name]) for name in taken}
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
    selected = {name: _value(layout, layout.columns[name], column) for name, column in taken.items()}
    if "claim_line_id" not in taken:
        selected = {"claim_line_id": _line_name(layout), **selected}
    if layout.diagnoses:
        # One column may hold several codes.
        codes = (
            f"nullif(trim(regexp_replace({_diagnosis_codes(name)}, '[.]*({DIAGNOSIS_MARKS}+|$)', ' ', 'g')), '')"
            for name in layout.diagnoses
        )
        selected["diagnoses"] = f"concat_ws(' ', {', '.join(codes)})"
    if "claim_frequency" not in taken and "bill_type" in taken and not layout.is_clean:
        selected["claim_frequency"] = frequency_expression(layout)
    return selected


def is_understood(name: str, text: str) -> bool:
    """Whether a text of a column of few words is one of these, or empty."""
    return not text or (text in WORDS[name] if name in WORDS else bool(re.fullmatch(_PLACE_OF_SERVICE, text)))


def columns_given(layout: Layout, columns: Sequence[Column]) -> dict[str, str]:
    """The columns of a claim line that are a column of texts of the source as it is, none of them null: which."""
    layout = _with_modifiers_of_codes(layout)
    taken = {column.name: column for column in columns if column.name in layout.columns}
    return {
        name: layout.columns[name].column
        for name, expression in _values(layout, taken).items()
        if name in taken and layout.columns[name].is_filled_text and expression == identity(layout.columns[name].column)
    }


def _with_modifiers_of_codes(layout: Layout) -> Layout:
    """The layout with all columns of modifiers where it has any: the code may bear further ones, as in 77334-59."""
    if layout.is_clean or not _has_modifiers(layout) or layout.columns.keys() >= {*_MODIFIERS}:
        return layout
    return replace(layout, columns={**{name: Taken() for name in _MODIFIERS}, **layout.columns})


def _has_modifiers(layout: Layout) -> bool:
    return not layout.columns.keys().isdisjoint(_MODIFIERS)


def _modifier(layout: Layout, name: str) -> str:
    """A modifier of a line: of its own column, else of those that follow the code and that no column names."""
    text = _text(layout, layout.columns[name], name)
    own = f"case when {text} in ({', '.join(map(literal, NO_MODIFIER))}) then '' else {text} end"
    code = layout.columns.get("procedure_code")
    columns = [layout.columns[one] for one in _MODIFIERS if one in layout.columns]
    if code is None or not code.is_given or code in (replace(column, part=0) for column in columns):
        return own
    written = _without_qualifier(f"upper(trim({_given(code)}))")
    stated = f"upper(concat_ws(' ', {', '.join(dict.fromkeys(_given(column) for column in columns))}))"
    following = f"trim(substr({written}, 6))"
    bare = f"regexp_replace({following}, '^[-:^|> ]+', '')"
    named = f"case when contains({stated}, {bare}) then {stated} else concat({stated}, ' ', {following}) end"
    place = _MODIFIERS.index(name) + 1
    # Nearly every code is its five characters: only where it is longer are all modifiers of the line gone through.
    are_several = f"length({written}) > 5 and regexp_full_match({written}, {literal(_CODE_WITH_MODIFIERS)})"
    if len(given := [column for column in columns if column.is_given and not column.part]) == 1:
        only = f"upper(trim({_given(given[0])}))"
        are_several += f" or length({only}) > 4 and regexp_full_match({only}, {literal(_MODIFIERS_IN_ONE)})"
    return (
        f"case when {are_several}"
        f" then coalesce(regexp_extract_all({named}, '[0-9A-Z]{{2}}')[{place}], '') else {own} end"
    )


def text_expression(layout: Layout, name: str) -> str:
    """A column of text of a line of this layout, as the claim line bears it; '' where the layout has none."""
    return _text(layout, layout.columns[name], name) if name in layout.columns else "''"


def lacks_its_code(layout: Layout) -> str:
    """The condition on rows that are a line of a member on a day and name no service: of any code it may have been.

    A hospital bills much by revenue codes alone; a row without a member or a day is a total or a heading.
    """
    empty = [f"{text_expression(layout, name)} = ''" for name in ("procedure_code", "revenue_code")]
    given = [f"trim({text_expression(layout, 'member_id')}) <> ''", f"trim({raw_text(layout, 'service_date')}) <> ''"]
    return f"({' and '.join([*empty, *given])} and {text_expression(layout, 'setting')} <> 'institutional')"


def frequency_expression(layout: Layout) -> str:
    """The frequency of a line's claim, by its own column or the last digit of the type of bill."""
    if "claim_frequency" in layout.columns or "bill_type" not in layout.columns or layout.is_clean:
        return text_expression(layout, "claim_frequency")
    bill = text_expression(layout, "bill_type")
    return f"case when length({bill}) in (3, 4) and right({bill}, 1) in ('7', '8') then right({bill}, 1) else '1' end"


def icd_9_condition(layout: Layout) -> str:
    """Whether a diagnosis of a line is a code of ICD-9-CM, which begins with a digit; '' where it has none."""
    codes = ", ".join(f"upper({_diagnosis_codes(name)})" for name in layout.diagnoses)
    return f"regexp_matches(concat_ws(' ', {codes}), '(^|{DIAGNOSIS_MARKS})[0-9]')" if codes else ""


def files_in(folder: Path, pattern: str = "*.parquet") -> str:
    """The files of a folder that fit a pattern, as SQL wants them; the folder's own name is no pattern."""
    return literal(f"{glob.escape(str(folder))}/{pattern}")


def parquet_in(folder: Path, pattern: str = "*.parquet") -> str:
    """Files of Parquet in a folder as a relation of their own columns: a folder named run=5 above them is none."""
    return f"read_parquet({files_in(folder, pattern)}, union_by_name = true, hive_partitioning = false)"


def raw_text(layout: Layout, name: str) -> str:
    """What the source says in a column, as text; '' where it has none."""
    source = layout.columns.get(name)
    return "''" if source is None else _given(source)


def left_out_reason(layout: Layout) -> str:
    """Why the mapping leaves a row out, '' where it does not; reads the table latest_versions where it has versions."""
    tests = []
    for entry in layout.leave_out:
        text = f"coalesce(trim({_cast(entry.column)}), '')"
        number = _number_of(layout, identity(entry.column), "double")
        values = ", ".join(literal(value.lower()) for value in entry.values)
        condition = f"lower({text}) in ({values})"
        if entry.below is not None:
            condition = f"coalesce({number} < {entry.below}, false)"
        elif entry.filled:
            condition = f"lower({text}) not in ({', '.join(map(literal, ('', *NOTHING, *NO_DAY)))})"
        tests.append(f"when {condition} then {literal(entry.reason)}")
    code = layout.columns.get("procedure_code")
    if code is not None and code.column and not layout.is_clean:
        text = f"trim({_cast(code.column)})"
        repeats = f"{text} = {literal(code.column)} or starts_with({text}, '---')"
        tests.append(f"when coalesce({repeats}, false) then 'it repeats the header'")
        # Only of a row without a code, which few are, is more worked out.
        is_of_nobody = " or ".join(f"trim({raw_text(layout, name)}) = ''" for name in ("member_id", "service_date"))
        is_empty = f"{text_expression(layout, 'revenue_code')} = '' and ({is_of_nobody})"
        tests.append(f"when coalesce({text}, '') = '' and {is_empty} then {literal(OF_NO_SERVICE)}")
    if layout.has_versions:
        row = f"row({version_key(layout)}, {_version(layout)})"
        tests.append(
            f"when {row} not in (select row(claim, version) from latest_versions)"
            " then 'a later version of the claim was supplied'"
        )
    return f"case {' '.join(tests)} else '' end" if tests else "''"


def version_key(layout: Layout) -> str:
    """The claim that versions of a claim share: the original that an adjusted one names, or its own number."""
    claim, member = (text_expression(layout, name) for name in ("claim_id", "member_id"))
    if layout.latest_version and "original_claim_id" in layout.columns:
        claim = f"coalesce(nullif({text_expression(layout, 'original_claim_id')}, ''), {claim})"
    if not layout.latest_version:
        number = f"regexp_replace(upper({claim}), {literal(SUFFIXES[layout.version_suffix])}, '')"
        claim = f"case when {_has_no_versions(layout)} then concat({claim}, ' as numbered') else {number} end"
    return f"concat({claim}, ' of ', {member})"


def versions_query(layout: Layout, relation: str) -> str:
    """The claims of a relation, each line with the version that it is of."""
    return f"select {version_key(layout)} as claim, {_version(layout)} as version from {relation}"


def _version(layout: Layout) -> str:
    """The version of a line's claim: 01 and 1.0 are 1; a number without a suffix is of the first."""
    if not layout.latest_version:
        suffix = (
            f"regexp_extract(upper({text_expression(layout, 'claim_id')}), {literal(SUFFIXES[layout.version_suffix])})"
        )
        version = f"coalesce(nullif(ltrim(regexp_extract({suffix}, '[0-9]+$'), '0'), ''), '0')"
        return f"case when {_has_no_versions(layout)} then '0' else {version} end"
    return f"regexp_replace(coalesce(trim({_cast(layout.latest_version)}), ''), '^0*([0-9]+)([.]0*)?$', '\\1')"


def _has_no_versions(layout: Layout) -> str:
    """The condition on lines of the providers the ends of whose claim numbers are no versions."""
    providers = ", ".join(map(literal, layout.without_versions))
    return f"{text_expression(layout, 'billing_npi')} in ({providers})" if providers else "false"


def latest_versions_query(versions: str) -> str:
    """Each claim with its latest version: the highest as a number, else as a text."""
    return (
        "select claim, arg_max(version, row(coalesce(try_cast(version as double), -1), version)) as version"
        f" from ({versions}) group by claim"
    )


def _given(source: Taken) -> str:
    """What the source says, as text; '' where it says nothing."""
    if source.filled:
        text = f"coalesce(trim({_cast(source.filled)}), '')"
        said = f"{text} not in ('', '0', '0.0', 'nan')"
        if source.unlike:
            said += f" and {text} <> coalesce(trim({_cast(source.unlike)}), '')"
        return f"case when {said} then {literal(source.then)} else {literal(source.otherwise)} end"
    if source.columns:
        parts = ", ".join(
            f"regexp_replace(coalesce(trim({_cast(name)}), ''), '^([0-9]+)[.]0+$', '\\1')" for name in source.columns
        )
        return f"concat_ws({literal(source.separator)}, {parts})"
    if source.is_filled_text:
        return identity(source.column)
    return f"coalesce({_cast(source.column)}, '')" if source.column else literal(source.constant)


def _cast(column: str) -> str:
    return f"cast({identity(column)} as varchar)"


def _text(layout: Layout, source: Taken, name: str) -> str:
    if not source.is_given:
        return literal(source.constant)
    if layout.is_clean:
        return _given(source)
    text = f"trim({_given(source)})"
    text = f"case when lower({text}) in ({', '.join(map(literal, NOTHING))}) then '' else {text} end"
    if source.part:
        written = _without_qualifier(f"upper({text})")
        codes = f"regexp_extract_all(regexp_replace({written}, '^[0-9A-Z]{{5}}([-:^|> ]|$)', ''), '[0-9A-Z]{{2}}')"
        return f"coalesce({codes}[{source.part}], '')"
    if source.values:
        known: dict[str, str] = {}
        for old, new in source.values.items():
            known.setdefault(old.lower(), new)
        # A map, not a case of many: the text is repeated wherever the value is asked for.
        words = f"map([{', '.join(map(literal, known))}], [{', '.join(map(literal, known.values()))}])"
        return f"coalesce({words}[lower({text})], {text})"
    if name in _NUMBERED:
        text = _number(name, text)
    if name in _UPPER:
        text = f"upper({text})"
    if name == "procedure_code":
        text = _without_qualifier(text)
    if name == "procedure_code" and _has_modifiers(layout):
        text = f"regexp_replace({text}, {literal(_CODE_WITH_MODIFIERS)}, '\\1')"
    if name in ("patient", "written_at"):
        text = _person(text) if name == "patient" else _moment(text, source.date_format or layout.date_format)
    if name == "place_of_service":
        text = _place(text)
    if name in _ZEROS_LOST:
        is_short = f"regexp_full_match({text}, '[0-9]{{{_ZEROS_LOST[name] - 1}}}')"
        text = f"case when {is_short} then concat('0', {text}) else {text} end"
    return text


def _number(name: str, text: str) -> str:
    """A number or code without the fraction that a spreadsheet gives it; '' for an NPI that it has rounded."""
    if name in NPIS:
        return f"regexp_replace({text}, {literal(f'^(?:{WRITTEN_NPI}|{ROUNDED})$')}, {literal(DIGITS_OF_NPI)}, 'i')"
    digits = "[0-9]+|[0-9A-Za-z]{5}" if name in _UPPER else "[0-9]+"
    return f"regexp_replace({text}, '^({digits})[.]0+$', '\\1')"


def _place(text: str) -> str:
    """The digits of a place of service, also where words are beside them or in their place; other texts as they are."""
    digits = text
    for form in (PLACE_BEFORE_WORDS, PLACE_BEHIND_WORDS):
        digits = f"regexp_replace({digits}, {literal(f'^{form}$')}, '\\1')"
    words = f"map([{', '.join(map(literal, PLACES))}], [{', '.join(map(literal, PLACES.values()))}])"
    bare = f"regexp_replace(lower({text}), '[^a-z0-9]', '', 'g')"
    return f"case when length({text}) > 2 then coalesce({words}[{bare}], {digits}) else {text} end"


def _diagnosis_codes(name: str) -> str:
    text = _cast(name)
    without_qualifier = f"regexp_replace({text}, {literal(_BEFORE_A_DIAGNOSIS)}, '\\1', 'g')"
    bare = f"regexp_replace({without_qualifier}, {literal(_WORDS_BEHIND_A_DIAGNOSIS)}, '', 'g')"
    return f"case when length({text}) > 8 or contains({text}, ':') then {bare} else {text} end"


def _without_qualifier(text: str) -> str:
    bare = f"regexp_replace(regexp_replace({text}, {literal(_QUALIFIER)}, ''), {literal(_WORDS_BEHIND_A_CODE)}, '')"
    return f"case when length({text}) > 7 then {bare} else {text} end"


def _moment(text: str, date_format: str) -> str:
    """A day, with its time where it has one, in the form in which claim lines have it; '' where it is none."""
    is_written = date_format and date_format not in NUMBERED_DAYS
    own = [f"{date_format}{time}" for time in ("", " %H:%M", " %H:%M:%S")] if is_written else []
    days, times = (", ".join(map(literal, forms)) for forms in (own[:1] + _WRITTEN_DAYS, own[1:] + _WRITTEN_TIMES))
    return (
        f"coalesce(strftime(try_strptime({text}, [{times}]), '%Y-%m-%d %H:%M'),"
        f" strftime(try_strptime({text}, [{days}]), '%Y-%m-%d'), '')"
    )


def _person(text: str) -> str:
    """A person's day of birth in one form, or number without the zeros before it."""
    bare = f"regexp_replace(regexp_replace({text}, {literal(_TIME_OF_DAY)}, ''), '^0*([0-9]+)([.]0+)?$', '\\1')"
    forms = ", ".join(map(literal, _BIRTH_FORMS))
    numbered = f"case when regexp_full_match({bare}, '[0-9A-Z]{{1,3}}') then concat('person ', {bare}) else {bare} end"
    return f"coalesce('born ' || strftime(try_strptime({bare}, [{forms}]), '%Y-%m-%d'), {numbered})"


def _value(layout: Layout, source: Taken, column: Column) -> str:
    if column.name in _MODIFIERS and not layout.is_clean:
        return _modifier(layout, column.name)
    if column.name in LEFT_OPEN and source.is_given and not source.is_known:
        return _known(column.name, _text(layout, source, column.name))
    if column.type == "varchar":
        return _text(layout, source, column.name)
    given = identity(source.column) if source.column and not source.part else _given(source)
    if column.type == "date":
        return _day(given, source.date_format or layout.date_format, source.other_date_format)
    if column.type == "integer" and source.part:
        return _pointer(_given(source), source.part)
    if column.name == "units" and not layout.is_clean:
        given = _without_its_unit(given)
    if column.type == "integer":
        number = f"try_cast({given} as double)" if layout.is_clean else _number_of(layout, given, "double")
        # A number of units may be written 1.0; 1.5 units are none.
        # Not a number is equal to itself in DuckDB, and true can be cast to one.
        is_whole = (
            f"typeof({given}) <> 'BOOLEAN' and {number} = floor({number}) and abs({number}) <= {MOST_OF_A_NUMBER}"
        )
        whole = f"case when {is_whole} then try_cast({number} as integer) end"
        return whole if layout.is_clean else f"case when {_is_parted(layout, given)} then null else {whole} end"
    return _amount(layout, given, column.type)


def _without_its_unit(given: str) -> str:
    """A count of services without the unit behind it, 1 for 1.00 UN; any other value as it is."""
    text = f"trim(cast({given} as varchar))"
    count = f"regexp_replace({text}, {literal(f'^{COUNTED}$')}, '\\1', 'i')"
    return f"case when length({text}) > 2 then {count} else cast({given} as varchar) end"


def _is_parted(layout: Layout, given: str) -> str:
    """Whether a text is no count, though a number can be made of it: 1 0, 1_0, 1,000 and $1."""
    marks = f"_ {MARKS_BETWEEN_THOUSANDS}" + ("" if layout.decimal_mark == "," else ",")
    text = f"cast({given} as varchar)"
    return f"coalesce(length({text}) > 1 and regexp_matches({text}, {literal(f'[$]|USD|[0-9][{marks}]+[0-9]')}), false)"


def _known(name: str, text: str) -> str:
    """A text of a column of few words, '' where it is none of them."""
    words = ", ".join(map(literal, WORDS.get(name, ())))
    # DuckDB asks a function once for each text that a file lists, `in` and a regular expression anew for each line.
    is_known = f"list_position([{words}], {text}) is not null" if words else f"{text} glob '{_PLACE_OF_SERVICE}'"
    return f"case when {is_known} then {text} else '' end"


def _day(given: str, date_format: str, other: str = "") -> str:
    digits = f"trim(cast({given} as varchar))"
    # 20250305 is one day whatever form its column has: no other form of eight digits begins with 19 or 20.
    day_of_digits = f"cast(try_strptime({digits}, '%Y%m%d') as date)"
    compact = f"case when regexp_full_match({digits}, '(19|20)[0-9]{{6}}') then {day_of_digits} end"
    if not date_format:
        return f"coalesce(try_cast({given} as date), {compact})"
    text = f"regexp_replace({digits}, {literal(_TIME_OF_DAY)}, '')"
    if date_format in NUMBERED_DAYS:
        numbered = NUMBERED_DAYS[date_format]
        days = f"floor(try_cast({text} as double) / {numbered.in_a_day})"
        day = f"date '{numbered.zero}' + cast({days} as integer)"
        return f"coalesce(cast(case when {days} between 0 and {_MOST_DAYS} then {day} end as date), {compact})"
    text = f"regexp_replace({text}, '^([0-9]+)[.]0+$', '\\1')"
    if date_format in DAYS_OF_SIX_DIGITS:  # five digits have lost a zero: to DuckDB 12125 is December 12, 2005
        text = f"case when regexp_full_match({text}, '[0-9]{{5}}') then concat('0', {text}) else {text} end"
    read = [f"try_strptime({text}, {literal(form)})" for form in (date_format, other, "%Y-%m-%d") if form]
    day = f"coalesce(cast(coalesce({', '.join(read)}) as date), {compact})"
    return f"case when {read[0]} <> {read[1]} then null else {day} end" if other else day


def _pointer(given: str, part: int) -> str:
    """The place on the claim of the diagnosis that a service is for, first, second and so on: AB, A,B, 1:2 or 12."""
    text = f"upper(trim({given}))"
    marked = f"regexp_extract_all({text}, '[0-9]+|[A-L]')[{part}]"
    single = f"regexp_extract_all({text}, '.')[{part}]"
    # Places of two digits are rare, and run together several places of one digit.
    written = f"case when regexp_full_match({text}, '[1-9]{{2,4}}') then {single} else {marked} end"
    place = (
        f"case when {written} between 'A' and 'L' then ascii({written}) - 64"
        f" else try_cast(try_cast({written} as double) as integer) end"
    )
    return f"case when {place} between 1 and 12 then {place} end"


def _amount(layout: Layout, given: str, kind: str) -> str:
    """A number of dollars, also one written with its sign and with commas between thousands."""
    number = f"try_cast({given} as {kind})" if layout.is_clean else _number_of(layout, given, kind)
    return f"case when isfinite({number}) then {number} end"


def _number_of(layout: Layout, given: str, kind: str) -> str:
    text = f"replace(cast({given} as varchar), ' ', '')"
    is_parted = f"regexp_matches(cast({given} as varchar), {literal(PARTED_OTHERWISE)})"
    if layout.decimal_mark == ",":
        text = f"regexp_replace({text}, {literal(f'[{MARKS_BETWEEN_THOUSANDS}]')}, '', 'g')"
        # A point parts thousands; of a number, or before one or two last digits, it is one of decimals here too.
        has_point = f"typeof({given}) <> 'VARCHAR' or regexp_full_match({text}, '[-(]?[0-9]*[.][0-9]{{1,2}}[)]?')"
        parts_others = f"regexp_matches({text}, '[.]([0-9]{{0,2}}([^0-9]|$)|[0-9]{{4}})')"
        text = (
            f"case when {has_point} then {text} when {parts_others} then null"
            f" else replace(replace({text}, '.', ''), ',', '.') end"
        )
        number = f"case when not {is_parted} then try_cast({text} as {kind}) end"
    else:
        number = f"try_cast({given} as {kind})"
    number = f"case when contains({text}, '_') then null else {number} end"  # 1_0 is ten to DuckDB
    bare = f"regexp_replace({text}, {literal(AROUND_DIGITS)}, '', 'gi')"
    is_negative = f"regexp_matches({text}, {literal(BEGINS_OR_ENDS_NEGATIVE)}, 'i')"
    written = f"try_cast(case when {is_negative} then concat('-', ltrim({bare}, '-')) else {bare} end as {kind})"
    is_written = f"regexp_full_match({text}, {literal(AMOUNT)}, 'i') and not {is_parted}"
    return f"coalesce({number}, case when {is_written} then {written} end)"


def unread_values(layout: Layout, columns: Sequence[Column]) -> dict[str, str]:
    """For each column that may stay empty, the condition under which a line says something there that is not read."""
    nothing = ", ".join(map(literal, ("", *NOTHING)))
    conditions = {}
    for column in columns:
        source = layout.columns.get(column.name)
        if source is None or not source.is_given or source.part > 1:
            continue
        value = _value(layout, source, column)
        if column.name in NPIS and not layout.is_clean:
            has_exponent = f"contains(upper({_given(source)}), 'E+')"
            conditions[column.name] = f"(case when {has_exponent} then {value} = '' else false end)"
            continue
        if column.type == "double" or column.name in ("line_number", "diagnosis_pointer_1"):
            is_unread = f"{value} is null"
        elif column.name in LEFT_OPEN and not (source.is_known and column.name != "setting"):
            is_unread = f"{value} = ''"
        else:
            continue
        # As a case: what a value says is worked out where it is not read, and that is seldom.
        says_something = f"lower(trim({_given(source)})) not in ({nothing})"
        if column.name == "setting":
            says_something = "true"  # the payment system is asked of every line
        conditions[column.name] = f"(case when {is_unread} then {says_something} else false end)"
    return conditions


def numbered_line_sql(name: str) -> str:
    """The name of a line where no column numbers lines: one that is alone on its claim is its first."""
    return f"case when right({name}, 1) = '-' then concat({name}, '1') else {name} end"


def _line_name(layout: Layout) -> str:
    """A name for each line: its claim and its number on it."""
    claim, number = _text(layout, layout.columns["claim_id"], "claim_id"), raw_text(layout, "line_number")
    if not layout.is_clean:
        number = f"regexp_replace(trim({number}), '^([0-9]+)[.]0+$', '\\1')"
    return f"concat({claim}, '-', {number})"
