"""The documents that a paper is, each with the elements that its sentences and tables state."""

import re
from collections.abc import Collection, Mapping, Sequence
from math import log2

from isocenter.chart.abstraction import Abstraction, ChartDocument, StatedElement, StatedSignature
from isocenter.chart.course.kinds_by_words import kinds_against_a_title, likely_kinds, may_mislead, words_of_kinds
from isocenter.chart.course.paper_read import PaperRead, cited
from isocenter.chart.course.signatures_below import signatures_below
from isocenter.chart.grammar.entries import Entry
from isocenter.chart.grammar.grammar import Grammar
from isocenter.chart.grammar.phrases import Phrase, lowered
from isocenter.chart.pages.passages import Sentence
from isocenter.chart.statements.statements import Statement
from isocenter.chart.words.dates import dates_in

_ONCE_A_DETAIL = {"independent_check", "portal", "constraints_explained"}
_SHORTEST_UNTITLED = 40
_SHORTEST_THAT_STATES_NOTHING = 90
_ORDER = "prescription"
_CONSTRAINTS = {"target_constraints", "critical_structure_constraints"}
_FEWEST_BITS = 4.5  # of evidence that a paper without a title is a document of the likeliest kind
_FEWEST_BITS_OF_ANOTHER = 6.0  # that it is another one too
_SURE_BITS = 9.0  # that its title was a word of another one
_BITS_OF_LIMITS = 4.0
_BITS_OF_A_VISIT = 6.0
_PLANS = ("clinical_planning_note", "simulation_record", "special_physics_consultation")
_USUAL_SENTENCES = 30  # of a paper
_BITS_OF_PHYSICS, _BITS_AGAINST_OTHERS = 2.0, -8.0
_PHYSICS = {"medical_physicist", "dosimetrist"}
_PHYSICS_WRITES = {
    "plan_report",
    "portal_description",
    "dosimetric_verification",
    "dosimetry_calculation",
    "weekly_physics_check",
    "special_physics_consultation",
    "special_dosimetry_record",
}
_PHYSICIANS_WRITE = {
    "necessity_statement",
    "prescription",
    "clinical_planning_note",
    "image_review",
    "dvh_review",
    "anatomy_change",
    "field_change_note",
    "teaching_physician_statement",
}
FACILITY = "facility"
_BY_SENTENCES = {"necessity_statement"}  # kinds of which one sentence that fits two elements shows nothing
_AFTER_THE_ORDER = {"plan_report"}
_ORDERS = {"prescription"}  # of which a void version that nobody signed states nothing
_PHYSICIANS = ("radiation_oncologist", "treating_physician")


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
    stated = _against_its_title(grammar, one, found.site) or _stated_by_kind(grammar, one, found.site, beside)
    if paper.state == "superseded" and not one.signatures:
        titled = paper.type.kinds if paper.type is not None else ()
        orders = _ORDERS & {*stated, *titled}
        stated = {kind: [] for kind in sorted(orders)} if orders else stated
    if _is_an_entry_of_staff(one):
        stated.pop("weekly_management_note", None)
    if _is_filled_in_by_an_office(one):
        stated = {kind: of_kind for kind, of_kind in stated.items() if kind not in _PHYSICIANS_WRITE}
    head = next((s.placed for s in one.sentences if s.placed.words), None)
    if head is None:
        return
    for kind in _shown_by_a_box(grammar, one, stated):
        stated[kind] = best_statements(grammar, one, [kind], found.site).get(kind, [])
    for kind in _kinds_in_no_doubt(one, stated):
        stated[kind] = [*stated[kind], *_weighed(grammar, one, kind, found.site)]
    if paper.type is None:
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
        return _by_words(grammar, one, site) if grammar.kinds else _of_untitled(grammar, one, site)
    if paper.is_part:
        shown = _of_untitled(grammar, one, site, without={"prescription"} - {*paper.type.kinds})
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
        elements = {s.element for s in stated if kind not in _PLANS or s.placed.text not in own}
        in_one_sentence = kind in _BY_SENTENCES and len({s.placed.text for s in stated}) < fewest
        argues = _COMPARISON in elements or "visit_note" not in always or _names_a_technique(one)
        is_titled = fewest < _FEWEST_OF_UNTITLED
        is_unargued = kind in _BY_SENTENCES and not (argues and (is_titled or _gives_a_reason(stated)))
        if is_unargued or kind in beside:
            continue
        if kind not in chosen and len(elements) >= (fewest + 1 if in_one_sentence else fewest):
            chosen[kind] = stated
    if paper.type.by_content and len(chosen) > len(always) and not _reads_like_a_visit(one):
        said = {s.placed.text for kind, of_kind in chosen.items() if kind not in always for s in of_kind}
        return {
            kind: of_kind
            for kind, of_kind in chosen.items()
            if any(kind not in always or s.placed.text not in said for s in of_kind)
        }
    if one.paper.parent is not None and not chosen:
        return _of_untitled(grammar, one, site)
    if one.paper.parent is not None or "visit_note" in always:
        return chosen
    if not any(chosen.values()):
        by_content = _of_untitled(grammar, one, site, own=(*kinds, "prescription"))
        if any(_bits_of(grammar, one, of_kind) >= _SURE_BITS for of_kind in by_content.values()):
            return by_content  # a title that fits nothing below it was a word of another title
    return chosen


