"""Every rule of a policy as a page: what it demands, by which passage, what follows, what would correct it."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict

from isocenter.files.texts import json_without_controls, markdown_text, without_controls
from isocenter.report.codes_of_rules import lists_of_lines
from isocenter.rulebook.parts import Code
from isocenter.rulebook.rule import Rule
from isocenter.rulebook.rulebook import Rulebook
from isocenter.terms.findings import SubjectKind

_CODE_LETTERS = 5  # of a procedure code; modifiers and types of bill are shorter


def rules_as_json(rulebooks: Sequence[Rulebook]) -> str:
    """The rules as JSON: one object a rule, with the requirements that it serves."""
    described = [_described(rule) for rulebook in rulebooks for rule in _sorted(rulebook)]
    return json_without_controls(json.dumps(described, indent=2, ensure_ascii=False, default=str))


def rules_as_text(rulebooks: Sequence[Rulebook]) -> str:
    """The rules as short paragraphs for the terminal."""
    lines: list[str] = []
    for rulebook in rulebooks:
        lines += [f"{rulebook.title} ({rulebook.name})", ""]
        for rule in _sorted(rulebook):
            lines += [
                f"{rule.group}/{rule.name}: {rule.title}",
                f"    serves {', '.join(rule.requirements)}; cites {rule.cites}; if not met: {rule.consequence}",
                f"    remedy: {rule.remedy}",
            ]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def rules_as_markdown(rulebooks: Sequence[Rulebook]) -> str:
    """The reference page of all rules, requirements, definitions and readings."""
    lines = [
        "# Rules",
        "",
        "This page is written by `isocenter rules --write docs/rules.md`; change the policy folder instead of it.",
        "",
        *_contents(rulebooks),
        *_index_of_codes(rulebooks),
    ]
    for rulebook in rulebooks:
        lines += _chapter(rulebook)
    return "\n".join(lines).rstrip() + "\n"


def _contents(rulebooks: Sequence[Rulebook]) -> list[str]:
    """Links to each policy, its groups and its rules."""
    lines = ["## Contents", "", "- [Procedure codes and their rules](#procedure-codes-and-their-rules)"]
    for rulebook in rulebooks:
        lines.append(f"- [{_text(rulebook.title)}](#{_anchor(rulebook.title)})")
        for group in rulebook.groups:
            rules = [rule for rule in rulebook.rules if rule.group == group.name]
            if rules:
                lines.append(f"  - {_text(group.title)}")
                lines += [f"    - [{_text(rule.title)}](#{_anchor(rule.title)})" for rule in rules]
    return [*lines, ""]


def _index_of_codes(rulebooks: Sequence[Rulebook]) -> list[str]:
    """Each procedure code of the policies' lists with the rules that judge or count claim lines of it."""
    reading: dict[str, set[tuple[str, str]]] = {}
    of_any_code: list[Rule] = []
    for rulebook in rulebooks:
        lists: dict[str, list[Rule]] = {}
        for rule in (rule for rule in rulebook.rules if rule.judges is SubjectKind.CLAIM_LINE):
            names = lists_of_lines(rule, rulebook) & {c.code_list for c in rulebook.codes if _is_of_procedure(c)}
            for name in names:
                lists.setdefault(name, []).append(rule)
            of_any_code += [] if names else [rule]
        for code in filter(_is_of_procedure, rulebook.codes):
            for rule in lists.get(code.code_list, ()):
                reading.setdefault(code.code, set()).add((rule.name, rule.title))
    rows = [f"| {_text(code)} | {_links(sorted(rules))} |" for code, rules in sorted(reading.items())]
    others = _links((rule.name, rule.title) for rule in of_any_code)
    return [
        "## Procedure codes and their rules",
        "",
        *([f"Of every code, or of the codes in tables that you load: {others}.", ""] if others else []),
        "| code | rules that judge or count it |",
        "|---|---|",
        *rows,
        "",
    ]


def _is_of_procedure(code: Code) -> bool:
    return len(code.code) == _CODE_LETTERS


def _links(rules: Iterable[tuple[str, str]]) -> str:
    return ", ".join(f"[`{name}`](#{_anchor(title)})" for name, title in rules)


