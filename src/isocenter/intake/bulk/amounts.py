"""How amounts of money are written: with their currency, marks between thousands, and a sign before or behind."""

import re
from collections.abc import Iterable

# Of Switzerland and of France; a no-break space looks like a space. The comma is another mark of decimals elsewhere.
MARKS_BETWEEN_THOUSANDS = "'\u2019\u00a0\u202f"
_CURRENCY = "(USD|US[$]|[$])"
# CR: a credit, DR: a debit; spaces are taken out before. Understood by Python and by DuckDB.
AMOUNT = (
    f"[(]?[-+]?{_CURRENCY}?[-+]?([0-9]{{1,3}}([,{MARKS_BETWEEN_THOUSANDS}][0-9]{{3}})+|[0-9]*)([.][0-9]*)?"
    f"{_CURRENCY}?[)]?(-|[CD]R)?"
)
AROUND_DIGITS = f"USD?|[$,()+{MARKS_BETWEEN_THOUSANDS}]|-$|[CD]R$"
BEGINS_OR_ENDS_NEGATIVE = "^[(]|-$|CR$"
LOOKS_LIKE_AMOUNT = re.compile(
    rf"[-+($ ]*(USD|US ?[$])?[-+($ ]*[0-9][0-9., {MARKS_BETWEEN_THOUSANDS}]*( ?(USD|[$]))?([)-]| ?[CD]R)?",
    re.IGNORECASE,
)
# Spaces within a number that part no thousands, as in 12 50: what it amounts to is not known.
PARTED_OTHERWISE = "[0-9] +([0-9]{1,2}([^0-9]|$)|[0-9]{4})|[0-9]{4} +[0-9]|[.,][0-9]+ +[0-9]"
_IS_AMOUNT, _AROUND = re.compile(AMOUNT, re.IGNORECASE), re.compile(AROUND_DIGITS, re.IGNORECASE)
_IS_NEGATIVE = re.compile(rf"[-(]|{_CURRENCY}\s*-|.*(-|CR)$", re.IGNORECASE)
_BETWEEN = re.compile(f"[{MARKS_BETWEEN_THOUSANDS} ]|{_CURRENCY}", re.IGNORECASE)
_DECIMAL_COMMA = re.compile(r"-?[(]?\d{1,3}(\.\d{3})*,\d{1,2}[)]?|-?\d+,\d{1,2}")
_DECIMAL_POINT = re.compile(r"[(-]*\d{1,3}(,\d{3})+(\.\d+)?[)]?|[(-]*\d*\.\d+[)]?")


def plain_amount(given: str) -> str:
    """An amount as digits with a point and perhaps a minus; what is none as it is given."""
    text = given.replace(" ", "")
    number = _AROUND.sub("", text)
    if not _IS_AMOUNT.fullmatch(text) or not any(map(str.isdecimal, number)) or re.search(PARTED_OTHERWISE, given):
        return given
    is_negative = re.search(BEGINS_OR_ENDS_NEGATIVE, text, re.IGNORECASE) is not None
    return f"-{number}" if is_negative and not number.startswith("-") else number


def is_negative(value: str) -> bool:
    """Whether a number is written as a negative one: -1, (150.00), 150.00-, 150.00 CR, USD -150."""
    return _IS_NEGATIVE.match(value.strip()) is not None


def writes_decimal_commas(values: Iterable[str]) -> bool:
    """Whether amounts are written as 1.200,00."""
    texts = [_BETWEEN.sub("", value) for value in values]
    commas = sum(_DECIMAL_COMMA.fullmatch(text) is not None for text in texts)
    return commas > sum(_DECIMAL_POINT.fullmatch(text) is not None for text in texts)
