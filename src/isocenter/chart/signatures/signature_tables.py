"""Signatures in tables: rows that say who did what and when, columns of signers, and the cell of a log that is signed."""

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from isocenter.chart.grammar.signing import Signing
from isocenter.chart.pages.blocks import Line
from isocenter.chart.pages.layout import Cell, Row
from isocenter.chart.pages.placed import Placed, joined, placed
from isocenter.chart.papers.paper_days import is_a_day_alone
from isocenter.chart.papers.paper_ends import is_name_alone
from isocenter.chart.papers.state_words import without_ended_state
from isocenter.chart.signatures.answers_beside_names import NOT_SIGNED, STILL_TO_DO, is_not_done
from isocenter.chart.signatures.signature_cells import SURENESS, SignatureCell, known_in, names_a_role
from isocenter.chart.signatures.signature_columns import ColumnsSigned
from isocenter.chart.signatures.signature_of_text import (
    SignatureFound,
    is_of_another_act,
    signature_of,
    without_people,
)
from isocenter.chart.signatures.signing_heads import (
    CREDENTIALS,
    SIGNATURE,
    WHO_IS_TO_DO_IT,
    SigningHead,
    cells_under,
    head_of,
    name_of,
    rows_below,
)
from isocenter.chart.words.dates import dates_in
from isocenter.chart.words.people import Person, people_in, role_of

_ROWS_OF_A_BLOCK = 5  # names, titles, marks of signing, days
_STILL_TO_SIGN = re.compile(
    r"\b(?:to|needs?|needed|required?|pending|await\w*|due|not|yet|line|block|missing|open)\b", re.IGNORECASE
)  # in the heading of those whose signature is asked for
_SIGNATURE_ROW = re.compile(r"\W*(?:e-?|electronic )?(?:sign(?:ed|atures?)?|sign-?off)(?: by)?\W*", re.IGNORECASE)
_ACT_THAT_SIGNS = re.compile(
    r"(?<!un)(?<!not )(?<!not yet )(?:approv(?:al|ed)|^\W*(?:approve|accept|agree)\W*$|sign(?:ed|ature|-?off)|e-?sig\b|authenticat|reviewed\b|verified\b|checked\b|finali[sz]ed|authori[sz]ed|accepted|attest|locked)",
    re.IGNORECASE,
)
_CHECK = re.compile(r"\b(?:check|review|verification|sign-?off|weekly physics|physics weekly)\b", re.IGNORECASE)
_DONE = re.compile(
    r"\b(?:plan|planning|check|review|calculation|measurement|qa|verification) (?:was |is )?(?:finished|completed?|passed|done|prepared|performed|ok|okay)\b|^\W*(?:planned|prepared|calculated|measured|performed|simulated)\W*$",
    re.IGNORECASE,
)  # an act that signs with its day
_PLANNED, _ACTUAL = re.compile(r"\W*planned\W*", re.IGNORECASE), re.compile(r"\W*actual\b", re.IGNORECASE)
_COMPLETED_BY = re.compile(r"(?:completed|done) by", re.IGNORECASE)
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
    r"\W*(?:record |chart |document )?(?:access|views?|viewing|print(?:ing)?|distribution|routing|log-?in)(?: (?:log|history|list|report)s?)?\W*|\W*(?:(?:treatment|planning|patient|visit|upcoming|future|next|weekly) )*(?:schedule|calendar|appointments?)\W*|\W*care team\W*|\W*staff (?:present|on duty)\W*",
    re.IGNORECASE,
)  # the line above such a table
_MARK_OF_SIGNING = re.compile(r"sign|e-?sig|authenticat|/e?s/", re.IGNORECASE)
_SIGNED_BY = re.compile(r"(?:(?:electronically|digitally|e-?) ?)?(?:signed|approved|authenticated) by", re.IGNORECASE)
_SIGNED = re.compile(r"(?:(?:electronically|digitally|e-?) ?)?(?:signed|authenticated)", re.IGNORECASE)
_APPROVAL_OF_ONE = re.compile(r" (?:approval|sign-?off)\W*$", re.IGNORECASE)  # such as: MD approval
_OF_SIGNING = re.compile(r"sign|approv|authenticat", re.IGNORECASE)


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
        head = head_of(line.row)
        lists_others = number > 0 and _LIST_OF_NO_SIGNATURES.fullmatch(lines[number - 1].row.text)
        if _dates_no_signature(line.row) if head is None else lists_others:
            found.lines.update(at for at, _ in rows_below(lines, number))
            continue
        if head is None or number in found.lines:
            continue
        rows = rows_below(lines, number)
        if rows and not any(person.credentials for cell in head.row.cells for person in people_in(cell.text)):
            found.lines.add(
                number
            )  # headings side by side may read like a name with credentials: Images | MD signature
        if _lists_documents(head, rows):
            found.lines.update(at for at, _ in rows)
            continue
        read = _Table(head, rows, staff, signing, day_first)
        found.signatures.extend(read.signatures())
        found.lines.update(read.taken)
    return found


