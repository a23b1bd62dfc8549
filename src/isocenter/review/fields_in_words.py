"""What details say of fields in words: those named together, as "fields 1-7", each alone; numbers of portals."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

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
# Names of fields: numbers, single letters, and the directions from which they come.
_NAME = r"(?:\d{1,2}[a-z]?|[a-z]|ap|pa|lao|rao|lpo|rpo|l?lat|rlat|lt|rt|ant|post|c?cw|g\d{1,3})"
_AND = r"\s*(?:,\s*and|,|;|&|\band\b)\s*"
_NAMED = re.compile(rf"{_NAME}(?:{_AND}{_NAME})+", re.IGNORECASE)
_NAMED_AS_FIELDS = re.compile(rf"{_FIELD}s:?\s+(\w{{1,6}}(?:{_AND}\w{{1,6}})+)", re.IGNORECASE)
# Other letters are directions, as A-P and L-R, and more than ten fields are numbered.
_LETTERS = re.compile(rf"(?:{_FIELD}s\s+)?(a)\s*(?:-|–|to|through)\s*([b-k])", re.IGNORECASE)
# What is no word of the sentence: it holds a figure, or a capital within.
_IS_NAME = re.compile(rf"(?i:{_NAME})|\w*\d\w*|[A-Za-z]*[a-z][A-Z]\w*")
_BARE_RANGE = re.compile(r"#?\s*(\d{1,2})\s*(?:-|–|to|through)\s*#?\s*(\d{1,2})", re.IGNORECASE)
_ENDS = re.compile(r"\d+")
_PORTALS = {"portal_count", "portal_locations"}
_PORTAL = r"(?:field|beam|portal|arc|rotation|gantry (?:angle|position|stop)|angle|position|stop|location)"
_KIND = r"(?:static|treatment|coplanar|non coplanar|noncoplanar|full|partial|vmat|imrt|photon|co planar|equispaced)"
_COUNT_OF_PORTALS = re.compile(
    rf"(\d{{1,2}}|one|both|{'|'.join(_NUMBERS)})(?: {_KIND}){{0,3}}(?: {_PORTAL}s?)?", re.IGNORECASE
)
_NO_COUNT = re.compile(
    rf"(?:several|multiple|various|many|numerous|some|(?:a )?few)(?: {_KIND}){{0,3}}(?: {_PORTAL}s?)?"
)


def one_element_a_field(rows: Iterable[FactRow]) -> list[FactRow]:
    """The rows, a check of several fields laid out as one check for each."""
    rows = list(rows)
    checks = [row for row in rows if isinstance(row, DocumentElement) and row.element == _CHECK]
    bare = Counter(row.document_id for row in checks if _BARE_RANGE.fullmatch(row.detail.strip().rstrip(".")))
    return [laid_out for row in rows for laid_out in _laid_out(row, bare)]


def _laid_out(row: FactRow, bare_ranges: Mapping[str, int]) -> Iterator[FactRow]:
    if isinstance(row, DocumentElement) and row.element == _CHECK:
        # Several of one document, as 1-1 and 1-2, may be the names of fields.
        fields = _fields(row.detail, reads_bare_ranges=bare_ranges[row.document_id] == 1)
        yield from [row._replace(detail=field) for field in fields] or [row]
    elif isinstance(row, DocumentElement) and row.element in _PORTALS and row.detail:
        yield from _of_portals(row)
    else:
        yield row


def _of_portals(row: DocumentElement) -> Iterator[DocumentElement]:
    """The element with its number of portals in digits; nothing where "several" is all that it says."""
    words = re.sub(r"[\W_]+", " ", row.detail).strip().lower()
    if _NO_COUNT.fullmatch(words):
        return
    found = _COUNT_OF_PORTALS.fullmatch(words) if row.element == "portal_count" else None
    yield row._replace(detail=f"{_number(found[1])}") if found else row


def _number(word: str) -> int:
    return int(word) if word.isdigit() else {"one": 1, "both": 2}.get(word) or _NUMBERS.index(word) + 2


def _fields(detail: str, *, reads_bare_ranges: bool) -> list[str]:
    """The fields that the words name together, in their order; none where they name one or do not list them."""
    detail = detail.strip().rstrip(".")
    if found := _COUNTED.fullmatch(detail):
        count = _number(found[1].lower())
        return [f"{found[2].lower()} {number}" for number in range(1, min(count, _MOST_FIELDS) + 1)]
    if _ONE_BY_ONE.fullmatch(detail):
        return list(dict.fromkeys(re.split(r"\s*(?:,\s*and|,|;|&|\band)\s*", detail.lower())))
    if found := _LETTERS.fullmatch(detail):
        first, last = ord(found[2].lower()), ord(found[3].lower())
        return [f"{(found[1] or 'field').lower()} {chr(letter)}" for letter in range(first, last + 1)]
    if found := _NAMED.fullmatch(detail):
        return [f"field {name}" for name in dict.fromkeys(re.split(_AND, found[0].lower()))]
    if reads_bare_ranges and _BARE_RANGE.fullmatch(detail):
        detail = f"fields {detail.replace('#', '')}"
    found = _LISTED.fullmatch(detail)
    if not found:
        named = _NAMED_AS_FIELDS.fullmatch(detail)
        names = re.split(_AND, named[2], flags=re.IGNORECASE) if named else []
        are_names = all(map(_IS_NAME.fullmatch, names))
        return list(dict.fromkeys(f"{named[1]} {name}".lower() for name in names)) if named and are_names else []
    numbers: dict[int, None] = {}
    for part in re.split(r",|&|and", found[2]):
        ends = [int(end) for end in _ENDS.findall(part)]
        if ends and ends[-1] <= _MOST_FIELDS:
            numbers.update(dict.fromkeys(range(ends[0], ends[-1] + 1)))
    return [f"{found[1].lower()} {number}" for number in numbers]
