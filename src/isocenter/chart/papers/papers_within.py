"""Papers within another one: revisions of an order, a review of images, the half of physics, a statement of the facility."""

import re
from itertools import pairwise

from isocenter.chart.grammar.grammar import Grammar
from isocenter.chart.papers.paper import Paper
from isocenter.chart.papers.paper_days import is_row_of_a_session
from isocenter.chart.papers.paper_ends import is_act_of_signing, looks_signed

_REVIEWS_IMAGES = re.compile(
    r"\b(?:i (?:have |personally )?(?:looked|reviewed|seen|checked|approved)|(?:images?|imaging|cbcts?|films?|ports?)\b.{0,60}\b(?:reviewed|looked|checked|approved|seen)|(?:reviewed|looked|checked|approved|seen)\b.{0,60}\b(?:images?|imaging|cbcts?|films?|ports?))\b",
    re.IGNORECASE,
)
_MOST_LINES_OF_A_REVIEW = 4


_REVISION = re.compile(
    r"^\W*(?:(?:[a-z]+\W{1,3}){0,4}(?:order|prescription|rx|directive)\W{1,3})?(?:revision|version|rev\.?|edition)\s*(?:no\.?\s*|#\s*)?\d{1,2}\b(?=.*(?:\d{4}|\b(?:status|active|superseded|current|void|approved|withdrawn|replaced)\b))",
    re.IGNORECASE,
)


def with_revisions_apart(paper: Paper) -> list[Paper]:
    """The revisions of a prescription, each a paper of its own with the lines above the first of them."""
    if paper.type is None or "prescription" not in paper.type.kinds:
        return [paper]
    starts = [at for at, line in enumerate(paper.lines) if _REVISION.match(line.row.text)]
    if len(starts) < 2:
        return [paper]
    head = paper.lines[: starts[0]]
    is_title = _REVISION.match(paper.title) is not None  # of the first revision, and not of the others
    titles = [paper.lines[start].row.text.strip() if is_title else paper.title for start in starts]
    return [
        paper.part([*head, *paper.lines[start:stop]], title)
        for title, (start, stop) in zip(titles, pairwise([*starts, len(paper.lines)]), strict=True)
    ]


def with_review_of_images_apart(grammar: Grammar, paper: Paper) -> list[Paper]:
    """A signed order of image guidance and the signed review of a week's images below it, each a paper of its own."""
    review = grammar.paper_of("weekly_image_review")
    if review is None or paper.type is None or "image_guidance_note" not in paper.type.kinds:
        return [paper]
    texts = [line.row.text for line in paper.lines]
    signed = [at for at, text in enumerate(texts) if is_act_of_signing(text) and not is_row_of_a_session(text)]
    if len(signed) < 2:
        return [paper]
    last, before = signed[-1], signed[-2]
    start = next(
        (
            at
            for at in range(max(before + 1, last - _MOST_LINES_OF_A_REVIEW), last)
            if _REVIEWS_IMAGES.search(texts[at])
        ),
        None,
    )
    if start is None:
        return [paper]
    return [paper.part(paper.lines[:start]), Paper(review, "", paper.lines[start:])]


_HALF_OF_PHYSICS = re.compile(
    r"^\W*(?:(?:medical )?physics|(?:medical )?physicist|qmp)(?:'s)?(?: (?:check|part|half|entry|note|review))?\b(?:,? \(?[\d/.-]{6,10}\)?|,? \d{1,2} [A-Za-z]{3,9}\.? \d{4})?\s*[:.]\s*(?=\S)",
    re.IGNORECASE,
)
_HALF_OF_ANOTHER = re.compile(
    r"^\W*(?:physician|doctor|attending|(?:radiation )?oncologist|m\.?d|nurse|nursing|rn|therapist|therapy)(?:'s)?(?: (?:part|half|entry|note|review))?\s*[:.]\s*(?=\S)",
    re.IGNORECASE,
)
_FEWEST_WORDS_OF_A_HALF = 5  # a label with a name and a day alone is a signature


def with_half_of_physics_apart(grammar: Grammar, paper: Paper) -> list[Paper]:
    """A weekly sheet on which physics has a labelled half below the physician's, each a paper of its own."""
    physics = grammar.paper_of("weekly_physics_check")
    if physics is None or paper.type is None or "weekly_management_note" not in paper.type.kinds:
        return [paper]
    texts = [line.row.text for line in paper.lines]
    start = next((at for at, text in enumerate(texts) if at and _begins_half_of_physics(text)), None)
    if start is None:
        return [paper]
    stop = next((at for at in range(start + 1, len(texts)) if _HALF_OF_ANOTHER.match(texts[at])), len(texts))
    return [paper.part([*paper.lines[:start], *paper.lines[stop:]]), Paper(physics, "", paper.lines[start:stop])]


def _begins_half_of_physics(text: str) -> bool:
    label = _HALF_OF_PHYSICS.match(text)
    said = text[label.end() :] if label is not None else ""
    return len(said.split()) >= _FEWEST_WORDS_OF_A_HALF and not looks_signed(said)


_COMMISSIONED = re.compile(
    r"\bcommission(?:ed|ing)\b(?=.*\b(?:imrt|vmat|intensity|planning (?:system|computer)|linac|accelerator)\b)|\b(?:linac|accelerator|planning system)\b.*\bcommissioned\b",
    re.IGNORECASE,
)
_MEASURES = re.compile(r"\bgamma\b|\bmu\b|\bmeasured\b|\b(?:field|fraction)s? \d", re.IGNORECASE)
_MOST_LINES_OF_A_STATEMENT = 9


def with_statement_of_the_facility_apart(grammar: Grammar, paper: Paper) -> list[Paper]:
    """A paper and what a physicist signed on the commissioning of the facility below its own signature, each apart."""
    facility = grammar.facility
    if facility is None or (paper.type is not None and paper.type.facility):
        return [paper]
    texts = [line.row.text for line in paper.lines]
    signed = [at for at, text in enumerate(texts) if is_act_of_signing(text)]
    for before, at in pairwise(signed):
        said = " ".join(texts[before + 1 : at])
        if at - before <= _MOST_LINES_OF_A_STATEMENT and _COMMISSIONED.search(said) and not _MEASURES.search(said):
            rest = [*paper.lines[: before + 1], *paper.lines[at + 1 :]]
            return [paper.part(rest), Paper(facility, "", paper.lines[before + 1 : at + 1])]
    return [paper]
