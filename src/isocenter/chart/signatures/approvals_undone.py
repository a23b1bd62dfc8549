"""Approvals that a list of events takes back later on: who approved before that has signed nothing that is in force."""

import re
from collections.abc import Iterator, Sequence

from isocenter.chart.pages.blocks import Line
from isocenter.chart.words.dates import dates_in

_UNDOES = re.compile(
    r"\bun-?approv(?:ed|al|e)\b|\b(?:approval|signature|sign-?off|authori[sz]ation)s? (?:was |were |has been )?"
    r"(?:withdrawn|revoked|removed|rescinded|retracted|cancell?ed|reset|reversed|undone)\b"
    r"|\b(?:withdrew|revoked|removed|rescinded|retracted|reversed) (?:the |his |her )?(?:approval|signature|sign-?off)\b"
    r"|\b(?:status|plan|prescription|rx) (?:was )?re-?opened\b|^\W*re-?opened\b",
    re.IGNORECASE,
)
_LEADS_TO_ANOTHER_STATE = re.compile(r"\s*(?:\bto\b|[-=]*>+|→|»)", re.IGNORECASE)  # Unapproved to Approved
_APPROVES = re.compile(r"(?<!un)(?<!un-)(?:approv|sign|authenticat|authori[sz]|accept|lock)", re.IGNORECASE)
_CLOCK = re.compile(r"\b(\d{1,2}):(\d{2})(?::\d{2})?\s*([ap])?", re.IGNORECASE)


def approvals_undone(lines: Sequence[Line]) -> set[int]:
    """The lines of dated approvals before an event of the same list that takes them back, and the lines of such events.

    A list is a run of lines that each give a day. Events of one day without a time are in the order of the lines.
    """
    found: set[int] = set()
    undoing = {at for at, line in enumerate(lines) if _undoes(line.row.text)}
    for run in _dated_runs(lines) if undoing else ():
        events = [at for at in run if at in undoing]
        for last in events:
            approvals = (at for at in run if at not in undoing and _APPROVES.search(lines[at].row.text) is not None)
            found.update(at for at in approvals if _when(lines, at, last) < _when(lines, last, at))
        found.update(at for at in events if len(list(dates_in(lines[at].row.text))) == 1)
    return found


def _dated_runs(lines: Sequence[Line]) -> Iterator[list[int]]:
    run: list[int] = []
    for number, line in enumerate(lines):
        if any(True for _ in dates_in(line.row.text)):
            run.append(number)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _undoes(text: str) -> bool:
    """Whether a line says that an approval was taken back, and not that this state was the one before."""
    return any(_LEADS_TO_ANOTHER_STATE.match(text, found.end()) is None for found in _UNDOES.finditer(text))


def _when(lines: Sequence[Line], number: int, other: int) -> tuple[str, int, int]:
    """The day of a line, its minute where the other line gives one too, and its place."""
    text, beside = lines[number].row.text, lines[other].row.text
    day = next(dates_in(text)).day
    clock, both = _CLOCK.search(text), _CLOCK.search(beside) is not None
    if clock is None or not both:
        return day.isoformat(), 0, number
    is_noon = clock[1] == "12"
    hour = int(clock[1]) + (12 if (clock[3] or "").lower() == "p" and not is_noon else 0)
    return day.isoformat(), 60 * hour + int(clock[2]), number
