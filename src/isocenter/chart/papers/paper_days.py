"""The day of a paper: that of the service or of the note, never of printing, faxing, transcribing or editing."""

import re
from collections.abc import Collection, Iterator
from datetime import date, timedelta

from isocenter.chart.pages.layout import Row
from isocenter.chart.papers.paper import Paper
from isocenter.chart.words.dates import TIME_OF_DAY, dates_in, first_date
from isocenter.chart.words.people import has_credentials, people_in

_OWN_DATE = re.compile(
    r"\b(?:date of (?:service|visit|procedure|exam\w*|consult\w*|simulation|treatment|note|review|measurement|test|plan|order|prescription|qa|session|encounter|report|check)|d\.?o\.?s|service(?: date)?|visit(?: date)?|date|day|written|ordered|order date|prescribed|rx date|plan date|measured|measurement date|qa date|sim(?:ulation)? date|performed|done|review(?:ed)? (?:date|on)|^\W*dated|review date|encounter(?: date)?|session|(?<!review )(?<!approval )(?<!signature )request(?:ed)?|created|effective|entered on|seen(?: on|(?=:))|test date|date measured|^\W*acquired|^\W*completed(?: on)?:|calculated|plan reviewed|calc date|exam date|note date|added)\W{0,3}(?:on|of|:)?\W{0,3}$",
    re.IGNORECASE,
)
_STRONG_DATE = re.compile(
    r"\b(?:date of (?:service|visit|procedure|simulation|treatment|measurement|exam\w*|encounter)|d\.?o\.?s|service(?: date)?|visit date|measured|report(?:ed)?|answered)\W{0,3}(?:on|:)?\W{0,3}$"
    r"|\bfor (?:the |my |his |her )?(?:visit|service|encounter|session|treatment|check|note|entry|exam\w*)s? (?:of|on|from|dated)\W{1,3}$"
    r"|\blate entry\b[^.;]{0,40}\bfor\W{1,3}$",
    re.IGNORECASE,
)
_OTHER_DATE = re.compile(
    r"(?:print(?:ed)?|prt|fax(?:ed)?|dictat(?:ed|ion)|\bd:|\bt:|transcri(?:bed|ption)|typed|scan(?:ned)?|edit(?:ed)?|sent|received|revised|updated|modified|d\.?o\.?b\.?|birth|born|start(?:ed)?|since|due|next|expires?|valid|follow.?up|ended|finished|completed on|template|form|rev(?:ision)?|version|filed|archived|copy|calibrat\w+|copied|accessed|imported|viewed|uploaded|exported|amended|last saved|saved|admitted|admission|appointment|begins?|start date|first fraction|first treatment|surgery|biopsy|mri|ct|pet/?ct|scan of|week of|week ending|report of|plan of|dated|scheduled(?: for)?|of the)\W{0,4}(?:on|date|at|of|for|by|[a-z]{1,3})?\W{0,3}$",
    re.IGNORECASE,
)
_OF_A_BIRTH = re.compile(
    r"(?:\b(?:birth|born|d\.?o\.?b\.?)\W{0,3}(?:date|day|on)?|(?<![\w*])\*)\W{0,3}$", re.IGNORECASE
)  # also as a star before the day
_SIGNATURE_DATE = re.compile(
    r"signed|e-?sig|approved|approval|authenticated|planner|physicist|physics:|cosign|attest", re.IGNORECASE
)


_DICTATED_ABOVE = re.compile(r"\W*dictated(?: on)?\W*", re.IGNORECASE)  # below the title, where no other day heads it
_LAST_LINE_OF_A_HEAD = 2
_ASKED_BY = re.compile(
    r"\b(?:asked(?: for)?|request(?:ed)?|order(?:ed)?) by (?:dr\.? |the )?[^.;:,]{2,40}\W+(?:on )?$|\basked (?:for |on )?$",
    re.IGNORECASE,
)  # the day of an order that another paper answers
_TOLD_IN_A_SENTENCE = re.compile(
    r"\b(?:was|were|been) (?:done|performed|made|measured|calculated|written|ordered|prescribed|requested|created|added)\W{0,3}(?:on)?\W{0,3}$",
    re.IGNORECASE,
)  # of something that may be another work than the paper's, such as: A second planning CT was done on 3/4/2026
_OF_ANOTHER_VERSION = re.compile(
    r"\bversion\b.*\b(?:(?:replaced|superseded) by|not valid|no longer valid)\b", re.IGNORECASE
)
_OF_A_NAMED_NOTE = re.compile(
    r"\b(?:the|my|his|her|that|which|a) (?:visit|note|entry|encounter|session|service|check)s? (?:of|on|from|dated)\W{1,3}$",
    re.IGNORECASE,
)  # that a sentence mentions, as an attestation does
_WORTH_OF_SIGNING = 2.0
_LONGEST_UNSIGNED = timedelta(days=200)
_SIGNS_UP_TO_THE_END = re.compile(r"\b(?:e-?)?signed(?: electronically)?(?: on| at)?\W*$", re.IGNORECASE)
_AT_THE_BEGINNING = 3  # letters of a line before its day


