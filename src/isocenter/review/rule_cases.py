"""Runs the cases of a policy's rules: small tables in, outcomes out, as a reviewer can read them in YAML.

A case names its tables, then `findings` (subject: outcome). `units_allowed` and `because` (a part of the sentence) may
be given for a subject too. A rule whose tables a case leaves out is `not_assessed: true`. `readings` are those that a
user sets. What a row does not say is filled in with plain values, see FILLED_IN.
"""

import difflib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import yaml

from isocenter.errors import BrokenRule, IsocenterError
from isocenter.facts.case_store import CaseStore
from isocenter.facts.courses import drop_superseded_claims
from isocenter.facts.identity import distinguish_claims
from isocenter.facts.store import FactStore
from isocenter.facts.stores import Store
from isocenter.files.texts import shown
from isocenter.intake.rows import WrongValue, row_of
from isocenter.review.judging import find
from isocenter.review.policy_tables import use_courses
from isocenter.rulebook.applies import NAME as APPLIES
from isocenter.rulebook.files import read_text
from isocenter.rulebook.layers import CASES
from isocenter.rulebook.policy import ALWAYS, GroupRole
from isocenter.rulebook.replaced import replaced_parts, replaced_parts_read
from isocenter.rulebook.rule import Rule
from isocenter.rulebook.rulebook import Rulebook, with_readings
from isocenter.terms.findings import Finding, NotAssessed
from isocenter.terms.tables import FACT_TABLES, FactRow

_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # a sixth of the time where it is compiled

# What rows of a case have where the case does not say it.
FILLED_IN: dict[str, dict[str, Any]] = {
    "courses": {"course_id": "C1", "member_id": "M1", "line_of_business": "medicare"},
    "claim_lines": {
        "claim_id": "A1",
        "line_number": 1,
        "course_id": "C1",
        "member_id": "M1",
        "units": 1,
        "setting": "professional",
        "billing_npi": "1999999984",
        "line_of_business": "medicare",
    },
    "diagnoses": {"course_id": "C1", "position": 1},
    "documents": {"course_id": "C1"},
    "constraints": {"course_id": "C1"},
    "plans": {"course_id": "C1"},
    "verifications": {"course_id": "C1"},
    "fractions": {"course_id": "C1"},
    "image_guidance": {"course_id": "C1"},
    "prior_irradiations": {"member_id": "M1"},
    "attestations": {"billing_npi": "1999999984"},
}
_SAID_OF_FINDINGS = {"case", "findings", "units_allowed", "because", "not_assessed", "readings"}


@dataclass(frozen=True, slots=True)
class RuleCases:
    """The cases of one rule and the file that holds them."""

    rule: Rule
    path: Path
    cases: tuple[dict[str, Any], ...]
    taken_over: bool  # from a policy that this one extends


def cases_of(rulebook: Rulebook, beside: Path | None = None) -> Iterator[RuleCases]:
    """The cases of each rule that has some: those of the policy itself, else those of a policy that it extends.

    `beside` is a folder with the cases of policies below their names, as tests/policies has them.
    """
    for rule in rulebook.rules:
        path = find_cases(rulebook, rule, beside)
        if path is not None:
            taken_over = path.parent.parent not in _own_folders(rulebook, beside)
            yield RuleCases(rule, path, _read(path), taken_over)


def find_cases(rulebook: Rulebook, rule: Rule, beside: Path | None = None) -> Path | None:
    """The file of a rule's cases; None where there is none."""
    folders = list(rulebook.case_folders)
    if beside is not None:
        folders += [beside / name for name in (rulebook.name, *rulebook.extended)]
    own = _own_folders(rulebook, beside)
    left_out = f"cases/{rule.group}/{rule.name}" in rulebook.policy.leaves_out
    for folder in folders:
        path = folder / rule.group / f"{rule.name}.yaml"
        if path.is_file() and (folder in own or not left_out):
            return path
    return None


def cases_without_rule(rulebook: Rulebook, beside: Path | None = None) -> Iterator[str]:
    """One sentence for each file of cases in the policy's own folders that belongs to no rule of that name."""
    rules = {f"{rule.group}/{rule.name}" for rule in rulebook.rules}
    for folder in _own_folders(rulebook, beside):
        for path in sorted(folder.glob("*/*.yaml")):
            name = f"{path.parent.name}/{path.stem}"
            if name not in rules:
                hint = _did_you_mean(name, rules)
                yield f"{path.parent.name}/{path.name}: cases of {name}, which is not a rule of this policy{hint}"