def _gives_a_reason(stated: Sequence[Statement]) -> bool:
    """Whether statements argue for IMRT: some are more than where the target lies, or one names the technique or a reason."""
    return any(
        not s.element.startswith(_CONDITION) or _TECHNIQUE.search(s.placed.text) or _REASON.search(s.placed.text)
        for s in stated
    )


def _is_signed_by_physics_alone(one: PaperRead) -> bool:
    """Whether only physicists and dosimetrists signed: the statistics of a plan that they print are no review of it."""
    return bool(one.signatures) and all(signature.role in _PHYSICS for signature in one.signatures)


_COMPARISON = "compared_with_3d"
_CONDITION = "condition_"
_FEWEST_OF_UNTITLED = 2  # elements of a kind that no title gives, nor one of a part
_REASON = re.compile(
    r"\b(?:because|since|need\w*|must|requir\w+|spar\w+|protect\w*|avoid\w*|therefore|so that|justif\w+|necess\w+|cannot|hence|why|reason|medical\w*|indicat\w+)\b",
    re.IGNORECASE,
)
_TECHNIQUE = re.compile(
    r"\b(?:imrt|vmat|rapidarc|tomotherapy|intensity|modulat\w+|inverse\w*|3d|three.dimensional|arcs?|sliding window|step and shoot)\b",
    re.IGNORECASE,
)


def _names_a_technique(one: PaperRead) -> bool:
    """Whether a note of a visit names the technique: without it, anatomy that it describes argues for none."""
    return any(_TECHNIQUE.search(sentence.text) for sentence in one.sentences)


_BY_AN_OFFICE = re.compile(
    r"\b(?:completed|filled (?:in|out)|prepared|answered|submitted) by\b\W*(?:(?:☐|\[ ?\])[^☐☒☑\[]*)*(?:(?:☒|☑|\[[xX]\])\s*)?"
    r"(?:the )?(?:office|front desk|clerical|billing|authorization|scheduling|administrative|clerk|secretary|staff\b(?! (?:physician|oncologist|radiation)))",
    re.IGNORECASE,
)


def _is_filled_in_by_an_office(one: PaperRead) -> bool:
    """Whether a form says that office staff answered it, and no physician signed: its ticks are not a physician's."""
    by_physician = any(signature.role in _PHYSICIANS for signature in one.signatures)
    return not by_physician and any(_BY_AN_OFFICE.search(line.row.text) for line in one.paper.lines)


_BY_STAFF = re.compile(
    r"\W*(?:\d{1,3}\s+)?(?:RN|LPN|LVN|RTT?|RT\(T\)|nurse|nursing|therapist|dietitian)\b", re.IGNORECASE
)


def _is_an_entry_of_staff(one: PaperRead) -> bool:
    """Whether an entry that nobody signed begins with its day, perhaps a fraction, and who of the staff wrote it."""
    texts = [] if one.signatures else [line.row.text for line in one.paper.lines]
    days = [(text, day) for text in texts if (day := next(dates_in(text), None)) is not None and day.start <= 1]
    return any(_BY_STAFF.match(text, day.stop) for text, day in days)


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
    """The kinds that a titled paper is, and the kinds that it is if it states so many of their elements."""
    paper = one.paper
    assert paper.type is not None
    always = list(paper.type.kinds)
    may = dict(paper.type.may_be)
    for section in paper.sections:
        if not section.none and not section.facility:
            may.update(dict.fromkeys(section.kinds, 1))
            for kind, fewest in section.may_be.items():
                may.setdefault(kind, fewest)
    if _SPECIAL in may and any(_SAYS_SPECIAL.search(sentence.text) for sentence in one.sentences):
        may[_SPECIAL] = 1
    if _PHYSICS_WRITES & {*always} and _is_signed_by_physics_alone(one):
        may = {kind: fewest for kind, fewest in may.items() if kind in always or kind not in _REVIEWED_TOGETHER}
    return ([], {**dict.fromkeys(always, 1), **may}) if paper.parent is not None else (always, may)


