"""A screening as one self-contained HTML page: what was found, by rule, month and provider, and what was not judged."""

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from isocenter.engines.database import literal
from isocenter.facts.courses import courses_sql
from isocenter.files.texts import named_within
from isocenter.report.applied_to_nothing import why_nothing
from isocenter.report.page import environment
from isocenter.report.points import find_rule
from isocenter.report.screening_pictures import bar_width, draw_months
from isocenter.report.screening_text import files_unread
from isocenter.report.words import listed
from isocenter.rulebook.query import parts_of
from isocenter.rulebook.rule import Rule
from isocenter.rulebook.rulebook import Rulebook
from isocenter.terms.findings import CourseRecommendation, LineRecommendation, Reading
from isocenter.terms.screening import Summary

PROVIDERS_SHOWN = 15
_AMOUNTS = {"allowed_amount": "allowed", "charge_amount": "charged", "": ""}
_SUPPLIED_BY = (
    (
        {"documents", "document_elements", "signatures", "image_guidance", "fractions", "attestations", "diagnoses"},
        "the chart of a course: isocenter new CASE, fill it in, isocenter review CASE",
    ),
    (
        {"plans", "plan_fields", "plan_measures", "structures", "constraints", "constraint_results", "verifications"},
        "the plan of a course: isocenter review --from FOLDER COURSE_ID --plan PLAN_FOLDER",
    ),
    (
        {"unit_limits", "procedure_pairs", "add_on_codes"},
        "the quarterly correct coding edits: isocenter screen --ncci FOLDER",
    ),
    ({"covered_diagnoses"}, "your list of covered diagnoses, as covered_diagnoses.csv in a case folder"),
)


