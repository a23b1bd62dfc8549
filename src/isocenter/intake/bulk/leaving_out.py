"""Proposes which rows of a table are left out: by states, by flags, and by days on which they were voided."""

from collections.abc import Sequence

from isocenter.intake.bulk import value_forms
from isocenter.intake.bulk.amounts import is_negative
from isocenter.intake.bulk.column_names import days_taken_back, status_columns, taken_back_by
from isocenter.intake.bulk.draft import FITS, Draft
from isocenter.intake.bulk.line_reasons import NO_DAY, NOTHING
from isocenter.intake.bulk.row_flags import flag_columns, flagged_open, flagged_out
from isocenter.intake.bulk.row_states import (
    are_of_a_ledger,
    is_kept,
    may_be_a_charge,
    says_taken_back,
    values_left_out,
    values_that_cancel,
)

_FIRST_ROWS = 200  # of a ledger, among which some is a charge


def leave_rows_out(draft: Draft) -> None:
    """Adds to a draft what leaves rows out that bill nothing, and what is to be asked about them."""
    _take_status(draft)
    _take_flags(draft)
    _take_rows_taken_back_by(draft)
    _take_days_taken_back(draft)


def state_columns(draft: Draft) -> list[str]:
    """The columns that may say that a row bills nothing: by their names, or as they tell charges from payments."""
    named = status_columns(draft.columns)
    first = draft.rows[:_FIRST_ROWS]
    with_charges = [
        name
        for place, name in enumerate(draft.columns)
        if name not in named and any(may_be_a_charge(row[place]) for row in first)
    ]
    return [*named, *(name for name in with_charges if are_of_a_ledger(draft.distinct(name)))]


def _take_status(draft: Draft) -> None:
    taken = draft.columns_taken() | {draft.head.get("latest_version", "")}
    for name in state_columns(draft):
        if name in taken:
            continue
        found = draft.distinct(name)
        takes_back = values_that_cancel(draft.columns, name, found)
        if takes_back is not None:
            draft.take_back += [(name, takes_back)] if takes_back else []
            continue
        out = values_left_out(name, found)
        open_values = [value for value in found if value not in out and not is_kept(name, value, found)]
        back = [value for value in out if says_taken_back(value) and _are_negative(draft, name, value)]
        if back:
            out = [value for value in out if value not in back]
            draft.head[f"where {name} is {' or '.join(back)}, lines of negative units or amount take others back"] = ""
        if out:
            draft.leave_out.append((name, out))
        if open_values and len(found) <= 20:
            shown = ", ".join(open_values[:6])
            draft.doubts.append(
                f"{name} holds {shown}: do these rows hold services that were billed and not taken back? Name those "
                "that do not under [[leave_out]], or leave it as it is"
            )


def _take_flags(draft: Draft) -> None:
    """Rows that a flag says were not billed are left out; a flag that leaves it open, or no row in, is asked about."""
    taken = draft.columns_taken() | {*state_columns(draft)}
    for name, kind in flag_columns(draft.columns).items():
        found = draft.distinct(name)
        if name in taken or not found:
            continue
        out, has_blanks = flagged_out(kind, found), _is_blank_on_a_line(draft, name)
        if out and len(out) == len(found) and not has_blanks:
            draft.doubts.append(
                f"{name} holds {out[0]} in every row: were none of these rows billed? Name them under [[leave_out]], or"
                " leave it as it is"
            )
        elif out:
            draft.leave_out.append((name, out))
        elif asked := flagged_open(kind, found, has_blanks=has_blanks):
            draft.doubts.append(
                f"{name} holds {', '.join(asked[:6])}: which rows were billed to the payer? Name those that were not"
                " under [[leave_out]], or leave it as it is"
            )


def _is_blank_on_a_line(draft: Draft, name: str) -> bool:
    code = draft.lines.get("procedure_code")
    place, other = draft.columns.index(name), draft.columns.index(code if isinstance(code, str) else name)
    return any(not row[place].strip() for row in draft.rows_in_force if row[other].strip() or other == place)


def _take_days_taken_back(draft: Draft) -> None:
    """Rows with a day on which they were voided are left out; one filled in every row says something else."""
    for name in days_taken_back(draft.columns):
        place = draft.columns.index(name)
        rows = [row for row in draft.rows if _is_filled(row[place])]
        days = [day for day in draft.values(name) if _is_filled(day)]
        form = value_forms.date_form_of(days)
        are_days = form is not None and form.share >= FITS and not any("9999" in day for day in days)
        if not days:
            continue
        if rows and _take_others_back(draft, rows):
            draft.head[f"where {name} is filled, lines of negative units or amount take others back"] = ""
        elif are_days and len(rows) < len(draft.rows):
            draft.left_out_where_filled.append(name)
        else:
            shown = ", ".join(list(dict.fromkeys(days))[:3])
            draft.doubts.append(
                f"{name} holds {shown}: which rows were taken back? Name them under [[leave_out]], or leave it as it is"
            )


def _take_rows_taken_back_by(draft: Draft) -> None:
    for name in taken_back_by(draft.columns):
        place = draft.columns.index(name)
        filled = [row for row in draft.rows if _is_filled(row[place])]
        if filled and (len(filled) == len(draft.rows) or any(value_forms.is_a_no(row[place]) for row in filled)):
            draft.doubts.append(
                f"{name} holds {filled[0][place].strip()}: which rows were taken back? Name them under [[leave_out]],"
                " or leave it as it is"
            )
        elif filled and _take_others_back(draft, filled):
            draft.head[f"where {name} is filled, lines of negative units or amount take others back"] = ""
        elif draft.values(name):
            draft.left_out_where_filled.append(name)


def _is_filled(value: str) -> bool:
    return value.strip().lower() not in ("", *NOTHING, *NO_DAY)


def _are_negative(draft: Draft, name: str, value: str) -> bool:
    place = draft.columns.index(name)
    return _take_others_back(draft, [row for row in draft.rows if row[place].strip() == value])


def _take_others_back(draft: Draft, rows: Sequence[Sequence[str]]) -> bool:
    """Whether at least half of the rows have negative units or amounts: they cancel other rows."""
    numbers = [draft.lines.get(one) for one in ("units", "charge_amount", "allowed_amount")]
    places = [draft.columns.index(one) for one in numbers if isinstance(one, str)]
    negative = sum(any(is_negative(row[number]) for number in places) for row in rows)
    return bool(rows) and 2 * negative >= len(rows)
