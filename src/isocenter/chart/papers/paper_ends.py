"""Whether a paper has come to its end: the lines by which somebody signs it, or by which it says that nobody did."""

import re
from collections.abc import Sequence
from functools import lru_cache

from isocenter.chart.pages.layout import Row
from isocenter.chart.papers.entry_heads import heads_of_entries
from isocenter.chart.papers.paper import Paper
from isocenter.chart.papers.paper_days import is_a_day_alone
from isocenter.chart.words.dates import TIME_OF_DAY, dates_in, first_date, has_date
from isocenter.chart.words.people import has_title, people_in

SIGNED = re.compile(r"\bsigned\b|\be-?sig|approved|signature", re.IGNORECASE)
_LONGEST_BEHIND_A_SIGNATURE = 10


def is_signed(paper: Paper) -> bool:
    """Whether somebody has signed near the end of what the paper holds so far."""
    texts = [line.row.text for line in paper.lines[-6:]]
    heads = heads_of_entries(texts)
    above = len(paper.lines) - len(texts)
    heads |= {at for at, text in enumerate(texts) if above + at < _LINES_OF_A_HEAD and _COSIGNER.match(text)}
    if any(looks_signed(text) for at, text in enumerate(texts) if at not in heads):
        return True
    return any(
        above + at >= _LINES_OF_A_HEAD
        and _is_name_of_a_signer(text)
        and any(map(is_a_day_alone, texts[at + 1 : at + 3]))
        for at, text in enumerate(texts)
    )


def _is_name_of_a_signer(text: str) -> bool:
    """Whether a line is a name with credentials and no more, above its title and day at the end of a note."""
    return is_name_alone(text) and bool(people_in(text)[0].credentials)


_LINES_OF_A_HEAD = 4
_COSIGNER = re.compile(r"\W*co-?signer\s*:", re.IGNORECASE)  # a field above the text of a note


_INITIALS = re.compile(r"^\W*(?:[A-Z]\.\s?){2,3}\W*$|^\W*(?:signature|signed|firma)\s*:\s*\(?\w*\)?\W*$", re.IGNORECASE)
_EMPTY_SIGNATURE = re.compile(
    r"^\W*(?:(?:checked|approved|reviewed|signed|completed|performed|verified|electronically signed) by|(?:physician|physicist|therapist|dosimetrist|md)(?:'s)? signature|signature|signed)\s*:\W*(?:date\W*)?$",
    re.IGNORECASE,
)


_SIGNED_BY_SYSTEM = re.compile(
    r"\b(?:(?:electronically|digitally) (?:co-?)?(?:signed|authenticated|attested)|(?:signed|authenticated) (?:electronically|digitally)|e-?\s?signed|e-?sig)\b",
    re.IGNORECASE,
)
_SAYS_SIGNED_ALONE = re.compile(
    rf"^/e?s/ .*\b(?:co)?signed:? ?\d|^\W*(?:{_SIGNED_BY_SYSTEM.pattern}|(?:co-?)?signed)\D{{0,12}}\d", re.IGNORECASE
)
_UNSIGNED_END = re.compile(
    r"status: ?draft|unsigned|signature on file|dictated but not|\((?:signature |rubber )?stamp(?:ed)?\)|^\W*_{6,}"
    r"|\b(?:signature|signed|sign|physician|oncologist|attending|physicist|dosimetrist|therapist|planner|doctor|m\.?d\.?|phd|resident|nurse|initials?|(?:approved|reviewed|checked|verified|completed|performed)(?: by)?)\b[^_]{0,24}_{6,}",
    re.IGNORECASE,
)
_TYPED_FOR_A_SIGNATURE = re.compile(
    r"^\W*sd/?-|^\W*prepared for (?:the )?signature\b|\b(?:pending|awaiting) (?:his|her|the|a)? ?signature|\bsignature (?:requested|pending)|\bnot (?:yet )?signed\b",
    re.IGNORECASE,
)


