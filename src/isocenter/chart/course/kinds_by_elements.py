"""Which kinds of documents a paper is by the elements that it states, in bits of evidence for and against each kind."""

import re
from collections.abc import Collection, Mapping, Sequence
from math import log2

from isocenter.chart.course.best_statements import best_statements
from isocenter.chart.course.paper_read import PaperRead
from isocenter.chart.course.writers import PHYSICIANS, PHYSICIANS_WRITE, PHYSICS, PHYSICS_WRITES
from isocenter.chart.grammar.entries import FACILITY
from isocenter.chart.grammar.grammar import Grammar
from isocenter.chart.statements.statements import Statement

SHORTEST_UNTITLED = 40
_ORDER = "prescription"
_CONSTRAINTS = {"target_constraints", "critical_structure_constraints"}
_FEWEST_BITS = 4.5  # of evidence that a paper without a title is a document of the likeliest kind
_FEWEST_BITS_OF_ANOTHER = 6.0  # that it is another one too
_FEWEST_BITS_BESIDE = 2.0
SURE_BITS = 9.0  # that its title was a word of another one
_BITS_OF_LIMITS = 4.0
_BITS_OF_A_VISIT = 6.0
_BITS_OF_PHYSICS, _BITS_AGAINST_OTHERS = 2.0, -8.0
PLANS = ("clinical_planning_note", "simulation_record", "special_physics_consultation")
_AFTER_THE_ORDER = {"plan_report"}
REVIEWED_TOGETHER = {"image_review", "dvh_review"}  # where one review of a plan is shown, the other needs less
_USUAL_SENTENCES = 30  # of a paper
_FEWEST_WORDS_OF_A_VISIT = 4
_WORDS_OF_A_VISIT = re.compile(
    r"\b(?:(?P<history>hpi|history of present|hx)|(?P<complaint>chief complaint|cc:|presents? with|presented)|(?P<systems>review of systems|ros\b)|"
    r"(?P<exam>physical exam|on exam\w*|exam:|exam shows|abdomen soft|lungs clear)|(?P<status>ecog|kps|karnofsky)|(?P<allergies>allerg\w+)|"
    r"(?P<drugs>medications|meds|takes)|(?P<family>family history|fh:|mother|father|sister|brother)|(?P<past>pmh|past medical|comorbid\w*)|"
    r"(?P<referred>referred|referral|thank you for|kind referral|sent by)|(?P<new>new patient|consult\w*|second opinion)|"
    r"(?P<social>smok\w+|lives|married|widow\w*|retired|alcohol)|(?P<vital>vitals?|bp \d|weight|pulse)|(?P<talk>we discussed|risks|side effects|consent\w*|options))\b",
    re.IGNORECASE,
)
_ORDERS_A_LIMIT = re.compile(
    r"[<>≤≥]|\b(?:less|under|below|beneath|within|at (?:least|most)|no more|not more|not above|up to|exceed|limit|keep|kept|stay|to get)\b",
    re.IGNORECASE,
)  # a metric and a number alone may be what was reached


def kinds_stated(
    grammar: Grammar, one: PaperRead, site: str, own: Collection[str] = (), without: Collection[str] = ()
) -> dict[str, list[Statement]]:
    """Documents that a paper shows to be by what it states: the likeliest kind, then others by what is left over.

    Kinds in `own`, which its title names, and in `without` are not asked for.
    """
    kinds = [kind for kind in all_kinds(grammar) if kind not in own and kind not in without]
    if sum(len(s.text) for s in one.sentences) < SHORTEST_UNTITLED:
        return {}
    by_kind = best_statements(grammar, one, kinds, site)
    limits = found_limits(grammar, one)
    chosen: dict[str, list[Statement]] = {}
    used: set[str] = set()
    while True:
        bits = {
            kind: _bits_for(grammar, one, kind, {s.element for s in of_kind if s.placed.text not in used})
            for kind, of_kind in by_kind.items()
            if kind not in chosen
        }
        if limits and "prescription" in bits:
            bits["prescription"] += _BITS_OF_LIMITS
        if reads_like_a_visit(one):
            bits = {
                k: b + _BITS_OF_A_VISIT * (k == "visit_note") - _BITS_OF_A_VISIT * (k in PLANS) for k, b in bits.items()
            }
        fewest = {kind: fewest_bits(kind, chosen, own) for kind in bits}
        best = max(sorted(bits), key=lambda kind: bits[kind] - fewest[kind], default="")
        if not best or bits[best] < fewest[best]:
            return chosen
        chosen[best] = by_kind[best]
        if best in _AFTER_THE_ORDER:
            by_kind.pop("prescription", None)  # the aims beside what a computed plan reached are those of its order
        used |= {s.placed.text for s in by_kind[best]}


