"""Fits a known layout to how the values of a table are written."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from isocenter.intake.bulk import value_forms
from isocenter.intake.bulk.amounts import writes_decimal_commas
from isocenter.intake.bulk.code_shapes import has_modifiers
from isocenter.intake.bulk.column_names import columns_by_meaning
from isocenter.intake.bulk.draft import DAYS, RECEIVED, draft_of
from isocenter.intake.bulk.layouts import Layout


def fitted(
    layout: Layout,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    further: Mapping[str, Sequence[str]] | None = None,
    days_beside: frozenset[str] = frozenset(),
) -> Layout:
    """A known layout with the forms in which the values of a table are written: dates, decimals, words."""
    draft = draft_of(columns, rows, further)
    taken = dict(layout.columns)
    days = {
        name: source
        for name in (*DAYS, RECEIVED)
        if (source := taken.get(name)) and source.column and not (source.date_format or layout.date_format)
    }
    said = {name: draft.values(source.column) for name, source in days.items()}
    for name, form in value_forms.date_forms_of(said, days_beside).items():
        if name == RECEIVED and form.of_both:
            del taken[name]
        elif form.form and not form.is_open:
            other = form.other if form.of_both else ""
            taken[name] = replace(days[name], date_format=form.form, other_date_format=other)
    for name in ("setting", "line_of_business"):
        source = taken.get(name)
        if source is not None and source.column:
            given = draft.values(source.column)
            known = value_forms.settings_by(given) if name == "setting" else value_forms.coverages_by(given)
            own = {word: word for word in known.values()}
            values, unknown = value_forms.translated(given, known)
            if unknown or any(value != word for value, word in values.items()):
                taken[name] = replace(source, values={**own, **values, **source.values})
    amounts = [source.column for name, source in taken.items() if name.endswith("_amount") and source.column]
    commas = writes_decimal_commas(value for name in amounts for value in draft.values(name))
    code = taken.get("procedure_code")
    if code is not None and code.column and "modifier_1" not in taken and has_modifiers(draft.values(code.column)):
        taken |= {f"modifier_{place}": replace(code, part=place) for place in (1, 2, 3, 4)}
    is_as_given = taken == dict(layout.columns)
    return replace(
        layout,
        columns=taken,
        decimal_mark="," if commas else layout.decimal_mark,
        asks_for_versions=not layout.has_versions,
        is_clean=layout.is_clean and is_as_given,
    )


def forms_of_days_shown(
    columns: Sequence[str], rows: Sequence[Sequence[str]], further: Mapping[str, Sequence[str]]
) -> frozenset[str]:
    """The forms of days that a table shows beyond doubt, by all columns that may hold days of service."""
    draft, by_meaning = draft_of(columns, rows, further), columns_by_meaning(columns)
    names = {one for name in DAYS for one in by_meaning.get(name, ())}
    return value_forms.forms_shown(
        form for name in sorted(names) if (form := value_forms.date_form_of(draft.values(name)))
    )