_DATE_FIELD = re.compile(
    r"^\W*(?:[A-Za-z]+ ){0,2}(?:date|dated|written|ordered|created)(?: [a-z]+){0,2}\s*:\s*(?=\d|[A-Z][a-z]{2,8}\.? \d)",
    re.IGNORECASE,
)
_DAY_OF_A_REPORT = re.compile(
    r"\W*(?:report|measurement|test|scan|acquisition|treatment|visit|exam|service|plan) date\W{1,3}\d[\d/.-]{5,9}\s+"
    r"(?:physicist|physician|oncologist|attending|therapist|dosimetrist|operator|provider|doctor|md)\b",
    re.IGNORECASE,
)
_PERSON_FIELD = re.compile(
    r"\b(?:(?:ordering|attending|treating|responsible|supervising|referring|planning|qa|radiation|medical) )?(?:physician|oncologist|physicist|dosimetrist|therapist|provider|doctor|attending|md|by|author)\s*:\s*$",
    re.IGNORECASE,
)


def is_head_of_a_form(text: str) -> bool:
    """Whether a line gives a day and behind it a person, each in a field of its own, as below the title of a form.

    Whoever signs writes the day behind the name.
    """
    people = people_in(text)
    if people and _DAY_OF_A_REPORT.match(text) and not SIGNED.search(text):
        return True
    if not people or not _DATE_FIELD.match(text) or SIGNED.search(text):
        return False
    day = first_date(text)
    return day is not None and day.stop <= people[0].start and _PERSON_FIELD.search(text[: people[0].start]) is not None


@lru_cache(maxsize=4096)  # asked of the last lines of a paper at each further line
def looks_signed(text: str) -> bool:
    """Whether a line signs what is above it, or is the place or the mark of a signature that is missing."""
    if is_head_of_a_form(text):
        return False
    if re.search(
        r"\bordered\b(?! and (?:electronically |e-?)signed)|\brequested\b|\bcc:|\bauthor\s*:|\bstatus:? signed\b|\bfiled\s*:|\bprovider\s*:"
        r"|^\W*(?:\w+ )?date\b\W{1,3}\d[^:]*\b(?:(?:ordering|treating|attending|referring) )?(?:physician|doctor|oncologist|attending|md)\s*:"
        r"|^\W*(?:(?:encounter|visit|note|service|appointment|appt|exam|report|document) (?:date|type|status|id)|date of (?:service|visit|exam|note|encounter)|dos)\b",
        text,
        re.IGNORECASE,
    ):
        return False
    if _EMPTY_SIGNATURE.match(text) or _INITIALS.match(text):
        return True
    if _SAYS_SIGNED_ALONE.match(text) or _TYPED_FOR_A_SIGNATURE.search(text):
        return True
    people = people_in(text)
    if people and _SIGNED_BY_SYSTEM.search(text):
        return True
    credentialed = any(person.credentials or has_title(text[person.stop : person.stop + 40]) for person in people)
    dated = has_date(text)
    return (credentialed and (dated or bool(SIGNED.search(text)))) or bool(_UNSIGNED_END.search(text))


NUMBER_OF_A_SIGNER = re.compile(
    r"\W*(?:user(?: ?(?:id|name))?|npi|licen[sc]e(?: (?:no|number))?)\b\.?\s*[:=#]\s*\S+\W*$", re.IGNORECASE
)
OF_A_TYPIST = re.compile(r"\W*(?:transcribed|typed|transcription(?:ist)?|typist)\b", re.IGNORECASE)


def is_behind_a_signature(row: Row, current: Paper) -> bool:
    """Whether a short row that names nobody follows right behind the signature of a paper."""
    if len(row.text.split()) > _LONGEST_BEHIND_A_SIGNATURE or row.text.rstrip().endswith("."):
        return False
    if is_a_day_alone(row.text) and not has_date(current.lines[-1].row.text):
        return False  # the day of that signature
    if any(one.match(row.text) for one in (_EMPTY_SIGNATURE, OF_A_TYPIST, NUMBER_OF_A_SIGNER)):
        return False  # the next one signs below, or the day of signing follows
    return any(is_act_of_signing(line.row.text) for line in current.lines[-1:]) and not any(
        person.credentials or person.is_doctor for person in people_in(row.text)
    )


