"""Signatures: who signed, in which role, when; what only looks like one is none."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise

from isocenter.chart.grammar.signing import Signing
from isocenter.chart.pages.blocks import Line, continues, line_ends
from isocenter.chart.pages.layout import Cell, Row
from isocenter.chart.pages.placed import Placed, joined, placed
from isocenter.chart.papers.paper_days import is_a_day_alone, is_a_day_of_signing
from isocenter.chart.papers.paper_ends import NUMBER_OF_A_SIGNER, OF_A_TYPIST, is_name_alone
from isocenter.chart.signatures.signature_columns import signed_columns, with_day_below
from isocenter.chart.signatures.signature_of_text import (
    SignatureFound,
    closing_sentence,
    is_name_by_hand,
    is_signed_for,
    signature_of,
    title_behind,
)
from isocenter.chart.signatures.signature_tables import signed_tables
from isocenter.chart.signatures.signatures_learned import signatures_learned
from isocenter.chart.signatures.signatures_on_forms import signatures_on_forms
from isocenter.chart.signatures.signatures_weighed import signatures_weighed
from isocenter.chart.signatures.signing_parts import parts_of_line
from isocenter.chart.signatures.unsaid import is_unsaid, lists_above_a_day
from isocenter.chart.words.dates import TIME_OF_DAY, FoundDate, dates_in
from isocenter.chart.words.people import has_title, people_in, role_of, surname_of


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
    shaped, taken = _signatures_of_shapes(lines, staff, signing, day_first, frozenset(logs))
    yield from shaped
    signed = [found for _, found in shaped]
    weighed = list(signatures_weighed(lines, taken, signed, staff, signing, frozenset(logs), day_first=day_first))
    yield from weighed
    taken |= {number for number, _ in weighed}
    signed += [found for _, found in weighed]
    on_forms = list(
        signatures_on_forms(
            lines, taken, {surname_of(found.signer) for found in signed}, staff, signing, day_first=day_first
        )
    )
    yield from on_forms
    taken |= {number for number, _ in on_forms}
    signed += [found for _, found in on_forms]
    yield from signatures_learned(lines, taken, signed, staff, signing, frozenset(logs), day_first=day_first)


def _signatures_of_shapes(
    lines: Sequence[Line], staff: Mapping[str, str], signing: Signing, day_first: bool, logs: frozenset[str]
) -> tuple[list[tuple[int, SignatureFound]], set[int]]:
    """The signatures in forms that are known, and the numbers of the lines in which they were found or set aside."""
    ends = line_ends(lines)
    signers_below = _signers_lie_below(lines)
    columns = signed_columns(lines, staff, signing, day_first=day_first)
    tables = signed_tables(lines, staff, signing, day_first=day_first)
    signatures = [*columns.signatures, *(one for one in tables.signatures if one[0] not in columns.lines)]
    signed_for = {
        number
        for number, (above, line) in enumerate(pairwise(lines), 1)
        if is_signed_for(above.row.text, line.row.text, signing)
    }
    set_aside = {*columns.lines, *tables.lines, *signed_for, *lists_above_a_day(lines)}
    taken = set(set_aside)
    for number, line in enumerate(lines):
        if line.row.text in logs or number in set_aside:
            continue
        following = lines[number + 1] if number + 1 < len(lines) else None
        wrapped = following if following is not None and continues(line, following, ends) else None
        for one in _parts(line, wrapped, signing):
            part = with_day_below(one, following)
            found = signature_of(part, staff, signing, day_first)
            if wrapped is not None and _may_be_wrapped(found, part.text):
                whole = joined([part, placed(wrapped.row.words, wrapped.page)])
                found = signature_of(whole, staff, signing, day_first) or found
            if found is None:
                found = _with_lines_near(lines, number, part, staff, signing, day_first, signers_below=signers_below)
            above = _line_above(lines, number)
            if found is None and above is not None and _goes_with(above, part, signing):
                found = signature_of(joined([placed(above.row.words, above.page), part]), staff, signing, day_first)
            if found is None:
                continue
            taken.add(number)
            if found.signed_on is None:
                found = _of_block(found, lines[number + 1 : number + 5], staff, signing, day_first)
            if found.signed_on is None and following is not None:
                found = _with_date_below(found, following, day_first)
            if found.signed_on is None and above is not None and _ends_with_a_blank(above.row.text, part.text):
                continue
            if found.signed_on is None and number and is_a_day_alone(lines[number - 1].row.text):
                is_between = number > 1 and above is lines[number - 2]
                found = _with_date_above(found, lines[number - 1], day_first, of_any_line=is_between)
            if is_unsaid(lines, number, part, found, signing):
                continue
            signatures.append((number, found))
    return signatures, taken


def _parts(line: Line, wrapped: Line | None, signing: Signing) -> list[Placed]:
    """The parts of a line; with the line on which it goes on where the name of one of several signers breaks between them."""
    text = line.row.text
    if wrapped is not None and any(person.credentials for person in people_in(text)):
        whole = f"{text} {wrapped.row.text}"
        breaks = any(person.credentials and person.start < len(text) < person.stop for person in people_in(whole))
        if breaks and any(True for _ in dates_in(text)):
            row = Row((Cell((*line.row.words, *wrapped.row.words)),))
            return parts_of_line(Line(row, line.page), signing)
    return parts_of_line(line, signing)


def _with_lines_near(
    lines: Sequence[Line],
    number: int,
    part: Placed,
    staff: Mapping[str, str],
    signing: Signing,
    day_first: bool,
    *,
    signers_below: bool,
) -> SignatureFound | None:
    """A signature of which the line holds one part, and a line near it the title or the name."""
    following = lines[number + 1] if number + 1 < len(lines) else None
    if following is not None and _is_day_of_act(part.text, following.row.text):
        found = signature_of(joined([part, placed(following.row.words, following.page)]), staff, signing, day_first)
        if found is not None:
            return found
    if following is not None and signing.word_of_signing(part.text) is not None:
        found = _with_title_below(part, following, staff, signing, day_first)
        if found is not None:
            return found
    if number and _PLAINLY_SIGNED.fullmatch(part.text) and not _is_dated_further(lines, number):
        at = next((n for n in (1, 2) if number >= n and _is_signer_alone(lines[number - n].row.text)), 0)
        found = _signed_beside(lines[number - at : number], part, staff, signing, day_first) if at else None
        if found is not None:
            return found
    if _is_below_signer_and_title(lines, number, part.text, signing):
        return _signed_beside(lines[number - 2 : number], part, staff, signing, day_first)
    if not _says_when_signed(part.text):
        return None
    near = _written(lines[number + 1 :], 1) if signers_below else lines[max(number - 3, 0) : number]
    return _signed_beside(near, part, staff, signing, day_first)


def _is_below_signer_and_title(lines: Sequence[Line], number: int, text: str, signing: Signing) -> bool:
    """Whether a day with its time is alone below a title, and this below the signer, as record systems print at the end."""
    if number < _LINES_OF_A_HEAD or not is_a_day_alone(text) or _CLOCK.search(text) is None:
        return False
    signer, title = (line.row.text for line in lines[number - 2 : number])
    people = people_in(signer)
    return (
        len(people) == 1
        and bool(people[0].credentials)
        and not re.search(r"\w", signer[: people[0].start] + signer[people[0].stop :])
        and not people_in(title)
        and len(title) <= _LONGEST_TITLE
        and not signing.other_words(title)
        and not signing.is_no_signature(title)
    )


_LINES_OF_A_HEAD = 4
_CLOCK = re.compile(r"\b\d{1,2}:\d{2}\b")

_ACT_BY = re.compile(
    r"\W*(?:\w+ ){0,2}?(approv|authori[sz]|authenticat|review|verif|accept|sign)(?:(?:i?ed) by\s*:?|i?er\s*:)\s",
    re.IGNORECASE,
)
_DAY_OF_ACT = re.compile(
    r"\W*(?:\w+ ){0,2}?(approv|authori[sz]|authenticat|review|verif|accept|sign)(?:ed|ied|al|ature|ication|ance)?(?: (?:date|time|on|at|date ?(?:/|and|&) ?time))+\s*:?\s*(?:\d|[A-Z][a-z]{2}\b)",
    re.IGNORECASE,
)


def _is_day_of_act(text: str, following: str) -> bool:
    """Whether the line below one that says who acted gives the day of that act, such as: Approved date: 3/4/2024."""
    act, day = _ACT_BY.match(text), _DAY_OF_ACT.match(following)
    return act is not None and day is not None and act[1].lower() == day[1].lower() and not people_in(following)


def _line_above(lines: Sequence[Line], number: int) -> Line | None:
    """The line above one of a scanned page without the day between them, which a pen wrote at the right end of its line."""
    if number > 1 and is_a_day_alone(lines[number - 1].row.text) and _is_recognized(lines[number - 1]):
        return lines[number - 2] if people_in(lines[number - 2].row.text) else lines[number - 1]
    return lines[number - 1] if number else None


def _is_recognized(line: Line) -> bool:
    return any(word.sureness < 1.0 for word in line.row.words)


def _with_title_below(
    part: Placed, following: Line, staff: Mapping[str, str], signing: Signing, day_first: bool
) -> SignatureFound | None:
    """A signature of a person whose role is known by the title alone on the next line."""
    title = following.row.text
    if len(title) > _LONGEST_TITLE or people_in(title) or not has_title(title) or len(people_in(part.text)) != 1:
        return None
    return signature_of(joined([part, placed(following.row.words, following.page)]), staff, signing, day_first)


_LONGEST_TITLE = 60


def _goes_with(above: Line, part: Placed, signing: Signing) -> bool:
    """Whether a signature begins on the line above: with words that announce it, or with the name as printed or written."""
    return (
        _announces_a_signer(above.row.text, signing)
        or _is_signed_above(above.row.text, part.text, signing)
        or _is_written_above(above.row.text, part.text)
        or _is_written_below(above.row.text, part.text)
    )


def _is_written_below(above: str, text: str) -> bool:
    """Whether a line is a name and a day, written by hand below the same name as it is printed with credentials."""
    printed, people = people_in(above), people_in(text)
    return (
        len(people) == len(printed) == 1
        and bool(printed[0].credentials)
        and len(above) <= _LONGEST_SIGNER
        and not any(True for _ in dates_in(above))
        and any(True for _ in dates_in(text))
        and is_name_alone(text)
        and surname_of(people[0].name) == surname_of(printed[0].name)
    )


def _is_signed_above(above: str, text: str, signing: Signing) -> bool:
    """Whether a line is a printed name, and the one above says that the same person acted, with the day."""
    people, printed = people_in(above), people_in(text)
    return (
        len(people) == len(printed) == 1
        and not people[0].credentials
        and bool(printed[0].credentials)
        and is_name_alone(text)
        and any(True for _ in dates_in(above))
        and signing.has_act(above[: people[0].start])
        and surname_of(people[0].name) == surname_of(printed[0].name)
    )


def _is_written_above(above: str, text: str) -> bool:
    """Whether a line is a name alone, written by hand above the same name as it is printed."""
    people, printed = people_in(above), people_in(text)
    if not people and len(printed) == 1 and printed[0].credentials and is_name_alone(text):
        day = next(dates_in(above), None)
        hand = above[: day.start].strip() if day is not None and is_a_day_alone(above[day.start :]) else ""
        return is_name_by_hand(hand, printed[0], is_recognized=False)
    return (
        len(people) == len(printed) == 1
        and not people[0].credentials
        and bool(printed[0].credentials or has_title(text[printed[0].stop :]))
        and is_name_alone(_LABEL_OF_A_DAY.sub(" ", _without_role(above)))
        and surname_of(people[0].name) == surname_of(printed[0].name)
    )


def _without_role(text: str) -> str:
    """A line without the role before its colon that says who is to sign on it, such as: MD: A. Winter."""
    return _ROLE_BEFORE.sub("", text)


_LABEL_OF_A_DAY = re.compile(r"\bdate(?: signed)?\s*:?\s*(?=\d)", re.IGNORECASE)
_ROLE_BEFORE = re.compile(
    r"^\W*(?:m\.?d\.?|physician|radiation oncologist|oncologist|attending|physicist|medical physicist|dosimetrist|planner|therapist|signature|signed)(?:'s)?(?: signature)?\s*(?::\s*|\.\s+)",
    re.IGNORECASE,
)


def _written(lines: Sequence[Line], count: int) -> Sequence[Line]:
    """The first lines that hold a letter or a digit, without those that are drawn."""
    return [line for line in lines[: count + 2] if re.search(r"[^\W_]", line.row.text)][:count]


_ATTESTS = re.compile(
    r"^\W*(?:attestation\W+|attending\W+)?I (?:have |also |was |had |personally |independently )*"
    r"(?:agree|concur|attest|certify|present|saw|seen|reviewed|examined|evaluated|confirm|supervised|performed|discussed|participated)\b",
    re.IGNORECASE,
)


def _may_be_wrapped(found: SignatureFound | None, text: str) -> bool:
    """Whether the end of a signature may stand on the line that goes on with this one."""
    return found.signed_on is None if found is not None else bool(_ATTESTS.match(text))


def _is_printed_again(text: str, found: SignatureFound) -> bool:
    """Whether a line is no more than the printed name of the person who signed above it."""
    people = people_in(text)
    same = [person for person in people if person.credentials and person.surname == surname_of(found.signer)]
    return len(people) == len(same) == 1 and not re.search(r"\w", text[: same[0].start] + text[same[0].stop :])


def _is_printed_with_its_day(text: str, found: SignatureFound) -> bool:
    """Whether a line is the printed name of the person whose hand is above it, with the day and nothing else."""
    people = people_in(text)
    is_same = len(people) == 1 and bool(people[0].credentials) and people[0].surname == surname_of(found.signer)
    return is_same and not found.credentials and is_name_alone(text)


_OF_A_CERTIFICATE = re.compile(
    r"^\W*(?:(?:DN|Reason|Location|Contact)\s*[:=]|(?=[A-F\d]*\d)[A-F\d]{8,}(?:\.{3}|…)?\W*$)"
)
_DATE_OF_A_CERTIFICATE = re.compile(r"\W*Date:\s*\d{4}\.\d\d\.\d\d \d\d:\d\d:\d\d(?: ?[-+]\d\d'\d\d')?\W*")
_BLOCK_DATE = re.compile(
    r"^\W*(?:[^\d:]{3,50}\s)?(?:co-?)?(?:e-?)?(?:counter)?(?:electronically )?(?:signed|authenticated|approved)\b",
    re.IGNORECASE,
)


def _of_block(
    found: SignatureFound, following: Sequence[Line], staff: Mapping[str, str], signing: Signing, day_first: bool
) -> SignatureFound:
    """A signature whose title and day stand on lines of their own below the name."""
    titles: list[str] = []
    for line in following:
        text = line.row.text
        if _OF_A_CERTIFICATE.match(text) or NUMBER_OF_A_SIGNER.match(text) or _is_printed_again(text, found):
            continue
        day = next(dates_in(text, day_first=day_first), None)
        if day is not None and _is_printed_with_its_day(text, found):
            return found._replace(signed_on=day.day)
        if day is not None:
            day = _day_of_signing_behind(text, day_first) or day
            below_titles = is_a_day_alone(text) and not any(signing.other_words(title) for title in titles)
            says_signed = _BLOCK_DATE.match(text) or _day_of_signing_behind(text, day_first) is not None
            if not (says_signed or _DATE_OF_A_CERTIFICATE.fullmatch(text) or below_titles) or any(
                person.credentials for person in people_in(text)
            ):
                return found
            people = people_in(f"{found.signer}, {found.credentials}")
            role = role_of(people[0], " ".join(titles), staff) if people and titles else found.role
            return found._replace(role=role or found.role, signed_on=day.day)
        if len(text) > 60 or any(person.credentials for person in people_in(text)) or signing.is_no_signature(text):
            return found
        titles.append(text)
    return found


_SIGNED_BEFORE = re.compile(
    r"\b(?<!not )(?:co-?)?(?:signed|authenticated|approved)(?: (?:on|at|electronically))*\W{1,3}$", re.IGNORECASE
)


def _day_of_signing_behind(text: str, day_first: bool) -> FoundDate | None:
    """The day right behind a word of signing, such as the second one of: Dictated 3/4/2024, reviewed and signed 3/5/2024."""
    days = dates_in(text, day_first=day_first)
    return next((day for day in days if _SIGNED_BEFORE.search(text[: day.start])), None)


_SIGNED_ALONE = re.compile(
    r"^\W*(?:this (?:letter|note|document|report|record|order|form|entry) (?:was|has been|is) )?(?:(?:electronically |e-?\s?|digitally )(?:(?:co-?|counter-?)?signed|authenticated|approved)|signed (?:electronically|digitally))(?: (?:and authenticated|on|at|by)){0,2}\W*(?:\d|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? \d)",
    re.IGNORECASE,
)


def _says_when_signed(text: str) -> bool:
    return _SIGNED_ALONE.match(text) is not None or is_a_day_of_signing(text)


_PLAINLY_SIGNED = re.compile(
    r"\W*(?:date )?(?:co-?|counter-?)?signed(?: on)?\W{0,2}\d[\d/.,: -]{5,24}(?:[ap]\.?m\.?)?(?: [A-Z]{2,4})?\W*",
    re.IGNORECASE,
)


def _is_dated_further(lines: Sequence[Line], number: int) -> bool:
    """Whether the line above a day of signing holds a day too, which may be of another act."""
    return any(True for _ in dates_in(lines[number - 1].row.text))


_SIGNED_WORDS = re.compile(
    r"^\W*(?:electronically |digitally |e-?\s?)(?:signed|authenticated|approved|signature)(?: by)?\W*$", re.IGNORECASE
)
_LONGEST_ANNOUNCEMENT = 7


def _announces_a_signer(text: str, signing: Signing) -> bool:
    """Whether a line says no more than that the person named on the next one signed, such as: Attested by."""
    if _SIGNED_WORDS.match(text):
        return True
    ends = re.search(r"\bby\s*:?\s*$|\bsignature\s*:\s*$", text, re.IGNORECASE)
    if ends is None or len(text.split()) > _LONGEST_ANNOUNCEMENT or people_in(text) or signing.is_no_signature(text):
        return False
    return signing.word_of_signing(text) is not None


def _ends_with_a_blank(above: str, text: str) -> bool:
    """Whether a name without a day is printed below the place for a signature, such as: Signature: above Ada Winter, MD."""
    return _PLACE_OF_SIGNING.search(above) is not None and is_name_alone(text)


_PLACE_OF_SIGNING = re.compile(r"\bsignature\s*:[\s_]*(?:date\s*:[\s_]*)?(?:time\s*:[\s_]*)?$", re.IGNORECASE)


def _signers_lie_below(lines: Sequence[Line]) -> bool:
    """Whether lines that say no more than when it was signed are each followed by the signer, as record systems print.

    Where the signer precedes them, the first of them has a name above it, and the last has none below.
    """
    alone = [number for number, line in enumerate(lines) if _says_when_signed(line.row.text)]
    below = _written(lines[alone[-1] + 1 :], 1) if alone else []
    is_below = bool(below) and _is_signer_alone(below[0].row.text)
    return is_below and not (alone[0] and _is_signer_alone(lines[alone[0] - 1].row.text))


def _is_signer_alone(text: str) -> bool:
    """Whether a line begins with a person with credentials, perhaps behind a label, and holds little else and no day."""
    text = _LABEL_OF_A_SIGNER.sub("", text)
    people = people_in(text)
    is_short = len(text) <= _LONGEST_SIGNER and not any(True for _ in dates_in(text))
    return is_short and bool(people) and bool(people[0].credentials) and not re.search(r"\w", text[: people[0].start])


_LONGEST_SIGNER = 70
_LABEL_OF_A_SIGNER = re.compile(
    r"^\W*(?:(?:(?:treating|attending|responsible) )?(?:provider|author|physician|clinician|practitioner|attending|physicist)\s*:|dictated by\s*:?)\s*",
    re.IGNORECASE,
)  # as record systems print above the day on which the person signed


_POSITION = re.compile(
    r"\W*(?:(?:assistant|associate|adjunct|clinical|vice|deputy|executive|medical|section|division|department) )*"
    r"(?:professor|chair(?:man|woman|person)?|director|chief|head)\b(?! [A-Z]\.)",
    re.IGNORECASE,
)  # capitals that read as a name, such as: Professor and Vice Chair


def _signed_beside(
    near: Sequence[Line], part: Placed, staff: Mapping[str, str], signing: Signing, day_first: bool
) -> SignatureFound | None:
    """A signature whose name is above or below the words that say when it was signed, perhaps with a title between."""
    near = [line for line in near if OF_A_TYPIST.match(line.row.text) is None]
    named_on = (at for at, line in enumerate(near) if people_in(line.row.text) and not _POSITION.match(line.row.text))
    at = max(named_on, default=None)
    if at is None:
        return None
    named, between = near[at], near[at + 1 :]
    if any(len(line.row.text) > 60 or any(True for _ in dates_in(line.row.text)) for line in between):
        return None
    titles = " ".join(line.row.text for line in between)
    people = [person for person in people_in(named.row.text) if person.credentials]
    if people and not re.search(r"\w", named.row.text[people[-1].stop :]):
        people = people[-1:]  # the others of the line sign on it
    day = next(dates_in(part.text, day_first=day_first), None)
    if (
        len(people) != 1
        or day is None
        or signing.is_no_signature(_LABEL_OF_A_SIGNER.sub("", closing_sentence(named.row.text, people[0])))
    ):
        return None
    role = role_of(people[0], f"{title_behind(named.row.text, people[0])} {titles}", staff)
    whole = joined([placed(named.row.words, named.page), part])
    if not role:
        return None
    signer, credentials = people[0].name, people[0].credentials_as_written
    return SignatureFound(role, signer, credentials, day.day, whole, 0.95 * whole.sureness)


_DATE_BELOW = re.compile(
    r"^\W*(?:date|signed|on|date signed|date/time|date and time|signed on|sign(?:ature|ing) (?:date|time)|timestamp)?\W*(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\W+)?(?:\d|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? \d)",
    re.IGNORECASE,
)
_LONGEST_DATE_BELOW = 40
_TIME_SOURCE = re.compile(r"\W*time source\W+\w+\W*$", re.IGNORECASE)  # of a service that sends papers to be signed


def _with_date_below(found: SignatureFound, following: Line, day_first: bool) -> SignatureFound:
    text = following.row.text
    if text[:1].islower() and len(text) <= 70 and not people_in(text):
        day = next(dates_in(text, day_first=day_first), None)
        return found._replace(signed_on=day.day) if day else found
    if (
        len(TIME_OF_DAY.sub("", _TIME_SOURCE.sub("", text))) > _LONGEST_DATE_BELOW
        or not _DATE_BELOW.search(text)
        or people_in(text)
    ):
        return found
    day = next(dates_in(text, day_first=day_first), None)
    return found._replace(signed_on=day.day) if day else found


def _with_date_above(found: SignatureFound, above: Line, day_first: bool, *, of_any_line: bool) -> SignatureFound:
    """The signature with a day and a time that are alone on the line above it, as at the right end of its line.

    `of_any_line`: the day alone too, as between a name written by hand and the same as it is printed.
    """
    day = next(dates_in(above.row.text, day_first=day_first), None)
    if day is None or "date" in above.row.text.lower():
        return found
    if not of_any_line and not re.search(r"\d", above.row.text[day.stop :]):
        return found
    return found._replace(signed_on=day.day)