@dataclass(frozen=True, slots=True)
class FoundByRule:
    """What one rule found, with the rule where its rulebook is loaded, and an example to open."""

    figures: Mapping[str, Any]
    rule: Rule | None
    open_findings: int
    command: str  # opens the course of the example, '' where it names none


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Rules that could not be assessed for want of the same tables."""

    missing: tuple[str, ...]
    supplied_by: str
    titles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Headline:
    """The sum of it: courses with something open, and the amounts that hang on it."""

    courses: int
    open_courses: int
    in_scope: int
    amount: float
    at_stake: Mapping[str, float]  # by recommendation of the line


def summary_as_page(summary: Summary, rulebooks: Sequence[Rulebook], out: Path) -> str:
    """The page as HTML without scripts or outside resources; `out` is the folder of the screening, for commands."""
    amount = summary.amount_known
    found = [_found_by_rule(figures, rulebooks, out) for figures in summary.findings_by_rule]
    of_policy = {
        policy["name"]: sorted(
            (one for one in found if one.open_findings and one.figures["policy"] == policy["name"]),
            key=lambda one: (
                -_not_met_amount(one.figures, amount),
                -_to_document_amount(one.figures, amount),
                -one.open_findings,
                one.figures["rule"],
            ),
        )
        for policy in summary.policies
    }
    return (
        environment()
        .get_template("screening.html")
        .render(
            summary=summary,
            headline=_headline(summary, amount),
            unread=files_unread(summary),
            amount=amount,
            amount_name=_AMOUNTS[amount],
            span=_span(summary),
            courses=[(kind, summary.courses[kind]) for kind in CourseRecommendation if kind in summary.courses],
            lines=_ordered_lines(summary),
            found=of_policy,
            not_applicable=[one for one in found if one.figures["not_applicable"]],
            months=draw_months(summary.findings_by_month, amount),
            providers=summary.findings_by_provider,
            providers_shown=PROVIDERS_SHOWN,
            nothing=[_nothing(entry, rulebooks, summary) for entry in summary.applied_to_nothing],
            left_out=_left_out(summary, rulebooks),
            readings=_readings_used(summary, rulebooks),
            titles={policy["name"]: policy["title"] for policy in summary.policies},
            example_command=next((one.command for one in found if one.command), _review_command(out, "COURSE_ID")),
            query=_query(of_policy, amount, out),
            out=named_within(out),
            bar_width=bar_width,
            most=_most(summary, amount),
            not_met_amount=lambda record: _not_met_amount(record, amount),
            to_document_amount=lambda record: _to_document_amount(record, amount),
            findings_a_course=_findings_a_course,
        )
    )


def _found_by_rule(figures: Mapping[str, Any], rulebooks: Sequence[Rulebook], out: Path) -> FoundByRule:
    course = figures["example_course"]
    return FoundByRule(
        figures,
        find_rule(figures["policy"], figures["rule"], rulebooks),
        figures["not_met"] + figures["not_documented"],
        _review_command(out, course) if course else "",
    )


def _review_command(out: Path, course: str) -> str:
    return f"isocenter review --from {shlex.quote(named_within(out))} {shlex.quote(course)}"


def _headline(summary: Summary, amount: str) -> Headline:
    courses = sum(summary.courses.values())
    in_scope = courses - summary.courses.get(CourseRecommendation.OUT_OF_SCOPE, 0)
    stake = amount.replace("_amount", "_at_stake")
    return Headline(
        courses=courses,
        open_courses=summary.open_courses,
        in_scope=in_scope,
        amount=sum(entry[amount] or 0 for entry in summary.lines_by_recommendation) if amount else 0,
        at_stake={e["recommendation"]: e[stake] or 0 for e in summary.lines_by_recommendation} if amount else {},
    )


def _ordered_lines(summary: Summary) -> list[dict[str, Any]]:
    order = list(LineRecommendation)
    return sorted(summary.lines_by_recommendation, key=lambda entry: order.index(entry["recommendation"]))


def _span(summary: Summary) -> tuple[str, str] | None:
    """The first and the last day of service among the lines that were judged."""
    borne = [entry for entry in summary.code_lists if entry["lines"]]
    if not borne:
        return None
    return str(min(e["first_service"] for e in borne)), str(max(e["last_service"] for e in borne))


def _nothing(
    entry: Mapping[str, str], rulebooks: Sequence[Rulebook], summary: Summary
) -> tuple[Mapping[str, str], str]:
    rule = find_rule(entry["policy"], entry["rule"], rulebooks)
    book = next((book for book in rulebooks if book.name == entry["policy"]), None)
    return entry, why_nothing(rule, book, summary) if rule and book else ""


def _left_out(summary: Summary, rulebooks: Sequence[Rulebook]) -> tuple[LeftOut, ...]:
    """The rules that were not assessed, those first that want for the same tables as most others."""
    gathered: dict[tuple[str, ...], list[str]] = {}
    for entry in summary.not_assessed:
        rule = find_rule(entry["policy"], entry["rule"], rulebooks)
        gathered.setdefault(tuple(entry["missing"]), []).append(rule.title if rule else entry["rule"])
    ordered = sorted(gathered.items(), key=lambda item: (-len(item[1]), item[0]))
    return tuple(LeftOut(missing, _supplied_by(missing), tuple(titles)) for missing, titles in ordered)


def _supplied_by(missing: Iterable[str]) -> str:
    ways = [way for tables, way in _SUPPLIED_BY if tables & set(missing)]
    return "; and ".join(ways) or f"a table {listed(list(missing))} in a case folder"


def _readings_used(summary: Summary, rulebooks: Sequence[Rulebook]) -> list[tuple[Reading, str]]:
    """The readings of the rules that were assessed and of the making of courses, each with what reads it."""
    left_out = {(entry["policy"], entry["rule"]) for entry in summary.not_assessed}
    for_courses = parts_of(courses_sql()).readings
    used = []
    for book in rulebooks:
        for reading in book.readings:
            readers = [
                rule.title
                for rule in book.rules
                if reading.name in rule.readings and (rule.policy, rule.name) not in left_out
            ]
            if book.tables.get("icd10_sites") and reading.name in for_courses:
                readers.insert(0, "Telling courses apart")
            if readers:
                used.append((reading, "; ".join(readers)))
    return used


def _query(found: Mapping[str, Sequence[FoundByRule]], amount: str, out: Path) -> str:
    """An example of a question to the findings, about the rule that found most."""
    first = next((some[0] for some in found.values() if some), None)
    rule = first.figures["rule"] if first else "one_plan_per_course"
    files = literal(f"{named_within(out)}/findings/*.parquet")
    asked = f", sum({amount}) as at_stake" if amount else ""
    return (
        f"select billing_npi, outcome, count(*) as findings{asked}\nfrom {files}\n"
        f"where rule = '{rule}' and outcome in ('not_met', 'not_documented')\n"
        "group by billing_npi, outcome\norder by findings desc\nlimit 20;"
    )


def _most(summary: Summary, amount: str) -> dict[str, Any]:
    """What the longest bar of each column means."""
    rules, providers = summary.findings_by_rule, summary.findings_by_provider

    def of(records: Sequence[Mapping[str, Any]]) -> dict[str, float]:
        return {
            "not_met": max((_not_met_amount(record, amount) for record in records), default=0),
            "to_document": max((_to_document_amount(record, amount) for record in records), default=0),
        }

    return {
        "of_courses": max(summary.courses.values(), default=0),
        "of_rules": of(rules),
        "of_providers": of(providers) | {"a_course": max(map(_findings_a_course, providers), default=0)},
    }


def _not_met_amount(record: Mapping[str, Any], amount: str) -> float:
    return (record[f"{amount}_not_met"] or 0.0) if amount else 0.0


def _to_document_amount(record: Mapping[str, Any], amount: str) -> float:
    return (record[amount] or 0.0) - _not_met_amount(record, amount) if amount else 0.0


def _findings_a_course(record: Mapping[str, Any]) -> float:
    """Open findings for each course of which the provider billed most; 0 where there is none."""
    courses = record["courses_in_all"]
    return float((record["not_met"] + record["not_documented"]) / courses) if courses else 0.0
