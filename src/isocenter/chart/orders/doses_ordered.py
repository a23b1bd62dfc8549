"""The doses that sentences order one by one, each with its fractions and target, and whether it is a total."""

import re
from collections.abc import Iterator, Sequence

from isocenter.chart.grammar.assertion import Cues
from isocenter.chart.grammar.plain_writing import plainly_written
from isocenter.chart.orders.dose_numbers import COUNT_ONLY, DOSE, MOST_GY, count_only, in_gy
from isocenter.chart.orders.dose_tables import (
    BOOST,
    TARGET,
    TOTAL,
    OrderedDose,
    beside_in_its_cell,
    dose_of_columns,
    dose_of_row,
    sum_of_columns,
)
from isocenter.chart.orders.doses import DOSE_READERS, merged
from isocenter.chart.orders.doses_set_aside import is_a_limit, is_at_most, is_set_aside
from isocenter.chart.orders.limit_parts import Limit, gy
from isocenter.chart.orders.limits import limits_in
from isocenter.chart.orders.ordered_parts import OrdersOfText, is_of_others
from isocenter.chart.orders.phases import implied_gy
from isocenter.chart.orders.target_columns import doses_in_target_columns
from isocenter.chart.pages.passages import Sentence, each_row_once


def doses_ordered(cues: Cues, sentences: Sequence[Sentence]) -> list[OrderedDose]:
    """The doses that the sentences of a prescription order, from its tables and its text.

    A dose without fractions that most of a target must receive is a goal where another text orders doses with theirs.
    """
    ordered = list(_each_ordered(cues, sentences))
    texts = {one.text for one in ordered if one.fractions}
    return [
        one
        for one in ordered
        if one.fractions or one.is_total or not texts - {one.text} or not _is_a_goal(one.text, one.dose_gy)
    ]


def _is_a_goal(text: str, dose_gy: float) -> bool:
    """Whether a text gives a dose as that which a part of a target must receive."""
    return any(
        one.comparison.startswith(">")
        and (one.metric == f"V{dose_gy:g}Gy" or (one.limit is not None and gy(one.limit, one.unit) == dose_gy))
        for one in limits_in(plainly_written(text))
    )


def _each_ordered(cues: Cues, sentences: Sequence[Sentence]) -> Iterator[OrderedDose]:
    headers: list[str] = []
    in_columns, rows = doses_in_target_columns(sentences)
    yield from in_columns
    for sentence in each_row_once(sentences):
        if sentence.row in rows:
            continue
        text = sentence.text
        if sentence.row >= 0:
            by_column = dose_of_columns(sentence)
            if by_column is not None:
                yield by_column
                yield from beside_in_its_cell(sentence, by_column)
                yield from sum_of_columns(sentence, by_column)
                continue
            low = text.lower()
            if (
                re.search(r"\b(?:target|volume|phase|site|ptv)\b", low)
                and re.search(r"\b(?:dose|gy|cgy)\b", low)
                and not any(c.isdigit() for c in low)
            ):
                headers = [low]
                continue
            from_row = dose_of_row(sentence, bool(headers), headers[0] if headers else "")
            if from_row is not None:
                yield from_row
                continue
        yield from _of_text(cues, sentence)


_LIMITS = re.compile(
    r"\b(?:constraint|limit|exceed\w*|max(?:imum)?\b|mean\b|previous|superseded|replaces|instead of|to date|so far)",
    re.IGNORECASE,
)
_SAME_DOSE_GY = 0.6
_MOST_DAILY_GY = 12.5


def _of_text(cues: Cues, sentence: Sentence) -> Iterator[OrderedDose]:
    text = sentence.text
    if _LIMITS.search(text) and not re.search(r"fractions|\bfx\b", text, re.IGNORECASE):
        return
    doses = _with_shared_fractions(text, merged(_doses(cues, sentence)))
    for at, (start, dose, fractions) in enumerate(doses):
        if 0 < dose <= MOST_GY:
            before = text[max(start - 40, doses[at - 1][0] if at else 0, 0) : start]
            is_labelled = TOTAL.search(sentence.label) is not None and not DOSE.search(sentence.label)
            is_in_row = sentence.row >= 0 and fractions is None and _ROW_OF_TOTALS.match(text) is not None
            total = is_labelled or is_in_row or TOTAL.search(before) is not None
            count = fractions
            if total and _goes_on(text, doses[: at + 1], doses[at + 1 :]):
                total, count = False, fractions or _count_before(text, start)
            if _is_a_sum(text, start, is_first=at == 0):
                total, count = True, fractions or _count_behind(text, start)
            target = _named_by_its_dose(text, dose) or nearest_target(text, start)
            yield OrderedDose(dose, count, target, total, bool(BOOST.search(text)), sentence.placed, text)


