"""A paper with what was read of it: its sentences, its signatures, its day; and which pages are this patient's."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from isocenter.chart.abstraction import Abstraction, Cited
from isocenter.chart.course.paper_contents import PaperContents
from isocenter.chart.grammar.grammar import Grammar, PaperType
from isocenter.chart.grammar.signing import Signing
from isocenter.chart.pages.blocks import Line
from isocenter.chart.pages.layout import Cell, Row
from isocenter.chart.pages.pages import Page
from isocenter.chart.pages.passages import Sentence, sentences
from isocenter.chart.pages.placed import Placed
from isocenter.chart.papers.entry_heads import heads_of_entries
from isocenter.chart.papers.paper import Paper
from isocenter.chart.papers.paper_days import date_of, is_dated, is_row_of_a_session
from isocenter.chart.papers.paper_ends import is_name_alone
from isocenter.chart.papers.paper_states import calls_itself_a_draft
from isocenter.chart.patient.identity import another_within, is_of_another, was_recognized
from isocenter.chart.patient.identity_marks import Identity
from isocenter.chart.signatures.signature_of_text import SignatureFound, without_people
from isocenter.chart.signatures.signatures import signatures_in
from isocenter.chart.signatures.signer_initials import initials_of_physicians
from isocenter.chart.words.dates import dates_in, has_date
from isocenter.chart.words.people import people_in
from isocenter.terms.problems import Problem

_LONGEST_TITLE = 9


@dataclass
class PaperRead:
    """A paper with what was read of it."""

    file: str
    paper: Paper
    sentences: list[Sentence]
    signatures: list[SignatureFound]
    day: date | None
    shown: set[str] = field(default_factory=set)  # kinds of documents that a paper without a title is
    _contents: PaperContents | None = None

    def contents(self, grammar: Grammar) -> PaperContents:
        """What its sentences hold, read once."""
        if self._contents is None:
            self._contents = PaperContents(grammar, self.sentences, initials_of_physicians(self.signatures))
        return self._contents

    def forget_contents(self) -> None:
        """Let go of what its sentences hold: kept for every paper of a long chart, it would take gigabytes."""
        self._contents = None


def own_pages(pages: Sequence[Page], identities: Sequence[Identity], found: Abstraction) -> list[Page]:
    """Pages that are not another patient's; a page that names nobody follows the page before when it goes on with it."""
    own: list[Page] = []
    foreign_before = False
    others: list[Problem] = []
    for page, of_margins in zip(pages, identities, strict=True):
        identity = another_within(page, found.patient) or of_margins
        foreign = is_of_another(identity, found.patient, recognized=was_recognized(page))
        if identity.is_empty and foreign_before and page.rows and not _starts_anew(page):
            foreign = True
        if foreign:
            found.foreign.append((page.file, page.number))
            whose = identity.name or identity.record_number or str(identity.born or "somebody else")
            others.append(
                Problem(
                    page.file,
                    f"page {page.number}",
                    f"the page is of another patient ({whose}); nothing on it was used",
                )
            )
        else:
            own.append(page)
        foreign_before = foreign
    found.problems[:0] = others  # what concerns somebody else's privacy comes first
    return own


def _starts_anew(page: Page) -> bool:
    top = " ".join(row.text for row in page.rows[:4])
    return not re.search(r"\bcontinued\b|\bpage [2-9] of", top, re.IGNORECASE)


