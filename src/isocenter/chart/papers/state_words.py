"""The words by which a paper, or an order on it, says in what state it is: no longer in force, or changed to another state."""

import re

SUPERSEDED = re.compile(
    r"\bsuperseded?\b|\breplaced by\b|\bvoid(?:ed)?\b|\bdiscontinued\b|\bcancell?ed\b|\bno longer valid\b|(?<!had )(?<!was )(?<!were )\bnot to be used\b|\brevoked\b|\bwithdrawn\b|\bobsolete\b|\binactive\b|\bdo not (?:use|treat)\b|\bnot in force\b|\bretired\b|\bsee (?:revised|new) (?:prescription|rx)|\bin error\b|\bnullified\b|\bretracted\b|\b(?:status|state|order)\W{1,2}rejected\b|\b(?:un|never |not )signed,? (?:and )?replaced\b",
    re.IGNORECASE,
)
_ENDED_STATE = re.compile(
    r"\b(?:from )?(?:unapproved|unsigned|unreviewed|draft|pending|pended|preliminary|incomplete|in progress)\s*(?:\bto\b|[-=]*>+|→|»)\s*"
    r"(?=(?:(?:planning|treatment|plan|externally) ?)?(?:approved|signed|reviewed|final|finalized|complete|completed)\b)",
    re.IGNORECASE,
)


def without_ended_state(text: str) -> str:
    """A text with blanks for the state that an approval ended: Changed from Unapproved to Approved by A. Winter, MD."""
    return _ENDED_STATE.sub(lambda found: " " * len(found.group()), text)
