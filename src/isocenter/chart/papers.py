"""The papers of a chart: where each begins, what it is, in which state, of which day."""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from isocenter.chart.dates import dates_in
from isocenter.chart.grammar import Grammar, PaperType
from isocenter.chart.identity import names_the_patient
from isocenter.chart.layout import Row
from isocenter.chart.passages import Line, body_size, is_heading, mostly_capitals
from isocenter.chart.people import has_title, people_in
from isocenter.chart.statements import lowered

_SIGNED = re.compile(r"\bsigned\b|\be-?sig|approved|signature", re.IGNORECASE)
_CONTINUED = re.compile(r"\bcontinued\b|\(cont\.?\)|\bcont'd\b|\bpage [2-9] of", re.IGNORECASE)
_STATES = (
    ("superseded", re.compile(r"\bsuperseded?\b|\breplaced by\b|\bvoid(?:ed)?\b|\bdiscontinued\b|\bcancell?ed\b|\bno longer valid\b|\bnot (?:to be )?used\b|\brevoked\b|\bwithdrawn\b|\bobsolete\b|\binactive\b|\bdo not (?:use|treat)\b|\bnot in force\b|\bretired\b|\bsee (?:revised|new) (?:prescription|rx)", re.IGNORECASE)),
    ("draft", re.compile(r"\bdraft\b|\bunsigned\b|\bnot (?:yet )?signed\b|\bpreliminary\b|\bunapproved\b|\bin progress\b|\bnot (?:yet )?approved\b|\bawaiting signature|\bpending signature|\bsignature pending", re.IGNORECASE)),
    ("late_entry", re.compile(r"\blate entry\b", re.IGNORECASE)),
    ("addendum", re.compile(r"^\W*(?:late )?addend(?:um|a)\b", re.IGNORECASE)),
)  # fmt: skip
_ADDENDUM = re.compile(r"^\W*(?:addend(?:um|a)|amendment|late entry|correction)\b", re.IGNORECASE)
_OWN_DATE = re.compile(
    r"\b(?:date of (?:service|visit|procedure|exam\w*|consult\w*|simulation|treatment|note|review|measurement|test|plan|order|prescription|qa|session|encounter|report|check)|d\.?o\.?s|service(?: date)?|visit(?: date)?|date|day|written|ordered|order date|prescribed|rx date|plan date|measured|measurement date|qa date|sim(?:ulation)? date|performed|done|review(?:ed)? (?:date|on)|review date|encounter(?: date)?|session|request(?:ed)?|created|effective|entered on|seen on|test date|date measured|calculated|plan reviewed|calc date|exam date|note date|added)\W{0,3}(?:on|of|:)?\W{0,3}$",
    re.IGNORECASE,
)
_STRONG_DATE = re.compile(
    r"\b(?:date of (?:service|visit|procedure|simulation|treatment|measurement|exam\w*|encounter)|d\.?o\.?s|service(?: date)?|visit date|measured|report)\W{0,3}(?:on|:)?\W{0,3}$",
    re.IGNORECASE,
)
_OTHER_DATE = re.compile(
    r"(?:print(?:ed)?|prt|fax(?:ed)?|dictat(?:ed|ion)|\bd:|\bt:|transcri(?:bed|ption)|typed|scan(?:ned)?|edit(?:ed)?|sent|received|revised|updated|modified|dob|birth|born|start(?:ed)?|since|due|next|expires?|valid|follow.?up|ended|finished|completed on|template|form|rev(?:ision)?|version|filed|archived|calibrat\w+|copied|accessed|imported|viewed|uploaded|exported|amended|last saved|saved|admitted|admission|appointment|begins?|start date|first fraction|first treatment|surgery|biopsy|mri|ct|pet/?ct|scan of|report of|plan of|dated|scheduled(?: for)?|of the)\W{0,4}(?:on|date|at|of|for|by|[a-z]{1,3})?\W{0,3}$",
    re.IGNORECASE,
)
_SIGNATURE_DATE = re.compile(
    r"signed|e-?sig|approved|approval|authenticated|planner|physicist|physics:|cosign|attest", re.IGNORECASE
)
_LONGEST_BY_A_WORD = 7
_LETTERS = re.compile(r"[A-Za-z]{2,}")


