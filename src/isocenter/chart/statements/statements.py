"""What sentences state: each element with the sentence that states it and how surely."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from isocenter.chart.grammar.assertion import Standing, is_blank, says_it_was_copied, standing_of
from isocenter.chart.grammar.entries import Entry
from isocenter.chart.grammar.entry_index import EntryIndex
from isocenter.chart.grammar.grammar import Grammar
from isocenter.chart.grammar.needs import NAMED_IN_LISTS, meets_needs
from isocenter.chart.grammar.phrases import Phrase, lowered
from isocenter.chart.pages.blocks import LABEL
from isocenter.chart.pages.passages import Sentence
from isocenter.chart.pages.placed import Placed, joined
from isocenter.chart.statements.sentence_read import SentenceRead, is_a_signer, value_behind_label
from isocenter.chart.statements.sentences_kept import (
    without_boxes_lost,
    without_heads_of_tables,
    without_rows_left_blank,
    without_what_goes_on_in_general,
)
from isocenter.chart.words.people import people_in

_BOX_SURE = 0.95
_WEIGHED_SURE = 0.8  # of what the words of a sentence together say, and no phrase
_LEAST_WEIGHT = 8.0  # natural logarithm of odds; chosen on charts whose sentences were not counted
_MORE_OF_ANOTHER = 3.0  # for a sentence that states another element of the kind
_FEWEST_WORDS = 3
_LONGEST_LABEL = 5  # words of an open box that names a field and is no sentence
_SAYS_IT_IS_FILLED = re.compile(
    r"(?<=\w) (?:(?:is|was|has been) )?(?:stated|documented|given|described|noted|recorded|explained|entered)\W*$"
)  # behind the label of a field, such as: Purpose documented
_LONGEST_ANNOUNCEMENT = 12  # words of a line that says that what follows was copied
_ACCEPTED = re.compile(r"\b(?:accept|allow|tolerat|permit|agree|let |pass )", re.IGNORECASE)
_REFERS_BACK = re.compile(
    r"\b(?:content|happy|satisfied|live|fine|okay|ok|accept\w*|tak(?:e|en)|tolerat\w*|allow\w*|agree\w*|leav\w*|let)\b[^.;,]{0,8}\b(?:it|that|this|these|them|so)\b"
    r"|^\W*(?:this|that|it|which) (?:is|was|are|were|i|we|has|can|may)\b"
    r"|^\W*(?:reason|explanation|why|because)\b\s*[:–-]"
)
_DENIES = re.compile(r"\b(?:not|no|without|never|none|declined|refused|unable)\b")  # such as: ☐ Physician not present
_MOST_WORDS_OF_A_DENIAL = 5  # a longer one states something and denies something else of it
_DIGIT = re.compile(r"\d")
_FIELD = re.compile(r"\b(?:field|beam|arc|port|portal)s?\s*#?\s*([A-Z0-9_]+)\b", re.IGNORECASE)
_ANSWERED = re.compile(r"\W*(?:[xXvV✓✔]\W*$|(?:(?:the )?same|see|refer)\b)")  # what is read as blank elsewhere


class Statement(NamedTuple):
    """An element that a sentence states."""

    kind: str
    element: str
    detail: str
    placed: Placed
    sureness: float


def statements(grammar: Grammar, sentences: Iterable[Sentence], kinds: Collection[str]) -> Iterator[Statement]:
    """Everything that the sentences of a paper state of the elements of some kinds of documents."""
    yield from PaperStatements(grammar, sentences).of_kinds(kinds)


class PaperStatements:
    """What the sentences of one paper state: found once for each element, in the sentences that can state it.

    `doctors` are the initials of the physicians who signed it.
    """

    def __init__(self, grammar: Grammar, sentences: Iterable[Sentence], doctors: Collection[str] = ()) -> None:
        some = list(sentences)
        self._grammar, self._doctors = grammar, doctors
        self._copied = _copied_blocks(grammar, some)
        self._left_blank = _entries_left_blank(grammar, some)
        some = without_rows_left_blank(grammar, without_heads_of_tables(without_boxes_lost(some)))
        self._read = [SentenceRead(grammar, s, doctors) for s in without_what_goes_on_in_general(grammar, some)]
        self._found: dict[Entry, tuple[Statement, ...]] = {}

    def of_kinds(self, kinds: Collection[str]) -> Iterator[Statement]:
        """What is stated of the elements of some kinds of documents."""
        for entry in self._grammar.entries_of(kinds):
            yield from self.of(entry)

    def of(self, entry: Entry) -> tuple[Statement, ...]:
        """Every sentence that states an element, in the order of the paper, then those that do so two by two."""
        if entry not in self._found:
            self._found[entry] = () if self._rules_out(entry) else tuple(self._statements_of(entry))
        return self._found[entry]

    def weighed(self, entry: Entry) -> Statement | None:
        """The sentence whose words weigh most for an element that no phrase finds, in a paper known to be of its kind.

        None where none weighs enough, or where that it is stated is in doubt.
        """
        if entry.source or self.of(entry) or self._rules_out(entry) or entry in self._left_blank:
            return None
        if any(entry in box.stated or entry in box.labelled for box in self._left_open):
            return None
        if any(phrase.search(read.low) for read in self._read for phrase in read.phrases.get(entry, ())):
            return None  # the paper speaks of it, and denies or postpones it
        some = [read for read in self._read if read.sentence.block not in self._copied]
        some += [both for _, _, both in self._neighbors] if entry.two_sentences else []
        taken = {s.placed.text for other in self._grammar.entries_of((entry.kind,)) for s in self.of(other)}
        found = [
            (weight, read)
            for read in some
            if (weight := _weight_of(self._grammar, entry, read)) is not None
            and weight >= _LEAST_WEIGHT + _MORE_OF_ANOTHER * (read.text in taken)
        ]
        if not found:
            return None
        _, read = max(found, key=lambda one: one[0])
        placed = read.sentence.placed
        sure = _WEIGHED_SURE * placed.sureness
        return Statement(entry.kind, entry.element, _detail(self._grammar, entry, read.text), placed, sure)

    def _rules_out(self, entry: Entry) -> bool:
        """Whether the paper says anywhere what an element must not stand beside."""
        return any(phrase.search(low) for phrase in self._ruling_out.get(entry, ()) for low in self._said)

    @cached_property
    def _said(self) -> list[str]:
        return [read.low for read in self._read if read.sentence.ticked is not False]

    @cached_property
    def _ruling_out(self) -> Mapping[Entry, list[Phrase]]:
        return self._grammar.index.ruling_out("\n".join(self._said))

    def _statements_of(self, entry: Entry) -> Iterator[Statement]:
        box_left_open = any(entry in box.stated for box in self._left_open)
        labels_left_open = {box.block for box in self._left_open if entry in box.labelled}
        for read in self._that_can_state.get(entry, ()):
            sentence = read.sentence
            if sentence.block in self._copied or (box_left_open and not self._ticks_it(entry, read)):
                continue
            is_asked = bool(labels_left_open - {sentence.block}) or entry in self._left_blank
            if is_asked and not (_by_box(entry, read) or _fills_its_field(self._grammar, entry, read)):
                continue
            found = _stated(self._grammar, entry, read)
            if found is not None and not self._goes_on(entry, read, found):
                yield self._with_the_sentence_before(entry, read, found)
        if entry.two_sentences:
            yield from self._stated_by_two(entry)

    def _ticks_it(self, entry: Entry, read: SentenceRead) -> bool:
        """Whether a ticked box states an element whose own box is open: not by the label of another one of the kind."""
        if not read.sentence.ticked:
            return False
        others = {other for other in read.boxed if other.kind == entry.kind and other is not entry and other.boxes}
        question, asks, _ = read.low.partition("?")
        asked = self._grammar.index.labelled(question.strip()) if asks else frozenset()
        others |= {other for other in asked if other.kind == entry.kind}
        return bool(_by_box(entry, read)) or not others or entry in asked

    def _goes_on(self, entry: Entry, read: SentenceRead, found: Statement) -> bool:
        """Whether a statement that names no structure goes on with what the sentence before it states of one."""
        if entry.detail != "organ" or found.detail:
            return False
        before = next((one for one, next_one, _ in self._neighbors if next_one.sentence is read.sentence), None)
        stated = _stated(self._grammar, entry, before) if before is not None else None
        return stated is not None and bool(stated.detail)

    def _with_the_sentence_before(self, entry: Entry, read: SentenceRead, found: Statement) -> Statement:
        """A statement about what the sentence before it gives with a number: It is 1.2 Gy over. I am content with that."""
        refers = _REFERS_BACK.search(read.low) if entry.detail == "organ" else None
        if refers is None or _DIGIT.search(read.low[: refers.start()]):
            return found
        before = next((one for one, next_one, _ in self._neighbors if next_one.sentence is read.sentence), None)
        organ = _structure_explained(self._grammar, before.text) if before and _DIGIT.search(before.text) else ""
        if before is None or not organ or _stated(self._grammar, entry, before):
            return found
        return found._replace(detail=organ, placed=joined([before.sentence.placed, found.placed]))

    @cached_property
    def _left_open(self) -> list["_OpenBox"]:
        index = self._grammar.index
        open_boxes = [r for r in self._read if r.sentence.ticked is False and not _denies(r.low)]
        lows = [(read.sentence.block, read.low.replace(":", " ")) for read in open_boxes]
        return [_OpenBox(block, index.boxes_of(low), _labelled(index, low)) for block, low in lows]

    @cached_property
    def _that_can_state(self) -> Mapping[Entry, list[SentenceRead]]:
        able: dict[Entry, list[SentenceRead]] = {}
        for read in self._read:
            for entry in read.entries:
                able.setdefault(entry, []).append(read)
        return able

    def _stated_by_two(self, entry: Entry) -> Iterator[Statement]:
        for one, next_one, both in self._neighbors:
            if entry not in both.entries or _stated(self._grammar, entry, one):
                continue
            found = _stated(self._grammar, entry, both)
            if found is not None and _stated(self._grammar, entry, next_one) is None:
                yield found

    @cached_property
    def _neighbors(self) -> list[tuple[SentenceRead, SentenceRead, SentenceRead]]:
        """Sentences with the next one of their paragraph, and both as one, such as: It is over. I can live with that."""
        return [
            (one, next_one, _both(self._grammar, one.sentence, next_one.sentence, self._doctors))
            for one, next_one in pairwise(r for r in self._read if r.sentence.block not in self._copied)
            if _belong_together(one.sentence, next_one.sentence)
        ]


class _OpenBox(NamedTuple):
    """A box that was not ticked: the entries that its words would state, and those of which they are a label."""

    block: int
    stated: frozenset[Entry]
    labelled: frozenset[Entry]


def _labelled(index: EntryIndex, low: str) -> frozenset[Entry]:
    """The entries of which the words of an open box are a label: Dose escalation is none of a dose, which has a box so worded."""
    if len(low.split()) > _LONGEST_LABEL:
        return frozenset()
    labelled = index.labelled(_SAYS_IT_IS_FILLED.sub("", low))
    boxed = labelled & index.boxes_of(low)
    alike = {entry.element for entry in boxed}  # in documents of other kinds
    return frozenset(entry for entry in labelled if entry.element in alike) if boxed else labelled


def _belong_together(one: Sentence, next_one: Sentence) -> bool:
    """Whether two sentences are neighbors in a paragraph, without boxes."""
    return (
        one.block >= 0
        and one.block == next_one.block
        and one.page == next_one.page
        and one.row < 0
        and one.ticked is None
        and next_one.ticked is None
    )


def _both(grammar: Grammar, one: Sentence, next_one: Sentence, doctors: Collection[str]) -> SentenceRead:
    return SentenceRead(grammar, one._replace(placed=joined([one.placed, next_one.placed]), label=""), doctors)


def _entries_left_blank(grammar: Grammar, sentences: Sequence[Sentence]) -> set[Entry]:
    """The entries that a paper has a field for which is left blank: what it says elsewhere in passing does not fill it."""
    fields = [_field_of(sentence) for sentence in sentences if sentence.ticked is None]
    device = grammar.lists.pattern("device")
    blank = {
        lowered(label).strip(" .:#-–*|•")
        for label, value in fields
        if label and is_blank(value, grammar.cues) and not _ANSWERED.match(value)
    }
    blank = {label for label in blank if not _is_of_one_device(label, device)}
    asked = {
        entry
        for label in blank
        for entry, phrases in grammar.index.phrases_in(label).items()
        if any(phrase.search(label) for phrase in phrases)
    }
    return asked.union(*(grammar.index.labelled(label) for label in blank if label))


def _is_of_one_device(label: str, device: re.Pattern[str]) -> bool:
    """Whether a label names one device, such as Face mask: that it was not used leaves open which others were."""
    return (
        len(label.split()) <= _LONGEST_NAME_OF_A_DEVICE and device.search(label) is not None and "immobil" not in label
    )


_LONGEST_NAME_OF_A_DEVICE = 2


def _field_of(sentence: Sentence) -> tuple[str, str]:
    """The label and the value of a field, whose label may be longer than those behind which values count."""
    if sentence.label:
        return sentence.label, value_behind_label(sentence)
    label, colon, value = sentence.text.partition(":")
    return (label, value) if colon and sentence.row < 0 and LABEL.match(sentence.text) else ("", "")


def _fills_its_field(grammar: Grammar, entry: Entry, read: SentenceRead) -> bool:
    """Whether a labelled value says more than who signed, which fills no field that is left blank beside it."""
    value = value_behind_label(read.sentence)
    return bool(_by_label(grammar, entry, read)) and not is_a_signer(value)


def _copied_blocks(grammar: Grammar, sentences: Sequence[Sentence]) -> set[int]:
    """Paragraphs that say of themselves that they were copied, and the one behind a line that announces a copy."""
    copied: set[int] = set()
    for sentence in sentences:
        if says_it_was_copied(lowered(sentence.text), grammar.cues):
            copied.add(sentence.block)
            short = len(sentence.text.split()) <= _LONGEST_ANNOUNCEMENT
            if short and sentence.text.rstrip().endswith((":", "]", ")", "-", ">")):
                copied.add(sentence.block + 1)
    return copied - {-1}


def _stated(grammar: Grammar, entry: Entry, read: SentenceRead) -> Statement | None:
    """An element as a sentence states it; None where it does not."""
    if entry not in read.entries or (read.is_only_a_day and "date" not in entry.needs):
        return None
    if read.is_a_denied_list and "negation" not in entry.may:
        return None
    sure = max(_by_box(entry, read), _by_label(grammar, entry, read), _by_phrase(grammar, entry, read))
    if not sure:
        return None
    placed = read.sentence.placed
    return Statement(entry.kind, entry.element, _detail(grammar, entry, read.text), placed, sure * placed.sureness)


def _denies(low: str) -> bool:
    return len(low.split()) <= _MOST_WORDS_OF_A_DENIAL and _DENIES.search(low) is not None


def _by_box(entry: Entry, read: SentenceRead) -> float:
    if entry not in read.boxed or any(phrase.search(read.low) for phrase in entry.unless):
        return 0.0
    if read.text.rstrip().endswith("?") and entry.detail:
        return 0.0  # a yes to a question such as: Goals missed? explains nothing
    return _BOX_SURE


def _by_label(grammar: Grammar, entry: Entry, read: SentenceRead) -> float:
    for value in read.values:
        if (
            entry in value.entries
            and meets_needs(grammar, entry, value.text)
            and not any(phrase.search(read.low) for phrase in entry.unless)
            and read.states(value, entry.may)
        ):
            return value.sure
    return 0.0


def _by_phrase(grammar: Grammar, entry: Entry, read: SentenceRead) -> float:
    phrases = read.phrases.get(entry, ())
    if not phrases or read.leaves_open(entry.may):
        return 0.0
    low, ticked = read.low, read.sentence.ticked
    if _ENDS_BEFORE_ITS_REASON.search(low):
        return 0.0
    for phrase in phrases:
        at = 0
        while (found := phrase.search(low, at)) is not None:
            if (
                not read.denies_its_label(found.start(), found.end(), entry.may)
                and not _is_excepted(entry, low, found.start(), found.end())
                and standing_of(low, found.start(), found.end(), grammar.cues, entry.may, ticked, phrase.words)
                is Standing.STATED
                and meets_needs(grammar, entry, read.text)
            ):
                return entry.sure
            at = found.start() + 1
    return 0.0


def _weight_of(grammar: Grammar, entry: Entry, read: SentenceRead) -> float | None:
    """What a sentence weighs for an element, where it is enough and nothing says that it is not so; None otherwise."""
    if read.says_nothing or read.is_only_a_day or len(read.low.split()) < _FEWEST_WORDS or _is_row_of_values(read):
        return None
    weighed = grammar.weights.weigh(entry.kind, entry.element, read.low)
    named = all(grammar.lists.pattern(name).search(read.low) for name in entry.weighed_with)
    if weighed is None or not named or (read.is_a_denied_list and "negation" not in entry.may):
        return None
    if read.leaves_open(entry.may) or _ENDS_BEFORE_ITS_REASON.search(read.low):
        return None
    standing = standing_of(read.low, weighed.start, weighed.stop, grammar.cues, entry.may, read.sentence.ticked)
    if standing is not Standing.STATED or not meets_needs(grammar, entry, read.text, NAMED_IN_LISTS):
        return None
    return None if _is_excepted(entry, read.low, weighed.start, weighed.stop) else weighed.weight


def _is_row_of_values(read: SentenceRead) -> bool:
    """Whether it is the row of a table with neither a sentence nor a person in a cell, such as: Small bowel V50 22 cc."""
    columns = read.sentence.columns
    if not columns or any(len(_WORD.findall(column.value)) >= _FEWEST_WORDS for column in columns):
        return False
    return not people_in(read.text)


def _is_excepted(entry: Entry, low: str, start: int, stop: int) -> bool:
    """Whether what an entry must not stand beside stands between the semicolons around a match."""
    part = low[low.rfind(";", 0, start) + 1 : (low.find(";", stop) + 1 or len(low) + 1) - 1]
    return any(phrase.search(part) for phrase in entry.unless)


_ENDS_BEFORE_ITS_REASON = re.compile(r"\b(?:because|reason|why|due to)\W*$")  # a label whose value is missing
_WORD = re.compile(r"[^\W\d_]{2,}")
_VALUE_NEAR = re.compile(r"[^;.]{0,24}?\d")
_TARGET = re.compile(r"\b(?:PTV|CTV|GTV|ITV)[\w.-]*")
_EVERY_ORGAN = re.compile(r"organs? at risk|oars?\b|critical (?:structures|organs)|normal tissues?", re.IGNORECASE)


def _structure_explained(grammar: Grammar, text: str) -> str:
    """The organ or target whose value a text explains: the last before the acceptance that a number follows, else any."""
    organs = [*grammar.lists.pattern("organ").finditer(lowered(text)), *_TARGET.finditer(text)]
    named = sorted(found.span() for found in organs if not _EVERY_ORGAN.match(text, found.start()))
    accepted = _ACCEPTED.search(text)
    before = [span for span in named if accepted and span[1] <= accepted.start()] or named[:1]
    if not before:
        return ""
    stops = [*(start for start, _ in before[1:]), len(text)]
    valued = [
        span for span, stop in zip(before, stops, strict=True) if _VALUE_NEAR.match(text[: max(stop, span[1])], span[1])
    ]
    start, stop = (valued or before)[-1]
    return text[start:stop]


def _detail(grammar: Grammar, entry: Entry, text: str) -> str:
    """What an element is stated of: an organ or a field; '' where nothing is asked."""
    if entry.detail == "organ":
        return _structure_explained(grammar, text)
    if entry.detail == "field":
        field = _FIELD.search(text)
        return field[1] if field else ""
    return ""