def bits_of_elements(
    grammar: Grammar, one: PaperRead, by_kind: Mapping[str, Sequence[Statement]], used: Collection[str] = ()
) -> dict[str, float]:
    """The evidence for each kind from the elements of it that a paper states, but in used sentences, and does not state."""
    stated = {kind: {s.element for s in of_kind if s.placed.text not in used} for kind, of_kind in by_kind.items()}
    bits = {
        kind: sum(e.shows if e.element in elements else e.misses for e in grammar.entries_of((kind,)))
        for kind, elements in stated.items()
        if elements
    }
    if found_limits(grammar, one):
        bits[_ORDER] = bits.get(_ORDER, 0.0) + _BITS_OF_LIMITS
    elif stated.get(_ORDER, set()) <= _CONSTRAINTS:
        bits.pop(_ORDER, None)  # numbers beside structures, of which none is ordered, are what a plan gave
    return bits


def fewest_bits(kind: str, chosen: Collection[str], own: Collection[str]) -> float:
    """The bits that show a kind: fewer for the second review of a plan, more for any other beside a kind that is known."""
    if kind in REVIEWED_TOGETHER and REVIEWED_TOGETHER & set(chosen):
        return _FEWEST_BITS_BESIDE
    return _FEWEST_BITS_OF_ANOTHER if chosen or own else _FEWEST_BITS


def bits_of(grammar: Grammar, one: PaperRead, of_kind: Sequence[Statement]) -> float:
    """The evidence that a paper is a document of the kind to which these statements belong; 0 without any."""
    return _bits_for(grammar, one, of_kind[0].kind, {s.element for s in of_kind}) if of_kind else 0.0


def _bits_for(grammar: Grammar, one: PaperRead, kind: str, stated: Collection[str]) -> float:
    """The evidence that a paper is a document of a kind, from the elements of it that it states and does not state.

    In a long paper more is stated by chance, and who signed it says what it may be.
    """
    if not stated:
        return 0.0
    by_chance = log2(max(1.0, len(one.sentences) / _USUAL_SENTENCES))
    entries = grammar.entries_of((kind,))
    of_elements = sum(max(e.shows - by_chance, 0.0) if e.element in stated else e.misses for e in entries)
    return of_elements + _bits_of_signers(kind, {signature.role for signature in one.signatures})


def _bits_of_signers(kind: str, roles: Collection[str]) -> float:
    """The evidence that those who signed a paper are for its being of a kind."""
    if kind in PHYSICIANS_WRITE:
        others = set(roles) - {"radiation_therapist"}  # who checks an order or carries it out
        return 0.0 if not others or others & set(PHYSICIANS) else _BITS_AGAINST_OTHERS
    return _BITS_OF_PHYSICS if kind in PHYSICS_WRITES and set(roles) & PHYSICS else 0.0


def reads_like_a_visit(one: PaperRead) -> bool:
    """Whether a paper holds what notes of visits hold: history, complaints, examination, drugs, family, talk."""
    return (
        len({m.lastgroup for s in one.sentences for m in _WORDS_OF_A_VISIT.finditer(s.text)})
        >= _FEWEST_WORDS_OF_A_VISIT
    )


def found_limits(grammar: Grammar, one: PaperRead) -> bool:
    """Whether a paper orders at least two dose limits, as prescriptions do."""
    return sum(bool(_ORDERS_A_LIMIT.search(limit.placed.text)) for limit in one.contents(grammar).limits) > 1


def all_kinds(grammar: Grammar) -> list[str]:
    """The kinds of documents with elements, in order, without what a facility attests."""
    return sorted({entry.kind for entry in grammar.entries if entry.kind != FACILITY})