def read_paper(
    file: str, paper: Paper, staff: Mapping[str, str], signing: Signing, day_first: bool, born: date | None = None
) -> PaperRead:
    """The sentences, signatures and day of a paper of a patient who was born on a day."""
    signed: list[SignatureFound] = []
    lines = [line for whole in paper.lines_in_force if (line := _without_bare_title(whole, paper)) is not None]
    some = [_without_title_above(sentence, paper.title) for sentence in sentences(lines)]
    heads = heads_of_entries([line.row.text for line in paper.lines_in_force])
    for _, signature in signatures_in(
        [line for at, line in enumerate(paper.lines_in_force) if at not in heads],
        staff,
        signing=signing,
        day_first=day_first,
        logs=_rows_of_logs(some, signing)
        | (_rows_of_sessions(paper) if "image_guidance_note" in kinds_of_paper(paper) else set()),
    ):
        same = [s for s in signed if s.role == signature.role and _surname(s) == _surname(signature)]
        if not any(s.signed_on == signature.signed_on for s in same):
            signed.append(signature)
    dated = {(s.role, _surname(s)) for s in signed if s.signed_on is not None}
    signed = [s for s in signed if s.signed_on is not None or (s.role, _surname(s)) not in dated]
    if "signature_log" in kinds_of_paper(paper):
        signed = [s for s in signed if s.signed_on is not None]  # specimens of hands, which sign nothing
    if paper.state == "draft":
        if signed and not calls_itself_a_draft(paper):
            paper.state = ""  # one signed, and the line of another says that it was not
        else:
            signed = []
    signed_on = [s.signed_on for s in signed if s.signed_on is not None]
    day = date_of(paper, day_first=day_first, born=born, signed_on=signed_on) or min(signed_on, default=None)
    if signed_on and day not in signed_on and _attests_another(paper):
        day = min(signed_on)
    return PaperRead(file, paper, some, signed, day)


def _attests_another(paper: Paper) -> bool:
    """Whether a paper is an attestation without a day in a field of its own: the day in its text is that of the note."""
    texts = (line.row.text for line in paper.lines)
    return "attestation_statement" in kinds_of_paper(paper) and not any(
        is_dated(text) and not _DAY_OF_ANOTHER.search(text) for text in texts
    )


_DAY_OF_ANOTHER = re.compile(
    r"\b(?:visit|note|plan|review|order|record|simulation|check|entry|prescription|report)s? (?:of|on|from|dated)\W+(?:\d|[A-Z][a-z]{2})"
)  # such as: I attest that the weekly visit of April 4, 2025 was written by me


def retype_by_signers(grammar: Grammar, read: Sequence[PaperRead]) -> None:
    """A paper whose title fits two types is the one that those who signed it write."""
    for one in read:
        roles = {signature.role for signature in one.signatures}
        for other in grammar.papers:
            signed_so = bool(roles) and roles <= set(other.signed_by)
            if one.paper.type and one.paper.type.name in other.instead_of and signed_so:
                one.paper.type = other
                break


_ASKED_BEHIND = re.compile(r"(?:ordered|requested|prescribed|asked(?: for)?|per)\b", re.IGNORECASE)


def _without_bare_title(line: Line, paper: Paper) -> Line | None:
    """A line that is no title; of a title and its day what behind them says who asked for the work; None for any other title.

    Such as: MU check 1/21/2026 ordered by Dr. Winter.
    """
    if not _is_bare_title(line.row.text, paper):
        return line
    words = line.row.words
    for at, word in enumerate(words):
        if at and _ASKED_BEHIND.match(word.text) and has_date(" ".join(w.text for w in words[:at])):
            size = min(below.row.size for below in paper.lines)
            plain = tuple(behind._replace(bold=False, size=size) for behind in words[at:])
            return line._replace(row=Row((Cell(plain),)))
    return None


def _is_bare_title(text: str, paper: Paper) -> bool:
    """Whether a row is the title of a paper and no more: a title states nothing."""
    text = text.strip()
    return (
        paper.type is not None
        and text == paper.title.strip()
        and ":" not in text
        and len(text.split()) <= _LONGEST_TITLE
    )


def _without_title_above(sentence: Sentence, title: str) -> Sentence:
    """A sentence right below the title of its paper stands under no heading: a title states nothing."""
    return sentence._replace(section="") if sentence.section.strip() == title.strip() else sentence


_SIGNING_COLUMN = re.compile(r"sign|approv|initial|review|physician|attest|authent", re.IGNORECASE)


_SIGNING_LINE = re.compile(
    r"\b(?:signed|approved|authenticated|authorized|checked|planned|reviewed|completed|performed|verified|accepted|released)(?: (?:by|on)\b|\s*:)|\bsigned\W{1,3}\d|e-?sign",
    re.IGNORECASE,
)


_ROLE_CELL = re.compile(
    r"\W*(?:(?:medical |attending |treating |radiation )?(?:physicist|physician|oncologist|dosimetrist|therapist|md|planner)|(?:electronic |digital |e-?)?signature|signed)\b[^,]{0,20}$",
    re.IGNORECASE,
)


