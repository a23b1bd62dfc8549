"""Proposes which column of an unknown table holds what: by the names of its columns, and by what they hold."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from isocenter.intake.bulk import value_forms
from isocenter.intake.bulk.claim_versions import WAYS_TO_COUNT, counting, version_suffix
from isocenter.intake.bulk.column_names import (
    birth_columns,
    code_columns,
    code_with_modifier_columns,
    columns_by_meaning,
    coverage_of_extract,
    days_taken_back,
    diagnosis_columns,
    is_of_a_claim,
    joined_columns,
    modifier_columns,
    person_columns,
    repeated_columns,
    status_columns,
    version_columns,
    words_of,
)
from isocenter.intake.bulk.draft import FITS, Draft
from isocenter.intake.bulk.layouts import REQUIRED, Layout, mapping_of
from isocenter.intake.bulk.leaving_out import leave_rows_out
from isocenter.intake.bulk.mapping_text import as_toml
from isocenter.intake.bulk.row_flags import flag_columns, flagged_out
from isocenter.intake.bulk.row_states import values_left_out
from isocenter.intake.bulk.selecting import DIAGNOSIS_MARKS

_CODE = re.compile(
    r"(HC[:^|>])?[0-9A-Z][0-9]{3}[0-9A-Z](\.0+)?([-: ^|>]+[0-9A-Z]{2})*( +[-:] *([A-Z]{2} )?[A-Z]{3}.*)?", re.IGNORECASE
)
_MODIFIER = re.compile(r"[0-9A-Z]{2}(\.0)?", re.IGNORECASE)
_ONE_ICD = r"[A-Z][0-9][0-9A-Z](\.?[0-9A-Z]{1,4}|\.)?( +[-:] *([A-Z]{2} )?[A-Z]{3}[^;|]*)?"
_ICD = re.compile(rf"((ABK|BK):)?{_ONE_ICD}({DIAGNOSIS_MARKS}+((ABF|BF):)?{_ONE_ICD})*", re.IGNORECASE)
_TUMORS = re.compile(r"(C[0-9][0-9A-Z]|D[0-4][0-9]|Z51)(?![A-Z0-9]{5}).*", re.IGNORECASE)
_ICD_9 = re.compile(r"(V?[0-9]{2,3}|E[0-9]{3})(\.?[0-9]{1,2})?(\.0)?", re.IGNORECASE)
_NPI = re.compile(r"[12][0-9]{9}(\.0)?")
_REVENUE = re.compile(r"0?[0-9]{3}(\.0)?")
_BILL_TYPE = re.compile(r"0?[0-9][0-9A-Z][0-9A-Z](\.0)?", re.IGNORECASE)
_PLACE = re.compile(r"[0-9]{1,2}(\.0)?([-: ]+[A-Za-z].*)?")
_WHOLE = re.compile(r"-?[0-9]{1,4}(\.0*)?|-?[0-9]{1,3},0+")
_AMOUNT = re.compile(r"[-($ ]*[0-9][0-9.,]*([)-]| ?CR)?")
_TREATMENT = re.compile(r"(77[0-9]{3}|G60[0-9]{2}|G6001|0333|333)(\.0)?", re.IGNORECASE)
_TEXT = re.compile(r".+")
_NAME_OF_A_PERSON = re.compile(r"[^0-9]*[^\W\d_][^0-9]*[, ][^0-9]*[^\W\d_][^0-9]*")
_DAYS = ("service_date", "last_service_date")
_RECEIVED = "written_at"  # a day that lines can do without
_PERSON = re.compile(r"[0-9A-Z]{1,3}(\.0)?", re.IGNORECASE)
_SHAPES = {
    "procedure_code": _CODE, "units": _WHOLE, "line_number": re.compile(r"[0-9]{1,4}(\.0)?"),
    "charge_amount": _AMOUNT, "allowed_amount": _AMOUNT, "revenue_code": _REVENUE, "bill_type": _BILL_TYPE,
    "place_of_service": _PLACE, "rendering_npi": _NPI, "billing_npi": _NPI, "supervising_npi": _NPI,
    "claim_frequency": re.compile(r"[0-9](\.0)?"),
}  # fmt: skip
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
    """A mapping for a table of these columns, of which some rows are at hand.

    `further` are values that columns have below these rows; what a `known` layout takes, of one column each, stays.
    `days_beside` are the forms of days that files with the same columns show.
    """
    draft = _draft(columns, rows, further)
    draft.rows_in_force = _rows_in_force(draft)
    draft.days_beside = days_beside
    if known is not None:
        draft.lines |= {name: source.column for name, source in known.columns.items()}
        draft.known = frozenset(known.columns)
        draft.diagnoses = draft.known_diagnoses = list(known.diagnoses)
    _take_named(draft)
    _take_patient(draft)
    _take_by_values(draft)
    _doubt_lines_across(draft)
    _take_dates(draft)
    _take_setting(draft)
    _take_coverage(draft)
    _take_amounts(draft)
    _take_frequency(draft)
    _take_version(draft)
    leave_rows_out(draft)
    for name in (*REQUIRED, "setting"):
        if name not in draft.lines:
            what = " (whether a claim is professional or institutional)" if name == "setting" else ""
            draft.doubts.append(f"no column is known to hold {name}{what}")
    text = as_toml(draft)
    layout = None if draft.doubts or not draft.rows else mapping_of(text, "the proposed mapping", columns)
    found = frozenset(draft.lines) | ({"procedure_code"} if code_columns(columns) else set())
    return Proposal(text, tuple(draft.doubts), found, layout, _sentence(draft, layout))


def _draft(columns: Sequence[str], rows: Sequence[Sequence[str]], further: Mapping[str, Sequence[str]] | None) -> Draft:
    return Draft(columns, [row for row in rows if len(row) == len(columns)], further=further or {})


def deciding_columns(columns: Sequence[str]) -> list[str]:
    """The columns whose every value counts for how a table is to be read: dates, words of coverage, states of lines."""
    by_meaning = columns_by_meaning(columns)
    names = [
        name
        for ours in ("service_date", "last_service_date", "setting", "line_of_business")
        for name in by_meaning.get(ours, ())
    ]
    return list(dict.fromkeys([*names, *status_columns(columns), *flag_columns(columns), *days_taken_back(columns)]))


def forms_of_days_shown(
    columns: Sequence[str], rows: Sequence[Sequence[str]], further: Mapping[str, Sequence[str]]
) -> frozenset[str]:
    """The forms of days that a table shows beyond doubt, by all columns that may hold days of service."""
    draft, by_meaning = _draft(columns, rows, further), columns_by_meaning(columns)
    names = {one for name in _DAYS for one in by_meaning.get(name, ())}
    return value_forms.forms_shown(
        form for name in sorted(names) if (form := value_forms.date_form_of(draft.values(name)))
    )


def fitted(
    layout: Layout,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    further: Mapping[str, Sequence[str]] | None = None,
    days_beside: frozenset[str] = frozenset(),
) -> Layout:
    """A known layout with the forms in which the values of a table are written: dates, decimals, words."""
    draft = _draft(columns, rows, further)
    taken = dict(layout.columns)
    days = {
        name: source
        for name in (*_DAYS, _RECEIVED)
        if (source := taken.get(name)) and source.column and not (source.date_format or layout.date_format)
    }
    said = {name: draft.values(source.column) for name, source in days.items()}
    for name, form in value_forms.date_forms_of(said, days_beside).items():
        if name == _RECEIVED and form.of_both:
            del taken[name]
        elif form.form:
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
    commas = value_forms.writes_decimal_commas(value for name in amounts for value in draft.values(name))
    code = taken.get("procedure_code")
    if code is not None and code.column and "modifier_1" not in taken and _has_modifiers(draft.values(code.column)):
        taken |= {f"modifier_{place}": replace(code, part=place) for place in (1, 2, 3, 4)}
    sources = {name: source.column for name, source in taken.items()}
    suffix = layout.version_suffix or ("" if layout.latest_version else version_suffix(sources, columns, draft.rows))
    is_as_given = taken == dict(layout.columns)
    return replace(
        layout,
        columns=taken,
        decimal_mark="," if commas else layout.decimal_mark,
        version_suffix=suffix,
        is_clean=layout.is_clean and is_as_given,
    )


def _has_modifiers(codes: Sequence[str]) -> bool:
    return any(len(code) > 6 and _CODE.fullmatch(code) for code in codes)


def _rows_in_force(draft: Draft) -> list[Sequence[str]]:
    out = [
        (draft.columns.index(name), {*values_left_out(name, draft.distinct(name))})
        for name in status_columns(draft.columns)
    ]
    out += [
        (draft.columns.index(name), {*flagged_out(kind, draft.distinct(name))})
        for name, kind in flag_columns(draft.columns).items()
    ]
    return [row for row in draft.rows if not any(row[place].strip() in values for place, values in out)]


def _take_named(draft: Draft) -> None:
    by_meaning = columns_by_meaning([name for name in draft.columns if name not in draft.lines.values()])
    first_day = draft.lines.get("service_date") or by_meaning.get("service_date", [""])[0]
    for name, candidates in by_meaning.items():
        if name in draft.known:
            continue
        fitting = [one for one in candidates if not draft.values(one) or _looks_like(draft, name, one)]
        if name == "last_service_date":
            fitting = [one for one in fitting if _ends_what_begins(one, first_day)]
        if name == "line_of_business":
            fitting.sort(key=lambda one: not _says_coverage(draft.distinct(one)))
        if name in ("charge_amount", "allowed_amount"):
            fitting.sort(key=is_of_a_claim)
        if fitting:
            draft.lines[name] = fitting[0]
        elif name in REQUIRED:
            shown = f", such as {draft.values(candidates[0])[0]:.40}," if name == "service_date" else ""
            draft.doubts.append(f"{name}: what {candidates[0]} holds{shown} does not look like it")
    if "claim_id" not in draft.lines and "patient_account_number" in draft.lines:
        draft.lines["claim_id"] = draft.lines.pop("patient_account_number")
    if "procedure_code" not in draft.lines:
        named = [one for one in code_with_modifier_columns(draft.columns) if draft.values(one)]
        with_codes = [one for one in named if _looks_like(draft, "procedure_code", one)]
        draft.lines |= {"procedure_code": with_codes[0]} if with_codes else {}
    _join_parts(draft)
    if "modifier_1" not in draft.lines:
        _take_modifiers(draft)
    diagnoses = diagnosis_columns(draft.columns)
    draft.diagnoses = draft.diagnoses or [name for name in diagnoses if _holds_diagnoses(draft.values(name))]


def _take_patient(draft: Draft) -> None:
    """The column that distinguishes persons who share a member's number: a sequence, else the day of birth."""
    member = draft.lines.get("member_id")
    taken = {str(source) for source in draft.lines.values()}
    free = [name for name in draft.columns if name not in taken]
    if "patient" in draft.lines or not isinstance(member, str):
        return
    numbering = [name for name in person_columns(free) if _share(draft.values(name), _PERSON) == 1]
    born = [
        name
        for name in birth_columns(free, member)
        if (form := value_forms.date_form_of(draft.values(name))) and form.share >= FITS
    ]
    if numbering or born:
        draft.lines["patient"] = (numbering or born)[0]


