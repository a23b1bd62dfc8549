"""Why a rule found nothing to judge in a screening, told from its codes and from the lines that bear them."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from isocenter.report.words import counted, listed
from isocenter.rulebook.rule import Definition, Rule
from isocenter.rulebook.rulebook import ALWAYS, Rulebook
from isocenter.terms.screening import Summary

_QUOTED = re.compile(r"'([^']*)'")
_SETTINGS = ("professional", "institutional")
_CODES_SHOWN = 6


def why_nothing(rule: Rule, rulebook: Rulebook, summary: Summary) -> str:
    """The reason as a sentence: coverage, setting or codes that no line has, or what else the rule looks for."""
    queries: list[Rule | Definition] = [rule, *_definitions_of(rule, rulebook)]
    names = {name for query in queries for name in _QUOTED.findall(query.query)}
    if "medicare" in names and not summary.coverage.get("medicare"):
        return "it looks at courses under Medicare, and no course is"
    wanted = [setting for setting in _SETTINGS if setting in names]
    if len(wanted) == 1 and not summary.settings.get(wanted[0]):
        return f"it looks at {wanted[0]} lines, and no line is"
    about = {entry["code_list"]: entry for entry in summary.code_lists if entry["policy"] == rule.policy}
    lists = [about[name] for name in sorted(set(_QUOTED.findall(rule.query)) & about.keys())]
    if not lists:
        lists = [about[name] for name in sorted(names & about.keys())]
    reasons = [_why_list(entry, rulebook) for entry in lists]
    if lists and all(entry["lines_in_force"] for entry in lists):
        reasons.append("none of them stands where the rule would judge it")
    unread = sorted({table for query in queries for table in query.uses} - set(summary.supplied))
    if unread:
        reasons.append(f"it would also read {listed([table.replace('_', ' ') for table in unread])}, not supplied here")
    return "; ".join(reasons) or "no line or course is of the kind that it judges"


def _definitions_of(rule: Rule, rulebook: Rulebook) -> list[Definition]:
    """The definitions that a rule reads, and those that these read."""
    words = set(re.findall(r"\w+", rule.query))
    found = []
    for definition in reversed(rulebook.definitions):
        if definition.name in words:
            words |= set(re.findall(r"\w+", definition.query))
            found.append(definition)
    return found


def _why_list(entry: Mapping[str, Any], rulebook: Rulebook) -> str:
    name = entry["code_list"].replace("_", " ")
    codes = [code for code in rulebook.codes if code.code_list == entry["code_list"]]
    if not entry["lines"]:
        return f"no line bears a code of {name} ({_shortened(dict.fromkeys(code.code for code in codes))})"
    if not entry["lines_in_force"]:
        first, last = min(code.valid_from for code in codes), max(code.valid_to for code in codes)
        until = "on" if last == ALWAYS[1] else f"to {last}"
        lines = counted(entry["lines"], "line bears", "lines bear")
        return (
            f"{lines} a code of {name}, between {entry['first_service']} and {entry['last_service']},"
            f" but on no day on which it was in force (from {first} {until})"
        )
    return f"{counted(entry['lines_in_force'], 'line bears', 'lines bear')} a code of {name}"


def _shortened(codes: Iterable[str]) -> str:
    shown = list(codes)
    return ", ".join(shown[:_CODES_SHOWN]) + (" and others" if len(shown) > _CODES_SHOWN else "")