@dataclass
class Paper:
    """One paper: its type, lines, state and title; `parent` is the paper that an addendum adds to."""

    type: PaperType | None
    title: str
    lines: list[Line] = field(default_factory=list)
    state: str = ""
    parent: "Paper | None" = None
    sections: list[PaperType] = field(default_factory=list)
    title_sureness: float = 1.0

    @property
    def pages(self) -> list[int]:
        """The pages on which it lies."""
        return sorted({line.page for line in self.lines})


def papers_of(grammar: Grammar, pages: Sequence[tuple[int, Sequence[Row]]]) -> list[Paper]:
    """Papers from the body rows of pages in their order."""
    papers: list[Paper] = []
    current: Paper | None = None
    for number, rows in pages:
        size, capitals = body_size(rows), mostly_capitals(rows)
        first = True
        for at, row in enumerate(rows):
            title = _title(grammar, row, size, capitals, first)
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
                or _begins_paper(title, row, current, first, size)
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
            if title is not None or not (names_the_patient(row.text) or len(_LETTERS.findall(row.text)) < 2):
                first = False
    for paper in papers:
        if paper.type is None and _reads_like_a_letter(paper):
            paper.type = next((known for known in grammar.papers if known.name == "letter"), None)
        paper.state = _state(paper)
    return papers


def first_words_title(grammar: Grammar, text: str) -> bool:
    """Whether the words before a dash or a colon are a title themselves, not the name of a department."""
    low = re.sub(r"[^\w&'/+#-]+", " ", lowered(text)).strip()
    return any(
        found.start() == 0 for paper in grammar.papers for phrase in paper.titles if (found := phrase.search(low))
    )


def is_title(grammar: Grammar, row: Row) -> bool:
    """Whether a row at the head of a page is the title of a paper."""
    return _title(grammar, row, row.size, False, True) is not None


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


def _title(grammar: Grammar, row: Row, size: float, capitals: bool, first: bool) -> PaperType | None:
    """The type of paper that a row titles; None when it titles none."""
    text = row.text.strip()
    words = text.split()
    if not words or len(words) > 16:
        return None
    alone = _without_day_beside(row)
    if alone is not None:
        text = alone.text.strip()
        words, row = text.split(), alone
    heading = is_heading(row, size, capitals)
    short = len(words) <= 6 and text[-1] not in ".,;" and len(row.cells) == 1
    salutation = text.lower().startswith(("dear", "to whom"))
    if (
        not heading
        and not first
        and not salutation
        and not (short and (text[0].isupper() or any(True for _ in dates_in(text))))
    ):
        return None
    if re.search(r"[a-z]\.\s+[A-Z]", text) and not salutation:
        return None
    named = _NAMED_TITLE.match(text)
    if named is None and not heading and not salutation and _FIELD_ROW.match(text):
        return None
    text = text[named.end() :].strip() if named else text
    words = text.split()
    if not words:
        return None
    heading = heading or named is not None
    behind_dash = re.split(r"\s[-–|]\s|:\s", text, maxsplit=1)
    if len(behind_dash) == 2 and not first_words_title(grammar, behind_dash[0]):
        text = behind_dash[1] if len(behind_dash[1].split()) >= 2 else text
        words = text.split()
    low = re.sub(r"[^\w&'/+#-]+", " ", lowered(_without_dates(text))).strip()
    if not low:
        return None
    coded = [paper for paper in grammar.papers if any(re.search(rf"\b{code}\b", low) for code in paper.codes)]
    if len(coded) == 1:
        return coded[0]
    best = _best_title(grammar, low, heading=heading or salutation, first=first, skipping=heading or first)
    if best is None or best[0] < 0.5:
        return _by_a_word(grammar, low) if (heading or first) and len(words) <= _LONGEST_BY_A_WORD else None
    return best[1]


