"""The value of each column of a claim line, as an expression over a table in some layout."""

import re
from dataclasses import replace

from isocenter.engines.database import identity, literal
from isocenter.intake.bulk.amounts import (
    AMOUNT,
    AROUND_DIGITS,
    BEGINS_OR_ENDS_NEGATIVE,
    MARKS_BETWEEN_THOUSANDS,
    PARTED_OTHERWISE,
)
from isocenter.intake.bulk.layouts import WORDS, Layout, Taken
from isocenter.intake.bulk.line_reasons import NO_MODIFIER, NOTHING, Column
from isocenter.intake.bulk.persons_and_moments import TIME_OF_DAY, moment_sql, person_sql
from isocenter.intake.bulk.value_forms import (
    BEFORE_A_CODE,
    COUNTED,
    DAYS_OF_SIX_DIGITS,
    DIGITS_OF_NPI,
    NPIS,
    NUMBERED_DAYS,
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
_PLACE_OF_SERVICE = "[0-9][0-9]"
_MODIFIERS_IN_ONE = "[0-9A-Z]{2}([-,;/:^|& ]+[0-9A-Z]{2})+"
_CODE_WITH_MODIFIERS = "^([0-9A-Z]{5})([-:^|> ]+[0-9A-Z]{2})+$"
_QUALIFIER = f"^{BEFORE_A_CODE}"
_WORDS_BEHIND_A_CODE = " +[-:] *([A-Za-z]{2} )?[A-Za-z]{3}.*$"  # 77301 - IMRT plan
_WORDS_BEHIND_A_DIAGNOSIS = " +[-:] *([A-Za-z]{2} )?[A-Za-z]{3}[^;|]*"  # C61 - Malignant neoplasm; Z51.0 - Encounter
# Between the codes of one cell, and what an 837 writes before one: ABK:C61.
DIAGNOSIS_MARKS = "[;,|^~/:&\\s]"
_BEFORE_A_DIAGNOSIS = "(^|[^A-Za-z0-9])(ABK|ABF|BK|BF):"
_MOST_DAYS = 100_000  # that a number counts from its zero
MOST_OF_A_NUMBER = 999_999_999  # of units, of lines of a claim


def is_understood(name: str, text: str) -> bool:
    """Whether a text of a column of few words is one of these, or empty."""
    return not text or (text in WORDS[name] if name in WORDS else bool(re.fullmatch(_PLACE_OF_SERVICE, text)))


def with_modifiers_of_codes(layout: Layout) -> Layout:
    """The layout with all columns of modifiers where it has any: the code may have further ones, as in 77334-59."""
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
    written = _without_qualifier(f"upper(trim({given_text(code)}))")
    stated = f"upper(concat_ws(' ', {', '.join(dict.fromkeys(given_text(column) for column in columns))}))"
    following = f"trim(substr({written}, 6))"
    bare = f"regexp_replace({following}, '^[-:^|> ]+', '')"
    named = f"case when contains({stated}, {bare}) then {stated} else concat({stated}, ' ', {following}) end"
    place = _MODIFIERS.index(name) + 1
    # Nearly every code is its five characters: only where it is longer are all modifiers of the line gone through.
    are_several = f"length({written}) > 5 and regexp_full_match({written}, {literal(_CODE_WITH_MODIFIERS)})"
    if len(given := [column for column in columns if column.is_given and not column.part]) == 1:
        only = f"upper(trim({given_text(given[0])}))"
        are_several += f" or length({only}) > 4 and regexp_full_match({only}, {literal(_MODIFIERS_IN_ONE)})"
    return (
        f"case when {are_several}"
        f" then coalesce(regexp_extract_all({named}, '[0-9A-Z]{{2}}')[{place}], '') else {own} end"
    )


def text_expression(layout: Layout, name: str) -> str:
    """A column of text of a line of this layout, as the claim line has it; '' where the layout has none."""
    return _text(layout, layout.columns[name], name) if name in layout.columns else "''"


def frequency_expression(layout: Layout) -> str:
    """The frequency of a line's claim, by its own column or the last digit of the type of bill."""
    if "claim_frequency" in layout.columns or "bill_type" not in layout.columns:
        return text_expression(layout, "claim_frequency")
    bill = text_expression(layout, "bill_type")
    return f"case when length({bill}) in (3, 4) and right({bill}, 1) in ('7', '8') then right({bill}, 1) else '1' end"


def raw_text(layout: Layout, name: str) -> str:
    """What the source says in a column, as text; '' where it has none."""
    source = layout.columns.get(name)
    return "''" if source is None else given_text(source)


def given_text(source: Taken) -> str:
    """What the source says, as text; '' where it says nothing."""
    if source.filled:
        text = f"coalesce(trim({as_text(source.filled)}), '')"
        said = f"{text} not in ('', '0', '0.0', 'nan')"
        if source.unlike:
            said += f" and {text} <> coalesce(trim({as_text(source.unlike)}), '')"
        return f"case when {said} then {literal(source.then)} else {literal(source.otherwise)} end"
    if source.columns:
        parts = ", ".join(
            f"regexp_replace(coalesce(trim({as_text(name)}), ''), '^([0-9]+)[.]0+$', '\\1')" for name in source.columns
        )
        return f"concat_ws({literal(source.separator)}, {parts})"
    if source.is_filled_text:
        return identity(source.column)
    return f"coalesce({as_text(source.column)}, '')" if source.column else literal(source.constant)


def as_text(column: str) -> str:
    """A column of the source as text."""
    return f"cast({identity(column)} as varchar)"


def _text(layout: Layout, source: Taken, name: str) -> str:
    if not source.is_given:
        return literal(source.constant)
    if layout.is_clean:
        return given_text(source)
    text = f"trim({given_text(source)})"
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
        text = person_sql(text) if name == "patient" else moment_sql(text, source.date_format or layout.date_format)
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


def diagnosis_codes(name: str) -> str:
    """The codes in a column of diagnoses, without qualifiers and words."""
    text = as_text(name)
    without_qualifier = f"regexp_replace({text}, {literal(_BEFORE_A_DIAGNOSIS)}, '\\1', 'g')"
    bare = f"regexp_replace({without_qualifier}, {literal(_WORDS_BEHIND_A_DIAGNOSIS)}, '', 'g')"
    return f"case when length({text}) > 8 or contains({text}, ':') then {bare} else {text} end"


def _without_qualifier(text: str) -> str:
    bare = f"regexp_replace(regexp_replace({text}, {literal(_QUALIFIER)}, ''), {literal(_WORDS_BEHIND_A_CODE)}, '')"
    return f"case when length({text}) > 7 then {bare} else {text} end"


def value_of(layout: Layout, source: Taken, column: Column) -> str:
    """The value of a column of a claim line, in the type of the column."""
    if column.name in _MODIFIERS and not layout.is_clean:
        return _modifier(layout, column.name)
    if column.name in LEFT_OPEN and source.is_given and not source.is_known:
        return _known(column.name, _text(layout, source, column.name))
    if column.type == "varchar":
        return _text(layout, source, column.name)
    given = identity(source.column) if source.column and not source.part else given_text(source)
    if column.type == "date":
        return _day(given, source.date_format or layout.date_format, source.other_date_format)
    if column.type == "integer" and source.part:
        return _pointer(given_text(source), source.part)
    if column.name == "units" and not layout.is_clean:
        given = _without_its_unit(given)
    if column.type == "integer":
        number = f"try_cast({given} as double)" if layout.is_clean else number_of(layout, given, "double")
        # A number of units may be written 1.0; 1.5 units are none.
        # Not a number is equal to itself in DuckDB, and true can be cast to one.
        is_whole = (
            f"typeof({given}) <> 'BOOLEAN' and {number} = floor({number}) and abs({number}) <= {MOST_OF_A_NUMBER}"
        )
        whole = f"case when {is_whole} then try_cast({number} as integer) end"
        whole = whole if layout.is_clean else f"case when {_is_parted(layout, given)} then null else {whole} end"
        return _below_zero(layout, whole) if column.name == "units" else whole
    return _amount(layout, given, column.type)


def _below_zero(layout: Layout, units: str) -> str:
    """The units, negative where the layout says that their row takes back those of another."""
    for entry in layout.take_back:
        text = f"trim(cast({identity(entry.column)} as varchar))"
        takes_back = f"coalesce({text} in ({', '.join(map(literal, entry.values))}), false)"
        units = f"case when {takes_back} then -abs({units}) else {units} end"
    return units


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
    # DuckDB asks a function once for each text that a file lists, `in` and a regular expression again for each line.
    is_known = f"list_position([{words}], {text}) is not null" if words else f"{text} glob '{_PLACE_OF_SERVICE}'"
    return f"case when {is_known} then {text} else '' end"


def _day(given: str, date_format: str, other: str = "") -> str:
    digits = f"trim(cast({given} as varchar))"
    # 20250305 is one day whatever form its column has: no other form of eight digits begins with 19 or 20.
    day_of_digits = f"cast(try_strptime({digits}, '%Y%m%d') as date)"
    compact = f"case when regexp_full_match({digits}, '(19|20)[0-9]{{6}}') then {day_of_digits} end"
    if not date_format:
        return f"coalesce(try_cast({given} as date), {compact})"
    text = f"regexp_replace({digits}, {literal(TIME_OF_DAY)}, '')"
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
    number = f"try_cast({given} as {kind})" if layout.is_clean else number_of(layout, given, kind)
    return f"case when isfinite({number}) then {number} end"


def number_of(layout: Layout, given: str, kind: str) -> str:
    """A value of the source as a number, by the decimal mark of its layout; null where it is none."""
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
