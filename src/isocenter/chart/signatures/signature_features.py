"""What can be seen around a name and a day of a paper, by which examples teach whether the person signed on that day."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from isocenter.chart.grammar.signing import Signing
from isocenter.chart.words.dates import TIME_OF_DAY, FoundDate, dates_in
from isocenter.chart.words.people import Person, has_title, people_in

LINES_AROUND = 2  # from which lines above and below a name its day may come
_LONGEST_BESIDE = 90
_TOKEN = re.compile(r"[A-Za-z']+|[:#;|(\[\]☐☒☑_]|--?|–")
_CLOCK = re.compile(r"\b\d{1,2}:\d{2}\b|\b\d{1,2} ?[ap]\.?m\b|\b[012]\d[0-5]\d(?: ?h(?:rs?|ours)?)?\W*$", re.IGNORECASE)
_TOLD = re.compile(r"\b(?:I|her|his|she|he|we|was|were|will|patient)\b")


class Candidate(NamedTuple):
    """A person on a line of a paper and a day on the same line or near it, for which it is asked whether they sign."""

    number: int
    person: Person
    people: Sequence[Person]
    dated_on: int
    day: FoundDate


def candidates_on(
    texts: Sequence[str], number: int, staff: Mapping[str, str], is_near: Callable[[int], bool], *, day_first: bool
) -> Iterator[Candidate]:
    """The people on a line who may sign, each with each day of the line, else with those of lines that are near."""
    people = people_in(texts[number])
    signers = [one for one in people if one.credentials or one.is_doctor or one.surname in staff]
    if not signers:
        return
    days = [(number, day) for day in dates_in(texts[number], day_first=day_first)]
    for away in (1, -1, 2, -2) if not days else ():
        at = number + away
        if 0 <= at < len(texts) and is_near(at) and len(texts[at]) < _LONGEST_BESIDE:
            days += [(at, day) for day in list(dates_in(texts[at], day_first=day_first))[:2]]
    for person in signers:
        for at, day in days:
            yield Candidate(number, person, people, at, day)


def features_of(one: Candidate, texts: Sequence[str], staff: Mapping[str, str], signing: Signing) -> frozenset[str]:
    """The features of a candidate by their names, such as `before=approved` and `lines to the day=1`."""
    text = texts[one.number]
    days = list(dates_in(text))
    spans = [*((person.start, person.stop) for person in one.people), *((day.start, day.stop) for day in days)]
    rest = TIME_OF_DAY.sub(lambda time: " " * len(time.group()), _blanked(text, spans))
    found = {f"name={_standing(one.person, staff)}", f"lines to the day={one.dated_on - one.number}"}
    if one.dated_on == one.number:
        head, tail = _around_a_day_beside(one, rest, days, signing, found)
    else:
        head, tail = _words(rest[: one.person.start]), _words(rest[one.person.stop :])
        _add_line_of_the_day(one, texts, signing, found)
    _add_words("before", head, head[-6:], signing, found)
    _add_words("behind", tail, tail[:6], signing, found)
    for away, word in enumerate(reversed(head[-3:]), 1):
        found |= {f"{away} before={word}", f"{away} before is={signing.weights.kind_of(word)}"}
    counts = Counter(map(signing.weights.kind_of, (*head, *tail)))
    acts = counts["act"] + counts["signing"]
    found |= {
        f"other words={min(5, counts['word'])}",
        f"acts={min(2, acts)}",
        f"signing={min(1, counts['signing'])}",
        f"people={min(3, len(one.people))}",
        f"days={min(3, len(days))}",
        f"length={min(5, len(text) // 30)}",
    }
    seen = {
        "nothing before": not head,
        "nothing behind": not tail,
        "an act and no other word": not counts["word"] and acts > 0,
        "no other word": not counts["word"],
        "taken back": signing.takes_back(rest),
        "no signature": signing.is_no_signature(rest),
        "told": _TOLD.search(rest) is not None,
        "time": _CLOCK.search(text) is not None,
        "title behind": has_title(text[one.person.stop :]),
    }
    found |= {name for name, is_so in seen.items() if is_so}
    _add_lines_beside(one, texts, signing, found)
    return frozenset(found)


def _standing(person: Person, staff: Mapping[str, str]) -> str:
    if person.credentials:
        return "credentials"
    return "doctor" if person.is_doctor else "known" if person.surname in staff else "bare"


def _around_a_day_beside(
    one: Candidate, rest: str, days: Sequence[FoundDate], signing: Signing, found: set[str]
) -> tuple[list[str], list[str]]:
    """Add what is between a name and a day of its line; the words before the first of both and behind the last."""
    person, day = one.person, one.day
    first, last = (person, day) if day.start >= person.stop else (day, person)
    between = rest[first.stop : last.start]
    side = "behind" if last is day else "before"
    found |= {f"day {side}", f"day {side}, gap={min(4, len(between) // 8)}"}
    inside = [
        sum(first.stop <= other.start < last.start for other in others if other is not last)
        for others in (one.people, days)
    ]
    found |= {f"people between={min(2, inside[0])}", f"days between={min(2, inside[1])}"}
    words = _words(between)
    _add_words("between", words, words, signing, found)
    return _words(rest[: first.start]), _words(rest[last.stop :])


def _add_line_of_the_day(one: Candidate, texts: Sequence[str], signing: Signing, found: set[str]) -> None:
    """Add what the line says on which the day is, where that is not the line of the name, and the one between."""
    text = texts[one.dated_on]
    words = _words(TIME_OF_DAY.sub("", _blanked(text, [(day.start, day.stop) for day in dates_in(text)])))
    _add_words("beside the day", words, words, signing, found)
    named = sum(bool(person.credentials) for person in people_in(text))
    others = sum(signing.weights.kind_of(word) == "word" for word in words)
    found |= {
        f"people beside the day={min(2, named)}",
        f"length beside the day={min(4, len(text) // 20)}",
        f"other words beside the day={min(3, others)}",
    }
    if abs(one.dated_on - one.number) == LINES_AROUND:
        between = texts[(one.dated_on + one.number) // 2]
        found |= {f"title between={has_title(between)}", f"length between={min(3, len(between) // 25)}"}


def _add_lines_beside(one: Candidate, texts: Sequence[str], signing: Signing, found: set[str]) -> None:
    """Add the last words of the line above and the first ones of the line below."""
    above = texts[one.number - 1] if one.number else ""
    words = _words(above) if len(above) < _LONGEST_BESIDE - 10 else []
    found |= {f"above={word}" for word in words[-4:]}
    if any(signing.weights.kind_of(word) in ("act", "signing") for word in words):
        found.add("act above")
    if "by" in words[-2:]:
        found.add("by above")
    below = texts[one.number + 1] if one.number + 1 < len(texts) else ""
    found |= {f"below={word}" for word in _words(below)[:3]}


def _add_words(place: str, words: Sequence[str], near: Sequence[str], signing: Signing, found: set[str]) -> None:
    found |= {f"{place}={word}" for word in words}
    found |= {f"{place} is={signing.weights.kind_of(word)}" for word in near}


def _words(text: str) -> list[str]:
    return [word.lower() for word in _TOKEN.findall(text)]


def _blanked(text: str, spans: Sequence[tuple[int, int]]) -> str:
    for start, stop in spans:
        text = f"{text[:start]}{' ' * (stop - start)}{text[stop:]}"
    return text
