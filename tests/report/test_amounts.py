"""Dollars billed and at stake: each line once, a line to reduce by the share that is not allowed."""

import json
import re
from dataclasses import replace
from functools import cache

import pytest

from isocenter.demo import examples_folder
from isocenter.report.amounts import Amounts, amounts_of
from isocenter.report.as_json import review_as_json
from isocenter.report.claims import claim_rows
from isocenter.report.letter import checklist, letter
from isocenter.report.page import review_as_page
from isocenter.report.points import open_points
from isocenter.report.terminal import review_as_text
from isocenter.report.words import dollars
from isocenter.review.reviewer import Reviewer
from isocenter.rulebook.rule import Rule
from isocenter.rulebook.rulebook import load_policy, policy_names
from isocenter.terms.findings import Consequence, CourseRecommendation, LineRecommendation, SubjectKind
from isocenter.terms.review import Review
from isocenter.workflow import review_case
from tests.report.cases import plain_review, rulebooks, usual_review
from tests.report.html_checks import Page

_SLOW = ("esophagus_from_its_chart",)  # its chart is read from a PDF file
_EXAMPLES = [
    pytest.param(folder.name, marks=pytest.mark.slow) if folder.name in _SLOW else folder.name
    for folder in sorted(examples_folder().iterdir())
    if folder.is_dir()
]


@cache
def _reviewer() -> Reviewer:
    return Reviewer(rulebooks())


@cache
def _of_example(name: str) -> Review:
    return review_case(examples_folder() / name, _reviewer())


def _billed(charges: dict[str, float | None], **said: str) -> Review:
    review = plain_review(recommendation=CourseRecommendation.COVER, **said)
    line = usual_review().facts["claim_lines"][0]
    rows = tuple(line._replace(claim_line_id=name, charge_amount=charge) for name, charge in charges.items())
    return replace(review, facts={"claim_lines": rows})


def test_paid_and_unjudged_lines_are_not_at_stake_and_refused_ones_are() -> None:
    charges = {"A": 100.0, "B": 20.0, "C": 3.0, "D": 0.5, "E": 7.0}
    review = _billed(charges, A="pay", B="deny", C="request", D="review", E="not_judged")
    assert amounts_of(review, review.lines) == Amounts(billed=130.5, at_stake=23.5, unstated=0)


def test_of_a_line_to_reduce_the_share_that_is_not_allowed_is_at_stake() -> None:
    review = _billed({"A": 90.0}, A="reduce")
    lines = [replace(review.lines[0], units=3, units_allowed=2, recommendation=LineRecommendation.REDUCE)]
    found = amounts_of(review, lines)
    assert found is not None
    assert found.at_stake == pytest.approx(30.0)


def test_lines_without_a_charge_are_counted_and_without_any_charge_nothing_is_said() -> None:
    some = _billed({"A": 90.0, "B": None}, A="deny", B="deny")
    assert amounts_of(some, some.lines) == Amounts(billed=90.0, at_stake=90.0, unstated=1)
    none = _billed({"A": None}, A="deny")
    assert amounts_of(none, none.lines) is None
    assert "$" not in review_as_text(none, rulebooks(), color=False, width=80)


def test_page_and_terminal_show_the_dollars() -> None:
    review = _billed({"A": 1500.0, "B": 250.0}, A="pay", B="deny")
    assert "$1,750 billed, $250 at stake" in review_as_text(review, rulebooks(), color=False, width=80)
    words = Page(review_as_page(review, rulebooks(), None)).words()
    assert "$1,750 billed" in words
    assert "$250 at stake" in words


def test_the_dollars_of_each_line_add_up_to_the_total_to_the_cent_on_report_and_checklist() -> None:
    review = _billed({"A": 100.0, "B": 33.33, "C": 0.35}, A="reduce", B="reduce", C="deny")
    lines = tuple(
        replace(line, units=3, units_allowed=2) if line.recommendation == LineRecommendation.REDUCE else line
        for line in review.lines
    )
    review = replace(review, lines=lines)
    for page in (review_as_page(review, rulebooks(), None), checklist(review, rulebooks())):
        rows = {label: _sum_of(page, label) for label in ("Billed", "At stake")}
        assert rows == {"Billed": pytest.approx(133.68), "At stake": pytest.approx(33.33 + 11.11 + 0.35)}
        assert re.search(r"\$133\.68(</strong>)? billed.*\$44\.79(</strong>)? at stake", page, re.DOTALL)


def _sum_of(page: str, label: str) -> float:
    return sum(float(cell.replace(",", "")) for cell in re.findall(rf'data-label="{label}">\$([\d.,]+)</td>', page))


@pytest.mark.parametrize("example", _EXAMPLES)
def test_dollars_of_an_example_agree_to_the_cent_wherever_they_are_shown(example: str) -> None:
    review = _of_example(example)
    document = json.loads(review_as_json(review))
    charges = {row.claim_line_id: row.charge_amount for row in review.facts["claim_lines"]}
    billed = sum(round(100 * (charge or 0)) for charge in charges.values())
    total = document["amounts"]
    assert round(100 * total["billed"]) == billed
    assert billed == sum(round(100 * (line["billed"] or 0)) for line in document["lines"])
    at_stake = sum(round(100 * (line["at_stake"] or 0)) for line in document["lines"])
    assert round(100 * total["at_stake"]) == at_stake
    for page in (review_as_page(review, rulebooks(), None), checklist(review, rulebooks())):
        assert round(100 * _sum_of(page, "Billed")) == billed
        assert round(100 * _sum_of(page, "At stake")) == at_stake
        assert f"{dollars(billed / 100)}" in page
    in_all = f"{dollars(billed / 100)}, of which {dollars(at_stake / 100)} is at stake"
    assert in_all in letter(review, rulebooks())
    text = review_as_text(review, rulebooks(), color=False, width=200)
    assert f"{dollars(billed / 100)} billed, {dollars(at_stake / 100)} at stake" in text


@pytest.mark.parametrize("example", _EXAMPLES)
def test_whatever_an_example_cuts_or_refuses_bears_a_reason_code(example: str) -> None:
    review = _of_example(example)
    refused = [line for line in review.lines if line.recommendation in ("deny", "reduce")]
    rows = claim_rows(review, rulebooks(), open_points(review, rulebooks()))
    codes = {line.claim_line_id: row.reason_codes for row in rows for line in row.lines}
    assert all(codes[line.claim_line_id] for line in refused)
    assert not any(codes[line.claim_line_id] for line in review.lines if line.recommendation == "pay")


def test_every_rule_that_cuts_or_refuses_a_line_names_a_reason_code() -> None:
    refusing = [rule for book in map(load_policy, policy_names()) for rule in book.rules if _refuses(rule)]
    assert len(refusing) > 15
    assert [rule.name for rule in refusing if not rule.carc] == []


def _refuses(rule: Rule) -> bool:
    return rule.consequence in (Consequence.DENY, Consequence.REDUCE) and rule.judges is SubjectKind.CLAIM_LINE