_LISTED = re.compile(
    r"[\d.,]+\s?c?gy\b(?!\s*(?:eqd|bed|[(]?rbe))(?![^.;:\d]*\b(?:then|thereafter|after|until|boost\w*|followed|or|per|each|instead|otherwise|equal\w*|under|below)\b)"
    r"[^.;:\d]{0,60}?(?:,|\band\b)[^.;:\d]{0,60}",
    re.IGNORECASE,
)


def _with_shared_fractions(
    text: str, doses: Sequence[tuple[int, float, int | None]]
) -> list[tuple[int, float, int | None]]:
    """The doses of a sentence where a higher one shares the fractions behind the next, such as: 70 Gy and 56 Gy in 35 fractions."""
    shared: list[tuple[int, float, int | None]] = []
    for start, dose, fractions in reversed(doses):
        behind, lower, count = shared[-1] if shared else (start, dose, None)
        is_shared = fractions is None and count and dose > lower and 1.0 <= dose / count <= _MOST_DAILY_GY
        is_shared = is_shared and _LISTED.fullmatch(text, start, behind) is not None
        shared.append((start, dose, count if is_shared else fractions))
    return shared[::-1]


_ROW_OF_TOTALS = re.compile(r"\W*total(?: dose)?\b\W*\d", re.IGNORECASE)  # one for each target that heads a column
_TAKEN_TO = re.compile(
    r"\b(?:bring|tak|carr(?:y)?|rais)(?:s|es|ies|ing)?\b[^.;\d]{0,45}\b(?:up )?to\s+(?:a |an )?$|\bfor a total (?:dose )?of\s+$",
    re.IGNORECASE,
)  # such as: bringing the tumor bed to 60 Gy
_REACHED = re.compile(
    r"(?:\b(?:then|boost\w*|thereafter|followed by|cone ?-?down|additional|further)\b[^.]*\bto\s+(?:a |an )?(?:total (?:dose )?of\s+)?"
    r"|(?:->|→|=>)\s*)$",
    re.IGNORECASE,
)  # such as: then 5 fractions of 2 Gy, to 60 Gy
_ALTOGETHER = re.compile(
    r"[\d.,]+\s?(?:c?gy|rads?),?\s+(?:altogether|in all\b|in total|in sum|all told|cumulative(?:ly)?|overall|combined)",
    re.IGNORECASE,
)


def _is_a_sum(text: str, at: int, is_first: bool) -> bool:
    """Whether the dose at a place of a text is what the phases before it and its own make up."""
    before = text[max(at - 70, 0) : at]
    is_reached = not is_first and _REACHED.search(before) is not None
    return is_reached or bool(_TAKEN_TO.search(before) or _ALTOGETHER.match(text, at))


_GOES_ON = re.compile(r"\b(?:then|thereafter|followed by|cone ?-?down|boost\w*)\b", re.IGNORECASE)


def _goes_on(
    text: str, until: Sequence[tuple[int, float, int | None]], behind: Sequence[tuple[int, float, int | None]]
) -> bool:
    """Whether a total is that of its phase, and another phase follows: 2 Gy each, total 50 Gy; then 10 Gy in 5 fractions."""
    *before, (at, total_gy, _) = until
    if not behind or not _GOES_ON.search(text[at : behind[0][0]]):
        return False
    phases = [[gy for _, gy, count in part if count] for part in (before, behind)]
    return not any(len(part) > 1 and abs(sum(part) - total_gy) < _SAME_DOSE_GY for part in phases)


def _count_before(text: str, at: int) -> int | None:
    """The one number of fractions that comes before a place in a text; None where there is none or several."""
    counts = {count_only(found) for found in COUNT_ONLY.finditer(text[:at])}
    return next(iter(counts)) if len(counts) == 1 else None


_COUNT_BEHIND = re.compile(
    r"[\d.,]+\s?(?:c?gy|rads?)\s+(?:after|in|over)\s+(?:a total of |all )?(\d{1,2})\s+(?:fractions|fx|sessions|treatments)\b",
    re.IGNORECASE,
)


def _count_behind(text: str, at: int) -> int | None:
    found = _COUNT_BEHIND.match(text, at)
    return int(found[1]) if found is not None else None


