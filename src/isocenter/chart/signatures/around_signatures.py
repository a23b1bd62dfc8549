"""What is printed on the line of a signature and is none of it: typists, print stamps, sentences, places left open."""

import re

from isocenter.chart.grammar.signing import Signing
from isocenter.chart.pages.placed import Placed
from isocenter.chart.words.dates import dates_in
from isocenter.chart.words.people import people_in


def without_what_is_around(whole: Placed, signing: Signing) -> Placed:
    """A line without what is before and behind a signature and says nothing about it."""
    whole = _without_print_stamp(_behind_the_typist(whole, signing), signing)
    whole = _cut_behind_a_dated_signature(whole, _SCRIBE_BEHIND)
    whole = _without_place_left_open(_without_sentence_behind(whole, signing))
    return _cut_behind_a_dated_signature(whole, _DAY_TO_COME)


_TYPIST = re.compile(
    r"\b(?:dictated|transcribed|typed|scribed)(?: (?:on )?[\d/.-]+)? by\b[^;]*?[,;.]\s+(?:then |and |(?:read|reviewed|edited|corrected),? (?:and )?)*(?=(?:electronically |digitally )?(?:co-?)?(?:signed|authenticated)(?: by\b|:?\s+(?-i:[A-Z])))",
    re.IGNORECASE,
)


_DICTATED_BY = re.compile(
    r"\b(?:dictated|transcribed|typed) by\s*:?(?:(?!\b(?:not|pending|unsigned|draft)\b)[^;]){2,50}?\s"
    r"(?=(?:electronically |digitally )?(?:co-?)?(?:signed|reviewed|approved|authenticated|verified) by\s*:?\s+[A-Z])",
    re.IGNORECASE,
)


_ORDER_BY_MOUTH = re.compile(
    r"\W*(?:verbal|telephone|phone|oral) order\b(?:(?!\b(?:not|pending|unsigned|await\w*)\b)[^;])*;\s+"
    r"(?=(?:electronically |later )?(?:co-?signed|signed|authenticated|countersigned)\b)",
    re.IGNORECASE,
)  # of which the physician signs behind it


_TYPED_ON = re.compile(
    r"(?:\W*(?:dictated|transcribed|typed|created|entered|d|t)(?: by| on)?\s*:?\s+(?:[a-z]{2,3}\s+)?\d[\d/.-]{5,9}(?:\s+\d{1,2}:?\d{2}(?:\s*[ap]\.?m\.?)?)?[\W_]*)+"
    r"(?=(?:electronically |e-?)?(?:signed|reviewed|approved|authenticated|verified)(?: (?:by|on)\b|\W{0,3}\d)"
    r"|[a-z][a-z.,' -]{4,50}\b(?:signed|approved|authenticated|verified)\b)",
    re.IGNORECASE,
)


_LATE_ENTRY = re.compile(
    r"\W*late entry (?:for|of)(?: (?:visit|service|date of service)(?: of| on)?)?\W*\d[\d/.-]{5,9}\s*[,;:–-]\s*(?=(?:written|entered|dated|recorded|documented|signed)\b[^;]*\d)",
    re.IGNORECASE,
)  # such as: Late entry for 3/4/2024, written 3/6/2024: A. Winter, MD


def _behind_the_typist(whole: Placed, signing: Signing) -> Placed:
    """A line without the clause before the signature that says who dictated and typed it, or which day it is about."""
    found = (
        _LATE_ENTRY.match(whole.text)
        or _TYPED_ON.match(whole.text)
        or _TYPIST.search(whole.text)
        or _ORDER_BY_MOUTH.match(whole.text)
    )
    if found is None:
        found = _DICTATED_BY.search(whole.text)
        if found is None or signing.takes_back(whole.text[: found.start()]):
            return whole
    return whole.part(found.end(), len(whole.text))


_SCRIBE_BEHIND = re.compile(
    r"[.;|,]?\s+(?:scribe|typist|transcriptionist|(?:scribed|transcribed|typed) by)\s*:?\s+[A-Z][^\d]*$",
    re.IGNORECASE,
)  # such as: Seen by A. Winter, MD 3/4/2026  Scribe: K. Roe


