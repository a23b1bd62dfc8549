"""Doses of targets in tables, by the headings of their columns."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from isocenter.chart.orders.dose_numbers import COUNT_ONLY, HUNDREDTHS, MOST_GY, NUMBER, count_only, in_gy
from isocenter.chart.pages.passages import Sentence
from isocenter.chart.pages.placed import Placed

TARGET = re.compile(
    r"(?<!minus )(?<!less )(?<!-)\b((?:PTV|CTV|GTV|ITV)(?:[\w+-]|\.(?=\d))*(?:\s(?:boost|breast|nodes|low|high|mid|int|intermediate|elective|primary|pelvis|prostate|neck|chest|lung|bed|cavity|axilla)\b)?(?:\s\d{2}(?:\d\d|\.\d{1,2})?(?=:))?)",
    re.IGNORECASE,
)
TOTAL = re.compile(r"\btotal\b|\bcumulative\b|\bcum\b|\boverall\b|\bsum\b|\bcomposite\b|\baltogether\b", re.IGNORECASE)
BOOST = re.compile(r"\bboost\b", re.IGNORECASE)
NOT_ORDERED = re.compile(
    r"\b(?:constraint|limit|max(?:imum)?|mean|tolerance|previous(?:ly)?|prior|earlier|not|instead of|old|superseded|replaced|void|received|was given|so far|to date|already|eqd2|bed\s?\d+\s?c?gy|maximum|hot ?spot|min(?:imum)?|no more|more than|less than|at most|exceed\w*|void(?:ed)?|discontinued|cancell?ed)\b|\bcc\b|(?<![/\d-])(?:19|20)\d\d(?![/\d-]).*\b(?:completed|finished|delivered|given|done)\b|[<>≤≥](?!\s?=?\s?\d+\s?(?:h|hrs?|hours?)\b)|\b[DV]\d",
    re.IGNORECASE,
)


class OrderedDose(NamedTuple):
    """A dose with the fractions and the target beside it."""

    dose_gy: float
    fractions: int | None
    target: str
    is_total: bool
    is_boost: bool
    placed: Placed
    text: str


_TARGET_COLUMN = re.compile(
    r"\b(?:target|volume|level|site|ptv|phase|region|structure|name|prescription|volumen|blanco)\b", re.IGNORECASE
)
EACH_COLUMN = re.compile(
    r"\bper\b|\ba (?:day|fraction|session|treatment)\b|/\s?(?:f|tx\b|day\b|d\b|#)|(?:fraction(?:al)?|fx|fr|tx) (?:dose|size)|daily|\beach\b",
    re.IGNORECASE,
)
COUNT_COLUMN = re.compile(
    r"^\W*(?:#|no\.?|number|num|total|planned)?\W*(?:of )?(?:fractions?|fxs?|frs?|txs?|treatments|sessions|sittings|times|n)\b(?! (?:dose|size|site|area|volume|plan|field))|#\s?(?:fx|fr)|^\W*(?:#|number|no\.?)\W*$",
    re.IGNORECASE,
)
_NUMBER_COLUMN = re.compile(r"\W*(?:#|number|no\.?)\W*", re.IGNORECASE)  # of fractions, or of the row itself
DOSE_COLUMN = re.compile(r"\bdose\b|\brx\b|\btotal\b|\bc?gy\b|prescri", re.IGNORECASE)


_SAME_GY, _LEAST_EACH_GY = 0.6, 0.5
_METRIC = re.compile(r"\W*[DV]\d", re.IGNORECASE)
_SHARE = re.compile(r"\d\s?%")
_OF_DOSE = re.compile(r"\d\s?c?gy\b", re.IGNORECASE)
_GOAL = re.compile(r"[DV]\d+%?\s*[<>≥≤].*")  # of coverage, in the last column of a row


def dose_of_columns(sentence: Sentence) -> OrderedDose | None:
    """A row of a table of targets by the headings of its columns: target, total dose, dose a fraction, fractions."""
    named = [c for c in sentence.columns if _TARGET_COLUMN.search(c.name)]
    target = next((c for c in named if TARGET.search(c.value)), named[0] if named else None)
    numbers = [
        c
        for at, c in enumerate(sentence.columns)
        if c not in named and (at > 0 or not _NUMBER_COLUMN.fullmatch(c.name))  # the first one numbers the rows
    ]
    counts = [c for c in numbers if COUNT_COLUMN.search(c.name) and not _OF_DOSE.search(c.value)]
    counts = [c for c in counts if not _NUMBER_COLUMN.fullmatch(c.name)] or counts
    each = [c for c in numbers if c not in counts and (EACH_COLUMN.search(c.name) or COUNT_COLUMN.search(c.name))]
    totals = [c for c in sentence.columns if c not in (*named, *counts, *each) and DOSE_COLUMN.search(c.name)]
    totals = [c for c in totals if not _METRIC.match(c.value)]
    if not (totals and counts if target is None else totals or (each and counts)) or NOT_ORDERED.search(
        _GOAL.sub("", sentence.text)
    ):
        return None
    fractions = next((int(m[0]) for c in counts if (m := re.search(r"(?<!\d)\d{1,2}(?!\d)", c.value))), None)
    one = gy_of_column(each[0].name, each[0].value) if each else None
    dose = gy_of_column(totals[0].name, totals[0].value) if totals else None
    if dose is None and one is not None and fractions:
        dose = one * fractions
    if dose is None or not 0 < dose <= MOST_GY or (not counts and not each):
        return None
    if fractions and dose < _LEAST_EACH_GY * fractions:
        return None  # the columns are not what their headings say
    label = target.value if target is not None else ""
    name = TARGET.search(label)
    is_sum = one is not None and fractions is not None and dose > one * fractions + _SAME_GY
    total = bool(TOTAL.search(label)) or is_sum
    fractions = None if is_sum else fractions  # those beside a sum of phases are of its own phase
    return OrderedDose(
        dose,
        fractions,
        name[1] if name else "",
        total,
        bool(BOOST.search(label)),
        sentence.placed,
        sentence.text,
    )


def beside_in_its_cell(sentence: Sentence, one: OrderedDose) -> Iterator[OrderedDose]:
    """The same dose for the other targets that the cell of its target lists, such as: PTV_Breast, PTV_Nodes."""
    cell = next((c.value for c in sentence.columns if one.target and one.target in c.value), "")
    if _LIST_OF_TARGETS.fullmatch(cell):
        yield from (one._replace(target=found[1]) for found in TARGET.finditer(cell) if found[1] != one.target)


_LIST_OF_TARGETS = re.compile(
    rf"\W*{TARGET.pattern}(?:\s*(?:,|;|\band\b|&|\+)\s*(?:the )?{TARGET.pattern})+\W*", re.IGNORECASE
)


def sum_of_columns(sentence: Sentence, phase: OrderedDose) -> Iterator[OrderedDose]:
    """The dose up to and with the phase of a row, where a column of its own gives it, such as: Cumulative."""
    for column in sentence.columns:
        dose = gy_of_column(column.name, column.value) if TOTAL.search(column.name) else None
        if dose is not None and phase.dose_gy + _SAME_GY < dose <= MOST_GY and not phase.is_total:
            yield phase._replace(dose_gy=dose, fractions=None, is_total=True)
            return


def order_of_columns(sentence: Sentence) -> tuple[float, int | None] | None:
    """Dose in Gy and fractions of a table row by the headings of its columns; None where they give no dose."""
    found = dose_of_columns(sentence)
    return (found.dose_gy, found.fractions) if found is not None else None


def gy_of_column(name: str, value: str) -> float | None:
    """The dose in Gy of a cell, by its own unit or that of the heading of its column; None where it holds no number."""
    found = re.search(rf"{NUMBER}\s?(c?gy|rads?)?", value, re.IGNORECASE)
    if not found:
        return None
    number = float(found[1].replace(",", ""))
    unit = (found[2] or "").lower() or ("cgy" if re.search(r"\bcgy\b", name, re.IGNORECASE) else "")
    return number / 100 if unit in HUNDREDTHS or (not unit and number > MOST_GY) else number


def dose_of_row(sentence: Sentence, under_header: bool, header: str) -> OrderedDose | None:
    """A row of a table of targets, such as: PTV_4500, 45 Gy, 25."""
    text = sentence.text
    if not under_header or NOT_ORDERED.search(re.sub(r"[DV]\d+%?\s*[<>≥≤].*", "", text)):
        return None
    target = TARGET.search(text)
    total = TOTAL.search(text)
    rest = re.sub(r"[DV]\d+%?\s*[<>≥≤].*", "", text)
    rest = TARGET.sub(" ", rest)
    doses = [(in_gy(m[1], m[2]), m) for m in re.finditer(rf"(?<![\w.]){NUMBER}\s?(c?gy|rads?)\b", rest, re.IGNORECASE)]
    unit = "cgy" if "cgy" in header else "gy"
    bare = list(re.finditer(r"(?<![\w.])(\d{1,5}(?:\.\d+)?)(?![\w.%]|\s%)", rest))
    if not doses:
        numbers = [(float(m[1]), m) for m in bare]
        if not numbers or not (target or total) or _SHARE.search(rest):
            return None  # a row with a share of the volume and no unit of dose is of coverage
        doses = [(value / 100 if unit == "cgy" or value > 200 else value, m) for value, m in numbers if value > 12][:1]
        if not doses:
            return None
    dose, at = max(doses, key=lambda d: d[0])
    if not 0 < dose <= MOST_GY:
        return None
    fractions = None
    counted = COUNT_ONLY.search(rest)
    if counted:
        fractions = count_only(counted)
    else:
        whole = [
            int(m[1])
            for m in bare
            if m.start() > at.start()
            and m[1].isdigit()
            and 1 <= int(m[1]) <= 50
            and not any(d[1].start() <= m.start() < d[1].end() for d in doses)
        ]
        per = [d for d, _ in doses if d < 12.5 and d != dose]
        fitting = [n for n in whole if any(abs(n * d - dose) < 0.02 * dose for d in per)]
        fractions = fitting[-1] if fitting else whole[0] if whole else None
    if per_and_count := re.search(rf"{NUMBER}\s?(c?gy|rads?)\s*[x×]\s*(\d{{1,2}})", rest, re.IGNORECASE):
        each, times = in_gy(per_and_count[1], per_and_count[2]), int(per_and_count[3])
        if dose <= 12.5:
            dose, fractions = each * times, times
    name = target[1] if target else ""
    return OrderedDose(dose, fractions, name, bool(total), bool(BOOST.search(text)), sentence.placed, text)
