"""The papers of a chart: where each begins and what it is."""

import itertools
import re
from collections.abc import Sequence

from isocenter.chart.dates import dates_in
from isocenter.chart.grammar import Grammar, PaperType
from isocenter.chart.identity import names_the_patient
from isocenter.chart.layout import Row
from isocenter.chart.paper import Paper
from isocenter.chart.paper_days import is_a_day_alone, is_dated
from isocenter.chart.paper_states import state_of, void_lines
from isocenter.chart.passages import Line, body_size, is_heading, mostly_capitals
from isocenter.chart.people import has_title, people_in
from isocenter.chart.slips import dated_titles, labels_a_paper, patient_lines
from isocenter.chart.titles import NAMED_TITLE, title_of, title_of_form

_SIGNED = re.compile(r"\bsigned\b|\be-?sig|approved|signature", re.IGNORECASE)
_CONTINUED = re.compile(r"\bcontinued\b|\(cont\.?\)|\bcont'd\b|\bpage [2-9] of", re.IGNORECASE)
_ADDENDUM = re.compile(r"^\W*(?:addend(?:um|a)|amendment|late entry|correction)\b", re.IGNORECASE)
_LONGEST_BEHIND_A_SIGNATURE = 10
_NUMBERED = re.compile(r"^\W*([A-Za-z]{3,})\.? ((?:No\.? ?)?[A-Z]{0,4}[-.]?\d{1,4}[A-Z]?)\b(?=\W+[A-Za-z])")
_FEWEST_FORMS, _SHARE_OF_TITLES = 3, 0.5
_WRITTEN_IN_LOGS = {"weekly_management_note", "weekly_physics_check"}
_FEWEST_NOTES_OF_A_LOG = 2
_BEFORE_A_DAY = re.compile(
    r"\b(?:fx|fxs|fraction|fractions|week|wk|no|date|day|(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?)\b",
    re.IGNORECASE,
)
_DAY_WITHOUT_YEAR = re.compile(
    r"^\W*(?:\d{1,2}/\d{1,2}\s+(?=\S+\s+\S)|\d{1,2}(?:st|nd|rd|th)? (?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\s*[:–-]\s*(?=\w))",
    re.IGNORECASE,
)
_LETTERS = re.compile(r"[A-Za-z]{2,}")


def papers_of(grammar: Grammar, pages: Sequence[tuple[int, Sequence[Row]]]) -> list[Paper]:
    """Papers from the body rows of pages in their order."""
    papers: list[Paper] = []
    current: Paper | None = None
    every = [row for _, rows in pages for row in rows]
    numbered, dates_titles = _numbered_titles(grammar, every), dated_titles(grammar, every)
    heads = patient_lines([rows for _, rows in pages])
    for number, rows in pages:
        size, capitals = body_size(rows), mostly_capitals(rows)
        first, anew = True, False
        for at, row in enumerate(rows):
            if row.text in heads:
                first, anew = True, current is not None
                continue
            behind = first or (current is not None and _is_behind_a_signature(row, current))
            title = title_of(grammar, row, size, capitals, behind)
            if title is not None and current is not None and _is_a_log(current) and _DAY_WITHOUT_YEAR.match(row.text):
                title = None
            of_form = _NUMBERED.match(row.text) if numbered else None
            if of_form is not None and of_form[1].lower() in numbered:
                current = Paper(title_of_form(grammar, row) or title, row.text.strip())
                papers.append(current)
                current.lines.append(Line(row, number))
                first = False
                continue
            if (
                title is not None
                and current is not None
                and current.type is None
                and current.lines
                and current.lines[0].page == number
                and len(current.lines) <= 3
                and not _is_signed(current)
            ):
                current.type, current.title = title, row.text.strip()
            elif title is not None and (
                current is None
                or anew
                or _begins_paper(title, row, current, first, size)
                or (dates_titles and labels_a_paper(row))
                or (
                    title is not current.type
                    and len(current.lines) > 1
                    and _heads_dated_lines(row, rows[at + 1 : at + 3], size)
                )
            ):
                current = Paper(title, row.text.strip())
                papers.append(current)
            elif (
                _ADDENDUM.match(row.text)
                and current is not None
                and (is_heading(row, size, capitals) or len(row.text.split()) <= 8)
            ):
                current = Paper(
                    current.type, row.text.strip(), parent=current.parent or current, sections=list(current.sections)
                )
                papers.append(current)
            elif title is None and (anew or (dates_titles and len(row.cells) <= 2 and labels_a_paper(row))):
                current = Paper(None, row.text.strip() if labels_a_paper(row) else "")
                papers.append(current)
            elif (
                first
                and title is None
                and (current is None or (current.lines[-1].page != number and not _goes_on(current, rows)))
            ) or (title is None and current is not None and _begins_behind_a_signature(row, current, size, capitals)):
                current = Paper(None, "")
                papers.append(current)
            elif (
                title is not None
                and current is not None
                and title is not current.type
                and is_heading(row, size, capitals)
                and not all(is_heading(line.row, size, capitals) for line in current.lines)
            ):
                current.sections.append(title)
            assert current is not None
            current.lines.append(Line(row, number))
            anew = False
            if title is not None or not (
                names_the_patient(row.text)
                or is_a_day_alone(row.text)
                or (len(_LETTERS.findall(row.text)) < 2 and not labels_a_paper(row))
            ):
                first = False
    return _finished(grammar, papers)


