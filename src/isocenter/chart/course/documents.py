"""The documents that a paper is, each with the elements that its sentences and tables state."""

import re
from collections.abc import Collection, Mapping, Sequence

from isocenter.chart.abstraction import Abstraction, ChartDocument, StatedElement, StatedSignature
from isocenter.chart.course.best_statements import best_statements, weighed_together
from isocenter.chart.course.kinds_by_elements import (
    PLANS,
    REVIEWED_TOGETHER,
    SHORTEST_UNTITLED,
    SURE_BITS,
    all_kinds,
    bits_of,
    bits_of_elements,
    fewest_bits,
    kinds_stated,
    reads_like_a_visit,
)
from isocenter.chart.course.kinds_by_words import kinds_against_a_title, likely_kinds, may_mislead, words_of_kinds
from isocenter.chart.course.paper_read import PaperRead, cited
from isocenter.chart.course.signatures_below import signatures_below
from isocenter.chart.course.writers import (
    PHYSICIANS,
    PHYSICIANS_WRITE,
    PHYSICS_WRITES,
    is_an_entry_of_staff,
    is_filled_in_by_an_office,
    is_signed_by_physics_alone,
    records_an_absence,
)
from isocenter.chart.grammar.grammar import Grammar
from isocenter.chart.grammar.phrases import Phrase, lowered
from isocenter.chart.orders.tables_without_orders import gives_results
from isocenter.chart.statements.statements import Statement

_SHORTEST_THAT_STATES_NOTHING = 90
_BY_SENTENCES = {"necessity_statement"}  # kinds of which one sentence that fits two elements shows nothing
_ORDERS = {"prescription"}  # of which a void version that nobody signed states nothing
_VISITS = {"visit_note", "weekly_management_note"}
_COMPARISON = "compared_with_3d"
_CONDITION = "condition_"
_SPECIAL = "special_treatment_record"
_FEWEST_OF_UNTITLED = 2  # elements of a kind that no title gives, nor one of a part
_REASON = re.compile(
    r"\b(?:because|since|need\w*|must|requir\w+|spar\w+|protect\w*|avoid\w*|therefore|so that|justif\w+|necess\w+|cannot|hence|why|reason|medical\w*|indicat\w+)\b",
    re.IGNORECASE,
)
_TECHNIQUE = re.compile(
    r"\b(?:imrt|vmat|rapidarc|tomotherapy|intensity|modulat\w+|inverse\w*|3d|three.dimensional|arcs?|sliding window|step and shoot)\b",
    re.IGNORECASE,
)
_SAYS_SPECIAL = re.compile(r"\bspecial (?:treatment|procedure)|\b77470\b", re.IGNORECASE)  # breath hold alone is none

_DOSE = re.compile(r"\d ?c?gy\b", re.IGNORECASE)


def take_documents(
    grammar: Grammar,
    one: PaperRead,
    found: Abstraction,
    read_by: Mapping[tuple[str, int], str],
    beside: Collection[str] = (),
) -> None:
    """Add the documents that a paper is; `beside` are the kinds that other papers of its pages have as their title."""
    paper = one.paper
    if paper.type is not None and (paper.type.none or paper.type.facility):
        return
    against = _against_its_title(grammar, one, found.site)
    stated = against or _stated_by_kind(grammar, one, found.site, beside)
    if paper.state == "superseded" and not one.signatures:
        titled = paper.type.kinds if paper.type is not None else ()
        orders = _ORDERS & {*stated, *titled}
        stated = {kind: [] for kind in sorted(orders)} if orders else stated
    if is_an_entry_of_staff(one):
        stated.pop("weekly_management_note", None)
    if records_an_absence(one):
        stated = {kind: of_kind for kind, of_kind in stated.items() if of_kind or kind not in _VISITS}
    if is_filled_in_by_an_office(one):
        stated = {kind: of_kind for kind, of_kind in stated.items() if kind not in PHYSICIANS_WRITE}
    head = next((s.placed for s in one.sentences if s.placed.words), None)
    if head is None:
        return
    for kind in _shown_by_a_box(grammar, one, stated):
        stated[kind] = best_statements(grammar, one, [kind], found.site).get(kind, [])
    for kind in _kinds_in_no_doubt(one, stated):
        stated[kind] = [*stated[kind], *weighed_together(grammar, one, kind, found.site)]
    if paper.type is None or against:
        one.shown = set(stated)
    for kind, of_kind in stated.items():
        elements = [StatedElement(s.element, s.detail, cited(one.file, s.placed, s.sureness, read_by)) for s in of_kind]
        signatures = [
            StatedSignature(
                s.role, s.signer, s.signed_on, s.credentials, cited(one.file, s.placed, s.sureness, read_by)
            )
            for s in signatures_below(one, [s.placed for s in of_kind])
        ]
        begins = cited(one.file, head, head.sureness, read_by)
        found.documents.append(
            ChartDocument(kind, one.day, paper.pages, one.file, paper.state, paper.title, elements, signatures, begins)
        )


