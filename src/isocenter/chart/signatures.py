"""Signatures: who signed, in which role, when; what only looks like one is none."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from isocenter.chart.dates import FoundDate, dates_in
from isocenter.chart.paper_days import is_a_day_alone
from isocenter.chart.passages import Line, Placed, continues, joined, line_ends, placed
from isocenter.chart.people import PERSON, Person, people_in, role_of
from isocenter.chart.signing import Signing

_ON_BEHALF = re.compile(
    r"\b(?:on behalf of|for|per|p\.?p\.?)\s+(?:(?:the |my |our )?(?:attending|physician|doctor|consultant|prof\.?|dra?\.?)[\s,:]*)?$",
    re.IGNORECASE,
)
_LINE_ROLE = re.compile(
    r"^\W*(?:(?:radiation |attending |treating |supervising |responsible )?(?:oncologist|physician|attending|md)|(?:medical |qualified |chief )?physic(?:ist|s)|dosimetrist|planner|(?:radiation )?therapist|resident|nurse)\b(?: \w+)?\s*[:\-–]?",
    re.IGNORECASE,
)
_AGREES = re.compile(
    r"\bI (?:have )?(?:also )?(?:agree|concur|attest|certify|personally|was (?:physically )?present|saw|seen|reviewed|examined|confirm)\b.*[.:;]\s*(?:[-–—]\s*)?$",
    re.IGNORECASE,
)
_BLANK = re.compile(r"_{3,}|\.{6,}")
_TIME = re.compile(
    r"\b\d{1,2}:\d{2}(?::\d\d)?\s*(?:[AP]\.?M\b\.?|hrs?\b|h\b)?|\b\d{4} ?h(?:rs)?\b|\b[0-2]\d[0-5]\d\b", re.IGNORECASE
)
_OTHER_DATES = re.compile(
    r"(?:print(?:ed)?|fax(?:ed)?|dictat(?:ed|ion)|transcri(?:bed|ption)|typed|scan(?:ned)?|edit(?:ed)?|sent|received|created|\bd:|\bt:|birth|dob|born|visit|service)\W{0,4}(?:on|date|at|of|:)?\W{0,3}$",
    re.IGNORECASE,
)
_LONGEST_FREE = 26


class SignatureFound(NamedTuple):
    """A signature with its citation."""

    role: str
    signer: str
    credentials: str
    signed_on: date | None
    placed: Placed
    sureness: float


def signatures_in(
    lines: Sequence[Line],
    staff: Mapping[str, str],
    *,
    signing: Signing,
    day_first: bool = False,
    logs: Collection[str] = frozenset(),
) -> Iterator[tuple[int, SignatureFound]]:
    """Signatures among the lines of a paper, each with the number of its line; `signing` are the words that sign.

    `logs` are the texts of rows of logs and tables, in which a name says who worked and is no signature.
    """
    ends = line_ends(lines)
    signers_below = _signers_lie_below(lines)
    for number, line in enumerate(lines):
        if line.row.text in logs:
            continue
        following = lines[number + 1] if number + 1 < len(lines) else None
        wrapped = following if following is not None and continues(line, following, ends) else None
        for part in _parts(line, signing):
            found = _signature(part, staff, signing, day_first)
            if wrapped is not None and _may_be_wrapped(found, part.text):
                whole = joined([part, placed(wrapped.row.words, wrapped.page)])
                found = _signature(whole, staff, signing, day_first) or found
            if found is None and _SIGNED_ALONE.match(part.text):
                near = lines[number + 1 : number + 2] if signers_below else lines[max(number - 3, 0) : number]
                found = _signed_beside(near, part, staff, signing, day_first)
            if found is None and number and _announces_a_signer(lines[number - 1].row.text, signing):
                above = lines[number - 1]
                found = _signature(joined([placed(above.row.words, above.page), part]), staff, signing, day_first)
            if found is None:
                continue
            if found.signed_on is None:
                found = _of_block(found, lines[number + 1 : number + 5], staff, signing, day_first)
            if found.signed_on is None and following is not None:
                found = _with_date_below(found, following, day_first)
            if following is not None and _unsays(following.row.text):
                continue
            yield number, found


_ATTESTS = re.compile(
    r"^\W*(?:attestation\W+|attending\W+)?I (?:have |also |was |had |personally |independently )*"
    r"(?:agree|concur|attest|certify|present|saw|seen|reviewed|examined|evaluated|confirm|supervised|performed|discussed|participated)\b",
    re.IGNORECASE,
)


def _may_be_wrapped(found: SignatureFound | None, text: str) -> bool:
    """Whether the end of a signature may stand on the line that goes on with this one."""
    return found.signed_on is None if found is not None else bool(_ATTESTS.match(text))


def _parts(line: Line, signing: Signing) -> list[Placed]:
    """The text of a line; a line on which several people sign is parted before each of them."""
    whole = placed(line.row.words, line.page)
    if _OPEN_BOX in whole.text:
        return _beside_open_boxes(line, whole)
    cells = [placed(cell.words, line.page) for cell in line.row.cells]
    if len(cells) > 1 and sum(_has_signer(cell.text, signing) for cell in cells) > 1:
        parts: list[Placed] = []
        for cell in cells:
            if parts and not (_has_signer(cell.text, signing) and _has_signer(parts[-1].text, signing)):
                parts[-1] = joined([parts[-1], cell])
            else:
                parts.append(cell)
        return parts
    if sum(bool(person.credentials) for person in people_in(whole.text)) > 1:
        parts = _by_labels(whole, signing)
        return parts if len(parts) > 1 else _by_days(whole)
    return [whole]


_SIGNING_LABEL = re.compile(
    r"(?:(?<=\s)|^)(?:[A-Z][A-Za-z/-]*)(?: (?:by|approval|review|signature|approved|signed|oncologist|physicist|check)){0,2}\s*:"
)


_OPEN_BOX = "\u2610"
_SENTENCE_END = re.compile(r"\.\s+(?=[A-Z])")


def _beside_open_boxes(line: Line, whole: Placed) -> list[Placed]:
    """What stands on a line before its first box that was left open, and behind the sentence or cell of its last one.

    A name right behind an open box is one of several to choose from, and signs nothing.
    """
    first, last = whole.text.index(_OPEN_BOX), whole.text.rindex(_OPEN_BOX)
    before = whole.part(0, first)
    ends = list(_SENTENCE_END.finditer(whole.text, last))
    if ends:
        return [before, whole.part(ends[0].end(), len(whole.text))]
    cell = placed(line.row.cells[-1].words, line.page)
    return [before, cell] if len(line.row.cells) > 1 and _OPEN_BOX not in cell.text else [before]


def _by_labels(whole: Placed, signing: Signing) -> list[Placed]:
    """A line on which several people sign behind labels of their own, parted before each label with a name."""
    starts = [0, *(found.start() for found in _SIGNING_LABEL.finditer(whole.text) if found.start())]
    parts: list[Placed] = []
    for start, stop in zip(starts, [*starts[1:], len(whole.text)], strict=True):
        part = whole.part(start, stop)
        if parts and not (_has_signer(part.text, signing) and _has_signer(parts[-1].text, signing)):
            parts[-1] = whole.part(whole.text.index(parts[-1].text), stop)
        else:
            parts.append(part)
    return parts


def _by_days(whole: Placed) -> list[Placed]:
    """A line on which several people sign one behind the other, each with a day, parted behind each day."""
    people = [person for person in people_in(whole.text) if person.credentials]
    days = list(dates_in(whole.text))
    stops: list[int] = []
    for person, following in pairwise(people):
        behind = [day for day in days if person.stop <= day.start < following.start]
        if not behind:
            return [whole]
        time = _TIME_BEHIND.match(whole.text, behind[0].stop)
        stops.append(time.end() if time is not None else behind[0].stop)
    return [whole.part(start, stop) for start, stop in pairwise([0, *stops, len(whole.text)])]


_TIME_BEHIND = re.compile(r"\W{1,3}\d{1,2}:?\d{2}(?::\d{2})?(?: ?[ap]\.?m\.?)?(?=\s|\W|$)", re.IGNORECASE)


def _has_signer(text: str, signing: Signing) -> bool:
    return any(person.credentials or person.is_doctor for person in people_in(text)) or _dated_person(text, signing)


def _dated_person(text: str, signing: Signing) -> bool:
    return bool(people_in(text)) and (any(True for _ in dates_in(text)) or signing.word_of_signing(text) is not None)


def _signature(part: Placed, staff: Mapping[str, str], signing: Signing, day_first: bool) -> SignatureFound | None:
    text = part.text
    people = [
        person
        for person in people_in(text)
        if _is_signer(person, staff) and not _ON_BEHALF.search(text[: person.start])
    ]
    script = any(word.script for _, _, word, _ in part.words)
    if not people or "\u2610" in text:
        return None
    attests = any(person.credentials and _AGREES.search(text[: person.start]) for person in people)
    named = [person for person in people if person.credentials or person.is_doctor]
    if signing.is_no_signature(_without(text, named, None), attests=attests) or (
        text.startswith("[") and text.rstrip().endswith("]") and signing.word_of_signing(text) is None
    ):
        return None
    signed = signing.word_of_signing(text)
    person = _signer_of(people, signed[1] if signed else 0, text)
    days = [day for day in dates_in(text, day_first=day_first) if not _OTHER_DATES.search(text[: day.start])]
    day = _nearest(days, person, signed[0] if signed else -1)
    kind, sure = _evidence(text, person, people, signing, signed is not None, script, day)
    if not kind:
        return None
    if signed is None and kind == "alone" and _LONG_SENTENCE.search(text):
        return None
    around = text[: person.start][-40:] + " " + text[person.stop :][:60]
    role = role_of(person, _title_near(text, person), staff) or role_of(person, around, staff)
    if not role:
        return None
    signed_on = day.day if day else None
    return SignatureFound(role, person.name, person.credentials_as_written, signed_on, part, sure * part.sureness)


_LONG_SENTENCE = re.compile(
    r"\b(?:patient|was|were|will|has|have|had|saw|told|asked|wants|from|about|because)\b", re.IGNORECASE
)


_PROSE = re.compile(r"\b(?:I|her|his|my|we|our|patient'?s?|the (?:mri|ct|biopsy|report))\b")


def _title_near(text: str, person: Person) -> str:
    """What stands behind a name up to its date, and the word before it."""
    return re.split(r"\d{1,4}[/.-]|;|\(signed| signed|  ", text[person.stop : person.stop + 60])[0]


def _is_signer(person: Person, staff: Mapping[str, str]) -> bool:
    return bool(person.credentials) or person.is_doctor or person.surname in staff or len(person.name.split()) >= 2


def _signer_of(people: Sequence[Person], after: int, text: str) -> Person:
    """The person behind the word signed, else before it; one with credentials first."""
    behind = [person for person in people if person.start >= after]
    before = [person for person in people if person.start < after]
    choice = behind if behind and (after or not before) else before or behind
    if after and before and behind:
        gap = text[after : behind[0].start].strip(" :,-–")
        choice = behind if len(gap) <= 14 else before
    with_credentials = [person for person in choice if person.credentials]
    return (with_credentials or list(choice))[0]


def _nearest(days: Sequence[FoundDate], person: Person, signed_at: int) -> FoundDate | None:
    """The date behind the name or the word signed, else the nearest."""
    behind = [day for day in days if day.start >= max(person.stop, signed_at)]
    if behind:
        return behind[0]
    return max(days, key=lambda day: day.start, default=None)


def _evidence(
    text: str,
    person: Person,
    people: Sequence[Person],
    signing: Signing,
    signed: bool,
    script: bool,
    day: FoundDate | None,
) -> tuple[str, float]:
    """What shows that the person signed, and how surely; '' when nothing does."""
    credentialed = bool(person.credentials) or person.is_doctor
    if day is None and _SIGNED_BY_NOBODY.search(text):
        return "", 0.0
    if signed and not (_BLANK.search(text[: person.start]) and day is None):
        return "signed", 0.97 if day else 0.9
    if script and (person.credentials or not person.is_doctor or not _letters_before(text, person)):
        return "script", 0.92
    if _twice(person, text):
        return "written over print", 0.92
    free_text = _without(text, people, day)
    free = signing.other_words(free_text)
    dated = day is not None
    if signing.has_act(text[: person.start]) and person.credentials and dated and not _PROSE.search(free_text):
        return ("act", 0.93) if len(free) <= 2 * _LONGEST_FREE else ("", 0.0)
    if _AGREES.search(text[: person.start]) and person.credentials and dated:
        return "act", 0.9
    if _LINE_ROLE.search(text) and dated and credentialed and len(free) <= _LONGEST_FREE:
        return "line", 0.92
    if (
        dated
        and credentialed
        and len(free) <= 12
        and (person.credentials or not _letters_before(text, person))
        and not _DAY_FIRST.match(text if not person.credentials else "")
        and not re.match(r"\W*(?:dr|attending|physician of record|pcp)\b", text, re.IGNORECASE)
    ):
        return "alone", 0.88
    return "", 0.0


def _letters_before(text: str, person: Person) -> bool:
    """Whether words stand before a name with a doctor's title and no credentials, as where somebody is spoken of."""
    return any(letter.isalpha() for letter in text[: person.start].removesuffix("Dr. ").removesuffix("Dr "))