def _finished(grammar: Grammar, papers: Sequence[Paper]) -> list[Paper]:
    """The papers with the notes of logs and attestations apart, letters known, and the state of each."""
    papers = [part for paper in papers for part in _notes_of_a_log(paper)]
    papers = [part for paper in papers for part in _with_attestation_apart(grammar, paper)]
    for paper in papers:
        if paper.type is None and _reads_like_a_letter(paper):
            paper.type = next((known for known in grammar.papers if known.name == "letter"), None)
        paper.void = void_lines([line.row.text for line in paper.lines])
        paper.state = state_of(paper)
    return papers


def _notes_of_a_log(paper: Paper) -> list[Paper]:
    """The notes of a paper that holds one a row, each row dated, under the heading that they share."""
    if not _is_a_log(paper):
        return [paper]
    starts = [at for at, line in enumerate(paper.lines) if at and _begins_a_note(line.row.text)]
    if len(starts) < _FEWEST_NOTES_OF_A_LOG:
        return [paper]
    head = paper.lines[: starts[0]]
    return [
        Paper(paper.type, paper.title, [*head, *paper.lines[start:stop]], parent=paper.parent)
        for start, stop in itertools.pairwise([*starts, len(paper.lines)])
    ]


def _is_a_log(paper: Paper) -> bool:
    return paper.type is not None and bool(set(paper.type.kinds) & _WRITTEN_IN_LOGS)


_ATTENDING = re.compile(
    r"^\W*(?:attending|attg|staff physician|teaching physician|attending physician|supervising physician)(?:'s)?(?: (?:attestation|statement|note|addendum))?\s*:\s*\S",
    re.IGNORECASE,
)
_RESIDENT = re.compile(r"\b(?:resident|fellow|registrar|pgy[- ]?\d?)\b", re.IGNORECASE)
_LONGEST_OF_A_SIGNATURE = 14


def _with_attestation_apart(grammar: Grammar, paper: Paper) -> list[Paper]:
    """A resident's signed note and what the attending states below it, each a paper of its own."""
    teaching = next((known for known in grammar.papers if "teaching_physician_statement" in known.kinds), None)
    if teaching is None or paper.type is teaching or (paper.type is not None and paper.type.none):
        return [paper]
    texts = [line.row.text for line in paper.lines]
    for at, text in enumerate(texts[1:], start=1):
        signed = [
            t for t in texts[max(at - 3, 0) : at] if _looks_signed(t) and len(t.split()) <= _LONGEST_OF_A_SIGNATURE
        ]
        if _ATTENDING.match(text) and any(_RESIDENT.search(t) for t in signed):
            note = Paper(paper.type, paper.title, paper.lines[:at], parent=paper.parent, sections=paper.sections)
            return [note, Paper(teaching, "", paper.lines[at:])]
    return [paper]


