"""Which of the numbers of a text are ordered for this patient, by the words beside each: limits and doses alike."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from isocenter.chart.grammar.assertion import Cues
from isocenter.chart.grammar.phrases import lowered

_SEPARATOR = re.compile(r"[,;|]|\band\b|\bbut\b| / ")
_CLAUSE = re.compile(r"[;,()]")
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_NAMES_LIMITS = re.compile(r"\b(?:limits|constraints|goals|objectives|tolerances|values)\s*\Z")
_STRUCK = re.compile(r"~~.*?~~|<(?:s|del|strike)>.*?</(?:s|del|strike)>", re.IGNORECASE)
_NOT_IN_THE_FIELDS = r"(?:out(?:side)?|not (?:with)?in) (?:of )?(?:the |all |any )?(?:fields?|beams?)"
_OUTSIDE = re.compile(
    r"(?:\((?:[^()]*\b)?{0}\b[^()]*\)|\[(?:[^\[\]]*\b)?{0}\b[^\[\]]*\]|[:–-]\s*{0}|\w\s+(?:(?:is|are|lies?) )?{0}\s*[,;])[\s,;:–-]*\Z".format(
        rf"(?:n/?a|not applicable|{_NOT_IN_THE_FIELDS})"
    )
)  # right before a limit: its organ is not in the fields, and the limit was printed beforehand
_OUTSIDE_BEHIND = re.compile(
    rf"\s*[,;(\[–—-]\s*(?:(?:is|are|lies?|but|as|it|they|which|now|all|well|entirely) )*{_NOT_IN_THE_FIELDS}\W*(?:$|[.,;)\]])"
)
_NOT_BEFORE = re.compile(r"(?:\b(?:not|never|nor|none|no|nothing|cannot)|n't)\b(?: \w+){0,2}\W*$")
_DOSE = re.compile(r"\d\s?c?gy\b")
_END_OF_A_CLAUSE = re.compile(r";|\.(?=\s|$)")
_REFERS_BACK = re.compile(
    r"\W*(?:(?:and|but|this|that|it|these|those|they|both|all|the|of|such|(?:limit|goal|constraint|value|number|line)s?|he|she|we|i|patient|pt"
    r"|is|was|are|were|has|have|had|been|be|now|later|since|here|to|will|shall|should|would|may|can|do|does|did)\b\W*)*"
)
_SEVERAL = re.compile(r"\W*(?:and |but )?(?:both|all|these|those|they|none|neither)\b")
_QUALIFIES = re.compile(
    r"\W*(?:\Z|(?:here|now|today|yet|at|by|for|in|on|as|since|because|when|after|per|from|of|to|this|with)\b)"
)
NO_ORDER, OF_A_PLAN, VALUES = "not_ordered", "of_a_plan", "values"


class Span(NamedTuple):
    """From where to where a number reaches in its text."""

    start: int
    stop: int


class _Cue(NamedTuple):
    start: int
    stop: int
    where: str


class OrdersOfText:
    """The numbers of one text, limits or doses, and which of them it orders."""

    def __init__(self, text: str, cues: Cues, numbers: Sequence[tuple[int, int]]) -> None:
        """`numbers` are the places of all limits or doses of the text."""
        self._low = lowered(text)
        self._cues = cues
        self._numbers = [Span(*number) for number in numbers]

    def orders(
        self, place: tuple[int, int], *, has_sign: bool = True, may_report: bool = True, names_its_own: bool = False
    ) -> bool:
        """Whether nothing beside a number says that it is not ordered.

        `has_sign` where a sign of comparison goes with it; `may_report` where the text may report values of a plan;
        `names_its_own` where its structure is named within it, and none before it is meant.
        """
        number = Span(*place)
        if any(found.start() < number.stop and found.end() > number.start for found in _STRUCK.finditer(self._low)):
            return False
        if _OUTSIDE_BEHIND.match(self._low, number.stop):
            return False
        if not names_its_own and _OUTSIDE.search(self._low, 0, number.start):
            return False
        low, others = self._seen_from(number)
        of_a_plan = self._blanked(low, [m.span() for m in _BRACKETS.finditer(low) if _DOSE.search(m.group())], number)
        names = [(low, NO_ORDER)]
        if may_report:
            names += [(of_a_plan, OF_A_PLAN), *(((low, VALUES),) if not has_sign else ())]
        return not any(self._is_set_aside(text, name, number, others) for text, name in names)

    def _seen_from(self, number: Span) -> tuple[str, list[Span]]:
        """The text without brackets that hold other numbers alone, and the other numbers that are left."""
        away = [
            span
            for span in (m.span() for m in _BRACKETS.finditer(self._low))
            if not _within(number, span) and any(_within(other, span) for other in self._numbers)
        ]
        others = [o for o in self._numbers if o != number and not any(_within(o, span) for span in away)]
        return self._blanked(self._low, away, number), others

    @staticmethod
    def _blanked(low: str, spans: Sequence[tuple[int, int]], number: Span) -> str:
        for start, stop in spans:
            if not _within(number, (start, stop)):
                low = low[:start] + " " * (stop - start) + low[stop:]
        return low

    def _is_set_aside(self, low: str, name: str, number: Span, others: Sequence[Span]) -> bool:
        first, last = low.rfind(";", 0, number.start) + 1, (low.find(";", number.stop) + 1 or len(low) + 1) - 1
        before = max((o.stop for o in others if first <= o.stop <= number.start), default=first)
        behind = min((o.start for o in others if number.stop <= o.start < last), default=last)
        own = _last_separator(low, before, number.start) if before > first else first
        stop = _last_separator(low, number.stop, behind) if behind < last else last
        if self._says_before(low, name, own, number.start) or self._says_behind(low, name, number.stop, stop):
            return True
        if name == NO_ORDER and (self._is_set_aside_with_its_list(number) or self._is_taken_back_behind(last)):
            return True
        heads = min((o.start for o in others if o.start >= first), default=number.start)
        if heads < number.start and self._says_before(low, name, first, heads, number.start):
            return True
        announced = low.find(":", 0, min(o.start for o in (number, *others)))
        if announced > 0 and self._says_before(low, name, 0, announced, number.start):
            return True
        return name == VALUES and any(not cue.start for cue in self._cues_of(low, name, "before", 0, number.start))

    def _is_set_aside_with_its_list(self, number: Span) -> bool:
        """Whether a number is in a list in brackets that is not ordered, such as: these limits (cord 45 Gy) no longer apply."""
        for brackets in _BRACKETS.finditer(self._low):
            if _within(number, brackets.span()) and _NAMES_LIMITS.search(self._low, 0, brackets.start()):
                end = _CLAUSE.search(self._low, brackets.end())
                return self._says_behind(self._low, NO_ORDER, brackets.end(), end.start() if end else len(self._low))
        return False

    def _is_taken_back_behind(self, stop: int) -> bool:
        """Whether a clause behind a semicolon takes back what is before it; a later clause does so where it takes back several."""
        borders = [found.start() for found in re.finditer(";", self._low[stop:])]
        return any(self._is_taken_back(stop + at) for at in borders if not at or _SEVERAL.match(self._low, stop + at))

    def _is_taken_back(self, stop: int) -> bool:
        """Whether the clause behind a semicolon names nothing of its own and says that what is before it is not ordered.

        Such as: aorta max 53 Gy; not adopted here.
        """
        end = _END_OF_A_CLAUSE.search(self._low, stop + 1)
        last = end.start() if end is not None else len(self._low)
        if _DOSE.search(self._low, stop, last):
            return False
        return any(
            _REFERS_BACK.fullmatch(self._low, stop, cue.start) and _QUALIFIES.match(self._low, cue.stop, last)
            for cue in self._cues_of(self._low, NO_ORDER, "after", stop, last)
        )

    def announces(self, name: str) -> bool:
        """Whether words before a colon say of all numbers behind it what a table of cues says: no order, of a plan, values."""
        announced = self._low.find(":", 0, self._numbers[0].start) if self._numbers else -1
        return announced > 0 and self._says_before(self._low, name, 0, announced, self._numbers[0].start)

    def _says_before(self, low: str, name: str, start: int, stop: int, number: int | None = None) -> bool:
        return any(
            not self._orders_again(low[cue.stop : stop if number is None else number])
            for cue in self._cues_of(low, name, "before", start, stop)
        )

    def _says_behind(self, low: str, name: str, start: int, stop: int) -> bool:
        return any(
            not self._orders_again(low[cue.stop : stop]) for cue in self._cues_of(low, name, "after", start, stop)
        )

    def _cues_of(self, low: str, name: str, side: str, start: int, stop: int) -> Iterator[_Cue]:
        part = low[start:stop]
        held = self._cues.held_in(low)
        for where in (side, "anywhere"):
            for cue in held.get((where, name), ()):
                if (found := cue.search(part)) is not None:
                    yield _Cue(start + found.start(), start + found.end(), where)

    def _orders_again(self, part: str) -> bool:
        """Whether words order after all, such as: replaced by, adopted, I want; denied ones do not."""
        for cue in self._cues.held_in(part).get(("but", NO_ORDER), ()):
            found = cue.search(part)
            if found is not None and not is_denied(part, found.start()):
                return True
        return False


def _within(number: Span, span: tuple[int, int]) -> bool:
    return span[0] <= number.start and number.stop <= span[1]


def _last_separator(low: str, start: int, stop: int) -> int:
    return max((start + m.end() for m in _SEPARATOR.finditer(low[start:stop])), default=start)


def is_of_others(text: str, place: tuple[int, int], cues: Cues) -> bool:
    """Whether the clause around a place is about another person, or general."""
    low = lowered(text)
    starts = [m.end() for m in _CLAUSE.finditer(low, 0, place[0])]
    stop = _CLAUSE.search(low, place[1])
    return cues.about_others(low[starts[-1] if starts else 0 : stop.start() if stop else len(low)]) is not None


def is_denied(part: str, at: int) -> bool:
    """Whether words right before a place of a text deny what follows."""
    return _NOT_BEFORE.search(part[:at]) is not None
