"""Whether words that match a phrase state it of this patient: denied, planned, supposed, past, generic, blank."""

import re
from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache, partial
from typing import Any

from isocenter.chart.grammar.phrase_index import PhraseIndex
from isocenter.chart.grammar.phrases import Lists, Phrase, compile_phrases

_CLAUSE = re.compile(
    r"[;:]|\.(?=\s)|,? but\b|,? although\b|,? though\b|,? however\b|,? whereas\b|,? which\b|,? while\b|, yet\b|\(|\)| - | – |,? and (?=(?:he|she|it|they|we|i|the|will|a|no)\b)|,(?= (?:we|he|she|i|it|they|so|the|then|this|that|and)\b)"
)
_MEASURE_IN_BRACKETS = re.compile(r"\(\d[\d.,]*\s?(?:mm|cm|cc|c?gy|%|percent|ml)?\)")  # ends no clause
_BLANK_LINE = re.compile(
    r"_{3,}|\*{3,}|[\[(]\s*(?:fill|describe|enter|insert|specify|complete|add|explain)\b[^\])]{0,60}[\])]\s*$|\.{5,}|-{2}\s*none|\[\s*\]\s*$|<[^>]{0,30}>|\{[^}]{0,30}\}|\bxx+\b|\?\?+|@[\w.]{3,}@"
)
_CHOICE_LEFT_OPEN = re.compile(
    r"\{[^{}]{1,40}/[^{}]{1,40}\}|\*{3}[^*]{0,60}\*{3}|@[A-Za-z_]{2,}@"
)  # such as: {was / was not}, or a variable of the template that was never filled in: @NAME@
_BLANK_BEHIND = re.compile(r"\s*:\s*(?:_{3,}|\.{5,})")
_VALUE_BEHIND = re.compile(r"\s*(?:\([^)]*\)|\))?\s*:\s*([^.;,:]+)")  # as in: Supports: see simulation
_INFINITIVE = re.compile(
    r"\W*to (?:check|review|verify|see|sign|approve|confirm|attend|be|follow|look|examine|measure|choose|decide|draw)\b"
)  # a field that says what somebody is to do
_INVERTED = re.compile(
    r"\W*(?:were|had) (?:the|it|this|that|she|he|they|there|we|i)\b[^.;]*\b(?:would|could|might)\b"
)  # such as: Were the target concave, the cord would sit in its hollow
_NEXT_SUBJECT = re.compile(
    r",(?!\s(?:not yet|pending|to be|tbd|awaiting)\b)| and (?!(?:(?:has|have|had|is|are|was|were|did|do|does|could) (?:not|never)|never|cannot|not)\b)| with | because | since | so that | that | where | who "
)
_NOT_WORDS = re.compile(r"\w")
_WORD = re.compile(r"[a-z']+")


class Standing(StrEnum):
    """How a matched statement stands in its sentence."""

    STATED = "stated"
    UNTICKED = "unticked"
    BLANK = "blank"
    DENIED = "denied"
    PLANNED = "planned"
    SUPPOSED = "supposed"
    PAST = "past"
    SOMEONE_ELSE = "of someone else"
    GENERIC = "generic"
    COPIED = "copied"


_ABOUT_OTHERS = (
    ("generic", Standing.GENERIC),
    ("someone_else", Standing.SOMEONE_ELSE),
    ("copied", Standing.COPIED),
)


_Place = tuple[str, str]  # where a cue counts, and of which safeguard it is
_MOST_KEPT = 4096  # texts whose cues are kept, for each sentence is asked once for each match in it


_ACCOMPANIED = re.compile(
    r"\b(?:with|beside|in the presence of|(?:with|met|saw|told) (?:him|her|the patient|mrs?\.? \w+|ms\.? \w+) and) (?:his|her|their|the) (?:wife|husband|son|daughter|mother|father|partner|sister|brother|family|parents)\b"
)  # a companion is not the one whose illness is told


class Cues:
    """The cues of a policy, by where they count and by safeguard, and which of them a text may hold."""

    def __init__(self, cues: Mapping[_Place, Sequence[Phrase]]) -> None:
        index = PhraseIndex((place, cue) for place, some in cues.items() for cue in some)
        self.held_in = lru_cache(_MOST_KEPT)(partial(_held_in, index))
        self.about_others = lru_cache(_MOST_KEPT)(self._about_others)

    def _about_others(self, around: str) -> Standing | None:
        around = _ACCOMPANIED.sub(" ", around)
        held = self.held_in(around)
        return next(
            (
                standing
                for name, standing in _ABOUT_OTHERS
                if any(cue.search(around) for cue in held.get(("anywhere", name), ()))
            ),
            None,
        )


