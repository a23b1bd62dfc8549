"""Signatures in forms that no shape knows: what a line with a name and one day shows for signing is weighed.

Of 45 signatures that lots of unknown charts had and that were missed when first read, two thirds stood on lines in which
a name with credentials, a day and a word of an act were all there, in an order or among words that no shape expected.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from isocenter.chart.grammar.signing import Signing
from isocenter.chart.pages.blocks import Line
from isocenter.chart.pages.placed import joined, placed
from isocenter.chart.papers.paper_ends import is_head_of_a_form
from isocenter.chart.signatures.signature_of_text import (
    SignatureFound,
    denies_signing,
    only_day,
    role_in,
    without_people,
)
from isocenter.chart.signatures.unsaid import is_unsaid
from isocenter.chart.words.dates import TIME_OF_DAY, FoundDate, dates_in
from isocenter.chart.words.people import Person, has_title, people_in, surname_of

_ENOUGH, _ENOUGH_OF_LINES, _ENOUGH_IN_A_LOG = 3, 4, 5
_SURENESS = 0.85
_DAY_LEFT_EMPTY = re.compile(r"\bdate\W*$", re.IGNORECASE)
_LONGEST_BESIDE, _LONGEST_GAP = 70, 25
_WORD = re.compile(r"[^\W\d_]{3,}")
_WORDS_OF_A_FORM = {"all", "but", "field", "for", "initials", "per", "position", "role", "second", "use", "user", "via"}
_TOLD = re.compile(
    r"\b(?:I|her|his|she|he|my|we|our|was|were|will|has|have|had|is|are|patient\w*|told|asked|wants|about|because|if|not|no|with|whom|who|which|that)\b",
    re.IGNORECASE,
)
_HAS_ACTED = re.compile(
    r"(?:^|(?<=\W))\s*has (?=(?:\w+ )?\w+ed (?:this|the) (?:document|plan|note|report|order|prescription)\b)",
    re.IGNORECASE,
)
_NO_ACT_OF_SIGNING = re.compile(
    r"\b(?:un|dis)(?:approved|reviewed|signed)\b"
    r"|\b(?:creat|enter|view|updat|open|import|export|schedul|assign|ordered|ordering|cop|record|chang|edit|modif|sav|declin|reject|request|requir|need|await|pend|miss|remind|due|cancel|void|replac|supersed|retir|obtain|insur|payer|hand(?:ed|over)|deliver|meet|conferenc)\w*\b"
    r"|\bprinted\b(?! name)|\b(?:for|to) (?:\w+ )?(?:approv|review|sign|check|verif)|\bauth(?:ori[sz]ation)? (?:no|number|approv|obtain|#)|\bprior auth|\btg[- ]?\d+|\bcalibrat",
    re.IGNORECASE,
)
_NOT_WHO_ACTS = re.compile(r"\b(?:to|for|from|of|with|after|before|until|under|via)\W*(?:dr\.?\W*)?$", re.IGNORECASE)
_ACT_RUN_TOGETHER = re.compile(r"\b[A-Za-z]+(?:Approved|Signed|Reviewed|Verified)\b")  # such as: PlanningApproved
_SIGNS = re.compile(r"\b(?:co-?)?sign|\binit|\bappr|\be-?sig", re.IGNORECASE)
_ROLE_FIRST = re.compile(
    r"\W*(?:[A-Za-z.'/]+ ){0,2}(?:physician|oncologist|attending|m\.?d\.?|dr\.?|physicist|physics|dosimetrist|dosimetry|planner|therapist|rtt)\b",
    re.IGNORECASE,
)
_LABEL_OF_AN_ACT = re.compile(r"\W*(?:[A-Za-z]+ ){0,2}[A-Za-z]+ed(?: by)?\s*:\s*")  # such as: Measured by:
_BY = re.compile(r"\bby\W*$", re.IGNORECASE)
_TIME = re.compile(r"\b\d{1,2}:\d{2}\b|\b\d{1,2} ?[ap]\.?m\b", re.IGNORECASE)


def signatures_weighed(
    lines: Sequence[Line],
    taken: set[int],
    signed: Sequence[SignatureFound],
    staff: Mapping[str, str],
    signing: Signing,
    logs: frozenset[str],
    *,
    day_first: bool,
) -> Iterator[tuple[int, SignatureFound]]:
    """Signatures of the lines that are not taken, of people who have not signed the paper otherwise.

    A line that names nobody, beside the one with the name, may give the day: then a word of signing must be on one of the
    two. A row of a log needs more than other lines.
    """
    surnames = {surname_of(one.signer) for one in signed}
    signers_below = _signers_lie_below_acts(lines, signing)
    for number, line in enumerate(lines):
        if number in taken or not any(_may_sign(person, staff) for person in people_in(line.row.text)):
            continue
        for beside in _with_lines_beside(lines, number, taken, signing, signers_below=signers_below):
            found = _weigh(beside, staff, signing, day_first, in_a_log=line.row.text in logs)
            if found is not None and is_unsaid(lines, number, found.placed, found, signing):
                break
            if found is not None and surname_of(found.signer) not in surnames:
                surnames.add(surname_of(found.signer))
                yield number, found
            if found is not None:
                break


def _may_sign(person: Person, staff: Mapping[str, str]) -> bool:
    return bool(person.credentials) or person.is_doctor or person.surname in staff


def _with_lines_beside(
    lines: Sequence[Line], number: int, taken: set[int], signing: Signing, *, signers_below: bool
) -> Iterator[list[Line]]:
    """A line alone, with the one or two lines below it that name nobody, and with one above that announces who acted.

    Where the signers lie below their acts and days, the line above alone goes with a name.
    """
    line = lines[number]

    def is_free(at: int) -> bool:
        return (
            0 <= at < len(lines)
            and at not in taken
            and lines[at].page == line.page
            and len(lines[at].row.text) <= _LONGEST_BESIDE
            and not any(person.credentials or person.is_doctor for person in people_in(lines[at].row.text))
        )

    announced = is_free(number - 1) and _says_act_alone(lines[number - 1].row.text, signing)
    is_dated = announced and any(True for _ in dates_in(lines[number - 1].row.text))
    yield [line]
    if is_dated and signers_below and not _DAY_LEFT_EMPTY.search(line.row.text):
        yield [*lines[number - 1 : number + 1]]
        return
    most = next((count for count in range(3) if not is_free(number + 1 + count)), 2)
    yield from ([*lines[number : number + 1 + count]] for count in range(1, most + 1))
    if announced and not is_dated:
        yield from ([*lines[number - 1 : number + 1 + count]] for count in range(1, most + 1))


def _says_act_alone(text: str, signing: Signing) -> bool:
    """Whether a line says no more than that somebody acted or signed, perhaps on a day, such as: Reviewed and approved by."""
    rest = TIME_OF_DAY.sub(" ", _without_days(text))
    is_open = _NO_ACT_OF_SIGNING.search(rest) is not None or _TOLD.search(rest) is not None or signing.takes_back(rest)
    return not people_in(text) and not is_open and signing.names_an_act(rest) and not _unknown_words(rest, signing)


def _signers_lie_below_acts(lines: Sequence[Line], signing: Signing) -> bool:
    """Whether lines that say no more than an act and its day are each followed by the person who acted."""
    alone = [
        number
        for number, line in enumerate(lines)
        if any(True for _ in dates_in(line.row.text)) and _says_act_alone(line.row.text, signing)
    ]
    if not alone or alone[-1] + 1 >= len(lines):
        return False
    above = lines[alone[0] - 1].row.text if alone[0] else ""
    below = lines[alone[-1] + 1].row.text
    return bool(people_in(below)) and not any(person.credentials for person in people_in(above))


def _weigh(
    lines: Sequence[Line], staff: Mapping[str, str], signing: Signing, day_first: bool, *, in_a_log: bool
) -> SignatureFound | None:
    """The signature that lines show together, where all they say of it weighs enough."""
    parts = [placed(line.row.words, line.page) for line in lines]
    part = joined(parts) if len(parts) > 1 else parts[0]
    text = part.text
    people = [person for person in people_in(text) if _may_sign(person, staff)]
    if len({person.surname for person in people}) != 1:
        return None
    person = next((one for one in people if one.credentials), people[0])
    day = only_day(text, day_first=day_first)
    if day is None or is_head_of_a_form(text) or denies_signing(part, person, day, signing):
        return None
    if (len(lines) > 1 and tell_of_two_acts(lines)) or (not person.credentials and _TELLS.match(text, person.stop)):
        return None
    weight = _weight_of(text, person, people, day, signing, of_one_line=len(lines) == 1)
    least = _ENOUGH_IN_A_LOG if in_a_log else _ENOUGH if len(lines) == 1 and person.credentials else _ENOUGH_OF_LINES
    if weight is None or weight < least:
        return None
    role = role_in(text, person, people, staff)
    if not role:
        return None
    sureness = _SURENESS * part.sureness
    return SignatureFound(role, person.name, person.credentials_as_written, day.day, part, sureness)


_ACT = re.compile(
    r"\b(approv|authori[sz]|authenticat|review|verif|accept|check|perform|complet|co-?sign|sign)", re.IGNORECASE
)


_TELLS = re.compile(
    r"\s+(?:has )?(?:approved|reviewed|checked|signed|verified|accepted|read) (?:the|her|his|both|all|these|those)\b",
    re.IGNORECASE,
)  # somebody else's sentence, such as: Dr. Winter approved the plan on 3/4/2024


def tell_of_two_acts(lines: Sequence[Line]) -> bool:
    """Whether the line with the name tells of one act, and those with the day of another."""
    first, *others = ({found.lower() for found in _ACT.findall(line.row.text)} for line in lines)
    below = {act for acts in others for act in acts}
    return bool(first) and bool(below) and not first & below


def _weight_of(
    text: str,
    person: Person,
    people: Sequence[Person],
    day: FoundDate,
    signing: Signing,
    *,
    of_one_line: bool,
) -> int | None:
    """How much the words around a name and its day show that the person signed.

    None where no word is of signing, of an act, or of whom something was done by, or where they tell of something else.
    """
    rest = _HAS_ACTED.sub(" ", without_people(_without_days(text), people, None))
    if _TOLD.search(rest) or _NO_ACT_OF_SIGNING.search(rest) or _NOT_WHO_ACTS.search(text[: person.start]):
        return None
    acts = signing.names_an_act(rest) or _ACT_RUN_TOGETHER.search(rest) is not None
    by = _BY.search(text[: person.start]) is not None
    signs = _SIGNS.search(rest) is not None
    titled = _ROLE_FIRST.match(text) is not None or has_title(text[person.stop :])
    unknown = len(_unknown_words(rest, signing))
    if (unknown and not of_one_line) or not (acts or signs or (by and not unknown)):
        return None
    return (
        2 * (acts or by)
        + signs
        + (of_one_line and not unknown and _LABEL_OF_AN_ACT.fullmatch(text[: person.start]) is not None)
        + titled
        + bool(person.credentials)
        + (_TIME.search(text) is not None)
        + (0 <= day.start - person.stop <= _LONGEST_GAP)
        - unknown
    )


def says_another_act(text: str, signing: Signing) -> bool:
    """Whether a line says that nobody signed, or what somebody did who has not signed by it, such as: Entered, or For review."""
    people = [one for one in people_in(text) if one.credentials or one.is_doctor]
    rest = without_people(_without_days(text), people, None)
    return _NO_ACT_OF_SIGNING.search(rest) is not None or signing.takes_back(rest)


def _without_days(text: str) -> str:
    """A text with blanks in the places of its days."""
    for day in dates_in(text):
        text = f"{text[: day.start]}{' ' * (day.stop - day.start)}{text[day.stop :]}"
    return text


def _unknown_words(text: str, signing: Signing) -> list[str]:
    """The words of a text that are neither titles nor acts nor words of signing."""
    low = _ACT_RUN_TOGETHER.sub(" ", text).lower()
    for phrase in (*signing.titles, *signing.acts, *signing.signed):
        low = phrase.pattern.sub(" ", low)
    return [word for word in _WORD.findall(low) if word not in _WORDS_OF_A_FORM]
