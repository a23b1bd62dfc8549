"""Signatures of which one line holds a part, and a line near it the name, the title or the day."""

import re
from collections.abc import Mapping, Sequence

from isocenter.chart.grammar.signing import Signing
from isocenter.chart.pages.blocks import Line
from isocenter.chart.pages.placed import Placed, joined, placed
from isocenter.chart.papers.paper_days import is_a_day_alone, is_a_day_of_signing
from isocenter.chart.papers.paper_ends import OF_A_TYPIST
from isocenter.chart.signatures.signature_of_text import SignatureFound, closing_sentence, signature_of, title_behind
from isocenter.chart.words.dates import dates_in
from isocenter.chart.words.people import has_title, people_in, role_of


def with_lines_near(
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


def _with_title_below(
    part: Placed, following: Line, staff: Mapping[str, str], signing: Signing, day_first: bool
) -> SignatureFound | None:
    """A signature of a person whose role is known by the title alone on the next line."""
    title = following.row.text
    if len(title) > _LONGEST_TITLE or people_in(title) or not has_title(title) or len(people_in(part.text)) != 1:
        return None
    return signature_of(joined([part, placed(following.row.words, following.page)]), staff, signing, day_first)


_LONGEST_TITLE = 60


def _written(lines: Sequence[Line], count: int) -> Sequence[Line]:
    """The first lines that hold a letter or a digit, without those that are drawn."""
    return [line for line in lines[: count + 2] if re.search(r"[^\W_]", line.row.text)][:count]


_SIGNED_ALONE = re.compile(
    r"^\W*(?:this (?:letter|note|document|report|record|order|form|entry) (?:was|has been|is) )?(?:(?:electronically |e-?\s?|digitally )(?:(?:co-?|counter-?)?signed|authenticated|approved)|signed (?:electronically|digitally))(?: (?:and authenticated|on|at|by)){0,2}\W*(?:\d|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? \d)",
    re.IGNORECASE,
)


def _says_when_signed(text: str) -> bool:
    return _SIGNED_ALONE.match(text) is not None or is_a_day_of_signing(text)


_PLAINLY_SIGNED = re.compile(
    r"\W*(?:(?:date )?(?:co-?|counter-?)?signed(?: on)?|(?:signed|signing|signature|authentication) date(?:(?: ?/ ?| and )time)?)\W{0,2}\d[\d/.,: -]{5,24}(?:[ap]\.?m\.?)?(?: [A-Z]{2,4})?\W*",
    re.IGNORECASE,
)


def _is_dated_further(lines: Sequence[Line], number: int) -> bool:
    """Whether the line above a day of signing holds a day too, which may be of another act."""
    return any(True for _ in dates_in(lines[number - 1].row.text))


def signers_lie_below(lines: Sequence[Line]) -> bool:
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
    is_short = len(text) <= LONGEST_SIGNER and not any(True for _ in dates_in(text))
    return is_short and bool(people) and bool(people[0].credentials) and not re.search(r"\w", text[: people[0].start])


LONGEST_SIGNER = 70


_LABEL_OF_A_SIGNER = re.compile(
    r"^\W*(?:(?:(?:treating|attending|responsible) )?(?:provider|author|signer|physician|clinician|practitioner|attending|physicist)\s*:|dictated by\s*:?)\s*",
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