def _holds_diagnoses(codes: Sequence[str]) -> bool:
    """Whether most of the values are codes of ICD-10-CM or of ICD-9-CM before it, or there is none."""
    return not codes or _share(codes, _ICD) + _share(codes, _ICD_9) >= 0.5


def _looks_like(draft: Draft, name: str, source: str) -> bool:
    """Whether the values of a source column fit one of our columns."""
    if name in ("service_date", "last_service_date"):
        return value_forms.date_form_of(draft.values(source)) is not None
    said = draft.line_values(source) or draft.values(source)
    if name == "member_id" and _share(said, _NAME_OF_A_PERSON) > 0.5:
        return False  # two persons may have one name; fewer are totals
    return _share(said, _SHAPES.get(name, _TEXT)) >= FITS


def _says_coverage(found: Sequence[str]) -> bool:
    return bool(value_forms.translated(found, value_forms.coverages_by(found))[0])


def _join_parts(draft: Draft) -> None:
    for name, shape in _JOINED_SHAPE.items():
        parts = joined_columns(draft.columns, name)
        is_told = name in draft.lines and draft.lines[name] not in parts
        if parts and not is_told and all(_share(draft.values(part), shape) >= FITS for part in parts):
            draft.lines[name] = {"columns": list(parts)}
            if name == "service_date":
                draft.lines[name] |= {"separator": "-", "date_format": "%Y-%m-%d"}


