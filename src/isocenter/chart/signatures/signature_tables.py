"""Signatures in tables: rows that say who did what and when, columns of signers, and the cell of a log that is signed."""

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from isocenter.chart.grammar.signing import Signing
from isocenter.chart.pages.blocks import Line
from isocenter.chart.pages.layout import Cell, Row
from isocenter.chart.pages.placed import Placed, joined, placed
from isocenter.chart.papers.state_words import without_ended_state
from isocenter.chart.signatures.signature_cells import SURENESS, SignatureCell, names_a_role
from isocenter.chart.signatures.signature_columns import ColumnsSigned
from isocenter.chart.signatures.signature_of_text import (
    SignatureFound,
    is_of_another_act,
    signature_of,
)
from isocenter.chart.words.dates import dates_in
from isocenter.chart.words.people import Person, people_in, role_of

_MOST_WORDS_OF_A_HEAD, _LONGEST_CELL = 5, 90
_ROWS_OF_A_BLOCK = 5  # names, titles, marks of signing, days
_WHO = re.compile(
    r"(?:(?:full |printed |user ?|staff )?name(?:s| ?/ ?credentials| and credentials)?|user(?: id| name)?|by|who|person|staff(?: member)?|signer|approver|reviewer|clinician)|(?:entered|completed|done) by",
    re.IGNORECASE,
)
_WHEN = re.compile(
    r"(?:(?:sign(?:ed|ature)?|approv(?:al|ed)|completed|completion|action|event)[ -])?(?:date|time|when|day|on)(?: ?(?:/|&|and) ?time)?(?: (?:signed|approved|completed))?|(?:signed|approved|completed) (?:on|at)",
    re.IGNORECASE,
)
_WHAT = re.compile(
    r"(?:(?:status |state )?(?:action|change|transition)|status|event|task|step|activity|role|title|position|function|approval|sign-?off|type|item|outcome|decision|response|disposition)s?",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(
    r"\b(?:e-?)?(?:sign(?:ed|ature|atures|s here)?|sign-?off|authenticated|approved|attested|cosigned)\b|\be-?sig\b|\binitials?\b",
    re.IGNORECASE,
)
_STILL_TO_SIGN = re.compile(
    r"\b(?:to|needs?|needed|required?|pending|await\w*|due|not|yet|line|block|missing|open)\b", re.IGNORECASE
)  # in the heading of those whose signature is asked for
_LABEL = re.compile(r"(?:printed |full )?name|(?:e-?)?signature|signed|(?:date|time)(?: signed)?", re.IGNORECASE)
_SIGNER = re.compile(
    r"(?:(?:medical |qualified |qa |attending |treating |radiation |chief |responsible |lead |rad )?(?:physicist|physician|oncologist|attending|md|dosimetrist|planner|therapists?|rtt|nurse|rn|resident|onc)(?: (?:review|approval|check|name))?"
    r"|(?:plan |physics |chart |second |final |independent )*(?:(?:plann|review|perform|check|prepar|approv|verifi|measur|calculat|sign|cosign|authenticat|complet|accept|authori[sz]|releas|validat|simulat)ed by|(?:plann|perform|prepar|review|check|verifi|accept)ed|physics (?:check|review|approval)|physician (?:review|approval)|check by|physics|dosimetry|planning))",
    re.IGNORECASE,
)
_ACT_THAT_SIGNS = re.compile(
    r"(?<!un)(?<!not )(?<!not yet )(?:approv(?:al|ed)|^\W*(?:approve|accept|agree)\W*$|sign(?:ed|ature|-?off)|e-?sig\b|authenticat|reviewed\b|verified\b|checked\b|finali[sz]ed|attest|locked)",
    re.IGNORECASE,
)
_STILL_TO_DO = re.compile(
    r"\b(?:to be|needs?|requires?|required|requested|awaiting|assigned|scheduled|due|ready for|sent for|for) (?:\w+ )?(?:approv|review|sign|check|verif)|\b(?:requested|required|assigned|scheduled|due|open|in progress|cancell?ed|reset|revoked|withdrawn|reverted|declined|denied|rejected|returned|refused|failed|unapproved|disapproved|removed|deleted|cleared|undone)\b",
    re.IGNORECASE,
)
_CHECK = re.compile(r"\b(?:check|review|verification|sign-?off|weekly physics|physics weekly)\b", re.IGNORECASE)
_DONE = re.compile(
    r"\b(?:plan|planning|check|review|calculation|measurement|qa|verification) (?:was |is )?(?:finished|completed?|passed|done|prepared|performed|ok|okay)\b|^\W*(?:planned|prepared|calculated|measured|performed|simulated)\W*$",
    re.IGNORECASE,
)  # an act that signs with its day
_PLANNED, _ACTUAL = re.compile(r"\W*planned\W*", re.IGNORECASE), re.compile(r"\W*actual\b", re.IGNORECASE)
_COMPLETED_BY = re.compile(r"(?:completed|done) by", re.IGNORECASE)
_NOT_SIGNED = re.compile(
    r"\W*(?:n/?a|n|none|no|due|open|pending|\W*)\W*|.*\b(?:not (?:yet )?signed|unsigned|not approved|unapproved|not verified|unverified|not authenticated|pending|awaiting|rejected|stamp\w*|on file|draft|void\w*|declined|denied|refused|returned|disapproved|revoked|withdrawn)\b.*",
    re.IGNORECASE,
)
_REFUSED = re.compile(
    r"\W*(?:not (?:yet )?(?:approved|signed|accepted|verified|reviewed|done)|unapproved|unsigned|pending|awaiting|open|outstanding"
    r"|declined|denied|refused|rejected|returned|disapproved|revoked|withdrawn|void\w*)\b",
    re.IGNORECASE,
)  # of a row, as the first word of a comment beside its name and day
_APPROVAL = re.compile(r"\W*approvals?\W*", re.IGNORECASE)
_APPROVED = re.compile(
    r"\W*(?:planning|treatment|plan|prescription|contours?|structures?|structure set|dose|external|final)\W*",
    re.IGNORECASE,
)
_ROLE_HEAD = re.compile(r"roles?|functions?|positions?", re.IGNORECASE)
_MINUTE = re.compile(r"\b\d{1,2}:\d{2}\b")
_OF_NO_SIGNATURE = re.compile(
    r"(?:last |first |date |time )*(?:viewed|seen|printed|opened|accessed|requested|routed|sent|received|notified|assigned|scheduled|due|created|queued|log(?:ged )?in|appointment|arriv(?:al|ed)|departure)(?: (?:on|at|date|time))*|time (?:in|out)|since|until",
    re.IGNORECASE,
)  # the heading of a day on which somebody signed nothing
_LIST_OF_NO_SIGNATURES = re.compile(
    r"\W*(?:record |chart |document )?(?:access|views?|viewing|print(?:ing)?|distribution|routing|log-?in)(?: (?:log|history|list|report)s?)?\W*|\W*care team\W*|\W*staff (?:present|on duty)\W*",
    re.IGNORECASE,
)  # the line above such a table
_MARK_OF_SIGNING = re.compile(r"sign|e-?sig|authenticat|/e?s/", re.IGNORECASE)
_SIGNED_BY = re.compile(r"(?:(?:electronically|digitally|e-?) ?)?(?:signed|approved|authenticated) by", re.IGNORECASE)
_OF_SIGNING = re.compile(r"sign|approv|authenticat", re.IGNORECASE)


class _Head(NamedTuple):
    """The headings of a table with what each names: who, when, what, signature, signer, or ''."""

    row: Row
    names: tuple[str, ...]

    @property
    def signing(self) -> list[int]:
        """The columns in which somebody may sign."""
        return [at for at, name in enumerate(self.names) if name in ("signature", "signer")]


def signed_tables(
    lines: Sequence[Line], staff: Mapping[str, str], signing: Signing, *, day_first: bool
) -> ColumnsSigned:
    """The signatures of tables, each with its line; and the numbers of the lines of which nothing else is to be read.

    A row of a table of approvals signs by its action or by what stands in its column of signatures. An empty cell, a name
    without a day below the title of a signer, and an action that only enters or opens something sign nothing; nor does a
    day below a heading such as Viewed or Printed, or a row of an access log.
    """
    found = ColumnsSigned([], set())
    for number, line in enumerate(lines):
        head = _head_of(line.row)
        lists_others = number > 0 and _LIST_OF_NO_SIGNATURES.fullmatch(lines[number - 1].row.text)
        if _dates_no_signature(line.row) if head is None else lists_others:
            found.lines.update(at for at, _ in _rows_below(lines, number))
            continue
        if head is None or number in found.lines:
            continue
        rows = _rows_below(lines, number)
        if _lists_documents(head, rows):
            found.lines.update(at for at, _ in rows)
            continue
        read = _Table(head, rows, staff, signing, day_first)
        found.signatures.extend(read.signatures())
        found.lines.update(read.taken)
    return found


def cells_of_signing(lines: Sequence[Line]) -> Iterator[tuple[Line, list[Cell]]]:
    """The rows of tables with the cells below the headings under which somebody signs."""
    for number, line in enumerate(lines):
        head = _head_of(line.row)
        if head is None:
            continue
        for _, row in _rows_below(lines, number):
            cells = cells_under(head.row, row.row)
            yield row, [cells[at] for at in head.signing if at in cells]


def cells_under(head: Row, row: Row) -> dict[int, Cell]:
    """The cells of a row by the number of the heading above them, -1 left of all; cells below one heading are one.

    Credentials in a column of their own are part of the name in the column before it.
    """
    lefts = [cell.box.left for cell in head.cells]
    under: dict[int, Cell] = {}
    for cell in row.cells:
        left = cell.box.left + cell.words[0].size
        at = max((n for n, edge in enumerate(lefts) if edge <= left), default=-1)
        if at - 1 in under and _CREDENTIALS.fullmatch(head.cells[at].text.strip(" :")):
            at -= 1
        under[at] = Cell((*under[at].words, *cell.words)) if at in under else cell
    return under


_CREDENTIALS = re.compile(r"(?:credential|degree|qualification|suffix)(?:s|es)?", re.IGNORECASE)


def _head_of(row: Row) -> _Head | None:
    names = tuple(_name_of(cell.text) for cell in row.cells)
    signs = sum(name in ("signature", "signer") for name in names)
    is_table_of_acts = "who" in names and "when" in names and "what" in names
    if len(names) < 2 or any(any(True for _ in dates_in(cell.text)) for cell in row.cells):
        return None
    if is_table_of_acts or signs > 1 or (signs and len(names) > signs):
        return _Head(row, names)
    return None


def _dates_no_signature(row: Row) -> bool:
    """Whether a row heads people with the days on which they viewed, printed or asked for something, and signed nothing."""
    texts = [cell.text.strip(" :") for cell in row.cells]
    return any(_name_of(text) == "who" for text in texts) and any(map(_OF_NO_SIGNATURE.fullmatch, texts))


def _lists_documents(head: _Head, rows: list[tuple[int, Line]]) -> bool:
    """Whether a table is an index of other papers, with who signed each of them."""
    at = next((at for at, cell in enumerate(head.row.cells) if _PAPER.fullmatch(cell.text.strip(" :"))), None)
    named = (
        {cells[at].text for _, line in rows if at in (cells := cells_under(head.row, line.row))}
        if at is not None
        else ()
    )
    return len(named) > 1


_PAPER = re.compile(
    r"(?:documents?|notes?|papers?|reports?|forms?)(?: (?:type|name|title))?|(?:title|name|type) of (?:the )?(?:document|note|report)",
    re.IGNORECASE,
)


def _name_of(text: str) -> str:
    text = text.strip(" :")
    if len(text.split()) > _MOST_WORDS_OF_A_HEAD or any(person.credentials for person in people_in(text)):
        return ""
    for name, pattern in (("who", _WHO), ("when", _WHEN), ("what", _WHAT), ("signer", _SIGNER)):
        if pattern.fullmatch(text):
            return name
    return "signature" if _SIGNATURE.search(text) and not any(c.isdigit() for c in text) else ""


def _rows_below(lines: Sequence[Line], number: int) -> list[tuple[int, Line]]:
    """The lines of a table below its head: up to prose, or to the head of another table."""
    page, left = lines[number].page, lines[number].row.box.left
    rows: list[tuple[int, Line]] = []
    for at in range(number + 1, len(lines)):
        row = lines[at].row
        is_prose = len(row.cells) == 1 and (len(row.text) > _LONGEST_CELL or row.bold)
        label = row.cells[0].text.strip(" :")
        is_labelled = len(row.cells) == len(lines[number].row.cells) + 1 or _LABEL.fullmatch(label) is not None
        is_left_of_it = row.box.left < left - row.size and not is_labelled
        if lines[at].page != page or is_prose or is_left_of_it or _heads_another(row):
            break
        rows.append((at, lines[at]))
    return rows


def _heads_another(row: Row) -> bool:
    """Whether a row is the head of a table, and not marks of signing below several signers."""
    head = _head_of(row)
    return head is not None and set(head.names) - {"", "signature"} != set()


def _up_to_another_signer(rows: list[tuple[int, Line]]) -> list[tuple[int, Line]]:
    """The rows of a block without those from a line on which somebody else signs alone, name and day in one cell."""
    for at, (_, line) in enumerate(rows[1:], start=1):
        text = line.row.text
        if len(line.row.cells) == 1 and any(one.credentials for one in people_in(text)) and any(dates_in(text)):
            return rows[:at]
    return rows


class _Table:
    """A table with headings of signing."""

    def __init__(
        self,
        head: _Head,
        rows: list[tuple[int, Line]],
        staff: Mapping[str, str],
        signing: Signing,
        day_first: bool,
    ) -> None:
        self.head, self.rows, self.staff, self.signing, self.day_first = head, rows, staff, signing, day_first
        self.taken: set[int] = set()

    def signatures(self) -> Iterator[tuple[int, SignatureFound]]:
        """The signatures with their lines; the lines that it reads are taken."""
        if "who" in self.head.names:
            if "when" in self.head.names:
                yield from self._of_acts()
        elif self._are_blocks():
            yield from self._of_blocks()
        else:
            yield from self._of_cells()

    def _of_acts(self) -> Iterator[tuple[int, SignatureFound]]:
        """Of a table in which each row is an act: what, who, when, or a name with a signature."""
        names = self.head.names
        for number, line in self.rows:
            cells = cells_under(self.head.row, line.row)
            people = [person for at in cells for person in people_in(cells[at].text) if person.credentials]
            surnames = {person.surname for person in people}
            is_below_the_table = len(line.row.cells) == 1 and min(cells) <= 0 and names[0] != "who"
            if len(surnames) != 1 or is_below_the_table:
                continue
            self.taken.add(number)
            signed = [cells[at].text if at in cells else "" for at in range(len(names)) if names[at] == "signature"]
            what = " ".join(_words(cells[at].text) for at in cells if at < 0 or names[at] == "what")
            what, said = without_ended_state(what), without_ended_state(line.row.text)
            if any(_NOT_SIGNED.fullmatch(text) for text in signed) or self.signing.is_no_signature(said):
                continue
            beside = (cells[at].text for at in cells if at >= 0 and not names[at])
            if not signed and (_STILL_TO_DO.search(what) or any(_REFUSED.match(text) for text in beside)):
                continue
            acts = (
                _ACT_THAT_SIGNS.search(what)
                or self._is_of_approvals(what)
                or self._is_of_roles_with_times(what, line.row)
                or (self._is_kind_of_approval(what) and self._day(line.row.text) is not None)
                or self._is_completed_check(what)
                or (self._is_done(what) and self._day(line.row.text) is not None)
            )
            if not signed and not acts:
                continue
            day = self._day(
                " ".join(cells[at].text for at in cells if at < 0 or names[at] in ("when", "signature", "what"))
            )
            yield from self._found(number, people[0], what, day, [placed(line.row.words, line.page)])

    def _is_of_approvals(self, what: str) -> bool:
        """Whether a row names a role, in a table whose headings speak of approval."""
        return names_a_role(what) and any(_OF_SIGNING.search(cell.text) for cell in self.head.row.cells)

    def _is_of_roles_with_times(self, what: str, row: Row) -> bool:
        """Whether a row names a role, and when to the minute, below the heading Role: so people sign a form in turn."""
        heads = zip(self.head.names, self.head.row.cells, strict=True)
        names_roles = any(name == "what" and _ROLE_HEAD.fullmatch(cell.text.strip(" :")) for name, cell in heads)
        is_timed = self._day(row.text) is not None and _MINUTE.search(row.text) is not None
        return names_roles and is_timed and names_a_role(what)

    def _is_kind_of_approval(self, what: str) -> bool:
        """Whether a row names what is approved, below a heading such as Approval: Planning, or Treatment."""
        heads = zip(self.head.names, self.head.row.cells, strict=True)
        is_below = any(name == "what" and _APPROVAL.fullmatch(cell.text) for name, cell in heads)
        return is_below and _APPROVED.fullmatch(what) is not None

    def _is_done(self, what: str) -> bool:
        """Whether a row names what was done; Planned beside a row Actual is a day that was meant."""
        is_meant = _PLANNED.fullmatch(what) and any(_ACTUAL.match(line.row.text) for _, line in self.rows)
        return _DONE.search(what) is not None and not is_meant

    def _is_completed_check(self, what: str) -> bool:
        """Whether a row is a check or review, below headings that say who completed it, such as: Completed by."""
        who = (cell.text for at, cell in enumerate(self.head.row.cells) if self.head.names[at] == "who")
        return _CHECK.search(what) is not None and any(_COMPLETED_BY.fullmatch(text.strip(" :")) for text in who)

    def _are_blocks(self) -> bool:
        """Whether each signer has a column, with the name and the day one below the other."""
        if len(self.head.signing) < 2 or len(self.rows) < 2:
            return False
        cells = cells_under(self.head.row, self.rows[0][1].row)
        first = [cells[at].text for at in self.head.signing if at in cells]
        return bool(first) and not any(people_in(text) and any(True for _ in dates_in(text)) for text in first)

    def _of_blocks(self) -> Iterator[tuple[int, SignatureFound]]:
        rows = _up_to_another_signer(self.rows[:_ROWS_OF_A_BLOCK])
        columns: dict[int, list[tuple[Line, Cell]]] = {at: [] for at in self.head.signing}
        missing: set[int] = set()
        for _, line in rows:
            cells = cells_under(self.head.row, line.row)
            labels = [cells[at].text for at in (-1, 0) if at in cells and at not in columns]
            label = labels[0] if labels else ""
            for at, column in columns.items():
                if at in cells:
                    column.append((line, cells[at]))
                elif _SIGNATURE.search(label):
                    missing.add(at)
        texts = {at: " ".join(cell.text for _, cell in column) for at, column in columns.items()}
        marked = {at for at, text in texts.items() if _MARK_OF_SIGNING.search(text)}
        for at, column in columns.items():
            people = [person for person in people_in(texts[at]) if person.credentials]
            day = self._day(texts[at])
            self.taken.update(number for number, line in rows for one, _ in column if one is line)
            is_signed = day is not None and at not in missing and (not marked or at in marked)
            if not is_signed or len({person.surname for person in people}) != 1:
                continue
            if self.signing.is_no_signature(texts[at]) or any(_NOT_SIGNED.fullmatch(cell.text) for _, cell in column):
                continue
            where = [placed(cell.words, line.page) for line, cell in column]
            yield from self._found(rows[0][0], people[0], self.head.row.cells[at].text, day, where)

    def _of_cells(self) -> Iterator[tuple[int, SignatureFound]]:
        """Of a log: the cell below the heading of a signer or of signatures, perhaps with the day in the next one."""
        names = self.head.names
        for number, line in self.rows:
            cells = cells_under(self.head.row, line.row)
            if _is_open(cell for at, cell in cells.items() if at > 0 and names[at] == "what"):
                self.taken.add(number)
                continue
            for at in self.head.signing:
                if at not in cells:
                    continue
                if _STILL_TO_SIGN.search(self.head.row.cells[at].text):
                    self.taken.add(number)
                    continue
                parts = [placed(cells[at].words, line.page)]
                when = self._column_of_its_day(at)
                if when > self._column_behind(at) and names[at] == "signer":
                    when = -1
                if when in cells and when > 0:
                    parts.append(placed(cells[when].words, line.page))
                text = " ".join(part.text for part in parts)
                if not any(person.credentials or person.surname in self.staff for person in people_in(text)):
                    continue
                head = placed(self.head.row.cells[at].words, line.page)
                is_named = names[at] == "signer" and self._day(text) is None and not _MARK_OF_SIGNING.search(text)
                is_of_a_log = len(self.head.signing) == 1 or names_a_role(self.head.row.cells[at].text)
                if is_named and is_of_a_log and "when" in names:
                    self.taken.add(number)  # who saw the patient or checked, unless the heading says that it was signed
                    yield from self._signed_by(number, line, cells, at)
                    continue
                one = signature_of(joined([head, *parts]), self.staff, self.signing, self.day_first)
                cell = SignatureCell(joined(parts), self.staff, self.signing, self.day_first)
                one = one or cell.of_known_staff(self.head.row.cells[at].text)
                one = one or (cell.of_a_name() if names[at] == "signature" else None)
                if one is None and names[at] == "signature" and cell.is_left_open:
                    self.taken.add(number)
                    continue
                is_field = self.head.row.cells[at].text.endswith(":")  # of a form, with its blank beside it or below
                if one is not None and (one.signed_on is not None or (names[at] == "signature" and not is_field)):
                    self.taken.add(number)
                    yield number, one._replace(placed=joined(parts))

    def _column_behind(self, at: int) -> int:
        """The column behind that of a signer and of the credentials."""
        behind = [cell.text.strip(" :") for cell in self.head.row.cells[at + 1 : at + 2]]
        return at + 2 if any(map(_CREDENTIALS.fullmatch, behind)) else at + 1

    def _column_of_its_day(self, at: int) -> int:
        """The column of days behind that of a signer, before another signer; -1 where there is none."""
        behind = itertools.takewhile(lambda n: n not in self.head.signing, range(at + 1, len(self.head.names)))
        return next((n for n in behind if self.head.names[n] == "when"), -1)

    def _signed_by(
        self, number: int, line: Line, cells: Mapping[int, Cell], at: int
    ) -> Iterator[tuple[int, SignatureFound]]:
        """The signature of a row whose name is below a heading such as Signed by, with the day in another column."""
        heads, names = self.head.row.cells, self.head.names
        people = [person for person in people_in(cells[at].text) if person.credentials]
        day = self._day(" ".join(cells[n].text for n in cells if n >= 0 and names[n] == "when"))
        if (
            len(people) == 1
            and day is not None
            and not _is_open(cells.values())
            and _SIGNED_BY.fullmatch(heads[at].text.strip(" :"))
        ):
            around = " ".join(cells[n].text for n in cells if n >= 0 and names[n] == "what")
            yield from self._found(number, people[0], around, day, [placed(line.row.words, line.page)])

    def _day(self, text: str) -> date | None:
        days = dates_in(text, day_first=self.day_first)
        return next((day.day for day in days if not is_of_another_act(text[: day.start])), None)

    def _found(
        self, number: int, person: Person, around: str, day: date | None, where: Sequence[Placed]
    ) -> Iterator[tuple[int, SignatureFound]]:
        role = role_of(person, around, self.staff)
        if role:
            whole = joined(where)
            sureness = SURENESS * whole.sureness
            yield number, SignatureFound(role, person.name, person.credentials_as_written, day, whole, sureness)


def _is_open(cells: Iterable[Cell]) -> bool:
    """Whether a cell of a row says that nobody has signed, or that it is still to be done."""
    return any(_NOT_SIGNED.fullmatch(cell.text) or _STILL_TO_DO.search(cell.text) for cell in cells)


def _words(text: str) -> str:
    """A text in which names of actions that are run together are words, such as: PlanApproval."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