_DAY_FIRST = re.compile(r"\W*\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\W+Dr\b", re.IGNORECASE)
_SIGNED_BY_NOBODY = re.compile(
    r"\bstatus\s*:\s*(?:e-?)?signed\b|\b(?:signed|signature|approved|sign date|date signed)(?: on| by)?\s*:\W*$|\b(?:signed|signature|signature of \w+)\s*:?\s*_{3,}",
    re.IGNORECASE,
)


def _twice(person: Person, text: str) -> bool:
    """Whether the last name stands twice side by side, as under a written name over a printed one."""
    surname = person.surname
    return (
        bool(surname)
        and len(re.findall(rf"\b{re.escape(surname)}\b", text[: person.stop].lower())) >= 2
        and bool(person.credentials)
    )


def _without(text: str, people: Sequence[Person], day: FoundDate | None) -> str:
    cut = [(person.start, person.stop) for person in people] + ([(day.start, day.stop)] if day else [])
    for start, stop in sorted(cut, reverse=True):
        text = text[:start] + " " + text[stop:]
    return _TIME.sub("", text)


_BLOCK_DATE = re.compile(
    r"^\W*(?:co-?)?(?:e-?)?(?:counter)?(?:electronically )?(?:signed|authenticated|approved)\b", re.IGNORECASE
)


