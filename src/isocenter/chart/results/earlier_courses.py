"""Earlier courses of irradiation that sentences, fields and rows report with a dose and a time."""

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from isocenter.chart.orders.dose_tables import order_of_columns
from isocenter.chart.orders.doses import doses_with_counts
from isocenter.chart.pages.passages import Sentence
from isocenter.chart.pages.placed import Placed
from isocenter.chart.words.dates import dates_in, has_date


class PriorFound(NamedTuple):
    """An earlier course with its citation; the year alone where no day is given."""

    site: str
    ended_on: date | None
    ended_year: int | None
    dose_gy: float | None
    fractions: int | None
    placed: Placed
    sureness: float


_RADIATION = re.compile(
    r"\bradiation\b|radiotherap|irradiat|\bRT\b|\bXRT\b|\bEBRT\b|\bGy\b|\bcGy\b|\bSBRT\b|\bSRS\b|whole brain|radiosurgery",
    re.IGNORECASE,
)
_NEVER = re.compile(
    r"\b(?:talked (?:about|over|of)|called off|offered|considered|proposed|scheduled|ordered)\b.*\b(?:but|and|then|which)\b.*\b(?:never|nothing|not|cancell?ed|called off|declined|refused|dropped)\b|\bcalled off\b|"
    r"\b(?:talked (?:about|over|of)|offered|considered|proposed|discussed|scheduled)\b[^.]*?\d\s?c?gy\b[^.]*\bbut\b[^.]*?\b(?:instead|rather|forgone|abandoned)\b|"
    r"\bno (?:beams?|rays?|radiation|fractions?|doses?|fields?)(?: (?:was|were))?(?: (?:ever|used|delivered|given))* there\b|"
    r"\b(?:never|denies|denied|negative for)\b|\b(?:no|not|without|none)\b(?:\W+\w+){0,4}?\W+(?:radiation|radiotherap\w*|rt|xrt|irradiat\w*|treat\w*|receiv\w*|given|done|been)\b",
    re.IGNORECASE,
)
_OF_FAMILY = re.compile(
    r"\b(?:mother|father|sister|brother|husband|wife|aunt|uncle|daughter|son|cousin|grandmother|grandfather|friend|neighbou?r|twin|niece|nephew|roommate|colleague|parent|mom|dad|mum|esposa|esposo|madre|padre|herman[ao]|hij[ao]|t[ií][ao])\b(?!'s house)",
    re.IGNORECASE,
)
_EXCEPT = re.compile(r"\b(?:apart from|except(?:ing)?|other than|aside from|besides|save for)\b", re.IGNORECASE)
_NOT_A_COURSE = re.compile(
    r"\b(?:if|would|will|shall|might|could|should|may(?! (?:of )?(?:19|20)\d\d| \d)|plan|plans|planned|planning|intends?|propose[sd]?|recommend\w*|offered|declined|refused|cancell?ed|to be|going to|trial|study|per protocol|randomi[sz]ed|guideline|published|literature|constraint|limit|tolerance|versus|max(?:imum)?|mean|isodose\w*|viewed|displayed|histogram\w*|allowed|not given|registration|cumulative|no recovery)\b|\b(?:RTOG|NRG|QUANTEC|TROG|EORTC)\b",
    re.IGNORECASE,
)
_PRIOR = re.compile(
    r"\b(?:previous(?:ly)?|prior|earlier|before|in the past|years? ago|months? ago|history of|had|ever|received|was treated|were treated|underwent|treated with|was given|were given|completed|finished|ended|last (?:day|treatment|fraction)|old|elsewhere|outside)\b|\b(?:in|of)? ?(?:\w+ )?(?:19|20)\d\d\b",
    re.IGNORECASE,
)
_ENDS = re.compile(
    r"\b(?:complet\w+|finish\w+|end(?:ed|ing)?|wound up|wrapped up|through|until|till|to|last (?:day|treatment|fraction|dose)|done|concluded|off treatment|terminad[ao]|complet[oó])\b|[-–]\s?$",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?<![\d/.-])(?:19|20)\d\d\b(?![-/.]\d|\s?(?:c?gy|rads?|mu)\b)", re.IGNORECASE)
