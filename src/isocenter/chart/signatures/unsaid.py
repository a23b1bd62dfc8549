"""What unsays a signature: words above or below a name by which nobody signed, or by which others only acknowledge."""

import re
from collections.abc import Iterator, Sequence

from isocenter.chart.grammar.signing import Signing
from isocenter.chart.pages.blocks import Line
from isocenter.chart.pages.layout import Cell
from isocenter.chart.pages.placed import Placed
from isocenter.chart.papers.paper_days import is_a_day_alone
from isocenter.chart.papers.paper_ends import is_name_alone
from isocenter.chart.signatures.answers_beside_names import REFUSING_DECISION
from isocenter.chart.signatures.signature_of_text import SignatureFound
from isocenter.chart.words.dates import dates_in
from isocenter.chart.words.people import Person, has_title, people_in, surname_of


def is_unsaid(lines: Sequence[Line], number: int, part: Placed, found: SignatureFound, signing: Signing) -> bool:
    """Whether the line above or below a typed name, or the heading of its list, says that it is no signature."""
    above = lines[number - 1].row.text if number else ""
    following = lines[number + 1].row.text if number + 1 < len(lines) else ""
    return (
        _unsays(following, found)
        or _is_below_an_empty_line(lines, number, part, signing)
        or _is_printed_below_an_empty_place(lines, number, part)
        or _is_above_an_empty_line(lines, number)
        or (_DENIED.match(above) is not None and signing.word_of_signing(part.text) is None)
        or _STILL_TO_BE_DONE.match(above) is not None
        or _is_below_acknowledgments(lines, number)
    )


def lists_above_a_day(lines: Sequence[Line]) -> Iterator[int]:
    """The lines of lists that name who worked, each behind a title, above the one day of the form: no one signs there."""
    run: list[int] = []
    for number, line in enumerate(lines):
        text = line.row.text
        if _TITLE_AND_NAME.match(text) and len(people_in(text)) == 1 and not any(True for _ in dates_in(text)):
            run = run if any(word.script or word.sureness < 1.0 for word in line.row.words) else [*run, number]
            continue
        if len(run) > 1 and is_a_day_alone(text) and _CLOCK.search(text) is None:
            yield from run
        run = []


_FEWEST_CELLS = 3
_STATE_OF_SIGNING = re.compile(
    r"\W*(?:(?:electronically|digitally|e)[ -]?)?(?:co-?|counter-?)?(?:signed|attested|authenticated|approved)\W*",
    re.IGNORECASE,
)

_ACT_OF_A_SIGNER = re.compile(
    r"sign|attest|authenticat|approv|review|verif|accept|check|complet|perform|agree|concur|final", re.IGNORECASE
)


def rows_of_other_states(lines: Sequence[Line]) -> set[int]:
    """The rows of lists of people whose state is another than the one of those who signed, such as: Read, or Acknowledged.

    The rows name one person each, and in one column of some of them stands no more than Signed.
    """
    found: set[int] = set()
    run: list[int] = []
    for number, line in enumerate([*lines, None]):
        cells = line.row.cells if line is not None else ()
        people = [one for cell in cells for one in people_in(cell.text) if one.credentials]
        if len(cells) >= _FEWEST_CELLS and len(people) == 1 and (not run or len(lines[run[0]].row.cells) == len(cells)):
            run.append(number)
            continue
        found |= _of_other_states([(at, lines[at].row.cells) for at in run])
        run = []
    return found


def _of_other_states(rows: Sequence[tuple[int, Sequence[Cell]]]) -> set[int]:
    for column in range(len(rows[0][1]) if rows else 0):
        texts = {number: cells[column].text for number, cells in rows}
        if any(_STATE_OF_SIGNING.fullmatch(text) for text in texts.values()):
            return {number for number, text in texts.items() if _ACT_OF_A_SIGNER.search(text) is None}
    return set()


_CLOCK = re.compile(r"\b\d{1,2}:\d{2}\b")
_TITLE_AND_NAME = re.compile(
    r"\W*(?:[A-Za-z]+ )?(?:physician|oncologist|attending|md|physicist|dosimetrist|planner|therapist|nurse|resident)s?\s*:\s*[A-Z]",
    re.IGNORECASE,
)
_LINE_LEFT_EMPTY = re.compile(r"\W*X?\s*_{5,}\W*|X")


def _is_below_an_empty_line(lines: Sequence[Line], number: int, part: Placed, signing: Signing) -> bool:
    """Whether a typed name with no word of signing is below a line on which nobody has written."""
    if not number or _LINE_LEFT_EMPTY.fullmatch(lines[number - 1].row.text) is None:
        return False
    near = [word for line in lines[max(number - 2, 0) : number] for word in line.row.words]
    by_hand = any(word.script or word.sureness < 1.0 for word in [*near, *(word for _, _, word, _ in part.words)])
    return not by_hand and signing.word_of_signing(part.text) is None and not signing.has_act(part.text)


