"""Columns that say yes or no of each row: whether it was billed, is on hold, is an estimate, or is a test."""

import re
from collections.abc import Sequence
from typing import Literal

from isocenter.intake.bulk.value_forms import plain

YES = {"y", "yes", "1", "t", "true", "x"}
NO = {"n", "no", "0", "f", "false"}
_BESIDE = r"(?:claim|charge|chg|line|row|record|service|svc|encounter|visit|account|acct|billing|entry|patient)"
_BEFORE, _AFTER = rf"(?:is )?(?:{_BESIDE} )?", rf"(?: {_BESIDE})?(?: (?:flag|flg|ind|indicator|yn|y n))?"
_LEAVES_OUT = re.compile(
    rf"{_BEFORE}(test|estimated?|(on )?hold|held|excluded?|(do not|dont|no) bill|(non|not) ?bill(able|ed)"
    rf"|invalid|inactive|draft|unposted|unbilled|deleted?|del|cancel(l?ed)?|reversed?|rvrsl|superseded|replaced|obsolete"
    rf"|reject(ed)?){_AFTER}"
)
_KEEPS = re.compile(
    rf"{_BEFORE}(valid|billable|posted|billed|submitted|released|included?|sent|latest|most recent|final action)"
    rf"( to (payer|payor|insurance))?{_AFTER}"
)
_IS_OPEN = re.compile(
    rf"{_BEFORE}(self ?pay|no charge|courtesy|write ?off|written off|duplicate|dup|error|credit|corrected|archived?"
    rf"|hist(ory)?|non ?covered){_AFTER}"
)
_MAY_KEEP = re.compile(rf"{_BEFORE}(paid|payable|covered|approved|allowed|exported){_AFTER}")
_PAYS = re.compile(r"bill(ed)? to")
_CHARGES = re.compile(r"(charge|chg|billing|service|svc) (type|class|category|kind)")
_NOT_CHARGED = {
    "nocharge", "nochg", "notcharged", "nc", "courtesy", "writeoff", "notbillable", "nonbillable", "notbilled",
    "donotbill", "nobill",
}  # fmt: skip
_PERSONS = {"patient", "self", "selfpay", "guarantor", "pt"}
Kind = Literal["leaves out", "keeps", "may keep", "is open", "pays", "charges"]
_SHAPES: dict[Kind, re.Pattern[str]] = {
    "leaves out": _LEAVES_OUT,
    "keeps": _KEEPS,
    "may keep": _MAY_KEEP,
    "is open": _IS_OPEN,
    "pays": _PAYS,
    "charges": _CHARGES,
}


def flag_columns(columns: Sequence[str]) -> dict[str, Kind]:
    """The columns whose names ask whether a row is billed, with what a yes says of it.

    Those of who is billed, and of the kind of a charge, are columns of words.
    """
    kinds: dict[str, Kind] = {}
    for name in columns:
        said = " ".join(re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name.replace("'", ""))).lower()
        found = [kind for kind, shape in _SHAPES.items() if shape.fullmatch(said)]
        kinds |= {name: found[0]} if found else {}
    return kinds


def flagged_out(kind: Kind, found: Sequence[str]) -> list[str]:
    """The values of a column of flags of which the rows are left out; [] where they are other than yes and no."""
    if not are_flags(found):
        return []
    out = YES if kind == "leaves out" else NO if kind == "keeps" else set()
    return [value for value in found if plain(value) in out]


def flagged_open(kind: Kind, found: Sequence[str], *, has_blanks: bool) -> list[str]:
    """The values of which it is open whether the rows were billed to the payer: a yes beside rows that say nothing.

    Of rows that were not paid or approved it is open too, where others were.
    """
    if kind == "pays":
        return [value for value in found if plain(value) in _PERSONS]
    if kind == "charges":
        return [value for value in found if plain(value) in _NOT_CHARGED]
    if not are_flags(found):
        return []
    says_no = any(plain(value) in NO for value in found)
    if kind == "may keep":
        no = [value for value in found if plain(value) in NO]
        return no if len(no) < len(found) else []
    if kind == "is open" or (kind == "keeps" and has_blanks and not says_no):
        return [value for value in found if plain(value) in YES]
    return []


def are_flags(found: Sequence[str]) -> bool:
    """Whether all values that a column holds are yes or no."""
    return bool(found) and all(plain(value) in YES | NO for value in found)
