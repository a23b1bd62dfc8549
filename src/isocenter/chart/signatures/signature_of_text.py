"""What one piece of text says of a signature: who signed, in which role, when; what only looks like one is none."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from difflib import SequenceMatcher
from typing import NamedTuple

from isocenter.chart.grammar.signing import Signing
from isocenter.chart.pages.placed import Placed
from isocenter.chart.papers.paper_ends import is_head_of_a_form, is_name_alone
from isocenter.chart.papers.state_words import without_ended_state
from isocenter.chart.signatures.answers_beside_names import (
    REFUSING_DECISION,
    is_answer_open,
    without_open_refusal,
)
from isocenter.chart.signatures.ends_of_entries import ends_an_entry, is_set_apart
from isocenter.chart.signatures.named_for_other_work import (
    explains_initials,
    is_of_another_work,
    only_leads_to_a_name,
)
from isocenter.chart.signatures.places_left_blank import is_blank, without_line_to_the_day
from isocenter.chart.signatures.signed_for import acted_through, without_whom_others_sign_for
from isocenter.chart.words.dates import TIME_OF_DAY, FoundDate, dates_in
from isocenter.chart.words.people import Person, has_title, people_in, role_of

_LINE_ROLE = re.compile(
    r"^\W*(?:for (?:the )?)?(?:(?:radiation |attending |treating |supervising |responsible )?(?:oncologist|physician|attending|md)|(?:medical |qualified |chief |contract |covering |visiting |second |reviewing )?physic(?:ist|s)|dosimetrist|planner|(?:radiation )?therapist|resident|nurse)\b(?: \w+)?\s*[:\-–]?",
    re.IGNORECASE,
)
_AGREES = re.compile(
    r"\b(?:I|the undersigned) (?:have |has )?(?:also )?(?:agree|concur|attest|certify|certifies|personally|was (?:physically )?present|saw|seen|reviewed|examined|confirm|approve|accept)\b.*[.:;][\s\"”]*(?:[-–—]\s*)?$",
    re.IGNORECASE,
)
_BLANK = re.compile(r"_{3,}|\.{6,}")
_OTHER_DATES = re.compile(
    r"(?:week of|week ending|(?:plan|measurement|treatment|simulation|delivery|acquisition|study|modified) date|report generated|next(?: \w+)?|due|starts?|starting|begins?|expires|print(?:ed)?|fax(?:ed)?|dictat(?:ed|ion)|transcri(?:bed|ption)|typed|scan(?:ned)?|edit(?:ed)?|sent|received|created|filed|\bd:|\bt:|birth|dob|born|(?<!for this )visit|encounter|appointment|service|\bd\.?o\.?s\.?)\W{0,4}(?:on|date|at|of|:)?\W{0,3}$",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(
    r"(?<=[\w)]{2})(?<!\bDr)(?<!\bDra)(?<!\bSt)(?<!\bMr)(?<!\bMs)(?<!\bMrs)(?<!\bProf)[.;!]\s+(?:[-–—~]{1,2}\s*)?(?=[A-Z])"
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


def signature_of(part: Placed, staff: Mapping[str, str], signing: Signing, day_first: bool) -> SignatureFound | None:
    """The signature that a part of a line shows by itself; `staff` are roles by last name in lower case."""
    text = without_whom_others_sign_for(without_ended_state(without_open_refusal(part.text)))
    named = people_in(text)
    people = [person for person in named if _is_signer(person, staff) and not acted_through(person, named, text)]
    script = any(word.script for _, _, word, _ in part.words)
    if not people or "\u2610" in text or is_head_of_a_form(text):
        return None
    attests = any(
        person.credentials
        and (
            _AGREES.search(text[: person.start])
            or _acts_behind(text, person, signing)
            or _APPROVES_BEFORE.search(text[: person.start])
        )
        for person in people
    )
    named = [person for person in people if person.credentials or person.is_doctor]
    unnamed = without_people(text, named, None)
    if (
        _TAKEN_BACK.search(unnamed)
        or signing.is_no_signature(unnamed, attests=attests)
        or (text.startswith("[") and text.rstrip().endswith("]") and signing.word_of_signing(text) is None)
    ):
        return None
    signed = signing.word_of_signing(text)
    if signed is None and is_answer_open(text):
        return None
    if signed is None:
        people = [one for one in people if not _is_in_parentheses(one, text)] or people
    person = _as_printed(_signer_of(people, signed[1] if signed else 0, text), people)
    if (
        only_leads_to_a_name(text[: person.start])
        or explains_initials(text, person)
        or is_of_another_work(text[: person.start])
    ):
        return None
    days = [day for day in dates_in(text, day_first=day_first) if not _OTHER_DATES.search(text[: day.start])]
    day = _nearest(days, person, signed[0] if signed else -1)
    if signed is not None and day is None and _is_mentioned(text[signed[1] : max(person.start, signed[1])], signing):
        return None
    recognized = any(word.sureness < 1.0 for _, _, word, _ in part.words)
    ends_entry = is_set_apart(part, person) and ends_an_entry(text, person)
    kind, sure = _evidence(
        text,
        person,
        people,
        signing,
        signed is not None,
        script,
        day,
        is_recognized=recognized,
        is_known=person.surname in staff,
        ends_entry=ends_entry,
    )
    if not kind:
        return None
    if day is not None and _TOLD_BEHIND.match(text, max(day.stop, person.stop)):
        return None
    if signed is None and kind == "alone" and _LONG_SENTENCE.search(_closing(text, people, day)[0]):
        return None
    role = role_in(text, person, people, staff)
    if not role:
        return None
    signed_on = day.day if day else None
    return SignatureFound(role, person.name, person.credentials_as_written, signed_on, part, sure * part.sureness)


def _is_mentioned(between: str, signing: Signing) -> bool:
    """Whether a sentence goes on between a word of signing and a name, such as: Attestation: I saw her with Dr. Winter."""
    return bool(signing.other_words(_WITH_A_CAPITAL.sub(" ", between)))


_WITH_A_CAPITAL = re.compile(r"\b[A-Z][\w'’.-]*")  # such as the first name of the person
_APPROVES_BEFORE = re.compile(
    r"\band (?:approved|accepted|authorized|verified|authenticated)(?: by)?\s*[:,–-]?\s*$", re.IGNORECASE
)  # whatever else the person did, such as: Ordered and approved, A. Winter, MD


def role_in(text: str, person: Person, people: Sequence[Person], staff: Mapping[str, str]) -> str:
    """The role in which a person of a text signs, by the title behind the name or the label before it; '' when unknown."""
    since = max((other.stop for other in people if other.stop <= person.start), default=0)
    around = text[since : person.start][-40:] + " " + text[person.stop :][:60]
    title = f"{title_behind(text, person)} {_label_before(text, person)}".strip()
    return role_of(person, title, staff) or role_of(person, around, staff)


def denies_signing(part: Placed, person: Person, day: FoundDate, signing: Signing) -> bool:
    """Whether a dated text says that this person did not sign, or left the place for it blank."""
    text = without_line_to_the_day(without_ended_state(without_open_refusal(part.text)), person)
    named = people_in(text)
    unnamed = without_people(text, [one for one in named if one.credentials or one.is_doctor], None)
    by_hand = any(word.script or word.sureness < 1.0 for _, _, word, _ in part.words)
    return (
        "\u2610" in text
        or is_answer_open(text)
        or is_of_another_work(text[: person.start])
        or acted_through(person, named, text)
        or _TAKEN_BACK.search(unnamed) is not None
        or signing.is_no_signature(unnamed)
        or is_blank(text, person, day, by_hand=by_hand)
        or (not by_hand and _BLANK.search(text) is not None)
    )


_TAKEN_BACK = re.compile(
    r"\b(?:no|not(?: yet)?|never)\s+(?:sign|sig|sgd)\b\.?\W*(?:\d|$)|\bnever (?:been )?(?:co-?|electronically |digitally )?(?:signed|authenticated|approved)\b"
    r"|(?<!co)(?<!co-)\bsignature\s*:\s*(?:n/?a|none|not (?:required|needed|applicable)|waived)\b"
    r"|\b(?:declined|rejected|revoked|rescinded|withdrawn|retracted|disapproved)\b\W*(?:\d|by\b|on\b|at\b|$)"
    r"|(?:^|[/|;])\W*(?:superseded|replaced|void(?:ed)?|obsolete|expired|retired)\s*[-–—:(/|;]"
    r"|\((?:[^()]*\W)?(?:superseded|voided|obsolete|no longer valid)(?:\W[^()]*)?\)"
    rf"|{REFUSING_DECISION}"
    r"|\b(?:status|state)\s*[:=]\s*(?:superseded|void(?:ed)?|obsolete|expired|retired)\b"
    r"|\b(?:approved|approval|accepted|signed|co-?signed|authenticated)\b ?(?:\([^)]*\) ?)?[:?]{1,2} ?(?:\W*\byes\W{1,3}(?=\[?[x\u2612]))?\W*(?:x\W+)?no?\b(?!\.? ?\d)",
    re.IGNORECASE,
)  # such as: Approved: No; or Approval declined 3/4/2024


_TOLD_BEHIND = re.compile(
    r"\W{0,2}(?:was|were|is|are|has been|have been|will be)\b", re.IGNORECASE
)  # of what was signed
_LONG_SENTENCE = re.compile(
    r"\b(?:patient|was|were|will|has|have|had|saw|told|asked|wants|from|about|because)\b", re.IGNORECASE
)


def _is_in_parentheses(person: Person, text: str) -> bool:
    """Whether a person is named beside the words, such as the planner of: Reviewed with the planner (B. Lund, CMD)."""
    return text.count("(", 0, person.start) > text.count(")", 0, person.start)


_PROSE = re.compile(r"\b(?:I|her|his|my|we|our|patient'?s?|the (?:mri|ct|biopsy|report))\b")


def title_behind(text: str, person: Person) -> str:
    """What stands behind a name up to its date, and the word before it."""
    return re.split(
        r"\d{1,4}[/.-]|;|\(signed| signed| (?:after|upon|following|with) |  ", text[person.stop : person.stop + 60]
    )[0]


def _acts_behind(text: str, person: Person, signing: Signing) -> bool:
    """Whether nothing but an action that signs stands between a name and the next day, such as: Authorized."""
    day = next(dates_in(text[person.stop :]), None)
    between = text[person.stop : person.stop + day.start] if day is not None else ""
    return signing.has_act(between) and not signing.other_words(between) and not _OTHER_DATES.search(between)


_BY_AFTER_A_DAY = re.compile(
    r"\s*(?:by|by:|[:,–-])\s*(?:(?P<user>[\w.-]+) ?\()?(?:dr\.? )?$", re.IGNORECASE
)  # perhaps with the name of the user


def _acts_on_a_day(text: str, person: Person, signing: Signing) -> bool:
    """Whether nothing but an action that signs, its day and by stand before a name: Check completed 3/4/2026 by A. Winter, MD."""
    ends = [found.end() for found in _SENTENCE_END.finditer(text, 0, person.start + 1)]
    clause = text[ends[-1] if ends else 0 : person.start]
    day = next(dates_in(clause), None)
    by = _BY_AFTER_A_DAY.fullmatch(TIME_OF_DAY.sub("", clause[day.stop :])) if day is not None else None
    return (
        day is not None
        and by is not None
        and (not by["user"] or person.surname in by["user"].lower())
        and signing.has_act(_ON.sub("", clause[: day.start]))
        and not signing.other_words(clause[: day.start])
    )


_ON = re.compile(r"\s*\b(?:on|at)\s*$|\s+$", re.IGNORECASE)
_LABEL = re.compile(r"(?:[A-Za-z-]+ ){0,2}[A-Za-z-]+(?= ?[:\-–]\s*$)")


def _label_before(text: str, person: Person) -> str:
    """The words of a label right before a name, such as Resident."""
    found = _LABEL.search(text, 0, person.start)
    return found.group() if found is not None else ""


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
    choice = [person for person in choice if person.credentials] or choice
    return next(person for person in reversed(choice) if person.surname == choice[0].surname)


def _as_printed(person: Person, people: Sequence[Person]) -> Person:
    """The person as the text also prints the name with credentials, where the signature is the bare name."""
    printed = (other for other in people if other.credentials and other.surname == person.surname)
    return person if person.credentials else next(printed, person)


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
    *,
    is_recognized: bool,
    is_known: bool,
    ends_entry: bool,
) -> tuple[str, float]:
    """What shows that the person signed, and how surely; '' when nothing does."""
    credentialed = bool(person.credentials) or person.is_doctor
    if is_blank(without_line_to_the_day(text, person), person, day, by_hand=script or is_recognized):
        return "", 0.0
    if signed and not (_BLANK.search(text[: person.start]) and day is None):
        return "signed", 0.97 if day else 0.9
    if script and (person.credentials or not person.is_doctor or not _letters_before(text, person)):
        return "script", 0.92
    if (
        _twice(person, text)
        or _is_written_before_print(person, people)
        or (day is not None and _is_written_behind_print(text, person, day))
    ):
        return "written over print", 0.92
    if person.credentials and is_name_by_hand(text[: person.start], person, is_recognized=is_recognized):
        return "written over print", 0.85 if is_recognized else 0.92
    free_text = without_people(text, people, day)
    free = signing.other_words(free_text)
    beside = signing.other_words(without_people(*_closing(text, people, day)))
    if beside in re.sub(r"\W", "", person.name.lower()) or beside == person.initials:
        beside = ""  # a part of the name, or its initials, as written over the print
    dated = day is not None
    is_titled = bool(person.credentials) or has_title(text[person.stop :])
    if signing.has_act(text[: person.start]) and is_titled and dated and not _PROSE.search(free_text):
        return ("act", 0.93) if len(free) <= 2 * _LONGEST_FREE else ("", 0.0)
    if person.credentials and (ends_entry or _acts_behind(text, person, signing)):
        return "act", 0.93
    if (credentialed or is_known) and _acts_on_a_day(text, person, signing):
        return "act", 0.93
    if _AGREES.search(text[: person.start]) and person.credentials and dated:
        return "act", 0.9
    if _LINE_ROLE.search(text) and dated and credentialed and beside in ("", "for"):
        return "line", 0.92
    if (
        dated
        and (credentialed or is_titled)
        and not beside
        and (person.credentials or not _letters_before(text, person))
        and not _DAY_FIRST.match(text if not person.credentials else "")
        and not re.match(
            r"\W*(?:dr|attending|physician of record|pcp)\b(?!(?:\.|'s)* signature\b)", text, re.IGNORECASE
        )
    ):
        return "alone", 0.88
    return "", 0.0


def _closing(text: str, people: Sequence[Person], day: FoundDate | None) -> tuple[str, list[Person], FoundDate | None]:
    """What is behind the last sentence that ended before the first person, with the people and the day found in it."""
    ends = [found.end() for found in _SENTENCE_END.finditer(text, 0, people[0].start + 1)]
    cut = ends[-1] if ends else 0
    moved = [person._replace(start=person.start - cut, stop=person.stop - cut) for person in people]
    within = day._replace(start=day.start - cut, stop=day.stop - cut) if day and day.start >= cut else None
    return text[cut:], moved, within


def closing_sentence(text: str, person: Person) -> str:
    """A text from the beginning of the sentence that names a person on, without the person."""
    ends = [found.end() for found in _SENTENCE_END.finditer(text, 0, person.start + 1)]
    return f"{text[ends[-1] if ends else 0 : person.start]} {_AS_SCRIBED.sub('', text[person.stop :])}"


_AS_SCRIBED = re.compile(r"\bas (?:scribed|recorded|documented|typed) (?:by|for me by) [^.;]{2,60}", re.IGNORECASE)


def _letters_before(text: str, person: Person) -> bool:
    """Whether words stand before a name with a doctor's title and no credentials, as where somebody is spoken of."""
    return any(letter.isalpha() for letter in text[: person.start].removesuffix("Dr. ").removesuffix("Dr "))


