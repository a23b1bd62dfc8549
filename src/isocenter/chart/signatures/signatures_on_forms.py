"""Signatures that a pen left on forms, without credentials or words that can be read: known by what is printed beside them."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from isocenter.chart.grammar.signing import Signing
from isocenter.chart.pages.blocks import Line
from isocenter.chart.pages.placed import joined, placed
from isocenter.chart.papers.paper_days import is_a_day_alone
from isocenter.chart.papers.paper_ends import is_name_alone
from isocenter.chart.signatures.signature_of_text import SignatureFound, only_day, role_in
from isocenter.chart.words.dates import dates_in
from isocenter.chart.words.people import people_in, surname_of

_SURENESS = 0.85
_LONGEST_MARK, _SUREST_MARK = 8, 0.8  # letters of a mark, and how surely it may be read at most
_FIELD = r"\W*(?P<label>[A-Za-z][A-Za-z ()/]{1,40}?)\s*:"
_DAY_FIELD = r"\W*\bdate(?: ?/ ?time)?\s*:?"
_FILLED = re.compile(
    rf"{_FIELD}\s*(?P<name>[^:_]*?[A-Za-z]{{2}}[^:_]*?){_DAY_FIELD}\s*(?P<day>\d[^:_]*)$", re.IGNORECASE
)
_LEFT_BLANK = re.compile(rf"{_FIELD}[\s_.]*{_DAY_FIELD}[\s_./]*$", re.IGNORECASE)
_ROLES_OF_LABELS = (
    (re.compile(r"\b(?:physician|md|m\.d|oncologist|attending)\b", re.IGNORECASE), "radiation_oncologist"),
    (re.compile(r"\b(?:physicist|physics)\b", re.IGNORECASE), "medical_physicist"),
    (re.compile(r"\b(?:dosimetrist|dosimetry|planner)\b", re.IGNORECASE), "dosimetrist"),
    (re.compile(r"\b(?:therapists?|rtt)\b", re.IGNORECASE), "radiation_therapist"),
)


def signatures_on_forms(
    lines: Sequence[Line],
    taken: Collection[int],
    surnames: Collection[str],
    staff: Mapping[str, str],
    signing: Signing,
    *,
    day_first: bool,
) -> Iterator[tuple[int, SignatureFound]]:
    """Signatures of the lines that are not taken, of people whose `surnames` have not signed the paper otherwise."""
    for number in range(len(lines)):
        side_by_side = list(_side_by_side(lines[number], staff, signing, day_first=day_first))
        yield from ((number, one) for one in side_by_side if surname_of(one.signer) not in surnames)
        if number in taken or side_by_side:
            continue
        if _is_listed(lines, number, signing):
            yield from ((number, one) for one in _of_a_list(lines[number], staff, day_first=day_first))
            continue
        found = _filled_beside_a_blank(lines, number, staff, signing, day_first=day_first)
        if found is None and number and number - 1 not in taken:
            found = _initialed_above_print(lines[number - 1], lines[number], staff, signing, day_first=day_first)
            found = found or _marked_above_print(lines[number - 1], lines[number], staff, signing, day_first=day_first)
        if found is not None and surname_of(found.signer) not in surnames:
            yield number, found


def _is_listed(lines: Sequence[Line], number: int, signing: Signing) -> bool:
    """Whether a line is one of a list of people and days below the heading Signatures, perhaps with their count."""
    for line in reversed(lines[max(number - _MOST_LISTED, 0) : number]):
        text = line.row.text
        if _HEADS_SIGNATURES.fullmatch(text):
            return not signing.takes_back(lines[number].row.text)
        if not any(person.credentials for person in people_in(text)) or not any(True for _ in dates_in(text)):
            return False
    return False


def _of_a_list(line: Line, staff: Mapping[str, str], *, day_first: bool) -> Iterator[SignatureFound]:
    """The signature of a line below the heading Signatures: a person with credentials and the day, whatever the part in it."""
    part = placed(line.row.words, line.page)
    people = [person for person in people_in(part.text) if person.credentials]
    day = only_day(part.text, day_first=day_first)
    if len(people) != 1 or day is None or day.start < people[0].stop or _NOT_GIVEN.search(part.text):
        return
    role = role_in(part.text, people[0], people, staff)
    if role:
        signer, credentials = people[0].name, people[0].credentials_as_written
        yield SignatureFound(role, signer, credentials, day.day, part, _SURENESS * part.sureness)


_MOST_LISTED = 6
_HEADS_SIGNATURES = re.compile(
    r"\W*(?:e-?|electronic |digital )?sign(?:atures|ers|-?offs)(?:\s*\(\d+\))?\s*:?\W*", re.IGNORECASE
)
_NOT_GIVEN = re.compile(
    r"\b(?:view|declin|reject|request|refus|revok|withdr|open|sent|assign|notif|cancel|void|remov)\w*", re.IGNORECASE
)


def _side_by_side(
    line: Line, staff: Mapping[str, str], signing: Signing, *, day_first: bool
) -> Iterator[SignatureFound]:
    """The signatures of a line that holds nothing but titles with names and days: RTT: S. Moss 3/4/2024  MD: A. Winter 3/4/2024.

    Each name must be known from elsewhere in the chart in the role of its title.
    """
    whole = placed(line.row.words, line.page)
    text, people = whole.text, people_in(whole.text)
    days = list(dates_in(text, day_first=day_first))
    if len(people) < _FEWEST_SIDE_BY_SIDE or len(days) != len(people) or signing.is_no_signature(text):
        return
    found, start = [], 0
    for person, day in zip(people, days, strict=True):
        role = next((role for label, role in _ROLES_OF_LABELS if label.search(text[start : person.start])), "")
        is_label = _TITLE_BEFORE.fullmatch(text[start : person.start]) is not None
        is_day = 0 <= day.start - person.stop <= _LONGEST_GAP and not re.search(r"\w", text[person.stop : day.start])
        if not is_label or not is_day or person.credentials or staff.get(person.surname) != role:
            return
        part = whole.part(start, day.stop)
        found.append(SignatureFound(role, person.name, "", day.day, part, _SURENESS * part.sureness))
        start = day.stop
    if not re.search(r"[^\W\d_]", text[start:]):
        yield from found


_FEWEST_SIDE_BY_SIDE, _LONGEST_GAP = 2, 20
_TITLE_BEFORE = re.compile(r"\W*[A-Za-z.]+(?: [A-Za-z]+)?\s*:?\s*")


def _marked_above_print(
    above: Line, line: Line, staff: Mapping[str, str], signing: Signing, *, day_first: bool
) -> SignatureFound | None:
    """The signature of a scanned page that a pen left with a day above a printed name, and that is read as no word surely."""
    people = people_in(line.row.text)
    if len(people) != 1 or not people[0].credentials or not is_name_alone(line.row.text):
        return None
    day = only_day(above.row.text, day_first=day_first)
    mark = [word for word in above.row.words if re.search(r"[^\W\d_]", word.text)]
    is_mark = bool(mark) and sum(len(word.text) for word in mark) <= _LONGEST_MARK
    if day is None or not is_mark or any(word.sureness >= _SUREST_MARK for word in mark):
        return None
    if not is_a_day_alone(" ".join(word.text for word in above.row.words if word not in mark)):
        return None
    role = role_in(line.row.text, people[0], people, staff)
    if not role or signing.is_no_signature(above.row.text):
        return None
    part = joined([placed(above.row.words, above.page), placed(line.row.words, line.page)])
    signer, credentials = people[0].name, people[0].credentials_as_written
    return SignatureFound(role, signer, credentials, day.day, part, _SURENESS * part.sureness)


def _initialed_above_print(
    above: Line, line: Line, staff: Mapping[str, str], signing: Signing, *, day_first: bool
) -> SignatureFound | None:
    """The signature of initials with a day, at the end of the line above the printed name whose they are."""
    people = people_in(line.row.text)
    initialed = _INITIALED.search(above.row.text)
    label = _ROLE_OF_A_SIGNER.sub("", line.row.text)
    if len(people) != 1 or not people[0].credentials or initialed is None or not is_name_alone(label):
        return None
    letters = "".join(word[0] for word in re.findall(r"[A-Za-z]+", people[0].name)).upper()
    day = only_day(above.row.text, day_first=day_first)
    if re.sub(r"\W", "", initialed["initials"]) not in (letters, letters[:1] + letters[-1:]) or day is None:
        return None
    if any(dates_in(line.row.text)) or day.start < initialed.start() or signing.is_no_signature(above.row.text):
        return None
    role = role_in(line.row.text, people[0], people, staff)
    part = joined([placed(above.row.words, above.page), placed(line.row.words, line.page)])
    signer, credentials = people[0].name, people[0].credentials_as_written
    return SignatureFound(role, signer, credentials, day.day, part, _SURENESS * part.sureness) if role else None


_INITIALED = re.compile(
    r"(?:^|[.:;,]|\s)\s*/?(?P<initials>[A-Z]\.?(?: ?[A-Z]\.?){1,2})/?\W{1,4}(?:(?i:date)\W{1,3})?(?:\d[\d/.-]{5,9}|\d{1,2}[- ][A-Za-z]{3}[a-z]*\.?[- ,]{1,2}\d{2,4})\W*$"
)
_ROLE_OF_A_SIGNER = re.compile(
    r"^\W*(?:[A-Za-z]+ ){0,2}(?:physician|oncologist|attending|physicist|dosimetrist|planner|therapist)\s*:",
    re.IGNORECASE,
)


def _filled_beside_a_blank(
    lines: Sequence[Line], number: int, staff: Mapping[str, str], signing: Signing, *, day_first: bool
) -> SignatureFound | None:
    """The signature in a field beside which, above or below, the same field of another signer was left blank.

    The label says the role, with which what the chart knows of the person must agree.
    """
    line = lines[number]
    text = line.row.text
    field = _FILLED.match(text)
    beside = [lines[at].row.text for at in (number - 1, number + 1) if 0 <= at < len(lines)]
    if field is None or not any(map(_LEFT_BLANK.fullmatch, beside)) or signing.is_no_signature(text):
        return None
    people, day = people_in(field["name"]), only_day(text, day_first=day_first)
    role = next((role for label, role in _ROLES_OF_LABELS if label.search(field["label"])), "")
    if len(people) != 1 or day is None or not role or staff.get(people[0].surname, role) != role:
        return None
    part = placed(line.row.words, line.page)
    return SignatureFound(role, people[0].name, "", day.day, part, _SURENESS * part.sureness)
