"""What columns of states in payers' tables say of a row: whether it is a billed service that was not taken back."""

import re
from collections.abc import Sequence

from isocenter.intake.bulk.column_names import words_of
from isocenter.intake.bulk.value_forms import plain

_LEFT_OUT_WORDS = {
    "denied", "deny", "denial", "rejected", "reject", "void", "voided", "reversed", "reversal", "cancelled",
    "canceled", "pended", "pending", "suspended", "payment", "pmt", "remit", "remittance", "check", "eft", "refund",
    "recoup", "recoupment", "interest", "adjustment", "takeback", "writeoff", "copay", "deductible", "cob", "835",
}  # fmt: skip
_KEPT_WORDS = {
    "paid", "final", "finalized", "accepted", "approved", "allowed", "clean", "original", "orig", "replacement",
    "claim", "claimline", "service", "line", "charge", "chg", "procedure", "active", "current", "complete",
    "completed", "processed", "open", "billed", "submitted", "837", "837p", "837i", "n", "no", "0", "1", "y",
    "professional", "institutional", "facility", "outpatient", "inpatient", "hcfa", "ub", "partial", "partiallypaid",
}  # fmt: skip
_YES = {"y", "yes", "1", "t", "true", "x"}
_NO = {"n", "no", "0", "f", "false"}
_PAID_OR_NOT = {"P", "D", "V"}  # paid, denied, voided
_PAYMENT_DENIED = {"0", "0.0", "D"}
_BILLS_NOTHING = {"denied", "denial", "rejected", "reversed", "reversal", "void", "voided", "cancelled", "canceled"}


def values_left_out(name: str, found: Sequence[str]) -> list[str]:
    """The values of a column of states that say that a row bills nothing: DENIED; of P and D the D; Y of DENIED_IND."""
    if _is_payment_denial(name):
        return [value for value in found if value.upper() in _PAYMENT_DENIED]
    letters = {value.upper() for value in found}
    are_of_paying = "P" in letters and letters <= _PAID_OR_NOT and "status" in words_of(name)
    return [
        value
        for value in found
        if any(word in _LEFT_OUT_WORDS for word in _words(value))
        or (_asks_whether_it_bills_nothing(name) and plain(value) in _YES)
        or (are_of_paying and value.upper() != "P")
    ]


def _is_payment_denial(name: str) -> bool:
    """Whether a column is Medicare's payment denial code of carrier claims: a payer, or that nobody pays."""
    words = set(words_of(name))
    return "denial" in words and bool(words & {"pmt", "payment"})


def is_kept(name: str, value: str) -> bool:
    """Whether a value of a column of states says that a row holds a service that was billed."""
    if _is_payment_denial(name):
        return True
    if _asks_whether_it_bills_nothing(name):
        return plain(value) in _NO
    return bool(set(_words(value)) & _KEPT_WORDS) or (value.upper() == "P" and "status" in words_of(name))


def _asks_whether_it_bills_nothing(name: str) -> bool:
    return bool(set(words_of(name)) & _BILLS_NOTHING)


def _words(value: str) -> list[str]:
    return [plain(value), *(plain(word) for word in re.split(r"[^A-Za-z0-9]+", value))]
