"""The parts of a line on which several people sign, each with its own name, title and day."""

import re
from collections.abc import Sequence
from itertools import pairwise

from isocenter.chart.grammar.signing import Signing
from isocenter.chart.pages.blocks import Line
from isocenter.chart.pages.placed import Placed, joined, placed
from isocenter.chart.papers.paper_ends import signature_behind_text
from isocenter.chart.signatures.answers_beside_names import is_not_done, without_open_refusal
from isocenter.chart.signatures.around_signatures import without_what_is_around
from isocenter.chart.words.dates import dates_in
from isocenter.chart.words.people import Person, people_in


def parts_of_line(line: Line, signing: Signing) -> list[Placed]:
    """The text of a line; a line on which several people sign is parted before each of them."""
    whole = without_what_is_around(placed(line.row.words, line.page), signing)
    if _OPEN_BOX in whole.text:
        answered = without_open_refusal(whole.text)
        if not answered:
            return []
        if _OPEN_BOX in answered:
            return _beside_open_boxes(line, whole)
    behind = signature_behind_text(whole.text)
    if behind:
        return [whole.part(behind, len(whole.text))]  # what the text says of records and orders is not said of it
    if _names_others(whole.text, signing):
        return [whole]
    parts = _of_days_in_order(whole) or _by_cells(line, signing)
    if parts:
        return parts
    if sum(bool(person.credentials) for person in people_in(whole.text)) > 1:
        together = _of_one_day(whole, signing)
        if together:
            return together
        signers = _by_marks(whole, signing)
        if signers:
            return signers
        whole = _behind_a_mention(whole, signing)
        parts = _by_labels(whole, signing)
        return parts if len(parts) > 1 else _by_days(whole, [one for one in people_in(whole.text) if one.credentials])
    return _by_days_behind_a_label(whole) or _by_titles(whole)


def _by_cells(line: Line, signing: Signing) -> list[Placed]:
    """The cells of a line in which several people sign, or beside which one left a field empty; none of any other line."""
    cells = [placed(cell.words, line.page) for cell in line.row.cells]
    filled = [cell for cell in cells if not _EMPTY_FIELD.fullmatch(cell.text)]
    if len(filled) < len(cells) and filled and _FIELD_OF_SIGNING.match(filled[0].text):
        return filled  # side by side, of which another one was left empty
    if len(cells) > 1 and sum(_has_signer(cell.text, signing) for cell in cells) > 1:
        parts: list[Placed] = []
        for cell in cells:
            apart = bool(parts) and _has_signer(cell.text, signing) and _has_signer(parts[-1].text, signing)
            if parts and (not apart or _is_signed_by_the_printed(parts[-1].text, cell.text)):
                parts[-1] = joined([parts[-1], cell])
            else:
                parts.append(cell)
        return _without_day_of_form(parts, signing)
    return []


def _of_one_day(whole: Placed, signing: Signing) -> list[Placed]:
    """Whole lines of several people who sign with one act and one day, each without the others: A, MD and B, PhD signed 3/4/26.

    The names are joined by no more than marks or `and`, and what leads them says that they sign; or a word of signing behind
    them does, unless a semicolon parts it from the first.
    """
    people = [person for person in people_in(whole.text) if person.credentials]
    between = [whole.text[one.stop : other.start] for one, other in pairwise(people)]
    days = list(dates_in(whole.text))
    if len(days) != 1 or not all(_JOINS.fullmatch(gap) for gap in between):
        return []
    lead, behind = whole.text[: people[0].start], whole.text[people[-1].stop :]
    undated = f"{lead[: days[0].start]} {lead[days[0].stop :]}" if days[0].start < len(lead) else lead
    leads = signing.word_of_signing(lead) is not None or signing.has_act(undated)
    signs = leads or (signing.word_of_signing(behind) is not None and not any(";" in gap for gap in between))
    if not signs or signing.is_no_signature(lead):
        return []
    ends = [whole.part(0, people[0].start), whole.part(people[-1].stop, len(whole.text))]
    head, tail = ([part] if part.text.strip() else [] for part in ends)
    return [joined([*head, whole.part(one.start, one.stop), *tail]) for one in people]


_JOINS = re.compile(r"\s*(?:\([a-z ]{3,30}\))?\s*(?:[,;/&]|(?:[,;]\s*)?\band\b)\s+(?:and\s+|&\s+)?", re.IGNORECASE)


