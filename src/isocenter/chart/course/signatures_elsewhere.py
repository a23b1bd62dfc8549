"""Signatures of a paper that another paper shows: a statement of authorship, an addendum that agrees, a signature log."""

import re
from collections.abc import Collection, Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise

from isocenter.chart.course.best_statements import best_statements
from isocenter.chart.course.paper_read import PaperRead, kinds_of
from isocenter.chart.course.writers import is_signed_by_physics_alone
from isocenter.chart.grammar.grammar import Grammar
from isocenter.chart.papers.paper import Paper
from isocenter.chart.papers.paper_days import date_of
from isocenter.chart.papers.paper_ends import is_signed
from isocenter.chart.papers.titles import is_of_physics, title_of_words
from isocenter.chart.words.dates import dates_in, days_without_year_in
from isocenter.chart.words.people import people_in, surname_of

_ATTESTATION = "attestation_statement"
_SIGNED_TOGETHER = (
    {"dosimetric_verification", "dosimetry_calculation"},
    {"plan_report", "portal_description"},
    {"simulation_record", "device_record"},
)
_SIGNED_TOGETHER_ON_A_DAY = {"clinical_planning_note", "necessity_statement"}
_LONGEST_UNSIGNED = timedelta(days=14)
_LINES_OF_AN_END = 2


def sign_parts_above(read: Sequence[PaperRead]) -> None:
    """Parts of one note under headings of their own are signed together, below the last of them.

    A part without a signature, or the place for one, goes with the part right below it on its page that gives no day
    of its own, or that is mostly one paper with it, as measurement and check of monitor units are.
    """
    for above, below in reversed(list(pairwise(read))):
        apart = above.file != below.file or above.paper.pages[-1:] != below.paper.pages[:1] or above.paper.parent
        closed = above.signatures or above.paper.state or _is_closed(above.paper)
        if any(kinds_of(above) | kinds_of(below) >= logs for logs in _LOGS_APART):
            continue  # whoever checks a week's fractions signs no visit or set-up above them
        if apart or closed or not below.signatures or below.paper.state or not _is_part(above) or not _is_part(below):
            continue
        if _are_two_of_a_kind(above, below) or _is_review_below_what_it_reviews(above, below):
            continue
        if date_of(_unsigned(below)) is None and above.day is not None and not _are_notes_of_a_log(above, below):
            above.signatures += below.signatures
            below.day = above.day
        elif _are_one_paper(above, below):
            above.signatures += below.signatures
            above.day = above.day or below.day


def sign_agreed(grammar: Grammar, read: Sequence[PaperRead]) -> None:
    """Who signs an addendum that only agrees with the note above has signed that note, with every part of it."""
    for addendum in read:
        said = [s.text for s in addendum.sentences if not people_in(s.text) and s.text.strip() != addendum.paper.title]
        parent = next((one for one in read if one.paper is addendum.paper.parent), None)
        if parent is None or not addendum.signatures or not grammar.signing.only_agrees(" ".join(said)):
            continue
        of_note = list(parent.signatures)
        for one in read:
            if one is parent or (of_note and any(s in one.signatures for s in of_note)):
                roles = {(s.role, s.signed_on) for s in one.signatures}
                one.signatures += [s for s in addendum.signatures if (s.role, s.signed_on) not in roles]


_ORDERS = {"prescription"}
_LOGS_APART = tuple(
    {"weekly_physics_check", of_others} for of_others in ("weekly_management_note", "image_guidance_note")
)


def _are_notes_of_a_log(above: PaperRead, below: PaperRead) -> bool:
    """Whether two papers share the heading of the log that holds them, and not a signature."""
    return above.paper.type is below.paper.type and above.paper.title == below.paper.title != ""


def _are_two_of_a_kind(above: PaperRead, below: PaperRead) -> bool:
    """Whether two papers of one kind each need their own signature.

    They do where they bear the same title, where the one below has a day of its own, or where one title alone is physics'
    and physics alone signed below.
    """
    if above.paper.type is None or above.paper.type is not below.paper.type:
        return False
    if _words_of(above.paper.title) == _words_of(below.paper.title) or date_of(_unsigned(below)) is not None:
        return True
    is_of_another = is_of_physics(above.paper.title) != is_of_physics(below.paper.title)
    return is_of_another and is_signed_by_physics_alone(below)


_REVIEWS = {"image_review", "dvh_review"}
_REVIEWED = {"plan_report", "portal_description"}


def _is_review_below_what_it_reviews(above: PaperRead, below: PaperRead) -> bool:
    """Whether a physician's review is right below the plan that it is of, which somebody else made."""
    reviews = _kinds_by_title(below) & _REVIEWS and not _own_kinds(below) & _REVIEWED
    return bool(reviews and _own_kinds(above) & _REVIEWED)


def _words_of(title: str) -> list[str]:
    return re.findall(r"[a-z]+", title.lower())