def _take_modifiers(draft: Draft) -> None:
    """Each from a column of its own, or all from one, or from the column of the code that they follow."""
    code = draft.lines.get("procedure_code", "")
    modifiers = [name for name in modifier_columns(draft.columns) if name != code]
    modifiers = modifiers if all(_may_modify(draft, name) for name in modifiers) else []
    if len(modifiers) == 1 and any(len(value) > 2 and not value.endswith(".0") for value in draft.values(modifiers[0])):
        draft.lines["modifiers"] = modifiers[0]
    elif not modifiers and code and _has_modifiers(draft.values(code)):
        draft.lines["modifiers"] = code
    else:
        draft.lines |= {f"modifier_{place}": name for place, name in enumerate(modifiers, start=1)}


def _may_modify(draft: Draft, name: str) -> bool:
    """Whether a column is one of modifiers: of one called M1 its values have to show it."""
    return "modifier" in words_of(name) or not draft.values(name) or _share(draft.values(name), _MODIFIER) >= FITS


_JOINED_SHAPE = {"bill_type": re.compile(r"[0-9A-Z](\.0)?"), "service_date": re.compile(r"[0-9]{1,4}(\.0)?")}


def _ends_what_begins(last: str, first: str) -> bool:
    """Whether a last day is of the same thing as a first day, and not that of the claim beside that of its line."""
    return set(words_of(last)) - {"through"} <= set(words_of(first)) | {"date", "service", "dos"}


