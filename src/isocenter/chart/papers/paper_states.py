"""The state of a paper: draft, superseded, late entry, addendum; '' where it is simply in force."""

import re
from collections.abc import Sequence

from isocenter.chart.pages.blocks import Line
from isocenter.chart.papers.order_versions import without_void_versions
from isocenter.chart.papers.paper import Paper
from isocenter.chart.papers.state_words import SUPERSEDED, without_ended_state, without_what_it_replaces
from isocenter.chart.words.dates import has_date
from isocenter.chart.words.people import has_credentials, people_in

_STATES = (
    ("superseded", SUPERSEDED),
    ("draft", re.compile(r"\bdraft\b|\bunsigned\b|\bnot (?:yet )?signed\b|\bpreliminary\b|\bunapproved\b|\bin progress\b|\bnot (?:yet )?approved\b|\bawaiting signature|\bpending signature|\bsignature pending|\bunauth(?:enticated|orized)?\b|\bpended\b", re.IGNORECASE)),
    ("late_entry", re.compile(r"\blate entry\b", re.IGNORECASE)),
    ("addendum", re.compile(r"^\W*(?:late )?addend(?:um|a)\b", re.IGNORECASE)),
)  # fmt: skip


_STATUS = re.compile(r"^\W*(?:\w+ )?status\s*:", re.IGNORECASE)  # a field, whose words may look like a name
_ANOTHER = re.compile(
    r"replaces|supersedes|no other|previous|earlier|old|\bamended order\b"
    r"|\bsuperseded (?:text|lines?|rows?|values?|parts?|items?|words?|passages?|entries)\b",
    re.IGNORECASE,
)
_PART_CANCELLED = re.compile(
    r"\b(?:boost|phase (?:\d|two|three|i{1,3})|cone ?-?down)\b(?: \w+){0,2} (?:is|was|has been) (?:now )?"
    r"(?:cancell?ed|withdrawn|discontinued|void(?:ed)?|not (?:given|to be given))\b"
    r"|(?:^|(?<=[.;,] ))(?:(?:all|any|the|my|our|previous|earlier|old|prior|former|first|other|dose) )*(?:limits?|constraints?|goals?|objectives?|tolerances?)"
    r"(?: (?:of|from|in)(?: the| my| our)?(?: [\w-]+){0,3}?(?: ?\d[\d/.-]*)?)? (?:(?:is|are|was|were|has|have|been|now|all|hereby|thus) )*"
    r"(?:superseded|replaced|void(?:ed)?|withdrawn|cancell?ed|no longer valid|not in force)\b(?=[^.;:\d]*(?:[.;]|$))",
    re.IGNORECASE,
)  # which leaves the rest of the order in force
_FORMER_VALUE = re.compile(r"(?<=[\w%)] )\((?:was|were|formerly|previously|from)\b[^()]*\d[^()]*\)", re.IGNORECASE)
_OPEN_BOX = re.compile(r"(?:☐|\[\s*\]|\(\s\))\s*[A-Za-z]+")  # with the word behind it, which nobody chose
_DOSE = re.compile(r"\d\s?c?gy\b", re.IGNORECASE)
_FEWEST_WORDS_OF_A_DOSE_ROW = 4
_SHARE = re.compile(r"\d\s?%")


_A_VERSION = re.compile(r"^\W*(?:v|ver|version|rev|revision)\W{0,2}\d{1,2}\b", re.IGNORECASE)
_MOST_WORDS_OF_A_STAMP = 8
_STAMP = re.compile(
    r"^\W*(?:SUPERSEDED|WITHDRAWN|VOID(?:ED)?|CANCELL?ED|DISCONTINUED|REVOKED|RETRACTED|RETIRED|OBSOLETE|INACTIVE)\b"
)  # in capitals, perhaps with a day behind it


