"""Checks a policy folder: citations, requirements, cases, codes, readings, SQL; one sentence a mistake."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from isocenter.errors import UnknownName
from isocenter.rulebook.applies import NAME as APPLIES
from isocenter.rulebook.citations import Passages, parse_citation
from isocenter.rulebook.guard import POLICY_TABLES
from isocenter.rulebook.readings import READ_BY_CHARTS, READ_BY_COURSES, READ_BY_PLANS, read_readings
from isocenter.rulebook.rule import Definition, Rule
from isocenter.rulebook.rulebook import ALWAYS, Rulebook
from isocenter.rulebook.sql_subset import complaints
from isocenter.terms.findings import Consequence, Outcome, ReadingType, SubjectKind
from isocenter.terms.measures import is_measure
from isocenter.terms.tables import FACT_TABLES

_OUTCOMES = tuple(outcome.value for outcome in Outcome if outcome is not Outcome.NOT_ASSESSED)
_REFUSES = {Consequence.DENY, Consequence.REDUCE, Consequence.NOT_NECESSARY}
# Rules that refuse what they do not foresee, by the folder of their policy; nothing may be added.
_STILL_ELSE_NOT_MET = {"imrt": {"diagnosis_on_the_loaded_list", "each_field_is_checked_independently"}}
_LINES_OF_BUSINESS = ("medicare", "medicaid", "commercial", "other")
_NAME = re.compile("[a-z][a-z0-9_]*")
# Requirements that say what the software must be able to do, not what a rule can judge.
_NOT_JUDGED = {"system"}


def check(
    rulebook: Rulebook,
    cases_of: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    passages: Passages | None = None,
) -> list[str]:
    """Every mistake in a policy folder; an empty list when there are no mistakes.

    `cases_of` are the cases of rules by their names, `passages` a copy of the policy text.
    """
    mistakes = [
        *_wrong_policy(rulebook),
        *_wrong_groups(rulebook),
        *_wrong_lists_rested_on(rulebook),
        *_unserved_requirements(rulebook),
        *_wrong_conditions(rulebook),
        *_rules_of_one_name(rulebook),
        *_undated_codes(rulebook),
        *_unread_readings(rulebook),
        *_loose_readings(rulebook),
        *_unread_definitions(rulebook),
        *_no_sections(rulebook),
    ]
    for query in _queries(rulebook):
        mistakes += [f"{query.path.name}: {sentence}" for sentence in complaints(query.query)]
        mistakes += [f"{query.path.name}: {wrong}" for wrong in _wrong_reads(rulebook, query)]
    for rule in rulebook.rules:
        if rule.name == APPLIES:  # made from policy.toml
            continue
        mistakes += [f"{rule.path.name}: {wrong}" for wrong in _wrong_header(rulebook, rule, passages)]
        mistakes += [f"{rule.path.name}: {wrong}" for wrong in _wrong_asking(rulebook, rule)]
        mistakes += [f"{rule.path.name}: {wrong}" for wrong in _groundless(rule)]
        mistakes += [f"{rule.path.name}: {wrong}" for wrong in _wrong_comparing(rulebook, rule)]
        is_own = rule.path.is_relative_to(rulebook.folder)  # the cases of one that was taken over may not be there
        if cases_of is not None and (is_own or rule.name in cases_of):
            mistakes += _missing_cases(rule, cases_of.get(rule.name, ()))
    return mistakes


def _queries(rulebook: Rulebook) -> list[Rule | Definition]:
    return [*rulebook.definitions, *rulebook.rules]


def _wrong_policy(rulebook: Rulebook) -> Iterator[str]:
    """What policy.toml names that the folder does not have."""
    policy = rulebook.policy
    if policy.line_of_business not in _LINES_OF_BUSINESS:
        known = ", ".join(_LINES_OF_BUSINESS)
        yield f"policy.toml: line_of_business is {policy.line_of_business!r}; known are {known}"
    lists = {code.code_list for code in rulebook.codes}
    roles = policy.course_roles
    named = [(f"lane {lane.title!r}", lane.code_lists) for lane in policy.lanes]
    named += [("course_roles", (*roles.plans, *roles.delivers, *roles.no_course, *roles.other_techniques))]
    for where, code_lists in named:
        for code_list in code_lists:
            if code_list not in lists:
                yield f"policy.toml: {where} names {code_list!r}, which is not a code list of this policy"
    for name in sorted({*lists, *(reading.name for reading in rulebook.readings)}):
        if not _NAME.fullmatch(name):
            yield f"the code list or reading {name!r}: a name has small letters, digits and _, and begins with a letter"


def _wrong_lists_rested_on(rulebook: Rulebook) -> Iterator[str]:
    known = {code.code_list for code in rulebook.codes}
    known |= {name for name, (header, _) in rulebook.tables.items() if "code_list" in header}
    for rule in rulebook.rules:
        is_own = rule.path.is_relative_to(rulebook.folder)  # what was taken over may name a list that was left out
        for name in rule.lists_rested_on if is_own else ():
            if name not in known:
                yield (
                    f"{rule.path.name}: rests_on names {name!r}; expected code lists, tables with a column code_list,"
                    " `itself` for the line that is judged, or only `none`"
                )


def _wrong_groups(rulebook: Rulebook) -> Iterator[str]:
    policy = rulebook.policy
    for group in policy.groups:
        if not group.name:
            yield "policy.toml: a group has no name; write name = the folder of its rules"
        elif not group.has_own_title:
            yield f"policy.toml: the group {group.name} has no title; reports would show the name of its folder"
    for lane in policy.lanes:
        if not lane.title:
            yield f"policy.toml: the lane of {', '.join(lane.code_lists)} has no title"
    groups = {group.name for group in policy.groups}
    for rule in rulebook.rules:
        if groups and rule.name != APPLIES and rule.group not in groups:
            yield f"{rule.path.name}: it is in the folder {rule.group}, which policy.toml does not name as a group"


def _unserved_requirements(rulebook: Rulebook) -> Iterator[str]:
    served = {requirement for rule in rulebook.rules for requirement in rule.requirements}
    served |= {row[1] for row in rulebook.waiting}
    for requirement in rulebook.requirements:
        if requirement.kind not in _NOT_JUDGED and requirement.id not in served:
            yield f"requirements.csv: no rule serves {requirement.id}"


def _wrong_conditions(rulebook: Rulebook) -> Iterator[str]:
    known = {requirement.id for requirement in rulebook.requirements}
    elements = {entry.element for entry in rulebook.documents}
    for condition in rulebook.conditions:
        if condition.name not in elements:
            yield f"tables/conditions.csv: documents.csv has no document that states {condition.name}"
        if condition.requirement not in known:
            yield (
                f"tables/conditions.csv: {condition.name} names {condition.requirement!r},"
                " which is not in requirements.csv"
            )


def _rules_of_one_name(rulebook: Rulebook) -> Iterator[str]:
    groups: dict[str, list[str]] = {}
    for rule in rulebook.rules:
        groups.setdefault(rule.name, []).append(rule.group)
    for name, named in groups.items():
        if len(named) > 1:
            yield f"{name}.sql: it is in the folders {' and '.join(sorted(named))}; give each rule its own name"


def _undated_codes(rulebook: Rulebook) -> Iterator[str]:
    for code in rulebook.codes:
        if code.valid_from == ALWAYS[0]:
            yield f"codes: {code.code} of list {code.code_list} has no valid_from"
        if not code.source:
            yield f"codes: {code.code} of list {code.code_list} has no source"
        if code.valid_to < code.valid_from:
            yield f"codes: {code.code} of list {code.code_list} ends on {code.valid_to} before it begins"


def _unread_readings(rulebook: Rulebook) -> Iterator[str]:
    read = (
        {name for rule in rulebook.rules for name in rule.readings} | READ_BY_COURSES | READ_BY_CHARTS | READ_BY_PLANS
    )
    own = {reading.name for reading in read_readings(rulebook.folder / "readings.toml", rulebook.name)}
    for name in sorted(own - read):  # one that was taken over may be left without its rule
        yield f"readings.toml: no rule reads the reading {name}"


def _loose_readings(rulebook: Rulebook) -> Iterator[str]:
    for reading in rulebook.readings:
        if reading.type is ReadingType.CHOICE:
            if not reading.choices:
                yield f"readings.toml: {reading.name} lists no choices; write type, and choices = [...]"
        elif reading.least is None or reading.most is None:
            yield f"readings.toml: {reading.name} has no bounds; write type, least and most"


def _unread_definitions(rulebook: Rulebook) -> Iterator[str]:
    read = rulebook.definitions_for(rulebook.rules)
    for definition in rulebook.definitions:
        is_own = definition.path.parent.parent == rulebook.folder
        if is_own and definition not in read:  # one that was taken over may be left without its rule
            yield f"{definition.path.name}: no rule reads this definition"


def _no_sections(rulebook: Rulebook) -> Iterator[str]:
    if not rulebook.sections:
        yield "sections.csv: no section is named, so that no citation can be resolved"


def _wrong_reads(rulebook: Rulebook, query: Rule | Definition) -> Iterator[str]:
    parts = query.parts
    definitions = {definition.name for definition in rulebook.definitions}
    relations = {*FACT_TABLES, *POLICY_TABLES, *rulebook.tables, *definitions}
    for names, known, what in (
        (parts.relations, relations, "fact table, definition or table"),
        (parts.code_lists, {code.code_list for code in rulebook.codes}, "code list"),
        (parts.document_kinds, {entry.kind for entry in rulebook.documents}, "kind of document"),
        (parts.document_elements, {entry.element for entry in rulebook.documents}, "element of a document"),
        (parts.readings, {reading.name for reading in rulebook.readings}, "reading"),
    ):
        for name in sorted(names - known):
            yield f"{name!r} is not a {what} of this policy"
    for name in sorted(name for name in parts.measures if not is_measure(name)):
        yield f"{name!r} is not a measure that evidence produces; isocenter/terms/measures.py lists them"


def _wrong_header(rulebook: Rulebook, rule: Rule, passages: Passages | None) -> Iterator[str]:
    known = {requirement.id for requirement in rulebook.requirements}
    for table in rule.needs:
        if table not in rule.reads:
            yield f"needs {table}, which it does not read"
    for requirement in rule.requirements:
        if requirement not in known:
            yield f"serves {requirement}, which is not in requirements.csv"
    try:
        citation = parse_citation(rule.cites)
        if citation.section not in {section.section for section in rulebook.sections}:
            yield f"cites section {citation.section}, which is not in sections.csv"
        elif passages is not None:
            passage = passages.passage(rule.cites)
            if passages.is_heading(rule.cites):
                yield f"cites {rule.cites}, which is a heading ({passage[:40]!r}); cite the sentence that demands it"
    except UnknownName as wrong:
        yield str(wrong)


def _wrong_asking(rulebook: Rulebook, rule: Rule) -> Iterator[str]:
    kinds = {entry.kind for entry in rulebook.documents}
    lists = {code.code_list for code in rulebook.codes}
    for kind, code_list in rule.asks:
        if kind not in kinds:
            yield f"asks for {kind!r}, which is not a kind of document of this policy"
        if code_list and code_list not in lists:
            yield f"asks for {kind!r} for {code_list!r}, which is not a code list of this policy"
    # A rule that judges documents asks for the one that it judged.
    reads_documents = "documents" in rule.reads and rule.judges is not SubjectKind.DOCUMENT
    if not rule.asks and reads_documents and "not_documented" in rule.parts.outcomes:
        yield "may answer not_documented of documents; say with `asks` which kind it asks for"


def _groundless(rule: Rule) -> Iterator[str]:
    """What a rule does not foresee, a missing value among it, is neither met nor refused; nor is what is missing."""
    if "met" in rule.parts.else_outcomes:
        yield "a case ends in else 'met'; name the ground on which it is met, and let the rest be not_documented"
    if rule.consequence not in _REFUSES:
        return
    known = _STILL_ELSE_NOT_MET.get(rule.path.parent.parent.name, set())
    if "not_met" in rule.parts.else_outcomes and rule.name not in known:
        yield "a case ends in else 'not_met'; name the ground of the refusal, and let the rest be not_documented"
    if rule.parts.refuses_what_is_absent:
        yield "it answers not_met on nothing but that something is missing; that is not_documented"


def _wrong_comparing(rulebook: Rulebook, rule: Rule) -> Iterator[str]:
    """A screening judges such a rule at the end, when of the facts only the profiles of courses are left."""
    if not rule.compares:
        return
    left = {name for name in rule.parts.relations if name.endswith("_profiles")}
    for relation in sorted(rule.parts.relations - left - POLICY_TABLES - set(rulebook.tables)):
        yield f"compares courses and reads {relation}; it may read only definitions named ..._profiles"


def _missing_cases(rule: Rule, cases: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if not cases:
        yield f"{rule.path.name}: no cases; write cases/{rule.group}/{rule.name}.yaml"
        return
    for case in cases:
        for wrong in _wrong_expectation(case):
            yield f"{rule.path.name}: the case {case['case']!r} {wrong}"
    shown = {outcome for case in cases for outcome in _findings(case).values()}
    for outcome in sorted(rule.parts.outcomes - shown):
        yield f"{rule.path.name}: no case shows the outcome {outcome}"


def _findings(case: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = case.get("findings", {})
    return found


def _wrong_expectation(case: Mapping[str, Any]) -> Iterator[str]:
    findings = _findings(case)
    if "findings" not in case and not case.get("not_assessed"):
        yield "expects nothing; write `findings: {subject: outcome}`"
    for subject, outcome in findings.items():
        if outcome not in _OUTCOMES:
            yield f"expects the outcome {outcome!r} of {subject}; known are {', '.join(_OUTCOMES)}"
    for key in ("because", "units_allowed"):
        for subject in case.get(key, {}):
            if subject not in findings:
                yield f"says {key} of {subject}, of which its findings say nothing"