def _best_title(
    grammar: Grammar, low: str, *, heading: bool, first: bool, skipping: bool
) -> tuple[float, PaperType] | None:
    """The title that fits best and how well; `skipping` lets words stand before it that belong to no title."""
    best: tuple[float, PaperType] | None = None
    for paper in grammar.papers:
        for phrase in paper.titles:
            found = phrase.search(low)
            if found is None or found.end() == found.start():
                continue
            skipped = sum(word not in grammar.fillers for word in low[: found.start()].split())
            filling = len(low[: found.start()].split()) - skipped
            matched = len(found.group().split())
            rest = sum(word.isalpha() and len(word) > 2 for word in low[found.start() :].split()) - matched
            allowed = 3 if skipping else 0
            loose = skipped * 1.0 + max(rest - (4 if skipping or phrase.written.endswith("*") else 1), 0)
            if skipped > allowed or (not heading and loose > 1 and not first):
                continue
            worth = (
                matched * 2
                - 3 * skipped
                - 0.1 * filling
                - (0.1 if phrase.written.endswith("*") else 0.3) * max(rest, 0)
            )
            if best is None or worth > best[0]:
                best = (worth, paper)
    return best


def _by_a_word(grammar: Grammar, low: str) -> PaperType | None:
    """The one type of paper of which a heading holds a telling word; None where it holds words of several or of none."""
    told = [paper for paper in grammar.papers if any(word.search(low) for word in paper.words)]
    return told[0] if len(told) == 1 else None


def _without_dates(text: str) -> str:
    """A title without the day that is written into it."""
    for found in reversed(list(dates_in(text))):
        text = text[: found.start] + " " + text[found.stop :]
    return re.sub(r"\b(?:of|on|dated|from)\s*(?=[,;|]|$)|^[\s,;|]+", " ", text.strip())


def _without_day_beside(row: Row) -> Row | None:
    """The first cell of a row whose other cells only date it, as a title and its day; None where they say more."""
    if len(row.cells) < 2 or not all(is_a_day_alone(cell.text) for cell in row.cells[1:]):
        return None
    return Row(row.cells[:1])


_NAMED_TITLE = re.compile(
    r"^\W*(?:local title|(?:note|document|doc|form|report|encounter|record|visit) (?:type|title|name)|title|type of (?:note|document|report))\s*:\s*(?=\S)",
    re.IGNORECASE,
)
_FIELD_ROW = re.compile(r"^[A-Za-z][\w /#&.'()-]{1,40}:\s*\S")


def _begins_paper(title: PaperType, row: Row, current: Paper | None, first: bool, size: float) -> bool:
    if current is None:
        return True
    if first:
        again = title is current.type and not _is_signed(current) and (_CONTINUED.search(row.text) is not None)
        return not again
    if _NAMED_TITLE.match(row.text) and len(current.lines) > 2:
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


def _begins_behind_a_signature(row: Row, current: Paper, size: float, capitals: bool) -> bool:
    """Whether a heading or a short line with a day of its own follows right behind a signature."""
    if not any(_is_act_of_signing(line.row.text) for line in current.lines[-1:]) or people_in(row.text):
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
    if (
        row.bold
        and row.size > 1.1 * size
        and any(
            _OWN_DATE.search(text[: found.start])
            for line in following
            if (text := line.text)
            for found in dates_in(text)
        )
    ):
        return True
    return bool(following) and is_a_day_alone(following[0].text)


def is_a_day_alone(text: str) -> bool:
    """Whether a line is a date and nothing else, perhaps behind the word Date."""
    found = next(dates_in(text), None)
    if found is None:
        return False
    rest = text[: found.start] + text[found.stop :]
    return not re.sub(r"\bdate\b(?: of (?:service|note|visit))?|\W", "", rest, flags=re.IGNORECASE)


def _is_signed(paper: Paper) -> bool:
    """Whether somebody has signed near the end of what the paper holds so far."""
    return any(_looks_signed(line.row.text) for line in paper.lines[-6:])