_BY_MISTAKE = re.compile(
    r"\bcancell?ed\b.*\b(?:in error|by mistake|wrong (?:patient|chart|record|person|site))\b"
    r"|\b(?:entered|ordered|filed|written) (?:in error|by mistake|(?:on|for|in|under) (?:the |a )?wrong\b)",
    re.IGNORECASE,
)
_MOST_LINES_OF_A_MISTAKE = 4
_TITLED_AS_A_TEMPLATE = re.compile(
    r"[(\[]\s*(?:(?:(?:blank|empty|unused|unfilled) )?(?:template|specimen|sample|example|blank)(?: form)?"
    r"|(?:(?:kept|filed) )?(?:for )?(?:information|reference|orientation|comparison)(?: only)?)\s*[)\]]\s*$",
    re.IGNORECASE,
)


def was_never_meant(paper: Paper) -> bool:
    """Whether a paper is no document: titled as a template or as information, or of few lines, cancelled as entered by mistake."""
    if _TITLED_AS_A_TEMPLATE.search(paper.title):
        return True
    text = " ".join(line.row.text for line in paper.lines)
    return len(paper.lines) <= _MOST_LINES_OF_A_MISTAKE and _BY_MISTAKE.search(text) is not None


def void_lines(texts: Sequence[str]) -> frozenset[int]:
    """Lines of a paper that holds an order in force beside one that is void.

    A row with a dose that is called void is void alone; a heading that is called void makes its block so, up to the
    next heading that begins alike. Where nothing else is ordered the paper as a whole is superseded, and no line is.
    Rows of another arm of a trial are void as well, and lines with the mark by which the paper says that it strikes.
    """
    texts = without_what_it_replaces([without_void_versions(text) for text in texts])
    void = _rows_of_other_arms(texts) | _marked_as_void(texts)
    for at, text in enumerate(map(_behind_a_part_cancelled, texts)):
        called = SUPERSEDED.search(text)
        if called is None or _STATUS.match(text) or _ANOTHER.search(text[: called.start()]) or at in void:
            continue
        counted = _counted_sheet(texts, at)
        if counted is not None:
            void |= set(range(*counted))
            continue
        is_a_version = _A_VERSION.match(text) is not None and ":" in text[called.end() :]
        if is_a_version or (_DOSE.search(text) and len(text.split()) >= _FEWEST_WORDS_OF_A_DOSE_ROW):
            others = [other for k, other in enumerate(texts) if k != at and _DOSE.search(other)]
            void |= {at} if others else set()
            continue
        alike = [
            k
            for k, other in enumerate(texts)
            if k != at and _first_word(other) == _first_word(text) != "" and not SUPERSEDED.search(other)
        ]
        behind = [k for k in alike if k > at]
        if behind:
            void |= set(range(at, behind[0]))
        elif alike:
            void |= set(range(at, len(texts)))
    return frozenset(void)


_VOID_WORDS = r"\b(?:superseded|struck(?: out)?|crossed out|lined out|void(?:ed)?|deleted|withdrawn|cancell?ed|no longer valid|replaced)\b"
_MARK = r"[\"'“‘(]?(?P<mark>[A-Za-z]{1,3}[:)]|[#*~+=xX]{1,3})[\"'”’)]?(?=[\s.;,)]|$)"
_SAYS_THE_MARK = (
    re.compile(
        _VOID_WORDS
        + r"[^.:;]{0,30}\b(?:by|with|behind|after|as)(?: an?| the)?(?: letters?| mark| prefix)? "
        + _MARK
        + r"(?=\s*(?:[.;,)]|$))"
    ),
    re.compile(
        r"\b(?i:marked|prefixed|starting|beginning|headed)(?: with| by)? " + _MARK + r"[^.;]{0,30}" + _VOID_WORDS
    ),
    re.compile(r"(?:^|[(;.]\s*)" + _MARK + r"\s*(?:=|means|is|stands for) [^.;]{0,20}" + _VOID_WORDS),
)


def _marked_as_void(texts: Sequence[str]) -> set[int]:
    """The line that says with which mark void ones begin, such as: struck by S:, and the lines that bear the mark."""
    void: set[int] = set()
    for at, text in enumerate(texts):
        mark = _mark_of_void_lines(text)
        if mark:
            void |= {at, *(k for k, other in enumerate(texts) if other.lstrip().startswith(mark))}
    return void


def _mark_of_void_lines(text: str) -> str:
    """The mark with which a line says that void lines of its paper begin, such as S: or ##; '' where it says none."""
    found = next((said for pattern in _SAYS_THE_MARK if (said := pattern.search(text)) is not None), None)
    return found["mark"] if found is not None else ""


