"""Lines of several fields with which a record system heads each entry, such as: Assessment: OTV  Date: 9/6/2026  Staff: ...

They are known by their labels, which recur in the same order, and by what they name: kinds of papers.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from isocenter.chart.grammar.grammar import Grammar, PaperType
from isocenter.chart.pages.layout import Row
from isocenter.chart.papers.paper_days import is_a_day_alone
from isocenter.chart.papers.titles import title_of_words
from isocenter.chart.words.dates import has_date
from isocenter.chart.words.people import people_in

_LABEL = re.compile(
    r"(?:^|(?<=\s))((?:(?:doc(?:ument)?|note|encounter|visit|appt|appointment|obs(?:ervation)?|service|result|report|entry|event|activity|exam) (?:type|date|title|name|status)"
    r"|date of service|assessment|document|note|encounter|visit|service|result|report|entry|event|activity|task|category|form|type|title|subject"
    r"|date|day|dos|time|staff|provider|author|physician|user|status|location|department|dept|specialty))\s*:\s*(?=\S)",
    re.IGNORECASE,
)
_FEWEST_FIELDS, _FEWEST_HEADS, _SHARE_OF_KNOWN_TYPES = 2, 3, 0.5
_MOST_WORDS_OF_A_TYPE = 6


def fields_of(row: Row) -> dict[str, str]:
    """The fields of a line that is nothing but fields, by label in lower case, where one of them is a day; else none."""
    text = row.text.strip()
    found = list(_LABEL.finditer(text))
    if len(found) < _FEWEST_FIELDS or found[0].start() > 0:
        return {}
    stops = [*(label.start() for label in found[1:]), len(text)]
    fields = {label[1].lower(): text[label.end() : stop].strip() for label, stop in zip(found, stops, strict=True)}
    return fields if len(fields) == len(found) and any(has_date(v) for v in fields.values()) else {}


def type_in(grammar: Grammar, fields: dict[str, str]) -> PaperType | None:
    """The type of paper that the first field names which holds neither a day nor a person."""
    names = [v for v in fields.values() if v[:1].isalpha() and not has_date(v) and not _names_a_person(v)]
    name = names[0] if names else ""
    return title_of_words(grammar, name) if 0 < len(name.split()) <= _MOST_WORDS_OF_A_TYPE else None


_NAMES_A_TYPE = re.compile(r"(?:\w+ )?(?:type|title|category)\s*[=:]\s*(?=\S)", re.IGNORECASE)


def type_before_a_bar(grammar: Grammar, text: str) -> PaperType | None:
    """The type of paper that a line titles before typed bars, with a day between them; None for another line.

    Such as: Nursing Visit | 3/31/2026 | Provider: Jo Hart, RN, or [Task 412 | type=PlanReview | 2026-03-31].
    """
    first, *others = (part.strip() for part in text.strip().strip("[]").split(" | "))
    labelled = (_NAMES_A_TYPE.sub("", part, count=1) for part in others if _NAMES_A_TYPE.match(part))
    name = next(labelled, first)
    dated = any(is_a_day_alone(part) for part in others)
    return title_of_words(grammar, name) if dated and 0 < len(name.split()) <= _MOST_WORDS_OF_A_TYPE else None


def is_a_line_in_brackets(text: str) -> bool:
    """Whether a line is nothing but fields in brackets, as an export heads each of its entries."""
    return text.startswith("[") and text.endswith("]") and " | " in text


def _names_a_person(text: str) -> bool:
    return any(person.credentials or person.is_doctor for person in people_in(text))


def labels_of_heads(grammar: Grammar, rows: Iterable[Row]) -> frozenset[tuple[str, ...]]:
    """The labels of the lines that head entries in a chart: those that recur and mostly name a kind of paper."""
    heads: dict[tuple[str, ...], list[bool]] = defaultdict(list)
    for row in rows:
        fields = fields_of(row)
        if fields:
            heads[tuple(fields)].append(type_in(grammar, fields) is not None)
    return frozenset(labels for labels, known in heads.items() if _head_entries(known))


def _head_entries(known: Sequence[bool]) -> bool:
    return len(known) >= _FEWEST_HEADS and sum(known) >= _SHARE_OF_KNOWN_TYPES * len(known)