def _is_above_an_empty_line(lines: Sequence[Line], number: int) -> bool:
    """Whether a name typed alone, perhaps with its title below, is above a line on which nobody has written."""
    line = lines[number]
    if not is_name_alone(line.row.text) or any(True for _ in dates_in(line.row.text)):
        return False
    below = number + 1
    if below < len(lines) and has_title(lines[below].row.text) and not people_in(lines[below].row.text):
        below += 1
    if below >= len(lines) or not re.fullmatch(r"\W*X?\s*_{5,}\W*", lines[below].row.text):
        return False
    near = lines[max(number - 1, 0) : below + 1]
    return not any(word.script or word.sureness < 1.0 for one in near for word in one.row.words)


_PLACE_OF_A_PEN = re.compile(
    r"\W*(?:(?:(?!electronic|digital)[A-Za-z]+ ){0,2}(?:'s )?)?(?:hand)?signature\s*:[\s_]*(?:date\s*:[\s_]*)?",
    re.IGNORECASE,
)
_PRINTED_NAME = re.compile(
    r"\W*(?:[A-Za-z]+(?:'s)? )?(?:print(?:ed)? )?name(?: printed| \(print(?:ed)?\))?\s*:", re.IGNORECASE
)


def _is_printed_below_an_empty_place(lines: Sequence[Line], number: int, part: Placed) -> bool:
    """Whether a typed name behind the label of the name is below a place for a signature in which nobody has written."""
    words = [word for _, _, word, _ in part.words]
    return (
        number > 0
        and _PLACE_OF_A_PEN.fullmatch(lines[number - 1].row.text) is not None
        and _PRINTED_NAME.match(part.text) is not None
        and not any(word.script or word.sureness < 1.0 for word in [*lines[number - 1].row.words, *words])
    )


_EMPTY_DAY_OF_SIGNING = re.compile(
    r"\W*(?:(?:date|time)(?: and time)? signed|sign(?:ed|ature|ing)? (?:on|date|at))\s*:?[\W_]*", re.IGNORECASE
)
_NAMED_ON_FILE = re.compile(r":\s*(?:[A-Z]\.|[A-Z][a-z]+)\s+([A-Z][a-z]{2,})\b")


def _unsays(following: str, found: SignatureFound) -> bool:
    """Whether the line below a name says that it is no signature; of another person it says nothing about this one."""
    if found.signed_on is None and _EMPTY_DAY_OF_SIGNING.fullmatch(following):
        return True
    if found.signed_on is not None and _OF_ANOTHER_SIGNER.match(following):
        return False
    if any(person.surname != surname_of(found.signer) for person in people_in(following) if _is_whole(person)):
        return False
    named = _NAMED_ON_FILE.search(following)
    return (named is None or named[1].lower() == surname_of(found.signer)) and bool(_DENIED.match(following))


def _is_whole(person: Person) -> bool:
    return bool(person.credentials) or person.is_doctor


_OF_ANOTHER_SIGNER = re.compile(
    r"\W*(?:not (?:yet )?signed|unsigned|pending)(?: by)?\W{1,3}(?:the )?(?:physics|physicist|dosimetr\w+|nurs\w+|therapists?|rtt|resident|attending|physician)\b",
    re.IGNORECASE,
)  # such as: Not signed: physics
_STILL_TO_BE_DONE = re.compile(
    r"\W*(?:to be|(?:must|should|will|can) be|for|needs?|requires?|awaiting|waiting for|ready for)\b.{0,40}\b(?:approv|review|sign|check|verif|accept)\w*(?: (?:of|by|from))?\W*$",
    re.IGNORECASE,
)  # above the name of whoever is to do it
_DENIED = re.compile(
    rf"\W*{REFUSING_DECISION}"
    r"|\W*(?:(?:dictated|typed|transcribed)\b[^.;:]{0,25}\bnot|signature (?:stamp|pending|on (?:file|original|paper|chart|hard copy))|original signed|draft|not (?:yet )?(?:electronically )?signed|unsigned|status:? (?:draft|unsigned|pending))\b",
    re.IGNORECASE,
)


def _is_below_acknowledgments(lines: Sequence[Line], number: int) -> bool:
    """Whether a line is one of those below a heading by which others only acknowledge, receive a copy or are present."""
    for line in reversed(lines[max(number - _MOST_ACKNOWLEDGMENTS, 0) : number]):
        if _ACKNOWLEDGED.match(line.row.text):
            return True
        text = line.row.text
        if not people_in(text) and not has_title(text) and not is_a_day_alone(text):
            return False
    return False


_MOST_ACKNOWLEDGMENTS = 8
_ACKNOWLEDGED = re.compile(
    r"\W*(?:(?:receipt|result|order)s? acknowledged(?: by)?|cc(?: list| to)?|carbon cop(?:y|ies)|cop(?:y|ies)(?: sent)?(?: to)?"
    r"|distribution(?: list)?|recipients?|notified|informed|paged|(?:sent|mailed|e-?mailed|faxed)(?: to)?|rout(?:ed to|ing)|care team|present|in attendance|attendees|attendance|participants"
    r"|(?:peer review |chart rounds? )?sign-?in(?: sheet)?)\W*(?:(?:date|time|on)\W*){0,2}$",
    re.IGNORECASE,
)  # also of those to whom a paper was sent, and of those who were there
