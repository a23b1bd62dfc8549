"""What columns of states in payers' tables say of a row: whether it is a billed service that was not taken back."""

import re
from collections.abc import Sequence

from isocenter.intake.bulk.name_words import words_of
from isocenter.intake.bulk.row_flags import NO, YES
from isocenter.intake.bulk.value_forms import plain

_LEFT_OUT_WORDS = {
    "denied", "deny", "denial", "rejected", "reject", "void", "voided", "reversed", "reversal", "cancelled",
    "canceled", "pend", "pended", "pending", "suspended", "payment", "pmt", "remit", "remittance", "check", "eft",
    "payments", "refund", "recoup", "recoupment", "interest", "adjustment", "adjustments", "takeback", "takebacks",
    "writeoff", "copay", "deductible", "cob", "835", "deleted", "draft", "estimate", "estimated", "unposted",
    "unbilled", "notbilled", "notposted", "nonbillable", "notbillable", "notsubmitted", "hold", "onhold", "held",
    "scheduled", "noshow",
}  # fmt: skip
_KEPT_WORDS = {
    "paid", "final", "finalized", "accepted", "approved", "allowed", "clean", "original", "orig", "replacement",
    "claim", "claimline", "service", "line", "charge", "chg", "procedure", "active", "current", "complete",
    "completed", "processed", "open", "billed", "submitted", "837", "837p", "837i", "n", "no", "0", "1", "y",
    "professional", "institutional", "facility", "outpatient", "inpatient", "hcfa", "ub", "partial", "partiallypaid",
    "posted", "billable", "released", "sent", "transmitted", "payable", "claims", "lines", "services",
    "charges",
}  # fmt: skip
# What the rows of a ledger are, whatever the column is called that says it.
_CHARGES = {"charge", "charges", "chg", "chgs"}
_MOVES_OF_MONEY = {"payment", "payments", "pmt", "adjustment", "adjustments", "adj", "writeoff", "refund", "transfer"}
# What moves money in a ledger; as the state of a claim it says how the claim was settled.
_OF_MONEY = {
    "payment", "payments", "pmt", "remit", "remittance", "check", "eft", "interest", "copay", "deductible", "cob",
}  # fmt: skip
# Of a claim: it was billed and is not decided yet; of a charge: it was not billed yet.
_UNDECIDED = {"pend", "pended", "pending", "suspended"}
_IN_PART = {"partial", "partially", "part"}
_CREDITS = {"credit", "credits"}
_TAKEN_BACK = {
    "reversed", "reversal", "void", "voided", "cancelled", "canceled", "takeback", "takebacks", "recoup", "recoupment",
}  # fmt: skip
_PAID_OR_NOT = {"P", "D", "V"}  # paid, denied, voided
_PAYMENT_DENIED = {"0", "0.0", "D"}
_NEGATIONS = {"not", "non", "no", "never"}
# Codes of states that many payers share, with what they say of a row: whether it is kept or left out.
_CODES = {
    # Medicare's processing indicator of a carrier line: allowed, also as second payer; the others pay nothing.
    frozenset({"processing", "indicator"}): ("AS", tuple("BCDILMNOPQTUVXYZ")),
    # Categories of the status of a claim: finalized and paid, finalized and denied.
    frozenset({"status", "category"}): (("F1",), ("F2",)),
}
# The status of a claim in a remittance: processed as primary, secondary or tertiary, denied, forwarded, reversed.
_REMITTANCE = {"1", "2", "3", "4", "19", "20", "21", "22", "23", "25"}
_REMITTANCE_LEFT_OUT = {"4", "22", "23", "25"}
_BILLS_NOTHING = {
    "denied", "denial", "rejected", "reversed", "reversal", "void", "voided", "cancelled", "canceled", "deleted",
}  # fmt: skip
_IN_FORCE = {"active", "current", "latest"}  # a row of which this is denied was replaced or taken back
_ORIGINALS = {"original", "orig"}
# Of Medicare's claim and claim line feed: an original, its cancellation, which repeats its lines, and an adjustment.
_OF_THE_FEED, _CANCELLATION, _TYPES_OF_THE_FEED = "CUR_CLM_UNIQ_ID", "1", {"0", "1", "2"}
_CORRECTING = {"adjustment", "adjusted", "adjust", "corrected", "correction", "replacement"}


def values_left_out(name: str, found: Sequence[str]) -> list[str]:
    """The values of a column of states that say that a row bills nothing: DENIED; of P and D the D; Y of DENIED_IND."""
    if _is_payment_denial(name):
        return [value for value in found if value.upper() in _PAYMENT_DENIED]
    letters = {value.upper() for value in found}
    if codes := _codes_of(name):
        return [value for value in found if value.upper() in codes[1]]
    if _is_of_remittance(name, found):
        return [value for value in found if value in _REMITTANCE_LEFT_OUT]
    are_of_paying = "P" in letters and letters <= _PAID_OR_NOT and "status" in words_of(name)
    if _asks_whether_it_is_in_force(name, found):
        return [value for value in found if plain(value) in NO]
    correcting = _corrections(found)
    out_words = _LEFT_OUT_WORDS - _OF_MONEY - _UNDECIDED if _is_of_claims(name, found) else _LEFT_OUT_WORDS
    return [
        value
        for value in found
        if (
            any(word in out_words for word in _words(value))
            and not _IN_PART & {*_words(value)}
            and not _is_negated(value)
            and not {*_words(value)} >= {"hold", "released"}
            and value not in correcting
        )
        or (_asks_whether_it_bills_nothing(name) and plain(value) in YES)
        or (are_of_paying and value.upper() != "P")
    ]


