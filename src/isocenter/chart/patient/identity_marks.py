"""What a page says of whose it is: name, record number and day of birth in its head, its foot or a labelled line."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from isocenter.chart.pages.layout import Row
from isocenter.chart.pages.pages import Page
from isocenter.chart.words.dates import FoundDate, dates_in, first_date
from isocenter.chart.words.people import CREDENTIAL, is_no_name, people_in

_NUMBER = re.compile(
    r"\b(?:MRN|M\.R\.N\.|MR ?#|MR ?No\.?|ID ?#|ID|Med(?:ical)?\.? Rec(?:ord)?\.?(?: ?(?:No\.?|Number|#))?|Record(?: ?(?:no\.?|number|#))?|Chart ?(?:no\.?|#|number)?(?=\W*[A-Z]{0,3}[-.]?\d)|Patient (?:ID|no\.?|number)|Pt\.? ?ID|(?:Unit|Clinic|Case|Our|Client) ?(?:no\.?|number|#)|HRN|P(?:t|atient) ?#|last four|Exp(?:\.|ediente)?(?=\s*:)|Acct|Account|Hosp(?:ital)?\.? ?(?:no\.?|number|#))\s*[:#.]*\s*(\d{2,4}(?: \d{2,4}){1,3}\b(?![/.-])|[A-Z]{1,3} \d[\d/.\-]{2,}|[A-Z0-9][A-Z0-9/.\-]{2,})",
    re.IGNORECASE,
)
_BARE_NUMBER = re.compile(
    r"(?:\bN[or]\.|\bNO\.|#)\s*:?\s*([A-Z]{0,3}[ -]?\d[\d./-]{2,})"
)  # beside a day of birth or a name
_BORN = re.compile(
    r"\b(?:DOB|D\.O\.B\.?|Date of birth|Birth(?: ?date|day)?|born(?: on)?|bom|F(?:echa|\.)?(?: de)? ?nac(?:\.|imiento)?|b\.)\s*[:.]?\s*",
    re.IGNORECASE,
)  # bom: as recognition reads born
_BORN_BEHIND_A_STAR = re.compile(
    r"(?<![\w*])\*\s?(?=\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d\d\b|(?:19|20)\d\d[./-]\d{1,2}[./-]\d{1,2}\b)"
)
_LABELLED = re.compile(
    r"\b(?:Patient(?: name)?|Paciente|Pt\.?|PT|Name|RE|Re|Regarding|Patient'?s name)\s*[:.]\s*((?:Mr\.?|Mrs\.?|Ms\.?)?\s*[A-Z][\w'’-]+(?:,\s?|\s)[A-Z][\w'’.-]*(?: (?!(?:MRN?|Med|Record|ID|DOB|Acct|Account|Chart|Hosp|Unit|SSN|Born|Age|Sex|Patient|Date|Room|Rm|Bed|Tel|Phone|Fax|Visit|ICD|Dx)\b|\S*\d)[A-Z][\w'’-]+)?)"
)
_BEHIND_A_NAME = re.compile(
    r"[\s|,;(]*#?\s*(?!(?:19|20)\d\d-?\d\d-?\d\d\b|[01]\d[0-3]\d(?:19|20)\d\d\b)(?!\d{3}-(?:\d{3}-)?\d{4}\b)"  # a day, or a telephone number
    r"([A-Z]{1,4}-?\d{4,}(?:-\d{1,4})?|\d{3,}-\d{2,}(?:-\d{1,4})?|\d{2}-\d{5,}|\d{6,})(?=[\s),;|]|$)"
)  # a record number without its label, such as: Pt: Moor, Ada  SM-20931
_COMMA = re.compile(r"\b([A-Z][A-Za-z'’-]+),\s+([A-Z][A-Za-z'’-]{2,})\b")
_OF_AN_ADDRESS = re.compile(
    r"suite|ste|floor|level|tower|building|bldg|wing|unit|room|rm|box|street|avenue|drive|road|north|south|east|west|usa",
    re.IGNORECASE,
)
_NUMBER_OF_A_HOUSE = re.compile(r"(?<![\w.-])\d{1,5}[A-Za-z]?\s+(?:[A-Z][\w'’.]*\s+){0,4}$")  # before: Road, Eastbrook
_LETTERS_OF_A_STATE = 2
_NO_GIVEN_NAME = re.compile(rf"{CREDENTIAL}|INC|LLC", re.IGNORECASE)
_NO_LAST_NAME = re.compile(r"MD|P[Hh]D|DABR|DABMP|CMD|RTT|RN|NP|FACR|FASTRO")  # as in: I, ADA WINTER, MD, HEREBY
_GIVEN_NAME = rf"((?!{CREDENTIAL}(?![\w'’]))[A-Z][A-Za-z'’-]+)"
_RECORD_NUMBER = r"([A-Z0-9][A-Z0-9/.\-]*\d[A-Z0-9/.\-]*)"
_DASHED = re.compile(rf"^\s*([A-Z][A-Za-z'’-]+),\s+{_GIVEN_NAME}\s*[-–:|]\s*(?:MRN|ID)?\s*#?\s*{_RECORD_NUMBER}")
_PAREN = re.compile(rf"\b([A-Z][A-Za-z'’-]+),\s+{_GIVEN_NAME}\s*\({_RECORD_NUMBER}\)")
_UNLABELLED = re.compile(
    r"^\s*([A-Z][A-Z'’-]+),\s?([A-Z][A-Z'’-]+)(?: [A-Z]\.?)?\s+([X\d]{3}-?[X\d]{2}-?\d{4}|[A-Z]{0,3}-?\d{5,}|[A-Z]\d{4})\b"
)  # a head without labels, such as: MEADOW,IRIS T 000-00-1234 JAN 2,1950
_BEFORE_A_NUMBER = re.compile(
    r"^[^\w(]*([A-Z][\w'’-]+),\s?([A-Z][\w'’-]+)(?: [A-Z]\.?)?\s+([A-Z]{1,4}-?\d{4,}(?:-\d{1,4})?|\d{3,}-\d{2,}(?:-\d{1,4})?|\d{2}-\d{5,}|\d{6,})\s"
)  # a head without labels in small letters, such as: Moor-Hall, Ada OV-0092217 03-Dec-1951
_LABEL_WITHOUT_COLON = re.compile(
    r"\b(?:PATIENT|Patient|NAME|Name|Veteran|VETERAN|Member|MEMBER|Pt)\b:?\s+([A-Z][\w'’-]+(?:,\s?|\s)[A-Z][\w'’.-]+)(?=\s|$)"
)
_WHOLE_NAME = re.compile(r"[A-Z][\w'’-]+,?\s[A-Z][\w'’-]+(?: [A-Z]\.?)?")
_OF_A_PLACE = re.compile(
    r"county|valley|street|st|hospital|clinic|cent(?:er|re)|cancer|oncology|radio\w*|radiation|medical|medicine|health\w*|care|institute|group|"
    r"department|dept|service|services|saint|practice|physics|university|regional|form|page|sheet|copy|notes?|record|order|mrn|id",
    re.IGNORECASE,
)
_MONTHS_AS_NAMES = re.compile(r"april|may|june|august", re.IGNORECASE)
_STOP = re.compile(r"print(?:ed)? by|RECORDS|\bcc\b|sent by", re.IGNORECASE)
_RUNS_UP = 3  # times as high as it is wide
_TOP_SHARE, _BOTTOM_SHARE = 0.14, 0.93
_CENTURY = timedelta(days=36525)  # from a day of this century to the same day of the last
_FIRST_IMRT = date(2000, 1, 1)  # no chart of IMRT has visits much before
_SHORTEST_LIFE = timedelta(days=16 * 365)
_LAST_ROW_OF_A_HEAD = 14
_VERTEBRA = re.compile(r"[CTLS]\d{1,2}", re.IGNORECASE)  # behind a word that may be a label, such as: Record T11
_NAME_AND_NUMBER = (_UNLABELLED, _DASHED, _PAREN, _BEFORE_A_NUMBER)
_LETTERS_OF_A_BIRTHDAY = 24  # the longest way of writing it, and what may stand before it
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
        if not margin and index > _LAST_ROW_OF_A_HEAD:
            continue
        if _STOP.search(text) and not _LABELLED.search(text) and not _NUMBER.search(text):
            continue
        with_number = _name_and_number_in(row)
        if with_number and not _is_no_person(with_number[1], with_number[2]):
            name, number = name or f"{with_number[1]}, {with_number[2]}", number or with_number[3]
        number = number or _number_in(text)
        at = _BORN.search(text) or _UNLABELLED.search(text) or (_BORN_BEHIND_A_STAR.search(text) if margin else None)
        if at and born is None:
            born = _birthday_behind(at, page)
        if not name and (labelled := _labelled_name(text)):
            name = labelled
            number = number or _number_behind(labelled, text)
        is_marked = at is not None or _NUMBER.search(text) is not None
        if not name and (is_marked or margin):
            name = _name_behind_a_bare_label(text)
        if not name and is_marked:
            name = _name_with_comma(text) or _name_beside(page, index)
        if margin and (name or number or _bare_number_in(text)) and born is None:
            born = _long_before_the_page(text, page)
        if not name and margin and (is_marked or born is not None):
            name = _name_before_a_mark(row)
            number = number or (_bare_number_in(text) if name else "")
    return Identity(name, number, born)


_HEADS_AN_ENTRY = re.compile(r"\W*(?:patient(?:'s)?(?: name)?|pt\.?)\s*:", re.IGNORECASE)


def patients_within(page: Page) -> Iterator[Identity]:
    """The patients whom single rows of a page name by label and day of birth, whatever its head and foot say."""
    for row in page.rows:
        at = _BORN.search(row.text)
        if at is None or not any(_HEADS_AN_ENTRY.match(cell.text) for cell in row.cells):
            continue
        name, born = _labelled_name(row.text), _birthday_behind(at, page)
        if name and born is not None:
            yield Identity(name, _number_in(row.text), born)


def _name_and_number_in(row: Row) -> re.Match[str] | None:
    """A name beside a record number without labels, in a row or in one of its cells."""
    texts = (row.text, *(cell.text for cell in row.cells)) if len(row.cells) > 1 else (row.text,)
    return next((m for text in texts for pattern in _NAME_AND_NUMBER if (m := pattern.search(text))), None)


def _number_in(text: str) -> str:
    """The record number behind its label, or behind No. beside a day of birth."""
    marked = _NUMBER.search(text)
    if marked and any(c.isdigit() for c in marked[1]) and not _VERTEBRA.fullmatch(marked[1]):
        return marked[1].strip(".-/")
    return _bare_number_in(text) if _BORN.search(text) else ""


def _number_behind(name: str, text: str) -> str:
    """The record number without its label right behind a name; '' where there is none."""
    found = _BEHIND_A_NAME.match(text, text.index(name) + len(name))
    return found[1] if found is not None else ""


def _bare_number_in(text: str) -> str:
    bare = _BARE_NUMBER.search(text)
    return bare[1].strip(".-/") if bare else ""


def _labelled_name(text: str) -> str:
    """The name behind a label with its colon that is no signer's; '' where there is none."""
    labelled = _LABELLED.search(text)
    if labelled is None or not (_name_with_comma(labelled[1]) or people_in(labelled[1])[:1] != []):
        return ""
    if any(p.credentials and p.start < labelled.end() and p.stop > labelled.start(1) for p in people_in(text)):
        return ""
    return re.sub(r"^(?:Mr|Mrs|Ms)\.?\s+", "", labelled[1].strip())


