"""A paper with what was read of it: its sentences, its signatures, its day; and which pages are this patient's."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from isocenter.chart.abstraction import Abstraction, Cited
from isocenter.chart.grammar import Grammar, PaperType
from isocenter.chart.identity import Identity, is_of_another, was_recognized
from isocenter.chart.pages import Page
from isocenter.chart.paper import Paper
from isocenter.chart.paper_days import date_of
from isocenter.chart.paper_states import calls_itself_a_draft
from isocenter.chart.passages import Placed, Sentence, sentences
from isocenter.chart.signatures import SignatureFound, signatures_in
from isocenter.chart.signing import Signing
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


def own_pages(pages: Sequence[Page], identities: Sequence[Identity], found: Abstraction) -> list[Page]:
    """Pages that are not another patient's; a page that names nobody follows the page before when it goes on with it."""
    own: list[Page] = []
    foreign_before = False
    others: list[Problem] = []
    for page, identity in zip(pages, identities, strict=True):
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


def read_paper(file: str, paper: Paper, staff: Mapping[str, str], signing: Signing, day_first: bool) -> PaperRead:
    signed: list[SignatureFound] = []
    lines = [line for line in paper.lines_in_force if not _is_bare_title(line.row.text, paper)]
    some = [_without_title_above(sentence, paper.title) for sentence in sentences(lines)]
    for _, signature in signatures_in(
        paper.lines_in_force, staff, signing=signing, day_first=day_first, logs=_rows_of_logs(some)
    ):
        same = [s for s in signed if s.role == signature.role and s.signed_on == signature.signed_on]
        if not any(_surname(s) == _surname(signature) for s in same):
            signed.append(signature)
    if paper.state == "draft":
        if signed and not calls_itself_a_draft(paper):
            paper.state = ""  # one signed, and the line of another says that it was not
        else:
            signed = []
    day = date_of(paper, day_first=day_first)
    if day is None:
        day = min((s.signed_on for s in signed if s.signed_on), default=None)
    return PaperRead(file, paper, some, signed, day)


def retype_by_signers(grammar: Grammar, read: Sequence[PaperRead]) -> None:
    """A paper whose title fits two types is the one that those who signed it write."""
    for one in read:
        roles = {signature.role for signature in one.signatures}
        for other in grammar.papers:
            if one.paper.type and other.instead_of == one.paper.type.name and roles and roles <= set(other.signed_by):
                one.paper.type = other
                break


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
    r"\b(?:signed|approved|authenticated|authorized|checked|planned|reviewed|completed|performed|verified|accepted|released)(?: (?:by|on)\b|\s*:)|e-?sign",
    re.IGNORECASE,
)


_ROLE_CELL = re.compile(
    r"\W*(?:(?:medical |attending |treating |radiation )?(?:physicist|physician|oncologist|dosimetrist|therapist|md|planner)|signature|signed)\b[^,]{0,20}$",
    re.IGNORECASE,
)


def _rows_of_logs(some: Sequence[Sentence]) -> set[str]:
    """The texts of table rows without a column in which somebody signs."""
    return {
        s.text
        for s in some
        if len(s.columns) > 2
        and not _ROLE_CELL.match(s.columns[0].value)
        and not any(_SIGNING_COLUMN.search(c.name) for c in s.columns)
        and not _SIGNING_LINE.search(s.text)
    }


def _surname(signature: SignatureFound) -> str:
    return re.sub(r"[^a-z]", "", signature.signer.split(",")[0].split()[-1].lower()) if signature.signer else ""


_PHYSICIANS = ("radiation_oncologist", "treating_physician")


def sign_notes_of_residents(read: Sequence[PaperRead]) -> None:
    """The attending who attests to a resident's note right below it has signed that note too."""
    for note, below in pairwise(read):
        attested = below.paper.type is not None and "teaching_physician_statement" in below.paper.type.kinds
        if not attested or below.file != note.file or {s.role for s in note.signatures} != {"other"}:
            continue
        note.signatures += [s for s in below.signatures if s.role in _PHYSICIANS]


def cited(file: str, placed: Placed, sureness: float, read_by: Mapping[tuple[str, int], str]) -> Cited:
    return Cited(
        file,
        placed.page,
        placed.box(),
        placed.text,
        round(min(sureness, 1.0), 3),
        read_by.get((file, placed.page), "text"),
    )


def kinds_of(one: PaperRead) -> set[str]:
    types: list[PaperType] = [*([one.paper.type] if one.paper.type else []), *one.paper.sections]
    return {kind for paper_type in types for kind in paper_type.kinds}