def _is_of_claims(name: str, found: Sequence[str]) -> bool:
    """Whether a column holds the states of claims or lines, and not what kinds of rows a ledger has."""
    said = set(words_of(name))
    is_of_states = "status" in said and not said & {"transaction", "type", "record", "row", "charge"}
    return is_of_states and not any(map(may_be_a_charge, found))


def _is_payment_denial(name: str) -> bool:
    """Whether a column is Medicare's payment denial code of carrier claims: a payer, or that nobody pays."""
    words = set(words_of(name))
    return "denial" in words and bool(words & {"pmt", "payment"})


def is_kept(name: str, value: str, found: Sequence[str] = ()) -> bool:
    """Whether a value of a column of states, of those found there, says that a row holds a service that was billed."""
    if _is_payment_denial(name):
        return True
    if codes := _codes_of(name):
        return value.upper() in codes[0]
    if _is_of_remittance(name, found):
        return value not in _REMITTANCE_LEFT_OUT
    if _asks_whether_it_is_in_force(name, found) or value in _corrections(found):
        return True
    if _asks_whether_it_bills_nothing(name) and (plain(value) in YES | NO or len(value.strip()) < 2):
        return plain(value) in NO
    said = set(words_of(name))
    if "adjustment" in said and said & {"indicator", "type"} and value.strip().isdecimal():
        return plain(value) == "0"
    words = set(_words(value))
    if words & _UNDECIDED and _is_of_claims(name, found):
        return not words & (_LEFT_OUT_WORDS - _UNDECIDED)
    is_open = words & _CREDITS or (words & _IN_PART and words & _LEFT_OUT_WORDS - _OF_MONEY)
    return not is_open and (
        _is_negated(value)
        or (bool(words & _KEPT_WORDS) and not _denies(value))
        or (value.upper() in ("P", "PAY") and "status" in words_of(name))
    )


def values_that_cancel(columns: Sequence[str], name: str, found: Sequence[str]) -> list[str] | None:
    """The values of a type of row of Medicare's feed whose rows cancel others; None of any other column."""
    is_type = name.upper() == "CLM_ADJSMT_TYPE_CD" and _OF_THE_FEED in map(str.upper, columns)
    if not is_type or not set(found) <= _TYPES_OF_THE_FEED:
        return None
    return [value for value in found if value == _CANCELLATION]


def may_be_a_charge(value: str) -> bool:
    """Whether a value calls its row a charge."""
    return plain(value) in _CHARGES


def are_of_a_ledger(found: Sequence[str]) -> bool:
    """Whether the values of a column tell charges from payments and adjustments, or from what takes them back."""
    others = _MOVES_OF_MONEY | _TAKEN_BACK
    return any(map(may_be_a_charge, found)) and any(set(_words(value)) & others for value in found)


def says_taken_back(value: str) -> bool:
    """Whether a state says that a row was reversed or voided, or reverses another; none of payments."""
    words = set(_words(value))
    return value == "22" or bool(words & _TAKEN_BACK and not words & (_LEFT_OUT_WORDS - _TAKEN_BACK))


def _codes_of(name: str) -> tuple[Sequence[str], Sequence[str]] | None:
    said = set(words_of(name))
    return next((codes for words, codes in _CODES.items() if words <= said), None)


def _is_of_remittance(name: str, found: Sequence[str]) -> bool:
    """Whether the states are those of a remittance: reversals tell them from a payer's own numbers."""
    return {"claim", "status"} <= set(words_of(name)) and "22" in found and set(found) <= _REMITTANCE


def _is_negated(value: str) -> bool:
    """Whether a state begins with a word that denies that a row bills nothing: not voided, never denied."""
    said = set(_words(value)[1:])
    is_out = plain(value) in _LEFT_OUT_WORDS or said & _KEPT_WORDS - _NEGATIONS
    return _denies(value) and not is_out and bool(said & (_LEFT_OUT_WORDS | _CORRECTING | {"replaced", "errors"}))


def _denies(value: str) -> bool:
    return len(value.split()) > 1 and plain(value.split(maxsplit=1)[0]) in _NEGATIONS


def _asks_whether_it_bills_nothing(name: str) -> bool:
    return bool(set(words_of(name)) & _BILLS_NOTHING)


def _asks_whether_it_is_in_force(name: str, found: Sequence[str]) -> bool:
    said = {plain(value) for value in found}
    return bool(set(words_of(name)) & _IN_FORCE) and said <= YES | NO


def _corrections(found: Sequence[str]) -> list[str]:
    """The states that, beside originals, are those of corrected services; elsewhere an adjustment is one of money."""
    if not any(set(_words(value)) & _ORIGINALS for value in found):
        return []
    return [value for value in found if plain(value) in _CORRECTING]


def _words(value: str) -> list[str]:
    return [plain(value), *(plain(word) for word in re.split(r"[^A-Za-z0-9]+", value))]
