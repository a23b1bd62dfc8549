"""Signature blocks: names written by hand in a row, the printed names below them, then titles and days, by column."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from isocenter.chart.grammar.signing import Signing
from isocenter.chart.pages.blocks import Line
from isocenter.chart.pages.layout import Cell, Row
from isocenter.chart.pages.placed import Placed, joined, placed
from isocenter.chart.papers.paper_days import is_a_day_alone
from isocenter.chart.signatures.signature_of_text import SignatureFound, is_name_by_hand, is_of_another_act
from isocenter.chart.words.dates import dates_in
from isocenter.chart.words.people import Person, people_in, role_of

_ROWS_BELOW = 4  # printed name, department, title, day
_LONGEST_HAND, _LONGEST_TITLE, _LONGEST_BEHIND = 26, 42, 30
_SURENESS = 0.92
_HAND = re.compile(r"^[A-Z][\w.'’-]*(?: ?[A-Z][\w'’-]+){0,2}$")
_YEAR = re.compile(r"^(?:19|20)\d\d$")


class ColumnsSigned(NamedTuple):
    """The signatures of a block, each with its line; and the numbers of all lines that the block takes up."""

    signatures: list[tuple[int, SignatureFound]]
    lines: set[int]


def signed_columns(
    lines: Sequence[Line], staff: Mapping[str, str], signing: Signing, *, day_first: bool
) -> ColumnsSigned:
    """The signatures of blocks in which a handwritten name is above the printed name of its column, with a day below.

    A column without a handwritten name of its own, with another person's, or that says nobody signed, gives none.
    """
    found = ColumnsSigned([], set())
    for number in range(len(lines) - 1):
        if number in found.lines:
            continue
        labelled = list(_signed_above_labels(lines[number], lines[number + 1], staff, signing, day_first=day_first))
        if labelled:
            found.signatures.extend((number + 1, signature) for signature in labelled)
            found.lines.update((number, number + 1))
            continue
        if _are_printed(lines[number].row):
            below = list(_below(lines, number + 1))
            signed = list(_signed_below(lines[number], below, staff, signing, day_first=day_first))
            found.signatures.extend((number, signature) for signature in signed)
            found.lines.update(range(number, number + 1 + len(below)) if signed else ())
            continue
        if not _are_hands(lines[number].row):
            continue
        printed = {at: person for at, cell in enumerate(lines[number + 1].row.cells) if (person := _printed(cell))}
        below = list(_below(lines, number + 2))
        block = [
            signature
            for at, person in printed.items()
            if (signature := _of_column(lines, number, at, person, below, staff, signing, day_first))
        ]
        if block:
            found.signatures.extend((number + 1, signature) for signature in block)
            found.lines.update(range(number, number + 2 + len(below)))
    return found


_LABEL_OF_A_DAY = re.compile(r"\W*date(?: signed| ?[/&] ?time)?[\W_]*", re.IGNORECASE)


def _signed_above_labels(
    written: Line, labels: Line, staff: Mapping[str, str], signing: Signing, *, day_first: bool
) -> Iterator[SignatureFound]:
    """The signatures above the printed name of each person and the word Date beside it, as on the lines of a form.

    Above the name something must be written: what a pen left on a scanned page, however it was recognized, else the name.
    """
    for at, cell in enumerate(labels.row.cells[:-1]):
        person = _printed(cell) if _LABEL_OF_A_DAY.fullmatch(labels.row.cells[at + 1].text) else None
        hand, dated = (_cell_above(written.row, labels.row, n) for n in (at, at + 1))
        if person is None or hand is None or dated is None or not is_a_day_alone(dated.text):
            continue
        is_recognized = any(word.sureness < 1.0 for word in hand.words)
        is_written = is_recognized or any(word.script for word in hand.words) or _names(hand, person)
        is_mark = len(hand.text) <= _LONGEST_HAND and ":" not in hand.text and re.search(r"[^\W_]", hand.text)
        role = role_of(person, cell.text[person.stop :], staff)
        if not is_written or not is_mark or not role or signing.is_no_signature(f"{hand.text} {dated.text}"):
            continue
        day = next(dates_in(dated.text, day_first=day_first)).day
        whole = joined([placed((*hand.words, *dated.words), written.page), placed(cell.words, labels.page)])
        signer, credentials = person.name, person.credentials_as_written
        yield SignatureFound(role, signer, credentials, day, whole, _SURENESS * whole.sureness)


def _cell_above(row: Row, labels: Row, at: int) -> Cell | None:
    """The cell above a label: by its number where both rows hold as many, for a pen keeps to no column."""
    return row.cells[at] if len(row.cells) == len(labels.cells) else _cell_of_column(row, labels, at)


def _names(hand: Cell, person: Person) -> bool:
    """Whether a cell is the name of a person as a pen writes it."""
    return person.surname in hand.text.lower() or is_name_by_hand(
        "".join(hand.text.split()), person, is_recognized=False
    )


def _are_printed(row: Row) -> bool:
    """Whether a row holds the printed names of several people side by side and nothing else."""
    return len(row.cells) > 1 and all(_printed(cell) is not None for cell in row.cells)


def _signed_below(
    names: Line, below: Sequence[Line], staff: Mapping[str, str], signing: Signing, *, day_first: bool
) -> Iterator[SignatureFound]:
    """The signatures of people side by side of whom each has a word of signing and a day in the same column below."""
    for at, name in enumerate(names.row.cells):
        person = _printed(name)
        cells = [(line, cell) for line in below if (cell := _cell_of_column(line.row, names.row, at)) is not None]
        text = " ".join(cell.text for _, cell in cells)
        day = next((d for d in dates_in(text, day_first=day_first) if not is_of_another_act(text[: d.start])), None)
        if person is None or day is None or signing.word_of_signing(text) is None or signing.is_no_signature(text):
            continue
        role = role_of(person, f"{name.text[person.stop :]} {text}", staff)
        where = [placed(name.words, names.page), *(placed(cell.words, line.page) for line, cell in cells)]
        if role:
            whole = joined(where)
            sureness = _SURENESS * whole.sureness
            yield SignatureFound(role, person.name, person.credentials_as_written, day.day, whole, sureness)


def _are_hands(row: Row) -> bool:
    """Whether every cell of a row may be a name as a pen writes it: an initial and a last name, or both run together."""
    return all(len(cell.text) <= _LONGEST_HAND and _HAND.match(_without_proxy(cell.text)) for cell in row.cells)


_PROXY = re.compile(r"^(?:p\.\s?p\.|pp|for|per)\s+", re.IGNORECASE)


def _without_proxy(text: str) -> str:
    return _PROXY.sub("", text)


def _printed(cell: Cell) -> Person | None:
    """The one person with credentials that a cell names, with a title behind at most."""
    people = people_in(cell.text)
    if len(people) != 1 or not people[0].credentials:
        return None
    before = cell.text[: people[0].start]
    is_misread = any(word.sureness < 1.0 for word in cell.words) and _FIRST_NAME_MISREAD.fullmatch(before)
    if re.search(r"\w", before) and not is_misread:
        return None
    return people[0] if len(cell.text) - people[0].stop <= _LONGEST_BEHIND else None


_FIRST_NAME_MISREAD = re.compile(r"l[a-z]+ ")  # with I taken for l on a scanned page


def _below(lines: Sequence[Line], start: int) -> Iterator[Line]:
    """The lines of titles and days below the printed names, up to the first with a day."""
    for line in lines[start : start + _ROWS_BELOW]:
        cells = line.row.cells
        if any(len(cell.text) > _LONGEST_TITLE or people_in_with_credentials(cell.text) for cell in cells):
            return
        yield line
        if any(True for cell in cells for _ in dates_in(cell.text)):
            return


def people_in_with_credentials(text: str) -> bool:
    """Whether a text names a person with credentials."""
    return any(person.credentials for person in people_in(text))


def _of_column(
    lines: Sequence[Line],
    number: int,
    at: int,
    person: Person,
    below: Sequence[Line],
    staff: Mapping[str, str],
    signing: Signing,
    day_first: bool,
) -> SignatureFound | None:
    hands, names = lines[number].row, lines[number + 1].row
    hand = _cell_of_column(hands, names, at)
    if hand is None or _PROXY.match(hand.text):
        return None
    is_recognized = any(word.sureness < 1.0 for word in hand.words)
    if not is_name_by_hand("".join(hand.text.split()), person, is_recognized=is_recognized):
        return None
    cells = [(line, cell) for line in below if (cell := _cell_of_column(line.row, names, at)) is not None]
    text = " ".join(cell.text for _, cell in cells)
    day = next((d for d in dates_in(text, day_first=day_first) if not is_of_another_act(text[: d.start])), None)
    if day is None or signing.is_no_signature(text):
        return None
    role = role_of(person, f"{names.cells[at].text[person.stop :]} {text}", staff)
    if not role:
        return None
    whole = joined(
        [
            placed(hand.words, lines[number].page),
            placed(names.cells[at].words, lines[number + 1].page),
            *(placed(cell.words, line.page) for line, cell in cells),
        ]
    )
    return SignatureFound(role, person.name, person.credentials_as_written, day.day, whole, _SURENESS * whole.sureness)


def _cell_of_column(row: Row, names: Row, at: int) -> Cell | None:
    """The cell of a row that is in the column of the printed name, by where the columns begin."""
    lefts = [cell.box.left for cell in names.cells]
    for cell in row.cells:
        middle = (cell.box.left + cell.box.right) / 2
        column = max((n for n, left in enumerate(lefts) if left <= middle), default=0)
        if column == at:
            return cell
    return None


def _is_a_letterhead(text: str) -> bool:
    """Whether a text names several people of a practice and says nothing else, as above the day of a letter."""
    people = [person for person in people_in(text) if person.credentials]
    between = [text[one.stop : other.start] for one, other in pairwise(people)]
    return bool(between) and not re.search(
        r"[^\W_]", "".join([text[: people[0].start], *between, text[people[-1].stop :]])
    )


def with_day_below(part: Placed, following: Line | None) -> Placed:
    """A part of a line with the rest of its day, where the line below holds nothing but days or years of its cells."""
    if following is None or not part.words or _is_a_letterhead(part.text):
        return part
    cells = following.row.cells
    if len(cells) > 1 and is_a_day_alone(following.row.text):
        return joined([part, placed(following.row.words, following.page)])
    cells = tuple(
        cell for cell in cells if not _LABEL_OF_A_DAY.fullmatch(cell.text)
    )  # without a day that was left empty
    if not all(_YEAR.match(cell.text) or is_a_day_alone(cell.text) for cell in cells):
        return part
    left, right = part.box().left, part.box().right
    under = [cell for cell in cells if left <= (cell.box.left + cell.box.right) / 2 <= right]
    return joined([part, placed(under[0].words, following.page)]) if len(under) == 1 else part