_SPECIAL = "special_treatment_record"
_SAYS_SPECIAL = re.compile(r"\bspecial (?:treatment|procedure)|\b77470\b", re.IGNORECASE)  # breath hold alone is none


def _shown_by_content(grammar: Grammar, one: PaperRead, site: str) -> dict[str, list[Statement]]:
    """What a paper is by what it states where nobody signed who writes its own kinds, as with a physicist's letter."""
    assert one.paper.type is not None
    roles = {signature.role for signature in one.signatures}
    if not roles or roles & {*_PHYSICIANS, "other"}:
        return {}
    own = one.paper.type.kinds
    return {kind: stated for kind, stated in _of_untitled(grammar, one, site).items() if kind not in own}


def _by_words(grammar: Grammar, one: PaperRead, site: str) -> dict[str, list[Statement]]:
    """Documents that a paper without a title is by its words, its signers and what it states, the likeliest first.

    Each further kind must be likely without the sentences that state the kinds before it, or be shown by the others alone.
    """
    length = sum(len(s.text) for s in one.sentences)
    if length < _SHORTEST_UNTITLED:
        return {}
    by_kind = best_statements(grammar, one, _all_kinds(grammar), site)
    words = words_of_kinds(grammar, one)
    may_state_nothing = bool(one.signatures) and length >= _SHORTEST_THAT_STATES_NOTHING
    chosen: dict[str, list[Statement]] = {}
    used: set[str] = set()
    while True:
        bits = _bits_of_elements(grammar, one, by_kind, used)
        left = {k: w for k, w in words.items() if k not in chosen and (may_state_nothing or k in by_kind)}
        likely = likely_kinds(left, bits)
        shown = [k for k in sorted(left) if chosen and bits.get(k, 0.0) >= _fewest_bits(k, chosen, ())]
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
    by_kind = best_statements(grammar, one, _all_kinds(grammar), site)
    if by_kind.keys() & {*paper.type.kinds}:
        return {}
    kinds = kinds_against_a_title(words, _bits_of_elements(grammar, one, by_kind), paper.type.kinds)
    return {kind: by_kind[kind] for kind in kinds if kind in by_kind and kind not in _BY_SENTENCES}


def _all_kinds(grammar: Grammar) -> list[str]:
    return sorted({entry.kind for entry in grammar.entries if entry.kind != FACILITY})


