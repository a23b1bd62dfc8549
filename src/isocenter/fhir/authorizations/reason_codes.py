"""Reads a payer's table of the codes that state why a service is refused, by the rule that it does not meet."""

import csv
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from isocenter.errors import UnreadableInput
from isocenter.files.texts import shown
from isocenter.rulebook import applies
from isocenter.rulebook.rulebook import Rulebook

COLUMNS = ("policy", "rule", "system", "code")


class ReasonCode(NamedTuple):
    """A code of a payer's list, and the address of that list."""

    system: str
    code: str


ReasonCodes = Mapping[tuple[str, str], Sequence[ReasonCode]]  # by policy and rule


def read_reason_codes(path: Path, rulebooks: Iterable[Rulebook]) -> ReasonCodes:
    """The codes of each rule in the order of the file: CSV in UTF-8 with the columns of COLUMNS.

    Raises UnreadableInput, with the row, for other columns, policies and rules that are not served, what is empty, and
    rows that appear twice.
    """
    rules = rules_by_policy(rulebooks)
    found: dict[tuple[str, str], list[ReasonCode]] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            if sorted(reader.fieldnames or ()) != sorted(COLUMNS):
                named = shown(", ".join(map(str, reader.fieldnames or ["none"])))[:100]
                raise UnreadableInput(f"{path}: the columns are {named}; {', '.join(COLUMNS)} are expected")
            for row in reader:
                where = f"{path}, line {reader.line_num}"
                if None in row or None in row.values():
                    raise UnreadableInput(f"{where}: {len(COLUMNS)} values are expected")
                policy, rule, system, code = (row[name].strip() for name in COLUMNS)
                empty = [name for name in COLUMNS if not row[name].strip()]
                if empty:
                    raise UnreadableInput(f"{where}: {empty[0]} is empty; write a value, or remove the row")
                if wrong := why_no_rule(policy, rule, rules):
                    raise UnreadableInput(f"{where}: {wrong}")
                codes = found.setdefault((policy, rule), [])
                if ReasonCode(system, code) in codes:
                    raise UnreadableInput(f"{where}: the row appears twice; remove one")
                codes.append(ReasonCode(system, code))
    except OSError as wrong:
        raise UnreadableInput(f"{path}: it cannot be read ({wrong.strerror})") from None
    except (UnicodeDecodeError, csv.Error) as wrong:
        raise UnreadableInput(f"{path}: it is not CSV in UTF-8 ({shown(str(wrong))[:100]})") from None
    return found


def rules_by_policy(rulebooks: Iterable[Rulebook]) -> dict[str, set[str]]:
    """The names of the rules by which a service may be refused, by policy."""
    return {book.name: {rule.name for rule in book.rules} | {applies.NAME} for book in rulebooks}


def why_no_rule(policy: str, rule: str, rules: Mapping[str, Collection[str]]) -> str:
    """Why a policy and a rule name none of these rules; '' where they name one."""
    if policy not in rules:
        return f"there is no policy {shown(policy)[:60]} here; served: {', '.join(sorted(rules))}"
    if rule not in rules[policy]:
        return f"the policy {policy} has no rule {shown(rule)[:60]}; docs/rules.md lists its rules"
    return ""


def codes_of_rules(rules: Iterable[tuple[str, str]], table: ReasonCodes) -> list[ReasonCode]:
    """The codes of rules, each once, in the order of the rules."""
    return list(dict.fromkeys(code for rule in rules for code in table.get(rule, ())))