def _begins_a_note(text: str) -> bool:
    """Whether a row begins with a day, perhaps behind a number or a range of fractions, and says more than that."""
    if _DAY_WITHOUT_YEAR.match(text):
        return True
    found = next(dates_in(text), None)
    if found is None or is_a_day_alone(text):
        return False
    return not _LETTERS.search(_BEFORE_A_DAY.sub("", text[: found.start])) and bool(_LETTERS.search(text, found.stop))


def _numbered_titles(grammar: Grammar, rows: Sequence[Row]) -> set[str]:
    """The words with which a set of numbered forms begins each title, such as: Form RT-101 Simulation."""
    forms: dict[str, dict[str, bool]] = {}
    for row in rows:
        found = _NUMBERED.match(row.text)
        if found is not None:
            forms.setdefault(found[1].lower(), {})[found[2]] = title_of_form(grammar, row) is not None
    return {
        word
        for word, numbers in forms.items()
        if len(numbers) >= _FEWEST_FORMS and sum(numbers.values()) >= _SHARE_OF_TITLES * len(numbers)
    }


def _reads_like_a_letter(paper: Paper) -> bool:
    """Whether a paper without a title opens or closes as letters do."""
    text = "\n".join(line.row.text for line in paper.lines)
    return bool(
        re.search(
            r"^\W*(?:sincerely|(?:with )?(?:kind|best|warm) regards|yours (?:truly|sincerely)|respectfully)\b",
            text,
            re.IGNORECASE | re.MULTILINE,
        )
    )


def _begins_paper(title: PaperType, row: Row, current: Paper | None, first: bool, size: float) -> bool:
    if current is None:
        return True
    if first:
        again = title is current.type and not _is_signed(current) and (_CONTINUED.search(row.text) is not None)
        return not again
    if NAMED_TITLE.match(row.text) and len(current.lines) > 2:
        return True
    if (
        title is current.type
        and _without_days(row.text)[:2] == _without_days(current.title)[:2]
        and len(current.lines) > 2
    ):
        return True
    if title is not current.type and _stands_like_its_title(row, current, size):
        return True
    if current.type is not None and current.type.none and not _is_signed(current):
        return (
            row.bold
            or row.size > 1.1 * size
            or (row.text.isupper() and current.lines[-1].page != current.lines[0].page)
        )
    return _is_signed(current)


def _is_behind_a_signature(row: Row, current: Paper) -> bool:
    """Whether a short row that names nobody follows right behind the signature of a paper."""
    if len(row.text.split()) > _LONGEST_BEHIND_A_SIGNATURE or row.text.rstrip().endswith("."):
        return False
    if is_a_day_alone(row.text) and not any(True for _ in dates_in(current.lines[-1].row.text)):
        return False  # the day of that signature
    return any(_is_act_of_signing(line.row.text) for line in current.lines[-1:]) and not any(
        person.credentials or person.is_doctor for person in people_in(row.text)
    )


def _begins_behind_a_signature(row: Row, current: Paper, size: float, capitals: bool) -> bool:
    """Whether a heading or a short line with a day of its own follows right behind a signature."""
    if not _is_behind_a_signature(row, current) or (_is_a_log(current) and _begins_a_note(row.text)):
        return False
    words = row.text.split()
    dated = len(words) <= 9 and any(found.start <= 2 or found.stop >= len(row.text) - 1 for found in dates_in(row.text))
    return (is_heading(row, size, capitals) or (dated and not _SIGNED.search(row.text))) and len(words) > 1


def _is_act_of_signing(text: str) -> bool:
    return _looks_signed(text) and len(text.split()) <= 14


def _without_days(title: str) -> list[str]:
    """The words of a title without days and numbers, which differ from note to note."""
    return [word.lower() for word in title.split() if not any(c.isdigit() for c in word)]