def _bits_of_elements(
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


def _of_untitled(
    grammar: Grammar, one: PaperRead, site: str, own: Collection[str] = (), without: Collection[str] = ()
) -> dict[str, list[Statement]]:
    """Documents that a paper shows to be by what it states: the likeliest kind, then others by what is left over.

    Kinds in `own`, which its title names, and in `without` are not asked for.
    """
    kinds = [kind for kind in _all_kinds(grammar) if kind not in own and kind not in without]
    if sum(len(s.text) for s in one.sentences) < _SHORTEST_UNTITLED:
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
        if _reads_like_a_visit(one):
            bits = {
                k: b + _BITS_OF_A_VISIT * (k == "visit_note") - _BITS_OF_A_VISIT * (k in _PLANS)
                for k, b in bits.items()
            }
        fewest = {kind: _fewest_bits(kind, chosen, own) for kind in bits}
        best = max(sorted(bits), key=lambda kind: bits[kind] - fewest[kind], default="")
        if not best or bits[best] < fewest[best]:
            return chosen
        chosen[best] = by_kind[best]
        if best in _AFTER_THE_ORDER:
            by_kind.pop("prescription", None)  # the aims beside what a computed plan reached are those of its order
        used |= {s.placed.text for s in by_kind[best]}


_FEWEST_BITS_BESIDE = 2.0
_REVIEWED_TOGETHER = {"image_review", "dvh_review"}  # where one review of a plan is shown, the other needs less


def _fewest_bits(kind: str, chosen: Collection[str], own: Collection[str]) -> float:
    if kind in _REVIEWED_TOGETHER and _REVIEWED_TOGETHER & set(chosen):
        return _FEWEST_BITS_BESIDE
    return _FEWEST_BITS_OF_ANOTHER if chosen or own else _FEWEST_BITS


_WORDS_OF_A_VISIT = re.compile(
    r"\b(?:(?P<history>hpi|history of present|hx)|(?P<complaint>chief complaint|cc:|presents? with|presented)|(?P<systems>review of systems|ros\b)|"
    r"(?P<exam>physical exam|on exam\w*|exam:|exam shows|abdomen soft|lungs clear)|(?P<status>ecog|kps|karnofsky)|(?P<allergies>allerg\w+)|"
    r"(?P<drugs>medications|meds|takes)|(?P<family>family history|fh:|mother|father|sister|brother)|(?P<past>pmh|past medical|comorbid\w*)|"
    r"(?P<referred>referred|referral|thank you for|kind referral|sent by)|(?P<new>new patient|consult\w*|second opinion)|"
    r"(?P<social>smok\w+|lives|married|widow\w*|retired|alcohol)|(?P<vital>vitals?|bp \d|weight|pulse)|(?P<talk>we discussed|risks|side effects|consent\w*|options))\b",
    re.IGNORECASE,
)
_FEWEST_WORDS_OF_A_VISIT = 4


def _reads_like_a_visit(one: PaperRead) -> bool:
    """Whether a paper holds what notes of visits hold: history, complaints, examination, drugs, family, talk."""
    return (
        len({m.lastgroup for s in one.sentences for m in _WORDS_OF_A_VISIT.finditer(s.text)})
        >= _FEWEST_WORDS_OF_A_VISIT
    )


def _bits_of(grammar: Grammar, one: PaperRead, of_kind: Sequence[Statement]) -> float:
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
    if kind in _PHYSICIANS_WRITE:
        others = set(roles) - {"radiation_therapist"}  # who checks an order or carries it out
        return 0.0 if not others or others & set(_PHYSICIANS) else _BITS_AGAINST_OTHERS
    return _BITS_OF_PHYSICS if kind in _PHYSICS_WRITES and set(roles) & _PHYSICS else 0.0


_ORDERS_A_LIMIT = re.compile(
    r"[<>≤≥]|\b(?:less|under|below|beneath|within|at (?:least|most)|no more|not more|not above|up to|exceed|limit|keep|kept|stay|to get)\b",
    re.IGNORECASE,
)  # a metric and a number alone may be what was reached


def found_limits(grammar: Grammar, one: PaperRead) -> bool:
    """Whether a paper orders at least two dose limits, as prescriptions do."""
    return sum(bool(_ORDERS_A_LIMIT.search(limit.placed.text)) for limit in one.contents(grammar).limits) > 1


_FIELD_WORD = re.compile(r"\b(?:field|beam|arc|port|portal|no\.?|#)\s*(?=\w)")


def best_statements(grammar: Grammar, one: PaperRead, kinds: Sequence[str], site: str) -> dict[str, list[Statement]]:
    """For each kind the surest statement of each element, in the order of the paper."""
    best: dict[tuple[str, str, str], Statement] = {}
    found: list[Statement] = []
    for entry in _may_be_stated(grammar, one, kinds, site):
        found += one.contents(grammar).statements.of(entry)
    found += _from_tables(grammar, one, kinds)
    for statement in found:
        detail = _FIELD_WORD.sub("", statement.detail.lower()) if statement.element in _ONCE_A_DETAIL else ""
        key = (statement.kind, statement.element, detail)
        if key not in best or statement.sureness > best[key].sureness + 1e-9:
            best[key] = statement
    by_kind: dict[str, list[Statement]] = {}
    for statement in best.values():
        by_kind.setdefault(statement.kind, []).append(statement)
    return by_kind


def _may_be_stated(grammar: Grammar, one: PaperRead, kinds: Sequence[str], site: str) -> list[Entry]:
    """The entries of some kinds that are asked of the site and may be stated by one of those who signed."""
    by_others = bool(one.signatures) and not {s.role for s in one.signatures} & set(_PHYSICIANS)
    return [
        entry
        for entry in grammar.entries_of(kinds)
        if not (entry.sites and site and site not in entry.sites) and not (by_others and "by_physician" in entry.needs)
    ]


def _kinds_in_no_doubt(one: PaperRead, stated: Collection[str]) -> list[str]:
    """The kinds of a paper of which its other sentences may be asked: an argument for IMRT in another paper is short."""
    paper = one.paper
    titled = [paper.type, *paper.sections] if paper.type is not None else []
    return [
        kind
        for kind in stated
        if kind not in _BY_SENTENCES or paper.type is None or any(kind in of.kinds for of in titled)
    ]


def _weighed(grammar: Grammar, one: PaperRead, kind: str, site: str) -> list[Statement]:
    """What the words of a document of a kind state together, where no phrase does."""
    contents = one.contents(grammar).statements
    weighed = [contents.weighed(entry) for entry in _may_be_stated(grammar, one, [kind], site)]
    return [statement for statement in weighed if statement is not None]


_FIELD_HEADER = re.compile(
    r"\bgantry\b|\b(?:start|begin)\b.*\b(?:stop|end|incr\w*|arc length|sweep)\b|\bfrom\b.*\bto\b|\bangle\b",
    re.IGNORECASE,
)
_FIELD_NAME = re.compile(
    r"\b(?:beam|field|fld|arc|rotation|port|portal|#|no\.?|name|coll(?:imator)?|mu)\b|#", re.IGNORECASE
)
_NOT_MADE = re.compile(
    r"to be (?:milled|made|cut|designed|cast|machined|fabricated|checked|calculated)|not (?:yet )?(?:calculated|milled|made|cut|cast|machined|finished|ready)|yet to be|in work|ordered|to follow|pending|not done|not checked|not designed|n/a|_{3,}|missing|not yet|awaited|outstanding|on order|\bblank\b",
    re.IGNORECASE,
)


def _from_tables(grammar: Grammar, one: PaperRead, kinds: Sequence[str]) -> list[Statement]:
    """Elements that tables state: rows of fields, of monitor units, of compensators; constraints; measured results."""
    found: list[Statement] = []
    for entry in grammar.entries_of(kinds):
        if entry.source.startswith("constraints of"):
            wanted = entry.source == "constraints of targets"
            first = next((c for c in one.contents(grammar).limits if c.is_target is wanted), None)
            if first:
                found.append(Statement(entry.kind, entry.element, "", first.placed, first.sureness))
        elif entry.source == "rows of fields":
            rows = _rows_under(one.sentences, _FIELD_HEADER)
            if rows:
                detail = str(len(rows)) if entry.element == "portal_count" else ""
                found.append(
                    Statement(entry.kind, entry.element, detail, rows[0].placed, 0.9 * rows[0].placed.sureness)
                )
        elif entry.source == "measured results":
            first_result = next(
                (v for v in one.contents(grammar).results(calculation=False) if v.kind == "measurement"), None
            )
            if first_result:
                found.append(Statement(entry.kind, entry.element, "", first_result.placed, first_result.sureness))
        elif entry.source == "rows of monitor units":
            calculation = one.paper.type is not None and "dosimetry_calculation" in one.paper.type.kinds
            checks = [
                v for v in one.contents(grammar).results(calculation=calculation) if v.kind == "independent_calculation"
            ]
            for check in checks if entry.element == "independent_check" else checks[:1]:
                found.append(
                    Statement(
                        entry.kind,
                        entry.element,
                        check.field if entry.element == "independent_check" else "",
                        check.placed,
                        check.sureness,
                    )
                )
        elif entry.source == "rows of compensators":
            for row in (s for s in one.sentences if s.row >= 0 and not s.label):
                number = re.match(r"\W*(?:port|field|beam)?\W*(\w{1,8})\b", row.text, re.IGNORECASE)
                said = " ".join([row.text, *(column.name for column in row.columns)])
                if (
                    number
                    and re.search(r"\d", row.text)
                    and re.search(r"milled|file|map|thick|mm|brass|designed|check", said, re.IGNORECASE)
                    and not _NOT_MADE.search(row.text)
                    and (any(c.isdigit() for c in number[1]) or len(number[1]) == 1)
                ):
                    found.append(Statement(entry.kind, entry.element, number[1], row.placed, 0.9 * row.placed.sureness))
    return found


def _rows_under(some: Sequence[Sentence], header: re.Pattern[str]) -> list[Sentence]:
    """Rows of numbers below a row that heads a table of fields."""
    rows: list[Sentence] = []
    open_table = False
    for sentence in some:
        if sentence.row < 0:
            open_table = open_table and not rows
            continue
        if sentence.label:
            continue
        cells = sentence.text.split()
        if (
            header.search(sentence.text)
            and _FIELD_NAME.search(sentence.text)
            and not any(c.isdigit() for c in sentence.text)
        ):
            open_table = True
        elif open_table and sum(any(c.isdigit() for c in cell) for cell in cells) >= 3:
            rows.append(sentence)
        elif open_table and rows:
            break
    return rows