def _are_one_paper(above: PaperRead, below: PaperRead) -> bool:
    """Whether two parts are of one work, and of about one day where both give theirs."""
    kinds = _kinds_by_title(above), _kinds_by_title(below)
    own_day = date_of(_unsigned(below)) if above.paper.type is below.paper.type else None
    if own_day is not None and above.day is not None and own_day != above.day:
        return False  # two papers of one kind, such as the physician's review of a plan and the physicist's
    if kinds[0] & _SIGNED_TOGETHER_ON_A_DAY and kinds[1] & _SIGNED_TOGETHER_ON_A_DAY:
        return above.day is not None and date_of(_unsigned(below)) == above.day
    works = [{at for at, group in enumerate(_SIGNED_TOGETHER) if _own_kinds(one) & group} for one in (above, below)]
    if all(works) and not works[0] & works[1]:
        return False  # such as a plan report above the report of its measurement
    together = any(kinds[0] & group and kinds[1] & group for group in _SIGNED_TOGETHER)
    signed_on = [s.signed_on for s in below.signatures if s.signed_on is not None]
    near = above.day is None or any(timedelta(0) <= day - above.day <= _LONGEST_UNSIGNED for day in signed_on)
    return together and near


def _own_kinds(one: PaperRead) -> set[str]:
    return {*one.paper.type.kinds} if one.paper.type is not None else set()


def _kinds_by_title(one: PaperRead) -> set[str]:
    """The kinds of documents that the title of a paper says it is, or may be."""
    kind = one.paper.type
    return {*kind.kinds, *kind.may_be} if kind is not None else set()


def _is_closed(paper: Paper) -> bool:
    """Whether a paper ends with a signature or with the place for one."""
    return is_signed(Paper(paper.type, paper.title, paper.lines[-_LINES_OF_AN_END:]))


def _is_part(one: PaperRead) -> bool:
    """Whether a paper is a document by its title, or stands below a heading of its own."""
    kind = one.paper.type
    return bool(kind.kinds or kind.may_be) if kind is not None else bool(one.paper.title)


def _unsigned(one: PaperRead) -> Paper:
    """A paper without the lines on which somebody signs, or on which a system repeats who signed and when."""
    signed = {id(word) for s in one.signatures for _, _, word, _ in s.placed.words}
    signers = {(surname_of(s.signer), s.signed_on) for s in one.signatures}
    lines = [
        line
        for line in one.paper.lines
        if not any(id(word) in signed for word in line.row.words) and not _names_signer_and_day(line.row.text, signers)
    ]
    return Paper(one.paper.type, one.paper.title, lines)


def _names_signer_and_day(text: str, signers: Collection[tuple[str, date | None]]) -> bool:
    days = [found.day for found in dates_in(text)]
    return bool(days) and any((person.surname, day) in signers for person in people_in(text) for day in days)


def sign_attested(grammar: Grammar, read: Sequence[PaperRead]) -> None:
    """Who states on a later day to have written a paper that the statement dates has signed it on the later day.

    The paper is the one of that day that the statement names by its kind, or the only one of that day. An order is not
    signed so: Medicare accepts such a statement for medical documentation other than orders (MLN905364, Complying with
    Medicare Signature Requirements).
    """
    for one in read:
        if not one.signatures or not _days_meant(one):
            continue  # asking what it states takes long
        attests = _ATTESTATION in best_statements(grammar, one, [_ATTESTATION], "")
        one.forget_contents()
        if not attests:
            continue
        for meant in _papers_meant(grammar, one, read):
            if kinds_of(meant) & _ORDERS:
                continue
            meant.signatures += [
                s
                for s in one.signatures
                if (s.role, s.signed_on) not in {(t.role, t.signed_on) for t in meant.signatures}
            ]


def _papers_meant(grammar: Grammar, statement: PaperRead, read: Sequence[PaperRead]) -> Iterator[PaperRead]:
    text = _text_of(statement)
    for day in sorted(_days_meant(statement)):
        of_day = [other for other in read if other is not statement and day in (other.day, *_days_of_title(other))]
        named = [other for other in of_day if _names(grammar, text, other)]
        yield from named or (of_day if len(of_day) == 1 else [])


def _text_of(statement: PaperRead) -> str:
    return " ".join(s.text for s in statement.sentences if not people_in(s.text) or len(s.text.split()) > 12)


def _days_meant(statement: PaperRead) -> set[date]:
    """The days that a statement names beside those on which it is signed."""
    return _days_in(_text_of(statement), statement.day) - {s.signed_on for s in statement.signatures}


def _days_in(text: str, around: date | None) -> set[date]:
    year = around.year if around is not None else None
    return {found.day for found in (*dates_in(text), *(days_without_year_in(text, year) if year else ()))}


def _days_of_title(one: PaperRead) -> list[date]:
    return [found.day for found in dates_in(one.paper.title)]


def _names(grammar: Grammar, text: str, other: PaperRead) -> bool:
    """Whether a statement says the kind of a paper, or a word of its title, such as: the prescription of 1/31."""
    low = text.lower()
    words = set(re.findall(r"[a-z]{4,}", other.paper.title.lower()))
    if words & set(re.findall(r"[a-z]{4,}", low)):
        return True
    said = [title_of_words(grammar, part) for part in re.findall(r"\b(?:the|my|our|this) ((?:\w+ ){1,3})", low)]
    return other.paper.type is not None and other.paper.type in said