_COUNTED = re.compile(r"^\W*(sheet|order|version|revision|rx|prescription|copy|page) ([A-Z]|\d{1,2})\b", re.IGNORECASE)
_MOST_LINES_OF_A_VOID_SHEET = 3


def _counted_sheet(texts: Sequence[str], at: int) -> tuple[int, int] | None:
    """The lines of the sheet that line `at` calls void, up to the next one counted alike: Sheet A ... void; Sheet B."""
    start = next(
        (k for k in range(at, max(at - _MOST_LINES_OF_A_VOID_SHEET, -1), -1) if _COUNTED.match(texts[k])), None
    )
    if start is None:
        return None
    own = _COUNTED.match(texts[start])
    for stop in range(at + 1, len(texts)):
        other = _COUNTED.match(texts[stop])
        if own and other and own[1].lower() == other[1].lower() and own[2] != other[2]:
            return start, stop
    return None


_ALLOCATED = re.compile(
    r"\b(?:allocated|randomi[sz]ed|assigned|enrolled|drawn)\b.{0,40}\barm\s+([0-9A-Z])\b", re.IGNORECASE
)
_HEADS_ARMS = re.compile(r"^\W*arm\b(?!.*\d)", re.IGNORECASE)
_ROW_OF_ARMS = re.compile(r"^\W*([0-9A-Z](?:\s*(?:[+&/,]|and)\s*[0-9A-Z])*)\s+\S.*\d")


def _rows_of_other_arms(texts: Sequence[str]) -> set[int]:
    """Rows of a table, headed by the arms of a trial, that are not of the arm to which the patient was allocated."""
    allocated = next((found[1].upper() for text in texts if (found := _ALLOCATED.search(text))), "")
    head = next((at for at, text in enumerate(texts) if _HEADS_ARMS.match(text)), len(texts))
    others: set[int] = set()
    for at in range(head + 1, len(texts) if allocated else 0):
        row = _ROW_OF_ARMS.match(texts[at])
        if row is None:
            break
        others |= {at} if allocated not in re.findall(r"[0-9A-Z]", row[1]) else set()
    return others


def _first_word(text: str) -> str:
    found = re.match(r"\W*([A-Za-z]{2,})", text)
    return found[1].lower() if found else ""


def state_of(paper: Paper) -> str:
    """The state that a paper says it is in."""
    if paper.parent is not None:
        return "late_entry" if "late" in paper.title.lower() else "addendum"
    lines = paper.lines_in_force
    texts = without_what_it_replaces([without_void_versions(line.row.text) for line in lines])
    texts = [without_parts_cancelled(text) for text in texts]
    texts = _without_drafts_of_trainees([_OPEN_BOX.sub(" ", without_ended_state(text)) for text in texts])
    (title,) = without_what_it_replaces([without_void_versions(paper.title)])
    head = " ".join([title, *map(_without_people, texts[:4])])
    tail = " ".join(map(_without_people, texts[-4:]))
    short = [text for text in texts if len(text.split()) <= _MOST_WORDS_OF_A_STAMP]
    stamped = [text for text in short if text.isupper() or _STAMP.match(text)]
    for name, pattern in _STATES:
        if name == "superseded":
            if paper.type is not None and "prescription" in paper.type.kinds and _orders_nothing_else(lines):
                return name
            places = [
                title,
                *stamped,
                *(
                    text
                    for text in texts
                    if (not people_in(text) or _STATUS.match(text))
                    and re.search(
                        r"\b(?:status|state|superseded|void|replaced by|discontinued|revised|prescription|rx|this (?:order|plan|page|note))\b",
                        text,
                        re.IGNORECASE,
                    )
                    and len(text.split()) <= 16
                    and not _SHARE.search(text)  # a run that is void leaves the report in force
                ),
            ]
            if any(pattern.search(text) and not _ANOTHER.search(text) for text in places):
                return name
        elif pattern.search(head) or (name == "draft" and pattern.search(tail)):
            return name
    return ""