_PRINT_STAMP = re.compile(
    r"(?:[.;|]\s+(?:re)?printed (?:by|on|at)\b|[.;|]?\s+page \d+ of \d+\b|[.;|]?\s+(?:re)?printed(?: (?:by|on|at))?:?\s+\d)",
    re.IGNORECASE,
)


def _without_print_stamp(whole: Placed, signing: Signing) -> Placed:
    """A line of signing without the sentence behind it that says who printed the page."""
    stamp = _PRINT_STAMP.search(whole.text)
    before = whole.text[: stamp.start()] if stamp is not None else ""
    is_signed = signing.word_of_signing(before) is not None and any(True for _ in dates_in(before))
    return whole.part(0, len(before)) if is_signed and people_in(before) else whole


_DAY_TO_COME = re.compile(
    r"[\s(;,.]*\b(?:next(?: \w+)?(?: due)?|due|start(?:s|ing)?|begin(?:s|ning)?|expires|valid (?:until|through))(?: (?:on|date))?\W{1,3}\d[\d/.-]{5,9}\W*$",
    re.IGNORECASE,
)  # on which something else is to begin or is due, such as: Next due 3/9/2024


def _cut_behind_a_dated_signature(whole: Placed, behind: re.Pattern[str]) -> Placed:
    """A line without what is found behind a titled name with its day; the line itself where that is not before it."""
    found = behind.search(whole.text)
    before = whole.text[: found.start()] if found is not None else ""
    is_dated = any(person.credentials for person in people_in(before)) and any(True for _ in dates_in(before))
    return whole.part(0, len(before)) if is_dated else whole


_SENTENCE_BEHIND = re.compile(r"\.\s+(?=[A-Z])")


def _without_sentence_behind(whole: Placed, signing: Signing) -> Placed:
    """A dated signature without the sentence behind it that names nobody and takes nothing back, such as: Physician informed."""
    people = [person for person in people_in(whole.text) if person.credentials]
    if len(people) != 1:
        return whole
    day = next((day for day in dates_in(whole.text) if day.start >= people[0].stop), None)
    end = _SENTENCE_BEHIND.search(whole.text, day.stop) if day is not None else None
    if end is None:
        return whole
    behind = whole.text[end.end() :]
    says_more = people_in(behind) or any(True for _ in dates_in(behind)) or signing.takes_back(behind)
    return whole if says_more or "_" in behind else whole.part(0, end.start())


_PLACE_LEFT_OPEN = re.compile(
    r"[.;|,]?\s+(?:[A-Za-z]+ )?(?:physician|oncologist|attending|md|physicist|physics|dosimetrist|dosimetry|planner|therapist|rtt|nurse|rn)(?: (?:sig|signature|initials|approval))?\s*[:–-]\s*"
    r"(?:(?:not (?:required|needed|applicable|yet signed|signed)|n/?a|none|waived|pending|unsigned|open|due)\b|_{3,})(?=[^\d]*$)",
    re.IGNORECASE,
)


_PLACE_LEFT_OPEN_AHEAD = re.compile(
    r"\W*(?:physicist|physics|dosimetrist|dosimetry|planner|therapist|rtt|nurse|physician|oncologist|md)\s*[:–-]\s*"
    r"(?:not (?:required|needed|applicable|yet signed|signed)|n/?a|none|waived|pending|unsigned|open|due)\s*[.;|,]\s+"
    r"(?=(?:physician|oncologist|attending|md|physicist|dosimetrist|therapist)\s*:)",
    re.IGNORECASE,
)


def _without_place_left_open(whole: Placed) -> Placed:
    """A signature without the place of another signer beside it who did not sign, such as: Physician: not required."""
    ahead = _PLACE_LEFT_OPEN_AHEAD.match(whole.text)
    if ahead is not None and any(person.credentials for person in people_in(whole.text[ahead.end() :])):
        return whole.part(ahead.end(), len(whole.text))
    found = _PLACE_LEFT_OPEN.search(whole.text)
    before = whole.text[: found.start()] if found is not None else ""
    is_dated = any(person.credentials for person in people_in(before)) and any(True for _ in dates_in(before))
    return whole.part(0, len(before)) if is_dated and not people_in(whole.text[len(before) :]) else whole
