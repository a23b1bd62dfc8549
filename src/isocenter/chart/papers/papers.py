"""The papers of a chart: where each begins and what it is."""

import re
from collections.abc import Sequence

from isocenter.chart.grammar.grammar import Grammar, PaperType
from isocenter.chart.grammar.phrases import lowered
from isocenter.chart.pages.blocks import Line, body_size, left_edge, mostly_capitals, reach_of_rows
from isocenter.chart.pages.layout import Row
from isocenter.chart.papers.dated_parts import with_dated_parts_apart
from isocenter.chart.papers.entry_heads import is_head_alone
from isocenter.chart.papers.entry_labels import run_in_title, titling_sentence
from isocenter.chart.papers.notes_of_a_log import is_a_log, notes_of_a_log
from isocenter.chart.papers.paper import Paper
from isocenter.chart.papers.paper_beginnings import paper_begun
from isocenter.chart.papers.paper_days import is_a_day_alone, is_dated
from isocenter.chart.papers.paper_ends import added_without_a_signature, is_act_of_signing
from isocenter.chart.papers.paper_habits import habits_of
from isocenter.chart.papers.paper_states import state_of, void_lines, was_never_meant
from isocenter.chart.papers.papers_within import (
    with_half_of_physics_apart,
    with_review_of_images_apart,
    with_revisions_apart,
    with_statement_of_the_facility_apart,
)
from isocenter.chart.papers.record_trailers import is_trailer
from isocenter.chart.papers.row_places import Place, says_nothing_yet
from isocenter.chart.papers.rows_signed_apart import with_signed_rows_apart
from isocenter.chart.papers.title_places import (
    goes_on_with_its_head,
    heads_a_section,
    says_who_signed,
    title_at,
    titles_what_stands_above,
)
from isocenter.chart.papers.titles import title_of_words
from isocenter.chart.papers.weekly_entries import with_weekly_entries_apart
from isocenter.chart.words.dates import has_date
from isocenter.chart.words.people import has_credentials


def papers_of(grammar: Grammar, pages: Sequence[tuple[int, Sequence[Row]]]) -> list[Paper]:
    """Papers from the body rows of pages in their order."""
    papers: list[Paper] = []
    habits = habits_of(grammar, pages)
    for number, rows in pages:
        size, capitals = body_size(rows), mostly_capitals(rows)
        reach = reach_of_rows(rows) if capitals else {}  # a typist in capitals ends a line where a statement ends
        first, anew = True, False
        for at, row in enumerate(rows):
            current = papers[-1] if papers else None
            if row.text in habits.patient_lines:
                first, anew = True, current is not None
                continue
            place = Place(row, rows, at, number, size, capitals, first, anew, None)
            place = place._replace(title=title_at(grammar, place, current))
            begun = paper_begun(grammar, habits, place, current)
            if begun is not None:
                papers.append(begun)
            elif current is not None and place.title is not None:
                _take_title_within(grammar, current, place, place.title)
            elif current is not None and current.type is None:
                _take_run_in_title(grammar, current, row)
            papers[-1].lines.append(Line(row, number, reach.get(left_edge(row), 0.0)))
            has_begun = begun is not None and (
                begun.type is not None or current is not None
            )  # not by the head of page 1
            first, anew = first and not has_begun and says_nothing_yet(place), False
    return _finished(grammar, papers)


def _take_title_within(grammar: Grammar, current: Paper, place: Place, title: PaperType) -> None:
    """A title that begins no paper names the one that began without it, as in its head or below it, or heads a section."""
    if is_trailer(grammar, place, current):
        if current.type is None:
            current.type, current.title = title, place.row.text.strip()
        return
    in_head = goes_on_with_its_head(place, current) and (current.type is None or current.type.none)
    if titles_what_stands_above(place, current) or in_head:
        current.type, current.title = title, place.row.text.strip()
    elif heads_a_section(place, current) and not _is_of_a_device(title, current):
        current.sections.append(title)


def _is_of_a_device(title: PaperType, current: Paper) -> bool:
    """Whether a heading such as Rationale is within the sheet of a simulation or a device: it is that of the device."""
    kinds = {*current.type.kinds, *current.type.may_be} if current.type is not None else set()
    return title.name == "necessity letter" and bool(kinds & _SHEETS_OF_DEVICES)


_SHEETS_OF_DEVICES = {"simulation_record", "device_record"}


def _take_run_in_title(grammar: Grammar, current: Paper, row: Row) -> None:
    """Words in capitals before the first sentence of a paragraph head a section of a paper without a title.

    Below the head of a note in a printout its first sentence may be its title.
    """
    below_its_head = is_head_alone([line.row.text for line in current.lines], row.text)
    named = titling_sentence(grammar, row.text) if below_its_head else None
    if named is not None:
        current.title, current.type = named
        return
    found = run_in_title(grammar, row)
    if found is not None and found[1] is not None and row.text.startswith(f"{found[0]}."):
        current.sections.append(found[1])