def _rows_of_logs(some: Sequence[Sentence], signing: Signing) -> set[str]:
    """The texts of table rows without a column in which somebody signs, and whose first cell is no act that signs."""
    of_things = {s.columns[0].name for s in some if s.columns and not _names_a_person_first(s)}
    return {
        s.text
        for s in some
        if len(s.columns) > 2
        and not _ROLE_CELL.match(s.columns[0].value)
        and not _ACT_CELL.fullmatch(s.columns[0].value)
        and not _is_an_act(s.columns[0].value, signing)
        and not any(_SIGNING_COLUMN.search(c.name) for c in s.columns)
        and not _SIGNING_LINE.search(s.text)
        and not (s.columns[0].name in of_things and _is_signed_below_a_table(s, signing))
    }


def _names_a_person_first(row: Sentence) -> bool:
    return is_name_alone(row.columns[0].value)


def _is_signed_below_a_table(row: Sentence, signing: Signing) -> bool:
    """Whether what seems a row is a signature in the columns of the table above: Ada Winter, MD | 3/4/2026 | electronic.

    The rows above it must be of something else: in a list of people the last column may say how each was informed.
    """
    people, rest = people_in(row.columns[0].value), " ".join(column.value for column in row.columns[1:])
    day = next(dates_in(rest), None)
    if not _names_a_person_first(row) or not people[0].credentials or day is None:
        return False
    how = without_people(rest, [], day)
    return _ELECTRONIC.search(how) is not None and not signing.other_words(_ELECTRONIC.sub(" ", how))


_ELECTRONIC = re.compile(r"\b(?:e-?)?(?:electronic|digital|sign)(?:ally|ed|ature)?\b", re.IGNORECASE)

_ACT_CELL = re.compile(r"\W*[a-z]+ by\W*|\W*closed\W*", re.IGNORECASE)
_CHECK = re.compile(r"\b(?:check|review|sign-?off)\W*$", re.IGNORECASE)


def _is_an_act(cell: str, signing: Signing) -> bool:
    """Whether a cell holds nothing but an act that signs, such as: Planned, Electronically signed by, Physics check."""
    return not signing.other_words(_without_signing(cell, signing)) and (
        signing.names_an_act(cell) or _CHECK.search(cell) is not None
    )


def _without_signing(cell: str, signing: Signing) -> str:
    found = signing.word_of_signing(cell)
    return cell[: found[0]] + cell[found[1] :] if found is not None else cell


def _rows_of_sessions(paper: Paper) -> set[str]:
    """The rows of a log of image guidance, whose names approve the shifts of one session and not the paper."""
    return {
        text
        for text in (line.row.text for line in paper.lines)
        if is_row_of_a_session(text) or (_DAY_FIRST.match(text) and _IMAGES_OF_A_SESSION.search(text))
    }


_DAY_FIRST = re.compile(
    r"^\W*(?:(?:fx|fraction|#)?\W*\d{1,2}\W+)?(?:\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}|\d{1,2}[- ]?[A-Za-z]{3}[- ]?\d{2,4})"
)
_IMAGES_OF_A_SESSION = re.compile(
    r"\b(?:cbct|kv|mv|mvct|portal|orthogonal|stereoscopic|vector|shift|match)\w*\b.*\d", re.IGNORECASE
)


def _surname(signature: SignatureFound) -> str:
    return re.sub(r"[^a-z]", "", signature.signer.split(",")[0].split()[-1].lower()) if signature.signer else ""


def cited(file: str, placed: Placed, sureness: float, read_by: Mapping[tuple[str, int], str]) -> Cited:
    return Cited(
        file,
        placed.page,
        placed.box(),
        placed.as_printed,
        round(min(sureness, 1.0), 3),
        read_by.get((file, placed.page), "text"),
    )


def kinds_of(one: PaperRead) -> set[str]:
    return kinds_of_paper(one.paper)


def kinds_of_paper(paper: Paper) -> set[str]:
    types: list[PaperType] = [*([paper.type] if paper.type else []), *paper.sections]
    return {kind for paper_type in types for kind in paper_type.kinds}
