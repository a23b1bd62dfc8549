"""Whether dose limits are ordered for this patient: not struck out, waived, defaults, examples, or values of a plan."""

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from isocenter.chart.assertion import Cues
from isocenter.chart.limits import Limit, limits_in
from isocenter.chart.passages import Sentence
from isocenter.chart.phrases import lowered
from isocenter.chart.plain_writing import plainly_written

_SEPARATOR = re.compile(r"[,;|]|\band\b|\bbut\b")
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_STRUCK = re.compile(r"~~.*?~~|<(?:s|del|strike)>.*?</(?:s|del|strike)>", re.IGNORECASE)
_NOT_BEFORE = re.compile(r"(?:\b(?:not|never|nor|none|no|nothing|cannot)|n't)\b(?: \w+){0,2}\W*$")
_DOSE = re.compile(r"\d\s?c?gy\b")
_NO_ORDER, _OF_A_PLAN, _VALUES = "not_ordered", "of_a_plan", "values"


class _Cue(NamedTuple):
    start: int
    stop: int
    where: str


class LimitsOfText:
    """The limits of one plainly written text, and which of them it orders."""

    def __init__(self, text: str, cues: Cues) -> None:
        self._low = lowered(text)
        self._cues = cues
        self.limits = limits_in(text)

    def orders(self, limit: Limit) -> bool:
        """Whether nothing in the text beside a limit says that it is not ordered."""
        if any(found.start() < limit.stop and found.end() > limit.start for found in _STRUCK.finditer(self._low)):
            return False
        low, others = self._seen_from(limit)
        of_a_plan = self._blanked(low, [m.span() for m in _BRACKETS.finditer(low) if _DOSE.search(m.group())], limit)
        names = ((low, _NO_ORDER), (of_a_plan, _OF_A_PLAN), *(((low, _VALUES),) if not limit.comparison else ()))
        return not any(self._is_set_aside(text, name, limit, others) for text, name in names)

    def _seen_from(self, limit: Limit) -> tuple[str, list[Limit]]:
        """The text without brackets that hold other limits alone, and the other limits that are left."""
        away = [
            span
            for span in (m.span() for m in _BRACKETS.finditer(self._low))
            if not _within(limit, span) and any(_within(other, span) for other in self.limits)
        ]
        others = [o for o in self.limits if o is not limit and not any(_within(o, span) for span in away)]
        return self._blanked(self._low, away, limit), others

    @staticmethod
    def _blanked(low: str, spans: Sequence[tuple[int, int]], limit: Limit) -> str:
        for start, stop in spans:
            if not _within(limit, (start, stop)):
                low = low[:start] + " " * (stop - start) + low[stop:]
        return low

    def _is_set_aside(self, low: str, name: str, limit: Limit, others: Sequence[Limit]) -> bool:
        first, last = low.rfind(";", 0, limit.start) + 1, (low.find(";", limit.stop) + 1 or len(low) + 1) - 1
        before = max((o.stop for o in others if first <= o.stop <= limit.start), default=first)
        behind = min((o.start for o in others if limit.stop <= o.start < last), default=last)
        own = _last_separator(low, before, limit.start) if before > first else first
        stop = _last_separator(low, limit.stop, behind) if behind < last else last
        if self._says_before(low, name, own, limit.start) or self._says_behind(low, name, limit.stop, stop):
            return True
        heads = min((o.start for o in others if o.start >= first), default=limit.start)
        if heads < limit.start and self._says_before(low, name, first, heads, limit.start):
            return True
        announced = low.find(":", 0, min(o.start for o in (limit, *others)))
        if announced > 0 and self._says_before(low, name, 0, announced, limit.start):
            return True
        return name == _VALUES and any(not cue.start for cue in self._cues_of(low, name, "before", 0, limit.start))

    @cached_property
    def is_announced_as_no_order(self) -> bool:
        """Whether words before a colon say of all limits behind it that they are not ordered."""
        announced = self._low.find(":", 0, self.limits[0].start) if self.limits else -1
        return announced > 0 and self._says_before(self._low, _NO_ORDER, 0, announced, self.limits[0].start)

    def _says_before(self, low: str, name: str, start: int, stop: int, limit: int | None = None) -> bool:
        return any(
            not self._orders_again(low[cue.stop : stop if limit is None else limit])
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
        for cue in self._cues.held_in(part).get(("but", _NO_ORDER), ()):
            found = cue.search(part)
            if found is not None and not _NOT_BEFORE.search(part[: found.start()]):
                return True
        return False


def _within(limit: Limit, span: tuple[int, int]) -> bool:
    return span[0] <= limit.start and limit.stop <= span[1]


def _last_separator(low: str, start: int, stop: int) -> int:
    return max((start + m.end() for m in _SEPARATOR.finditer(low[start:stop])), default=start)


_LONGEST_ANNOUNCEMENT = 14  # words of a line that says what the limits below it are
_ANNOUNCES = re.compile(r":\s*$")
_LISTED = re.compile(
    r"\b(?:limits?|goals?|constraints?|objectives?|tolerances?|structures?|organs?|oars?|dose|values?|list|table)\b"
)


def below_announcements(sentences: Sequence[Sentence], cues: Cues) -> Iterator[Sentence]:
    """The sentences without the limits below a line or heading that says that those are not ordered."""
    section, stopped, block = "", "", -1
    for number, sentence in enumerate(sentences):
        text = sentence.text
        if sentence.section != section:
            section = sentence.section
            stopped = _set_aside_by(section, cues)
        read = LimitsOfText(plainly_written(text), cues)
        has_limits = bool(read.limits)
        following = sentences[number + 1] if number + 1 < len(sentences) else None
        if not has_limits and sentence.row < 0 and len(text.split()) <= _LONGEST_ANNOUNCEMENT:
            name = _set_aside_by(text, cues)
            if name and not _announces(text, name, cues, following):
                name = ""
            if name or _heads(text, following):
                stopped = name
        if has_limits and (stopped == _NO_ORDER or (stopped and not any(limit.comparison for limit in read.limits))):
            continue
        if sentence.row < 0 and has_limits and sentence.block >= 0:
            if sentence.block == block and ":" not in text:
                continue
            block = sentence.block if read.is_announced_as_no_order else -1
        yield sentence


def _heads(text: str, following: Sentence | None) -> bool:
    """Whether a line announces what is below it: with a colon, or a word of limits over a table."""
    if _ANNOUNCES.search(text):
        return True
    return bool(following is not None and following.row >= 0 and text[-1:] not in ".;," and len(text.split()) <= 6)


def _announces(text: str, name: str, cues: Cues, following: Sentence | None) -> bool:
    if _heads(text, following):
        return True
    if text.rstrip()[-1:] in ".;,":
        return False
    return bool(_LISTED.search(lowered(text))) or _is_only_a_cue(lowered(text), name, cues)


def _is_only_a_cue(low: str, name: str, cues: Cues) -> bool:
    held = cues.held_in(low)
    for where in ("before", "after", "anywhere"):
        for cue in held.get((where, name), ()):
            found = cue.search(low)
            if found is not None and not re.search(r"\w", low[: found.start()] + low[found.end() :]):
                return True
    return False


def _set_aside_by(text: str, cues: Cues) -> str:
    """Which table of cues says that the limits below a heading are not ordered; '' where none does."""
    low = lowered(text)
    held = cues.held_in(low)
    for name in (_NO_ORDER, _OF_A_PLAN, _VALUES):
        for where in ("before", "anywhere") if name != _NO_ORDER else ("before", "after", "anywhere"):
            for cue in held.get((where, name), ()):
                found = cue.search(low)
                if found is not None and not _orders_below(low[found.end() :], cues):
                    return name
    return ""


def _orders_below(part: str, cues: Cues) -> bool:
    return any(
        (found := cue.search(part)) is not None and not _NOT_BEFORE.search(part[: found.start()])
        for cue in cues.held_in(part).get(("but", _NO_ORDER), ())
    )


_ANSWER_COLUMN = re.compile(
    r"\b(?:use[d]?|active|select(?:ed)?|appl(?:y|ies|ied|icable)|ordered|order|in use|on|chosen|wanted|md|mark(?:ed)?|enabled?)\b",
    re.IGNORECASE,
)
_ANSWERED_NO = re.compile(r"\W*(?:no|n|0|off|☐|\[\s?\]|false)\W*", re.IGNORECASE)
_OF_RESULTS = re.compile(r"achieved|actual|result|delivered|variation|accept|deviation|reached|plan", re.IGNORECASE)
_DOES_NOT_MATTER = re.compile(r"\W*(?:n/?a|none|not applicable)?\W*", re.IGNORECASE)


def row_orders(sentence: Sentence, cues: Cues) -> bool:
    """Whether no other column of a table row says that its limit is not ordered."""
    for column in sentence.columns[1:]:
        if _ANSWER_COLUMN.search(column.name) and _ANSWERED_NO.fullmatch(column.value):
            return False
        if _OF_RESULTS.search(column.name) and _DOES_NOT_MATTER.fullmatch(column.value):
            continue
        read = LimitsOfText(plainly_written(f"it: {column.value}"), cues)
        if read.limits:
            if not any(read.orders(limit) for limit in read.limits):
                return False
        elif _says_not(column.value, cues):
            return False
    return True


def _says_not(value: str, cues: Cues) -> bool:
    low = lowered(value)
    held = cues.held_in(low)
    for where in ("after", "anywhere"):
        for cue in held.get((where, _NO_ORDER), ()):
            found = cue.search(low)
            if found is not None and not _orders_below(low[found.end() :], cues):
                return True
    return False
