"""Fields that one detail of a record names together, as "fields 1-7", each as an element of its own."""

import re
from collections.abc import Iterable, Iterator

from isocenter.terms.chart import DocumentElement
from isocenter.terms.tables import FactRow

_CHECK = "independent_check"  # one element for each field, which its detail names
_MOST_FIELDS = 40
_NUMBERS = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_FIELD = r"(field|beam|portal|arc)"
_PART = r"\d{1,2}(?:\s*(?:-|–|to|through)\s*\d{1,2})?"
_LISTED = re.compile(
    rf"{_FIELD}s\s*(?:#|nos?\.?|numbers?)?\s*({_PART}(?:\s*(?:,\s*and|,|&|and)\s*{_PART})*)", re.IGNORECASE
)
_COUNTED = re.compile(
    r"(?:(?:all|each of|every one of)(?: of)?(?: the)? )?"
    rf"(\d{{1,2}}|both|{'|'.join(_NUMBERS)})(?: of the)? (?:treatment )?{_FIELD}s",
    re.IGNORECASE,
)
_ONE_BY_ONE = re.compile(rf"{_FIELD} ?\w{{1,4}}(?:\s*(?:,\s*and|,|;|&|and)\s*{_FIELD} ?\w{{1,4}})+", re.IGNORECASE)
_ENDS = re.compile(r"\d+")


def one_element_a_field(rows: Iterable[FactRow]) -> list[FactRow]:
    """The rows, a check of several fields laid out as one check for each."""
    return [laid_out for row in rows for laid_out in _laid_out(row)]


def _laid_out(row: FactRow) -> Iterator[FactRow]:
    if isinstance(row, DocumentElement) and row.element == _CHECK and (fields := _fields(row.detail)):
        for field in fields:
            yield row._replace(detail=field)
    else:
        yield row


def _fields(detail: str) -> list[str]:
    """The fields that the words name together, in their order; none where they name one or do not list them."""
    detail = detail.strip().rstrip(".")
    if found := _COUNTED.fullmatch(detail):
        number = found[1].lower()
        count = 2 if number == "both" else int(number) if number.isdigit() else _NUMBERS.index(number) + 2
        return [f"{found[2].lower()} {number}" for number in range(1, min(count, _MOST_FIELDS) + 1)]
    if _ONE_BY_ONE.fullmatch(detail):
        return list(dict.fromkeys(re.split(r"\s*(?:,\s*and|,|;|&|\band)\s*", detail.lower())))
    found = _LISTED.fullmatch(detail)
    if not found:
        return []
    numbers: dict[int, None] = {}
    for part in re.split(r",|&|and", found[2]):
        ends = [int(end) for end in _ENDS.findall(part)]
        if ends and ends[-1] <= _MOST_FIELDS:
            numbers.update(dict.fromkeys(range(ends[0], ends[-1] + 1)))
    return [f"{found[1].lower()} {number}" for number in numbers]