def _doses(cues: Cues, sentence: Sentence) -> list[tuple[int, float, int | None]]:
    """Place, dose in Gy and fractions of each dose of a sentence; each stretch of it is read once."""
    text = sentence.text
    read: list[tuple[re.Match[str], tuple[float, int | None] | None]] = []
    for pattern, reader in DOSE_READERS:
        for match in pattern.finditer(text):
            if not any(match.start() < other.end() and match.end() > other.start() for other, _ in read):
                read.append((match, reader(match)))
    orders = OrdersOfText(text, cues, sorted(match.span() for match, _ in read))
    metric = _METRIC.search(text)
    found = [
        (match.start(1), *one)
        for match, one in read
        if one is not None
        and not (metric is not None and sentence.row >= 0 and metric.start() < match.start())
        and not is_set_aside(text, match.span())
        and not (one[1] is None and is_at_most(text, match.end()))
        and orders.orders(match.span(), may_report=False)
        and not is_of_others(text, match.span(), cues)
    ]
    limits = _limits(text) if any(count is None for _, _, count in found) else []
    return [
        one
        for one in found
        if one[2] is not None
        or (
            _is_a_total(sentence, one[0])
            and not is_a_limit(text, one[0])
            and not any(limit.start <= one[0] < limit.stop for limit in limits)
        )
    ]


def _limits(text: str) -> list[Limit]:
    """The limits of a text whose doses are none that it prescribes; that of a target to be covered may be both."""
    return [
        one
        for one in limits_in(plainly_written(text))
        if one.comparison.startswith("<") or (not one.comparison and one.metric in ("max", "mean"))
    ]


_METRIC = re.compile(
    r"(?<![\w-])(?:[DV]\d+(?:\.\d+)?\s?(?:%|cc|cm3|c?Gy)|D(?:max|mean|min)\b)", re.IGNORECASE
)  # behind it a row gives limits
_PER_FRACTION = re.compile(
    r"per (?:fraction|fx|day|treatment)|/fx|/fraction|daily dose|fraction(?:al)? dose|fraction size|a day\b|\beach\b",
    re.IGNORECASE,
)
_NO_TOTAL_LABEL = re.compile(
    r"per fraction|fraction(?:al)? dose|daily dose|limit|constraint|max|tolerance", re.IGNORECASE
)
_UP_TO = re.compile(
    r"\d\s?c?gy\s?(?:/|per|a|each|daily|qd|bid|b\.i\.d\.|twice)[ \w.]{0,14}\bto\s+(?:a (?:total|dose) of\s+)?$",
    re.IGNORECASE,
)  # such as: 2.2 Gy/fx to 66 Gy


def _is_a_total(sentence: Sentence, at: int) -> bool:
    """Whether a dose without fractions beside it is that of the course and not of one fraction."""
    found = DOSE.match(sentence.text, at)
    if found is None or in_gy(found[1], found[2]) <= 12.5 or _NO_TOTAL_LABEL.search(sentence.label):
        return False
    if re.search(r"\btotal\b[^.;\d]*$", sentence.text[max(at - 30, 0) : at], re.IGNORECASE):
        return True
    if _UP_TO.search(sentence.text[:at]):
        return True
    behind = re.split(r"[(\d]", sentence.text[found.end() : found.end() + 25])[0]  # what follows is another dose
    before = re.split(r"[),;]", sentence.text[max(at - 22, 0) : at])[-1]
    around = (behind, before)
    return not any(_PER_FRACTION.search(part) for part in around)


_IS_LIMITED = re.compile(r"[\s:,(]*(?:[DV]\s?\d|(?:mean|max|min)\b)", re.IGNORECASE)  # such as: PTV_Breast V95 >= 95 %


def _named_by_its_dose(text: str, dose_gy: float) -> str:
    """The one target of a text that bears a dose in its name, such as PTV70 of 70 Gy; '' where none or several do."""
    names = {m[1] for m in TARGET.finditer(text) if implied_gy(m[1]) == dose_gy}
    return names.pop() if len(names) == 1 else ""


def nearest_target(text: str, at: int) -> str:
    """The name of the target of the dose at a place of a text; '' where none is near."""
    names = [(m.start(), m[1]) for m in TARGET.finditer(text)]
    behind = [
        name
        for start, name in names
        if start > at and re.search(r"\bto\b|=\s*\Z", text[at:start]) and len(text[at:start]) < 60
    ]
    if behind:
        return behind[0]
    before = [name for start, name in names if start < at]
    if before or not names:
        return before[-1] if before else ""
    start, name = names[0]
    if _IS_LIMITED.match(text, start + len(name)):
        return ""
    between = text[at:start]
    return name if len(DOSE.findall(between)) <= 1 and not _GOES_ON.search(between) else ""