def _name_behind_a_bare_label(text: str) -> str:
    """The name behind a label without a colon, such as: PATIENT Moor, Ada."""
    found = _LABEL_WITHOUT_COLON.search(text)
    return found[1] if found is not None and _is_a_whole_name(found[1]) else ""


def _name_before_a_mark(row: Row) -> str:
    """The name that fills the cell, or the words of it, before the number or the birthday in a head or a foot."""
    before = ""
    for cell in row.cells:
        marks = [
            m.start() for m in (_NUMBER.search(cell.text), _BORN.search(cell.text), _BARE_NUMBER.search(cell.text)) if m
        ]
        marks += [day.start for day in dates_in(cell.text)]
        if marks:
            here = cell.text[: min(marks)].strip(" |,;:-–·")
            return next((text for text in (here, before) if _is_a_whole_name(text)), "")
        before = cell.text.strip(" |,;:-–·")
    return ""


def _is_a_whole_name(text: str) -> bool:
    """Whether a text is a last and a given name in any order and nothing else, as far as words can tell."""
    if _WHOLE_NAME.fullmatch(text) is None:
        return False
    words = re.findall(r"[\w'’-]+", text)
    return not any(is_no_name(word) or _OF_A_PLACE.fullmatch(word) for word in words) and not any(
        c.isdigit() for c in text
    )