_MONTH_YEAR = re.compile(r"(?<![\d/.-])\d{1,2}/((?:19|20)\d\d)\b")
_PRIOR_SITE = re.compile(
    r"\b(?:to|of|for) (?:the |his |her |an? )?((?:(?:left|right|bilateral|whole|thoracic|lumbar|cervical|upper|lower|distal|proximal|pelvic|entire) )*[A-Za-z0-9/-]+(?:(?: through| to|-|–) [A-Z]\d{1,2})?(?: (?:spine|neck|breast|lung|brain|pelvis|hip|bed|wall|nodes|fossa|bone|region|sacrum|mediastinum))?)",
    re.IGNORECASE,
)
_OF_AN_ORGAN = re.compile(
    r"\b(?:cord|brain ?stem|rectum|bowels?|bladder|heart|kidneys?|lens|chiasm|nerves?|plexus|parotids?|cochleas?|larynx|esophagus|stomach|duodenum|skin)"
    r"(?: (?:has|have|had|got|took|saw|received|was|were|been|given|already|exposed|to|about|some|up)){1,4} \d[\d.]*\s?c?Gy\b",
    re.IGNORECASE,
)  # what an earlier course gave to what lay beside its target; with its fractions it is that of a course
_NO_SITE = re.compile(
    r"(?:new|old|same|present|current|earlier|previous|prior|first|last|total|full|this|that|these|those)",
    re.IGNORECASE,
)
_YET = re.compile(r"[,;]\s*(?:but|however|yet)\b", re.IGNORECASE)  # before what records show and the patient denied
_LONG_AGO = timedelta(days=180)
_HIGHEST_COURSE_GY, _LOWEST_COURSE_GY = 100.0, 4.0


def prior_irradiations_in(
    sentences: Sequence[Sentence], before: date | None, *, day_first: bool = False
) -> Iterator[PriorFound]:
    """Earlier courses that sentences, fields and rows report with a dose and a time before the chart's own."""
    last: Sentence | None = None
    for sentence in sentences:
        if sentence.row >= 0 and not sentence.label and not sentence.columns:
            continue
        courses = [] if sentence.ticked is False else _courses_of(_with_names(sentence))
        several = [found for text in courses if (found := _prior(sentence, text, before, day_first)) is not None]
        yield from several[:-1]
        found = several[-1] if several else None
        if found is None and last is not None and _begins_a_course(last, sentence):
            found = _prior(sentence, f"{last.text} {sentence.text}", before, day_first)
        if found is not None:
            yield found
        last = sentence


def _courses_of(text: str) -> list[str]:
    """A text in parts that each may report a course: the sentences of jottings, and items of a list with a dose each."""
    parts = [item for part in _JOTTED_END.split(text) for item in _items_of(part)]
    return parts if len(parts) > 1 else [text]


def _items_of(text: str) -> list[str]:
    items = text.split(";")
    if sum(bool(doses_with_counts(item)) for item in items) > 1:
        return items
    items = _ANOTHER_DOSE.split(text)
    return items if len(items) > 1 and all(map(_gives_its_own_time, items)) else [text]


def _gives_its_own_time(item: str) -> bool:
    return bool(doses_with_counts(item)) and (has_date(item) or _YEAR.search(item) is not None)


_ANOTHER_DOSE = re.compile(r"[,;]?\s+(?:and|then|as well as)\s+(?=\d+(?:\.\d+)?\s?c?Gy\b)", re.IGNORECASE)
_JOTTED_END = re.compile(r"(?<=[a-z\d)])\.\s+(?=[a-z])")


def _with_names(sentence: Sentence) -> str:
    """The words of a sentence with the label of its field, or of a row with its headings and the one above the table."""
    if sentence.columns:
        return f"{sentence.section}: " + "; ".join(f"{column.name} {column.value}" for column in sentence.columns)
    return f"{sentence.label} {sentence.text}" if sentence.label not in sentence.text else sentence.text