def is_name_alone(text: str) -> bool:
    """Whether a line is a person's name, perhaps with a day, as one writes it above the printed name."""
    people = people_in(text)
    if len(people) != 1:
        return False
    spans = [(people[0].start, people[0].stop), *((day.start, day.stop) for day in dates_in(text))]
    spans += [time.span() for time in TIME_OF_DAY.finditer(text)]
    return not any(c.isalnum() and not any(start <= at < stop for start, stop in spans) for at, c in enumerate(text))


def is_act_of_signing(text: str) -> bool:
    return looks_signed(text) and len(text.split()) <= 14


def ends_signed(text: str) -> bool:
    """Whether a line signs, or its last words do, such as: Seen, skin intact. E-signed A. Winter MD 3/9/2026."""
    return is_act_of_signing(text) or _SIGNED_AT_ITS_END.search(text) is not None


_SIGNED_AT_ITS_END = re.compile(
    r"(?:\be-?\s?sign(?:ed)?\b|\be-?sig\b|/e?s/|\belectronically signed\b)\s*:?[^;:]{4,60}(?::\d\d)?[^;:]{0,6}$",
    re.IGNORECASE,
)


def signature_behind_text(text: str) -> int:
    """Where a signature begins that follows the last sentence of a line: ... skin intact. A. Winter, MD 3/9/2026; 0 where none does."""
    people = people_in(text)
    days = list(dates_in(text))
    if not people or not days or not people[-1].credentials or days[-1].start < people[-1].stop:
        return 0
    sentences = [end.end() for end in _END_OF_A_SENTENCE.finditer(text) if end.end() <= people[-1].start]
    if not sentences or any(one.credentials or one.stop > sentences[-1] for one in people[:-1]):
        return 0
    around = text[sentences[-1] : people[-1].start], text[people[-1].stop : days[-1].start], text[days[-1].stop :]
    if not all(pattern.fullmatch(part) for pattern, part in zip(_AROUND_A_SIGNER, around, strict=True)):
        return 0
    return 0 if _OF_SIGNING.search(text, 0, sentences[-1]) else sentences[-1]


_END_OF_A_SENTENCE = re.compile(r"(?<!\b[A-Z])(?<!\b[DM]r)(?<!\bDrs)(?<!\bMrs)[.!]\s+(?=\S)")
_AROUND_A_SIGNER = (
    re.compile(
        r"\W*(?:(?:electronically |digitally |e-?\s?)?(?:co-?)?(?:signed|sig|approved|authenticated)(?: electronically)?(?: by)?|/e?s/)?\W*",
        re.IGNORECASE,
    ),
    re.compile(r"(?:\W*[A-Za-z]{2,12}){0,4}\W*(?:\b(?:on|at|date|signed)\W*)?"),
    re.compile(rf"\W*(?:at\W*)?(?:{TIME_OF_DAY.pattern}|\d{4})?(?:\W*[ap]\.?m\.?)?\W*", re.IGNORECASE),
)  # before the name, between it and its day, and behind the day
_OF_SIGNING = re.compile(
    r"\b(?:(?:un|co|e)?-?sign\w*|dictat\w+|draft\w*|stamp\w*|typed|transcri\w+|pending|awaiting|proxy|template|preliminary|(?:un)?authenticat\w+|witness\w*|consent\w*|on file|behalf|rev(?:ision)?|version|form|effective)\b",
    re.IGNORECASE,
)  # words of the text that may say of the name below that it is no signature


_ADDED = re.compile(r"^\W*(?:[\d/.-]{6,10}\W+)?(?:addend(?:um|a)|late entry)\b", re.IGNORECASE)


def added_without_a_signature(texts: Sequence[str]) -> frozenset[int]:
    """Lines of a paper, from 0, that were added behind its signature, and that nobody signed.

    They are no part of what was signed above them.
    """
    signed = [at for at, text in enumerate(texts) if _is_signed_by_its_end(text)]
    if not signed:
        return frozenset()
    behind = range(signed[-1] + 1, len(texts))
    added = next((at for at in behind if _ADDED.match(texts[at])), len(texts))
    return frozenset(range(added, len(texts)))


def _is_signed_by_its_end(text: str) -> bool:
    """Whether a line ends signed; an addition does so by a person behind what it says, not by one in its head."""
    return signature_behind_text(text) > 0 if _ADDED.match(text) else ends_signed(text)
