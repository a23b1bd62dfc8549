"""Signatures that a record prints as fields: who, what they did or decided, and when, each behind a label of its own line."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from isocenter.chart.grammar.signing import Signing
from isocenter.chart.pages.blocks import Line
from isocenter.chart.pages.placed import joined, placed
from isocenter.chart.papers.paper_ends import is_name_alone
from isocenter.chart.signatures.answers_beside_names import is_not_done
from isocenter.chart.signatures.signature_of_text import SignatureFound, is_of_another_act
from isocenter.chart.words.dates import TIME_OF_DAY, FoundDate, dates_in
from isocenter.chart.words.people import Person, people_in, role_of, surname_of

_SURENESS = 0.85
_FEWEST, _MOST = 3, 6  # fields of one signature
_FIELD = re.compile(r"\W*(?P<label>[A-Za-z][A-Za-z /()-]{1,32}?)\s*:\s*(?P<value>\S.*)")
_WHO = re.compile(
    r"(?:full |printed |user |e-?)?(?:name|user|by|signer|signatory|reviewer|approver|checker|verifier)", re.IGNORECASE
)
_WHO_ACTED = re.compile(r"\w+ed by", re.IGNORECASE)
_WHAT = re.compile(r"action|event|decision|disposition|outcome", re.IGNORECASE)
_STATE = re.compile(r"(?:\w+ )?(?:status|state)", re.IGNORECASE)
_WHEN = re.compile(r"when|on|date|time(?:stamp)?|date ?(?:/|and|&)? ?time", re.IGNORECASE)


class _Field(NamedTuple):
    label: str
    value: str
    line: Line


def signatures_of_fields(
    lines: Sequence[Line],
    taken: Collection[int],
    surnames: Collection[str],
    staff: Mapping[str, str],
    signing: Signing,
    *,
    day_first: bool,
) -> Iterator[tuple[int, SignatureFound]]:
    """Signatures of blocks of fields of which no line is taken, of people whose `surnames` have not signed the paper otherwise."""
    for start, block in _blocks(lines, taken):
        found = _of_block(block, staff, signing, day_first)
        if found is not None and surname_of(found.signer) not in surnames:
            yield start, found


def _blocks(lines: Sequence[Line], taken: Collection[int]) -> Iterator[tuple[int, list[_Field]]]:
    """The runs of fields from each that names a person on, up to a label that was there, with the numbers of their first lines."""
    block: list[_Field] = []
    start = 0
    for number, line in enumerate(lines):
        found = _FIELD.fullmatch(line.row.text) if number not in taken else None
        field = _Field(found["label"].lower(), found["value"], line) if found is not None else None
        names = field is not None and _person_of(field) is not None
        if block and (field is None or names or not _goes_on(block, field)):
            yield start, block
            block = []
        if field is not None and (block or names):
            start = start if block else number
            block.append(field)
    if block:
        yield start, block


def _goes_on(block: Sequence[_Field], field: _Field) -> bool:
    is_new = field.label not in [one.label for one in block]
    return is_new and len(block) < _MOST and field.line.page == block[0].line.page


def _of_block(
    fields: Sequence[_Field], staff: Mapping[str, str], signing: Signing, day_first: bool
) -> SignatureFound | None:
    """The signature of a block that names one person, one day, and an act that signs: as an answer, or as the label of the day."""
    people = [(one, person) for one in fields if (person := _person_of(one)) is not None]
    days = [(one, day) for one in fields for day in dates_in(one.value, day_first=day_first)]
    if len(fields) < _FEWEST or len(people) != 1 or len(days) != 1:
        return None
    (who, person), (when, day) = people[0], days[0]
    if not _may_sign(who.label, signing) or any(_is_open(one, signing) for one in fields if one is not who):
        return None
    if not (_dates_an_act(when, day, signing) or _answers_with_an_act(fields, when, signing)):
        return None
    others = " ".join(one.value for one in fields if one is not who and one is not when)
    role = role_of(person, f"{who.value[person.stop :]} {others}", staff)
    if not role:
        return None
    part = joined([placed(one.line.row.words, one.line.page) for one in fields])
    signer, credentials = person.name, person.credentials_as_written
    return SignatureFound(role, signer, credentials, day.day, part, _SURENESS * part.sureness)


def _person_of(field: _Field) -> Person | None:
    """The person with credentials whom a field names and nothing else, behind a label of whoever acted."""
    people = people_in(field.value)
    is_one = len(people) == 1 and bool(people[0].credentials) and is_name_alone(field.value)
    return people[0] if is_one and (_WHO.fullmatch(field.label) or _WHO_ACTED.fullmatch(field.label)) else None


def _may_sign(label: str, signing: Signing) -> bool:
    """Whether a label is one of whoever signs: Reviewed by, but not Requested by."""
    return _WHO.fullmatch(label) is not None or (signing.has_act(f"{label}:") and not signing.is_no_signature(label))


def _is_open(field: _Field, signing: Signing) -> bool:
    """Whether a field says that nobody signed, or that the act is still to be done, such as: Status: Open."""
    is_state = any(pattern.fullmatch(field.label) for pattern in (_STATE, _WHAT)) or signing.names_an_act(field.label)
    return (is_state and is_not_done(field.value)) or signing.is_no_signature(f"{field.label}: {field.value}")


def _dates_an_act(when: _Field, day: FoundDate, signing: Signing) -> bool:
    """Whether the label of a day alone says that it is one of signing or of an act that signs, such as: Reviewed on."""
    beside = TIME_OF_DAY.sub("", when.value[: day.start] + when.value[day.stop :])
    says_more = re.search(r"[^\W\d_]{2}", beside) is not None
    return not says_more and signing.names_an_act(when.label) and not is_of_another_act(f"{when.label}: ")


def _answers_with_an_act(fields: Sequence[_Field], when: _Field, signing: Signing) -> bool:
    """Whether a field such as Action is answered by an act that signs and no more, and the day is of no more than When."""
    answers = [one.value for one in fields if _WHAT.fullmatch(one.label)]
    return (
        len(answers) == 1
        and _WHEN.fullmatch(when.label) is not None
        and signing.names_an_act(answers[0])
        and not signing.other_words(answers[0].replace("signed", ""))
    )
