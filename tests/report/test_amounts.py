"""Dollars billed and at stake: each line once, a line to reduce by the share that is not allowed."""

import re
from dataclasses import replace

import pytest

from isocenter.report.amounts import Amounts, amounts_of
from isocenter.report.letter import checklist
from isocenter.report.page import review_as_page
from isocenter.report.terminal import review_as_text
from isocenter.terms.findings import CourseRecommendation, LineRecommendation
from isocenter.terms.review import Review
from tests.report.cases import plain_review, rulebooks, usual_review
from tests.report.html_checks import Page


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
    return sum(float(cell) for cell in re.findall(rf'data-label="{label}">\$([\d.]+)</td>', page))
