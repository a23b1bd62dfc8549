"""The correct coding edits in plain Python, line against line, apart from the SQL.

The modifiers and their days stand here a second time on purpose.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from isocenter.terms.claims import ClaimLine
from isocenter.terms.reference import AddOnCode, ProcedurePair

Answer = tuple[str, str, str]  # rule, claim line, outcome

_DISTINCT = {"59": date(1997, 1, 1), **dict.fromkeys(("XE", "XS", "XP", "XU"), date(2015, 1, 1))}
_OTHERS = {
    *("LT", "RT", "LC", "LD", "RC", "LM", "RI", "24", "25", "57", "58", "78", "79", "27", "91", "FA", "TA"),
    *(f"{letter}{number}" for letter, most in (("E", 4), ("F", 9), ("T", 9)) for number in range(1, most + 1)),
}
_EITHER_LINE_FROM = date(2019, 7, 1)


def answers(lines: Sequence[ClaimLine], pairs: Sequence[ProcedurePair], add_ons: Sequence[AddOnCode]) -> set[Answer]:
    """What each rule says of each line."""
    standing = [line for line in lines if _is_under_the_edits(line)]
    found: set[Answer] = set()
    for line in standing:
        beside = [other for other in standing if other is not line and _same_day(other, line)]
        verdicts = [
            _is_set_apart(line, other, pair)
            for other in beside
            for pair in pairs
            if (pair.column_one, pair.column_two) == (other.procedure_code, line.procedure_code)
            and pair.setting == line.setting
            and pair.modifier_indicator != 9
            and _holds(pair, line.service_date)
        ]
        if verdicts:
            found.add(("pairs_are_not_billed_together", line.claim_line_id, "met" if all(verdicts) else "not_met"))
        found |= set(_add_on_answers(line, beside, add_ons))
    return found


def _add_on_answers(line: ClaimLine, beside: Sequence[ClaimLine], add_ons: Sequence[AddOnCode]) -> Iterator[Answer]:
    rows = [row for row in add_ons if row.add_on_code == line.procedure_code and _holds(row, line.service_date)]
    if not rows:
        return
    kind = max(row.add_on_type for row in rows)
    served = {other.procedure_code for other in beside} & {row.primary_code for row in rows}
    add_on_codes = {row.add_on_code for row in add_ons}
    if kind == 1:
        is_alone = all(other.procedure_code in add_on_codes for other in beside)
        outcome = "met" if served else "not_documented" if is_alone else "not_met"
        yield "add_on_codes_are_billed_with_a_primary", line.claim_line_id, outcome
        return
    if kind == 2 and any(other.procedure_code not in add_on_codes for other in beside):
        served = {"the contractor decides"}
    yield "open_add_on_codes_are_billed_with_a_service", line.claim_line_id, "met" if served else "not_met"


def _is_set_apart(second: ClaimLine, first: ClaimLine, pair: ProcedurePair) -> bool:
    if pair.modifier_indicator == 0:
        return False
    day = second.service_date
    on_second, on_first = _modifiers(second), _modifiers(first)
    if (on_second | on_first) & _OTHERS or any(_DISTINCT.get(modifier, date.max) <= day for modifier in on_second):
        return True
    return first.setting == "professional" and day >= _EITHER_LINE_FROM and bool(on_first & set(_DISTINCT))


def _modifiers(line: ClaimLine) -> set[str]:
    return {line.modifier_1, line.modifier_2, line.modifier_3, line.modifier_4} - {""}


def _same_day(one: ClaimLine, other: ClaimLine) -> bool:
    return (one.member_id, one.service_date, one.setting) == (other.member_id, other.service_date, other.setting) and (
        one.billing_npi or one.claim_id
    ) == (other.billing_npi or other.claim_id)


def _is_under_the_edits(line: ClaimLine) -> bool:
    return line.line_of_business in ("", "medicare") and line.bill_type[-3:][:2] not in ("11", "18", "21", "41")


def _holds(row: Any, day: date) -> bool:
    return (row.valid_from or date.min) <= day <= (row.valid_to or date.max)