def _of_block(
    found: SignatureFound, following: Sequence[Line], staff: Mapping[str, str], signing: Signing, day_first: bool
) -> SignatureFound:
    """A signature whose title and day stand on lines of their own below the name."""
    titles: list[str] = []
    for line in following:
        text = line.row.text
        day = next(dates_in(text, day_first=day_first), None)
        if day is not None:
            below_titles = is_a_day_alone(text) and not any(signing.other_words(title) for title in titles)
            if not (_BLOCK_DATE.match(text) or below_titles) or any(person.credentials for person in people_in(text)):
                return found
            people = people_in(f"{found.signer}, {found.credentials}")
            role = role_of(people[0], " ".join(titles), staff) if people and titles else found.role
            return found._replace(role=role or found.role, signed_on=day.day)
        if len(text) > 60 or any(person.credentials for person in people_in(text)) or signing.is_no_signature(text):
            return found
        titles.append(text)
    return found


_SIGNED_ALONE = re.compile(
    r"^\W*(?:(?:electronically |e-?\s?|digitally )(?:signed|authenticated|approved)|signed (?:electronically|digitally))(?: (?:and authenticated|on|at|by)){0,2}\W*(?:\d|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? \d)",
    re.IGNORECASE,
)


_SIGNED_WORDS = re.compile(
    r"^\W*(?:electronically |digitally |e-?\s?)(?:signed|authenticated|approved|signature)(?: by)?\W*$", re.IGNORECASE
)
_LONGEST_ANNOUNCEMENT = 7


