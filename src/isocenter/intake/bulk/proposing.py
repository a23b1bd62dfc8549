"""Proposes which column of an unknown table holds what: by the names of its columns, and by what they hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from isocenter.intake.bulk.claim_versions import counting
from isocenter.intake.bulk.column_names import (
    birth_columns,
    code_columns,
    columns_by_meaning,
    days_taken_back,
    measure_columns,
    person_columns,
    status_columns,
    taken_back_by,
    version_columns,
)
from isocenter.intake.bulk.draft import DAYS, Draft, draft_of
from isocenter.intake.bulk.finding_columns import doubt_lines_across, take_by_values, take_named, take_patient
from isocenter.intake.bulk.finding_forms import (
    take_amounts,
    take_coverage,
    take_dates,
    take_frequency,
    take_setting,
    take_version,
)
from isocenter.intake.bulk.layouts import REQUIRED, Layout, mapping_of
from isocenter.intake.bulk.leaving_out import leave_rows_out, state_columns
from isocenter.intake.bulk.mapping_text import as_toml
from isocenter.intake.bulk.name_words import words_of
from isocenter.intake.bulk.row_flags import flag_columns, flagged_out
from isocenter.intake.bulk.row_states import values_left_out

# Words of names of columns that may tell the charges of a ledger from its payments.
_OF_LEDGERS = {"action", "activity", "category", "code", "entry", "kind", "type"}
_VERSION = "latest_version"  # all rows are asked later whether numbers end with versions
_NAMED = 12  # columns that are not read, in one sentence


@dataclass(slots=True)
class Proposal:
    """A mapping file, what in it has to be looked over, and what it says in a sentence where nothing has."""

    text: str
    doubts: tuple[str, ...]
    found: frozenset[str]  # the columns of claim lines whose place in the table is known
    layout: Layout | None  # where nothing is in doubt
    sentence: str = ""


def propose(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]] = (),
    further: Mapping[str, Sequence[str]] | None = None,
    known: Layout | None = None,
    days_beside: frozenset[str] = frozenset(),
) -> Proposal:
    """A mapping for a table of these columns, of which some rows have been read.

    `further` are values that columns have below these rows; what a `known` layout takes, of one column each, stays.
    `days_beside` are the forms of days that files with the same columns show.
    """
    draft = draft_of(columns, rows, further)
    draft.rows_in_force = _rows_in_force(draft)
    draft.days_beside = days_beside
    if known is not None:
        draft.lines |= {name: source.column for name, source in known.columns.items()}
        draft.known = frozenset(known.columns)
        draft.diagnoses = draft.known_diagnoses = list(known.diagnoses)
    take_named(draft)
    take_patient(draft)
    take_by_values(draft)
    doubt_lines_across(draft)
    take_dates(draft)
    take_setting(draft)
    take_coverage(draft)
    take_amounts(draft)
    take_frequency(draft)
    take_version(draft)
    leave_rows_out(draft)
    for name in (*REQUIRED, "setting"):
        if name not in draft.lines:
            what = " (whether a claim is professional or institutional)" if name == "setting" else ""
            draft.doubts.append(f"no column is known to hold {name}{what}")
    text = as_toml(draft)
    layout = None if draft.doubts or not draft.rows else mapping_of(text, "the proposed mapping", columns)
    found = frozenset(draft.lines) | ({"procedure_code"} if code_columns(columns) else set())
    return Proposal(text, tuple(draft.doubts), found, layout, _sentence(draft, layout))


def deciding_columns(columns: Sequence[str]) -> list[str]:
    """The columns whose every value counts for how a table is to be read."""
    return list(dict.fromkeys([*columns_of_days(columns), *columns_of_few_values(columns)]))


def columns_of_days(columns: Sequence[str]) -> list[str]:
    """The columns of which each value may show how days are written, or that a row was taken back."""
    by_meaning = columns_by_meaning(columns)
    named = [name for ours in DAYS for name in by_meaning.get(ours, ())]
    return list(dict.fromkeys([*named, *days_taken_back(columns)]))


def columns_of_few_values(columns: Sequence[str]) -> list[str]:
    """The columns of words of settings and coverages, states of lines, measures of units, versions and persons."""
    by_meaning = columns_by_meaning(columns)
    named = [name for ours in ("setting", "line_of_business") for name in by_meaning.get(ours, ())]
    of_ledgers = [name for name in columns if set(words_of(name)) <= _OF_LEDGERS]
    of_states = [*status_columns(columns), *of_ledgers, *flag_columns(columns)]
    of_numbers = [*measure_columns(columns), *version_columns(columns), *person_columns(columns)]
    days = columns_of_days(columns)
    return [name for name in dict.fromkeys([*named, *of_states, *of_numbers]) if name not in days]


def columns_seldom_filled(columns: Sequence[str]) -> list[str]:
    """The columns that say something of a row where they are filled.

    What took it back, which claim it corrects, or on what day a person was born who shares a member's number.
    """
    by_meaning = columns_by_meaning(columns)
    born = birth_columns(columns, next(iter(by_meaning.get("member_id", ())), ""))
    corrected = by_meaning.get("original_claim_id", ())
    return list(dict.fromkeys([*days_taken_back(columns), *taken_back_by(columns), *corrected, *born]))


def _rows_in_force(draft: Draft) -> list[Sequence[str]]:
    out = [(draft.columns.index(name), {*values_left_out(name, draft.distinct(name))}) for name in state_columns(draft)]
    out += [
        (draft.columns.index(name), {*flagged_out(kind, draft.distinct(name))})
        for name, kind in flag_columns(draft.columns).items()
    ]
    return [row for row in draft.rows if not any(row[place].strip() in values for place, values in out)]


def _sentence(draft: Draft, layout: Layout | None) -> str:
    parts = [f"{name} from {_short(source)}" for name, source in draft.lines.items() if name not in draft.known]
    parts += [f"diagnoses from {', '.join(draft.diagnoses)}"] if draft.diagnoses != draft.known_diagnoses else []
    parts += [counting(_VERSION, draft.head[_VERSION])] if _VERSION in draft.head else []
    parts += [f"left out where {name} is {' or '.join(values)}" for name, values in draft.leave_out]
    parts += [f"where {name} is {' or '.join(values)}, lines take others back" for name, values in draft.take_back]
    parts += [f"left out where {name} is filled" for name in draft.left_out_where_filled]
    parts += [name for name, value in draft.head.items() if not value]
    taken = [f"its columns were taken by their names and values: {'; '.join(parts)}"] if parts else []
    return "; ".join(taken + (unread_columns(layout, draft.columns) if layout else []))


def unread_columns(layout: Layout, columns: Sequence[str]) -> list[str]:
    """What is to be said of the columns of a table that a layout passes over; [] where it reads them all."""
    unread = [name for name in columns if name not in layout.read_columns]
    more = f" and {len(unread) - _NAMED} more" if len(unread) > _NAMED else ""
    return [f"columns that are not read: {', '.join(unread[:_NAMED])}{more}"] if unread else []


def _short(source: Any) -> str:
    if isinstance(source, str):
        return source
    if "constant" in source:
        return f"no column ({source['constant']} for all lines)"
    if "filled" in source:
        and_other = f" and not {source['unlike']}" if "unlike" in source else ""
        return f"{source['filled']} ({source['then']} where filled{and_other}, else {source['otherwise']})"
    names = source.get("columns") or [source["column"]]
    form = f" ({source['date_format']})" if "date_format" in source else ""
    return "".join([" and ".join(names), form])