def _long_before_the_page(text: str, page: Page) -> date | None:
    """The one day in a line that lies a child's age before all that the page dates: a day of birth without its label."""
    old = [one.day for one in dates_in(text) if _is_an_age_before(one.day, page)]
    return old[0] if len(old) == 1 else None


def _is_an_age_before(day: date, page: Page) -> bool:
    """Whether a day without a label lies so long before the last day of a page that it may be one of birth."""
    latest = max((one.day for row in page.rows for one in dates_in(row.text)), default=day)
    return max(latest, _FIRST_IMRT) - day > _SHORTEST_LIFE


def _name_with_comma(text: str, *, first: bool = False) -> str:
    """A last name, a comma and a given name in a text, or at its beginning; '' where they are no names."""
    found = _COMMA.match(text) if first else _COMMA.search(text)
    if found is None:
        return ""
    is_day = re.match(r"\W*\d{1,2}\b(?!\d)", text[found.end() :]) is not None
    given = "" if _MONTHS_AS_NAMES.fullmatch(found[2]) and not is_day else found[2]
    if _is_no_person(found[1], given) or _NUMBER_OF_A_HOUSE.search(text[: found.start()]):
        return ""
    return f"{found[1]}, {found[2]}"


def _is_no_person(last: str, given: str) -> bool:
    """Whether two words around a comma are a place, a day or a department, such as: Tillman Creek, SC."""
    is_state = len(given) == _LETTERS_OF_A_STATE and given.isupper()
    is_other = _NO_GIVEN_NAME.fullmatch(given) is not None or _OF_AN_ADDRESS.fullmatch(given) is not None
    return is_state or is_other or _NO_LAST_NAME.fullmatch(last) is not None or is_no_name(last) or is_no_name(given)