def _take_by_values(draft: Draft) -> None:
    """Columns that no name identifies: codes of treatment and identifiers are known by what they look like."""
    taken = {str(one) for one in draft.lines.values()} | set(draft.diagnoses)
    free = [name for name in draft.columns if name not in taken and draft.values(name)]
    if "procedure_code" not in draft.lines:
        codes = [name for name in free if _share(draft.values(name), _CODE) >= FITS]
        codes = [name for name in codes if _share(draft.values(name), _TREATMENT) >= 0.5]
        if codes:
            draft.lines["procedure_code"] = codes[0]
            draft.doubts.append(
                f"procedure_code: {codes[0]} holds what look like procedure codes, though its name does not say it"
            )
            free.remove(codes[0])
    if "service_date" not in draft.lines:
        days = [
            name for name in free
            if (form := value_forms.date_form_of(draft.values(name))) and form.share >= FITS
        ]  # fmt: skip
        if days:
            draft.lines["service_date"] = days[0]
            draft.doubts.append(f"service_date: {days[0]} holds dates, though its name does not say which")
    if not draft.diagnoses:
        draft.diagnoses = [name for name in free if _looks_diagnosed(draft.values(name))][:1]


def _looks_diagnosed(codes: Sequence[str]) -> bool:
    """Whether values of a column of no known name are diagnoses, of tumors for the most part.

    A room, a visit or a reason of a payment may be written as a diagnosis is: B12, V1001, N130.
    """
    return _share(codes, _ICD) >= FITS and _share(codes, _TUMORS) >= 0.5


def _doubt_lines_across(draft: Draft) -> None:
    """A row with a claim's services beside each other, as HCPCS_CD_1 to HCPCS_CD_13, is no line."""
    code = draft.lines.get("procedure_code")
    beside = repeated_columns(draft.columns, code) if isinstance(code, str) else []
    beside = [name for name in beside if draft.values(name) and _share(draft.values(name), _CODE) >= FITS]
    if named := code_columns(draft.columns):
        draft.doubts.append(
            f"procedure_code: {', '.join(named[:3])}{' and more' if len(named) > 3 else ''} are columns named after"
            " procedure codes; write each service on a row of its own"
        )
    if beside:
        draft.doubts.append(
            f"procedure_code: each row holds several services, in {code} and {', '.join(beside[:3])}"
            f"{' and more' if len(beside) > 3 else ''}; write each service on a row of its own"
        )


