"""Which column of an unknown table holds what: by the names of the columns, and by what they hold."""

import re
from collections.abc import Mapping, Sequence

from isocenter.intake.bulk import value_forms
from isocenter.intake.bulk.code_shapes import (
    CODE,
    MEASURE,
    OF_SERVICES,
    PERSON_NUMBER,
    TREATMENT,
    has_modifiers,
    holds_diagnoses,
    looks_diagnosed,
    looks_like,
    may_modify,
    share,
)
from isocenter.intake.bulk.column_names import (
    birth_columns,
    code_columns,
    code_with_modifier_columns,
    columns_by_meaning,
    diagnosis_columns,
    is_of_a_claim,
    joined_columns,
    may_hold_days_of_service,
    measure_columns,
    modifier_columns,
    person_columns,
    repeated_columns,
    says_more,
)
from isocenter.intake.bulk.draft import FITS, Draft
from isocenter.intake.bulk.layouts import REQUIRED
from isocenter.intake.bulk.name_words import words_of

_HELD_TO_THEIR_NAMES = ("claim_id", "member_id", "service_date", "units")  # without which no line is judged
_JOINED_SHAPE = {"bill_type": re.compile(r"[0-9A-Z](\.0)?"), "service_date": re.compile(r"[0-9]{1,4}(\.0)?")}


def take_named(draft: Draft) -> None:
    by_meaning = columns_by_meaning([name for name in draft.columns if name not in draft.lines.values()])
    first_day = draft.lines.get("service_date") or by_meaning.get("service_date", [""])[0]
    for name, candidates in by_meaning.items():
        if name in draft.known:
            continue
        fitting = [one for one in candidates if not draft.values(one) or looks_like(draft, name, one)]
        fitting.sort(key=lambda one: not draft.values(one))  # of an empty column no value shows that it is meant
        if name == "last_service_date":
            fitting = [one for one in fitting if _ends_what_begins(one, first_day)]
        if name == "line_of_business":
            fitting.sort(key=lambda one: not _says_coverage(draft.distinct(one)))
        if name in ("charge_amount", "allowed_amount"):
            fitting.sort(key=lambda one: (is_of_a_claim(one), "net" in words_of(one)))
        if fitting:
            draft.lines[name] = fitting[0]
            if name in _HELD_TO_THEIR_NAMES and says_more(name, fitting[0]):
                draft.doubts.append(f"{name}: {fitting[0]} may hold it, though its name says more than that")
        elif name in REQUIRED:
            draft.doubts.append(f"{name}: {_why_it_does_not_fit(draft, name, candidates[0])}")
    last_days = [one for one in by_meaning.get("last_service_date", ()) if looks_like(draft, "service_date", one)]
    if last_days and "service_date" not in by_meaning and "service_date" not in draft.known:
        draft.lines["service_date"] = last_days[0]
        draft.doubts.append(f"service_date: {last_days[0]} holds the last day of a service, and no column its first")
    _take_claim_number(draft, by_meaning)
    if "procedure_code" not in draft.lines:
        named = [one for one in code_with_modifier_columns(draft.columns) if draft.values(one)]
        with_codes = [one for one in named if looks_like(draft, "procedure_code", one)]
        draft.lines |= {"procedure_code": with_codes[0]} if with_codes else {}
    _join_parts(draft)
    _join_measure(draft)
    if "modifier_1" not in draft.lines:
        _take_modifiers(draft)
    diagnoses = diagnosis_columns(draft.columns)
    draft.diagnoses = draft.diagnoses or [name for name in diagnoses if holds_diagnoses(draft.values(name))]


def _take_claim_number(draft: Draft, by_meaning: Mapping[str, Sequence[str]]) -> None:
    """Without a number of the claim the biller's account, or the number of the original where none is adjusted."""
    if "claim_id" not in draft.lines and "patient_account_number" in draft.lines:
        draft.lines["claim_id"] = draft.lines.pop("patient_account_number")
    is_unnamed = "claim_id" not in draft.lines and "claim_id" not in by_meaning
    if is_unnamed and "original_claim_id" in draft.lines and not _are_adjusted(draft):
        draft.lines["claim_id"] = draft.lines.pop("original_claim_id")


def _are_adjusted(draft: Draft) -> bool:
    """Whether a column beside the numbers of original claims is filled that numbers their adjustments."""
    named = [
        name for name in draft.columns if {"adjustment"} < {*words_of(name)} and {"icn", "claim"} & {*words_of(name)}
    ]
    return any(map(draft.values, named))


def _why_it_does_not_fit(draft: Draft, name: str, source: str) -> str:
    held = draft.values(source)
    shown = f", such as {held[0]:.40}," if name == "service_date" else ""
    doubt = f"what {source} holds{shown} does not look like it"
    are_ranges = name == "service_date" and any(map(value_forms.is_a_range_of_days, held))
    return f"{doubt}; write the first and the last day in a column each" if are_ranges else doubt