def date_of(
    paper: Paper, *, day_first: bool = False, born: date | None = None, signed_on: Collection[date] = ()
) -> date | None:
    """The day of the service or of the note; never of printing, faxing, transcribing or editing, or of birth.

    `signed_on` are the days of its signatures. A paper is of one of these days or of an earlier one, mostly by a few
    days: a day of history, far before the signatures, counts only where no day is near them.
    """
    found = list(_days_with_worth(paper, day_first, born))
    if signed_on:
        found = [(worth, day) for worth, day in found if day <= max(signed_on)]
        near = [(worth, day) for worth, day in found if day >= min(signed_on) - _LONGEST_UNSIGNED]
        found = near or found
    worth, day = max(found, key=lambda one: one[0], default=(0.0, None))
    by_signing = worth <= _WORTH_OF_SIGNING and day in signed_on
    return min(signed_on) if by_signing else day  # whoever reviews a report signs it later than its author


def _days_with_worth(paper: Paper, day_first: bool, born: date | None) -> Iterator[tuple[float, date]]:
    """Each day of a paper that may be its own and how well it fits, in the order of the lines.

    A letter whose head gives the day of typing is of the day on which it says that the patient was seen.
    """
    above = ""
    typed = _days_behind(paper, _TYPED, day_first)
    seen = _days_behind(paper, _SEEN, day_first) - typed if typed else set()
    typed = typed if seen else set()
    for number, line in enumerate(paper.lines):
        text = line.row.text
        signature = bool(people_in(text)) and bool(_SIGNATURE_DATE.search(text))
        goes_on_signing = bool(_SIGNS_UP_TO_THE_END.search(above))
        above = text if len(line.row.cells) == 1 else ""  # the head of a column of signatures breaks off nothing
        if number in paper.void or _OF_ANOTHER_VERSION.search(text):
            continue
        for found in dates_in(text, day_first=day_first):
            if found.day == born:
                continue
            before = text[: found.start]
            of_signing = goes_on_signing and found.start <= _AT_THE_BEGINNING
            worth = _worth(before, text, found.start, number, signature or of_signing)
            if worth is not None:
                yield (_WORTH_OF_TYPING if found.day in typed and worth < _WORTH_OF_A_FIELD else worth), found.day
    yield from ((_WORTH_OF_A_VISIT, day) for day in sorted(seen))


_SEEN = re.compile(
    r"\b(?:saw|seeing|seen|examined|examining|met|visited|evaluated|consultation|visit)\b(?:[^.;]|(?<=Mr)\.|(?<=Mrs)\.|(?<=Ms)\.|(?<=Dr)\.){0,60}\bon\W{1,3}$",
    re.IGNORECASE,
)
_TYPED = re.compile(
    r"(?:\b(?:typed|transcri(?:bed|ption))(?: (?:on|date))?|(?<![\w/])(?:T|DT|TD|D/T):)\W{0,3}$", re.IGNORECASE
)
_WORTH_OF_A_FIELD, _WORTH_OF_A_VISIT, _WORTH_OF_TYPING = 7.6, 3.0, 0.1


def _days_behind(paper: Paper, label: re.Pattern[str], day_first: bool) -> set[date]:
    texts = [line.row.text for line in paper.lines]
    return {
        found.day
        for text in texts
        for found in dates_in(text, day_first=day_first)
        if label.search(text[: found.start])
    }


