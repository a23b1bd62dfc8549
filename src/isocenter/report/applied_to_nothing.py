"""Why a rule found nothing to judge in a screening, derived from what it asks of the lines and what they contain."""

from collections.abc import Iterable, Mapping
from typing import Any

from isocenter.facts.schema import tables
from isocenter.report.words import counted, listed, readable, within
from isocenter.rulebook.conditions import Condition, necessary_conditions
from isocenter.rulebook.rule import Rule
from isocenter.rulebook.rulebook import ALWAYS, Rulebook
from isocenter.terms.screening import Summary

_CODES_SHOWN = 6


def why_nothing(rule: Rule, rulebook: Rulebook, summary: Summary) -> str:
    """The reason as a sentence: coverage, setting or codes that no line has, else what the lines do have."""
    empty = tables().keys() - set(summary.supplied)
    made_by = {definition.name: definition.query for definition in rulebook.definitions}
    conditions = necessary_conditions(rule.query, made_by, empty)
    about = {entry["code_list"]: entry for entry in summary.code_lists if entry["policy"] == rule.policy}
    reasons = [reason for condition in conditions for reason in _why_not(condition, rulebook, summary, about)]
    if reasons:
        return "; ".join(dict.fromkeys(reasons))
    asked = [set(condition.values) for condition in conditions if condition.column == "code_list"]
    narrow = [some for some in asked if not any(other < some for other in asked)]
    found = [
        f"{counted(sum(about[name]['lines_in_force'] for name in names), 'line has', 'lines have')}"
        f" a code of {_or(_in_words(name) for name in sorted(names))}"
        for names in narrow
        if names <= about.keys()
    ]
    reasons = [*dict.fromkeys(found), "none of them is where the rule would judge it"] if found else []
    unread = sorted(set(rule.uses) & empty)
    if unread:
        reasons.append(f"it would also read {listed([_in_words(table) for table in unread])}, not supplied here")
    return "; ".join(reasons) or "no line or course is of the kind that it judges"


def _why_not(
    condition: Condition, rulebook: Rulebook, summary: Summary, about: Mapping[str, Mapping[str, Any]]
) -> list[str]:
    """Why a condition fails; nothing where it holds."""
    match condition.column:
        case "":
            return [f"it needs {_or(_in_words(name) for name in condition.values)}, not supplied here"]
        case "line_of_business" if not any(summary.coverage.get(name) for name in condition.values):
            return [f"it judges only {_or(readable(name) for name in condition.values if name)} courses; there is none"]
        case "setting" if not any(summary.settings.get(name) for name in condition.values):
            return [f"it judges only {_or(condition.values)} lines; there is none"]
        case "code_list" if about.keys() >= set(condition.values):
            lists = [about[name] for name in condition.values]
            if not any(entry["lines_in_force"] for entry in lists):
                return [_why_no_code(entry, rulebook) for entry in lists]
    return []


def _why_no_code(entry: Mapping[str, Any], rulebook: Rulebook) -> str:
    name = _in_words(entry["code_list"])
    codes = [code for code in rulebook.codes if code.code_list == entry["code_list"]]
    if not entry["lines"]:
        return f"no line has a code of {name} ({_shortened(dict.fromkeys(code.code for code in codes))})"
    first, last = min(code.valid_from for code in codes), max(code.valid_to for code in codes)
    until = "on" if last == ALWAYS[1] else f"to {last}"
    return (
        f"{counted(entry['lines'], 'line has', 'lines have')} a code of {name}, between {entry['first_service']}"
        f" and {entry['last_service']}, but on no day on which it was in force (from {first} {until})"
    )


def _in_words(name: str) -> str:
    return within(readable(name))


def _or(names: Iterable[str]) -> str:
    return " or ".join(names)


def _shortened(codes: Iterable[str]) -> str:
    shown = list(codes)
    return ", ".join(shown[:_CODES_SHOWN]) + (" and others" if len(shown) > _CODES_SHOWN else "")
