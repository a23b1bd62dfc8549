"""What sentences state: each element with the sentence that states it and how surely."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from isocenter.chart.assertion import Standing, heads_plans, is_blank, is_general, standing_of
from isocenter.chart.grammar import Entry, Grammar
from isocenter.chart.passages import Placed, Sentence, joined
from isocenter.chart.people import people_in, role_of
from isocenter.chart.phrases import compile_phrase

_LABEL_END = re.compile(r"^[^:=?]{1,60}?\s*[:=?]\s*")
_OPEN = (Standing.PLANNED, Standing.BLANK)
_WORDS = re.compile(r"[A-Za-z]{2,}")
_FEWEST_WORDS_BELOW_A_HEADING = 2
_FIELD_SURE, _SECTION_SURE, _BOX_SURE = 0.93, 0.85, 0.95
_DOSE = re.compile(
    r"(?:\d|\b\w+ty(?:-\w+)?)\s*(?:c?gy|centigray|gray)\b|(?<![\d/.-])[2-8]\d(?:\.\d+)?(?:\s?/\s?| in | over )[1-4]?\d(?![\d/-]|\.\d)|\d\s*(?:fx|fractions|weeks)\b",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}|\b\d{1,2} [a-z]{3,9}\.? \d{4}|\b[a-z]{3,9}\.? \d{1,2},? \d{4}", re.IGNORECASE
)
_POINT = re.compile(r"\b(dr|mr|mrs|ms|no|nos|approx|vs|fem|lt|rt|incl|fx|thr)\.")
_NAME = re.compile(
    r"\b(?:dr|md|do|physician|oncologist|attending|your (?:prescription|order|request|directive))\b\.?|\b[A-Z][a-z]+ [A-Z][a-z]+",
    re.IGNORECASE,
)
_ACCEPTED = re.compile(r"\b(?:accept|allow|tolerat|permit|agree|let |pass )", re.IGNORECASE)
_FIELD = re.compile(r"\b(?:field|beam|arc|port|portal)s?\s*#?\s*([A-Z0-9_]+)\b", re.IGNORECASE)


_ROLE_ALONE = re.compile(r"(?:attending |treating |responsible )?(?:physician|md|doctor|oncologist|attending)")
_ONLY_A_DAY = re.compile(
    r"\W*(?:seen|visit\w*|examined|reviewed|evaluated|written|done|date\w*)(?: on| of service)?\W{0,3}(?:\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4})(?:\W+(?:(?:fx|fractions?|week|of|to|treatments?|sessions?|no)|\d+))*\W*$"
)


_DENIED_LIST = re.compile(
    r"\W{0,3}(?:not (?:applicable|present|claimed|met|the case|invoked|relevant|done|used|needed|sought)|n/?a|does not apply|do not apply|"
    r"none of these|absent|denied|excluded|deleted|struck(?: out)?)\s*[:–-]\s",
    re.IGNORECASE,
)  # such as: Not applicable: earlier course; higher dose
_ANSWERED_NO = re.compile(r"\W{0,3}[A-Z][A-Z /&-]{2,40}[:?.]? (?:No|None|NO|NONE|N/A)\b\s*(?:[.,;]|$)")
_CANNED = re.compile(r"\W{0,3}\.[a-z]\w{2,}\s*[\"“:=]")  # a text kept under a short name, to be called up


class Statement(NamedTuple):
    """An element that a sentence states."""

    kind: str
    element: str
    detail: str
    placed: Placed
    sureness: float


def statements(grammar: Grammar, sentences: Iterable[Sentence], kinds: Sequence[str]) -> Iterator[Statement]:
    """Everything that sentences state of the elements of some kinds of documents."""
    entries = grammar.entries_of(kinds)
    sentences = list(sentences)
    copied = _copied_blocks(grammar, sentences)
    sentences = list(_without_what_goes_on_in_general(grammar, sentences))
    left_open = [(s.block, lowered(s.text).replace(":", " ")) for s in sentences if s.ticked is False]
    said = [lowered(sentence.text) for sentence in sentences if sentence.ticked is not False]
    for entry in entries:
        if any(phrase.search(low) for phrase in entry.unless_paper for low in said):
            continue
        box_left_open = any(_is_box_of(entry, low) for _, low in left_open)
        labels_left_open = {at for at, low in left_open if any(label.search(low) for label in entry.labels)}
        for sentence in sentences:
            if sentence.block >= 0 and sentence.block in copied:
                continue
            if box_left_open and not sentence.ticked:
                continue
            if labels_left_open - {sentence.block} and not _by_box(entry, sentence, lowered(sentence.text)):
                continue
            found = _stated(grammar, entry, sentence)
            if found is not None:
                yield found
        if entry.two_sentences:
            yield from _stated_by_two(grammar, entry, [s for s in sentences if s.block not in copied])


def _stated_by_two(grammar: Grammar, entry: Entry, sentences: Sequence[Sentence]) -> Iterator[Statement]:
    """What a sentence and the next one of its paragraph state together, such as: It is over. I can live with that."""
    for one, next_one in pairwise(sentences):
        if one.block < 0 or one.block != next_one.block or one.page != next_one.page or one.row >= 0:
            continue
        if one.ticked is not None or next_one.ticked is not None or _stated(grammar, entry, one):
            continue
        both = one._replace(placed=joined([one.placed, next_one.placed]), label="")
        found = _stated(grammar, entry, both)
        if found is not None and _stated(grammar, entry, next_one) is None:
            yield found


def _is_box_of(entry: Entry, low: str) -> bool:
    """Whether the words behind a box are those that state the element, were the box ticked."""
    return any(phrase.search(low) for phrase in (*entry.box_labels, *entry.phrases))


_GOES_ON = re.compile(r"\W*(?:it|this|these|they|such|the technique|the method|this technique)\b")


def _without_what_goes_on_in_general(grammar: Grammar, sentences: Sequence[Sentence]) -> Iterator[Sentence]:
    """Sentences without those that go on with a general one of the same paragraph, such as: It spares the organs."""
    general_block = -1
    for sentence in sentences:
        low = lowered(sentence.text)
        if is_general(low, grammar.cues):
            general_block = sentence.block
        elif sentence.block >= 0 and sentence.block == general_block and _GOES_ON.match(low):
            continue
        else:
            general_block = -1
        yield sentence


def _copied_blocks(grammar: Grammar, sentences: Sequence[Sentence]) -> set[int]:
    """Paragraphs that say of themselves that they were copied, and the one behind a line that announces a copy."""
    copied: set[int] = set()
    for sentence in sentences:
        if any(cue.search(lowered(sentence.text)) for cue in grammar.cues.anywhere["copied"]):
            copied.add(sentence.block)
            if len(sentence.text.split()) <= 12 and sentence.text.rstrip().endswith((":", "]", ")", "-", ">")):
                copied.add(sentence.block + 1)
    return copied - {-1}


def _stated(grammar: Grammar, entry: Entry, sentence: Sentence) -> Statement | None:
    text = sentence.text
    low = lowered(text)
    if _CANNED.match(low) or sentence.ticked is False or (_ONLY_A_DAY.match(low) and "date" not in entry.needs):
        return None
    if _ANSWERED_NO.match(text) or (_DENIED_LIST.match(text) and "negation" not in entry.may):
        return None
    if heads_plans(sentence.label, grammar.cues) or heads_plans(sentence.section, grammar.cues):
        return None
    sure = max(
        _by_box(entry, sentence, low),
        _by_label(grammar, entry, sentence, text),
        _by_phrase(grammar, entry, sentence, low),
    )
    if not sure:
        return None
    return Statement(
        entry.kind, entry.element, _detail(grammar, entry, text), sentence.placed, sure * sentence.placed.sureness
    )


@lru_cache(maxsize=8192)
def lowered(text: str) -> str:
    """Text in lower case with every letter in its place; the points of abbreviations become spaces."""
    low = text.lower()
    low = low if len(low) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    return _POINT.sub(r"\1 ", low)


def _by_box(entry: Entry, sentence: Sentence, low: str) -> float:
    if not sentence.ticked:
        return 0.0
    if any(phrase.search(low) for phrase in entry.unless):
        return 0.0
    return _BOX_SURE if any(phrase.search(low) for phrase in entry.box_labels) else 0.0


def _by_label(grammar: Grammar, entry: Entry, sentence: Sentence, text: str) -> float:
    for name, sure in ((sentence.label, _FIELD_SURE), (sentence.section, _SECTION_SURE)):
        head = lowered(name).strip(" .:#-–*|•")
        if not head or not any(label.search(head) for label in entry.labels):
            continue
        value = text
        if name == sentence.label and lowered(text).startswith(lowered(name)):
            value = _LABEL_END.sub("", text, count=1)
        if name == sentence.section and (sentence.label or len(_WORDS.findall(value)) < _FEWEST_WORDS_BELOW_A_HEADING):
            continue
        if _is_a_signer(value) and (name == sentence.section or _ROLE_ALONE.fullmatch(head)):
            continue
        if is_blank(value, grammar.cues) or not meets_needs(grammar, entry, value):
            continue
        low = lowered(value)
        if any(phrase.search(lowered(text)) for phrase in entry.unless):
            continue
        first = re.search(r"(?<=\w{3}),", low)  # of several things that a field lists, the first states it
        stop = min(len(low), 25, first.start() if first else 25)
        if standing_of(low, 0, stop, grammar.cues, entry.may, sentence.ticked) is Standing.STATED:
            return sure
    return 0.0


def _is_a_signer(text: str) -> bool:
    """Whether a text begins with a person and credentials, as the line of a signature does."""
    people = people_in(text)
    return bool(people) and people[0].start <= 3 and bool(people[0].credentials)


def _by_phrase(grammar: Grammar, entry: Entry, sentence: Sentence, low: str) -> float:
    label = _LABEL_END.match(low) if sentence.label else None
    if label:
        value = low[label.end() :]
        open_value = standing_of(value, 0, min(len(value), 25), grammar.cues, entry.may) in _OPEN
        if is_blank(sentence.text[label.end() :], grammar.cues) or (open_value and value):
            return 0.0
    for phrase in entry.phrases:
        at = 0
        while (found := phrase.search(low, at)) is not None:
            if (
                not _is_excepted(entry, low, found.start(), found.end())
                and standing_of(low, found.start(), found.end(), grammar.cues, entry.may, sentence.ticked, phrase.words)
                is Standing.STATED
                and meets_needs(grammar, entry, sentence.text)
            ):
                return entry.sure
            at = found.start() + 1
    return 0.0


def _is_excepted(entry: Entry, low: str, start: int, stop: int) -> bool:
    """Whether what an entry must not stand beside stands between the semicolons around a match."""
    part = low[low.rfind(";", 0, start) + 1 : (low.find(";", stop) + 1 or len(low) + 1) - 1]
    return any(phrase.search(part) for phrase in entry.unless)


def meets_needs(grammar: Grammar, entry: Entry, text: str) -> bool:
    """Whether a text holds what the entry needs to be stated at all."""
    low = lowered(text)
    for need in entry.needs:
        if need == "by_physician":
            if _by_another(text):
                return False
        elif need in ("organ", "device", "position"):
            if compile_list(grammar, need).search(low) is None:
                return False
        elif (
            (need == "dose" and not _DOSE.search(low))
            or (need == "date" and not _DATE.search(low))
            or (need == "name" and not _NAME.search(text))
            or (need == "person" and not _is_named(text))
            or (need == "value" and not any(c.isdigit() for c in text))
        ):
            return False
    return True


_NAMED_DOCTOR = re.compile(r"\bdr\.? [a-z][\w'’-]+", re.IGNORECASE)
_ROLES = re.compile(
    r"\b(?:supervis\w+|attending|treating|ordering|referring|responsible|radiation|medical|physician|doctor|oncolog\w+|"
    r"md|do|signature|name|of record)\b",
    re.IGNORECASE,
)


def _is_named(text: str) -> bool:
    """Whether a text names a person, not only what the person is."""
    return bool(
        _NAMED_DOCTOR.search(text) or people_in(_ROLES.sub(" ", text)) or any(p.credentials for p in people_in(text))
    )


_ANOTHER = re.compile(
    r"\bby (?:the |our |a )?(?:\w+ )?(?:nurse|np|rn|pa|aprn|therapist|student|resident|dietitian|physicist|staff)\b",
    re.IGNORECASE,
)


_FIRST_PERSON = re.compile(
    r"(?:^|[.;,] )I (?:also |have |personally )*(?:saw|examined|evaluated|assessed|reviewed|met|visited|seen)\b"
)


_ANOTHER_ACTED = re.compile(
    r"\b(?:nurse|np|rn|aprn|pa-c|therapist|radiographer|dietitian|student|resident|social worker|physicist|navigator)\b(?: practitioner| clinician)?(?:,? (?:[A-Z][\w.'-]*|only|alone|then)){0,3} (?:only )?(?:saw|examined|evaluated|assessed|reviewed|met|visited|spoke|called|checked)\b",
    re.IGNORECASE,
)


def _by_another(text: str) -> bool:
    """Whether a sentence says that somebody other than a physician did it."""
    people = people_in(text)
    roles = [role_of(person, text[person.stop : person.stop + 30], {}) for person in people if person.credentials]
    physicians = {"radiation_oncologist", "treating_physician"}
    if _FIRST_PERSON.search(text):
        return False
    return bool(_ANOTHER.search(text) or _ANOTHER_ACTED.search(text)) or (bool(roles) and not physicians & set(roles))


_LISTS: dict[tuple[int, str], re.Pattern[str]] = {}


def compile_list(grammar: Grammar, name: str) -> re.Pattern[str]:
    """The pattern of a list of the grammar, compiled once."""
    key = (id(grammar.lists), name)
    if key not in _LISTS:
        _LISTS[key] = compile_phrase(f"{{{name}}}", grammar.lists, "statements.toml: [lists]").pattern
    return _LISTS[key]


def _detail(grammar: Grammar, entry: Entry, text: str) -> str:
    if entry.detail == "organ":
        organs = list(compile_list(grammar, "organ").finditer(lowered(text)))
        accepted = _ACCEPTED.search(text)
        before = [organ for organ in organs if accepted and organ.end() <= accepted.start()]
        found = before[-1] if before else organs[0] if organs else None
        return text[found.start() : found.end()] if found else ""
    if entry.detail == "field":
        field = _FIELD.search(text)
        return field[1] if field else ""
    return ""