_DAY_FIRST = re.compile(r"\W*\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\W+Dr\b", re.IGNORECASE)
_LONGEST_GAP = 3


def _is_written_before_print(person: Person, people: Sequence[Person]) -> bool:
    """Whether a name with an initial and credentials is followed by the whole name, as printed behind a written one."""
    printed = next((other for other in people if 0 <= other.start - person.stop <= _LONGEST_GAP), None)
    return (
        printed is not None
        and bool(person.credentials)
        and printed.surname == person.surname
        and len(printed.name.split()[0].strip(".")) > len(person.name.split()[0].strip(".")) == 1
    )


_LEAST_ALIKE = 0.6  # of handwriting as it was recognized and the name that it writes
_SHORTEST_HAND = 3


def _is_written_behind_print(text: str, person: Person, day: FoundDate) -> bool:
    """Whether only the name as a pen writes it is between a printed name with credentials and the day."""
    hand = _MARK_BEFORE_A_HAND.sub("", text[person.stop : day.start]).strip(" ,")
    written = people_in(hand)
    is_written = len(written) == 1 and written[0].surname == person.surname and is_name_alone(hand)
    return bool(person.credentials) and (is_written or is_name_by_hand(hand, person, is_recognized=False))


_MARK_BEFORE_A_HAND = re.compile(r"^[\s,]*\((?:sig|sign|signed|signature)\.?\)", re.IGNORECASE)


