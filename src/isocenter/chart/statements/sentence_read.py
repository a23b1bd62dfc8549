"""A sentence with all that does not depend on the element it may state: worked out once, when it is first asked for."""

import re
from collections.abc import Collection, Mapping
from functools import cached_property
from typing import NamedTuple

from isocenter.chart.grammar.assertion import Standing, heads_plans, is_blank, standing_of
from isocenter.chart.grammar.entries import Entry
from isocenter.chart.grammar.grammar import Grammar
from isocenter.chart.grammar.phrases import Phrase, lowered
from isocenter.chart.pages.passages import Sentence
from isocenter.chart.papers.paper_ends import is_name_alone
from isocenter.chart.words.people import people_in
from isocenter.chart.words.questions import answers_no, is_field_answered_no

_LABEL_END = re.compile(r"^[^:=?]{1,60}?\s*[:=?]\s*")
_OPEN = (Standing.PLANNED, Standing.BLANK)
_WORDS = re.compile(r"[A-Za-z]{2,}")
_FEWEST_WORDS_BELOW_A_HEADING = 2
_FIELD_SURE, _SECTION_SURE = 0.93, 0.85
_LONGEST_BEGINNING = 25  # letters of a value whose standing counts
_ROLE_ALONE = re.compile(r"(?:attending |treating |responsible )?(?:physician|md|doctor|oncologist|attending)")
_ANOTHER_ITEM = re.compile(r"(?<=\w{3}),")
_ONLY_A_DAY = re.compile(
    r"\W*(?:seen|visit\w*|examined|reviewed|evaluated|written|done|date\w*)(?: on| of service)?\W{0,3}(?:\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4})(?:\W+(?:(?:fx|fractions?|week|of|to|treatments?|sessions?|no)|\d+))*\W*$"
)


_DENIED_LIST = re.compile(
    r"\W{0,3}(?:not (?:applicable|present|claimed|met|the case|invoked|relevant|done|used|needed|sought)|n/?a|does not apply|do not apply|"
    r"none of these|absent|denied|excluded|deleted|(?:x{2,}\s*)?(?:struck|crossed|lined|scratched|x-?ed|taken)(?: out| off)?)\s*[:–-]\s",
    re.IGNORECASE,
)  # such as: Not applicable: earlier course; higher dose
_A_DAY_FIRST = re.compile(r"\W*\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}\b")
_LEFT_BLANK = re.compile(r"[^.;:]{2,60}\s(?:-{2,}|[—–])\s*$")  # such as: Physician work --
_HEADS_A_COLUMN = re.compile(
    r"\W*(?:(?:physician|doctor|md|reviewer)(?:['’]s)? )?(?:decision|reason|comments?|notes?|status|values?|results?|remarks?|explanation|action|response|date|initials)\W*",
    re.IGNORECASE,
)
_HEADS_COLUMNS = re.compile(
    r"\W*(?:(?:constraint|structure|organ|volume|goal|limit|value|dose|metric|objective|priority|rank|achieved|planned|result|unit|target)s?\b\W*){2,}",
    re.IGNORECASE,
)  # of a table that begins behind a field left blank
_CANNED = re.compile(r"\W{0,3}\.[a-z]\w{2,}\s*[\"“:=]")  # a text kept under a short name, to be called up

_UNDECIDED = re.compile(
    r"^\W*(?:[\w ]{0,30}: )?(?:nothing (?:is|was|has been) (?:yet )?(?:decided|settled|chosen|fixed|agreed)|no (?:choice|decision|selection)\b[^.;:]{0,30}\b(?:made|taken|fallen)"
    r"|[^.;:]{0,40} (?:has|have|is|are) not (?:yet )?(?:been )?(?:decided|settled|chosen|agreed))\b"
    r"|\b(?:to be )?decided? (?:at|after|during) (?:the )?(?:sim|simulation)\b"
)
_CALLED_OFF = re.compile(r"(?:--?|–|\*)\s*CANCELL?ED\b")
_ANSWERED_NO_BEFORE = re.compile(r"\W{0,3}no?(?: ?[-–|:] ?| / )(?=[a-z])")  # such as: N - earlier irradiation
_POSTPONED = re.compile(
    r" [-–:] (?:check|verify|do|confirm) (?:on |at )?(?:the )?(?:d ?1|day (?:1|one)|first (?:day|fraction|treatment|session)|fx ?1)\W*$"
    r"|, none\W*$|[,:] (?:[^,;]{0,30} )?(?:none (?:was |were )?(?:taken|made|saved|acquired|obtained|drawn|shown|done|kept)"
    r"|to be (?:shown|drawn|finished|made|done|taken|written|added|entered) (?:next|later|tomorrow|by|after|before|when)\b[^,;]*)\W*$"
)


