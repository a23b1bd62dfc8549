"""The headings of tables in which somebody may sign, the rows below them, and the cells below each heading."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from isocenter.chart.pages.blocks import Line
from isocenter.chart.pages.layout import Cell, Row
from isocenter.chart.signatures.work_to_do import heads_days_to_come
from isocenter.chart.words.dates import dates_in
from isocenter.chart.words.people import people_in

_MOST_WORDS_OF_A_HEAD, _LONGEST_CELL = 5, 90
_WHO = re.compile(
    r"(?:(?:full |printed |user ?|staff )?name(?:s| ?/ ?credentials| and credentials)?|user(?: id| name)?|by|who|(?:authori[sz]ed )?person|staff(?: member)?|signer|approver|reviewer|clinician)|(?:entered|completed|done|changed|set) by",
    re.IGNORECASE,
)
_WHEN = re.compile(
    r"(?:(?:sign(?:ed|ature)?|approv(?:al|ed)|completed|completion|action|event)[ -])?(?:date|time(?:stamp)?|when|day|on|done)(?: ?(?:/|&|and) ?time)?(?: (?:signed|approved|completed|done))?|(?:signed|approved|completed|done|changed|set) (?:on|at)",
    re.IGNORECASE,
)
_WHAT = re.compile(
    r"(?:(?:status |state )?(?:action|change|transition)|(?:(?:plan|document|approval|workflow|new) )?(?:status|state)|event|task|step|stage|activity|role|title|position|function|approval|sign-?off|type|item|outcome|decision|response|disposition)s?",
    re.IGNORECASE,
)
SIGNATURE = re.compile(
    r"\b(?:e-?)?(?:sign(?:ed|ature|atures|s here)?|sign-?off|authenticated|approved|attested|cosigned)\b|\be-?sig\b|\binit(?:ial)?s?\b",
    re.IGNORECASE,
)
_LABEL = re.compile(r"(?:printed |full )?name|(?:e-?)?signature|signed|(?:date|time)(?: signed)?", re.IGNORECASE)
_ROLE_BEHIND = (
    r"(?: \(?(?:the )?(?:physics|physicist|physician|md|oncologist|attending|dosimetry|dosimetrist|therapist)\)?)?"
)
_SIGNER = re.compile(
    r"(?:(?:medical |qualified |qa |attending |treating |radiation |chief |responsible |lead |rad )?(?:physicist|physician|oncologist|attending|md|dosimetrist|planner|therapists?|rtt|nurse|rn|resident|onc)(?: (?:review|approval|check|name))?"
    rf"|(?:plan |physics |chart |second |final |independent )*(?:(?:plann|review|perform|check|prepar|approv|verifi|measur|calculat|sign|cosign|authenticat|complet|accept|authori[sz]|releas|validat|simulat|prescrib)ed by{_ROLE_BEHIND}|read by{_ROLE_BEHIND}|(?:plann|perform|prepar|calculat|review|check|verifi|accept)ed|physics (?:check|review|approval)|physician (?:review|approval)|check by|physics|dosimetry|planning))",
    re.IGNORECASE,
)


class SigningHead(NamedTuple):
    """The headings of a table with what each names: who, when, what, signature, signer, or ''."""

    row: Row
    names: tuple[str, ...]

    @property
    def signing(self) -> list[int]:
        """The columns in which somebody may sign."""
        return [at for at, name in enumerate(self.names) if name in ("signature", "signer")]

    @property
    def assigns(self) -> bool:
        """Whether a column names who is to act: then only a state with its day says that somebody did."""
        return any(WHO_IS_TO_DO_IT.fullmatch(cell.text.strip(" :")) for cell in self.row.cells)

    @property
    def of_people(self) -> list[int]:
        """The columns that each name who did something, whether that signs or not, such as: Requested by."""
        texts = enumerate(cell.text.strip(" :") for cell in self.row.cells)
        return [at for at, text in texts if at in self.signing or _WHO_DID_IT.fullmatch(text)]

    def signs_behind(self, signer: int) -> range:
        """The columns in which a row says whether and when a signer signed: those behind, up to the next signer.

        Signers side by side share the columns behind the last of them.
        """
        at = signer
        while at + 1 < len(self.names) and self.names[at + 1] == self.names[signer] == "signer":
            at += 1
        following = (n for n in range(at + 1, len(self.names)) if self.names[n] == "signer")
        return range(at + 1, next(following, len(self.names)))


WHO_IS_TO_DO_IT = re.compile(r"(?:assigned(?: to)?|assignee|owner|responsible(?: (?:person|party))?)", re.IGNORECASE)
_STATE = re.compile(r"status|state|decision|outcome|completed?|done", re.IGNORECASE)
_WHO_DID_IT = re.compile(rf"(?:[a-z-]+ )?[a-z]+(?:ed|en|nt|wn|read) by{_ROLE_BEHIND}", re.IGNORECASE)


def cells_under(head: Row, row: Row) -> dict[int, Cell]:
    """The cells of a row by the number of the heading above them, -1 left of all; cells below one heading are one.

    Credentials in a column of their own are part of the name in the column before it.
    """
    lefts = [cell.box.left for cell in head.cells]
    under: dict[int, Cell] = {}
    for cell in row.cells:
        left = cell.box.left + cell.words[0].size
        at = max((n for n, edge in enumerate(lefts) if edge <= left), default=-1)
        if at - 1 in under and CREDENTIALS.fullmatch(head.cells[at].text.strip(" :")):
            at -= 1
        under[at] = Cell((*under[at].words, *cell.words)) if at in under else cell
    return under


CREDENTIALS = re.compile(r"(?:credential|degree|qualification|suffix)(?:s|es)?", re.IGNORECASE)


def head_of(row: Row) -> SigningHead | None:
    """The headings that a row holds, where somebody signs below one of them or all say who did something; None of any other row."""
    names = tuple(name_of(cell.text) for cell in row.cells)
    if "signature" in names:  # then nobody signs below a heading such as Physician name
        names = tuple(
            "who" if name == "signer" and cell.text.lower().strip(" :").endswith(" name") else name
            for name, cell in zip(names, row.cells, strict=True)
        )
    if names.count("signer") == 1 and "when" in names and "what" in names and "who" not in names:
        names = tuple(
            "who" if name == "signer" and _PERFORMED_BY.fullmatch(cell.text.strip(" :")) else name
            for name, cell in zip(names, row.cells, strict=True)
        )
    texts = [cell.text.strip(" :") for cell in row.cells]
    if "who" not in names and any(map(_STATE.fullmatch, texts)):
        names = tuple(
            "who" if WHO_IS_TO_DO_IT.fullmatch(text) else name for name, text in zip(names, texts, strict=True)
        )
    signs = sum(name in ("signature", "signer") for name in names)
    is_table_of_acts = "who" in names and "when" in names and "what" in names
    if len(names) < 2 or any(any(True for _ in dates_in(cell.text)) for cell in row.cells):
        return None
    heads_people = all(_WHO_DID_IT.fullmatch(cell.text.strip(" :")) for cell in row.cells)
    if is_table_of_acts or signs > 1 or (signs and len(names) > signs) or heads_people:
        return SigningHead(row, names)
    return None


_PERFORMED_BY = re.compile(r"(?:performed|executed|carried out)(?: by)?", re.IGNORECASE)  # which signs nothing itself


def name_of(text: str) -> str:
    """What a heading names: who, when, what, signature, signer, or ''."""
    text = _AND_WHEN.sub("", text.strip(" :"))
    if len(text.split()) > _MOST_WORDS_OF_A_HEAD or any(person.credentials for person in people_in(text)):
        return ""
    for name, pattern in (("who", _WHO), ("when", _WHEN), ("what", _WHAT), ("signer", _SIGNER)):
        if pattern.fullmatch(text):
            return name
    return "signature" if SIGNATURE.search(text) and not any(c.isdigit() for c in text) else ""


_AND_WHEN = re.compile(r"(?<=\w)\s*(?:/|,|&|\band\b|\()\s*(?:date|time|when|date ?/ ?time)\s*\)?$", re.IGNORECASE)


def rows_below(lines: Sequence[Line], number: int) -> list[tuple[int, Line]]:
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
    head = head_of(row)
    return head is not None and set(head.names) - {"", "signature"} != set()


def cells_of_signing(lines: Sequence[Line]) -> Iterator[tuple[Line, list[Cell]]]:
    """The rows of tables with the cells below the headings under which somebody signs; none where work is only due."""
    for number, line in enumerate(lines):
        head = head_of(line.row)
        if head is None:
            continue
        for _, row in rows_below(lines, number):
            cells = cells_under(head.row, row.row)
            due = [at for at in cells if at >= 0 and heads_days_to_come(head.row.cells[at].text)]
            others = (cell.text for at, cell in cells.items() if at not in due)
            if due and not any(True for text in others for _ in dates_in(text)):
                continue
            yield row, [cells[at] for at in head.signing if at in cells]


def without_days_to_come(lines: Sequence[Line]) -> list[Line]:
    """The lines of a paper without the days of tables below a heading such as Due, on which nobody has acted."""
    kept = list(lines)
    for number, line in enumerate(lines):
        due = {at for at, cell in enumerate(line.row.cells) if heads_days_to_come(cell.text)}
        if not due or len(line.row.cells) < 2 or any(True for _ in dates_in(line.row.text)):
            continue
        for at, below in rows_below(lines, number):
            to_come = [cell for n, cell in cells_under(line.row, below.row).items() if n in due]
            days = [cell for cell in to_come if any(True for _ in dates_in(cell.text)) and not people_in(cell.text)]
            words = {id(word) for cell in days for word in cell.words}
            cells = tuple(cell for cell in below.row.cells if id(cell.words[0]) not in words)
            if cells and len(cells) < len(below.row.cells):
                kept[at] = below._replace(row=Row(cells))
    return kept
