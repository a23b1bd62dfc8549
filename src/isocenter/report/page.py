"""A review as one self-contained HTML page that a reviewer works from, on the screen and on paper."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from isocenter.errors import UnknownName
from isocenter.files.texts import without_controls
from isocenter.report import words
from isocenter.report.amounts import amounts_in
from isocenter.report.chart import asked_documents, chart_documents, conditions_of_necessity
from isocenter.report.citations import cited_passages
from isocenter.report.claims import claim_rows, subject_text
from isocenter.report.pictures import ShownPicture, as_shown, shown
from isocenter.report.plan_evidence import measured, plan_evidence, role_source
from isocenter.report.points import (
    find_rule,
    line_counts,
    open_points,
    way_to_cover,
    what_would_change,
)
from isocenter.report.portals import angle, beam, gantry, shaped_by
from isocenter.report.quantities import limit_text, quantity
from isocenter.report.requests import requests
from isocenter.report.scorecard import published_limits
from isocenter.report.timeline import draw
from isocenter.rulebook.citations import Passages
from isocenter.rulebook.rulebook import Rulebook
from isocenter.terms.findings import Finding, Outcome
from isocenter.terms.measures import is_measure_of_dose
from isocenter.terms.plans import PlanMeasure
from isocenter.terms.review import Picture, Review

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

_UNIT_NAMES = {"%": "percent", "Gy/mm": "gy_per_mm", "Gy": "gy"}
_DAY = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")


@dataclass(frozen=True, slots=True)
class MetRule:
    """A rule that was met, on however many subjects."""

    title: str
    cites: str
    findings: tuple[Finding, ...]


def review_as_page(review: Review, rulebooks: Sequence[Rulebook], passages: Passages | None) -> str:
    """The review as HTML without scripts or outside resources; passages of the policy text where a copy is named."""
    return environment().get_template("page.html").render(_context(review, rulebooks, passages, shown(review.pictures)))


def review_as_sections(
    review: Review, rulebooks: Sequence[Rulebook], passages: Passages | None, address_of: Callable[[Picture], str]
) -> str:
    """The sections of the review's page, without its head and without the determination, for another page.

    `address_of` says where a picture is to be had.
    """
    pictures = tuple(as_shown(picture, address_of(picture)) for picture in review.pictures)
    return environment().get_template("sections.html").render(_context(review, rulebooks, passages, pictures))


def review_style() -> str:
    """The style sheet of the review's page."""
    template = environment().from_string('{% include "colors.css" %}\n{% include "page.css" %}')
    return template.render()


def _context(
    review: Review, rulebooks: Sequence[Rulebook], passages: Passages | None, pictures: tuple[ShownPicture, ...]
) -> dict[str, Any]:
    points = open_points(review, rulebooks)
    steps = way_to_cover(review, points)
    asked = requests(review, rulebooks, points)
    amounts = amounts_in(review)
    return {
        "review": review,
        "course": review.course,
        "points": points,
        "amounts": amounts(review.lines),
        "row_amounts": lambda row: amounts(row.lines),
        "steps": steps,
        "change": what_would_change(review, steps),
        "counts": line_counts(review),
        "requests": asked,
        "rows": claim_rows(review, rulebooks, points),
        "timeline": draw(review, rulebooks, points),
        "conditions": conditions_of_necessity(review, rulebooks),
        "documents": chart_documents(review),
        "asked_documents": asked_documents(review, rulebooks, asked),
        "met": _met_rules(review, rulebooks),
        "evidence": replace(
            plan_evidence(review.facts, (), published_limits(rulebooks)),
            pictures=tuple(picture for picture in pictures if not picture.is_compared),
        ),
        "compared": review.facts.get("comparisons", ()),
        "compared_pictures": tuple(picture for picture in pictures if picture.is_compared),
        "cited": cited_passages(review),
        "not_assessed": [(find_rule(e.policy, e.rule, rulebooks), e) for e in review.not_assessed],
        "nothing": [(find_rule(policy, rule, rulebooks), rule) for policy, rule in review.applied_to_nothing],
        "subject": lambda finding: subject_text(finding, review),
        "quote": lambda cites: _passage(passages, cites),
    }


@cache
def environment() -> "Environment":
    """The templates, escaping everywhere; a name that a template misspells is an error."""
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415  (the terminal does without)

    made = Environment(
        loader=PackageLoader("isocenter.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_plain,
    )
    made.globals["words"] = words
    made.filters.update(
        readable=words.readable,
        sentence=words.sentence,
        within=words.within,
        days=words.days_text,
        number=words.number_text,
        dated=_dated,
        person=words.person_name,
        angle=angle,
        beam=beam,
        gantry=gantry,
        shaped_by=shaped_by,
        quantity=quantity,
        role_source=role_source,
        measured=measured,
        limit_text=lambda row: limit_text(row.comparison, row.limit, row.unit),
        measure_label=_measure_label,
        css_text=_css_text,
    )
    return made


def _plain(value: object) -> object:
    """A value as it is written into a page: a text without control characters, still marked as escaped where it is."""
    if not isinstance(value, str):
        return value
    text = without_controls(value)
    return value if text == value else type(value)(text)


def _dated(text: str) -> "Markup":
    """The text, escaped, with each day kept on one line."""
    from markupsafe import Markup, escape  # noqa: PLC0415

    return Markup(_DAY.sub(r'<span class="day">\g<0></span>', str(escape(text))))


def _passage(passages: Passages | None, cites: str) -> str:
    if passages is None:
        return ""
    try:
        return passages.passage(cites)
    except UnknownName as unknown:
        return f"Not found in the copy of the text: {unknown}"


def _met_rules(review: Review, rulebooks: Sequence[Rulebook]) -> tuple[MetRule, ...]:
    gathered: dict[tuple[str, str], list[Finding]] = {}
    for finding in review.findings:
        if finding.outcome is Outcome.MET:
            gathered.setdefault((finding.policy, finding.rule), []).append(finding)
    met = []
    for (policy, name), findings in gathered.items():
        rule = find_rule(policy, name, rulebooks)
        met.append(MetRule(rule.title if rule else name, findings[0].cites, tuple(findings)))
    return tuple(met)


def _measure_label(measure: PlanMeasure) -> str:
    """The name of a measure without its unit, which is shown beside its number; a metric of dose as it is written."""
    if is_measure_of_dose(measure.measure):
        return measure.measure
    return words.readable(measure.measure.removesuffix(f"_{_UNIT_NAMES.get(measure.unit, measure.unit)}"))


def _css_text(text: str) -> str:
    """The text as a string of CSS, every letter that is not plain escaped."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in " -._") else f"\\{ord(c):x} " for c in text)
    return f'"{plain}"'