def _announces_a_signer(text: str, signing: Signing) -> bool:
    """Whether a line says no more than that the person named on the next one signed, such as: Attested by."""
    if _SIGNED_WORDS.match(text):
        return True
    ends = re.search(r"\bby\s*:?\s*$", text)
    if ends is None or len(text.split()) > _LONGEST_ANNOUNCEMENT or people_in(text) or signing.is_no_signature(text):
        return False
    return signing.word_of_signing(text) is not None


def _signers_lie_below(lines: Sequence[Line]) -> bool:
    """Whether lines that say no more than when it was signed are each followed by the signer, as record systems print.

    Where the signer precedes them, the first of them has a name above it, and the last has none below.
    """
    alone = [number for number, line in enumerate(lines) if _SIGNED_ALONE.match(line.row.text)]
    if not alone or alone[-1] + 1 == len(lines):
        return False
    is_below = _is_signer_alone(lines[alone[-1] + 1].row.text)
    return is_below and not (alone[0] and _is_signer_alone(lines[alone[0] - 1].row.text))


def _is_signer_alone(text: str) -> bool:
    """Whether a line begins with a person with credentials, and holds little else and no day."""
    people = people_in(text)
    is_short = len(text) <= _LONGEST_SIGNER and not any(True for _ in dates_in(text))
    return is_short and bool(people) and bool(people[0].credentials) and not re.search(r"\w", text[: people[0].start])