def _did_you_mean(word: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _own_folders(rulebook: Rulebook, beside: Path | None) -> list[Path]:
    return [rulebook.folder / CASES, *([beside / rulebook.name] if beside else [])]


def _read(path: Path) -> tuple[dict[str, Any], ...]:
    try:
        loaded = yaml.load(read_text(path), _LOADER)
    except OSError as wrong:
        raise BrokenRule(f"{path.name}: cannot be read ({wrong.strerror})") from None
    except (UnicodeDecodeError, yaml.YAMLError) as wrong:
        mark = getattr(wrong, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark else ""
        raise BrokenRule(f"{path.name}: {where}cannot be read as YAML in UTF-8") from None
    except (ValueError, OverflowError):
        found = "it holds a date that does not exist, or a number of thousands of digits"
        raise BrokenRule(f"{path.name}: {found}") from None
    except RecursionError:
        raise BrokenRule(f"{path.name}: it is nested too deeply") from None
    if not isinstance(loaded, list) or not all(isinstance(case, dict) and "case" in case for case in loaded):
        raise BrokenRule(f"{path.name}: expected a list of cases, each with `case` and `findings`")
    for number, case in enumerate(loaded, start=1):
        if what := _what_is_no_case(case):
            raise BrokenRule(f"{path.name}: case {number}: {what}")
    return tuple(loaded)


def _what_is_no_case(case: Mapping[Any, Any]) -> str:
    """What of a case is of another shape, '' where nothing is; nothing of what it holds is repeated."""
    for key, value in case.items():
        if not isinstance(key, str):
            return "a name in it is not a text"
        match key:
            case "case":
                if not isinstance(value, str):
                    return "`case` is not a text; say in words what the case is"
            case "findings" | "because" | "units_allowed" | "readings":
                if not (isinstance(value, dict) and _is_flat(value)):
                    return f"{key} is not a list of `name: value`; write `{key}: {{subject: ...}}`"
            case "not_assessed":
                if not isinstance(value, bool):
                    return "not_assessed is neither true nor false"
            case _:
                if not (isinstance(value, list) and all(isinstance(row, dict) and _is_flat(row) for row in value)):
                    return f"{shown(key[:60])} is not a list of rows; write `{shown(key[:60])}: [{{column: value}}]`"
    return ""


def _is_flat(row: Mapping[Any, Any]) -> bool:
    """Whether names have plain values: a value that holds others could hold a thousand times as many as are written."""
    return all(isinstance(key, str) and not isinstance(value, (list, dict, set)) for key, value in row.items())


@dataclass(frozen=True, slots=True)
class CasesRun:
    """What running a policy's cases found, a sentence each.

    `remarks` name rules whose cases were taken over and are answered otherwise because the policy replaces what the
    rule reads: those cases are of the policy that it extends.
    """

    mistakes: tuple[str, ...]
    remarks: tuple[str, ...]


def run_cases(rulebook: Rulebook, beside: Path | None = None) -> CasesRun:
    """Run every case of a policy's rules, those of the policies that it extends among them."""
    store = CaseStore()
    replaced = replaced_parts(rulebook)
    mistakes: list[str] = []
    remarks: list[str] = []
    for found in cases_of(rulebook, beside):
        answers = run(rulebook, found.rule, found.cases, store, taken_over=found.taken_over)
        wrong = [(case, answer) for case, answer in zip(found.cases, answers, strict=True) if answer]
        read = replaced_parts_read(rulebook, found.rule, replaced) if found.taken_over and wrong else []
        if read:
            remarks.append(
                f"{found.path.name}: {len(wrong)} of the {len(found.cases)} cases taken over are answered otherwise;"
                f" the policy replaces {', '.join(read)}; give the rule its own cases in"
                f" {CASES}/{found.rule.group}/{found.path.name}"
            )
        else:
            mistakes += [f"{found.path.name}: {case['case']}: {answer}" for case, answer in wrong]
    return CasesRun(tuple(mistakes), tuple(remarks))


def run(
    rulebook: Rulebook,
    rule: Rule,
    cases: Sequence[dict[str, Any]],
    store: Store | None = None,
    *,
    taken_over: bool = False,
) -> list[str]:
    """What each case of a rule finds wrong, '' where nothing; beside the rule those that decide the scope are run.

    Cases that were taken over are of the days and members of another policy: what policy.toml states is not held
    against them. A store that is kept for the cases of many rules prepares what they share once.
    """
    alone = _alone(rulebook, rule, taken_over)
    kept = CaseStore() if store is None else store
    answers = []
    for case in cases:
        try:
            chosen = with_readings(alone, case["readings"], "a case") if "readings" in case else alone
            answers.append(_what_is_wrong(*find(_fill_with_case(kept, case, rulebook), [chosen]), rule, case))
        except IsocenterError as wrong:
            answers.append(str(wrong))
    return answers


def _alone(rulebook: Rulebook, rule: Rule, taken_over: bool) -> Rulebook:
    rules = [one for one in rulebook.rules if one.role is GroupRole.SCOPE or one is rule]
    if taken_over:
        first, last = ALWAYS
        rules = [replace(one, valid_from=first, valid_to=last) for one in rules if one.name != APPLIES]
    return replace(rulebook, rules=tuple(rules), definitions=rulebook.definitions_for(rules))


def _fill_with_case(store: Store, case: Mapping[str, Any], rulebook: Rulebook) -> Store:
    fill(store, {table: rows for table, rows in case.items() if table not in _SAID_OF_FINDINGS}, rulebook)
    return store


def _what_is_wrong(
    found: Sequence[Finding], not_assessed: Sequence[NotAssessed], rule: Rule, case: Mapping[str, Any]
) -> str:
    if case.get("not_assessed"):
        left_out = {entry.rule for entry in not_assessed}
        return "" if rule.name in left_out else f"{rule.name} was assessed; the case says that it cannot be"
    findings = [finding for finding in found if finding.rule == rule.name]
    answered = {finding.subject_id: str(finding.outcome) for finding in findings}
    if answered != case.get("findings"):
        return f"answered {answered or 'nothing'}; the case says {case.get('findings')}"
    if len(findings) != len(answered):
        return "a subject was answered twice"
    for finding in findings:
        part = case.get("because", {}).get(finding.subject_id, "")
        if part not in finding.because:
            return f"{finding.subject_id}: because is {finding.because!r}; the case says {part!r}"
        units = case.get("units_allowed", {})
        if finding.subject_id in units and finding.units_allowed != units[finding.subject_id]:
            said = units[finding.subject_id]
            return f"{finding.subject_id}: {finding.units_allowed} units are allowed; the case says {said}"
    return ""


def row(table: str, **values: Any) -> FactRow:
    """A row of a fact table with plain values where none are given; BrokenRule where it cannot be one."""
    try:
        return cast("FactRow", row_of(table, {**FILLED_IN.get(table, {}), **values}))
    except WrongValue as wrong:
        raise BrokenRule(f"a row of {table} in a case: {wrong}") from None


def store_of(tables: Mapping[str, Sequence[Mapping[str, Any]]], store: FactStore | None = None) -> FactStore:
    """A store in DuckDB that holds these tables and no other; one that is given is emptied first."""
    store = FactStore(few_rows=True) if store is None else store
    fill(store, tables)
    return store


def fill(store: Store, tables: Mapping[str, Sequence[Mapping[str, Any]]], *rulebooks: Rulebook) -> None:
    """Let a store hold these tables and no other; BrokenRule where they break the contract.

    Claims are copies for another payer by the codes of the rulebooks, or where none is given of the policy imrt.
    """
    store.clear()
    for table in tables:
        if table not in FACT_TABLES:
            raise BrokenRule(
                f"a case names {table!r}, which is not a fact table{_did_you_mean(str(table), FACT_TABLES)}"
            )
        store.supply(table)
    kept, problems = distinguish_claims(row(table, **values) for table, rows in tables.items() for values in rows)
    problems += store.add(kept)
    if problems:
        raise BrokenRule(f"a case's {problems[0].place}: {problems[0].sentence}")
    if "claim_lines" in tables:
        use_courses(store, rulebooks)
        drop_superseded_claims(store)