def _name_beside(page: Page, index: int) -> str:
    """The name that begins a cell in the margin on one of the two lines above or below the one with number or birthday."""
    near = [page.rows[at] for at in (index - 1, index + 1, index - 2, index + 2) if 0 <= at < len(page.rows)]
    cells = (cell.text for row in near if in_margin(page, row) for cell in row.cells)
    return next((name for text in cells if (name := _name_with_comma(text, first=True))), "")


def _birthday_behind(mark: re.Match[str], page: Page) -> date | None:
    """The day of birth right behind its mark; None where none is near, or where a mark without a label stands before a visit."""
    after = mark.string[mark.end() : mark.end() + _LETTERS_OF_A_BIRTHDAY]
    found = first_date(after)
    if found is None or found.start > _LETTERS_BEFORE_A_BIRTHDAY:
        return None
    born = _before_the_page(found, after, page)
    return born if mark.re is not _UNLABELLED or _is_an_age_before(born, page) else None


def _before_the_page(found: FoundDate, text: str, page: Page) -> date:
    """A day of birth; a century earlier where two digits of its year put it after all that the page dates."""
    born = found.day
    latest = max((one.day for row in page.rows for one in dates_in(row.text) if one.day != born), default=born)
    if born <= latest or str(born.year) in text[found.start : found.stop]:
        return born
    return born - _CENTURY


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
