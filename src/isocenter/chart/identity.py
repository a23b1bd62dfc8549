"""Whose page it is: name, record number and day of birth, and which pages are of another patient."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from isocenter.chart.dates import FoundDate, dates_in
from isocenter.chart.layout import Row
from isocenter.chart.pages import Page, ReadBy
from isocenter.chart.people import CREDENTIAL, is_no_name, people_in

_NUMBER = re.compile(
    r"\b(?:MRN|M\.R\.N\.|MR ?#|MR ?No\.?|ID ?#|ID|Med(?:ical)?\.? Rec(?:ord)?\.?(?: ?(?:No\.?|Number|#))?|Record(?: ?(?:no\.?|number|#))?|Chart ?(?:no\.?|#|number)?(?=\W*[A-Z]{0,3}-?\d)|Patient (?:ID|no\.?|number)|Pt\.? ?ID|Unit (?:no\.?|#)|Acct|Account|Hosp(?:ital)? ?(?:no\.?|#))\s*[:#.]*\s*(\d{2,4}(?: \d{2,4}){1,3}\b(?![/.-])|[A-Z0-9][A-Z0-9/.\-]{2,})",
    re.IGNORECASE,
)
_BARE_NUMBER = re.compile(r"\b(?:No\.|Nr\.|#)\s*:?\s*([A-Z]{0,3}-?\d[\d./-]{2,})")  # beside a day of birth
_BORN = re.compile(r"\b(?:DOB|D\.O\.B\.?|Date of birth|Birth ?date|born|b\.)\s*[:.]?\s*", re.IGNORECASE)
_BORN_BEHIND_A_STAR = re.compile(r"(?<![\w*])\*\s?(?=\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d\d\b)")
_LABELLED = re.compile(
    r"\b(?:Patient(?: name)?|Pt\.?|PT|Name|RE|Re|Regarding|Patient'?s name)\s*[:.]\s*((?:Mr\.?|Mrs\.?|Ms\.?)?\s*[A-Z][\w'’-]+(?:,\s?|\s)[A-Z][\w'’.-]*(?: (?!(?:MRN?|Med|Record|ID|DOB|Acct|Account|Chart|Hosp|Unit|SSN|Born|Age|Sex|Patient|Date)\b)[A-Z][\w'’-]+)?)"
)
_COMMA = re.compile(r"\b([A-Z][A-Za-z'’-]+),\s+([A-Z][A-Za-z'’-]{2,})\b")
_OF_AN_ADDRESS = re.compile(
    r"suite|ste|floor|level|tower|building|bldg|wing|unit|room|rm|box|street|avenue|drive|road|north|south|east|west|usa",
    re.IGNORECASE,
)
_NUMBER_OF_A_HOUSE = re.compile(r"(?<![\w.-])\d{1,5}[A-Za-z]?\s+(?:[A-Z][\w'’.]*\s+){0,4}$")  # before: Road, Eastbrook
_LETTERS_OF_A_STATE = 2
_NO_GIVEN_NAME = re.compile(rf"{CREDENTIAL}|INC|LLC", re.IGNORECASE)
_DASHED = re.compile(
    r"^\s*([A-Z][A-Za-z'’-]+),\s+([A-Z][A-Za-z'’-]+)\s*[-–:|]\s*(?:MRN|ID)?\s*#?\s*([A-Z0-9][A-Z0-9/.\-]*\d[A-Z0-9/.\-]*)"
)
_PAREN = re.compile(r"\b([A-Z][A-Za-z'’-]+),\s+([A-Z][A-Za-z'’-]+)\s*\(([A-Z0-9][A-Z0-9/.\-]*\d[A-Z0-9/.\-]*)\)")
_UNLABELLED = re.compile(
    r"^\s*([A-Z][A-Z'’-]+),\s?([A-Z][A-Z'’-]+)(?: [A-Z]\.?)?\s+([X\d]{3}-?[X\d]{2}-?\d{4}|[A-Z]{0,3}-?\d{5,})\b"
)  # a head without labels, such as: MEADOW,IRIS T 000-00-1234 JAN 2,1950
_STOP = re.compile(r"print(?:ed)? by|RECORDS|\bcc\b|sent by", re.IGNORECASE)
_RUNS_UP = 3  # times as high as it is wide
_TOP_SHARE, _BOTTOM_SHARE = 0.14, 0.93
_CENTURY = timedelta(days=36525)  # from a day of this century to the same day of the last
_LETTERS_BEFORE_A_BIRTHDAY = 5  # such as: born on the 3rd; an initial such as B. stands farther from a day


class Identity(NamedTuple):
    """What a page says of whose it is; empty where it does not say."""

    name: str = ""
    record_number: str = ""
    born: date | None = None

    @property
    def is_empty(self) -> bool:
        """Whether the page says nothing of its patient."""
        return not self.name and not self.record_number and self.born is None


def identity_of(page: Page) -> Identity:
    """The patient that the head, the foot or a labelled line of a page names."""
    name = number = ""
    born: date | None = None
    for index, row in enumerate(page.rows):
        text = row.text
        margin = in_margin(page, row)
        if not margin and index > 14:
            continue
        if _STOP.search(text) and not _LABELLED.search(text) and not _NUMBER.search(text):
            continue
        marked = _NUMBER.search(text)
        with_number = _UNLABELLED.search(text) or _DASHED.search(text) or _PAREN.search(text)
        if with_number and not _is_no_person(with_number[1], with_number[2]):
            name, number = name or f"{with_number[1]}, {with_number[2]}", number or with_number[3]
        if marked and any(c.isdigit() for c in marked[1]):
            number = number or marked[1].strip(".-/")
        bare = _BARE_NUMBER.search(text) if not number and _BORN.search(text) else None
        number = number or (bare[1].strip(".-/") if bare else "")
        at = _BORN.search(text) or _UNLABELLED.search(text) or (_BORN_BEHIND_A_STAR.search(text) if margin else None)
        if at and born is None:
            after = text[at.end() : at.end() + 24]
            found = next(dates_in(after), None)
            is_near = found is not None and found.start <= _LETTERS_BEFORE_A_BIRTHDAY
            born = _before_the_page(found, after, page) if found is not None and is_near else None
        labelled = _LABELLED.search(text)
        if (
            labelled
            and not name
            and (_name_with_comma(labelled[1]) or people_in(labelled[1])[:1] != [])
            and not any(
                p.credentials and p.start < labelled.end() and p.stop > labelled.start(1) for p in people_in(text)
            )
        ):
            name = re.sub(r"^(?:Mr|Mrs|Ms)\.?\s+", "", labelled[1].strip())
        if not name and (marked or at):
            name = _name_with_comma(text) or _name_beside(page, index)
    return Identity(name, number, born)


def _name_with_comma(text: str, *, first: bool = False) -> str:
    """A last name, a comma and a given name in a text, or at its beginning; '' where they are no names."""
    found = _COMMA.match(text) if first else _COMMA.search(text)
    if found is None or _is_no_person(found[1], found[2]) or _NUMBER_OF_A_HOUSE.search(text[: found.start()]):
        return ""
    return f"{found[1]}, {found[2]}"


def _is_no_person(last: str, given: str) -> bool:
    """Whether two words around a comma are a place, a day or a department, such as: Tillman Creek, SC."""
    is_state = len(given) == _LETTERS_OF_A_STATE and given.isupper()
    is_other = _NO_GIVEN_NAME.fullmatch(given) is not None or _OF_AN_ADDRESS.fullmatch(given) is not None
    return is_state or is_other or is_no_name(last) or is_no_name(given)


def _name_beside(page: Page, index: int) -> str:
    """The name that begins a cell in the margin on the line above or below the one with number or birthday."""
    near = [page.rows[at] for at in (index - 1, index + 1) if 0 <= at < len(page.rows)]
    cells = (cell.text for row in near if in_margin(page, row) for cell in row.cells)
    return next((name for text in cells if (name := _name_with_comma(text, first=True))), "")


def _before_the_page(found: FoundDate, text: str, page: Page) -> date:
    """A day of birth; a century earlier where two digits of its year put it after all that the page dates."""
    born = found.day
    latest = max((one.day for row in page.rows for one in dates_in(row.text) if one.day != born), default=born)
    if born <= latest or str(born.year) in text[found.start : found.stop]:
        return born
    return born - _CENTURY


def patient_of(identities: Sequence[Identity]) -> Identity:
    """The patient of most pages."""
    numbers = Counter(_plain(i.record_number) for i in identities if i.record_number)
    number = numbers.most_common(1)[0][0] if numbers else ""
    own = [i for i in identities if not number or _plain(i.record_number) == number]
    names = Counter(i.name for i in own if i.name) or Counter(i.name for i in identities if i.name)
    births = [i.born for i in own if i.born] or [i.born for i in identities if i.born]
    often = Counter(in_its_century(born) for born in births).most_common(1)
    born = min((born for born in births if often and in_its_century(born) == often[0][0]), default=None)
    shown = next((i.record_number for i in own if i.record_number), "")
    return Identity(names.most_common(1)[0][0] if names else "", shown, born)


def in_its_century(born: date) -> tuple[int, int, int]:
    """The year in its century, the month and the day of a birth: a year of two digits leaves the century open."""
    return born.year % 100, born.month, born.day


def is_of_another(identity: Identity, patient: Identity, *, recognized: bool) -> bool:
    """Whether a page is of another patient than the chart: two marks that differ, or one where no mark agrees."""
    if identity.is_empty:
        return False
    slack = 2 if recognized else 0
    agree, differ = 0, 0
    if identity.record_number and patient.record_number:
        same = _distance(_plain(identity.record_number), _plain(patient.record_number)) <= slack
        agree, differ = agree + same, differ + (not same)
    if identity.born and patient.born:
        same = in_its_century(identity.born) == in_its_century(patient.born)
        agree, differ = agree + same, differ + (not same)
        if not same and not recognized:
            differ += 1
    if identity.name and patient.name:
        same = _same_name(identity.name, patient.name, 2 if recognized else 1)
        agree, differ = agree + same, differ + (not same)
    return differ > 0 and differ >= agree


def _same_name(one: str, other: str, slack: int) -> bool:
    """Whether two names may be one person's: every part of the shorter one meets a part of the other."""
    first, second = (re.findall(r"[a-z]+", name.lower()) for name in (one, other))
    if len(first) > len(second):
        first, second = second, first
    return bool(first) and all(any(_part_meets(a, b, slack) for b in second) for a in first)