def _finished(grammar: Grammar, papers: Sequence[Paper]) -> list[Paper]:
    """The papers with the notes of logs apart, letters known, and the state of each."""
    papers = _with_signers_joined(_with_days_joined(_with_titles_joined(papers)))
    for paper in papers:
        paper.type = _by_what_it_says(grammar, paper)
    papers = [part for paper in papers for part in with_weekly_entries_apart(grammar, paper)]
    papers = [part for paper in papers for part in notes_of_a_log(grammar, paper)]
    papers = [part for paper in papers for part in with_signed_rows_apart(paper)]
    papers = [part for paper in papers for part in with_review_of_images_apart(grammar, paper)]
    papers = [part for paper in papers for part in with_half_of_physics_apart(grammar, paper)]
    papers = [part for paper in papers for part in with_revisions_apart(paper)]
    papers = [part for paper in papers for part in with_dated_parts_apart(grammar, paper)]
    papers = [part for paper in papers for part in with_statement_of_the_facility_apart(grammar, paper)]
    for paper in papers:
        if paper.type is None and _reads_like_a_letter(paper):
            paper.type = grammar.paper_named("letter")
        if paper.type is not None:
            paper.sections += _named_beside(grammar, paper)
        if was_never_meant(paper):
            paper.type = grammar.no_document
        texts = [line.row.text for line in paper.lines]
        paper.void = void_lines(texts) | added_without_a_signature(texts)
        paper.state = state_of(paper)
    return papers


def _by_what_it_says(grammar: Grammar, paper: Paper) -> PaperType | None:
    """The type of a paper, or that which takes its place where the paper says so."""
    others = [known for known in grammar.papers if paper.type is not None and paper.type.name in known.instead_of]
    words = [phrase for known in others for phrase in known.instead_where]
    texts = [lowered(line.row.text) for line in paper.lines] if words else []
    return next(
        (known for known in others if any(phrase.search(text) for phrase in known.instead_where for text in texts)),
        paper.type,
    )


def _named_beside(grammar: Grammar, paper: Paper) -> list[PaperType]:
    """What a paper is besides its type: a title may name two, such as Order and IMRT need, and so may a letter's subject."""
    if paper.type is None or paper.type.none or paper.type.facility or is_a_log(paper):
        return []
    parts = _PARTS_OF_A_TITLE.split(paper.title) if len(paper.title.split()) <= _LONGEST_TITLE_OF_TWO else []
    parts = parts if len(parts) > 1 else []
    if paper.type.by_content:
        subjects = (line.row.text for line in paper.lines if _SUBJECT.match(line.row.text))
        parts += [part for subject in subjects for part in _PARTS_OF_A_SUBJECT.split(subject)[1:]]
    names = [part.strip() for part in parts]
    own = {*paper.type.kinds, *paper.type.may_be}
    names = [name for name in names if own & _ARGUED_FOR or not _OF_WHAT_STANDS_BESIDE.fullmatch(name)]
    equals = {part.strip() for part in _EQUAL_PARTS.split(paper.title)}
    found = [
        (kind, {*paper.type.kinds} if name in equals else own)
        for name in names
        if name and name.lower() not in grammar.weak
        for kind in [title_of_words(grammar, name)]
    ]
    return [
        kind
        for kind, held in found
        if kind is not None
        and _goes_beside(kind)
        and not {*kind.kinds} <= held
        and not (
            "visit_note" in own and "plan_report" in kind.kinds
        )  # the plan of a visit is what the physician means to do
    ]


def _goes_beside(kind: PaperType) -> bool:
    return bool(kind.kinds or kind.may_be) and not kind.by_content and not is_a_log(Paper(kind, ""))


_LONGEST_TITLE_OF_TWO = 10
_ARGUED_FOR = {"clinical_planning_note", "prescription", "visit_note"}  # beside which a reason is that of the technique
_OF_WHAT_STANDS_BESIDE = re.compile(
    r"(?:medical )?(?:justification|rationale|necessity|indications?|need|reason)", re.I
)
_SUBJECT = re.compile(r"^\W*(?:re|subject|regarding|concerning)\s*:", re.IGNORECASE)
_PARTS_OF_A_SUBJECT = re.compile(r"[:;,]|\band\b", re.IGNORECASE)
_EQUAL_PARTS = re.compile(r"\s[/+]\s")  # of which neither is a mere part of the other
_PARTS_OF_A_TITLE = re.compile(r"\s[/&+]\s|,\s(?=[^,\d]*\band\b)|\b(?:and|with)\b", re.IGNORECASE)