def is_of_another_act(before: str) -> bool:
    """Whether the words right before a day say that it is not of signing, such as: Printed on."""
    return _OTHER_DATES.search(before) is not None


def only_day(text: str, *, day_first: bool) -> FoundDate | None:
    """The last day of a text where all its days of acts are the same one; None where they differ or there is none."""
    days = [day for day in dates_in(text, day_first=day_first) if not is_of_another_act(text[: day.start])]
    return days[-1] if len({day.day for day in days}) == 1 else None


def is_name_by_hand(before: str, person: Person, *, is_recognized: bool) -> bool:
    """Whether the one word before a printed name is its initial and last name run together, as a pen writes them.

    Of handwriting on a scanned page some letters may be misread.
    """
    word, name = "".join(before.split()).lower(), person.name.lower()
    hand = re.sub(r"\W", "", word)
    if len(before.split()) != 1 or len(hand) < _SHORTEST_HAND or any(c in before for c in ":,;") or not hand.isalpha():
        return False
    written = name[0] + re.sub(r"\W", "", name.split()[-1])
    return hand == written or (is_recognized and SequenceMatcher(None, hand, written).ratio() >= _LEAST_ALIKE)


def _twice(person: Person, text: str) -> bool:
    """Whether the last name stands twice side by side, as under a written name over a printed one."""
    surname = person.surname
    return (
        bool(surname)
        and len(re.findall(rf"\b{re.escape(surname)}\b", text[: person.stop].lower())) >= 2
        and (bool(person.credentials) or has_title(text[person.stop :]))
    )


def without_people(text: str, people: Sequence[Person], day: FoundDate | None) -> str:
    """A text without its people, its times and the day that counts."""
    cut = [(person.start, person.stop) for person in people] + ([(day.start, day.stop)] if day else [])
    for start, stop in sorted(cut, reverse=True):
        text = text[:start] + " " + text[stop:]
    return TIME_OF_DAY.sub("", text)