def _anchor(title: str) -> str:
    """The anchor of a heading, as GitHub makes it."""
    return "".join(c for c in title.lower().replace(" ", "-") if c.isalnum() or c in "-_")


def _chapter(rulebook: Rulebook) -> list[str]:
    until = f" to {rulebook.valid_to}" if rulebook.valid_to else ""
    lines = [
        f"## {_text(rulebook.title)}",
        "",
        f"Policy `{rulebook.name}`, in force from {rulebook.valid_from}{until}.",
        "",
    ]
    for group in rulebook.groups:
        rules = [rule for rule in rulebook.rules if rule.group == group.name]
        if rules:
            lines += [f"### {_text(group.title)}", ""]
            for rule in rules:
                lines += _paragraph(rule)
    return lines + _requirements(rulebook) + _definitions(rulebook) + _readings(rulebook)


def _paragraph(rule: Rule) -> list[str]:
    needs = f"{', '.join(rule.needs) or 'nothing'}"
    uses = f"; reads when supplied: {', '.join(rule.uses)}" if rule.uses else ""
    kinds = [kind.replace("_", " ") + (f" for lines of {_name(of)}" if of else "") for kind, of in rule.asks]
    asks = [f"- asks for: {', '.join(kinds)}"] if kinds else []
    remark = f" with remark code {_text(rule.rarc)}" if rule.rarc else ""
    reason = f"; reason code {_text(rule.carc)}{remark}" if rule.carc else ""
    return [
        f"#### {_text(rule.title)}",
        "",
        f"- rule: `{rule.name}`, judges each {rule.judges.replace('_', ' ')}",
        f"- requirements: {_text(', '.join(rule.requirements))}",
        f"- passage: {_text(rule.cites)}",
        f"- if not met: {rule.consequence}{reason}",
        f"- remedy: {_text(rule.remedy)}",
        *asks,
        f"- needs: {needs}{uses}",
        "",
    ]


def _requirements(rulebook: Rulebook) -> list[str]:
    serving: dict[str, list[str]] = {}
    for rule in rulebook.rules:
        for served_id in rule.requirements:
            serving.setdefault(served_id, []).append(f"`{rule.name}`")
    for name, waiting_id, reason in rulebook.waiting:
        serving.setdefault(waiting_id, []).append(f"{_name(name)} is to come. {_text(reason)}")
    lines = [
        "### Requirements and the rules that serve them",
        "",
        "| requirement | demand | rules |",
        "|---|---|---|",
    ]
    for requirement in rulebook.requirements:
        served = ", ".join(serving.get(requirement.id, [])) or "what the software itself provides"
        lines.append(f"| {_text(requirement.id)} | {_text(requirement.requirement)} | {served} |")
    return [*lines, ""]


def _definitions(rulebook: Rulebook) -> list[str]:
    rows = [f"| `{definition.name}` | {_text(definition.title)} |" for definition in rulebook.definitions]
    return ["### Definitions that rules share", "", "| name | meaning |", "|---|---|", *rows, ""]


def _readings(rulebook: Rulebook) -> list[str]:
    rows = [
        f"| {_name(reading.name)} | {_text(f'{reading.value} {reading.unit}')} | {_text(reading.reason)} |"
        f" {_text(reading.source)} |"
        for reading in rulebook.readings
    ]
    return ["### Readings", "", "| name | value | reason | source |", "|---|---|---|---|", *rows, ""]


def _text(text: str) -> str:
    """A text of a policy, which may be a stranger's, that stays text in a line or a cell of Markdown."""
    return markdown_text(without_controls(text)).replace("|", "\\|")


def _name(name: str) -> str:
    return f"`{name}`" if re.fullmatch(r"[\w.-]+", name) else _text(name)


def _sorted(rulebook: Rulebook) -> list[Rule]:
    order = [group.name for group in rulebook.groups]
    return sorted(rulebook.rules, key=lambda rule: (order.index(rule.group), rule.name))


def _described(rule: Rule) -> dict[str, object]:
    described = asdict(rule)
    described["file"] = f"{rule.group}/{rule.path.name}"
    described["uses"] = rule.uses
    del described["query"], described["path"]
    return described