def take_patient(draft: Draft) -> None:
    """The column that distinguishes persons who share a member's number: a sequence, else the day of birth."""
    member = draft.lines.get("member_id")
    taken = {str(source) for source in draft.lines.values()}
    free = [name for name in draft.columns if name not in taken]
    if "patient" in draft.lines or not isinstance(member, str):
        return
    numbering = [name for name in person_columns(free) if share(draft.values(name), PERSON_NUMBER) == 1]
    born = [
        name
        for name in birth_columns(free, member)
        if (form := value_forms.date_form_of(draft.values(name))) and form.share >= FITS
    ]
    if numbering or born:
        draft.lines["patient"] = (numbering or born)[0]


def take_by_values(draft: Draft) -> None:
    """Columns that no name identifies: codes of treatment and identifiers are known by what they look like."""
    taken = {str(one) for one in draft.lines.values()} | set(draft.diagnoses)
    free = [name for name in draft.columns if name not in taken and draft.values(name)]
    if "procedure_code" not in draft.lines:
        codes = [name for name in free if share(draft.values(name), CODE) >= FITS]
        codes = [name for name in codes if share(draft.values(name), TREATMENT) >= 0.5]
        if codes:
            draft.lines["procedure_code"] = codes[0]
            draft.doubts.append(
                f"procedure_code: {codes[0]} holds what look like procedure codes, though its name does not say it"
            )
            free.remove(codes[0])
    if "service_date" not in draft.lines:
        days = [
            name for name in filter(may_hold_days_of_service, free)
            if (form := value_forms.date_form_of(draft.values(name))) and form.share >= FITS
        ]  # fmt: skip
        if days:
            draft.lines["service_date"] = days[0]
            draft.doubts.append(f"service_date: {days[0]} holds dates, though its name does not say which")
    if not draft.diagnoses:
        draft.diagnoses = [name for name in free if looks_diagnosed(draft.values(name))][:1]


def doubt_lines_across(draft: Draft) -> None:
    """A row with a claim's services beside each other, as HCPCS_CD_1 to HCPCS_CD_13, is no line."""
    code = draft.lines.get("procedure_code")
    beside = repeated_columns(draft.columns, code) if isinstance(code, str) else []
    beside = [name for name in beside if draft.values(name) and share(draft.values(name), CODE) >= FITS]
    if named := code_columns(draft.columns):
        draft.doubts.append(
            f"procedure_code: {', '.join(named[:3])}{' and more' if len(named) > 3 else ''} are columns named after"
            " procedure codes; write each service on a separate row"
        )
    if beside:
        draft.doubts.append(
            f"procedure_code: each row holds several services, in {code} and {', '.join(beside[:3])}"
            f"{' and more' if len(beside) > 3 else ''}; write each service on a separate row"
        )


def _says_coverage(found: Sequence[str]) -> bool:
    return bool(value_forms.translated(found, value_forms.coverages_by(found))[0])


def _join_parts(draft: Draft) -> None:
    for name, shape in _JOINED_SHAPE.items():
        parts = joined_columns(draft.columns, name)
        is_told = name in draft.lines and draft.lines[name] not in parts
        if parts and not is_told and all(share(draft.values(part), shape) >= FITS for part in parts):
            draft.lines[name] = {"columns": list(parts)}
            if name == "service_date":
                draft.lines[name] |= {"separator": "-", "date_format": "%Y-%m-%d"}


def _join_measure(draft: Draft) -> None:
    """Units are read with what they count where a column says it and it is not always units: 15 of MJ are minutes."""
    units = draft.lines.get("units")
    if not isinstance(units, str):
        return
    for name in measure_columns(draft.columns):
        said = draft.distinct(name)
        if name != units and share(said, MEASURE) == 1 and share(said, OF_SERVICES) < 1:
            draft.lines["units"] = {"columns": [units, name], "separator": " "}
            return


def _take_modifiers(draft: Draft) -> None:
    """Each from a column of its own, or all from one, or from the column of the code that they follow."""
    code = draft.lines.get("procedure_code", "")
    modifiers = [name for name in modifier_columns(draft.columns) if name != code]
    modifiers = modifiers if all(may_modify(draft, name) for name in modifiers) else []
    if len(modifiers) == 1 and any(len(value) > 2 and not value.endswith(".0") for value in draft.values(modifiers[0])):
        draft.lines["modifiers"] = modifiers[0]
    elif not modifiers and code and has_modifiers(draft.values(code)):
        draft.lines["modifiers"] = code
    else:
        draft.lines |= {f"modifier_{place}": name for place, name in enumerate(modifiers, start=1)}


def _ends_what_begins(last: str, first: str) -> bool:
    """Whether a last day is of the same thing as a first day, and not that of the claim beside that of its line."""
    return set(words_of(last)) - {"through"} <= set(words_of(first)) | {"date", "service", "dos"}