def _worth(before: str, text: str, start: int, number: int, signature: bool) -> float | None:
    if _STRONG_DATE.search(before) and not re.search(r"print|fax|edit", before[-20:], re.IGNORECASE):
        return 10.0 - 0.01 * number
    if _DICTATED_ABOVE.fullmatch(before) and number <= _LAST_LINE_OF_A_HEAD:
        return 3.0 - 0.05 * number
    if _OF_A_BIRTH.search(before) or (_OTHER_DATE.search(before[-28:]) and not _OWN_DATE.search(before)):
        return None
    if _ASKED_BY.search(before):
        return 1.0 - 0.001 * number
    if _OF_A_NAMED_NOTE.search(before):
        return 3.0 - 0.001 * number
    if _OWN_DATE.search(before):
        return (6.0 if _TOLD_IN_A_SENTENCE.search(before) else 8.0) - 0.05 * number
    if signature:
        return _WORTH_OF_SIGNING - 0.001 * number
    if start <= _AT_THE_BEGINNING and number <= 3:
        return 7.5 - 0.05 * number
    if number <= 2:
        return 6.5 - 0.05 * number
    if start <= _AT_THE_BEGINNING and not people_in(text):
        return 4.0 - 0.01 * number
    if has_credentials(text):
        return 1.8 - 0.001 * number
    return 0.5 - 0.001 * number


_GOES_ON = re.compile(
    r"(?:\b(?:of|on|from|dated|and|or|to|the|a|in|by|for|until|till|since|before|after|through|at|with|is|was|were)|,)$",
    re.IGNORECASE,
)


_FEWEST_WORDS_BROKEN_OFF = 6


def goes_on_below(row: Row) -> bool:
    """Whether a line of prose breaks off in its sentence, so that a day which begins the next line heads nothing."""
    is_prose = len(row.cells) == 1 and len(row.words) >= _FEWEST_WORDS_BROKEN_OFF
    return is_prose and _GOES_ON.search(row.text.rstrip()) is not None


def is_a_day_alone(text: str) -> bool:
    """Whether a line is a date and nothing else, perhaps behind the word Date and with a time of day."""
    found = first_date(text)
    if found is None:
        return False
    rest = TIME_OF_DAY.sub(" ", text[: found.start] + text[found.stop :])
    return not _BESIDE_A_DAY.sub("", rest)


_BESIDE_A_DAY = re.compile(
    r"\bdate(?: ?(?:/|and|&) ?time)?\b(?: of (?:service|note|visit))?|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\bat\b|\W",
    re.IGNORECASE,
)


def is_a_day_of_signing(text: str) -> bool:
    """Whether a line is a day, and behind it no more than that it was signed then, such as: 3/4/2024 (electronically signed)."""
    found = first_date(text)
    if found is None or re.search(r"\w", text[: found.start]):
        return False
    return _SIGNED_THEN.fullmatch(TIME_OF_DAY.sub(" ", text[found.stop :])) is not None


_SIGNED_THEN = re.compile(
    r"\W*(?:[A-Z]{2,4}\W+)?(?:(?:electronically|digitally|e)\W?)?(?:co|counter)?-?(?:signed|authenticated|approved)(?: (?:electronically|digitally))?\W*",
    re.IGNORECASE,
)


def is_dated(text: str) -> bool:
    """Whether a line gives the day of what it stands in, such as: Date of service 3/4/2024."""
    return any(_OWN_DATE.search(text[: found.start]) for found in dates_in(text))


_SHIFT = re.compile(r"\d\s?(?:mm|cm)\b")
_NUMBER = re.compile(r"(?<![\d/.-])[-+]?\d{1,2}(?:\.\d{1,2})?(?![\d/]|[.-]\d)")
_FEWEST_SHIFTS = 3


def is_row_of_a_session(text: str) -> bool:
    """Whether a line is a day and three numbers behind it, or two shifts in mm or cm, as one session is logged."""
    day = first_date(text)
    if day is None or day.start > _AT_THE_BEGINNING:
        return False
    return len(_NUMBER.findall(text, day.stop)) >= _FEWEST_SHIFTS or len(_SHIFT.findall(text, day.stop)) > 1


def is_a_day_of_sessions(above: Row, row: Row) -> bool:
    """Whether a row gives one more day below that of a session, perhaps without a session, such as: 3/4/2026 3 machine down."""
    day = first_date(row.text)
    return (
        day is not None
        and day.start <= _AT_THE_BEGINNING
        and is_row_of_a_session(above.text)
        and abs(row.box.left - above.box.left) < row.size
    )
