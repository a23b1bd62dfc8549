"""Signatures that a pen left on forms, without credentials or words that can be read: known by what is printed beside them."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from isocenter.chart.grammar.signing import Signing
from isocenter.chart.pages.blocks import Line
from isocenter.chart.pages.placed import joined, placed
from isocenter.chart.papers.paper_days import is_a_day_alone
from isocenter.chart.papers.paper_ends import is_name_alone
from isocenter.chart.signatures.signature_of_text import SignatureFound, only_day, role_in
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
        if number in taken:
            continue
        found = _filled_beside_a_blank(lines, number, staff, signing, day_first=day_first)
        if found is None and number and number - 1 not in taken:
            found = _marked_above_print(lines[number - 1], lines[number], staff, signing, day_first=day_first)
        if found is not None and surname_of(found.signer) not in surnames:
            yield number, found


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