def _of_days_in_order(whole: Placed) -> list[Placed]:
    """A line that names several people and behind the last of them the day of each, in their order: Calc: A / Check: B 3/4/26 3/5/26.

    Each part has its own label, or that of the one before it. Without any label it is unknown what the days are.
    """
    named, days = people_in(whole.text), list(dates_in(whole.text))
    people = named if len(named) == len(days) else [person for person in named if person.credentials]
    if not 1 < len(people) == len(days) or days[0].start < people[-1].stop:
        return []
    behind_the_last = [people[-1].stop, *(day.stop for day in days)]
    if any(_LETTER.search(whole.text[stop : day.start]) for stop, day in zip(behind_the_last, days, strict=False)):
        return []
    ends = [*(day.start for day in days[1:]), len(whole.text)]
    label, behind, parts = whole.part(0, 0), 0, list[Placed]()
    for person, day, end in zip(people, days, ends, strict=True):
        own = whole.part(behind, person.start)
        label, behind = own if _LETTER.search(own.text) else label, person.stop
        signer = whole.part(person.start, person.stop)
        parts.append(joined([label, signer, whole.part(day.start, end)]) if label.text.strip() else signer)
    return parts


_LETTER = re.compile(r"[^\W\d_]")
_FOR_ANOTHER = re.compile(r"\b(?:for|on behalf of)(?: the)?(?: dr\.?)?\s*$", re.IGNORECASE)


def _names_others(text: str, signing: Signing) -> bool:
    """Whether the label before a mere list of people says that none of them signs here, such as: Routed to, Time out."""
    people = [person for person in people_in(text) if person.credentials or person.is_doctor]
    lead = text[: people[0].start] if len(people) > 1 else ""
    if not signing.is_no_signature(lead) and not _LABEL_OF_READERS.fullmatch(lead):
        return False
    between = [text[one.stop : other.start] for one, other in pairwise(people)]
    return not any(_WORD_BETWEEN.search(gap) for gap in between) and signing.word_of_signing(text) is None


_LABEL_OF_READERS = re.compile(r"\W*(?:distribution|addressees|sent|mailed|e-?mailed|faxed)\W*", re.IGNORECASE)
_WORD_BETWEEN = re.compile(r"[A-Za-z]{4,}|\.\s")
_LABEL_OF_ALL = re.compile(r"\W*(?:(?:e|electronic|digital)[- ]?)?signatures\s*:\s*", re.IGNORECASE)


def _by_days_behind_a_label(whole: Placed) -> list[Placed]:
    """A line on which people sign without credentials, each with a day, behind one label: Signatures: A. Winter 3/4/2026 ..."""
    label = _LABEL_OF_ALL.match(whole.text)
    people = people_in(whole.text)
    if label is None or len(people) < 2:
        return []
    head, *others = _by_days(whole, people)
    return [head, *(joined([whole.part(0, label.end()), part]) for part in others)] if others else []


_EMPTY_FIELD = re.compile(r"(?:e-?)?sign(?:ed|ature)?(?: here)?\s*:[\s_]*", re.IGNORECASE)
_FIELD_OF_SIGNING = re.compile(r"(?:e-?)?sign(?:ed|ature)?\s*:\s*\w", re.IGNORECASE)


def _without_day_of_form(parts: list[Placed], signing: Signing) -> list[Placed]:
    """Printed names side by side, the last without the day of the form behind it: Physician: ... Physicist: ... Date: 3/4/2024."""
    *others, last = parts
    label = _DAY_OF_A_FORM.search(last.text)
    is_printed = all(word.sureness == 1.0 and not word.script for part in parts for _, _, word, _ in part.words)
    says_more = any(signing.word_of_signing(part.text) is not None or signing.has_act(part.text) for part in parts)
    if label is None or not is_printed or says_more or any(True for part in others for _ in dates_in(part.text)):
        return parts
    return [*others, last.part(0, label.start())] if all(_ROLE_LABEL.match(part.text) for part in parts) else parts


_DAY_OF_A_FORM = re.compile(r"\s*\bdate\s*:\s*(?=\d)", re.IGNORECASE)
_ROLE_LABEL = re.compile(
    r"\W*(?:[A-Za-z]+ )?(?:physician|oncologist|attending|md|physicist|dosimetrist|planner|therapist|nurse)s?\s*:",
    re.IGNORECASE,
)