def _orders_nothing_else(lines: Sequence[Line]) -> bool:
    """Whether every row with a dose says that it no longer holds, as in a history of orders."""
    rows = [
        _behind_a_part_cancelled(text) for line in lines if _DOSE.search(text := without_void_versions(line.row.text))
    ]
    return bool(rows) and all(
        SUPERSEDED.search(text) and (not _ANOTHER.search(text) or _is_a_void_order(text)) for text in rows
    )


def without_parts_cancelled(text: str) -> str:
    """A text without the words that cancel a part of the course, other limits, or the former value of a number alone."""
    return _FORMER_VALUE.sub(" ", _PART_CANCELLED.sub(" ", text))


def _behind_a_part_cancelled(text: str) -> str:
    """A row without the words before its first dose that cancel a part of the course only, such as: The boost is cancelled."""
    text = _FORMER_VALUE.sub(" ", text)
    part, dose = _PART_CANCELLED.search(text), _DOSE.search(text)
    is_apart = part is not None and dose is not None and re.search(r"[.;]\s", text[part.end() : dose.start()])
    return text[part.end() :] if part is not None and is_apart else text


_PREVIOUS_ORDER = re.compile(
    r"^\W*(?:previous|earlier|old|prior|former|first|original) (?:\w+ )?(?:order|prescription|rx|version|directive)\b",
    re.IGNORECASE,
)
_OF_NOW = re.compile(
    r"\b(?:now|new|current|replaced by|superseded by|in favor of|instead|amended to|changed to|active)\b", re.IGNORECASE
)


def _is_a_void_order(text: str) -> bool:
    """Whether a row is an earlier order itself, called void, such as: Previous order of March 6, cancelled: 55 Gy in 20."""
    return _PREVIOUS_ORDER.match(text) is not None and _OF_NOW.search(text) is None


def calls_itself_a_draft(paper: Paper) -> bool:
    """Whether a paper bears the word draft or preliminary, and not merely a line on an earlier one or on no signature.

    A field of its status that says so does as well, such as: Result status: In progress.
    """
    return any(_OPEN_STATUS.match(line.row.text) for line in paper.lines) or any(
        re.search(r"\bdraft\b|\bpreliminary\b", text, re.IGNORECASE) and not _EARLIER_DRAFT.search(text)
        for text in map(_without_people, _without_drafts_of_trainees([line.row.text for line in paper.lines]))
    )


_BY_A_TRAINEE = re.compile(r"\b(?:resident|fellow|registrar|trainee|student|pgy[- ]?\d?)\b", re.IGNORECASE)


def _without_drafts_of_trainees(texts: Sequence[str]) -> list[str]:
    """The lines of a paper without those on the draft of a resident, below which somebody else signs on a day."""
    return [
        text
        for at, text in enumerate(texts)
        if not (
            _BY_A_TRAINEE.search(text)
            and people_in(text)
            and any(_signs_after_a_trainee(other) for other in texts[at + 1 :])
        )
    ]


def _signs_after_a_trainee(text: str) -> bool:
    return has_credentials(text) and has_date(text) and not _BY_A_TRAINEE.search(text)


_OPEN_STATUS = re.compile(
    r"^\W*(?:\w+ )?status\s*:\s*(?:in progress|unsigned|un-?auth\w*|pended|incomplete|transcribed|preliminary|not signed|open|unverified)\W*$",
    re.IGNORECASE,
)
_EARLIER_DRAFT = re.compile(
    r"\bdrafts? (?:of|from|no\.?|#|\d|(?:\w+ )?by\b)|\b(?:first|second|earlier|previous|prior|old|\d) draft\b"
    r"|\bdraft\b.*\b(?:deleted|discarded|replaced|thrown|superseded)\b",
    re.IGNORECASE,
)


_HISTORY = re.compile(
    r"^\W*(?:audit(?: trail)?|(?:document |note |version |change |edit |rx |order |prescription |plan )?history|log|events?)\s*:",
    re.IGNORECASE,
)


def _without_people(text: str) -> str:
    if _HISTORY.match(text):
        return ""  # who opened and edited it before it was signed
    for person in reversed(people_in(text)):
        text = text[: person.start] + text[person.stop :]
    return text