def kinds_beside(one: PaperRead, read: Sequence[PaperRead]) -> set[str]:
    """The kinds that the titles of other papers on the pages of a paper give."""
    return {
        kind
        for other in read
        if other is not one and other.file == one.file and set(other.paper.pages) & set(one.paper.pages)
        for kind in (other.paper.type.kinds if other.paper.type is not None else ())
    }


def _stated_by_kind(grammar: Grammar, one: PaperRead, site: str, beside: Collection[str]) -> dict[str, list[Statement]]:
    """The documents that a paper is, each with the elements it states."""
    paper = one.paper
    if paper.type is None:
        return _by_words(grammar, one, site) if grammar.kinds else kinds_stated(grammar, one, site)
    if paper.is_part:
        shown = kinds_stated(grammar, one, site, without={"prescription"} - {*paper.type.kinds})
        if shown:
            return shown
    if paper.type.by_content and (shown := _shown_by_content(grammar, one, site)):
        return shown
    always, may = _titled_kinds(one)
    kinds = [*always, *(kind for kind in may if kind not in always)]
    by_kind = best_statements(grammar, one, kinds, site)
    chosen = {kind: by_kind.get(kind, []) for kind in always}
    own = {s.placed.text for of_kind in chosen.values() for s in of_kind}  # what argues for IMRT shows no plan
    for kind, fewest in may.items():
        stated = by_kind.get(kind, [])
        elements = {(s.element, s.detail) for s in stated if kind not in PLANS or s.placed.text not in own}
        in_one_sentence = kind in _BY_SENTENCES and len({s.placed.text for s in stated}) < fewest
        argues = (_COMPARISON, "") in elements or "visit_note" not in always or _names_a_technique(one)
        is_titled = fewest < _FEWEST_OF_UNTITLED
        is_unargued = kind in _BY_SENTENCES and not (argues and (is_titled or _gives_a_reason(stated)))
        if is_unargued or kind in beside:
            continue
        if kind not in chosen and len(elements) >= (fewest + 1 if in_one_sentence else fewest):
            chosen[kind] = stated
    if paper.type.by_content and len(chosen) > len(always) and not reads_like_a_visit(one):
        said = {s.placed.text for kind, of_kind in chosen.items() if kind not in always for s in of_kind}
        return {
            kind: of_kind
            for kind, of_kind in chosen.items()
            if any(kind not in always or s.placed.text not in said for s in of_kind)
        }
    if one.paper.parent is not None and not chosen:
        return kinds_stated(grammar, one, site)
    if one.paper.parent is not None or "visit_note" in always:
        return chosen
    if not any(chosen.values()):
        by_content = kinds_stated(grammar, one, site, own=(*kinds, "prescription"))
        if any(bits_of(grammar, one, of_kind) >= SURE_BITS for of_kind in by_content.values()):
            return by_content  # a title that fits nothing below it was a word of another title
    return chosen


def _gives_a_reason(stated: Sequence[Statement]) -> bool:
    """Whether statements argue for IMRT: some are more than where the target lies, or one names the technique or a reason."""
    return any(
        not s.element.startswith(_CONDITION) or _TECHNIQUE.search(s.placed.text) or _REASON.search(s.placed.text)
        for s in stated
    )


def _names_a_technique(one: PaperRead) -> bool:
    """Whether a note of a visit names the technique: without it, anatomy that it describes argues for none."""
    return any(_TECHNIQUE.search(sentence.text) for sentence in one.sentences)


def _shown_by_a_box(grammar: Grammar, one: PaperRead, stated: Collection[str]) -> set[str]:
    """Further kinds that a document is because one of its boxes asks for what they hold, ticked or not."""
    within = [paper for paper in grammar.papers if set(paper.shown_in) & set(stated)]
    asked = [lowered(s.text) for s in one.sentences if s.ticked is not None] if within else []
    shown = [paper for paper in within if any(_begins_with(p, low) for low in asked for p in paper.shown_by)]
    return {kind for paper in shown for kind in paper.kinds} - set(stated)