def _stands_like_its_title(row: Row, current: Paper, size: float) -> bool:
    """Whether a row is printed as large and bold as the title of the paper before it, hence heads another one."""
    if current.type is None or len(current.lines) <= 3 or not row.bold or row.size <= 1.1 * size:
        return False
    own = next((line.row for line in current.lines if line.row.text.strip() == current.title), None)
    return own is not None and own.bold and own.size <= row.size * 1.02


def _heads_dated_lines(row: Row, following: Sequence[Row], size: float) -> bool:
    """Whether a printed title stands over a line that dates what follows, as at the beginning of a paper."""
    if row.bold and row.size > 1.1 * size and any(is_dated(line.text) for line in following):
        return True
    return bool(following) and is_a_day_alone(following[0].text)


def _is_signed(paper: Paper) -> bool:
    """Whether somebody has signed near the end of what the paper holds so far."""
    return any(_looks_signed(line.row.text) for line in paper.lines[-6:])


_INITIALS = re.compile(r"^\W*(?:[A-Z]\.\s?){2,3}\W*$|^\W*(?:signature|signed|firma)\s*:\s*\(?\w*\)?\W*$", re.IGNORECASE)
_EMPTY_SIGNATURE = re.compile(
    r"^\W*(?:(?:checked|approved|reviewed|signed|completed|performed|verified|electronically signed) by|(?:physician|physicist|therapist|dosimetrist|md)(?:'s)? signature|signature|signed)\s*:\W*(?:date\W*)?$",
    re.IGNORECASE,
)


_SIGNED_BY_SYSTEM = re.compile(
    r"\b(?:(?:electronically|digitally) (?:co-?)?signed|signed (?:electronically|digitally)|e-?\s?signed|e-?sig)\b",
    re.IGNORECASE,
)
_SAYS_SIGNED_ALONE = re.compile(rf"^\W*(?:{_SIGNED_BY_SYSTEM.pattern})\D{{0,12}}\d", re.IGNORECASE)
_TYPED_FOR_A_SIGNATURE = re.compile(
    r"^\W*sd/?-|\b(?:pending|awaiting) (?:his|her|the|a)? ?signature|\bsignature (?:requested|pending)|\bnot (?:yet )?signed\b",
    re.IGNORECASE,
)


def _looks_signed(text: str) -> bool:
    if re.search(r"\bordered\b|\brequested\b|\bcc:|\bauthor\s*:|\bfiled\s*:|\bprovider\s*:", text, re.IGNORECASE):
        return False
    if _EMPTY_SIGNATURE.match(text) or _INITIALS.match(text):
        return True
    if _SAYS_SIGNED_ALONE.match(text) or _TYPED_FOR_A_SIGNATURE.search(text):
        return True
    people = people_in(text)
    if people and _SIGNED_BY_SYSTEM.search(text):
        return True
    credentialed = any(person.credentials or has_title(text[person.stop : person.stop + 40]) for person in people)
    dated = any(True for _ in dates_in(text))
    return (credentialed and (dated or bool(_SIGNED.search(text)))) or bool(
        re.search(r"status: ?draft|unsigned|signature on file|dictated but not|_{6,}", text, re.IGNORECASE)
    )


def _goes_on(current: Paper, rows: Sequence[Row]) -> bool:
    """Whether a page without a title goes on with the paper of the page before."""
    if any(_CONTINUED.search(row.text) for row in rows[:3]):
        return True
    if _opens_with_a_day(rows):
        return False
    return not _is_signed(current)


def _opens_with_a_day(rows: Sequence[Row]) -> bool:
    """Whether a page opens with a short line and the day of a note below it, as a paper does."""
    body = [row.text for row in rows[:6] if not names_the_patient(row.text)]
    return any(
        len(above.split()) <= 8 and above[-1:] not in ".,;" and (is_a_day_alone(below) or bool(_DAY_FIELD.match(below)))
        for above, below in itertools.pairwise(body)
    )


_DAY_FIELD = re.compile(
    r"^\W*(?:date(?: of (?:service|note|visit|procedure))?|d\.?o\.?s\.?|service date|encounter date|visit date|date of note)\s*:?\s*[\dA-Z]",
    re.IGNORECASE,
)
