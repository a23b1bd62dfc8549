"""Values of claim lines as spreadsheets and exports write them: 77301.0, $1,200.00, (150.00), 03/18/2024, P."""

import re
from collections.abc import Mapping
from datetime import datetime

from isocenter.intake.bulk.value_forms import COVERAGES, SETTINGS, plain

_POINT_ZERO = re.compile(r"([0-9]+|[0-9A-Z]{5})\.0+", re.IGNORECASE)
_AMOUNT = re.compile(r"[(]?-?\$?-?([0-9]{1,3}(,[0-9]{3})+|[0-9]*)(\.[0-9]*)?[)]?-?")
_AMERICAN_DAY = re.compile(r"[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}")
_AMOUNTS = {"charge_amount", "allowed_amount"}
_DAYS = {"service_date", "last_service_date"}
_CODES = {"procedure_code", "modifier_1", "modifier_2", "modifier_3", "modifier_4"}
_NUMBERS = {*_CODES, "place_of_service", "revenue_code", "bill_type", "rendering_npi", "billing_npi", "supervising_npi"}
_ZEROS_LOST = {"place_of_service": 2, "revenue_code": 4}  # digits, of which a spreadsheet may have taken the first zero
_WORDS = {"setting": SETTINGS, "line_of_business": COVERAGES}


def as_meant(values: Mapping[str, object]) -> dict[str, object]:
    """The values of a claim line by column, as they are meant; what is not understood stays as it is written."""
    return {name: _meant(name, value) if isinstance(value, str) else value for name, value in values.items()}


def _meant(name: str, value: str) -> str:
    text = value.strip()
    if name in _AMOUNTS:
        return _amount(text)
    if name in _DAYS and _AMERICAN_DAY.fullmatch(text):
        try:
            return str(datetime.strptime(text, "%m/%d/%Y").date())
        except ValueError:
            return value
    if name in _WORDS:
        return _WORDS[name].get(plain(text), value)
    if name in _NUMBERS:
        text = _POINT_ZERO.sub(r"\1", text) if _POINT_ZERO.fullmatch(text) else text
        text = text.upper() if name in _CODES else text
        return text.zfill(_ZEROS_LOST[name]) if text.isdecimal() and len(text) == _ZEROS_LOST.get(name, 0) - 1 else text
    return value


def _amount(text: str) -> str:
    bare = text.replace(" ", "")
    if not bare or not _AMOUNT.fullmatch(bare):
        return text
    number = re.sub(r"[$,()]|-$", "", bare)
    return f"-{number}" if (bare.startswith("(") or bare.endswith("-")) and not number.startswith("-") else number
