"""Values of claim lines as spreadsheets and exports write them: 77301.0, $1,200.00, (150.00), P, 18/03/2024."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from isocenter.intake.bulk.amounts import plain_amount
from isocenter.intake.bulk.persons_and_moments import moment_of, person_of
from isocenter.intake.bulk.value_forms import (
    BEFORE_A_CODE,
    COUNTED,
    COVERAGES,
    DIGITS_OF_NPI,
    NPIS,
    PLACE_BEFORE_WORDS,
    PLACE_BEHIND_WORDS,
    PLACES,
    SETTINGS,
    WRITTEN_NPI,
    DateForm,
    coverages_by,
    date_forms_of,
    day_of,
    plain,
    settings_by,
)
from isocenter.terms.revenue import may_be_radiation
from isocenter.terms.values import bare

_WRITTEN_NPI = re.compile(WRITTEN_NPI, re.IGNORECASE)
_POINT_ZERO = re.compile(r"([0-9]+|[0-9A-Z]{5})\.0+", re.IGNORECASE)
_LETTER = re.compile("[A-L]", re.IGNORECASE)  # as the paper form names a diagnosis by its place
_COUNTED = re.compile(COUNTED, re.IGNORECASE)
_PLACE_BESIDE_WORDS = tuple(map(re.compile, (PLACE_BEFORE_WORDS, PLACE_BEHIND_WORDS)))
_NOTHING = {"nan", "null", "none", "n/a", "#n/a", "<na>"}  # how programs write that a cell is empty
_NO_MODIFIER = {"0", ".", "-"}  # as tables fill the column of a line that has none
_NO_DAY = {"0", "00000000", "0000-00-00"}
_DAY_AND_TIME = re.compile(r"([0-9]{4}-[0-9]{1,2}-[0-9]{1,2})([ T][0-9]{1,2}:.*)?")
_CODE_WITH_MODIFIERS = re.compile("([0-9A-Z]{5})((?:[-:^|> ]+[0-9A-Z]{2})+)")
_QUALIFIER = re.compile(f"^{BEFORE_A_CODE}(?=.{{5}})")
_AMOUNTS = {"charge_amount", "allowed_amount"}
_DAYS = ("service_date", "last_service_date")
_CODES = {"procedure_code", "modifier_1", "modifier_2", "modifier_3", "modifier_4"}
_MODIFIERS = ("modifier_1", "modifier_2", "modifier_3", "modifier_4")
_NUMBERS = {
    *_CODES,
    *("place_of_service", "revenue_code", "bill_type", "claim_frequency", "original_claim_id"),
    *("patient_account_number", "payer_claim_number", "claim_line_id"),
}
_ZEROS_LOST = {"place_of_service": 2, "revenue_code": 4}  # digits, of which a spreadsheet may have taken the first zero
_WORDS = {"setting": SETTINGS, "line_of_business": COVERAGES}
_WORDS_BY = {"setting": settings_by, "line_of_business": coverages_by}  # all values of a column


@dataclass(frozen=True, slots=True)
class WrittenForms:
    """How a table of claim lines writes its days, and what the words of its columns mean there, by column."""

    days: Mapping[str, DateForm]
    words: Mapping[str, Mapping[str, str]]


NO_FORMS = WrittenForms({}, {})


def names_no_service(given: Mapping[str, object]) -> bool:
    """Whether a row of claim lines has no code and no revenue code, and no day or no member, as a total has not."""
    is_coded = _states(given, "procedure_code") or _states(given, "revenue_code")
    return not is_coded and not (_states(given, "service_date") and _states(given, "member_id", usual=True))


def bills_no_procedure(given: Mapping[str, object], forms: WrittenForms) -> bool:
    """Whether a row of claim lines is a hospital's, has no code, and cannot be a radiation treatment.

    A row of radiation revenue that states two of its claim, its member and its day may be one; others are sums.
    """
    if _states(given, "procedure_code"):
        return False
    meant = as_meant(as_columns_show(given, forms))
    revenue, bill_type, setting = (str(meant.get(name) or "") for name in ("revenue_code", "bill_type", "setting"))
    if not revenue and setting != "institutional":
        return False
    stated = [_states(given, name, usual=name == "member_id") for name in ("claim_id", "member_id", "service_date")]
    return sum(stated) < 2 or not may_be_radiation(revenue, bill_type)


def _states(given: Mapping[str, object], name: str, *, usual: bool = False) -> bool:
    """Whether a row says something in a column; `usual` is the answer where there is no such column."""
    if name not in given:
        return usual
    value = given[name]
    text = bare(str(value)).lower() if value is not None else ""
    return text not in ("", *_NOTHING) and not (name == "service_date" and text in _NO_DAY)


def written_forms(rows: Iterable[Mapping[str, object]], beside: Collection[str] = ()) -> WrittenForms:
    """The forms that all rows of a table show; for an order of month and day, which they do not show, those `beside`.

    A word may mean one setting beside some words and another beside others: the whole column tells.
    """
    said: dict[str, dict[str, None]] = {name: {} for name in (*_DAYS, *_WORDS_BY)}
    for row in rows:
        for name, values in said.items():
            if isinstance(value := row.get(name), str):
                values[value] = None
    days = date_forms_of({name: said[name] for name in _DAYS}, beside)
    return WrittenForms(days, {name: words_by(said[name]) for name, words_by in _WORDS_BY.items()})


def as_columns_show(values: Mapping[str, object], forms: WrittenForms) -> dict[str, object]:
    """The values of a claim line, days and words read by the forms of their columns; others as they are written."""
    read: dict[str, object] = {}
    for name, form in forms.days.items():
        if isinstance(value := values.get(name), str) and (day := day_of(value, form)):
            read[name] = day
    for name, words in forms.words.items():
        if isinstance(value := values.get(name), str) and (word := words.get(plain(value))):
            read[name] = word
    if isinstance(value := values.get("written_at"), str):
        of_days = forms.days.get("service_date")
        read["written_at"] = moment_of(bare(value), of_days.form if of_days else "")
    return {**values, **read}


def as_meant(values: Mapping[str, object]) -> dict[str, object]:
    """The values of a claim line or diagnosis by column, as they are meant; what is not understood stays as written."""
    meant = {name: _meant(name, value) if isinstance(value, str) else value for name, value in values.items()}
    if isinstance(bill_type := meant.get("bill_type"), str) and "claim_frequency" not in meant:
        is_of_correction = len(bill_type) in (3, 4) and bill_type[-1] in "78"
        meant["claim_frequency"] = bill_type[-1] if is_of_correction else "1"
    code = meant.get("procedure_code")
    found = _CODE_WITH_MODIFIERS.fullmatch(code) if isinstance(code, str) else None
    if found:
        stated = [value for name in _MODIFIERS if (value := meant.get(name))]
        following = [one for one in re.findall("[0-9A-Z]{2}", found[2]) if one not in stated]
        if len(stated) + len(following) <= len(_MODIFIERS):
            meant |= {"procedure_code": found[1], **dict(zip(_MODIFIERS, [*stated, *following], strict=False))}
    return meant


def _meant(name: str, value: str) -> str:
    text = bare(value)
    if text.lower() in _NOTHING or (name in _MODIFIERS and text in _NO_MODIFIER):
        return ""
    if name == "last_service_date" and text in _NO_DAY:
        return ""
    if name in _DAYS and (found := _DAY_AND_TIME.fullmatch(text)):
        return "-".join(part.zfill(2) for part in found[1].split("-"))
    if name in _AMOUNTS:
        return plain_amount(text)
    if name == "patient":
        return person_of(text)
    if name == "position":
        return str(ord(text.upper()) - ord("A") + 1) if _LETTER.fullmatch(text) else value
    if name == "units":
        return found[1] if (found := _COUNTED.fullmatch(text)) else value
    if name in _WORDS:
        return _WORDS[name].get(plain(text), value)
    if name in NPIS:
        return found.expand(DIGITS_OF_NPI) if (found := _WRITTEN_NPI.fullmatch(text)) else text
    if name in _NUMBERS:
        text = _POINT_ZERO.sub(r"\1", text) if _POINT_ZERO.fullmatch(text) else text
        text = text.upper() if name in _CODES else text
        text = _QUALIFIER.sub("", text) if name == "procedure_code" else text
        text = _place(text) if name == "place_of_service" else text
        return (
            text.zfill(_ZEROS_LOST[name])
            if text.isascii() and text.isdecimal() and len(text) == _ZEROS_LOST.get(name, 0) - 1
            else text
        )
    return value


def _place(text: str) -> str:
    """The digits of a place of service, also where words are beside them or in their place; other texts as they are."""
    if place := PLACES.get(plain(text)):
        return place
    found = next((found for form in _PLACE_BESIDE_WORDS if (found := form.fullmatch(text))), None)
    return found[1] if found else text