def _held_in(index: PhraseIndex[_Place], low: str) -> Mapping[_Place, tuple[Phrase, ...]]:
    """The cues that a lower-case text, or any part of it, may hold."""
    held: dict[_Place, list[Phrase]] = {}
    for place, cue in index.may_match(low):
        held.setdefault(place, []).append(cue)
    return {place: tuple(some) for place, some in held.items()}


def read_cues(tables: Mapping[str, Any]) -> Cues:
    """The cues of cues.toml; BrokenRule names a phrase that cannot be understood."""
    lists = Lists(tables.get("lists", {}))
    cues: dict[_Place, Sequence[Phrase]] = {}
    for name, table in ((name, table) for name, table in tables.items() if name != "lists"):
        for where in ("before", "after", "anywhere", "but"):
            cues[where, name] = compile_phrases(table.get(where, ()), lists, f"cues.toml: {name}")
    cues["blank", ""] = compile_phrases(tables["blank"]["value"], lists, "cues.toml: blank", whole=True)
    headings = compile_phrases(tables["plan"].get("headings", ()), lists, "cues.toml: plan", whole=True)
    cues["headings of plans", ""] = headings
    return Cues(cues)


def heads_plans(heading: str, cues: Cues) -> bool:
    """Whether a label or heading says that all below it is still to be done."""
    low = heading.lower().strip(" .:#-–*|•")
    return bool(low) and any(cue.search(low) for cue in cues.held_in(low).get(("headings of plans", ""), ()))


def is_blank(value: str, cues: Cues) -> bool:
    """Whether the value of a field says nothing: empty, a line to fill in, none, pending."""
    low = value.lower().strip(" .:;-–—*|()[]")
    return (
        not _NOT_WORDS.search(low.replace("_", ""))
        or bool(_BLANK_LINE.search(low))
        or any(cue.search(low) for cue in cues.held_in(low).get(("blank", ""), ()))
    )


_INITIAL_OF_A_NAME = re.compile(r"\bn\.(?= ?[a-z]{3})")  # and not the answer N, as of a signer behind the words
_SAME = re.compile(r"\W*(?:the )?same\b")
_COMPARES = re.compile(r"\b(?:compar|check|match|verif|held against)")  # then that they are the same is the result


def standing_of(
    low: str,
    start: int,
    stop: int,
    cues: Cues,
    may: Collection[str] = (),
    ticked: bool | None = None,
    own: Collection[str] = (),
) -> Standing:
    """How the words from `start` to `stop` of a lower-case sentence stand in it.

    `may` names the safeguards that are lifted: negation, future, hypothesis, history. `own` are words that the
    matched phrase itself holds: they are no cues.
    """
    if ticked is False:
        return Standing.UNTICKED
    around = low[low.rfind(";", 0, start) + 1 : (low.find(";", stop) + 1 or len(low) + 1) - 1]
    elsewhere = cues.about_others(around)
    if elsewhere is not None:
        return elsewhere
    low = _INITIAL_OF_A_NAME.sub("  ", low)
    low = _MEASURE_IN_BRACKETS.sub(lambda found: " " * len(found.group()), low)
    first, last = _clause(low, start, stop)
    before, after = low[_behind_a_reason(low, first, start) : stop], low[stop:last]
    if _CHOICE_LEFT_OPEN.search(low):
        return Standing.BLANK
    if _BLANK_LINE.search(low[start:last]) or _BLANK_BEHIND.match(low, last):
        return Standing.BLANK
    if "future" not in may and _INFINITIVE.match(low):
        return Standing.PLANNED
    held = cues.held_in(low)
    after = after.replace("?", " ") if ticked else after  # a question that is answered yes supposes nothing
    denials = () if "negation" in may else held.get(("after", "negation"), ())
    answer = _answer_behind(low, start, stop, last, cues, [*denials, *held.get(("anywhere", "undone"), ())])
    if answer is not None:
        return answer
    for cue in (cue for name in _taken_back_by(low) for cue in held.get(("but", name), ())):
        before = cue.pattern.sub(" ", before) if cue.search(before) else before
        after = cue.pattern.sub(" ", after) if cue.search(after) else after
    near = _NEXT_SUBJECT.split(after)[0]
    for name, lifted, standing in (
        ("negation", "negation", Standing.DENIED),
        ("plan", "future", Standing.PLANNED),
        ("hypothesis", "hypothesis", Standing.SUPPOSED),
        ("history", "history", Standing.PAST),
    ):
        if lifted in may:
            continue
        if any(
            (found := cue.search(before)) and not _is_own(found.group(), own) for cue in held.get(("before", name), ())
        ):
            return standing
        is_inverted = standing is Standing.SUPPOSED and _INVERTED.match(low) is not None
        if is_inverted or any(cue.search(near) for cue in held.get(("after", name), ())):
            return standing
    denied_behind = "negation" not in may and _DENIED_RIGHT_BEHIND.match(near) is not None
    if denied_behind or _was_not_done(low[first:last], start - first, stop - first, held, own):
        return Standing.DENIED
    return Standing.STATED