def _is_signed_by_the_printed(before: str, text: str) -> bool:
    """Whether a cell writes without credentials the name that the cell before it prints, with no day of its own."""
    printed, people = people_in(before), people_in(text)
    return (
        len(people) == len(printed) == 1
        and bool(printed[0].credentials)
        and not people[0].credentials
        and people[0].surname == printed[0].surname
        and not any(True for _ in dates_in(before))
    )


_SIGNING_LABEL = re.compile(
    r"(?:(?<=\s)|^)(?:[A-Z][A-Za-z/-]*)(?: (?:by|approval|review|signature|approved|signed|oncologist|physicist|check)){0,2}\s*:"
)


_OPEN_BOX = "\u2610"
_END_OF_A_SENTENCE = re.compile(r"(?<!\b[A-Z])\.\s+(?=[A-Z])")


def _beside_open_boxes(line: Line, whole: Placed) -> list[Placed]:
    """What stands on a line before its first box that was left open, and behind the sentence or cell of its last one.

    A name right behind an open box is one of several to choose from, and signs nothing.
    """
    first, last = whole.text.index(_OPEN_BOX), whole.text.rindex(_OPEN_BOX)
    before = whole.part(0, first)
    ends = list(_END_OF_A_SENTENCE.finditer(whole.text, last))
    if ends:
        return [before, whole.part(ends[0].end(), len(whole.text))]
    cell = placed(line.row.cells[-1].words, line.page)
    return [before, cell] if len(line.row.cells) > 1 and _OPEN_BOX not in cell.text else [before]


def _by_marks(whole: Placed, signing: Signing) -> list[Placed]:
    """A line on which a mark parts each signer from the next, such as: Approver 1: A. Winter, MD - open; Approver 2: ..."""
    for mark in _MARKS:
        stops = [found.end() for found in mark.finditer(whole.text)]
        parts = [whole.part(start, stop) for start, stop in pairwise([0, *stops, len(whole.text)])]
        if len(parts) > 2 and _DAY_OF_ALL.fullmatch(parts[-1].text) and any(True for _ in dates_in(parts[-1].text)):
            *named, day = parts
            parts = [part if any(True for _ in dates_in(part.text)) else joined([part, day]) for part in named]
        parts = [part for part in parts if not _is_open_for_another(part.text, signing)]
        signers = [sum(bool(person.credentials) for person in people_in(part.text)) for part in parts]
        if len(parts) > 1 and all(count == 1 for count in signers):
            return _with_the_label_of_the_first(parts, signing)
    return []


def _is_open_for_another(text: str, signing: Signing) -> bool:
    """Whether a part names nobody and says that somebody else has still to act, such as: Release: pending."""
    open_act = _OPEN_ACT.match(text)
    is_open = open_act is not None and is_not_done(text[open_act.end() :].strip(" .;|/"))
    return not people_in(text) and (is_open or signing.takes_back(text))


_OPEN_ACT = re.compile(
    r"\W*(?!(?:[a-z]+ )?(?:status|state|signature|sign-?off|approval|result|outcome|decision)s?\s*:)[a-z][a-z /-]{2,25}:\s*(?=\w|_)",
    re.IGNORECASE,
)


def _with_the_label_of_the_first(parts: list[Placed], signing: Signing) -> list[Placed]:
    """Dated parts behind one label, each with it where it says itself nothing of signing: Approval: A 3/4/24; B 3/5/24."""
    label = _LABEL_OF_SIGNING.match(parts[0].text)
    if label is None:
        return parts
    head = parts[0].part(0, label.end())
    says = (signing.names_an_act(part.text) or not any(True for _ in dates_in(part.text)) for part in parts)
    return [
        part if at == 0 or apart else joined([head, part])
        for at, (part, apart) in enumerate(zip(parts, says, strict=True))
    ]


_DAY_OF_ALL = re.compile(
    r"\W*(?:(?:both|all|each|signed|dated|on)\s+)*[\d/. :,-]{6,30}(?:[ap]\.?m\.?)?\W*", re.IGNORECASE
)
_LABEL_OF_SIGNING = re.compile(
    r"\W*(?:(?:plan|prescription|electronic|digital|final|e)[- ]?)?(?:approvals?|signatures?|sign-?offs?|signed|approved|authenticated)(?: by| level \d)?(?: \([^()]{3,20}\))?\s*:\s*",
    re.IGNORECASE,
)
_MARKS = (
    re.compile(r"[;|]\s+"),
    re.compile(r"\s[-–]\s+"),
    re.compile(r"\s//?\s+"),
    re.compile(r"(?<=[\w)]{2})(?<!\bDr)(?<!\bSt)\.\s+(?=[A-Z][a-z]+[ :])"),
)


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


