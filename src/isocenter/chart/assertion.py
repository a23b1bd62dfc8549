"""Whether words that match a phrase state it of this patient: denied, planned, supposed, past, generic, blank."""

import re
from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from isocenter.chart.phrases import Lists, Phrase, compile_phrases

_CLAUSE = re.compile(
    r"[;:]|\.(?=\s)|,? but\b|,? although\b|,? though\b|,? however\b|,? whereas\b|,? which\b|,? while\b|, yet\b|\(|\)| - | – |,? and (?=(?:he|she|it|they|we|i|the|will|a|no)\b)|,(?= (?:we|he|she|i|it|they|so|the|then|this|that|and)\b)"
)
_BLANK_LINE = re.compile(r"_{3,}|\.{5,}|-{2}\s*none|\[\s*\]\s*$|<[^>]{0,30}>|\{[^}]{0,30}\}|\bxx+\b|\?\?+")
_BLANK_BEHIND = re.compile(r"\s*:\s*(?:_{3,}|\.{5,})")
_NEXT_SUBJECT = re.compile(r",| and | with | because | since | so that | that | where | who ")
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


class Cues(NamedTuple):
    """The cues of a policy, compiled."""

    before: Mapping[str, tuple[Phrase, ...]]
    after: Mapping[str, tuple[Phrase, ...]]
    anywhere: Mapping[str, tuple[Phrase, ...]]
    but: tuple[Phrase, ...]
    blank: tuple[Phrase, ...]
    headings_of_plans: tuple[Phrase, ...] = ()


def read_cues(tables: Mapping[str, Any]) -> Cues:
    """The cues of cues.toml; BrokenRule names a phrase that cannot be understood."""
    lists = Lists({})
    before, after, anywhere = {}, {}, {}
    for name, table in tables.items():
        place = f"cues.toml: {name}"
        before[name] = compile_phrases(table.get("before", ()), lists, place)
        after[name] = compile_phrases(table.get("after", ()), lists, place)
        anywhere[name] = compile_phrases(table.get("anywhere", ()), lists, place)
    return Cues(
        before,
        after,
        anywhere,
        compile_phrases(tables["negation"].get("but", ()), lists, "cues.toml: negation"),
        compile_phrases(tables["blank"]["value"], lists, "cues.toml: blank", whole=True),
        compile_phrases(tables["plan"].get("headings", ()), lists, "cues.toml: plan", whole=True),
    )


def heads_plans(heading: str, cues: Cues) -> bool:
    """Whether a label or heading says that all below it is still to be done."""
    low = heading.lower().strip(" .:#-–*|•")
    return bool(low) and any(cue.search(low) for cue in cues.headings_of_plans)


def is_blank(value: str, cues: Cues) -> bool:
    """Whether the value of a field says nothing: empty, a line to fill in, none, pending."""
    low = value.lower().strip(" .:;-–*|")
    return (
        not _NOT_WORDS.search(low.replace("_", ""))
        or bool(_BLANK_LINE.search(low))
        or any(cue.search(low) for cue in cues.blank)
    )


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
    elsewhere = _about_others(around, cues)
    if elsewhere is not None:
        return elsewhere
    first, last = _clause(low, start, stop)
    before, after = low[first:stop], low[stop:last]
    if _BLANK_LINE.search(low[start:last]) or _BLANK_BEHIND.match(low, last):
        return Standing.BLANK
    for cue in cues.but:
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
        if any((found := cue.search(before)) and not _is_own(found.group(), own) for cue in cues.before[name]):
            return standing
        if any(cue.search(near) for cue in cues.after[name]):
            return standing
    return Standing.STATED


def is_general(low: str, cues: Cues) -> bool:
    """Whether a lower-case sentence is about patients or treatments in general."""
    return _about_others(low, cues) is Standing.GENERIC


_KEPT: dict[tuple[int, str], Standing | None] = {}
_MOST_KEPT = 20_000


def _about_others(around: str, cues: Cues) -> Standing | None:
    """Whether a sentence is generic, of somebody else or copied; kept, for each sentence is asked once an element."""
    key = (id(cues), around)
    if key not in _KEPT:
        if len(_KEPT) >= _MOST_KEPT:
            _KEPT.clear()
        kinds = (("generic", Standing.GENERIC), ("someone_else", Standing.SOMEONE_ELSE), ("copied", Standing.COPIED))
        _KEPT[key] = next(
            (standing for name, standing in kinds if any(cue.search(around) for cue in cues.anywhere[name])), None
        )
    return _KEPT[key]


def _is_own(cue: str, own: Collection[str]) -> bool:
    """Whether the matched phrase itself holds the words of a cue, which then say nothing against it."""
    words = _WORD.findall(cue)
    held = [any(word == part or (len(part) > 3 and word.startswith(part)) for word in own) for part in words]
    return all(held)


def _clause(low: str, start: int, stop: int) -> tuple[int, int]:
    """From where to where the clause around a match reaches."""
    first = 0
    last = len(low)
    for boundary in _CLAUSE.finditer(low):
        if boundary.end() <= start:
            first = boundary.end()
        elif boundary.start() >= stop:
            last = boundary.start()
            break
    return first, last
