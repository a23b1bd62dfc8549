"""Answers beside a name: boxes for yes and no that are ticked or open, and the state that an approval ended."""

import re

_BOX = r"(?:\[\s*[x✓✔]?\s*\]|\(\s*x?\s*\)|[☐☒☑])"
_ANSWER = r"\b(?:accepted|approved|reviewed|agreed|verified|checked)\b"
_REFUSAL = r"\b(?:not (?:accepted|approved)|disapproved|rejected|declined)\b"
_OPEN_BOX = re.compile(r"[\[(]\s*[\])]|☐")
_TICKED_BOX = re.compile(r"[\[(]\s*[x✓✔]\s*[\])]|[☒☑]", re.IGNORECASE)
_BOX_FIRST = re.compile(rf"\W{{0,2}}{_BOX}", re.IGNORECASE)
_REFUSAL_BEHIND_A_BOX = re.compile(rf"{_BOX}\s*{_REFUSAL}", re.IGNORECASE)
_REFUSAL_BEFORE_A_BOX = re.compile(rf"{_REFUSAL}\s*:?\s*{_BOX}", re.IGNORECASE)
_OPEN_NO = re.compile(r"(?:[\[(]\s*[x✓✔]\s*[\])]|[☒☑])\s*yes\W{1,3}(?P<no>(?:[\[(]\s*[\])]|☐)\s*no\b)", re.IGNORECASE)
_OPEN_ANSWER = re.compile(rf"{_ANSWER}\s*:?\s*\[\s*\]|\[\s*\]\s*{_ANSWER}", re.IGNORECASE)


def without_open_refusal(text: str) -> str:
    """A text with blanks for a refusal whose box is open beside an answer that is ticked; '' where a refusal is ticked.

    Such as: Accepted [x] Not accepted [ ] A. Winter, MD 3/4/2026. Boxes are before their words where one begins the text.
    """
    answered = _OPEN_NO.search(text)
    if answered is not None:
        start, stop = answered.span("no")
        return f"{text[:start]}{' ' * (stop - start)}{text[stop:]}"
    pattern = _REFUSAL_BEHIND_A_BOX if _BOX_FIRST.match(text) else _REFUSAL_BEFORE_A_BOX
    found = pattern.search(text)
    if found is None:
        return text
    if not _OPEN_BOX.search(found.group()):
        return ""
    rest = text[: found.start()] + " " * len(found.group()) + text[found.end() :]
    return text if _OPEN_BOX.search(rest) else rest


def is_answer_open(text: str) -> bool:
    """Whether the only box beside an action was not ticked, such as: Accepted [ ] A. Winter, MD 3/4/2026."""
    return _OPEN_ANSWER.search(text) is not None and _TICKED_BOX.search(text) is None


REFUSING_DECISION = r"\b(?:decision|outcome|determination|disposition)\s*:\s*(?:reject|den(?:y|ied)|declin|return|revis|disapprov|defer|hold|none|open|pending)|\b(?:result|response|status)\s*:\s*(?:reject|declin|return|disapprov|defer)"

STILL_TO_DO = re.compile(
    r"\b(?:to be|needs?|requires?|required|requested|awaiting|assigned|scheduled|due|ready for|sent for|for) (?:\w+ )?(?:approv|review|sign|check|verif)|\b(?:requested|required|assigned|scheduled|due|open|in progress|cancell?ed|reset|revoked|withdrawn|reverted|declined|denied|rejected|returned|refused|failed|unapproved|disapproved|removed|deleted|cleared|undone)\b",
    re.IGNORECASE,
)
NOT_SIGNED = re.compile(
    r"\W*(?:n/?a|n|none|no|due|open|pending|\W*)\W*|.*\b(?:not (?:yet )?signed|unsigned|not approved|unapproved|not verified|unverified|not authenticated|pending|awaiting|rejected|stamp\w*|on file|draft|void\w*|declined|denied|refused|returned|disapproved|revoked|withdrawn)\b.*",
    re.IGNORECASE,
)


def is_not_done(answer: str) -> bool:
    """Whether an answer or a state says that nobody has signed, or that it is still to be done."""
    return NOT_SIGNED.fullmatch(answer) is not None or STILL_TO_DO.search(answer) is not None
