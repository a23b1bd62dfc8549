"""What the values of a column look like: codes, numbers, amounts, the names of persons."""

import re
from collections.abc import Sequence

from isocenter.intake.bulk import value_forms
from isocenter.intake.bulk.amounts import LOOKS_LIKE_AMOUNT
from isocenter.intake.bulk.draft import FITS, Draft
from isocenter.intake.bulk.name_words import words_of
from isocenter.intake.bulk.value_expressions import DIAGNOSIS_MARKS

CODE = re.compile(
    rf"({value_forms.BEFORE_A_CODE})?[0-9A-Z][0-9]{{3}}[0-9A-Z](\.0+)?([-: ^|>]+[0-9A-Z]{{2}})*"
    r"( +[-:] *([A-Z]{2} )?[A-Z]{3}.*)?",
    re.IGNORECASE,
)
_MODIFIER = re.compile(r"[0-9A-Z]{2}(\.0)?", re.IGNORECASE)
_ONE_ICD = r"[A-Z][0-9][0-9A-Z](\.?[0-9A-Z]{1,4}|\.)?( +[-:] *([A-Z]{2} )?[A-Z]{3}[^;|]*)?"
_ICD = re.compile(rf"((ABK|BK):)?{_ONE_ICD}({DIAGNOSIS_MARKS}+((ABF|BF):)?{_ONE_ICD})*", re.IGNORECASE)
_TUMORS = re.compile(r"(C[0-9][0-9A-Z]|D[0-4][0-9]|Z51)(?![A-Z0-9]{5}).*", re.IGNORECASE)
_ICD_9 = re.compile(r"(V?[0-9]{2,3}|E[0-9]{3})(\.?[0-9]{1,2})?(\.0)?", re.IGNORECASE)
_NPI = re.compile(r"(NPI[ :#-]*)?[12][0-9]{9}(\.0)?", re.IGNORECASE)
_REVENUE = re.compile(r"0?[0-9]{3}(\.0)?")
_BILL_TYPE = re.compile(r"0?[0-9][0-9A-Z][0-9A-Z](\.0)?", re.IGNORECASE)
_PLACE = re.compile(
    rf"[0-9]{{1,2}}(\.0)?|{value_forms.PLACE_BEFORE_WORDS}|{value_forms.PLACE_BEHIND_WORDS}", re.IGNORECASE
)
_WHOLE = re.compile(
    rf"-?0*[0-9]{{1,4}}(\.0*)?|-?[0-9]{{1,3}},0+|{value_forms.COUNTED}|{value_forms.OF_MINUTES}", re.IGNORECASE
)
MEASURE = re.compile("[A-Z][A-Z0-9]{1,6}[.]?", re.IGNORECASE)  # UN, MJ, F2
OF_SERVICES = re.compile(f"{value_forms.WORDS_OF_SERVICES}[.]?", re.IGNORECASE)
TREATMENT = re.compile(r"(77[0-9]{3}|G60[0-9]{2}|G6001|0333|333)(\.0)?", re.IGNORECASE)
_TEXT = re.compile(r".+")
_NAME_OF_A_PERSON = re.compile(r"[^0-9]*[^\W\d_][^0-9]*[, ][^0-9]*[^\W\d_][^0-9]*")
PERSON_NUMBER = re.compile(r"[0-9A-Z]{1,3}(\.0)?", re.IGNORECASE)
LINE_NUMBER = re.compile(r"0*[0-9]{1,4}(\.0)?")
_SHAPES = {
    "procedure_code": CODE, "units": _WHOLE, "line_number": LINE_NUMBER,
    "charge_amount": LOOKS_LIKE_AMOUNT, "allowed_amount": LOOKS_LIKE_AMOUNT,
    "revenue_code": _REVENUE, "bill_type": _BILL_TYPE, "place_of_service": _PLACE,
    "rendering_npi": _NPI, "billing_npi": _NPI, "supervising_npi": _NPI,
    "claim_frequency": re.compile(r"[0-9](\.0)?"),
}  # fmt: skip


def share(values: Sequence[str], shape: re.Pattern[str]) -> float:
    return sum(shape.fullmatch(value) is not None for value in values) / len(values) if values else 0.0


def looks_like(draft: Draft, name: str, source: str) -> bool:
    """Whether the values of a source column fit one of our columns."""
    if name in ("service_date", "last_service_date"):
        return value_forms.date_form_of(draft.values(source)) is not None
    said = draft.line_values(source) or draft.values(source)
    if name == "member_id" and share(said, _NAME_OF_A_PERSON) > 0.5:
        return False  # two persons may have one name; fewer are totals
    if name == "place_of_service":
        said = [value_forms.PLACES.get(value_forms.plain(value), value) for value in said]
    return share(said, _SHAPES.get(name, _TEXT)) >= FITS


def has_modifiers(codes: Sequence[str]) -> bool:
    return any(len(code) > 6 and CODE.fullmatch(code) for code in codes)


def may_modify(draft: Draft, name: str) -> bool:
    """Whether a column is one of modifiers: of one called M1 its values have to show it."""
    return "modifier" in words_of(name) or not draft.values(name) or share(draft.values(name), _MODIFIER) >= FITS


def holds_diagnoses(codes: Sequence[str]) -> bool:
    """Whether most of the values are codes of ICD-10-CM or of ICD-9-CM before it, or there is none."""
    return not codes or share(codes, _ICD) + share(codes, _ICD_9) >= 0.5


def looks_diagnosed(codes: Sequence[str]) -> bool:
    """Whether values of a column of no known name are diagnoses, of tumors for the most part.

    A room, a visit or a reason of a payment may be written as a diagnosis is: B12, V1001, N130.
    """
    return share(codes, _ICD) >= FITS and share(codes, _TUMORS) >= 0.5