_EMPTY_SIGNATURE = re.compile(
    r"^\W*(?:(?:checked|approved|reviewed|signed|completed|performed|verified|electronically signed) by|(?:physician|physicist|therapist|dosimetrist|md)(?:'s)? signature|signature|signed)\s*:\W*(?:date\W*)?$",
    re.IGNORECASE,
)


def _looks_signed(text: str) -> bool:
    if re.search(r"\bordered\b|\brequested\b|\bcc:", text, re.IGNORECASE):
        return False
    if _EMPTY_SIGNATURE.match(text):
        return True
    people = people_in(text)
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


def _state(paper: Paper) -> str:
    if paper.parent is not None:
        return "late_entry" if "late" in paper.title.lower() else "addendum"
    head = " ".join([paper.title, *(_without_people(line.row.text) for line in paper.lines[:4])])
    tail = " ".join(_without_people(line.row.text) for line in paper.lines[-4:])
    stamped = [line.row.text for line in paper.lines if line.row.text.isupper() and len(line.row.text.split()) <= 8]
    for name, pattern in _STATES:
        if name == "superseded":
            places = [
                paper.title,
                *stamped,
                *(
                    line.row.text
                    for line in paper.lines
                    if not people_in(line.row.text)
                    and re.search(
                        r"\b(?:status|state|superseded|void|replaced by|discontinued|revised|prescription|rx|this (?:order|plan|page|note))\b",
                        line.row.text,
                        re.IGNORECASE,
                    )
                    and len(line.row.text.split()) <= 16
                ),
            ]
            if any(
                pattern.search(text)
                and not re.search(r"replaces|supersedes|no other|previous|earlier|old", text, re.IGNORECASE)
                for text in places
            ):
                return name
        elif pattern.search(head) or (name == "draft" and pattern.search(tail)):
            return name
    return ""


def calls_itself_a_draft(paper: Paper) -> bool:
    """Whether a paper bears the word draft or preliminary, and not merely a line that nobody signed."""
    return any(
        re.search(r"\bdraft\b|\bpreliminary\b", _without_people(line.row.text), re.IGNORECASE) for line in paper.lines
    )


def _without_people(text: str) -> str:
    for person in reversed(people_in(text)):
        text = text[: person.start] + text[person.stop :]
    return text


def date_of(paper: Paper, *, day_first: bool = False) -> date | None:
    """The day of the service or of the note; never of printing, faxing, transcribing or editing."""
    best: tuple[float, int, date] | None = None
    for number, line in enumerate(paper.lines):
        text = line.row.text
        signature = bool(people_in(text)) and bool(_SIGNATURE_DATE.search(text))
        for found in dates_in(text, day_first=day_first):
            before = text[: found.start]
            worth = _worth(before, text, found.start, number, signature)
            if worth is not None and (best is None or worth > best[0]):
                best = (worth, number, found.day)
    return best[2] if best else None


def _worth(before: str, text: str, start: int, number: int, signature: bool) -> float | None:
    if _STRONG_DATE.search(before) and not re.search(r"print|fax|edit", before[-20:], re.IGNORECASE):
        return 10.0 - 0.01 * number
    if _OTHER_DATE.search(before[-28:]) and not _OWN_DATE.search(before):
        return None
    if signature:
        return 2.0 - 0.001 * number
    if _OWN_DATE.search(before):
        return 8.0 - 0.05 * number
    if start <= 3 and number <= 3:
        return 7.5 - 0.05 * number
    if number <= 2:
        return 6.5 - 0.05 * number
    if start <= 3 and not people_in(text):
        return 4.0 - 0.01 * number
    if any(person.credentials for person in people_in(text)):
        return 1.8 - 0.001 * number
    return 0.5 - 0.001 * number


def diagnose(papers: Sequence[Paper]) -> Iterator[str]:
    """One line a paper, to look at."""
    for paper in papers:
        yield f"{paper.pages} {paper.type.name if paper.type else '?'} [{paper.state}] {paper.title!r} +{[s.name for s in paper.sections]}"
