"""The words by which a paper, or an order on it, says in what state it is: no longer in force, or changed to another state."""

import re
from collections.abc import Sequence

SUPERSEDED = re.compile(
    r"\bsuperseded?\b(?! by (?:these|this|the following)\b)|\breplaced by\b(?! (?:these|this|the following)\b)|\bvoid(?:ed)?\b|\bdiscontinued\b|\bcancell?ed\b|\bno longer valid\b|(?<!had )(?<!was )(?<!were )\bnot to be used\b|\brevoked\b|\bwithdrawn\b|\bobsolete\b|\binactive\b|\bdo not (?:use|treat)\b|\bnot in force\b|\bretired\b|\bsee (?:revised|new) (?:prescription|rx)|\bin error\b|\bnullified\b|\bretracted\b|\b(?:status|state|order)\W{1,2}rejected\b|\b(?:un|never |not )signed,? (?:and )?replaced\b",
    re.IGNORECASE,
)
_ENDED_STATE = re.compile(
    r"\b(?:from )?(?:unapproved|unsigned|unreviewed|draft|pending|pended|preliminary|incomplete|in progress)\s*(?:\bto\b|[-=]*>+|→|»)\s*"
    r"(?=(?:(?:planning|treatment|plan|externally) ?)?(?:approved|signed|reviewed|final|finalized|complete|completed)\b)"
    r"|\b(?:co-?sign(?:ature)?|signature|approval|attestation) (?:required|requested|needed|pending)\b"
    r"(?=(?:[^\w.;]|\b(?:(?-i:[A-Z][\w'-]*)|by|and|then|now|was|is|has|been|electronically|digitally)\b)*(?<!not )(?<!be )\b(?:co-?signed|signed|approved|authenticated|attested)(?: (?:on|at))?\W{0,3}\d)",
    re.IGNORECASE,
)


_REPLACES = re.compile(
    r"\([^()]{0,60}\b(?:replac|supersed)(?:es|ing)\b[^()]{0,160}\)"
    r"|\b(?:replac|supersed)(?:es|ing)\b[^.;\n]{0,120}\n(?=[a-z])[^.;\n]{0,120}",
    re.IGNORECASE,
)


def without_what_it_replaces(texts: Sequence[str]) -> list[str]:
    """Lines with blanks for what the paper says of the one that it replaces, as far as the parenthesis or the sentence goes.

    Such as: Version 3 (replaces version 2 of June 4, 60 Gy in 30 fractions, / cancelled by the physician).
    """
    blanked = _REPLACES.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), "\n".join(texts))
    return blanked.split("\n")


def without_ended_state(text: str) -> str:
    """A text with blanks for the state that an approval ended: Changed from Unapproved to Approved by A. Winter, MD."""
    return _ENDED_STATE.sub(lambda found: " " * len(found.group()), text)
