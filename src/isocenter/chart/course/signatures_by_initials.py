"""Initials that sign, where a signature log or a key on some page says whose they are."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from isocenter.chart.course.paper_read import PaperRead, kinds_of
from isocenter.chart.pages.blocks import Line
from isocenter.chart.pages.layout import Cell
from isocenter.chart.pages.placed import placed
from isocenter.chart.papers.paper_days import is_row_of_a_session
from isocenter.chart.signatures.signature_of_text import SignatureFound
from isocenter.chart.signatures.signing_heads import cells_of_signing
from isocenter.chart.signatures.work_to_do import lines_of_work_to_do
from isocenter.chart.words.dates import dates_in, has_date
from isocenter.chart.words.people import Person, people_in, role_of, surname_of

_SIGNATURE_LOG, _GUIDANCE = "signature_log", "image_guidance_note"
_LOGS_OF_NOTES = {"weekly_management_note", "weekly_physics_check"}
_SURENESS = 0.85
_INITIALS = re.compile(r"(?<![\w.])[A-Z](?:\.?[A-Z]){1,3}\.?(?![\w])")
_INITIALS_ALONE = re.compile(
    r"^\W*(?:(?:signed|sign|initials?|initialed|seen|reviewed|checked|ok|by)\W+){0,2}([A-Z](?:\.?\s?[A-Z]){1,3})\W*$"
)
_KEY = re.compile(r"(?<![\w.])([A-Z](?:\.?[A-Z]){1,3})\.?\s*[=:–-]\s*(?=[A-Z])")
_HEADS_A_KEY = re.compile(r"\W*(?:key|legend|initials)\b", re.IGNORECASE)
_KEY_WITHOUT_MARK = re.compile(r"(?<![\w.])([A-Z]{2,4}) (?=[A-Z])")
_CLOSING = re.compile(r"[^\W\d_]\W+([A-Z](?:\.?[A-Z]){1,3}\.?)\W*$")
_SIGNS_BY = re.compile(
    r"^\W*(?:(?:sim(?:ulated)?|set-?up|checked|reviewed|performed|done|seen|signed|approved|treated) by|(?:md|physician|physicist|therapists?|rtt|dosimetrist|nurse|staff)(?: initials?)?|initials?|signature)\s*:\s*"
    r"((?:[A-Z](?:\.?[A-Z]){1,3}\.?)(?:\s*[/,&+]\s*[A-Z](?:\.?[A-Z]){1,3}\.?)*)\W*$",
    re.IGNORECASE,
)


class LogSigner(NamedTuple):
    """A person with the initials that stand for the name."""

    initials: str
    person: Person
    role: str


def read_initials(read: Sequence[PaperRead], staff: Mapping[str, str]) -> list[LogSigner]:
    """The people whose initials the chart explains: in its signature logs, or in a key, such as: AW = Ada Winter, MD.

    Initials that two people share stand for nobody.
    """
    found: dict[str, LogSigner] = {}
    shared: set[str] = set()
    for one in read:
        is_log = _SIGNATURE_LOG in kinds_of(one)
        for line in one.paper.lines:
            signers = [*_of_keys(line, staff), *([of_log] if is_log and (of_log := _of_log(line, staff)) else [])]
            for signer in signers:
                before = found.setdefault(signer.initials, signer)
                if surname_of(before.person.name) != surname_of(signer.person.name):
                    shared.add(signer.initials)
    return [signer for initials, signer in found.items() if initials not in shared]


def _of_log(line: Line, staff: Mapping[str, str]) -> LogSigner | None:
    text = line.row.text
    person = next((person for person in people_in(text) if person.credentials), None)
    if person is None:
        return None
    for found in _INITIALS.finditer(text, person.stop):
        if _are_of(_plain(found.group()), person):
            return _signer(_plain(found.group()), person, text[person.stop : found.start()], staff)
    return None


def _of_keys(line: Line, staff: Mapping[str, str]) -> Iterator[LogSigner]:
    cells = line.row.cells
    for at, cell in enumerate(cells):
        keys = [(key[1], cell.text[key.end() :]) for key in _KEY.finditer(cell.text)]
        if not keys and at + 1 < len(cells) and _INITIALS.fullmatch(cell.text) is not None:
            keys = [(cell.text, cells[at + 1].text)]
        if not keys and _HEADS_A_KEY.match(cells[0].text):
            keys = [(key[1], cell.text[key.end() :]) for key in _KEY_WITHOUT_MARK.finditer(cell.text)]
        for initials, text in keys:
            person = next((person for person in people_in(text) if person.start == 0 and person.credentials), None)
            if person is not None and _are_of(_plain(initials), person):
                behind = re.split(r"[;=]", text[person.stop :])[0]
                signer = _signer(_plain(initials), person, behind, staff)
                yield from [signer] if signer is not None else []


def _are_of(initials: str, person: Person) -> bool:
    words = re.findall(r"[A-Za-z]+", person.name)
    letters = "".join(word[0] for word in words).upper()
    return initials in (letters, letters[:1] + letters[-1:])


def _signer(initials: str, person: Person, around: str, staff: Mapping[str, str]) -> LogSigner | None:
    role = role_of(person, around, staff)
    return LogSigner(initials, person, role) if role else None


def sign_by_initials(read: Sequence[PaperRead], signers: Sequence[LogSigner]) -> None:
    """Initials sign on a line of their own, behind a label, in a signed column, or at the end of a dated note."""
    by_initials = {signer.initials: signer for signer in signers}
    for one in read:
        if one.paper.state == "draft" or not by_initials or _SIGNATURE_LOG in kinds_of(one):
            continue
        for line, initials, day in _initials_in(one):
            signer = by_initials.get(initials)
            signed = {surname_of(s.signer) for s in one.signatures}
            if signer is not None and surname_of(signer.person.name) not in signed:
                one.signatures.append(_signature_by(signer, line, day))


def _initials_in(one: PaperRead) -> Iterator[tuple[Line, str, date | None]]:
    """The initials by which somebody may sign a paper, each with its line and its day."""
    lines, kinds = one.paper.lines_in_force, kinds_of(one)
    below = {id(line): cells for line, cells in cells_of_signing(lines)} if _GUIDANCE not in kinds else {}
    to_do = set(lines_of_work_to_do(lines))
    for number, line in enumerate(lines):
        if number in to_do:
            continue
        is_last = line is one.paper.lines[-1] and bool(kinds & _LOGS_OF_NOTES)
        alone = _INITIALS_ALONE.match(_undated(line.row.text))
        if alone is not None:
            yield line, _plain(alone[1]), _day_of(line.row.text)
            continue
        for cell in () if is_row_of_a_session(line.row.text) else _signed_cells(line, below.get(id(line), [])):
            labelled = _SIGNS_BY.match(_undated(cell.text)) or _INITIALS_ALONE.match(_undated(cell.text))
            for initials in _INITIALS.findall(labelled[1]) if labelled is not None else []:
                yield line, _plain(initials), _day_of(cell.text) or _day_of(line.row.text)
        closing = _CLOSING.search(_undated(line.row.text)) if is_last else None
        if closing is not None:
            own = line.row.cells[-1].text
            yield line, _plain(closing[1]), _day_of(own) if _INITIALS_ALONE.match(_undated(own)) else None


def _signed_cells(line: Line, below: Sequence[Cell]) -> list[Cell]:
    labelled = [cell for cell in line.row.cells if _SIGNS_BY.match(_undated(cell.text))]
    return [*labelled, *below] if has_date(line.row.text) else []


def _day_of(text: str) -> date | None:
    return next((found.day for found in dates_in(text)), None)


def _undated(text: str) -> str:
    for found in reversed(list(dates_in(text))):
        text = text[: found.start] + text[found.stop :]
    return text.strip()


def _plain(initials: str) -> str:
    return re.sub(r"[^A-Z]", "", initials)


def _signature_by(signer: LogSigner, line: Line, day: date | None) -> SignatureFound:
    person = signer.person
    where = placed(line.row.words, line.page)
    return SignatureFound(
        signer.role, person.name, person.credentials_as_written, day, where, _SURENESS * where.sureness
    )