class FilledValue(NamedTuple):
    """What stands behind a label or under a heading and is not blank: the entries it may state, and how surely."""

    entries: frozenset[Entry]
    text: str
    sure: float


def _with_doctors(text: str, doctors: Collection[str]) -> str:
    """A text of the same length in which the initials of doctors are the word for one, such as: KM set the isocenter."""
    if not doctors or not any(initials in text for initials in doctors):
        return text
    found = re.compile(rf"(?<![\w.])(?:{'|'.join(sorted(doctors))})(?![\w.])")
    return found.sub(lambda initials: "Dr".ljust(len(initials.group())), text)


class SentenceRead:
    """A sentence of a paper, with the entries that it can state.

    `doctors` are the initials of the physicians who signed the paper, by which its text may name them.
    """

    def __init__(self, grammar: Grammar, sentence: Sentence, doctors: Collection[str] = ()) -> None:
        self._grammar, self.sentence = grammar, sentence
        self.text = sentence.text
        self.low = lowered(_with_doctors(self.text, doctors))
        self._left_open: dict[frozenset[str], bool] = {}
        self._standings: dict[tuple[str, frozenset[str]], Standing] = {}

    @cached_property
    def says_nothing(self) -> bool:
        """Whether it states no element whatsoever: a text called up, an open box, an answer no, a plan by its heading."""
        sentence, cues = self.sentence, self._grammar.cues
        return bool(
            sentence.ticked is False
            or _CANNED.match(self.low)
            or is_field_answered_no(self.text)
            or _ANSWERED_NO_BEFORE.match(self.low)
            or _LEFT_BLANK.match(self.text)
            or _UNDECIDED.search(self.low)
            or _CALLED_OFF.search(self.text)
            or (_POSTPONED.search(self.low) and ";" not in self.low)
            or heads_plans(sentence.label, cues)
            or heads_plans(sentence.section, cues)
        )

    @cached_property
    def is_only_a_day(self) -> bool:
        """Whether it says no more than when something was done."""
        return _ONLY_A_DAY.match(self.low) is not None

    @cached_property
    def is_a_denied_list(self) -> bool:
        """Whether it denies all that it lists, such as: Not applicable: earlier course; higher dose."""
        return _DENIED_LIST.match(self.text) is not None

    @cached_property
    def phrases(self) -> Mapping[Entry, list[Phrase]]:
        """By entry the phrases that it may hold."""
        return self._grammar.index.phrases_in(self.low)

    @cached_property
    def boxed(self) -> frozenset[Entry]:
        """The entries that it states behind a ticked box: by the words of the answer, or the whole label before it."""
        if not self.sentence.ticked:
            return frozenset()
        question, index = lowered(self.sentence.label), self._grammar.index
        answer = _LABEL_END.sub("", self.low, count=1) if question and self.low.startswith(question) else ""
        if not answer:
            return index.boxed(self.low)
        return index.boxed(answer) | index.labelled(question.strip(" .:#-–*|•"))

    @cached_property
    def entries(self) -> frozenset[Entry]:
        """The entries that it can state at all."""
        if self.says_nothing:
            return frozenset()
        return self.boxed.union(self.phrases, *(value.entries for value in self.values))

    @cached_property
    def values(self) -> tuple[FilledValue, ...]:
        """What is filled in behind its label and under its heading."""
        sentence = self.sentence
        return tuple(
            value
            for name, sure in ((sentence.label, _FIELD_SURE), (sentence.section, _SECTION_SURE))
            if name and (value := self._value_of(name, sure)) is not None
        )

    def _value_of(self, name: str, sure: float) -> FilledValue | None:
        sentence = self.sentence
        head = lowered(name).strip(" .:#-–*|•")
        entries = self._grammar.index.labelled(head) if head else frozenset()
        if not entries:
            return None
        value = value_behind_label(sentence) if name == sentence.label else self.text
        if name == sentence.section and (sentence.label or len(_WORDS.findall(value)) < _FEWEST_WORDS_BELOW_A_HEADING):
            return None
        if _HEADS_A_COLUMN.fullmatch(value) or _HEADS_COLUMNS.fullmatch(value):
            return None
        if name.rstrip().endswith("?") and answers_no(value):
            return None
        word = self._grammar.signing.word_of_signing(value)
        if word is not None and not value[: word[0]].strip(" -–*|"):
            return None  # a signature below an empty field
        is_role = _ROLE_ALONE.fullmatch(head) is not None
        if is_role and self._names_whose_hand_is_missing(value):
            return None
        signs = is_role or name == sentence.section or self._grammar.signing.word_of_signing(head) is not None
        if (is_a_signer(value) and signs) or (is_role and _names_alone(value)):
            return None
        return None if is_blank(value, self._grammar.cues) else FilledValue(entries, value, sure)

    def _names_whose_hand_is_missing(self, value: str) -> bool:
        """Whether a value is a person behind words that sign nothing, such as: [STAMP A. WINTER MD 3/4/2026]."""
        person = next((one for one in people_in(value) if one.credentials), None)
        return person is not None and self._grammar.signing.takes_back(value[: person.start])

    def states(self, value: FilledValue, may: frozenset[str]) -> bool:
        """Whether a filled-in value is stated where the safeguards in `may` are lifted."""
        key = (value.text, may)
        if key not in self._standings:
            low = lowered(value.text)
            first = _ANOTHER_ITEM.search(low)  # of several things that a field lists, the first states it
            stop = min(len(low), _LONGEST_BEGINNING, first.start() if first else _LONGEST_BEGINNING)
            self._standings[key] = standing_of(low, 0, stop, self._grammar.cues, may, self.sentence.ticked)
        return self._standings[key] is Standing.STATED

    def denies_its_label(self, start: int, stop: int, may: frozenset[str]) -> bool:
        """Whether words that reach from its label into the value state what the value denies: Concavity: it does not wrap ..."""
        label = _LABEL_END.match(self.low) if self.sentence.label else None
        if label is None or not start < label.end() < stop:
            return False
        value = self.low[label.end() :]
        return bool(value) and self._standing_of(value, may) is Standing.DENIED

    def leaves_open(self, may: frozenset[str]) -> bool:
        """Whether it is a field whose value is blank or only planned, where the safeguards in `may` are lifted."""
        if may not in self._left_open:
            self._left_open[may] = self._leaves_open(may)
        return self._left_open[may]

    def _leaves_open(self, may: frozenset[str]) -> bool:
        label = _LABEL_END.match(self.low) if self.sentence.label else None
        if label is None:
            return False
        value, cues = self.low[label.end() :], self._grammar.cues
        if is_blank(self.text[label.end() :], cues):
            return True
        if _A_DAY_FIRST.match(value):
            return False  # such as: Date: 3/9/2026, requested by Dr. Winter
        return bool(value) and self._standing_of(value, may) in _OPEN

    def _standing_of(self, value: str, may: frozenset[str]) -> Standing:
        return standing_of(value, 0, min(len(value), _LONGEST_BEGINNING), self._grammar.cues, may)


def value_behind_label(sentence: Sentence) -> str:
    """The text of a sentence without the label that it begins with."""
    begins = sentence.label and lowered(sentence.text).startswith(lowered(sentence.label))
    return _LABEL_END.sub("", sentence.text, count=1) if begins else sentence.text


_INITIALS_ALONE = re.compile(r"\W*(?:[A-Z]\.?[\s-]?){2,4}\W*")


def _names_alone(text: str) -> bool:
    """Whether a text is the initials or the name of a person and nothing else, which says of no work that it was done."""
    return _INITIALS_ALONE.fullmatch(text) is not None or is_name_alone(text)


def is_a_signer(text: str) -> bool:
    """Whether a text begins with a person and credentials, as the line of a signature does."""
    people = people_in(text)
    return bool(people) and people[0].start <= 3 and bool(people[0].credentials)