def _begins_with(phrase: Phrase, low: str) -> bool:
    found = phrase.search(low)
    return found is not None and not low[: found.start()].strip()


def _titled_kinds(one: PaperRead) -> tuple[list[str], dict[str, int]]:
    """The kinds that a titled paper is, and the kinds that it is if it states so many of their elements, each field or limit counted."""
    paper = one.paper
    assert paper.type is not None
    always = list(paper.type.kinds)
    may = dict(paper.type.may_be)
    if paper.type.by_dose and not any(_DOSE.search(sentence.text) for sentence in one.sentences):
        may.update(dict.fromkeys(always, 1))
        always = []
    for section in paper.sections:
        if not section.none and not section.facility:
            may.update(dict.fromkeys(section.kinds, 1))
            for kind, fewest in section.may_be.items():
                may.setdefault(kind, fewest)
    if _SPECIAL in may and any(_SAYS_SPECIAL.search(sentence.text) for sentence in one.sentences):
        may[_SPECIAL] = 1
    if PHYSICS_WRITES & {*always} and is_signed_by_physics_alone(one):
        may = {kind: fewest for kind, fewest in may.items() if kind in always or kind not in REVIEWED_TOGETHER}
    return ([], {**dict.fromkeys(always, 1), **may}) if paper.parent is not None else (always, may)


def _shown_by_content(grammar: Grammar, one: PaperRead, site: str) -> dict[str, list[Statement]]:
    """What a paper is by what it states where nobody signed who writes its own kinds, as with a physicist's letter."""
    assert one.paper.type is not None
    roles = {signature.role for signature in one.signatures}
    if not roles or roles & {*PHYSICIANS, "other"}:
        return {}
    own = one.paper.type.kinds
    return {kind: stated for kind, stated in kinds_stated(grammar, one, site).items() if kind not in own}


def _by_words(grammar: Grammar, one: PaperRead, site: str) -> dict[str, list[Statement]]:
    """Documents that a paper without a title is by its words, its signers and what it states, the likeliest first.

    Each further kind must be likely without the sentences that state the kinds before it, or be shown by the others alone.
    """
    length = sum(len(s.text) for s in one.sentences)
    if length < SHORTEST_UNTITLED:
        return {}
    by_kind = best_statements(grammar, one, all_kinds(grammar), site)
    words = words_of_kinds(grammar, one)
    may_state_nothing = bool(one.signatures) and length >= _SHORTEST_THAT_STATES_NOTHING
    chosen: dict[str, list[Statement]] = {}
    used: set[str] = set()
    while True:
        bits = bits_of_elements(grammar, one, by_kind, used)
        left = {k: w for k, w in words.items() if k not in chosen and (may_state_nothing or k in by_kind)}
        likely = likely_kinds(left, bits)
        shown = [k for k in sorted(left) if chosen and bits.get(k, 0.0) >= fewest_bits(k, chosen, ())]
        best = next(iter([*likely, *shown]), "")
        if not best:
            return chosen
        chosen[best] = by_kind.get(best, [])
        used |= {s.placed.text for s in chosen[best]}


def _against_its_title(grammar: Grammar, one: PaperRead, site: str) -> dict[str, list[Statement]]:
    """Documents that a paper is although its title names others of which it states nothing, such as a plan report in which a physician reviews."""
    paper = one.paper
    if paper.type is None or paper.parent is not None or paper.type.by_content or not paper.type.kinds:
        return {}
    words = words_of_kinds(grammar, one)
    if not may_mislead(words, paper.type.kinds):
        return {}
    by_kind = best_statements(grammar, one, all_kinds(grammar), site)
    if by_kind.keys() & {*paper.type.kinds}:
        return {}
    kinds = kinds_against_a_title(words, bits_of_elements(grammar, one, by_kind), paper.type.kinds)
    if any(gives_results(sentence.columns) for sentence in one.sentences):
        kinds = [kind for kind in kinds if kind not in _ORDERS]  # its goals stand beside what the plan reached
    return {kind: by_kind[kind] for kind in kinds if kind in by_kind and kind not in _BY_SENTENCES}


def _kinds_in_no_doubt(one: PaperRead, stated: Collection[str]) -> list[str]:
    """The kinds of a paper of which its other sentences may be asked: an argument for IMRT in another paper is short."""
    paper = one.paper
    titled = [paper.type, *paper.sections] if paper.type is not None else []
    return [
        kind
        for kind in stated
        if kind not in _BY_SENTENCES or paper.type is None or any(kind in of.kinds for of in titled)
    ]