def _take_dates(draft: Draft) -> None:
    names = (*_DAYS, _RECEIVED)
    columns = {name: source for name in names if isinstance(source := draft.lines.get(name), str)}
    said = {name: draft.values(source) for name, source in columns.items()}
    forms = value_forms.date_forms_of(said, draft.days_beside)
    for name, source in columns.items():
        if not draft.values(source):
            continue
        form = forms.get(name)
        is_of_one_form = form is not None and form.share >= FITS and not form.of_both
        if name == _RECEIVED and not is_of_one_form:
            del draft.lines[name]  # nothing says what came first; the order of the rows decides
        elif (form is None or form.share < FITS) and name in draft.known:
            pass  # the lines of the others are rejected, each with its reason
        elif form is None or form.share < FITS:
            shown = " and ".join(value_forms.one_of_each_form(draft.values(source)))
            sentence = f"the days in {source} are not all of one known form: {shown}; write them all as 2025-02-24"
            if any(map(value_forms.is_a_range_of_days, draft.values(source))):
                sentence += ", and the last day of a range in a column of its own, such as last_service_date"
            draft.doubts.append(f"{name}: {sentence}")
        elif form.of_both and name in draft.known:
            continue  # both forms are read when the layout is fitted to the values
        elif form.of_both:
            of = (
                f"some days in {source}"
                if value_forms.date_forms_of(said)[name].of_both
                else "in files of these columns, some"
            )
            draft.doubts.append(f"{name}: {of} fit {form.form} alone, and some {form.other} alone")
            continue
        elif form.other and not form.form.startswith("%m/") and name not in draft.known:
            draft.doubts.append(f"{name}: {source} may be written as {form.form} or as {form.other}")
        if form and form.form and name in draft.lines:
            draft.lines[name] = {"column": source, "date_format": form.form}


def _take_setting(draft: Draft) -> None:
    source = draft.lines.get("setting")
    if isinstance(source, str):
        found = draft.distinct(source)
        values, unknown = value_forms.translated(found, value_forms.settings_by(found))
        if (values and not unknown) or "setting" in draft.known:
            draft.lines["setting"] = {"column": source, "values": values} if values else source
            return
        if draft.rows:
            del draft.lines["setting"]
        elif not values:
            draft.lines["setting"] = {"column": source, "values": {"P": "professional", "I": "institutional"}}
            return
    revenue = draft.lines.get("revenue_code") or draft.lines.get("bill_type")
    if isinstance(revenue, str):
        given = sum(bool(row[draft.columns.index(revenue)].strip(" 0.")) for row in draft.rows)
        if given == len(draft.rows) and given and not draft.further:
            draft.lines["setting"] = {"constant": "institutional"}
        elif given or (draft.rows and draft.further):
            draft.lines["setting"] = {"filled": revenue, "then": "institutional", "otherwise": "professional"}
        elif draft.rows:
            draft.lines["setting"] = {"constant": "professional"}
    elif isinstance(revenue, dict):
        draft.lines["setting"] = {"constant": "institutional"}
    elif isinstance(place := draft.lines.get("place_of_service"), str) and draft.values(place):
        draft.lines["setting"] = {"constant": "professional"}


def _take_coverage(draft: Draft) -> None:
    source = draft.lines.get("line_of_business")
    if source is None and (coverage := coverage_of_extract(draft.columns)):
        draft.lines["line_of_business"] = {"constant": coverage}
    if isinstance(source, str):
        given = draft.distinct(source)
        values, unknown = value_forms.translated(given, value_forms.coverages_by(given))
        if not values and "line_of_business" in draft.known:  # a column of ours in which nobody says the coverage
            values = {word: word for word in value_forms.COVERAGES.values()}
        if values:
            draft.lines["line_of_business"] = {"column": source, "values": values}
        else:
            del draft.lines["line_of_business"]
        if unknown:
            shown = ", ".join(unknown[:4])
            draft.head[f"line_of_business: {shown} in {source} do not say whose coverage it is; it stays open"] = ""