_LONGEST_SIGNER = 70


def _signed_beside(
    near: Sequence[Line], part: Placed, staff: Mapping[str, str], signing: Signing, day_first: bool
) -> SignatureFound | None:
    """A signature whose name is above or below the words that say when it was signed, perhaps with a title between."""
    at = next((at for at in reversed(range(len(near))) if people_in(near[at].row.text)), None)
    if at is None:
        return None
    named, between = near[at], near[at + 1 :]
    if any(len(line.row.text) > 60 or any(True for _ in dates_in(line.row.text)) for line in between):
        return None
    titles = " ".join(line.row.text for line in between)
    people = [person for person in people_in(named.row.text) if person.credentials]
    day = next(dates_in(part.text, day_first=day_first), None)
    if len(people) != 1 or day is None or signing.is_no_signature(_without(named.row.text, people, None)):
        return None
    role = role_of(people[0], f"{_title_near(named.row.text, people[0])} {titles}", staff)
    whole = joined([placed(named.row.words, named.page), part])
    if not role:
        return None
    signer, credentials = people[0].name, people[0].credentials_as_written
    return SignatureFound(role, signer, credentials, day.day, whole, 0.95 * whole.sureness)


_DATE_BELOW = re.compile(r"^\W*(?:date|signed|on|date signed|date/time|date and time|signed on)?\W*\d", re.IGNORECASE)


def _with_date_below(found: SignatureFound, following: Line, day_first: bool) -> SignatureFound:
    text = following.row.text
    if text[:1].islower() and len(text) <= 70 and not people_in(text):
        day = next(dates_in(text, day_first=day_first), None)
        return found._replace(signed_on=day.day) if day else found
    if len(text) > 40 or not _DATE_BELOW.search(text) or PERSON.search(text):
        return found
    day = next(dates_in(text, day_first=day_first), None)
    return found._replace(signed_on=day.day) if day else found


def _unsays(following: str) -> bool:
    return bool(
        re.match(
            r"^\W*(?:dictated (?:but|and) not|signature (?:stamp|on file|pending)|draft|not signed|unsigned|status:? (?:draft|unsigned|pending))",
            following,
            re.IGNORECASE,
        )
    )
