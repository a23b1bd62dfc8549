"""The state of a paper: draft, superseded, late entry, addendum; '' where it is simply in force."""

import re

from isocenter.chart.paper import Paper
from isocenter.chart.people import people_in

_STATES = (
    ("superseded", re.compile(r"\bsuperseded?\b|\breplaced by\b|\bvoid(?:ed)?\b|\bdiscontinued\b|\bcancell?ed\b|\bno longer valid\b|\bnot (?:to be )?used\b|\brevoked\b|\bwithdrawn\b|\bobsolete\b|\binactive\b|\bdo not (?:use|treat)\b|\bnot in force\b|\bretired\b|\bsee (?:revised|new) (?:prescription|rx)", re.IGNORECASE)),
    ("draft", re.compile(r"\bdraft\b|\bunsigned\b|\bnot (?:yet )?signed\b|\bpreliminary\b|\bunapproved\b|\bin progress\b|\bnot (?:yet )?approved\b|\bawaiting signature|\bpending signature|\bsignature pending", re.IGNORECASE)),
    ("late_entry", re.compile(r"\blate entry\b", re.IGNORECASE)),
    ("addendum", re.compile(r"^\W*(?:late )?addend(?:um|a)\b", re.IGNORECASE)),
)  # fmt: skip


def state_of(paper: Paper) -> str:
    """The state that a paper says it is in."""
    if paper.parent is not None:
        return "late_entry" if "late" in paper.title.lower() else "addendum"
    head = " ".join([paper.title, *(_without_people(line.row.text) for line in paper.lines[:4])])
    tail = " ".join(_without_people(line.row.text) for line in paper.lines[-4:])
    stamped = [line.row.text for line in paper.lines if line.row.text.isupper() and len(line.row.text.split()) <= 8]
    for name, pattern in _STATES:
        if name == "superseded":
            places = [
                paper.title,
                *stamped,
                *(
                    line.row.text
                    for line in paper.lines
                    if not people_in(line.row.text)
                    and re.search(
                        r"\b(?:status|state|superseded|void|replaced by|discontinued|revised|prescription|rx|this (?:order|plan|page|note))\b",
                        line.row.text,
                        re.IGNORECASE,
                    )
                    and len(line.row.text.split()) <= 16
                ),
            ]
            if any(
                pattern.search(text)
                and not re.search(r"replaces|supersedes|no other|previous|earlier|old", text, re.IGNORECASE)
                for text in places
            ):
                return name
        elif pattern.search(head) or (name == "draft" and pattern.search(tail)):
            return name
    return ""


def calls_itself_a_draft(paper: Paper) -> bool:
    """Whether a paper bears the word draft or preliminary, and not merely a line that nobody signed."""
    return any(
        re.search(r"\bdraft\b|\bpreliminary\b", _without_people(line.row.text), re.IGNORECASE) for line in paper.lines
    )


def _without_people(text: str) -> str:
    for person in reversed(people_in(text)):
        text = text[: person.start] + text[person.stop :]
    return text