def _take_amounts(draft: Draft) -> None:
    for name in ("charge_amount", "allowed_amount"):
        source = draft.lines.get(name)
        if name not in draft.known and isinstance(source, str) and _repeats_on_each_line(draft, source):
            del draft.lines[name]
            draft.head[f"{name}: {source} is the same on all lines of a claim, as its total is; it stays empty"] = ""
    names = [draft.lines[name] for name in ("charge_amount", "allowed_amount") if name in draft.lines]
    if value_forms.writes_decimal_commas(value for name in names for value in draft.values(name)):
        draft.head["decimal_mark"] = ","


def _repeats_on_each_line(draft: Draft, source: str) -> bool:
    """Whether an amount that is named as one of a claim is one amount on all lines of each claim of several codes."""
    wanted = [draft.lines.get(name) for name in ("claim_id", "procedure_code")]
    if not is_of_a_claim(source) or not all(isinstance(name, str) for name in wanted):
        return False
    claim, code = (draft.columns.index(str(name)) for name in wanted)
    place = draft.columns.index(source)
    said: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for row in draft.rows_in_force:
        if row[code].strip():
            said[row[claim].strip()].add((row[code].strip(), row[place].strip()))
    several = [pairs for pairs in said.values() if len({one for one, _ in pairs}) > 1]
    return bool(several) and all(len({amount for _, amount in pairs}) == 1 for pairs in several)


def _take_frequency(draft: Draft) -> None:
    """By its column, in words too; else a claim that names the one it adjusts replaces it."""
    by_meaning = columns_by_meaning(draft.columns)
    taken = draft.columns_taken()
    columns = [
        *by_meaning.get("claim_frequency", []),
        *(one for one in by_meaning.get("setting", []) if one not in taken),  # Claim Type: Original, Corrected
    ]
    for name in [one for one in columns if "claim_frequency" not in draft.lines]:
        if values := value_forms.frequencies_of(draft.values(name)):
            draft.lines["claim_frequency"] = {"column": name, "values": values}
    adjusted, claim = draft.lines.get("original_claim_id"), draft.lines.get("claim_id")
    is_stated = {"claim_frequency", "bill_type"} & set(draft.lines)
    if is_stated or not isinstance(adjusted, str) or not isinstance(claim, str) or not draft.values(adjusted):
        return
    places = draft.columns.index(adjusted), draft.columns.index(claim)
    if not any(row[places[0]].strip() == row[places[1]].strip() for row in draft.rows):  # an original may name itself
        draft.lines["claim_frequency"] = {"filled": adjusted, "then": "7", "otherwise": "1"}


def _take_version(draft: Draft) -> None:
    """The column that numbers the versions of a claim, also of a table of one version: the others may be in others."""
    taken = draft.columns_taken()
    for name in version_columns(draft.columns):
        if name not in taken and _share(draft.values(name), _SHAPES["line_number"]) == 1:
            draft.head["latest_version"] = name
            return
    sources = {
        name: source if isinstance(source, str) else source.get("column", "") for name, source in draft.lines.items()
    }
    if suffix := version_suffix(sources, draft.columns, draft.rows):
        draft.head["version_suffix"] = suffix


def _share(values: Sequence[str], shape: re.Pattern[str]) -> float:
    return sum(shape.fullmatch(value) is not None for value in values) / len(values) if values else 0.0


def _sentence(draft: Draft, layout: Layout | None) -> str:
    parts = [f"{name} from {_short(source)}" for name, source in draft.lines.items() if name not in draft.known]
    parts += [f"diagnoses from {', '.join(draft.diagnoses)}"] if draft.diagnoses != draft.known_diagnoses else []
    parts += [counting(key, draft.head[key]) for key in WAYS_TO_COUNT if key in draft.head]
    parts += [f"left out where {name} is {' or '.join(values)}" for name, values in draft.leave_out]
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
        return f"{source['filled']} ({source['then']} where filled, else {source['otherwise']})"
    names = source.get("columns") or [source["column"]]
    form = f" ({source['date_format']})" if "date_format" in source else ""
    return "".join([" and ".join(names), form])