def _part_meets(one: str, other: str, slack: int) -> bool:
    if min(len(one), len(other)) == 1:
        return one[0] == other[0]
    return _distance(one, other) <= (slack if min(len(one), len(other)) > 4 else 0)


def _plain(number: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", number.upper())


def _distance(one: str, other: str) -> int:
    """Letters to change, add or take away to turn one word into the other."""
    if abs(len(one) - len(other)) > 3:
        return 4
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        before, row[0] = row[0], i
        for j, b in enumerate(other, start=1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1]


def in_margin(page: Page, row: Row) -> bool:
    """Whether a row lies where pages have their head and foot, or runs up along an edge of the page."""
    if row.box.bottom - row.box.top > _RUNS_UP * (row.box.right - row.box.left):
        return True
    middle = (row.box.top + row.box.bottom) / 2
    return middle < _TOP_SHARE * page.height_pt or middle > _BOTTOM_SHARE * page.height_pt


def says_whose_it_is(text: str) -> bool:
    """Whether a line gives a name beside a record number, as the head or the foot of a page does."""
    return bool(
        _DASHED.search(text)
        or _UNLABELLED.search(text)
        or _PAREN.search(text)
        or (_NUMBER.search(text) and (_BORN.search(text) or _COMMA.search(text)))
    )


def names_the_patient(text: str) -> bool:
    """Whether a line names the patient with a record number or a day of birth, as the head of a page does."""
    return bool(
        _BORN.search(text)
        or _DASHED.search(text)
        or _UNLABELLED.search(text)
        or (_NUMBER.search(text) and (_LABELLED.search(text) or _COMMA.search(text)))
    )


def was_recognized(page: Page) -> bool:
    """Whether a page was read from a picture."""
    return page.read_by is ReadBy.RECOGNITION