def _dates_no_signature(row: Row) -> bool:
    """Whether a row heads people with the days on which they viewed, printed or asked for something, and signed nothing."""
    texts = [cell.text.strip(" :") for cell in row.cells]
    if any(map(WHO_IS_TO_DO_IT.fullmatch, texts)):
        return len(texts) > 1 and not any(name_of(text) in ("who", "signature", "signer") for text in texts)
    return any(name_of(text) == "who" for text in texts) and any(map(_OF_NO_SIGNATURE.fullmatch, texts))


def _lists_documents(head: SigningHead, rows: list[tuple[int, Line]]) -> bool:
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
        head: SigningHead,
        rows: list[tuple[int, Line]],
        staff: Mapping[str, str],
        signing: Signing,
        day_first: bool,
    ) -> None:
        self.head, self.rows, self.staff, self.signing, self.day_first = head, rows, staff, signing, day_first
        self.taken: set[int] = set()

    def signatures(self) -> Iterator[tuple[int, SignatureFound]]:
        """The signatures with their lines; the lines that it reads are taken."""
        is_of_people = "who" in self.head.names
        if is_of_people and "when" in self.head.names:
            yield from self._of_acts()
        elif self._are_blocks():
            yield from self._of_blocks()
        elif not is_of_people:
            yield from self._of_cells()

    def _of_acts(self) -> Iterator[tuple[int, SignatureFound]]:
        """Of a table in which each row is an act: what, who, when, or a name with a signature."""
        names = self.head.names
        for number, line in self.rows:
            cells = cells_under(self.head.row, line.row)
            people = [person for at in cells for person in people_in(cells[at].text) if person.credentials]
            people = people or [
                one for at in cells if at >= 0 and names[at] == "who" for one in known_in(cells[at], self.staff)
            ]
            surnames = {person.surname for person in people}
            is_below_the_table = len(line.row.cells) == 1 and min(cells) <= 0 and names[0] != "who"
            if len(surnames) != 1 or is_below_the_table:
                continue
            self.taken.add(number)
            signed = [cells[at].text if at in cells else "" for at in range(len(names)) if names[at] == "signature"]
            acted = [at for at in cells if at < 0 or names[at] == "what" or self._is_act(cells, at)]
            what = " ".join(_words(cells[at].text) for at in acted)
            what, said = without_ended_state(what), without_ended_state(line.row.text)
            if any(NOT_SIGNED.fullmatch(text) for text in signed) or self._is_no_signature(what, said):
                continue
            beside = (cells[at].text for at in cells if at >= 0 and not names[at])
            if not signed and (STILL_TO_DO.search(what) or any(_REFUSED.match(text) for text in beside)):
                continue
            acts = (
                _ACT_THAT_SIGNS.search(what)
                or self._is_of_approvals(what)
                or self._is_of_roles_with_times(what, line.row)
                or (self._is_kind_of_approval(what) and self._day(line.row.text) is not None)
                or self._is_completed_check(what)
                or (self._is_done(what) and self._day(line.row.text) is not None)
            )
            dated = (cells[at].text for at in cells if at in acted or names[at] in ("when", "signature"))
            day = self._day(" ".join(dated))
            if not (signed or acts) or (self.head.assigns and day is None):
                continue
            yield from self._found(number, people[0], what, day, [placed(line.row.words, line.page)])

    def _is_act(self, cells: Mapping[int, Cell], at: int) -> bool:
        """Whether a cell below a heading of another kind holds an act that signs and no more, such as: Authorized."""
        text = cells[at].text
        return not self.head.names[at] and self.signing.names_an_act(text) and not self.signing.other_words(text)

    def _is_no_signature(self, what: str, said: str) -> bool:
        """Whether a row says that nobody signed; one whose action signs may name the author or the supervisor."""
        if _ACT_THAT_SIGNS.search(what):
            return self.signing.takes_back(said)
        return self.signing.is_no_signature(said)

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
        rows = self._rows_of_signers()
        if len(self.head.of_people) < 2 or len(rows) < 2:
            return False
        cells = cells_under(self.head.row, rows[0][1].row)
        first = [cells[at].text for at in self.head.of_people if at in cells]
        is_a_row = any(is_a_day_alone(text) or (people_in(text) and any(dates_in(text))) for text in first)
        return bool(first) and not is_a_row

    def _rows_of_signers(self) -> list[tuple[int, Line]]:
        """The rows from the one labeled Signature on, below those that say what each looked at and name nobody; else all."""
        for at, (_, line) in enumerate(self.rows):
            cells = cells_under(self.head.row, line.row)
            if 0 in cells and 0 not in self.head.signing and _SIGNATURE_ROW.fullmatch(cells[0].text):
                return self.rows[at:]
            if any(person.credentials for person in people_in(line.row.text)):
                break
        return self.rows

    def _of_blocks(self) -> Iterator[tuple[int, SignatureFound]]:
        rows = _up_to_another_signer(self._rows_of_signers()[:_ROWS_OF_A_BLOCK])
        heads = (cell.text.strip(" :") for cell in self.head.row.cells)
        signing = [at for at, text in enumerate(heads) if at in self.head.signing or _COMPLETED_BY.fullmatch(text)]
        columns: dict[int, list[tuple[Line, Cell]]] = {at: [] for at in signing}
        missing: set[int] = set()
        for number, line in rows:
            cells = cells_under(self.head.row, line.row)
            if len(line.row.cells) > 1:
                self.taken.update(number for at in self.head.of_people if at in cells)
            labels = [cells[at].text for at in (-1, 0) if at in cells and at not in columns]
            label = labels[0] if labels else ""
            for at, column in columns.items():
                if at in cells:
                    column.append((line, cells[at]))
                elif SIGNATURE.search(label):
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
            head = self.head.row.cells[at].text
            if self.signing.is_no_signature(texts[at]) or any(NOT_SIGNED.fullmatch(cell.text) for _, cell in column):
                continue
            if self.signing.takes_back(head):
                continue
            where = [placed(cell.words, line.page) for line, cell in column]
            yield from self._found(rows[0][0], people[0], head, day, where)

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
                if is_named and is_of_a_log and self._dates_the_row(cells, at):
                    self.taken.add(number)  # who saw the patient or checked, unless the heading says that it was signed
                    yield from self._signed_by(number, line, cells, at)
                    continue
                one = signature_of(joined([head, *parts]), self.staff, self.signing, self.day_first)
                cell = SignatureCell(joined(parts), self.staff, self.signing, self.day_first)
                one = one or cell.of_known_staff(self.head.row.cells[at].text)
                is_signing = names[at] == "signature" or _OF_SIGNING.search(self.head.row.cells[at].text)
                one = one or (cell.of_a_name() if is_signing else None)
                if one is None and names[at] == "signature" and cell.is_left_open:
                    self.taken.add(number)
                    continue
                if one is not None and one.signed_on is None and _OF_SIGNING.search(self.head.row.cells[at].text):
                    one = one._replace(signed_on=self._day_of_the_row(cells))
                is_field = self.head.row.cells[at].text.endswith(":")  # of a form, with its blank beside it or below
                if one is not None and (one.signed_on is not None or (names[at] == "signature" and not is_field)):
                    self.taken.add(number)
                    yield number, one._replace(placed=joined(parts))

    def _day_of_the_row(self, cells: Mapping[int, Cell]) -> date | None:
        """The day of a row of a log, below a heading that says no more than Date: whoever signs the row signs it then.

        None where another column is for the day of signing.
        """
        if self._columns_of_days_of_signing():
            return None
        heads = [cell.text.strip(" :").lower() for cell in self.head.row.cells]
        at = heads.index("date") if heads.count("date") == 1 else None
        return self._day(cells[at].text) if at is not None and at in cells else None

    def _dates_the_row(self, cells: Mapping[int, Cell], signer: int) -> bool:
        """Whether a row has a day of its own, whatever it is headed with, such as: Date due."""
        others = (cell.text for at, cell in cells.items() if at != signer)
        return "when" in self.head.names or any(self._day(text) is not None for text in others)

    def _columns_of_days_of_signing(self) -> list[int]:
        """The columns headed as those of the day of signing, such as: Date approved."""
        heads = enumerate(self.head.row.cells)
        return [at for at, cell in heads if self.head.names[at] == "when" and _OF_SIGNING.search(cell.text)]

    def _has_day_of_signing(self, cells: Mapping[int, Cell], signer: int) -> bool:
        """Whether a row has a day alone behind a signer, below a heading such as Date signed."""
        own = self.head.signs_behind(signer)
        return any(
            at in own and is_a_day_alone(cells[at].text) for at in self._columns_of_days_of_signing() if at in cells
        )

    def _column_behind(self, at: int) -> int:
        """The column behind that of a signer, of those beside it who share that column, and of the credentials."""
        at = self.head.signs_behind(at).start
        behind = [cell.text.strip(" :") for cell in self.head.row.cells[at : at + 1]]
        return at + 1 if any(map(CREDENTIALS.fullmatch, behind)) else at

    def _column_of_its_day(self, at: int) -> int:
        """The column of days behind that of a signer, before another signer who does not share it; -1 where there is none."""
        behind = itertools.takewhile(lambda n: n not in self.head.signing, self.head.signs_behind(at))
        return next((n for n in behind if self.head.names[n] == "when"), -1)

    def _signed_by(
        self, number: int, line: Line, cells: Mapping[int, Cell], at: int
    ) -> Iterator[tuple[int, SignatureFound]]:
        """The signature of a row whose name is below a heading such as Signed by, with the day in another column."""
        heads, names = self.head.row.cells, self.head.names
        people = [person for person in people_in(cells[at].text) if person.credentials]
        days = self._columns_of_days_of_signing() or [n for n in cells if n >= 0 and names[n] == "when"]
        status = self._status_signed(cells, at)
        day = self._day(" ".join([status, *(cells[n].text for n in days if n in cells)]))
        if (
            len(people) == 1
            and day is not None
            and not _is_open(cells[n] for n in cells if not status or self.head.names[n] != "signature")
            and (
                ((status or self._has_day_of_signing(cells, at)) and is_name_alone(cells[at].text))
                or _SIGNED_BY.fullmatch(heads[at].text.strip(" :"))
                or (_APPROVAL_OF_ONE.search(heads[at].text) and is_name_alone(cells[at].text))
            )
        ):
            around = " ".join(cells[n].text for n in cells if n >= 0 and names[n] == "what")
            yield from self._found(number, people[0], around, day, [placed(line.row.words, line.page)])

    def _status_signed(self, cells: Mapping[int, Cell], signer: int) -> str:
        """What stands below a heading such as Status where it says that the row is signed, perhaps when, and no more.

        Below a heading such as Signed it is a day alone. Of several signers each has it behind the name.
        """
        names = self.head.names
        own = self.head.signs_behind(signer) if names.count("signer") > 1 else range(len(names))
        for at in (at for at in own if at in cells):
            text = cells[at].text
            if _SIGNED.fullmatch(self.head.row.cells[at].text.strip(" :")) and is_a_day_alone(text):
                return text
            day = next(dates_in(text, day_first=self.day_first), None)
            if (
                names[at] == "what"
                and self.signing.word_of_signing(text) is not None
                and not self.signing.is_no_signature(text)
                and not self.signing.other_words(without_people(text, [], day))
            ):
                return text
        return ""

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
    return any(is_not_done(cell.text) for cell in cells)


def _words(text: str) -> str:
    """A text in which names of actions that are run together are words, such as: PlanApproval."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