def _begins_a_course(first: Sentence, second: Sentence) -> bool:
    """Whether a sentence names irradiation without its dose, and the next of its paragraph may give it."""
    return (
        first.block == second.block
        and second.row < 0
        and first.ticked is not False
        and bool(_RADIATION.search(first.text))
        and not doses_with_counts(first.text)
    )


def _prior(sentence: Sentence, text: str, before: date | None, day_first: bool) -> PriorFound | None:
    """The course that a text reports, if it reports one of this patient that was over before the chart began."""
    if not _RADIATION.search(text) or _OF_FAMILY.search(text) or _NOT_A_COURSE.search(_values(sentence, text)):
        return None
    if _NEVER.search(text) and not _EXCEPT.search(text):
        known = _YET.search(text)
        return _prior(sentence, text[known.end() :], before, day_first) if known is not None else None
    days = [d for d in dates_in(text, day_first=day_first) if before is None or d.day < before]
    without_days = text
    for found_day in dates_in(text, day_first=day_first):
        blank = " " * (found_day.stop - found_day.start)
        without_days = without_days[: found_day.start] + blank + without_days[found_day.stop :]
    years = [int(m.group()) for m in _YEAR.finditer(without_days)]
    years += [int(m[1]) for m in _MONTH_YEAR.finditer(without_days)]
    years = [y for y in years if before is None or y < before.year]
    long_ago = before is not None and any(before - d.day > _LONG_AGO for d in days)
    if not long_ago and not _PRIOR.search(without_days):
        return None
    doses = [d for d in _doses_of(sentence, text) if _LOWEST_COURSE_GY <= d[1] <= _HIGHEST_COURSE_GY]
    if not doses or not (days or years):
        return None
    gy, fractions = _total(text, doses)
    if fractions is None and _OF_AN_ORGAN.search(text):
        return None
    ended = [d.day for d in days if _ENDS.search(text[max(d.start - 24, 0) : d.start])] or [d.day for d in days]
    sites = (named[1].strip() for named in _PRIOR_SITE.finditer(text))
    return PriorFound(
        next((site for site in sites if not _NO_SITE.fullmatch(site)), ""),
        max(ended) if ended else None,
        None if ended else max(years),
        round(gy, 3),
        fractions,
        sentence.placed,
        0.88 * sentence.placed.sureness,
    )


_ADDED = re.compile(r"(?:\+|\bplus\b|\bboost(?:ed)?\b[^.;,]{0,20})\s*$", re.IGNORECASE)
_IS_A_BOOST = re.compile(r"[^.;,+]{0,24}\bboost", re.IGNORECASE)  # right behind the dose, and no dose to another place


def _total(text: str, doses: Sequence[tuple[int, float, int | None]]) -> tuple[float, int | None]:
    """Dose and fractions of a course with the boost that is added to it, such as: 50 Gy/25 fx + 10 Gy/5 boost."""
    first = next((at for at, dose in enumerate(doses) if dose[2]), 0)
    place, gy, fractions = doses[first]
    for at, more, count in doses[first + 1 :]:
        added = _ADDED.search(text, place, at)
        is_boost = added is not None and ("boost" in added.group().lower() or _IS_A_BOOST.match(text, at) is not None)
        if not fractions or not count or not is_boost or gy + more > _HIGHEST_COURSE_GY:
            break
        place, gy, fractions = at, gy + more, fractions + count
    return gy, fractions


def _values(sentence: Sentence, text: str) -> str:
    """The words of a sentence, of a row without the headings of its columns."""
    return " ; ".join(column.value for column in sentence.columns) if sentence.columns else text


def _doses_of(sentence: Sentence, text: str) -> list[tuple[int, float, int | None]]:
    row = order_of_columns(sentence) if sentence.columns else None
    return [(0, *row)] if row is not None else doses_with_counts(text)