_REASON = re.compile(
    r"(?<!\bnot )\bbecause(?! of\b)|\bsince\b|,\s(?:as|for)\b(?= (?:the|this|that|her|his|its|both|all)\b)"
)
_UP_TO_NOW = re.compile(r"\b(?:has|have|had|ever|yet)\b")  # then since counts the time and gives no reason


def _behind_a_reason(low: str, first: int, start: int) -> int:
    """Where the reason begins that holds what starts at a place: what is denied before it leaves it in force.

    Such as: No wider margin was taken because the nerve touches the tumor.
    """
    for reason in reversed(list(_REASON.finditer(low, first, start))):
        if reason.group() != "since" or not _UP_TO_NOW.search(low, first, reason.start()):
            return reason.end()
    return first


_DENIED_RIGHT_BEHIND = re.compile(r"\s+(?:not|never)\b(?! (?:only|just|merely|all|more|less|exceed)\b)")
_CONDITION = re.compile(r"\b(?:if|unless|had|were|should|whether|in case)\b")


def _taken_back_by(low: str) -> tuple[str, ...]:
    """The safeguards whose words may only seem to hold: what could be done was done, unless under a condition."""
    return ("negation", "plan") if _CONDITION.search(low) else ("negation", "plan", "hypothesis")


def _answer_behind(
    low: str, start: int, stop: int, last: int, cues: Cues, denials: Sequence[Phrase]
) -> Standing | None:
    """What the value behind a field that ends at `last` says of its words from `start` to `stop`; None where nothing.

    A value that begins with a denial denies the field, such as: not applicable A. Winter, MD.
    """
    behind = _VALUE_BEHIND.match(low, last)
    if behind is None:
        return None
    value = behind[1]
    if is_blank(value, cues) and not (_SAME.match(value) and _COMPARES.search(low[start:stop])):
        return Standing.BLANK
    begins = any((found := cue.search(value)) is not None and found.start() == 0 for cue in denials)
    return Standing.DENIED if begins else None


def _was_not_done(
    clause: str, start: int, stop: int, held: Mapping[_Place, tuple[Phrase, ...]], own: Collection[str]
) -> bool:
    """Whether the words between commas around a match say that the work was not done."""
    cues = held.get(("anywhere", "undone"), ())
    if not cues:
        return False
    part = clause[clause.rfind(",", 0, start) + 1 : (clause.find(",", stop) + 1 or len(clause) + 1) - 1]
    for cue in held.get(("but", "undone"), ()):
        part = cue.pattern.sub(" ", part)
    return any((found := cue.search(part)) is not None and not _is_own(found.group(), own) for cue in cues)


def is_general(low: str, cues: Cues) -> bool:
    """Whether a lower-case sentence is about patients or treatments in general."""
    return cues.about_others(low) is Standing.GENERIC


def says_it_was_copied(low: str, cues: Cues) -> bool:
    """Whether a lower-case sentence says that it, or what follows it, was copied from elsewhere."""
    return any(cue.search(low) for cue in cues.held_in(low).get(("anywhere", "copied"), ()))


def _is_own(cue: str, own: Collection[str]) -> bool:
    """Whether the matched phrase itself holds the words of a cue, which then say nothing against it."""
    words = _WORD.findall(cue)
    held = [any(word == part or (len(part) > 3 and word.startswith(part)) for word in own) for part in words]
    return all(held)


def _clause(low: str, start: int, stop: int) -> tuple[int, int]:
    """From where to where the clause around a match reaches."""
    first = 0
    last = len(low)
    for begins, ends in _boundaries(low):
        if ends <= start:
            first = ends
        elif begins >= stop:
            last = begins
            break
    return first, last


@lru_cache(maxsize=_MOST_KEPT)
def _boundaries(low: str) -> tuple[tuple[int, int], ...]:
    return tuple(found.span() for found in _CLAUSE.finditer(low))