def _by_days(whole: Placed, people: Sequence[Person]) -> list[Placed]:
    """A line on which several people sign one behind the other, each with a day, parted behind each day or before it."""
    days = list(dates_in(whole.text))
    if len(days) == len(people) and all(
        day.stop <= person.start and (not at or day.start >= people[at - 1].stop)
        for at, (day, person) in enumerate(zip(days, people, strict=True))
    ):
        starts = [0, *(day.start for day in days[1:]), len(whole.text)]
        return [whole.part(start, stop) for start, stop in pairwise(starts)]
    if _FOR_ANOTHER.search(whole.text, people[0].stop, people[-1].start):
        return [whole]
    stops: list[int] = []
    for person, following in pairwise(people):
        behind = [day for day in days if person.stop <= day.start < following.start]
        if not behind:
            return [whole]
        time = _TIME_BEHIND.match(whole.text, behind[0].stop)
        stops.append(time.end() if time is not None else behind[0].stop)
    return [whole.part(start, stop) for start, stop in pairwise([0, *stops, len(whole.text)])]


_TITLE = re.compile(
    r"(?<!\w)(?:(?:QA|medical|chief|lead|senior|attending|radiation|treating) )*(?:physicist|physics|dosimetrist|dosimetry|CMD|therapist|RTT|oncologist|physician|MD|nurse|RN)\s*:?\s+(?=[A-Z])",
    re.IGNORECASE,
)
_SAYS_WHETHER_SIGNED = re.compile(r"\b(?:un)?(?:e-?)?signed\b", re.IGNORECASE)


def _by_titles(whole: Placed) -> list[Placed]:
    """A line on which people without credentials sign, each behind a title, such as: Physicist B. Lane (signed 3/5/26)."""
    names = {person.start for person in people_in(whole.text)}
    starts = [found.start() for found in _TITLE.finditer(whole.text) if found.end() in names]
    if len(starts) < 2 or len(starts) != len(names):
        return [whole]
    ends = [*starts[1:], len(whole.text)]
    parts = [whole.part(start, stop) for start, stop in zip([0, *starts[1:]], ends, strict=True)]
    return parts if all(_SAYS_WHETHER_SIGNED.search(part.text) for part in parts) else [whole]


def _behind_a_mention(whole: Placed, signing: Signing) -> Placed:
    """What follows the sentence that only names somebody, such as: Reviewed with A. Winter, MD. O. Ray, PhD signed 3/4/26."""
    first, second = [person for person in people_in(whole.text) if person.credentials][:2]
    before = whole.text[: second.start]
    if _TOLD_OF_THE_FIRST.fullmatch(whole.text[first.stop : second.start]):
        return whole.part(second.start, len(whole.text))
    if not re.fullmatch(r"\)?\.?\s+", whole.text[first.stop : second.start]) or "." not in before[first.stop - 1 :]:
        return whole
    names_only = signing.word_of_signing(before) is None and not any(True for _ in dates_in(before))
    return (
        whole.part(second.start, len(whole.text)) if names_only and re.search(r"\w", before[: first.start]) else whole
    )


_TOLD_OF_THE_FIRST = re.compile(
    r"\W*(?:on )?\d[\d/.-]{5,9}\W{1,3}(?:was|were|is|are|has|had|verified|reviewed|followed|confirmed|checked|used|seen|read|found)\b[^.]*\.\s+",
    re.IGNORECASE,
)  # what was done with what the first one signed, such as: Order signed by A. Winter, MD 3/4/26 was followed. O. Ray, PhD
_TIME_BEHIND = re.compile(r"\W{1,3}\d{1,2}:?\d{2}(?::\d{2})?(?: ?[ap]\.?m\.?)?(?=\s|\W|$)", re.IGNORECASE)


def _has_signer(text: str, signing: Signing) -> bool:
    return any(person.credentials or person.is_doctor for person in people_in(text)) or _dated_person(text, signing)


def _dated_person(text: str, signing: Signing) -> bool:
    return bool(people_in(text)) and (any(True for _ in dates_in(text)) or signing.word_of_signing(text) is not None)