def _with_titles_joined(papers: Sequence[Paper]) -> list[Paper]:
    """The papers without those of a title alone, which is the first line of the title of the paper below it."""
    joined: list[Paper] = []
    for paper in papers:
        if joined and _is_first_line_of_title(joined[-1], paper):
            paper.lines = [*joined[-1].lines, *paper.lines]
            if paper.type is None or paper.type.none:
                paper.type, paper.title = joined[-1].type, paper.title or joined[-1].title
            joined.pop()
        joined.append(paper)
    return joined


def _with_signers_joined(papers: Sequence[Paper]) -> list[Paper]:
    """The papers without those that only say who acted and when: a line, or a table below a heading of its own.

    Both are the end of the paper above them on its page.
    """
    joined: list[Paper] = []
    for paper in papers:
        above = joined[-1] if joined else None
        if above is not None and (_is_last_line_of(above, paper) or _is_table_of_signers_of(above, paper)):
            above.lines = [*above.lines, *paper.lines]
        else:
            joined.append(paper)
    return joined


def _is_last_line_of(above: Paper, paper: Paper) -> bool:
    if len(paper.lines) != 1 or len(above.lines) < _FEWEST_LINES_OF_A_PAPER or paper.parent is not None:
        return False
    line, last = paper.lines[0], above.lines[-1]
    is_plain = not line.row.bold and line.row.size <= _MOST_TALLER * last.row.size
    is_near = above.type is not None and above.parent is None and last.page == line.page
    return is_near and is_plain and says_who_signed(line.row)


def _is_table_of_signers_of(above: Paper, paper: Paper) -> bool:
    """Whether a paper without a known title holds nothing but a table of who did what, and when, below its heading."""
    texts = [line.row.text for line in paper.lines]
    if paper.type is not None or paper.parent is not None or len(texts) < _FEWEST_LINES_OF_A_PAPER:
        return False
    is_near = above.type is not None and above.parent is None and above.lines[-1].page == paper.lines[0].page
    rows = paper.lines[2:]
    return (
        is_near
        and not _ends_signed(above)
        and _HEADS_SIGNERS.fullmatch(texts[0]) is not None
        and len(paper.lines[1].row.cells) > 1
        and all(len(row.row.cells) > 1 and has_credentials(row.row.text) for row in rows)
    )


_HEADS_SIGNERS = re.compile(
    r"\W*(?:(?:plan|document|note|order|prescription|electronic|physician|final) )*"
    r"(?:sign-? ?offs?|signatures?|approvals?|authentications?|reviews? and approvals?)(?: (?:history|log|record|table|status|trail|block))?\W*",
    re.IGNORECASE,
)


def _ends_signed(paper: Paper) -> bool:
    return any(is_act_of_signing(line.row.text) for line in paper.lines[-1:])


_FEWEST_LINES_OF_A_PAPER = 3
_MOST_TALLER = 1.15  # of a line as recognition measures it


def _with_days_joined(papers: Sequence[Paper]) -> list[Paper]:
    """The papers without those of a day alone, which is the day of the title right below it."""
    joined: list[Paper] = []
    for paper in papers:
        if joined and _is_day_above_title(joined[-1], paper):
            paper.lines = [*joined.pop().lines, *paper.lines]
        joined.append(paper)
    return joined


def _is_day_above_title(above: Paper, paper: Paper) -> bool:
    return (
        above.type is None
        and above.parent is None
        and len(above.lines) == 1
        and paper.type is not None
        and paper.parent is None
        and bool(paper.lines)
        and is_a_day_alone(above.lines[0].row.text)
        and above.lines[0].page == paper.lines[0].page
        and not has_date(paper.lines[0].row.text)
        and not any(_gives_the_day(line.row.text) for line in paper.lines[1:_LINES_OF_A_HEAD])
    )


def _gives_the_day(text: str) -> bool:
    """Whether a line below a title dates the paper, and is no sentence that tells of a day."""
    return is_dated(text) or (has_date(text) and len(text.split()) <= _MOST_WORDS_OF_A_DAY)


_LINES_OF_A_HEAD, _MOST_WORDS_OF_A_DAY = 2, 8


def _is_first_line_of_title(above: Paper, paper: Paper) -> bool:
    return (
        above.type is not None
        and above.parent is None
        and paper.parent is None
        and bool(paper.lines)
        and [line.row.text.strip() for line in above.lines] == [above.title.strip()]
        and above.lines[0].page == paper.lines[0].page
        and (paper.type is None or paper.type.none or paper.type is above.type)
    )


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
